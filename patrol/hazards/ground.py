"""What reports are put on: a project's network and layers, its types of hazard and the words for them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import partial

import pandas as pd

from patrol.config import Settings
from patrol.hazards.keywords import Keywords, confusable, load_keywords
from patrol.hazards.model import IntakeContext
from patrol.hazards.office import detections
from patrol.hazards.taxonomy import project_types
from patrol.layers.files import Layers, load_layers
from patrol.network.topology import Network, build_network
from patrol.project import Project

GROUND = ("lines", "poles", "equipment", "zones")


@dataclass(frozen=True, slots=True)
class Ground:
    """What reports are put on: the network with its layers, the types and the words for them."""

    layers: Layers
    network: Network
    types: pd.DataFrame
    keywords: Keywords
    confusable: frozenset[frozenset[str]]
    settings: Settings


def ground_of(project: Project, *, kinds: Collection[str] = GROUND) -> Ground:
    """Load what reports of a project are put on.

    ``kinds`` are the inputs to read; others may be asked for beside those that reports need.

    Raises
    ------
    PatrolError
        Every fault of the layers, the project's own types and keywords.
    """
    layers = load_layers(project, kinds=kinds)  # nobody waits for roads and weather, nor for their faults
    settings = project.settings
    network = build_network(layers.lines, layers.poles, layers.equipment, settings=settings.network)
    words, types = project.file("keywords"), project_types(project)
    keywords = load_keywords(words, types.index)
    return Ground(layers, network, types, keywords, confusable(types, words), settings)


def context_of(project: Project, *, now: str, party: str = "", source: str = "") -> IntakeContext:
    """Return what parsers need to know of a project; what the user states goes before the project file."""
    said = project.intake
    return IntakeContext(
        timezone=project.timezone, now=now, crs=said.crs, columns=dict(said.columns), party=party or said.party,
        source=source or said.source, history=partial(detections, project),
    )  # fmt: skip


def called(ground: Ground) -> tuple[str, ...]:
    """Return what the project's lines are called, for messages."""
    feeders = ground.network.feeders[["feeder_id", "name", "name_zh"]]
    return tuple(sorted({str(name) for name in feeders.to_numpy().ravel() if isinstance(name, str) and name.strip()}))

"""A project scored for one day: its picture, with sections and open hazards in the order that a look is worth."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import geopandas as gpd
import numpy as np
import pandas as pd

from patrol.hazards.taxonomy import project_types
from patrol.layers.files import Layers
from patrol.network.topology import Network
from patrol.planning.earlier import as_of
from patrol.planning.known import load_all
from patrol.planning.picture import Picture, picture_of, traced
from patrol.planning.tasks import hazard_labels
from patrol.planning.testimony import Testimony
from patrol.project import Project
from patrol.risk.factors import Learned
from patrol.risk.ranking import ranked_hazards, ranked_sections

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True, eq=False)
class Scored:
    """A project on a day, and all that its scores came from.

    Attributes
    ----------
    cut : GeoDataFrame
        The sections as :func:`patrol.planning.picture.traced` gives them.
    picture : Picture
        Of the day.
    sections, hazards : GeoDataFrame
        Those of the picture, the most worth a look first; see :mod:`patrol.risk.ranking`. Hazards have ``label``,
        ``label_zh`` and the ``section_id`` they are nearest to.
    """

    project: Project
    layers: Layers
    testimony: Testimony
    types: pd.DataFrame
    on: date
    cut: gpd.GeoDataFrame
    picture: Picture
    sections: gpd.GeoDataFrame
    hazards: gpd.GeoDataFrame

    @property
    def network(self) -> Network:
        """The network of the project."""
        return self.picture.network

    @property
    def learned(self) -> Learned:
        """What the rates of hazards were multiplied by."""
        setting = self.picture.setting
        return Learned(setting.hot, setting.sky.season, setting.sky.event_days, self.on)


def score_day(project: Project, *, on: date, progress: Progress | None = None) -> Scored:
    """Load a project and score it for a day.

    Raises
    ------
    PatrolError
        Every fault of the inputs at once.
    """
    tell = progress or (lambda *_: None)
    tell("load", 0, 1)
    layers, testimony = load_all(project)
    layers = as_of(layers, on)
    types = project_types(project)
    tell("network", 0, 1)
    network, cut = traced(layers, project.settings)
    tell("score", 0, 1)
    seen = picture_of(network, cut, layers, types, project.settings, on=on, days=1, testimony=testimony)
    return Scored(
        project=project,
        layers=layers,
        testimony=testimony,
        types=types,
        on=on,
        cut=cut,
        picture=seen,
        sections=gpd.GeoDataFrame(ranked_sections(seen.sections, project.settings.patrol)),
        hazards=gpd.GeoDataFrame(ranked_hazards(_labelled(seen), seen.setting.scene)),
    )


def _labelled(seen: Picture) -> gpd.GeoDataFrame:
    names = hazard_labels(seen.hazards, seen.sections)
    at, ids = seen.hazards["section"].to_numpy(int), seen.sections["section_id"].to_numpy(object)
    return seen.hazards.assign(
        label=pd.Series([en for en, _ in names], index=seen.hazards.index, dtype=object),
        label_zh=pd.Series([zh for _, zh in names], index=seen.hazards.index, dtype=object),
        section_id=np.array([ids[k] if k >= 0 else "" for k in at], dtype=object),
    )

"""Ways to say where it is worth looking: the four that a model must beat, and the model.

A score is of a whole section and grows with its length; within a budget of kilometres sections are taken
by score a kilometre. So "days since patrol" ranks by days there, and "length only" tells no kilometre
from another.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from patrol.planning.due import patrolled
from patrol.planning.picture import known_hazards
from patrol.planning.scene import Evidence, make_setting
from patrol.planning.testimony import NO_TESTIMONY
from patrol.risk.score import patrol_values
from patrol.studies.history import History, between, counts, true_hazards

Scorer = Callable[[History, date], "pd.Series[Any]"]
PAST_DAYS = 365


@dataclass(frozen=True, slots=True)
class Policy:
    """A named scorer.

    Attributes
    ----------
    score : callable
        ``(history, on) -> Series``, index ``section_id``; finite, not negative.
    counts : bool
        Whether a score is the number of hazards that one look on foot would find, so that it can be held
        against what was found as it stands.
    """

    name: str
    score: Scorer
    counts: bool = False


def by_section(history: History, values: npt.ArrayLike) -> pd.Series[Any]:
    """Return values in the order of the sections as a Series by section id."""
    return pd.Series(np.asarray(values, float), index=history.sections["section_id"].to_numpy(object))


def length_only(history: History, on: date) -> pd.Series[Any]:  # noqa: ARG001 - a scorer
    """Return the length of each section in metres."""
    return by_section(history, history.sections["length_m"])


def days_since_patrol(history: History, on: date) -> pd.Series[Any]:  # noqa: ARG001 - a scorer
    """Return days since the last patrol x length."""
    sections = history.sections
    return by_section(history, sections["tau_days"] * sections["length_m"])


def past_counts(history: History, on: date) -> pd.Series[Any]:
    """Return hazards not refuted plus faults of the twelve months before; fewer where the records begin later."""
    layers, ground, start = history.layers, history.ground, on - timedelta(days=PAST_DAYS)
    hazards = counts(ground, true_hazards(between(layers.hazards, "reported", start, on)))
    return by_section(history, hazards + counts(ground, between(layers.faults, "date", start, on)))


def customers_days(history: History, on: date) -> pd.Series[Any]:  # noqa: ARG001 - a scorer
    """Return customers interrupted by a fault x days since the last patrol x length."""
    sections = history.sections
    return by_section(history, sections["customers_interrupted"] * sections["tau_days"] * sections["length_m"])


def model(history: History, on: date) -> pd.DataFrame:
    """Return what the risk model says on a day: the one place to change when the model does.

    Returns
    -------
    DataFrame
        Index ``section_id``: ``finds`` (hazards that one look on foot would find, expected number, domain brief
        3(a)) and ``worth`` (value of a patrol on foot, ECM, 3(e)).
    """
    ground, layers, sections = history.ground, history.layers, history.sections
    walked = patrolled(ground.network, layers.patrols, on=on)
    evidence = Evidence(walked, known_hazards(layers, sections), NO_TESTIMONY.alerts)
    setting = make_setting(layers, ground.network, sections, ground.types, ground.settings, evidence, on=on, days=1)
    finds = setting.scene.latent.n @ ground.types["d_foot"].to_numpy(float)
    worth = patrol_values(setting.scene)["foot"]
    return pd.DataFrame({"finds": by_section(history, finds), "worth": by_section(history, worth)})


def model_finds(history: History, on: date) -> pd.Series[Any]:
    """Return how many hazards a look on foot would find, by the model."""
    return model(history, on)["finds"]


def model_worth(history: History, on: date) -> pd.Series[Any]:
    """Return the value of a patrol on foot in ECM, by the model: the prize that routes are made for."""
    return model(history, on)["worth"]


BASELINES = (
    Policy("length", length_only),
    Policy("days", days_since_patrol),
    Policy("past_counts", past_counts),
    Policy("customers_days", customers_days),
)
MODELS = (Policy("model_finds", model_finds, counts=True), Policy("model_worth", model_worth))

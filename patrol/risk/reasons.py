"""What stands behind the score of one section or hazard: numbers and where each comes from, without words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from patrol.config import Settings
from patrol.layers.calendar import Event, Season


@dataclass(frozen=True, slots=True, eq=False)
class Weather:
    """The weather of the day at one place.

    Attributes
    ----------
    known : bool
        Whether the weather table has the day.
    conditions : tuple of (str, str)
        Which of ``alerts.CONDITIONS`` are on, and whether the ``table`` or a ``warning`` says so.
    fwi, g : float
        Fire weather index (NaN if not known) and how much likelier it makes fires.
    """

    known: bool
    conditions: tuple[tuple[str, str], ...]
    fwi: float
    g: float


@dataclass(frozen=True, slots=True)
class WhatIf:
    """A score had one thing been otherwise; ``detail`` says how much (days), NaN where there is nothing to say."""

    code: str
    score: float
    detail: float = float("nan")


@dataclass(frozen=True, slots=True, eq=False)
class SectionWhy:
    """Why a section has its score.

    Attributes
    ----------
    section : dict
        Its row of ``planning.scored.Scored.sections``.
    parts : DataFrame
        Its rows of :func:`patrol.risk.factors.factor_table`; ``value_ecm`` sums to the score.
    own_types : tuple of str
        Types that the project's own table sets.
    categories : dict
        Category of each type.
    hot_weight : float
        Finds that the usual rate weighs as much as.
    finds_known : bool
        Whether any patrol of the project is known to have found anything.
    seasons : tuple of Season
        Those that the day lies in.
    events : tuple of Event
        Those with factors that lay on it since its last patrol.
    burns : bool
        Whether it lies in a zone marked as one that burns.
    """

    section: dict[str, Any]
    on: date
    parts: pd.DataFrame
    own_types: tuple[str, ...]
    categories: dict[str, str]
    hot_weight: float
    finds_known: bool
    seasons: tuple[Season, ...]
    events: tuple[Event, ...]
    weather: Weather
    burns: bool
    settings: Settings
    what_if: tuple[WhatIf, ...]


@dataclass(frozen=True, slots=True, eq=False)
class HazardWhy:
    """Why an open hazard has its score.

    Attributes
    ----------
    hazard : dict
        Its row of ``planning.scored.Scored.hazards``.
    section : dict
        That of the section it is nearest to; empty if none is near.
    reports : DataFrame
        Its rows of :func:`patrol.risk.credibility.report_parts`, in the project's time zone: nobody's name.
    sum : dict
        Its row of :func:`patrol.risk.credibility.credibility`.
    cost : dict
        The one row of :func:`patrol.risk.explain.why_hazard`; ``value_ecm`` is the score.
    """

    hazard: dict[str, Any]
    section: dict[str, Any]
    on: date
    reports: pd.DataFrame
    sum: dict[str, Any]
    cost: dict[str, Any]
    own_types: tuple[str, ...]
    persist_days: float
    weather: Weather
    burns: bool
    settings: Settings
    what_if: tuple[WhatIf, ...]

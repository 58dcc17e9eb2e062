"""What the brief of a plan tells, besides the plan itself: found by :mod:`patrol.studies.brief`, drawn by the page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import pandas as pd

from patrol.plan import Plan

MOMENT = "10:30"  # of the replan on the first day, as the founding text has it


@dataclass(frozen=True, slots=True)
class Taken:
    """Invented reports of one thing, and what the register made of them.

    Attributes
    ----------
    reports : DataFrame
        ``party, captured_at`` (local time), ``description, located_by, hazard_id``, in the order of the file.
    hazards : DataFrame
        ``hazard_id, name, hazard_class, label, zone_id, deadline`` (local time), ``reports, parties`` (counts).
    """

    reports: pd.DataFrame
    hazards: pd.DataFrame


@dataclass(frozen=True, slots=True)
class Weighed:
    """What a plan comes to by the prizes of the risk model (ECM), whatever it was made for.

    Attributes
    ----------
    total_ecm, sections_ecm : float
        Of all that is served, and of the sections patrolled alone.
    hours : float
        Hours that its crews offer, the same for all that are compared.
    tasks, sections : int
    km : float
        Of line patrolled.
    km_days : float
        Of the patrolled sections: kilometres times days since the last patrol, what the calendar goes by.
    kept, due : int
        Mandatory tasks served, and all there are.
    """

    total_ecm: float
    sections_ecm: float
    hours: float
    tasks: int
    sections: int
    km: float
    km_days: float
    kept: int
    due: int


@dataclass(frozen=True, slots=True)
class Calendar:
    """The same problem solved with the same effort for the risk model's values and for the calendar, several times.

    Attributes
    ----------
    pairs : tuple of (Weighed, Weighed)
        By risk and by the calendar, a pair for each seed: one search alone says little.
    steps : int
        Of each search.
    """

    pairs: tuple[tuple[Weighed, Weighed], ...]
    steps: int

    def gains(self, name: str) -> list[float]:
        """Return by how many per cent a figure is more by risk than by the calendar, pair by pair."""
        sums = [(getattr(risk, name), getattr(calendar, name)) for risk, calendar in self.pairs]
        return [100 * (one / other - 1) for one, other in sums if other > 0]

    def mean(self, side: int, name: str) -> float:
        """Return the mean of a figure by risk (``side`` 0) or by the calendar (1)."""
        return float(sum(getattr(pair[side], name) for pair in self.pairs) / len(self.pairs))


@dataclass(frozen=True, slots=True)
class Again:
    """A replan in the first day.

    Attributes
    ----------
    plan : Plan
        The plan after it.
    rows : dict
        What it changes, see :func:`patrol.reports.changed.changed`.
    urgent, absent : str
        Task of the urgent hazard and crew that is away, "" where the plan has none to try it with.
    """

    plan: Plan
    rows: dict[str, Any]
    urgent: str
    absent: str


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that the page is drawn from.

    Attributes
    ----------
    plan : Plan
    sections : GeoDataFrame
        ``label, label_zh, line_name, line_name_zh, feeder_id, zone_id, length_m, customers_interrupted,
        customer_minutes, has_tie`` and lines in a metric CRS.
    pumps : mapping
        Transformers of pump stations by zone id.
    zones : GeoDataFrame
        ``zone_id, name, name_zh`` and areas, same CRS.
    taken : mapping
        By language of the reports.
    calendar : Calendar
    again : Again or None
        None where nobody works after the moment.
    """

    plan: Plan
    sections: gpd.GeoDataFrame
    pumps: Mapping[str, int]
    zones: gpd.GeoDataFrame
    taken: Mapping[str, Taken]
    calendar: Calendar
    again: Again | None

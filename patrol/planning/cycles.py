"""Cycles as series: what occurrences a section needs within a horizon, and when each may be.

A section whose cycle runs out within the horizon is patrolled once, or several times if the cycle is short: each
occurrence at least ``least_gap`` of a cycle after the one before, the last patrol of the records included, and a
cycle after it at the latest. A date that is missed counts against the plan's first goal, whether the patrol comes too
late or not at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from patrol.config import CycleSettings
from patrol.routing.model import Series

MOST = 4  # occurrences of one section in a horizon
FIRST_WEEK = 6  # last day on which what is overdue already is in time


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One patrol of a section that comes round.

    Attributes
    ----------
    number : int
        1 for the first of the horizon.
    first_day : int
        Day of the horizon before which it is too soon.
    last_day, first_due, min_gap, max_gap : int
        Of the whole series, see :class:`patrol.routing.model.Series`.
    """

    number: int
    first_day: int
    last_day: int
    first_due: int
    min_gap: int
    max_gap: int


def occurrences(sections: gpd.GeoDataFrame, settings: CycleSettings, *, first: date, days: int) -> pd.DataFrame:
    """Return what falls due within a horizon, one row an occurrence.

    Parameters
    ----------
    sections : GeoDataFrame
        With ``due, tau_days, assumed, season_cycle_days``; those due after the horizon, and those whose last patrol
        is not known (their date is an assumption, which nothing can miss), are not repeated.

    Returns
    -------
    DataFrame
        ``label`` (of the section) and ``occurrence``, by section and number.

    Notes
    -----
    What is overdue already is in time on any day of the first week: it cannot be made undone, and must be done.
    """
    due = (sections["due"] - pd.Timestamp(first)).dt.days
    bound = (due < days) & ~sections["assumed"]
    mine = sections[bound]
    last = -mine["tau_days"].astype(int)
    return repeated(mine.index, due[bound], mine["season_cycle_days"].astype(int), settings.least_gap, days, last=last)


def repeated(
    labels: pd.Index[Any], due: pd.Series[Any], gap: pd.Series[Any], least_gap: float, days: int, *,
    last: pd.Series[Any] | None = None,
) -> pd.DataFrame:  # fmt: skip
    """Return the occurrences of what comes round every ``gap`` days, and falls due first on the day ``due``.

    Parameters
    ----------
    labels : Index
        One a thing; ``due``, ``gap`` and ``last`` (day of the last time, negative; a gap before ``due`` by default) are
        in its order, in days of the horizon.

    Returns
    -------
    DataFrame
        ``label`` and ``occurrence``, by label and number.
    """
    lasts = (due - gap if last is None else last).tolist()
    rows: list[tuple[Any, Occurrence]] = []
    for label, day, every, before in zip(labels, due.tolist(), gap.tolist(), lasts, strict=True):
        first_due = int(day) if day >= 0 else min(days - 1, FIRST_WEEK)
        last_day = min(-1, int(before), first_due - int(every))
        least = max(1, min(int(every), int(np.floor(every * least_gap))))
        for number in range(min(MOST, 1 + (days - 1 - first_due) // int(every))):
            opens = min(max(0, last_day + (number + 1) * least), first_due + number * int(every))
            rows.append((label, Occurrence(number + 1, opens, last_day, first_due, least, int(every))))
    return pd.DataFrame({"label": [label for label, _ in rows], "occurrence": [one for _, one in rows]}, dtype=object)


def series_of(repeats: Sequence[Occurrence | None], refs: Sequence[Any], weights: Sequence[int]) -> tuple[Series, ...]:
    """Return the series of a problem's tasks: their occurrences (None for others), what they are of, their weights."""
    members: dict[Any, list[tuple[int, int]]] = {}
    for task, (one, ref) in enumerate(zip(repeats, refs, strict=True)):
        if one is not None:
            members.setdefault(ref, []).append((one.number, task))
    out = []
    for found in members.values():
        tasks = tuple(task for _, task in sorted(found))
        one = repeats[tasks[0]]
        assert one is not None
        out.append(Series(tasks, one.last_day, one.first_due, one.min_gap, one.max_gap, weights[tasks[0]]))
    return tuple(out)

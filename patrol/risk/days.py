"""What weather, season and events do to hazards on each group of sections, day by day.

Sections of a group lie in the same warned areas and under the same events, so that one table of days and types serves
them all.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

NO_FACTORS = pd.DataFrame(index=pd.DatetimeIndex([]))


@dataclass(frozen=True, slots=True, eq=False)
class Days:
    """Factors by day.

    Attributes
    ----------
    group : ndarray of int64, shape (sections,)
        Group of each section.
    faults, arrivals : tuple of DataFrame, a table a group
        Factors of the fault rate φ (weather) and of the rate of new hazards λ (season, events): index days, columns
        codes. Days and types that are missing count as 1.
    """

    group: Ints
    faults: tuple[pd.DataFrame, ...]
    arrivals: tuple[pd.DataFrame, ...]

    def of_row(self, row: int) -> Days:
        """Return the factors of one section, as row 0."""
        number = int(self.group[row])
        return Days(np.zeros(1, np.int64), self.faults[number : number + 1], self.arrivals[number : number + 1])

    def calm(self) -> Days:
        """Return the same without weather."""
        return replace(self, faults=(NO_FACTORS,) * len(self.faults))


def same_days(sections: int, *, faults: pd.DataFrame | None = None, arrivals: pd.DataFrame | None = None) -> Days:
    """Return factors that are the same on all sections."""
    tables = (NO_FACTORS if one is None else one for one in (faults, arrivals))
    weather, season = tables
    return Days(np.zeros(sections, np.int64), (weather,), (season,))


def joined_groups(*parts: NDArray[Any]) -> tuple[Ints, Ints]:
    """Return the group of each section, and a section of each group: those that are alike in every part.

    Parameters
    ----------
    parts : ndarray of int or bool, shape (sections,) or (sections, k)
        What sections of one group share.
    """
    table = np.column_stack([np.asarray(part, np.int64).reshape(len(part), -1) for part in parts])
    _, first, group = np.unique(table, axis=0, return_index=True, return_inverse=True)
    return group.reshape(-1).astype(np.int64), first.astype(np.int64)


def mean_since(
    tables: tuple[pd.DataFrame, ...], group: Ints, tau_days: Floats, on: date, codes: pd.Index[str]
) -> Floats:
    """Return the mean factor over the whole days from each section's last patrol up to a day, shape (sections, types).

    A section patrolled on the day itself has that of the day before. ``tables`` are by group, as in :class:`Days`.
    """
    tau = np.maximum(np.rint(tau_days).astype(np.int64), 1)
    span = int(tau.max(initial=1))
    dates = pd.date_range(end=pd.Timestamp(on) - pd.Timedelta(days=1), periods=span, freq="D")
    out = np.ones((len(tau), len(codes)))
    for number, table in enumerate(tables):
        here = np.flatnonzero(group == number)
        factors = table.reindex(index=dates, columns=codes).fillna(1.0).to_numpy(float)
        sums = np.vstack([np.zeros(len(codes)), np.cumsum(factors, axis=0)])
        out[here] = (sums[-1] - sums[span - tau[here]]) / tau[here][:, None]
    return out

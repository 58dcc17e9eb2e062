"""What a plan has done of what comes round again: the next time is due a cycle after that, and keeps its number.

A replan is made from the records as they are, and what its plan did by then may stand in them already or not. Either
way a section patrolled on Monday is next due a cycle after Monday, and that patrol has the id that it had in the plan.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from patrol.layers.schema import PARTIES

AGAIN = "#"  # between a task's id and the number of a later occurrence


@dataclass(frozen=True, slots=True)
class Made:
    """The last time that a plan had something done.

    Attributes
    ----------
    day : int
        Counted from the first day of the replan: 0 or less.
    number : int
        Which occurrence it was.
    """

    day: int
    number: int


def made_of(done: Mapping[str, int]) -> dict[str, Made]:
    """Return the last time of each thing, by its task id without number and party, of tasks done on days."""
    made: dict[str, Made] = {}
    for name, day in done.items():
        whole, _, party = name.rpartition("/")
        root, _, nth = (whole if party in PARTIES else name).partition(AGAIN)
        had = made.get(root, Made(day, 0))
        made[root] = Made(max(day, had.day), max(int(nth or 1), had.number))
    return made


def numbered(ids: pd.Series[Any], number: Any, made: Mapping[str, Made]) -> Any:
    """Return the numbers of occurrences when those that the plan has done are counted too."""
    had = ids.map({root: one.number for root, one in made.items()}).fillna(0)
    return np.asarray(number, dtype=int) + had.to_numpy(int)


def named(ids: pd.Series[Any], number: Any) -> Any:
    """Return the ids of occurrences: the first has the id of the thing itself."""
    suffix = np.where(np.asarray(number) > 1, [f"{AGAIN}{k}" for k in number], "").astype(object)
    return ids.to_numpy(object) + suffix


def sections_since(sections: gpd.GeoDataFrame, made: Mapping[str, Made], first: date) -> gpd.GeoDataFrame:
    """Return sections with ``due, tau_days, assumed`` as patrols of the plan left them that no record knows yet."""
    day = _days(made, "S:" + sections["section_id"])
    new = day > -sections["tau_days"].to_numpy(float)
    if not new.any():
        return sections
    gap = sections["season_cycle_days"].to_numpy(float)
    return sections.assign(
        due=np.where(new, _dates(first, np.where(new, day + gap, 0.0)), sections["due"].to_numpy("datetime64[ns]")),
        tau_days=np.where(new, -day, sections["tau_days"].to_numpy(float)),
        assumed=sections["assumed"].to_numpy(bool) & ~new,
    )  # fmt: skip


def points_since(points: gpd.GeoDataFrame, made: Mapping[str, Made], first: date) -> gpd.GeoDataFrame:
    """Return service points with their ``last_visit`` as the plan left it."""
    day = _days(made, "V:" + points["point_id"])
    had = points["last_visit"].to_numpy("datetime64[ns]")
    since = _dates(first, np.where(np.isfinite(day), day, 0.0))
    later = np.isfinite(day) & (np.isnat(had) | (since > had))
    return points.assign(last_visit=np.where(later, since, had))


def _days(made: Mapping[str, Made], ids: pd.Series[Any]) -> NDArray[np.float64]:
    """Return the day on which each thing was done last, -inf for what was not."""
    return np.array([made[name].day if name in made else -np.inf for name in ids], dtype=float)


def _dates(first: date, days: NDArray[np.float64]) -> NDArray[np.datetime64]:
    return np.datetime64(first, "ns") + days.astype("timedelta64[D]")

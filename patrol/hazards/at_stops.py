"""Which hazards are told of at a stop: one rule for a crew's page and for its printed sheet.

Those within :data:`NEAR_M` of the place that is visited, or of the line of the section that is patrolled; and the
hazard that a visit is made for, first and once. What is told of each is for the page and the sheet to say.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from patrol.hazards.actions import UNCLASSIFIED
from patrol.hazards.model import OPEN_STATES
from patrol.hazards.taxonomy import CLASSES
from patrol.layers.crs import WGS84, utm_zone
from patrol.plan import Plan

NEAR_M = 60.0  # of a section's line or a visit's place: a span or so
MOST = 4  # hazards named at a stop, of either sort: neither page nor sheet is a register
Row = Mapping[Any, Any]


@dataclass(frozen=True, slots=True)
class Here:
    """Hazards at a stop, as rows of the frame with what is told of them.

    Attributes
    ----------
    open, past : tuple of mapping
        Open on the day of the shift: that of the visit, then the gravest and of these the oldest; and what was found
        and dealt with, the latest first. At most :data:`MOST`. Besides the columns of the frame each has ``grade`` (of
        the hazard, else of its type), ``day`` (ISO: reported, or of a past one closed), ``type`` (a code of the types)
        and ``own`` (the visit is made for it).
    """

    open: tuple[Row, ...] = ()
    past: tuple[Row, ...] = ()


def hazards_at_stops(
    plan: Plan, shift: Mapping[str, Any], *, sections: gpd.GeoDataFrame, hazards: gpd.GeoDataFrame, types: pd.DataFrame
) -> dict[int, Here]:
    """Return the hazards at each stop of a shift with a task, by its position on the route.

    Parameters
    ----------
    sections : GeoDataFrame
        ``section_id`` and lines, any CRS. A section that is not among them is where its stop is.
    hazards : GeoDataFrame
        Open and past ones, points in any CRS: ``hazard_id, type, state, reported, closed``, and ``hazard_class`` where
        it is known.
    types : DataFrame
        Hazard types by code: ``default_class``.

    Raises
    ------
    ValueError
        If a frame with rows has no CRS.
    """
    served = [(at, plan.tasks.get(stop["task_id"], {}), stop) for at, stop in enumerate(shift["route"])]
    served = [one for one in served if one[2]["task_id"]]
    if not served or hazards.empty:
        return {at: Here() for at, _, _ in served}
    on = date.fromisoformat(shift["date"])
    ids = hazards.get("hazard_id", pd.Series("", index=hazards.index)).to_numpy(object)
    near = _near(_shapes(served, sections), hazards)
    out = {}
    for (at, task, stop), rows in zip(served, near, strict=True):
        own = own_hazard(task, stop)
        mine = np.flatnonzero(ids == own).tolist() if own else []
        told = hazards.iloc[list(dict.fromkeys([*mine, *rows]))].to_dict("records")
        out[at] = _here(told, own, types, on=on)
    return out


def own_hazard(task: Mapping[str, Any], stop: Mapping[str, Any]) -> str:
    """Return the id of the hazard that a visit is made for, or ''; a party's part is named after the whole."""
    name: str = task.get("joint") or stop["task_id"]
    return name.partition(":")[2] if task.get("kind") == "hazard" else ""


def _shapes(served: list[tuple[int, Any, Any]], sections: gpd.GeoDataFrame) -> gpd.GeoSeries:
    """Return where each stop looks: the line that is patrolled, or the place itself, not where the car stays."""
    lines: dict[str, Any] = {}
    if len(sections):
        mine = sections[sections["section_id"].isin({task.get("section_id", "") for _, task, _ in served})]
        lines = dict(zip(mine["section_id"], mine.geometry.to_crs(WGS84), strict=True))
    shapes = [
        lines.get(task.get("section_id", ""))
        or shapely.Point(task.get("lon", stop["lon"]), task.get("lat", stop["lat"]))
        for _, task, stop in served
    ]
    return gpd.GeoSeries(shapes, crs=WGS84)


def _near(shapes: gpd.GeoSeries, hazards: gpd.GeoDataFrame) -> list[list[int]]:
    """Return for each WGS84 shape the rows of the hazards within ``NEAR_M``."""
    if hazards.crs is None:
        raise ValueError("a frame of hazards has no CRS")
    found: list[list[int]] = [[] for _ in range(len(shapes))]
    west, south, east, north = shapes.total_bounds
    crs = utm_zone((west + east) / 2, (south + north) / 2)
    metric = shapes.to_crs(crs)
    box = shapely.box(*metric.buffer(NEAR_M).to_crs(hazards.crs).total_bounds)
    maybe = np.sort(hazards.sindex.query(box))  # few of a county's
    tree = shapely.STRtree(hazards.geometry.iloc[maybe].to_crs(crs).to_numpy())
    pairs: NDArray[np.int64] = tree.query(metric.to_numpy(), predicate="dwithin", distance=NEAR_M)
    for place, row in pairs.T.tolist():
        found[place].append(int(maybe[row]))
    return [sorted(rows) for rows in found]


def _here(rows: list[dict[Any, Any]], own: str, types: pd.DataFrame, *, on: date) -> Here:
    told = list(_told(rows, own, types, on=on))
    there = sorted((row for row, is_open in told if is_open), key=_by_grade)
    gone = sorted((row for row, is_open in told if not is_open), key=lambda row: str(row["day"]), reverse=True)
    return Here(tuple(there[:MOST]), tuple(gone[:MOST]))


def _told(rows: list[dict[Any, Any]], own: str, types: pd.DataFrame, *, on: date) -> Iterator[tuple[Row, bool]]:
    """Yield each hazard with what is told of it, and whether it is open on a day."""
    for row in rows:
        code = row["type"] if row.get("type") in types.index else UNCLASSIFIED
        reported, closed = day_of(row.get("reported")), day_of(row.get("closed"))
        is_open = row.get("state") in OPEN_STATES and not closed and reported <= on.isoformat()
        usual = types["default_class"].get(code, "") if "default_class" in types else ""
        grade, is_own = row.get("hazard_class"), own != "" and row.get("hazard_id") == own
        yield {
            **row, "type": code, "grade": grade if grade in CLASSES else str(usual), "own": is_own,
            "day": reported if is_open else closed or reported,
        }, is_open  # fmt: skip


def _by_grade(row: Row) -> tuple[bool, int, str]:
    grade = row["grade"]
    return not row["own"], CLASSES.index(grade) if grade in CLASSES else len(CLASSES), str(row["day"])


def day_of(value: Any) -> str:
    """Return the ISO day of a time, '' where there is none."""
    moment = pd.Timestamp(value) if value is not None and not isinstance(value, str) else pd.NaT
    return "" if pd.isna(moment) else moment.date().isoformat()

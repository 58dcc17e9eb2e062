"""What is left to plan of a day that has begun: shifts from where their crews are, tasks that nobody has done.

A shift is cut into parts by hours in which work stands still: before they begin its crew is back at its base, where the
tour ends, and from there it sets out again when they are over. Who cannot be back in time goes there straight. The part
that a crew begins away from its base keeps the shift's id, whether or not it has time for anything but the way home.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj

from patrol.layers.crs import WGS84, way_between
from patrol.planning.asked import Ask, Hours
from patrol.planning.crews import SHORTEST_S
from patrol.planning.cycles import Occurrence
from patrol.planning.frames import records
from patrol.planning.frozen import Frozen
from patrol.planning.tasks import MANDATORY_EMERGENCY
from patrol.units import UNREACHABLE

Pause = tuple[int, int, int]  # earliest start, latest start, seconds
Part = tuple[int, int, Pause | None]  # from when, until when, the break in it
PART = "+"  # between a shift's id and the number of a later part of it


def shift_of(shift_id: str) -> str:
    """Return the shift that a part is of."""
    return shift_id.partition(PART)[0]


def left_shifts(
    shifts: pd.DataFrame, frozen: Mapping[str, Frozen], ask: Ask, crs: pyproj.CRS
) -> pd.DataFrame:  # fmt: skip
    """Return the shifts of the moment of a replan and after it, as :func:`patrol.planning.crews.make_shifts` does.

    Those of the day itself begin when and where their crews are free, with what is left of their limits; absent crews
    have none. To send out a crew that has been out is not paid for again, nor is a later part of a shift.
    """
    rows: list[dict[str, Any]] = []
    worked = _worked(frozen)
    to_metric = way_between(WGS84, crs)
    for whole in records(shifts):
        shared = whole["group_max_s"] - worked.get((whole["crew_id"], *whole["date"].isocalendar()[:2]), 0)
        row = {**whole, "group_max_s": max(0, shared) if whole["group"] else 0}
        if row["date"] > ask.day:
            rows.append(row)
        elif row["crew_id"] not in ask.absent:
            one = frozen.get(row["shift_id"])
            rows += _parts(row if one is None or one.home else _from_there(row, one, to_metric), one, ask)
    return pd.DataFrame(rows, columns=list(shifts.columns))


def _worked(frozen: Mapping[str, Frozen]) -> dict[tuple[str, int, int], int]:
    """Return seconds of work done by crew and ISO week."""
    out: dict[tuple[str, int, int], int] = {}
    for shift_id, one in frozen.items():
        day, _, crew = shift_id.partition("/")
        key = (crew, *date.fromisoformat(day).isocalendar()[:2])
        out[key] = out.get(key, 0) + one.work_s
    return out


def _from_there(row: dict[str, Any], one: Frozen, to_metric: Any) -> dict[str, Any]:
    x, y = to_metric.transform(one.lon, one.lat)
    return {**row, "start_x": float(x), "start_y": float(y)}


def _parts(row: dict[str, Any], one: Frozen | None, ask: Ask) -> list[dict[str, Any]]:
    """Return the parts of a shift that are left: one a stretch of hours in which work does not stand still."""
    away = one is not None and not one.home
    opens = one.clock if one is not None and away else max(row["opens"], ask.at)
    closes = max(row["closes"], opens)
    if one is not None:
        limits = (("max_walk_m", one.walk_m), ("max_distance_m", one.drive_m))
        row = {
            **row,
            **{key: max(0, row[key] - used) for key, used in limits if row[key] < UNREACHABLE},
            "price_open": 0,
        }
    free = _between(opens, closes, ask.stand_down)
    if away and (not free or free[0][0] > opens):
        free.insert(0, (opens, opens))
    pause = _pause(row["pause"], one, opens, row["opens"])
    hours = [_rest(*span, pause, ask.stand_down) for span in free]
    kept = [
        (number, *span)
        for number, span in enumerate(hours)
        if span[1] - span[0] >= SHORTEST_S or (away and number == 0)
    ]  # fmt: skip
    whole = sum(ends - begins for _, begins, ends, _ in kept)
    return [
        _part(
            row if place == 0 else {**row, "price_open": 0}, number, (begins, ends, rest),
            (ends - begins) / whole if whole else 1.0,
        )
        for place, (number, begins, ends, rest) in enumerate(kept)
    ]  # fmt: skip


def _part(row: dict[str, Any], number: int, hours: Part, share: float) -> dict[str, Any]:
    """Return one part of a shift; the limits of the shift are shared out by the hours of its parts."""
    part = {**row, "opens": hours[0], "closes": hours[1], "pause": hours[2]}
    if number:
        part |= {"slack_s": 0}  # what is kept free counts once
        part |= {"start_x": row["end_x"], "start_y": row["end_y"], "shift_id": f"{row['shift_id']}{PART}{number + 1}"}
    for key in ("max_walk_m", "max_distance_m"):
        part[key] = row[key] if row[key] >= UNREACHABLE else int(row[key] * share)
    return part


def _pause(pause: Pause | None, one: Frozen | None, opens: int, base: int) -> Pause | None:
    """Return the break that is left: who was at the base for so long in its time has taken it; ``base``: since when."""
    if pause is None or opens > pause[1] or (one is not None and one.rested):
        return None
    earliest, latest, length = pause
    if one is None or one.home:
        since = base if one is None else one.since
        if opens >= max(since, earliest) + length:
            return None
    return max(earliest, opens), latest, length


def _between(opens: int, closes: int, shut: Iterable[Hours]) -> list[Hours]:
    """Return the stretches of a shift in which work does not stand still."""
    free = []
    for begins, ends in (*shut, (closes, closes)):
        if opens < min(begins, closes):
            free.append((opens, min(begins, closes)))
        opens = max(opens, ends)
    return free


def _rest(begins: int, ends: int, pause: Pause | None, shut: Iterable[Hours]) -> Part:
    """Return when a part begins and ends, and its break; hours of standing still in the time for it are the break.

    Then the crew is at its base, and sets out when it has rested for as long as its break takes.
    """
    if pause is None:
        return begins, ends, None
    earliest, latest, length = pause
    for stop, go in shut:
        if stop <= latest and go > earliest:  # it rests then
            after = begins >= go
            return (max(begins, max(stop, earliest) + length) if after else begins), ends, None
    earliest, last = max(earliest, begins), min(latest, ends - length)
    return begins, ends, (earliest, last, length) if earliest <= last else None  # else it rests before or after


def left_tasks(tasks: gpd.GeoDataFrame, done: Collection[str], urgent: Iterable[str]) -> gpd.GeoDataFrame:
    """Return the tasks that are still to do; urgent hazards weigh as much as emergencies, so they are reached first."""
    rows = tasks[~tasks["task_id"].isin(list(done))].reset_index(drop=True)
    now = rows["task_id"].isin({f"H:{name}" for name in urgent}).to_numpy(bool)
    weight = rows["mandatory"].mask(now, np.maximum(rows["mandatory"], MANDATORY_EMERGENCY))
    again = [one if isinstance(one, Occurrence) else None for one in rows["occurrence"]]  # pandas has NaN for None
    return rows.assign(mandatory=weight, occurrence=pd.Series(again, dtype=object, index=rows.index))

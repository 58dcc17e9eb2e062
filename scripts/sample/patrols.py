"""Two years of patrols: every day the crews, with their real hours, walk what is most overdue by the calendar.

That is the practice of the office that this sample stands for: nobody weighs risk. The hours here are a pocket
calculation that shares nothing with the planner; ``PACE`` is what it leaves out. The hours, the length of the lines
and the cycles of project.toml make the backlog; after some months it neither grows nor shrinks.
"""

from __future__ import annotations

import dataclasses
import math
import re
from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from sample.frame import Dice
from sample.history import BEFORE, FIRST_DAY, TODAY, days_between, is_holiday

NEVER_SHARE = 0.02  # stretches whose patrols nobody wrote down
WHOLE_FEEDERS = ("F612", "F622")  # driven along as a whole before a winter, with no poles written down
WHOLE_DAY = date(2023, 11, 9)
STRETCH_M = 1000.0
ROADSIDE_M = 50.0
PACE = 0.91
STOP_H = 3 / 60
# km/h on the way and along the line, hours to set up at a stretch
_SPEED = {
    "vehicle": (25.0, 15.0, 0.07), "ebike": (15.0, 8.0, 0.04), "drone": (25.0, 10.0, 0.20), "foot": (3.0, 2.0, 0.0),
}  # fmt: skip
FOOT_KMH, BACK_ALONE = 2.0, 1.7  # somebody alone has to walk back to the vehicle
_REACH_M = {"enterprise": 16_000.0, "government": 9_000.0, "fire": 9_000.0, "villager": 1_800.0}


@dataclass(frozen=True)
class Stretch:
    """Sections one after the other on one run, patrolled in one go: they have the same cycle."""

    feeder: str
    first: str
    last: str
    length_m: float
    stops: int
    cycle_days: int
    sections: int
    roadside: bool
    zone: str
    at: tuple[float, float]


@dataclass(frozen=True)
class Pass:
    """One patrol of one stretch."""

    day: date
    stretch: Stretch
    mode: str
    party: str


def make_stretches(sections: gpd.GeoDataFrame, nodes: pd.DataFrame, roads: gpd.GeoDataFrame) -> list[Stretch]:
    """Join sections along every run while their cycles are the same, up to a kilometre."""
    number = nodes["pole_no"].to_dict()
    near = shapely.union_all(roads.geometry.to_numpy()).buffer(ROADSIDE_M)
    done: list[Stretch] = []
    growing: dict[tuple[str, str], tuple[Stretch, int]] = {}  # by run: a stretch and the node where it ends
    for row in sections.to_dict("records"):
        start, end, line = number[row["from_node"]], number[row["to_node"]], row["geometry"]
        middle = line.interpolate(0.5, normalized=True)
        piece = Stretch(
            row["feeder_id"], start, end, row["length_m"], row["equipment_count"], int(row["cycle_days"]), 1,
            line.intersection(near).length > 0.7 * line.length, row["zone_id"], (middle.x, middle.y),
        )  # fmt: skip
        run = (piece.feeder, re.sub(r"\d+$", "", end))
        before, node = growing.get(run, (piece, -1))
        length = before.length_m + piece.length_m
        alike = (before.cycle_days, before.roadside) == (piece.cycle_days, piece.roadside)
        if node == row["from_node"] and alike and length <= STRETCH_M:
            piece = dataclasses.replace(
                before, last=end, length_m=length, stops=before.stops + piece.stops, sections=before.sections + 1
            )
        elif run in growing:
            done.append(before)
        growing[run] = piece, row["to_node"]
    done += [stretch for stretch, _ in growing.values()]
    return sorted(done, key=lambda stretch: (stretch.feeder, stretch.first, stretch.last))


def walk(
    stretches: list[Stretch], crews: list[dict[str, Any]], homes: dict[str, tuple[float, float]],
    weather: dict[date, set[str]], dice: Dice,
) -> tuple[list[Pass], dict[Stretch, date]]:  # fmt: skip
    """Return all patrols in order of date, and the last one of each stretch that has any."""
    known = [one for one in stretches if one.feeder in WHOLE_FEEDERS or not dice.chance(NEVER_SHARE)]
    begin = FIRST_DAY - BEFORE
    due = {one: begin + timedelta(days=dice.whole(0, one.cycle_days)) for one in known}
    passes: list[Pass] = []
    for day in days_between(begin, TODAY):
        if is_holiday(day) or "x_thunder" in weather[day]:
            continue
        sunday = day + timedelta(days=7 - day.isoweekday())
        for crew in crews:
            if str(day.isoweekday()) not in crew["weekdays"]:
                continue
            open_now = [one for one in known if due[one] <= sunday and _reaches(crew, homes[crew["crew_id"]], one)]
            for one in _half_day(crew, homes[crew["crew_id"]], open_now, due):
                due[one] = day + timedelta(days=one.cycle_days)
                passes.append(Pass(day, one, _mode(crew, one), crew["party"]))
    last = {one.stretch: one.day for one in passes}
    return [one for one in passes if one.day >= FIRST_DAY], last


def _half_day(
    crew: dict[str, Any], home: tuple[float, float], there: list[Stretch], due: dict[Stretch, date]
) -> list[Stretch]:
    """Return what a crew gets done: the most overdue stretch first, then what is most overdue round it."""
    left, at, done = shift_length(crew), home, []
    while there:
        first = min(there, key=lambda one: (due[one] + _detour(done, at, one), one.feeder, one.first, one.last))
        there.remove(first)
        hours = PACE * (_travel_h(crew, at, first) + _service_h(crew, first))
        if hours + _travel_h(crew, first.at, None, home) <= left:
            left, at = left - hours, first.at
            done.append(first)
        elif done:
            break
    return done


def _detour(done: list[Stretch], at: tuple[float, float], one: Stretch) -> timedelta:
    """Return how many days of delay a way to a stretch outweighs, once the crew is out: two a kilometre."""
    return timedelta(days=math.dist(at, one.at) / 500.0 if done else 0.0)


def shift_length(crew: dict[str, Any]) -> float:
    """Return the hours of a crew's shift."""
    opens, closes = (int(crew[key][:2]) + int(crew[key][3:]) / 60 for key in ("shift_start", "shift_end"))
    return closes - opens


def _reaches(crew: dict[str, Any], home: tuple[float, float], one: Stretch) -> bool:
    bound = crew["zones"] and crew["party"] == "government"  # line crews have always helped one another out
    zones = crew["zones"].split("|") if bound else [one.zone]
    return math.dist(home, one.at) <= _REACH_M[crew["party"]] and one.zone in zones


def _mode(crew: dict[str, Any], one: Stretch) -> str:
    """Return how a crew looks at a stretch: who comes by car looks from it only where the road is beside the line."""
    mode: str = crew["mode"]
    return mode if mode in {"foot", "drone"} or one.roadside else "foot"


def _travel_h(
    crew: dict[str, Any], at: tuple[float, float], one: Stretch | None, home: tuple[float, float] = (0, 0)
) -> float:
    way = math.dist(at, one.at if one else home)
    return 1.3 * way / 1000 / _SPEED[crew["mode"]][0] + (_SPEED[crew["mode"]][2] if one else 0.0)


def _service_h(crew: dict[str, Any], one: Stretch) -> float:
    by_vehicle = _mode(crew, one) != "foot"
    speed = _SPEED[crew["mode"]][1] if by_vehicle else FOOT_KMH
    back = BACK_ALONE if not by_vehicle and crew["people"] < 2 and crew["mode"] != "foot" else 1.0
    return back * one.length_m / 1000 / speed + one.stops * STOP_H


def patrol_rows(passes: list[Pass], finds: Counter[Pass]) -> list[dict[str, Any]]:
    """Return the records of patrols in order of date; ``finds`` are the hazards that each came upon."""
    rows = [_row(WHOLE_DAY, feeder, "", "", "vehicle", "enterprise", 0) for feeder in WHOLE_FEEDERS]
    rows += [
        _row(one.day, one.stretch.feeder, one.stretch.first, one.stretch.last, one.mode, one.party, finds[one])
        for one in passes
    ]
    return sorted(rows, key=lambda row: (row["date"], row["feeder_id"], row["first_pole"], row["last_pole"]))


def _row(day: date, feeder: str, first: str, last: str, mode: str, party: str, finds: int) -> dict[str, Any]:
    return {
        "date": day.isoformat(), "feeder_id": feeder, "first_pole": first, "last_pole": last, "mode": mode,
        "party": party, "finds": finds,
    }  # fmt: skip

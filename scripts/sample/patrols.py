"""A year of patrols by pole range, made from the cycles that patrol itself gives the sections.

In the third week of May the county walked with all hands before the summer peak, and in the first days of
July it went along the critical lines again: what nobody has seen since then falls due in the demo week,
much of it on the same days. Some of what was due before slipped while the canals were in flood. ``SHARES``
is the knob for how much of each there is.
"""

from __future__ import annotations

import bisect
import dataclasses
import itertools
import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import geopandas as gpd
import pandas as pd

from sample.frame import Dice
from sample.history import FIRST_DAY, TODAY

# Shares of all sections that fall due so many days from the first day of the demo on (from, to). The last
# entry reaches to a whole cycle: patrolled since the drive. A patrol is on a working day, so that the
# drives' days follow from these: 21 and 22 May for lines of 90 days, 5 July for critical ones.
SHARES = [((-19, -1), 0.083), ((0, 2), 0.015), ((3, 4), 0.255), ((5, 9), 0.035), ((10, 90), 0.612)]
SLIP_SHARE = 0.3  # nothing is later than this share of its cycle
NEVER_SHARE = 0.02  # stretches whose patrols nobody wrote down
WHOLE_FEEDERS = ("F612", "F622")  # patrolled as a whole before the winter, with no poles written down
STRETCH_M = 1500.0


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


def make_stretches(sections: gpd.GeoDataFrame, nodes: pd.DataFrame) -> list[Stretch]:
    """Join sections along every run while their cycles are the same, up to a kilometre and a half."""
    number = nodes["pole_no"].to_dict()
    done: list[Stretch] = []
    growing: dict[tuple[str, str], tuple[Stretch, int]] = {}  # by run: a stretch and the node where it ends
    for row in sections.to_dict("records"):
        start, end = number[row["from_node"]], number[row["to_node"]]
        piece = Stretch(
            row["feeder_id"], start, end, row["length_m"], row["equipment_count"], int(row["cycle_days"]), 1
        )
        run = (piece.feeder, re.sub(r"\d+$", "", end))
        before, node = growing.get(run, (piece, -1))
        length = before.length_m + piece.length_m
        if node == row["from_node"] and before.cycle_days == piece.cycle_days and length <= STRETCH_M:
            piece = dataclasses.replace(
                before, last=end, length_m=length, stops=before.stops + piece.stops, sections=before.sections + 1
            )
        elif run in growing:
            done.append(before)
        growing[run] = piece, row["to_node"]
    done += [stretch for stretch, _ in growing.values()]
    return sorted(done, key=lambda stretch: (stretch.feeder, stretch.first, stretch.last))


def patrol_rows(stretches: list[Stretch], seed: object) -> tuple[list[dict[str, Any]], dict[Stretch, date]]:
    """Return a year of patrols in order of date, and the last one of each stretch that has any."""
    rows = [_patrol(date(2023, 11, 9), feeder, "", "", "vehicle") for feeder in WHOLE_FEEDERS]
    last = {}
    for stretch, window, dice in _dealt(stretches, seed):
        if dice.chance(NEVER_SHARE) and stretch.feeder not in WHOLE_FEEDERS:
            continue
        day = last[stretch] = dice.pick(_last_days(stretch.cycle_days, *window))
        while day >= FIRST_DAY:
            mode = dice.weighted(("foot", "drone", "vehicle", "ebike"), (60, 20, 14, 6))
            party = dice.weighted(("enterprise", "villager", "government"), (92, 5, 3))
            row = _patrol(day, stretch.feeder, stretch.first, stretch.last, mode)
            finds = dice.weighted((0, 1, 2, 3), (70, 20, 8, 2))
            rows.append(row | {"party": party, "finds": finds} | ({} if party == "enterprise" else {"mode": "foot"}))
            day = _workday(day - timedelta(days=int(stretch.cycle_days * dice.between(0.8, 1.15))))
    rows.sort(key=lambda row: (row["date"], row["feeder_id"], row["first_pole"], row["last_pole"]))
    return rows, last


def _dealt(stretches: list[Stretch], seed: object) -> list[tuple[Stretch, tuple[int, int], Dice]]:
    """Deal the windows of ``SHARES`` out: in an order by lot, so that the shares of the sections are kept.

    Every stretch has dice of its own, so that turning a knob moves only what it should.
    """
    dice = [Dice(f"{stretch.feeder} {stretch.first} {stretch.last} {seed}") for stretch in stretches]
    lots = [one.between(0, 1) for one in dice]
    windows, ends = [window for window, _ in SHARES], list(itertools.accumulate(share for _, share in SHARES))
    total, gone, result = sum(stretch.sections for stretch in stretches), 0.0, []
    for _, k in sorted(zip(lots, range(len(stretches)), strict=True)):
        middle = (gone + stretches[k].sections / 2) / total
        gone += stretches[k].sections
        result.append((stretches[k], windows[min(bisect.bisect_right(ends, middle), len(windows) - 1)], dice[k]))
    return result


def _last_days(cycle: int, earliest: int, latest: int) -> list[date]:
    """Return the working days before the demo from which a cycle ends in a window of days after its first day.

    Where the window has none, a stretch was patrolled on the next working day.
    """
    earliest = max(earliest, -int(SLIP_SHARE * cycle))
    ends = range(earliest, min(latest, cycle - 1) + 1)
    days = [TODAY + timedelta(days=end - cycle) for end in ends]
    working = [day for day in days if day.isoweekday() <= 5]
    return working or [_workday(days[-1]) + timedelta(days=3)]


def _patrol(day: date, feeder: str, first: str, last: str, mode: str) -> dict[str, Any]:
    return {
        "date": day.isoformat(), "feeder_id": feeder, "first_pole": first, "last_pole": last, "mode": mode,
        "party": "enterprise", "finds": 0,
    }  # fmt: skip


def _workday(day: date) -> date:
    """Return the Friday before a weekend day."""
    return day - timedelta(days=max(0, day.isoweekday() - 5))

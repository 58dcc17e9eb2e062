"""The greedy engine's insertion, compiled, for problems that are solved a thousand times with other prizes.

:func:`filled` gives what :func:`patrol.routing.greedy.greedy` gives, stop by stop (held by tests), some thirty times
faster: which task fits where depends on the problem, so the candidates are put in flat arrays once. Nothing is built
in that the simulation does not need: no windows of tasks, no start from a draft, no repair.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from patrol.compiled import compiled
from patrol.errors import Finding, ProblemError
from patrol.routing.greedy import all_candidates
from patrol.routing.model import Problem
from patrol.routing.rules import Draft
from patrol.units import UNREACHABLE

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
NEVER = 2**40  # later than any clock time
TOO_EARLY = -1


class Rows(NamedTuple):
    """Options that shifts may use, one row each; those of shift k are ``begin[k]`` to ``begin[k + 1]``."""

    begin: Ints
    task: Ints
    option: Ints
    entry: Ints
    exit: Ints
    service_s: Ints
    walk_m: Ints
    distance_m: Ints


class Crews(NamedTuple):
    """Shifts as arrays; ``pause_s`` 0 is no break, ``group`` -1 no shared hours."""

    profile: Ints
    day: Ints
    start: Ints
    end: Ints
    opens: Ints
    closes: Ints
    max_work_s: Ints
    max_distance_m: Ints
    max_walk_m: Ints
    pause_earliest: Ints
    pause_latest: Ints
    pause_s: Ints
    group: Ints
    price_s: Ints
    price_m: Ints


class Ways(NamedTuple):
    """Matrices of all profiles, one after the other: that of profile p has ``size[p]``² numbers from ``begin[p]``."""

    begin: Ints
    size: Ints
    on_foot: NDArray[np.bool_]
    travel_s: Ints
    metres: Ints


class Routes(NamedTuple):
    """What is known of the routes while they are filled: a row a shift, a column a stop or leg."""

    count: Ints
    rows: Ints
    travel_s: Ints
    metres: Ints
    fresh: Ints
    rested: Ints
    by_fresh: Ints
    by_rested: Ints
    totals: Ints  # seconds of work, metres driven, metres walked


class Table(NamedTuple):
    """Best place of every task in every shift, shape (tasks, shifts)."""

    score: Floats
    row: Ints
    position: Ints


@dataclass(frozen=True, slots=True, eq=False)
class Filling:
    """A problem made ready for :func:`filled`.

    Attributes
    ----------
    group_max_s : ndarray of int
        Seconds that each group of shifts shares.
    """

    tasks: int
    rows: Rows
    crews: Crews
    ways: Ways
    group_max_s: Ints


def make_filling(problem: Problem) -> Filling:
    """Return a problem made ready.

    Raises
    ------
    ProblemError
        If a task has windows or is pinned: those are for the engines.
    """
    if odd := [task.task_id for task in problem.tasks if task.windows or task.pinned]:
        raise ProblemError(Finding("error", "simulate.task", odd[0], "has windows or a pin", "leave them out"))
    candidates = all_candidates(problem)
    begin = np.cumsum([0, *(len(part.task) for part in candidates)])
    columns = ("task", "option", "entry", "exit", "service_s", "walk_m", "distance_m")
    empty = [np.zeros(0, np.int64)]
    rows = Rows(begin, *(np.concatenate([getattr(part, name) for part in candidates] or empty) for name in columns))
    groups = sorted({shift.group for shift in problem.shifts if shift.group})
    hours = {shift.group: shift.group_max_s for shift in problem.shifts}
    sizes = np.array([len(profile.travel_s) for profile in problem.profiles], dtype=np.int64)
    ways = Ways(
        np.cumsum(np.r_[0, sizes**2])[:-1],
        sizes,
        np.array([profile.on_foot for profile in problem.profiles], dtype=bool),
        np.concatenate([profile.travel_s.ravel() for profile in problem.profiles] or empty),
        np.concatenate([profile.distance_m.ravel() for profile in problem.profiles] or empty),
    )
    shared = np.array([hours[name] for name in groups], dtype=np.int64)
    return Filling(len(problem.tasks), rows, _crews(problem, groups), ways, shared)


def _crews(problem: Problem, groups: list[str]) -> Crews:
    number = {name: k for k, name in enumerate(groups)}
    table = np.array([
        (
            s.profile, s.day, s.start, s.end, s.opens, s.closes, s.max_work_s, s.max_distance_m, s.max_walk_m,
            *((s.pause.earliest, s.pause.latest, s.pause.duration_s) if s.pause else (0, 0, 0)),
            number.get(s.group, -1), s.price_s, s.price_m,
        )
        for s in problem.shifts
    ], dtype=np.int64).reshape(len(problem.shifts), len(Crews._fields))  # fmt: skip
    return Crews(*(np.ascontiguousarray(table[:, k]) for k in range(table.shape[1])))


def filled(filling: Filling, prize: Ints, weight: Ints) -> Draft:
    """Return (shift, sequence) pairs made by insertion, sorted by shift.

    Parameters
    ----------
    prize : ndarray of int, shape (rows,)
        Milli-ECM of each row of ``filling.rows``.
    weight : ndarray of int, shape (tasks,)
        Weight of mandatory tasks, 0 for optional ones.
    """
    rows, crews = filling.rows, filling.crews
    shifts = len(crews.day)
    of_shift = np.repeat(np.arange(shifts), np.diff(rows.begin))
    gain = prize - crews.price_s[of_shift] * rows.service_s
    alive = np.zeros(filling.tasks, dtype=bool)
    alive[rows.task[(prize > 0) | (weight[rows.task] > 0)]] = True  # nothing to gain, nothing to look up
    count, sequence = fill(rows, crews, filling.ways, filling.group_max_s.copy(), gain, weight, alive)
    return tuple(
        (shift, tuple((int(rows.task[row]), int(rows.option[row])) for row in sequence[shift, : count[shift]]))
        for shift in range(shifts)
        if count[shift]
    )


@compiled
def fill(
    rows: Rows,
    crews: Crews,
    ways: Ways,
    left: Ints,
    gain: Ints,
    weight: Ints,
    alive: NDArray[np.bool_],
) -> tuple[Ints, Ints]:
    """Fill empty routes: mandatory tasks by weight and few seconds, then all by value a second.

    ``left`` (seconds a group has left) and ``alive`` (tasks to place) are written. Returns stops a shift, and their
    rows.
    """
    shifts, tasks = len(crews.day), len(alive)
    most = tasks + 1
    routes = Routes(
        np.zeros(shifts, np.int64), np.zeros((shifts, most), np.int64), np.zeros((shifts, most), np.int64),
        np.zeros((shifts, most), np.int64), np.zeros((shifts, most), np.int64), np.zeros((shifts, most), np.int64),
        np.zeros((shifts, most), np.int64), np.zeros((shifts, most), np.int64), np.zeros((shifts, 3), np.int64),
    )  # fmt: skip
    for shift in range(shifts):
        refresh(rows, crews, ways, routes, shift)
    table = Table(
        np.full((tasks, shifts), -np.inf), np.zeros((tasks, shifts), np.int64), np.zeros((tasks, shifts), np.int64)
    )
    for stage in np.append(np.unique(weight[weight > 0])[::-1], 0):
        pays = stage == 0
        wanted = alive & (pays | (weight == stage))
        table.score[:] = -np.inf
        for shift in range(shifts):
            look(rows, crews, ways, routes, table, shift, left, gain, wanted, pays)
        while True:
            task, shift = divmod(np.argmax(table.score), shifts)
            if table.score[task, shift] <= 0:
                break
            row, position = table.row[task, shift], table.position[task, shift]
            before = routes.totals[shift, 0]
            put(rows, crews, ways, routes, shift, position, row)
            alive[task] = wanted[task] = False
            table.score[task] = -np.inf
            group = crews.group[shift]
            if group >= 0:
                left[group] -= routes.totals[shift, 0] - before
            for other in range(shifts):
                if other == shift or (group >= 0 and crews.group[other] == group):
                    fits = wanted & np.isfinite(table.score[:, other])
                    table.score[:, other] = -np.inf
                    look(rows, crews, ways, routes, table, other, left, gain, fits, pays)
    return routes.count, routes.rows


@compiled
def put(rows: Rows, crews: Crews, ways: Ways, routes: Routes, shift: int, position: int, row: int) -> None:
    """Insert a row before the stop at a position."""
    count = routes.count[shift]
    for place in range(count, position, -1):
        routes.rows[shift, place] = routes.rows[shift, place - 1]
    routes.rows[shift, position] = row
    routes.count[shift] = count + 1
    refresh(rows, crews, ways, routes, shift)


@compiled
def refresh(rows: Rows, crews: Crews, ways: Ways, routes: Routes, shift: int) -> None:
    """Reckon legs, sums, earliest departures and latest arrivals of a route anew."""
    count, profile = routes.count[shift], crews.profile[shift]
    begin, size = ways.begin[profile], ways.size[profile]
    totals = routes.totals[shift]
    totals[:] = 0
    place = crews.start[shift]
    for leg in range(count + 1):
        travel = metres = 0
        if count:
            to = crews.end[shift] if leg == count else rows.entry[routes.rows[shift, leg]]
            way = begin + place * size + to
            travel, metres = ways.travel_s[way], ways.metres[way]
        routes.travel_s[shift, leg], routes.metres[shift, leg] = travel, metres
        totals[0] += travel
        totals[2 if ways.on_foot[profile] else 1] += metres
        if leg < count:
            row = routes.rows[shift, leg]
            totals[0] += rows.service_s[row]
            totals[1] += rows.distance_m[row]
            totals[2] += rows.walk_m[row]
            place = rows.exit[row]
    forward(rows, crews, routes, shift)
    backward(rows, crews, routes, shift)


@compiled
def forward(rows: Rows, crews: Crews, routes: Routes, shift: int) -> None:
    """Earliest departures after each stop, without and with the rest had: see ``routing.insertion``."""
    closes, rest = crews.closes[shift], crews.pause_s[shift]
    earliest, latest = crews.pause_earliest[shift], crews.pause_latest[shift]
    fresh = crews.opens[shift] if rest else NEVER
    rested = earliest + rest if rest else crews.opens[shift]
    routes.fresh[shift, 0], routes.rested[shift, 0] = fresh, rested
    for stop in range(routes.count[shift]):
        leg, service = routes.travel_s[shift, stop], rows.service_s[routes.rows[shift, stop]]
        late = NEVER
        if rest and fresh <= latest:
            late = max(fresh + leg, earliest) + rest
        rested = begins(min(rested + leg, late), closes) + service
        fresh = begins(fresh + leg, closes) + service
        routes.fresh[shift, stop + 1], routes.rested[shift, stop + 1] = fresh, rested


@compiled
def backward(rows: Rows, crews: Crews, routes: Routes, shift: int) -> None:
    """Latest arrivals at the next stop of each leg, with the rest still to come and had."""
    closes, rest = crews.closes[shift], crews.pause_s[shift]
    earliest, latest = crews.pause_earliest[shift], crews.pause_latest[shift]
    count = routes.count[shift]
    by_fresh = latest if rest else TOO_EARLY
    by_rested = closes
    routes.by_fresh[shift, count], routes.by_rested[shift, count] = by_fresh, by_rested
    for stop in range(count - 1, -1, -1):
        leg, service = routes.travel_s[shift, stop + 1], rows.service_s[routes.rows[shift, stop]]
        leave_fresh, leave_rested = by_fresh - leg, by_rested - leg
        if rest and earliest + rest <= by_rested:
            leave_fresh = max(leave_fresh, min(latest, by_rested - rest - leg))
        by_fresh = min(leave_fresh - service, closes) if leave_fresh >= service else TOO_EARLY
        by_rested = min(leave_rested - service, closes) if leave_rested >= service else TOO_EARLY
        routes.by_fresh[shift, stop], routes.by_rested[shift, stop] = by_fresh, by_rested


@compiled
def begins(arrive: int, closes: int) -> int:
    """Return when service begins at the earliest."""
    return max(arrive, 0) if arrive <= closes else NEVER


@compiled
def look(
    rows: Rows,
    crews: Crews,
    ways: Ways,
    routes: Routes,
    table: Table,
    shift: int,
    left: Ints,
    gain: Ints,
    wanted: NDArray[np.bool_],
    pays: bool,
) -> None:
    """Write the best place of every wanted task in one shift into the table."""
    group = crews.group[shift]
    seconds_left = crews.max_work_s[shift] - routes.totals[shift, 0]
    if group >= 0:
        seconds_left = min(seconds_left, left[group])
    for row in range(rows.begin[shift], rows.begin[shift + 1]):
        task = rows.task[row]
        if not wanted[task]:
            continue
        score, position = best_place(rows, crews, ways, routes, shift, row, seconds_left, gain[row], pays)
        if score > -np.inf and score >= table.score[task, shift]:  # of equal ones the later row is taken
            table.score[task, shift], table.row[task, shift], table.position[task, shift] = score, row, position


@compiled
def best_place(
    rows: Rows,
    crews: Crews,
    ways: Ways,
    routes: Routes,
    shift: int,
    row: int,
    seconds_left: int,
    gain: int,
    pays: bool,
) -> tuple[float, int]:
    """Return the score and the leg to split of a row's best place in a route, -inf where none fits."""
    profile = crews.profile[shift]
    begin, size, on_foot = ways.begin[profile], ways.size[profile], ways.on_foot[profile]
    price_s, price_m, service = crews.price_s[shift], crews.price_m[shift], rows.service_s[row]
    metres_left = crews.max_distance_m[shift] - routes.totals[shift, 1] - rows.distance_m[row]
    walk_left = crews.max_walk_m[shift] - routes.totals[shift, 2] - rows.walk_m[row]
    best, position = -np.inf, 0
    place, count = crews.start[shift], routes.count[shift]
    for leg in range(count + 1):
        if leg:
            place = rows.exit[routes.rows[shift, leg - 1]]
        reach = crews.end[shift] if leg == count else rows.entry[routes.rows[shift, leg]]
        first, second = begin + place * size + rows.entry[row], begin + rows.exit[row] * size + reach
        to, on, to_m, on_m = ways.travel_s[first], ways.travel_s[second], ways.metres[first], ways.metres[second]
        if max(max(to, on), max(to_m, on_m)) >= UNREACHABLE:
            continue
        seconds = to + on - routes.travel_s[shift, leg] + service
        legs_m = to_m + on_m - routes.metres[shift, leg]
        driven, walked = (0, legs_m) if on_foot else (legs_m, 0)
        if seconds > seconds_left or driven > metres_left or walked > walk_left:
            continue
        value = 1
        if pays:
            old = price_s * routes.travel_s[shift, leg] + price_m * routes.metres[shift, leg] // 1000
            value = gain + old - price_s * (to + on) - price_m * to_m // 1000 - price_m * on_m // 1000
        score = value / max(seconds, 1)
        if score > best and in_time(crews, routes, shift, leg, to, on, service):
            best, position = score, leg
    return best, position


@compiled
def in_time(crews: Crews, routes: Routes, shift: int, leg: int, to: int, on: int, service: int) -> bool:
    """Return whether a stop fits between two others, the rest of the shift included."""
    closes, rest = crews.closes[shift], crews.pause_s[shift]
    earliest, latest = crews.pause_earliest[shift], crews.pause_latest[shift]
    fresh, rested = routes.fresh[shift, leg], routes.rested[shift, leg]
    by_fresh, by_rested = routes.by_fresh[shift, leg], routes.by_rested[shift, leg]
    late = max(fresh + to, earliest) + rest if rest and fresh <= latest else NEVER
    leave_rested = begins(min(rested + to, late), closes) + service
    leave_fresh = begins(fresh + to, closes) + service
    if leave_rested + on <= by_rested or leave_fresh + on <= by_fresh:
        return True
    return bool(rest and leave_fresh <= latest and max(leave_fresh + on, earliest) + rest <= by_rested)

"""The loops of the greedy insertion: see :mod:`patrol.routing.greedy` and :mod:`patrol.routing.insertion`.

The same rules over flat arrays: earliest departures and latest arrivals of every leg, with the rest of a shift still to
come and had; the best leg of every option in every shift; after an insertion only what it changed is looked at again.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from patrol.compiled import compiled
from patrol.units import UNREACHABLE

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
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
    """Seconds and metres of all profiles, one after the other: profile p has ``size[p]``² rows from ``begin[p]``.

    ``leaving`` has the ways from one place side by side, ``reaching`` those to one place.
    """

    begin: Ints
    size: Ints
    on_foot: NDArray[np.bool_]
    leaving: Ints
    reaching: Ints


class Routes(NamedTuple):
    """What is known of the routes while they are filled: a row a shift, a column a stop or leg."""

    stops: Ints
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


class Board(NamedTuple):
    """All of it together."""

    rows: Rows
    crews: Crews
    ways: Ways
    routes: Routes
    table: Table
    gain: Ints


class Clock(NamedTuple):
    """One leg of a route: earliest departures, latest arrivals, and the shift's end and rest."""

    fresh: int
    rested: int
    by_fresh: int
    by_rested: int
    closes: int
    earliest: int
    latest: int
    rest: int


class Best(NamedTuple):
    """Best score and leg of some rows in one shift."""

    row: Ints
    score: Floats
    leg: Ints


@compiled
def fill(rows: Rows, crews: Crews, ways: Ways, left: Ints, gain: Ints, weight: Ints, alive: Flags) -> tuple[Ints, Ints]:
    """Fill empty routes: mandatory tasks by weight and few seconds, then all by value a second.

    ``left`` (seconds a group has left) and ``alive`` (tasks to place) are written. Returns stops a shift, and their
    rows.
    """
    shifts, tasks = len(crews.day), len(alive)
    legs = (shifts, tasks + 1)
    routes = Routes(
        np.zeros(shifts, np.int64), np.zeros(legs, np.int64), np.zeros(legs, np.int64), np.zeros(legs, np.int64),
        np.zeros(legs, np.int64), np.zeros(legs, np.int64), np.zeros(legs, np.int64), np.zeros(legs, np.int64),
        np.zeros((shifts, 3), np.int64),
    )  # fmt: skip
    places = (tasks, shifts)
    table = Table(np.full(places, -np.inf), np.zeros(places, np.int64), np.zeros(places, np.int64))
    board = Board(rows, crews, ways, routes, table, gain)
    for shift in range(shifts):
        refresh(board, shift)
    for stage in np.append(np.unique(weight[weight > 0])[::-1], 0):
        wanted = alive & ((stage == 0) | (weight == stage))
        run_stage(board, left, alive, wanted, stage == 0)
    return routes.stops, routes.rows


@compiled
def run_stage(board: Board, left: Ints, alive: Flags, wanted: Flags, pays: bool) -> None:
    """Insert wanted tasks until none fits or, with ``pays``, none is worth it."""
    crews, routes, table = board.crews, board.routes, board.table
    shifts = len(crews.day)
    if table.score.size == 0:
        return
    table.score[:] = -np.inf
    for shift in range(shifts):
        look(board, shift, left, wanted, pays)
    while True:
        task, shift = divmod(int(np.argmax(table.score)), shifts)
        if table.score[task, shift] <= 0:
            return
        before = routes.totals[shift, 0]
        put(board, shift, table.position[task, shift], table.row[task, shift])
        alive[task] = wanted[task] = False
        table.score[task] = -np.inf
        group = crews.group[shift]
        if group >= 0:
            left[group] -= routes.totals[shift, 0] - before
        for other in range(shifts):
            if other == shift or (group >= 0 and crews.group[other] == group):
                fits = wanted & np.isfinite(table.score[:, other])  # what did not fit will not fit a fuller route
                table.score[:, other] = -np.inf
                look(board, other, left, fits, pays)


@compiled
def put(board: Board, shift: int, position: int, row: int) -> None:
    """Insert a row before the stop at a position."""
    routes = board.routes
    count = routes.stops[shift]
    for place in range(count, position, -1):
        routes.rows[shift, place] = routes.rows[shift, place - 1]
    routes.rows[shift, position] = row
    routes.stops[shift] = count + 1
    refresh(board, shift)


@compiled
def refresh(board: Board, shift: int) -> None:
    """Reckon legs, sums, earliest departures and latest arrivals of a route anew."""
    rows, crews, ways, routes = board.rows, board.crews, board.ways, board.routes
    count, profile = routes.stops[shift], crews.profile[shift]
    begin, size = ways.begin[profile], ways.size[profile]
    totals = routes.totals[shift]
    totals[:] = 0
    place = crews.start[shift]
    for leg in range(count + 1):
        travel = metres = 0
        if count:  # the way from start to end costs nothing while nothing is served
            to = crews.end[shift] if leg == count else rows.entry[routes.rows[shift, leg]]
            way = begin + place * size + to
            travel, metres = ways.leaving[way, 0], ways.leaving[way, 1]
        routes.travel_s[shift, leg], routes.metres[shift, leg] = travel, metres
        totals[0] += travel
        totals[2 if ways.on_foot[profile] else 1] += metres
        if leg < count:
            row = routes.rows[shift, leg]
            totals[0] += rows.service_s[row]
            totals[1] += rows.distance_m[row]
            totals[2] += rows.walk_m[row]
            place = rows.exit[row]
    forward(board, shift)
    backward(board, shift)


@compiled
def forward(board: Board, shift: int) -> None:
    """Earliest departures after each stop, without and with the rest had."""
    rows, crews, routes = board.rows, board.crews, board.routes
    closes, rest = crews.closes[shift], crews.pause_s[shift]
    earliest, latest = crews.pause_earliest[shift], crews.pause_latest[shift]
    fresh = crews.opens[shift] if rest else NEVER
    rested = earliest + rest if rest else crews.opens[shift]
    routes.fresh[shift, 0], routes.rested[shift, 0] = fresh, rested
    for stop in range(routes.stops[shift]):
        leg, service = routes.travel_s[shift, stop], rows.service_s[routes.rows[shift, stop]]
        late = NEVER
        if rest and fresh <= latest:
            late = max(fresh + leg, earliest) + rest
        rested = begins(min(rested + leg, late), closes) + service
        fresh = begins(fresh + leg, closes) + service
        routes.fresh[shift, stop + 1], routes.rested[shift, stop + 1] = fresh, rested


@compiled
def backward(board: Board, shift: int) -> None:
    """Latest arrivals at the next stop of each leg, with the rest still to come and had."""
    rows, crews, routes = board.rows, board.crews, board.routes
    closes, rest = crews.closes[shift], crews.pause_s[shift]
    earliest, latest = crews.pause_earliest[shift], crews.pause_latest[shift]
    count = routes.stops[shift]
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
def look(board: Board, shift: int, left: Ints, wanted: Flags, pays: bool) -> None:
    """Write the best place of every wanted task in one shift into the table."""
    rows, routes, table = board.rows, board.routes, board.table
    seconds_left = board.crews.max_work_s[shift] - routes.totals[shift, 0]
    group = board.crews.group[shift]
    if group >= 0:
        seconds_left = min(seconds_left, left[group])
    first, last = rows.begin[shift], rows.begin[shift + 1]
    chosen = first + np.flatnonzero(wanted[rows.task[first:last]])
    best = Best(chosen, np.full(len(chosen), -np.inf), np.zeros(len(chosen), np.int64))
    for leg in range(routes.stops[shift] + 1):
        try_leg(board, shift, leg, best, seconds_left, pays)
    for number in range(len(chosen)):
        row, score = chosen[number], best.score[number]
        task = rows.task[row]
        if score > -np.inf and score >= table.score[task, shift]:  # of equal ones the later row
            table.score[task, shift], table.row[task, shift] = score, row
            table.position[task, shift] = best.leg[number]


@compiled
def try_leg(board: Board, shift: int, leg: int, best: Best, seconds_left: int, pays: bool) -> None:
    """Raise the best score of each row, and note the leg, where it does better in this leg."""
    rows, crews, ways, routes, gain = board.rows, board.crews, board.ways, board.routes, board.gain
    profile, count = crews.profile[shift], routes.stops[shift]
    size, on_foot, first = ways.size[profile], ways.on_foot[profile], ways.begin[profile]
    price_s, price_m = crews.price_s[shift], crews.price_m[shift]
    place = rows.exit[routes.rows[shift, leg - 1]] if leg else crews.start[shift]
    reach = crews.end[shift] if leg == count else rows.entry[routes.rows[shift, leg]]
    out = ways.leaving[first + place * size : first + (place + 1) * size]
    back = ways.reaching[first + reach * size : first + (reach + 1) * size]
    metres_left = crews.max_distance_m[shift] - routes.totals[shift, 1]
    walk_left = crews.max_walk_m[shift] - routes.totals[shift, 2]
    travel, metres = routes.travel_s[shift, leg], routes.metres[shift, leg]
    old = price_s * travel + price_m * metres // 1000
    clock = Clock(
        routes.fresh[shift, leg],
        routes.rested[shift, leg],
        routes.by_fresh[shift, leg],
        routes.by_rested[shift, leg],
        crews.closes[shift],
        crews.pause_earliest[shift],
        crews.pause_latest[shift],
        crews.pause_s[shift],
    )
    scores = best.score
    for number, row in enumerate(best.row):
        enter, leave, service = rows.entry[row], rows.exit[row], rows.service_s[row]
        to, to_m, on, on_m = out[enter, 0], out[enter, 1], back[leave, 0], back[leave, 1]
        seconds = to + on - travel + service
        if seconds > seconds_left or max(to, on, to_m, on_m) >= UNREACHABLE:
            continue
        legs_m = to_m + on_m - metres
        driven, walked = (0, legs_m) if on_foot else (legs_m, 0)
        if driven + rows.distance_m[row] > metres_left or walked + rows.walk_m[row] > walk_left:
            continue
        value = 1
        if pays:
            value = gain[row] + old - price_s * (to + on) - price_m * to_m // 1000 - price_m * on_m // 1000
        score = value / max(seconds, 1)
        if score > scores[number] and in_time(clock, to, on, service):
            scores[number], best.leg[number] = score, leg


@compiled
def in_time(clock: Clock, to: int, on: int, service: int) -> bool:
    """Return whether a stop fits between two others in time, the rest of the shift included."""
    rest, earliest = clock.rest, clock.earliest
    late = max(clock.fresh + to, earliest) + rest if rest and clock.fresh <= clock.latest else NEVER
    leave_rested = begins(min(clock.rested + to, late), clock.closes) + service
    leave_fresh = begins(clock.fresh + to, clock.closes) + service
    if leave_rested + on <= clock.by_rested or leave_fresh + on <= clock.by_fresh:
        return True
    return bool(rest and leave_fresh <= clock.latest and max(leave_fresh + on, earliest) + rest <= clock.by_rested)

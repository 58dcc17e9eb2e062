"""The routes that the compiled search works on, with what makes an insertion a matter of a few additions.

For every leg of every route: where it leads, what it costs and takes; the earliest departures at its beginning and the
latest arrivals at its end, each with the rest of the shift still to come and had (see :mod:`patrol.routing.schedule`
for why two numbers are enough).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from patrol.compiled import inlined, lean
from patrol.routing.model import misses
from patrol.routing.packed import (
    ALWAYS,
    BALANCE,
    BOUND,
    CLOSES,
    COSTS,
    DAY,
    DRIVE,
    EARLIEST,
    END,
    ENTRY,
    EXIT,
    LATEST,
    LOAD,
    MAX_DRIVE,
    MAX_LOAD,
    MAX_WALK,
    MAX_WORK,
    NEVER,
    NO,
    ON_FOOT,
    OPENS,
    PLACES,
    PRICE_OPEN,
    PROFILE,
    REST,
    SERVICE,
    SHARED,
    SHUT,
    START,
    TASK,
    TIMED,
    TOO_EARLY,
    TRACKED,
    W_CLOSES,
    W_OPENS,
    WALK,
    WAYS,
    Ints,
    Packed,
    Small,
    Tables,
)  # fmt: skip
from patrol.routing.rules import Draft

# Columns of ``Board.leg`` and ``Board.clock``.
FROM, TO, COST, SECONDS = range(4)
FRESH, RESTED, BY_FRESH, BY_RESTED = range(4)
# Columns of ``Board.route``.
COUNT, TOTAL, WORK, DRIVEN, WALKED, LOADED, REST_AT, FOLLOWED, ROUTE_COLUMNS = range(9)
# Entries of ``Board.sums``.
LATE, WORST, MISSED, OVER, SUMS = range(5)
UNSET = -2  # ``REST_AT`` before it is chosen; -1 is before departure, one past the last leg is none


class Board(NamedTuple):
    """Routes: a row a shift, a column a stop or leg; leg i leads to stop i, the last one home.

    Attributes
    ----------
    way : ndarray of int32
        Row of ``Tables.option`` of each stop.
    leg, clock : ndarray of int64
        Columns as named in this module.
    route : ndarray of int64
        ``COUNT`` of stops; ``TOTAL`` of prices less gains, of its own legs and tasks alone; sums; ``FOLLOWED`` if it
        has tied or late-priced stops, whose starts are kept, and then ``REST_AT``, the leg that has the rest.
    where : ndarray of int32, shape (tasks, 2)
        Shift and position of each task, below 0 for one that is left out.
    start, floor : ndarray of int64, shape (tasks,)
        Of the stops of followed routes: when service begins, and the earliest that ties allow.
    used, spent : ndarray of int64
        Seconds worked by each group that shares hours, and by the shifts of each balance.
    missed : ndarray of int64
        What the misses of each series cost.
    sums : ndarray of int64
        What is a matter of the whole plan: price of lateness, largest lateness in seconds, price of misses, of
        hours out of balance.
    """

    way: Small
    leg: Ints
    clock: Ints
    route: Ints
    where: Small
    start: Ints
    floor: Ints
    used: Ints
    spent: Ints
    missed: Ints
    sums: Ints


def new_board(packed: Packed) -> Board:
    """Return empty routes of a problem."""
    tables = packed.tables
    shifts, tasks, stops = len(tables.shift), len(tables.task), most_stops(packed)
    board = Board(
        way=np.zeros((shifts, stops), np.int32),
        leg=np.zeros((shifts, stops + 1, 4), np.int64),
        clock=np.zeros((shifts, stops + 1, 4), np.int64),
        route=np.zeros((shifts, ROUTE_COLUMNS), np.int64),
        where=np.full((tasks, 2), -1, np.int32),
        start=np.zeros(tasks, np.int64),
        floor=np.zeros(tasks, np.int64),
        used=np.zeros(len(tables.shared_s), np.int64),
        spent=np.zeros(len(tables.balance), np.int64),
        missed=np.zeros(len(tables.series), np.int64),
        sums=np.zeros(SUMS, np.int64),
    )
    refresh_all(tables, board)
    _count_misses(packed, board, ())
    return board


def _count_misses(packed: Packed, board: Board, draft: Draft) -> None:
    """Write what the misses of all series cost."""
    problem = packed.problem
    day_of = {task: problem.shifts[shift].day for shift, sequence in draft for task, _ in sequence}
    for number, series in enumerate(problem.series):
        days = tuple(day_of[task] for task in series.tasks if task in day_of)
        board.missed[number] = misses(series, problem.days, days) * series.weight * packed.big
    board.sums[MISSED] = board.missed.sum()


def most_stops(packed: Packed) -> int:
    """Return more stops than any route can have."""
    tables = packed.tables
    most = 1
    for k in range(len(tables.shift)):
        mine = np.flatnonzero(tables.able[:, k] != NO)
        own = _least(tables, mine, int(tables.shift[k, PROFILE]))
        bounds = (
            (own[:, 0], tables.shift[k, MAX_WORK]),
            (own[:, 1], tables.shift[k, MAX_DRIVE]),
            (own[:, 2], tables.shift[k, MAX_WALK]),
            (tables.task[mine, LOAD], tables.shift[k, MAX_LOAD]),
        )
        most = max(most, min(int((np.cumsum(np.sort(need)) <= limit).sum()) for need, limit in bounds))
    return most + 1


def _least(tables: Tables, tasks: NDArray[np.intp], profile: int) -> Ints:
    """Return the least seconds, metres driven and walked of each task for a profile."""
    least = np.zeros((len(tasks), 3), np.int64)
    for row, task in enumerate(tasks.tolist()):
        first, last = tables.way_at[task, profile]
        if last > first:
            least[row] = tables.option[first:last][:, [SERVICE, DRIVE, WALK]].min(axis=0)
    return least


def put_draft(packed: Packed, board: Board, draft: Draft) -> None:
    """Write sequences of (task, option) into an empty board; the starts of tied tasks are not settled yet."""
    row_of = {(int(task), int(number)): row for row, (task, number) in
              enumerate(zip(packed.tables.option[:, TASK], packed.tables.number, strict=True))}  # fmt: skip
    for shift, sequence in draft:
        board.way[shift, : len(sequence)] = [row_of[pair] for pair in sequence]
        board.route[shift, COUNT] = len(sequence)
        board.route[shift, REST_AT] = UNSET
    refresh_all(packed.tables, board)
    _count_misses(packed, board, draft)


def get_draft(packed: Packed, way: Small, count: Ints) -> Draft:
    """Return the sequences of a board."""
    tables = packed.tables
    return tuple(
        (k, tuple((int(tables.option[row, TASK]), int(tables.number[row])) for row in way[k, : count[k]]))
        for k in range(len(count))
        if count[k]
    )


@lean
def refresh_all(tables: Tables, board: Board) -> None:
    """Reckon every route anew."""
    for task in range(len(board.where)):
        board.where[task, 0] = board.where[task, 1] = -1
    for shift in range(len(board.route)):
        refresh(tables, board, shift)


@inlined
def refresh(tables: Tables, board: Board, shift: int) -> None:
    """Reckon legs, sums and clock of a route anew from its stops."""
    count = board.route[shift, COUNT]
    costs, ways, places = tables.shift[shift, COSTS], tables.shift[shift, WAYS], tables.shift[shift, PLACES]
    total, work, driven, walked, loaded, legs_m, followed = 0, 0, 0, 0, 0, 0, 0
    bound = tables.shift[shift, BOUND]
    place = tables.shift[shift, START]
    for i in range(count + 1):
        row = board.way[shift, i] if i < count else -1
        to = tables.option[row, ENTRY] if i < count else tables.shift[shift, END]
        at = place * places + to
        cost = seconds = 0
        if count:  # the way from start to end costs nothing while nothing is served
            cost = tables.cost[costs + at]
            if bound:
                seconds = tables.time[ways + at]
                legs_m += tables.metres[ways + at]
        board.leg[shift, i, FROM], board.leg[shift, i, TO] = place, to
        board.leg[shift, i, COST], board.leg[shift, i, SECONDS] = cost, seconds
        total += cost
        work += seconds
        if i < count:
            task = tables.option[row, TASK]
            total -= tables.gain[row, shift]
            if bound:
                work += tables.option[row, SERVICE]
                driven += tables.option[row, DRIVE]
                walked += tables.option[row, WALK]
            loaded += tables.task[task, LOAD]
            followed |= tables.task[task, TRACKED]
            board.where[task, 0], board.where[task, 1] = shift, i
            place = tables.option[row, EXIT]
    foot = tables.shift[shift, ON_FOOT]
    board.route[shift, TOTAL] = total + (tables.shift[shift, PRICE_OPEN] if count else 0)
    worked(tables, board, shift, work)
    board.route[shift, LOADED], board.route[shift, FOLLOWED] = loaded, followed
    board.route[shift, DRIVEN] = driven + (0 if foot else legs_m)
    board.route[shift, WALKED] = walked + (legs_m if foot else 0)
    if tables.shift[shift, TIMED]:
        run_clock(tables, board, shift)


@inlined
def worked(tables: Tables, board: Board, shift: int, work: int) -> None:
    """Write the work of a route, and add its change to the hours it shares."""
    more = work - board.route[shift, WORK]
    board.route[shift, WORK] = work
    if tables.shift[shift, SHARED] >= 0:
        board.used[tables.shift[shift, SHARED]] += more
    if tables.shift[shift, BALANCE] >= 0:
        board.spent[tables.shift[shift, BALANCE]] += more


@inlined
def run_clock(tables: Tables, board: Board, shift: int) -> None:
    """Reckon the earliest departures and the latest arrivals of a route."""
    count, day = board.route[shift, COUNT], tables.shift[shift, DAY]
    rest, earliest = tables.shift[shift, REST], tables.shift[shift, EARLIEST]
    latest, closes = tables.shift[shift, LATEST], tables.shift[shift, CLOSES]
    fresh = tables.shift[shift, OPENS] if rest else NEVER
    rested = earliest + rest if rest else tables.shift[shift, OPENS]
    for i in range(count + 1):
        board.clock[shift, i, FRESH], board.clock[shift, i, RESTED] = fresh, rested
        if i == count:
            break
        row = board.way[shift, i]
        seconds, service = board.leg[shift, i, SECONDS], tables.option[row, SERVICE]
        late = max(fresh + seconds, earliest) + rest if rest and fresh <= latest else NEVER
        task = tables.option[row, TASK]
        first, last = tables.window_at[task, day, 0], tables.window_at[task, day, 1]
        rested = begins(tables.window, first, last, min(rested + seconds, late), closes) + service
        if rest:
            fresh = begins(tables.window, first, last, fresh + seconds, closes) + service
    by_fresh, by_rested = (latest if rest else TOO_EARLY), closes
    for i in range(count, -1, -1):
        board.clock[shift, i, BY_FRESH], board.clock[shift, i, BY_RESTED] = by_fresh, by_rested
        if i == 0:
            break
        row, seconds = board.way[shift, i - 1], board.leg[shift, i, SECONDS]
        service = tables.option[row, SERVICE]
        task = tables.option[row, TASK]
        first, last = tables.window_at[task, day, 0], tables.window_at[task, day, 1]
        if rest:
            leave = by_fresh - seconds
            if earliest + rest <= by_rested:
                leave = max(leave, min(latest, by_rested - rest - seconds))
            by_fresh = begun_by(tables.window, first, last, leave - service)
        by_rested = begun_by(tables.window, first, last, by_rested - seconds - service)


@inlined
def begins(window: Ints, first: int, last: int, arrive: int, closes: int) -> int:
    """Return when service begins at the earliest, ``NEVER`` if all windows are over."""
    if first == ALWAYS:
        return arrive if arrive <= closes else NEVER
    for row in range(first, last):
        if arrive <= window[row, W_CLOSES]:
            return int(max(arrive, window[row, W_OPENS]))
    return NEVER


@inlined
def begun_by(window: Ints, first: int, last: int, by: int) -> int:
    """Return the latest start not after ``by``, which is the latest arrival too."""
    if first == ALWAYS:
        return max(by, TOO_EARLY)
    found = TOO_EARLY
    for row in range(first, last):
        if window[row, W_OPENS] <= by:
            found = max(found, min(by, window[row, W_CLOSES]))
    return found


@inlined
def keeps_limits(tables: Tables, board: Board, shift: int) -> bool:
    """Return whether a route keeps the limits of its shift: work, load, metres, hours, windows, rest; not its ties."""
    count = board.route[shift, COUNT]
    if count == 0:
        return True
    if (
        board.route[shift, WORK] > tables.shift[shift, MAX_WORK]
        or board.route[shift, LOADED] > tables.shift[shift, MAX_LOAD]
        or board.route[shift, DRIVEN] > tables.shift[shift, MAX_DRIVE]
        or board.route[shift, WALKED] > tables.shift[shift, MAX_WALK]
    ):
        return False
    for i in range(count + 1):
        if board.leg[shift, i, COST] >= tables.numbers[SHUT]:
            return False
    if not tables.shift[shift, TIMED]:
        return True
    # Before the last leg: home in time with the rest had, or with none needed, or with the rest on the way.
    seconds = board.leg[shift, count, SECONDS]
    fresh, rested = board.clock[shift, count, FRESH], board.clock[shift, count, RESTED]
    if (
        rested + seconds <= board.clock[shift, count, BY_RESTED]
        or fresh + seconds <= board.clock[shift, count, BY_FRESH]
    ):
        return True
    rest, earliest, latest = tables.shift[shift, REST], tables.shift[shift, EARLIEST], tables.shift[shift, LATEST]
    return bool(
        rest > 0 and fresh <= latest and max(fresh + seconds, earliest) + rest <= board.clock[shift, count, BY_RESTED]
    )


@lean
def keeps_all(tables: Tables, board: Board) -> bool:
    """Return whether all routes keep the limits of their shifts, and the hours that shifts share."""
    for group in range(len(board.used)):
        if board.used[group] > tables.shared_s[group]:
            return False
    broken = 0
    for shift in range(len(board.route)):
        broken += not keeps_limits(tables, board, shift)
    return broken == 0


@inlined
def copy_route(tables: Tables, source: Board, target: Board, shift: int) -> None:
    """Copy one route, but not the places of its tasks."""
    count = source.route[shift, COUNT]
    worked(tables, target, shift, source.route[shift, WORK])
    for j in range(ROUTE_COLUMNS):
        target.route[shift, j] = source.route[shift, j]
    timed = tables.shift[shift, TIMED]
    for i in range(count + 1):
        if i < count:
            target.way[shift, i] = source.way[shift, i]
        for j in range(4):
            target.leg[shift, i, j] = source.leg[shift, i, j]
        if timed:
            for j in range(4):
                target.clock[shift, i, j] = source.clock[shift, i, j]

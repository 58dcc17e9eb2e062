"""Where a task fits best: every leg that is offered, every way, exact in hours, windows, rest, limits and ties."""

from __future__ import annotations

import numpy as np

from patrol.compiled import inlined, inner
from patrol.routing.board import (
    BY_FRESH,
    BY_RESTED,
    COST,
    COUNT,
    DRIVEN,
    FOLLOWED,
    FRESH,
    FROM,
    LOADED,
    MISSED,
    REST_AT,
    RESTED,
    SECONDS,
    TO,
    WALKED,
    WORK,
    Board,
    begins,
    refresh,
)  # fmt: skip
from patrol.routing.chance import State, draw
from patrol.routing.offering import (
    Spots,
    home_legs,
)
from patrol.routing.packed import (
    AID_ROOM,
    BALANCE,
    BOUND,
    CLOSES,
    COSTS,
    DAY,
    DAYS,
    DRIVE,
    EARLIEST,
    ENTRY,
    EXIT,
    FIRST_DUE,
    LAST_DAY,
    LATEST,
    LOAD,
    MAX_DRIVE,
    MAX_GAP,
    MAX_LOAD,
    MAX_WALK,
    MAX_WORK,
    MIN_GAP,
    MISS,
    NEVER,
    ON_FOOT,
    PLACES,
    PRICE_OPEN,
    PROFILE,
    RANK,
    REST,
    SERIES,
    SERVICE,
    SHARED,
    SHUT,
    TASK,
    TIMED,
    TRACKED,
    WALK,
    WAYS,
    Tables,
)  # fmt: skip
from patrol.routing.tying import CHOSEN, N_REST, NEW, WALKS, Trial, on_trial, try_new

NOWHERE = 2**62


@inlined
def next_due(tables: Tables, board: Board, series: int, rank: int) -> tuple[int, int, int]:
    """Return the earliest day of an occurrence, the day by which it is due, and the misses before it."""
    earliest = tables.series[series, LAST_DAY] + tables.series[series, MIN_GAP]
    due, count = tables.series[series, FIRST_DUE], 0
    for before in range(rank):
        day = tables.shift[board.where[tables.series_of[series, before], 0], DAY]
        count += 1 if day > due else 0
        due = max(due, day + tables.series[series, MAX_GAP])
        earliest = day + tables.series[series, MIN_GAP]
    return earliest, due, count


@inlined
def misses_from(tables: Tables, series: int, due: int) -> int:
    """Return how often a series falls overdue from a due day on if nothing more is served."""
    if due >= tables.numbers[DAYS]:
        return 0
    return int((tables.numbers[DAYS] - 1 - due) // tables.series[series, MAX_GAP] + 1)


@inlined
def place(
    tables: Tables, board: Board, spots: Spots, trial: Trial, runs: int, task: int, most: int, blink: float, aid: bool,
    state: State,
) -> tuple[int, int, int, int]:  # fmt: skip
    """Return the least rise of the total, and the shift, leg and row of it, among the legs offered.

    Nothing is returned (shift -1) that raises it by ``most`` or more. A share ``blink`` of the legs is not seen. The
    task must be in no tied group, and of a series the next to be served. Without ``aid`` shifts of other zones that
    may come only if nobody at home has room are passed over.
    """
    best, best_shift, best_leg, best_row = most, -1, -1, -1
    shut = tables.numbers[SHUT]
    skip = NOWHERE if blink <= 0.0 else int(np.log(1.0 - draw(state)) / np.log(1.0 - blink))
    load, series, tracked = tables.task[task, LOAD], tables.task[task, SERIES], tables.task[task, TRACKED]
    earliest, due, missed = next_due(tables, board, series, tables.task[task, RANK]) if series >= 0 else (0, 0, 0)
    for run in range(runs):
        k, lo, hi = spots.run[run, 0], spots.run[run, 1], spots.run[run, 2]
        if board.route[k, LOADED] + load > tables.shift[k, MAX_LOAD]:
            continue
        if not aid and tables.able[task, k] == AID_ROOM:
            continue
        count, day = board.route[k, COUNT], tables.shift[k, DAY]
        profile, places = tables.shift[k, PROFILE], tables.shift[k, PLACES]
        opening = tables.shift[k, PRICE_OPEN] if count == 0 else 0
        if series >= 0:
            if day < earliest or day > spots.tick[1]:
                continue
            then = (
                missed
                + (1 if day > due else 0)
                + misses_from(tables, series, max(due, day + tables.series[series, MAX_GAP]))
            )
            opening += then * tables.series[series, MISS] - board.missed[series]
        work_left = tables.shift[k, MAX_WORK] - board.route[k, WORK]
        shared, balance = tables.shift[k, SHARED], tables.shift[k, BALANCE]
        if shared >= 0:
            work_left = min(work_left, tables.shared_s[shared] - board.used[shared])
        drive_left = tables.shift[k, MAX_DRIVE] - board.route[k, DRIVEN]
        walk_left = tables.shift[k, MAX_WALK] - board.route[k, WALKED]
        first, last = tables.window_at[task, day, 0], tables.window_at[task, day, 1]
        bound, timed = tables.shift[k, BOUND], tables.shift[k, TIMED]
        followed = tracked != 0 or board.route[k, FOLLOWED] != 0
        for row in range(tables.way_at[task, profile, 0], tables.way_at[task, profile, 1]):
            service = tables.option[row, SERVICE]
            value = opening - tables.gain[row, k]
            to_entry = tables.shift[k, COSTS] + tables.option[row, ENTRY] * places
            from_exit = tables.shift[k, COSTS] + tables.option[row, EXIT] * places
            for i in range(lo, hi + 1):
                skip -= 1
                if skip < 0:
                    skip = int(np.log(1.0 - draw(state)) / np.log(1.0 - blink))
                    continue
                before, after = board.leg[k, i, FROM], board.leg[k, i, TO]
                rise = (
                    tables.cost_to[to_entry + before] + tables.cost[from_exit + after] - board.leg[k, i, COST] + value
                )
                if rise >= best:
                    continue
                if tables.cost_to[to_entry + before] >= shut or tables.cost[from_exit + after] >= shut:
                    continue
                if not bound:
                    best, best_shift, best_leg, best_row = rise, k, i, row
                    continue
                ways = tables.shift[k, WAYS]
                at_entry = ways + tables.option[row, ENTRY] * places + before
                at_exit = ways + tables.option[row, EXIT] * places + after
                to, on = tables.time_to[at_entry], tables.time[at_exit]
                longer = to + on - board.leg[k, i, SECONDS] + service
                if longer > work_left:
                    continue
                legs_m = tables.metres_to[at_entry] + tables.metres[at_exit]
                if count:
                    legs_m -= tables.metres[ways + before * places + after]
                foot = tables.shift[k, ON_FOOT]
                if tables.option[row, DRIVE] + (0 if foot else legs_m) > drive_left:
                    continue
                if tables.option[row, WALK] + (legs_m if foot else 0) > walk_left:
                    continue
                if balance >= 0:
                    rise += unbalanced(tables, board, balance, longer)
                    if rise >= best:
                        continue
                if followed:
                    trial.counts[NEW] = 0
                    on_trial(trial, k, i, row, to, on)
                    late = try_new(tables, board, trial, WALKS)
                    rise += late
                    if late >= NEVER or rise >= best:
                        continue
                    trial.late[CHOSEN] = trial.new[0, N_REST]
                elif timed and not in_time(tables, board, k, i, first, last, to, on, service):
                    continue
                best, best_shift, best_leg, best_row = rise, k, i, row
    return best, best_shift, best_leg, best_row


@inner
def place_apart(
    tables: Tables, board: Board, spots: Spots, trial: Trial, runs: int, task: int, most: int, blink: float, aid: bool,
    state: State,
) -> tuple[int, int, int, int]:  # fmt: skip
    """Return what :func:`place` does, from machine code of its own: for where speed does not matter."""
    return place(tables, board, spots, trial, runs, task, most, blink, aid, state)


@inlined
def unbalanced(tables: Tables, board: Board, balance: int, longer: int) -> int:
    """Return what seconds more of work cost beyond those that are free."""
    over = board.spent[balance] - tables.balance[balance, 0]
    return int((max(0, over + longer) - max(0, over)) * tables.balance[balance, 1])


@inlined
def in_time(
    tables: Tables, board: Board, k: int, i: int, first: int, last: int, to: int, on: int, service: int
) -> bool:
    """Return whether a stop fits into a leg in time, the rest of the shift included."""
    rest, earliest = tables.shift[k, REST], tables.shift[k, EARLIEST]
    latest, closes = tables.shift[k, LATEST], tables.shift[k, CLOSES]
    fresh, rested = board.clock[k, i, FRESH], board.clock[k, i, RESTED]
    late = max(fresh + to, earliest) + rest if rest and fresh <= latest else NEVER
    leave = begins(tables.window, first, last, min(rested + to, late), closes) + service
    if leave + on <= board.clock[k, i, BY_RESTED]:
        return True
    if not rest:
        return False
    leave = begins(tables.window, first, last, fresh + to, closes) + service
    if leave + on <= board.clock[k, i, BY_FRESH]:
        return True
    return bool(leave <= latest and max(leave + on, earliest) + rest <= board.clock[k, i, BY_RESTED])


@inner
def somebody_home(tables: Tables, board: Board, spots: Spots, trial: Trial, task: int, day: int, state: State) -> bool:
    """Return whether a shift of a day that is at home where a task lies admits it by one insertion."""
    runs = home_legs(tables, board, spots, task, day)
    return place_apart(tables, board, spots, trial, runs, task, NOWHERE, 0.0, True, state)[1] >= 0


@inlined
def insert(tables: Tables, board: Board, shift: int, leg: int, row: int, rest_at: int) -> None:
    """Put a row of ``Tables.option`` into a leg of a route, where it was found to fit.

    ``rest_at`` is the leg that has the rest, if the route is followed then.
    """
    count = board.route[shift, COUNT]
    for i in range(count, leg, -1):
        board.way[shift, i] = board.way[shift, i - 1]
    board.way[shift, leg] = row
    board.route[shift, COUNT] = count + 1
    refresh(tables, board, shift)
    board.route[shift, REST_AT] = rest_at
    count_misses(tables, board, tables.option[row, TASK])


@inlined
def count_misses(tables: Tables, board: Board, task: int) -> None:
    """Reckon what the misses of a task's series cost, after it was put in or taken out."""
    series = tables.task[task, SERIES]
    if series < 0:
        return
    rank = 0
    while rank < tables.series_of.shape[1]:
        other = tables.series_of[series, rank]
        if other < 0 or board.where[other, 0] < 0:
            break
        rank += 1
    _, due, count = next_due(tables, board, series, rank)
    cost = (count + misses_from(tables, series, due)) * tables.series[series, MISS]
    board.sums[MISSED] += cost - board.missed[series]
    board.missed[series] = cost

"""Starts of tasks that are tied in time or may be late, agreed over all routes they stand on.

The earliest starts are the least fixpoint of what routes ask (no stop before the one before it is done) and what ties
ask (no start before the partner's plus the least lag). A new stop only ever puts starts off, so whether it fits, and
what lateness it brings, is found by passing on what changes, and undone by a list of it. A round of ties that cannot be
met goes on for ever: a count of routes walked stops it.

Where a shift has a rest, the leg that has it is chosen by the shift alone (the two numbers a leg of
:mod:`patrol.routing.board`) and stands while the starts are agreed.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from patrol.compiled import inlined, inner, lean
from patrol.routing.board import (
    COUNT,
    FOLLOWED,
    LATE,
    REST_AT,
    SECONDS,
    UNSET,
    WORST,
    Board,
    begins,
)  # fmt: skip
from patrol.routing.packed import (
    AFTER,
    ALWAYS,
    CLOSES,
    DAY,
    EARLIEST,
    LATE_PRICE,
    LATEST,
    NEVER,
    OPENS,
    PARTNER,
    REST,
    SERVICE,
    TASK,
    TRACKED,
    TRACKS,
    W_CLOSES,
    W_DUE,
    W_OPENS,
    W_PRICE,
    Ints,
    Small,
    Tables,
)  # fmt: skip

MOST_NEW = 8  # tasks of a tied group that can be placed together
WALKS = 24  # routes that may be walked for one trial, beyond two for each that is followed

# Columns of ``Trial.new``: where a new stop would stand, its row, its legs, its start and the earliest that ties allow.
N_SHIFT, N_LEG, N_ROW, N_TO, N_ON, N_START, N_FLOOR, N_REST, N_COLUMNS = range(9)
# Entries of ``Trial.counts``.
NEW, STARTS, FLOORS, QUEUED, WALKED = range(5)
CHOSEN = 2  # in ``Trial.late``


class Trial(NamedTuple):
    """Room for trying new stops.

    Attributes
    ----------
    new : ndarray of int64
        The stops on trial.
    old_start, old_floor : ndarray of int64, shape (room, 2)
        What was changed: task, value before.
    pending : ndarray of int8, shape (shifts,)
        Routes to be walked; ``queue`` holds them.
    counts : ndarray of int64
    late : ndarray of int64
        Price of lateness added, the largest lateness met, and the leg with the rest of the best place found so far.
    """

    new: Ints
    old_start: Ints
    old_floor: Ints
    pending: Small
    queue: Small
    counts: Ints
    late: Ints


def new_trial(tables: Tables, stops: int) -> Trial:
    """Return room for the trials of a problem whose routes have at most so many stops."""
    shifts = len(tables.shift)
    tracked = bool(tables.numbers[TRACKS])
    room = (WALKS + 2 * shifts + MOST_NEW) * (stops + 1) if tracked else 1  # every walk may change every stop
    return Trial(
        np.zeros((MOST_NEW, N_COLUMNS), np.int64), np.zeros((room, 2), np.int64), np.zeros((room, 2), np.int64),
        np.zeros(shifts, np.int32), np.zeros(shifts + 1, np.int32), np.zeros(5, np.int64), np.zeros(3, np.int64),
    )  # fmt: skip


@inlined
def lateness(tables: Tables, task: int, day: int, start: int) -> tuple[int, int]:
    """Return how late a start is in seconds, and the price of one of them."""
    first, last = tables.window_at[task, day, 0], tables.window_at[task, day, 1]
    if first != ALWAYS:
        for row in range(first, last):
            if tables.window[row, W_OPENS] <= start <= tables.window[row, W_CLOSES]:
                return max(0, start - tables.window[row, W_DUE]), tables.window[row, W_PRICE]
    return 0, 0


@inlined
def choose_rest(tables: Tables, board: Board, trial: Trial, shift: int, new: int) -> int:
    """Return the leg that has the rest of a shift, as the route stands with a new stop (-1: without)."""
    rest = tables.shift[shift, REST]
    count = board.route[shift, COUNT] + (1 if new >= 0 else 0)
    if rest == 0:
        return int(count + 1)
    earliest, latest, closes = tables.shift[shift, EARLIEST], tables.shift[shift, LATEST], tables.shift[shift, CLOSES]
    day, at = tables.shift[shift, DAY], trial.new[new, N_LEG] if new >= 0 else -1
    fresh, rested, rested_on = tables.shift[shift, OPENS], earliest + rest, -1
    for p in range(count + 1):
        seconds = leg_seconds(board, trial, shift, new, at, p)
        late = max(fresh + seconds, earliest) + rest if fresh <= latest else NEVER
        fresh, rested = fresh + seconds, rested + seconds
        if late < rested:
            rested, rested_on = late, p
        if p < count:
            row = trial.new[new, N_ROW] if p == at else board.way[shift, p - (1 if 0 <= at < p else 0)]
            task = tables.option[row, TASK]
            floor = trial.new[new, N_FLOOR] if p == at else board.floor[task]
            first, last = tables.window_at[task, day, 0], tables.window_at[task, day, 1]
            service = tables.option[row, SERVICE]
            fresh = begins(tables.window, first, last, max(fresh, floor), closes) + service
            rested = begins(tables.window, first, last, max(rested, floor), closes) + service
    return count + 1 if fresh <= latest else rested_on


@inlined
def leg_seconds(board: Board, trial: Trial, shift: int, new: int, at: int, p: int) -> int:
    """Return the seconds of leg ``p`` of a route with a new stop at position ``at`` (-1: without)."""
    if at < 0 or p < at:
        return int(board.leg[shift, p, SECONDS])
    if p == at:
        return int(trial.new[new, N_TO])
    return int(trial.new[new, N_ON] if p == at + 1 else board.leg[shift, p - 1, SECONDS])


@inlined
def ask(trial: Trial, shift: int) -> None:
    """Note that a route is to be walked."""
    if not trial.pending[shift]:
        trial.pending[shift] = 1
        trial.queue[trial.counts[QUEUED] % len(trial.queue)] = shift
        trial.counts[QUEUED] += 1


@inlined
def pass_on(tables: Tables, board: Board, trial: Trial, task: int, start: int) -> None:
    """Tell the partners of a task that it starts then."""
    for tie in range(tables.tie_at[task, 0], tables.tie_at[task, 1]):
        partner, floor = tables.tie[tie, PARTNER], start + tables.tie[tie, AFTER]
        fresh = -1
        for new in range(trial.counts[NEW]):
            if tables.option[trial.new[new, N_ROW], TASK] == partner:
                fresh = new
        if fresh >= 0:
            if floor > trial.new[fresh, N_FLOOR]:
                trial.new[fresh, N_FLOOR] = floor
                if floor > trial.new[fresh, N_START]:
                    ask(trial, trial.new[fresh, N_SHIFT])
        elif board.where[partner, 0] >= 0 and floor > board.floor[partner]:
            trial.old_floor[trial.counts[FLOORS], 0] = partner
            trial.old_floor[trial.counts[FLOORS], 1] = board.floor[partner]
            trial.counts[FLOORS] += 1
            board.floor[partner] = floor
            if floor > board.start[partner]:
                ask(trial, board.where[partner, 0])


@inner
def walk(tables: Tables, board: Board, trial: Trial, shift: int) -> bool:
    """Write the earliest starts of a route, its new stop included, and pass them on; return whether it holds."""
    new = -1
    for one in range(trial.counts[NEW]):
        if trial.new[one, N_SHIFT] == shift:
            new = one
    at = trial.new[new, N_LEG] if new >= 0 else -1
    rest_at = trial.new[new, N_REST] if new >= 0 else board.route[shift, REST_AT]
    rest, earliest = tables.shift[shift, REST], tables.shift[shift, EARLIEST]
    latest, closes, day = tables.shift[shift, LATEST], tables.shift[shift, CLOSES], tables.shift[shift, DAY]
    count = board.route[shift, COUNT] + (1 if new >= 0 else 0)
    time = earliest + rest if rest > 0 and rest_at == -1 else tables.shift[shift, OPENS]
    followed = board.route[shift, FOLLOWED]
    for p in range(count + 1):
        seconds = leg_seconds(board, trial, shift, new, at, p)
        if rest > 0 and rest_at == p:
            if time > latest:
                return False
            time = max(time + seconds, earliest) + rest
        else:
            time += seconds
        if p == count:
            break
        row = trial.new[new, N_ROW] if p == at else board.way[shift, p - (1 if 0 <= at < p else 0)]
        task = tables.option[row, TASK]
        floor = trial.new[new, N_FLOOR] if p == at else board.floor[task]
        first, last = tables.window_at[task, day, 0], tables.window_at[task, day, 1]
        start = begins(tables.window, first, last, max(time, floor), closes)
        if start >= NEVER:
            return False
        time = start + tables.option[row, SERVICE]
        if not tables.task[task, TRACKED]:
            continue
        before = trial.new[new, N_START] if p == at else (board.start[task] if followed else -1)
        if start == before:
            continue
        if p == at:
            trial.new[new, N_START] = start
        else:
            trial.old_start[trial.counts[STARTS], 0], trial.old_start[trial.counts[STARTS], 1] = task, before
            trial.counts[STARTS] += 1
            board.start[task] = start
        late, price = lateness(tables, task, day, start)
        was = lateness(tables, task, day, before)[0] if before >= 0 else 0
        trial.late[0] += (late - was) * price
        trial.late[1] = max(trial.late[1], late)
        pass_on(tables, board, trial, task, start)
    return bool(time <= (latest if rest > 0 and rest_at > count else closes))


@inlined
def agree(tables: Tables, board: Board, trial: Trial, most: int) -> bool:
    """Walk the routes that are asked for until nothing changes; return whether all hold."""
    done = 0
    while trial.counts[WALKED] < trial.counts[QUEUED]:
        shift = trial.queue[trial.counts[WALKED] % len(trial.queue)]
        trial.counts[WALKED] += 1
        trial.pending[shift] = 0
        done += 1
        if done > most or not walk(tables, board, trial, shift):
            clear(trial)
            return False
    return True


@inlined
def clear(trial: Trial) -> None:
    """Forget the routes that were still to be walked."""
    for i in range(trial.counts[WALKED], trial.counts[QUEUED]):
        trial.pending[trial.queue[i % len(trial.queue)]] = 0
    trial.counts[WALKED] = trial.counts[QUEUED] = 0


@lean
def settle(tables: Tables, board: Board, trial: Trial) -> bool:
    """Agree the starts of all followed routes from scratch; return whether they hold. Writes the price of lateness."""
    board.sums[LATE] = board.sums[WORST] = 0
    trial.counts[NEW] = trial.counts[STARTS] = trial.counts[FLOORS] = trial.counts[QUEUED] = trial.counts[WALKED] = 0
    trial.late[0] = trial.late[1] = 0
    followed = 0
    for shift in range(len(board.route)):
        if not board.route[shift, FOLLOWED]:
            continue
        followed += 1
        for i in range(board.route[shift, COUNT]):
            task = tables.option[board.way[shift, i], TASK]
            board.floor[task], board.start[task] = 0, -1
    holds = True
    for shift in range(len(board.route)):
        if board.route[shift, FOLLOWED]:
            if board.route[shift, REST_AT] == UNSET:
                board.route[shift, REST_AT] = choose_rest(tables, board, trial, shift, -1)
            ask(trial, shift)
            holds = agree(tables, board, trial, WALKS + 2 * followed)
            trial.counts[STARTS] = trial.counts[FLOORS] = 0
            if not holds:
                break
    late = worst = 0
    for shift in range(len(board.route)):
        if board.route[shift, FOLLOWED]:
            for i in range(board.route[shift, COUNT]):
                task = tables.option[board.way[shift, i], TASK]
                seconds, price = lateness(tables, task, tables.shift[shift, DAY], board.start[task])
                late += seconds * price
                worst = max(worst, seconds)
    board.sums[LATE] = late + worst * tables.numbers[LATE_PRICE]
    board.sums[WORST] = worst
    return holds


@inlined
def on_trial(trial: Trial, shift: int, leg: int, row: int, to: int, on: int) -> None:
    """Add a stop to those on trial."""
    new = trial.counts[NEW]
    trial.new[new, N_SHIFT], trial.new[new, N_LEG], trial.new[new, N_ROW] = shift, leg, row
    trial.new[new, N_TO], trial.new[new, N_ON] = to, on
    trial.new[new, N_START], trial.new[new, N_FLOOR] = -1, 0
    trial.counts[NEW] = new + 1


@inner
def try_new(tables: Tables, board: Board, trial: Trial, most: int) -> int:
    """Return what the lateness of the plan grows by with the stops on trial, ``NEVER`` if they do not fit."""
    trial.counts[STARTS] = trial.counts[FLOORS] = trial.counts[QUEUED] = trial.counts[WALKED] = 0
    trial.late[0], trial.late[1] = 0, board.sums[WORST]
    for new in range(trial.counts[NEW]):
        shift = trial.new[new, N_SHIFT]
        task = tables.option[trial.new[new, N_ROW], TASK]
        for tie in range(tables.tie_at[task, 0], tables.tie_at[task, 1]):
            partner = tables.tie[tie, PARTNER]
            if board.where[partner, 0] >= 0:  # what the partner asks of this one: the tie seen from the other side
                for back in range(tables.tie_at[partner, 0], tables.tie_at[partner, 1]):
                    if tables.tie[back, PARTNER] == task:
                        floor = board.start[partner] + tables.tie[back, AFTER]
                        trial.new[new, N_FLOOR] = max(trial.new[new, N_FLOOR], floor)
        trial.new[new, N_REST] = choose_rest(tables, board, trial, shift, new)
    for new in range(trial.counts[NEW]):
        ask(trial, trial.new[new, N_SHIFT])
    holds = agree(tables, board, trial, most)
    for i in range(trial.counts[STARTS] - 1, -1, -1):
        board.start[trial.old_start[i, 0]] = trial.old_start[i, 1]
    for i in range(trial.counts[FLOORS] - 1, -1, -1):
        board.floor[trial.old_floor[i, 0]] = trial.old_floor[i, 1]
    if not holds:
        return NEVER
    return int(trial.late[0] + (trial.late[1] - board.sums[WORST]) * tables.numbers[LATE_PRICE])

"""Where the tasks of a tied group fit best, all of them at once, each in a shift of its own.

The cheapest few places of each task a day are put together, cheapest sum first; whether they fit, and what
lateness they bring, is tried as a whole, because a tie binds two routes and all others tied to them.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from patrol.compiled import inlined, inner
from patrol.routing.board import COST, COUNT, DRIVEN, FROM, LOADED, SECONDS, TO, WALKED, WORK, Board
from patrol.routing.chance import State, draw
from patrol.routing.packed import (
    AFTER,
    ALIKE,
    BALANCE,
    BOUND,
    CLOSES,
    COSTS,
    DAY,
    DRIVE,
    ENTRY,
    EXIT,
    LOAD,
    MAX_DRIVE,
    MAX_LOAD,
    MAX_WALK,
    MAX_WORK,
    NEVER,
    NO,
    ON_FOOT,
    OPENS,
    PARTNER,
    PLACES,
    PRICE_OPEN,
    PROFILE,
    SERVICE,
    SHARED,
    SHUT,
    TASK,
    WALK,
    WAYS,
    Ints,
    Tables,
)  # fmt: skip
from patrol.routing.placing import insert, unbalanced
from patrol.routing.tying import (
    MOST_NEW,
    N_LEG,
    N_REST,
    N_ROW,
    N_SHIFT,
    NEW,
    WALKS,
    Trial,
    on_trial,
    settle,
    try_new,
)  # fmt: skip

PLACES_A_DAY = 24  # of a task, kept to be put together; shorter horizons keep more
TRIALS = 400  # whole groups tried for one placement

# Columns of ``Choices.place``.
C_RISE, C_SHIFT, C_LEG, C_ROW, C_TO, C_ON, C_EARLY, C_LATE, C_COLUMNS = range(9)


class Choices(NamedTuple):
    """The cheapest places of each task of a group, by day.

    Attributes
    ----------
    place : ndarray of int64, shape (MOST_NEW, days, kept, columns)
    counts : ndarray of int64, shape (MOST_NEW, days)
    best : ndarray of int64, shape (MOST_NEW, 4)
        Shift, leg, row, leg with the rest, of each task in the best way found.
    idle : ndarray of int64
        By class of shifts that are alike: how many idle ones were offered.
    """

    place: Ints
    counts: Ints
    best: Ints
    idle: Ints


def new_choices(tables: Tables) -> Choices:
    """Return room for the groups of a problem."""
    days, shifts = int(tables.numbers[0]), len(tables.shift)
    kept = max(PLACES_A_DAY, 60 // max(1, days)) if len(tables.member_at) else 1
    return Choices(
        np.zeros((MOST_NEW, max(1, days), kept, C_COLUMNS), np.int64), np.zeros((MOST_NEW, max(1, days)), np.int64),
        np.zeros((MOST_NEW, 4), np.int64), np.zeros(shifts + MOST_NEW, np.int64),
    )  # fmt: skip


@inner
def place_group(
    tables: Tables, board: Board, trial: Trial, choices: Choices, group: int, most: int, blink: float, state: State
) -> int:
    """Return the least rise of the total with a whole group placed, ``most`` if there is none; its places are noted."""
    first, last = tables.member_at[group, 0], tables.member_at[group, 1]
    size = last - first
    if size > MOST_NEW:
        return most
    for one in range(size):
        collect(tables, board, choices, one, tables.member[first + one], blink, state)
    best = most
    for day in range(choices.counts.shape[1]):
        possible = True
        for one in range(size):
            if choices.counts[one, day] == 0:
                possible = False
        if possible:
            best = put_together(tables, board, trial, choices, size, day, best)
    return best


@inlined
def collect(tables: Tables, board: Board, choices: Choices, one: int, task: int, blink: float, state: State) -> None:
    """Keep the cheapest places of a task by day: sums and limits are kept, ties and windows are not looked at yet.

    Between which hours a start is possible at all is noted with each place, from the work before and after it.
    """
    kept = choices.place.shape[2]
    shut, load = tables.numbers[SHUT], tables.task[task, LOAD]
    for day in range(choices.counts.shape[1]):
        choices.counts[one, day] = 0
    for kind in range(len(choices.idle)):
        choices.idle[kind] = 0
    for k in range(len(board.route)):
        if tables.able[task, k] == NO or board.route[k, LOADED] + load > tables.shift[k, MAX_LOAD]:
            continue
        count, day = board.route[k, COUNT], tables.shift[k, DAY]
        if count == 0:
            choices.idle[tables.shift[k, ALIKE]] += 1
            if choices.idle[tables.shift[k, ALIKE]] > 2:  # two tasks may want one each
                continue
        profile, places, ways = tables.shift[k, PROFILE], tables.shift[k, PLACES], tables.shift[k, WAYS]
        opening = tables.shift[k, PRICE_OPEN] if count == 0 else 0
        work_left = tables.shift[k, MAX_WORK] - board.route[k, WORK]
        shared, balance = tables.shift[k, SHARED], tables.shift[k, BALANCE]
        if shared >= 0:
            work_left = min(work_left, tables.shared_s[shared] - board.used[shared])
        drive_left = tables.shift[k, MAX_DRIVE] - board.route[k, DRIVEN]
        walk_left = tables.shift[k, MAX_WALK] - board.route[k, WALKED]
        bound = tables.shift[k, BOUND]
        for row in range(tables.way_at[task, profile, 0], tables.way_at[task, profile, 1]):
            done = 0  # seconds of work up to the leg
            for i in range(count + 1):
                if i > 0 and bound:
                    done += board.leg[k, i - 1, SECONDS] + tables.option[board.way[k, i - 1], SERVICE]
                if draw(state) < blink:
                    continue
                before, after = board.leg[k, i, FROM], board.leg[k, i, TO]
                at_entry = tables.option[row, ENTRY] * places + before
                at_exit = tables.option[row, EXIT] * places + after
                to_cost = tables.cost_to[tables.shift[k, COSTS] + at_entry]
                on_cost = tables.cost[tables.shift[k, COSTS] + at_exit]
                if to_cost >= shut or on_cost >= shut:
                    continue
                rise = to_cost + on_cost - board.leg[k, i, COST] + opening - tables.gain[row, k]
                held = choices.counts[one, day]
                if held == kept and rise >= choices.place[one, day, held - 1, C_RISE]:
                    continue
                to, on = tables.time_to[ways + at_entry], tables.time[ways + at_exit]
                longer = to + on - board.leg[k, i, SECONDS] + tables.option[row, SERVICE]
                legs_m = tables.metres_to[ways + at_entry] + tables.metres[ways + at_exit]
                if count:
                    legs_m -= tables.metres[ways + before * places + after]
                foot = tables.shift[k, ON_FOOT]
                if (
                    longer > work_left
                    or tables.option[row, DRIVE] + (0 if foot else legs_m) > drive_left
                    or tables.option[row, WALK] + (legs_m if foot else 0) > walk_left
                ):
                    continue
                if balance >= 0:
                    rise += unbalanced(tables, board, balance, longer)
                early, late = tables.shift[k, OPENS] + done + to, tables.shift[k, CLOSES]
                if bound:
                    ahead = board.route[k, WORK] - done - board.leg[k, i, SECONDS]
                    late -= ahead + on + tables.option[row, SERVICE]
                if early <= late:
                    keep_place(choices, one, day, rise, k, i, row, to, on, early, late)


@inlined
def keep_place(
    choices: Choices, one: int, day: int, rise: int, k: int, i: int, row: int, to: int, on: int, early: int, late: int
) -> None:
    """Put a place among those kept, in order of its rise."""
    kept, held = choices.place.shape[2], choices.counts[one, day]
    at = held if held < kept else kept - 1
    if held == kept and rise >= choices.place[one, day, at, C_RISE]:
        return
    while at > 0 and choices.place[one, day, at - 1, C_RISE] > rise:
        for column in range(C_COLUMNS):
            choices.place[one, day, at, column] = choices.place[one, day, at - 1, column]
        at -= 1
    choices.place[one, day, at, C_RISE], choices.place[one, day, at, C_SHIFT] = rise, k
    choices.place[one, day, at, C_LEG], choices.place[one, day, at, C_ROW] = i, row
    choices.place[one, day, at, C_TO], choices.place[one, day, at, C_ON] = to, on
    choices.place[one, day, at, C_EARLY], choices.place[one, day, at, C_LATE] = early, late
    choices.counts[one, day] = min(kept, held + 1)


@inlined
def put_together(tables: Tables, board: Board, trial: Trial, choices: Choices, size: int, day: int, most: int) -> int:
    """Try the places of a group's tasks on a day together, depth first, cheapest first; return the least rise found.

    What the tasks still to come cost at least bounds the search, and a count of trials ends it.
    """
    best, tried = most, 0
    depth, total = 0, 0
    least_left = 0
    for one in range(1, size):
        least_left += choices.place[one, day, 0, C_RISE]
    at = choices.idle  # positions of the tasks so far; kinds of idle shifts are not needed any more
    at[0] = -1
    while depth >= 0 and tried < TRIALS:
        at[depth] += 1
        here = at[depth]
        if here >= choices.counts[depth, day] or total + choices.place[depth, day, here, C_RISE] + least_left >= best:
            depth -= 1
            if depth >= 0:
                total -= choices.place[depth, day, at[depth], C_RISE]
                least_left += choices.place[depth + 1, day, 0, C_RISE]
            continue
        if not apart(tables, choices, at, depth, day):
            continue
        if depth + 1 < size:
            total += choices.place[depth, day, here, C_RISE]
            depth += 1
            least_left -= choices.place[depth, day, 0, C_RISE]
            at[depth] = -1
            continue
        trial.counts[NEW] = 0
        for one in range(size):
            p = at[one]
            on_trial(
                trial, choices.place[one, day, p, C_SHIFT], choices.place[one, day, p, C_LEG],
                choices.place[one, day, p, C_ROW], choices.place[one, day, p, C_TO], choices.place[one, day, p, C_ON],
            )  # fmt: skip
        tried += 1
        late = try_new(tables, board, trial, WALKS)
        rise = total + choices.place[depth, day, here, C_RISE] + late
        if late < NEVER and rise < best:
            best = rise
            for one in range(size):
                choices.best[one, 0], choices.best[one, 1] = trial.new[one, N_SHIFT], trial.new[one, N_LEG]
                choices.best[one, 2], choices.best[one, 3] = trial.new[one, N_ROW], trial.new[one, N_REST]
    return best


@inlined
def apart(tables: Tables, choices: Choices, at: Ints, depth: int, day: int) -> bool:
    """Return whether the newest task has a shift of its own, and hours there that go with its ties."""
    here = choices.place[depth, day, at[depth]]
    task = tables.option[here[C_ROW], TASK]
    for one in range(depth):
        there = choices.place[one, day, at[one]]
        if there[C_SHIFT] == here[C_SHIFT]:
            return False
        partner = tables.option[there[C_ROW], TASK]
        for tie in range(tables.tie_at[task, 0], tables.tie_at[task, 1]):
            if tables.tie[tie, PARTNER] == partner and here[C_EARLY] + tables.tie[tie, AFTER] > there[C_LATE]:
                return False
        for tie in range(tables.tie_at[partner, 0], tables.tie_at[partner, 1]):
            if tables.tie[tie, PARTNER] == task and there[C_EARLY] + tables.tie[tie, AFTER] > here[C_LATE]:
                return False
    return True


@inner
def insert_group(tables: Tables, board: Board, trial: Trial, choices: Choices, group: int) -> bool:
    """Put a group where it was found to fit best; return whether all starts agree then."""
    for one in range(tables.member_at[group, 1] - tables.member_at[group, 0]):
        insert(
            tables, board, choices.best[one, 0], choices.best[one, 1], choices.best[one, 2], choices.best[one, 3]
        )  # fmt: skip
    return settle(tables, board, trial)

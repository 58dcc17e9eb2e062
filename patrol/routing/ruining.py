"""What a step of the search takes out: strings of stops from routes that lie near each other.

Adjacent string removal of slack induction by string removals (Christiaens and Vanden Berghe, 2020, Transportation
Science 54(2)): a few near routes lose a run of stops each, with a stretch inside it kept half of the time.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from patrol.compiled import inlined, inner
from patrol.routing.board import COUNT, FOLLOWED, REST_AT, Board, refresh
from patrol.routing.chance import State, below, draw
from patrol.routing.packed import CLOSES, DAY, GROUP, NO, OPENS, RANK, SERIES, TASK, Small, Tables
from patrol.routing.placing import count_misses
from patrol.routing.tying import Trial, choose_rest

MEAN_REMOVED = 10  # stops that a step takes out on average
LONGEST = 10  # stops of one string at most
SPLIT = 0.5  # share of strings that keep a stretch inside
SHORTER = 0.5  # chance that the stretch grows by no further stop
OUT, TAKEN, ADDED = -1, -2, -3  # ``Board.where`` of a task left out: before, in this step, and to be tried in it


class Touched(NamedTuple):
    """Which routes a step has changed, and which tasks it has taken out.

    Attributes
    ----------
    route : ndarray of int32, shape (shifts,)
    is_route : ndarray of int8, shape (shifts,)
    task : ndarray of int32, shape (tasks,)
    counts : ndarray of int32, shape (2,)
        How many routes and tasks.
    """

    route: Small
    is_route: Small
    task: Small
    counts: Small


def new_touched(tables: Tables) -> Touched:
    """Return a record of nothing."""
    shifts, tasks = len(tables.shift), len(tables.task)
    return Touched(
        np.zeros(shifts, np.int32), np.zeros(shifts, np.int32), np.zeros(tasks, np.int32), np.zeros(2, np.int32)
    )


@inlined
def touch(touched: Touched, shift: int) -> None:
    """Note that a route changes."""
    if not touched.is_route[shift]:
        touched.is_route[shift] = 1
        touched.route[touched.counts[0]] = shift
        touched.counts[0] += 1


@inner
def ruin(tables: Tables, board: Board, trial: Trial, near: Small, touched: Touched, seed: int, state: State) -> None:
    """Take strings of stops out of routes round a task, and with them what is bound to them."""
    served = routes = 0
    for k in range(len(board.route)):
        served += board.route[k, COUNT]
        routes += board.route[k, COUNT] > 0
    if routes == 0:
        return
    longest = min(float(LONGEST), served / routes)
    most = int(draw(state) * (4.0 * MEAN_REMOVED / (1.0 + longest) - 1.0) + 1.0)
    done = 0
    if tables.task[seed, GROUP] >= 0 and board.where[seed, 0] == OUT:
        done = make_room_for(tables, board, trial, touched, tables.task[seed, GROUP], longest, state)
    for number in range(-1, near.shape[1]):
        if done >= most:
            break
        task = seed if number < 0 else near[seed, number]
        if task < 0:
            break
        shift = board.where[task, 0]
        if shift < 0 or touched.is_route[shift]:
            continue
        take_string(tables, board, trial, touched, shift, board.where[task, 1], longest, state)
        done += 1
    if len(tables.series) or len(tables.member_at):
        take_bound(tables, board, trial, touched)


@inlined
def make_room_for(
    tables: Tables, board: Board, trial: Trial, touched: Touched, group: int, longest: float, state: State
) -> int:
    """Take strings out of routes that could serve a tied group together, at about the same hour; return how many."""
    first, last = tables.member_at[group, 0], tables.member_at[group, 1]
    chosen = any_able(tables, touched, tables.member[first], -1, state)
    if chosen < 0:
        return 0
    day, hour, done = tables.shift[chosen, DAY], draw(state), 0
    opens, closes = tables.shift[chosen, OPENS], tables.shift[chosen, CLOSES]
    now = opens + int(hour * (closes - opens))
    for i in range(first, last):
        k = chosen if i == first else any_able(tables, touched, tables.member[i], day, state)
        if k < 0:
            return done
        count = board.route[k, COUNT]
        if count == 0:
            touch(touched, k)
            continue
        share = float(now - tables.shift[k, OPENS]) / float(max(1, tables.shift[k, CLOSES] - tables.shift[k, OPENS]))
        position = min(count - 1, max(0, int(share * count)))
        take_string(tables, board, trial, touched, k, position, longest, state)
        done += 1
    return done


@inlined
def any_able(tables: Tables, touched: Touched, task: int, day: int, state: State) -> int:
    """Return any shift that may serve a task, of a day if that is not below 0, and not touched yet; -1 for none."""
    found, seen = -1, 0
    for k in range(len(tables.shift)):
        if tables.able[task, k] == NO or touched.is_route[k] or (0 <= day != tables.shift[k, DAY]):
            continue
        seen += 1
        if below(state, seen) == 0:
            found = k
    return found


@inlined
def take_string(
    tables: Tables, board: Board, trial: Trial, touched: Touched, shift: int, position: int, longest: float,
    state: State,
) -> None:  # fmt: skip
    """Take out a string of stops round a position, half of the time with a stretch inside it kept."""
    count = board.route[shift, COUNT]
    length = min(count, int(draw(state) * min(float(count), longest) + 1.0))
    keep = 0
    if 1 < length < count and draw(state) < SPLIT:
        keep = 1
        while length + keep < count and draw(state) > SHORTER:
            keep += 1
    span = length + keep
    low, high = max(0, position - span + 1), min(position, count - span)
    first = low + below(state, high - low + 1)
    kept = first + (1 + below(state, length - 1) if keep else 0)
    target = first
    for i in range(first, count):
        row = board.way[shift, i]
        if i < first + span and not (keep and kept <= i < kept + keep):
            task = tables.option[row, TASK]
            touched.task[touched.counts[1]] = task
            touched.counts[1] += 1
            board.where[task, 0] = board.where[task, 1] = TAKEN
        else:
            board.way[shift, target] = row
            target += 1
    board.route[shift, COUNT] = target
    touch(touched, shift)
    after_taking(tables, board, trial, shift)


@inlined
def after_taking(tables: Tables, board: Board, trial: Trial, shift: int) -> None:
    """Reckon a route anew that has lost stops."""
    refresh(tables, board, shift)
    if board.route[shift, FOLLOWED]:
        board.route[shift, REST_AT] = choose_rest(tables, board, trial, shift, -1)


@inner
def take_bound(tables: Tables, board: Board, trial: Trial, touched: Touched) -> None:
    """Take out whatever is tied to what was taken out, and later occurrences of its series."""
    done = 0
    while done < touched.counts[1]:
        task = touched.task[done]
        done += 1
        if tables.task[task, GROUP] >= 0:
            group = tables.task[task, GROUP]
            for i in range(tables.member_at[group, 0], tables.member_at[group, 1]):
                take_one(tables, board, trial, touched, tables.member[i])
        if tables.task[task, SERIES] >= 0:
            for rank in range(tables.task[task, RANK] + 1, tables.series_of.shape[1]):
                other = tables.series_of[tables.task[task, SERIES], rank]
                if other < 0:
                    break
                take_one(tables, board, trial, touched, other)
    for i in range(touched.counts[1]):
        count_misses(tables, board, touched.task[i])


@inlined
def take_one(tables: Tables, board: Board, trial: Trial, touched: Touched, task: int) -> None:
    """Take out a task if it is served."""
    shift, position = board.where[task, 0], board.where[task, 1]
    if shift < 0:
        return
    count = board.route[shift, COUNT]
    for i in range(position, count - 1):
        board.way[shift, i] = board.way[shift, i + 1]
    board.route[shift, COUNT] = count - 1
    touched.task[touched.counts[1]] = task
    touched.counts[1] += 1
    board.where[task, 0] = board.where[task, 1] = TAKEN
    touch(touched, shift)
    after_taking(tables, board, trial, shift)

"""Putting tasks back: in some order, each where the total rises least, and some of those left out with them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from patrol.compiled import inlined, inner, lean
from patrol.routing.board import (
    COUNT,
    FOLLOWED,
    FROM,
    SECONDS,
    TO,
    Board,
)  # fmt: skip
from patrol.routing.chance import State, below, draw
from patrol.routing.grouping import Choices, insert_group, place_group
from patrol.routing.offering import Spots, all_legs, changed_legs, idle_legs, near_legs, offer
from patrol.routing.packed import (
    AID_ROOM,
    DAY,
    DAYS,
    ENTRY,
    EXIT,
    GROUP,
    HEAVY,
    NEVER,
    NO,
    PLACES,
    ROOMS,
    SERIES,
    SERVICE,
    WAYS,
    Ints,
    Small,
    Tables,
    Tiny,
)  # fmt: skip
from patrol.routing.placing import NOWHERE, insert, place, place_apart, somebody_home  # fmt: skip
from patrol.routing.ruining import ADDED, OUT, Touched, touch
from patrol.routing.tying import CHOSEN, Trial, settle

BLINK = 0.01  # share of the legs that an insertion does not see
FEW, MANY = 5, 150  # tasks left out that a step tries to put in: at least, and when it opens a route
SOONER = 0.3  # share of insertions of a series that keep to the days before one drawn
ANYWHERE = 0.1  # share of tasks left out that are tried in all routes, not only in those that a step has changed
OPENING = 0.02  # share of steps that open a route
NEAREST = 40  # served neighbours beside which a task is tried where all legs are too many
NOISE = 1.0  # how much a stop may cost more than it earns, in units of the heat, on average
HEAVY_FIRST = 0.7  # share of steps that put mandatory tasks first


class Guide(NamedTuple):
    """What leads the search.

    Attributes
    ----------
    near : ndarray of int32, shape (tasks, most)
        Other tasks, the nearest first, -1 behind the last.
    trait : ndarray of float64, shape (traits, tasks)
        What tasks may be put in order by: load, worth, way from home and so on; the first is worth a second.
    order : ndarray of int8
        Trait + 1 to put in order by, largest first, or less than 0, smallest first; 0 at random. Steps draw from it.
    """

    near: Small
    trait: NDArray[np.float64]
    order: Tiny


class Room(NamedTuple):
    """Room for a step of the search, so that nothing is allocated on the way.

    ``rises`` counts the steps that made the plan worse at the same weight, and sums the logarithms of by how much.
    """

    spots: Spots
    touched: Touched
    trial: Trial
    choices: Choices
    old: Small
    sums: Ints
    back: Small
    key: NDArray[np.float64]
    saved: Ints
    rises: NDArray[np.float64]


@inner
def recreate(
    tables: Tables, board: Board, guide: Guide, room: Room, seed: int, now: float, crowded: bool, state: State
) -> bool:
    """Put what was taken out back, and some of what is left out, each where it raises the total least.

    Returns whether all starts agree.
    """
    touched, trial = room.touched, room.trial
    opening = draw(state) < OPENING
    add_absent(
        tables, board, guide.near, touched, seed, MANY + below(state, MANY) if opening else FEW + below(state, 3 * FEW),
        state,
    )  # fmt: skip
    put_in_order(tables, guide, room, tables.task[seed, GROUP], state)
    slack = NOISE * now
    if opening and touched.counts[1]:
        open_route(tables, board, room, slack, state)
    for i in range(touched.counts[1]):
        task = touched.task[i]
        if board.where[task, 0] >= 0:
            continue
        most = int(-slack * np.log(1.0 - draw(state)))
        if tables.task[task, GROUP] >= 0:
            group = tables.task[task, GROUP]
            if tables.member[tables.member_at[group, 0]] != task:
                continue  # the first of a group stands for all
            if place_group(tables, board, trial, room.choices, group, most, BLINK, state) < most:
                for one in range(tables.member_at[group, 1] - tables.member_at[group, 0]):
                    touch(touched, room.choices.best[one, 0])
                if not insert_group(tables, board, trial, room.choices, group):
                    return False
            continue
        only_changed = board.where[task, 0] == ADDED and not tables.task[task, HEAVY] and draw(state) >= ANYWHERE
        room.spots.tick[1] = NEVER
        if tables.task[task, SERIES] >= 0:
            task = next_of_series(tables, board, task)
            if draw(state) < SOONER:  # a day that is not the best for this one may leave room for the next
                room.spots.tick[1] = below(state, tables.numbers[DAYS])
        if only_changed:
            runs = changed_legs(tables, board, room.spots, task, touched.route, touched.counts[0])
        elif crowded:
            runs = near_legs(tables, board, room.spots, guide.near, task, NEAREST)
        else:
            runs = all_legs(tables, board, room.spots, task)
        aid = True
        while True:
            _, shift, leg, row = place(tables, board, room.spots, trial, runs, task, most, BLINK, aid, state)
            if not aid or shift < 0 or tables.able[task, shift] != AID_ROOM:
                break
            if not somebody_home(tables, board, room.spots, trial, task, tables.shift[shift, DAY], state):
                break
            aid = False  # one at home has room: no other zone's crew is asked
            runs = all_legs(tables, board, room.spots, task)
        if shift >= 0:
            touch(touched, shift)
            insert(tables, board, shift, leg, row, trial.late[CHOSEN])
            if board.route[shift, FOLLOWED] and not settle(tables, board, trial):
                return False
    room.spots.tick[1] = NEVER
    return True


@inlined
def next_of_series(tables: Tables, board: Board, task: int) -> int:
    """Return the first occurrence of a task's series that is not served."""
    series = tables.task[task, SERIES]
    for rank in range(tables.series_of.shape[1]):
        other = tables.series_of[series, rank]
        if other >= 0 and board.where[other, 0] < 0:
            return int(other)
    return task


@inlined
def add_absent(tables: Tables, board: Board, near: Small, touched: Touched, seed: int, most: int, state: State) -> None:
    """Add some of the tasks that are left out near a task to what is to be put in."""
    found = 0
    for i in range(-1, near.shape[1]):
        task = seed if i < 0 else near[seed, i]
        if task < 0 or found >= most or touched.counts[1] == len(touched.task):
            return
        own = i < 0 and tables.task[task, GROUP] >= 0  # room was made for it
        if board.where[task, 0] == OUT and (own or draw(state) < 0.5):
            if tables.task[task, GROUP] >= 0:
                task = tables.member[tables.member_at[tables.task[task, GROUP], 0]]
                if board.where[task, 0] != OUT:
                    continue
            board.where[task, 0] = ADDED
            touched.task[touched.counts[1]] = task
            touched.counts[1] += 1
            found += 1


@inner
def put_in_order(tables: Tables, guide: Guide, room: Room, group: int, state: State) -> None:
    """Draw a trait and put the tasks of a step in order by it, some noise included; a tied group comes first."""
    touched = room.touched
    order = guide.order[below(state, len(guide.order))]
    heavy_first = draw(state) < HEAVY_FIRST
    for i in range(touched.counts[1]):
        task = touched.task[i]
        key = draw(state)
        if order > 0:
            key = -guide.trait[order - 1, task] * (0.85 + 0.3 * key)
        elif order < 0:
            key = guide.trait[-order - 1, task] * (0.85 + 0.3 * key)
        if heavy_first:
            key -= 1e15 * tables.task[task, HEAVY]
        if group >= 0 and tables.task[task, GROUP] == group:
            key = -1e30
        j = i
        while j > 0 and room.key[j - 1] > key:
            room.key[j] = room.key[j - 1]
            touched.task[j] = touched.task[j - 1]
            j -= 1
        room.key[j] = key
        touched.task[j] = task


@inner
def open_route(tables: Tables, board: Board, room: Room, slack: float, state: State) -> None:
    """Begin the route of an idle shift with the first task to be put in, and add those that are worth most there."""
    touched, trial = room.touched, room.trial
    task = touched.task[0]
    if tables.task[task, GROUP] >= 0 or tables.task[task, SERIES] >= 0 or tables.numbers[ROOMS]:
        return
    runs = idle_legs(tables, board, room.spots, task)
    _, shift, leg, row = place_apart(tables, board, room.spots, trial, runs, task, NOWHERE, 0.0, True, state)
    if shift < 0:
        return
    by_time = draw(state) < 0.5
    while True:
        touch(touched, shift)
        insert(tables, board, shift, leg, row, trial.late[CHOSEN])
        if board.route[shift, FOLLOWED]:
            settle(tables, board, trial)
            return
        best, leg, row = 0.0, -1, -1
        for i in range(touched.counts[1]):
            task = touched.task[i]
            plain = tables.task[task, GROUP] < 0 and tables.task[task, SERIES] < 0
            if board.where[task, 0] >= 0 or not plain or tables.able[task, shift] == NO:
                continue
            runs = offer(room.spots, 0, shift, 0, board.route[shift, COUNT])
            rise, _, at, way = place_apart(
                tables, board, room.spots, trial, runs, task, int(slack), BLINK, True, state
            )  # fmt: skip
            if way < 0:
                continue
            score = slack - rise
            if by_time:
                score /= float(1 + added_seconds(tables, board, shift, at, way))
            if score > best:
                best, leg, row = score, at, way
        if row < 0:
            return


@inlined
def added_seconds(tables: Tables, board: Board, shift: int, leg: int, row: int) -> int:
    """Return how much longer a route works with a stop more."""
    ways, places = tables.shift[shift, WAYS], tables.shift[shift, PLACES]
    to = tables.time_to[ways + tables.option[row, ENTRY] * places + board.leg[shift, leg, FROM]]
    on = tables.time[ways + tables.option[row, EXIT] * places + board.leg[shift, leg, TO]]
    return int(max(0, to + on - board.leg[shift, leg, SECONDS]) + tables.option[row, SERVICE])


@lean
def fill(tables: Tables, board: Board, room: Room, order: Small, most: int, state: State) -> bool:
    """Put tasks in, one after the other, each where it raises the total least and by less than ``most``.

    Returns whether all starts agree.
    """
    for i in range(len(order)):
        task = order[i]
        if board.where[task, 0] >= 0:
            continue
        if tables.task[task, GROUP] >= 0:
            group = tables.task[task, GROUP]
            found = place_group(tables, board, room.trial, room.choices, group, most, 0.0, state) < most
            if found and not insert_group(tables, board, room.trial, room.choices, group):
                return False
            continue
        if tables.task[task, SERIES] >= 0:
            task = next_of_series(tables, board, task)
        runs = all_legs(tables, board, room.spots, task)
        _, shift, leg, row = place_apart(tables, board, room.spots, room.trial, runs, task, most, 0.0, True, state)
        if shift >= 0 and tables.able[task, shift] == AID_ROOM:
            day = tables.shift[shift, DAY]
            if somebody_home(tables, board, room.spots, room.trial, task, day, state):
                runs = all_legs(tables, board, room.spots, task)
                _, shift, leg, row = place_apart(
                    tables, board, room.spots, room.trial, runs, task, most, 0.0, False, state
                )
        if shift >= 0:
            insert(tables, board, shift, leg, row, room.trial.late[CHOSEN])
            if board.route[shift, FOLLOWED] and not settle(tables, board, room.trial):
                return False
    return True

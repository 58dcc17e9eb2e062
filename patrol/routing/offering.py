"""Which legs of which routes a task is tried in: runs of legs, one idle shift of each kind."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from patrol.compiled import inlined
from patrol.routing.board import (
    COUNT,
    Board,
)  # fmt: skip
from patrol.routing.packed import (
    ALIKE,
    DAY,
    HOME,
    NEVER,
    NO,
    Ints,
    Small,
    Tables,
)  # fmt: skip


class Spots(NamedTuple):
    """Room for the legs to be looked at, in runs: shift, first leg, last leg.

    Attributes
    ----------
    run : ndarray of int32, shape (most runs, 3)
    seen, tick : ndarray of int64
        By class of shifts that are alike: when an idle one was last offered; and the day after which no task of a
        series is put in.
    """

    run: Small
    seen: Ints
    tick: Ints


def new_spots(tables: Tables, near: int) -> Spots:
    """Return room for the runs of a problem with ``near`` neighbours a task."""
    shifts = len(tables.shift)
    return Spots(np.zeros((shifts * 2 + near + 4, 3), np.int32), np.zeros(shifts + 1, np.int64), np.array([0, NEVER]))


@inlined
def offer(spots: Spots, runs: int, shift: int, first: int, last: int) -> int:
    """Add legs to those offered; return how many runs there are."""
    spots.run[runs, 0], spots.run[runs, 1], spots.run[runs, 2] = shift, first, last
    return runs + 1


@inlined
def first_of_kind(tables: Tables, spots: Spots, shift: int) -> bool:
    """Return whether no idle shift like this one was offered yet."""
    kind = tables.shift[shift, ALIKE]
    fresh = spots.seen[kind] != spots.tick[0]
    spots.seen[kind] = spots.tick[0]
    return bool(fresh)


@inlined
def all_legs(tables: Tables, board: Board, spots: Spots, task: int) -> int:
    """Offer every leg of every route that may serve a task, and one idle shift of each kind; return how many runs."""
    spots.tick[0] += 1
    runs = 0
    for k in range(len(board.route)):
        count = board.route[k, COUNT]
        if tables.able[task, k] != NO and (count > 0 or first_of_kind(tables, spots, k)):
            runs = offer(spots, runs, k, 0, count)
    return runs


@inlined
def idle_legs(tables: Tables, board: Board, spots: Spots, task: int) -> int:
    """Offer one idle shift of each kind that may serve a task; return how many runs."""
    spots.tick[0] += 1
    runs = 0
    for k in range(len(board.route)):
        if tables.able[task, k] != NO and board.route[k, COUNT] == 0 and first_of_kind(tables, spots, k):
            runs = offer(spots, runs, k, 0, 0)
    return runs


@inlined
def home_legs(tables: Tables, board: Board, spots: Spots, task: int, day: int) -> int:
    """Offer every leg of the shifts of a day that are at home where a task lies; return how many runs."""
    runs = 0
    for k in range(len(board.route)):
        if tables.able[task, k] == HOME and tables.shift[k, DAY] == day:
            runs = offer(spots, runs, k, 0, board.route[k, COUNT])
    return runs


@inlined
def changed_legs(tables: Tables, board: Board, spots: Spots, task: int, changed: Small, count: int) -> int:
    """Offer every leg of some routes; return how many runs."""
    runs = 0
    for i in range(count):
        k = changed[i]
        if tables.able[task, k] != NO:
            runs = offer(spots, runs, k, 0, board.route[k, COUNT])
    return runs


@inlined
def near_legs(tables: Tables, board: Board, spots: Spots, near: Small, task: int, most: int) -> int:
    """Offer the legs beside the nearest tasks that are served, the ends of every route, and idle shifts."""
    spots.tick[0] += 1
    runs = found = 0
    for i in range(near.shape[1]):
        other = near[task, i]
        if other < 0 or found >= most:
            break
        k = board.where[other, 0]
        if k < 0:
            continue
        if tables.able[task, k] != NO:
            runs = offer(spots, runs, k, board.where[other, 1], board.where[other, 1] + 1)
        found += 1
    for k in range(len(board.route)):
        if tables.able[task, k] == NO:
            continue
        count = board.route[k, COUNT]
        if count > 0:
            runs = offer(spots, runs, k, count, count)
            runs = offer(spots, runs, k, 0, 0)
        elif first_of_kind(tables, spots, k):
            runs = offer(spots, runs, k, 0, 0)
    return runs

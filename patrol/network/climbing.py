"""What places can climb to in a hierarchy of joints, and the lightest ways between them.

Everything a place can climb to lies on the one path from its joint to a root. Places are put side by side in
the order of a walk through that tree, so the places below any joint are neighbours: a joint's arcs are then
followed for all of them at once, joint after joint from the first taken out to the last. Minima are taken
number by number, so no order of summation can change a result.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from patrol.compiled import compiled
from patrol.network.hierarchy import Hierarchy, lower

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Small = NDArray[np.int32]

# Worked on at a time, so that they stay near the processor: places that climb, and rows of a matrix.
COLUMNS, TILE = 128, 16


@dataclass(frozen=True, slots=True, eq=False)
class Climb:
    """What k places can climb to; a column each, a row for every depth, infinite where a place does not get.

    Attributes
    ----------
    column : ndarray of int, shape (k,)
        Column of each place.
    level, first, last : ndarray of int, shape (j,)
        Depth of every joint above a place; the places below it are the columns ``first`` to ``last - 1``.
    out, into : ndarray, shape (d, k)
        Weight from the place up to the joint of that depth on its path, and from the joint down to the place.
    """

    column: Ints
    level: Small
    first: Small
    last: Small
    out: Floats
    into: Floats


def climb(net: Hierarchy, low: Ints, high: Ints, out: Floats, into: Floats, *, limit: float) -> Climb:
    """Return what places can climb to by ways that weigh at most ``limit``; heavier ones may be missing.

    Parameters
    ----------
    low, high : ndarray of int, shape (k,)
        The joints (by rank) that a place has a way to, two ends of an edge with ``low < high``, or one and -1.
    out, into : ndarray, shape (k, 2)
        Weights from the place to ``low`` and ``high``, and from them to the place; infinite where closed.
    """
    k = len(low)
    order = np.argsort(net.walk[low], kind="stable")
    column = np.empty(k, dtype=np.int64)
    column[order] = np.arange(k)
    low, high = low[order], high[order]
    joints, first, last = _joints(net.parent, low)
    level = net.depth[joints]
    shape = (int(level.max(initial=-1)) + 1, k)
    up, down = np.full(shape, np.inf), np.full(shape, np.inf)
    rows, columns = net.depth[low], np.arange(k)
    up[rows, columns], down[rows, columns] = out[order, 0], into[order, 0]
    some = np.flatnonzero(high >= 0)
    rows = net.depth[high[some]]
    up[rows, some], down[rows, some] = out[order[some], 1], into[order[some], 1]
    _climb((net.start, net.later_depth, net.up, net.down), (joints, level, first, last), up, down, limit)
    return Climb(column, level, first, last, up, down)


def between(places: Climb) -> Floats:
    """Return the weights (k, k) from every place to every other, infinite without a way."""
    answer = _between(places.level, places.first, places.last, places.out, places.into)
    return answer[places.column][:, places.column]


def pairwise(places: Climb, start: Ints, stop: Ints) -> Floats:
    """Return the weights from the places ``start`` to the places ``stop``, pair by pair."""
    a, b = places.column[start], places.column[stop]
    order = np.argsort(np.minimum(a, b), kind="stable")
    answer = np.empty(len(a))
    answer[order] = _pairwise(places.level, places.first, places.last, (places.out, places.into), (a[order], b[order]))
    return answer


@compiled
def _joints(parent: Small, low: Ints) -> tuple[Ints, Small, Small]:
    """Return the joints above the places at ``low``, ascending, with the first place below each and the one after."""
    n = len(parent)
    first, last = np.full(n, -1, np.int32), np.zeros(n, np.int32)
    found, m = np.empty(n, np.int64), 0
    for c in range(len(low)):
        x = low[c]
        last[x] = c + 1
        while x >= 0 and first[x] < 0:
            first[x] = c
            found[m] = x
            m += 1
            x = parent[x]
    joints = np.sort(found[:m])
    for x in joints:
        if parent[x] >= 0:
            last[parent[x]] = max(last[parent[x]], last[x])
    return joints, first[joints], last[joints]


@compiled
def _climb(
    net: tuple[Ints, Small, Floats, Floats],
    joints: tuple[Ints, Small, Small, Small],
    out: Floats,
    into: Floats,
    limit: float,
) -> None:
    start, later_depth, up, down = net
    joint, level, first, last = joints
    ahead, behind = np.empty(COLUMNS, np.float64), np.empty(COLUMNS, np.float64)
    for tile in range(0, out.shape[1], COLUMNS):
        for m in range(len(joint)):
            low, high = max(first[m], tile), min(last[m], tile + COLUMNS)
            there, here = out[level[m]], into[level[m]]
            while low < high and there[low] > limit and here[low] > limit:
                low += 1
            while low < high and there[high - 1] > limit and here[high - 1] > limit:
                high -= 1
            many = high - low
            for j in range(many):
                ahead[j], behind[j] = there[low + j], here[low + j]
            if many > 0:
                for a in range(start[joint[m]], start[joint[m] + 1]):
                    lower(out[later_depth[a], low:high], ahead, up[a])
                    lower(into[later_depth[a], low:high], behind, down[a])


@compiled
def _between(level: Small, first: Small, last: Small, out: Floats, into: Floats) -> Floats:
    k = out.shape[1]
    answer = np.full((k, k), np.inf)
    for tile in range(0, k, TILE):
        for m in range(len(level)):
            for i in range(max(first[m], tile), min(last[m], tile + TILE)):
                if out[level[m], i] < np.inf:
                    lower(answer[i, first[m] : last[m]], into[level[m], first[m] : last[m]], out[level[m], i])
    return answer


@compiled
def _pairwise(level: Small, first: Small, last: Small, ways: tuple[Floats, Floats], pairs: tuple[Ints, Ints]) -> Floats:
    """Return the weights of pairs of columns, sorted by the lower column."""
    out, into = ways
    start, stop = pairs
    answer = np.full(len(start), np.inf)
    lower = np.minimum(start, stop)
    for m in range(len(level)):
        there, here = out[level[m]], into[level[m]]
        for p in range(np.searchsorted(lower, first[m]), np.searchsorted(lower, last[m])):
            if max(start[p], stop[p]) < last[m]:
                way = there[start[p]] + here[stop[p]]
                answer[p] = way if way < answer[p] else answer[p]
    return answer

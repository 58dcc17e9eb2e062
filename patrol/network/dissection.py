"""An order in which the joints of a road net are best taken out: nested dissection by straight cuts.

The net is cut in two by the straight line with the fewest joints beside it, of four directions and all places
near the middle; those joints come last, and both halves are ordered in the same way. Roads have small cuts, so
few ways have to be remembered when a joint is taken out (A. George, 1973; for roads J. Dibbelt, B. Strasser
and D. Wagner, "Customizable contraction hierarchies", 2016).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from patrol.compiled import compiled

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Small = NDArray[np.int32]

DIRECTIONS = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0], [1.0, -1.0]])
SMALL = 100  # cells of so many joints are cut in the first two directions only
SMALLEST = 12  # cells of so many joints are not cut
MIDDLE = 0.3  # a cut leaves at least this share of the joints on either side


def dissect(xy: Floats, start: Ints, neighbour: Small) -> Ints:
    """Return the rank of every joint, 0 for the one to be taken out first.

    Parameters
    ----------
    xy : ndarray, shape (n, 2)
        Joints, metric.
    start, neighbour : ndarray of int, shapes (n + 1,) and (a,)
        The joints beside joint ``i`` are ``neighbour[start[i]:start[i + 1]]``, each way.
    """
    order = np.empty((len(DIRECTIONS), len(xy)), dtype=np.int32)
    for k, direction in enumerate(DIRECTIONS):
        order[k] = np.argsort(xy @ direction, kind="stable")
    rank: Ints = _dissect(order, start, neighbour)
    return rank


@compiled
def _dissect(order: Small, start: Ints, neighbour: Small) -> Ints:
    n = order.shape[1]
    rank = np.empty(n, np.int64)
    cell = np.zeros(n, np.int32)
    place = np.empty(n, np.int32)
    far = np.empty(n, np.int32)
    side = np.empty(n, np.int8)
    spare = np.empty(n, np.int32)
    change = np.zeros(n + 2, np.int32)
    stack = [(0, n)]
    top, number = n, 0
    while stack:
        low, high = stack.pop()
        size = high - low
        if size <= SMALLEST:
            for k in range(low, high):
                top -= 1
                rank[order[0, k]] = top
                cell[order[0, k]] = -1
            continue
        number += 1
        for k in range(low, high):
            cell[order[0, k]] = number
        best, best_at, best_way = n + 1, 0, 0
        ways = order.shape[0] if size > SMALL else 2
        for way in range(ways):
            _look(order[way, low:high], start, neighbour, cell, number, place, far)
            at, count = _cut(order[way, low:high], far, change)
            if count < best:
                best, best_at, best_way = count, at, way
        if best_way != ways - 1:
            _look(order[best_way, low:high], start, neighbour, cell, number, place, far)
        first = second = low
        for k in range(low, high):
            node = order[best_way, k]
            side[node] = 1 if place[node] >= best_at else (2 if far[node] >= best_at else 0)
            first += side[node] == 0
            second += side[node] < 2
        _part(order, low, high, (first, second), side, spare)
        for k in range(second, high):
            top -= 1
            rank[order[0, k]] = top
            cell[order[0, k]] = -1
        stack.append((low, first))
        stack.append((first, second))
    return rank


@compiled
def _look(nodes: Small, start: Ints, neighbour: Small, cell: Small, number: int, place: Small, far: Small) -> None:
    """Set the place of each node in the row of nodes, and that of its farthest neighbour ahead."""
    for k in range(len(nodes)):
        place[nodes[k]] = k
    for k in range(len(nodes)):
        most = k
        for a in range(start[nodes[k]], start[nodes[k] + 1]):
            other = neighbour[a]
            if cell[other] == number and place[other] > most:
                most = place[other]
        far[nodes[k]] = most


@compiled
def _cut(nodes: Small, far: Small, change: Small) -> tuple[int, int]:
    """Return where to cut the row of nodes, and how many before the cut have neighbours behind it."""
    size = len(nodes)
    change[: size + 2] = 0
    for k in range(size):
        if far[nodes[k]] > k:
            change[k + 1] += 1
            change[far[nodes[k]] + 1] -= 1
    first, last = max(1, int(size * MIDDLE)), min(size - 1, size - int(size * MIDDLE))
    best, best_at, count = size + 1, first, 0
    for at in range(last + 1):
        count += change[at]
        nearer = abs(2 * at - size) < abs(2 * best_at - size)
        if at >= first and (count < best or (count == best and nearer)):
            best, best_at = count, at
    return best_at, best


@compiled
def _part(order: Small, low: int, high: int, limits: tuple[int, int], side: NDArray[np.int8], spare: Small) -> None:
    """Put the nodes of sides 0, 1 and 2 one after another in every row, each in its order, parted at the limits."""
    for way in range(order.shape[0]):
        at, at_one, at_two = low, limits[0], limits[1]
        for k in range(low, high):
            node = order[way, k]
            if side[node] == 0:
                spare[at] = node
                at += 1
            elif side[node] == 1:
                spare[at_one] = node
                at_one += 1
            else:
                spare[at_two] = node
                at_two += 1
        order[way, low:high] = spare[low:high]

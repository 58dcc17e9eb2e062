"""A hierarchy of a road net's joints, in which every fastest way goes up and then down.

Joints are taken out one by one, in the order of :mod:`patrol.network.dissection`. Whatever two neighbours could
do through a joint that is taken out is kept as an arc between them, so the ways among the joints that are
left stay as they are. Afterwards a fastest way needs no search: from its source only arcs to joints taken out
later, then only arcs back (E. W. Dijkstra's search gives the same numbers, which the tests hold). The
joints such a way may climb to are few, and lie on one path to a root: each joint's *parent* is the one taken out
first of its later neighbours. See Dibbelt, Strasser and Wagner, "Customizable contraction hierarchies", 2016.

Weights are whole numbers in float64 (see :mod:`patrol.network.weights`); sums below 2**53 are exact.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from patrol.network.compiled import compiled
from patrol.network.dissection import dissect

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Small = NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class Hierarchy:
    """Joints by rank, the first taken out first, with the arcs between each and its later neighbours.

    Attributes
    ----------
    rank : ndarray of int, shape (n,)
        Rank of every joint of the net; all else here is by rank.
    start : ndarray of int, shape (n + 1,)
    later : ndarray of int32, shape (a,)
        The later neighbours of ``i`` are ``later[start[i]:start[i + 1]]``, ascending; the first is its parent.
    up, down : ndarray, shape (a,)
        Weight from ``i`` to that neighbour and back, through joints taken out before ``i`` at most.
    depth : ndarray of int, shape (n,)
        Steps from the root of its piece of the net.
    later_depth : ndarray of int32, shape (a,)
        Depth of ``later``, which every climb reads.
    """

    rank: Ints
    start: Ints
    later: Small
    up: Floats
    down: Floats
    depth: Small
    later_depth: Small


@dataclass(frozen=True, slots=True, eq=False)
class Climb:
    """What k places can climb to; a row each, a column for every depth, infinite where a place does not get.

    Attributes
    ----------
    path : ndarray of int32, shape (k, d)
        Joint (by rank) at each depth on the way to the root; -1 below the place.
    out, into : ndarray, shape (k, d)
        Weight from the place up to that joint, and from the joint down to the place.
    """

    path: Small
    out: Floats
    into: Floats


def build_hierarchy(xy: Floats, u: Ints, v: Ints, forward: Floats, backward: Floats) -> Hierarchy:
    """Build the hierarchy of a net.

    Parameters
    ----------
    xy : ndarray, shape (n, 2)
        Joints.
    u, v : ndarray of int, shape (m,)
        Joints at the ends of each edge.
    forward, backward : ndarray, shape (m,)
        Weights from ``u`` to ``v`` and back, infinite where closed.
    """
    n = len(xy)
    tail, head, weight = np.r_[u, v], np.r_[v, u], np.r_[forward, backward]
    order = np.lexsort((weight, head, tail))
    order = order[tail[order] != head[order]]
    tail, head, weight = tail[order], head[order], weight[order]
    first = np.ones(len(tail), dtype=bool)
    first[1:] = (tail[1:] != tail[:-1]) | (head[1:] != head[:-1])
    tail, head, weight = tail[first], head[first], weight[first]
    rank = dissect(xy, np.r_[0, np.cumsum(np.bincount(tail, minlength=n))], head)
    tail, head = rank[tail], rank[head]
    above = tail < head
    # The same pairs come in both directions, so sorting each half by lower and upper joint lines them up.
    climb = np.flatnonzero(above)[np.lexsort((head[above], tail[above]))]
    drop = np.flatnonzero(~above)[np.lexsort((tail[~above], head[~above]))]
    own = np.r_[0, np.cumsum(np.bincount(tail[climb], minlength=n))]
    start, later = _fill(own, head[climb].astype(np.int32))
    # turned over twice, each row is sorted
    later = csr_array((np.ones(len(later), dtype=bool), later, start), shape=(n, n)).tocsc().tocsr().indices
    earlier = csr_array((np.arange(1, len(later) + 1, dtype=np.int32), later, start), shape=(n, n)).tocsc()
    up, down = _take_out(
        start, later, (own, head[climb], weight[climb], weight[drop]),
        (earlier.indptr.astype(np.int64), earlier.indices.astype(np.int32), earlier.data - 1),
    )  # fmt: skip
    depth = _depths(start, later)
    return Hierarchy(rank, start, later, up, down, depth, depth[later])


def climb(net: Hierarchy, low: Ints, high: Ints, out: Floats, into: Floats, *, limit: float) -> Climb:
    """Return what places can climb to by ways that weigh at most ``limit``; heavier ones may be missing.

    Parameters
    ----------
    low, high : ndarray of int, shape (k,)
        The joints (by rank) that a place has a way to, two ends of an edge with ``low < high``, or one and -1.
    out, into : ndarray, shape (k, 2)
        Weights from the place to ``low`` and ``high``, and from them to the place; infinite where closed.
    """
    deepest = int(net.depth[low].max(initial=-1)) + 1
    return Climb(
        *_climb(
            (net.start, net.later, net.later_depth, net.up, net.down),
            net.depth,
            (low, high),
            (out, into),
            deepest,
            limit,
        )
    )


def between(places: Climb) -> Floats:
    """Return the weights (k, k) from every place to every other, infinite without a way."""
    return _between(places.path, places.out, places.into)


def pairwise(places: Climb, first: Ints, second: Ints) -> Floats:
    """Return the weights from the places ``first`` to the places ``second``, pair by pair."""
    return _pairwise(places.path, places.out, places.into, first, second)


@compiled
def _fill(start: Ints, later: Small) -> tuple[Ints, Small]:
    """Return the later neighbours of all joints once those before them are taken out; unsorted."""
    n = len(start) - 1
    begin, mark = np.zeros(n + 1, np.int64), np.full(n, -1, np.int64)
    child, sibling = np.full(n, -1, np.int64), np.full(n, -1, np.int64)
    kept, m = np.empty(8 * len(later) + 16, np.int32), 0
    for v in range(n):
        if m + n > len(kept):
            wider = np.empty(2 * len(kept) + n, np.int32)
            wider[:m] = kept[:m]
            kept = wider
        mark[v] = v
        parent = n
        for a in range(start[v], start[v + 1]):
            mark[later[a]] = v
            parent = min(parent, later[a])
            kept[m] = later[a]
            m += 1
        c = child[v]
        while c >= 0:
            for a in range(begin[c], begin[c + 1]):
                w = kept[a]
                if mark[w] != v:
                    mark[w] = v
                    parent = min(parent, w)
                    kept[m] = w
                    m += 1
            c = sibling[c]
        begin[v + 1] = m
        if parent < n:
            sibling[v] = child[parent]
            child[parent] = v
    return begin, kept[:m].copy()


@compiled
def _take_out(
    start: Ints,
    later: Small,
    own: tuple[Ints, Ints, Floats, Floats],
    earlier: tuple[Ints, Small, Small],
) -> tuple[Floats, Floats]:
    """Return the weights of all arcs up and down once every joint has been taken out."""
    n = len(start) - 1
    own_start, own_head, own_up, own_down = own
    from_, joint, arc = earlier
    up, down = np.empty(len(later), np.float64), np.empty(len(later), np.float64)
    to, back = np.full(n, np.inf), np.full(n, np.inf)
    for x in range(n):
        for a in range(own_start[x], own_start[x + 1]):
            to[own_head[a]], back[own_head[a]] = own_up[a], own_down[a]
        for e in range(from_[x], from_[x + 1]):
            v, at = joint[e], arc[e]
            there, here = down[at], up[at]  # from x to v, and from v to x
            for a in range(at + 1, start[v + 1]):
                y = later[a]
                ahead, behind = there + up[a], down[a] + here
                to[y] = min(to[y], ahead)
                back[y] = min(back[y], behind)
        for a in range(start[x], start[x + 1]):
            y = later[a]
            up[a], down[a] = to[y], back[y]
            to[y], back[y] = np.inf, np.inf
    return up, down


@compiled
def _depths(start: Ints, later: Small) -> Small:
    n = len(start) - 1
    depth = np.zeros(n, np.int32)
    for v in range(n - 1, -1, -1):
        if start[v + 1] > start[v]:
            depth[v] = depth[later[start[v]]] + 1
    return depth


@compiled
def _climb(
    net: tuple[Ints, Small, Small, Floats, Floats],
    depth: Small,
    ends: tuple[Ints, Ints],
    ways: tuple[Floats, Floats],
    deepest: int,
    limit: float,
) -> tuple[Small, Floats, Floats]:
    start, later, level, up, down = net
    low, high = ends
    first_out, first_into = ways
    k = len(low)
    path = np.full((k, deepest), -1, np.int32)
    out, into = np.full((k, deepest), np.inf), np.full((k, deepest), np.inf)
    for i in range(k):
        there, here = out[i], into[i]
        there[depth[low[i]]], here[depth[low[i]]] = first_out[i, 0], first_into[i, 0]
        if high[i] >= 0:
            there[depth[high[i]]], here[depth[high[i]]] = first_out[i, 1], first_into[i, 1]
        x = low[i]
        while True:
            path[i, depth[x]] = x
            ahead, behind = there[depth[x]], here[depth[x]]
            near = ahead <= limit or behind <= limit
            for a in range(start[x], start[x + 1] if near else start[x]):
                d = level[a]
                there[d] = min(there[d], ahead + up[a])
                here[d] = min(here[d], down[a] + behind)
            if start[x + 1] == start[x]:
                break
            x = later[start[x]]
    return path, out, into


@compiled
def _shared(a: Small, b: Small) -> int:
    """Return how many joints two paths from the root have in common: they part once and for all."""
    low, high = 0, min(len(a), len(b))
    while low < high:
        middle = (low + high) // 2
        if a[middle] == b[middle] and a[middle] >= 0:
            low = middle + 1
        else:
            high = middle
    return low


@compiled
def _least(out: Floats, into: Floats, many: int) -> float:
    best = np.inf
    for d in range(many):
        best = min(best, out[d] + into[d])
    return best


@compiled
def _between(path: Small, out: Floats, into: Floats) -> Floats:
    answer = np.empty((len(path), len(path)))
    for i in range(len(path)):
        for j in range(len(path)):
            answer[i, j] = _least(out[i], into[j], _shared(path[i], path[j]))
    return answer


@compiled
def _pairwise(path: Small, out: Floats, into: Floats, first: Ints, second: Ints) -> Floats:
    answer = np.empty(len(first))
    for k in range(len(first)):
        i, j = first[k], second[k]
        answer[k] = _least(out[i], into[j], _shared(path[i], path[j]))
    return answer

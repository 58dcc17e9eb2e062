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

from patrol.compiled import compiled
from patrol.layers.memory import give_back
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
    parent : ndarray of int32, shape (n,)
        The first of its later neighbours, -1 at a root.
    start : ndarray of int, shape (n + 1,)
        The arcs of ``i``, one to each of its later neighbours, are ``start[i]`` to ``start[i + 1]``.
    up, down : ndarray, shape (a,)
        Weight from ``i`` to that neighbour and back, through joints taken out before ``i`` at most.
    depth : ndarray of int32, shape (n,)
        Steps from the root of its piece of the net.
    later_depth : ndarray of int32, shape (a,)
        Depth of that neighbour, which tells it from all others on the way to the root.
    walk : ndarray of int32, shape (n,)
        Place in a walk through the tree of parents, in which all joints below a joint come right after it.
    """

    rank: Ints
    parent: Small
    start: Ints
    up: Floats
    down: Floats
    depth: Small
    later_depth: Small
    walk: Small


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
    rank = dissect(xy, *_beside(len(xy), u, v))
    own = _own_arcs(rank, u, v, forward, backward)
    start, later = _fill(own[0], own[1])
    _sort_rows(start, later)
    give_back()  # the weights of a large net are most of what it holds
    up, down = _take_out(start, later, own)
    del own
    parent = np.full(len(xy), -1, dtype=np.int32)
    inner = np.flatnonzero(np.diff(start))
    parent[inner] = later[start[inner]]
    depth, walk = _levels(parent)
    _to_depths(later, depth)
    return Hierarchy(rank, parent, start, up, down, depth, later, walk)


@compiled
def lower(least: Floats, plus: Floats, weight: float) -> None:
    """Lower each number to ``plus + weight`` where that is less."""
    for j in range(len(least)):
        way = plus[j] + weight
        least[j] = way if way < least[j] else least[j]


@compiled
def _beside(n: int, u: Ints, v: Ints) -> tuple[Ints, Small]:
    """Return the joints beside each joint, and where they begin."""
    begin = np.zeros(n + 2, np.int64)
    for e in range(len(u)):
        begin[u[e] + 2] += 1
        begin[v[e] + 2] += 1
    begin = np.cumsum(begin)
    beside = np.empty(2 * len(u), np.int32)
    for e in range(len(u)):
        beside[begin[u[e] + 1]] = v[e]
        begin[u[e] + 1] += 1
        beside[begin[v[e] + 1]] = u[e]
        begin[v[e] + 1] += 1
    return begin[: n + 1], beside


@compiled
def _own_arcs(rank: Ints, u: Ints, v: Ints, forward: Floats, backward: Floats) -> tuple[Ints, Small, Floats, Floats]:
    """Return the later neighbours of each joint in the net itself, and the lightest weights to and from them."""
    n = len(rank)
    begin = np.zeros(n + 2, np.int64)
    for e in range(len(u)):
        begin[min(rank[u[e]], rank[v[e]]) + 2] += 1
    begin = np.cumsum(begin)
    edge = np.empty(len(u), np.int64)
    for e in range(len(u)):
        low = min(rank[u[e]], rank[v[e]])
        edge[begin[low + 1]] = e
        begin[low + 1] += 1
    start, at, m = np.zeros(n + 1, np.int64), np.full(n, -1, np.int64), 0
    head, up, down = np.empty(len(u), np.int32), np.empty(len(u), np.float64), np.empty(len(u), np.float64)
    for x in range(n):
        for k in range(begin[x], begin[x + 1]):
            e = edge[k]
            high = max(rank[u[e]], rank[v[e]])
            if high == x:
                continue  # back to where it began
            there, here = (forward[e], backward[e]) if rank[u[e]] == x else (backward[e], forward[e])
            if at[high] < start[x]:
                at[high], head[m], up[m], down[m] = m, high, there, here
                m += 1
            else:
                up[at[high]], down[at[high]] = min(up[at[high]], there), min(down[at[high]], here)
        start[x + 1] = m
    return start, head[:m].copy(), up[:m].copy(), down[:m].copy()


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
def _sort_rows(start: Ints, later: Small) -> None:
    """Sort the later neighbours of each joint in place: turned round twice, which puts rows in order."""
    n = len(start) - 1
    begin = np.zeros(n + 1, np.int64)
    for a in range(len(later)):
        begin[later[a] + 1] += 1
    begin = np.cumsum(begin)
    earlier, at = np.empty(len(later), np.int32), begin[:-1].copy()
    for v in range(n):
        for a in range(start[v], start[v + 1]):
            earlier[at[later[a]]] = v
            at[later[a]] += 1
    at = start[:-1].copy()
    for w in range(n):
        for a in range(begin[w], begin[w + 1]):
            later[at[earlier[a]]] = w
            at[earlier[a]] += 1


@compiled
def _take_out(start: Ints, later: Small, own: tuple[Ints, Small, Floats, Floats]) -> tuple[Floats, Floats]:
    """Return the weights of all arcs up and down once every joint has been taken out."""
    n = len(start) - 1
    own_start, own_head, own_up, own_down = own
    up, down = np.full(len(later), np.inf), np.full(len(later), np.inf)
    to, back = np.full(n, np.inf), np.full(n, np.inf)
    # The arc of each joint to its next neighbour still there, and the joints that have the same next one, in a
    # chain. A list of all arcs by their later joint would take half as much room as the arcs.
    arc, waiting, behind = start[:-1].copy(), np.full(n, -1, np.int32), np.full(n, -1, np.int32)
    for x in range(n):
        begin, end = start[x], start[x + 1]
        for a in range(own_start[x], own_start[x + 1]):
            to[own_head[a]], back[own_head[a]] = own_up[a], own_down[a]
        v = waiting[x]
        while v >= 0:
            there, here = down[arc[v]], up[arc[v]]  # from x to the joint before it, and from that to x
            arc[v] += 1
            at, stop, following = arc[v], start[v + 1], behind[v]
            if at < stop:
                behind[v], waiting[later[at]] = waiting[later[at]], v
            v = following
            if stop - at == end - begin:  # both have the same neighbours after x
                lower(up[begin:end], up[at:stop], there)
                lower(down[begin:end], down[at:stop], here)
                continue
            for a in range(at, stop):
                y = later[a]
                ahead, after = there + up[a], down[a] + here
                to[y] = min(to[y], ahead)
                back[y] = min(back[y], after)
        for a in range(begin, end):
            y = later[a]
            up[a], down[a] = min(up[a], to[y]), min(down[a], back[y])
            to[y], back[y] = np.inf, np.inf
        if begin < end:
            behind[x], waiting[later[begin]] = waiting[later[begin]], x
    return up, down


@compiled
def _to_depths(later: Small, depth: Small) -> None:
    """Put the depth of each joint in its place; ``numpy.take`` would hold them three times meanwhile."""
    for a in range(len(later)):
        later[a] = depth[later[a]]


@compiled
def _levels(parent: Small) -> tuple[Small, Small]:
    """Return the depth of every joint and its place in the walk."""
    n = len(parent)
    depth, walk = np.zeros(n, np.int32), np.empty(n, np.int32)
    size, used = np.ones(n, np.int32), np.zeros(n, np.int32)
    for v in range(n):
        if parent[v] >= 0:
            size[parent[v]] += size[v]
    roots = 0
    for v in range(n - 1, -1, -1):
        above = parent[v]
        if above >= 0:
            depth[v] = depth[above] + 1
            walk[v] = walk[above] + 1 + used[above]
            used[above] += size[v]
        else:
            walk[v] = roots
            roots += size[v]
    return depth, walk

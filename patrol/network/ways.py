"""Weights of the fastest ways between places on the roads, by the hierarchy of the joints.

A place on an edge climbs from the edge's two ends, with the part of the edge to each of them. Two places on one
edge have the part between them as well.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from patrol.network.access import Access
from patrol.network.climbing import Climb, between, climb, pairwise
from patrol.network.mode_roads import ModeRoads
from patrol.network.pathnet import split_edges
from patrol.network.weights import CM_BITS, LIMIT, heaviest

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

CHUNK_BYTES = 2**26  # of climbs held at a time
NEAR_S, FARTHER = 120, 4  # ways of pairs are looked for nearby first, then so many times as far


@dataclass(frozen=True, slots=True, eq=False)
class _Spots:
    """Different places on the roads; arrays of shape (k,), sorted by edge and way along it, joints first.

    Attributes
    ----------
    joint : ndarray of int
        The joint where the place is, -1 inside an edge.
    edge, cm : ndarray of int
        Edge and whole centimetres along it; -1 at a joint.
    ticks : tuple of ndarray
        Whole ticks of that part of the edge, along it and against it; infinite where closed.
    """

    joint: Ints
    edge: Ints
    cm: Ints
    ticks: tuple[Floats, Floats]


def all_weights(roads: ModeRoads, access: Access) -> Ints:
    """Return the weights (n, n) of the fastest ways between all places, -1 where there is none."""
    spots, at = _spots(roads, access)
    k = len(spots.edge)
    weight = np.full((k + 1, k + 1), np.inf)  # the last row and column are of places off the roads
    if k:
        weight[:-1, :-1] = between(_climbs(roads, spots, LIMIT))
        weight[:-1, :-1][np.diag_indices(k)] = 0.0
    for step in range(1, k):
        first = np.flatnonzero((spots.edge[step:] == spots.edge[:-step]) & (spots.edge[step:] >= 0))
        if not len(first):
            break
        for a, b in ((first, first + step), (first + step, first)):
            weight[a, b] = np.minimum(weight[a, b], _along(spots, a, b))
    known = np.where(weight <= LIMIT, weight, -1.0).astype(np.int64)
    return known[at][:, at]


def pair_weights(roads: ModeRoads, access: Access, pairs: Ints, limit: int) -> Ints:
    """Return the weights (k,) of the fastest ways of pairs of places (k, 2), -1 where there is none within a limit."""
    spots, at = _spots(roads, access)
    answer = np.full(len(pairs), -1, dtype=np.int64)
    wanted = at[pairs]
    left = np.flatnonzero((wanted >= 0).all(axis=1))
    step = max(1, CHUNK_BYTES // (32 * (int(roads.hierarchy.depth.max(initial=0)) + 1)))
    bound = min(heaviest(NEAR_S), limit)
    while len(left):
        weight = np.concatenate(
            [_pairs(roads, spots, wanted[left[k : k + step]], bound) for k in range(0, len(left), step)]
        )
        known = weight <= bound
        answer[left[known]] = weight[known].astype(np.int64)
        if bound == limit:
            break
        left, bound = left[~known], min(bound * FARTHER, limit)
    return answer


def _pairs(roads: ModeRoads, spots: _Spots, wanted: Ints, limit: int) -> Floats:
    """Return the weights (k,) of the ways between pairs (k, 2) of spots; those beyond the limit may be too heavy."""
    chosen, index = np.unique(wanted, return_inverse=True)
    a, b = index.reshape(-1, 2).T
    part = _Spots(spots.joint[chosen], spots.edge[chosen], spots.cm[chosen],
                  (spots.ticks[0][chosen], spots.ticks[1][chosen]))  # fmt: skip
    weight = pairwise(_climbs(roads, part, limit), a, b)
    same = (part.edge[a] == part.edge[b]) & (part.edge[a] >= 0)
    weight[same] = np.minimum(weight[same], _along(part, a[same], b[same]))
    weight[a == b] = 0.0
    return weight


def _spots(roads: ModeRoads, access: Access) -> tuple[_Spots, Ints]:
    """Return the different places, and which of them each place of the access is; -1 off the roads."""
    graph, edge_cm = roads.graph, roads.edge_cm
    joints = len(graph.node_xy)
    at, node_edge, node_cm = split_edges(graph, access, edge_cm)
    nodes, index = np.unique(at, return_inverse=True)
    off = int(len(nodes) > 0 and nodes[0] < 0)
    nodes = nodes[off:]
    inner = nodes >= joints
    edge, cm = np.full(len(nodes), -1, dtype=np.int64), np.full(len(nodes), -1, dtype=np.int64)
    edge[inner], cm[inner] = node_edge[nodes[inner] - joints], node_cm[nodes[inner] - joints]
    ahead, back = (_part_ticks(ticks[edge], edge_cm[edge], cm) for ticks in roads.ticks)
    return _Spots(np.where(inner, -1, nodes), edge, cm, (ahead, back)), index.reshape(-1) - off


def _part_ticks(ticks: Floats, edge_cm: Ints, cm: Ints) -> Floats:
    """Return whole ticks of the first ``cm`` of edges; differences of them add up to the whole exactly."""
    part: Floats = np.rint(ticks / edge_cm * cm)
    return part


def _along(spots: _Spots, a: Ints, b: Ints) -> Floats:
    """Return the weights of the ways along one edge from the spots ``a`` to the spots ``b``."""
    cm = spots.cm[b] - spots.cm[a]
    weight = np.full(len(a), np.inf)
    for ticks, here in ((spots.ticks[0], cm > 0), (spots.ticks[1], cm < 0)):
        go = here & np.isfinite(ticks[a])
        weight[go] = np.abs(ticks[b[go]] - ticks[a[go]]) * 2.0**CM_BITS + np.abs(cm[go])
    return weight


def _climbs(roads: ModeRoads, spots: _Spots, limit: int) -> Climb:
    """Return what the spots can climb to."""
    graph, rank = roads.graph, roads.hierarchy.rank
    k = len(spots.edge)
    low, high = np.full(k, -1, dtype=np.int64), np.full(k, -1, dtype=np.int64)
    out, into = np.full((k, 2), np.inf), np.full((k, 2), np.inf)
    at_joint = spots.edge < 0
    low[at_joint] = rank[spots.joint[at_joint]]
    out[at_joint, 0] = into[at_joint, 0] = 0.0
    inner = np.flatnonzero(~at_joint)
    edge, cm = spots.edge[inner], spots.cm[inner]
    rest = roads.edge_cm[edge] - cm
    (ahead, back), (whole, whole_back) = ((ticks[inner] for ticks in spots.ticks), (t[edge] for t in roads.ticks))
    with np.errstate(invalid="ignore"):  # closed edges: infinite less infinite
        after, after_back = (np.where(np.isfinite(t), t - s, np.inf) for t, s in ((whole, ahead), (whole_back, back)))
    scale = 2.0**CM_BITS
    out[inner] = np.column_stack([back * scale + cm, after * scale + rest])
    into[inner] = np.column_stack([ahead * scale + cm, after_back * scale + rest])
    ends = np.column_stack([rank[graph.u[edge]], rank[graph.v[edge]]])
    turned = inner[ends[:, 0] > ends[:, 1]]
    out[turned], into[turned] = out[turned, ::-1], into[turned, ::-1]
    low[inner], high[inner] = ends.min(axis=1), ends.max(axis=1)
    ring = inner[ends[:, 0] == ends[:, 1]]  # both ways round lead to the one joint
    out[ring, 0], into[ring, 0] = out[ring].min(axis=1), into[ring].min(axis=1)
    high[ring] = -1
    return climb(roads.hierarchy, low, high, out, into, limit=float(limit))

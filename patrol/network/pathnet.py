"""The road graph of one mode with the places split into its edges: its arcs, and what is known of each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from patrol.config import TravelSettings
from patrol.network.access import Access
from patrol.network.roads import RoadGraph, edge_seconds
from patrol.network.weights import CM_BITS, whole_cm, whole_ticks

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class PathNet:
    """Arcs of one mode, sorted by tail and head, one a pair (the fastest).

    Attributes
    ----------
    xy : ndarray, shape (n, 2)
        Joints of the road graph and the places split into its edges, from west to east.
    tail, head : ndarray of int, shape (a,)
    weight : ndarray of float, shape (a,)
        Whole numbers, see :mod:`patrol.network.weights`.
    edge, from_cm, to_cm : ndarray of int, shape (a,)
        The part of a road edge that the arc runs along; ``from_cm > to_cm`` against its direction.
    edge_cm : ndarray of int
        Length of every road edge as counted here.
    start : ndarray of int, shape (n + 1,)
        The arcs from node ``i`` are ``start[i]`` to ``start[i + 1]``.
    by_head, end : ndarray of int, shapes (a,) and (n + 1,)
        The arcs to node ``i`` are ``by_head[end[i]:end[i + 1]]``.
    at : ndarray of int
        Node of each place of the access; -1 if it is not on the roads.
    group : ndarray of int, shape (n,)
        Connected piece of each node, directions disregarded: between two of them there is no way.
    top_speed : float
        Metres a tick on the fastest edge: no way between two nodes is faster over the straight distance.
    """

    xy: Floats
    tail: Ints
    head: Ints
    weight: Floats
    edge: Ints
    from_cm: Ints
    to_cm: Ints
    edge_cm: Ints
    start: Ints
    by_head: Ints
    end: Ints
    at: Ints
    group: Ints
    top_speed: float


def build_net(graph: RoadGraph, access: Access, *, mode: str, settings: TravelSettings) -> PathNet:
    """Split the places of ``access`` into the edges of ``graph`` and weigh the arcs of ``mode``.

    Places that are not ``reached``, or have no edge, get no node.
    """
    edge_cm = whole_cm(graph.length_m)
    at, node_edge, node_cm = split_edges(graph, access, edge_cm)
    share = node_cm / edge_cm[node_edge]
    new_xy = points_along(graph, metres_along(graph), node_edge, share * graph.length_m[node_edge])
    xy = np.vstack([graph.node_xy, new_xy])
    order = np.argsort(xy[:, 0], kind="stable")  # so that a crop need not look at the whole net
    rank = np.empty(len(xy), dtype=np.int64)
    rank[order] = np.arange(len(xy))
    ticks = [whole_ticks(seconds) for seconds in edge_seconds(graph, mode=mode, settings=settings)]
    tail, head, *rest = _arcs(_pieces(graph, edge_cm, node_edge, node_cm), edge_cm, *ticks)
    tail, head, weight, edge, from_cm, to_cm = _fastest_of_parallel(rank[tail], rank[head], *rest)
    joined = csr_array((np.ones(len(tail)), (tail, head)), shape=(len(xy), len(xy)))
    return PathNet(
        xy=xy[order],
        tail=tail,
        head=head,
        weight=weight,
        edge=edge,
        from_cm=from_cm,
        to_cm=to_cm,
        edge_cm=edge_cm,
        start=np.r_[0, np.cumsum(np.bincount(tail, minlength=len(xy)))],
        by_head=np.argsort(head, kind="stable"),
        end=np.r_[0, np.cumsum(np.bincount(head, minlength=len(xy)))],
        at=np.where(at >= 0, rank[at], -1) if len(xy) else at,
        group=(connected_components(joined, directed=False)[1] if len(xy) else tail).astype(np.int64),
        top_speed=float((graph.length_m / np.minimum(*ticks)).max(initial=0.0)),
    )


def points_along(graph: RoadGraph, along: Floats, edge: Ints, offset_m: Floats) -> Floats:
    """Return the points (n, 2) at ``offset_m`` along each of the edges; ``along`` from :func:`metres_along`."""
    low, high = graph.offsets[edge], graph.offsets[edge + 1] - 1
    k = np.clip(np.searchsorted(along, along[low] + offset_m, side="right") - 1, low, np.maximum(high - 1, low))
    step = along[k + 1] - along[k]
    part = np.clip((along[low] + offset_m - along[k]) / np.where(step > 0, step, 1.0), 0.0, 1.0)[:, None]
    points: Floats = graph.coords[k] * (1 - part) + graph.coords[k + 1] * part
    return points


def metres_along(graph: RoadGraph) -> Floats:
    """Return a running length over all coordinates of the graph, which stands still between two edges."""
    step = np.hypot(*(graph.coords[1:] - graph.coords[:-1]).T)
    step[graph.offsets[1:-1] - 1] = 0.0
    along: Floats = np.r_[0.0, np.cumsum(step)]
    return along


def split_edges(graph: RoadGraph, access: Access, edge_cm: Ints) -> tuple[Ints, Ints, Ints]:
    """Return the node of each place, and the edge and centimetre of each node that is new, in this order.

    A place at the end of an edge has that joint's number; a place that is not on the roads has -1.
    """
    at = np.full(len(access.edge), -1, dtype=np.int64)
    on = np.flatnonzero(access.reached & (access.edge >= 0))
    edge = access.edge[on]
    cm = np.rint(access.offset[on] / graph.length_m[edge] * edge_cm[edge]).astype(np.int64)
    cm = np.clip(cm, 0, edge_cm[edge])
    at[on] = np.where(cm == 0, graph.u[edge], graph.v[edge])
    inner = (cm > 0) & (cm < edge_cm[edge])
    span = int(edge_cm.max(initial=0)) + 1
    keys, which = np.unique(edge[inner] * span + cm[inner], return_inverse=True)
    at[on[inner]] = len(graph.node_xy) + which.reshape(-1)
    return at, keys // span, keys % span


def _pieces(graph: RoadGraph, edge_cm: Ints, node_edge: Ints, node_cm: Ints) -> tuple[Ints, Ints, Ints, Ints, Ints]:
    """Return edge, first and last centimetre, first and last node of every part between split places."""
    m, k = len(edge_cm), len(node_edge)
    every = np.arange(m)
    edge = np.r_[every, node_edge, every]
    cm = np.r_[np.zeros(m, dtype=np.int64), node_cm, edge_cm]
    node = np.r_[graph.u, len(graph.node_xy) + np.arange(k), graph.v]
    order = np.lexsort((cm, edge))
    edge, cm, node = edge[order], cm[order], node[order]
    same = edge[1:] == edge[:-1]
    return edge[:-1][same], cm[:-1][same], cm[1:][same], node[:-1][same], node[1:][same]


def _arcs(
    pieces: tuple[Ints, Ints, Ints, Ints, Ints], edge_cm: Ints, forward: Floats, backward: Floats
) -> tuple[Ints, Ints, Ints, Ints, Ints, Ints]:
    """Return tail, head, weight, edge, from and to centimetre of the arcs in both directions.

    Ticks of parts are differences of rounded ticks along the edge, so that parts add up to the whole exactly.
    """
    edge, low, high, first, last = pieces
    out: list[tuple[Ints, ...]] = []
    for total, ahead in ((forward, True), (backward, False)):
        open_ = np.isfinite(total[edge]) & (first != last)
        e, a, b = edge[open_], low[open_], high[open_]
        pace = total[e] / edge_cm[e]
        ticks = (np.rint(pace * b) - np.rint(pace * a)).astype(np.int64)
        weight = (ticks << CM_BITS) + (b - a)
        ends = (first[open_], last[open_]) if ahead else (last[open_], first[open_])
        out.append((*ends, weight, e, a, b) if ahead else (*ends, weight, e, b, a))
    tail, head, weight, edge, start, stop = (np.concatenate(column) for column in zip(*out, strict=True))
    return tail, head, weight, edge, start, stop


def _fastest_of_parallel(
    tail: Ints, head: Ints, weight: Ints, edge: Ints, start: Ints, stop: Ints
) -> tuple[Ints, Ints, Floats, Ints, Ints, Ints]:
    """Return the arcs sorted by tail and head, only the lightest of each pair (then the lowest edge)."""
    order = np.lexsort((edge, weight, head, tail))
    tail, head = tail[order], head[order]
    first = np.ones(len(tail), dtype=bool)
    first[1:] = (tail[1:] != tail[:-1]) | (head[1:] != head[:-1])
    keep = order[first]
    return tail[first], head[first], weight[keep].astype(np.float64), edge[keep], start[keep], stop[keep]

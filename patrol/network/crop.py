"""Fastest ways within a crop of the net, each with the proof that nothing outside the crop is faster.

A way that leaves the crop must cross its rim twice. So it weighs at least the lightest way inside to an arc
that leaves, plus the straight distance from there to an arc that enters at the top speed of the net, plus the
lightest way inside from that arc. The least such sum over all parts of the rim bounds every way outside; what
was found inside and is no heavier is the fastest way of the whole net. What is heavier is looked for again in
a wider crop, at last in the whole net.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from patrol.network.pathnet import PathNet
from patrol.network.weights import CM_BITS, LIMIT

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

CHUNK_BYTES = 2**26  # of distances held at a time
FIRST_PAD_M = 500.0
FIRST_PAD_SHARE = 0.25  # of the longer side of the places' bounding box
WIDEN = 2.0
GATES = 8  # parts of the rim along one side of the box


@dataclass(frozen=True, slots=True, eq=False)
class Crop:
    """The part of a net inside a box, numbered anew.

    Attributes
    ----------
    nodes : ndarray of int, shape (c,)
        Nodes of the net, ascending.
    graph : csr_array, shape (c + g, c + g)
        Weights. The last nodes stand for the outside at the g parts of the rim, its gates, and have only the
        arcs that enter there.
    rim, leave : ndarray, shape (r,)
        Crop node and weight of each arc that leaves, sorted by gate.
    first : ndarray of int, shape (k,)
        Where in ``rim`` the gates begin that have such arcs.
    across : ndarray, shape (k, g)
        Least weight of a way from each of those gates to each gate.
    """

    nodes: Ints
    graph: csr_array
    rim: Ints
    leave: Floats
    first: Ints
    across: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """Ways from some sources, a row each.

    Attributes
    ----------
    rows : ndarray of int, shape (k,)
        Positions in the list of sources.
    weight : ndarray, shape (k, t)
        Lightest way to each target; infinite if there is none, or none within the limit.
    wanted : ndarray of bool, shape (k, t)
        The needed pairs that are proved here and were not before.
    previous : ndarray of int, optional, shape (k, c + g)
        Crop node before each crop node on the way from the source.
    crop : Crop
    """

    rows: Ints
    weight: Floats
    wanted: Bools
    previous: NDArray[np.int32] | None
    crop: Crop


def crop_net(net: PathNet, low: Floats, high: Floats) -> Crop:
    """Return the part of the net whose nodes lie in the box from ``low`` to ``high`` (x, y)."""
    west = int(np.searchsorted(net.xy[:, 0], low[0], "left"))
    east = int(np.searchsorted(net.xy[:, 0], high[0], "right"))
    inside = (net.xy[west:east, 1] >= low[1]) & (net.xy[west:east, 1] <= high[1])
    local = np.cumsum(inside) - 1
    c = int(inside.sum())
    leaving = np.arange(net.start[west], net.start[east])
    leaving = leaving[inside[net.tail[leaving] - west]]
    coming = net.by_head[net.end[west] : net.end[east]]
    coming = coming[inside[net.head[coming] - west]]
    stays = _within(net.head[leaving], west, inside)
    own, out = leaving[stays], leaving[~stays]
    into = coming[~_within(net.tail[coming], west, inside)]
    gate, across = _gates(net.xy[np.r_[net.head[out], net.tail[into]]], low, high, net.top_speed)
    gate_out, gate_in = gate[: len(out)], gate[len(out) :]
    keep = _lightest(gate_out, net.tail[out], net.weight[out])
    out, gate_out = out[keep], gate_out[keep]
    keep = _lightest(gate_in, net.head[into], net.weight[into])
    into, gate_in = into[keep], gate_in[keep]
    first = np.flatnonzero(np.diff(gate_out, prepend=-1))
    counts = np.r_[np.bincount(local[net.tail[own] - west], minlength=c), np.bincount(gate_in, minlength=len(across))]
    indptr = np.r_[0, np.cumsum(counts)].astype(np.int32)
    indices = local[net.head[np.r_[own, into]] - west].astype(np.int32)
    size = c + len(across)
    graph = csr_array((net.weight[np.r_[own, into]], indices, indptr), shape=(size, size))
    rim = local[net.tail[out] - west]
    return Crop(west + np.flatnonzero(inside), graph, rim, net.weight[out], first, across[gate_out[first]])


def _within(nodes: Ints, west: int, inside: Bools) -> Bools:
    """Return which nodes are among those of the strip that begins at node ``west`` that are ``inside``."""
    found = (nodes >= west) & (nodes < west + len(inside))
    found[found] = inside[nodes[found] - west]
    return found


def _lightest(gate: Ints, node: Ints, weight: Floats) -> Ints:
    """Return the positions of the lightest arc of every gate and node, sorted by gate and node."""
    order = np.lexsort((weight, node, gate))
    gate, node = gate[order], node[order]
    first = np.ones(len(order), dtype=bool)
    first[1:] = (gate[1:] != gate[:-1]) | (node[1:] != node[:-1])
    return order[first]


def _gates(outer: Floats, low: Floats, high: Floats, top_speed: float) -> tuple[Ints, Floats]:
    """Return the gate of each outer end of an arc across the rim, and the least weights between gates (g, g).

    A gate is the arcs across one stretch of the rim. Between two of them a way covers at least the distance
    of the boxes round their outer ends. Two ticks less allow for the rounding of the parts of two edges.
    """
    if not len(outer):
        return np.empty(0, dtype=np.int64), np.empty((0, 0))
    size = max(float((high - low).max()) / GATES, 1e-9)
    cell = np.floor((np.clip(outer, low, high) - low) / size).astype(np.int64)
    gate = np.unique(cell[:, 0] * (GATES + 1) + cell[:, 1], return_inverse=True)[1].reshape(-1)
    g = int(gate.max()) + 1
    least, most = np.full((g, 2), np.inf), np.full((g, 2), -np.inf)
    np.minimum.at(least, gate, outer)
    np.maximum.at(most, gate, outer)
    apart = np.maximum(np.maximum(least[:, None] - most[None], least[None] - most[:, None]), 0.0)
    ticks = np.floor(np.hypot(apart[..., 0], apart[..., 1]) / top_speed * (1 - 1e-9)) - 2
    return gate, np.maximum(ticks, 0.0) * 2.0**CM_BITS


def sweep(
    net: PathNet, sources: Ints, targets: Ints, need: Bools, *, limit: int = LIMIT, previous: bool = False
) -> Iterator[Found]:
    """Yield the needed pairs as they are proved, in crops that widen while pairs are left.

    Parameters
    ----------
    sources, targets : ndarray of int, shapes (s,) and (t,)
        Nodes of ``net``.
    need : ndarray of bool, shape (s, t)
        Pairs to find.
    limit : int
        Weight beyond which a way does not interest.
    previous : bool
        Also give the predecessors, from which the way itself can be read.
    """
    left = need & (net.group[sources][:, None] == net.group[targets][None, :])
    places = net.xy[np.r_[sources, targets]]
    pad = FIRST_PAD_M + FIRST_PAD_SHARE * float(np.ptp(places, axis=0).max(initial=0.0)) if len(places) else 0.0
    while left.any():
        rows = np.flatnonzero(left.any(axis=1))
        columns = np.flatnonzero(left.any(axis=0))
        box = net.xy[np.r_[sources[rows], targets[columns]]]
        crop = crop_net(net, box.min(axis=0) - pad, box.max(axis=0) + pad)
        for found in _search(crop, sources, targets, left, rows, (limit, previous)):
            yield found
            left[found.rows] &= ~found.wanted
        pad *= WIDEN


def _search(
    crop: Crop, sources: Ints, targets: Ints, left: Bools, rows: Ints, options: tuple[int, bool]
) -> Iterator[Found]:
    """Yield the ways from ``sources[rows]`` inside one crop, a chunk of rows at a time."""
    limit, previous = options
    c = len(crop.nodes)
    # Targets outside the crop are of pairs that are proved already: any column will do for them.
    column = np.minimum(np.searchsorted(crop.nodes, targets), c - 1)
    gates = np.arange(c, crop.graph.shape[0])
    enter = dijkstra(crop.graph, indices=gates, limit=limit)[:, column] if len(gates) else np.empty((0, len(targets)))
    step = max(1, CHUNK_BYTES // (8 * crop.graph.shape[0]))
    for start in range(0, len(rows), step):
        some = rows[start : start + step]
        at = np.searchsorted(crop.nodes, sources[some])
        result = dijkstra(crop.graph, indices=at, limit=limit, return_predecessors=previous)
        distance, before = result if previous else (result, None)
        weight = distance[:, column]
        bound = _bound(crop, distance, enter)
        proved = (weight <= bound) | (bound > limit)
        yield Found(some, weight, left[some] & proved, before, crop)


def _bound(crop: Crop, distance: Floats, enter: Floats) -> Floats:
    """Return the least weight (k, t) of a way that leaves the crop and comes back.

    ``distance`` is from the sources to the crop's nodes, ``enter`` from its gates to the targets.
    """
    bound = np.full((len(distance), enter.shape[1]), np.inf)
    if not len(crop.first):
        return bound
    leave = np.minimum.reduceat(distance[:, crop.rim] + crop.leave, crop.first, axis=1)
    for gate in range(len(enter)):
        back = (leave + crop.across[:, gate]).min(axis=1)
        np.minimum(bound, back[:, None] + enter[gate], out=bound)
    return bound

"""Fastest ways within a crop of the net, each with the proof that nothing outside the crop is faster.

A way that leaves the crop must cross its rim twice, so it weighs at least (lightest way from its start to an
arc that leaves) + (lightest way from an arc that enters to its end), and both parts can be found inside the
crop. What was found inside and is no heavier than that bound is the fastest way of the whole net. What is
heavier is looked for again in a wider crop, at last in the whole net.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from patrol.network.pathnet import LIMIT, PathNet

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

CHUNK_BYTES = 2**26  # of distances held at a time
FIRST_PAD_M = 500.0
FIRST_PAD_SHARE = 0.25  # of the longer side of the places' bounding box
WIDEN = 3.0


@dataclass(frozen=True, slots=True, eq=False)
class Crop:
    """The part of a net inside a box, numbered anew.

    Attributes
    ----------
    nodes : ndarray of int, shape (c,)
        Nodes of the net, ascending.
    graph : csr_array, shape (c + 1, c + 1)
        Weights; the last node stands for everything outside and has only arcs that enter.
    rim, leave : ndarray, shape (r,)
        Crop nodes with an arc to the outside, and the weight of the lightest such arc.
    """

    nodes: Ints
    graph: csr_array
    rim: Ints
    leave: Floats


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
    previous : ndarray of int, optional, shape (k, c + 1)
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
    inside = np.asarray(np.logical_and(net.xy >= low, net.xy <= high).all(axis=1))
    nodes = np.flatnonzero(inside)
    c = len(nodes)
    local = np.cumsum(inside) - 1
    from_inside, to_inside = inside[net.tail], inside[net.head]
    own = from_inside & to_inside
    leave, enter = np.full(c, np.inf), np.full(c, np.inf)
    out, into = from_inside & ~to_inside, to_inside & ~from_inside
    np.minimum.at(leave, local[net.tail[out]], net.weight[out])
    np.minimum.at(enter, local[net.head[into]], net.weight[into])
    rim, door = np.flatnonzero(np.isfinite(leave)), np.flatnonzero(np.isfinite(enter))
    counts = np.bincount(local[net.tail[own]], minlength=c)
    indptr = np.r_[0, np.cumsum(np.r_[counts, len(door)])].astype(np.int32)
    indices = np.r_[local[net.head[own]], door].astype(np.int32)
    graph = csr_array((np.r_[net.weight[own], enter[door]], indices, indptr), shape=(c + 1, c + 1))
    return Crop(nodes, graph, rim, leave[rim])


def fastest(net: PathNet, sources: Ints, targets: Ints, need: Bools, *, limit: int = LIMIT) -> Ints:
    """Return the weights (int64) of the lightest ways of the needed pairs, -1 where there is none within ``limit``.

    Parameters
    ----------
    sources, targets : ndarray of int, shapes (s,) and (t,)
        Nodes of ``net``.
    need : ndarray of bool, shape (s, t)
        Pairs to find; the others are -1.
    limit : int
        Weight beyond which a way does not interest.
    """
    answer = np.full(need.shape, -1, dtype=np.int64)
    for found in sweep(net, sources, targets, need, limit=limit):
        within = found.wanted & (found.weight <= limit)
        block = answer[found.rows]
        block[within] = found.weight[within].astype(np.int64)
        answer[found.rows] = block
    return answer


def sweep(
    net: PathNet, sources: Ints, targets: Ints, need: Bools, *, limit: int = LIMIT, previous: bool = False
) -> Iterator[Found]:
    """Yield the needed pairs as they are proved, in crops that widen while pairs are left.

    Parameters
    ----------
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
    enter = dijkstra(crop.graph, indices=c, limit=limit)[column] if len(crop.rim) else np.full(len(targets), np.inf)
    step = max(1, CHUNK_BYTES // (8 * (c + 1)))
    for start in range(0, len(rows), step):
        some = rows[start : start + step]
        at = np.searchsorted(crop.nodes, sources[some])
        result = dijkstra(crop.graph, indices=at, limit=limit, return_predecessors=previous)
        distance, before = result if previous else (result, None)
        leave = (distance[:, crop.rim] + crop.leave).min(axis=1, initial=np.inf)
        weight = distance[:, column]
        bound = leave[:, None] + enter[None, :]
        proved = (weight <= bound) | (bound > limit)
        yield Found(some, weight, left[some] & proved, before, crop)

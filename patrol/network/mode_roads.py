"""The roads as one mode uses them, each thing worked out once a graph: where it can stop, and the fastest ways."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from patrol.config import TravelSettings
from patrol.layers.memory import give_back
from patrol.network.hierarchy import Hierarchy, build_hierarchy
from patrol.network.nearby import Segments, put_in_grid
from patrol.network.roads import NO_STOPPING, RoadGraph, edge_seconds
from patrol.network.weights import CM_BITS, whole_cm, whole_ticks

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

# A piece of the road net with less than this share of its length is taken for a drawing fault or a yard:
# nobody gets there by road, so a place beside it is reached on foot from the net proper.
MAIN_SHARE = 0.05


@dataclass(frozen=True, eq=False)
class ModeRoads:
    """A road graph as one mode uses it; from :func:`prepare_mode`.

    Attributes
    ----------
    forward_s, backward_s : ndarray, shape (m,)
        Seconds along and against each edge, infinite where closed.
    """

    graph: RoadGraph
    forward_s: Floats
    backward_s: Floats

    @cached_property
    def stops(self) -> Ints:
        """The edges where the mode can stop, ascending."""
        return np.flatnonzero(_usable(self.graph, self.forward_s, self.backward_s)).astype(np.int64)

    @cached_property
    def near(self) -> Segments:
        """The segments of ``stops``, to find what lies near them."""
        graph = self.graph
        edge = np.repeat(np.arange(len(graph.u)), np.diff(graph.offsets))
        stop = np.zeros(len(graph.u), dtype=bool)
        stop[self.stops] = True
        inner = stop[edge]
        inner[graph.offsets[1:] - 1] = False  # from the end of one edge to the beginning of the next
        begin = np.flatnonzero(inner)
        segments = put_in_grid(graph.coords, begin, edge[begin])
        del edge, inner, begin
        give_back()
        return segments

    @cached_property
    def edge_cm(self) -> Ints:
        """Length of each edge in whole centimetres."""
        return whole_cm(self.graph.length_m)

    @cached_property
    def ticks(self) -> tuple[Floats, Floats]:
        """Whole ticks along and against each edge, infinite where closed."""
        return whole_ticks(self.forward_s), whole_ticks(self.backward_s)

    @cached_property
    def hierarchy(self) -> Hierarchy:
        """The hierarchy of the joints."""
        graph = self.graph
        give_back()  # the arcs are to lie where earlier steps had their arrays
        forward, backward = (ticks * 2.0**CM_BITS + self.edge_cm for ticks in self.ticks)
        hierarchy = build_hierarchy(graph.node_xy, graph.u, graph.v, forward, backward)
        give_back()
        return hierarchy


def prepare_mode(graph: RoadGraph, *, mode: str, settings: TravelSettings) -> ModeRoads:
    """Return the graph as a mode uses it; the graph keeps it for the next time.

    Modes that drive alike share one.

    Raises
    ------
    ValueError
        If the mode is none of ``layers.schema.MODES``.
    """
    own_kmh = {"foot": settings.foot_kmh, "ebike": settings.ebike_kmh}.get(mode, 0.0)
    key = ("vehicle" if mode == "drone" else mode, own_kmh)
    if key not in graph.prepared:
        graph.prepared[key] = ModeRoads(graph, *edge_seconds(graph, mode=mode, settings=settings))
    found: ModeRoads = graph.prepared[key]
    return found


def _usable(graph: RoadGraph, forward: Floats, backward: Floats) -> Bools:
    """Return the edges where the mode can stop: reached from, and left to, a main part of the road net.

    A main part is a strongly connected piece (oneways respected) of at least ``MAIN_SHARE`` of the mode's
    road length; the longest always is one. So a dead-end oneway or an isolated scrap of road is never
    where a car is sent, and every two places on one main part have a way there and back.
    """
    ahead, back = np.isfinite(forward), np.isfinite(backward)
    open_ = ahead | back
    n = len(graph.node_xy)
    if not open_.any():
        return open_
    tail = np.r_[graph.u[ahead], graph.v[back]]
    head = np.r_[graph.v[ahead], graph.u[back]]
    arcs = coo_array((np.ones(len(tail)), (tail, head)), shape=(n, n))
    count, label = connected_components(arcs, directed=True, connection="strong")
    inside = open_ & (label[graph.u] == label[graph.v])
    if not inside.any():  # every road a oneway with nowhere to turn: better a way in than none
        return open_ & ~graph.is_class(NO_STOPPING)
    length = np.bincount(label[graph.u[inside]], weights=graph.length_m[inside], minlength=count)
    main = length >= min(MAIN_SHARE * length.sum(), length.max())
    return np.asarray(inside & main[label[graph.u]] & ~graph.is_class(NO_STOPPING))

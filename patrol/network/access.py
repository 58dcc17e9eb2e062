"""Where people and cars get onto the roads: the nearest usable road point of each place."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from patrol.config import TravelSettings
from patrol.network.roads import NO_STOPPING, RoadGraph, edge_seconds

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

# A piece of the road net with less than this share of its length is taken for a drawing fault or a yard:
# nobody gets there by road, so a place beside it is reached on foot from the net proper.
MAIN_SHARE = 0.05


@dataclass(frozen=True, slots=True, eq=False)
class Access:
    """Places and how each gets onto the roads; arrays of shape (n,).

    Attributes
    ----------
    x, y : ndarray of float
        Where legs begin and end, metric CRS: the road point, but the place itself on foot and without roads.
    edge : ndarray of int
        Edge of the road graph that the road point lies on, -1 if there is none.
    offset : ndarray of float
        Metres along that edge.
    gap_m, walk_m : ndarray of float
        Straight metres from the place to the road point, and the walk (times the detour factor).
    reached : ndarray of bool
        Whether that walk is short enough for the mode.
    """

    x: Floats
    y: Floats
    edge: Ints
    offset: Floats
    gap_m: Floats
    walk_m: Floats
    reached: Bools


def usable_edges(graph: RoadGraph, *, mode: str, settings: TravelSettings) -> Bools:
    """Return the edges where the mode can stop: reached from, and left to, a main part of the road net.

    A main part is a strongly connected piece (oneways respected) of at least ``MAIN_SHARE`` of the mode's
    road length; the longest always is one. So a dead-end oneway or an isolated scrap of road is never
    where a car is sent, and every two places on one main part have a way there and back.
    """
    forward, backward = edge_seconds(graph, mode=mode, settings=settings)
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


def road_access(graph: RoadGraph | None, xy: Floats, *, mode: str, settings: TravelSettings) -> Access:
    """Return how each place gets onto the roads.

    Parameters
    ----------
    graph : RoadGraph or None
        Without roads every place is its own access.
    xy : ndarray, shape (n, 2)
        Places in the metric CRS of the graph.
    mode : str
        One of ``layers.schema.MODES``.
    settings : TravelSettings
        ``detour_factor``; ``max_walk_in_m`` limits the walk from a car or e-bike, ``foot_direct_m`` the
        straight way of a walker to the road.

    Returns
    -------
    Access
        The nearest point of :func:`usable_edges`; of equally near edges the one with the lowest index.
    """
    xy = np.asarray(xy, dtype=np.float64).reshape(-1, 2)
    n = len(xy)
    if graph is None:
        zero, yes = np.zeros(n), np.ones(n, dtype=bool)
        return Access(xy[:, 0].copy(), xy[:, 1].copy(), np.full(n, -1), zero, zero.copy(), zero.copy(), yes)
    edges = np.flatnonzero(usable_edges(graph, mode=mode, settings=settings))
    if not len(edges):
        far = np.full(n, np.inf)
        no = np.zeros(n, dtype=bool)
        return Access(xy[:, 0].copy(), xy[:, 1].copy(), np.full(n, -1), np.zeros(n), far, far.copy(), no)
    lines = graph.lines(edges)
    points = shapely.points(xy)
    place, line = shapely.STRtree(lines).query_nearest(points)
    order = np.lexsort((line, place))
    first = np.unique(place[order], return_index=True)[1]
    chosen = line[order][first]
    offset = shapely.line_locate_point(lines[chosen], points)
    on_road = shapely.get_coordinates(shapely.line_interpolate_point(lines[chosen], offset)).reshape(-1, 2)
    gap = np.hypot(*(on_road - xy).T)
    walk = gap * settings.detour_factor
    at = xy if mode == "foot" else on_road
    reached = gap <= settings.foot_direct_m if mode == "foot" else walk <= settings.max_walk_in_m
    return Access(at[:, 0].copy(), at[:, 1].copy(), edges[chosen].astype(np.int64), offset, gap, walk, reached)

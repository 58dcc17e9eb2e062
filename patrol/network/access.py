"""Where people and cars get onto the roads: the nearest usable road point of each place."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from patrol.config import TravelSettings
from patrol.network.mode_roads import prepare_mode
from patrol.network.roads import RoadGraph

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


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
        The nearest point of the edges where the mode can stop; of equally near edges the one with the lowest index.
    """
    xy = np.asarray(xy, dtype=np.float64).reshape(-1, 2)
    n = len(xy)
    if graph is None:
        zero, yes = np.zeros(n), np.ones(n, dtype=bool)
        return Access(xy[:, 0].copy(), xy[:, 1].copy(), np.full(n, -1), zero, zero.copy(), zero.copy(), yes)
    roads = prepare_mode(graph, mode=mode, settings=settings)
    if not len(roads.stops):
        far = np.full(n, np.inf)
        no = np.zeros(n, dtype=bool)
        return Access(xy[:, 0].copy(), xy[:, 1].copy(), np.full(n, -1), np.zeros(n), far, far.copy(), no)
    lines = roads.lines
    points = shapely.points(xy)
    place, line = roads.tree.query_nearest(points)
    order = np.lexsort((line, place))
    first = np.unique(place[order], return_index=True)[1]
    chosen = line[order][first]
    offset = shapely.line_locate_point(lines[chosen], points)
    on_road = shapely.get_coordinates(shapely.line_interpolate_point(lines[chosen], offset)).reshape(-1, 2)
    gap = np.hypot(*(on_road - xy).T)
    walk = gap * settings.detour_factor
    at = xy if mode == "foot" else on_road
    reached = gap <= settings.foot_direct_m if mode == "foot" else walk <= settings.max_walk_in_m
    return Access(at[:, 0].copy(), at[:, 1].copy(), roads.stops[chosen], offset, gap, walk, reached)

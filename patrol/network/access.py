"""Where people and cars get onto the roads: the nearest usable road point of each place."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from patrol.config import TravelSettings
from patrol.network.mode_roads import prepare_mode
from patrol.network.nearby import nearest_line
from patrol.network.roads import RoadGraph
from patrol.network.water import crosses, nearest_dry

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
        The nearest point of the edges where the mode can stop that is on the same side of the water (if the graph has
        any); of equally near edges the one with the lowest index. A place with no such point is not reached.
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
    edge, lines = nearest_line(roads.near, xy, graph.lines)
    offset = shapely.line_locate_point(lines, shapely.points(xy))
    on_road = shapely.get_coordinates(shapely.line_interpolate_point(lines, offset)).reshape(-1, 2)
    dry = np.ones(n, dtype=bool)
    if graph.water is not None:
        limit = settings.foot_direct_m if mode == "foot" else settings.max_walk_in_m / settings.detour_factor
        dry = _turn_to_dry(graph, roads.stops, xy, (edge, offset, on_road), limit)
    gap = np.hypot(*(on_road - xy).T)
    walk = gap * settings.detour_factor
    at = xy if mode == "foot" else on_road
    reached = dry & (gap <= settings.foot_direct_m if mode == "foot" else walk <= settings.max_walk_in_m)
    return Access(at[:, 0].copy(), at[:, 1].copy(), edge, offset, gap, walk, reached)


def _turn_to_dry(
    graph: RoadGraph, stops: Ints, xy: Floats, found: tuple[Ints, Floats, Floats], limit_m: float
) -> Bools:
    """Put the nearest road point on its own side of the water in place of one beyond; return where there is one.

    ``found`` (edge, metres along it, point) is changed in place.
    """
    assert graph.water is not None
    dry = ~crosses(graph.water, xy, found[2])
    wet = np.flatnonzero(~dry)
    if len(wet):
        line, along, at, there = nearest_dry(graph.water, graph.lines(stops), xy[wet], limit_m)
        for array, values in zip(found, (stops[line], along, at), strict=True):
            array[wet[there]] = values[there]
        dry[wet] = there
    return dry

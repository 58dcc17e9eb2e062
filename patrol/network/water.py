"""Canals and rivers as barriers: nobody walks straight across them away from a road.

A leg on foot that leaves the roads may not cross a water line, except at a crossing of a road with it: whoever wants
to the other side goes round by the bridge. Water is only a barrier where roads are known too, for without
roads no bridge is known either.
"""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

BRIDGE_M = 15.0  # water this close to where a road crosses it is under the bridge
ENDS_M = 2.0  # a pole that stands in the water's drawn line is on neither side


@dataclass(frozen=True, eq=False)
class Water:
    """Water lines less their bridges, in the metric CRS of the roads; from :func:`make_water`."""

    lines: NDArray[np.object_]
    tree: shapely.STRtree


def make_water(water: gpd.GeoDataFrame, roads: gpd.GeoDataFrame) -> Water | None:
    """Return the barrier that a water layer makes to walkers, or None if there is no water.

    Parameters
    ----------
    water, roads : GeoDataFrame
        LineStrings in the same metric CRS.
    """
    lines = water.geometry.to_numpy()
    if not len(lines):
        return None
    if len(roads):
        ways = roads.geometry.to_numpy()
        way, line = shapely.STRtree(lines).query(ways, predicate="intersects").reshape(2, -1)
        bridges = shapely.buffer(shapely.intersection(ways[way], lines[line]), BRIDGE_M)
        under = np.array([shapely.union_all(bridges[line == k]) for k in range(len(lines))], dtype=object)
        lines = shapely.difference(lines, under)
    parts = shapely.get_parts(lines)
    parts = parts[~shapely.is_empty(parts)]
    return Water(parts, shapely.STRtree(parts))


def crosses(water: Water, a_xy: Floats, b_xy: Floats) -> Bools:
    """Return which straight ways between two places cross the water away from a bridge.

    Parameters
    ----------
    a_xy, b_xy : ndarray, shape (k, 2)
        Ends of each way, metric CRS. The last ``ENDS_M`` at either end do not count.
    """
    result = np.zeros(len(a_xy), dtype=bool)
    length = np.hypot(*(b_xy - a_xy).T)
    some = np.flatnonzero(length > 2 * ENDS_M)
    if len(some):
        step = (b_xy[some] - a_xy[some]) * (ENDS_M / length[some])[:, None]
        ways = shapely.linestrings(np.stack([a_xy[some] + step, b_xy[some] - step], axis=1))
        result[some[np.unique(water.tree.query(ways, predicate="intersects")[0])]] = True
    return result


def nearest_dry(
    water: Water, lines: NDArray[np.object_], xy: Floats, limit_m: float
) -> tuple[Ints, Floats, Floats, Bools]:
    """Return the nearest point of some roads that each place gets to without crossing water.

    Parameters
    ----------
    lines : ndarray of LineString, shape (m,)
    xy : ndarray, shape (k, 2)
    limit_m : float
        Roads farther than this are not looked at.

    Returns
    -------
    tuple
        Position in ``lines``, metres along it, the point (k, 2), and whether there is one.
    """
    points = shapely.points(xy)
    place, line = shapely.STRtree(lines).query(points, predicate="dwithin", distance=limit_m).reshape(2, -1)
    along = shapely.line_locate_point(lines[line], points[place])
    at = shapely.get_coordinates(shapely.line_interpolate_point(lines[line], along)).reshape(-1, 2)
    dry = ~crosses(water, xy[place], at)
    place, line, along, at = place[dry], line[dry], along[dry], at[dry]
    order = np.lexsort((line, np.round(np.hypot(*(at - xy[place]).T), 3), place))
    there, first = np.unique(place[order], return_index=True)
    chosen = order[first]
    found = (np.zeros(len(xy), dtype=np.int64), np.zeros(len(xy)), xy.copy(), np.zeros(len(xy), dtype=bool))
    for array, values in zip(found, (line[chosen], along[chosen], at[chosen], True), strict=True):
        array[there] = values
    return found

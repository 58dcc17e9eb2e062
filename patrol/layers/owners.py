"""Which zone answers for what lies in none: the nearest, so that nothing is without an owner."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray


def nearest_zone(shapes: NDArray[Any], zones: gpd.GeoDataFrame) -> NDArray[np.object_]:
    """Return the id of the zone nearest to each geometry; of several as near the first id by name.

    Parameters
    ----------
    shapes : ndarray of object, shape (n,)
        Geometries in the CRS of ``zones``; what is None or empty belongs to nobody.
    zones : GeoDataFrame
        With ``zone_id``.

    Returns
    -------
    ndarray of object, shape (n,)
        ``""`` where there is no zone or no geometry.
    """
    result = np.full(len(shapes), "", dtype=object)
    ordered = zones.sort_values("zone_id", kind="stable")
    drawn = ordered[~(ordered.geometry.is_empty | ordered.geometry.isna())]
    if drawn.empty or not len(shapes):
        return result
    shape, zone = shapely.STRtree(drawn.geometry.to_numpy()).query_nearest(shapes, all_matches=True)
    first = np.full(len(shapes), len(drawn))
    np.minimum.at(first, shape, zone)
    near = first < len(drawn)
    result[near] = drawn["zone_id"].to_numpy()[first[near]]
    return result

"""Which zone answers for what: every section and place has exactly one owner."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from patrol.layers.owners import nearest_zone


def zone_of_points(points: NDArray[Any], zones: gpd.GeoDataFrame) -> NDArray[np.object_]:
    """Return the zone id of each point geometry, outside every zone the nearest; on a border the first id by name."""
    result = np.full(len(points), "", dtype=object)
    if zones.empty or not len(points):
        return result
    ordered = zones.sort_values("zone_id", kind="stable")
    tree = shapely.STRtree(ordered.geometry.to_numpy())
    point, zone = tree.query(points, predicate="intersects")
    first = np.full(len(points), len(ordered))
    np.minimum.at(first, point, zone)
    inside = first < len(ordered)
    result[inside] = ordered["zone_id"].to_numpy()[first[inside]]
    result[~inside] = nearest_zone(points[~inside], zones)
    return result


def zone_of_sections(sections: gpd.GeoDataFrame, zones: gpd.GeoDataFrame) -> pd.Series[Any]:
    """Return the zone of each section: where its longest part lies, else the nearest; ties go to the first by name."""
    result = pd.Series("", index=sections.index, name="zone_id", dtype=object)
    if zones.empty or sections.empty:
        return result
    ordered = zones.sort_values("zone_id", kind="stable")
    tree = shapely.STRtree(ordered.geometry.to_numpy())
    lines = sections.geometry.to_numpy()
    line, zone = tree.query(lines, predicate="intersects")
    shared = np.zeros(len(line))
    several = np.bincount(line)[line] > 1  # most lie in one zone, which needs no measuring
    parts = shapely.intersection(lines[line[several]], ordered.geometry.to_numpy()[zone[several]])
    shared[several] = shapely.length(parts)
    table = pd.DataFrame({"line": line, "zone": zone, "metres": np.round(shared, 3)})
    table = table.sort_values(["line", "metres", "zone"], ascending=[True, False, True], kind="stable")
    best = table.drop_duplicates("line")
    result.iloc[best["line"].to_numpy()] = ordered["zone_id"].to_numpy()[best["zone"].to_numpy()]
    outside = np.setdiff1d(np.arange(len(lines)), best["line"])
    result.iloc[outside] = nearest_zone(lines[outside], zones).tolist()
    return result

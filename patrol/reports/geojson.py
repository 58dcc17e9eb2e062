"""A whole plan as one GeoJSON file (RFC 7946): stops, legs between them, and the lines patrolled.

WGS84 longitude and latitude with seven decimals, no ``crs`` member. Strings are escaped so that the file is inert
even where somebody pastes it into a page.
"""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from patrol import text

DECIMALS = 7


def geojson_bytes(
    stops: gpd.GeoDataFrame, legs: gpd.GeoDataFrame, lines: gpd.GeoDataFrame, *, title: str, notice: str
) -> bytes:
    """Return a FeatureCollection of WGS84 frames of :mod:`patrol.reports.stops`.

    ``properties.feature`` is ``stop``, ``leg`` or ``line``; the other properties are the columns of the frames.
    """
    layers = {"stop": stops, "leg": legs, "line": lines}
    features = [_feature(name, row, shape) for name, frame in layers.items() for row, shape in _pairs(frame)]
    boxes = [frame.total_bounds for frame in layers.values() if len(frame)]
    head: dict[str, Any] = {"type": "FeatureCollection", "title": text.clean(title), "notice": text.clean(notice)}
    if boxes:
        low, high = np.min(boxes, axis=0)[:2], np.max(boxes, axis=0)[2:]
        head["bbox"] = [round(float(value), DECIMALS) for value in (*low, *high)]
    return (text.json_in_page({**head, "features": features}) + "\n").encode()


def _pairs(frame: gpd.GeoDataFrame) -> list[tuple[dict[str, Any], Any]]:
    return list(zip(frame.drop(columns="geometry").to_dict("records"), frame.geometry, strict=True))


def _feature(kind: str, row: dict[str, Any], shape: Any) -> dict[str, Any]:
    points = np.round(shapely.get_coordinates(shape), DECIMALS).tolist()
    where = points[0] if shape.geom_type == "Point" else points
    properties = {key: _plain(value) for key, value in row.items() if key not in {"lon", "lat"}}
    return {
        "type": "Feature",
        "geometry": {"type": shape.geom_type, "coordinates": where},
        "properties": {"feature": kind, **properties},
    }


def _plain(value: Any) -> Any:
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    if isinstance(value, (int, np.integer)):
        return int(value)
    return float(value) if isinstance(value, (float, np.floating)) else text.clean(value)

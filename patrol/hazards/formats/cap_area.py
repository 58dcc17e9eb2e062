"""Areas of CAP alerts: polygons and circles, latitude first, as polygons in WGS84."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import shapely
from pyproj import Geod

from patrol.hazards.formats.records import number

MAX_KM = 2000.0  # a wider circle warns of nothing in particular, and may go round a pole
SIDES = 64
_WGS84 = Geod(ellps="WGS84")


def area_of(polygons: list[str], circles: list[str]) -> tuple[str, list[str]]:
    """Return the union of polygons and circles as WKT, and what of it cannot be read.

    Parameters
    ----------
    polygons : list of str
        ``lat,lon lat,lon ...`` in WGS84 degrees; a ring that is not closed is closed.
    circles : list of str
        ``lat,lon radius`` with the radius in kilometres.

    Returns
    -------
    tuple of (str, list of str)
        WKT of a polygon or multipolygon (longitude first, six decimals; "" if nothing is left), and faults.
    """
    shapes, faults = [], []
    for kind, texts, make in (("polygon", polygons, _polygon), ("circle", circles, _circle)):
        for said in texts:
            shape, fault = make(said)
            if shape is not None:
                shapes.append(shape)
            else:
                faults.append(f"{kind} {said[:40]!r} {fault}")
    union = _polygonal(shapely.union_all(shapes)) if shapes else None
    return (shapely.to_wkt(union, rounding_precision=6) if union is not None else ""), faults


def _pair(said: str) -> tuple[float, float] | None:
    """Return (lon, lat) of ``lat,lon``."""
    parts = said.split(",")
    if len(parts) != 2:
        return None
    lat, lon = (number(part) if part.strip() else None for part in parts)
    return None if lat is None or lon is None or abs(lat) > 90 or abs(lon) > 180 else (lon, lat)


def _polygon(said: str) -> tuple[Any, str]:
    ring = [_pair(part) for part in said.split()]
    points = [point for point in ring if point is not None]
    if len(points) < len(ring):
        return None, "has a corner that is no lat,lon"
    if len(set(points)) < 3:
        return None, "has fewer than three corners"
    if _jumps(np.array(points)[:, 0]):
        return None, "crosses the date line"
    shape = _polygonal(shapely.make_valid(shapely.Polygon(points)))
    return (shape, "") if shape is not None else (None, "encloses nothing")


def _circle(said: str) -> tuple[Any, str]:
    parts = said.split()
    centre = _pair(parts[0]) if len(parts) == 2 else None
    radius = number(parts[1]) if len(parts) == 2 else None
    if centre is None or radius is None:
        return None, "is no lat,lon radius"
    if not 0 < radius <= MAX_KM:
        return None, "has no radius" if radius <= 0 else f"is wider than {MAX_KM:g} km"
    # Corners a little outside, so that the polygon holds the circle.
    away = np.full(SIDES, radius * 1000 / math.cos(math.pi / SIDES))
    angles = np.linspace(0, 360, SIDES, endpoint=False)
    lon, lat, _ = _WGS84.fwd(np.full(SIDES, centre[0]), np.full(SIDES, centre[1]), angles, away)
    if _jumps(lon):
        return None, "crosses the date line"
    return _polygonal(shapely.make_valid(shapely.Polygon(np.column_stack([lon, lat])))), "encloses nothing"


def _jumps(lon: Any) -> bool:
    return bool((np.abs(np.diff(lon, append=lon[:1])) > 180).any())


def _polygonal(shape: Any) -> Any:
    """Return the polygons of a shape, None if it encloses nothing."""
    parts = [part for part in shapely.get_parts(shape, return_index=False) if part.geom_type != "GeometryCollection"]
    kept = [part for part in shapely.get_parts(parts) if part.geom_type == "Polygon" and part.area > 0]
    return shapely.union_all(kept) if kept else None

"""GCJ-02 and BD-09, the shifted coordinates of Chinese web maps, and the way back to WGS84.

Each system has a type of its own, and each function takes one type and returns another, so shifting
twice does not type-check and raises ``TypeError`` when it is tried all the same. Outside the
rectangle round China both systems are WGS84, unchanged.

The formulas are the ones everybody uses, published among others by googollee/eviltransform (MIT):
two short Fourier series about 105E 35N, in metres, turned to degrees on the Krasovsky 1940 ellipsoid.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

BOX = (72.004, 0.8293, 137.8347, 55.8271)  # lon, lat, lon, lat: where the shift applies
_A = 6_378_245.0  # Krasovsky 1940, metres
_EE = 0.006_693_421_622_965_943_23  # its first eccentricity squared
_BD_TURN = np.pi * 3000.0 / 180.0
_EDGE_DEG = 0.05  # no shift is that long
_ROUNDS = 12  # each round gains three digits (the shift changes by under 1/1000 of a step): ample


@dataclass(frozen=True, slots=True)
class _Points:
    """Longitudes and latitudes in degrees, as two arrays of one shape."""

    lon: FloatArray
    lat: FloatArray

    def __post_init__(self) -> None:
        object.__setattr__(self, "lon", np.asarray(self.lon, dtype=np.float64))
        object.__setattr__(self, "lat", np.asarray(self.lat, dtype=np.float64))
        if self.lon.shape != self.lat.shape:
            raise ValueError(f"lon has shape {self.lon.shape}, lat {self.lat.shape}")


class Wgs84(_Points):
    """Points in WGS84."""

    __slots__ = ()


class Gcj02(_Points):
    """Points in GCJ-02 (Amap, Tencent)."""

    __slots__ = ()


class Bd09(_Points):
    """Points in BD-09 (Baidu)."""

    __slots__ = ()


def gcj_from_wgs(points: Wgs84) -> Gcj02:
    """Return WGS84 points as GCJ-02, for links that open a Chinese map.

    Raises
    ------
    TypeError
        If the points are not :class:`Wgs84`.
    """
    _only(points, Wgs84)
    return Gcj02(*_where_inside(_to_gcj, points))


def wgs_from_gcj(points: Gcj02) -> Wgs84:
    """Return GCJ-02 points as WGS84, by fixed point (exact to well under a millimetre).

    Raises
    ------
    TypeError
        If the points are not :class:`Gcj02`.
    """
    _only(points, Gcj02)
    return Wgs84(*_inverse(_to_gcj, points))


def bd_from_gcj(points: Gcj02) -> Bd09:
    """Return GCJ-02 points as BD-09.

    Raises
    ------
    TypeError
        If the points are not :class:`Gcj02`.
    """
    _only(points, Gcj02)
    return Bd09(*_where_inside(_to_bd, points))


def gcj_from_bd(points: Bd09) -> Gcj02:
    """Return BD-09 points as GCJ-02, by fixed point.

    Raises
    ------
    TypeError
        If the points are not :class:`Bd09`.
    """
    _only(points, Bd09)
    return Gcj02(*_inverse(_to_bd, points))


def wgs_from_bd(points: Bd09) -> Wgs84:
    """Return BD-09 points as WGS84.

    Raises
    ------
    TypeError
        If the points are not :class:`Bd09`.
    """
    return wgs_from_gcj(gcj_from_bd(points))


def inside_box(lon: FloatArray, lat: FloatArray, *, margin: float = 0.0) -> npt.NDArray[np.bool_]:
    """Return which points lie in the rectangle where the shift applies, widened by ``margin`` degrees."""
    west, south, east, north = BOX
    inside = (lon >= west - margin) & (lon <= east + margin) & (lat >= south - margin) & (lat <= north + margin)
    return np.asarray(inside, dtype=np.bool_)


def _only(points: Any, kind: type[_Points]) -> None:
    if type(points) is not kind:
        raise TypeError(f"expected {kind.__name__}, got {type(points).__name__}: coordinates are shifted once")


Shift = Callable[[FloatArray, FloatArray], tuple[FloatArray, FloatArray]]


def _where_inside(shift: Shift, points: _Points) -> tuple[FloatArray, FloatArray]:
    lon, lat = points.lon.copy(), points.lat.copy()
    inside = inside_box(lon, lat)
    lon[inside], lat[inside] = shift(lon[inside], lat[inside])
    return lon, lat


def _inverse(shift: Shift, points: _Points) -> tuple[FloatArray, FloatArray]:
    # The series stays smooth beyond the rectangle, so iterate a little past its edge, and ask of the
    # result whether it lies inside: a point just outside the edge may well come from one just inside.
    lon, lat = points.lon.copy(), points.lat.copy()
    near = inside_box(lon, lat, margin=_EDGE_DEG)
    there_lon, there_lat = lon[near], lat[near]
    x, y = there_lon, there_lat
    for _ in range(_ROUNDS):
        moved_lon, moved_lat = shift(x, y)
        x, y = x + (there_lon - moved_lon), y + (there_lat - moved_lat)
    from_inside = inside_box(x, y)
    lon[near] = np.where(from_inside, x, there_lon)
    lat[near] = np.where(from_inside, y, there_lat)
    return lon, lat


def _to_gcj(lon: FloatArray, lat: FloatArray) -> tuple[FloatArray, FloatArray]:
    x, y = lon - 105.0, lat - 35.0
    root = np.sqrt(np.abs(x))
    waves = 20.0 * np.sin(6.0 * np.pi * x) + 20.0 * np.sin(2.0 * np.pi * x)
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root
    north += (waves + 20.0 * np.sin(np.pi * y) + 40.0 * np.sin(np.pi / 3.0 * y)) * 2.0 / 3.0
    north += (160.0 * np.sin(np.pi / 12.0 * y) + 320.0 * np.sin(np.pi / 30.0 * y)) * 2.0 / 3.0
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root
    east += (waves + 20.0 * np.sin(np.pi * x) + 40.0 * np.sin(np.pi / 3.0 * x)) * 2.0 / 3.0
    east += (150.0 * np.sin(np.pi / 12.0 * x) + 300.0 * np.sin(np.pi / 30.0 * x)) * 2.0 / 3.0
    phi = np.radians(lat)
    w2 = 1.0 - _EE * np.sin(phi) ** 2
    meridian = _A * (1.0 - _EE) / (w2 * np.sqrt(w2))  # radii of curvature, metres
    parallel = _A / np.sqrt(w2) * np.cos(phi)
    return lon + np.degrees(east / parallel), lat + np.degrees(north / meridian)


def _to_bd(lon: FloatArray, lat: FloatArray) -> tuple[FloatArray, FloatArray]:
    radius = np.hypot(lon, lat) + 0.000_02 * np.sin(lat * _BD_TURN)
    angle = np.arctan2(lat, lon) + 0.000_003 * np.cos(lon * _BD_TURN)
    return radius * np.cos(angle) + 0.0065, radius * np.sin(angle) + 0.006

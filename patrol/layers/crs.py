"""Coordinates at the door: what a layer declares, the one metric CRS of a project, and the way between.

Nothing is guessed. A layer states its CRS in its file or in ``project.toml``; ``GCJ-02`` and ``BD-09``
exist only as such a statement. All transforms take x = east or longitude first.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
import numpy.typing as npt
import pyproj
from pyproj.exceptions import CRSError, ProjError

from patrol.errors import Finding, LayerError
from patrol.layers.gcj import Bd09, Gcj02, Wgs84, inside_box, wgs_from_bd, wgs_from_gcj

FloatArray = npt.NDArray[np.float64]

WGS84 = pyproj.CRS.from_epsg(4326)
SCALE_TOLERANCE = 0.01  # a metre of the project's CRS may be off by one part in a hundred, not more
HOW_TO_STATE = (
    'ask who made it, then state it in project.toml: crs = "EPSG:4490" (CGCS2000 degrees), "EPSG:4545" '
    '(CGCS2000 3-degree, 108E), "EPSG:4326" (GPS), "GCJ-02" (Amap, Tencent) or "BD-09" (Baidu)'
)
OWN_PARAMETERS = (
    "have the survey office convert it to CGCS2000, or declare a PROJ text with its local parameters: "
    'crs = "+proj=tmerc ... +towgs84=..."'
)
_SHIFTED = {"gcj02": "gcj", "gcj": "gcj", "火星坐标": "gcj", "bd09": "bd", "bd09ll": "bd", "百度坐标": "bd"}


class CrsRefusedError(ValueError):
    """A statement of a CRS that cannot be used; ``mend`` says what to do."""

    def __init__(self, what: str, mend: str) -> None:
        super().__init__(what)
        self.mend = mend


@dataclass(frozen=True, slots=True)
class Declared:
    """The system that the coordinates of one layer are in.

    Attributes
    ----------
    system : {'crs', 'gcj', 'bd'}
        ``gcj`` and ``bd`` are GCJ-02 and BD-09; their ``crs`` is WGS84, which holds after unshifting.
    crs : pyproj.CRS
    name : str
        As people know it, for messages.
    """

    system: Literal["crs", "gcj", "bd"]
    crs: pyproj.CRS
    name: str

    @property
    def in_degrees(self) -> bool:
        """Whether coordinates are longitude and latitude."""
        return bool(self.crs.is_geographic)


def declared(words: str) -> Declared:
    """Return the system that a text names: EPSG code, WKT, PROJ text, ``GCJ-02`` or ``BD-09``.

    Raises
    ------
    CrsRefusedError
        If it names none, or one that cannot hold a map, or one on an old datum without its parameters.
    """
    plain = "".join(char for char in words.casefold() if char.isalnum())
    if plain in _SHIFTED:
        system = _SHIFTED[plain]
        name = "GCJ-02" if system == "gcj" else "BD-09"
        return Declared("gcj" if system == "gcj" else "bd", WGS84, name)
    try:
        crs = pyproj.CRS.from_user_input(words)
    except CRSError as error:
        raise CrsRefusedError(f"{words[:80]!r} names no coordinate reference system", HOW_TO_STATE) from error
    if not (crs.is_geographic or crs.is_projected):
        raise CrsRefusedError(f"{crs.name} is a {crs.type_name}, which holds no map coordinates", HOW_TO_STATE)
    if crs.is_geographic and crs.axis_info and crs.axis_info[0].unit_name != "degree":
        raise CrsRefusedError(f"{crs.name} is not in degrees", HOW_TO_STATE)
    try:
        way = way_between(crs, WGS84).description
    except ProjError as error:  # the Moon, or a damaged text
        raise CrsRefusedError(f"{crs.name} has no way to WGS84", HOW_TO_STATE) from error
    if _needs_own_parameters(crs, way):
        what = f"{crs.name} has no published way to WGS84: without its local parameters it is off by 50-150 m"
        raise CrsRefusedError(what, OWN_PARAMETERS)
    code = crs.to_epsg()
    return Declared("crs", crs, f"EPSG:{code}" if code else crs.name)


def _needs_own_parameters(crs: pyproj.CRS, way: str) -> bool:
    """Return whether a CRS stands on an old datum whose parameters are local (and in China secret).

    ``way`` is PROJ's description of how it would get to WGS84.
    """
    if crs.is_bound:
        return False  # +towgs84 states them
    datum = (crs.datum.name if crs.datum is not None else "").casefold().replace("_", " ")
    if ("xian" in datum and "80" in datum) or ("beijing" in datum):
        return True
    if crs.ellipsoid is None or abs(crs.ellipsoid.semi_major_metre - 6_378_137.0) < 1.0:
        return False  # WGS84, GRS80 and CGCS2000 differ by less than a map shows
    return "ballpark" in way.casefold()


def unshifted(xy: FloatArray, system: Declared) -> FloatArray:
    """Return coordinates (n, 2) in ``system.crs``: the shift of GCJ-02 and BD-09 taken back, others unchanged."""
    if system.system == "crs":
        return xy
    if system.system == "gcj":
        points = wgs_from_gcj(Gcj02(xy[:, 0], xy[:, 1]))
    else:
        points = wgs_from_bd(Bd09(xy[:, 0], xy[:, 1]))
    return np.column_stack([points.lon, points.lat])


def transformed(xy: FloatArray, system: Declared, target: pyproj.CRS) -> FloatArray:
    """Return coordinates (n, 2) in a target CRS, infinite where there is no way.

    Parameters
    ----------
    xy : float array (n, 2)
        East or longitude first, in ``system``.
    """
    if not len(xy):
        return np.empty((0, 2))
    plain = unshifted(np.asarray(xy, dtype=np.float64), system)
    x, y = way_between(system.crs, target).transform(plain[:, 0], plain[:, 1])
    return np.column_stack([x, y])


@lru_cache(maxsize=32)
def way_between(source: pyproj.CRS, target: pyproj.CRS) -> pyproj.Transformer:
    """Return the transformer between two CRSs, east or longitude first; looking it up takes 50 ms, so it is kept."""
    return pyproj.Transformer.from_crs(source, target, always_xy=True)


def to_wgs84(xy: FloatArray, system: Declared) -> Wgs84:
    """Return coordinates (n, 2) as WGS84 longitude and latitude."""
    lonlat = transformed(xy, system, WGS84)
    return Wgs84(lonlat[:, 0], lonlat[:, 1])


def utm_zone(lon: float, lat: float) -> int:
    """Return the EPSG code of the UTM zone (WGS84) in which a place lies: metres, wherever that is."""
    return (32600 if lat >= 0 else 32700) + min(max(int((lon + 180) // 6) + 1, 1), 60)


def metric_crs(stated: str, lonlat: Wgs84) -> pyproj.CRS:
    """Return the metric CRS of a project.

    Parameters
    ----------
    stated : str
        ``crs`` of ``project.toml``; if empty, the UTM zone (WGS84) of the lines' median position is taken
        (a stray line at 0, 0 must not move it).
    lonlat : Wgs84
        Where the lines lie.

    Raises
    ------
    LayerError
        If the stated CRS is unknown, geographic, not in metres, on a datum without a way to WGS84, or
        its metres are more than 1 % off where the lines lie (Web Mercator, or a zone far away).
    """
    lon, lat = (float(np.median(part[np.isfinite(part)])) for part in (lonlat.lon, lonlat.lat))
    if not stated:
        return pyproj.CRS.from_epsg(utm_zone(lon, lat))
    example = 'write for example crs = "EPSG:4545", or leave it out for UTM'
    try:
        system = declared(stated)
    except CrsRefusedError as error:
        raise LayerError(_project_fault("project.crs", str(error), example)) from error
    crs = system.crs
    if system.system != "crs" or not crs.is_projected:
        raise LayerError(_project_fault("project.crs_degrees", f"{system.name} is in degrees, not metres", example))
    if any(axis.unit_name not in {"metre", "meter"} for axis in crs.axis_info[:2]):
        unit = crs.axis_info[0].unit_name
        raise LayerError(_project_fault("project.crs_unit", f"{system.name} is in {unit}, not metres", example))
    off = _scale_error(crs, lon, lat)
    if off > SCALE_TOLERANCE:
        what = f"lengths in {system.name} are {off:.1%} wrong where the lines lie ({lon:.2f}, {lat:.2f})"
        raise LayerError(_project_fault("project.crs_scale", what, example))
    return crs


def _project_fault(code: str, what: str, mend: str) -> Finding:
    return Finding("error", code, "project.toml", what, mend, field="crs")


def _scale_error(crs: pyproj.CRS, lon: float, lat: float) -> float:
    """Return by how much a metre on the ground differs from one in the CRS, as a share; infinite where undefined."""
    try:
        factors = pyproj.Proj(crs).get_factors(lon, lat, errcheck=True)
    except ProjError:
        return float("inf")
    return max(abs(float(scale) - 1.0) for scale in (factors.meridional_scale, factors.parallel_scale))


def is_in_china(points: Wgs84) -> bool:
    """Return whether most points lie in the rectangle where GCJ-02 differs from WGS84."""
    return bool(len(points.lon)) and bool(np.mean(inside_box(points.lon, points.lat)) > 0.5)

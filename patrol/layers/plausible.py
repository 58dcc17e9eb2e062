"""Do the numbers of a layer fit the CRS it declares? Degrees for metres, exchanged axes, the wrong zone.

What cannot be right stops the run with the EPSG code that would fit; what may be right is told. Nothing
is repaired: the owner of the file states what it is.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from patrol.errors import Finding
from patrol.layers.crs import Declared, is_in_china, to_wgs84
from patrol.layers.gauss_kruger import (
    MERCATOR_REACH_M,
    MIDDLE_M,
    is_plain,
    same_meridian,
    transverse_mercator,
    zone_of,
)
from patrol.layers.raw import Raw

FloatArray = npt.NDArray[np.float64]
AREA_MARGIN_DEG = 1.0  # published areas of use are drawn generously already
ENOUGH = 2_000  # positions, spread over the file, that show where a layer lies


def implausible(raw: Raw, system: Declared, xy: FloatArray) -> list[Finding]:
    """Return what is wrong or doubtful about the coordinates of a whole layer.

    Parameters
    ----------
    raw : Raw
        The layer, for messages.
    system : Declared
        What it declares.
    xy : float array (n, 2)
        One finite position a row, in ``system``, x first.

    Returns
    -------
    list of Finding
        At most one ``error`` (``axes``, ``metres``, ``degrees``, ``zone``, ``crs_range``) or suspicions.
    """
    if not len(xy):
        return []
    x, y = (float(value) for value in np.median(xy, axis=0))
    fault = _in_degrees(raw, system, x, y) if system.in_degrees else _in_metres(raw, system, xy, x, y)
    if fault is not None:
        return [fault]
    return _area(raw, system, xy)


def _in_degrees(raw: Raw, system: Declared, x: float, y: float) -> Finding | None:
    if abs(x) <= 180 and abs(y) <= 90:
        return None
    if abs(x) <= 90 and abs(y) <= 180:
        what = f"longitude and latitude look exchanged: x is about {x:.4f}, y about {y:.4f}"
        return raw.fault("axes", what, "x is longitude, y latitude: exchange the columns, or export the file again")
    zone = zone_of(x, y)
    what = f"{system.name} is in degrees, but the coordinates are metres: about {x:.0f}, {y:.0f}"
    if zone is not None:
        return raw.fault("metres", f"{what}; they look like {zone}", f'if so, state crs = "{zone.epsg}"')
    if zone_of(y, x) is not None or is_plain(y, x):
        what += "; x is north and y east, as surveyors write"
        return raw.fault("metres", what, "give east first, and state the Gauss-Krueger zone as crs")
    if is_plain(x, y):
        mend = 'state its zone: crs = "EPSG:4544" (105E), "EPSG:4545" (108E) or another of EPSG:4534-4554'
        return raw.fault("metres", f"{what}; they look like Gauss-Krueger without the zone number", mend)
    return raw.fault("metres", what, "state the projected CRS it is in")


def _in_metres(raw: Raw, system: Declared, xy: FloatArray, x: float, y: float) -> Finding | None:
    if np.all(np.abs(xy[:, 0]) <= 180) and np.all(np.abs(xy[:, 1]) <= 90):
        what = f"{system.name} is in metres, but the coordinates look like degrees: about {x:.4f}, {y:.4f}"
        mend = 'state what they are: crs = "EPSG:4490" (CGCS2000), "EPSG:4326" (GPS), "GCJ-02" or "BD-09"'
        return raw.fault("degrees", what, mend)
    mercator = transverse_mercator(system.crs)
    if mercator is None or any(axis.unit_name != "metre" for axis in system.crs.axis_info[:2]):
        return None
    meridian, middle = mercator
    if abs(x - middle) <= MERCATOR_REACH_M:
        return None
    about = f"the coordinates are about {x:.0f}, {y:.0f}"
    zone = zone_of(x, y)
    if zone is not None:
        what = f"{system.name} does not fit: {about}, which is {zone}"
        return raw.fault("zone", what, f'if so, state crs = "{zone.epsg}"')
    turned = zone_of(y, x)
    if turned is not None or abs(y - middle) <= MERCATOR_REACH_M:
        what = f"easting and northing look exchanged: x is about {x:.0f}, y about {y:.0f}"
        mend = "surveyors call north X; give east first"
        return raw.fault("axes", what, mend + (f', and state crs = "{turned.epsg}"' if turned else ""))
    plain = same_meridian(meridian, numbered=False)
    if is_plain(x, y) and middle != MIDDLE_M and plain is not None:
        what = f"{system.name} writes the zone number in front of eastings, but {about}"
        return raw.fault("zone", what, f'if the zone is right, state crs = "{plain.epsg}"')
    what = f"{system.name} does not fit: {about}, {abs(x - middle) / 1000:.0f} km from its central meridian"
    return raw.fault("crs_range", what, "state the CRS the file is really in")


def _area(raw: Raw, system: Declared, xy: FloatArray) -> list[Finding]:
    points = to_wgs84(xy[:: max(1, len(xy) // ENOUGH)], system)
    seen = np.isfinite(points.lon) & np.isfinite(points.lat)
    if not seen.any():
        what = f"no coordinate can be transformed from {system.name}"
        return [raw.fault("crs_range", what, "state the CRS the file is really in")]
    if system.system != "crs" and not is_in_china(points):
        what = f"declared {system.name}, but it lies outside China, where nothing is shifted"
        return [raw.suspicion("crs_area", what, "check the declared crs")]
    area = system.crs.area_of_use
    if system.system != "crs" or area is None or area.west > area.east:
        return []
    lon, lat = float(np.median(points.lon[seen])), float(np.median(points.lat[seen]))
    inside_lon = area.west - AREA_MARGIN_DEG <= lon <= area.east + AREA_MARGIN_DEG
    if inside_lon and area.south - AREA_MARGIN_DEG <= lat <= area.north + AREA_MARGIN_DEG:
        return []
    what = f"lies at {lon:.2f}, {lat:.2f}, outside the area {system.name} is made for ({area.name[:80]})"
    return [raw.suspicion("crs_area", what, "check the declared crs: wrong zone, or axes exchanged?")]

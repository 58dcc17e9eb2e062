"""Into the project's metric CRS, and what lies too far from the lines to belong to the project."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pyproj
import shapely

from patrol.errors import Finding
from patrol.layers.crs import Declared, transformed
from patrol.layers.gauss_kruger import zone_of
from patrol.layers.inputs import Input, first_points
from patrol.layers.raw import some_rows
from patrol.words import counted

BoolArray = npt.NDArray[np.bool_]
FloatArray = npt.NDArray[np.float64]
Box = tuple[float, float, float, float]  # west, south, east, north in metres of the project's CRS

AREA_M = 50_000.0  # farther from the lines' bounding box nothing belongs to the project
STRAY_LINE_M = 200_000.0  # a line this far from the middle of the others is elsewhere
STRAY_FACTOR = 10.0  # ... if that is also ten times as far as half of them
MANY = 3  # this many rows, all outside, are a fault of the file, not of the rows
MEND_STRAY = "mend its coordinates, or delete the row; 0, 0 is what an empty cell becomes"
SURROUNDINGS = ("roads", "zones", "places", "water")  # often given for a whole province: cut, not set aside


def in_metres(one: Input, crs: pyproj.CRS) -> Input:
    """Return an input with its geometry in the metric CRS; rows that cannot be transformed are set aside."""
    if one.failed or one.system is None or one.spec.kind == "crews":
        return one
    if one.system.system == "crs" and one.system.crs == crs:
        return one
    xy, index = shapely.get_coordinates(one.geometry, return_index=True)
    there = transformed(xy, one.system, crs)
    if np.array_equal(there, xy):
        return one  # in this CRS by another name; a large layer is not held twice
    lost = np.zeros(len(one.geometry), dtype=bool)
    lost[index[~np.isfinite(there).all(axis=1)]] = True
    found = list(one.findings)
    what = f"lies outside what {crs.name} can hold, in another part of the world"
    found += one.raw.set_aside(np.unique(one.at[lost]), "outside", what, MEND_STRAY, name="geometry")
    keep = ~lost[index]
    geometry = shapely.set_coordinates(one.geometry[~lost].copy(), there[keep])
    return replace(one, at=one.at[~lost], part=one.part[~lost], geometry=geometry, findings=tuple(found))


def without_strays(lines: Input) -> Input:
    """Return the lines without those that lie in another part of the world (an empty cell is 0, 0)."""
    if len(lines.geometry) < MANY:
        return lines
    bounds = shapely.bounds(lines.geometry)
    middle = (bounds[:, :2] + bounds[:, 2:]) / 2
    away = np.hypot(*(middle - np.median(middle, axis=0)).T)
    limit = max(STRAY_LINE_M, STRAY_FACTOR * float(np.median(away)))
    far = away > limit
    if not far.any():
        return lines
    first = {int(lines.at[i]): away[i] / 1000 for i in np.flatnonzero(far)[::-1]}
    found = lines.raw.set_aside(
        np.unique(lines.at[far]),
        "outside",
        lambda i: f"lies {first[i]:,.0f} km from the other lines",
        MEND_STRAY,
        name="geometry",
    )
    return _without(lines, far, found)


def area_of(lines: Input, margin_m: float = AREA_M) -> Box | None:
    """Return the lines' bounding box, widened; None if there are no lines."""
    if not len(lines.geometry):
        return None
    west, south, east, north = (float(value) for value in shapely.total_bounds(lines.geometry))
    return west - margin_m, south - margin_m, east + margin_m, north + margin_m


def within(one: Input, source: Input, box: Box, crs: pyproj.CRS) -> Input:
    """Return an input without the rows outside the project's area.

    Parameters
    ----------
    one, source : Input
        The input in metres, and as it was read, to say what may have gone wrong.
    box : Box
    crs : pyproj.CRS
        The project's.

    Notes
    -----
    All rows outside is a fault of the file. Otherwise rows of :data:`SURROUNDINGS` are left out with
    one note, and rows of other inputs are set aside one by one.
    """
    bounds = shapely.bounds(one.geometry)
    out = beyond(bounds, box)
    if not out.any():
        return one
    raw = one.raw
    hints = _hints(one, source, out, box, crs)
    if out.all() and (len(out) >= MANY or one.spec.kind in SURROUNDINGS):
        hint = hints.get(int(one.at[0]), "")
        what = f"all {len(out)} rows lie outside the project's area, far from every line{hint}"
        fault = raw.fault(
            "outside", what, "check its crs and the order of its columns; if it is another place, take it out"
        )
        return replace(one, findings=(*one.findings, fault), failed=True)
    if one.spec.kind in SURROUNDINGS:
        which = some_rows(raw.rows[np.unique(one.at[out])])
        what = f"{counted(int(out.sum()), 'row')} far from every line left out ({which})"
        return _without(one, out, [raw.note("outside", what)])
    found = raw.set_aside(
        np.unique(one.at[out]),
        "outside",
        lambda i: f"lies outside the project's area, far from every line{hints.get(i, '')}",
        "mend its coordinates, or delete the row",
        name="geometry",
    )
    return _without(one, out, found)


def _without(one: Input, gone: BoolArray, found: list[Finding]) -> Input:
    return replace(
        one, at=one.at[~gone], part=one.part[~gone], geometry=one.geometry[~gone], findings=(*one.findings, *found)
    )


def beyond(bounds: FloatArray, box: Box) -> BoolArray:
    """Return which bounds (n, 4) miss the box; those of a missing geometry (NaN) do not."""
    with np.errstate(invalid="ignore"):
        result: BoolArray = (
            (bounds[:, 2] < box[0]) | (bounds[:, 3] < box[1]) | (bounds[:, 0] > box[2]) | (bounds[:, 1] > box[3])
        )
    return result


def _hints(one: Input, source: Input, out: BoolArray, box: Box, crs: pyproj.CRS) -> dict[int, str]:
    """Return for rows outside what would bring them inside: axes the other way round, or another zone."""
    assert source.system is not None
    strays = np.isin(source.at, one.at[out]) & (source.part == 0)
    at, xy = source.at[strays], first_points(source.geometry[strays])
    hints: dict[int, str] = {}
    for i, (x, y) in zip(at.tolist(), xy.tolist(), strict=True):
        zone = None if source.system.in_degrees else zone_of(x, y)
        if x == 0 and y == 0:
            hints[i] = ": 0, 0 is what an empty cell becomes"
        elif zone is not None:
            hints[i] = f"; its easting is of {zone}, {zone.epsg}"
    turned = inside(xy[:, ::-1], source.system, box, crs)
    hints |= dict.fromkeys(
        at[turned].tolist(), "; with longitude and latitude (east and north) exchanged it would lie inside"
    )
    return hints


def inside(xy: FloatArray, system: Declared, box: Box, crs: pyproj.CRS) -> BoolArray:
    """Return which positions (n, 2) of a system lie in the project's area."""
    there = transformed(xy, system, crs)
    with np.errstate(invalid="ignore"):
        result: BoolArray = np.isfinite(there).all(axis=1) & ~beyond(np.hstack([there, there]), box)
    return result

"""Geometry made plain: two dimensions, one part a row, nothing empty, nothing infinite, nothing of length zero."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from patrol.errors import Finding
from patrol.layers.raw import Raw, some_rows
from patrol.layers.schema import LayerSchema
from patrol.words import counted

GeometryArray = npt.NDArray[Any]
IntArray = npt.NDArray[np.int64]

_POINT, _LINE, _RING, _POLYGON, _MULTIPOLYGON = 0, 1, 2, 3, 6
_WANTED = {"point": (_POINT,), "line": (_LINE, _RING), "polygon": (_POLYGON,)}
_NAMES = ("points", "lines", "rings", "polygons", "multipoints", "multilines", "multipolygons", "collections")
BEYOND = 1e12  # no CRS writes such a number, and lengths of it overflow
REPAIR_TOLERANCE = 1e-3  # a polygon is repaired if that changes its area by less than this share


@dataclass(frozen=True, slots=True)
class Shapes:
    """Plain geometries of a layer.

    Attributes
    ----------
    at : int array
        Position of each geometry's row in the layer; a row of several parts appears several times.
    part : int array
        0 for the first part of a row, then 1, 2, ...
    geometry : object array
        LineString, Point, or Polygon and MultiPolygon (a zone of several parts stays one zone).
    findings : tuple of Finding
    """

    at: IntArray
    part: IntArray
    geometry: GeometryArray
    findings: tuple[Finding, ...]


def plain_shapes(raw: Raw, schema: LayerSchema, at: IntArray) -> Shapes:
    """Return the geometries of a layer's rows made plain, and what was done or set aside.

    Parameters
    ----------
    raw : Raw
        A layer with geometry, in any CRS.
    schema : LayerSchema
        Says whether points, lines or polygons are wanted.
    at : int array
        Positions of the rows to look at.
    """
    assert raw.geometry is not None
    found: list[Finding] = []
    geometry = raw.geometry[at]
    hollow = shapely.is_missing(geometry) | shapely.is_empty(geometry)
    found += raw.set_aside(
        at[hollow], "geometry_empty", "has no geometry", "draw it, or delete the row", name="geometry"
    )
    at, geometry = at[~hollow], geometry[~hollow]
    flat, at = _flat(raw, geometry, at, found)
    if schema.name == "water":
        flat = _outlines(raw, flat, at, found)
    single, index = _parts(flat)
    right = np.isin(shapely.get_type_id(single), _WANTED[schema.geometry])
    found += _wrong_types(raw, schema, flat, at, index[right])
    single, index = single[right], index[right]
    if schema.geometry == "polygon":
        return _polygons(raw, single, at[index], found)
    if schema.geometry == "line":
        single, index = _lines(raw, single, at, index, found)
    return _numbered(raw, single, at[index], found)


def _flat(raw: Raw, geometry: GeometryArray, at: IntArray, found: list[Finding]) -> tuple[GeometryArray, IntArray]:
    """Drop heights and measures, and rows with coordinates that are no numbers."""
    high = shapely.has_z(geometry) | shapely.has_m(geometry)
    if high.any():
        found.append(raw.note("geometry_z", f"heights are left out ({counted(int(high.sum()), 'row')})"))
    xy, index = shapely.get_coordinates(geometry, return_index=True)
    wild = np.zeros(len(geometry), dtype=bool)
    with np.errstate(invalid="ignore"):
        wild[index[~(np.abs(xy) < BEYOND).all(axis=1)]] = True
    mend = "mend the coordinates, or delete the row"
    found += raw.set_aside(at[wild], "geometry_infinite", "has coordinates that are no numbers", mend, name="geometry")
    geometry = geometry[~wild]
    return shapely.force_2d(geometry) if high.any() else geometry, at[~wild]


def _outlines(raw: Raw, geometry: GeometryArray, at: IntArray, found: list[Finding]) -> GeometryArray:
    """Return water areas as their outlines: water is only drawn."""
    areas = np.isin(shapely.get_type_id(geometry), (_POLYGON, _MULTIPOLYGON))
    if not areas.any():
        return geometry
    found.append(raw.note("geometry_outline", f"areas are drawn by their outline ({some_rows(raw.rows[at[areas]])})"))
    result = geometry.copy()
    result[areas] = shapely.boundary(geometry[areas])
    return result


def _parts(geometry: GeometryArray) -> tuple[GeometryArray, IntArray]:
    """Return single geometries and the position each came from; collections may lie within collections."""
    index = np.arange(len(geometry), dtype=np.int64)
    while len(geometry) and (shapely.get_type_id(geometry) > _POLYGON).any():
        geometry, inner = shapely.get_parts(geometry, return_index=True)
        index = index[inner]
    return geometry, index


def _wrong_types(
    raw: Raw, schema: LayerSchema, geometry: GeometryArray, at: IntArray, right: IntArray
) -> list[Finding]:
    """Set rows without any part of the wanted type aside; all rows of a wrong type are one fault of the file."""
    wrong = np.ones(len(at), dtype=bool)
    wrong[right] = False
    if not wrong.any():
        return []
    names = [_NAMES[kind] for kind in shapely.get_type_id(geometry)]
    if wrong.all():
        kinds = ", ".join(sorted(set(names)))
        what = f"holds {kinds}; {schema.name} are {schema.geometry}s"
        return [raw.fault("geometry_type", what, f"name the layer that holds the {schema.geometry}s")]
    where = np.flatnonzero(wrong)
    place = {int(at[i]): names[int(i)] for i in where}
    return raw.set_aside(
        at[where],
        "geometry_type",
        lambda i: f"is one of {place[i]}; {schema.name} are {schema.geometry}s",
        "draw it as such, or move it to another layer",
        name="geometry",
    )


def _lines(
    raw: Raw, single: GeometryArray, at: IntArray, index: IntArray, found: list[Finding]
) -> tuple[GeometryArray, IntArray]:
    """Drop repeated points and parts of length zero; tell lines of the network that cross themselves."""
    rings = shapely.get_type_id(single) == _RING
    if rings.any():
        single = single.copy()
        xy, ring = shapely.get_coordinates(single[rings], return_index=True)
        single[rings] = shapely.linestrings(xy, indices=ring)
    short = shapely.length(single) <= 0.0
    if short.any():
        kept = np.zeros(len(at), dtype=bool)
        kept[index[~short]] = True
        gone = np.zeros(len(at), dtype=bool)
        gone[index[short]] = True
        lost, cut = at[gone & ~kept], at[gone & kept]
        mend = "draw it with two different points, or delete the row"
        found += raw.set_aside(lost, "geometry_zero_length", "has length zero", mend, name="geometry")
        if len(cut):
            what = f"parts of length zero are left out ({some_rows(raw.rows[cut])})"
            found.append(raw.note("geometry_zero_part", what))
        single, index = single[~short], index[~short]
    xy, line = shapely.get_coordinates(single, return_index=True)
    again = line[1:][(xy[1:] == xy[:-1]).all(axis=1) & (line[1:] == line[:-1])]
    if len(again):  # few lines have any, and those without are not held twice
        again = np.unique(again)
        single = single.copy()
        single[again] = shapely.remove_repeated_points(single[again], 0.0)
    if raw.kind == "lines":
        mend = "look at it in your GIS: a crossing is no joint, so a loop drawn by mistake changes lengths only"
        for i in np.unique(at[index[~shapely.is_simple(single)]]):
            row = int(raw.rows[i])
            found.append(raw.suspicion("geometry_crosses", "crosses itself", mend, row=row, name="geometry"))
    return single, index


def _polygons(raw: Raw, single: GeometryArray, at: IntArray, found: list[Finding]) -> Shapes:
    """Repair polygons where that changes nothing that matters, set others aside, and join the parts of a row."""
    bad = np.flatnonzero(~shapely.is_valid(single))
    if len(bad):
        single = single.copy()
        mended = shapely.make_valid(single[bad], method="structure")
        before, after = shapely.area(single[bad]), shapely.area(mended)
        small = (after > 0) & (np.abs(after - before) <= REPAIR_TOLERANCE * after)
        small &= np.isin(shapely.get_type_id(mended), (_POLYGON, _MULTIPOLYGON))
        why = dict(zip(at[bad].tolist(), shapely.is_valid_reason(single[bad]).tolist(), strict=True))
        single[bad[small]] = mended[small]
        mend = "repair it in your GIS (QGIS: Fix geometries)"
        for i in np.unique(at[bad[small]]):
            what = f"is an invalid polygon ({why[int(i)]}); repaired without changing its area"
            found.append(raw.suspicion("geometry_invalid", what, mend, row=int(raw.rows[i]), name="geometry"))
        lost = np.unique(at[bad[~small]])
        found += raw.set_aside(
            lost, "geometry_invalid", lambda i: f"is an invalid polygon: {why[i]}", mend, name="geometry"
        )
        keep = ~np.isin(at, lost)
        single, at = single[keep], at[keep]
    hollow = shapely.area(single) <= 0.0
    lost = np.setdiff1d(at[hollow], at[~hollow])
    mend = "draw it again, or delete the row"
    found += raw.set_aside(lost, "geometry_zero_length", "has an area of zero", mend, name="geometry")
    single, index = _parts(single[~hollow])  # a repair may have split one
    at = at[~hollow][index]
    rows, first, counts = np.unique(at, return_index=True, return_counts=True)
    joined = single[first].copy()
    for i in np.flatnonzero(counts > 1):
        parts = single[first[i] : first[i] + counts[i]]
        whole = shapely.multipolygons(parts)
        joined[i] = whole if shapely.is_valid(whole) else shapely.union_all(parts)  # parts may overlap
    return Shapes(rows, np.zeros(len(rows), dtype=np.int64), joined, tuple(found))


def _numbered(raw: Raw, single: GeometryArray, at: IntArray, found: list[Finding]) -> Shapes:
    """Return geometries with the number of their part (rows are in order), and say which rows have several."""
    first = np.ones(len(at), dtype=bool)
    first[1:] = at[1:] != at[:-1]
    starts = np.flatnonzero(first)
    part = np.arange(len(at)) - np.repeat(starts, np.diff(np.append(starts, len(at))))
    several = np.unique(at[part > 0])
    if len(several):
        what = f"several parts in one row become rows of their own ({some_rows(raw.rows[several])})"
        found.append(raw.note("geometry_parts", what))
    return Shapes(at, part.astype(np.int64), single, tuple(found))

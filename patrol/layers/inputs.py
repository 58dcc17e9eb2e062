"""One input from its file to checked values and plain geometry, still in its own coordinates."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyproj
import shapely

from patrol.errors import Finding, LayerError
from patrol.layers.columns import known_headings, located, match_headings, typed
from patrol.layers.crs import HOW_TO_STATE, WGS84, CrsRefusedError, Declared, declared
from patrol.layers.geometry import BEYOND, GeometryArray, IntArray, plain_shapes
from patrol.layers.plausible import implausible
from patrol.layers.raw import Raw
from patrol.layers.schema import SCHEMAS, LayerSchema
from patrol.layers.source import read_source
from patrol.layers.tables import heading_key
from patrol.project import REQUIRED_INPUTS, InputSpec

BoolArray = npt.NDArray[np.bool_]
Values = dict[str, npt.NDArray[Any]]
FloatArray = npt.NDArray[np.float64]
_NONE = np.zeros(0, dtype=np.int64)
POLE_NAME = ("feeder_id", "pole_no")  # a hazard may be placed by its pole instead of coordinates


@dataclass(frozen=True, slots=True)
class Input:
    """What is known of one input.

    Attributes
    ----------
    spec : InputSpec
    raw : Raw
        Empty if the file could not be read.
    values : dict of arrays
        Checked values of every row of ``raw``.
    at, part : int arrays
        Position in ``raw`` of each good row, and which part of it (rows of several parts repeat).
    geometry : object array
        One a good row, None for a hazard that only names its pole; empty for tables.
    system : Declared or None
        What the geometry is in.
    findings : tuple of Finding
    failed : bool
        The file as a whole cannot be used.
    """

    spec: InputSpec
    raw: Raw
    values: Values = field(default_factory=dict)
    at: IntArray = field(default_factory=lambda: _NONE)
    part: IntArray = field(default_factory=lambda: _NONE)
    geometry: GeometryArray = field(default_factory=lambda: np.empty(0, dtype=object))
    system: Declared | None = None
    findings: tuple[Finding, ...] = ()
    failed: bool = False


def read_input(spec: InputSpec) -> Input:
    """Read and check one input by itself; faults are returned as findings, not raised."""
    schema = SCHEMAS[spec.kind]
    try:
        raw = read_source(spec, known_headings(spec.kind, spec))
    except LayerError as error:
        blank = Raw(spec.kind, spec.label, pd.DataFrame(), _NONE)
        return Input(spec, blank, findings=error.findings, failed=True)
    found = list(raw.findings)
    if not len(raw.table):
        needed = spec.kind in REQUIRED_INPUTS
        mend = "fill it" if needed else "fill it, or take it out of project.toml"
        what = "holds no rows"
        found.append(raw.fault("empty", what, mend) if needed else raw.note("empty", what, mend))
        return Input(spec, raw, findings=tuple(found), failed=needed)
    columns = located(schema, has_geometry=raw.geometry is not None)
    chosen, told = match_headings(raw, columns, spec)
    found += told
    by_pole = spec.kind == "hazards" and "lon" in columns and not {"lon", "lat"} & set(chosen)
    system = None if by_pole else _system(raw, spec, schema, found)
    found += _without_position(raw, columns, chosen, by_pole=by_pole)
    values, aside = typed(raw, columns, chosen, found)
    if any(one.level == "error" for one in found):
        return Input(spec, raw, findings=tuple(found), failed=True)
    aside[np.searchsorted(raw.rows, [one.row or 0 for one in raw.findings if one.level == "rejected"])] = True
    aside |= _duplicates(raw, schema, values, aside, found)
    if schema.geometry:
        at, part, geometry, faulty = _geometry(raw, schema, values, system, found)
        if faulty:  # what the file says of itself may be what is right: told beside the error, not below it
            found = [replace(one, level="error") if one.code == raw.code("crs_differs") else one for one in found]
        good = ~aside[at]
        at, part, geometry = at[good], part[good], geometry[good]
    else:
        at, faulty = np.flatnonzero(~aside), False
        part, geometry = np.zeros(len(at), dtype=np.int64), np.empty(0, dtype=object)
    _fill_keys(schema, values, raw.rows)
    return Input(spec, raw, values, at, part, geometry, system, tuple(found), failed=faulty)


def _system(raw: Raw, spec: InputSpec, schema: LayerSchema, found: list[Finding]) -> Declared | None:
    """Return what the coordinates are in: as stated in project.toml, else as the file declares."""
    if not schema.geometry and spec.kind != "crews":
        return None
    words = spec.crs or raw.crs
    if not words and spec.kind == "crews":
        return Declared("crs", WGS84, "WGS84")  # start_lon and start_lat are read off a phone or a GPS
    if not words:
        found.append(raw.fault("no_crs", "states no coordinate reference system", HOW_TO_STATE))
        return None
    try:
        system = declared(words)
    except CrsRefusedError as error:
        found.append(raw.fault("crs", str(error), error.mend, name="crs" if spec.crs else ""))
        return None
    if spec.kind == "crews" and not system.in_degrees:
        mend = "give start_lon and start_lat in degrees"
        found.append(raw.fault("crs", f"{system.name} is not in degrees", mend, name="crs"))
    if spec.crs and raw.crs and system.system == "crs":
        own = pyproj.CRS.from_wkt(raw.crs)
        if not own.equals(system.crs, ignore_axis_order=True):
            what = f"the file says {own.name}, project.toml says {system.name}, which is used"
            found.append(raw.suspicion("crs_differs", what, "take the crs out of project.toml if the file is right"))
    return system


def _without_position(raw: Raw, columns: dict[str, Any], chosen: dict[str, str], *, by_pole: bool) -> list[Finding]:
    """Return faults of tables that lack the columns for their position."""
    needed = [name for name in ("lon", "lat", "wkt") if name in columns and name not in chosen]
    if by_pole and set(POLE_NAME) <= set(chosen):
        return []
    headings = ", ".join(str(name) for name in raw.table.columns[:30])
    mend = "add it, or say which it is, east first: columns = { lon = ..., lat = ... }"
    keys = {heading_key(name): str(name) for name in raw.table.columns}
    if {"x", "y"} <= set(keys):
        mend = (
            "X is north in Chinese surveys and east elsewhere; say which it is, east first: "
            f'columns = {{ lon = "{keys["y"]}", lat = "{keys["x"]}" }} where X is north'
        )
    if needed == ["wkt"]:
        mend = "give a vector file (GeoPackage, shapefile, ...), or a column wkt with LINESTRING (...) texts"
    return [
        raw.fault("missing_column", f"no column {name!r}; the file has: {headings}", mend, name=name) for name in needed
    ]


def _duplicates(raw: Raw, schema: LayerSchema, values: Values, aside: BoolArray, found: list[Finding]) -> BoolArray:
    """Return rows whose key an earlier good row has already."""
    again = np.zeros(len(aside), dtype=bool)
    if not schema.key:
        return again
    keys = pd.Series(values[schema.key])
    there = ~aside & np.asarray(keys.notna() & (keys != ""), dtype=bool)
    kept = keys[there]
    again[np.flatnonzero(there)[kept.duplicated().to_numpy()]] = True
    first = dict(zip(kept[::-1], raw.rows[kept.index.to_numpy()][::-1], strict=True))

    def what(i: int) -> str:
        key: Any = keys.iloc[i]
        words = key.date() if schema.columns[schema.key].kind == "date" else repr(key)
        return f"{words} is in row {first[key]} already; the first is kept"

    mend = "give each row its own"
    found += raw.set_aside(np.flatnonzero(again), "duplicate", what, mend, name=schema.key)
    return again


def _geometry(
    raw: Raw, schema: LayerSchema, values: Values, system: Declared | None, found: list[Finding]
) -> tuple[IntArray, IntArray, GeometryArray, bool]:
    """Return position, part and geometry of the rows that have a good one, and whether the whole layer is at fault."""
    if raw.geometry is None and schema.geometry == "point":
        at, geometry = _points(raw, values, found, may_lack=schema.name == "hazards" and _names_pole(values))
        part = np.zeros(len(at), dtype=np.int64)
    else:
        if raw.geometry is None:
            raw = _with_wkt(raw, values, found)
        every = np.arange(len(raw.table), dtype=np.int64)
        if "wkt" in values:
            every = every[~shapely.is_missing(raw.geometry)]  # those were named already
        shapes = plain_shapes(raw, schema, every)
        found += shapes.findings
        at, part, geometry = shapes.at, shapes.part, shapes.geometry
        if any(one.level == "error" for one in shapes.findings):
            return at, part, geometry, True
    if system is None:
        return at, part, geometry, False
    doubts = implausible(raw, system, first_points(geometry))
    found += doubts
    if any(one.level == "error" for one in doubts):
        return at, part, geometry, True
    if not system.in_degrees:
        return at, part, geometry, False
    xy, index = shapely.get_coordinates(geometry, return_index=True)
    beyond = np.zeros(len(at), dtype=bool)
    beyond[index[(np.abs(xy[:, 0]) > 180) | (np.abs(xy[:, 1]) > 90)]] = True
    what = "lies beyond 180 degrees of longitude or 90 of latitude"
    mend = "give decimal degrees, longitude first"
    found += raw.set_aside(np.unique(at[beyond]), "geometry_range", what, mend, name="geometry")
    keep = ~np.isin(at, at[beyond])
    return at[keep], part[keep], geometry[keep], False


def first_points(geometry: GeometryArray) -> FloatArray:
    """Return the first coordinate (n, 2) of each geometry; missing ones have none."""
    xy, index = shapely.get_coordinates(geometry, return_index=True)
    first = np.ones(len(index), dtype=bool)
    first[1:] = index[1:] != index[:-1]
    points: FloatArray = xy[first]
    return points


def _names_pole(values: Values) -> BoolArray:
    named: BoolArray = np.asarray((values["feeder_id"] != "") & (values["pole_no"] != ""), dtype=bool)
    return named


def _points(
    raw: Raw, values: Values, found: list[Finding], *, may_lack: BoolArray | bool
) -> tuple[IntArray, GeometryArray]:
    lon, lat = values["lon"], values["lat"]
    with np.errstate(invalid="ignore"):
        there = (np.abs(lon) < BEYOND) & (np.abs(lat) < BEYOND)
    none = ~np.isfinite(lon) & ~np.isfinite(lat)
    lacking = ~there & ~(none & may_lack)
    at = np.flatnonzero(lacking)
    named = {one.row for one in found if one.field in {"lon", "lat"} and one.level == "rejected"}
    at = np.array([i for i in at if int(raw.rows[i]) not in named], dtype=np.int64)
    found += raw.set_aside(at, "geometry_empty", "has no position", "fill lon and lat, or delete the row", name="lon")
    geometry = np.full(len(lon), None, dtype=object)
    geometry[there] = shapely.points(lon[there], lat[there])
    keep = np.flatnonzero(there | (none & may_lack))
    return keep, geometry[keep]


def _with_wkt(raw: Raw, values: Values, found: list[Finding]) -> Raw:
    words = values["wkt"].copy()
    words[words == ""] = None
    with np.errstate(invalid="ignore"):
        geometry = shapely.from_wkt(words, on_invalid="ignore")
    mend = "write it as LINESTRING (106.5 38.9, 106.6 38.9)"
    bad = np.flatnonzero(shapely.is_missing(geometry))
    found += raw.set_aside(bad, "geometry_empty", "has no geometry that can be read", mend, name="wkt")
    return Raw(raw.kind, raw.label, raw.table, raw.rows, geometry, raw.crs)


def _fill_keys(schema: LayerSchema, values: Values, rows: IntArray) -> None:
    """Give rows without an id one by their row: ``L12``; longer where somebody uses that id already."""
    if not schema.key or schema.columns[schema.key].kind != "text":
        return
    keys = values[schema.key]
    taken = set(keys.tolist())
    letter = schema.name[0].upper()
    for i in np.flatnonzero(keys == ""):
        name = f"{letter}{rows[i]}"
        while name in taken:
            name += "_"
        taken.add(name)
        keys[i] = name


def frame_of(one: Input) -> pd.DataFrame:
    """Return the good rows with the columns of the schema and ``source_row``; later parts get ids of their own."""
    schema = SCHEMAS[one.spec.kind]
    every = len(one.at) == len(one.raw.rows) and not one.part.any()
    frame = pd.DataFrame({name: one.values[name] if every else one.values[name][one.at] for name in schema.columns})
    frame["source_row"] = one.raw.rows[one.at]
    if schema.key and schema.geometry in {"line", "point"} and one.part.any():
        keys = frame[schema.key].to_numpy(dtype=object).copy()
        taken = set(keys.tolist())
        for i in np.flatnonzero(one.part):
            name = f"{keys[i]}.{one.part[i] + 1}"
            while name in taken:
                name += "_"
            taken.add(name)
            keys[i] = name
        frame[schema.key] = keys
    return frame

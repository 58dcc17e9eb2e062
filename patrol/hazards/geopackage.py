"""What makes an SQLite file a GeoPackage (OGC 12-128r18): ids, system tables, geometry blobs, registered tables.

No R-tree: its triggers need functions that only GIS programs load, so a table with one could not be
written from plain SQLite.
"""

from __future__ import annotations

import math
import sqlite3
import struct
from collections.abc import Sequence

import numpy as np

APPLICATION_ID = 0x47504B47  # "GPKG"
USER_VERSION = 10300  # GeoPackage 1.3.0
_POINT = struct.Struct("<2sBBiBIdd")
_POINTS = np.dtype(
    [("magic", "S2"), ("version", "u1"), ("flags", "u1"), ("srs", "<i4"), ("order", "u1"), ("kind", "<u4"),
     ("x", "<f8"), ("y", "<f8")]
)  # fmt: skip
_LITTLE_ENDIAN = 1  # flags: no envelope, standard geometry
_EMPTY = 0x10
_NEVER = "1970-01-01T00:00:00.000Z"

WGS84_WKT = (
    'GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563,AUTHORITY["EPSG","7030"]],'
    'AUTHORITY["EPSG","6326"]],PRIMEM["Greenwich",0,AUTHORITY["EPSG","8901"]],'
    'UNIT["degree",0.0174532925199433,AUTHORITY["EPSG","9122"]],AXIS["Latitude",NORTH],AXIS["Longitude",EAST],'
    'AUTHORITY["EPSG","4326"]]'
)

_SYSTEM = (
    """CREATE TABLE gpkg_spatial_ref_sys (
        srs_name TEXT NOT NULL, srs_id INTEGER NOT NULL PRIMARY KEY, organization TEXT NOT NULL,
        organization_coordsys_id INTEGER NOT NULL, definition TEXT NOT NULL, description TEXT)""",
    """CREATE TABLE gpkg_contents (
        table_name TEXT NOT NULL PRIMARY KEY, data_type TEXT NOT NULL, identifier TEXT UNIQUE,
        description TEXT DEFAULT '',
        last_change DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')),
        min_x DOUBLE, min_y DOUBLE, max_x DOUBLE, max_y DOUBLE, srs_id INTEGER,
        CONSTRAINT fk_gc_r_srs_id FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id))""",
    """CREATE TABLE gpkg_geometry_columns (
        table_name TEXT NOT NULL, column_name TEXT NOT NULL, geometry_type_name TEXT NOT NULL,
        srs_id INTEGER NOT NULL, z TINYINT NOT NULL, m TINYINT NOT NULL,
        CONSTRAINT pk_geom_cols PRIMARY KEY (table_name, column_name),
        CONSTRAINT uk_gc_table_name UNIQUE (table_name),
        CONSTRAINT fk_gc_tn FOREIGN KEY (table_name) REFERENCES gpkg_contents(table_name),
        CONSTRAINT fk_gc_srs FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys (srs_id))""",
)
_SYSTEMS = (
    ("Undefined Cartesian SRS", -1, "NONE", -1, "undefined", "undefined Cartesian coordinate reference system"),
    ("Undefined geographic SRS", 0, "NONE", 0, "undefined", "undefined geographic coordinate reference system"),
    ("WGS 84 geodetic", 4326, "EPSG", 4326, WGS84_WKT, "longitude/latitude in degrees"),
)


def gp_point(lon: float | None, lat: float | None) -> bytes:
    """Return a WGS84 point as a GeoPackage geometry blob; no place gives an empty point.

    The header is ``GP``, version 0, flags, SRS id; then ISO WKB, all little-endian.
    """
    empty = lon is None or lat is None or not (math.isfinite(lon) and math.isfinite(lat))
    x, y = (math.nan, math.nan) if empty else (lon, lat)
    return _POINT.pack(b"GP", 0, _LITTLE_ENDIAN | (_EMPTY if empty else 0), 4326, 1, 1, x, y)


def gp_points(lon: Sequence[float | None], lat: Sequence[float | None]) -> list[bytes]:
    """Return what :func:`gp_point` gives, for many points at once."""
    table = np.zeros(len(lon), dtype=_POINTS)
    table["magic"], table["flags"], table["srs"], table["order"], table["kind"] = b"GP", _LITTLE_ENDIAN, 4326, 1, 1
    xy = np.array([lon, lat], dtype=np.float64)  # None becomes NaN
    empty = ~np.isfinite(xy).all(axis=0)
    table["flags"][empty] |= _EMPTY
    table["x"], table["y"] = np.where(empty, np.nan, xy)
    raw = table.tobytes()
    size = _POINT.size
    return [raw[at : at + size] for at in range(0, len(raw), size)]


def make_geopackage(connection: sqlite3.Connection) -> None:
    """Write the ids and system tables of an empty GeoPackage."""
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {USER_VERSION}")
    for sql in _SYSTEM:
        connection.execute(sql)
    connection.executemany("INSERT INTO gpkg_spatial_ref_sys VALUES (?,?,?,?,?,?)", _SYSTEMS)


def announce(connection: sqlite3.Connection, table: str, *, points: bool = False) -> None:
    """Enter a table in the GeoPackage's contents, as points with a column ``geom`` or as attributes."""
    kind, srs = ("features", 4326) if points else ("attributes", None)
    connection.execute(
        "INSERT INTO gpkg_contents (table_name, data_type, identifier, last_change, srs_id) VALUES (?,?,?,?,?)",
        (table, kind, table, _NEVER, srs),
    )
    if points:
        connection.execute("INSERT INTO gpkg_geometry_columns VALUES (?, 'geom', 'POINT', 4326, 0, 0)", (table,))


def changed(connection: sqlite3.Connection, at: str) -> None:
    """Set the time of the last change of every table in the contents, a stamp of milliseconds."""
    connection.execute("UPDATE gpkg_contents SET last_change = ?", (at,))

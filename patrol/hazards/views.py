"""The register's tables as frames."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from patrol.hazards.model import HAZARD_COLUMNS, empty_frame
from patrol.hazards.tables import ALERT_TABLE, EVENT_COLUMNS, PHOTO_TABLE, REPORT_TABLE, REQUEST_TABLE, quoted

DUE_COLUMNS: dict[str, str] = {"hazard_id": "str", "joined": "str", "clock": "time"}


def frame_of(rows: Sequence[Sequence[Any]], columns: dict[str, str]) -> pd.DataFrame:
    """Return rows as a frame with the types of :mod:`patrol.hazards.model`: text as objects, times in UTC."""
    blank = empty_frame(columns)
    if not rows:
        return blank
    made: dict[str, Any] = {}
    for (name, kind), values in zip(columns.items(), zip(*rows, strict=True), strict=True):
        if kind == "time":
            when = pd.to_datetime(pd.Series(values, dtype=object), utc=True, format="ISO8601")
            made[name] = when.astype("datetime64[us, UTC]")
        elif kind == "float64":
            made[name] = np.array(values, dtype=float)
        elif kind == "str":
            made[name] = pd.Series(["" if value is None else value for value in values], dtype=object)
        else:
            made[name] = np.array([value or 0 for value in values], dtype=kind)
    return pd.DataFrame(made)


def points(frame: pd.DataFrame) -> gpd.GeoDataFrame:
    """Return a frame with points of its ``lon`` and ``lat`` (EPSG:4326), None where there are none."""
    lon, lat = frame["lon"].to_numpy(float), frame["lat"].to_numpy(float)
    known = np.isfinite(lon) & np.isfinite(lat)
    geometry = np.full(len(frame), None, dtype=object)
    geometry[known] = shapely.points(lon[known], lat[known])
    return gpd.GeoDataFrame(frame, geometry=gpd.GeoSeries(geometry, index=frame.index, crs="EPSG:4326"))


def hazards(connection: sqlite3.Connection) -> gpd.GeoDataFrame:
    """Return the hazards, HAZARD_COLUMNS and points, in the order of their ids."""
    rows = connection.execute(f"SELECT {quoted(HAZARD_COLUMNS)} FROM hazards ORDER BY hazard_id").fetchall()
    return points(frame_of(rows, HAZARD_COLUMNS))


def due_rows(connection: sqlite3.Connection) -> pd.DataFrame:
    """Return what deadlines need beside the hazards, in the order of their ids: see ``due``."""
    rows = connection.execute(
        "SELECT h.hazard_id, c.joined, coalesce(h.due_from, h.reported) FROM hazards h "
        "JOIN cases c ON c.case_id = h.hazard_id ORDER BY h.hazard_id"
    ).fetchall()
    return frame_of(rows, DUE_COLUMNS)


def reports(connection: sqlite3.Connection) -> gpd.GeoDataFrame:
    """Return the reports; ``hazard_id`` is the hazard as it is shown, ``case_id`` the one it was put to."""
    columns = {**REPORT_TABLE, "case_id": "str"}
    names = ", ".join("c.root" if name == "hazard_id" else f'r."{name}"' for name in REPORT_TABLE)
    rows = connection.execute(
        f"SELECT {names}, r.hazard_id FROM reports r JOIN cases c ON c.case_id = r.hazard_id ORDER BY r.fid"
    ).fetchall()
    return points(frame_of(rows, columns))


def requests(connection: sqlite3.Connection) -> gpd.GeoDataFrame:
    """Return the requests in the order they were taken in."""
    rows = connection.execute(f"SELECT {quoted(REQUEST_TABLE)} FROM requests ORDER BY fid").fetchall()
    return points(frame_of(rows, REQUEST_TABLE))


def alerts(connection: sqlite3.Connection) -> gpd.GeoDataFrame:
    """Return the warned areas in the order they were taken in; the points are their centres."""
    rows = connection.execute(f"SELECT {quoted(ALERT_TABLE)} FROM alerts ORDER BY fid").fetchall()
    return points(frame_of(rows, ALERT_TABLE))


def photos(connection: sqlite3.Connection) -> pd.DataFrame:
    """Return the photos in the order they were taken in."""
    rows = connection.execute(f"SELECT {quoted(PHOTO_TABLE)} FROM photos ORDER BY fid").fetchall()
    return frame_of(rows, PHOTO_TABLE)


def events(connection: sqlite3.Connection, where: str = "", values: Sequence[str] = ()) -> pd.DataFrame:
    """Return events in order, all columns text but the number ``seq``."""
    columns = {name: "int64" if name == "seq" else "str" for name in EVENT_COLUMNS}
    sql = f"SELECT {quoted(EVENT_COLUMNS)} FROM events {where} ORDER BY seq"
    return frame_of(connection.execute(sql, values).fetchall(), columns)

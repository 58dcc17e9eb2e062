"""Where a row of a table says it is: coordinates in a declared system, or a length along a line."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from patrol import text
from patrol.errors import Finding, IntakeError
from patrol.hazards.formats.sheet import BoolArray, Sheet, each
from patrol.hazards.model import IntakeContext
from patrol.layers.crs import CrsRefusedError, Declared, declared, to_wgs84
from patrol.layers.raw import shown
from patrol.layers.values import EMPTY

FloatArray = npt.NDArray[np.float64]

HOW_TO_STATE = (
    'state it under [intake]: crs = "EPSG:4326" (GPS), "EPSG:4490" (CGCS2000), "EPSG:4545" (CGCS2000 metres, 108E), '
    '"GCJ-02" (Amap, Tencent) or "BD-09" (Baidu); or in a column 坐标系'
)
MAX_ALONG_M = 500_000.0  # no feeder is that long
_NAMES = {"wgs84": "EPSG:4326", "gps": "EPSG:4326", "cgcs2000": "EPSG:4490", "高德": "GCJ-02", "腾讯": "GCJ-02",
          "火星": "GCJ-02", "百度": "BD-09"}  # fmt: skip
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d{1,3})?")
_IN_TEXT = re.compile(r"[+-]?\d+(?:\.\d+)?")
_DEGREES = re.compile(  # 106°45'12.5"E
    r"([nsew东西南北经纬]*)\s*(\d{1,3})\s*[°度]\s*(?:(\d{1,2}(?:\.\d+)?)\s*['′分])?"
    r"\s*(?:(\d{1,2}(?:\.\d+)?)\s*(?:[\"″秒]|''|′′))?\s*([nsew]?)"
)
_LAT_FIRST = re.compile(r"^\s*(?:北?纬|lat|n)")
_LENGTH = re.compile(r"(\d+\.?\d*|\.\d+)\s*(km|公里|千米|m|米)?")
_KILOMETRES = re.compile(r"[(（\s_](?:km|公里|千米)[)）]?\s*$", re.IGNORECASE)


def put_places(sheet: Sheet, reports: pd.DataFrame, context: IntakeContext) -> None:
    """Fill in ``lon`` and ``lat`` (WGS84) of the reports, and set rows aside whose coordinates cannot be used.

    A row that names line and pole, equipment, or a distance along a line does not need its coordinates:
    where they cannot be used it is kept without them, and that is said. What lies beyond degrees under
    a system in degrees stays as it is, for :mod:`patrol.hazards.plausible` to name.

    Raises
    ------
    IntakeError
        If the system declared for the project's tables is none.
    """
    x, y, bad = _coordinates(sheet)
    said = bad | ~np.isnan(x) | ~np.isnan(y)
    reports["lon"], reports["lat"] = np.nan, np.nan
    _without(sheet, reports, bad, "coordinates", lambda i: f"its coordinates {_shown(sheet, i)} are no numbers")
    names = sheet.column("crs")
    names = names.where(names != "", context.crs)
    undeclared = said & ~bad & (names == "").to_numpy(bool)
    _without(sheet, reports, undeclared, "no_crs", f"nobody says what system its coordinates are in: {HOW_TO_STATE}")
    use = said & ~bad & ~undeclared
    for name in sorted(set(names[use])):
        rows = use & (names == name).to_numpy(bool)
        try:
            system = declared(_NAMES.get("".join(c for c in name.casefold() if c.isalnum()), name))
        except CrsRefusedError as error:
            if name == context.crs:
                fault = Finding("error", "intake.crs", sheet.label, str(error), HOW_TO_STATE, field="intake.crs")
                raise IntakeError(fault) from error
            _without(sheet, reports, rows, "crs", f"{text.clean(error, limit=200)}: {HOW_TO_STATE}")
            continue
        _convert(sheet, reports, np.column_stack([x, y]), rows, system)


def _convert(sheet: Sheet, reports: pd.DataFrame, xy: FloatArray, rows: BoolArray, system: Declared) -> None:
    with np.errstate(invalid="ignore"):
        small = (np.abs(xy[:, 0]) <= 180) & (np.abs(xy[:, 1]) <= 180)
    zero = (xy == 0).all(axis=1)
    as_they_are = ~small if system.in_degrees else zero
    if not system.in_degrees:
        degrees = rows & small & ~zero
        _without(
            sheet, reports, degrees, "crs_unit", f"its coordinates look like degrees, not the metres of {system.name}"
        )
        rows = rows & ~degrees
    moved = np.flatnonzero(rows & ~as_they_are & np.isfinite(xy).all(axis=1))
    points = to_wgs84(xy[moved], system)
    lon, lat = np.where(rows, xy[:, 0], reports["lon"]), np.where(rows, xy[:, 1], reports["lat"])
    lon[moved], lat[moved] = points.lon, points.lat
    reports["lon"], reports["lat"] = lon, lat


def _without(sheet: Sheet, reports: pd.DataFrame, rows: BoolArray, short: str, why: str | Callable[[int], str]) -> None:
    """Set rows aside for their coordinates, or leave those out of rows that have another place."""
    if not rows.any():
        return
    placed = has_place(reports)
    sheet.reject(rows & ~placed, why)
    spared = rows & placed
    if spared.any():
        reason = why if isinstance(why, str) else why(int(np.flatnonzero(spared)[0]))
        what = f"{sheet.which(spared)}: the coordinates are left out, line and pole (or equipment) count: {reason}"
        sheet.tell("note", short, what)


def has_place(reports: pd.DataFrame) -> BoolArray:
    """Return which reports name a place without coordinates: line and pole, equipment, or a distance along a line."""
    feeder = (reports["feeder_ref"] != "").to_numpy(bool)
    pole = (reports["pole_ref"] != "").to_numpy(bool)
    equipment = (reports["equipment_ref"] != "").to_numpy(bool)
    return (feeder & pole) | equipment | (feeder & reports["along_m"].notna().to_numpy(bool))


def _coordinates(sheet: Sheet) -> tuple[FloatArray, FloatArray, BoolArray]:
    """Return the numbers of the coordinate columns, NaN where empty, and which rows hold something else."""
    x, bad_x = _degrees(sheet.column("lon"))
    y, bad_y = _degrees(sheet.column("lat"))
    bad = bad_x | bad_y
    pairs = sheet.column("lonlat")
    take = (pairs != "").to_numpy(bool) & np.isnan(x) & np.isnan(y) & ~bad
    if take.any():
        heading = unicodedata.normalize("NFKC", sheet.headings.get("lonlat", "")).casefold()
        lon_first = "经纬" in heading or "lnglat" in heading or "lonlat" in heading
        parsed = each(pairs[take], lambda cell: _pair(cell, lon_first))
        at = np.flatnonzero(take)
        bad[at] = [one is None for one in parsed]
        x[at] = [np.nan if one is None else one[0] for one in parsed]
        y[at] = [np.nan if one is None else one[1] for one in parsed]
    return x, y, bad


def _degrees(cells: pd.Series) -> tuple[FloatArray, BoolArray]:
    values = pd.to_numeric(cells.where(cells != "", None), errors="coerce").to_numpy(dtype=np.float64).copy()
    bad = np.zeros(len(cells), dtype=bool)
    for i in np.flatnonzero((cells != "").to_numpy(bool) & ~np.isfinite(values)):
        got = _degrees_of(cells.iloc[i])
        bad[i] = got is None
        values[i] = np.nan if got is None else got
    return values, bad


def _degrees_of(cell: str) -> float | None:
    """Return degrees from ``106.75°E``, ``106°45'12"E``, full-width digits; NaN for nothing, None for anything else."""
    word = unicodedata.normalize("NFKC", cell[:60]).strip().casefold()
    if word in EMPTY:
        return float("nan")
    plain = word.strip("nsew东西南北经纬度° :")
    sign = -1.0 if word[:1] in "sw南西" or word[-1:] in "sw" else 1.0
    if _NUMBER.fullmatch(plain):
        value = float(plain)
        return sign * value if np.isfinite(value) else None
    found = _DEGREES.fullmatch(word)
    if not found or float(found[3] or 0) >= 60 or float(found[4] or 0) >= 60:
        return None
    return sign * (int(found[2]) + float(found[3] or 0) / 60 + float(found[4] or 0) / 3600)


def _pair(cell: str, lon_first: bool) -> tuple[float, float] | None:
    """Return (lon, lat) from one cell; None where it holds no two numbers, or nobody can tell which is which."""
    word = unicodedata.normalize("NFKC", cell[:200]).casefold()
    numbers = [float(one) for one in _IN_TEXT.findall(word)]
    if len(numbers) != 2:
        return None
    a, b = numbers
    if _LAT_FIRST.search(word) or (abs(b) > 90 >= abs(a)):
        return b, a
    return (a, b) if lon_first or abs(a) > 90 >= abs(b) else None


def _shown(sheet: Sheet, i: int) -> str:
    cells = [sheet.column(name).iloc[i] for name in ("lon", "lat", "lonlat")]
    return ", ".join(shown(cell) for cell in cells if cell)


def lengths(sheet: Sheet, name: str) -> FloatArray:
    """Return a column of lengths in metres, NaN where empty; a cell or the heading may say kilometres."""
    cells = sheet.column(name)
    scale = 1000.0 if _KILOMETRES.search(sheet.headings.get(name, "")) else 1.0
    values = each(cells, lambda cell: _length(cell, scale)).to_numpy(dtype=np.float64)
    bad = np.isinf(values)
    sheet.reject(bad, lambda i: f"{name}: {shown(cells.iloc[i])} is no length in metres")
    return np.where(bad, np.nan, values)


def _length(cell: str, scale: float) -> float:
    word = unicodedata.normalize("NFKC", cell[:60]).strip().casefold()
    if word in EMPTY:
        return float("nan")
    found = _LENGTH.fullmatch(word)
    if not found:
        return float("inf")
    unit = found[2]
    value = float(found[1]) * (scale if unit is None else 1000.0 if unit in {"km", "公里", "千米"} else 1.0)
    return value if value <= MAX_ALONG_M else float("inf")


def areas(sheet: Sheet) -> pd.Series:
    """Return the polygons (WGS84 WKT) of warned areas, "" where there is none."""
    cells = sheet.column("area_wkt")
    if sheet.is_empty("area_wkt"):
        return cells
    shapes = each(cells, lambda cell: shapely.from_wkt(cell, on_invalid="ignore") if cell else None)
    kinds = shapely.get_type_id(shapes.to_numpy())
    good = np.isin(kinds, (3, 6)) & ~shapely.is_empty(shapes.to_numpy())  # polygon, multipolygon
    sheet.reject((cells != "").to_numpy(bool) & ~good, "area_wkt is no polygon")
    return cells.where(good, "")

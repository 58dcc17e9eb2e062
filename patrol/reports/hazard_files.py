"""Hazards as files for others: GeoJSON, CSV, XLSX, GeoPackage, KML, each written whole or not at all."""

from __future__ import annotations

import io
import json
import math
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyogrio
from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from patrol import text
from patrol.errors import Finding, PatrolError
from patrol.hazards.store import holds_register
from patrol.plan import write_bytes
from patrol.reports.files import named_if_open

WGS84 = "EPSG:4326"
MAX_SHEET_ROWS = 1_048_575  # rows of an XLSX sheet, less the heading
_WIDE = {"description": 60, "label": 30, "label_zh": 30}


def write_hazards(frame: gpd.GeoDataFrame, path: Path | str, *, private: bool = False) -> None:
    """Write hazards to a file whose ending says the form.

    Parameters
    ----------
    frame : GeoDataFrame
        One row a hazard, WGS84 points (empty where the place is not known). Texts are cleaned here;
        what must not leave the office (names, telephone numbers) must not be in the frame.
    path : path
        ``.geojson``, ``.csv``, ``.xlsx``, ``.gpkg`` or ``.kml``.
    private : bool
        Nobody but its owner may read it, as the register itself: names and telephone numbers are in the frame.

    Raises
    ------
    PatrolError
        If the ending is none of these, the file is a hazard register, or it cannot be written.
    """
    target = Path(path)
    writers: dict[str, Callable[[gpd.GeoDataFrame], bytes]] = {
        ".geojson": geojson_bytes, ".json": geojson_bytes, ".csv": csv_bytes, ".xlsx": xlsx_bytes, ".kml": kml_bytes,
    }  # fmt: skip
    ending = target.suffix.lower()
    if ending not in {*writers, ".gpkg"}:
        what, mend = f"{target.name!r} has an ending nobody knows", "one of .geojson .csv .xlsx .gpkg .kml"
        raise PatrolError(Finding("error", "export.form", "output", what, mend))
    if holds_register(target):
        what = "is a hazard register: nothing is written over it"
        raise PatrolError(Finding("error", "export.register", target.name, what, "name another file"))
    with named_if_open(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        if ending == ".gpkg":
            _write_gpkg(frame, target, private=private)
        else:
            write_bytes(target, writers[ending](frame), private=private)


def plain_table(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the columns without geometry as plain values: texts cleaned, times as ISO text, nothing as None."""
    table = pd.DataFrame(frame.drop(columns="geometry", errors="ignore"))
    return pd.DataFrame({str(name): _plain(table[name]) for name in table.columns}, dtype=object)


def _plain(column: pd.Series[Any]) -> list[Any]:
    if isinstance(column.dtype, pd.DatetimeTZDtype):
        column = column.dt.tz_convert("UTC")
        return [None if pd.isna(value) else value.strftime("%Y-%m-%dT%H:%M:%SZ") for value in column]
    return [_value(value) for value in column.tolist()]


def _value(value: Any) -> Any:
    if isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return text.clean(value, multiline=True)


def geojson_bytes(frame: gpd.GeoDataFrame) -> bytes:
    """Return a FeatureCollection (RFC 7946: WGS84, longitude first, 7 decimals)."""
    features = []
    for row, point in zip(plain_table(frame).to_dict("records"), frame.geometry, strict=True):
        known = point is not None and not point.is_empty
        geometry = {"type": "Point", "coordinates": [round(point.x, 7), round(point.y, 7)]} if known else None
        features.append(json.dumps({"type": "Feature", "properties": row, "geometry": geometry}, ensure_ascii=False))
    body = ",\n".join(features)
    return f'{{"type": "FeatureCollection", "name": "hazards", "features": [\n{body}\n]}}\n'.encode()


def csv_bytes(frame: gpd.GeoDataFrame) -> bytes:
    """Return a CSV in UTF-8 with BOM; no cell can start a formula."""
    table = plain_table(frame).map(lambda value: text.cell(value) if isinstance(value, str) else value)
    return ("\ufeff" + table.to_csv(index=False, lineterminator="\r\n")).encode()


def xlsx_bytes(frame: gpd.GeoDataFrame) -> bytes:
    """Return a workbook with one sheet, texts as text and numbers as numbers."""
    table = plain_table(frame)
    if len(table) > MAX_SHEET_ROWS:
        what, mend = f"{len(table)} hazards do not fit into one sheet", "write CSV or GeoPackage, or list fewer"
        raise PatrolError(Finding("error", "export.rows", "output", what, mend))
    book = Workbook()
    sheet = book.active
    sheet.title = "hazards"
    for number, name in enumerate(table.columns, start=1):
        sheet.cell(1, number, text.cell(name)).font = Font(bold=True)
        sheet.column_dimensions[get_column_letter(number)].width = _WIDE.get(name, max(12, len(name) + 2))
    for row, values in enumerate(table.itertuples(index=False, name=None), start=2):
        for number, value in enumerate(values, start=1):
            if isinstance(value, str):
                cell = sheet.cell(row, number)
                cell.value, cell.data_type, cell.number_format = text.cell(value), "s", "@"
            elif value is not None:
                sheet.cell(row, number, value)
    sheet.freeze_panes = "A2"
    sheet.auto_filter.ref = sheet.dimensions
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def kml_bytes(frame: gpd.GeoDataFrame) -> bytes:
    """Return a KML of placemarks; a hazard without a place is a placemark without a point."""
    marks = []
    for row, point in zip(plain_table(frame).to_dict("records"), frame.geometry, strict=True):
        name = text.xml(" ".join(str(row.get(key) or "") for key in ("hazard_id", "type_name_zh", "type_name")))
        known = point is not None and not point.is_empty
        place = f"<Point><coordinates>{point.x:.7f},{point.y:.7f}</coordinates></Point>" if known else ""
        data = "".join(
            f'<Data name="{text.xml(key)}"><value>{text.xml(value)}</value></Data>'
            for key, value in row.items()
            if value is not None
        )
        marks.append(f"<Placemark><name>{name}</name><ExtendedData>{data}</ExtendedData>{place}</Placemark>")
    head = '<?xml version="1.0" encoding="UTF-8"?>\n<kml xmlns="http://www.opengis.net/kml/2.2"><Document>'
    return (head + "<name>hazards</name>\n" + "\n".join(marks) + "\n</Document></kml>\n").encode()


def _write_gpkg(frame: gpd.GeoDataFrame, target: Path, *, private: bool) -> None:
    table = plain_table(frame)
    # An all-empty column has no type of its own; text is what it would most likely hold.
    table = pd.DataFrame({name: _typed(table[name], frame[name]) for name in table.columns})
    safe = gpd.GeoDataFrame(table, geometry=frame.geometry.to_numpy(), crs=WGS84)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.stem}.") as folder:
        draft = Path(folder) / target.name
        pyogrio.write_dataframe(safe, draft, layer="hazards", driver="GPKG", geometry_type="Point")
        if private:
            draft.chmod(0o600)  # its folder is private until it is moved
        draft.replace(target)


def _typed(plain: pd.Series[Any], before: pd.Series[Any]) -> pd.Series[Any]:
    numeric = pd.api.types.is_bool_dtype(before.dtype) or pd.api.types.is_numeric_dtype(before.dtype)
    return plain.astype(before.dtype) if numeric else plain.astype(object)

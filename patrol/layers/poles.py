"""Import a ledger of poles: lines are drawn where an office has none."""

from __future__ import annotations

import csv
import dataclasses
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import Geod

from patrol import text
from patrol.errors import Finding, LayerError
from patrol.layers.columns import DEGREES, known_headings, located, match_headings
from patrol.layers.crs import WGS84, Declared, metric_crs, to_wgs84, transformed
from patrol.layers.folder import refuse_overwrite
from patrol.layers.gcj import Wgs84
from patrol.layers.imported import no_places, write_import
from patrol.layers.inputs import Input, first_points, frame_of, read_input
from patrol.layers.pole_gaps import BROKEN_M, without_gaps
from patrol.layers.pole_lines import DOUBT_COLUMNS, doubt_findings, doubtful_spans, draw_lines, line_shape
from patrol.layers.pole_names import voltage_kv
from patrol.layers.pole_order import join_poles
from patrol.layers.raw import Raw, contents_of
from patrol.layers.schema import POLES
from patrol.layers.source import read_source
from patrol.layers.span_doubts import LONGEST_SPAN_M
from patrol.layers.starter import starter_crews, starter_note
from patrol.layers.tables import heading_key
from patrol.project import InputSpec
from patrol.words import counted

WGS84_GEOD = Geod(ellps="WGS84")
STRAY_M = 100_000.0  # a pole this far from the middle of all others has wrong coordinates
ASSUMED_KV = 10.0


@dataclass(frozen=True, slots=True)
class SpanLimits:
    """How long spans from pole to pole may be, in metres.

    Attributes
    ----------
    longest_span_m : float
        Longer spans are drawn, and listed as doubtful.
    broken_span_m : float
        Longer spans are not drawn: a pole that only such spans reach is set aside, else the line is broken there.
    """

    longest_span_m: float = LONGEST_SPAN_M
    broken_span_m: float = BROKEN_M


def import_poles(
    source: Path | str,
    out: Path | str,
    *,
    crs: str = "",
    sheet: str = "",
    columns: Mapping[str, str] | None = None,
    spans: SpanLimits | None = None,
    on: date | None = None,
    overwrite: bool = False,
) -> tuple[Finding, ...]:
    """Write a project folder from a ledger of poles.

    Parameters
    ----------
    source : Path
        XLSX, CSV (UTF-8 with or without BOM, GB18030) or a vector file of points, with feeder, pole number,
        lon and lat, and perhaps branch and parent pole; headings in Chinese or English.
    out : Path
        The folder to write: ``lines.gpkg``, ``poles.gpkg`` and ``equipment.gpkg`` in EPSG:4326, ``crews.csv``
        with placeholders, ``project.toml``, ``rejected.csv`` and ``doubtful_spans.csv``.
    crs : str
        What lon and lat are: ``EPSG:4326`` (WGS84), ``GCJ-02``, ``BD-09``, or any EPSG code. Nothing is guessed
        from the numbers. Without it a vector file says so itself, and a table whose heading says longitude
        (``columns.DEGREES``) is taken for WGS84, which is told as a suspicion; any other is refused.
    sheet : str
        Sheet of a workbook; by default the one with known headings.
    columns : mapping of str to str, optional
        Column -> heading of the ledger, where the headings are not known.
    spans : SpanLimits, optional
        How long spans may be.
    on, overwrite
        See :func:`patrol.layers.imported.write_import`.

    Returns
    -------
    tuple of Finding
        Rejected rows, doubtful spans, and what was assumed.

    Raises
    ------
    LayerError
        If the ledger cannot be read, no two poles of a feeder are left, or ``out`` is in use.
    """
    source, out = Path(source), Path(out)
    refuse_overwrite(out, overwrite=overwrite)
    if source.is_dir() and source.suffix.lower() != ".gdb":
        mend = "name the ledger in it, an .xlsx or .csv"
        raise LayerError(Finding("error", "poles.unreadable", source.name, "is a folder, not a file", mend))
    spec = InputSpec("poles", source, source.name, sheet, crs, columns=MappingProxyType(dict(columns or {})))
    by_heading = not crs and _says_degrees(spec)
    read = read_input(dataclasses.replace(spec, crs="EPSG:4326") if by_heading else spec)
    rows, found = _ledger(read)
    ledger, told = join_poles(rows, source.name)
    limits = spans or SpanLimits()
    ledger, gaps = without_gaps(ledger, source.name, broken_m=limits.broken_span_m)
    lines = _lines(ledger, source.name)
    doubts = doubtful_spans(ledger, longest_m=limits.longest_span_m)
    found += [*told, *gaps, *doubt_findings(doubts, source.name, table="doubtful_spans.csv")]
    heads = _heads(ledger)
    crews = starter_crews(lines, no_places(), heads.assign(name="", name_zh=""))
    shapes = shapely.points(ledger[["lon", "lat"]].to_numpy(float))
    poles = gpd.GeoDataFrame(ledger[list(POLES.columns)], geometry=shapes, crs=WGS84)
    frames: dict[str, pd.DataFrame] = {"lines": lines, "poles": poles, "equipment": heads, "crews": crews}
    texts = {
        "rejected.csv": _rejected(read.raw, found),
        "doubtful_spans.csv": _csv(doubts.to_dict("records"), DOUBT_COLUMNS),
    }
    timezone = write_import(out, frames, source.stem, on=on, overwrite=overwrite, texts=texts)
    found += [
        *_notes(ledger, lines, len(doubts), source.name),
        *_about_crs(read, by_heading),
        timezone,
        starter_note(crews),
    ]
    order = {"rejected": 0, "suspicion": 1, "note": 2}
    return tuple(sorted(found, key=lambda one: order.get(one.level, 3)))


def _says_degrees(spec: InputSpec) -> bool:
    """Return whether a table's own heading says that its coordinates are degrees of longitude."""
    try:
        raw = read_source(spec, known_headings("poles", spec))
    except LayerError:
        return False  # told when it is read in earnest
    if raw.geometry is not None:
        return False
    chosen, _ = match_headings(raw, located(POLES, has_geometry=False), spec)
    return heading_key(chosen.get("lon", "")) in {heading_key(word) for word in DEGREES}


def _about_crs(read: Input, by_heading: bool) -> list[Finding]:
    assert read.system is not None
    if not by_heading:
        return [read.raw.note("crs", f"lon and lat are {read.system.name}, as stated")]
    what = "lon and lat are taken for WGS84 (EPSG:4326), as the headings say degrees and no --crs is given"
    mend = "say --crs GCJ-02 if they were read off Amap or Tencent maps, BD-09 off Baidu: they are 400 m off else"
    return [read.raw.suspicion("crs", what, mend)]


def _ledger(read: Input) -> tuple[pd.DataFrame, list[Finding]]:
    """Return the good rows with ``lon, lat`` (WGS84) and ``x, y`` (metres), and all findings about rows."""
    read = dataclasses.replace(read, findings=tuple(_of_a_ledger(one) for one in read.findings))
    if read.failed or read.system is None:
        raise LayerError([one for one in read.findings if one.level == "error"] or read.findings)
    nothing = read.raw.fault("no_rows", "no row is left", "mend the rows named below")
    if not len(read.at):
        raise LayerError([nothing, *read.findings])
    lonlat = to_wgs84(first_points(read.geometry), read.system)
    lon, lat = float(np.nanmedian(lonlat.lon)), float(np.nanmedian(lonlat.lat))
    away = WGS84_GEOD.inv(lonlat.lon, lonlat.lat, np.full_like(lonlat.lon, lon), np.full_like(lonlat.lat, lat))[2]
    good = away <= STRAY_M  # false for what is no number, too
    what = f"lies more than {STRAY_M / 1000:.0f} km from the middle of the ledger ({lon:.3f}, {lat:.3f})"
    stray = read.raw.set_aside(read.at[~good], "outside", what, "mend lon and lat", name="lon")
    findings = [*read.findings, *stray]
    if not good.any():
        raise LayerError([nothing, *findings])
    kept = Wgs84(lonlat.lon[good], lonlat.lat[good])
    degrees = np.column_stack([kept.lon, kept.lat])
    xy = transformed(degrees, Declared("crs", WGS84, "WGS84"), metric_crs("", kept))
    frame = frame_of(read)[good].reset_index(drop=True)
    return frame.assign(lon=kept.lon, lat=kept.lat, x=xy[:, 0], y=xy[:, 1]), findings


def _of_a_ledger(one: Finding) -> Finding:
    """Return a finding of the input door with the mend of an importer: there is no project.toml to edit yet."""
    if one.code == "poles.empty":  # a note about an input that may be left out, but this is all that there is
        mend = "fill it: a row of headings, and below it a row for each pole"
        return dataclasses.replace(one, level="error", mend=mend)
    if one.code == "poles.layer" and "layer =" in one.mend:
        return dataclasses.replace(one, mend="say --sheet NAME to read another")
    if one.code == "poles.crs_differs":
        return dataclasses.replace(one, mend="leave --crs out if the file is right")
    what = one.what.replace("project.toml maps", "--column maps").replace("project.toml reads", "--column reads")
    mend = re.sub(r"state it in project\.toml: crs = (.*)", r"say --crs with one of: \1", one.mend)
    mend = re.sub(r"columns = \{ (.*?) \}( under \[inputs\.poles\])?", lambda found: _as_options(found[1]), mend)
    return dataclasses.replace(one, what=what, mend=mend.replace("in project.toml", "with --crs"))


def _as_options(pairs: str) -> str:
    """Return column mappings as options of the command: ``lon = "Y", lat = "X"``."""
    return " ".join(f"--column {pair.strip().replace(' = ', '=')}" for pair in pairs.split(","))


def _lines(ledger: pd.DataFrame, label: str) -> gpd.GeoDataFrame:
    """Return lines with the columns of the schema that a ledger can fill.

    Raises
    ------
    LayerError
        If no feeder has two poles.
    """
    drawn = draw_lines(ledger)
    lonlat, xy = ledger[["lon", "lat"]].to_numpy(float), ledger[["x", "y"]].to_numpy(float)
    shapes = [line_shape(lonlat, xy, poles) for poles in drawn["poles"]]
    drawn = drawn[[shape is not None for shape in shapes]] if len(drawn) else drawn
    if drawn.empty:
        what = "no feeder has two poles in different places, so there is no line to draw"
        raise LayerError(Finding("error", "poles.no_lines", label, what, "check the feeder column and the coordinates"))
    feeder = drawn["feeder_id"]
    columns = {
        "line_id": drawn["line_id"],
        "feeder_id": feeder,
        "name": feeder,
        "name_zh": feeder.where(feeder.str.contains("[\u3400-\u9fff]", regex=True), ""),
        "voltage_kv": feeder.map(lambda name: voltage_kv(name) or ASSUMED_KV),
    }
    return gpd.GeoDataFrame(columns, geometry=[one for one in shapes if one is not None], crs=WGS84).reset_index(
        drop=True
    )


def _heads(ledger: pd.DataFrame) -> gpd.GeoDataFrame:
    """Return an assumed breaker at the first pole of each feeder: numbers begin at the substation."""
    first = ledger[ledger["head"].to_numpy(dtype=bool)]
    rows = {
        "equipment_id": "head-" + first["feeder_id"],
        "kind": "breaker",
        "feeder_id": first["feeder_id"],
        "name": "Feeder head (PLACEHOLDER - edit me)",
        "name_zh": "馈线首端（占位-请修改）",
    }
    shapes = shapely.points(first[["lon", "lat"]].to_numpy(float))
    return gpd.GeoDataFrame(rows, geometry=shapes, crs=WGS84).reset_index(drop=True)


def _csv(rows: list[dict[Any, Any]], columns: tuple[str, ...]) -> str:
    """Return a CSV whose cells are safe in a spreadsheet."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(
        [text.cell(row[name]) if isinstance(row[name], str) else row[name] for name in columns] for row in rows
    )
    return out.getvalue()


def _rejected(raw: Raw, findings: list[Finding]) -> str:
    """Return ``rejected.csv``: each row that was set aside, why, how to mend it, and what it held."""
    aside = [one for one in findings if one.level == "rejected" and one.row is not None]
    at = np.searchsorted(raw.rows, [one.row or 0 for one in aside])
    rows = [
        {"row": one.row, "field": one.field, "reason": one.what, "mend": one.mend, "content": content}
        for one, content in zip(aside, contents_of(raw, at), strict=True)
    ]
    return _csv(rows, ("row", "field", "reason", "mend", "content"))


def _notes(ledger: pd.DataFrame, lines: gpd.GeoDataFrame, doubts: int, label: str) -> list[Finding]:
    def note(code: str, what: str, mend: str = "") -> Finding:
        return Finding("note", f"poles.{code}", label, what, mend)

    km = sum(WGS84_GEOD.geometry_length(shape) for shape in lines.geometry) / 1000
    feeders = lines["feeder_id"].nunique()
    found = [
        note(
            "lines",
            f"{counted(len(ledger), 'pole')} on {counted(len(lines), 'line')} ({km:.1f} km)"
            f" of {counted(feeders, 'feeder')}",
        ),
        note("sources", "the first pole of each feeder is taken for its source", "mend equipment.gpkg"),
        note("roads", "no roads: travel is estimated along straight lines", "add a roads layer"),
    ]
    if doubts:
        found.append(
            note("doubts", counted(doubts, "doubtful span is", "doubtful spans are") + " listed in doubtful_spans.csv")
        )
    lone = sorted(set(ledger["feeder_id"]) - set(lines["feeder_id"]))
    if lone:
        what = f"feeders with a single place have no line: {', '.join(lone[:10])}"
        found.append(Finding("suspicion", "poles.single", label, what, "check the feeder column"))
    if (assumed := lines["feeder_id"].map(voltage_kv).isna()).any():
        names = lines.loc[assumed, "feeder_id"].nunique()
        found.append(
            note(
                "voltage",
                f"{counted(names, 'feeder is', 'feeders are')} taken for {ASSUMED_KV:g} kV",
                "mend voltage_kv in lines.gpkg",
            )
        )
    return found

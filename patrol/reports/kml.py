"""KML 2.2 of a whole plan: a folder a day, in it one a party, in it one a crew, with stops, ways and lines.

Google Earth reads a description as HTML and fills in ``$[...]``: field text is quoted for HTML first and for XML then,
and balloons show the description alone, so that no other field is taken for markup.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree as ET

import geopandas as gpd
import shapely

from patrol import text
from patrol.reports.gpx import poles_words, xml_bytes
from patrol.reports.stops import both_labels, clock
from patrol.reports.tables import word
from patrol.words import LANGUAGES, say

KML = "http://www.opengis.net/kml/2.2"
# aabbggrr, told apart by width and darkness too
_LINES = {"drive": ("ffb0480b", 3), "walk": ("ff6f7a00", 2), "patrol": ("ff141414", 5)}
_STOP_IDS = (
    "code", "order", "shift_id", "crew_id", "task_id", "section_id", "kind", "arrive", "start_service", "leave",
    "zone_id", "due",
)  # fmt: skip


def kml_bytes(
    stops: gpd.GeoDataFrame, legs: gpd.GeoDataFrame, lines: gpd.GeoDataFrame, *, title: str, notice: str, lang: str
) -> bytes:
    """Return a KML file, UTF-8, of WGS84 frames of :mod:`patrol.reports.stops`."""
    ET.register_namespace("", KML)
    root = ET.Element(_tag("kml"))
    document = _add(root, "Document")
    _add(document, "name", title)
    _add(document, "description").text = text.html(notice)
    _styles(document)
    for day, on_day in stops.groupby("date", sort=True):
        day_folder = _folder(document, str(day))
        for party, of_party in on_day.groupby("party", sort=True):
            party_folder = _folder(day_folder, word("party", str(party), lang))
            for number, own in of_party.groupby("shift", sort=False):
                _shift(party_folder, own, legs[legs["shift"] == number], lines[lines["shift"] == number], lang)
    ET.indent(root, " ")
    return xml_bytes(root)


def _tag(name: str) -> str:
    return f"{{{KML}}}{name}"


def _add(parent: ET.Element, name: str, words: object = "") -> ET.Element:
    child = ET.SubElement(parent, _tag(name))
    if words != "":
        child.text = text.clean(words)
    return child


def _folder(parent: ET.Element, name: str) -> ET.Element:
    folder = _add(parent, "Folder")
    _add(folder, "name", name)
    return folder


def _styles(document: ET.Element) -> None:
    for name in ("stop", "depot"):
        style = _add(document, "Style")
        style.set("id", name)
        icon = _add(style, "IconStyle")
        _add(icon, "scale", "1.1" if name == "stop" else "0.8")
        _balloon(style)
    for name, (colour, width) in _LINES.items():
        style = _add(document, "Style")
        style.set("id", name)
        line = _add(style, "LineStyle")
        _add(line, "color", colour)
        _add(line, "width", width)
        _balloon(style)


def _balloon(style: ET.Element) -> None:
    _add(_add(style, "BalloonStyle"), "text", "$[description]")


def _shift(
    parent: ET.Element, stops: gpd.GeoDataFrame, legs: gpd.GeoDataFrame, lines: gpd.GeoDataFrame, lang: str
) -> None:
    first = stops.iloc[0]
    folder = _folder(parent, f"{first['crew_zh'] if lang == 'zh' else first['crew']} ({first['crew_id']})")
    for row, point in _pairs(stops):
        if row["kind"] == "break":
            continue
        mark = _placemark(folder, row["name"], _words(row))
        span = _add(mark, "TimeSpan")
        _add(span, "begin", row["arrive"])
        _add(span, "end", row["leave"])
        _finish(mark, {key: row[key] for key in _STOP_IDS}, "stop" if row["code"] else "depot", "Point", point)
    for row, shape in _pairs(legs):
        mark = _placemark(folder, f"{word_of(row['kind'], lang)} → {row['to_name']}")
        _finish(mark, {key: row[key] for key in ("shift_id", "to_order", "kind")}, row["kind"], "LineString", shape)
    for row, shape in _pairs(lines):
        mark = _placemark(folder, row["name"])
        keys = ("shift_id", "order", "code", "task_id", "section_id", "direction")
        _finish(mark, {key: row[key] for key in keys}, "patrol", "LineString", shape)


def word_of(kind: str, lang: str) -> str:
    """Return the word for a way."""
    return say(f"papers.legend_{kind}", lang)


def _pairs(frame: gpd.GeoDataFrame) -> list[tuple[dict[str, Any], Any]]:
    return list(zip(frame.drop(columns="geometry").to_dict("records"), frame.geometry, strict=True))


def _placemark(folder: ET.Element, name: str, words: str = "") -> ET.Element:
    mark = _add(folder, "Placemark")
    _add(mark, "name", name)
    if words:
        _add(mark, "description").text = words
    return mark


def _words(row: Mapping[str, Any]) -> str:
    """Return the description as HTML of quoted text."""
    times = "–".join(dict.fromkeys(clock(row[key], row["date"]) for key in ("arrive", "leave")))
    parts = [both_labels(row), f"{row['date']} {times}", *(poles_words(row, lang) for lang in LANGUAGES)]
    return "<br/>".join(text.html(part) for part in dict.fromkeys(parts) if part)


def _finish(mark: ET.Element, data: Mapping[str, Any], style: str, kind: str, shape: Any) -> None:
    """Add style, ids and geometry in the order that KML wants."""
    _add(mark, "styleUrl", f"#{style}")
    extended = _add(mark, "ExtendedData")
    for key, value in data.items():
        if value != "":
            one = _add(extended, "Data")
            one.set("name", key)
            _add(one, "value", value)
    geometry = _add(mark, kind)
    if kind == "LineString":
        _add(geometry, "tessellate", 1)
    points = shapely.get_coordinates(shape)
    _add(geometry, "coordinates").text = " ".join(f"{lon:.7f},{lat:.7f}" for lon, lat in points)

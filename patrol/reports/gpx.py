"""GPX 1.1 for handhelds and phone apps: the stops as waypoints and a route, the ways and the lines as tracks.

Structure and order of elements are those of https://www.topografix.com/GPX/1/1/gpx.xsd. Receivers show ``name``
(see :mod:`patrol.reports.handheld`) and, when asked, ``cmt`` and ``desc``; ids that programs need lie in
``extensions`` under a name space of our own. There are no times in it: a plan is no recorded track.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree as ET

import geopandas as gpd
import numpy as np
import shapely

from patrol import text
from patrol.reports.stops import both_labels, clock
from patrol.words import LANGUAGES, say

GPX = "http://www.topografix.com/GPX/1/1"
OWN = "urn:patrol:plan:1"
CREATOR = "patrol"
_IDS = ("code", "order", "shift_id", "task_id", "section_id")


def gpx_bytes(
    stops: gpd.GeoDataFrame, legs: gpd.GeoDataFrame, lines: gpd.GeoDataFrame, *, title: str, notice: str
) -> bytes:
    """Return a GPX file.

    Parameters
    ----------
    stops, legs, lines : GeoDataFrame
        WGS84, see :mod:`patrol.reports.stops`; of one crew and day, or of the whole plan.
    title, notice : str
        What the file is, and what a plan is not.

    Returns
    -------
    bytes
        UTF-8. A waypoint a stop with a task, a route a shift with its stops in order, a track a shift with a segment
        a leg, and a second one with a segment a section patrolled, in the direction of walking.
    """
    ET.register_namespace("", GPX)
    ET.register_namespace("patrol", OWN)
    root = ET.Element(_tag("gpx"), {"version": "1.1", "creator": CREATOR})
    metadata = _add(root, "metadata")
    _add(metadata, "name", title)
    _add(metadata, "desc", notice)
    if bounds := _bounds(stops, legs, lines):
        ET.SubElement(metadata, _tag("bounds"), bounds)
    for row in _rows(stops[stops["code"] > 0]):
        _stop(root, "wpt", row)
    for _, own in stops.groupby("shift", sort=False):
        rows = list(_rows(own))
        route = _add(root, "rte")
        _add(route, "name", _shift_name(rows[0]))
        _add(route, "desc", _shift_words(rows[0]))
        for row in rows:
            if row["kind"] != "break":  # lies where the stop before it does
                _stop(route, "rtept", row)
    for word, frame in (("track_ways", legs), ("track_lines", lines)):
        for _, own in frame.groupby("shift", sort=False):
            _track(root, word, own)
    ET.indent(root, " ")
    return xml_bytes(root)


def xml_bytes(root: ET.Element) -> bytes:
    """Return a whole XML file."""
    body: bytes = ET.tostring(root, encoding="utf-8")
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + body + b"\n"


def _tag(name: str) -> str:
    return f"{{{GPX}}}{name}"


def _add(parent: ET.Element, name: str, words: str = "") -> ET.Element:
    """Add an element; ElementTree quotes the text, and what no XML may hold goes with ``text.clean``."""
    child = ET.SubElement(parent, _tag(name))
    if words:
        child.text = text.clean(words)
    return child


def _rows(frame: gpd.GeoDataFrame) -> Any:
    return frame.drop(columns="geometry").to_dict("records")


def _stop(parent: ET.Element, name: str, row: Mapping[str, Any]) -> None:
    point = ET.SubElement(parent, _tag(name), {"lat": f"{row['lat']:.7f}", "lon": f"{row['lon']:.7f}"})
    _add(point, "name", row["name"])
    _add(point, "cmt", both_labels(row))
    _add(point, "desc", _words(row))
    _add(point, "sym", "Flag, Blue" if row["code"] else "Residence")
    _add(point, "type", row["kind"])
    _extend(point, {key: row[key] for key in _IDS if row[key] != "" and (key != "code" or row[key])})


def _extend(parent: ET.Element, values: Mapping[str, Any]) -> None:
    extensions = _add(parent, "extensions")
    for key, value in values.items():
        ET.SubElement(extensions, f"{{{OWN}}}{key}").text = text.clean(value)


def _words(row: Mapping[str, Any]) -> str:
    """Return planned times and poles in both languages."""
    times = "–".join(dict.fromkeys(clock(row[key], row["date"]) for key in ("arrive", "leave")))
    return " / ".join(
        " ".join(part for part in (row["date"], times, poles_words(row, lang)) if part) for lang in LANGUAGES
    )


def poles_words(row: Mapping[str, Any], lang: str) -> str:
    """Return the poles of a stop in the order of walking."""
    first, last = row["first_pole"], row["last_pole"]
    if not first:
        return ""
    words = say("papers.poles", lang, first=first, last=last) if last and last != first else ""
    words = words or say("papers.pole_one", lang, first=first)
    there_and_back = row["kind"] == "section" and row["direction"] == 0
    return words + (f" ({say('papers.both_ways', lang)})" if there_and_back else "")


def _shift_name(row: Mapping[str, Any]) -> str:
    return f"{row['date'][5:]} {row['crew_id']}"


def _shift_words(row: Mapping[str, Any]) -> str:
    return " / ".join(dict.fromkeys([f"{row['date']} {row['crew_zh']}", f"{row['date']} {row['crew']}"]))


def _track(root: ET.Element, word: str, own: gpd.GeoDataFrame) -> None:
    rows = list(_rows(own))
    track = _add(root, "trk")
    _add(track, "name", f"{_shift_name(rows[0])} {say(f'papers.{word}', 'en')}")
    _add(track, "desc", f"{_shift_words(rows[0])}: {say(f'papers.{word}', 'zh')}")
    _extend(track, {"shift_id": rows[0]["shift_id"]})
    for row, shape in zip(rows, own.geometry, strict=True):
        segment = _add(track, "trkseg")
        for lon, lat in shapely.get_coordinates(shape):
            ET.SubElement(segment, _tag("trkpt"), {"lat": f"{lat:.7f}", "lon": f"{lon:.7f}"})
        keys = ("to_order", "kind") if "to_order" in row else ("code", "order", "task_id", "section_id")
        _extend(segment, {key: row[key] for key in keys})


def _bounds(*frames: gpd.GeoDataFrame) -> dict[str, str]:
    boxes = [frame.total_bounds for frame in frames if len(frame)]
    if not boxes:
        return {}
    low, high = np.min(boxes, axis=0)[:2], np.max(boxes, axis=0)[2:]
    names = ("minlat", "minlon", "maxlat", "maxlon")
    return {key: f"{value:.7f}" for key, value in zip(names, (low[1], low[0], high[1], high[0]), strict=True)}

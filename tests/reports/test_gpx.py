"""GPX: the structure of version 1.1, what receivers and GDAL read of it, one crew in one file."""

import re
from xml.etree import ElementTree as ET

import gpxpy
import numpy as np
import pyogrio
import pytest
import shapely

from hostile import HOSTILE
from paper_cases import drawn_of, hostile_plan, known_of
from patrol import text
from patrol.reports.gpx import GPX, OWN, gpx_bytes
from patrol.reports.handheld import MAX_NAME

# Order of children in the schema's sequences, https://www.topografix.com/GPX/1/1/gpx.xsd
POINT = (
    "ele", "time", "magvar", "geoidheight", "name", "cmt", "desc", "src", "link", "sym", "type", "fix", "sat", "hdop",
    "vdop", "pdop", "ageofdgpsdata", "dgpsid", "extensions",
)  # fmt: skip
ORDER = {
    "gpx": ("metadata", "wpt", "rte", "trk", "extensions"),
    "metadata": ("name", "desc", "author", "copyright", "link", "time", "keywords", "bounds", "extensions"),
    "wpt": POINT, "rtept": POINT, "trkpt": POINT,
    "rte": ("name", "cmt", "desc", "src", "link", "number", "type", "extensions", "rtept"),
    "trk": ("name", "cmt", "desc", "src", "link", "number", "type", "extensions", "trkseg"),
    "trkseg": ("trkpt", "extensions"),
}  # fmt: skip
MANY = {"wpt", "rte", "trk", "rtept", "trkseg", "trkpt"}


def gpx_of(plan, known, number=None):
    drawn = drawn_of(plan, known)
    own = drawn if number is None else drawn.of(number)
    return gpx_bytes(own.stops, own.legs, own.lines, title="计划 <1>", notice="不是工作票")


def faults_of_structure(data):
    """Return every way in which a file differs from the structure of GPX 1.1."""
    root, found = ET.fromstring(data), []
    if root.tag != f"{{{GPX}}}gpx" or root.get("version") != "1.1" or not root.get("creator"):
        found.append("root")
    for element in root.iter():
        name = element.tag.removeprefix(f"{{{GPX}}}")
        if name not in ORDER:
            continue
        children = [child.tag.removeprefix(f"{{{GPX}}}") for child in element]
        if any(child not in ORDER[name] for child in children):
            found.append(f"{name} holds {children}")
            continue
        places = [ORDER[name].index(child) for child in children]
        if places != sorted(places):
            found.append(f"{name} is out of order: {children}")
        found += [f"{name}: {child} twice" for child in set(children) - MANY if children.count(child) > 1]
        if name in {"wpt", "rtept", "trkpt"}:
            lat, lon = float(element.get("lat")), float(element.get("lon"))
            found += [] if -90 <= lat <= 90 and -180 <= lon < 180 else [f"{lat} {lon}"]
        if name == "extensions":
            found += [child.tag for child in element if child.tag.startswith(f"{{{GPX}}}")]
    return found


def test_the_structure_is_that_of_gpx_1_1(plan, known):
    assert faults_of_structure(gpx_of(plan, known)) == []
    assert faults_of_structure(gpx_of(plan, known, 0)) == []


def test_a_reader_of_gpx_gives_back_stops_routes_and_tracks(plan, known):
    drawn = drawn_of(plan, known)
    read = gpxpy.parse(gpx_of(plan, known).decode())
    served = drawn.stops[drawn.stops["code"] > 0]
    assert [(p.name, p.latitude, p.longitude) for p in read.waypoints] == [
        (row.name_, pytest.approx(row.geometry.y, abs=1e-7), pytest.approx(row.geometry.x, abs=1e-7))
        for row in served.rename(columns={"name": "name_"}).itertuples()
    ]
    ids = [{e.tag.removeprefix(f"{{{OWN}}}"): e.text for e in p.extensions} for p in read.waypoints]
    assert [one["task_id"] for one in ids] == served["task_id"].tolist()
    assert [int(one["code"]) for one in ids] == served["code"].tolist()
    assert [one["shift_id"] for one in ids] == served["shift_id"].tolist()
    assert [len(route.points) for route in read.routes] == [5, 3]  # the break is no place of its own
    assert [route.points[0].name for route in read.routes] == ["START", "START"]
    segments = [[(p.longitude, p.latitude) for p in s.points] for track in read.tracks for s in track.segments]
    shapes = [*drawn.legs.geometry, *drawn.lines.geometry]
    assert len(segments) == len(shapes)
    for points, shape in zip(segments, shapes, strict=True):
        assert np.allclose(points, shapely.get_coordinates(shape), atol=6e-8)
    assert all(len(p.name) <= MAX_NAME and p.name.isascii() for p in read.waypoints)
    assert read.waypoints[0].comment == "城东线10-19号杆 / Feeder 1 10-19"
    assert read.waypoints[1].description == "2024-08-16 09:20–09:50 29 → 20 号杆 / 2024-08-16 09:20–09:50 poles 29 → 20"


def test_gdal_reads_it(plan, known, tmp_path):
    (tmp_path / "a.gpx").write_bytes(gpx_of(plan, known))
    layers = {name for name, _ in pyogrio.list_layers(tmp_path / "a.gpx")}
    assert {"waypoints", "routes", "tracks", "track_points", "route_points"} <= layers
    points = pyogrio.read_dataframe(tmp_path / "a.gpx", layer="waypoints")
    assert points["patrol_task_id"].tolist() == ["S:1", "S:2", "H:7", "S:3"]
    assert len(pyogrio.read_dataframe(tmp_path / "a.gpx", layer="tracks")) == 4


def test_a_crews_file_holds_that_crew_only(plan, known):
    own, other = gpx_of(plan, known, 0).decode(), gpx_of(plan, known, 1).decode()
    assert "S:3" not in own
    assert "李家村" not in own
    assert "C2" not in own
    assert "S:1" not in other
    assert "H:7" not in other


def test_hostile_text_is_text_and_what_no_xml_may_hold_is_gone(make_plan):
    for start in range(0, len(HOSTILE), 7):
        plan = hostile_plan(make_plan, HOSTILE[start:] + HOSTILE[:start])
        known = known_of(plan)
        data = gpx_of(plan, known)
        assert faults_of_structure(data) == []
        drawn = drawn_of(plan, known)
        read = gpxpy.parse(data.decode())
        assert len(read.waypoints) == (drawn.stops["code"] > 0).sum()
        assert {p.comment for p in read.waypoints} <= {
            text.clean(" / ".join(dict.fromkeys([r["label_zh"], r["label"]]))) for r in drawn.stops.to_dict("records")
        }
        assert not re.search(rb"<!\[CDATA|<!DOCTYPE|<!ENTITY|<\?xml[^>]*\?>.*<\?", data, re.DOTALL)


def test_whatever_letters_a_frame_and_a_title_hold_the_file_is_xml(plan, known):
    """Frames are cleaned where they are made; the writer does not lean on that."""
    drawn = drawn_of(plan, known)
    stops = drawn.stops.assign(task_id=drawn.stops["task_id"] + "\x0b\x00", label="a\x1b[2J", label_zh="")
    data = gpx_bytes(stops, drawn.legs, drawn.lines, title="t\x08<b>", notice="\ud800\ufffe")
    read = gpxpy.parse(data.decode())
    assert (read.name, read.waypoints[0].comment) == (text.clean("t\x08<b>"), text.clean("a\x1b[2J"))
    told = [part.text for part in read.waypoints[0].extensions]
    assert stops.loc[stops["code"] > 0, "task_id"].map(text.clean).iloc[0] in told


def test_an_empty_plan_is_a_valid_file(empty_plan, known):
    data = gpx_of(empty_plan, known)
    assert faults_of_structure(data) == []
    assert gpxpy.parse(data.decode()).waypoints == []

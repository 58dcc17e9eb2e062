"""GeoJSON: RFC 7946, ids and geometry through GDAL, inert strings."""

import json

import numpy as np
import pyogrio
import shapely

from hostile import HOSTILE
from paper_cases import drawn_of, hostile_plan, known_of
from patrol import text
from patrol.reports.geojson import geojson_bytes


def geojson_of(plan, known):
    drawn = drawn_of(plan, known)
    return geojson_bytes(drawn.stops, drawn.legs, drawn.lines, title="计划", notice="不是工作票")


def test_it_is_a_feature_collection_of_rfc_7946(plan, known):
    data = json.loads(geojson_of(plan, known))
    assert data["type"] == "FeatureCollection"
    assert "crs" not in data
    west, south, east, north = data["bbox"]
    assert west < east
    assert south < north
    for feature in data["features"]:
        assert set(feature) == {"type", "geometry", "properties"}
        assert feature["geometry"]["type"] in {"Point", "LineString"}
        points = np.atleast_2d(feature["geometry"]["coordinates"])
        assert points.shape[1] == 2
        assert ((points >= [west, south]) & (points <= [east, north])).all()


def test_ids_and_geometry_come_back_through_gdal(plan, known, tmp_path):
    (tmp_path / "a.geojson").write_bytes(geojson_of(plan, known))
    read, drawn = pyogrio.read_dataframe(tmp_path / "a.geojson"), drawn_of(plan, known)
    assert read.crs == "EPSG:4326"
    stops = read[read["feature"] == "stop"]
    assert stops["task_id"].fillna("").tolist() == drawn.stops["task_id"].tolist()
    assert stops["code"].tolist() == drawn.stops["code"].tolist()
    assert shapely.equals_exact(stops.geometry.to_numpy(), drawn.stops.geometry.to_numpy(), tolerance=1e-7).all()
    for kind, frame in (("leg", drawn.legs), ("line", drawn.lines)):
        got = read[read["feature"] == kind]
        assert shapely.equals_exact(got.geometry.to_numpy(), frame.geometry.to_numpy(), tolerance=1e-7).all()
        assert got["shift_id"].tolist() == frame["shift_id"].tolist()


def test_hostile_text_is_text_and_nothing_in_a_page(make_plan):
    for start in range(0, len(HOSTILE), 7):
        plan = hostile_plan(make_plan, HOSTILE[start:] + HOSTILE[:start])
        known = known_of(plan)
        data = geojson_of(plan, known)
        assert not set(b"<>&$`") & set(data)
        labels = [
            f["properties"]["label"] for f in json.loads(data)["features"] if f["properties"]["feature"] == "stop"
        ]
        assert labels == [text.clean(label) for label in drawn_of(plan, known).stops["label"]]


def test_an_empty_plan_is_an_empty_collection(empty_plan, known):
    data = json.loads(geojson_of(empty_plan, known))
    assert data["features"] == []
    assert "bbox" not in data

"""Reports as GeoJSON."""

import json

import geopandas as gpd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from patrol.errors import IntakeError
from patrol.hazards.formats.geojson import geojson_and_originals, read_geojson
from patrol.hazards.model import IntakeContext

CONTEXT = IntakeContext("Asia/Shanghai", "2024-08-20T00:00:00.000000Z")


def feature(geometry=None, **properties):
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def point(*lonlat):
    return {"type": "Point", "coordinates": list(lonlat)}


def read(*features, context=CONTEXT, **more):
    raw = json.dumps({"type": "FeatureCollection", "features": list(features), **more}).encode()
    return read_geojson(raw, "x.geojson", context)


def test_properties_are_understood_as_in_a_table_and_the_place_is_wgs84():
    intake = read(
        feature(point(106.7, 38.9, 1100), 线路="城关线", 发现时间="2024-08-16 09:12", 单位="供电所", 描述="鸟窝")
    )
    report = intake.reports.iloc[0]
    assert (report["lon"], report["lat"], report["feeder_ref"], report["party"]) == (
        106.7,
        38.9,
        "城关线",
        "enterprise",
    )
    assert report["description"] == "鸟窝"
    assert intake.form == "geojson"


def test_a_system_declared_for_tables_does_not_shift_geojson():
    context = IntakeContext("Asia/Shanghai", "2024-08-20T00:00:00.000000Z", crs="GCJ-02")
    intake = read(feature(point(106.7, 38.9), text="x"), context=context)
    assert intake.reports["lon"][0] == 106.7
    assert any(f.code == "intake.crs" for f in intake.findings)


def test_copies_of_the_place_among_the_properties_are_not_read():
    intake = read(feature(point(106.7, 38.9), text="x", lng=0, lat=0, crs="GCJ-02", 坐标="1,2", uncertainty_m="far"))
    assert intake.reports[["lon", "lat"]].to_numpy().tolist() == [[106.7, 38.9]]


def test_older_geojson_may_name_its_system():
    metres = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4545"}}
    intake = read(feature(point(384234.5, 4307000.0), text="x"), crs=metres)
    assert intake.reports["lon"][0] == pytest.approx(106.66, abs=0.01)
    plain = {"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}}
    assert read(feature(point(106.7, 38.9), text="x"), crs=plain).reports["lon"][0] == 106.7


def test_a_line_or_area_is_its_middle_with_a_radius_that_holds_it():
    line = {"type": "LineString", "coordinates": [[106.70, 38.90], [106.72, 38.90]]}
    intake = read(feature(line, text="x"))
    assert intake.reports["lon"][0] == pytest.approx(106.71)
    assert intake.reports["uncertainty_m"][0] == pytest.approx(866, abs=5)


def test_no_geometry_is_no_fault_but_a_bad_one_is():
    intake = read(
        feature(None, 线路="城关线", 杆号="1"),
        feature({"type": "Point", "coordinates": ["106", "38"]}, text="a"),
        feature({"type": "Point"}, text="b"),
        feature(7, text="c"),
        7,
    )
    assert intake.reports["row"].tolist() == [1]
    assert intake.rejected["row"].tolist() == [2, 3, 4, 5]


def test_the_id_of_a_feature_is_its_id():
    assert read({**feature(None, text="x"), "id": 17}).reports["external_id"][0] == "17"
    assert read({**feature(None, text="x", id="A"), "id": 17}).reports["external_id"][0] == "A"


def test_originals_say_where_and_in_what_system():
    raw = json.dumps(feature(point(106.7, 38.9), text="x", deep={"a": [1, {"b": 2}]})).encode()
    _, originals = geojson_and_originals(raw, "x", CONTEXT)
    assert originals.to_dict("records") == [
        {"text": "x", "deep.a": '[1, {"b": 2}]', "lon": "106.7", "lat": "38.9", "crs": "EPSG:4326"}
    ]


@pytest.mark.parametrize(
    "raw", [b"", b"{}", b"[]", b"{", b"[" * 100_000, b'{"type":"FeatureCollection","features":7}', b"\xff\xff", b"nul"]
)
def test_what_is_no_geojson_is_refused(raw):
    with pytest.raises(IntakeError):
        read_geojson(raw, "x", CONTEXT)


def test_what_geopandas_writes_is_read(tmp_path):
    frame = gpd.GeoDataFrame({"description": ["鸟窝", "树"]}, geometry=gpd.points_from_xy([106.7, 106.8], [38.9, 38.8]))
    frame.set_crs("EPSG:4326").to_file(tmp_path / "x.geojson", driver="GeoJSON")
    intake = read_geojson((tmp_path / "x.geojson").read_bytes(), "x", CONTEXT)
    assert shapely.equals_exact(
        shapely.points(intake.reports[["lon", "lat"]].to_numpy()), frame.geometry.to_numpy(), 1e-6
    ).all()


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@given(
    st.lists(st.fixed_dictionaries({"type": st.just("Feature"), "geometry": ANY, "properties": ANY}) | ANY, max_size=5)
)
def test_any_features_are_reports_or_rows_set_aside(features):
    intake = read(*features)
    assert sorted([*intake.reports["row"], *intake.rejected["row"]]) == list(range(1, len(features) + 1))


@given(
    st.one_of(
        st.fixed_dictionaries({"type": st.sampled_from(["Point", "LineString", "Polygon"]), "coordinates": ANY}),
        st.fixed_dictionaries({"type": st.just("GeometryCollection"), "geometries": ANY}),
    )
)
def test_any_geometry_is_a_place_or_a_row_set_aside(geometry):
    intake = read(feature(geometry, text="x"))
    assert len(intake.reports) + len(intake.rejected) == 1

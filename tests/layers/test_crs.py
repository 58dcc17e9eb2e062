"""CRS statements, the metric CRS of a project, GCJ-02 and BD-09, Gauss-Krueger zones."""

import csv

import numpy as np
import pyproj
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patrol.errors import LayerError
from patrol.layers.crs import CrsRefusedError, declared, metric_crs, to_wgs84, transformed, utm_zone
from patrol.layers.gauss_kruger import Zone, same_meridian, transverse_mercator, zone_of
from patrol.layers.gcj import (
    BOX,
    Bd09,
    Gcj02,
    Wgs84,
    bd_from_gcj,
    gcj_from_bd,
    gcj_from_wgs,
    wgs_from_bd,
    wgs_from_gcj,
)

GEOD = pyproj.Geod(ellps="WGS84")
IN_CHINA = st.tuples(st.floats(73.0, 136.0), st.floats(3.0, 54.0))
ANYWHERE = st.tuples(st.floats(-180, 180), st.floats(-90, 90))


def metres(a, b):
    return GEOD.inv(float(a.lon), float(a.lat), float(b.lon), float(b.lat))[2]


# --- GCJ-02 and BD-09


def test_published_vectors_are_reproduced(shared):
    """Vectors of googollee/eviltransform; its README here says that the two BD-09 rows are doubtful."""
    path = shared / "data" / "eviltransform_gcj02" / "gcj02_vectors.csv"
    seen = 0
    for row in csv.DictReader(path.read_text("utf-8").splitlines()):
        lon, lat, out_lon, out_lat = (float(row[k]) for k in ("in_lng", "in_lat", "out_lng", "out_lat"))
        if row["kind"] == "wgs2gcj":
            got = gcj_from_wgs(Wgs84(lon, lat))
            assert max(abs(got.lon - out_lon), abs(got.lat - out_lat)) < 1e-6
        elif row["kind"] == "gcj2wgs":
            assert metres(wgs_from_gcj(Gcj02(lon, lat)), Wgs84(out_lon, out_lat)) < 0.5
        elif row["kind"] == "bd2wgs":
            assert metres(wgs_from_bd(Bd09(lon, lat)), Wgs84(out_lon, out_lat)) < 60
        else:
            continue
        seen += 1
    assert seen == 8


def test_point_of_the_brief():
    """domain.md 5: WGS 116.42079, 39.90105 is GCJ 116.42703, 39.90245."""
    got = gcj_from_wgs(Wgs84(116.42079, 39.90105))
    assert (round(float(got.lon), 5), round(float(got.lat), 5)) == (116.42702, 39.90245)


def test_shift_at_shizuishan_is_what_people_measure():
    here = Wgs84(106.39, 39.02)
    moved = gcj_from_wgs(here)
    assert 300 < metres(here, moved) < 600


@settings(deadline=None)
@given(IN_CHINA)
def test_gcj_round_trip(point):
    here = Wgs84(*point)
    assert metres(wgs_from_gcj(gcj_from_wgs(here)), here) < 0.001


@settings(deadline=None)
@given(IN_CHINA)
def test_bd_round_trip(point):
    here = Wgs84(*point)
    there = bd_from_gcj(gcj_from_wgs(here))
    assert metres(wgs_from_bd(there), here) < 0.001
    assert metres(gcj_from_bd(there), gcj_from_wgs(here)) < 0.001


@settings(deadline=None)
@given(ANYWHERE)
def test_nothing_moves_outside_china(point):
    lon, lat = point
    west, south, east, north = BOX
    if west <= lon <= east and south <= lat <= north:
        assert metres(gcj_from_wgs(Wgs84(lon, lat)), Wgs84(lon, lat)) > 0
        return
    here = gcj_from_wgs(Wgs84(lon, lat))
    assert (float(here.lon), float(here.lat)) == (lon, lat)
    far = 0.05  # nearer to the edge, a point may come from inside
    if not (west - far <= lon <= east + far and south - far <= lat <= north + far):
        back = wgs_from_bd(Bd09(lon, lat))
        assert (float(back.lon), float(back.lat)) == (lon, lat)


@pytest.mark.parametrize(
    ("function", "wrong"),
    [
        (gcj_from_wgs, Gcj02(106.5, 38.9)),
        (gcj_from_wgs, Bd09(106.5, 38.9)),
        (wgs_from_gcj, Wgs84(106.5, 38.9)),
        (wgs_from_bd, Gcj02(106.5, 38.9)),
        (bd_from_gcj, Wgs84(106.5, 38.9)),
    ],
)
def test_a_double_shift_is_impossible(function, wrong):
    with pytest.raises(TypeError, match="shifted once"):
        function(wrong)


def test_shapes_of_longitudes_and_latitudes_agree():
    with pytest.raises(ValueError, match="shape"):
        Wgs84(np.zeros(3), np.zeros(2))


# --- statements


@pytest.mark.parametrize(
    ("words", "system", "name"),
    [
        ("EPSG:4490", "crs", "EPSG:4490"),
        ("epsg:4545", "crs", "EPSG:4545"),
        ("4326", "crs", "EPSG:4326"),
        ("GCJ-02", "gcj", "GCJ-02"),
        ("gcj02", "gcj", "GCJ-02"),
        ("火星坐标", "gcj", "GCJ-02"),
        ("BD-09", "bd", "BD-09"),
        ("bd09", "bd", "BD-09"),
        ("+proj=tmerc +lon_0=106 +x_0=500000 +ellps=krass +towgs84=15.8,-154.4,-82.3", "crs", "unknown"),
    ],
)
def test_what_people_write_is_understood(words, system, name):
    got = declared(words)
    assert (got.system, got.name) == (system, name)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("", "names no"),
        ("WGS 85", "names no"),
        ("EPSG:4978", "no map coordinates"),
        ("EPSG:5773", "no map coordinates"),
        ("EPSG:4807", "not in degrees"),
        ("EPSG:4610", "Xian 1980"),
        ("EPSG:2361", "Xian 1980"),
        ("EPSG:4214", "Beijing 1954"),
        ("EPSG:21418", "Beijing 1954"),
        ("+proj=tmerc +lon_0=106 +x_0=500000 +ellps=krass", "local parameters"),
    ],
)
def test_what_cannot_be_used_is_refused_with_a_way_out(words, says):
    with pytest.raises(CrsRefusedError, match=says) as raised:
        declared(words)
    assert raised.value.mend


def test_longitude_comes_first_whatever_the_authority_says():
    xy = np.array([[106.5, 38.9]])
    metric = pyproj.CRS("EPSG:4545")
    there = transformed(xy, declared("EPSG:4490"), metric)
    assert 350_000 < there[0, 0] < 400_000
    assert 4_300_000 < there[0, 1] < 4_320_000
    back = to_wgs84(there, declared("EPSG:4545"))
    assert np.allclose([back.lon[0], back.lat[0]], xy[0], atol=1e-9)


def test_shifted_layers_come_back_to_where_they_are():
    here = Wgs84(np.array([106.39, 106.5]), np.array([39.02, 38.9]))
    gcj = gcj_from_wgs(here)
    bd = bd_from_gcj(gcj)
    for words, points in (("GCJ-02", gcj), ("BD-09", bd)):
        back = to_wgs84(np.column_stack([points.lon, points.lat]), declared(words))
        assert np.allclose(back.lon, here.lon, atol=1e-9)
        assert np.allclose(back.lat, here.lat, atol=1e-9)


# --- metric CRS


@pytest.mark.parametrize(
    ("lon", "lat", "epsg"),
    [(106.4, 39.0, 32648), (-70.0, -33.0, 32719), (11.6, 49.9, 32632), (180.0, 10.0, 32660), (-180.0, -1.0, 32701)],
)
def test_utm_is_chosen_where_nothing_is_stated(lon, lat, epsg):
    assert metric_crs("", Wgs84([lon], [lat])).to_epsg() == epsg


def test_one_stray_line_does_not_move_the_zone():
    assert metric_crs("", Wgs84([106.4, 106.5, 0.0, np.inf], [39.0, 39.0, 0.0, np.inf])).to_epsg() == 32648


@pytest.mark.parametrize("words", ["EPSG:4544", "EPSG:4545", "EPSG:4524", "EPSG:4507", "EPSG:32648"])
def test_a_stated_metric_crs_is_taken(words):
    assert metric_crs(words, Wgs84([106.4], [39.0])).equals(pyproj.CRS(words))


@pytest.mark.parametrize(
    "words", ["EPSG:4490", "EPSG:2263", "EPSG:3857", "GCJ-02", "nowhere", "EPSG:2361", "EPSG:32610"]
)
def test_a_crs_that_does_not_measure_is_refused(words):
    with pytest.raises(LayerError) as raised:
        metric_crs(words, Wgs84([106.4], [39.0]))
    (fault,) = raised.value.findings
    assert fault.source == "project.toml"
    assert fault.field == "crs"
    assert fault.mend


# --- Gauss-Krueger


@pytest.mark.parametrize("numbered", [True, False])
@pytest.mark.parametrize(("width", "first", "last"), [(3, 25, 45), (6, 13, 23)])
def test_codes_of_all_zones_are_those_of_the_register(width, first, last, numbered):
    for number in range(first, last + 1):
        zone = Zone(width, number, numbered)
        middle = 500_000 + (number * 1_000_000 if numbered else 0)
        assert transverse_mercator(pyproj.CRS(zone.epsg)) == (zone.meridian, middle)
        assert pyproj.CRS(zone.epsg).name.startswith("CGCS2000")


@settings(deadline=None)
@given(st.floats(103.6, 109.4), st.floats(35.3, 39.3))
def test_the_zone_of_any_place_in_ningxia_is_recognised(lon, lat):
    number = round(lon / 3)
    zone = Zone(3, number)
    x, y = pyproj.Transformer.from_crs(4490, zone.epsg, always_xy=True).transform(lon, lat)
    assert zone_of(x, y) == zone
    assert zone.epsg == {35: "EPSG:4523", 36: "EPSG:4524"}[number]
    assert zone_of(x - number * 1e6, y) is None


def test_other_numbers_are_no_zones():
    assert zone_of(24_500_000, 4_300_000) is None  # between the two kinds
    assert zone_of(35_500_000, 8_000_000) is None  # north of China
    assert zone_of(35_950_000, 4_300_000) is None  # wider than any zone
    assert zone_of(11_850_000, 4_700_000) is None  # Web Mercator at 106E
    assert str(zone_of(35_500_000, 4_300_000)) == "CGCS2000 3-degree zone 35 (105E) with the zone number"
    assert same_meridian(105, numbered=False) == Zone(3, 35, False)
    assert same_meridian(106.4, numbered=False) is None


def test_only_transverse_mercator_has_a_meridian():
    assert transverse_mercator(pyproj.CRS(3857)) is None
    assert transverse_mercator(pyproj.CRS(4490)) is None
    assert transverse_mercator(pyproj.CRS(32648)) == (105.0, 500_000.0)


@pytest.mark.parametrize(("lon", "lat", "code"), [
    (106.5, 38.9, 32648), (-70.0, -33.4, 32719), (180.0, 1.0, 32660), (-180.0, -1.0, 32701), (0.0, 0.0, 32631),
])  # fmt: skip
def test_the_utm_zone_is_that_of_the_place(lon, lat, code):
    assert utm_zone(lon, lat) == code

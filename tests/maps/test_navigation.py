"""Links to navigation apps: the right coordinates in each, and nothing but a code."""

import csv
import re
from urllib.parse import parse_qs, unquote, urlsplit

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from patrol.layers.gcj import Bd09, Gcj02, Wgs84, gcj_from_bd, gcj_from_wgs, wgs_from_bd, wgs_from_gcj
from patrol.maps.navigation import APPS, ways_there

METRE = 1 / 111_000


def links(lon, lat, mode="vehicle", code=12):
    return {way.app: way.href for way in ways_there(Wgs84([lon], [lat]), [code], mode=mode)[0]}


def place_in(app, href):
    """The longitude and latitude that a link holds, as its app reads them."""
    if app == "geo":
        lat, lon = re.fullmatch(r"geo:([\d.-]+),([\d.-]+)\?q=\1,\2\(12\)", href).groups()
        return float(lon), float(lat)
    asked = parse_qs(urlsplit(href).query)
    if app == "amap":
        lon, lat, name = asked["to"][0].split(",")
        assert name == "12"
        return float(lon), float(lat)
    key = {"baidu": "location", "tencent": "tocoord", "google": "destination", "organic": "ll"}[app]
    lat, lon = asked[key][0].split(",")
    return float(lon), float(lat)


BACK = {"amap": (Gcj02, wgs_from_gcj), "tencent": (Gcj02, wgs_from_gcj), "baidu": (Bd09, wgs_from_bd)}


@given(st.floats(80, 130), st.floats(20, 50))
def test_every_link_leads_back_to_the_place_within_a_metre(lon, lat):
    for app, href in links(lon, lat).items():
        x, y = place_in(app, href)
        if app in BACK:
            kind, back = BACK[app]
            assert np.hypot(x - lon, y - lat) > 50 * METRE, f"{app} was not shifted"
            found = back(kind([x], [y]))
            x, y = float(found.lon[0]), float(found.lat[0])
        assert abs(x - lon) * np.cos(np.radians(lat)) < METRE, app
        assert abs(y - lat) < METRE, app


def test_the_chinese_apps_get_the_published_vectors(shared):
    vectors = shared / "data" / "eviltransform_gcj02" / "gcj02_vectors.csv"
    rows = csv.DictReader(vectors.read_text("utf-8").splitlines())
    tried = 0
    for row in rows:
        if row["kind"] != "wgs2gcj":
            continue
        tried += 1
        for app in ("amap", "tencent"):
            lon, lat = place_in(app, links(float(row["in_lng"]), float(row["in_lat"]))[app])
            assert (lon, lat) == pytest.approx((float(row["out_lng"]), float(row["out_lat"])), abs=1.5e-6)
    assert tried >= 3


def test_baidu_is_shifted_from_amaps_place_and_not_twice():
    href = links(106.55, 38.9)
    bd = Bd09(*([value] for value in place_in("baidu", href["baidu"])))
    gcj = gcj_from_bd(bd)
    assert (float(gcj.lon[0]), float(gcj.lat[0])) == pytest.approx(place_in("amap", href["amap"]), abs=3e-6)


def test_no_shift_outside_china_and_none_twice():
    assert place_in("amap", links(4.9, 52.4)["amap"]) == (4.9, 52.4)
    moved = gcj_from_wgs(Wgs84([106.5], [38.9]))
    with pytest.raises(TypeError, match="shifted once"):
        ways_there(moved, [1], mode="foot")


def test_the_way_is_asked_for_as_the_crew_travels():
    foot, bike, drone = (links(106.5, 38.9, mode) for mode in ("foot", "ebike", "drone"))
    assert "mode=walk" in foot["amap"]
    assert "type=walk" in foot["tencent"]
    assert "travelmode=walking" in foot["google"]
    assert "mode=ride" in bike["amap"]
    assert "mode=car" in drone["amap"]
    assert list(foot) == list(APPS)


def test_links_hold_a_code_and_no_name():
    for href in links(106.5, 38.9, code=7).values():
        assert not re.search(r"[^\x21-\x7e]|[\"'<>{}`]", href)
        assert not re.search(r"[一-鿿]", unquote(href))

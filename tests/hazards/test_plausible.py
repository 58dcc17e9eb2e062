"""Coordinates, times and texts that cannot be right are set aside with the reason; nothing is mended in silence."""

import time

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from patrol.config import HazardSettings
from patrol.hazards.model import REPORT_COLUMNS, IntakeContext, empty_frame
from patrol.hazards.plausible import Area, check_reports

CONTEXT = IntakeContext("Asia/Shanghai", "2024-08-20T00:00:00.000000Z")
LINES = gpd.GeoDataFrame(
    geometry=[shapely.LineString([(106.5, 38.8), (106.9, 38.8)]), shapely.LineString([(106.7, 38.8), (106.7, 39.0)])],
    crs="EPSG:4326",
)
AREA = Area.of(LINES.to_crs("EPSG:4545"))
SETTINGS = HazardSettings(same_point_max=3)


def frame(**columns):
    size = max(len(values) for values in columns.values())
    reports = empty_frame(REPORT_COLUMNS, size)
    reports["row"] = np.arange(1, size + 1)
    reports["record"], reports["party"] = "hazard", "villager"
    for name, values in columns.items():
        reports[name] = (
            pd.to_datetime(pd.Series(values), utc=True).astype("datetime64[us, UTC]")
            if REPORT_COLUMNS[name] == "time"
            else values
        )
    return reports


def check(area=AREA, **columns):
    return check_reports(frame(**columns), area, CONTEXT, SETTINGS)


def place(lon, lat, area=AREA, **more):
    return check(area, lon=[lon], lat=[lat], **more)


def test_the_area_knows_how_far_a_point_is():
    assert AREA.bounds == pytest.approx((106.5, 38.8, 106.9, 39.0), abs=1e-6)
    far = AREA.distance_km(np.array([106.6, 106.7, 107.9, 0.0, 500.0]), np.array([38.8, 39.1, 38.8, 0.0, 1.0]))
    assert far[0] < 0.6
    assert far[1] == pytest.approx(11.1, abs=0.6)
    assert far[2] == pytest.approx(86.7, abs=0.6)
    assert far[3] > 10_000
    assert far[4] == np.inf


def test_an_area_without_lines_is_none():
    assert Area.of(LINES.iloc[:0]) is None


@pytest.mark.parametrize(
    ("lon", "lat", "code"),
    [
        (0, 0, "zero"),
        (-1, -1, "sentinel"),
        (999, 999, "sentinel"),
        (106.7, -9999, "sentinel"),
        (180, 90, "sentinel"),
        (106.7, 90, "sentinel"),
        (38.8, 38.8, "equal"),
        (np.nan, 38.8, "half_place"),
        (106.7, np.nan, "half_place"),
        (np.inf, 38.8, "no_number"),
        (106.7, -np.inf, "no_number"),
        (106.7, 106.8, "no_number"),
        (500_123.5, 4_300_456.0, "metres"),
        (1_640_000, 14_100_000, "metres"),
        (38.8, 106.7, "swapped"),
        (116.4, 39.9, "outside"),
        (-106.7, 38.8, "outside"),
    ],
)
def test_an_impossible_place_sets_the_report_aside(lon, lat, code):
    kept, rejected, findings = place(lon, lat)
    assert kept.empty
    assert len(rejected) == 1
    assert rejected["reason"].iloc[0]
    assert [(one.level, one.code, one.row) for one in findings] == [("rejected", f"reports.{code}", 1)]


@pytest.mark.parametrize("more", [{"pole_ref": ["37"], "feeder_ref": ["F1"]}, {"equipment_ref": ["T1"]}])
@pytest.mark.parametrize(("lon", "lat"), [(0, 0), (38.8, 106.7), (5e5, 4e6), (116.4, 39.9), (np.nan, 38.8)])
def test_with_another_place_only_the_coordinates_go_and_that_is_said(lon, lat, more):
    kept, rejected, findings = place(lon, lat, **more)
    assert rejected.empty
    assert kept[["lon", "lat"]].isna().all(axis=None)
    assert [one.level for one in findings] == ["suspicion"]
    assert "row 1: coordinates left out" in findings[0].what


def test_swapped_says_so_and_outside_says_how_far():
    assert "exchanged" in place(38.8, 106.7)[1]["reason"].iloc[0]
    assert "826 km" in place(116.4, 39.9)[1]["reason"].iloc[0]


def test_what_is_near_is_kept_as_it_is():
    kept, rejected, findings = place(106.7, 39.1)
    assert kept[["lon", "lat"]].to_numpy().tolist() == [[106.7, 39.1]]
    assert rejected.empty
    assert findings == []


def test_without_an_area_only_the_impossible_goes():
    assert len(place(116.4, 39.9, area=None)[0]) == 1
    assert place(39.9, 116.4, area=None)[0].empty


def test_one_point_of_many_reports_is_a_default():
    lon, lat = [106.7, 106.7, 106.7, 106.7, 106.71], [38.8, 38.8, 38.8, 38.8, 38.8]
    kept, rejected, _ = check(lon=lon, lat=lat)
    assert rejected["row"].tolist() == [1, 2, 3, 4]
    assert "4 reports are at exactly 106.7, 38.8: a default" in rejected["reason"].iloc[0]
    assert kept["row"].tolist() == [5]
    kept, rejected, findings = check(lon=lon, lat=lat, feeder_ref=["", "F", "", "", ""], pole_ref=["", "1", "", "", ""])
    assert kept["row"].tolist() == [2, 5]
    assert kept["lon"].isna().tolist() == [True, False]
    assert findings[0].level == "suspicion"


def test_three_reports_on_one_point_may_be_one_hazard_and_pixels_have_no_default():
    assert len(check(lon=[106.7] * 3, lat=[38.8] * 3)[0]) == 3
    assert len(check(lon=[106.7] * 9, lat=[38.8] * 9, party=["sensor"] * 9)[0]) == 9


def test_a_report_without_a_place_is_kept_with_a_suspicion():
    kept, rejected, findings = check(description=["鸟窝", "鸟窝"], feeder_ref=["F1", ""])
    assert len(kept) == 2
    assert rejected.empty
    assert [(one.level, one.code) for one in findings] == [("suspicion", "reports.no_place")]


def test_requests_and_alerts_need_no_place():
    assert check(record=["request", "alert"])[2] == []


def test_an_alert_may_be_anywhere():
    assert len(check(record=["alert"], lon=[116.4], lat=[39.9])[0]) == 1


@pytest.mark.parametrize(
    ("at", "code"),
    [("2024-08-20T00:09:00Z", ""), ("2024-08-20T00:11:00Z", "future"), ("1989-12-31T23:00:00Z", "ancient"), (None, "")],
)
def test_times_must_be_past_and_not_too_old(at, code):
    _, rejected, findings = check(captured_at=[at], lon=[106.7], lat=[38.8])
    assert len(rejected) == bool(code)
    assert [one.code for one in findings] == ([f"reports.{code}"] if code else [])


def test_closed_before_reported_is_suspicious():
    kept, _, findings = check(
        captured_at=["2024-08-02T00:00:00Z"], given_closed=["2024-08-01T00:00:00Z"], lon=[106.7], lat=[38.8]
    )
    assert len(kept) == 1
    assert [one.code for one in findings] == ["reports.closed_first"]


def test_texts_are_cleaned_and_cut_and_the_cut_is_said():
    said = ["a\0b\u202ec\nd", "长" * 1_000_000]
    kept, _, findings = check(description=said, type_ref=["x\ny", "{{7*7}}"], lon=[106.7, 106.8], lat=[38.8, 38.8])
    assert kept["description"].iloc[0] == "a bc\nd"
    assert kept["type_ref"].tolist() == ["x y", "{{7*7}}"]
    assert len(kept["description"].iloc[1]) == 4_000
    assert [one.code for one in findings] == ["reports.cut"]


def test_the_frame_of_the_caller_stays_as_it_is():
    reports = frame(lon=[0.0], lat=[0.0], feeder_ref=["F"], pole_ref=["1"], description=["a\0b"])
    before = reports.copy(deep=True)
    check_reports(reports, AREA, CONTEXT, SETTINGS)
    pd.testing.assert_frame_equal(reports, before)


@given(st.lists(st.tuples(st.floats(allow_nan=True), st.floats(allow_nan=True)), max_size=8))
def test_every_report_is_kept_or_set_aside_and_what_is_kept_is_near(places):
    reports = frame(lon=[p[0] for p in places] or [0.0], lat=[p[1] for p in places] or [0.0])
    kept, rejected, findings = check_reports(reports, AREA, CONTEXT, SETTINGS)
    assert sorted([*kept["row"], *rejected["row"]]) == reports["row"].tolist()
    assert sum(one.level == "rejected" for one in findings) == len(rejected)
    there = kept["lon"].notna()
    assert (AREA.distance_km(kept["lon"][there].to_numpy(), kept["lat"][there].to_numpy()) <= 20).all()


def test_half_a_million_reports_take_seconds():
    chance = np.random.default_rng(1)
    size = 500_000
    reports = empty_frame(REPORT_COLUMNS, size)
    reports["row"] = np.arange(size)
    reports["record"], reports["party"] = "hazard", "villager"
    reports["lon"], reports["lat"] = chance.uniform(106.5, 106.9, size), chance.uniform(38.7, 39.0, size)
    reports["description"] = [f"杆上有鸟窝 {i}" for i in range(size)]
    start = time.process_time()
    kept, _, _ = check_reports(reports, AREA, CONTEXT, SETTINGS)
    assert len(kept) == size
    assert time.process_time() - start < 20

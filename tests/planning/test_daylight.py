"""Daylight is that of the day and the place, less a margin, and settings can only narrow it."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patrol.config import PlanningSettings
from patrol.planning.daylight import daylight
from patrol.units import DAY_S

BARE = PlanningSettings(daylight=["00:00", "24:00"], daylight_margin_min=0.0)
SHANGHAI = "Asia/Shanghai"

# Published times, to the minute: timeanddate.com's tables of Beijing and London.
KNOWN = [
    (date(2024, 6, 21), 116.40, 39.90, SHANGHAI, (4, 46), (19, 46)),
    (date(2024, 12, 21), 116.40, 39.90, SHANGHAI, (7, 33), (16, 53)),
    (date(2024, 6, 21), -0.13, 51.51, "Europe/London", (4, 43), (21, 21)),
    (date(2024, 12, 21), -0.13, 51.51, "Europe/London", (8, 4), (15, 53)),
]


@pytest.mark.parametrize(("day", "lon", "lat", "zone", "rise", "fall"), KNOWN)
def test_sunrise_and_sunset_as_published(day, lon, lat, zone, rise, fall):
    dawn, dusk = daylight(day, lon, lat, zone, BARE)
    assert abs(dawn - (rise[0] * 3600 + rise[1] * 60)) <= 120
    assert abs(dusk - (fall[0] * 3600 + fall[1] * 60)) <= 120


def test_winter_evenings_are_dark():
    _, dusk = daylight(date(2025, 12, 20), 106.5, 38.9, SHANGHAI, PlanningSettings())
    assert dusk == 17 * 3600 + 19 * 60  # sunset 17:34, less a quarter of an hour


def test_the_setting_can_only_narrow_the_day():
    assert daylight(date(2024, 6, 21), 106.5, 38.9, SHANGHAI, PlanningSettings()) == (6.5 * 3600, 19 * 3600)
    wide = PlanningSettings(daylight=["00:00", "24:00"])
    dawn, dusk = daylight(date(2024, 6, 21), 106.5, 38.9, SHANGHAI, wide)
    assert 5 * 3600 < dawn < 6 * 3600
    assert 20 * 3600 < dusk < 20.5 * 3600


@pytest.mark.parametrize(("day", "light"), [(date(2024, 6, 21), True), (date(2024, 12, 21), False)])
@pytest.mark.parametrize("longitude", [18.9, -150.0])
def test_beyond_the_polar_circle(day, light, longitude):
    dawn, dusk = daylight(day, longitude, 78.2, "Etc/GMT-1", BARE)
    assert (dawn, dusk) == ((0, DAY_S) if light else (DAY_S, 0))


@given(
    day=st.dates(date(1990, 1, 1), date(2090, 1, 1)),
    lon=st.floats(-180, 180),
    lat=st.floats(-89.5, 89.5),
    zone=st.sampled_from([SHANGHAI, "UTC", "America/New_York", "Pacific/Auckland"]),
)
def test_any_day_and_place(day, lon, lat, zone):
    dawn, dusk = daylight(day, lon, lat, zone, PlanningSettings())
    assert dawn % 60 == dusk % 60 == 0
    assert dawn >= 6.5 * 3600
    assert dusk <= 19 * 3600

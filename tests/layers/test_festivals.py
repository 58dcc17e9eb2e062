"""Spring Festival and Qingming against published days, and against the sun and the moon worked out here."""

import math
from datetime import date, datetime, timedelta

import pytest

from patrol.layers.calendar import Season
from patrol.layers.festivals import FESTIVAL_YEARS, FESTIVALS, festival_day

SPRING_FESTIVALS = [
    "2015-02-19",
    "2016-02-08",
    "2017-01-28",
    "2018-02-16",
    "2019-02-05",
    "2020-01-25",
    "2021-02-12",
    "2022-02-01",
    "2023-01-22",
    "2024-02-10",
    "2025-01-29",
    "2026-02-17",
    "2027-02-06",
    "2028-01-26",
    "2029-02-13",
    "2030-02-03",
    "2031-01-23",
    "2032-02-11",
    "2033-01-31",
    "2034-02-19",
    "2035-02-08",
    "2036-01-28",
    "2037-02-15",
    "2038-02-04",
    "2039-01-24",
    "2040-02-12",
    "2041-02-01",
    "2042-01-22",
    "2043-02-10",
    "2044-01-30",
    "2045-02-17",
    "2046-02-06",
    "2047-01-26",
    "2048-02-14",
    "2049-02-02",
    "2050-01-23",
]
BEIJING = timedelta(hours=8)


def longitude(moment):
    """Apparent longitude of the sun in degrees, to 0.01 (Meeus, Astronomical Algorithms, chapter 25)."""
    t = (moment - datetime(2000, 1, 1, 12)) / timedelta(days=36525)
    mean, anomaly = 280.46646 + 36000.76983 * t, math.radians(357.52911 + 35999.05029 * t)
    centre = (1.914602 - 0.004817 * t) * math.sin(anomaly) + 0.019993 * math.sin(2 * anomaly)
    node = math.radians(125.04 - 1934.136 * t)
    return (mean + centre + 0.000289 * math.sin(3 * anomaly) - 0.00569 - 0.00478 * math.sin(node)) % 360


def new_moon(number):
    """Time of a new moon counted from that of 6 January 2000, to some minutes (Meeus, chapter 49)."""
    t = number / 1236.85
    sun = math.radians(2.5534 + 29.10535670 * number)
    moon = math.radians(201.5643 + 385.81693528 * number)
    node = math.radians(160.7108 + 390.67050284 * number)
    days = 5.09766 + 29.530588861 * number + 0.00015437 * t**2  # after 1 January 2000, noon
    days += -0.40720 * math.sin(moon) + 0.17241 * math.sin(sun) + 0.01608 * math.sin(2 * moon)
    days += 0.01039 * math.sin(2 * node) + 0.00739 * math.sin(moon - sun) - 0.00514 * math.sin(moon + sun)
    return datetime(2000, 1, 1, 12) + timedelta(days=days + 0.00208 * math.sin(2 * sun))


@pytest.mark.parametrize("text", SPRING_FESTIVALS)
def test_spring_festival_of_2015_to_2050(text):
    day = date.fromisoformat(text)
    assert festival_day("spring_festival", day.year) == day


@pytest.mark.parametrize("year", range(1901, 2100))
def test_qingming_is_the_day_on_which_the_sun_reaches_15_degrees(year):
    """A quarter of an hour (0.01 degrees) either side of midnight is open to the short formula."""
    begins = datetime.combine(festival_day("qingming", year), datetime.min.time()) - BEIJING
    assert longitude(begins) < 15.012
    assert longitude(begins + timedelta(days=1)) > 14.988


@pytest.mark.parametrize("year", range(1901, 2100))
def test_spring_festival_is_the_day_of_a_new_moon_in_its_window(year):
    """Half an hour either side of midnight is open to the short formula and the earth's slowing."""
    day = festival_day("spring_festival", year)
    assert date(year, 1, 21) <= day <= date(year, 2, 21)
    begins = datetime.combine(day, datetime.min.time())
    number = round(((begins - datetime(2000, 1, 6)) / timedelta(days=1)) / 29.530588861)
    moment = new_moon(number) + BEIJING
    assert begins - timedelta(minutes=30) < moment < begins + timedelta(days=1, minutes=30)


def test_years_beyond_the_tables_are_refused_and_have_no_such_season():
    for festival in FESTIVALS:
        season = Season("x", "x", "x", festival=festival, days_before=10, days_after=10)
        for year in (FESTIVAL_YEARS[0] - 1, FESTIVAL_YEARS[1] + 1):
            with pytest.raises(ValueError, match="is not within"):
                festival_day(festival, year)
            assert not season.covers(date(year, 4, 5))
            assert not season.covers(date(year, 2, 5))
        assert season.covers(festival_day(festival, 1901) - timedelta(days=10))
        assert not season.covers(festival_day(festival, 1901) - timedelta(days=11))


def test_a_season_round_a_festival_reaches_over_new_year():
    season = Season("x", "x", "x", festival="spring_festival", days_before=40)
    assert season.covers(date(2024, 12, 20)), "40 days before 29 January 2025"
    assert not season.covers(date(2024, 12, 19))

"""Factors of seasons and events: the mean of each year is 1, the largest counts, every unknown name is told."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patrol.errors import LayerError
from patrol.hazards.taxonomy import load_types
from patrol.layers.calendar import Calendar, Event, Part, Season
from patrol.layers.calendar_file import read_calendar
from patrol.risk.season import event_days, factor_faults, idle_seasons, season_factors

TYPES = load_types()
YEARS = (2023, 2024)  # the second a leap year


def year_of(year):
    return pd.date_range(f"{year}-01-01", f"{year}-12-31", freq="D")


@pytest.mark.parametrize("year", [*YEARS, 2033])
def test_the_mean_over_a_year_is_one_for_every_type(year):
    got = season_factors(TYPES, read_calendar(), year_of(year))
    assert list(got.columns) == list(TYPES.index)
    np.testing.assert_allclose(got.mean(), 1.0, rtol=1e-12)
    assert (got.loc[:, "unclassified"] == 1).all()


month_days = st.dates(date(2001, 1, 1), date(2001, 12, 31)).map(lambda day: (day.month, day.day))
factors = st.dictionaries(st.sampled_from(["F01", "V01", "fire", "veg", "equip"]), st.floats(0.01, 100), max_size=3)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(month_days, month_days, factors), max_size=3), st.sampled_from(YEARS))
def test_the_mean_is_one_with_seasons_of_a_project_over_new_year_too(drawn, year):
    own = tuple(Season(f"s{n}", "x", "x", start, end, factors=tuple(told.items()))
                for n, (start, end, told) in enumerate(drawn))  # fmt: skip
    calendar = Calendar(read_calendar().seasons + own)
    got = season_factors(TYPES, calendar, year_of(year))
    np.testing.assert_allclose(got.mean(), 1.0, rtol=1e-9)
    assert (got >= 0).to_numpy().all()


def test_the_largest_of_overlapping_seasons_counts():
    """26 January 2024 lies in winter peak and Spring Festival, the 25th in winter peak alone."""
    got = season_factors(TYPES, read_calendar(), pd.DatetimeIndex(["2024-01-25", "2024-01-26"]))["F04"]
    assert got.iloc[1] / got.iloc[0] == pytest.approx(4.0 / 1.0)
    got = season_factors(TYPES, read_calendar(), pd.DatetimeIndex(["2024-03-29", "2024-04-04"]))
    assert got["F04"].iloc[1] / got["F04"].iloc[0] == pytest.approx(8.0 / 3.0)
    assert got["V01"].iloc[1] == got["V01"].iloc[0], "Qingming says nothing of trees"


def test_a_factor_of_a_code_goes_before_its_category_and_both_before_the_column():
    told = (("fire", 2.0), ("F01", 5.0))
    seasons = (Season("winter_peak", "x", "x", (11, 15), (3, 15), factors=told),)
    got = season_factors(TYPES, Calendar(seasons), pd.DatetimeIndex(["2023-12-31", "2023-07-01"]))
    ratio = got.iloc[0] / got.iloc[1]
    assert ratio["F01"] == pytest.approx(5.0)
    assert ratio["F02"] == pytest.approx(2.0)
    assert ratio["V01"] == pytest.approx(0.6), "the column m_winter_peak"


def test_days_may_come_in_any_order_of_any_year_with_hours_and_a_timezone():
    days = pd.DatetimeIndex(["2024-07-01 23:30", "2023-02-01 01:00", "2024-07-01 12:00"], tz="Asia/Shanghai")
    got = season_factors(TYPES, read_calendar(), days)
    assert got.index.equals(days)
    assert (got.iloc[0] == got.iloc[2]).all()
    alone = season_factors(TYPES, read_calendar(), pd.DatetimeIndex(["2023-02-01"]))
    np.testing.assert_array_equal(got.iloc[1], alone.iloc[0])
    assert season_factors(TYPES, read_calendar(), days[:0]).shape == (0, len(TYPES))


def test_never_in_a_year_against_a_base_rate_is_refused():
    always = Season("x", "x", "x", (1, 1), (12, 31), factors=(("fire", 0.0), ("D01", 0.0)))
    with pytest.raises(LayerError) as caught:
        season_factors(TYPES, Calendar((always,)), pd.DatetimeIndex(["2024-01-01"]))
    assert {one.field for one in caught.value.findings} == set(TYPES.index[TYPES["category"] == "fire"])


def test_every_unknown_name_is_told_at_once_with_the_nearest():
    season = Season("x", "x", "x", (1, 1), (2, 1), factors=(("S1", 2.0), ("vegg", 2.0), ("S01", 2.0)))
    event = Event("campaign", "Straw", "Straw", date(2024, 1, 1), date(2024, 1, 2), factors=(("f01", 2.0),))
    calendar = Calendar((season,), (event,), "日历.toml")
    found = factor_faults(TYPES, calendar)
    assert [one.mend for one in found][1:] == ["did you mean 'veg'?", "did you mean 'F01'?"]
    assert found[0].mend.startswith("did you mean 'S")
    assert {one.source for one in found} == {"日历.toml"}
    with pytest.raises(LayerError) as caught:
        season_factors(TYPES, calendar, year_of(2024))
    assert len(caught.value.findings) == 3


def test_a_season_that_changes_nothing_is_told():
    idle = Season("irrigation", "x", "x", (5, 1), (6, 1))
    used = Season("winter_peak", "x", "x", (11, 1), (3, 1))
    assert [one.field for one in idle_seasons(TYPES, Calendar((idle, used)))] == ["season irrigation"]
    assert idle_seasons(TYPES, read_calendar()) == []


def test_of_the_events_of_a_day_the_largest_factor_counts():
    start = date(2024, 9, 15)
    works = Event("campaign", "a", "a", start, start + timedelta(days=9), factors=(("fire", 0.5), ("E01", 1.5)))
    fair = Event("holiday", "b", "b", start, start, (Part("F2"),), (("F01", 3.0),))
    days = pd.date_range(start - timedelta(days=1), periods=12)
    both, alone = event_days(TYPES, [works, fair], days), event_days(TYPES, [works], days)
    assert both["F01"].tolist() == [1.0, 3.0, *[0.5] * 9, 1.0]
    assert alone["F01"].tolist() == [1.0, *[0.5] * 10, 1.0]
    assert both["E01"].tolist() == [1.0, *[1.5] * 10, 1.0]
    assert (both["V01"] == 1).all()
    assert (event_days(TYPES, [], days) == 1).all(axis=None)

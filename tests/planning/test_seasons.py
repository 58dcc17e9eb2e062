"""Seasons shorten cycles where and while they last; nobody was late before they began."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from patrol.config import CycleSettings
from patrol.layers.calendar import Calendar, Season
from patrol.planning.seasons import due_in_season, in_season


def season(name, start, end):
    return Season(name, name, name, start=start, end=end)


FARMING = season("spring_agri", (4, 1), (5, 15))
SWEEPING = season("qingming", (4, 1), (4, 8))
NEW_YEAR = season("spring_festival", (12, 20), (1, 10))
QUIET = season("winter_peak", (1, 1), (12, 31))


def sections(cycle=90):
    return pd.DataFrame({"cycle_days": cycle, "critical": [False, True, False], "pump_stations": [0, 0, 2]})


def looked(*seasons, on, days=14, burns=(True, False, False), cycle=90, **settings):
    where = np.array(burns)
    calendar = Calendar(seasons)
    return in_season(sections(cycle), calendar, CycleSettings(**settings), on=on, days=days, fire_zone=where)


def test_each_season_shortens_where_it_matters():
    got = looked(FARMING, SWEEPING, QUIET, on=date(2025, 4, 2))
    assert got["season"].to_list() == ["qingming", "", "spring_agri"]
    assert got["season_cycle_days"].to_list() == [45, 90, 67]


def test_of_two_seasons_the_one_that_shortens_most_counts():
    for order in ((FARMING, SWEEPING), (SWEEPING, FARMING)):
        got = looked(*order, on=date(2025, 4, 2), burns=(True, True, True))
        assert got["season"].to_list() == ["qingming"] * 3


@pytest.mark.parametrize(("where", "want"), [("all", 3), ("critical", 1), ("pumps", 1), ("fire_zone", 1)])
def test_where_is_a_setting(where, want):
    got = looked(FARMING, on=date(2025, 4, 2), season_where={"spring_agri": where})
    assert (got["season"] != "").sum() == want


def test_a_season_beyond_the_horizon_or_without_a_factor_changes_nothing():
    for got in (looked(FARMING, on=date(2025, 3, 1), days=31), looked(QUIET, on=date(2025, 3, 1))):
        assert (got["season"] == "").all()
        assert (got["season_cycle_days"] == 90).all()
        assert got["season_from"].isna().all()


def test_a_season_begins_on_its_own_first_day():
    assert looked(FARMING, on=date(2025, 3, 25)).loc[2, "season_from"] == pd.Timestamp("2025-04-01")
    assert looked(FARMING, on=date(2025, 5, 10)).loc[2, "season_from"] == pd.Timestamp("2025-04-01"), "weeks ago"
    assert looked(NEW_YEAR, on=date(2025, 1, 5)).loc[0, "season_from"] == pd.Timestamp("2024-12-20"), "over New Year"
    always = looked(season("qingming", (1, 1), (12, 31)), on=date(2025, 1, 5))
    assert always.loc[0, "season_from"] < pd.Timestamp("2024-02-01")


def test_a_cycle_is_a_day_at_least():
    assert (looked(SWEEPING, on=date(2025, 4, 2), cycle=1)["season_cycle_days"] == 1).all()


def test_in_a_season_that_has_lasted_for_weeks_what_is_late_is_late():
    on = date(2025, 5, 10)
    got = looked(FARMING, on=on)
    last = pd.Series(pd.to_datetime(["2025-02-20"] * 3))
    due = due_in_season(last + pd.Timedelta(days=90), last, got)
    assert due[2] == pd.Timestamp("2025-04-28"), "67 days after the last patrol, so 12 days late"
    assert due[0] == due[1] == pd.Timestamp("2025-05-21")


days_ago = st.one_of(st.none(), st.integers(1, 500))


@given(
    st.lists(days_ago, min_size=3, max_size=3), st.integers(0, 364), st.integers(1, 31), st.integers(1, 200),
    st.floats(0.05, 1), st.integers(0, 3000),
)  # fmt: skip
def test_due_in_season_is_never_later_and_never_before_the_season(ago, start, days, cycle, factor, shift):
    on = date(2024, 1, 1) + timedelta(days=start)
    got = looked(FARMING, SWEEPING, NEW_YEAR, on=on, days=days, cycle=cycle,
                 season_factor={"spring_agri": factor, "qingming": 0.5, "spring_festival": 0.9})  # fmt: skip
    last = pd.Series([pd.NaT if k is None else pd.Timestamp(on) - pd.Timedelta(days=k) for k in ago])
    spread = pd.Timestamp(on) + pd.Timedelta(days=shift % max(1, cycle))
    usual = (last + pd.Timedelta(days=cycle)).fillna(spread)
    due = due_in_season(usual, last, got)
    assert (due <= usual).all()
    changed = due != usual
    assert not (changed & (last.isna() | (got["season"] == ""))).any()
    assert (due[changed] >= got.loc[changed, "season_from"]).all()
    kept = last + pd.to_timedelta(got["season_cycle_days"], unit="D")
    assert (due[changed] >= kept[changed]).all(), "the shorter cycle is granted in full"

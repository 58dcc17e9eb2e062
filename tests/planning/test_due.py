"""Last patrols from the records, cycles, and first due dates."""

from datetime import date, timedelta

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from patrol.config import CycleSettings, Settings
from patrol.layers.files import load_layers
from patrol.network.sections import cut_sections
from patrol.network.topology import build_network
from patrol.planning.due import cold_start_findings, cycle_days, due_dates, last_patrols, usual_cycle_days
from patrol.planning.zones import zone_of_points, zone_of_sections
from patrol.project import read_project

ON = date(2024, 8, 16)


@pytest.fixture
def network(tiny):
    layers = load_layers(read_project(tiny))
    settings = Settings().network
    built = build_network(layers.lines, layers.poles, layers.equipment, settings=settings)
    return built, cut_sections(built, settings)


def patrols(*rows):
    frame = pd.DataFrame(rows, columns=["date", "feeder_id", "first_pole", "last_pole"])
    frame["date"] = pd.to_datetime(frame["date"])
    return frame.assign(source_row=range(1, len(frame) + 1), mode="foot", party="enterprise", finds=0)


def last_by_poles(network, *rows):
    built, sections = network
    last, found = last_patrols(built, sections, patrols(*rows), on=ON)
    days = {(a, b): d for a, b, d in zip(sections["first_pole"], sections["last_pole"], last, strict=True)}
    return days, found


def known(days):
    return {poles for poles, day in days.items() if pd.notna(day)}


def test_a_row_without_poles_is_the_whole_feeder(network):
    days, _ = last_by_poles(network, ("2024-06-01", "F1", "", ""))
    assert set(days.values()) == {pd.Timestamp("2024-06-01")}


def test_a_row_with_poles_is_the_path_between_them_in_either_order(network):
    there, _ = last_by_poles(network, ("2024-06-01", "F1", "007", "025"))
    back, _ = last_by_poles(network, ("2024-06-01", "F1", "025", "007"))
    assert known(there) == known(back) == {("007", "015"), ("015", "020"), ("020", "025")}


def test_the_path_runs_into_a_branch(network):
    days, _ = last_by_poles(network, ("2024-06-01", "F1", "020", "025-20"))
    assert ("020", "025") in known(days)
    assert ("025", "031") not in known(days)
    assert len(known(days)) == 4


def test_half_a_section_is_not_patrolled(network):
    days, _ = last_by_poles(network, ("2024-06-01", "F1", "007", "012"))
    assert known(days) == set()


def test_two_halves_are_a_section_of_the_older_date(network):
    days, _ = last_by_poles(network, ("2024-06-01", "F1", "007", "012"), ("2024-07-01", "F1", "012", "015"))
    assert days["007", "015"] == pd.Timestamp("2024-06-01")


def test_the_labels_of_our_own_papers_are_understood(network):
    _, sections = network
    row = sections[sections["first_pole"].str.startswith("北支")].iloc[0]
    days, found = last_by_poles(network, ("2024-06-01", "F1", row["first_pole"], row["last_pole"]))
    assert found == []
    assert (row["first_pole"], row["last_pole"]) in known(days)


def test_the_future_is_not_looked_at(network):
    days, _ = last_by_poles(network, ("2024-08-16", "F1", "", ""), ("2025-01-01", "F1", "", ""))
    assert known(days) == set()


def test_rows_that_match_nothing_are_named(network):
    _, found = last_by_poles(network, ("2024-06-01", "F9", "", ""), ("2024-06-01", "F1", "900", "901"))
    assert [(item.code, item.row) for item in found] == [("patrols.unmatched", 1), ("patrols.unmatched", 2)]


def test_cycles_come_from_the_table_and_critical_sections_have_half():
    sections = pd.DataFrame(
        {
            "placement": ["overhead", "overhead", "underground", "overhead"],
            "region_class": ["urban", "rural", "urban", "x"],
        }
    )
    critical = pd.Series([False, True, False, False])
    usual = usual_cycle_days(sections, CycleSettings())
    assert usual.tolist() == [30, 90, 90, 90]
    assert cycle_days(usual, critical, CycleSettings()).tolist() == [30, 45, 90, 90]


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=60))
def test_unknown_sections_are_spread_over_a_cycle_dearest_first(costs):
    cost = pd.Series(costs)
    cycle = pd.Series(90, index=cost.index)
    table = due_dates(
        pd.Series(pd.NaT, index=cost.index, dtype="datetime64[ns]"), cycle, cycle, cost, on=ON, cold_start=ON
    )
    days = (table["due"] - pd.Timestamp(ON)).dt.days
    assert table["assumed"].all()
    assert days.between(0, 89).all()
    order = cost.sort_values(ascending=False, kind="stable").index
    assert days.loc[order].is_monotonic_increasing
    assert (table["tau_days"] == 45).all()


@given(st.integers(1, 80), st.integers(1, 200), st.integers(0, 3000), st.none() | st.just(date(2099, 1, 1)))
def test_without_an_earlier_cold_start_the_spread_begins_on_the_first_day(count, cycle, after, start):
    """Highest consequence first, whatever the day; the same as a cold start on that day."""
    cost = pd.Series(np.arange(count, dtype=float))
    none = pd.Series(pd.NaT, index=cost.index, dtype="datetime64[ns]")
    on = ON + timedelta(days=after)
    table = due_dates(none, *[pd.Series(cycle, index=cost.index)] * 2, cost, on=on, cold_start=start)
    days = (table["due"] - pd.Timestamp(on)).dt.days
    assert days.between(0, cycle - 1).all(), "what is unknown is never overdue"
    assert days[::-1].is_monotonic_increasing
    assert days.iloc[-1] == 0
    fixed = due_dates(none, *[pd.Series(cycle, index=cost.index)] * 2, cost, on=on, cold_start=on)
    pd.testing.assert_frame_equal(table, fixed)


@given(st.integers(1, 80), st.integers(7, 200), st.integers(0, 6))
def test_from_a_fixed_cold_start_weeks_bring_each_section_once_a_cycle(count, cycle, skew):
    """Planned week by week from an empty history: every section comes up once, the dearest first, a share a day."""
    cost = pd.Series(np.arange(count, dtype=float))
    none = pd.Series(pd.NaT, index=cost.index, dtype="datetime64[ns]")
    seen: list[int] = []
    for week in range(-(-cycle // 7)):
        on = pd.Timestamp(ON) + pd.Timedelta(days=7 * week)
        table = due_dates(
            none, *[pd.Series(cycle, index=cost.index)] * 2, cost, on=on.date() + timedelta(days=skew), cold_start=ON
        )
        part = table[(table["due"] >= on) & (table["due"] < on + pd.Timedelta(days=7))]
        seen += part.sort_index(ascending=False).index.tolist()
        assert part["due"].value_counts().max() <= -(-count // cycle) or part.empty, "days are alike"
    assert seen == list(range(count))[::-1]


def test_what_is_assumed_of_the_past_rests_on_the_region_alone():
    """Neither what a fault costs nor a cycle halved for it: dearer sections would be taken for patrolled later."""
    none = pd.Series(pd.NaT, index=range(4), dtype="datetime64[ns]")
    cycle, usual = pd.Series([45, 90, 15, 30]), pd.Series([90, 90, 30, 30])
    first = due_dates(none, cycle, usual, pd.Series([4.0, 1.0, 3.0, 2.0]), on=ON, cold_start=ON)
    assert first["tau_days"].tolist() == [45, 45, 15, 15]
    later = due_dates(none, cycle, usual, pd.Series([1.0] * 4), on=ON + timedelta(days=20), cold_start=ON)
    assert later["tau_days"].tolist() == [65, 65, 35, 35]


def test_a_cold_start_after_the_first_day_is_doubted():
    settings = CycleSettings(cold_start="2024-08-17")
    (one,) = cold_start_findings(settings, on=date(2024, 8, 16))
    assert (one.level, one.code) == ("suspicion", "cycles.cold_start_late")
    assert "2024-08-16, which is used instead" in one.what
    assert not cold_start_findings(settings, on=date(2024, 8, 17))
    assert not cold_start_findings(CycleSettings(), on=date(2024, 8, 17))


def test_known_sections_are_due_a_cycle_after():
    last = pd.Series(pd.to_datetime(["2024-06-01", "2024-01-01"]))
    table = due_dates(last, pd.Series([90, 45]), pd.Series([90, 90]), pd.Series([1.0, 1.0]), on=ON)
    assert table["due"].dt.date.tolist() == [date(2024, 8, 30), date(2024, 2, 15)]
    assert table["tau_days"].tolist() == [76, 228]
    assert not table["assumed"].any()


@pytest.fixture
def squares():
    boxes = [shapely.box(0, 0, 10, 10), shapely.box(10, 0, 20, 10)]
    return gpd.GeoDataFrame({"zone_id": ["B", "A"]}, geometry=boxes, crs="EPSG:4545")


def test_points_lie_in_their_zone_and_on_a_border_in_the_first_by_name(squares):
    points = shapely.points([[1, 1], [11, 1], [10, 5], [99, 99]])
    assert zone_of_points(points, squares).tolist() == ["B", "A", "A", "A"]


def test_sections_lie_where_their_longest_part_does(squares):
    lines = [
        shapely.LineString([(1, 1), (12, 1)]),
        shapely.LineString([(5, 5), (15, 5)]),
        shapely.LineString([(50, 1), (60, 1)]),
    ]
    frame = gpd.GeoDataFrame({"n": np.arange(3)}, geometry=lines, crs="EPSG:4545")
    assert zone_of_sections(frame, squares).tolist() == ["B", "A", "A"]

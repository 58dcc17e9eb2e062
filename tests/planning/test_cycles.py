"""Cycles as series: the occurrences of a horizon, their gaps, and what a problem makes of them."""

from datetime import date, timedelta
from itertools import pairwise

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from joint_office import write_office
from patrol.api import plan_all, write_outputs
from patrol.config import CycleSettings
from patrol.planning.audit import audit
from patrol.planning.cycles import MOST, occurrences, series_of
from patrol.planning.horizon import prepare
from patrol.project import read_project
from patrol.routing.checks import check_problem
from patrol.routing.model import Problem, Task

FIRST = date(2024, 8, 16)


def sections(*rows):
    """Sections of (days from the first day to the due date, days since the last patrol, cycle, assumed)."""
    frame = pd.DataFrame(rows, columns=["due", "tau_days", "season_cycle_days", "assumed"])
    frame["due"] = pd.Timestamp(FIRST) + pd.to_timedelta(frame["due"], unit="D")
    frame["assumed"] = frame["assumed"].astype(bool)
    return gpd.GeoDataFrame(frame, geometry=[shapely.Point(k, 0) for k in range(len(frame))], crs="EPSG:4545")


def made(*rows, days=28, **settings):
    return occurrences(sections(*rows), CycleSettings(**settings), first=FIRST, days=days)


rows = st.tuples(
    st.integers(-400, 60), st.floats(0, 500, allow_nan=False), st.integers(1, 200), st.booleans()
)  # fmt: skip


@given(st.lists(rows, min_size=1, max_size=6), st.integers(1, 31), st.floats(0.05, 1))
def test_what_comes_round_is_a_sound_series(some, days, least):
    got = made(*some, days=days, least_gap=least)
    tasks = tuple(Task(f"T{k}", ()) for k in range(len(got)))
    weights = [1 + label for label in got["label"]]
    series = series_of(got["occurrence"].to_list(), got["label"].to_list(), weights)
    assert [one.weight for one in series] == [weights[one.tasks[0]] for one in series]
    check_problem(Problem(days=days, profiles=(), tasks=tasks, shifts=(), series=series))
    assert sorted(task for one in series for task in one.tasks) == list(range(len(got)))
    for one in got["occurrence"]:
        due = one.first_due + (one.number - 1) * one.max_gap
        assert 0 <= one.first_day <= due < days, "it opens before it is due, and is due within the horizon"
    for label, number in got["label"].value_counts().items():
        due, _, gap, assumed = some[label]
        assert number <= MOST
        assert not assumed
        assert due < days
        left = days - 1 - (due if due >= 0 else min(days - 1, 6))
        assert number == MOST or number == 1 + left // gap, "as many as fall due"
    assert {k for k, row in enumerate(some) if row[0] < days and not row[3]} == set(got["label"])


def test_a_cycle_of_a_week_comes_four_times_in_four_weeks():
    got = made((6, 1, 7, False), days=28)["occurrence"].to_list()
    assert [one.number for one in got] == [1, 2, 3, 4]
    assert [one.first_due + (one.number - 1) * one.max_gap for one in got] == [6, 13, 20, 27]
    assert {(one.min_gap, one.max_gap, one.last_day) for one in got} == {(3, 7, -1)}
    assert [one.first_day for one in got] == [2, 5, 8, 11]


def test_what_is_overdue_has_the_first_week():
    (one,) = made((-30, 120, 90, False), days=28)["occurrence"]
    assert (one.first_due, one.first_day, one.last_day) == (6, 0, -120)
    (short,) = made((-30, 120, 90, False), days=3)["occurrence"]
    assert short.first_due == 2


def test_an_assumed_date_or_one_after_the_plan_comes_round_for_nobody():
    assert made((3, 87, 90, True), (28, 62, 90, False)).empty


def test_a_series_keeps_the_order_of_its_occurrences():
    got = made((0, 7, 7, False), (1, 20, 21, False), days=15)
    backwards = got.iloc[::-1]
    series = series_of([None, *backwards["occurrence"]], [0, *backwards["label"]], [1] * (1 + len(got)))
    assert {one.tasks for one in series} == {(5, 4, 3), (1,)} or {len(one.tasks) for one in series} == {3, 1}
    for one in series:
        numbers = [backwards["occurrence"].iloc[task - 1].number for task in one.tasks]
        assert numbers == sorted(numbers)


@pytest.mark.parametrize("least", [0.05, 0.5, 1.0])
def test_the_least_gap_is_a_share_of_the_cycle(least):
    (one, *_) = made((10, 0, 14, False), least_gap=least)["occurrence"]
    assert one.min_gap == max(1, int(np.floor(14 * least)))
    assert FIRST + timedelta(days=one.first_day) >= FIRST + timedelta(days=one.min_gap + one.last_day)


WEEKLY = """
[settings.cycles]
days = {urban = 7, suburban = 7, rural = 7, mountain = 7, cable = 7}
default_days = 7
critical_factor = 1.0
"""


def test_in_a_plan_a_week_s_cycle_is_kept_four_times_with_its_gaps(tmp_path):
    folder = write_office(tmp_path / "o", weekdays=("25", "25", "", "7"), zones=("", "", ""),
                          request={"state": "done"}, settings=WEEKLY)  # fmt: skip
    (folder / "patrols.csv").write_text("date,feeder_id,first_pole,last_pole\n2024-08-13,F1,,\n", "utf-8")
    planned = plan_all(folder, start="2024-08-16", days=28, iterations=400)
    write_outputs(planned, folder / "plan")
    document = planned.plan.document
    tasks, days = document["tasks"], {}
    for one in document["shifts"]:
        for stop in one["route"]:
            if stop["kind"] == "section":
                task = tasks[stop["task_id"]]
                days.setdefault(task["section_id"], []).append((task["occurrence"], date.fromisoformat(one["date"])))
    due = {}
    for task in tasks.values():
        if task["kind"] == "section":
            due.setdefault(task["section_id"], []).append(task["due"])
    assert {tuple(sorted(one)) for one in due.values()} == {("2024-08-20", "2024-08-27", "2024-09-03", "2024-09-10")}
    assert len(days) == len(due), "every section has its turn"
    for served in days.values():
        numbers, dates = zip(*sorted(served), strict=True)
        assert numbers == tuple(range(1, len(numbers) + 1)), "none without the one before it"
        assert all((b - a).days >= 3 for a, b in pairwise([date(2024, 8, 13), *dates]))
    kept = [served for served in days.values() if len(served) == 4]
    assert len(kept) >= len(days) - 2, "a short search may miss a few"
    figures = document["figures"]
    cycles = figures["mandatory_weight"] - 100  # an emergency besides
    assert cycles == 4 * len(days)
    assert cycles >= figures["mandatory_weight_planned"] - 100 >= 0.8 * cycles
    assert audit(planned.plan, folder / "plan", read_project(folder)) == ()


def test_after_an_overdue_patrol_the_next_is_due_a_cycle_on(tmp_path):
    folder = write_office(tmp_path / "o", request={"state": "done"}, settings=WEEKLY)
    (folder / "patrols.csv").write_text("date,feeder_id,first_pole,last_pole\n2024-07-01,F1,,\n", "utf-8")
    tasks = prepare(read_project(folder), first=FIRST, days=21).built.tasks
    tasks = tasks[tasks["kind"] == "section"]
    number = [one.number for one in tasks["occurrence"]]
    assert set(number) == {1, 2, 3}
    want = {1: ("2024-07-08", 39, "open", -1), 2: ("2024-08-29", 0, "room", 14), 3: ("2024-09-05", 0, "room", 21)}
    for one, (_, row) in zip(number, tasks.iterrows(), strict=True):
        assert (str(row["due"].date()), row["overdue_days"], row["aid"], row["aid_from"]) == want[one]

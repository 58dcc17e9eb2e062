"""Appointments: one quarter of an hour for all, a task for each party, and what is confirmed."""

from dataclasses import replace
from datetime import date

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from patrol.config.defence import DefenceSettings
from patrol.layers.schema import PARTIES
from patrol.planning.cycles import Occurrence
from patrol.planning.joint import (
    QUARTER_S,
    Appointment,
    appointments_of,
    closeness,
    is_of,
    joint_entry,
    quarter_for,
    split_joint,
    tie_together,
    together_of,
)
from patrol.planning.slack import before_meeting_s, spare_s
from patrol.routing.model import Task, Window
from patrol.units import DAY_S

FIRST = date(2024, 8, 16)
BOTH = ("enterprise", "government")


def settings(**more):
    return replace(DefenceSettings(), **more)


tolerances = st.one_of(st.integers(0, 120).map(float), st.floats(0, 120))


@st.composite
def bound(draw):
    """A tolerance in minutes and starts that keep the windows and ties of their tasks."""
    tolerance = draw(tolerances)
    apart, quarters = closeness(tolerance)
    width = round(tolerance * 60)
    if not quarters:
        early = draw(st.integers(0, DAY_S - apart))
        return tolerance, [early + draw(st.integers(0, apart)) for _ in range(draw(st.integers(1, 4)))]
    at = draw(st.integers(0, DAY_S // QUARTER_S)) * QUARTER_S
    first = min(DAY_S, max(0, at + draw(st.integers(-width, width))))
    # Any others that the ties allow and that lie within the tolerance of whatever quarter of an hour.
    near = [s for s in range(max(0, first - apart), min(DAY_S, first + apart) + 1)
            if min(s % QUARTER_S, -s % QUARTER_S) <= width]  # fmt: skip
    lo = draw(st.integers(0, len(near) - 1))
    others = [s for s in (near[lo], near[draw(st.integers(0, len(near) - 1))]) if abs(s - near[lo]) <= apart]
    return tolerance, [first, *others]


@given(bound())
def test_starts_that_obey_the_ties_have_a_quarter_of_an_hour(case):
    tolerance, starts = case
    at = quarter_for(starts, tolerance)
    assert at % QUARTER_S == 0
    assert 0 <= at <= DAY_S, "a time of that day"
    assert all(abs(at - start) <= round(tolerance * 60) for start in starts)
    fitting = [q for q in range(0, DAY_S + 1, QUARTER_S) if all(abs(q - s) <= round(tolerance * 60) for s in starts)]
    assert abs(at - max(starts)) == min(abs(q - max(starts)) for q in fitting)


@given(tolerances)
def test_closeness_is_no_closer_than_it_must_be_at_wide_tolerances(tolerance):
    apart, quarters = closeness(tolerance)
    width = round(tolerance * 60)
    assert apart >= 0
    if not quarters:
        # Two seconds more, and some pair would have no quarter of an hour.
        assert any(not _has_quarter([s, s + apart + 2], tolerance) for s in range(width, width + QUARTER_S))


def _has_quarter(starts, tolerance):
    try:
        quarter_for(starts, tolerance)
    except ValueError:
        return False
    return True


@pytest.mark.parametrize("tolerance", [0, 1, 5, 7, 7.4, 7.5, 8, 15, 45, 120])
def test_as_far_apart_as_the_ties_allow_they_have_one_wherever_the_clock_stands(tolerance):
    apart, quarters = closeness(tolerance)
    width = round(tolerance * 60)
    for start in range(30_000, 30_000 + QUARTER_S):
        pair = [start, start + apart]
        if not quarters or all(min(s % QUARTER_S, -s % QUARTER_S) <= width for s in pair):
            assert _has_quarter(pair, tolerance), pair


def test_starts_too_far_apart_have_none():
    with pytest.raises(ValueError, match="no quarter of an hour"):
        quarter_for([0, 3000], 15)


@given(st.floats(0, 120), st.floats(0.05, 1), st.data())
def test_with_slack_every_party_can_be_late_by_it_and_is_still_met(tolerance, spread, data):
    """Whatever starts the windows and ties allow: from its arrival on a party has the slack and the spare time."""
    chosen = settings(joint_tolerance_min=tolerance, spread=spread)
    before, spare, width = before_meeting_s(chosen), spare_s(chosen), round(tolerance * 60)
    two, ties = tie_together((Task("A", ()), Task("B", ())), ["J", "J"], chosen, 1)
    (tie,) = ties
    windows = [one for one in two[0].windows if one.opens >= 0] or [Window(0, 0, DAY_S)]
    window = data.draw(st.sampled_from(windows))
    first = data.draw(st.integers(window.opens, window.closes))
    near = range(max(window.opens, first + tie.lo), min(window.closes, first + tie.hi) + 1)
    starts = [first, data.draw(st.sampled_from(near))]
    at = quarter_for([start + before for start in starts], tolerance)
    for start in starts:
        assert at - width <= start + before, "nobody waits longer than planned for the time itself"
        assert at + width - start >= before + spare


@pytest.mark.parametrize(("cell", "want"), [
    ("enterprise+government", BOTH), ("government + enterprise", BOTH), ("enterprise|government", ()),
    ("villager", ()), ("", ()), (None, ()), ("fire+enterprise+villager", ("enterprise", "fire", "villager")),
])  # fmt: skip
def test_together(cell, want):
    assert together_of(cell) == want


def tasks(**more):
    row = {
        "task_id": "R:1", "kind": "request", "label": "talk", "together": BOTH, "parties": BOTH, "minutes": 20.0,
        "mandatory": 2, "first_day": 0, "last_day": 4, "aid": "room", "aid_why": "no_room", "aid_from": -1,
        "occurrence": None,
        "prize_foot": (1000, 2000), "extras": {"a": 1}, "opens": 36_000.0, "closes": 36_300.0,
    }  # fmt: skip
    frame = pd.DataFrame([{**row, **more}, {**row, "task_id": "S:1", "together": (), "mandatory": 1}])
    return gpd.GeoDataFrame(frame, geometry=[shapely.Point(0, 0)] * 2, crs="EPSG:4545")


def split(days=5, held=None, notice=None, **more):
    chosen = settings(**({"notice_days": notice} if notice else {}))
    return split_joint(tasks(**more), chosen, first=FIRST, days=days, held=held or {})


def test_a_task_of_several_parties_is_a_task_for_each():
    got, notes = split()
    assert notes == []
    assert got["task_id"].to_list() == ["R:1/enterprise", "R:1/government", "S:1"]
    assert got["joint"].to_list() == ["R:1", "R:1", ""]
    assert got["parties"].to_list()[:2] == [("enterprise",), ("government",)]
    assert got["mandatory"].to_list() == [4, 0, 1], "its weight for each party, all of it with the first"
    assert got["prize_foot"].to_list() == [(401_000, 402_000), (400_000, 400_000), (1000, 2000)]
    assert got["first_day"].to_list() == [1, 1, 0], "the government is told a day before"
    assert (got["aid_why"][:2] == "joint").all()


def test_notice_is_the_longest_of_its_parties():
    got, notes = split(notice={"enterprise": 3, "government": 1})
    assert got["first_day"].to_list() == [3, 3, 0]
    assert notes == []


def test_what_is_due_before_its_notice_is_late_rather_than_never():
    got, notes = split(last_day=0)
    assert [note.code for note in notes] == ["joint.notice"]
    assert got["last_day"].to_list() == [4, 4, 4]
    assert got["first_day"].to_list() == [1, 1, 0]


def test_a_plan_shorter_than_the_notice_leaves_it_out_and_says_so():
    got, notes = split(days=1, last_day=0)
    assert got["task_id"].to_list() == ["R:1/enterprise", "R:1/government", "S:1"]
    assert got["parties"].to_list()[:2] == [(), ()], "nobody may serve it"
    assert got["mandatory"].to_list()[:2] == [4, 0], "and it counts as not done"
    assert got["extras"].to_list() == [{"a": 1, "put_off": "notice", "notice_days": 1}] * 2 + [{"a": 1}]
    assert [(note.code, note.source) for note in notes] == [("joint.notice", "R:1")]


def test_an_appointment_that_is_confirmed_needs_no_notice():
    made = Appointment("R:1", FIRST, 36_000, {"government": "G1"}, {"government": "2024-08-14"})
    got, notes = split(days=1, last_day=0, held={"R:1": made})
    assert notes == []
    assert got["task_id"].to_list() == ["R:1/enterprise", "R:1/government", "S:1"]
    assert got["first_day"].to_list() == [0, 0, 0]


def test_a_party_that_must_keep_away_gets_a_task_that_is_nobodys():
    got, _ = split(parties=("enterprise",))
    assert got["parties"].to_list()[:2] == [("enterprise",), ()]


def test_a_rectification_takes_longer_than_a_look():
    got, _ = split(kind="hazard", minutes=10.0)
    assert got["minutes"].to_list()[:2] == [45.0, 45.0]
    assert split(minutes=10.0)[0]["minutes"].to_list()[:2] == [10.0, 10.0]
    assert split(kind="hazard", minutes=60.0)[0]["minutes"].to_list()[:2] == [60.0, 60.0], "never shorter than it was"


def test_of_what_comes_round_only_the_next_is_agreed_upon():
    def turn(number):
        return split(occurrence=Occurrence(number, 0, -1, 3, 1, 7))[0]

    assert turn(1)["task_id"].to_list() == ["R:1/enterprise", "R:1/government", "S:1"]
    assert turn(1)["occurrence"].isna().all(), "an appointment is no part of a series"
    assert turn(1)["parties"].to_list()[:2] == [("enterprise",), ("government",)]
    later = turn(2)
    assert later["parties"].to_list()[:2] == [(), ()]
    assert later["mandatory"].to_list() == [0, 0, 1], "no date of it is missed yet"
    assert [one.get("put_off") for one in later["extras"]] == ["agreed_later", "agreed_later", None]


@given(st.floats(0, 120), st.sampled_from([(), (Window(1, 30_000, 40_000),), (Window(0, 30_600, 30_700),)]))
def test_ties_and_windows(tolerance, windows):
    three = tuple(Task(f"T{k}", (), windows=windows) for k in range(3))
    got, ties = tie_together((*three, Task("S", ())), ["J", "J", "J", ""], settings(joint_tolerance_min=tolerance), 2)
    assert {(tie.first, tie.second) for tie in ties} == {(0, 1), (0, 2), (1, 2)}
    assert all(-tie.lo == tie.hi == closeness(tolerance)[0] for tie in ties)
    assert got[3] == Task("S", ())
    width = round(tolerance * 60)
    for task in got[:3]:
        if not closeness(tolerance)[1]:
            assert task == replace(three[0], task_id=task.task_id)
        elif not task.windows:
            assert task.shifts == (), "no quarter of an hour is left: nobody, and not at any time"
        for window in task.windows if closeness(tolerance)[1] else ():
            assert all(min(s % QUARTER_S, -s % QUARTER_S) <= width for s in (window.opens, window.closes))


def test_a_window_without_any_quarter_of_an_hour_is_shut():
    shut = Task("T", (), windows=(Window(0, 30_650, 30_700),))
    got, _ = tie_together((shut, shut), ["J", "J"], settings(joint_tolerance_min=0.0), 2)
    assert [(task.windows, task.shifts) for task in got] == [((), ()), ((), ())]


def confirmed(*rows):
    frame = pd.DataFrame(rows, columns=["joint_id", "date", "time", "party", "crew_id", "confirmed"], dtype=object)
    return frame.assign(date=pd.to_datetime(frame["date"]))


ROW = ("R:1", "2024-08-20", 36_000, "enterprise", "E1", "2024-08-16")


def test_the_last_time_confirmed_is_the_one_that_holds():
    again = ("R:1", "2024-08-20", 36_900, "government", "G1", "2024-08-17")
    got = appointments_of(confirmed(ROW, again))["R:1"]
    assert (got.at, got.crews) == (36_900, {"government": "G1"}), "who agreed to another time has not agreed to this"
    both = appointments_of(confirmed(ROW, ("R:1", "2024-08-20", 36_000, "government", "G1", "2024-08-17")))["R:1"]
    assert both.crews == {"enterprise": "E1", "government": "G1"}
    assert both.confirmed == {"enterprise": "2024-08-16", "government": "2024-08-17"}


@pytest.mark.parametrize(("name", "gone"), [("R:1", True), ("1", True), ("R:2", False), ("", False), ("R", False)])
def test_moved_ones_are_given_up(name, gone):
    assert ("R:1" not in appointments_of(confirmed(ROW), moved=(name,))) == gone
    assert is_of("R:1", name) == gone


def test_an_entry_is_confirmed_when_all_its_own_parties_are():
    one = appointments_of(confirmed(ROW))
    entry = joint_entry("R:1", [36_100, 36_200], ["G1"], one, BOTH, 15)
    assert (entry["at"], entry["state"], entry["with"]) == (36_000, "proposed", ["G1"])
    other = appointments_of(confirmed(ROW, ("R:1", "2024-08-20", 36_000, "villager", "V1", "2024-08-17")))
    entry = joint_entry("R:1", [36_100, 36_200], ["G1"], other, BOTH, 15)
    assert entry["state"] == "proposed", "the villagers have no part in it any more"
    assert set(entry["confirmed"]) == {"enterprise"}
    full = appointments_of(confirmed(ROW, ("R:1", "2024-08-20", 36_000, "government", "G1", "2024-08-17")))
    assert joint_entry("R:1", [36_100, 36_200], ["G1"], full, BOTH, 15)["state"] == "confirmed"
    fresh = joint_entry("R:1", [36_100, 36_700], ["G1"], {}, BOTH, 15)
    assert (fresh["at"], fresh["state"], fresh["confirmed"]) == (36_900, "proposed", {})


def test_parties_are_named_in_one_order():
    assert together_of("+".join(reversed(PARTIES))) == PARTIES

"""Aid between zones: hours lent and borrowed balance, and only where nobody at home had room, or with its reason."""

import copy
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from joint_office import write_office
from patrol.api import plan_all, write_outputs
from patrol.layers.keep import Keep
from patrol.plan import Plan, read_plan
from patrol.planning.audit import audit
from patrol.planning.lending import aid_of, aided, lending
from patrol.planning.readback import Reader
from patrol.planning.zone_figures import zone_work
from patrol.project import read_project
from patrol.reports.summary import summary
from patrol.routing.model import Shift, Task
from patrol.routing.verify import violations

ZONES = ["", "A", "B", "C"]
DAY = date(2024, 8, 16)


def shift(number, zones=()):
    return Shift(f"S{number}", f"C{number}", "enterprise", 0, 0, 0, 0, 0, 90_000, 90_000, 0, 0, zones=zones)


@st.composite
def documents(draw):
    """Shifts and tasks of a plan document: who served which for how long, and from which zones."""
    tasks = {f"T{k}": {"zone_id": draw(st.sampled_from(ZONES))} for k in range(draw(st.integers(0, 8)))}
    shifts = [{"route": [stop_of("", 600, 5)]} for _ in range(draw(st.integers(1, 3)))]
    for name in tasks:
        stop = stop_of(name, draw(st.integers(0, 20_000)), draw(st.integers(0, 9_000)))
        if tasks[name]["zone_id"] and draw(st.booleans()):
            away = [zone for zone in ZONES[1:] if zone != tasks[name]["zone_id"]]
            stop["aid"] = {"zones": draw(st.lists(st.sampled_from(away), unique=True, min_size=1)), "why": "no_room"}
        draw(st.sampled_from(shifts))["route"].append(stop)
    return shifts, tasks


def stop_of(task, service_s, travel_s):
    begins = datetime(2024, 8, 16, 8, tzinfo=UTC)
    ends = begins + timedelta(seconds=service_s)
    times = {"start_service": begins.isoformat(), "leave": ends.isoformat(), "seconds": service_s + travel_s}
    return {"task_id": task, "kind": "visit" if task else "break", "travel_s": travel_s, **times}


@given(documents())
def test_lent_and_borrowed_hours_sum_to_zero(case):
    shifts, tasks = case
    got = lending(shifts, tasks)
    assert sum(row["lent_h"] - row["borrowed_h"] for row in got.values()) == pytest.approx(0, abs=1e-9)
    aided_stops = [stop for one in shifts for stop in one["route"] if "aid" in stop]
    assert sum(row["helped"] for row in got.values()) == len(aided_stops)
    seconds = sum(stop["seconds"] for stop in aided_stops)
    assert sum(row["borrowed_h"] for row in got.values()) == pytest.approx(seconds / 3600)
    assert set(got) == {
        zone for stop in aided_stops for zone in (tasks[stop["task_id"]]["zone_id"], *stop["aid"]["zones"])
    }
    work = zone_work(shifts, tasks | {name: task | {"due": "2024-08-16"} for name, task in tasks.items()}, [], DAY)
    assert sum(row["hours_planned"] for row in work.values()) == pytest.approx(
        sum(stop["seconds"] for one in shifts for stop in one["route"] if stop["task_id"]) / 3600
    )
    assert all(row["borrowed_h"] <= row["hours_planned"] + 1e-9 for row in work.values())


@pytest.mark.parametrize(("zone", "home", "want"), [
    ("A", ("B",), True), ("A", ("B", "A"), False), ("", ("B",), False), ("A", (), False),
])  # fmt: skip
def test_who_helps_whom(zone, home, want):
    task, crew = Task("T", (), zone=zone), shift(0, home)
    assert aided(task, crew) == want
    built = SimpleNamespace(
        problem=SimpleNamespace(tasks=[task], shifts=[crew]), tasks=pd.DataFrame({"aid_why": ["no_room"]})
    )
    assert aid_of(built, 0, 0) == ({"aid": {"zones": list(home), "why": "no_room"}} if want else {})
    assert aid_of(built, 0, 0, {"T"}) == ({"aid": {"zones": list(home), "why": "by_hand"}} if want else {})
    built.problem.tasks[0] = Task("T", (), zone=zone, aid="room", aid_from=0)
    assert aid_of(built, 0, 0, {"T"}) == ({"aid": {"zones": list(home), "why": "half_deadline"}} if want else {})
    built.tasks["aid_why"] = "half_deadline"
    assert aid_of(built, 0, 0, {"T"}) == ({"aid": {"zones": list(home), "why": "half_deadline"}} if want else {})


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Only on Tuesday has the east a crew of its own."""
    folder = write_office(
        tmp_path_factory.mktemp("lending") / "office", zones=("Z1", "Z2", "Z1"), weekdays=("", "2", ""),
        request={"state": "done"}, settings="\n[settings.planning]\nshift_ecm = 0\n",
    )  # fmt: skip
    planned = plan_all(folder, start="2024-08-16", days=5)
    write_outputs(planned, folder / "plan")
    return folder, read_plan(folder / "plan").document


def stops(document):
    return [(one, stop) for one in document["shifts"] for stop in one["route"] if stop["task_id"]]


def helped(document):
    return [(one, stop) for one, stop in stops(document) if "aid" in stop]


def test_help_is_named_with_its_reason(made):
    _folder, document = made
    home = {"E1": ["Z1"], "E2": ["Z2"], "G1": ["Z1"], "V1": None}
    for one, stop in stops(document):
        zone, zones = document["tasks"][stop["task_id"]]["zone_id"], home[one["crew_id"]]
        away = zones is not None and bool(zone) and zone not in zones
        assert ("aid" in stop) == away
        if away:
            assert stop["aid"]["zones"] == zones
            task = document["tasks"][stop["task_id"]]
            late = task["overdue_days"] > 0 or (not task["assumed"] and task["due"] < one["date"])
            emergency = task.get("hazard_class") == "emergency"
            if task["kind"] == "section":
                assert stop["aid"]["why"] == ("half_deadline" if late else "no_room")
            elif emergency:
                assert stop["aid"]["why"] == "emergency"
            if stop["aid"]["why"] == "no_room":
                assert one["date"] != "2024-08-20", "on Tuesday the east has room itself"
    assert {stop["aid"]["why"] for _, stop in helped(document)} >= {"half_deadline", "no_room"}


def test_figures_are_the_sums_of_the_stops(made):
    zones = made[1]["figures"]["by_zone"]
    assert set(zones) == {"Z1", "Z2"}
    assert sum(row["helped"] for row in zones.values()) == len(helped(made[1]))
    assert zones["Z1"]["lent_h"] == pytest.approx(zones["Z2"]["borrowed_h"], abs=1e-4)
    assert zones["Z1"]["lent_h"] > 0


def test_the_plan_is_good_and_a_tampered_entry_is_found(made):
    folder, document = made
    project = read_project(folder)
    assert audit(Plan(document), folder / "plan", project) == ()
    worse = copy.deepcopy(document)
    (_, first), (_, second), *_ = helped(worse)
    first["aid"]["why"] = "joint"
    del second["aid"]
    found = audit(Plan(worse), folder / "plan", project)
    assert {item.code for item in found} == {"plan.differs"}
    assert len(found) == 2
    assert all("/aid" in item.source for item in found)


def test_what_is_given_to_another_zone_by_hand_says_so(made, tmp_path):
    """On Tuesday the east has room itself: the rule that its own crew goes first holds for all but what is marked."""
    folder, document = made
    name = next(
        stop["task_id"]
        for _, stop in stops(document)
        if stop.get("aid", {}).get("why") == "no_room" and document["tasks"][stop["task_id"]]["assumed"]
    )
    keep = Keep(name, "move", "E1", date(2024, 8, 20), 7)
    planned = plan_all(folder, start="2024-08-16", days=5, keeps=(keep,))
    assert planned.keep_conflicts == ()
    why = {stop["task_id"]: (one["date"], stop["aid"]["why"]) for one, stop in helped(planned.plan.document)}
    assert why.pop(name) == ("2024-08-20", "by_hand")
    assert all(reason != "by_hand" for _, reason in why.values())
    assert all(day != "2024-08-20" for day, reason in why.values() if reason == "no_room")
    assert "given to another zone's crew by hand: 1" in summary(planned.plan, "en")
    assert "手工指定由其他网格班组前往：1项" in summary(planned.plan, "zh")
    write_outputs(planned, tmp_path / "plan")
    assert audit(read_plan(tmp_path / "plan"), tmp_path / "plan", read_project(folder)) == ()
    bound, solution = planned.built.problem, Reader(planned.plan.document, planned.built.problem).solution()
    free = [replace(task, shifts=None, pinned=False) if task.task_id == name else task for task in bound.tasks]
    found = {item.code for item in violations(replace(bound, tasks=tuple(free)), solution)}
    assert "aid.home_had_room" in found, "without the mark it would not be allowed"

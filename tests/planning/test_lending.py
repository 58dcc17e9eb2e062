"""Aid between zones: hours lent and borrowed balance, and only where nobody at home had room, or with its reason."""

import copy
from types import SimpleNamespace

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from joint_office import write_office
from patrol.api import plan_all, write_outputs
from patrol.plan import Plan, read_plan
from patrol.planning.audit import audit
from patrol.planning.lending import aid_of, aided, lending
from patrol.project import read_project
from patrol.routing.model import Route, Shift, Stop, Task

ZONES = ["", "A", "B", "C"]
homes = st.lists(st.sampled_from(ZONES[1:]), unique=True, max_size=3).map(tuple)


def shift(number, zones=()):
    return Shift(f"S{number}", f"C{number}", "enterprise", 0, 0, 0, 0, 0, 90_000, 90_000, 0, 0, zones=zones)


@st.composite
def worked(draw):
    """Crews, tasks, and who served which for how long."""
    tasks = [Task(f"T{k}", (), zone=draw(st.sampled_from(ZONES))) for k in range(draw(st.integers(0, 8)))]
    shifts = [shift(k, draw(homes)) for k in range(draw(st.integers(1, 3)))]
    served = [(k, draw(st.integers(-1, len(shifts) - 1))) for k in range(len(tasks))]
    routes = []
    for number in range(len(shifts)):
        mine = [k for k, by in served if by == number]
        stops = [Stop("break", -1, -1, 5, 5, 605, 5, 5)]
        stops += [Stop("task", k, 0, 0, 10, 10 + draw(st.integers(0, 20_000)), draw(st.integers(0, 9_000)), 9)
                  for k in mine]  # fmt: skip
        routes.append(Route(number, 0, tuple(stops), 0, 0, 0))
    built = SimpleNamespace(problem=SimpleNamespace(tasks=tasks, shifts=shifts))
    return built, SimpleNamespace(routes=routes)


@given(worked())
def test_lent_and_borrowed_hours_sum_to_zero(case):
    built, solution = case
    got = lending(built, solution)
    assert "" not in got, "outside every zone nobody lends or borrows"
    rounding = 0.5e-4 * 2 * len(got)
    assert sum(row["lent_h"] - row["borrowed_h"] for row in got.values()) == pytest.approx(0, abs=rounding + 1e-9)
    for zone, row in got.items():
        own = [task for task in built.problem.tasks if task.zone == zone]
        assert row["tasks"] == len(own)
        assert 0 <= row["helped"] <= row["planned"] <= row["tasks"]
        assert 0 <= row["borrowed_h"] <= row["hours"]
        assert (row["borrowed_h"] > 0) <= (row["helped"] > 0)
    helped = [(stop, route) for route in solution.routes for stop in route.stops if stop.kind == "task"
              and aided(built.problem.tasks[stop.task], built.problem.shifts[route.shift])]  # fmt: skip
    assert sum(row["helped"] for row in got.values()) == len(helped)
    hours = sum(stop.leave - stop.start + stop.travel_s for stop, _ in helped) / 3600
    assert sum(row["borrowed_h"] for row in got.values()) == pytest.approx(hours, abs=rounding + 1e-9)


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


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Only on Tuesday has the east a crew of its own."""
    folder = write_office(
        tmp_path_factory.mktemp("lending") / "office", zones=("Z1", "Z2", "Z1"), weekdays=("", "2", ""),
        request={"state": "done"},
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
            late = task["overdue_days"] > 0
            emergency = task.get("hazard_class") == "emergency"
            if task["kind"] == "section":
                assert stop["aid"]["why"] == ("half_deadline" if late else "no_room")
            elif emergency:
                assert stop["aid"]["why"] == "emergency"
            if stop["aid"]["why"] == "no_room":
                assert one["date"] != "2024-08-20", "on Tuesday the east has room itself"
    assert {stop["aid"]["why"] for _, stop in helped(document)} >= {"half_deadline", "no_room"}


def test_figures_are_the_sums_of_the_stops(made):
    zones = made[1]["figures"]["zones"]
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

"""Plan, what the field says of it, replan, and again: no task is lost or done twice, and the past stays as it was."""

import itertools
import json
import shutil
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commands import run
from field_cases import INPUTS, report, result
from patrol.api import open_project, plan_all, replan_all, write_outputs, write_replan
from patrol.plan import read_plan
from patrol.planning.audit import audit
from tiny import crews, table, write_tiny

DAY = date(2024, 8, 16)
OUTCOMES = ("done", "not_done", "partly", "")  # "": nobody says anything


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    """A project with three crews that have the whole day, a register, a place for what comes back, and a plan."""
    folder = write_tiny(tmp_path_factory.mktemp("loop") / "tiny")
    table(folder / "crews.csv", [{**row, "shift_end": "17:00"} if row["crew_id"] != "V1" else row for row in crews()])
    toml = (folder / "project.toml").read_text("utf-8").replace("[inputs]\n", f"[inputs]\n{INPUTS}")
    (folder / "project.toml").write_text(toml + "\n[settings.planning]\nshift_ecm = 0\n", "utf-8")
    write_outputs(plan_all(folder, start=DAY, days=2, iterations=100), folder / "plan")
    return folder


def over(plan, moment):
    """Return (shift, stop) of every task of the first day that should be done by a moment and is not known to be."""
    return [
        (shift, stop) for shift in plan.shifts for stop in shift["route"]
        if stop["task_id"] and shift["date"] == DAY.isoformat() and stop["leave"][:19] <= moment
    ]  # fmt: skip


def say(folder, plan, said, number):
    """Take in what crews say of stops, each crew in a file of its own."""
    paths = []
    for crew, rows in itertools.groupby(sorted(said, key=lambda one: one[0]), key=lambda one: one[0]):
        results = [
            result(1000 * number + 10 * k + len(crew), stop["task_id"], outcome, stop["leave"],
                   **({"reason": "road"} if outcome == "not_done" else {}))
            for k, (_, stop, outcome) in enumerate(rows)
        ]  # fmt: skip
        path = folder / f"{number}-{crew}.json"
        path.write_text(json.dumps(report(plan, crew, results=results)), "utf-8")
        paths.append(path)
    if paths:
        code, output = run("field", "import", folder, *paths, "--plan", folder / f"plan{number}")
        assert code == 0, output


ASKS = ("", "absent", "stand_down")
LOOP = st.lists(st.tuples(st.integers(10, 200), st.sampled_from(ASKS)), min_size=1, max_size=3)
SAID = st.lists(st.sampled_from(OUTCOMES), min_size=1, max_size=8)


@given(steps=LOOP, outcomes=SAID)
@settings(max_examples=3)
def test_loops_of_a_day_keep_every_task_and_the_past(office, tmp_path_factory, steps, outcomes):
    live(office, tmp_path_factory, steps, outcomes)


@pytest.mark.soak
@given(steps=LOOP, outcomes=SAID)
@settings(max_examples=60)
def test_many_loops_of_a_day(office, tmp_path_factory, steps, outcomes):
    live(office, tmp_path_factory, steps, outcomes)


def live(office, tmp_path_factory, steps, outcomes):
    """Live a day in steps: minutes go by, crews say what they did, and what is left is planned again."""
    folder = tmp_path_factory.mktemp("day") / "tiny"
    shutil.copytree(office, folder)
    (folder / "plan").rename(folder / "plan0")
    project = open_project(folder)
    first = plan = read_plan(folder / "plan0")
    spoken = itertools.cycle(outcomes)
    known, clock = {}, datetime(2024, 8, 16, 8, 0)
    for number, (more, kind) in enumerate(steps):
        clock += timedelta(minutes=more)
        moment = clock.isoformat()
        still = "-".join((clock + timedelta(minutes=after)).strftime("%H:%M") for after in (20, 50))
        ask = {"absent": {"absent": ["E2"]}, "stand_down": {"stand_down": [still]}}.get(kind, {})
        said = [
            (shift["crew_id"], stop, outcome) for shift, stop in over(plan, moment)
            if stop["task_id"] not in known and (outcome := next(spoken))
        ]  # fmt: skip
        say(folder, plan, said, number)
        planned, before = replan_all(folder, folder / f"plan{number}", at=moment[:16], iterations=30, **ask)
        there = folder / f"plan{number + 1}"
        write_replan(planned, before, there)
        now = read_plan(there)
        assert audit(now, there, project) == ()
        check(before, now, moment)
        to_do = [
            (shift["crew_id"], stop) for shift in now.shifts for stop in shift["route"]
            if shift["date"] == DAY.isoformat() and stop["task_id"] and not stop.get("state")
        ]  # fmt: skip
        if kind == "absent":
            assert "E2" not in {crew for crew, _ in to_do}, "an absent crew has nothing more to do"
        if kind == "stand_down":
            begins, ends = (f"{DAY}T{hour}:00" for hour in still.split("-"))
            for _, stop in to_do:
                assert not (stop["start_service"][:19] < ends and begins < stop["leave"][:19]), (still, stop)
        fresh = {stop["task_id"]: outcome for _, stop, outcome in said}
        done = {stop["task_id"]: stop for shift in now.shifts for stop in shift["route"] if stop.get("state")}
        assert not [task for task, outcome in fresh.items() if outcome == "done" and task not in done]
        for task, outcome in fresh.items():
            if outcome == "not_done":
                assert done.get(task, {}).get("state") != "done" or done[task].get("reason"), (task, done[task])
        known |= {task: stop for task, stop in done.items() if stop["state"] == "done"}
        plan = now
    assert {*first.tasks} <= {*plan.tasks} | {*plan.document["replanned"]["gone"]}


def check(before, now, moment):
    """Hold that every task is done, planned or left out, each once, and that what is over stands as it stood."""
    stops = [stop["task_id"] for shift in now.shifts for stop in shift["route"] if stop["task_id"]]
    left = [item["task_id"] for item in now.dropped]
    # what was gone to in vain stands in the past, and is planned or left out besides
    vain = [stop["task_id"] for shift in now.shifts for stop in shift["route"] if stop.get("reason")]
    once = sorted([*stops, *left])
    for task in vain:
        if once.count(task) > 1:
            once.remove(task)
    assert once == sorted(now.tasks)
    assert {*before.tasks} - {*now.document["replanned"]["gone"]} <= {*now.tasks}
    routes = {shift["shift_id"]: shift["route"] for shift in now.shifts}
    for shift in before.shifts:
        for k, stop in enumerate(shift["route"]):
            if stop.get("state") == "done":
                assert {**routes[shift["shift_id"]][k]} == stop, (moment, stop)

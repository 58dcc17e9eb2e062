"""Replans of plans with appointments and cycles: what parties were told stays, the past stays, nothing is lost."""

import random
import shutil
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from joint_office import confirm, visits, write_office
from patrol.api import open_project, plan_all, replan_all, write_outputs, write_replan
from patrol.plan import read_plan
from patrol.planning.audit import audit
from patrol.planning.why_not import explain_plan
from patrol.reports.changed import changed, changed_text
from patrol.reports.summary import summary
from patrol.reports.why_not import answer

FIRST = date(2024, 8, 16)
CYCLES = """
[settings.cycles]
days = {urban = 4, suburban = 4, rural = 4, mountain = 4, cable = 4}
default_days = 4
critical_factor = 1.0
"""


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    """Nine sections every four days for nine days, and an errand for two parties, proposed for Saturday or later."""
    folder = write_office(tmp_path_factory.mktemp("again") / "o", zones=("", "", ""), settings=CYCLES)
    (folder / "patrols.csv").write_text("date,feeder_id,first_pole,last_pole\n2024-08-14,F1,,\n", "utf-8")
    write_outputs(plan_all(folder, start=FIRST, days=9, iterations=500), folder / "plan")
    return folder


def appointment(document):
    found = visits(document)
    return {(shift["crew_id"], stop["joint"]["at"]) for shift, stop in found}


def before_it(document):
    """Return a moment soon before the first crew sets out on the day of the appointment."""
    shifts = [shift for shift, _ in visits(document)]
    return (min(datetime.fromisoformat(shift["start"]) for shift in shifts) - timedelta(minutes=5)).isoformat()[:16]


def test_what_the_parties_were_told_needs_no_new_notice(office):
    """On the day itself, unconfirmed still: the plan has told the parties, and a replan keeps the time."""
    before = read_plan(office / "plan")
    assert appointment(before.document)
    planned, _ = replan_all(office, office / "plan", at=before_it(before.document), iterations=100)
    assert appointment(planned.plan.document) == appointment(before.document)
    assert planned.plan.document["dropped"] == [] or "notice" not in {
        item["reason"] for item in planned.plan.document["dropped"]
    }


def test_another_time_needs_its_notice(office):
    """The government's crew does not come: the errand is not moved to a later hour of the day, nor to the next day."""
    before = read_plan(office / "plan")
    moment = before_it(before.document)
    planned, _ = replan_all(office, office / "plan", at=moment, absent=["G1"], iterations=100)
    days = {date.fromisoformat(shift["date"]) for shift, _ in visits(planned.plan.document)}
    assert all(day > date.fromisoformat(moment[:10]) for day in days)


@pytest.mark.parametrize("late", [False, True])
def test_where_one_party_is_at_work_the_other_comes_at_that_time_or_not_at_all(office, late):
    """A moment between their beginnings; with ``late`` the other's crew does not come, and nobody comes alone later."""
    before = read_plan(office / "plan")
    (first, here), (second, there) = sorted(visits(before.document), key=lambda pair: pair[1]["start_service"])
    assert here["start_service"] < there["start_service"], "the case needs one that begins sooner"
    asked = {"at": here["start_service"][:19], "absent": [second["crew_id"]] if late else []}
    planned, _ = replan_all(office, office / "plan", iterations=100, **asked)
    found = visits(planned.plan.document)
    assert any(shift["crew_id"] == first["crew_id"] and stop.get("state") for shift, stop in found)
    assert {stop["joint"]["at"] for _, stop in found} == {here["joint"]["at"]}
    assert late or len(found) == 2


def test_a_confirmed_appointment_of_an_absent_crew_says_who_is_missing(tmp_path):
    folder = write_office(tmp_path / "o", zones=("", "", ""))
    confirm(
        folder, *(("2024-08-17", "10:15", party, crew) for party, crew in (("enterprise", "E1"), ("government", "G1")))
    )
    write_outputs(plan_all(folder, start=FIRST, days=4, iterations=100), folder / "plan")
    asked = {"at": "2024-08-17T07:30", "absent": ["G1"], "iterations": 100}
    planned, before = replan_all(folder, folder / "plan", **asked)
    assert len(visits(before.document)) == 2
    reasons = {item["task_id"]: item["reason"] for item in planned.plan.dropped}
    parts = ("R:J1/enterprise", "R:J1/government")
    assert [reasons.get(part) for part in parts] == ["held_absent", "held_absent"]
    assert [planned.plan.tasks[part]["missing"] for part in parts] == [["G1"], ["G1"]]
    rows = changed(planned.plan, before)
    assert "Missing: G1班 (G1), who confirmed this appointment" in changed_text(rows, planned.plan, before, "en")
    for said, crew in (
        (changed_text(rows, planned.plan, before, "zh"), "G1班 (G1)"),
        (summary(planned.plan, "zh"), "G1"),
    ):
        assert f"缺勤：{crew}（已确认该约定）" in said
        assert "--move R:J1" in said
    write_replan(planned, before, tmp_path / "out")
    assert audit(read_plan(tmp_path / "out"), tmp_path / "out", open_project(folder)) == ()
    (row,) = explain_plan(read_plan(tmp_path / "out"), tmp_path / "out", ["R:J1/government"])
    said = "\n".join(answer(row, planned.plan.tasks, "en"))
    assert "confirmed with G1, who does not work then" in said
    assert "patrol plan --move R:J1" in said


def the_past_is_as_it_was(before, after, at):
    shifts = {shift["shift_id"]: shift for shift in after.shifts}
    for shift in before.shifts:
        for number, stop in enumerate(shift["route"]):
            over = stop["kind"] != "end" and stop["leave"][:16] <= at
            if over and not (number == 0 and shift["start"][:16] >= at):
                now = shifts[shift["shift_id"]]["route"][number]
                assert {k: v for k, v in now.items() if k != "state"} == {k: v for k, v in stop.items() if k != "state"}


def nothing_is_lost(before, after):
    """Hold that all is planned or left out, and that only what is due too late after what was done is gone."""
    stops = [stop["task_id"] for shift in after.shifts for stop in shift["route"] if stop["task_id"]]
    left = [item["task_id"] for item in after.dropped]
    assert sorted([*stops, *left]) == sorted(after.tasks)
    gone = {*after.document["replanned"]["gone"]}
    assert {*before.tasks} - gone <= {*after.tasks}
    last = FIRST + timedelta(days=before.document["days"] - 1)
    done = {
        stop["task_id"].partition("#")[0]: date.fromisoformat(shift["date"])
        for shift in after.shifts for stop in shift["route"] if stop.get("state") in {"done", "under_way"}
    }  # fmt: skip
    assert all(done[name.partition("#")[0]] + timedelta(days=4) > last for name in gone), (gone, done)


def whole_or_none(plan):
    """Hold that an appointment has both parties or none, at one time."""
    found = visits(plan.document)
    assert len(found) in {0, 2}
    assert len({stop["joint"]["at"] for _, stop in found}) <= 1


def gaps_are_kept(plan):
    """Hold that the patrols of a section stand in order, two days apart at least."""
    days = {}
    for shift in plan.shifts:
        for stop in shift["route"]:
            task = plan.tasks.get(stop["task_id"], {})
            if task.get("kind") == "section" and "occurrence" in task:
                days.setdefault(task["section_id"], []).append((date.fromisoformat(shift["date"]), task["occurrence"]))
    for served in days.values():
        assert [number for _, number in sorted(served)] == sorted(number for _, number in served)
        dates = sorted(day for day, _ in served)
        assert all((b - a).days >= 2 for a, b in pairwise(dates))


def test_what_the_field_has_recorded_is_not_taken_for_what_is_due_next(office, tmp_path):
    """Patrols come back and stand in the records: the next of each section keeps its number, and is no less to do."""
    folder = copied(office, tmp_path)
    before = read_plan(folder / "plan")
    day = (FIRST + timedelta(days=3)).isoformat()
    done = {
        stop["task_id"]: shift["date"]
        for shift in before.shifts
        for stop in shift["route"]
        if stop["kind"] == "section" and shift["date"] < day
    }
    assert done
    moment = f"{day}T07:00"
    with (folder / "patrols.csv").open("a", encoding="utf-8") as file:
        for task, when in done.items():
            one = before.tasks[task]
            file.write(f"{when},{one['feeder_id']},{one['first_pole']},{one['last_pole']}\n")
    after, _ = replan_all(folder, folder / "plan", at=moment, iterations=50)
    known = set(before.tasks) - set(done)
    for name in done:
        again = f"{name.partition('#')[0]}#2"
        assert again in before.tasks
        assert again in after.plan.tasks, "the next patrol is still to do"
        assert after.plan.tasks[again]["occurrence"] == 2
    assert known <= set(after.plan.tasks)
    nothing_is_lost(before, after.plan)
    gaps_are_kept(after.plan)


def copied(office, tmp_path):
    return Path(shutil.copytree(office, tmp_path / "o"))


@pytest.mark.parametrize("seed", range(3))
def test_replans_keep_the_past_the_gaps_and_both_parties_or_none(office, tmp_path, seed):
    chance = random.Random(seed)
    plan, folder = read_plan(office / "plan"), office / "plan"
    if seed == 2:  # one party has confirmed in the meantime
        ((shift, stop), *_) = visits(plan.document)
        at = stop["joint"]["at"]
        confirm(office, (at[:10], at[11:16], shift["party"], shift["crew_id"]))
    days = sorted(chance.sample(range(1, 8), 2))
    for number, day in enumerate(days):
        moment = f"{FIRST + timedelta(days=day)}T{chance.randrange(8, 11):02d}:{chance.randrange(60):02d}"
        asked = {"at": moment}
        working = {shift["crew_id"] for shift in plan.shifts if shift["date"] == moment[:10]}
        if working and chance.random() < 0.5:
            asked["absent"] = [chance.choice(sorted(working))]
        if chance.random() < 0.5:
            asked["stand_down"] = [f"{moment[11:]}-{int(moment[11:13]) + 1:02d}:30"]
        if chance.random() < 0.3:
            asked["urgent"] = ["HZ1"] if "H:HZ1" in plan.tasks and number == 0 else []
        try:
            planned, before = replan_all(office, folder, iterations=100, **asked)
        except Exception as error:
            pytest.fail(f"{asked}: {error}")
        folder = tmp_path / f"out{number}"
        write_replan(planned, before, folder)
        after = read_plan(folder)
        if "absent" not in asked:
            the_past_is_as_it_was(before, after, moment)
        nothing_is_lost(before, after)
        gaps_are_kept(after)
        whole_or_none(after)
        assert audit(after, folder, open_project(office)) == (), asked
        plan = after

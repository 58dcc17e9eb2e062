"""Where key figures come from: the register as of a past day, patrols, plans, tracks and faults of a project."""

import json
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from commands import run
from field_cases import report, result, write_returning
from patrol.api import kpis, plan_all, plan_patrols, write_outputs
from patrol.errors import PlanError
from patrol.plan import read_plan, spent_s
from patrol.planning.audit import read_problem
from patrol.project import read_project
from patrol.reports.kpi import hazard_items, kpi_table, report_items
from patrol.studies.kpis import month_ends, plan_stops, project_kpis, reached, register_frames
from register_cases import OWNER, READY, do, event, opened, stamp, take
from tiny import table, write_tiny

FIRST = date(2024, 8, 1)
BOTH = {"parties": ["enterprise", "villager"]}  # who must rectify a tree together


def figures(register, on, *, first=FIRST):
    hazards, reports = register_frames(register, on)
    items = hazard_items(hazards, first=first, last=on, timezone="Asia/Shanghai")
    items["precision"] = report_items(reports, first=first, last=on, timezone="Asia/Shanghai")
    found = kpi_table(items)
    return {(row.measure, row.group or row.by): (row.numerator, row.denominator) for row in found.itertuples()}


@pytest.fixture(scope="module")
def life(tmp_path_factory):
    """A hazard that is closed on the 5th, opened again on the 7th and rectified on the 9th; one refuted on the 4th."""
    with opened(tmp_path_factory.mktemp("kpi") / "register.gpkg") as register:
        taken = take(
            register, {"key": "a", "captured_at": stamp(1)}, {"key": "b", "captured_at": stamp(2), "lon": 106.6},
            {"key": "c", "captured_at": stamp(3), "lon": 106.7, "party": "government"},
        )  # fmt: skip
        one, two, _ = taken.hazards_new
        do(register, "verify", one, stamp(2))
        do(register, "refute", two, stamp(4))
        do(register, "assign", one, stamp(3), OWNER)
        do(register, "ready", one, stamp(3), READY)
        do(register, "rectify", one, stamp(4), BOTH)
        do(register, "confirm", one, stamp(5), actor="crew 2")
        do(register, "reopen", one, stamp(7), actor="crew 2")
        do(register, "assign", one, stamp(8), OWNER)
        do(register, "ready", one, stamp(8), READY)
        do(register, "rectify", one, stamp(9), BOTH)
        yield register


def test_figures_are_of_the_register_as_it_was(life):
    """What was done after the last day of the period never counts."""
    # the 3rd: three reported, one verified, none closed
    third = figures(life, date(2024, 8, 3))
    assert (third["closure", "all"], third["reopened", "all"], third["precision", "all"]) == ((0, 3), (0, 0), (1, 1))
    # the 5th: the second is refuted and no hazard, the first is closed
    fifth = figures(life, date(2024, 8, 5))
    assert (fifth["closure", "all"], fifth["reopened", "all"], fifth["precision", "villager"]) == (
        (1, 2),
        (0, 1),
        (1, 2),
    )
    assert ("precision", "government") not in fifth  # nobody has decided about theirs
    # the 7th: opened again
    seventh = figures(life, date(2024, 8, 7))
    assert (seventh["closure", "all"], seventh["reopened", "all"]) == ((0, 2), (1, 1))
    assert figures(life, date(2024, 8, 5)) == fifth


def test_the_day_ends_where_the_project_is(tmp_path):
    """16:30 in Greenwich on the 4th is the 5th in Shanghai."""
    with opened(tmp_path / "register.gpkg") as register:
        (one,) = take(register, {"key": "a", "captured_at": stamp(1)}).hazards_new
        register.act([event("refute", one, stamp(4, 16, 30))], recorded_at=stamp(4, 16, 30))
        assert figures(register, date(2024, 8, 4))["closure", "all"] == (0, 1)
        assert figures(register, date(2024, 8, 5))["closure", "all"] == (0, 0)


def test_a_merged_hazard_counts_once_and_its_reports_each(tmp_path):
    with opened(tmp_path / "register.gpkg") as register:
        one, two = take(register, {"key": "a"}, {"key": "b", "lon": 106.6}).hazards_new
        do(register, "verify", one, stamp(2))
        register.merge(one, two, at=stamp(3), actor="office", party="enterprise")
        found = figures(register, date(2024, 8, 9))
        assert found["closure", "all"] == (0, 1)
        assert found["precision", "villager"] == (2, 2)


def test_a_report_that_was_withdrawn_tells_nothing_of_its_party(tmp_path):
    with opened(tmp_path / "register.gpkg") as register:
        taken = take(register, {"key": "a"}, {"key": "b", "lon": 106.6, "party": "government"})
        one, two = taken.hazards_new
        do(register, "verify", one, stamp(2))
        register.merge(one, two, at=stamp(3), actor="office", party="enterprise")
        found = figures(register, date(2024, 8, 9))
        assert (found["precision", "villager"], found["precision", "government"]) == ((1, 1), (1, 1))
        theirs = register.reports().set_index("party").loc["government", "report_id"]
        register.note([event("withdraw", theirs, stamp(4))], recorded_at=stamp(4))
        found = figures(register, date(2024, 8, 9))
        assert found["precision", "villager"] == (1, 1)
        assert ("precision", "government") not in found


@pytest.fixture(scope="module")
def planned(tmp_path_factory):
    """The tiny project with faults that say whom they hit, and a plan of two days."""
    folder = write_tiny(tmp_path_factory.mktemp("kpis") / "tiny")
    table(folder / "faults.csv", [
        {"date": "2024-08-10", "feeder_id": "F1", "customers": "60", "minutes": "90"},
        {"date": "2024-08-12", "feeder_id": "F1", "customers": "30", "minutes": ""},
        {"date": "2024-08-13", "feeder_id": "F1", "customers": "", "minutes": ""},
    ])  # fmt: skip
    toml = folder / "project.toml"
    toml.write_text(toml.read_text("utf-8").replace("[inputs]\n", '[inputs]\nfaults = "faults.csv"\n'), "utf-8")
    plan_patrols(folder, start="2024-08-16", days=2, out=folder / "plan", engine="greedy", iterations=1)
    return folder


def test_figures_of_a_project_equal_hand_sums(planned):
    found = kpis(planned, first="2024-08-01", last="2024-08-15")
    rows = {(row["measure"], row["by"], row["group"]): row for row in found.rows()}
    # poles 001 to 025 (24 spans of 60 m) on 20 July, the branch from its pole 1 to 20 (19 spans) on 20 May, 87 days
    # before: within 90. All else was last walked on 1 March. The line is 50 spans, the branch 20: 4.2 km.
    whole = rows["coverage", "all", ""]
    assert whole["numerator"] == pytest.approx((24 + 19) * 0.06, abs=0.005)
    assert whole["denominator"] == pytest.approx(70 * 0.06, abs=0.005)
    # customers: 40 + 60 + 30 + 80
    assert (rows["saifi", "all", ""]["numerator"], rows["saifi", "all", ""]["denominator"]) == (90, 210)
    assert rows["saidi", "all", ""]["value"] == pytest.approx(60 * 90 / 210)
    assert found.notes["saifi"] == (("some_faults", {"known": 2, "all": 3}),)
    assert found.notes["closure"] == (("no_register", {}),)
    assert found.notes["arrival"] == (("no_plans", {}),)


def test_patrols_after_the_last_day_do_not_count(planned):
    early = kpis(planned, first="2024-07-01", last="2024-07-19").rows("all")[0]
    # on 19 July only the branch (1.14 km) was within its cycle
    assert early["numerator"] == pytest.approx(19 * 0.06, abs=0.005)


def test_hours_of_a_plan_add_up_and_prizes_are_those_of_the_search(planned):
    plan = read_plan(planned / "plan")
    project = read_project(planned)
    stops = plan_stops(project, [planned / "plan"], first=date(2024, 8, 16), last=date(2024, 8, 17))
    assert stops["hours"].sum() == pytest.approx(sum(s["travel_s"] + s["service_s"] for s in plan.shifts) / 3600)
    problem, _ = read_problem(plan, planned / "plan")
    tasks = {task.task_id: task for task in problem.tasks}
    worth = 0
    for shift in plan.shifts:
        for stop in shift["route"]:
            if stop["task_id"]:
                worth += tasks[stop["task_id"]].options[stop["option"]].prizes[int(shift["date"][-2:]) - 16]
    assert stops["ecm"].sum() == pytest.approx(worth / 1000)
    assert plan_stops(project, [planned / "plan"], first=date(2024, 8, 18), last=date(2024, 8, 30)).empty


def test_what_the_field_says_was_not_done_is_no_stop_and_nor_is_the_way_to_it(tmp_path):
    folder = write_returning(tmp_path / "tiny")
    project = read_project(folder)
    write_outputs(plan_all(folder, start="2024-08-16", days=1, iterations=50), folder / "plan")
    plan = read_plan(folder / "plan")
    days = {"first": date(2024, 8, 16), "last": date(2024, 8, 16)}
    whole = plan_stops(project, [folder / "plan"], **days)
    shift = max(plan.shifts, key=lambda one: len(one["route"]))
    first, second, *_ = [stop for stop in shift["route"] if stop["task_id"]]
    said = [result(1, first["task_id"], "not_done", reason="road"), result(2, second["task_id"], "partly")]
    back = tmp_path / "back.json"
    back.write_text(json.dumps(report(plan, shift["crew_id"], results=said)), "utf-8")
    assert run("field", "import", folder, back, "--plan", folder / "plan")[0] == 0
    rest = plan_stops(project, [folder / "plan"], **days)
    assert {*whole["task_id"]} - {*rest["task_id"]} == {first["task_id"]}
    assert whole["hours"].sum() - rest["hours"].sum() == pytest.approx(spent_s(first) / 3600)


def test_of_two_plans_of_a_day_the_later_counts_and_aid_is_seen(planned, tmp_path):
    later = tmp_path / "later"
    later.mkdir()
    for file in (planned / "plan").glob("p*.json*"):
        (later / file.name).write_bytes(file.read_bytes())
    document = json.loads((later / "plan.json").read_text("utf-8"))
    stop = next(one for shift in document["shifts"] for one in shift["route"] if one["task_id"])
    stop["aid"] = {"zones": ["Z9"], "why": "no_room"}
    (later / "plan.json").write_text(json.dumps(document), "utf-8")
    project, days = read_project(planned), {"first": date(2024, 8, 16), "last": date(2024, 8, 17)}
    once = plan_stops(project, [later], **days)
    assert once["aid"].sum() == 1
    assert len(plan_stops(project, [planned / "plan", later], **days)) == len(once)


def test_a_plan_of_another_project_is_refused(planned, tmp_path):
    other = write_tiny(tmp_path / "other")
    toml = other / "project.toml"
    toml.write_text(toml.read_text("utf-8").replace('name = "Tiny"', 'name = "Other"'), "utf-8")
    with pytest.raises(PlanError, match="Other") as caught:
        project_kpis(read_project(other), first=FIRST, last=FIRST, plans=[planned / "plan", Path("nowhere")])
    assert len(caught.value.findings) == 2


def test_arrival_needs_a_fix_within_thirty_metres():
    poles = pd.DataFrame({"crew_id": ["E1", "E1", "E2"], "date": "2024-08-16", "x": [0.0, 100.0, 0.0], "y": 0.0})
    fixes = pd.DataFrame({"crew_id": ["E1", "E1"], "date": "2024-08-16", "x": [0.0, 131.0], "y": [30.0, 0.0]})
    assert reached(poles, fixes)["reached"].tolist() == [True, False]  # E2 has no track: nothing can be said


def test_months_end_where_they_end():
    assert month_ends(date(2024, 1, 31), date(2024, 3, 1)) == [date(2024, 1, 31), date(2024, 2, 29), date(2024, 3, 1)]
    assert month_ends(date(2024, 12, 31), date(2025, 1, 1)) == [date(2024, 12, 31), date(2025, 1, 1)]

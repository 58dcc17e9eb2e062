"""The whole main job on the tiny project."""

import copy
import csv
import json
from dataclasses import fields
from datetime import date, timedelta

import openpyxl
import pyogrio
import pytest

from patrol.api import plan_all, plan_patrols, score, write_outputs
from patrol.config import ConsequenceSettings, PlanningSettings
from patrol.errors import PlanError
from patrol.layers.keep import Keep, read_keep
from patrol.plan import Plan, read_plan, to_bytes
from patrol.planning.audit import audit
from patrol.project import read_project
from patrol.reports.summary import summary
from tiny import table

FIRST = date(2024, 8, 16)


def plan(folder, **more):
    return plan_all(folder, start="2024-08-16", days=5, **more)


def served(document):
    return {stop["task_id"]: shift for shift in document["shifts"] for stop in shift["route"] if stop["task_id"]}


def test_every_due_task_is_planned_or_dropped_with_a_reason(tiny):
    document = plan(tiny).plan.document
    left = {item["task_id"] for item in document["dropped"]}
    assert {*served(document)} | left == {*document["tasks"]}
    assert not {*served(document)} & left
    kinds = {task["kind"] for task in document["tasks"].values()}
    assert kinds == {"section", "hazard", "service"}
    figures = document["figures"]
    assert (figures["due"], figures["planned"], figures["dropped"]) == (
        len(document["tasks"]), len(served(document)), len(left)
    )  # fmt: skip


def test_due_sections_follow_the_records(tiny):
    tasks = plan(tiny).plan.tasks
    by_poles = {(t["first_pole"], t["last_pole"]): t for t in tasks.values() if t["kind"] == "section"}
    assert ("007", "015") not in by_poles  # patrolled in July, critical: due in September
    assert by_poles["025", "031"]["overdue_days"] == 123  # critical (important user): 45 days after 1 March
    assert by_poles["025", "031"]["mandatory"] == 1


def test_volunteers_never_go_to_a_fire_and_stay_near_home(tiny):
    document = plan(tiny).plan.document
    assert served(document)["H:HZ3"]["party"] in {"enterprise", "fire"}
    assert any(note["code"] == "call_now" and note["task_id"] == "H:HZ3" for note in document["notes"])
    for shift in document["shifts"]:
        if shift["party"] == "villager":
            assert shift["walk_m"] <= 5000


def test_households_in_care_are_a_code(tiny):
    planned = plan(tiny)
    assert "张家" not in to_bytes(planned.plan.document).decode()
    assert planned.plan.tasks["V:C1"]["label"] == "Care visit C1"


def test_a_closed_hazard_is_no_task(tiny):
    assert "H:HZ4" not in plan(tiny).plan.tasks


def test_the_same_inputs_give_the_same_bytes(tiny):
    first, second = (to_bytes(plan(tiny, seed=3, iterations=20).plan.document) for _ in range(2))
    assert first == second


def test_outputs_are_written_and_open(tiny, tmp_path):
    out = tmp_path / "输出"
    plan_patrols(tiny, start=FIRST, days=5, out=out)
    names = {path.name.split("-")[0] for path in out.iterdir()}
    assert {"plan.json", "problem", "index.html", "schedule.csv", "schedule.xlsx", "plan.gpkg", "run.json",
            "summary.zh.txt", "summary.en.txt"} <= names  # fmt: skip
    assert read_plan(out).document["schema"] == "patrol-plan/1"
    assert {name for name, _ in pyogrio.list_layers(out / "plan.gpkg")} >= {"stops", "legs"}
    assert "schedule" in openpyxl.load_workbook(out / "schedule.xlsx").sheetnames
    assert (out / "schedule.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    assert "本计划不是工作票" in (out / "index.html").read_text("utf-8")
    run = json.loads((out / "run.json").read_text())
    assert {"seconds", "cpu_seconds", "compile_seconds", "peak_mb"} <= set(run)


def test_no_clock_path_or_host_in_the_plan(tiny, tmp_path):
    text = to_bytes(plan(tiny).plan.document).decode()
    assert str(tmp_path) not in text
    assert str(date.today().year) not in text.replace("2024", "")


def test_planning_again_leaves_no_old_problem_behind(tiny, tmp_path):
    for days in (5, 3):
        write_outputs(plan_all(tiny, start=FIRST, days=days), tmp_path / "out")
    assert len(list((tmp_path / "out").glob("problem-*.json.gz"))) == 1


@pytest.mark.parametrize("days", [0, -1, 32])
def test_a_horizon_must_be_sane(tiny, days):
    with pytest.raises(PlanError, match="cannot be planned"):
        plan_all(tiny, start=FIRST, days=days)


def a_section(planned, crew):
    document = planned.plan.document
    task = next(
        task for task, shift in sorted(served(document).items()) if task.startswith("S:") and shift["crew_id"] == crew
    )
    return task, date.fromisoformat(served(document)[task]["date"])


def test_a_pin_holds_and_stands_in_the_plan(tiny):
    task, _ = a_section(plan(tiny), "E1")
    day = date(2024, 8, 19)
    planned = plan(tiny, keeps=(Keep(task, "pin", "E1", day, 2),))
    assert served(planned.plan.document)[task]["shift_id"] == "2024-08-19/E1"
    assert planned.plan.document["settings"]["kept"][0]["task_id"] == task
    assert planned.keep_conflicts == ()


def test_a_forbid_holds(tiny):
    task, day = a_section(plan(tiny), "E1")
    again = served(plan(tiny, keeps=(Keep(task, "forbid", "E1", day, 2),)).plan.document)
    assert task not in again or (again[task]["crew_id"], again[task]["date"]) != ("E1", day.isoformat())


def kept(planned):
    return {(row["task_id"], row["row"]): row["result"] for row in planned.plan.document["settings"]["kept"]}


def test_hand_control_never_lifts_a_safety_rule(tiny):
    planned = plan(tiny, keeps=(Keep("H:HZ3", "move", "V1", FIRST, 7, "schedule", "s.xlsx"),))
    assert served(planned.plan.document)["H:HZ3"]["party"] == "enterprise", "the mark must not cost the visit"
    (conflict,) = planned.keep_conflicts
    assert (conflict.code, conflict.row, conflict.source) == ("keep.conflict", 7, "s.xlsx, sheet schedule")
    assert "planned for E" in conflict.what


def test_every_impossible_keep_is_named_at_once_and_the_rest_planned(tiny):
    keeps = (
        Keep("S:x", "pin", "E1", FIRST, 3), Keep("H:HZ1", "pin", "E9", FIRST, 4), Keep("H:HZ3", "pin", "V1", FIRST, 5),
        Keep("V:P1", "pin", "E2", FIRST, 6), Keep("S:x", "forbid", "E1", FIRST, 8),
    )  # fmt: skip
    planned = plan(tiny, keeps=keeps)
    assert [item.row for item in planned.keep_conflicts] == [3, 4, 5]
    assert list(kept(planned).values()) == ["no_task", "no_shift", "no_party", "honoured", "honoured"]
    assert served(planned.plan.document)["V:P1"]["shift_id"] == "2024-08-16/E2"
    assert "H:HZ1" in served(planned.plan.document), "a mark for a crew that is away must not cost the visit"


def test_a_task_too_long_for_the_crew_is_not_half_moved(tiny):
    free = plan(tiny)
    task = next(
        key
        for key, t in sorted(free.plan.tasks.items())
        if t["kind"] == "section" and key in served(free.plan.document)
    )
    text = (tiny / "crews.csv").read_text("utf-8-sig")
    rows = [r.replace("08:00,12:00", "08:00,08:03") if r.startswith("E2") else r for r in text.splitlines()]
    (tiny / "crews.csv").write_text("\n".join(rows), "utf-8-sig")
    planned = plan(tiny, keeps=(Keep(task, "move", "E2", FIRST, 9),))
    assert list(kept(planned).values()) == ["too_long"]
    assert task in served(planned.plan.document)


def test_marks_that_crowd_each_other_out_cost_no_visit(tiny):
    """Two marks that fit alone but not together: one holds, the other is named, and its task planned elsewhere."""
    ids = [key for key, t in sorted(plan(tiny).plan.tasks.items()) if t["kind"] == "section"]
    keeps = tuple(Keep(key, "pin", "V1", FIRST, row) for row, key in enumerate(ids, start=3))
    planned = plan(tiny, keeps=keeps)
    results = list(kept(planned).values())
    assert "crowded" in results
    assert "honoured" in results
    refused = [key for (key, _), result in kept(planned).items() if result == "crowded"]
    assert {*refused} & {*served(planned.plan.document)}
    assert len(planned.keep_conflicts) == len(ids) - results.count("honoured")


def test_the_new_spreadsheet_carries_the_marks_that_hold(tiny, tmp_path):
    free = plan(tiny)
    task, day = a_section(free, "E1")
    pin = Keep("V:P1", "move", "E2", date(2024, 8, 19), 4, "dropped", "old.xlsx")
    keeps = (pin, Keep(task, "forbid", "E1", day, 5, "schedule", "old.xlsx"), Keep("S:x", "pin", "E1", FIRST, 6))
    planned = plan(tiny, keeps=keeps)
    write_outputs(planned, tmp_path / "out", lang="en")
    again = read_keep(tmp_path / "out" / "schedule.xlsx")
    assert {(k.task_id, k.action, k.crew_id, k.date) for k in again} == {
        ("V:P1", "pin", "E2", date(2024, 8, 19)), (task, "forbid", "E1", day)
    }  # fmt: skip
    assert {k.file for k in again} == {"schedule.xlsx"}
    assert set(kept(plan(tiny, keeps=again)).values()) == {"honoured"}
    for lang, words in (("en", "Marks by hand: 2 of 3 are honoured."), ("zh", "手工标记3处，已照办2处。")):
        said = (tmp_path / "out" / f"summary.{lang}.txt").read_text("utf-8")
        assert words in said
        assert "2024-08-19" in said
    assert audit(planned.plan, tmp_path / "out", read_project(tiny)) == ()


@pytest.mark.parametrize("end", ["low", "high"])
def test_the_prices_at_their_bounds_make_a_plan(tiny, end):
    """What the project file lets through is planned: no sum of it leaves 64 bits, no count is divided by nothing."""
    sections = {"consequence": ConsequenceSettings(), "planning": PlanningSettings()}
    rows = []
    for name, values in sections.items():
        rows.append(f"[settings.{name}]")
        for item in fields(values):
            bound, default = item.metadata[end], getattr(values, item.name)
            if item.name.endswith("_min") or "ecm" in item.name or item.name.startswith("customers_per"):
                rows.append(f"{item.name} = {bound}")
            elif item.name == "important_weight":
                rows.append(f"{item.name} = {{ {', '.join(f'{key} = {bound}' for key in default)} }}")
    (tiny / "project.toml").write_text((tiny / "project.toml").read_text("utf-8") + "\n".join(["", *rows, ""]), "utf-8")
    assert plan(tiny).plan.document["shifts"]


def test_a_mark_said_to_be_honoured_that_is_not_is_found(tiny, tmp_path):
    planned = plan(tiny, keeps=(Keep("V:P1", "move", "E2", FIRST, 4),))
    write_outputs(planned, tmp_path / "out")
    document = copy.deepcopy(planned.plan.document)
    document["settings"]["kept"][0]["date"] = "2024-08-17"
    assert "keep.broken" in {item.code for item in audit(Plan(document), tmp_path / "out")}


def test_no_roads_plans_on_straight_lines_and_says_so(tiny):
    text = (tiny / "project.toml").read_text("utf-8").replace('roads = "roads.geojson"\n', "")
    (tiny / "project.toml").write_text(text, "utf-8")
    document = plan(tiny).plan.document
    assert any(note["code"] == "travel.no_roads" for note in document["notes"])
    assert served(document)


def test_cold_start_is_not_overdue(tiny):
    text = (tiny / "project.toml").read_text("utf-8").replace('patrols = "patrols.csv"\n', "")
    (tiny / "project.toml").write_text(text, "utf-8")
    tasks = plan(tiny).plan.tasks
    sections = [task for task in tasks.values() if task["kind"] == "section"]
    assert sections
    assert all(task["assumed"] and not task["overdue_days"] and not task["mandatory"] for task in sections)
    assert len(sections) < len(score(tiny, on=FIRST))


def test_a_first_date_assumed_before_the_plan_is_due_and_not_overdue(tiny):
    without_history(tiny, "2024-07-20")
    made = plan(tiny)
    late = [task for task in made.plan.tasks.values() if task["kind"] == "section" and task["due"] < FIRST.isoformat()]
    assert late
    assert all(task["assumed"] and not task["overdue_days"] and not task["mandatory"] for task in late)
    assert "Already overdue: 0." in summary(made.plan, "en")


def without_history(folder, cold_start=""):
    text = (folder / "project.toml").read_text("utf-8").replace('patrols = "patrols.csv"\n', "")
    more = f'\n[settings.cycles]\ncold_start = "{cold_start}"\n' if cold_start else ""
    (folder / "project.toml").write_text(text + more, "utf-8")


def test_weeks_from_a_fixed_cold_start_bring_each_critical_section_once(tiny):
    without_history(tiny, "2024-08-16")
    seen = []
    for week in range(7):  # a critical section's cycle is 45 days: seven weeks
        start = FIRST + timedelta(days=7 * week)
        tasks = plan_all(tiny, start=start, days=7, iterations=1).plan.tasks
        new = {key for key, task in tasks.items() if task["kind"] == "section" and task["due"] >= start.isoformat()}
        assert not new & set(seen)
        seen += sorted(new)
    sections = score(tiny, on=FIRST)
    assert set(seen) >= {"S:" + key for key in sections.loc[sections["critical"], "section_id"]}


@pytest.mark.parametrize("cold_start", ["", "2026-11-23"])
def test_without_an_earlier_cold_start_the_highest_consequence_is_planned_first_and_it_is_told(tiny, cold_start):
    without_history(tiny, cold_start)
    document = plan(tiny, iterations=1).plan.document
    sections = score(tiny, on=FIRST).sort_values("ecm_per_fault", ascending=False, kind="stable")
    mine = {key for key, task in document["tasks"].items() if task["kind"] == "section"}
    top = "S:" + sections["section_id"].iloc[0]
    assert document["tasks"][top]["due"] == FIRST.isoformat()
    for _, same in sections.groupby("cycle_days"):  # of one cycle, the first by consequence are the tasks
        chosen = ("S:" + same["section_id"]).isin(mine).tolist()
        assert chosen == sorted(chosen, reverse=True)
    codes = [note["code"] for note in document["notes"]]
    assert "assumed_first" in codes
    assert ("cycles.cold_start_late" in codes) == bool(cold_start)


def test_an_unreachable_section_is_named_with_its_distance(tiny):
    text = (tiny / "crews.csv").read_text("utf-8-sig")
    rows = [row for row in text.splitlines() if row.split(",")[0] in {"crew_id", "E2"}]
    (tiny / "crews.csv").write_text("\n".join(rows), "utf-8-sig")
    toml = (tiny / "project.toml").read_text("utf-8") + "\n[settings.travel]\nmax_walk_in_m = 130\n"
    (tiny / "project.toml").write_text(toml, "utf-8")
    document = plan(tiny).plan.document
    reasons = {item["task_id"]: item["reason"] for item in document["dropped"]}
    notes = {note["text"] for note in document["notes"] if note["code"] == "task.unreachable"}
    assert "no_option" in reasons.values()
    assert any("nearest road" in text for text in notes)


@pytest.mark.parametrize(
    ("more", "code"),
    [({"engine": "magic"}, "solver.engine"), ({"seed": -1}, "solver.seed"), ({"iterations": 0}, "solver.iterations")],
)
def test_search_options_that_make_no_sense_are_refused(tiny, more, code):
    with pytest.raises(PlanError) as caught:
        plan(tiny, **more)
    assert [item.code for item in caught.value.findings] == [code]


def test_what_the_network_doubts_stands_in_the_plan(tiny):
    text = (tiny / "equipment.csv").read_text("utf-8-sig").replace("breaker", "switch").replace("substation", "switch")
    (tiny / "equipment.csv").write_text(text, "utf-8-sig")
    codes = {note["code"] for note in plan(tiny).plan.document["notes"]}
    assert "network.assumed_source" in codes


def test_a_fixed_cold_start_keeps_the_dates_from_week_to_week(tiny):
    text = (tiny / "project.toml").read_text("utf-8").replace('patrols = "patrols.csv"\n', "")
    (tiny / "project.toml").write_text(text + '\n[settings.cycles]\ncold_start = "2024-08-16"\n', "utf-8")
    first, later = (score(tiny, on=day).set_index("section_id")["due"] for day in ("2024-08-16", "2024-09-20"))
    assert (first == later).all()


def visits(tiny, **changes):
    """Plan with the station's last visit and so on changed; return its task and the document."""
    rows = list(csv.DictReader((tiny / "service_points.csv").read_text("utf-8-sig").splitlines()))
    rows[0].update(changes)
    table(tiny / "service_points.csv", [{"last_visit": "", **row} for row in rows])
    document = plan(tiny, iterations=5).plan.document
    return document["tasks"].get("V:P1"), document


def test_a_visit_whose_interval_has_run_out_is_due_work_and_beats_a_filler(tiny):
    task, document = visits(tiny, last_visit="2024-08-01")
    assert (task["mandatory"], task["overdue_days"], task["assumed"]) == (1, 8, False)
    assert "V:P1" in served(document)
    task, _ = visits(tiny, last_visit="2024-08-12")
    assert (task["due"], task["mandatory"], task["overdue_days"]) == ("2024-08-19", 1, 0)


def test_a_due_visit_weighs_as_many_cycles_as_the_project_says(tiny):
    _, one = visits(tiny, last_visit="2024-08-01")
    with (tiny / "project.toml").open("a", encoding="utf-8") as file:
        file.write("\n[settings.planning]\nvisit_weight = 5\n")
    task, five = visits(tiny, last_visit="2024-08-01")
    assert task["mandatory"] == 5
    assert five["figures"]["mandatory_weight"] == one["figures"]["mandatory_weight"] + 4


def test_a_visit_not_due_yet_is_no_task_and_a_first_visit_is_assumed(tiny):
    assert visits(tiny, last_visit="2024-08-15")[0] is None
    task, _ = visits(tiny, last_visit="")
    assert (task["mandatory"], task["assumed"], task["due"]) == (0, True, "2024-08-16")


def test_only_what_is_due_in_the_period_has_the_worth_of_due_work(tiny):
    """A hazard with a later deadline is an early look: its worth is what the look saves, and no more."""
    text = (tiny / "hazards.csv").read_text("utf-8-sig")
    near = plan(tiny, iterations=5).plan.tasks
    (tiny / "hazards.csv").write_text(text.replace("2024-08-10", "2024-08-15"), "utf-8-sig")
    later = plan(tiny, iterations=5).plan.tasks
    assert near["H:HZ1"]["due"] <= "2024-08-20" < later["H:HZ1"]["due"]
    # The older report is a little less likely to be there still, so what the look itself saves is a little less.
    look = later["H:HZ1"]["prize_milli_ecm"]
    assert 150_000 + 0.5 * look < near["H:HZ1"]["prize_milli_ecm"] <= 150_000 + look


def test_a_hazard_on_a_customers_asset_is_looked_at_and_notice_served_only(tiny, tmp_path):
    rows = list(csv.DictReader((tiny / "equipment.csv").read_text("utf-8-sig").splitlines()))
    for row in rows:
        row["owner"] = "用户" if row["lon"] == rows[3]["lon"] else ""
    table(tiny / "equipment.csv", rows)
    planned = plan(tiny, iterations=5)
    tasks = planned.plan.tasks
    assert {key for key, task in tasks.items() if task.get("asset_owner")} == {"H:HZ1"}
    write_outputs(planned, tmp_path / "out", lang="en")
    schedule = (tmp_path / "out" / "schedule.csv").read_text("utf-8-sig")
    (row,) = [line for line in schedule.splitlines() if "H:HZ1" in line]
    assert "look and serve notice only" in row
    page = (tmp_path / "out" / "index.html").read_text("utf-8")
    assert "只通知" in page
    assert "notice only" in page


def test_a_crew_without_a_route_is_named_with_the_reason(tiny):
    text = (tiny / "crews.csv").read_text("utf-8-sig")
    head, *rows = text.splitlines()
    brief = next(row for row in rows if row.startswith("V1")).replace("V1", "V9").replace("10:00", "08:03")
    (tiny / "crews.csv").write_text("\n".join([head, *rows, brief]), "utf-8-sig")
    notes = plan(tiny, iterations=5).plan.document["notes"]
    idle = {note["crew_id"]: note["why"] for note in notes if note["code"] == "idle_crew"}
    assert idle["V9"] == "too_long"

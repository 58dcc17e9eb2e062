"""Plans that meet reality: the past stays, no task is lost, hours of standing still are empty, urgent goes first."""

import copy
import dataclasses
import gzip
import json
import random
from datetime import date

import pytest

import tiny as small
from commands import run
from patrol.api import open_project, plan_all, replan_all, write_outputs, write_replan
from patrol.errors import PlanError
from patrol.plan import Plan, read_plan, to_bytes, write_bytes, write_plan
from patrol.planning.asked import Said, ask_of
from patrol.planning.audit import audit
from patrol.planning.beside import before_file, problem_file, read_problem, rest_file
from patrol.planning.replan import replan, rest_of
from patrol.planning.why_not import explain_plan
from patrol.reports.summary import summary
from patrol.units import seconds_since_midnight
from tiny import crews, table, write_tiny

DAY = date(2024, 8, 16)


def busy(folder):
    """Write a tiny project in which three crews have a whole day for everything, some of it with a rest."""
    write_tiny(folder)
    rows = [{**row, "shift_end": "17:00"} if row["crew_id"] != "V1" else row for row in crews()]
    rows[1] |= {"people": 2, "break_earliest": "11:00", "break_latest": "12:30", "break_minutes": 30}
    rows[0] |= {"mode": "ebike", "max_drive_km": "60"}
    table(folder / "crews.csv", [{"max_drive_km": "", **row} for row in rows])
    with (folder / "project.toml").open("a", encoding="utf-8") as file:
        file.write("\n[settings.planning]\nshift_ecm = 0\n")  # else one crew would do all of it on one day
    return folder


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    """A project with a published plan of three days."""
    folder = busy(tmp_path_factory.mktemp("replan") / "tiny")
    project = open_project(folder)
    planned = plan_all(project, start=DAY, days=3)
    write_outputs(planned, folder / "plan")
    return project, read_plan(folder / "plan"), folder / "plan"


def clock(stop, key, day):
    return seconds_since_midnight(stop[key], date.fromisoformat(day))


def served(plan):
    return {stop["task_id"]: shift for shift in plan.shifts for stop in shift["route"] if stop["task_id"]}


def done(plan):
    return {stop["task_id"]: shift["crew_id"] for shift in plan.shifts for stop in shift["route"] if stop.get("state")}


def replanned(office, tmp_path, plan=None, folder=None, name="out", drawn=False, **asked):
    """Replan; write what the plan is checked by, and with ``drawn`` all that is drawn from it."""
    project, before, there = office
    before, there = plan or before, folder or there
    planned = replan(project, before, there, ask_of(before, **asked))
    if drawn:
        write_replan(planned, before, tmp_path / name)
    else:
        problem = problem_file(planned.plan.document["problem_sha256"])
        for file, data in {problem: gzip.compress(planned.problem_bytes), **planned.beside}.items():
            write_bytes(tmp_path / name / file, data)
        write_plan(planned.plan, tmp_path / name / "plan.json")
    return read_plan(tmp_path / name), tmp_path / name


def moments(plan, count, seed):
    """Return moments of the first day on which something is going on, some exactly when something ends."""
    chance = random.Random(seed)
    stops = [stop for shift in plan.shifts if shift["date"] == DAY.isoformat() for stop in shift["route"]]
    exact = [stop[key][:19] for stop in stops for key in ("start_service", "leave")]
    times = [f"2024-08-16T{chance.randrange(8, 16):02d}:{chance.randrange(60):02d}:00" for _ in range(count)]
    return sorted(chance.sample(sorted({*exact, *times}), count))


def the_past_is_as_it_was(before, after, at):
    """Hold that every stop over by the moment stands as it stood, but for its state."""
    shifts = {shift["shift_id"]: shift for shift in after.shifts}
    for shift in before.shifts:
        for number, stop in enumerate(shift["route"]):
            if stop["kind"] != "end" and stop["leave"][:19] <= at and not (number == 0 and shift["start"][:19] >= at):
                now = shifts[shift["shift_id"]]["route"][number]
                assert {k: v for k, v in now.items() if k != "state"} == {k: v for k, v in stop.items() if k != "state"}
                assert now.get("state") == ("done" if stop["task_id"] else None)


def nothing_is_lost(before, after):
    """Hold that each task of before is done, planned or left out, or named as over, and that none is twice."""
    stops = [stop["task_id"] for shift in after.shifts for stop in shift["route"] if stop["task_id"]]
    left = [item["task_id"] for item in after.dropped]
    gone = after.document["replanned"]["gone"]
    assert sorted([*stops, *left]) == sorted(after.tasks)
    assert {*before.tasks} - {*gone} <= {*after.tasks}


def the_figures_are_those_of_the_whole(plan):
    """Hold that what zones and crews did is summed over past and rest, not over the rest alone."""
    zones, crews = plan.figures["by_zone"].values(), plan.figures["load"]["crews"]
    assert sum(row["tasks"] for row in zones) == plan.figures["due"]
    assert sum(row["planned"] for row in zones) == plan.figures["planned"]
    assert sum(row["helped"] for row in zones) == sum("aid" in s for shift in plan.shifts for s in shift["route"])
    for crew, row in crews.items():
        seconds = sum(s["travel_s"] + s["service_s"] for s in plan.shifts if s["crew_id"] == crew)
        assert row["worked_h"] == pytest.approx(seconds / 3600, abs=0.02), crew
        assert row["worked_h"] <= row["offered_h"] + 0.02 or crew in str(plan.document["replanned"]["late"])
    assert sum(row["km_planned"] for row in zones) == pytest.approx(plan.figures["patrol_km"], abs=0.03)


@pytest.mark.parametrize("seed", range(2))
def test_replans_one_after_another_keep_the_past_and_lose_nothing(office, tmp_path, seed):
    chance = random.Random(seed)
    plan, folder = office[1], office[2]
    for number, at in enumerate(moments(plan, 3, seed)):
        asked = {"at": at}
        if number and chance.random() < 0.5:
            hour = chance.randrange(9, 15)
            asked["stand_down"] = [f"{hour:02d}:{chance.randrange(60):02d}-{hour + 1:02d}:30"]
        if number and chance.random() < 0.4:
            asked["urgent"] = [chance.choice(["HZ1", "HZ2"])]
        before = plan
        plan, folder = replanned(office, tmp_path, plan, folder, f"out{number}", **asked)
        the_past_is_as_it_was(before, plan, at)
        nothing_is_lost(before, plan)
        the_figures_are_those_of_the_whole(plan)
        assert audit(plan, folder, office[0] if number == 2 else None) == ()


def test_where_nothing_happens_everybody_goes_on_as_planned(office, tmp_path):
    for number, at in enumerate(moments(office[1], 2, 11)[:1]):
        plan, _ = replanned(office, tmp_path, name=f"out{number}", at=at)
        assert served(plan).keys() == served(office[1]).keys()
        for task, shift in served(office[1]).items():
            now = served(plan)[task]
            assert now["shift_id"] == shift["shift_id"]
            order = [[stop["task_id"] for stop in one["route"] if stop["task_id"]] for one in (shift, now)]
            assert order[0] == order[1]
        ends = {shift["shift_id"]: shift["end"] for shift in plan.shifts}
        assert ends == {shift["shift_id"]: shift["end"] for shift in office[1].shifts}


def test_the_same_replan_is_the_same_bytes(office, tmp_path):
    asked = {"at": "2024-08-16T09:10", "absent": ["G1"], "stand_down": ["13:00-14:00"]}
    first, second = (replanned(office, tmp_path, name=name, drawn=True, **asked) for name in "ab")
    assert to_bytes(first[0].document) == to_bytes(second[0].document)
    names = [sorted(path.name for path in folder.iterdir()) for _, folder in (first, second)]
    assert names[0] == names[1]


def at_work(shift):
    """Return (begins, ends) of all that a crew does: ways and services; waiting and rests are none."""
    spans = []
    for before, stop in zip(shift["route"], shift["route"][1:], strict=False):
        arrive, day = clock(stop, "arrive", shift["date"]), shift["date"]
        spans.append((max(clock(before, "leave", day), arrive - stop["travel_s"]), arrive))
        if stop["task_id"]:
            spans.append((clock(stop, "start_service", day), clock(stop, "leave", day)))
    return [span for span in spans if span[0] < span[1]]


@pytest.mark.parametrize(
    ("at", "hours"), [("08:40", "09:30-10:30"), ("09:20", "12:00-13:10"), ("09:00", "08:30-10:00")]
)
def test_nobody_works_or_travels_while_work_stands_still(office, tmp_path, at, hours):
    plan, folder = replanned(office, tmp_path, at=f"2024-08-16T{at}", stand_down=[hours])
    begins, ends = (int(part[:2]) * 3600 + int(part[3:]) * 60 for part in hours.split("-"))
    late = {*plan.document["replanned"]["late"]}
    now = int(at[:2]) * 3600 + int(at[3:]) * 60
    for shift in plan.shifts:
        if shift["date"] != DAY.isoformat():
            continue
        for first, last in at_work(shift):
            if min(last, ends) > max(first, begins, now):  # only those on the way to their base, straight from there
                assert shift["shift_id"] in late
        for stop in shift["route"]:
            if stop["task_id"] and not stop.get("state"):
                start, leave = (clock(stop, key, shift["date"]) for key in ("start_service", "leave"))
                assert leave <= begins or start >= ends, stop
    nothing_is_lost(office[1], plan)
    assert audit(plan, folder) == ()
    assert "停工避险" in summary(plan, "zh")


def test_work_that_would_keep_a_crew_out_is_broken_off_and_comes_back(office, tmp_path):
    """Lightning is there at once, in the middle of a service: the crew goes home, and somebody does the task later."""
    shift, stop = next(
        (shift, stop)
        for shift in office[1].shifts
        for stop in shift["route"]
        if shift["date"] == DAY.isoformat() and stop["task_id"] and clock(stop, "leave", shift["date"]) < 11 * 3600
    )
    middle = (clock(stop, "start_service", shift["date"]) + clock(stop, "leave", shift["date"])) // 2
    at = f"{middle // 3600:02d}:{middle // 60 % 60:02d}"
    plan, _ = replanned(office, tmp_path, at=f"2024-08-16T{at}", stand_down=[f"{at}-12:00"])
    mine = next(one for one in plan.shifts if one["shift_id"] == shift["shift_id"])
    reasons = [one.get("reason") for one in mine["route"]]
    assert "broken_off" in reasons
    home = mine["route"][reasons.index("broken_off") + 1]
    assert home["kind"] == "end" or home["reason"] == "stand_down"
    again = served(plan).get(stop["task_id"])
    assert again is None or clock(
        next(one for one in again["route"] if one["task_id"] == stop["task_id"]), "start_service", again["date"]
    ) >= (0 if again["date"] > DAY.isoformat() else 12 * 3600)


def test_what_an_absent_crew_had_goes_to_others(office, tmp_path):
    had = [task for task, shift in served(office[1]).items() if shift["shift_id"] == "2024-08-16/E2"]
    assert had
    plan, folder = replanned(office, tmp_path, drawn=True, at="2024-08-16T09:10", absent=["E2"])
    assert "2024-08-16/E2" not in {shift["shift_id"] for shift in plan.shifts}
    others = [task for task in had if task in served(plan)]
    assert others, "there is room on three days"
    nothing_is_lost(office[1], plan)
    assert audit(plan, folder) == ()
    english = (folder / "changes.en.txt").read_text("utf-8")
    assert "takes over" in english
    assert "not a work permit" in english


@pytest.fixture
def reported(tmp_path):
    """A planned project into which an urgent hazard is reported afterwards, beside the road."""
    folder = busy(tmp_path / "tiny")
    write_outputs(plan_all(folder, start=DAY, days=1), folder / "plan")
    with (folder / "hazards.csv").open("a", encoding="utf-8") as file:
        lon, lat = small.at(2400, 10)
        row = {"hazard_id": "HZ9", "type": "F01", "reported": "2024-08-16", "party": "villager", "state": "reported"}
        cells = [*row.values(), "F1", "", "砍树", str(lon), str(lat)]
        file.write(",".join(cells) + "\r\n")
    return folder


def test_an_urgent_hazard_is_reached_first_and_others_go_on(reported, tmp_path):
    moment = "2024-08-16T09:00"
    planned, before = replan_all(reported, reported / "plan", at=moment, urgent=["HZ9"])
    shift = served(planned.plan)["H:HZ9"]
    assert shift["party"] != "villager"
    left = [stop["task_id"] for stop in shift["route"] if stop["task_id"] and not stop.get("state")]
    assert left[0] == "H:HZ9"
    for other in before.shifts:
        if other["crew_id"] != shift["crew_id"]:
            now = next(one for one in planned.plan.shifts if one["shift_id"] == other["shift_id"])
            tasks = [[stop["task_id"] for stop in one["route"] if stop["task_id"]] for one in (other, now)]
            assert tasks[0] == tasks[1]


def test_an_urgent_hazard_that_nobody_can_reach_is_said(reported):
    planned, _ = replan_all(
        reported, reported / "plan", at="2024-08-16T16:58", urgent=["HZ9"], absent=[], stand_down=["16:58-17:00"]
    )
    assert "H:HZ9" not in served(planned.plan)
    note = planned.plan.document["notes"][0]
    assert (note["code"], note["task_id"]) == ("replan.urgent_left", "H:HZ9")


def test_marks_made_by_hand_that_were_honoured_hold_on(office):
    project, plan, folder = office
    later = [(shift, stop["task_id"]) for shift in plan.shifts for stop in shift["route"]
             if shift["date"] > DAY.isoformat() and stop["task_id"]]  # fmt: skip
    over = min(
        (stop["leave"], stop["task_id"]) for shift in plan.shifts if shift["date"] == DAY.isoformat()
        for stop in shift["route"] if stop["task_id"]
    )  # fmt: skip
    (shift, task), (other, refused), *_ = later

    def mark(shift, task, result):
        return {"task_id": task, "action": "pin", "crew_id": shift["crew_id"], "date": shift["date"], "file": "",
                "sheet": "schedule", "row": 4, "result": result}  # fmt: skip

    document = copy.deepcopy(plan.document)
    document["settings"]["kept"] = [
        mark(shift, task, "honoured"), mark(other, refused, "crowded"), mark(plan.shifts[0], over[1], "honoured"),
    ]  # fmt: skip
    before, ask = Plan(document), ask_of(plan, at=over[0][:19])
    rest = rest_of(project, before, read_problem(plan, folder)[0], ask)
    assert [(keep.task_id, keep.crew_id, keep.date.isoformat()) for keep in rest.keeps] == [
        (task, shift["crew_id"], shift["date"])
    ]
    planned = replan(project, before, folder, ask, iterations=50)
    assert [(one["task_id"], one["result"]) for one in planned.plan.document["settings"]["kept"]] == [
        (task, "honoured")
    ]
    assert served(planned.plan)[task]["shift_id"] == shift["shift_id"]


def test_results_of_the_field_go_before_the_times_of_the_plan(office, tmp_path):
    shift = next(one for one in office[1].shifts if one["shift_id"] == "2024-08-16/E2")
    tasks = [stop["task_id"] for stop in shift["route"] if stop["task_id"]]
    first, last = next(s for s in shift["route"] if s["task_id"] == tasks[0]), tasks[-1]
    moment = max(clock(first, "leave", shift["date"]) + 60, 9 * 3600)
    said = (Said(shift["shift_id"], tasks[0], False, moment), Said(shift["shift_id"], last, True, moment))
    moment = f"2024-08-16T{moment // 3600:02d}:{moment // 60 % 60:02d}"
    plan, folder = replanned(office, tmp_path, at=moment, reported=said)
    assert last in done(plan)
    assert tasks[0] not in done(plan)
    route = next(one for one in plan.shifts if one["shift_id"] == shift["shift_id"])["route"]
    assert "not_done" in [stop.get("reason") for stop in route]
    nothing_is_lost(office[1], plan)
    assert audit(plan, folder, office[0]) == ()


def test_a_past_that_is_tampered_with_is_found(office, tmp_path):
    plan, folder = replanned(office, tmp_path, at="2024-08-16T10:00")
    number, entry = next((k, one) for k, one in enumerate(plan.shifts) if any(s.get("state") for s in one["route"]))
    position = next(k for k, stop in enumerate(entry["route"]) if stop.get("state"))
    for key, value in (("lon", 106.0), ("state", "under_way"), ("task_id", "S:x")):
        document = copy.deepcopy(plan.document)
        document["shifts"][number]["route"][position][key] = value
        assert "past.changed" in {one.code for one in audit(Plan(document), folder)}
    document = copy.deepcopy(plan.document)
    document["shifts"][-1]["route"][-1]["lat"] += 0.1
    assert {one.code for one in audit(Plan(document), folder)} == {"plan.differs"}
    document = copy.deepcopy(plan.document)
    document["replanned"]["at"] = "2024-08-16T09:00:00+08:00"
    assert audit(Plan(document), folder) != ()
    for file in (before_file, rest_file):
        key = "from_sha256" if file is before_file else "rest_sha256"
        path = folder / file(plan.document["replanned"][key])
        kept = path.read_bytes()
        path.write_bytes(b"x")
        assert {one.code.partition(".")[2] for one in audit(plan, folder)} == {"missing"}
        path.write_bytes(kept)
    assert audit(plan, folder) == ()


def test_why_of_a_replan_is_answered(office, tmp_path):
    plan, folder = replanned(office, tmp_path, at="2024-08-16T16:30", absent=["E2"])
    rows = explain_plan(plan, folder)
    assert [row["task_id"] for row in rows] == sorted(item["task_id"] for item in plan.dropped)


def test_a_plan_of_another_project_is_not_replanned(office):
    project, before, folder = office
    other = dataclasses.replace(project, name="Another")
    with pytest.raises(PlanError, match="the project is 'Another'"):
        replan(other, before, folder, ask_of(before, at="2024-08-16T10:00"))


def test_every_fault_of_what_is_asked_is_named_at_once(office):
    with pytest.raises(PlanError) as caught:
        ask_of(
            office[1], at="morning", absent=["E9"], stand_down=["16:00-14:00", "x"], reported=[Said("a", "b", True, 0)]
        )
    codes = [one.code for one in caught.value.findings]
    assert codes == ["replan.at", "replan.stand_down", "replan.stand_down", "replan.reported"]
    with pytest.raises(PlanError, match="no day of the plan"):
        ask_of(office[1], at="2024-09-16T10:00")
    with pytest.raises(PlanError) as caught:
        replan(*office, ask_of(office[1], at="2024-08-16T10:00", urgent=["HZ8", "H:HZ4"], absent=["E9"]))
    assert [one.what for one in caught.value.findings] == [
        *(f"no hazard '{name}' is open on 2024-08-16" for name in ("HZ4", "HZ8")),
        "'E9' is no crew that works that day",
    ]


def test_a_replan_cannot_go_back_before_the_last_one(office, tmp_path):
    plan, _ = replanned(office, tmp_path, at="2024-08-16T10:00")
    with pytest.raises(PlanError, match="is before 2024-08-16T10:00"):
        ask_of(plan, at="2024-08-16T09:59")


def test_the_command_prints_what_changes(office, tmp_path):
    project = office[2].parent
    args = ("--project", project, "--at", "2024-08-16T09:10", "--absent", "E2", "--lang", "en")
    code, output = run("replan", office[2], *args, "--out", tmp_path / "out")
    assert code == 0, output
    assert "Replanned 2024-08-16 09:10" in output
    code, output = run("replan", tmp_path / "out", *args[:3], "2024-08-16T09:30", "--json", "--out", tmp_path / "again")
    assert code == 0, output
    rows = json.loads(output[output.index("{") : output.rindex("}") + 1])
    assert rows["totals"].keys() >= {"added", "gone", "moved", "shifted", "crews", "minutes_later"}
    assert run("verify", tmp_path / "again", "--project", project)[0] == 0
    assert (tmp_path / "again" / "changes.json").exists()


def test_a_day_of_the_sample(root, tmp_path):
    """At 9:27 a crew has not come, a hazard is urgent and a storm is near: all of it at once, and nothing is lost."""
    project = open_project(root / "sample_data")
    planned = plan_all(project, start=DAY, days=1, engine="ruin", iterations=500)
    write_outputs(planned, tmp_path / "plan")
    office = project, read_plan(tmp_path / "plan"), tmp_path / "plan"
    urgent = next(key for key, task in sorted(planned.plan.tasks.items()) if key.startswith("H:") and task["mandatory"])
    asked = {"at": "2024-08-16T09:27", "absent": ["ENT-2"], "urgent": [urgent], "stand_down": ["10:10-10:25"]}
    plan, folder = replanned(office, tmp_path, **asked)
    assert not [one for one in plan.shifts if one["crew_id"] == "ENT-2"]
    nothing_is_lost(office[1], plan)
    assert audit(plan, folder, project) == ()
    without = {"shifts": [one for one in office[1].document["shifts"] if one["crew_id"] != "ENT-2"]}
    the_past_is_as_it_was(Plan({**office[1].document, **without}), plan, asked["at"])

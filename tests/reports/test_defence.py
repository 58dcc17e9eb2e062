"""Joint tasks and aid between zones in the summary: every figure from the plan, in both languages."""

import pytest

from patrol.plan import Plan
from patrol.reports.defence import defence_lines, joint_tasks


def stop(task, **more):
    return {"task_id": task, "kind": "visit", **more}


def joint(state="proposed", at="2024-08-19T10:15:00+08:00"):
    return {"id": "R:1", "at": at, "state": state, "with": [], "confirmed": {}}


def task(label, **more):
    return {"label": label, "label_zh": label, "kind": "request", **more}


def document(**more):
    shifts = [
        {"crew_id": "E1", "party": "enterprise", "date": "2024-08-19",
         "route": [stop("R:1/enterprise", joint=joint()), stop("S:1", aid={"zones": ["Z1"], "why": "no_room"}),
                   stop("S:2", aid={"zones": ["Z1"], "why": "no_room"})]},
        {"crew_id": "G1", "party": "government", "date": "2024-08-19",
         "route": [stop("R:1/government", joint=joint()), stop("H:1", aid={"zones": ["Z1"], "why": "emergency"})]},
    ]  # fmt: skip
    tasks = {
        "R:1/enterprise": task("Talk <b>", joint="R:1"), "R:1/government": task("Talk <b>", joint="R:1"),
        "R:2/fire": task("Fire", joint="R:2"), "R:2/enterprise": task("Fire", joint="R:2"),
        "S:1": task("a"), "S:2": task("b"), "H:1": task("c"),
    }  # fmt: skip
    zones = {
        "Z1": {"lent_h": 2.75, "borrowed_h": 0.0}, "Z2": {"lent_h": 0.0, "borrowed_h": 2.75},
        "Z3": {"lent_h": 0.0, "borrowed_h": 0.0},
    }  # fmt: skip
    dropped = [{"task_id": one, "reason": "outranked"} for one in ("R:2/fire", "R:2/enterprise")]
    return {"shifts": shifts, "tasks": tasks, "dropped": dropped, "figures": {"by_zone": zones}} | more


def test_joint_tasks_are_counted_once_and_named_with_their_crews():
    plan = Plan(document())
    assert {key: len(found) for key, found in joint_tasks(plan).items()} == {"R:1": 2}
    lines = defence_lines(plan, "en")
    assert lines[0] == "Joint tasks (all parties or none): 1 of 2 planned"
    assert lines[1].split() == [
        "2024-08-19", "10:15", "Talk", "<b>:", "enterprise", "E1,", "government", "G1;", "proposed,", "not",
        "confirmed", "by", "all",
    ]  # fmt: skip


def test_aid_is_summed_by_reason_and_zone():
    lines = [line.strip() for line in defence_lines(Plan(document()), "en")][2:]
    assert lines == [
        "not planned  Fire: the hours went to more urgent work",
        "Aid between zones: 3 tasks, 2.8 hours (service and the way to it)",
        "emergency, open to all: 1", "nobody at home in the zone had room that day: 2",
        "zone Z1: lent 2.8 h, borrowed 0.0 h", "zone Z2: lent 0.0 h, borrowed 2.8 h",
    ]  # fmt: skip


def test_confirmed_ones_say_so():
    plan = document()
    for shift in plan["shifts"]:
        shift["route"][0]["joint"] = joint("confirmed")
    assert defence_lines(Plan(plan), "en")[1].endswith("confirmed by all")
    assert "proposed" not in "".join(defence_lines(Plan(plan), "en"))


def test_a_plan_without_either_says_nothing():
    plan = document(shifts=[], dropped=[], figures={})
    assert defence_lines(Plan(plan), "en") == defence_lines(Plan(plan), "zh") == []
    left = defence_lines(Plan(document(shifts=[])), "en")
    assert left == [
        "Joint tasks (all parties or none): 0 of 1 planned", "  not planned  Fire: the hours went to more urgent work",
    ]  # fmt: skip


@pytest.mark.parametrize("word", ["供电企业 E1", "政府 G1", "10:15", "2024-08-19", "Z2"])
def test_in_chinese_too(word):
    assert any(word in line for line in defence_lines(Plan(document()), "zh"))


def test_what_people_wrote_cannot_break_the_lines():
    plan = document()
    plan["tasks"]["R:1/enterprise"]["label"] = "one\ntwo\u202ethree"
    plan["shifts"][0]["crew_id"] = "E\n1"
    lines = defence_lines(Plan(plan), "en")
    assert all("\n" not in line and "\u202e" not in line for line in lines)

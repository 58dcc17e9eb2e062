"""Why a mark made by hand is refused: each refusal names its own reason, and not a safety rule that there is not."""

import dataclasses
from datetime import date

import pytest

from joint_office import confirm, write_office
from patrol.api import plan_all
from patrol.layers.keep import Keep
from patrol.planning.keep import BY_HAND, FAR_HOME, HELD, apply_keeps, refusals
from patrol.reports.summary import summary
from routing_cases import line_case
from tiny import at, table

FIRST, SECOND = date(2024, 8, 16), date(2024, 8, 17)


def plan(folder, *keeps):
    return plan_all(folder, start=FIRST.isoformat(), days=3, engine="greedy", iterations=1, keeps=keeps)


def together(folder, *keeps):
    return plan_all(folder, start=FIRST.isoformat(), days=5, iterations=50, keeps=keeps)


def by_car():
    problem, _ = line_case()
    return dataclasses.replace(problem, shifts=problem.shifts[:2])  # the walker bears the same crew's name


def test_pinned_and_forbidden_is_told_as_a_contradiction_with_its_row():
    problem = by_car()
    keeps = [Keep("t1", "pin", "car", FIRST, 4), Keep("t1", "forbid", "car", FIRST, 9)]
    bound, marks = apply_keeps(problem, keeps, FIRST)
    assert {mark.keep.action: mark.result for mark in marks} == {"pin": BY_HAND, "forbid": "honoured"}
    (refused,) = refusals(marks, {})
    assert "another mark by hand says otherwise, sheet and row schedule 9" in refused.what
    assert "rule" not in refused.what
    assert not bound.tasks[1].pinned
    assert 0 not in bound.tasks[1].shifts


def test_a_forbid_of_another_day_does_not_stand_against_a_pin():
    problem = by_car()
    keeps = [Keep("t1", "pin", "car", FIRST, 4), Keep("t1", "forbid", "car", SECOND, 9)]
    assert [mark.result for mark in apply_keeps(problem, keeps, FIRST)[1]] == ["honoured", "honoured"]


def test_a_request_moved_past_its_day_says_by_when(tiny):
    lon, lat = at(600, 100)
    row = {"request_id": "R1", "kind": "check", "due": "2024-08-16", "minutes": 10, "lon": lon, "lat": lat}
    table(tiny / "requests.csv", [row])
    toml = (tiny / "project.toml").read_text("utf-8")
    more = '[inputs.requests]\npath = "requests.csv"\ncrs = "EPSG:4326"\n\n[settings.solver]'
    (tiny / "project.toml").write_text(toml.replace("[settings.solver]", more), "utf-8")
    planned = plan(tiny, Keep("R:R1", "move", "E1", SECOND, 7))
    (conflict,) = planned.keep_conflicts
    assert "it must be done by 2024-08-16" in conflict.what
    assert "closed" not in conflict.what
    assert "it must be done by 2024-08-16" in summary(planned.plan, "en")
    assert "最迟须在2024-08-16完成" in summary(planned.plan, "zh")


def test_a_villager_too_far_from_home_is_told_so(tiny):
    rows = (tiny / "crews.csv").read_text("utf-8-sig")
    lon, lat = at(2400, 5)  # a line section near H:HZ1, 2.2 km from here as the crow flies
    moved = rows.replace(",".join(map(str, at(1600, 700))), f"{lon},{lat}")
    assert moved != rows
    (tiny / "crews.csv").write_text(moved, "utf-8-sig")
    lon, lat = at(50, 100)
    points = [{"point_id": "P1", "kind": "station", "interval_days": 7, "minutes": 5, "lon": lon, "lat": lat}]
    table(tiny / "service_points.csv", points)
    planned = plan(tiny, Keep("V:P1", "pin", "V1", FIRST, 3))
    (mark,) = planned.plan.document["settings"]["kept"]
    assert mark["result"] == FAR_HOME
    assert "farther from home than a volunteer goes" in planned.keep_conflicts[0].what
    assert "safety rule" not in planned.keep_conflicts[0].what
    assert "离该村民的家太远" in summary(planned.plan, "zh")


def test_a_task_that_is_not_there_is_named_by_its_id(tiny):
    (conflict,) = plan(tiny, Keep("S:typo", "pin", "E1", FIRST, 3, label="城关线001-002")).keep_conflicts
    assert "城关线001-002 (task S:typo)" in conflict.what


@pytest.mark.parametrize("who", [("government", "G1"), ("enterprise", "E1")])
def test_a_confirmed_appointment_moved_by_hand_is_told_with_what_moves_it(tmp_path, who):
    """The party that has confirmed is bound to crew and day, the other to the time: neither is kept by safety."""
    party, crew = who
    folder = write_office(tmp_path / "o")
    confirm(folder, ("2024-08-17", "10:15", "government", "G1"))
    keeps = [Keep(f"R:J1/{party}", "move", crew, SECOND.replace(day=day), day) for day in (16, 17)]
    first, second = (together(folder, keep) for keep in keeps)
    (mark,) = first.plan.document["settings"]["kept"]
    assert (mark["result"], mark["detail"]) == (HELD, "R:J1")
    (conflict,) = first.keep_conflicts
    assert "its appointment is confirmed" in conflict.what
    assert "--move R:J1" in conflict.mend
    assert "safety" not in conflict.what
    assert "改约请用 patrol plan --move R:J1" in summary(first.plan, "zh")
    assert second.keep_conflicts == (), "what is confirmed may be marked too"


def test_what_a_safety_rule_forbids_says_so_of_a_confirmed_appointment_too(tmp_path):
    folder = write_office(tmp_path / "o")
    confirm(folder, ("2024-08-17", "10:15", "government", "G1"))
    (conflict,) = together(folder, Keep("R:J1/government", "move", "E1", FIRST, 3)).keep_conflicts
    assert "party may not do it" in conflict.what

"""What the brief tells: reports really taken in, two searches of one problem, and a replan of the first day."""

import dataclasses
from types import SimpleNamespace

import pandas as pd
import pytest

from patrol.hazards.ground import ground_of
from patrol.plan import read_plan
from patrol.planning.beside import read_problem
from patrol.planning.readback import Reader
from patrol.routing.model import total_weight
from patrol.studies.brief import _busiest, _urgent
from patrol.studies.brief_calendar import by_calendar, since_last_patrol, weigh
from patrol.studies.brief_reports import _pole
from routing_cases import line_case


@pytest.fixture(scope="module")
def made(briefed):
    """Return (plan, problem, the plan's own solution, days since the last patrol)."""
    _, folder, facts = briefed
    plan = read_plan(folder)
    problem, _ = read_problem(plan, folder)
    return plan, problem, Reader(plan.document, problem).solution(), since_last_patrol(plan, facts.sections)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_four_reports_of_four_parties_end_as_one_hazard_with_a_deadline(brief_facts, lang):
    taken = brief_facts.taken[lang]
    assert sorted(taken.reports["party"]) == ["enterprise", "fire", "government", "villager"]
    assert set(taken.reports["located_by"]) == {"lonlat", "pole"}
    [hazard] = taken.hazards.to_dict("records")
    assert (hazard["reports"], hazard["parties"], hazard["hazard_class"]) == (4, 4, "serious")
    assert set(taken.reports["hazard_id"]) == {hazard["hazard_id"]}
    assert hazard["deadline"] == "2024-08-23 06:50"  # the earliest report, and 168 hours


def test_the_projects_own_register_is_not_touched(briefed):
    project, _, _ = briefed
    assert list(project.root.glob("*.gpkg")) == []


def test_a_plan_weighs_what_its_own_figures_say(made):
    plan, problem, solution, days = made
    weighed = weigh(plan, problem, solution, days)
    figures = plan.figures
    assert weighed.hours == pytest.approx(figures["hours_available"], abs=0.01)
    assert (weighed.tasks, weighed.kept, weighed.due) == (
        figures["planned"], figures["mandatory_planned"], figures["mandatory_due"]
    )  # fmt: skip
    assert weighed.km == pytest.approx(figures["patrol_km"], abs=1e-3)
    assert weighed.sections == figures["by_kind"]["section"]["planned"]


def test_for_the_calendar_only_sections_are_worth_something_else(made):
    plan, problem, _, known = made
    days = {name: 10.0 + number for number, name in enumerate(sorted(known))}
    assert len(days) > 1
    calendar = by_calendar(plan, problem, days)
    assert total_weight(calendar) == total_weight(problem)
    assert dataclasses.replace(calendar, tasks=problem.tasks) == dataclasses.replace(problem)
    worth = {}
    for old, new in zip(problem.tasks, calendar.tasks, strict=True):
        if old.task_id not in days:
            assert new == old
        elif new.options:
            worth[old.task_id] = new.options[0].prizes[0] / (days[old.task_id] * plan.tasks[old.task_id]["length_m"])
    assert max(worth.values()) == pytest.approx(min(worth.values()), rel=1e-3)
    old = sum(max(p for o in t.options for p in o.prizes) for t in problem.tasks if t.task_id in worth)
    new = sum(t.options[0].prizes[0] for t in calendar.tasks if t.task_id in worth)
    assert new == pytest.approx(old, rel=1e-3)


def test_both_plans_offer_the_same_hours_and_keep_mandatory_work_first(brief_facts):
    both = brief_facts.calendar
    assert len(both.pairs) == 4
    assert len({(one.hours, one.due) for pair in both.pairs for one in pair}) == 1


def test_the_replan_is_of_the_first_day_at_half_past_ten(brief_facts):
    again, plan = brief_facts.again, brief_facts.plan
    asked = again.plan.document["replanned"]
    assert asked["at"][:16] == f"{plan.document['from']}T10:30"
    assert asked["absent"] == [again.absent]
    assert asked["urgent"] == ([again.urgent.removeprefix("H:")] if again.urgent else [])
    first = [shift for shift in again.plan.shifts if shift["date"] == plan.document["from"]]
    assert again.absent not in {shift["crew_id"] for shift in first}


def test_who_alone_can_see_to_the_hazard_is_not_sent_away(made):
    plan, problem, _, _ = made
    day = plan.document["from"]
    busiest = _busiest(plan, day, set())
    assert busiest
    assert _busiest(plan, day, {busiest}) != busiest
    name, able = _urgent(plan, problem, day)
    assert bool(name) == bool(able)


def test_since_the_last_patrol_a_later_pass_has_its_cycle():
    tasks = {
        "S:a": {"kind": "section", "section_id": "a"}, "S:a#2": {"kind": "section", "section_id": "a"},
        "V:p": {"kind": "visit", "section_id": ""},
    }  # fmt: skip
    frame = pd.DataFrame({"section_id": ["a"], "tau_days": [40.0], "cycle_days": [30]})
    assert since_last_patrol(SimpleNamespace(tasks=tasks), frame) == {"S:a": 40.0, "S:a#2": 30.0}


def test_the_tree_stands_on_the_section_where_a_fault_costs_most(briefed):
    project, _, facts = briefed
    ground = ground_of(project)
    pole, line = _pole(ground, facts.sections)
    known = set(zip(ground.layers.poles["feeder_id"], ground.layers.poles["pole_no"], strict=True))
    begins = list(zip(facts.sections["feeder_id"], facts.sections["first_pole"], strict=True))
    costs = [cost for cost, begin in zip(facts.sections["ecm_per_fault"], begins, strict=True) if begin in known]
    mine = facts.sections.loc[[begin == (pole["feeder_id"], pole["first_pole"]) for begin in begins], "ecm_per_fault"]
    assert len(set(costs)) > 1
    assert mine.max() == max(costs)
    assert line.name == pole["feeder_id"]


def test_of_hazards_the_most_valuable_is_urgent_and_only_of_the_first_day():
    problem, _ = line_case()
    entries = {name: {"kind": "hazard", "prize_milli_ecm": worth} for name, worth in
               (("t0", 1), ("t1", 5), ("t2", 9), ("t3", 2), ("t4", 5))}  # fmt: skip
    shifts = tuple(dataclasses.replace(shift, closes=24 * 3600, pause=None) for shift in problem.shifts)
    wide = dataclasses.replace(problem, shifts=shifts)
    served = [{"date": "2024-08-16", "crew_id": "a", "route": [{"task_id": "t4"}]},
              {"date": "2024-08-17", "crew_id": "a", "route": [{"task_id": "t1"}]}]  # fmt: skip
    plan = SimpleNamespace(shifts=served, tasks=entries)
    name, able = _urgent(plan, wide, "2024-08-16")
    assert name == "t1", "t2 is worth more, and only of the next day; t4 is done on this one"
    assert able == {shift.crew_id for shift in wide.shifts if shift.day == 0 and shift.profile == 0}

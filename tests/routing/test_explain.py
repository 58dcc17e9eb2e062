"""Reasons for tasks left out: each code has a case, and the proved ones hold when the rule is lifted."""

import dataclasses

import pytest

from patrol.routing.explain import CODES, reason, reasons
from patrol.routing.model import Problem, Window
from patrol.routing.solve import solve
from patrol.units import UNREACHABLE
from routing_cases import LINE_SHIFT, line_profile, line_task, make_problem

CAR = dataclasses.replace(LINE_SHIFT, pause=None, group="g", group_max_s=12_000)


def closed_road(profile, place):
    travel = profile.travel_s.copy()
    travel[place, :] = UNREACHABLE
    return dataclasses.replace(profile, travel_s=travel)


def problem_of(task, **shift):
    profiles = (closed_road(line_profile("car", seconds=300), 8), line_profile("foot", seconds=900, on_foot=True))
    return Problem(2, profiles, (task,), (dataclasses.replace(CAR, **shift),))


# code: (task, changes to the shift)
CASES = {
    "no_option": (line_task("t", 1, 1, profile=1), {}),
    "no_party": (line_task("t", 1, 1, parties=("fire",)), {}),
    "no_skill": (line_task("t", 1, 1, skills=("climb",)), {}),
    "no_zone": (line_task("t", 1, 1, zone="south"), {}),
    "not_allowed": (line_task("t", 1, 1, shifts=()), {}),
    "unreachable": (line_task("t", 8, 8), {}),
    "no_window_day": (line_task("t", 1, 1, windows=(Window(1, 30_000, 40_000),)), {}),
    "no_window": (line_task("t", 1, 1, windows=(Window(0, 50_000, 60_000),)), {}),
    "too_long": (line_task("t", 9, 9), {"max_work_s": 5_000}),
    "costs_more": (line_task("t", 5, 5, prize=9_000), {}),
}  # fmt: skip


@pytest.mark.parametrize("code", CASES)
def test_each_reason_has_its_case(code):
    task, shift = CASES[code]
    problem = problem_of(task, **shift)
    for engine in ("ortools", "greedy"):
        solution = solve(problem, engine=engine, iterations=2)
        assert [item.code for item in solution.dropped] == [code]
        assert reason(problem, solution, 0) == code


def test_closed_before_anyone_can_be_there_is_a_matter_of_hours():
    problem = problem_of(line_task("t", 5, 5, windows=(Window(0, 28_000, 29_000),)))
    assert [item.code for item in solve(problem, iterations=2).dropped] == ["no_window"]


@pytest.mark.parametrize("limits", [{"group_max_s": 4_000}, {"closes": 33_000}, {"max_distance_m": 9_000}])
def test_any_limit_can_make_a_task_too_long(limits):
    problem = problem_of(line_task("t", 5, 5), **limits)
    assert [item.code for item in solve(problem, iterations=2).dropped] == ["too_long"]


def test_outranked_by_a_better_task():
    problem = problem_of(line_task("t", 5, 5), max_work_s=5_000)
    both = dataclasses.replace(problem, tasks=(line_task("u", 5, 5, prize=50_000), *problem.tasks))
    assert [item.code for item in solve(both, iterations=2).dropped] == ["outranked"]
    assert CODES[-2:] == ("outranked", "not_placed")
    bound = {"too_heavy", "no_partner", "not_together", "series_before", "series_too_soon", "home_had_room"}
    assert {*CASES, *bound, "outranked", "not_placed"} == set(CODES)  # those bound are in test_why


@pytest.mark.parametrize(
    ("weight", "rival", "code"),
    [(1, 2, "outranked"), (1, 1, "not_placed"), (2, 1, "not_placed"), (1, 0, "not_placed")],
)
def test_a_mandatory_task_gave_way_to_heavier_ones_only_if_that_is_shown(weight, rival, code):
    """The rival has the only hours: a plan that should not be is told as what it is."""
    problem = problem_of(line_task("t", 5, 5, mandatory=weight), max_work_s=5_000)
    both = dataclasses.replace(problem, tasks=(*problem.tasks, line_task("u", 5, 5, mandatory=rival)))
    assert reasons(both, ((0, ((1, 0),)),), [0]) == {0: code}
    pinned = dataclasses.replace(both.tasks[1], pinned=True)
    both = dataclasses.replace(both, tasks=(both.tasks[0], pinned))
    assert reasons(both, ((0, ((1, 0),)),), [0]) == {0: "outranked"}


def test_a_task_that_still_fits_was_not_placed():
    problem = problem_of(line_task("t", 1, 1, mandatory=1))
    assert reasons(problem, (), [0]) == {0: "not_placed"}


def test_a_mandatory_task_never_costs_too_much():
    problem = problem_of(line_task("t", 5, 5, prize=0, mandatory=1))
    assert solve(problem, iterations=2).dropped == ()


def test_a_served_task_has_no_reason():
    problem = problem_of(line_task("t", 5, 5))
    with pytest.raises(ValueError, match="is served"):
        reason(problem, solve(problem, iterations=2), 0)


LIFTED = {
    "no_party": {"parties": ()},
    "no_skill": {"skills": ()},
    "no_zone": {"zone": ""},
    "not_allowed": {"shifts": None},
    "no_window": {"windows": ()},
    "no_window_day": {"windows": ()},
}


def test_lifting_the_named_rule_changes_the_reason():
    """On random problems: without the rule that a code names, the task is served or left out for another reason."""
    seen = set()
    for seed in range(30):
        problem = make_problem(seed, tasks=12, crews=3)
        for item in solve(problem, engine="greedy").dropped:
            if item.code not in LIFTED:
                continue
            seen.add(item.code)
            tasks = list(problem.tasks)
            tasks[item.task] = dataclasses.replace(tasks[item.task], **LIFTED[item.code])
            again = solve(dataclasses.replace(problem, tasks=tuple(tasks)), engine="greedy")
            assert {other.task: other.code for other in again.dropped}.get(item.task) != item.code
    assert len(seen) >= 4

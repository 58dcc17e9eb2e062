"""Mandatory tasks find a place: at the cost of lighter tasks, by moving others along, and never for value."""

import dataclasses
import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patrol.routing.greedy import greedy
from patrol.routing.model import Problem, Window
from patrol.routing.repair import repaired
from patrol.routing.rules import goal, groups_fit, may_serve, options_of
from patrol.routing.schedule import schedule
from patrol.routing.solve import solve
from patrol.routing.verify import violations
from routing_cases import LINE_SHIFT, as_solution, line_profile, line_task, make_problem

ENGINES = ("ortools", "greedy")
PLAIN = dataclasses.replace(LINE_SHIFT, pause=None, group="", group_max_s=0, zones=(), max_work_s=4_000)


def first_fit(problem, tasks):
    """Return the draft of putting tasks, one after the other, into the first place that takes them."""
    draft = {}
    for task in tasks:
        places = (
            {**draft, shift: (*row[:at], (task, option), *row[at:])}
            for shift in range(len(problem.shifts))
            if may_serve(problem, task, shift)
            for row in [draft.get(shift, ())]
            for option in options_of(problem.tasks[task], problem.shifts[shift].profile)
            for at in range(len(row) + 1)
            if schedule(problem, shift, (*row[:at], (task, option), *row[at:]))
        )
        draft = next((new for new in places if groups_fit(problem, tuple(new.items()))), draft)
    return tuple(draft.items())


def musts_of(problem):
    return [k for k, task in enumerate(problem.tasks) if task.mandatory or task.pinned]


@pytest.mark.parametrize("seed", range(40))
def test_no_order_of_simple_insertion_serves_more(seed):
    """Of the mandatory tasks alone, in every order: the engines, that serve the others too, serve no less of them."""
    problem = make_problem(seed, tasks=9, crews=3, days=1, hours=2.5)
    simple = max(
        goal(problem, first_fit(problem, order))[:2] for order in itertools.permutations(musts_of(problem)[:5])
    )
    for engine in ENGINES:
        solution = solve(problem, engine=engine, iterations=4)
        served = [stop.task for route in solution.routes for stop in route.stops if stop.kind == "task"]
        pinned = sum(problem.tasks[task].pinned for task in served)
        assert (pinned, solution.mandatory_served) >= simple, engine


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 10**6), st.floats(1.0, 4.0))
def test_a_repair_keeps_the_rules_and_loses_no_weight(seed, hours):
    """From any plan: here that of the optional tasks alone, which leaves no room for the others."""
    problem = make_problem(seed, tasks=16, crews=3, days=2, hours=hours)
    bare = tuple(dataclasses.replace(task, mandatory=0, pinned=False) for task in problem.tasks)
    musts = set(musts_of(problem))
    full = greedy(dataclasses.replace(problem, tasks=bare))
    for draft in (full, greedy(problem)):
        better = repaired(problem, draft)
        assert better == repaired(problem, draft)
        assert violations(problem, as_solution(problem, better)) == ()
        assert better == draft or goal(problem, better)[:2] > goal(problem, draft)[:2]
    if musts <= {task for _, sequence in full for task, _ in sequence}:
        assert repaired(problem, full) == full


def one_task_each(*bound, weights):
    """Return a problem in which each shift has the hours of one task, and task k may be served by shifts bound[k]."""
    shifts = tuple(
        dataclasses.replace(PLAIN, shift_id=f"s{k}", crew_id=f"c{k}") for k in range(max(map(max, bound)) + 1)
    )
    tasks = tuple(
        line_task(f"t{k}", 1, 1, shifts=allowed, mandatory=weight)
        for k, (allowed, weight) in enumerate(zip(bound, weights, strict=True))
    )
    return Problem(2, (line_profile("car", seconds=600),), tasks, shifts)


def served_of(draft):
    return {task for _, sequence in draft for task, _ in sequence}


def test_the_cheapest_optional_task_makes_way():
    problem = one_task_each((0,), (1,), (0, 1), weights=(0, 0, 1))
    dear = dataclasses.replace(problem.tasks[0].options[0], prizes=(900_000, 900_000))
    tasks = (dataclasses.replace(problem.tasks[0], options=(dear,)), *problem.tasks[1:])
    problem = dataclasses.replace(problem, tasks=tasks)
    assert served_of(repaired(problem, ((0, ((0, 0),)), (1, ((1, 0),))))) == {0, 2}


@pytest.mark.parametrize("length", [1, 2, 3])
def test_mandatory_tasks_move_along_a_chain(length):
    """Task k sits in shift k though shift k + 1 would do; the one left out can only go to shift 0."""
    bound = [*((k, k + 1) for k in range(length)), (0,)]
    problem = one_task_each(*bound, weights=(1,) * (length + 1))
    draft = tuple((k, ((k, 0),)) for k in range(length))
    assert served_of(repaired(problem, draft)) == set(range(length + 1))


def test_two_tasks_of_one_route_make_way_together():
    """Tasks 0 and 1 fill half of shift 0 each and may go to shifts 1 and 2; task 2 needs all of shift 0."""
    problem = one_task_each((0, 1), (0, 2), (0,), weights=(1, 1, 1))
    seconds = (1_000, 1_000, 2_500)  # and 1,200 s there and back, of 4,000
    tasks = tuple(
        dataclasses.replace(task, options=tuple(dataclasses.replace(way, service_s=long) for way in task.options))
        for task, long in zip(problem.tasks, seconds, strict=True)
    )
    problem = dataclasses.replace(problem, tasks=tasks)
    draft = ((0, ((0, 0), (1, 0))),)
    assert schedule(problem, *draft[0])
    assert served_of(repaired(problem, draft)) == {0, 1, 2}


def test_a_heavier_task_takes_the_place_of_a_lighter_one_and_never_the_other_way():
    problem = one_task_each((0,), (0,), weights=(2, 1))
    assert served_of(repaired(problem, ((0, ((1, 0),)),))) == {0}
    kept = ((0, ((0, 0),)),)
    assert repaired(problem, kept) == kept


def test_a_pinned_task_is_put_out_for_no_weight():
    problem = one_task_each((0,), (0,), weights=(9, 0))
    pinned = dataclasses.replace(problem.tasks[1], pinned=True)
    problem = dataclasses.replace(problem, tasks=(problem.tasks[0], pinned))
    kept = ((0, ((1, 0),)),)
    assert repaired(problem, kept) == kept
    assert served_of(repaired(problem, ((0, ((0, 0),)),))) == {1}


def test_a_task_moves_within_its_own_route():
    """The one left out must be first; the one that is there can wait."""
    early = line_task("early", 1, 1, windows=(Window(0, 28_800, 29_500),), mandatory=1)
    late = line_task("late", 1, 1, mandatory=1)
    problem = Problem(
        2, (line_profile("car", seconds=600),), (early, late), (dataclasses.replace(PLAIN, max_work_s=5_000),)
    )
    assert served_of(repaired(problem, ((0, ((1, 0),)),))) == {0, 1}


@pytest.mark.parametrize("engine", ENGINES)
def test_no_value_outweighs_a_mandatory_task(engine):
    problem = one_task_each((0, 1), (0,), (1,), weights=(0, 1, 1))
    dear = dataclasses.replace(problem.tasks[0].options[0], prizes=(10**9, 10**9))
    tasks = (dataclasses.replace(problem.tasks[0], options=(dear,)), *problem.tasks[1:])
    solution = solve(dataclasses.replace(problem, tasks=tasks), engine=engine, iterations=5)
    assert solution.mandatory_served == 2

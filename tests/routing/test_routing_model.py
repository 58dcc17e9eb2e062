"""The routing model of OR-Tools by itself: what it refuses and what it reckons, with nobody to mend its answers."""

import dataclasses

import pytest

from patrol.routing.model import (
    NO_LIMIT,
    Balance,
    Problem,
    Series,
    Tie,
    Window,
    big_weight,
    goal_weights,
    misses,
)  # fmt: skip
from patrol.routing.ortools_model import as_routes, build_model, descent
from patrol.routing.rules import goal, late_price, options_of, worth
from patrol.routing.schedule import timed
from routing_cases import LINE_SHIFT, line_profile, line_task

NINE, ELEVEN = 32_400, 39_600
SHIFT = dataclasses.replace(LINE_SHIFT, pause=None, group="", group_max_s=0, zones=(), max_distance_m=10**6)


def at(hour, day=0):
    """Return the window of a task that begins at one moment only."""
    return (Window(day, hour, hour),)


def two_tasks(first=NINE, second=NINE, day=0, **rules):
    """Return tasks that begin at given hours, two crews on each of two days, and some rules that bind them."""
    tasks = (line_task("a", 1, 1, windows=at(first)), line_task("b", 1, 1, windows=at(second, day)))
    shifts = tuple(dataclasses.replace(SHIFT, shift_id=f"{day}-{k}", day=day) for day in (0, 1) for k in (0, 1))
    return Problem(2, (line_profile("car", seconds=600),), tasks, shifts, **rules)


def read(problem, draft):
    """Return what OR-Tools itself reckons for a plan, None if it refuses it: the rules tested are asked of it alone."""
    built = build_model(problem)
    built.routing.CloseModelWithParameters(descent(20.0))
    shifts = tuple(dataclasses.replace(shift, max_load=NO_LIMIT) for shift in problem.shifts)
    loose = dataclasses.replace(problem, ties=(), series=(), shifts=shifts)
    routes = as_routes(dataclasses.replace(built, problem=loose), draft)
    assignment = built.routing.ReadAssignmentFromRoutes(routes, True)  # owned by the model
    return None if assignment is None else assignment.ObjectiveValue()


APART = ((0, ((0, 0),)), (1, ((1, 0),)))  # each by a crew of its own
TOGETHER = ((0, ((0, 0), (1, 0))),)


@pytest.mark.parametrize(
    ("lag", "second", "draft", "holds"),
    [
        ((0, 900), NINE + 900, APART, True),
        ((0, 900), NINE + 901, APART, False),
        ((0, 900), NINE - 1, APART, False),
        ((-900, 0), NINE - 900, APART, True),
        ((0, 7200), ELEVEN, TOGETHER, False),  # one crew is no two
        ((0, 900), NINE, ((0, ((0, 0),)),), False),  # half of it
        ((0, 900), NINE, ((0, ((1, 0),)),), False),
        ((-50_000, 50_000), NINE, ((0, ((0, 0),)),), False),  # whatever the lag
        ((0, 900), NINE, (), True),
    ],
)
def test_a_tie_is_kept_by_the_model_itself(lag, second, draft, holds):
    problem = two_tasks(second=second, ties=(Tie(0, 1, *lag),))
    assert (read(problem, draft) is not None) == holds
    assert read(dataclasses.replace(problem, ties=()), draft) is not None


def test_a_tie_looks_at_the_day_too():
    morrow = ((0, ((0, 0),)), (2, ((1, 0),)))
    for lag, holds in (((0, 900), False), ((86_400, 86_400), True), ((86_401, 90_000), False)):
        assert (read(two_tasks(day=1, ties=(Tie(0, 1, *lag),)), morrow) is not None) == holds


@pytest.mark.parametrize(
    ("min_gap", "days", "served", "holds"),
    [(1, (0, 1), (0, 1), True), (2, (0, 1), (0, 1), False), (1, (1, 0), (0, 1), False), (1, (0, 0), (0, 1), False),
     (1, (0, 1), (1,), False), (1, (0, 1), (0,), True), (3, (1, 1), (0,), True), (4, (1, 1), (0,), False)],
)  # fmt: skip
def test_a_series_is_kept_by_the_model_itself(min_gap, days, served, holds):
    series = Series((0, 1), -2, 1, min_gap, max(min_gap, 3))
    problem = two_tasks()
    tasks = tuple(
        dataclasses.replace(task, windows=at(NINE, day)) for task, day in zip(problem.tasks, days, strict=True)
    )
    problem = dataclasses.replace(problem, tasks=tasks, series=(series,))
    draft = tuple(sorted((2 * days[task] + task, ((task, 0),)) for task in served))
    assert (read(problem, draft) is not None) == holds


def test_a_load_is_kept_by_the_model_itself():
    problem = two_tasks(second=ELEVEN)
    tasks = tuple(dataclasses.replace(task, load=2) for task in problem.tasks)
    for most, holds in ((4, True), (3, False)):
        shifts = tuple(dataclasses.replace(shift, max_load=most) for shift in problem.shifts)
        loaded = dataclasses.replace(problem, tasks=tasks, shifts=shifts)
        assert (read(loaded, TOGETHER) is not None) == holds


def undone(problem, draft, value):
    """Return the objective that a plan has in the routing model: what is left undone, and what is not earned."""
    done = {task: problem.shifts[shift].day for shift, sequence in draft for task, _ in sequence}
    weights, big = goal_weights(problem), big_weight(problem)
    total = -value - sum(task.change_price for task in problem.tasks if task.kept >= 0)
    for series in problem.series:
        days = tuple(done[task] for task in series.tasks if task in done)
        total += big * series.weight * misses(series, problem.days, days)
    for node in {node.task: None for node in build_model(problem).nodes}:
        total += 0 if node in done else weights[node] * big
        total += max(
            worth(problem, k, node, way) + shift.price_s * problem.tasks[node].options[way].service_s
            for k, shift in enumerate(problem.shifts) for way in options_of(problem.tasks[node], shift.profile)
        )  # fmt: skip
    return total


@pytest.mark.parametrize("day", [0, 1, 2])
def test_misses_are_counted_by_the_model_itself(day):
    """A series due on day 0 and again each day after: what is late, and what is not served at all, is missed."""
    problem = two_tasks()
    shifts = tuple(dataclasses.replace(SHIFT, shift_id=str(d), day=d) for d in range(3))
    tasks = tuple(line_task(f"t{k}", 1, 1, days=3, windows=at(NINE, min(2, day + k))) for k in range(2))
    problem = dataclasses.replace(
        problem, days=3, tasks=tasks, shifts=shifts, series=(Series((0, 1), -1, 0, 1, 1, weight=2),)
    )
    for draft in ((), ((day, ((0, 0),)),), *([((day, ((0, 0),)), (day + 1, ((1, 0),)))] if day < 2 else [])):
        value = goal(problem, draft)[2]
        assert read(problem, draft) == undone(problem, draft, value)


@pytest.mark.parametrize("free", [0, 3_000, 10_000])
def test_hours_out_of_balance_are_priced_by_the_model_itself(free):
    problem = two_tasks(balances=(Balance((0, 1), free, 7),))
    assert read(problem, APART) == undone(problem, APART, goal(problem, APART)[2])


@pytest.mark.parametrize("dearest", [0, 5])
def test_lateness_and_the_largest_are_priced_by_the_model_itself(dearest):
    windows = [(Window(0, NINE, NINE, due=NINE - late, late_price=3),) for late in (100, 700)]
    problem = two_tasks(max_late_price=dearest)
    tasks = tuple(
        dataclasses.replace(task, windows=window) for task, window in zip(problem.tasks, windows, strict=True)
    )
    problem = dataclasses.replace(problem, tasks=tasks)
    late = late_price(problem, timed(problem, APART))
    assert late == 3 * 800 + dearest * 700
    assert read(problem, APART) == undone(problem, APART, goal(problem, APART, late)[2])

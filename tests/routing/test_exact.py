"""Proved plans, against every plan there is: each draft of a tiny problem, with each leg that could have its rests."""

import dataclasses
import functools
import itertools

import pytest

from patrol.routing.checks import check_problem
from patrol.routing.exact import proved
from patrol.routing.model import Balance, Break, Problem, Series, Tie, Window, big_weight
from patrol.routing.rules import at_home, goal, late_price, may_serve, options_of, series_fit, ties_whole
from patrol.routing.schedule import schedule, timed
from patrol.routing.verify import violations
from routing_cases import LINE_SHIFT, as_solution, line_profile, line_task, make_mixed

replace = dataclasses.replace
SHAPES = (
    {"tasks": 4, "crews": 2, "days": 1},
    {"tasks": 4, "crews": 1, "days": 2},
    {"tasks": 4, "crews": 2, "days": 1, "hours": 5.0, "side_m": 2500.0},
    {"tasks": 3, "crews": 3, "days": 1},
    {"tasks": 3, "crews": 2, "days": 2},
    {"tasks": 4, "crews": 2, "days": 1, "holes": 0.25},
)


def case(seed):
    """Return a tiny problem; its shape goes round with the seed."""
    return make_mixed(seed, **SHAPES[seed % len(SHAPES)])


def every_draft(problem):
    """Yield every set of sequences of tasks that shifts may serve, by adding task after task in every place."""

    def grow(sequences, task):
        if task == len(problem.tasks):
            yield tuple((k, s) for k, s in enumerate(sequences) if s)
            return
        yield from grow(sequences, task + 1)
        for shift in range(len(problem.shifts)):
            for option in options_of(problem.tasks[task], problem.shifts[shift].profile):
                old = sequences[shift]
                for place in range(len(old) + 1) if may_serve(problem, task, shift) else ():
                    row = (*old[:place], (task, option), *old[place:])
                    yield from grow((*sequences[:shift], row, *sequences[shift + 1 :]), task + 1)

    yield from grow(((),) * len(problem.shifts), 0)


def best_of_all(problem):
    """Return the best goal of all plans that the verifier lets pass."""

    @functools.cache
    def legs(shift, sequence):
        """Return the legs that can have the rest, were nothing tied."""
        choices = range(-1, len(sequence) + 2) if problem.shifts[shift].pause else (0,)
        return [leg for leg in choices if schedule(problem, shift, sequence, rest_on=leg)]

    best = goal(problem, ())
    for draft in every_draft(problem):
        if goal(problem, draft) <= best or not (ties_whole(problem, draft) and series_fit(problem, draft)):
            continue
        for chosen in itertools.product(*(legs(shift, sequence) for shift, sequence in draft)):
            rests = {shift: leg for (shift, _), leg in zip(draft, chosen, strict=True)}
            routes = timed(problem, draft, rests)
            found = routes and goal(problem, draft, late_price(problem, routes))
            if routes and found > best and not violations(problem, as_solution(problem, draft, rests=rests)):
                best = found
                assert abs(found[2]) < big_weight(problem)
    return best


def check_against_all(problem):
    proof = proved(problem)
    solution = as_solution(problem, proof.draft, rests=proof.rests)
    assert proof.status == "optimal"
    assert violations(problem, solution) == ()
    assert (solution.mandatory_served, solution.value) == proof.goal[1:]
    assert proof.goal == best_of_all(problem)


@pytest.mark.parametrize("seed", range(60))
def test_no_plan_of_all_is_better_than_the_proved_one(seed):
    check_against_all(case(seed))


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(60, 1000))
def test_no_plan_of_all_is_better_in_many_cases(seed):
    check_against_all(case(seed))


def check_sound(problem):
    check_problem(problem)
    proof = proved(problem, deterministic_time=60)
    solution = as_solution(problem, proof.draft, rests=proof.rests)
    assert proof.status == "optimal"
    assert violations(problem, solution) == ()
    assert (solution.mandatory_served, solution.value) == proof.goal[1:]
    return proof, solution


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(400))
def test_seven_tasks_are_proved(seed):
    check_sound(make_mixed(seed))


def test_rules_bind_in_the_proved_plans():
    """The properties above would hold of empty plans: see that every rule is met somewhere."""
    met = dict.fromkeys(("aid", "room", "tied", "series", "late", "rest", "kept", "pinned", "over", "shared"), 0)
    for seed in (1, 4, 5, 8, 11, 20, 21, 28, 35, 36):
        problem = make_mixed(seed)
        proof, solution = check_sound(problem)
        served = {task: shift for shift, sequence in proof.draft for task, _ in sequence}
        met["aid"] += any(not at_home(problem.tasks[task], problem.shifts[k]) for task, k in served.items())
        met["room"] += proof.forbidden
        met["tied"] += any(tie.first in served for tie in problem.ties)
        met["series"] += any(set(series.tasks) & set(served) != set() for series in problem.series)
        met["late"] += late_price(problem, solution.routes) > 0
        met["rest"] += any(stop.kind == "break" for route in solution.routes for stop in route.stops)
        met["kept"] += any(problem.tasks[task].kept == k for task, k in served.items())
        met["pinned"] += proof.goal[0]
        met["over"] += goal(problem, proof.draft) < goal(replace(problem, balances=()), proof.draft)
        met["shared"] += any(problem.shifts[k].group != "" for k in served.values())
    assert min(met.values()) > 0, met


def test_the_proof_repeats_and_takes_a_hint():
    problem = make_mixed(11)
    first = proved(problem)
    assert repr(proved(problem)) == repr(first)
    hinted = proved(problem, hint=first.draft)
    assert (hinted.status, hinted.goal) == ("optimal", first.goal)
    absurd = tuple((k, ((0, 0), (0, 0))) for k in range(len(problem.shifts)))
    assert proved(problem, hint=absurd).goal == first.goal


def test_without_effort_nothing_is_known_and_with_some_not_all():
    problem = make_mixed(4)
    assert proved(problem, deterministic_time=0).status == "unknown"
    assert proved(problem, deterministic_time=0).draft == ()
    some = proved(problem, deterministic_time=0.03)
    assert some.status == "feasible"
    assert violations(problem, as_solution(problem, some.draft, rests=some.rests)) == ()
    assert some.goal <= proved(problem).goal


def line(tasks, shifts, **rules):
    return Problem(2, (line_profile("car", seconds=600),), tasks, shifts, **rules)


PLAIN = replace(LINE_SHIFT, pause=None, zones=(), group="", group_max_s=0)


def test_a_rest_is_placed_where_it_makes_nobody_late():
    """By its route alone the rest comes before the task and makes it late: both ways are home at the same time."""
    resting = replace(PLAIN, pause=Break(28_800, 32_000, 900))
    task = line_task("t0", 2, 2, windows=(Window(0, 30_000, 31_000, due=30_000, late_price=5),))
    problem = line((task,), (resting,))
    proof = proved(problem)
    assert late_price(problem, timed(problem, proof.draft, proof.rests)) == 0
    assert late_price(problem, timed(problem, proof.draft)) == 900 * 5


def test_the_earliest_start_counts_even_if_a_later_one_would_cost_less():
    windows = (Window(0, 28_800, 31_000, due=29_000, late_price=50), Window(0, 34_000, 36_000, due=35_000))
    problem = line((line_task("t0", 2, 2, windows=windows),), (PLAIN,))
    proof = proved(problem)
    assert proof.status == "optimal"
    assert proof.draft == (((0, ((0, 0),))),)
    assert proof.goal[2] == goal(problem, proof.draft)[2] - 50 * 1000


def test_misses_may_wait_for_a_later_day():
    """A first due date past the horizon: to patrol earlier than need be makes the next one due, so it is not done."""
    other = replace(PLAIN, shift_id="car-1", day=1)
    problem = line((line_task("t0", 2, 2, prize=0),), (PLAIN, other), series=(Series((0,), -1, 2, 1, 1),))
    assert proved(problem).goal == (0, 0, 0)


def test_hours_out_of_balance_leave_the_worse_of_two_tasks():
    tasks = (line_task("t0", 2, 2, prize=20_000), line_task("t1", 3, 3, prize=60_000))
    shift = replace(PLAIN, price_s=0, price_m=0)
    assert len(proved(line(tasks, (shift,))).draft[0][1]) == 2
    dear = line(tasks, (shift,), balances=(Balance((0,), 5_400, 1_000),))
    assert [task for task, _ in proved(dear).draft[0][1]] == [1]


def test_tied_tasks_are_served_together_by_two_shifts_or_by_none():
    tasks = (line_task("t0", 2, 2), line_task("t1", 4, 4))
    two = (PLAIN, replace(PLAIN, shift_id="other"))
    tie = (Tie(0, 1, 900, 900),)
    assert proved(line(tasks, two[:1], ties=tie)).draft == ()
    proof = proved(line(tasks, two, ties=tie))
    first, second = timed(line(tasks, two, ties=tie), proof.draft, proof.rests)
    starts = {route.stops[0].task: route.stops[0].start for route in (first, second)}
    assert starts[1] - starts[0] == 900


def test_who_is_at_home_serves_where_there_is_room_the_cheaper_first():
    task = line_task("t0", 5, 5, zone="south", aid="room")
    near = replace(PLAIN, zones=("north",), start=5, end=5)
    dear, cheap = (
        replace(PLAIN, shift_id=f"home-{price}", zones=("south",), price_s=price, max_distance_m=20_000)
        for price in (3, 1)
    )
    assert proved(line((task,), (near,))).draft == ((0, ((0, 0),)),)
    assert proved(line((task,), (near, dear))).draft == ((1, ((0, 0),)),)
    assert proved(line((task,), (near, dear, cheap))).draft == ((2, ((0, 0),)),)
    full = replace(dear, max_work_s=1_000)
    assert proved(line((task,), (near, full))).draft == ((0, ((0, 0),)),)

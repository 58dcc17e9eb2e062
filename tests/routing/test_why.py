"""Why tasks are left out: what is named makes them plannable, what is proved is true, each rule has its case."""

import dataclasses
from collections import Counter

import pytest

from patrol.routing.checks import check_problem
from patrol.routing.codec import to_bytes
from patrol.routing.exact import proved
from patrol.routing.explain import CODES, reasons
from patrol.routing.model import Problem, Series, Tie, Window
from patrol.routing.packed import pack
from patrol.routing.reckoning import first_plan
from patrol.routing.relax import KINDS, Relaxation, apply, apply_all
from patrol.routing.solve import solve
from patrol.routing.standing import judged, solution_of
from patrol.routing.unfit import surely
from patrol.routing.verify import violations
from patrol.routing.why import why, why_not
from patrol.units import UNREACHABLE
from routing_cases import LINE_SHIFT, as_solution, line_profile, line_task, make_mixed, make_problem

CAR = dataclasses.replace(LINE_SHIFT, pause=None, group="", group_max_s=0, zones=("north",))
SEEN = Counter()


def dropped_of(problem):
    """Return a sound plan made by insertion, as it stands, and what it leaves out."""
    plan = judged(problem, first_plan(pack(problem)).draft)
    assert plan is not None
    return plan, [task for task in range(len(problem.tasks)) if not plan.serves(task)]


def shown(plan, task):
    """Explain a task, hold the answer to what it claims, and return it."""
    found = why_not(plan, task, exact=False)
    assert found.code in CODES
    assert found.label in {"proved", "shown"}
    assert found.relaxations
    relaxed = apply_all(plan.problem, found.relaxations)
    check_problem(relaxed)
    assert to_bytes(found.plan.problem) == to_bytes(relaxed)
    assert violations(relaxed, solution_of(found.plan)) == ()
    assert found.plan.serves(task)
    out = {one for relaxation in found.relaxations for one in relaxation.tasks if relaxation.kind == "drop"}
    kept = tuple((k, tuple(stop for stop in sequence if stop[0] not in out)) for k, sequence in plan.draft)
    assert found.plan.goal > judged(relaxed, kept).goal
    return found


@pytest.mark.parametrize("block", range(4))
def test_with_what_is_named_a_sound_plan_serves_the_task_and_is_worth_more(block):
    for seed in range(block * 10, block * 10 + 10):
        plan, left = dropped_of(make_mixed(seed))
        SEEN.update(one.kind for task in left for one in shown(plan, task).relaxations)
        plan, left = dropped_of(make_problem(seed, tasks=9, crews=3))
        SEEN.update(one.kind for task in left for one in shown(plan, task).relaxations)


@pytest.mark.soak
def test_what_is_named_helps_on_many_problems():
    kinds = Counter()
    for seed in range(1000, 1400):
        plan, left = dropped_of(make_mixed(seed, tasks=6 + seed % 6, crews=2 + seed % 2))
        kinds.update(one.kind for task in left for one in shown(plan, task).relaxations)
    assert set(kinds) == set(KINDS)


def test_a_solve_with_the_task_pinned_finds_it_too():
    """Another search than the one that named the relaxation, which may put everything else out."""
    count = 0
    for seed in range(40, 52):
        plan, left = dropped_of(make_mixed(seed))
        for task in left:
            relaxed = apply_all(plan.problem, why_not(plan, task, exact=False).relaxations)
            tasks = list(relaxed.tasks)
            tasks[task] = dataclasses.replace(tasks[task], pinned=True)
            again = solve(dataclasses.replace(relaxed, tasks=tuple(tasks)), engine="ruin", iterations=200, streams=1)
            assert task not in {item.task for item in again.dropped}, (seed, task)
            count += 1
    assert count > 20


def test_what_is_proved_no_plan_does():
    """CP-SAT, told to serve the task before all else, cannot: also where ways past other tasks are shorter."""
    count = Counter()
    for seed in range(60, 90):
        for problem in (make_mixed(seed, tasks=5), make_problem(seed, tasks=5, crews=2, holes=0.2)):
            plan, left = dropped_of(problem)
            for task in left:
                found = why_not(plan, task, exact=False)
                if found.label == "proved":
                    tasks = list(problem.tasks)
                    tasks[task] = dataclasses.replace(tasks[task], pinned=True)
                    best = proved(dataclasses.replace(problem, tasks=tuple(tasks)), deterministic_time=5.0)
                    assert best.status == "optimal"
                    assert task not in {number for _, sequence in best.draft for number, _ in sequence}, (seed, task)
                    count[found.code] += 1
    assert len(count) >= 6, count


def test_nothing_is_said_to_be_impossible_that_a_detour_makes_possible():
    """No way leads straight to the task, but one past another task's place does."""
    profile = line_profile("car", seconds=300)
    travel = profile.travel_s.copy()
    travel[0, 5] = UNREACHABLE
    problem = Problem(1, (dataclasses.replace(profile, travel_s=travel),),
                      (line_task("t", 5, 5, days=1), line_task("u", 3, 3, days=1)), (CAR,))  # fmt: skip
    problem = dataclasses.replace(problem, shifts=(dataclasses.replace(CAR, opens=28_800, max_work_s=14_000),))
    found = why(problem, as_solution(problem, ()), 0, exact=False)
    assert (found.code, found.label) == ("unreachable", "shown")
    assert not surely(problem, 0)
    shut = dataclasses.replace(problem, tasks=(problem.tasks[0], dataclasses.replace(problem.tasks[1], options=())))
    travel[:, 5] = UNREACHABLE
    travel[5, 5] = 0
    assert surely(shut, 0)


def rules(*tasks, shifts=(CAR,), **more):
    profiles = (line_profile("car", seconds=300), line_profile("foot", seconds=900, on_foot=True))
    return Problem(2, profiles, tasks, shifts, **more)


TOMORROW = dataclasses.replace(CAR, shift_id="car-1", day=1)
SOUTH = dataclasses.replace(CAR, shift_id="south", crew_id="south", zones=("south",), price_s=0, price_m=0)
SECOND = dataclasses.replace(CAR, shift_id="second", crew_id="second")
CHAIN = Series((0, 1), -7, 0, 1, 7)
SOON = Series((0, 1), -7, 0, 2, 7)
TIED = (Tie(0, 1, 0, 0),)
MORNING, EVENING = (Window(0, 30_000, 31_000),), (Window(0, 40_000, 41_000),)

# code: (problem, draft, label, kinds of relaxation that may be named)
CASES = {
    "too_heavy": (rules(line_task("t", 1, 1, load=9), shifts=(dataclasses.replace(CAR, max_load=5),)), (),
                  "proved", {"limits"}),
    "no_partner": (rules(line_task("t", 1, 1), line_task("u", 2, 2, skills=("climb",)), shifts=(CAR, SECOND),
                         ties=TIED), (), "proved", {"skill"}),
    "not_together": (rules(line_task("t", 1, 1, windows=MORNING), line_task("u", 2, 2, windows=EVENING),
                           shifts=(CAR, SECOND), ties=TIED), (), "shown", {"untie"}),
    "series_before": (rules(line_task("u", 1, 1, skills=("climb",)), line_task("t", 2, 2), shifts=(CAR, TOMORROW),
                            series=(CHAIN,)), (), "proved", {"skill"}),
    "series_too_soon": (rules(line_task("u", 1, 1), line_task("t", 2, 2), shifts=(CAR, TOMORROW), series=(SOON,)),
                        ((0, ((0, 0),)),), "proved", {"gap"}),
    "home_had_room": (rules(line_task("t", 5, 5, prize=4_000, zone="north", aid="room"), shifts=(CAR, SOUTH)), (),
                      "shown", {"zone"}),
    "costs_more": (rules(line_task("t", 1, 1), shifts=(dataclasses.replace(CAR, price_open=200_000),)), (),
                   "shown", {"prize"}),
    "not_placed": (rules(line_task("t", 1, 1)), (), "shown", {"search"}),
    "no_zone": (rules(line_task("t", 1, 1, zone="south")), (), "proved", {"zone"}),
    "no_skill": (rules(line_task("t", 1, 1, skills=("climb",))), (), "proved", {"skill"}),
    "no_party": (rules(line_task("t", 1, 1, parties=("fire",))), (), "proved", {"party"}),
    "not_allowed": (rules(line_task("t", 1, 1, shifts=())), (), "proved", {"listed"}),
    "no_option": (rules(line_task("t", 1, 1, profile=1)), (), "proved", {"way"}),
    "no_window_day": (rules(line_task("t", 1, 1, windows=(Window(1, 30_000, 40_000),))), (), "proved", {"window"}),
    "no_window": (rules(line_task("t", 1, 1, windows=(Window(0, 50_000, 60_000),))), (), "proved", {"window"}),
    "too_long": (rules(line_task("t", 9, 9), shifts=(dataclasses.replace(CAR, max_work_s=5_000),)), (),
                 "proved", {"limits"}),
    "outranked": (rules(line_task("t", 5, 5), line_task("u", 5, 5, prize=150_000),
                        shifts=(dataclasses.replace(CAR, max_work_s=5_000),)), ((0, ((1, 0),)),), "shown", {"drop"}),
}  # fmt: skip


@pytest.mark.parametrize("code", CASES)
def test_each_rule_has_its_case(code):
    problem, draft, label, kinds = CASES[code]
    task = next(number for number, one in enumerate(problem.tasks) if one.task_id == "t")
    found = shown(judged(problem, draft), task)
    assert (found.code, found.label, {one.kind for one in found.relaxations}) == (code, label, kinds)


@pytest.mark.parametrize("code", sorted(set(CASES) - {"home_had_room"}))
def test_the_quick_reason_of_a_search_does_not_contradict(code):
    problem, draft, *_ = CASES[code]
    task = next(number for number, one in enumerate(problem.tasks) if one.task_id == "t")
    assert reasons(problem, draft, [task]) == {task: code}


def test_what_has_the_hours_is_named_with_its_figures():
    problem, draft, *_ = CASES["outranked"]
    found = why(problem, as_solution(problem, draft), 0, exact=False)
    assert [one.task for one in found.displaced] == [1]
    assert found.relaxations == (Relaxation("drop", tasks=(1,)),)
    ways = 2 * (5 * 300 * CAR.price_s + 5_000 * CAR.price_m // 1000)
    assert found.own.value == 100_000 - 1800 * CAR.price_s - ways
    assert found.displaced[0].value - found.own.value == 50_000
    assert found.displaced[0].seconds == found.own.seconds == 1800 + 10 * 300
    assert found.displaced[0].value_per_hour == pytest.approx(found.displaced[0].value * 0.75)


def test_cp_sat_proves_on_a_small_problem_that_no_plan_with_it_is_as_good():
    problem, draft, *_ = CASES["outranked"]
    solution = as_solution(problem, draft)
    assert why(problem, solution, 0).label == "proved"
    level = dataclasses.replace(problem, tasks=(problem.tasks[0], line_task("u", 5, 5)))
    assert why(level, as_solution(level, draft), 0).label == "shown"  # as good the other way round


def test_a_better_plan_is_told_as_what_it_is():
    """The cheaper of two has the hours: the search, not the hours, is why."""
    problem, *_ = CASES["outranked"]
    found = shown(judged(problem, ((0, ((0, 0),)),)), 1)
    assert (found.code, found.gain) == ("not_placed", 50_000)
    assert found.relaxations == (Relaxation("search"),)
    must = dataclasses.replace(problem, tasks=(problem.tasks[0], dataclasses.replace(problem.tasks[1], mandatory=2)))
    assert shown(judged(must, ((0, ((0, 0),)),)), 1).weight == 2


def test_a_window_and_a_shift_are_widened_no_more_than_needed():
    problem, draft, *_ = CASES["no_window"]
    (window,) = shown(judged(problem, draft), 0).relaxations
    assert (window.day, window.opens) == (0, window.closes)
    problem, draft, *_ = CASES["too_long"]
    (limits,) = shown(judged(problem, draft), 0).relaxations
    assert limits.seconds == 18 * 300 + 1800 - 5_000
    assert (limits.metres, limits.walk_m, limits.load) == (18_500 - CAR.max_distance_m, 0, 0)
    less = dataclasses.replace(limits, seconds=limits.seconds - 1)
    assert judged(apply(problem, less), ((0, ((0, 0),)),)) is None


def test_a_served_task_and_a_broken_plan_are_not_explained():
    problem, draft, *_ = CASES["outranked"]
    with pytest.raises(ValueError, match="is served"):
        why(problem, as_solution(problem, draft), 1)
    half, *_ = CASES["no_partner"]
    with pytest.raises(ValueError, match="breaks rules"):
        why(half, as_solution(half, ((0, ((0, 0),)),)), 1)


def test_without_crews_and_ways_nothing_is_made_up():
    problem = rules(dataclasses.replace(line_task("t", 1, 1), options=()), shifts=())
    found = why(problem, as_solution(problem, ()), 0, exact=False)
    assert (found.code, found.label, found.relaxations) == ("no_option", "proved", ())

"""All engines: sound, repeatable, no worse than greedy, and optimal where every plan can be tried."""

import dataclasses
import itertools

import numpy as np
import pytest

from patrol.errors import ProblemError
from patrol.routing.directions import best_ways, turned
from patrol.routing.greedy import greedy
from patrol.routing.model import Problem, Window, big_weight, goal_weights
from patrol.routing.neighbourhood import merged, part_of, pick, relations_of
from patrol.routing.ortools_engine import _feasible
from patrol.routing.ortools_model import as_draft, as_routes, build_model, descent
from patrol.routing.rules import goal, groups_fit, may_serve, options_of, route_work
from patrol.routing.schedule import schedule
from patrol.routing.solve import solve
from patrol.routing.verify import violations
from routing_cases import LINE_SHIFT, as_solution, line_case, line_profile, line_task, make_problem

ENGINES = ("default", "ruin", "ortools", "greedy")


def goal_of(problem, solution):
    return goal(problem, as_draft_of(solution))


def as_draft_of(solution):
    return tuple(
        (route.shift, tuple((stop.task, stop.option) for stop in route.stops if stop.kind == "task"))
        for route in solution.routes
    )


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("seed", range(12))
def test_plans_break_no_rule_and_repeat(engine, seed):
    problem = make_problem(seed)
    first = solve(problem, engine=engine, seed=seed, iterations=6)
    assert violations(problem, first) == ()
    assert repr(solve(problem, engine=engine, seed=seed, iterations=6)) == repr(first)
    assert first.engine == engine
    assert first.stopped_by in ("iterations", "exhausted")


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(100, 400))
def test_many_plans_break_no_rule(seed):
    problem = make_problem(seed, tasks=20, crews=5, days=3)
    for engine in ENGINES:
        assert violations(problem, solve(problem, engine=engine, iterations=20)) == ()


def test_rules_bind_in_the_random_problems():
    """The properties above would hold of empty plans: see that every rule has something to forbid."""
    breaks = dropped = served = grouped = pinned = windows = walked = 0
    for seed in range(12):
        problem = make_problem(seed)
        solution = solve(problem, engine="greedy")
        stops = [stop for route in solution.routes for stop in route.stops]
        breaks += sum(stop.kind == "break" for stop in stops)
        served += sum(stop.kind == "task" for stop in stops)
        windows += sum(bool(problem.tasks[stop.task].windows) for stop in stops if stop.kind == "task")
        pinned += sum(problem.tasks[stop.task].pinned for stop in stops if stop.kind == "task")
        dropped += len(solution.dropped)
        grouped += sum(bool(problem.shifts[route.shift].group) for route in solution.routes)
        walked += sum(problem.profiles[problem.shifts[route.shift].profile].on_foot for route in solution.routes)
    assert min(breaks, dropped, served, grouped, pinned, windows, walked) > 0


@pytest.mark.parametrize("seed", range(12))
def test_ortools_is_never_worse_than_greedy_and_often_better(seed):
    problem = make_problem(seed)
    assert goal_of(problem, solve(problem, engine="ortools", iterations=5)) >= goal_of(
        problem, solve(problem, engine="greedy")
    )


def test_ortools_gains_on_a_crowded_week():
    problem = make_problem(3, tasks=60, crews=6, days=3, hours=4.0)
    better, base = solve(problem, engine="ortools", iterations=25), solve(problem, engine="greedy")
    assert better.mandatory_served >= base.mandatory_served
    assert goal_of(problem, better) > goal_of(problem, base)
    assert better.value > base.value * 1.05


@pytest.mark.parametrize("seed", range(20))
def test_turning_routes_round_keeps_tasks_and_loses_nothing(seed):
    problem = make_problem(seed, tasks=12, crews=2, days=1)
    draft = greedy(problem)
    better = turned(problem, draft)
    assert violations(problem, as_solution(problem, better)) == ()
    assert goal(problem, better) >= goal(problem, draft)
    assert [{t for t, _ in s} for _, s in better] == [{t for t, _ in s} for _, s in draft]


def test_the_ways_of_an_order_are_the_best_of_all():
    for seed in range(15):
        problem = make_problem(seed, tasks=5, crews=1, days=1)
        crew = problem.shifts[0]
        tasks = [k for k in range(5) if options_of(problem.tasks[k], crew.profile)]
        every = itertools.product(*(options_of(problem.tasks[k], crew.profile) for k in tasks))
        drafts = [((0, tuple(zip(tasks, ways, strict=True))),) for ways in every]
        found = ((0, best_ways(problem, 0, tuple(tasks))),)
        assert goal(problem, found) == max(goal(problem, draft) for draft in drafts)


def every_draft(problem):
    """Yield every set of sequences that keeps to the rules, by adding task after task in every place."""

    def grow(sequences, task):
        if task == len(problem.tasks):
            yield tuple((k, tuple(s)) for k, s in enumerate(sequences) if s)
            return
        yield from grow(sequences, task + 1)
        for shift in range(len(problem.shifts)):
            if not may_serve(problem, task, shift):
                continue
            for option in options_of(problem.tasks[task], problem.shifts[shift].profile):
                for place in range(len(sequences[shift]) + 1):
                    row = [*sequences[shift][:place], (task, option), *sequences[shift][place:]]
                    yield from grow([*sequences[:shift], row, *sequences[shift + 1 :]], task + 1)

    known = {}
    for draft in grow([[] for _ in problem.shifts], 0):
        fits = all(
            known.setdefault((shift, sequence), schedule(problem, shift, sequence) is not None)
            if (shift, sequence) not in known
            else known[shift, sequence]
            for shift, sequence in draft
        )
        if fits and groups_fit(problem, draft):
            yield draft


@pytest.mark.parametrize("seed", range(30))
def test_tiny_problems_are_solved_to_the_best_of_all_plans(seed):
    problem = make_problem(seed, tasks=4, crews=2, days=1, hours=2.0, side_m=6000.0)
    best = max(goal(problem, draft) for draft in every_draft(problem))
    assert goal_of(problem, solve(problem, iterations=25)) == best
    assert goal_of(problem, solve(problem, engine="greedy"))[:2] == best[:2]


@pytest.mark.parametrize("seed", range(25))
def test_the_routing_model_prices_and_permits_what_our_clock_does(seed):
    """From greedy's plan OR-Tools descends to one that our schedule accepts, at the cost we would name."""
    problem = make_problem(seed, tasks=10, crews=3)
    start = greedy(problem)
    built = build_model(problem)
    parameters = descent(20.0)
    built.routing.CloseModelWithParameters(parameters)
    hint = built.routing.ReadAssignmentFromRoutes(as_routes(built, start), True)
    assert hint is not None, "a plan of ours is no plan to OR-Tools"
    assignment = built.routing.SolveFromAssignmentWithParameters(hint, parameters)
    found = as_draft(built, assignment)
    assert _feasible(problem, found)
    assert violations(problem, as_solution(problem, found)) == ()
    assert goal(problem, found) >= goal(problem, start)
    done = {task for _, sequence in found for task, _ in sequence}
    able = {node.task for node in built.nodes}
    best = dict.fromkeys(able, 0)
    for node in built.nodes:
        for vehicle in node.vehicles:
            shift = problem.shifts[vehicle]
            option = problem.tasks[node.task].options[options_of(problem.tasks[node.task], shift.profile)[node.way]]
            best[node.task] = max(best[node.task], option.prizes[shift.day])
    weights, big = goal_weights(problem), big_weight(problem)
    left_out = sum(weights[task] * big for task in able - done)
    assert assignment.ObjectiveValue() == left_out + sum(best.values()) - goal(problem, found)[2]


def test_pins_come_before_weights_and_weights_before_prizes():
    """One hour for one task: the pinned one wins, then the heavier, then the dearer."""
    shift = dataclasses.replace(
        LINE_SHIFT, pause=None, group="", group_max_s=0, max_work_s=4_000, closes=32_800, skills=(), zones=()
    )
    dear = line_task("dear", 1, 1, prize=9_000_000, days=1)
    light = line_task("light", 1, 1, prize=1, days=1, mandatory=1)
    heavy = line_task("heavy", 1, 1, prize=0, days=1, mandatory=2)
    pinned = line_task("pinned", 1, 1, prize=0, days=1, pinned=True)
    for engine in ENGINES:
        for offered, winner in (
            ((dear,), "dear"), ((dear, light), "light"), ((heavy, light, dear), "heavy"),
            ((dear, heavy, pinned, light), "pinned"),
        ):  # fmt: skip
            for order in itertools.permutations(offered):
                problem = Problem(1, (line_profile("car", seconds=600),), order, (shift,))
                solution = solve(problem, engine=engine, iterations=3)
                (stop,) = solution.routes[0].stops
                assert order[stop.task].task_id == winner


def test_a_prize_of_a_better_day_waits_for_it():
    shift = dataclasses.replace(LINE_SHIFT, pause=None, group="", group_max_s=0)
    tomorrow = dataclasses.replace(shift, shift_id="car-1", day=1)
    task = line_task("t", 2, 3)
    task = dataclasses.replace(
        task, options=tuple(dataclasses.replace(o, prizes=(50_000, 60_000)) for o in task.options)
    )
    for engine in ENGINES:
        solution = solve(Problem(2, (line_profile("car", seconds=60),), (task,), (shift, tomorrow)), engine=engine)
        assert [route.shift for route in solution.routes] == [1]


@pytest.mark.parametrize("engine", ENGINES)
def test_nothing_to_do_is_a_plan(engine):
    problem, _ = line_case()
    empty = solve(dataclasses.replace(problem, tasks=()), engine=engine)
    assert (empty.routes, empty.dropped, empty.value, empty.stopped_by) == ((), (), 0, "exhausted")
    idle = solve(
        dataclasses.replace(
            problem, tasks=tuple(dataclasses.replace(t, shifts=None) for t in problem.tasks), shifts=()
        ),
        engine=engine,
    )
    assert idle.routes == ()
    assert [item.code for item in idle.dropped] == ["no_option"] * 5
    assert solve(Problem(0, (), (), ()), engine=engine).routes == ()


def test_the_search_says_why_it_stopped_and_how_far_it_is():
    problem = make_problem(1)
    told = []
    solution = solve(problem, engine="ortools", iterations=7, progress=lambda *now: told.append(now))
    assert solution.stopped_by == "iterations"
    assert [now[:2] for now in told] == [(k, 7) for k in range(1, 8)]
    assert told[-1][2] <= solution.value
    tiny, _ = line_case()
    assert solve(tiny, engine="ortools", iterations=10**6).stopped_by == "exhausted"


def test_seeds_differ_but_each_repeats():
    problem = make_problem(5, tasks=40, crews=4, days=2)
    plans = {seed: repr(solve(problem, engine="ortools", seed=seed, iterations=4)) for seed in range(4)}
    assert len(set(plans.values())) > 1
    assert repr(solve(problem, engine="ortools", seed=2, iterations=4)) == plans[2]


def test_faults_of_a_problem_are_the_users_and_an_unknown_engine_too():
    problem, _ = line_case()
    with pytest.raises(ProblemError, match="no location of its profile"):
        solve(dataclasses.replace(problem, shifts=(dataclasses.replace(problem.shifts[0], start=99),)))
    with pytest.raises(ProblemError, match="engine 'magic' is not known"):
        solve(problem, engine="magic")


@pytest.mark.parametrize("seed", range(8))
def test_a_piece_carries_every_rule_of_the_whole(seed):
    """What is feasible in a piece stays feasible when put back, and its gain is the plan's gain."""
    problem = make_problem(seed, tasks=30, crews=6, days=3)
    draft = greedy(problem)
    relations = relations_of(problem)
    rng = np.random.default_rng(seed)
    for _ in range(6):
        piece = pick(problem, relations, draft, rng)
        part = part_of(draft, piece)
        assert merged(draft, piece, part) == draft
        assert len(set(piece.tasks)) == len(piece.tasks)
        other = greedy(piece.problem)
        whole = merged(draft, piece, other)
        assert violations(problem, as_solution(problem, whole)) == ()
        gained = np.subtract(goal(piece.problem, other), goal(piece.problem, part))
        assert (np.subtract(goal(problem, whole), goal(problem, draft)) == gained).all()
        hours = {s.group: s.group_max_s for s in piece.problem.shifts if s.group}
        for group, seconds in hours.items():
            inside = [k for k, s in enumerate(problem.shifts) if s.group == group and k not in piece.shifts]
            away = sum(route_work(problem, k, s) for k, s in draft if k in inside)
            assert seconds + away == next(s.group_max_s for s in problem.shifts if s.group == group)


def test_the_hours_of_a_group_bind_in_the_routing_model_and_in_the_check():
    """A volunteer of two afternoons has hours for one of two tasks: OR-Tools must not take the other."""
    shift = dataclasses.replace(LINE_SHIFT, pause=None, group_max_s=9_000)
    shifts = (shift, dataclasses.replace(shift, shift_id="car-1", day=1))
    days = [(Window(day, 0, 80_000),) for day in (0, 1)]
    tasks = tuple(line_task(f"t{day}", 3, 3, windows=days[day]) for day in (0, 1))
    problem = Problem(2, (line_profile("car", seconds=600),), tasks, shifts)
    one, both = ((0, ((0, 0),)),), ((0, ((0, 0),)), (1, ((1, 0),)))
    assert (groups_fit(problem, one), groups_fit(problem, both)) == (True, False)
    assert route_work(problem, 0, ((0, 0),)) == 5_400
    built = build_model(problem)
    parameters = descent(20.0)
    built.routing.CloseModelWithParameters(parameters)
    hint = built.routing.ReadAssignmentFromRoutes(as_routes(built, one), True)
    found = as_draft(built, built.routing.SolveFromAssignmentWithParameters(hint, parameters))
    assert len(found) == 1
    for engine in ENGINES:
        assert len(solve(problem, engine=engine, iterations=5).routes) == 1


def test_windows_of_several_days_and_hours_are_all_open():
    """A task with another hour each day is served in whichever day's hour the crew has."""
    shift = dataclasses.replace(LINE_SHIFT, pause=None, group="", group_max_s=0)
    shifts = tuple(dataclasses.replace(shift, shift_id=f"car-{day}", day=day) for day in range(3))
    hours = (Window(0, 50_000, 60_000), Window(1, 100, 200), Window(1, 36_000, 36_100), Window(2, 28_000, 28_799))
    task = line_task("t", 2, 3, days=3, windows=hours)
    for engine in ENGINES:
        solution = solve(Problem(3, (line_profile("car", seconds=60),), (task,), shifts), engine=engine, iterations=3)
        assert [(route.shift, route.stops[0].start) for route in solution.routes] == [(1, 36_000)]

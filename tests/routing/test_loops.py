"""The compiled loops one by one, each against plain Python: what only the value of a plan would show otherwise."""

import dataclasses
import itertools

import numpy as np
import pytest

from patrol.compiled import lean
from patrol.routing.annealing import worsening
from patrol.routing.board import COUNT, TOTAL, new_board, put_draft
from patrol.routing.chance import below, draw, new_state
from patrol.routing.directions import best_ways
from patrol.routing.grouping import place_group
from patrol.routing.guide import make_guide
from patrol.routing.model import Problem, Series, Tie, big_weight, goal_weights
from patrol.routing.offering import all_legs, near_legs
from patrol.routing.packed import AID_ROOM, HOME, NO, able_matrix, pack
from patrol.routing.placing import NOWHERE, place_apart
from patrol.routing.reckoning import first_plan
from patrol.routing.ruining import new_touched, ruin
from patrol.routing.rules import at_home, goal, groups_fit, late_price, may_serve, options_of, route_value
from patrol.routing.schedule import schedule, timed
from patrol.routing.solve import solve
from patrol.routing.streams import make_room
from patrol.routing.turning import turn
from patrol.routing.tying import settle
from patrol.routing.verify import violations
from routing_cases import LINE_SHIFT, line_profile, line_task, make_mixed, make_problem


@lean
def placed(tables, board, room, task, state):
    """Return the best place of a task among all legs."""
    runs = all_legs(tables, board, room.spots, task)
    return place_apart(tables, board, room.spots, room.trial, runs, task, 2**60, 0.0, True, state)


@lean
def placed_near(tables, board, room, near, task, most, state):
    """Return the best place of a task beside its nearest served neighbours and at the ends of routes."""
    runs = near_legs(tables, board, room.spots, near, task, most)
    return place_apart(tables, board, room.spots, room.trial, runs, task, 2**60, 0.0, True, state)


@lean
def turned(tables, board, shift, old, sums, back):
    return turn(tables, board, shift, old, sums, back)


@lean
def ruined(tables, board, room, near, touched, seed, state):
    ruin(tables, board, room.trial, near, touched, seed, state)


@lean
def drawn(state, numbers, wholes, count):
    for k in range(len(numbers)):
        numbers[k] = draw(state)
        wholes[k] = below(state, count)


@lean
def judged(tables, change, must):
    return worsening(tables, change, must)


def started(problem):
    """Return a problem packed, its first plan on a board, and room for the loops."""
    packed = pack(problem)
    plan = first_plan(packed)
    board = new_board(packed)
    put_draft(packed, board, plan.draft)
    room = make_room(packed, board)
    assert settle(packed.tables, board, room.trial)
    return packed, plan, board, room


def best_insertion(problem, draft, task):
    """Return what the value rises by at most with a task put into a plan, tried in every place; None: nowhere."""
    sequences, best = dict(draft), None
    for shift in range(len(problem.shifts)):
        if not may_serve(problem, task, shift):
            continue
        now = sequences.get(shift, ())
        for way in options_of(problem.tasks[task], problem.shifts[shift].profile):
            for place in range(len(now) + 1):
                longer = (*now[:place], (task, way), *now[place:])
                plan = tuple(sorted({**sequences, shift: longer}.items()))
                if schedule(problem, shift, longer) is None or not groups_fit(problem, plan):
                    continue
                more = route_value(problem, shift, longer) - (route_value(problem, shift, now) if now else 0)
                best = more if best is None else max(best, more)
    return best


@pytest.mark.parametrize("seed", range(30))
def test_the_best_place_is_the_best_of_all_places(seed):
    problem = make_problem(seed, tasks=16, crews=4, days=2)
    packed, plan, board, room = started(problem)
    served = {task for _, sequence in plan.draft for task, _ in sequence}
    weights = packed.tables.gain
    for task in sorted(set(range(len(problem.tasks))) - served):
        rise, shift, _, row = placed(packed.tables, board, room, task, new_state(1))
        best = best_insertion(problem, plan.draft, task)
        assert (shift < 0) == (best is None)
        if shift >= 0:
            heavy = weights[row, shift] - (
                problem.tasks[task].options[packed.tables.number[row]].prizes[problem.shifts[shift].day]
                - problem.shifts[shift].price_s * problem.tasks[task].options[packed.tables.number[row]].service_s
            )
            assert -rise - heavy == best


@pytest.mark.parametrize("seed", range(20))
def test_a_route_is_turned_to_the_best_ways(seed):
    """Where nothing binds, the ways of a route are those of the plain dynamic programme."""
    rng = np.random.default_rng(seed)
    tasks = tuple(line_task(f"t{k}", *(int(p) for p in rng.choice(10, 2, replace=False))) for k in range(6))
    problem = make_problem(1, tasks=2, crews=1, days=1)
    shift = problem.shifts[0].__class__(
        "s", "c", "enterprise", 0, 0, 0, 0, 0, 10**7, 10**9, 10**9, 10**9, price_s=2, price_m=30
    )  # fmt: skip
    problem = problem.__class__(2, (line_profile("car", seconds=600),), tasks, (shift,))
    order = rng.permutation(6).tolist()
    packed = pack(problem)
    board = new_board(packed)
    put_draft(packed, board, ((0, tuple((task, int(rng.integers(2))) for task in order)),))
    room = make_room(packed, board)
    before = int(board.route[0, TOTAL])
    changed = turned(packed.tables, board, 0, room.old, room.sums, room.back)
    best = route_value(problem, 0, best_ways(problem, 0, tuple(order)))
    assert -int(board.route[0, TOTAL]) == best
    assert changed == (before > -best)


def test_near_tasks_are_the_nearest():
    problem = make_problem(2, tasks=40, crews=3, days=1, holes=0.0)
    packed = pack(problem)
    near = make_guide(packed).near
    place = np.array([task.options[0].entry for task in problem.tasks])
    apart = problem.profiles[0].distance_m[np.ix_(place, place)]
    for task in range(40):
        others = [int(k) for k in near[task] if k >= 0]
        assert task not in others
        assert len(set(others)) == len(others)
        assert apart[task, others[:5]].mean() < 0.7 * apart[task, others[-20:]].mean()


def test_profiles_may_know_different_places():
    """A crew on foot whose matrix is cut to two places is no reason to look for the others in it."""
    whole = line_profile("car", seconds=100)
    cut = dataclasses.replace(
        line_profile("foot", seconds=900, on_foot=True), travel_s=whole.travel_s[:2, :2] * 9,
        distance_m=whole.distance_m[:2, :2], lonlat=whole.lonlat[:2],
    )  # fmt: skip
    tasks = (line_task("far", 8, 9), line_task("near", 0, 1, profile=1), line_task("far too", 9, 9))
    shifts = (LINE_SHIFT, dataclasses.replace(LINE_SHIFT, shift_id="foot-0", crew_id="foot", profile=1))
    guide = make_guide(pack(Problem(days=1, profiles=(whole, cut), tasks=tasks, shifts=shifts)))
    assert guide.near[[0, 2], 0].tolist() == [2, 0], "what the same car reaches"


def test_beside_near_tasks_a_task_finds_as_good_a_place_mostly():
    problem = make_problem(6, tasks=120, crews=10, days=2, hours=5.0)
    packed, plan, board, room = started(problem)
    near = make_guide(packed).near
    served = {task for _, sequence in plan.draft for task, _ in sequence}
    same = seen = 0
    for task in sorted(set(range(len(problem.tasks))) - served):
        whole = placed(packed.tables, board, room, task, new_state(1))
        part = placed_near(packed.tables, board, room, near, task, 20, new_state(1))
        assert part[0] >= whole[0]  # never a place that there is not
        seen += whole[1] >= 0
        same += whole[1] >= 0 and part[0] == whole[0]
    assert seen >= 5
    assert same >= 0.6 * seen


@pytest.mark.parametrize("seed", range(10))
def test_what_is_taken_out_is_strings_with_all_that_is_bound_to_them(seed):
    problem = make_mixed(seed, tasks=20, crews=4, days=2)
    packed, plan, board, room = started(problem)
    near, state = make_guide(packed).near, new_state(seed)
    served = {task for _, sequence in plan.draft for task, _ in sequence}
    for number in range(20):
        put_draft(packed, board, plan.draft)
        settle(packed.tables, board, room.trial)
        touched = new_touched(packed.tables)
        ruined(packed.tables, board, room, near, touched, number % len(problem.tasks), state)
        out = set(touched.task[: touched.counts[1]].tolist())
        assert out <= served
        assert int(board.route[:, COUNT].sum()) == len(served) - len(out)
        left = served - out
        for tie in problem.ties:
            assert (tie.first in left) == (tie.second in left)
        for series in problem.series:
            for one, other in itertools.pairwise(series.tasks):
                assert other not in left or one in left


@pytest.mark.parametrize("seed", range(20))
def test_who_may_serve_what_is_what_the_rules_say(seed):
    problem = make_mixed(seed, tasks=10, crews=3, days=2)
    able = able_matrix(problem)
    for task, shift in itertools.product(range(len(problem.tasks)), range(len(problem.shifts))):
        wanted, crew = problem.tasks[task], problem.shifts[shift]
        fits = may_serve(problem, task, shift) and bool(options_of(wanted, crew.profile))
        assert (able[task, shift] != NO) == fits
        if fits:
            assert (able[task, shift] == HOME) == at_home(wanted, crew)
            asks = wanted.aid == "room" and (wanted.aid_from is None or crew.day < wanted.aid_from)
            assert (able[task, shift] == AID_ROOM) == (asks and not at_home(wanted, crew))


def test_random_numbers_are_spread_and_their_streams_differ():
    numbers, wholes = np.zeros(20_000), np.zeros(20_000, np.int64)
    drawn(new_state(1), numbers, wholes, 7)
    assert 0.0 <= numbers.min() < 0.001
    assert 0.999 < numbers.max() < 1.0
    assert abs(numbers.mean() - 0.5) < 0.01
    assert sorted(set(wholes.tolist())) == list(range(7))
    assert np.bincount(wholes).min() > 2_500
    assert new_state(1, 0) != new_state(1, 1) != new_state(2, 1)


def test_a_plan_with_hundreds_of_stops_keeps_its_rules():
    """Beyond 150 stops tasks are tried beside their neighbours only."""
    problem = make_problem(9, tasks=400, crews=24, days=2, hours=8.0, side_m=20_000.0)
    base, found = (solve(problem, engine=engine, iterations=3_000) for engine in ("greedy", "ruin"))
    assert sum(stop.kind == "task" for route in found.routes for stop in route.stops) > 150
    assert violations(problem, found) == ()
    goals = [goal(problem, tuple((r.shift, tuple((s.task, s.option) for s in r.stops if s.kind == "task"))
                                 for r in one.routes)) for one in (base, found)]  # fmt: skip
    assert goals[1] > goals[0]


@lean
def placed_group(tables, board, room, group, state):
    """Return the least rise of the total with a whole tied group put in."""
    return place_group(tables, board, room.trial, room.choices, group, 2**60, 0.0, state)


def best_pair(problem, draft, pair):
    """Return what goals rise by at most with two tied tasks put into a plan, in any two places; None: nowhere."""
    big, weights = big_weight(problem), goal_weights(problem)
    before = goal(problem, draft, late_price(problem, timed(problem, draft)))[2] if draft else goal(problem, ())[2]
    places = [
        [
            (shift, way, place)
            for shift in range(len(problem.shifts))
            if may_serve(problem, task, shift)
            for way in options_of(problem.tasks[task], problem.shifts[shift].profile)
            for place in range(len(dict(draft).get(shift, ())) + 1)
        ]
        for task in pair
    ]
    best = None
    for two in itertools.product(*places):
        if two[0][0] == two[1][0]:
            continue
        plan = dict(draft)
        for task, (shift, way, place) in zip(pair, two, strict=True):
            now = plan.get(shift, ())
            plan[shift] = (*now[:place], (task, way), *now[place:])
        longer = tuple(sorted(plan.items()))
        routes = timed(problem, longer) if groups_fit(problem, longer) else None
        if routes is not None:
            more = goal(problem, longer, late_price(problem, routes))[2] - before
            best = more if best is None else max(best, more)
    return None if best is None else best + big * sum(weights[task] for task in pair)


@pytest.mark.parametrize("side", [1_500.0, 6_000.0])
def test_two_tied_tasks_go_to_the_best_two_places(side):
    """Every two places are tried in plain Python: the cheapest often do not agree in time."""
    pairs = 0
    for seed in range(40):
        problem = make_mixed(seed, tasks=9, crews=3, days=2, side_m=side)
        tied = {task for tie in problem.ties for task in (tie.first, tie.second)}
        if len(tied) != 2:
            continue
        problem = dataclasses.replace(
            problem, series=(), shifts=tuple(dataclasses.replace(shift, pause=None) for shift in problem.shifts)
        )
        free = tuple(dataclasses.replace(task, shifts=() if k in tied else task.shifts)
                     for k, task in enumerate(problem.tasks))  # fmt: skip
        plan = first_plan(pack(dataclasses.replace(problem, tasks=free)))
        packed = pack(problem)
        board = new_board(packed)
        put_draft(packed, board, plan.draft)
        room = make_room(packed, board)
        assert settle(packed.tables, board, room.trial)
        rise = placed_group(packed.tables, board, room, 0, new_state(1))
        best = best_pair(problem, plan.draft, sorted(tied))
        assert (rise == 2**60) == (best is None)
        if best is not None:
            assert -rise == best
            pairs += 1
    assert pairs >= 3


def test_room_for_a_tied_group_is_made_in_two_routes_of_one_day():
    problem = make_problem(3, tasks=40, crews=4, days=3)
    free = {"parties": (), "skills": (), "shifts": None, "zone": "", "windows": ()}
    tasks = tuple(dataclasses.replace(task, **free) if k < 2 else task for k, task in enumerate(problem.tasks))
    problem = dataclasses.replace(problem, tasks=tasks, ties=(Tie(0, 1, -900, 900),))
    packed = pack(problem)
    barred = tuple(dataclasses.replace(task, shifts=()) if k < 2 else task for k, task in enumerate(tasks))
    plan = first_plan(pack(dataclasses.replace(problem, tasks=barred)))
    near, state, days = make_guide(packed).near, new_state(1), set()
    for _ in range(30):
        board, touched = new_board(packed), new_touched(packed.tables)
        put_draft(packed, board, plan.draft)
        room = make_room(packed, board)
        ruined(packed.tables, board, room, near, touched, 0, state)
        one, other = touched.route[:2].tolist()
        assert touched.counts[0] >= 2
        assert one != other
        assert problem.shifts[one].day == problem.shifts[other].day
        assert packed.tables.able[0, one]
        assert packed.tables.able[1, other]
        days.add(problem.shifts[one].day)
    assert days == {0, 1, 2}


def test_a_mandatory_unit_counts_so_much_on_the_way():
    tables, big = pack(make_problem(1)).tables, pack(make_problem(1)).big
    assert judged(tables, 2 * big + 5, 100.0) == 205.0
    assert judged(tables, -big - 7, 100.0) == -107.0
    assert judged(tables, -3, 100.0) == -3.0
    assert judged(tables, NOWHERE, 100.0) == np.inf


def test_a_problem_without_shifts_has_tables_of_the_same_types():
    """Loops are compiled for the types they meet: at the end of a day a replan would compile all of them anew."""
    problem = make_problem(3, tasks=4, crews=2, days=1)
    nobody = pack(dataclasses.replace(problem, shifts=(), profiles=problem.profiles))
    some = pack(problem)
    for name, here, there in zip(some.tables._fields, some.tables, nobody.tables, strict=True):
        assert getattr(here, "dtype", None) == getattr(there, "dtype", None), name


def test_a_problem_in_which_everything_is_pinned_is_solved():
    """Then every task weighs more than a series does, as where all of a short plan was published."""
    task = line_task("t", 1, 1, days=1, pinned=True)
    series = Series((0,), -6, 0, 1, 4, 1)
    problem = Problem(1, (line_profile("car", seconds=60),), (task,), (LINE_SHIFT,), series=(series,))
    assert solve(problem, engine="ruin", iterations=20).dropped == ()

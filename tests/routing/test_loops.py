"""The compiled loops one by one, each against plain Python: what only the value of a plan would show otherwise."""

import itertools

import numpy as np
import pytest

from patrol.compiled import lean
from patrol.routing.board import COUNT, TOTAL, new_board, put_draft
from patrol.routing.chance import below, draw, new_state
from patrol.routing.directions import best_ways
from patrol.routing.guide import make_guide
from patrol.routing.offering import all_legs, near_legs
from patrol.routing.packed import AID_ROOM, HOME, NO, able_matrix, pack
from patrol.routing.placing import place_apart
from patrol.routing.reckoning import first_plan
from patrol.routing.ruining import new_touched, ruin
from patrol.routing.rules import at_home, goal, groups_fit, may_serve, options_of, route_value
from patrol.routing.schedule import schedule
from patrol.routing.solve import solve
from patrol.routing.streams import make_room
from patrol.routing.turning import turn
from patrol.routing.tying import settle
from patrol.routing.verify import violations
from routing_cases import line_profile, line_task, make_mixed, make_problem


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
            assert (able[task, shift] == AID_ROOM) == (wanted.aid == "room" and not at_home(wanted, crew))


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

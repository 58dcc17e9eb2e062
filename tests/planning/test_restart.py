"""A problem of what is left, tied to the plan before: routes that still hold, ways under way, and ways home."""

import dataclasses
from datetime import date

import numpy as np
import pytest

from patrol.plan import Plan
from patrol.planning.asked import Ask
from patrol.planning.frozen import Frozen
from patrol.planning.restart import Wanted, begun, going_on, homeward, kept_to, wanted_of
from patrol.routing.exact import proved
from patrol.routing.model import Series, Window
from patrol.routing.rules import served
from patrol.routing.solve import solve
from routing_cases import line_case, make_mixed

DAY = date(2024, 8, 16)


def problem(**more):
    """Return the line with places far enough apart to tell one from another."""
    made, _ = line_case()
    profiles = tuple(dataclasses.replace(one, lonlat=one.lonlat * 10_000) for one in made.profiles)
    return dataclasses.replace(made, profiles=profiles, **more)


def degrees(place):
    return tuple(problem().profiles[0].lonlat[place] / 1e7)


def wanted(shift, task, direction=1, place=0):
    return Wanted(shift, task, direction, *degrees(place))


@pytest.mark.parametrize(("direction", "option"), [(1, 0), (-1, 1)])
def test_a_section_is_begun_the_way_round_that_the_plan_before_had(direction, option):
    assert begun(problem(), (wanted("car-0", "t0", direction),)) == ((0, ((0, option),)),)


def test_what_is_no_task_or_was_put_first_is_not_begun_twice():
    some = (wanted("car-0", "gone"), wanted("other", "t1"), wanted("car-0", "t1"))
    assert begun(problem(), some[:2]) == ()
    assert begun(problem(), some, {1: ((1, 0),)}) == ((1, ((1, 0),)),)


def test_what_has_no_room_in_its_order_goes_where_there_is_room():
    made = problem()
    able = dataclasses.replace(made.shifts[1], closes=46_000, max_work_s=14_400, group="", group_max_s=0)
    made = dataclasses.replace(made, shifts=(made.shifts[0], able, made.shifts[2]))
    tasks = list(made.tasks)
    tasks[2] = dataclasses.replace(tasks[2], windows=(Window(1, 40_000, 40_000),))  # after it nobody is home in time
    late = dataclasses.replace(made, tasks=tuple(tasks))
    in_order = (wanted("car-1", "t2"), wanted("car-1", "t1"))
    assert [task for task, _ in dict(begun(made, in_order))[1]] == [2, 1]
    assert [task for task, _ in dict(begun(late, in_order))[1]] == [1, 2]


@pytest.mark.parametrize(("gap", "last", "kept"), [(1, -1, {0, 1}), (2, -2, {0}), (2, -1, set())])
def test_what_comes_round_too_soon_is_not_begun(gap, last, kept):
    bound = problem(series=(Series((0, 1), last, 0, gap, 9),))
    draft = begun(bound, (wanted("car-0", "t0"), wanted("car-1", "t1")))
    assert {task for _, sequence in draft for task, _ in sequence} == kept


def test_a_later_round_is_not_begun_without_the_one_before():
    bound = problem(series=(Series((0, 1), -9, 0, 1, 9),))
    assert begun(bound, (wanted("car-1", "t1"),)) == ()


def test_the_shift_of_the_plan_before_is_the_one_that_costs_nothing():
    tied = kept_to(problem(), (wanted("car-1", "t1"), wanted("nobody", "t3")), 700)
    assert [(task.kept, task.change_price) for task in tied.tasks] == [
        (1, 700) if task.task_id == "t1" else (-1, 0) for task in tied.tasks
    ]


def test_absent_crews_and_what_is_done_want_nothing():
    def shift(crew, day, *tasks):
        route = [{"kind": "start", "task_id": ""}]
        route += [{"kind": "visit", "task_id": task, "direction": 0, "lon": 1.0, "lat": 2.0} for task in tasks]
        return {"shift_id": f"{day}/{crew}", "crew_id": crew, "date": day, "route": route}

    today, next_day, before = "2024-08-16", "2024-08-17", "2024-08-15"
    plan = Plan({"shifts": [
        shift("A", before, "old"), shift("A", today, "a1", "a2"), shift("B", today, "b1"), shift("B", next_day, "b2"),
    ]})  # fmt: skip
    done = Frozen(tuple(plan.shifts[1]["route"][:2]), (), 0, 0.0, 0.0)
    some = wanted_of(plan, {f"{today}/A": done}, Ask(DAY, 0, absent=("B",)))
    assert [(one.shift_id, one.task_id) for one in some] == [(f"{today}/A", "a2"), (f"{next_day}/B", "b2")]


def test_who_is_on_the_way_has_what_is_left_of_the_leg():
    away = Frozen((), (), 28_800, *degrees(0), heading="t0", to=degrees(2), left_s=100, left_m=50)
    made, late = going_on(problem(), {"car-0": away})
    profile = made.profiles[0]
    assert late == ()
    assert profile.travel_s[0, :5].tolist() == [0, 600, 100, 700, 1300], "on along the leg, or as the roads have it"
    assert profile.distance_m[0, :5].tolist() == [0, 1000, 50, 1050, 2050]
    assert np.array_equal(profile.travel_s[1:], problem().profiles[0].travel_s[1:]), "for those who are there alone"
    lost = dataclasses.replace(away, to=(50.0, 50.0))
    assert np.array_equal(going_on(problem(), {"car-0": lost})[0].profiles[0].travel_s, problem().profiles[0].travel_s)


@pytest.mark.parametrize(("closes", "late"), [(28_800 + 1200, ()), (28_800 + 1199, ("car-0",))])
def test_who_cannot_be_back_in_time_has_time_for_the_way_home(closes, late):
    made = problem()
    first = dataclasses.replace(made.shifts[0], start=2, closes=closes)
    made = dataclasses.replace(made, shifts=(first, *made.shifts[1:]))
    bound, found = going_on(made, {"car-0": Frozen((), (), 28_800, *degrees(2))})
    assert found == late
    assert bound.shifts[0].closes == 28_800 + 1200
    assert bound.shifts[1:] == made.shifts[1:]


def test_who_is_away_with_nothing_to_do_goes_home():
    made, solution = line_case()
    first = dataclasses.replace(made.shifts[0], start=3)
    made = dataclasses.replace(made, shifts=(first, *made.shifts[1:]))
    idle = dataclasses.replace(solution, routes=solution.routes[1:])
    away = Frozen((), (), 28_800, 0.0, 0.0)
    (home, *rest) = homeward(made, idle, {"car-0": away, "car-1": away}).routes
    assert (home.shift, home.depart, home.stops, home.finish) == (0, first.opens, (), first.opens + 1800)
    assert tuple(rest) == idle.routes, "who is busy gets home anyway"
    assert homeward(made, idle, {"car-0": dataclasses.replace(away, home=True)}).routes == idle.routes


def moves(problem, draft):
    """Return how many tasks are no more with the shift that they were kept for."""
    at = {task: shift for shift, sequence in draft for task, _ in sequence}
    return sum(task.kept >= 0 and at.get(k) != task.kept for k, task in enumerate(problem.tasks))


def weight(problem, draft):
    return sum(problem.tasks[task].mandatory for _, sequence in draft for task, _ in sequence)


def test_of_plans_of_equal_weight_the_one_with_the_fewest_moves_is_taken():
    """An urgent task comes into a plan; where moves cost more than all else is worth, proof and search agree."""
    cases = equal = more = 0
    for seed in range(24):
        whole = dataclasses.replace(make_mixed(seed, tasks=6), series=(), ties=())
        tasks = [dataclasses.replace(task, pinned=False, kept=-1, change_price=0) for task in whole.tasks]
        calm = dataclasses.replace(whole, tasks=(dataclasses.replace(tasks[0], shifts=(), mandatory=0), *tasks[1:]))
        before = solve(calm, iterations=200)
        urgent = dataclasses.replace(whole, tasks=(dataclasses.replace(tasks[0], mandatory=100), *tasks[1:]))
        some = tuple(
            Wanted(shift.shift_id, urgent.tasks[task].task_id, urgent.tasks[task].options[option].direction,
                   *urgent.profiles[shift.profile].lonlat[urgent.tasks[task].options[option].entry] / 1e7)
            for route in before.routes
            for shift in (urgent.shifts[route.shift],)
            for task, option in served(route)
        )  # fmt: skip
        tied = kept_to(urgent, some, 10**8)
        proof = proved(tied, deterministic_time=5.0)
        found, free = (
            tuple((route.shift, served(route)) for route in solve(one, iterations=200, start=begun(one, some)).routes)
            for one in (tied, urgent)
        )
        if proof.status != "optimal" or not any(task == 0 for _, sequence in found for task, _ in sequence):
            continue
        cases += 1
        least = weight(tied, proof.draft), -moves(tied, proof.draft)
        assert (weight(tied, found), -moves(tied, found)) <= least
        equal += (weight(tied, found), -moves(tied, found)) == least
        more += weight(tied, free) == weight(tied, found) and moves(tied, free) > moves(tied, found)
    assert cases >= 12
    assert equal >= 0.9 * cases
    assert more >= 2, "without a price of moves more would be moved"

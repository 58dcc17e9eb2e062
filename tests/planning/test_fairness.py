"""An even load: hours beyond the even share cost something, and the plan says how much."""

import dataclasses

import pytest

from patrol.config import DefenceSettings
from patrol.planning.fairness import GivenUp, balances, even_part, given_up, load_of, read_given_up
from patrol.planning.hours import needed_s, offered_s
from patrol.routing.rules import balance_price, served
from patrol.routing.solve import solve
from routing_cases import make_problem

FAIR = DefenceSettings(fair_ecm_hour=3600.0)


@pytest.fixture(scope="module")
def problem():
    return make_problem(3, tasks=10, crews=3, days=2, hours=6.0)


def test_off_by_default(problem):
    assert balances(problem, DefenceSettings()) == ()


def test_each_crew_is_free_for_the_same_part_of_its_hours(problem):
    offered, share = offered_s(problem), min(1.0, sum(needed_s(problem)) / sum(offered_s(problem)))
    found = balances(problem, FAIR)
    assert sorted(k for one in found for k in one.shifts) == list(range(len(problem.shifts)))
    for one in found:
        assert len({problem.shifts[k].crew_id for k in one.shifts}) == 1
        assert one.free_s == round(share * sum(offered[k] for k in one.shifts))
        assert one.price_s == 1000  # 3,600 ECM an hour


def test_where_more_is_needed_than_there_is_nothing_is_paid(problem):
    short = dataclasses.replace(problem, shifts=tuple(
        dataclasses.replace(shift, max_work_s=600) for shift in problem.shifts))  # fmt: skip
    offered = offered_s(short)
    for one in balances(short, FAIR):
        assert one.free_s >= min(sum(offered[k] for k in one.shifts), sum(needed_s(short)))


def work_of(problem, found):
    work = {}
    for route in found.routes:
        service = sum(stop.leave - stop.start for stop in route.stops if stop.kind == "task")
        travel = route.home_travel_s + sum(stop.travel_s for stop in route.stops)
        crew = problem.shifts[route.shift].crew_id
        work[crew] = work.get(crew, 0) + service + travel
    return work


def test_the_load_of_a_plan_adds_up_to_its_work(problem):
    fair = dataclasses.replace(problem, balances=balances(problem, FAIR))
    found = solve(fair, engine="greedy")
    told = load_of(fair, work_of(fair, found), even_part(needed_s(fair), offered_s(fair)))
    worked = sum(
        stop.travel_s + (stop.leave - stop.start if stop.kind == "task" else 0)
        for route in found.routes for stop in route.stops
    ) + sum(route.home_travel_s for route in found.routes)  # fmt: skip
    assert sum(row["worked_h"] for row in told["crews"].values()) == pytest.approx(worked / 3600, abs=0.05)
    paid = sum(row["beyond_h"] for row in told["crews"].values()) * 3600
    assert told["fairness_cost_ecm"] == pytest.approx(paid, abs=60)


@pytest.mark.parametrize("weights", [(), (5,)])
def test_what_an_even_load_gives_up_is_what_the_same_search_reaches_without_it(problem, weights):
    """All the work lies with one crew unless its hours cost something."""
    tasks = tuple(
        dataclasses.replace(task, mandatory=weights[k] if k < len(weights) else 0)
        for k, task in enumerate(problem.tasks)
    )
    problem = dataclasses.replace(problem, tasks=tasks)
    tight = tuple(dataclasses.replace(one, free_s=0, price_s=10**6) for one in balances(problem, FAIR))
    fair = dataclasses.replace(problem, balances=tight)

    asked = []

    def search(one, start=()):
        asked.append((one, start, solve(one, engine="ruin", iterations=300, start=start)))
        return asked[-1][-1]

    found = search(fair)
    gave = given_up(fair, found, search)
    own = tuple((route.shift, served(route)) for route in found.routes)
    bare, start, free = asked[-1]
    assert (bare, start) == (problem, own)
    price = balance_price(fair, own)
    assert gave.weight == free.mandatory_served - found.mandatory_served == 0
    assert gave.ecm == pytest.approx((free.value - found.value - price) / 1000)
    assert gave.ecm > 0
    assert given_up(problem, free, search) is None
    told = load_of(fair, work_of(fair, found), 1.0, gave=gave)
    assert read_given_up(told["given_up"]) == GivenUp(0, round(gave.ecm, 3))
    for spoilt in (None, 3, {}, {"weight": "1", "ecm": 2}, {"weight": 1}):
        assert read_given_up(spoilt) is None


def test_who_works_less_than_his_share_is_not_paid_for_it(problem):
    fair = dataclasses.replace(problem, balances=balances(problem, FAIR))
    idle = load_of(fair, {}, 1.0)
    assert {row["beyond_h"] for row in idle["crews"].values()} == {0.0}
    assert idle["fairness_cost_ecm"] == 0.0

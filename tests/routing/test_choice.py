"""What CP-SAT may choose: the choice itself keeps hours, series and ties, before anything is reckoned on its answer."""

import dataclasses

import pytest

from patrol.routing.columns import make_columns
from patrol.routing.model import Balance, Problem, Series, Tie, Window
from patrol.routing.reckoning import Plan
from patrol.routing.recombine import recombine
from patrol.routing.rules import goal, groups_fit, late_price, route_value, route_work, series_fit, ties_whole
from patrol.routing.schedule import timed
from routing_cases import LINE_SHIFT, line_profile, line_task

NINE, TEN = 32_400, 36_000
SHIFT = dataclasses.replace(LINE_SHIFT, pause=None, group="", group_max_s=0, zones=(), max_distance_m=10**6)


def case(*starts, days=(), shared=None, prizes=(), **rules):
    """Return tasks that begin at given hours of given days, and two crews a day; a crew may share hours over days."""
    days = days or (0,) * len(starts)
    tasks = tuple(
        line_task(f"t{k}", 1, 1, days=3, prize=prizes[k] if prizes else 100_000, windows=(Window(day, *hours),))
        for k, (hours, day) in enumerate(zip(starts, days, strict=True))
    )
    hours = {"group": "a", "group_max_s": shared} if shared else {}
    shifts = tuple(
        dataclasses.replace(SHIFT, shift_id=f"{day}-{k}", day=day, **(hours if k == 0 else {}))
        for day in range(3) for k in (0, 1)
    )  # fmt: skip
    return Problem(3, (line_profile("car", seconds=600),), tasks, shifts, **rules)


def chosen(problem, pool, start=(), **how):
    """Return the plan chosen from routes, each answer of CP-SAT held to the rules as it comes."""

    def reckoned(draft):
        routes = timed(problem, draft)
        assert groups_fit(problem, draft)
        assert series_fit(problem, draft)
        assert ties_whole(problem, draft)
        assert routes is not None, "starts that cannot be agreed"
        return Plan(draft, {}, goal(problem, draft, late_price(problem, routes)))

    return recombine(problem, Plan(start, {}, goal(problem, start)), pool, reckoned, **how)


def single(*stops):
    """Return a route a (shift, task)."""
    return [(shift, ((task, 0),)) for shift, task in stops]


def fixed(hour):
    return (hour, hour)


def test_what_fits_is_chosen_whole():
    found = chosen(case(fixed(NINE), fixed(NINE)), single((0, 0), (1, 1)))
    assert found.plan.draft == tuple(single((0, 0), (1, 1)))
    assert found.pool_bound == found.plan.goal[2]


def test_hours_that_shifts_share_bind_the_choice():
    problem = case(fixed(NINE), fixed(NINE), days=(0, 1), prizes=(50_000, 60_000), shared=4_000)
    assert route_work(problem, 0, ((0, 0),)) == 3_000
    assert chosen(problem, single((0, 0), (2, 1))).plan.draft == tuple(single((2, 1)))


def test_hours_out_of_balance_are_priced_in_the_choice():
    """A task that earns less than the hours that it puts out of balance is left out, and the bound knows."""
    problem = case(fixed(NINE), fixed(NINE), prizes=(90_000, 20_000), balances=(Balance((0, 1), 3_000, 10),))
    found = chosen(problem, single((0, 0), (1, 1)))
    assert found.plan.draft == tuple(single((0, 0)))
    assert found.pool_bound == found.plan.goal[2]


@pytest.mark.parametrize(("min_gap", "days", "both"), [(1, (0, 1), True), (2, (0, 1), False), (2, (0, 2), True),
                                                      (1, (1, 0), False)])  # fmt: skip
def test_a_series_keeps_its_order_and_gap_in_the_choice(min_gap, days, both):
    series = (Series((0, 1), -3, 2, min_gap, 3),)
    problem = case(fixed(NINE), fixed(NINE), days=days, series=series)
    found = chosen(problem, single((2 * days[0], 0), (2 * days[1] + 1, 1)))
    assert len(found.plan.draft) == (2 if both else 1)


def test_a_later_occurrence_is_not_chosen_alone():
    problem = case(fixed(NINE), fixed(NINE), series=(Series((0, 1), -1, 2, 1, 3),))
    assert chosen(problem, single((0, 1))).plan.draft == ()


def test_half_of_a_tied_group_is_not_chosen():
    problem = case(fixed(NINE), fixed(NINE), fixed(NINE), ties=(Tie(0, 1, 0, 0),), prizes=(90_000, 90_000, 10_000))
    assert chosen(problem, single((0, 0), (0, 2))).plan.draft == tuple(single((0, 2)))


@pytest.mark.parametrize(("lag", "both"), [((0, 3_600), True), ((0, 3_599), False), ((3_601, 9_000), False)])
def test_lags_of_ties_bind_the_choice(lag, both):
    problem = case(fixed(NINE), fixed(TEN), ties=(Tie(0, 1, *lag),))
    assert bool(chosen(problem, single((0, 0), (1, 1))).plan.draft) == both


@pytest.mark.parametrize(("closes", "both"), [(TEN + 1_800, True), (TEN + 1_799, False)])
def test_a_tie_that_puts_off_one_task_puts_off_the_next_in_the_choice(closes, both):
    """The first crew meets another at ten, so it cannot be at its second meeting before half an hour later."""
    anytime = (NINE, TEN + 3_600)
    problem = case(
        anytime,
        anytime,
        fixed(TEN),
        fixed(closes),
        ties=(Tie(0, 2, 0, 0), Tie(1, 3, 0, 0)),
    )
    longer = dataclasses.replace(SHIFT, shift_id="third")
    problem = dataclasses.replace(problem, shifts=(*problem.shifts, longer))
    pool = [(0, ((0, 0), (1, 0))), (1, ((2, 0),)), (6, ((3, 0),))]
    assert (len(chosen(problem, pool).plan.draft) == 3) == both


def test_lateness_counts_in_a_column_and_the_largest_apart():
    windows = (Window(0, NINE, NINE, due=NINE - 700, late_price=3),)
    problem = case(fixed(NINE), fixed(NINE), max_late_price=5)
    tasks = tuple(dataclasses.replace(task, windows=windows) for task in problem.tasks)
    problem = dataclasses.replace(problem, tasks=tasks)
    first, _ = make_columns(problem, single((0, 0), (1, 1)))
    assert first.value == route_value(problem, 0, ((0, 0),)) - 2_100
    assert first.worst_late_s == 700
    found = chosen(problem, single((0, 0), (1, 1)))
    assert found.plan.goal[2] == 2 * first.value - 5 * 700 == found.pool_bound


def test_a_column_says_when_its_tied_tasks_may_begin():
    problem = case((0, 80_000), (0, 80_000), (0, 80_000), ties=(Tie(0, 2, 0, 0),))
    (column,) = make_columns(problem, [(0, ((1, 0), (0, 0)))])
    assert column.spans == ((0, SHIFT.opens + 600 + 1_800, SHIFT.closes - 600 - 1_800),)
    problem = dataclasses.replace(problem, ties=(Tie(0, 2, 0, 0), Tie(1, 2, 0, 9_000)))
    (column,) = make_columns(problem, [(0, ((1, 0), (0, 0)))])
    assert [task for task, _, _ in column.spans] == [1, 0]
    assert column.gaps == (1_800,)


def weekly():
    """Return three days and two occurrences of one task, due on days 0 and 2."""
    problem = case((NINE, NINE), (NINE, NINE), days=(0, 1))
    tasks = tuple(dataclasses.replace(task, windows=()) for task in problem.tasks)
    series = (Series((0, 1), last_day=-2, first_due=0, min_gap=2, max_gap=2, weight=1),)
    return dataclasses.replace(problem, tasks=tasks, series=series)


def test_visits_of_a_loose_series_are_numbered_by_their_days():
    """Each route was met with the first occurrence; told apart by days, both are served, whatever they were called."""
    problem = weekly()
    pool = single((0, 0), (4, 0))
    assert len(chosen(problem, pool).plan.draft) == 1, "as they were met only one can be driven"
    found = chosen(problem, pool, loose=frozenset({0}))
    assert found.plan.draft == tuple(single((0, 0), (4, 1)))
    assert found.plan.goal[1] == 2
    assert found.pool_bound is None, "the prizes of other occurrences are not those of the routes"


def test_a_visit_too_soon_is_passed_by():
    """A route of the second day brings another task; the visit on it would come too soon after the first."""
    problem = weekly()
    extra = dataclasses.replace(problem.tasks[0], task_id="more", mandatory=5)
    problem = dataclasses.replace(problem, tasks=(*problem.tasks, extra))
    more = len(problem.tasks) - 1
    pool = [*single((0, 0), (4, 0)), (2, ((0, 0), (more, 0)))]
    found = chosen(problem, pool, loose=frozenset({0}))
    assert found.plan.draft == ((0, ((0, 0),)), (2, ((more, 0),)), (4, ((1, 0),)))


def test_an_occurrence_of_a_loose_series_needs_a_route_that_visits_it():
    """Each crew can either visit or do something else of less weight: who does that has not visited as well."""
    problem = weekly()
    extra = dataclasses.replace(problem.tasks[0], task_id="more", mandatory=1)
    series = (dataclasses.replace(problem.series[0], weight=3),)
    problem = dataclasses.replace(problem, tasks=(*problem.tasks, extra), series=series)
    pool = [*single((0, 0), (4, 0)), *single((0, 2), (4, 2))]
    found = chosen(problem, pool, loose=frozenset({0}))
    assert found.plan.draft == tuple(single((0, 0), (4, 1)))


def test_there_is_no_bound_where_visits_have_no_number_yet():
    problem, best = weekly(), tuple(single((0, 0), (4, 1)))
    assert chosen(problem, single((0, 0)), best).pool_bound is not None
    assert chosen(problem, single((0, 0)), best, loose=frozenset({0})).pool_bound is None

"""An emergency is served before anything else that is not one, and no hand-made mark is lost for it."""

import dataclasses
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patrol.api import plan_all
from patrol.layers.keep import Keep
from patrol.planning.tasks import MANDATORY_EMERGENCY
from patrol.planning.urgent import emergencies_first
from patrol.routing.model import Window
from patrol.routing.solve import solve
from routing_cases import places_on_a_line as problem
from tiny import at, table

FIRST = date(2024, 8, 16)


def order(solution, given):
    return {given.shifts[route.shift].shift_id: [stop.task for stop in route.stops] for route in solution.routes}


@pytest.mark.parametrize("engine", ["greedy", "ortools"])
def test_an_emergency_behind_other_work_is_served_before_it(engine):
    given_ = problem([2, 4, 6, 8], {3})
    before = solve(given_, engine=engine, iterations=20)
    assert order(before, given_)["0/C0"][0] != 3, "this is what the windows are for"
    tight = emergencies_first(given_)
    assert tight.tasks[3].windows == (Window(0, 0, 8 * 60),)
    after = solve(tight, engine=engine, iterations=20)
    assert order(after, tight)["0/C0"][0] == 3
    assert len(after.dropped) == 0


def test_the_crew_that_can_be_there_first_is_what_counts():
    tight = emergencies_first(problem([10], {0}, crews=(0, 7)))
    assert tight.tasks[0].windows == (Window(0, 0, 3 * 60),)


def test_several_emergencies_are_shared_out():
    tight = emergencies_first(problem([1, 3, 30], {0, 1, 2}, crews=(0, 29)))
    assert [task.windows[0].closes for task in tight.tasks] == [60, 60 + 600 + 120, 60]
    assert solve(tight, engine="greedy").mandatory_served == 3 * MANDATORY_EMERGENCY


def test_windows_of_later_days_go_and_earlier_ones_stay():
    open_on = {0: tuple(Window(day, 3600, 7200) for day in range(3))}
    tight = emergencies_first(problem([5], {0}, windows=open_on, days=3))
    assert tight.tasks[0].windows == (Window(0, 3600, 3600),)


def test_what_nobody_reaches_is_left_as_it_is():
    given_ = problem([1], {0}, closes=60)
    assert emergencies_first(given_) == given_


def test_other_tasks_are_left_as_they_are():
    given_ = problem([1, 2, 3], {1})
    tight = emergencies_first(given_)
    assert [tight.tasks[k] for k in (0, 2)] == [given_.tasks[k] for k in (0, 2)]


def test_a_pinned_task_that_must_come_before_is_not_lost():
    early = {0: (Window(0, 0, 5 * 60),)}
    given_ = problem([5, 60], {1}, windows=early, pinned={0: 0})
    tight = emergencies_first(given_)
    assert tight.tasks[1].windows == ()
    answer = solve(tight, engine="greedy")
    assert answer.dropped == ()
    # with a second crew the emergency goes to that one
    given_ = problem([5, 60], {1}, crews=(0, 70), windows=early, pinned={0: 0})
    assert emergencies_first(given_).tasks[1].windows == (Window(0, 0, 10 * 60),)


def test_a_pinned_emergency_comes_first_where_it_is_pinned():
    tight = emergencies_first(problem([2, 9], {1}, crews=(0, 8), pinned={1: 0}))
    assert tight.tasks[1].windows == (Window(0, 0, 9 * 60),)


@given(
    places=st.lists(st.integers(0, 40), min_size=1, max_size=9),
    urgent=st.sets(st.integers(0, 8), max_size=5),
    crews=st.lists(st.integers(0, 40), min_size=1, max_size=3),
    days=st.integers(1, 2),
)
def test_no_emergency_is_lost_to_its_window(places, urgent, crews, days):
    given_ = problem(places, urgent, tuple(crews), closes=3 * 3600, days=days)
    tight = emergencies_first(given_)
    alone = dataclasses.replace(tight, tasks=tuple(task for task in tight.tasks if task.mandatory))
    number = {task.task_id: k for k, task in enumerate(alone.tasks)}
    assert set(number) == {f"T{k}" for k in urgent if k < len(places)}
    assert all(task.windows for task in alone.tasks)
    assert len(solve(alone, engine="greedy").dropped) == 0


def with_emergency_far_off(tiny):
    """Put an emergency at the far end of the trunk, with promised work beside the depot."""
    rows = [
        {"hazard_id": "HZ9", "type": "D01", "reported": "2024-08-16", "party": "villager", "state": "reported",
         "feeder_id": "F1", "pole_no": "", "description": "", "lon": at(2900, 5)[0], "lat": at(2900, 5)[1]},
        *({"hazard_id": f"HZ{k}", "type": "A01", "reported": "2024-08-01", "party": "villager", "state": "reported",
           "feeder_id": "F1", "pole_no": "", "description": "", "lon": at(150 * k, 5)[0], "lat": at(150 * k, 5)[1]}
          for k in range(1, 6)),
    ]  # fmt: skip
    table(tiny / "hazards.csv", rows)
    return tiny


def first_stops(planned, task):
    shift = next(s for s in planned.plan.shifts if any(stop["task_id"] == task for stop in s["route"]))
    return shift, [stop["task_id"] for stop in shift["route"] if stop["task_id"]]


def test_in_a_plan_it_heads_its_route(tiny):
    planned = plan_all(with_emergency_far_off(tiny), start=FIRST, days=2)
    shift, stops = first_stops(planned, "H:HZ9")
    assert shift["date"] == "2024-08-16"
    assert stops[0] == "H:HZ9"


def test_a_pin_to_a_slower_crew_holds(tiny):
    keep = Keep("H:HZ9", "pin", "E1", date(2024, 8, 17), 2)
    planned = plan_all(with_emergency_far_off(tiny), start=FIRST, days=2, keeps=(keep,))
    assert planned.keep_conflicts == ()
    shift, stops = first_stops(planned, "H:HZ9")
    assert (shift["shift_id"], stops[0]) == ("2024-08-17/E1", "H:HZ9")

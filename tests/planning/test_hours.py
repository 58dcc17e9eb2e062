"""Hours needed: never more than any plan takes that leaves nothing out, and never hours that nobody has."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patrol.api import plan_patrols
from patrol.planning.hours import available_s, needed_s, offered_s
from patrol.reports.summary import summary
from patrol.routing.greedy import greedy
from patrol.routing.model import Option, Problem, Profile, Shift, Task, Window
from patrol.routing.rules import route_work
from routing_cases import LINE_SHIFT, line_case, line_profile, line_task, make_problem
from tiny import at, table


@given(seed=st.integers(0, 10_000), hours=st.floats(0.5, 6), tasks=st.integers(0, 12))
def test_no_plan_that_leaves_nothing_out_takes_less(seed, hours, tasks):
    problem = make_problem(seed, tasks=tasks, hours=hours)
    draft = greedy(problem)
    done = sorted(task for _, sequence in draft for task, _ in sequence)
    worked = sum(route_work(problem, shift, sequence) for shift, sequence in draft)
    whole = dataclasses.replace(problem, tasks=tuple(problem.tasks[task] for task in done))
    assert sum(needed_s(whole)) <= worked + len(done)  # each task is rounded to a second


def crew(name, profile, **rules):
    shift = dataclasses.replace(
        LINE_SHIFT, shift_id=name, crew_id=name, profile=profile, pause=None, group="", skills=()
    )
    return dataclasses.replace(shift, zones=(), opens=28_800, closes=36_000, max_work_s=7_200, **rules)


def two_ways(name, fast_s, slow_s, **rules):
    options = tuple(Option(profile, 1, 1, s, 0, 0, 0, (1000,)) for profile, s in ((0, fast_s), (1, slow_s)))
    return Task(name, options, **rules)


STILL = tuple(Profile(name, False, *(line_profile(name, seconds=0).travel_s,) * 2, None) for name in ("drone", "car"))


def case(tasks, shifts):
    return Problem(1, STILL, tuple(tasks), tuple(shifts))


def test_one_fast_crew_does_not_make_every_task_cheap():
    tasks = [two_ways(f"t{k}", 600, 1_800) for k in range(14)]
    shifts = [crew("drone", 0), *(crew(f"car{k}", 1) for k in range(2))]
    assert sum(needed_s(case(tasks[:12], shifts))) == 7_200  # twelve of ten minutes fill the drone's two hours
    assert sum(needed_s(case(tasks, shifts))) == 7_200 + 2 * 1_800
    more = [two_ways(f"t{k}", 600, 1_800) for k in range(30)]
    beyond = 30 - 12 - 8
    assert sum(needed_s(case(more, shifts))) == 3 * 7_200 + beyond * 600, "what nobody has hours for, the cheapest way"


@pytest.mark.parametrize(
    "rules",
    [
        {"parties": ("fire",)}, {"skills": ("climb",)}, {"zone": "south"}, {"shifts": (1,)},
        {"windows": (Window(3, 0, 86_400),)},
    ],
)  # fmt: skip
def test_only_crews_that_may_serve_a_task_count(rules):
    drone = dataclasses.replace(crew("drone", 0), zones=("north",))
    car = dataclasses.replace(crew("car", 1), party="fire", skills=("climb",), zones=("south",), day=3)
    problem = dataclasses.replace(case([two_ways("t", 600, 1_800, **rules)], [drone, car]), days=4)
    tasks = tuple(
        dataclasses.replace(t, options=tuple(dataclasses.replace(o, prizes=(1000,) * 4) for o in t.options))
        for t in problem.tasks
    )
    assert needed_s(dataclasses.replace(problem, tasks=tasks)) == [1_800]
    free = dataclasses.replace(tasks[0], parties=(), skills=(), zone="", shifts=None, windows=())
    assert needed_s(dataclasses.replace(problem, tasks=(free,))) == [600]


def test_a_crew_too_far_away_to_come_back_does_not_count():
    problem, _ = line_case()
    far = line_task("far", 9, 9)  # nine kilometres of ten minutes, both ways: the car has 200 minutes
    alone = dataclasses.replace(problem, tasks=(far,))
    assert needed_s(alone) == [0]
    assert needed_s(dataclasses.replace(alone, tasks=(line_task("near", 2, 2),))) == [1_800 + 2 * 600]


def test_tasks_at_one_place_cost_no_way_between_them():
    problem, _ = line_case()
    twins = (line_task("a", 2, 2), line_task("b", 2, 2))
    assert sum(needed_s(dataclasses.replace(problem, tasks=twins))) == 3_600


def test_shifts_of_a_group_offer_its_hours_once():
    shared = Shift(**{field.name: getattr(LINE_SHIFT, field.name) for field in dataclasses.fields(Shift)})
    problem, _ = line_case()
    shifts = tuple(dataclasses.replace(shared, shift_id=f"s{k}", day=0, group_max_s=15_000) for k in range(3))
    assert available_s(shared) == 12_000
    assert offered_s(dataclasses.replace(problem, shifts=shifts)) == [12_000, 3_000, 0]


def test_hours_that_suffice_on_paper_are_told_from_hours_that_suffice(tiny):
    plans = {}
    for closes in ("11:00", "21:00"):
        rows = [{**P1, "opens": f"{int(closes[:2]) - 1}:00", "closes": closes}]  # nobody works in the evening
        table(tiny / "service_points.csv", rows)
        plans[closes] = plan_patrols(tiny, start="2024-08-16", days=3, engine="greedy", iterations=1)
    for plan in plans.values():
        assert plan.figures["hours_needed"] <= plan.figures["hours_available"]
    assert [plan.due_left_out for plan in plans.values()] == [0, 1]
    assert [plan.hours_suffice for plan in plans.values()] == ["enough", "on_paper"]
    said = summary(plans["21:00"], "en")
    assert "On paper the hours suffice, but routes, dates or skills do not. Due tasks left out: 1;" in said
    assert "enough hours" not in said
    assert "按纸面计算工时够用" in summary(plans["21:00"], "zh")


LON, LAT = at(1600, 600)
P1 = {
    "point_id": "P1",
    "kind": "station",
    "interval_days": 7,
    "minutes": 20,
    "name_zh": "服务站",
    "lon": LON,
    "lat": LAT,
}

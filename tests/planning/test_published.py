"""Days that were published: the stops stay, emergencies come first all the same, and what cannot stay is named."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patrol.api import plan_all
from patrol.layers.keep import PUBLISHED, Keep
from patrol.planning.horizon import honour
from patrol.planning.keep import HONOURED, apply_keeps, lost
from patrol.planning.published import published_pins
from patrol.planning.rolling import Earlier, Published, published_stops
from patrol.planning.urgent import emergencies_first
from patrol.reports.summary import summary
from patrol.routing.solve import solve
from routing_cases import places_on_a_line
from tiny import at, table

FIRST = date(2024, 8, 16)


def served(plan):
    return {
        stop["task_id"]: (shift["crew_id"], shift["date"])
        for shift in plan.shifts for stop in shift["route"] if stop["task_id"]
    }  # fmt: skip


def published(plan, tmp_path, *, first):
    return published_stops([Earlier(tmp_path, FIRST, plan)], first=first, days=5)


def marks(planned):
    return {row["task_id"]: row["result"] for row in planned.plan.document["settings"]["kept"]}


@pytest.fixture
def odd(tiny):
    """The tiny project, its plan moved to days and crews that a search would not choose, as stops of that plan."""
    before = plan_all(tiny, start=FIRST, days=5).plan
    turn = {"E1": "E2", "E2": "E1"}
    for shift in before.shifts:
        shift["crew_id"] = turn.get(shift["crew_id"], shift["crew_id"])
        shift["date"] = (date.fromisoformat(shift["date"]) + timedelta(days=3)).isoformat()
    return tiny, before


def test_what_is_published_stays_however_short_the_search(odd, tmp_path):
    tiny, before = odd
    first = FIRST + timedelta(days=1)
    stops = published(before, tmp_path, first=first)
    free, bound = (
        plan_all(tiny, start=first, days=5, iterations=1, published=some) for some in ((), stops)
    )  # fmt: skip
    places = {one.keep.task_id: (one.keep.crew_id, one.keep.date.isoformat()) for one in stops}
    kept = {task for task, result in marks(bound).items() if result == HONOURED}
    assert len(kept) >= 3
    assert {task: served(bound.plan)[task] for task in kept} == {task: places[task] for task in kept}
    assert {task: served(free.plan).get(task) for task in kept} != {task: places[task] for task in kept}
    again = plan_all(tiny, start=first, days=5, iterations=1, published=stops)
    assert again.plan.document == bound.plan.document


def test_an_emergency_comes_first_and_what_gives_way_is_named(tiny, tmp_path):
    before = plan_all(tiny, start=FIRST, days=1).plan
    before.document["days"] = 2  # as if it had begun the day before
    rows = [
        {"hazard_id": "HZ9", "type": "D01", "reported": "2024-08-16", "party": "villager", "state": "reported",
         "feeder_id": "F1", "pole_no": "", "description": "", "lon": at(2900, 5)[0], "lat": at(2900, 5)[1]},
    ]  # fmt: skip
    table(tiny / "hazards.csv", rows)
    stops = published_stops([Earlier(tmp_path, FIRST - timedelta(days=1), before)], first=FIRST, days=1)
    assert stops
    crews = (tiny / "crews.csv").read_text("utf-8-sig").replace("08:00,12:00", "08:00,08:50")
    (tiny / "crews.csv").write_text(crews, "utf-8-sig")
    free = plan_all(tiny, start=FIRST, days=1)
    bound = plan_all(tiny, start=FIRST, days=1, published=stops)

    def begins(planned):
        return next(
            stop["start_service"] for shift in planned.plan.shifts for stop in shift["route"]
            if stop["task_id"] == "H:HZ9"
        )  # fmt: skip

    assert begins(bound) <= begins(free)
    results = marks(bound)
    assert "urgent" in results.values()
    told = summary(bound.plan, "en", bound.layers.project.settings)
    assert "an emergency needs the crew" in told
    assert "Marks by hand" not in told
    assert {item.level for item in bound.keep_conflicts} == {"suspicion"}


def pin(task, crew, row=1, sheet=PUBLISHED):
    return Keep(task, "pin", crew, FIRST, row, sheet)


def test_marks_by_hand_go_before_what_was_published():
    """Time for one of two places: the mark made by hand has it, whatever its number."""
    for mine, other in (("T0", "T1"), ("T1", "T0")):
        problem = places_on_a_line([20, 20], set(), closes=50 * 60)
        own, told = apply_keeps(problem, [pin(mine, "C0", sheet="schedule")], FIRST)
        draft, pins, gone = published_pins(own, told, [Published(pin(other, "C0"), "")], FIRST)
        assert pins == ()
        assert [(mark.keep.task_id, mark.result) for mark in gone] == [(other, "crowded")]
        assert [problem.tasks[task].task_id for _, stops in draft for task, _ in stops] == [mine]


def test_an_emergency_takes_the_time_of_what_was_published():
    problem = places_on_a_line([20, 20], {1}, closes=50 * 60)
    _, pins, gone = published_pins(problem, (), [Published(pin("T0", "C0"), "")], FIRST)
    assert pins == ()
    assert [mark.result for mark in gone] == ["urgent"]
    _, _, gone = published_pins(problem, (), [Published(pin("T0", "C7"), "")], FIRST)
    assert [mark.result for mark in gone] == ["no_shift"]


@given(
    places=st.lists(st.integers(0, 40), min_size=1, max_size=9),
    urgent=st.sets(st.integers(0, 8), max_size=3),
    crews=st.lists(st.integers(0, 40), min_size=1, max_size=3),
    whose=st.lists(st.integers(0, 2), min_size=9),
)
@settings(max_examples=30)
def test_every_pin_that_is_set_holds_and_no_emergency_waits_for_one(places, urgent, crews, whose):
    problem = places_on_a_line(places, urgent, tuple(crews), closes=2 * 3600)
    stay = [Published(pin(f"T{k}", f"C{whose[k] % len(crews)}"), "") for k in range(len(places)) if k not in urgent]
    draft, pins, gone = published_pins(problem, (), stay, FIRST)
    assert {one.keep for one in stay} == {*pins} | {mark.keep for mark in gone}
    bound, told = apply_keeps(problem, pins, FIRST)
    assert all(mark.result == HONOURED for mark in told)
    tight = emergencies_first(bound)
    answer = solve(tight, engine="greedy", start=draft)
    assert lost(tight, answer, told, FIRST) == ()
    free = emergencies_first(problem)
    for k in urgent & set(range(len(places))):
        assert tight.tasks[k].windows == free.tasks[k].windows


def test_the_search_begins_with_what_was_published():
    problem, starts = places_on_a_line([20, 21, 3], set(), closes=4000), []

    def search(bound, start):
        starts.append(start)
        return solve(bound, engine="greedy", start=start)

    stay = (Published(pin("T0", "C0"), ""), Published(pin("T1", "C0"), ""))
    _, solution, told = honour(problem, (), FIRST, search, published=stay)
    assert [[task for task, _ in stops] for _, stops in starts[0]] == [[0, 1]]
    assert [mark.result for mark in told] == [HONOURED, HONOURED]
    assert [stop.task for route in solution.routes for stop in route.stops if stop.kind == "task"][:2] == [0, 1]

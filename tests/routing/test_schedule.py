"""Clock times of a sequence, against a simulation second by second that knows nothing of labels."""

import dataclasses

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from patrol.routing.insertion import RouteState, candidates_of
from patrol.routing.model import Break, Option, Problem, Profile, Shift, Task, Window
from patrol.routing.schedule import schedule
from patrol.routing.verify import violations
from routing_cases import line_case, make_problem


def tiny_problem(legs, services, windows, hours, pause):
    """Return a shift that goes from place to place with the given whole seconds, each task with its own windows."""
    size = len(legs) + 1
    travel = np.full((size, size), 1000, dtype=np.int64)
    for place in range(size):
        for other in range(place, size):
            travel[place, other] = sum(legs[place:other])  # a stop left out is driven past
    profile = Profile("car", False, travel, travel * 10, np.zeros((size, 2), np.int64))
    tasks = tuple(
        Task(f"t{k}", (Option(0, k + 1, k + 1, service, 0, 0, 0, (1,)),), tuple(Window(0, *w) for w in opened))
        for k, (service, opened) in enumerate(zip(services, windows, strict=True))
    )
    shift = Shift("s", "c", "fire", 0, 0, 0, size - 1, *hours, 10**6, 10**6, 10**6, pause=pause)
    return Problem(1, (profile,), tasks, (shift,))


def earliest_home(legs, services, windows, hours, pause):
    """Return the earliest second at which the shift can be home, by trying every second; None if it cannot."""
    opens, closes = hours
    moments = {opens: {(0, legs[0], pause is None)}}  # moment -> states: leg, seconds of it left, rest had
    for now in range(opens, closes + 1):
        states = set(moments.get(now, ()))
        queue = sorted(states)
        while queue:
            leg, left, rested = queue.pop()
            after = []
            if left == 0 and leg == len(services):
                if rested or now <= pause.latest:
                    return now
            elif left == 0:
                opened = windows[leg]
                if not opened or any(first <= now <= last for first, last in opened):
                    after.append((now + services[leg], (leg + 1, legs[leg + 1], rested)))
            else:
                after.append((now + 1, (leg, left - 1, rested)))
            after.append((now + 1, (leg, left, rested)))
            if not rested and pause.earliest <= now <= pause.latest:
                after.append((now + pause.duration_s, (leg, left, True)))
            for moment, state in after:
                known = moments.setdefault(moment, set())
                if state not in known:
                    known.add(state)
                    if moment == now:
                        queue.append(state)
    return None


@st.composite
def shifts(draw):
    count = draw(st.integers(1, 3))
    legs = draw(st.lists(st.integers(0, 6), min_size=count + 1, max_size=count + 1))
    services = draw(st.lists(st.integers(0, 5), min_size=count, max_size=count))
    windows = []
    for _ in range(count):
        first, last, gap, more = (draw(st.integers(0, high)) for high in (15, 6, 5, 5))
        windows.append(((first, first + last), (first + last + 1 + gap, first + last + 1 + gap + more)))
    windows = [opened[: draw(st.integers(0, 2))] for opened in windows]
    opens = draw(st.integers(0, 6))
    closes = opens + draw(st.integers(1, 30))
    pause = None
    if draw(st.booleans()):
        length = draw(st.integers(0, min(6, closes - opens)))
        first = draw(st.integers(opens, closes - length))
        pause = Break(first, min(first + draw(st.integers(0, 4)), closes - length), length)
    return legs, services, windows, (opens, closes), pause


@settings(max_examples=400)
@given(shifts())
def test_a_sequence_is_home_as_early_as_any_simulation_gets_there(case):
    problem = tiny_problem(*case)
    route = schedule(problem, 0, tuple((k, 0) for k in range(len(problem.tasks))))
    home = earliest_home(*case)
    assert (route is None) == (home is None)
    if route:
        assert route.finish == home


@settings(max_examples=400)
@example(
    ([1, 0, 0, 10], [4, 0, 8], [[], [], [(0, 11)]], (0, 60), Break(10, 12, 5))
)  # no time to rest before the window shuts
@given(shifts())
def test_insertion_agrees_with_the_schedule_to_the_second(case):
    problem = tiny_problem(*case)
    whole = tuple((k, 0) for k in range(len(problem.tasks)))
    rows = candidates_of(problem, 0)
    for place in range(len(whole)):
        rest = whole[:place] + whole[place + 1 :]
        if rest and schedule(problem, 0, rest) is None:
            continue
        scores, _ = RouteState(problem, 0, rest).best_insertions(rows, 10**9, pays=False)
        row = rows.task.tolist().index(place) if place in rows.task.tolist() else None
        fits = schedule(problem, 0, whole) is not None
        assert (row is not None and bool(np.isfinite(scores[row]))) == fits


@settings(max_examples=400)
@given(shifts())
def test_a_scheduled_route_breaks_no_rule_and_departs_late(case):
    problem = tiny_problem(*case)
    route = schedule(problem, 0, tuple((k, 0) for k in range(len(problem.tasks))))
    if route is None:
        return
    codes = {item.code for item in violations(problem, as_alone(problem, route))}
    assert codes <= {"value.sum"}
    assert route.stops[0].arrive == route.stops[0].start, "no waiting at the first stop: leave later instead"


def as_alone(problem, route):
    from patrol.routing.model import Solution

    return Solution("test", 1, 0, "exhausted", (route,), (), 0, 0)


def test_the_rest_is_taken_before_a_leg_after_it_or_on_the_way():
    problem, _ = line_case()
    shift = problem.shifts[0]
    seen = {}
    for name, pause in {
        "before": Break(31_500, 31_900, 900),
        "after": Break(32_300, 33_000, 900),
        "on the way": Break(32_100, 32_100, 900),
    }.items():
        changed = Problem(2, problem.profiles, problem.tasks, (with_pause(shift, pause), *problem.shifts[1:]))
        route = schedule(changed, 0, ((0, 0), (1, 0)))
        rest = next(stop for stop in route.stops if stop.kind == "break")
        seen[name] = (rest.travel_s, rest.start, route.finish)
    assert seen == {"before": (0, 31_800, 38_100), "after": (600, 32_400, 38_100), "on the way": (300, 32_100, 38_100)}


def test_a_route_is_not_loaded_with_more_than_its_shift_takes():
    problem, _ = line_case()
    tasks = tuple(dataclasses.replace(task, load=3) for task in problem.tasks)
    for most, fits in ((6, True), (5, False)):
        shift = dataclasses.replace(problem.shifts[0], max_load=most)
        changed = Problem(2, problem.profiles, tasks, (shift, *problem.shifts[1:]))
        assert bool(schedule(changed, 0, ((0, 0), (1, 0)))) == fits


def with_pause(shift, pause):
    return dataclasses.replace(shift, pause=pause)


@pytest.mark.parametrize("seed", range(25))
def test_insertion_knows_exactly_what_the_schedule_allows(seed):
    """Every place the screen calls possible can be scheduled, and where it finds none there is none."""
    problem = make_problem(seed, tasks=10, crews=3)
    rng = np.random.default_rng(seed)
    for shift in range(len(problem.shifts)):
        route = RouteState(problem, shift)
        rows = candidates_of(problem, shift)
        for _ in range(4):
            possible = []
            for row in range(len(rows.task)):
                stop = (int(rows.task[row]), int(rows.option[row]))
                places = [
                    place
                    for place in range(len(route.sequence) + 1)
                    if stop[0] not in {task for task, _ in route.sequence}
                    and schedule(problem, shift, (*route.sequence[:place], stop, *route.sequence[place:]))
                ]
                possible.append((row, stop, places))
            scores, best = route.best_insertions(rows, 10**9, pays=False)
            for row, stop, places in possible:
                if stop[0] in {task for task, _ in route.sequence}:
                    continue
                assert np.isfinite(scores[row]) == bool(places)
                assert not places or int(best[row]) in places
            open_rows = [(stop, places) for _, stop, places in possible if places]
            if not open_rows:
                break
            stop, places = open_rows[int(rng.integers(len(open_rows)))]
            route.insert(places[int(rng.integers(len(places)))], stop)

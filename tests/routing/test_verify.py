"""The verifier, tested by breaking sound solutions: each fault is caught under its own rule's code."""

import ast
import dataclasses
import inspect

import pytest

from patrol.routing import verify
from patrol.routing.greedy import greedy
from patrol.routing.model import Balance, Break, Dropped, Series, Tie, big_weight
from patrol.routing.verify import violations
from patrol.units import UNREACHABLE
from routing_cases import as_solution, line_case, line_task, make_problem

replace = dataclasses.replace


def change_route(solution, number, **values):
    routes = list(solution.routes)
    routes[number] = replace(routes[number], **values)
    return replace(solution, routes=tuple(routes))


def change_stop(solution, route, number, **values):
    stops = list(solution.routes[route].stops)
    stops[number] = replace(stops[number], **values)
    return change_route(solution, route, stops=tuple(stops))


def shifted(solution, route, first, seconds):
    """Move every stop from ``first`` on, and the finish, by some seconds."""
    old = solution.routes[route]
    stops = tuple(
        replace(stop, arrive=stop.arrive + seconds, start=stop.start + seconds, leave=stop.leave + seconds)
        if number >= first
        else stop
        for number, stop in enumerate(old.stops)
    )
    return change_route(solution, route, stops=stops, finish=old.finish + seconds)


def change_task(problem, number, **values):
    tasks = list(problem.tasks)
    tasks[number] = replace(tasks[number], **values)
    return replace(problem, tasks=tuple(tasks))


def change_shift(problem, number, **values):
    shifts = list(problem.shifts)
    shifts[number] = replace(shifts[number], **values)
    return replace(problem, shifts=tuple(shifts))


def without_stop(solution, route, number):
    stops = solution.routes[route].stops
    return change_route(solution, route, stops=stops[:number] + stops[number + 1 :])


def repeated_stop(solution, route, number):
    stops = solution.routes[route].stops
    return change_route(solution, route, stops=stops[: number + 1] + stops[number:])


def leg_closed(problem):
    profile = problem.profiles[0]
    travel = profile.travel_s.copy()
    travel[3, 4] = UNREACHABLE
    return replace(problem, profiles=(replace(profile, travel_s=travel), *problem.profiles[1:]))


def no_break_taken(problem, solution):
    """Drive straight through the time of the break, everything else kept."""
    stops = solution.routes[0].stops
    whole = replace(stops[2], arrive=32_400, start=33_300, travel_s=600, distance_m=1000)
    return problem, change_route(solution, 0, stops=(stops[0], whole))


def rest_in_service(problem, solution):
    problem = change_shift(problem, 0, pause=Break(31_000, 31_000, 900))
    return problem, change_stop(solution, 0, 1, arrive=31_000, start=31_000, leave=31_900)


def with_load(problem, load):
    """Load t0 and t1, which one shift serves and may be loaded with 5."""
    problem = change_task(change_task(problem, 0, load=2), 1, load=load)
    return change_shift(problem, 0, max_load=5)


def repeated(problem, tasks, *, min_gap=1):
    """Make tasks one series that nothing hangs on but its order and its gaps."""
    return replace(problem, series=(Series(tasks, -2, 8, min_gap, 9, weight=0),))


def tied(problem, *ties):
    return replace(problem, ties=tuple(Tie(*tie) for tie in ties))


def aided(problem, aid, zones=("south",), aid_from=None, **values):
    """Let t3 lie in the south, which ``foot-0`` of the north serves; ``foot-1`` has nothing to do."""
    problem = change_task(problem, 3, zone="south", aid=aid, aid_from=aid_from)
    spare = replace(problem.shifts[2], shift_id="foot-1", zones=zones, **values)
    return replace(problem, shifts=(*problem.shifts, spare))


def due(problem, at, price):
    """Price the lateness of t2, which starts at 36 000."""
    first, second = problem.tasks[2].windows
    return change_task(problem, 2, windows=(first, replace(second, due=at, late_price=price)))


ANY = (-86_399, 86_399)  # lags that ask for nothing

# name: (code that must be found, whether it must be the only one, what is done to (problem, solution))
TAMPERED = {
    "route of no shift": ("route.unknown_shift", False, lambda p, s: (p, change_route(s, 2, shift=9))),
    "route of shift -1": ("route.unknown_shift", False, lambda p, s: (p, change_route(s, 0, shift=-1))),
    "two routes of one shift": (
        "route.repeated_shift", False, lambda p, s: (p, replace(s, routes=(*s.routes, s.routes[2]))),
    ),
    "routes out of order": ("route.order", True, lambda p, s: (p, replace(s, routes=s.routes[::-1]))),
    "a route that serves nothing": ("route.empty", False, lambda p, s: (p, change_route(s, 2, stops=()))),
    "a stop of no kind": ("stop.kind", False, lambda p, s: (p, change_stop(s, 2, 0, kind="lunch"))),
    "a task that is not there": ("stop.unknown_task", False, lambda p, s: (p, change_stop(s, 0, 0, task=99))),
    "task -1": ("stop.unknown_task", False, lambda p, s: (p, change_stop(s, 0, 0, task=-1))),
    "an option that is not there": ("stop.unknown_option", False, lambda p, s: (p, change_stop(s, 0, 0, option=2))),
    "option -1": ("stop.unknown_option", False, lambda p, s: (p, change_stop(s, 0, 0, option=-1))),
    "an option of another profile": ("stop.wrong_profile", False, lambda p, s: (p, change_stop(s, 0, 0, task=3))),
    "served twice": ("task.served_twice", False, lambda p, s: (p, repeated_stop(s, 2, 0))),
    "served and dropped": (
        "task.served_and_dropped", True, lambda p, s: (p, replace(s, dropped=(Dropped(1, "x"), *s.dropped))),
    ),
    "neither served nor dropped": ("task.missing", True, lambda p, s: (p, replace(s, dropped=()))),
    "an unknown task dropped": (
        "dropped.unknown", True, lambda p, s: (p, replace(s, dropped=(*s.dropped, Dropped(77, "x")))),
    ),
    "dropped twice": ("dropped.repeated", True, lambda p, s: (p, replace(s, dropped=s.dropped * 2))),
    "dropped out of order": (
        "dropped.order", False, lambda p, s: (p, replace(s, dropped=(*s.dropped, Dropped(0, "x")))),
    ),
    "dropped without a reason": ("dropped.no_reason", True, lambda p, s: (p, replace(s, dropped=(Dropped(4, ""),)))),
    "leaves before the shift opens": (
        "time.depart_before_open", False, lambda p, s: (p, change_route(s, 2, depart=28_799)),
    ),
    "arrives too soon": ("time.arrive", True, lambda p, s: (p, change_stop(s, 1, 0, arrive=35_990))),
    "arrives one second late": ("time.arrive", False, lambda p, s: (p, shifted(s, 2, 0, 1))),
    "starts before it arrives": (
        "time.start_before_arrive", False, lambda p, s: (p, change_stop(s, 2, 0, start=29_699, leave=31_499)),
    ),
    "service cut short": ("time.leave", False, lambda p, s: (p, change_stop(s, 2, 0, leave=31_499))),
    "service drawn out": ("time.leave", False, lambda p, s: (p, change_stop(s, 2, 0, leave=31_501))),
    "home at another time": ("time.finish", True, lambda p, s: (p, change_route(s, 2, finish=32_401))),
    "home after closing": ("shift.closes", True, lambda p, s: (change_shift(p, 1, closes=41_999), s)),
    "between two windows": ("window.missed", True, lambda p, s: (change_task(p, 2, windows=p.tasks[2].windows[:1]), s)),
    "window of another day": (
        "window.missed",
        True,
        lambda p, s: (change_task(p, 2, windows=(replace(p.tasks[2].windows[1], day=0),)), s),
    ),
    "a second after the window": (
        "window.missed",
        True,
        lambda p, s: (change_task(p, 2, windows=(replace(p.tasks[2].windows[1], closes=35_999, opens=35_000),)), s),
    ),
    "travel shorter than the matrix": (
        "leg.travel", False, lambda p, s: (p, change_route(s, 2, home_travel_s=800, finish=32_300)),
    ),
    "parts of a split leg do not sum": ("leg.travel", False, lambda p, s: (p, change_stop(s, 0, 2, travel_s=301))),
    "metres left out": ("leg.distance", False, lambda p, s: (p, change_stop(s, 2, 0, distance_m=999))),
    "a leg nobody can drive": ("leg.unreachable", False, lambda p, s: (leg_closed(p), s)),
    "a negative part of a leg": (
        "leg.negative",
        False,
        lambda p, s: (p, change_stop(change_stop(s, 0, 1, distance_m=1100), 0, 2, distance_m=-100)),
    ),
    "no break": ("break.missing", True, no_break_taken),
    "two breaks": ("break.repeated", False, lambda p, s: (p, repeated_stop(s, 0, 1))),
    "a break nobody has": ("break.unexpected", True, lambda p, s: (change_shift(p, 0, pause=None), s)),
    "a break too late": ("break.window", True, lambda p, s: (change_shift(p, 0, pause=Break(31_000, 32_099, 900)), s)),
    "a break too soon": ("break.window", True, lambda p, s: (change_shift(p, 0, pause=Break(32_101, 33_000, 900)), s)),
    "a break cut short": ("break.length", True, lambda p, s: (change_shift(p, 0, pause=Break(32_100, 32_100, 901)), s)),
    "a rest during service": ("break.during_service", False, rest_in_service),
    "too much work": ("limit.work", True, lambda p, s: (change_shift(p, 0, max_work_s=8_399), s)),
    "too far driven": ("limit.distance", True, lambda p, s: (change_shift(p, 0, max_distance_m=8_999), s)),
    "too far walked": ("limit.walk", True, lambda p, s: (change_shift(p, 2, max_walk_m=2_299), s)),
    "too far walked beside the car": ("limit.walk", True, lambda p, s: (change_shift(p, 0, max_walk_m=599), s)),
    "a group beyond its hours": (
        "group.work",
        True,
        lambda p, s: (change_shift(change_shift(p, 0, group_max_s=18_599), 1, group_max_s=18_599), s),
    ),
    "a party that may not": ("party.not_allowed", True, lambda p, s: (change_task(p, 0, parties=("fire",)), s)),
    "a skill nobody has": ("skill.missing", True, lambda p, s: (change_task(p, 0, skills=("drone", "climb")), s)),
    "another zone": ("zone.not_allowed", True, lambda p, s: (change_task(p, 0, zone="south"), s)),
    "bound to another shift": ("shift.not_allowed", True, lambda p, s: (change_task(p, 0, shifts=(1, 2)), s)),
    "too much loaded": ("limit.load", True, lambda p, s: (with_load(p, 4), s)),
    "an occurrence without the one before": ("series.order", True, lambda p, s: (repeated(p, (4, 0)), s)),
    "two occurrences a day apart, not two": ("series.gap", True, lambda p, s: (repeated(p, (0, 2), min_gap=2), s)),
    "two occurrences in the wrong order": ("series.gap", True, lambda p, s: (repeated(p, (2, 0)), s)),
    "too soon after the last patrol": ("series.gap", True, lambda p, s: (repeated(p, (0,), min_gap=3), s)),
    "half a pair": ("tie.half", True, lambda p, s: (tied(p, (0, 4, *ANY)), s)),
    "a pair in one shift": ("tie.shift", True, lambda p, s: (tied(p, (0, 1, *ANY)), s)),
    "two of a group in one shift, not tied to each other": (
        "tie.shift", True, lambda p, s: (tied(p, (0, 3, *ANY), (3, 1, *ANY)), s),
    ),
    "a pair a second too soon": ("tie.lag", True, lambda p, s: (tied(p, (0, 3, -299, 900)), s)),
    "a pair a second too late": ("tie.lag", True, lambda p, s: (tied(p, (3, 0, 0, 299)), s)),
    "a pair a day apart": ("tie.lag", True, lambda p, s: (tied(p, (0, 2, 0, 86_399)), s)),
    "aid though there was room": ("aid.home_had_room", True, lambda p, s: (aided(p, "room"), s)),
    "aid though one of no zone had room": ("aid.home_had_room", True, lambda p, s: (aided(p, "room", zones=()), s)),
    "a price of lateness left out": ("value.sum", True, lambda p, s: (due(p, 35_999, 1), s)),
    "a price of the largest lateness left out": (
        "value.sum", True, lambda p, s: (replace(due(p, 35_999, 0), max_late_price=1), s),
    ),
    "a price of hours out of balance left out": (
        "value.sum", True, lambda p, s: (replace(p, balances=(Balance((0, 1), 18_599, 1),)), s),
    ),
    "a price of opening left out": ("value.sum", True, lambda p, s: (change_shift(p, 2, price_open=1), s)),
    "aid before it is open to all": ("aid.home_had_room", True, lambda p, s: (aided(p, "room", aid_from=1), s)),
    "a price of aid left out": ("value.sum", True, lambda p, s: (replace(aided(p, "open"), aid_permille=1), s)),
    "a price of change left out": ("value.sum", True, lambda p, s: (change_task(p, 3, kept=0, change_price=1), s)),
    "a price of change of what is dropped left out": (
        "value.sum", True, lambda p, s: (change_task(p, 4, kept=0, change_price=1), s),
    ),
    "a price of others than who is preferred left out": (
        "value.sum", True, lambda p, s: (change_task(p, 3, preferred=(0, 1), other_price=1), s),
    ),
    "a miss that is spared not counted": (
        "mandatory.sum", True, lambda p, s: (replace(p, series=(Series((0,), -1, 0, 1, 2),)), s),
    ),
    "mandatory weight misstated": ("mandatory.sum", True, lambda p, s: (p, replace(s, mandatory_served=5))),
    "value misstated": ("value.sum", True, lambda p, s: (p, replace(s, value=s.value + 1))),
    "a prize of another day": (
        "value.sum",
        True,
        lambda p, s: (
            change_task(p, 2, options=tuple(replace(o, prizes=(100_000, 90_000)) for o in p.tasks[2].options)), s,
        ),
    ),
}  # fmt: skip


def test_the_case_is_sound():
    assert violations(*line_case()) == ()


@pytest.mark.parametrize("name", TAMPERED)
def test_each_fault_is_caught_under_its_own_rule(name):
    code, alone, tamper = TAMPERED[name]
    found = {item.code for item in violations(*tamper(*line_case()))}
    assert code in found
    if alone:
        assert found == {code}


# name: what is done to (problem, solution), that a second, a unit or a task more would make a fault
JUST = {
    "loaded in full": lambda p, s: (with_load(p, 3), s),
    "occurrences as far apart as they must be": lambda p, s: (repeated(p, (0, 2)), s),
    "the last occurrence left out": lambda p, s: (repeated(p, (0, 4)), s),
    "as long after the last patrol as must be": lambda p, s: (repeated(p, (0,), min_gap=2), s),
    "a pair at its least lag": lambda p, s: (tied(p, (0, 3, -300, 900)), s),
    "a pair at its most lag": lambda p, s: (tied(p, (3, 0, 0, 300)), s),
    "a pair in two shifts": lambda p, s: (tied(p, (0, 3, *ANY)), s),
    "aid where it is open": lambda p, s: (aided(p, "open"), s),
    "aid on the day from which it is open": lambda p, s: (aided(p, "room", aid_from=0), s),
    "aid where the shift at home is too short": lambda p, s: (aided(p, "room", max_work_s=3_599), s),
    "aid where the shift at home walks too far": lambda p, s: (aided(p, "room", max_walk_m=2_299), s),
    "aid where the group at home has too few hours": lambda p, s: (aided(p, "room", group="g", group_max_s=3_599), s),
    "aid where the shift at home is of another day": lambda p, s: (aided(p, "room", day=1), s),
    "started when due": lambda p, s: (due(p, 36_000, 5), s),
    "in balance": lambda p, s: (replace(p, balances=(Balance((0, 1), 18_600, 1),)), s),
    "an idle shift is not opened": lambda p, s: (aided(p, "open", price_open=9), s),
    "served by one of those preferred": lambda p, s: (change_task(p, 3, preferred=(1, 2), other_price=1), s),
    "nobody is preferred": lambda p, s: (change_task(p, 3, other_price=1), s),
    "one who is preferred, and nobody serves it": lambda p, s: (change_task(p, 4, preferred=(0,), other_price=1), s),
    "kept where it was": lambda p, s: (change_task(p, 3, kept=2, change_price=1), s),
}  # fmt: skip


@pytest.mark.parametrize("name", JUST)
def test_what_only_just_keeps_the_rules_is_sound(name):
    assert violations(*JUST[name](*line_case())) == ()


def test_prices_of_all_kinds_add_up():
    problem, solution = line_case()
    problem = replace(aided(due(problem, 35_000, 3), "open"), max_late_price=7, aid_permille=500)
    problem = replace(change_task(problem, 4, kept=0, change_price=11), balances=(Balance((0, 1), 18_000, 2),))
    problem = change_shift(problem, 2, price_open=13)
    aid = 500 * 2 * (1_800 + 900 + 900) // 1000
    fair = replace(solution, value=solution.value - 1_000 * 3 - 1_000 * 7 - 600 * 2 - 13 - 11 - aid)
    assert violations(problem, fair) == ()


def test_a_way_nobody_can_go_counts_as_long_as_the_shift_in_the_price_of_aid():
    problem, _ = line_case()
    travel = problem.profiles[1].travel_s.copy()
    travel[0, 2] = UNREACHABLE  # from the start to t3, which is served after t4, on the way there
    profiles = (problem.profiles[0], replace(problem.profiles[1], travel_s=travel))
    tasks = (*problem.tasks[:3], line_task("t3", 2, 2, profile=1), line_task("t4", 1, 1, profile=1))
    problem = replace(aided(replace(problem, profiles=profiles, tasks=tasks), "open"), aid_permille=100)
    problem = change_shift(problem, 2, max_walk_m=9_000)
    draft = ((0, ((0, 0), (1, 0))), (2, ((4, 0), (3, 0))))
    solution = as_solution(problem, draft)
    assert violations(problem, solution) == ()
    free = as_solution(replace(problem, aid_permille=0), draft)
    assert free.value - solution.value == 100 * 2 * (14_400 + 1_800 + 1_800) // 1000
    assert abs(solution.value) < big_weight(problem)


def test_every_code_of_the_docstring_is_tampered_with_and_no_other_exists():
    tree = ast.parse(inspect.getsource(verify))
    literals = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    codes = {text for text in literals if text.count(".") == 1 and text.replace(".", "").replace("_", "").isalpha()}
    codes -= {"patrol.units"}
    assert codes == {code for code, _, _ in TAMPERED.values()}
    assert all(f"``{code}``" in verify.__doc__ for code in codes)


def test_a_break_may_be_had_at_home():
    problem, _ = line_case()
    early = replace(problem.shifts[0], pause=Break(39_000, 40_000, 900))  # home at 37_200, rests there
    late = replace(problem.shifts[1], pause=Break(28_800, 30_000, 900))  # leaves at 31_800, has rested
    problem = replace(problem, shifts=(early, late, problem.shifts[2]))
    solution = as_solution(problem, ((0, ((0, 0), (1, 0))), (1, ((2, 0),)), (2, ((3, 0),))))
    assert all(stop.kind == "task" for route in solution.routes for stop in route.stops)
    assert violations(problem, solution) == ()
    hurried = change_shift(problem, 1, pause=Break(31_000, 31_000, 900))  # would end after departure
    assert {item.code for item in violations(hurried, solution)} == {"break.missing"}


def test_a_task_dropped_and_served_elsewhere_moves_value_and_weight():
    problem, solution = line_case()
    lost = replace(
        solution, routes=solution.routes[:1] + solution.routes[2:], dropped=(Dropped(2, "x"), Dropped(4, "x"))
    )
    assert {item.code for item in violations(problem, lost)} == {"mandatory.sum", "value.sum"}


@pytest.mark.parametrize("seed", range(10))
def test_random_plans_are_sound_and_random_numbers_in_them_are_not(seed):
    problem = make_problem(seed)
    solution = as_solution(problem, greedy(problem))
    assert violations(problem, solution) == ()
    for number, route in enumerate(solution.routes):
        for index, stop in enumerate(route.stops):
            for field in ("task", "option", "arrive", "start", "leave", "travel_s", "distance_m"):
                broken = change_stop(solution, number, index, **{field: getattr(stop, field) + 7_919})
                if stop.kind == "break" and field in ("task", "option"):
                    continue  # a break has neither
                assert violations(problem, broken), (route.shift, index, field)
        for field in ("shift", "depart", "home_travel_s", "home_distance_m", "finish"):
            broken = change_route(solution, number, **{field: getattr(route, field) + 7_919})
            assert violations(problem, broken), (route.shift, field)

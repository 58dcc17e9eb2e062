"""Clock times of one shift's sequence: earliest service, a rest where it costs least, a late departure.

The earliest time a route can leave a stop is kept twice, as *fresh* (rest still to come) and *rested*:
reaching a stop earlier never makes a later one worse, so two numbers a stop decide exactly whether a
sequence fits, and when it can be home.

Tasks that are tied to others have their starts agreed over all routes: the least fixpoint of what routes and ties ask,
see :func:`timed`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from patrol.routing.model import Break, Option, Problem, Route, Shift, Stop
from patrol.routing.rules import Draft, Sequence, windows_on
from patrol.units import DAY_S, UNREACHABLE

MOST_ROUNDS = 400  # of agreeing starts; ties that cannot be met would go round for ever

Rests = Mapping[int, int]  # shift -> leg that has the rest: -1 before departure, one past the last leg for none


@dataclass(frozen=True, slots=True)
class _Call:
    """A task of the sequence with all that its schedule needs; ``floor`` is the earliest start that ties allow."""

    task: int
    number: int
    option: Option
    windows: tuple[tuple[int, int], ...]
    floor: int


@dataclass(frozen=True, slots=True)
class _Leg:
    """Travel to the next stop, or home."""

    travel_s: int
    distance_m: int


def schedule(
    problem: Problem,
    shift: int,
    sequence: Sequence,
    floors: Mapping[int, int] | None = None,
    rest_on: int | None = None,
) -> Route | None:
    """Return the route that serves ``sequence`` as early as possible, or None if the shift cannot.

    Times, windows, the rest, reachability and the shift's own limits are honoured; who may serve what
    and the hours of a group are the caller's business. The rest is left out where the crew is home in
    time for it or leaves late enough to have had it; else it is taken before a leg, after it, or on the
    way, where its window allows. Departure is as late as it can be without delaying any stop.

    Parameters
    ----------
    floors : mapping, optional
        Earliest starts by task, seconds from midnight of the shift's day.
    rest_on : int, optional
        The leg that has the rest, see ``Rests``; by default the one that serves best.
    """
    crew = problem.shifts[shift]
    floors = floors or {}
    calls = [
        _Call(
            task,
            number,
            problem.tasks[task].options[number],
            windows_on(problem.tasks[task], crew),
            floors.get(task, 0),
        )
        for task, number in sequence
    ]
    legs = _legs(problem, crew, calls)
    if not calls or any(max(leg.travel_s, leg.distance_m) >= UNREACHABLE for leg in legs):
        return None
    if not _within_limits(problem, crew, calls, legs):
        return None
    place = _place_rest(crew, calls, legs) if rest_on is None else rest_on
    return None if place is None else _write(shift, crew, calls, legs, place)


def timed(problem: Problem, draft: Draft, rests: Rests | None = None) -> tuple[Route, ...] | None:
    """Return the routes of a draft with all starts agreed, or None if they cannot be.

    Starts are the earliest that routes and ties allow. Which leg has a rest is chosen by its route alone, or given in
    ``rests`` for routes with tied tasks; another choice might hold where this one does not.
    """
    tied = {task for tie in problem.ties for task in (tie.first, tie.second)}
    routes: dict[int, Route | None] = {}
    followed = []
    for shift, sequence in draft:
        if any(task in tied for task, _ in sequence):
            followed.append((shift, sequence))
        else:
            routes[shift] = schedule(problem, shift, sequence, rest_on=(rests or {}).get(shift))
    agreed = _agree(problem, followed, rests or {})
    if agreed is None or None in routes.values():
        return None
    whole = {**agreed, **{shift: route for shift, route in routes.items() if route is not None}}
    return tuple(whole[shift] for shift, _ in draft)


def _agree(problem: Problem, followed: list[tuple[int, Sequence]], rests: Rests) -> dict[int, Route] | None:
    floors: dict[int, int] = {}
    for _ in range(MOST_ROUNDS):
        routes: dict[int, Route] = {}
        starts: dict[int, int] = {}
        for shift, sequence in followed:
            midnight = problem.shifts[shift].day * DAY_S
            own = {task: floors[task] - midnight for task, _ in sequence if task in floors}
            route = schedule(problem, shift, sequence, own, rests.get(shift))
            if route is None:
                return None
            routes[shift] = route
            starts.update({stop.task: midnight + stop.start for stop in route.stops if stop.kind == "task"})
        asked = [(tie.second, starts[tie.first] + tie.lo, tie.first) for tie in problem.ties if tie.first in starts]
        asked += [(tie.first, starts[tie.second] - tie.hi, tie.second) for tie in problem.ties if tie.second in starts]
        late = [(task, floor) for task, floor, _ in asked if task in starts and floor > starts[task]]
        if not late:
            return routes
        for task, floor in late:
            floors[task] = max(floor, floors.get(task, 0))
    return None


def _legs(problem: Problem, crew: Shift, calls: list[_Call]) -> list[_Leg]:
    profile = problem.profiles[crew.profile]
    leaving = [crew.start, *(call.option.exit for call in calls)]
    reaching = [*(call.option.entry for call in calls), crew.end]
    return [
        _Leg(int(profile.travel_s[pair]), int(profile.distance_m[pair])) for pair in zip(leaving, reaching, strict=True)
    ]


def _within_limits(problem: Problem, crew: Shift, calls: list[_Call], legs: list[_Leg]) -> bool:
    legs_m = sum(leg.distance_m for leg in legs)
    work = sum(leg.travel_s for leg in legs) + sum(call.option.service_s for call in calls)
    driven = sum(call.option.distance_m for call in calls)
    walked = sum(call.option.walk_m for call in calls)
    if problem.profiles[crew.profile].on_foot:
        walked += legs_m
    else:
        driven += legs_m
    if sum(problem.tasks[call.task].load for call in calls) > crew.max_load:
        return False
    return work <= crew.max_work_s and driven <= crew.max_distance_m and walked <= crew.max_walk_m


def next_start(windows: tuple[tuple[int, int], ...], arrive: int) -> int | None:
    """Return the earliest moment at or after ``arrive`` inside one of the sorted windows."""
    for opens, closes in windows:
        if arrive <= closes:
            return max(arrive, opens)
    return None


def after_rest(pause: Break, leave: int, travel_s: int) -> int | None:
    """Return when a leg ends that is left at ``leave`` and has the rest on it; None if it comes too late."""
    return None if leave > pause.latest else max(leave + travel_s, pause.earliest) + pause.duration_s


def _place_rest(crew: Shift, calls: list[_Call], legs: list[_Leg]) -> int | None:
    """Return the leg that has the rest: -1 before departure, ``len(legs)`` after the end or none; None: no fit."""
    pause = crew.pause
    fresh: int | None = crew.opens
    rested: int | None = None if pause is None else pause.earliest + pause.duration_s
    rested_on = -1
    for number, leg in enumerate(legs):
        late = None if pause is None or fresh is None else after_rest(pause, fresh, leg.travel_s)
        fresh = None if fresh is None else fresh + leg.travel_s
        rested = None if rested is None else rested + leg.travel_s
        if late is not None and (rested is None or late < rested):
            rested, rested_on = late, number
        if number < len(calls):
            fresh, rested = _serve(calls[number], fresh), _serve(calls[number], rested)
    if fresh is not None and fresh <= (crew.closes if pause is None else pause.latest):
        return len(legs)
    return rested_on if rested is not None and rested <= crew.closes else None


def _serve(call: _Call, arrive: int | None) -> int | None:
    start = None if arrive is None else next_start(call.windows, max(arrive, call.floor))
    return None if start is None else start + call.option.service_s


def _write(shift: int, crew: Shift, calls: list[_Call], legs: list[_Leg], rest_leg: int) -> Route | None:
    """Return the route with its rest on a leg, or None if it cannot be kept so."""
    pause = crew.pause
    depart = clock = crew.opens if pause is None or rest_leg >= 0 else pause.earliest + pause.duration_s
    stops: list[Stop] = []
    for number, leg in enumerate(legs):
        travel, metres = leg.travel_s, leg.distance_m
        if pause is not None and number == rest_leg:
            if clock > pause.latest:
                return None
            stops.append(_rest(pause, clock, leg))
            clock, travel, metres = stops[-1].leave, travel - stops[-1].travel_s, metres - stops[-1].distance_m
        if number == len(calls):
            break
        call = calls[number]
        arrive = clock + travel
        start = next_start(call.windows, max(arrive, call.floor))
        if start is None:
            return None
        clock = start + call.option.service_s
        stops.append(Stop("task", call.task, call.number, arrive, start, clock, travel, metres))
    if clock + travel > (crew.closes if pause is None or rest_leg <= len(calls) else pause.latest):
        return None
    early = stops[0].start - stops[0].arrive
    stops[0] = _later(stops[0], early)
    return Route(shift, depart + early, tuple(stops), travel, metres, clock + travel)


def _rest(pause: Break, leave: int, leg: _Leg) -> Stop:
    """Return the rest on a leg left at ``leave``: at its start if it is time, else at its end, else on the way."""
    if leave >= pause.earliest:
        travel = 0
    elif leave + leg.travel_s <= pause.latest:
        travel = leg.travel_s
    else:
        travel = pause.earliest - leave
    metres = leg.distance_m if travel == leg.travel_s else leg.distance_m * travel // leg.travel_s
    start = max(leave + travel, pause.earliest)
    return Stop("break", -1, -1, leave + travel, start, start + pause.duration_s, travel, metres)


def _later(stop: Stop, seconds: int) -> Stop:
    return Stop(
        stop.kind, stop.task, stop.option, stop.arrive + seconds, stop.start, stop.leave, stop.travel_s, stop.distance_m
    )

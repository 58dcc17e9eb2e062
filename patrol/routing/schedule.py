"""Clock times of one shift's sequence: earliest service, a rest where it costs least, a late departure.

The earliest time a route can leave a stop is kept twice, as *fresh* (rest still to come) and *rested*:
reaching a stop earlier never makes a later one worse, so two numbers a stop decide exactly whether a
sequence fits, and when it can be home.
"""

from __future__ import annotations

from dataclasses import dataclass

from patrol.routing.model import Break, Option, Problem, Route, Shift, Stop
from patrol.routing.rules import Sequence, windows_on
from patrol.units import UNREACHABLE


@dataclass(frozen=True, slots=True)
class _Call:
    """A task of the sequence with all that its schedule needs."""

    task: int
    number: int
    option: Option
    windows: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class _Leg:
    """Travel to the next stop, or home."""

    travel_s: int
    distance_m: int


def schedule(problem: Problem, shift: int, sequence: Sequence) -> Route | None:
    """Return the route that serves ``sequence`` as early as possible, or None if the shift cannot.

    Times, windows, the rest, reachability and the shift's own limits are honoured; who may serve what
    and the hours of a group are the caller's business. The rest is left out where the crew is home in
    time for it or leaves late enough to have had it; else it is taken before a leg, after it, or on the
    way, where its window allows. Departure is as late as it can be without delaying any stop.
    """
    crew = problem.shifts[shift]
    calls = [
        _Call(task, number, problem.tasks[task].options[number], windows_on(problem.tasks[task], crew))
        for task, number in sequence
    ]
    legs = _legs(problem, crew, calls)
    if not calls or any(max(leg.travel_s, leg.distance_m) >= UNREACHABLE for leg in legs):
        return None
    if not _within_limits(problem, crew, calls, legs):
        return None
    place = _place_rest(crew, calls, legs)
    return None if place is None else _write(shift, crew, calls, legs, place)


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
    start = None if arrive is None else next_start(call.windows, arrive)
    return None if start is None else start + call.option.service_s


def _write(shift: int, crew: Shift, calls: list[_Call], legs: list[_Leg], rest_leg: int) -> Route:
    pause = crew.pause
    depart = clock = crew.opens if pause is None or rest_leg >= 0 else pause.earliest + pause.duration_s
    stops: list[Stop] = []
    for number, leg in enumerate(legs):
        travel, metres = leg.travel_s, leg.distance_m
        if pause is not None and number == rest_leg:
            stops.append(_rest(pause, clock, leg))
            clock, travel, metres = stops[-1].leave, travel - stops[-1].travel_s, metres - stops[-1].distance_m
        if number == len(calls):
            break
        call = calls[number]
        arrive = clock + travel
        start = next_start(call.windows, arrive)
        assert start is not None, "a sequence that fits was found not to fit"
        clock = start + call.option.service_s
        stops.append(Stop("task", call.task, call.number, arrive, start, clock, travel, metres))
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

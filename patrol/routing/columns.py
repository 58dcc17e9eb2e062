"""Routes as columns of a choice: what each is worth and takes, and when the tied tasks on it may begin."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from patrol.routing.model import Problem, Route
from patrol.routing.rules import Sequence, late_price, route_value, route_work, windows_on
from patrol.routing.schedule import schedule
from patrol.units import DAY_S


@dataclass(frozen=True, slots=True)
class Column:
    """A route that may be chosen.

    Attributes
    ----------
    value : int
        Prizes less prices, milli-ECM, lateness of its own included.
    work_s : int
        Travel and service.
    worst_late_s : int
        Its largest lateness.
    spans : tuple of (task, earliest, latest)
        Starts of its tied tasks in seconds from midnight of day 0, in order. The latest is not exact: it looks at
        closing times of the tasks themselves and of the shift.
    gaps : tuple of int
        Seconds that lie at least between the start of each tied task and the next.
    """

    shift: int
    sequence: Sequence
    value: int
    work_s: int
    worst_late_s: int
    spans: tuple[tuple[int, int, int], ...]
    gaps: tuple[int, ...]


def make_columns(problem: Problem, routes: Iterable[tuple[int, Sequence]]) -> list[Column]:
    """Return the columns of (shift, sequence) pairs; those that a shift cannot keep even alone are left out."""
    tied = {task for tie in problem.ties for task in (tie.first, tie.second)}
    priced = any(window.due is not None for task in problem.tasks for window in task.windows)
    columns = []
    for shift, sequence in routes:
        route = schedule(problem, shift, sequence) if priced or any(task in tied for task, _ in sequence) else None
        value = route_value(problem, shift, sequence)
        late = 0
        if route is not None and priced:
            late = _worst(problem, route)
            value -= late_price(problem, [route]) - late * problem.max_late_price
        spans, gaps = _spans(problem, route, tied) if route is not None else ((), ())
        if route is None and any(task in tied for task, _ in sequence):
            continue
        columns.append(Column(shift, sequence, value, route_work(problem, shift, sequence), late, spans, gaps))
    return columns


def _worst(problem: Problem, route: Route) -> int:
    """Return the largest priced or unpriced lateness of a route's starts."""
    day, worst = problem.shifts[route.shift].day, 0
    for stop in route.stops:
        for window in problem.tasks[stop.task].windows if stop.kind == "task" else ():
            if window.day == day and window.opens <= stop.start <= window.closes and window.due is not None:
                worst = max(worst, stop.start - window.due)
    return worst


def _spans(problem: Problem, route: Route, tied: set[int]) -> tuple[tuple[tuple[int, int, int], ...], tuple[int, ...]]:
    """Return when the tied tasks of a route may begin, and what lies between one and the next."""
    crew = problem.shifts[route.shift]
    midnight = crew.day * DAY_S
    after, spans, gaps = route.home_travel_s, [], []
    stops = [stop for stop in route.stops if stop.kind == "task"]
    legs = _legs(route)
    latest = [0] * len(stops)
    for number in range(len(stops) - 1, -1, -1):
        option = problem.tasks[stops[number].task].options[stops[number].option]
        after += option.service_s
        latest[number] = crew.closes - after
        after += legs[number]
    since = 0
    for number, stop in enumerate(stops):
        option = problem.tasks[stop.task].options[stop.option]
        if number:
            before = problem.tasks[stops[number - 1].task].options[stops[number - 1].option]
            since += before.service_s + legs[number]
        if stop.task not in tied:
            continue
        closes = max(closes for _, closes in windows_on(problem.tasks[stop.task], crew))
        spans.append((stop.task, midnight + stop.start, midnight + min(closes, latest[number])))
        if len(spans) > 1:
            gaps.append(since)
        since = 0
    return tuple(spans), tuple(gaps)


def _legs(route: Route) -> list[int]:
    """Return the seconds of the leg before each task; a rest on the way splits it."""
    legs, part = [], 0
    for stop in route.stops:
        part += stop.travel_s
        if stop.kind == "task":
            legs.append(part)
            part = 0
    return legs

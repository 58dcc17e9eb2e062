"""What keeps a task out of every plan: who may serve it, where, when, and what is bound to it.

A task is tried alone in each shift. That is proof if no way is shorter by a detour past other tasks, as matrices of
shortest ways have it; :func:`surely` proves it for any matrices, by the shortest ways there are past whatever else the
crew might serve.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterable

import numpy as np

from patrol.routing.model import IntMatrix, Option, Problem, Profile, Series, Task
from patrol.routing.rules import (
    may_serve,
    options_of,
    party_fits,
    shift_listed,
    skills_fit,
    tied_groups,
    windows_on,
    zone_fits,
)
from patrol.routing.schedule import schedule, timed
from patrol.units import DAY_S, UNREACHABLE

Ways = list[tuple[int, int]]  # (shift, option)
Known = dict[int, tuple[str, Ways]]  # a code or none, and the ways in which a task fits alone, by task
MOST_TOGETHER = 20_000  # ways of a tied group to be served that are tried; beyond them nothing is claimed


def impossible_for(problem: Problem, task: int, shifts: Iterable[int]) -> str:
    """Return the code of why none of some shifts can serve a task, or '' if one that does nothing else can."""
    return always(problem, task, shifts)[0]


def always(problem: Problem, number: int, shifts: Iterable[int]) -> tuple[str, Ways]:
    """Return the code that holds whatever the plan, or none and the ways in which the task fits alone.

    What binds the task to others is not looked at: see :func:`bound`.
    """
    task = problem.tasks[number]
    ways = [(k, way) for k in shifts for way in options_of(task, problem.shifts[k].profile)]
    if not ways:
        return "no_option", []
    for code, fits in (("no_party", party_fits), ("no_skill", skills_fit), ("no_zone", zone_fits)):
        ways = [(k, way) for k, way in ways if fits(task, problem.shifts[k])]
        if not ways:
            return code, []
    ways = [(k, way) for k, way in ways if shift_listed(task, k)]
    if not ways:
        return "not_allowed", []
    ways = [(k, way) for k, way in ways if task.load <= problem.shifts[k].max_load]
    if not ways:
        return "too_heavy", []
    return _in_time(problem, number, ways)


def _in_time(problem: Problem, number: int, ways: Ways) -> tuple[str, Ways]:
    task = problem.tasks[number]
    ways = [(k, way) for k, way in ways if _reached(problem, task, k, way)]
    if not ways:
        return "unreachable", []
    open_on_day = [(k, way) for k, way in ways if windows_on(task, problem.shifts[k])]
    alone = [(k, way) for k, way in open_on_day if fits_alone(problem, number, k, way)]
    if alone:
        return "", alone
    opened = with_task(problem, number, dataclasses.replace(task, windows=()))
    if not any(fits_alone(opened, number, k, way) for k, way in ways):
        return "too_long", []
    return ("no_window" if open_on_day else "no_window_day"), []


def with_task(problem: Problem, number: int, task: Task) -> Problem:
    """Return the problem with one task replaced."""
    return dataclasses.replace(problem, tasks=(*problem.tasks[:number], task, *problem.tasks[number + 1 :]))


def _reached(problem: Problem, task: Task, shift: int, way: int) -> bool:
    crew, option = problem.shifts[shift], task.options[way]
    profile = problem.profiles[crew.profile]
    legs = ((crew.start, option.entry), (option.exit, crew.end))
    return all(max(profile.travel_s[leg], profile.distance_m[leg]) < UNREACHABLE for leg in legs)


def fits_alone(problem: Problem, number: int, shift: int, way: int) -> bool:
    """Return whether a shift that does nothing else has the time and the limits to serve a task."""
    crew, option = problem.shifts[shift], problem.tasks[number].options[way]
    travel = problem.profiles[crew.profile].travel_s
    work = int(travel[crew.start, option.entry]) + option.service_s + int(travel[option.exit, crew.end])
    if crew.group and work > crew.group_max_s:
        return False
    return schedule(problem, shift, ((number, way),)) is not None


def bound(problem: Problem, number: int, known: Known | None = None) -> tuple[str, tuple[int, ...]]:
    """Return why what a task is bound to keeps it out of every plan, and the tasks to blame.

    Parameters
    ----------
    known : dict, optional
        What :func:`always` says of all shifts, by task; what is asked is added to it.

    Returns
    -------
    code : str
        ``series_before``, ``series_too_soon``, ``no_partner``, ``not_together``, or '' if none of them does.
    """
    known = {} if known is None else known
    for series in problem.series:
        if number in series.tasks:
            return _too_late_for(problem, series, number, known)
    for group in tied_groups(problem):
        if number in group:
            return _partners(problem, group, number, known)
    return "", ()


def known_ways(problem: Problem, task: int, known: Known) -> tuple[str, Ways]:
    """Return what :func:`always` says of a task and all shifts, from what is known already if it is."""
    if task not in known:
        known[task] = always(problem, task, range(len(problem.shifts)))
    return known[task]


def _too_late_for(problem: Problem, series: Series, number: int, known: Known) -> tuple[str, tuple[int, ...]]:
    """Follow a series from its first occurrence, each on the first day on which somebody can serve it."""
    last = series.last_day
    for task in series.tasks[: series.tasks.index(number) + 1]:
        _, ways = known_ways(problem, task, known)
        days = [problem.shifts[k].day for k, _ in ways if problem.shifts[k].day >= last + series.min_gap]
        if not days:
            return ("series_before", (task,)) if task != number else ("series_too_soon", ())
        last = min(days)
    return "", ()


def _partners(problem: Problem, group: tuple[int, ...], number: int, known: Known) -> tuple[str, tuple[int, ...]]:
    ways = {task: known_ways(problem, task, known)[1] for task in group}
    for task in group:
        if not ways[task]:
            return "no_partner", (task,)
    combinations = itertools.product(*(ways[task] for task in group))
    for one in itertools.islice(combinations, MOST_TOGETHER):
        if together(problem, group, one):
            return "", ()
    if next(combinations, None) is not None:
        return "", ()
    return "not_together", tuple(task for task in group if task != number)


def first_day(problem: Problem, number: int) -> int:
    """Return the first day on which a task can be served by the count of occurrences before it."""
    for series in problem.series:
        if number in series.tasks:
            first = max(0, series.last_day + series.min_gap)
            return first + series.tasks.index(number) * series.min_gap
    return 0


def together(problem: Problem, group: tuple[int, ...], ways: tuple[tuple[int, int], ...]) -> bool:
    """Return whether the tasks of a tied group can be served at the times their ties ask, by shifts with no other."""
    shifts = [k for k, _ in ways]
    if len(set(shifts)) < len(shifts) or not _days_fit(problem, group, shifts):
        return False
    draft = tuple(sorted((k, ((task, way),)) for task, (k, way) in zip(group, ways, strict=True)))
    if timed(problem, draft) is not None:
        return True
    resting = [k for k, _ in draft if problem.shifts[k].pause is not None]
    legs = itertools.product((-1, 0, 1, 3), repeat=len(resting))
    return any(timed(problem, draft, dict(zip(resting, one, strict=True))) is not None for one in legs)


def _days_fit(problem: Problem, group: tuple[int, ...], shifts: list[int]) -> bool:
    """Return whether days are near enough for the lags: a screen before the clock is asked."""
    crew = {task: problem.shifts[k] for task, k in zip(group, shifts, strict=True)}
    for tie in problem.ties:
        if tie.first in crew:
            a, b = crew[tie.first], crew[tie.second]
            apart = (b.day - a.day) * DAY_S
            if apart + b.closes - a.opens < tie.lo or apart + b.opens - a.closes > tie.hi:
                return False
    return True


def surely(problem: Problem, number: int) -> bool:
    """Return whether no plan at all serves a task, whatever else its crew serves on the way.

    Each way there and back is as short as it can be past any locations and any services of the crew's profile.
    """
    task, earliest = problem.tasks[number], first_day(problem, number)
    near: dict[tuple[int, int, int], tuple[Leg, Leg]] = {}
    for k, crew in enumerate(problem.shifts):
        if crew.day < earliest or not may_serve(problem, number, k) or task.load > crew.max_load:
            continue
        for way in options_of(task, crew.profile):
            option = task.options[way]
            key = (crew.profile, option.entry, option.exit)
            if key not in near:
                near[key] = _shortest(problem, key)
            to, back = near[key]
            legs = (to[0][crew.start], to[1][crew.start], back[0][crew.end], back[1][crew.end])
            if _fits_by(problem, number, k, option, tuple(int(leg) for leg in legs)):
                return False
    return True


Leg = tuple[IntMatrix, IntMatrix]  # seconds and metres, by location


def _shortest(problem: Problem, key: tuple[int, int, int]) -> tuple[Leg, Leg]:
    """Return the least seconds and metres from every location to an entry, and from an exit to every location."""
    number, entry, leave = key
    profile = problem.profiles[number]
    hops = [option for task in problem.tasks for option in task.options if option.profile == number]
    ends = np.array([(one.entry, one.exit) for one in hops], dtype=np.int64).reshape(-1, 2)
    seconds, metres = np.array([one.service_s for one in hops]), np.zeros(len(hops), np.int64)
    back = [nearest(matrix, leave, ends, cost)
            for matrix, cost in ((profile.travel_s, seconds), (profile.distance_m, metres))]  # fmt: skip
    to = [nearest(matrix.T, entry, ends[:, ::-1], cost)
          for matrix, cost in ((profile.travel_s, seconds), (profile.distance_m, metres))]  # fmt: skip
    return (to[0], to[1]), (back[0], back[1])


def nearest(matrix: IntMatrix, source: int, ends: IntMatrix, costs: IntMatrix) -> IntMatrix:
    """Return the least cost from a location to every other one by legs and hops (Dijkstra, 1959)."""
    cost = np.full(len(matrix), UNREACHABLE, dtype=np.int64)
    cost[source] = 0
    left = np.ones(len(matrix), dtype=bool)
    while True:
        at = int(np.where(left, cost, UNREACHABLE).argmin())
        if not left[at] or cost[at] >= UNREACHABLE:
            return cost
        left[at] = False
        np.minimum(cost, cost[at] + matrix[at], out=cost)
        here = ends[:, 0] == at
        np.minimum.at(cost, ends[here, 1], cost[at] + costs[here])
        np.minimum(cost, UNREACHABLE, out=cost)


def _fits_by(problem: Problem, number: int, shift: int, option: Option, legs: tuple[int, ...]) -> bool:
    """Return whether a shift could serve a task alone if the legs there and back were so long."""
    crew, task = problem.shifts[shift], problem.tasks[number]
    travel, metres = np.zeros((4, 4), np.int64), np.zeros((4, 4), np.int64)
    travel[0, 1], metres[0, 1], travel[2, 3], metres[2, 3] = legs
    on_foot = problem.profiles[crew.profile].on_foot
    small = Problem(
        problem.days,
        (Profile("short", on_foot, travel, metres, np.zeros((4, 2), np.int64)),),
        (dataclasses.replace(task, options=(dataclasses.replace(option, profile=0, entry=1, exit=2),)),),
        (dataclasses.replace(crew, profile=0, start=0, end=3),),
    )
    return _reached(small, small.tasks[0], 0, 0) and fits_alone(small, 0, 0, 0)

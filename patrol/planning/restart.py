"""A problem of what is left, tied to the plan before: what goes on as planned costs nothing, what changes does."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from patrol.plan import TASK_STOPS, Plan
from patrol.planning.asked import Ask
from patrol.planning.frozen import HOME, Frozen
from patrol.planning.remaining import shift_of
from patrol.routing.model import Problem, Profile, Route, Shift, Solution
from patrol.routing.rules import Draft, Sequence, groups_fit, may_serve, options_of, tied_groups
from patrol.routing.schedule import timed
from patrol.routing.steady import best_place
from patrol.units import UNREACHABLE

SAME_PLACE = 1.5e-6  # degrees: a place as the plan before had it, give or take what was rounded


@dataclass(frozen=True, slots=True)
class Wanted:
    """A task as the plan before has it: who serves it, which way round, and where."""

    shift_id: str
    task_id: str
    direction: int
    lon: float
    lat: float


def wanted_of(before: Plan, frozen: Mapping[str, Frozen], ask: Ask) -> tuple[Wanted, ...]:
    """Return what the plan before still has to do, in its order; nothing of absent crews."""
    return tuple(
        Wanted(entry["shift_id"], stop["task_id"], stop["direction"], stop["lon"], stop["lat"])
        for entry in before.shifts
        if entry["date"] > ask.day.isoformat()
        or (entry["date"] == ask.day.isoformat() and entry["crew_id"] not in ask.absent)
        for stop in entry["route"][len(frozen[entry["shift_id"]].stops) if entry["shift_id"] in frozen else 0 :]
        if stop["kind"] in TASK_STOPS
    )


def going_on(problem: Problem, frozen: Mapping[str, Frozen]) -> tuple[Problem, tuple[str, ...]]:
    """Return a problem in which crews on their way can go on as the plan before has it, and all can get home.

    Going on takes what is left of the leg, whatever the roads say of the place between; a crew that cannot be back in
    time, because it went to where it is or because work stands still at once, has time for the way to its base.

    Returns
    -------
    tuple of (Problem, tuple of str)
        The second: shifts that are home too late.
    """
    profiles = list(problem.profiles)
    shifts = list(problem.shifts)
    late = []
    for shift in shifts:
        one = frozen.get(shift.shift_id)
        if one is None or one.home:
            continue
        profiles[shift.profile] = _with_leg(problem, profiles[shift.profile], shift, one)
    for number, shift in enumerate(shifts):
        one = frozen.get(shift.shift_id)
        if one is None:
            continue
        shifts[number] = dataclasses.replace(shift, price_open=0)
        way = int(profiles[shift.profile].travel_s[shift.start, shift.end])
        if not one.home and way < UNREACHABLE and shift.opens + max(1, way) > shift.closes:
            home = shift.opens + max(1, way)
            late += [shift.shift_id] if way else []
            shifts[number] = dataclasses.replace(
                shift, closes=home, max_work_s=home - shift.opens, pause=None, price_open=0
            )
    return dataclasses.replace(problem, profiles=tuple(profiles), shifts=tuple(shifts)), tuple(late)


def _with_leg(problem: Problem, profile: Profile, shift: Shift, one: Frozen) -> Profile:
    """Return a profile whose way from where a crew is may lead on along the leg that it is on."""
    to = _heading(problem, shift, one)
    if to is None:
        return profile
    travel, metres = profile.travel_s.copy(), profile.distance_m.copy()
    on = one.left_s + travel[to]
    shorter = (travel[to] < UNREACHABLE) & (on < travel[shift.start])
    shorter[shift.start] = False
    travel[shift.start, shorter] = on[shorter]
    metres[shift.start, shorter] = one.left_m + metres[to, shorter]
    return dataclasses.replace(profile, travel_s=travel, distance_m=metres)


def _heading(problem: Problem, shift: Shift, one: Frozen) -> int | None:
    """Return the place that a crew is on its way to, None if the problem has it no more."""
    if one.heading == HOME:
        places = {shift.end}
    else:
        places = {
            option.entry
            for task in problem.tasks
            if task.task_id == one.heading
            for option in task.options
            if option.profile == shift.profile
        }
    lonlat = problem.profiles[shift.profile].lonlat
    near = [k for k in sorted(places) if np.abs(lonlat[k] / 1e7 - one.to).max() <= SAME_PLACE]
    return near[0] if near else None


def kept_to(problem: Problem, wanted: tuple[Wanted, ...], price: int) -> Problem:
    """Return a problem in which giving a task to another shift than the plan before costs a price (milli-ECM)."""
    tasks = list(problem.tasks)
    number = {task.task_id: k for k, task in enumerate(tasks)}
    parts = _parts(problem)
    at = {task: shift for shift, sequence in begun(problem, wanted) for task, _ in sequence}
    for one in wanted:
        task = number.get(one.task_id)
        if task is not None and one.shift_id in parts:
            kept = at.get(task, parts[one.shift_id][0])
            tasks[task] = dataclasses.replace(tasks[task], kept=kept, change_price=price)
    return dataclasses.replace(problem, tasks=tuple(tasks))


def _parts(problem: Problem) -> dict[str, list[int]]:
    parts: dict[str, list[int]] = {}
    for k, shift in enumerate(problem.shifts):
        parts.setdefault(shift_of(shift.shift_id), []).append(k)
    return parts


def begun(problem: Problem, wanted: tuple[Wanted, ...], first: Mapping[int, Iterable[tuple[int, int]]] = {}) -> Draft:
    """Return the routes of the plan before as far as they still hold: what fits no more is left out of them.

    What has no room in the order of before goes anywhere into its shift, either way round, once the rest is placed.
    ``first`` are (task, option) by shift that go before everything: emergencies.
    """
    number = {task.task_id: k for k, task in enumerate(problem.tasks)}
    parts = _parts(problem)
    draft: dict[int, Sequence] = {shift: tuple(pairs) for shift, pairs in first.items()}
    taken = {task for sequence in draft.values() for task, _ in sequence}
    at: dict[str, tuple[int, int]] = {}  # part, and place in its sequence, after which the next task comes
    again: list[tuple[int, Wanted]] = []
    for one in wanted:
        task, own = number.get(one.task_id), parts.get(one.shift_id, [])
        if task is None or task in taken:
            continue
        part, place = at.get(one.shift_id, (0, 0))
        for k in range(part, len(own)):
            pair = next(iter(_pairs(problem, own[k], task, one)), None)
            longer = pair and best_place(problem, own[k], draft.get(own[k], ()), pair, place if k == part else 0)
            if pair and longer:
                draft[own[k]] = longer
                at[one.shift_id] = k, longer.index(pair) + 1
                break
        else:
            again.append((task, one))
    for task, one in again:
        tries = ((k, pair) for k in parts.get(one.shift_id, []) for pair in _pairs(problem, k, task, one))
        for k, pair in tries:
            longer = best_place(problem, k, draft.get(k, ()), pair)
            if longer:
                draft[k] = longer
                break
    kept = tuple(sorted(draft.items()))
    return _holding(problem, kept if groups_fit(problem, kept) else _within_groups(problem, kept))


def _holding(problem: Problem, draft: Draft) -> Draft:
    """Return routes without what holds no more of what comes round (none before it, or too soon) or is done jointly."""
    day = {task: problem.shifts[shift].day for shift, sequence in draft for task, _ in sequence}
    out: set[int] = set()
    for series in problem.series:
        last: int | None = series.last_day
        for task in series.tasks:
            fits = last is not None and task in day and day[task] - last >= series.min_gap
            last = day[task] if fits else None
            out |= set() if fits else {task}
    tied = {task for tie in problem.ties for task in (tie.first, tie.second)}
    out |= {task for group in tied_groups(problem) if not {*group} <= day.keys() for task in group}
    kept = _without(draft, out)
    return kept if timed(problem, kept) is not None else _without(kept, tied)


def _without(draft: Draft, out: set[int]) -> Draft:
    left = ((shift, tuple(pair for pair in sequence if pair[0] not in out)) for shift, sequence in draft)
    return tuple((shift, sequence) for shift, sequence in left if sequence)


def _pairs(problem: Problem, shift: int, task: int, one: Wanted) -> list[tuple[int, int]]:
    """Return a task with each way to serve it, the one that is most like what the plan before had first."""
    if not may_serve(problem, task, shift):
        return []
    crew, options = problem.shifts[shift], problem.tasks[task].options
    lonlat = problem.profiles[crew.profile].lonlat

    def unlike(option: int) -> tuple[bool, float]:
        way = options[option]
        return way.direction != one.direction, float(np.abs(lonlat[way.entry] / 1e7 - (one.lon, one.lat)).max())

    return [(task, option) for option in sorted(options_of(problem.tasks[task], crew.profile), key=unlike)]


def _within_groups(problem: Problem, draft: Draft) -> Draft:
    """Return routes without the last tasks of shifts whose group has not the hours for them."""
    kept: Draft = ()
    for shift, sequence in draft:
        fitting = next(
            (sequence[:n] for n in range(len(sequence), 0, -1) if groups_fit(problem, (*kept, (shift, sequence[:n])))),
            (),
        )
        kept = (*kept, (shift, fitting)) if fitting else kept
    return kept


def homeward(problem: Problem, solution: Solution, frozen: Mapping[str, Frozen]) -> Solution:
    """Return a solution with a way home for each crew that is away from its base and has nothing more to do."""
    busy = {route.shift for route in solution.routes}
    home = []
    for number, shift in enumerate(problem.shifts):
        one = frozen.get(shift.shift_id)
        if one is None or one.home or number in busy:
            continue
        profile = problem.profiles[shift.profile]
        travel, metres = (int(m[shift.start, shift.end]) for m in (profile.travel_s, profile.distance_m))
        if travel < UNREACHABLE:
            home.append(Route(number, shift.opens, (), travel, metres, shift.opens + travel))
    routes = tuple(sorted((*solution.routes, *home), key=lambda route: route.shift))
    return dataclasses.replace(solution, routes=routes)

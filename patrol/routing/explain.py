"""Why a task was left out, as a code; :mod:`patrol.words` makes the sentences.

Codes, in the order in which they are tried; each is about the shifts that the ones before it leave:

``no_option``
    No shift moves in a way in which the task can be served.
``no_party``, ``no_skill``, ``no_zone``
    No shift of a party that may, with every skill, at home in the zone.
``not_allowed``
    The task is bound to shifts that are not among these (marks made by hand, safety).
``unreachable``
    There is no way from the start of such a shift and back to its end.
``no_window_day``
    Not open on any day of these shifts.
``no_window``
    Open on such a day, but closed whenever they could be there.
``too_long``
    Does not fit into any of these shifts even alone: hours, limits, break.
``costs_more``
    Not mandatory, and worth no more than the time and way it would cost: wherever the plan still has room for it,
    or, if it has none, by its service alone.
``outranked``
    It would fit alone, but other tasks have the hours. Of a mandatory task it is said only if it fits nowhere even
    with every task put out that is not heavier (or set by hand).
``not_placed``
    The search found no place for it, and it is not shown that heavier tasks have the hours.

All but the last three hold for any plan; they are proved by trying.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

import numpy as np

from patrol.routing.greedy import all_candidates, hours_left
from patrol.routing.insertion import Candidates, RouteState
from patrol.routing.model import Problem, Solution, Task, goal_weights
from patrol.routing.rules import (
    Draft,
    gain,
    options_of,
    party_fits,
    served,
    shift_listed,
    skills_fit,
    windows_on,
    zone_fits,
)
from patrol.routing.schedule import schedule
from patrol.units import UNREACHABLE

CODES = (
    "no_option", "no_party", "no_skill", "no_zone", "not_allowed", "unreachable", "no_window_day",
    "no_window", "too_long", "costs_more", "outranked", "not_placed",
)  # fmt: skip

Ways = list[tuple[int, int]]  # (shift, option)


def reason(problem: Problem, solution: Solution, task: int) -> str:
    """Return why the solution leaves a task out.

    Raises
    ------
    ValueError
        If a route serves it.
    """
    draft = tuple((route.shift, served(route)) for route in solution.routes)
    if any(task == number for _, sequence in draft for number, _ in sequence):
        raise ValueError(f"task {task} is served")
    return reasons(problem, draft, [task])[task]


def reasons(
    problem: Problem, draft: Draft, tasks: list[int], candidates: list[Candidates] | None = None
) -> dict[int, str]:
    """Return why each of some tasks is not in a draft.

    Parameters
    ----------
    candidates : list of Candidates, optional
        :func:`patrol.routing.greedy.all_candidates` of this problem, if it is at hand.
    """
    candidates = all_candidates(problem) if candidates is None else candidates
    found: dict[int, str] = {}
    able: dict[int, Ways] = {}
    for task in tasks:
        found[task], able[task] = _always(problem, task, range(len(problem.shifts)))
    open_tasks = [task for task in tasks if not found[task]]
    weights = goal_weights(problem)
    levels = {weight: [task for task in open_tasks if weights[task] == weight] for weight in weights}
    for weight, members in sorted(levels.items()):
        best = _best_scores(problem, _heavier(problem, draft, weight), members, candidates)
        for task in members:
            item = problem.tasks[task]
            worthless = all(gain(problem.shifts[shift], item.options[way]) <= 0 for shift, way in able[task])
            loss = -np.inf < best[task] <= 0 or worthless
            if not weight and loss:
                found[task] = "costs_more"
            else:
                found[task] = "outranked" if best[task] == -np.inf else "not_placed"
    return found


def _heavier(problem: Problem, draft: Draft, weight: int) -> Draft:
    """Return a draft without the tasks that a mandatory one of this weight might take the place of."""
    if not weight:
        return draft
    weights = goal_weights(problem)
    kept = ((shift, tuple(pair for pair in sequence if weights[pair[0]] > weight)) for shift, sequence in draft)
    return tuple((shift, sequence) for shift, sequence in kept if schedule(problem, shift, sequence))


def impossible_for(problem: Problem, task: int, shifts: Iterable[int]) -> str:
    """Return the code of why none of some shifts can serve a task, or '' if one that does nothing else can."""
    return _always(problem, task, shifts)[0]


def _always(problem: Problem, number: int, shifts: Iterable[int]) -> tuple[str, Ways]:
    """Return the code that holds whatever the plan, or none and the ways in which the task fits alone."""
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
    ways = [(k, way) for k, way in ways if _reached(problem, task, k, way)]
    if not ways:
        return "unreachable", []
    open_on_day = [(k, way) for k, way in ways if windows_on(task, problem.shifts[k])]
    alone = [(k, way) for k, way in open_on_day if _fits_alone(problem, number, k, way)]
    if alone:
        return "", alone
    always_open = dataclasses.replace(task, windows=())
    tasks = (*problem.tasks[:number], always_open, *problem.tasks[number + 1 :])
    opened = dataclasses.replace(problem, tasks=tasks)
    if not any(_fits_alone(opened, number, k, way) for k, way in ways):
        return "too_long", []
    return ("no_window" if open_on_day else "no_window_day"), []


def _reached(problem: Problem, task: Task, shift: int, way: int) -> bool:
    crew, option = problem.shifts[shift], task.options[way]
    profile = problem.profiles[crew.profile]
    legs = ((crew.start, option.entry), (option.exit, crew.end))
    return all(max(profile.travel_s[leg], profile.distance_m[leg]) < UNREACHABLE for leg in legs)


def _fits_alone(problem: Problem, number: int, shift: int, way: int) -> bool:
    crew, option = problem.shifts[shift], problem.tasks[number].options[way]
    travel = problem.profiles[crew.profile].travel_s
    work = int(travel[crew.start, option.entry]) + option.service_s + int(travel[option.exit, crew.end])
    if crew.group and work > crew.group_max_s:
        return False
    return schedule(problem, shift, ((number, way),)) is not None


def _best_scores(problem: Problem, draft: Draft, tasks: list[int], candidates: list[Candidates]) -> dict[int, float]:
    """Return the best net value a second at which each task still fits into the draft, -inf if it does not."""
    best = dict.fromkeys(tasks, -np.inf)
    sequences = dict(draft)
    routes = [RouteState(problem, k, sequences.get(k, ())) for k in range(len(problem.shifts))]
    left = hours_left(routes)
    wanted = np.zeros(len(problem.tasks), dtype=bool)
    wanted[tasks] = True
    for route in routes:
        rows = candidates[route.shift]
        rows = rows.take(wanted[rows.task])
        scores, _ = route.best_insertions(rows, left.get(route.crew.group, 2**62), pays=True)
        for task, score in zip(rows.task.tolist(), scores.tolist(), strict=True):
            best[task] = max(best[task], score)
    return best

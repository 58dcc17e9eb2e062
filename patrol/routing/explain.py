"""Why a task was left out, as a code; :mod:`patrol.words` makes the sentences.

Codes, in the order in which they are tried; each is about the shifts that the ones before it leave:

``no_option``
    No shift moves in a way in which the task can be served.
``no_party``, ``no_skill``, ``no_zone``
    No shift of a party that may, with every skill, at home in the zone (or of another zone that may come to its aid).
``not_allowed``
    The task is bound to shifts that are not among these (marks made by hand, safety).
``too_heavy``
    More than any of these shifts takes.
``unreachable``
    There is no way from the start of such a shift and back to its end.
``no_window_day``
    Not open on any day of these shifts.
``no_window``
    Open on such a day, but closed whenever they could be there.
``too_long``
    Does not fit into any of these shifts even alone: hours, limits, break.
``no_partner``, ``not_together``
    Tied to a task that nobody can serve; or no crews can serve both at the times that are asked.
``series_before``, ``series_too_soon``
    An occurrence before it is not served; or it is, and no shift that may serve this one comes late enough.
``home_had_room``
    Crews of another zone would take it, but may not come: one at home there has room. At home it does not pay.
``costs_more``
    Not mandatory, and worth no more than the time and way it would cost: wherever the plan still has room for it,
    or, if it has none, by its service alone.
``outranked``
    It would fit alone, but other tasks have the hours. Of a mandatory task it is said only if it fits nowhere even
    with every task put out that is not heavier (or set by hand).
``not_placed``
    The search found no place for it, and it is not shown that heavier tasks have the hours.

This module gives codes for every task of a finished search, fast: ``home_had_room`` is not among them, and where rules
bind tasks to one another it says ``not_placed`` when in doubt. :mod:`patrol.routing.why` looks at one task with all
rules, and proves or shows what it says.
"""

from __future__ import annotations

import dataclasses

import numpy as np

from patrol.routing.greedy import all_candidates, hours_left
from patrol.routing.insertion import Candidates, RouteState
from patrol.routing.model import Problem, Solution, goal_weights
from patrol.routing.rules import Draft, is_plain, served, worth
from patrol.routing.schedule import schedule
from patrol.routing.unfit import Known, Ways, bound, impossible_for, known_ways

CODES = (
    "no_option", "no_party", "no_skill", "no_zone", "not_allowed", "too_heavy", "unreachable", "no_window_day",
    "no_window", "too_long", "no_partner", "not_together", "series_before", "series_too_soon", "home_had_room",
    "costs_more", "outranked", "not_placed",
)  # fmt: skip

__all__ = ["CODES", "impossible_for", "reason", "reasons"]


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
    known: Known = {}
    day_of = {number: problem.shifts[shift].day for shift, sequence in draft for number, _ in sequence}
    for task in tasks:
        code, ways = known_ways(problem, task, known)
        found[task] = code or bound(problem, task, known)[0] or _after_others(problem, day_of, task, ways)
    open_tasks = [task for task in tasks if not found[task]]
    weights = _weights(problem)
    levels = {weight: [task for task in open_tasks if weights[task] == weight] for weight in weights}
    tied = {task for tie in problem.ties for task in (tie.first, tie.second)}
    for weight, members in sorted(levels.items()):
        best = _best_scores(problem, _heavier(problem, draft, weight), members, candidates)
        for task in members:
            loss = -np.inf < best[task] <= 0 or all(
                worth(problem, shift, task, way) <= 0 for shift, way in known[task][1]
            )
            if not weight and loss and task not in tied:
                found[task] = "costs_more"
            else:
                found[task] = "outranked" if best[task] == -np.inf else "not_placed"
    return found


def _weights(problem: Problem) -> tuple[int, ...]:
    """Return a weight a task: its own, or that of its series, for what it spares."""
    weights = list(goal_weights(problem))
    for series in problem.series:
        for task in series.tasks:
            weights[task] += series.weight
    return tuple(weights)


def _after_others(problem: Problem, day_of: dict[int, int], task: int, ways: Ways) -> str:
    """Return the code of a task whose series is served too little before it, or too late."""
    for series in problem.series:
        if task in series.tasks:
            place = series.tasks.index(task)
            if place and series.tasks[place - 1] not in day_of:
                return "series_before"
            last = day_of[series.tasks[place - 1]] if place else series.last_day
            if all(problem.shifts[shift].day < last + series.min_gap for shift, _ in ways):
                return "series_too_soon"
    return ""


def _heavier(problem: Problem, draft: Draft, weight: int) -> Draft:
    """Return a draft without the tasks that a mandatory one of this weight might take the place of."""
    if not weight:
        return draft
    weights = _weights(problem)
    kept = ((shift, tuple(pair for pair in sequence if weights[pair[0]] > weight)) for shift, sequence in draft)
    return tuple((shift, sequence) for shift, sequence in kept if schedule(problem, shift, sequence))


def _best_scores(problem: Problem, draft: Draft, tasks: list[int], candidates: list[Candidates]) -> dict[int, float]:
    """Return the best net value a second at which each task still fits into the draft, -inf if it does not.

    Of rules that are not plain those that only forbid or cost more are left out, but for opening a shift, so that what
    does not fit or pay here never does.
    """
    best = dict.fromkeys(tasks, -np.inf)
    sequences = dict(draft)
    routes = [RouteState(problem, k, sequences.get(k, ())) for k in range(len(problem.shifts))]
    left = hours_left(routes)
    wanted = np.zeros(len(problem.tasks), dtype=bool)
    wanted[tasks] = True
    plain = is_plain(problem)
    for route in routes:
        rows = candidates[route.shift]
        rows = rows.take(wanted[rows.task])
        if not plain:
            rows = _fully_priced(problem, route, rows)
        scores, _ = route.best_insertions(rows, left.get(route.crew.group, 2**62), pays=True)
        for task, score in zip(rows.task.tolist(), scores.tolist(), strict=True):
            best[task] = max(best[task], score)
    return best


def _fully_priced(problem: Problem, route: RouteState, rows: Candidates) -> Candidates:
    """Return candidates with the prices of aid, change and opening in what they gain."""
    opening = 0 if route.sequence else route.crew.price_open
    pairs = zip(rows.task.tolist(), rows.option.tolist(), strict=True)
    gains = [worth(problem, route.shift, task, option) - opening for task, option in pairs]
    return dataclasses.replace(rows, gain=np.array(gains, dtype=np.int64))

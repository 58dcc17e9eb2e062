"""Best-insertion heuristic: fast, deterministic, and true to every rule of the model.

Mandatory tasks come first, heaviest first, each time the one whose best place costs the fewest seconds; then the
task with the most net value a second, until nothing fits or pays. After an insertion only the changed shift (and
those that share its hours) is looked at again, all tasks and places at once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from patrol.routing.insertion import Candidates, RouteState, Scores, candidates_of
from patrol.routing.model import Problem, goal_weights
from patrol.routing.rules import Draft


@dataclass(slots=True)
class _Table:
    """Best place of every task in every shift, shape (tasks, shifts); a score of 0 or less is not worth taking."""

    score: Scores
    option: NDArray[np.int64]
    position: NDArray[np.int64]


def all_candidates(problem: Problem) -> list[Candidates]:
    """Return what :func:`greedy` looks up first, for callers that run it again and again on one problem."""
    return [candidates_of(problem, shift) for shift in range(len(problem.shifts))]


def greedy(problem: Problem, start: Draft = (), candidates: list[Candidates] | None = None) -> Draft:
    """Return (shift, sequence) pairs made by insertion alone, sorted by shift.

    Parameters
    ----------
    start : Draft
        Sequences to begin with; they must be feasible.
    candidates : list of Candidates, optional
        :func:`all_candidates` of this problem, if it is at hand.
    """
    candidates = all_candidates(problem) if candidates is None else candidates
    routes = [RouteState(problem, shift, dict(start).get(shift, ())) for shift in range(len(problem.shifts))]
    weights = np.array(goal_weights(problem), dtype=object)
    alive = np.ones(len(problem.tasks), dtype=bool)
    for _, sequence in start:
        alive[[task for task, _ in sequence]] = False
    for weight in sorted({*weights.tolist(), 0}, reverse=True):
        members = alive & (weights == weight) if weight else alive.copy()
        if not problem.shifts or not members.any():
            continue
        _fill(routes, candidates, members, pays=not weight)
        for route in routes:
            alive[[task for task, _ in route.sequence]] = False
    return tuple((route.shift, tuple(route.sequence)) for route in routes if route.sequence)


def _fill(routes: list[RouteState], candidates: list[Candidates], alive: NDArray[np.bool_], *, pays: bool) -> None:
    """Insert tasks marked in ``alive`` into ``routes`` until none fits (or, with ``pays``, none is worth it)."""
    shape = (len(alive), len(routes))
    table = _Table(np.full(shape, -np.inf), np.zeros(shape, np.int64), np.zeros(shape, np.int64))
    left = hours_left(routes)
    for shift in range(len(routes)):
        _look(table, routes[shift], candidates[shift], alive, left, pays=pays)
    while True:
        task, shift = divmod(int(table.score.argmax()), len(routes))
        if table.score[task, shift] <= 0:
            return
        route = routes[shift]
        route.insert(int(table.position[task, shift]), (task, int(table.option[task, shift])))
        alive[task] = False
        table.score[task] = -np.inf
        left = hours_left(routes)
        for other in [shift, *_same_group(routes, shift)]:
            fits = alive & np.isfinite(table.score[:, other])  # what did not fit before will not fit a fuller route
            table.score[:, other] = -np.inf
            _look(table, routes[other], candidates[other], fits, left, pays=pays)


def _look(
    table: _Table,
    route: RouteState,
    candidates: Candidates,
    wanted: NDArray[np.bool_],
    left: dict[str, int],
    *,
    pays: bool,
) -> None:
    """Write the best place of every wanted task in one shift into the table."""
    chosen = candidates.take(wanted[candidates.task])
    score, position = route.best_insertions(chosen, left.get(route.crew.group, 2**62), pays=pays)
    order = np.argsort(score, kind="stable")  # the last write of a task wins: its best option
    order = order[np.isfinite(score[order])]
    tasks = chosen.task[order]
    table.score[tasks, route.shift] = score[order]
    table.option[tasks, route.shift] = chosen.option[order]
    table.position[tasks, route.shift] = position[order]


def hours_left(routes: list[RouteState]) -> dict[str, int]:
    """Return the seconds of work that each group of shifts has left."""
    left = {route.crew.group: route.crew.group_max_s for route in routes if route.crew.group}
    for route in routes:
        if route.crew.group:
            left[route.crew.group] -= route.work_s
    return left


def _same_group(routes: list[RouteState], shift: int) -> list[int]:
    group = routes[shift].crew.group
    return [route.shift for route in routes if group and route.crew.group == group and route.shift != shift]

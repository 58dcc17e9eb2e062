"""The OR-Tools engine: local search of the routing model, on one neighbourhood of the plan after another.

OR-Tools' own guided searches on the whole model accept a few dozen moves and then stand still, and how far
they get depends on the clock. So the plan is improved in pieces: a few shifts near a place, some of their
tasks taken out, put back greedily, and the piece handed to OR-Tools, whose descent ends by itself. That is
repeatable, whatever the machine's load; the clock is only an outer bound.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from ortools.constraint_solver import pywrapcp, routing_enums_pb2

from patrol.routing.greedy import greedy
from patrol.routing.model import Problem
from patrol.routing.ortools_model import as_draft, as_routes, build_model
from patrol.routing.rules import Draft, goal, groups_fit, may_serve, route_work
from patrol.routing.schedule import schedule

Progress = Callable[[int, int, int], None]

PIECE_SHIFTS = 4  # shifts in a piece
PIECE_WAITING = 15  # tasks not yet served that a piece may take in
REMOVED = 8  # tasks taken out before the piece is rebuilt
PIECE_SECONDS = 20  # outer bound on one piece's descent, which ends by itself long before
FAR = 10**9


@dataclass(frozen=True, slots=True)
class Searched:
    """What the search found: the sequences, the pieces tried, and why it ended."""

    draft: Draft
    iterations: int
    stopped_by: str


@dataclass(frozen=True, slots=True)
class _Lie:
    """Who may serve what, and where tasks lie: ``able`` (tasks, shifts), ``at`` (tasks, profiles), -1 for nowhere."""

    able: NDArray[np.bool_]
    at: NDArray[np.int64]


def search(
    problem: Problem, *, seed: int, iterations: int, seconds: float, progress: Progress | None = None
) -> Searched:
    """Return the best sequences found within a number of pieces.

    Parameters
    ----------
    seed : int
        Of the choice of pieces.
    iterations : int
        Pieces to try. The same number gives the same result.
    seconds : float
        Outer bound; ``stopped_by`` says ``seconds`` if it bit.
    progress : callable, optional
        Told (pieces done, pieces to do, value so far in milli-ECM).
    """
    end = time.monotonic() + seconds
    draft = greedy(problem)
    lie = _lie_of(problem)
    open_tasks = np.flatnonzero(lie.able.any(axis=1) & (lie.at >= 0).any(axis=1))
    if not len(open_tasks):
        return Searched(draft, 0, "exhausted")
    rng = np.random.default_rng(seed)
    best = goal(problem, draft)
    for done in range(iterations):
        if time.monotonic() > end:
            return Searched(draft, done, "seconds")
        better = _improve(problem, draft, lie, int(rng.choice(open_tasks)), rng)
        if better is not None and goal(problem, better) >= best:
            draft, best = better, goal(problem, better)
        if progress is not None:
            progress(done + 1, iterations, best[2])
    return Searched(draft, iterations, "iterations")


def _lie_of(problem: Problem) -> _Lie:
    tasks, shifts = len(problem.tasks), len(problem.shifts)
    able = np.zeros((tasks, shifts), dtype=bool)
    at = np.full((tasks, len(problem.profiles)), -1, dtype=np.int64)
    for task in range(tasks):
        for option in reversed(problem.tasks[task].options):
            at[task, option.profile] = option.entry
        for shift in range(shifts):
            able[task, shift] = at[task, problem.shifts[shift].profile] >= 0 and may_serve(problem, task, shift)
    return _Lie(able, at)


def _improve(problem: Problem, draft: Draft, lie: _Lie, seed: int, rng: np.random.Generator) -> Draft | None:
    """Return the draft with one piece around a task searched again, or None if nothing came of it."""
    sequences = dict(draft)
    metres = _metres_from(problem, lie, seed)
    shifts = _near_shifts(problem, sequences, lie, metres, rng)
    served = {task for _, sequence in draft for task, _ in sequence}
    inside = [task for shift in shifts for task, _ in sequences.get(shift, ())]
    waiting = [
        int(task)
        for task in np.argsort(metres, kind="stable")
        if int(task) not in served and lie.able[task, shifts].any()
    ][:PIECE_WAITING]
    tasks = sorted({*inside, *waiting})
    if not tasks:
        return None
    piece = _cut_out(problem, draft, shifts, tasks)
    number = {task: k for k, task in enumerate(tasks)}
    today = tuple(
        (k, tuple((number[task], option) for task, option in sequences[shift]))
        for k, shift in enumerate(shifts)
        if shift in sequences
    )
    found = _descend(piece, _rebuilt(piece, today, rng))
    if found is None or goal(piece, found) < goal(piece, today):
        return None
    for shift in shifts:
        sequences.pop(shift, None)
    for k, sequence in found:
        sequences[shifts[k]] = tuple((tasks[task], option) for task, option in sequence)
    return tuple(sorted(sequences.items()))


def _metres_from(problem: Problem, lie: _Lie, seed: int) -> NDArray[np.int64]:
    """Return how far each task is from one task, in the profile in which it is nearest."""
    metres = np.full(len(lie.at), FAR, dtype=np.int64)
    for number, profile in enumerate(problem.profiles):
        here = lie.at[seed, number]
        known = lie.at[:, number] >= 0
        if here >= 0:
            metres[known] = np.minimum(metres[known], profile.distance_m[here, lie.at[known, number]])
    metres[seed] = 0
    return metres


def _near_shifts(
    problem: Problem,
    sequences: dict[int, tuple[tuple[int, int], ...]],
    lie: _Lie,
    metres: NDArray[np.int64],
    rng: np.random.Generator,
) -> list[int]:
    """Return the shifts of a piece: those that work nearest to the place, with some chance in it."""
    seed = int(np.argmin(metres))
    far = np.full(len(problem.shifts), FAR, dtype=float)
    for index, shift in enumerate(problem.shifts):
        if index in sequences:
            far[index] = min(metres[task] for task, _ in sequences[index])
        elif lie.at[seed, shift.profile] >= 0:
            far[index] = problem.profiles[shift.profile].distance_m[shift.start, lie.at[seed, shift.profile]]
    far = (far + 1.0) * rng.uniform(0.5, 2.0, len(far))
    return sorted(int(k) for k in np.argsort(far, kind="stable")[:PIECE_SHIFTS])


def _cut_out(problem: Problem, draft: Draft, shifts: list[int], tasks: list[int]) -> Problem:
    """Return the problem of a piece: its shifts, its tasks, and what is left of shared hours."""
    used: dict[str, int] = {}
    for index, sequence in draft:
        group = problem.shifts[index].group
        if group and index not in shifts:
            used[group] = used.get(group, 0) + route_work(problem, index, sequence)
    number = {shift: k for k, shift in enumerate(shifts)}
    crews = []
    for shift in shifts:
        crew = problem.shifts[shift]
        left = crew.group_max_s - used.get(crew.group, 0) if crew.group else 0
        crews.append(dataclasses.replace(crew, group_max_s=max(0, left)))
    wanted = []
    for index in tasks:
        task = problem.tasks[index]
        allowed = None if task.shifts is None else tuple(number[k] for k in task.shifts if k in number)
        wanted.append(dataclasses.replace(task, shifts=allowed))
    return dataclasses.replace(problem, tasks=tuple(wanted), shifts=tuple(crews))


def _rebuilt(piece: Problem, today: Draft, rng: np.random.Generator) -> Draft:
    """Return the piece with some tasks taken out and put back greedily."""
    out = set(rng.choice(len(piece.tasks), min(REMOVED, len(piece.tasks)), replace=False).tolist())
    kept = tuple((k, tuple(pair for pair in sequence if pair[0] not in out)) for k, sequence in today)
    kept = tuple((k, sequence) for k, sequence in kept if sequence)
    feasible = all(schedule(piece, k, sequence) is not None for k, sequence in kept) and groups_fit(piece, kept)
    return greedy(piece, kept if feasible else today)


def _descend(piece: Problem, start: Draft) -> Draft | None:
    """Return where OR-Tools' local search gets from a start, if every route of it holds under our own clock."""
    built = build_model(piece)
    parameters = pywrapcp.DefaultRoutingSearchParameters()
    parameters.local_search_metaheuristic = routing_enums_pb2.LocalSearchMetaheuristic.GREEDY_DESCENT
    parameters.time_limit.FromSeconds(PIECE_SECONDS)
    built.routing.CloseModelWithParameters(parameters)
    routes = as_routes(built, start)
    hint = None if routes is None else built.routing.ReadAssignmentFromRoutes(routes, True)
    if hint is None:
        return start
    assignment = built.routing.SolveFromAssignmentWithParameters(hint, parameters)
    if assignment is None:
        return start
    found = as_draft(built, assignment)
    good = all(schedule(piece, k, sequence) is not None for k, sequence in found) and groups_fit(piece, found)
    return found if good and goal(piece, found) >= goal(piece, start) else start

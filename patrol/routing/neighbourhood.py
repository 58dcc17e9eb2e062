"""A small piece of a plan that can be solved as a problem of its own: a few shifts and the tasks around them.

The rest of the plan stands still meanwhile. Shifts that share hours keep what the rest of their group leaves them, so
every rule of the whole problem is a rule of the piece.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from patrol.routing.model import Problem, goal_weights
from patrol.routing.rules import Draft, Sequence, may_serve, options_of, route_work
from patrol.units import UNREACHABLE

Ints = NDArray[np.int64]
MOST_SHIFTS = 4
MOST_TASKS = 60  # beyond this the routing model's local search takes seconds a piece
MOST_OUTSIDE = 15


@dataclass(frozen=True, slots=True)
class Relations:
    """What is near what, and who may serve what.

    Attributes
    ----------
    serves : ndarray of bool, shape (tasks, shifts)
        Whether the shift may serve the task in some way.
    place : ndarray of int64, shape (tasks, profiles)
        Where the task's first option of the profile begins, -1 without one.
    weight : ndarray of float, shape (tasks,)
        How much nearer than it is a task is taken to be while it is left out: mandatory ones are tried more often.
    """

    serves: NDArray[np.bool_]
    place: Ints
    weight: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Piece:
    """Part of a problem: its own ``problem``, and the indexes of its shifts and tasks in the whole one."""

    problem: Problem
    shifts: tuple[int, ...]
    tasks: tuple[int, ...]


def relations_of(problem: Problem) -> Relations:
    """Return the relations of a problem."""
    tasks, profiles = problem.tasks, range(len(problem.profiles))
    place = np.full((len(tasks), len(problem.profiles)), -1, dtype=np.int64)
    for number, task in enumerate(tasks):
        for profile in profiles:
            ways = options_of(task, profile)
            if ways:
                place[number, profile] = task.options[ways[0]].entry
    serves = np.array(
        [
            [
                place[task, shift.profile] >= 0 and may_serve(problem, task, index)
                for index, shift in enumerate(problem.shifts)
            ]
            for task in range(len(tasks))
        ],
        dtype=bool,
    ).reshape(len(tasks), len(problem.shifts))
    weight = np.where(np.array([w > 0 for w in goal_weights(problem)], dtype=bool), 4.0, 1.0)
    return Relations(serves, place, weight)


def pick(problem: Problem, relations: Relations, draft: Draft, rng: np.random.Generator) -> Piece | None:
    """Return a random piece round a random task: near shifts, what they serve, and near tasks left out.

    None if no shift may serve any task.
    """
    able = np.flatnonzero(relations.serves.any(axis=1))
    if not len(able):
        return None
    sequences = dict(draft)
    seed = _seed(able, relations, sequences, rng)
    metres = _metres_from(problem, relations, seed)
    far = np.array([_shift_metres(problem, relations, seed, metres, sequences, k) for k in range(len(problem.shifts))])
    far = (far + 500.0) * rng.uniform(0.4, 2.5, len(far)) * np.where(relations.serves[seed], 1.0, 4.0)
    shifts: list[int] = []
    inside: list[int] = []
    for shift in np.argsort(far, kind="stable").tolist():
        tasks = [task for task, _ in sequences.get(shift, ())]
        if shifts and (len(shifts) == MOST_SHIFTS or len(inside) + len(tasks) > MOST_TASKS):
            break
        shifts.append(shift)
        inside += tasks
    left_out = np.array(relations.serves[:, shifts].any(axis=1), dtype=bool)
    left_out[[task for _, sequence in draft for task, _ in sequence]] = False
    outside = np.flatnonzero(left_out)
    near = np.argsort((metres[outside] + 500.0) / relations.weight[outside], kind="stable")[:MOST_OUTSIDE]
    return _cut(problem, draft, tuple(sorted(shifts)), tuple(sorted([*inside, *outside[near].tolist()])))


def _seed(able: Ints, relations: Relations, sequences: dict[int, Sequence], rng: np.random.Generator) -> int:
    """Return a task: one time in four a mandatory one that is left out, if there is any."""
    served = {task for sequence in sequences.values() for task, _ in sequence}
    urgent = [task for task in able.tolist() if relations.weight[task] > 1 and task not in served]
    pool = urgent if urgent and rng.random() < 0.25 else able.tolist()
    return int(pool[int(rng.integers(len(pool)))])


def _metres_from(problem: Problem, relations: Relations, seed: int) -> Ints:
    """Return metres from a task to every other by whatever profile serves both."""
    metres = np.full(len(problem.tasks), UNREACHABLE, dtype=np.int64)
    for number, profile in enumerate(problem.profiles):
        if relations.place[seed, number] >= 0:
            both = np.flatnonzero(relations.place[:, number] >= 0)
            away = profile.distance_m[relations.place[seed, number], relations.place[both, number]]
            metres[both] = np.minimum(metres[both], away)
    return metres


def _shift_metres(
    problem: Problem, relations: Relations, seed: int, metres: Ints, sequences: dict[int, Sequence], shift: int
) -> int:
    """Return metres from a task to the nearest stop of a shift, or to the start of an empty one."""
    if sequences.get(shift):
        return int(min(metres[task] for task, _ in sequences[shift]))
    crew = problem.shifts[shift]
    place = relations.place[seed, crew.profile]
    return UNREACHABLE if place < 0 else int(problem.profiles[crew.profile].distance_m[crew.start, place])


def _cut(problem: Problem, draft: Draft, shifts: tuple[int, ...], tasks: tuple[int, ...]) -> Piece:
    used: dict[str, int] = {}
    for shift, sequence in draft:
        group = problem.shifts[shift].group
        if group and shift not in shifts:
            used[group] = used.get(group, 0) + route_work(problem, shift, sequence)
    number_of = {shift: number for number, shift in enumerate(shifts)}
    crews = (problem.shifts[shift] for shift in shifts)
    own = tuple(dataclasses.replace(c, group_max_s=c.group_max_s - used.get(c.group, 0)) for c in crews)
    bound = tuple(
        task
        if task.shifts is None
        else dataclasses.replace(task, shifts=tuple(number_of[k] for k in task.shifts if k in number_of))
        for task in (problem.tasks[number] for number in tasks)
    )
    return Piece(Problem(problem.days, problem.profiles, bound, own), shifts, tasks)


def part_of(draft: Draft, piece: Piece) -> Draft:
    """Return the draft's sequences of the piece, in the piece's own numbers."""
    task_of = {task: number for number, task in enumerate(piece.tasks)}
    sequences = dict(draft)
    return tuple(
        (number, tuple((task_of[task], option) for task, option in sequences[shift]))
        for number, shift in enumerate(piece.shifts)
        if shift in sequences
    )


def merged(draft: Draft, piece: Piece, part: Draft) -> Draft:
    """Return the draft with the piece's shifts replaced by ``part``."""
    kept = [(shift, sequence) for shift, sequence in draft if shift not in piece.shifts]
    new = [(piece.shifts[k], tuple((piece.tasks[task], o) for task, o in sequence)) for k, sequence in part]
    return tuple(sorted(kept + new))

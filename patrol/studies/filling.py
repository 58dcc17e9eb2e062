"""The greedy engine's insertion, compiled, for problems that are solved a thousand times with other prizes.

:func:`filled` gives what :func:`patrol.routing.greedy.greedy` gives, stop by stop (held by tests), some twenty times
faster: which task fits where depends on the problem, so the candidates are put in flat arrays once. Nothing is built
in that the simulation does not need: no windows of tasks, no start from a draft, no repair.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from patrol.errors import Finding, ProblemError
from patrol.routing.greedy import all_candidates
from patrol.routing.model import Problem
from patrol.routing.rules import Draft
from patrol.studies.inserting import Crews, Ints, Rows, Ways, fill


@dataclass(frozen=True, slots=True, eq=False)
class Filling:
    """A problem made ready for :func:`filled`.

    Attributes
    ----------
    group_max_s : ndarray of int
        Seconds that each group of shifts shares.
    """

    tasks: int
    rows: Rows
    crews: Crews
    ways: Ways
    group_max_s: Ints


def make_filling(problem: Problem) -> Filling:
    """Return a problem made ready.

    Raises
    ------
    ProblemError
        If a task has windows or is pinned: those are for the engines.
    """
    if odd := [task.task_id for task in problem.tasks if task.windows or task.pinned]:
        raise ProblemError(Finding("error", "simulate.task", odd[0], "has windows or a pin", "leave them out"))
    candidates = all_candidates(problem)
    begin = np.cumsum([0, *(len(part.task) for part in candidates)])
    columns = ("task", "option", "entry", "exit", "service_s", "walk_m", "distance_m")
    empty = [np.zeros(0, np.int64)]
    rows = Rows(begin, *(np.concatenate([getattr(part, name) for part in candidates] or empty) for name in columns))
    groups = sorted({shift.group for shift in problem.shifts if shift.group})
    hours = {shift.group: shift.group_max_s for shift in problem.shifts}
    sizes = np.array([len(profile.travel_s) for profile in problem.profiles], dtype=np.int64)
    ways = Ways(
        np.cumsum(np.r_[0, sizes**2])[:-1],
        sizes,
        np.array([profile.on_foot for profile in problem.profiles], dtype=bool),
        _pairs([(profile.travel_s, profile.distance_m) for profile in problem.profiles]),
        _pairs([(profile.travel_s.T, profile.distance_m.T) for profile in problem.profiles]),
    )
    shared = np.array([hours[name] for name in groups], dtype=np.int64)
    return Filling(len(problem.tasks), rows, _crews(problem, groups), ways, shared)


def _pairs(matrices: list[tuple[Ints, Ints]]) -> Ints:
    parts = [np.column_stack([one.ravel(), other.ravel()]) for one, other in matrices]
    return np.ascontiguousarray(np.concatenate(parts or [np.zeros((0, 2), np.int64)]))


def _crews(problem: Problem, groups: list[str]) -> Crews:
    number = {name: k for k, name in enumerate(groups)}
    table = np.array([
        (
            s.profile, s.day, s.start, s.end, s.opens, s.closes, s.max_work_s, s.max_distance_m, s.max_walk_m,
            *((s.pause.earliest, s.pause.latest, s.pause.duration_s) if s.pause else (0, 0, 0)),
            number.get(s.group, -1), s.price_s, s.price_m,
        )
        for s in problem.shifts
    ], dtype=np.int64).reshape(len(problem.shifts), len(Crews._fields))  # fmt: skip
    return Crews(*(np.ascontiguousarray(table[:, k]) for k in range(table.shape[1])))


def filled(filling: Filling, prize: Ints, weight: Ints, off: NDArray[np.bool_] | None = None) -> Draft:
    """Return (shift, sequence) pairs made by insertion, sorted by shift.

    Parameters
    ----------
    off : ndarray of bool, shape (shifts,), optional
        Shifts that have no time.
    prize : ndarray of int, shape (rows,)
        Milli-ECM of each row of ``filling.rows``.
    weight : ndarray of int, shape (tasks,)
        Weight of mandatory tasks, 0 for optional ones.
    """
    rows, crews = filling.rows, filling.crews
    if off is not None:
        crews = crews._replace(max_work_s=np.where(off, 0, crews.max_work_s))
    shifts = len(crews.day)
    of_shift = np.repeat(np.arange(shifts), np.diff(rows.begin))
    gain = prize - crews.price_s[of_shift] * rows.service_s
    alive = np.zeros(filling.tasks, dtype=bool)
    alive[rows.task[(prize > 0) | (weight[rows.task] > 0)]] = True  # nothing to gain, nothing to look up
    count, sequence = fill(rows, crews, filling.ways, filling.group_max_s.copy(), gain, weight, alive)
    return tuple(
        (shift, tuple((int(rows.task[row]), int(rows.option[row])) for row in sequence[shift, : count[shift]]))
        for shift in range(shifts)
        if count[shift]
    )

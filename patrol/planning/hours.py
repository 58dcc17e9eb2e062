"""Hours needed against hours there: the least that all tasks take with the crews there are.

What a task costs a crew is its service and the shortest way to it from anywhere that crew's way of moving may come
from; only crews count whose shifts may serve it (party, skills, zone, list of shifts, a window that day, a way there
and back within the shift). Every crew works at most its hours, so the hours of one fast crew are spent once and not
on every task. Shared out so that the fewest hours are left without a crew, and then so that the sum is least, with
tasks divisible among crews (a linear programme): no plan that leaves nothing out can take less. What finds no crew
with hours left counts with its cheapest way, as if that crew had more shifts.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog
from scipy.sparse import csr_array

from patrol.routing.greedy import all_candidates
from patrol.routing.insertion import Candidates
from patrol.routing.model import Problem, Shift
from patrol.units import UNREACHABLE

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
NO_CREW = 10_000.0  # how much worse an hour that no crew has is than one that a crew works: never chosen to save hours


def available_s(shift: Shift) -> int:
    """Return the working seconds a shift offers: its hours less the break, at most its work limit."""
    hours = shift.closes - shift.opens - (shift.pause.duration_s if shift.pause else 0)
    return max(0, min(hours, shift.max_work_s))


def offered_s(problem: Problem) -> list[int]:
    """Return the working seconds each shift offers; the shifts of a group share what the group may work, in order."""
    spent: dict[str, int] = {}
    result = []
    for shift in problem.shifts:
        seconds = available_s(shift)
        if shift.group:
            seconds = max(0, min(seconds, shift.group_max_s - spent.get(shift.group, 0)))
            spent[shift.group] = spent.get(shift.group, 0) + seconds
        result.append(seconds)
    return result


def needed_s(problem: Problem) -> list[int]:
    """Return the working seconds each task needs at least with the crews there are; 0 if no shift may serve it.

    A lower bound only in the sum: if crews share a task, its seconds are those of both, weighted.
    """
    ways = _ways(problem)
    seconds = np.zeros(len(problem.tasks))
    if len(ways.task):
        np.add.at(seconds, ways.task, _shared_out(ways))
    return [int(value) for value in np.round(seconds)]


@dataclass(frozen=True, slots=True)
class _Ways:
    """One row for each task and crew that may serve it, by task: least seconds; and what each crew offers."""

    task: Ints
    crew: Ints
    seconds: Ints
    offered: Ints


def _ways(problem: Problem) -> _Ways:
    crews = sorted({(shift.crew_id, shift.profile) for shift in problem.shifts})
    number = {crew: k for k, crew in enumerate(crews)}
    offered = np.zeros(len(crews), np.int64)
    least = np.full((len(problem.tasks), len(crews)), UNREACHABLE, np.int64)
    nearest = [_nearest(problem, profile) for profile in range(len(problem.profiles))]
    candidates = all_candidates(problem)
    for index, (shift, seconds) in enumerate(zip(problem.shifts, offered_s(problem), strict=True)):
        crew = number[shift.crew_id, shift.profile]
        offered[crew] += seconds
        rows = candidates[index].take(_fits(problem, shift, candidates[index]))
        ways = rows.service_s + [nearest[shift.profile][pair] for pair in zip(rows.task, rows.option, strict=True)]
        np.minimum.at(least[:, crew], rows.task, ways)
    task, crew_of = np.nonzero(least < UNREACHABLE)
    return _Ways(task, crew_of, least[task, crew_of], offered)


def _fits(problem: Problem, shift: Shift, rows: Candidates) -> NDArray[np.bool_]:
    """Mark the candidates that a shift could serve if it did nothing else."""
    travel = problem.profiles[shift.profile].travel_s
    there, back = travel[shift.start, rows.entry], travel[rows.exit, shift.end]
    limit = min(available_s(shift), shift.group_max_s) if shift.group else available_s(shift)
    fits: NDArray[np.bool_] = (np.maximum(there, back) < UNREACHABLE) & (there + rows.service_s + back <= limit)
    return fits


def _nearest(problem: Problem, profile: int) -> dict[tuple[int, int], int]:
    """Return the least travel to the entry of each (task, option) of a profile, from another task or a start.

    A place counts as a place to come from only if something else is there: tasks at one place cost no way between.
    """
    travel = problem.profiles[profile].travel_s
    users: dict[int, set[int]] = {}
    for number, task in enumerate(problem.tasks):
        for option in task.options:
            if option.profile == profile:
                users.setdefault(option.exit, set()).add(number)
    for shift in problem.shifts:
        if shift.profile == profile:
            users.setdefault(shift.start, set()).add(-1)
    elsewhere = travel.astype(np.int64, copy=True)
    np.fill_diagonal(elsewhere, UNREACHABLE)
    sources = sorted(users)
    least = elsewhere[sources].min(axis=0) if sources else np.zeros(len(travel), np.int64)
    return {
        (number, index): 0 if users.get(option.entry, set()) - {number} else int(least[option.entry])
        for number, task in enumerate(problem.tasks)
        for index, option in enumerate(task.options)
        if option.profile == profile
    }


def _shared_out(ways: _Ways) -> Floats:
    """Return the seconds of each way in the cheapest sharing out of tasks among crews that keeps to their hours."""
    first = np.flatnonzero(np.diff(ways.task, prepend=-1))  # rows are by task: where each begins
    position = np.cumsum(np.diff(ways.task, prepend=ways.task[0]) > 0)
    cheapest = np.minimum.reduceat(ways.seconds, first)
    chosen = np.lexsort((ways.crew, ways.seconds, ways.task))[first]
    spent = np.bincount(ways.crew[chosen], weights=ways.seconds[chosen], minlength=len(ways.offered))
    if (spent <= ways.offered).all():
        alone = np.zeros(len(ways.task))
        alone[chosen] = ways.seconds[chosen]
        return alone
    rows, tasks = len(ways.task), len(first)
    ones, columns = np.ones(rows + tasks), np.arange(rows + tasks)
    whole = csr_array((ones, (np.concatenate([position, np.arange(tasks)]), columns)))
    shape = (len(ways.offered), rows + tasks)
    hours = csr_array((ways.seconds.astype(float), (ways.crew, np.arange(rows))), shape=shape)
    cost = np.concatenate([ways.seconds, NO_CREW * cheapest])
    found = linprog(cost, A_ub=hours, b_ub=ways.offered, A_eq=whole, b_eq=np.ones(tasks), method="highs")
    shared: Floats = found.x[:rows] * ways.seconds
    shared[first] += found.x[rows:] * cheapest
    return shared

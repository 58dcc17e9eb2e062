"""How far crews walk from the road: the limit of everybody, and that of a crew that has one of its own."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd

from patrol.config import TravelSettings
from patrol.routing.model import Problem, Shift, Task
from patrol.units import UNREACHABLE

Why = tuple[str, float]  # code and metres, see ``network.option_rows.Refusal``


def walk_in_m(shifts: pd.DataFrame, travel: TravelSettings) -> float:
    """Return the longest walk from the road to a line, one way, that any of some shifts may take.

    A crew's own ``max_walk_km`` is for a whole day, so it is there and back; without one ``max_walk_in_m`` holds.
    """
    own = shifts.loc[shifts["max_walk_m"] < UNREACHABLE, "max_walk_m"]
    return max(travel.max_walk_in_m, float(own.max()) / 2 if len(own) else 0.0)


def within_own_walk(
    tasks: tuple[Task, ...], options: list[pd.DataFrame], shifts: tuple[Shift, ...]
) -> tuple[Task, ...]:
    """Return the tasks, those far from the roads closed to crews whose own limit does not reach that far.

    Parameters
    ----------
    options : list of DataFrame
        A frame a profile; of a task that is ``far`` all of a profile's options are.
    """
    barred: dict[int, set[int]] = {}
    for profile, table in enumerate(options):
        far = table[table["far"].to_numpy(bool)]
        for task, metres in far.groupby("task")["walk_m"].min().items():
            barred.setdefault(int(str(task)), set()).update(
                number
                for number, shift in enumerate(shifts)
                if shift.profile == profile and not metres <= shift.max_walk_m < UNREACHABLE
            )
    result = list(tasks)
    for number, out in barred.items():
        allowed = range(len(shifts)) if tasks[number].shifts is None else tasks[number].shifts
        kept = tuple(shift for shift in allowed or () if shift not in out)
        result[number] = dataclasses.replace(tasks[number], shifts=kept)
    return tuple(result)


def unreachable(
    problem: Problem, before: tuple[Task, ...], reasons: list[dict[int, Why]]
) -> dict[str, tuple[Why, ...]]:
    """Return the tasks that nobody who may serve them can get to, and why by each way of moving they have.

    Parameters
    ----------
    before : tuple of Task
        The tasks without regard to own limits, see :func:`within_own_walk`.
    reasons : list of dict
        A dictionary a profile: why it has no option for a task, by the task's number.
    """
    out: dict[str, tuple[Why, ...]] = {}
    for number, task in enumerate(problem.tasks):
        able = _profiles(problem, before[number])
        ways = {option.profile for option in task.options}
        if ways & _profiles(problem, task) or (ways and not able):
            continue
        asked = able or set(range(len(reasons)))
        found = {reasons[profile][number] for profile in asked if number in reasons[profile]}
        walks = [option.walk_m for option in task.options if option.profile in able]
        found |= {("far_walk", float(min(walks)))} if walks else set()
        why = {(code, -1.0 if np.isnan(metres) else metres) for code, metres in found}
        out[task.task_id] = tuple(sorted(why)) or (("no_crew", -1.0),)
    return out


def _profiles(problem: Problem, task: Task) -> set[int]:
    """Return the ways of moving of the shifts that may serve a task, by party and by the list of shifts."""
    shifts = problem.shifts if task.shifts is None else [problem.shifts[k] for k in task.shifts]
    return {shift.profile for shift in shifts if not task.parties or shift.party in task.parties}

"""Hand-made decisions in ``schedule.xlsx`` become rules of the problem: pin, forbid, move."""

from __future__ import annotations

import dataclasses
from datetime import date, timedelta

from patrol.errors import Finding, PlanError
from patrol.layers.keep import Keep
from patrol.routing.model import Problem, Shift, Solution, Task
from patrol.routing.rules import may_serve


def apply_keeps(problem: Problem, keeps: tuple[Keep, ...], first: date) -> Problem:
    """Return the problem with each kept task bound to its shift, or kept away from it.

    A pin or move binds a task to one crew on one day, and outweighs every task that is not kept; a
    forbid takes that crew's day away from the task. Hand control never lifts a safety rule: parties,
    skills and the volunteers' reach still hold, and the conflict is named instead.

    Raises
    ------
    PlanError
        Names every keep whose task, crew or day is not part of this plan.
    """
    tasks = {task.task_id: task for task in problem.tasks}
    number = {task.task_id: k for k, task in enumerate(problem.tasks)}
    by_place = {(shift.crew_id, first + timedelta(days=shift.day)): k for k, shift in enumerate(problem.shifts)}
    found = []
    for keep in sorted(keeps, key=lambda k: (k.task_id, k.action, k.crew_id, str(k.date))):
        shift = by_place.get((keep.crew_id, keep.date))
        if keep.task_id not in tasks:
            what = f"task {keep.task_id} is not part of this plan"
            found.append(_conflict(keep, what, "it may be done or not due; take the mark away"))
        elif shift is None:
            what = f"crew {keep.crew_id} has no shift on {keep.date}"
            found.append(_conflict(keep, what, "choose a day the crew works, or change the roster"))
        else:
            fits = may_serve(problem, number[keep.task_id], shift)
            tasks[keep.task_id] = _bind(tasks[keep.task_id], shift, keep.action, len(problem.shifts), fits=fits)
    if found:
        raise PlanError(found)
    return dataclasses.replace(problem, tasks=tuple(tasks[task.task_id] for task in problem.tasks))


def _bind(task: Task, shift: int, action: str, total: int, *, fits: bool) -> Task:
    allowed = tuple(range(total)) if task.shifts is None else task.shifts
    if action == "forbid":
        return dataclasses.replace(task, shifts=tuple(k for k in allowed if k != shift))
    if shift not in allowed or not fits:
        return task  # a mark that a rule forbids must not cost the task its visit: it is named, and not followed
    return dataclasses.replace(task, shifts=(shift,), pinned=True)


def unkept(problem: Problem, solution: Solution, keeps: tuple[Keep, ...], first: date) -> tuple[Finding, ...]:
    """Return a finding for each pin or move that the plan does not follow, with what happened instead."""
    reasons = {problem.tasks[item.task].task_id: item.code for item in solution.dropped}
    served = {
        problem.tasks[stop.task].task_id: problem.shifts[route.shift]
        for route in solution.routes
        for stop in route.stops
        if stop.kind == "task"
    }
    found = []
    for keep in sorted(keeps, key=lambda k: (k.sheet, k.row)):
        shift = served.get(keep.task_id)
        if keep.action == "forbid" or (shift and _is_at(shift, keep, first)):
            continue
        if shift is None:
            what = f"could not be honoured: {reasons.get(keep.task_id, 'not_allowed')}"
        else:
            day = first + timedelta(days=shift.day)
            what = f"is against the rules for that crew or task; planned for {shift.crew_id} on {day} instead"
        found.append(_conflict(keep, what, "give it another crew or day"))
    return tuple(found)


def _is_at(shift: Shift, keep: Keep, first: date) -> bool:
    return shift.crew_id == keep.crew_id and first + timedelta(days=shift.day) == keep.date


def _conflict(keep: Keep, what: str, mend: str) -> Finding:
    text = f"{keep.action} of {keep.task_id} to {keep.crew_id} on {keep.date}: {what}"
    return Finding("error", "keep.conflict", f"sheet {keep.sheet}", text, mend, row=keep.row, field=keep.action)

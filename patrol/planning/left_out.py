"""Why a task is left out, where the frames that its problem was made from know more than the problem.

The problem knows only which shifts may serve a task. Who is missing where an appointment is confirmed, and how far a
volunteer goes from home, stand in what it was made from.
"""

from __future__ import annotations

from typing import Any

from patrol.planning.build import Built
from patrol.planning.keep import FAR_HOME, far_home
from patrol.routing.model import Dropped

HELD_ABSENT = "held_absent"
LEFT_OUT = (HELD_ABSENT, FAR_HOME)
"""Reasons besides those of ``routing.explain``: a crew that has confirmed an appointment does not work then; it is
farther from every volunteer's home than they go."""


def dropped_entry(built: Built, item: Dropped) -> dict[str, str]:
    """Return a task left out and why; of one that nobody who may go can get to, that before any rule about who may."""
    task_id = built.problem.tasks[item.task].task_id
    if task_id in built.unreachable:
        return {"task_id": task_id, "reason": "no_option"}
    if missing_crews(built, item.task):
        return {"task_id": task_id, "reason": HELD_ABSENT}
    if item.code == "not_allowed" and _beyond_all(built, item.task):
        return {"task_id": task_id, "reason": FAR_HOME}
    return {"task_id": task_id, "reason": built.tasks.loc[item.task, "extras"].get("put_off", item.code)}


def missing_of(built: Built, dropped: list[dict[str, str]]) -> dict[str, dict[str, Any]]:
    """Return what the entries of tasks say besides, by id: the crews whose absence costs an appointment."""
    number = {task.task_id: k for k, task in enumerate(built.problem.tasks)}
    lost = [item["task_id"] for item in dropped if item["reason"] == HELD_ABSENT]
    return {task_id: {"missing": missing_crews(built, number[task_id])} for task_id in lost}


def missing_crews(built: Built, task: int) -> list[str]:
    """Return the crews that have confirmed a task's appointment and do not work on its day."""
    found = built.held.get(str(built.tasks.loc[task, "joint"]))
    if found is None:
        return []
    day = (found.date - built.first).days
    there = {shift.crew_id for shift in built.problem.shifts if shift.day == day}
    return sorted({*found.crews.values()} - there) if 0 <= day < built.problem.days else []


def _beyond_all(built: Built, task: int) -> bool:
    """Return whether a task is for volunteers alone, and farther than they go from the home of each of them."""
    item = built.problem.tasks[task]
    profiles = {option.profile for option in item.options}
    able = [
        number
        for number, shift in enumerate(built.problem.shifts)
        if shift.profile in profiles and (not item.parties or shift.party in item.parties)
    ]
    return bool(able) and all(far_home(built, task, number) for number in able)

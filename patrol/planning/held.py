"""Confirmed appointments held in a problem: the time for all parties, the crew for those that have confirmed."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from types import MappingProxyType

from patrol.config.defence import DefenceSettings
from patrol.errors import Finding
from patrol.planning.build import Built
from patrol.planning.frames import records
from patrol.planning.joint import Appointment, notice_of
from patrol.planning.slack import before_meeting_s, spare_s
from patrol.routing.model import Task, Window
from patrol.units import DAY_S, clock


def hold(built: Built, held: dict[str, Appointment]) -> tuple[Built, list[Finding]]:
    """Return the problem with what is confirmed held, and what must be known of it.

    An appointment of a day after the plan, or of a crew that does not work then, is told; nothing is moved for it.
    """
    tasks, notes = list(built.problem.tasks), []
    for number, row in enumerate(records(built.tasks[["task_id", "joint", "parties"]]) if len(built.tasks) else []):
        found = held.get(row["joint"]) if row["joint"] else None
        if found is None:
            continue
        day, crew = (found.date - built.first).days, found.crews.get(next(iter(row["parties"]), ""), "")
        if day >= built.problem.days:
            notes.append(_told(row["task_id"], found, "it lies after the plan"))
            tasks[number] = replace(tasks[number], shifts=())
            continue
        shift = next((k for k, one in enumerate(built.problem.shifts) if (one.crew_id, one.day) == (crew, day)), -1)
        if crew and shift < 0:
            notes.append(_told(row["task_id"], found, f"{crew} does not work then"))
        elif crew and not _may(tasks[number], shift):
            notes.append(_told(row["task_id"], found, f"{crew} may not go there any more"))
            shift = -1
        tasks[number] = _at(tasks[number], built, found, day, shift, bound=bool(crew))
    problem = replace(built.problem, tasks=tuple(tasks))
    return replace(built, problem=problem, held=MappingProxyType(dict(held))), notes


def keep_told(built: Built, told: Mapping[str, Appointment], begun: Collection[str]) -> Built:
    """Return the problem in which what a plan proposed stays at its time, or moves to a day that leaves notice again.

    Parameters
    ----------
    told : dict
        Appointments that the plan before proposes, by joint id; of these what is confirmed stays in any case.
    begun : collection of str
        Those at which a party is already, or has been: the others come at that time or not at all.
    """
    tasks, settings, days = list(built.problem.tasks), built.project.settings.defence, range(built.problem.days)
    for number, row in enumerate(records(built.tasks[["task_id", "joint"]]) if len(built.tasks) else []):
        found = told.get(row["joint"])
        if found is None or row["joint"] in built.held:
            continue
        parts = built.tasks.loc[built.tasks["joint"] == row["joint"], "task_id"]
        notice = notice_of([str(part).rpartition("/")[2] for part in parts], settings)
        task, day = tasks[number], (found.date - built.first).days
        whole = task.windows or tuple(Window(k, 0, DAY_S) for k in days)
        later = () if row["joint"] in begun else tuple(one for one in whole if one.day >= notice)
        own = _window(settings, found, day)
        there = [one for one in whole if one.day == day and one not in later]
        cut = [replace(own, opens=max(own.opens, w.opens), closes=min(own.closes, w.closes)) for w in there]
        windows = (*(one for one in cut if one.opens <= one.closes), *later)
        tasks[number] = replace(task, windows=windows, shifts=task.shifts if windows else ())
    held = dict(built.held) | {joint: one for joint, one in told.items() if joint in begun and joint not in built.held}
    problem = replace(built.problem, tasks=tuple(tasks))
    return replace(built, problem=problem, held=MappingProxyType(held))


def _at(task: Task, built: Built, found: Appointment, day: int, shift: int, *, bound: bool) -> Task:
    window = _window(built.project.settings.defence, found, day)
    if not bound or task.shifts == ():
        return replace(task, windows=(window,))
    return replace(task, windows=(window,), shifts=(shift,) if shift >= 0 else (), pinned=shift >= 0)


def _window(settings: DefenceSettings, found: Appointment, day: int) -> Window:
    """Return when a party must be there; to be there later than its slack asks costs up to its worth."""
    tolerance, before = round(settings.joint_tolerance_min * 60), before_meeting_s(settings)
    opens, closes = max(0, found.at - tolerance - before), found.at + tolerance
    due = closes - spare_s(settings) - before
    if settings.spread <= 0 or due < opens:
        return Window(day, opens, closes)
    return Window(day, opens, closes, due, round(settings.joint_ecm * 1000) // max(1, closes - due))


def _may(task: Task, shift: int) -> bool:
    """Return whether the rules of safety leave a task to a shift: what is confirmed does not lift them."""
    return task.shifts is None or shift in task.shifts


def _told(task: str, found: Appointment, why: str) -> Finding:
    what = f"the appointment on {found.date} at {clock(found.at)} is confirmed, but {why}"
    return Finding(
        "note", "joint.held", task, what, f"plan with --move {found.joint} to make another, or change the roster"
    )

"""Hand-made decisions in ``schedule.xlsx`` become rules of the problem: pin, forbid, move.

A mark is honoured or refused, never half of it: a mark that no plan can follow, or not beside the other marks,
changes nothing about its task, which is then planned as if nobody had marked it. Either way the plan file says so
(``settings.kept``), so that it can be checked without the spreadsheet, and the next spreadsheet carries the marks on.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np

from patrol.errors import Finding, PlanError
from patrol.layers.keep import PUBLISHED, Keep, named
from patrol.planning.build import Built
from patrol.routing.explain import impossible_for
from patrol.routing.model import Problem, Solution
from patrol.text import clean
from patrol.words import kept_words

HONOURED = "honoured"
# Besides the codes of ``routing.explain``:
NO_TASK, NO_SHIFT, CROWDED, BY_HAND, FAR_HOME = "no_task", "no_shift", "crowded", "by_hand", "far_home"
HELD, URGENT = "held", "urgent"
_BY_HOLDING = {"not_allowed", "no_window_day", "no_window"}  # how a problem says that an appointment is held


@dataclass(frozen=True, slots=True)
class Mark:
    """A decision made by hand, and what became of it.

    Attributes
    ----------
    result : str
        ``honoured``, or why not: ``no_task`` (the task is not part of this plan), ``no_shift`` (the crew does not
        work that day), ``crowded`` (the other marks leave no room for it), ``by_hand`` (another mark forbids it),
        ``far_home`` (beyond a volunteer's walk from home), ``held`` (its appointment is confirmed), ``urgent``
        (an emergency needs the crew: only what was published gives way to one), or a code of
        :mod:`patrol.routing.explain` (a rule of safety, hours or reach).
    detail : str
        What the words of the result need: the last day of the task, the place of the mark that forbids it, the joint
        task whose appointment is confirmed.
    """

    keep: Keep
    result: str
    detail: str = ""


def apply_keeps(problem: Problem, keeps: Iterable[Keep], first: date) -> tuple[Problem, tuple[Mark, ...]]:
    """Return the problem with each kept task bound to its shift or kept away from it, and what became of each mark.

    A pin or move binds a task to one crew on one day, and outweighs every task that is not kept; a
    forbid takes that crew's day away from the task. Hand control never lifts a safety rule: parties,
    skills and the volunteers' reach still hold, and the mark is refused instead. A forbid of what is not
    part of the plan holds by itself.
    """
    number = {task.task_id: k for k, task in enumerate(problem.tasks)}
    by_place = {(shift.crew_id, first + timedelta(days=shift.day)): k for k, shift in enumerate(problem.shifts)}
    tasks = list(problem.tasks)
    marks = []
    forbidden: dict[tuple[int, int], Keep] = {}
    bound_to: dict[int, Keep] = {}
    for keep in sorted(keeps, key=lambda k: (k.task_id, k.action, k.crew_id, str(k.date))):
        task, shift = number.get(keep.task_id), by_place.get((keep.crew_id, keep.date))
        if task is None or shift is None:
            missing = NO_TASK if task is None else NO_SHIFT
            marks.append(Mark(keep, HONOURED if keep.action == "forbid" else missing))
            continue
        allowed = range(len(problem.shifts)) if (listed := tasks[task].shifts) is None else listed
        if keep.action == "forbid":
            tasks[task] = dataclasses.replace(tasks[task], shifts=tuple(k for k in allowed if k != shift))
            forbidden[task, shift] = keep
            marks.append(Mark(keep, HONOURED))
            continue
        if other := bound_to.get(task) or forbidden.get((task, shift)):
            marks.append(Mark(keep, BY_HAND, f"{other.sheet} {other.row}"))
            continue
        bound = dataclasses.replace(tasks[task], shifts=(shift,) if shift in allowed else (), pinned=True)
        trial = dataclasses.replace(problem, tasks=(*tasks[:task], bound, *tasks[task + 1 :]))
        why = impossible_for(trial, task, [shift])
        marks.append(Mark(keep, why or HONOURED, _last_day(problem, task, first) if why == "no_window_day" else ""))
        if not why:
            tasks[task], bound_to[task] = bound, keep
    return dataclasses.replace(problem, tasks=tuple(tasks)), in_order(marks)


def _last_day(problem: Problem, task: int, first: date) -> str:
    return (first + timedelta(days=max(window.day for window in problem.tasks[task].windows))).isoformat()


def rules_named(marks: Iterable[Mark], built: Built) -> tuple[Mark, ...]:
    """Return marks of which those say so that are refused because of what is confirmed, or a villager's long way.

    The routing problem knows only which shifts may serve a task and when; where they start, what they may walk and
    what is confirmed stand in what it was made from.
    """
    number = {task.task_id: k for k, task in enumerate(built.problem.tasks)}
    days = built.shifts["day"].to_numpy()
    result = []
    for mark in marks:
        day = (mark.keep.date - built.first).days
        own = np.flatnonzero((built.shifts["crew_id"] == mark.keep.crew_id).to_numpy() & (days == day))
        task = number.get(mark.keep.task_id)
        if task is not None and mark.result in _BY_HOLDING and (joint := _held_otherwise(built, task, mark.keep)):
            result.append(dataclasses.replace(mark, result=HELD, detail=joint))
            continue
        far = mark.result == "not_allowed" and task is not None and any(far_home(built, task, int(k)) for k in own)
        result.append(dataclasses.replace(mark, result=FAR_HOME) if far else mark)
    return tuple(result)


def _held_otherwise(built: Built, task: int, keep: Keep) -> str:
    """Return the joint task whose confirmed appointment has another day or crew than a mark wants, "" for none."""
    joint = str(built.tasks.loc[task, "joint"])
    found = built.held.get(joint)
    if found is None or not found.confirmed:
        return ""
    party = next(iter(built.problem.tasks[task].parties), "")
    return "" if (found.date, found.crews.get(party)) == (keep.date, keep.crew_id) else joint


def far_home(built: Built, task: int, shift: int) -> bool:
    """Return whether a task is farther from where a villager's shift has its home than a volunteer goes."""
    crew = built.problem.shifts[shift]
    places = {
        place
        for option in built.problem.tasks[task].options
        if option.profile == crew.profile
        for place in (option.entry, option.exit)
    }
    if crew.party != "villager" or not places:
        return False
    xy = built.ways[crew.profile].xy
    away = np.hypot(*(xy[sorted(places)] - built.shifts[["home_x", "home_y"]].to_numpy(float)[shift]).T)
    return bool(away.max() > built.project.settings.planning.volunteer_walk_m)


def in_order(marks: Iterable[Mark]) -> tuple[Mark, ...]:
    """Return marks as they stand in the spreadsheet, by sheet and row."""
    return tuple(sorted(marks, key=lambda m: (m.keep.sheet, m.keep.row, m.keep.task_id, m.keep.action)))


def lost(problem: Problem, solution: Solution, marks: Iterable[Mark], first: date) -> tuple[Keep, ...]:
    """Return the marks said to be honoured that a solution does not follow.

    Each fits alone, so it is the other marks (or the search) that leave no room for it.
    """
    at = {
        problem.tasks[stop.task].task_id: (shift.crew_id, first + timedelta(days=shift.day))
        for route in solution.routes
        for shift in (problem.shifts[route.shift],)
        for stop in route.stops
        if stop.kind == "task"
    }
    kept = [mark.keep for mark in marks if mark.result == HONOURED]
    return tuple(
        keep for keep in kept if (at.get(keep.task_id) == (keep.crew_id, keep.date)) == (keep.action == "forbid")
    )


def by_hand(marks: Iterable[Mark]) -> frozenset[str]:
    """Return the tasks that a mark made by hand, and no plan published before, gave to their crew."""
    return frozenset(
        mark.keep.task_id
        for mark in marks
        if mark.result == HONOURED and mark.keep.action != "forbid" and mark.keep.sheet != PUBLISHED
    )


def kept_rows(marks: Iterable[Mark]) -> list[dict[str, Any]]:
    """Return the marks as they stand in the plan file."""
    return [
        {
            "task_id": mark.keep.task_id, "action": mark.keep.action, "crew_id": mark.keep.crew_id,
            "date": mark.keep.date.isoformat(), "file": mark.keep.file, "sheet": mark.keep.sheet,
            "row": mark.keep.row, "result": mark.result, **({"detail": mark.detail} if mark.detail else {}),
        }
        for mark in marks
    ]  # fmt: skip


def read_kept(rows: list[dict[str, Any]]) -> tuple[Mark, ...]:
    """Return the marks that a plan file carries.

    Raises
    ------
    PlanError
        If an entry is not one that :func:`kept_rows` writes.
    """
    try:
        return tuple(
            Mark(
                Keep(
                    row["task_id"], row["action"], row["crew_id"], date.fromisoformat(row["date"]), int(row["row"]),
                    row["sheet"], row["file"],
                ),
                row["result"],
                row.get("detail", ""),
            )
            for row in rows
        )  # fmt: skip
    except (KeyError, TypeError, ValueError) as error:
        what = f"settings/kept cannot be read: {error!r}"
        raise PlanError(Finding("error", "keep.malformed", "plan.json", what, "plan again")) from error


def conflicts(document: dict[str, Any], keeps: Iterable[Keep] = ()) -> tuple[Finding, ...]:
    """Return a finding for each mark of a plan that was not followed: why, and what happened instead.

    Marks made by hand are errors; what was published and could not stay is told as ``suspicion``.

    Parameters
    ----------
    document : dict
        The plan, which names the marks.
    keeps : iterable of Keep
        The same marks as read, whose headings and names a plan file does not carry.
    """
    served = {stop["task_id"]: shift for shift in document["shifts"] for stop in shift["route"] if stop["task_id"]}
    as_read = {keep: keep for keep in keeps}
    name = "label_zh" if document["settings"].get("language") == "zh" else "label"
    labels = {key: task[name] or task["label"] for key, task in document["tasks"].items()}
    found = []
    for mark in read_kept(document["settings"]["kept"]):
        if mark.result == HONOURED:
            continue
        shift = served.get(mark.keep.task_id)
        instead = f"; planned for {shift['crew_id']} on {shift['date']} instead" if shift else "; not planned"
        found.append(_refused(mark, labels, as_read.get(mark.keep, mark.keep), instead))
    return tuple(found)


def refusals(marks: Iterable[Mark], labels: Mapping[str, str]) -> tuple[Finding, ...]:
    """Return a finding for each mark that no plan can follow, before anything is planned; ``labels`` by task id."""
    return tuple(_refused(mark, labels, mark.keep, "") for mark in marks if mark.result != HONOURED)


def _refused(mark: Mark, labels: Mapping[str, str], keep: Keep, instead: str) -> Finding:
    why = kept_words(mark.result, mark.detail, "en")
    task = named(keep, labels)
    if mark.result == NO_TASK and keep.task_id not in task:
        task += f" (task {keep.task_id})"  # what is not in the plan has no name there: the id may be mistyped
    text = f"{keep.action} of {task} to {keep.crew_id} on {keep.date}: {why}{instead}"
    source = f"{keep.file}, sheet {keep.sheet}" if keep.file else f"sheet {keep.sheet}"
    mend = "give it another crew or day, or take the mark away"
    if mark.result == HELD:
        mend = f"plan with --move {clean(mark.detail)} to make another appointment, or take the mark away"
    field = keep.heading or keep.action
    if mark.keep.sheet == PUBLISHED:
        mend = "tell the crew that this day is another one than was published"
        return Finding("suspicion", "keep.published", source, text, mend)
    return Finding("error", "keep.conflict", source, text, mend, row=keep.row, field=field)

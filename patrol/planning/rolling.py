"""Plans that follow each other: what was published before, which of it still holds, and what is new since."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from patrol.errors import Finding, PlanError
from patrol.layers.keep import Keep
from patrol.plan import TASK_STOPS, Plan, read_plan

PUBLISHED = "published"  # the sheet of marks that were not made by hand but stand in an earlier plan


@dataclass(frozen=True, slots=True)
class Earlier:
    """A plan that was published before: where it lies, and its first day."""

    path: Path
    first: date
    plan: Plan


def published_in(folder: Path, *, project: str) -> tuple[list[Earlier], list[Finding]]:
    """Return the plans of a project in a folder of plans, by their first day, and which could not be read.

    Each lies in a folder of its own that is named by its first day, ``2024-08-12/plan.json``.
    """
    found: list[Earlier] = []
    told: list[Finding] = []
    for place in sorted(folder.glob("*/plan.json")) if folder.is_dir() else []:
        try:
            plan = read_plan(place)
        except PlanError as error:
            told += [
                Finding("suspicion", one.code, place.parent.name, one.what, one.mend) for one in error.findings[:1]
            ]
            continue
        if plan.document["project"]["name"] == project and plan.document["from"] == place.parent.name:
            found.append(Earlier(place.parent, date.fromisoformat(plan.document["from"]), plan))
    return found, told


def published_keeps(plans: Iterable[Earlier], *, first: date, days: int) -> tuple[Keep, ...]:
    """Return a pin for every stop of earlier plans on the days that a new plan has, too.

    Plans that begin on ``first`` or later are replaced and keep nothing. Of a day that several have, the one that
    begins latest counts. A task stays with its crew on its day; its hour may move, and new work may join it.
    """
    last = first + timedelta(days=days - 1)
    by_day: dict[date, list[Keep]] = {}
    for earlier in sorted(plans, key=lambda one: one.first):
        if earlier.first >= first:
            continue
        own = {earlier.first + timedelta(days=k) for k in range(int(earlier.plan.document["days"]))}
        by_day |= {day: [] for day in own if first <= day <= last}
        for keep in _pins(earlier):
            if keep.date in by_day:
                by_day[keep.date].append(keep)
    kept: dict[str, Keep] = {}
    for day in sorted(by_day):
        for keep in by_day[day]:
            kept.setdefault(keep.task_id, keep)
    return tuple(kept.values())


def _pins(earlier: Earlier) -> list[Keep]:
    tasks, language = earlier.plan.tasks, earlier.plan.document["settings"].get("language")
    name = "label_zh" if language == "zh" else "label"
    pins = []
    for shift in earlier.plan.shifts:
        for row, stop in enumerate(shift["route"]):
            if stop["kind"] in TASK_STOPS:
                label = str(tasks[stop["task_id"]].get(name) or "")
                day = date.fromisoformat(shift["date"])
                file = f"{earlier.first}/plan.json"
                pins.append(Keep(stop["task_id"], "pin", shift["crew_id"], day, row, PUBLISHED, file, "", label))
    return pins


def still_to_keep(published: Iterable[Keep], by_hand: Sequence[Keep], tasks: Collection[str]) -> tuple[Keep, ...]:
    """Return the published pins of tasks that are still to be done and that no mark made by hand speaks against."""
    bound = {keep.task_id for keep in by_hand if keep.action != "forbid"}
    forbidden = {(keep.task_id, keep.crew_id, keep.date) for keep in by_hand if keep.action == "forbid"}
    return tuple(
        keep
        for keep in published
        if keep.task_id in tasks
        and keep.task_id not in bound
        and (keep.task_id, keep.crew_id, keep.date) not in forbidden
    )


@dataclass(frozen=True, slots=True)
class Since:
    """How a plan differs from the one before: ids of tasks.

    Attributes
    ----------
    new : tuple of str
        Tasks that were not there.
    again : tuple of str
        Planned then, and still to be done.
    waiting : tuple of str
        Left out then, and still to be done.
    gone : tuple of str
        To be done then, and no more.
    """

    new: tuple[str, ...]
    again: tuple[str, ...]
    waiting: tuple[str, ...]
    gone: tuple[str, ...]


def since(before: Plan, now: Plan) -> Since:
    """Return what is new, what is still to be done, and what is done with since an earlier plan."""
    old, left = before.tasks, {item["task_id"] for item in before.dropped}
    here = now.tasks
    return Since(
        tuple(name for name in here if name not in old),
        tuple(name for name in here if name in old and name not in left),
        tuple(name for name in here if name in left),
        tuple(name for name in old if name not in here),
    )


def kept_count(document: dict[str, Any]) -> tuple[int, int]:
    """Return how many published stops stay where they were, and how many were asked for."""
    marks = [mark for mark in document["settings"]["kept"] if mark["sheet"] == PUBLISHED]
    return sum(mark["result"] == "honoured" for mark in marks), len(marks)

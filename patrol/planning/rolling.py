"""Plans that follow each other: what was published before, which of it still holds, and what is new since."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from patrol.errors import Finding, PlanError
from patrol.layers.keep import PUBLISHED, Keep
from patrol.plan import TASK_STOPS, Plan, read_plan

PLANS = "plans"  # folder of the project in which plans are published, each in a folder named by its first day
MOVED_DAYS = 3  # a task that is due that much later is another round of it
_ROUND = re.compile(r"#\d+$")


@dataclass(frozen=True, slots=True)
class Earlier:
    """A plan that was published before: where it lies, and its first day."""

    path: Path
    first: date
    plan: Plan


def published_in(
    folder: Path, *, project: str, since: date = date.min, until: date = date.max
) -> tuple[list[Earlier], list[Finding]]:
    """Return the plans of a project in a folder of plans, by their first day, and which could not be read.

    Each lies in a folder of its own that is named by its first day, ``2024-08-12/plan.json``. Only those that begin on
    ``since`` or later and before ``until`` are looked at.
    """
    found: list[Earlier] = []
    told: list[Finding] = []
    for place in sorted(folder.glob("*/plan.json")) if folder.is_dir() else []:
        if not since.isoformat() <= place.parent.name < until.isoformat():
            continue
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


@dataclass(frozen=True, slots=True)
class Published:
    """A stop of an earlier plan: the pin that would keep it, when its task was due then, and how it was served."""

    keep: Keep
    due: str
    direction: int = 0
    lon: float = 0.0
    lat: float = 0.0


def published_stops(plans: Iterable[Earlier], *, first: date, days: int) -> tuple[Published, ...]:
    """Return the stops of earlier plans on the days that a new plan has, too.

    Plans that begin on ``first`` or later are replaced and keep nothing. Of a day that several have, the one that
    begins latest counts. A task stays with its crew on its day; its hour may move, and new work may join it.
    """
    last = first + timedelta(days=days - 1)
    by_day: dict[date, list[Published]] = {}
    for earlier in sorted(plans, key=lambda one: one.first):
        if earlier.first >= first:
            continue
        own = {earlier.first + timedelta(days=k) for k in range(int(earlier.plan.document["days"]))}
        by_day |= {day: [] for day in own if first <= day <= last}
        for stop in _stops(earlier):
            if stop.keep.date in by_day:
                by_day[stop.keep.date].append(stop)
    kept: dict[str, Published] = {}
    for day in sorted(by_day):
        for stop in by_day[day]:
            kept.setdefault(stop.keep.task_id, stop)
    return tuple(kept.values())


def _stops(earlier: Earlier) -> list[Published]:
    tasks, language = earlier.plan.tasks, earlier.plan.document["settings"].get("language")
    name = "label_zh" if language == "zh" else "label"
    found = []
    for shift in earlier.plan.shifts:
        for row, stop in enumerate(shift["route"]):
            if stop["kind"] in TASK_STOPS:
                task = tasks[stop["task_id"]]
                day, file = date.fromisoformat(shift["date"]), f"{earlier.first}/plan.json"
                label = str(task.get(name) or "")
                keep = Keep(stop["task_id"], "pin", shift["crew_id"], day, row, PUBLISHED, file, "", label)
                way = int(stop["direction"]), float(stop["lon"]), float(stop["lat"])
                found.append(Published(keep, str(task.get("due", "")), *way))
    return found


def still_to_keep(
    published: Iterable[Published], by_hand: Sequence[Keep], due: Mapping[str, str]
) -> tuple[Published, ...]:
    """Return what was published, still is to be done, and has no mark made by hand that speaks against it.

    ``due`` is the due day (ISO, "" for none) of every task of the new plan.
    """
    stops = list(published)
    now = {old: new for new, old in same_tasks({one.keep.task_id: one.due for one in stops}, due).items()}
    bound = {keep.task_id for keep in by_hand if keep.action != "forbid"}
    forbidden = {(keep.task_id, keep.crew_id, keep.date) for keep in by_hand if keep.action == "forbid"}
    left = [
        replace(one, keep=replace(one.keep, task_id=now[one.keep.task_id])) for one in stops if one.keep.task_id in now
    ]
    return tuple(
        one
        for one in left
        if one.keep.task_id not in bound and (one.keep.task_id, one.keep.crew_id, one.keep.date) not in forbidden
    )


def same_tasks(before: Mapping[str, str], now: Mapping[str, str]) -> dict[str, str]:
    """Return which task of an earlier plan each task of a later one still is, where it is one.

    What comes round (``S:...``, ``S:...#2``) is numbered anew in every plan, and its due day moves on once it is
    done: it is the same round if it is due no later than it was (by a few days, for seasons move dates a little).

    Parameters
    ----------
    before, now : mapping
        Due day (ISO, "" for none) by task.
    """
    rounds: dict[str, list[str]] = {}
    for name in sorted(before, key=lambda one: (before[one], one)):
        rounds.setdefault(_ROUND.sub("", name), []).append(name)
    same = {}
    for name in sorted(now, key=lambda one: (now[one], one)):
        for old in rounds.get(_ROUND.sub("", name), []):
            if not now[name] or not before[old] or _days(before[old], now[name]) <= MOVED_DAYS:
                same[name] = old
                rounds[_ROUND.sub("", name)].remove(old)
                break
    return same


def _days(first: str, last: str) -> int:
    return (date.fromisoformat(last) - date.fromisoformat(first)).days


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
    left = {item["task_id"] for item in before.dropped}
    due = [{name: str(task.get("due", "")) for name, task in plan.tasks.items()} for plan in (before, now)]
    same = same_tasks(*due)
    return Since(
        tuple(name for name in due[1] if name not in same),
        tuple(name for name in due[1] if name in same and same[name] not in left),
        tuple(name for name in due[1] if name in same and same[name] in left),
        tuple(name for name in due[0] if name not in set(same.values())),
    )


def kept_count(document: dict[str, Any]) -> tuple[int, int]:
    """Return how many published stops stay where they were, and how many were asked for."""
    marks = [mark for mark in document["settings"]["kept"] if mark["sheet"] == PUBLISHED]
    return sum(mark["result"] == "honoured" for mark in marks), len(marks)

"""What one plan does otherwise than another: tasks that came, went, or moved to another crew, day or time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from patrol.plan import Plan

How = Literal["added", "gone", "moved"]
Part = Literal["crew", "day", "time"]
SLACK_MIN = 15  # a crew that comes a few minutes sooner or later is no news


@dataclass(frozen=True, slots=True)
class Served:
    """Where a plan has a task done.

    Attributes
    ----------
    crew_id, shift_id, date : str
        Who comes, and on which day (ISO 8601).
    position : int
        Place on the route; 0 is where the shift sets out.
    start, end : str
        When the work begins and ends, ISO 8601 with offset.
    """

    crew_id: str
    shift_id: str
    date: str
    position: int
    start: str
    end: str


@dataclass(frozen=True, slots=True)
class Change:
    """One task that two plans treat differently.

    Attributes
    ----------
    task_id : str
    how : {'added', 'gone', 'moved'}
        ``added`` is done by the new plan only, ``gone`` by the old one only, ``moved`` by both.
    parts : tuple of {'crew', 'day', 'time'}
        What is different of a moved task, in this order; empty for the others. ``time`` is the clock on
        whatever day, so a task that only goes to the next day has ``('day',)``.
    now, before : Served or None
        Where the new and the old plan have it done.
    reason : str
        Why the plan that does not do it left it out (code); empty where that plan does not know the task.
    task : dict
        The task as the new plan describes it, else as the old one did; not to be changed.
    """

    task_id: str
    how: How
    parts: tuple[Part, ...]
    now: Served | None
    before: Served | None
    reason: str
    task: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Changes:
    """Every task that two plans treat differently, by task id; ``same`` counts those done alike by both."""

    added: tuple[Change, ...]
    gone: tuple[Change, ...]
    moved: tuple[Change, ...]
    same: int

    def __len__(self) -> int:
        """Return the number of changes."""
        return len(self.added) + len(self.gone) + len(self.moved)

    def __iter__(self) -> Iterator[Change]:
        """Go through the changes: added, gone, moved."""
        yield from (*self.added, *self.gone, *self.moved)


def served(plan: Plan) -> dict[str, Served]:
    """Return by task id where a plan has each task done; tasks left out are not in it."""
    return {
        stop["task_id"]: Served(
            shift["crew_id"], shift["shift_id"], shift["date"], position, stop["start_service"], stop["leave"]
        )
        for shift in plan.shifts
        for position, stop in enumerate(shift["route"])
        if stop["task_id"]
    }


def changes(plan: Plan, other: Plan, *, slack_min: int = SLACK_MIN) -> Changes:
    """Return what ``plan`` does otherwise than ``other``, the plan before it or beside it.

    Parameters
    ----------
    plan, other : Plan
        Tasks are the same if their ids are: ids of sections and hazards outlive a plan.
    slack_min : int
        Minutes by which a task may begin sooner or later on the clock and still count as not moved.
    """
    now, before = served(plan), served(other)
    tasks, left, old_left = {**other.tasks, **plan.tasks}, _reasons(plan), _reasons(other)

    def change(task_id: str, how: How, parts: tuple[Part, ...] = (), reason: str = "") -> Change:
        there = now.get(task_id), before.get(task_id)
        return Change(task_id, how, parts, *there, reason, tasks.get(task_id, {}))

    both = sorted(now.keys() & before.keys())
    moved = [(task_id, parts) for task_id in both if (parts := _parts(now[task_id], before[task_id], slack_min))]
    return Changes(
        added=tuple(change(one, "added", reason=old_left.get(one, "")) for one in sorted(now.keys() - before.keys())),
        gone=tuple(change(one, "gone", reason=left.get(one, "")) for one in sorted(before.keys() - now.keys())),
        moved=tuple(change(one, "moved", parts) for one, parts in moved),
        same=len(both) - len(moved),
    )


def _reasons(plan: Plan) -> dict[str, str]:
    return {item["task_id"]: str(item["reason"]) for item in plan.dropped}


def _parts(now: Served, before: Served, slack_min: int) -> tuple[Part, ...]:
    differs: list[tuple[Part, bool]] = [
        ("crew", now.crew_id != before.crew_id),
        ("day", now.date != before.date),
        ("time", abs(_clock_s(now) - _clock_s(before)) > 60 * slack_min),
    ]
    return tuple(part for part, yes in differs if yes)


def _clock_s(place: Served) -> float:
    """Return seconds from the local midnight of the shift's day; a night shift goes on past 24 hours."""
    midnight = datetime.fromisoformat(f"{place.date}T00:00:00{place.start[19:]}")
    return (datetime.fromisoformat(place.start) - midnight).total_seconds()

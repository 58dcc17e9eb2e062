"""What a replan is asked: the moment, urgent hazards, absent crews, hours in which work stands still, results."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from patrol.errors import Finding, PlanError
from patrol.plan import Plan
from patrol.text import clean
from patrol.units import DAY_S, local_iso, seconds_of_day, seconds_since_midnight

Hours = tuple[int, int]  # from when to when, seconds after midnight of the day of the replan
_SPAN = re.compile(r"\s*([0-9:：]+)\s*[-–—~至]\s*([0-9:：]+)\s*")


@dataclass(frozen=True, slots=True)
class Said:
    """What the field says of a stop: whether its task is done, and the second of the shift's day it was done at."""

    shift_id: str
    task_id: str
    done: bool
    at: int


@dataclass(frozen=True, slots=True)
class Ask:
    """What a replan is asked.

    Attributes
    ----------
    day, at : date, int
        The moment: second after midnight of the day. What was to be done by then counts as done.
    urgent : tuple of str
        Ids of hazards that go before everything else.
    absent : tuple of str
        Crews that do nothing more that day; of that day they have done what reports or an earlier replan say.
    stand_down : tuple of (int, int)
        Hours of that day in which nobody works or travels, in order, apart from each other.
    reported : tuple of Said
        Results from the field, which go before the plan's times.
    """

    day: date
    at: int
    urgent: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    stand_down: tuple[Hours, ...] = ()
    reported: tuple[Said, ...] = ()

    def said(self, shift_id: str) -> dict[str, Said]:
        """Return the results of a shift by task."""
        return {one.task_id: one for one in self.reported if one.shift_id == shift_id}

    def rows(self, zone: str) -> dict[str, Any]:
        """Return it as it stands in the plan file."""

        def iso(seconds: int, day: date = self.day) -> str:
            return local_iso(day, seconds, zone)

        return {
            "at": iso(self.at),
            "urgent": list(self.urgent),
            "absent": list(self.absent),
            "stand_down": [[iso(begins), iso(ends)] for begins, ends in self.stand_down],
            "reported": [
                {"shift_id": one.shift_id, "task_id": one.task_id, "done": one.done,
                 "at": iso(one.at, _day_of(one.shift_id))}
                for one in self.reported
            ],
        }  # fmt: skip


def _day_of(shift_id: str) -> date:
    return date.fromisoformat(shift_id[:10])


def read_ask(rows: dict[str, Any]) -> Ask:
    """Return what a plan file says a replan was asked.

    Raises
    ------
    ValueError
        If a time of it is none.
    """
    day = date.fromisoformat(rows["at"][:10])
    return Ask(
        day,
        seconds_since_midnight(rows["at"], day),
        tuple(rows["urgent"]),
        tuple(rows["absent"]),
        tuple((seconds_since_midnight(a, day), seconds_since_midnight(b, day)) for a, b in rows["stand_down"]),
        tuple(
            Said(
                row["shift_id"],
                row["task_id"],
                row["done"],
                seconds_since_midnight(row["at"], _day_of(row["shift_id"])),
            )
            for row in rows["reported"]
        ),
    )  # fmt: skip


def ask_of(
    plan: Plan,
    *,
    at: str,
    urgent: Iterable[str] = (),
    absent: Iterable[str] = (),
    stand_down: Iterable[str] = (),
    reported: Iterable[Said] = (),
) -> Ask:
    """Return what is asked of a replan in the words of the command line.

    Parameters
    ----------
    plan : Plan
        The plan to replan.
    at : str
        Such as ``2024-08-16T10:30``, local time of the project.
    urgent : iterable of str
        Ids of hazards, with or without the ``H:`` of their task.
    absent : iterable of str
        Crew ids.
    stand_down : iterable of str
        Such as ``14:00-16:00``.

    Raises
    ------
    PlanError
        Names every fault at once.
    """
    found: list[Finding] = []
    day, second = _moment(plan, at, found)
    hours = _hours(stand_down, second, found)
    stops = {(shift["shift_id"], stop["task_id"]) for shift in plan.shifts for stop in shift["route"]}
    told = tuple(sorted(reported, key=lambda one: (one.shift_id, one.task_id)))
    for one in told:
        if (one.shift_id, one.task_id) not in stops:
            what = f"{clean(one.task_id)} is not on the route of {clean(one.shift_id)}"
            found.append(Finding("error", "replan.reported", "results", what, "give results of this plan"))
    if found:
        raise PlanError(found)
    names = tuple(sorted({name.removeprefix("H:") for name in urgent}))
    return Ask(day, second, names, tuple(sorted(set(absent))), hours, told)


def _moment(plan: Plan, at: str, found: list[Finding]) -> tuple[date, int]:
    """Return day and second of the moment of a replan."""
    mend = "write it as 2024-08-16T10:30, local time"
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        found.append(Finding("error", "replan.at", "--at", f"{clean(at)!r} is no moment", mend))
        return date.min, 0
    if moment.tzinfo is not None:
        found.append(Finding("error", "replan.at", "--at", f"{clean(at)!r} has a time zone of its own", mend))
        return date.min, 0
    day, head = moment.date(), plan.document
    first = date.fromisoformat(head["from"])
    last = first + timedelta(days=head["days"] - 1)
    if not first <= day <= last:
        what, mend = f"{day} is no day of the plan", f"it goes from {first} to {last}"
        found.append(Finding("error", "replan.at", "--at", what, mend))
    earlier = head.get("replanned", {}).get("at", "")
    if earlier and local_iso(day, 0, head["project"]["timezone"])[:10] + moment.time().isoformat() < (
        earlier[:10] + earlier[11:19]
    ):
        what = f"{clean(at)} is before {earlier[:16]}, when this plan was replanned"
        found.append(Finding("error", "replan.at", "--at", what, "replan the plan before it, or from a later moment"))
    return day, moment.hour * 3600 + moment.minute * 60 + moment.second


def _hours(texts: Iterable[str], at: int, found: list[Finding]) -> tuple[Hours, ...]:
    """Return hours in which work stands still, in order, those that touch put together; what is over is left out."""
    spans = []
    for text in texts:
        match = _SPAN.fullmatch(text)
        try:
            begins, ends = (seconds_of_day(part) for part in match.groups()) if match else (0, 0)
        except ValueError:
            begins = ends = 0
        if not 0 <= begins < ends <= DAY_S:
            mend = "write it as 14:00-16:00"
            found.append(Finding("error", "replan.stand_down", "--stand-down", f"{clean(text)!r} are no hours", mend))
        elif ends > at:
            spans.append((max(begins, at), ends))
    merged: list[Hours] = []
    for begins, ends in sorted(spans):
        if merged and begins <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], ends))
        else:
            merged.append((begins, ends))
    return tuple(merged)

"""Parts of the audit of a plan file: what its head says, why tasks are said to be left out, where its legs lead."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from patrol.config import ENGINES
from patrol.errors import Finding
from patrol.plan import decode_line
from patrol.planning.joint import PUT_OFF
from patrol.planning.left_out import LEFT_OUT
from patrol.routing.explain import CODES
from patrol.routing.model import Problem, Profile

STOPPED_BY = ("iterations", "exhausted", "seconds", "stopped")
LEG_TOLERANCE = 2e-6  # degrees: legs are drawn in millionths of a degree


def check_head(document: dict[str, Any], problem: Problem) -> list[Finding]:
    """Check the number of days, who searched and what stopped it, and that each reason is one that there is."""
    found = []
    if document["days"] != problem.days:
        found.append(_broken("plan.days", "days", f"{document['days']} are said, the problem has {problem.days}"))
    for key, known in (("engine", ENGINES), ("stopped_by", STOPPED_BY)):
        if document[key] not in known:
            what = f"{str(document[key])[:60]!r} is none of {', '.join(known)}"
            found.append(_broken(f"plan.{key}", key, what))
    for item in document["dropped"]:
        if item["reason"] not in {*CODES, *PUT_OFF, *LEFT_OUT}:
            what = f"{item['reason'][:60]!r} is no reason for which tasks are left out"
            found.append(_broken("dropped.reason", item["task_id"], what))
    return found


def check_legs(document: dict[str, Any], problem: Problem) -> list[Finding]:
    """Check that each leg drawn leads from where the crew is to the stop it names, and that none is missing.

    The way between is compared only where the project is at hand.
    """
    shifts = {shift.shift_id: shift for shift in problem.shifts}
    tasks = {task.task_id: task for task in problem.tasks}
    found: list[Finding] = []
    for entry in document["shifts"]:
        if entry["shift_id"] in shifts and "legs" in entry:
            shift = shifts[entry["shift_id"]]
            places = [_Place(shift.start, shift.start, False), *(_place(stop, tasks) for stop in entry["route"][1:-1])]
            found += _legs_of(entry, problem.profiles[shift.profile], [*places, _Place(shift.end, shift.end, False)])
    return found


class _Place(NamedTuple):
    """Where a crew comes to and goes on from; whether legs are drawn to it: starts and ends may lie off the road."""

    entry: int
    exit: int
    exact: bool


def _place(stop: dict[str, Any], tasks: dict[str, Any]) -> _Place | None:
    """Return the place of a stop, None for a break on the way, or what cannot be read."""
    task = tasks.get(stop["task_id"])
    if task is None or not 0 <= stop["option"] < len(task.options):
        return None
    option = task.options[stop["option"]]
    return _Place(option.entry, option.exit, True)


def _legs_of(entry: dict[str, Any], profile: Profile, places: list[_Place | None]) -> Iterator[Finding]:
    where, kind = entry["shift_id"], "walk" if profile.on_foot else "drive"
    known = [(number, place) for number, place in enumerate(places) if place is not None]
    stretches = {number: (before, at) for (_, before), (number, at) in pairwise(known)}
    drawn = [leg["to"] for leg in entry["legs"]]
    if drawn != sorted(set(drawn)) or not set(drawn) <= set(stretches):
        yield _broken("leg.order", where, f"legs lead to stops {drawn}, in another order than the route has them")
        return
    for number, (before, at) in stretches.items():
        if number not in drawn and profile.distance_m[before.exit, at.entry] > 0:
            yield _broken("leg.missing", where, f"no leg is drawn to stop {number}")
    for leg in entry["legs"]:
        if leg["kind"] != kind:
            what = f"the leg to stop {leg['to']} is a {leg['kind']}, crews of its kind {kind}"
            yield _broken("leg.kind", where, what)
        if not _leads(leg["line"], profile, *stretches[leg["to"]]):
            yield _broken("leg.ends", where, f"the leg to stop {leg['to']} does not lead from the stop before it to it")


def _leads(line: list[int], profile: Profile, before: _Place, at: _Place) -> bool:
    """Return whether a drawn line begins and ends at the places it is said to."""
    if len(line) < 4 or len(line) % 2:
        return False
    ends = profile.lonlat[[before.exit, at.entry]] / 1e7
    off = np.abs(decode_line(line)[[0, -1]] - ends).max(axis=1)
    exact = np.array([before.exact or profile.on_foot, at.exact or profile.on_foot])
    return bool((off[exact] <= LEG_TOLERANCE).all())


def _broken(code: str, where: str, what: str) -> Finding:
    return Finding("error", code, where, what, "plan again, or undo the edit")

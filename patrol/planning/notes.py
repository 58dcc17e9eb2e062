"""What readers of a plan must know besides its routes: codes and values, so that any language can say it."""

from __future__ import annotations

from collections import Counter
from typing import Any

from patrol.errors import Finding
from patrol.planning.build import Built
from patrol.planning.due import cold_start_of
from patrol.planning.frames import records
from patrol.planning.reach import walk_in_m
from patrol.routing.explain import impossible_for
from patrol.routing.model import Solution
from patrol.units import UNREACHABLE
from patrol.words import say


def plan_notes(built: Built, solution: Solution, notes: tuple[Finding, ...]) -> list[dict[str, Any]]:
    """Return the notes of a plan, in the order of their weight.

    Emergencies that no plan may wait for (``call_now``), ``assumed_due`` or ``assumed_first``,
    ``placeholder_crews``, crews without a route (``idle_crew``), tasks that nobody can reach
    (``task.unreachable``), then findings about the data: their ``text`` is English, their ``code, source, count``
    and ``values`` (numbers) are what people are told in either language.
    """
    numbers = built.project.settings.planning.emergency_numbers
    out: list[dict[str, Any]] = [
        {"code": "call_now", **_task(row), "numbers": numbers}
        for row in records(built.tasks)
        if row["extras"].get("hazard_class") == "emergency"
    ]
    assumed = int((built.tasks["assumed"] & (built.tasks["kind"] == "section")).sum()) if len(built.tasks) else 0
    if assumed:
        out.append({"code": _anchored(built), "count": assumed})
    if built.placeholders:
        out.append({"code": "placeholder_crews", "count": built.placeholders})
    out += [*_idle(built, solution), *_unreachable(built)]
    return out + [_told(note) for note in notes]


def _told(note: Finding) -> dict[str, Any]:
    told = {"code": note.code, "source": note.source, "count": note.count, "text": str(note)}
    return {**told, "values": dict(note.values)} if note.values else told


def _anchored(built: Built) -> str:
    """Return how assumed dates were set: from a day that stays, or from the plan's own first day, which moves."""
    cold = cold_start_of(built.project.settings.cycles)
    return "assumed_due" if cold is not None and cold <= built.first else "assumed_first"


def _task(row: dict[str, Any]) -> dict[str, str]:
    return {key: row[key] for key in ("task_id", "label", "label_zh")}


def _unreachable(built: Built) -> list[dict[str, Any]]:
    """Name each task that no crew can get to or serve, with every way in which that was found."""
    travel, patrol = built.project.settings.travel, built.project.settings.patrol
    driving = built.shifts[built.shifts["mode"] != "foot"]
    own = driving.loc[driving["max_walk_m"] < UNREACHABLE, "max_walk_m"]
    limits = {
        "far_road": walk_in_m(driving, travel),
        "far_walk": own.max() if len(own) else 0,
        "far_drone": patrol.drone_reach_m,
    }
    walked = {"far_road": travel.detour_factor}  # the straight way of ``why`` as it is walked
    out = []
    for row in records(built.tasks):
        reasons = built.unreachable.get(row["task_id"])
        if reasons is None:
            continue
        why = [
            {
                "code": code,
                **({"metres": round(metres * walked.get(code, 1.0))} if metres >= 0 else {}),
                **({"limit": round(limits[code])} if code in limits else {}),
            }
            for code, metres in reasons
        ]
        text = "; ".join(say(f"reports.unreached.{item['code']}", "en", **item) for item in why)
        out.append({"code": "task.unreachable", **_task(row), "why": why, "text": f"{row['label']}: {text}"})
    return out


def _idle(built: Built, solution: Solution) -> list[dict[str, Any]]:
    """Name each crew that has shifts and no route, and why: nothing it can serve at all, or nothing worth it."""
    problem = built.problem
    busy = {problem.shifts[route.shift].crew_id for route in solution.routes}
    shifts: dict[str, list[int]] = {}
    for number, shift in enumerate(problem.shifts):
        if shift.crew_id not in busy:
            shifts.setdefault(shift.crew_id, []).append(number)
    names = {row["crew_id"]: row for row in records(built.shifts)}
    out = []
    for crew, own in sorted(shifts.items()):
        why: Counter[str] = Counter()
        for task in range(len(problem.tasks)):
            code = impossible_for(problem, task, own)
            why[code] += 1
            if not code:
                break  # there is something it could do; it was not worth it, or others do it
        code = "not_worth" if why[""] else min(why, key=lambda key: (-why[key], key), default="no_task")
        out.append(
            {"code": "idle_crew", **{key: names[crew][key] for key in ("crew_id", "name", "name_zh")}, "why": code}
        )
    return out

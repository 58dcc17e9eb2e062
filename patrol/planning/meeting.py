"""Appointments of joint tasks as they stand in a plan: when the parties meet, who comes, and who has confirmed."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import Any

from patrol.planning.build import Built
from patrol.planning.joint import joint_entry
from patrol.planning.slack import before_meeting_s
from patrol.routing.model import Solution
from patrol.units import local_iso


def with_appointments(built: Built, solution: Solution, shifts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the entries of a plan's shifts with the appointment at each stop of a joint task."""
    joints = dict(zip(built.tasks["task_id"], built.tasks["joint"], strict=True)) if len(built.tasks) else {}
    members: dict[str, list[tuple[int, dict[str, Any]]]] = defaultdict(list)
    for route, entry in zip(solution.routes, shifts, strict=True):
        starts = {built.problem.tasks[stop.task].task_id: stop.start for stop in route.stops if stop.kind == "task"}
        for stop in entry["route"]:
            if joints.get(stop["task_id"]):
                members[joints[stop["task_id"]]].append((starts[stop["task_id"]], {"stop": stop, "shift": entry}))
    settings = built.project.settings.defence
    tolerance, before = settings.joint_tolerance_min, before_meeting_s(settings)
    for joint, found in members.items():
        crews = [one["shift"]["crew_id"] for _, one in found]
        parties = {one["shift"]["party"] for _, one in found}
        for _, one in found:
            others = [crew for crew in crews if crew != one["shift"]["crew_id"]]
            said = joint_entry(joint, [start + before for start, _ in found], others, built.held, parties, tolerance)
            day = date.fromisoformat(one["shift"]["date"])
            one["stop"]["joint"] = said | {"at": local_iso(day, said["at"], built.project.timezone)}
    return shifts

"""The plan's totals: hours needed and available, what was planned and left, by party and day."""

from __future__ import annotations

from typing import Any

import numpy as np

from patrol.layers.schema import PARTIES
from patrol.planning.build import Built
from patrol.routing.model import Problem, Shift, Solution
from patrol.units import UNREACHABLE


def available_s(shift: Shift) -> int:
    """Return the working seconds a shift offers: its hours less the break, at most its work limit."""
    hours = shift.closes - shift.opens - (shift.pause.duration_s if shift.pause else 0)
    return max(0, min(hours, shift.max_work_s))


def needed_s(problem: Problem) -> list[int]:
    """Return the least working seconds each task needs: service, and the shortest way to it from anything else.

    Counted over the profiles that have shifts; 0 for a task that nobody can reach. The sum is an
    estimate of the hours a plan would need to leave nothing out; real routes need somewhat more.
    """
    nearest = []
    used = {shift.profile for shift in problem.shifts}
    for profile in problem.profiles:
        matrix = profile.travel_s.astype(np.int64, copy=True)
        np.fill_diagonal(matrix, UNREACHABLE)
        nearest.append(matrix.min(axis=0) if len(matrix) else np.zeros(0, np.int64))
    result = []
    for task in problem.tasks:
        ways = [
            option.service_s + int(nearest[option.profile][option.entry])
            for option in task.options
            if option.profile in used
        ]
        best = min(ways, default=0)
        result.append(best if best < UNREACHABLE else 0)
    return result


def figures_of(built: Built, solution: Solution) -> dict[str, Any]:
    """Return the figures of a plan (hours, kilometres, ECM), all recomputable from the plan and its problem."""
    problem = built.problem
    groups: dict[str, int] = {}
    by_party = {party: {"available": 0.0, "used": 0.0, "shifts": 0} for party in PARTIES}
    for shift in problem.shifts:
        seconds = available_s(shift)
        if shift.group:
            left = shift.group_max_s - groups.get(shift.group, 0)
            seconds = max(0, min(seconds, left))
            groups[shift.group] = groups.get(shift.group, 0) + seconds
        by_party[shift.party]["available"] += seconds
        by_party[shift.party]["shifts"] += 1
    by_day = [{"tasks": 0, "shifts": 0, "work_s": 0} for _ in range(problem.days)]
    drive = walk = 0
    patrolled = 0.0
    for route in solution.routes:
        shift = problem.shifts[route.shift]
        served = [(problem.tasks[s.task], problem.tasks[s.task].options[s.option]) for s in route.stops if s.task >= 0]
        legs = route.home_distance_m + sum(stop.distance_m for stop in route.stops)
        on_foot = problem.profiles[shift.profile].on_foot
        travel = route.home_travel_s + sum(stop.travel_s for stop in route.stops)
        work = travel + sum(option.service_s for _, option in served)
        by_party[shift.party]["used"] += work
        by_day[shift.day]["tasks"] += len(served)
        by_day[shift.day]["shifts"] += 1
        by_day[shift.day]["work_s"] += work
        walk += sum(option.walk_m for _, option in served) + (legs if on_foot else 0)
        drive += sum(option.distance_m for _, option in served) + (0 if on_foot else legs)
        patrolled += sum(built.length_of(task.task_id) for task, _ in served)
    needed = needed_s(problem)
    kinds = _by_kind(built, solution)
    return {
        "due": len(problem.tasks),
        "planned": len(problem.tasks) - len(solution.dropped),
        "dropped": len(solution.dropped),
        "hours_needed": _hours(sum(needed)),
        "hours_available": _hours(sum(party["available"] for party in by_party.values())),
        "hours_by_party": {
            name: {"available": _hours(row["available"]), "used": _hours(row["used"]), "shifts": int(row["shifts"])}
            for name, row in by_party.items()
        },
        "by_kind": kinds,
        "by_day": by_day,
        "mandatory_served": solution.mandatory_served,
        "mandatory_total": sum(task.mandatory for task in problem.tasks),
        "value_ecm": round(solution.value / 1000, 3),
        "patrol_km": round(patrolled / 1000, 3),
        "drive_km": round(drive / 1000, 3),
        "walk_km": round(walk / 1000, 3),
    }


def _hours(seconds: float) -> float:
    return round(seconds / 3600, 2)


def _by_kind(built: Built, solution: Solution) -> dict[str, dict[str, int]]:
    left = {item.task for item in solution.dropped}
    out: dict[str, dict[str, int]] = {}
    for number, kind in enumerate(built.tasks["kind"] if len(built.tasks) else []):
        row = out.setdefault(str(kind), {"due": 0, "planned": 0, "dropped": 0})
        row["due"] += 1
        row["dropped" if number in left else "planned"] += 1
    return dict(sorted(out.items()))

"""The plan's totals: hours needed and available, what was planned and left, by party and day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from patrol.layers.schema import PARTIES
from patrol.planning.build import Built
from patrol.planning.fairness import GivenUp, even_part, load_of, worked_s
from patrol.planning.hours import needed_s, offered_s
from patrol.planning.slack import before_meeting_s
from patrol.planning.zone_figures import zone_figures, zone_hours, zone_work
from patrol.routing.model import Problem, Solution, total_weight


def figures_of(
    built: Built, solution: Solution, document: Mapping[str, Any], gave: GivenUp | None = None
) -> dict[str, Any]:
    """Return the figures of a plan (hours, kilometres, ECM), recomputable from the plan and its problem.

    But for ``gave``, what the plan gave up for an even load, which another search said.
    ``document`` is the plan without its figures. What crews and zones did is counted from it, as a replan counts it.

    ``hours_needed`` is the least that all tasks take with the crews there are (:mod:`patrol.planning.hours`).
    ``mandatory_due`` and ``mandatory_planned`` count tasks; ``mandatory_weight`` and ``mandatory_weight_planned``
    are sums of their weights (a cycle that ends within the plan 1 each time, an overdue deadline 1, a dated promise 2,
    an emergency 100), the first goal of the solver.
    """
    problem = built.problem
    needed, offered = needed_s(problem), offered_s(problem)
    hours, work = _hours_by_party(problem, offered), _work(built, solution)
    for party, seconds in work.used.items():
        hours[party]["used"] += seconds
    worked = worked_s(document["shifts"])
    last = built.first + timedelta(days=problem.days - 1)
    left = {item.task for item in solution.dropped}
    repeated = {task for series in problem.series for task in series.tasks}
    must = [number for number, task in enumerate(problem.tasks) if task.mandatory or number in repeated]
    return {
        "due": len(problem.tasks),
        "planned": len(problem.tasks) - len(left),
        "dropped": len(left),
        "hours_needed": _hours(sum(needed)),
        "hours_available": _hours(sum(party["available"] for party in hours.values())),
        "hours_by_party": {
            name: {"available": _hours(row["available"]), "used": _hours(row["used"]), "shifts": int(row["shifts"])}
            for name, row in hours.items()
        },
        "by_kind": _by_kind(built, solution),
        "by_day": work.by_day,
        "by_zone": zone_figures(
            zone_work(document["shifts"], document["tasks"], document["dropped"], last),
            zone_hours(problem, needed, offered),
        ),
        "load": load_of(problem, worked, even_part(needed, offered), built.recent, gave),
        "slack": _slack(built, solution, sum(worked.values())),
        "mandatory_due": len(must),
        "mandatory_planned": sum(number not in left for number in must),
        "mandatory_weight": total_weight(problem),
        "mandatory_weight_planned": solution.mandatory_served,
        "value_ecm": round(solution.value / 1000, 3),
        "patrol_km": round(work.patrolled_m / 1000, 3),
        "drive_km": round(work.drive_m / 1000, 3),
        "walk_km": round(work.walk_m / 1000, 3),
    }


def _slack(built: Built, solution: Solution, worked: int) -> dict[str, float]:
    """Return the hours kept free, and what they would have brought at the plan's own mean value an hour (ECM).

    ``hours`` are those at the end of shifts and those before appointments (``before_meetings``).
    """
    served = {stop.task for route in solution.routes for stop in route.stops if stop.kind == "task"}
    meetings = sum(built.tasks.loc[task, "joint"] != "" for task in served)
    before = float(meetings * before_meeting_s(built.project.settings.defence))
    kept = before + (float(built.shifts["slack_s"].sum()) if len(built.shifts) else 0.0)
    mean = solution.value / 1000 / (worked / 3600) if worked else 0.0
    return {
        "hours": _hours(kept),
        "before_meetings": _hours(before),
        "at_mean_value_ecm": round(max(0.0, mean) * kept / 3600, 1),
    }


def _hours_by_party(problem: Problem, offered: list[int]) -> dict[str, dict[str, float]]:
    """Return the seconds that each party's shifts offer; shifts of a group share what the group may work."""
    parties = {party: {"available": 0.0, "used": 0.0, "shifts": 0} for party in PARTIES}
    for shift, seconds in zip(problem.shifts, offered, strict=True):
        parties[shift.party]["available"] += seconds
        parties[shift.party]["shifts"] += 1
    return parties


@dataclass(slots=True)
class _Work:
    """What the routes do: seconds by party, stops and seconds by day, metres."""

    used: Counter[str]
    by_day: list[dict[str, int]]
    drive_m: int = 0
    walk_m: int = 0
    patrolled_m: float = 0.0


def _work(built: Built, solution: Solution) -> _Work:
    problem = built.problem
    work = _Work(Counter(), [{"tasks": 0, "shifts": 0, "work_s": 0} for _ in range(problem.days)])
    for route in solution.routes:
        shift = problem.shifts[route.shift]
        served = [(problem.tasks[s.task], problem.tasks[s.task].options[s.option]) for s in route.stops if s.task >= 0]
        legs = route.home_distance_m + sum(stop.distance_m for stop in route.stops)
        on_foot = problem.profiles[shift.profile].on_foot
        travel = route.home_travel_s + sum(stop.travel_s for stop in route.stops)
        seconds = travel + sum(option.service_s for _, option in served)
        work.used[shift.party] += seconds
        for key, more in (("tasks", len(served)), ("shifts", 1), ("work_s", seconds)):
            work.by_day[shift.day][key] += more
        work.walk_m += sum(option.walk_m for _, option in served) + (legs if on_foot else 0)
        work.drive_m += sum(option.distance_m for _, option in served) + (0 if on_foot else legs)
        work.patrolled_m += sum(built.length_of(task.task_id) for task, _ in served)
    return work


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

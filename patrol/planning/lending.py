"""What zones did for one another: hours lent and borrowed, and which tasks were helped, by whom and why."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from patrol.planning.build import Built
from patrol.routing.model import Shift, Solution, Task


def aided(task: Task, shift: Shift) -> bool:
    """Return whether a shift serves a task of a zone that is not its own."""
    return bool(task.zone and shift.zones and task.zone not in shift.zones)


def lending(built: Built, solution: Solution) -> dict[str, dict[str, float | int]]:
    """Return what each zone planned, borrowed and lent.

    Returns
    -------
    dict
        By zone id: ``tasks`` and ``planned``, ``hours`` (service and the way to it, of all that is planned there),
        ``borrowed_h`` and ``lent_h`` (of these, by crews of other zones; a crew with several home zones lends from
        each the same), ``helped`` (tasks served by such). Lent less borrowed sums to zero over all zones.
    """
    problem = built.problem
    seconds: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for task in problem.tasks:
        seconds[task.zone]["tasks"] += 1
    for route in solution.routes:
        shift = problem.shifts[route.shift]
        for stop in route.stops:
            if stop.kind != "task":
                continue
            task = problem.tasks[stop.task]
            spent = stop.leave - stop.start + stop.travel_s
            here = seconds[task.zone]
            here["planned"] += 1
            here["spent"] += spent
            if aided(task, shift):
                here["helped"] += 1
                here["borrowed"] += spent
                for zone in shift.zones:
                    seconds[zone]["lent"] += spent / len(shift.zones)
    return {
        zone: {
            "tasks": int(row["tasks"]), "planned": int(row["planned"]), "hours": _hours(row["spent"]),
            "helped": int(row["helped"]), "borrowed_h": _hours(row["borrowed"]), "lent_h": _hours(row["lent"]),
        }
        for zone, row in sorted(seconds.items())
        if zone
    }  # fmt: skip


def aid_of(built: Built, task: int, shift: int) -> dict[str, Any]:
    """Return the entry of a stop that says whose crew came and why, nothing if it is of the zone's own."""
    crew = built.problem.shifts[shift]
    if not aided(built.problem.tasks[task], crew):
        return {}
    return {"aid": {"zones": list(crew.zones), "why": str(built.tasks.loc[task, "aid_why"])}}


def _hours(seconds: float) -> float:
    return round(seconds / 3600, 4)

"""The load of each zone: hours of work and hours of crews, kilometres due and kilometres planned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from patrol.plan import TASK_STOPS, spent_s
from patrol.planning.lending import lending
from patrol.routing.model import Problem

Zone = dict[str, float]
WORK = ("tasks", "planned", "hours_planned", "km_due", "km_due_planned", "km_planned", "helped", "borrowed_h", "lent_h")
COUNTS = ("tasks", "planned", "helped")
DIGITS = {"borrowed_h": 4, "lent_h": 4}  # so that they sum to zero


def zone_work(
    shifts: Sequence[Mapping[str, Any]], tasks: Mapping[str, Any], dropped: Sequence[Mapping[str, Any]], last: date
) -> dict[str, Zone]:
    """Return what is done in every zone that has a task or lends crews, from the parts of a plan document.

    ``""`` is outside every zone.

    Parameters
    ----------
    last : date
        The last day of the plan.

    Returns
    -------
    dict
        By zone: ``tasks, planned`` (counts), ``hours_planned`` (work and the way to it), ``km_due`` (sections due by
        the last day, overdue ones with them), ``km_due_planned``, ``km_planned`` (these and what is patrolled early),
        and ``helped, borrowed_h, lent_h`` of :func:`patrol.planning.lending.lending`.
    """
    lent = lending(shifts, tasks)
    rows = {name: dict.fromkeys(WORK, 0.0) for name in sorted({*(task["zone_id"] for task in tasks.values()), *lent})}
    left = {item["task_id"] for item in dropped}
    for key, task in tasks.items():
        km, done, due = float(task.get("length_m", 0.0)) / 1000, key not in left, task["due"] <= last.isoformat()
        for name, value in (
            ("tasks", 1), ("planned", done), ("km_planned", km * done), ("km_due", km * due),
            ("km_due_planned", km * (due and done)),
        ):  # fmt: skip
            rows[task["zone_id"]][name] += value
    for shift in shifts:
        for stop in shift["route"]:
            if stop["kind"] in TASK_STOPS:
                rows[tasks[stop["task_id"]]["zone_id"]]["hours_planned"] += spent_s(stop) / 3600
    for name, row in lent.items():
        rows[name].update(row)
    return rows


def zone_hours(problem: Problem, needed: Sequence[int], offered: Sequence[int]) -> dict[str, Zone]:
    """Return ``hours_needed`` and ``hours_available`` of every zone that has a task.

    A shift's hours are shared among the zones it may serve in proportion to the hours needed there, so a crew without
    home zones goes where the work is.

    Parameters
    ----------
    needed : sequence of int
        Seconds each task takes at least (:func:`patrol.planning.hours.needed_s`).
    offered : sequence of int
        Working seconds of each shift (:func:`patrol.planning.hours.offered_s`).
    """
    hours = dict.fromkeys(sorted({task.zone for task in problem.tasks}), 0.0)
    for task, seconds in zip(problem.tasks, needed, strict=True):
        hours[task.zone] += seconds / 3600
    there = _shared_hours(problem, offered, hours)
    return {name: {"hours_needed": hours[name], "hours_available": there[name]} for name in hours}


def zone_figures(work: Mapping[str, Zone], hours: Mapping[str, Zone]) -> dict[str, Zone]:
    """Return work and hours of zones as they stand in a plan file: counts whole, hours and kilometres rounded."""
    none = {"hours_needed": 0.0, "hours_available": 0.0}
    return {
        name: {
            key: int(row[key]) if key in COUNTS else round(float(row[key]), DIGITS.get(key, 2)) for key in sorted(row)
        }
        for name, row in ((name, {**none, **hours.get(name, {}), **work[name]}) for name in sorted(work))
    }


def _shared_hours(problem: Problem, offered: Sequence[int], needed: Zone) -> Zone:
    hours = dict.fromkeys(needed, 0.0)
    for shift, seconds in zip(problem.shifts, offered, strict=True):
        served = [name for name in needed if not shift.zones or not name or name in shift.zones]
        total = sum(needed[name] for name in served)
        for name in served:
            share = needed[name] / total if total else 1 / len(served)
            hours[name] += share * seconds / 3600
    return hours

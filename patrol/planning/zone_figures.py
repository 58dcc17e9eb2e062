"""The load of each zone: hours of work and hours of crews, kilometres due and kilometres planned."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd

from patrol.planning.build import Built
from patrol.routing.model import Problem, Solution

Zones = dict[str, float]


def zone_figures(built: Built, solution: Solution, needed: Sequence[int], offered: Sequence[int]) -> dict[str, Any]:
    """Return the figures of every zone that has a task, by zone id; ``""`` is outside every zone.

    Parameters
    ----------
    needed : sequence of int
        Seconds each task takes at least (:func:`patrol.planning.hours.needed_s`).
    offered : sequence of int
        Working seconds of each shift (:func:`patrol.planning.hours.offered_s`).

    Returns
    -------
    dict
        By zone: ``tasks, planned`` (counts), ``hours_needed``, ``hours_planned`` (work and the way to it),
        ``hours_available``, ``km_due`` (sections due by the last day, overdue ones with them), ``km_due_planned``,
        ``km_planned`` (these and what is patrolled early). A shift's hours are shared among the zones it may
        serve in proportion to the hours needed there, so a crew without home zones goes where the work is.
    """
    problem = built.problem
    zone = [task.zone for task in problem.tasks]
    rows: dict[str, dict[str, float]] = {name: defaultdict(float) for name in sorted(set(zone))}
    left = {item.task for item in solution.dropped}
    end = pd.Timestamp(built.first + timedelta(days=problem.days))
    due = (pd.to_datetime(built.tasks["due"]) < end).to_numpy() if len(built.tasks) else np.zeros(0, bool)
    for number, task in enumerate(problem.tasks):
        km, done = built.length_of(task.task_id) / 1000, number not in left
        for key, value in (
            ("tasks", 1), ("planned", done), ("hours_needed", needed[number] / 3600), ("km_planned", km * done),
            ("km_due", km * due[number]), ("km_due_planned", km * (due[number] and done)),
        ):  # fmt: skip
            rows[task.zone][key] += value
    for route in solution.routes:
        for stop in route.stops:
            if stop.task >= 0:
                work = problem.tasks[stop.task].options[stop.option].service_s + stop.travel_s
                rows[zone[stop.task]]["hours_planned"] += work / 3600
    for name, hours in _shared_hours(
        problem, offered, {name: row["hours_needed"] for name, row in rows.items()}
    ).items():
        rows[name]["hours_available"] = hours
    return {name: _rounded(row) for name, row in rows.items()}


_COUNTS = ("tasks", "planned")
_FIGURES = ("hours_needed", "hours_planned", "hours_available", "km_due", "km_due_planned", "km_planned")


def _rounded(row: dict[str, float]) -> dict[str, float]:
    return {key: int(row[key]) for key in _COUNTS} | {key: round(float(row[key]), 2) for key in _FIGURES}


def _shared_hours(problem: Problem, offered: Sequence[int], needed: Zones) -> Zones:
    hours = dict.fromkeys(needed, 0.0)
    for shift, seconds in zip(problem.shifts, offered, strict=True):
        served = [name for name in needed if not shift.zones or not name or name in shift.zones]
        total = sum(needed[name] for name in served)
        for name in served:
            share = needed[name] / total if total else 1 / len(served)
            hours[name] += share * seconds / 3600
    return hours

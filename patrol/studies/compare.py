"""Two plans side by side: figures, tasks by zone, party and day, and each task that they treat differently."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from typing import Any

from patrol.changes import Change, changes
from patrol.plan import Plan, plan_tag
from patrol.words import name_of

FIGURES = (
    "due", "planned", "dropped", "mandatory_due", "mandatory_planned", "hours_needed", "hours_available", "value_ecm",
    "patrol_km", "drive_km", "walk_km", "visits_by_others", "fairness_cost_ecm",
)  # fmt: skip
GROUPS = ("by_zone", "by_party", "by_day")
A_MINUTE = 1
Pair = dict[str, float]


def compare(first: Plan, second: Plan) -> dict[str, Any]:
    """Return how two plans differ, as plain data.

    Returns
    -------
    dict
        ``plans`` (two heads: ``tag, name, name_zh, from, days, scenario``), ``figures`` (by name ``first, second,
        difference``), ``by_zone, by_party, by_day`` (numbers of tasks planned, the same way) and ``tasks``:
        ``added`` (by the second only), ``gone``, ``moved`` (crew or day), ``shifted`` (time alone), lists of
        ``task_id, first, second`` (crew, date and start, or null), and ``same``, a count. What is second less first
        is a difference.
    """
    found = changes(second, first, slack_min=A_MINUTE)
    moved = [one for one in found.moved if {"crew", "day"} & {*one.parts}]
    shifted = [one for one in found.moved if one not in moved]
    groups = {
        name: _pairs(*pair)
        for name, pair in {
            "by_zone": (_by_zone(first), _by_zone(second)),
            "by_party": (_by_party(first), _by_party(second)),
            "by_day": (_by_day(first), _by_day(second)),
        }.items()
    }
    return {
        "plans": [_head(first), _head(second)],
        "figures": _pairs(_figures(first), _figures(second)),
        **groups,
        "tasks": {
            "added": [_row(one) for one in found.added],
            "gone": [_row(one) for one in found.gone],
            "moved": [_row(one) for one in moved],
            "shifted": [_row(one) for one in shifted],
            "same": found.same,
        },
    }


def alike(rows: dict[str, Any]) -> bool:
    """Return whether a comparison found nothing that differs."""
    pairs = [pair for name in ("figures", *GROUPS) for pair in rows[name].values()]
    tasks = [one for key, value in rows["tasks"].items() if key != "same" for one in value]
    return not tasks and all(pair["difference"] == 0 for pair in pairs)


def _head(plan: Plan) -> dict[str, Any]:
    head, project = plan.document, plan.document["project"]
    scenario = head.get("scenario") or {}
    return {
        "tag": plan_tag(plan),
        "name": name_of(project, "en"),
        "name_zh": name_of(project, "zh"),
        "from": head["from"],
        "days": head["days"],
        "synthetic": project["synthetic"],
        "scenario": scenario.get("name", ""),
    }


def _pairs(first: dict[str, float], second: dict[str, float]) -> dict[str, Pair]:
    """Return two rows of numbers side by side, in the order of the first."""
    return {
        key: {
            "first": first.get(key, 0),
            "second": second.get(key, 0),
            "difference": round(second.get(key, 0) - first.get(key, 0), 3),
        }
        for key in dict.fromkeys([*first, *second])
    }


def _figures(plan: Plan) -> dict[str, float]:
    figures = plan.figures
    numbers = {key: float(figures.get(key, 0.0)) for key in FIGURES}
    used = sum(float(row["used"]) for row in figures.get("hours_by_party", {}).values())
    others = sum("instead_of" in stop for shift in plan.shifts for stop in shift["route"])
    cost = float(figures.get("load", {}).get("fairness_cost_ecm", 0.0))
    return {**numbers, "hours_used": round(used, 2), "visits_by_others": others, "fairness_cost_ecm": cost}


def _served(plan: Plan) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Return each shift with each task that it does."""
    tasks = plan.tasks
    return [
        (shift, tasks[stop["task_id"]]) for shift in plan.shifts for stop in shift["route"] if stop["task_id"] in tasks
    ]


def _by_zone(plan: Plan) -> dict[str, float]:
    zones = Counter(task["zone_id"] for _, task in _served(plan))
    return {zone: zones[zone] for zone in sorted({task["zone_id"] for task in plan.tasks.values()})}


def _by_party(plan: Plan) -> dict[str, float]:
    parties = Counter(shift["party"] for shift, _ in _served(plan))
    return {party: parties[party] for party in sorted({*plan.figures.get("hours_by_party", {}), *parties})}


def _by_day(plan: Plan) -> dict[str, float]:
    days = Counter(shift["date"] for shift, _ in _served(plan))
    first = date.fromisoformat(plan.document["from"])
    every = [(first + timedelta(days=k)).isoformat() for k in range(plan.document["days"])]
    return {day: days[day] for day in every}


def _row(one: Change) -> dict[str, Any]:
    def at(place: Any) -> dict[str, str] | None:
        return None if place is None else {"crew_id": place.crew_id, "date": place.date, "start": place.start}

    return {
        "task_id": one.task_id,
        "label": str(one.task.get("label", "")),
        "label_zh": str(one.task.get("label_zh", "")),
        "first": at(one.before),
        "second": at(one.now),
    }

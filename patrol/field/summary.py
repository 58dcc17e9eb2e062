"""What an import says of each crew and day, as plain rows: for the table that is printed, and for JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from patrol.field.ground import FieldGround
from patrol.field.model import DONE, NOT_DONE, PARTLY, Item
from patrol.field.taking import Settled


def crew_rows(settled: Settled, ground: FieldGround, hazards: Mapping[tuple[str, str], int]) -> list[dict[str, Any]]:
    """Return one row for each crew and day that an import speaks of.

    Parameters
    ----------
    hazards : mapping
        New hazards by crew and day.

    Returns
    -------
    list of dict
        ``crew_id, date, done, partly, not_done`` (stops), ``planned`` (stops of the plan; None without it),
        ``new_hazards``, ``planned_m`` (metres of sections; None without the plan), ``ticked_m``, ``track_m`` (None
        without a track), ``not_reached``: list of ``task_id, label, label_zh, reason``, and ``partly_done`` likewise.
    """
    rows = []
    for crew, on in sorted({*settled.days, *hazards}):
        mine = [item for item in settled.held if (item.crew, item.on) == (crew, on)]
        planned = _planned(ground, crew, on, {item.plan for item in mine})
        rows.append({
            "crew_id": crew,
            "date": on,
            **{name: sum(item.outcome == name for item in mine) for name in (DONE, PARTLY, NOT_DONE)},
            "planned": None if planned is None else planned[0],
            "new_hazards": hazards.get((crew, on), 0),
            "planned_m": None if planned is None else planned[1],
            "ticked_m": round(sum(item.done_m for item in mine if item.kind == "section")),
            "track_m": round(settled.track_m[crew, on]) if (crew, on) in settled.track_m else None,
            "not_reached": [_said(item, ground) for item in mine if item.outcome == NOT_DONE],
            "partly_done": [_said(item, ground) for item in mine if item.outcome == PARTLY],
        })  # fmt: skip
    return rows


def _planned(ground: FieldGround, crew: str, on: str, plans: set[str]) -> tuple[int, int] | None:
    """Return the stops and the metres of sections that the plans at hand give a crew on a day."""
    chosen = [known for sha, known in ground.plans.items() if sha in plans or not plans]
    shifts = [
        (known, shift) for known in chosen for shift in known.shifts.values()
        if (shift["crew_id"], shift["date"]) == (crew, on)
    ]  # fmt: skip
    if not shifts:
        return None
    tasks = [known.tasks[stop["task_id"]] for known, shift in shifts for stop in shift["route"] if stop["task_id"]]
    return len(tasks), round(sum(float(task.get("length_m", 0.0)) for task in tasks if task["kind"] == "section"))


def _said(item: Item, ground: FieldGround) -> dict[str, Any]:
    names = [f"{item.poles[a]}-{item.poles[b]}" for a, b in item.parts] if item.outcome == PARTLY else []
    return {
        **labels(ground, item.task_id, item.plan, item.ref),
        "reason": item.reason,
        "from_to": ", ".join(names),
        "kind": item.kind,
    }


def labels(ground: FieldGround, task_id: str, plan: str, ref: str) -> dict[str, str]:
    """Return the id and both names of a task: as the plan calls it, else its section, else its id."""
    known = ground.plans.get(plan)
    task = known.tasks.get(task_id) if known else None
    if task is not None:
        return {"task_id": task_id, "label": task["label"], "label_zh": task["label_zh"]}
    rows = ground.sections[ground.sections["section_id"] == ref]
    name = {"label": rows["label"].iloc[0], "label_zh": rows["label_zh"].iloc[0]} if len(rows) else {}
    return {"task_id": task_id, "label": task_id, "label_zh": task_id, **name}


def difference_rows(settled: Settled, ground: FieldGround) -> Sequence[dict[str, Any]]:
    """Return where ticks and tracks differ, with the names of the sections."""
    return [
        {
            **labels(ground, one.task_id or one.section, "", one.section), "code": one.code, "crew_id": one.crew,
            "date": one.on, "section_id": one.section, "ticked_m": round(one.ticked_m), "track_m": round(one.track_m),
            "length_m": round(one.length_m), "unsure_m": round(one.unsure_m), "fast_m": round(one.fast_m),
        }
        for one in settled.differences
    ]  # fmt: skip

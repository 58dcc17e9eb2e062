"""A plan as tables that people read: what each crew does when, what was left out, and the hours of each crew."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from patrol import text
from patrol.layers.keep import PUBLISHED
from patrol.plan import Plan, write_bytes
from patrol.reports.files import named_if_open
from patrol.words import instead_words, kept_words, keys, name_of, say

SCHEDULE_COLUMNS = (
    "date", "crew_id", "crew", "party", "mode", "order", "arrive", "start", "leave", "kind", "task_id", "label",
    "zone", "direction", "minutes", "travel_minutes", "km", "why", "mandatory", "overdue_days",
)  # fmt: skip
DROPPED_COLUMNS = (
    "task_id", "kind", "label", "zone", "due", "overdue_days", "mandatory", "value", "reason", "reason_code",
)  # fmt: skip
CREW_COLUMNS = (
    "date", "crew_id", "crew", "party", "mode", "people", "shift_start", "shift_end", "tasks", "work_hours",
    "travel_hours", "service_hours", "wait_hours", "break_hours", "distance_km", "walk_km",
)  # fmt: skip


KEPT_COLUMNS = ("action", "task_id", "label", "crew_id", "date", "file", "row", "result")


def heading(column: str, lang: str) -> str:
    """Return the heading that people see over a column."""
    return say(f"reports.columns.{column}", lang)


def schedule_frame(plan: Plan, lang: str) -> pd.DataFrame:
    """Return one row a stop, in the order of shifts and routes, under headings of a language.

    Parameters
    ----------
    plan : Plan
        A plan as it stands in its file.
    lang : {'zh', 'en'}
        Language of headings and words.

    Returns
    -------
    DataFrame
        The columns :data:`SCHEDULE_COLUMNS` under their headings; clock times are local ``HH:MM``, with
        ``+1`` after midnight; missing numbers are NA. Field text is as the plan holds it: the writers
        make it safe.
    """
    tasks = plan.tasks
    rows = []
    for shift in plan.shifts:
        for number, stop in enumerate(shift["route"]):
            row = _stop_row(shift, number, tasks, lang)
            more = instead_words(stop, plan.shifts, lang)
            rows.append({**row, "why": f"{row['why']}{_and(lang)}{more}" if more else row["why"]})
    return _frame(rows, SCHEDULE_COLUMNS, lang)


def dropped_frame(plan: Plan, lang: str) -> pd.DataFrame:
    """Return one row a task left out: mandatory ones first, then by falling value and by id."""
    tasks = plan.tasks
    rows = [_dropped_row(item, tasks.get(item["task_id"], {}), lang) for item in plan.dropped]
    weight = {item["task_id"]: tasks.get(item["task_id"], {}).get("mandatory", 0) for item in plan.dropped}
    rows.sort(key=lambda row: (-weight[row["task_id"]], -(row["value"] or 0), row["task_id"]))
    return _frame(rows, DROPPED_COLUMNS, lang)


def crews_frame(plan: Plan, lang: str) -> pd.DataFrame:
    """Return one row a shift that does something: hours in parts, and kilometres."""
    return _frame([_crew_row(shift, lang) for shift in plan.shifts], CREW_COLUMNS, lang)


def kept_frame(plan: Plan, lang: str) -> pd.DataFrame:
    """Return one row a mark made by hand, with the file and row it stands in and what became of it."""
    tasks = plan.tasks
    rows = [
        {
            "action": word("action", mark["action"], lang),
            "label": task_label(tasks.get(mark["task_id"], {}), lang),
            **{key: mark[key] for key in ("task_id", "crew_id", "date", "file")},
            "row": f"{mark['sheet']} {mark['row']}",
            "result": kept_words(mark["result"], mark.get("detail", ""), lang),
        }
        for mark in kept_marks(plan)
    ]
    return _frame(rows, KEPT_COLUMNS, lang)


def kept_marks(plan: Plan) -> list[dict[str, Any]]:
    """Return the marks made by hand that a plan carries, honoured and refused."""
    return [mark for mark in plan.document["settings"].get("kept", []) if mark["sheet"] != PUBLISHED]


def published_marks(plan: Plan) -> list[dict[str, Any]]:
    """Return what plans published before bind a plan to, and whether that holds."""
    return [mark for mark in plan.document["settings"].get("kept", []) if mark["sheet"] == PUBLISHED]


def write_schedule_csv(plan: Plan, path: Path | str, lang: str) -> None:
    """Write :func:`schedule_frame` as CSV: UTF-8 with BOM, as Excel wants it, and no cell acts as a formula."""
    frame = schedule_frame(plan, lang)
    for column in frame.columns:
        if not pd.api.types.is_numeric_dtype(frame[column]):
            frame[column] = frame[column].map(text.cell)
    data = frame.to_csv(index=False, lineterminator="\r\n").encode("utf-8-sig")
    with named_if_open(path):
        write_bytes(Path(path), data)


def reason_words(code: str, lang: str) -> str:
    """Return why a task was left out in words; a code without words is shown as it is."""
    return say(f"reasons.{code}", lang) if f"reasons.{code}" in keys(lang) else say("reasons.unknown", lang, code=code)


def task_label(task: Mapping[str, Any], lang: str) -> str:
    """Return a task's label in the language, or in the other one where it has only that."""
    order = ("label_zh", "label") if lang == "zh" else ("label", "label_zh")
    return next((str(task[key]) for key in order if task.get(key)), "")


def days_late(task: Mapping[str, Any], day: str) -> int:
    """Return how many days after its due date a task is planned; 0 in time, without a date, or with an assumed one."""
    if not task.get("due") or task.get("assumed"):
        return 0
    try:
        return max(0, (date.fromisoformat(day) - date.fromisoformat(task["due"])).days)
    except ValueError:  # a plan from elsewhere
        return 0


def word(table: str, value: str, lang: str) -> str:
    """Return the word for a fixed value such as a party or a mode; unknown values stay as they are."""
    key = f"reports.{table}.{value}"
    return say(key, lang) if key in keys(lang) else value


def _frame(rows: list[dict[str, Any]], columns: tuple[str, ...], lang: str) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=list(columns))
    for column in frame.columns.intersection(_WHOLE):
        frame[column] = frame[column].astype("Int64")
    for column in frame.columns.intersection(_DECIMAL):
        frame[column] = frame[column].astype("Float64")
    return frame.rename(columns={column: heading(column, lang) for column in columns})


_WHOLE = ["order", "minutes", "travel_minutes", "overdue_days", "people", "tasks"]
_DECIMAL = [
    "km", "value", "distance_km", "walk_km", "work_hours", "travel_hours", "service_hours", "wait_hours", "break_hours",
]  # fmt: skip


def _stop_row(shift: Mapping[str, Any], number: int, tasks: Mapping[str, Any], lang: str) -> dict[str, Any]:
    stop = shift["route"][number]
    task = tasks.get(stop["task_id"], {})
    served = stop["kind"] not in {"start", "end"}
    seconds = _seconds(stop["start_service"], stop["leave"])
    return {
        **_who(shift, lang),
        "order": number,
        "arrive": _clock(stop["arrive"], shift["date"]),
        "start": _clock(stop["start_service"], shift["date"]),
        "leave": _clock(stop["leave"], shift["date"]),
        "kind": word("kind", task.get("kind", stop["kind"]), lang),
        "task_id": stop["task_id"],
        "label": task_label(task, lang),
        "zone": task.get("zone_id", ""),
        "direction": _direction(stop, task, lang),
        "minutes": round(seconds / 60) if served else None,
        "travel_minutes": round(stop["travel_s"] / 60),
        "km": round(stop["distance_m"] / 1000, 1),
        "why": _why(task, lang, stop["arrive"][:10]) + _notice(task, lang) if task else "",
        "mandatory": say("reports.sheet.yes", lang) if task.get("mandatory") else "",
        "overdue_days": task.get("overdue_days") or None,
    }


def _who(shift: Mapping[str, Any], lang: str) -> dict[str, Any]:
    return {
        "date": shift["date"],
        "crew_id": shift["crew_id"],
        "crew": name_of(dict(shift), lang) or shift["crew_id"],
        "party": word("party", shift["party"], lang),
        "mode": word("mode", shift["mode"], lang),
    }


def _dropped_row(item: Mapping[str, Any], task: Mapping[str, Any], lang: str) -> dict[str, Any]:
    prize = task.get("prize_milli_ecm")
    return {
        "task_id": item["task_id"],
        "kind": word("kind", task.get("kind", ""), lang),
        "label": task_label(task, lang),
        "zone": task.get("zone_id", ""),
        "due": task.get("due", ""),
        "overdue_days": task.get("overdue_days") or None,
        "mandatory": say("reports.sheet.yes", lang) if task.get("mandatory") else "",
        "value": None if prize is None else round(prize / 1000, 1),
        "reason": reason_words(item["reason"], lang),
        "reason_code": item["reason"],
    }


def _crew_row(shift: Mapping[str, Any], lang: str) -> dict[str, Any]:
    hours = {
        "work_hours": shift["travel_s"] + shift["service_s"],
        "travel_hours": shift["travel_s"],
        "service_hours": shift["service_s"],
        "wait_hours": shift["wait_s"],
        "break_hours": shift["break_s"],
    }
    return {
        **_who(shift, lang),
        "people": shift["people"],
        "shift_start": _clock(shift["start"], shift["date"]),
        "shift_end": _clock(shift["end"], shift["date"]),
        "tasks": sum(bool(stop["task_id"]) for stop in shift["route"]),
        **{key: round(seconds / 3600, 2) for key, seconds in hours.items()},
        "distance_km": round(shift["distance_m"] / 1000, 1),
        "walk_km": round(shift["walk_m"] / 1000, 1),
    }


def _direction(stop: Mapping[str, Any], task: Mapping[str, Any], lang: str) -> str:
    """Say which way a section is walked: by pole numbers where they are known, else against the source."""
    if task.get("kind") != "section":
        return ""
    if stop["direction"] == 0:
        return say("reports.direction.both", lang)
    first, last = task.get("first_pole"), task.get("last_pole")
    if not first or not last or first == last:
        return say("reports.direction.forward" if stop["direction"] > 0 else "reports.direction.backward", lang)
    ends = (first, last) if stop["direction"] > 0 else (last, first)
    return say("reports.direction.poles", lang, first=ends[0], last=ends[1])


def _why(task: Mapping[str, Any], lang: str, day: str) -> str:
    if task.get("hazard_class") == "emergency":
        return say("reports.why.emergency", lang)
    if task.get("overdue_days"):
        return say("reports.why.overdue", lang, days=task["overdue_days"])
    if task.get("due"):
        late = days_late(task, day)
        if late:
            return say("reports.why.late", lang, date=task["due"], days=late)
        return say("reports.why.assumed" if task.get("assumed") else "reports.why.due", lang, date=task["due"])
    return say("reports.why.other", lang)


def _notice(task: Mapping[str, Any], lang: str) -> str:
    """Say what crews may do at a customer's asset."""
    return _and(lang) + say("reports.why.notice", lang) if task.get("asset_owner") else ""


def _and(lang: str) -> str:
    return "；" if lang == "zh" else "; "


def _clock(moment: str, day: str) -> str:
    """Return local ``HH:MM`` of an ISO time as it stands there (no zone is asked), ``+1`` on the day after."""
    return moment[11:16] + ("" if moment[:10] == day else " +1")


def _seconds(first: str, last: str) -> float:
    return (datetime.fromisoformat(last) - datetime.fromisoformat(first)).total_seconds()

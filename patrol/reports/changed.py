"""What a replan changes, crew by crew: tasks that come, go or move, and how many minutes later the others are."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from patrol import text
from patrol.changes import Change, changes
from patrol.plan import Plan, plan_tag
from patrol.reports.defence import absent_lines
from patrol.reports.spreadsheet import notice
from patrol.reports.tables import reason_words, task_label
from patrol.words import name_of, say

A_MINUTE = 1  # fewer are no change that anybody sees


def changed(plan: Plan, before: Plan) -> dict[str, Any]:
    """Return what a plan changes of the one before it, as plain data.

    Returns
    -------
    dict
        ``before, now`` (tags), ``totals`` and ``crews``: a row a crew with ``came, went`` (``task_id, other`` crew,
        ``date`` there, ``reason`` where the plan has it no more) and ``shifted`` (``task_id, minutes``, later if
        positive). Totals count each task once: ``added`` (planned now only), ``gone``, ``moved`` to another crew or
        day, ``shifted`` in time alone; and ``crews``, ``minutes_later`` and ``minutes_earlier``.
    """
    found = changes(plan, before, slack_min=A_MINUTE)
    moved = [one for one in found.moved if {"crew", "day"} & {*one.parts}]
    shifted = [one for one in found.moved if one not in moved]
    crews: dict[str, dict[str, Any]] = {}

    def row(crew_id: str) -> dict[str, Any]:
        return crews.setdefault(crew_id, {"crew_id": crew_id, "came": [], "went": [], "shifted": []})

    for one in (*found.added, *moved):
        assert one.now is not None
        other = {"other": one.before.crew_id, "date": one.before.date} if one.before else {"other": "", "date": ""}
        row(one.now.crew_id)["came"].append({"task_id": one.task_id, **other})
    for one in (*found.gone, *moved):
        assert one.before is not None
        other = {"other": one.now.crew_id, "date": one.now.date} if one.now else {"other": "", "date": ""}
        row(one.before.crew_id)["went"].append({"task_id": one.task_id, **other, "reason": one.reason})
    for one in shifted:
        assert one.now is not None
        row(one.now.crew_id)["shifted"].append({"task_id": one.task_id, "minutes": _minutes(one)})
    minutes = [_minutes(one) for one in shifted]
    return {
        "before": plan_tag(before),
        "now": plan_tag(plan),
        "totals": {
            "added": len(found.added),
            "gone": len(found.gone),
            "moved": len(moved),
            "shifted": len(shifted),
            "crews": len(crews),
            "minutes_later": sum(value for value in minutes if value > 0),
            "minutes_earlier": -sum(value for value in minutes if value < 0),
        },
        "crews": [crews[crew_id] for crew_id in sorted(crews)],
    }


def _minutes(one: Change) -> int:
    assert one.now is not None
    assert one.before is not None
    later = datetime.fromisoformat(one.now.start) - datetime.fromisoformat(one.before.start)
    return round(later.total_seconds() / 60)


def changed_text(rows: dict[str, Any], plan: Plan, before: Plan, lang: str) -> str:
    """Return :func:`changed` as lines of text."""
    totals = rows["totals"]
    head = plan.document["replanned"]
    names = {entry["crew_id"]: text.clean(name_of(entry, lang)) for entry in (*before.shifts, *plan.shifts)}
    tasks = {**before.tasks, **plan.tasks}

    def crew(crew_id: str) -> str:
        return say("replan.crew", lang, name=names.get(crew_id) or text.clean(crew_id), crew_id=text.clean(crew_id))

    def label(task_id: str) -> str:
        return text.clean(task_label(tasks.get(task_id, {"label": task_id, "label_zh": task_id}), lang))

    lines = [
        say("replan.head", lang, at=head["at"][:16].replace("T", " "), before=rows["before"], now=rows["now"]),
        notice(plan, lang),
        say("replan.totals", lang, **totals),
    ]
    for row in rows["crews"]:
        lines.append(say("replan.crew_head", lang, crew=crew(row["crew_id"])))
        for one in row["came"]:
            key = "came_from" if one["other"] else "came"
            lines.append(
                say(f"replan.{key}", lang, task=label(one["task_id"]), other=crew(one["other"]), date=one["date"])
            )
        for one in row["went"]:
            key = "went_to" if one["other"] else ("left_out" if one["reason"] else "over")
            why = reason_words(one["reason"], lang) if one["reason"] else ""
            lines.append(
                say(f"replan.{key}", lang, task=label(one["task_id"]), other=crew(one["other"]), date=one["date"],
                    why=why)
            )  # fmt: skip
        for one in row["shifted"]:
            key = "later" if one["minutes"] > 0 else "earlier"
            lines.append(say(f"replan.{key}", lang, task=label(one["task_id"]), minutes=abs(one["minutes"])))
    if not rows["crews"]:
        lines.append(say("replan.nothing", lang))
    lines += absent_lines(plan, before, lang)
    return "\n".join(lines)

"""What zones and parties do for one another in a plan, in words: joint tasks, and who helped whom and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from patrol import text
from patrol.plan import Plan
from patrol.reports.tables import reason_words, task_label
from patrol.words import say


def defence_lines(plan: Plan, lang: str) -> list[str]:
    """Return the lines of a summary on joint tasks and on aid between zones; none where there is neither."""
    return [*_joint(plan, lang), *_aid(plan, lang)]


def joint_tasks(plan: Plan) -> dict[str, list[tuple[Mapping[str, Any], Mapping[str, Any]]]]:
    """Return the shifts and stops of each joint task of a plan, by its id, in the order of the plan."""
    found: dict[str, list[tuple[Mapping[str, Any], Mapping[str, Any]]]] = {}
    for shift, stop in _stops(plan):
        if "joint" in stop:
            found.setdefault(stop["joint"]["id"], []).append((shift, stop))
    return found


def _joint(plan: Plan, lang: str) -> list[str]:
    tasks, served = plan.tasks, joint_tasks(plan)
    left = _left(plan)
    if not served and not left:
        return []
    lines = []
    for found in served.values():
        shift, stop = found[0]
        label = text.clean(task_label(tasks[stop["task_id"]], lang) or stop["task_id"])
        crews = [f"{say('parties.' + one['party'], lang)} {text.clean(one['crew_id'])}" for one, _ in found]
        lines.append(
            say("defence.joint_line", lang, label=label, date=shift["date"], time=stop["joint"]["at"][11:16],
                crews=say("defence.comma", lang).join(crews), state=say(f"defence.{stop['joint']['state']}", lang))
        )  # fmt: skip
    for task_id, code in left.values():
        label = text.clean(task_label(tasks[task_id], lang) or task_id)
        lines.append(say("defence.joint_left", lang, label=label, why=reason_words(code, lang)))
    head = say("defence.joint_head", lang, planned=len(served), all=len(served) + len(left))
    return [head, *lines]


def _left(plan: Plan) -> dict[str, tuple[str, str]]:
    """Return a party's part and the reason of each joint task left out, rather not that another party cannot come."""
    found: dict[str, tuple[str, str]] = {}
    for item in sorted(plan.dropped, key=lambda one: (one["reason"] == "no_partner", one["task_id"])):
        joint = plan.tasks[item["task_id"]].get("joint")
        if joint:
            found.setdefault(joint, (item["task_id"], item["reason"]))
    return dict(sorted(found.items()))


def _aid(plan: Plan, lang: str) -> list[str]:
    helped = [(shift, stop) for shift, stop in _stops(plan) if "aid" in stop]
    if not helped:
        return []
    why = Counter(stop["aid"]["why"] for _, stop in helped)
    reasons = [
        say("defence.why_line", lang, why=say(f"defence.why.{key}", lang), count=why[key]) for key in sorted(why)
    ]
    zones = plan.figures.get("by_zone", {})
    moved = [
        say(
            "defence.zone_line",
            lang,
            zone=text.clean(zone),
            lent=f"{row['lent_h']:.1f}",
            borrowed=f"{row['borrowed_h']:.1f}",
        )
        for zone, row in sorted(zones.items())
        if row["lent_h"] or row["borrowed_h"]
    ]
    hours = sum(row["borrowed_h"] for row in zones.values())
    return [say("defence.aid_head", lang, count=len(helped), hours=f"{hours:.1f}"), *reasons, *moved]


def _stops(plan: Plan) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    for shift in plan.shifts:
        for stop in shift["route"]:
            yield shift, stop

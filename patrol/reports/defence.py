"""What zones and parties do for one another in a plan, in words: joint tasks, who helped whom, who came for whom."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from patrol import text
from patrol.plan import Plan
from patrol.reports.tables import reason_words, task_label
from patrol.words import crew_words, even_load_words, say


def defence_lines(plan: Plan, lang: str) -> list[str]:
    """Return the lines of a summary on joint tasks, aid, visits by the person named and load, where there are any."""
    return [*_joint(plan, lang), *_aid(plan, lang), *_persons(plan, lang), *_load(plan, lang)]


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
        lines += [f"    {line}" for line in _absent(tasks[task_id], plan.shifts, lang)]
    head = say("defence.joint_head", lang, planned=len(served), all=len(served) + len(left))
    return [head, *lines]


def absent_lines(plan: Plan, before: Plan, lang: str) -> list[str]:
    """Return a sentence for each confirmed appointment that is lost: who is missing, and what makes another.

    Who is missing all day has no name in the plan, but in the one ``before``.
    """
    tasks = plan.tasks
    return [
        say("defence.absent_of", lang, label=text.clean(task_label(tasks[task_id], lang) or task_id), what=line)
        for task_id, _ in _left(plan).values()
        for line in _absent(tasks[task_id], [*before.shifts, *plan.shifts], lang)
    ]


def _absent(task: Mapping[str, Any], shifts: Iterable[Mapping[str, Any]], lang: str) -> list[str]:
    if not task.get("missing"):
        return []
    crews = crew_words(task["missing"], shifts, lang)
    return [say("defence.absent", lang, crews=crews, joint=text.clean(task["joint"]))]


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


def _persons(plan: Plan, lang: str) -> list[str]:
    """Say how many visits whose person is named are that person's crew's, and name the others."""
    tasks, lines, own = plan.tasks, [], 0
    for shift, stop in _stops(plan):
        if not tasks.get(stop["task_id"], {}).get("preferred"):
            continue
        entry = stop.get("instead_of")
        if entry is None:
            own += 1
            continue
        lines.append(
            say("persons.line", lang, date=shift["date"], label=text.clean(task_label(tasks[stop["task_id"]], lang)),
                crew=crew_words([shift["crew_id"]], plan.shifts, lang),
                crews=crew_words(entry["crews"], plan.shifts, lang), why=say(f"persons.why.{entry['why']}", lang))
        )  # fmt: skip
    return [say("persons.head", lang, own=own, all=own + len(lines)), *lines] if own or lines else []


def _load(plan: Plan, lang: str) -> list[str]:
    """Say what each crew works against its even share, now and before, if there is a price or a week before."""
    load = plan.figures.get("load", {})
    rows = load.get("crews", {})
    if not any({"free_h", "recent_h"} & {*row} for row in rows.values()):
        return []
    lines = [say("load.head", lang)]
    if span := load.get("recent"):
        lines.append("  " + say("load.before", lang, first=span["from"], last=span["to"], days=span["days"]))
    lines += [_load_line(crew, row, plan, lang) for crew, row in sorted(rows.items())]
    priced = any("free_h" in row for row in rows.values())
    cost = f"{float(load['fairness_cost_ecm']):,.1f}"
    told = [say("load.cost", lang, cost=cost), *even_load_words(load, lang)] if priced else []
    return [*lines, *(f"  {line}" for line in told)]


def _load_line(crew: str, row: Mapping[str, Any], plan: Plan, lang: str) -> str:
    hours = {key.removesuffix("_h"): f"{value:.1f}" for key, value in row.items()}
    said = say("load.line", lang, crew=crew_words([crew], plan.shifts, lang), **hours)
    if "free" in hours:
        said += say("load.line_free", lang, **hours)
    if "recent" in hours:
        ahead = round(row["recent_h"] - row["recent_even_h"], 1)
        how = "level" if not ahead else "ahead" if ahead > 0 else "behind"
        told = say(f"load.{how}", lang, hours=f"{abs(ahead):.1f}")
        said += say("load.line_before", lang, ahead=told, **hours)
    return said


def _stops(plan: Plan) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    for shift in plan.shifts:
        for stop in shift["route"]:
            yield shift, stop

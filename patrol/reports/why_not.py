"""Sentences on why a plan leaves tasks out, from the rows of ``patrol explain``, in either language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from patrol import text
from patrol.reports.figures import figure
from patrol.reports.tables import task_label
from patrol.words import say

Row = Mapping[str, Any]
Tasks = Mapping[str, Mapping[str, Any]]


def _say(key: str, lang: str, **values: object) -> str:
    return say(f"explain.{key}", lang, **values)


def answer(row: Row, tasks: Tasks, lang: str) -> list[str]:
    """Return the lines that answer why a task is left out, or who serves it."""
    what = item(row["task_id"], tasks, lang)
    if row["served"]:
        return [_say("served", lang, what=what, **_who(row["by"]))]
    lines = [_say("left", lang, what=what), _say("why", lang, why=reason(row, tasks, lang))]
    if row["own"]:
        lines.append(_say("own", lang, figure=_figure(row["own"], lang)))
    lines += [
        _say("displaced", lang, what=item(one["task_id"], tasks, lang), figure=_figure(one, lang))
        for one in row["displaced"]
    ]
    if not row["relaxations"]:
        return [*lines, _say("no_model", lang)]
    lines.append(_say("with_it", lang, what=conditions(row, tasks, lang)))
    if row["by"]:
        lines.append(_say("by_extra" if row["by"].get("extra") else "by", lang, **_who(row["by"])))
    return [*lines, _say("label", lang, label=_say(f"sure.{row['label']}", lang))]


def reason(row: Row, tasks: Tasks, lang: str) -> str:
    """Return the sentence of a code."""
    comma, needs = say("reports.comma", lang), row["needs"]
    parties = comma.join(say(f"reports.party.{party}", lang) for party in needs["parties"])
    values = {
        "parties": parties,
        "skills": comma.join(map(text.clean, needs["skills"])),
        "zone": text.clean(needs["zone"]),
        "days": comma.join(needs["open_on"]),
        "blame": comma.join(item(task, tasks, lang) for task in row["blame"]),
        "short": figure(abs(row["gain_ecm"])),
        "gain": figure(row["gain_ecm"]),
        "notice": tasks.get(row["task_id"], {}).get("notice_days", 0),
        "missing": comma.join(map(text.clean, tasks.get(row["task_id"], {}).get("missing", ()))),
    }
    return _say(f"code.{row['code']}{_variant(row)}", lang, **values)


def _variant(row: Row) -> str:
    """Return which sentence says that there was no place: none at all, or a better plan by duty or by worth."""
    if row["code"] != "not_placed":
        return ""
    if not any(one["kind"] == "search" for one in row["relaxations"]):
        return "_full"
    return "_must" if row["gain_weight"] else ""


def conditions(row: Row, tasks: Tasks, lang: str) -> str:
    """Return what would have to be otherwise."""
    return _say("and", lang).join(_condition(one, tasks, lang) for one in row["relaxations"])


def _condition(one: Row, tasks: Tasks, lang: str) -> str:
    comma = say("reports.comma", lang)
    values = {
        key: value for key, value in one.items() if key in {"date", "opens", "closes", "minutes", "days", "metres"}
    }
    skills = comma.join(map(text.clean, one.get("skills", ())))
    party = one.get("party", "")
    values |= {
        "crew": text.clean(one.get("crew_id", "")),
        "joint": text.clean(one.get("joint", "")),
        "party": say(f"reports.party.{party}", lang) if party else "",
        "profile": text.clean(one.get("profile", "")),
        "skills": f"{comma}{skills}" if skills and one["kind"] == "crew" else skills,
        "ecm": figure(one.get("ecm", 0.0)),
        "tasks": comma.join(item(task, tasks, lang) for task in one.get("tasks", ())),
        "more": comma.join(
            _say(f"if.limits_{key}", lang, n=one[key])
            for key in ("minutes", "metres", "walk_m", "load")
            if one["kind"] == "limits" and one[key]
        ),
    }
    return _say(f"if.{one['kind']}", lang, **values)


def item(task_id: str, tasks: Tasks, lang: str) -> str:
    """Return a task's label with its id."""
    label = task_label(tasks.get(task_id, {}), lang)
    return _say("item", lang, label=text.clean(label), id=text.clean(task_id)) if label else text.clean(task_id)


def _figure(one: Row, lang: str) -> str:
    per_hour = figure(one["ecm_per_hour"])
    said = _say("figure", lang, ecm=figure(one["ecm"]), minutes=f"{one['minutes']:.0f}", per_hour=per_hour)
    if one["pinned"]:
        return _say("figure_pinned", lang, figure=said)
    return _say("figure_must", lang, figure=said, weight=one["mandatory"]) if one["mandatory"] else said


def _who(by: Row) -> dict[str, str]:
    return {"crew": text.clean(by.get("crew_id", "")), "date": by["date"], "start": by["start"]}

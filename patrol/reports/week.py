"""The Monday summary: what came in, is new, is overdue; what the plan does, how it went, what was set aside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from patrol import text
from patrol.errors import Finding
from patrol.plan import Plan
from patrol.reports.defence import defence_lines
from patrol.reports.kpi import Kpis
from patrol.reports.kpi_words import kpi_say, notes_of, remark_words, share_words, value_words, without_rows
from patrol.reports.spreadsheet import notice
from patrol.reports.summary import (
    call_lines,
    count_lines,
    hour_lines,
    left_out_lines,
    mandatory_lines,
    published_lines,
    refused_lines,
)
from patrol.reports.tables import task_label
from patrol.words import name_of, say

MOST = 10  # named in a list
_RANK = {"hazard": 0, "request": 1, "service": 2, "section": 3}


@dataclass(frozen=True, slots=True, eq=False)
class CameIn:
    """What the inbox held.

    Attributes
    ----------
    words : dict
        The summary of the import by language, empty if nothing was taken in.
    taken : int
        How many files, and ``folder``, where they are now.
    refused : dict
        By the name of a file why it was not taken in.
    quarantine : str
        Name of the file with rows set aside, "" if there are none.
    reports, hazards : int
        Taken into the register since ``since``, which is None without a register.
    raised : int
        Hazards that now belong to the station or the county, which the register has logged.
    """

    words: Mapping[str, str]
    taken: int = 0
    folder: str = ""
    refused: Mapping[str, Sequence[Finding]] | None = None
    quarantine: str = ""
    since: date | None = None
    reports: int = 0
    hazards: int = 0
    raised: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Week:
    """All that the summary tells; frames and plans, no clock.

    Attributes
    ----------
    before : Plan, optional
        The plan before this one, with ``new, again, waiting, gone``: ids of tasks as they differ between the two.
    kept : tuple of int
        Published stops that stay, and all that were asked for.
    overdue : DataFrame
        Hazards of the register beyond their deadline at the end of ``on``, with ``due_level``.
    sections : DataFrame
        ``section_id, label, label_zh, value_foot``, the most worth first.
    kpis : tuple of Kpis
        Last week's and those of the last four weeks; empty where they could not be reckoned.
    told : tuple of Finding
        Earlier plans that cannot be read.
    no_figures : tuple of Finding
        Why the figures could not be reckoned.
    """

    came_in: CameIn
    plan: Plan
    before: Plan | None
    new: tuple[str, ...]
    again: tuple[str, ...]
    waiting: tuple[str, ...]
    gone: tuple[str, ...]
    kept: tuple[int, int]
    on: date
    overdue: pd.DataFrame
    sections: pd.DataFrame
    kpis: tuple[Kpis, ...]
    told: tuple[Finding, ...]
    no_figures: tuple[Finding, ...]
    folder: str


def week_summary(week: Week, lang: str) -> str:
    """Return the summary as lines of text; calls to emergency numbers come first."""
    plan = week.plan
    name = text.clean(name_of(plan.document["project"], lang))
    lines = [
        _say("title", lang, name=name, first=plan.document["from"], days=plan.document["days"]),
        notice(plan, lang),
        *call_lines(plan, lang),
        *_came_in(week.came_in, lang),
        *_new(week, lang),
        *_overdue(week, lang),
        *_plan(week, lang),
        *_kpis(week, lang),
        *_aside(week, lang),
        "",
        _say("files", lang, folder=text.clean(week.folder), code=lang),
    ]
    return "\n".join(lines)


def _say(key: str, lang: str, **values: object) -> str:
    return say(f"week.{key}", lang, **values)


def _first(lines: list[str], lang: str) -> list[str]:
    more = len(lines) - MOST
    return lines if more <= 0 else [*lines[:MOST], _say("more", lang, count=more)]


def _came_in(came: CameIn, lang: str) -> list[str]:
    lines = ["", _say("inbox", lang)]
    if came.taken:
        lines += [came.words[lang]] if came.words else []
        lines.append(_say("taken", lang, count=came.taken, folder=text.clean(came.folder)))
    elif not came.refused:
        lines.append(_say("inbox_none", lang))
    if came.since is not None:
        lines.append(_say("since_before", lang, day=came.since, reports=came.reports, hazards=came.hazards))
    return lines


def _new(week: Week, lang: str) -> list[str]:
    if week.before is None:
        return ["", _say("new", lang, day="—"), _say("new_first", lang)]
    tasks = week.plan.tasks
    counts = {key: len(getattr(week, key)) for key in ("new", "again", "waiting", "gone")}
    lines = ["", _say("new", lang, day=week.before.document["from"]), _say("new_counts", lang, **counts)]
    if week.kept[1]:
        lines.append(_say("kept", lang, honoured=week.kept[0], all=week.kept[1]))
    order = sorted(week.new, key=lambda one: (_RANK.get(tasks[one]["kind"], 9), tasks[one].get("due", ""), one))
    named = [_say("task_line", lang, label=_label(tasks[one], lang), due=tasks[one].get("due", "")) for one in order]
    return [*lines, _say("new_head", lang, count=len(named)), *_first(named, lang)] if named else lines


def _overdue(week: Week, lang: str) -> list[str]:
    tasks, left = week.plan.tasks, {item["task_id"] for item in week.plan.dropped}
    late = {key: task for key, task in tasks.items() if task.get("overdue_days")}
    order = sorted(late, key=lambda one: (_RANK.get(late[one]["kind"], 9), -int(late[one]["overdue_days"]), one))
    lines = ["", _say("overdue", lang)]
    if late:
        planned = sum(key not in left for key in late)
        day = week.plan.document["from"]
        lines.append(_say("overdue_tasks", lang, day=day, count=len(late), planned=planned))
    else:
        lines.append(_say("overdue_none", lang))
    named = [
        _say("overdue_line", lang, label=_label(late[key], lang), due=late[key]["due"], days=late[key]["overdue_days"],
             state=_say("left" if key in left else "planned", lang))
        for key in order
    ]  # fmt: skip
    lines += _first(named, lang)
    if len(week.overdue):
        levels = {name: int((week.overdue["due_level"] == name).sum()) for name in ("zone", "station", "county")}
        lines.append(_say("overdue_hazards", lang, count=len(week.overdue), day=week.on, **levels))
    if week.came_in.raised:
        lines.append(_say("raised", lang, count=week.came_in.raised))
    return lines


def _plan(week: Week, lang: str) -> list[str]:
    left = {item["task_id"] for item in week.plan.dropped}
    state = {
        task["section_id"]: "left" if key in left else "planned"
        for key, task in week.plan.tasks.items()
        if task["kind"] == "section"
    }
    label = "label_zh" if lang == "zh" else "label"
    worth = [
        _say("worth_line", lang, label=text.clean(row[label] or row["label"]), value=f"{row['value_foot']:,.1f}",
             state=_say(state.get(row["section_id"], "not_due"), lang))
        for row in week.sections.head(MOST // 2).to_dict("records")
    ]  # fmt: skip
    told = (hour_lines, count_lines, left_out_lines, mandatory_lines, defence_lines)
    head = ["", _say("plan", lang), *(line for lines in told for line in lines(week.plan, lang))]
    return [*head, _say("worth", lang), *worth] if worth else head


def _kpis(week: Week, lang: str) -> list[str]:
    lines = ["", _say("kpi", lang)]
    for found, key in zip(week.kpis, ("kpi_week", "kpi_month"), strict=False):
        lines.append(_say(key, lang, first=found.first, last=found.last))
        for row in found.rows("all"):
            lines.append(_figure(row, found, lang))
        for measure in without_rows(found):
            told = " ".join(notes_of(found, measure, lang))
            lines.append(_say("kpi_none", lang, measure=kpi_say(f"measure.{measure}", lang), remark=told))
    if not week.kpis:
        what = "; ".join(text.clean(str(one), limit=200) for one in week.no_figures)
        lines.append(_say("kpi_failed", lang, what=what))
    return lines


def _figure(row: Mapping[str, Any], found: Kpis, lang: str) -> str:
    shown = {"value": value_words(row, lang), "share": share_words(row), "remark": remark_words(row, found, lang)}
    return _say("kpi_line", lang, measure=kpi_say(f"measure.{row['measure']}", lang), **shown).rstrip()


def _aside(week: Week, lang: str) -> list[str]:
    came = week.came_in
    lines = [
        _say("aside_file", lang, file=text.clean(name), what=text.clean(found[0].what if found else "", limit=200))
        for name, found in (came.refused or {}).items()
    ]
    if came.quarantine:
        lines.append(_say("aside_rows", lang, file=text.clean(came.quarantine)))
    lines += [*refused_lines(week.plan, lang), *published_lines(week.plan, lang)[1:]]
    lines += [_say("aside_mark", lang, what=text.clean(str(one), limit=400)) for one in week.told]
    return ["", _say("aside", lang), *(lines or [_say("aside_none", lang)])]


def _label(task: Mapping[str, Any], lang: str) -> str:
    return text.clean(task_label(task, lang))

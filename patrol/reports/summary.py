"""What a planner can read aloud: what was due, what is planned, what was left out and why, and whose hours."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from patrol import text
from patrol.config import Settings
from patrol.layers.schema import PARTIES
from patrol.plan import Plan
from patrol.reports.defence import defence_lines
from patrol.reports.guesses import default_line, values_that_matter
from patrol.reports.spreadsheet import notice, plan_dates
from patrol.reports.tables import days_late, kept_marks, published_marks, reason_words, task_label, word
from patrol.words import grouped_notes, idle_words, kept_words, name_of, say, uncounted, unreached_words

KINDS = ("section", "hazard", "service", "request")
MAX_NAMED = 20
MAX_MORE = 10  # named in the lists that follow what is mandatory
_OWN_NOTES = {"call_now", "placeholder_crews", "idle_crew", "task.unreachable"}  # with sentences of their own


def summary(plan: Plan, lang: str, settings: Settings | None = None) -> str:
    """Return the plan in plain sentences, as lines of text.

    Parameters
    ----------
    plan : Plan
        A plan as it stands in its file.
    lang : {'zh', 'en'}
    settings : Settings, optional
        The project's settings; with them the experts' guesses that shaped this plan are listed.

    Returns
    -------
    str
        Lines without a last line break. Calls to emergency numbers come first; hours needed stand against hours
        available before anything that was left out.
    """
    project = plan.document["project"]
    days = plan_dates(plan)
    lines = [
        _say("title", lang, name=text.clean(name_of(project, lang))),
        notice(plan, lang),
        *_of_what(plan, lang),
        *call_lines(plan, lang),
        _say("period", lang, first=days[0].isoformat(), last=days[-1].isoformat(), days=len(days)),
        *hour_lines(plan, lang),
        *slack_lines(plan, lang),
        *count_lines(plan, lang),
        *left_out_lines(plan, lang),
        *mandatory_lines(plan, lang),
        *defence_lines(plan, lang),
        *_hazards_left(plan, lang),
        *_late(plan, lang),
        *_kept(plan, lang),
        *published_lines(plan, lang),
        *_parties(plan, lang),
        *_notes(plan, lang),
    ]
    if settings is not None:
        lines.append(_say("defaults_head", lang))
        for key, value, guess in values_that_matter(plan, settings, lang):
            lines.append(default_line(key, value, guess, lang))
    return "\n".join(lines)


def _say(key: str, lang: str, **values: object) -> str:
    return say(f"reports.summary.{key}", lang, **values)


def _of_what(plan: Plan, lang: str) -> list[str]:
    """Say of a replan of when it is and when work stands still, and of a what-if plan that it is none to work by."""
    lines = []
    if scenario := plan.document.get("scenario"):
        lines.append(say("replan.scenario", lang, name=text.clean(name_of(scenario, lang))))
    if replanned := plan.document.get("replanned"):
        lines.append(say("replan.line", lang, at=replanned["at"][:16].replace("T", " ")))
        for begins, ends in replanned["stand_down"]:
            lines.append(say("replan.stand_down", lang, begins=begins[11:16], ends=ends[11:16]))
    return lines


def _number(value: float) -> str:
    return f"{value:,.1f}"


def call_lines(plan: Plan, lang: str) -> list[str]:
    """Return whom to call: emergencies never wait for a plan, they head it, with the project's numbers."""
    notes = [note for note in plan.document["notes"] if note.get("code") == "call_now"]
    if not notes:
        return []
    numbers: dict[str, str] = {}
    for note in notes:
        numbers.update(note.get("numbers", {}))
    shown = say("reports.comma", lang).join(
        text.clean(f"{word('number', name, lang)} {number}") for name, number in numbers.items()
    )
    labels = [_say("call_line", lang, label=text.clean(task_label(note, lang))) for note in notes]
    return [_say("call_now", lang, numbers=shown, count=len(notes)), *_first(labels, lang)]


def _first(lines: list[str], lang: str, most: int = MAX_NAMED, rest: str = "more") -> list[str]:
    """Return as many lines as can be read aloud, and how many more there are."""
    more = len(lines) - most
    return lines if more <= 0 else [*lines[:most], _say(rest, lang, count=more)]


def hour_lines(plan: Plan, lang: str) -> list[str]:
    """Return the hours needed against the hours available, and whether they are enough."""
    needed = float(plan.figures.get("hours_needed", 0.0))
    available = float(plan.figures.get("hours_available", 0.0))
    if available <= 0:
        return [_say("hours_none", lang, needed=_number(needed))]
    share = round(100 * needed / available)
    return [
        _say("hours", lang, needed=_number(needed), available=_number(available), share=share),
        _say(plan.hours_suffice, lang, count=plan.due_left_out),
    ]


def slack_lines(plan: Plan, lang: str) -> list[str]:
    """Return the hours that are kept free so that shifts end on time, and what they would have brought, if any are."""
    kept = plan.figures.get("slack", {})
    if not float(kept.get("hours", 0.0)):
        return []
    shown = {key: _number(float(kept.get(key, 0.0))) for key in ("hours", "before_meetings", "at_mean_value_ecm")}
    return [_say("slack", lang, **shown)]


def count_lines(plan: Plan, lang: str) -> list[str]:
    """Return how many tasks there are, are planned and left out, by date and by kind."""
    tasks, left = plan.tasks, {item["task_id"] for item in plan.dropped}
    last = plan_dates(plan)[-1].isoformat()
    dated = [task for task in tasks.values() if task.get("due")]
    overdue = sum(bool(task.get("overdue_days")) for task in dated)
    later = [task["kind"] for task in dated if task["due"] > last]
    lines = [
        _say("counts", lang, all=len(tasks), planned=len(tasks) - len(left), dropped=len(left)),
        _say("timing", lang, overdue=overdue, due=len(dated) - overdue - len(later), later=len(later),
             hazards=later.count("hazard"),
             assumed=sum(bool(task.get("assumed")) for task in dated)),
        _say("by_kind", lang),
    ]  # fmt: skip
    for kind in KINDS:
        ids = [key for key, task in tasks.items() if task["kind"] == kind]
        if ids:
            gone = sum(key in left for key in ids)
            shown = {"all": len(ids), "planned": len(ids) - gone, "dropped": gone}
            lines.append(_say("kind_line", lang, kind=word("kind", kind, lang), **shown))
    return lines


def left_out_lines(plan: Plan, lang: str) -> list[str]:
    """Return why tasks were left out, and how many for each reason."""
    counts = Counter(item["reason"] for item in plan.dropped)
    lines = [
        _say("count_line", lang, what=text.clean(reason_words(code, lang)), count=count)
        for code, count in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    ]
    return [_say("why_head", lang), *lines] if lines else []


def mandatory_lines(plan: Plan, lang: str) -> list[str]:
    """Return the mandatory tasks that were left out and why, or that there are none."""
    tasks = plan.tasks
    missing = [(tasks[item["task_id"]], item) for item in plan.dropped if _is_mandatory(tasks, item["task_id"])]
    if not missing:
        return [_say("mandatory_none", lang)]
    missing.sort(key=lambda pair: (-pair[0]["mandatory"], pair[0].get("due", ""), pair[1]["task_id"]))
    lines = [
        _say("mandatory_line", lang, label=text.clean(task_label(task, lang) or item["task_id"]),
             due=task.get("due") or _say("no_date", lang), reason=text.clean(reason_words(item["reason"], lang)))
        for task, item in missing
    ]  # fmt: skip
    return [_say("mandatory_head", lang, count=len(missing)), *_first(lines, lang)]


def _hazards_left(plan: Plan, lang: str) -> list[str]:
    """Name the hazards left out whose deadline the period lets pass; mandatory ones are named before."""
    tasks, last = plan.tasks, plan_dates(plan)[-1].isoformat()
    left = [(tasks.get(item["task_id"], {}), item) for item in plan.dropped]
    due = [
        (task, item)
        for task, item in left
        if task.get("kind") == "hazard" and not task.get("mandatory") and "" < task.get("due", "") <= last
    ]
    due.sort(key=lambda pair: (-pair[0].get("prize_milli_ecm", 0), pair[1]["task_id"]))
    lines = [
        _say("hazards_line", lang, label=_label(task, item["task_id"], lang), due=text.clean(task["due"]),
             reason=text.clean(reason_words(item["reason"], lang)))
        for task, item in due
    ]  # fmt: skip
    return [_say("hazards_head", lang, count=len(due)), *_first(lines, lang, MAX_MORE)] if due else []


def _late(plan: Plan, lang: str) -> list[str]:
    """Name what is planned after a date within the period: mandatory first, then hazards, then by days."""
    first, tasks = plan.document["from"], plan.tasks
    found, overdue = [], 0
    for shift in plan.shifts:
        for stop in shift["route"]:
            task, day = tasks.get(stop["task_id"], {}), stop["arrive"][:10]
            days = days_late(task, day)
            if days and task["due"] < first:
                overdue += 1
            elif days:
                found.append((-task.get("mandatory", 0), task["kind"] != "hazard", -days, stop["task_id"], day))
    lines = [
        _say("late_line", lang, label=_label(tasks[key], key, lang), due=tasks[key]["due"], date=day, days=-days)
        for _, _, days, key, day in sorted(found)
    ]
    head = _say("late_head", lang, count=len(found), overdue=overdue)
    return [head, *_first(lines, lang, MAX_MORE, "more_late")] if found else []


def _label(task: Mapping[str, Any], task_id: str, lang: str) -> str:
    return text.clean(task_label(task, lang) or task_id)


def _is_mandatory(tasks: Mapping[str, Any], task_id: str) -> bool:
    return bool(tasks.get(task_id, {}).get("mandatory"))


def _kept(plan: Plan, lang: str) -> list[str]:
    """Say what became of the marks made by hand: how many hold and which, and why the others do not."""
    marks = kept_marks(plan)
    if not marks:
        return []
    held = [_mark("kept_line", plan, mark, lang) for mark in marks if mark["result"] == "honoured"]
    head = _say("kept_head", lang, honoured=len(held), all=len(marks))
    return [head, *_first(held, lang), *refused_lines(plan, lang)]


def refused_lines(plan: Plan, lang: str) -> list[str]:
    """Return which marks made by hand cannot be honoured, and why; nothing if all are."""
    refused = [mark for mark in kept_marks(plan) if mark["result"] != "honoured"]
    head = [_say("refused_head", lang, count=len(refused))] if refused else []
    return [*head, *(_mark("refused_line", plan, mark, lang) for mark in refused)]


def _mark(key: str, plan: Plan, mark: Mapping[str, Any], lang: str) -> str:
    label = task_label(plan.tasks.get(mark["task_id"], {}), lang) or mark["task_id"]
    shown = {name: text.clean(mark[name]) for name in ("crew_id", "date", "file", "sheet")}
    shown |= {"action": word("action", mark["action"], lang), "label": text.clean(label)}
    why = "" if mark["result"] == "honoured" else kept_words(mark["result"], mark.get("detail", ""), lang)
    return _say(key, lang, row=mark["row"], why=why, **shown)


def published_lines(plan: Plan, lang: str) -> list[str]:
    """Return how much of what was published stays as it was, and why the rest does not."""
    marks = published_marks(plan)
    if not marks:
        return []
    lost = [mark for mark in marks if mark["result"] != "honoured"]
    lines = []
    for mark in lost:
        label = _label(plan.tasks.get(mark["task_id"], {}), mark["task_id"], lang)
        why = kept_words(mark["result"], mark.get("detail", ""), lang)
        shown = {key: text.clean(mark[key]) for key in ("crew_id", "date")}
        lines.append(_say("published_line", lang, label=label, why=why, **shown))
    return [_say("published_head", lang, honoured=len(marks) - len(lost), all=len(marks)), *lines]


def _parties(plan: Plan, lang: str) -> list[str]:
    figures = plan.figures
    lines = [_say("party_head", lang)]
    rows = figures.get("hours_by_party", {})
    for party in (*PARTIES, *sorted(set(rows) - set(PARTIES))):
        if party in rows:
            shown = {key: _number(float(rows[party].get(key, 0.0))) for key in ("used", "available")}
            lines.append(_say("party_line", lang, party=word("party", party, lang), **shown))
    kilometres = {name: _number(float(figures.get(f"{name}_km", 0.0))) for name in ("patrol", "drive", "walk")}
    return [*lines, _say("distance", lang, **kilometres)]


def _notes(plan: Plan, lang: str) -> list[str]:
    notes = plan.document["notes"]
    lines = [_placeholders(note, lang) for note in notes if note.get("code") == "placeholder_crews"]
    if plan.document["stopped_by"] == "seconds":
        lines.append(_say("stopped", lang))
    lines += [idle_words(note, lang) for note in notes if note.get("code") == "idle_crew"]
    lines += _unreached(notes, lang)
    rest = [note for note in notes if note.get("code") not in _OWN_NOTES]
    told = []
    for key, values, count in grouped_notes(rest):
        what = say(key, lang, **values)
        told.append(f"  {what}" if uncounted(key) else _say("told_line", lang, what=what, count=count))
    return [*lines, _say("notes_head", lang), *told] if told else lines


def _placeholders(note: Mapping[str, Any], lang: str) -> str:
    return _say("placeholders", lang, count=note.get("count", 0))


def _unreached(notes: list[dict[str, Any]], lang: str) -> list[str]:
    """Name the tasks that nobody can reach, and why."""
    found = [note for note in notes if note.get("code") == "task.unreachable"]
    lines = [
        _say(
            "unreached_line",
            lang,
            label=text.clean(task_label(note, lang)),
            why=text.clean(unreached_words(note, lang)),
        )
        for note in found
    ]
    return [_say("unreached_head", lang, count=len(found)), *_first(lines, lang)] if found else []

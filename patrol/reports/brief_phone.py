"""Of the brief: how the phone page of a crew begins, and a link to it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from patrol import text
from patrol.plan import TASK_STOPS, stop_codes
from patrol.reports.brief_facts import Facts
from patrol.reports.brief_parts import heading, paragraph
from patrol.reports.tables import task_label, word
from patrol.words import name_of, say

SHOWN = 4


def shown_shift(facts: Facts) -> dict[str, Any] | None:
    """Return the shift of the first day that has most tasks, the first by id of those with as many."""
    first = [one for one in facts.plan.shifts if one["date"] == facts.plan.document["from"]]
    return min(first or facts.plan.shifts, key=lambda one: (-len(_stops(one)), one["shift_id"]), default=None)


def _stops(shift: dict[str, Any]) -> list[tuple[int, dict[str, Any]]]:
    return [(at, stop) for at, stop in enumerate(shift["route"]) if stop["kind"] in TASK_STOPS]


def phone_part(facts: Facts, lang: str, crew_page: Callable[[str], str]) -> str:
    """Return the first stops of a shift as a phone shows them: time, the code to reply with, and what is there."""
    shift = shown_shift(facts)
    if shift is None:
        return heading("phone_head", lang)
    codes, stops = stop_codes(facts.plan), _stops(shift)
    items = "".join(
        _item(stop["start_service"][11:16], codes[shift["shift_id"], at], _label(facts, stop["task_id"], lang))
        for at, stop in stops[:SHOWN]
    )
    crew = text.clean(name_of(shift, lang) or shift["crew_id"])
    more = len(stops) - SHOWN
    rest = paragraph(say("brief.phone_more", lang, count=more), "soft") if more > 0 else ""
    page = crew_page(shift["shift_id"])
    link = f'<p><a href="{text.html(page)}">{text.html(say("brief.phone_link", lang))}</a></p>\n' if page else ""
    label = text.html(say("brief.phone_label", lang, crew=crew))
    mode = word("mode", shift["mode"], lang)
    return (
        heading("phone_head", lang)
        + paragraph(say("brief.phone_text", lang))
        + f'<div class="phone" role="group" aria-label="{label}">\n'
        + f"<p><strong>{text.html(crew)}</strong> {text.html(shift['date'])} {text.html(mode)}</p>\n"
        + paragraph(say("reports.sheet.notice", lang), "warn")
        + f"<ol>{items}</ol>\n{rest}</div>\n{link}"
    )


def _label(facts: Facts, task_id: str, lang: str) -> str:
    return text.clean(task_label(facts.plan.tasks.get(task_id, {}), lang) or task_id)


def _item(clock: str, code: int, label: str) -> str:
    return (
        f'<li><span class="at">{text.html(clock)}</span><span class="code">{code}</span>'
        f"<span>{text.html(label)}</span></li>"
    )

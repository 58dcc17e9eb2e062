"""The brief of a plan: one page for whoever answers for a county, in three minutes. Both languages, no script.

The page asks nothing of anybody: its style stands in it under its hash, the language is chosen with two radio buttons,
and without style both languages stand one after the other. It names no reporter, no important user and no household
in care; of pump stations it says how many there are.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable

from patrol import text
from patrol.plan import plan_tag
from patrol.reports.brief_again import again_part
from patrol.reports.brief_facts import Facts
from patrol.reports.brief_parts import calendar_part, hours, left_part, taken_part
from patrol.reports.brief_phone import phone_part
from patrol.reports.brief_style import STYLE
from patrol.reports.brief_where import where_part
from patrol.reports.spreadsheet import notice, plan_dates
from patrol.reports.summary import call_lines
from patrol.words import LANGUAGES, name_of, say

HTML_LANG = {"zh": "zh-CN", "en": "en"}
CALLS = 4  # lines of emergencies: whom to call and the first of them
_DIGEST = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()


def brief_page(facts: Facts, lang: str, *, crew_page: Callable[[str], str] = lambda _: "") -> str:
    """Return the page.

    Parameters
    ----------
    facts : Facts
        From :func:`patrol.studies.brief.brief_facts`.
    lang : {'zh', 'en'}
        The language that is shown first.
    crew_page : callable
        Returns where the phone page of a shift lies, relative to this page; "" where there is none.
    """
    order = (lang, *(code for code in LANGUAGES if code != lang))
    picks = "".join(
        f'<input class="pick" type="radio" name="lang" id="show-{code}"{" checked" if code == lang else ""}>'
        f'<label class="tab" for="show-{code}" lang="{HTML_LANG[code]}">{text.html(say("brief.tab", code))}</label>'
        for code in order
    )
    body = "\n".join(_article(facts, code, crew_page) for code in order)
    policy = f"default-src 'none'; style-src 'sha256-{_DIGEST}'; base-uri 'none'; form-action 'none'"
    return (
        f'<!DOCTYPE html>\n<html lang="{HTML_LANG[lang]}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>{text.html(_title(facts, lang))}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n"
        f"{picks}\n{body}\n</main>\n</body>\n</html>\n"
    )


def _title(facts: Facts, lang: str) -> str:
    plan, days = facts.plan, plan_dates(facts.plan)
    name = text.clean(name_of(plan.document["project"], lang))
    return say("brief.title", lang, name=name, first=days[0].isoformat(), last=days[-1].isoformat())


def _article(facts: Facts, lang: str, crew_page: Callable[[str], str]) -> str:
    plan = facts.plan
    figures = plan.figures
    lead = say(
        "brief.lead", lang, tasks=len(plan.tasks), planned=len(plan.tasks) - len(plan.dropped),
        dropped=len(plan.dropped), needed=hours(figures.get("hours_needed", 0.0)),
        available=hours(figures.get("hours_available", 0.0)), must=figures.get("mandatory_due", 0),
        kept=figures.get("mandatory_planned", 0),
    )  # fmt: skip
    called = [line.strip() for line in call_lines(plan, lang)[:CALLS]]
    calls = (
        f'<p class="warn">{text.html(called[0])} {text.html(say("brief.semicolon", lang).join(called[1:]))}</p>'
        if called
        else ""
    )
    parts = [where_part, taken_part, calendar_part, again_part]
    drawn = [part(facts, lang) for part in parts]
    drawn += [phone_part(facts, lang, crew_page), left_part(facts, lang)]
    sections = "\n".join(f"<section>\n{part}\n</section>" for part in drawn)
    return (
        f'<article class="{lang}" lang="{HTML_LANG[lang]}">\n<h1>{text.html(_title(facts, lang))}</h1>\n'
        f'<p class="warn">{text.html(notice(plan, lang))}</p>\n{calls}\n<p class="lead">{text.html(lead)}</p>\n'
        f'<div class="parts">\n{sections}\n</div>\n'
        f'<p class="soft">{text.html(say("brief.made", lang, tag=plan_tag(plan)))} '
        f"{text.html(say('brief.foot', lang))}</p>\n</article>"
    )

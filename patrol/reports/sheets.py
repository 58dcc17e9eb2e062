"""The printed sheet of a crew and day: what it is told, where to write, how to answer; both languages on one sheet.

Plain HTML for A4, black on white, without script and under a policy that lets nothing in. A sheet holds only its own
crew's stops, and nothing of design section 7's secrets: :mod:`patrol.reports.stops` keeps them out of the frames, and
the words of reports are masked here once more.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from typing import Any

import geopandas as gpd

from patrol import text
from patrol.plan import Plan, plan_tag
from patrol.reports.known import Known
from patrol.reports.sheet_map import legend, sheet_map
from patrol.reports.sheet_stops import StopWords, stop_rows
from patrol.reports.sheet_words import both, only, says
from patrol.reports.stops import clock, of_shift
from patrol.reports.tables import word
from patrol.words import LANGUAGES, say

BLANK_ROWS = 3  # for hazards found on the way
GENERATOR = "patrol report"
COLUMNS = ("code", "time", "where", "look", "result")  # of the stop table


@dataclass(frozen=True, slots=True)
class Drawn:
    """The frames of a plan, see :mod:`patrol.reports.stops`."""

    stops: gpd.GeoDataFrame
    legs: gpd.GeoDataFrame
    lines: gpd.GeoDataFrame

    def of(self, number: int) -> Drawn:
        """Return those of one shift."""
        return Drawn(*(of_shift(frame, number) for frame in (self.stops, self.legs, self.lines)))


def sheet_page(plan: Plan, numbers: Sequence[int], drawn: Drawn, known: Known, *, title: str) -> str:
    """Return the sheets of some shifts as one HTML page.

    Parameters
    ----------
    plan : Plan
    numbers : sequence of int
        Which shifts, by their number in the plan; one for a crew's own sheet.
    drawn : Drawn
        Of the whole plan; each sheet takes its own shift of it.
    known : Known
    title : str
        Plain text of the title bar.
    """
    style = (files("patrol") / "data" / "sheet.css").read_text("utf-8") + _page_foot(plan)
    policy = f"default-src 'none'; style-src '{_sha256(style)}'; base-uri 'none'; form-action 'none'"
    sheets = "\n".join(sheet(plan, number, drawn.of(number), known) for number in numbers)
    return (
        '<!DOCTYPE html>\n<html lang="zh-CN">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        f'<meta name="generator" content="{GENERATOR}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{text.html(title)}</title>\n<style>{style}</style>\n</head>\n<body>\n<main>\n{sheets}\n</main>\n</body>\n</html>\n"
    )


def sheet(plan: Plan, number: int, own: Drawn, known: Known) -> str:
    """Return the sheet of one shift as HTML."""
    shift, tag = plan.shifts[number], plan_tag(plan)
    words = StopWords.of(plan, own.stops, known)
    body = [
        _head(plan, shift, own.stops, tag),
        _call(known.numbers),
        _map(own, known),
        _table(shift, own, words, tag),
        _new_hazards(),
        _reply(own.stops, tag),
        _rules(shift["party"]),
        _signs(),
    ]
    return f'<article class="sheet">{"".join(body)}</article>'


def _sha256(code: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(code.encode()).digest()).decode("ascii")


def _page_foot(plan: Plan) -> str:
    """Return the foot of every printed page: our own words and the plan's tag, never field text."""
    lines = " ".join(say("papers.not_a_permit", lang) for lang in LANGUAGES)
    place = "vertical-align: top; padding-top: 2.5mm;"  # many printers leave the last five millimetres blank
    return (
        f'\n@page {{ @bottom-left {{ content: "{lines}"; {place} }} '
        f'@bottom-right {{ content: "{plan_tag(plan)}  " counter(page) "/" counter(pages); {place} }} }}\n'
    )


_TOTALS = (("by_vehicle", "distance"), ("on_foot", "walk"))


def _head(plan: Plan, shift: Mapping[str, Any], stops: gpd.GeoDataFrame, tag: str) -> str:
    row, project = stops.iloc[0], plan.document["project"]
    day = date.fromisoformat(shift["date"])
    weekday = {lang: say("papers.weekday", lang).split()[day.weekday()] for lang in LANGUAGES}
    hours = "–".join(clock(shift[key], shift["date"]) for key in ("start", "end"))
    people = both("people", n=shift["people"])
    party = only(word("party", shift["party"], "zh"), word("party", shift["party"], "en"))
    mode = only(word("mode", shift["mode"], "zh"), word("mode", shift["mode"], "en"))
    parts = [both("stops", n=int((stops["code"] > 0).sum()))]
    parts += [both(key, km=f"{shift[f'{name}_m'] / 1000:.1f}") for key, name in _TOTALS if shift[f"{name}_m"] >= 50]
    synthetic = f'<p class="synthetic">{both("synthetic")}</p>' if project["synthetic"] else ""
    return (
        f'<p class="notice">{both("not_a_permit")}</p>'
        f'<header><div class="title"><h1>{both("sheet")}</h1>'
        f'<p class="crew">{only(row["crew_zh"], row["crew"])} <span class="id">{text.html(row["crew_id"])}</span></p>'
        f'<p class="meta">{party} · {mode} · {" · ".join([people, *parts])}</p>'
        f"{synthetic}</div>"
        f'<div class="when"><p class="date">{text.html(shift["date"])} {only(weekday["zh"], weekday["en"])}</p>'
        f'<p class="hours">{hours}</p>'
        f'<p class="tag">{both("tag")} <b>{tag}</b></p>'
        f'<p class="project">{only(project["name_zh"] or project["name"], project["name"])}</p></div></header>'
    )


def _call(numbers: Mapping[str, str]) -> str:
    """Return the box of emergency numbers, which comes before anything else that a crew is told."""
    shown = " ".join(
        f'<span class="number">{only(word("number", name, "zh"), word("number", name, "en"))} '
        f"<b>{text.html(number)}</b></span>"
        for name, number in numbers.items()
    )
    return f'<section class="call"><b>{both("call_head")}</b> {both("call_when")} {shown}</section>'


def _map(own: Drawn, known: Known) -> str:
    drawn = sheet_map(own.stops, own.legs, own.lines, known.ground)
    keys = "".join(f'<span class="entry">{drawing}{both(word_)}</span>' for drawing, word_ in legend())
    missing = set(own.stops["section_id"]) - {""} - set(own.lines["section_id"])
    note = f'<p class="note">{both("no_sections")}</p>' if missing else ""
    return f"<figure>{drawn}<figcaption>{keys}</figcaption>{note}</figure>"


def _table(shift: Mapping[str, Any], own: Drawn, words: StopWords, tag: str) -> str:
    """Return the stops; the head of the table, repeated on every page, says whose sheet it is and what it is not."""
    row = own.stops.iloc[0]
    whose = text.html(f"{shift['date']} · {row['crew_zh']} {row['crew_id']} · {tag}")
    heads = "".join(f'<th class="{name}">{both(f"col_{name}")}</th>' for name in COLUMNS)
    columns = "".join(f'<col class="{name}">' for name in COLUMNS)
    body = stop_rows(own.stops, words)
    if not (own.stops["code"] > 0).any():
        body += f'<tr><td colspan="5">{both("no_stops")}</td></tr>'
    return (
        f'<table class="stops"><colgroup>{columns}</colgroup><thead><tr class="running">'
        f'<th colspan="5"><span>{whose}</span> <span>{both("not_a_permit")}</span></th></tr><tr>{heads}</tr></thead>'
        f"<tbody>{body}</tbody></table>"
    )


def _new_hazards() -> str:
    heads = "".join(f"<th>{both(name)}</th>" for name in ("new_time", "new_where", "new_what", "new_class"))
    blank = "<tr><td></td><td></td><td></td><td></td></tr>" * BLANK_ROWS
    return (
        f'<section class="new"><h2>{both("new_head")}</h2><table><thead><tr>{heads}</tr></thead>'
        f"<tbody>{blank}</tbody></table></section>"
    )


def _reply(stops: gpd.GeoDataFrame, tag: str) -> str:
    """Return how to answer without a page, with this sheet's own codes in the example."""
    codes = [int(code) for code in stops["code"] if code]
    if not codes:
        return ""
    words = {lang: {key: say(f"papers.{key}", lang) for key in ("done", "partly", "not_reached")} for lang in LANGUAGES}
    how = only(*(say("papers.reply_what", lang, tag=tag, **words[lang]) for lang in LANGUAGES))
    examples = []
    for lang in LANGUAGES:
        example = f"{tag} {codes[0]} {words[lang]['done']}"
        if len(codes) > 1:
            example += f" {codes[1]} {words[lang]['not_reached']} {say('papers.reason_example', lang)}"
        examples.append(f'{says("reply_example", lang)}<code lang="{lang}">{text.html(example)}</code>')
    return f'<section class="reply"><h2>{both("reply_head")}</h2><p>{how}</p><p>{" ".join(examples)}</p></section>'


def _rules(party: str) -> str:
    """Return the rules of a party: those who look touch nothing, the enterprise is told what this paper is not."""
    own = ("rules_all",) if party in {"enterprise", "fire"} else ("rules_look", "rules_all")
    lines = "".join(f"<li>{both(key)}</li>" for key in (*own, "rules_line", "rules_weather"))
    return f'<section class="rules"><h2>{both("rules_head")}</h2><ul>{lines}</ul></section>'


def _signs() -> str:
    fields = "".join(
        f'<div>{both(key)}<span class="rule"></span></div>' for key in ("sign_crew", "sign_leader", "sign_back")
    )
    return f'<section class="signs">{fields}</section>'

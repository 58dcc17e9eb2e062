"""Of the brief: reports that become a hazard, the hours by the calendar, what was left out; and small tools."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from patrol import text
from patrol.reports.brief_facts import Facts
from patrol.reports.tables import reason_words, task_label, word
from patrol.words import keys, name_of, say

LEFT_SHOWN = 5


def hours(value: float) -> str:
    """Return hours as the summary has them."""
    return f"{float(value):,.1f}"


def heading(key: str, lang: str, **values: object) -> str:
    """Return the heading of a part."""
    return f"<h2>{text.html(say(f'brief.{key}', lang, **values))}</h2>\n"


def paragraph(words: str, kind: str = "") -> str:
    """Return a paragraph, of a class of the style if given."""
    return f"<p{f' class={chr(34)}{kind}{chr(34)}' if kind else ''}>{text.html(words)}</p>\n"


def table(heads: Sequence[str], rows: Sequence[Sequence[str]], *, numbers: Sequence[int] = ()) -> str:
    """Return a table; the first cell of a row names it, the columns ``numbers`` are set to the right."""

    def kind(column: int) -> str:
        return ' class="n"' if column in numbers else ""

    head = "".join(
        f'<th scope="col"{kind(k)}>{text.html(words)}</th>' if words else "<td></td>" for k, words in enumerate(heads)
    )
    body = "".join(
        f'<tr><th scope="row">{text.html(row[0])}</th>'
        + "".join(f"<td{kind(k)}>{text.html(cell)}</td>" for k, cell in enumerate(row[1:], start=1))
        + "</tr>\n"
        for row in rows
    )
    return f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}</tbody>\n</table>\n"


def zone_name(facts: Facts, zone_id: str, lang: str) -> str:
    """Return a zone's name, its id where it has none."""
    rows = facts.zones[facts.zones["zone_id"] == zone_id]
    name = name_of(dict(rows.iloc[0]), lang) if len(rows) else ""
    return text.clean(name or zone_id)


def crew_name(facts: Facts, crew_id: str, lang: str) -> str:
    """Return a crew's name, its id where it has none."""
    after = facts.again.plan.shifts if facts.again else []
    names = {shift["crew_id"]: name_of(shift, lang) for shift in (*facts.plan.shifts, *after)}
    return text.clean(names.get(crew_id) or crew_id)


def taken_part(facts: Facts, lang: str) -> str:
    """Return what several parties said of one thing, and the hazards that the register made of it."""
    taken = facts.taken[lang]
    said = []
    for row in taken.reports.to_dict("records"):
        how = f"by_{row['located_by']}"
        how = how if f"brief.{how}" in keys(lang) else "by_other"
        who = word("party", row["party"], lang)
        head = text.html(f"{who} {row['captured_at'][11:]} ({say(f'brief.{how}', lang)})")
        said.append(f"<blockquote>{text.html(row['description'])}<br><span class='soft'>{head}</span></blockquote>\n")
    results = [
        say(
            "brief.taken_result", lang, name=text.clean(row["name"]),
            level=say(f"brief.level_{row['hazard_class']}", lang),
            label=text.clean(row["label"]), zone=zone_name(facts, row["zone_id"], lang), reports=row["reports"],
            parties=row["parties"], deadline=row["deadline"],
        )
        for row in taken.hazards.to_dict("records")
    ]  # fmt: skip
    return (
        heading("taken_head", lang, reports=len(taken.reports), hazards=len(taken.hazards))
        + paragraph(say("brief.taken_text", lang))
        + "".join(said)
        + "".join(paragraph(line, "result") for line in results)
    )


def calendar_part(facts: Facts, lang: str) -> str:
    """Return the plans by risk beside those by the calendar: means, and how far the pairs are apart."""
    both = facts.calendar
    gains, total = both.gains("sections_ecm"), both.gains("total_ecm")

    def row(key: str, name: str, form: Callable[[float], str]) -> list[str]:
        return [say(f"brief.row_{key}", lang), *(form(both.mean(side, name)) for side in (0, 1))]

    def thousands(value: float) -> str:
        return f"{value / 1000:,.1f}"

    rows = [
        row("kept", "kept", lambda value: f"{value:,.1f} / {both.pairs[0][0].due}"),
        row("total", "total_ecm", thousands),
        row("sections", "sections_ecm", thousands),
        row("sections_count", "sections", lambda value: f"{value:,.1f}"),
        row("km", "km", lambda value: f"{value:,.1f}"),
        row("days", "km_days", lambda value: f"{value:,.0f}"),
    ]
    heads = ["", say("brief.col_risk", lang), say("brief.col_calendar", lang)]
    told = ""
    if gains and total:
        shown = {
            "mean": sum(gains) / len(gains),
            "low": min(gains),
            "high": max(gains),
            "total": sum(total) / len(total),
        }
        told = paragraph(
            say("brief.calendar_gain", lang, **{key: f"{value:+.1f}" for key, value in shown.items()}), "lead"
        )
    given = {"hours": hours(both.pairs[0][0].hours), "steps": f"{both.steps:,}", "count": len(both.pairs)}
    value = thousands(float(facts.plan.figures.get("value_ecm", 0.0)))
    return (
        heading("calendar_head", lang)
        + told
        + paragraph(say("brief.calendar_text", lang, **given))
        + table(heads, rows, numbers=(1, 2))
        + paragraph(say("brief.calendar_note", lang, value=value), "soft")
    )


def left_part(facts: Facts, lang: str) -> str:
    """Return how many tasks were left out for which reason, and those worth most."""
    plan = facts.plan
    tasks, left = plan.tasks, plan.dropped
    if not left:
        return heading("left_head", lang, count=0) + paragraph(say("brief.left_none", lang))
    counts = Counter(item["reason"] for item in left)
    rows = [
        [text.clean(reason_words(code, lang)), f"{count:,}"]
        for code, count in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    ]
    most = sorted(left, key=lambda one: (-tasks[one["task_id"]].get("prize_milli_ecm", 0), one["task_id"]))
    named = "".join(
        f"<li>{text.html(text.clean(task_label(tasks[one['task_id']], lang) or one['task_id']))}</li>"
        for one in most[:LEFT_SHOWN]
    )
    heads = [say("brief.col_reason", lang), say("brief.col_count", lang)]
    return (
        heading("left_head", lang, count=len(left))
        + table(heads, rows, numbers=(1,))
        + paragraph(say("brief.left_most", lang))
        + f"<ol>{named}</ol>\n"
    )

"""What came back from the field, in a table by crew and in words that accuse nobody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.table import Table
from rich.text import Text

from patrol.text import clean
from patrol.words import name_of, say

COLUMNS = (
    "crew_id", "date", "done", "partly", "not_done", "planned", "new_hazards", "planned_m", "ticked_m", "track_m",
)  # fmt: skip


def crew_table(rows: Sequence[Mapping[str, Any]], lang: str) -> Table:
    """Return the table by crew and day, see :func:`patrol.field.summary.crew_rows` for its rows."""
    table = Table(show_lines=False)
    for number, name in enumerate(COLUMNS):
        table.add_column(say(f"field.column.{name}", lang), justify="left" if number < 2 else "right")
    for row in rows:
        table.add_row(*(Text("–" if row[name] is None else clean(row[name])) for name in COLUMNS))
    return table


def field_lines(
    rows: Sequence[Mapping[str, Any]], differences: Sequence[Mapping[str, Any]], lang: str, *, fresh: int, known: int,
    aside: int, quarantine: str, forgotten: int,
) -> list[str]:  # fmt: skip
    """Return what stands below the table: what was not reached and why, differences, what was set aside."""
    lines = [say("field.taken", lang, fresh=fresh, known=known)]
    for part in ("not_reached", "partly_done"):
        for row in rows:
            lines += [_stop(part, row, stop, lang) for stop in row[part]]
    if differences:
        lines += [say("field.differences", lang, n=len(differences)), *(_difference(one, lang) for one in differences)]
    if forgotten:
        lines.append(say("field.forgotten", lang, n=forgotten))
    if aside:
        lines.append(say("field.aside", lang, n=aside, file=clean(quarantine)))
    return lines


def _stop(part: str, row: Mapping[str, Any], stop: Mapping[str, Any], lang: str) -> str:
    reason = clean(stop["reason"], limit=200) or say("field.no_reason", lang)
    if part == "partly_done" and stop["kind"] == "section":
        reason = clean(stop["from_to"]) or say("field.no_poles", lang)
    name = clean(stop["label_zh"] if lang == "zh" else stop["label"])
    return say(f"field.{part}", lang, crew=clean(row["crew_id"]), stop=name, reason=reason)


def _difference(one: Mapping[str, Any], lang: str) -> str:
    name = name_of({"name": one["label"], "name_zh": one["label_zh"]}, lang)
    line = say(
        f"field.difference.{one['code']}", lang, crew=clean(one["crew_id"]), date=one["date"], section=clean(name),
        track_m=one["track_m"], length_m=one["length_m"],
    )  # fmt: skip
    for why in ("unsure_m", "fast_m"):
        if one[why] >= 1:
            line += say(f"field.difference.{why}", lang, n=one[why])
    return line

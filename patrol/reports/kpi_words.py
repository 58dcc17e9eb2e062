"""Key figures in words: what each is called and means, its value with its unit, what must be known of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from patrol import text
from patrol.reports.kpi import MEASURES, NOBODY, SHARES, Kpis
from patrol.words import keys, name_of, say

_WHOLE = SHARES - {"coverage", "aid"}  # shares of things that are counted


def kpi_say(key: str, lang: str, **values: object) -> str:
    """Return a message of the key figures."""
    return say(f"kpi.{key}", lang, **values)


def kpi_title(kpis: Kpis, lang: str) -> str:
    """Return the title; invented data say so in it."""
    name = text.clean(name_of(kpis.project, lang))
    title = kpi_say("title", lang, name=name, first=kpis.first, last=kpis.last)
    return f"{title} {say('reports.sheet.synthetic', lang)}" if kpis.project["synthetic"] else title


def kpi_lines(kpis: Kpis, lang: str) -> list[str]:
    """Return what must be known of all figures."""
    return [
        kpi_say("as_of", lang, last=kpis.last),
        kpi_say("privacy", lang),
        f"{kpi_say('small_rule', lang, small=kpis.small)}（{kpi_say('guess', lang)}）"
        if lang == "zh"
        else f"{kpi_say('small_rule', lang, small=kpis.small)} ({kpi_say('guess', lang)})",
    ]


def value_words(row: Mapping[str, Any], lang: str) -> str:
    """Return a value with its unit; a dash where there is nothing to divide by."""
    value, measure = row["value"], row["measure"]
    if value != value:  # noqa: PLR0124 - NaN
        return "—"
    if measure in SHARES:
        return f"{value:.1%}"
    digits = 1 if measure == "risk" else 3
    return f"{value:,.{digits}f} {kpi_say(f'unit.{measure}', lang)}"


def amount(value: float, measure: str) -> str:
    """Return a numerator or denominator: a count as it is, hours and kilometres with two decimals."""
    return f"{value:,.0f}" if measure in _WHOLE or float(value).is_integer() else f"{value:,.2f}"


def share_words(row: Mapping[str, Any]) -> str:
    """Return the numerator over the denominator."""
    return f"{amount(row['numerator'], row['measure'])} / {amount(row['denominator'], row['measure'])}"


def group_words(row: Mapping[str, Any], lang: str, zones: Mapping[str, str] | None = None) -> str:
    """Return what a row is about: all, or its zone, party or month."""
    by, group = row["by"], row["group"]
    if by == "all":
        return kpi_say("by.all", lang)
    if group == NOBODY:
        return kpi_say(f"group.no_{by}", lang)
    if by == "party":
        return kpi_say(f"party.{group}", lang) if f"kpi.party.{group}" in keys(lang) else text.clean(group)
    return text.clean((zones or {}).get(group) or group)


def remark_words(row: Mapping[str, Any], kpis: Kpis, lang: str) -> str:
    """Return that too few things stand behind a figure, and of a figure over all what else must be known."""
    few = kpi_say("small", lang, count=row["count"]) if row["count"] else kpi_say("none", lang)
    told = [few] if row["small"] else []
    if row["by"] == "all":
        told += notes_of(kpis, row["measure"], lang)
    return say("reports.comma", lang).join(told)


def notes_of(kpis: Kpis, measure: str, lang: str) -> list[str]:
    """Return what must be known of a measure."""
    return [kpi_say(f"note.{code}", lang, **values) for code, values in kpis.notes.get(measure, ())]


def without_rows(kpis: Kpis) -> list[str]:
    """Return the measures of which there is no figure at all, each of which has a note that says why."""
    there = set(kpis.table["measure"])
    return [measure for measure in MEASURES if measure not in there]

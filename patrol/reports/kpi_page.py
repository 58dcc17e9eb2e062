"""Key figures as one page: no network, no script, both languages, small bars, made to be printed on A4."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from typing import Any

from patrol import text
from patrol.reports.kpi import BY, SHARES, Kpis
from patrol.reports.kpi_words import (
    group_words,
    kpi_lines,
    kpi_say,
    kpi_title,
    notes_of,
    remark_words,
    share_words,
    value_words,
    without_rows,
)
from patrol.words import LANGUAGES

BAR, HIGH = 120, 10  # of a bar, in pixels
_STYLE = """
body{font:14px/1.5 "Noto Sans SC","Microsoft YaHei",sans-serif;color:#111827;margin:1.5rem auto;max-width:60rem;
padding:0 1rem}
h1{font-size:1.3rem}h2{font-size:1.05rem;margin:1.2rem 0 .3rem}p{margin:.2rem 0;color:#374151}
.warn{color:#b91c1c;font-weight:bold}
table{border-collapse:collapse;width:100%;break-inside:auto}
th,td{border-bottom:1px solid #d1d5db;padding:.2rem .4rem;text-align:left;vertical-align:top}
th{background:#dde6f0}tr{break-inside:avoid}td.n{text-align:right;white-space:nowrap}
.few td{color:#6b7280;font-style:italic}
section+section{margin-top:2rem;border-top:3px solid #111827;padding-top:1rem}
@page{size:A4;margin:14mm}
@media print{body{margin:0;max-width:none;font-size:11px}section+section{break-before:page;border:0}}
"""
_DIGEST = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()


def kpi_page(kpis: Kpis, lang: str, zones: Mapping[str, Mapping[str, str]] | None = None) -> str:
    """Return the page.

    Parameters
    ----------
    kpis : Kpis
    lang : {'zh', 'en'}
        The language that comes first; the other follows, and prints on pages of its own.
    zones : mapping, optional
        Names of zones by language and id.
    """
    order = (lang, *(code for code in LANGUAGES if code != lang))
    body = "\n".join(_section(kpis, code, (zones or {}).get(code, {})) for code in order)
    policy = f"default-src 'none'; style-src 'sha256-{_DIGEST}'; base-uri 'none'; form-action 'none'"
    return (
        f'<!DOCTYPE html>\n<html lang="{lang}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{text.html(kpi_title(kpis, lang))}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n{body}\n"
        "</body>\n</html>\n"
    )


def _section(kpis: Kpis, lang: str, zones: Mapping[str, str]) -> str:
    lines = "\n".join(f"<p>{text.html(line)}</p>" for line in [*kpi_lines(kpis, lang), kpi_say("page.print", lang)])
    warn = f'<p class="warn">{text.html(kpi_say("page.no_permit", lang))}</p>'
    parts = [_overall(kpis, lang)]
    parts += [_of(kpis, by, lang, zones) for by in BY if (kpis.table["by"] == by).any()]
    head = f'<section lang="{lang}">\n<h1>{text.html(kpi_title(kpis, lang))}</h1>'
    return "\n".join([head, warn, lines, *parts, "</section>"])


def _overall(kpis: Kpis, lang: str) -> str:
    rows = []
    for row in kpis.rows("all"):
        meaning = kpi_say(f"meaning.{row['measure']}", lang)
        remark = remark_words(row, kpis, lang)
        rows.append(_row(row, kpi_say(f"measure.{row['measure']}", lang), f"{meaning} {remark}".strip(), lang))
    for measure in without_rows(kpis):
        told = " ".join(notes_of(kpis, measure, lang))
        cells = [kpi_say(f"measure.{measure}", lang), "—", "—", "", told]
        rows.append(f"<tr>{''.join(f'<td>{text.html(cell)}</td>' for cell in cells)}</tr>")
    return _table(kpi_say("by.all", lang), ("measure", "value", "numerator", "", "meaning"), rows, lang)


def _of(kpis: Kpis, by: str, lang: str, zones: Mapping[str, str]) -> str:
    rows, before = [], ""
    for row in kpis.rows(by):
        if row["measure"] != before:
            before = row["measure"]
            rows.append(f'<tr><th colspan="5">{text.html(kpi_say(f"measure.{before}", lang))}</th></tr>')
        rows.append(_row(row, group_words(row, lang, zones), remark_words(row, kpis, lang), lang))
    return _table(kpi_say(f"by.{by}", lang), ("group", "value", "numerator", "", "remark"), rows, lang)


def _table(title: str, columns: tuple[str, ...], rows: list[str], lang: str) -> str:
    names = {"numerator": f"{kpi_say('column.numerator', lang)} / {kpi_say('column.denominator', lang)}"}
    head = "".join(
        f"<th>{text.html(names.get(name) or kpi_say(f'column.{name}', lang)) if name else ''}</th>" for name in columns
    )
    return f"<h2>{text.html(title)}</h2>\n<table>\n<tr>{head}</tr>\n" + "\n".join(rows) + "\n</table>"


def _row(row: Mapping[str, Any], name: str, remark: str, lang: str) -> str:
    cells = f"<td>{text.html(name)}</td>"
    cells += f'<td class="n">{text.html(value_words(row, lang))}</td><td class="n">{text.html(share_words(row))}</td>'
    few = ' class="few"' if row["small"] else ""
    return f"<tr{few}>{cells}<td>{_bar(row)}</td><td>{text.html(remark)}</td></tr>"


def _bar(row: Mapping[str, Any]) -> str:
    """Return a bar of a share, nothing for what is no share or cannot be told."""
    value = row["value"]
    if row["measure"] not in SHARES or value != value:  # noqa: PLR0124 - NaN
        return ""
    width = BAR * min(1.0, max(0.0, float(value)))
    paint = "#9ca3af" if row["small"] else "#2563eb"
    return (
        f'<svg width="{BAR}" height="{HIGH}" viewBox="0 0 {BAR} {HIGH}" role="img" aria-label="{value:.1%}">'
        f'<rect width="{BAR}" height="{HIGH}" fill="#e5e7eb"/><rect width="{width:.1f}" height="{HIGH}" '
        f'fill="{paint}"/></svg>'
    )

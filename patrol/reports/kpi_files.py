"""Key figures as JSON and as a workbook."""

from __future__ import annotations

import json
import math
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.worksheet.worksheet import Worksheet

from patrol.reports.kpi import BY, Kpis
from patrol.reports.kpi_words import (
    group_words,
    kpi_lines,
    kpi_say,
    kpi_title,
    notes_of,
    remark_words,
    without_rows,
)
from patrol.reports.spreadsheet import put_cell, stable_bytes

SCHEMA = "patrol-kpi/1"
_COLUMNS = ("measure", "by", "group", "value", "numerator", "denominator", "count", "remark")
_WIDTHS = (32, 10, 22, 12, 14, 14, 10, 44)
_HEAD = PatternFill("solid", fgColor="DDE6F0")


def kpi_json(kpis: Kpis) -> str:
    """Return the figures as JSON: every row with its numerator and denominator, and the notes by measure."""
    rows = [{**row, "value": None if math.isnan(row["value"]) else round(row["value"], 6)} for row in kpis.rows()]
    document = {
        "schema": SCHEMA, "project": kpis.project, "from": kpis.first.isoformat(), "to": kpis.last.isoformat(),
        "small": kpis.small, "rows": rows,
        "notes": {name: [{"code": code, **values} for code, values in told] for name, told in kpis.notes.items()},
    }  # fmt: skip
    return json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True, allow_nan=False)


def kpi_xlsx(kpis: Kpis, lang: str) -> bytes:
    """Return a workbook: a sheet for all and each of zone, party and month, and one with what each figure is."""
    book = Workbook()
    book.remove(book.active)
    for by in ("all", *BY):
        _sheet(book.create_sheet(by), kpis, by, lang)
    _meanings(book.create_sheet("help"), kpis, lang)
    return stable_bytes(book, kpis.first)


def _sheet(sheet: Worksheet, kpis: Kpis, by: str, lang: str) -> None:
    put_cell(sheet.cell(1, 1), f"{kpi_title(kpis, lang)} {kpi_say('page.no_permit', lang)}").font = Font(bold=True)
    for number, (name, width) in enumerate(zip(_COLUMNS, _WIDTHS, strict=True), start=1):
        cell = put_cell(sheet.cell(2, number), kpi_say(f"column.{name}", lang))
        cell.font, cell.fill = Font(bold=True), _HEAD
        sheet.column_dimensions[cell.column_letter].width = width
    rows = kpis.rows(by)
    for at, row in enumerate(rows, start=3):
        for number, value in enumerate(_cells(row, kpis, lang), start=1):
            if value is not None:
                put_cell(sheet.cell(at, number), value)
    if by == "all":
        for at, measure in enumerate(without_rows(kpis), start=3 + len(rows)):
            put_cell(sheet.cell(at, 1), kpi_say(f"measure.{measure}", lang))
            put_cell(sheet.cell(at, len(_COLUMNS)), "; ".join(notes_of(kpis, measure, lang)))
    sheet.freeze_panes = "A3"


def _cells(row: dict[str, Any], kpis: Kpis, lang: str) -> tuple[Any, ...]:
    value = None if math.isnan(row["value"]) else round(float(row["value"]), 6)
    return (
        kpi_say(f"measure.{row['measure']}", lang), kpi_say(f"by.{row['by']}", lang), group_words(row, lang), value,
        round(float(row["numerator"]), 3), round(float(row["denominator"]), 3), int(row["count"]),
        remark_words(row, kpis, lang) or None,
    )  # fmt: skip


def _meanings(sheet: Worksheet, kpis: Kpis, lang: str) -> None:
    for at, line in enumerate(kpi_lines(kpis, lang), start=1):
        put_cell(sheet.cell(at, 1), line)
    at = len(kpi_lines(kpis, lang)) + 2
    for measure in [*dict.fromkeys(kpis.table["measure"]), *without_rows(kpis)]:
        words = (kpi_say(f"measure.{measure}", lang), kpi_say(f"unit.{measure}", lang),
                 kpi_say(f"meaning.{measure}", lang))  # fmt: skip
        for number, word in enumerate(words, start=1):
            put_cell(sheet.cell(at, number), word).alignment = Alignment(wrap_text=True, vertical="top")
        at += 1
    for letter, width in zip("ABC", (30, 16, 100), strict=True):
        sheet.column_dimensions[letter].width = width

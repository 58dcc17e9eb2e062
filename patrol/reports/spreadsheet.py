"""The plan as an Excel file that planners edit by hand and give back with ``patrol plan --keep``."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
from openpyxl import Workbook
from openpyxl.cell.cell import Cell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from patrol import text
from patrol.plan import Plan, write_bytes
from patrol.reports.files import named_if_open
from patrol.reports.tables import crews_frame, dropped_frame, heading, kept_frame, kept_marks, schedule_frame
from patrol.words import say

HEAD_ROW = 2  # row 1 says what a plan is not
EDIT_COLUMNS = {"schedule": ("pin", "forbid", "move_crew", "move_date"), "dropped": ("move_crew", "move_date"),
                "kept": ("forbid",)}  # fmt: skip
MAX_WIDTH = 48
_ZIP_DATE = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip entry can bear
_HEAD = PatternFill("solid", fgColor="DDE6F0")
_EDIT = PatternFill("solid", fgColor="FFF2CC")
_NUMERIC = (int, float)


def write_schedule_xlsx(plan: Plan, path: Path | str, lang: str) -> None:
    """Write the plan as a workbook with the sheets ``schedule``, ``dropped``, ``crews`` and ``help``.

    The yellow columns are for editing by hand; :func:`patrol.layers.keep.read_keep` reads them back.
    Marks that this plan honours are in them already: given back, the file keeps what was kept. With marks
    there is a sheet ``kept`` that says what became of each; forbids stand only there.
    Texts are cells of type text that no spreadsheet takes for a formula, numbers are numbers, and
    the same plan gives the same bytes: no clock stands in the file.

    Raises
    ------
    PatrolError
        If the file cannot be written, mostly because it is open in a spreadsheet.
    """
    book = Workbook()
    book.remove(book.active)
    frames = {
        "schedule": schedule_frame(plan, lang),
        "dropped": dropped_frame(plan, lang),
        "crews": crews_frame(plan, lang),
    }
    if kept_marks(plan):
        frames["kept"] = kept_frame(plan, lang)
    for name, frame in frames.items():
        table_sheet(book, name, frame, plan, lang, edits=EDIT_COLUMNS.get(name, ()))
    _help_sheet(book, plan, lang)
    with named_if_open(path):
        write_bytes(Path(path), stable_bytes(book, plan))


def notice(plan: Plan, lang: str) -> str:
    """Return the line that stands on every sheet: no work permit; invented data where it is."""
    lines = [say("reports.sheet.notice", lang)]
    if plan.document["project"]["synthetic"]:
        lines.append(say("reports.sheet.synthetic", lang))
    return " ".join(lines)


def plan_dates(plan: Plan) -> list[date]:
    """Return the days of the plan's horizon."""
    first = date.fromisoformat(plan.document["from"])
    return [first + timedelta(days=k) for k in range(plan.document["days"])]


def table_sheet(
    book: Workbook, name: str, frame: pd.DataFrame, plan: Plan, lang: str, *, edits: tuple[str, ...] = ()
) -> None:
    """Add a frame as a sheet under the notice: head frozen and repeated in print, filters, texts that are no formulas.

    ``edits`` are yellow columns to be filled in by hand, as in :func:`write_schedule_xlsx`.
    """
    sheet = book.create_sheet(name)
    _put(sheet.cell(1, 1), notice(plan, lang)).font = Font(bold=True, color="C00000")
    titles = [heading(column, lang) for column in edits]
    for number, title in enumerate([*frame.columns, *titles], start=1):
        cell = _put(sheet.cell(HEAD_ROW, number), title)
        cell.font = Font(bold=True)
        cell.fill = _EDIT if number > len(frame.columns) else _HEAD
        cell.alignment = Alignment(wrap_text=True, vertical="top")
    for row, values in enumerate(frame.astype(object).itertuples(index=False, name=None), start=HEAD_ROW + 1):
        for column, value in enumerate(values, start=1):
            if not (value is None or value is pd.NA or value == ""):
                _put(sheet.cell(row, column), value)
    last = HEAD_ROW + len(frame)
    for at, key in _carried(name, frame, plan, lang) if edits else ():
        _put(sheet.cell(HEAD_ROW + 1 + at, len(frame.columns) + 1 + edits.index(key)), "x")
    _edit_cells(sheet, len(frame.columns), len(edits), last)
    for number, width in enumerate(_widths(frame, titles), start=1):
        sheet.column_dimensions[get_column_letter(number)].width = width
    sheet.freeze_panes = sheet.cell(HEAD_ROW + 1, 1)
    sheet.auto_filter.ref = f"A{HEAD_ROW}:{get_column_letter(len(frame.columns) + len(edits))}{last}"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.print_title_rows = f"1:{HEAD_ROW}"
    if edits and len(frame):
        _choices(sheet, len(frame.columns) + 1, name, plan, last)


def _carried(name: str, frame: pd.DataFrame, plan: Plan, lang: str) -> list[tuple[int, str]]:
    """Return the row and column of each mark that this plan honours, so that the next plan keeps it too."""
    honoured = [mark for mark in kept_marks(plan) if mark["result"] == "honoured"]
    if name == "kept":
        return [(k, "forbid") for k, mark in enumerate(kept_marks(plan)) if mark in honoured and _forbids(mark)]
    if name != "schedule":
        return []
    bound = {(mark["task_id"], mark["crew_id"], mark["date"]) for mark in honoured if not _forbids(mark)}
    rows = frame[[heading(key, lang) for key in ("task_id", "crew_id", "date")]].itertuples(index=False, name=None)
    return [(k, "pin") for k, row in enumerate(rows) if row in bound]


def _forbids(mark: dict[str, Any]) -> bool:
    return bool(mark["action"] == "forbid")


def _put(cell: Cell, value: Any) -> Cell:
    """Write a number as a number and anything else as text, never as a formula."""
    if isinstance(value, _NUMERIC) and not isinstance(value, bool):
        cell.value = value
    elif shown := text.cell(value):  # a text cell without text is no cell that every spreadsheet reads
        cell.value = shown
        cell.data_type = "s"  # openpyxl would take #N/A and the like for errors
        cell.number_format = "@"
    return cell


def _edit_cells(sheet: Worksheet, used: int, edits: int, last: int) -> None:
    """Colour the cells for editing, and make them text: Excel then keeps ``2024-08-16`` as it is typed."""
    for row in range(HEAD_ROW + 1, last + 1):
        for column in range(used + 1, used + edits + 1):
            cell = sheet.cell(row, column)
            cell.fill = _EDIT
            cell.number_format = "@"


def _choices(sheet: Worksheet, first: int, name: str, plan: Plan, last: int) -> None:
    """Offer marks and dates as lists; anything else may be typed, and is checked when the file is read."""
    days = ",".join(day.isoformat() for day in plan_dates(plan))
    lists = {"pin": "x", "forbid": "x", "move_date": days}
    for offset, column in enumerate(EDIT_COLUMNS[name]):
        if column in lists and len(lists[column]) <= 250:  # Excel's limit on such a list is 255 characters
            letter = get_column_letter(first + offset)
            rule = DataValidation("list", formula1=f'"{lists[column]}"', allow_blank=True, showErrorMessage=False)
            rule.add(f"{letter}{HEAD_ROW + 1}:{letter}{last}")
            sheet.add_data_validation(rule)


def _widths(frame: pd.DataFrame, edits: list[str]) -> list[int]:
    """Return column widths in characters; Chinese ones count twice."""

    def width(value: object) -> int:
        shown = "" if value is None or value is pd.NA else text.clean(value)
        return sum(2 if ord(char) > 0x2E7F else 1 for char in shown)

    found = [max([width(column), *map(width, frame[column].astype(object))]) for column in frame.columns]
    return [min(MAX_WIDTH, size + 3) for size in (*found, *map(width, edits))]


def _help_sheet(book: Workbook, plan: Plan, lang: str) -> None:
    sheet = book.create_sheet("help")
    names = {column: heading(column, lang) for column in EDIT_COLUMNS["schedule"]}
    days = [day.isoformat() for day in plan_dates(plan)]
    crews = ", ".join(dict.fromkeys(shift["crew_id"] for shift in plan.shifts))
    lines = [
        notice(plan, lang),
        say("reports.sheet.help_title", lang),
        say("reports.sheet.help_intro", lang, first=days[0], days=len(days)),
        *(say(f"reports.sheet.help_{part}", lang, **names) for part in ("pin", "forbid", "move", "dropped")),
        say("reports.sheet.help_rest", lang),
        say("reports.sheet.help_conflict", lang),
        say("reports.sheet.help_dates", lang, first=days[0], last=days[-1]),
        say("reports.sheet.help_crews", lang, crews=crews),
    ]
    for row, line in enumerate(lines, start=1):
        cell = _put(sheet.cell(row, 1), line)
        cell.alignment = Alignment(wrap_text=True, vertical="top")
        if row <= HEAD_ROW:
            cell.font = Font(bold=True, color="C00000" if row == 1 else "000000")
    sheet.column_dimensions["A"].width = 110


def stable_bytes(book: Workbook, plan: Plan) -> bytes:
    """Return the workbook without a clock: openpyxl stamps the time of saving into its properties and zip entries."""
    first = datetime.fromisoformat(plan.document["from"])
    book.properties.creator = "patrol"
    book.properties.created = first
    raw = io.BytesIO()
    book.save(raw)
    stamp = book.properties.modified.strftime("%Y-%m-%dT%H:%M:%SZ").encode()
    out = io.BytesIO()
    with zipfile.ZipFile(raw) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            data = old.read(name)
            if name == "docProps/core.xml":
                data = data.replace(stamp, first.strftime("%Y-%m-%dT%H:%M:%SZ").encode())
            entry = zipfile.ZipInfo(name, _ZIP_DATE)
            entry.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(entry, data)
    return out.getvalue()

"""The cells of a table as it comes from an office, CSV or XLSX, every one as text.

One bad line never stops the others: a line whose quotes are broken is set aside, and reading goes on
after it.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import compress, islice
from operator import itemgetter
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from patrol import text
from patrol.errors import Finding, IntakeError
from patrol.hazards.formats.workbook import Lines, sheets
from patrol.hazards.unread import lines_of
from patrol.layers.encoding import decode
from patrol.layers.tables import HEADING_SEARCH, heading_key

DELIMITERS = ",;\t，|"
MIN_HEADINGS = 2  # known headings that make a sheet a table
MAX_BROKEN = 1_000  # lines with broken quotes; beyond, it is another format
BINARY_SHARE = 0.01  # of zero characters: above, it is no text
_TABLE = "intake.table"


@dataclass(frozen=True, slots=True)
class Cells:
    """A table with its headings.

    Attributes
    ----------
    table : DataFrame
        Texts by heading, RangeIndex.
    rows : int array
        Row of the file as a person counts it, 1 = first below the heading.
    faults : object array
        Why a row cannot be read, "" if it can.
    elsewhere : DataFrame, optional
        Lines of sheets that are not read, see :func:`patrol.hazards.unread.lines_of`.
    """

    table: pd.DataFrame
    rows: npt.NDArray[np.int64]
    faults: npt.NDArray[Any]
    findings: tuple[Finding, ...] = ()
    elsewhere: pd.DataFrame | None = None


def csv_cells(raw: bytes, label: str, known: frozenset[str]) -> Cells:
    """Read a CSV: UTF-8, UTF-16 by its mark, else GB18030; comma, semicolon, tab, bar or full-width comma.

    Parameters
    ----------
    raw, label
        Bytes and name of the file.
    known : frozenset of str
        :func:`patrol.layers.tables.heading_key` of every heading that means something.

    Raises
    ------
    IntakeError
        If it is no text, or no line of it is a heading.
    """
    try:
        content, encoding = decode(raw)
    except UnicodeError as error:
        what = f"neither UTF-8 nor GB18030 fits: {text.clean(error, limit=200)}"
        raise _fault("encoding", label, what, "save it as CSV UTF-8") from error
    notes = []
    if encoding not in {"utf-8", "utf-8-sig"}:
        notes.append(_note("encoding", label, f"is not UTF-8; read as {encoding}"))
    content = content.removeprefix("\ufeff")
    zeros = content.count("\0")
    if zeros > BINARY_SHARE * len(content) + 10:
        raise _fault("binary", label, "holds many zero bytes: this is no text", "save it as CSV UTF-8")
    lines, broken = _lines(content, _delimiter(content, known))
    if len(broken) > MAX_BROKEN:
        what = f"more than {MAX_BROKEN} lines have broken quotes"
        raise _fault("csv", label, what, 'a quote inside a cell is written ""')
    return _table(label, lines, broken, known, notes)


def _lines(content: str, delimiter: str) -> tuple[list[Sequence[str]], dict[int, str]]:
    """Return the cells of each line; a line with broken quotes stands as it is, with what is wrong with it."""
    physical = content.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if '"' not in content:  # nothing to be understood: a fifth of the time
        return [line.split(delimiter) if line else [] for line in physical], {}
    lines: list[Sequence[str]] = []
    broken: dict[int, str] = {}
    before = csv.field_size_limit()
    at = 0
    try:
        csv.field_size_limit(max(before, len(content) + 1))  # a cell may be as long as the file
        while at < len(physical) and len(broken) <= MAX_BROKEN:
            reader = csv.reader(map(_ended, islice(physical, at, None)), delimiter=delimiter, strict=True)
            done = 0  # physical lines that are behind the last good record
            try:
                for cells in reader:
                    done = reader.line_num
                    lines.append(cells)
                break
            except csv.Error as error:
                # The first line of the bad record is set aside; the next may be good again.
                broken[len(lines)] = f"its quotes are broken ({error}): a quote inside a cell is written twice"
                lines.append([physical[at + done]])
                at += done + 1
    finally:
        csv.field_size_limit(before)
    return lines, broken


def _ended(line: str) -> str:
    return line + "\n"


def _delimiter(content: str, known: frozenset[str]) -> str:
    """Return the delimiter under which one of the first lines holds most known headings; a comma if none does."""
    first = [line for line in content[:50_000].splitlines() if line.strip()][:HEADING_SEARCH]

    def score(mark: str) -> int:
        return max(
            (sum(heading_key(cell.strip(' "')) in known for cell in line.split(mark)) for line in first), default=0
        )

    best = max(DELIMITERS, key=score)  # the first of equals
    return best if score(best) else ","


def xlsx_cells(raw: bytes, label: str, known: frozenset[str]) -> Cells:
    """Read the first sheet of a workbook with known headings, and after it those with the same ones.

    Rows are counted on from sheet to sheet. A sheet that is not read is told with its rows.

    Raises
    ------
    IntakeError
        If it is no workbook, is packed to burst, or no sheet has a known heading.
    """
    read = list(sheets(raw, label))
    scores = [max((_known(line, known) for line in one.lines[:HEADING_SEARCH]), default=0) for one in read]
    if not any(scores):
        what = f"no sheet has a heading that is known; sheets: {', '.join(_title(one) for one in read)}"
        raise _fault("heading", label, what, _how_to_map())
    first = next((i for i, score in enumerate(scores) if score >= MIN_HEADINGS), scores.index(max(scores)))
    wanted = _headings(read[first], known)
    notes: list[Finding] = []
    whole: list[Cells] = []
    unread: list[Sequence[str]] = []
    last = 0
    for place, one in enumerate(read):
        lines = sum(any(cell.strip() for cell in line) for line in one.lines)
        if place < first or _headings(one, known) != wanted:
            unread += one.lines
            if lines:
                what = f"sheet {_title(one)!r} with {lines} lines is not read: its headings are others"
                notes.append(_note("unread_sheet", label, what, "save it as a file of its own if it holds reports"))
            continue
        if one.merged:
            what = f"merged cells count for each of their rows: {', '.join(one.merged[:10])}"
            more = f" and {len(one.merged) - 10} more" if len(one.merged) > 10 else ""
            notes.append(_note("merged", label, what + more))
        cells = _table(label, one.lines, one.broken, known, notes)
        if len(read) > 1:
            from_ = f", its rows counted on: its first is {last + 1}" if last else ""
            notes.append(_note("sheet", label, f"sheet {_title(one)!r} is read{from_}"))
        whole.append(replace(cells, rows=cells.rows + last))
        last += len(one.lines)
    return replace(_joined(whole), findings=tuple(notes), elsewhere=lines_of(unread) if unread else None)


def _headings(sheet: Lines, known: frozenset[str]) -> frozenset[str]:
    """Return which known headings a sheet has in the line that has most of them."""
    top = max(sheet.lines[:HEADING_SEARCH], key=lambda line: _known(line, known), default=())
    return frozenset(heading_key(cell) for cell in top) & known


def _joined(parts: list[Cells]) -> Cells:
    """Return tables with the same headings one below the other, however each writes and orders them."""
    if len(parts) == 1:
        return parts[0]
    names: dict[str, str] = {}
    for part in parts:
        for name in part.table.columns:
            names.setdefault(heading_key(name) or name, name)
    tables = []
    for part in parts:
        own = [names[heading_key(name) or name] for name in part.table.columns]
        unique = len(set(own)) == len(own)
        tables.append(part.table.set_axis(own, axis=1) if unique else part.table)
    whole = pd.concat(tables, ignore_index=True).fillna("").astype(object)
    rows, faults = (np.concatenate([getattr(part, name) for part in parts]) for name in ("rows", "faults"))
    return Cells(whole, rows, faults)


def _title(sheet: Lines) -> str:
    return text.clean(sheet.name, limit=60)


def _known(line: Sequence[str], known: frozenset[str]) -> int:
    return sum(heading_key(cell) in known for cell in line if cell.strip())


def _table(
    label: str, lines: list[Sequence[str]], broken: dict[int, str], known: frozenset[str], notes: list[Finding]
) -> Cells:
    """Cut the heading out of the lines, titles above it off, and blank lines out."""
    scores = [_known(line, known) for line in lines[:HEADING_SEARCH]]
    if not scores or max(scores) == 0:
        first = next((line for line in lines if any(cell.strip() for cell in line)), [])
        if not first:
            raise _fault("empty", label, "holds no rows", "fill it")
        said = ", ".join(text.clean(cell, limit=40) for cell in first[:15])
        raise _fault("heading", label, f"no heading is known; its first line says: {said}", _how_to_map())
    top = int(np.argmax(scores))
    if top:
        notes.append(_note("heading", label, f"the heading is line {top + 1}; rows are counted from below it"))
    headings = [text.clean(cell, limit=200) for cell in lines[top]]
    while headings and not headings[-1]:
        headings.pop()
    width = len(headings)
    body, rows, reasons = _body(lines, broken, top, width)
    columns: dict[str, Any] = {}
    for i, heading in enumerate(headings):
        name, n = heading or f"column {i + 1}", 2
        while name in columns:
            name, n = f"{heading} [{n}]", n + 1
        columns[name] = np.empty(len(body), dtype=object)
        columns[name][:] = list(map(itemgetter(i), body))
    return Cells(pd.DataFrame(columns, dtype=object, copy=False), rows, reasons, tuple(notes))


def _body(
    lines: list[Sequence[str]], broken: dict[int, str], top: int, width: int
) -> tuple[list[Sequence[str]], npt.NDArray[np.int64], npt.NDArray[Any]]:
    """Return the lines below the heading, blank ones left out and each as wide as it, their numbers and faults."""
    body = lines[top + 1 :]
    faults = np.full(len(body), "", dtype=object)
    for at, fault in broken.items():
        if at > top:
            faults[at - top - 1] = fault
    blank = np.zeros(len(body), dtype=bool)
    for i, line in enumerate(body):
        if len(line) == width and line[0] and not line[0].isspace():
            continue  # nearly all lines
        blank[i] = not faults[i] and not any(cell.strip() for cell in line)
        if len(line) > width and not faults[i] and any(cell.strip() for cell in line[width:]):
            faults[i] = f"it has more cells than the heading's {width}: put cells with commas in quotes"
        if len(line) != width:
            body[i] = [*line[:width], *[""] * (width - len(line))]
    rows = np.flatnonzero(~blank) + 1
    return list(compress(body, ~blank)) if blank.any() else body, rows.astype(np.int64), faults[~blank]


def _how_to_map() -> str:
    return "write a heading above the rows, such as 线路,杆号,发现时间,描述, or map its names under [intake.columns]"


def _fault(short: str, label: str, what: str, mend: str) -> IntakeError:
    return IntakeError(Finding("error", f"{_TABLE}.{short}", label, what, mend))


def _note(short: str, label: str, what: str, mend: str = "") -> Finding:
    return Finding("note", f"{_TABLE}.{short}", label, what, mend)

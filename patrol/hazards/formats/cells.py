"""The cells of a table as it comes from an office, CSV or XLSX, every one as text.

One bad line never stops the others: a line whose quotes are broken is set aside, and reading goes on
after it.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import warnings
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import compress, islice
from operator import itemgetter
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from patrol import text
from patrol.errors import Finding, IntakeError
from patrol.layers.encoding import decode
from patrol.layers.tables import HEADING_SEARCH, heading_key

DELIMITERS = ",;\t，|"
MAX_UNPACKED = 2 * 1024**3  # bytes of a workbook when unpacked: a million reports stay under it
MAX_RATIO = 300  # a workbook larger than 50 MB that was packed better than this is a trap
MAX_CELLS = 60_000_000
MAX_BROKEN = 1_000  # lines with broken quotes; beyond, it is another format
BINARY_SHARE = 0.01  # of zero characters: above, it is no text
AS_XLSX = "open it in a spreadsheet program and save it as .xlsx"
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
    """

    table: pd.DataFrame
    rows: npt.NDArray[np.int64]
    faults: npt.NDArray[Any]
    findings: tuple[Finding, ...] = ()


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
    """Read the first sheet of a workbook that has a known heading in its first lines; formulas by their values.

    Raises
    ------
    IntakeError
        If it is no workbook, is packed to burst, or no sheet has a known heading.
    """
    check_package(raw, label)
    best: tuple[int, str, list[Sequence[str]]] = (0, "", [])
    names: list[str] = []
    try:
        for name, lines in _sheets(raw, label):
            names.append(name)
            score = max((_known(line, known) for line in lines[:HEADING_SEARCH]), default=0)
            if score > best[0]:
                best = (score, name, lines)
            if score >= 2:
                break
    except IntakeError:
        raise
    except Exception as error:  # on a damaged file zipfile, the XML parser and openpyxl raise all kinds
        what = f"is no workbook that can be read: {text.clean(error, limit=200)}"
        raise _fault("xlsx", label, what, AS_XLSX) from error
    if not best[2]:
        what = f"no sheet has a heading that is known; sheets: {', '.join(text.clean(one, limit=60) for one in names)}"
        raise _fault("heading", label, what, _how_to_map())
    notes = []
    if len(names) > 1:
        notes.append(_note("sheet", label, f"sheet {text.clean(best[1], limit=60)!r} is read"))
    return _table(label, best[2], {}, known, notes)


def check_package(raw: bytes, label: str) -> None:
    """Refuse a workbook that would burst, or whose XML could, before anything unpacks it."""
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as box:
            parts = box.infolist()
            size = sum(part.file_size for part in parts)
            heads = [_head(box, part) for part in parts if part.filename.endswith((".xml", ".rels"))]
    except Exception as error:  # zipfile raises all kinds on a damaged package
        raise _fault("xlsx", label, f"is a damaged workbook: {text.clean(error, limit=200)}", AS_XLSX) from error
    if size > MAX_UNPACKED or (size > 50 * 1024**2 and size > MAX_RATIO * len(raw)):
        what = f"would unpack to {size / 1024**2:.0f} MB: this is no table of reports"
        raise _fault("xlsx", label, what, "export the reports again, in several files if need be")
    if any(b"<!DOCTYPE" in head or b"<!ENTITY" in head for head in heads):
        raise _fault("xlsx", label, "its XML declares a document type, as no workbook does", AS_XLSX)


def _head(box: zipfile.ZipFile, part: zipfile.ZipInfo) -> bytes:
    with box.open(part) as stream:
        return stream.read(8192).replace(b"\0", b"").upper()  # UTF-16 has a zero beside each letter


def _sheets(raw: bytes, label: str) -> Iterator[tuple[str, list[Sequence[str]]]]:
    import openpyxl

    count = 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # styles and validations that openpyxl does not keep
        book = openpyxl.load_workbook(io.BytesIO(raw), read_only=True, data_only=True)
        for sheet in book.worksheets:
            sheet.reset_dimensions()  # some programs write a size that is too small
            lines: list[Sequence[str]] = []
            for line in sheet.iter_rows(values_only=True):
                count += len(line) + 1
                if count > MAX_CELLS:
                    what = f"has more than {MAX_CELLS} cells"
                    raise _fault("xlsx", label, what, "delete empty rows and columns, or split it")
                lines.append([written(cell) for cell in line])
            yield sheet.title, lines
        book.close()


def written(cell: Any) -> str:
    """Return a cell of a workbook as text: days without a time of day as bare days, whole numbers without ``.0``."""
    if cell is None:
        return ""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 2**53 else repr(cell)
    if isinstance(cell, dt.datetime):
        exact = cell + dt.timedelta(milliseconds=2)
        if exact.microsecond < 4000:  # spreadsheets count in parts of a day, a little beside the second
            cell = exact.replace(microsecond=0)
        return str(cell.date() if cell.time() == dt.time() else cell)
    return str(cell)


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


def _note(short: str, label: str, what: str) -> Finding:
    return Finding("note", f"{_TABLE}.{short}", label, what)

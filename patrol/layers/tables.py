"""CSV and XLSX tables as they come from offices: encodings, delimiters, title lines above the heading."""

from __future__ import annotations

import csv
import io
import unicodedata
import warnings
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from patrol import text
from patrol.errors import Finding, LayerError
from patrol.layers.encoding import decode
from patrol.layers.raw import Raw
from patrol.layers.values import is_missing
from patrol.project import InputSpec

CSV_SUFFIXES = {".csv", ".tsv", ".txt"}
XLSX_SUFFIXES = {".xlsx", ".xlsm"}
DELIMITERS = ",;\t，"
HEADING_SEARCH = 10  # a title or two may stand above the heading

Cells = Sequence[Any]


def heading_key(heading: object) -> str:
    """Return what headings share that mean the same: ``Feeder ID``, ``feeder_id*``; ``容量（kVA）``, ``容量``."""
    word = unicodedata.normalize("NFKC", text.clean(heading)).casefold()
    word = word.split("(")[0] or word
    return "".join(char for char in word if char.isalnum())


def read_csv(spec: InputSpec, known: frozenset[str]) -> Raw:
    """Read a CSV, every cell as text.

    Parameters
    ----------
    spec : InputSpec
    known : frozenset of str
        :func:`heading_key` of every heading that means something, to find the heading row.

    Raises
    ------
    LayerError
        If it cannot be decoded or parsed, or holds nothing.
    """
    bare = Raw(spec.kind, spec.label, pd.DataFrame(), np.zeros(0, dtype=np.int64))
    try:
        content, encoding = decode(spec.path.read_bytes(), spec.encoding)
    except LookupError as error:
        raise LayerError(bare.fault("encoding", str(error), 'write for example encoding = "gb18030"')) from error
    except UnicodeError as error:
        what = f"neither UTF-8 nor GB18030 fits: {error}" if not spec.encoding else f"is not {spec.encoding}: {error}"
        raise LayerError(bare.fault("encoding", what, "save it as CSV UTF-8, or declare its encoding")) from error
    if "\0" in content:
        raise LayerError(bare.fault("unreadable", "holds zero bytes: this is no text", "save it as CSV UTF-8"))
    delimiter = _delimiter(content, known)
    lines: list[Cells] = []
    reader = csv.reader(io.StringIO(content, newline=""), delimiter=delimiter, strict=True)
    try:
        lines.extend(reader)
    except csv.Error as error:
        what = f"line {reader.line_num}: {error}"
        raise LayerError(
            bare.fault("unreadable", what, 'mend the quotes: a quote inside a cell is written ""')
        ) from error
    notes = []
    if encoding not in {"utf-8", "utf-8-sig"}:
        notes.append(bare.note("encoding", f"is not UTF-8; read as {encoding}"))
    return _table(bare, lines, known, notes)


def _delimiter(content: str, known: frozenset[str]) -> str:
    """Return the delimiter under which the first lines hold the most known headings; a comma if none does."""
    first = [line for line in content[:20_000].splitlines() if line.strip()][:HEADING_SEARCH]
    best = ",", 0
    for mark in DELIMITERS:
        score = max(
            (sum(heading_key(cell.strip('"')) in known for cell in line.split(mark)) for line in first), default=0
        )
        if score > best[1]:
            best = mark, score
    return best[0]


def read_xlsx(spec: InputSpec, known: frozenset[str]) -> Raw:
    """Read a sheet of a workbook: the one named by ``layer``, else the one with known headings, else the first.

    Raises
    ------
    LayerError
        If it is no workbook, has no such sheet, or holds nothing.
    """
    import openpyxl

    bare = Raw(spec.kind, spec.label, pd.DataFrame(), np.zeros(0, dtype=np.int64))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # styles and validations that openpyxl does not keep
            merged = has_merged(spec.path)
            book = openpyxl.load_workbook(spec.path, read_only=not merged, data_only=True)
            sheets = {sheet.title: sheet for sheet in book.worksheets}
            down = {name: fill_down(sheet) if merged else [] for name, sheet in sheets.items()}
            filled = {name: _cells(sheet) for name, sheet in sheets.items() if name == spec.layer or not spec.layer}
            book.close()
    except Exception as error:  # on a damaged file zipfile, the XML parser and openpyxl raise all kinds
        mend = "open it in a spreadsheet program and save it as .xlsx"
        raise LayerError(bare.fault("unreadable", f"is no workbook: {text.clean(error)}", mend)) from error
    if spec.layer and spec.layer not in sheets:
        raise LayerError(bare.fault("layer", f"no sheet {spec.layer!r}", f"layer may be: {', '.join(sheets)}"))
    filled = {name: lines for name, lines in filled.items() if lines}
    if not filled:
        raise LayerError(bare.fault("empty", "holds no rows", "fill it, or take it out of project.toml"))
    name = max(filled, key=lambda title: max(_known(line, known) for line in filled[title][:HEADING_SEARCH]))
    notes = []
    if len(filled) > 1:
        others = ", ".join(title for title in filled if title != name)
        notes.append(bare.note("layer", f"sheet {name!r} is read, not: {others}", 'layer = "..." names another'))
    if down[name]:
        what = f"merged cells count for each of their rows: {', '.join(down[name][:10])}"
        more = f" and {len(down[name]) - 10} more" if len(down[name]) > 10 else ""
        notes.append(bare.note("merged", what + more))
    return _table(bare, filled[name], known, notes)


def has_merged(path: Path) -> bool:
    """Return whether a sheet of a workbook has merged cells: openpyxl knows them only where it keeps whole sheets."""
    word, tail = b"mergeCell ", b""
    with zipfile.ZipFile(path) as book:
        for name in book.namelist():
            if name.startswith("xl/worksheets/") and name.endswith(".xml"):
                with book.open(name) as sheet:
                    while part := sheet.read(1 << 20):
                        if word in tail + part:
                            return True
                        tail = part[-len(word) :]
    return False


def fill_down(sheet: Any) -> list[str]:
    """Write what cells merged over several rows say into each of these rows that holds more; return where.

    So a reader sees it. Across columns nothing is filled: a name over two columns is not the value of both.
    """
    tall = [area for area in sheet.merged_cells.ranges if area.max_row > area.min_row]
    used = sheet.max_row
    for area in tall:
        value = sheet.cell(area.min_row, area.min_col).value
        sheet.unmerge_cells(area.coord)
        first, last = area.min_row + 1, min(area.max_row, used)
        for row, cells in enumerate(sheet.iter_rows(min_row=first, max_row=last, values_only=True), start=first):
            if not all(is_missing(cell) for cell in cells):
                sheet.cell(row, area.min_col).value = value
    return sorted((area.coord for area in tall), key=lambda where: (len(where), where))


def _cells(sheet: Any) -> list[Cells]:
    if hasattr(sheet, "reset_dimensions"):
        sheet.reset_dimensions()  # some programs write a size that is too small
    lines: list[Cells] = list(sheet.iter_rows(values_only=True))
    while lines and all(is_missing(cell) for cell in lines[-1]):
        lines.pop()  # formatted but empty rows
    return lines


def _known(line: Iterable[object], known: frozenset[str]) -> int:
    return sum(heading_key(cell) in known for cell in line if not is_missing(cell))


def _table(bare: Raw, lines: list[Cells], known: frozenset[str], notes: list[Finding]) -> Raw:
    """Cut the heading row out of the lines, and set rows with too many cells aside."""
    scores = [_known(line, known) for line in lines[:HEADING_SEARCH]]
    if not any(not is_missing(cell) for line in lines for cell in line):
        raise LayerError(bare.fault("empty", "holds no rows", "fill it, or take it out of project.toml"))
    top = int(np.argmax(scores)) if max(scores) >= 1 else 0
    if top:
        notes.append(bare.note("heading", f"the heading is row {top + 1}"))
    width = max(i for i, cell in enumerate(lines[top]) if not is_missing(cell)) + 1 if any(lines[top]) else 1
    headings = [text.clean(cell) or f"column {i + 1}" for i, cell in enumerate([*lines[top], ""][:width])]
    body: list[list[Any]] = []
    rows: list[int] = []
    wide: list[int] = []
    for row, line in enumerate(lines[top + 1 :], start=top + 2):  # as a spreadsheet counts
        if not (line and str(line[0] or "").strip()) and all(is_missing(cell) for cell in line):
            continue
        if len(line) > width and not all(is_missing(cell) for cell in line[width:]):
            wide.append(len(body))
        body.append([*line[:width], *[None] * (width - len(line))])
        rows.append(row)
    columns: dict[str, Any] = {}
    for i, heading in enumerate(headings):
        if heading in columns:
            notes.append(
                bare.suspicion("heading", f"two columns are called {heading!r}; the first is read", "rename one")
            )
            continue
        cells = np.empty(len(body), dtype=object)
        cells[:] = [line[i] for line in body]
        columns[heading] = cells
    raw = Raw(
        bare.kind,
        bare.label,
        pd.DataFrame(columns, dtype=object),
        np.array(rows, dtype=np.int64),
        findings=tuple(notes),
    )
    mend = f"the heading has {width} columns: take the extra ones out, or put cells with commas in quotes"
    aside = raw.set_aside(np.array(wide, dtype=np.int64), "cells", "has more cells than the heading", mend)
    return Raw(raw.kind, raw.label, raw.table, raw.rows, findings=(*notes, *aside))

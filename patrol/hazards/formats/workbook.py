"""The sheets of a workbook, every cell as text; formulas by the values that were saved with them.

What stands in cells merged over several rows counts for each of these rows, as the reader of the sheet sees it. Across
columns nothing is filled: a name over two columns is not the value of both.
"""

from __future__ import annotations

import datetime as dt
import io
import re
import warnings
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from posixpath import normpath
from typing import Any, NoReturn
from xml.etree import ElementTree

from patrol import text
from patrol.errors import Finding, IntakeError

MAX_UNPACKED = 2 * 1024**3  # bytes of a workbook when unpacked: a million reports stay under it
MAX_RATIO = 300  # a workbook larger than 50 MB that was packed better than this is a trap
MAX_CELLS = 60_000_000
AS_XLSX = "open it in a spreadsheet program and save it as .xlsx"
NO_VALUE = "a formula without a value: save it in a spreadsheet first"
_MERGED = re.compile(rb"""<(?:\w+:)?mergeCell\s[^>]*?ref\s*=\s*["']([A-Z]{1,3})(\d{1,7}):[A-Z]{1,3}(\d{1,7})["']""")
_FORMULA = re.compile(rb"<(?:\w+:)?f[\s/>]")
_PLACE = re.compile(r"([A-Z]{1,3})(\d{1,7})")
_RELATED = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


@dataclass(frozen=True, slots=True)
class Lines:
    """A sheet: its lines, what is wrong with those whose formula nobody worked out, and where cells are merged."""

    name: str
    lines: list[Sequence[str]]
    broken: dict[int, str]
    merged: tuple[str, ...] = ()


def sheets(raw: bytes, label: str) -> Iterator[Lines]:
    """Yield the sheets of a workbook.

    Raises
    ------
    IntakeError
        If it is no workbook, is packed to burst, or has too many cells.
    """
    check_package(raw, label)
    try:
        paths = _paths(raw)
        for name, lines in _values(raw, label):
            unsaid = _unsaid(raw, paths[name]) if name in paths else {}
            broken: dict[int, str] = {}
            for (row, column), formula in unsaid.items():
                if row < len(lines) and column < len(lines[row]) and not lines[row][column]:
                    lines[row] = [*lines[row][:column], formula, *lines[row][column + 1 :]]
                    broken[row] = NO_VALUE
            merged = _fill_down(lines, _tall(raw, paths[name]), label) if name in paths else ()
            yield Lines(name, lines, broken, merged)
    except IntakeError:
        raise
    except Exception as error:  # on a damaged file zipfile, the XML parser and openpyxl raise all kinds
        _refuse("xlsx", label, f"is no workbook that can be read: {text.clean(error, limit=200)}", AS_XLSX)


def check_package(raw: bytes, label: str) -> None:
    """Refuse a workbook that would burst, or whose XML could, before anything unpacks it."""
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as box:
            parts = box.infolist()
            size = sum(part.file_size for part in parts)
            heads = [_head(box, part) for part in parts if part.filename.endswith((".xml", ".rels"))]
    except Exception as error:  # zipfile raises all kinds on a damaged package
        _refuse("xlsx", label, f"is a damaged workbook: {text.clean(error, limit=200)}", AS_XLSX)
    if size > MAX_UNPACKED or (size > 50 * 1024**2 and size > MAX_RATIO * len(raw)):
        what = f"would unpack to {size / 1024**2:.0f} MB: this is no table of reports"
        _refuse("xlsx", label, what, "export the reports again, in several files if need be")
    if any(b"<!DOCTYPE" in head or b"<!ENTITY" in head for head in heads):
        _refuse("xlsx", label, "its XML declares a document type, as no workbook does", AS_XLSX)


def _head(box: zipfile.ZipFile, part: zipfile.ZipInfo) -> bytes:
    with box.open(part) as stream:
        return stream.read(8192).replace(b"\0", b"").upper()  # UTF-16 has a zero beside each letter


def _values(raw: bytes, label: str) -> Iterator[tuple[str, list[Sequence[str]]]]:
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
                    _refuse("xlsx", label, f"has more than {MAX_CELLS} cells", "delete empty rows, or split it")
                lines.append([written(cell) for cell in line])
            yield sheet.title, lines
        book.close()


def _paths(raw: bytes) -> dict[str, str]:
    """Return the part of the package that holds each sheet; none where the package is laid out in another way."""
    with zipfile.ZipFile(io.BytesIO(raw)) as box:
        if not {"xl/workbook.xml", "xl/_rels/workbook.xml.rels"} <= set(box.namelist()):
            return {}
        related = ElementTree.fromstring(box.read("xl/_rels/workbook.xml.rels"))
        book = ElementTree.fromstring(box.read("xl/workbook.xml"))
        parts = {one.get("Id", ""): normpath(f"/xl/{one.get('Target', '')}").lstrip("/") for one in related}
        parts |= {one.get("Id", ""): one.get("Target", "")[1:] for one in related if one.get("Target", "")[:1] == "/"}
        found = {one.get("name", ""): parts.get(one.get(_RELATED, ""), "") for one in book.iter() if one.get(_RELATED)}
        return {name: path for name, path in found.items() if path in box.namelist()}


def _unsaid(raw: bytes, path: str) -> dict[tuple[int, int], str]:
    """Return the formulas without a saved value, by line and column from 0.

    A formula that gives an empty text has the type ``str``; one that no program has worked out has none.
    """
    with zipfile.ZipFile(io.BytesIO(raw)) as box:
        if not _FORMULA.search(box.read(path)):
            return {}
        found: dict[tuple[int, int], str] = {}
        with box.open(path) as stream:
            for _, element in ElementTree.iterparse(stream):
                kind = element.tag.rpartition("}")[2]
                if kind == "c":
                    parts = {child.tag.rpartition("}")[2]: child for child in element}
                    place = _PLACE.fullmatch(element.get("r", ""))
                    valued = "v" in parts and parts["v"].text
                    if place and "f" in parts and not valued and element.get("t") != "str":
                        found[int(place[2]) - 1, _column(place[1])] = f"={parts['f'].text or ''}"
                elif kind == "row":
                    element.clear()
        return found


def _tall(raw: bytes, path: str) -> list[tuple[str, int, int]]:
    """Return the areas of merged cells of several rows: column, first and last line from 0."""
    with zipfile.ZipFile(io.BytesIO(raw)) as box:
        found = _MERGED.findall(box.read(path))
    areas = [(column.decode(), int(first) - 1, int(last) - 1) for column, first, last in found]
    return sorted({area for area in areas if 0 <= area[1] < area[2]}, key=lambda area: area[1:])


def _fill_down(lines: list[Sequence[str]], areas: list[tuple[str, int, int]], label: str) -> tuple[str, ...]:
    """Write what merged cells say into each of their lines that holds more; return where.

    :func:`patrol.layers.tables.fill_down` does it to a sheet in memory; a stranger's workbook is never there whole.
    """
    count, where = 0, []
    for letters, first, last in areas:
        column, filled = _column(letters), False
        value = lines[first][column] if first < len(lines) and column < len(lines[first]) else ""
        for row in range(first + 1, min(last + 1, len(lines))) if value else ():
            count += 1
            if count > MAX_CELLS:
                _refuse("xlsx", label, "merges more cells than it can have", AS_XLSX)
            line = lines[row]
            if any(cell.strip() for cell in line) and not (column < len(line) and line[column]):
                lines[row] = [*line[:column], *[""] * (column - len(line)), value, *line[column + 1 :]]
                filled = True
        where += [f"{letters}{first + 1}:{letters}{last + 1}"] if filled else []
    return tuple(where)


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = 26 * number + ord(letter) - ord("A") + 1
    return number - 1


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


def _refuse(short: str, label: str, what: str, mend: str) -> NoReturn:
    raise IntakeError(Finding("error", f"intake.table.{short}", label, what, mend))

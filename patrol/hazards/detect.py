"""What a file of reports is: by its content first, by its name second."""

from __future__ import annotations

import io
import json
import re
import warnings
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any

from patrol import text
from patrol.errors import Finding, IntakeError
from patrol.hazards.formats.cells import DELIMITERS
from patrol.hazards.formats.workbook import check_package, written
from patrol.hazards.headings import known_headings
from patrol.layers.encoding import decode
from patrol.layers.tables import HEADING_SEARCH, heading_key

FORMS = ("csv", "xlsx", "geojson", "open311", "kobo", "odk", "firms", "cap", "messages", "patrol")
QUARANTINE = ("file", "row", "format", "reason")  # the first columns of a quarantine file
_HOW = f"say what it is with --format, one of: {', '.join(FORMS)}"
_STRANGERS = (
    (b"\xd0\xcf\x11\xe0", "an old or encrypted Office file", "open it, take the password off, save it as .xlsx"),
    (b"%PDF", "a PDF", "ask for the table it was made from"),
    (b"\xff\xd8\xff", "a photo", "describe what it shows: patrol hazards add"),
    (b"\x89PNG", "a picture", "describe what it shows: patrol hazards add"),
    (b"SQLite format 3", "a database (GeoPackage)", "export its layer as GeoJSON or CSV"),
    (b"\x1f\x8b", "packed (gzip)", "unpack it"),
    (b"Rar!", "packed (RAR)", "unpack it"),
    (b"7z\xbc\xaf", "packed (7z)", "unpack it"),
)
_TABLE_SUFFIXES = {".csv", ".tsv"}
_TEXT_SUFFIXES = {"", ".txt", ".md", ".log"}
_JSON_SUFFIXES = {".json", ".geojson"}
_CAP = re.compile(r"<(?:\w+:)?alert[\s>]")
_FIRMS = {"latitude", "longitude", "acqdate", "acqtime"}


def detect(raw: bytes, name: str, columns: Mapping[str, str]) -> tuple[str, str]:
    """Return what a file is taken for, and why.

    Parameters
    ----------
    raw : bytes
    name : str
        File name, whose ending decides where the content leaves it open.
    columns : mapping
        Column mapping of the project, whose headings are known too.

    Returns
    -------
    tuple of (form, why)
        One of :data:`FORMS`, or ``quarantine`` for a mended quarantine file.

    Raises
    ------
    IntakeError
        If nothing fits: what was tried, and how to say what it is.
    """
    suffix = "." + name.rsplit(".", 1)[-1].lower() if "." in name else ""
    for mark, what, mend in _STRANGERS:
        if raw.startswith(mark):
            raise _fault(name, f"is {what}", mend)
    if raw.startswith(b"PK"):
        return _of_workbook(raw, name, columns)
    try:
        content = decode(raw)[0].removeprefix("\ufeff").lstrip()
    except UnicodeError as error:
        raise _fault(name, "is no text: neither UTF-8 nor UTF-16 nor GB18030 fits", _HOW) from error
    if not content:
        raise _fault(name, "holds nothing but white space", "export it again")
    if content[0] in "{[":
        found = _of_json(content, name, suffix)
        if found:
            return found
    if content[0] == "<":
        if _CAP.search(content[:20_000]):
            return "cap", "an XML alert"
        raise _fault(name, "is XML, but no CAP alert", "export it as CSV or GeoJSON")
    lines = content[:100_000].splitlines()[:HEADING_SEARCH]
    found = _of_headings(
        [[cell.strip(' "') for cell in line.split(mark)] for line in lines for mark in DELIMITERS], columns
    )
    if found:
        return found[0] or "csv", found[1]
    if suffix in _TABLE_SUFFIXES:
        return "csv", f"its name ends in {suffix}"
    if suffix in _TEXT_SUFFIXES and content.count("\0") == 0:
        return "messages", "plain text without a heading"
    what = "nothing says what it is; tried: workbook, JSON, XML, a table with known headings, messages (.txt)"
    raise _fault(name, what, _HOW)


def _of_headings(lines: Sequence[Sequence[str]], columns: Mapping[str, str]) -> tuple[str, str] | None:
    """Return what first lines of a table say, "" for a plain table; None if no two headings are known."""
    known = known_headings(columns)
    plain = False
    for cells in lines:
        keys = {heading_key(cell) for cell in cells} - {""}
        names = {cell.strip() for cell in cells}
        if set(QUARANTINE) <= names:
            return "quarantine", "headings of a quarantine file"
        if keys >= _FIRMS:
            return "firms", "headings of FIRMS: latitude, longitude, acq_date, acq_time"
        if "_uuid" in names or ("_id" in names and "_submission_time" in names):
            return "kobo", "columns of KoboToolbox: _uuid, _submission_time"
        instance = {"meta-instanceID", "meta:instanceID", "instanceID"} & names
        if instance or ("KEY" in names and {"SubmissionDate", "PARENT_KEY"} & names):
            return "odk", "columns of ODK: KEY, SubmissionDate, instanceID"
        plain |= len(keys & known) >= 2
    return ("", "a table with known headings") if plain else None


def _of_json(content: str, name: str, suffix: str) -> tuple[str, str] | None:
    """Return what a JSON text is; None if it is none and its name does not claim so."""
    try:
        value = json.loads(content)
    except (ValueError, RecursionError) as error:
        if suffix in _JSON_SUFFIXES:
            what = f"is no whole JSON: {text.clean(error, limit=200) or 'nested too deep'}"
            raise _fault(name, what, "export it again; a file cut short cannot be read") from error
        return None
    found = _of_object(value) if isinstance(value, dict) else _of_list(value)
    if not found:
        raise _fault(name, "is JSON, but of no form that is known: GeoJSON, Open311, KoboToolbox, ODK, patrol", _HOW)
    return found


def _of_object(value: dict[str, Any]) -> tuple[str, str] | None:
    if str(value.get("schema", "")).startswith("patrol-report/"):
        return "patrol", "schema patrol-report"
    if value.get("type") == "FeatureCollection" or value.get("type") == "Feature":
        features = value.get("features")
        first = features[0] if isinstance(features, list) and features else value
        properties = first.get("properties") if isinstance(first, dict) else None
        keys = {heading_key(key) for key in properties} if isinstance(properties, dict) else set()
        if {"acqdate", "acqtime"} <= keys:
            return "firms", "GeoJSON whose features have acq_date and acq_time"
        return "geojson", "GeoJSON features"
    if "@odata.context" in value or (isinstance(value.get("value"), list) and _has(value["value"], "__id", "__system")):
        return "odk", "an OData feed"
    for key in ("results", "service_requests", "requests", "request"):
        inner = value.get(key)
        if isinstance(inner, (list, dict)):
            found = _of_list(inner if isinstance(inner, list) else [inner])
            if found:
                return found
    if key_of_kobo(value):
        return "kobo", "the answer of KoboToolbox"
    return _of_list([value])


def key_of_kobo(value: Mapping[str, Any]) -> bool:
    """Return whether an object is an answer of KoboToolbox without submissions."""
    return isinstance(value.get("results"), list) and not value["results"] and "count" in value


def _of_list(value: Any) -> tuple[str, str] | None:
    if not isinstance(value, list):
        return None
    if _has(value, "service_request_id", "service_requests", "service_code", "token"):
        return "open311", "Open311 service requests"
    if _has(value, "_uuid", "_xform_id_string", "_submission_time"):
        return "kobo", "submissions of KoboToolbox"
    return None


def _has(value: list[Any], *names: str) -> bool:
    return any(isinstance(one, dict) and any(name in one for name in names) for one in value[:100])


def _of_workbook(raw: bytes, name: str, columns: Mapping[str, str]) -> tuple[str, str]:
    """Return what a zip file is: a workbook, by the headings of its sheets."""
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as box:
            parts = set(box.namelist())
    except Exception as error:  # zipfile raises all kinds on a damaged package
        what = f"is a damaged workbook or archive: {text.clean(error, limit=200)}"
        raise _fault(name, what, "open it in a spreadsheet program and save it as .xlsx") from error
    if not any(part.startswith("xl/") for part in parts):
        said = ", ".join(text.clean(part, limit=40) for part in sorted(parts)[:5])
        raise _fault(name, f"is an archive, not a workbook: {said}", "unpack it and import what is inside")
    check_package(raw, name)
    found = _of_headings(first_lines(raw), columns)
    return (found[0] or "xlsx", found[1]) if found else ("xlsx", "a workbook")


def first_lines(raw: bytes) -> list[list[str]]:
    """Return the first lines of every sheet of a workbook as texts, nothing of one that cannot be read."""
    import openpyxl

    lines: list[list[str]] = []
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # styles and validations that openpyxl does not keep
            book = openpyxl.load_workbook(io.BytesIO(raw), read_only=True, data_only=True)
            for sheet in book.worksheets:
                sheet.reset_dimensions()
                rows = sheet.iter_rows(max_row=HEADING_SEARCH, values_only=True)
                lines += [[written(cell) for cell in row] for row in rows]
            book.close()
    except Exception:  # the parser names what is wrong with it
        return []
    return lines


def _fault(label: str, what: str, mend: str) -> IntakeError:
    return IntakeError(Finding("error", "intake.format", label, what, mend))

"""KoboToolbox exports: CSV and XLSX with XML names or labels, and the JSON of its API (version 2).

A geopoint ``place`` comes as one cell ``lat lon altitude precision`` and as ``_place_latitude`` and so
on, behind the group where groups are kept in the headings. ``_submission_time`` is UTC though it does
not say so; ``start`` carries its offset.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from patrol.hazards.formats.forms import Record, System, read_submissions
from patrol.hazards.formats.records import Tray, flat, is_json, read_json, read_table, refuse
from patrol.hazards.formats.repeats import entries, tell_entries
from patrol.hazards.headings import known_headings
from patrol.hazards.model import Intake, IntakeContext

KOBO = System(
    name="kobo",
    mark="/",
    own=re.compile(
        r"_.*|start|end|today|username|deviceid|simserial|subscriberid|phonenumber|email|audit|formhub/.*|meta/.*|.*_URL"
    ),
    part=re.compile(r"(?P<group>.*/)?_(?P<name>.+)_(?P<part>latitude|longitude|altitude|precision)"),
    ids=("_uuid", "meta/instanceID", "_id"),
    started=("start",),
    sent=("_submission_time",),
    identity=("username", "_submitted_by", "phonenumber", "email", "deviceid", "simserial", "subscriberid"),
)
_HEADINGS = frozenset({"start", "end", "uuid", "submissiontime", "validationstatus", "index"})
_NOT_APPROVED = frozenset({"validation_status_not_approved", "not approved"})


def read_kobo(raw: bytes, label: str, context: IntakeContext) -> Intake:
    """Read submissions exported from KoboToolbox.

    Parameters
    ----------
    raw, label, context
        CSV, XLSX or JSON; its name; the project. Questions are mapped by ``context.columns``, then by
        the words for them.

    Returns
    -------
    Intake
        One report a submission, or one for each type ticked in it; places in WGS84.

    Raises
    ------
    IntakeError
        If it is no export of KoboToolbox.
    """
    tray = Tray(KOBO.name, raw, label, context)
    records = _from_json(tray) if is_json(raw) else _from_table(tray)
    good = []
    for row, cells in records:
        verdict = cells.get("_validation_status", "") or cells.get("_validation_status/uid", "")
        if verdict.strip().lower() in _NOT_APPROVED:
            tray.reject(
                row, cells, "not_approved", "was not approved in KoboToolbox", "approve it there and export again"
            )
        else:
            good.append((row, cells))
    read_submissions(tray, KOBO, good)
    return tray.intake()


def _from_table(tray: Tray) -> list[Record]:
    cells = read_table(tray.raw, tray.label, known_headings(tray.context.columns) | _HEADINGS)
    tray.findings += cells.findings
    tray.elsewhere = cells.elsewhere
    if not any(name in cells.table for name in ("_uuid", "_id", "_submission_time")):
        what, mend = "has neither _uuid nor _id nor _submission_time", "export it from KoboToolbox with its own columns"
        raise refuse(KOBO.name, "shape", tray.label, what, mend)
    out = []
    for row, fault, one in zip(cells.rows, cells.faults, cells.table.to_dict("records"), strict=True):
        record = {str(name): str(cell) for name, cell in one.items()}
        if fault:
            tray.reject(int(row), record, "row", str(fault), "mend the row")
        else:
            out.append((int(row), record))
    return out


def _from_json(tray: Tray) -> list[Record]:
    value: Any = read_json(tray.raw, tray.label, KOBO.name)
    results = value.get("results") if isinstance(value, dict) else value
    if not isinstance(results, list):
        what, mend = 'is no answer of the API: it has no list "results"', "save the answer of .../data.json"
        raise refuse(KOBO.name, "shape", tray.label, what, mend)
    if isinstance(value, dict) and value.get("next"):
        tray.tell("suspicion", "pages", "is one page of several; the others are not here", "save the other pages too")
    out = []
    read = 0
    for row, one in enumerate(results, start=1):
        if not isinstance(one, Mapping):
            tray.reject(row, {"value": str(one)[:200]}, "shape", "is no submission", "export it again")
            continue
        more = entries(flat(one), KOBO, "_uuid")
        read += len(more) - 1
        out += [(row, each) for each in more]
    tell_entries(tray, read)
    if out and not any("_uuid" in cells or "_id" in cells for _, cells in out):
        what = "no submission has _uuid or _id"
        raise refuse(KOBO.name, "shape", tray.label, what, "this is no answer of the API of KoboToolbox")
    return out

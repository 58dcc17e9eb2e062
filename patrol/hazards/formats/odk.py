"""ODK exports: the CSV of submissions of Central, Aggregate and Briefcase, and the JSON of Central's OData feed.

Groups and parts of geopoints are joined by dashes (``site-type``, ``site-place-Latitude``), by Aggregate and Briefcase
by colons. OData nests them, gives geopoints as GeoJSON (longitude first, accuracy among the properties), and only names
the tables of repeated groups, unless they are expanded: then each entry is read as a report of its own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from patrol import text
from patrol.hazards.formats.forms import Record, System, read_submissions
from patrol.hazards.formats.records import Tray, as_text, flat, is_json, read_json, read_table, refuse
from patrol.hazards.formats.repeats import entries, tell_entries
from patrol.hazards.headings import known_headings
from patrol.hazards.model import Intake, IntakeContext

ODK = System(
    name="odk",
    mark="-",
    own=re.compile(
        r"SubmissionDate|KEY|PARENT_KEY|Submitter(ID|Name)|Attachments(Present|Expected)|Status|ReviewState|DeviceID"
        r"|Edits|FormVersion|meta-.*|__.*|.*@odata\..*|start|end|today|deviceid|username|phonenumber|email|simserial"
        r"|subscriberid|instanceID|instanceName|audit|isValidated"
    ),
    part=re.compile(r"(?P<group>)(?P<name>.+)-(?P<part>Latitude|Longitude|Altitude|Accuracy)"),
    ids=("KEY", "__id", "meta-instanceID", "instanceID"),
    started=("start",),
    sent=("SubmissionDate", "__system-submissionDate"),
    identity=(
        "SubmitterName", "__system-submitterName", "username", "phonenumber", "email", "DeviceID", "__system-deviceId",
        "deviceid", "simserial", "subscriberid",
    ),
)  # fmt: skip
_HEADINGS = frozenset({"submissiondate", "key", "submitterid", "submittername", "reviewstate", "metainstanceid"})
_WKT_POINT = re.compile(r"POINT ?(?:Z ?)?\(\s*(-?[\d.]+)\s+(-?[\d.]+)(?:\s+-?[\d.]+)?\s*\)", re.ASCII)


def read_odk(raw: bytes, label: str, context: IntakeContext) -> Intake:
    """Read submissions exported from ODK Central.

    Parameters
    ----------
    raw, label, context
        CSV or OData JSON; its name; the project. Questions are mapped by ``context.columns``, then by the
        words for them.

    Returns
    -------
    Intake
        One report a submission, or one for each type ticked in it; places in WGS84.

    Raises
    ------
    IntakeError
        If it is no export of ODK Central.
    """
    tray = Tray(ODK.name, raw, label, context)
    records = _from_json(tray) if is_json(raw) else _from_table(tray)
    good = []
    doubtful = 0
    for row, cells in records:
        state = (cells.get("ReviewState", "") or cells.get("__system-reviewState", "")).strip().lower()
        status = (cells.get("Status", "") or cells.get("__system-status", "")).strip().lower()
        if state == "rejected":
            tray.reject(row, cells, "rejected", "was rejected in review", "approve it in ODK Central and export again")
        elif "decrypted" in status or "encrypted" in status:
            tray.reject(row, cells, "encrypted", "is still encrypted", "export with the passphrase")
        else:
            doubtful += state == "hasissues"
            good.append((row, cells))
    if doubtful:
        tray.tell("suspicion", "issues", f"{doubtful} submissions have issues by their review, and are taken")
    read_submissions(tray, ODK, good)
    return tray.intake()


def _from_table(tray: Tray) -> list[Record]:
    cells = read_table(tray.raw, tray.label, known_headings(tray.context.columns) | _HEADINGS)
    tray.findings += cells.findings
    tray.elsewhere = cells.elsewhere
    names = [str(name).replace(":", ODK.mark) for name in cells.table.columns]
    if len(set(names)) == len(names):
        cells = replace(cells, table=cells.table.set_axis(names, axis=1))
    if not any(name in cells.table for name in ("KEY", "SubmissionDate", "meta-instanceID")):
        what, mend = "has neither KEY nor SubmissionDate nor meta-instanceID", "export it from ODK Central"
        raise refuse(ODK.name, "shape", tray.label, what, mend)
    if "PARENT_KEY" in cells.table:
        what, mend = "is the table of a repeated group", "export the main table of the form"
        raise refuse(ODK.name, "repeat", tray.label, what, mend)
    out = []
    for row, fault, one in zip(cells.rows, cells.faults, cells.table.to_dict("records"), strict=True):
        record = {str(name): str(cell) for name, cell in one.items()}
        if fault:
            tray.reject(int(row), record, "row", str(fault), "mend the row")
        else:
            out.append((int(row), record))
    return out


def _from_json(tray: Tray) -> list[Record]:
    value: Any = read_json(tray.raw, tray.label, ODK.name)
    results = value.get("value") if isinstance(value, dict) else None
    if not isinstance(results, list):
        what, mend = 'is no OData: it has no list "value"', "save the answer of ...svc/Submissions"
        raise refuse(ODK.name, "shape", tray.label, what, mend)
    if value.get("@odata.nextLink"):
        tray.tell("suspicion", "pages", "is one page of several; the others are not here", "save the other pages too")
    out: list[Record] = []
    repeats: set[str] = set()
    read = 0
    for row, one in enumerate(results, start=1):
        if not isinstance(one, Mapping):
            tray.reject(row, {"value": as_text(one)[:200]}, "shape", "is no submission", "export it again")
            continue
        cells = flat(_with_points(one), ODK.mark)
        repeats |= {name.split("@")[0] for name in cells if name.endswith("@odata.navigationLink")}
        more = entries(cells, ODK, "__id")
        read += len(more) - 1
        out += [(row, each) for each in more]
    for name in sorted(repeats):
        what = f"the repeated group {text.clean(name, limit=60)!r} is not in this file"
        tray.tell("suspicion", "repeat", what, "save the feed with ?$expand=*")
    tell_entries(tray, read)
    if out and not any("__id" in cells for _, cells in out):
        raise refuse(ODK.name, "shape", tray.label, "no submission has __id", "this is no OData of ODK Central")
    return out


def _with_points(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return a record with its GeoJSON or WKT points in the parts the CSV has; other geometry stays as it is."""
    out: dict[str, Any] = {}
    todo: list[tuple[dict[str, Any], Mapping[str, Any]]] = [(out, record)]
    while todo:
        made, given = todo.pop()
        for name, value in given.items():
            point = _point(value)
            if point:
                made |= {f"{name}-{part}": number for part, number in point.items()}
            elif isinstance(value, Mapping) and "coordinates" not in value:
                inner: dict[str, Any] = {}
                made[name] = inner
                todo.append((inner, value))
            else:
                made[name] = as_text(value) if isinstance(value, Mapping) else value
    return out


def _point(value: Any) -> dict[str, Any]:
    if isinstance(value, str) and value.startswith("POINT"):
        found = _WKT_POINT.fullmatch(value)
        return {"Longitude": found[1], "Latitude": found[2]} if found else {}
    if not isinstance(value, Mapping) or value.get("type") != "Point":
        return {}
    place, properties = value.get("coordinates"), value.get("properties")
    if not isinstance(place, list) or len(place) < 2:
        return {}
    accuracy = properties.get("accuracy") if isinstance(properties, Mapping) else None
    return {"Longitude": place[0], "Latitude": place[1], "Accuracy": accuracy}

"""The report a crew brings back, ``patrol-report/1``: its hazards and requests are taken in here.

Outcomes of tasks, photos and the track are checked and counted, and stay in the file for the
report-back. An item is known by the UUID it got where it was written down, whatever revision of the
report it comes in, so the same item is never taken in twice: what a higher revision says differently corrects it
(:mod:`patrol.hazards.revise`).
"""

from __future__ import annotations

import json
from dataclasses import replace
from importlib.resources import files
from typing import Any

import numpy as np
import pandas as pd

from patrol import text
from patrol.errors import Finding, IntakeError
from patrol.hazards.formats.cells import Cells
from patrol.hazards.formats.records import as_text, read_json
from patrol.hazards.formats.table import understood
from patrol.hazards.model import Intake, IntakeContext, ReportBack
from patrol.hazards.unread import lines_of
from patrol.plan import sha256

SCHEMA = "patrol-report/1"
SOURCE = "patrol"
ITEMS = {"results": "result", "hazards": "hazard", "requests": "request", "photos": "photo", "track": "fix"}
TAKEN = ("hazards", "requests")
MAX_FAULTS = 3  # of one item; the rest follows from mending these
_COLUMNS = {
    "id": "external_id", "type": "type_ref", "feeder": "feeder_ref", "pole": "pole_ref", "equipment": "equipment_ref",
    "accuracy_m": "uncertainty_m", "state": "given_state", "kind": "request_kind", "contact_name": "person_name",
    "contact_phone": "person_contact",
}  # fmt: skip
_AS_NAMED = ("captured_at", "description", "lon", "lat", "along_m", "photos", "due", "minutes", "liaison")


def report_schema() -> dict[str, Any]:
    """Return the JSON Schema of the report-back file."""
    loaded: dict[str, Any] = json.loads((files("patrol") / "data" / "patrol-report-1.schema.json").read_text("utf-8"))
    return loaded


def read_patrol_report(raw: bytes, label: str, context: IntakeContext) -> Intake:
    """Read a report-back file, see :func:`patrol_report_and_originals`."""
    return patrol_report_and_originals(raw, label, context)[0]


def patrol_report_and_originals(raw: bytes, label: str, context: IntakeContext) -> tuple[Intake, pd.DataFrame]:
    """Read the hazards and requests of a report-back file.

    Returns
    -------
    tuple of (Intake, DataFrame)
        Rows are counted through hazards, then requests. What was made of the file, and each good item
        as texts under the headings of a table.

    Raises
    ------
    IntakeError
        If it is no JSON, or its head (schema, plan, crew, party, revision) is not as the schema says.
    """
    document = read_json(raw, label, "patrol")
    check_head(document, label)
    items: list[tuple[str, Any]] = [(kind, item) for kind in TAKEN for item in document.get(kind, [])]
    faults = _item_faults(items)
    records = [_record(kind, item, document["party"]) for kind, item in items]
    names = list(dict.fromkeys(name for record in records for name in record))
    columns = {name: np.array([record.get(name, "") for record in records], dtype=object) for name in names}
    reasons = np.empty(len(items), dtype=object)
    reasons[:] = faults
    table = pd.DataFrame(columns, dtype=object, index=pd.RangeIndex(len(items)))
    cells = Cells(table, np.arange(1, len(items) + 1, dtype=np.int64), reasons)
    chosen = {name: name for name in names}
    intake, originals = understood(
        cells, chosen, label, context, form="patrol", notes=_aside(document, label), sha=sha256(raw)
    )
    listed = [item["id"].lower() for _, item in items if isinstance(item, dict) and isinstance(item.get("id"), str)]
    plan, crew = document["plan_sha256"], text.clean(document["crew_id"], limit=200)
    back = ReportBack(plan, crew, document["revision"], tuple(sorted(set(listed))), document.get("date", ""))
    return replace(intake, back=back, elsewhere=_notes(document)), originals


def _notes(document: dict[str, Any]) -> pd.DataFrame | None:
    """Return what the outcomes of tasks say in words: an emergency counts there too."""
    results = [one for one in document.get("results", []) if isinstance(one, dict)]
    lines = [[as_text(one.get(name)) for name in ("from_pole", "reason", "note")] for one in results]
    told = [line for line in lines if line[1] or line[2]]
    return lines_of(told) if told else None


def check_head(document: Any, label: str) -> None:
    """Check everything of a report but its single items.

    Raises
    ------
    IntakeError
        Names every fault of the head at once.
    """
    bare = {**document, **{name: [] for name in ITEMS if isinstance(document.get(name), list)}} if isinstance(
        document, dict
    ) else document  # fmt: skip
    faults = sorted(_validator("").iter_errors(bare), key=lambda fault: [str(part) for part in fault.absolute_path])
    if faults:
        raise IntakeError(
            [
                Finding("error", "intake.patrol_schema", label, text.clean(fault.message, limit=300),
                        f"the file must be of {SCHEMA}, as the field page saves it",
                        field=text.clean("/".join(str(part) for part in fault.absolute_path), limit=200))
                for fault in faults
            ]
        )  # fmt: skip


def _validator(part: str) -> Any:
    import jsonschema

    schema = report_schema()
    if part:
        schema = {"$schema": schema["$schema"], "$ref": f"#/$defs/{part}", "$defs": schema["$defs"]}
    return jsonschema.Draft202012Validator(schema)


def _item_faults(items: list[tuple[str, Any]]) -> list[str]:
    """Return what is wrong with each item, "" if nothing; a UUID may be there once."""
    checks = {kind: _validator(ITEMS[kind]) for kind in TAKEN}
    seen: set[str] = set()
    faults = []
    for kind, item in items:
        wrong = [_said(fault) for _, fault in zip(range(MAX_FAULTS), checks[kind].iter_errors(item), strict=False)]
        if not wrong:
            uuid = item["id"].lower()
            wrong = ["its id is that of another item of this file"] if uuid in seen else []
            seen.add(uuid)
        faults.append("; ".join(wrong))
    return faults


def _said(fault: Any) -> str:
    place = "/".join(str(part) for part in fault.absolute_path)
    return text.clean(f"{place}: {fault.message}" if place else fault.message, limit=200)


def _record(kind: str, item: Any, party: str) -> dict[str, str]:
    """Return an item as texts under the headings of a table."""
    record = {"source": SOURCE, "record": ITEMS[kind] if kind == "requests" else "hazard", "party": party}
    if not isinstance(item, dict):
        return record | {"description": as_text(item)}
    for name, value in item.items():
        column = _COLUMNS.get(name, name if name in _AS_NAMED else "")
        if column:
            several = name == "photos" and isinstance(value, list)
            record[column] = "|".join(as_text(one) for one in value) if several else as_text(value)
    if "external_id" in record:
        record["external_id"] = record["external_id"].lower()
    if "lon" in record or "lat" in record:
        record["crs"] = "EPSG:4326"
    return record


def _aside(document: dict[str, Any], label: str) -> list[Finding]:
    """Return notes about the parts of the report that are not taken in here, and faults in them."""
    found = []
    for kind, part in ITEMS.items():
        items = document.get(kind, [])
        if kind in TAKEN or not items:
            continue
        check = _validator(part)
        bad = [i for i, item in enumerate(items, start=1) if not check.is_valid(item)]
        what = f"{len(items)} entries under {kind!r} stay in the file for the report-back; nothing of them is lost"
        found.append(Finding("note", "intake.patrol_aside", label, what))
        if bad:
            shown = ", ".join(str(i) for i in bad[:8]) + (", ..." if len(bad) > 8 else "")
            what = f"{len(bad)} entries under {kind!r} are not as {SCHEMA} says: {shown}"
            found.append(Finding("suspicion", "intake.patrol_entries", label, what, "save the report again"))
    return found

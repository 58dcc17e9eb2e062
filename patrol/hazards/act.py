"""Actions asked for: who and what is meant, whether it may be done now, and the event it becomes."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from patrol import text as safe
from patrol.config import HazardSettings
from patrol.errors import Finding, RegisterError
from patrol.hazards.apply import apply, load_case
from patrol.hazards.chain import append
from patrol.hazards.ids import ids
from patrol.hazards.lifecycle import BEFORE, OFFICES, Case, Kind, allowed, look_at, refusals
from patrol.hazards.lookup import find, find_case, find_report, find_request
from patrol.hazards.model import OPEN_STATES, REPORTERS, Event, canonical
from patrol.hazards.request_rules import request_faults
from patrol.hazards.stamps import is_stamp, short

_SHA256 = re.compile(r"[0-9a-f]{64}")
_UPON_REQUESTS = ("request_done", "request_cancelled", "request_reopened")


@dataclass(frozen=True, slots=True)
class Office:
    """What judging an action needs beside the register: the rules by type, the types, deadlines, the file's name."""

    kinds: dict[str, Kind]
    types: pd.DataFrame
    settings: HazardSettings
    source: str


def act(connection: sqlite3.Connection, events: Sequence[Event], recorded_at: str, office: Office) -> None:
    """Judge and record actions one after the other; the caller holds the write lock and rolls back on an error.

    Raises
    ------
    RegisterError
        With a finding for every reason against every action.
    """
    found: list[Finding] = []
    for number, asked in enumerate(events, 1):
        try:
            event = _judge(connection, asked, recorded_at, office)
        except RegisterError as error:
            found += [replace(one, row=number if len(events) > 1 else None) for one in error.findings]
            continue
        apply(connection, append(connection, [event], recorded_at))
    if found:
        raise RegisterError(found)


def look_up(connection: sqlite3.Connection, hazard: str, kinds: dict[str, Kind]) -> tuple[Case, Kind]:
    """Return the case of a hazard that is shown, in the state that is shown, and the rules that hold for it."""
    case = load_case(connection, hazard)
    row = connection.execute(
        "SELECT type, may_be, hazard_class, asset_owner, state, notice_served FROM hazards WHERE hazard_id = ?",
        (hazard,),
    ).fetchone()
    assert case is not None, hazard
    assert row is not None, hazard
    code, may_be, grade, owner, state, served = row
    kind = replace(
        kinds.get(code, Kind()), hazard_class=grade, asset_owner=owner, look=look_at(code, may_be, grade, kinds)
    )
    # What all who reported it have withdrawn is shown as refuted, and may still be verified.
    return replace(case, state=state if case.state == "rectified" else case.state, notice_served=bool(served)), kind


def _judge(connection: sqlite3.Connection, asked: Event, recorded_at: str, office: Office) -> Event:
    """Return the event to be recorded, or raise with every reason against it."""
    body, faults = _body(asked.body)
    actor = safe.clean(asked.actor, limit=200)
    faults += [] if actor else ["the actor has no name"]
    faults += [] if asked.party in REPORTERS else [f"party {asked.party!r} is not known"]
    if not is_stamp(asked.at):
        faults.append(f"{asked.at!r} is no time like 2024-08-16T01:02:03.000000Z")
    elif asked.at > recorded_at:
        faults.append(f"{asked.at} is in the future")
    _refuse(faults, asked, office)
    event = replace(asked, actor=actor, body=canonical(body))
    if event.action in BEFORE:
        return _upon_hazard(connection, event, body, office)
    judges = {"merge": _merge, "unmerge": _unmerge, "split": _split, "photo": _photo}
    if event.action in judges:
        return judges[event.action](connection, event, body, office)
    if event.action in {"request_done", "request_cancelled", "request_reopened"} or (
        event.action == "correct" and _of_request(event)
    ):
        return _request(connection, event, body, office)
    _refuse([f"{event.action!r} is no action that can be asked for"], event, office)
    raise AssertionError("refused above")


def _refuse(faults: list[str], event: Event, office: Office, mend: str = "") -> None:
    if faults:
        where = f"{event.action} {safe.clean(event.subject, limit=40)}"
        raise RegisterError(
            [Finding("error", "register.refused", office.source, f"{where}: {one}", mend) for one in faults]
        )


def _body(text: str) -> tuple[dict[str, Any], list[str]]:
    try:
        body = json.loads(text)
        if isinstance(body, dict):
            cleaned = _cleaned(body)
            canonical(cleaned).encode("utf-8")
            return cleaned, []
    except (ValueError, RecursionError):
        pass
    return {}, ["its body is no JSON object"]


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return safe.clean(value, multiline=True)
    if isinstance(value, dict):
        return {safe.clean(key, limit=80): _cleaned(inner) for key, inner in value.items()}
    return [_cleaned(inner) for inner in value] if isinstance(value, list) else value


def _order(connection: sqlite3.Connection, case: Case, at: str) -> list[str]:
    """Return the fault of an action that would lie before the report or the last action."""
    if at < case.last_at:
        return [f"{at} lies before the last action, at {case.last_at}"]
    row = connection.execute("SELECT reported FROM hazards WHERE hazard_id = ?", (case.root,)).fetchone()
    return [f"{at} lies before it was reported, at {row[0]}"] if row and short(at) < row[0] else []


def _upon_hazard(connection: sqlite3.Connection, event: Event, body: dict[str, Any], office: Office) -> Event:
    hazard = find(connection, event.subject, office.source)
    case, kind = look_up(connection, hazard, office.kinds)
    faults = refusals(case, kind, event.action, event.actor, event.party, body)
    if event.action == "adopt" and event.party not in OFFICES:
        faults.append(f"only {' or '.join(OFFICES)} may take over the state of a list")
    if event.action == "set":
        code = body.get("type")
        if isinstance(code, str) and code not in office.types.index:
            faults.append(f"hazard type {code!r} is not known")
        else:
            body = _resolved(body, office)
    faults += _order(connection, case, event.at)
    now = [f"{action} ({', '.join(parties)})" for action, parties in allowed(case, kind).items()]
    _refuse(faults, event, office, f"it is {case.state}; allowed now: {', '.join(now)}")
    return replace(event, subject=hazard, body=canonical(body))


def _resolved(body: dict[str, Any], office: Office) -> dict[str, Any]:
    """Return what is set with class and deadline written out: a later change of types or settings rewrites no past."""
    out = dict(body)
    if "type" in body and "hazard_class" not in body:
        code = body["type"]
        out["hazard_class"] = str(office.types.loc[code, "default_class"]) if isinstance(code, str) else None
    if "hazard_class" in out and "deadline_h" not in body:
        out["deadline_h"] = office.settings.deadline_hours.get(str(out["hazard_class"]))
    return out


def _office_only(event: Event) -> list[str]:
    return [] if event.party in OFFICES else [f"{event.party} may not {event.action}, only {' or '.join(OFFICES)}"]


def _merge(connection: sqlite3.Connection, event: Event, body: dict[str, Any], office: Office) -> Event:
    into = find(connection, str(body.get("into") or event.subject), office.source)
    absorbed = find_case(connection, str(body.get("from", "")), office.source)
    one, other = load_case(connection, into), load_case(connection, absorbed)
    assert one is not None, into
    assert other is not None, absorbed
    faults = _office_only(event)
    if other.merged_into:
        faults.append(f"{absorbed} is merged into {other.merged_into} already: unmerge it first")
    elif into == absorbed:
        faults.append("a hazard cannot be merged into itself, or into what was merged into it")
    elif other.state in OPEN_STATES and one.state not in OPEN_STATES:
        faults.append(f"{absorbed} is open and {into} is {one.state}: merge the other way round")
    elif {one.state, other.state} <= set(OPEN_STATES) and _further(other.state, one.state):
        faults.append(f"{absorbed} is {other.state} and {into} is {one.state}: merge the other way round")
    faults += _order(connection, one, event.at) + _order(connection, other, event.at)
    _refuse(faults, event, office)
    return replace(event, subject=into, body=canonical({**body, "into": into, "from": absorbed}))


def _further(state: str, than: str) -> bool:
    """Return whether the work is further in one open state than in another: what is shown is the one that stays."""
    return OPEN_STATES.index(state) > OPEN_STATES.index(than)


def _unmerge(connection: sqlite3.Connection, event: Event, body: dict[str, Any], office: Office) -> Event:
    absorbed = find_case(connection, event.subject, office.source)
    case = load_case(connection, absorbed)
    assert case is not None
    root = load_case(connection, case.root)
    assert root is not None
    faults = _office_only(event)
    if not case.merged_into:
        faults.append(f"{absorbed} is not merged into anything")
    elif not 0 < _reports_below(connection, absorbed) < _reports_of(connection, case.root):
        faults.append(f"what was reported of {absorbed} or of {case.root} has been parted since: nothing would be left")
    faults += _order(connection, case, event.at) + _order(connection, root, event.at)
    _refuse(faults, event, office)
    return replace(event, subject=absorbed, body=canonical({**body, "from": case.root}))


def _reports_of(connection: sqlite3.Connection, root: str) -> int:
    """Return how many reports a hazard has, with all that was merged into it."""
    sql = "SELECT count(*) FROM cases c JOIN reports r ON r.hazard_id = c.case_id WHERE c.root = ?"
    return int(connection.execute(sql, (root,)).fetchone()[0])


def _reports_below(connection: sqlite3.Connection, absorbed: str) -> int:
    """Return how many reports a merged hazard would get back."""
    sql = (
        "WITH RECURSIVE below (case_id) AS (SELECT ? UNION SELECT c.case_id FROM cases c JOIN below b "
        "ON c.merged_into = b.case_id AND c.merged_into <> '') "
        "SELECT count(*) FROM reports WHERE hazard_id IN (SELECT case_id FROM below)"
    )
    return int(connection.execute(sql, (absorbed,)).fetchone()[0])


def _split(connection: sqlite3.Connection, event: Event, body: dict[str, Any], office: Office) -> Event:
    hazard = find(connection, event.subject, office.source)
    case = load_case(connection, hazard)
    assert case is not None
    asked = body.get("reports")
    if not (isinstance(asked, list) and asked and all(isinstance(name, str) for name in asked)):
        _refuse(["split names the 'reports' to take out"], event, office)
        raise AssertionError("refused above")
    reports = sorted({find_report(connection, name, office.source) for name in asked})
    rows = [
        connection.execute(
            "SELECT r.seen, r.key, r.hazard_id, c.root FROM reports r JOIN cases c ON c.case_id = r.hazard_id "
            "WHERE r.report_id = ?",
            (name,),
        ).fetchone()
        for name in reports
    ]
    faults = _office_only(event) + _order(connection, case, event.at)
    faults += [f"{name} is not of {hazard}" for name, row in zip(reports, rows, strict=True) if row[3] != hazard]
    faults += [
        f"{name} was seen after {event.at}" for name, row in zip(reports, rows, strict=True) if row[0] > short(event.at)
    ]
    for own in sorted({row[2] for row in rows}):
        left = connection.execute("SELECT count(*) FROM reports WHERE hazard_id = ?", (own,)).fetchone()[0]
        if left <= sum(row[2] == own for row in rows):
            faults.append(f"no report would be left of {own}")
    if _reports_of(connection, hazard) <= len(rows):
        faults.append(f"no report would be left of {hazard}")
    _refuse(faults, event, office)
    new = free_id(connection, reports)
    return replace(event, subject=hazard, body=canonical({**body, "reports": reports, "into": new}))


def free_id(connection: sqlite3.Connection, reports: Sequence[str]) -> str:
    """Return the id of a new hazard of reports: of the first of them that has not founded one, or numbered."""
    rows = connection.execute(
        "SELECT r.seen, r.key FROM json_each(?) a JOIN reports r ON r.report_id = a.value ORDER BY 1, 2",
        (json.dumps(list(reports)),),
    ).fetchall()
    keys = [key for _, key in rows]
    numbered = [f"{keys[0]}/{number}" for number in range(2, 1000)]
    for name in ids("H", [*keys, *numbered]):
        if load_case(connection, name) is None:
            return name
    raise AssertionError("a report cannot have founded a thousand hazards")


def _photo(connection: sqlite3.Connection, event: Event, body: dict[str, Any], office: Office) -> Event:
    name = safe.clean(event.subject, limit=40).upper()
    look = find_report if name.startswith("R-") else find
    faults = []
    if not _SHA256.fullmatch(str(body.get("sha256"))) or not isinstance(body.get("name"), str):
        faults.append("a photo has its 'sha256' and its 'name' in the project folder")
    faults += [
        f"{key} is no number"
        for key in ("lon", "lat")
        if not isinstance(body.get(key), (int, float, type(None))) or isinstance(body.get(key), bool)
    ]
    if not isinstance(body.get("taken", ""), str):
        faults.append("'taken' is no text")
    _refuse(faults, event, office)
    return replace(event, subject=look(connection, name, office.source))


def _of_request(event: Event) -> bool:
    """Return whether an event is of a request: people correct those; what a report says, only its own file."""
    return safe.clean(event.subject, limit=40).upper().startswith("Q-")


def _request(connection: sqlite3.Connection, event: Event, body: dict[str, Any], office: Office) -> Event:
    name = find_request(connection, event.subject, office.source)
    state, seen = connection.execute("SELECT state, seen FROM requests WHERE request_id = ?", (name,)).fetchone()
    if event.action == "correct":
        faults = request_faults(event.party, state, body)
    elif event.action == "request_reopened":
        faults = _office_only(event) + (
            [] if state == "done" else [f"it is {state}, and only what is done is reopened"]
        )
    else:
        faults = _office_only(event) + ([] if state == "open" else [f"it is {state} already"])
    if short(event.at) < seen:
        faults.append(f"{event.at} lies before it was made, at {seen}")
    _refuse(faults, event, office)
    return replace(event, subject=name)

"""Report-backs in several revisions: the highest of a plan and crew says what holds, in whatever order they come in.

What a higher revision says differently of an item corrects its report (event ``correct``); what it leaves out is
withdrawn (``withdraw``), and a hazard of which nothing else is left is shown as refuted unless a person has acted
upon it. A corrected report is joined to hazards anew, and what only it had joined is parted; hazards upon which a
person has acted keep their reports. A revision that is not higher than one taken in before changes nothing.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from patrol import text as safe
from patrol.errors import Finding
from patrol.hazards.bodies import complete
from patrol.hazards.frames import put, renumbered
from patrol.hazards.ground import Ground
from patrol.hazards.lookup import MACHINE
from patrol.hazards.model import Event, Intake, ReportBack, canonical
from patrol.hazards.register import Register
from patrol.hazards.stamps import short, stamps
from patrol.hazards.tables import BODY_COLUMNS, REQUEST_BODY
from patrol.hazards.take import classed

_SAME = ("key", "hazard_id", "previous_id", "row", "source", "external_id", "record", "follows")
_MOVES = frozenset((
    "lon", "lat", "uncertainty_m", "located_by", "type", "hazard_class", "captured_at", "feeder_id", "withdrawn",
    "given_state", "given_closed",
))  # fmt: skip
ITEM = "x:patrol:"  # content key of an item, with its UUID


def superseded(register: Register, intake: Intake, *, higher: bool = False) -> tuple[bool, list[Finding]]:
    """Return whether a revision as high as this (or only a higher one) has been taken in, and what to tell of it."""
    back = intake.back
    if back is None:
        return False, []
    before = _revisions(register, back)
    newest = max((int(body["revision"]) for body, _ in before), default=0)
    if back.revision > newest or (higher and back.revision == newest):
        return False, []
    if any(sha256 == intake.sha256 for _, sha256 in before):
        return True, []
    what = f"revision {back.revision} of the report of {back.crew}: revision {newest} was taken in before, it holds"
    mend = "save it as a higher revision if it is the later one"
    return True, [Finding("suspicion", "hazards.superseded", intake.label, what, mend)]


def _revisions(register: Register, back: ReportBack) -> list[tuple[dict[str, Any], str]]:
    told = register.memory.imports("revision")
    return [
        (body, sha256)
        for body, sha256 in zip(told["body"], told["source_sha256"], strict=True)
        if (body["plan"], body["crew"], body.get("day", "")) == (back.plan, back.crew, back.day)
    ]


def of_revision(back: ReportBack) -> dict[str, Any]:
    """Return what the event of the import keeps of a report-back."""
    said = {"plan": back.plan, "crew": back.crew, "revision": back.revision, "items": list(back.items)}
    return said | ({"day": back.day} if back.day else {})


def revise(
    register: Register, known: pd.DataFrame, intake: Intake, ground: Ground, *, now: str
) -> tuple[pd.DataFrame, frozenset[str], list[Finding]]:
    """Bring what was taken in before to what a higher revision says.

    Parameters
    ----------
    known : DataFrame
        The placed rows of the revision whose keys the register knows.

    Returns
    -------
    corrected : DataFrame
        The rows of hazards that say something else now, with ``report_id``.
    moved : frozenset of str
        Reports whose hazards have to be put together anew.
    findings : list of Finding
    """
    assert intake.back is not None
    hazards = renumbered(known[known["record"] == "hazard"])
    rows, moved = _correct(register, hazards, ground, now)
    asked = _correct_requests(register, renumbered(known[known["record"] == "request"]), now)
    left = _withdraw(register, intake.back, now)
    roots = {name: register.find(name) for name in [*rows["report_id"], *left]}
    free = register.memory.untouched(sorted(set(roots.values())))
    members = register.memory.members(sorted({roots[name] for name in left}))
    beside = members.loc[members["withdrawn"].isna(), "report_id"]
    told = _told(rows, left, asked, roots, free, intake.label)
    return rows, frozenset([*rows.loc[moved, "report_id"], *beside]), told


def _correct(register: Register, rows: pd.DataFrame, ground: Ground, now: str) -> tuple[pd.DataFrame, np.ndarray]:
    """Record what reports say otherwise now; return them with ``report_id``, and which must be joined anew."""
    held = register.memory.held(rows["key"].tolist())
    if held.empty:
        return put(rows.iloc[:0], report_id=[]), np.zeros(0, dtype=bool)
    before = held.loc[rows["key"]]
    full = complete(rows)
    classes, hours = classed(full, ground.types, ground.settings.hazards)
    full = put(full, hazard_class=classes, deadline_h=hours)
    columns = {name: kind for name, kind in BODY_COLUMNS.items() if name not in _SAME}
    changes = _changes(full, before.reset_index(drop=True), columns)
    for change, withdrawn in zip(changes, before["withdrawn"], strict=True):
        if not pd.isna(withdrawn):
            change["withdrawn"] = None
    changed = np.array([bool(change) for change in changes], dtype=bool)
    names = before["report_id"].to_numpy(object)
    events = [
        Event("correct", name, now, MACHINE, party, canonical(change))
        for name, party, change in zip(names, rows["party"], changes, strict=True)
        if change
    ]
    register.note(events, recorded_at=now)
    moved = np.array([bool(_MOVES & set(change)) for change in changes], dtype=bool)
    return renumbered(put(rows, report_id=names)[changed]), moved[changed]


def _changes(new: pd.DataFrame, old: pd.DataFrame, columns: dict[str, str]) -> list[dict[str, Any]]:
    """Return for each row the columns that differ, with what they say now."""
    told: list[dict[str, Any]] = [{} for _ in range(len(new))]
    for name, kind in columns.items():
        pairs = zip(_plain(new[name], kind), _plain(old[name], kind), strict=True)
        for change, (now, then) in zip(told, pairs, strict=True):
            same = abs(now - then) <= 1e-7 if isinstance(now, float) and isinstance(then, float) else now == then
            if kind == "time":
                same = short(now or "") == short(then or "")
            if not same:
                change[name] = now
    return told


def _plain(column: pd.Series[Any], kind: str) -> list[Any]:
    if kind == "time":
        return [one or None for one in stamps(column)]
    if kind in {"float64", "int64"}:
        return [None if pd.isna(one) else float(one) for one in column]
    return [safe.clean(one, multiline=True) if isinstance(one, str) else "" for one in column]


def _correct_requests(register: Register, rows: pd.DataFrame, now: str) -> int:
    """Record what requests say otherwise now, but for what a person has set since; return how many."""
    held = register.memory.held(rows["key"].tolist(), "request")
    if held.empty:
        return 0
    before = held.loc[rows["key"]].reset_index(drop=True)
    columns = {name: kind for name, kind in REQUEST_BODY.items() if name not in _SAME}
    changes = _changes(complete(rows), before, columns)
    by_hand = register.memory.set_by_hand(before["request_id"].tolist())
    for name, change in zip(before["request_id"], changes, strict=True):
        for column in by_hand.get(name, set()):
            change.pop(column, None)
    events = [
        Event("correct", name, now, MACHINE, party, canonical(change))
        for name, party, change in zip(before["request_id"], rows["party"], changes, strict=True)
        if change
    ]
    register.note(events, recorded_at=now)
    return len(events)


def _withdraw(register: Register, back: ReportBack, now: str) -> list[str]:
    """Withdraw the reports, and cancel the open requests, that a revision lists no more; return the reports."""
    earlier = {uuid for body, _ in _revisions(register, back) for uuid in body["items"]}
    keys = [f"{ITEM}{uuid}" for uuid in sorted(earlier - set(back.items))]
    if not keys:
        return []
    reports, requests = register.memory.held(keys), register.memory.held(keys, "request")
    gone = reports.loc[reports["withdrawn"].isna(), "report_id"].tolist()
    over = requests.loc[requests["state"] == "open", "request_id"].tolist()
    body = canonical({"reason": "revision", "revision": back.revision})
    events = [Event("withdraw", name, now, MACHINE, "enterprise", body) for name in gone]
    events += [Event("request_cancelled", name, now, MACHINE, "enterprise", body) for name in over]
    register.note(events, recorded_at=now)
    return gone


def _told(
    rows: pd.DataFrame, left: list[str], asked: int, roots: dict[str, str], free: set[str], label: str
) -> list[Finding]:
    told = []
    if len(rows) or asked:
        what = f"{len(rows) + asked} items say something else than the revision before: corrected"
        told.append(Finding("note", "hazards.corrected", label, what, "patrol hazards history PROJECT ID"))
    if left:
        what = f"{len(left)} items are no longer listed: withdrawn"
        told.append(Finding("note", "hazards.withdrawn", label, what, "patrol hazards list PROJECT"))
    kept = sorted({roots[name] for name in [*rows["report_id"], *left]} - free)
    for hazard in kept:
        what = f"somebody has acted upon {hazard}: it stays as it is, though this revision says otherwise"
        told.append(
            Finding("suspicion", "hazards.acted_upon", label, what, "look, then refute it or set what is wrong")
        )
    return told

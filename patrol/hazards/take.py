"""Reports taken into the register: which are new, which hazards they found or join, and the events they become."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

import numpy as np
import pandas as pd

from patrol.config import HazardSettings
from patrol.errors import Finding, RegisterError
from patrol.hazards.actions import UNCLASSIFIED
from patrol.hazards.bodies import Batch, batches_of, complete
from patrol.hazards.ids import ids
from patrol.hazards.model import OPEN_STATES, RECORDS, REPORTERS, STATES, Event, Intake, canonical
from patrol.hazards.stamps import stamps
from patrol.hazards.states import stated

_PREFIX = {"hazard": "R", "request": "Q", "alert": "A"}
KEEPS_LISTS = ("enterprise", "government", "fire")
_ACTION = {"hazard": "report", "request": "request", "alert": "alert"}


@dataclass(frozen=True, slots=True)
class Taking:
    """Who takes reports in, when, and from which file if from any."""

    now: str
    actor: str
    party: str
    intake: Intake | None = None
    more: dict[str, Any] = field(default_factory=dict)  # what else the event of the import keeps


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of taking in reports: ids, in the order of the frame.

    Attributes
    ----------
    reports, requests, alerts : tuple of str
        Newly taken in.
    hazards_new, hazards_grown : tuple of str
        Founded, and already known hazards that were reported again.
    known : int
        Rows that had been taken in before, or were twice in the frame.
    """

    reports: tuple[str, ...] = ()
    requests: tuple[str, ...] = ()
    alerts: tuple[str, ...] = ()
    hazards_new: tuple[str, ...] = ()
    hazards_grown: tuple[str, ...] = ()
    known: int = 0


def neutral(intake: Intake) -> str:
    """Return what an event calls a file: its form and hash, for people put names and numbers into file names."""
    return f"{intake.form or 'file'}-{intake.sha256[:12]}"


def record_ids(frame: pd.DataFrame) -> pd.Series[Any]:
    """Return the id of each row of ``record`` and ``key``: R-, Q- or A-."""
    subject = np.full(len(frame), "", dtype=object)
    for record, prefix in _PREFIX.items():
        rows = np.flatnonzero(frame["record"] == record)
        subject[rows] = ids(prefix, frame["key"].iloc[rows])
    return pd.Series(subject, index=frame.index)


def ask(connection: sqlite3.Connection, values: list[str]) -> None:
    """Put values into the temporary table ``asked``, to be joined with."""
    connection.execute("CREATE TEMP TABLE IF NOT EXISTS asked (id TEXT PRIMARY KEY) WITHOUT ROWID")
    connection.execute("DELETE FROM asked")
    connection.executemany("INSERT INTO asked VALUES (?)", [(value,) for value in sorted(set(values))])


def _has_rows(connection: sqlite3.Connection, table: str) -> bool:
    return bool(connection.execute(f"SELECT EXISTS (SELECT 1 FROM {table})").fetchone()[0])


def is_blank(connection: sqlite3.Connection) -> bool:
    """Return whether nothing has been taken in yet."""
    return not any(_has_rows(connection, table) for table in ("reports", "requests", "alerts"))


def known_subjects(connection: sqlite3.Connection, subjects: list[str]) -> set[str]:
    """Return which of these reports, requests and alerts are in the register."""
    if is_blank(connection):
        return set()
    ask(connection, subjects)
    found = connection.execute(  # what is asked first: SQLite would rather go through all that is known
        "SELECT report_id FROM asked CROSS JOIN reports ON id = report_id UNION ALL "
        "SELECT request_id FROM asked CROSS JOIN requests ON id = request_id UNION ALL "
        "SELECT alert_id FROM asked CROSS JOIN alerts ON id = alert_id"
    )
    return {subject for (subject,) in found}


def new_rows(connection: sqlite3.Connection, reports: pd.DataFrame, types: pd.DataFrame, label: str) -> pd.DataFrame:
    """Return the rows that the register does not know, complete, with ``subject``.

    Raises
    ------
    RegisterError
        If a row has no key, or a word that means nothing here.
    """
    frame = complete(reports)
    frame["type"] = frame["type"].where(frame["type"] != "", UNCLASSIFIED)
    found: list[Finding] = []
    known = {"record": RECORDS, "party": REPORTERS, "type": tuple(types.index), "given_state": ("", *STATES)}
    for name, words in known.items():
        bad = frame[~frame[name].isin(words)]
        found += [
            Finding("error", "register.word", label, f"{value!r} is not known", "", int(row), name)
            for value, row in zip(bad[name], bad["row"], strict=True)
        ]
    found += [
        Finding("error", "register.key", label, "the report has no key", "", int(row), "key")
        for row in frame.loc[frame["key"] == "", "row"]
    ]
    if found:
        raise RegisterError(found)
    frame["subject"] = record_ids(frame)
    keep = ~frame["subject"].duplicated()
    keep &= ~frame["subject"].isin(known_subjects(connection, frame["subject"].tolist()))
    return frame if keep.all() else frame[keep].reset_index(drop=True)


def settle(
    connection: sqlite3.Connection, frame: pd.DataFrame, types: pd.DataFrame, settings: HazardSettings
) -> tuple[pd.DataFrame, set[str]]:
    """Return reports of hazards with their class, deadline and hazard, and the ids of hazards known before.

    A report put to no hazard founds its own. One put to a hazard that has been closed since it was
    matched, and captured after that, founds a new occurrence: the one closed is never reopened unseen.
    """
    hazard, previous = frame["hazard_id"].copy(), frame["previous_id"].copy()
    alone = hazard == ""
    hazard[alone] = ids("H", frame.loc[alone, "key"])
    states: list[tuple[str, str, str, str | None]] = []
    if _has_rows(connection, "cases"):
        ask(connection, hazard.tolist())
        states = connection.execute(
            "SELECT c.case_id, r.case_id, r.state, r.closed FROM asked CROSS JOIN cases c ON c.case_id = id "
            "CROSS JOIN cases r ON r.case_id = c.root"
        ).fetchall()
    shut: dict[Any, tuple[str, str | None]] = {
        case: (root, closed) for case, root, state, closed in states if state not in OPEN_STATES
    }
    again = hazard.isin(shut)
    if again.any():
        seen = frame.loc[again, ["at", "key"]].assign(put=hazard[again]).sort_values(["at", "key"], kind="stable")
        later = [at > (shut[case][1] or "") for case, at in zip(seen["put"], seen["at"], strict=True)]
        for case, rows in seen[later].groupby("put", sort=True):
            previous[rows.index] = shut[case][0]
            hazard[rows.index] = ids("H", [rows["key"].iloc[0]])[0]
    classes, hours = classed(frame, types, settings)
    frame = frame.copy(deep=False)  # columns are replaced, not written into: half a million rows are not copied
    for name, column in {
        "hazard_id": hazard, "previous_id": previous, "hazard_class": classes, "deadline_h": hours,
    }.items():  # fmt: skip
        frame[name] = column
    return frame, {case for case, *_ in states}


def classed(
    frame: pd.DataFrame, types: pd.DataFrame, settings: HazardSettings
) -> tuple[pd.Series[Any], pd.Series[float]]:
    """Return the class of each report, its own or that of its type, and the hours until it must be rectified."""
    classes = frame["type"].map(types["default_class"]).astype(object)
    classes = frame["hazard_class"].where(frame["hazard_class"] != "", classes).astype(object)
    return classes, classes.map(settings.deadline_hours).astype(float)


def adopted(frame: pd.DataFrame, fresh: set[str], taking: Taking, sha256: str) -> list[Event]:
    """Return the events that take over what an office's list says of hazards it founds.

    What is shut or rectified was so at the time the list gives; everything else is known from now on. It counts who
    takes the list in, not who made a report: offices keep lists of what villagers said, villagers do not.
    """
    if taking.party not in KEEPS_LISTS:
        return []
    said = frame[~frame["given_state"].isin(["", "reported"]) & frame["hazard_id"].isin(fresh)]
    if said.empty:
        return []
    since = [max(at, given or taking.now) for at, given in zip(said["at"], stamps(said["given_closed"]), strict=True)]
    events = []
    for hazard, own in said.assign(since=since).groupby("hazard_id", sort=False):
        state, at = stated(zip(own["given_state"], own["since"], strict=True))
        body = canonical({"state": state})
        events.append(Event("adopt", str(hazard), at or taking.now, taking.actor, taking.party, body, sha256))
    return events


def report_events(frame: pd.DataFrame, actor: str, sha256: str) -> Iterator[Batch]:
    """Yield the events of rows with ``subject`` and ``at``: reports first, then requests, then alerts."""
    for record, action in _ACTION.items():
        rows = frame[frame["record"] == record]
        yield from batches_of(action, rows, rows["subject"].tolist(), rows["at"].tolist(), actor, sha256)


def take_in(
    connection: sqlite3.Connection,
    frame: pd.DataFrame,
    asked: int,
    taking: Taking,
    types: pd.DataFrame,
    settings: HazardSettings,
) -> tuple[Iterator[Event | Batch], Taken]:
    """Return the events of new rows, to be appended at once, and what they amount to.

    Parameters
    ----------
    frame : DataFrame
        As :func:`new_rows` returns it.
    asked : int
        Rows there were before.
    """
    now, sha256 = taking.now, taking.intake.sha256 if taking.intake else ""
    frame = frame.copy(deep=False)
    frame["at"] = [seen or now for seen in stamps(frame["captured_at"])]
    lines = frame["record"] == "hazard"
    hazard, before = settle(connection, frame if lines.all() else frame[lines], types, settings)
    put = tuple(dict.fromkeys(hazard["hazard_id"]))
    fresh = {name for name in put if name not in before}
    rows = pd.concat([hazard, frame[~lines]]) if not lines.all() else hazard
    tail = adopted(hazard, fresh, taking, sha256)
    by = {record: tuple(frame.loc[frame["record"] == record, "subject"]) for record in ("request", "alert")}
    taken = Taken(
        tuple(hazard["subject"]),
        by["request"],
        by["alert"],
        tuple(name for name in put if name in fresh),
        tuple(name for name in put if name not in fresh),
        asked - len(frame),
    )
    if taking.intake:
        counts = {
            "label": neutral(taking.intake),
            "form": taking.intake.form,
            "taken": len(frame),
            "known": taken.known,
            "rejected": len(taking.intake.rejected),
            **taking.more,
        }
        tail.append(Event("import", "", now, taking.actor, taking.party, canonical(counts), sha256))
    return chain(report_events(rows, taking.actor, sha256), tail), taken

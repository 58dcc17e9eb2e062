"""From events to the derived tables: one way, for every write and for every rebuild.

Reports come in batches and never look at each other; actions change the row of their case. What a hazard
looks like is then read from its reports and its case (see ``refresh``), once for all that were touched.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import astuple
from itertools import chain, groupby
from typing import Any

from patrol.hazards.chain import Recorded, Row
from patrol.hazards.columns import Columns, columns_of, insert, is_report, rows_of
from patrol.hazards.founding import Founding
from patrol.hazards.lifecycle import BEFORE, Case, after
from patrol.hazards.refresh import refresh
from patrol.hazards.stamps import short
from patrol.hazards.tables import CASE_TABLE, PHOTO_TABLE, REPORT_TABLE, REQUEST_TABLE, quoted, without_indexes

BULK = 5_000  # rows; so many into an empty table are written before its indexes, in half the time
_LIFE = frozenset(BEFORE)
_DONE = {"request_done": "done", "request_cancelled": "cancelled", "request_reopened": "open"}
_BLANK_CASE = astuple(Case(case_id="", root=""))[2:]
_FOUNDED = (
    f"INSERT INTO cases (fid, {quoted(CASE_TABLE)}) SELECT min(fid), hazard_id, hazard_id{', ?' * len(_BLANK_CASE)} "
    "FROM reports WHERE fid BETWEEN ? AND ? AND NOT EXISTS (SELECT 1 FROM cases WHERE case_id = hazard_id) "
    "GROUP BY hazard_id ORDER BY 1"
)
_CASE_SQL = f"SELECT {quoted(CASE_TABLE)} FROM cases WHERE case_id = ?"


def _insert(table: str, columns: dict[str, str]) -> str:
    return f"INSERT INTO {table} (fid, {quoted(columns)}) VALUES ({','.join('?' * (len(columns) + 1))})"


def apply(connection: sqlite3.Connection, events: Iterable[Row | Recorded]) -> None:
    """Bring the derived tables up to events that follow those applied before.

    Parameters
    ----------
    connection : Connection
        A register, or a database of derived tables only; inside a transaction.
    events : iterable of rows and batches
        In order of their numbers, as ``chain.append`` and ``chain.stored`` give them.
    """
    connection.execute("CREATE TEMP TABLE IF NOT EXISTS touched (case_id TEXT PRIMARY KEY) WITHOUT ROWID")
    connection.execute("DELETE FROM touched")
    for bulk, some in groupby(events, key=is_report):
        if bulk:
            _apply_reports(connection, columns_of(some, "report"))
            continue
        for one in some:
            for row in rows_of(one):
                _apply_one(connection, row)
    refresh(connection)


def _apply_reports(connection: sqlite3.Connection, parts: Iterator[Columns]) -> None:
    first = next(parts)
    span = (first["fid"][0], first["fid"][-1])
    tables = ("reports", "cases", "hazards", "photos")
    blank = not any(connection.execute(f"SELECT EXISTS (SELECT 1 FROM {table})").fetchone()[0] for table in tables)
    many = blank and span[1] - span[0] >= BULK
    founding = Founding()
    with without_indexes(connection, "reports", when=many):
        for part in chain([first], parts):
            insert(connection, "reports", part)
            span = (span[0], part["fid"][-1])
            if many:
                founding.add(part)
    if many:
        founding.write(connection)
        return
    connection.execute(_FOUNDED, (*_BLANK_CASE, *span))
    connection.execute(
        "INSERT OR IGNORE INTO touched SELECT hazard_id FROM reports WHERE fid BETWEEN ? AND ? GROUP BY hazard_id", span
    )


def _apply_one(connection: sqlite3.Connection, row: Row) -> None:
    seq, at, _, actor, party, action, subject, text, _ = row
    body = json.loads(text)
    if action in _LIFE:
        case = load_case(connection, subject)
        if case is not None:
            save_case(connection, after(case, action, at, actor, body))
    elif action == "merge":
        _merge(connection, body["into"], body["from"], at)
    elif action == "unmerge":
        _unmerge(connection, subject, at)
    elif action == "split":
        _split(connection, row, body)
    elif action in {"correct", "withdraw"}:
        _correct(connection, subject, {"withdrawn": at} if action == "withdraw" else body)
    elif action == "photo":
        values = [body.get(name) for name in ("lon", "lat")]
        photo = (seq, subject, body["sha256"], body.get("name", ""), body.get("taken", ""), *values, short(at), party)
        connection.execute(_insert("photos", PHOTO_TABLE).replace("INSERT", "INSERT OR IGNORE"), photo)
        connection.execute(
            "INSERT OR IGNORE INTO touched SELECT hazard_id FROM reports WHERE report_id = ?", (subject,)
        )
    elif action in {"request", "alert"}:
        _take_other(connection, row)
    elif action in _DONE:
        done = (_DONE[action], None if _DONE[action] == "open" else short(at), subject)
        connection.execute("UPDATE requests SET state = ?, closed = ? WHERE request_id = ?", done)
    connection.execute("INSERT OR IGNORE INTO touched SELECT case_id FROM cases WHERE case_id = ?", (subject,))


def load_case(connection: sqlite3.Connection, case_id: str) -> Case | None:
    """Return the case with exactly this id."""
    row = connection.execute(_CASE_SQL, (case_id,)).fetchone()
    if row is None:
        return None
    case = dict(zip(CASE_TABLE, row, strict=True))
    return Case(**{**case, "notice_served": bool(case["notice_served"])})


def save_case(connection: sqlite3.Connection, case: Case) -> None:
    """Write a case back to its row."""
    setting = ", ".join(f'"{name}" = ?' for name in CASE_TABLE)
    connection.execute(f"UPDATE cases SET {setting} WHERE case_id = ?", (*astuple(case), case.case_id))


def _merge(connection: sqlite3.Connection, into: str, absorbed: str, at: str) -> None:
    connection.execute("UPDATE cases SET merged_into = ? WHERE case_id = ?", (into, absorbed))
    connection.execute("INSERT OR IGNORE INTO touched SELECT case_id FROM cases WHERE root = ?", (absorbed,))
    connection.execute("UPDATE cases SET root = ? WHERE root = ?", (into, absorbed))
    connection.execute("UPDATE cases SET last_at = ? WHERE case_id IN (?, ?)", (at, into, absorbed))
    connection.execute("INSERT OR IGNORE INTO touched VALUES (?)", (into,))


def _unmerge(connection: sqlite3.Connection, absorbed: str, at: str) -> None:
    """Give an absorbed hazard back, with all that had been merged into it before."""
    # What it leaves changes too.
    connection.execute("INSERT OR IGNORE INTO touched SELECT root FROM cases WHERE case_id = ?", (absorbed,))
    connection.execute(
        "UPDATE cases SET last_at = ? WHERE case_id = ? OR case_id = (SELECT root FROM cases WHERE case_id = ?)",
        (at, absorbed, absorbed),
    )
    connection.execute("UPDATE cases SET merged_into = '' WHERE case_id = ?", (absorbed,))
    connection.execute(
        "WITH RECURSIVE below (case_id) AS (SELECT ? UNION SELECT c.case_id FROM cases c JOIN below b "
        "ON c.merged_into = b.case_id AND c.merged_into <> '') "
        "UPDATE cases SET root = ? WHERE case_id IN (SELECT case_id FROM below)",
        (absorbed, absorbed),
    )


def _split(connection: sqlite3.Connection, row: Row, body: dict[str, Any]) -> None:
    seq, at, subject = row[0], row[1], row[6]
    new = body["into"]
    case = astuple(Case(case_id=new, root=new, last_at=at))
    # Asked about a day before, a report put straight to the new hazard may have founded it already.
    connection.execute(_insert("cases", CASE_TABLE).replace("INSERT", "INSERT OR IGNORE"), (seq, *case))
    connection.executemany(
        "UPDATE reports SET hazard_id = ? WHERE report_id = ?", [(new, report) for report in body["reports"]]
    )
    connection.execute("UPDATE cases SET last_at = ? WHERE case_id = ?", (at, subject))
    connection.execute("INSERT OR IGNORE INTO touched VALUES (?)", (new,))


def _correct(connection: sqlite3.Connection, subject: str, body: dict[str, Any]) -> None:
    """Write what a report or request says now, and touch the hazard of a report."""
    table, columns = ("requests", REQUEST_TABLE) if subject.startswith("Q-") else ("reports", REPORT_TABLE)
    said = {name: body[name] for name in columns if name in body}
    if said.get("captured_at"):
        said["seen"] = said["captured_at"]
    values = [short(value) if value and columns[name] == "time" else value for name, value in said.items()]
    setting = ", ".join(f'"{name}" = ?' for name in said)
    if said:
        connection.execute(f"UPDATE {table} SET {setting} WHERE {table[:-1]}_id = ?", (*values, subject))
    connection.execute("INSERT OR IGNORE INTO touched SELECT hazard_id FROM reports WHERE report_id = ?", (subject,))


def _take_other(connection: sqlite3.Connection, row: Row) -> None:
    (part,) = columns_of([row], row[5])
    table = "alerts"
    if row[5] == "request":
        table, part = "requests", {**part, "state": "open", "closed": None}
    insert(connection, table, part)

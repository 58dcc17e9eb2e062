"""Finding one hazard, report or request by what a person types: an id, its start, or the id of one merged away."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd

from patrol import text as safe
from patrol.errors import Finding, RegisterError
from patrol.hazards import views
from patrol.hazards.ids import ids
from patrol.hazards.keys import Maker, numbered, same_words
from patrol.hazards.states import SHUT, Stated
from patrol.hazards.tables import ALERT_TABLE, REPORT_TABLE, REQUEST_TABLE

_SHOWN = 8
MACHINE = "patrol"  # who acts where rules and files decide, not a person
_BY_RULES = ("report", "photo", "escalate", "adopt", "correct", "withdraw", "erase", "import")
_HELD = {
    "hazard": ("reports", REPORT_TABLE, "R"),
    "request": ("requests", REQUEST_TABLE, "Q"),
    "alert": ("alerts", ALERT_TABLE, "A"),
}
_IDS = {"H": ("cases", "case_id"), "R": ("reports", "report_id"), "Q": ("requests", "request_id")}


def _begins(connection: sqlite3.Connection, prefix: str, name: str, source: str) -> str:
    """Return the only id that begins so, an exact one before all longer ones."""
    table, column = _IDS[prefix]
    start = safe.clean(name, limit=40).upper()
    start = start if start.startswith(f"{prefix}-") else f"{prefix}-{start}"
    sql = f"SELECT {column} FROM {table} WHERE {column} >= ? AND {column} < ? ORDER BY {column} LIMIT {_SHOWN + 1}"
    found = [row[0] for row in connection.execute(sql, (start, f"{start}\uffff"))]
    if start in found:
        return start
    if len(found) == 1 and len(start) > 2:
        return str(found[0])
    what = f"no id begins with {start!r}" if not found else f"{start!r} is the start of several: {', '.join(found)}"
    mend = "see patrol hazards list" if not found else "type one more letter"
    raise RegisterError(Finding("error", "register.no_such_id", source, what, mend))


def find_case(connection: sqlite3.Connection, name: str, source: str) -> str:
    """Return the id of a hazard as it was founded, whatever it has been merged into."""
    return _begins(connection, "H", name, source)


def find_report(connection: sqlite3.Connection, name: str, source: str) -> str:
    """Return the id of a report."""
    return _begins(connection, "R", name, source)


def find_request(connection: sqlite3.Connection, name: str, source: str) -> str:
    """Return the id of a request."""
    return _begins(connection, "Q", name, source)


def find(connection: sqlite3.Connection, name: str, source: str) -> str:
    """Return the hazard that is shown for the id of a hazard or of a report."""
    if safe.clean(name, limit=40).upper().startswith("R-"):
        report = find_report(connection, name, source)
        case = connection.execute("SELECT hazard_id FROM reports WHERE report_id = ?", (report,)).fetchone()[0]
    else:
        case = find_case(connection, name, source)
    return str(connection.execute("SELECT root FROM cases WHERE case_id = ?", (case,)).fetchone()[0])


def history(connection: sqlite3.Connection, name: str) -> pd.DataFrame:
    """Return the events of a hazard, of what was merged into it, of its reports and its photos; or of a request."""
    if name.startswith("Q-"):
        return views.events(connection, "WHERE subject = ? AND action <> 'report'", (name,))
    where = """WHERE seq IN (
        SELECT r.fid FROM cases c JOIN reports r ON r.hazard_id = c.case_id WHERE c.root = ?1
        UNION SELECT e.seq FROM cases c JOIN events e ON e.subject = c.case_id AND e.action <> 'report'
            WHERE c.root = ?1
        UNION SELECT e.seq FROM cases c JOIN reports r ON r.hazard_id = c.case_id
            JOIN events e ON e.subject = r.report_id AND e.action <> 'report' WHERE c.root = ?1
        UNION SELECT e.seq FROM events e JOIN cases c ON instr(e.body, c.case_id) > 0
            WHERE e.action IN ('merge', 'unmerge', 'split') AND c.root = ?1)"""
    return views.events(connection, where, (name,))


def _ask(connection: sqlite3.Connection, values: Sequence[str]) -> None:
    connection.execute("CREATE TEMP TABLE IF NOT EXISTS asked (id TEXT PRIMARY KEY) WITHOUT ROWID")
    connection.execute("DELETE FROM asked")
    connection.executemany("INSERT INTO asked VALUES (?)", [(value,) for value in sorted(set(values))])


def held(connection: sqlite3.Connection, keys: Sequence[str], record: str) -> pd.DataFrame:
    """Return the rows of reports (``hazard``), requests (``request``) or alerts with these keys, on their keys."""
    table, columns, prefix = _HELD[record]
    _ask(connection, ids(prefix, list(keys)))
    names = ", ".join(f't."{name}"' for name in columns)
    sql = f"SELECT {names} FROM asked CROSS JOIN {table} t ON t.{table[:-1]}_id = id ORDER BY t.fid"
    return views.frame_of(connection.execute(sql).fetchall(), columns).set_index("key", drop=False)


def once_said(connection: sqlite3.Connection, requests: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
    """Return for each of these requests what it said when it was taken in and after every correction."""
    _ask(connection, requests)
    rows = connection.execute(
        "SELECT e.subject, e.body FROM asked CROSS JOIN events e ON e.subject = id AND e.action <> 'report' "
        "WHERE e.action IN ('request', 'correct') ORDER BY e.seq"
    ).fetchall()
    said: dict[str, list[dict[str, Any]]] = {}
    for name, body in rows:
        before = said.setdefault(name, [])
        before.append({**(before[-1] if before else {}), **json.loads(body)})
    return said


def set_by_hand(connection: sqlite3.Connection, requests: Sequence[str]) -> dict[str, set[str]]:
    """Return which columns of these requests a person has corrected."""
    _ask(connection, requests)
    rows = connection.execute(
        "SELECT e.subject, e.body FROM asked CROSS JOIN events e ON e.subject = id AND e.action <> 'report' "
        "WHERE e.action = 'correct' AND e.actor <> ?",
        (MACHINE,),
    ).fetchall()
    found: dict[str, set[str]] = {}
    for name, body in rows:
        found.setdefault(name, set()).update(json.loads(body))
    return found


def followers(connection: sqlite3.Connection, reports: Sequence[str]) -> pd.DataFrame:
    """Return the reports whose ``follows`` is one of these."""
    _ask(connection, reports)
    names = ", ".join(f'r."{name}"' for name in REPORT_TABLE)
    sql = f"SELECT {names} FROM reports r WHERE r.follows <> '' AND r.follows IN (SELECT id FROM asked) ORDER BY r.fid"
    return views.frame_of(connection.execute(sql).fetchall(), REPORT_TABLE)


def imports(connection: sqlite3.Connection, what: str) -> pd.DataFrame:
    """Return the events of files taken in that keep ``what``, in order: ``body`` and ``source_sha256``."""
    rows = connection.execute(
        "SELECT body, source_sha256 FROM events WHERE subject = '' AND action <> 'report' AND action = 'import' "
        "AND instr(body, ?) > 0 ORDER BY seq",
        (f'"{what}":',),
    ).fetchall()
    read = [(json.loads(body), sha256) for body, sha256 in rows]
    return pd.DataFrame([row for row in read if what in row[0]], columns=["body", "source_sha256"])


def members(connection: sqlite3.Connection, hazards: Sequence[str]) -> pd.DataFrame:
    """Return the reports of hazards that are shown (``root``), in order of time."""
    _ask(connection, hazards)
    names = ", ".join(f'r."{name}"' for name in REPORT_TABLE)
    rows = connection.execute(
        f"SELECT c.root, {names} FROM asked CROSS JOIN cases c ON c.root = id CROSS JOIN reports r "
        "ON r.hazard_id = c.case_id ORDER BY r.seen, coalesce(r.rank, r.key)"
    ).fetchall()
    return views.frame_of(rows, {"root": "str", **REPORT_TABLE})


def makers(connection: sqlite3.Connection, keys: Iterable[str]) -> dict[str, Maker]:
    """Return who made the reports and requests of these keys and of those numbered after them, as far as known."""
    found: dict[str, Maker] = {}
    asked, n = sorted(set(keys)), 1
    while asked:
        names = [numbered(key, n) for key in asked]
        by_id = {one: key for prefix in "RQ" for one, key in zip(ids(prefix, names), names, strict=True)}
        _ask(connection, list(by_id))
        rows = connection.execute(
            "SELECT id, external_id, coalesce(p.person_name, ''), coalesce(p.person_contact, '') FROM ("
            "SELECT id, external_id FROM asked CROSS JOIN reports ON report_id = id UNION ALL "
            "SELECT id, external_id FROM asked CROSS JOIN requests ON request_id = id) "
            "LEFT JOIN identity p ON p.report_id = id"
        ).fetchall()
        here = {by_id[name]: (same_words(own), same_words(who), same_words(tel)) for name, own, who, tel in rows}
        found |= here
        asked, n = [key for key in asked if numbered(key, n) in here], n + 1
    return found


def state(connection: sqlite3.Connection, hazard: str) -> Stated:
    """Return the state of a hazard's case, and the stamp since when it is closed or rectified ("" otherwise)."""
    sql = "SELECT state, coalesce(closed, ''), coalesce(rectified_at, '') FROM cases WHERE case_id = ?"
    word, closed, rectified = connection.execute(sql, (hazard,)).fetchone()
    return Stated(word, closed if word in SHUT else rectified if word == "rectified" else "")


def untouched(connection: sqlite3.Connection, hazards: Sequence[str]) -> set[str]:
    """Return the hazards upon which, and upon what was merged into them, nobody but rules has acted.

    Whoever merges or parts two has acted upon both.
    """
    _ask(connection, hazards)
    marks = ", ".join(f"'{name}'" for name in _BY_RULES)
    touched = connection.execute(
        "SELECT DISTINCT c.root FROM asked CROSS JOIN cases c ON c.root = id CROSS JOIN events e "
        f"ON e.subject = c.case_id AND e.action <> 'report' WHERE e.action NOT IN ({marks}) AND e.actor <> ?",
        (MACHINE,),
    ).fetchall()
    found = set(hazards) - {name for (name,) in touched}
    named = _joined_by_hand(connection) if found else set()
    if named:
        _ask(connection, sorted(named))
        roots = connection.execute("SELECT DISTINCT c.root FROM asked CROSS JOIN cases c ON c.case_id = id").fetchall()
        found -= {name for (name,) in roots}
    return found


def _joined_by_hand(connection: sqlite3.Connection) -> set[str]:
    """Return every hazard, as it was founded, that a person merged with another or parted from one."""
    rows = connection.execute(
        "SELECT subject, body FROM events WHERE action IN ('merge', 'unmerge', 'split') AND actor <> ?", (MACHINE,)
    ).fetchall()
    bodies = [(subject, json.loads(body)) for subject, body in rows]
    return {str(name) for subject, body in bodies for name in (subject, body.get("into"), body.get("from")) if name}

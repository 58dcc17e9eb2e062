"""Finding one hazard, report or request by what a person types: an id, its start, or the id of one merged away."""

from __future__ import annotations

import sqlite3

import pandas as pd

from patrol import text as safe
from patrol.errors import Finding, RegisterError
from patrol.hazards import views

_SHOWN = 8
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


def history(connection: sqlite3.Connection, hazard: str) -> pd.DataFrame:
    """Return the events of a hazard, of what was merged into it, of its reports and its photos."""
    where = """WHERE seq IN (
        SELECT r.fid FROM cases c JOIN reports r ON r.hazard_id = c.case_id WHERE c.root = ?1
        UNION SELECT e.seq FROM cases c JOIN events e ON e.subject = c.case_id AND e.action <> 'report'
            WHERE c.root = ?1
        UNION SELECT e.seq FROM cases c JOIN reports r ON r.hazard_id = c.case_id
            JOIN events e ON e.subject = r.report_id AND e.action <> 'report' WHERE c.root = ?1
        UNION SELECT e.seq FROM events e JOIN cases c ON instr(e.body, c.case_id) > 0
            WHERE e.action IN ('merge', 'unmerge', 'split') AND c.root = ?1)"""
    return views.events(connection, where, (hazard,))

"""Who made a report: kept apart from the events, so that it can be erased and history stays whole."""

from __future__ import annotations

import sqlite3
from typing import Any

import pandas as pd

from patrol import text as safe
from patrol.hazards.bodies import UNCLEAN
from patrol.hazards.tables import IDENTITY

_COLUMNS = ("report_id", *IDENTITY)


def keep_identity(connection: sqlite3.Connection, frame: pd.DataFrame) -> None:
    """Keep name and contact of the rows that have them, by ``subject``."""
    named = frame[(frame["person_name"] != "") | (frame["person_contact"] != "")]
    rows = zip(named["subject"], _cleaned(named["person_name"]), _cleaned(named["person_contact"]), strict=True)
    connection.executemany(f"INSERT INTO identity ({', '.join(_COLUMNS)}) VALUES (?, ?, ?)", list(rows))


def _cleaned(texts: pd.Series[Any]) -> list[str]:
    values = texts.tolist()
    return [safe.clean(value) if UNCLEAN.search(value) else value for value in values]


def identities(connection: sqlite3.Connection) -> pd.DataFrame:
    """Return what is known of who made reports."""
    rows = connection.execute(f"SELECT {', '.join(_COLUMNS)} FROM identity ORDER BY seq").fetchall()
    return pd.DataFrame(rows, columns=list(_COLUMNS), dtype=object)


def erase(connection: sqlite3.Connection, report_id: str) -> bool:
    """Erase who made a report, and what was said beside it under the same id; return whether anything was known.

    ``secure_delete`` fills the row with zeros; what the write-ahead log still holds goes with the next
    checkpoint that cuts it to nothing.
    """
    sql = (
        "DELETE FROM identity WHERE report_id IN (SELECT ?1 UNION SELECT report_id FROM reports WHERE follows = ?1 "
        "UNION SELECT follows FROM reports WHERE report_id = ?1 UNION SELECT b.report_id FROM reports a "
        "JOIN reports b ON b.follows = a.follows WHERE a.report_id = ?1 AND a.follows <> '')"
    )
    return connection.execute(sql, (report_id,)).rowcount > 0

"""Who made a report: kept apart from the events, so that it can be erased and history stays whole."""

from __future__ import annotations

import sqlite3
from typing import Any

import pandas as pd

from patrol import text as safe
from patrol.hazards.bodies import UNCLEAN
from patrol.hazards.tables import IDENTITY, IDENTITY_INDEX, IDENTITY_SQL

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
    """Erase who made a report; return whether anything was known.

    Deleting the row is not enough: as rows come and go, SQLite moves the others about and leaves copies in
    the gaps of pages. So the table is written anew and the old one dropped, whose pages ``secure_delete``
    fills with zeros.
    """
    gone = connection.execute("DELETE FROM identity WHERE report_id = ?", (report_id,)).rowcount > 0
    if gone:
        names = ", ".join(("seq", *_COLUMNS))
        connection.execute("ALTER TABLE identity RENAME TO identity_old")
        connection.execute(IDENTITY_SQL)
        connection.execute(f"INSERT INTO identity ({names}) SELECT {names} FROM identity_old ORDER BY seq")
        connection.execute("DROP TABLE identity_old")
        connection.execute(IDENTITY_INDEX)
    return gone

"""Registers of an older layout brought to the present one, with a copy of the old file beside.

Version 1 kept neither when an event was recorded nor the file it came from. Its events are carried over,
recorded when they happened, and chained anew; the hash of its last event is kept in ``patrol_register``
(``head_of_version_1``), so that a plan that names it can still be matched.

Versions 2 and 3 had fewer columns in their derived tables: they are made anew from the events, which stay as they are.
"""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

from patrol.errors import Finding, RegisterError
from patrol.hazards.chain import START, check_chain, link
from patrol.hazards.replay import mend
from patrol.hazards.store import copy, schema_version, transaction
from patrol.hazards.tables import EVENT_COLUMNS, SCHEMA_VERSION, announce_tables, make_events, quoted

V1_COLUMNS = ("seq", "at", "actor", "party", "action", "subject", "body", "prev", "hash")


def migrate(connection: sqlite3.Connection, path: Path) -> Path | None:
    """Bring a register to the present layout; return the copy of the old file, None if there was nothing to do.

    Raises
    ------
    RegisterError
        If it is newer than this program, or if its chain is broken: history is not carried over unseen.
    """
    if schema_version(connection, path) == SCHEMA_VERSION:
        return None
    saved = _free_name(path, schema_version(connection, path))
    copy(connection, path, saved)
    with transaction(connection, path):
        version = schema_version(connection, path)
        if version == SCHEMA_VERSION:  # another program did it while we copied
            saved.unlink()
            return None
        if version == 1:
            head = _carry_over(connection, path)
            connection.execute("INSERT INTO patrol_register VALUES ('head_of_version_1', ?)", (head,))
        elif broken := check_chain(connection, path.name):
            raise RegisterError(broken)
        mend(connection)
        announce_tables(connection)
        connection.execute("UPDATE patrol_register SET value = ? WHERE key = 'schema_version'", (str(SCHEMA_VERSION),))
    return saved


def _free_name(path: Path, version: int) -> Path:
    names = (path.with_name(f"{path.stem}.v{version}{number}{path.suffix}") for number in ("", *range(2, 1000)))
    return next(name for name in names if not name.exists())


def _carry_over(connection: sqlite3.Connection, path: Path) -> str:
    """Replace the table of events by one of the present layout; return the hash of the last old event."""
    rows = connection.execute(f"SELECT {quoted(V1_COLUMNS)} FROM events ORDER BY seq").fetchall()
    head = _check(rows, path)
    connection.execute("DROP TABLE events")
    make_events(connection)
    prev, new = START, []
    for seq, at, actor, party, action, subject, body, _, _ in rows:
        row = (seq, at, at, actor, party, action, subject, body, "")
        mark = link(prev, row)
        new.append((*row, prev, mark))
        prev = mark
    marks = ",".join("?" * len(EVENT_COLUMNS))
    connection.executemany(f"INSERT INTO events ({quoted(EVENT_COLUMNS)}) VALUES ({marks})", new)
    return head


def _check(rows: list[tuple[Any, ...]], path: Path) -> str:
    prev = START
    mend_it = "restore a backup; the file was left as it is"
    for number, (*row, said_prev, said) in enumerate(rows, 1):
        if row[0] != number or said_prev != prev or link(prev, row) != said:
            what = f"event {row[0]} of this register of version 1 is not what was recorded"
            raise RegisterError(Finding("error", "register.chain", path.name, what, mend_it, row=row[0]))
        try:
            json.loads(row[6])
        except ValueError as error:
            what = f"event {row[0]} has no readable body"
            raise RegisterError(Finding("error", "register.chain", path.name, what, mend_it)) from error
        prev = said
    return prev

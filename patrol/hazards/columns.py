"""Reports, requests and alerts on their way from events into their tables: columns, not rows.

A batch just recorded brings the values its bodies were made of; of stored events the bodies are read. The
columns are the same either way, and what follows knows no difference.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from itertools import repeat
from typing import Any

from patrol.hazards.chain import Recorded, Row
from patrol.hazards.stamps import short
from patrol.hazards.tables import ALERT_BODY, BODY_COLUMNS, REQUEST_BODY

CHUNK = 20_000
Columns = dict[str, Any]  # a sequence with a value a row, or one text or None for all
_BODIES = {"report": BODY_COLUMNS, "request": REQUEST_BODY, "alert": ALERT_BODY}
_PLAIN = re.compile(r"[A-Za-z0-9_.:-]*")  # may stand in SQL as it is


def is_report(one: Row | Recorded) -> bool:
    """Return whether an event, or a batch of them, is of reports."""
    return (one.batch.action if isinstance(one, Recorded) else one[5]) == "report"


def rows_of(one: Row | Recorded) -> Iterator[Row]:
    """Yield the events of a batch one by one, or the event itself."""
    if not isinstance(one, Recorded):
        yield one
        return
    for seq, event in zip(one.seqs, one.batch.events(), strict=True):
        yield (
            seq, event.at, one.recorded_at, event.actor, event.party, event.action, event.subject, event.body,
            event.source_sha256,
        )  # fmt: skip


def columns_of(events: Iterable[Row | Recorded], action: str) -> Iterator[Columns]:
    """Yield the columns for the table of reports, requests or alerts, some thousand events at a time."""
    rows: list[Row] = []
    for one in events:
        if isinstance(one, Recorded):
            if rows:
                yield _parsed(rows, action)
                rows = []
            batch = one.batch
            yield _filed(action, one.seqs, batch.at, batch.subjects, batch.source_sha256, batch.values)
            continue
        rows.append(one)
        if len(rows) == CHUNK:
            yield _parsed(rows, action)
            rows = []
    if rows:
        yield _parsed(rows, action)


def _parsed(rows: list[Row], action: str) -> Columns:
    """Return what the bodies of events say: blanks filled, times cut to milliseconds."""
    bodies = json.loads(f"[{','.join([row[7] for row in rows])}]")
    said = set().union(*bodies)
    values: Columns = {}
    for name, kind in _BODIES[action].items():
        blank = "" if kind == "str" else None
        values[name] = [body.get(name, blank) for body in bodies] if name in said else blank
        if kind == "time" and name in said:
            values[name] = [short(text) if text else text for text in values[name]]
    seqs, at, *_ = columns = list(zip(*rows, strict=True))
    return _filed(action, seqs, at, columns[6], columns[8], values)


def _filed(
    action: str, seqs: Sequence[int], at: Sequence[str], subjects: Sequence[str], sha256: Any, values: Columns
) -> Columns:
    captured = values["captured_at"]
    times = repeat(captured) if captured is None or isinstance(captured, str) else captured
    seen = [time or short(moment) for time, moment in zip(times, at, strict=False)]
    columns = {"fid": seqs, f"{action}_id": subjects, "seen": seen, **values}
    return {**columns, "source_sha256": sha256} if action == "report" else columns


def insert(connection: sqlite3.Connection, table: str, columns: Columns) -> None:
    """Insert columns into a table; what is the same in all rows stands in the statement where it safely can."""
    count = len(columns["fid"])
    marks, filled = [], []
    for value in columns.values():
        if value is None:
            marks.append("NULL")
        elif isinstance(value, str) and _PLAIN.fullmatch(value):
            marks.append(f"'{value}'")
        else:
            marks.append("?")
            filled.append(repeat(value, count) if isinstance(value, str) else value)
    names = ", ".join(f'"{name}"' for name in columns)
    sql = f"INSERT INTO {table} ({names}) VALUES ({', '.join(marks)})"
    connection.executemany(sql, zip(*filled, strict=True))

"""The chain of events: each carries a hash over itself and the one before, so that no change of history goes unseen."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, islice, repeat
from json.encoder import encode_basestring
from typing import Any, cast

from patrol.errors import Finding
from patrol.hazards.bodies import Batch
from patrol.hazards.model import Event
from patrol.hazards.tables import EVENT_COLUMNS, GUARDS, quoted

START = ""  # hash before the first event
_INSERT = f"INSERT INTO events ({quoted(EVENT_COLUMNS)}) VALUES ({','.join('?' * len(EVENT_COLUMNS))})"
_PAGE = 20_000

# An event as the table holds it: EVENT_COLUMNS without prev and hash.
Row = tuple[int, str, str, str, str, str, str, str, str]


def link(prev: str, row: Sequence[Any]) -> str:
    """Return the hash of an event: SHA-256 over the hash before, a line break, and the row as canonical JSON.

    Raises
    ------
    TypeError
        If a text is none, which no event of ours has.
    """
    seq, *texts = row
    line = f"{prev}\n[{int(seq)},{','.join([encode_basestring(text) for text in texts])}]"
    return hashlib.sha256(line.encode("utf-8", "surrogateescape")).hexdigest()


def head(connection: sqlite3.Connection) -> tuple[int, str]:
    """Return number and hash of the last event, (0, "") before the first."""
    row = connection.execute("SELECT seq, hash FROM events ORDER BY seq DESC LIMIT 1").fetchone()
    return (row[0], row[1]) if row else (0, START)


@dataclass(frozen=True, slots=True)
class Recorded:
    """A batch that was written, and the numbers it got."""

    seqs: range
    recorded_at: str
    batch: Batch


def append(
    connection: sqlite3.Connection, events: Iterable[Event | Batch], recorded_at: str
) -> Iterator[Row | Recorded]:
    """Write events, numbered and chained, under the caller's write lock; yield what ``apply`` takes.

    By the thousand, so that half a million never lie in memory at once. What is not taken is not written.
    """
    seq, prev = head(connection)
    for kind, coming in groupby(events, key=type):
        if kind is Batch:
            for batch in cast("Iterator[Batch]", coming):
                seqs = range(seq + 1, seq + 1 + len(batch.bodies))
                prev = _append_batch(connection, batch, seqs, prev, recorded_at)
                yield Recorded(seqs, recorded_at, batch)
                seq += len(seqs)
            continue
        single = cast("Iterator[Event]", coming)
        while page := list(islice(single, _PAGE)):
            rows: list[Row] = []
            full = []
            for seq_now, event in enumerate(page, seq + 1):
                row: Row = (
                    seq_now, event.at, recorded_at, event.actor, event.party, event.action, event.subject,
                    event.body, event.source_sha256,
                )  # fmt: skip
                mark = link(prev, row)
                rows.append(row)
                full.append((*row, prev, mark))
                prev = mark
            connection.executemany(_INSERT, full)
            seq += len(page)
            yield from rows


def _append_batch(connection: sqlite3.Connection, batch: Batch, seqs: range, prev: str, recorded_at: str) -> str:
    """Write a batch and return the hash of its last event: the same as :func:`link` gives, in half the time."""
    said = {party: encode_basestring(party) for party in set(batch.parties)}
    office = f"{encode_basestring(recorded_at)},{encode_basestring(batch.actor)}"
    action, sha256 = encode_basestring(batch.action), encode_basestring(batch.source_sha256)
    marks = [prev]
    columns = zip(seqs, batch.at, batch.parties, batch.subjects, batch.bodies, strict=True)
    for seq, at, party, subject, body in columns:
        line = (
            f"{prev}\n[{seq},{encode_basestring(at)},{office},{said[party]},{action},{encode_basestring(subject)},"
            f"{encode_basestring(body)},{sha256}]"
        )
        prev = hashlib.sha256(line.encode("utf-8", "surrogateescape")).hexdigest()
        marks.append(prev)
    same = [repeat(text) for text in (recorded_at, batch.actor, batch.action, batch.source_sha256)]
    rows = zip(
        seqs, batch.at, same[0], same[1], batch.parties, same[2], batch.subjects, batch.bodies, same[3], marks,
        marks[1:], strict=False,  # the last mark is of no event yet
    )  # fmt: skip
    connection.executemany(_INSERT, rows)
    return prev


def stored(connection: sqlite3.Connection, *, until: str = "") -> Iterator[Row]:
    """Yield the events in order, those that happened up to a stamp only if one is given.

    Read by the thousand, so that no cursor stays open while the same database is written.
    """
    where = "AND at <= ?" if until else ""
    sql = f"SELECT {quoted(EVENT_COLUMNS[:-2])} FROM events WHERE seq > ? {where} ORDER BY seq LIMIT {_PAGE}"
    last = -(2**62)
    while rows := connection.execute(sql, (last, until) if until else (last,)).fetchall():
        yield from rows
        last = rows[-1][0]


def check_chain(connection: sqlite3.Connection, source: str) -> list[Finding]:
    """Return one finding for each event that was changed, taken out or put in, and for guards taken away.

    A register cut off at its end is a whole chain again: that is seen by its derived tables, and by the
    plans and reports that name the hash of the last event they knew.
    """
    found = []
    mend = "history was changed from outside: restore a backup and compare"
    prev, last = START, 0
    for *row, said_prev, said in connection.execute(f"SELECT {quoted(EVENT_COLUMNS)} FROM events ORDER BY seq"):
        faults = []
        if row[0] != last + 1:
            faults.append(f"follows event {last}")
        if said_prev != prev:
            faults.append("is not chained to the one before")
        try:
            true = link(said_prev, row)
        except (TypeError, ValueError):
            true = "?"
        if true != said:
            faults.append("is not what was recorded")
        if faults:
            what = f"event {row[0]} {' and '.join(faults)}"
            found.append(Finding("error", "register.chain", source, what, mend, row=row[0]))
        prev, last = said, row[0]
    known = dict(connection.execute("SELECT name, sql FROM sqlite_master WHERE type='trigger'").fetchall())
    for name, sql in GUARDS.items():
        if known.get(name) != f"CREATE TRIGGER {name} {sql}":
            what = f"the guard {name} that keeps events from being changed is gone"
            found.append(Finding("error", "register.guard", source, what, mend))
    return found

"""The derived tables made anew from events: to check those in the file, to mend them, and to ask about another day."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from itertools import zip_longest
from typing import Any

from patrol.errors import Finding
from patrol.hazards.apply import apply
from patrol.hazards.chain import check_chain, head, stored
from patrol.hazards.tables import DERIVED, add_functions, make_derived

MAX_NAMED = 20  # differences of a table that are named one by one


def replay(connection: sqlite3.Connection, until: str = "") -> sqlite3.Connection:
    """Return a private temporary database with the derived tables after the events up to a stamp; close it.

    Parameters
    ----------
    connection : Connection
        The register.
    until : str
        Stamp after which what happened is left out; "" takes all events.
    """
    # An empty name is a database that SQLite keeps in memory, and on disk where it grows too large.
    fresh = sqlite3.connect("", isolation_level=None)
    try:
        add_functions(fresh)
        fresh.execute("BEGIN")
        make_derived(fresh)
        apply(fresh, stored(connection, until=until))
        fresh.execute("COMMIT")
    except BaseException:
        fresh.close()
        raise
    return fresh


class Past:
    """The last day that was asked about, kept while nothing new is recorded."""

    def __init__(self) -> None:
        self._kept: tuple[str, str, sqlite3.Connection] | None = None

    def at(self, connection: sqlite3.Connection, until: str) -> sqlite3.Connection:
        """Return the derived tables as they were at a stamp."""
        mark = head(connection)[1]
        if self._kept is not None and self._kept[:2] == (until, mark):
            return self._kept[2]
        self.close()
        fresh = replay(connection, until)
        self._kept = (until, mark, fresh)
        return fresh

    def close(self) -> None:
        """Forget it."""
        if self._kept is not None:
            self._kept[2].close()
            self._kept = None


def check(connection: sqlite3.Connection, source: str) -> list[Finding]:
    """Return every broken link of the chain and every row of a derived table that events do not give."""
    found = []
    plain = connection.text_factory
    # Bytes that are no text must be shown as a change of history, not stop the check.
    connection.text_factory = lambda raw: raw.decode("utf-8", "surrogateescape")
    try:
        found += check_chain(connection, source)
        with closing(replay(connection)) as fresh:
            for table in DERIVED:
                found += _differences(connection, fresh, table, source)
    except (sqlite3.Error, KeyError, TypeError, ValueError, AttributeError) as error:
        what = f"the events cannot be replayed ({type(error).__name__}: {error})"
        found.append(Finding("error", "register.replay", source, what, "restore a backup"))
    finally:
        connection.text_factory = plain
    return found


def _differences(live: sqlite3.Connection, fresh: sqlite3.Connection, table: str, source: str) -> Iterator[Finding]:
    """Yield where a derived table is not what the events give, the first few row by row."""
    names, wanted = _columns(live, table), _columns(fresh, table)
    mend = "somebody wrote into the file from outside, or it is damaged: patrol hazards rebuild makes it anew"
    if names != wanted:
        yield Finding("error", "register.derived", source, f"table {table} has other columns", mend, field=table)
        return
    count = 0
    for fid, said, true in _pairs(_rows(live, table), _rows(fresh, table)):
        if said == true:
            continue
        count += 1
        if count <= MAX_NAMED:
            what = f"table {table}, row {fid}: {_how(names, said, true)}"
            yield Finding("error", "register.derived", source, what, mend, field=table)
    if count > MAX_NAMED:
        yield Finding("error", "register.derived", source, f"table {table}: {count} rows differ", mend, field=table)


def _columns(connection: sqlite3.Connection, table: str) -> list[str]:
    return [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]


def _rows(connection: sqlite3.Connection, table: str) -> Iterator[tuple[Any, ...]]:
    yield from connection.execute(f"SELECT * FROM {table} ORDER BY fid")


Pair = tuple[int, tuple[Any, ...] | None, tuple[Any, ...] | None]


def _pairs(live: Iterator[tuple[Any, ...]], fresh: Iterator[tuple[Any, ...]]) -> Iterator[Pair]:
    """Yield rows of the same ``fid`` side by side, None where one is missing; both come in that order."""
    said, true = next(live, None), next(fresh, None)
    while said is not None or true is not None:
        if true is None or (said is not None and said[0] < true[0]):
            assert said is not None
            yield said[0], said, None
            said = next(live, None)
        elif said is None or said[0] > true[0]:
            yield true[0], None, true
            true = next(fresh, None)
        else:
            yield said[0], said, true
            said, true = next(live, None), next(fresh, None)


def _how(names: list[str], said: tuple[Any, ...] | None, true: tuple[Any, ...] | None) -> str:
    if said is None or true is None:
        return "is missing" if said is None else "is not from any event"
    differ = [name for name, one, other in zip_longest(names, said, true) if one != other]
    return f"{', '.join(differ)} differ from what the events give"


def mend(connection: sqlite3.Connection) -> None:
    """Write the derived tables anew from the events; inside a transaction."""
    for table in DERIVED:
        connection.execute(f"DROP TABLE IF EXISTS {table}")
    make_derived(connection)
    apply(connection, stored(connection))

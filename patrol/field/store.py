"""The file of what came back: what crews sent, as it stands, and the two tables that planning reads, made from it.

One SQLite file, written in one transaction an import: all of it or nothing. Of a report-back only the highest revision
is kept; of a track only the fixes along sections, and those only for a time (:meth:`FieldStore.forget`).
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from patrol.errors import Finding, LayerError
from patrol.field.model import Covered, Item, Sheet
from patrol.field.settle import holding, outcome_rows, walked_rows
from patrol.layers.results import APPLICATION_ID, OUTCOMES, VERSION, WALKED, check_file
from patrol.project import Project

BUSY_S = 30
_TABLES = (
    "CREATE TABLE sheets (key TEXT PRIMARY KEY, revision INTEGER NOT NULL, sha256 TEXT NOT NULL) WITHOUT ROWID",
    "CREATE TABLE items (sheet TEXT NOT NULL, body TEXT NOT NULL)",
    "CREATE INDEX items_sheet ON items (sheet)",
    # `until` is the first day on which the fixes of a track are deleted; `sheet` is the report-back it came in, if any.
    "CREATE TABLE tracks (track TEXT PRIMARY KEY, sheet TEXT NOT NULL, crew TEXT NOT NULL, day TEXT NOT NULL, "
    "until TEXT NOT NULL) WITHOUT ROWID",
    "CREATE TABLE covered (track TEXT NOT NULL, body TEXT NOT NULL)",
    "CREATE TABLE fixes (track TEXT NOT NULL, section TEXT NOT NULL, at TEXT NOT NULL, lon REAL NOT NULL, "
    "lat REAL NOT NULL)",
    "CREATE INDEX fixes_track ON fixes (track)",
    *(
        f"CREATE TABLE {name} ({', '.join(f'{column} {kind} NOT NULL' for column, kind in columns.items())})"
        for name, columns in (("walked", WALKED), ("outcomes", OUTCOMES))
    ),
)


@contextmanager
def field_store(project: Project) -> Iterator[FieldStore]:
    """Open a project's file of what came back, for one import: all that is done inside is committed together, or not.

    Raises
    ------
    LayerError
        If the project names no such file, with the line to write; or the file is none of these, or damaged.
    """
    path = project.file("field")
    if path is None:
        what, mend = "the project names no file for what comes back", 'write under [inputs]: field = "field.db"'
        raise LayerError(Finding("error", "field.unnamed", "project.toml", what, mend, field="inputs.field"))
    try:
        with closing(sqlite3.connect(path, timeout=BUSY_S, isolation_level=None)) as file:
            file.execute("PRAGMA secure_delete = ON")
            file.execute("BEGIN IMMEDIATE")
            try:
                _made(file, path)
                yield FieldStore(file)
                file.execute("COMMIT")
            except BaseException:
                if file.in_transaction:
                    file.execute("ROLLBACK")
                raise
    except sqlite3.DatabaseError as error:
        locked = "locked" in str(error)
        what = "another program is writing to it" if locked else f"it cannot be used ({error})"
        mend = "try again" if locked else "restore a copy, or give yourself the right to write"
        raise LayerError(Finding("error", "field.file", path.name, what, mend)) from error


def _made(file: sqlite3.Connection, path: Path) -> None:
    if file.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
        check_file(file, path)
        return
    path.chmod(0o600)  # it says who was where
    file.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    file.execute(f"PRAGMA user_version = {VERSION}")
    for table in _TABLES:
        file.execute(table)


class FieldStore:
    """An open file of what came back, inside one transaction; see :func:`field_store`."""

    def __init__(self, file: sqlite3.Connection) -> None:
        self._file = file

    def revision(self, key: str) -> tuple[int, str]:
        """Return the revision that is held of a report-back, and its hash; 0 and "" where there is none."""
        row = self._file.execute("SELECT revision, sha256 FROM sheets WHERE key = ?", (key,)).fetchone()
        return (int(row[0]), str(row[1])) if row else (0, "")

    def put(self, sheet: Sheet) -> bool:
        """Keep a sheet and forget its lower revision, unless one as high is held; return whether it is new."""
        if self.revision(sheet.key)[0] >= sheet.revision:
            return False
        self._drop(sheet.key)
        self._file.execute("INSERT INTO sheets VALUES (?, ?, ?)", (sheet.key, sheet.revision, sheet.sha256))
        rows = [(sheet.key, json.dumps(asdict(item), ensure_ascii=False, sort_keys=True)) for item in sheet.items]
        self._file.executemany("INSERT INTO items VALUES (?, ?)", rows)
        return True

    def _drop(self, key: str) -> None:
        for (track,) in self._file.execute("SELECT track FROM tracks WHERE sheet = ?", (key,)).fetchall():
            self._drop_track(track)
        self._file.execute("DELETE FROM items WHERE sheet = ?", (key,))
        self._file.execute("DELETE FROM sheets WHERE key = ?", (key,))

    def _drop_track(self, track: str) -> None:
        for table in ("fixes", "covered", "tracks"):
            self._file.execute(f"DELETE FROM {table} WHERE track = ?", (track,))

    def put_track(
        self, track: str, covered: Sequence[Covered], fixes: Iterable[tuple[str, str, float, float]], *, sheet: str,
        crew: str, on: date, keep_days: int,
    ) -> bool:  # fmt: skip
        """Keep what a track covers, and its fixes along sections for some days; return whether it is new.

        Parameters
        ----------
        fixes : iterable of (section, stamp, lon, lat)
            Only those along a section.
        sheet : str
            Key of the report-back it came in, "" of a file of its own.
        """
        if self._file.execute("SELECT 1 FROM tracks WHERE track = ?", (track,)).fetchone():
            return False
        until = (on + timedelta(days=keep_days)).isoformat()
        self._file.execute("INSERT INTO tracks VALUES (?, ?, ?, ?, ?)", (track, sheet, crew, on.isoformat(), until))
        rows = [(track, json.dumps(asdict(one), ensure_ascii=False, sort_keys=True)) for one in covered]
        self._file.executemany("INSERT INTO covered VALUES (?, ?)", rows)
        self._file.executemany("INSERT INTO fixes VALUES (?, ?, ?, ?, ?)", ((track, *fix) for fix in fixes))
        return True

    def forget(self, on: date, *, every: bool = False) -> int:
        """Delete the fixes of tracks whose time is over, or all; what they covered stays. Return how many fixes."""
        where, values = ("", ()) if every else (" WHERE until <= ?", (on.isoformat(),))
        sql = f"DELETE FROM fixes WHERE track IN (SELECT track FROM tracks{where})"
        return int(self._file.execute(sql, values).rowcount)

    def items(self) -> list[Item]:
        """Return every item of every sheet."""
        bodies = self._file.execute("SELECT body FROM items ORDER BY sheet, rowid")
        return [_item(json.loads(body)) for (body,) in bodies]

    def covered(self) -> list[Covered]:
        """Return what every track covers."""
        bodies = self._file.execute("SELECT body FROM covered ORDER BY track, rowid")
        return [_covered(json.loads(body)) for (body,) in bodies]

    def settle(self) -> list[Item]:
        """Make the tables that planning reads anew, and return the items that hold."""
        held = holding(self.items())
        rows = {"walked": walked_rows(held, self.covered()), "outcomes": outcome_rows(held)}
        for name, columns in (("walked", WALKED), ("outcomes", OUTCOMES)):
            self._file.execute(f"DELETE FROM {name}")
            marks = ", ".join("?" * len(columns))
            told = [tuple(row[column] for column in columns) for row in rows[name]]
            self._file.executemany(f"INSERT INTO {name} VALUES ({marks})", told)
        return held


def _item(body: dict[str, Any]) -> Item:
    return Item(**{**body, **_along(body)})


def _covered(body: dict[str, Any]) -> Covered:
    return Covered(**{**body, **_along(body)})


def _along(body: dict[str, Any]) -> dict[str, Any]:
    """Return what JSON has made lists of as the tuples they were."""
    parts = tuple((a, b) for a, b in body["parts"])
    return {"poles": tuple(body["poles"]), "metres": tuple(body["metres"]), "parts": parts}

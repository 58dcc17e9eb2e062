"""What came back from the field, as planning reads it: parts of lines that were patrolled, and visits that were made.

The file that ``[inputs] field`` names is a SQLite file that :mod:`patrol.field.store` writes and everybody else only
reads. Beside what crews sent it holds two tables that are made anew at each import and that stand here: ``walked``,
rows like those of the patrols layer (line and poles, never a section's id), and ``outcomes``, what holds of each stop.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from patrol.errors import Finding, LayerError

APPLICATION_ID = 0x50464C44  # "PFLD"
VERSION = 1
# One row a patrolled part of a section: who, when, from pole to pole; `told_by` is report, reply or track.
WALKED = {
    "date": "TEXT", "feeder_id": "TEXT", "first_pole": "TEXT", "last_pole": "TEXT", "mode": "TEXT", "party": "TEXT",
    "finds": "INTEGER", "crew_id": "TEXT", "section_id": "TEXT", "metres": "REAL", "told_by": "TEXT",
}  # fmt: skip
# One row a stop of a plan: what holds of it, whatever was said before.
OUTCOMES = {
    "plan_sha256": "TEXT", "crew_id": "TEXT", "shift_id": "TEXT", "task_id": "TEXT", "kind": "TEXT", "ref": "TEXT",
    "outcome": "TEXT", "found": "TEXT", "date": "TEXT", "at": "TEXT", "reason": "TEXT", "note": "TEXT",
    "told_by": "TEXT", "item": "TEXT", "party": "TEXT", "section_id": "TEXT", "length_m": "REAL", "done_m": "REAL",
}  # fmt: skip
FIXES = ("crew_id", "date", "lon", "lat")
PATROLS = ("date", "feeder_id", "first_pole", "last_pole", "mode", "party", "finds")


@dataclass(frozen=True, slots=True, eq=False)
class FieldResults:
    """What came back from the field.

    Attributes
    ----------
    walked : DataFrame
        Columns of :data:`WALKED`; ``date`` is a day.
    outcomes : DataFrame
        Columns of :data:`OUTCOMES`; ``date`` is a day, ``at`` a stamp in UTC or "" where nobody said the time.
    sha256 : str
        Names the two tables; "" where there is no file yet.
    """

    walked: pd.DataFrame
    outcomes: pd.DataFrame
    sha256: str


def nothing_yet() -> FieldResults:
    """Return what is known before anything has come back."""
    return FieldResults(_frame([], WALKED), _frame([], OUTCOMES), "")


def read_field(path: Path | None) -> FieldResults:
    """Read the file of what came back; where there is none yet, nothing has.

    Raises
    ------
    LayerError
        If the file is no such file, is of a newer version, or is damaged.
    """
    if path is None or not path.exists() or not path.stat().st_size:  # an import that failed leaves an empty file
        return nothing_yet()
    with _reading(path) as file:
        walked, outcomes = (
            _frame(file.execute(f"SELECT {', '.join(columns)} FROM {table} ORDER BY rowid").fetchall(), columns)
            for table, columns in (("walked", WALKED), ("outcomes", OUTCOMES))
        )
    texts = "\n".join(frame.astype(str).to_csv(index=False) for frame in (walked, outcomes))
    return FieldResults(walked, outcomes, hashlib.sha256(texts.encode()).hexdigest())


def read_fixes(path: Path | None) -> pd.DataFrame:
    """Read the fixes of tracks that are still kept.

    Returns
    -------
    DataFrame
        :data:`FIXES`: crew, day (ISO text), and place in degrees (WGS 84), by track and time. Only fixes along the
        sections that a track was credited with are ever stored, and those only until ``patrol field forget``.

    Raises
    ------
    LayerError
        As :func:`read_field`.
    """
    if path is None or not path.exists() or not path.stat().st_size:
        return pd.DataFrame(columns=list(FIXES))
    with _reading(path) as file:
        rows = file.execute(
            "SELECT crew, day, lon, lat FROM fixes JOIN tracks USING (track) ORDER BY track, fixes.rowid"
        ).fetchall()
    return pd.DataFrame(rows, columns=list(FIXES))


@contextmanager
def _reading(path: Path) -> Iterator[sqlite3.Connection]:
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=30)) as file:
            check_file(file, path)
            yield file
    except sqlite3.DatabaseError as error:
        raise _fault(path, f"it cannot be read ({error})", "restore a copy, or take it out of project.toml") from error


def check_file(file: sqlite3.Connection, path: Path) -> None:
    """Refuse a database that is not one of these, or that a newer program wrote.

    Raises
    ------
    LayerError
        Which of the two.
    """
    if file.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
        raise _fault(path, "it is no file of field results", "name another file under [inputs] field")
    version = file.execute("PRAGMA user_version").fetchone()[0]
    if version != VERSION:
        what = f"it is of version {version}, and this program knows {VERSION}"
        raise _fault(path, what, "use the program that wrote it")


def _fault(path: Path, what: str, mend: str) -> LayerError:
    return LayerError(Finding("error", "field.file", path.name, what, mend, field="inputs.field"))


def _frame(rows: list[tuple[object, ...]], columns: Mapping[str, str]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=list(columns), dtype=object)
    for name, kind in columns.items():
        if kind != "TEXT":
            frame[name] = frame[name].astype("int64" if kind == "INTEGER" else float)
    frame["date"] = pd.to_datetime(frame["date"]).astype("datetime64[ns]")
    return frame


def with_walked(patrols: pd.DataFrame, walked: pd.DataFrame) -> pd.DataFrame:
    """Return the patrols of the layer and, after them, those that came back from the field."""
    if walked.empty:
        return patrols
    rows = walked[list(PATROLS)].assign(source_row=range(1, len(walked) + 1))
    return pd.concat([patrols, rows], ignore_index=True) if len(patrols) else rows

"""Confirmed appointments of joint tasks: a small table that ``patrol plan confirm`` writes and planning reads."""

from __future__ import annotations

import csv
import datetime as dt
import io
from pathlib import Path

import pandas as pd

from patrol import text
from patrol.errors import Finding, LayerError
from patrol.layers.schema import PARTIES
from patrol.plan import write_bytes
from patrol.units import YEARS, clock, seconds_of_day, sensible

COLUMNS = ("joint_id", "date", "time", "party", "crew_id", "confirmed")
MAX_BYTES = 5_000_000


def read_appointments(path: Path | None, label: str = "") -> pd.DataFrame:
    """Return the confirmed appointments, in the order of the file; none where there is no file yet.

    Returns
    -------
    DataFrame
        ``joint_id, date`` (datetime64), ``time`` (seconds after midnight), ``party, crew_id, confirmed`` (ISO day).

    Raises
    ------
    LayerError
        Every fault of the file, with its row.
    """
    if path is None or not path.exists():
        return _frame([])
    name = label or path.name
    if path.stat().st_size > MAX_BYTES:
        raise LayerError(_fault(name, 1, "", "the file is far too long for appointments", "name the right file"))
    try:
        content = path.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise LayerError(_fault(name, 1, "", "the file is not UTF-8", "save it as CSV UTF-8")) from error
    try:
        table = list(csv.reader(io.StringIO(content)))
    except csv.Error as error:
        raise LayerError(_fault(name, 1, "", f"the file is no CSV: {error}", "name the right file")) from error
    if not table:
        return _frame([])
    head = [cell.strip() for cell in table[0]]
    missing = [column for column in COLUMNS if column not in head]
    if missing:
        what = f"has no column {', '.join(missing)}"
        raise LayerError(_fault(name, 1, "", what, f"the columns are {', '.join(COLUMNS)}"))
    found: list[Finding] = []
    rows = []
    for number, cells in enumerate(table[1:], start=2):
        row = dict(zip(head, (cell.strip() for cell in cells), strict=False))
        if any(row.values()):
            rows.append(_typed(row, number, name, found))
    if found:
        raise LayerError(found)
    return _frame(rows)


def _typed(row: dict[str, str], number: int, name: str, found: list[Finding]) -> tuple[object, ...]:
    day, at = dt.date.min, 0
    for column in ("date", "confirmed"):
        try:
            got = dt.date.fromisoformat(row.get(column, ""))
        except ValueError:
            found.append(_fault(name, number, column, f"{row.get(column, '')[:40]!r} is no date", "write 2024-08-16"))
            continue
        day = got if column == "date" else day
        if not sensible(got):
            what = f"{got} is not of the years {YEARS[0]} to {YEARS[1]}"
            found.append(_fault(name, number, column, what, "write 2024-08-16"))
    try:
        at = seconds_of_day(row.get("time", ""))
    except ValueError:
        found.append(_fault(name, number, "time", f"{row.get('time', '')[:40]!r} is no time of day", "write 09:15"))
    if row.get("party") not in PARTIES:
        what = f"{row.get('party', '')[:40]!r} is no party"
        found.append(_fault(name, number, "party", what, f"known: {', '.join(PARTIES)}"))
    joint, crew = (text.uncell(row.get(column, "")) for column in ("joint_id", "crew_id"))
    for column, value in (("joint_id", joint), ("crew_id", crew)):
        if not value:
            found.append(_fault(name, number, column, "is empty", "fill it, or take the row out"))
    return joint, day, at, row.get("party", ""), crew, row.get("confirmed", "")


def _frame(rows: list[tuple[object, ...]]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=list(COLUMNS), dtype=object)
    return table.assign(date=pd.to_datetime(table["date"]).astype("datetime64[us]"))


def _fault(name: str, row: int, column: str, what: str, mend: str) -> Finding:
    return Finding("error", "appointments.row", name, what, mend, row=row, field=column)


def write_appointments(table: pd.DataFrame, path: Path) -> None:
    """Write appointments, the file complete or not at all; texts as :mod:`patrol.text` makes them safe."""
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(COLUMNS)
    dates = pd.to_datetime(table["date"]).dt.strftime("%Y-%m-%d")
    for joint, day, at, party, crew, said in zip(
        table["joint_id"], dates, table["time"], table["party"], table["crew_id"], table["confirmed"], strict=True
    ):
        rows.writerow([text.cell(joint), day, clock(int(at)), party, text.cell(crew), said])
    write_bytes(path, b"\xef\xbb\xbf" + out.getvalue().encode())

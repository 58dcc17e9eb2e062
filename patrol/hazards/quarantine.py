"""The quarantine file: rows set aside, as they were, to be mended in a spreadsheet and imported again.

One CSV for all files of all imports: ``file, row, format, reason``, then the columns of the files. Rows of
earlier imports stay until they are mended and taken in. It holds what the files held, names and telephone numbers
too, so it belongs where they belong, and only its owner may read it.
"""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from patrol import text
from patrol.errors import Finding, IntakeError
from patrol.hazards.detect import QUARANTINE
from patrol.hazards.formats.cap_aside import as_xml
from patrol.hazards.formats.cells import Cells, csv_cells
from patrol.hazards.frames import put
from patrol.hazards.headings import HEADINGS
from patrol.hazards.model import REPORT_COLUMNS, Intake, empty_frame
from patrol.layers.tables import heading_key
from patrol.plan import write_bytes

# Formats whose rows go back to their own parser; the rows of all others are rows of a plain table.
OWN_PARSER = ("kobo", "odk", "firms", "open311", "messages", "cap")
MAX_ALONE = 100
_HEAD = ("row", "reason", "format")


@dataclass(frozen=True, slots=True)
class Part:
    """Rows of a quarantine file that one parser reads: the format, a file made of them, their rows."""

    form: str
    raw: bytes
    rows: npt.NDArray[np.int64]
    origin: dict[int, tuple[str, str, str]]  # row -> file, row and format that it came from
    table: pd.DataFrame  # the cells themselves


def write_quarantine(intakes: Sequence[Intake], path: Path) -> Path | None:
    """Add the rejected rows of several files to those that ``path`` holds, and take out what was mended.

    A row that stands there already is not written twice. A row of an earlier import goes when a mended copy of it
    (by file, row and format) was among ``intakes``; what of the copy is still wrong stands in its place. Where
    several rows are called the same and not all of them were in the copy, they stay: nothing is lost.

    Returns
    -------
    Path or None
        ``path`` (or, if something else has that name, one with a number), None if no rows are left: then there is
        no such file any more.
    """
    path, earlier = _earlier(path)
    mended = Counter(name for intake in intakes for name in intake.origin.values())
    if len(earlier):
        names = list(zip(earlier["file"], earlier["row"], earlier["format"], strict=True))
        held = Counter(names)
        keep = [not mended[name] or held[name] > mended[name] for name in names]
        earlier = earlier[keep]
    parts = [one for one in (earlier, *(_part(intake) for intake in intakes)) if len(one)]
    if not parts:
        path.unlink(missing_ok=True)
        return None
    table = pd.concat(parts, ignore_index=True).fillna("")
    columns = [[_by_line(text.cell, cell) for cell in table[name]] for name in table.columns]
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow([text.cell(name) for name in table.columns])
    own = [name not in ("file", "row", "reason") for name in table.columns]
    seen = set()
    for row in zip(*columns, strict=True):
        said = tuple(cell for cell, counts in zip(row, own, strict=True) if counts)
        if said not in seen:
            seen.add(said)
            writer.writerow(row)
    write_bytes(path, out.getvalue().encode("utf-8-sig"), private=True)
    return path


def _earlier(path: Path) -> tuple[Path, pd.DataFrame]:
    """Return the rows that a quarantine file holds, and where to write: never over a file of another kind."""
    for place in (path, *(path.with_name(f"{path.stem}-{number}{path.suffix}") for number in range(2, 1000))):
        if not place.exists():
            return place, pd.DataFrame()
        raw = place.read_bytes()
        try:
            if raw.removeprefix(b"\xef\xbb\xbf").startswith(",".join(QUARANTINE).encode()):
                table = csv_cells(raw, place.name, frozenset(heading_key(name) for name in QUARANTINE)).table
                return place, table.map(lambda cell: _by_line(text.uncell, cell))
        except IntakeError:
            continue  # it holds no rows, or cannot be read: it is left alone
    raise IntakeError(f"{path.name}: there are too many files of this name")


def _part(intake: Intake) -> pd.DataFrame:
    """Return the rejected rows of one file under the columns of the quarantine."""
    rejected = intake.rejected if "format" in intake.rejected else marked(intake.rejected, intake.form)
    own = [name for name in rejected.columns if name not in _HEAD]
    renamed = {name: f"{name}_" for name in own if name in QUARANTINE}
    said = [intake.origin.get(int(row), (intake.label, str(row), "")) for row in rejected["row"]]
    head = pd.DataFrame(
        {
            "file": [file for file, _, _ in said],
            "row": [row for _, row, _ in said],
            "format": rejected["format"],
            "reason": rejected["reason"],
        },
        dtype=object,
    )
    return pd.concat([head, rejected[own].rename(columns=renamed).astype(object)], axis=1)


def _by_line(change: Callable[[object], str], cell: object) -> str:
    """Return ``change`` of each line of a cell: the breaks in a message tell who wrote it from what it says."""
    return "\n".join(change(line) for line in str(cell).splitlines())


def marked(rows: pd.DataFrame, form: str) -> pd.DataFrame:
    """Return rows of a file of format ``form`` with the column ``format``: who can read such rows again."""
    own = form if form in OWN_PARSER else "csv"
    return put(rows.rename(columns={"format": "format_"}) if "format" in rows else rows, format=own)


def with_aside(intake: Intake, aside: pd.DataFrame, timezone: str) -> Intake:
    """Return an intake whose rejected rows include reports that the register set aside, with their ``reason``."""
    if aside.empty:
        return intake
    own = marked(as_table(aside, timezone), "csv").reset_index(drop=True)
    rows = pd.concat([aside[["row", "reason"]].reset_index(drop=True), own], axis=1)
    return replace(intake, rejected=pd.concat([intake.rejected, rows], ignore_index=True).fillna(""))


def as_table(reports: pd.DataFrame, timezone: str) -> pd.DataFrame:
    """Return reports as texts under the headings of a plain table, which can be read again (WGS84)."""
    table = pd.DataFrame(index=reports.index)
    for name, kind in REPORT_COLUMNS.items():
        if name not in HEADINGS:
            continue
        values = reports[name]
        if kind == "time":
            said = values.dt.strftime("%Y-%m-%dT%H:%M:%S.%fZ").where(values.notna(), "")
            if name == "captured_at":
                local = values.dt.tz_convert(timezone).dt.strftime("%Y-%m-%d")
                said = said.where(reports["precision"] != "day", local.where(values.notna(), ""))
            table[name] = said.astype(object)
        elif kind == "float64":
            table[name] = [repr(float(value)) if value == value else "" for value in values]  # noqa: PLR0124 - NaN
        else:
            table[name] = values.astype(object)
    table["crs"] = np.where(reports["lon"].notna() | reports["lat"].notna(), "EPSG:4326", "")
    return table.loc[:, (table != "").any(axis=0).to_numpy(bool)] if len(table) else table


def parts_of(cells: Cells) -> list[Part]:
    """Return the parts of a quarantine file, by format and file, so that headings of one do not hide the other's."""
    table = cells.table.map(lambda cell: _by_line(text.uncell, cell))
    own = [name for name in table.columns if name not in QUARANTINE]
    keys = pd.Series(list(zip(table["format"], table["file"], strict=True)), index=table.index)
    parts = []
    for form, file in dict.fromkeys(keys):
        here = (keys == (form, file)).to_numpy(bool)
        rows = table.loc[here, own]
        rows = rows.loc[:, (rows != "").any(axis=0).to_numpy(bool)]
        rows.columns = pd.Index([name[:-1] if name[:-1] in QUARANTINE else name for name in rows.columns])
        known = form if form in OWN_PARSER else "csv"
        # A message by itself has no head for the next to follow; a long chat is read as one. One broken alert may not
        # hide where the next begins.
        alone = known == "cap" or (known == "messages" and len(rows) <= MAX_ALONE)
        cuts = range(1, len(rows)) if alone else ()
        for piece in np.split(np.arange(len(rows)), list(cuts)):
            at = cells.rows[here][piece]
            came = zip(table["file"][here].iloc[piece], table["row"][here].iloc[piece], strict=True)
            origin = {int(row): (one, number, form) for row, (one, number) in zip(at, came, strict=True)}
            parts.append(Part(known, _file_of(known, rows.iloc[piece]), at, origin, rows.iloc[piece]))
    return parts


def refused(part: Part, error: IntakeError, label: str) -> Intake:
    """Return the rows of a part that its parser refuses as a whole, set aside again: others are not stopped by it."""
    what, mend = error.findings[0].what, error.findings[0].mend
    rows = part.table.reset_index(drop=True).rename(columns={name: f"{name}_" for name in ("row", "reason")})
    numbers = range(1, len(rows) + 1)
    rejected = pd.concat([pd.DataFrame({"row": list(numbers), "reason": what}), rows], axis=1)
    told = tuple(Finding("rejected", error.findings[0].code, label, what, mend, row=row) for row in numbers)
    return Intake(empty_frame(REPORT_COLUMNS), marked(rejected, part.form), told, part.form)


def _file_of(form: str, rows: pd.DataFrame) -> bytes:
    """Return rows as a file that the parser of the format reads."""
    if form == "open311":
        records = [{name: cell for name, cell in one.items() if cell} for one in rows.to_dict("records")]
        return json.dumps(records, ensure_ascii=False).encode()
    if form == "cap":
        return "\n".join(
            as_xml({str(name): cell for name, cell in one.items()}) for one in rows.to_dict("records")
        ).encode()
    if form == "messages":
        return "\n\n".join("\n".join(filter(None, line)) for line in rows.to_numpy().tolist()).encode()
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(rows.columns)
    writer.writerows(rows.to_numpy().tolist())
    return out.getvalue().encode()

"""The quarantine file: rows set aside, as they were, to be mended in a spreadsheet and imported again.

One CSV for all files of an import: ``file, row, format, reason``, then the columns of the files. It
holds what the files held, names and telephone numbers too, so it belongs where they belong.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from patrol import text
from patrol.hazards.detect import QUARANTINE
from patrol.hazards.formats.cells import Cells
from patrol.hazards.frames import put
from patrol.hazards.headings import HEADINGS
from patrol.hazards.model import REPORT_COLUMNS, Intake
from patrol.plan import write_bytes

# Formats whose rows go back to their own parser; the rows of all others are rows of a plain table.
OWN_PARSER = ("kobo", "odk", "firms", "open311", "messages")
MAX_ALONE = 100
_HEAD = ("row", "reason", "format")


@dataclass(frozen=True, slots=True)
class Part:
    """Rows of a quarantine file that one parser reads: the format, a file made of them, their rows."""

    form: str
    raw: bytes
    rows: npt.NDArray[np.int64]


def write_quarantine(intakes: Sequence[Intake], path: Path) -> Path | None:
    """Write the rejected rows of several files beside ``path``, then move them there.

    Returns
    -------
    Path or None
        ``path``, or None if nothing was rejected (then nothing is written).
    """
    parts = [_part(intake) for intake in intakes if len(intake.rejected)]
    if not parts:
        return None
    table = pd.concat(parts, ignore_index=True).fillna("")
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow([text.cell(name) for name in table.columns])
    columns = [[_by_line(text.cell, cell) for cell in table[name]] for name in table.columns]
    writer.writerows(zip(*columns, strict=True))
    write_bytes(path, out.getvalue().encode("utf-8-sig"))
    return path


def _part(intake: Intake) -> pd.DataFrame:
    """Return the rejected rows of one file under the columns of the quarantine."""
    rejected = intake.rejected if "format" in intake.rejected else marked(intake.rejected, intake.form)
    own = [name for name in rejected.columns if name not in _HEAD]
    renamed = {name: f"{name}_" for name in own if name in QUARANTINE}
    head = pd.DataFrame(
        {
            "file": intake.label,
            "row": rejected["row"].astype(str),
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
        # A message by itself has no head for the next to follow; a long chat is read as one.
        alone = known == "messages" and len(rows) <= MAX_ALONE
        cuts = range(1, len(rows)) if alone else ()
        for piece in np.split(np.arange(len(rows)), list(cuts)):
            parts.append(Part(known, _file_of(known, rows.iloc[piece]), cells.rows[here][piece]))
    return parts


def _file_of(form: str, rows: pd.DataFrame) -> bytes:
    """Return rows as a file that the parser of the format reads."""
    if form == "open311":
        records = [{name: cell for name, cell in one.items() if cell} for one in rows.to_dict("records")]
        return json.dumps(records, ensure_ascii=False).encode()
    if form == "messages":
        return "\n\n".join("\n".join(filter(None, line)) for line in rows.to_numpy().tolist()).encode()
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(rows.columns)
    writer.writerows(rows.to_numpy().tolist())
    return out.getvalue().encode()

"""A file as it was read, before anything is decided about it, and how a row of it is set aside."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from patrol import text
from patrol.errors import Finding
from patrol.layers.values import is_missing

BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.int64]
MAX_VALUE_CHARS = 300  # a longer cell, or a line's coordinates, is cut in rejected.csv


@dataclass(frozen=True, slots=True)
class Raw:
    """One input as it stands in its file.

    Attributes
    ----------
    kind, label : str
        Input, and file (and layer) as the user named it.
    table : DataFrame
        Cells with the headings of the file; ``RangeIndex``.
    rows : int array
        Row as a person finds it: of a table the row of the spreadsheet, its heading counted; of a layer the
        feature, counted from 1.
    geometry : object array or None
        Geometries, None where the file has none (a table).
    crs : str
        WKT of the CRS the file declares, empty if it declares none.
    name_bytes : tuple of (int, str), or ()
        Longest heading in bytes and its encoding, where the format cuts headings (shapefiles).
    """

    kind: str
    label: str
    table: pd.DataFrame
    rows: IntArray
    geometry: npt.NDArray[Any] | None = None
    crs: str = ""
    name_bytes: tuple[int, str] | tuple[()] = ()
    findings: tuple[Finding, ...] = field(default=())

    def code(self, short: str) -> str:
        """Return the full code of a finding about this input."""
        return f"{self.kind}.{short}"

    def fault(self, short: str, what: str, mend: str, *, name: str = "") -> Finding:
        """Return a finding that stops the run, about the whole file."""
        return Finding("error", self.code(short), self.label, what, mend, field=name)

    def note(self, short: str, what: str, mend: str = "") -> Finding:
        """Return a note about what was done to the file."""
        return Finding("note", self.code(short), self.label, what, mend)

    def suspicion(self, short: str, what: str, mend: str, *, row: int | None = None, name: str = "") -> Finding:
        """Return a suspicion about the file or one row of it."""
        return Finding("suspicion", self.code(short), self.label, what, mend, row=row, field=name)

    def set_aside(
        self, at: IntArray, short: str, what: str | Callable[[int], str], mend: str, *, name: str = ""
    ) -> list[Finding]:
        """Return one finding of level ``rejected`` for each row.

        Parameters
        ----------
        at : int array
            Positions in ``rows``.
        short, what, mend, name : str
            See :class:`Finding`; ``what`` may be made from the position.
        """
        return [
            Finding(
                "rejected",
                self.code(short),
                self.label,
                what if isinstance(what, str) else what(int(i)),
                mend,
                row=int(self.rows[i]),
                field=name,
            )
            for i in at
        ]


def some_rows(rows: IntArray, limit: int = 8) -> str:
    """Return ``row 3`` or ``rows 3, 7, 9, ... (120 in all)``, for messages."""
    shown = ", ".join(str(row) for row in rows[:limit])
    if len(rows) == 1:
        return f"row {shown}"
    return f"rows {shown}" + (f", ... ({len(rows)} in all)" if len(rows) > limit else "")


def shown(value: object) -> str:
    """Return a cell for a message: quoted, cleaned and short."""
    return repr(text.clean(value, limit=60))


def contents_of(raw: Raw, at: IntArray) -> list[str]:
    """Return rows of the file as JSON, without empty cells; their geometry as (cut) WKT."""
    wkt = [""] * len(at)
    if raw.geometry is not None:
        wkt = [text.clean(words, limit=MAX_VALUE_CHARS) for words in shapely.to_wkt(raw.geometry[at], 7)]
    names = [text.clean(name, limit=80) for name in raw.table.columns]
    lists = [raw.table.iloc[at, i].tolist() for i in range(len(names))]
    result = []
    for row, shape in enumerate(wkt):
        cells = {name: column[row] for name, column in zip(names, lists, strict=True)}
        content = {
            name: text.clean(cell, limit=MAX_VALUE_CHARS) for name, cell in cells.items() if not is_missing(cell)
        }
        result.append(json.dumps(content | ({"geometry": shape} if shape else {}), ensure_ascii=False))
    return result

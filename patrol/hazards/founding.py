"""Hazards founded by many reports at once: written from the columns of the reports, not read back from their table.

What each of them looks like is what :mod:`patrol.hazards.refresh` would make of it; this is for the case that takes
long, a first large import and its replay, where no hazard was known and nothing was done to any.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import astuple
from itertools import repeat
from operator import itemgetter
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from patrol.hazards.columns import Columns, insert
from patrol.hazards.geopackage import gp_points
from patrol.hazards.lifecycle import Case
from patrol.hazards.model import HAZARD_COLUMNS, OPEN_STATES
from patrol.hazards.refresh import picks
from patrol.hazards.stamps import plus_hours
from patrol.hazards.tables import CASE_TABLE, without_indexes

IntArray = npt.NDArray[np.int64]
_BLANK = dict(zip(CASE_TABLE, astuple(Case(case_id="", root="")), strict=True))
_PLACED = (
    "feeder_id", "pole_no", "snap_state", "snap_m", "confidence", "other_feeder_id", "other_pole_no", "other_m",
    "uncertainty_m", "zone_id", "lon", "lat",
)  # fmt: skip
KEPT = ("fid", "hazard_id", "seen", "key", "party", "type", "hazard_class", "deadline_h", "previous_id", "description",
        *_PLACED)  # fmt: skip
_CHUNK = 20_000


class Founding:
    """Columns of reports, some thousand rows at a time, until all are there."""

    def __init__(self) -> None:
        self._parts: list[Columns] = []

    def add(self, part: Columns) -> None:
        """Keep what hazards show of some reports."""
        self._parts.append({name: part[name] for name in KEPT})

    def _column(self, name: str) -> npt.NDArray[np.object_]:
        """Return a column of all reports, and let the parts go."""
        counts = [len(part["fid"]) for part in self._parts]
        column = np.empty(sum(counts), dtype=object)
        first = 0
        for part, count in zip(self._parts, counts, strict=True):
            values = part[name] if name == "fid" else part.pop(name)
            column[first : first + count] = values if not isinstance(values, str) else [values] * count
            first += count
        return column

    def write(self, connection: sqlite3.Connection) -> None:
        """Write cases and hazards of the reports into their empty tables."""
        columns = {name: self._column(name) for name in KEPT}
        self._parts.clear()
        number, different = pd.factorize(columns["hazard_id"])
        names: list[str] = different.tolist()
        pick = _picked(columns, number, len(names))
        fids = columns["fid"][np.unique(number, return_index=True)[1]].tolist()
        cases: Columns = {"fid": fids, **_BLANK, "case_id": names, "root": names}
        with without_indexes(connection, "cases", when=True):
            insert(connection, "cases", {name: _same(value, len(fids)) for name, value in cases.items()})
        with without_indexes(connection, "hazards", when=True):
            for first in range(0, len(fids), _CHUNK):
                rows = slice(first, first + _CHUNK)
                insert(connection, "hazards", _hazards(columns, pick, names, rows) | {"fid": fids[rows]})


def _same(value: Any, count: int) -> Any:
    """Return a value that is the same in all rows as ``insert`` takes it."""
    return value if value is None or isinstance(value, (str, list)) else [value] * count


def _picked(columns: dict[str, npt.NDArray[np.object_]], number: IntArray, count: int) -> dict[str, Any]:
    """Return for each hazard which report, as a row of the columns, says what; -1 where none does."""
    size = np.bincount(number, minlength=count)
    first = np.unique(number, return_index=True)[1]
    told, again = (columns["description"] != "").astype(bool), (columns["previous_id"] != "").astype(bool)
    pick: dict[str, Any] = {name: first.copy() for name in ("first", "typed", "urgent", "placed")}
    pick |= {"told": np.where(told[first], first, -1), "again": np.where(again[first], first, -1), "reports": size}
    pick |= {"parties": columns["party"][first], "last_report": columns["seen"][first]}
    table = list(picks(_members(columns, number, np.flatnonzero(size[number] > 1))))
    at = [number[row[1]] for row in table]
    if table:
        for place, name in enumerate(("first", "typed", "urgent", "placed"), start=1):
            pick[name][at] = [row[place] for row in table]
        for place, name in ((5, "told"), (6, "again")):
            pick[name][at] = [-1 if row[place] is None else row[place] for row in table]
        pick["parties"][at] = [row[7] for row in table]
        pick["last_report"][at] = [row[9] for row in table]
    return pick


def _members(
    columns: dict[str, npt.NDArray[np.object_]], number: IntArray, several: IntArray
) -> Iterator[tuple[Any, ...]]:
    """Yield reports of hazards that have several, as ``refresh`` reads them, but places in the columns for fids."""
    fields = ("seen", "key", "party", "type", "hazard_class", "lon", "uncertainty_m")
    seen, key, party, kind, grade, lon, radius = (columns[name][several].tolist() for name in fields)
    told, again = ((columns[name][several] != "").tolist() for name in ("description", "previous_id"))
    rows = zip(
        number[several].tolist(), several.tolist(), seen, key, party, kind, grade, [one is None for one in lon],
        radius, told, again, repeat(0), repeat(None), strict=False,
    )  # fmt: skip
    yield from sorted(rows, key=itemgetter(0, 2, 3))


def _hazards(
    columns: dict[str, npt.NDArray[np.object_]], pick: dict[str, Any], names: list[str], rows: slice
) -> Columns:
    """Return some rows of the table of hazards."""

    def said(name: str, by: str) -> list[Any]:
        values: list[Any] = columns[name][pick[by][rows]].tolist()
        return values

    def if_any(name: str, by: str) -> list[Any]:
        at = pick[by][rows]
        return [
            value if known else "" for value, known in zip(columns[name][at].tolist(), (at >= 0).tolist(), strict=True)
        ]

    state = _BLANK["state"]
    count = len(names[rows])
    deadline = map(plus_hours, said("seen", "first"), said("deadline_h", "urgent"))
    made: Columns = {
        "hazard_id": names[rows],
        "type": said("type", "typed"),
        "hazard_class": said("hazard_class", "urgent"),
        "state": state,
        "open": [int(state in OPEN_STATES)] * count,
        "reported": said("seen", "first"),
        "last_report": pick["last_report"][rows].tolist(),
        "party": said("party", "first"),
        "parties": pick["parties"][rows].tolist(),
        "reports": pick["reports"][rows].tolist(),
        "asset_owner": "",
        "deadline": list(deadline),
        "previous_id": if_any("previous_id", "again"),
        "description": if_any("description", "told"),
        "photos": [0] * count,
        **{name: said(name, "placed") for name in _PLACED},
    }
    made |= {name: _same(_BLANK[name], count) for name in HAZARD_COLUMNS if name not in made}
    made["geom"] = gp_points(made["lon"], made["lat"])
    return {name: made[name] for name in ("geom", *HAZARD_COLUMNS)}

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
from patrol.hazards.picks import AGAINST, PICKED, may_be, picks
from patrol.hazards.stamps import plus_hours
from patrol.hazards.tables import CASE_TABLE, without_indexes

IntArray = npt.NDArray[np.int64]
_BLANK = dict(zip(CASE_TABLE, astuple(Case(case_id="", root="")), strict=True))
_PLACED = (
    "feeder_id", "pole_no", "snap_state", "snap_m", "confidence", "other_feeder_id", "other_pole_no", "other_m",
    "uncertainty_m", "zone_id", "lon", "lat",
)  # fmt: skip
KEPT = ("fid", "hazard_id", "seen", "key", "party", "type", "hazard_class", "deadline_h", "previous_id", "description",
        "doubts", *_PLACED)  # fmt: skip
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
    pick: dict[str, Any] = {name: first.copy() for name in _ROWS}
    pick |= {"told": np.where(told[first], first, -1), "again": np.where(again[first], first, -1), "reports": size}
    pick |= {
        "parties": columns["party"][first],
        "last_report": columns["seen"][first],
        "may_be": _may_be(columns, first),
    }
    pick |= {"due_from": columns["seen"][first], "deadline": np.full(count, None, dtype=object)}
    alone = np.flatnonzero(size == 1)
    at = first[alone]
    pick["deadline"][alone] = list(map(plus_hours, columns["seen"][at].tolist(), columns["deadline_h"][at].tolist()))
    table = list(picks(_members(columns, number, np.flatnonzero(size[number] > 1))))
    for name, values in zip(PICKED, zip(*table, strict=True), strict=False):
        if name not in pick or not table:
            continue
        several = number[np.array([row[1] for row in table], dtype=np.int64)]
        pick[name][several] = [-1 if value is None else value for value in values] if name in _MAY_BE_NONE else values
    return pick


_ROWS = ("first", "typed", "urgent", "placed")
_MAY_BE_NONE = ("told", "again")


def _may_be(columns: dict[str, npt.NDArray[np.object_]], rows: IntArray) -> npt.NDArray[np.object_]:
    """Return what single reports may be; nearly all say nothing against their type."""
    code, doubts = columns["type"][rows].copy(), columns["doubts"][rows]
    for at in [at for at, doubt in enumerate(doubts.tolist()) if doubt and AGAINST in doubt]:
        code[at] = may_be(code[at], doubts[at])
    found: npt.NDArray[np.object_] = code
    return found


def _members(
    columns: dict[str, npt.NDArray[np.object_]], number: IntArray, several: IntArray
) -> Iterator[tuple[Any, ...]]:
    """Yield reports of hazards that have several, as ``refresh`` reads them, but places in the columns for fids."""
    fields = ("seen", "key", "party", "type", "hazard_class", "lon", "uncertainty_m")
    seen, key, party, kind, grade, lon, radius = (columns[name][several].tolist() for name in fields)
    told, again = ((columns[name][several] != "").tolist() for name in ("description", "previous_id"))
    hours, doubts = (columns[name][several].tolist() for name in ("deadline_h", "doubts"))
    rows = zip(
        number[several].tolist(), several.tolist(), seen, key, party, kind, grade, [one is None for one in lon],
        radius, told, again, repeat(0), repeat(None), hours, doubts, repeat(None), repeat(None), strict=False,
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
    made: Columns = {
        "hazard_id": names[rows],
        "type": said("type", "typed"),
        "may_be": pick["may_be"][rows].tolist(),
        "hazard_class": said("hazard_class", "urgent"),
        "state": state,
        "open": [int(state in OPEN_STATES)] * count,
        "reported": said("seen", "first"),
        "last_report": pick["last_report"][rows].tolist(),
        "party": said("party", "first"),
        "parties": pick["parties"][rows].tolist(),
        "reports": pick["reports"][rows].tolist(),
        "asset_owner": "",
        "deadline": pick["deadline"][rows].tolist(),
        "due_from": pick["due_from"][rows].tolist(),
        "previous_id": if_any("previous_id", "again"),
        "description": if_any("description", "told"),
        "photos": [0] * count,
        **{name: said(name, "placed") for name in _PLACED},
    }
    made |= {name: _same(_BLANK[name], count) for name in HAZARD_COLUMNS if name not in made}
    made["geom"] = gp_points(made["lon"], made["lat"])
    return {name: made[name] for name in ("geom", *HAZARD_COLUMNS)}

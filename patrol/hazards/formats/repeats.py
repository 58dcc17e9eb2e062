"""Repeated groups of phone forms: each entry that says what or where is a report of its own."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from patrol.hazards.formats.forms import System
from patrol.hazards.formats.records import Tray, as_text, flat
from patrol.hazards.headings import HEADINGS
from patrol.layers.tables import heading_key

MOST = 200  # entries of one submission
_TELLS = ("type_ref", "description", "feeder_ref", "pole_ref", "equipment_ref", "lonlat")
_WHAT = frozenset(heading_key(word) for name in _TELLS for word in (name, *HEADINGS[name])) | {
    heading_key(word) for word in ("hazard", "location", "geopoint", "gps", "position", "place", "位置", "定位", "地点")
}


def entries(cells: Mapping[str, str], system: System, key: str) -> list[dict[str, str]]:
    """Return a submission, and for each entry of its repeated groups one with the entry's answers in its place.

    Parameters
    ----------
    cells : mapping
        A flat record; lists stand in it as JSON.
    system : System
        Questions are known by what stands behind its last mark.
    key : str
        Field of the submission's id; an entry's is numbered.

    Returns
    -------
    list of dict
        The submission first: without the groups that are read, and without its answers if it says nothing itself.
        Groups that tell neither what nor where stay in it, their words as text.
    """
    own = {name: cell for name, cell in cells.items() if not _is_group(name, cell, system)}
    more: list[dict[str, str]] = []
    for name, cell in cells.items():
        if name in own:
            continue
        rows = [flat(entry, system.mark) for entry in json.loads(cell) if isinstance(entry, dict)][:MOST]
        asked = {_question(column, system) for row in rows for column in row}
        if not asked & _WHAT:
            own[name] = "; ".join(value for row in rows for value in row.values() if value)
            continue
        back = {_question(column, system): column for column in reversed(own)}
        for row in rows:
            said = {back.get(_question(column, system), column): value for column, value in row.items()}
            said = {column: value for column, value in said.items() if not column.startswith("_") or "geo" in column}
            more.append({**own, **said, key: f"{cells.get(key, '')}/{len(more) + 1}" if cells.get(key) else ""})
    return [own, *more]


def _is_group(name: str, cell: str, system: System) -> bool:
    if system.own.fullmatch(name) or not cell.startswith("[{"):
        return False
    try:
        rows: Any = json.loads(cell)
    except (ValueError, RecursionError):
        return False
    return isinstance(rows, list) and any(isinstance(row, dict) for row in rows)


def _question(column: str, system: System) -> str:
    return heading_key(as_text(column).rsplit(system.mark, 1)[-1].rsplit("/", 1)[-1])


def tell_entries(tray: Tray, count: int) -> None:
    """Tell how many entries were read as reports of their own."""
    if count:
        what = f"{count} entries of repeated groups are read as reports of their own"
        tray.tell("note", "repeat", what, "each has the id of its submission and a number")

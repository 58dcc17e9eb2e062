"""What a hazard looks like, read from all its reports and its case: the same whatever order they came in."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter
from typing import Any

from patrol.hazards.actions import UNCLASSIFIED
from patrol.hazards.model import HAZARD_COLUMNS, OPEN_STATES
from patrol.hazards.tables import quoted

_RANK = {"emergency": 0, "serious": 1, "general": 2}
_NOWHERE = 1e9  # uncertainty of a report that does not say, in metres
# Reports of what is touched, and of all that was merged into it.
_MEMBERS = """
    SELECT x.case_id, r.fid, r.seen, r.key, r.party, r.type, r.hazard_class, r.lon IS NULL, r.uncertainty_m,
        r.description <> '', r.previous_id <> '' {photos}
    FROM touched x JOIN cases c ON c.case_id = x.case_id JOIN cases m ON m.root = c.case_id
    JOIN reports r ON r.hazard_id = m.case_id WHERE c.merged_into = '' ORDER BY x.case_id, r.seen, r.key
"""
_PHOTOS = ", (SELECT count(*) FROM photos p WHERE p.subject = r.report_id)"
_PICKED = "case_id, first, typed, urgent, placed, told, again, parties, reports, last_report, photos"


def _fixed(name: str, otherwise: str) -> str:
    """Return SQL for what was set by hand, or else for what the reports say."""
    return f"coalesce(json_extract(k.fixed, '$.{name}'), {otherwise})"


_OPEN = ", ".join(f"'{state}'" for state in OPEN_STATES)
_HOURS = _fixed("deadline_h", "u.deadline_h")
_PLACED = ("feeder_id", "pole_no", "snap_state", "snap_m", "confidence", "uncertainty_m", "zone_id", "lon", "lat")
_COLUMNS = {
    "hazard_id": "k.case_id",
    "type": _fixed("type", "t.type"),
    "hazard_class": _fixed("hazard_class", "u.hazard_class"),
    "state": "k.state",
    "open": f"k.state IN ({_OPEN})",
    "reported": "f.seen",
    "last_report": "x.last_report",
    "party": "f.party",
    "parties": "x.parties",
    "reports": "x.reports",
    "owner": "k.owner",
    "owner_party": "k.owner_party",
    "asset_owner": _fixed("asset_owner", "''"),
    "deadline": f"coalesce(short_stamp(json_extract(k.fixed, '$.deadline')), "
    f"plus_hours(coalesce(k.restarted, f.seen), {_HOURS}))",
    "level": "k.level",
    "notice_served": "k.notice_served",
    "closed": "k.closed",
    "previous_id": "coalesce(a.previous_id, '')",
    "description": _fixed("description", "coalesce(d.description, '')"),
    "photos": "x.photos",
    **{name: _fixed(name, f"p.{name}") for name in _PLACED},
}
_POINT = f"gp_point({_COLUMNS['lon']}, {_COLUMNS['lat']})"
_SQL = f"""
    INSERT INTO hazards (fid, geom, {quoted(HAZARD_COLUMNS)})
    SELECT k.fid, {_POINT}, {", ".join(_COLUMNS[name] for name in HAZARD_COLUMNS)}
    FROM picked x CROSS JOIN cases k ON k.case_id = x.case_id
    JOIN reports f ON f.fid = x.first JOIN reports t ON t.fid = x.typed JOIN reports u ON u.fid = x.urgent
    JOIN reports p ON p.fid = x.placed LEFT JOIN reports d ON d.fid = x.told LEFT JOIN reports a ON a.fid = x.again
"""


def refresh(connection: sqlite3.Connection) -> None:
    """Write anew the hazards whose cases or reports are in the temporary table ``touched``; empty it."""
    # A report of what was merged changes what it was merged into.
    connection.execute(
        "INSERT OR IGNORE INTO touched SELECT c.root FROM touched x JOIN cases c ON c.case_id = x.case_id "
        "WHERE c.root <> c.case_id"
    )
    connection.execute("DELETE FROM hazards WHERE hazard_id IN (SELECT case_id FROM touched)")
    connection.execute(f"CREATE TEMP TABLE IF NOT EXISTS picked ({_PICKED})")
    connection.execute("DELETE FROM picked")
    pictured = connection.execute("SELECT EXISTS (SELECT 1 FROM photos)").fetchone()[0]
    members = connection.execute(_MEMBERS.format(photos=_PHOTOS if pictured else ", 0"))
    marks = ",".join("?" * len(_PICKED.split(", ")))
    connection.executemany(f"INSERT INTO picked VALUES ({marks})", _picks(members))
    if pictured:
        connection.execute(
            "UPDATE picked SET photos = photos + (SELECT count(*) FROM cases m JOIN photos p ON p.subject = m.case_id "
            "WHERE m.root = picked.case_id)"
        )
    connection.execute(_SQL)
    connection.execute("DELETE FROM picked")
    connection.execute("DELETE FROM touched")


def _picks(members: sqlite3.Cursor) -> Iterator[tuple[Any, ...]]:
    """Yield, for each hazard, which of its reports says what; ties fall to time of capture, then to the key."""
    for case_id, group in groupby(members, key=itemgetter(0)):
        rows = list(group)
        fids = [row[1] for row in rows]
        known = [row for row in rows if row[5] != UNCLASSIFIED] or rows
        told = next((row[1] for row in rows if row[9]), None)
        again = next((row[1] for row in rows if row[10]), None)
        yield (
            case_id,
            fids[0],
            known[0][1],
            min(known, key=lambda row: _RANK.get(row[6], len(_RANK)))[1],
            min(rows, key=lambda row: (row[7], _NOWHERE if row[8] is None else row[8]))[1],
            told,
            again,
            "|".join(sorted({row[4] for row in rows})),
            len(rows),
            rows[-1][2],
            sum(row[11] for row in rows),
        )

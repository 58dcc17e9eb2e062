"""What a hazard looks like, read from all its reports and its case: the same whatever order they came in."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from patrol.hazards.carried import carry
from patrol.hazards.lifecycle import CLASS_SET
from patrol.hazards.model import HAZARD_COLUMNS, OPEN_STATES
from patrol.hazards.picks import PICKED, picks
from patrol.hazards.tables import without_indexes

BULK = 5_000  # hazards; so many into an empty table are written before its indexes
# Reports of what is touched, and of all that was merged into it, in the order in which hazards were founded:
# so the pages of a large register are written one after the other. CROSS JOIN keeps SQLite from beginning with
# all reports there are: few are touched by one action.
_MEMBERS = """
    SELECT x.case_id, r.fid, r.seen, r.key, r.party, r.type, r.hazard_class, r.lon IS NULL, r.uncertainty_m,
        r.description <> '', r.previous_id <> '' {photos}, r.withdrawn, r.deadline_h, r.doubts, c.restarted,
        c.rectified_at
    FROM touched x CROSS JOIN cases c ON c.case_id = x.case_id CROSS JOIN cases m ON m.root = c.case_id
    CROSS JOIN reports r ON r.hazard_id = m.case_id WHERE c.merged_into = ''
    ORDER BY c.fid, r.seen, coalesce(r.rank, r.key)
"""
_PHOTOS = ", (SELECT count(*) FROM photos p WHERE p.subject = r.report_id)"
_OPEN = ", ".join(f"'{state}'" for state in OPEN_STATES)
_PLACED = (
    "feeder_id", "pole_no", "snap_state", "snap_m", "confidence", "other_feeder_id", "other_pole_no", "other_m",
    "uncertainty_m", "zone_id", "lon", "lat",
)  # fmt: skip
_BY_HAND = ("snap_m", "confidence", "other_m")  # a place set by hand has its own, or none
# Which report says it: the earliest, the gravest of a known type, the most urgent, the surest of its place, the
# first with a description, the first that is a new occurrence.
_SAID = {"first": "f", "typed": "t", "urgent": "u", "placed": "p", "told": "d", "again": "a"}


def _columns(t: str, u: str, p: str, d: str, a: str, *, by_hand: bool) -> dict[str, str]:
    """Return SQL for each column of a hazard: what was set by hand if anything was, else what the reports say."""

    def hand(name: str) -> str:
        return f"json_extract(k.fixed, '$.{name}')" if by_hand else "NULL"

    def fixed(name: str, otherwise: str) -> str:
        return f"coalesce({hand(name)}, {otherwise})" if by_hand else otherwise

    def placed(name: str) -> str:
        if not by_hand or name not in _BY_HAND:
            return fixed(name, f"{p}.{name}")
        return f"CASE WHEN {hand('snap_state')} IS NULL THEN {fixed(name, f'{p}.{name}')} ELSE {hand(name)} END"

    # Nobody has acted upon what all who reported it have withdrawn: there is nothing.
    gone = "0" if by_hand else "x.withdrawn IS NOT NULL AND k.state = 'reported'"
    # What is reported after it was rectified is there again, or still: nobody may take it for settled.
    back = "k.state = 'rectified' AND x.last_report > k.rectified_at"
    due, begun = "x.deadline", "x.due_from"
    if by_hand:
        hours = hand("deadline_h")
        own = f"due_by_hand(coalesce(k.restarted, f.seen), {hours}, x.deadline, {hand(CLASS_SET)})"
        begun = f"CASE WHEN {hours} IS NULL THEN {begun} ELSE plus_hours({own}, -{hours}) END"
        due = f"coalesce(short_stamp({hand('deadline')}), CASE WHEN {hours} IS NULL THEN {due} ELSE {own} END)"
    columns = {
        "hazard_id": "k.case_id",
        "type": fixed("type", f"{t}.type"),
        "may_be": fixed("type", "x.may_be"),
        "hazard_class": fixed("hazard_class", f"{u}.hazard_class"),
        "state": f"CASE WHEN {gone} THEN 'refuted' WHEN {back} THEN 'reported' ELSE k.state END",
        "open": f"k.state IN ({_OPEN}) AND NOT ({gone})",
        "reported": "f.seen",
        "last_report": "x.last_report",
        "party": "f.party",
        "parties": "x.parties",
        "reports": "x.reports",
        "owner": "k.owner",
        "owner_party": "k.owner_party",
        "asset_owner": fixed("asset_owner", "''"),
        "deadline": due,
        "due_from": begun,
        "level": "k.level",
        "notice_served": "k.notice_served",
        "closed": f"CASE WHEN {gone} THEN x.withdrawn ELSE k.closed END",
        "previous_id": f"coalesce({a}.previous_id, '')",
        "description": fixed("description", f"coalesce({d}.description, '')"),
        "photos": "x.photos",
        **{name: placed(name) for name in _PLACED},
    }
    return {"geom": f"gp_point({columns['lon']}, {columns['lat']})", **{name: columns[name] for name in HAZARD_COLUMNS}}


def _write(cases: str, *, alone: bool, by_hand: bool) -> str:
    """Return SQL that writes hazards: of one report each, or of several; with anything set by hand, or nothing.

    One report says all there is to say, and what nobody set need not be looked for: most hazards of a large
    import are so, and take a third of the time. ``cases`` is the table of cases, or of those to which something is
    carried from what was merged into them.
    """
    said = {"first": "f"} if alone else _SAID
    columns = _columns(*(said.get(name, "f") for name in _SAID if name != "first"), by_hand=by_hand)
    joins = [
        f"{'LEFT ' if name in ('told', 'again') else ''}JOIN reports {alias} ON {alias}.fid = x.{name}"
        for name, alias in said.items()
    ]
    return (
        f"INSERT INTO hazards (fid, {', '.join(columns)}) SELECT k.fid, {', '.join(columns.values())} "
        f"FROM picked x CROSS JOIN {cases} k ON k.case_id = x.case_id {' '.join(joins)} "
        f"WHERE x.carried = {int(cases != 'cases')} AND x.reports {'=' if alone else '>'} 1 "
        f"AND k.fixed IS {'NOT ' if by_hand else ''}NULL ORDER BY x.rowid"
    )


_KINDS = [(alone, by_hand) for alone in (True, False) for by_hand in (True, False)]
_WRITES, _CARRIED = (
    [_write(cases, alone=alone, by_hand=by_hand) for alone, by_hand in _KINDS] for cases in ("cases", "carried")
)


def refresh(connection: sqlite3.Connection) -> None:
    """Write anew the hazards whose cases or reports are in the temporary table ``touched``; empty it."""
    # A report of what was merged changes what it was merged into.
    connection.execute(
        "INSERT OR IGNORE INTO touched SELECT c.root FROM touched x CROSS JOIN cases c ON c.case_id = x.case_id "
        "WHERE c.root <> c.case_id"
    )
    empty = not connection.execute("SELECT EXISTS (SELECT 1 FROM hazards)").fetchone()[0]
    if not empty:
        connection.execute("DELETE FROM hazards WHERE hazard_id IN (SELECT case_id FROM touched)")
    connection.execute(f"CREATE TEMP TABLE IF NOT EXISTS picked ({', '.join(PICKED)}, carried DEFAULT 0)")
    connection.execute("DELETE FROM picked")
    pictured = connection.execute("SELECT EXISTS (SELECT 1 FROM photos)").fetchone()[0]
    members = connection.execute(_MEMBERS.format(photos=_PHOTOS if pictured else ", 0"))
    _fill(connection, picks(members))
    if pictured:
        connection.execute(
            "UPDATE picked SET photos = photos + (SELECT count(*) FROM cases m JOIN photos p ON p.subject = m.case_id "
            "WHERE m.root = picked.case_id)"
        )
    (count,) = connection.execute("SELECT count(*) FROM picked").fetchone()
    carried = carry(connection)
    with without_indexes(connection, "hazards", when=empty and count >= BULK):
        for sql in (*_WRITES, *(_CARRIED if carried else ())):
            connection.execute(sql)
    connection.execute("DELETE FROM picked")
    connection.execute("DELETE FROM touched")


def _fill(connection: sqlite3.Connection, rows: Iterator[tuple[object, ...]]) -> None:
    marks = ",".join("?" * len(PICKED))
    connection.executemany(f"INSERT INTO picked ({', '.join(PICKED)}) VALUES ({marks})", rows)

"""The register's own tables: events (the truth), identity (outside it, erasable), and what is derived from events."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from patrol.hazards import stamps
from patrol.hazards.geopackage import announce, gp_point, make_geopackage
from patrol.hazards.model import HAZARD_COLUMNS, PLACE_COLUMNS, REPORT_COLUMNS

SCHEMA_VERSION = 4
IDENTITY = ("person_name", "person_contact")
EVENT_COLUMNS = (
    "seq", "at", "recorded_at", "actor", "party", "action", "subject", "body", "source_sha256", "prev", "hash",
)  # fmt: skip
DERIVED = ("reports", "cases", "hazards", "requests", "alerts", "photos")

# What the body of an event "report", "request" or "alert" may hold; blanks are left out.
BODY_COLUMNS: dict[str, str] = {
    "key": "str",
    "hazard_id": "str",
    "previous_id": "str",
    "type": "str",
    "hazard_class": "str",
    "deadline_h": "float64",
    **{name: kind for name, kind in REPORT_COLUMNS.items() if name not in IDENTITY},
    **PLACE_COLUMNS,
    "candidates": "str",  # types that its words may mean, joined by "|"
    "doubts": "str",  # codes of what is doubtful about its type, joined by "|"
    "follows": "str",  # report of the same source and id that said something else before
}
# Columns that the register adds: `seen` is captured_at or else the time of the event; `rank` puts what is said at the
# same time in an order that does not depend on which came in first; `withdrawn` is when it ceased to count.
REPORT_TABLE: dict[str, str] = {
    "report_id": "str", "seen": "time", "source_sha256": "str", "rank": "str", "withdrawn": "time", **BODY_COLUMNS,
}  # fmt: skip
_VISIT = (
    "key", "source", "external_id", "party", "captured_at", "request_kind", "due", "minutes", "liaison", "description",
    "lon", "lat", "uncertainty_m", "feeder_id", "pole_no", "zone_id",
)  # fmt: skip
REQUEST_BODY = {name: BODY_COLUMNS[name] for name in _VISIT}
REQUEST_TABLE: dict[str, str] = {"request_id": "str", "seen": "time", "state": "str", "closed": "time", **REQUEST_BODY}
_ALERT = (
    "key", "source", "external_id", "party", "captured_at", "given_closed", "type", "type_ref", "description",
    "area_wkt", "lon", "lat", "uncertainty_m",
)  # fmt: skip
ALERT_BODY = {name: BODY_COLUMNS[name] for name in _ALERT}
ALERT_TABLE: dict[str, str] = {"alert_id": "str", "seen": "time", **ALERT_BODY}
PHOTO_TABLE: dict[str, str] = {
    "subject": "str",  # a report or a hazard
    "sha256": "str",
    "name": "str",  # path in the project folder
    "taken": "str",
    "lon": "float64",
    "lat": "float64",
    "at": "time",
    "party": "str",
}
# One row a hazard as it was founded, merged ones too: what actions did to it. `fixed` holds what was set by hand.
CASE_TABLE: dict[str, str] = {
    "case_id": "str",
    "root": "str",  # the hazard it is shown as: itself, or what it was merged into
    "merged_into": "str",
    "state": "str",
    "owner": "str",
    "owner_party": "str",
    "level": "str",
    "notice_served": "bool",
    "closed": "time",
    "last_at": "str",  # of the last action
    "rectified_by": "str",
    "joined": "str",  # parties that promised to rectify together
    "restarted": "time",  # reopened after it was closed: the deadline runs from here
    "rectified_at": "time",  # said to be rectified then: what is seen later says that it is not
    "fixed": "str",
}

_TYPES = {"str": "TEXT", "int64": "INTEGER", "float64": "DOUBLE", "bool": "BOOLEAN", "time": "DATETIME"}
_INDEXES = {
    "reports_id": "UNIQUE INDEX reports_id ON reports (report_id)",
    "reports_hazard": "INDEX reports_hazard ON reports (hazard_id)",
    "cases_id": "UNIQUE INDEX cases_id ON cases (case_id)",
    "cases_root": "INDEX cases_root ON cases (root)",
    "cases_merged": "INDEX cases_merged ON cases (merged_into) WHERE merged_into <> ''",
    "hazards_id": "UNIQUE INDEX hazards_id ON hazards (hazard_id)",
    "requests_id": "UNIQUE INDEX requests_id ON requests (request_id)",
    "alerts_id": "UNIQUE INDEX alerts_id ON alerts (alert_id)",
    "photos_id": "UNIQUE INDEX photos_id ON photos (subject, sha256)",
}
_EVENTS = (
    """CREATE TABLE events (
        seq INTEGER PRIMARY KEY NOT NULL, at TEXT NOT NULL, recorded_at TEXT NOT NULL, actor TEXT NOT NULL,
        party TEXT NOT NULL, action TEXT NOT NULL, subject TEXT NOT NULL, body TEXT NOT NULL,
        source_sha256 TEXT NOT NULL, prev TEXT NOT NULL, hash TEXT NOT NULL)""",
    "CREATE INDEX events_subject ON events (subject) WHERE action <> 'report'",
    "CREATE INDEX events_joins ON events (action) WHERE action IN ('merge', 'unmerge', 'split')",
)
# The last keeps INSERT OR REPLACE from doing what the other two forbid.
GUARDS = {
    "events_no_update": "BEFORE UPDATE ON events BEGIN SELECT RAISE(ABORT, 'events are append-only'); END",
    "events_no_delete": "BEFORE DELETE ON events BEGIN SELECT RAISE(ABORT, 'events are append-only'); END",
    "events_no_replace": "BEFORE INSERT ON events WHEN EXISTS (SELECT 1 FROM events WHERE seq = NEW.seq) "
    "BEGIN SELECT RAISE(ABORT, 'events are append-only'); END",
}
_IDENTITY = (
    "CREATE TABLE identity (seq INTEGER PRIMARY KEY NOT NULL, report_id TEXT NOT NULL, "
    "person_name TEXT NOT NULL, person_contact TEXT NOT NULL)",
    "CREATE UNIQUE INDEX identity_report ON identity (report_id)",
)


def quoted(names: tuple[str, ...] | dict[str, str]) -> str:
    """Return column names for SQL."""
    return ", ".join(f'"{name}"' for name in names)


def _table(name: str, columns: dict[str, str], extra: str = "") -> str:
    body = ", ".join(f'"{column}" {_TYPES[kind]}' for column, kind in columns.items())
    return f"CREATE TABLE {name} (fid INTEGER PRIMARY KEY NOT NULL, {extra}{body})"


def make_derived(connection: sqlite3.Connection) -> None:
    """Create the empty derived tables."""
    connection.execute(_table("reports", REPORT_TABLE))
    connection.execute(_table("cases", CASE_TABLE))
    connection.execute(_table("hazards", HAZARD_COLUMNS, '"geom" POINT, '))
    connection.execute(_table("requests", REQUEST_TABLE))
    connection.execute(_table("alerts", ALERT_TABLE))
    connection.execute(_table("photos", PHOTO_TABLE))
    _make_indexes(connection, list(_INDEXES))


@contextmanager
def without_indexes(connection: sqlite3.Connection, table: str, *, when: bool) -> Iterator[None]:
    """Write much into an empty derived table before its indexes are made, inside a transaction.

    Parameters
    ----------
    when : bool
        Otherwise nothing is done.
    """
    names = [name for name in _INDEXES if when and name.startswith(f"{table}_")]
    for name in names:
        connection.execute(f"DROP INDEX {name}")
    try:
        yield
    except BaseException:
        if connection.in_transaction:  # else SQLite has undone it all, indexes too
            with suppress(sqlite3.Error):
                _make_indexes(connection, names)
        raise
    _make_indexes(connection, names)


def _make_indexes(connection: sqlite3.Connection, names: list[str]) -> None:
    for name in names:
        connection.execute(f"CREATE {_INDEXES[name]}")


def make_events(connection: sqlite3.Connection) -> None:
    """Create the table of events, which nothing can change or take out of."""
    for sql in _EVENTS:
        connection.execute(sql)
    for name, sql in GUARDS.items():
        connection.execute(f"CREATE TRIGGER {name} {sql}")


def make_register(connection: sqlite3.Connection) -> None:
    """Write an empty register: GeoPackage tables, events, identity, derived tables, schema version."""
    make_geopackage(connection)
    make_events(connection)
    make_derived(connection)
    for sql in _IDENTITY:
        connection.execute(sql)
    connection.execute("CREATE TABLE patrol_register (key TEXT PRIMARY KEY NOT NULL, value TEXT NOT NULL)")
    connection.execute("INSERT INTO patrol_register VALUES ('schema_version', ?)", (str(SCHEMA_VERSION),))
    announce_tables(connection)


def announce_tables(connection: sqlite3.Connection) -> None:
    """Enter what people may look at in the GeoPackage's contents, but for what is there; identity never."""
    known = {name for (name,) in connection.execute("SELECT table_name FROM gpkg_contents")}
    for name in ("hazards", "events", "reports", "requests", "alerts", "photos"):
        if name not in known:
            announce(connection, name, points=name == "hazards")


def add_functions(connection: sqlite3.Connection) -> None:
    """Give a connection the functions that deriving hazards needs."""
    connection.create_function("gp_point", 2, gp_point, deterministic=True)
    connection.create_function("plus_hours", 2, stamps.plus_hours, deterministic=True)
    connection.create_function("due_by_hand", 4, stamps.due_by_hand, deterministic=True)
    connection.create_function(
        "short_stamp", 1, lambda text: None if text is None else stamps.short(text), deterministic=True
    )

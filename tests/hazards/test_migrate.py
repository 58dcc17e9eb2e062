"""Registers of versions 1 to 3, built here as those versions wrote them, become such of today."""

import hashlib
import json
import sqlite3
from contextlib import closing

import pytest

from patrol.errors import RegisterError
from patrol.hazards.geopackage import announce, make_geopackage
from patrol.hazards.ids import hazard_id, report_id
from patrol.hazards.model import canonical
from register_cases import KITE, do, opened, shown, stamp, take

H = hazard_id("a")


def write_v1(path, *, spoil=False):
    """Write version 1: events without recorded_at and source, reports of hazards only."""
    body = {"key": "a", "hazard_id": H, "type": KITE, "hazard_class": "emergency", "deadline_h": 24.0, "row": 1,
            "record": "hazard", "party": "villager", "lon": 106.5, "lat": 38.9, "captured_at": stamp(1)}  # fmt: skip
    rows = [
        [1, stamp(1), "office", "villager", "report", report_id("a"), canonical(body)],
        [2, stamp(2), "crew 1", "enterprise", "verify", H, "{}"],
    ]
    with closing(sqlite3.connect(path, isolation_level=None)) as file:
        make_geopackage(file)
        file.execute(
            "CREATE TABLE events (seq INTEGER PRIMARY KEY, at TEXT, actor TEXT, party TEXT, action TEXT, "
            "subject TEXT, body TEXT, prev TEXT, hash TEXT)"
        )
        file.execute("CREATE TRIGGER events_no_update BEFORE UPDATE ON events BEGIN SELECT RAISE(ABORT, 'no'); END")
        file.execute("CREATE TABLE hazards (fid INTEGER PRIMARY KEY NOT NULL, geom POINT, hazard_id TEXT, state TEXT)")
        file.execute("CREATE TABLE reports (fid INTEGER PRIMARY KEY NOT NULL, report_id TEXT, hazard_id TEXT)")
        file.execute(
            "CREATE TABLE identity (seq INTEGER PRIMARY KEY NOT NULL, report_id TEXT NOT NULL, "
            "person_name TEXT NOT NULL, person_contact TEXT NOT NULL)"
        )
        file.execute("INSERT INTO identity VALUES (1, ?, '李四', '')", (report_id("a"),))
        file.execute("CREATE TABLE patrol_register (key TEXT PRIMARY KEY NOT NULL, value TEXT NOT NULL)")
        file.execute("INSERT INTO patrol_register VALUES ('schema_version', '1')")
        announce(file, "hazards", points=True)
        prev = ""
        for row in rows:
            text = json.dumps(row, ensure_ascii=False, separators=(",", ":"))
            mark = hashlib.sha256(f"{prev}\n{text}".encode()).hexdigest()
            said = [*row[:2], "somebody else", *row[3:]] if spoil and row[0] == 2 else row
            file.execute("INSERT INTO events VALUES (?,?,?,?,?,?,?,?,?)", (*said, prev, mark))
            prev = mark
    return prev


def test_version_1_becomes_one_of_today_with_a_copy_beside(tmp_path):
    path = tmp_path / "register.gpkg"
    head = write_v1(path)
    before = path.read_bytes()
    with opened(path) as register:
        assert shown(register, H)["state"] == "verified"
        assert register.events()["recorded_at"].tolist() == [stamp(1), stamp(2)]
        assert register.rebuild() == []
        assert register.identities()["person_name"].tolist() == ["李四"]
        take(register, {"key": "a"}, {"key": "b"})
        do(register, "assign", H, stamp(3), {"owner": "x", "owner_party": "enterprise"})
        assert register.rebuild() == []
    with closing(sqlite3.connect(path)) as file:
        kept = dict(file.execute("SELECT key, value FROM patrol_register"))
        layers = {name for (name,) in file.execute("SELECT table_name FROM gpkg_contents")}
    assert kept == {"schema_version": "4", "head_of_version_1": head}
    assert layers == {"hazards", "events", "reports", "requests", "alerts", "photos"}
    saved = tmp_path / "register.v1.gpkg"
    with closing(sqlite3.connect(saved)) as old:
        assert old.execute("SELECT hash FROM events ORDER BY seq DESC").fetchone()[0] == head
        assert old.execute("SELECT value FROM patrol_register").fetchone() == ("1",)
    with opened(path) as register:
        assert len(register.events()) == 4
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["register.gpkg", "register.v1.gpkg"]
    assert before[:16] == path.read_bytes()[:16]


def test_an_earlier_copy_is_not_overwritten(tmp_path):
    path = tmp_path / "register.gpkg"
    write_v1(path)
    (tmp_path / "register.v1.gpkg").write_text("mine")
    opened(path).close()
    assert (tmp_path / "register.v1.gpkg").read_text() == "mine"
    assert (tmp_path / "register.v12.gpkg").exists()


def test_a_broken_history_is_not_carried_over(tmp_path):
    path = tmp_path / "register.gpkg"
    write_v1(path, spoil=True)
    with pytest.raises(RegisterError, match="event 2 of this register of version 1 is not what was recorded"):
        opened(path)
    with closing(sqlite3.connect(path)) as file:
        assert file.execute("SELECT value FROM patrol_register").fetchone() == ("1",), "left as it was"


V3 = {"hazards": ("may_be", "due_from"), "cases": ("rectified_at",)}
V2 = {
    "hazards": (*V3["hazards"], "other_feeder_id", "other_pole_no", "other_m"),
    "cases": V3["cases"],
    "reports": ("rank", "withdrawn", "candidates", "doubts", "follows"),
}


def as_of_version(path, version):
    """Take out of a register's derived tables what an older version did not have; events are the same."""
    with closing(sqlite3.connect(path, isolation_level=None)) as file:
        for table, names in {2: V2, 3: V3}[version].items():
            for name in names:
                file.execute(f'ALTER TABLE {table} DROP COLUMN "{name}"')
        file.execute("UPDATE patrol_register SET value = ? WHERE key = 'schema_version'", (str(version),))


@pytest.mark.parametrize("version", [2, 3])
def test_versions_2_and_3_get_their_new_columns_from_their_events(tmp_path, version):
    path = tmp_path / "register.gpkg"
    with opened(path) as register:
        two = {"type": KITE, "snap_state": "ambiguous", "other_feeder_id": "F2", "other_pole_no": "9", "other_m": 3.5}
        take(register, {"key": "a", **two}, {"key": "b"})
        do(register, "rectify", H, stamp(3))
        head, hazards = register.head(), register.hazards()
    as_of_version(path, version)
    with opened(path) as register:
        assert register.head() == head
        assert register.hazards().equals(hazards)
        assert shown(register, H)["other_feeder_id"] == "F2"
        assert register.rebuild() == []
    with closing(sqlite3.connect(path)) as file:
        assert dict(file.execute("SELECT key, value FROM patrol_register")) == {"schema_version": "4"}
    with closing(sqlite3.connect(tmp_path / f"register.v{version}.gpkg")) as old:
        assert old.execute("SELECT value FROM patrol_register").fetchone() == (str(version),)


def test_a_broken_history_of_version_2_is_not_carried_over(tmp_path):
    path = tmp_path / "register.gpkg"
    with opened(path) as register:
        take(register, {"key": "a"}, {"key": "b"})
    as_of_version(path, 2)
    with closing(sqlite3.connect(path, isolation_level=None)) as file:
        file.execute("DROP TRIGGER events_no_update")
        file.execute("UPDATE events SET actor = 'somebody else' WHERE seq = 2")
    with pytest.raises(RegisterError, match="event 2 is not what was recorded"):
        opened(path)

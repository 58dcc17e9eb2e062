"""The register's file: a GeoPackage, made whole, refused with the reason where it will not do."""

import multiprocessing
import sqlite3
import struct
from contextlib import closing

import pyogrio
import pytest
import shapely

from patrol.errors import RegisterError
from patrol.hazards import disks, store
from patrol.hazards.geopackage import gp_point
from register_cases import KITE, NOW, opened, shown, stamp, take


@pytest.fixture
def path(tmp_path):
    return tmp_path / "register.gpkg"


def test_gdal_reads_it_while_it_is_open(path):
    with opened(path) as register:
        take(
            register,
            {"lon": 106.25, "lat": 38.5, "description": "线路旁风筝"},
            {"key": "b", "lon": float("nan"), "lat": float("nan")},
        )
        assert path.with_name("register.gpkg-wal").exists()
        layers = dict(pyogrio.list_layers(path))
        assert layers == {
            "hazards": "Point",
            "events": None,
            "reports": None,
            "requests": None,
            "alerts": None,
            "photos": None,
        }
        assert pyogrio.read_info(path, layer="hazards")["crs"] == "EPSG:4326"
        there = pyogrio.read_dataframe(path, layer="hazards").set_index("hazard_id").sort_index()
        here = register.hazards().set_index("hazard_id").sort_index()
        assert there["reported"].tolist() == here["reported"].tolist()
        assert there["reports"].tolist() == [1, 1]
        assert there["open"].tolist() == [True, True]
        known = there[there["lon"].notna()]
        assert known.geometry.iloc[0].equals(shapely.Point(106.25, 38.5))
        assert there[there["lon"].isna()].geometry.is_empty.all()
        assert here.geometry.isna().sum() == 1
        assert here.crs.to_epsg() == 4326
        assert len(pyogrio.read_dataframe(path, layer="events", read_geometry=False)) == 2


def test_geopackage_ids_and_header(path):
    opened(path).close()
    header = path.read_bytes()[:100]
    assert header[68:72] == b"GPKG"
    assert struct.unpack(">I", header[60:64]) == (10300,)
    with closing(sqlite3.connect(path)) as plain:
        assert {row[0] for row in plain.execute("SELECT srs_id FROM gpkg_spatial_ref_sys")} == {-1, 0, 4326}
        assert not plain.execute("SELECT name FROM sqlite_master WHERE name LIKE 'rtree%'").fetchall()
    assert (path.stat().st_mode & 0o077) == 0, "names and phones are nobody else's"


def test_point_blobs_are_those_of_the_standard():
    blob = gp_point(106.25, 38.5)
    assert blob[:8] == b"GP\x00\x01" + struct.pack("<i", 4326)
    assert shapely.from_wkb(blob[8:]).equals(shapely.Point(106.25, 38.5))
    for nowhere in (gp_point(None, 38.5), gp_point(float("nan"), 1.0), gp_point(1.0, float("inf"))):
        assert nowhere[3] == 0x11
        assert shapely.from_wkb(nowhere[8:]).is_empty


def test_a_missing_file_is_made_only_if_asked(path):
    with pytest.raises(RegisterError, match="there is no register"):
        opened(path, create=False)
    assert not path.exists()
    opened(path).close()
    opened(path, create=False).close()
    with pytest.raises(RegisterError, match="folder 'nowhere' does not exist"):
        opened(path.parent / "nowhere" / "register.gpkg")
    assert sorted(entry.name for entry in path.parent.iterdir()) == ["register.gpkg"], "no drafts are left"


def test_files_that_are_no_register(path):
    path.write_text("编号,类型\n1,鸟窝\n", "utf-8")
    with pytest.raises(RegisterError, match="no SQLite file"):
        opened(path)
    path.write_bytes(b"")
    with pytest.raises(RegisterError, match="the file is empty"):
        opened(path)
    path.unlink()
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE t (x)")
    with pytest.raises(RegisterError, match="is no GeoPackage"):
        opened(path)
    with closing(sqlite3.connect(path)) as other:
        other.execute(f"PRAGMA application_id = {0x47504B47}")
    with pytest.raises(RegisterError, match="is no hazard register"):
        opened(path)
    path.unlink()
    path.mkdir()
    with pytest.raises(RegisterError, match="it is not a file"):
        opened(path)


def test_a_file_cut_short(path):
    with opened(path) as register:
        take(register, *({"key": f"k{n}"} for n in range(50)))
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(RegisterError, match="cut short"):
        opened(path)
    path.write_bytes(whole[:50])
    with pytest.raises(RegisterError):
        opened(path)


def test_damage_inside_is_told_as_such(path):
    with opened(path) as register:
        take(register, *({"key": f"k{n}"} for n in range(200)))
    raw = bytearray(path.read_bytes())
    for at in range(8192, len(raw), 4096):
        raw[at : at + 200] = b"\xff" * 200
    path.write_bytes(raw)

    def read():
        with opened(path) as register:
            return register.hazards(), register.events()

    with pytest.raises(RegisterError, match=r"damaged|cannot be read|no hazard register"):
        read()


def test_read_only(path):
    opened(path).close()
    path.chmod(0o444)
    with pytest.raises(RegisterError, match="read-only"):
        opened(path)


def test_newer_and_nameless_versions(path):
    opened(path).close()
    with closing(sqlite3.connect(path, isolation_level=None)) as plain:
        plain.execute("UPDATE patrol_register SET value = '5'")
    with pytest.raises(RegisterError, match="of version 5, and this program knows 4"):
        opened(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as plain:
        plain.execute("UPDATE patrol_register SET value = 'x'")
    with pytest.raises(RegisterError, match="does not say its version"):
        opened(path)


def test_network_drive_at_the_door(path, monkeypatch, tmp_path):
    table = tmp_path / "mounts"
    table.write_text(f"nas:/x {tmp_path} nfs4 rw 0 0\n")
    monkeypatch.setattr(disks, "MOUNTS", table)
    with pytest.raises(RegisterError, match="network drive"):
        opened(path)


def test_what_is_committed_is_on_the_disk(path):
    with opened(path) as register:
        assert register._connection.execute("PRAGMA synchronous").fetchone() == (2,)
        assert register._connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert register._connection.execute("PRAGMA secure_delete").fetchone() == (1,)


def test_a_writer_waits_and_then_says_so(path, monkeypatch):
    monkeypatch.setattr(store, "BUSY_S", 0.05)
    with opened(path) as register, closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(RegisterError, match="another program has been writing"):
            take(register, {})
        assert register.hazards().empty, "readers do not wait"
        other.execute("ROLLBACK")
        take(register, {})


def _make(path):
    opened(path).close()


def test_many_make_one_file(path):
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=_make, args=(path,)) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert [worker.exitcode for worker in workers] == [0, 0]
    opened(path, create=False).close()
    assert not [entry for entry in path.parent.iterdir() if entry.name.startswith(".")]


def test_backup_is_whole_and_beside(path, tmp_path):
    out = tmp_path / "copy.gpkg"
    with opened(path) as register:
        taken = take(register, {"type": KITE, "person_name": "李四"})
        register.backup(out)
        take(register, {"key": "later"}, now=NOW)
        register.backup(out)
        register.merge(*register.hazards()["hazard_id"], at=stamp(10), actor="office", party="enterprise")
        with pytest.raises(RegisterError, match="would overwrite the register"):
            register.backup(path)
        with pytest.raises(RegisterError):
            register.backup(tmp_path / "nowhere" / "copy.gpkg")
    with opened(out, create=False) as copy:
        assert len(copy.hazards()) == 2
        assert copy.identities()["person_name"].tolist() == ["李四"]
        assert shown(copy, taken.hazards_new[0])["type"] == KITE
        assert copy.rebuild() == []
    assert not [entry for entry in tmp_path.iterdir() if entry.name.startswith(".")]

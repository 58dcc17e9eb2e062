"""Files that the commands write: never over the register, nor over what else belongs to the project."""

import hashlib
import os
import shutil
import stat

import pytest

from commands import listed, ok, run
from patrol.errors import PatrolError
from patrol.project import read_project
from patrol.reports.hazard_files import write_hazards
from tiny import table

NEST = "城关线10号杆有鸟窝"


def state(office):
    return {p.relative_to(office): hashlib.sha256(p.read_bytes()).hexdigest() for p in office.rglob("*") if p.is_file()}


def refused(office, *args):
    before = state(office)
    code, output = run("hazards", *args)
    assert code == 2, output
    assert {name: mark for name, mark in state(office).items() if name in before} == before
    return output


@pytest.fixture
def filled(office):
    ok("add", office, NEST, "--at", "2024-08-10T09:00")
    ok("rebuild", office)  # the log is folded into the file
    return office


@pytest.mark.parametrize("name", ["register.gpkg", "lines.geojson", "crews.csv", "project.toml", "quarantine.csv"])
def test_neither_export_nor_list_nor_backup_writes_over_what_the_project_owns(filled, name):
    target = filled / name
    ending = target.suffix
    shutil.copy(filled / "crews.csv", filled / "quarantine.csv")
    if ending in {".gpkg", ".geojson", ".csv"}:
        assert "project's own" in refused(filled, "export", filled, target)
    assert "project's own" in refused(filled, "list", filled, "--gpkg", target)
    assert "project's own" in refused(filled, "backup", filled, target)
    assert len(listed(filled)) == 1


def test_other_names_that_lead_to_the_register_do_not_help(filled, tmp_path, monkeypatch):
    (tmp_path / "link.gpkg").symlink_to(filled / "register.gpkg")
    os.link(filled / "register.gpkg", tmp_path / "hard.gpkg")
    monkeypatch.chdir(filled)
    for target in (tmp_path / "link.gpkg", tmp_path / "hard.gpkg", filled / ".." / filled.name / "register.gpkg"):
        refused(filled, "export", filled, target)
        refused(filled, "backup", filled, target)
    refused(filled, "export", ".", "register.gpkg")
    refused(filled, "backup", filled, filled / "register.gpkg-wal")
    refused(filled, "backup", filled, filled / "photos" / "a.jpg")
    assert len(listed(filled)) == 1


def test_no_register_of_anybody_is_written_over(filled, tmp_path):
    ok("backup", filled, tmp_path / "copy.gpkg")
    assert "is a hazard register" in refused(filled, "export", filled, tmp_path / "copy.gpkg")
    ok("add", filled, NEST, "--at", "2024-08-11T09:00")
    ok("backup", filled, tmp_path / "copy.gpkg")
    other = tmp_path / "other"
    shutil.copytree(filled, other)
    ok("add", other, "城关线40号杆有鸟窝", "--at", "2024-08-11T09:00")
    assert "holds events that this one does not" in refused(other, "backup", filled, other / "register.gpkg")
    (tmp_path / "letter.gpkg").write_text("dear all", "utf-8")
    assert "no backup of a register" in refused(filled, "backup", filled, tmp_path / "letter.gpkg")
    assert (tmp_path / "letter.gpkg").read_text("utf-8") == "dear all"
    assert listed(other) != listed(filled)


def test_the_library_refuses_too(filled):
    project = read_project(filled)
    with pytest.raises(PatrolError, match="is a hazard register"):
        write_hazards(_frame(project), filled / "register.gpkg")


def _frame(project):
    from patrol.api import open_project

    return open_project(project.root).hazards()


def test_a_damaged_register_replaces_no_good_backup(filled, tmp_path):
    rows = [
        {"线路": "城关线", "杆号": "10", "描述": f"标识牌 {n} {'x' * 400}", "日期": "2024-08-11"} for n in range(200)
    ]
    table(filled / "r.csv", rows)
    ok("import", filled, filled / "r.csv")
    copy = tmp_path / "copy.gpkg"
    ok("backup", filled, copy)
    good = copy.read_bytes()
    path = filled / "register.gpkg"
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 2 : len(raw) // 2 + 80_000] = b"\xff" * 80_000
    path.write_bytes(raw)
    code, output = run("hazards", "backup", filled, copy)
    assert code == 2
    assert "damaged" in output
    assert copy.read_bytes() == good
    code, output = run("hazards", "backup", filled, tmp_path / "new.gpkg")
    assert code == 2
    assert not (tmp_path / "new.gpkg").exists()
    assert [one.name for one in tmp_path.iterdir() if one.name.startswith(".")] == []


@pytest.mark.parametrize("ending", ["geojson", "csv", "xlsx", "gpkg", "kml"])
def test_files_with_names_and_numbers_are_for_their_owner_only(filled, tmp_path, ending):
    for args, mode in ((("--with-personal",), 0o600), ((), 0o666 & ~_umask())):
        target = tmp_path / f"out{len(args)}.{ending}"
        ok("export", filled, target, *args)
        assert stat.S_IMODE(target.stat().st_mode) == mode


def _umask():
    mask = os.umask(0)
    os.umask(mask)
    return mask

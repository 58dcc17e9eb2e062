"""Importing as a user does it: what is written, what is asked again until it is edited, what the next week brings."""

import tomllib
from dataclasses import fields
from datetime import date, timedelta
from inspect import signature

import pytest

from commands import run
from patrol.api import score
from patrol.cli.imports import osm_command, pandapower_command, poles_command
from patrol.cli.show import command
from patrol.layers.osm import import_osm
from patrol.layers.pandapower import import_pandapower
from patrol.layers.poles import SpanLimits, import_poles


def ledger(path, lon, lat, count=60):
    rows = [f"F1,{i:03d},{lon + 0.0006 * i:.6f},{lat:.6f}" for i in range(1, count)]
    path.write_text("\n".join(["feeder_id,pole_no,lon,lat", *rows]), "utf-8")
    return path


@pytest.fixture
def abroad(tmp_path):
    """A feeder in Bavaria, imported on the day of the first plan."""
    source = ledger(tmp_path / "ledger.csv", 11.5, 50.0)
    code, output = run("import", "poles", source, "--out", tmp_path / "my office", "--cold-start", "2024-08-16")
    assert code == 0
    assert f'patrol check "{tmp_path / "my office"}"' in output.replace("\n", "")
    return tmp_path / "my office"


def test_the_next_week_brings_other_sections(abroad):
    """Without a fixed cold start the same sections would come up every week."""
    weeks = []
    for week in range(3):
        on = date(2024, 8, 16) + timedelta(days=7 * week)
        sections = score(abroad, on=on)
        due = sections["due"].dt.date
        weeks.append(set(sections.loc[(due >= on) & (due < on + timedelta(days=7)), "section_id"]))
    assert weeks[0]
    assert weeks[1]
    assert not weeks[0] & weeks[1]
    assert not weeks[1] & weeks[2]


def test_a_plan_before_the_day_of_the_import_does_not_wait_for_it(abroad):
    sections = score(abroad, on="2024-01-01")
    assert sections["due"].min().date() == date(2024, 1, 1)


def test_the_monday_of_the_import_is_the_default(tmp_path):
    source = ledger(tmp_path / "ledger.csv", 106.5, 38.9, 6)
    assert run("import", "poles", source, "--out", tmp_path / "a")[0] == 0
    assert run("init", tmp_path / "b", "--cold-start", "2024-02-30")[0] == 2
    assert run("init", tmp_path / "b")[0] == 0
    for name in "ab":
        table = tomllib.loads((tmp_path / name / "project.toml").read_text("utf-8"))
        start = date.fromisoformat(table["settings"]["cycles"]["cold_start"])
        assert start.weekday() == 0
        assert 0 <= (date.today() - start).days <= 7  # midnight may pass while this runs


def test_what_was_guessed_is_asked_at_every_check_and_plan_until_it_is_edited(abroad):
    codes = ("project.timezone_guessed", "project.emergency_numbers")
    code, checked = run("check", abroad)
    assert code == 0
    code, planned = run("plan", abroad, "--from", "2024-08-16", "--days", 1, "--out", abroad / "plan")
    assert code == 0
    assert all(code in checked for code in codes)
    assert "guessed from the longitude" in planned
    assert "95598 (power) and 119 (fire) to call at once in an emergency: these are China's" in planned
    path = abroad / "project.toml"
    lines = [line for line in path.read_text("utf-8").splitlines() if not line.startswith("timezone_guessed")]
    text = "\n".join(lines).replace('timezone = "Etc/GMT-1"', 'timezone = "Europe/Berlin"')
    text = (
        text.replace("# emergency_numbers", "emergency_numbers")
        .replace('"95598"', '"0800 1"')
        .replace('"119"', '"112"')
    )
    path.write_text(text, "utf-8")
    code, checked = run("check", abroad)
    assert code == 0
    assert not any(code in checked for code in codes)


def test_in_china_nothing_is_asked(tmp_path):
    source = ledger(tmp_path / "ledger.csv", 106.5, 38.9, 6)
    assert run("import", "poles", source, "--out", tmp_path / "a")[0] == 0
    assert "guessed" not in run("check", tmp_path / "a")[1].replace("hours, people and places are guesses", "")


def test_tables_that_are_not_there_are_suggested_as_tables(abroad):
    text = (abroad / "project.toml").read_text("utf-8")
    for line in (
        '# path = "roster.csv"',
        '# path = "weather.csv"',
        '# path = "zones.gpkg"',
        '# path = "calendar.toml"',
    ):
        assert line in text
    assert "roster.gpkg" not in text


@pytest.mark.parametrize(
    ("importer", "command"),
    [(import_osm, osm_command), (import_poles, poles_command), (import_pandapower, pandapower_command)],
)
def test_what_an_importer_can_do_the_command_can(importer, command):
    can = set(signature(importer).parameters) - {"source", "out", "on"}
    if "spans" in can:
        can = can - {"spans"} | {one.name for one in fields(SpanLimits)}
    assert can <= set(signature(command).parameters)
    assert "cold_start" in signature(command).parameters


def test_hints_name_the_command_as_it_can_be_typed(tmp_path, monkeypatch):
    """With a .venv that is not activated, plain ``patrol`` would not be found."""
    own = tmp_path / ".venv" / "bin" / "patrol"
    own.parent.mkdir(parents=True)
    own.touch()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr("sys.argv", [str(own)])
    assert command() == str(own.relative_to(tmp_path))
    own.chmod(0o755)
    monkeypatch.setenv("PATH", str(own.parent))
    assert command() == "patrol"


def test_columns_of_a_ledger_are_said_on_the_command_line(tmp_path):
    source = ledger(tmp_path / "ledger.csv", 106.5, 38.9)
    source.write_text(source.read_text("utf-8").replace("pole_no", "编码"), "utf-8")
    code, output = run("import", "poles", source, "--out", tmp_path / "a")
    assert code == 2
    assert "--column pole_no=" in output
    assert run("import", "poles", source, "--out", tmp_path / "a", "--column", "pole_no=编码")[0] == 0
    code, output = run("import", "poles", source, "--out", tmp_path / "b", "--column", "编码")
    assert code == 2
    assert "maps nothing" in output

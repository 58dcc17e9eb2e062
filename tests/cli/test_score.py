"""``patrol score`` as a user meets it."""

import re
import runpy
from decimal import Decimal

import pandas as pd
import pyogrio
import pytest

from commands import run
from patrol.cli import score as cli
from patrol.words import LANGUAGES

DAY = ("--on", "2024-08-16")
SYNTHETIC = {"zh": "虚构数据", "en": "SYNTHETIC DATA"}


def rows_of(output):
    """Return the cells of every printed table row."""
    lines = [line for line in output.splitlines() if line.startswith("│")]
    return [[cell.strip() for cell in line.strip("│").split("│")] for line in lines]


def number(cell):
    return Decimal(cell.replace(",", ""))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_ranking_says_that_the_data_are_invented_and_what_was_guessed(tiny, lang):
    code, output = run("score", tiny, *DAY, "--lang", lang, "--top", 4)
    assert code == 0
    assert output.count(SYNTHETIC[lang]) >= 3
    rows = rows_of(output)
    assert [row[0] for row in rows] == ["1", "2", "3", "4", "1", "2", "3"]
    worth = [float(row[4].replace(",", "")) for row in rows[:4]]
    assert worth == sorted(worth, reverse=True)
    for name in ("consequence.injury_ecm", "consequence.fire_ecm", "planning.fix_lead_days", "risk.report_villager"):
        (line,) = [line for line in output.splitlines() if line.endswith(f"settings.{name}")]
        assert {"zh": "（m）", "en": "(m)"}[lang] in line
    assert "risk.wind_kmh" not in output, "there is no weather to hold against it"


def test_real_data_are_not_called_invented_and_a_setting_of_the_project_is_no_guess(tiny):
    toml = (tiny / "project.toml").read_text("utf-8").replace("synthetic = true", "synthetic = false")
    (tiny / "project.toml").write_text(toml + "\n[settings.consequence]\ninjury_ecm = 5e6\n", "utf-8")
    _, output = run("score", tiny, *DAY, "--lang", "en")
    assert SYNTHETIC["en"] not in output
    assert "by policy (ECM): 5,000,000, in settings.consequence.injury_ecm" in output


@pytest.mark.parametrize("lang", LANGUAGES)
def test_why_prints_parts_that_sum_to_the_score(tiny, scored, lang):
    name = scored.sections["section_id"].iloc[0]
    code, output = run("score", tiny, *DAY, "--lang", lang, "--why", name)
    assert code == 0
    assert output.strip().startswith(SYNTHETIC[lang])
    rows = [cells for cells in rows_of(output) if len(cells) == 10]
    assert len(rows) == 9 + 10, "eight types and all others; the same and together"
    worth = rows[9:]
    assert sum(number(cells[-1]) for cells in worth[:-1]) == number(worth[-1][-1])
    assert float(number(worth[-1][-1])) == pytest.approx(scored.sections["value_foot"].iloc[0], rel=1e-3)
    assert "risk.report_villager" not in output, "reports have no part in what a patrol is worth"


def test_why_a_hazard_prints_its_sum_without_a_name(tiny):
    code, output = run("score", tiny, *DAY, "--lang", "en", "--why", "hz1")
    assert code == 0
    steps = [float(cells[-1]) for cells in rows_of(output) if re.fullmatch(r"[+-]\d+\.\d+", cells[-1])]
    assert sum(steps[:-1]) == pytest.approx(steps[-1], abs=0.002)
    assert "鸟窝" not in output, "what a report says, and who, is not part of the sum"


def test_an_unknown_name_gives_what_is_near(tiny, scored):
    section = scored.sections["section_id"].iloc[0]
    code, output = run("score", tiny, *DAY, "--why", section[:-2] + "zz")
    assert code == 2
    assert f"near it: {section} = {scored.sections['label'].iloc[0]}" in output


def test_hostile_names_go_through_harmlessly(tiny):
    name = "[red]{{7*7}}[/red] <b>\u202e\x07=x"
    lines = (tiny / "lines.geojson").read_text("utf-8").replace("城关线", "[link=http://x]坏\u202e").replace(
        "Chengguan line", "[red]{{7*7}}[/red] <b>=x")  # fmt: skip
    (tiny / "lines.geojson").write_text(lines, "utf-8")
    hazards = pd.read_csv(tiny / "hazards.csv", dtype=str, encoding="utf-8-sig").assign(pole_no=name)
    hazards.to_csv(tiny / "hazards.csv", index=False)
    for lang in LANGUAGES:
        code, output = run("score", tiny, *DAY, "--lang", lang, "--out", tiny.parent / "o" / "s.gpkg")
        assert code == 0
        assert "\u202e" not in output
        assert "\x07" not in output
        assert {"zh": "[link=http://x]坏", "en": "[red]{{7*7}}[/red] <b>=x"}[lang] in output, "shown, not obeyed"
        assert run("score", tiny, *DAY, "--lang", lang, "--why", "HZ1")[0] == 0
    table = pyogrio.read_dataframe(tiny.parent / "o" / "s.gpkg", layer="sections")
    assert not table["label_zh"].str.contains("\u202e").any()


def test_the_geopackage_holds_every_factor(tiny, monkeypatch):
    path = tiny.parent / "out" / "scores.gpkg"
    code, output = run("score", tiny, *DAY, "--lang", "en", "--out", path)
    assert code == 0
    assert "Scores written to" in output
    sections = pyogrio.read_dataframe(path, layer="sections")
    factors = pyogrio.read_dataframe(path, layer="factors")
    assert len(sections) == 11
    assert len(pyogrio.read_dataframe(path, layer="hazards")) == 3
    sums = factors.groupby("section_id")["value_ecm"].sum().reindex(sections["section_id"])
    assert sums.to_numpy() == pytest.approx(sections["value_foot"].to_numpy(), rel=1e-9)
    assert pyogrio.read_info(path, layer="factors")["layer_metadata"]["DESCRIPTION"].startswith(SYNTHETIC["en"])
    monkeypatch.setattr(cli, "EVERY_FACTOR", 10)
    _, output = run("score", tiny, *DAY, "--lang", "en", "--out", path)
    assert "only the 3 largest types of each" in output
    assert len(pyogrio.read_dataframe(path, layer="factors")) == 33


def test_wrong_options_are_named_all_at_once(tiny):
    code, output = run("score", tiny, "--on", "16.8.", "--lang", "fr", "--out", tiny / "x.csv")
    assert code == 2
    for words in ("--on", "'16.8.' is no date", "--lang", "does not end in .gpkg"):
        assert words in output
    code, output = run("score", tiny, *DAY, "--out", tiny / "scores.gpkg")
    assert code == 2
    assert "nothing is written among the inputs" in output
    assert not (tiny / "scores.gpkg").exists()
    assert run("score", tiny, *DAY, "--top", 0)[0] == 2
    assert run("score", tiny / "nowhere", *DAY)[0] == 2


def test_an_input_is_never_written_over(tiny):
    place = tiny.parent / "elsewhere"
    place.mkdir()
    toml = (tiny / "project.toml").read_text("utf-8")
    toml = toml.replace("[inputs]", '[inputs]\nregister = "../elsewhere/register.gpkg"')
    (tiny / "project.toml").write_text(toml, "utf-8")
    code, output = run("score", tiny, *DAY, "--out", place / "register.gpkg")
    assert code == 2
    assert "is an input of this project" in output


def test_sensitivity_is_sorted_by_who_stays(tiny, monkeypatch):
    from patrol.studies import sensitivity as study

    wanted = {"patrol.equipment_stop_s", "consequence.repair_min", "types.detection"}
    every = study.changes
    monkeypatch.setattr(study, "changes", lambda scored: (one for one in every(scored) if one.name in wanted))
    code, output = run("score", tiny, *DAY, "--lang", "en", "--top", 5, "--sensitivity")
    assert code == 0
    kept = [cells[2] for cells in rows_of(output) if len(cells) == 5 and cells[2].endswith("/5")]
    assert kept == sorted(kept)
    assert "changes leave all of them in" in output


def test_the_script_is_the_command(tiny, root, monkeypatch, capsys):
    args = [tiny, *DAY, "--lang", "en", "--top", "2"]
    monkeypatch.setattr("sys.argv", ["score_risk.py", *map(str, args)])
    with pytest.raises(SystemExit) as stop:
        runpy.run_path(str(root / "scripts" / "score_risk.py"), run_name="__main__")
    assert stop.value.code == 0
    said = capsys.readouterr()
    assert (said.err + said.out).lstrip() == run("score", *args)[1].lstrip("\n ")
    assert "note: weather: the day is not in the weather table" in said.err

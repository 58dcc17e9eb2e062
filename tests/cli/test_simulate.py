"""``patrol simulate`` as a user meets it."""

import csv

import pytest

from commands import run
from patrol.studies.deciding import POLICIES
from patrol.studies.worlds import KINDS
from patrol.words import LANGUAGES, keys
from tiny import write_tiny

QUICK = ("--years", 1, "--worlds", 2, "--kinds", "own,mild")


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    folder = write_tiny(tmp_path_factory.mktemp("simulate") / "tiny")
    path = folder / "project.toml"
    path.write_text("synthetic = true\n" + path.read_text("utf-8").replace("synthetic = true\n", ""), "utf-8")
    return folder


@pytest.mark.parametrize("lang", LANGUAGES)
def test_tables_and_drawing_say_that_all_is_invented(project, tmp_path, lang):
    out = tmp_path / "模拟"
    code, output = run("simulate", project, *QUICK, "--lang", lang, "--out", out)
    assert code == 0
    synthetic = {"zh": "虚构数据", "en": "SYNTHETIC DATA"}[lang]
    assert output.strip().startswith(synthetic)
    assert {"zh": "按周期", "en": "calendar"}[lang] in output
    assert synthetic in (out / "simulation.svg").read_text("utf-8")
    for name, count in (("runs", 2 * len(POLICIES) * 2), ("summary", 2 * len(POLICIES))):
        rows = list(csv.DictReader((out / f"{name}.csv").read_text("utf-8-sig").splitlines()))
        assert len(rows) == count
        assert all(synthetic in row["study"] for row in rows)
        assert all(row["change"] for row in rows)


def test_the_same_seed_gives_the_same_files_and_another_does_not(project, tmp_path):
    files = []
    for number, seed in enumerate((3, 3, 4)):
        out = tmp_path / str(number)
        code, _ = run("simulate", project, *QUICK, "--policies", "calendar,W", "--seed", seed, "--out", out)
        assert code == 0
        files.append({path.name: path.read_bytes() for path in sorted(out.iterdir())})
    assert files[0] == files[1]
    assert files[0]["runs.csv"] != files[2]["runs.csv"]


def test_every_wrong_option_is_named_before_anything_is_read(tmp_path):
    code, output = run(
        "simulate", tmp_path / "nowhere", "--policies", "W,luck", "--kinds", "own,own", "--years", 0, "--worlds", 0,
        "--hours", 2, "--lang", "fr", "--seed", -1,
    )  # fmt: skip
    assert code == 2
    for option in ("--policies", "--kinds", "--years", "--worlds", "--hours", "--lang", "--seed", "calendar"):
        assert option in output


def test_nothing_is_written_among_the_inputs(project, tmp_path):
    code, output = run("simulate", project, *QUICK, "--out", project)
    assert code == 2
    assert "among the inputs" in output
    (tmp_path / "file").write_text("x")
    code, output = run("simulate", project, *QUICK, "--out", tmp_path / "file")
    assert code == 2
    assert "not a folder" in output


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_kind_and_policy_has_words(lang):
    for name in KINDS:
        assert {f"studies.simulate.kind.{name}", f"studies.simulate.kind_short.{name}"} <= keys(lang)
    assert {f"studies.simulate.policy.{name}" for name in POLICIES} <= keys(lang)

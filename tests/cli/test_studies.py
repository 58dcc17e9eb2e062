"""``patrol backtest`` as a user meets it."""

import csv

import pandas as pd
import pytest

from commands import run
from patrol.studies.backtest import POLICIES
from patrol.studies.measures import OUTCOMES
from patrol.words import LANGUAGES, keys


@pytest.mark.parametrize("lang", LANGUAGES)
def test_tables_say_that_the_data_are_invented(root, tmp_path, lang):
    out = tmp_path / "回测"
    args = ("--from", "2024-01", "--to", "2024-02", "--draws", 10, "--lang", lang, "--out", out)
    code, output = run("backtest", root / "sample_data", *args)
    assert code == 0
    synthetic = {"zh": "虚构数据", "en": "SYNTHETIC DATA"}[lang]
    assert output.strip().startswith(synthetic)  # a pipe may hold what the progress bar left
    assert output.count({"zh": "虚构数据", "en": "Synthetic data"}[lang]) >= len(OUTCOMES)
    assert {"zh": "仅按长度", "en": "length only"}[lang] in output
    for name in ("measures", "leads", "reliability"):
        data = (out / f"{name}.csv").read_bytes()
        assert data.startswith(b"\xef\xbb\xbf")
        rows = list(csv.DictReader(data.decode("utf-8-sig").splitlines()))
        assert rows
        assert all(row["study"].startswith(synthetic) for row in rows)
    assert set(pd.read_csv(out / "measures.csv")["policy"]) == {policy.name for policy in POLICIES}


def test_wrong_options_are_named_all_at_once(root):
    sample = root / "sample_data"
    code, output = run("backtest", sample, "--from", "2024-13", "--to", "=x", "--lang", "fr", "--out", sample)
    assert code == 2
    for words in ("--from: '2024-13' is no month", "--to: '=x' is no month", "--lang", "holds project.toml"):
        assert words in output
    code, output = run("backtest", sample, "--from", "2024-03", "--to", "2024-02")
    assert code == 2
    assert "is before --from" in output
    code, output = run("backtest", sample, "--from", "1990-01", "--to", "2024-02")
    assert code == 2
    assert "makes 410 months" in output


def test_months_without_records_are_an_error(tiny):
    code, output = run("backtest", tiny, "--from", "2010-01", "--to", "2010-02")
    assert code == 2
    assert "no hazard or fault from 2010-01 to 2010-02" in output


def test_one_feeder_and_few_records_still_give_a_table(tiny):
    code, output = run("backtest", tiny, "--from", "2024-08", "--to", "2024-08", "--draws", 10, "--lang", "en")
    assert code == 0
    assert "PAI 10 %" in output


def test_every_policy_outcome_and_measure_has_words():
    known = keys("en")
    assert {f"studies.backtest.policy.{policy.name}" for policy in POLICIES} <= known
    assert {f"studies.backtest.outcome.{outcome}" for outcome in OUTCOMES} <= known

"""The measuring script of the register on the smallest district: both ways agree, and the figures are all there."""

import json
import subprocess
import sys

import pandas as pd
import pytest

STEPS = {"network", "intake", "snap", "merge", "write"}


@pytest.fixture(scope="module")
def measured(root, tmp_path_factory):
    folder = tmp_path_factory.mktemp("bench")
    words = ["--size", "XS", "--baseline", "XS", "--folder", str(folder), "--out", str(folder / "out.json")]
    subprocess.run(
        [sys.executable, str(root / "scripts" / "bench" / "hazards.py"), *words], check=True, stdout=subprocess.DEVNULL
    )
    return folder, json.loads((folder / "out.json").read_text("utf-8"))["sizes"]["XS"]


def test_both_ways_snap_and_merge_alike_where_they_define_the_same(measured):
    _, row = measured
    assert row["same"]["snapped"], row["same"]
    assert row["same"]["components"], row["same"]
    assert row["patrol"]["facts"]["in_zones"] == row["baseline"]["facts"]["in_zones"]


def test_every_report_arrives_and_every_step_is_measured(measured):
    folder, row = measured
    assert len(pd.read_csv(folder / "XS" / "reports.csv")) == row["counts"]["reports"] == 100
    facts = row["patrol"]["facts"]
    assert facts["reports"] == facts["taken"] == 100
    assert facts["rejected"] == 0
    assert row["counts"]["things"] * 0.8 < facts["hazards"] < 100
    for chain, more in (("patrol", set()), ("baseline", {"poles"})):  # the project finds poles as it snaps
        assert set(row[chain]["steps"]) == STEPS | more
        assert 50 < row[chain]["peak_rss_mb"] < 2000
    shown = STEPS - {"network"} | {"snap_and_merge", "nearest_line_only", "total"}
    assert set(row["ratio_cpu"]) == set(row["ratio_wall"]) == shown

"""The measuring scripts on the smallest district: both chains count alike, and the figures are all there."""

import json
import os
import subprocess
import sys

import geopandas as gpd
import pytest

STEPS = {"load", "topology", "score", "matrix", "plan"}


@pytest.fixture(scope="module")
def measured(root, tmp_path_factory):
    folder = tmp_path_factory.mktemp("bench")
    words = ["--size", "XS", "--baseline", "XS", "--folder", str(folder), "--out", str(folder / "out.json")]
    subprocess.run(
        [sys.executable, str(root / "scripts" / "bench" / "pipeline.py"), *words], check=True, stdout=subprocess.DEVNULL
    )
    return folder, json.loads((folder / "out.json").read_text("utf-8"))["sizes"]["XS"]


def test_both_chains_count_the_same_things(measured):
    _, row = measured
    assert all(row["same"].values()), row["same"]
    assert row["patrol"]["facts"]["customers"] == row["counts"]["customers"]
    assert row["patrol"]["facts"]["tasks"] == row["baseline"]["facts"]["tasks"]
    assert row["patrol"]["facts"]["planned"] > 0


def test_every_step_and_the_peak_memory_are_given(measured):
    _, row = measured
    for chain in ("patrol", "baseline"):
        assert set(row[chain]["steps"]) == STEPS
        assert sum(step["seconds"] for step in row[chain]["steps"].values()) == pytest.approx(
            row[chain]["total"]["seconds"], abs=0.01
        )
        assert 50 < row[chain]["peak_rss_mb"] < 2000
    assert set(row["ratio_cpu"]) == STEPS | {"total"}
    assert row["patrol"]["warm_up_seconds"] > 0


def test_the_generator_repeats_itself(measured, root, tmp_path):
    folder, row = measured
    script = root / "scripts" / "bench" / "generator.py"
    environment = os.environ | {"PYTHONPATH": str(root)}
    subprocess.run(
        [sys.executable, str(script), str(tmp_path), "XS"], check=True, env=environment, stdout=subprocess.DEVNULL
    )
    for name in ("roads", "lines", "hazards", "equipment"):
        first, second = gpd.read_file(folder / "XS" / f"{name}.gpkg"), gpd.read_file(tmp_path / f"{name}.gpkg")
        assert first.equals(second), name
        assert len(first) == row["counts"][name]


@pytest.mark.soak
def test_a_large_district_stays_well_under_two_gigabytes(root, tmp_path):
    words = ["--size", "L", "--folder", str(tmp_path), "--out", str(tmp_path / "out.json")]
    subprocess.run(
        [sys.executable, str(root / "scripts" / "bench" / "pipeline.py"), *words], check=True, stdout=subprocess.DEVNULL
    )
    row = json.loads((tmp_path / "out.json").read_text("utf-8"))["sizes"]["L"]["patrol"]
    assert row["peak_rss_mb"] < 1900

"""``patrol map`` and the pages that ``patrol plan`` writes."""

import json
import re
import subprocess
import sys

import pytest

from commands import run
from patrol.api import field_pages_of, plan_all, write_crew_pages
from patrol.plan import read_plan
from tiny import write_tiny


@pytest.fixture(scope="module")
def planned(tmp_path_factory):
    """A tiny project with two days planned by the command: the project's folder; the plan is in ``plan``."""
    folder = write_tiny(tmp_path_factory.mktemp("maps") / "tiny")
    code, output = run("plan", folder, "--from", "2024-08-16", "--days", 2, "--out", folder / "plan")
    assert code == 0, output
    return folder


def pages(folder):
    return {path.name: path.read_text("utf-8") for path in sorted(folder.glob("*.html"))}


def test_plan_writes_a_page_for_each_crew_and_day(planned):
    plan = read_plan(planned / "plan")
    names = {f"{shift['date']}-{shift['crew_id']}.html" for shift in plan.shifts}
    assert set(pages(planned / "plan" / "crews")) == names
    assert names


def test_map_draws_the_same_pages_again(planned, root):
    out = planned / "again"
    code, output = run("map", planned / "plan" / "plan.json", "--project", planned, "--out", out)
    assert code == 0, output
    assert "index.html for planners" in output
    assert pages(out / "crews") == pages(planned / "plan" / "crews")
    assert pages(out)["index.html"].startswith("<!DOCTYPE html>")
    script = [sys.executable, "scripts/build_maps.py", planned / "plan", "--project", planned, "--out", planned / "too"]
    subprocess.run([*map(str, script), "--lang", "en"], cwd=root, check=True, capture_output=True)
    english = pages(planned / "too" / "crews")
    assert english.keys() == pages(out / "crews").keys()
    assert all('data-lang="en"' in page for page in english.values())


def test_pages_of_an_earlier_plan_go_and_other_files_stay(planned, tmp_path):
    folder = tmp_path / "crews"
    folder.mkdir()
    for name in ("2023-01-01-old.html", "notes.html", "2023-01-01-old.txt"):
        (folder / name).write_text("x", "utf-8")
    write_crew_pages(plan_all(planned, start="2024-08-16", days=1, iterations=1), folder, lang="zh")
    left = {path.name for path in folder.iterdir()}
    assert "2023-01-01-old.html" not in left
    assert {"notes.html", "2023-01-01-old.txt"} <= left


def test_what_changed_since_the_plan_is_told(planned, tmp_path):
    folder = write_tiny(tmp_path / "tiny")
    (folder / "hazards.csv").write_text((folder / "hazards.csv").read_text("utf-8-sig") + "\n", "utf-8")
    code, output = run("map", planned / "plan", "--project", folder, "--out", tmp_path / "out")
    assert code == 0, output
    assert "changed since the plan was made: hazards" in output


def test_every_fault_at_once_and_nothing_written(planned, tmp_path):
    code, output = run("map", planned / "plan", "--project", planned, "--out", planned, "--lang", "fr")
    assert code == 2
    assert "--lang" in output
    assert "nothing is written among the inputs" in output
    code, output = run("map", tmp_path / "none.json", "--project", planned, "--out", tmp_path / "out")
    assert code == 2
    assert "does not exist" in output
    assert not (tmp_path / "out").exists()


def test_a_household_in_care_is_a_code(planned):
    everything = "".join(pages(planned / "plan" / "crews").values())
    assert "张家" not in everything
    drawn = plan_all(planned, start="2024-08-16", days=5, iterations=5)
    care = [task for task in drawn.plan.tasks.values() if task.get("visit_kind") == "care"]
    assert care
    listed = "".join(page for _, page in field_pages_of(drawn, lang="zh"))
    assert "张家" not in listed
    assert json.dumps(care[0]["label_zh"], ensure_ascii=False).strip('"') in listed or not re.search("V:C1", listed)

"""``patrol report``: from a plan's folder to its papers."""

import json

import pytest

from commands import run
from patrol.api import plan_patrols, write_report
from patrol.plan import read_plan
from patrol.reports import papers
from tiny import write_tiny


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The tiny project and a plan of it, only read."""
    folder = tmp_path_factory.mktemp("report")
    project = write_tiny(folder / "tiny")
    plan_patrols(project, start="2024-08-16", days=1, out=folder / "plan", engine="greedy", iterations=1)
    return project, folder / "plan"


def test_papers_are_written_and_without_a_browser_that_is_a_note(made, tmp_path, monkeypatch):
    project, plan = made
    monkeypatch.setattr(papers, "find_browser", lambda: None)
    code, told = run("report", plan, "--project", project, "--out", tmp_path / "out", "--lang", "en")
    assert code == 0, told
    assert "no Chromium, Chrome or Edge was found" in told
    assert "have changed since" not in told
    assert not list((tmp_path / "out").rglob("*.pdf"))
    shifts = read_plan(plan).shifts
    assert f"{len(shifts)} patrol sheets, {len(shifts)} GPX files" in told
    for shift in shifts:
        name = f"{shift['date']}-{shift['crew_id']}"
        sheet = (tmp_path / "out" / "sheets" / f"{name}.html").read_text("utf-8")
        assert "本计划不是工作票" in sheet
        assert "张家" not in sheet  # the household in care
        assert "{{7*7}}" not in sheet
        assert (tmp_path / "out" / "gpx" / f"{name}.gpx").exists()
    assert json.loads((tmp_path / "out" / "planner-all.geojson").read_bytes())["features"]
    assert "张家" not in (tmp_path / "out" / "planner-all.kml").read_text("utf-8")


def test_faults_of_the_options_are_named_at_once(made):
    project, plan = made
    code, told = run("report", plan, "--project", project, "--out", project, "--lang", "fr")
    assert code == 2
    assert "'fr' is not known" in told
    assert "project.toml" in told


def test_a_project_that_has_changed_since_is_told(made, tmp_path):
    _, plan = made
    changed = write_tiny(tmp_path / "tiny")
    with (changed / "hazards.csv").open("a", encoding="utf-8") as file:
        file.write("HZ9,A01,2024-08-12,villager,reported,F1,011,x,106.607,38.9\n")
    findings = write_report(read_plan(plan), changed, tmp_path / "other", pdf=False, lang="en").findings
    assert [item.code for item in findings] == ["report.changed"]
    assert "hazards.csv" in str(findings[0])

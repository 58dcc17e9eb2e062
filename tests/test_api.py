"""What notebooks call: scores asked why, the back-test and the simulation, by path or by opened project."""

import math
import re
import subprocess
import sys
from datetime import date
from html import unescape

import pandas as pd
import pytest

import patrol
from patrol import text
from patrol.api import backtest, open_project, plan_all, score, score_all, simulate, why
from patrol.errors import PatrolError, PlanError
from patrol.hazards.office import open_project_register
from patrol.plan import Plan
from patrol.planning.scored import Scored
from patrol.project import read_project
from patrol.risk.reasons import HazardWhy, SectionWhy
from tiny import write_tiny

DAY = "2024-08-16"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_tiny(tmp_path_factory.mktemp("api") / "tiny")


@pytest.fixture(scope="module")
def scored(folder) -> Scored:
    return score_all(folder, on=DAY)


def test_all_scores_are_those_of_the_sections_in_another_order(folder, scored):
    plain = score(open_project(folder), on=date(2024, 8, 16)).set_index("section_id")["value_foot"]
    ranked = scored.sections.set_index("section_id")["value_foot"]
    pd.testing.assert_series_equal(ranked.loc[plain.index], plain)
    assert scored.sections["rank"].tolist() == list(range(1, len(plain) + 1))


def test_why_adds_up_for_a_section_and_a_hazard(scored):
    section = why(scored, scored.sections["section_id"].iloc[0])
    assert isinstance(section, SectionWhy)
    assert math.isclose(math.fsum(section.parts["value_ecm"]), section.section["value_foot"], rel_tol=1e-9)
    hazard = why(scored, scored.hazards["hazard_id"].iloc[0], on=date(2024, 8, 16))
    assert isinstance(hazard, HazardWhy)
    assert math.isclose(hazard.cost["value_ecm"], hazard.hazard["worth_ecm_day"], rel_tol=1e-9)


def test_why_of_a_folder_is_why_of_its_scores(folder, scored):
    name = scored.sections["section_id"].iloc[-1]
    pd.testing.assert_frame_equal(why(folder, name, on=DAY).parts, why(scored, name).parts)


def test_why_needs_a_day_and_that_of_the_scores(folder, scored):
    with pytest.raises(ValueError, match="which day"):
        why(folder, "F1")
    with pytest.raises(ValueError, match="scored for 2024-08-16, not 2024-08-17"):
        why(scored, scored.sections["section_id"].iloc[0], on="2024-08-17")
    with pytest.raises(PlanError, match="no section and no open hazard"):
        why(scored, "nowhere")


def test_backtest_takes_days_as_text(folder):
    result = backtest(folder, first="2024-07-01", last=date(2024, 8, 31), draws=10)
    assert [f"{month:%Y-%m}" for month in result.months] == ["2024-07", "2024-08"]
    assert {"model_finds", "length"} <= set(result.table["policy"])


def test_simulate_takes_the_setup_by_name_and_names_its_faults(folder):
    result = simulate(folder, policies=("calendar",), kinds=("own",), years=1, worlds=1)
    assert result.runs[["kind", "policy", "world"]].to_numpy().tolist() == [["own", "calendar", 0]]
    with pytest.raises(PatrolError, match="known: calendar"):
        simulate(folder, policies=("luck",))


@pytest.mark.parametrize("ask", ["hazards", "reports", "alerts"])
def test_a_day_that_is_none_is_refused(tmp_path, ask):
    folder = write_tiny(tmp_path)
    toml = (folder / "project.toml").read_text("utf-8").replace("[inputs]", '[inputs]\nregister = "register.gpkg"')
    (folder / "project.toml").write_text(toml, "utf-8")
    with open_project_register(read_project(folder), create=True):
        pass
    with pytest.raises(PatrolError, match="'foo' is no date"):
        getattr(open_project(folder), ask)(on="foo")


def page_in(shown):
    """Return the page that a notebook cell shows."""
    return unescape(re.search(r'srcdoc="([^"]*)"', shown.data).group(1))


@pytest.fixture(scope="module")
def planned(folder):
    return plan_all(folder, start=DAY, days=1, engine="greedy", iterations=1)


def test_a_plan_is_shown_from_memory_and_from_its_file_alike(folder, planned):
    page = page_in(patrol.show(planned, lang="en"))
    assert "<title>Synthetic data · Patrol plan, Tiny</title>" in page
    again = page_in(patrol.show(Plan(planned.plan.document), project=folder, lang="en"))
    labels = [task["label"] for task in planned.plan.tasks.values() if task["label"]]
    assert all(text.html(label) in page and text.html(label) in again for label in labels)


def test_a_plan_alone_wants_its_project(planned):
    with pytest.raises(PlanError, match="has no lines and roads"):
        patrol.show(planned.plan)


def test_scores_are_shown_as_a_map_of_risk(folder, scored):
    whole = page_in(patrol.show(scored, lang="en"))
    frame = score(folder, on=DAY)
    for page in (whole, page_in(patrol.show(frame, lang="en")), page_in(patrol.show(frame, project=folder, lang="en"))):
        assert "<title>Synthetic data · Value of a patrol, Tiny</title>" in page
        assert "Nothing is planned" in page
        assert DAY in page
        assert "本计划不是工作票" in page
        assert "available" not in re.sub(r"<script.*?</script>", "", page, flags=re.DOTALL)  # no hours of a plan
    assert len(page_in(patrol.show(frame))) < len(whole)  # no roads, no names


def test_what_is_neither_is_refused():
    with pytest.raises(TypeError, match="not str"):
        patrol.show("plan.json")


def test_a_cell_shows_without_advice_and_in_its_height(planned):
    assert "height:444px" in patrol.show(planned, height=444).data


def test_importing_patrol_loads_nothing():
    code = "import sys, patrol; print(sorted({'pandas', 'numpy', 'folium', 'ortools'} & set(sys.modules)), patrol.show)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("[] <function show")

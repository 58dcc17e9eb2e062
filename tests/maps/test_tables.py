"""Tables of the planner's page, as they read without any script."""

import re

import geopandas as gpd
import pytest

from patrol.changes import changes
from patrol.maps.overview import overview_map
from patrol.maps.tables import change_list, hazard_table
from patrol.plan import Plan
from patrol.text import html


@pytest.fixture(scope="module")
def page(changed_world):
    return changed_world.page("zh")


def rows_of(page, name):
    table = re.search(rf'<details class="table" id="table-{name}".*?</table>', page, re.DOTALL).group(0)
    cells = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row) for row in re.findall(r"<tr.*?</tr>", table)]
    return [[re.sub(r"<[^>]*>", " ", cell).replace("&nbsp;", " ").strip() for cell in row] for row in cells[1:]]


def test_zones_with_load_and_coverage_the_most_loaded_first(page):
    rows = rows_of(page, "zones")
    assert [row[4] for row in rows] == ["200 %", "120 %", "100 %", "50 %"]
    assert rows[0][1:4] == ["40.0", "20.0", "18.0"]
    assert rows[0][6] == "25 %"
    assert "第0网格" in rows[0][0]
    assert "期内到期（含超期）线路 40.0 km，已安排 10.0 km（25%）" in page


def test_hazards_by_state_and_age(page, changed_world):
    rows = rows_of(page, "hazards")
    shown = changed_world.frames["hazards"]
    shown = shown[shown["state"] != "closed"]
    assert {row[0].split()[0] for row in rows} == {"已报告", "已核实"} or len(rows) == 2
    assert sum(int(row[-1]) for row in rows) == len(shown)
    assert sum(int(cell or 0) for row in rows for cell in row[1:-1]) == len(shown)


def test_an_age_group_begins_on_its_day():
    ages = [-2, 0, 7, 8, 30, 31, 90, 91]
    table = hazard_table(gpd.GeoDataFrame({"state": ["<i>odd</i>"] * len(ages), "age": ages}), "en")
    assert rows_of(table, "hazards")[0][1:] == ["3", "2", "2", "1", "8"]
    assert "&lt;i&gt;odd" in table
    assert "<i>" not in table


def test_what_was_written_into_a_plan_is_text_in_the_changes(changed_world):
    row = {"how": "moved", "now": "<b>16:00", "before": "<b>08:00", "reason": "<b>", "label": "<b>", "label_zh": "<b>"}
    listed = change_list(gpd.GeoDataFrame([row]), changed_world.plan, "zh")
    assert "&lt;b&gt;16:00" in listed
    assert "<b>" not in listed


def test_every_change_is_listed_with_where_it_was_and_is(page, changed_world):
    found = changes(changed_world.plan, changed_world.other)
    assert (len(found.added), len(found.gone), len(found.moved)) == (1, 1, 1)
    moved = found.moved[0]
    for place in (moved.now, moved.before):
        assert f"{place.date} {place.start[11:16]}" in page
    gone = next(iter(found.gone))
    assert html(gone.task["label_zh"]) in page
    assert page.count("data-change=") == len(found)


def test_without_another_plan_there_is_nothing_about_changes(world):
    assert 'id="table-changes"' not in world.page("zh")


def test_the_same_plan_has_not_changed(world):
    page = overview_map(world.plan, **world.frames, against=world.plan, lang="en")
    assert "Nothing has changed." in page


def test_a_plan_without_figures_by_zone_has_no_table_of_them(world):
    document = {**world.plan.document, "figures": {}}
    page = overview_map(Plan(document), **world.frames, lang="en")
    assert 'id="table-zones"' not in page

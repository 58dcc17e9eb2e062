"""Nobody is sent past a danger that he may not look at, too far from home, or alone into the mountains."""

from datetime import date

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from commands import ok
from patrol.api import open_project
from patrol.config import PlanningSettings, Settings
from patrol.hazards.taxonomy import load_types, look_parties
from patrol.layers.schema import PARTIES
from patrol.planning.danger import allowed_shifts, keep_away
from patrol.planning.horizon import prepare
from patrol.planning.known import load_known
from patrol.planning.picture import picture
from patrol.project import read_project

TYPES = load_types()
LOOK = look_parties(TYPES)
BARRED = sorted(code for code in TYPES.index if len(LOOK[code]) < len(PARTIES))


def hazards(code, x):
    row = {"parties": [LOOK[code]], "hazard_class": [TYPES.loc[code, "default_class"]]}
    return gpd.GeoDataFrame(row, geometry=[shapely.Point(x, 0)], crs="EPSG:4545")


@pytest.mark.parametrize("code", BARRED)
def test_who_may_not_look_does_not_walk_past(code):
    shapes = np.array([shapely.LineString([(0, 0), (100, 0)]), shapely.Point(5000, 0)], dtype=object)
    parties = pd.Series([PARTIES, PARTIES])
    near, far = keep_away(shapes, parties, hazards(code, 120), Settings())
    assert set(near) == set(LOOK[code])
    assert "villager" not in near
    assert far == PARTIES


def test_a_harmless_hazard_keeps_nobody_away():
    shapes = np.array([shapely.Point(0, 0)], dtype=object)
    assert keep_away(shapes, pd.Series([PARTIES]), hazards("A01", 0), Settings()) == [PARTIES]


@pytest.mark.parametrize("code", ["F03", "N01", "S05"])
def test_in_a_plan_too(tiny, code):
    text = (tiny / "hazards.csv").read_text("utf-8-sig").replace("A01", code)
    (tiny / "hazards.csv").write_text(text, "utf-8-sig")
    ready = prepare(read_project(tiny), first=date(2024, 8, 16), days=5)
    tasks = ready.built.tasks
    crossed = [
        t for t, row in zip(ready.built.problem.tasks, tasks["extras"], strict=True) if row.get("first_pole") == "0"
    ]
    beside = [t for t in ready.built.problem.tasks if t.task_id == "H:HZ1"]
    for task in (*crossed, *beside) if code != "S05" else beside:
        assert "villager" not in task.parties
        assert task.parties


def shifts(**more):
    row = {"home_x": 0.0, "home_y": 0.0, "party": "villager", "people": 1}
    return pd.DataFrame([{**row, **more}])


def frame(line, region="rural"):
    tasks = pd.DataFrame({"kind": ["section"], "ref": [0]})
    sections = gpd.GeoDataFrame({"region_class": [region]}, geometry=[line], crs="EPSG:4545")
    return tasks, np.array([line], dtype=object), sections


def test_the_whole_task_is_within_reach_of_home():
    near, far = shapely.LineString([(1500, 0), (1900, 0)]), shapely.LineString([(1800, 0), (2100, 0)])
    assert allowed_shifts(*frame(near), shifts(), PlanningSettings()) == [None]
    assert allowed_shifts(*frame(far), shifts(), PlanningSettings()) == [()]
    assert allowed_shifts(*frame(far), shifts(party="enterprise"), PlanningSettings()) == [None]


def test_nobody_is_alone_in_the_mountains():
    line = shapely.LineString([(0, 0), (100, 0)])
    alone, two = shifts(party="enterprise"), shifts(party="enterprise", people=2)
    assert allowed_shifts(*frame(line, "mountain"), alone, PlanningSettings()) == [()]
    assert allowed_shifts(*frame(line, "mountain"), two, PlanningSettings()) == [None]


def test_nobody_visits_a_mountain_line_alone():
    lines = [shapely.LineString([(0, 0), (100, 0)]), shapely.LineString([(5000, 0), (5100, 0)])]
    sections = gpd.GeoDataFrame({"region_class": ["mountain", "rural"]}, geometry=lines, crs="EPSG:4545")
    tasks = pd.DataFrame({"kind": ["hazard", "service", "section", "request"], "ref": [0, 0, 1, 7]})
    shapes = np.array(
        [shapely.Point(50, 5), shapely.Point(5000, 400), lines[1], shapely.Point(-900, 900)], dtype=object
    )
    alone, two = shifts(party="enterprise"), shifts(party="enterprise", people=2)
    assert allowed_shifts(tasks, shapes, sections, alone, PlanningSettings()) == [(), None, None, ()]
    assert allowed_shifts(tasks, shapes, sections, two, PlanningSettings()) == [None] * 4


def test_in_a_plan_no_lone_person_visits_a_mountain_line(tiny):
    text = (tiny / "lines.geojson").read_text("utf-8").replace('"F1"', '"F1", "region_class": "mountain"')
    (tiny / "lines.geojson").write_text(text, "utf-8")
    ready = prepare(read_project(tiny), first=date(2024, 8, 16), days=5)
    problem, lone = ready.built.problem, set(ready.built.shifts.index[ready.built.shifts["people"] < 2])
    assert lone
    assert problem.tasks
    assert all(task.shifts is not None and not lone & set(task.shifts) for task in problem.tasks)


def test_an_emergency_is_never_put_off(tiny):
    ready = prepare(read_project(tiny), first=date(2024, 8, 16), days=5)
    task = next(t for t in ready.built.problem.tasks if t.task_id == "H:HZ3")
    assert {window.day for window in task.windows} == {0, 1}  # reported that day: 24 hours
    later = prepare(read_project(tiny), first=date(2024, 8, 18), days=5)
    task = next(t for t in later.built.problem.tasks if t.task_id == "H:HZ3")
    assert {window.day for window in task.windows} == {0}


def test_nobody_but_the_enterprise_is_sent_to_a_dead_tree_that_lies_on_the_line_by_now(tiny):
    toml = (tiny / "project.toml").read_text("utf-8").replace("[inputs]", '[inputs]\nregister = "register.gpkg"', 1)
    (tiny / "project.toml").write_text(toml, "utf-8")
    ok("add", tiny, "城关线10号杆枯树", "--at", "2024-08-01T09:00")
    ok("add", tiny, "城关线10号杆树压在线上了", "--at", "2024-08-15T09:00")
    ok("add", tiny, "城关线30号杆枯树", "--at", "2024-08-01T09:00")
    project = open_project(tiny)
    seen = picture(load_known(project), TYPES, project.settings, on=date(2024, 8, 16)).hazards
    parties = dict(zip(seen["pole_no"], seen["parties"], strict=True))
    assert (parties["010"], parties["030"]) == (("enterprise",), ("enterprise", "government", "fire", "villager"))

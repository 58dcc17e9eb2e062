"""What the planner's page says, with and without its map."""

import copy
import re
from html import unescape

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from patrol.maps.listing import SCORES
from patrol.maps.overview import _corners, _cover, _zones, overview_map, write_overview
from patrol.maps.routes import crew_colours, dropped_frame, route_frame, section_plans, shift_frame, stop_frame
from patrol.plan import Plan, check_form, plan_tag, stop_codes


def words_of(page, lang):
    """What a reader of one language sees without script."""
    body = page[page.index("<body>") : page.index('<script type="application/json"')]
    other = "en" if lang == "zh" else "zh"
    body = re.sub(rf'<span data-in="{other}"[^>]*>.*?</span>', "", body)
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", body)))


def changed(world, **parts):
    return Plan({**copy.deepcopy(world.plan.document), **parts})


def test_the_invented_plan_has_the_form_of_a_plan(world):
    assert check_form(world.plan.document, "plan") == []


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_no_page_is_without_the_warning(world, empty_world, lang):
    for page in (world.page(lang), empty_world.page(lang)):
        assert "本计划不是工作票" in words_of(page, lang)
        assert "This plan is not a work permit" in words_of(page, lang)


def test_synthetic_data_say_so_in_the_title(world):
    assert "<title>虚构数据 · " in world.page("zh")
    assert "<title>Synthetic data · " in world.page("en")
    project = {**world.plan.document["project"], "synthetic": False}
    page = overview_map(changed(world, project=project), **world.frames, lang="en")
    assert "<title>Patrol plan, Pingluo (invented)</title>" in page
    assert 'class="badge"' not in page


@pytest.mark.parametrize(("lang", "label"), [("zh", "label_zh"), ("en", "label")])
def test_the_list_names_every_stop_with_its_time(world, lang, label):
    seen = words_of(world.page(lang), lang)
    for shift in world.plan.shifts:
        for stop in shift["route"]:
            task = world.plan.tasks.get(stop["task_id"])
            if task:
                assert f"{stop['arrive'][11:16]} –{stop['leave'][11:16]} {task[label]}" in seen
    for item in world.plan.dropped:
        assert world.plan.tasks[item["task_id"]][label] in seen


def test_hours_come_before_what_was_left_out(world):
    seen = words_of(world.page("en"), "en")
    assert (
        "At least 112.4 hours are needed (work and the shortest way to each task), 80.0 are there"
        " (140% of what there is). So planning means choosing." in seen
    )
    assert seen.index("112.4 hours") < seen.index("Left out")
    assert "outranked" not in seen  # a sentence, not a code
    assert "。因此只能有所取舍。" in words_of(world.page("zh"), "zh"), "no space after a Chinese full stop"


def test_an_unknown_reason_shows_its_code(world):
    task_id = world.plan.dropped[0]["task_id"]
    page = overview_map(
        changed(world, dropped=[{"task_id": task_id, "reason": "no_such_code"}]), **world.frames, lang="en"
    )
    assert "no_such_code" in words_of(page, "en")


def test_directions_are_told_by_pole_numbers(world):
    seen = words_of(world.page("en"), "en")
    assert "001 → 009" in seen  # forward
    assert "017 → 009" in seen  # backward
    assert "there and back" in seen


def test_emergencies_stand_first_with_the_numbers_to_call(world):
    seen = words_of(world.page("en"), "en")
    assert "fire service 119 / power 95598" in seen
    assert seen.index("Call now") < seen.index("hours are needed")


def test_any_crs_gives_the_same_page(world):
    moved = {name: frame.to_crs("EPSG:4326") for name, frame in world.frames.items()}
    assert overview_map(world.plan, **moved, lang="zh") == world.page("zh")


def test_the_callers_frames_and_plan_stay_as_they_were(world):
    frames = {name: frame.copy() for name, frame in world.frames.items()}
    document = copy.deepcopy(world.plan.document)
    overview_map(world.plan, **world.frames, lang="en")
    assert world.plan.document == document
    for name, frame in frames.items():
        pd.testing.assert_frame_equal(pd.DataFrame(frame), pd.DataFrame(world.frames[name]))


def test_frames_with_nothing_but_what_they_need(world):
    sections = world.frames["sections"][["section_id", "geometry"]]
    bare = {name: frame[["geometry"]] for name, frame in world.frames.items()}
    assert overview_map(world.plan, **{**bare, "sections": sections}, lang="zh")
    nowhere = {name: frame.iloc[:0] for name, frame in bare.items()}
    assert overview_map(world.plan, **nowhere, lang="zh")


def test_frames_without_crs(world, empty_world):
    lost = {name: frame.set_crs(None, allow_override=True) for name, frame in empty_world.frames.items()}
    assert overview_map(world.plan, **lost, lang="en")
    bad = world.frames["roads"].set_crs(None, allow_override=True)
    with pytest.raises(ValueError, match="no CRS"):
        overview_map(world.plan, **{**world.frames, "roads": bad}, lang="en")


def test_written_whole(world, tmp_path):
    write_overview(world.plan, tmp_path / "deep" / "index.html", **world.frames, lang="zh")
    assert (tmp_path / "deep" / "index.html").read_text("utf-8") == world.page("zh")


def test_stops_point_at_the_rows_of_the_list(world):
    stops, page = stop_frame(world.plan, stop_codes(world.plan)), world.page("zh")
    assert re.findall(r'data-stop="(\d+)"', page) == [str(row) for row in range(len(stops))]
    assert re.findall(r'data-shift="(\d+)"', page) == [str(row) for row in range(len(shift_frame(world.plan)))]
    tasks = [stop for shift in world.plan.shifts for stop in shift["route"] if stop["task_id"]]
    assert stops.loc[stops["number"] > 0, "label"].tolist() == [world.plan.tasks[s["task_id"]]["label"] for s in tasks]
    first = stops[stops["shift"] == 0]
    assert first["arrive"].tolist()[:3] == [510, 516, 536]


def test_stops_are_called_by_the_codes_of_replies_in_list_and_map(world):
    codes = stop_codes(world.plan)
    badges = re.findall(r'<span class="no"><b>([^<]*)</b>', world.page("zh"))
    route = [(shift["shift_id"], at) for shift in world.plan.shifts for at in range(len(shift["route"]))]
    assert badges == [str(codes.get(place, "·")) for place in route]
    numbers = stop_frame(world.plan, codes)["number"]
    assert numbers[numbers > 0].tolist() == list(codes.values()), "they go on from crew to crew"


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_head_names_the_plan_as_replies_do(world, empty_world, lang):
    head = world.page(lang).split("<main")[0]
    assert f'<code class="tag">{plan_tag(world.plan)}</code>' in head
    scores = changed(empty_world, engine=SCORES)
    assert 'class="tag"' not in overview_map(scores, **empty_world.frames, lang=lang), "scores alone are no plan"


def test_routes_hold_every_leg_and_section_walked_the_right_way(world):
    sections = world.frames["sections"].to_crs(4326)
    routes = route_frame(world.plan, sections)
    legs = world.plan.legs()
    drawn = routes[routes["kind"].isin(["drive", "walk"])]
    assert drawn.geometry.geom_equals(legs.geometry.set_axis(drawn.index)).all()
    walked = routes[~routes["kind"].isin(["drive", "walk"])]
    stops = [stop for shift in world.plan.shifts for stop in shift["route"] if stop["kind"] == "section"]
    assert len(walked) == len(stops)
    for line, stop in zip(walked.geometry, stops, strict=True):
        assert line.coords[0] == pytest.approx((stop["lon"], stop["lat"]), abs=2e-6)  # each begins where it is entered


def test_sections_know_when_they_are_patrolled_or_why_not(world):
    known = section_plans(world.plan)
    tasks = {task["section_id"]: task_id for task_id, task in world.plan.tasks.items() if "section_id" in task}
    assert set(known.index) == set(tasks)
    dropped = {item["task_id"] for item in world.plan.dropped}
    for section, row in known.iterrows():
        assert (tasks[section] in dropped) == bool(row["reason"]) == (not row["when"])
    assert len(dropped_frame(world.plan)) == len(dropped)


def test_due_and_plan_of_a_section_by_the_days_of_the_plan():
    plan = Plan({"from": "2024-08-16", "days": 3})
    due = ["2024-08-15", "2024-08-16", "2024-08-18", "2024-08-19", None]
    frame = gpd.GeoDataFrame({"due": pd.to_datetime(due * 2), "when": ["08-16"] * 5 + [""] * 5})
    assert _cover(frame, plan).tolist() == [3, 2, 2, 1, 1, 5, 4, 4, 0, 0]
    assert _cover(frame.assign(assumed=True), plan).tolist() == [2, 2, 2, 1, 1, 4, 4, 4, 0, 0], "assumed is not late"


def test_the_load_of_a_zone_without_hours_is_not_known(world):
    figures = {"by_zone": {"Z0": {"hours_needed": 40.0, "hours_available": 20.0}, "Z1": {
        "hours_needed": 4.0, "hours_available": 0.0}}}  # fmt: skip
    hazards = gpd.GeoDataFrame({"zone_id": ["Z1", "Z1"]})
    zones = _zones(world.frames["zones"].head(2), hazards, Plan({**world.plan.document, "figures": figures}))
    assert zones["share"].fillna(-1).tolist() == [200.0, -1.0]
    assert zones["load"].tolist()[1] == 0
    assert zones["hazards"].tolist() == [0, 2]


def test_a_crew_keeps_its_colour_from_day_to_day(world):
    shifts = shift_frame(world.plan)
    assert (shifts.groupby("crew_id")["colour"].nunique() == 1).all()
    assert sorted(crew_colours(world.plan).values()) == list(range(shifts["crew_id"].nunique()))


def test_the_source_of_the_data_is_named(world):
    assert 'id="credit"' not in world.page("en")
    plan = changed(world, project={**world.plan.document["project"], "attribution": "© OpenStreetMap <contributors>"})
    page = overview_map(plan, **world.frames, lang="en")
    assert "© OpenStreetMap <contributors>" in words_of(page, "en")


def test_a_stray_line_does_not_shrink_the_county_to_a_spot(world):
    sections = world.frames["sections"].to_crs(4326)
    boxes = sections.bounds.to_numpy(float)
    stray = [[120.0, 20.0, 120.1, 20.1]]
    many = np.vstack([boxes] * 60)
    low, high = _corners(np.vstack([many, stray]))
    assert (low == boxes[:, :2].min(axis=0)).all()
    assert (high == boxes[:, 2:].max(axis=0)).all()

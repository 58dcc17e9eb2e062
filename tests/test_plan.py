"""The plan file: form, bytes, geometry."""

import copy
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from patrol import plan
from patrol.errors import PlanError

HEX = "0" * 64
T = "2024-08-16T08:00:00+08:00"
STOP = {
    "kind": "start", "task_id": "", "direction": 0, "option": -1, "arrive": T, "start_service": T, "leave": T,
    "lon": 106.5, "lat": 38.9, "travel_s": 0, "distance_m": 0,
}  # fmt: skip
SHIFT = {
    "shift_id": "2024-08-16/E1", "crew_id": "E1", "name": "", "name_zh": "", "party": "enterprise", "mode": "vehicle",
    "people": 2, "profile": "vehicle-crew", "date": "2024-08-16", "start": T, "end": T,
    "route": [STOP, {**STOP, "kind": "section", "task_id": "S:1", "option": 0}, {**STOP, "kind": "end"}],
    "legs": [{"to": 1, "kind": "drive", "line": plan.encode_line([(106.5, 38.9), (106.51, 38.91)])}],
    "travel_s": 0, "service_s": 0, "wait_s": 0, "break_s": 0, "distance_m": 0, "walk_m": 0,
}  # fmt: skip
TASK = {"kind": "section", "label": "a", "label_zh": "甲", "zone_id": "Z1", "mandatory": 0, "lon": 106.5, "lat": 38.9}
DOCUMENT = {
    "schema": plan.SCHEMA, "project": {"name": "x", "name_zh": "", "timezone": "Asia/Shanghai", "synthetic": True},
    "from": "2024-08-16", "days": 1, "problem_sha256": HEX, "inputs": {"lines": {"file": "a", "sha256": HEX}},
    "settings": {}, "engine": "ortools", "seed": 1, "iterations": 10, "stopped_by": "iterations", "shifts": [SHIFT],
    "tasks": {"S:1": TASK}, "dropped": [], "figures": {}, "notes": [],
}  # fmt: skip


def test_there_and_back(tmp_path):
    plan.write_plan(plan.Plan(DOCUMENT), tmp_path / "计划" / "plan.json")
    again = plan.read_plan(tmp_path / "计划")
    assert again.document == DOCUMENT
    assert plan.to_bytes(again.document) == (tmp_path / "计划" / "plan.json").read_bytes()
    assert [p.name for p in (tmp_path / "计划").iterdir()] == ["plan.json"]


def test_frames():
    got = plan.Plan(DOCUMENT)
    stops = got.stops()
    assert stops["kind"].tolist() == ["start", "section", "end"]
    assert stops["label"].tolist() == ["", "a", ""]
    assert stops.crs.to_epsg() == 4326
    leg = got.legs().iloc[0]
    assert leg["to_order"] == 1
    assert np.allclose(leg.geometry.coords, [(106.5, 38.9), (106.51, 38.91)])


def test_codes_count_the_stops_with_a_task_and_the_tag_follows_the_file(tmp_path):
    pause = {**STOP, "kind": "break"}
    first = {**SHIFT, "route": [STOP, {**STOP, "kind": "visit"}, pause, {**STOP, "kind": "section"}, STOP]}
    got = plan.Plan({**DOCUMENT, "shifts": [first, {**SHIFT, "shift_id": "b"}]})
    assert plan.stop_codes(got) == {("2024-08-16/E1", 1): 1, ("2024-08-16/E1", 3): 2, ("b", 1): 3}
    plan.write_plan(got, tmp_path / "plan.json")
    assert plan.plan_tag(got) == "#" + plan.sha256((tmp_path / "plan.json").read_bytes())[:4]


def test_an_empty_plan_has_empty_frames():
    empty = plan.Plan({**DOCUMENT, "shifts": []})
    assert empty.stops().empty
    assert empty.legs().empty


@given(st.lists(st.tuples(st.floats(-180, 180), st.floats(-90, 90)), min_size=1, max_size=30))
def test_lines_there_and_back(points):
    got = plan.decode_line(plan.encode_line(points))
    want = points if len(points) > 1 else points * 2
    assert np.abs(got - np.array(want)).max() <= 0.51e-6


def change(path, value):
    document = copy.deepcopy(DOCUMENT)
    node = document
    for key in path[:-1]:
        node = node[key]
    if value is None:
        del node[path[-1]]
    else:
        node[path[-1]] = value
    return document


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (["schema"], "patrol-plan/2"), (["shifts"], {}), (["shifts", 0, "party"], "army"), (["days"], 0),
        (["shifts", 0, "route"], []), (["shifts", 0, "route", 0, "arrive"], "8:00"), (["stopped_by"], "magic"),
        (["shifts", 0, "route", 0, "lon"], 400), (["tasks", "S:1", "kind"], "wish"), (["problem_sha256"], "x"),
        (["shifts", 0, "walk_m"], 1.5), (["shifts", 0, "crew_id"], None), (["dropped"], None), (["extra"], 1),
    ],
)  # fmt: skip
def test_a_malformed_plan_is_refused_with_its_place(tmp_path, path, value):
    (tmp_path / "plan.json").write_text(json.dumps(change(path, value)), encoding="utf-8")
    with pytest.raises(PlanError) as caught:
        plan.read_plan(tmp_path / "plan.json")
    assert caught.value.findings[0].code == "plan.schema"


@pytest.mark.parametrize("data", [b"", b"{", b"\xff\xfe", b"[]", b"null", b"3"])
def test_rubbish_is_refused(tmp_path, data):
    (tmp_path / "plan.json").write_bytes(data)
    with pytest.raises(PlanError):
        plan.read_plan(tmp_path)


def test_a_missing_plan_says_so(tmp_path):
    with pytest.raises(PlanError, match="does not exist"):
        plan.read_plan(tmp_path / "plan.json")


def test_a_failed_write_leaves_the_old_file(tmp_path):
    path = tmp_path / "a.json"
    plan.write_bytes(path, b"old")
    with pytest.raises(TypeError):
        plan.write_bytes(path, "no bytes")
    assert path.read_bytes() == b"old"
    assert len(list(tmp_path.iterdir())) == 1


def test_a_plan_shows_itself_in_a_line():
    document = {"from": "2024-08-16", "days": 5, "shifts": [{}, {}], "dropped": [{}]}
    assert repr(plan.Plan(document)) == "<Plan from 2024-08-16, 5 days: 2 shifts, 1 task left out>"


def test_a_lone_surrogate_of_a_hand_edited_plan_is_written_as_json_escapes_it():
    data = plan.to_bytes({"a": "x\ud800y", "b": "鸟"})
    assert json.loads(data) == {"a": "x\ud800y", "b": "鸟"}
    assert "鸟".encode() in data

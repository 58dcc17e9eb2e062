"""Rounds: a visit at each place, in either language, and rows that name no place are set aside with a hint."""

import json

from patrol.api import plan_all
from patrol.layers.check import check_project
from patrol.layers.files import load_layers
from patrol.project import read_project
from tiny import feature, geojson, table


def with_rounds(folder, *rows):
    geojson(folder / "places.geojson", [
        feature("Point", [(1600, 650)], name="East village", name_zh="东村"),
        feature("Point", [(600, 300)], name="West village", name_zh="西村"),
    ])  # fmt: skip
    table(folder / "rounds.csv", list(rows))
    toml = folder / "project.toml"
    text = toml.read_text("utf-8").replace(
        'patrols = "patrols.csv"', 'patrols = "patrols.csv"\nplaces = "places.geojson"\nrounds = "rounds.csv"'
    )
    toml.write_text(text, "utf-8")
    return read_project(folder)


ROUND = {"round_id": "D1", "kind": "officials", "parties": "government", "interval_days": 3, "minutes": 10,
         "last_done": "2024-08-15", "places": "东村;West village", "name": "Consultation",
         "name_zh": "问诊"}  # fmt: skip


def test_a_round_is_a_visit_at_each_of_its_places(tiny):
    layers = load_layers(with_rounds(tiny, ROUND))
    points = layers.service_points.set_index("point_id")
    assert {"D1/东村", "D1/West village"} <= set(points.index)
    assert points.loc["D1/东村", "name_zh"] == "问诊：东村"
    assert points.loc["D1/West village", "name"] == "Consultation: West village"
    assert points.loc["D1/东村"].geometry.distance(layers.places.geometry.iloc[0]) == 0
    assert not layers.findings or all(one.level != "rejected" for one in layers.findings)


def test_a_place_named_twice_is_one_visit(tiny):
    layers = load_layers(with_rounds(tiny, {**ROUND, "places": "东村;West village;东村、East village"}))
    points = layers.service_points["point_id"]
    assert sorted(points[points.str.startswith("D1/")]) == ["D1/West village", "D1/东村"]


def test_it_comes_round_by_its_cadence_and_party(tiny):
    planned = plan_all(with_rounds(tiny, ROUND), start="2024-08-16", days=8, engine="greedy")
    due = {key: task["due"] for key, task in planned.plan.tasks.items() if key.startswith("V:D1/东村")}
    assert due == {"V:D1/东村": "2024-08-18", "V:D1/东村#2": "2024-08-21"}
    for shift in planned.plan.shifts:
        for stop in shift["route"]:
            if stop["task_id"].startswith("V:D1"):
                assert shift["party"] == "government"
    days = {stop["task_id"]: shift["date"] for shift in planned.plan.shifts for stop in shift["route"]}
    assert days["V:D1/东村"] < days["V:D1/东村#2"]


def test_rows_that_name_no_place_are_set_aside(tiny):
    wrong = [{**ROUND, "round_id": "D2", "places": "东村;西庄"}, {**ROUND, "round_id": "D3", "places": " ; "}]
    layers = load_layers(with_rounds(tiny, ROUND, *wrong))
    told = layers.rejected[layers.rejected["kind"] == "rounds"]
    assert told["row"].tolist() == [3, 4]
    assert "西庄" in told["reason"].iloc[0]
    assert "西村" not in told["reason"].iloc[1]
    assert json.loads(told["content"].iloc[0])["round_id"] == "D2"
    assert not layers.service_points["point_id"].str.startswith(("D2", "D3")).any()


def test_a_party_that_does_not_exist_is_told_once_with_the_file_of_the_rounds(tiny):
    rounds = (ROUND, {**ROUND, "round_id": "D2", "parties": "goverment+enterprise"})
    told = [one for one in check_project(with_rounds(tiny, *rounds)) if one.code.endswith("party_unknown")]
    assert [(one.source, one.row, one.mend) for one in told] == [("rounds.csv", 3, "did you mean 'government'?")]

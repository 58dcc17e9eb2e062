"""Two plans side by side: nothing between a plan and itself, hand counts between two, hostile names harmless."""

import copy
import json
from datetime import datetime, timedelta

import pytest

from commands import run
from patrol.plan import Plan, read_plan, write_plan
from patrol.studies.compare import alike, compare
from patrol.studies.compare_page import compare_page
from tiny import write_tiny


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A plan, and one by a scenario in which a crew is away and two zones are one."""
    folder = write_tiny(tmp_path_factory.mktemp("compare") / "tiny")
    with (folder / "project.toml").open("a", encoding="utf-8") as file:
        file.write("\n[settings.planning]\nshift_ecm = 0\n")  # else one crew would do all of it
    text = 'scenario_version = 1\nname = "fewer <b>"\nname_zh = "少一个"\nwithout_crews = ["G1"]\n'
    (folder / "fewer.toml").write_text(text + '[[merge]]\nzone = "Z2"\ninto = "Z1"\n', "utf-8")
    plain = ("plan", folder, "--from", "2024-08-16", "--days", "2", "--engine", "greedy")
    assert run(*plain, "--out", folder / "a")[0] == 0
    assert run(*plain, "--scenario", folder / "fewer.toml", "--out", folder / "b")[0] == 0
    return folder


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_plan_does_not_differ_from_itself(folder, lang):
    plan = read_plan(folder / "a")
    rows = compare(plan, plan)
    assert alike(rows)
    assert rows["tasks"]["same"] == plan.figures["planned"]
    code, output = run("compare", folder / "a", folder / "a", "--lang", lang)
    assert code == 0
    assert ("没有差别" if lang == "zh" else "do not differ") in output


def test_differences_are_those_counted_by_hand(folder):
    first, second = read_plan(folder / "a"), read_plan(folder / "b")
    rows = compare(first, second)
    assert not alike(rows)
    for key in ("planned", "drive_km"):
        pair = rows["figures"][key]
        assert pair["difference"] == pytest.approx(second.figures[key] - first.figures[key])
    crews = [stop["task_id"] for s in first.shifts if s["crew_id"] == "G1" for stop in s["route"] if stop["task_id"]]
    assert crews, "the case needs a crew that does something"
    touched = {one["task_id"] for key in ("gone", "moved") for one in rows["tasks"][key]}
    assert {*crews} <= touched
    assert sum(pair["first"] for pair in rows["by_zone"].values()) == first.figures["planned"]
    assert rows["by_zone"]["Z2"]["second"] == 0, "the zone is part of the other"
    assert sum(pair["second"] for pair in rows["by_day"].values()) == second.figures["planned"]
    assert rows["by_party"]["government"] == {"first": len(crews), "second": 0, "difference": -len(crews)}


def test_minutes_on_the_clock_are_shifted_and_not_moved(folder):
    plan = read_plan(folder / "a")
    document = copy.deepcopy(plan.document)
    stop = next(stop for shift in document["shifts"] for stop in shift["route"] if stop["task_id"])
    start = datetime.fromisoformat(stop["start_service"])
    for seconds, want in ((60, []), (120, [stop["task_id"]])):
        stop["start_service"] = (start + timedelta(seconds=seconds)).isoformat()
        rows = compare(plan, Plan(document))
        assert [one["task_id"] for one in rows["tasks"]["shifted"]] == want
        assert rows["tasks"]["moved"] == []
        assert alike(rows) == (not want)


def test_the_command_prints_json_and_draws(folder, tmp_path):
    code, output = run("compare", folder / "a", folder / "b", "--json", "--out", tmp_path)
    assert code == 0
    assert json.loads(output) == json.loads((tmp_path / "compare.json").read_text("utf-8"))
    page = (tmp_path / "compare.html").read_text("utf-8")
    assert page.count("<svg") == 3
    assert "推演计划，不得据以派工" in page
    assert "http://" not in page.replace("http://www.w3.org/2000/svg", "")


def test_a_what_if_plan_cannot_be_mistaken(folder):
    assert "推演" in (folder / "b" / "summary.zh.txt").read_text("utf-8").splitlines()[0]
    english = (folder / "b" / "summary.en.txt").read_text("utf-8")
    assert "what-if" in english.splitlines()[0]
    assert "not to be worked by" in english
    assert "推演" in (folder / "b" / "index.html").read_text("utf-8")
    assert "推演" not in (folder / "a" / "index.html").read_text("utf-8")
    assert read_plan(folder / "b").document["scenario"]["file"] == "fewer.toml"
    assert run("verify", folder / "b", "--project", folder)[0] == 0


def test_plans_of_other_days_and_hostile_names(folder, tmp_path):
    document = copy.deepcopy(read_plan(folder / "b").document)
    document["days"] = 3
    for task in document["tasks"].values():
        task["label"] = task["label_zh"] = "<script>alert(1)</script>"
    document["project"]["name_zh"] = "<img src=x onerror=alert(1)>"
    write_plan(Plan(document), tmp_path / "plan.json")
    rows = compare(read_plan(folder / "a"), read_plan(tmp_path))
    page = compare_page(rows, "zh")
    assert "<script" not in page
    assert "<img" not in page
    assert "日期不同" in page

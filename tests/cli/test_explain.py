"""``patrol explain`` as a user meets it: one task, several, all, JSON, both languages, and what it refuses."""

import json
import shutil

import pytest

from commands import run
from patrol.words import say
from tiny import write_tiny


@pytest.fixture(scope="module")
def planned(tmp_path_factory):
    """A plan in which one lone driver has a day for everything."""
    folder = write_tiny(tmp_path_factory.mktemp("explain") / "tiny")
    rows = (folder / "crews.csv").read_text("utf-8-sig").splitlines()
    (folder / "crews.csv").write_text("\n".join([rows[0], rows[2]]), "utf-8-sig")
    assert (
        run("plan", folder, "--from", "2024-08-16", "--days", "1", "--out", folder / "plan", "--engine", "greedy")[0]
        == 0
    )
    return folder / "plan"


def document(planned):
    return json.loads((planned / "plan.json").read_text("utf-8"))


def served(planned):
    shift = document(planned)["shifts"][0]
    return shift, next(stop for stop in shift["route"] if stop["task_id"])


def test_every_task_left_out_has_a_line(planned):
    code, output = run("explain", planned, "--lang", "en")
    dropped = document(planned)["dropped"]
    assert code == 0
    assert dropped
    assert f"({len(dropped)})" in output
    assert all(item["task_id"] in output for item in dropped)
    assert run("explain", planned / "plan.json", "--lang", "en") == (code, output)


def test_one_task_is_answered_in_both_languages(planned):
    item = document(planned)["dropped"][0]
    for lang in ("zh", "en"):
        code, output = run("explain", planned, item["task_id"], "--lang", lang)
        assert code == 0
        head, why, *_ = output.strip().splitlines()
        assert item["task_id"] in head
        assert why.startswith(say("explain.why", lang, why=""))
        assert output.splitlines()[-1].strip() in {say(f"explain.sure.{one}", lang) for one in ("proved", "shown")}


def test_json_has_codes_labels_and_relaxations(planned):
    code, output = run("explain", planned, "--json")
    rows = json.loads(output)
    assert code == 0
    assert [row["task_id"] for row in rows] == [item["task_id"] for item in document(planned)["dropped"]]
    assert all(row["label"] in {"proved", "shown"} for row in rows)
    assert all(row["relaxations"] and all("kind" in one for one in row["relaxations"]) for row in rows)
    assert all(row["by"]["date"] == "2024-08-16" for row in rows)


def test_of_a_served_task_it_says_who_and_when(planned):
    shift, stop = served(planned)
    name = stop["task_id"].partition(":")[2]
    code, output = run("explain", planned, name, "--lang", "en")
    assert code == 0
    start = stop["start_service"][11:16]
    assert output.strip().endswith(f"is planned: crew {shift['crew_id']}, {shift['date']}, {start}.")
    (row,) = json.loads(run("explain", planned, name, "--json")[1])
    assert (row["served"], row["by"]["start"]) == (True, start)


def test_several_tasks_are_answered_in_their_order(planned):
    ids = [item["task_id"] for item in document(planned)["dropped"]][:2][::-1]
    rows = json.loads(run("explain", planned, *ids, "--json")[1])
    assert [row["task_id"] for row in rows] == ids


def test_a_name_that_is_no_task_is_refused_with_those_like_it(planned):
    task_id = document(planned)["dropped"][0]["task_id"]
    code, output = run("explain", planned, task_id + "x", "nobody", "--lang", "en")
    assert code == 2
    assert task_id in output
    assert "'nobody'" in output


def test_a_plan_that_breaks_rules_is_not_explained(planned, tmp_path):
    shutil.copytree(planned, tmp_path, dirs_exist_ok=True)
    plan = tmp_path / "plan.json"
    plan.write_text(plan.read_text("utf-8").replace('"walk_m": ', '"walk_m": 1'), "utf-8")
    code, output = run("explain", tmp_path)
    assert code == 2
    assert "breaks rules" in output
    assert "the route sums to" in output
    assert run("explain", planned, "--lang", "fr")[0] == 2

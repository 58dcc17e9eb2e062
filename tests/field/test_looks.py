"""Looks at hazards and visits about requests in the register: once, taken back where that is possible, else told."""

import json

import pytest

from commands import listed, ok, run
from field_cases import ident, report, result
from patrol.field.looks import bring_looks
from patrol.field.model import Item
from patrol.hazards.office import open_project_register
from patrol.project import read_project

NOW = "2024-08-20T00:00:00.000000Z"


@pytest.fixture
def hazard(office):
    ok("add", office, "城关线10号杆有鸟窝", "--at", "2024-08-10T09:00")
    return listed(office)[0]["hazard_id"]


def look(ref, item="i1", kind="hazard", **more):
    said = {
        "item": item, "plan": "p", "crew": "E1", "party": "enterprise", "mode": "foot", "shift_id": "", "kind": kind,
        "task_id": f"H:{ref}", "ref": ref, "outcome": "done", "on": "2024-08-16", "at": "2024-08-16T02:00:00.000000Z",
    }  # fmt: skip
    return Item(**{**said, **more})


def bring(office, *items):
    with open_project_register(read_project(office)) as register:
        told = bring_looks(register, items, {item.ref for item in items}, now=NOW)
        return [one.code for one in told], len(register.events())


def state(office, ref):
    with open_project_register(read_project(office)) as register:
        return register.state(ref)


@pytest.mark.parametrize(("found", "after"), [("there", "verified"), ("nothing", "refuted"), ("", "reported")])
def test_what_was_found_is_brought_once(office, hazard, found, after):
    told, count = bring(office, look(hazard, found=found))
    assert state(office, hazard) == after
    assert bring(office, look(hazard, found=found)) == ([], count)
    assert told == []


def test_nothing_found_is_taken_back_and_found_after_all(office, hazard):
    bring(office, look(hazard, found="nothing"))
    bring(office, look(hazard, item="i2", found="there"))
    assert state(office, hazard) == "verified"
    assert bring(office, look(hazard, item="i2", found="there"))[0] == []


def test_a_look_that_is_taken_back_leaves_the_hazard_open_again(office, hazard):
    bring(office, look(hazard, found="nothing"))
    bring(office, look(hazard, item="i1", outcome="not_done"))
    assert state(office, hazard) == "reported"


def test_who_may_not_judge_changes_nothing_and_it_is_told(office, hazard):
    told, _ = bring(office, look(hazard, found="nothing", party="villager"))
    assert told == ["field.not_recorded"]
    assert state(office, hazard) == "reported"


def test_what_the_register_does_not_have_is_told(office, hazard):
    assert bring(office, look("HZ1", found="there"))[0] == ["field.not_in_register"]


def test_a_request_is_done_and_open_again_where_that_is_taken_back(office, plan, plan_file):
    asked = {"id": ident(9), "captured_at": "2024-08-16T09:00:00+08:00", "kind": "consultation", "due": "2024-08-20",
             "feeder": "F1", "pole": "012"}  # fmt: skip
    path = office.parent / "asked.json"
    path.write_text(json.dumps(report(plan, "G1", requests=[asked])), "utf-8")
    assert run("field", "import", office, path, "--plan", plan_file)[0] == 0
    with open_project_register(read_project(office)) as register:
        (ref,) = register.requests()["request_id"]
    for revision, outcome, after in ((1, "done", "done"), (2, "not_done", "open")):
        back = office.parent / "back.json"
        said = result(1, f"R:{ref}", outcome, at="2024-08-16T10:00:00+08:00")
        back.write_text(json.dumps({**report(plan, "E1", revision, [said]), "plan_sha256": "0c" * 32}), "utf-8")
        assert run("field", "import", office, back)[0] == 0
        with open_project_register(read_project(office)) as register:
            assert register.requests()["state"].tolist() == [after]
            assert not register.rebuild(check=True)

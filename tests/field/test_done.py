"""What a replan asks: what has been done of a plan so far."""

from dataclasses import replace

from field_cases import tasks_of
from patrol.field.done import done_so_far
from patrol.field.model import Item, Sheet
from patrol.field.store import field_store
from patrol.plan import plan_sha256, stop_codes
from patrol.project import read_project


def item(plan, task, **more):
    said = {
        "item": "i1", "plan": plan_sha256(plan), "crew": "E1", "party": "enterprise", "mode": "vehicle",
        "shift_id": "", "task_id": task, "kind": "section", "ref": task[2:], "outcome": "done", "on": "2024-08-16",
    }  # fmt: skip
    return Item(**{**said, **more})


def keep(project, *sheets):
    with field_store(project) as store:
        for sheet in sheets:
            store.put(sheet)
        store.settle()


def test_nothing_is_done_before_anything_came_back(office, plan):
    frame = done_so_far(read_project(office), plan)
    assert frame.empty
    assert list(frame.columns[:5]) == ["shift_id", "code", "task_id", "outcome", "at"]


def test_stops_bear_the_codes_of_the_plan_and_only_this_plan_counts(office, plan):
    one, two = tasks_of(plan, "E1")[:2]
    project = read_project(office)
    stranger = replace(item(plan, one, item="i0", outcome="not_done"), plan="0b" * 32)
    keep(
        project,
        Sheet("a", 1, "x", (item(plan, two, outcome="partly"), item(plan, one, item="i2"))),
        Sheet("b", 1, "y", (stranger,)),
    )
    frame = done_so_far(project, plan)
    shift = next(shift for shift in plan.shifts if shift["crew_id"] == "E1")
    position = {stop["task_id"]: place for place, stop in enumerate(shift["route"])}
    codes = stop_codes(plan)
    assert frame["task_id"].tolist() == [one, two]
    assert frame["outcome"].tolist() == ["done", "partly"]
    assert frame["code"].tolist() == [codes[shift["shift_id"], position[task]] for task in (one, two)]
    assert set(frame["shift_id"]) == {shift["shift_id"]}


def test_the_word_of_the_crew_whose_stop_it_was_goes_first(office, plan):
    (one, *_) = tasks_of(plan, "E1")
    project = read_project(office)
    keep(project, Sheet("a", 1, "x", (item(plan, one), item(plan, one, item="i2", crew="G1", outcome="not_done"))))
    assert done_so_far(project, plan)[["outcome", "crew_id"]].to_numpy().tolist() == [["done", "E1"]]

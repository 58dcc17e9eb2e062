"""The load of zones: hours and kilometres add up to those of the plan, and free crews go where the work is."""

import pytest

from patrol.api import plan_all
from patrol.planning.zone_figures import _shared_hours


@pytest.fixture(scope="module")
def document(tmp_path_factory):
    from tiny import write_tiny

    folder = write_tiny(tmp_path_factory.mktemp("zones") / "tiny")
    return plan_all(folder, start="2024-08-16", days=5, engine="greedy", iterations=1).plan.document


def test_zones_add_up_to_the_plan(document):
    figures, zones = document["figures"], document["figures"]["by_zone"]
    assert set(zones) == {task["zone_id"] for task in document["tasks"].values()}
    for key, total, within in (
        ("tasks", figures["due"], 0), ("planned", figures["planned"], 0),
        ("hours_needed", figures["hours_needed"], 0.05), ("hours_available", figures["hours_available"], 0.05),
        ("km_planned", figures["patrol_km"], 0.05),
    ):  # fmt: skip
        assert sum(row[key] for row in zones.values()) == pytest.approx(total, abs=within + 1e-9), key


def test_kilometres_due_are_those_due_by_the_last_day(document):
    tasks, left = document["tasks"], {item["task_id"] for item in document["dropped"]}
    due = {key: task for key, task in tasks.items() if task["due"] <= "2024-08-20" and "length_m" in task}
    rows = document["figures"]["by_zone"].values()
    assert sum(row["km_due"] for row in rows) == pytest.approx(
        sum(t["length_m"] for t in due.values()) / 1000, abs=0.02
    )
    done = sum(task["length_m"] for key, task in due.items() if key not in left) / 1000
    assert sum(row["km_due_planned"] for row in rows) == pytest.approx(done, abs=0.02)


class Shift:
    def __init__(self, *zones):
        self.zones = zones


class Problem:
    shifts = (Shift(), Shift("A"), Shift("A", "B"), Shift("C"))


def test_hours_go_where_they_may_be_worked_and_are_needed():
    hours = _shared_hours(Problem(), [3600, 3600, 3600, 3600], {"A": 3.0, "B": 1.0, "": 0.0})
    assert hours == {"A": pytest.approx(0.75 + 1 + 0.75), "B": pytest.approx(0.25 + 0.25), "": 1.0}, (
        "C has no task: its crew may do what lies in no zone"
    )


def test_hours_where_nothing_is_to_be_done_are_shared_alike():
    assert _shared_hours(Problem(), [3600, 0, 0, 0], {"A": 0.0, "B": 0.0}) == {"A": 0.5, "B": 0.5}

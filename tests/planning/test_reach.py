"""What no road reaches is reached on foot within a crew's own limit, or named with its distance."""

import csv
from datetime import date

import pandas as pd
import pytest

from patrol.api import plan_all
from patrol.config import TravelSettings
from patrol.planning.horizon import prepare
from patrol.planning.reach import walk_in_m
from patrol.project import read_project
from patrol.units import UNREACHABLE
from patrol.words import unreached_words
from tiny import table

FIRST = date(2024, 8, 16)


def far(tiny, keep, **own):
    """Let people walk 130 m from the car at most, and keep some crews, with walks of their own."""
    rows = list(csv.DictReader((tiny / "crews.csv").read_text("utf-8-sig").splitlines()))
    rows = [{**row, "max_walk_km": own.get(row["crew_id"], row["max_walk_km"])} for row in rows]
    table(tiny / "crews.csv", [row for row in rows if row["crew_id"] in keep])
    toml = (tiny / "project.toml").read_text("utf-8") + "\n[settings.travel]\nmax_walk_in_m = 130\n"
    (tiny / "project.toml").write_text(toml, "utf-8")
    return tiny


def named(planned):
    return {n["task_id"]: n for n in planned.plan.document["notes"] if n["code"] == "task.unreachable"}


def test_a_volunteer_elsewhere_hides_no_unreachable_section(tiny):
    planned = plan_all(far(tiny, {"E2", "V1"}), start=FIRST, days=5, engine="greedy")
    ready = planned.built
    reasons = {item["task_id"]: item["reason"] for item in planned.plan.dropped}
    foot = next(k for k, ways in enumerate(ready.ways) if ways.profile.mode == "foot")
    options = {task.task_id: {option.profile for option in task.options} for task in ready.problem.tasks}
    hidden = [task for task in named(planned) if options[task] == {foot}]
    assert hidden, "the volunteer on foot has a way to everything, and may not go far"
    for task in named(planned):
        assert reasons[task] == "no_option"
        (why,) = named(planned)[task]["why"]
        assert why["code"] == "far_road"
        assert why["metres"] > why["limit"] == 130
        assert f"{why['metres']} m" in unreached_words(named(planned)[task], "en")


def test_a_crews_own_limit_is_what_counts(tiny):
    before = named(plan_all(far(tiny, {"E2"}), start=FIRST, days=5, engine="greedy"))
    assert before
    planned = plan_all(with_walk(tiny, E2="20"), start=FIRST, days=5)
    assert not named(planned)
    served = {stop["task_id"] for shift in planned.plan.shifts for stop in shift["route"]}
    assert served & set(before)


def with_walk(tiny, **own):
    rows = list(csv.DictReader((tiny / "crews.csv").read_text("utf-8-sig").splitlines()))
    table(tiny / "crews.csv", [{**row, "max_walk_km": own.get(row["crew_id"], row["max_walk_km"])} for row in rows])
    return tiny


def test_crews_without_a_limit_of_their_own_keep_to_that_of_all(tiny):
    rows = list(csv.DictReader((tiny / "crews.csv").read_text("utf-8-sig").splitlines()))
    table(tiny / "crews.csv", [*rows, {**rows[1], "crew_id": "E3"}])
    built = prepare(read_project(far(tiny, {"E2", "E3"}, E3="20")), first=FIRST, days=2).built
    crews = {k: shift.crew_id for k, shift in enumerate(built.problem.shifts)}
    limited = [task for task in built.problem.tasks if task.shifts is not None]
    assert limited
    assert len(limited) < len(built.problem.tasks)
    assert {crews[k] for task in limited for k in task.shifts} == {"E3"}
    assert not built.unreachable


def test_a_day_too_short_for_the_walk_is_said_as_such(tiny):
    planned = plan_all(far(tiny, {"E2"}, E2="0.4"), start=FIRST, days=5, engine="greedy")
    walks = [why for note in named(planned).values() for why in note["why"] if why["code"] == "far_walk"]
    assert walks
    assert all(why["metres"] > why["limit"] == 400 for why in walks)


@pytest.mark.parametrize(
    ("limits", "reach"), [([], 1500), ([UNREACHABLE], 1500), ([1000], 1500), ([20_000, UNREACHABLE], 10_000)]
)
def test_how_far_some_shifts_walk(limits, reach):
    assert walk_in_m(pd.DataFrame({"max_walk_m": pd.Series(limits, dtype="int64")}), TravelSettings()) == reach

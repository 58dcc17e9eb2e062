"""Records of days after the plan's first day are left out, and told."""

import csv
from datetime import date

import pytest

from patrol.api import plan_all
from patrol.planning.horizon import prepare
from patrol.project import read_project
from tiny import table

FIRST = date(2024, 8, 16)


def edited(tiny, name, row, **changes):
    rows = list(csv.DictReader((tiny / f"{name}.csv").read_text("utf-8-sig").splitlines()))
    keys = dict.fromkeys(changes, "")
    table(tiny / f"{name}.csv", [{**keys, **one, **(changes if k == row else {})} for k, one in enumerate(rows)])
    return tiny


def told(tiny, days=5):
    found = prepare(read_project(tiny), first=FIRST, days=days).notes
    return {one.code: one for one in found if one.code.endswith(".later")}


@pytest.mark.parametrize("day", ["2034-08-10", "2024-08-17"])
def test_a_hazard_reported_later_is_named(tiny, day):
    one = told(edited(tiny, "hazards", 0, reported=day))["hazards.later"]
    assert f"HZ1 on {day}" in one.what
    assert (one.level, one.source, one.field) == ("suspicion", "hazards.csv", "reported")


def test_a_patrol_and_a_visit_to_come_are_named(tiny):
    edited(tiny, "patrols", 1, date="2034-07-20")
    found = told(edited(tiny, "service_points", 0, last_visit="2034-01-01"))
    assert "F1 on 2034-07-20" in found["patrols.later"].what
    assert "P1 on 2034-01-01" in found["service_points.later"].what


def test_records_up_to_the_first_day_are_nothing_to_tell(tiny):
    assert told(tiny) == {}


def test_a_closed_hazard_of_a_later_day_is_nothing_to_tell(tiny):
    assert told(edited(tiny, "hazards", 3, reported="2034-08-10")) == {}


def test_the_summary_says_so_in_both_languages(tiny):
    from patrol.reports.summary import summary

    plan = plan_all(edited(tiny, "hazards", 0, reported="2034-08-10"), start=FIRST, days=1, engine="greedy").plan
    assert "hazards.csv: open hazards reported after the plan's first day" in summary(plan, "en")
    assert "hazards.csv：上报日期晚于计划首日" in summary(plan, "zh")

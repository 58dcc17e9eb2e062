"""Slack: none unless asked for, more for longer shifts and surer ends, and cut from the shift that is planned."""

import dataclasses
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patrol.api import plan_all
from patrol.config import DefenceSettings
from patrol.planning.slack import before_meeting_s, slack_s, spare_s
from patrol.reports.summary import summary

SETTINGS = DefenceSettings(spread=0.3, on_time=0.9, task_minutes=15.0)


def test_by_hand():
    # 2.25 h in tasks of 15 min: 9 tasks, each with a deviation of 0.3 / sqrt(3) * 900 s; z(0.9) = 1.2815516
    by_hand = 1.2815516 * 0.3 / math.sqrt(3) * 900 * math.sqrt(9)
    assert slack_s(8100, SETTINGS) == math.ceil(by_hand) == 600


@given(st.integers(0, 50_000), st.integers(0, 50_000), st.floats(0, 1), st.floats(0.5, 0.999))
def test_it_grows_with_the_shift_and_never_outgrows_it(short, more, spread, on_time):
    settings = dataclasses.replace(SETTINGS, spread=spread, on_time=on_time)
    assert 0 <= slack_s(short, settings) <= short
    if spread * slack_s(short, settings) < short:
        assert slack_s(short, settings) <= slack_s(short + more, settings)


def test_none_unless_asked_for():
    assert slack_s(8100, DefenceSettings()) == 0
    assert before_meeting_s(DefenceSettings()) == 0


def test_before_a_meeting_by_hand():
    # 2 h in tasks of 15 min: 8 tasks; z(root of 0.95) = z(0.974679) = 1.95451
    beyond = 1.95451 * 0.3 / math.sqrt(3) * 900 * math.sqrt(8)
    assert beyond == pytest.approx(861.8, abs=0.1)
    assert spare_s(SETTINGS) == 450, "15 minutes of tolerance, less half a quarter of an hour"
    assert before_meeting_s(SETTINGS) == 60 * math.ceil((beyond - 450) / 60) == 420
    wide = dataclasses.replace(SETTINGS, joint_tolerance_min=30.0)
    assert before_meeting_s(wide) == 0, "the tolerance is slack enough"
    narrow = dataclasses.replace(SETTINGS, joint_tolerance_min=5.0)
    assert (spare_s(narrow), before_meeting_s(narrow)) == (0, 60 * math.ceil(beyond / 60))


def test_the_plan_ends_before_the_slack_and_says_what_it_costs(tiny):
    toml = tiny / "project.toml"
    toml.write_text(toml.read_text("utf-8") + "\n[settings.defence]\nspread = 0.3\n", "utf-8")
    planned = plan_all(tiny, start="2024-08-16", days=1, engine="greedy")
    rows = planned.built.shifts
    assert rows["slack_s"].min() > 0
    assert (rows["closes"] + rows["slack_s"] == rows["shift_id"].map(
        {shift: 10 * 3600 if "V1" in shift else 12 * 3600 for shift in rows["shift_id"]})).all()  # fmt: skip
    kept = planned.plan.figures["slack"]
    assert kept["hours"] == pytest.approx(rows["slack_s"].sum() / 3600, abs=0.01)
    assert kept["at_mean_value_ecm"] > 0
    assert f"Its price: {kept['at_mean_value_ecm']:,.1f} ECM" in summary(planned.plan, "en")

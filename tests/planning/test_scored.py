"""Scores through the whole path: what may never lower them, every factor, and what-ifs against the real thing."""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from patrol.api import score
from patrol.config import ConsequenceSettings, RiskSettings
from patrol.planning.picture import believed, picture_of, traced
from patrol.planning.reasons import why_hazard, why_section
from patrol.risk.credibility import report_parts
from patrol.risk.explain import why_section as parts_of
from patrol.risk.factors import FACTOR_COLUMNS, factor_table
from patrol.risk.score import METHODS, patrol_values
from patrol.risk.weather import CONDITIONS
from patrol.risk.whatif import calm, with_one_more_report

DAY = date(2024, 8, 16)
VALUES = [f"value_{method}" for method in METHODS]
FEW = settings(max_examples=6)


def seen(scored, *, layers=None, change=None):
    """Score again with other layers or settings."""
    layers = layers or scored.layers
    chosen = replace(scored.project.settings, **(change or {}))
    network, cut = traced(layers, chosen)
    picture = picture_of(network, cut, layers, scored.types, chosen, on=DAY, days=1, testimony=scored.testimony)
    return picture.sections[[*VALUES, "risk_ecm_day"]].to_numpy()


def patrolled(scored, *days_ago):
    """Return layers whose whole feeder was patrolled so many days ago, on foot."""
    one = scored.layers.patrols.iloc[[0]].assign(mode="foot")
    rows = [one.assign(date=pd.Timestamp(DAY) - pd.Timedelta(days=days)) for days in days_ago]
    return replace(scored.layers, patrols=pd.concat(rows, ignore_index=True))


@FEW
@given(st.integers(1, 400), st.integers(0, 300))
def test_more_days_since_patrol_never_lower_a_score(scored, days, more):
    few, many = (seen(scored, layers=patrolled(scored, n)) for n in (days, days + more))
    assert (many[:, :3] >= few[:, :3] * (1 - 1e-9)).all()


@FEW
@given(st.integers(0, 3), st.integers(1, 5000), st.booleans())
@example(3, 20, False)
def test_more_customers_never_lower_a_score(scored, which, more, recorded):
    """Nor where no patrol is on record: a section that becomes critical by them is not taken to be patrolled later."""
    equipment = scored.layers.equipment.assign(important="")
    row = equipment.index[equipment["kind"] == "transformer"][which]
    grown = equipment.assign(customers=equipment["customers"].astype(float))
    grown.loc[row, "customers"] += more
    patrols = scored.layers.patrols if recorded else scored.layers.patrols.iloc[:0]
    few = replace(scored.layers, patrols=patrols, equipment=equipment)
    before, after = seen(scored, layers=few), seen(scored, layers=replace(few, equipment=grown))
    assert (after >= before * (1 - 1e-9)).all()
    assert (after > before).any()


@FEW
@given(st.floats(1, 10), st.sampled_from(["injury_ecm", "fire_ecm", "repair_min", "ecm_per_interruption"]))
def test_more_severity_never_lowers_a_score(scored, times, name):
    usual = ConsequenceSettings()
    worse = replace(usual, **{name: getattr(usual, name) * times})
    assert (seen(scored, change={"consequence": worse}) >= seen(scored) * (1 - 1e-9)).all()


def test_one_more_supporting_report_never_lowers_the_chance(scored):
    at = pd.Timestamp("2024-08-16 12:00", tz="Asia/Shanghai")
    told, chances = scored.testimony, [scored.hazards["p"].to_numpy()]
    for _ in range(3):
        for name in scored.hazards["hazard_id"]:
            told = replace(told, reports=with_one_more_report(told.reports, scored.layers.hazards, name, at=at))
        again = believed(scored.hazards, scored.layers, told, scored.types, scored.project.settings, on=DAY)
        chances.append(again["p"].to_numpy())
    assert (np.diff(chances, axis=0) >= 0).all()
    assert (chances[1] > chances[0])[scored.hazards["basis"] == "reports"].all()


def test_one_more_report_comes_to_those_there_are(scored):
    at = pd.Timestamp("2024-08-16 12:00", tz="Asia/Shanghai")
    assert scored.testimony.reports.empty, "a plain file: one report of each hazard, by its party"
    told = scored.testimony.reports
    for count in (2, 3):
        told = with_one_more_report(told, scored.layers.hazards, "HZ1", at=at)
        parts = report_parts(told, scored.layers.hazards, DAY, settings=RiskSettings(), timezone="Asia/Shanghai")
        assert parts["hazard_id"].value_counts()["HZ1"] == count
        assert parts["hazard_id"].value_counts()["HZ2"] == 1


def test_api_and_scored_agree(scored):
    frame = score(scored.project, on=DAY)
    pd.testing.assert_frame_equal(pd.DataFrame(frame[VALUES]), pd.DataFrame(scored.picture.sections[VALUES]))


def test_every_factor_sums_to_the_score_and_is_the_explanation(scored):
    scene, sections = scored.picture.setting.scene, scored.picture.sections
    table = factor_table(scene, sections, scored.learned)
    assert tuple(table.columns) == FACTOR_COLUMNS
    sums = table.groupby("row")[["value_ecm", "risk_ecm_day"]].sum()
    assert sums["value_ecm"].to_numpy() == pytest.approx(sections["value_foot"].to_numpy(), rel=1e-9)
    assert sums["risk_ecm_day"].to_numpy() == pytest.approx(sections["risk_ecm_day"].to_numpy(), rel=1e-9)
    rate = table["rate_yr"] / 365 * table["condition"] * table["hot_spot"]
    assert rate.to_numpy() == pytest.approx(table["rate_day"].to_numpy(), rel=1e-9)
    for row in (0, 5):
        mine = table[table["row"] == row].sort_values("code")
        theirs = parts_of(scene, sections, row).sort_values("code")
        theirs = theirs[theirs["risk_ecm_day"] + theirs["value_ecm"] > 0]
        assert mine["code"].tolist() == theirs["code"].tolist()
        for column in ("n", "growth", "weather", "lead", "found", "fault_ecm", "value_ecm"):
            assert mine[column].to_numpy() == pytest.approx(theirs[column].to_numpy(), rel=1e-12)


def test_the_largest_factors_are_the_same_across_blocks(scored, monkeypatch):
    scene, sections = scored.picture.setting.scene, scored.picture.sections
    whole = factor_table(scene, sections, scored.learned)
    monkeypatch.setattr("patrol.risk.factors.BLOCK", 3)
    pd.testing.assert_frame_equal(factor_table(scene, sections, scored.learned), whole, rtol=1e-12)
    top = factor_table(scene, sections, scored.learned, top=2)
    assert (top.groupby("row").size() == 2).all()
    best = whole.groupby("row").head(2).reset_index(drop=True)
    pd.testing.assert_frame_equal(top, best, rtol=1e-12)


def other(why, code):
    (one,) = [one for one in why.what_if if one.code == code]
    return one


def test_patrolled_yesterday_is_what_a_patrol_yesterday_would_give(scored):
    once, again = (replace(scored, layers=patrolled(scored, *days)) for days in ((60,), (60, 1)))
    before, after = (look_again(one) for one in (once, again))
    for place in (0, 4, 9):
        got = other(why_section(before, place), "patrolled").score
        row = before.sections.index[place]
        assert got == pytest.approx(after.picture.sections["value_foot"].iloc[row], rel=1e-9)
        assert got < before.picture.sections["value_foot"].iloc[row]


def test_twice_as_long_is_what_a_patrol_so_long_ago_would_give(scored):
    before, after = (look_again(replace(scored, layers=patrolled(scored, days))) for days in (60, 120))
    for place in (0, 4, 9):
        one = other(why_section(before, place), "longer")
        assert one.detail == 120
        row = before.sections.index[place]
        assert one.score == pytest.approx(after.picture.sections["value_foot"].iloc[row], rel=1e-9)


def look_again(scored):
    """Return the project scored again with its own layers."""
    picture = picture_of(
        scored.network, scored.cut, scored.layers, scored.types, scored.project.settings, on=DAY, days=1
    )
    return replace(scored, picture=picture, sections=scored.sections.assign(value_foot=picture.sections["value_foot"]))


def test_a_calm_scene_has_all_factors_but_those_of_wind(scored):
    scene = scored.picture.setting.scene
    days = pd.DatetimeIndex([pd.Timestamp(DAY)])
    windy = pd.DataFrame({name: name in {"wind", "heat"} for name in CONDITIONS}, index=days)
    storm = calm(scene, (windy,), without="ice")
    still = calm(scene, (windy,))
    types = scene.types
    assert storm.weather[0, 0] == pytest.approx(types[["x_wind", "x_heat"]].max(axis=1).to_numpy())
    assert still.weather[0, 0] == pytest.approx(types["x_heat"].to_numpy())
    assert (patrol_values(still)["foot"] < patrol_values(storm)["foot"]).all()


def test_a_hazard_otherwise(scored):
    place = scored.hazards["hazard_id"].tolist().index("HZ1")
    why = why_hazard(scored, place)
    now = why.cost["value_ecm"]
    assert now == pytest.approx(scored.hazards["worth_ecm_day"].iloc[place], rel=1e-9)
    p = why.sum["p"]
    assert other(why, "report").score > now
    assert other(why, "verified").score == pytest.approx(now / p, rel=1e-3)
    assert other(why, "calm").score == pytest.approx(now)
    assert why.sum["prior_logit"] + why.reports["logit"].sum() == pytest.approx(why.sum["logit"])


def test_nothing_of_the_caller_is_changed(scored):
    before = scored.testimony.reports.copy(), scored.layers.hazards.copy()
    why_hazard(scored, 0)
    pd.testing.assert_frame_equal(scored.testimony.reports, before[0])
    pd.testing.assert_frame_equal(scored.layers.hazards, before[1])

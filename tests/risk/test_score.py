"""Scores: the sums by hand, additivity, and what may never lower them."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from patrol.config import ConsequenceSettings, PlanningSettings
from patrol.hazards.taxonomy import load_types
from patrol.risk.explain import HAZARD_COLUMNS, SECTION_COLUMNS, why_hazard, why_section
from patrol.risk.latent import Latent, arrival_rates, expected
from patrol.risk.past import fix_days, loss_rates
from patrol.risk.score import METHODS, Scene, latent_on, patrol_values, risk_now, summary_columns, visit_values

TYPES = load_types()


def sections(n=1, length=500.0, condition=4.0):
    return pd.DataFrame({"length_m": [length] * n, "condition": [condition] * n, "placement": ["overhead"] * n})


def scene(frame, tau, *, types=TYPES, n0=0.0, fault=50_000.0, fire=1e6, weather=None, g=(1.0,), group=None, **prices):
    rate = arrival_rates(frame, types)
    _, kappa = loss_rates(types)
    days = np.broadcast_to(np.asarray(tau, float), len(frame)).copy()
    start = np.full(rate.shape, float(n0))
    state = Latent(expected(start, rate, kappa, days[:, None]), start, days, rate, kappa)
    usual = np.ones((len(g), 1, len(types)))
    return Scene(
        types=types,
        latent=state,
        group=np.zeros(len(frame), np.int64) if group is None else np.asarray(group, np.int64),
        weather=usual if weather is None else np.asarray(weather, float),
        arrivals=usual if weather is None else np.ones_like(weather),
        fire_weather=np.asarray(g, float),
        fault_ecm=np.broadcast_to(np.asarray(fault, float), len(frame)).copy(),
        fire_ecm=np.full(len(frame), float(fire)),
        consequence=ConsequenceSettings(**prices),
        planning=PlanningSettings(),
    )


HOURS = {"emergency": 24.0, "serious": 168.0, "general": 720.0}


def hazards(*rows):
    """Return open hazards; a fifth of a row is its class, its type's if there is none."""
    table = pd.DataFrame([row[:4] for row in rows], columns=["type", "p", "section", "ecm_per_fault"])
    usual = TYPES.loc[table["type"], "default_class"].tolist()
    graded = [row[4] if len(row) > 4 else name for row, name in zip(rows, usual, strict=True)]
    return table.assign(hazard_class=graded, class_hours=[HOURS[name] for name in graded])


def test_one_section_and_type_by_hand():
    one = TYPES.loc[["V01"]]
    got = patrol_values(scene(sections(), 90, types=one))["foot"][0]
    phi, tau = 0.00144, 90
    cost = 50_000 + 0.03 * 1e6 + 0.0005 * 2e7
    inner = ((1 - np.exp(-phi * tau)) / phi - tau * np.exp(-phi * tau)) / phi
    assert got == pytest.approx(0.85 * phi * cost * np.exp(-phi * 7) * (10.4 * 0.5 / 36500) * inner, rel=1e-9)


def test_an_emergency_is_mended_within_its_own_deadline():
    """Deadlines: 24 hours for S09, a week for V01; a month for S14 shortens nothing."""
    few = TYPES.loc[["S09", "V01", "S14"]]
    assert fix_days(few, 7.0).tolist() == [1.0, 7.0, 7.0]
    assert fix_days(few, 30.0).tolist() == [1.0, 7.0, 30.0]
    lead = why_section(scene(sections(), 90, types=few), sections(), 0).set_index("code")["lead"]
    _, kappa = loss_rates(few)
    assert lead[few.index].to_numpy() == pytest.approx(np.exp(-kappa * np.array([1.0, 7.0, 7.0])))


def test_fire_weather_and_storms_bear_on_their_own_terms():
    one = TYPES.loc[["V01"]]
    calm, fire = scene(sections(), 90, types=one), scene(sections(), 90, types=one, g=(3.0,))
    storm = scene(sections(), 90, types=one, weather=np.full((1, 1, 1), 4.0))
    parts = 50_000, 0.03 * 1e6, 0.0005 * 2e7
    calm_cost, fire_cost = sum(parts), parts[0] + 3 * parts[1] + parts[2]
    base = patrol_values(calm)
    assert (patrol_values(fire) / base).to_numpy() == pytest.approx(np.full((1, 3), fire_cost / calm_cost))
    assert (patrol_values(storm) / base).to_numpy() == pytest.approx(np.full((1, 3), 4.0))
    assert risk_now(storm)[0] == pytest.approx(4 * risk_now(calm)[0])


def test_weather_is_of_the_section_s_own_group_and_day():
    weather = np.ones((2, 2, len(TYPES)))
    weather[1, 1] = 5.0
    seen = scene(sections(3), 60, weather=weather, g=(1.0, 1.0), group=[0, 1, 1])
    today, tomorrow = patrol_values(seen, 0)["foot"], patrol_values(seen, 1)["foot"]
    waited = patrol_values(scene(sections(3), 61))["foot"]
    assert (tomorrow / waited).tolist() == pytest.approx([1, 5, 5])
    assert today.tolist() == pytest.approx(patrol_values(scene(sections(3), 60))["foot"].tolist())


def test_a_later_day_is_what_that_day_would_be():
    """Six days on with a storm on the second: stepped a day at a time, season and events in the rates."""
    one = TYPES.loc[["V01", "A01"]]
    weather, arrivals = np.ones((7, 1, 2)), np.full((7, 1, 2), 2.0)
    weather[1] = 5.0
    seen = dataclasses.replace(scene(sections(), 60, types=one, weather=weather, g=(1.0,) * 7), arrivals=arrivals)
    phi, kappa = loss_rates(one)
    n = seen.latent.n[0]
    for day in range(6):
        n = expected(n, seen.latent.rate[0] * 2, kappa + phi * (weather[day, 0] - 1), 1.0)
    later = latent_on(seen, 6)
    assert later.n[0] == pytest.approx(n, rel=1e-12)
    assert later.tau_days.tolist() == [66.0]
    assert patrol_values(seen, 6)["foot"][0] == pytest.approx(
        why_section(seen, sections(), 0, day=6)["value_ecm"].sum()
    )
    assert latent_on(seen, 0) is seen.latent


@given(
    st.integers(1, 300), st.floats(0, 5), st.floats(0, 1e6), st.floats(0.02, 8), st.sampled_from(METHODS),
    st.integers(0, 2**32 - 1),
)  # fmt: skip
def test_the_parts_sum_to_the_score(tau, n0, fault, g, method, seed):
    rng = np.random.default_rng(seed)
    weather = rng.uniform(0.5, 6, (2, 2, len(TYPES)))
    frame = sections(3, condition=7.0)
    seen = scene(frame, tau, n0=n0, fault=fault, weather=weather, g=(g, 1.0), group=[0, 1, 0])
    for day in (0, 1):
        for row in range(3):
            table = why_section(seen, frame, row, method=method, day=day)
            assert tuple(table.columns) == SECTION_COLUMNS
            assert table["value_ecm"].sum() == pytest.approx(patrol_values(seen, day)[method][row], rel=1e-9, abs=1e-9)
            assert table["risk_ecm_day"].sum() == pytest.approx(risk_now(seen, day)[row], rel=1e-9)
            product = table["found"] * table["phi_day"] * table["weather"] * table["lead"] * table["growth"]
            assert (product * table["fault_ecm"]).to_numpy() == pytest.approx(table["value_ecm"].to_numpy(), rel=1e-12)


@given(st.floats(0, 1), st.floats(0, 1e6), st.sampled_from(list(TYPES.index)), st.sampled_from([-1, 0, 1]))
def test_the_days_of_a_look_sum_to_its_worth(p, fault, code, section):
    weather = np.linspace(1, 4, 4)[:, None, None] * np.ones((4, 1, len(TYPES)))
    seen = scene(sections(2), 60, weather=weather, g=(1.0, 2.0, 3.0, 0.5))
    rows = hazards((code, p, section, fault))
    worth = visit_values(seen, rows, 4)[0]
    table = why_hazard(seen, rows, 0, 4)
    assert tuple(table.columns) == HAZARD_COLUMNS
    assert table["value_ecm"].sum() == pytest.approx(worth[0], rel=1e-9)
    assert table["value_ecm"].iloc[2:].sum() == pytest.approx(worth[2], rel=1e-9)
    assert (np.diff(worth) <= 0).all(), "the later the look, the less it saves"


def test_a_surer_hazard_is_worth_more_in_proportion():
    seen = scene(sections(), 60, g=(1.0, 1.0, 1.0))
    got = visit_values(seen, hazards(("V01", 0.5, 0, 1000.0), ("V01", 1.0, 0, 1000.0)), 3)
    assert got[1] == pytest.approx(2 * got[0])
    assert got[1, 0] == pytest.approx(0.00144 * (1000 + 0.03e6 + 0.0005 * 2e7) * 3)


def test_a_hazard_of_another_class_than_its_type_s_has_the_fault_rate_of_its_class():
    seen = scene(sections(), 60)
    graded = [visit_values(seen, hazards(("V01", 1.0, 0, 1000.0, name)), 1)[0, 0] for name in HOURS]
    assert graded[0] / graded[1] == pytest.approx(-np.log(0.95) / 0.00144)
    assert graded[1] == pytest.approx(visit_values(seen, hazards(("V01", 1.0, 0, 1000.0)), 1)[0, 0])
    assert graded[2] / graded[1] == pytest.approx(-np.log(0.99) / 30 / 0.00144)


@given(st.sampled_from(list(TYPES.index)), st.lists(st.floats(1, 2000), min_size=3, max_size=3))
def test_a_graver_class_never_lowers_the_worth_of_a_look(code, hours):
    """Whatever deadlines a project gives its classes, as long as graver ones have less."""
    rows = hazards(*((code, 1.0, 0, 1000.0, name) for name in HOURS)).assign(class_hours=sorted(hours))
    worth = visit_values(scene(sections(), 60), rows, 1)[:, 0]
    assert (np.diff(worth) <= 0).all()
    assert why_hazard(scene(sections(), 60), rows, 0, 1)["value_ecm"].sum() == pytest.approx(worth[0])


@given(
    st.integers(0, 300), st.integers(0, 300), st.floats(0, 1e6), st.floats(0, 1e6), st.floats(4, 10), st.floats(4, 10),
    st.floats(0, 1e8), st.floats(0, 1e8),
)  # fmt: skip
def test_more_days_customers_wear_or_severity_never_lower_the_value(t1, t2, c1, c2, h1, h2, i1, i2):
    low = scene(sections(condition=min(h1, h2)), min(t1, t2), fault=min(c1, c2), injury_ecm=min(i1, i2))
    high = scene(sections(condition=max(h1, h2)), max(t1, t2), fault=max(c1, c2), injury_ecm=max(i1, i2))
    assert (patrol_values(high).to_numpy() >= patrol_values(low).to_numpy() * (1 - 1e-12)).all()
    assert risk_now(high)[0] >= risk_now(low)[0] * (1 - 1e-12)


@given(st.floats(0, 3), st.floats(0, 3))
def test_more_left_by_the_last_patrol_is_more_risk(a, b):
    low, high = scene(sections(), 30, n0=min(a, b)), scene(sections(), 30, n0=max(a, b))
    assert risk_now(high)[0] >= risk_now(low)[0] - 1e-12


def test_nothing_is_scored_twice_across_blocks(monkeypatch):
    frame = sections(50).assign(length_m=np.linspace(50, 500, 50))
    seen = scene(frame, np.arange(50) * 7, fault=np.linspace(1e3, 1e5, 50))
    whole, best = patrol_values(seen), summary_columns(seen)
    monkeypatch.setattr("patrol.risk.score.BLOCK", 7)
    pd.testing.assert_frame_equal(patrol_values(seen), whole, rtol=1e-13)
    pd.testing.assert_frame_equal(summary_columns(seen), best, rtol=1e-13)


def test_the_top_type_is_the_largest_part():
    frame = sections(2)
    seen = scene(frame, [30, 200])
    tops = summary_columns(seen)["top_type"].tolist()
    assert tops == [why_section(seen, frame, row)["code"][0] for row in range(2)]


def test_the_growth_is_worked_out_once_and_not_given():
    seen = scene(sections(), 60)
    with pytest.raises(dataclasses.FrozenInstanceError):
        seen.growth = seen.growth * 2


def test_rates_are_zero_where_the_type_does_not_occur():
    frame = sections(2).assign(placement=["overhead", "underground"])
    rate = arrival_rates(frame, TYPES)
    scope = TYPES["scope"].to_numpy(object)
    assert (rate[0, scope == "UG"] == 0).all()
    assert (rate[1, scope == "OH"] == 0).all()
    assert (rate[:, (scope == "BOTH") & (TYPES["base_rate_per_100km_yr"] > 0).to_numpy()] > 0).all()

"""The first prizes: closed forms, limits, monotonicity."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad

from patrol.config import ConsequenceSettings, PlanningSettings
from patrol.risk.latent import arrival_rates, condition_factor, growth
from patrol.risk.value import milli, patrol_value, risk_class, visit_value

SETTINGS = {"consequence": ConsequenceSettings(), "planning": PlanningSettings()}


@pytest.fixture
def types():
    return pd.DataFrame(
        {
            "category": ["veg", "equip", "ext"],
            "scope": ["OH", "BOTH", "UG"],
            "base_rate_per_100km_yr": [10.0, 5.0, 1.0],
            "phi_per_day": [0.00144, 0.00034, 0.05],
            "persist_days": [np.nan, np.nan, 3.0],
            "d_foot": [0.85, 0.5, 0.8],
            "d_vehicle": [0.6, 0.2, 0.7],
            "d_drone": [0.8, 0.8, 0.6],
            "p_ignition_given_fault": [0.03, 0.02, 0.0],
            "p_injury_given_fault": [0.0005, 0.0003, 0.005],
        },
        index=["V01", "S08", "E06"],
    )


def sections(n=1, length=500.0, condition=4.0, placement="overhead"):
    return pd.DataFrame({"length_m": [length] * n, "condition": [condition] * n, "placement": [placement] * n})


def value(frame, cost, tau, types):
    return patrol_value(frame, pd.Series(cost), pd.Series(tau), types, **SETTINGS)


def test_growth_tends_to_half_tau_squared():
    assert growth(np.array([90.0]), np.array([0.0]))[0] == pytest.approx(4050.0)


@given(st.floats(0.1, 400), st.floats(1e-8, 20))
def test_growth_equals_its_integral(tau, kappa):
    integral = quad(lambda t: t * np.exp(-kappa * t), 0, min(tau, 40 / kappa))[0]  # the tail beyond is nothing
    assert growth(np.array(tau), np.array(kappa)) == pytest.approx(integral, rel=1e-5)


def test_condition_factor_matches_the_brief():
    got = condition_factor(np.array([0.5, 4.0, 5.5, 6.5, 8.0, 10.0, np.nan]))
    assert got == pytest.approx([1, 1, 2.1, 3.2, 5.5, 10.0, 1], rel=0.03)


def test_rates_are_zero_where_the_type_does_not_occur(types):
    rate = arrival_rates(sections(2).assign(placement=["overhead", "underground"]), types)
    assert (rate[0] > 0).tolist() == [True, True, False]
    assert (rate[1] > 0).tolist() == [False, True, True]
    assert rate[0, 0] == pytest.approx(10.0 * 0.5 / 36500)


def test_one_section_by_hand(types):
    one = types.loc[["V01"]]
    got = value(sections(), [50_000.0], [90], one)["foot"][0]
    phi, tau = 0.00144, 90
    cost = 50_000 + 0.03 * 1e6 + 0.0005 * 2e7
    inner = ((1 - np.exp(-phi * tau)) / phi - tau * np.exp(-phi * tau)) / phi
    assert got == pytest.approx(0.85 * phi * cost * np.exp(-phi * 7) * (10 * 0.5 / 36500) * inner, rel=1e-12)


@given(
    st.integers(0, 300), st.integers(0, 300), st.floats(0, 1e6), st.floats(0, 1e6), st.floats(4, 10), st.floats(4, 10)
)
def test_more_days_customers_or_wear_never_lower_the_value(t1, t2, c1, c2, h1, h2):
    table = pd.DataFrame(
        {
            "category": ["equip"], "scope": ["BOTH"], "base_rate_per_100km_yr": [5.0], "phi_per_day": [0.001],
            "persist_days": [30.0], "d_foot": [0.5], "d_vehicle": [0.2], "d_drone": [0.8],
            "p_ignition_given_fault": [0.0], "p_injury_given_fault": [0.0],
        }
    )  # fmt: skip
    low = value(sections(condition=min(h1, h2)), [min(c1, c2)], [min(t1, t2)], table)
    high = value(sections(condition=max(h1, h2)), [max(c1, c2)], [max(t1, t2)], table)
    assert (high.to_numpy() >= low.to_numpy() - 1e-9).all()


def test_a_verified_hazard_is_worth_more_than_a_report(types):
    rows = pd.DataFrame({"type": ["V01", "V01"], "state": ["reported", "verified"]})
    got = visit_value(rows, pd.Series([1000.0, 1000.0]), 3, types, **SETTINGS)
    assert got[1] == pytest.approx(2 * got[0])
    assert got[1] == pytest.approx(0.00144 * (1000 + 0.03e6 + 0.0005 * 2e7) * 3)


def test_milli_is_whole_and_never_negative():
    assert milli(pd.Series([1.2345, -3.0])).tolist() == [1234, 0]


def test_risk_classes_are_fifths():
    assert risk_class(pd.Series(range(10))).tolist() == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]

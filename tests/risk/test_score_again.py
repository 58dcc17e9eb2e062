"""The worth of the patrol after the next: what has grown since, and nothing that the first one found."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from patrol.config import ConsequenceSettings, PlanningSettings
from patrol.hazards.taxonomy import load_types
from patrol.risk.latent import Latent, arrival_rates, expected
from patrol.risk.past import loss_rates
from patrol.risk.score import METHODS, Scene, patrol_values, patrol_values_again

TYPES = load_types()


def scene(tau, *, types=TYPES, n0=0.0, fault=50_000.0):
    """A scene of sections last patrolled so many days ago, in usual weather."""
    frame = pd.DataFrame({"length_m": 500.0, "condition": 4.0, "placement": "overhead"}, index=range(len(tau)))
    rate, (_, kappa) = arrival_rates(frame, types), loss_rates(types)
    start, days = np.full(rate.shape, float(n0)), np.asarray(tau, float)
    usual = np.ones((1, 1, len(types)))
    return Scene(
        types=types, latent=Latent(expected(start, rate, kappa, days[:, None]), start, days, rate, kappa),
        group=np.zeros(len(tau), np.int64), weather=usual, arrivals=usual, fire_weather=np.ones(1),
        fault_ecm=np.broadcast_to(np.asarray(fault, float), len(tau)).copy(), fire_ecm=np.full(len(tau), 1e6),
        consequence=ConsequenceSettings(), planning=PlanningSettings(),
    )  # fmt: skip


def found(types, share):
    return types.assign(d_foot=share)


def test_where_the_first_patrol_finds_all_it_is_a_patrol_after_so_many_days():
    """Nothing is left, so it is as if the section had been clean ``gap`` days before."""
    types = found(TYPES, 1.0)
    again = patrol_values_again(scene([400.0, 90.0], types=types), [0, 1], [30, 30])
    fresh = patrol_values(scene([30.0, 30.0], types=types))
    for method in METHODS:
        assert again[method].to_numpy() == pytest.approx(fresh[method].to_numpy())


def test_one_type_by_hand():
    """What was left grows on; worth is the growth since the first patrol, and the time that it waited."""
    one = TYPES.loc[["V01"]]
    here, gap = scene([90.0], types=one), 30.0
    rate, kappa, seen = here.latent.rate[0, 0], here.latent.kappa[0], float(one["d_foot"].iloc[0])
    left = rate / kappa * (1 - np.exp(-kappa * 90)) * (1 - seen)
    grown = (rate / kappa - left) * (1 - np.exp(-kappa * gap))
    wait = 1 / kappa - gap / (np.exp(kappa * gap) - 1)
    fresh = patrol_values(scene([gap], types=one))["foot"][0]
    clean = rate / kappa * (1 - np.exp(-kappa * gap))  # what grows in as long from nothing
    got = patrol_values_again(here, [0], [gap])["foot"][0]
    assert got == pytest.approx(fresh * (grown * wait) / (clean * wait))
    assert 0 < got < fresh


def test_the_more_the_first_leaves_the_less_the_second_adds():
    worth = [patrol_values_again(scene([400.0], types=found(TYPES, share)), [0], [30]) for share in (0.0, 0.5, 1.0)]
    for method in ("vehicle", "drone"):
        low, some, high = (one[method][0] for one in worth)
        assert 0 <= low < some < high


@given(st.lists(st.floats(0, 400), min_size=1, max_size=4), st.integers(1, 90), st.integers(1, 90))
def test_a_longer_gap_is_worth_no_less_and_it_is_never_more_than_without_the_first(tau, gap, more):
    here = scene(tau, types=found(TYPES, TYPES["d_foot"]))
    rows = list(range(len(tau)))
    short, long = (patrol_values_again(here, rows, [days] * len(tau)) for days in (gap, gap + more))
    without = patrol_values(scene([days + gap for days in tau]))
    for method in METHODS:
        assert (short[method] >= 0).all()
        assert (long[method] >= short[method] - 1e-9).all()
        assert (short[method] <= without[method] * (1 + 1e-9) + 1e-9).all()


def test_rows_may_be_repeated_and_in_any_order():
    here = replace(scene([10.0, 200.0]), fault_ecm=np.array([1_000.0, 90_000.0]))
    got = patrol_values_again(here, [1, 0, 1], [7, 7, 14])
    one, other = patrol_values_again(here, [1], [7]), patrol_values_again(here, [0], [7])
    assert list(got.index) == [0, 1, 2]
    for method in METHODS:
        assert got[method][0] == pytest.approx(one[method][0])
        assert got[method][1] == pytest.approx(other[method][0])
        assert got[method][2] > got[method][0], "what grows longer is worth more"
    assert patrol_values_again(here, [], []).empty

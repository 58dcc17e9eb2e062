"""Unseen hazards: closed forms against simulation, limits, monotonicity, and nothing from the future."""

from datetime import date
from decimal import Decimal, localcontext

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad

from patrol.risk.days import same_days
from patrol.risk.latent import (
    Latent,
    arrival_rates,
    at_least_one,
    condition_factor,
    expected,
    growth,
    index_growth,
    latent,
    mean_wait,
)
from patrol.risk.past import WINDOW_DAYS, before_patrol

ON = date(2024, 8, 16)
LASTING, PASSING, LOST = "V01", "A01", "F01"


def types(**changed):
    table = pd.DataFrame(
        {
            "category": ["veg", "veg", "fire"], "scope": ["OH", "OH", "BOTH"],
            "base_rate_per_100km_yr": [10.0, 5.0, 3.0], "phi_per_day": [0.00144, 0.002, 0.05],
            "persist_days": [np.nan, 60.0, 0.25], "d_foot": [0.8, 0.7, 0.5], "d_vehicle": [0.6, 0.5, 0.5],
            "d_drone": [0.75, 0.9, 0.0],
        },
        index=[LASTING, PASSING, LOST],
    )  # fmt: skip
    return table.assign(**changed)


def visits(*rows):
    frame = pd.DataFrame(rows, columns=["section", "age", "method", "share"])
    when = pd.Timestamp(ON) - pd.to_timedelta(frame.pop("age"), unit="D")
    return frame.assign(date=when)


def state(rows=(), *, rate=None, tau=0, cycle=90, table=None, **more):
    table = types() if table is None else table
    rate = np.full((1, len(table)), 0.02) if rate is None else rate
    full = {"tau_days": np.full(len(rate), tau), "cycle_days": np.full(len(rate), cycle), **more}
    return latent(rate, table, visits(*rows), ON, **full)


def simulated(lam, phi, mu, days, patrols, worlds, rng):
    """Births, exits, faults and patrols of many sections, from nothing: how many are there at the end of each."""
    count = rng.poisson(lam * days, worlds)
    world = np.repeat(np.arange(worlds), count)
    born = rng.random(len(world)) * days
    end = born + np.minimum(rng.exponential(1 / phi, len(world)), rng.exponential(1 / mu, len(world)))
    for day, seen in patrols:
        caught = (born < day) & (end > day) & (rng.random(len(world)) < seen)
        end[caught] = day
    return np.bincount(world[end > days], minlength=worlds)


def test_the_number_of_the_brief():
    """n(91) of the domain brief: 0.8919, its own simulation 0.8917."""
    phi, mu = 0.00144, 1 / 60
    assert expected(0.0, 0.02, phi + mu, 91.0) == pytest.approx(0.8919, abs=6e-5)
    got = simulated(0.02, phi, mu, 91, [], 200_000, np.random.default_rng(1))
    assert abs(got.mean() - 0.89195) < 4 * got.std() / np.sqrt(len(got))


def test_patrols_with_different_detection_agree_with_a_simulation():
    phi, mu, lam = 0.002, 1 / 60, 0.03
    patrols = [(640, "foot", 0.7), (655, "drone", 0.9), (700, "vehicle", 0.5)]
    got = simulated(lam, phi, mu, 730, [(day, seen) for day, _, seen in patrols], 60_000, np.random.default_rng(2))
    rows = [(0, 730 - day, method, 1.0) for day, method, _ in patrols]
    one = state(rows, rate=np.full((1, 3), lam), tau=30, cycle=np.inf)
    assert abs(got.mean() - one.n[0, 1]) < 4 * got.std() / np.sqrt(len(got))
    some = (got > 0).mean()
    assert abs(some - one.chance[0, 1]) < 4 * np.sqrt(some * (1 - some) / len(got))


def test_a_patrol_of_half_a_section_agrees_with_a_simulation():
    rng = np.random.default_rng(3)
    halves = [simulated(0.015, 0.002, 1 / 60, 730, part, 60_000, rng) for part in ([(690, 0.7)], [])]
    got = halves[0] + halves[1]
    one = state([(0, 40, "foot", 0.5)], rate=np.full((1, 3), 0.03), tau=90, cycle=np.inf)
    assert abs(got.mean() - one.n[0, 1]) < 4 * got.std() / np.sqrt(len(got))


def test_one_visit_by_hand():
    one = state([(0, 30, "drone", 1.0)], tau=30, cycle=np.inf)
    kappa = 0.002 + 1 / 60
    assert one.kappa[1] == pytest.approx(kappa)
    assert one.n_inf[0, 1] == pytest.approx(0.02 / kappa)
    assert one.n0[0, 1] == pytest.approx(0.1 * 0.02 / kappa)
    assert one.n[0, 1] == pytest.approx(expected(one.n0[0, 1], 0.02, kappa, 30.0), rel=1e-12)
    assert one.n[0, 2] == pytest.approx(one.n_inf[0, 2]), "a drone does not see it"


def test_a_section_without_records_was_patrolled_on_foot_so_long_ago():
    unknown = state(tau=50)
    known = state([(0, 50, "foot", 1.0)], tau=50)
    np.testing.assert_allclose(unknown.n, known.n, rtol=1e-12)
    np.testing.assert_allclose(unknown.n0, known.n0, rtol=1e-12)
    long_ago = state(tau=3 * WINDOW_DAYS)
    closed = expected(long_ago.n0, 0.02, long_ago.kappa, 3.0 * WINDOW_DAYS)
    np.testing.assert_allclose(long_ago.n, closed, rtol=1e-9)


@given(st.floats(0, 5), st.floats(0.5, 2000), st.floats(0.01, 1))
def test_before_the_first_patrol_a_cycle_repeats_itself(kappa, cycle, seen):
    n = before_patrol(np.array([kappa]), np.array([cycle]), np.array([seen]))[0, 0]
    assert expected((1 - seen) * n, 1.0, kappa, cycle) == pytest.approx(n, rel=1e-9)


def test_the_start_is_equilibrium_without_end_and_one_cycle_where_nothing_ever_goes():
    got = before_patrol(np.array([0.1, 0.0]), np.array([30.0, np.inf]), np.array([0.0, 0.0]))
    assert got[0].tolist() == pytest.approx([10.0, 30.0])
    assert got[1, 0] == pytest.approx(10.0)


@given(st.floats(0, 2000), st.floats(0, 30))
def test_the_parts_of_the_index_equal_their_integrals(tau, kappa):
    integral = quad(lambda t: t * np.exp(-kappa * t), 0, min(tau, 50 / max(kappa, 1e-9)), epsabs=0, limit=200)[0]
    assert growth(tau, kappa) == pytest.approx(integral, rel=1e-7)
    assert mean_wait(tau, kappa) * expected(0, 1, kappa, tau) == pytest.approx(growth(tau, kappa), rel=1e-9)


@pytest.mark.parametrize("x", [1e-6, 1e-3, 0.0099, 0.0101, 0.03, 0.0499, 0.0501, 1.0])
def test_series_meet_the_closed_forms(x):
    """In 60 digits: growth is (1 − e^(−x) − xe^(−x))/x², the wait 1/x − 1/(e^x − 1), for τ = 1."""
    with localcontext(prec=60):
        y = Decimal(x)
        e = (-y).exp()
        assert growth(1.0, x) == pytest.approx(float((1 - e - y * e) / y**2), rel=1e-11)
        assert mean_wait(1.0, x) == pytest.approx(float(1 / y - e / (1 - e)), rel=1e-12)


@given(st.floats(0.1, 1000), st.floats(1e-12, 1e-7), st.floats(0, 0.1), st.floats(0, 3))
def test_as_kappa_goes_to_nothing(tau, kappa, rate, n0):
    assert expected(n0, rate, kappa, tau) == pytest.approx(n0 + rate * tau, rel=1e-3)
    assert growth(tau, kappa) == pytest.approx(tau**2 / 2, rel=1e-3)
    assert mean_wait(tau, kappa) == pytest.approx(tau / 2, rel=1e-3)
    assert expected(n0, rate, 0.0, tau) == pytest.approx(n0 + rate * tau)
    got = at_least_one(expected(0, rate, 0.0, tau))
    assert got == pytest.approx(1 - np.exp(-rate * tau), abs=1e-15)


@given(st.floats(0, 1500), st.floats(1e-4, 20), st.floats(0, 0.5), st.floats(0, 1))
def test_the_index_is_the_formula_of_the_brief(tau, kappa, rate, left):
    """(N∞ − n0)·[(1−e^(−κτ))/κ − τe^(−κτ)], computed as it stands; 0 if n0 > N∞."""
    ceiling = rate / kappa
    for n0 in (left * ceiling, 2 * ceiling + left):
        n = np.atleast_2d(expected(n0, rate, kappa, tau))
        one = Latent(n, np.array([[n0]]), np.array([tau]), np.array([[rate]]), np.array([kappa]))
        x = kappa * tau
        formula = (ceiling - n0) * (-np.expm1(-x) / kappa - tau * np.exp(-x))
        noise = 1e-9 * max(ceiling, n0) * (1 / kappa + tau)
        assert index_growth(one)[0, 0] == pytest.approx(max(0.0, formula), rel=1e-9, abs=noise)


def test_nothing_is_lost_as_numbers_get_near():
    """With κ = 1e-6 and a day, N∞ is a million times the growth: the formula as it stands has lost ten digits."""
    table = types(phi_per_day=1e-6, persist_days=np.nan, d_foot=1.0)
    one = state([(0, 1, "foot", 1.0)], tau=1, table=table)
    assert index_growth(one)[0, 0] == pytest.approx(0.02 / 2, rel=1e-6)


@given(st.integers(1, 700), st.integers(1, 700), st.integers(7, 400), st.sampled_from(["foot", "vehicle", "drone"]))
def test_more_days_never_lower_number_chance_or_index(a, b, cycle, method):
    less, more = (state([(0, days, method, 1.0)], tau=days, cycle=cycle) for days in sorted((a, b)))
    later, earlier = (state(tau=days, cycle=cycle) for days in sorted((a, b)))
    for short, long in ((less, more), (later, earlier)):
        assert (index_growth(long) >= index_growth(short) - 1e-12).all()
        rising = short.n0 <= short.n_inf
        assert (long.n[rising] >= short.n[rising] - 1e-12).all()
        assert (long.chance[rising] >= short.chance[rising] - 1e-12).all()


def test_half_a_section_patrolled_yesterday_is_half_the_index():
    whole = state([(0, 90, "foot", 1.0)], tau=90)
    half = state([(0, 90, "foot", 1.0), (0, 1, "foot", 0.5)], tau=90)
    np.testing.assert_allclose(index_growth(half)[0, 0], index_growth(whole)[0, 0] / 2, rtol=0.02)
    assert (half.n < whole.n)[0, :2].all()


def many(rng, sections=40, rows=160):
    frame = pd.DataFrame(
        {
            "section": rng.integers(0, sections, rows),
            "date": pd.Timestamp(ON) - pd.to_timedelta(rng.integers(-5, 900, rows), unit="D"),
            "method": rng.choice(np.array(["foot", "vehicle", "drone"], dtype=object), rows),
            "share": rng.choice([0.25, 1.0], rows),
        }
    )
    rate = rng.random((sections, 3)) * 0.05
    return frame, rate, rng.integers(0, 300, sections), rng.choice([30, 45, 90], sections)


@settings(max_examples=20)
@given(st.integers(0, 1000))
def test_sections_do_not_depend_on_each_other_nor_on_the_order_of_visits(seed):
    rng = np.random.default_rng(seed)
    frame, rate, tau, cycle = many(rng)
    every = latent(rate, types(), frame, ON, tau_days=tau, cycle_days=cycle)
    mixed = latent(
        rate, types(), frame.sample(frac=1, random_state=seed), ON, tau_days=tau, cycle_days=cycle
    )  # fmt: skip
    for a in (0, 13, 39):
        part = slice(a, min(a + 13, 40))
        own = frame[frame["section"].between(a, part.stop - 1)]
        own = own.assign(section=own["section"] - a)
        block = latent(rate[part], types(), own, ON, tau_days=tau[part], cycle_days=cycle[part])
        for name in ("n", "n0"):
            assert (getattr(every, name)[part] == getattr(block, name)).all(), "to the last bit"
            assert (getattr(every, name) == getattr(mixed, name)).all()
        assert (index_growth(every)[part] == index_growth(block)).all()


@settings(max_examples=20)
@given(st.integers(0, 1000))
def test_the_future_is_not_looked_at(seed):
    rng = np.random.default_rng(seed)
    frame, rate, tau, cycle = many(rng)
    days = pd.date_range("2024-05-01", "2024-09-30")
    storm = pd.DataFrame(rng.random((len(days), 3)) * 8, index=days, columns=types().index)
    past, future = frame["date"] < pd.Timestamp(ON), days >= pd.Timestamp(ON)
    changed = storm.mask(np.repeat(future[:, None], 3, axis=1), 99.0)
    seen, other = (same_days(40, faults=one, arrivals=one) for one in (storm, changed))
    known = latent(rate, types(), frame, ON, tau_days=tau, cycle_days=cycle, days=seen)
    blind = latent(rate, types(), frame[past], ON, tau_days=tau, cycle_days=cycle, days=other)
    assert (known.n == blind.n).all()
    assert (known.n0 == blind.n0).all()


def test_a_storm_makes_faults_of_hazards():
    """Day by day: ten times the fault rate for five days, then back to the usual one."""
    days = pd.date_range("2024-08-01", periods=5)
    storm = pd.DataFrame({LASTING: 10.0}, index=days)
    calm, after = state(tau=60), state(tau=60, days=same_days(1, faults=storm))
    n, usual = calm.n0[0, 0], 0.00144
    for day in pd.date_range(end="2024-08-15", periods=60):
        n = expected(n, 0.02, usual * (10 if day in days else 1), 1.0)
    assert after.n[0, 0] == pytest.approx(n, rel=1e-12)
    assert after.n[0, 0] < calm.n[0, 0]
    assert (after.n[0, 1:] == calm.n[0, 1:]).all()


def test_of_a_season_only_its_days_count():
    days = pd.date_range(end="2024-08-15", periods=20)
    busy = state(tau=60, days=same_days(1, arrivals=pd.DataFrame({LASTING: 3.0}, index=days)))
    plain = state(tau=60)
    more = 2 * expected(0, 0.02, 0.00144, 20.0)
    assert busy.n[0, 0] - plain.n[0, 0] == pytest.approx(more, rel=1e-9)


def test_rates_take_season_events_and_hot_spots():
    frame = pd.DataFrame({"length_m": [500.0, 500.0], "condition": [4.0, 4.0], "placement": ["overhead"] * 2})
    plain = arrival_rates(frame, types())
    event = np.array([[1.0, 2.0, 1.0], [1.0, 1.0, 1.0]])
    got = arrival_rates(frame, types(), season=[2.0, 1.0, 1.0], event=event, hot=np.full((2, 3), 3.0))
    np.testing.assert_allclose(got / plain, [[6, 6, 3], [6, 3, 3]])


def test_state_grid_scores_of_the_brief():
    assert condition_factor([4, 5.5, 7, 9]) == pytest.approx([1, 2.13, 3.87, 7.54], rel=0.02)


@pytest.mark.parametrize("row", [(0, 3, "boat", 1.0), (7, 3, "foot", 1.0), (-1, 3, "foot", 1.0)])
def test_strange_visits_are_refused(row):
    with pytest.raises(ValueError, match="unknown"):
        state([row])


def test_shapes_must_agree():
    with pytest.raises(ValueError, match="2 types for 3"):
        state(rate=np.ones((1, 2)))
    with pytest.raises(ValueError, match="sections"):
        latent(np.ones((2, 3)), types(), visits(), ON, tau_days=[1], cycle_days=[1, 1])

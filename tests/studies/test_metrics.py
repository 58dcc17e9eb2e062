"""Metrics against brute force: every unit of length one by one, every pair, every likelihood."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize

from patrol.studies import metrics as m

PLACES = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 4), st.integers(1, 5)), min_size=1, max_size=7
)  # priority, hits, size


def units(places):
    """Cut every section into pieces of length one that share its hits: (priority, hits) of each."""
    return [(key, hit / size) for key, hit, size in places for _ in range(size)]


def caught_by_hand(places, length):
    """Return the hits on the best ``length`` pieces, the mean over all ways to pick among the last tie."""
    pieces = sorted(units(places), key=lambda one: -one[0])
    total = 0.0
    for _, tied in itertools.groupby(pieces, key=lambda one: one[0]):
        hits = [hit for _, hit in tied]
        take = min(length, len(hits))
        total += np.mean([sum(pick) for pick in itertools.islice(itertools.combinations(hits, take), 5000)])
        length -= take
    return total


@given(PLACES, st.data())
@settings(max_examples=60)
def test_captured_is_the_mean_over_pieces_of_length_one(places, data):
    whole = sum(size for _, _, size in places)
    if whole > 12:
        places = places[:2]
        whole = sum(size for _, _, size in places)
    length = data.draw(st.integers(0, whole))
    got = m.captured(*zip(*places, strict=True), [length / whole])[0]
    assert got == pytest.approx(caught_by_hand(places, length), abs=1e-9)


@given(PLACES, st.floats(0.01, 1))
def test_no_order_catches_more_than_the_best(places, share):
    key, hits, size = (np.array(one, float) for one in zip(*places, strict=True))
    best = m.best_captured(hits, size, [share])[0]
    for order in itertools.islice(itertools.permutations(range(len(places))), 200):
        assert m.captured(np.array(order, float), hits, size, [share])[0] <= best + 1e-9
    index = m.pei(key, hits, size, share)
    assert np.isnan(index) if hits.sum() == 0 else 0 <= index <= 1 + 1e-12


@given(PLACES, st.floats(0.01, 1), st.randoms(use_true_random=False))
def test_the_order_of_rows_says_nothing(places, share, random):
    mixed = list(places)
    random.shuffle(mixed)
    for measure in (m.pai, m.pei):
        one, two = (measure(*zip(*rows, strict=True), share) for rows in (places, mixed))
        assert one == pytest.approx(two, nan_ok=True)


@given(PLACES, st.floats(0.01, 1))
def test_a_forecast_that_tells_nothing_apart_has_index_one(places, share):
    _, hits, size = zip(*places, strict=True)
    if sum(hits):
        assert m.pai([7.0] * len(places), hits, size, share) == pytest.approx(1.0)


def test_pai_of_a_county_that_can_be_reckoned_by_hand():
    # 10 km, the best kilometre has 3 of 6 hits; a tenth of the km caught half the hits.
    size, hits = [1, 4, 5], [3, 1, 2]
    assert m.pai([9, 5, 1], hits, size, 0.1) == pytest.approx(5.0)
    assert m.pei([9, 5, 1], hits, size, 0.1) == pytest.approx(1.0)
    # The wrong end: half a kilometre of the 5 km with 2 hits.
    assert m.pai([1, 5, 9], hits, size, 0.05) == pytest.approx(0.2 / 6 / 0.05)


@given(PLACES, st.floats(0.01, 1), st.data())
def test_a_draw_is_a_county_with_copies_of_sections(places, share, data):
    weights = data.draw(st.lists(st.integers(0, 3), min_size=len(places), max_size=len(places)))
    copies = [place for place, n in zip(places, weights, strict=True) for _ in range(n)]
    columns = list(zip(*copies, strict=True)) or [(), (), ()]
    draws = np.array([weights, [1] * len(places)], float)
    got = m.captured_by_draw(*zip(*places, strict=True), [share, 1.0], draws)
    assert got[0] == pytest.approx(m.captured(*columns, [share, 1.0]))
    assert got[1] == pytest.approx(m.captured(*zip(*places, strict=True), [share, 1.0]))


def test_sections_without_size_are_not_there():
    assert m.pai([9, 5], [4, 2], [0, 2], 0.5) == pytest.approx(1.0)
    assert np.isnan(m.pai([9, 5], [4, 0], [0, 2], 0.5))


@pytest.mark.parametrize("bad", [([np.nan], [1], [1]), ([1], [-1], [1]), ([1], [1], [-1]), ([1], [np.inf], [1])])
def test_what_is_no_forecast_is_refused(bad):
    with pytest.raises(ValueError, match=r"finite|negative"):
        m.captured(*bad, [0.5])


@given(st.lists(st.tuples(st.integers(0, 4), st.booleans(), st.integers(0, 3)), min_size=1, max_size=9))
def test_auc_counts_every_pair(rows):
    score, yes, weight = zip(*rows, strict=True)
    copies = [(s, y) for s, y, w in rows for _ in range(w)]
    pairs = [(a, b) for a, ya in copies for b, yb in copies if ya and not yb]
    by_hand = np.mean([1.0 if a > b else 0.5 if a == b else 0.0 for a, b in pairs]) if pairs else np.nan
    assert m.auc(score, yes, weight) == pytest.approx(by_hand, nan_ok=True)
    assert m.concordant_by_draw(score, yes, np.array([weight, weight], float))[1][1] == len(pairs)


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=40), st.integers(1, 12))
def test_reliability_loses_no_row_and_brier_is_the_mean_square(rows, bins):
    chance, yes = (np.array(one) for one in zip(*rows, strict=True))
    table = m.reliability(chance, yes, bins)
    assert table["n"].sum() == len(rows)
    assert len(table) <= bins
    assert (table["expected"] * table["n"]).sum() == pytest.approx(chance.sum())
    assert (table["found"] * table["n"]).sum() == pytest.approx(yes.sum())
    assert (table["low"].to_numpy()[1:] > table["high"].to_numpy()[:-1]).all()
    assert m.brier(chance, yes) == pytest.approx(sum((p - y) ** 2 for p, y in rows) / len(rows))


def test_brier_splits_into_reliability_resolution_and_uncertainty():
    """Murphy's identity, exact where every bin has a single chance."""
    rng = np.random.default_rng(1)
    chance = rng.choice([0.1, 0.3, 0.8], 600)
    yes = rng.random(600) < chance**1.5
    table = m.reliability(chance, yes, 600)
    share, base = table["n"] / 600, yes.mean()
    parts = (share * (table["expected"] - table["found"]) ** 2).sum() - (share * (table["found"] - base) ** 2).sum()
    assert m.brier(chance, yes) == pytest.approx(parts + base * (1 - base))
    assert len(table) == 3


def test_chances_beyond_one_are_refused_and_no_rows_have_no_answer():
    with pytest.raises(ValueError, match="0 to 1"):
        m.brier([1.2], [True])
    assert np.isnan(m.brier([], []))
    assert m.reliability([], []).empty


@given(st.integers(0, 10_000), st.floats(-1.5, 1.5), st.floats(-1, 1))
@settings(max_examples=25)
def test_slope_is_where_the_likelihood_is_greatest(seed, slope, level):
    rng = np.random.default_rng(seed)
    expected = np.exp(rng.normal(0, 1, 120))
    found = rng.poisson(np.exp(level) * expected**slope)
    got = m.calibration_slope(expected, found)

    def loss(beta):
        line = beta[0] + beta[1] * np.log(expected)
        return (np.exp(line) - found * line).sum()

    by_hand = optimize.minimize(loss, [level, slope], method="BFGS", options={"gtol": 1e-7})
    assert loss([got.level, got.slope]) <= by_hand.fun + 1e-7
    assert (got.level, got.slope) == pytest.approx(tuple(by_hand.x), abs=1e-4)
    # The curvature of the likelihood, by differences.
    step, n = 1e-4, 2
    curve = np.empty((n, n))
    at = np.array([got.level, got.slope])
    for i, j in itertools.product(range(n), repeat=2):
        e, f = np.eye(n)[i] * step, np.eye(n)[j] * step
        curve[i, j] = (loss(at + e + f) - loss(at + e - f) - loss(at - e + f) + loss(at - e - f)) / (4 * step**2)
    errors = np.sqrt(np.diag(np.linalg.inv(curve)))
    assert (got.level_se, got.slope_se) == pytest.approx(tuple(errors), rel=1e-3)


def test_a_right_forecast_has_slope_one_within_its_error():
    rng = np.random.default_rng(3)
    z = []
    for _ in range(200):
        expected = rng.gamma(1.0, 0.5, 300) + 1e-3
        got = m.calibration_slope(expected, rng.poisson(expected))
        z.append((got.slope - 1) / got.slope_se)
    assert abs(np.mean(z)) < 0.25
    assert 0.85 < np.std(z) < 1.15


def test_weights_are_copies_and_units_move_only_the_level():
    expected, found, weight = np.array([0.1, 0.5, 1, 3]), np.array([0, 1, 1, 2]), np.array([2, 0, 1, 3])
    one = m.calibration_slope(expected, found, weight)
    two = m.calibration_slope(np.repeat(expected, weight) * 100, np.repeat(found, weight))
    assert (one.slope, one.slope_se) == pytest.approx((two.slope, two.slope_se))
    assert one.level - two.level == pytest.approx(one.slope * np.log(100))


def test_where_no_slope_can_be_told_there_is_none():
    assert np.isnan(m.calibration_slope([1, 2], [0, 0]).slope)  # nothing found
    assert np.isnan(m.calibration_slope([2, 2], [1, 0]).slope)  # nothing told apart
    assert np.isnan(m.calibration_slope([1, 2, 4], [0, 0, 5]).slope)  # parted without fault: the slope runs away
    with pytest.raises(ValueError, match="positive"):
        m.calibration_slope([0, 1], [0, 1])

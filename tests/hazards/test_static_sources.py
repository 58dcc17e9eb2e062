"""Hot on many days: against a plain double loop, and the traps of pixels."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patrol.hazards.static_sources import hot_days, static_sources

KILN = (106.2, 38.9)
DEG_M = 111_195.0  # metres a degree of latitude on the sphere of the module


def frame(rows):
    lon, lat, day, radius = zip(*rows, strict=True) if rows else ((), (), (), ())
    when = pd.Timestamp("2024-03-01T05:00Z") + pd.to_timedelta(np.array(day, dtype=float), unit="D")
    return pd.DataFrame(
        {
            "lon": np.array(lon, dtype=float),
            "lat": np.array(lat, dtype=float),
            "captured_at": pd.Series(when).dt.as_unit("us") if rows else pd.Series([], dtype="datetime64[us, UTC]"),
            "uncertainty_m": np.array(radius, dtype=float),
        }
    )


def plain(detections):
    """Count by two loops and great circles."""
    lam, phi = np.radians(detections["lon"].to_numpy()), np.radians(detections["lat"].to_numpy())
    radius = detections["uncertainty_m"].to_numpy()
    days = detections["captured_at"].dt.floor("D").to_numpy()
    count = []
    for i in range(len(detections)):
        half = np.sin((phi - phi[i]) / 2) ** 2 + np.cos(phi) * np.cos(phi[i]) * np.sin((lam - lam[i]) / 2) ** 2
        near = 2 * 6_371_008.8 * np.arcsin(np.sqrt(half)) <= np.minimum(radius, radius[i])
        count.append(len(set(days[near])))
    return np.array(count, dtype=int)


def test_a_place_hot_on_five_days_is_static_and_a_fire_of_one_day_is_not():
    kiln = [(KILN[0], KILN[1] + k * 50 / DEG_M, k, 280) for k in range(5)]
    fire = [(106.5, 38.5 + k * 50 / DEG_M, 2, 280) for k in range(8)]
    assert static_sources(frame(kiln + fire), days=5).tolist() == [True] * 5 + [False] * 8
    assert hot_days(frame(kiln + fire), at_most=9).tolist() == [5] * 5 + [1] * 8


def test_a_front_that_moves_on_is_no_static_source():
    front = [(106.5, 38.5 + k * 300 / DEG_M, k, 280) for k in range(12)]
    assert not static_sources(frame(front), days=3).any()


def test_a_coarse_pixel_does_not_take_in_fires_round_it():
    fires = [(106.5, 38.5 + k * 700 / DEG_M, k, 280) for k in range(4)]
    assert not static_sources(frame([(106.5, 38.505, 9, 2600), *fires]), days=3).any()


def test_the_day_is_what_counts_not_the_overpass():
    twice = [(*KILN, 0.0, 280), (*KILN, 0.4, 280), (*KILN, 1.0, 280)]
    assert hot_days(frame(twice), at_most=9).tolist() == [2, 2, 2]


def test_history_counts_but_is_not_judged():
    history = frame([(*KILN, day, 280) for day in range(4)])
    today = frame([(*KILN, 30, 280), (106.9, 38.1, 30, 280)])
    assert not static_sources(today, days=5).any()
    assert static_sources(today, days=5, history=history).tolist() == [True, False]


@pytest.mark.parametrize(
    "bad", [(np.nan, 38.9, 1, 280), (*KILN, 1, np.nan), (*KILN, 1, 0), (*KILN, 1, -5), (0, 99, 1, 9)]
)
def test_what_lacks_a_place_or_a_radius_is_never_static(bad):
    rows = [(*KILN, day, 280) for day in range(5)]
    assert hot_days(frame([*rows, bad]), at_most=9).tolist() == [5] * 5 + [0]
    late = frame([*rows, (*KILN, 6, 280)])
    late.loc[5, "captured_at"] = pd.NaT
    assert hot_days(late, at_most=9).tolist() == [5] * 5 + [0]


def test_no_detections():
    assert hot_days(frame([]), at_most=5).shape == (0,)
    assert static_sources(frame([]), days=2, history=frame([(*KILN, 1, 280)])).shape == (0,)


def test_the_frame_of_the_caller_stays_as_it_was():
    detections = frame([(*KILN, day, 280) for day in range(3)]).set_index(pd.Index([7, 7, 9]))
    before = detections.copy()
    assert static_sources(detections, days=3, history=detections).all()
    pd.testing.assert_frame_equal(detections, before)


@settings(max_examples=40)
@given(st.integers(0, 10_000), st.integers(1, 300), st.integers(2, 30))
def test_equals_the_plain_count(seed, size, most):
    rng = np.random.default_rng(seed)
    centre = rng.uniform(-0.02, 0.02, (4, 2))
    which = rng.integers(0, 4, size)
    lon, lat = (centre[which, k] + rng.normal(0, 0.002, size) for k in (0, 1))
    rows = zip(lon + 106, lat + 38, rng.integers(0, 40, size), rng.choice([280.0, 600.0, 1500.0], size), strict=True)
    detections = frame(list(rows))
    expected = np.minimum(plain(detections), most)
    assert hot_days(detections, at_most=most).tolist() == expected.tolist()
    order = rng.permutation(size)
    assert hot_days(detections.iloc[order], at_most=most).tolist() == expected[order].tolist()


def test_many_detections_of_one_fixed_grid_are_cheap():
    days = np.repeat(np.arange(3), 20_000)
    detections = frame([(*KILN, 0, 1000)] * days.size)
    detections["captured_at"] += pd.to_timedelta(days, unit="D")
    assert hot_days(detections, at_most=9).tolist() == [3] * days.size

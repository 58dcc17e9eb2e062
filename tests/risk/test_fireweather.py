"""Fire weather: the published sample days, what is missing, what is said, and no look ahead."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patrol.config import RiskSettings
from patrol.risk.fireweather import CLASSES, fire_weather
from patrol.risk.fwi import buildup, day_lengths, fire_weather_index, initial_spread, severity

SETTINGS = RiskSettings()
CODES = ["ffmc", "dmc", "dc", "isi", "bui", "fwi", "dsr"]


@pytest.fixture(scope="module")
def vectors(root):
    return pd.read_csv(root / "tests" / "data" / "fwi_test_vectors.csv")


def table(days, first="2024-07-01", temp=25.0, rh=30.0, wind=12.0, rain=0.0):
    dates = pd.date_range(first, periods=days)
    return pd.DataFrame({"date": dates, "temp_c": temp, "rh_pct": rh, "wind_kmh": wind, "rain_mm": rain})


def sample(vectors):
    names = {"TEMP": "temp_c", "RH": "rh_pct", "WS": "wind_kmh", "PREC": "rain_mm"}
    dates = pd.to_datetime({"year": vectors["YR"], "month": vectors["MON"], "day": vectors["DAY"]})
    return vectors[list(names)].rename(columns=names).astype(float).assign(date=dates)


def codes_of(made):
    return [finding.code.removeprefix("fireweather.") for finding in made.notes]


def test_the_published_sample_days(vectors):
    made = fire_weather(sample(vectors), settings=SETTINGS).days
    off = {name: np.abs(made[name].to_numpy() - vectors[name.upper()].to_numpy()).max() for name in CODES}
    assert max(off.values()) < 1e-3, off
    assert not made["filled"].any()
    assert made["settled"].tolist() == [False] * 29 + [True] * (len(vectors) - 29)


def test_rounding_the_scale_of_moisture_would_be_seen(vectors, monkeypatch):
    monkeypatch.setattr("patrol.risk.fwi._SCALE", 147.2)
    made = fire_weather(sample(vectors), settings=SETTINGS).days
    assert np.abs(made["ffmc"].to_numpy() - vectors["FFMC"].to_numpy()).max() > 0.1


def test_weight_and_class_of_the_sample_days(vectors):
    made = fire_weather(sample(vectors), settings=SETTINGS).days
    row = made.loc["1985-05-07"]
    assert (row["fire_class"], row["g"]) == ("extreme", pytest.approx(29.9555 / 3.78, abs=1e-3))
    assert made.loc["1985-05-16", ["fire_class", "g"]].tolist() == ["very_low", 0.02]
    assert made.loc["1985-05-06", "fire_class"] == "high"
    assert made["g"].between(0.02, 8.0).all()


def test_the_table_is_left_alone_and_its_order_does_not_matter(vectors):
    given_ = sample(vectors)
    kept = given_.copy(deep=True)
    made = fire_weather(given_, settings=SETTINGS).days
    pd.testing.assert_frame_equal(given_, kept)
    pd.testing.assert_frame_equal(fire_weather(given_.iloc[::-1], settings=SETTINGS).days, made)


@pytest.mark.parametrize("days", [0, 1, 29])
def test_too_few_days_are_unusable_and_that_is_said(days):
    made = fire_weather(table(days), settings=SETTINGS)
    assert (made.usable, codes_of(made), len(made.days)) == (False, ["short"], days)
    assert f"{days} day" in made.notes[0].what
    assert made.settled(pd.date_range("2024-07-01", periods=3))["g"].isna().all()


def test_thirty_days_are_enough_and_it_is_said_what_they_are_worth():
    made = fire_weather(table(31), settings=SETTINGS)
    assert (made.usable, codes_of(made)) == (True, ["uncalibrated"])
    asked = made.settled(pd.DatetimeIndex(["2024-07-29", "2024-07-30", "2024-07-31", "2024-08-01"]))
    assert asked["g"].notna().tolist() == [False, True, True, False]


def test_a_short_gap_is_filled_without_rain_and_said():
    whole = table(40)
    whole.loc[9, ["temp_c", "rain_mm"]] = [31.0, 6.0]
    made = fire_weather(whole.drop(index=[10, 11, 12]), settings=SETTINGS)
    assert codes_of(made) == ["filled", "uncalibrated"]
    assert made.notes[0].count == 3
    assert made.days.index[made.days["filled"]].day.tolist() == [11, 12, 13]
    same = whole.copy()
    same.loc[10:12, "temp_c"] = 31.0  # as on the day before, and dry
    expected = fire_weather(same, settings=SETTINGS).days
    pd.testing.assert_frame_equal(made.days[CODES], expected[CODES])
    assert made.days["settled"].idxmax() == pd.Timestamp("2024-08-02")  # filled days do not count


def test_a_long_gap_restarts_and_nothing_is_known_in_between():
    made = fire_weather(table(60).drop(index=range(20, 24)), settings=SETTINGS)
    assert codes_of(made) == ["filled", "restart", "uncalibrated"]
    assert "2024-07-25" in made.notes[1].what
    assert "2024-07-24" not in made.days.index.strftime("%Y-%m-%d")
    fresh = fire_weather(table(36, "2024-07-25"), settings=SETTINGS).days
    pd.testing.assert_frame_equal(made.days.loc["2024-07-25":], fresh, check_freq=False)


def test_the_past_stays_settled_when_the_present_is_not():
    made = fire_weather(table(60).drop(index=range(35, 55)), settings=SETTINGS)
    assert made.usable
    assert codes_of(made) == ["short", "filled", "restart", "uncalibrated"]
    assert made.notes[0].count == 5


def test_no_filling_at_all_if_the_setting_says_so():
    made = fire_weather(table(40).drop(index=5), settings=RiskSettings(fire_gap_days=0))
    assert codes_of(made) == ["restart", "uncalibrated"]
    assert len(made.days) == 39


def test_half_a_row_is_no_day_and_of_two_the_first_counts():
    weather = table(35)
    weather.loc[4, "rh_pct"] = np.nan
    twice = pd.concat([weather, table(1, "2024-07-20", temp=45.0)], ignore_index=True)
    made = fire_weather(twice, settings=SETTINGS)
    assert made.days.index[made.days["filled"]].tolist() == [pd.Timestamp("2024-07-05")]
    pd.testing.assert_frame_equal(made.days, fire_weather(weather, settings=SETTINGS).days)


def test_frost_is_said_and_the_codes_are_carried_through_winter():
    weather = table(120, "2023-11-15", temp=-8.0)
    made = fire_weather(weather, settings=SETTINGS)
    assert codes_of(made) == ["freezing", "uncalibrated"]
    assert made.notes[0].count == 120
    assert (made.days["dmc"] == 6.0).all()  # frozen ground does not dry
    assert made.days.loc["2024-03-13", "dc"] == pytest.approx(15.0)


def test_day_lengths_follow_the_sun():
    dmc, dc = day_lengths(39.0)
    assert (dmc[5], dc[6]) == (13.9, 6.4)
    assert day_lengths(-35.0)[0].argmax() in {0, 11}
    assert day_lengths(-35.0)[1].tolist() == np.roll(dc, 6).tolist()
    assert (np.ptp(day_lengths(0.0)[0]), np.ptp(day_lengths(0.0)[1])) == (0.0, 0.0)
    assert day_lengths(25.0)[0][5] == 10.2
    assert day_lengths(25.0)[1].tolist() == dc.tolist()
    assert day_lengths(-20.0)[0][0] == 10.1
    january = table(31, "2024-01-01")
    north, south = (fire_weather(january, settings=SETTINGS, latitude=at).days for at in (40.0, -40.0))
    assert south["dmc"].iloc[-1] > 1.5 * north["dmc"].iloc[-1]
    assert south["dc"].iloc[-1] > north["dc"].iloc[-1]


VALUES = st.tuples(st.floats(-80, 65), st.floats(0, 100), st.floats(0, 400), st.floats(0, 2000))


@given(st.lists(VALUES, min_size=1, max_size=40), st.floats(-90, 90))
@settings(max_examples=80)
def test_any_weather_gives_finite_numbers_within_their_bounds(rows, latitude):
    temp, rh, wind, rain = (list(column) for column in zip(*rows, strict=True))
    weather = table(len(rows), "2024-01-20", temp, rh, wind, rain)
    made = fire_weather(weather, settings=SETTINGS, latitude=latitude).days
    assert np.isfinite(made[[*CODES, "g"]].to_numpy(float)).all()
    assert made["ffmc"].between(0, 101).all()
    assert (made[CODES] >= 0).all(axis=None)
    assert made["fire_class"].isin(CLASSES).all()


@given(st.lists(VALUES, min_size=3, max_size=50), st.lists(st.integers(0, 49), max_size=20), st.integers(1, 49))
@settings(max_examples=60)
def test_days_to_come_change_nothing_before_them(rows, absent, cut):
    temp, rh, wind, rain = (list(column) for column in zip(*rows, strict=True))
    weather = table(len(rows), "2024-05-20", temp, rh, wind, rain)
    weather = weather[~weather.index.isin(absent)]
    few = RiskSettings(fire_weather_days=5)
    known = weather[weather["date"] < pd.Timestamp("2024-05-20") + pd.Timedelta(days=cut)]
    before = fire_weather(known, settings=few).days
    after = fire_weather(weather, settings=few).days
    pd.testing.assert_frame_equal(after.loc[: before.index.max()] if len(before) else after.iloc[:0], before,
                                  check_freq=False)  # fmt: skip


def test_dry_wind_and_heat_raise_the_index_and_rain_lowers_it():
    usual = fire_weather(table(40), settings=SETTINGS).days["fwi"].iloc[-1]
    for change, up in (({"wind": 30.0}, True), ({"temp": 33.0}, True), ({"rh": 60.0}, False), ({"rain": 8.0}, False)):
        other = fire_weather(table(40, **change), settings=SETTINGS).days["fwi"].iloc[-1]
        assert bool(other > usual) is up, change


def test_edges_of_the_equations():
    zero = np.zeros(1)
    assert buildup(zero, zero)[0] == 0.0
    assert buildup(np.array([5.0]), zero)[0] == pytest.approx(5.0 - (0.92 + (0.0114 * 5) ** 1.7))
    assert fire_weather_index(zero, zero)[0] == severity(zero)[0] == 0.0
    assert fire_weather_index(np.array([5.0]), np.array([80.0 + 1e-9]))[0] == pytest.approx(
        fire_weather_index(np.array([5.0]), np.array([80.0]))[0], rel=0.01
    )
    assert math.isclose(initial_spread(np.array([101.0]), zero)[0], 0.208 * 91.9, rel_tol=1e-12)

"""What weather does to hazards: thresholds, words, warned areas, the largest factor, and 1 where nothing is known."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from patrol.config import RiskSettings
from patrol.hazards.taxonomy import load_types
from patrol.risk.alerts import CONDITIONS
from patrol.risk.fireweather import fire_weather
from patrol.risk.weather import section_weather, weather_conditions

SETTINGS = RiskSettings()
DAYS = pd.date_range("2024-08-10", periods=4)
ZONE = "Asia/Shanghai"
ALERT_COLUMNS = ["seen", "given_closed", "type_ref", "description", "source", "external_id", "area_wkt"]
WEST, EAST = "POLYGON((106 38,106.5 38,106.5 39,106 39,106 38))", "POLYGON((106.4 38,107 38,107 39,106.4 39,106.4 38))"
SECTIONS = gpd.GeoDataFrame(
    geometry=[shapely.LineString([(x, 38.5), (x + 0.002, 38.5)]) for x in (106.1, 106.45, 106.8, 107.5)],
    crs="EPSG:4326",
).to_crs("EPSG:4544")


@pytest.fixture(scope="module")
def types():
    return load_types()


def table(day="2024-08-11", **changes):
    """Return five usual days of which one is changed."""
    usual = {"temp_c": 25.0, "rh_pct": 60.0, "wind_kmh": 10.0, "rain_mm": 0.0, "gusts_kmh": np.nan, "alerts": ""}
    rows = [{"date": when, **usual} for when in pd.date_range("2024-08-09", periods=5)]
    for row in rows:
        row.update(changes if row["date"] == pd.Timestamp(day) else {})
    return pd.DataFrame(rows)


def alerts(*rows):
    usual = {"seen": pd.Timestamp("2024-08-11T01:00Z"), "given_closed": pd.Timestamp("2024-08-11T09:00Z"),
             "description": "", "source": "s", "external_id": "", "area_wkt": "", "type_ref": "大风"}  # fmt: skip
    return pd.DataFrame([{**usual, **row} for row in rows], columns=ALERT_COLUMNS)


def on(weather, day="2024-08-11", config=SETTINGS):
    fire = fire_weather(weather, settings=config)
    row = weather_conditions(weather, DAYS, fire=fire, settings=config).loc[day]
    return {name for name in CONDITIONS if row[name]}


def factors(weather, types, *rows, days=DAYS, config=SETTINGS):
    """Return what the weather does where all these warnings hold."""
    told = [{**row, "area_wkt": ""} for row in rows]
    (table,) = placed(weather, types, *told, days=days, config=config).factors
    return table


def placed(weather, types, *rows, days=DAYS, config=SETTINGS):
    fire = fire_weather(weather, settings=config)
    return section_weather(
        weather, alerts(*rows), SECTIONS, types, days, fire=fire, settings=config, timezone=ZONE
    )  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, set()),
        ({"wind_kmh": 39.0}, {"wind"}),
        ({"wind_kmh": 38.9}, set()),
        ({"gusts_kmh": 50.0}, {"wind"}),
        ({"gusts_kmh": 49.9}, set()),
        ({"rain_mm": 25.0}, {"heavy_rain"}),
        ({"rain_mm": 24.9}, set()),
        ({"temp_c": 33.0}, {"heat"}),
        ({"temp_c": 0.5, "rain_mm": 2.0}, {"ice"}),
        ({"temp_c": 0.5}, set()),
        ({"temp_c": 3.0, "rain_mm": 2.0}, set()),
        ({"alerts": "thunder heavy_rain"}, {"thunder", "heavy_rain"}),
        ({"alerts": "雷电"}, {"thunder"}),
        ({"alerts": "雾"}, set()),
    ],
)
def test_conditions_of_a_day(changes, expected):
    weather = table(**changes)
    assert on(weather) == expected
    assert on(weather, "2024-08-12") == set()


def test_thresholds_are_settings():
    assert on(table(wind_kmh=30.0), config=RiskSettings(wind_kmh=30.0)) == {"wind"}
    assert on(table(temp_c=30.0), config=RiskSettings(heat_c=29.0)) == {"heat"}


def test_the_largest_of_several_counts(types):
    row = factors(table(wind_kmh=60.0, rain_mm=40.0, alerts="雷"), types).loc["2024-08-11"]
    expected = types[["x_wind", "x_heavy_rain", "x_thunder"]].max(axis=1)
    assert row.tolist() == expected.tolist()
    assert (row["N03"], row["V02"], row["N01"]) == (8.0, 6.0, 10.0)


def test_one_that_lowers_a_rate_lowers_it_alone(types):
    assert factors(table(rain_mm=40.0), types).loc["2024-08-11", "F01"] == 0.1
    assert factors(table(rain_mm=40.0, wind_kmh=50.0), types).loc["2024-08-11", "F01"] == 2.0


def test_usual_and_unknown_weather_change_nothing(types):
    made = factors(table(wind_kmh=60.0), types, days=pd.date_range("2024-08-12", periods=9))
    assert (made == 1.0).all(axis=None)
    assert made.index[-1] == pd.Timestamp("2024-08-20")
    assert list(made.columns) == list(types.index)
    empty = factors(table().iloc[:0], types)
    assert (empty == 1.0).all(axis=None)
    assert empty.shape == (4, len(types))


def test_a_warning_counts_without_a_row_of_weather(types):
    made = factors(table().iloc[:0], types, {})
    assert made["E02"].tolist() == [1.0, 6.0, 1.0, 1.0]


def hot(days=40):
    return pd.DataFrame(
        {"date": pd.date_range("2024-07-05", periods=days), "temp_c": 32.0, "rh_pct": 15.0, "wind_kmh": 25.0,
         "rain_mm": 0.0, "gusts_kmh": np.nan, "alerts": ""}
    )  # fmt: skip


def test_fire_weather_counts_once_it_is_settled(types):
    made = factors(hot(), types)
    assert (made["F03"] == 4.0).all()
    assert (made["F03"] == types.loc["F03", "x_fireweather"]).all()
    assert (factors(hot().iloc[20:], types)["F03"] == 1.0).all(), "under thirty days, seasons alone count"
    assert (factors(hot(), types, config=RiskSettings(fire_fwi=199.0))["F03"] == 1.0).all()


def test_a_forecast_is_a_row_to_come(types):
    weather = table("2024-08-13", wind_kmh=70.0)
    assert factors(weather, types)["V02"].tolist() == [1.0, 1.0, 1.0, 6.0]
    known = weather[weather["date"] <= "2024-08-11"]
    pd.testing.assert_frame_equal(factors(known, types).loc[:"2024-08-11"], factors(weather, types).loc[:"2024-08-11"])


def test_without_warnings_all_sections_are_one_group(types):
    made = placed(table(wind_kmh=60.0), types)
    assert (made.group.tolist(), len(made.factors), made.notes) == ([0, 0, 0, 0], 1, ())
    pd.testing.assert_frame_equal(made.factors[0], factors(table(wind_kmh=60.0), types))


def test_a_warned_area_bears_on_its_own_sections_only(types):
    made = placed(
        table(wind_kmh=60.0),
        types,
        {"area_wkt": WEST, "type_ref": "雷电"},
        {"area_wkt": EAST, "type_ref": "暴雨"},
        {"area_wkt": EAST, "type_ref": "高温", "seen": pd.Timestamp("2024-08-11T18:00Z"),
         "given_closed": pd.Timestamp("2024-08-12T03:00Z")},
    )  # fmt: skip
    today = made.on(DAYS[1])[made.group]
    code = {name: types.index.get_loc(name) for name in ("N03", "N01", "S09")}
    assert today.shape == (4, len(types))
    assert today[:, code["N03"]].tolist() == [8.0, 8.0, 1.5, 1.0]
    assert today[:, code["N01"]].tolist() == [2.0, 10.0, 10.0, 1.0]
    assert made.on(DAYS[2])[made.group][:, code["S09"]].tolist() == [1.0, 3.0, 3.0, 1.0]
    assert (made.on(DAYS[0]) == 1.0).all()
    seen = [{name for name in CONDITIONS if made.conditions[at].loc[DAYS[1], name]} for at in made.group]
    assert seen == [{"wind", "thunder"}, {"wind", "thunder", "heavy_rain"}, {"wind", "heavy_rain"}, {"wind"}]


def test_a_warning_without_an_area_bears_everywhere_and_that_is_said(types):
    made = placed(table(), types, {"area_wkt": ""}, {"area_wkt": "nonsense"}, {"area_wkt": WEST, "type_ref": "雷电"})
    wind = types.index.get_loc("E02")
    assert (made.on(DAYS[1])[made.group][:, wind] == 6.0).all()
    assert [(note.code, note.count) for note in made.notes] == [("weather.alert_area", 2)]


def test_words_without_a_meaning_are_said_and_change_nothing(types):
    made = placed(table(alerts="大雾"), types, {"type_ref": "Dense fog${x}"}, {"type_ref": "x", "seen": pd.NaT})
    assert (made.on(DAYS[1]) == 1.0).all()
    told = [(note.code, note.source) for note in made.notes]
    assert told == [("weather.alert_area", "register"), ("weather.alert_words", "weather"),
                    ("weather.alert_words", "register")]  # fmt: skip
    assert "alert_wind" in made.notes[-1].mend


def test_warnings_of_other_days_are_not_looked_at(types):
    past = {"seen": pd.Timestamp("2023-01-01T00:00Z"), "given_closed": pd.Timestamp("2023-01-02T00:00Z")}
    made = placed(table(), types, {**past, "area_wkt": WEST, "type_ref": "fog"}, {**past, "area_wkt": ""})
    assert (len(made.factors), made.notes) == (1, ())


def test_no_sections_are_no_groups_at_fault(types):
    weather, nobody = table(), SECTIONS.iloc[:0]
    fire = fire_weather(weather, settings=SETTINGS)
    for rows in ((), ({"area_wkt": WEST},)):
        made = section_weather(weather, alerts(*rows), nobody, types, DAYS, fire=fire, settings=SETTINGS, timezone=ZONE)
        assert made.on(DAYS[0])[made.group].shape == (0, len(types))


VALUE = st.tuples(st.floats(-40, 45), st.floats(0, 100), st.floats(0, 120), st.floats(0, 150), st.floats(0, 200))


@given(st.lists(VALUE, min_size=1, max_size=6), st.sets(st.sampled_from(["雷", "大风", "高温", "fog"])))
@settings(max_examples=40)
def test_factors_are_one_of_a_types_own(rows, words):
    kinds = load_types()
    temp, rh, wind, rain, gusts = (list(column) for column in zip(*rows, strict=True))
    weather = pd.DataFrame(
        {"date": pd.date_range("2024-08-09", periods=len(rows)), "temp_c": temp, "rh_pct": rh, "wind_kmh": wind,
         "rain_mm": rain, "gusts_kmh": gusts, "alerts": " ".join(sorted(words))}
    )  # fmt: skip
    kept = weather.copy(deep=True)
    made = factors(weather, kinds)
    pd.testing.assert_frame_equal(weather, kept)
    own = kinds[[f"x_{name}" for name in CONDITIONS]].assign(usual=1.0)
    for day in made.index:
        assert own.eq(made.loc[day], axis=0).any(axis=1).all()

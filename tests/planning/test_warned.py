"""Which weather keeps people in: words and figures of the table, warnings of the register with hours and areas."""

from datetime import date

import numpy as np
import pandas as pd
import pyproj
import pytest
import shapely

from patrol.config import Settings
from patrol.planning.warned import STAND_DOWN, spells_of, weather_unknown
from patrol.units import DAY_S

FRIDAY = date(2024, 8, 16)
CRS = pyproj.CRS.from_epsg(4545)
NOTHING = pd.DataFrame(columns=["date", "temp_c", "rh_pct", "wind_kmh", "rain_mm", "gusts_kmh", "alerts"])


def weather(*days, **more):
    usual = {"temp_c": 20.0, "rh_pct": 50.0, "wind_kmh": 5.0, "rain_mm": 0.0, "gusts_kmh": np.nan, "alerts": ""}
    return pd.DataFrame([{"date": pd.Timestamp(day), **usual, **more} for day in days])


def alert(event="雷电橙色预警", sent="2024-08-16T02:00Z", until="2024-08-16T10:00Z", area="", text=""):
    return {
        "seen": pd.Timestamp(sent), "given_closed": pd.Timestamp(until), "type_ref": event,
        "description": text or event, "source": "cap:cma.cn", "external_id": "NX-1", "area_wkt": area,
    }  # fmt: skip


def spells(table=NOTHING, *alerts, days=3, settings=None):
    return spells_of(
        table, pd.DataFrame(list(alerts)), first=FRIDAY, days=days, settings=settings or Settings(), crs=CRS,
        timezone="Asia/Shanghai",
    )  # fmt: skip


@pytest.mark.parametrize("word", STAND_DOWN)
def test_every_word_of_the_rule_keeps_everybody_in(word):
    (first, *_) = spells(weather("2024-08-17", alerts=f"XX {word.upper()} YY"))
    assert (first.alone, first.area, first.on(1)) == (False, None, (0, DAY_S))
    assert first.all_day(1)
    assert not first.all_day(0)


def test_no_file_can_shorten_the_words_of_the_rule():
    bare = Settings()
    bare.risk.alert_thunder.clear()
    assert [one.alone for one in spells(weather("2024-08-16", alerts="雷电"), settings=bare)] == [False]


def test_words_of_the_settings_count_beside_them():
    assert [one.alone for one in spells(weather("2024-08-16", alerts="强对流天气蓝色预警"))] == [False, True]


def test_a_warning_holds_for_its_hours_and_in_its_area():
    (one,) = spells(NOTHING, alert(area="POLYGON ((106.5 38.9, 106.6 38.9, 106.6 39, 106.5 39, 106.5 38.9))"))
    assert (one.source, one.words, one.alone) == ("register", "雷电橙色预警", False)
    assert one.on(0) == (10 * 3600, 18 * 3600)
    assert one.on(1) == (0, 0)
    x, y = pyproj.Transformer.from_crs(4326, CRS, always_xy=True).transform([106.55, 106.65], [38.95, 38.95])
    assert shapely.intersects(one.area, shapely.points(x, y)).tolist() == [True, False]


def test_a_warning_over_midnight_holds_on_both_days():
    (one,) = spells(NOTHING, alert(until="2024-08-17T02:00Z"))
    assert [one.on(day) for day in range(3)] == [(10 * 3600, DAY_S), (0, 10 * 3600), (0, 0)]


@pytest.mark.parametrize(
    ("event", "alone"),
    [("暴雨红色预警", [True]), ("Gale warning", [True]), ("台风红色预警", [False, True]), ("高温", [])],
)  # fmt: skip
def test_what_warnings_mean(event, alone):
    assert [one.alone for one in spells(NOTHING, alert(event))] == alone


def test_warnings_of_other_days_do_not_count():
    assert spells(NOTHING, alert(sent="2024-08-10T02:00Z", until="2024-08-12T02:00Z")) == ()


def test_days_without_weather_are_said():
    (note,) = weather_unknown(weather("2024-08-16"), FRIDAY, 3)
    assert note.code == "weather.unknown"
    assert "2 of 3 days" in note.what
    assert weather_unknown(weather("2024-08-16"), FRIDAY, 1) == []

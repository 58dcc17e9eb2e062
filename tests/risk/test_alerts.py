"""Warnings: words, times, revisions and areas, from CAP files to what holds on a day."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from patrol.config import RiskSettings
from patrol.hazards.formats.cap import read_cap
from patrol.hazards.model import IntakeContext
from patrol.planning.warned import STAND_DOWN
from patrol.risk.alerts import CONDITIONS, conditions_of, holds_on, inside, readable, warnings_of
from register_cases import opened, take

SETTINGS = RiskSettings()
SPACE = "urn:oasis:names:tc:emergency:cap:1.2"
NINGXIA = "Asia/Shanghai"


def cap(name, kind="Alert", event="大风", sent="2024-08-16T10:00:00+08:00", refs=(), **times):
    """Return one alert as XML."""
    inner = "".join(f"<{key}>{value}</{key}>" for key, value in times.items())
    refs = " ".join(f"duty@weather.example,{one},{sent}" for one in refs)
    return (
        f'<alert xmlns="{SPACE}"><identifier>{name}</identifier><sender>duty@weather.example</sender>'
        f"<sent>{sent}</sent><status>Actual</status><msgType>{kind}</msgType><references>{refs}</references>"
        f"<info><language>zh-CN</language><event>{event}</event>{inner}<headline>{event}</headline>"
        "<description>石嘴山 雷电 2024</description></info></alert>"
    )


def known(*alerts):
    """Return alerts as the register gives them."""
    made = read_cap("".join(alerts).encode(), "alerts.xml", IntakeContext(NINGXIA, "2024-09-01T00:00:00Z"))
    assert len(made.reports) == len(alerts)
    return made.reports.assign(seen=made.reports["captured_at"])


def means(text):
    (row,) = conditions_of([text], SETTINGS)
    return {name for name, on in zip(CONDITIONS, row, strict=True) if on}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("大风蓝色预警", {"wind"}),
        ("雷暴大风黄色预警", {"wind", "thunder"}),
        ("暴雨红色预警信号", {"heavy_rain"}),
        ("thunder heavy_rain", {"thunder", "heavy_rain"}),
        ("Severe Thunderstorm Warning", {"wind", "thunder"}),
        ("FLASH-FLOOD watch", {"heavy_rain"}),
        ("Strong Winds", {"wind"}),
        ("高温橙色预警", {"heat"}),
        ("道路结冰", {"ice"}),
        ("Freezing rain", {"ice"}),
        ("Ice storm", {"ice", "wind"}),
        ("台风", {"wind", "heavy_rain"}),
        ("Hail", {"thunder"}),
        ("冰雹", {"thunder"}),
        ("森林火险", {"fireweather"}),
        ("Red Flag Warning", {"fireweather"}),
        ("police notice of service in the window", set()),
        ("wheat, threat, train, snowdrop", set()),
        ("大雾", set()),
        ("", set()),
    ],
)
def test_words(text, expected):
    assert means(text) == expected


@pytest.mark.parametrize("word", STAND_DOWN)
def test_whatever_keeps_crews_at_home_bears_on_lines(word):
    assert means(f"{word} 预警") - {"heat", "fireweather", "ice"}


def test_words_are_the_offices_own():
    own = RiskSettings(alert_wind=["shamal", "黄风"], alert_thunder=[])
    assert conditions_of(["Shamal", "黄风来了", "大风", "thunder"], own).any(axis=1).tolist() == [
        True, True, False, False,
    ]  # fmt: skip
    assert conditions_of([], own).shape == (0, len(CONDITIONS))


def days(*names):
    return pd.DatetimeIndex(names)


def held(alerts, *names, timezone=NINGXIA):
    return holds_on(warnings_of(alerts, SETTINGS), days(*names), timezone).tolist()


def test_a_warning_holds_from_onset_to_expiry_on_the_days_of_the_project():
    alerts = known(cap("A", onset="2024-08-17T02:00:00+08:00", expires="2024-08-18T00:00:00+08:00"))
    asked = ("2024-08-16", "2024-08-17", "2024-08-18")
    assert held(alerts, *asked) == [[False, True, False]]
    assert held(alerts, *asked, timezone="UTC") == [[True, True, False]]


def test_without_an_onset_it_holds_from_when_it_was_sent_and_without_an_end_for_a_day():
    asked = ("2024-08-15", "2024-08-16", "2024-08-17", "2024-08-18")
    assert held(known(cap("A")), *asked) == [[False, True, True, False]]
    brief = RiskSettings(alert_hours=6.0)
    made = holds_on(warnings_of(known(cap("A")), brief), days(*asked), NINGXIA)
    assert made.tolist() == [[False, True, False, False]]


def test_an_onset_after_the_end_is_not_believed():
    alerts = known(cap("A", onset="2031-01-01T00:00:00+08:00", expires="2024-08-17T12:00:00+08:00"))
    assert held(alerts, "2024-08-16", "2024-08-17", "2031-01-01") == [[True, True, False]]


@pytest.mark.parametrize("name", ["A", "64020041600000_20240816100000", "urn:oid:2.49.0.1.156.0.2024"])
def test_a_cancelled_warning_ends_and_its_cancellation_warns_of_nothing(name):
    later = "2024-08-17T09:00:00+08:00"
    alerts = known(
        cap(name, expires="2024-08-19T12:00:00+08:00"),
        cap("B", event="暴雨", expires="2024-08-19T12:00:00+08:00"),
        cap("C", "Cancel", sent=later, refs=[name], expires="2024-08-19T12:00:00+08:00"),
    )
    made = warnings_of(alerts.iloc[::-1], SETTINGS)
    assert made["event"].tolist() == ["暴雨", "大风"]
    assert held(alerts, "2024-08-17", "2024-08-18") == [[True, False], [True, True]]


def test_an_update_takes_the_place_of_what_it_updates():
    alerts = known(
        cap("A", expires="2024-08-19T12:00:00+08:00"),
        cap("B", "Update", "暴雨", "2024-08-17T09:00:00+08:00", ["A"], expires="2024-08-18T12:00:00+08:00"),
    )
    assert held(alerts, "2024-08-16", "2024-08-17", "2024-08-18") == [[True, True, False], [False, True, True]]
    other = alerts.assign(source=["cap:weather.example", "cap:elsewhere.example"])
    assert held(other, "2024-08-18") == [[True], [True]], "nobody revises another's warnings"


def test_the_event_says_what_it_is_not_the_description():
    made = warnings_of(known(cap("A")), SETTINGS)
    assert made[list(CONDITIONS)].iloc[0].to_dict() == {name: name == "wind" for name in CONDITIONS}
    headline = warnings_of(known(cap("A")).assign(type_ref="", description="暴雨\nsevere"), SETTINGS)
    assert headline["event"].tolist() == ["暴雨"]


@pytest.mark.parametrize("alerts", [known(cap("A")).iloc[:0], pd.DataFrame()], ids=["columns", "nothing"])
def test_no_alerts_make_no_warnings(alerts):
    made = warnings_of(alerts, SETTINGS)
    assert made.empty
    assert holds_on(made, days("2024-08-16"), NINGXIA).shape == (0, 1)
    assert list(made.columns)[-len(CONDITIONS) :] == list(CONDITIONS)


def test_the_register_gives_what_is_needed(tmp_path):
    with opened(tmp_path / "register.gpkg") as register:
        empty = warnings_of(register.alerts(), SETTINGS)
        take(register, {"key": "w", "record": "alert", "type_ref": "大风", "area_wkt": "POLYGON((0 0,1 0,1 1,0 0))"})
        made = warnings_of(register.alerts(), SETTINGS)
    assert (len(empty), made["wind"].tolist(), made["area_wkt"].tolist()) == (
        0, [True], ["POLYGON((0 0,1 0,1 1,0 0))"],
    )  # fmt: skip
    assert made["ends"].iloc[0] - made["starts"].iloc[0] == pd.Timedelta(hours=24)


def test_clocks_that_change_at_midnight_do_no_harm():
    alerts = known(cap("A", expires="2024-08-16T20:00:00+08:00"))
    for zone, day in (("America/Havana", "2024-03-10"), ("America/Havana", "2024-11-03")):
        assert held(alerts, day, timezone=zone) == [[False]]


SECTIONS = gpd.GeoDataFrame(
    geometry=[
        shapely.LineString([(106.1, 38.5), (106.2, 38.5)]),
        shapely.LineString([(106.9, 38.5), (107.1, 38.5)]),
        shapely.LineString([(108.0, 38.5), (108.1, 38.5)]),
    ],
    crs="EPSG:4326",
)


@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:4544"])
def test_which_sections_an_area_touches(crs):
    areas = readable(["POLYGON((106 38,107 38,107 39,106 39,106 38))", "POLYGON((0 0,1 0,1 1,0 0))"])
    assert inside(SECTIONS.to_crs(crs), areas).tolist() == [[True, False], [True, False], [False, False]]


def test_areas_that_cannot_be_read_are_none():
    bow = "POLYGON((106 38,107 39,107 38,106 39,106 38))"
    shapes = readable(["", "POLYGON((", "POLYGON EMPTY", "no", bow])
    assert [shape is None for shape in shapes] == [True, True, True, True, False]
    assert shapes[-1].is_valid
    assert len(readable([])) == 0
    assert inside(SECTIONS, np.zeros(0, dtype=object)).shape == (3, 0)


@given(st.lists(st.tuples(st.text(max_size=20), st.text(max_size=60), st.text(max_size=20)), max_size=6))
@settings(max_examples=60)
def test_any_text_makes_warnings_of_what_is_known(rows):
    sent = pd.Timestamp("2024-08-16T02:00Z")
    frame = pd.DataFrame(
        [
            {"seen": sent, "given_closed": pd.NaT, "type_ref": event, "description": said, "source": "s",
             "external_id": name, "area_wkt": said}
            for event, said, name in rows
        ],
        columns=["seen", "given_closed", "type_ref", "description", "source", "external_id", "area_wkt"],
    )  # fmt: skip
    made = warnings_of(frame, SETTINGS)
    assert len(made) <= len(rows)
    assert (made["ends"] >= made["starts"]).all()
    assert len(readable(made["area_wkt"])) == len(made)

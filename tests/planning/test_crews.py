"""Crews and roster become shifts, and the safety rules hold."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from patrol.config import PlanningSettings
from patrol.layers.schema import ROSTER, WEATHER
from patrol.planning.crews import make_shifts, words_of

FRIDAY = date(2024, 8, 16)


def crew(**over):
    row = {
        "crew_id": "E1", "party": "enterprise", "mode": "vehicle", "start_lon": 106.5, "start_lat": 38.9,
        "shift_start": 8 * 3600.0, "shift_end": 12 * 3600.0, "name": "", "name_zh": "一班", "weekdays": "1234567",
        "people": 2, "end_lon": np.nan, "end_lat": np.nan, "skills": "live;climb", "zones": "", "max_walk_km": np.nan,
        "max_drive_km": 80.0, "break_earliest": np.nan, "break_latest": np.nan, "break_minutes": 0,
        "cost_per_hour": np.nan, "placeholder": False, "start_x": 0.0, "start_y": 0.0, "end_x": 0.0, "end_y": 0.0,
    }  # fmt: skip
    return {**row, **over}


def shifts(*crews, roster=None, weather=None, days=5, unknown=False):
    empty_roster = pd.DataFrame(columns=list(ROSTER.columns))
    empty_weather = pd.DataFrame(columns=list(WEATHER.columns))
    table, notes = make_shifts(
        pd.DataFrame(list(crews)),
        empty_roster if roster is None else pd.DataFrame(roster),
        empty_weather if weather is None else pd.DataFrame(weather),
        first=FRIDAY,
        days=days,
        settings=PlanningSettings(),
    )
    return table, [note for note in notes if unknown or note.code != "weather.unknown"]


def roster_row(**over):
    row = {"date": pd.Timestamp("2024-08-17"), "crew_id": "E1", "people": np.nan, "mode": "", "vehicle": "",
           "shift_start": np.nan, "shift_end": np.nan}  # fmt: skip
    return {**row, **over}


def test_weekdays_choose_the_days():
    table, _ = shifts(crew(weekdays="15"))  # Monday and Friday; the horizon is Friday to Tuesday
    assert table["date"].tolist() == [FRIDAY, date(2024, 8, 19)]
    assert table["day"].tolist() == [0, 3]


def test_the_roster_overrides_a_day():
    table, notes = shifts(
        crew(weekdays="5"),
        crew(crew_id="E2"),
        roster=[roster_row(shift_end=15 * 3600.0, people=3), roster_row(crew_id="E2", people=0)],
        days=2,
    )
    assert table["shift_id"].tolist() == ["2024-08-16/E1", "2024-08-16/E2", "2024-08-17/E1"]
    added = table.iloc[2]
    assert (added["closes"], added["people"]) == (15 * 3600, 3)
    assert [note.code for note in notes] == ["shifts.absent"]


def test_villagers_and_lone_people_work_in_daylight_only():
    hours = {"shift_start": 18 * 3600.0, "shift_end": 22 * 3600.0}
    table, notes = shifts(
        crew(crew_id="V", party="villager", mode="foot", people=2, **hours),
        crew(crew_id="L", people=1, **hours),
        crew(crew_id="N", people=2, **hours),
        days=1,
    )
    assert dict(zip(table["crew_id"], table["closes"] / 3600, strict=True)) == {"L": 19, "N": 22, "V": 19}
    assert {note.code for note in notes} == {"shifts.daylight"}


def test_nobody_patrols_on_a_lightning_day():
    row = {"date": pd.Timestamp("2024-08-17"), "temp_c": 20.0, "rh_pct": 50.0, "wind_kmh": 5.0, "rain_mm": 0.0,
           "gusts_kmh": np.nan, "alerts": "Lightning warning"}  # fmt: skip
    table, notes = shifts(crew(), weather=[row], days=3)
    assert table["day"].tolist() == [0, 2]
    assert [note.code for note in notes] == ["shifts.stand_down"]


def weather_row(day, **more):
    row = {"date": pd.Timestamp(day), "temp_c": 20.0, "rh_pct": 50.0, "wind_kmh": 5.0, "rain_mm": 0.0,
           "gusts_kmh": np.nan, "alerts": ""}  # fmt: skip
    return {**row, **more}


@pytest.mark.parametrize("more", [{"wind_kmh": 45.0}, {"gusts_kmh": 80.0}])
def test_nobody_is_alone_in_a_storm(more):
    table, notes = shifts(
        crew(people=2), crew(crew_id="L", people=1), weather=[weather_row("2024-08-16", **more)], days=1
    )
    assert table["crew_id"].tolist() == ["E1"]
    assert [note.code for note in notes] == ["shifts.storm"]


def test_days_without_weather_are_said():
    _, notes = shifts(crew(), weather=[weather_row("2024-08-16")], days=3, unknown=True)
    (note,) = notes
    assert note.code == "weather.unknown"
    assert "2 of 3 days" in note.what


def test_volunteers_share_their_hours_of_the_week():
    table, _ = shifts(crew(crew_id="V", party="villager", mode="foot"))
    assert table["group"].unique().tolist() == ["V/2024-W33", "V/2024-W34"]
    assert set(table["group_max_s"]) == {7200}


@pytest.mark.parametrize(("latest", "expected"), [(12, 12), (np.nan, 16), (20, 16)])
def test_breaks_fit_into_the_shift(latest, expected):
    row = crew(shift_end=17 * 3600.0, break_minutes=60, break_earliest=11.5 * 3600, break_latest=latest * 3600)
    table, _ = shifts(row, days=1)
    assert table["pause"].iloc[0] == (11 * 3600 + 1800, expected * 3600, 3600)


def test_a_break_outside_the_hours_is_none():
    table, _ = shifts(crew(break_minutes=60, break_earliest=12.0 * 3600), days=1)
    assert table["pause"].iloc[0] is None


def test_limits_and_prices():
    table, _ = shifts(crew(max_walk_km=3.0, cost_per_hour=72.0), days=1)
    row = table.iloc[0]
    assert (row["max_walk_m"], row["max_distance_m"], row["price_s"]) == (3000, 80_000, 20)
    assert row["skills"] == ("climb", "live")


@pytest.mark.parametrize("text", ["Z1;Z2", "Z2，Z1", "Z1 Z2", "Z1、Z2;Z1"])
def test_words_of_a_cell(text):
    assert words_of(text) == ("Z1", "Z2")

"""Crews and roster become shifts, and the safety rules hold."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
import shapely

from patrol.config import PlanningSettings, Settings
from patrol.layers.schema import ROSTER
from patrol.planning.crews import make_shifts
from patrol.planning.warned import Spell, spells_of

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


def shifts(*crews, roster=None, weather=(), spells=(), days=5, first=FRIDAY):
    empty_roster = pd.DataFrame(columns=list(ROSTER.columns))
    if weather:
        spells = spells_of(
            pd.DataFrame(weather), pd.DataFrame(), first=first, days=days, settings=Settings(), crs="EPSG:4545",
            timezone="Asia/Shanghai",
        )  # fmt: skip
    return make_shifts(
        pd.DataFrame(list(crews)),
        empty_roster if roster is None else pd.DataFrame(roster),
        tuple(spells),
        first=first,
        days=days,
        settings=PlanningSettings(),
        timezone="Asia/Shanghai",
    )


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


def test_winter_evenings_are_dark_and_that_is_said():
    evening = {"shift_start": 17 * 3600.0, "shift_end": 19 * 3600.0}
    late = {"shift_start": 17.5 * 3600.0, "shift_end": 19 * 3600.0}
    table, notes = shifts(
        crew(crew_id="V1", party="villager", people=1, **evening),
        crew(crew_id="V2", party="villager", people=1, **late),
        days=1,
        first=date(2025, 12, 20),
    )
    assert table[["crew_id", "closes"]].to_numpy().tolist() == [["V1", 17 * 3600 + 19 * 60]]
    assert [note.code for note in notes] == ["shifts.daylight"] * 2
    assert notes[1].what.endswith("no shift")


def weather_row(day, **more):
    row = {"date": pd.Timestamp(day), "temp_c": 20.0, "rh_pct": 50.0, "wind_kmh": 5.0, "rain_mm": 0.0,
           "gusts_kmh": np.nan, "alerts": ""}  # fmt: skip
    return {**row, **more}


def test_nobody_patrols_on_a_lightning_day():
    table, notes = shifts(crew(), weather=[weather_row("2024-08-17", alerts="Lightning warning")], days=3)
    assert table["day"].tolist() == [0, 2]
    assert [note.code for note in notes] == ["shifts.stand_down"]


@pytest.mark.parametrize(
    "more",
    [
        {"wind_kmh": 45.0}, {"gusts_kmh": 80.0}, {"rain_mm": 60.0}, {"alerts": "大风红色预警 暴雨红色预警"},
        {"alerts": "Gale warning"}, {"alerts": "暴雪橙色预警"}, {"alerts": "沙尘暴黄色预警"},
    ],
)  # fmt: skip
def test_nobody_is_alone_in_a_storm(more):
    table, notes = shifts(
        crew(people=2), crew(crew_id="L", people=1), weather=[weather_row("2024-08-16", **more)], days=1
    )
    assert table["crew_id"].tolist() == ["E1"]
    assert [note.code for note in notes] == ["shifts.storm"]


@pytest.mark.parametrize("more", [{"alerts": "高温橙色预警"}, {"wind_kmh": 20.0, "rain_mm": 3.0}])
def test_other_weather_keeps_nobody_in(more):
    table, notes = shifts(crew(people=1), weather=[weather_row("2024-08-16", **more)], days=1)
    assert len(table) == 1
    assert notes == []


HERE, ELSEWHERE = shapely.box(-100, -100, 100, 100), shapely.box(5000, 5000, 6000, 6000)


def spell(begins_h, ends_h, area=None, alone=False):
    return Spell("register", "雷电橙色预警", alone, int(begins_h * 3600), int(ends_h * 3600), area)


@pytest.mark.parametrize(
    ("spells", "hours"),
    [
        ([spell(10, 11)], (8, 10)),
        ([spell(9, 11)], (8, 9)),  # the longest part, the first of equal ones
        ([spell(8.5, 11)], (11, 12)),
        ([spell(10, 11, HERE)], (8, 10)),
        ([spell(10, 11, ELSEWHERE)], (8, 12)),
        ([spell(9, 10), spell(10, 12)], (8, 9)),
        ([spell(24, 48)], (8, 12)),  # the day after
        ([spell(10, 11, alone=True)], (8, 12)),  # two people
    ],
)
def test_a_warning_keeps_a_crew_in_where_and_while_it_holds(spells, hours):
    table, notes = shifts(crew(), spells=spells, days=1)
    assert (table["opens"].iloc[0], table["closes"].iloc[0]) == (hours[0] * 3600, hours[1] * 3600)
    assert {note.code for note in notes} <= {"shifts.warned"}
    assert bool(notes) == (hours != (8, 12))


def test_a_warning_of_all_day_where_a_crew_starts_or_ends():
    away = {"end_x": 5500.0, "end_y": 5500.0}
    table, notes = shifts(crew(), crew(crew_id="E2", **away), spells=[spell(0, 24, ELSEWHERE)], days=2)
    assert table["shift_id"].tolist() == ["2024-08-16/E1", "2024-08-17/E1", "2024-08-17/E2"]
    (note,) = notes
    assert note.what == "E2 on 2024-08-16: no patrol, '雷电橙色预警'; no shift"


def test_a_storm_of_some_hours_cuts_the_shift_of_a_lone_crew():
    table, notes = shifts(crew(people=1), spells=[spell(11, 15, alone=True)], days=1)
    assert table["closes"].tolist() == [11 * 3600]
    assert [note.code for note in notes] == ["shifts.storm"]


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
    assert row["price_open"] == 30_000
    assert row["skills"] == ("climb", "live")

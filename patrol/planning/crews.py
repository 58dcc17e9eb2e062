"""Crews and roster become shifts: who works on which day, when, and as which profile.

Safety rules of the domain brief, section 1, hold here: villagers work in daylight only and close to
home, a crew in the dark has at least two people, and nobody patrols on a day with a lightning warning.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

from patrol.config import PlanningSettings
from patrol.errors import Finding
from patrol.planning.frames import records
from patrol.units import DAY_S, UNREACHABLE, seconds_of_day

STAND_DOWN = (
    "lightning", "thunder", "t-storm", "tstorm", "雷", "flood", "洪水", "洪涝", "typhoon", "台风", "hail", "冰雹",
    "tornado", "龙卷",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Profile:
    """How a crew moves and looks: ``vehicle-crew``, ``vehicle-lone``, ``ebike``, ``foot``, ``drone``."""

    mode: str
    alone: bool

    @property
    def name(self) -> str:
        """Stable name, used in the plan."""
        return f"{self.mode}-{'lone' if self.alone else 'crew'}" if self.mode == "vehicle" else self.mode


def make_shifts(
    crews: pd.DataFrame,
    roster: pd.DataFrame,
    weather: pd.DataFrame,
    *,
    first: date,
    days: int,
    settings: PlanningSettings,
) -> tuple[pd.DataFrame, list[Finding]]:
    """Return one row a shift, ordered by day and crew, and what was decided on the way.

    Parameters
    ----------
    crews, roster, weather : DataFrame
        Checked frames of :mod:`patrol.layers.schema`; the roster overrides a crew's day, and
        ``people = 0`` there means absent.

    Returns
    -------
    DataFrame
        ``shift_id, crew_id, name, name_zh, party, day, date, mode, alone, people, opens, closes,
        pause (earliest, latest, seconds or None), skills, zones, max_walk_m, max_distance_m, price_s,
        group, group_max_s, start_x, start_y, end_x, end_y``; times in seconds after midnight.
    list of Finding
        Stand-downs, clipped hours and absent crews, as notes.
    """
    dates = [first + timedelta(days=k) for k in range(days)]
    closed = {day: word for day in dates if (word := _stand_down(weather, day))}
    notes = [
        Finding("note", "shifts.stand_down", "weather", f"{day}: no patrol, warning {word!r}")
        for day, word in sorted(closed.items())
    ]
    stormy = {day for day in dates if _storm(weather, day, settings.storm_wind_kmh)}
    unknown = [day for day in dates if weather.empty or not (weather["date"] == pd.Timestamp(day)).any()]
    if unknown:
        what = f"no weather for {len(unknown)} of {days} days: {', '.join(day.isoformat() for day in unknown[:10])}"
        mend = "give the forecast and its warnings; until then watch the sky: nobody patrols in lightning"
        notes.append(Finding("note", "weather.unknown", "weather", what, mend, count=len(unknown)))
    roster_rows = {(row["date"].date(), row["crew_id"]): row for row in records(roster)}
    rows = []
    for number, day in enumerate(dates):
        if day in closed:
            continue
        for crew in records(crews.sort_values("crew_id", kind="stable")):
            row = _one_shift(crew, roster_rows.get((day, crew["crew_id"])), day, number, settings, notes)
            if row is not None and day in stormy and row["people"] < settings.night_people:
                what = f"{row['crew_id']} on {day}: too few people for a storm, no shift"
                notes.append(Finding("note", "shifts.storm", "weather", what))
            elif row is not None:
                rows.append(row)
    return pd.DataFrame(rows, columns=_COLUMNS), notes


_COLUMNS = [
    "shift_id", "crew_id", "name", "name_zh", "party", "day", "date", "mode", "alone", "people", "opens", "closes",
    "pause", "skills", "zones", "max_walk_m", "max_distance_m", "price_s", "group", "group_max_s",
    "start_x", "start_y", "end_x", "end_y",
]  # fmt: skip


def _stand_down(weather: pd.DataFrame, day: date) -> str:
    if weather.empty:
        return ""
    alerts = " ".join(weather.loc[weather["date"] == pd.Timestamp(day), "alerts"].astype(str)).lower()
    return next((word for word in STAND_DOWN if word in alerts), "")


def _storm(weather: pd.DataFrame, day: date, limit_kmh: float) -> bool:
    """Return whether wind or gusts of a day make it a storm."""
    if weather.empty:
        return False
    rows = weather.loc[weather["date"] == pd.Timestamp(day), ["wind_kmh", "gusts_kmh"]].to_numpy(float)
    return bool((rows >= limit_kmh).any())


def _one_shift(
    crew: dict[str, Any],
    override: dict[str, Any] | None,
    day: date,
    number: int,
    settings: PlanningSettings,
    notes: list[Finding],
) -> dict[str, Any] | None:
    """Return the shift of a crew on a day, None if it does not work then."""
    if override is None and str(day.isoweekday()) not in str(crew["weekdays"]):
        return None
    people, mode, opens, closes = _on_duty(crew, override)
    if people == 0:
        notes.append(Finding("note", "shifts.absent", "roster", f"{crew['crew_id']} is absent on {day}"))
        return None
    label = f"{crew['crew_id']} on {day}"
    opens, closes = _in_daylight(str(crew["party"]), people, opens, closes, label, settings, notes)
    if closes - opens < 60:
        return None
    price = float(crew["cost_per_hour"])
    return {
        "shift_id": f"{day.isoformat()}/{crew['crew_id']}",
        **{key: crew[key] for key in ("crew_id", "name", "name_zh", "party")},
        "day": number,
        "date": day,
        "mode": mode,
        "alone": people < 2,
        "people": people,
        "opens": opens,
        "closes": closes,
        "pause": _pause(crew, opens, closes),
        "skills": words_of(crew["skills"]),
        "zones": words_of(crew["zones"]),
        "max_walk_m": _metres(crew["max_walk_km"]),
        "max_distance_m": _metres(crew["max_drive_km"]),
        "price_s": round((settings.hour_ecm if np.isnan(price) else price) * 1000 / 3600),
        **_shared_hours(crew, day, settings),
        **{key: float(crew[key]) for key in ("start_x", "start_y", "end_x", "end_y")},
    }


def _on_duty(crew: dict[str, Any], override: dict[str, Any] | None) -> tuple[int, str, int, int]:
    """Return people, mode and hours of a crew; what the roster says of the day goes before the crew's own row."""
    own = int(crew["people"]), str(crew["mode"]), _seconds(crew["shift_start"]), _seconds(crew["shift_end"])
    if override is None:
        return own
    people, opens, closes = (
        usual if pd.isna(override[key]) else int(override[key])
        for key, usual in (("people", own[0]), ("shift_start", own[2]), ("shift_end", own[3]))
    )
    return people, str(override["mode"] or own[1]), opens, closes


def _metres(km: Any) -> int:
    """Return a limit in metres; none is no limit."""
    return UNREACHABLE if np.isnan(float(km)) else round(float(km) * 1000)


def _shared_hours(crew: dict[str, Any], day: date, settings: PlanningSettings) -> dict[str, Any]:
    """Return the group of shifts that share a volunteer's hours of a week, and how many those are."""
    if crew["party"] != "villager":
        return {"group": "", "group_max_s": 0}
    year, week, _ = day.isocalendar()
    return {
        "group": f"{crew['crew_id']}/{year}-W{week:02d}",
        "group_max_s": round(settings.volunteer_hours_week * 3600),
    }


def _seconds(value: Any) -> int:
    return int(value)


def words_of(value: object) -> tuple[str, ...]:
    """Return the sorted parts of a cell such as ``Z01;Z02`` (also ``,`` ``、`` ``|`` or spaces)."""
    text = str(value or "")
    for mark in ",，;；、|":
        text = text.replace(mark, " ")
    return tuple(sorted(set(text.split())))


def _in_daylight(
    party: str, people: int, opens: int, closes: int, label: str, settings: PlanningSettings, notes: list[Finding]
) -> tuple[int, int]:
    """Clip a shift to daylight where the rules want it: villagers always, others if too few for the dark."""
    if party != "villager" and people >= settings.night_people:
        return opens, closes
    dawn, dusk = (seconds_of_day(text) for text in settings.daylight)
    clipped = max(opens, dawn), min(closes, dusk)
    if clipped != (opens, closes):
        notes.append(Finding("note", "shifts.daylight", "crews", f"{label}: hours outside daylight are not used"))
    return clipped


def _pause(crew: dict[str, Any], opens: int, closes: int) -> tuple[int, int, int] | None:
    """Return (earliest start, latest start, seconds) of the break, or None where it does not fall into the shift."""
    length = int(crew["break_minutes"]) * 60
    if not length or pd.isna(crew["break_earliest"]):
        return None
    earliest = max(_seconds(crew["break_earliest"]), opens)
    latest = DAY_S if pd.isna(crew["break_latest"]) else _seconds(crew["break_latest"])
    latest = min(latest, closes - length)
    return (earliest, latest, length) if earliest <= latest else None

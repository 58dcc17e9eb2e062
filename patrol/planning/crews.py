"""Crews and roster become shifts: who works on which day, when, and as which profile.

Safety rules of the domain brief, section 1, hold here: villagers work in daylight only and close to
home, a crew in the dark or in a storm has at least two people, and nobody works under a warning of lightning.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import shapely

from patrol.config import DefenceSettings, PlanningSettings
from patrol.errors import Finding
from patrol.layers.values import words_of
from patrol.planning.daylight import daylight
from patrol.planning.frames import records
from patrol.planning.slack import slack_s
from patrol.planning.warned import Spell, span
from patrol.units import DAY_S, UNREACHABLE, clock

SHORTEST_S = 60  # what is left of a shift that is shorter is no shift


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
    spells: tuple[Spell, ...],
    *,
    first: date,
    days: int,
    settings: PlanningSettings,
    defence: DefenceSettings | None = None,
    timezone: str,
) -> tuple[pd.DataFrame, list[Finding]]:
    """Return one row a shift, ordered by day and crew, and what was decided on the way.

    Parameters
    ----------
    crews, roster : DataFrame
        Checked frames of :mod:`patrol.layers.schema`; the roster overrides a crew's day, and
        ``people = 0`` there means absent.
    spells : tuple of Spell
        Weather in which people stay in, see :func:`patrol.planning.warned.spells_of`.
    defence : DefenceSettings
        How much slack each shift keeps, see :mod:`patrol.planning.slack`.
    timezone : str
        IANA name of the project's, for the daylight.

    Returns
    -------
    DataFrame
        ``shift_id, crew_id, name, name_zh, party, day, date, mode, alone, people, opens, closes,
        pause (earliest, latest, seconds or None), skills, zones, max_walk_m, max_distance_m, price_s, price_open,
        group, group_max_s, slack_s, start_x, start_y, end_x, end_y, home_x, home_y``; times in seconds after
        midnight, ``slack_s`` is kept free before the shift really ends. A shift that is cut in the day starts elsewhere
        than at ``home``, which stays.
    list of Finding
        Stand-downs, clipped hours and absent crews, as notes.
    """
    roster_rows = {(row["date"].date(), row["crew_id"]): row for row in records(roster)}
    notes: list[Finding] = []
    rows = []
    for number in range(days):
        day = first + timedelta(days=number)
        shut = next((one for one in spells if not one.alone and one.all_day(number)), None)
        if shut is not None:
            what = f"{day}: no patrol, warning {shut.words!r}"
            notes.append(Finding("note", "shifts.stand_down", shut.source, what))
            continue
        for crew in records(crews.sort_values("crew_id", kind="stable")):
            hours = _on_duty(crew, roster_rows.get((day, crew["crew_id"])), day, notes)
            if hours is None:
                continue
            hours = _in_daylight(crew, hours, day, settings, timezone, notes)
            hours = _out_of_the_weather(crew, hours, spells, (first, number), settings, notes)
            kept = slack_s(hours.closes - hours.opens - int(crew["break_minutes"]) * 60, defence or DefenceSettings())
            hours = replace(hours, closes=hours.closes - kept)
            if hours.closes - hours.opens >= SHORTEST_S:
                rows.append(_one_shift(crew, hours, day, number, settings) | {"slack_s": kept})
    return pd.DataFrame(rows, columns=_COLUMNS), notes


_COLUMNS = [
    "shift_id", "crew_id", "name", "name_zh", "party", "day", "date", "mode", "alone", "people", "opens", "closes",
    "pause", "skills", "zones", "max_walk_m", "max_distance_m", "price_s", "price_open", "group", "group_max_s",
    "slack_s", "start_x", "start_y", "end_x", "end_y", "home_x", "home_y",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Hours:
    """What a crew is on one day: how many, how they travel, from when to when (seconds after midnight)."""

    people: int
    mode: str
    opens: int
    closes: int


def _one_shift(
    crew: dict[str, Any], hours: _Hours, day: date, number: int, settings: PlanningSettings
) -> dict[str, Any]:
    price = float(crew["cost_per_hour"])
    return {
        "shift_id": f"{day.isoformat()}/{crew['crew_id']}",
        **{key: crew[key] for key in ("crew_id", "name", "name_zh", "party")},
        "day": number,
        "date": day,
        "mode": hours.mode,
        "alone": hours.people < 2,
        "people": hours.people,
        "opens": hours.opens,
        "closes": hours.closes,
        "pause": _pause(crew, hours.opens, hours.closes),
        "skills": words_of(crew["skills"]),
        "zones": words_of(crew["zones"]),
        "max_walk_m": _metres(crew["max_walk_km"]),
        "max_distance_m": _metres(crew["max_drive_km"]),
        "price_s": round((settings.hour_ecm if np.isnan(price) else price) * 1000 / 3600),
        "price_open": round(settings.shift_ecm * 1000),
        **_shared_hours(crew, day, settings),
        **{key: float(crew[key]) for key in ("start_x", "start_y", "end_x", "end_y")},
        "home_x": float(crew["start_x"]),
        "home_y": float(crew["start_y"]),
    }


def _on_duty(crew: dict[str, Any], override: dict[str, Any] | None, day: date, notes: list[Finding]) -> _Hours | None:
    """Return people, mode and hours of a crew, None if it does not work that day.

    What the roster says of the day goes before the crew's own row.
    """
    own = int(crew["people"]), _seconds(crew["shift_start"]), _seconds(crew["shift_end"])
    if override is None:
        working = str(day.isoweekday()) in str(crew["weekdays"])
        return _Hours(own[0], str(crew["mode"]), own[1], own[2]) if working else None
    people, opens, closes = (
        usual if pd.isna(override[key]) else int(override[key])
        for key, usual in zip(("people", "shift_start", "shift_end"), own, strict=True)
    )
    if people == 0:
        notes.append(Finding("note", "shifts.absent", "roster", f"{crew['crew_id']} is absent on {day}"))
        return None
    return _Hours(people, str(override["mode"] or crew["mode"]), opens, closes)


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


def _in_daylight(
    crew: dict[str, Any], hours: _Hours, day: date, settings: PlanningSettings, timezone: str, notes: list[Finding]
) -> _Hours:
    """Clip a shift to daylight where the rules want it: villagers always, others if too few for the dark."""
    if crew["party"] != "villager" and hours.people >= settings.night_people:
        return hours
    dawn, dusk = daylight(day, float(crew["start_lon"]), float(crew["start_lat"]), timezone, settings)
    opens, closes = max(hours.opens, dawn), min(hours.closes, dusk)
    if (opens, closes) == (hours.opens, hours.closes):
        return hours
    left = "hours outside it are not used" if closes - opens >= SHORTEST_S else "no shift"
    light = f"daylight from {clock(dawn)} to {clock(dusk)}" if dawn < dusk else "no daylight"
    notes.append(Finding("note", "shifts.daylight", "crews", f"{crew['crew_id']} on {day}: {light}, {left}"))
    return replace(hours, opens=opens, closes=closes)


def _out_of_the_weather(
    crew: dict[str, Any],
    hours: _Hours,
    spells: tuple[Spell, ...],
    when: tuple[date, int],
    settings: PlanningSettings,
    notes: list[Finding],
) -> _Hours:
    """Cut a shift to the longest part of it that no weather where it starts or ends keeps in.

    ``when`` is the plan's first day, and the number of this one.
    """
    first, number = when
    ends = shapely.points([(crew["start_x"], crew["start_y"]), (crew["end_x"], crew["end_y"])])
    bearing = [
        spell
        for spell in spells
        if not (spell.alone and hours.people >= settings.night_people)
        and (spell.area is None or shapely.intersects(spell.area, ends).any())
        and max(spell.on(number)[0], hours.opens) < min(spell.on(number)[1], hours.closes)
    ]
    if not bearing:
        return hours
    opens, closes = _longest_free(hours, [spell.on(number) for spell in bearing])
    left = f"works {clock(opens)}-{clock(closes)}" if closes - opens >= SHORTEST_S else "no shift"
    for spell in bearing:
        why = "too few people for a storm" if spell.alone else "no patrol"
        words = f", {spell.words!r}" if spell.words else ""
        what = f"{crew['crew_id']} on {span(first, spell, number)}: {why}{words}; {left}"
        notes.append(Finding("note", "shifts.storm" if spell.alone else "shifts.warned", spell.source, what))
    return replace(hours, opens=opens, closes=closes)


def _longest_free(hours: _Hours, taken: list[tuple[int, int]]) -> tuple[int, int]:
    """Return the longest part of a shift that no taken time overlaps, the first of equal ones."""
    opens, best = hours.opens, (hours.opens, hours.opens)
    for begins, ends in (*sorted(taken), (hours.closes, hours.closes)):
        if begins - opens > best[1] - best[0]:
            best = opens, begins
        opens = max(opens, ends)
    return best


def _pause(crew: dict[str, Any], opens: int, closes: int) -> tuple[int, int, int] | None:
    """Return (earliest start, latest start, seconds) of the break, or None where it does not fall into the shift."""
    length = int(crew["break_minutes"]) * 60
    if not length or pd.isna(crew["break_earliest"]):
        return None
    earliest = max(_seconds(crew["break_earliest"]), opens)
    latest = DAY_S if pd.isna(crew["break_latest"]) else _seconds(crew["break_latest"])
    latest = min(latest, closes - length)
    return (earliest, latest, length) if earliest <= latest else None

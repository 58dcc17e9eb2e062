"""Cycles that follow the seasons: where a season asks for more, sections are patrolled more often while it lasts."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

from patrol.config import CycleSettings
from patrol.layers.calendar import Calendar, Season

LONGEST = 366  # days that a season is followed back


def in_season(
    sections: pd.DataFrame, calendar: Calendar, settings: CycleSettings, *, on: date, days: int, fire_zone: Any
) -> pd.DataFrame:
    """Return how the seasons of a horizon shorten the cycle of each section.

    Parameters
    ----------
    sections : DataFrame
        With ``cycle_days, critical, pump_stations``.
    settings : CycleSettings
        ``season_factor`` and ``season_where``; of several seasons the one that shortens most counts.
    fire_zone : array of bool
        Whether a section lies in a zone that is marked as one that burns.

    Returns
    -------
    DataFrame
        On the index of ``sections``: ``season`` (short name, empty for none), ``season_cycle_days``, and
        ``season_from`` (the day on which it begins, or began before the horizon; NaT for none).
    """
    where = {
        "all": np.ones(len(sections), dtype=bool),
        "pumps": sections["pump_stations"].to_numpy() > 0,
        "fire_zone": np.asarray(fire_zone, dtype=bool),
        "critical": sections["critical"].to_numpy(bool),
    }
    name = np.full(len(sections), "", dtype=object)
    factor = np.ones(len(sections))
    start = np.full(len(sections), np.datetime64("NaT"), dtype="datetime64[ns]")
    for season in calendar.seasons:
        share = settings.season_factor.get(season.season, 1.0)
        begins = _begins(season, on, days)
        if share >= 1.0 or begins is None:
            continue
        here = where[settings.season_where.get(season.season, "all")] & (share < factor)
        name[here], factor[here], start[here] = season.season, share, np.datetime64(begins, "ns")
    cycle = np.maximum(1, np.floor(sections["cycle_days"].to_numpy() * factor)).astype(int)
    return pd.DataFrame({"season": name, "season_cycle_days": cycle, "season_from": start}, index=sections.index)


def _begins(season: Season, on: date, days: int) -> date | None:
    """Return the first day of a season that meets a horizon, which may lie before it; None if it does not."""
    day = next((day for day in (on + timedelta(days=k) for k in range(days)) if season.covers(day)), None)
    for _ in range(LONGEST):
        if day is None or day > on or not season.covers(day - timedelta(days=1)):
            break
        day -= timedelta(days=1)
    return day


def due_in_season(due: pd.Series[Any], last: pd.Series[Any], season: pd.DataFrame) -> pd.Series[Any]:
    """Return due dates with the seasons: sooner by the shorter cycle, but not before the season began.

    What falls due by a season is due on the first day of it at the earliest: nobody was late the day before. Where
    the last patrol is unknown the date stays, spread over the cycle as it is.
    """
    sooner = last + pd.to_timedelta(season["season_cycle_days"], unit="D")
    sooner = sooner.where(sooner >= season["season_from"], season["season_from"])
    shortened = (season["season"] != "") & last.notna() & (sooner < due)
    return due.mask(shortened, sooner)

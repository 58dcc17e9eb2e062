"""How the time of the year and events change how often hazards come: factors of the rate lambda.

Seasons say how a year's hazards spread over its days. Their factors are divided by their mean over the calendar
year, so that base rates stay annual (domain brief, section 3; dates and factors are an expert's guess). Events
are told on purpose, more or fewer hazards than in other years, and are not normalised.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from patrol.errors import Finding, LayerError
from patrol.layers.calendar import Calendar, Event, Factors, Season

FloatArray = NDArray[np.float64]


def season_factors(types: pd.DataFrame, calendar: Calendar, days: pd.DatetimeIndex) -> pd.DataFrame:
    """Return what the seasons multiply the rate of each hazard type by, day by day.

    Parameters
    ----------
    types : DataFrame
        Hazard types indexed by code, with ``category, base_rate_per_100km_yr`` and the seasons' columns ``m_*``.
    calendar : Calendar
        Of the seasons a day lies in, the largest factor counts, 1 if none has a factor for the type. A factor
        that a season itself has for a code, else for its category, goes before the column of its name.
    days : DatetimeIndex
        Local days, of any years, in any order.

    Returns
    -------
    DataFrame
        Index ``days``, a column a type, in the order of ``types``. Its mean over all days of a calendar year
        is 1.

    Raises
    ------
    LayerError
        Names every code and category of the calendar that ``types`` does not have, and every type whose factor is 0
        on all days of a year although its base rate is not: both cannot be.
    """
    _refuse(factor_faults(types, calendar))
    local = days.tz_localize(None).normalize()
    values = np.ones((len(days), len(types)))
    faults: list[Finding] = []
    for year in sorted(set(local.year.tolist())):
        all_days = pd.date_range(f"{year}-01-01", f"{year}-12-31", freq="D")
        factors = _of_days(types, calendar, all_days)
        mean = factors.mean(axis=0)
        never = (mean == 0) & (types["base_rate_per_100km_yr"].to_numpy(dtype=float) > 0)
        faults += [_never(code, year, calendar.label) for code in types.index[never]]
        here = np.flatnonzero(local.year == year)
        values[here] = (factors / np.where(mean > 0, mean, 1.0))[all_days.get_indexer(local[here])]
    _refuse(faults)
    return pd.DataFrame(values, index=days, columns=types.index)


def event_days(types: pd.DataFrame, events: Iterable[Event], days: pd.DatetimeIndex) -> pd.DataFrame:
    """Return what events multiply the rate of each hazard type by, day by day, where all of them lie.

    Parameters
    ----------
    types : DataFrame
        Hazard types indexed by code, with ``category``.
    events : iterable of Event
        Of those that are on and have a factor for a type, the largest counts; 1 if none has.
    days : DatetimeIndex
        Local days.

    Returns
    -------
    DataFrame
        Index ``days``, a column a type. Not normalised.
    """
    local = days.tz_localize(None).normalize()
    values = np.full((len(days), len(types)), np.nan)
    for event in events:
        here = (local >= pd.Timestamp(event.start)) & (local <= pd.Timestamp(event.end))
        values[here] = np.fmax(values[here], _told(event.factors, types))
    return pd.DataFrame(np.where(np.isnan(values), 1.0, values), index=days, columns=types.index)


def factor_faults(types: pd.DataFrame, calendar: Calendar) -> list[Finding]:
    """Return an error for each name under ``factors`` that is neither a code nor a category of ``types``."""
    known = list(dict.fromkeys([*types["category"], *types.index]))
    rows: list[tuple[str, Factors]] = [(f"season {one.season}", one.factors) for one in calendar.seasons]
    rows += [(f"{one.kind.replace('_', ' ')} {one.name}", one.factors) for one in calendar.events]
    return [_unknown(name, owner, known, calendar.label)
            for owner, factors in rows for name, _ in factors if name not in known]  # fmt: skip


def idle_seasons(types: pd.DataFrame, calendar: Calendar) -> list[Finding]:
    """Return a suspicion for each of a project's seasons that no hazard type has a factor for."""
    mend = (
        f"give it factors = {{ {types.index[0]} = 1.5 }}, or a season's name that hazard types have a column m_... for"
    )
    what = "no hazard type has a factor for this season, so it changes nothing"
    return [Finding("suspicion", "calendar.season_idle", calendar.label, what, mend, field=f"season {one.season}")
            for one in calendar.seasons if not one.default and np.isnan(_of_season(one, types)).all()]  # fmt: skip


def _of_days(types: pd.DataFrame, calendar: Calendar, days: pd.DatetimeIndex) -> FloatArray:
    """Return the largest factor of the seasons that each day lies in, shape (days, types)."""
    values = np.full((len(days), len(types)), np.nan)
    for season in calendar.seasons:
        here = np.array([season.covers(day) for day in days.date], dtype=bool)
        values[here] = np.fmax(values[here], _of_season(season, types))
    return np.where(np.isnan(values), 1.0, values)


def _of_season(season: Season, types: pd.DataFrame) -> FloatArray:
    """Return a season's factor for each type, NaN where it has none."""
    own, column = _told(season.factors, types), f"m_{season.season}"
    return np.where(np.isnan(own), types[column].to_numpy(dtype=float), own) if column in types.columns else own


def _told(factors: Factors, types: pd.DataFrame) -> FloatArray:
    """Return the factor told for each type, by its code or else by its category; NaN where neither is told."""
    table = dict(factors)
    rows = zip(types.index, types["category"], strict=True)
    return np.array([table.get(code, table.get(category, np.nan)) for code, category in rows], dtype=np.float64)


def _refuse(faults: list[Finding]) -> None:
    if faults:
        raise LayerError(faults)


def _never(code: str, year: int, label: str) -> Finding:
    what = f"the factor of {code} is 0 on every day of {year}, but its base rate is not"
    mend = "give it base_rate_per_100km_yr = 0 in the hazard types, or a season above 0"
    return Finding("error", "calendar.never", label, what, mend, field=code)


def _unknown(name: str, owner: str, known: list[str], label: str) -> Finding:
    by_fold = {one.casefold(): one for one in reversed(known)}
    near = difflib.get_close_matches(name.casefold(), by_fold, n=1)
    mend = f"did you mean {by_fold[near[0]]!r}?" if near else f"known: {', '.join(known)}"
    what = f"no hazard type or category is called {name[:60]!r}"
    return Finding("error", "calendar.factor_unknown", label, what, mend, field=f"{owner}, factors")

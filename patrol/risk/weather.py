"""What the weather of a day does to hazards that are there: how much sooner each becomes a fault.

A factor of 1 is usual weather, and whatever is not known counts as usual. A condition (wind, heavy rain, heat,
ice, thunder, fire weather) is on where the day's row in the weather table passes a threshold of the settings,
where the words of its ``alerts`` say so, or where a warning of the register holds. Days to come are rows of the
same table: forecasts.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from patrol import text as safe
from patrol.config import RiskSettings
from patrol.errors import Finding
from patrol.risk.alerts import CONDITIONS, conditions_of, holds_on, inside, readable, warnings_of
from patrol.risk.fireweather import FireWeather, daily
from patrol.words import counted

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

_SHOWN = 5


@dataclass(frozen=True, slots=True)
class SectionWeather:
    """The weather of some days; sections that the same warned areas cover make a group.

    Attributes
    ----------
    group : ndarray of int64, shape (n_sections,)
        Number of each section's group.
    conditions, factors : tuple of DataFrame, one a group
        By day: which of CONDITIONS are on (bool), and the factors of the fault rates by type.
    notes : tuple of Finding
        Warnings without an area, and words that mean nothing here.
    """

    group: NDArray[np.int64]
    conditions: tuple[pd.DataFrame, ...]
    factors: tuple[pd.DataFrame, ...]
    notes: tuple[Finding, ...]

    def on(self, day: pd.Timestamp) -> Floats:
        """Return the factors of a day, shape (n_groups, n_types); those of sections are ``on(day)[group]``."""
        return np.array([frame.loc[day].to_numpy(np.float64) for frame in self.factors])


def section_weather(
    weather: pd.DataFrame,
    alerts: pd.DataFrame,
    sections: gpd.GeoDataFrame,
    types: pd.DataFrame,
    days: pd.DatetimeIndex,
    *,
    fire: FireWeather,
    settings: RiskSettings,
    timezone: str,
) -> SectionWeather:
    """Return what the weather does to hazards on each section.

    A warning with an area bears only on the sections that touch it; one without, and the weather table, on all.

    Parameters
    ----------
    weather : DataFrame
        ``date, temp_c, rh_pct, wind_kmh, rain_mm, gusts_kmh, alerts``, one row a day.
    alerts : DataFrame
        Of ``Register.alerts``; empty where there is no register.
    sections : GeoDataFrame
        In any CRS.
    types : DataFrame
        Hazard types by code with ``x_wind`` and so on.
    days : DatetimeIndex
        Midnights without a time zone.
    fire : FireWeather
        Of the same table; days that are not settled have no fire weather.
    timezone : str
        IANA name of the project's: when a day begins.
    """
    warnings, on = _warned(alerts, days, settings, timezone)
    usual = weather_conditions(weather, days, fire=fire, settings=settings)
    group, bears, notes = _groups(sections, warnings["area_wkt"])
    conditions = tuple(usual | _told(warnings[row], on[row]) for row in bears)
    unknown = [
        *_unknown_words("weather", _texts(weather, days), settings),
        *_unknown_words("register", warnings["event"], settings),
    ]
    return SectionWeather(
        group, conditions, tuple(condition_factors(one, types) for one in conditions), (*notes, *unknown)
    )


def _warned(
    alerts: pd.DataFrame, days: pd.DatetimeIndex, settings: RiskSettings, timezone: str
) -> tuple[pd.DataFrame, Bools]:
    """Return the warnings that hold on any of these days, and on which, shape (warnings, days)."""
    warnings = warnings_of(alerts, settings)
    on = holds_on(warnings, days, timezone)
    some = np.flatnonzero(on.any(axis=1))
    return warnings.iloc[some].reset_index(drop=True), on[some]


def _told(warnings: pd.DataFrame, on: Bools) -> Bools:
    """Return which conditions warnings bring, shape (days, CONDITIONS)."""
    kinds = warnings[list(CONDITIONS)].to_numpy(np.int64)
    return np.asarray(on.T.astype(np.int64) @ kinds > 0, dtype=bool)


def _groups(sections: gpd.GeoDataFrame, area_wkt: pd.Series[str]) -> tuple[NDArray[np.int64], Bools, list[Finding]]:
    """Return the group of each section, and which warnings bear on each group, shape (groups, warnings)."""
    names, which = np.unique(area_wkt.to_numpy(dtype=object), return_inverse=True)
    shapes = readable(names)
    placed = np.array([shape is not None for shape in shapes], dtype=bool)
    group, covered = np.zeros(len(sections), dtype=np.int64), np.zeros((1, int(placed.sum())), dtype=bool)
    if placed.any() and len(sections):
        covered, group = np.unique(inside(sections, shapes[placed]), axis=0, return_inverse=True)
    here = np.ones((len(covered), len(names)), dtype=bool)  # a warning whose area nobody knows bears everywhere
    here[:, placed] = covered
    nowhere = int((~placed)[which].sum())
    what = f"{counted(nowhere, 'warning')} without an area that can be read: counted for all sections"
    notes = [Finding("note", "weather.alert_area", "register", what, "", count=nowhere)] if nowhere else []
    return group.reshape(-1).astype(np.int64), here[:, which.reshape(-1)], notes


def weather_conditions(
    weather: pd.DataFrame, days: pd.DatetimeIndex, *, fire: FireWeather, settings: RiskSettings
) -> pd.DataFrame:
    """Return which conditions are on by the weather table, by day; none where it has no row.

    Returns
    -------
    DataFrame
        Columns CONDITIONS of bool on ``days``. Wind by noon wind or gusts; ice by what falls at a temperature
        near or below freezing (what stays on the lines on the days after is not known); thunder by words only;
        fire weather by the fire weather index of settled days.
    """
    rows = daily(weather).reindex(days)
    fwi = fire.settled(days)["fwi"]
    measured = pd.DataFrame(
        {
            "wind": (rows["wind_kmh"] >= settings.wind_kmh) | (rows["gusts_kmh"] >= settings.gusts_kmh),
            "heavy_rain": rows["rain_mm"] >= settings.heavy_rain_mm,
            "heat": rows["temp_c"] >= settings.heat_c,
            "ice": (rows["temp_c"] <= settings.ice_c) & (rows["rain_mm"] >= settings.ice_mm),
            "thunder": False,
            "fireweather": fwi >= settings.fire_fwi,
        },
        index=days,
    )[list(CONDITIONS)]
    return measured | conditions_of(_texts(weather, days), settings)


def _texts(weather: pd.DataFrame, days: pd.DatetimeIndex) -> list[str]:
    return [text if isinstance(text, str) else "" for text in daily(weather)["alerts"].reindex(days)]


def condition_factors(conditions: pd.DataFrame, types: pd.DataFrame) -> pd.DataFrame:
    """Return the factors of fault rates, by day and type: the largest of the conditions that are on, 1 if none is.

    Parameters
    ----------
    conditions : DataFrame
        Columns CONDITIONS of bool, by day.
    types : DataFrame
        Hazard types by code with ``x_wind`` and so on.
    """
    factor = types[[f"x_{name}" for name in CONDITIONS]].to_numpy(np.float64)
    on = conditions.to_numpy(bool)
    largest = np.where(on[:, None, :], factor[None, :, :], -np.inf).max(axis=2)
    return pd.DataFrame(
        np.where(on.any(axis=1, keepdims=True), largest, 1.0), index=conditions.index, columns=types.index
    )


def _unknown_words(source: str, texts: Iterable[str], settings: RiskSettings) -> list[Finding]:
    said = [text for text in dict.fromkeys(texts) if text.strip()]
    lost = [text for text, kinds in zip(said, conditions_of(said, settings), strict=True) if not kinds.any()]
    if not lost:
        return []
    shown = ", ".join(repr(safe.clean(text, limit=40)) for text in lost[:_SHOWN])
    what = f"warnings whose words mean no condition here, so that they change nothing: {shown}"
    mend = "add the word to alert_wind, alert_heavy_rain, ... under settings.risk if it bears on lines"
    return [Finding("note", "weather.alert_words", source, what, mend, count=len(lost))]

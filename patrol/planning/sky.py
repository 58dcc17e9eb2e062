"""What weather, season and events do to hazards on each section, over the two years before a day and the days from it.

All of it is stepped day by day: what an event that began yesterday has brought is little yet, what one that ended last
week brought is still there, and what came before the last patrol was there for that patrol to find.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from patrol.config import RiskSettings
from patrol.errors import Finding
from patrol.layers.calendar import Event
from patrol.layers.crs import WGS84, way_between
from patrol.layers.files import Layers
from patrol.network.topology import Network
from patrol.planning.guarantees import event_sections
from patrol.risk.days import Days, joined_groups
from patrol.risk.fireweather import FireWeather, fire_weather
from patrol.risk.past import WINDOW_DAYS
from patrol.risk.season import event_days, season_factors
from patrol.risk.weather import section_weather, weather_conditions

Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Sky:
    """Weather, season and events.

    Attributes
    ----------
    days : Days
        Factors by day and group of sections.
    conditions : tuple of DataFrame
        By group: which weather conditions are on, by day from the day in question.
    season : Series
        Factors of that day by type, without events.
    events : tuple of Event
        Those of any of the days that have factors.
    where : ndarray of bool, shape (sections, events)
        On which sections each of them lies.
    event_days : tuple of DataFrame
        By group: what they multiply λ by, by day; empty without events.
    fire : FireWeather
    table : DataFrame
        Which conditions the weather table alone brings, on those days from the day in question that it has.
    findings : tuple of Finding
        What the weather and the events leave in doubt.
    """

    days: Days
    conditions: tuple[pd.DataFrame, ...]
    season: pd.Series[Any]
    events: tuple[Event, ...]
    where: Bools
    event_days: tuple[pd.DataFrame, ...]
    fire: FireWeather
    table: pd.DataFrame
    findings: tuple[Finding, ...]


def make_sky(
    layers: Layers,
    network: Network,
    sections: gpd.GeoDataFrame,
    types: pd.DataFrame,
    settings: RiskSettings,
    alerts: pd.DataFrame,
    *,
    ahead: pd.DatetimeIndex,
) -> Sky:
    """Return weather, season and events of the days ``ahead`` (one after the other) and of the two years before.

    Warnings (``alerts``, of ``Register.alerts``) that have run out still bear on what stood open then. What is in
    doubt is told of the days ahead only.
    """
    every = pd.date_range(ahead[0] - pd.Timedelta(days=WINDOW_DAYS), ahead[-1], freq="D")
    fire = fire_weather(layers.weather, settings=settings, latitude=_latitude(layers))
    weather, now = (
        section_weather(
            layers.weather, alerts, sections, types, some, fire=fire, settings=settings,
            timezone=layers.project.timezone,
        )
        for some in (every, ahead)
    )  # fmt: skip
    events, where, told = _events(layers, network, sections, every)
    season = season_factors(types, layers.calendar, every)
    group, first = joined_groups(weather.group, where)
    extra = [event_days(types, _lying(events, where[row]), every) for row in first]
    on_table = ahead[ahead.isin(layers.weather["date"])]
    return Sky(
        days=Days(
            group,
            tuple(weather.factors[weather.group[row]] for row in first),
            tuple(season * factors for factors in extra),
        ),
        conditions=tuple(weather.conditions[weather.group[row]].loc[ahead] for row in first),
        season=pd.Series(season.loc[ahead[0]].to_numpy(float), index=types.index, name="season"),
        events=events,
        where=where,
        event_days=tuple(extra) if events else (),
        fire=fire,
        table=weather_conditions(layers.weather, on_table, fire=fire, settings=settings),
        findings=(*(fire.notes if len(layers.weather) else ()), *now.notes, *told),
    )


def _latitude(layers: Layers) -> float:
    """Return the middle of the lines, degrees north."""
    west, south, east, north = layers.lines.total_bounds
    _, latitude = way_between(layers.crs, WGS84).transform((west + east) / 2, (south + north) / 2)
    return float(latitude)


def _events(
    layers: Layers, network: Network, sections: gpd.GeoDataFrame, days: pd.DatetimeIndex
) -> tuple[tuple[Event, ...], Bools, list[Finding]]:
    """Return the events of some days that have factors, on which sections each lies, and doubts about that."""
    first, last = days[0].date(), days[-1].date()
    events = tuple(one for one in layers.calendar.events if one.factors and one.meets(first, last))
    placed, told = event_sections(network, sections, [one for one in events if one.parts])
    everywhere = np.ones(len(sections), dtype=bool)
    where = [placed.get(one, everywhere) for one in events]
    return events, np.array(where, dtype=bool).reshape(len(events), len(sections)).T, told


def _lying(events: tuple[Event, ...], here: Bools) -> list[Event]:
    return [one for one, lies in zip(events, here.tolist(), strict=True) if lies]

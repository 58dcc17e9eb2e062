"""What the risk model needs of a project on a day, put together from its layers: visits, weather, season, finds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from patrol.config import Settings
from patrol.errors import Finding
from patrol.layers.calendar import Calendar, Event
from patrol.layers.crs import WGS84, way_between
from patrol.layers.files import Layers
from patrol.network.topology import Network
from patrol.planning.due import Patrolled
from patrol.planning.guarantees import event_sections
from patrol.planning.visits import section_visits
from patrol.risk.fireweather import FireWeather, fire_weather
from patrol.risk.hotspot import HotSpot, hot_spot
from patrol.risk.latent import arrival_rates, latent
from patrol.risk.past import WINDOW_DAYS
from patrol.risk.score import Scene
from patrol.risk.season import event_factors, season_factors
from patrol.risk.weather import section_weather, weather_conditions, weather_factors
from patrol.risk.whatif import Trail

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """What is known of the past, put on the network.

    Attributes
    ----------
    walked : Patrolled
        The records of patrols.
    finds : DataFrame
        All known hazards, open or not, see :func:`patrol.risk.hotspot.hot_spot`.
    alerts : DataFrame
        Of ``Register.alerts``; empty without a register.
    """

    walked: Patrolled
    finds: pd.DataFrame
    alerts: pd.DataFrame


@dataclass(frozen=True, slots=True, eq=False)
class Setting:
    """A scene, and what it was made of that an explanation wants to name.

    Attributes
    ----------
    hot : HotSpot
        What patrols found and should have found.
    season : Series
        Factors of the day by type.
    event : ndarray, shape (sections, types), or None
        Mean factors of events since each section's last patrol.
    fire : FireWeather
    conditions : tuple of DataFrame
        By weather group: which weather conditions are on, by day.
    table : DataFrame
        Which of them the weather table alone brings, on those of the days that it has.
    trail : Trail
        What the unseen hazards were stepped through.
    findings : tuple of Finding
        What the weather and the events leave in doubt.
    """

    scene: Scene
    hot: HotSpot
    season: pd.Series[Any]
    event: Floats | None
    fire: FireWeather
    conditions: tuple[pd.DataFrame, ...]
    table: pd.DataFrame
    trail: Trail
    findings: tuple[Finding, ...]


def make_setting(
    layers: Layers,
    network: Network,
    sections: gpd.GeoDataFrame,
    types: pd.DataFrame,
    settings: Settings,
    evidence: Evidence,
    *,
    on: date,
    days: int,
) -> Setting:
    """Return what bears on each section on a day and the days after it.

    Parameters
    ----------
    sections : GeoDataFrame
        With ``ecm_per_fault, tau_days, cycle_days, zone_id``.
    """
    ahead = pd.date_range(pd.Timestamp(on), periods=days, freq="D")
    past = pd.date_range(end=ahead[0] - pd.Timedelta(days=1), periods=WINDOW_DAYS, freq="D")
    season = season_factors(types, layers.calendar, pd.date_range(past[0], ahead[0], freq="D"))
    fire = fire_weather(layers.weather, settings=settings.risk, latitude=_latitude(layers))
    zone = layers.project.timezone
    now = section_weather(
        layers.weather, evidence.alerts, sections, types, ahead, fire=fire, settings=settings.risk, timezone=zone
    )
    before = weather_factors(
        layers.weather, evidence.alerts.iloc[:0], types, past, fire=fire, settings=settings.risk, timezone=zone
    )
    visits = section_visits(network, sections, layers.patrols, on=on, walked=evidence.walked)
    event, told = _events(layers.calendar, network, sections, types, on)
    cycle = sections["cycle_days"].to_numpy(float)
    rate = arrival_rates(sections, types)
    hot = hot_spot(
        rate, types, visits, evidence.finds, on, cycle_days=cycle, settings=settings.risk, season_days=season
    )
    rate *= hot.by_type()
    if event is not None:
        rate *= event
    tau = sections["tau_days"].to_numpy(float)
    state = latent(rate, types, visits, on, tau_days=tau, cycle_days=cycle, phi_days=before, season_days=season)
    scene = Scene(
        types=types,
        latent=state,
        group=now.group,
        weather=np.stack([now.on(day) for day in ahead]),
        fire_weather=fire.settled(ahead)["g"].fillna(1.0).to_numpy(float),
        fault_ecm=sections["ecm_per_fault"].to_numpy(float),
        fire_ecm=_fire_ecm(sections, layers, settings),
        consequence=settings.consequence,
        planning=settings.planning,
    )
    notes = (*(fire.notes if len(layers.weather) else ()), *now.notes, *told)
    today = pd.Series(season.to_numpy()[-1], index=types.index, name="season")
    known = ahead[ahead.isin(layers.weather["date"])]
    return Setting(
        scene=scene,
        hot=hot,
        season=today,
        event=event,
        fire=fire,
        conditions=now.conditions,
        table=weather_conditions(layers.weather, known, fire=fire, settings=settings.risk),
        trail=Trail(visits, cycle, season, before, on),
        findings=notes,
    )


def _latitude(layers: Layers) -> float:
    """Return the middle of the lines, degrees north."""
    west, south, east, north = layers.lines.total_bounds
    _, latitude = way_between(layers.crs, WGS84).transform((west + east) / 2, (south + north) / 2)
    return float(latitude)


def _fire_ecm(sections: pd.DataFrame, layers: Layers, settings: Settings) -> Floats:
    """Return what a fire costs by section: more where a zone is marked as one that burns."""
    burning = layers.zones.loc[layers.zones["fire_zone"].astype(bool), "zone_id"]
    prices = settings.consequence
    return np.where(sections["zone_id"].isin(burning), max(prices.fire_ecm, prices.fire_zone_ecm), prices.fire_ecm)


def _events(
    calendar: Calendar, network: Network, sections: gpd.GeoDataFrame, types: pd.DataFrame, on: date
) -> tuple[Floats | None, list[Finding]]:
    """Return the mean factors of events over the days since each section's last patrol, None if there are none.

    What an event that began yesterday has brought is little yet, what one that ended last week brought is still there.
    """
    tau = sections["tau_days"].to_numpy(float)
    begin = on - timedelta(days=int(tau.max(initial=0)))
    events = [one for one in calendar.events if one.factors and one.meets(begin, on - timedelta(days=1))]
    if not events or begin == on:
        return None, []
    where, told = event_sections(network, sections, events)
    mean = np.ones((len(sections), len(types)))
    for first, after in _spells(events, begin, on):
        factors = event_factors(sections, types, calendar, first, where=where)
        if factors is not None:
            inside = np.clip((on - first).days, 0, tau) - np.clip((on - after).days, 0, tau)
            mean += (factors - 1.0) * (inside / np.maximum(tau, 1.0))[:, None]
    return mean, told


def _spells(events: list[Event], begin: date, end: date) -> list[tuple[date, date]]:
    """Return the spells, each with its first day and the day after it, over which the same events are on."""
    marks = {begin, end}
    for one in events:
        marks |= {one.start, one.end + timedelta(days=1)}
    kept = sorted(mark for mark in marks if begin <= mark <= end)
    return list(pairwise(kept))

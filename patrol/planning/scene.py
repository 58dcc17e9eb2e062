"""What the risk model needs of a project on a day, put together from its layers: visits, weather, season, finds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from patrol.config import Settings
from patrol.layers.files import Layers
from patrol.network.topology import Network
from patrol.planning.due import Patrolled
from patrol.planning.sky import Sky, make_sky
from patrol.planning.visits import section_visits
from patrol.risk.hotspot import HotSpot, hot_spot
from patrol.risk.latent import arrival_rates, latent
from patrol.risk.score import Scene
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
    sky : Sky
        Weather, season and events.
    trail : Trail
        What the unseen hazards were stepped through.
    """

    scene: Scene
    hot: HotSpot
    sky: Sky
    trail: Trail


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
        With ``ecm_per_fault, tau_days, usual_cycle_days, zone_id``.
    """
    ahead = pd.date_range(pd.Timestamp(on), periods=days, freq="D")
    sky = make_sky(layers, network, sections, types, settings.risk, evidence.alerts, ahead=ahead)
    cycle = sections["usual_cycle_days"].to_numpy(float)  # not halved for consequence, as no past was
    tau = sections["tau_days"].to_numpy(float)
    visits = section_visits(network, sections, layers.patrols, on=on, walked=evidence.walked)
    rate = arrival_rates(sections, types)
    hot = hot_spot(rate, types, visits, evidence.finds, on, cycle_days=cycle, settings=settings.risk, days=sky.days)
    rate *= hot.by_type()
    scene = Scene(
        types=types,
        latent=latent(rate, types, visits, on, tau_days=tau, cycle_days=cycle, days=sky.days),
        group=sky.days.group,
        weather=_stacked(sky.days.faults, ahead),
        arrivals=_stacked(sky.days.arrivals, ahead),
        fire_weather=sky.fire.settled(ahead)["g"].fillna(1.0).to_numpy(float),
        fault_ecm=sections["ecm_per_fault"].to_numpy(float),
        fire_ecm=_fire_ecm(sections, layers, settings),
        consequence=settings.consequence,
        planning=settings.planning,
    )
    return Setting(scene, hot, sky, Trail(visits, cycle, sky.days, on))


def _stacked(tables: tuple[pd.DataFrame, ...], days: pd.DatetimeIndex) -> Floats:
    """Return the tables of all groups on some days, shape (days, groups, types)."""
    return np.ascontiguousarray(np.stack([table.loc[days].to_numpy(float) for table in tables], axis=1))


def _fire_ecm(sections: pd.DataFrame, layers: Layers, settings: Settings) -> Floats:
    """Return what a fire costs by section: more where a zone is marked as one that burns."""
    burning = layers.zones.loc[layers.zones["fire_zone"].astype(bool), "zone_id"]
    prices = settings.consequence
    return np.where(sections["zone_id"].isin(burning), max(prices.fire_ecm, prices.fire_zone_ecm), prices.fire_ecm)

"""A project on one day: its network, its sections with all that is known about them, its open hazards."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from patrol.config import Settings
from patrol.errors import Finding
from patrol.hazards.actions import action_groups
from patrol.hazards.lifecycle import kinds_of, look_at
from patrol.hazards.model import OPEN_STATES
from patrol.layers.files import Layers
from patrol.layers.memory import without_collection
from patrol.layers.schema import PARTIES
from patrol.network.consequence import consequence
from patrol.network.customers import customer_findings
from patrol.network.nearby import nearest_within
from patrol.network.sections import cut_sections
from patrol.network.topology import Network, build_network
from patrol.planning.due import (
    Patrolled,
    cold_start_findings,
    cold_start_of,
    cycle_days,
    due_dates,
    last_patrols,
    patrolled,
    usual_cycle_days,
)
from patrol.planning.guarantees import guaranteed_sections
from patrol.planning.later import later_findings
from patrol.planning.scene import Evidence, Setting, make_setting
from patrol.planning.seasons import due_in_season, in_season
from patrol.planning.testimony import NO_TESTIMONY, Testimony
from patrol.planning.zones import zone_of_points, zone_of_sections
from patrol.risk.credibility import credibility
from patrol.risk.score import Scene, patrol_values, summary_columns
from patrol.risk.value import risk_class

_OF_TYPE = ("default_class", "deadline_h", "name_en", "name_zh")
FAR_FROM_LINE_M = 300.0  # beyond this a hazard takes no section's consequence but the feeder's mean


@dataclass(frozen=True, slots=True)
class Picture:
    """A project on one day: network, sections with everything known about them, open hazards.

    Attributes
    ----------
    sections : GeoDataFrame
        Sections with zone, consequence, ``last_patrol, due, assumed, tau_days, cycle_days, usual_cycle_days,
        critical, critical_why``, the season that shortens their cycle (``season, season_cycle_days``), the
        value of a patrol by method (``value_foot, value_vehicle, value_drone``, ECM)
        and ``risk_class``.
    hazards : GeoDataFrame
        Open hazards with nearest section, label, zone, deadline, parties that may look, ``p`` (chance that it is
        true and still there) and ``basis`` (what that rests on).
    setting : Setting
        What the risk model was given: the scene that values are reckoned from, weather, season and hot spots.
    """

    network: Network
    sections: gpd.GeoDataFrame
    hazards: gpd.GeoDataFrame
    findings: tuple[Finding, ...]
    setting: Setting


def picture(
    layers: Layers,
    types: pd.DataFrame,
    settings: Settings,
    *,
    on: date,
    days: int = 1,
    testimony: Testimony = NO_TESTIMONY,
) -> Picture:
    """Trace the network, cut sections, and value them on a day.

    ``days`` from that day on are looked through for events whose supply is guaranteed, and for their weather.

    Raises
    ------
    NetworkError
        If no line can be planned on.
    LayerError
        If the calendar has factors for hazard types that there are not.
    """
    network, sections = traced(layers, settings)
    return picture_of(network, sections, layers, types, settings, on=on, days=days, testimony=testimony)


@without_collection()
def traced(layers: Layers, settings: Settings) -> tuple[Network, gpd.GeoDataFrame]:
    """Return the network and its sections with what a fault on each causes: all that has no date."""
    network = build_network(layers.lines, layers.poles, layers.equipment, settings=settings.network)
    sections = cut_sections(network, settings.network, settings.consequence)
    effects = consequence(network, sections, settings.consequence)
    names = network.feeders.set_index("feeder_id")[["name", "name_zh"]].add_prefix("line_")
    return network, sections.join(effects, rsuffix="_effect").join(names, on="feeder_id")


@without_collection()
def picture_of(
    network: Network,
    sections: gpd.GeoDataFrame,
    layers: Layers,
    types: pd.DataFrame,
    settings: Settings,
    *,
    on: date,
    days: int,
    testimony: Testimony = NO_TESTIMONY,
) -> Picture:
    """Return the picture of a day on a network that is traced already, see :func:`picture`."""
    walked = patrolled(network, layers.patrols, on=on)
    sections, findings = dated(network, sections, layers, settings, walked, on=on, days=days)
    known = known_hazards(layers, sections)
    setting = make_setting(
        layers, network, sections, types, settings, Evidence(walked, known, testimony.alerts), on=on, days=days,
    )  # fmt: skip
    sections = valued(sections, setting.scene)
    hazards = open_hazards(layers, sections, types, known["section"].to_numpy(), on=on)
    hazards = hazards.assign(asset_owner=asset_owners(hazards, sections, layers.equipment, settings))
    hazards = believed(hazards, layers, testimony, types, settings, on=on)
    guessed = customer_findings(network, settings.consequence)
    found = (
        *network.findings, *guessed, *findings, *later_findings(layers, on=on), *setting.sky.findings
    )  # fmt: skip
    return Picture(network, sections, hazards, found, setting)


def dated(
    network: Network,
    sections: gpd.GeoDataFrame,
    layers: Layers,
    settings: Settings,
    walked: Patrolled,
    *,
    on: date,
    days: int,
) -> tuple[gpd.GeoDataFrame, list[Finding]]:
    """Return sections with zone, cycle, last patrol and due day, and what is in doubt about them."""
    last, unmatched = last_patrols(network, sections, layers.patrols, on=on, walked=walked)
    events = layers.calendar.guarantees(on, on + timedelta(days=days - 1))
    guaranteed, told = guaranteed_sections(network, sections, events)
    zone = pd.Series(zone_of_sections(sections, layers.zones), index=sections.index)
    burns = zone.isin(layers.zones.loc[layers.zones["fire_zone"].astype(bool), "zone_id"])
    why = critical_why(sections, settings, guaranteed, burns)
    usual = usual_cycle_days(sections, settings.cycles)
    cycle = cycle_days(usual, why != "", settings.cycles)
    sections = sections.assign(
        zone_id=zone, critical=why != "", critical_why=why, cycle_days=cycle, usual_cycle_days=usual, last_patrol=last,
    )  # fmt: skip
    dates = due_dates(last, cycle, usual, sections["ecm_per_fault"], on=on, cold_start=cold_start_of(settings.cycles))
    season = in_season(sections, layers.calendar, settings.cycles, on=on, days=days, fire_zone=burns)
    due = due_in_season(dates["due"], last, season)
    sections = sections.join(dates.assign(due=due)).join(season[["season", "season_cycle_days"]])
    late = cold_start_findings(settings.cycles, on=on) if dates["assumed"].any() else []
    return sections, [*late, *unmatched, *told]


def valued(sections: gpd.GeoDataFrame, scene: Scene) -> gpd.GeoDataFrame:
    """Return sections with what the risk model says of each: the value of a patrol by method, and what is at stake."""
    values = patrol_values(scene).add_prefix("value_")
    scored = pd.concat([values, summary_columns(scene)], axis=1).set_axis(sections.index)
    return sections.join(scored).assign(risk_class=risk_class(values["value_foot"].set_axis(sections.index)))


def believed(
    hazards: gpd.GeoDataFrame,
    layers: Layers,
    testimony: Testimony,
    types: pd.DataFrame,
    settings: Settings,
    *,
    on: date,
) -> gpd.GeoDataFrame:
    """Return open hazards with ``p``, the chance that each is true and still there, and the ``basis`` of it.

    The patrols of the records are no looks at a hazard: they do not say what was looked at. Verify or refute it.
    """
    chance = credibility(
        testimony.reports, layers.hazards, types, on, settings=settings.risk, outcomes=testimony.outcomes,
        timezone=layers.project.timezone,
    )  # fmt: skip
    mine = chance.reindex(hazards["hazard_id"])
    return hazards.assign(p=mine["p"].to_numpy(float), basis=mine["basis"].to_numpy(object))


def known_hazards(layers: Layers, sections: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return all hazards, open or not, with the row of the section each lies on, -1 where none is near."""
    rows = layers.hazards[["type", "party", "reported", "closed", "state"]]
    section = np.full(len(rows), -1)
    if len(rows) and len(sections):
        section = nearest_within(sections.geometry.to_numpy(), layers.hazards.geometry.to_numpy(), FAR_FROM_LINE_M)
    return pd.DataFrame(rows).assign(section=section)


def critical_why(
    sections: gpd.GeoDataFrame,
    settings: Settings,
    guaranteed: pd.Series[Any] | None = None,
    fire_zone: pd.Series[Any] | None = None,
) -> pd.Series[Any]:
    """Return why each section is critical (domain brief, section 1), empty where it is not.

    ``important_user`` behind it, ``sole_supply`` (a trunk without a tie), ``top_consequence`` (the top
    tenth), ``supply_guarantee`` (an event of the calendar), ``fire_zone`` (its zone is marked as one);
    several are joined by ``+``.
    """
    rank = sections["ecm_per_fault"].rank(method="first", ascending=False)
    none = pd.Series(False, index=sections.index)
    reasons = {
        "important_user": sections["important_weight"] > 0,
        "sole_supply": sections["critical_trunk"],
        "top_consequence": rank <= np.ceil(len(sections) * settings.cycles.critical_top_share),
        "supply_guarantee": none if guaranteed is None else guaranteed,
        "fire_zone": none if fire_zone is None else fire_zone,
    }
    why = ["+".join(word for word, here in zip(reasons, row, strict=True) if here)
           for row in zip(*reasons.values(), strict=True)]  # fmt: skip
    return pd.Series(why, index=sections.index, name="critical_why", dtype=object)


def open_hazards(
    layers: Layers, sections: gpd.GeoDataFrame, types: pd.DataFrame, section: NDArray[np.int64], *, on: date
) -> gpd.GeoDataFrame:
    """Return the hazards open on a day, each with its nearest section, deadline, zone and label.

    ``section`` holds the row of the section that each of ``layers.hazards`` lies on, see :func:`known_hazards`.
    """
    every = layers.hazards
    here = every["state"].isin(OPEN_STATES) & (every["reported"] <= pd.Timestamp(on)) & every["closed"].isna()
    rows = every[here].reset_index(drop=True)
    rows = rows.assign(section=section[here], type=rows["type"].where(rows["type"].isin(types.index), "unclassified"))
    kind = types.loc[:, list(_OF_TYPE)].loc[rows["type"]].reset_index(drop=True)
    points = rows.geometry.to_numpy()
    at_section = rows["section"].to_numpy(np.int64)
    cost = sections["ecm_per_fault"].to_numpy()
    mean = float(cost.mean()) if len(cost) else 0.0
    usual = kind["default_class"]
    deadline = rows["reported"] + pd.to_timedelta(kind["deadline_h"].to_numpy(float), unit="h")
    graded = usual if "hazard_class" not in rows else rows["hazard_class"].fillna(usual)
    return rows.assign(
        ecm_per_fault=np.where(at_section >= 0, cost[at_section] if len(cost) else mean, mean),
        deadline=deadline if "deadline" not in rows else rows["deadline"].fillna(deadline),  # a register has its own
        hazard_class=graded,
        class_hours=graded.map(layers.project.settings.hazards.deadline_hours).astype(float),
        type_name=kind["name_en"].to_numpy(),
        type_name_zh=kind["name_zh"].to_numpy(),
        parties=_look(rows, kind["default_class"], types),
        together=_together(rows, types),
        zone_id=zone_of_points(points, layers.zones),
    )


def _look(rows: gpd.GeoDataFrame, usual: pd.Series[Any], types: pd.DataFrame) -> list[tuple[str, ...]]:
    """Return the parties that may look at each open hazard: of its type, its class and all that it may be."""
    grade = rows["hazard_class"].fillna(usual) if "hazard_class" in rows else usual
    may_be = rows["may_be"].fillna("") if "may_be" in rows else pd.Series("", index=rows.index)
    kinds = kinds_of(types)
    asked = list(zip(rows["type"], may_be, grade, strict=True))
    answer = {one: look_at(*one, kinds) for one in set(asked)}  # few differ
    return [answer[one] for one in asked]


def _together(rows: gpd.GeoDataFrame, types: pd.DataFrame) -> list[tuple[str, ...]]:
    """Return the parties that must rectify a hazard together, where it is ready for that: permit, outage, materials.

    Of the ways that the taxonomy allows, the first; none where one party may do it alone.
    """
    together = {
        kind: () if any(len(group) == 1 for group in ways) else tuple(party for party in PARTIES if party in ways[0])
        for kind, ways in action_groups(types, "rectify").items()
    }
    return [together[kind] if state == "ready" else () for kind, state in zip(rows["type"], rows["state"], strict=True)]


def asset_owners(
    hazards: gpd.GeoDataFrame, sections: gpd.GeoDataFrame, equipment: gpd.GeoDataFrame, settings: Settings
) -> list[str]:
    """Return whose asset each hazard is on if it is a customer's, else ''.

    A customer's asset (``planning.customer_owners``) is looked at and notice is served on its owner, nothing more
    (design, section 7). The equipment nearest to the hazard counts if it is close enough to stand on the
    network there (``network.equipment_snap_m``), else the section.
    """
    own = {word.casefold() for word in settings.planning.customer_owners}
    owner = np.full(len(hazards), "", dtype=object)
    at = hazards["section"].to_numpy(int)
    if len(sections):
        owner[at >= 0] = sections["owner"].to_numpy(object)[at[at >= 0]]
    if len(hazards) and len(equipment):
        places, stands = (shapely.get_coordinates(frame.geometry.to_numpy()) for frame in (hazards, equipment))
        gap, near = cKDTree(stands).query(places)
        close = gap <= settings.network.equipment_snap_m
        owner[close] = equipment["owner"].to_numpy(object)[near[close]]
    return [text if isinstance(text, str) and text.casefold() in own else "" for text in owner]

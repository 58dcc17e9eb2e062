"""A project on one day: its network, its sections with all that is known about them, its open hazards."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from patrol.config import Settings
from patrol.errors import Finding
from patrol.hazards.model import OPEN_STATES
from patrol.hazards.taxonomy import look_parties
from patrol.layers.files import Layers
from patrol.network.consequence import consequence
from patrol.network.customers import customer_findings
from patrol.network.sections import cut_sections
from patrol.network.topology import Network, build_network
from patrol.planning.due import cold_start_findings, cold_start_of, cycle_days, due_dates, last_patrols
from patrol.planning.guarantees import guaranteed_sections
from patrol.planning.zones import zone_of_points, zone_of_sections
from patrol.risk.value import patrol_value, risk_class

FAR_FROM_LINE_M = 300.0  # beyond this a hazard takes no section's consequence but the feeder's mean


@dataclass(frozen=True, slots=True)
class Picture:
    """A project on one day: network, sections with everything known about them, open hazards.

    Attributes
    ----------
    sections : GeoDataFrame
        Sections with zone, consequence, ``last_patrol, due, assumed, tau_days, cycle_days, critical,
        critical_why``, the value of a patrol by method (``value_foot, value_vehicle, value_drone``, ECM) and
        ``risk_class``.
    hazards : GeoDataFrame
        Open hazards with nearest section, label, zone, deadline and parties that may look.
    """

    network: Network
    sections: gpd.GeoDataFrame
    hazards: gpd.GeoDataFrame
    findings: tuple[Finding, ...]


def picture(layers: Layers, types: pd.DataFrame, settings: Settings, *, on: date, days: int = 1) -> Picture:
    """Trace the network, cut sections, and value them on a day.

    ``days`` from that day on are looked through for events whose supply is guaranteed.

    Raises
    ------
    NetworkError
        If no line can be planned on.
    """
    network = build_network(layers.lines, layers.poles, layers.equipment, settings=settings.network)
    sections = cut_sections(network, settings.network, settings.consequence)
    effects = consequence(network, sections, settings.consequence)
    names = network.feeders.set_index("feeder_id")[["name", "name_zh"]].add_prefix("line_")
    sections = sections.join(effects, rsuffix="_effect").join(names, on="feeder_id")
    last, unmatched = last_patrols(network, sections, layers.patrols, on=on)
    events = layers.calendar.guarantees(on, on + timedelta(days=days - 1))
    guaranteed, told = guaranteed_sections(network, sections, events)
    zone = pd.Series(zone_of_sections(sections, layers.zones), index=sections.index)
    burns = zone.isin(layers.zones.loc[layers.zones["fire_zone"].astype(bool), "zone_id"])
    why = critical_why(sections, settings, guaranteed, burns)
    cycle = cycle_days(sections, why != "", settings.cycles)
    sections = sections.assign(
        zone_id=zone, critical=why != "", critical_why=why, cycle_days=cycle,
        last_patrol=last,
    )  # fmt: skip
    dates = due_dates(last, cycle, sections["ecm_per_fault"], on=on, cold_start=cold_start_of(settings.cycles))
    sections = sections.join(dates)
    late = cold_start_findings(settings.cycles, on=on) if dates["assumed"].any() else []
    value = patrol_value(
        sections, sections["ecm_per_fault"], sections["tau_days"], types,
        consequence=settings.consequence, planning=settings.planning,
    )  # fmt: skip
    sections = sections.join(value.add_prefix("value_"))
    sections["risk_class"] = risk_class(sections["value_foot"])
    hazards = open_hazards(layers, sections, types, on=on)
    hazards = hazards.assign(asset_owner=asset_owners(hazards, sections, layers.equipment, settings))
    guessed = customer_findings(network, settings.consequence)
    return Picture(network, sections, hazards, (*network.findings, *late, *guessed, *unmatched, *told))


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


def open_hazards(layers: Layers, sections: gpd.GeoDataFrame, types: pd.DataFrame, *, on: date) -> gpd.GeoDataFrame:
    """Return the hazards open on a day, each with its nearest section, deadline, zone and label."""
    all_rows = layers.hazards
    known = all_rows["type"].where(all_rows["type"].isin(types.index), "unclassified")
    rows = all_rows.assign(type=known)
    reported = rows["reported"] <= pd.Timestamp(on)
    rows = rows[rows["state"].isin(OPEN_STATES) & reported & rows["closed"].isna()].reset_index(drop=True)
    kind = types.loc[rows["type"]].reset_index(drop=True)
    points = rows.geometry.to_numpy()
    section = np.full(len(rows), -1)
    distance = np.full(len(rows), np.inf)
    if len(rows) and len(sections):
        (row_index, near), metres = shapely.STRtree(sections.geometry.to_numpy()).query_nearest(
            points, return_distance=True, all_matches=False
        )
        section[row_index], distance[row_index] = near, metres
    cost = sections["ecm_per_fault"].to_numpy()
    at_section = np.where(distance <= FAR_FROM_LINE_M, section, -1)
    mean = float(cost.mean()) if len(cost) else 0.0
    usual = kind["default_class"]
    deadline = rows["reported"] + pd.to_timedelta(kind["deadline_h"].to_numpy(float), unit="h")
    return rows.assign(
        section=at_section,
        distance_m=np.round(distance, 1),
        ecm_per_fault=np.where(at_section >= 0, cost[at_section] if len(cost) else mean, mean),
        deadline=deadline if "deadline" not in rows else rows["deadline"].fillna(deadline),  # a register has its own
        hazard_class=usual if "hazard_class" not in rows else rows["hazard_class"].fillna(usual),
        type_name=kind["name_en"].to_numpy(),
        type_name_zh=kind["name_zh"].to_numpy(),
        parties=list(look_parties(types).loc[rows["type"]]),
        zone_id=zone_of_points(points, layers.zones),
    )


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
        tree = shapely.STRtree(equipment.geometry.to_numpy())
        row, near = tree.query_nearest(
            hazards.geometry.to_numpy(), max_distance=settings.network.equipment_snap_m, all_matches=False
        )
        owner[row] = equipment["owner"].to_numpy(object)[near]
    return [text if isinstance(text, str) and text.casefold() in own else "" for text in owner]

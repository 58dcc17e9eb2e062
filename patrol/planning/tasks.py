"""What there is to do: due sections, open hazards, service points and requests, as one frame of tasks."""

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
from patrol.hazards.taxonomy import look_parties
from patrol.layers.files import Layers
from patrol.layers.schema import PARTIES
from patrol.network.consequence import consequence
from patrol.network.customers import customer_findings
from patrol.network.sections import cut_sections
from patrol.network.topology import Network, build_network
from patrol.planning.crews import words_of
from patrol.planning.danger import keep_away, task_shapes
from patrol.planning.due import cycle_days, due_dates, last_patrols
from patrol.planning.frames import records
from patrol.planning.guarantees import guaranteed_sections
from patrol.planning.zones import zone_of_points, zone_of_sections
from patrol.risk.value import METHODS, milli, patrol_value, risk_class, visit_value

MANDATORY_OVERDUE = 1
MANDATORY_EMERGENCY = 100
OPEN_STATES = ("reported", "verified", "assigned", "ready", "in_rectification", "rectified")
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
    why = critical_why(sections, settings, guaranteed)
    cycle = cycle_days(sections, why != "", settings.cycles)
    sections = sections.assign(
        zone_id=zone_of_sections(sections, layers.zones), critical=why != "", critical_why=why, cycle_days=cycle,
        last_patrol=last,
    )  # fmt: skip
    cold = settings.cycles.cold_start
    sections = sections.join(
        due_dates(last, cycle, sections["ecm_per_fault"], on=on, cold_start=date.fromisoformat(cold) if cold else None)
    )
    value = patrol_value(
        sections, sections["ecm_per_fault"], sections["tau_days"], types,
        consequence=settings.consequence, planning=settings.planning,
    )  # fmt: skip
    sections = sections.join(value.add_prefix("value_"))
    sections["risk_class"] = risk_class(sections["value_foot"])
    hazards = open_hazards(layers, sections, types, on=on)
    guessed = customer_findings(network, settings.consequence)
    return Picture(network, sections, hazards, (*network.findings, *guessed, *unmatched, *told))


def critical_why(
    sections: gpd.GeoDataFrame, settings: Settings, guaranteed: pd.Series[Any] | None = None
) -> pd.Series[Any]:
    """Return why each section is critical (domain brief, section 1), empty where it is not.

    ``important_user`` behind it, ``sole_supply`` (a trunk without a tie), ``top_consequence`` (the top
    tenth), ``supply_guarantee`` (an event of the calendar); several are joined by ``+``.
    """
    rank = sections["ecm_per_fault"].rank(method="first", ascending=False)
    none = pd.Series(False, index=sections.index)
    reasons = {
        "important_user": sections["important_weight"] > 0,
        "sole_supply": sections["critical_trunk"],
        "top_consequence": rank <= np.ceil(len(sections) * settings.cycles.critical_top_share),
        "supply_guarantee": none if guaranteed is None else guaranteed,
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
    return rows.assign(
        section=at_section,
        distance_m=np.round(distance, 1),
        ecm_per_fault=np.where(at_section >= 0, cost[at_section] if len(cost) else mean, mean),
        deadline=rows["reported"] + pd.to_timedelta(kind["deadline_h"].to_numpy(float), unit="h"),
        hazard_class=kind["default_class"].to_numpy(),
        type_name=kind["name_en"].to_numpy(),
        type_name_zh=kind["name_zh"].to_numpy(),
        parties=list(look_parties(types).loc[rows["type"]]),
        zone_id=zone_of_points(points, layers.zones),
    )


def make_tasks(
    layers: Layers, seen: Picture, types: pd.DataFrame, settings: Settings, *, first: date, days: int
) -> gpd.GeoDataFrame:
    """Return every task of the horizon, one row each, ordered by ``task_id``.

    Columns: ``task_id, kind (section, hazard, service, request), ref`` (row in its own frame), ``label,
    label_zh, zone_id, mandatory, due, overdue_days, assumed, parties, skills, minutes, opens, closes``
    (seconds, NaN for any), and ``prize_<method>`` in milli-ECM a day as tuples; geometry a point.
    """
    parts = [
        _section_tasks(seen.sections, settings, first, days),
        _hazard_tasks(seen, types, settings, first, days),
        _service_tasks(layers, settings, first, days),
        _request_tasks(layers, settings, first, days),
    ]
    parts = [part for part in parts if len(part)]
    if not parts:
        return gpd.GeoDataFrame(pd.DataFrame(columns=_COLUMNS), geometry=[], crs=layers.crs)
    # Column by column: concat guesses types from columns without values, differently by version of pandas.
    columns = {name: [value for part in parts for value in part[name]] for name in parts[0].columns}
    table = pd.DataFrame(columns).sort_values("task_id", kind="stable").reset_index(drop=True)
    points = table.pop("point").to_list()
    shapes = task_shapes(table, points, seen.sections)
    table["parties"] = keep_away(shapes, table["parties"], seen.hazards, settings)
    missing = table["zone_id"] == ""
    table.loc[missing, "zone_id"] = zone_of_points(np.array(points, dtype=object)[missing.to_numpy()], layers.zones)
    return gpd.GeoDataFrame(table, geometry=points, crs=layers.crs)


_COLUMNS = [
    "task_id", "kind", "ref", "label", "label_zh", "zone_id", "mandatory", "due", "overdue_days", "assumed",
    "parties", "skills", "minutes", "opens", "closes", "last_day", "extras", *(f"prize_{method}" for method in METHODS),
]  # fmt: skip


_SECTION_EXTRAS = ["section_id", "feeder_id", "first_pole", "last_pole", "length_m", "critical", "critical_why"]


def _section_tasks(sections: gpd.GeoDataFrame, settings: Settings, first: date, days: int) -> pd.DataFrame:
    last_day = pd.Timestamp(first + timedelta(days=days - 1 + settings.planning.lookahead_days))
    rows = sections[sections["due"] <= last_day]
    overdue = (pd.Timestamp(first) - rows["due"]).dt.days.clip(lower=0)
    keeping = np.where(rows["due"] <= pd.Timestamp(first + timedelta(days=days - 1)), settings.planning.due_ecm, 0.0)
    prizes = {method: milli(rows[f"value_{method}"] + keeping) for method in METHODS}
    return pd.DataFrame({
        "task_id": "S:" + rows["section_id"],
        "kind": "section",
        "ref": rows.index,
        "label": rows["label"],
        "label_zh": rows["label_zh"],
        "zone_id": rows["zone_id"],
        "mandatory": np.where((overdue > 0) & ~rows["assumed"], MANDATORY_OVERDUE, 0),
        "due": rows["due"],
        "overdue_days": overdue,
        "assumed": rows["assumed"],
        "parties": [PARTIES] * len(rows),
        "skills": [()] * len(rows),
        "minutes": 0,
        "opens": np.nan,
        "closes": np.nan,
        "last_day": days - 1,
        "point": shapely.line_interpolate_point(rows.geometry.to_numpy(), 0.5, normalized=True),
        "extras": records(rows[_SECTION_EXTRAS]),
        **{f"prize_{method}": [(int(value),) * days for value in prizes[method]] for method in METHODS},
    }, columns=[*_COLUMNS, "point"])  # fmt: skip


def _hazard_tasks(seen: Picture, types: pd.DataFrame, settings: Settings, first: date, days: int) -> pd.DataFrame:
    rows = seen.hazards
    # A look on day k rather than after the horizon moves the repair forward by what is left of it.
    by_day = [
        milli(settings.planning.due_ecm
              + visit_value(rows, rows["ecm_per_fault"], days - day, types,
                            consequence=settings.consequence, planning=settings.planning))
        for day in range(days)
    ]  # fmt: skip
    prizes = list(zip(*by_day, strict=True)) if len(rows) else []
    emergency = rows["hazard_class"] == "emergency"
    overdue = (pd.Timestamp(first) - rows["deadline"].dt.normalize()).dt.days.clip(lower=0)
    labels = [_hazard_label(row, seen.sections) for row in records(rows)]
    return pd.DataFrame({
        "task_id": "H:" + rows["hazard_id"].astype(str),
        "kind": "hazard",
        "ref": rows.index,
        "label": [en for en, _ in labels],
        "label_zh": [zh for _, zh in labels],
        "zone_id": rows["zone_id"],
        "mandatory": np.where(emergency, MANDATORY_EMERGENCY, np.where(overdue > 0, MANDATORY_OVERDUE, 0)),
        "due": rows["deadline"].dt.normalize(),
        "overdue_days": overdue,
        "assumed": False,
        "parties": rows["parties"],
        "skills": [()] * len(rows),
        "minutes": settings.patrol.visit_s / 60,
        "opens": np.nan,
        "closes": np.nan,
        # An emergency is never put off: at its deadline at the latest, and at once if that is past.
        "last_day": np.where(emergency, _day_of(rows["deadline"], first, days), days - 1),
        "point": rows.geometry.to_numpy(),
        "extras": [
            {"hazard_type": row["type"], "hazard_class": row["hazard_class"], "hazard_state": row["state"]}
            for row in records(rows)
        ],
        **{f"prize_{method}": [tuple(int(v) for v in prize) for prize in prizes] for method in METHODS},
    }, columns=[*_COLUMNS, "point"])  # fmt: skip


def _day_of(due: pd.Series[Any], first: date, days: int) -> Any:
    """Return the day of the horizon on which something falls due: the first if it is past."""
    return (due.dt.normalize() - pd.Timestamp(first)).dt.days.clip(0, days - 1)


def _hazard_label(row: dict[str, Any], sections: gpd.GeoDataFrame) -> tuple[str, str]:
    """Name a hazard by its type and the pole it was reported at, else the section nearest to it."""
    if row["section"] < 0:
        return f"{row['type_name']} (off the network)", f"{row['type_name_zh']}(不在线路旁)"
    section = sections.loc[row["section"]]
    if row["pole_no"] and row["feeder_id"] == section["feeder_id"]:
        line, line_zh = section["line_name"] or section["feeder_id"], section["line_name_zh"] or section["feeder_id"]
        return f"{row['type_name']}, {line} {row['pole_no']}", f"{row['type_name_zh']},{line_zh}{row['pole_no']}号杆"
    return f"{row['type_name']}, {section['label']}", f"{row['type_name_zh']},{section['label_zh']}"


def _service_tasks(layers: Layers, settings: Settings, first: date, days: int) -> pd.DataFrame:
    """Visits to stations, shops, households and liaisons that fall due; a first visit is due at once."""
    rows = layers.service_points
    rows = rows[rows["interval_days"].notna()]
    due = rows["last_visit"] + pd.to_timedelta(rows["interval_days"].astype(float), unit="D")
    due = due.fillna(pd.Timestamp(first))
    inside = due <= pd.Timestamp(first + timedelta(days=days - 1))
    return _visit_rows(rows[inside], due[inside], "service", settings, first, days)


def _request_tasks(layers: Layers, settings: Settings, first: date, days: int) -> pd.DataFrame:
    rows = layers.requests
    inside = (rows["state"] == "open") & (rows["due"] <= pd.Timestamp(first + timedelta(days=days - 1)))
    rows = rows[inside]
    rows = rows.assign(opens=np.nan, closes=np.nan)
    return _visit_rows(rows, rows["due"], "request", settings, first, days)


def _visit_rows(
    rows: gpd.GeoDataFrame, due: pd.Series[Any], kind: str, settings: Settings, first: date, days: int
) -> pd.DataFrame:
    ids = rows["point_id" if kind == "service" else "request_id"]
    private = rows["kind"] == "care"  # a household in care is a code on every paper, never a name
    overdue = (pd.Timestamp(first) - due).dt.days.clip(lower=0)
    prize = (round((settings.planning.due_ecm + settings.planning.visit_ecm) * 1000),) * days
    parties = [words_of(value) or PARTIES for value in rows["parties"]]
    return pd.DataFrame({
        "task_id": ("V:" if kind == "service" else "R:") + ids.astype(str),
        "kind": kind,
        "ref": rows.index,
        "label": rows["name"].where(rows["name"] != "", rows["name_zh"]).mask(private, "Care visit " + ids),
        "label_zh": rows["name_zh"].where(rows["name_zh"] != "", rows["name"]).mask(private, "关爱走访 " + ids),
        "zone_id": "",
        "mandatory": MANDATORY_OVERDUE if kind == "request" else 0,  # a dated promise
        "due": due,
        "overdue_days": overdue,
        "assumed": False,
        "parties": parties,
        "skills": [words_of(value) for value in rows["skills"]],
        "minutes": rows["minutes"].astype(float),
        "opens": rows["opens"],
        "closes": rows["closes"],
        "last_day": np.where((kind == "request") & (overdue == 0), _day_of(due, first, days), days - 1),
        "point": rows.geometry.to_numpy(),
        "extras": [{"visit_kind": value} for value in rows["kind"]],
        **{f"prize_{method}": [prize] * len(rows) for method in METHODS},
    }, columns=[*_COLUMNS, "point"])  # fmt: skip

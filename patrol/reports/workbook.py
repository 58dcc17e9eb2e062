"""A whole plan as a workbook to look things up in: stops, legs, what was left out and why, crews, figures, zones.

``schedule.xlsx`` of ``patrol plan`` is for editing; this one is for reading, filtering and joining with other tables:
it has ids and geometry. A line is WKT, over several rows where it is longer than a cell shows well; the parts of a
leg share their end points.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely
from openpyxl import Workbook

from patrol import text
from patrol.plan import TASK_STOPS, Plan, stop_codes
from patrol.reports.spreadsheet import stable_bytes, table_sheet
from patrol.reports.tables import crews_frame, dropped_frame, heading, schedule_frame, word
from patrol.words import name_of, say

PART_POINTS = 120  # of a line in one cell: under 3,000 letters


def workbook_bytes(plan: Plan, legs: gpd.GeoDataFrame, zones: gpd.GeoDataFrame, lang: str) -> bytes:
    """Return the workbook: sheets ``stops, legs, dropped, crews, figures, zones``, each with filters and a frozen head.

    Parameters
    ----------
    legs : GeoDataFrame
        WGS84, see :func:`patrol.reports.stops.leg_frame`.
    zones : GeoDataFrame
        As loaded: ``zone_id, name, name_zh, leader``.
    """
    book = Workbook()
    book.remove(book.active)
    frames = {
        "stops": stops_table(plan, lang),
        "legs": legs_table(legs, lang),
        "dropped": dropped_frame(plan, lang),
        "crews": crews_frame(plan, lang),
        "figures": figures_table(plan, lang),
        "zones": zones_table(plan, zones, lang),
    }
    for name, frame in frames.items():
        table_sheet(book, name, frame, plan, lang)
    return stable_bytes(book, plan)


def stops_table(plan: Plan, lang: str) -> pd.DataFrame:
    """Return the schedule with the code, shift, section and place of each stop."""
    codes, tasks = stop_codes(plan), plan.tasks
    rows = [
        {
            "code": codes.get((shift["shift_id"], order)), "shift_id": shift["shift_id"],
            "section_id": tasks.get(stop["task_id"], {}).get("section_id", ""), "lon": stop["lon"], "lat": stop["lat"],
        }
        for shift in plan.shifts for order, stop in enumerate(shift["route"])
    ]  # fmt: skip
    own = pd.DataFrame(rows, columns=["code", "shift_id", "section_id", "lon", "lat"]).astype({"code": "Int64"})
    own.columns = [say(f"papers.column.{name}", lang) for name in own]
    return pd.concat([own.iloc[:, :1], schedule_frame(plan, lang), own.iloc[:, 1:]], axis=1)


def legs_table(legs: gpd.GeoDataFrame, lang: str) -> pd.DataFrame:
    """Return one row a leg with its WKT, or several where the line is long."""
    metres = legs.to_crs(legs.estimate_utm_crs()).length if len(legs) else pd.Series(dtype=float)
    rows = [
        {
            heading("date", lang): leg["date"], heading("crew_id", lang): leg["crew_id"],
            **_own(lang, shift_id=leg["shift_id"], to_order=leg["to_order"]),
            **_own(lang, part=number, way=say(f"papers.legend_{leg['kind']}", lang), metres=round(length), wkt=wkt),
        }
        for leg, length in zip(legs.to_dict("records"), metres, strict=True)
        for number, wkt in enumerate(_parts(leg["geometry"]), start=1)
    ]  # fmt: skip
    own = [say(f"papers.column.{name}", lang) for name in ("shift_id", "to_order", "part", "way", "metres", "wkt")]
    return pd.DataFrame(rows, columns=[heading("date", lang), heading("crew_id", lang), *own])


def _own(lang: str, **values: Any) -> dict[str, Any]:
    return {say(f"papers.column.{name}", lang): value for name, value in values.items()}


def _parts(line: Any) -> Iterator[str]:
    points = shapely.get_coordinates(line)
    for first in range(0, max(1, len(points) - 1), PART_POINTS):
        piece = ", ".join(f"{lon:.6f} {lat:.6f}" for lon, lat in points[first : first + PART_POINTS + 1])
        yield f"LINESTRING ({piece})"


def figures_table(plan: Plan, lang: str) -> pd.DataFrame:
    """Return the plan's totals, of all, by party, by kind and by day, one row each."""
    rows: list[tuple[str, float]] = []

    def add(values: dict[str, Any], where: str = "") -> None:
        for key, value in values.items():
            if isinstance(value, (int, float)):
                name = "work_hours" if key == "work_s" else key
                known = say(f"papers.figure.{name}", lang) if name in _FIGURES else text.clean(name)
                shown = round(value / 3600, 2) if key == "work_s" else value
                rows.append((f"{where}{say('papers.colon', lang)}{known}" if where else known, shown))

    figures = plan.figures
    add(figures)
    for name, table in (("party", figures.get("hours_by_party", {})), ("kind", figures.get("by_kind", {}))):
        for key, values in table.items():
            add(values, word(name, key, lang))
    for date, values in zip(_dates(plan), figures.get("by_day", ()), strict=False):
        add(values, date)
    return pd.DataFrame(rows, columns=[say(f"papers.column.{name}", lang) for name in ("figure", "value")])


_FIGURES = {
    "due", "planned", "dropped", "hours_needed", "hours_available", "mandatory_due", "mandatory_planned",
    "mandatory_weight", "mandatory_weight_planned", "value_ecm", "patrol_km", "drive_km", "walk_km", "available",
    "used", "shifts", "tasks", "work_hours",
}  # fmt: skip


def _dates(plan: Plan) -> list[str]:
    days = pd.date_range(plan.document["from"], periods=plan.document["days"])
    return [day.date().isoformat() for day in days]


def zones_table(plan: Plan, zones: pd.DataFrame, lang: str) -> pd.DataFrame:
    """Return one row a zone: its leader, what is planned and left out there, by how many shifts and hours."""
    tasks, planned, left = plan.tasks, Counter[str](), Counter[str]()
    seconds, crews = Counter[str](), dict[str, set[str]]()
    for shift in plan.shifts:
        for stop in shift["route"]:
            if stop["kind"] in TASK_STOPS:
                zone = tasks.get(stop["task_id"], {}).get("zone_id", "")
                planned[zone] += 1
                seconds[zone] += int(
                    (pd.Timestamp(stop["leave"]) - pd.Timestamp(stop["start_service"])).total_seconds()
                )
                crews.setdefault(zone, set()).add(shift["shift_id"])
    for item in plan.dropped:
        left[tasks.get(item["task_id"], {}).get("zone_id", "")] += 1
    known: dict[str, dict[str, Any]] = {
        str(row["zone_id"]): {str(key): value for key, value in row.items()}
        for row in zones.drop(columns="geometry", errors="ignore").to_dict("records")
    }
    ids = [*known, *sorted({*planned, *left} - {*known})]
    rows = [
        (
            zone, name_of(known.get(zone, {}), lang), known.get(zone, {}).get("leader", ""), planned[zone], left[zone],
            len(crews.get(zone, ())), round(seconds[zone] / 3600, 2),
        )
        for zone in ids
    ]  # fmt: skip
    names = ("zone_id", "zone_name", "leader", "planned", "left", "crews", "service_hours")
    return pd.DataFrame(rows, columns=[say(f"papers.column.{name}", lang) for name in names])

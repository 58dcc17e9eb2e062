"""A plan as frames that papers and exchange files are drawn from: stops, the ways between them, the lines patrolled.

Everything here is of a crew's own route; what a sheet must not hold (design, section 7) never gets into these frames:
a household in care is its code whatever label the plan has, a customer's asset is a mark and not an owner.
Texts are cleaned here; each writer quotes them for its format with :mod:`patrol.text`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from patrol import text
from patrol.plan import TASK_STOPS, Plan, decode_line, stop_codes
from patrol.reports.handheld import short_name
from patrol.words import say

WGS84 = "EPSG:4326"
SHIFT_COLUMNS = ["shift", "shift_id", "crew_id", "crew", "crew_zh", "party", "mode", "date"]
STOP_COLUMNS = [
    *SHIFT_COLUMNS, "order", "code", "kind", "name", "task_id", "label", "label_zh", "zone_id", "section_id",
    "hazard_id", "feeder_id", "first_pole", "last_pole", "direction", "arrive", "start_service", "leave", "way",
    "travel_s", "distance_m", "due", "overdue_days", "mandatory", "notice_only", "state", "lon", "lat",
]  # fmt: skip
LEG_COLUMNS = [*SHIFT_COLUMNS, "to_order", "kind", "to_name"]
LINE_COLUMNS = [*SHIFT_COLUMNS, "order", "code", "name", "task_id", "section_id", "direction"]


def stop_frame(plan: Plan, hazards: pd.DataFrame | None = None) -> gpd.GeoDataFrame:
    """Return one row a stop, start, break and end included, in the order of shifts and routes, as WGS84 points.

    Parameters
    ----------
    plan : Plan
    hazards : DataFrame, optional
        ``hazard_id, feeder_id, pole_no`` of the project's hazards: where a hazard's stop is, in a name.

    Returns
    -------
    GeoDataFrame
        :data:`STOP_COLUMNS`. ``shift`` is the number of the shift in the plan, ``code`` the short code of a stop with
        a task and 0 for others, ``first_pole, last_pole`` are in the order of walking, times ISO 8601 with offset,
        ``way`` is ``drive``, ``walk`` or empty.
    """
    codes, tasks, places = stop_codes(plan), plan.tasks, _hazard_places(hazards)
    rows = []
    for number, shift in enumerate(plan.shifts):
        ways = {leg["to"]: leg["kind"] for leg in shift["legs"]}
        for order, stop in enumerate(shift["route"]):
            task = tasks.get(stop["task_id"], {})
            code = codes.get((shift["shift_id"], order), 0)
            own = _own(task, stop, places)
            rows.append({
                **_shift(number, shift), "order": order, "code": code, "kind": task.get("kind", stop["kind"]),
                "name": _name(task, stop, code, own), "task_id": text.clean(stop["task_id"]), **_labels(task, stop),
                **own, **{key: stop[key] for key in ("direction", "arrive", "start_service", "leave", "lon", "lat")},
                "way": ways.get(order, ""), "travel_s": stop["travel_s"], "distance_m": stop["distance_m"],
                "due": text.clean(task.get("due")), "overdue_days": int(task.get("overdue_days") or 0),
                "mandatory": bool(task.get("mandatory")), "notice_only": bool(task.get("asset_owner")),
                "state": stop.get("state", ""), "zone_id": text.clean(task.get("zone_id")),
            })  # fmt: skip
    table = pd.DataFrame(rows, columns=STOP_COLUMNS)
    points = gpd.points_from_xy(table["lon"].astype(float), table["lat"].astype(float))
    return gpd.GeoDataFrame(table, geometry=points, crs=WGS84)


def leg_frame(plan: Plan, stops: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return one row a leg, WGS84 lines, :data:`LEG_COLUMNS`; ``to_order`` is the stop that it ends at."""
    names = dict(zip(zip(stops["shift"], stops["order"], strict=True), stops["name"], strict=True))
    rows, shapes = [], []
    for number, shift in enumerate(plan.shifts):
        for leg in shift["legs"]:
            to_name = names.get((number, leg["to"]), "")
            rows.append({**_shift(number, shift), "to_order": leg["to"], "kind": leg["kind"], "to_name": to_name})
            shapes.append(shapely.linestrings(decode_line(leg["line"])))
    return gpd.GeoDataFrame(pd.DataFrame(rows, columns=LEG_COLUMNS), geometry=shapes, crs=WGS84)


def line_frame(stops: gpd.GeoDataFrame, sections: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return one row a section that is patrolled, WGS84, drawn in the direction of walking, :data:`LINE_COLUMNS`.

    Parameters
    ----------
    sections : GeoDataFrame
        ``section_id`` and lines, any CRS; a section of the plan that is not among them has no row.
    """
    wanted = stops[stops["section_id"] != ""]
    own = sections[sections["section_id"].isin(wanted["section_id"])]
    shapes = dict(zip(own["section_id"], own.geometry.to_crs(WGS84) if len(own) else (), strict=True))
    kept = wanted[wanted["section_id"].isin(list(shapes))]
    drawn = [
        shapely.reverse(shapes[key]) if direction < 0 else shapes[key]
        for key, direction in zip(kept["section_id"], kept["direction"], strict=True)
    ]
    return gpd.GeoDataFrame(pd.DataFrame(kept[LINE_COLUMNS]).reset_index(drop=True), geometry=drawn, crs=WGS84)


def of_shift(frame: gpd.GeoDataFrame, number: int) -> gpd.GeoDataFrame:
    """Return the rows of one shift."""
    return frame[frame["shift"] == number].reset_index(drop=True)


def both_labels(row: Mapping[str, Any]) -> str:
    """Return a label in both languages on one line, once if they are the same."""
    parts = dict.fromkeys(part for part in (row["label_zh"], row["label"]) if part)
    return " / ".join(parts)


def clock(moment: str, day: str) -> str:
    """Return local ``HH:MM`` of an ISO time as it stands there, with ``+1`` after midnight."""
    return moment[11:16] + ("" if moment[:10] == day else " +1")


def _shift(number: int, shift: Mapping[str, Any]) -> dict[str, Any]:
    name = text.clean(shift["name"]) or text.clean(shift["name_zh"]) or text.clean(shift["crew_id"])
    return {
        "shift": number, "shift_id": text.clean(shift["shift_id"]), "crew_id": text.clean(shift["crew_id"]),
        "crew": name, "crew_zh": text.clean(shift["name_zh"]) or name, "party": shift["party"], "mode": shift["mode"],
        "date": shift["date"],
    }  # fmt: skip


def _labels(task: Mapping[str, Any], stop: Mapping[str, Any]) -> dict[str, str]:
    """Return both labels; of a household in care its code, whatever somebody wrote into the plan."""
    if task.get("visit_kind") == "care":
        code = _id_of(task, stop)
        return {"label": say("papers.care", "en", code=code), "label_zh": say("papers.care", "zh", code=code)}
    if stop["kind"] not in TASK_STOPS:
        return {"label": say(f"papers.{stop['kind']}", "en"), "label_zh": say(f"papers.{stop['kind']}", "zh")}
    one, other = text.clean(task.get("label")), text.clean(task.get("label_zh"))
    rest = text.clean(stop["task_id"])
    return {"label": one or other or rest, "label_zh": other or one or rest}


def _own(task: Mapping[str, Any], stop: Mapping[str, Any], places: Mapping[str, tuple[str, str]]) -> dict[str, Any]:
    """Return what line and poles a stop is at, the poles in the order of walking."""
    if task.get("kind") == "section":
        ends = (text.clean(task.get("first_pole")), text.clean(task.get("last_pole")))
        first, last = ends if stop["direction"] >= 0 else ends[::-1]
        ids = {"section_id": text.clean(task.get("section_id")), "feeder_id": text.clean(task.get("feeder_id"))}
        return {**ids, "hazard_id": "", "first_pole": first, "last_pole": last}
    hazard = _id_of(task, stop) if task.get("kind") == "hazard" else ""
    feeder, pole = places.get(hazard, ("", ""))
    return {"section_id": "", "feeder_id": feeder, "hazard_id": hazard, "first_pole": pole, "last_pole": pole}


def _id_of(task: Mapping[str, Any], stop: Mapping[str, Any]) -> str:
    """Return the project's own id of what is visited; a party's part of a joint task is named after the whole."""
    return text.clean(task.get("joint") or stop["task_id"]).partition(":")[2]


def _hazard_places(hazards: pd.DataFrame | None) -> dict[str, tuple[str, str]]:
    if hazards is None or hazards.empty:
        return {}
    columns = (hazards[name].map(text.clean) for name in ("hazard_id", "feeder_id", "pole_no"))
    return {key: (feeder, pole) for key, feeder, pole in zip(*columns, strict=True)}


def _name(task: Mapping[str, Any], stop: Mapping[str, Any], code: int, own: Mapping[str, Any]) -> str:
    if stop["kind"] not in TASK_STOPS:
        return {"start": "START", "end": "END"}.get(stop["kind"], "BREAK")
    if own["feeder_id"] or own["first_pole"]:
        return short_name(code, own["feeder_id"], own["first_pole"])
    return short_name(code, _id_of(task, stop))

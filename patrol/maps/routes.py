"""What of a plan is drawn: shifts, stops, routes and dropped tasks as WGS84 frames with short columns.

Times are minutes after midnight of the local clock, lengths kilometres; every row of stops and routes
names its shift by number, so that the page filters by day and crew. Texts are cleaned here: a lone
surrogate in a label is no text that every pandas can hold.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from patrol import text
from patrol.changes import Changes, Served
from patrol.maps.packing import WGS84
from patrol.maps.style import route_styles
from patrol.plan import Plan, decode_line

MAPPED = ("start", "section", "visit")  # stops with a button on the map; breaks and ends lie where others do

SHIFT_COLUMNS = ["date", "crew_id", "crew", "crew_zh", "party", "colour"]
STOP_COLUMNS = [
    "shift", "colour", "number", "kind", "arrive", "leave", "label", "label_zh", "crew", "crew_zh", "date", "party",
    "mode", "from_pole", "to_pole", "way", "km", "minutes", "due", "overdue", "must", "zone_id",
]  # fmt: skip
ROUTE_COLUMNS = ["shift", "style", "kind", "crew", "crew_zh", "date"]
DROPPED_COLUMNS = ["kind", "label", "label_zh", "reason", "due", "overdue", "must", "zone_id"]
CHANGE_COLUMNS = ["how", "kind", "label", "label_zh", "now", "before", "reason", "zone_id"]


def crew_colours(plan: Plan) -> dict[str, int]:
    """Return a colour number for each crew, the same on every day, in the order of crew ids."""
    return {crew: number for number, crew in enumerate(sorted({shift["crew_id"] for shift in plan.shifts}))}


def minutes(moment: str) -> int:
    """Return minutes after midnight of the local clock of an ISO 8601 time."""
    return int(moment[11:13]) * 60 + int(moment[14:16])


def shift_frame(plan: Plan) -> gpd.GeoDataFrame:
    """Return one row a shift, at the place where it sets out; the row number is what other frames call ``shift``."""
    colours = crew_colours(plan)
    rows = [
        {
            **_crew(shift),
            "crew_id": text.clean(shift["crew_id"]),
            "party": shift["party"],
            "colour": colours[shift["crew_id"]],
        }
        for shift in plan.shifts
    ]
    return _points(rows, [shift["route"][0] for shift in plan.shifts], SHIFT_COLUMNS)


def stop_frame(plan: Plan, codes: Mapping[tuple[str, int], int]) -> gpd.GeoDataFrame:
    """Return one row a stop of :data:`MAPPED`, in the order of shifts and routes.

    Parameters
    ----------
    codes : mapping
        Short codes (:func:`patrol.plan.stop_codes` of the whole plan, of which ``plan`` may be a part): ``number`` of a
        stop, 0 for where a crew sets out.
    """
    colours, tasks = crew_colours(plan), plan.tasks
    rows, places = [], []
    for number, shift in enumerate(plan.shifts):
        legs = {leg["to"]: leg["kind"] for leg in shift["legs"]}
        for at, stop in enumerate(shift["route"]):
            if stop["kind"] not in MAPPED:
                continue
            task = tasks.get(stop["task_id"], {})
            rows.append({
                **_crew(shift), "shift": number, "colour": colours[shift["crew_id"]], "party": shift["party"],
                "mode": shift["mode"], "number": codes.get((shift["shift_id"], at), 0),
                "kind": task.get("kind", stop["kind"]), "arrive": minutes(stop["arrive"]),
                "leave": minutes(stop["leave"]), "way": legs.get(at, ""), "km": round(stop["distance_m"] / 1000, 1),
                "minutes": round(stop["travel_s"] / 60), **_task(task), **_poles(stop, task),
            })  # fmt: skip
            places.append(stop)
    return _points(rows, places, STOP_COLUMNS)


def route_frame(plan: Plan, sections: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return one row a leg and one a patrolled section, in the order of travel and drawn that way round.

    Parameters
    ----------
    sections : GeoDataFrame
        WGS84, with ``section_id``; a section of the plan that is not in it is left out.
    """
    colours, tasks = crew_colours(plan), plan.tasks
    shapes_by_id = dict(zip(sections["section_id"], sections.geometry, strict=True)) if len(sections) else {}
    rows, shapes = [], []
    for number, shift in enumerate(plan.shifts):
        head = {**_crew(shift), "shift": number}
        colour = colours[shift["crew_id"]]
        for leg in shift["legs"]:
            rows.append({**head, "kind": leg["kind"], "style": route_styles(colour, leg["kind"])})
            shapes.append(shapely.linestrings(decode_line(leg["line"])))
        for stop in shift["route"]:
            shape = shapes_by_id.get(tasks.get(stop["task_id"], {}).get("section_id", ""))
            if shape is None:
                continue
            kind = "inspect" if stop["direction"] else "both_ways"
            rows.append({**head, "kind": kind, "style": route_styles(colour, kind)})
            shapes.append(shapely.reverse(shape) if stop["direction"] < 0 else shape)
    return gpd.GeoDataFrame(pd.DataFrame(rows, columns=ROUTE_COLUMNS), geometry=shapes, crs=WGS84)


def dropped_frame(plan: Plan) -> gpd.GeoDataFrame:
    """Return one row a task that was left out, with the code of its reason."""
    tasks = plan.tasks
    left = [(tasks[item["task_id"]], item["reason"]) for item in plan.dropped if item["task_id"] in tasks]
    rows = [{"kind": task["kind"], "reason": text.clean(code), **_task(task)} for task, code in left]
    return _points(rows, [task for task, _ in left], DROPPED_COLUMNS)


def change_frame(found: Changes | None, names: Mapping[str, str]) -> gpd.GeoDataFrame:
    """Return one row a task that another plan treats differently; none where there is no other plan.

    Parameters
    ----------
    names : mapping
        Name of each crew by id (:func:`crew_names`).
    """
    known = [one for one in found or () if {"lon", "lat"} <= one.task.keys()]
    rows = [
        {
            "how": one.how, "kind": one.task.get("kind", ""), "now": said_where(one.now, names),
            "before": said_where(one.before, names), "reason": text.clean(one.reason), **_task(one.task),
        }
        for one in known
    ]  # fmt: skip
    return _points(rows, [one.task for one in known], CHANGE_COLUMNS)


def said_where(place: Served | None, names: Mapping[str, str]) -> str:
    """Return day, time and crew of a task as both languages write them; empty for a task that is not done."""
    if place is None:
        return ""
    return f"{place.date} {place.start[11:16]} {names.get(place.crew_id, text.clean(place.crew_id))}"


def crew_names(plan: Plan, other: Plan | None = None) -> dict[str, str]:
    """Return the name of each crew of one plan or two by its id, in Chinese where there is one."""
    shifts = [*(other.shifts if other else []), *plan.shifts]
    return {shift["crew_id"]: text.clean(shift["name_zh"] or shift["name"] or shift["crew_id"]) for shift in shifts}


def section_plans(plan: Plan) -> pd.DataFrame:
    """Return by ``section_id`` when and by whom a section is patrolled first, or why it was left out."""
    tasks = plan.tasks
    rows: dict[str, dict[str, str]] = {}
    for item in plan.dropped:
        section = tasks.get(item["task_id"], {}).get("section_id")
        if section:
            rows[section] = {"when": "", "crew": "", "crew_zh": "", "reason": text.clean(item["reason"])}
    for shift in sorted(plan.shifts, key=lambda shift: str(shift["start"]), reverse=True):
        for stop in shift["route"]:
            section = tasks.get(stop["task_id"], {}).get("section_id")
            if section:
                crew = _crew(shift)
                when = f"{shift['date']} {stop['arrive'][11:16]}"
                rows[section] = {"when": when, "crew": crew["crew"], "crew_zh": crew["crew_zh"], "reason": ""}
    table = pd.DataFrame.from_dict(rows, orient="index", columns=["when", "crew", "crew_zh", "reason"])
    return table.rename_axis("section_id").sort_index()


def _crew(shift: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "crew": text.clean(shift["name"] or shift["crew_id"]),
        "crew_zh": text.clean(shift["name_zh"]),
        "date": shift["date"],
    }


def _task(task: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "label": text.clean(task.get("label")),
        "label_zh": text.clean(task.get("label_zh")),
        "due": text.clean(task.get("due")),
        "overdue": task.get("overdue_days") or None,
        "must": int(bool(task.get("mandatory"))),
        "zone_id": text.clean(task.get("zone_id")),
    }


def _poles(stop: Mapping[str, Any], task: Mapping[str, Any]) -> dict[str, Any]:
    first, last = text.clean(task.get("first_pole")), text.clean(task.get("last_pole"))
    if stop["kind"] != "section" or stop["direction"] == 0:
        return {"from_pole": "", "to_pole": ""}
    return dict(zip(("from_pole", "to_pole"), (first, last) if stop["direction"] > 0 else (last, first), strict=True))


def _points(rows: list[dict[str, Any]], places: list[Mapping[str, Any]], columns: list[str]) -> gpd.GeoDataFrame:
    lonlat = np.array([(place["lon"], place["lat"]) for place in places], dtype=float).reshape(-1, 2)
    table = pd.DataFrame(rows, columns=columns)
    if "overdue" in columns:
        table["overdue"] = pd.to_numeric(table["overdue"]).astype(float)
    return gpd.GeoDataFrame(table, geometry=shapely.points(lonlat), crs=WGS84)

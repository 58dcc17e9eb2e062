"""Pages to measure: an invented county of any number of spans as the planner's page, and as ``gdf.explore()``."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

import generator
from patrol.maps.overview import overview_map
from patrol.maps.packing import pack, to_wgs84
from patrol.plan import Plan, encode_line

ON = pd.Timestamp(generator.ON)
DAYS = 5
CREWS = 12
STOPS = 12
SPANS_A_FEEDER = 250
ROAD_M = 1_500.0
SIX = ["label", "risk_class", "ecm_per_fault", "last_patrol", "due", "feeder_id"]  # attributes of a span


def county(spans: int, hazards: int, seed: int = 1) -> dict[str, gpd.GeoDataFrame]:
    """Return the layers of the page: feeders as trees of 60 m spans, roads every 1.5 km, zones, hazards, equipment."""
    rng = np.random.default_rng(seed)
    stations = max(1, spans // (4 * SPANS_A_FEEDER))
    side = round(28 * np.sqrt(stations))
    size = generator.Size(side, stations, 4, hazards, (10, 6), 1, 0, CREWS)
    width = side * generator.ROAD_SPACING_M
    low = np.array(generator.CENTRE) - width / 2
    nodes, ends, _ = generator._feeders(size, low, width, rng)
    zones = generator._zones(size, low, width).assign(name_zh="", leader="", parent="")
    return {
        "sections": _spans(generator._lines(nodes, ends), zones, rng),
        "hazards": _hazards(generator._hazards(size, nodes, ends, rng), rng),
        "equipment": generator._equipment(nodes, rng),
        "poles": generator._poles(nodes),
        "zones": zones,
        "roads": _roads(low, width, rng),
        "places": _places(low, width, rng),
        "water": gpd.GeoDataFrame({"kind": []}, geometry=[], crs=generator.CRS),
    }


def _spans(lines: gpd.GeoDataFrame, zones: gpd.GeoDataFrame, rng: np.random.Generator) -> gpd.GeoDataFrame:
    """Return spans with what the page knows of sections; what is known is the same for eight spans on end."""
    count = len(lines)
    of = np.arange(count) // 8
    drawn = of[-1] + 1 if count else 0
    number = np.arange(count) % SPANS_A_FEEDER + 1
    feeder = lines["feeder_id"].astype(str)
    pole, after = (pd.Series(number + k).astype(str).str.zfill(3) for k in (0, 1))
    last = ON - pd.to_timedelta(rng.integers(5, 90, drawn)[of], unit="D")
    middle = lines.geometry.interpolate(0.5, normalized=True)
    where = gpd.GeoDataFrame(geometry=middle, crs=lines.crs).sjoin(zones[["zone_id", "geometry"]], how="left")
    return lines[["feeder_id", "geometry"]].assign(
        section_id=lines["line_id"], first_pole=pole, last_pole=after,
        label=feeder + " " + pole + "-" + after, label_zh=feeder + "线" + pole + "-" + after + "号杆",
        risk_class=rng.integers(1, 6, drawn)[of], risk_ecm_day=rng.gamma(1, 20, drawn)[of],
        ecm_per_fault=rng.gamma(2, 40_000, drawn)[of].round(), customers_interrupted=rng.integers(10, 900, drawn)[of],
        last_patrol=last, due=last + pd.Timedelta(days=75), assumed=False, critical=(rng.random(drawn) < 0.1)[of],
        length_m=generator.SPAN_M, zone_id=where[~where.index.duplicated()]["zone_id"].fillna(""),
    )  # fmt: skip


def _hazards(frame: gpd.GeoDataFrame, rng: np.random.Generator) -> gpd.GeoDataFrame:
    grade = np.array(["general", "serious", "emergency"])[rng.choice(3, len(frame), p=[0.6, 0.37, 0.03])]
    return frame.assign(
        hazard_class=grade, type_name=frame["type"], type_name_zh=frame["type"], party="villager", zone_id="",
        reported=pd.to_datetime(frame["reported"]), feeder_id="F0001", pole_no="001",
        state=np.array(["reported", "verified", "assigned"])[rng.integers(0, 3, len(frame))],
    )  # fmt: skip


def _roads(low: np.ndarray, width: float, rng: np.random.Generator) -> gpd.GeoDataFrame:
    at = np.arange(0, width, ROAD_M)
    steps = np.arange(0, width + 1, 300.0)
    lines = []
    for flip in (False, True):
        for offset in at:
            xy = np.column_stack([steps, np.full(len(steps), offset) + rng.normal(0, 15, len(steps))])
            lines.append(shapely.LineString(low + (xy[:, ::-1] if flip else xy)))
    kinds = np.array(["secondary", "tertiary", "unclassified"])[np.arange(len(lines)) % 3]
    return gpd.GeoDataFrame({"road_class": kinds, "name": "", "name_zh": ""}, geometry=lines, crs=generator.CRS)


def _places(low: np.ndarray, width: float, rng: np.random.Generator) -> gpd.GeoDataFrame:
    count = max(5, int((width / 8_000) ** 2))
    names = [f"Place {k}" for k in range(count)]
    points = shapely.points(low + rng.random((count, 2)) * width)
    frame = {"kind": np.where(np.arange(count) % 6, "village", "town"), "name": names, "name_zh": ""}
    return gpd.GeoDataFrame(frame, geometry=points, crs=generator.CRS)


def plan_of(layers: dict[str, gpd.GeoDataFrame], seed: int = 2) -> Plan:
    """Return a plan of five days, twelve crews and twelve stops each, on spans of the county drawn at random."""
    rng = np.random.default_rng(seed)
    frame = to_wgs84(layers["sections"].sample(min(len(layers["sections"]), 2_000), random_state=seed))
    rows = frame.sort_values("section_id").to_dict("records")
    tasks = {f"S:{row['section_id']}": _task(row) for row in rows}
    ids, places = iter(tasks), {key: (task["lon"], task["lat"]) for key, task in tasks.items()}
    shifts = [
        _shift(f"C{crew:02d}", (ON + pd.Timedelta(days=day)).date().isoformat(),
               [key for key, _ in zip(ids, range(STOPS), strict=False)], places)
        for day in range(DAYS) for crew in range(CREWS)
    ]  # fmt: skip
    left = [{"task_id": key, "reason": str(rng.choice(["outranked", "costs_more"]))} for key in ids]
    return Plan({
        "schema": "patrol-plan/1", "from": ON.date().isoformat(), "days": DAYS, "problem_sha256": "0" * 64,
        "inputs": {},
        "settings": {}, "engine": "default", "seed": seed, "iterations": 0, "stopped_by": "iterations",
        "project": {"name": "Invented county", "name_zh": "虚构县", "timezone": "Asia/Shanghai", "synthetic": True},
        "shifts": shifts, "tasks": tasks, "dropped": left, "figures": {}, "notes": [],
    })  # fmt: skip


def _task(row: dict[str, Any]) -> dict[str, Any]:
    lon, lat = (float(value) for value in shapely.get_coordinates(row["geometry"])[0].round(6))
    keys = ("section_id", "feeder_id", "first_pole", "last_pole", "label", "label_zh", "length_m", "zone_id")
    return {
        "kind": "section", "mandatory": 0, "lon": lon, "lat": lat, "due": row["due"].date().isoformat(),
        "overdue_days": 0, "assumed": False, **{key: row[key] for key in keys},
    }  # fmt: skip


def _shift(crew: str, day: str, ids: list[str], places: dict[str, tuple[float, float]]) -> dict[str, Any]:
    def stop(number: int, task_id: str, lonlat: tuple[float, float]) -> dict[str, Any]:
        clock = f"{day}T{8 + number // 4:02d}:{number % 4 * 15:02d}:00+08:00"
        kind = "section" if task_id else "start" if number == 0 else "end"
        return {
            "kind": kind, "task_id": task_id, "direction": 1 if task_id else 0, "option": 0, "arrive": clock,
            "start_service": clock, "leave": clock, "lon": lonlat[0], "lat": lonlat[1], "travel_s": 300,
            "distance_m": 3_000,
        }  # fmt: skip

    at = [places[key] for key in ids] or [(106.0, 38.8)]
    route = [stop(number, key, place) for number, (key, place) in enumerate(zip(["", *ids], [at[0], *at], strict=True))]
    route.append(stop(len(route), "", at[0]))
    legs = [
        {"to": k, "kind": "drive", "line": encode_line([(a["lon"], a["lat"]), (b["lon"], b["lat"])])}
        for k, (a, b) in enumerate(pairwise(route), start=1)
    ]
    return {
        "shift_id": f"{day}/{crew}", "crew_id": crew, "name": f"Crew {crew}", "name_zh": f"{crew}班",
        "party": "enterprise", "mode": "vehicle", "people": 2, "profile": "vehicle-crew", "date": day,
        "start": route[0]["arrive"], "end": route[-1]["leave"], "route": route, "legs": legs, "travel_s": 3600,
        "service_s": 9000, "wait_s": 0, "break_s": 0, "distance_m": 39_000, "walk_m": 0,
    }  # fmt: skip


def ours(layers: dict[str, gpd.GeoDataFrame]) -> str:
    """Return the planner's page."""
    return overview_map(plan_of(layers), **layers, lang="en")


def explored(layers: dict[str, gpd.GeoDataFrame]) -> str:
    """Return the same spans and hazards by ``gdf.explore()``, with the same six attributes on a tap."""
    spans = layers["sections"][[*SIX, "geometry"]].copy()
    points = layers["hazards"][["type", "hazard_class", "state", "reported", "geometry"]].copy()
    for frame in (spans, points):
        for name in frame.select_dtypes("datetime"):
            frame[name] = frame[name].dt.strftime("%Y-%m-%d")
    base = spans.explore(column="risk_class", tooltip=SIX, popup=True, tiles=None, legend=False)  # a legend asks for d3
    return str(points.explore(m=base, color="red").get_root().render())


def bytes_a_row(layers: dict[str, gpd.GeoDataFrame]) -> dict[str, float]:
    """Return what a span with six attributes and a hazard take in a page, base64 and all."""
    spans, points = to_wgs84(layers["sections"]), to_wgs84(layers["hazards"])
    shown = ["type", "hazard_class", "state", "reported", "feeder_id", "pole_no"]
    return {
        "span_with_6_attributes": round(len(pack(spans, SIX, shape="line")) / len(spans), 2),
        "hazard": round(len(pack(points, shown, shape="point")) / len(points), 2),
    }

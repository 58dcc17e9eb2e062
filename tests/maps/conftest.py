"""An invented county with a plan, and frames in a metric CRS as the loader gives them."""

import base64
import copy
import json
import re
import zlib
from dataclasses import dataclass, field, replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from patrol.hazards.taxonomy import load_types
from patrol.maps.field_page import field_page
from patrol.maps.overview import overview_map
from patrol.plan import Plan, encode_line

UTM = "EPSG:32648"
DAYS = ("2024-08-16", "2024-08-17", "2024-08-18")
PARTIES = (("enterprise", "vehicle"), ("government", "ebike"), ("villager", "foot"), ("fire", "vehicle"))
LAYERS = ("sections", "roads", "zones", "places", "water", "hazards", "equipment")
TYPES = (
    ("A01", "Bird nest on pole", "杆塔鸟窝", "serious"),
    ("F02", "Dry grass under the line", "线下杂草堆积", "serious"),
    ("E09", "Fishing under the line", "线下垂钓", "emergency"),
    ("S14", "Missing warning sign", "警示牌缺失", "general"),
)
VILLAGES = ("新建村", "姚伏镇", "通伏乡", "渠口乡", "灵沙乡", "头闸镇", "宝丰镇", "黄渠桥镇", "前进村", "永华村")


@dataclass(frozen=True)
class World:
    plan: Plan
    frames: dict
    other: Plan | None = None
    made: dict = field(default_factory=dict, init=False)

    def page(self, lang="zh"):
        """Return the page of this world, rendered once."""
        if lang not in self.made:
            self.made[lang] = overview_map(self.plan, **self.frames, against=self.other, lang=lang)
        return self.made[lang]


def frame(columns, shapes):
    return gpd.GeoDataFrame(pd.DataFrame(columns, index=range(len(shapes))), geometry=list(shapes), crs=UTM)


def sections_of(rng, feeders=6, each=26):
    rows, shapes = [], []
    for f in range(feeders):
        at, heading = np.array([633000.0 + 3500 * (f % 3), 4303000.0 + 9000 * (f // 3)]), rng.uniform(0, 6.28)
        for k in range(each):
            heading += rng.normal(0, 0.25)
            step = np.array([np.cos(heading), np.sin(heading)]) * rng.uniform(300, 480)
            bend = at + step / 2 + rng.normal(0, 12, 2)
            shapes.append(shapely.LineString([at, bend, at + step]))
            first, last = f"{k * 8 + 1:03d}", f"{k * 8 + 9:03d}"
            names = {"label": f"Line {10 + f} {first}-{last}", "label_zh": f"1{f}号渠线{first}-{last}号杆"}
            rows.append(
                {
                    "section_id": f"L{f}-{k:03d}",
                    "feeder_id": f"L{f}",
                    "first_pole": first,
                    "last_pole": last,
                    **names,
                    "length_m": shapes[-1].length,
                    "zone_id": f"Z{f % 4}",
                }
            )
            at = at + step
    table = pd.DataFrame(rows)
    n = len(table)
    table["risk_class"] = rng.integers(1, 6, n)
    table["ecm_per_fault"] = rng.gamma(2, 4000, n)
    table["customers_interrupted"] = rng.integers(20, 900, n)
    table["last_patrol"] = pd.Timestamp("2024-05-01") + pd.to_timedelta(rng.integers(0, 90, n), unit="D")
    table.loc[::17, "last_patrol"] = pd.NaT
    table["due"] = table["last_patrol"].fillna(pd.Timestamp("2024-05-20")) + pd.Timedelta(days=90)
    table["assumed"] = table["last_patrol"].isna()
    return frame(table, shapes)


def base_frames(rng, sections):
    x0, y0, x1, y1 = sections.total_bounds
    xs, ys = np.linspace(x0 - 2000, x1 + 2000, 9), np.linspace(y0 - 2000, y1 + 2000, 8)
    roads = [shapely.LineString([(x, ys[0]), (x + 300, ys[-1])]) for x in xs]
    roads += [shapely.LineString([(xs[0], y), (xs[-1], y - 200)]) for y in ys]
    kinds = [("primary", "secondary", "unclassified", "track")[i % 4] for i in range(len(roads))]
    names = [f"Road {i}" for i in range(len(roads))]
    grid = [
        shapely.box(a, b, a + (x1 - x0) / 2, b + (y1 - y0) / 2)
        for a in (x0, (x0 + x1) / 2)
        for b in (y0, (y0 + y1) / 2)
    ]
    zone = {
        "zone_id": [f"Z{i}" for i in range(4)],
        "name": [f"Zone {i}" for i in range(4)],
        "name_zh": [f"第{i}网格" for i in range(4)],
        "leader": ["王", "李", "马", "杨"],
        "parent": "",
    }
    at = shapely.points(rng.uniform([x0, y0], [x1, y1], (len(VILLAGES), 2)))
    places = {
        "kind": ["town" if "镇" in v else "village" for v in VILLAGES],
        "name": [f"Village {i}" for i in range(len(VILLAGES))],
        "name_zh": list(VILLAGES),
    }
    canal = [shapely.LineString([(x0, y), ((x0 + x1) / 2, y + 900), (x1, y + 300)]) for y in (y0 + 1500, y1 - 3000)]
    ends = sections.groupby("feeder_id").head(1)
    spots = [*ends.geometry.interpolate(0), *sections.geometry.interpolate(0.5, normalized=True)[::3]]
    kind = ["substation"] * len(ends) + [("transformer", "switch", "tie")[i % 3] for i in range(len(spots) - len(ends))]
    gear = {
        "kind": kind,
        "feeder_id": "L0",
        "normally_open": [k == "tie" for k in kind],
        "capacity_kva": 100.0,
        "name": [f"{k} {i}" for i, k in enumerate(kind)],
        "name_zh": "",
    }
    return {
        "roads": frame({"road_class": kinds, "name": names, "name_zh": [f"{i}号路" for i in range(len(roads))]}, roads),
        "zones": frame(zone, grid),
        "places": frame(places, at),
        "water": frame({"kind": "canal", "name": "Canal", "name_zh": "唐徕渠"}, canal),
        "equipment": frame(gear, spots),
    }


def hazards_of(rng, sections, n=60):
    near = sections.geometry.iloc[rng.integers(0, len(sections), n)].interpolate(rng.uniform(0, 1, n), normalized=True)
    kind = rng.integers(0, len(TYPES), n)
    return frame(
        {
            "hazard_id": [f"H{i:04d}" for i in range(n)],
            "type": [TYPES[k][0] for k in kind],
            "type_name": [TYPES[k][1] for k in kind],
            "type_name_zh": [TYPES[k][2] for k in kind],
            "zone_id": [f"Z{i % 4}" for i in range(n)],
            "hazard_class": [TYPES[k][3] for k in kind],
            "reported": pd.Timestamp("2024-07-01") + pd.to_timedelta(rng.integers(0, 40, n), unit="D"),
            "party": "villager",
            "state": [("reported", "verified", "closed")[i % 3] for i in range(n)],
            "feeder_id": "L1",
            "pole_no": [f"{i:03d}" for i in range(n)],
            "description": [f"near house {i}, 约 3 米" for i in range(n)],
        },
        near.to_numpy(),
    )


def clock(day, minute):
    return f"{day}T{minute // 60:02d}:{minute % 60:02d}:00+08:00"


def shift_of(number, day, crew, rows, tasks):
    party, mode = PARTIES[crew % 4]
    depot = rows[0]["start"]
    minute, route, legs = 510, [], []

    def stop(kind, task_id, lonlat, direction, travel, work):
        nonlocal minute
        minute += travel
        route.append(
            {
                "kind": kind,
                "task_id": task_id,
                "direction": direction,
                "option": 0 if task_id else -1,
                "arrive": clock(day, minute),
                "start_service": clock(day, minute),
                "leave": clock(day, minute + work),
                "lon": lonlat[0],
                "lat": lonlat[1],
                "travel_s": travel * 60,
                "distance_m": travel * 600,
            }
        )
        minute += work

    stop("start", "", depot, 0, 0, 0)
    at = depot
    for k, row in enumerate(rows):
        direction = (1, -1, 0)[k % 3] if row["kind"] == "section" else 0
        entry, leave = (row["end"], row["start"]) if direction < 0 else (row["start"], row["end"])
        corner = (entry[0], at[1])
        legs.append(
            {"to": len(route), "kind": "walk" if mode == "foot" else "drive", "line": encode_line([at, corner, entry])}
        )
        stop("section" if row["kind"] == "section" else "visit", row["task_id"], entry, direction, 6, 14)
        at = leave
    stop("break", "", at, 0, 0, 15)
    legs.append({"to": len(route), "kind": "drive", "line": encode_line([at, (depot[0], at[1]), depot])})
    stop("end", "", depot, 0, 8, 0)
    return {
        "shift_id": f"{day}/C{crew:02d}",
        "crew_id": f"C{crew:02d}",
        "name": f"Crew {crew}",
        "name_zh": f"第{crew}班",
        "party": party,
        "mode": mode,
        "people": 2,
        "profile": mode,
        "date": day,
        "start": clock(day, 510),
        "end": clock(day, minute),
        "route": route,
        "legs": legs,
        "travel_s": 3000,
        "service_s": 6000,
        "wait_s": 0,
        "break_s": 900,
        "distance_m": 30000,
        "walk_m": 0,
    }


def document_of(rng, frames, crews=8):
    sections = frames["sections"].to_crs(4326)
    rows, tasks = [], {}
    for row in sections.to_dict("records"):
        ends = shapely.get_coordinates(row["geometry"])[[0, -1]].round(6).tolist()
        task_id = f"S:{row['section_id']}"
        rows.append({"kind": "section", "task_id": task_id, "start": ends[0], "end": ends[1]})
        tasks[task_id] = {
            "kind": "section",
            "zone_id": row["zone_id"],
            "mandatory": int(len(rows) % 9 == 0),
            "lon": ends[0][0],
            "lat": ends[0][1],
            "due": row["due"].date().isoformat(),
            "overdue_days": 5 * (len(rows) % 3),
            "assumed": bool(row["assumed"]),
            **{k: row[k] for k in ("section_id", "feeder_id", "first_pole", "last_pole", "label", "label_zh")},
        }
    for row in frames["hazards"].to_crs(4326).head(12).to_dict("records"):
        spot = [round(row["geometry"].x, 6), round(row["geometry"].y, 6)]
        task_id = f"H:{row['hazard_id']}"
        rows.append({"kind": "hazard", "task_id": task_id, "start": spot, "end": spot})
        tasks[task_id] = {
            "kind": "hazard",
            "label": f"{row['type_name']}, Line {row['pole_no']}",
            "label_zh": f"{row['type_name_zh']},{row['pole_no']}号杆",
            "zone_id": "Z0",
            "mandatory": 0,
            "lon": spot[0],
            "lat": spot[1],
            "due": "2024-08-20",
            "overdue_days": 0,
        }
    shifts, place = [], 0
    for day in DAYS:
        for crew in range(crews):
            shifts.append(shift_of(len(shifts), day, crew, rows[place : place + 5], tasks))
            place += 5
    left = [
        {"task_id": row["task_id"], "reason": ("outranked", "costs_more", "no_party")[i % 3]}
        for i, row in enumerate(rows[place:])
    ]
    hours = {party: {"available": 20.0, "used": 17.5, "shifts": 6} for party, _ in PARTIES}
    first = rows[0]["task_id"]
    return {
        "schema": "patrol-plan/1",
        "from": DAYS[0],
        "days": len(DAYS),
        "problem_sha256": "0" * 64,
        "inputs": {},
        "settings": {},
        "project": {
            "name": "Pingluo (invented)",
            "name_zh": "平罗（虚构）",
            "timezone": "Asia/Shanghai",
            "synthetic": True,
        },
        "engine": "ortools",
        "seed": 1,
        "iterations": 10,
        "stopped_by": "iterations",
        "shifts": shifts,
        "tasks": tasks,
        "dropped": left,
        "figures": {
            "hours_needed": 112.4,
            "hours_available": 80.0,
            "due": len(rows),
            "planned": place,
            "dropped": len(left),
            "hours_by_party": hours,
            "by_zone": by_zone(),
            "patrol_km": 41.2,
            "drive_km": 310.5,
            "walk_km": 28.0,
        },
        "notes": [
            {
                "code": "call_now",
                "task_id": first,
                "label": "Fire, Line 10 003",
                "label_zh": "山火,10号渠线003号杆",
                "numbers": {"power": "95598", "fire": "119"},
            },
            {"code": "assumed_due", "count": 9},
            {"code": "travel.no_roads", "text": "no roads: straight lines"},
        ],
    }


def by_zone():
    needed = {"Z0": 40.0, "Z1": 24.0, "Z2": 20.0, "Z3": 10.0}
    km = {"km_due": 10.0, "km_due_planned": 2.5, "km_planned": 4.0}
    return {
        zone: {"tasks": 30, "planned": 12, "hours_needed": hours, "hours_planned": 18.0, "hours_available": 20.0, **km}
        for zone, hours in needed.items()
    }


def another_plan(plan):
    """Return a plan in which one task comes later, one is done that this one leaves out, and one is left out."""
    document = copy.deepcopy(plan.document)
    first = document["shifts"][0]["route"]
    for key in ("arrive", "start_service", "leave"):
        first[1][key] = first[1][key].replace("T08", "T16").replace("T09", "T16")
    first[2] = {**first[2], "task_id": document["dropped"].pop()["task_id"]}  # what was third here is not done
    document["dropped"].append({"task_id": plan.shifts[0]["route"][2]["task_id"], "reason": "outranked"})
    return Plan(document)


def make_world(seed=5):
    rng = np.random.default_rng(seed)
    sections = sections_of(rng)
    frames = {"sections": sections, **base_frames(rng, sections), "hazards": hazards_of(rng, sections)}
    return World(Plan(document_of(rng, frames)), frames)


@pytest.fixture(scope="session")
def world():
    return make_world()


@pytest.fixture(scope="session")
def changed_world(world):
    """The same world with another plan to compare with, and with poles."""
    sections = world.frames["sections"]
    poles = frame(
        {"feeder_id": sections["feeder_id"], "pole_no": sections["first_pole"], "branch": "", "type": ""},
        shapely.get_point(sections.geometry.to_numpy(), 0),
    )
    return World(world.plan, {**world.frames, "poles": poles}, another_plan(world.plan))


@pytest.fixture(scope="session")
def large_world():
    """A county large enough for levels of detail; of its sections only number 2000 is overdue, and it is left out."""
    rng = np.random.default_rng(7)
    sections = sections_of(rng, feeders=42, each=110).assign(due=pd.Timestamp("2025-06-01"), risk_class=1)
    sections.loc[2_000, "due"] = pd.Timestamp("2024-05-01")
    frames = {**base_frames(rng, sections), "hazards": hazards_of(rng, sections), "sections": sections}
    return World(Plan({**document_of(rng, frames), "shifts": [], "dropped": []}), frames)


@pytest.fixture(scope="session")
def empty_world(world):
    """A plan without shifts, tasks or inputs."""
    document = {**world.plan.document, "shifts": [], "tasks": {}, "dropped": [], "notes": [], "figures": {}}
    return replace(world, plan=Plan(document), frames={name: rows.iloc[:0] for name, rows in world.frames.items()})


def stop_rows(frames, sections, hazards):
    """Rows for ``shift_of``: sections walked from end to end, hazards visited on their spot."""
    rows = []
    for row in frames["sections"].to_crs(4326).head(sections).to_dict("records"):
        ends = shapely.get_coordinates(row["geometry"])[[0, -1]].round(6).tolist()
        rows.append({"kind": "section", "task_id": f"S:{row['section_id']}", "start": ends[0], "end": ends[1]})
    for row in frames["hazards"].to_crs(4326).head(hazards).to_dict("records"):
        spot = [round(row["geometry"].x, 6), round(row["geometry"].y, 6)]
        rows.append({"kind": "hazard", "task_id": f"H:{row['hazard_id']}", "start": spot, "end": spot})
    return rows


def field_world_of(world):
    """The invented county with a crew that has twelve stops, one of them shared and one leg walked: (plan, given)."""
    document = json.loads(json.dumps(world.plan.document))
    shift = shift_of(0, DAYS[0], 0, stop_rows(world.frames, 10, 2), document["tasks"])
    shift["legs"][3]["kind"] = "walk"
    shift["route"][2]["joint"] = {
        "id": "J1", "state": "confirmed", "with": ["C01", "fire"], "at": clock(DAYS[0], 600),
        "confirmed": {"fire": "2024-08-15"},
    }  # fmt: skip
    shift["route"][3]["aid"] = {"zones": ["Z3", "Z2"], "why": "no_room"}
    document["shifts"][0] = shift
    types = load_types()
    poles = world.frames["sections"].geometry.interpolate(0).to_crs(UTM)
    first = [f"{i:03d}" for i in range(len(poles))]
    frames = world.frames | {"poles": frame({"feeder_id": "L0", "pole_no": first, "branch": "", "type": ""}, poles)}
    named = [("V01", "A01"), ("A01",)]
    ids = list(world.frames["sections"]["section_id"])
    likely = pd.DataFrame({"enterprise": [named[i % 2] for i in range(len(ids))]}, index=ids)
    numbers = {"power": "95598", "fire": "119"}
    return Plan(document), {**frames, "types": types, "likely": likely, "numbers": numbers}


@pytest.fixture(scope="session")
def field_world(world):
    return field_world_of(world)


@pytest.fixture(scope="session")
def field_html(field_world):
    """The field page of twelve stops, in Chinese."""
    plan, given = field_world
    return field_page(plan, plan.shifts[0]["shift_id"], **given, lang="zh")


def blocks_of(page):
    """Everything packed in a page, inflated, by the name of its block; a long one stands in several pieces."""
    packed = {}
    for name, data in re.findall(r'<script type="text/plain" data-of="([^"]+)">([^<]*)</script>', page):
        packed[name] = packed.get(name, "") + data
    return {name: zlib.decompress(base64.b64decode(data)) for name, data in packed.items()}


@pytest.fixture(scope="session")
def inflated():
    return blocks_of

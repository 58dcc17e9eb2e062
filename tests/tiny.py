"""A tiny project in a temporary folder: one feeder with a branch and a tie, a road, three crews.

Everything is a table or GeoJSON in WGS84, written by plain code, so that tests can change one thing.
"""

import csv
import json

LON, LAT = 106.60, 38.90
DX, DY = 1 / 86_700, 1 / 111_000  # degrees a metre, nearly, at 38.9 N


def at(x, y):
    """Return lon, lat of metres east and north of the substation."""
    return round(LON + x * DX, 7), round(LAT + y * DY, 7)


def feature(kind, points, **properties):
    coordinates = [list(at(*p)) for p in points]
    if kind == "Point":
        coordinates = coordinates[0]
    if kind == "Polygon":
        coordinates = [coordinates]
    return {"type": "Feature", "geometry": {"type": kind, "coordinates": coordinates}, "properties": properties}


def geojson(path, features):
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False), "utf-8")


def table(path, rows):
    with path.open("w", newline="", encoding="utf-8-sig") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def trunk():
    return [(x, 0) for x in range(0, 3001, 60)]


def branch():
    return [(1500, y) for y in range(0, 1201, 60)]


def poles():
    rows = []
    for number, (x, y) in enumerate(trunk()[1:], start=1):
        lon, lat = at(x, y)
        rows.append({"feeder_id": "F1", "pole_no": f"{number:03d}", "branch": "", "lon": lon, "lat": lat})
    for number, (x, y) in enumerate(branch()[1:], start=1):
        lon, lat = at(x, y)
        rows.append({"feeder_id": "F1", "pole_no": f"025-{number:02d}", "branch": "北支", "lon": lon, "lat": lat})
    return rows


def equipment():
    def one(x, y, kind, **more):
        lon, lat = at(x, y)
        row = {
            "kind": kind,
            "feeder_id": "F1",
            "customers": "",
            "important": "",
            "normally_open": "",
            "lon": lon,
            "lat": lat,
        }
        return {**row, **more}

    return [
        one(0, 0, "substation", feeder_id=""),
        one(0, 0, "breaker"),
        one(900, 0, "switch"),
        one(600, 0, "transformer", customers=40),
        one(1800, 0, "transformer", customers=60),
        one(2880, 0, "transformer", customers=30, important="1"),
        one(1500, 900, "transformer", customers=80),
    ]


def crews():
    def one(crew_id, party, mode, x, y, **more):
        lon, lat = at(x, y)
        row = {
            "crew_id": crew_id, "party": party, "mode": mode, "start_lon": lon, "start_lat": lat, "shift_start": "08:00",
            "shift_end": "12:00", "name_zh": crew_id + "班", "people": 2, "max_walk_km": "", "skills": "", "zones": "",
            "break_earliest": "", "break_latest": "", "break_minutes": 0,
        }  # fmt: skip
        return {**row, **more}

    return [
        one("E1", "enterprise", "vehicle", 0, 200),
        one(
            "E2",
            "enterprise",
            "vehicle",
            0,
            200,
            people=1,
            break_earliest="09:30",
            break_latest="10:30",
            break_minutes=20,
        ),
        one("G1", "government", "ebike", 1500, 1300, people=1),
        one("V1", "villager", "foot", 1600, 700, people=1, max_walk_km=5, shift_end="10:00"),
    ]


def hazards():
    def one(number, x, y, kind, **more):
        lon, lat = at(x, y)
        row = {
            "hazard_id": f"HZ{number}", "type": kind, "reported": "2024-08-10", "party": "villager", "state": "reported",
            "feeder_id": "F1", "pole_no": "", "description": "{{7*7}} <b>鸟窝</b>", "lon": lon, "lat": lat,
        }  # fmt: skip
        return {**row, **more}

    return [
        one(1, 620, 5, "A01", pole_no="010"),
        one(2, 1500, 905, "V01", state="verified"),
        one(3, 2400, 5, "F01", reported="2024-08-16"),
        one(4, 300, 5, "S01", state="closed"),
    ]


def patrols():
    def one(day, first="", last="", feeder="F1"):
        return {"date": day, "feeder_id": feeder, "first_pole": first, "last_pole": last}

    return [one("2024-03-01"), one("2024-07-20", "001", "025"), one("2024-05-20", "025-01", "025-20")]


TOML = """config_version = 1
name = "Tiny"
name_zh = "小样"
timezone = "Asia/Shanghai"
crs = "EPSG:4545"
synthetic = true

[inputs]
lines = "lines.geojson"
roads = "roads.geojson"
zones = "zones.geojson"
crews = "crews.csv"
patrols = "patrols.csv"
[inputs.poles]
path = "poles.csv"
crs = "EPSG:4326"
[inputs.equipment]
path = "equipment.csv"
crs = "EPSG:4326"
[inputs.hazards]
path = "hazards.csv"
crs = "EPSG:4326"
[inputs.service_points]
path = "service_points.csv"
crs = "EPSG:4326"

[settings.solver]
iterations = 30
"""


def write_tiny(folder):
    """Write the project and return its folder."""
    folder.mkdir(parents=True, exist_ok=True)
    head = {"feeder_id": "F1", "name": "Chengguan line", "name_zh": "城关线", "voltage_kv": 10}
    geojson(
        folder / "lines.geojson",
        [feature("LineString", trunk(), line_id="L1", **head), feature("LineString", branch(), line_id="L2", **head)],
    )
    geojson(
        folder / "roads.geojson",
        [
            feature("LineString", [(-200, 120), (0, 120), (1500, 120), (3200, 120)], highway="tertiary"),
            feature("LineString", [(0, 120), (0, 300)], highway="residential"),
            feature("LineString", [(1500, 120), (1500, 700)], highway="track"),
        ],
    )
    west, east = [(-500, -500), (1400, -500), (1400, 2000), (-500, 2000), (-500, -500)], [
        (1400, -500), (3500, -500), (3500, 2000), (1400, 2000), (1400, -500)
    ]  # fmt: skip
    geojson(folder / "zones.geojson", [
        feature("Polygon", west, zone_id="Z1", name_zh="西网格", leader="王"),
        feature("Polygon", east, zone_id="Z2", name_zh="东网格", leader="李"),
    ])  # fmt: skip
    lon, lat = at(1600, 600)
    table(folder / "service_points.csv", [
        {"point_id": "P1", "kind": "station", "interval_days": 7, "minutes": 20, "opens": "09:00", "closes": "11:00", "name_zh": "服务站", "lon": lon, "lat": lat},
        {"point_id": "C1", "kind": "care", "interval_days": 30, "minutes": 15, "opens": "", "closes": "", "name_zh": "张家", "lon": lon, "lat": lat},
    ])  # fmt: skip
    for name, rows in (
        ("poles", poles()),
        ("equipment", equipment()),
        ("crews", crews()),
        ("hazards", hazards()),
        ("patrols", patrols()),
    ):
        table(folder / f"{name}.csv", rows)
    (folder / "project.toml").write_text(TOML, "utf-8")
    return folder

"""Templates of every input: a tiny invented feeder that loads and plans, to be replaced by real data."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from typing import Any

from patrol.layers.project_file import INPUT_NOTES
from patrol.layers.schema import SCHEMAS, Column

LON, LAT = 106.54, 38.91  # near Pingluo; the place is real, all else is invented
_DX, _DY = 1 / 86_600, 1 / 111_000  # degrees a metre, nearly, at this latitude
FEEDER = "EX1"
_EXAMPLE, _EXAMPLE_ZH = "EXAMPLE - replace", "示例-请替换"
_NAMES = {"name": _EXAMPLE, "name_zh": _EXAMPLE_ZH}
TRUNK = [(60.0 * i, 0.0) for i in range(11)]  # from the substation, poles 1 .. 10
BRANCH = [(300.0, 55.0 * i) for i in range(5)]  # from pole 5
AS_GEOJSON = ("lines", "roads", "zones", "water")
Row = dict[str, Any]


def _place(x: float, y: float) -> tuple[float, float]:
    return round(LON + x * _DX, 7), round(LAT + y * _DY, 7)


def _at(x: float, y: float) -> Row:
    lon, lat = _place(x, y)
    return {"lon": lon, "lat": lat}


def _poles() -> list[Row]:
    rows = [
        {"feeder_id": FEEDER, "pole_no": f"{i:03d}", "branch": "", "parent_pole": f"{i - 1:03d}" if i > 1 else "",
         "type": "concrete", **_at(*xy)} for i, xy in enumerate(TRUNK[1:], 1)
    ]  # fmt: skip
    rows += [
        {"feeder_id": FEEDER, "pole_no": str(i), "branch": "北支线", "parent_pole": str(i - 1) if i > 1 else "005",
         "type": "concrete", **_at(*xy)} for i, xy in enumerate(BRANCH[1:], 1)
    ]  # fmt: skip
    return rows


def _equipment() -> list[Row]:
    def one(name: str, kind: str, xy: tuple[float, float], **more: Any) -> Row:
        return {"equipment_id": name, "kind": kind, "feeder_id": FEEDER, **_NAMES, **more, **_at(*xy)}

    return [
        one("EX-S1", "substation", TRUNK[0], feeder_id=""),
        one("EX-B1", "breaker", TRUNK[0], automated=True),
        one("EX-K1", "switch", TRUNK[6], normally_open=False),
        one("EX-T1", "transformer", TRUNK[10], customers=45, capacity_kva=100),
        one("EX-T2", "transformer", BRANCH[4], capacity_kva=200, important="pump"),
    ]


def _crews() -> list[Row]:
    def one(crew: str, party: str, mode: str, xy: tuple[float, float], **more: Any) -> Row:
        lon, lat = _place(*xy)
        base = {"crew_id": crew, "party": party, "mode": mode, "start_lon": lon, "start_lat": lat, "people": 2}
        return {**base, "weekdays": "1234567", "placeholder": True, **_NAMES, **more}

    station = (-200.0, -40.0)
    end_lon, end_lat = _place(*station)
    return [
        one("EX-E", "enterprise", "vehicle", station, shift_start="08:30", shift_end="17:00", end_lon=end_lon,
            end_lat=end_lat, break_earliest="11:30", break_latest="13:30", break_minutes=60, skills="drone",
            zones="EX-Z1", max_walk_km=8, max_drive_km=80, cost_per_hour=60),
        one("EX-G", "government", "ebike", (700, -40), shift_start="08:30", shift_end="12:00"),
        one("EX-F", "fire", "vehicle", station, shift_start="14:00", shift_end="17:30"),
        one("EX-V", "villager", "foot", (650, 250), people=1, shift_start="08:00", shift_end="09:00", max_walk_km=4),
    ]  # fmt: skip


def example_rows() -> dict[str, list[Row]]:
    """Return the rows of every template: points with ``lon, lat``, GeoJSON kinds with ``geometry`` (metres)."""
    line = {"feeder_id": FEEDER, **_NAMES, "voltage_kv": 10.0, "placement": "overhead", "region_class": "rural",
            "condition": 4.0, "install_year": 2010, "owner": "example"}  # fmt: skip
    box = [(-400.0, -400.0), (1000.0, -400.0), (1000.0, 600.0), (-400.0, 600.0), (-400.0, -400.0)]
    visit = {"minutes": 20, "parties": "enterprise", "skills": "", **_NAMES, **_at(650, 240)}
    return {
        "lines": [
            {"line_id": "EX-L1", **line, "geometry": TRUNK},
            {"line_id": "EX-L2", **line, "geometry": BRANCH},
        ],
        "poles": _poles(),
        "equipment": _equipment(),
        "roads": [
            {"road_class": "tertiary", "speed_kmh": 40.0, "oneway": "", "surface": "asphalt", **_NAMES,
             "geometry": [(-300.0, -40.0), (300.0, -40.0), (900.0, -40.0)]},
            {"road_class": "track", "speed_kmh": 15.0, "oneway": "", "surface": "gravel", **_NAMES,
             "geometry": [(300.0, -40.0), (330.0, 240.0), (650.0, 250.0)]},
        ],
        "zones": [{"zone_id": "EX-Z1", **_NAMES, "leader": "example", "parent": "", "fire_zone": False,
                   "geometry": box}],
        "places": [{"kind": "village", **_NAMES, **_at(650, 260)}],
        "water": [{"kind": "canal", **_NAMES, "geometry": [(-300.0, -150.0), (900.0, -150.0)]}],
        "crews": _crews(),
        "roster": [{"date": "2024-08-19", "crew_id": "EX-E", "people": 3, "mode": "vehicle", "shift_start": "09:00",
                    "shift_end": "12:00", "vehicle": "example"}],
        "service_points": [{"point_id": "EX-P1", "kind": "station", "interval_days": 30, "last_visit": "2024-07-20",
                            "opens": "09:00", "closes": "17:00", "person": "", **visit}],
        "rounds": [{"round_id": "EX-D1", "kind": "officials", "parties": "government", "interval_days": 30,
                    "minutes": 30, "last_done": "2024-07-20", "places": _EXAMPLE, "skills": "", "opens": "09:00",
                    "closes": "17:00", **_NAMES}],
        "requests": [{"request_id": "EX-R1", "kind": "check", "due": "2024-08-20", "state": "open", **visit}],
        "patrols": [{"date": "2024-06-01", "feeder_id": FEEDER, "first_pole": "001", "last_pole": "005", "mode": "foot",
                     "party": "enterprise", "finds": 1}],
        "faults": [{"date": "2024-07-03", "feeder_id": FEEDER, "pole_no": "007", "cause": "tree"}],
        "hazards": [{"hazard_id": "EX-H1", "type": "V01", "reported": "2024-08-10", "party": "villager",
                     "state": "reported", "feeder_id": FEEDER, "pole_no": "008", "description": _EXAMPLE_ZH,
                     "closed": "", **_at(480, 4)}],
        "weather": [{"date": f"2024-08-{day}", "temp_c": 28.0, "rh_pct": 35.0, "wind_kmh": 12.0, "rain_mm": 0.0,
                     "gusts_kmh": 25.0, "alerts": ""} for day in (14, 15, 16)],
    }  # fmt: skip


CALENDAR = f"""\
# EXAMPLE calendar - replace. Days are written 2024-10-01; start and end both belong to it.
# 日历示例，请替换。日期写作 2024-10-01；start 与 end 当天都包含在内。

# An event whose supply is guaranteed makes its feeders' sections critical while it lasts (a shorter cycle).
# Name whole feeders, or parts of them by pole numbers.
# 保供电期间，所列线路（或杆段）按关键线路巡视，周期缩短。
[[supply_guarantees]]
name = "{_EXAMPLE}"
name_zh = "{_EXAMPLE_ZH}"
start = 2024-06-07
end = 2024-06-09
feeders = ["{FEEDER}"]
parts = [{{ feeder_id = "{FEEDER}", first_pole = "001", last_pole = "005" }}]

# Holidays and campaigns. Any event may have factors: how many times as often hazards of a type (code) or of a category
# (veg, fire, ext, equip, nat, user) come on its feeders or parts while it lasts; on every line if it names none.
# 节假日与专项行动。factors 为事件期间隐患发生频率的倍数，按隐患代码或类别书写；未列线路则适用于全部线路。
[[holidays]]
name = "National Day"
name_zh = "国庆节"
start = 2024-10-01
end = 2024-10-07

[[campaigns]]
name = "{_EXAMPLE}"
name_zh = "{_EXAMPLE_ZH}"
start = 2024-09-15
end = 2024-11-14
feeders = ["{FEEDER}"]
factors = {{ F01 = 0.5, fire = 0.8 }}

# Seasons not named here are the package's own: winter_peak, spring_festival, spring_agri, qingming, summer_peak,
# autumn_harvest. Their dates are an expert's guess (m); one of the same name replaces it.
# 未列出的季节采用软件自带日期（专家估计）；同名季节以此处为准。
# [[seasons]]
# season = "winter_peak"
# name = "Winter peak"
# name_zh = "迎峰度冬"
# start = "11-15"
# end = "03-15"
# A season that moves: so many days round a festival (spring_festival or qingming), or round each of its dates.
# Hazard types have factors of the package's seasons (columns m_...); factors of one here go before them.
# 逐年变动的季节：以农历春节、清明或所列日期为准，前后若干天；factors 优先于隐患类型表中的季节系数。
# [[seasons]]
# season = "spring_festival"
# name_zh = "春节"
# festival = "spring_festival"
# days_before = 15
# days_after = 15
# [[seasons]]
# season = "temple_fair"
# name_zh = "庙会"
# dates = [2025-05-05, 2026-05-24]
# days_after = 2
# factors = {{ E01 = 1.5, fire = 1.2 }}
"""


def template_files() -> tuple[dict[str, str], dict[str, dict[str, str]]]:
    """Return the template files (name -> text) and the ``[inputs]`` that name them."""
    texts, inputs = {}, {}
    for kind, rows in example_rows().items():
        write: Callable[[str, list[Row]], str] = _geojson if kind in AS_GEOJSON else _table
        name = f"{kind}.geojson" if kind in AS_GEOJSON else f"{kind}.csv"
        texts[name] = write(kind, rows)
        inputs[kind] = {"path": name} | ({"crs": "EPSG:4326"} if SCHEMAS[kind].geometry else {})
    texts["calendar.toml"] = CALENDAR
    inputs["calendar"] = {"path": "calendar.toml"}
    return texts, inputs


def _geojson(kind: str, rows: list[Row]) -> str:
    shape = {"line": "LineString", "polygon": "Polygon"}[SCHEMAS[kind].geometry]
    features = []
    for row in rows:
        points = [list(_place(*xy)) for xy in row["geometry"]]
        geometry = {"type": shape, "coordinates": [points] if shape == "Polygon" else points}
        properties = {name: row[name] for name in SCHEMAS[kind].columns}
        features.append({"type": "Feature", "properties": properties, "geometry": geometry})
    body = ",\n".join(json.dumps(feature, ensure_ascii=False) for feature in features)
    return f'{{"type": "FeatureCollection", "name": "{kind}", "features": [\n{body}\n]}}\n'


def _table(kind: str, rows: list[Row]) -> str:
    """Return a CSV with every column of the schema, so that the template shows what there may be."""
    columns = [*SCHEMAS[kind].columns, *(("lon", "lat") if SCHEMAS[kind].geometry == "point" else ())]
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, columns, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


_HOWTO = """\
HOW TO MAKE THIS FOLDER YOURS                                   使用说明
=============================

The files here are an invented example, marked EXAMPLE. They load and plan as they are:
本文件夹中的文件是虚构示例（带“示例”字样），可直接检查和规划：

    patrol check .
    patrol plan . --from 2024-08-16 --days 5 --out plan

1. Replace lines.geojson by your own lines (any format GDAL reads: GeoPackage, shapefile, GeoJSON, ...)
   and name your file in project.toml. State its crs there if the file does not; it is never guessed.
   用自己的线路图层替换 lines.geojson，并在 project.toml 中写明文件名；文件没有坐标系时必须声明 crs，程序绝不猜测。
2. Replace the tables (CSV in UTF-8, GB18030 or XLSX; headings in English or Chinese as listed below),
   or take an input out of project.toml: only lines and crews must be there.
   用自己的表格替换其余文件（CSV 或 XLSX，表头可用中文），或从 project.toml 中删去；只有 lines 和 crews 必须有。
   calendar.toml holds seasons, holidays, campaigns and events whose supply is guaranteed.
   calendar.toml 为日历：季节、节假日、专项行动、保供电。
3. Set synthetic = false in project.toml, and your crews' real hours in crews.csv.
   把 project.toml 中的 synthetic 改为 false，把 crews.csv 改成真实班组与时间。
4. Run patrol check until nothing is left that you did not mean.
   反复运行 patrol check，直到没有意外的提示。

A plan is not a work permit. 本计划不是工作票。

COLUMNS / 各输入的列        (* must be there / 必填)
"""


def howto_text() -> str:
    """Return ``HOWTO.txt``: the steps, and every column of every input with its other headings."""
    lines = [_HOWTO]
    for kind, schema in SCHEMAS.items():
        english, chinese = INPUT_NOTES[kind]
        lines += ["", f"[{kind}]  {english} / {chinese}"]
        if schema.geometry == "point":
            lines.append("  points, or a table with * lon 经度, * lat 纬度 / 点图层，或含经纬度的表格")
        elif schema.geometry:
            lines.append(f"  {schema.geometry}s / {'线图层' if schema.geometry == 'line' else '面图层'}")
        lines += [_column_text(name, column) for name, column in schema.columns.items()]
    return "\n".join(lines) + "\n"


def _column_text(name: str, column: Column) -> str:
    words = [
        f"  {'*' if column.required else ' '} {name}",
        {"date": "2024-08-16", "time": "08:30"}.get(column.kind, column.kind),
    ]
    if column.choices:
        words.append(" | ".join(choice for choice in column.choices if choice))
    if column.low is not None or column.high is not None:
        words.append(
            f"{'' if column.low is None else f'{column.low:g}'} .. {'' if column.high is None else f'{column.high:g}'}"
        )
    if not column.required and column.default not in {None, ""}:
        words.append(f"default {column.default}")
    if column.aliases:
        words.append("= " + ", ".join(column.aliases))
    return "   ".join(words)

"""What papers are drawn from beside the hand-made plan of the report tests: small frames, and hostile copies."""

import geopandas as gpd
import pandas as pd
import shapely

from patrol.reports.known import Known
from patrol.reports.sheet_map import Ground
from patrol.reports.sheets import Drawn
from patrol.reports.stops import leg_frame, line_frame, stop_frame

CRS = "EPSG:32648"
NAMES = {"name": "", "name_zh": ""}


def metric(lon, lat):
    point = gpd.GeoSeries([shapely.Point(lon, lat)], crs=4326).to_crs(CRS).iloc[0]
    return point.x, point.y


def frame(rows, shapes, columns=()):
    table = pd.DataFrame(rows, columns=list(columns) or None, index=range(len(shapes)))
    return gpd.GeoDataFrame(table, geometry=list(shapes), crs=CRS)


def sections_of(plan):
    """A line of some hundred metres for each section of a plan, east of its stop."""
    ids = sorted({task["section_id"] for task in plan.tasks.values() if task.get("section_id")})
    x, y = metric(106.5, 38.9)
    shapes = [
        shapely.LineString([(x, y + 60 * k), (x + 200, y + 60 * k), (x + 400, y + 60 * k + 30)])
        for k in range(len(ids))
    ]
    return frame({"section_id": ids}, shapes, ["section_id"])


def hazard(hazard_id, section_id, kind, **extra):
    base = {
        "hazard_id": hazard_id,
        "section_id": section_id,
        "type": kind,
        "type_name": "Bird nest",
        "type_name_zh": "杆塔鸟窝",
        "state": "verified",
        "hazard_class": "serious",
        "reported": pd.Timestamp("2024-08-10"),
        "feeder_id": "F1",
        "description": "三根草",
        "pole_no": "012",
        "parties": ("enterprise", "government"),
    }
    return {**base, **extra}


def known_of(plan, hazards=None, **extra):
    """What papers are drawn from beside a plan, made by hand."""
    sections, (x, y) = sections_of(plan), metric(106.5, 38.9)
    beside = {  # within 60 m of this section and of no other
        row.section_id: shapely.Point(row.geometry.coords[0][0] - 30, row.geometry.coords[0][1])
        for row in sections.itertuples()
    }
    rows = [hazard("7", "F1-9", "A01"), hazard("9", "F1-1", "A01")] if hazards is None else hazards
    roads = [shapely.LineString([(x - 300, y - 20), (x + 900, y - 20)]), shapely.LineString([(x, y - 9000), (x, y)])]
    parties = ("enterprise", "government", "fire", "villager")
    base = {
        "sections": sections,
        "hazards": frame(rows, [beside.get(row["section_id"], shapely.Point(x + 10, y)) for row in rows]),
        "zones": frame(
            [{"zone_id": "Z01", "name": "West", "name_zh": "西网格", "leader": "马网格长"}],
            [shapely.box(x, y, x + 9, y + 9)],
        ),
        "types": pd.DataFrame({"name_en": ["Bird nest"], "name_zh": ["杆塔鸟窝"]}, index=["A01"]),
        "likely": pd.DataFrame(
            {party: [("A01",)] * len(sections) for party in parties}, index=list(sections["section_id"])
        ),
        "ground": Ground(
            lines=sections,
            roads=frame({"road_class": ["primary", "track"], **NAMES}, roads),
            water=frame([NAMES], [shapely.LineString([(x, y + 300), (x + 500, y + 300)])]),
            places=frame(
                [{"name": "Near", "name_zh": "近村"}, {"name": "Far", "name_zh": "远村"}],
                shapely.points([[x + 700, y + 200], [x + 50_000, y]]),
            ),
        ),
        "numbers": {"power": "95598", "fire": "119"},
        "people": frozenset({"李护户", "马网格长"}),
    }
    return Known(**{**base, **extra})


def drawn_of(plan, known):
    stops = stop_frame(plan, known.hazards)
    return Drawn(stops, leg_frame(plan, stops), line_frame(stops, known.sections))


def made_hostile(doc, texts):
    """Put hostile texts wherever a plan holds text that somebody wrote."""
    turn = 0

    def one():
        nonlocal turn
        turn += 1
        return texts[turn % len(texts)]

    for key in ("name", "name_zh"):
        doc["project"][key] = one()
    for shift in doc["shifts"]:
        shift.update(name=one(), name_zh=one(), crew_id=one(), profile=one())
    for task in doc["tasks"].values():
        for key in ("label", "label_zh", "zone_id", "first_pole", "last_pole", "feeder_id", "due"):
            task[key] = one()
    for item in doc["dropped"]:
        item["reason"] = one()


def hostile_plan(make_plan, texts):
    return make_plan(lambda doc: made_hostile(doc, texts))

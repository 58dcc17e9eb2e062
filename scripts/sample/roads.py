"""Roads and canals: a warped chessboard of both, cut where roads meet."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any

from sample.frame import UV, Dice, drawn

RIVER_V, RIVER_WEST, RIVER_EAST = 18.0, 17.2, 18.8  # nothing but the two bridges crosses between the banks
BRIDGES_U = (12.0, 22.0)
TANGLAI_V, HUINONG_V = 5.95, 12.45
TRACK_SHARE = 0.45  # of the field tracks that could be


@dataclass(frozen=True)
class Way:
    """A road that keeps one coordinate: ``along`` u (north-south at v = ``at``) or v (east-west at u = ``at``)."""

    along: str
    at: float
    start: float
    stop: float
    road_class: str
    name: str = ""
    name_zh: str = ""
    oneway: str = ""
    surface: str = "asphalt"

    def place(self, where: float) -> UV:
        """Return the place on the road at its running coordinate."""
        return (where, self.at) if self.along == "u" else (self.at, where)


MAIN = [
    Way("u", 1.2, 5.0, 19.5, "unclassified", "Foothill Road", "山前路"),
    Way("u", 3.5, 2.0, 24.0, "tertiary", "Yaofu-Chonggang Road", "姚崇路"),
    Way("u", 6.06, 2.0, 24.0, "track", "Tanglai levee track", "唐徕渠堤路", surface="gravel"),
    Way("u", 7.5, 0.0, 25.0, "primary", "National Road", "国道"),
    Way("u", 8.7, 5.0, 19.5, "unclassified", "Gaozhuang Road", "高庄路"),
    Way("u", 10.0, 2.0, 24.0, "secondary", "Tongfu-Baofeng Road", "通宝路"),
    Way("u", 12.33, 2.0, 24.0, "track", "Huinong levee track", "惠农渠堤路", surface="gravel"),
    Way("u", 14.0, 2.0, 24.0, "tertiary", "Touzha-Lingsha Road", "头灵路"),
    Way("u", 15.8, 5.0, 22.0, "unclassified", "Riverside villages road", "沿河村道"),
    Way("u", RIVER_WEST, 2.0, 24.0, "track", "Yellow River levee", "黄河堤路", surface="gravel"),
    Way("u", 20.0, 2.5, 23.0, "secondary", "Taole-Hongyazi Road", "陶红路"),
    Way("u", 21.3, 7.0, 17.0, "track", "Desert edge track", "沙漠边缘便道", surface="sand"),
    Way("v", 2.0, 3.5, RIVER_WEST, "tertiary", "South Road", "南环路"),
    Way("v", 5.0, 1.2, RIVER_WEST, "unclassified", "Yaofu-Tongfu Road", "姚通路"),
    Way("v", 7.0, 1.2, RIVER_WEST, "secondary", "Gaozhuang-Touzha Road", "高头路"),
    Way("v", 9.5, 3.5, 14.0, "unclassified", "Qukou Road", "渠口路"),
    Way("v", 12.0, 1.2, 20.0, "primary", "Provincial Road", "省道"),
    Way("v", 12.0, 20.0, 21.3, "tertiary", "Taole East Road", "陶乐东路"),
    Way("v", 14.5, 1.2, RIVER_WEST, "unclassified", "Chonggang Road", "崇岗路"),
    Way("v", 17.0, 3.5, RIVER_WEST, "tertiary", "Huangquqiao-Lingsha Road", "黄灵路"),
    Way("v", 19.5, 1.2, 15.8, "unclassified", "Baofeng South Road", "宝丰南路"),
    Way("v", 22.0, 3.5, 20.0, "secondary", "Baofeng Bridge Road", "宝丰大桥路"),
    Way("v", 24.0, 3.5, RIVER_WEST, "unclassified", "North Road", "北环路"),
    Way("v", 4.0, RIVER_EAST, 20.0, "track", "", "", surface="ground"),
    Way("v", 7.0, RIVER_EAST, 21.3, "track", "", "", surface="ground"),
    Way("v", 17.0, RIVER_EAST, 21.3, "track", "", "", surface="ground"),
    Way("u", RIVER_EAST, 4.0, 22.0, "track", "East levee", "河东堤路", surface="gravel"),
]
TOWN = [
    Way("u", 7.1, 11.0, 13.0, "residential", "West Street", "西大街"),
    Way("u", 7.9, 11.0, 13.0, "residential", "Drum Tower Street", "鼓楼大街", oneway="yes"),
    Way("u", 8.3, 11.0, 13.0, "residential", "East Street", "东大街", oneway="-1"),
    Way("v", 11.0, 7.1, 8.7, "residential", "Construction Street", "建设街"),
    Way("v", 11.5, 7.1, 8.7, "residential", "People's Street", "人民街"),
    Way("v", 12.5, 7.1, 8.7, "residential", "Culture Street", "文化街"),
    Way("v", 13.0, 7.1, 8.7, "residential", "North Gate Street", "北门街"),
]
_FIELDS = [(1.2, 3.5), (3.5, 6.06), (8.7, 10.0), (10.0, 12.33), (12.33, 14.0), (14.0, 15.8), (15.8, RIVER_WEST)]
_ROWS = (3.5, 6.0, 8.2, 10.7, 13.3, 15.8, 18.2, 20.8, 23.0)


def make_ways(dice: Dice, stubs: list[Way]) -> list[Way]:
    """Return all roads: the named ones, the town's streets, field tracks, and stubs into villages."""
    tracks = [
        Way("v", u, west, east, "track", surface="ground")
        for u in _ROWS
        for west, east in _FIELDS
        if 5.0 < u < 19.5 and dice.chance(TRACK_SHARE)
    ]
    paths = [
        Way("v", 5.6, 20.0, 21.6, "path", "Sand dune path", "沙丘小路", surface="sand"),
        Way("v", 15.0, 21.3, 21.9, "path", "Desert path", "沙漠小路", surface="sand"),
    ]
    return [*MAIN, *TOWN, *tracks, *paths, *stubs]


def road_rows(ways: list[Way]) -> list[dict[str, Any]]:
    """Return one row a stretch between two crossings, so that roads share their end points exactly."""
    rows = []
    for way in ways:
        cuts = {way.start, way.stop}
        for other in ways:
            meets = other.along != way.along and other.start <= way.at <= other.stop
            if meets and way.start <= other.at <= way.stop:
                cuts.add(other.at)
        marks = sorted(cuts)
        for low, high in itertools.pairwise(marks):
            rows.append(
                {
                    "road_class": way.road_class,
                    "oneway": way.oneway,
                    "surface": way.surface,
                    "name": way.name,
                    "name_zh": way.name_zh,
                    "geometry": drawn([way.place(low), way.place(high)]),
                }
            )
    return rows


def water_rows(dice: Dice) -> list[dict[str, Any]]:
    """Return the river, the main canals, the drain, and the laterals that feed the fields."""
    long = [
        ("river", RIVER_V, "Yellow River", "黄河", 0.0, 25.0),
        ("canal", TANGLAI_V, "Tanglai Canal", "唐徕渠", 0.0, 25.0),
        ("canal", HUINONG_V, "Huinong Canal", "惠农渠", 0.0, 25.0),
        ("canal", 2.3, "Second Farm Canal", "第二农场渠", 3.0, 23.0),
        ("drain", 9.3, "Third Drain", "第三排水沟", 0.0, 25.0),
    ]
    rows = [
        {"kind": kind, "name": name, "name_zh": zh, "geometry": drawn([(start, v), (stop, v)])}
        for kind, v, name, zh, start, stop in long
    ]
    number = 0
    for west, east in ((2.4, TANGLAI_V), (9.4, HUINONG_V), (HUINONG_V, 16.9)):
        for u in (3.0, 4.3, 6.3, 8.7, 10.2, 13.8, 15.2, 16.3, 18.8, 20.3, 21.4, 23.4):
            if dice.chance(0.6):
                number += 1
                start = east if west < HUINONG_V else west
                stop = dice.between(west, (west + east) / 2) if west < HUINONG_V else dice.between(15.5, east)
                rows.append(
                    {
                        "kind": "canal",
                        "name": f"Lateral {number}",
                        "name_zh": f"支{number}渠",
                        "geometry": drawn([(u, start), (u, stop)]),
                    }
                )
    return rows

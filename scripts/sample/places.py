"""Towns, villages and zones. Names are those of Pingluo county; where they lie here is invented."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from sample.frame import UV, Dice
from sample.roads import MAIN, RIVER_EAST, RIVER_WEST, Way


@dataclass(frozen=True)
class Place:
    """A town or village."""

    name: str
    name_zh: str
    at: UV
    kind: str = "village"


TOWNS = [
    Place("Chengguan", "城关", (12.0, 7.8), "town"),
    Place("Yaofu", "姚伏", (5.0, 3.8), "town"),
    Place("Huangquqiao", "黄渠桥", (17.2, 7.7), "town"),
    Place("Baofeng", "宝丰", (21.8, 10.3), "town"),
    Place("Touzha", "头闸", (7.2, 14.3), "town"),
    Place("Qukou", "渠口", (9.7, 10.3), "town"),
    Place("Gaozhuang", "高庄", (7.2, 7.8), "town"),
    Place("Lingsha", "灵沙", (17.2, 14.3), "town"),
    Place("Chonggang", "崇岗", (19.3, 3.3), "town"),
    Place("Taole", "陶乐", (13.0, 20.2), "town"),
    Place("Gaoren", "高仁", (8.0, 20.2), "town"),
    Place("Hongyazi", "红崖子", (3.5, 20.2), "town"),
    Place("Tongfu", "通伏", (3.0, 10.3), "town"),
]
XINJIAN = ("Xinjian Village", "新建村")
XINJIAN_AT = (5.25, 14.3)
_VILLAGES = [
    ("Yonghui", "永惠村"), ("Xingfu", "幸福村"), ("Tuanjie", "团结村"), ("Heping", "和平村"), ("Hongqi", "红旗村"),
    ("Dongfeng", "东风村"), ("Shengli", "胜利村"), ("Guangming", "光明村"), ("Wuxing", "五星村"),
    ("Yongsheng", "永胜村"), ("Xianfeng", "先锋村"), ("Qianjin", "前进村"), ("Xingsheng", "兴胜村"),
    ("Jinxing", "金星村"), ("Minzhu", "民主村"), ("Lianfeng", "联丰村"), ("Xinfeng", "新丰村"), ("Fumin", "富民村"),
    ("Taiping", "太平村"), ("Shaqu", "沙渠村"), ("Quzhong", "渠中村"), ("Liuwan", "柳湾村"), ("Machang", "马场村"),
    ("Huibei", "惠北村"), ("Xiling", "西灵村"), ("Dongling", "东灵村"), ("Gaolu", "高路村"), ("Yanhe", "沿河村"),
    ("Wangjiazhuang", "王家庄村"),
]  # fmt: skip
_APART = 2.1  # grid units


def make_villages(dice: Dice) -> tuple[list[Place], list[Way]]:
    """Return 30 villages, each beside a crossing of two roads, and the village streets that lead to them."""
    crossings = [
        (east_west.at, north_south.at)
        for north_south in MAIN
        for east_west in MAIN
        if north_south.along == "u" and east_west.along == "v" and "track" not in {north_south.road_class}
        if north_south.start <= east_west.at <= north_south.stop and east_west.start <= north_south.at <= east_west.stop
    ]
    spots, stubs = [XINJIAN_AT], [Way("v", XINJIAN_AT[0], 14.0, XINJIAN_AT[1], "residential")]
    taken = [place.at for place in TOWNS] + [XINJIAN_AT]
    for u, v in dice.shuffled([*crossings, *crossings, (10.5, 20.0), (5.5, 20.0), (15.5, 20.0), (18.0, 20.0)]):
        side = dice.pick([-1, 1])
        spot = (u + dice.pick([-1, 1]) * dice.between(0.2, 0.4), v + side * dice.between(0.25, 0.4))
        inside = spot[1] < RIVER_WEST - 0.3 or spot[1] > RIVER_EAST + 0.3
        if len(spots) == len(_VILLAGES) + 1 or not inside or any(math.dist(spot, other) < _APART for other in taken):
            continue
        spots.append(spot)
        taken.append(spot)
        stubs.append(Way("v", spot[0], min(v, spot[1]), max(v, spot[1]), "residential"))
    names = [XINJIAN, *((f"{name} Village", zh) for name, zh in _VILLAGES)]
    if len(spots) != len(names):
        raise AssertionError(f"only {len(spots)} of {len(names)} villages found a place")
    return [Place(name, zh, spot) for (name, zh), spot in zip(names, spots, strict=True)], stubs


def place_rows(villages: list[Place]) -> list[dict[str, Any]]:
    """Return rows of towns and villages."""
    return [
        {"kind": place.kind, "name": place.name, "name_zh": place.name_zh, "geometry": place.at}
        for place in [*TOWNS, *villages]
    ]


# id, name, name_zh, leader (invented), supply station, u from..to, v from..to; the tiles fill the county
ZONES = [
    ("Z01", "Chengguan", "城关网格", "马建国", "城关供电所 Chengguan station", (9.5, 15.0), (5.0, 9.0)),
    ("Z02", "Yaofu", "姚伏网格", "王秀英", "姚伏供电所 Yaofu station", (0.0, 10.5), (0.0, 5.0)),
    ("Z03", "Chonggang", "崇岗网格", "李志强", "城关供电所 Chengguan station", (10.5, 25.0), (0.0, 5.0)),
    ("Z04", "Gaozhuang", "高庄网格", "杨海燕", "姚伏供电所 Yaofu station", (0.0, 9.5), (5.0, 9.0)),
    ("Z05", "Huangquqiao", "黄渠桥网格", "丁永军", "城关供电所 Chengguan station", (15.0, 25.0), (5.0, 9.0)),
    ("Z06", "Tongfu", "通伏网格", "张玉兰", "姚伏供电所 Yaofu station", (0.0, 8.0), (9.0, 12.5)),
    ("Z07", "Qukou", "渠口网格", "金少华", "宝丰供电所 Baofeng station", (8.0, 15.5), (9.0, 12.5)),
    ("Z08", "Baofeng", "宝丰网格", "何文斌", "宝丰供电所 Baofeng station", (15.5, 25.0), (9.0, 12.5)),
    ("Z09", "Touzha", "头闸网格", "纳晓梅", "宝丰供电所 Baofeng station", (0.0, 13.0), (12.5, 18.0)),
    ("Z10", "Lingsha", "灵沙网格", "赵立新", "宝丰供电所 Baofeng station", (13.0, 25.0), (12.5, 18.0)),
    ("Z11", "Gaoren-Hongyazi", "高仁—红崖子网格", "田占山", "陶乐供电所 Taole station", (0.0, 10.5), (18.0, 22.0)),
    ("Z12", "Taole", "陶乐网格", "苏桂芳", "陶乐供电所 Taole station", (10.5, 25.0), (18.0, 22.0)),
]
_STEP = 0.5  # every border runs through the same places, so that neighbours share it exactly


def zone_of(at: UV) -> str:
    """Return the id of the zone a place lies in."""
    return next(
        zone for zone, *_, (south, north), (west, east) in ZONES if south <= at[0] <= north and west <= at[1] <= east
    )


def _steps(start: float, stop: float) -> list[float]:
    count = round(abs(stop - start) / _STEP)
    return [start + (stop - start) * k / count for k in range(count)]


def zone_rows() -> list[dict[str, Any]]:
    """Return the zones as rings that tile the county."""
    rows = []
    for zone, name, name_zh, leader, parent, (south, north), (west, east) in ZONES:
        ring = [(south, v) for v in _steps(west, east)] + [(u, east) for u in _steps(south, north)]
        ring += [(north, v) for v in _steps(east, west)] + [(u, west) for u in _steps(north, south)]
        rows.append(
            {
                "zone_id": zone,
                "name": f"{name} zone",
                "name_zh": name_zh,
                "leader": leader,
                "parent": parent,
                "geometry": [*ring, ring[0]],
            }
        )
    return rows

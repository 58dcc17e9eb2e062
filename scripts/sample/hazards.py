"""A year of hazards: most seen to, some refuted, and those open on the day the demo plans from."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pandas as pd

from sample.feeders import TRUNKS, County
from sample.frame import Dice
from sample.history import FIRST_DAY, TODAY, on_span, random_span

PAST = 230
REFUTED_SHARE = 0.10
GPS_M = 9.0
# type, days open, party, state, description
OPEN = [
    ("S09", 1, "enterprise", "verified", "红外测温发现线夹发热约92度"),
    ("E14", 1, "villager", "reported", "线下堆土有两米多高,离导线很近"),
    ("N01", 1, "government", "reported", "昨夜大雨,电杆周围积水过膝"),
    ("V01", 2, "villager", "reported", "杨树枝快碰到电线了"),
    ("V01", 5, "enterprise", "verified", "导线对树枝距离约1.5米"),
    ("V01", 9, "enterprise", "assigned", "渠边柳树长势快,净距不足2米"),
    ("V01", 12, "government", "in_rectification", "林场已同意修剪,待停电"),
    ("V01", 3, "villager", "reported", "风一吹树枝就打到导线"),
    ("V02", 20, "enterprise", "verified", "通道外有枯死杨树,可能倒向线路"),
    ("V03", 14, "villager", "reported", "拉线上爬满了葫芦藤"),
    ("V03", 6, "villager", "reported", "电杆被牵牛花缠住"),
    ("A01", 4, "villager", "reported", "横担上有鸟窝{{x}},<b>很大</b>,${y}"),
    ("A01", 6, "enterprise", "assigned", "耐张杆有鸟窝,带铁丝"),
    ("S01", 8, "enterprise", "verified", "直线杆向渠侧倾斜约8度"),
    ("S03", 3, "villager", "reported", "水渠冲刷,电杆根部露出来了"),
    ("S04", 10, "enterprise", "ready", "拉线断一股,材料已备"),
    ("S04", 2, "government", "reported", "拉线松了,晃动明显"),
    ("S07", 2, "enterprise", "verified", "无人机发现绝缘子伞裙破损"),
    ("S08", 25, "enterprise", "assigned", "横担锈蚀,螺栓松动"),
    ("S10", 2, "villager", "reported", "=1+1 变压器下面有油"),
    ("S14", 31, "enterprise", "assigned", "杆号牌脱落"),
    ("E02", 1, "villager", "reported", "大棚膜吹起来了,挂在杆边"),
    ("E02", 2, "villager", "reported", "防尘网挂在拉线上"),
    ("E03", 3, "fire", "reported", "彩钢房顶松动,离线路十来米"),
    ("E05", 6, "government", "verified", "拉线三米处有人取土"),
    ("E10", 9, "fire", "reported", "路口电杆被农用车刮擦"),
    ("E13", 22, "government", "verified", "电杆上搭挂通信线,拴着羊"),
    ("U01", 5, "enterprise", "verified", "用户专变引下线老化"),
    ("U05", 4, "villager", "reported", "排灌机井临时线拖在地上"),
    ("F02", 3, "fire", "verified", "变台下杂草枯黄堆积"),
    ("F05", 7, "fire", "reported", "线下堆放麦草垛"),
    ("unclassified", 2, "villager", "reported", "杆子上晚上有响声,不知道是什么"),
    ("unclassified", 6, "villager", "reported", "电线那里好像有东西晃"),
]
# Which parties come upon what; everything else the enterprise finds.
_WHO_MEETS = {
    **dict.fromkeys(("V03", "F02", "U02", "U06"), ("enterprise", "villager")),
    "V04": ("government", "villager"),
    **dict.fromkeys(("F01", "F04"), ("villager", "government", "fire")),
    "F03": ("fire",),
    **dict.fromkeys(("F05", "E01", "E08", "E09"), ("villager", "government")),
    "E02": ("villager", "enterprise", "government"),
    "E03": ("government", "villager", "enterprise"),
    **dict.fromkeys(("E04", "E11", "E12"), ("government",)),
    **dict.fromkeys(("E05", "E14"), ("government", "enterprise")),
    **dict.fromkeys(("E06", "E07", "E10", "N01", "N02"), ("enterprise", "government")),
    "E13": ("enterprise", "villager", "government"),
    "U05": ("villager", "enterprise"),
    "U03": ("villager", "fire", "government"),
}
_SAID = ("{}", "发现{}", "{},请派人查看", "巡视发现:{}")


def hazard_rows(county: County, types: pd.DataFrame, dice: Dice) -> list[dict[str, Any]]:
    """Return a year of hazards in order of the day they were reported."""
    rows = [_open(county, dice, *entry) for entry in OPEN]
    rows += [_past(county, types, dice) for _ in range(PAST)]
    rows.sort(key=lambda row: row["reported"])  # stable: the order of a day stays
    return [{"hazard_id": f"H-{number:04d}"} | row for number, row in enumerate(rows, 1)]


def _open(county: County, dice: Dice, code: str, days: int, party: str, state: str, said: str) -> dict[str, Any]:
    return _somewhere(county, dice, False, party) | {
        "type": code,
        "reported": (TODAY - timedelta(days=days)).isoformat(),
        "party": party,
        "state": state,
        "description": said,
        "closed": "",
    }


def _past(county: County, types: pd.DataFrame, dice: Dice) -> dict[str, Any]:
    while True:
        reported = FIRST_DAY + timedelta(days=dice.whole(0, 355))
        code = dice.weighted(list(types.index), [_often(row, reported.month) for _, row in types.iterrows()])
        kind = types.loc[code]
        days = max(1, round(kind["deadline_h"] / 24 * dice.between(0.1, 1.25)))
        if reported + timedelta(days=days) < TODAY:
            break
    who = _WHO_MEETS.get(code, ("enterprise",))
    party = dice.pick([*who, "villager", "enterprise"])
    refuted = dice.chance(REFUTED_SHARE) and party != "enterprise"
    return _somewhere(county, dice, kind["scope"] == "UG", party) | {
        "type": code,
        "reported": reported.isoformat(),
        "party": party,
        "state": "refuted" if refuted else "closed",
        "description": dice.pick(_SAID).format(kind["name_zh"]),
        "closed": (reported + timedelta(days=days)).isoformat(),
    }


def _often(kind: pd.Series, month: int) -> float:
    """Return how likely a report of this type is in a month: what goes within the day is seldom reported."""
    season = (
        "m_summer_peak" if 6 <= month <= 8
        else "m_spring_agri" if 3 <= month <= 5
        else "m_autumn_harvest" if 9 <= month <= 10
        else "m_winter_peak"
    )  # fmt: skip
    brief = 0.12 if kind["persist_days"] <= 3 else 1.0
    return float(kind["base_rate_per_100km_yr"] * kind[season] * brief)


def _somewhere(county: County, dice: Dice, cable: bool, party: str) -> dict[str, Any]:
    """Return where a report was made: on a span, with the error of a phone, and often without a pole number."""
    while True:
        feeder = dice.pick(TRUNKS).feeder
        run, k = random_span(county, feeder, dice)
        if run.cable[k] == cable:
            break
    numbered = party == "enterprise" or dice.chance(0.55)
    return {
        "feeder_id": feeder if numbered else "",
        "pole_no": run.poles[k].no if numbered else "",
        "geometry": on_span(run, k, 0.0 if numbered else dice.between(0, 1)),
        "east_m": dice.between(-GPS_M, GPS_M),
        "north_m": dice.between(-GPS_M, GPS_M),
    }

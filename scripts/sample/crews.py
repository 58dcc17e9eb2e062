"""Who patrols: 16 crews of the four parties with the hours that patrol really gets, and whom they visit."""

from __future__ import annotations

import math
from datetime import date, timedelta
from typing import Any

from sample.feeders import SUBSTATIONS, County
from sample.frame import UV, Dice, metric
from sample.places import TOWNS, XINJIAN, Place, zone_of

# The knobs for hours on offer. A half-day is what is left of it once tools, talk and paper are done.
MORNING, AFTERNOON = ("08:30", "10:45"), ("15:00", "17:15")
OFFICE_MORNING, FIRE_MORNING = ("09:00", "11:00"), ("09:30", "11:00")
EVENING_2H, EVENING_1H = ("17:00", "19:00"), ("17:30", "18:30")
VILLAGE_REACH_M = 2000.0

_TOWN = {place.name: place.at for place in TOWNS}
_DEPOT = {
    "Chengguan": SUBSTATIONS["SS-CG"][2],
    "Yaofu": _TOWN["Yaofu"],
    "Baofeng": _TOWN["Baofeng"],
    "Taole": _TOWN["Taole"],
    "Touzha": SUBSTATIONS["SS-TZ"][2],
}
# id, party, mode, people, where, name, name_zh, weekdays (1 = Monday), hours, skills, zones
_CREWS: list[tuple[str, str, str, int, UV, str, str, str, tuple[str, str], str, str]] = [
    ("ENT-1", "enterprise", "vehicle", 2, _DEPOT["Chengguan"],
     "Chengguan line crew", "城关供电所线路班", "15", MORNING, "", "Z01|Z03|Z05"),
    ("ENT-2", "enterprise", "vehicle", 2, _DEPOT["Yaofu"],
     "Yaofu line crew", "姚伏供电所线路班", "25", MORNING, "", "Z02|Z04|Z06"),
    ("ENT-3", "enterprise", "vehicle", 2, _DEPOT["Baofeng"],
     "Baofeng line crew", "宝丰供电所线路班", "24", AFTERNOON, "", "Z07|Z08|Z09|Z10"),
    ("ENT-4", "enterprise", "vehicle", 2, _DEPOT["Taole"],
     "Taole line crew", "陶乐供电所线路班", "13", MORNING, "ecommerce", "Z11|Z12"),
    ("ENT-5", "enterprise", "drone", 2, _DEPOT["Chengguan"],
     "Drone crew", "无人机班", "15", MORNING, "", ""),
    ("ENT-6", "enterprise", "ebike", 1, _DEPOT["Touzha"],
     "Service employee on an e-bike", "台区经理(电动车)", "25", AFTERNOON, "ecommerce", ""),
    ("GOV-1", "government", "vehicle", 2, _TOWN["Chengguan"],
     "Chengguan grid staff", "城关镇网格员", "2", OFFICE_MORNING, "", "Z01|Z03|Z05|Z07"),
    ("GOV-2", "government", "vehicle", 1, _TOWN["Tongfu"],
     "Tongfu village official", "通伏乡村干部", "5", OFFICE_MORNING, "", "Z02|Z04|Z06|Z09"),
    ("GOV-3", "government", "vehicle", 2, _TOWN["Lingsha"],
     "Lingsha grid staff", "灵沙乡网格员", "4", OFFICE_MORNING, "", "Z08|Z10|Z11|Z12"),
    ("FIRE-1", "fire", "vehicle", 3, _TOWN["Chengguan"],
     "County fire station", "县消防救援站", "1", FIRE_MORNING, "", ""),
    ("FIRE-2", "fire", "vehicle", 3, _TOWN["Taole"],
     "Taole fire post", "陶乐消防执勤点", "3", FIRE_MORNING, "", ""),
]  # fmt: skip
_VILLAGER_DAYS = (("6", EVENING_2H), ("67", EVENING_1H), ("7", EVENING_1H), ("25", EVENING_1H), ("6", EVENING_1H))
EMPLOYEES = ("刘芳", "周强")  # invented: who care for two e-commerce stations each
OFFICIALS = {
    "GOV-1": "马丽",
    "GOV-2": "王建国",
    "GOV-3": "丁涛",
}  # invented: who know households and liaisons of their zones
MEMBERS = {"ENT-6": EMPLOYEES[0], "ENT-4": EMPLOYEES[1], **OFFICIALS}  # people by the crew that they belong to
CARE_ZONES = 12
TOGETHER = ("notice", "dispute")  # both parties come, at one time
REQUESTS = [
    ("meter check", "电表校验咨询", "2024-08-16", 30),
    ("new connection", "新装用电现场勘查", "2024-08-19", 40),
    ("safety talk", "农灌安全用电宣传", "2024-08-20", 45),
    ("notice", "树障清理通知送达", "2024-08-20", 20),
    ("dispute", "线路走廊纠纷调解", "2024-08-22", 40),
    ("meter check", "电表校验咨询", "2024-08-12", 30),
]


def crew_rows(county: County, villages: list[Place], lonlat: Any) -> list[dict[str, Any]]:
    """Return rows of the 16 crews; ``lonlat`` turns a place into WGS84."""
    crews = list(_CREWS)
    for number, (home, (days, hours)) in enumerate(zip(_homes(county, villages), _VILLAGER_DAYS, strict=True), 1):
        crews.append(
            (f"VIL-{number}", "villager", "foot", 1, home.at, f"{home.name} volunteer", f"{home.name_zh}志愿者", days,
             hours, "", "")
        )  # fmt: skip
    rows = []
    for key, party, mode, people, at, name, name_zh, days, (start, end), skills, zones in crews:
        lon, lat = lonlat(at)
        rows.append(
            {
                "crew_id": key, "party": party, "mode": mode, "start_lon": f"{lon:.7f}", "start_lat": f"{lat:.7f}",
                "shift_start": start, "shift_end": end, "name": name, "name_zh": name_zh, "weekdays": days,
                "people": people, "members": MEMBERS.get(key, ""), "skills": skills, "zones": zones,
                "max_walk_km": {"enterprise": 9, "government": 4, "fire": 4, "villager": 5}[party],
                "max_drive_km": "" if mode == "foot" else 40 if mode == "ebike" else 120,
            }
        )  # fmt: skip
    return rows


def _homes(county: County, villages: list[Place]) -> list[Place]:
    """Return five villages with much line within a volunteer's reach, Xinjian first, each in a zone of its own."""
    points = [metric(pole.at) for run in county.runs for pole in run.poles[1:]]

    def poles_near(place: Place) -> int:
        home = metric(place.at)
        return sum(math.dist(home, point) < VILLAGE_REACH_M for point in points)

    ranked = sorted(villages, key=lambda place: (place.name != XINJIAN[0], -poles_near(place), place.name))
    homes: list[Place] = []
    for place in ranked:
        if zone_of(place.at) not in {zone_of(home.at) for home in homes} and len(homes) < len(_VILLAGER_DAYS):
            homes.append(place)
    return homes


def shift_hours(rows: list[dict[str, Any]], first: date, days: int) -> float:
    """Return the hours that the crews offer in a horizon."""
    total = 0.0
    for day in (first + timedelta(days=k) for k in range(days)):
        for row in rows:
            if str(day.isoweekday()) in row["weekdays"]:
                opens, closes = (int(row[key][:2]) + int(row[key][3:]) / 60 for key in ("shift_start", "shift_end"))
                total += closes - opens
    return total


def roster_rows() -> list[dict[str, Any]]:
    """Return the days on which a crew differs from its habit: a drill, and a car in the garage."""
    return [
        {"date": "2024-08-21", "crew_id": "FIRE-2", "people": 0, "mode": "", "shift_start": "", "shift_end": ""},
        {"date": "2024-08-27", "crew_id": "ENT-2", "people": 2, "mode": "ebike", "shift_start": "", "shift_end": ""},
    ]


def service_rows(villages: list[Place], dice: Dice, today: date) -> list[dict[str, Any]]:
    """Return the electric service station, the e-commerce stations, households in care and liaisons."""
    by_zh = {place.name_zh: place for place in [*TOWNS, *villages]}
    rows: list[dict[str, Any]] = []

    def add(kind: str, at: UV, every: int, minutes: int, name: str, name_zh: str, **more: str) -> None:
        code = {"station": "ST", "ecommerce": "EC", "care": "CARE", "liaison": "LI"}[kind]
        number = sum(row["kind"] == kind for row in rows) + 1
        last = today - timedelta(days=dice.whole(1, every))
        fixed = (
            {"opens": "08:00", "closes": "18:00"} if kind in {"station", "ecommerce"} else {"opens": "", "closes": ""}
        )
        rows.append(
            {
                "point_id": f"{code}-{number:02d}", "kind": kind, "interval_days": every, "minutes": minutes,
                "last_visit": last.isoformat(), **fixed, "parties": more.get("parties", ""),
                "skills": more.get("skills", ""), "person": more.get("person", ""), "name": name, "name_zh": name_zh,
                "geometry": (at[0] + 0.03, at[1] + 0.05),
            }
        )  # fmt: skip

    add(
        "station", by_zh["新建村"].at, 7, 45, "Xinjian electric service station", "新建村电力驿站", parties="enterprise"
    )
    for k, zh in enumerate(("姚伏", "宝丰", "新建村", "陶乐")):
        place = by_zh[zh]
        short = place.name.replace(" Village", "")
        add("ecommerce", place.at, (7, 14)[k % 2], 30, f"{short} e-commerce station", f"{zh}电商服务站",
            parties="enterprise", skills="ecommerce", person=EMPLOYEES[k // 2])  # fmt: skip
    for place in dice.shuffled(villages)[:CARE_ZONES]:
        add(
            "care", place.at, 30, 20, "Care visit", "关爱走访", parties="enterprise|government", person=_official(place)
        )
    for place in dice.shuffled(villages)[:6]:
        short = place.name.replace(" Village", "")
        add("liaison", place.at, 30, 15, f"{short} liaison", f"{place.name_zh}联络点",
            parties="enterprise|government", person=_official(place))  # fmt: skip
    return rows


def _official(place: Place) -> str:
    """Return who of the government knows a village: the official of the crew whose zone it lies in."""
    zones = {row[0]: row[-1].split("|") for row in _CREWS}
    return next((name for crew, name in OFFICIALS.items() if zone_of(place.at) in zones[crew]), "")


def round_rows() -> list[dict[str, Any]]:
    """Return the three diagnoses: officials consult, grid staff go round, village enterprises are consulted."""
    plain = {"skills": "", "opens": "", "closes": ""}
    rounds = [
        ("D-01", "officials", "government", 20, "2024-07-23", "新建村;通伏", "Officials' consultation", "村干部问诊"),
        ("D-02", "grid_staff", "enterprise", 15, "2024-08-02", "陶乐;灵沙", "Grid staff's round", "网格员巡诊"),
        ("D-03", "enterprises", "enterprise+government", 30, "2024-07-30", "姚伏", "Village enterprises' consultation",
         "村企会诊"),
    ]  # fmt: skip
    return [
        {"round_id": key, "kind": kind, "parties": parties, "interval_days": 28, "minutes": minutes, "last_done": last,
         "places": places, "name": name, "name_zh": name_zh, **plain}
        for key, kind, parties, minutes, last, places, name, name_zh in rounds
    ]  # fmt: skip


def request_rows(villages: list[Place], dice: Dice) -> list[dict[str, Any]]:
    """Return dated requests from villages."""
    rows = []
    for number, ((kind, what, due, minutes), place) in enumerate(
        zip(REQUESTS, dice.shuffled(villages)[: len(REQUESTS)], strict=True), 1
    ):
        rows.append(
            {
                "request_id": f"R-{number:03d}", "kind": kind, "due": due, "minutes": minutes,
                "parties": f"enterprise{'+' if kind in TOGETHER else '|'}government",
                "state": "done" if due < "2024-08-16" else "open",
                "name": f"{place.name}: {kind}", "name_zh": f"{place.name_zh}:{what}", "geometry": place.at,
            }
        )  # fmt: skip
    return rows

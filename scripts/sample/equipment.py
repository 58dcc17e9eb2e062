"""What stands on the lines: breakers, switches, ties, transformers with their customers, pumps, clinic and school."""

from __future__ import annotations

import math
from typing import Any

from sample.feeders import SUBSTATIONS, TRUNKS, County, Pole, Run, is_urban
from sample.frame import UV, Dice
from sample.places import TOWNS, Place

SWITCH_EVERY_M = (2200, 3000)
RECLOSERS_ON = ("F611", "F613", "F622", "F624")
AUTOMATED_FEEDERS = ("F611", "F612", "F614", "F624")
BRANCH_SWITCH_OVER_M = 1500
TRANSFORMER_EVERY_M = {"rural": (550, 950), "urban": (220, 380)}
KVA_ONLY_SHARE = 0.14  # transformers whose customers the office never counted
HOUSEHOLDS = (25, 120)
KVA = (50, 80, 100, 160, 200, 250, 315, 400)
KVA_PER_HOUSEHOLD = 2.3
# feeder, name, name_zh, and the place beside which the pump stands
PUMPS = [
    ("F611", "Xianfeng pump station", "先锋泵站", "先锋村"),
    ("F613", "Gaolu pump station", "高路泵站", "高路村"),
    ("F622", "Xingfu pump station", "幸福扬水站", "幸福村"),
    ("F624", "Hongyazi pumping station", "红崖子扬水站", "红崖子"),
]
IMPORTANT = [
    ("F621", "Baofeng clinic", "宝丰卫生院", "宝丰", "1"),
    ("F623", "Touzha school", "头闸中学", "头闸", "2"),
]


def _row(kind: str, number: str, feeder: str, at: UV, name: str, name_zh: str) -> dict[str, Any]:
    return {
        "equipment_id": number,
        "kind": kind,
        "feeder_id": feeder,
        "normally_open": kind == "tie",
        "automated": False,
        "customers": None,
        "capacity_kva": None,
        "important": "",
        "owner": "utility",
        "name": name,
        "name_zh": name_zh,
        "geometry": at,
    }


def equipment_rows(county: County, villages: list[Place], dice: Dice) -> list[dict[str, Any]]:
    """Return rows of all equipment; each pole bears one device at most."""
    rows = [_row("substation", key, "", at, name, zh) for key, (name, zh, at) in SUBSTATIONS.items()]
    for trunk in TRUNKS:
        head = county.of(trunk.feeder)[0].poles[0]
        row = _row("breaker", f"CB-{trunk.feeder[1:]}", trunk.feeder, head.at, f"{trunk.feeder[1:]} breaker",
                   f"{trunk.feeder[1:]}断路器")  # fmt: skip
        rows.append(row | {"automated": True})
    for number, (one, other, pole) in enumerate(county.ties, 1):
        pole.device = "tie"
        pair, pair_zh = f"{one[1:]}-{other[1:]} tie", f"{one[1:]}—{other[1:]}联络开关"
        rows.append(_row("tie", f"LK-{number}", one, pole.at, pair, pair_zh) | {"automated": number % 2 == 0})
    for trunk in TRUNKS:
        rows += _switches(county.of(trunk.feeder), dice)
    rows += _transformers(county, villages, dice)
    return rows


def _free(run: Run, k: int) -> bool:
    """Return whether pole k may bear a switch: no device, no tap there or next to it."""
    near = run.poles[max(0, k - 1) : k + 2]
    return all(not pole.taps and not pole.device for pole in near) and run.poles[k].kind != "cable well"


def _switches(runs: list[Run], dice: Dice) -> list[dict[str, Any]]:
    feeder = runs[0].feeder
    rows: list[dict[str, Any]] = []
    for run in runs:
        if run.level:
            if run.level == 1 and run.length_m > BRANCH_SWITCH_OVER_M and _free(run, 2):
                rows.append(_switch(feeder, run.poles[2], len(rows) + 1, "switch"))
            continue
        gone, wait = 0.0, dice.between(*SWITCH_EVERY_M)
        for k in range(1, len(run.poles) - 5):
            gone += run.span_m(k - 1)
            if gone > wait and _free(run, k):
                half = feeder in RECLOSERS_ON and all(row["kind"] != "recloser" for row in rows) and gone > 5000
                rows.append(_switch(feeder, run.poles[k], len(rows) + 1, "recloser" if half else "switch"))
                wait = gone + dice.between(*SWITCH_EVERY_M)
    return rows


def _switch(feeder: str, pole: Pole, number: int, kind: str) -> dict[str, Any]:
    pole.device = kind
    zh = "分段开关" if kind == "switch" else "重合器"
    row = _row(kind, f"{'SW' if kind == 'switch' else 'RC'}-{feeder[1:]}-{number}", feeder, pole.at,
               f"{feeder[1:]} {kind} {pole.no}", f"{feeder[1:]}线{pole.no}{zh}")  # fmt: skip
    return row | {"automated": kind == "recloser" or (feeder in AUTOMATED_FEEDERS and number % 2 == 1)}


def _transformers(county: County, villages: list[Place], dice: Dice) -> list[dict[str, Any]]:
    places = [*TOWNS, *villages]
    sites = [(run, pole) for run in county.runs for pole in _transformer_poles(run, dice)]
    special = {id(pole): (name, zh, grade) for name, zh, grade, pole in _special(sites, places)}
    count: dict[str, int] = {}
    serial: dict[str, int] = {}
    rows = []
    for run, pole in sites:
        pole.device = "transformer"
        pole.important = id(pole) in special
        place = min(places, key=lambda place: math.dist(place.at, pole.at))
        serial[run.feeder] = serial.get(run.feeder, 0) + 1
        number = f"T-{run.feeder[1:]}-{serial[run.feeder]:03d}"
        if pole.important:
            name, zh, grade = special[id(pole)]
            row = _row("transformer", number, run.feeder, pole.at, name, zh)
            pump = grade == "pump"
            rows.append(row | {"customers": 1, "capacity_kva": dice.pick((200, 315, 400)) if pump else 315,
                               "important": grade, "owner": "customer" if pump else "utility"})  # fmt: skip
            continue
        count[place.name_zh] = count.get(place.name_zh, 0) + 1
        short = place.name.replace(" Village", "")
        row = _row("transformer", number, run.feeder, pole.at, f"{short} No. {count[place.name_zh]} transformer",
                   f"{place.name_zh}{count[place.name_zh]}号公变")  # fmt: skip
        households = dice.whole(*HOUSEHOLDS)
        kva = next((size for size in KVA if size >= households * KVA_PER_HOUSEHOLD), KVA[-1])
        known = not dice.chance(KVA_ONLY_SHARE)
        rows.append(row | {"customers": households if known else None, "capacity_kva": kva})
    return rows


def _transformer_poles(run: Run, dice: Dice) -> list[Pole]:
    """Return the poles of a run that bear a transformer: now and then along it, and the end of a branch."""
    result = []
    gone, wait = 0.0, dice.between(300, 700)
    for k in range(1, len(run.poles)):
        gone += run.span_m(k - 1)
        pole = run.poles[k]
        last = run.level > 0 and k == len(run.poles) - 1
        if (gone < wait and not last) or pole.device or pole.kind == "cable well":
            continue
        wait = gone + dice.between(*TRANSFORMER_EVERY_M["urban" if is_urban(pole.at) else "rural"])
        result.append(pole)
    return result


def _special(sites: list[tuple[Run, Pole]], places: list[Place]) -> list[tuple[str, str, str, Pole]]:
    """Return the transformers that serve pumps, the clinic and the school: the nearest to their place."""
    at = {place.name_zh: place.at for place in places}
    wanted = [*((*pump, "pump") for pump in PUMPS), *IMPORTANT]
    result, used = [], set()
    for feeder, name, zh, place, grade in wanted:
        own = [pole for run, pole in sites if run.feeder == feeder and id(pole) not in used]
        pole = min(own, key=lambda pole: math.dist(pole.at, at[place]))
        used.add(id(pole))
        result.append((name, zh, grade, pole))
    return result

"""The lives of hazards: found by a patrol or reported, seen to after a while, or tripping the line before.

What is open on the day the demo plans from has come about so too. Only some reports of the last days are set by
hand (``TOLD``): emergencies, something from every party, words that break careless programs, and what people saw
after the storm of 14 August.
"""

from __future__ import annotations

import bisect
import math
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sample.frame import Dice, between
from sample.history import FIRST_DAY, TODAY
from sample.patrols import Pass, Stretch
from sample.world import Kind, Span, World

REFUTED = 0.12  # false alarms, as a share of what people rightly report
GPS_M = 9.0
LAY_EYES = 0.8  # what others than the enterprise see, beside what it would
SIGHT_M = 800.0  # how far from a village people come
REPORTS_A_DAY = 0.02  # of a hazard in a village that people know for what it is
WORN = 0.7  # share of its effect that bad weather has here
# type, days open, party, state, description
TOLD = [
    ("S09", 1, "enterprise", "verified", "红外测温发现线夹发热约92度"),
    ("E14", 1, "villager", "reported", "线下堆土有两米多高,离导线很近"),
    ("N01", 1, "government", "reported", "昨夜大雨,电杆周围积水过膝"),
    ("A01", 4, "villager", "reported", "横担上有鸟窝{{x}},<b>很大</b>,${y}"),
    ("S10", 2, "villager", "reported", "=1+1 变压器下面有油"),
    ("E03", 3, "fire", "reported", "彩钢房顶松动,离线路十来米"),
    ("F05", 7, "fire", "reported", "线下堆放麦草垛"),
    ("unclassified", 2, "villager", "reported", "杆子上晚上有响声,不知道是什么"),
    ("unclassified", 6, "villager", "reported", "电线那里好像有东西晃"),
    ("V01", 2, "villager", "reported", "杨树枝快碰到电线了"),
    ("V01", 1, "villager", "reported", "风一吹树枝就打到导线"),
    ("V01", 1, "government", "verified", "渠边柳树被风刮斜,净距不足2米"),
    ("V02", 1, "government", "reported", "风刮断的杨树靠在别的树上,可能倒向线路"),
    ("E02", 2, "villager", "reported", "防尘网挂在拉线上"),
    ("S01", 2, "villager", "reported", "雨后电杆歪了"),
    ("S04", 1, "government", "reported", "拉线松了,晃动明显"),
    ("U05", 1, "villager", "reported", "排灌机井临时线拖在水里"),
]
# What a hazard of a type is called while it is open, by people and by crews; else the name of the type.
_WORDS = {
    "V01": ("杨树枝快碰到电线了", "导线对树枝距离约1.5米"), "V02": ("路边枯死的杨树要倒", "通道外有枯死杨树"),
    "V03": ("拉线上爬满了葫芦藤", "电杆被牵牛花缠住"), "A01": ("电杆上有喜鹊窝", "耐张杆有鸟窝,带铁丝"),
    "S01": ("电杆歪了", "直线杆向渠侧倾斜约8度"), "S03": ("水渠冲刷,电杆根部露出来了", "基础被渠水冲刷,外露约40厘米"),
    "S04": ("拉线松了,晃动明显", "拉线断一股"), "S07": ("瓷瓶破了", "绝缘子伞裙破损"),
    "S08": ("横担锈得厉害", "横担锈蚀,螺栓松动"), "S14": ("电杆号牌掉了", "杆号牌脱落"),
    "E02": ("大棚膜吹起来了,挂在杆边", "防尘网挂在拉线上"), "E05": ("拉线旁边有人挖土", "拉线三米处有人取土"),
    "E10": ("路口电杆被农用车刮了", "路口电杆被农用车刮擦"), "E13": ("杆上拴着羊", "电杆上搭挂通信线"),
    "U01": ("浇地的变压器引线老化", "用户专变引下线老化"), "U05": ("排灌机井临时线拖在地上", "机井临时线未架空"),
    "F02": ("变压器下面全是干草", "变台下杂草枯黄堆积"),
}  # fmt: skip
# Who comes upon what besides the crews; other types are seldom known for what they are.
_WHO_MEETS = {
    **dict.fromkeys(("V01", "V02", "V03", "A01", "S01", "S03", "S04", "F02", "U02", "U06"), ("villager", "villager",
                                                                                           "government")),
    "V04": ("government", "villager"),
    **dict.fromkeys(("F01", "F04"), ("villager", "government", "fire")),
    "F03": ("fire",),
    "F05": ("villager", "government", "fire"),
    **dict.fromkeys(("E01", "E08", "E09"), ("villager", "government")),
    **dict.fromkeys(("E02", "E13", "U05"), ("villager", "villager", "government")),
    "E03": ("government", "villager", "fire"),
    **dict.fromkeys(("E04", "E11", "E12"), ("government",)),
    **dict.fromkeys(("E05", "E14", "E06", "E07", "N01", "N02", "N05"), ("government", "villager")),
    "E10": ("villager", "fire", "government"),
    "U03": ("villager", "fire", "government"),
}  # fmt: skip
_SAID = ("{}", "发现{}", "{},请派人查看")


@dataclass
class Known:
    """A hazard that somebody has told: when, who, and the patrol that came upon it, if one did."""

    kind: Kind
    span: Span
    day: date
    party: str
    closed: date | None
    state: str
    said: str
    found_on: Pass | None = None


@dataclass
class Past:
    """What the time of the records has brought."""

    hazards: list[Known] = field(default_factory=list)
    faults: list[tuple[date, Span, str]] = field(default_factory=list)
    finds: Counter[Pass] = field(default_factory=Counter)


class Eyes:
    """Which patrols came past a span, in order of date."""

    def __init__(self, spans: list[Span], parents: dict[tuple[str, str], str], passes: list[Pass]) -> None:
        self.of = {(span.feeder, span.no): span for span in spans}
        self._parents = parents
        covered: dict[Stretch, list[Span]] = {}
        self.by_span: dict[Span, list[Pass]] = defaultdict(list)
        self.by_day: dict[tuple[date, str], list[tuple[Pass, Span]]] = defaultdict(list)
        for one in passes:
            if one.stretch not in covered:
                covered[one.stretch] = self._between(one.stretch)
            for span in covered[one.stretch]:
                self.by_span[span].append(one)
                self.by_day[one.day, one.party].append((one, span))

    def _between(self, stretch: Stretch) -> list[Span]:
        """Return the spans of a stretch, from its last pole back to its first."""
        spans, no = [], stretch.last
        while no != stretch.first:
            spans.append(self.of[stretch.feeder, no])
            no = self._parents[stretch.feeder, no]
        return spans

    def after(self, span: Span, day: date) -> list[Pass]:
        """Return the patrols past a span after a day."""
        there = self.by_span[span]
        return there[bisect.bisect_right(there, day, key=lambda one: one.day) :]

    def twice(self, span: Span, day: date, party: str) -> bool:
        """Return whether a party patrolled a span on a day: what it reports then counts as found on that patrol."""
        return any(one.day == day and one.party == party for one in self.by_span[span])


def live(world: World, eyes: Eyes, weather: dict[date, set[str]], dice: Dice) -> Past:
    """Return what became of everything that came, each hazard with dice of its own; what nobody saw is not in it."""
    past = Past()
    for number, (start, span, kind) in enumerate(world.arrivals(dice)):
        _one_life(past, world.begin, start, span, kind, eyes, weather, Dice(f"{dice.seed} {number}"))
    _refuted(past, world, eyes, dice)
    for told in TOLD:
        _told(past, world, eyes, told, dice)
    past.hazards = [one for one in past.hazards if one.day >= FIRST_DAY]
    past.faults = sorted(
        (one for one in past.faults if one[0] >= FIRST_DAY), key=lambda one: (one[0], one[1].feeder, one[1].no)
    )
    past.finds = Counter(one.found_on for one in past.hazards if one.found_on)
    return past


def _one_life(
    past: Past, begin: date, start: float, span: Span, kind: Kind, eyes: Eyes, weather: dict[date, set[str]], dice: Dice
) -> None:
    """Let one hazard come, be seen, seen to, and perhaps trip the line."""
    came, gone = begin + timedelta(days=int(start)), dice.wait(1 / kind.persist_days if kind.persist_days > 0 else 0.0)
    ends = came + timedelta(days=int(min(gone, 1500)))
    known = _first_seen(span, kind, came, ends, eyes, dice)
    closed = known.day + timedelta(days=_delay(kind, dice)) if known else None
    until = min(ends, closed) if closed else ends
    day = came
    while day < min(until, TODAY):
        effect = max((float(kind.cover[word]) for word in sorted(weather[day])), default=1.0)
        if dice.chance(1 - math.exp(-kind.phi * effect**WORN)):
            past.faults.append((day, span, kind.code))
            until = day
            break
        day += timedelta(days=1)
    if known is None or known.day > until:
        return
    if until < ends:
        closed = max(until, known.day)
    if closed and closed < TODAY:
        known.closed, known.state = closed, "closed"
    else:
        known.state = _state_now(known, dice)
        known.said = _WORDS.get(kind.code, (kind.cover["name_zh"],) * 2)[known.party == "enterprise"]
    past.hazards.append(known)


def _first_seen(span: Span, kind: Kind, came: date, ends: date, eyes: Eyes, dice: Dice) -> Known | None:
    """Return how a hazard is first told of before it is gone, None if it is not."""
    found = None
    for one in eyes.after(span, came):
        if one.day > ends:
            break
        sees = kind.detects["vehicle" if one.mode == "ebike" else one.mode]
        if dice.chance(sees * (1.0 if one.party == "enterprise" else LAY_EYES)):
            found = one
            break
    who = _WHO_MEETS.get(kind.code, ("villager",))
    rate = REPORTS_A_DAY * (1.0 if kind.code in _WHO_MEETS else 0.1) * math.exp(-span.to_village_m / SIGHT_M)
    # Something that burns or flies is told of at once or never.
    rate = rate * 6 if 0 < kind.persist_days < 4 else rate
    day, party = came + timedelta(days=int(min(1500.0, dice.wait(rate)))), dice.pick(who)
    while eyes.twice(span, day, party):
        day += timedelta(days=1)
    name = kind.cover["name_zh"]
    if found and found.day <= day and found.day < TODAY:
        return Known(kind, span, found.day, found.party, None, "", f"巡视发现:{name}", found)
    if day <= ends and day < TODAY:
        return Known(kind, span, day, party, None, "", dice.pick(_SAID).format(name))
    return None


def _delay(kind: Kind, dice: Dice) -> int:
    """Return days until a hazard is seen to: about its deadline, with some that wait for an outage or an owner."""
    days = float(kind.cover["deadline_h"]) / 24
    usual = {1.0: 0.6, 7.0: 1.2}.get(days, 1.2)
    return max(0 if days <= 1 else 1, round(days * usual * math.exp(0.6 * dice.normal())))


def _state_now(known: Known, dice: Dice) -> str:
    age = (TODAY - known.day).days
    if known.party != "enterprise":
        return "reported" if age < 8 or dice.chance(0.2) else dice.pick(("verified", "assigned", "in_rectification"))
    return "verified" if age < 5 else dice.pick(("verified", "assigned", "assigned", "in_rectification", "ready"))


def _refuted(past: Past, world: World, eyes: Eyes, dice: Dice) -> None:
    """Add false alarms: more where people live, of what people think they know."""
    rightly = sum(one.found_on is None for one in past.hazards)
    spans, days = world.spans, (TODAY - FIRST_DAY).days
    ends = _ends([span.length_m * math.exp(-span.to_village_m / SIGHT_M) for span in spans])
    codes = [code for code in _WHO_MEETS if code not in {"F03", "E11"}]
    for _ in range(round(REFUTED * rightly)):
        span, kind = spans[dice.along(ends)], world.kinds[dice.pick(codes)]
        day, party = FIRST_DAY + timedelta(days=dice.whole(0, days - 15)), dice.pick(_WHO_MEETS[kind.code])
        if kind.cover["scope"] == "UG" or span.cable or eyes.twice(span, day, party):
            continue
        closed = day + timedelta(days=dice.whole(1, 12))
        said = dice.pick(_SAID).format(kind.cover["name_zh"])
        past.hazards.append(Known(kind, span, day, party, closed, "refuted", said))


def _ends(weights: list[float]) -> list[float]:
    total, ends = 0.0, []
    for weight in weights:
        total += weight
        ends.append(total)
    return ends


def _told(past: Past, world: World, eyes: Eyes, told: tuple[str, int, str, str, str], dice: Dice) -> None:
    """Put a report of the last days where its type is likely; what a crew reports it came upon on a patrol."""
    code, age, party, state, said = told
    kind, day, found = world.kinds[code], TODAY - timedelta(days=age), None
    if party == "enterprise":
        there = [pair for pair in eyes.by_day[day, party] if not pair[1].cable]
        found, span = dice.pick(there)
    else:
        free = [span for span in world.spans if not span.cable and not eyes.twice(span, day, party)]
        weights = [math.exp(-span.to_village_m / SIGHT_M) for span in free]
        span = free[dice.along(_ends(weights))]
    past.hazards.append(Known(kind, span, day, party, None, state, said, found))


def hazard_rows(past: Past, dice: Dice) -> list[dict[str, Any]]:
    """Return hazards in order of the day they were told of."""
    known = sorted(past.hazards, key=lambda one: (one.day, one.span.feeder, one.span.no, one.kind.code))
    return [_row(f"H-{number:04d}", one, dice) for number, one in enumerate(known, 1)]


def _row(name: str, one: Known, dice: Dice) -> dict[str, Any]:
    """Return a row: with the error of a phone, and often without a pole number."""
    numbered = one.party == "enterprise" or dice.chance(0.55)
    return {
        "hazard_id": name,
        "feeder_id": one.span.feeder if numbered else "",
        "pole_no": one.span.no if numbered else "",
        "geometry": between(*one.span.ends, dice.between(0.3, 0.7)),
        "east_m": dice.between(-GPS_M, GPS_M),
        "north_m": dice.between(-GPS_M, GPS_M),
        "type": one.kind.code,
        "reported": one.day.isoformat(),
        "party": one.party,
        "state": one.state,
        "description": one.said,
        "closed": one.closed.isoformat() if one.closed else "",
    }


def fault_rows(past: Past, dice: Dice) -> list[dict[str, Any]]:
    """Return the trips; where and why is not always known."""
    return [
        {
            "date": day.isoformat(),
            "feeder_id": span.feeder,
            "pole_no": span.no if dice.chance(0.8) else "",
            "cause": code if dice.chance(0.9) else "",
        }
        for day, span, code in past.faults
    ]

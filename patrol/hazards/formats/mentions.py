"""What a sentence says of a place: lines, poles, equipment, coordinates, as people write them in a chat."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from operator import itemgetter
from typing import NamedTuple

from patrol import text as safe

_POLE = r"\d{1,4}(?:[a-z]\d{1,3})*(?:\+\d{1,2})?(?:支\d{1,3})*(?![\d.]*\d)"
_TO = r"(?:-|—|–|~|至|到|、|和|与|及|跟|/|\bto\b|\band\b|&)"
_ZH_POLE = r"(?:号?(?:电?线?杆|铁?塔)|#(?:电?杆|塔)?)"
# A bare 号 may number anything: a transformer, a house, a day.
_BARE = r"号(?!\s*(?:变|配|台|楼|院|门|机|开关|线|箱|公路|路|街|井|泵|棚|地|渠|桥|矿|煤|电话"
_BARE += r"|下午|上午|晚|早|中午|凌晨|之前|那天|\d))"
_POLES = tuple(
    re.compile(form.replace("{P}", _POLE), re.IGNORECASE)
    for form in (
        rf"(?<![\d.a-z])(?:第|#)?(?P<a>{{P}})\s*{_ZH_POLE}?\s*号?\s*{_TO}\s*(?:第|#)?(?P<b>{{P}})\s*(?:{_ZH_POLE}|{_BARE})",
        rf"(?<![\d.a-z])(?:第|#)?(?P<a>{{P}})\s*{_ZH_POLE}",
        rf"杆号\s*[::]?\s*(?P<a>{{P}})(?:\s*{_TO}\s*(?P<b>{{P}}))?",
        rf"\b(?:poles?|towers?)\s*(?:(?:no|nos|number|numbers)\b\.?)?\s*#?\s*(?P<a>{{P}})(?:\s*{_TO}\s*#?\s*(?P<b>{{P}}))?",
        rf"#\s*(?P<a>{{P}})(?:\s*{_TO}\s*#?\s*(?P<b>{{P}}))?",
        r"(?<![\da-z.])(?P<a>\d{2,4}[a-z]\d{2,3}(?:[a-z]\d{2,3})*)(?![\da-z])",
        rf"(?<![\d.a-z月])(?<!月\d)(?P<a>{{P}})\s*{_BARE}",
    )
)
_AND = r"(?:、|,|以及|还有|和|与|及|跟|&|/|\band\b)"
_ONLY_AND = re.compile(rf"(?:\s|{_AND})*", re.IGNORECASE)
_LISTS = tuple(  # three and more: two may bound a stretch
    re.compile(form.replace("{P}", _POLE), re.IGNORECASE)
    for form in (
        rf"(?<![\d.a-z])(?:第|#)?{{P}}\s*{_ZH_POLE}?\s*号?(?:\s*{_AND}+\s*(?:第|#)?{{P}}\s*{_ZH_POLE}?\s*号?)+"
        rf"\s*{_AND}+\s*(?:第|#)?{{P}}\s*(?:{_ZH_POLE}|{_BARE})",
        rf"\b(?:poles?|towers?)\s*(?:(?:no|nos|number|numbers)\b\.?)?\s*#?\s*{{P}}(?:\s*{_AND}+\s*#?\s*{{P}}){{2,}}",
    )
)
_ONE = re.compile(_POLE, re.IGNORECASE)
_NUMERALS = "零〇一二两三四五六七八九十百"
_CHINESE = re.compile(rf"[{_NUMERALS}]+(?=\s*(?:号|#|杆|{_TO}\s*[{_NUMERALS}]+\s*(?:号|#|杆)))")
_DIGIT = {char: value for value, char in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}

_LINE = re.compile(
    r"(?:\d+(?:\.\d+)?\s*(?:kv|千伏)\s*)?(?P<name>[\u4e00-\u9fffa-z0-9·]{1,14}?(?:分?支|主干?|联络|专|干)?线)(?P<more>路)?",
    re.IGNORECASE,
)
_NO_LINE = re.compile(  # ends in 线 and is none
    "(?:导|电|拉|断|接|缆|信|讯|压|话|网|筝|地|下|碰|离|掉|飞|乱|绞|混|火|零|裸|爬|浇|晾衣|撞|挨|铁|性|进|出|落|上|到|着|在|近|挂|搭|缠"
    "|绕|鱼|的|条|根|边|架|走|全|该|这|那|此|本|同|沿|整|巡|两|几|光|视|高|低|砸|倒|跨|户|引|母|毛|压在|没)线$"
)
_LEAD_IN = re.compile(
    "我们|我|你好|您好|请问|在|位于|发现|看到|巡视|报告|今天|昨天|前天|刚才|刚刚|上午|下午|晚上|早上|中午|师傅|路过|经过|沿着|沿|从"
    "|附近的?|旁边的?|靠近|村口|村里|还有|另外|以及|的|是|有|因为|导致|就是|去|和|及|与|,"
)
_LINE_EN = re.compile(
    r"\b(?P<name>(?:[a-z0-9'’-]{1,30}\s+){1,3}?)(?P<word>branch(?:\s+line)?|line|feeder|circuit)\b"
    r"|\b(?:feeder|circuit|line)\s+(?:no\.?\s*)?(?P<code>[a-z]{0,3}\d{2,5})\b",
    re.IGNORECASE,
)
_STOP_WORDS = (
    "a an the on in at of to near under over from by power this that our my with is are was has and or for no broken"
    " down fallen low below above beside along next between tree kite nest pole poles live downed snapped overhead"
    " electric distribution high low medium voltage kv bird there saw see please hi hello hanging sagging"
    " broke cut wooden main dead bare long new old street telephone phone fishing straight"
)
_STOP = frozenset(_STOP_WORDS.split())
_CODE = re.compile(r"(?<![\da-z])(?P<name>[a-z]{1,3}(?:\d{3,4}(?![\da-z])|\d{1,2}(?=\s*的?\s*#)))", re.IGNORECASE)
_EQUIPMENT = re.compile(
    r"(?P<name>[\u4e00-\u9fff0-9a-z#]{2,12}?(?:台区|配变|公变|专变|箱变|开闭所|环网柜))", re.IGNORECASE
)
_NUMBER = r"-?\d{1,3}\.\d{2,}"
_LONLAT = re.compile(
    rf"(?<![a-z])(?P<w1>东经|北纬|经度|纬度|lon(?:gitude)?|lng|lat(?:itude)?|[ne])?\s*[::=]?\s*(?<![\d.])(?P<a>{_NUMBER})\s*°?\s*(?P<u1>[nesw])?"
    rf"\s*[,、;/\s]\s*(?P<w2>东经|北纬|经度|纬度|lon(?:gitude)?|lng|lat(?:itude)?|[ne])?\s*[::=]?\s*"
    rf"(?P<b>{_NUMBER})(?![\d.])\s*°?\s*(?P<u2>[nesw](?![a-z]))?(?!\s*(?:米|m\b|公里|km|度|kv|千伏))",
    re.IGNORECASE,
)
_LAT_FIRST = ("北纬", "纬度", "lat", "latitude", "n", "s")
_TIMES = re.compile(
    r"\d{4}\s*[-/.年]\s*\d{1,2}\s*[-/.月]\s*\d{1,2}\s*[日号]?|\d{1,2}月\d{1,2}[日号]?"
    r"|\d{1,2}:\d{2}(?::\d{2})?|\d{1,2}\s*点(?:\d{1,2}分?|半)?"
)
_VOLTS = re.compile(r"\d+(?:\.\d+)?\s*(?:kv|千伏)", re.IGNORECASE)


class Point(NamedTuple):
    """Coordinates as written; ``sure`` unless their order is a guess."""

    lon: float
    lat: float
    sure: bool


@dataclass(frozen=True, slots=True)
class Mentions:
    """Places that a text names, in order, each once; ``listed``: several poles with nothing but "and" between."""

    lines: tuple[str, ...]
    poles: tuple[str, ...]
    equipment: tuple[str, ...]
    point: Point | None
    listed: bool = False


def mentions(text: str, known: tuple[str, ...] = ()) -> Mentions:
    """Return the lines, poles, equipment and coordinates that a text names.

    A line as it is called, a branch directly behind its line joined to it (``城关线高庄支线``), voltages left
    out. A pole as ``37``, ``012B03``; two that bound a stretch as ``37-38``. Chinese numerals become digits. Telephone
    numbers, dates and times are none of these.

    Parameters
    ----------
    text : str
    known : tuple of str, optional
        Names that lines of the project have; those that no form of writing gives away are recognised too.
    """
    plain = readable(text)
    point, plain = _point(plain)
    plain = _blank(_TIMES, plain)
    anywhere, before_pole = _patterns(known)
    own = [found[0].upper() for found in anywhere.finditer(plain)] if anywhere else []
    poles, listed, rest = _poles(_blank(anywhere, plain) if anywhere else plain)
    if before_pole:
        own += [found[0] for found in before_pole.finditer(rest)]
        rest = _blank(before_pole, rest)
    lines = tuple(dict.fromkeys([*own, *_lines(rest)]))
    equipment = (
        tuple(dict.fromkeys(_trimmed(found["name"]) for found in _EQUIPMENT.finditer(plain))) if not poles else ()
    )
    return Mentions(lines, poles, equipment, point, listed)


@lru_cache(maxsize=4)
def _patterns(known: tuple[str, ...]) -> tuple[re.Pattern[str] | None, re.Pattern[str] | None]:
    """Return what finds names of lines: Latin ones anywhere, others that do not end in 线 before a pole only."""
    names = sorted({readable(name).strip() for name in known}, key=lambda name: (-len(name), name))
    names = [name for name in names if len(name) > 1 and not name.isdigit()]
    latin = "|".join(re.escape(name) for name in names if name.isascii())
    other = "|".join(re.escape(name) for name in names if not name.isascii() and not name.endswith(("线", "线路")))
    return (
        re.compile(rf"(?<![\da-z])(?:{latin})(?![\da-z])", re.IGNORECASE) if latin else None,
        re.compile(rf"(?:{other})(?=\s*的?\s*#)", re.IGNORECASE) if other else None,
    )


def readable(text: str) -> str:
    """Return text in half width, Chinese numbers of poles as digits, without telephone numbers."""
    plain = unicodedata.normalize("NFKC", safe.mask_identity(safe.clean(text)))
    return _CHINESE.sub(lambda found: str(_value(found[0])), plain)


def _value(word: str) -> str:
    """Return the digits of a Chinese number: 三十七, 一百零五, 〇一二."""
    if not set(word) & set("十百"):
        return "".join(str(_DIGIT[char]) for char in word)
    total = digit = 0
    for char in word:
        if char in _DIGIT:
            digit = _DIGIT[char]
        else:
            total += (digit or 1) * (100 if char == "百" else 10)
            digit = 0
    return str(total + digit)


def _blank(pattern: re.Pattern[str], text: str) -> str:
    return pattern.sub(lambda found: " " * len(found[0]), text)


def _point(text: str) -> tuple[Point | None, str]:
    for found in _LONLAT.finditer(text):
        a, b = float(found["a"]), float(found["b"])
        marks = [(found[name] or "").casefold() for name in ("w1", "u1", "w2", "u2")]
        lat_first = marks[0] in _LAT_FIRST or marks[1] in _LAT_FIRST
        marked = any(marks)
        if marks[1] in {"s", "w"}:
            a = -abs(a)
        if marks[3] in {"s", "w"}:
            b = -abs(b)
        sure = marked or abs(a) > 90 or abs(b) > 90
        if not marked:
            lat_first = abs(a) <= 90 < abs(b)
        lon, lat = (b, a) if lat_first else (a, b)
        if abs(lon) <= 180 and abs(lat) <= 90:
            start, end = found.span()
            return Point(lon, lat, sure), text[:start] + " " * (end - start) + text[end:]
    return None, text


def _poles(text: str) -> tuple[tuple[str, ...], bool, str]:
    """Return the poles named, whether they are a list, and the text with a # for each, so that a line ends there."""
    text = _blank(_VOLTS, text)
    named: list[tuple[int, int, str]] = []
    for form in _LISTS:
        for found in form.finditer(text):
            named += [(found.start() + one.start(), found.end(), one[0].upper()) for one in _ONE.finditer(found[0])]
        text = form.sub(lambda found: "#" * len(found[0]), text)
    for place, form in enumerate(_POLES):
        if place == len(_POLES) - 1 and named:
            break  # a bare 号 counts only where nothing else does
        for found in form.finditer(text):
            first, second = found["a"].upper(), (found.groupdict().get("b") or "").upper()
            bounds = not second or _bound_a_stretch(found[0], first, second)
            both = (first, second) if not bounds else (f"{first}-{second}" if second and second != first else first,)
            named += [(found.start(), found.end(), one) for one in both]
        text = form.sub(lambda found: "#" * len(found[0]), text)
    named.sort(key=itemgetter(0))
    ends = pairwise(named)
    listed = len(named) > 1 and all(_ONLY_AND.fullmatch(text, one[1], max(one[1], two[0])) for one, two in ends)
    return tuple(dict.fromkeys(pole for *_, pole in named)), listed, text


def _bound_a_stretch(said: str, first: str, second: str) -> bool:
    """Return whether two poles bound a stretch: 37-40 do, 37、38 do, 37、40 are two places."""
    listed = re.search("[、和与及跟&/]|and", said) is not None
    return not listed or not (first + second).isdigit() or abs(int(first) - int(second)) <= 1


def _lines(text: str) -> tuple[str, ...]:
    named: list[tuple[int, int, str]] = []
    for found in _LINE.finditer(text):
        name = _trimmed(found["name"])
        # What stands before a pole is a line, whatever it is called; else it must not be a word for wire.
        before_pole = len(name) > 3 and text.startswith("#", found.end())
        if len(name) < 2 or (_NO_LINE.search(name) and not before_pole):
            continue
        named.append((found.start(), found.end(), name))
    for found in _LINE_EN.finditer(text):
        words = (found["name"] or "").split()
        while words and words[0].casefold() in _STOP:
            words.pop(0)
        if any(word.casefold() in _STOP for word in words):
            words = words[max(i for i, word in enumerate(words) if word.casefold() in _STOP) + 1 :]
        name = found["code"] or " ".join([*words, found["word"]] if words else [])
        if name:
            named.append((found.start(), found.end(), name))
    if not named:
        named = [(found.start(), found.end(), found["name"].upper()) for found in _CODE.finditer(text)]
    joined: list[tuple[int, str]] = []
    for start, end, name in sorted(named):
        if joined and start - joined[-1][0] <= 1 and "支" in name:
            joined[-1] = (end, joined[-1][1] + name)
        else:
            joined.append((end, name))
    return tuple(dict.fromkeys(name for _, name in joined))


def _trimmed(name: str) -> str:
    """Return a name without the words that led to it: 我在城关线 is 城关线."""
    parts = _LEAD_IN.split(name)
    return parts[-1] if len(parts[-1]) > 1 else name

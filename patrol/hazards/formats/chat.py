"""Cutting pasted chat text into messages: who wrote when, and what.

Forms of WeChat, QQ, DingTalk and WhatsApp: ``张三 2024-08-16 09:12`` above the text, ``[2024/8/16 09:12] 李四: text``,
``16/08/2024, 09:12 - Li Si: text``, ``2024-08-16 9:12:33 张三(12345678)``, ``李四: text``; else every line is a
message. A line that holds nothing but a day, between strokes or not, is the day of the messages below it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

_DAY = r"\d{4}\s*[-/.年]\s*\d{1,2}\s*[-/.月]\s*\d{1,2}\s*日?"
_SHORT_DAY = r"\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}|(?P<md>\d{1,2}月\d{1,2}日|\d{1,2}[-/]\d{1,2})"
_WEEKDAY = r"(?:(?:星期|周)[一二三四五六日天])"
_CLOCK = r"(?:上午|下午|凌晨|晚上|中午|早上)?\s*\d{1,2}:\d{2}(?::\d{2})?(?:\s*[ap]\.?m\b\.?)?"
_TIME = (
    rf"(?P<time>(?:{_DAY}|{_SHORT_DAY}|(?P<ago>前天|昨天|今天|today|yesterday))[\s,t]*{_WEEKDAY}?\s*{_CLOCK}"
    rf"|{_DAY}|{_WEEKDAY}?\s*{_CLOCK})"
)
_FORMS = tuple(
    re.compile(form, re.IGNORECASE)
    for form in (
        rf"\[{_TIME}\]\s*(?P<name>[^:\[\]]{{1,40}}?)\s*:\s*(?P<body>.*)",
        rf"\[?{_TIME}\]?\s*[-–,]?\s*(?P<name>[^\d\s:,。;!?][^:,。;!?]{{0,29}}?)\s*:\s*(?P<body>.*)",
        rf"(?P<name>\S.{{0,39}}?)\s+{_TIME}\s*:?",
        rf"{_TIME}\s+(?P<name>\S{{1,24}})",
        rf"\[?{_TIME}\]?(?![:\d])\s*[-,]?\s*(?P<body>\S.*)",
        r"(?P<name>[^\d\s:,。;!?]{2,12}|[a-z][a-z'. -]{1,24})\s*:\s*(?P<body>\S.*)",
    )
)
_RULE = r"[-\u2010-\u2015\u2500\u2501=_*\s]*"  # the strokes before and after the day in exported chats
_DAY_LINE = re.compile(rf"{_RULE}(?P<day>{_DAY})\s*{_WEEKDAY}?\s*(?P<clock>{_CLOCK})?{_RULE}", re.IGNORECASE)
_FREE = (2, 3, 5)  # forms in which what looks like a name may be the message itself
_NOT_A_NAME = re.compile(
    r"[,。;!?、]|有|发现|附近|杆|隐患|地点|位置|地址|电话|时间|类型|情况|报告|备注|描述|线路|线$|支线|台区|村$"
    r"|\b(?:pole|line|feeder|place|location|type|time|note|phone|where|what|near|hazard|report|https?)\b",
    re.IGNORECASE,
)
_ACCOUNT = re.compile(r"\s*[(<](?P<account>[^()<>]{5,60})[)>]$")
_DAY_SAID = re.compile(r"(?<!\d)(20\d\d)[-/.年](\d{1,2})[-/.月](\d{1,2})(?!\d)")
_HALF_WIDTH = {0xFF01 + i: 0x21 + i for i in range(94)} | {0x3000: 0x20}


@dataclass(frozen=True, slots=True)
class Message:
    """One message.

    Attributes
    ----------
    row : int
        1 = first message of the text.
    name, account : str
        Who wrote it and his number or address, "" if not said.
    time : str
        As :func:`patrol.hazards.times.parse_times` reads it, "" if not said.
    guessed : str
        What of the time was not said, "" if nothing.
    body : str
    """

    row: int
    name: str
    account: str
    time: str
    guessed: str
    body: str


@dataclass(frozen=True, slots=True)
class _Head:
    name: str
    time: str
    guessed: str
    body: str


def split_messages(text: str, now: datetime, hazard_words: re.Pattern[str]) -> list[Message]:
    """Return the messages of a text, those without content too.

    Parameters
    ----------
    text : str
    now : datetime
        In the project's time zone: the day of "yesterday", and of a time without a day or year.
    hazard_words : Pattern
        Words that no name has, so that ``鸟窝: ...`` is no person.
    """
    heads: list[tuple[_Head, list[str]]] = []
    open_head = False
    day, clock = "", ""  # of the last line that holds nothing else
    for line in text.splitlines():
        bare = line.strip()
        if not bare:
            continue
        if found := _DAY_LINE.fullmatch(bare[:200].translate(_HALF_WIDTH)):
            day, clock, open_head = found["day"].strip(), (found["clock"] or "").strip(), False
            continue
        head = _head(bare, now, hazard_words, day)
        if head is not None and not head.time:
            head = replace(head, time=f"{day} {clock}".strip())
        if head is not None:
            heads.append((head, [head.body] if head.body else []))
            open_head = True
        elif open_head:
            heads[-1][1].append(bare)
        else:
            heads.append((_Head("", f"{day} {clock}".strip(), "", ""), [bare]))
    return [_message(row, head, body) for row, (head, body) in enumerate(heads, 1)]


def _message(row: int, head: _Head, body: list[str]) -> Message:
    found = _ACCOUNT.search(head.name)
    account = found["account"] if found else ""
    return Message(row, _ACCOUNT.sub("", head.name), account, head.time, head.guessed, "\n".join(body))


def _head(line: str, now: datetime, hazard_words: re.Pattern[str], day: str) -> _Head | None:
    plain = line[:300].translate(_HALF_WIDTH)  # of the same length, so places in the line stay
    for place, form in enumerate(_FORMS):
        if len(line) > len(plain) and "body" not in form.groupindex:
            continue  # no heading is that long
        found = form.fullmatch(plain)
        if not found:
            continue
        parts = found.groupdict()
        name = (parts.get("name") or "").strip()
        body = line[found.start("body") :].strip() if parts.get("body") else ""
        if name and place in _FREE and (_NOT_A_NAME.search(name) or hazard_words.search(name.casefold())):
            if place == 2:  # the message first, then its time
                name, body = "", line[: found.end("name")].strip()
            else:
                continue
        time, guessed = _moment(parts, now, day) if parts.get("time") else ("", "")
        return _Head(name, time, guessed, body)
    return None


def _moment(parts: dict[str, str | None], now: datetime, day: str) -> tuple[str, str]:
    """Return a time with its day and year, and what of it was not said."""
    said = re.sub(_WEEKDAY, " ", parts["time"] or "").strip().replace("早上", "上午")
    clock = re.search(_CLOCK, said, re.IGNORECASE)
    hours = clock[0].strip() if clock else ""
    ago = (parts.get("ago") or "").casefold()
    if ago:
        days = {"前天": 2, "昨天": 1, "yesterday": 1}.get(ago, 0)
        return f"{now - timedelta(days=days):%Y-%m-%d} {hours}", "the date"
    if parts.get("md"):
        month, date = (int(word) for word in re.findall(r"\d+", parts["md"] or ""))
        year = now.year if (month, date) <= (now.month, now.day) else now.year - 1
        return f"{year}-{month}-{date} {hours}", "the year"
    if hours and said == hours:
        if day:
            return f"{day} {hours}", ""
        found = re.search(r"(\d{1,2}):(\d{2})", hours)
        late = "下午" in hours or "晚上" in hours or hours.casefold().rstrip(".").endswith(("pm", "p.m"))
        hour = (int(found[1]) % 12 + 12 if late else int(found[1])) if found else 0
        later = found is not None and (hour, int(found[2])) > (now.hour, now.minute)
        return f"{now - timedelta(days=int(later)):%Y-%m-%d} {hours}", "the day"
    return said, ""


def day_in(body: str, now: datetime) -> str:
    """Return the day that a message without a time names in its words, unless it is still to come."""
    found = _DAY_SAID.search(body)
    if found is None:
        return ""
    year, month, day = (int(number) for number in found.groups())
    try:
        return f"{year}-{month:02d}-{day:02d}" if datetime(year, month, day, tzinfo=UTC) <= now else ""
    except ValueError:
        return ""

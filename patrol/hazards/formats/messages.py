"""Pasted chat messages, one or many: what each says of a hazard, and where; doubts are told, not dropped.

A message that speaks of several poles in separate sentences is several reports. Nothing is looked up: lines and
poles are taken down as they are called, the type is left to the words of the description.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from patrol import text as safe
from patrol.errors import Finding, IntakeError
from patrol.hazards.formats.chat import Message, day_in, split_messages
from patrol.hazards.formats.mentions import Mentions, Point, mentions, readable
from patrol.hazards.formats.message_ids import message_ids
from patrol.hazards.formats.records import Tray
from patrol.hazards.keywords import load_keywords
from patrol.hazards.model import Intake, IntakeContext
from patrol.hazards.times import parse_times
from patrol.layers.crs import WGS84, CrsRefusedError, Declared, declared, to_wgs84
from patrol.plan import sha256

FORM = "messages"
MAX_BODY = 4 * safe.MAX_CHARS  # letters of one message that are read; of these MAX_CHARS are kept
MAX_CLAUSES = 40  # of one message that may speak of another place; what follows stays with the last
# Full width is written in escapes: \uff0c comma, \uff01 and \uff1f, \uff1a colon, \uff1b semicolon. Some tools fold it.
_COMMA = ",\uff0c"
_COORDINATE = r"\s*(?:东经|北纬|经度|纬度|lon|lat)?[:\uff1a]?\s*\d{1,3}\.\d"
_END = re.compile(
    r"(?<=[。;\uff1b!\uff01?\uff1f\n])|(?<=[a-z)]\.)(?<![Nn]o\.)(?<![Nn]os\.)(?=\s)"
    rf"|(?<=[{_COMMA}])(?!{_COORDINATE})(?<!\d[{_COMMA}](?=\s*\d))"
)
_MEDIA = re.compile(
    r"\[[^\[\]\s\d]{1,4}\]|\[(?:动画表情|photo|image|picture|video|voice|sticker|file|location)\]"
    r"|<media omitted>|(?:image|video|audio|sticker) omitted",
    re.IGNORECASE,
)
_SMALL_TALK = re.compile(
    "(?:收到|好的|好滴|好|嗯|哦|行|可以|明白|了解|知道了|知道|谢谢您|谢谢你|谢谢大家|谢谢|感谢|辛苦了|辛苦|不客气|没事|是的|对的|在吗"
    "|你好|您好|大家好|早上好|上午好|下午好|晚上好|晚安|再见|拜拜|哈|已阅|群聊记录|聊天记录|马上到|马上|这就去|各位|领导|师傅|啊|呢|吧|了"
    "|ok|okay|yes|nope?|yep|sure|thanks|thank you|a lot|thx|hi|hello|hey|good (?:morning|evening|afternoon|night)"
    "|bye|received|noted|roger|copy|will do|on my way|got it|test|测试|all|everyone|[+]?1| )+",
    re.IGNORECASE,
)
_CALLED = re.compile(r"@[^\s@]{1,30}")  # who is meant
_SMALL = 60  # letters; small talk is short
_SYSTEM = re.compile(
    "撤回了一条消息|加入了?群聊|退出了?群聊|移出了?群聊|修改群名|拍了拍|(?:joined|left) (?:the group|using )"
    "|changed the subject|end-to-end encrypted|message was deleted",
    re.IGNORECASE,
)
_NO_WORDS = re.compile(r"[\W_]+")
_PLACE_WORDS = re.compile(
    "在|的|附近|旁边|之间|号|杆|处|那里|这里|有|和|到|至|位于|我|第|电|#|\\b(?:at|near|on|the|poles?|line|feeder|by|and)\\b"
)
_EDGE = re.compile(r"^[\s,\uff0c;\uff1b]+|[\s,\uff0c;\uff1b]+$")
_NOWHERE = Mentions((), (), (), None)
_BETWEEN = re.compile("间|between", re.IGNORECASE)
_MOBILE = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)")
_NARROW = {0xFF10 + i: 0x30 + i for i in range(10)}


@dataclass(frozen=True, slots=True)
class _Part:
    """What one message says of one place."""

    said: str
    found: Mentions
    line: str
    inherited: bool


@dataclass(frozen=True, slots=True)
class _Chat:
    """What all messages of a text share."""

    taken_at: datetime
    system: Declared | None
    names: tuple[str, ...]
    lines: tuple[str, ...]  # what the project's are called


def read_messages(text: str, label: str, context: IntakeContext, *, file: bool = False) -> Intake:
    """Return the reports in pasted chat messages.

    Parameters
    ----------
    text : str
        One or many messages, see :mod:`patrol.hazards.formats.chat`; or one line typed by hand.
    label : str
        Name of the file, for findings.
    context : IntakeContext
        ``crs`` declares the system of coordinates in the text, without it they are taken as WGS84, which is told.

    file : bool
        The text is a file that may come again, or a longer one: a message whose day is not written in it gets an
        id, see :func:`patrol.hazards.formats.message_ids.message_ids`.

    Returns
    -------
    Intake
        A report for each hazard, ``row`` the number of its message. Greetings and pictures without words are
        rejected. Suspicions name what is doubtful: no line, no pole, several of them, no time.

    Raises
    ------
    IntakeError
        If nothing is there to read, or the declared coordinate system is unknown.
    """
    content = safe.clean(text, limit=len(text) + 1, multiline=True).removeprefix("\ufeff")
    if not content.strip():
        fault = Finding("error", f"{FORM}.empty", label, "there is no text", "paste at least one message")
        raise IntakeError(fault)
    system = _system(context, label)
    zone = ZoneInfo(context.timezone)
    now = _now(context)
    raw = text.encode("utf-8", "replace")
    tray = Tray(FORM, raw, label, context)
    messages = split_messages(content, now.astimezone(zone), hazard_words())
    times = parse_times(pd.Series([message.time for message in messages], dtype=object), context.timezone)
    names = sorted({name for message in messages for name in (message.name, message.account) if name})
    chat = _Chat(now, system, tuple(names), context.lines)
    names_of = message_ids(messages, sha256(raw)[:16]) if file else [""] * len(messages)
    for message, fault, own in zip(messages, times.fault, names_of, strict=True):
        _take(tray, message, "" if fault else message.time, chat, own)
    return tray.intake()


def _system(context: IntakeContext, label: str) -> Declared | None:
    if not context.crs:
        return None
    try:
        return declared(context.crs)
    except CrsRefusedError as error:
        mend = 'write crs = "WGS84", "GCJ-02", "BD-09" or "EPSG:..." under [intake]'
        raise IntakeError(Finding("error", "intake.crs", label, str(error), mend, field="intake.crs")) from error


def _now(context: IntakeContext) -> datetime:
    now = datetime.fromisoformat(context.now)
    return now if now.tzinfo else now.replace(tzinfo=UTC)


@lru_cache(maxsize=1)
def hazard_words() -> re.Pattern[str]:
    """Return what finds any of the package's words for a hazard."""
    words = sorted(load_keywords().codes, key=lambda word: (-len(word), word))
    return re.compile("|".join(rf"\b{re.escape(word)}\b" if word.isascii() else re.escape(word) for word in words))


def _take(tray: Tray, message: Message, time: str, chat: _Chat, own: str) -> None:
    """Put one message into the tray: its reports, or why it is none."""
    body = _MEDIA.sub(" ", message.body[:MAX_BODY])
    original = {"message": f"{message.name} {message.time}\n{message.body}".strip()}
    names = tuple(name for name in chat.names if name[0] in body)  # others of the chat are named too
    if _says_nothing(body):
        reason = f"{_shown(body, names) or _shown(message.body, names)!r} says nothing of a hazard"
        tray.reject(message.row, original, "no_report", reason, "leave it out, or say what and where")
        return
    _tell_time(tray, message, time, chat.taken_at)
    phone = _MOBILE.search(body.translate(_NARROW))
    who = {
        "record": "hazard",
        "source": tray.context.source or FORM,
        "captured_at": time
        or day_in(body, chat.taken_at)
        or ("" if message.time else chat.taken_at.astimezone(UTC).isoformat()),
        "person_name": message.name,
        "person_contact": message.account or (phone[0] if phone else ""),
    }
    parts = list(_parts(body, chat.lines))
    for part in parts:
        _doubts(tray, message.row, part, names)
    each = [(part, pole) for part in parts for pole in _poles(part.found)]
    for number, (part, pole) in enumerate(each, 1):
        place = {"feeder_ref": part.line, "pole_ref": pole}
        place["equipment_ref"] = next(iter(part.found.equipment), "")
        place["external_id"] = f"{own}:{number}" if own else ""
        if part.found.point is not None:
            place |= _lonlat(tray, message.row, part.found.point, chat.system)
        tray.keep(message.row, original, {**who, **place, "description": part.said}, names)


def _poles(found: Mentions) -> tuple[str, ...]:
    """Return the poles that a report each is made for: all of a list, else the first."""
    return found.poles if found.listed else (next(iter(found.poles), ""),)


def _tell_time(tray: Tray, message: Message, time: str, now: datetime) -> None:
    if message.time and not time:
        shown = safe.clean(message.time, limit=40)
        tray.tell("suspicion", "time", f"its time {shown!r} cannot be read", "set the time by hand", message.row)
    elif not message.time and (day := day_in(message.body[:MAX_BODY], now)):
        tray.tell("note", "day_in_words", f"its day is taken from its words: {day}", "", message.row)
    elif not message.time:
        tray.tell("suspicion", "no_time", f"no time is given; taken as {now:%Y-%m-%d %H:%M} UTC", "", message.row)
    elif message.guessed:
        tray.tell("suspicion", "part_time", f"{message.guessed} is not given; taken as {time}", "", message.row)


def _shown(said: str, names: tuple[str, ...]) -> str:
    for name in ("", *names):
        said = safe.mask_identity(said, name)
    return safe.clean(said, limit=30)


def _says_nothing(body: str) -> bool:
    """Return whether a message is a greeting, a thank you, a picture without words, or the program's own."""
    bare = _NO_WORDS.sub(" ", _CALLED.sub(" ", body)).strip()
    if not bare or _SYSTEM.search(body):
        return True
    return len(bare) <= _SMALL and _SMALL_TALK.fullmatch(bare) is not None


def _parts(body: str, lines: tuple[str, ...]) -> Iterator[_Part]:
    """Return what a message says of each place; a sentence without a place belongs to the one before."""
    groups: list[list[str]] = []
    found: list[Mentions] = []
    pieces = [piece for piece in _END.split(body) if piece.strip()]
    for clause in [*pieces[:MAX_CLAUSES], *filter(None, ["".join(pieces[MAX_CLAUSES:])])]:
        here = mentions(clause, lines)
        if not groups or _is_new_place(found[-1], here, "".join(groups[-1])):
            groups.append([clause])
            found.append(here)
        else:
            groups[-1].append(clause)
            found[-1] = _between("".join(groups[-1]), lines) if here != _NOWHERE else found[-1]
    line = ""
    for clauses, where in zip(groups, found, strict=True):
        own = next(iter(where.lines), "")
        yield _Part(_EDGE.sub("", "".join(clauses)), where, own or line, bool(line and not own))
        line = own or line


def _between(said: str, lines: tuple[str, ...]) -> Mentions:
    """Return what sentences name; two poles with something between them are a stretch."""
    found = mentions(said, lines)
    if len(found.poles) == 2 and _BETWEEN.search(said) and not any("-" in pole for pole in found.poles):
        return replace(found, poles=("-".join(found.poles),), listed=False)
    return found


def _is_new_place(before: Mentions, here: Mentions, said: str) -> bool:
    """Return whether a clause speaks of another place than the sentence so far, which has said what is there."""
    other_pole = bool(here.poles and before.poles and not set(here.poles) <= set(before.poles))
    other_line = bool(here.lines and before.lines and not set(here.lines) <= set(before.lines))
    other_point = here.point is not None and before.point is not None and here.point != before.point
    return (other_pole or other_line or other_point) and bool(_substance(said, before))


def _substance(said: str, found: Mentions) -> str:
    """Return what a text says beside its place."""
    plain = readable(said).upper()
    for name in (*found.lines, *found.poles, *found.equipment):
        for word in (name, *name.split("-")):
            plain = plain.replace(word.upper(), " ")
    return "".join(re.findall(r"[^\W\d_]{2,}", _PLACE_WORDS.sub(" ", plain.casefold())))


def _lonlat(tray: Tray, row: int, point: Point, system: Declared | None) -> dict[str, str]:
    if not point.sure:
        what = f"{point.lon},{point.lat} may be longitude and latitude or the other way round; taken in this order"
        tray.tell("suspicion", "order", what, "write 85.31E 27.71N", row)
    if system is None:
        what = "nobody says what system its coordinates are in; taken as WGS84"
        tray.tell(
            "suspicion", "datum", what, "Chinese map apps give GCJ-02, 400 m off: declare crs under [intake]", row
        )
        return {"lon": repr(point.lon), "lat": repr(point.lat)}
    there = (
        to_wgs84(np.array([[point.lon, point.lat]]), system) if system.crs != WGS84 or system.system != "crs" else None
    )
    lon, lat = (point.lon, point.lat) if there is None else (float(there.lon[0]), float(there.lat[0]))
    if not (np.isfinite(lon) and np.isfinite(lat)):
        tray.tell("suspicion", "point", "its coordinates lie where their system does not reach; left out", "", row)
        return {}
    return {"lon": repr(lon), "lat": repr(lat)}


def _doubts(tray: Tray, row: int, part: _Part, names: tuple[str, ...]) -> None:
    found, shown = part.found, _shown(part.said, names)
    if found.point is None:
        if not part.line and not found.equipment:
            tray.tell("suspicion", "no_line", f"{shown!r}: no line is named", "name the line", row)
        if not found.poles and not found.equipment:
            tray.tell("suspicion", "no_pole", f"{shown!r}: no pole is named", "name the pole", row)
    if part.inherited:
        tray.tell("suspicion", "line_before", f"{shown!r}: taken to be on {part.line}, named before", "", row)
    if len(found.lines) > 1:
        what = f"{shown!r} names several lines: {', '.join(found.lines)}; the first is taken"
        tray.tell("suspicion", "two_lines", what, "say which", row)
    if len(found.poles) > 1:
        taken = "a report for each" if found.listed else "the first is taken"
        what = f"{shown!r} names several poles: {', '.join(found.poles)}; {taken}"
        tray.tell("suspicion", "several_poles", what, "report each", row)

"""Replies by text message: ``12 完成 15 未到 路断 13 部分 12-18`` under the plan's tag, one message or a whole chat.

Where no page runs, every stop of a plan has a short code that names its crew too. A message begins with the tag of
its plan and goes on with codes, each followed by what became of the stop; what stands behind is the reason, or from
which pole to which. Digits and punctuation may be full-width, codes may be several (``12、13 完成``, ``1-5 done``). A
message without the tag is of the plan that is given; one with another tag is refused.
"""

from __future__ import annotations

import re
import unicodedata
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pandas as pd

from patrol import text as safe
from patrol.errors import Finding
from patrol.field.ground import Chain, FieldGround, Known, stretch
from patrol.field.model import DONE, NOT_DONE, PARTLY, Item, Sheet, digest
from patrol.field.reportback import Aside, on_section
from patrol.hazards.formats.chat import Message, split_messages
from patrol.hazards.stamps import stamps
from patrol.hazards.times import parse_times
from patrol.words import counted

_WORDS = {
    NOT_DONE: "未完成|没有完成|没完成|未巡视|未巡|没巡|未到达|未到|没到|没去|未去|未做|没做|不能去|去不了|取消"
    "|not reached|not done|not visited|could not reach|can't reach|skipped|missed|cancelled",
    PARTLY: "部分完成|部分|一部分|完成一半|一半|partly done|partly|partial|part",
    DONE: "已完成|完成了|完成|已巡视|已巡|巡完|做完|搞定|好了|已到|completed|complete|finished|done|ok|√|✓|✔",
}  # fmt: skip
_NOTHING = re.compile(
    r"未发现|没有发现|没发现|无隐患|不存在|已消失|没有了|nothing found|found nothing|not there|gone|no hazard",
    re.IGNORECASE,
)
_THERE = re.compile(r"属实|仍在|还在|存在|确有|已核实|still there|confirmed|found|as reported", re.IGNORECASE)
_OUTCOME = "|".join(f"(?P<{name}>{words})" for name, words in _WORDS.items())
_CODE = re.compile(
    r"(?<![\w.-])(?P<codes>\d{1,4}(?:\s*(?:[,、和&]|-|~|至|到)\s*\d{1,4})*)\s*(?:号|站|[.):])?\s*"
    rf"(?:{_OUTCOME})(?![a-z])",
    re.IGNORECASE,
)
_TAG = re.compile(r"#\s*([0-9a-f]{4})(?![0-9a-z])", re.IGNORECASE)
_POLE = r"[^\s,;。;:、-]*\d[0-9A-Za-z]*(?:-\d+)*"
_POLES = re.compile(
    rf"[\s,:]*(?:从|from)?\s*(?P<poles>{_POLE}\s*(?:-|~|至|到|to)\s*{_POLE})\s*(?:号杆|号|杆)?", re.IGNORECASE
)
_BETWEEN = re.compile(r"-|~|至|到|\bto\b", re.IGNORECASE)
_EDGES = " \t\r\n,;.。;、:-"
_NO_NAMES = re.compile("|".join(_WORDS.values()) + "|" + _TAG.pattern, re.IGNORECASE)
MAX_BODY = 4000  # letters of one message
MAX_RANGE = 60  # codes in one range; more is a slip of the pen


@dataclass(frozen=True, slots=True)
class Replies:
    """What a text says of stops: a sheet a message, what is set aside, what to tell, and the messages themselves.

    ``faults`` are of messages that belong to another plan, or to nobody knows which.
    """

    sheets: tuple[Sheet, ...]
    aside: tuple[Aside, ...]
    faults: tuple[Finding, ...]
    findings: tuple[Finding, ...]
    said: tuple[str, ...]


def read_replies(content: str, label: str, ground: FieldGround, *, now: datetime, timezone: str) -> Replies:
    """Read the replies of a text.

    Parameters
    ----------
    content : str
        One message, several lines, or a chat as it was copied.
    ground : FieldGround
        With the plans that are given: codes mean something only in a plan.
    now : datetime
        With an offset.
    timezone : str
        Of times in the text.

    Returns
    -------
    Replies
        ``said`` is each message with names and telephone numbers masked, so that an emergency in it is called in.
    """
    zone = ZoneInfo(timezone)
    messages = _whole(split_messages(_plain(content), now.astimezone(zone), _NO_NAMES))
    times = parse_times(pd.Series([one.time for one in messages], dtype=object), timezone)
    whole = (times.precision == "s").to_numpy() & (times.at <= pd.Timestamp(now)).to_numpy()
    moments = [at if good else "" for at, good in zip(stamps(times.at), whole, strict=True)]
    reader = _Reader(label, ground, zone)
    for message, at in zip(messages, moments, strict=True):
        reader.take(message, at)
    reader.tell()
    said = tuple(safe.mask_identity(one.body, one.name) for one in messages)
    sheets = tuple(_superseded(reader.sheets))
    return Replies(sheets, tuple(reader.aside), tuple(reader.faults), tuple(reader.found), said)


def _plain(content: str) -> str:
    """Return text with half-width digits, letters and punctuation, and one kind of dash."""
    plain = unicodedata.normalize("NFKC", content)
    return re.sub("[\u2010-\u2015\u2212\u30fc～]", "-", plain)


def _whole(messages: Sequence[Message]) -> list[Message]:
    """Return messages with the lines of one put together: without a heading a message goes on until the next tag."""
    whole: list[Message] = []
    for message in messages:
        last = whole[-1] if whole else None
        bare = not message.name and last is not None and (last.name, last.time) == ("", message.time)
        if bare and last is not None and not _TAG.search(message.body):
            whole[-1] = replace(last, body=f"{last.body}\n{message.body}")
        else:
            whole.append(message)
    return whole


@dataclass(frozen=True, slots=True)
class _Said:
    """A code or several, what became of them, from where to where, and what else is said."""

    codes: str
    outcome: str
    poles: str
    words: str


def _parts(body: str) -> list[_Said]:
    """Return what a message says of stops, in order."""
    body = _TAG.sub(lambda tag: " " * len(tag[0]), body)
    found: list[tuple[re.Match[str], re.Match[str] | None]] = []
    at = 0
    while code := _CODE.search(body, at):
        # From pole to pole stands right behind: "12-18, 15" of "13 部分 12-18, 15 未到" are no codes.
        poles = _POLES.match(body, code.end()) if code[PARTLY] else None
        found.append((code, poles))
        at = (poles or code).end()
    ends = [*(code.start() for code, _ in found), len(body)][1:]
    return [
        _Said(
            code["codes"], next(name for name in _WORDS if code[name]), poles["poles"] if poles else "",
            body[(poles or code).end() : end],
        )
        for (code, poles), end in zip(found, ends, strict=True)
    ]  # fmt: skip


class _Reader:
    """Gathers sheets and faults over the messages of one text."""

    def __init__(self, label: str, ground: FieldGround, zone: ZoneInfo) -> None:
        self.label, self.ground, self.zone = label, ground, zone
        self.sheets: list[Sheet] = []
        self.aside: list[Aside] = []
        self.found: list[Finding] = []
        self.faults: list[Finding] = []
        self.counts = {"no_tag": 0, "no_time": 0, "other": 0}

    def take(self, message: Message, at: str) -> None:
        """Take one message."""
        body = message.body
        if len(body) > MAX_BODY:
            self._refuse(message, f"it has {len(body)} letters; a reply has a few lines")
            return
        tag = _TAG.search(body)
        codes = _parts(body)
        if not codes and not tag:
            self.counts["other"] += 1
            return
        known = self._plan(message, tag[1].lower() if tag else "")
        if known is None:
            return
        if not codes:
            self._refuse(message, "nothing in it is a code with what became of it; write: 12 完成, or 12 done")
            return
        key = digest("message", known.sha256, at, " ".join(body.split()))
        items = [item for item in self._items(message, codes, known, key, at) if item is not None]
        if not at and items:
            self.counts["no_time"] += 1
        self.sheets.append(Sheet(key, 1, digest(body), tuple(_last(items))))

    def _plan(self, message: Message, tag: str) -> Known | None:
        plans = list(self.ground.plans.values())
        fits = [one for one in plans if one.tag == f"#{tag}"]
        given = ", ".join(one.tag for one in plans)
        what, mend = "", "give the plan it is about: --plan PLAN"
        if not plans:
            what = "codes mean something only in a plan, and none is given"
        elif tag and not fits:
            what = f"its tag #{tag} is that of another plan; the plan given has {given}"
        elif not tag and len(plans) > 1:
            what, mend = "it names no plan, and several are given", f"write the tag first, one of {given}"
        if what:
            self._refuse(message, what)
            self.faults.append(Finding("error", "field.plan", self.label, what, mend, row=message.row))
            return None
        if not tag:
            self.counts["no_tag"] += 1
        return (fits or plans)[0]

    def _refuse(self, message: Message, reason: str) -> None:
        content = safe.clean(safe.mask_identity(message.body, message.name), limit=1000)
        self.aside.append(Aside(self.label, f"message {message.row}", reason, content))

    def _items(
        self, message: Message, codes: Sequence[_Said], known: Known, key: str, at: str
    ) -> Iterator[Item | None]:
        for said in codes:
            numbers = _numbers(said.codes)
            if not numbers:
                self._refuse(message, f"{said.codes!r} is no range of codes")
            for code in numbers:
                yield self._item(message, known, code, said, key, at)

    def _item(self, message: Message, known: Known, code: int, said: _Said, key: str, at: str) -> Item | None:
        if code not in known.by_code:
            most = max(known.by_code, default=0)
            self._refuse(message, f"there is no stop {code}: the codes of plan {known.tag} go from 1 to {most}")
            return None
        shift_id, task = known.by_code[code]
        shift, meant = known.shifts[shift_id], self.ground.meaning(task, known)
        assert meant is not None, task
        on = shift["date"]
        if at:
            on = datetime.fromisoformat(at).astimezone(self.zone).date().isoformat()
        first, last = _ends(said.poles, meant.chain)
        words = said.words if first or not said.poles else f"{said.poles} {said.words}"
        reason = safe.clean(safe.mask_identity(words.strip(_EDGES)))
        item = Item(
            item=str(uuid.uuid5(uuid.NAMESPACE_OID, f"{key}/{code}")), plan=known.sha256, crew=shift["crew_id"],
            party=shift["party"], mode=shift["mode"], shift_id=shift_id, task_id=task, kind=meant.kind, ref=meant.ref,
            outcome=said.outcome, on=on, at=at, found=_found(meant.kind, said.outcome, reason), reason=reason,
            told_by="reply",
        )  # fmt: skip
        item = on_section(item, meant, first, last)
        if item.kind == "section" and item.outcome == PARTLY and not item.parts:
            what = f"stop {code} is partly done, and it is not said between which two poles of it"
            mend = "ask the crew; until then nothing of it counts as patrolled"
            self.found.append(Finding("suspicion", "field.no_poles", self.label, what, mend, row=message.row))
        return item

    def tell(self) -> None:
        """Say what was taken for granted."""
        tags = ", ".join(one.tag for one in self.ground.plans.values())
        if self.counts["no_tag"]:
            what = f"{counted(self.counts['no_tag'], 'message')} without a tag: the plan given, {tags}, is taken"
            self.found.append(Finding("note", "field.no_tag", self.label, what))
        if self.counts["no_time"]:
            what = f"{counted(self.counts['no_time'], 'message')} without a time: taken as of the day of the shift"
            self.found.append(Finding("note", "field.no_time", self.label, what, "copy the chat with its times"))
        if self.counts["other"]:
            what = f"{counted(self.counts['other'], 'message')} without codes: not a reply, not taken in"
            mend = "hazards in them are taken in by: patrol hazards import"
            self.found.append(Finding("note", "field.no_reply", self.label, what, mend))


def _numbers(codes: str) -> list[int]:
    """Return the codes of ``12, 13`` or ``1-5``; none if a range is no range."""
    numbers: list[int] = []
    for part in re.split(r"[,、和&]", codes):
        ends = [int(one) for one in re.findall(r"\d+", part)]
        if len(ends) == 2 and not 0 <= ends[1] - ends[0] <= MAX_RANGE:
            return []
        numbers += range(ends[0], ends[-1] + 1) if ends else []
    return list(dict.fromkeys(numbers))


def _ends(words: str, chain: Chain | None) -> tuple[str, str]:
    """Return from which pole to which.

    A pole may have a dash in its number: of all ways to part the words, the one that names two poles of the section.
    """
    if chain is not None:
        for mark in _BETWEEN.finditer(words):
            first, last = words[: mark.start()].strip(), words[mark.end() :].strip()
            if stretch(chain, first, last):
                return first, last
    return "", ""


def _found(kind: str, outcome: str, reason: str) -> str:
    if kind != "hazard" or outcome != DONE:
        return ""
    if _NOTHING.search(reason):
        return "nothing"
    return "there" if _THERE.search(reason) else ""


def _last(items: Sequence[Item]) -> list[Item]:
    """Return one item a stop: the last of a message."""
    return list({(one.shift_id, one.task_id): one for one in items}.values())


def _superseded(sheets: Sequence[Sheet]) -> Iterator[Sheet]:
    """Yield sheets without what a later message of the same text takes back, where no time says which is later."""
    latest = {
        (item.shift_id, item.task_id): sheet.key for sheet in sheets for item in sheet.items if not item.at
    }  # fmt: skip
    for sheet in sheets:
        kept = [one for one in sheet.items if one.at or latest[one.shift_id, one.task_id] == sheet.key]
        yield replace(sheet, items=tuple(kept))

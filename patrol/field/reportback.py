"""The report-back of a crew, ``patrol-report/1``: what it says of the stops of its plan.

Hazards and requests of the same file go to the register by :mod:`patrol.hazards.formats.patrol_report`; here are the
outcomes of tasks. A report names tasks by their ids; what those mean the plan says, or the project where the plan is
not at hand. Nothing is kept against a section's id alone: its poles are kept beside it.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import jsonschema

from patrol import text
from patrol.errors import Finding
from patrol.field.done import stop_of
from patrol.field.ground import FieldGround, Known, Meaning, stretch
from patrol.field.model import DONE, NOT_DONE, PARTLY, Item, Sheet, digest
from patrol.hazards.formats.patrol_report import check_head, report_schema
from patrol.hazards.formats.records import read_json
from patrol.hazards.stamps import stamp
from patrol.plan import sha256

EARLY = timedelta(minutes=15)  # a phone's clock may be ahead by so much
MAX_FAULTS = 3  # of one item; the rest follows from mending these


@dataclass(frozen=True, slots=True)
class Aside:
    """Something that is not taken in: where it stands, why, and what it says."""

    label: str
    where: str
    reason: str
    content: str


@dataclass(frozen=True, slots=True)
class Back:
    """What a report-back says of stops, and what else it carries.

    Attributes
    ----------
    sheet : Sheet
    aside : tuple of Aside
    findings : tuple of Finding
    crew, party, day : str
        ``day`` is the day of the shift, "" where the file does not say it.
    photos, track : list
        Entries as the file has them; those that are not as the schema says are among ``aside``.
    """

    sheet: Sheet
    aside: tuple[Aside, ...]
    findings: tuple[Finding, ...]
    crew: str
    party: str
    day: str
    photos: list[Any]
    track: list[Any]


def read_report_back(raw: bytes, label: str, ground: FieldGround, *, now: datetime, timezone: str) -> Back:
    """Read what a report-back says of the stops of its plan.

    Parameters
    ----------
    now : datetime
        With an offset. What was captured later than this is set aside: that clock is wrong.
    timezone : str
        In which days begin and end.

    Raises
    ------
    IntakeError
        If it is no JSON, or its head is not as the schema says; every fault of it is named.
    """
    document = read_json(raw, label, "patrol")
    check_head(document, label)
    crew, plan = text.clean(document["crew_id"], limit=200), document["plan_sha256"]
    day = document.get("date", "")
    about = _About(ground, ground.plans.get(plan), plan, crew, document["party"], day, ZoneInfo(timezone), now)
    finds = Counter(one.get("task_id") for one in document.get("hazards", []) if isinstance(one, dict))
    aside: list[Aside] = []
    kept: dict[str, list[Any]] = {}
    for kind, part in (("results", "result"), ("photos", "photo"), ("track", "fix")):
        kept[kind] = _as_the_schema_says(document.get(kind, []), kind, part, label, aside)
    items, found = [], []
    for number, one in enumerate(document.get("results", []), start=1):
        if one not in kept["results"]:
            continue
        item = _item(one, about, finds)
        if isinstance(item, str):
            aside.append(Aside(label, f"results {number}", item, text.clean(str(one), limit=1000)))
            continue
        items.append(item)
        found += _doubts(item, one, about, label)
    key = digest("report", plan, crew, day)
    sheet = Sheet(key, document["revision"], sha256(raw), tuple(_once(items)))
    if about.known is None:
        what = "its plan is not given: its tasks are looked up in the project as it is now"
        found.insert(0, Finding("note", "field.no_plan", label, what, "give it with --plan"))
    elif crew not in {shift["crew_id"] for shift in about.known.shifts.values()}:
        what = f"crew {crew!r} has no shift in the plan that it names"
        found.insert(0, Finding("suspicion", "field.crew", label, what, "check who sent it"))
    return Back(sheet, tuple(aside), tuple(found), crew, document["party"], day, kept["photos"], kept["track"])


@dataclass(frozen=True, slots=True)
class _About:
    """Head of a report, and what it is read by."""

    ground: FieldGround
    known: Known | None
    plan: str
    crew: str
    party: str
    day: str
    zone: ZoneInfo
    now: datetime


def _as_the_schema_says(entries: list[Any], kind: str, part: str, label: str, aside: list[Aside]) -> list[Any]:
    schema = report_schema()
    check = jsonschema.Draft202012Validator(
        {"$schema": schema["$schema"], "$ref": f"#/$defs/{part}", "$defs": schema["$defs"]}
    )
    good, seen = [], set()
    for number, entry in enumerate(entries, start=1):
        faults = [
            text.clean(f"{'/'.join(map(str, one.absolute_path))}: {one.message}".lstrip(": "), limit=200)
            for _, one in zip(range(MAX_FAULTS), check.iter_errors(entry), strict=False)
        ]
        name = entry["id"].lower() if not faults and "id" in entry else ""
        if name and name in seen:
            faults = ["its id is that of another entry of this file"]
        seen.add(name)
        if faults:
            content = entry if kind != "photos" or not isinstance(entry, dict) else {**entry, "data": "..."}
            aside.append(Aside(label, f"{kind} {number}", "; ".join(faults), text.clean(str(content), limit=1000)))
        else:
            good.append(entry)
    return good


def _item(one: dict[str, Any], about: _About, finds: Counter[Any]) -> Item | str:
    """Return what a result says, or why it cannot be taken in."""
    try:
        at = datetime.fromisoformat(one["captured_at"])
    except ValueError:
        return f"{one['captured_at']!r} is no moment there is"
    if at > about.now + EARLY:
        return f"it was captured at {one['captured_at']}, which is still to come: the clock of the phone is wrong"
    task = text.clean(one["task_id"], limit=200)
    meant = about.ground.meaning(task, about.known)
    if meant is None:
        where = "the plan" if about.known else "the project; give its plan with --plan"
        return f"there is no task {task!r} in {where}"
    on = at.astimezone(about.zone).date().isoformat()
    stop = stop_of(about.known.stops, task, about.crew, about.day or on) if about.known else None
    item = Item(
        item=one["id"].lower(), plan=about.plan, crew=about.crew, party=about.party,
        mode=_mode(about, stop[0] if stop else ""), shift_id=stop[0] if stop else "", task_id=task, kind=meant.kind,
        ref=meant.ref, outcome=one["outcome"], on=on, at=stamp(at), found=_found(one, meant.kind),
        reason=_words(one, "reason"), note=_words(one, "note"), finds=finds[one["task_id"]],
    )  # fmt: skip
    return on_section(item, meant, one.get("from_pole", ""), one.get("to_pole", ""))


def _words(one: dict[str, Any], name: str) -> str:
    return text.clean(text.mask_identity(str(one.get(name, ""))), multiline=True)


def _mode(about: _About, shift: str) -> str:
    if about.known and shift:
        return str(about.known.shifts[shift]["mode"])
    return about.ground.modes.get(about.crew, "foot")


def _found(one: dict[str, Any], kind: str) -> str:
    if kind != "hazard" or one["outcome"] != DONE or "found_nothing" not in one:
        return ""
    return "nothing" if one["found_nothing"] else "there"


def on_section(item: Item, meant: Meaning, first: str, last: str) -> Item:
    """Return an item with what of its section was patrolled: all, from pole to pole, or nothing that is known."""
    chain = meant.chain
    if chain is None:
        return item
    parts = {DONE: chain.whole, PARTLY: stretch(chain, first, last), NOT_DONE: ()}[item.outcome]
    return replace(item, feeder=chain.feeder, poles=chain.poles, metres=chain.metres, parts=parts)


def _once(items: list[Item]) -> list[Item]:
    """Return one item a stop: the later one, where a file has two."""
    latest: dict[tuple[str, str], Item] = {}
    for item in items:
        stop = (item.task_id, item.shift_id or item.on)
        if stop not in latest or (item.at, item.item) > (latest[stop].at, latest[stop].item):
            latest[stop] = item
    return list(latest.values())


def _doubts(item: Item, one: dict[str, Any], about: _About, label: str) -> list[Finding]:
    found = []
    if item.kind == "section" and item.outcome == PARTLY and not item.parts:
        named = one.get("from_pole", "") or one.get("to_pole", "")
        what = f"{item.task_id}: partly done, and " + (
            f"{text.clean(one.get('from_pole'))!r} to {text.clean(one.get('to_pole'))!r} are no two poles of it"
            if named else "it is not said from which pole to which"
        )  # fmt: skip
        mend = "ask the crew; until then nothing of it counts as patrolled"
        found.append(Finding("suspicion", "field.no_poles", label, what, mend))
    shift = about.known.shifts.get(item.shift_id) if about.known else None
    if shift is not None and shift["crew_id"] != about.crew:
        what = f"{item.task_id} was planned for {shift['crew_id']}; the word of {about.crew} is taken"
        found.append(Finding("note", "field.other_crew", label, what))
    if shift is not None and abs((date.fromisoformat(shift["date"]) - date.fromisoformat(item.on)).days) > 0:
        what = f"{item.task_id} was planned for {shift['date']} and captured on {item.on}, which is the day that counts"
        found.append(Finding("suspicion", "field.other_day", label, what, "check the clock of the phone"))
    return found

"""Submissions of phone forms (KoboToolbox, ODK): which question answers what, whatever the form calls it.

Columns of groups (``site/type``, ``site-type``) are known by their last part. The systems' own columns
are no answers, and accounts, devices and telephone numbers among them are identity.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import PurePosixPath
from typing import Any

from patrol import text
from patrol.hazards.formats.records import Tray, number
from patrol.hazards.headings import HEADINGS, REQUEST_WORDS, STATE_WORDS, exact, match_headings, party_of, plain
from patrol.hazards.times import is_clock
from patrol.layers.tables import heading_key

TICKED, UNTICKED = frozenset({"1", "true", "yes", "是"}), frozenset({"", "0", "false", "no", "否"})
GEOPOINT = re.compile(
    r"\s*(-?\d+(?:\.\d+)?)[ ,]+(-?\d+(?:\.\d+)?)(?: +(-?\d+(?:\.\d+)?))?(?: +(\d+(?:\.\d+)?))?\s*", re.ASCII
)
_CODES = re.compile(r"[A-Z]\d{2}(?: +[A-Z]\d{2})+")  # several types marked, by their codes
_PHOTO = re.compile(f"({'|'.join(heading_key(word) for word in ('photos', *HEADINGS['photos'], '现场照片'))})[0-9]*")
_PLACES = frozenset(heading_key(word) for word in (
    "location", "geopoint", "gps", "position", "place", "point", "位置", "定位", "坐标", "地点", "隐患位置",
    *HEADINGS["lonlat"],
))  # fmt: skip
_TYPES = frozenset(heading_key(word) for word in ("type_ref", "hazard", *HEADINGS["type_ref"]))
_KINDS, _STATES = exact(REQUEST_WORDS), exact(STATE_WORDS)
_party = lru_cache(maxsize=1000)(party_of)
_NAMES = ("name", "your_name", "full_name", "first_name")  # of whoever fills in the form
_PEOPLE = frozenset(heading_key(word) for word in (*_NAMES, *HEADINGS["person_name"], *HEADINGS["person_contact"]))
_TOLD_BY_SYSTEM = ("source", "external_id", "crs", "lonlat", "given_closed")  # never asked in a form


@dataclass(frozen=True, slots=True)
class System:
    """How one system writes what it knows of a submission.

    Attributes
    ----------
    name : str
        Short name, and the source of the ids.
    mark : str
        Stands between a group and its question.
    own : pattern
        Columns that are no answers.
    part : pattern
        Column of one part of a geopoint, with groups ``name`` and ``part``.
    ids, started, sent : tuple of str
        Columns of the submission's id and times, the best first.
    identity : tuple of str
        Columns of accounts, devices and numbers.
    """

    name: str
    mark: str
    own: re.Pattern[str]
    part: re.Pattern[str]
    ids: tuple[str, ...]
    started: tuple[str, ...]
    sent: tuple[str, ...]
    identity: tuple[str, ...]


@dataclass
class Questions:
    """Which columns of one export answer what."""

    chosen: dict[str, str]
    photos: list[str] = field(default_factory=list)
    ticks: dict[str, str] = field(default_factory=dict)  # column of one choice -> the choice
    points: dict[str, dict[str, str]] = field(default_factory=dict)  # geopoint -> part -> column
    people: list[str] = field(default_factory=list)  # every column that tells who it was, also unread ones
    unread: list[str] = field(default_factory=list)


Record = tuple[int, dict[str, str]]


def read_submissions(tray: Tray, system: System, records: Sequence[Record]) -> None:
    """Put submissions on the tray: one report a submission, or one for each type ticked in it."""
    asked = questions(tray, system, records)
    for row, cells in records:
        values, identities = _answers(tray, system, asked, row, cells)
        for choice, single in _each_type(asked, cells, values):
            one = {**single, "external_id": f"{single['external_id']}/{choice}"} if choice else single
            one = one if values["external_id"] else {**one, "external_id": ""}
            tray.keep(row, cells, one, identities, asked.unread)


def questions(tray: Tray, system: System, records: Sequence[Record]) -> Questions:
    """Return which columns answer what, and tell what is doubtful about it."""
    columns = list(dict.fromkeys(name for _, cells in records for name in cells))
    ticks = _ticks(columns, records, system)
    answers = [name for name in columns if not system.own.fullmatch(name) and name not in ticks]
    points = _points(tray, system, columns, answers, records)
    parts = {column for part in points.values() for column in part.values()}
    answers = [name for name in answers if name not in parts]
    back = {name.rsplit(system.mark, 1)[-1]: name for name in reversed(answers)} | {name: name for name in answers}
    chosen, wrong = match_headings(list(back), {k: v for k, v in tray.context.columns.items() if k in HEADINGS})
    for what in wrong:
        tray.tell("suspicion", "mapping", what)
    chosen = {name: back[heading] for name, heading in chosen.items() if name not in _TOLD_BY_SYSTEM}
    name = next((name for name in _NAMES if name in back), "")
    if name:
        chosen.setdefault("person_name", back[name])
    photos = [name for name in answers if _PHOTO.fullmatch(heading_key(name.rsplit(system.mark, 1)[-1]))]
    people = [name for name in answers if heading_key(name.rsplit(system.mark, 1)[-1]) in _PEOPLE]
    people += [chosen[name] for name in ("person_name", "person_contact") if name in chosen]
    photos = photos or [chosen[name] for name in ("photos",) if name in chosen]
    asked = Questions(chosen, photos, ticks, points, list(dict.fromkeys(people)))
    used = {*chosen.values(), *photos, *parts}
    unused = [name for name in answers if name not in used]
    asked.unread = [name for name in unused if name not in asked.people]
    if unused:
        shown = ", ".join(text.clean(name, limit=60) for name in unused[:20])
        mend = "map those that matter under [intake.columns]"
        tray.tell("note", "unused", f"{len(unused)} questions are not read: {shown}", mend)
    return asked


def _ticks(columns: Sequence[str], records: Sequence[Record], system: System) -> dict[str, str]:
    """Return the columns that say whether one choice was ticked: ``type/bird_nest``."""
    out = {}
    for name in columns:
        parent, _, choice = name.rpartition("/")
        if not parent or system.own.fullmatch(name):
            continue
        asks_type = heading_key(re.split(r"[/-]", parent)[-1]) in _TYPES
        if (parent in columns or asks_type) and all(
            cells.get(name, "").strip().lower() in TICKED | UNTICKED for _, cells in records
        ):
            out[name] = choice
    return out


def _points(
    tray: Tray, system: System, columns: Sequence[str], answers: Sequence[str], records: Sequence[Record]
) -> dict[str, dict[str, str]]:
    """Return the geopoints, the one that is called a place first."""
    points: dict[str, dict[str, str]] = {}
    for name in columns:
        found = system.part.fullmatch(name)
        if found:
            points.setdefault((found["group"] or "") + found["name"], {})[found["part"].lower()] = name
    points = {name: parts for name, parts in points.items() if {"latitude", "longitude"} <= set(parts)}
    for name in answers:
        said = [cells[name] for _, cells in records if cells.get(name, "").strip()]
        if name not in points and said and all(_is_geopoint(cell, _is_place(name, system)) for cell in said):
            points[name] = {"whole": name}
    for name in points:
        if name in columns:
            points[name].setdefault("whole", name)
    named = tray.context.columns.get("lonlat", "")
    order = sorted(points, key=lambda name: (heading_key(named) != heading_key(name.rsplit(system.mark, 1)[-1]),
                                             not _is_place(name, system)))  # fmt: skip
    if len(points) > 1 and not _is_place(order[0], system) and not named:
        what = (
            f"asks for several places ({', '.join(text.clean(name, limit=60) for name in order)}); the first is taken"
        )
        tray.tell("suspicion", "places", what, "name the right one: [intake.columns] lonlat")
    return {name: points[name] for name in order}


def _is_place(name: str, system: System) -> bool:
    return heading_key(name.rsplit(system.mark, 1)[-1]) in _PLACES


def _is_geopoint(cell: str, called_so: bool) -> bool:
    """Return whether a cell is ``lat lon altitude accuracy``; two numbers alone only where the question says so."""
    found = GEOPOINT.fullmatch(cell)
    return bool(found) and (called_so or bool(found and found[4]))


def _answers(
    tray: Tray, system: System, asked: Questions, row: int, cells: Mapping[str, str]
) -> tuple[dict[str, Any], list[str]]:
    """Return what one submission says, and who said it."""
    said = {name: cells.get(column, "").strip() for name, column in asked.chosen.items()}
    accounts = [one for one in (cells.get(name, "").strip() for name in system.identity) if one]
    values: dict[str, Any] = {
        name: said.get(name, "")
        for name in ("feeder_ref", "pole_ref", "equipment_ref", "along_m", "type_ref", "description", "due", "minutes",
                     "liaison", "person_name")
    }  # fmt: skip
    identities = [*accounts, *(cells[name].strip() for name in asked.people if cells.get(name, "").strip())]
    contact = dict.fromkeys([said.get("person_contact", ""), *accounts])
    source = tray.context.source
    values |= {
        "record": "hazard",
        "source": f"{system.name}:{source}" if source else system.name,
        "external_id": _first(cells, system.ids).removeprefix("uuid:"),
        "person_contact": "; ".join(one for one in contact if one),
        "captured_at": _moment(system, said, cells),
        "photos": "|".join(dict.fromkeys(name for name in _photos(asked, cells) if name)),
        **_place(asked, said, cells),
        **_words(tray, row, said),
    }
    return values, identities


def _first(cells: Mapping[str, str], names: Sequence[str]) -> str:
    return next((cells[name].strip() for name in names if cells.get(name, "").strip()), "")


def _moment(system: System, said: Mapping[str, str], cells: Mapping[str, str]) -> str:
    """Return when it was seen: as asked, else when the form was begun, else when it was sent."""
    at, on, started = said.get("captured_at", ""), said.get("captured_on", ""), _first(cells, system.started)
    if at and on and is_clock(at):
        return f"{on} {at}"
    if at and not is_clock(at):
        return at
    if on and not (started and started.startswith(on)):
        return on
    sent = _first(cells, system.sent)
    # Both systems stamp what they receive in UTC, Kobo without saying so.
    silent = ":" in sent and not re.search(r"(Z|[+-]\d\d:?\d\d)$", sent)
    return started or (f"{sent}Z" if silent else sent)


def _place(asked: Questions, said: Mapping[str, str], cells: Mapping[str, str]) -> dict[str, str]:
    for parts in asked.points.values():
        lat, lon = (cells.get(parts.get(name, ""), "").strip() for name in ("latitude", "longitude"))
        accuracy = cells.get(parts.get("precision", parts.get("accuracy", "")), "")
        whole = GEOPOINT.fullmatch(cells.get(parts.get("whole", ""), ""))
        if not lat and not lon and whole:
            lat, lon, accuracy = whole[1], whole[2], whole[4] or ""
        if lat or lon:
            return {"lat": lat, "lon": lon, "uncertainty_m": accuracy if number(accuracy) is not None else ""}
    found = _geolocation(cells.get("_geolocation", ""))
    return found or {name: said.get(name, "") for name in ("lon", "lat", "uncertainty_m")}


def _geolocation(cell: str) -> dict[str, str]:
    """Return the place Kobo gives a submission beside its answers: ``[lat, lon]``, nulls where it has none."""
    found = re.fullmatch(r"\[\s*([-+.\deE]+)\s*,\s*([-+.\deE]+)\s*\]", cell)
    return {"lat": found[1], "lon": found[2]} if found else {}


def _photos(asked: Questions, cells: Mapping[str, str]) -> list[str]:
    """Return the file names of photos: folders hold account names, and are not where the photo lies here."""
    names = [cells.get(column, "") for column in asked.photos]
    try:
        attached = json.loads(cells.get("_attachments", "") or "[]")
    except (ValueError, RecursionError):
        attached = []
    for one in attached if isinstance(attached, list) else []:
        if isinstance(one, dict) and str(one.get("mimetype", "")).startswith("image/"):
            names.append(str(one.get("filename", "")))
    return [text.clean(PurePosixPath(name.replace("\\", "/").replace("|", "_")).name) for name in names]


def _words(tray: Tray, row: int, said: Mapping[str, str]) -> dict[str, str]:
    """Return party, state and kind of request by the words for them; a word nobody knows is told."""
    out = {}
    party = _party(said["party"]) if said.get("party") else ()
    kind = _KINDS.get(plain(said.get("request_kind", "")), "") or _KINDS.get(plain(said.get("record", "")), "")
    state = _STATES.get(plain(said.get("given_state", "")), "")
    for name, known in (("party", len(party) == 1), ("given_state", bool(state)), ("request_kind", bool(kind))):
        if said.get(name) and not known:
            what = f"{name} {text.clean(said[name], limit=40)!r} is no word that is known; left out"
            tray.tell("suspicion", "word", what, "use the words of the README", row)
    if len(party) == 1:
        out["party"] = party[0]
    return out | {"given_state": state, "request_kind": kind} | ({"record": "request"} if kind else {})


def _each_type(
    asked: Questions, cells: Mapping[str, str], values: Mapping[str, Any]
) -> list[tuple[str, dict[str, Any]]]:
    """Return (choice, values) of each type that was ticked; the choice is "" where there is but one."""
    ticked = [
        choice
        for name, choice in asked.ticks.items()
        if cells.get(name, "").strip().lower() in TICKED and _asks_type(asked, name)
    ]
    if not ticked and _CODES.fullmatch(values["type_ref"]):
        ticked = values["type_ref"].split()
    if len(ticked) < 2:
        return [("", {**values, "type_ref": ticked[0] if ticked else values["type_ref"]})]
    return [(choice, {**values, "type_ref": choice}) for choice in dict.fromkeys(ticked)]


def _asks_type(asked: Questions, column: str) -> bool:
    parent = column.rpartition("/")[0]
    return parent == asked.chosen.get("type_ref") or heading_key(re.split(r"[/-]", parent)[-1]) in _TYPES

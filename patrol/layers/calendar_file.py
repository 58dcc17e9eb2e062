"""Reads the calendar of a project, with every fault at once.

A TOML file with a table a thing: ``[[seasons]]``, ``[[holidays]]``, ``[[campaigns]]`` and
``[[supply_guarantees]]``. Seasons that the project does not name are the package's own, whose dates are
an expert's guess. Which codes and categories of hazard types there are is not known here: names under
``factors`` are checked against the types by :func:`patrol.risk.season.factor_faults`.
"""

from __future__ import annotations

import contextlib
import difflib
import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

from patrol import text
from patrol.config import unknown_key
from patrol.errors import MEND_TOML, Finding, LayerError, toml_words
from patrol.layers.calendar import Calendar, Event, EventKind, Factors, Part, Season
from patrol.layers.festivals import FESTIVALS

TABLES: dict[str, EventKind] = {
    "holidays": "holiday", "campaigns": "campaign", "supply_guarantees": "supply_guarantee",
}  # fmt: skip
YEARS = (1900, 2200)
LONGEST_DAYS = 366  # an event longer than a year is a wrong date
LARGEST_FACTOR = 100.0  # as of the seasons of hazard types
_NAMES = ("name", "name_zh")
_AROUND = ("days_before", "days_after")
_SEASON_KEYS = ("season", *_NAMES, "start", "end", "festival", "dates", *_AROUND, "factors")
_EVENT_KEYS = (*_NAMES, "start", "end", "feeders", "parts", "factors")
_PART_KEYS = ("feeder_id", "first_pole", "last_pole")
_MEND_DAY = "write it as 2024-10-01"


@dataclass(slots=True)
class _Reader:
    """Takes values out of one table of the file, and keeps what is wrong with them."""

    label: str
    found: list[Finding] = field(default_factory=list)

    def wrong(self, code: str, where: str, what: str, mend: str) -> None:
        self.found.append(Finding("error", f"calendar.{code}", self.label, what, mend, field=where))

    def keys(self, table: dict[str, Any], known: Iterable[str], where: str) -> None:
        for key in table:
            if key not in known:
                told = unknown_key(key, list(known), self.label, where)
                self.wrong("unknown_key", told.field, told.what, told.mend)

    def words(self, table: dict[str, Any], key: str, where: str) -> str:
        value = table.get(key, "")
        if isinstance(value, str):
            return text.clean(value)
        self.wrong("type", f"{where}.{key}", f"{value!r} is not a text", "put it in quotes")
        return ""

    def day(self, value: object, where: str) -> date | None:
        if isinstance(value, str):
            with contextlib.suppress(ValueError):
                value = date.fromisoformat(value)
        if isinstance(value, date) and not isinstance(value, datetime) and YEARS[0] <= value.year <= YEARS[1]:
            return value
        self.wrong("date", where, f"{text.clean(value, limit=60)!r} is no day", _MEND_DAY)
        return None

    def factors(self, table: dict[str, Any], where: str) -> Factors:
        """Return the factors by code or category of hazard types."""
        value, place = table.get("factors", {}), f"{where}.factors"
        if not isinstance(value, dict) or ("factors" in table and not value):
            mend = "write factors = { S01 = 1.5, veg = 1.2 }: codes or categories of hazard types"
            self.wrong("type", place, "must be a table of numbers", mend)
            return ()
        kept = {}
        for name, number in value.items():
            if isinstance(number, bool) or not isinstance(number, (int, float)) or not 0 <= number <= LARGEST_FACTOR:
                what = f"{text.clean(number, limit=60)!r} is no factor"
                self.wrong(
                    "factor", f"{place}.{text.clean(name, limit=60)}", what, f"a number, 0 .. {LARGEST_FACTOR:g}"
                )
            else:
                kept[text.clean(name)] = float(number)
        return tuple(kept.items())

    def tables(self, table: dict[str, Any], key: str) -> list[tuple[str, dict[str, Any]]]:
        """Return (place, table) of each entry of a list of tables."""
        value = table.get(key, [])
        if not isinstance(value, list) or any(not isinstance(one, dict) for one in value):
            self.wrong("type", key, "must be a list of tables", f"write [[{key}]] before each")
            return []
        return [(f"{key}[{number}]", one) for number, one in enumerate(value, start=1)]


def read_calendar(path: Path | None = None, *, label: str = "", feeders: Iterable[str] | None = None) -> Calendar:
    """Read a project's calendar; without a path, the package's own seasons alone.

    Parameters
    ----------
    path : Path, optional
        TOML, UTF-8 with or without BOM.
    label : str
        The file as the user named it, for messages.
    feeders : iterable of str, optional
        Ids and names that feeders answer to, to find others; not asked if not given.

    Raises
    ------
    LayerError
        Names every fault at once: TOML syntax, unknown keys, days that are none, ends before starts,
        parts without a feeder, feeders that no line has, factors that are no numbers from 0 to 100.
    """
    own = files("patrol").joinpath("data", "calendar.toml")
    defaults = [_season(_Reader("calendar.toml"), where, table, default=True)
                for where, table in _Reader("").tables(tomllib.loads(own.read_text("utf-8")), "seasons")]  # fmt: skip
    if path is None:
        return Calendar(tuple(one for one in defaults if one is not None))
    read = _Reader(label or path.name)
    try:
        table = tomllib.loads(path.read_text("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError, OSError) as error:
        read.wrong("syntax", "", text.clean(toml_words(error), limit=200), MEND_TOML)
        raise LayerError(read.found) from error
    read.keys(table, ["seasons", *TABLES], "")
    chosen: dict[str, Season] = {}
    for where, entry in read.tables(table, "seasons"):
        season = _season(read, where, entry)
        if season is not None and season.season in chosen:
            read.wrong("duplicate", f"{where}.season", f"{season.season!r} is there already", "keep one")
        elif season is not None:
            chosen[season.season] = season
    events = [event for key, kind in TABLES.items() for where, entry in read.tables(table, key)
              if (event := _event(read, where, entry, kind)) is not None]  # fmt: skip
    _known_feeders(read, table, feeders)
    if read.found:
        raise LayerError(read.found)
    kept = {one.season: one for one in defaults if one is not None} | chosen
    return Calendar(tuple(kept.values()), tuple(sorted(events, key=lambda one: (one.start, one.end, one.name))),
                    read.label)  # fmt: skip


def _season(read: _Reader, where: str, table: dict[str, Any], *, default: bool = False) -> Season | None:
    """Return one season, None if something is wrong with it."""
    before = len(read.found)
    read.keys(table, _SEASON_KEYS, where)
    key = read.words(table, "season", where)
    if not key:
        read.wrong("missing", f"{where}.season", "has no short name", 'write season = "winter_peak" or another')
    names = {name: read.words(table, name, where) for name in _NAMES}
    factors = read.factors(table, where)
    ways = ["start" in table or "end" in table, "dates" in table, "festival" in table]
    if sum(ways) != 1:
        mend = (
            'write start = "11-15" and end = "03-15", or festival = "spring_festival" or dates = [2024-02-10] '
            "with days_before and days_after"
        )
        read.wrong("season", where, "must have one of start with end, festival, and dates", mend)
        return None
    start = _month_day(read, table.get("start"), f"{where}.start") if ways[0] else None
    end = _month_day(read, table.get("end"), f"{where}.end") if ways[0] else None
    dates = _dates(read, table["dates"], where) if ways[1] else ()
    festival = _festival(read, table["festival"], where) if ways[2] else ""
    around = {name: _days_around(read, table, name, where, fixed=ways[0]) for name in _AROUND}
    if len(read.found) > before:
        return None
    return Season(key, names["name"] or key, names["name_zh"] or names["name"] or key, start, end, dates, **around,
                  festival=festival, factors=factors, default=default)  # fmt: skip


def _dates(read: _Reader, value: object, where: str) -> tuple[date, ...]:
    if not isinstance(value, list) or not value:
        read.wrong("type", f"{where}.dates", "must be a list of days", "write dates = [2024-02-10, 2025-01-29]")
        return ()
    days = [read.day(one, f"{where}.dates") for one in value]
    return tuple(sorted(day for day in days if day is not None))


def _festival(read: _Reader, value: object, where: str) -> str:
    if isinstance(value, str) and value in FESTIVALS:
        return value
    near = difflib.get_close_matches(str(value), FESTIVALS, n=1)
    mend = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(FESTIVALS)}; others by dates = [2024-02-10]"
    read.wrong("festival", f"{where}.festival", f"{text.clean(value, limit=60)!r} is no festival known here", mend)
    return ""


def _days_around(read: _Reader, table: dict[str, Any], name: str, where: str, *, fixed: bool) -> int:
    value = table.get(name, 0)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= LONGEST_DAYS:
        read.wrong("range", f"{where}.{name}", f"{value!r} is no number of days", f"0 .. {LONGEST_DAYS}")
        return 0
    if fixed and value:
        read.wrong("season", f"{where}.{name}", "does nothing beside start and end", "move start or end instead")
    return value


def _month_day(read: _Reader, value: object, where: str) -> tuple[int, int] | None:
    day = None
    if isinstance(value, str) and re.fullmatch("[0-9]{2}-[0-9]{2}", value):
        with contextlib.suppress(ValueError):
            day = date.fromisoformat(f"2001-{value}")
    if day is None:
        mend = 'write month and day as "03-15"; no season begins or ends on 29 February'
        read.wrong("date", where, f"{text.clean(value, limit=60)!r} is no day of every year", mend)
        return None
    return day.month, day.day


def _event(read: _Reader, where: str, table: dict[str, Any], kind: EventKind) -> Event | None:
    """Return one event, None if anything is wrong with it."""
    before = len(read.found)
    read.keys(table, _EVENT_KEYS, where)
    names = {name: read.words(table, name, where) for name in _NAMES}
    if not any(names.values()):
        read.wrong("missing", f"{where}.name", "has no name", 'write name = "..." or name_zh = "..."')
    ends = {}
    for key in ("start", "end"):
        if key not in table:
            read.wrong("missing", f"{where}.{key}", "is missing", f"{_MEND_DAY}; start and end are both days of it")
        ends[key] = read.day(table[key], f"{where}.{key}") if key in table else None
    start, end = ends["start"], ends["end"]
    parts = _parts(read, where, table)
    factors = read.factors(table, where)
    if start is not None and end is not None and end < start:
        read.wrong("order", f"{where}.end", f"ends on {end}, before it starts on {start}", "exchange them")
    elif start is not None and end is not None and (end - start).days > LONGEST_DAYS:
        read.wrong("order", f"{where}.end", f"lasts {(end - start).days + 1} days", "mend the year of one of them")
    if kind == "supply_guarantee" and not {"feeders", "parts"} & set(table):
        mend = 'write feeders = ["F1"], or parts = [{ feeder_id = "F1", first_pole = "012", last_pole = "040" }]'
        read.wrong("missing", f"{where}.feeders", "does not say which feeders must not fail", mend)
    if len(read.found) > before or start is None or end is None:
        return None
    return Event(kind, names["name"] or names["name_zh"], names["name_zh"] or names["name"], start, end, parts,
                 factors)  # fmt: skip


def _parts(read: _Reader, where: str, table: dict[str, Any]) -> tuple[Part, ...]:
    feeders = table.get("feeders", [])
    if not isinstance(feeders, list) or any(not isinstance(name, str) or not name for name in feeders):
        read.wrong("type", f"{where}.feeders", "must be a list of feeder ids", 'write feeders = ["F1", "F2"]')
        feeders = []
    listed = table.get("parts", [])
    if not isinstance(listed, list) or any(not isinstance(one, dict) for one in listed):
        read.wrong("type", f"{where}.parts", "must be a list of tables", 'write parts = [{ feeder_id = "F1" }]')
        listed = []
    parts = [Part(text.clean(name)) for name in feeders]
    for number, one in enumerate(listed, start=1):
        place = f"{where}.parts[{number}]"
        read.keys(one, _PART_KEYS, place)
        part = Part(*(read.words(one, key, place) for key in _PART_KEYS))
        if not part.feeder_id:
            read.wrong("missing", f"{place}.feeder_id", "names no feeder", 'write feeder_id = "F1"')
        parts.append(part)
    return tuple(parts)


def _known_feeders(read: _Reader, table: dict[str, Any], feeders: Iterable[str] | None) -> None:
    known = sorted({name for name in feeders or () if name})
    if not known:
        return
    for key in TABLES:
        for where, entry in _Reader("").tables(table, key):
            for part in _parts(_Reader(""), where, entry):
                if part.feeder_id and part.feeder_id not in known:
                    near = difflib.get_close_matches(part.feeder_id, known, n=1)
                    mend = f"did you mean {near[0]!r}?" if near else "name a feeder_id of the lines"
                    read.wrong("feeder_unknown", where, f"no line has feeder_id {part.feeder_id[:60]!r}", mend)

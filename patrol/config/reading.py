"""Settings out of the tables of a project file: every fault at once."""

from __future__ import annotations

import difflib
import math
import re
import types
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from patrol.config.settings import BUDGETS, ENGINES, SEASON_WHERE, Settings
from patrol.errors import Finding
from patrol.units import YEARS, seconds_of_day, sensible

T = TypeVar("T")
TILES = re.compile(r"https://[A-Za-z0-9.-]+(?::\d+)?/[A-Za-z0-9/._~?&=%+@{}-]*")
PLACES = ("{z}", "{x}", "{y}")


def unknown_key(key: str, known: list[str], source: str, where: str) -> Finding:
    """Return the finding for a key nobody knows, with the nearest key that exists."""
    near = difflib.get_close_matches(key, known, n=1)
    mend = f"did you mean {near[0]!r}?" if near else f"known here: {', '.join(sorted(known))}"
    return Finding(
        "error", "config.unknown_key", source, f"unknown key {key!r}", mend, field=f"{where}.{key}" if where else key
    )


def _scalar(value: Any, kind: Any) -> tuple[Any, str]:
    """Return (value, '') if it fits the annotated kind, else (None, what was expected)."""
    origin = get_origin(kind)
    if origin in {Union, types.UnionType}:
        answers = [_scalar(value, option) for option in get_args(kind) if option is not type(None)]
        return next((a for a in answers if not a[1]), answers[0])
    if origin is list:
        inner = get_args(kind)[0]
        if not isinstance(value, list) or any(_scalar(v, inner)[1] for v in value):
            return None, f"a list of {'texts' if inner is str else inner.__name__}"
        return value, ""
    if kind is bool:
        return (value, "") if isinstance(value, bool) else (None, "true or false")
    if kind is int:
        return (value, "") if isinstance(value, int) and not isinstance(value, bool) else (None, "a whole number")
    if kind is float:
        return _number(value)
    return (value, "") if isinstance(value, str) else (None, "a text")


def _number(value: Any) -> tuple[Any, str]:
    """Return a finite number; ``nan`` and ``inf`` are words of TOML, and compare with every bound as good."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None, "a number"
    try:
        number = float(value)
    except OverflowError:  # whole numbers of TOML have any length
        number = math.inf
    return (number, "") if math.isfinite(number) else (None, "a finite number")


def _shown(value: Any) -> str:
    """Return a value for a message, cut where it is long; Python refuses to print the longest whole numbers."""
    try:
        said = repr(value)
    except ValueError:
        return "a number of thousands of digits"
    return said if len(said) <= 80 else said[:79] + "…"


def _entry(value: Any, kind: Any, meta: Mapping[str, Any], source: str, dotted: str) -> tuple[Any, list[Finding]]:
    """Return a value, or one entry of a table, and what is wrong with it."""

    def fault(code: str, what: str, mend: str) -> tuple[None, list[Finding]]:
        return None, [Finding("error", f"config.{code}", source, what, mend, field=dotted)]

    got, expected = _scalar(value, kind)
    low, high = meta.get("low"), meta.get("high")
    if expected:
        return fault("type", f"{_shown(value)} is not {expected}", meta.get("doc", ""))
    if isinstance(got, (int, float)) and ((low is not None and got < low) or (high is not None and got > high)):
        bounds = f"{'' if low is None else f'{low:,.10g}'} .. {'' if high is None else f'{high:,.10g}'}"
        return fault("range", f"{_shown(got)} is out of range", f"allowed: {bounds}")
    texts = got if isinstance(got, list) else [got]
    if meta.get("filled") and any(isinstance(one, str) and not one.strip() for one in texts):
        return fault("empty", "an empty text", f"write it, or leave the key out: {meta.get('doc', '')}")
    return got, []


def _table(value: Any, kind: Any, meta: Mapping[str, Any], source: str, dotted: str) -> tuple[Any, list[Finding]]:
    """Return a table of settings and the faults of all its entries."""
    if not isinstance(value, Mapping):
        what = f"{_shown(value)} is not a table"
        return None, [Finding("error", "config.type", source, what, meta.get("doc", ""), field=dotted)]
    if meta.get("filled") and not value:
        mend = f"write its entries, or leave the key out: {meta.get('doc', '')}"
        return None, [Finding("error", "config.empty", source, "an empty table", mend, field=dotted)]
    _, inner = get_args(kind)
    found: list[Finding] = []
    good: dict[str, Any] = {}
    for key, item in value.items():
        good[str(key)], faults = _entry(item, inner, meta, source, f"{dotted}.{key}")
        found += faults
    return (None if found else good), found


def build_settings(cls: type[T], table: Mapping[str, Any], source: str, where: str = "") -> tuple[T, list[Finding]]:
    """Build a settings dataclass from a TOML table, gathering every fault.

    Parameters
    ----------
    cls : type
        One of the settings dataclasses.
    table : mapping
        What the file says; tables merge key by key into dictionary defaults.
    source, where : str
        File and dotted key, for the findings.

    Returns
    -------
    tuple of (settings, findings)
        Faulty keys keep their default, so that one run finds every fault.
    """
    hints = get_type_hints(cls)
    known = {f.name: f for f in fields(cls)}  # type: ignore[arg-type]
    found: list[Finding] = []
    values: dict[str, Any] = {}
    for key, value in table.items():
        dotted = f"{where}.{key}" if where else key
        if key not in known:
            found.append(unknown_key(key, list(known), source, where))
            continue
        kind, meta = hints[key], known[key].metadata
        if isinstance(kind, type) and is_dataclass(kind):
            if not isinstance(value, Mapping):
                found.append(
                    Finding("error", "config.type", source, "must be a table", f"write [{dotted}]", field=dotted)
                )
                continue
            values[key], faults = build_settings(kind, value, source, dotted)
        elif get_origin(kind) is dict:
            got, faults = _table(value, kind, meta, source, dotted)
            if not faults:
                values[key] = {**getattr(cls(), key), **got}
        else:
            got, faults = _entry(value, kind, meta, source, dotted)
            if not faults:
                values[key] = got
        found += faults
    return cls(**values), found


def check_settings(settings: Settings, source: str) -> list[Finding]:
    """Return what is wrong with settings that are well-formed one by one."""
    found = []
    day = settings.planning.daylight
    try:
        dawn, dusk = (seconds_of_day(text) for text in day)
        good = dawn < dusk
    except ValueError:
        good = False
    if not good:
        mend = 'write two times of day in order, such as ["06:30", "19:00"]'
        found.append(
            Finding("error", "config.daylight", source, f"{day} is no day", mend, field="settings.planning.daylight")
        )
    start = settings.cycles.cold_start
    try:
        good = not start or sensible(date.fromisoformat(start))
    except ValueError:
        good = False
    if not good:
        mend = 'write it as "2024-08-16", or leave it empty'
        what = f"{start!r} is no date of the years {YEARS[0]} to {YEARS[1]}"
        found.append(Finding("error", "config.date", source, what, mend, field="settings.cycles.cold_start"))
    for season, where in settings.cycles.season_where.items():
        if where not in SEASON_WHERE:
            field, mend = f"settings.cycles.season_where.{season}", f"known: {', '.join(SEASON_WHERE)}"
            found.append(Finding("error", "config.season", source, f"{where!r} is not known", mend, field=field))
    tiles, credit = settings.maps.tiles, settings.maps.tiles_credit
    if tiles and not (TILES.fullmatch(tiles) and all(tiles.count(one) == 1 for one in PLACES)):
        mend = 'write it as "https://tiles.example/{z}/{x}/{y}.png", or leave it empty'
        what = f"{_shown(tiles)} is no address of tiles"
        found.append(Finding("error", "config.tiles", source, what, mend, field="settings.maps.tiles"))
    if tiles and not credit.strip():
        mend, field = "write whose tiles they are, as their licence asks", "settings.maps.tiles_credit"
        found.append(Finding("error", "config.tiles", source, "tiles without their source", mend, field=field))
    for name, known in (("engine", ENGINES), ("budget", BUDGETS)):
        value = getattr(settings.solver, name)
        if value not in known:
            mend, field = f"known: {', '.join(known)}", f"settings.solver.{name}"
            found.append(Finding("error", f"config.{name}", source, f"{value!r} is not known", mend, field=field))
    return found

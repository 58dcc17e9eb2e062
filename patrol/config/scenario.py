"""A what-if: how a project would be otherwise, from a small TOML file laid over it."""

from __future__ import annotations

import dataclasses
import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from patrol.config.reading import build_settings, check_settings, unknown_key
from patrol.config.settings import Settings
from patrol.errors import MEND_TOML, Finding

VERSION = 1
_KEYS = {
    "scenario_version": int, "name": str, "name_zh": str, "without_crews": list, "crews": list, "merge": list,
    "weather": list, "settings": dict,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Scenario:
    """What a file says would be otherwise.

    Attributes
    ----------
    name, name_zh : str
        What people call it; it stands in every title of a plan made by it.
    file, text : str
        Name of the file, and all that stands in it.
    without_crews : tuple of str
        Crews that are not there.
    crews : tuple of mapping
        Crews that are there besides: ``like`` one that the project has, with a ``crew_id`` and values of their own.
    merge : tuple of (str, str)
        Zones that become part of another.
    weather : tuple of mapping
        ``from`` and ``to`` (days), and what the weather would be on them.
    settings : mapping
        Tables of settings, as in ``project.toml``.
    """

    name: str
    name_zh: str
    file: str
    text: str
    without_crews: tuple[str, ...] = ()
    crews: tuple[Mapping[str, Any], ...] = ()
    merge: tuple[tuple[str, str], ...] = ()
    weather: tuple[Mapping[str, Any], ...] = ()
    settings: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    @property
    def sha256(self) -> str:
        """Return the hash of the file's text."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    def row(self) -> dict[str, str]:
        """Return it as it stands in a plan file."""
        return {
            "name": self.name,
            "name_zh": self.name_zh,
            "file": self.file,
            "sha256": self.sha256,
            "text": self.text,
        }


def read_scenario(text: str, file: str, settings: Settings) -> tuple[Scenario, Settings, list[Finding]]:
    """Return a scenario, a project's settings by it, and every fault of its form; what is faulty is left out.

    Parameters
    ----------
    text : str
        What stands in the file.
    file : str
        Its name, for messages and for the plan.
    settings : Settings
        The project's.
    """
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        fault = Finding("error", "scenario.syntax", file, str(error), MEND_TOML)
        return Scenario("", "", file, text), settings, [fault]
    found = [unknown_key(key, sorted(_KEYS), file, "") for key in table if key not in _KEYS]
    good: dict[str, Any] = {key: one for key, one in table.items() if isinstance(one, _KEYS.get(key, ()))}
    for key in table.keys() & _KEYS.keys() - good.keys():
        found.append(_fault(file, key, "type", f"must be a {_KEYS[key].__name__}", "see sample_data/scenarios"))
    if table.get("scenario_version") != VERSION:
        found.append(_fault(file, "scenario_version", "version", "is missing or not known", f"write {VERSION}"))
    name, name_zh = good.get("name", ""), good.get("name_zh", "")
    if not (name or name_zh).strip():
        found.append(_fault(file, "name", "empty", "has no name", "a what-if plan is called by it: write one"))
    known = table.keys() & {"without_crews", "crews", "merge", "weather", "settings"}
    if not known:
        found.append(_fault(file, "", "empty", "changes nothing", "say what would be otherwise"))
    by_it, faults = _settings(good.get("settings", {}), settings, file)
    scenario = Scenario(
        name or name_zh, name_zh or name, file, text,
        without_crews=_texts(good.get("without_crews", []), "without_crews", file, found),
        crews=_tables(good.get("crews", []), "crews", {"like": str, "crew_id": str}, file, found),
        merge=tuple(
            (one["zone"], one["into"])
            for one in _tables(good.get("merge", []), "merge", {"zone": str, "into": str}, file, found)
        ),
        weather=_weather(good.get("weather", []), file, found),
        settings=good.get("settings", {}),
    )  # fmt: skip
    return scenario, by_it, [*found, *faults]


def _fault(file: str, field: str, code: str, what: str, mend: str) -> Finding:
    return Finding("error", f"scenario.{code}", file, what, mend, field=field)


def _texts(value: list[Any], key: str, file: str, found: list[Finding]) -> tuple[str, ...]:
    for number, one in enumerate(value):
        if not isinstance(one, str):
            found.append(_fault(file, f"{key}[{number}]", "type", f"{one!r} is not a text", "put it in quotes"))
    return tuple(one for one in value if isinstance(one, str))


def _tables(
    value: list[Any], key: str, needed: Mapping[str, type], file: str, found: list[Finding]
) -> tuple[dict[str, Any], ...]:
    """Return the tables of a list that have what each needs."""
    good = []
    for number, one in enumerate(value):
        where = f"{key}[{number}]"
        if not isinstance(one, dict):
            found.append(_fault(file, where, "type", "is not a table", f"write [[{key}]]"))
            continue
        missing = [name for name, kind in needed.items() if not isinstance(one.get(name), kind) or not one[name]]
        for name in missing:
            found.append(_fault(file, f"{where}.{name}", "missing", "is missing or of the wrong kind", f"give {name}"))
        if not missing:
            good.append(one)
    return tuple(good)


def _weather(value: list[Any], file: str, found: list[Finding]) -> tuple[dict[str, Any], ...]:
    """Return the spells of weather whose days are days in order."""
    good = []
    for number, one in enumerate(_tables(value, "weather", {"from": date}, file, found)):
        last = one.get("to", one["from"])
        odd = [day for day in (one["from"], last) if not isinstance(day, date) or isinstance(day, datetime)]
        if odd or last < one["from"]:
            what, mend = "from and to are no two days in order", "write them as 2024-08-16, without quotes"
            found.append(_fault(file, f"weather[{number}]", "days", what, mend))
        elif (last - one["from"]).days > 366:
            found.append(_fault(file, f"weather[{number}]", "days", "is longer than a year", "give fewer days"))
        else:
            good.append({**one, "to": last})
    return tuple(good)


def _settings(table: Mapping[str, Any], settings: Settings, file: str) -> tuple[Settings, list[Finding]]:
    """Return the settings of a project with those of a scenario over them."""
    _, found = build_settings(Settings, table, file, "settings")
    if found:
        return settings, found
    merged, _ = build_settings(Settings, _merged(dataclasses.asdict(settings), table), file, "settings")
    return merged, check_settings(merged, file)


def _merged(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    both = {
        key: _merged(base[key], value) if isinstance(value, Mapping) and isinstance(base.get(key), Mapping) else value
        for key, value in over.items()
    }
    return {**base, **both}

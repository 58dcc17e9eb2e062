"""What OpenStreetMap tags mean here: voltage, placement, kind of equipment, class and direction of a road."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

from patrol.config import TravelSettings
from patrol.layers.schema import LINES

Tags = Mapping[str, str]

POWER_LINES = ("line", "minor_line", "cable")
SUBSTATIONS = ("substation", "sub_station", "station")  # the last two are older spellings
# Values of highway=* that are no road one could travel today.
NO_ROADS = frozenset(
    {
        "abandoned", "bus_stop", "construction", "corridor", "destroyed", "disused", "elevator", "emergency_bay",
        "escape", "no", "planned", "platform", "proposed", "raceway", "razed", "rest_area", "services", "via_ferrata",
    }
)  # fmt: skip
SETTLEMENTS = ("city", "town", "village", "suburb", "hamlet", "isolated_dwelling")  # largest first
_CHINESE = re.compile("[\u3400-\u9fff]")
_PAIR = re.compile(r'"((?:[^"\\]|\\.)*)"\s*=>\s*(?:"((?:[^"\\]|\\.)*)"|NULL)', re.DOTALL)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_VOLTS = re.compile(r"-?\d+(?:\.\d+)?")
_OUT_OF_USE = ("disused", "abandoned", "demolished", "destroyed", "removed", "razed", "ruined", "proposed", "planned")
_MILE_KM = 1.609344


def parse_hstore(text: object) -> dict[str, str]:
    r"""Return the tags of an ``other_tags`` cell: ``"key"=>"value","key"=>"value"``.

    Quotes and backslashes inside keys and values are escaped by a backslash; commas and ``=>`` may
    stand in values. ``NULL`` values are left out. What is no pair is passed over.
    """
    if not isinstance(text, str):
        return {}
    return {
        _ESCAPE.sub(r"\1", key): _ESCAPE.sub(r"\1", value)
        for key, value in (match.group(1, 2) for match in _PAIR.finditer(text))
        if value is not None
    }


def voltages_kv(tags: Tags) -> list[float]:
    """Return the voltages of a ``voltage`` tag in kV, highest first: ``110000;20000`` -> [110, 20].

    The tag is in volts; ``10 kV`` is understood. What is no number, or no voltage of a line (see
    ``layers.schema.LINES``), is passed over.
    """
    bounds, found = LINES.columns["voltage_kv"], []
    for part in tags.get("voltage", "").lower().split(";"):
        if number := _VOLTS.search(part.replace(",", "")):
            value = float(number[0])
            found.append(value if "kv" in part else value / 1000)
    low, high = bounds.low or 0.0, bounds.high or math.inf
    return sorted({value for value in found if low <= value <= high}, reverse=True)


def in_use(tags: Tags) -> bool:
    """Return whether nothing says that a thing is no longer there or used, or not yet (``disused=yes``)."""
    return all(tags.get(word, "no") in {"no", ""} for word in _OUT_OF_USE)


def is_traction(tags: Tags) -> bool:
    """Return whether the frequency says railway or direct current (16.7 or 0 Hz), not a grid of 50 or 60 Hz."""
    numbers = {float(number) for number in _NUMBER.findall(tags.get("frequency", ""))}
    return bool(numbers) and not numbers & {50.0, 60.0}


def placement(tags: Tags) -> str:
    """Return ``overhead`` or ``underground``; a cable is underground unless its tags say otherwise."""
    where = tags.get("location") or tags.get("position") or ""
    if where in {"underground", "underwater", "indoor"}:
        return "underground"
    return "underground" if tags.get("power") == "cable" and where not in {"overhead", "overground"} else "overhead"


def equipment_kind(tags: Tags, *, distribution_max_kv: float) -> str:
    """Return the kind of equipment the tags describe, or an empty text.

    A substation that only steps distribution voltage down (``substation=minor_distribution``, or no
    voltage above ``distribution_max_kv``) is a transformer here: it feeds customers, not feeders.
    """
    power, switch = tags.get("power", ""), tags.get("switch", "")
    if not in_use(tags):
        return ""
    if power in SUBSTATIONS:
        volts = voltages_kv(tags)
        minor = tags.get("substation") == "minor_distribution" or (bool(volts) and volts[0] <= distribution_max_kv)
        return "transformer" if minor else "substation"
    if power == "transformer" or (power in {"pole", "tower"} and tags.get("transformer", "no") != "no"):
        return "transformer"
    if power == "switch" or (power in {"pole", "tower"} and switch not in {"", "no"}):
        return {"circuit_breaker": "breaker", "recloser": "recloser"}.get(switch, "switch")
    return ""


def capacity_kva(tags: Tags) -> float | None:
    """Return the rated power of a transformer in kVA from ``rating`` (``400 kVA``, ``0.63 MVA``), None if unsaid."""
    total, found = 0.0, False
    for part in tags.get("rating", "").lower().split(";"):
        number = _NUMBER.search(part.replace(",", ""))
        if number and ("kva" in part or "mva" in part):
            total += float(number[0]) * (1000 if "mva" in part else 1)
            found = True
    return total if found else None


def road_class(tags: Tags) -> str:
    """Return the class of a road as the speed table knows it; links count as the road they lead to."""
    value = tags.get("highway", "").removesuffix("_link")
    return value if value in TravelSettings().road_kmh else "other"


def speed_kmh(tags: Tags) -> float | None:
    """Return ``maxspeed`` in km/h, None where it is unsaid or names no number (``none``, ``DE:urban``)."""
    value = tags.get("maxspeed", "").strip().lower()
    numbers = [
        float(number[1]) * (_MILE_KM if "mph" in part else 1)
        for part in value.split(";")
        if (number := re.match(r"\s*(\d+(?:\.\d+)?)\s*(?:km/?h|kmh|kph|mph)?\s*$", part))
    ]
    usable = [number for number in numbers if 0 < number <= 200]
    return round(min(usable), 1) if usable else None


def oneway(tags: Tags) -> str:
    """Return ``yes``, ``-1`` (against the drawn direction) or an empty text for both ways."""
    value = tags.get("oneway", "").strip().lower()
    if value in {"yes", "true", "1"}:
        return "yes"
    if value in {"-1", "reverse"}:
        return "-1"
    implied = tags.get("junction") in {"roundabout", "circular"} or tags.get("highway") == "motorway"
    return "yes" if implied and value == "" else ""


def names(tags: Tags) -> tuple[str, str]:
    """Return (name, name_zh): the English or local name, and the Chinese one if there is any."""
    plain = tags.get("name", "")
    chinese = tags.get("name:zh") or tags.get("name:zh-Hans") or (plain if _CHINESE.search(plain) else "")
    return tags.get("name:en") or plain or chinese, chinese

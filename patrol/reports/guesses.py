"""Which settings shaped a plan or a score, so that no expert's guess hides behind a result."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import fields
from typing import Any

from patrol import text
from patrol.config import Settings
from patrol.plan import Plan
from patrol.words import keys, say

# Policy: how much a fire or an injury weighs is printed on every report, whoever chose the number.
ALWAYS = (
    "consequence.injury_ecm",
    "consequence.fire_ecm",
    "consequence.repair_min",
    "planning.hour_ecm",
    "planning.shift_ecm",
    "planning.due_ecm",
    "consequence.important_weight",
)
BY_MODE = {
    "foot": ("patrol.foot_kmh", "travel.foot_kmh"),
    "vehicle": ("patrol.vehicle_kmh", "patrol.foot_kmh"),
    "ebike": ("patrol.ebike_kmh", "travel.ebike_kmh"),
    "drone": ("patrol.drone_kmh", "patrol.drone_setup_s"),
}
BY_KIND = {
    "section": ("cycles.days", "cycles.critical_factor", "planning.fix_lead_days", "risk.hot_spot_finds"),
    "hazard": ("risk.report_villager", "risk.report_base", "patrol.visit_s"),
    "service": ("planning.visit_ecm",),
    "request": ("planning.visit_ecm",),
}
# Of scores: prices always, as policy; the rest where the project has what they bear on.
OF_SCORES = (
    "consequence.injury_ecm", "consequence.fire_ecm", "consequence.repair_min", "consequence.switching_manual_min",
    "consequence.switching_auto_min", "consequence.important_weight", "planning.fix_lead_days", "cycles.days",
    "cycles.default_days", "cycles.critical_factor", "patrol.foot_kmh", "patrol.equipment_stop_s",
)  # fmt: skip
OF_SCORES_WITH = {
    "fire_zone": ("consequence.fire_zone_ecm",),
    "kva": ("consequence.customers_per_kva",),
    "length": ("consequence.customers_per_km",),
    "finds": ("risk.hot_spot_finds", "risk.hot_spot_report_days"),
    "weather": (
        "risk.fire_weather_days", "risk.fire_gap_days", "risk.fire_fwi", "risk.wind_kmh", "risk.gusts_kmh",
        "risk.heavy_rain_mm", "risk.heat_c", "risk.ice_c", "risk.ice_mm",
    ),
    "warnings": ("risk.alert_hours",),
    "hazards": (
        "risk.report_base", "risk.report_staff", "risk.report_fire", "risk.report_government", "risk.report_villager",
        "risk.report_drone", "risk.report_satellite", "risk.report_weight", "risk.report_repeat", "risk.report_clip",
    ),
    "rectified": ("risk.repair_left",),
}  # fmt: skip
# What the keys of a table are, so that "1 150" is not read as one number
CLASSES = {"consequence.important_weight": "grade", "cycles.days": "region"}
BY_NOTE = {
    "network.customers_kva": ("consequence.customers_per_kva",),
    "network.customers_length": ("consequence.customers_per_km",),
    "shifts.daylight": ("planning.daylight", "planning.daylight_margin_min"),
    "travel.no_roads": ("travel.no_road_kmh", "travel.detour_factor"),
}


def values_that_matter(plan: Plan, settings: Settings, lang: str) -> Iterator[tuple[str, str, bool]]:
    """Yield ``(key, value, is it an unconfirmed guess)`` for each setting that shaped this plan.

    A guess that the project has set to another value than the default counts as confirmed.
    """
    names = dict.fromkeys(ALWAYS)
    names.update(dict.fromkeys(key for shift in plan.shifts for key in BY_MODE.get(shift["mode"], ())))
    names.update(dict.fromkeys(key for task in plan.tasks.values() for key in BY_KIND.get(task["kind"], ())))
    if any(task.get("preferred") for task in plan.tasks.values()):
        names["defence.other_person_ecm"] = None
    names.update(dict.fromkeys(key for note in plan.document["notes"] for key in BY_NOTE.get(note.get("code", ""), ())))
    yield from _values_of(names, settings, lang)


def values_of_scores(has: Collection[str], settings: Settings, lang: str) -> Iterator[tuple[str, str, bool]]:
    """Yield the same for the settings that shaped scores; ``has`` names those of OF_SCORES_WITH that apply."""
    yield from _values_of(
        (*OF_SCORES, *(key for what in OF_SCORES_WITH if what in has for key in OF_SCORES_WITH[what])), settings, lang
    )


def guess_mark(key: str, settings: Settings, lang: str) -> str:
    """Return ``(m)`` for a setting that is an expert's guess and still has its default, else nothing."""
    ((_, _, guess),) = _values_of([key], settings, lang)
    return say("reports.guess", lang) if guess else ""


def default_line(key: str, value: str, guess: bool, lang: str) -> str:
    """Return one setting as the line of a list: what it means, its value, ``(m)`` for a guess, and its name."""
    shown = {"name": f"settings.{key}", "value": value, "mark": say("reports.guess", lang) if guess else ""}
    return say("reports.summary.default_line", lang, doc=say(f"reports.settings.{key}", lang), **shown)


def _values_of(names: Iterable[str], settings: Settings, lang: str) -> Iterator[tuple[str, str, bool]]:
    default = Settings()
    for name in names:
        group, key = name.split(".")
        table = getattr(settings, group)
        value, usual = getattr(table, key), getattr(getattr(default, group), key)
        meta = next(f.metadata for f in fields(table) if f.name == key)
        yield name, _shown(value, CLASSES.get(name, ""), lang), bool(meta["guess"]) and value == usual


def _shown(value: Any, table: str, lang: str) -> str:
    if isinstance(value, dict):
        return say("reports.comma", lang).join(
            _class(key, f"{number:,.10g}", table, lang) for key, number in value.items()
        )
    if isinstance(value, list):
        return say("reports.comma", lang).join(text.clean(one) for one in value)
    return f"{value:,.10g}"


def _class(name: str, value: str, table: str, lang: str) -> str:
    """Return a value with the grade or class it is for; a name of the project's own stays as it is."""
    key = f"reports.{table}.{name}"
    return say(key, lang, value=value) if key in keys(lang) else f"{text.clean(name)}: {value}"

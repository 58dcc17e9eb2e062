"""Which of the first sections and hazards stay first when an expert's guess is halved or doubled.

Each guessed default that bears on scores is changed alone: a number within its bounds, a table of numbers as a whole,
and the guessed columns of the hazard types as a whole (the rates of all types at once: a rate twice as high for all
says nothing, but hot spots and prices then weigh differently). Factors of weather and season become their square roots
and squares: 1 is no effect, and the seasons cover the year, so that twice all of them would be the same again. A
default that the project has changed is no guess any more. Only what depends on a setting is reckoned again, so that a
county takes seconds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from patrol.config import Settings
from patrol.planning.due import patrolled
from patrol.planning.picture import believed, dated, known_hazards, open_hazards, traced
from patrol.planning.reasons import own_types
from patrol.planning.scene import Evidence, make_setting
from patrol.planning.scored import Scored
from patrol.risk.alerts import CONDITIONS
from patrol.risk.ranking import ranked_hazards, ranked_sections
from patrol.risk.score import Scene, patrol_values

TIMES = (0.5, 2.0)
COLUMNS = ("setting", "times", "what", "of", "kept", "leaves", "comes")
GROUPS: dict[str, tuple[str, ...]] = {  # settings that bear on scores; () for all guesses of the group
    "consequence": (),
    "cycles": ("days", "default_days", "critical_factor"),
    "planning": ("fix_lead_days",),
    "patrol": ("foot_kmh", "equipment_stop_s"),
    "risk": (),
}
TYPE_COLUMNS = {
    "base_rate_per_100km_yr": ("base_rate_per_100km_yr",),
    "phi_per_day": ("phi_per_day",),
    "persist_days": ("persist_days",),
    "detection": ("d_foot", "d_vehicle", "d_drone"),
    "p_ignition_given_fault": ("p_ignition_given_fault",),
    "p_injury_given_fault": ("p_injury_given_fault",),
    "weather": tuple(f"x_{name}" for name in CONDITIONS),
    "season": ("m_winter_peak", "m_spring_festival", "m_spring_agri", "m_summer_peak", "m_autumn_harvest"),
}
_FACTORS = ("weather", "season")
_CHANCES = ("d_foot", "d_vehicle", "d_drone", "p_ignition_given_fault", "p_injury_given_fault")
_PRICES = ("consequence.fire_ecm", "consequence.fire_zone_ecm", "consequence.injury_ecm", "planning.fix_lead_days")

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True, eq=False)
class Change:
    """One guess, halved or doubled: ``name`` is ``group.key`` of a setting or ``types.<key of TYPE_COLUMNS>``."""

    name: str
    times: float
    settings: Settings
    types: pd.DataFrame

    @property
    def retraces(self) -> bool:
        """Whether what a fault causes has to be traced again."""
        return self.name.startswith("consequence.") and self.name not in _PRICES

    @property
    def resteps(self) -> bool:
        """Whether the unseen hazards have to be stepped through the past again."""
        own = ("types.p_ignition_given_fault", "types.p_injury_given_fault", *_PRICES)
        return not (self.name in own or self.name.startswith("patrol.") or self.only_belief)

    @property
    def only_belief(self) -> bool:
        """Whether it bears on the credibility of reports alone."""
        return self.name.startswith(("risk.report_", "risk.repair_"))

    @property
    def believes(self) -> bool:
        """Whether it bears on the credibility of reports."""
        return self.only_belief or self.name in {"types.persist_days", "types.detection"}


def sensitivity(scored: Scored, *, top: int = 20, progress: Progress | None = None) -> pd.DataFrame:
    """Return who stays among the first when each guess is halved and doubled.

    Returns
    -------
    DataFrame
        COLUMNS, two rows a change: ``setting, times``, ``what`` (sections, hazards), ``of`` (how many were first),
        ``kept`` of them, and the ids that leave and come (tuples, in order of rank). Changes that a bound forbids
        are absent.
    """
    tell = progress or (lambda *_: None)
    before = {
        "sections": _first(scored.sections, "section_id", top),
        "hazards": _first(scored.hazards, "hazard_id", top),
    }
    walked = patrolled(scored.network, scored.layers.patrols, on=scored.on)
    evidence = Evidence(walked, known_hazards(scored.layers, scored.picture.sections), scored.testimony.alerts)
    every = list(changes(scored))
    rows = []
    for number, change in enumerate(every):
        tell("sensitivity", number, len(every))
        sections, hazards = rescored(scored, change, evidence)
        after = {"sections": _first(sections, "section_id", top), "hazards": _first(hazards, "hazard_id", top)}
        for what, first in before.items():
            leaves = tuple(one for one in first if one not in set(after[what]))
            comes = tuple(one for one in after[what] if one not in set(first))
            kept = len(first) - len(leaves)
            rows.append((change.name, change.times, what, len(first), kept, leaves, comes))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def changes(scored: Scored) -> Iterator[Change]:
    """Yield every guess that nobody has changed, halved and doubled, where its bounds let it change at all."""
    settings, types = scored.project.settings, scored.types
    for name, value, low, high in guesses(settings):
        for times in TIMES:
            new = _scaled(value, times, low, high)
            if new != value:
                yield Change(name, times, _with(settings, name, new), types)
    usual = ~types.index.isin(own_types(types))
    for name, columns in TYPE_COLUMNS.items():
        for times in TIMES:
            new_types = types.copy()
            for column in columns:
                scaled = types[column] ** times if name in _FACTORS else types[column] * times
                most = 1.0 if column in _CHANCES else np.inf
                new_types[column] = types[column].where(~usual, scaled.clip(upper=most))
            if not new_types[list(columns)].equals(types[list(columns)]):
                yield Change(f"types.{name}", times, settings, new_types)


def guesses(settings: Settings) -> Iterator[tuple[str, Any, float, float]]:
    """Yield ``(name, value, low, high)`` of the guessed settings that bear on scores and still have their default."""
    default = Settings()
    for group, wanted in GROUPS.items():
        table = getattr(settings, group)
        for one in fields(table):
            value = getattr(table, one.name)
            number = isinstance(value, int | float | dict)
            if not one.metadata["guess"] or not number or (wanted and one.name not in wanted):
                continue
            if value == getattr(getattr(default, group), one.name):
                yield f"{group}.{one.name}", value, one.metadata["low"], one.metadata["high"]


def rescored(scored: Scored, change: Change, evidence: Evidence) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Return the ranked sections and hazards under a change; what it has no bearing on is taken as it was."""
    seen, settings, types = scored.picture, change.settings, change.types
    sections, hazards = seen.sections, seen.hazards
    scene = replace(
        seen.setting.scene, types=types, consequence=settings.consequence, planning=settings.planning,
        fire_ecm=_fire_ecm(seen.setting.scene, settings),
    )  # fmt: skip
    if change.resteps:
        cut = traced(scored.layers, settings)[1] if change.retraces else scored.cut
        sections, _ = dated(seen.network, cut, scored.layers, settings, evidence.walked, on=scored.on, days=1)
        scene = make_setting(
            scored.layers, seen.network, sections, types, settings, evidence, on=scored.on, days=1
        ).scene  # fmt: skip
    if change.retraces:
        again = open_hazards(scored.layers, sections, types, evidence.finds["section"].to_numpy(np.int64), on=scored.on)
        hazards = again.assign(p=hazards["p"].to_numpy(float))
    if change.believes:
        hazards = believed(hazards, scored.layers, scored.testimony, types, settings, on=scored.on)
    values = patrol_values(scene)["foot"].to_numpy(float)
    ranked = ranked_sections(sections.assign(value_foot=values), settings.patrol)
    return gpd.GeoDataFrame(ranked), gpd.GeoDataFrame(ranked_hazards(hazards, scene))


def _fire_ecm(scene: Scene, settings: Settings) -> Any:
    """Return what a fire costs by section under other prices: those that burn are the ones that cost more now."""
    prices, now = settings.consequence, scene.consequence
    burns = scene.fire_ecm > now.fire_ecm
    return np.where(burns, max(prices.fire_ecm, prices.fire_zone_ecm), prices.fire_ecm)


def _first(ranked: pd.DataFrame, column: str, top: int) -> tuple[str, ...]:
    return tuple(ranked[column].head(top).astype(str))


def _scaled(value: Any, times: float, low: float | None, high: float | None) -> Any:
    """Return a number, or every number of a table, times a factor within its bounds; whole numbers stay whole."""
    if isinstance(value, dict):
        return {key: _scaled(number, times, low, high) for key, number in value.items()}
    new = value * times
    new = new if low is None else max(low, new)
    new = new if high is None else min(high, new)
    return round(new) if isinstance(value, int) else new


def _with(settings: Settings, name: str, value: Any) -> Settings:
    group, key = name.split(".")
    return replace(settings, **{group: replace(getattr(settings, group), **{key: value})})

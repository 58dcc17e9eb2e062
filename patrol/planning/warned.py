"""Weather in which people stay in: who, from when to when, and where.

Nobody patrols in lightning, flood, hail or the like, and nobody is alone in a storm (domain brief, section 1). The
weather table speaks of whole days and of the whole project, warnings of the register of their own hours and areas.
"""

from __future__ import annotations

import dataclasses
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pyproj
import shapely

from patrol.config import Settings
from patrol.errors import Finding
from patrol.layers.crs import WGS84, way_between
from patrol.risk.alerts import CONDITIONS, conditions_of, readable, warnings_of
from patrol.units import DAY_S, clock

STAND_DOWN = (
    "lightning", "thunder", "t-storm", "tstorm", "雷", "flood", "洪水", "洪涝", "typhoon", "台风", "hail", "冰雹",
    "tornado", "龙卷",
)  # fmt: skip
STORMY = ("wind", "heavy_rain", "ice")  # conditions of the risk model that make a storm of a day


@dataclass(frozen=True, slots=True, eq=False)
class Spell:
    """Weather of some hours in which people stay in.

    Attributes
    ----------
    source, words : str
        Who says so, ``weather`` or ``register``, and what of.
    alone : bool
        Only those stay in who would be too few; else everybody does.
    begins, ends : int
        Seconds of the wall clock after midnight of the plan's first day.
    area : geometry or None
        In the project's metric CRS; None is everywhere.
    """

    source: str
    words: str
    alone: bool
    begins: int
    ends: int
    area: Any = None

    def on(self, day: int) -> tuple[int, int]:
        """Return from when to when it holds on a day of the plan, seconds after its midnight; (0, 0) if not at all."""
        begins, ends = max(self.begins - day * DAY_S, 0), min(self.ends - day * DAY_S, DAY_S)
        return (begins, ends) if begins < ends else (0, 0)

    def all_day(self, day: int) -> bool:
        """Return whether it holds everywhere from midnight to midnight."""
        return self.area is None and self.on(day) == (0, DAY_S)


def spells_of(
    weather: pd.DataFrame,
    alerts: pd.DataFrame,
    *,
    first: date,
    days: int,
    settings: Settings,
    crs: pyproj.CRS,
    timezone: str,
) -> tuple[Spell, ...]:
    """Return the spells of the days of a plan.

    Parameters
    ----------
    weather : DataFrame
        The checked layer.
    alerts : DataFrame
        Of ``Register.alerts``; empty without a register.
    crs : pyproj.CRS
        The project's, for the areas.
    """
    found = [*_of_table(weather, first, days, settings), *_of_register(alerts, first, settings, crs, timezone)]
    return tuple(spell for spell in found if any(spell.on(day) != (0, 0) for day in range(days)))


def _of_table(weather: pd.DataFrame, first: date, days: int, settings: Settings) -> Iterator[Spell]:
    for number in range(days):
        rows = weather[weather["date"] == pd.Timestamp(first + timedelta(days=number))]
        begins, ends = number * DAY_S, (number + 1) * DAY_S
        for row in rows.to_dict("records"):
            said = str(row["alerts"])
            word, stormy = _meaning([said], settings)[0]
            if word:
                yield Spell("weather", word, False, begins, ends)
            measured = (
                max(row["wind_kmh"], np.nan_to_num(row["gusts_kmh"])) >= settings.planning.storm_wind_kmh
                or row["rain_mm"] >= settings.risk.heavy_rain_mm
            )
            if stormy or measured:
                yield Spell("weather", said if stormy else "", True, begins, ends)


def _of_register(
    alerts: pd.DataFrame, first: date, settings: Settings, crs: pyproj.CRS, timezone: str
) -> Iterator[Spell]:
    warnings = warnings_of(alerts, settings.risk)
    if warnings.empty:
        return
    midnight = pd.Timestamp(first)
    begins, ends = (
        (warnings[name].dt.tz_convert(timezone).dt.tz_localize(None) - midnight).dt.total_seconds()
        for name in ("starts", "ends")
    )
    areas = readable(warnings["area_wkt"])
    to_metric = way_between(WGS84, crs)
    for number, (word, stormy) in enumerate(_meaning(warnings["event"], settings)):
        area = areas[number]
        if area is not None:
            area = shapely.transform(area, lambda xy: np.column_stack(to_metric.transform(xy[:, 0], xy[:, 1])))
        whole = Spell("register", str(warnings["event"][number]), False, int(begins[number]), int(ends[number]), area)
        if word:
            yield whole
        if stormy:
            yield dataclasses.replace(whole, alone=True)


def _meaning(texts: Iterable[str], settings: Settings) -> list[tuple[str, bool]]:
    """Return of each text the word for which everybody stays in, "" if none, and whether it speaks of a storm.

    The words of ``risk.alert_thunder`` count beside STAND_DOWN, which no file can shorten.
    """
    said = [str(text) for text in texts]
    kinds = dict(zip(CONDITIONS, conditions_of(said, settings.risk).T, strict=True))
    found = []
    for number, text in enumerate(said):
        plain = unicodedata.normalize("NFKC", text).casefold()
        word = next((word for word in STAND_DOWN if word in plain), text if kinds["thunder"][number] else "")
        found.append((word, any(kinds[name][number] for name in STORMY)))
    return found


def weather_unknown(weather: pd.DataFrame, first: date, days: int) -> list[Finding]:
    """Return a note of the days without weather, on which the rules cannot be applied."""
    dates = [first + timedelta(days=number) for number in range(days)]
    unknown = [day for day in dates if weather.empty or not (weather["date"] == pd.Timestamp(day)).any()]
    if not unknown:
        return []
    what = f"no weather for {len(unknown)} of {days} days: {', '.join(day.isoformat() for day in unknown[:10])}"
    mend = "give the forecast and its warnings; until then watch the sky: nobody patrols in lightning"
    return [Finding("note", "weather.unknown", "weather", what, mend, count=len(unknown))]


def span(first: date, spell: Spell, day: int) -> str:
    """Return when a spell holds on a day, as people write it."""
    begins, ends = spell.on(day)
    hours = "" if (begins, ends) == (0, DAY_S) else f" {clock(begins)}-{clock(ends)}"
    return f"{first + timedelta(days=day)}{hours}"

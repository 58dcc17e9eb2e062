"""What cannot wait for a plan: the lines that import and add print, with the numbers to call.

Whoever reported it and however low the credibility; one word of an emergency in what a report says is enough,
whatever type is stated beside it and even if it is said to be dealt with. A false alarm costs a telephone call.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from patrol import text as safe
from patrol.config import PlanningSettings
from patrol.hazards.actions import UNCLASSIFIED
from patrol.hazards.classify import classify, urgent_words
from patrol.hazards.keywords import Keywords, load_keywords
from patrol.words import LANGUAGES, say

PASSED_DAYS = 30  # what passes by itself and was seen longer ago is history
SATELLITE_DAYS = 3  # so is what a satellite saw: it comes again twice a day
MAX_LINES = 50  # more places than this are counted, not listed
DOWN = frozenset({"D01", "D02", "D03"})  # a conductor is on the ground, or may be
CHINA = frozenset(
    {
        "Asia/Shanghai", "Asia/Urumqi", "Asia/Hong_Kong", "Asia/Macau", "Asia/Macao", "Asia/Chongqing",
        "Asia/Chungking", "Asia/Harbin", "Asia/Kashgar", "PRC", "Hongkong",
    }
)  # fmt: skip
_OVER = ("closed", "refuted")


def call_now(
    rows: pd.DataFrame,
    types: pd.DataFrame,
    numbers: Mapping[str, str],
    lang: str,
    *,
    timezone: str = "",
    keywords: Keywords | None = None,
    now: pd.Timestamp | None = None,
) -> list[str]:
    """Return the lines to print for the emergencies among hazards or reports, none if there are none.

    Parameters
    ----------
    rows : DataFrame
        Hazards or reports (``HAZARD_COLUMNS`` or ``REPORT_COLUMNS`` of :mod:`patrol.hazards.model`, with or
        without the place columns); absent columns do no harm. What is closed or refuted, requests and
        warned areas are left out.
    types : DataFrame
        Hazard types of the project.
    numbers : mapping of str to str
        ``settings.planning.emergency_numbers``.
    lang : str
        ``zh`` or ``en``.
    timezone : str
        Of the project: outside China, numbers that are still the defaults are said to be China's.
    keywords : Keywords, optional
        The project's; the package's own if not given.
    now : Timestamp, optional
        With a time zone. What passes by itself (``persist_days``) and was seen last more than ``PASSED_DAYS`` before
        is history and is not called in, nor is what only a satellite saw more than ``SATELLITE_DAYS`` before. What
        lasts until somebody mends it always is, and so is a row without a time.

    Returns
    -------
    list of str
        A heading with the numbers, a line a place, and what to keep away from. Harmless one-line texts.
    """
    words = keywords or load_keywords()
    rows = rows.reset_index(drop=True)
    kind = _kinds(rows, types, words)
    known = _known(rows, kind, types)
    urgent = (known | _worded(rows, kind, types, words)) & _alive(rows)
    if now is not None:
        urgent &= ~_history(rows, kind, types, now)
    if not urgent.any():
        return []
    kind = kind.where(known, UNCLASSIFIED)  # a nest that is on fire is shown by what was said of it
    rows, kind = rows[urgent].reset_index(drop=True), kind[urgent].reset_index(drop=True)
    records = rows.to_dict("records")
    wheres = [f"{_where(row, lang)}: {_what(row, code, types, lang)}" for row, code in zip(records, kind, strict=True)]
    places = list(dict.fromkeys(wheres))  # ten reports of one fire are one line
    shown = ", ".join(_number(name, number, lang) for name, number in numbers.items())
    lines = [say("hazards.emergency.call", lang, numbers=shown)]
    lines += [say("hazards.emergency.place", lang, place=place) for place in places[:MAX_LINES]]
    if len(places) > MAX_LINES:
        lines.append(say("hazards.emergency.more", lang, n=len(places) - MAX_LINES))
    if set(kind) & {*DOWN, UNCLASSIFIED}:
        lines.append(say("hazards.emergency.stay_away", lang))
    if is_chinas_by_default(numbers, timezone):
        lines.append(say("hazards.emergency.set_numbers", lang))
    return lines


def is_chinas_by_default(numbers: Mapping[str, str], timezone: str) -> bool:
    """Return whether a project outside China still has China's numbers; not known without a time zone."""
    if not timezone or timezone in CHINA:
        return False
    default = PlanningSettings().emergency_numbers
    # 119 is the fire service of other countries too; 95598 is State Grid's alone.
    return numbers.get("power") == default["power"] or dict(numbers) == default


def _kinds(rows: pd.DataFrame, types: pd.DataFrame, words: Keywords) -> pd.Series[str]:
    """Return the type of each row: as it stands, else by what it says; ``unclassified`` where nobody knows it."""
    if "type" in rows:
        kind = rows["type"].fillna("").astype(str)
    else:
        kind = classify(_column(rows, "description"), _column(rows, "type_ref"), types, words)["type"]
    return kind.where(kind.isin(types.index), UNCLASSIFIED)


def _known(rows: pd.DataFrame, kind: pd.Series[str], types: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Return which rows are emergencies by their class, else by their type."""
    stated = _column(rows, "hazard_class")
    return stated.where(stated != "", kind.map(types["default_class"])).eq("emergency").to_numpy(bool)


def _worded(rows: pd.DataFrame, kind: pd.Series[str], types: pd.DataFrame, words: Keywords) -> npt.NDArray[np.bool_]:
    """Return which rows say a word of an emergency: of hazards, whose type somebody looked at, only those without."""
    asked = np.flatnonzero((kind == UNCLASSIFIED).to_numpy()) if "type" in rows else np.arange(len(rows))
    said = _column(rows, "description").iloc[asked] + "\n" + _column(rows, "type_ref").iloc[asked]
    worded = np.zeros(len(rows), dtype=bool)
    worded[asked] = (urgent_words(said, types, words)["word"] != "").to_numpy(bool)
    return worded


def _history(rows: pd.DataFrame, kind: pd.Series[str], types: pd.DataFrame, now: pd.Timestamp) -> npt.NDArray[np.bool_]:
    """Return which rows tell of what has long passed."""
    name = next((name for name in ("last_report", "captured_at") if name in rows), "")
    if not name:
        return np.zeros(len(rows), dtype=bool)
    seen = "parties" if "parties" in rows else "party"
    satellite = (_column(rows, seen) == "sensor").to_numpy()
    passes = kind.map(types["persist_days"]).notna().to_numpy()
    days = np.where(satellite, SATELLITE_DAYS, np.where(passes, PASSED_DAYS, np.inf))
    gone = ((now - rows[name]).dt.total_seconds() / 86_400).to_numpy(float)
    old: npt.NDArray[np.bool_] = gone > days
    return old


def _alive(rows: pd.DataFrame) -> npt.NDArray[np.bool_]:
    alive = ~(_column(rows, "state").isin(_OVER) | _column(rows, "given_state").isin(_OVER)).to_numpy(bool)
    alive &= _column(rows, "record").isin(("", "hazard")).to_numpy(bool)
    if "open" in rows:
        alive &= rows["open"].fillna(True).astype(bool).to_numpy()
    return alive


def _column(rows: pd.DataFrame, name: str) -> pd.Series[str]:
    if name not in rows:
        return pd.Series([""] * len(rows), index=rows.index, dtype=object)
    return rows[name].fillna("").astype(str)


def _number(name: str, number: str, lang: str) -> str:
    label = say(f"hazards.emergency.{name}", lang) if name in {"power", "fire"} else safe.clean(name, limit=20)
    return f"{label} {safe.clean(number, limit=30)}"


def _where(row: Mapping[Any, Any], lang: str) -> str:
    def cell(*names: str) -> str:
        return next((text for name in names if (text := safe.clean(row.get(name), limit=60))), "")

    line, pole = cell("feeder_ref", "feeder_id"), cell("pole_ref", "pole_no")
    parts = [line, say("hazards.emergency.pole", lang, pole=pole) if pole else "", cell("equipment_ref")]
    lon, lat = row.get("lon"), row.get("lat")
    if isinstance(lon, float) and isinstance(lat, float) and np.isfinite(lon) and np.isfinite(lat):
        parts.append(f"{lon:.5f},{lat:.5f}")
    return " ".join(part for part in parts if part) or say("hazards.emergency.nowhere", lang)


def _what(row: Mapping[Any, Any], code: str, types: pd.DataFrame, lang: str) -> str:
    said = safe.clean(row.get("description"), limit=80)
    if code == UNCLASSIFIED and said:
        return said
    name, other = ("name_zh", "name_en") if lang == LANGUAGES[0] else ("name_en", "name_zh")
    named = safe.clean(types.loc[code, name]) or safe.clean(types.loc[code, other])
    nowhere = _where(row, lang) == say("hazards.emergency.nowhere", lang)
    return f"{named} ({said})" if nowhere and said else named  # the words may say where

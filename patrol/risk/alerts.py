"""Warnings of bad weather: what their words mean, from when to when they hold, and which sections they concern."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from patrol import text as safe
from patrol.config import RiskSettings
from patrol.hazards.formats.cap import MESSAGES

CONDITIONS = ("wind", "heavy_rain", "heat", "ice", "thunder", "fireweather")  # hazard types have x_<condition>
_READ = ("seen", "given_closed", "type_ref", "description", "source", "external_id", "area_wkt")
_WGS84 = "EPSG:4326"
_GAP = re.compile(r"[\s_\-]+")
_ONSET = re.compile(r"\bonset: (\S{10,40})")  # as formats/cap.py writes it down
_PART = re.compile(r"#\d+$")  # further events of one alert

Bools = NDArray[np.bool_]


def conditions_of(texts: Iterable[str], settings: RiskSettings) -> Bools:
    """Return which conditions texts of warnings speak of, shape (texts, CONDITIONS).

    The words are ``settings.alert_wind`` and so on. Latin words count only whole (a *notice* is no *ice*),
    Chinese ones wherever they stand; hyphens, underscores and spaces are the same.
    """
    patterns = [_pattern(getattr(settings, f"alert_{name}")) for name in CONDITIONS]
    said = [_plain(text) for text in texts]
    known = {one: [pattern.search(one) is not None for pattern in patterns] for one in dict.fromkeys(said)}
    return np.array([known[one] for one in said], dtype=bool).reshape(len(said), len(CONDITIONS))


def _plain(text: str) -> str:
    return _GAP.sub(" ", unicodedata.normalize("NFKC", str(text)).casefold()).strip()


def _pattern(words: list[str]) -> re.Pattern[str]:
    parts = [
        rf"(?<![a-z]){re.escape(word)}s?(?![a-z])" if word.isascii() else re.escape(word)
        for word in map(_plain, words)
        if word
    ]
    return re.compile("|".join(parts) if parts else r"(?!)")


def warnings_of(alerts: pd.DataFrame, settings: RiskSettings) -> pd.DataFrame:
    """Return the warnings of a register: what each means, and when and where it holds.

    A warning holds from its onset, where its text gives one, else from when it was sent, until it expires; one
    that does not say when holds ``settings.alert_hours``. An update or a cancellation by the same issuer ends
    the earlier ones that it names; a cancellation is no warning itself.

    Parameters
    ----------
    alerts : DataFrame
        ``seen, given_closed`` (UTC), ``type_ref, description, source, external_id, area_wkt``, see
        ``Register.alerts``; of a day in the past as the register knew them then.

    Returns
    -------
    DataFrame
        ``starts, ends`` (UTC), ``event`` and ``area_wkt`` (WGS84, "" if unknown), and a column of bool for each
        of CONDITIONS, in the order of ``alerts``.
    """
    if alerts.empty:  # a project without a register has no columns either
        alerts = pd.DataFrame(columns=list(_READ), dtype=object)
    rows = alerts.sort_values("seen", kind="stable").reset_index(drop=True)
    first_line = rows["description"].str.partition("\n")[0] if len(rows) else rows["description"]
    sent = pd.to_datetime(rows["seen"], utc=True)
    expires = pd.to_datetime(rows["given_closed"], utc=True)
    onset = pd.to_datetime(
        rows["description"].astype(str).str.extract(_ONSET, expand=False), utc=True, errors="coerce", format="ISO8601"
    )
    starts = onset.where((onset >= sent) & ((onset <= expires) | expires.isna()), sent)
    ends = expires.fillna(starts + pd.Timedelta(hours=settings.alert_hours))
    ended = _ended(rows, sent, first_line)
    event = rows["type_ref"].where(rows["type_ref"] != "", first_line)
    made = pd.DataFrame(
        {"starts": starts, "ends": ends.where(~(ended < ends), ended), "event": event, "area_wkt": rows["area_wkt"]}
    )
    made[list(CONDITIONS)] = conditions_of(event, settings)
    cancels = first_line.str.startswith(MESSAGES["Cancel"]) if len(rows) else np.zeros(0, dtype=bool)
    return made[~np.asarray(cancels, dtype=bool)].reset_index(drop=True)


def _ended(rows: pd.DataFrame, sent: pd.Series[pd.Timestamp], first_line: pd.Series[str]) -> pd.Series[pd.Timestamp]:
    """Return when a later message of the same issuer ended each alert, NaT if none did."""
    ended = pd.Series(pd.NaT, index=rows.index, dtype=sent.dtype)
    at: dict[tuple[str, str], list[int]] = {}
    for k, (source, name) in enumerate(zip(rows["source"], rows["external_id"], strict=True)):
        # Descriptions are masked, so that ids which look like telephone numbers stand there masked too.
        at.setdefault((source, safe.mask_identity(_PART.sub("", name))), []).append(k)
    marks = tuple(MESSAGES[kind] + ": " for kind in ("Update", "Cancel"))
    for k, (source, line) in enumerate(zip(rows["source"], first_line, strict=True)):
        mark = next((mark for mark in marks if line.startswith(mark)), "")
        for name in line.removeprefix(mark).split(", ") if mark else ():
            for earlier in at.get((source, name.strip()), ()):
                if earlier < k and pd.isna(ended[earlier]):
                    ended[earlier] = sent[k]
    return ended


def holds_on(warnings: pd.DataFrame, days: pd.DatetimeIndex, timezone: str) -> Bools:
    """Return on which days each warning holds at any time, shape (warnings, days).

    Parameters
    ----------
    warnings : DataFrame
        See :func:`warnings_of`.
    days : DatetimeIndex
        Midnights without a time zone.
    timezone : str
        IANA name of the project's.
    """
    first_hour = np.ones(len(days), dtype=bool)  # where clocks go back at midnight
    opens, closes = (
        one.tz_localize(timezone, nonexistent="shift_forward", ambiguous=first_hour).tz_convert("UTC").as_unit("us")
        for one in (days, days + pd.Timedelta(days=1))
    )
    starts, ends = (pd.DatetimeIndex(warnings[name]).as_unit("us") for name in ("starts", "ends"))
    begun = starts.asi8[:, None] < closes.asi8[None, :]
    return np.asarray(begun & (ends.asi8[:, None] > opens.asi8[None, :]), dtype=bool)


def readable(area_wkt: Iterable[str]) -> NDArray[np.object_]:
    """Return warned areas as polygons in WGS84, None where there is none that can be read."""
    texts = np.array([text or None for text in area_wkt], dtype=object)
    shapes = shapely.make_valid(shapely.from_wkt(texts, on_invalid="ignore"))
    return np.asarray(np.where(shapely.is_empty(shapes), None, shapes), dtype=object)


def inside(sections: gpd.GeoDataFrame, areas: NDArray[np.object_]) -> Bools:
    """Return which sections touch which areas, shape (sections, areas).

    Parameters
    ----------
    sections : GeoDataFrame
        In any CRS.
    areas : ndarray of Polygon
        WGS84.
    """
    result = np.zeros((len(sections), len(areas)), dtype=bool)
    if len(areas) and len(sections):
        tree = shapely.STRtree(sections.geometry.to_crs(_WGS84).to_numpy())
        area, section = tree.query(areas, predicate="intersects")
        result[section, area] = True
    return result

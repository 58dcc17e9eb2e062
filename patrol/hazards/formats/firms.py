"""NASA FIRMS active fires, MODIS and VIIRS, as CSV or GeoJSON.

A detection is a pixel and not a point: its centre is given, the fire is somewhere in it, so the
uncertainty is half the pixel's diagonal. Times are UTC. Field names, units and letters follow the
attribute tables of FIRMS; ``type`` (archive only) is 0 for a presumed vegetation fire, 1 for a
volcano, 2 for another static land source, 3 for offshore.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from patrol.config import HazardSettings
from patrol.errors import IntakeError
from patrol.hazards.formats.firms_values import FORM, FloatArray, days, minutes, numbers, radius, satellite
from patrol.hazards.formats.records import NUMBER, Tray, as_text, is_json, read_json, read_table, refuse
from patrol.hazards.model import REPORT_COLUMNS, Intake, IntakeContext, empty_frame
from patrol.hazards.static_sources import hot_days

_HEADINGS = frozenset(("latitude", "longitude", "scan", "track", "acqdate", "acqtime", "satellite", "confidence"))
NEEDED = ("latitude", "longitude", "acq_date", "acq_time")
TYPE_REF = "F03"  # active wildfire
_CONFIDENCE = {"l": "low", "n": "nominal", "h": "high", "low": "low", "nominal": "nominal", "high": "high",
               "m": "nominal", "medium": "nominal"}  # fmt: skip
_STATIC_TYPES = {"1": "a volcano", "2": "a static source on land", "3": "a source offshore"}
HOT = "static source: hot on"
_COUNTED = 60  # days of one place are counted no further


def read_firms(
    raw: bytes,
    label: str,
    context: IntakeContext,
    *,
    static_days: int = HazardSettings().static_days,
) -> Intake:
    """Read satellite detections of fires.

    Parameters
    ----------
    raw, label, context
        File, its name, and the project; the time zone is not used, earlier detections (``history``) are.
    static_days : int
        A place hot on this many different days, earlier ones included, is industry and set aside.

    Returns
    -------
    Intake
        Reports of type F03 by a ``sensor``: pixel centres in WGS84, half the pixel's diagonal as uncertainty.

    Raises
    ------
    IntakeError
        If it is neither CSV nor GeoJSON of FIRMS, or its dates could be read in two ways.
    """
    tray = Tray(FORM, raw, label, context)
    cells, rows, faults = _from_geojson(raw, label) if is_json(raw) else _from_table(raw, label, tray)
    if cells.empty:
        tray.tell("note", "none", "holds no detections", "fine if nothing burned")
        return tray.finish(empty_frame(REPORT_COLUMNS))
    day, day_fault = days(cells["acq_date"], label)
    minute, time_fault = minutes(cells["acq_time"])
    when = pd.Series(pd.to_datetime(day).to_numpy("datetime64[us]") + minute.astype("timedelta64[m]"))
    pixel = pd.DataFrame(
        {
            "lon": numbers(cells["longitude"]),
            "lat": numbers(cells["latitude"]),
            "captured_at": when.dt.tz_localize("UTC"),
            "uncertainty_m": radius(cells, tray),
        }
    )
    nowhere = (pixel["lon"].isna() | pixel["lat"].isna()).to_numpy(bool)
    reason = np.where((faults == "") & nowhere, "longitude or latitude is no number", faults)
    reason = np.where(reason == "", np.where(day_fault != "", day_fault, time_fault), reason)
    reason = _static(cells, pixel, reason, static_days, context.history() if context.history else None)
    good = reason == ""
    hot = np.array([str(one).startswith(HOT) for one in reason], dtype=bool)
    _tell(tray, cells, rows, reason)
    intake = tray.finish(_reports(cells[good], pixel[good], rows[good]))
    return replace(intake, static=pixel[hot].reset_index(drop=True))


Table = tuple[pd.DataFrame, npt.NDArray[np.int64], npt.NDArray[Any]]


def _from_table(raw: bytes, label: str, tray: Tray) -> Table:
    cells = read_table(raw, label, _HEADINGS)
    tray.findings += cells.findings
    table = cells.table.rename(columns=lambda name: str(name).strip().lower())
    return _checked(table, label), cells.rows, cells.faults


def _from_geojson(raw: bytes, label: str) -> Table:
    value = read_json(raw, label, FORM)
    features = value.get("features") if isinstance(value, dict) else None
    if not isinstance(features, list):
        raise refuse(FORM, "shape", label, "is no GeoJSON FeatureCollection", "download it from FIRMS again")
    table = []
    for feature in features:
        inner = feature if isinstance(feature, dict) else {}
        properties, geometry = inner.get("properties"), inner.get("geometry")
        one = {as_text(key).lower(): as_text(part) for key, part in (properties or {}).items()} if isinstance(
            properties, dict) else {}  # fmt: skip
        if isinstance(geometry, dict) and geometry.get("type") == "Point":
            place = geometry.get("coordinates")
            if isinstance(place, list) and len(place) >= 2:
                one |= {"longitude": as_text(place[0]), "latitude": as_text(place[1])}
        table.append(one)
    cells = pd.DataFrame(table, dtype=object).fillna("") if table else pd.DataFrame(columns=list(NEEDED))
    return _checked(cells, label), np.arange(1, len(cells) + 1), np.full(len(cells), "", dtype=object)


def _checked(cells: pd.DataFrame, label: str) -> pd.DataFrame:
    """Return the cells with every column that is looked at.

    Raises
    ------
    IntakeError
        Names all columns that are missing.
    """
    cells = cells.loc[:, ~cells.columns.duplicated()]
    missing = [name for name in NEEDED if name not in cells.columns]
    if missing:
        mend = "this is no FIRMS file, or its columns were renamed"
        raise IntakeError(
            [refuse(FORM, "column", label, f"column {name!r} is missing", mend).findings[0] for name in missing]
        )
    extra = ("scan", "track", "satellite", "instrument", "confidence", "frp", "daynight", "type",
             "brightness", "bright_ti4")  # fmt: skip
    return cells.reindex(columns=[*cells.columns, *(name for name in extra if name not in cells)], fill_value="")


def _static(
    cells: pd.DataFrame, pixel: pd.DataFrame, reason: npt.NDArray[Any], least: int, history: pd.DataFrame | None
) -> npt.NDArray[Any]:
    """Return the reasons with those of static sources added; rows that are faulty anyway count for nothing."""
    known = cells["type"].str.strip().str.removesuffix(".0").map(_STATIC_TYPES)
    reason = np.where((reason == "") & known.notna(), "static source: FIRMS knows it as " + known.fillna(""), reason)
    good = np.flatnonzero(reason == "")
    hot = np.zeros(len(cells), dtype=np.int64)
    hot[good] = hot_days(pixel.iloc[good], at_most=max(_COUNTED, least), history=history)
    named = [f"{HOT} {n} days" + (" or more" if n >= _COUNTED else "") for n in hot]
    return np.where((reason == "") & (hot >= least), named, reason)


def _tell(tray: Tray, cells: pd.DataFrame, rows: npt.NDArray[np.int64], reason: npt.NDArray[Any]) -> None:
    aside = np.flatnonzero(reason != "")
    # Not the columns that were only added to be looked at.
    said = [name for name in cells if name in NEEDED or (cells[name] != "").any()]
    originals = cells.iloc[aside][said].to_dict("records")
    static = 0
    for at, original in zip(aside, originals, strict=True):
        industry = str(reason[at]).startswith("static source")
        static += industry
        mend = "look at it by hand if that is no kiln, flare or factory" if industry else "mend the value"
        tray.reject(
            int(rows[at]), {str(k): v for k, v in original.items()}, "static" if industry else "value",
            str(reason[at]), mend,
        )  # fmt: skip
    if static:
        what = f"{static} of {len(cells)} detections lie on static heat sources and are set aside"
        tray.tell("note", "static_sources", what, "settings.hazards.static_days says how many days make one")


def _reports(cells: pd.DataFrame, pixel: pd.DataFrame, rows: npt.NDArray[np.int64]) -> pd.DataFrame:
    reports = empty_frame(REPORT_COLUMNS, len(cells))
    for column in pixel:
        reports[column] = pixel[column].array
    name = satellite(cells).to_numpy(object)
    stamps = np.datetime_as_string(pixel["captured_at"].dt.tz_localize(None).to_numpy("datetime64[m]"), unit="m")
    ids = zip(name, stamps, pixel["lat"], pixel["lon"], strict=True)
    reports["row"] = rows
    reports["record"] = "hazard"
    reports["source"] = [f"firms:{one}" for one in name]
    reports["external_id"] = [f"{one} {at}Z {lat:.5f},{lon:.5f}" for one, at, lat, lon in ids]
    reports["party"] = "sensor"
    reports["precision"] = "s"
    reports["type_ref"] = TYPE_REF
    reports["description"] = _descriptions(cells, name, pixel["uncertainty_m"].to_numpy())
    return reports


def _descriptions(cells: pd.DataFrame, name: npt.NDArray[Any], within_m: FloatArray) -> list[str]:
    bright = np.where(cells["bright_ti4"] != "", cells["bright_ti4"], cells["brightness"])
    columns = (cells["confidence"], numbers(cells["frp"]), numbers(pd.Series(bright, dtype=object)),
               cells["daynight"], name, within_m)  # fmt: skip
    return [_describe(*one) for one in zip(*columns, strict=True)]


def _describe(confidence: str, frp: float, bright: float, daynight: str, name: str, within_m: float) -> str:
    """Return what a planner must know of one detection, in both languages."""
    word = _CONFIDENCE.get(confidence.strip().lower(), "")
    if not word and NUMBER.fullmatch(confidence.strip()):
        word = f"{float(confidence):g} %"
    zh = {"low": "低", "nominal": "一般", "high": "高", "": "未知"}.get(word, word)
    facts = [f"confidence {word or 'unknown'} 置信度{zh}"]
    if frp == frp:  # noqa: PLR0124 - not NaN
        facts.append(f"fire power 辐射功率 {frp:g} MW")
    if bright == bright:  # noqa: PLR0124
        facts.append(f"brightness 亮温 {bright:g} K")
    facts += {"d": ["by day 白天"], "n": ["by night 夜间"]}.get(daynight.strip().lower(), [])
    return (
        f"Satellite hot spot 卫星热点 ({name}): {', '.join(facts)}. A satellite pixel is not a point: "
        f"the fire is somewhere within {within_m:.0f} m. 卫星像元不是点，火点在{within_m:.0f}米范围内。"
    )

"""Tracks as files: GPX of handhelds and phone apps, and the track of a report-back, as one frame of fixes.

GPX 1.1 (https://www.topografix.com/GPX/1/1/): ``trkpt`` with ``lat``, ``lon``, ``time`` and ``hdop``; what version 1.0
writes alike is read too. XML that declares a document type or entities is refused before it is parsed.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from typing import Any

import numpy as np
import pandas as pd

from patrol import text
from patrol.errors import Finding, IntakeError
from patrol.layers.encoding import decode

MAX_BYTES = 60_000_000
MAX_FIXES = 400_000
HDOP_M = 5.0  # a receiver's error with the satellites at their best; hdop says how many times worse it is (m)
_FORBIDDEN = re.compile(r"<!\s*(?:DOCTYPE|ENTITY|ELEMENT|ATTLIST|NOTATION)", re.IGNORECASE)
_GPX = re.compile(r"<(?:\w+:)?gpx[\s>]", re.IGNORECASE)


def is_gpx(raw: bytes) -> bool:
    """Return whether a file begins as GPX does."""
    start = raw[:4000].replace(b"\0", b"").decode("latin-1")
    return bool(_GPX.search(start))


def read_gpx(raw: bytes, label: str) -> pd.DataFrame:
    """Return the fixes of a GPX file.

    Returns
    -------
    DataFrame
        In order of time: ``at`` (UTC), ``lon, lat`` (WGS84 degrees), ``accuracy_m`` (NaN where it is not said).

    Raises
    ------
    IntakeError
        If the file is too large, no GPX, declares entities, or holds no fix with a time.
    """
    if len(raw) > MAX_BYTES:
        raise _refused(label, f"has over {MAX_BYTES // 10**6} MB", "export one day")
    try:
        content, _ = decode(raw)
    except (UnicodeError, LookupError) as error:
        raise _refused(label, "is no text", "export it again as GPX") from error
    if _FORBIDDEN.search(content):
        raise _refused(label, "declares a document type or entities, which no track needs", "export it again")
    try:
        tree = ET.fromstring(re.sub(r"^\s*<\?xml[^<>]*\?>", "", content))
    except ET.ParseError as error:
        raise _refused(label, f"is no XML: {text.clean(error, limit=200)}", "export it again") from error
    if not tree.tag.rpartition("}")[2] == "gpx":
        raise _refused(label, "is XML, but no GPX", "export it as GPX")
    rows = [_fix(point) for point in tree.iter() if point.tag.rpartition("}")[2] == "trkpt"]
    if len(rows) > MAX_FIXES:
        raise _refused(label, f"holds {len(rows)} fixes", "export one day")
    frame = _frame(rows)
    if frame.empty:
        what = "holds no track" if not rows else f"none of its {len(rows)} fixes has a place and a time"
        raise _refused(label, what, "record with times, and export the track (not the route)")
    return frame


def _refused(label: str, what: str, mend: str) -> IntakeError:
    return IntakeError(Finding("error", "field.gpx", label, what, mend))


def _fix(point: ET.Element) -> tuple[str, str | None, str | None, float]:
    told = {one.tag.rpartition("}")[2]: (one.text or "").strip() for one in point.iter()}
    accuracy = _number(told.get("accuracy", ""))  # some apps write metres among the extensions
    return (
        told.get("time", ""), point.get("lon"), point.get("lat"),
        accuracy if accuracy > 0 else _number(told.get("hdop", "")) * HDOP_M,
    )  # fmt: skip


def _number(words: str) -> float:
    try:
        return float(words)
    except ValueError:
        return np.nan


def track_of(entries: list[dict[str, Any]]) -> pd.DataFrame:
    """Return the fixes of the ``track`` of a report-back, as :func:`read_gpx` does; entries are as the schema says."""
    return _frame(
        [(one["captured_at"], one["lon"], one["lat"], float(one.get("accuracy_m", np.nan))) for one in entries]
    )


def _frame(rows: list[tuple[Any, Any, Any, float]]) -> pd.DataFrame:
    """Return good fixes in order of time; of several at one moment the first."""
    frame = pd.DataFrame(rows, columns=["at", "lon", "lat", "accuracy_m"])
    frame["at"] = pd.to_datetime(frame["at"], utc=True, errors="coerce", format="ISO8601").astype("datetime64[us, UTC]")
    for name in ("lon", "lat", "accuracy_m"):
        frame[name] = pd.to_numeric(frame[name], errors="coerce").astype(float)
    good = frame["at"].notna() & frame["lon"].between(-180, 180) & frame["lat"].between(-90, 90)
    good &= (frame["lon"] != 0) | (frame["lat"] != 0)  # zero and zero is what receivers write that had no fix
    frame["accuracy_m"] = frame["accuracy_m"].where(np.isfinite(frame["accuracy_m"]) & (frame["accuracy_m"] > 0))
    return frame[good].sort_values("at", kind="stable").drop_duplicates("at").reset_index(drop=True)

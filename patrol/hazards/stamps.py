"""Stamps: ISO 8601 in UTC as the register writes it, always of the same length, so that text order is time order."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

_STAMP = re.compile(r"\d{4}-[01]\d-[0-3]\dT[0-2]\d:[0-5]\d:[0-5]\d\.\d{6}Z")


def stamp(moment: datetime) -> str:
    """Return a moment as ``2024-08-16T01:02:03.000000Z``.

    Raises
    ------
    ValueError
        If the moment has no time zone.
    """
    if moment.tzinfo is None:
        raise ValueError(f"{moment} has no time zone")
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def is_stamp(text: str) -> bool:
    """Return whether a text is a time in exactly that form."""
    if not _STAMP.fullmatch(text):
        return False
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def moment(text: str) -> datetime:
    """Return the moment of a stamp of either length."""
    return datetime.fromisoformat(text)


def short(text: str) -> str:
    """Return a stamp cut to milliseconds, the only form a GeoPackage DATETIME may have; "" stays."""
    return text[:23] + "Z" if text else ""


def stamps(times: pd.Series[Any]) -> list[str]:
    """Return a column of times (datetime64 in UTC, any unit) as stamps, "" for NaT."""
    naive = times.dt.tz_convert("UTC").dt.tz_localize(None) if times.dt.tz is not None else times
    values = naive.to_numpy().astype("datetime64[us]")
    text: list[str] = np.datetime_as_string(values, unit="us", timezone="UTC").tolist()
    return ["" if one == "NaT" else one for one in text] if np.isnat(values).any() else text


def last_moment(on: date | datetime, timezone: str) -> str:
    """Return the stamp of the last microsecond of ``on``: of that day in the project's time zone, or the moment itself.

    A ``datetime`` without a time zone is taken in the project's.
    """
    zone = ZoneInfo(timezone)
    if isinstance(on, datetime):
        return stamp(on if on.tzinfo else on.replace(tzinfo=zone))
    midnight = datetime.combine(on + timedelta(days=1), time(), tzinfo=zone)
    return stamp(midnight.astimezone(UTC) - timedelta(microseconds=1))


def plus_hours(text: str, hours: float | None) -> str | None:
    """Return a short stamp some hours later, None without hours; the far future is the end of the year 9999."""
    if hours is None:
        return None
    try:  # for every hazard there is, so no moment with a zone is made
        later = datetime.fromisoformat(text[:23]) + timedelta(hours=hours)
    except OverflowError:
        return "9999-12-31T23:59:59.999Z"
    return later.isoformat(timespec="milliseconds") + "Z"


def due_by_hand(begun: str, hours: float, reported_due: str | None, set_at: str | None) -> str | None:
    """Return the deadline of a hazard whose class was set by hand.

    A class set graver than the reports say gives no deadline that is over before anybody knew of it: its hours run
    from when it was set, but never beyond the deadline of the reports. One set milder runs from the report.

    Parameters
    ----------
    begun : str
        When the clock of the reports began, a short stamp.
    hours : float
        Of the class that was set.
    reported_due : str or None
        Deadline by what the reports say.
    set_at : str or None
        When the class was set; None if nobody knows.
    """
    by_report = plus_hours(begun, hours)
    if by_report is None or reported_due is None or set_at is None:
        return by_report
    return max(by_report, min(reported_due, plus_hours(set_at, hours) or reported_due))

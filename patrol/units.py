"""Units: seconds, metres and milli-ECM as integers, local clock times, and their words.

ECM is an equivalent customer-minute: one household without power for one minute. Sums that the
solver sees are milli-ECM, so that they are integers.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

DAY_S = 86_400
YEARS = 1900, 2200  # of every day that is read or planned: others are slips of the pen, and pandas ends in 2262
UNREACHABLE = 10**8  # seconds or metres no shift can pay: three years, a quarter of the way to the moon


def seconds_of_day(text: str) -> int:
    """Return the seconds after midnight of a clock time such as ``08:30`` or ``24:00``.

    Raises
    ------
    ValueError
        If the text is no time of day.
    """
    parts = text.strip().replace("：", ":").split(":")
    if not 2 <= len(parts) <= 3 or not all(part.strip().isdigit() for part in parts):
        raise ValueError(f"{text!r} is not a time such as 08:30")
    hour, minute, second = (*(int(part) for part in parts), 0)[:3]
    total = hour * 3600 + minute * 60 + second
    if minute > 59 or second > 59 or total > DAY_S:
        raise ValueError(f"{text!r} is not a time such as 08:30")
    return total


def sensible(day: date) -> bool:
    """Return whether a day lies in the years that are worked with, see :data:`YEARS`."""
    return YEARS[0] <= day.year <= YEARS[1]


def clock(seconds: int) -> str:
    """Return ``HH:MM`` of seconds after midnight, rounded down to the minute."""
    return f"{seconds // 3600:02d}:{seconds % 3600 // 60:02d}"


def exact_clock(seconds: int) -> str:
    """Return ``HH:MM:SS`` of seconds after midnight; before it, with a minus sign."""
    sign, whole = ("-" if seconds < 0 else ""), abs(seconds)
    return f"{sign}{whole // 3600:02d}:{whole % 3600 // 60:02d}:{whole % 60:02d}"


def local_iso(day: date, seconds: int, zone: str) -> str:
    """Return ISO 8601 with offset for seconds of the local wall clock after midnight of ``day``."""
    moment = datetime.combine(day, time()) + timedelta(seconds=seconds)
    return moment.replace(tzinfo=ZoneInfo(zone)).isoformat()


def seconds_since_midnight(text: str, day: date) -> int:
    """Return the wall-clock seconds between midnight of ``day`` and an ISO 8601 time.

    Raises
    ------
    ValueError
        If the text is not an ISO time with an offset.
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} has no offset from UTC")
    return int((moment.replace(tzinfo=None) - datetime.combine(day, time())).total_seconds())

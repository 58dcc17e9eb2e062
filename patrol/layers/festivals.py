"""Days that move from year to year: Spring Festival (农历正月初一) and Qingming (清明), by the library cnlunar."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import cache

FESTIVALS = ("qingming", "spring_festival")
FESTIVAL_YEARS = (1901, 2099)  # of the library's tables


@cache
def festival_day(festival: str, year: int) -> date:
    """Return the day of a festival in a year, Beijing time.

    Parameters
    ----------
    festival : {'qingming', 'spring_festival'}
    year : int
        Of the Gregorian calendar, within ``FESTIVAL_YEARS``.

    Raises
    ------
    ValueError
        If the library's tables do not reach the year.
    KeyError
        If there is no such festival.

    Notes
    -----
    Held by the tests for 1901 to 2099 against a formula of their own for the sun and the moon.
    """
    if not FESTIVAL_YEARS[0] <= year <= FESTIVAL_YEARS[1]:
        raise ValueError(f"{year} is not within {FESTIVAL_YEARS[0]} .. {FESTIVAL_YEARS[1]}")
    return {"qingming": _qingming, "spring_festival": _spring_festival}[festival](year)


def _qingming(year: int) -> date:
    from cnlunar import Lunar

    days = (date(year, 4, day) for day in (3, 4, 5, 6))
    return next(day for day in days if Lunar(datetime(day.year, day.month, day.day)).todaySolarTerms == "清明")


def _spring_festival(year: int) -> date:
    """Return the first day of the first month, which lies between 21 January and 21 February."""
    from cnlunar import Lunar

    day = datetime(year, 2, 21)
    while (seen := Lunar(day)).lunarMonth != 1:
        day -= timedelta(days=seen.lunarDay)  # the last day of the month before
    return (day - timedelta(days=seen.lunarDay - 1)).date()

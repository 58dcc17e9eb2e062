"""From when to when it is light where a crew starts: sunrise and sunset of that day and place."""

from __future__ import annotations

import math
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from astral import Observer
from astral.sun import elevation, sunrise, sunset

from patrol.config import PlanningSettings
from patrol.units import DAY_S, seconds_of_day


def daylight(day: date, lon: float, lat: float, timezone: str, settings: PlanningSettings) -> tuple[int, int]:
    """Return the first and last second of daylight in which people may be sent out, of the local wall clock.

    From sunrise to sunset (upper edge of the sun at the horizon, with refraction; the equations of the NOAA solar
    calculator as in the library astral), less ``daylight_margin_min`` at both ends, and never outside
    ``settings.daylight``, which can only narrow it.

    Parameters
    ----------
    lon, lat : float
        WGS84 degrees.
    timezone : str
        IANA name: in whose wall clock the answer is.

    Returns
    -------
    tuple of int
        Seconds after midnight, whole minutes; the second is no larger than the first where there is no daylight.
    """
    rise, set_ = _sun(day, Observer(lat, lon), ZoneInfo(timezone))
    margin = settings.daylight_margin_min * 60
    earliest, latest = (seconds_of_day(text) for text in settings.daylight)
    return max(_minutes(rise + margin, up=True), earliest), min(_minutes(set_ - margin, up=False), latest)


def _minutes(seconds: float, *, up: bool) -> int:
    """Return whole minutes, in seconds, so that the last digits of a sine change no plan."""
    return 60 * (math.ceil(seconds / 60) if up else math.floor(seconds / 60))


def _sun(day: date, place: Observer, zone: ZoneInfo) -> tuple[float, float]:
    """Return sunrise and sunset in seconds after midnight; in the polar summer and winter all day, and never."""
    midnight = datetime.combine(day, time())
    try:
        rise, set_ = (
            (moment(place, date=day, tzinfo=zone).replace(tzinfo=None) - midnight).total_seconds()
            for moment in (sunrise, sunset)
        )
    except ValueError:  # the sun does not cross the horizon that day
        noon = (midnight + timedelta(hours=12) - timedelta(hours=place.longitude / 15)).replace(tzinfo=ZoneInfo("UTC"))
        return (0.0, float(DAY_S)) if elevation(place, noon) > 0 else (float(DAY_S), 0.0)
    # A clock of another part of the world: of its day only the light before midnight counts.
    return rise, set_ if set_ > rise else float(DAY_S)

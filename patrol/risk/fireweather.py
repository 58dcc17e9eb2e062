"""Fire weather of a project, day by day, from its table of weather at noon.

What the weather table lacks is said, never guessed in silence: short gaps are filled from the day before, and
nothing of a day is taken from days after it, so a look at the past sees no future. Snow is not in the table: the
equations take what falls as rain, drying all but stops in frost (the temperature counts as -1.1 °C at least for
the DMC and -2.8 °C for the DC), and the codes are carried through the winter.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from patrol.config import RiskSettings
from patrol.errors import Finding
from patrol.risk.fwi import START, buildup, fire_weather_index, initial_spread, moisture_codes, severity
from patrol.words import counted

SOURCE = "weather"
READ = ("temp_c", "rh_pct", "wind_kmh", "rain_mm")
NORTH = 40.0  # degrees: the day lengths of the 1985 program hold from 30° N on
G_USUAL = 3.78  # DSR in the middle of a moderate day
G_LEAST, G_MOST = 0.02, 8.0
CLASSES = ("very_low", "low", "moderate", "high", "very_high", "extreme")  # EFFIS
CLASS_LIMITS = (5.2, 11.2, 21.3, 38.0, 50.0)


@dataclass(frozen=True, slots=True)
class FireWeather:
    """Fire weather from the first to the last day of a table.

    Attributes
    ----------
    days : DataFrame
        By day (midnight, no time zone), without those that are not known: ``ffmc, dmc, dc, isi, bui, fwi, dsr``,
        ``g`` (how much likelier than usual a fault's spark becomes a fire), ``fire_class`` (one of CLASSES),
        ``filled`` (its weather is taken from the day before) and ``settled`` (enough days lie behind it).
    usable : bool
        Whether any day is settled; if none is, seasons alone count.
    notes : tuple of Finding
        Too short, filled, begun afresh, frost, and that it is not calibrated on farmland.
    """

    days: pd.DataFrame
    usable: bool
    notes: tuple[Finding, ...]

    def settled(self, days: pd.DatetimeIndex) -> pd.DataFrame:
        """Return the numbers of these days, NaN where a day is unknown or not settled: there ``g`` counts as 1."""
        numbers = self.days.loc[self.days["settled"], ["ffmc", "dmc", "dc", "isi", "bui", "fwi", "dsr", "g"]]
        return numbers.reindex(days)


def fire_weather(weather: pd.DataFrame, *, settings: RiskSettings, latitude: float = NORTH) -> FireWeather:
    """Return the Canadian Fire Weather Index System over a table of weather.

    The table is gone through from its first day each time: a thousand days take some milliseconds, and no kept
    state can fall out of step with a corrected table. It begins at FFMC 85, DMC 6, DC 15. Up to
    ``settings.fire_gap_days`` days without weather take temperature, humidity and wind of the last day before
    them, without rain (which errs towards fire); beyond that nothing is known until the next day that is given,
    and there it begins afresh. A day is settled when ``settings.fire_weather_days`` given days, itself counted,
    lie in one such run.

    Parameters
    ----------
    weather : DataFrame
        ``date, temp_c, rh_pct, wind_kmh, rain_mm`` at local noon by the sun (about 13:00 Beijing time at 106° E),
        with the rain of the 24 hours before; days to come are forecasts. Incomplete rows count as not given.
    settings : RiskSettings
    latitude : float
        Of the project in degrees, south negative, for the length of days.

    Returns
    -------
    FireWeather
        g = clip(DSR / 3.78, 0.02, 8) (domain brief, section 3(c)).
    """
    given = daily(weather)[list(READ)].dropna()
    if given.empty:
        return FireWeather(_computed(given, np.zeros(0, bool), settings, latitude), False, (_short(given, settings),))
    every = given.reindex(pd.date_range(given.index[0], given.index[-1], name="date"))
    missing = every["temp_c"].isna()
    since = missing.groupby((~missing).cumsum()).cumsum()  # days without weather up to this one
    dry = every.ffill().assign(rain_mm=every["rain_mm"].fillna(0.0))
    known = dry[since <= settings.fire_gap_days]
    days = _computed(known, missing.reindex(known.index).to_numpy(bool), settings, latitude)
    return FireWeather(days, bool(days["settled"].any()), _notes(known, days, settings))


def daily(weather: pd.DataFrame) -> pd.DataFrame:
    """Return a weather table by day, in order, the first of two rows of a day."""
    dates = pd.DatetimeIndex(weather["date"]).normalize()
    frame = weather.set_index(dates).rename_axis("date").sort_index(kind="stable")
    return frame[~frame.index.duplicated() & frame.index.notna()]


def _computed(
    known: pd.DataFrame, filled: np.ndarray[tuple[int], np.dtype[np.bool_]], settings: RiskSettings, latitude: float
) -> pd.DataFrame:
    when = pd.DatetimeIndex(known.index)
    restart = np.ones(len(known), dtype=bool)
    restart[1:] = np.diff(when.to_numpy()) > np.timedelta64(1, "D")
    temp, humidity, wind, rain = (known[name].to_numpy(np.float64) for name in READ)
    ffmc, dmc, dc = moisture_codes(
        (temp, humidity, wind, rain), np.asarray(when.month, dtype=np.int64), restart, latitude=latitude
    )
    isi, bui = initial_spread(ffmc, wind), buildup(dmc, dc)
    fwi = fire_weather_index(isi, bui)
    dsr = severity(fwi)
    behind = pd.Series(~filled).groupby(restart.cumsum()).cumsum().to_numpy()
    return pd.DataFrame(
        {
            "ffmc": ffmc, "dmc": dmc, "dc": dc, "isi": isi, "bui": bui, "fwi": fwi, "dsr": dsr,
            "g": np.clip(dsr / G_USUAL, G_LEAST, G_MOST),
            "fire_class": np.array(CLASSES, dtype=object)[np.searchsorted(CLASS_LIMITS, fwi, side="right")],
            "filled": filled, "settled": behind >= settings.fire_weather_days,
        },
        index=when.rename("date"),
    )  # fmt: skip


def _short(known: pd.DataFrame, settings: RiskSettings) -> Finding:
    what = f"{counted(len(known), 'day')} of weather without a long gap, {settings.fire_weather_days} are needed"
    mend = "seasons alone count for fires; give every day at noon"
    return Finding("note", "fireweather.short", SOURCE, what, mend, count=len(known))


def _notes(known: pd.DataFrame, days: pd.DataFrame, settings: RiskSettings) -> tuple[Finding, ...]:
    found = []

    def note(code: str, what: str, mend: str, count: int) -> None:
        if count:
            found.append(Finding("note", f"fireweather.{code}", SOURCE, what, mend, count=count))

    breaks = days.index[1:][np.diff(days.index.to_numpy()) > np.timedelta64(1, "D")]
    last = days.loc[breaks[-1] :] if len(breaks) else days
    if not days["settled"].iloc[-1]:
        found.append(_short(last[~last["filled"]], settings))
    filled, frost = int(days["filled"].sum()), int((known["temp_c"] < 0).sum())
    what = (
        f"{counted(filled, 'day')} without weather {'takes' if filled == 1 else 'take'} that of the day before, no rain"
    )
    note("filled", what, "give every day", filled)
    if len(breaks):
        what = f"begins afresh on {', '.join(str(day.date()) for day in breaks[:5])} after a longer gap"
        note("restart", f"{what}, at FFMC {START[0]:g}, DMC {START[1]:g}, DC {START[2]:g}", "", len(breaks))
    what = f"{counted(frost, 'day')} with frost at noon: what fell then counts as rain, and snow that lies is not known"
    note("freezing", what, "fires under snow are not to be feared, whatever this says", frost)
    what = "the index was made for pine forest in Canada and is not calibrated on farmland"
    note(
        "uncalibrated", what, "compare with fires of your own county before you rely on it", int(days["settled"].sum())
    )
    return tuple(found)

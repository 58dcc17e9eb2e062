"""The Canadian Forest Fire Weather Index System: its equations, on arrays of days.

Source: Van Wagner, C.E. and Pickett, T.L. (1985), Equations and FORTRAN program for the Canadian Forest
Fire Weather Index System, Forestry Technical Report 33; Van Wagner (1987), Technical Report 35. The daily
severity rating is 0.0272·FWI^1.77 (Van Wagner 1970). Moisture of fine fuel is converted with the exact
147.27723, not the rounded 147.2. Their day lengths hold for Canada; those of other latitudes are Lawson and
Armitage (2008), Weather guide for the Canadian Forest Fire Danger Rating System.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

START = (85.0, 6.0, 15.0)  # FFMC, DMC and DC that the system begins with
_SCALE = 147.27723
_DMC_NORTH = (6.5, 7.5, 9.0, 12.8, 13.9, 13.9, 12.4, 10.9, 9.4, 8.0, 7.0, 6.0)
_DMC_20N = (7.9, 8.4, 8.9, 9.5, 9.9, 10.2, 10.1, 9.7, 9.1, 8.6, 8.1, 7.8)
_DMC_EQUATOR = (9.0,) * 12
_DMC_20S = (10.1, 9.6, 9.1, 8.5, 8.1, 7.8, 7.9, 8.3, 8.9, 9.4, 9.9, 10.2)
_DMC_SOUTH = (11.5, 10.5, 9.2, 7.9, 6.8, 6.2, 6.5, 7.4, 8.7, 10.0, 11.2, 11.8)
_DC_NORTH = (-1.6, -1.6, -1.6, 0.9, 3.8, 5.8, 6.4, 5.0, 2.4, 0.4, -1.6, -1.6)
_DC_EQUATOR = (1.4,) * 12
_DC_SOUTH = (6.4, 5.0, 2.4, 0.4, -1.6, -1.6, -1.6, -1.6, -1.6, 0.9, 3.8, 5.8)


def day_lengths(latitude: float) -> tuple[Floats, Floats]:
    """Return the effective day lengths of the DMC (hours) and the day-length terms of the DC, by month.

    Parameters
    ----------
    latitude : float
        Degrees, south negative. From 30° N on those of the 1985 program hold, and of the DC from 20° N on.
    """
    dmc = _DMC_SOUTH
    for low, hours in ((30, _DMC_NORTH), (10, _DMC_20N), (-10, _DMC_EQUATOR), (-30, _DMC_20S)):
        if latitude >= low:
            dmc = hours
            break
    dc = _DC_NORTH if latitude >= 20 else _DC_EQUATOR if latitude > -20 else _DC_SOUTH
    return np.array(dmc), np.array(dc)


def moisture_codes(
    weather: tuple[Floats, Floats, Floats, Floats],
    month: NDArray[np.int64],
    restart: NDArray[np.bool_],
    *,
    latitude: float,
) -> tuple[Floats, Floats, Floats]:
    """Return FFMC, DMC and DC of each day, carried over from the day before.

    Parameters
    ----------
    weather : tuple of ndarray, each shape (days,)
        At local noon: temperature (°C), relative humidity (%), wind (km/h), rain of 24 hours (mm).
    month : ndarray, shape (days,)
        1 to 12.
    restart : ndarray of bool, shape (days,)
        Days that begin from the system's start, as the first day does anyway.
    latitude : float
        Degrees, south negative; see :func:`day_lengths`.
    """
    temp, humidity, wind, rain = weather
    humidity = np.minimum(humidity, 100.0)
    fine = _fine_drying(temp, humidity, wind)
    hours, terms = day_lengths(latitude)
    duff = 1.894e-4 * (np.maximum(temp, -1.1) + 1.1) * (100.0 - humidity) * hours[month - 1]
    deep = 0.5 * np.maximum(0.36 * (np.maximum(temp, -2.8) + 2.8) + terms[month - 1], 0.0)
    codes = np.empty((len(temp), 3))
    ffmc, dmc, dc = START
    steps = zip(restart.tolist(), rain.tolist(), duff.tolist(), deep.tolist(), *(one.tolist() for one in fine),
                strict=True)  # fmt: skip
    for day, (anew, wet, dry_duff, dry_deep, *air) in enumerate(steps):
        if anew:
            ffmc, dmc, dc = START
        ffmc = _ffmc(ffmc, wet, *air)
        dmc = _wet_duff(dmc, wet) + dry_duff
        dc = _wet_deep(dc, wet) + dry_deep
        codes[day] = ffmc, dmc, dc
    return codes[:, 0], codes[:, 1], codes[:, 2]


def _fine_drying(temp: Floats, humidity: Floats, wind: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Return moisture that fine fuel dries down or wets up to, and the part of the way left after a day of each."""
    damp = np.exp((humidity - 100.0) / 10.0)
    warm = 0.18 * (21.1 - temp) * (1.0 - np.exp(-0.115 * humidity))
    down_to = 0.942 * humidity**0.679 + 11.0 * damp + warm
    up_to = 0.618 * humidity**0.753 + 10.0 * damp + warm
    pace = 0.581 * np.exp(0.0365 * temp)

    def left(share: Floats) -> Floats:
        rate = 0.424 * (1.0 - share**1.7) + 0.0694 * np.sqrt(wind) * (1.0 - share**8)
        return np.asarray(10.0 ** (-rate * pace), dtype=np.float64)

    return down_to, up_to, left(humidity / 100.0), left(1.0 - humidity / 100.0)


def _ffmc(before: float, rain: float, down_to: float, up_to: float, dried: float, wetted: float) -> float:
    water = _SCALE * (101.0 - before) / (59.5 + before)
    if rain > 0.5:
        net = rain - 0.5
        more = 42.5 * net * math.exp(-100.0 / (251.0 - water)) * (1.0 - math.exp(-6.93 / net))
        if water > 150.0:
            more += 0.0015 * (water - 150.0) ** 2 * math.sqrt(net)
        water = min(water + more, 250.0)
    if water > down_to:
        water = down_to + (water - down_to) * dried
    elif water < up_to:
        water = up_to - (up_to - water) * wetted
    return min(max(59.5 * (250.0 - water) / (_SCALE + water), 0.0), 101.0)


def _wet_duff(before: float, rain: float) -> float:
    """Return the DMC after a day's rain."""
    if rain <= 1.5:
        return before
    if before <= 33.0:
        slope = 100.0 / (0.5 + 0.3 * before)
    elif before <= 65.0:
        slope = 14.0 - 1.3 * math.log(before)
    else:
        slope = 6.2 * math.log(before) - 17.2
    net = 0.92 * rain - 1.27
    above = 280.0 / math.exp(0.023 * before) + 1000.0 * net / (48.77 + slope * net)  # moisture above its least, 20
    return max(43.43 * (5.6348 - math.log(above)), 0.0)


def _wet_deep(before: float, rain: float) -> float:
    """Return the DC after a day's rain."""
    if rain <= 2.8:
        return before
    water = 800.0 * math.exp(-before / 400.0) + 3.937 * (0.83 * rain - 1.27)
    return max(400.0 * math.log(800.0 / water), 0.0)


def initial_spread(ffmc: Floats, wind: Floats) -> Floats:
    """Return the ISI of each day; wind in km/h."""
    water = _SCALE * (101.0 - ffmc) / (59.5 + ffmc)
    fuel = 91.9 * np.exp(-0.1386 * water) * (1.0 + water**5.31 / 4.93e7)
    return _floats(0.208 * np.exp(0.05039 * wind) * fuel)


def buildup(dmc: Floats, dc: Floats) -> Floats:
    """Return the BUI of each day."""
    total = dmc + 0.4 * dc
    share = 0.8 * dc / np.where(total > 0, total, 1.0)
    shallow = dmc - (1.0 - share) * (0.92 + (0.0114 * dmc) ** 1.7)
    return _floats(np.where(dmc <= 0.4 * dc, share * dmc, np.maximum(shallow, 0.0)))


def fire_weather_index(isi: Floats, bui: Floats) -> Floats:
    """Return the FWI of each day."""
    duff = np.where(bui <= 80.0, 0.626 * bui**0.809 + 2.0, 1000.0 / (25.0 + 108.64 * np.exp(-0.023 * bui)))
    raw = 0.1 * isi * duff
    high = np.exp(2.72 * (0.434 * np.log(np.maximum(raw, 1.0))) ** 0.647)
    return _floats(np.where(raw > 1.0, high, raw))


def severity(fwi: Floats) -> Floats:
    """Return the daily severity rating, DSR."""
    return _floats(0.0272 * fwi**1.77)


def _floats(values: Any) -> Floats:
    return np.asarray(values, dtype=np.float64)

"""The values of a FIRMS table: days, times of day, satellites, and how large a pixel was."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from patrol import text
from patrol.hazards.formats.records import NUMBER, Tray, refuse

FloatArray = npt.NDArray[np.float64]

FORM = "firms"
# Widest pixel in km (scan, track) at the edge of the swath, where a file does not give its own.
WIDEST_KM = {"modis": (4.8, 2.0), "viirs": (0.8, 0.8)}
LANDSAT_KM = 0.03  # its scan and track are numbers of columns and rows, not sizes
_SATELLITES = {
    "n": "N", "npp": "N", "snpp": "N", "suominpp": "N", "suomi": "N",
    "1": "N20", "n20": "N20", "noaa20": "N20", "j1": "N20",
    "2": "N21", "n21": "N21", "noaa21": "N21", "j2": "N21",
    "t": "T", "terra": "T", "a": "A", "aqua": "A",
}  # fmt: skip
_MODIS, _VIIRS = ("T", "A"), ("N", "N20", "N21")
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::\d{2}(?:\.\d+)?)?|(\d{1,4})(?:\.0+)?", re.ASCII)
_ISO = re.compile(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?:[T ].*)?|(\d{4})(\d{2})(\d{2})", re.ASCII)
_SLASHED = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})", re.ASCII)


def numbers(cells: pd.Series[Any]) -> FloatArray:
    """Return numbers, NaN for what is none."""
    right = cells.str.strip().map(lambda cell: bool(NUMBER.fullmatch(cell)))
    values = pd.to_numeric(cells.where(right, "nan"), errors="coerce").to_numpy(np.float64)
    return np.where(np.isfinite(values), values, np.nan)


def days(cells: pd.Series[Any], label: str) -> tuple[npt.NDArray[np.datetime64], npt.NDArray[Any]]:
    """Return the day of each row and what is wrong with it.

    ISO dates need no more. Of ``M/D/YYYY`` and ``D/M/YYYY`` the file must rule one out by some day that is
    past 12; a file that rules out neither, or both, is refused.
    """
    codes, words = pd.factorize(cells.str.strip(), use_na_sentinel=False)
    iso = [_ISO.fullmatch(str(word)) for word in words]
    slashed = [_SLASHED.fullmatch(str(word)) for word in words]
    pairs = [(int(found[1]), int(found[2])) for found in slashed if found]
    orders = [(a <= 12 and b <= 31, b <= 12 and a <= 31) for a, b in pairs]
    orders = [one for one in orders if any(one)]  # 45/45/2024 is no day at all and decides nothing
    month_first, day_first = all(one[0] for one in orders), all(one[1] for one in orders)
    if orders and month_first == day_first:
        which = "could be month/day or day/month" if month_first else "are month/day and day/month mixed"
        what = f"dates such as {next(f[0] for f in slashed if f)!r} {which}"
        raise refuse(FORM, "date_order", label, what, "write acq_date year first, such as 2024-08-16")
    made: list[np.datetime64[Any]] = []
    for plain, turned in zip(iso, slashed, strict=True):
        if plain:
            year, month, day = (int(part) for part in (plain.groups()[:3] if plain[1] else plain.groups()[3:]))
        elif turned:
            month, day = (int(turned[1]), int(turned[2])) if month_first else (int(turned[2]), int(turned[1]))
            year = int(turned[3])
        else:
            made.append(np.datetime64("NaT", "D"))
            continue
        made.append(_day(year, month, day))
    day_of = np.array(made, dtype="datetime64[D]")[codes]
    fault = np.where(np.isnat(day_of), "acq_date " + cells.str.slice(0, 40).map(repr) + " is no date", "")
    return day_of, fault.astype(object)


def _day(year: int, month: int, day: int) -> np.datetime64[Any]:
    try:
        return np.datetime64(f"{year:04d}-{month:02d}-{day:02d}", "D")
    except ValueError:
        return np.datetime64("NaT", "D")


def minutes(cells: pd.Series[Any]) -> tuple[npt.NDArray[np.int64], npt.NDArray[Any]]:
    """Return minutes after midnight of ``741``, ``0306`` and ``03:06``, and what is wrong."""
    codes, words = pd.factorize(cells.str.strip(), use_na_sentinel=False)
    minutes = []
    for word in words:
        found = _CLOCK.fullmatch(str(word))
        hour, minute = (99, 0) if not found else (int(found[1] or 0), int(found[2] or 0))
        if found and found[3]:
            hour, minute = divmod(int(found[3]), 100)  # the leading zero is lost where it was kept as a number
        minutes.append(hour * 60 + minute if hour < 24 and minute < 60 else -1)
    minute_of = np.array(minutes, dtype=np.int64)[codes]
    fault = np.where(minute_of < 0, "acq_time " + cells.str.slice(0, 40).map(repr) + " is no time", "")
    return np.maximum(minute_of, 0), fault.astype(object)


def satellite(cells: pd.DataFrame) -> pd.Series[Any]:
    """Return one name a satellite, whichever of its names the file uses: ``N``, ``N20``, ``N21``, ``T``, ``A``."""
    codes, pairs = pd.factorize(cells["satellite"] + "\x1f" + cells["instrument"], use_na_sentinel=False)
    names = np.array([_satellite(*str(pair).rsplit("\x1f", 1)) for pair in pairs], dtype=object)
    return pd.Series(names[codes], index=cells.index, dtype=object)


def _satellite(said: str, instrument: str) -> str:
    plain = re.sub(r"\.0+$|[^0-9a-z]", "", said.strip().lower())
    return _SATELLITES.get(plain) or text.clean(said, limit=40) or text.clean(instrument, limit=40) or "unknown"


def radius(cells: pd.DataFrame, tray: Tray) -> FloatArray:
    """Return half the diagonal of each pixel in metres; the widest of the instrument where no size is given."""
    scan, track = (numbers(cells[name]) for name in ("scan", "track"))
    name = satellite(cells)
    landsat = name.str.lower().str.match(r"l\d|landsat").to_numpy(bool)
    sized = (scan > 0) & (track > 0) & (scan < 10) & (track < 10) & ~landsat
    modis = (name.isin(_MODIS) | cells["instrument"].str.lower().str.contains("modis")).to_numpy(bool)
    viirs = (name.isin(_VIIRS) | cells["instrument"].str.lower().str.contains("viirs")).to_numpy(bool)
    wide = np.where((viirs & ~modis)[:, None], WIDEST_KM["viirs"], WIDEST_KM["modis"])
    size = np.where(sized[:, None], np.column_stack([scan, track]), wide)
    size[landsat] = LANDSAT_KM
    guessed = int((~sized & ~landsat).sum())
    if guessed:
        what = f"{guessed} detections have no pixel size in km; the widest of their instrument is taken"
        tray.tell("note", "pixel", what, "download the columns scan and track too")
    return np.asarray(0.5 * np.hypot(size[:, 0], size[:, 1]) * 1000)

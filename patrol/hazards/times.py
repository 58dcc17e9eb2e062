"""When something was seen: the many ways of writing a time, turned into UTC.

Nothing is guessed. A time without offset is in the project's time zone (the caller says so once a
file); ``03/04/2024`` is two different days and therefore none; a bare number of seconds is only a time
where the format says so.
"""

from __future__ import annotations

import re
import unicodedata
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from patrol.layers.values import EMPTY

BoolArray = npt.NDArray[np.bool_]
Moments = npt.NDArray[np.datetime64]

YEAR_FIRST = "write it year first, such as 2024-08-16 09:12"
YEARS = (1900, 2200)  # beyond, it is no date of a report but a slip of the pen
FEW = 200  # different texts; fewer are read one by one
SERIAL_DAYS = (32_874, 73_051)  # 1990-01-01 and 2100-01-01 as a spreadsheet counts days
_EPOCH = np.datetime64("1899-12-30", "us")  # day 0 of spreadsheets, right from March 1900 on
_MONTHS = {name: i for i, name in enumerate(
    ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), start=1)}  # fmt: skip
_SIGNS = str.maketrans({"年": "-", "月": "-", "号": "日", "时": ":", "点": ":", "分": ":", "秒": " ", "\u3000": " "})

_CLOCK = (
    r"(?:(?:t|\s+|\s*日\s*)(?P<early>am|pm|上午|下午|凌晨|晚上|中午)?\s*(?P<h>\d{1,2}):(?P<mi>\d{1,2})?"
    r"(?::(?P<s>\d{1,2})?(?:[.,](?P<f>\d{1,9}))?)?\s*(?P<late>am|pm)?"
    r"\s*(?P<z>z|utc|gmt|(?:utc|gmt)?[+-]\d{1,2}(?::?\d{2})?)?)?日?"
)
_FORMS = tuple(
    re.compile(form + _CLOCK)
    for form in (
        r"(?P<y>\d{4})(?:\s*[-/.]\s*)(?P<mo>\d{1,2})(?:\s*[-/.]\s*)(?P<d>\d{1,2})",
        r"(?P<y>\d{4})(?P<mo>\d{2})(?P<d>\d{2})",
        r"(?P<a>\d{1,2})\s*[-/.]\s*(?P<b>\d{1,2})\s*[-/.]\s*(?P<y>\d{4}),?",
        r"(?:[a-z]{3,9},?\s+)?(?P<d>\d{1,2})[\s-]+(?P<name>[a-z]{3,9})[\s,-]+(?P<y>\d{4}),?",
        r"(?:[a-z]{3,9},?\s+)?(?P<name>[a-z]{3,9})\s+(?P<d>\d{1,2}),?\s+(?P<y>\d{4}),?",
    )
)
_USUAL = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M")
_DAY_AND_TIME = ("0", "0", "0", "0", "-", "0", "0", "-", "0", "0", "T ", "0", "0", ":", "0", "0", ":", "0", "0")
_WHOLE_SECONDS = {  # letters that may stand at each place, "0" for any digit
    19: _DAY_AND_TIME,
    20: (*_DAY_AND_TIME, "Z"),
    25: (*_DAY_AND_TIME, "+-", "0", "0", ":", "0", "0"),
}
_ISO = re.compile(  # moments that certainly are
    r"(?P<at>(?:19|20|21)\d\d-(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])|(?:0[13-9]|1[0-2])-(?:29|30)"
    r"|(?:0[13578]|1[02])-31)[T ](?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,6})?)"
    r"(?P<z>Z|[+-](?:0\d|1[0-3]):[0-5]\d)?",
    re.ASCII,
)
_DIGITS = re.compile(r"(\d{4})(\d{2})(\d{2})t?(\d{2})(\d{2})(\d{2})?(z|[+-]\d{2}:?\d{2})?")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_CLOCK_ONLY = re.compile(
    r"\s*(?:上午|下午|凌晨|晚上|中午|am|pm)?\s*\d{1,2}\s*[:：时点]\s*(?:\d{1,2}.*)?", re.IGNORECASE
)

# year, month, day, hour, minute, second, microsecond, offset in minutes (None: not said), is it a bare day
Fields = tuple[int, int, int, int, int, int, int, int | None, bool]


@dataclass(frozen=True, slots=True)
class Times:
    """What a column of times says, on the index of the column.

    Attributes
    ----------
    at : Series of datetime64[us, UTC]
        NaT where the cell is empty or faulty.
    precision : Series of str
        ``s``, ``day`` (then ``at`` is midnight of the time zone), or "" where there is no time.
    fault : Series of str
        What is wrong with the cell and how to mend it, "" if nothing.
    naive, serial : bool array
        Cells without offset; cells that hold the day number of a spreadsheet.
    unclear : bool array
        Local times that came twice or never, when clocks were changed: the first of the two is taken, or
        the moment the clocks were put forward.
    """

    at: pd.Series[Any]
    precision: pd.Series[Any]
    fault: pd.Series[Any]
    naive: BoolArray
    serial: BoolArray
    unclear: BoolArray


def parse_times(cells: pd.Series[Any], timezone: str, *, epoch: bool = False) -> Times:
    """Return the times that cells of text hold.

    Parameters
    ----------
    cells : Series of str
        Texts; what is no text is written out first.
    timezone : str
        IANA name; times without offset are in it.
    epoch : bool
        The format says that numbers are seconds (10 digits) or milliseconds (13) since 1970 in UTC.
    """
    said = cells.tolist()
    if set(map(type, said)) != {str}:
        said = list(map(_written, said))
    codes, distinct = pd.factorize(np.array(said, dtype=object), use_na_sentinel=False)
    words = [str(word) for word in distinct]
    stamp, naive = _iso(words)
    _usual(words, stamp, naive)
    day = np.zeros(len(words), dtype=bool)
    fault = np.full(len(words), "", dtype=object)
    others = np.flatnonzero(np.isnat(stamp))
    read = [_read(words[i], epoch) for i in others]
    fault[others] = [one if isinstance(one, str) else "" for one in read]
    good = others[[not isinstance(one, str) for one in read]]
    fields = [one for one in read if not isinstance(one, str)]
    stamp[good] = _stamps(np.array([(*one[:7], one[7] or 0) for one in fields], dtype=np.int64).reshape(-1, 8))
    naive[good] = [one[7] is None for one in fields]
    day[good] = [one[8] for one in fields]
    fault[good[np.isnat(stamp[good])]] = f"there is no such day or time; {YEAR_FIRST}"
    at, unclear = _localized(stamp, naive, timezone)
    there = ~np.isnat(stamp)
    precision = np.where(there, np.where(day, "day", "s"), "").astype(object)
    serial = there & np.array([len(word) < 25 and _is_serial(word) for word in words], dtype=bool)
    index = cells.index
    return Times(
        pd.Series(at[codes], index=index, dtype="datetime64[us, UTC]"),
        pd.Series(precision[codes], index=index, dtype=object),
        pd.Series(fault[codes], index=index, dtype=object),
        (naive & there)[codes],
        serial[codes],
        (unclear & ~day)[codes],
    )


def is_clock(word: str) -> bool:
    """Return whether a text is a time of day without a day."""
    return bool(_CLOCK_ONLY.fullmatch(unicodedata.normalize("NFKC", word)))


def _iso(words: list[str]) -> tuple[Moments, BoolArray]:
    """Return moments written as ISO 8601 has it, many times faster than looking at each, and which are local.

    NaT for all that is written in another way, or may be no moment.
    """
    stamp: Moments = np.full(len(words), np.datetime64("NaT"), dtype="datetime64[us]")
    naive = np.zeros(len(words), dtype=bool)
    _whole_seconds(words, stamp, naive)
    found = [_ISO.fullmatch(word) if missing else None for word, missing in zip(words, np.isnat(stamp), strict=True)]
    at = np.flatnonzero([one is not None for one in found])
    if not len(at):
        return stamp, naive
    stamp[at] = np.array([one["at"] for one in found if one], dtype="datetime64[us]")
    zones = [one["z"] for one in found if one]
    minutes = {zone: _offset(zone.lower()) if zone else None for zone in dict.fromkeys(zones)}
    naive[at] = [minutes[zone] is None for zone in zones]
    stamp[at] -= np.array([minutes[zone] or 0 for zone in zones], dtype="timedelta64[m]")
    return stamp, naive


def _whole_seconds(words: list[str], stamp: Moments, naive: BoolArray) -> None:
    """Fill in ``2024-08-16T01:02:03`` with no offset, ``Z`` or ``+08:00``: letters of many words side by side."""
    length = np.fromiter(map(len, words), np.int64, len(words))
    for size, marks in _WHOLE_SECONDS.items():
        at = np.flatnonzero(length == size)
        whole = "".join([words[i] for i in at])
        if not len(at) or not whole.isascii():
            continue
        letters = np.frombuffer(whole.encode(), np.uint8).reshape(-1, size)
        right = np.ones(len(at), dtype=bool)
        for place, mark in enumerate(marks):
            seen = letters[:, place]
            right &= (seen >= 48) & (seen <= 57) if mark == "0" else np.isin(seen, list(mark.encode()))
        at, digits = at[right], letters[right].astype(np.int64) - 48
        table = np.zeros((len(at), 8), dtype=np.int64)
        table[:, 0] = digits[:, :4] @ (1000, 100, 10, 1)
        for field, place in enumerate((5, 8, 11, 14, 17), start=1):
            table[:, field] = digits[:, place : place + 2] @ (10, 1)
        if size == 25:
            sign = np.where(letters[right][:, 19] == ord("-"), -1, 1)
            table[:, 7] = sign * (digits[:, [20, 21, 23, 24]] @ (600, 60, 10, 1))
        moments = _stamps(table)
        stamp[at] = moments
        naive[at] = ~np.isnat(moments) & (size == 19)


def _usual(words: list[str], stamp: Moments, naive: BoolArray) -> None:
    """Fill in local moments that are written in another usual way, where there are many."""
    rest = pd.Series(words, dtype=object)[np.isnat(stamp)]
    if len(rest) < FEW:
        return
    for form in _USUAL:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of newer pandas, about texts that do not fit
            found = pd.to_datetime(rest, format=form, errors="coerce")
        found = found[found.dt.year.between(*YEARS)]
        stamp[found.index.to_numpy()] = found.to_numpy(dtype="datetime64[us]")
        naive[found.index.to_numpy()] = True
        rest = rest.drop(found.index)
        if rest.empty:
            break


def _written(cell: object) -> str:
    return cell if type(cell) is str else "" if cell is None or cell is pd.NaT or cell != cell else str(cell)  # noqa: PLR0124


def _read(cell: str, epoch: bool) -> Fields | str:
    """Return the fields of one time, or what is wrong with it; "" for nothing."""
    if len(cell) > 100:
        return f"is no time; {YEAR_FIRST}"
    word = cell if cell.isascii() else unicodedata.normalize("NFKC", cell).translate(_SIGNS)
    word = word.strip().lower()
    if word in EMPTY:
        return ""
    for form in _FORMS:
        found = form.fullmatch(word)
        if found:
            return _fields(found)
    if _NUMBER.fullmatch(word):
        return _of_number(word, epoch)
    digits = _DIGITS.fullmatch(word)
    if digits:
        return _of_digits(digits)
    return f"is no time that can be read; {YEAR_FIRST}"


def _fields(found: re.Match[str]) -> Fields | str:
    part = found.groupdict()
    if part.get("a"):
        a, b = int(part["a"]), int(part["b"])
        if a <= 12 and b <= 12 and a != b:
            return f"may be month/day or day/month; {YEAR_FIRST}"
        month, day = (a, b) if a <= 12 else (b, a)
    else:
        name = part.get("name")
        month = _MONTHS.get(name[:3], 0) if name else int(part["mo"])
        day = int(part["d"])
    if part["h"] is None:
        return int(part["y"]), month, day, 0, 0, 0, 0, None, True
    micro = int((part["f"] or "0").ljust(6, "0")[:6])
    minute, second = int(part["mi"] or 0), int(part["s"] or 0)
    hour = _hour(int(part["h"]), part["early"] or part["late"])
    return int(part["y"]), month, day, hour, minute, second, micro, _offset(part["z"]), False


def _hour(hour: int, half: str | None) -> int:
    """Return the hour of 24 from one of 12 and the half of the day it is in."""
    if (half in {"pm", "下午", "晚上"} and hour < 12) or (half == "中午" and hour < 4):
        return hour + 12
    if half == "晚上" and hour == 12:
        return 24  # the end of that day
    return 0 if half in {"am", "上午", "凌晨"} and hour == 12 else hour


def _offset(zone: str | None) -> int | None:
    """Return an offset in minutes east of UTC."""
    if not zone:
        return None
    digits = zone.removeprefix("utc").removeprefix("gmt")
    if digits in {"", "z"}:
        return 0
    sign, digits = (-1 if digits[0] == "-" else 1), digits[1:].replace(":", "")
    hours, minutes = (int(digits[:-2]), int(digits[-2:])) if len(digits) > 2 else (int(digits), 0)
    return sign * (hours * 60 + minutes)


def _of_digits(found: re.Match[str]) -> Fields:
    year, month, day, hour, minute = (int(part) for part in found.groups()[:5])
    return year, month, day, hour, minute, int(found[6] or 0), 0, _offset(found[7]), False


def _is_serial(word: str) -> bool:
    word = word.strip()
    return bool(_NUMBER.fullmatch(word)) and len(word.split(".")[0]) == 5


def _of_number(word: str, epoch: bool) -> Fields | str:
    """Return the time of a bare number: the day number of a spreadsheet, or seconds where the format says so."""
    whole = word.split(".", maxsplit=1)[0]
    if len(whole) == 5:
        value = float(word)
        if not SERIAL_DAYS[0] <= value < SERIAL_DAYS[1]:
            return f"as a day number of a spreadsheet it is not between 1990 and 2100; {YEAR_FIRST}"
        seconds = round(value * 86_400)  # a spreadsheet keeps no finer time
        return _of_moment(_EPOCH + np.timedelta64(seconds, "s"), None, value.is_integer())
    if "." not in word and len(whole) in {12, 14} and not epoch:
        found = _DIGITS.fullmatch(word)
        if found:
            return _of_digits(found)
    if len(whole) in {10, 13}:
        if not epoch:
            return f"may be seconds since 1970, which this format does not say; {YEAR_FIRST}"
        micro = round(float(word) * (1_000_000 if len(whole) == 10 else 1_000))
        return _of_moment(np.datetime64(micro, "us"), 0, False)
    return f"is a number, no time; {YEAR_FIRST}"


def _of_moment(moment: np.datetime64, offset: int | None, day: bool) -> Fields:
    at = pd.Timestamp(moment)
    return at.year, at.month, at.day, at.hour, at.minute, at.second, at.microsecond, offset, day


def _stamps(table: npt.NDArray[np.int64]) -> Moments:
    """Return moments: local, or UTC where an offset was said; NaT where the fields are no moment at all."""
    year, month, day, hour, minute, second, micro, offset = table.T
    right = (year >= YEARS[0]) & (year <= YEARS[1]) & (month >= 1) & (month <= 12) & (day >= 1)
    right &= (hour < 24) | ((hour == 24) & (minute == 0) & (second == 0) & (micro == 0))
    right &= (minute < 60) & (second < 60) & (np.abs(offset) <= 14 * 60)
    months = ((year - 1970) * 12 + np.where(right, month - 1, 0)).astype("datetime64[M]")
    days = months.astype("datetime64[D]") + (day - 1).astype("timedelta64[D]")
    right &= days.astype("datetime64[M]") == months
    spent = ((hour * 60 + minute - offset) * 60 + second) * 1_000_000 + micro
    stamp: Moments = days.astype("datetime64[us]") + spent.astype("timedelta64[us]")
    stamp[~right] = np.datetime64("NaT")
    return stamp


def _localized(stamp: Moments, naive: BoolArray, timezone: str) -> tuple[pd.DatetimeIndex, BoolArray]:
    """Return moments in UTC; naive ones are of the time zone."""
    plain = pd.DatetimeIndex(stamp)
    local = plain[naive]
    first = local.tz_localize(timezone, ambiguous="NaT", nonexistent="NaT")
    doubtful: BoolArray = np.asarray(first.isna()) & np.asarray(local.notna())
    if doubtful.any():
        twice = np.ones(len(local), dtype=bool)  # summer time: the first of the two
        first = local.tz_localize(timezone, ambiguous=twice, nonexistent="shift_forward")
    at = np.array(plain.to_numpy(dtype="datetime64[us]"))
    at[naive] = first.tz_convert("UTC").tz_localize(None).to_numpy(dtype="datetime64[us]")
    unclear = np.zeros(len(stamp), dtype=bool)
    unclear[naive] = doubtful
    return pd.DatetimeIndex(at).tz_localize("UTC"), unclear

"""What people write into cells, turned into text, numbers, truth values, days and clock times.

Each function takes a column as it was read and returns two arrays: the values, and which cells hold
something that is not of the wanted kind. An empty cell is not a fault here.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from patrol import text
from patrol.units import DAY_S, YEARS, seconds_of_day, sensible

BoolArray = npt.NDArray[np.bool_]
AnyArray = npt.NDArray[Any]
Parsed = tuple[AnyArray, BoolArray]
SEVERAL = r"[,，;；、|\s]+"  # between the words of a cell
TOGETHER = r"[+,，;；、|\s]+"  # between parties: those joined by + come at one time

EMPTY_TEXT = {"", "null", "<null>", "#n/a"}  # what GIS programs and spreadsheets write for nothing
EMPTY = EMPTY_TEXT | {"nan", "none", "n/a", "na", "-", "--", "—", "/", "无", "nat"}
TRUE = {"true", "t", "yes", "y", "1", "1.0", "是", "有", "√", "✓"}
FALSE = {"false", "f", "no", "n", "0", "0.0", "否", "无", "×"}
UNITS = {
    "_kv": ("kv", "千伏"), "_kva": ("kva", "千伏安"), "_kmh": ("km/h", "kmh", "公里/小时"), "_km": ("km", "公里"),
    "_minutes": ("min", "分钟"), "minutes": ("min", "分钟"), "_days": ("d", "天"), "_mm": ("mm", "毫米"),
    "_pct": ("%",), "_c": ("°c", "℃", "°"), "lon": ("°", "°e"), "lat": ("°", "°n"), "people": ("人",),
    "customers": ("户",),
}  # fmt: skip
WORDS = {
    "供电企业": "enterprise", "供电公司": "enterprise", "企业": "enterprise", "政府": "government", "消防": "fire",
    "村民": "villager", "群众": "villager", "车辆": "vehicle", "汽车": "vehicle", "电动车": "ebike", "步行": "foot",
    "无人机": "drone", "变电站": "substation", "断路器": "breaker", "重合器": "recloser", "开关": "switch",
    "联络开关": "tie", "变压器": "transformer", "配变": "transformer", "架空": "overhead", "电缆": "underground",
    "城区": "urban", "市区": "urban", "城市": "urban", "城郊": "suburban", "郊区": "suburban", "近郊": "suburban",
    "农村": "rural", "乡村": "rural", "山区": "mountain", "山地": "mountain", "mountains": "mountain",
    "供电服务站": "station", "电商": "ecommerce", "关爱": "care", "联络": "liaison",
}  # fmt: skip
"""Other words, most of them Chinese, for the values of columns with choices."""

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
_DAY = re.compile(r"(\d{4})\s*(?:[-/.]|年)\s*(\d{1,2})\s*(?:[-/.]|月)\s*(\d{1,2})\s*日?(?:[T\s].*)?")
_COMPACT_DAY = re.compile(r"(\d{4})(\d{2})(\d{2})(?:\.0)?")


def spellings(choices: Iterable[str]) -> dict[str, str]:
    """Return the choice that each word means, by the word in lower case."""
    known = {choice.casefold(): choice for choice in choices}
    return known | {word: choice for word, choice in WORDS.items() if choice in known.values()}


def is_missing(value: object) -> bool:
    """Return whether a cell holds nothing: None, NaN, NaT, or white space."""
    return value is None or value is pd.NaT or value != value or (isinstance(value, str) and not value.strip())  # noqa: PLR0124


def _text_of(value: object) -> str:
    if type(value) is str:
        # most cells need no cleaning; testing for that is ten times faster than cleaning
        if value.isprintable() and "  " not in value and len(value) <= text.MAX_CHARS:
            value = value.strip()
        else:
            value = text.clean(value)
        return "" if value.casefold() in EMPTY_TEXT else value
    if is_missing(value):
        return ""
    if isinstance(value, (bool, np.bool_)):
        return "true" if value else "false"
    if isinstance(value, (float, np.floating)):
        number = float(value)
        return str(int(number)) if number.is_integer() and abs(number) < 2**53 else text.clean(number)
    return text.clean(value)


def as_text(column: pd.Series) -> Parsed:
    """Return cleaned text (object array of str); whole numbers lose the ``.0`` a spreadsheet gives them."""
    cells, codes = _different(column)
    values = np.empty(len(cells), dtype=object)
    values[:] = [_text_of(value) for value in cells]
    return values if codes is None else values[codes], np.zeros(len(column), dtype=bool)


def as_number(column: pd.Series, *, name: str = "") -> Parsed:
    """Return floats, NaN where empty; a number may carry the unit of its column (``10kV`` in ``voltage_kv``)."""
    if pd.api.types.is_numeric_dtype(column.dtype):
        values = column.to_numpy(dtype=np.float64, na_value=np.nan)
        return values, np.isinf(values)
    units = next((words for ending, words in UNITS.items() if name.endswith(ending)), ())
    bad = np.zeros(len(column), dtype=bool)
    values = np.full(len(column), np.nan)
    if pd.api.types.infer_dtype(column, skipna=True) == "string":
        # nearly all cells are plain numbers: convert those at once, and look at the others one by one
        values = pd.to_numeric(column, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan).copy()
    for i in np.flatnonzero(~np.isfinite(values)):
        got = _number_of(column.iloc[i], units)
        bad[i] = got is None
        values[i] = np.nan if got is None else got
    return values, bad


def _number_of(cell: object, units: tuple[str, ...]) -> float | None:
    if is_missing(cell):
        return float("nan")
    if isinstance(cell, (int, float, np.number)):
        return float(cell) if np.isfinite(cell) else None
    if not isinstance(cell, str):
        return None
    word = unicodedata.normalize("NFKC", cell).strip().casefold()
    if word in EMPTY:
        return float("nan")
    for unit in units:
        if word.endswith(unit):
            word = word.removesuffix(unit).strip()
            break
    if not _NUMBER.fullmatch(word):
        return None
    value = float(word)
    return value if np.isfinite(value) else None


def as_bool(column: pd.Series) -> Parsed:
    """Return an object array of True, False or None (empty)."""
    return _each(column, _bool_of)


def as_day(column: pd.Series) -> Parsed:
    """Return days as ``datetime64[ns]`` at midnight, NaT where empty.

    Only year-first days are read: ``03/04/2024`` means two days, so it means none.
    """
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        naive = column.dt.tz_localize(None) if column.dt.tz is not None else column
        odd = (naive.notna() & ~naive.dt.year.between(*YEARS)).to_numpy(dtype=bool)
        return naive.mask(odd).dt.normalize().to_numpy(dtype="datetime64[ns]"), odd
    values, bad = _each(column, _day_of)
    return values.astype("datetime64[ns]"), bad


def as_clock(column: pd.Series) -> Parsed:
    """Return clock times as float seconds after midnight, NaN where empty."""
    values, bad = _each(column, _clock_of)
    return values.astype(np.float64), bad


def _each(column: pd.Series, convert: Callable[[Any], Any]) -> Parsed:
    """Apply ``convert`` to each cell; a ValueError marks the cell as bad."""
    cells, codes = _different(column)
    values = np.empty(len(cells), dtype=object)
    bad = np.zeros(len(cells), dtype=bool)
    for i, cell in enumerate(cells):
        if is_missing(cell) or (isinstance(cell, str) and cell.strip().casefold() in EMPTY - FALSE):
            continue
        try:
            values[i] = convert(cell)
        except (ValueError, OverflowError):
            bad[i] = True
    return (values, bad) if codes is None else (values[codes], bad[codes])


def _different(column: pd.Series) -> tuple[list[Any], npt.NDArray[np.intp] | None]:
    """Return the different texts of a column and which of them each cell holds; else all cells, and None.

    Most text columns hold few different texts, which are then looked at once. Of other values, some
    count as equal that are not written alike, such as 1 and True.
    """
    try:
        codes, distinct = pd.factorize(column, use_na_sentinel=False)
    except TypeError:  # lists
        return column.tolist(), None
    if pd.api.types.infer_dtype(distinct, skipna=True) != "string":
        return column.tolist(), None
    return distinct.tolist(), codes


def _bool_of(cell: object) -> bool:
    word = _text_of(cell).casefold()
    if word in TRUE or word in FALSE:
        return word in TRUE
    raise ValueError(word)


def _day_of(cell: object) -> np.datetime64:
    if isinstance(cell, (dt.date, pd.Timestamp)):  # a datetime is a date too
        day = dt.date(cell.year, cell.month, cell.day)
    else:
        word = unicodedata.normalize("NFKC", _text_of(cell))
        found = _DAY.fullmatch(word) or _COMPACT_DAY.fullmatch(word)
        if not found:
            raise ValueError(word)
        day = dt.date(int(found[1]), int(found[2]), int(found[3]))
    if not sensible(day):
        raise ValueError(day)
    return np.datetime64(day, "ns")


def _clock_of(cell: object) -> float:
    if isinstance(cell, dt.timedelta):
        seconds = cell.total_seconds()
    elif isinstance(cell, (dt.time, dt.datetime)):
        seconds = cell.hour * 3600 + cell.minute * 60 + cell.second
    elif isinstance(cell, (int, float)) and not isinstance(cell, bool):
        seconds = round(cell * DAY_S)  # a spreadsheet keeps clock times as parts of a day
        if isinstance(cell, int) and cell not in {0, 1}:
            raise ValueError(cell)
    else:
        seconds = seconds_of_day(unicodedata.normalize("NFKC", str(cell)))
    if not 0 <= seconds <= DAY_S:
        raise ValueError(cell)
    return float(seconds)


def words_of(value: object, between: str = SEVERAL) -> tuple[str, ...]:
    """Return the sorted parts of a cell such as ``Z01;Z02`` (also ``,`` ``、`` ``|`` or spaces), each once."""
    return tuple(sorted({word for word in re.split(between, str(value or "")) if word}))

"""Which heading means which column, and a frame of checked values from the cells under them."""

from __future__ import annotations

import difflib
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from patrol.errors import Finding
from patrol.layers.raw import Raw, shown
from patrol.layers.schema import SCHEMAS, Column, LayerSchema
from patrol.layers.tables import heading_key
from patrol.layers.values import Parsed, as_bool, as_clock, as_day, as_number, as_text, spellings
from patrol.project import InputSpec

BoolArray = npt.NDArray[np.bool_]

DEGREES = ("lon", "lng", "long", "longitude", "经度", "东经")
"""Headings that say themselves that a column holds degrees of longitude."""
LON = Column("float", aliases=(*DEGREES[1:], "easting", "东坐标", "横坐标"))
LAT = Column("float", aliases=("latitude", "纬度", "北纬", "northing", "北坐标", "纵坐标"))
"""Positions in tables. In Chinese surveys 横坐标 is east; X and Y are not read, as X is north there."""
WKT = Column("text", aliases=("geometry", "geom", "the_geom", "几何"))

_MENDS = {
    "text": ("text", ""),
    "float": ("number", "write a number such as 12.5, with a point"),
    "int": ("whole number", "write a whole number"),
    "bool": ("yes or no", "write true or false (是/否, 1/0)"),
    "date": ("day", "write the day as 2024-08-16"),
    "time": ("time", "write the time as 08:30"),
}
"""What a cell of each kind is called, and how to write it."""
_MEND_DEGREES = "write decimal degrees such as 106.5306, with a point; no minutes, no seconds"


def located(schema: LayerSchema, *, has_geometry: bool) -> dict[str, Column]:
    """Return the columns of a schema and, for a file without geometry, those that hold its position."""
    columns = dict(schema.columns)
    if not has_geometry and schema.geometry == "point":
        columns |= {"lon": LON, "lat": LAT}
    elif not has_geometry and schema.geometry:
        columns |= {"wkt": WKT}
    return columns


def known_headings(kind: str, spec: InputSpec) -> frozenset[str]:
    """Return the keys of every heading that means something in an input of this kind."""
    names: set[str] = set(spec.columns.values())
    for name, column in located(SCHEMAS[kind], has_geometry=False).items():
        names |= {name, *column.aliases}
    return frozenset(heading_key(name) for name in names) - {""}


def match_headings(raw: Raw, columns: dict[str, Column], spec: InputSpec) -> tuple[dict[str, str], list[Finding]]:
    """Return which heading of the file each column is read from.

    The mapping of ``project.toml`` comes first, then the column's own name, then its other names, all
    without regard to case, spaces, underscores and units in brackets; in shapefiles also names cut at ten bytes.

    Returns
    -------
    tuple of (dict column -> heading, findings)
        Required columns that no heading means are errors.
    """
    found: list[Finding] = []
    headings = [str(name) for name in raw.table.columns]
    by_key: dict[str, str] = {}
    for heading in headings:
        by_key.setdefault(heading_key(heading), heading)
    chosen: dict[str, str] = {}
    for name, heading in spec.columns.items():
        where = f"inputs.{raw.kind}.columns.{name}"
        if name not in columns:
            mend = _near(name, list(columns)) or f"columns may be: {', '.join(columns)}"
            found.append(raw.fault("columns", f"project.toml maps {name!r}, which is no column", mend, name=where))
        elif heading_key(heading) not in by_key:
            mend = _near(heading, headings) or f"the file has: {', '.join(headings[:30])}"
            found.append(
                raw.fault(
                    "columns", f"project.toml reads {name!r} from {heading!r}, which the file has not", mend, name=where
                )
            )
        else:
            chosen[name] = by_key[heading_key(heading)]
    taken = set(chosen.values())
    for name, column in columns.items():
        if name in chosen or name in spec.columns:
            continue
        heading = _heading_of(raw, (name, *column.aliases), by_key, taken)
        if heading:
            chosen[name] = heading
            taken.add(heading)
    found += _missing(raw, columns, chosen, spec, headings, taken)
    return chosen, found


def _heading_of(raw: Raw, names: tuple[str, ...], by_key: dict[str, str], taken: set[str]) -> str:
    for name in names:
        heading = by_key.get(heading_key(name), "")
        if heading and heading not in taken:
            return heading
    if not raw.name_bytes:
        return ""
    limit, encoding = raw.name_bytes
    for name in names:
        data = name.encode(encoding, "ignore")
        cut = data[:limit].decode(encoding, "ignore")
        heading = by_key.get(heading_key(cut), "") if len(data) > limit else ""
        if heading and heading not in taken:
            return heading
    return ""


def _missing(
    raw: Raw, columns: dict[str, Column], chosen: dict[str, str], spec: InputSpec, headings: list[str], taken: set[str]
) -> list[Finding]:
    found: list[Finding] = []
    free = [heading for heading in headings if heading not in taken]
    for name, column in columns.items():
        if name in chosen or name in spec.columns:
            continue
        near = difflib.get_close_matches(name, free, n=1, cutoff=0.75)
        hint = f'columns = {{ {name} = "{near[0] if near else "..."}" }} under [inputs.{raw.kind}]'
        if column.required:
            others = f" (also {', '.join(column.aliases)})" if column.aliases else ""
            what = f"no column {name!r}{others}; the file has: {', '.join(headings[:30]) or 'none'}"
            found.append(raw.fault("missing_column", what, f"add it, or say which it is: {hint}", name=name))
        elif near:
            what = f"column {near[0]!r} is not read; is it {name!r}?"
            found.append(raw.suspicion("column_name", what, f"if so: {hint}", name=near[0]))
    unread = [heading for heading in free if heading]
    if unread:
        found.append(raw.note("columns_unread", f"columns not read: {', '.join(unread[:30])}"))
    return found


def _near(word: str, known: list[str]) -> str:
    near = difflib.get_close_matches(word, known, n=1)
    return f"did you mean {near[0]!r}?" if near else ""


def typed(
    raw: Raw, columns: dict[str, Column], chosen: dict[str, str], found: list[Finding]
) -> tuple[dict[str, npt.NDArray[Any]], BoolArray]:
    """Return the values of every column and which rows must be set aside.

    Parameters
    ----------
    raw : Raw
    columns : dict
        What each column must be.
    chosen : dict
        Heading of each column that the file has.
    found : list of Finding
        Receives one finding for each bad cell.
    """
    size = len(raw.table)
    aside = np.zeros(size, dtype=bool)
    values: dict[str, npt.NDArray[Any]] = {}
    for name, column in columns.items():
        if name not in chosen:
            values[name] = _absent(column, size)
            continue
        cells = raw.table[chosen[name]]
        got, bad = _parse(cells, column, name)
        what, mend = _MENDS[column.kind]
        mend = _MEND_DEGREES if name.split("_")[-1] in {"lon", "lat"} else mend
        told = {int(i): f"{shown(cells.iloc[i])} is no {what}" for i in np.flatnonzero(bad)}
        found += raw.set_aside(np.flatnonzero(bad), "value", told.__getitem__, mend, name=name)
        empty = ~bad & _is_empty(got, column)
        if column.required:
            mend_empty = "fill it, or delete the row"
            found += raw.set_aside(np.flatnonzero(empty), "value_empty", "is empty", mend_empty, name=name)
            aside |= empty
        aside |= bad | _out_of_range(raw, name, column, cells, got, ~bad & ~empty, found)
        values[name] = _filled(got, column, empty | bad)
    return values, aside


def _parse(cells: pd.Series, column: Column, name: str) -> Parsed:
    if column.kind == "text":
        got, bad = as_text(cells)
        spelling = spellings(column.usual)
        if spelling:
            codes, words = pd.factorize(got)  # few differ
            got = np.array([spelling.get(word.casefold(), word) for word in words], dtype=object)[codes]
        return got, bad
    if column.kind == "bool":
        return as_bool(cells)
    if column.kind == "date":
        return as_day(cells)
    if column.kind == "time":
        return as_clock(cells)
    got, bad = as_number(cells, name=name)
    if column.kind == "int":
        with np.errstate(invalid="ignore"):
            bad |= np.isfinite(got) & (got != np.round(got))
    return got, bad


def _is_empty(values: npt.NDArray[Any], column: Column) -> BoolArray:
    empty: BoolArray = (values == "") if column.kind == "text" else pd.isna(values)
    return np.asarray(empty, dtype=bool)


def _out_of_range(
    raw: Raw,
    name: str,
    column: Column,
    cells: pd.Series,
    values: npt.NDArray[Any],
    there: BoolArray,
    found: list[Finding],
) -> BoolArray:
    """Return rows whose value is not among the choices or outside the range; choices get their own spelling."""
    wrong = np.zeros(len(values), dtype=bool)
    if column.choices:
        spelling = spellings(column.choices)
        codes, words = pd.factorize(values[there])  # few differ
        known = [spelling.get(word.casefold()) for word in words]
        wrong[there] = np.array([choice is None for choice in known], dtype=bool)[codes]
        same = np.empty(len(words), dtype=object)
        same[:] = [word if choice is None else choice for word, choice in zip(words, known, strict=True)]
        values[there] = same[codes]
        mend = f"write one of: {', '.join(choice for choice in column.choices if choice)}"
        found += raw.set_aside(
            np.flatnonzero(wrong), "value_unknown", lambda i: f"{shown(cells.iloc[i])} is not known", mend, name=name
        )
    elif column.kind in {"int", "float"} and (column.low is not None or column.high is not None):
        low = -np.inf if column.low is None else column.low
        high = np.inf if column.high is None else column.high
        with np.errstate(invalid="ignore"):
            wrong = there & ((values < low) | (values > high))
        bounds = (
            f"{'' if column.low is None else f'{column.low:g}'} .. {'' if column.high is None else f'{column.high:g}'}"
        )
        found += raw.set_aside(
            np.flatnonzero(wrong),
            "value_range",
            lambda i: f"{shown(cells.iloc[i])} is out of range",
            f"allowed: {bounds}",
            name=name,
        )
    return wrong


def _filled(values: npt.NDArray[Any], column: Column, empty: BoolArray) -> npt.NDArray[Any]:
    """Return the values with the default where empty, in the type that the frame promises."""
    if column.kind == "text":
        if column.default:
            values[empty] = column.default
        return values
    if column.kind == "bool":
        values[empty] = bool(column.default)
        return values.astype(bool)
    if column.kind in {"int", "float", "time"}:
        values = np.where(empty, np.nan if column.default is None else column.default, values).astype(np.float64)
        whole = column.kind == "int" and column.default is not None
        return values.astype(np.int64) if whole else values
    return values


def _absent(column: Column, size: int) -> npt.NDArray[Any]:
    """Return the values of a column that the file does not have."""
    if column.kind == "text":
        values = np.empty(size, dtype=object)
        values[:] = column.default or ""
        return values
    if column.kind == "date":
        return np.full(size, np.datetime64("NaT"), dtype="datetime64[ns]")
    return _filled(np.full(size, np.nan), column, np.ones(size, dtype=bool))


def empty_values(columns: dict[str, Column]) -> dict[str, npt.NDArray[Any]]:
    """Return zero values of every column, in their types."""
    return {name: _absent(column, 0) for name, column in columns.items()}

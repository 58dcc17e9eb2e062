"""The hazard types with their defaults: the package's own, and what a project adds or changes.

The table is package data (``patrol/data/hazard_types.csv``); nearly all of its rates are expert
guesses, to be printed as such. Units: ``phi_per_day`` and ``base_rate_per_100km_yr`` as named,
``persist_days`` empty where a hazard lasts until someone mends it, ``d_*`` the chance that one patrol
of that method sees it, ``m_*`` and ``x_*`` factors of season and weather. ``look``, ``make_safe`` and
``rectify`` say who may do what, see :mod:`patrol.hazards.actions`.

The types D01 to D03 (a conductor down, a pole down, a tree on the line) have a letter of their own, so
that the series of the table they were added to can grow without meeting them. They are what becomes of
other rows (S02, S05, V01, V02, ...), whose base rates are calibrated to the county's faults, those with
a conductor down among them (domain brief 2). A rate of their own would count these twice: it is 0.
"""

from __future__ import annotations

import csv
import difflib
import io
import re
from collections.abc import Hashable
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from patrol import text as safe
from patrol.errors import Finding, LayerError
from patrol.hazards import actions
from patrol.hazards.actions import ACTIONS, PARTY_CODES, look_bound
from patrol.hazards.naming import new_look_bound
from patrol.layers.encoding import decode
from patrol.plan import sha256
from patrol.project import Project

SOURCE = "hazard_types.csv"
UNCLASSIFIED = actions.UNCLASSIFIED
CLASSES = ("emergency", "serious", "general")
CATEGORIES = ("veg", "fire", "ext", "equip", "nat", "user")
SCOPES = ("OH", "UG", "BOTH")

_WHOLE = {"severity_1_5": (1, 5), "likelihood_1_5": (1, 5), "go95_level": (1, 3)}
_CHANCES = ("d_foot", "d_vehicle", "d_drone", "p_ignition_given_fault", "p_injury_given_fault")
_FACTORS = (
    "m_winter_peak", "m_spring_festival", "m_spring_agri", "m_summer_peak", "m_autumn_harvest",
    "x_wind", "x_heavy_rain", "x_heat", "x_ice", "x_thunder", "x_fireweather",
)  # fmt: skip
_NUMBERS: dict[str, tuple[float, float]] = {
    **_WHOLE,
    "deadline_h": (1, 8760),
    "phi_per_day": (1e-6, 1),
    "persist_days": (0.01, 3650),
    "base_rate_per_100km_yr": (0, 1000),
    **dict.fromkeys(_CHANCES, (0.0, 1.0)),
    **dict.fromkeys(_FACTORS, (0.0, 100.0)),
}
_MAY_BE_EMPTY = ("persist_days",)
_TEXTS = ("code", "name_en", "name_zh", "scope", "category", "default_class", *ACTIONS, "lead_party", "basis")
_CHOICES = {"scope": SCOPES, "category": CATEGORIES, "default_class": CLASSES, "lead_party": tuple(PARTY_CODES)}
_NEED_TEXT = ("name_en", "name_zh")
_CODE = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,15}")  # goes into file names, lists joined by |, and keywords
_REPLACED = {"handlers_alone": "look, make_safe, rectify", "joint_required": "rectify"}

look_parties = actions.look_parties


def load_types(path: Path | None = None) -> pd.DataFrame:
    """Return the hazard types indexed by ``code``, the pseudo-type ``unclassified`` last.

    Parameters
    ----------
    path : Path, optional
        A table of the same columns (UTF-8, with or without BOM) instead of the package's own.

    Returns
    -------
    DataFrame
        Numbers as float, ``severity_1_5, likelihood_1_5, go95_level`` as int, the rest text (empty
        where blank). ``unclassified`` has a base rate of zero, so it adds nothing to what is expected
        on a line; see :func:`unclassified_type`.

    Raises
    ------
    LayerError
        Names every missing column, repeated code, unknown word and number out of range at once.
    """
    types = check_types(_package_rows() if path is None else _rows(path), SOURCE if path is None else path.name)
    return pd.concat([types, unclassified_type(types)])


def project_types(project: Project) -> pd.DataFrame:
    """Return the hazard types of a project: the package's rows, changed and added to by the project's own file.

    The file (``hazard_types`` under ``[inputs]``) is a CSV with a column ``code``. A row whose code the
    package knows changes that type: absent columns and blank cells keep the package's value. A row with
    a new code adds a type and fills every cell but ``persist_days`` and ``basis``. Whatever it says, who
    may look, make safe and rectify stays within :mod:`patrol.hazards.actions`; lowering the class of a
    package's type does not open it to more parties.

    Raises
    ------
    LayerError
        Names every fault of the file at once.
    """
    path = project.file("hazard_types")
    if path is None:
        return load_types()
    package, source = _package_rows(), project.files["hazard_types"].label
    types = check_types(package, SOURCE)
    rows = _known_columns(_rows(path), list(package.columns), source)
    given = rows.reindex(columns=package.columns, fill_value="")
    before = package.set_index("code", drop=False).reindex(given["code"]).fillna("").set_axis(given.index)
    filled = given.where(given != "", before)
    bounds = [
        _own_bound(row, was, types)
        for row, was in zip(filled.to_dict("records"), before.to_dict("records"), strict=True)
    ]
    # A look that nobody wrote down follows a class that has become stricter.
    look = [
        cell if said or not cell else actions.narrowed(cell, bound)
        for cell, said, bound in zip(filled["look"], given["look"], bounds, strict=True)
    ]
    filled = filled.assign(look=look)
    mine = check_types(filled, source, bounds)
    order = [*types.index, *(code for code in mine.index if code not in types.index)]
    types = pd.concat([types[~types.index.isin(mine.index)], mine]).loc[order]
    return pd.concat([types, unclassified_type(types)])


def _own_bound(row: dict[Hashable, Any], was: dict[Hashable, Any], package: pd.DataFrame) -> frozenset[str]:
    """Return who may look at most at a type of a project's file; ``was`` is the package's row, blank if it has none."""
    bound = look_bound(row["code"], row["category"], row["default_class"])
    if was["code"]:
        bound &= look_bound(was["code"], was["category"], was["default_class"])
    own = [row[name] for name in _NEED_TEXT if row[name] != was[name]]  # what it is called from now on
    return bound & new_look_bound(package, "" if was["code"] else row["category"], *own)


def types_sha256(project: Project | None = None) -> str:
    """Return the hash of the package's table and of the project's own, which a plan names beside its inputs."""
    data = files("patrol").joinpath("data", SOURCE).read_bytes()
    path = None if project is None else project.file("hazard_types")
    return sha256(data if path is None else data + b"\0" + path.read_bytes())


def _package_rows() -> pd.DataFrame:
    return _table(files("patrol").joinpath("data", SOURCE).read_text("utf-8-sig"), SOURCE)


def _rows(path: Path) -> pd.DataFrame:
    """Return a CSV as texts, however an office saved it; a cell's own text cannot harm what shows it later."""
    try:
        return _table(decode(path.read_bytes())[0], path.name)
    except (OSError, UnicodeError) as error:
        what = f"cannot be read: {safe.clean(error)}"
        raise LayerError(Finding("error", "types.unreadable", path.name, what, "save it as CSV UTF-8")) from error


def _table(content: str, source: str) -> pd.DataFrame:
    try:
        lines = [line for line in csv.reader(io.StringIO(content, newline=""), strict=True) if any(line)]
    except csv.Error as error:
        mend = 'mend the quotes: a quote inside a cell is written ""'
        raise LayerError(Finding("error", "types.unreadable", source, str(error), mend)) from error
    heading, *rows = [[safe.clean(cell) for cell in line] for line in lines] or [[]]
    faults = [
        Finding("error", "types.cells", source, f"has {len(row)} cells, the heading {len(heading)}", row=number)
        for number, row in enumerate(rows, 1)
        if len(row) > len(heading)
    ]
    twice = sorted({name for name in heading if heading.count(name) > 1})
    faults += [Finding("error", "types.column", source, "the column stands twice", "drop one", field=f) for f in twice]
    if faults:
        raise LayerError(faults)
    return pd.DataFrame([row + [""] * (len(heading) - len(row)) for row in rows], columns=heading, dtype=object)


def _known_columns(rows: pd.DataFrame, known: list[str], source: str) -> pd.DataFrame:
    """Return the rows of a project's file, refusing headings that would have no effect."""
    found = []
    for name in (name for name in rows.columns if name not in known):
        near = _REPLACED.get(name) or "".join(difflib.get_close_matches(name, known, n=1))
        mend = f"write {near}" if near else f"known: {', '.join(known)}"
        found.append(Finding("error", "types.column", source, "is no column of this table", mend, field=name))
    if "code" not in rows.columns:
        found.append(Finding("error", "types.column", source, "the column is missing", "add it", field="code"))
    if found:
        raise LayerError(found)
    return rows


def check_types(raw: pd.DataFrame, source: str, look_bounds: list[frozenset[str]] | None = None) -> pd.DataFrame:
    """Return a table of texts as typed hazard types indexed by ``code``.

    Parameters
    ----------
    raw : DataFrame
        Every cell a text, the columns of the package's table.
    source : str
        Name of the file, for the findings.
    look_bounds : list of frozenset of str, optional
        For each row, party codes that may look at most, besides what its own class and category allow.

    Raises
    ------
    LayerError
        Names every fault, with its row and column.
    """
    missing = [name for name in (*_TEXTS, *_NUMBERS) if name not in raw.columns]
    if missing:
        raise LayerError(
            [
                Finding("error", "types.column", source, "the column is missing", "add it", field=name)
                for name in missing
            ]
        )
    text = raw.apply(lambda column: column.str.strip())
    found: list[Finding] = []
    columns: dict[str, Any] = {name: text[name] for name in _TEXTS}
    for name in _NEED_TEXT:
        _tell(found, source, name, text[name] == "", text[name], "is empty", "fill it in")
    bad = ~text["code"].map(lambda code: bool(_CODE.fullmatch(code)) and code != UNCLASSIFIED).astype(bool)
    _tell(found, source, "code", bad, text["code"], "is no code", "a letter, then up to 15 letters, digits, - and _")
    repeated = text["code"].duplicated() & (text["code"] != "")
    _tell(found, source, "code", repeated, text["code"], "repeats", "give each type a code of its own")
    for name, known in _CHOICES.items():
        mend = f"one of {', '.join(known)}"
        _tell(found, source, name, ~text[name].isin(known), text[name], "is not known", mend)
    _check_actions(found, source, text, look_bounds or [frozenset(PARTY_CODES)] * len(text))
    for name, (low, high) in _NUMBERS.items():
        columns[name] = _numbers(found, source, name, text[name], low, high)
    if found:
        raise LayerError(found)
    types = pd.DataFrame(columns)[[name for name in raw.columns if name in columns]]
    return types.astype(dict.fromkeys(_WHOLE, "int64")).set_index("code")


def _check_actions(found: list[Finding], source: str, text: pd.DataFrame, bounds: list[frozenset[str]]) -> None:
    """Tell every cell of look, make safe and rectify that is malformed, or grants more than may be granted."""
    mend = f"codes {', '.join(PARTY_CODES)} joined by |, or by + for those who rectify together"
    for place, row in enumerate(text.to_dict("records")):
        look = bounds[place] & look_bound(row["code"], row["category"], row["default_class"])
        for action in ACTIONS:
            try:
                why = actions.beyond_bounds(action, actions.parse_groups(row[action], action), look)
                code, how = "types.beyond_bounds", "take them out: no file can grant them more"
            except ValueError as error:
                why, code, how = str(error), "types.value", mend
            if why:
                what = f"{row[action]!r}: {why}" if code == "types.beyond_bounds" else f"{row[action]!r} {why}"
                found.append(Finding("error", code, source, what, how, row=place + 1, field=action))


def _numbers(
    found: list[Finding], source: str, name: str, text: pd.Series[str], low: float, high: float
) -> pd.Series[Any]:
    values = pd.to_numeric(text, errors="coerce").astype(float)
    blank = text == ""
    wrong = values.isna() & ~(blank & (name in _MAY_BE_EMPTY))
    _tell(found, source, name, wrong, text, "is not a number", "write a number")
    outside = (values < low) | (values > high)
    _tell(found, source, name, outside, text, "is out of range", f"allowed: {low:g} .. {high:g}")
    if name in _WHOLE:
        _tell(found, source, name, ~wrong & (values % 1 != 0), text, "is not a whole number", "write a whole number")
    return values


def _tell(
    found: list[Finding], source: str, name: str, wrong: pd.Series[Any], text: pd.Series[str], what: str, mend: str
) -> None:
    for row in np.flatnonzero(wrong.to_numpy(bool)):
        finding = f"{text.iloc[row]!r} {what}"
        found.append(Finding("error", "types.value", source, finding, mend, row=int(row) + 1, field=name))


def unclassified_type(types: pd.DataFrame) -> pd.DataFrame:
    """Return stated defaults for a report nobody has classified yet, as one row like those of ``types``.

    Counted as serious, so that somebody looks within the week: every number is the median of the
    serious types; no season or weather factor (1); it lasts until seen to; base rate 0, because
    "unclassified" is a state of knowledge and not something that grows on lines.
    """
    serious = types[types["default_class"] == "serious"]
    row: dict[str, Any] = dict.fromkeys(types.columns, "")
    row |= {name: float(serious[name].median()) for name in _NUMBERS}
    row |= {name: round(row[name]) for name in _WHOLE}
    row |= dict.fromkeys(_FACTORS, 1.0)
    row |= {
        "name_en": "Unclassified report",
        "name_zh": "未分类隐患",
        "scope": "BOTH",
        "category": UNCLASSIFIED,
        "default_class": "serious",
        "persist_days": np.nan,
        "base_rate_per_100km_yr": 0.0,
        "look": "ENT",
        "make_safe": "ENT",
        "rectify": "ENT",
        "lead_party": "ENT",
        "basis": "median of the serious types",
    }
    return pd.DataFrame([row], index=pd.Index([UNCLASSIFIED], name=types.index.name)).astype(types.dtypes.to_dict())

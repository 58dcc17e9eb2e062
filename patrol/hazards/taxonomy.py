"""The hazard types with their defaults, and which parties may go and look at each.

The table is package data (``patrol/data/hazard_types.csv``); nearly all of its rates are expert
guesses, to be printed as such. Units: ``phi_per_day`` and ``base_rate_per_100km_yr`` as named,
``persist_days`` empty where a hazard lasts until someone mends it, ``d_*`` the chance that one patrol
of that method sees it, ``m_*`` and ``x_*`` factors of season and weather.
"""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from patrol.errors import Finding, LayerError
from patrol.layers.schema import PARTIES
from patrol.plan import sha256

SOURCE = "hazard_types.csv"
UNCLASSIFIED = "unclassified"
CLASSES = ("emergency", "serious", "general")
CATEGORIES = ("veg", "fire", "ext", "equip", "nat", "user")
SCOPES = ("OH", "UG", "BOTH")
PARTY_CODES = {"ENT": "enterprise", "GOV": "government", "FIRE": "fire", "VIL": "villager"}

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
_TEXTS = ("code", "name_en", "name_zh", "scope", "category", "default_class", "handlers_alone", "joint_required",
          "lead_party", "basis")  # fmt: skip
_CHOICES = {"scope": SCOPES, "category": CATEGORIES, "default_class": CLASSES, "lead_party": tuple(PARTY_CODES)}
_PARTY_LISTS = {"handlers_alone": "|", "joint_required": "+"}
_NEED_TEXT = ("code", "name_en", "name_zh")

# Emergencies that anybody may look at from a distance and phone in: the danger is to the person under
# the line, not to the one who warns him.
LOOK_FROM_AFAR = frozenset({"E01", "E09"})  # kite near a conductor, fishing under a line
# No emergencies by class, yet live or falling parts: as a downed line or leaking live equipment.
LIVE_OR_FALLING = frozenset({"S02", "S05", "S06", "S10"})  # broken pole, broken strands, low conductor, oil leak


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
    source = files("patrol").joinpath("data", SOURCE) if path is None else path
    with source.open("rb") as stream:
        raw = pd.read_csv(stream, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    types = check_types(raw, SOURCE if path is None else path.name)
    return pd.concat([types, unclassified_type(types)])


def types_sha256() -> str:
    """Return the hash of the package's table, which a plan names beside its inputs."""
    return sha256(files("patrol").joinpath("data", SOURCE).read_bytes())


def check_types(raw: pd.DataFrame, source: str) -> pd.DataFrame:
    """Return a table of texts as typed hazard types indexed by ``code``.

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
    repeated = text["code"].duplicated() & (text["code"] != "")
    _tell(found, source, "code", repeated, text["code"], "repeats", "give each type a code of its own")
    for name, known in _CHOICES.items():
        mend = f"one of {', '.join(known)}"
        _tell(found, source, name, ~text[name].isin(known), text[name], "is not known", mend)
    for name, mark in _PARTY_LISTS.items():
        wrong = text[name].map(lambda cell, mark=mark: not _party_codes(cell, mark))
        mend = f"codes {', '.join(PARTY_CODES)} joined by {mark}"
        _tell(found, source, name, wrong, text[name], "names a party nobody knows", mend)
    for name, (low, high) in _NUMBERS.items():
        columns[name] = _numbers(found, source, name, text[name], low, high)
    if found:
        raise LayerError(found)
    types = pd.DataFrame(columns)[[name for name in raw.columns if name in columns]]
    return types.astype(dict.fromkeys(_WHOLE, "int64")).set_index("code")


def _party_codes(cell: str, mark: str) -> bool:
    return not cell or all(part in PARTY_CODES for part in cell.split(mark))


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
        "handlers_alone": "ENT",
        "lead_party": "ENT",
        "basis": "median of the serious types",
    }
    return pd.DataFrame([row], index=pd.Index([UNCLASSIFIED], name=types.index.name)).astype(types.dtypes.to_dict())


def look_parties(types: pd.DataFrame) -> pd.Series[Any]:
    """Return the parties that may be routed to look at a hazard, a tuple for each type.

    Looking is standing off (8 m and more from a conductor on the ground), warning and phoning. The
    rule, design section 7 and domain brief section 1:

    1. nobody knows what it is (``unclassified``): the enterprise only;
    2. an emergency by class: the enterprise, and at fires the fire service too, since volunteers and
       officials are never routed to fire, flood or a line that is or may come down; but for what anybody
       may warn of from a distance (:data:`LOOK_FROM_AFAR`);
    3. live or falling parts (:data:`LIVE_OR_FALLING`): the enterprise only;
    4. everything else: all four parties.

    Emergencies are closed unless named, so a new emergency type is safe before anyone thinks of it.
    """
    return pd.Series([_look(str(code), row) for code, row in types.iterrows()], index=types.index, name="look")


def _look(code: str, row: pd.Series[Any]) -> tuple[str, ...]:
    if code == UNCLASSIFIED or code in LIVE_OR_FALLING:
        return ("enterprise",)
    if row["default_class"] == "emergency" and code not in LOOK_FROM_AFAR:
        return ("enterprise", "fire") if row["category"] == "fire" else ("enterprise",)
    return PARTIES

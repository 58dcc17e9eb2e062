"""Every factor of every section and hazard type, as one long table: what the score of a day is the sum of.

The same products as :mod:`patrol.risk.explain`, with λ taken apart into what it is made of.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from patrol.risk.days import mean_since
from patrol.risk.hotspot import HotSpot
from patrol.risk.latent import condition_factor
from patrol.risk.past import loss_rates
from patrol.risk.score import COST_PARTS, METHODS, Scene, cost_shares, find_weights, still_there, unit_costs

Floats = NDArray[np.float64]

FACTOR_COLUMNS = (
    "row", "section_id", "code", "name_en", "name_zh", "rate_yr", "season", "condition", "hot_spot", "finds",
    "finds_expected", "events", "rate_day", "tau_days", "n0", "n", "growth", "phi_day", "weather", "lead", "found",
    *(f"{part}_ecm" for part in COST_PARTS), "fault_ecm", "value_ecm", "risk_ecm_day",
)  # fmt: skip
BLOCK = 1 << 12  # sections worked on at a time


@dataclass(frozen=True, slots=True, eq=False)
class Learned:
    """What λ was multiplied by: hot spots, the day's season by type, events by day and group (if any), the day."""

    hot: HotSpot
    season: pd.Series[Any]
    events: tuple[pd.DataFrame, ...]
    on: date


def factor_table(
    scene: Scene, sections: pd.DataFrame, learned: Learned, *, rows: Any = None, top: int | None = None
) -> pd.DataFrame:
    """Return what each type adds to the value of a patrol on foot on the first day, and every factor of it.

    Parameters
    ----------
    sections : DataFrame
        Those of the scene: ``section_id, length_m, condition``.
    rows : array of int, optional
        The sections wanted; all by default.
    top : int, optional
        Only so many of the largest parts of each section.

    Returns
    -------
    DataFrame
        FACTOR_COLUMNS, by section and then the largest ``value_ecm`` first; types that add nothing to value and risk
        are left out. ``rate_yr`` is what the hazard types let expect on this length in a year. ``rate_day`` =
        ``rate_yr``/365 · ``condition`` · ``hot_spot``; ``season`` and ``events`` multiply it day by day and are given,
        the one for the day itself, the other as the mean since the last patrol.
        ``value_ecm`` = ``found · phi_day · weather · lead · growth · fault_ecm``.
    """
    wanted = np.arange(len(sections)) if rows is None else np.asarray(rows, np.int64)
    parts = [
        _block(scene, sections, learned, wanted[first : first + BLOCK], top)
        for first in range(0, max(1, len(wanted)), BLOCK)
    ]
    return pd.concat(parts, ignore_index=True) if len(parts) > 1 else parts[0]


def _block(scene: Scene, sections: pd.DataFrame, learned: Learned, rows: Any, top: int | None) -> pd.DataFrame:
    types, state = scene.types, scene.latent
    phi, _ = loss_rates(types)
    weather = scene.weather[0][scene.group[rows]]
    units, shares = unit_costs(scene, rows), cost_shares(scene, 0)
    fault = units @ shares
    value = scene.growth[rows] * find_weights(scene)[:, 0] * weather * fault
    risk = phi * weather * state.n[rows] * fault
    at, kind = _largest(value, risk, top)
    here = rows[at]
    equipment = (types["category"] == "equip").to_numpy(bool)[kind]
    worn = condition_factor(sections["condition"].to_numpy(float)[here])
    base = types["base_rate_per_100km_yr"].to_numpy(float)[kind]
    group = learned.hot.group[kind]
    tau, places = state.tau_days[rows], scene.group[rows]
    events = mean_since(learned.events, places, tau, learned.on, types.index)
    columns: dict[str, Any] = {
        "row": here,
        "section_id": sections["section_id"].to_numpy(object)[here],
        "code": types.index.to_numpy(object)[kind],
        "name_en": types["name_en"].to_numpy(object)[kind],
        "name_zh": types["name_zh"].to_numpy(object)[kind],
        "rate_yr": base * sections["length_m"].to_numpy(float)[here] / 100_000.0,
        "season": learned.season.to_numpy(float)[kind],
        "condition": np.where(equipment, worn, 1.0),
        "hot_spot": learned.hot.factor[here, group],
        "finds": learned.hot.finds[here, group],
        "finds_expected": learned.hot.expected[here, group],
        "events": events[at, kind],
        "rate_day": state.rate[here, kind],
        "tau_days": state.tau_days[here],
        "n0": state.n0[here, kind],
        "n": state.n[here, kind],
        "growth": scene.growth[here, kind],
        "phi_day": phi[kind],
        "weather": weather[at, kind],
        "lead": still_there(scene)[kind],
        "found": types[f"d_{METHODS[0]}"].to_numpy(float)[kind],
        **{f"{part}_ecm": units[at, k] * shares[k, kind] for k, part in enumerate(COST_PARTS)},
        "fault_ecm": fault[at, kind],
        "value_ecm": value[at, kind],
        "risk_ecm_day": risk[at, kind],
    }
    return pd.DataFrame(columns)[list(FACTOR_COLUMNS)]


def _largest(value: Floats, risk: Floats, top: int | None) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return section and type of the parts that add something, the largest of each section first."""
    order = np.lexsort((-risk, -value), axis=1)[:, :top]
    at = np.repeat(np.arange(len(value)), order.shape[1])
    kind = order.ravel()
    some = (value[at, kind] > 0) | (risk[at, kind] > 0)
    return at[some].astype(np.int64), kind[some].astype(np.int64)

"""Why a section or a hazard has its score: the sum, part by part, with where each number comes from.

The parts are the very products that :mod:`patrol.risk.score` adds up, so they sum to the score.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from patrol.risk.latent import condition_factor, index_growth
from patrol.risk.past import hazard_rates, loss_rates
from patrol.risk.score import COST_PARTS, METHODS, Scene, cost_shares, find_weights, latent_on, still_there, unit_costs

SECTION_COLUMNS = (
    "code", "name_en", "name_zh", "rate_100km_yr", "length_m", "factor", "rate_day", "tau_days", "n0", "n", "growth",
    "phi_day", "weather", "lead", "found", *(f"{part}_ecm" for part in COST_PARTS), "fault_ecm", "value_ecm",
    "risk_ecm_day",
)  # fmt: skip
HAZARD_COLUMNS = ("day", "p", "phi_day", "weather", *(f"{part}_ecm" for part in COST_PARTS), "fault_ecm", "value_ecm")


def why_section(scene: Scene, sections: pd.DataFrame, row: int, *, method: str = "foot", day: int = 0) -> pd.DataFrame:
    """Return what each hazard type adds to the value of a patrol, and the numbers it is the product of.

    Parameters
    ----------
    sections : DataFrame
        Those of the scene, with ``length_m``.
    row : int
        Of the section.
    method : {'foot', 'vehicle', 'drone'}

    Returns
    -------
    DataFrame
        SECTION_COLUMNS, a row a type, the largest part first. ``value_ecm`` = found · phi_day · weather · lead ·
        growth · fault_ecm and sums to the score; ``risk_ecm_day`` = phi_day · weather · n · fault_ecm sums to the
        risk now. ``factor`` is what ``rate_day`` is over that of the type on this length: condition and hot-spot
        together (1 where the type does not occur here).
    """
    types, state = scene.types, latent_on(scene, day)
    phi, _ = loss_rates(types)
    growth = (scene.growth if day == 0 else index_growth(state))[row]
    length = float(sections["length_m"].iloc[row])
    base = types["base_rate_per_100km_yr"].to_numpy(float)
    usual = base * length / 1000.0 / (100.0 * 365.0)
    rate = state.rate[row]
    costs = unit_costs(scene, slice(row, row + 1))[0][:, None] * cost_shares(scene, day)
    weather = scene.weather[day][scene.group[row]]
    found = types[f"d_{method}"].to_numpy(float)
    fault = costs.sum(axis=0)
    worth = find_weights(scene)[:, METHODS.index(method)] * weather * growth * fault
    table = pd.DataFrame({
        "code": types.index.to_numpy(object),
        "name_en": types["name_en"].to_numpy(object),
        "name_zh": types["name_zh"].to_numpy(object),
        "rate_100km_yr": base,
        "length_m": length,
        "factor": np.divide(rate, usual, out=np.ones_like(rate), where=(usual > 0) & (rate > 0)),
        "rate_day": rate,
        "tau_days": state.tau_days[row],
        "n0": state.n0[row],
        "n": state.n[row],
        "growth": growth,
        "phi_day": phi,
        "weather": weather,
        "lead": still_there(scene),
        "found": found,
        **{f"{part}_ecm": cost for part, cost in zip(COST_PARTS, costs, strict=True)},
        "fault_ecm": fault,
        "value_ecm": worth,
        "risk_ecm_day": phi * weather * state.n[row] * fault,
    })  # fmt: skip
    order = np.argsort(-table["value_ecm"].to_numpy(), kind="stable")
    return table.iloc[order].reset_index(drop=True)[list(SECTION_COLUMNS)]


def why_hazard(scene: Scene, hazards: pd.DataFrame, row: int, days: int) -> pd.DataFrame:
    """Return what each day of the horizon adds to the value of a look at a hazard on its first day.

    Returns
    -------
    DataFrame
        HAZARD_COLUMNS, a row a day; ``value_ecm`` = p · phi_day · weather · fault_ecm and sums to the score.
    """
    one = hazards.iloc[[row]]
    kind = int(scene.types.index.get_indexer(pd.Index(one["type"]))[0])
    at = int(one["section"].iloc[0])
    phi = float(hazard_rates(one, scene.types)[0])
    fire = float(scene.fire_ecm[at]) if at >= 0 else scene.consequence.fire_ecm
    unit = np.array([float(one["ecm_per_fault"].iloc[0]), fire, scene.consequence.injury_ecm])
    costs = np.array([unit * cost_shares(scene, day)[:, kind] for day in range(days)])
    group = scene.group[at] if at >= 0 else 0
    truth = float(one["p"].iloc[0])
    weather = np.array([float(scene.weather[day][group, kind]) for day in range(days)])
    return pd.DataFrame({
        "day": np.arange(days),
        "p": truth,
        "phi_day": phi,
        "weather": weather,
        **{f"{part}_ecm": costs[:, number] for number, part in enumerate(COST_PARTS)},
        "fault_ecm": costs.sum(axis=1),
        "value_ecm": truth * phi * weather * costs.sum(axis=1),
    })[list(HAZARD_COLUMNS)]  # fmt: skip


def condition_of(sections: pd.DataFrame, row: int) -> tuple[float, float]:
    """Return the CNAIM health score of a section (NaN if unknown) and what it multiplies equipment defects by."""
    score: Any = sections["condition"].iloc[row]
    return float(score), float(condition_factor(np.array([score], float))[0])

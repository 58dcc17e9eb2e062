"""What a visit is worth now, in ECM: the prize that the solver collects.

The numerator of the index W of the domain brief, section 3(e): time is paid once, in the solver's
objective, so the prize is not divided by hours.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from patrol.config import ConsequenceSettings, PlanningSettings
from patrol.risk.latent import arrival_rates, growth, loss_rates

METHODS = ("foot", "vehicle", "drone")
MILLI = 1000
RISK_CLASSES = 5

Floats = NDArray[np.float64]


def fault_cost(ecm_per_fault: Floats, types: pd.DataFrame, settings: ConsequenceSettings) -> Floats:
    """Return ECM of one fault by section and type, shape (sections, types).

    C = interruption + p(ignition)·fire + p(injury)·injury; domain brief 3(c), without fire weather.
    """
    fire = types["p_ignition_given_fault"].to_numpy(float) * settings.fire_ecm
    injury = types["p_injury_given_fault"].to_numpy(float) * settings.injury_ecm
    return np.asarray(ecm_per_fault, float)[:, None] + (fire + injury)[None, :]


def patrol_value(
    sections: pd.DataFrame,
    ecm_per_fault: pd.Series[Any],
    tau_days: pd.Series[Any],
    types: pd.DataFrame,
    *,
    consequence: ConsequenceSettings,
    planning: PlanningSettings,
) -> pd.DataFrame:
    """Return the value of patrolling each section today, in ECM, one column a method of looking.

    W = Σ_k d_k φ_k C_sk e^(−κρ) λ_sk [(1−e^(−κτ))/κ − τe^(−κτ)]/κ, with ρ the days from find to repair:
    finding what goes by itself before anyone can mend it earns nothing.

    Parameters
    ----------
    sections : DataFrame
        Needs ``length_m, condition, placement``.
    ecm_per_fault, tau_days : Series
        On the index of ``sections``.
    types : DataFrame
        Hazard types by code, see ``hazards.taxonomy``.

    Returns
    -------
    DataFrame
        Columns ``foot, vehicle, drone`` on the index of ``sections``.
    """
    phi, kappa = loss_rates(types)
    rate = arrival_rates(sections, types)
    cost = fault_cost(ecm_per_fault.to_numpy(float), types, consequence)
    grown = growth(tau_days.to_numpy(float)[:, None], kappa[None, :])
    worth = rate * cost * grown * (phi * np.exp(-kappa * planning.fix_lead_days))[None, :]
    found = types[["d_foot", "d_vehicle", "d_drone"]].to_numpy(float)
    return pd.DataFrame(worth @ found, index=sections.index, columns=list(METHODS))


def visit_value(
    hazards: pd.DataFrame,
    ecm_per_fault: pd.Series[Any],
    days_saved: int,
    types: pd.DataFrame,
    *,
    consequence: ConsequenceSettings,
    planning: PlanningSettings,
) -> pd.Series[Any]:
    """Return the value of seeing to each open hazard ``days_saved`` days sooner, in ECM.

    P·φ·C·days (domain brief 3(e)), P = 1 once verified, else the prior credibility.

    Parameters
    ----------
    hazards : DataFrame
        Needs ``type`` (a code of ``types``) and ``state``.
    ecm_per_fault : Series
        ECM of a fault where the hazard is, on the same index.
    """
    rows = types.loc[hazards["type"]]
    truth = np.where(hazards["state"] == "reported", planning.prior_credibility, 1.0)
    extra = (
        rows["p_ignition_given_fault"].to_numpy(float) * consequence.fire_ecm
        + rows["p_injury_given_fault"].to_numpy(float) * consequence.injury_ecm
    )
    value = truth * rows["phi_per_day"].to_numpy(float) * (ecm_per_fault.to_numpy(float) + extra) * days_saved
    return pd.Series(value, index=hazards.index, name="value_ecm")


def milli(ecm: pd.Series[Any] | pd.DataFrame) -> Any:
    """Return whole milli-ECM, never negative."""
    return (ecm.clip(lower=0) * MILLI).round().astype("int64")


def risk_class(value: pd.Series[Any]) -> pd.Series[Any]:
    """Return 1 (least) to 5 (most) by fifths of the ranked values; for colours only, never for decisions."""
    rank = value.rank(method="first", pct=True).fillna(0.0).to_numpy(float)
    fifth = np.clip(np.ceil(rank * RISK_CLASSES), 1, RISK_CLASSES).astype(int)
    return pd.Series(fifth, index=value.index, name="risk_class")

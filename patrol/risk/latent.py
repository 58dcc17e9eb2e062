"""Hazards nobody has seen yet: how many a section has grown since its last patrol.

Source of the equations: the project's domain brief, section 3(a) and 3(e); rates from
``hazard_types.csv``. This is the first model: no season, weather or hot-spots yet, and the count just
after a patrol is taken as zero.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]

CNAIM_C = 1.087  # ageing constant of CNAIM's probability of failure


def growth(tau_days: Floats, kappa: Floats) -> Floats:
    """Return the integral from 0 to τ of t·κ·e^(−κt) over κ, per κ: [(1−e^(−κτ))/κ − τe^(−κτ)] / κ.

    Parameters
    ----------
    tau_days, kappa : ndarray, broadcastable
        Days since the last patrol, and loss rate of a hazard a day.

    Returns
    -------
    ndarray
        Days²; tends to τ²/2 as κ → 0, where a series replaces the difference of near-equal numbers.
    """
    tau, k = np.broadcast_arrays(np.asarray(tau_days, float), np.asarray(kappa, float))
    x = k * tau
    small = x < 1e-4
    safe = np.where(small, 1.0, k)
    exact = ((1.0 - np.exp(-x)) / safe - tau * np.exp(-x)) / safe
    result: Floats = np.where(small, tau**2 * (0.5 - x / 3.0), exact)
    return result


def condition_factor(condition: Floats) -> Floats:
    """Return how much likelier a defect is at a CNAIM health score (0.5 new to 10 worn out) than at 4.

    f(h) = 1 + Ch + (Ch)²/2 + (Ch)³/6 with C = 1.087 and h at least 4; the factor is f(h)/f(4). An
    unknown score counts as 4.
    """
    h = np.maximum(np.nan_to_num(np.asarray(condition, float), nan=4.0), 4.0)

    def f(x: Any) -> Any:
        return 1 + CNAIM_C * x + (CNAIM_C * x) ** 2 / 2 + (CNAIM_C * x) ** 3 / 6

    result: Floats = f(h) / f(4.0)
    return result


def arrival_rates(sections: pd.DataFrame, types: pd.DataFrame) -> Floats:
    """Return new hazards a day, shape (sections, types).

    λ = base rate × length / (100 km × 365 d) × condition factor (equipment types only), and zero where
    the type does not occur on overhead or underground sections.
    """
    length_km = sections["length_m"].to_numpy(float) / 1000.0
    rate = np.outer(length_km, types["base_rate_per_100km_yr"].to_numpy(float)) / (100.0 * 365.0)
    equipment = (types["category"] == "equip").to_numpy()
    rate *= np.where(equipment[None, :], condition_factor(sections["condition"].to_numpy(float))[:, None], 1.0)
    underground = (sections["placement"] == "underground").to_numpy()
    scope = types["scope"].to_numpy()
    rate[np.ix_(underground, scope == "OH")] = 0.0
    rate[np.ix_(~underground, scope == "UG")] = 0.0
    return rate


def loss_rates(types: pd.DataFrame) -> tuple[Floats, Floats]:
    """Return (φ, κ) a day by type: fault rate of an open hazard, and that plus the rate at which it goes by itself."""
    phi = types["phi_per_day"].to_numpy(float)
    persist = types["persist_days"].to_numpy(float)
    mu = np.where(np.isnan(persist) | (persist <= 0), 0.0, 1.0 / np.where(persist > 0, persist, 1.0))
    return phi, mu + phi

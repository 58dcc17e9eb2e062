"""Hazards nobody has seen yet: how many a section has grown since its last patrol.

Source of the equations: the project's domain brief, section 3(a) and 3(e); rates from ``hazard_types.csv``. With
λ new hazards a day and κ = μ + φ (going by itself, becoming a fault), dn/dt = λ − κn; a patrol that sees a share
d of what is there leaves (1 − d)·n.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from patrol.risk.days import Days
from patrol.risk.past import loss_rates, walk

Floats = NDArray[np.float64]

__all__ = [
    "Latent", "arrival_rates", "at_least_one", "condition_factor", "expected", "growth", "index_growth", "latent",
    "loss_rates", "mean_wait",
]  # fmt: skip

CNAIM_C = 1.087  # ageing constant of CNAIM's probability of failure (reference_tables of the CNAIM package)
CNAIM_LEAST = 4.0  # CNAIM: the probability of failure does not fall below that of this health score
BLOCK = 1 << 18  # numbers worked on at a time where numpy makes copies


@dataclass(frozen=True, slots=True, eq=False)
class Latent:
    """Unseen hazards on a day, by section and type.

    Attributes
    ----------
    n : ndarray, shape (sections, types)
        Expected number there on the day.
    n0 : ndarray, shape (sections, types)
        That just after the last patrol. Where parts of a section were patrolled on different days, the mean over
        its length of what was left on each part.
    tau_days : ndarray, shape (sections,)
        Days since the last patrol (of the part that has waited longest), known or assumed.
    rate : ndarray, shape (sections, types)
        λ, new ones a day.
    kappa : ndarray, shape (types,)
        κ = μ + φ a day, without weather.
    """

    n: Floats
    n0: Floats
    tau_days: Floats
    rate: Floats
    kappa: Floats

    @property
    def n_inf(self) -> Floats:
        """N∞ = λ/κ, the number at which as many go as come, shape (sections, types); infinite where κ is 0."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(self.rate > 0, self.rate / self.kappa, 0.0)

    @property
    def chance(self) -> Floats:
        """P(at least one) = 1 − e^(−n), shape (sections, types)."""
        return at_least_one(self.n)


def growth(tau_days: ArrayLike, kappa: ArrayLike) -> Floats:
    """Return the integral from 0 to τ of t·e^(−κt): [(1−e^(−κτ))/κ − τe^(−κτ)] / κ.

    Parameters
    ----------
    tau_days, kappa : array, broadcastable
        Days since the last patrol, and loss rate of a hazard a day.

    Returns
    -------
    ndarray
        Days²; tends to τ²/2 as κ → 0, where a series replaces the difference of near-equal numbers.
    """
    tau, k = np.broadcast_arrays(np.asarray(tau_days, float), np.asarray(kappa, float))
    x = k * tau
    small = x < 0.01
    y = np.where(small, 1.0, x)
    exact = (-np.expm1(-y) - y * np.exp(-y)) / y**2
    series = 0.5 + x * (-1 / 3 + x * (1 / 8 + x * (-1 / 30 + x * (1 / 144 - x / 840))))
    return np.asarray(tau**2 * np.where(small, series, exact), dtype=np.float64)


def expected(n0: ArrayLike, rate: ArrayLike, kappa: ArrayLike, tau_days: ArrayLike) -> Floats:
    """Return n(τ) = n0·e^(−κτ) + λ·(1−e^(−κτ))/κ, broadcast; n0 + λτ as κ → 0. Domain brief 3(a)."""
    tau, k = np.asarray(tau_days, float), np.asarray(kappa, float)
    x = k * tau
    y = np.where(x < 1e-8, 1.0, x)
    share = np.where(x < 1e-8, 1.0 - 0.5 * x, -np.expm1(-y) / y)
    return np.asarray(np.asarray(n0, float) * np.exp(-x) + np.asarray(rate, float) * tau * share, dtype=np.float64)


def at_least_one(n: ArrayLike) -> Floats:
    """Return 1 − e^(−n), the chance that there is one at least."""
    return np.asarray(-np.expm1(-np.asarray(n, float)), dtype=np.float64)


def mean_wait(tau_days: ArrayLike, kappa: ArrayLike) -> Floats:
    """Return 1/κ − τ/(e^(κτ) − 1), broadcast, in days: τ/2 as κ → 0, and 1/κ as κτ grows.

    The time between patrols, weighted by when the number of hazards grew: what grew late counts with nearly all of τ.
    """
    tau, k = np.broadcast_arrays(np.asarray(tau_days, float), np.asarray(kappa, float))
    x = k * tau
    small = x < 0.05
    y = np.where(small, 1.0, x)
    exact = 1.0 / y - np.exp(-y) / -np.expm1(-y)
    series = 0.5 - x / 12.0 * (1.0 - x**2 / 60.0 * (1.0 - x**2 / 42.0))
    return np.asarray(tau * np.where(small, series, exact), dtype=np.float64)


def index_growth(state: Latent) -> Floats:
    """Return the part of the index W that depends on past patrols, hazard-days, shape (sections, types).

    Domain brief 3(e): (N∞ − n0)·[(1−e^(−κτ))/κ − τe^(−κτ)], the integral of n(τ) − n(t) since the last patrol. With
    n(τ) − n0 = (N∞ − n0)(1 − e^(−κτ)) it is (n − n0) · :func:`mean_wait`, which has no difference of near-equal
    numbers as κ → 0 (λτ²/2 from n0 = 0), and needs no N∞. Where season or weather have changed λ and φ since, or a
    part has been patrolled, the growth n − n0 is the one that took place.

    Zero where there are fewer than just after the last patrol (n0 > N∞, or a storm has made faults of them): waiting
    makes such a visit less urgent, and a prize is never negative.
    """
    out = np.empty_like(state.n)
    days, row = np.unique(state.tau_days, return_inverse=True)
    step = max(1, BLOCK // max(1, len(state.kappa)))
    table = mean_wait(days[:, None], state.kappa[None, :])
    for a in range(0, len(out), step):
        part = slice(a, a + step)
        np.subtract(state.n[part], state.n0[part], out=out[part])
        np.maximum(out[part], 0.0, out=out[part])
        out[part] *= table[row[part]]
    return out


def condition_factor(condition: ArrayLike) -> Floats:
    """Return how much likelier a defect is at a CNAIM health score (0.5 new to 10 worn out) than at 4.

    f(h) = 1 + Ch + (Ch)²/2 + (Ch)³/6 with C = 1.087 and h at least 4; the factor is f(h)/f(4). An
    unknown score counts as 4.
    """
    score = np.nan_to_num(np.asarray(condition, float), nan=CNAIM_LEAST)
    h = np.maximum(score, CNAIM_LEAST)

    def f(x: Any) -> Any:
        return 1 + CNAIM_C * x + (CNAIM_C * x) ** 2 / 2 + (CNAIM_C * x) ** 3 / 6

    result: Floats = f(h) / f(CNAIM_LEAST)
    return result


def arrival_rates(
    sections: pd.DataFrame,
    types: pd.DataFrame,
    *,
    season: ArrayLike | None = None,
    event: Floats | None = None,
    hot: Floats | None = None,
) -> Floats:
    """Return new hazards a day, shape (sections, types).

    λ = base rate × length / (100 km × 365 d) × condition factor (equipment types only) × season × event × hot-spot,
    and zero where the type does not occur on overhead or underground sections.

    Parameters
    ----------
    sections, types : DataFrame
        ``length_m, condition, placement``; hazard types by code.
    season : array, shape (types,), optional
        Factors of the day by type.
    event, hot : ndarray, shape (sections, types), optional
        Factors by section and type.
    """
    length_km = sections["length_m"].to_numpy(float) / 1000.0
    base = types["base_rate_per_100km_yr"].to_numpy(float) / (100.0 * 365.0)
    if season is not None:
        base = base * np.asarray(season, float)
    rate = np.outer(length_km, base)
    equipment = np.flatnonzero((types["category"] == "equip").to_numpy(bool))
    rate[:, equipment] *= condition_factor(sections["condition"].to_numpy(float))[:, None]
    underground = (sections["placement"] == "underground").to_numpy(bool)
    scope = types["scope"].to_numpy(object)
    rate[np.ix_(underground, scope == "OH")] = 0.0
    rate[np.ix_(~underground, scope == "UG")] = 0.0
    for factor in (event, hot):
        if factor is not None:
            rate *= factor
    return rate


def latent(
    rate: Floats,
    types: pd.DataFrame,
    visits: pd.DataFrame,
    on: date,
    *,
    tau_days: ArrayLike,
    cycle_days: ArrayLike,
    days: Days | None = None,
) -> Latent:
    """Return the unseen hazards on a day, stepped through the past visits of each section.

    Before its first known visit a section is taken to have been patrolled on foot once a cycle, for ever. One
    without a known visit in :data:`patrol.risk.past.WINDOW_DAYS` is taken to have been patrolled so ``tau_days`` ago.
    Visits to a part of a section act on that share of its hazards. Days are whole: a visit comes before what grows
    on its day, and the result is for the morning of ``on``.

    Parameters
    ----------
    rate : ndarray, shape (sections, types)
        λ a day. With ``days``: its mean over a usual year, which those factors multiply day by day.
    types : DataFrame
        Hazard types by code, for φ, μ and d.
    visits : DataFrame
        ``section`` (row number), ``date, method`` (``foot, vehicle, drone``), ``share``, see
        :func:`patrol.planning.visits.section_visits`; those on ``on`` and after it are not looked at.
    tau_days : array, shape (sections,)
        Days since the last patrol, known or assumed (:func:`patrol.planning.due.due_dates`), whole numbers.
    cycle_days : array, shape (sections,)
        Days between patrols before what is known; infinite starts from equilibrium N∞.
    days : Days, optional
        Factors of φ (weather) and of λ (season, events) by day; days from ``on`` on are not looked at.

    Raises
    ------
    ValueError
        If shapes do not agree, or a visit is by an unknown method or to an unknown section.
    """
    past = walk(rate, types, visits, on, cycle_days=cycle_days, tau_days=tau_days, days=days)
    return Latent(past.n, past.n0, np.asarray(tau_days, float), rate, loss_rates(types)[1])

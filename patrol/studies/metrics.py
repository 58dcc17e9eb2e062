"""How good a forecast of places was: pure functions of arrays, each with its source.

A section that only partly fits into the kilometres chosen counts with the part that fits, as if its hits lay
evenly along it; of sections that a forecast cannot tell apart the same part of each is chosen, which is the
expectation when every metre of them is as likely to be chosen. So no result hangs on the order of rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

Floats = npt.NDArray[np.float64]
SHARES = (0.05, 0.10, 0.20)  # of all kilometres; domain brief, section 3

_ROUNDING = 1e-12  # of the larger of two numbers: below this they are one
_ROUNDS, _STEP_END = 60, 1e-8  # of the Poisson regression
_HALVINGS = 30
_LARGEST = 500.0  # exponent that still is a number
_STEEPEST = 50.0  # a slope beyond this is no slope: the forecast parts found from not found without fault


def captured(priority: npt.ArrayLike, hits: npt.ArrayLike, size: npt.ArrayLike, shares: Sequence[float]) -> Floats:
    """Return the hits on the best sections whose sizes make up each share of the whole.

    Parameters
    ----------
    priority : array, shape (n,)
        Highest first. For a forecast of counts this is the count a unit of size, not the count.
    hits, size : array, shape (n,)
        What happened (counts or weights), and kilometres or crew-hours; not negative. Without size a section
        is not there.
    shares : sequence of float
        Each from 0 to 1.

    Returns
    -------
    ndarray, shape (len(shares),)
        Ties and the last section as the module says.

    Raises
    ------
    ValueError
        If anything is not finite, or a size or hit is negative.
    """
    result: Floats = captured_by_draw(priority, hits, size, shares, np.ones((1, len(np.asarray(size)))))[0]
    return result


def captured_by_draw(
    priority: npt.ArrayLike, hits: npt.ArrayLike, size: npt.ArrayLike, shares: Sequence[float], weights: Floats
) -> Floats:
    """Return :func:`captured` for many draws of sections at once, shape (draws, shares).

    Parameters
    ----------
    weights : ndarray, shape (draws, n)
        How many copies of each section a draw has.
    """
    key, hit, much = (np.asarray(one, float) for one in (priority, hits, size))
    if not (np.isfinite(key).all() and np.isfinite(hit).all() and np.isfinite(much).all()):
        raise ValueError("priority, hits and size must be finite")
    if (hit < 0).any() or (much < 0).any():
        raise ValueError("hits and sizes must not be negative")
    there = np.flatnonzero(much > 0)
    order = there[np.argsort(-key[there], kind="stable")]
    last = _ends(key[order])
    chosen, caught = (_from_zero(np.cumsum(weights[:, order] * one[order], axis=1)[:, last]) for one in (much, hit))
    budget = chosen[:, -1:] * np.asarray(shares, float)
    return np.array([np.interp(*row) for row in zip(budget, chosen, caught, strict=True)]).reshape(budget.shape)


def _ends(ordered: Floats) -> npt.NDArray[np.int64]:
    """Return where each tie of ordered values ends; what differs by rounding only is tied."""
    apart = np.abs(np.diff(ordered)) > _ROUNDING * np.maximum(np.abs(ordered[1:]), np.abs(ordered[:-1]))
    return np.flatnonzero(np.r_[apart, np.ones(min(1, len(ordered)), dtype=bool)])


def _from_zero(sums: Floats) -> Floats:
    return np.hstack([np.zeros((len(sums), 1)), sums])


def best_captured(hits: npt.ArrayLike, size: npt.ArrayLike, shares: Sequence[float]) -> Floats:
    """Return the most hits that any choice of each share of the whole could have caught.

    The densest sections first, the last in part: the optimum of the fractional knapsack (Dantzig 1957).
    Arguments and shape as for :func:`captured`.
    """
    hit, much = np.asarray(hits, float), np.asarray(size, float)
    return captured(np.divide(hit, much, out=np.zeros_like(hit), where=much > 0), hit, much, shares)


def pai(priority: npt.ArrayLike, hits: npt.ArrayLike, size: npt.ArrayLike, share: float) -> float:
    """Return the predictive accuracy index: share of hits caught by share of size chosen; 1 is chance.

    (hits chosen / all hits) / (size chosen / all size): Chainey, Tompson and Uhlig 2008, *Security Journal* 21,
    equation 1; domain brief, section 4. NaN without hits. Arguments as for :func:`captured`, ``share`` above 0.
    """
    total = float(np.asarray(hits, float)[np.asarray(size, float) > 0].sum())
    caught = float(captured(priority, hits, size, [share])[0])
    return caught / total / share if total else float("nan")


def pei(priority: npt.ArrayLike, hits: npt.ArrayLike, size: npt.ArrayLike, share: float) -> float:
    """Return the predictive efficiency index: PAI over the best PAI possible for that size, 0 to 1.

    Hunt 2016 (dissertation, American University); domain brief, section 4. NaN without hits.
    """
    best = float(best_captured(hits, size, [share])[0])
    return float(captured(priority, hits, size, [share])[0]) / best if best else float("nan")


def concordant_by_draw(score: npt.ArrayLike, happened: npt.ArrayLike, weights: Floats) -> Floats:
    """Return pairs ranked right and all pairs of a section where it happened and one where not, shape (draws, 2).

    A tie is half right: Mann and Whitney's U. Both add up over months, so that a pooled AUC compares within
    each month only.

    Parameters
    ----------
    score : array, shape (n,)
    happened : array of bool, shape (n,)
    weights : ndarray, shape (draws, n)
        How many copies of each section a draw has.

    Raises
    ------
    ValueError
        If a score is not finite.
    """
    value, yes = np.asarray(score, float), np.asarray(happened, bool)
    if not np.isfinite(value).all():
        raise ValueError("scores must be finite")
    order = np.argsort(value, kind="stable")
    last = _ends(value[order])
    with_it, without = (
        np.diff(_from_zero(np.cumsum(weights[:, order] * here[order], axis=1)[:, last]), axis=1) for here in (yes, ~yes)
    )
    below = np.cumsum(without, axis=1) - without
    right, pairs = (with_it * (below + without / 2)).sum(axis=1), with_it.sum(axis=1) * without.sum(axis=1)
    return np.column_stack([right, pairs])


def auc(score: npt.ArrayLike, happened: npt.ArrayLike, weight: npt.ArrayLike | None = None) -> float:
    """Return the area under the ROC curve: the chance that a section with a hit scores above one without.

    Hanley and McNeil 1982, *Radiology* 143; ties count half. NaN if it happened everywhere or nowhere.
    """
    much = np.ones(len(np.asarray(score))) if weight is None else np.asarray(weight, float)
    right, pairs = concordant_by_draw(score, happened, much[None, :])[0]
    return float(right / pairs) if pairs else float("nan")


def brier(chance: npt.ArrayLike, happened: npt.ArrayLike, weight: npt.ArrayLike | None = None) -> float:
    """Return the mean square of stated chance less what happened: 0 is perfect, lower is better.

    Brier 1950, *Monthly Weather Review* 78, halved as is usual for yes or no. NaN without rows.

    Raises
    ------
    ValueError
        If a chance lies outside 0 to 1.
    """
    p = _chances(chance)
    much = np.ones(len(p)) if weight is None else np.asarray(weight, float)
    if not much.sum():
        return float("nan")
    return float((much * (p - np.asarray(happened, bool)) ** 2).sum() / much.sum())


def _chances(chance: npt.ArrayLike) -> Floats:
    p = np.asarray(chance, float)
    if not ((p >= 0) & (p <= 1)).all():
        raise ValueError("chances must lie in 0 to 1")
    return p


def reliability(chance: npt.ArrayLike, happened: npt.ArrayLike, bins: int = 10) -> pd.DataFrame:
    """Return stated chances against what happened, in bins of as nearly equal counts as ties allow.

    Murphy 1973, *Journal of Applied Meteorology* 12; bins by quantiles of the chance, as hazards are rare
    and bins of equal width would leave all but the first empty.

    Returns
    -------
    DataFrame
        One row a bin that has rows, rising: ``low, high, n, expected`` (mean chance), ``found`` (share),
        ``se`` of ``found`` if the chances were right.
    """
    p, yes = _chances(chance), np.asarray(happened, bool)
    columns = ["low", "high", "n", "expected", "found", "se"]
    if not len(p):
        return pd.DataFrame({name: pd.Series(dtype="int64" if name == "n" else "float64") for name in columns})
    inner = np.unique(np.quantile(p, np.arange(1, bins) / bins))
    frame = pd.DataFrame({"p": p, "yes": yes.astype(float), "spread": p * (1 - p)})
    grouped = frame.groupby(np.searchsorted(inner, p, side="left"), sort=True)
    count = grouped.size()
    table = pd.DataFrame(
        {
            "low": grouped["p"].min(), "high": grouped["p"].max(), "n": count, "expected": grouped["p"].mean(),
            "found": grouped["yes"].mean(), "se": np.sqrt(grouped["spread"].sum()) / count,
        }
    )  # fmt: skip
    return table.reset_index(drop=True)


@dataclass(frozen=True, slots=True)
class Slope:
    """What :func:`calibration_slope` found: ``log E[found] = level + slope * log(expected)``.

    ``slope`` 1 and ``level`` 0 is a calibrated forecast; a slope under 1 says that differences between places
    are overstated, over 1 understated, 0 that they mean nothing. ``*_se`` are standard errors; all are NaN
    where the data fix no slope.
    """

    slope: float
    slope_se: float
    level: float
    level_se: float


NO_SLOPE = Slope(*[float("nan")] * 4)


def calibration_slope(expected: npt.ArrayLike, found: npt.ArrayLike, weight: npt.ArrayLike | None = None) -> Slope:
    """Fit found counts on expected ones by Poisson regression of the log.

    Cox 1958, *Biometrika* 45, asks this of chances; here with the likelihood of counts, by Fisher scoring with halved
    steps (McCullagh and Nelder 1989, section 2.5). Standard errors are from the information, as if counts were
    Poisson and independent.

    Parameters
    ----------
    expected : array, shape (n,)
        Positive, in any unit: another unit changes ``level`` only.
    found : array, shape (n,)
        Counts.
    weight : array, shape (n,), optional
        How often each row counts.

    Raises
    ------
    ValueError
        If an expected count is not positive: its logarithm is none.
    """
    mean, count = np.asarray(expected, float), np.asarray(found, float)
    much = np.ones(len(mean)) if weight is None else np.asarray(weight, float)
    if not (np.isfinite(mean) & (mean > 0)).all():
        raise ValueError("expected counts must be positive")
    mean, count, much = (one[much > 0] for one in (mean, count, much))
    if not (much * count).sum() or np.ptp(mean) <= 1e-12 * mean.max():
        return NO_SLOPE
    x = np.log(mean)
    centre = float((much * x).sum() / much.sum())
    fitted = _poisson_fit(x - centre, count, much)
    if fitted is None:
        return NO_SLOPE
    beta, cover = fitted[0], np.linalg.inv(fitted[1])
    shift = np.array([1.0, -centre])  # back to the logarithm as it was
    return Slope(
        slope=float(beta[1]), slope_se=float(np.sqrt(cover[1, 1])), level=float(shift @ beta),
        level_se=float(np.sqrt(shift @ cover @ shift)),
    )  # fmt: skip


def _poisson_fit(x: Floats, count: Floats, weight: Floats) -> tuple[Floats, Floats] | None:
    """Return level and slope at the maximum of the likelihood with their information, or None at no finite slope."""

    def at(beta: Floats) -> tuple[float, Floats, Floats]:
        """Return likelihood, its gradient and the information."""
        line = np.minimum(beta[0] + beta[1] * x, _LARGEST)
        mean = weight * np.exp(line)
        rest = weight * count - mean
        first, second, third = mean.sum(), mean @ x, mean @ x**2
        return (
            float((weight * count) @ line - first),
            np.array([rest.sum(), rest @ x]),
            np.array([[first, second], [second, third]]),
        )

    beta: Floats = np.array([np.log((weight * count).sum() / weight.sum()), 0.0])
    best, gradient, information = at(beta)
    for _ in range(_ROUNDS):
        if np.linalg.det(information) <= 0:
            return None
        step = np.linalg.solve(information, gradient)
        for _ in range(_HALVINGS):
            reached, slopes, curve = at(beta + step)
            if reached >= best - _ROUNDING * abs(best):
                break
            step = step / 2
        beta, best, gradient, information = beta + step, reached, slopes, curve
        if abs(beta[1]) > _STEEPEST:
            return None
        if np.abs(step).max() < _STEP_END * (1 + np.abs(beta).max()):
            return beta, information
    return None

"""From forecasts and outcomes by month and section to measures with their standard errors."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from patrol.studies.metrics import SHARES, calibration_slope, captured_by_draw, concordant_by_draw, reliability

Floats = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

OUTCOMES = ("finds", "faults", "stake", "patrolled", "per_hour")
ORDERED_ALIKE = ("stake", "per_hour")  # weighted or counted otherwise: pairs and slopes are those of another outcome
LOWER_IS_BETTER = ("brier",)
COLUMNS = ["policy", "split", "key", "outcome", "measure", "value", "se"]
# Sums of one month, policy and outcome that all measures but the slope are made of: they add up over months.
_CHOSEN, _BEST = slice(0, 3), slice(3, 6)
_HITS, _RIGHT, _PAIRS, _SQUARES, _ROWS, _FOUND, _EXPECTED = range(6, 13)
_SUMS = 13
_FEWEST = 0.5  # of the draws must have a value, or there is no standard error


@dataclass(frozen=True, slots=True)
class Panels:
    """What was forecast and what happened, arrays of shape (months, sections).

    Attributes
    ----------
    scores : mapping of str to ndarray
        By policy; see :mod:`patrol.studies.policies`.
    stated : frozenset of str
        Policies whose score is a number of finds a look.
    finds, faults : ndarray
        How many.
    looks, hours : ndarray
        See :func:`patrol.studies.history.effort`.
    length_km, ecm_per_fault : ndarray, shape (sections,)
    feeder_id : ndarray of str, shape (sections,)
    """

    months: tuple[date, ...]
    scores: Mapping[str, Floats]
    stated: frozenset[str]
    finds: Floats
    faults: Floats
    looks: Floats
    hours: Floats
    length_km: Floats
    ecm_per_fault: Floats
    feeder_id: npt.NDArray[np.object_]


@dataclass(frozen=True, slots=True)
class _Draws:
    """Copies of each section: the county as it is, bootstrap draws of feeders, each feeder alone."""

    of_sections: Floats  # (1 + draws + feeders, sections)
    of_months: Floats  # (draws, months)
    feeders: list[str]

    @property
    def count(self) -> int:
        return len(self.of_months)


def _draw(panels: Panels, draws: int, seed: int) -> _Draws:
    """Draw whole feeders with replacement, as what happens on one hangs together; and months, for single feeders."""
    rng = np.random.default_rng(seed)
    feeders, code = np.unique(panels.feeder_id.astype(str), return_inverse=True)
    n, months = len(feeders), len(panels.months)
    picked = rng.multinomial(n, np.full(n, 1 / n), size=draws).astype(float)
    by_feeder = np.vstack([np.ones((1, n)), picked, np.eye(n)])
    of_months = rng.multinomial(months, np.full(months, 1 / months), size=draws).astype(float)
    return _Draws(by_feeder[:, code], of_months, feeders.tolist())


def measure(
    panels: Panels, *, draws: int, seed: int, progress: Callable[[int, int], None] | None = None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return all measures, and how far each policy is from each other.

    See :class:`patrol.studies.backtest.BackTest` for both frames. ``progress`` is told (policies done, of all).
    """
    drawn, rows, pooled = _draw(panels, draws, seed), [], {}
    best = {outcome: _best(panels, outcome, drawn.of_sections) for outcome in OUTCOMES}
    for done, policy in enumerate(panels.scores):
        if progress is not None:
            progress(done, len(panels.scores))
        for outcome in OUTCOMES:
            sums = np.array([_sums(panels, policy, outcome, m, drawn.of_sections) for m in range(len(panels.months))])
            sums[..., _BEST] = best[outcome]
            found, all_draws = _split(panels, outcome, sums, drawn)
            slopes = _slopes(panels, policy, outcome, drawn)
            all_draws["slope"] = slopes
            found.append(("all", "", "slope", slopes[0], _spread(slopes[1:])))
            rows += [(policy, split, key, outcome, name, value, se) for split, key, name, value, se in found]
            pooled[policy, outcome] = all_draws
    table = pd.DataFrame(rows, columns=COLUMNS)
    return table[table["value"].notna()].reset_index(drop=True), _leads(list(panels.scores), pooled)


def _cells(panels: Panels, policy: str, outcome: str, month: int) -> tuple[Floats, Floats, Floats, Floats]:
    """Return (score, priority, hits, size) of the sections in a month; size 0 where a section does not count."""
    score, size = panels.scores[policy][month], panels.length_km
    hits = panels.faults[month] if outcome == "faults" else panels.finds[month]
    if outcome in {"patrolled", "per_hour"}:
        looks = panels.looks[month]
        score, hits = score * looks, np.where(looks > 0, hits, 0.0)
        size = panels.hours[month] if outcome == "per_hour" else size * looks
    elif outcome == "stake":
        hits = hits * panels.ecm_per_fault
    return score, np.divide(score, size, out=np.zeros_like(score), where=size > 0), hits, size


def _best(panels: Panels, outcome: str, weights: Floats) -> Floats:
    """Return the most hits that any choice could have caught, shape (months, weights, shares)."""
    any_policy, months = next(iter(panels.scores)), []
    for month in range(len(panels.months)):
        _, _, hits, size = _cells(panels, any_policy, outcome, month)
        dense = np.divide(hits, size, out=np.zeros_like(hits), where=size > 0)
        months.append(captured_by_draw(dense, hits, size, SHARES, weights))
    return np.array(months)


def _sums(panels: Panels, policy: str, outcome: str, month: int, weights: Floats) -> Floats:
    """Return the sums of a month but for the best, shape (weights, :data:`_SUMS`); 0 where they do not apply."""
    score, priority, hits, size = _cells(panels, policy, outcome, month)
    there = size > 0
    sums = np.zeros((len(weights), _SUMS))
    sums[:, _CHOSEN] = captured_by_draw(priority, hits, size, SHARES, weights)
    sums[:, _HITS] = weights @ hits
    sums[:, _RIGHT : _PAIRS + 1] = concordant_by_draw(score[there], hits[there] > 0, weights[:, there])
    if outcome == "patrolled":
        scale = scale_before(panels, policy, month)
        if scale is not None:
            error = (-np.expm1(-scale * score) - (hits > 0)) ** 2
            sums[:, _SQUARES], sums[:, _ROWS] = weights @ (error * there), weights @ there
        if policy in panels.stated:
            sums[:, _FOUND], sums[:, _EXPECTED] = weights @ hits, weights @ (score * there)
    return sums


def scale_before(panels: Panels, policy: str, month: int) -> float | None:
    """Return finds a unit of score on what was patrolled in the months before, None if there is none to go by.

    With it every policy states a number of finds, learned from what lay behind it only.
    """
    before = panels.looks[:month] > 0
    score = float((panels.scores[policy][:month] * panels.looks[:month])[before].sum())
    return float(panels.finds[:month][before].sum()) / score if score > 0 else None


def _ratios(sums: Floats) -> dict[str, Floats]:
    """Return the measures of some sums (..., :data:`_SUMS`), NaN where there is nothing to divide by."""

    def over(top: Floats, bottom: Floats) -> Floats:
        ratio: Floats = np.divide(top, bottom, out=np.full(np.shape(top), np.nan), where=bottom > 0)
        return ratio

    result: dict[str, Floats] = {}
    for number, share in enumerate(SHARES):
        chosen, best = sums[..., _CHOSEN][..., number], sums[..., _BEST][..., number]
        result[f"pai_{share:.0%}"[:-1]] = over(chosen, sums[..., _HITS]) / share
        result[f"pei_{share:.0%}"[:-1]] = over(chosen, best)
    result["auc"] = over(sums[..., _RIGHT], sums[..., _PAIRS])
    result["brier"] = over(sums[..., _SQUARES], sums[..., _ROWS])
    result["found_per_expected"] = over(sums[..., _FOUND], sums[..., _EXPECTED])
    return result


def _split(
    panels: Panels, outcome: str, sums: Floats, drawn: _Draws
) -> tuple[list[tuple[str, str, str, float, float]], dict[str, Floats]]:
    """Return rows (split, key, measure, value, se), and the pooled measures of the county and of every draw."""
    if outcome in ORDERED_ALIKE:
        sums[..., [_RIGHT, _PAIRS]] = 0.0
    county = slice(0, 1 + drawn.count)
    rows = []
    pooled = _ratios(sums[:, county].sum(axis=0))
    parts = [("all", "", pooled)]
    parts += [("month", f"{on:%Y-%m}", _ratios(sums[m, county])) for m, on in enumerate(panels.months)]
    for number, feeder in enumerate(drawn.feeders, start=1 + drawn.count):
        own = sums[:, number]
        parts.append(("feeder", feeder, _ratios(np.vstack([own.sum(axis=0)[None], drawn.of_months @ own]))))
    for split, key, values in parts:
        rows += [(split, key, name, float(one[0]), _spread(one[1:])) for name, one in values.items()]
    return rows, pooled


def _spread(values: Floats) -> float:
    """Return the standard error that draws give, NaN where half of them have no value."""
    there = values[np.isfinite(values)]
    return float(there.std(ddof=1)) if len(there) > max(1.0, _FEWEST * len(values)) else float("nan")


def _slopes(panels: Panels, policy: str, outcome: str, drawn: _Draws) -> Floats:
    """Return the calibration slope of the county and of every draw; NaN where a score is zero, having no logarithm."""
    slopes = np.full(1 + drawn.count, np.nan)
    if outcome in ORDERED_ALIKE:
        return slopes
    cells = [_cells(panels, policy, outcome, month) for month in range(len(panels.months))]
    score, _, hits, size = (np.concatenate(part) for part in zip(*cells, strict=True))  # all months
    there = size > 0
    if not there.any() or (score[there] <= 0).any():
        return slopes
    for number in range(len(slopes)):
        weight = np.tile(drawn.of_sections[number], len(panels.months))[there]
        slopes[number] = calibration_slope(score[there], hits[there], weight).slope
    return slopes


def _leads(policies: list[str], pooled: Mapping[tuple[str, str], dict[str, Floats]]) -> pd.DataFrame:
    """Return differences between policies in the same draws."""
    rows = []
    for outcome in OUTCOMES:
        for one in policies:
            for other in policies:
                mine, theirs = pooled[one, outcome], pooled[other, outcome]
                for name in mine if one != other else ():
                    if name in {"found_per_expected", "slope"}:
                        continue
                    gap = (mine[name] - theirs[name]) * (-1 if name in LOWER_IS_BETTER else 1)
                    sure = gap[1:][np.isfinite(gap[1:])]
                    ahead = float(((sure > 0) + 0.5 * (sure == 0)).mean()) if len(sure) else float("nan")
                    rows.append((one, other, outcome, name, float(gap[0]), _spread(gap[1:]), ahead))
    table = pd.DataFrame(rows, columns=["policy", "against", "outcome", "measure", "lead", "se", "ahead"])
    return table[table["lead"].notna()].reset_index(drop=True)


def reliability_tables(panels: Panels) -> pd.DataFrame:
    """Return stated chances of a find in a patrolled section against what was found, by policy.

    The score times the looks of the month, scaled by the months before (:func:`scale_before`); the first month,
    with nothing before it, is left out. Columns ``policy`` and those of
    :func:`patrol.studies.metrics.reliability`.
    """
    tables = []
    for policy in panels.scores:
        chances, found = [np.zeros(0)], [np.zeros(0, dtype=bool)]
        for month in range(len(panels.months)):
            scale, there = scale_before(panels, policy, month), panels.looks[month] > 0
            if scale is not None:
                score = (panels.scores[policy][month] * panels.looks[month])[there]
                chances.append(-np.expm1(-scale * score))
                found.append(panels.finds[month][there] > 0)
        table = reliability(np.concatenate(chances), np.concatenate(found))
        table.insert(0, "policy", policy)
        tables.append(table)
    return pd.concat(tables, ignore_index=True)

"""Worlds to try policies in: drawn from the model, or from wrong versions of it that the model knows nothing of.

What is there and how it fares is drawn once a world and is the same for every policy (common random numbers): when
and where a hazard comes up, when it goes by itself, when it becomes a fault if nobody mends it, and its *luck*: each
look that finds a share d of what is there adds −ln(1−d), and the hazard is found when the sum passes its luck, which
is exponential with mean 1. So each look finds it with chance d, whatever the policy.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from patrol.studies.county import County

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

BEFORE_DAYS = 365  # hazards are drawn from so long before the beginning
BURST_SIZE = 4.0  # hazards in a burst, mean
BURST_DAYS = 14.0  # a burst lasts so long
TOLD = 0.3  # share of hazards that some villager reports, if they last
TOLD_DAYS = 5.0  # mean days until then
SOURCES = 60  # people who report
LIARS = 5  # of them, those that mostly make things up
LIES = 0.75  # share of false reports that come from them


@dataclass(frozen=True, slots=True)
class Kind:
    """How worlds of a kind differ from the model.

    Attributes
    ----------
    spread : float
        Log-sd of a factor on each section's rates that the model knows (hot spots, condition); 0 for none.
    cost_spread : float
        Log-sd to which the costs of faults are compressed or stretched, known to the model; 0 leaves them as they are.
    error : float
        Log-sd of a factor on each section's rates that the model does not know.
    bursts : bool
        Hazards come several at a time, on neighbouring sections; the model takes them for independent.
    reports : bool
        Villagers report hazards, and some report what is not there.
    """

    spread: float = 0.0
    cost_spread: float = 0.0
    error: float = 0.0
    bursts: bool = False
    reports: bool = False


KINDS = {
    "own": Kind(),
    "strong": Kind(spread=1.0),
    "stronger": Kind(spread=1.0, cost_spread=1.0),
    "mild": Kind(spread=0.5, cost_spread=0.5),
    "error_half": Kind(spread=1.0, error=0.5),
    "error_one": Kind(spread=1.0, error=1.0),
    "stronger_error": Kind(spread=1.0, cost_spread=1.0, error=1.0),
    "mild_error": Kind(spread=0.5, cost_spread=0.5, error=0.5),
    "bursts": Kind(spread=1.0, bursts=True),
    "liars": Kind(spread=1.0, reports=True),
}


@dataclass(frozen=True, slots=True, eq=False)
class Belief:
    """What every policy knows: new hazards a day and ECM of a fault, shape (sections, types)."""

    rate: Floats
    cost: Floats


class Hazards(NamedTuple):
    """The hazards of a world, ordered by section and birth; those of section s are ``begin[s]`` to ``begin[s + 1]``.

    Days are counted from the beginning. ``gone`` is when a hazard goes by itself, ``fault`` when it would become a
    fault, ``told`` when it is reported (infinite: never).
    """

    begin: Ints
    section: Ints
    type: Ints
    birth: Floats
    gone: Floats
    fault: Floats
    luck: Floats
    told: Floats


class Reports(NamedTuple):
    """Reports of a world in the order of their days; ``hazard`` is -1 where nothing is there."""

    day: Floats
    section: Ints
    type: Ints
    source: Ints
    hazard: Ints


@dataclass(frozen=True, slots=True, eq=False)
class World:
    """One world."""

    hazards: Hazards
    reports: Reports


def belief_of(county: County, kind: Kind, seed: int, world: int = 0) -> Belief:
    """Return what the model knows in a world of a kind: which sections are bad is drawn anew for each.

    Worlds of the same number are alike in this whatever else their kinds differ in.
    """
    rng = np.random.default_rng([seed, 1, world])
    factor = rng.lognormal(0.0, 1.0, len(county.length_m)) ** kind.spread
    rate = county.rate * factor[:, None]
    rate *= county.rate.sum() / rate.sum()
    logs = np.log(np.maximum(county.cost, 1.0))
    middle, spread = logs.mean(axis=0), logs.std(axis=0)
    scale = kind.cost_spread / np.maximum(spread, 1e-9) if kind.cost_spread else 1.0
    return Belief(rate, np.exp(middle + (logs - middle) * scale))


def draw_world(county: County, belief: Belief, kind: Kind, *, days: int, seed: int, world: int) -> World:
    """Draw a world of so many days; the same for the same seed and number."""
    rng = np.random.default_rng([seed, 2, world])
    rate = belief.rate
    if kind.error:
        rate = rate * np.exp(rng.normal(-(kind.error**2) / 2, kind.error, len(rate)))[:, None]
    section, number, birth = (_bursts if kind.bursts else _single)(county, rate, days, rng)
    count = len(birth)
    mu = (county.kappa - county.phi)[number]
    with np.errstate(divide="ignore"):
        gone = birth + rng.exponential(size=count) / mu
        fault = birth + rng.exponential(size=count) / county.phi[number]
    luck = rng.exponential(size=count)
    told = birth + np.where(rng.random(count) < TOLD, rng.exponential(TOLD_DAYS, count), np.inf)
    told = np.where(kind.reports & (told < gone) & (told < days), told, np.inf)
    order = np.lexsort((birth, section))
    begin = np.searchsorted(section[order], np.arange(len(rate) + 1))
    hazards = Hazards(
        begin, section[order], number[order], birth[order], gone[order], fault[order], luck[order], told[order]
    )
    return World(hazards, _reports(county, hazards, belief.rate, days, rng))


def _single(county: County, rate: Floats, days: int, rng: np.random.Generator) -> tuple[Ints, Ints, Floats]:  # noqa: ARG001 - as bursts
    """Return section, type and birth of hazards that come one by one."""
    span = days + BEFORE_DAYS
    count = int(rng.poisson(rate.sum() * span))
    section, number = _cells(rate, count, rng)
    return section, number, rng.uniform(-BEFORE_DAYS, days, count)


def _bursts(county: County, rate: Floats, days: int, rng: np.random.Generator) -> tuple[Ints, Ints, Floats]:
    """Return section, type and birth of hazards that come in bursts: half on a section, half on those beside it."""
    span = days + BEFORE_DAYS
    centres = int(rng.poisson(rate.sum() * span / BURST_SIZE))
    section, number = _cells(rate, centres, rng)
    size = rng.geometric(1.0 / BURST_SIZE, centres)
    start = np.repeat(rng.uniform(-BEFORE_DAYS, days, centres), size)
    section, number = np.repeat(section, size), np.repeat(number, size)
    begin = np.searchsorted(county.beside[:, 0], np.arange(len(rate) + 1))
    degree = np.diff(begin)[section]
    moves = (rng.random(len(section)) < 0.5) & (degree > 0)
    pick = begin[section] + (rng.random(len(section)) * degree).astype(np.int64)
    section = np.where(moves, county.beside[np.where(moves, pick, 0), 1] if len(county.beside) else 0, section)
    birth = start + rng.uniform(0.0, BURST_DAYS, len(start))
    inside = birth < days
    return section[inside], number[inside], birth[inside]


def _cells(rate: Floats, count: int, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """Return so many pairs of section and type, drawn by their rates."""
    sums = np.cumsum(rate.ravel())
    cell = np.searchsorted(sums, rng.random(count) * sums[-1], side="right")
    section, number = np.divmod(np.minimum(cell, rate.size - 1), rate.shape[1])
    return section.astype(np.int64), number.astype(np.int64)


def _reports(county: County, hazards: Hazards, rate: Floats, days: int, rng: np.random.Generator) -> Reports:
    """Return the true reports, and so many false ones that villagers are right as often as is thought."""
    real = np.flatnonzero(np.isfinite(hazards.told))
    right = county.settings.risk.report_villager
    false = int(rng.poisson(len(real) * (1.0 - right) / right))
    section, number = _cells(rate, false, rng)
    honest = np.r_[rng.integers(LIARS, SOURCES, len(real)), rng.integers(LIARS, SOURCES, false)]
    lies = np.r_[rng.random(len(real)) < LIARS / SOURCES, rng.random(false) < LIES]
    source = np.where(lies, rng.integers(0, LIARS, len(lies)), honest)
    day = np.r_[hazards.told[real], rng.uniform(0.0, days, false)]
    columns = (
        day, np.r_[hazards.section[real], section], np.r_[hazards.type[real], number], source,
        np.r_[real, np.full(false, -1)],
    )  # fmt: skip
    order = np.argsort(day, kind="stable")
    return Reports(*(np.ascontiguousarray(column[order]) for column in columns))

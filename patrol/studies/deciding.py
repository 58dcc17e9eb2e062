"""Policies of a simulation: what each wants of a week, from what it knows and remembers.

All have the same crews, hours and solver, and all keep the legal cycles alike: a section whose cycle runs out within
the week must be patrolled, before anything else, and so must what ran out before; where the hours do not suffice,
what has been overdue for more weeks comes first. They differ in what they fill the other hours with:

``calendar``
    What has waited longest for its legal cycle, kilometre by kilometre; reports as they come, oldest first, before
    all patrols that are not due. (Ranked by section instead, it loses some 3 % more: short sections come first then.)
``backlog``
    Risk now: Σ d·φ·n·C of what a patrol would find, and of reports P·φ·C with one credibility for all.
``W``
    The numerator of the index W (domain brief, 3(e)), and of reports the delay of the repair, P·φ·C·days, with what
    each source's reports were worth so far.
``W+learning``
    The same with rates learned from its own finds (gamma-Poisson by section).

Here is the only place where a simulation touches the risk model.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from patrol.risk.latent import Latent, expected, index_growth
from patrol.studies.county import WEEK, County
from patrol.studies.fate import Visits
from patrol.studies.worlds import Belief

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

POLICIES = ("calendar", "backlog", "W", "W+learning")
MOST_OVERDUE = 9  # weeks overdue count up to this
MIDWEEK = 3.0  # plans are made on Monday for visits all over the week


@dataclass(slots=True, eq=False)
class Memory:
    """What a policy remembers; changes from week to week.

    Attributes
    ----------
    last : ndarray, shape (n,)
        Day of the last patrol of each section.
    n0 : ndarray, shape (n, types)
        Hazards left after it, by the model.
    finds, due_finds : ndarray, shape (n,)
        Hazards found, and those that the model let expect.
    """

    last: Floats
    n0: Floats
    finds: Floats
    due_finds: Floats


def fresh_memory(county: County, belief: Belief) -> Memory:
    """Return the memory before the first week: the last patrol was on foot and came after a full legal cycle."""
    grown = expected(0.0, belief.rate, county.kappa, county.cycle_days[:, None])
    none = np.zeros(len(county.length_m))
    return Memory(-county.tau_days, (1.0 - county.seen[0]) * grown, none, none.copy())


def latent_now(county: County, belief: Belief, memory: Memory, day: float) -> Latent:
    """Return the unseen hazards on a day as the model has them."""
    tau = np.maximum(day - memory.last, 0.0)
    n = expected(memory.n0, belief.rate, county.kappa, tau[:, None])
    return Latent(n, memory.n0, tau, belief.rate, county.kappa)


def worth(policy: str, county: County, belief: Belief, memory: Memory, day: float) -> Floats:
    """Return what a patrol of each section on a day is worth to a policy by method, shape (n, methods)."""
    if policy == "calendar":
        share = (day - memory.last) / county.cycle_days * county.length_m
        return np.repeat(np.maximum(share, 0.0)[:, None], len(county.seen), axis=1)
    state = latent_now(county, belief, memory, day)
    stake = belief.cost * county.phi
    if policy == "backlog":
        return np.asarray((state.n * stake) @ county.seen.T)
    lasts = np.exp(-county.kappa * county.fix_days)
    value = np.asarray((index_growth(state) * stake * lasts) @ county.seen.T)
    return value * learned(county, memory)[:, None] if policy == "W+learning" else value


def learned(county: County, memory: Memory) -> Floats:
    """Return the factor on each section's rates: (a + finds) / (a + expected finds), domain brief 3(a)."""
    a = county.settings.risk.hot_spot_finds
    return (a + memory.finds) / (a + memory.due_finds)


def duties(county: County, memory: Memory, monday: int, floor: float = 1.0) -> Ints:
    """Return the weight of each section: 0 if its cycle outlasts the week, else 1 and the weeks it is overdue.

    With a floor, so many cycles may pass.
    """
    over = monday + WEEK - 1 - memory.last - floor * county.cycle_days
    return np.where(over < 0, 0, 1 + np.minimum(over // WEEK, MOST_OVERDUE)).astype(np.int64)


def remember(county: County, belief: Belief, memory: Memory, visits: Visits, finds: Ints | None) -> None:
    """Take the visits of a week into the memory; ``finds`` are hazards found on each, None if nobody counts."""
    patrols = visits.method >= 0
    section, method = visits.section[patrols], visits.method[patrols]
    day = visits.day[patrols].astype(np.float64)
    tau = day - memory.last[section]
    n = expected(memory.n0[section], belief.rate[section], county.kappa, tau[:, None])
    seen = county.seen[method]
    memory.due_finds[section] += (seen * n).sum(axis=1)
    memory.n0[section] = (1.0 - seen) * n
    memory.last[section] = day
    if finds is not None:
        np.add.at(memory.finds, section, finds[patrols])

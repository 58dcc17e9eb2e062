"""Reports of villagers in a simulation: which are open, who has been right so far, what a look at them is worth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from patrol.studies.county import County
from patrol.studies.fate import Visits
from patrol.studies.worlds import SOURCES, Belief, World

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

FIRST_COME = 1e4  # the calendar's reports come before its patrols: so many times what the best patrol is worth


@dataclass(slots=True, eq=False)
class Docket:
    """What a policy knows of the reports of a world; changes from week to week.

    Attributes
    ----------
    open : ndarray of bool, shape (reports,)
        Nobody has looked yet.
    right, judged : ndarray, shape (sources,)
        Reports of each source that were true, and all that were looked at.
    """

    open: NDArray[np.bool_]
    right: Floats
    judged: Floats


def empty_docket(world: World) -> Docket:
    """Return the docket before the first week."""
    return Docket(np.ones(len(world.reports.day), dtype=bool), np.zeros(SOURCES), np.zeros(SOURCES))


def looks(
    policy: str, county: County, belief: Belief, world: World, docket: Docket, monday: int, patrol: Floats, every: float
) -> Floats:
    """Return what a look at the open reports of each section is worth to a policy, shape (n,).

    Parameters
    ----------
    patrol : ndarray, shape (n, methods)
        Worth of patrols to the same policy.
    every : float
        Days between patrols of a section at present, on average: without a look, a report's hazard waits for one.
    """
    reports, risk = world.reports, county.settings.risk
    known = np.flatnonzero(docket.open & (reports.day < monday))
    section, kind, age = reports.section[known], reports.type[known], monday - reports.day[known]
    if policy == "calendar":
        value = FIRST_COME * max(float(patrol.max(initial=0.0)), 1.0) * (1.0 + age)
    else:
        true = np.full(len(known), risk.report_villager)
        if policy != "backlog":
            source, prior = reports.source[known], risk.report_weight
            true = (prior * true + docket.right[source]) / (prior + docket.judged[source])
        kappa, phi = county.kappa[kind], county.phi[kind]
        value = true * np.exp(-(kappa - phi) * age) * phi * belief.cost[section, kind]
        if policy != "backlog":
            value *= np.exp(-kappa * county.fix_days[kind]) / (kappa + county.seen[0, kind] / every)
    return np.bincount(section, weights=value, minlength=len(patrol)).astype(np.float64)


def judge(world: World, docket: Docket, visits: Visits) -> None:
    """Close the reports that the visits of a week have come to, and learn who was right."""
    reports, hazards = world.reports, world.hazards
    seen = np.full(len(hazards.begin) - 1, -np.inf)
    np.maximum.at(seen, visits.section, visits.day.astype(np.float64))
    day = seen[reports.section]
    done = np.flatnonzero(docket.open & (reports.day < day))
    there = reports.hazard[done]
    true = (there >= 0) & (hazards.gone[np.maximum(there, 0)] > day[done]) if len(hazards.gone) else there >= 0
    docket.open[done] = False
    np.add.at(docket.judged, reports.source[done], 1.0)
    np.add.at(docket.right, reports.source[done], true.astype(np.float64))

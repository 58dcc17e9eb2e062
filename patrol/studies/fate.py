"""What becomes of the hazards of a world under the visits of a policy, and what that costs."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from patrol.compiled import compiled
from patrol.studies.worlds import Hazards

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class Visits(NamedTuple):
    """Visits in the order of time: section, day, and the number of the method of looking (-1: at a report only)."""

    section: Ints
    day: Ints
    method: Ints


class Fates(NamedTuple):
    """What has become of hazards so far; written by :func:`look`.

    ``luck`` is what is left of each hazard's luck, ``found`` the day it is found if it lasts so long (infinite: never
    yet), faults left out of account.
    """

    luck: Floats
    found: Floats


def untouched(hazards: Hazards) -> Fates:
    """Return fates before anybody looked."""
    return Fates(hazards.luck.copy(), np.full(len(hazards.luck), np.inf))


@compiled
def look(visits: Visits, hazards: Hazards, cover: Floats, fates: Fates, finds: Ints) -> None:
    """Look at sections, visit by visit.

    Parameters
    ----------
    cover : ndarray, shape (methods, types)
        −ln(1−d).
    finds : ndarray of int, shape (visits,)
        Written: hazards found on each visit that are not faults yet.

    Whoever comes to a section with a report finds what was reported, if it is there.
    """
    for visit in range(len(visits.section)):
        section, day, method = visits.section[visit], visits.day[visit], visits.method[visit]
        for h in range(hazards.begin[section], hazards.begin[section + 1]):
            if hazards.birth[h] >= day:
                break
            if hazards.gone[h] <= day or fates.found[h] < np.inf:
                continue
            if method >= 0:
                fates.luck[h] -= cover[method, hazards.type[h]]
            if fates.luck[h] <= 0.0 or hazards.told[h] < day:
                fates.found[h] = day
                if hazards.fault[h] > day:
                    finds[visit] += 1


def expected_loss(
    hazards: Hazards, fates: Fates, cost: Floats, phi: Floats, *, fix_days: Floats, first: float, last: float
) -> float:
    """Return the ECM that hazards cost from day ``first`` to day ``last``, expected over when they become faults.

    A hazard that is open from its birth to day e (it goes, or is mended ``fix_days`` after it is found) becomes a
    fault between a and b of its age with chance e^(−φa) − e^(−φb). Whether and when it is found is as it was drawn.

    Parameters
    ----------
    cost : ndarray, shape (sections, types)
        ECM of a fault.
    phi, fix_days : ndarray, shape (types,)
        Fault rate of an open hazard a day, and days from a find to its repair.
    """
    end = np.minimum(np.minimum(hazards.gone, fates.found + fix_days[hazards.type]), last)
    rate = phi[hazards.type]
    begin = np.maximum(hazards.birth, first)
    open_there = end > begin
    chance = np.exp(-rate * (begin - hazards.birth)) - np.exp(-rate * np.maximum(end - hazards.birth, 0.0))
    ecm = cost[hazards.section, hazards.type] * np.where(open_there, chance, 0.0)
    return float(ecm.sum())

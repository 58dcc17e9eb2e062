"""Walking through the past visits of each section, hazard type by hazard type: the loop of the latent model.

κ depends on the type, the day and the weather of the section's group, on nothing else of the section. So what becomes
of a hazard from day a to day b, and how many come up, stand in two tables of days × types a group: ``lost``, the sum of
κ over the days before each, and ``grown``, what a rate of 1 a day has left since the first day. A gap of any length
costs one exponential.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from patrol.compiled import compiled

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class ByType(NamedTuple):
    """What the loop knows of each hazard type.

    Attributes
    ----------
    lost, grown : ndarray, shape (groups, days + 1, types)
        The tables; the last row is the day in question.
    seen : ndarray, shape (methods, types)
        Chance that a patrol sees a hazard; the first method is that of assumed patrols.
    start : ndarray, shape (cycles, types)
        Hazards just before a section's first patrol, for a rate of 1 a day.
    group : ndarray, shape (types,)
        Column of what visits should find.
    """

    lost: Floats
    grown: Floats
    seen: Floats
    start: Floats
    group: Ints


class BySection(NamedTuple):
    """What the loop knows of each section.

    Attributes
    ----------
    start : ndarray, shape (sections,)
        Row of ``ByType.start``.
    first : ndarray, shape (sections,)
        Day (row of the tables) of the assumed patrol where no visit is known.
    begin : ndarray, shape (sections + 1,)
        Where the visits of each section begin.
    group : ndarray, shape (sections,)
        Group of each section: which of the tables hold for it.
    """

    start: Ints
    first: Ints
    begin: Ints
    group: Ints


class Visits(NamedTuple):
    """The visits, sorted by section and day: row of the tables, row of ``seen``, share of the section's length."""

    day: Ints
    method: Ints
    share: Floats


@compiled
def step_visits(
    rate: Floats, by_type: ByType, by_section: BySection, visits: Visits, n: Floats, n0: Floats, found: Floats
) -> None:
    """Walk through the visits of all sections for all types.

    Parameters
    ----------
    rate : ndarray, shape (sections, types)
        λ, a day.
    by_type, by_section, visits
        See there.
    n, n0 : ndarray, shape (sections, types)
        Written: hazards on the last day, and just after the last patrol.
    found : ndarray, shape (visits, groups), zeros, or (0, groups) if nobody asks
        Written: hazards that each visit should find.
    """
    seen, last, types = by_type.seen, by_type.lost.shape[1] - 1, rate.shape[1]
    for s in range(rate.shape[0]):
        lost, grown = by_type.lost[by_section.group[s]], by_type.grown[by_section.group[s]]
        start, first, stop = by_type.start[by_section.start[s]], by_section.begin[s], by_section.begin[s + 1]
        for k in range(types):
            n[s, k] = rate[s, k] * start[k]
            n0[s, k] = (1.0 - seen[0, k]) * n[s, k]
        at = by_section.first[s]
        if first < stop:
            at = visits.day[first]
        else:
            n[s] = n0[s]
        for i in range(first, stop):
            day, share, seen_by = visits.day[i], visits.share[i], seen[visits.method[i]]
            for k in range(types):
                keep = np.exp(lost[at, k] - lost[day, k]) if day > at else 1.0
                now = n[s, k] * keep + rate[s, k] * (grown[day, k] - keep * grown[at, k])
                caught = share * seen_by[k]
                if len(found):
                    found[i, by_type.group[k]] += caught * now
                n0[s, k] = (1.0 - share) * n0[s, k] + (share - caught) * now
                n[s, k] = now * (1.0 - caught)
            at = day
        for k in range(types):
            keep = np.exp(lost[at, k] - lost[last, k]) if last > at else 1.0
            n[s, k] = n[s, k] * keep + rate[s, k] * (grown[last, k] - keep * grown[at, k])

"""Hot spots: where patrols have found more, or less, than the rates of the hazard types let expect.

Gamma-Poisson shrinkage (domain brief, 3(a)): a prior of mean λ and weight of ``a`` finds, and Poisson finds, give
λ̂ = (a + finds) / (a/λ + exposure), so that H = λ̂/λ = (a + finds) / (a + expected finds).

Exposure. The brief takes Σ d·Δτ. That holds for hazards that last, and if what one patrol misses is gone before the
next; a kite that flies an hour is not exposed for a quarter, and what was missed is found the next time. So the
expected finds of a visit are d·share·n with the model's own n just before it: H is 1 on average if the rates are
right, for every type.

Which finds. Only what patrols found counts, because only they have an exposure: reports of others come from where
people live. Of a hazard of the register the type is known, so it counts for its category, on its section. It was found
on a patrol if it was first reported on the patrol's day or soon after it, by the patrol's own party. The records of
patrols tell how many were found on the way, not what or where: those beyond what the register knows are shared out
over categories and sections of that patrol as they were to be expected there, and so tell where much is found but
nothing about kinds. A hazard not yet classified is shared out so over the categories, on its own section.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from patrol.config import RiskSettings
from patrol.hazards.taxonomy import UNCLASSIFIED
from patrol.risk.days import Days
from patrol.risk.past import walk

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class HotSpot:
    """What patrols found and should have found, by section and category.

    Attributes
    ----------
    groups : tuple of str
        Categories of hazard types.
    group : ndarray of int, shape (types,)
        Category of each type.
    finds, expected : ndarray, shape (sections, groups)
        What was found, with fractions where only a count is known, and what the usual rates let expect.
    weight : float
        Finds that the usual rate weighs as much as.
    """

    groups: tuple[str, ...]
    group: Ints
    finds: Floats
    expected: Floats
    weight: float

    @property
    def factor(self) -> Floats:
        """H = (a + finds)/(a + expected), shape (sections, groups); 1 where nobody has looked."""
        return (self.weight + self.finds) / (self.weight + self.expected)

    def by_type(self) -> Floats:
        """Return H by type, shape (sections, types), to multiply λ with."""
        return np.ascontiguousarray(self.factor[:, self.group])


def hot_spot(
    rate: Floats,
    types: pd.DataFrame,
    visits: pd.DataFrame,
    hazards: pd.DataFrame,
    on: date,
    *,
    cycle_days: ArrayLike,
    settings: RiskSettings,
    days: Days | None = None,
) -> HotSpot:
    """Return the hot-spot factors that the visits before a day teach.

    Where no patrol is known to have found anything, nobody has written finds down, and every factor is 1.

    Parameters
    ----------
    rate : ndarray, shape (sections, types)
        Usual λ a day, without hot spots; its mean over a usual year if ``days`` are given.
    types : DataFrame
        Hazard types by code.
    visits : DataFrame
        See :func:`patrol.planning.visits.section_visits`.
    hazards : DataFrame
        All known, open or not: ``section`` (row number, -1 off the network), ``type, party`` (of the first report),
        ``reported, closed`` (days of the project's time zone, without one), ``state``. What was reported on ``on``
        or after it is not looked at; one refuted by then was none.
    cycle_days, days
        See :func:`patrol.risk.latent.latent`. Seasons and events are no hot spots: what they let expect is expected.
        Weather is left out.

    Raises
    ------
    ValueError
        As of :func:`patrol.risk.latent.latent`.
    """
    groups, group = np.unique(types["category"].to_numpy(str), return_inverse=True)
    calm = None if days is None else days.calm()
    past = walk(rate, types, visits, on, cycle_days=cycle_days, days=calm, group=group)
    order, should = past.order, past.found
    del past  # as large as the rates, twice
    used = visits.iloc[order].reset_index(drop=True)
    finds, untyped = _from_register(used, hazards, types, group, on, settings)
    patrol = np.unique(used["row"].to_numpy(np.int64), return_inverse=True)[1]
    told = np.bincount(patrol, weights=used["finds"].to_numpy(float))
    named = np.bincount(patrol, weights=finds.sum(axis=1) + untyped)
    beyond = np.maximum(0.0, np.round(told - named, 9))
    here: Floats = should.sum(axis=1)
    there: Floats = np.bincount(patrol, weights=here).astype(np.float64)
    more: Floats = _over(untyped, here) + _over(beyond, there)[patrol]
    finds += should * more[:, None]
    section = used["section"].to_numpy(np.int64)
    if not finds.any():
        section = section[:0]
    by_section = [_sums(section, part[: len(section)], len(rate)) for part in (finds, should)]
    names = tuple(str(name) for name in groups)
    return HotSpot(names, group.astype(np.int64), by_section[0], by_section[1], settings.hot_spot_finds)


def _from_register(
    visits: pd.DataFrame, hazards: pd.DataFrame, types: pd.DataFrame, group: Ints, on: date, settings: RiskSettings
) -> tuple[Floats, Floats]:
    """Return the finds of each visit that the register knows: by category, and those not classified."""
    day = pd.Timestamp(on)
    refuted = (hazards["state"] == "refuted") & ~(hazards["closed"] >= day)
    known = hazards[(hazards["section"] >= 0) & (hazards["reported"] < day) & ~refuted]
    known = pd.DataFrame(
        {
            "when": known["reported"].dt.normalize().to_numpy("datetime64[ns]"),
            "section": known["section"].to_numpy(np.int64),
            "party": known["party"].to_numpy(object),
            "kind": types.index.get_indexer(pd.Index(known["type"])),
        }
    )
    walked = pd.DataFrame(
        {
            "when": visits["date"].to_numpy("datetime64[ns]"),
            "section": visits["section"].to_numpy(np.int64),
            "party": visits["party"].to_numpy(object),
            "visit": np.arange(len(visits)),
        }
    )
    typed, untyped = np.zeros((len(visits), int(group.max(initial=0)) + 1)), np.zeros(len(visits))
    if not len(known) or not len(walked):
        return typed, untyped
    met = pd.merge_asof(
        known.sort_values("when", kind="stable"),
        walked.sort_values("when", kind="stable"),
        on="when",
        by=["section", "party"],
        tolerance=pd.Timedelta(days=settings.hot_spot_report_days),
    )
    met = met[met["visit"].notna()]
    visit, kind = met["visit"].to_numpy(np.int64), met["kind"].to_numpy(np.int64)
    classified = (kind >= 0) & (types["category"].to_numpy(object)[kind] != UNCLASSIFIED)
    np.add.at(typed, (visit[classified], group[kind[classified]]), 1.0)
    np.add.at(untyped, visit[~classified], 1.0)
    return typed, untyped


def _over(count: Floats, expected: Floats) -> Floats:
    """Return counts over what was expected, 0 where nothing was."""
    return np.divide(count, expected, out=np.zeros(len(count)), where=expected > 0)


def _sums(section: Ints, values: Floats, sections: int) -> Floats:
    """Return the sums over the rows of each section, column by column."""
    columns = [np.bincount(section, weights=column, minlength=sections) for column in values.T]
    return np.ascontiguousarray(np.column_stack(columns))

"""What a crew should look for on a section: the hazard types by which a patrol of it is worth most that day."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from patrol.hazards.actions import look_parties
from patrol.risk.score import BLOCK, Scene, cost_shares, find_weights, unit_costs

SHOWN = 3  # hazard types named at a stop; more is read by nobody


def likely_by_party(
    scene: Scene, types: pd.DataFrame, section_ids: npt.ArrayLike, *, parties: Iterable[str], only: Collection[str]
) -> pd.DataFrame:
    """Return what the crews of each party should look for on some sections: what they may be sent to look at.

    Parameters
    ----------
    scene : Scene
        Of the day that is asked for.
    types : DataFrame
        Hazard types by code, as :func:`patrol.hazards.taxonomy.load_types` returns them.
    section_ids : array of str
        By row of the scene.
    parties : iterable of str
        Parties whose crews go out.
    only : collection of str
        Sections that are asked for.

    Returns
    -------
    DataFrame
        By ``section_id``, a column a party: tuples of codes, at most :data:`SHOWN`.
    """
    ids, may = np.asarray(section_ids, dtype=object), look_parties(types)
    rows = np.flatnonzero(pd.Series(ids).isin(list(only)))
    columns = {
        party: likely_types(scene, {code for code in may.index if party in may[code]}, most=SHOWN, rows=rows).to_numpy()
        for party in sorted(set(parties))
    }
    return pd.DataFrame(columns, index=ids[rows])


def look_for(likely: pd.DataFrame, section_id: str, party: str) -> tuple[str, ...]:
    """Return the codes that a party looks for on a section; none where nothing is known of either."""
    if section_id not in likely.index or party not in likely.columns:
        return ()
    codes: Any = likely.at[section_id, party]
    return tuple(codes)


def likely_types(scene: Scene, allowed: Collection[str], *, most: int, rows: Any = None) -> pd.Series[Any]:
    """Return for each section the types that add most to the value of a patrol on foot, on the first day.

    The value already holds the season, the weather, and what past patrols have seen (:mod:`patrol.risk.score`), so
    these are the types in season there.

    Parameters
    ----------
    allowed : collection of str
        Codes that may be named, such as those that a party may be sent to look at.
    most : int
        At most so many a section.
    rows : ndarray of int, optional
        Rows of the scene that are asked for; all by default.

    Returns
    -------
    Series of tuple of str
        In the order of ``rows``: codes by falling value; those that add nothing are left out.
    """
    weights, shares = find_weights(scene)[:, 0], cost_shares(scene, 0)
    named = np.array([code in allowed for code in scene.types.index])
    codes = scene.types.index.to_numpy(object)
    out: list[tuple[str, ...]] = []
    asked = np.arange(len(scene.growth)) if rows is None else np.asarray(rows, dtype=np.int64)
    for first in range(0, len(asked), BLOCK):
        at = asked[first : first + BLOCK]
        value = scene.growth[at] * weights * scene.weather[0][scene.group[at]] * (unit_costs(scene, at) @ shares)
        value[:, ~named] = 0.0
        best = np.argsort(-value, axis=1, kind="stable")[:, :most]
        out += [tuple(codes[k] for k in ks if row[k] > 0) for row, ks in zip(value, best, strict=True)]
    return pd.Series(out, dtype=object)

"""What a crew should look for on a section: the hazard types by which a patrol of it is worth most that day."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np
import pandas as pd

from patrol.risk.score import BLOCK, Scene, cost_shares, find_weights, unit_costs


def likely_types(scene: Scene, allowed: Collection[str], *, most: int) -> pd.Series[Any]:
    """Return for each section the types that add most to the value of a patrol on foot, on the first day.

    The value already holds the season, the weather, and what past patrols have seen (:mod:`patrol.risk.score`), so
    these are the types in season there.

    Parameters
    ----------
    allowed : collection of str
        Codes that may be named, such as those that a party may be sent to look at.
    most : int
        At most so many a section.

    Returns
    -------
    Series of tuple of str
        By row of the scene: codes by falling value; those that add nothing are left out.
    """
    weights, shares = find_weights(scene)[:, 0], cost_shares(scene, 0)
    named = np.array([code in allowed for code in scene.types.index])
    codes = scene.types.index.to_numpy(object)
    out: list[tuple[str, ...]] = []
    for first in range(0, len(scene.growth), BLOCK):
        rows = slice(first, first + BLOCK)
        value = scene.growth[rows] * weights * scene.weather[0][scene.group[rows]] * (unit_costs(scene, rows) @ shares)
        value[:, ~named] = 0.0
        best = np.argsort(-value, axis=1, kind="stable")[:, :most]
        out += [tuple(codes[k] for k in ks if row[k] > 0) for row, ks in zip(value, best, strict=True)]
    return pd.Series(out, dtype=object)

"""Section ids that survive another CRS, another order of rows and another direction of drawing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from hashlib import blake2b

import numpy as np
import pyproj

from patrol.layers.crs import WGS84, way_between
from patrol.network.trees import FloatArray, IntArray

CELL_DEG = 1e-6  # 0.11 m north, 0.09 m east at 39 degrees
SEAM = 0.5237  # where cells meet: off every place with eight decimals or fewer, which are how degrees are written


def cells_of(xy: FloatArray, crs: pyproj.CRS) -> IntArray:
    """Return WGS84 cells of about 0.1 m of points in a projected CRS, shape (n, 2)."""
    lonlat = np.column_stack(way_between(crs, WGS84).transform(xy[:, 0], xy[:, 1]))
    return np.floor(lonlat / CELL_DEG + SEAM).astype(np.int64)


def section_ids(feeder: Sequence[str], cells: IntArray, starts: IntArray, order_of_twins: FloatArray) -> list[str]:
    """Return ``feeder-hash`` for sections, hashed from the cells of their poles.

    The poles (and other cut places) of a section are input points; only they are hashed, smaller end
    first, so neither the projection in which lengths and feet of perpendiculars were computed nor
    vertices between poles matter. Limits: converting a point to WGS84 from another CRS moves it by some
    1e-9 m, and a point that close to the seam of two cells changes its cell (about one section in a
    million). Data that were *rounded* anew (to centimetres, say) are other data. Which poles a section
    ends at does not depend on the CRS but for runs within 0.1 % of a multiple of ``section_max_m``, as
    metric CRSs disagree on lengths by so much.

    Parameters
    ----------
    feeder : sequence of str, length k
    cells : ndarray of int, shape (n, 2)
        Cells of all sections' poles, one section after another.
    starts : ndarray of int, shape (k + 1,)
        Where each section begins in ``cells``, and the end.
    order_of_twins : ndarray, shape (k,)
        Sections with the same poles (two lines on one row of poles) are told apart by a serial number in
        this order.
    """
    ids = [
        f"{name}-{_digest(name, cells[one:two])}"
        for name, one, two in zip(feeder, starts[:-1].tolist(), starts[1:].tolist(), strict=True)
    ]
    twins = {label for label, count in Counter(ids).items() if count > 1}
    taken = set(ids)
    seen: Counter[str] = Counter()
    for place in np.argsort(order_of_twins, kind="stable").tolist() if twins else []:
        label = ids[place]
        if label not in twins:
            continue
        seen[label] += 1
        while seen[label] > 1 and f"{label}-{seen[label]}" in taken:
            seen[label] += 1
        ids[place] = label if seen[label] == 1 else f"{label}-{seen[label]}"
        taken.add(ids[place])
    return ids


def _digest(feeder: str, chain: IntArray) -> str:
    forth, back = chain.astype(">i8"), chain[::-1].astype(">i8")
    smaller = min(forth.tolist(), back.tolist())
    data = feeder.encode() + b"\0" + np.array(smaller, dtype=">i8").tobytes()
    return blake2b(data, digest_size=6).hexdigest()

"""Travel between places: whole seconds and metres of the fastest way, for each mode.

On roads the fastest way respects class speeds and oneways (see :mod:`patrol.network.roads`). Walkers also
go straight across country where two places are near each other and no water lies between. Without roads
every mode goes straight, lengthened by the detour factor: the caller says so to the planner.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from patrol.config import TravelSettings
from patrol.network.access import Access, road_access
from patrol.network.legs import leg_lines, straight
from patrol.network.mode_roads import prepare_mode
from patrol.network.roads import RoadGraph
from patrol.network.water import Water, crosses
from patrol.network.ways import all_weights, pair_weights
from patrol.network.weights import MAX_LEG_S, encode, heaviest, whole_metres, whole_seconds
from patrol.units import UNREACHABLE

__all__ = ["MAX_LEG_S", "Access", "TravelMatrix", "leg_lines", "pair_travel", "road_access", "travel_matrix"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

ROWS_AT_ONCE = 512  # bounds the scratch memory beside the matrices themselves


@dataclass(frozen=True, slots=True, eq=False)
class TravelMatrix:
    """Seconds and metres between places, shape (n, n): from row to column, ``UNREACHABLE`` where there is no way.

    The metres are those of the fastest way; of equally fast ones the shortest.
    """

    travel_s: Ints
    distance_m: Ints


def travel_matrix(graph: RoadGraph | None, access: Access, *, mode: str, settings: TravelSettings) -> TravelMatrix:
    """Return travel times and distances between all places of ``access``.

    Seconds and metres are rounded up; seconds keep the triangle inequality on roads. The diagonal is 0.
    The matrix runs between the road points of the places: walks to them are the caller's, except on foot,
    where legs begin and end at the places themselves. Legs of more than ``MAX_LEG_S`` are unreachable.

    Parameters
    ----------
    graph : RoadGraph or None
        None travels straight, times ``detour_factor``.
    access : Access
        From :func:`road_access` with the same graph, mode and settings.

    Returns
    -------
    TravelMatrix
    """
    n = len(access.x)
    travel = np.full((n, n), UNREACHABLE, dtype=np.int64)
    metres = np.full((n, n), UNREACHABLE, dtype=np.int64)
    if graph is None:
        for rows in _blocks(n):
            gap = _gaps(access, rows)
            travel[rows], metres[rows] = straight(gap, mode=mode, settings=settings)
    else:
        weight = all_weights(prepare_mode(graph, mode=mode, settings=settings), access)
        for rows in _blocks(n):
            block = weight[rows]
            if mode == "foot":
                block = _on_foot(block, access, rows, settings, graph.water)
            known = block >= 0
            travel[rows][known] = whole_seconds(block[known])
            metres[rows][known] = whole_metres(block[known])
        travel[travel > MAX_LEG_S] = UNREACHABLE
        metres[travel == UNREACHABLE] = UNREACHABLE
    np.fill_diagonal(travel, 0)
    np.fill_diagonal(metres, 0)
    return TravelMatrix(travel, metres)


def pair_travel(
    graph: RoadGraph | None,
    access: Access,
    pairs: Ints,
    *,
    mode: str,
    settings: TravelSettings,
    limit_s: int = MAX_LEG_S,
) -> tuple[Ints, Ints]:
    """Return seconds and metres of many single legs by road, without a matrix between all places.

    Parameters
    ----------
    pairs : ndarray of int, shape (k, 2)
        Positions in ``access``: from, to.
    mode : str
        Not ``foot``.
    limit_s : int
        Legs that take longer are ``UNREACHABLE``; a small limit saves work.

    Returns
    -------
    tuple of ndarray of int64, shape (k,)
        Travel seconds and metres, rounded up.
    """
    pairs = np.asarray(pairs, dtype=np.int64).reshape(-1, 2)
    if graph is None:
        a, b = pairs.T
        gap = np.hypot(access.x[a] - access.x[b], access.y[a] - access.y[b])
        seconds, metres = straight(gap, mode=mode, settings=settings)
        far = seconds > limit_s
    else:
        roads = prepare_mode(graph, mode=mode, settings=settings)
        weight = pair_weights(roads, access, pairs, heaviest(min(limit_s, MAX_LEG_S)))
        seconds, metres, far = whole_seconds(weight), whole_metres(weight), weight < 0
    return np.where(far, UNREACHABLE, seconds), np.where(far, UNREACHABLE, metres)


def _blocks(n: int) -> list[slice]:
    return [slice(start, min(start + ROWS_AT_ONCE, n)) for start in range(0, n, ROWS_AT_ONCE)]


def _gaps(access: Access, rows: slice) -> Floats:
    """Return the straight metres from the places ``rows`` to all places."""
    gaps: Floats = np.hypot(access.x[rows, None] - access.x[None, :], access.y[rows, None] - access.y[None, :])
    return gaps


def _on_foot(block: Ints, access: Access, rows: slice, settings: TravelSettings, water: Water | None) -> Ints:
    """Return road weights with the walks at both ends, or the straight walk where that is no slower and dry."""
    pace = 3.6 / settings.foot_kmh
    walk = np.where(access.reached, access.walk_m, 0.0)
    stub = encode(walk * pace, walk)
    by_road = np.where(block >= 0, block + stub[rows, None] + stub[None, :], -1)
    gap = _gaps(access, rows)
    path = np.where(gap <= settings.foot_direct_m, gap, 0.0) * settings.detour_factor
    direct = np.where(gap <= settings.foot_direct_m, encode(path * pace, path), -1)
    straight_on = (direct >= 0) & ((by_road < 0) | (direct <= by_road))
    if water is not None:
        a, b = np.nonzero(straight_on)
        xy = np.column_stack([access.x, access.y])
        straight_on[a, b] = ~crosses(water, xy[rows][a], xy[b])
    return np.where(straight_on, direct, by_road)

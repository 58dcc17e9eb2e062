"""Travel in whole numbers that add up exactly.

A weight holds time and length in one number, ``ticks * 2**28 + centimetres`` (a tick is 1/512 s). Adding
weights adds both, so one search finds the fastest way, the shortest of equally fast ones, and its length,
without predecessors. Legs of at most ``MAX_LEG_S`` stay below 2**53, where float64 (what searches compute in)
is exact: the same way has the same weight whatever part of the net it was found in, and rounding up to whole
seconds keeps the triangle inequality.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

TICKS = 512
CM_BITS = 28
CM_MASK = (1 << CM_BITS) - 1
MAX_LEG_S = 12 * 3600  # longer legs fit into no shift; 12 h at 200 km/h are 2,400 km, below 2**28 cm
SLOWEST_EDGE_S = 1e7  # an edge that takes longer is as good as closed, and its weight would not fit 64 bits


def heaviest(seconds: int) -> int:
    """Return the heaviest weight of a way of so many seconds."""
    return (seconds * TICKS << CM_BITS) + CM_MASK


LIMIT = heaviest(MAX_LEG_S)


def encode(seconds: ArrayLike, metres: ArrayLike) -> Ints:
    """Return weights (int64) of ways that take ``seconds`` over ``metres``."""
    ticks = np.rint(np.asarray(seconds) * TICKS).astype(np.int64)
    weight: Ints = (ticks << CM_BITS) + np.rint(np.asarray(metres) * 100).astype(np.int64)
    return weight


def whole_seconds(weight: Ints) -> Ints:
    """Return the whole seconds of weights, rounded up."""
    return ((weight >> CM_BITS) + (TICKS - 1)) // TICKS


def whole_metres(weight: Ints) -> Ints:
    """Return the whole metres of weights, rounded up."""
    return ((weight & CM_MASK) + 99) // 100


def whole_ticks(seconds: Floats) -> Floats:
    """Return whole ticks of edges, rounded up and at least one, infinite where closed.

    Rounding up keeps the top speed of a net a speed of its roads.
    """
    whole = np.maximum(np.ceil(seconds * TICKS - 1e-6), 1.0)
    return np.where(seconds <= SLOWEST_EDGE_S, whole, np.inf)


def whole_cm(metres: Floats) -> Ints:
    """Return whole centimetres of edges, at least one."""
    cm: Ints = np.maximum(np.rint(metres * 100).astype(np.int64), 1)
    return cm

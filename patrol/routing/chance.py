"""Random numbers for the compiled loops: their whole state is passed in, so that a search can be repeated.

The generator is xorshift64* (Vigna, 2016, An experimental exploration of Marsaglia's xorshift generators, scrambled).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from patrol.compiled import inlined

State = NDArray[np.uint64]


def new_state(seed: int, stream: int = 0) -> State:
    """Return the state of a stream of random numbers; streams of a seed are independent."""
    words = np.random.SeedSequence([seed, stream]).generate_state(2, np.uint64)
    return np.array([words[0] | np.uint64(1)], dtype=np.uint64)


@inlined
def draw(state: State) -> float:
    """Return a number in [0, 1)."""
    x = state[0]
    x ^= x >> np.uint64(12)
    x ^= x << np.uint64(25)
    x ^= x >> np.uint64(27)
    state[0] = x
    return float((x * np.uint64(2685821657736338717)) >> np.uint64(11)) * (1.0 / 9007199254740992.0)


@inlined
def below(state: State, count: int) -> int:
    """Return a whole number in [0, count)."""
    return int(draw(state) * count)

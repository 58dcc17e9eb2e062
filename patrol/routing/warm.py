"""Compiling all loops of the search on a tiny problem, so that the first real one does not wait for it."""

from __future__ import annotations

import time

import numpy as np

from patrol.routing.model import Option, Problem, Profile, Shift, Task
from patrol.routing.packed import pack
from patrol.routing.reckoning import reckon
from patrol.routing.ruin_recreate import Budget, anneal_all, start_streams


def warm() -> float:
    """Compile whatever is not compiled yet, or read it from the folder where it is kept; return the seconds it took."""
    begun = time.monotonic()
    packed = pack(_tiny())
    streams = start_streams(packed, seed=1, count=1)
    found = anneal_all(streams, Budget(10, begun + 3600.0), heat=1.0, cooled=0.5).best
    reckon(packed, found.draft, found.rests, more=True)
    return time.monotonic() - begun


def _tiny() -> Problem:
    """Return two tasks and two shifts, one of them of another zone that may come to aid."""
    way = np.array([[0, 60], [60, 0]], dtype=np.int64)
    profile = Profile("car", False, way, way * 10, np.zeros((2, 2), dtype=np.int64))
    option = Option(0, 1, 1, 60, 0, 0, 0, (1000,))
    tasks = (Task("a", (option,), zone="north", aid="room"), Task("b", (option,)))
    shifts = tuple(
        Shift(zone, zone, "enterprise", 0, 0, 0, 0, 0, 3600, 3600, 10_000, 10_000, zones=(zone,))
        for zone in ("north", "south")
    )
    return Problem(1, (profile,), tasks, shifts)


if __name__ == "__main__":
    warm()

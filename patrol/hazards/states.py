"""The state that offices' lists give a hazard: of all its reports together, whichever came in first."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from patrol.hazards.model import OPEN_STATES

FURTHER = ("reported", "verified", "assigned", "ready", "in_rectification", "rectified", "refuted", "closed")
SHUT = tuple(state for state in FURTHER if state not in OPEN_STATES)
DATED = (*SHUT, "rectified")  # states for which it matters since when


class Stated(NamedTuple):
    """A state, and the stamp since when it holds where that matters ("" otherwise)."""

    state: str
    at: str


def stated(given: Iterable[tuple[str, str]]) -> Stated:
    """Return the state of a hazard by what lists say of it.

    The furthest state counts, whichever list said it; of several with the same the latest time.

    Parameters
    ----------
    given : iterable of (state, stamp)
        What each report's list says, "" if nothing, and since when.
    """
    best = max(
        ((FURTHER.index(state or "reported"), at if state in DATED else "") for state, at in given), default=(0, "")
    )
    return Stated(FURTHER[best[0]], best[1])

"""What every set of instances gives: a problem of the project, and its way back into the words of the file."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from patrol.errors import Finding, PatrolError
from patrol.routing.model import NO_LIMIT, Problem, Profile, Shift
from patrol.units import UNREACHABLE

Ints = NDArray[np.int64]
Ridden = tuple[int, tuple[tuple[int, int, int], ...]]  # a shift, and task, option and start of all that it serves
Told = list[list[Any]]  # routes as they stand in the results
WHOLE_METRE = 1000  # price of 1,000 metres that makes one metre cost one milli-ECM


@dataclass(frozen=True, slots=True)
class Visit:
    """One way to serve a task, as PyVRP knows it: a client. Ways of one task exclude each other."""

    task: int
    option: int
    demand: int = 0
    prize: int = 0
    required: bool = True
    service: int = 0
    opens: int = 0
    closes: int = NO_LIMIT


@dataclass(frozen=True, slots=True)
class Rival:
    """The same problem for PyVRP.

    Attributes
    ----------
    distance, duration : ndarray of int64, shape (visits + 1, visits + 1)
        Place 0 is the depot.
    vehicles, capacity, max_distance : int
        All vehicles are alike; a capacity of ``NO_LIMIT`` is none.
    opens, closes : int
        When vehicles leave the depot at the earliest, and are back at the latest.
    places : tuple of (float, float)
        Where the depot and the visits are, if the file says so.
    """

    visits: tuple[Visit, ...]
    distance: Ints
    duration: Ints
    vehicles: int
    capacity: int = NO_LIMIT
    max_distance: int = NO_LIMIT
    opens: int = 0
    closes: int = NO_LIMIT
    places: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Instance:
    """An instance on the project's own model.

    Attributes
    ----------
    offset : int
        The cost that is minimised is this less the value of a solution, in the units of ``rival``.
    objective : callable
        Cost to the objective of the literature.
    tell : callable
        Routes to routes in the file's own words.
    recount : callable
        The objective once more, from such routes and the file alone; AssertionError if they break a rule of the file.
    rival : Rival, optional
        None where PyVRP cannot express the rules.
    all_prizes : int
        Sum of all prizes; 0 where there are none.
    more_is_better : bool
        Whether the objective is maximised.
    """

    name: str
    set: str
    problem: Problem
    offset: int
    objective: Callable[[int], float]
    tell: Callable[[Iterable[Ridden]], Told]
    recount: Callable[[Told], float]
    rival: Rival | None = None
    all_prizes: int = 0
    more_is_better: bool = False


def read_text(path: Path) -> str:
    """Return the text of an instance file; some of these files are Latin-1.

    Raises
    ------
    PatrolError
        If the file cannot be read.
    """
    try:
        return path.read_text("latin-1")
    except OSError as error:
        raise fault(path, f"cannot be read: {error.strerror}") from error


def fault(path: Path, what: str) -> PatrolError:
    """Return an error about a file."""
    return PatrolError(Finding("error", "bench.instance", str(path), what))


def profile_of(distance: Ints, travel: Ints | None = None) -> Profile:
    """Return a profile whose legs have these lengths; without ``travel`` time plays no part."""
    seconds = np.where(distance >= UNREACHABLE, UNREACHABLE, 0) if travel is None else travel
    return Profile("car", False, seconds.astype(np.int64), distance, np.zeros((len(distance), 2), np.int64))


def shift_of(number: int, place: int, **limits: Any) -> Shift:
    """Return a shift from a place and back to it that has no limits and prices but those given."""
    free = {"opens": 0, "closes": NO_LIMIT, "max_work_s": NO_LIMIT, "max_distance_m": NO_LIMIT, "max_walk_m": NO_LIMIT}
    return Shift(
        f"s{number}", f"c{number}", "enterprise", day=0, profile=0, start=place, end=place, **(free | limits)
    )  # fmt: skip

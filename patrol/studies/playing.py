"""One policy week after week: what it wants, the routes that are made of that, and what its visits find."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from patrol.errors import Finding, PlanError
from patrol.routing.rules import Draft, route_work
from patrol.studies.county import WEEK, County
from patrol.studies.deciding import MIDWEEK, POLICIES, duties, fresh_memory, remember, worth
from patrol.studies.docket import empty_docket, judge, looks
from patrol.studies.fate import Fates, Visits, look, untouched
from patrol.studies.weeks import Planner, Wanted, checked_week, plan_week, shifts_off, visits_of
from patrol.studies.worlds import KINDS, Belief, World
from patrol.text import clean

BURN_IN_WEEKS = 26
YEAR_WEEKS = 52
CHECK_EVERY = 52  # weeks from one plan that the verifier looks at to the next
SURE = 1.0 - 1e-12  # a method that sees everything

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Setup:
    """What is simulated.

    Attributes
    ----------
    policies, kinds : tuple of str
        Names of :data:`patrol.studies.deciding.POLICIES` and :data:`patrol.studies.worlds.KINDS`.
    years, worlds, seed : int
        Years counted, worlds of each kind, seed of all draws.
    hours : float
        Share of all shifts that patrols get; the others have other work.
    cycles : bool
        Whether legal cycles come first.
    floor : float
        How many cycles a section may wait before it comes first. 1 is the legal cycle; 2 where the cycle is a
        project's own target, as the domain brief has it, 3(e).
    """

    policies: tuple[str, ...] = POLICIES
    kinds: tuple[str, ...] = tuple(KINDS)
    years: int = 3
    worlds: int = 30
    seed: int = 1
    hours: float = 1.0
    cycles: bool = True
    floor: float = 1.0

    @property
    def weeks(self) -> int:
        """Weeks in all, those before counting too."""
        return BURN_IN_WEEKS + YEAR_WEEKS * self.years

    def findings(self) -> list[Finding]:
        """Return every fault of the setup."""
        found = []
        for option, named, known in (
            ("--policies", self.policies, POLICIES),
            ("--kinds", self.kinds, tuple(KINDS)),
        ):
            odd = [name for name in named if name not in known]
            if odd or not named or len(set(named)) < len(named):
                what = f"{clean(', '.join(odd))!r} is not known" if odd else "repeats a name" if named else "is empty"
                found.append(Finding("error", "simulate.names", option, what, f"known: {', '.join(known)}"))
        for option, value, low, high in (
            ("--years", self.years, 1, 20), ("--worlds", self.worlds, 1, 1000), ("--hours", self.hours, 0.05, 1.0),
            ("--seed", self.seed, 0, 2**32), ("--floor", self.floor, 1.0, 10.0),
        ):  # fmt: skip
            if not low <= value <= high:
                found.append(Finding("error", "simulate.range", option, f"{value} is out of range", f"{low} to {high}"))
        return found


@dataclass(frozen=True, slots=True, eq=False)
class History:
    """What a policy did: visits, and figures of the counted weeks."""

    visits: Visits
    figures: dict[str, float]


def check_setup(setup: Setup) -> None:
    """Refuse what cannot be simulated.

    Raises
    ------
    PlanError
        Names every fault.
    """
    if found := setup.findings():
        raise PlanError(found)


def play(
    county: County,
    planner: Planner,
    belief: Belief,
    policy: str,
    setup: Setup,
    *,
    world: World | None = None,
    fates: Fates | None = None,
    reports: bool = False,
) -> History:
    """Plan week after week.

    With a world and its fates, the policy sees what its visits find (written into ``fates``), and with ``reports``
    what is reported.
    """
    memory, cover = fresh_memory(county, belief), cover_of(county)
    docket = empty_docket(world) if world is not None and reports else None
    parts: list[Visits] = []
    drafts: list[Draft] = []
    waits: list[Floats] = []
    every = float(county.cycle_days.mean())
    for week in range(setup.weeks):
        monday = week * WEEK
        prize = worth(policy, county, belief, memory, monday + MIDWEEK)
        weight = duties(county, memory, monday, setup.floor) * int(setup.cycles)
        at = np.zeros(len(prize))
        if docket is not None and world is not None:
            at = looks(policy, county, belief, world, docket, monday, prize, every)
        wanted = Wanted(prize, weight, at, shifts_off(len(planner.problem.shifts), setup.hours, week))
        draft = plan_week(planner, wanted)
        if week % CHECK_EVERY == 0:
            checked_week(planner, wanted, draft)
        visits = visits_of(planner, draft, monday)
        finds = None
        if world is not None and fates is not None:
            finds = np.zeros(len(visits.day), np.int64)
            look(visits, world.hazards, cover, fates, finds)
        remember(county, belief, memory, visits, finds)
        if docket is not None and world is not None:
            judge(world, docket, visits)
        every = max(WEEK, WEEK * len(prize) / max(1, int((visits.method >= 0).sum())))
        parts.append(visits)
        if week >= BURN_IN_WEEKS:
            drafts.append(draft)
            waits.append(monday + WEEK - memory.last)
    both = Visits(*(np.concatenate(column) for column in zip(*parts, strict=True)))
    return History(both, _figures(county, planner, both, drafts, waits, setup))


def _figures(
    county: County, planner: Planner, visits: Visits, drafts: list[Draft], waits: list[Floats], setup: Setup
) -> dict[str, float]:
    counted = (visits.day >= BURN_IN_WEEKS * WEEK) & (visits.method >= 0)
    seconds = sum(route_work(planner.problem, *route) for draft in drafts for route in draft)
    return {
        "km": float(county.length_m[visits.section[counted]].sum()) / 1000.0 / setup.years,
        "hours": seconds / 3600.0 / len(drafts),
        "oldest_days": max(float(wait.max()) for wait in waits),
        "late": float(np.mean([(wait > county.cycle_days).sum() for wait in waits])),
    }


def cover_of(county: County) -> Floats:
    """Return −ln(1−d), shape (methods, types): how much of a hazard's luck one look uses up."""
    return np.asarray(-np.log1p(-np.minimum(county.seen, SURE)))


def begun(county: County, world: World) -> Fates:
    """Return fates at the beginning: every section was patrolled on foot on the last day that is known."""
    fates, count = untouched(world.hazards), len(county.length_m)
    day = np.rint(-county.tau_days).astype(np.int64)
    first = Visits(np.arange(count), day, np.zeros(count, np.int64))
    look(first, world.hazards, cover_of(county), fates, np.zeros(count, np.int64))
    return fates

"""Policies against each other over simulated years on a project's own network, travel and crews.

Every Monday each policy says what patrols are worth to it; the greedy engine's insertion makes the week's routes, and
worlds of hazards (:mod:`patrol.studies.worlds`) run on under them. The first half year is not counted.

Each world has its own bad sections, known to the model. What a policy does depends on what it sees, so those that see
nothing else of a world (all but the one that learns, where nobody reports) are planned once for all worlds that the
model takes for the same: the calendar, which looks at dates only, for all. Season and weather are left out.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass

import numpy as np
import pandas as pd

from patrol.project import Project
from patrol.studies.county import WEEK, County, county_of
from patrol.studies.fate import Fates, expected_loss, look, untouched
from patrol.studies.playing import BURN_IN_WEEKS, History, Setup, begun, check_setup, cover_of, play
from patrol.studies.weeks import Planner, make_planner
from patrol.studies.worlds import KINDS, Belief, World, belief_of, draw_world

CHUNKS = 2  # a process is given its work in so many pieces

Part = tuple[str, str, int]  # kind, policy, world; the first that a policy does the same in
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True, eq=False)
class Simulation:
    """Result of a simulation.

    Attributes
    ----------
    runs : DataFrame
        A row a kind, policy and world: ``loss`` (expected ECM a year), ``least`` (the same if every hazard were found
        the day it comes up: no patrol can save that), ``finds`` (a year), ``km`` (a year), ``finds_per_km``,
        ``hours`` (of work a week), ``oldest_days`` (longest that any section waited), ``late`` (sections past their
        legal cycle at the end of a week, mean).
    synthetic : bool
        Whether the project's own data are invented too; the worlds always are.
    """

    setup: Setup
    runs: pd.DataFrame
    synthetic: bool


def simulate_project(project: Project, setup: Setup, *, jobs: int = 1, progress: Progress | None = None) -> Simulation:
    """Simulate on a project's network, travel and crews; see :func:`simulate`."""
    check_setup(setup)
    return simulate(county_of(project, progress=progress), setup, jobs=jobs, progress=progress)


def simulate(county: County, setup: Setup, *, jobs: int = 1, progress: Progress | None = None) -> Simulation:
    """Run every policy through every world.

    Parameters
    ----------
    jobs : int
        Processes to share the work among; the result does not depend on it.
    progress : callable, optional
        Told ``(step, done, total)``; steps are ``network, travel, worlds``.

    Returns
    -------
    Simulation
        The same for the same county and setup, to the last digit.

    Raises
    ------
    PatrolError
        If the setup makes no sense (:func:`check_setup`).
    """
    check_setup(setup)
    todo = list(dict.fromkeys(part for run in _runs(setup) if (part := part_of(*run)) is not None))
    played: dict[Part, History] = {}
    for done in _played(county, setup, todo, jobs):
        played.update(done)
        if progress:
            progress("worlds", len(played), len(todo))
    return Simulation(setup, _table(county, setup, played), county.synthetic)


def part_of(kind: str, policy: str, world: int) -> Part:
    """Return what must be played for a run: a policy does the same in all worlds that look the same to it."""
    one = KINDS[kind]
    if _sees(kind, policy):
        return kind, policy, world
    if policy == "calendar":
        return next(iter(KINDS)), policy, 0
    alike = [
        name for name, other in KINDS.items() if (other.spread, other.cost_spread) == (one.spread, one.cost_spread)
    ]
    return alike[0], policy, world if one.spread else 0


def _sees(kind: str, policy: str) -> bool:
    """Return whether a policy sees more of a world than the model knows beforehand."""
    return KINDS[kind].reports or "learning" in policy


def _runs(setup: Setup) -> Iterator[Part]:
    for kind in setup.kinds:
        for world in range(setup.worlds):
            for policy in setup.policies:
                yield kind, policy, world


def _played(county: County, setup: Setup, todo: list[Part], jobs: int) -> Iterator[dict[Part, History]]:
    """Yield histories as they are done."""
    if jobs <= 1:
        planner = make_planner(county)
        for part in todo:
            yield {part: play_part(county, planner, part, setup)}
        return
    chunks = [todo[k :: jobs * CHUNKS] for k in range(min(len(todo), jobs * CHUNKS))]
    # Started afresh: a fork of a process with threads may stand still for ever.
    with ProcessPoolExecutor(jobs, mp_context=multiprocessing.get_context("spawn")) as pool:
        started = [pool.submit(play_parts, county, chunk, setup) for chunk in chunks]
        try:
            for done in as_completed(started):
                yield done.result()
        finally:
            pool.shutdown(cancel_futures=True)


def play_parts(county: County, parts: list[Part], setup: Setup) -> dict[Part, History]:
    """Return the histories of several parts: the work of one process."""
    planner = make_planner(county)
    return {part: play_part(county, planner, part, setup) for part in parts}


def play_part(county: County, planner: Planner, part: Part, setup: Setup) -> History:
    """Return what a policy does, in one world or in all that look alike to it."""
    name, policy, number = part
    kind = KINDS[name]
    belief = belief_of(county, kind, setup.seed, number)
    if not _sees(name, policy):
        return play(county, planner, belief, policy, setup)
    world = draw_world(county, belief, kind, days=setup.weeks * WEEK, seed=setup.seed, world=number)
    fates = begun(county, world)
    return play(county, planner, belief, policy, setup, world=world, fates=fates, reports=kind.reports)


def _table(county: County, setup: Setup, played: dict[Part, History]) -> pd.DataFrame:
    """Return the runs: every history in its worlds."""
    rows = []
    for name in setup.kinds:
        kind = KINDS[name]
        for number in range(setup.worlds):
            belief = belief_of(county, kind, setup.seed, number)
            world = draw_world(county, belief, kind, days=setup.weeks * WEEK, seed=setup.seed, world=number)
            least = _loss(county, belief, world, _at_once(county, world), setup)
            for policy in setup.policies:
                history = played[part_of(name, policy, number)]
                figures = _in_world(county, belief, world, history, setup)
                rows.append({"kind": name, "policy": policy, "world": number, "least": least, **figures})
    return pd.DataFrame(rows)


def _in_world(county: County, belief: Belief, world: World, history: History, setup: Setup) -> dict[str, float]:
    """Return what a history costs and finds in a world."""
    fates, visits = begun(county, world), history.visits
    look(visits, world.hazards, cover_of(county), fates, np.zeros(len(visits.day), np.int64))
    counted = np.isfinite(fates.found) & (fates.found >= BURN_IN_WEEKS * WEEK) & (fates.found < world.hazards.fault)
    finds = float(counted.sum()) / setup.years
    figures = history.figures | {"finds": finds, "finds_per_km": finds / max(history.figures["km"], 1e-9)}
    return {"loss": _loss(county, belief, world, fates, setup), **figures}


def _at_once(county: County, world: World) -> Fates:
    """Return fates if all that any look can find were found as it comes up."""
    fates = untouched(world.hazards)
    visible = county.seen.max(axis=0) > 0
    return Fates(fates.luck, np.where(visible[world.hazards.type], world.hazards.birth, np.inf))


def _loss(county: County, belief: Belief, world: World, fates: Fates, setup: Setup) -> float:
    """Return expected ECM a year."""
    loss = expected_loss(
        world.hazards, fates, belief.cost, county.phi, fix_days=county.fix_days,
        first=BURN_IN_WEEKS * WEEK, last=setup.weeks * WEEK,
    )  # fmt: skip
    return loss / setup.years

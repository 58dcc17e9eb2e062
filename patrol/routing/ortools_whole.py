"""The OR-Tools engine on problems whose rules bind routes to one another: descents of the whole model.

A piece of a plan is no problem of its own where ties, series or balances reach out of it. So tasks are taken out all
over the plan and put back by insertion, tied groups as wholes, and the routing model with every rule descends from
there. Meant for small problems and as a check on the other engines; its moves keep ties but make no new ones.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from patrol.routing.model import Problem
from patrol.routing.ortools_model import Built, as_draft, as_routes, build_model, descent
from patrol.routing.packed import Packed, pack
from patrol.routing.reckoning import Plan, Progress, Searched, first_plan, reckon
from patrol.routing.rules import Draft, tied_groups

PATIENCE = 60  # descents in a row without a better plan after which nothing is expected


def search_whole(
    problem: Problem, *, seed: int, iterations: int, seconds: float, progress: Progress | None,
    stop: Callable[[], bool],
) -> Searched:  # fmt: skip
    """Return the best plan of so many descents."""
    end, packed = time.monotonic() + seconds, pack(problem)
    built = build_model(problem)
    built.routing.CloseModelWithParameters(descent(seconds))
    rng = np.random.default_rng(seed)
    best, last_gain = _descended(built, packed, first_plan(packed), end), 0
    for done in range(iterations):
        if stop():
            return Searched(best, done, "stopped")
        if time.monotonic() >= end:
            return Searched(best, done, "seconds")
        if done - last_gain > PATIENCE:
            return Searched(best, done, "exhausted")
        rebuilt = _rebuilt(packed, best, rng)
        found = _descended(built, packed, rebuilt, end) if rebuilt is not None else best
        if found.goal > best.goal:
            best, last_gain = found, done
        if progress is not None:
            progress(done + 1, iterations, best.goal[2])
    return Searched(best, iterations, "iterations")


def _rebuilt(packed: Packed, plan: Plan, rng: np.random.Generator) -> Plan | None:
    """Return a plan with a random part of it taken out, tied tasks and later occurrences with it, and filled again."""
    problem, share = packed.problem, rng.uniform(0.1, 0.6)
    served = [task for _, sequence in plan.draft for task, _ in sequence]
    out = {task for task, drawn in zip(served, rng.random(len(served)).tolist(), strict=True) if drawn < share}
    for group in tied_groups(problem):
        if out & set(group):
            out |= set(group)
    for series in problem.series:
        first = next((k for k, task in enumerate(series.tasks) if task in out), len(series.tasks))
        out |= set(series.tasks[first:])
    kept = ((k, tuple(pair for pair in sequence if pair[0] not in out)) for k, sequence in plan.draft)
    draft: Draft = tuple((k, sequence) for k, sequence in kept if sequence)
    shuffled = rng.permutation(len(problem.tasks)).astype(np.int32)
    return reckon(packed, draft, more=True, order=shuffled if rng.random() < 0.5 else None)


def _descended(built: Built, packed: Packed, start: Plan, end: float) -> Plan:
    """Return where OR-Tools' descent gets from a plan, or that plan if it is no worse."""
    routes = as_routes(built, start.draft, start.rests)
    hint = None if routes is None else built.routing.ReadAssignmentFromRoutes(routes, True)
    if hint is None:
        return start
    parameters = descent(max(0.01, end - time.monotonic()))
    assignment = built.routing.SolveFromAssignmentWithParameters(hint, parameters)
    if assignment is None:
        return start
    found = reckon(packed, as_draft(built, assignment), more=True)
    return found if found is not None and found.goal > start.goal else start

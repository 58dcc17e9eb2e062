"""The OR-Tools engine: local search of the routing model, on one piece of the plan after another.

OR-Tools' guided searches on a whole plan accept a few dozen moves and then stand still, and how far they get depends
on the clock. So the plan is improved in pieces: a few shifts and the tasks around them, some of them taken out and put
back greedily in several ways, and the best of these handed to OR-Tools, whose descent ends by itself. That is
repeatable whatever the machine's load; the clock is only an outer bound.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
from ortools.constraint_solver import routing_enums_pb2

from patrol.routing.directions import turned
from patrol.routing.greedy import all_candidates, greedy
from patrol.routing.model import Problem
from patrol.routing.neighbourhood import merged, part_of, pick, relations_of
from patrol.routing.ortools_model import as_draft, as_routes, build_model, descent
from patrol.routing.ortools_whole import search_whole
from patrol.routing.reckoning import Plan, Progress, Searched
from patrol.routing.repair import repaired
from patrol.routing.rules import Draft, Goal, goal, groups_fit, is_plain
from patrol.routing.schedule import schedule

REBUILDS = (1, 2, 4, 8)  # in how many ways a piece is taken apart and put together; OR-Tools gets the best of them
BLINK = 0.15  # share of the options that a rebuild does not see, so that it does not end where the last one did
HEAT = 0.1  # value a piece may lose at first, as a share of a task's mean prize; it cools down to nothing
PATIENCE = 100  # pieces in a row without a better plan, beyond one for each shift, after which nothing is expected
TIMED_OUT = (
    routing_enums_pb2.RoutingSearchStatus.ROUTING_PARTIAL_SUCCESS_LOCAL_OPTIMUM_NOT_REACHED,
    routing_enums_pb2.RoutingSearchStatus.ROUTING_FAIL_TIMEOUT,
)


def search(
    problem: Problem, *, seed: int, iterations: int, seconds: float, progress: Progress | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> Searched:  # fmt: skip
    """Return the best sequences found within a number of pieces; never worse than the greedy engine's.

    Parameters
    ----------
    seed : int
        Of the choice of pieces, and of what is taken out of them.
    iterations : int
        Pieces to try. The same number gives the same result.
    seconds : float
        Outer bound; ``stopped_by`` says ``seconds`` if it bit. It says ``exhausted`` if :data:`PATIENCE` ran out.
    progress : callable, optional
        Told (pieces done, pieces to do, value so far in milli-ECM).
    """
    if not is_plain(problem):
        return search_whole(problem, seed=seed, iterations=iterations, seconds=seconds, progress=progress, stop=stop)
    draft, done, stopped_by = _search(problem, seed, iterations, time.monotonic() + seconds, progress, stop)
    draft = repaired(problem, greedy(problem, draft))  # whatever still fits and pays
    return Searched(Plan(draft, {}, goal(problem, draft)), done, stopped_by)


def _search(
    problem: Problem, seed: int, iterations: int, end: float, progress: Progress | None, stop: Callable[[], bool]
) -> tuple[Draft, int, str]:
    draft = best = repaired(problem, greedy(problem))
    best_goal = goal(problem, best)
    relations = relations_of(problem)
    rng = np.random.default_rng(seed)
    heat = HEAT * _mean_prize(problem, draft)
    last_gain = 0
    for done in range(iterations):
        left = end - time.monotonic()
        if left <= 0:
            return best, done, "seconds"
        if stop():
            return best, done, "stopped"
        piece = pick(problem, relations, draft, rng)
        if piece is None or done - last_gain > PATIENCE + len(problem.shifts):
            return best, done, "exhausted"
        part = part_of(draft, piece)
        found, cut_short = _descend(piece.problem, _rebuilt(piece.problem, part, rng), left)
        found = turned(piece.problem, found)
        allowed = heat * (1 - done / iterations) * rng.exponential()
        if _acceptable(goal(piece.problem, found), goal(piece.problem, part), allowed):
            draft = merged(draft, piece, found)
        if goal(problem, draft) > best_goal:
            best, best_goal, last_gain = draft, goal(problem, draft), done
        if cut_short:
            return best, done + 1, "seconds"
        if progress is not None:
            progress(done + 1, iterations, best_goal[2])
    return best, iterations, "iterations"


def _mean_prize(problem: Problem, draft: Draft) -> float:
    prizes = [
        problem.tasks[task].options[option].prizes[problem.shifts[shift].day]
        for shift, sequence in draft
        for task, option in sequence
    ]
    return sum(prizes) / max(1, len(prizes))


def _acceptable(new: Goal, old: Goal, allowed: float) -> bool:
    """Return whether the search goes on from a piece: never with less weight served, with a little less value early."""
    return new[:2] > old[:2] or (new[:2] == old[:2] and new[2] >= old[2] - allowed)


def _rebuilt(piece: Problem, part: Draft, rng: np.random.Generator) -> Draft:
    """Return the best of some ways to take tasks out of a piece and put them, or others, back greedily."""
    candidates = all_candidates(piece)
    best = part if part else greedy(piece, (), candidates)
    best_goal = None
    served = [task for _, sequence in part for task, _ in sequence]
    for _ in range(int(rng.choice(REBUILDS)) if served else 0):
        share = rng.uniform(0.3, 0.9)
        out = {task for task, drawn in zip(served, rng.random(len(served)).tolist(), strict=True) if drawn < share}
        kept = tuple((k, tuple(pair for pair in sequence if pair[0] not in out)) for k, sequence in part)
        kept = tuple((k, sequence) for k, sequence in kept if sequence)
        if not _feasible(piece, kept):  # roads need not obey the triangle inequality
            continue
        seen = [rows.take(rng.random(len(rows.task)) >= BLINK) for rows in candidates]
        built = greedy(piece, kept, seen)
        reached = goal(piece, built)
        if best_goal is None or reached > best_goal:
            best, best_goal = built, reached
    return best


def _feasible(piece: Problem, draft: Draft) -> bool:
    return all(schedule(piece, k, sequence) is not None for k, sequence in draft) and groups_fit(piece, draft)


def _descend(piece: Problem, start: Draft, seconds: float) -> tuple[Draft, bool]:
    """Return where OR-Tools' descent gets from a start, or the start if that is no better, and whether time ran out."""
    built = build_model(piece)
    parameters = descent(seconds)
    built.routing.CloseModelWithParameters(parameters)
    routes = as_routes(built, start)
    hint = None if routes is None else built.routing.ReadAssignmentFromRoutes(routes, True)
    if hint is None:
        return start, False
    assignment = built.routing.SolveFromAssignmentWithParameters(hint, parameters)
    cut_short = built.routing.status() in TIMED_OUT
    if assignment is None:
        return start, cut_short
    found = as_draft(built, assignment)
    better = _feasible(piece, found) and goal(piece, found) >= goal(piece, start)
    return (found if better else start), cut_short

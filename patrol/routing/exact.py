"""The best plan of a small problem, proved: CP-SAT over every rule, for tests to hold the engines to.

A plan here is a draft and the legs that have its rests: its times are then the earliest (see
:func:`patrol.routing.schedule.timed`). Where those are left to each route, some plans of this module cannot be had:
``timed`` then picks the leg by which a route is home first, which may make a tied task or one with a due time begin
later. What is proved is therefore never below what a search can find by either way of placing rests.

Aid where there is no room at home is a rule on the finished plan: the model knows nothing of it. A plan that breaks it
is forbidden, with all others in which the same shift has the same room for the same task, and the next best is sought.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ortools.sat.python import cp_model

from patrol.routing.exact_model import build
from patrol.routing.exact_tours import HOME, Built, Tour
from patrol.routing.model import Problem, Solution
from patrol.routing.rules import Draft, Goal, at_home, goal, late_price
from patrol.routing.schedule import timed
from patrol.routing.verify_aid import Visit, least_work, needless_aid

MOST_TURNED = 4  # stops of a route that is forbidden in every order at once
MOST_BESIDE = 16  # ways of the routes tied to one that is forbidden with all of them at once

Path = tuple[int, ...]  # nodes of a tour in order, home left out


@dataclass(frozen=True, slots=True)
class Proof:
    """The best plan found and how sure that is.

    Attributes
    ----------
    status : str
        ``optimal``, ``feasible`` (effort ran out: the plan is sound, a better one may exist) or ``unknown`` (none was
        found, and the draft is empty).
    rests : mapping
        Leg that has the rest of each shift with a break that serves something, as ``timed`` takes it.
    goal : tuple
        Of the draft, lateness taken off.
    effort : float
        Deterministic time that CP-SAT spent.
    forbidden : int
        Plans met that were as good by the model but are not to be had: most had a zone ask for aid in vain.
    """

    status: str
    draft: Draft
    rests: Mapping[int, int]
    goal: Goal
    effort: float
    forbidden: int


def proved(problem: Problem, *, deterministic_time: float = 30.0, hint: Draft | None = None) -> Proof:
    """Return the best plan of a small problem, by every rule and the goals of :func:`patrol.routing.rules.goal`.

    Seven tasks of two directions and four shifts mostly take a tenth of a second, and up to ten where all can be
    served. Repeatable: one worker, and effort in CP-SAT's own deterministic time, which does not hang on the machine.

    Parameters
    ----------
    deterministic_time : float
        Effort at most, about seconds of a fast machine, over all attempts.
    hint : tuple, optional
        A draft to start from; need not be good, nor sound.
    """
    built = build(problem)
    _hint(built, hint or ())
    spent, forbidden, best = 0.0, 0, Proof("unknown", (), {}, goal(problem, ()), 0.0, 0)
    while True:
        solver = _solver(deterministic_time - spent)
        status = solver.solve(built.model)
        spent += solver.response_proto.deterministic_time
        if status == cp_model.MODEL_INVALID:
            raise AssertionError(built.model.validate())
        if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            nothing_else = best.status == "feasible" and status == cp_model.INFEASIBLE
            return replace(best, status="optimal" if nothing_else else best.status, effort=spent, forbidden=forbidden)
        draft, rests = _read(built, solver)
        routes = timed(problem, draft, rests)
        if routes is None:
            raise AssertionError(f"the exact model allows what the schedule does not: {draft}, {rests}")
        aided = tuple(needless_aid(problem, Solution("exact", 1, 0, "exhausted", routes, (), 0, 0)))
        found = goal(problem, draft, late_price(problem, routes))
        if not aided and (best.status == "unknown" or found > best.goal):
            best = Proof("feasible", draft, rests, found, 0.0, 0)
        known = best.status == "feasible" and best.goal >= _goal(built, solver)
        if known or status == cp_model.FEASIBLE:
            sure = "optimal" if status == cp_model.OPTIMAL else best.status
            return replace(best, status=sure, effort=spent, forbidden=forbidden)
        forbidden += 1
        _forbid(built, draft, rests, aided)
        _hint(built, draft)


def _solver(deterministic_time: float) -> Any:
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = 1
    solver.parameters.max_deterministic_time = max(0.0, deterministic_time)
    return solver


def _goal(built: Built, solver: Any) -> Goal:
    """Return the goals as the model has them, in whole numbers."""
    pinned, weight, value = (int(solver.value(sum(terms))) for terms in (built.pinned, built.weight, built.value))
    return pinned, weight, value


def _path(tour: Tour, solver: Any) -> list[int]:
    """Return the nodes of a tour in the order visited, home first."""
    after = {a: b for (a, b), literal in tour.arcs.items() if solver.boolean_value(literal)}
    path = [HOME]
    while after.get(path[-1], HOME) != HOME:
        path.append(after[path[-1]])
    return path


def _read(built: Built, solver: Any) -> tuple[Draft, dict[int, int]]:
    """Return the draft and the legs that have its rests."""
    draft, rests = [], {}
    for number, tour in enumerate(built.tours):
        path = _path(tour, solver)
        if len(path) == 1:
            continue
        draft.append((number, tuple(tour.visits[node - 1] for node in path[1:])))
        if tour.rests:
            on = [leg for leg, node in enumerate(path) if solver.boolean_value(tour.rests[node])]
            rests[number] = on[0] if on else -1 if solver.boolean_value(tour.rested) else len(path)
    return tuple(draft), rests


def _forbid(built: Built, draft: Draft, rests: Mapping[int, int], aided: tuple[tuple[int, int, int], ...]) -> None:
    """Forbid the plan found: if it aids in vain, in every form that leaves a shift at home the same room."""
    stops = dict(draft)
    paths = [
        tuple(tour.visits.index(stop) + 1 for stop in stops.get(number, ())) for number, tour in enumerate(built.tours)
    ]
    if not aided:  # the earliest times cost more than the model's: a due window before another
        state = [one for number, path in enumerate(paths) for one in _driven(built, number, path)]
        taken = [_rest_literal(built.tours[number], paths[number], leg) for number, leg in rests.items()]
        built.model.add_bool_or(~one for one in (*state, *taken))
    tied = {task for tie in built.problem.ties for task in (tie.first, tie.second)}
    bound = [k for k, path in enumerate(paths) if any(built.tours[k].visits[node - 1][0] in tied for node in path)]
    for task, _, home in aided:
        others = [k for k in bound if k != home and home in bound]
        same = [[(k, path) for path in (paths[k], *_turned(built.tours[k], [paths[k]]))] for k in others]
        for route in (paths[home], *_alike(built.tours[home], paths[home], whole=home in bound)):
            for beside in itertools.islice(itertools.product(*same), MOST_BESIDE):
                _no_aid_beside(built, task, home, {home: route, **dict(beside)}, timely=home in bound)


def _alike(tour: Tour, path: Path, *, whole: bool) -> Iterator[Path]:
    """Yield a route in every order and by every way of its stops, and of some of its stops unless as a whole only."""
    for size in range(len(path) if whole else 0, len(path) + 1):
        yield from _turned(tour, itertools.permutations(path, size) if len(path) <= MOST_TURNED else [path])


def _turned(tour: Tour, orders: Iterable[Path]) -> Iterator[Path]:
    """Yield every way to serve the stops of each order."""
    for order in orders:
        tasks = [tour.visits[node - 1][0] for node in order]
        yield from itertools.product(*([k for k, visit in enumerate(tour.visits, 1) if visit[0] == t] for t in tasks))


def _no_aid_beside(built: Built, task: int, home: int, paths: Mapping[int, Path], *, timely: bool) -> None:
    """Forbid aid for a task while a shift at home and those tied to it have these routes, if it has room then.

    Whatever rests are taken, if there is room with all; else with those that leave room.
    """
    state = [one for k, path in paths.items() for one in _driven(built, k, path)]
    if any(one is None for one in state) or any(built.tours[home].visits[node - 1][0] == task for node in paths[home]):
        return
    rooms = list(_rooms(built, task, home, paths)) if timely else [((), _room(built, task, home, paths[home], {}))]
    found = [least for _, least in rooms if least is not None]
    if found and len(found) == len(rooms):
        _no_aid(built, task, home, state, max(found))
    else:
        for rests, least in rooms:
            if least is not None:
                _no_aid(built, task, home, [*state, *rests], least)


def _rooms(built: Built, task: int, home: int, paths: Mapping[int, Path]) -> Iterator[tuple[list[Any], int | None]]:
    """Yield the literals of all rests that tied routes may have, and the least work with one task more at home."""
    draft = tuple((k, tuple(built.tours[k].visits[node - 1] for node in path)) for k, path in sorted(paths.items()))
    resting = [k for k, _ in draft if built.tours[k].rests]
    for legs in itertools.product(*(range(-1, len(paths[k]) + 2) for k in resting)):
        rests = dict(zip(resting, legs, strict=True))
        routes = timed(built.problem, draft, rests)
        if routes is not None:
            starts = {stop.task: stop.start for route in routes for stop in route.stops if stop.kind == "task"}
            literals = [_rest_literal(built.tours[k], paths[k], leg) for k, leg in rests.items()]
            yield literals, _room(built, task, home, paths[home], starts)


def _room(built: Built, task: int, home: int, path: Path, starts: Mapping[int, int]) -> int | None:
    """Return the least work of a shift at home with one task more, its tied tasks at their starts; None: no room."""
    problem = built.problem
    tied = {number for tie in problem.ties for number in (tie.first, tie.second)}
    stops = [built.tours[home].visits[node - 1] for node in path]
    visits: list[Visit] = [
        (number, problem.tasks[number].options[option], starts[number] if number in tied else None)
        for number, option in stops
    ]
    return least_work(problem, home, visits, task)


def _no_aid(built: Built, task: int, home: int, state: list[Any], least: int) -> None:
    """Forbid aid for a task on a shift's day while a state holds and the shift's group has hours for ``least``."""
    problem, shift = built.problem, built.problem.shifts[home]
    unless = [~one for one in state]
    if shift.group:
        others = [k for k, other in enumerate(problem.shifts) if other.group == shift.group and k != home]
        short = built.model.new_bool_var(f"too little of {shift.group} left for task {task}")
        worked = sum(built.tours[k].work_s for k in others)
        built.model.add(worked > shift.group_max_s - least).only_enforce_if(short)
        unless.append(short)
    for crew, tour in zip(problem.shifts, built.tours, strict=True):
        if crew.day == shift.day and not at_home(problem.tasks[task], crew):
            for node, visit in enumerate(tour.visits, 1):
                if visit[0] == task:
                    built.model.add_bool_or(tour.stays[node], *unless)


def _driven(built: Built, number: int, path: Path) -> list[Any]:
    """Return the literals of a route's legs, None among them for one that cannot be driven."""
    tour = built.tours[number]
    legs = itertools.pairwise((HOME, *path, HOME)) if path else ()
    return [tour.arcs.get(leg) for leg in legs] or [tour.stays[HOME]]


def _rest_literal(tour: Tour, path: Path, leg: int) -> Any:
    """Return the literal that a route has its rest on a leg, see ``schedule.Rests``."""
    if leg < 0:
        return tour.rested
    return tour.home_first if leg > len(path) else tour.rests[(HOME, *path)[leg]]


def _hint(built: Built, draft: Draft) -> None:
    """Hint at the legs of a draft; what it does not say, CP-SAT completes."""
    built.model.clear_hints()
    sequences = dict(draft)
    for number, tour in enumerate(built.tours):
        nodes = {visit: node for node, visit in enumerate(tour.visits, 1)}
        path = [HOME, *(nodes[visit] for visit in sequences.get(number, ()) if visit in nodes), HOME]
        driven = set(itertools.pairwise(path)) if len(path) > 2 else set()
        for pair, literal in tour.arcs.items():
            built.model.add_hint(literal, pair in driven)
        for node, literal in enumerate(tour.stays):
            built.model.add_hint(literal, node not in path if node else len(path) == 2)

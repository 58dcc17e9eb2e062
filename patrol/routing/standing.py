"""A plan as it stands, and what it is worth with some tasks more or fewer: every rule of the model asked each time."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from patrol.routing.model import Dropped, Problem, Route, Solution
from patrol.routing.packed import pack
from patrol.routing.reckoning import reckon
from patrol.routing.rules import (
    Draft,
    Goal,
    Sequence,
    goal,
    groups_fit,
    late_price,
    may_serve,
    options_of,
    route_value,
    series_fit,
    served,
    tied_groups,
    ties_whole,
)
from patrol.routing.schedule import Rests, schedule, timed
from patrol.routing.verify_aid import needless_aid

MOST_PLACES = 30  # places of one task that are looked at with all rules, the cheapest first
MOST_OF_MANY = 8  # of each task of several that are put in together
MOST_DRAFTS = 60  # of several tasks together that are judged
MOST_HELPED = 8  # of these that are held to the rule of aid, the best first
MOST_RESTS = 40  # ways to place the rests of routes whose times hang on one another


@dataclass(frozen=True, slots=True)
class Standing:
    """A sound plan of a problem: its sequences, the legs that have its rests, its goals."""

    problem: Problem
    draft: Draft
    rests: Rests
    goal: Goal

    def serves(self, task: int) -> bool:
        """Return whether a route serves a task."""
        return any(task == number for _, sequence in self.draft for number, _ in sequence)


def standing_of(problem: Problem, solution: Solution) -> Standing | None:
    """Return a solution as a standing plan, None if it breaks rules."""
    draft = tuple(sorted((route.shift, served(route)) for route in solution.routes))
    rests = {route.shift: _rest_of(problem, route) for route in solution.routes}
    return judged(problem, draft, {k: leg for k, leg in rests.items() if leg is not None})


def _rest_of(problem: Problem, route: Route) -> int | None:
    """Return the leg of a route that has its rest, as ``schedule.Rests`` has it; None without a break."""
    pause = problem.shifts[route.shift].pause
    if pause is None:
        return None
    for place, stop in enumerate(route.stops):
        if stop.kind == "break":
            return place
    return len(route.stops) + 1 if route.finish <= pause.latest else -1


def judged(problem: Problem, draft: Draft, rests: Rests | None = None) -> Standing | None:
    """Return a draft with its goals, or None if it breaks a rule; aid that is not needed goes to the crews at home."""
    found = roughly(problem, draft, rests)
    return None if found is None else _helped(found)


def roughly(problem: Problem, draft: Draft, rests: Rests | None = None) -> Standing | None:
    """Return a draft with its goals by every rule but that of aid where crews at home have room: that one is slow."""
    draft = tuple((k, sequence) for k, sequence in draft if sequence)
    if not (series_fit(problem, draft) and ties_whole(problem, draft) and groups_fit(problem, draft)):
        return None
    found = _clock(problem, draft, rests or {})
    return None if found is None else _standing(problem, draft, *found)


def _standing(problem: Problem, draft: Draft, routes: tuple[Route, ...], rests: Rests) -> Standing:
    return Standing(problem, draft, rests, goal(problem, draft, late_price(problem, routes)))


def _helped(plan: Standing) -> Standing | None:
    """Return the plan with no aid that is not needed, None if it cannot be kept so."""
    problem = plan.problem
    if not any(task.aid == "room" for task in problem.tasks) or not _needless(plan):
        return plan
    less = reckon(pack(problem), plan.draft, plan.rests)
    again = None if less is None else roughly(problem, less.draft, less.rests)
    return None if again is None or _needless(again) else again


def _needless(plan: Standing) -> bool:
    routes = timed(plan.problem, plan.draft, plan.rests) or ()
    return any(True for _ in needless_aid(plan.problem, as_solution(routes)))


def as_solution(routes: tuple[Route, ...], dropped: tuple[Dropped, ...] = (), goals: Goal = (0, 0, 0)) -> Solution:
    """Return routes as a solution, for those who judge solutions."""
    return Solution("explain", 0, 0, "exhausted", routes, dropped, goals[1], goals[2])


def solution_of(plan: Standing) -> Solution:
    """Return a standing plan as a solution with every task that it leaves out."""
    routes = timed(plan.problem, plan.draft, plan.rests)
    if routes is None:
        raise AssertionError("a standing plan cannot be timed")
    done = {task for _, sequence in plan.draft for task, _ in sequence}
    left = tuple(Dropped(task, "not_placed") for task in range(len(plan.problem.tasks)) if task not in done)
    return as_solution(routes, left, plan.goal)


def _clock(problem: Problem, draft: Draft, rests: Rests) -> tuple[tuple[Route, ...], dict[int, int]] | None:
    """Return the routes with their times, by the rests given, by each route's own, or by any that agree."""
    for given in (dict(rests), {}) if rests else ({},):
        routes = timed(problem, draft, given)
        if routes is not None:
            return routes, given
    tied = {task for tie in problem.ties for task in (tie.first, tie.second)}
    resting = [(k, len(sequence)) for k, sequence in draft if problem.shifts[k].pause is not None
               and any(task in tied for task, _ in sequence)]  # fmt: skip
    if resting:
        legs = itertools.product(*(range(-1, stops + 3) for _, stops in resting))
        for one in itertools.islice(legs, MOST_RESTS):
            given = {k: leg for (k, _), leg in zip(resting, one, strict=True)}
            routes = timed(problem, draft, given)
            if routes is not None:
                return routes, given
    return None


def without(plan: Standing, tasks: Collection[int]) -> Standing | None:
    """Return the plan without some tasks by every rule but that of aid, None if what is left breaks one."""
    kept = tuple((k, tuple(stop for stop in sequence if stop[0] not in tasks)) for k, sequence in plan.draft)
    changed = {k for (k, new), (_, old) in zip(kept, plan.draft, strict=True) if new != old}
    return roughly(plan.problem, kept, {k: leg for k, leg in plan.rests.items() if k not in changed})


def with_them(problem: Problem, tasks: Collection[int]) -> frozenset[int]:
    """Return tasks with all that cannot be served without them: their tied groups, later ones of their series."""
    found = set(tasks)
    for group in tied_groups(problem):
        if found & set(group):
            found |= set(group)
    for series in problem.series:
        first = next((k for k, task in enumerate(series.tasks) if task in found), len(series.tasks))
        found |= set(series.tasks[first:])
    return frozenset(found)


def best_with(plan: Standing, tasks: tuple[int, ...], only: Collection[int] | None = None) -> Standing | None:
    """Return the best plan found that serves some tasks more, all others in their order; None if none was found.

    Parameters
    ----------
    tasks : tuple of int
        Put in one after the other, and judged together.
    only : collection of int, optional
        Shifts that may take them.
    """
    most = MOST_PLACES if len(tasks) == 1 else MOST_OF_MANY
    drafts = _put_in(plan.problem, dict(plan.draft), tasks, only, most)
    found = [
        roughly(plan.problem, draft, {k: leg for k, leg in plan.rests.items() if k not in changed})
        for draft, changed in itertools.islice(drafts, MOST_DRAFTS)
    ]
    sound = sorted((one for one in found if one is not None), key=lambda one: one.goal, reverse=True)
    return next((one for rough in sound[:MOST_HELPED] if (one := _helped(rough)) is not None), None)


def _put_in(
    problem: Problem, draft: dict[int, Sequence], tasks: tuple[int, ...], only: Collection[int] | None, most: int
) -> Iterator[tuple[Draft, frozenset[int]]]:
    """Yield drafts with all tasks put in, and which routes changed, those first that cost least by their legs."""
    if not tasks:
        yield tuple(sorted(draft.items())), frozenset()
        return
    for _, shift, sequence in sorted(_places(problem, draft, tasks[0], only), reverse=True)[:most]:
        for whole, changed in _put_in(problem, {**draft, shift: sequence}, tasks[1:], only, most):
            yield whole, changed | {shift}


def _places(
    problem: Problem, draft: Mapping[int, Sequence], task: int, only: Collection[int] | None
) -> Iterator[tuple[int, int, Sequence]]:
    """Yield what a route gains by a task at each place where the shift alone has room, the shift, the sequence."""
    for shift in range(len(problem.shifts)) if only is None else sorted(only):
        if not may_serve(problem, task, shift):
            continue
        now = draft.get(shift, ())
        before = route_value(problem, shift, now) if now else 0
        for way in options_of(problem.tasks[task], problem.shifts[shift].profile):
            for place in range(len(now) + 1):
                longer = (*now[:place], (task, way), *now[place:])
                if schedule(problem, shift, longer) is not None:
                    yield route_value(problem, shift, longer) - before, shift, longer

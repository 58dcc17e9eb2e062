"""Emergencies come first in a route, not only in a plan: their windows close when the first crew can be there.

The goal of the solver counts which mandatory tasks are served, not when. So each emergency is given to the crew that
can be there first, one after another, the soonest each time; nothing else is in those routes yet. That visit is
possible, and the emergency's windows close when it begins: what is done before it is done on the way and costs it no
time. The emergency is that crew's: two emergencies may need the same crew's first minutes, and what is found here for
all of them together must not be lost in a search for the rest.
"""

from __future__ import annotations

import dataclasses

from patrol.planning.tasks import MANDATORY_EMERGENCY
from patrol.routing.model import Problem, Shift, Task, Window
from patrol.routing.rules import Sequence, groups_fit, may_serve, options_of, windows_on
from patrol.routing.schedule import schedule
from patrol.units import DAY_S, UNREACHABLE

Visit = tuple[int, int, int, int]  # day, second at which service begins, shift, option
Routes = dict[int, list[tuple[int, int]]]  # by shift: the (task, option) of its emergencies, in order


def emergencies_first(problem: Problem) -> Problem:
    """Return a problem whose emergencies must be reached as soon as a crew can that does nothing else before.

    Emergencies that no crew can reach are left as they are, and no emergency is given to a shift that could not do
    its pinned tasks besides: no mark made by hand costs an emergency, or the other way round.
    """
    return with_routes(problem)[0]


def with_routes(problem: Problem) -> tuple[Problem, Routes]:
    """Return the problem of :func:`emergencies_first` with the routes of emergencies that its windows were made from.

    Of a problem that it has returned already the routes are the same.
    """
    routes: Routes = {}
    left = {k: _ranked(problem, k) for k, task in enumerate(problem.tasks) if task.mandatory >= MANDATORY_EMERGENCY}
    found = {task: _first_visit(problem, task, ranked, routes) for task, ranked in left.items()}
    while soonest := [(visit, task) for task, visit in found.items() if visit is not None]:
        (day, begins, shift, option), task = min(soonest)
        routes.setdefault(shift, []).append((task, option))
        soon = _closing(problem.tasks[task], problem.days, day, begins)
        problem = _with(problem, task, dataclasses.replace(soon, shifts=(shift,)))
        del left[task], found[task]
        group = problem.shifts[shift].group
        for other, visit in found.items():
            if visit is not None and (visit[2] == shift or (group and problem.shifts[visit[2]].group == group)):
                found[other] = _first_visit(problem, other, left[other], routes)
    return problem, routes


def _with(problem: Problem, number: int, task: Task) -> Problem:
    return dataclasses.replace(problem, tasks=(*problem.tasks[:number], task, *problem.tasks[number + 1 :]))


def _ranked(problem: Problem, task: int) -> list[Visit]:
    """Return no visits yet but their earliest possible beginnings, the soonest first: as if each shift were empty."""
    found = []
    for number, shift in enumerate(problem.shifts):
        if not may_serve(problem, task, number):
            continue
        travel = problem.profiles[shift.profile].travel_s
        for option in options_of(problem.tasks[task], shift.profile):
            way = int(travel[shift.start, problem.tasks[task].options[option].entry])
            if way < UNREACHABLE:
                found.append((shift.day, _opening(problem.tasks[task], shift, shift.opens + way), number, option))
    return sorted(found)


def _opening(task: Task, shift: Shift, ready: int) -> int:
    """Return when service may begin for a crew that is there at some second, as if it could stay for ever."""
    return min((max(opens, ready) for opens, closes in windows_on(task, shift) if ready <= closes), default=DAY_S)


def _first_visit(problem: Problem, task: int, ranked: list[Visit], routes: Routes) -> Visit | None:
    """Return the soonest visit that fits after the emergencies that the shifts have already."""
    best: Visit | None = None
    for day, begins, shift, option in ranked:
        if best is not None and (day, begins) >= best[:2]:
            break  # ranked by what an empty shift could do: the rest cannot be sooner
        sequence = (*routes.get(shift, ()), (task, option))
        route = schedule(problem, shift, sequence)
        if route is None:
            continue
        visit = (day, route.stops[-1].start, shift, option)
        if (best is None or visit < best) and _has_room(problem, visit, sequence, routes):
            best = visit
    return best


def _has_room(problem: Problem, visit: Visit, sequence: Sequence, routes: Routes) -> bool:
    """Return whether a shift's emergencies leave room for what is pinned to it, and its group has the hours."""
    day, begins, shift, _ = visit
    draft = {**{number: tuple(pairs) for number, pairs in routes.items()}, shift: sequence}
    if not groups_fit(problem, tuple(sorted(draft.items()))):
        return False
    served, crew, last = {number for number, _ in sequence}, problem.shifts[shift], sequence[-1][0]
    pinned = [k for k, task in enumerate(problem.tasks) if task.pinned and task.shifts == (shift,) and k not in served]
    if pinned:
        problem = _with(problem, last, _closing(problem.tasks[last], problem.days, day, begins))
    for number in pinned:
        longer = (
            (*sequence[:place], (number, option), *sequence[place:])
            for option in options_of(problem.tasks[number], crew.profile)
            for place in range(len(sequence), -1, -1)
        )
        fitting = next((pairs for pairs in longer if schedule(problem, shift, pairs)), None)
        if fitting is None:
            return False
        sequence = fitting
    return True


def _closing(task: Task, days: int, day: int, begins: int) -> Task:
    """Return a task whose windows close when the first visit begins: none after it."""
    windows = task.windows or tuple(Window(number, 0, DAY_S) for number in range(days))
    kept = [window for window in windows if (window.day, window.opens) <= (day, begins)]
    closed = [
        dataclasses.replace(window, closes=min(window.closes, begins)) if window.day == day else window
        for window in kept
    ]
    return dataclasses.replace(task, windows=tuple(closed))

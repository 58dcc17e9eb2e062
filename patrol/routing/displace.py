"""Which tasks have the place of one that is left out: those it would cost least to put out for it.

In a shift that might serve the task, single stops and pairs are put out (those of shifts that share its hours too)
until it fits; where that is not enough, or several tied tasks come in at once, whole routes are emptied, and what
still fits beside comes back, the dearest first.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

from patrol.routing.model import Problem, goal_weights
from patrol.routing.rules import Goal, may_serve, options_of, route_value, route_work
from patrol.routing.standing import Standing, best_with, judged, with_them, without
from patrol.routing.unfit import Ways

MOST_SETS = 60  # sets of tasks of one shift that are put out
MOST_SHIFTS = 12  # of those that might serve the task, each tried in full
MOST_EMPTIED = 12  # ways to empty routes for several tasks


@dataclass(frozen=True, slots=True)
class Swap:
    """A plan with some tasks in and others out, the plan between, and what went out."""

    out: tuple[int, ...]
    between: Standing
    after: Standing


@dataclass(frozen=True, slots=True)
class Figure:
    """What a task brings to the plan it is in: weight of the first goal, milli-ECM with its ways, seconds of work."""

    task: int
    weight: int
    value: int
    seconds: int

    @property
    def value_per_hour(self) -> float:
        """Milli-ECM an hour; of no time at all what it is worth in one second."""
        return self.value * 3600 / max(1, self.seconds)


def swap_for(plan: Standing, tasks: tuple[int, ...], ways: Ways) -> Swap | None:
    """Return the cheapest exchange found that lets some tasks in; ``ways`` are those in which the first fits alone."""
    best: Swap | None = None
    for shift in sorted({k for k, _ in ways}, key=lambda k: _poorest(plan, k))[:MOST_SHIFTS] if len(tasks) == 1 else ():
        for out in itertools.islice(_sets(plan, shift), MOST_SETS):
            found = _swap(plan, tasks, out, {shift})
            if found is not None:
                best = _better(best, found)
                break
    if best is not None:
        return best
    for shifts in itertools.islice(_emptied(plan, tasks, ways), MOST_EMPTIED):
        found = _emptied_swap(plan, tasks, shifts)
        if found is not None:
            best = _better(best, found)
    return best


def _better(best: Swap | None, found: Swap) -> Swap:
    return found if best is None or found.after.goal > best.after.goal else best


def _swap(plan: Standing, tasks: tuple[int, ...], out: tuple[int, ...], only: set[int] | None) -> Swap | None:
    gone = tuple(sorted(with_them(plan.problem, out) & _served(plan)))
    if set(gone) & set(tasks):
        return None
    between = without(plan, gone)
    after = None if between is None else best_with(between, tasks, only)
    return None if between is None or after is None else Swap(gone, between, after)


def _served(plan: Standing) -> set[int]:
    return {task for _, sequence in plan.draft for task, _ in sequence}


def _poorest(plan: Standing, shift: int) -> tuple[int, float]:
    """Order shifts by their poorest stop: there a place costs least."""
    return min(((one.weight, one.value_per_hour) for one in figures(plan, shift)), default=(0, 0.0))


def figures(plan: Standing, shift: int) -> list[Figure]:
    """Return what each stop of a route brings, by the route with and without it."""
    problem, sequence = plan.problem, dict(plan.draft).get(shift, ())
    if not sequence:
        return []
    weights = goal_weights(problem)
    value, work = route_value(problem, shift, sequence), route_work(problem, shift, sequence)
    found = []
    for stop in sequence:
        rest = tuple(other for other in sequence if other != stop)
        less = (route_value(problem, shift, rest), route_work(problem, shift, rest)) if rest else (0, 0)
        found.append(Figure(stop[0], weights[stop[0]], value - less[0], work - less[1]))
    return found


def figure_of(plan: Standing, task: int) -> Figure:
    """Return what a task brings to a plan that serves it."""
    shift = next(k for k, sequence in plan.draft if any(number == task for number, _ in sequence))
    return next(one for one in figures(plan, shift) if one.task == task)


def _sets(plan: Standing, shift: int) -> Iterator[tuple[int, ...]]:
    """Yield what to put out for a place in a shift: single stops by what they bring, then pairs."""
    problem = plan.problem
    group = problem.shifts[shift].group
    sharing = [k for k, _ in plan.draft if k == shift or (group and problem.shifts[k].group == group)]
    stops = sorted((one for k in sharing for one in figures(plan, k)), key=lambda one: (one.weight, one.value))
    yield from ((one.task,) for one in stops)
    pairs = sorted(itertools.combinations(stops, 2), key=_brought)
    yield from ((a.task, b.task) for a, b in pairs)


def _brought(out: tuple[Figure, ...]) -> tuple[int, int]:
    """Return what tasks bring together, without the ways that both save."""
    return sum(one.weight for one in out), sum(one.value for one in out)


def _emptied(plan: Standing, tasks: tuple[int, ...], ways: Ways) -> Iterator[tuple[int, ...]]:
    """Yield shifts to empty: one a task, that may serve it, all different."""
    first = sorted({k for k, _ in ways})
    able = [first, *(_able(plan.problem, task) for task in tasks[1:])]
    yield from (one for one in itertools.product(*able) if len(set(one)) == len(one))


def _able(problem: Problem, task: int) -> list[int]:
    wanted = problem.tasks[task]
    shifts = enumerate(problem.shifts)
    return [k for k, crew in shifts if may_serve(problem, task, k) and options_of(wanted, crew.profile)]


def _emptied_swap(plan: Standing, tasks: tuple[int, ...], shifts: tuple[int, ...]) -> Swap | None:
    problem = plan.problem
    groups = {problem.shifts[k].group for k in shifts} - {""}
    cleared = {k for k, _ in plan.draft if k in shifts or problem.shifts[k].group in groups}
    stops = sorted(
        (one for k in sorted(cleared) for one in figures(plan, k)),
        key=lambda one: (one.weight, one.value),
        reverse=True,
    )
    found = _swap(plan, tasks, tuple(one.task for one in stops), set(shifts))
    if found is None:
        return None
    out = set(found.out)
    for one in stops:
        if one.task in out:
            back = out - with_them(problem, {one.task})
            less = _swap(plan, tasks, tuple(sorted(back)), set(shifts))
            if less is not None and set(less.out) < out:
                out, found = set(less.out), less
    return found


def as_before(plan: Standing, problem: Problem) -> Standing | None:
    """Return the same routes as a plan of another problem."""
    return judged(problem, plan.draft, plan.rests)


def gains(after: Goal, before: Goal) -> tuple[int, int]:
    """Return weight (a task set by hand above all others) and milli-ECM that a plan has more than another."""
    return (after[0] - before[0]) * 2**32 + after[1] - before[1], after[2] - before[2]

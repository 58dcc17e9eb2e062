"""Rules that bind tasks and routes to one another, in an OR-Tools routing model: ties, series, lateness, balance, load.

The objective of a routing model is a sum over arcs and cumuls. What is a matter of the whole plan (misses of series,
hours out of balance, the largest lateness) becomes the cumul of a node of its own on a vehicle that stands still, and
its price a soft bound on that cumul.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from patrol.routing.model import Problem, Series, big_weight, misses
from patrol.routing.rules import tied_groups
from patrol.units import DAY_S

MOST = 2**36  # of a figure of the whole plan
Expr = Any


@dataclass(frozen=True, slots=True)
class Tasks:
    """Expressions about tasks: served or not, start from midnight of day 0, day, shift; 0 if it is not served."""

    served: dict[int, Expr]
    start: dict[int, Expr]
    day: dict[int, Expr]
    shift: dict[int, Expr]


def count_figures(problem: Problem) -> int:
    """Return how many figures of the whole plan a problem has."""
    return len(problem.series) + len(problem.balances) + bool(problem.max_late_price)


def add_rules(
    problem: Problem, routing: Any, places: dict[int, list[tuple[int, int | None]]], spare: list[int]
) -> None:
    """Add all rules of this module to a model with its dimensions.

    Parameters
    ----------
    places : dict
        By task: its (index in the model, due time or None).
    spare : list of int
        Indexes of the nodes for figures of the whole plan, as many as :func:`count_figures` says, in their order.
    """
    bound = sorted({
        *(task for series in problem.series for task in series.tasks),
        *(task for tie in problem.ties for task in (tie.first, tie.second)),
    })  # fmt: skip
    tasks = _express(problem, routing, {task: [k for k, _ in places.get(task, ())] for task in bound})
    _add_ties(problem, routing, tasks)
    figures: list[tuple[Expr, int]] = []
    big = big_weight(problem)
    figures += [(_misses(problem, routing, tasks, series), series.weight * big) for series in problem.series]
    figures += _balances(problem, routing)
    if problem.max_late_price:
        figures.append((_worst(routing, places), problem.max_late_price))
    if not figures:
        return
    plan = routing.GetDimensionOrDie("plan")
    for index, (figure, price) in zip(spare, figures, strict=True):
        routing.solver().Add(plan.CumulVar(index) >= figure)
        plan.SetCumulVarSoftUpperBound(index, 0, price)
        routing.AddVariableMinimizedByFinalizer(plan.CumulVar(index))


def _express(problem: Problem, routing: Any, indexes: dict[int, list[int]]) -> Tasks:
    solver, clock = routing.solver(), routing.GetDimensionOrDie("time")
    days = [0, *(shift.day for shift in problem.shifts), 0]  # by vehicle + 1; the last stands still
    tasks = Tasks({}, {}, {}, {})
    for task, nodes in indexes.items():
        served, start, day, shift = [], [], [], []
        for index in nodes:
            active = routing.ActiveVar(index)
            vehicle = (routing.VehicleVar(index) + 1).Var()
            on = solver.Element(days, vehicle)
            served.append(active)
            start.append(active * clock.CumulVar(index) + on * DAY_S)
            day.append(on)
            shift.append(vehicle)
        zero = solver.IntConst(0)
        tasks.served[task], tasks.start[task], tasks.day[task], tasks.shift[task] = (
            solver.Sum(parts).Var() if parts else zero for parts in (served, start, day, shift)
        )
    return tasks


def _add_ties(problem: Problem, routing: Any, tasks: Tasks) -> None:
    """Keep tied tasks all or none, apart as their ties ask, on different shifts."""
    solver = routing.solver()
    for tie in problem.ties:
        one, other = tasks.served[tie.first], tasks.served[tie.second]
        apart = tasks.start[tie.second] - tasks.start[tie.first]
        solver.Add(one == other)
        solver.Add(apart >= one * tie.lo)
        solver.Add(apart <= one * tie.hi)
    for group in tied_groups(problem):
        for number, task in enumerate(group):
            for partner in group[:number]:
                solver.Add(abs(tasks.shift[task] - tasks.shift[partner]) >= tasks.served[task])


def _misses(problem: Problem, routing: Any, tasks: Tasks, series: Series) -> Expr:
    """Keep occurrences in order and apart; return how often the series falls overdue."""
    solver, days = routing.solver(), problem.days
    most = misses(series, days, ()) + len(series.tasks) + days
    count = solver.IntVar(0, most, "missed")
    parts: list[Expr] = []
    last, on, due = solver.IntConst(1), solver.IntConst(series.last_day), solver.IntConst(series.first_due)
    far = 2 * days + series.max_gap + abs(series.last_day) + 1
    for task in series.tasks:
        served, day = tasks.served[task], tasks.day[task]
        solver.Add(served <= last)
        solver.Add(day - on >= series.min_gap - far * (1 - served))
        late = solver.BoolVar("late")
        solver.Add(day - due <= far * late + far * (1 - served))
        ends = last * (1 - served)  # nothing after the one before
        parts += [late, _overdue(solver, series, days, due, ends, far)]
        last, on, due = served, day, solver.Max(due, (day + series.max_gap).Var())
    parts.append(_overdue(solver, series, days, due, last, far))
    solver.Add(count == solver.Sum(parts))
    return count


def _overdue(solver: Any, series: Series, days: int, due: Expr, ends: Expr, far: int) -> Expr:
    """Return how often a series falls overdue after its last occurrence, 0 at least where it goes on."""
    count = solver.IntVar(0, days + 1, "overdue")
    solver.Add(count * series.max_gap >= days - due - far * (1 - ends))
    return count


def _balances(problem: Problem, routing: Any) -> list[tuple[Expr, int]]:
    solver, figures = routing.solver(), []
    work = routing.GetDimensionOrDie("work")
    for balance in problem.balances:
        spent = solver.Sum([work.CumulVar(routing.End(k)) for k in balance.shifts])
        figures.append((spent - balance.free_s, balance.price_s))
    return figures


def _worst(routing: Any, places: dict[int, list[tuple[int, int | None]]]) -> Expr:
    """Return the largest lateness of all."""
    solver, clock = routing.solver(), routing.GetDimensionOrDie("time")
    worst = solver.IntVar(0, MOST, "worst")
    for nodes in places.values():
        for index, due in nodes:
            if due is not None:
                solver.Add(worst >= routing.ActiveVar(index) * (clock.CumulVar(index) - due))
    return worst

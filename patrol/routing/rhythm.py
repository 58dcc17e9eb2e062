"""Routes met on one day, driven on others: what comes round is kept best by the same round every so many days.

A search that moves one stop at a time does not find such a rhythm: to put a section of a cycle on another weekday, all
its occurrences must move at once, and those that stand in their place. Among the routes met there is mostly each round
that a rhythm is made of, but on one of its days only. Here it is given to all shifts alike, with the occurrences that
are due there, for CP-SAT to choose from.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from patrol.routing.model import Option, Problem, Series
from patrol.routing.rules import Sequence, may_serve
from patrol.routing.schedule import schedule

Visit = tuple[int, int]  # series and option
MOST = 2_000  # routes, shared out among the shifts


def comes_round(problem: Problem) -> bool:
    """Return whether anything falls due more than once, so that there can be a rhythm."""
    return any(len(series.tasks) > 1 for series in problem.series)


def other_days(problem: Problem, routes: Iterable[tuple[int, Sequence]]) -> list[tuple[int, Sequence]]:
    """Return routes with all that comes round in them, on each day of each shift that goes the same ways.

    Parameters
    ----------
    routes : iterable of (shift, sequence)
        In the order in which they were met.

    Returns
    -------
    list of (shift, sequence)
        Each can be driven alone. The longest of a shift, the last met of those first.
    """
    series_of = {task: number for number, series in enumerate(problem.series) for task in series.tasks}
    alike: dict[tuple[int, int, int], list[int]] = defaultdict(list)
    for number, crew in enumerate(problem.shifts):
        alike[crew.profile, crew.start, crew.end].append(number)
    rounds: dict[tuple[int, int, int], dict[tuple[Visit, ...], None]] = defaultdict(dict)
    for number, sequence in routes:
        crew = problem.shifts[number]
        visits = tuple((series_of[task], option) for task, option in sequence if task in series_of)
        if visits:
            rounds[crew.profile, crew.start, crew.end][visits] = None
    most = max(1, MOST // max(1, len(problem.shifts)))
    out: dict[tuple[int, Sequence], None] = {}
    for key, found in rounds.items():
        met = list(found)
        met.reverse()
        longest = sorted(met, key=len, reverse=True)
        for shift in alike[key]:
            given = 0
            for visits in longest:
                sequence = _on(problem, visits, shift)
                if sequence and (shift, sequence) not in out and schedule(problem, shift, sequence) is not None:
                    out[shift, sequence] = None
                    given += 1
                if given == most:
                    break
    return list(out)


def _on(problem: Problem, visits: tuple[Visit, ...], shift: int) -> Sequence:
    """Return a round as a shift would drive it: of each series the occurrence that is due then, if it may serve it."""
    day, out = problem.shifts[shift].day, []
    for number, way in visits:
        series = problem.series[number]
        task, first = series.tasks[_due(series, day)], problem.tasks[series.tasks[0]].options
        options = problem.tasks[task].options
        alike = way < min(len(options), len(first)) and _same(options[way], first[way])
        if alike and may_serve(problem, task, shift):
            out.append((task, way))
    return tuple(out)


def _due(series: Series, day: int) -> int:
    """Return which occurrence a visit on a day keeps in time if all before it were."""
    return min(max(0, -((series.first_due - day) // series.max_gap)), len(series.tasks) - 1)


def _same(one: Option, other: Option) -> bool:
    return (one.profile, one.entry, one.exit, one.service_s) == (
        other.profile, other.entry, other.exit, other.service_s,
    )  # fmt: skip

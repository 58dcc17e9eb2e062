"""Routes met on one day, driven on others: what comes round is kept best by the same round every so many days.

A search that moves one stop at a time does not find such a rhythm: to put a section of a cycle on another weekday, all
its occurrences must move at once, and those that stand in their place. Among the routes met there is mostly each round
that a rhythm is made of, or nearly, but on one of its days only. Here it is given to all shifts alike, for CP-SAT to
choose from; which occurrence a visit is follows from the days that are chosen, and a visit that is none is left out.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator

from patrol.routing.model import Option, Problem
from patrol.routing.rules import Sequence, may_serve, options_of
from patrol.routing.schedule import schedule

Visit = tuple[int, int]  # series and option
Round = tuple[Visit, ...]
Crew = tuple[int, int, int, int, int]  # profile, start, end, opens, closes
MOST = 1_500  # routes, shared out among the shifts
AGAIN_SHARE = 0.25  # of the series
TRIES = 12_000  # changed rounds that are timed, shared out among crews that go the same ways at the same hours


def comes_round(problem: Problem) -> bool:
    """Return whether so much falls due more than once that there can be a rhythm."""
    again = sum(len(series.tasks) > 1 for series in problem.series)
    return again > 0 and again >= AGAIN_SHARE * len(problem.series)


def alike(problem: Problem) -> frozenset[int]:
    """Return the series whose occurrences differ in days and prizes alone, so that one may be taken for another."""
    return frozenset(
        number for number, series in enumerate(problem.series)
        if len({tuple(map(_way, problem.tasks[task].options)) for task in series.tasks}) == 1
    )  # fmt: skip


def other_days(problem: Problem, routes: Iterable[tuple[int, Sequence]]) -> list[tuple[int, Sequence]]:
    """Return rounds of what comes round, as they were met and changed a little, for every shift that can drive them.

    Parameters
    ----------
    routes : iterable of (shift, sequence)
        In the order in which they were met.

    Returns
    -------
    list of (shift, sequence)
        Each can be driven alone, with some occurrence of each series; no round of a shift is part of another. The
        longest of a shift, the last met of those first.
    """
    series_of = {task: number for number in alike(problem) for task in problem.series[number].tasks}
    crews: dict[Crew, list[int]] = defaultdict(list)
    for number in range(len(problem.shifts)):
        crews[_crew(problem, number)].append(number)
    met: dict[Crew, dict[Round, None]] = defaultdict(dict)
    for number, sequence in routes:
        visits = tuple((series_of[task], option) for task, option in sequence if task in series_of)
        if visits:
            met[_crew(problem, number)][visits] = None
    most, out = max(1, MOST // max(1, len(problem.shifts))), []
    for crew, found in met.items():
        last_first = list(found)[::-1]
        last_first.sort(key=len, reverse=True)
        rounds = [*last_first, *_changed(problem, crews[crew][0], last_first, TRIES // len(met))]
        for shift in crews[crew]:
            out += [(shift, sequence) for sequence in _greatest(problem, shift, rounds)[:most]]
    return out


def _crew(problem: Problem, shift: int) -> Crew:
    one = problem.shifts[shift]
    return one.profile, one.start, one.end, one.opens, one.closes


def _greatest(problem: Problem, shift: int, rounds: list[Round]) -> list[Sequence]:
    """Return rounds that a shift can drive, the longest first, none of them part of another."""
    kept: list[tuple[frozenset[int], Sequence]] = []
    driven = (_on(problem, visits, shift) for visits in rounds)
    for sequence in sorted(driven, key=len, reverse=True):
        tasks = frozenset(task for task, _ in sequence)
        if tasks and not any(tasks <= more for more, _ in kept) and schedule(problem, shift, sequence) is not None:
            kept.append((tasks, sequence))
    return [sequence for _, sequence in kept]


def _changed(problem: Problem, shift: int, rounds: list[Round], tries: int) -> list[Round]:
    """Return rounds with one visit more, or with another instead of one of theirs, and what comes of these again."""
    known = {frozenset(number for number, _ in visits) for visits in rounds}
    new: list[Round] = []
    ahead = deque(rounds)
    while ahead and tries > 0:
        visits = ahead.popleft()
        for changed, numbers in _neighbours(problem, shift, visits):
            if numbers in known:
                continue
            tries -= 1
            if schedule(problem, shift, _on(problem, changed, shift)) is not None:
                known.add(numbers)
                new.append(changed)
                ahead.append(changed)
    return new


def _neighbours(problem: Problem, shift: int, visits: Round) -> Iterator[tuple[Round, frozenset[int]]]:
    """Yield a round with each other series put in where the way is least, with all its visits and without each one."""
    others = sorted(
        number for number in alike(problem) - {number for number, _ in visits}
        if any(may_serve(problem, task, shift) for task in problem.series[number].tasks)
    )  # fmt: skip
    for rest in (visits, *(visits[:k] + visits[k + 1 :] for k in range(len(visits)))):
        kept = frozenset(number for number, _ in rest)
        for number in others:
            changed = _put_in(problem, shift, rest, number)
            if changed:
                yield changed, kept | {number}


def _put_in(problem: Problem, shift: int, visits: Round, number: int) -> Round:
    """Return a round with a series put in where the way there and on takes least; nothing if it has no way."""
    crew = problem.shifts[shift]
    travel = problem.profiles[crew.profile].travel_s
    first = problem.tasks[problem.series[number].tasks[0]]
    ways = [problem.tasks[problem.series[one].tasks[0]].options[way] for one, way in visits]
    leaves, enters = [crew.start, *(way.exit for way in ways)], [*(way.entry for way in ways), crew.end]
    places = [
        (int(travel[a, first.options[way].entry]) + int(travel[first.options[way].exit, b]) - int(travel[a, b]), k, way)
        for k, (a, b) in enumerate(zip(leaves, enters, strict=True))
        for way in options_of(first, crew.profile)
    ]
    if not places:
        return ()
    _, at, way = min(places)
    return (*visits[:at], (number, way), *visits[at:])


def _on(problem: Problem, visits: Round, shift: int) -> Sequence:
    """Return a round as a shift would drive it: of each series an occurrence that it may serve, if there is one."""
    out = []
    for number, way in visits:
        task = next((task for task in problem.series[number].tasks if may_serve(problem, task, shift)), None)
        if task is not None:
            out.append((task, way))
    return tuple(out)


def _way(option: Option) -> tuple[int, int, int, int, int]:
    return option.profile, option.entry, option.exit, option.service_s, option.walk_m

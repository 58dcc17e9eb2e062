"""One rule relaxed: what would have to be otherwise for a task to be planned, and the problem in which it is.

Kinds, and what they use of a :class:`Relaxation`:

``search``
    Nothing: a longer search.
``party``, ``skill``, ``zone``, ``listed``
    The parties of ``task`` also hold that of ``shift``; the crew of ``shift`` has the skills ``names``; other zones
    may come to ``task``; ``shift`` is among those that may serve ``task``.
``window``
    On ``day`` ``task`` is open from ``opens`` to ``closes``, besides its other hours.
``limits``
    ``shift`` ends ``seconds`` later, with as much more work; has ``metres`` more to drive, ``walk_m`` more to walk,
    ``load`` more to take.
``prize``
    ``task`` is worth ``amount`` milli-ECM more.
``drop``
    Nobody serves ``tasks``.
``free``, ``gap``, ``untie``
    ``task`` is out of its series; its series has the least gap ``days``; ``task`` is out of its ties.
``crew``
    One shift more on ``day`` from ``opens`` to ``closes``, of ``party`` with ``profile`` and the skills ``names``, just
    for ``tasks``; it starts at location ``start``, ends at ``end``. Prices are those of ``shift``.
``way``
    The crew of ``shift`` has a way to ``task``: there, the work and back take ``seconds``.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from patrol.routing.model import NO_LIMIT, Option, Problem, Shift, Window
from patrol.routing.unfit import with_task
from patrol.units import DAY_S


@dataclass(frozen=True, slots=True)
class Relaxation:
    """What would have to be otherwise; see this module for the fields each kind uses."""

    kind: str
    task: int = -1
    shift: int = -1
    tasks: tuple[int, ...] = ()
    names: tuple[str, ...] = ()
    party: str = ""
    profile: int = -1
    start: int = -1
    end: int = -1
    day: int = -1
    days: int = 0
    opens: int = 0
    closes: int = 0
    seconds: int = 0
    metres: int = 0
    walk_m: int = 0
    load: int = 0
    amount: int = 0


def apply(problem: Problem, relaxation: Relaxation) -> Problem:
    """Return the problem with one rule relaxed; its tasks and shifts keep their numbers.

    Raises
    ------
    KeyError
        If there is no such kind.
    """
    return _KINDS[relaxation.kind](problem, relaxation)


def apply_all(problem: Problem, relaxations: Iterable[Relaxation]) -> Problem:
    """Return the problem with several rules relaxed, one after the other."""
    for one in relaxations:
        problem = apply(problem, one)
    return problem


def _search(problem: Problem, _: Relaxation) -> Problem:
    return problem


def _party(problem: Problem, one: Relaxation) -> Problem:
    task = problem.tasks[one.task]
    parties = (*task.parties, problem.shifts[one.shift].party)
    return with_task(problem, one.task, dataclasses.replace(task, parties=parties if task.parties else ()))


def _skill(problem: Problem, one: Relaxation) -> Problem:
    crew = problem.shifts[one.shift].crew_id

    def taught(shift: Shift) -> Shift:
        more = tuple(name for name in one.names if name not in shift.skills)
        return dataclasses.replace(shift, skills=(*shift.skills, *more)) if shift.crew_id == crew else shift

    return dataclasses.replace(problem, shifts=tuple(map(taught, problem.shifts)))


def _zone(problem: Problem, one: Relaxation) -> Problem:
    return with_task(problem, one.task, dataclasses.replace(problem.tasks[one.task], aid="open"))


def _listed(problem: Problem, one: Relaxation) -> Problem:
    task = problem.tasks[one.task]
    listed = None if task.shifts is None else tuple(sorted({*task.shifts, one.shift}))
    return with_task(problem, one.task, dataclasses.replace(task, shifts=listed))


def _window(problem: Problem, one: Relaxation) -> Problem:
    task = problem.tasks[one.task]
    apart = [w for w in task.windows if w.day != one.day or w.closes < one.opens or w.opens > one.closes]
    met = [w for w in task.windows if w not in apart]
    opens, closes = min([one.opens, *(w.opens for w in met)]), max([one.closes, *(w.closes for w in met)])
    late = [w for w in met if w.due is not None]
    due, price = (late[-1].due, late[-1].late_price) if late else (None, 0)
    windows = tuple(sorted([*apart, Window(one.day, opens, closes, due, price)], key=lambda w: (w.day, w.opens)))
    return with_task(problem, one.task, dataclasses.replace(task, windows=windows))


def _limits(problem: Problem, one: Relaxation) -> Problem:
    at = problem.shifts[one.shift]

    def wider(number: int, shift: Shift) -> Shift:
        if number == one.shift:
            shift = dataclasses.replace(
                shift,
                closes=shift.closes + one.seconds,
                max_work_s=shift.max_work_s + one.seconds,
                max_distance_m=shift.max_distance_m + one.metres,
                max_walk_m=shift.max_walk_m + one.walk_m,
                max_load=shift.max_load + one.load,
            )
        shares = bool(at.group) and shift.group == at.group
        return dataclasses.replace(shift, group_max_s=shift.group_max_s + one.seconds) if shares else shift

    return dataclasses.replace(problem, shifts=tuple(wider(k, shift) for k, shift in enumerate(problem.shifts)))


def _prize(problem: Problem, one: Relaxation) -> Problem:
    task = problem.tasks[one.task]
    options = tuple(
        dataclasses.replace(option, prizes=tuple(prize + one.amount for prize in option.prizes))
        for option in task.options
    )
    return with_task(problem, one.task, dataclasses.replace(task, options=options))


def _drop(problem: Problem, one: Relaxation) -> Problem:
    for task in one.tasks:
        problem = with_task(problem, task, dataclasses.replace(problem.tasks[task], shifts=(), pinned=False))
    return problem


def _free(problem: Problem, one: Relaxation) -> Problem:
    series = (
        dataclasses.replace(each, tasks=tuple(task for task in each.tasks if task != one.task))
        for each in problem.series
    )
    return dataclasses.replace(problem, series=tuple(each for each in series if each.tasks))


def _gap(problem: Problem, one: Relaxation) -> Problem:
    series = tuple(
        dataclasses.replace(each, min_gap=one.days) if one.task in each.tasks else each for each in problem.series
    )
    return dataclasses.replace(problem, series=series)


def _untie(problem: Problem, one: Relaxation) -> Problem:
    ties = tuple(tie for tie in problem.ties if one.task not in (tie.first, tie.second))
    return dataclasses.replace(problem, ties=ties)


def _crew(problem: Problem, one: Relaxation) -> Problem:
    like = problem.shifts[one.shift] if one.shift >= 0 else None
    number = len(problem.shifts)
    extra = Shift(
        shift_id=f"extra {number}", crew_id=f"extra {number}", party=one.party, day=one.day, profile=one.profile,
        start=one.start, end=one.end, opens=one.opens, closes=one.closes, max_work_s=2 * DAY_S,
        max_distance_m=NO_LIMIT, max_walk_m=NO_LIMIT, skills=one.names,
        price_s=like.price_s if like else 0, price_m=like.price_m if like else 0,
        price_open=like.price_open if like else 0,
    )  # fmt: skip
    others = tuple(range(number))
    tasks = list(problem.tasks)
    for k, task in enumerate(tasks):
        if task.shifts is None and k not in one.tasks:
            tasks[k] = dataclasses.replace(task, shifts=others)
        elif task.shifts is not None and k in one.tasks:
            tasks[k] = dataclasses.replace(task, shifts=(*task.shifts, number))
    return dataclasses.replace(problem, tasks=tuple(tasks), shifts=(*problem.shifts, extra))


def _way(problem: Problem, one: Relaxation) -> Problem:
    task, shift = problem.tasks[one.task], problem.shifts[one.shift]
    best = [max((o.prizes[day] for o in task.options), default=0) for day in range(problem.days)]
    option = Option(shift.profile, shift.start, shift.end, one.seconds, 0, 0, 0, tuple(best))
    return with_task(problem, one.task, dataclasses.replace(task, options=(*task.options, option)))


_KINDS: dict[str, Callable[[Problem, Relaxation], Problem]] = {
    "search": _search, "party": _party, "skill": _skill, "zone": _zone, "listed": _listed, "window": _window,
    "limits": _limits, "prize": _prize, "drop": _drop, "free": _free, "gap": _gap, "untie": _untie, "crew": _crew,
    "way": _way,
}  # fmt: skip
KINDS = tuple(_KINDS)

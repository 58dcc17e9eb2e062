"""Days that are published stay as they are: which of their stops a new plan is bound to, and where it begins.

A stop that was published is pinned to its crew and day. The search begins with the routes as published, so that no
pin is lost on the way, and pins are set only where all of them fit together: after marks made by hand, which outrank
them, and after emergencies, which come first in their routes whatever was published.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from patrol.layers.keep import Keep
from patrol.planning.keep import CROWDED, HONOURED, URGENT, Mark, apply_keeps
from patrol.planning.restart import Wanted, begun
from patrol.planning.rolling import Published
from patrol.planning.urgent import with_routes
from patrol.routing.model import Problem
from patrol.routing.rules import Draft


def published_pins(
    problem: Problem, by_hand: Iterable[Mark], published: Sequence[Published], first: date
) -> tuple[Draft, tuple[Keep, ...], tuple[Mark, ...]]:
    """Return the routes to begin with, the pins that all fit in them, and the published stops that do not.

    Parameters
    ----------
    problem : Problem
        With the marks made by hand applied, but no emergencies first.
    by_hand : iterable of Mark
        What became of those marks.
    published : sequence of Published
        From :func:`patrol.planning.rolling.still_to_keep`: each of another task.
    first : date
        First day of the plan.

    Returns
    -------
    tuple of (Draft, tuple of Keep, tuple of Mark)
    """
    if not published:
        return (), (), ()
    urgent, routes = with_routes(problem)
    shift_at = {(shift.crew_id, first + timedelta(days=shift.day)): k for k, shift in enumerate(problem.shifts)}
    own = [mark.keep for mark in by_hand if mark.result == HONOURED and mark.keep.action != "forbid"]
    wanted = [_anyhow(problem, shift_at[keep.crew_id, keep.date], keep.task_id) for keep in own]
    wanted += [
        Wanted(problem.shifts[shift].shift_id, one.keep.task_id, one.direction, one.lon, one.lat)
        for one in published
        if (shift := shift_at.get((one.keep.crew_id, one.keep.date))) is not None
    ]
    draft = begun(urgent, tuple(wanted), routes)
    number = {task.task_id: k for k, task in enumerate(problem.tasks)}
    at = {task: shift for shift, sequence in draft for task, _ in sequence}
    pins, gone = [], []
    for one in published:
        shift, task = shift_at.get((one.keep.crew_id, one.keep.date)), number.get(one.keep.task_id)
        if shift is not None and task is not None and at.get(task) == shift:
            pins.append(one.keep)
            continue
        _, (mark,) = apply_keeps(problem, [one.keep], first)
        crowded = URGENT if shift in routes else CROWDED
        gone.append(Mark(one.keep, crowded) if mark.result == HONOURED else mark)
    return draft, tuple(pins), tuple(gone)


def _anyhow(problem: Problem, shift: int, task: str) -> Wanted:
    """Return a stop as nobody has planned it yet: in any direction, near where the crew sets out."""
    crew = problem.shifts[shift]
    lon, lat = problem.profiles[crew.profile].lonlat[crew.start] / 1e7
    return Wanted(crew.shift_id, task, 0, float(lon), float(lat))

"""Routes in the order that they had before: who was told an order keeps it, for what another would save is little."""

from __future__ import annotations

from patrol.routing.model import Problem
from patrol.routing.rules import Draft, Sequence, route_value
from patrol.routing.schedule import schedule


def steady(problem: Problem, draft: Draft, start: Draft) -> Draft:
    """Return routes that serve what they serve, in the order of ``start`` as far as that fits.

    A route whose tasks stand in the order that its shift had at the start is left alone; so is one that would not fit
    in it. Tasks that are new in a route go where they cost least.
    """
    before = dict(start)
    return tuple((shift, _in_order(problem, shift, sequence, before.get(shift, ()))) for shift, sequence in draft)


def _in_order(problem: Problem, shift: int, sequence: Sequence, old: Sequence) -> Sequence:
    served = {task for task, _ in sequence}
    known = [pair for pair in old if pair[0] in served]
    tasks = {task for task, _ in known}
    if [pair for pair in sequence if pair[0] in tasks] == known:
        return sequence
    result: Sequence | None = tuple(known)
    for pair in sequence:
        if pair[0] not in tasks and result is not None:
            result = best_place(problem, shift, result, pair)
    return result if result is not None and schedule(problem, shift, result) is not None else sequence


def best_place(
    problem: Problem, shift: int, sequence: Sequence, pair: tuple[int, int], first: int = 0
) -> Sequence | None:
    """Return a sequence with a task more where it costs least, not before a place; None if it fits nowhere."""
    longer = [(*sequence[:place], pair, *sequence[place:]) for place in range(first, len(sequence) + 1)]
    fitting = [(route_value(problem, shift, one), one) for one in longer if schedule(problem, shift, one) is not None]
    return max(fitting, key=lambda found: found[0])[1] if fitting else None

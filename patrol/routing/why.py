"""Why one task is left out, with proof or by showing: with what other rule it would be in the plan.

What is claimed of a task left out, besides the code (:mod:`patrol.routing.explain`):

``proved``
    No plan serves it, whatever else is served; or CP-SAT has found that no plan with it is as good as the best without
    (small problems only, :mod:`patrol.routing.exact`).
``shown``
    With the relaxations named, and nothing else changed, there is a sound plan that serves the task, all others as
    before (but for those displaced), and is worth more by the goals than the plan without.

Nearly always one relaxation is enough. Where more than one rule stands in the way (no crew with the skill has hours
left, and none has the skill), all are named.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from patrol.routing.candidates import fallbacks, narrowed, singles
from patrol.routing.displace import Figure, Swap, as_before, figure_of, figures, gains, swap_for
from patrol.routing.exact import proved as prove
from patrol.routing.model import Problem, Solution
from patrol.routing.relax import Relaxation, apply_all
from patrol.routing.rules import tied_groups
from patrol.routing.standing import Standing, best_with, standing_of
from patrol.routing.unfit import Ways, always, bound, surely

MOST_TASKS, MOST_SHIFTS = 8, 4  # of a problem that CP-SAT proves things about
EFFORT = 5.0  # of CP-SAT, deterministic time


@dataclass(frozen=True, slots=True)
class Why:
    """Why a task is left out.

    Attributes
    ----------
    code : str
        See :mod:`patrol.routing.explain`.
    label : str
        ``proved`` or ``shown``.
    relaxations : tuple of Relaxation
        With all of them applied the task is in a plan that is worth more than without it. Empty only where there
        is neither a crew nor a way to serve it that could be the model of one.
    plan : Standing
        That plan.
    blame : tuple of int
        Tasks that the code is about: partners, the occurrence before.
    own : Figure or None
        What the task would bring in the place of ``displaced``.
    displaced : tuple of Figure
        What each of the tasks brings that have its place.
    gain : int
        Milli-ECM that it would bring to the plan as it is; negative if it costs more.
    weight : int
        Of the first goal, that it would bring so.
    """

    task: int
    code: str
    label: str
    relaxations: tuple[Relaxation, ...]
    plan: Standing
    blame: tuple[int, ...] = ()
    own: Figure | None = None
    displaced: tuple[Figure, ...] = ()
    gain: int = 0
    weight: int = 0


@dataclass(frozen=True, slots=True)
class _Case:
    """A task left out of a plan, with the tasks that can only be served with it."""

    plan: Standing
    task: int
    together: tuple[int, ...]
    ways: Ways


def why(problem: Problem, solution: Solution, task: int, *, exact: bool = True) -> Why:
    """Return why a solution leaves a task out.

    Parameters
    ----------
    exact : bool
        Ask CP-SAT where the problem is small enough.

    Raises
    ------
    ValueError
        If a route serves it, or the solution breaks rules.
    """
    plan = standing_of(problem, solution)
    if plan is None:
        raise ValueError("the solution breaks rules")
    if plan.serves(task):
        raise ValueError(f"task {task} is served")
    return why_not(plan, task, exact=exact)


def why_not(plan: Standing, task: int, *, exact: bool = True) -> Why:
    """Return why a standing plan leaves a task out; see :func:`why`."""
    problem = plan.problem
    code, ways = always(problem, task, range(len(problem.shifts)))
    blame: tuple[int, ...] = (task,)
    if not code:
        code, blame = bound(problem, task)
    case = _Case(plan, task, _with(plan, task), ways)
    if code:
        sure = code != "not_together" and surely(problem, blame[0] if blame else task)
        found = _lifted(case, code, "proved" if sure else "shown", blame)
    else:
        found = _as_it_stands(case) or _series(case) or _for_hours(case)
    small = len(problem.tasks) <= MOST_TASKS and len(problem.shifts) <= MOST_SHIFTS
    return _proof(case, found) if exact and small and found.label == "shown" else found


def _with(plan: Standing, task: int) -> tuple[int, ...]:
    """Return the task with its tied group; partners after it."""
    for group in tied_groups(plan.problem):
        if task in group:
            return (task, *(other for other in group if other != task))
    return (task,)


def _as_it_stands(case: _Case) -> Why | None:
    """Return why if there is room in the plan as it is, or with another zone's help."""
    plan, task = case.plan, case.task
    after = best_with(plan, _bundle(case, ()))
    if after is not None and after.goal > plan.goal:
        return _missed(plan, task, after)
    if plan.problem.tasks[task].aid == "room":
        opened = _try(plan, (Relaxation("zone", task=task),), case.together)
        if opened is not None and opened[0]:
            return Why(task, "home_had_room", "shown", (Relaxation("zone", task=task),), opened[1])
    if after is None or _bundle(case, ()) != case.together:
        return None
    swap = swap_for(plan, case.together, case.ways)
    if swap is not None and swap.after.goal > plan.goal:
        return _swapped(case, swap)
    return _not_worth(case, (), plan, after)


def _missed(plan: Standing, task: int, after: Standing) -> Why:
    """Return that there is a better plan, which the search has not found."""
    weight, gain = gains(after.goal, plan.goal)
    return Why(task, "not_placed", "shown", (Relaxation("search"),), after, gain=gain, weight=weight)


def _not_worth(case: _Case, first: tuple[Relaxation, ...], before: Standing, after: Standing) -> Why:
    """Return that a task costs more than it is worth, and by how much, in a problem relaxed already."""
    short = before.goal[2] - after.goal[2]
    relaxations = (*first, Relaxation("prize", task=case.task, amount=short + 1))
    made = _try(case.plan, relaxations, case.together)
    if made is None or not made[0]:
        return _lifted(case, "costs_more", "shown", (case.task,))
    return Why(case.task, "costs_more", "shown", relaxations, made[1], gain=-short)


def _series(case: _Case) -> Why | None:
    """Return why if it is the occurrence before it that is not served, or is served too late for this one."""
    plan, problem = case.plan, case.plan.problem
    for series in problem.series:
        if case.task not in series.tasks:
            continue
        place = series.tasks.index(case.task)
        before = series.tasks[place - 1] if place else -1
        if place and not plan.serves(before):
            return _lifted(case, "series_before", "shown", (before,))
        day_of = {task: problem.shifts[k].day for k, sequence in plan.draft for task, _ in sequence}
        last = day_of[before] if place else series.last_day
        if all(problem.shifts[k].day < last + series.min_gap for k, _ in case.ways):
            return _lifted(case, "series_too_soon", "shown", (before,) if place else ())
    return None


def _for_hours(case: _Case) -> Why:
    """Return why if others have the hours, or nothing better is known."""
    plan = case.plan
    swap = swap_for(plan, case.together, case.ways)
    return _lifted(case, "not_placed", "shown", (case.task,)) if swap is None else _swapped(case, swap)


def _swapped(case: _Case, swap: Swap) -> Why:
    plan, task = case.plan, case.task
    dropped = tuple(one for k, _ in plan.draft for one in figures(plan, k) if one.task in swap.out)
    drop = Relaxation("drop", tasks=swap.out)
    gain = gains(swap.after.goal, plan.goal)[1]
    if swap.after.goal > plan.goal:
        return replace(_missed(plan, task, swap.after), own=figure_of(swap.after, task), displaced=dropped)
    made = _try(plan, (drop,), case.together)
    if made is None:
        return _lifted(case, "outranked", "shown", (task,))
    if not made[0]:
        dearer = _dearer(plan, swap, task)
        if dearer is not None:
            own = figure_of(made[1], task)
            return Why(task, "costs_more", "shown", *dearer, (), own, dropped, min(own.value, 0))
        base = as_before(swap.between, apply_all(plan.problem, (drop,)))
        return _not_worth(case, (drop,), base or swap.between, made[1])
    return Why(task, "outranked", "shown", (drop,), made[1], (), figure_of(made[1], task), dropped, gain)


def _dearer(plan: Standing, swap: Swap, task: int) -> tuple[tuple[Relaxation, ...], Standing] | None:
    """Return by how much more worth a task would take the place of others, None if prizes do not decide that."""
    if swap.after.goal[:2] != plan.goal[:2]:
        return None
    dearer = (Relaxation("prize", task=task, amount=plan.goal[2] - swap.after.goal[2] + 1),)
    relaxed = apply_all(plan.problem, dearer)
    before, after = as_before(plan, relaxed), as_before(swap.after, relaxed)
    return None if before is None or after is None or after.goal <= before.goal else (dearer, after)


def _lifted(case: _Case, code: str, label: str, blame: tuple[int, ...]) -> Why:
    """Name the first relaxation by which the task comes into the plan, and by which the plan is worth more."""
    plan = case.plan
    about = blame[0] if code in {"series_before", "no_partner"} else case.task
    tried: list[tuple[Relaxation, ...]] = []
    for relaxations in _attempts(case, code, about):
        bundle = _bundle(case, relaxations)
        made = _try(plan, relaxations, bundle)
        if made is None:
            continue
        if made[0]:
            named, after = _narrowed(case, relaxations, bundle, made[1])
            return Why(case.task, code, label, named, after, tuple(t for t in blame if t != case.task))
        tried.append(relaxations)
    for relaxations in tried:
        paid = _worth_it(case, relaxations)
        if paid is not None:
            return Why(case.task, code, label, *paid, tuple(t for t in blame if t != case.task))
    return Why(case.task, code, label, (), plan, tuple(t for t in blame if t != case.task))


def _narrowed(
    case: _Case, relaxations: tuple[Relaxation, ...], tasks: tuple[int, ...], made: Standing
) -> tuple[tuple[Relaxation, ...], Standing]:
    """Return relaxations with no more than they need, if the task still comes in by them."""
    about = tuple(narrowed(one, made, one.task if one.task >= 0 else case.task) for one in relaxations)
    again = _try(case.plan, about, tasks)
    return (relaxations, made) if again is None or not again[0] else (about, again[1])


def _attempts(case: _Case, code: str, about: int) -> Iterator[tuple[Relaxation, ...]]:
    problem = case.plan.problem
    yield from ((one,) for one in singles(problem, case.plan.draft, about, code))
    yield from fallbacks(problem, case.task)


def _bundle(case: _Case, relaxations: tuple[Relaxation, ...]) -> tuple[int, ...]:
    """Return what comes in together: tied partners, occurrences before it, unless the task is freed of them."""
    problem = case.plan.problem
    kinds = {one.kind for one in relaxations}
    if "untie" in kinds:
        return (case.task,)
    for series in problem.series:
        if case.task in series.tasks and "free" not in kinds:
            upto = series.tasks[: series.tasks.index(case.task) + 1]
            return tuple(task for task in upto if not case.plan.serves(task))
    return case.together


def _try(plan: Standing, relaxations: tuple[Relaxation, ...], tasks: tuple[int, ...]) -> tuple[bool, Standing] | None:
    """Return whether the plan is worth more with some tasks in the relaxed problem, and that plan; None: no room."""
    relaxed = apply_all(plan.problem, relaxations)
    out = {task for one in relaxations if one.kind == "drop" for task in one.tasks}
    kept = tuple((k, tuple(stop for stop in sequence if stop[0] not in out)) for k, sequence in plan.draft)
    changed = {k for (k, new), (_, old) in zip(kept, plan.draft, strict=True) if new != old}
    before = as_before(
        replace(plan, draft=kept, rests={k: leg for k, leg in plan.rests.items() if k not in changed}), relaxed
    )
    if before is None:
        return None
    new = tuple(range(len(plan.problem.shifts), len(relaxed.shifts)))
    after = best_with(before, tasks, new if new and len(tasks) == 1 else None)
    return None if after is None else (after.goal > before.goal, after)


def _worth_it(case: _Case, relaxations: tuple[Relaxation, ...]) -> tuple[tuple[Relaxation, ...], Standing] | None:
    """Return relaxations with the prize that makes them pay."""
    bundle = _bundle(case, relaxations)
    relaxed = apply_all(case.plan.problem, relaxations)
    before, made = as_before(case.plan, relaxed), _try(case.plan, relaxations, bundle)
    if before is None or made is None:
        return None
    more = (*relaxations, Relaxation("prize", task=case.task, amount=before.goal[2] - made[1].goal[2] + 1))
    paid = _try(case.plan, more, bundle)
    return None if paid is None or not paid[0] else (more, paid[1])


def _proof(case: _Case, found: Why) -> Why:
    """Return the same claim as proved if CP-SAT finds that every plan with the task is worth less than the best."""
    problem, task = case.plan.problem, case.task
    if found.code == "not_placed":
        return found
    best = prove(problem, deterministic_time=EFFORT, hint=case.plan.draft)
    if best.status != "optimal" or any(task == number for _, sequence in best.draft for number, _ in sequence):
        return found
    pinned = replace(problem.tasks[task], pinned=True)
    forced = replace(problem, tasks=(*problem.tasks[:task], pinned, *problem.tasks[task + 1 :]))
    with_it = prove(forced, deterministic_time=EFFORT, hint=found.plan.draft)
    if with_it.status != "optimal":
        return found
    served = any(task == number for _, sequence in with_it.draft for number, _ in sequence)
    extra = int(served and not problem.tasks[task].pinned)
    less = (with_it.goal[0] - extra, *with_it.goal[1:]) < best.goal
    return replace(found, label="proved") if less or not served else found

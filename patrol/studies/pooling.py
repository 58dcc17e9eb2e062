"""What pooling is worth: four parties in one plan, against each alone and against a plan of its own for each.

All plans are made from the same problem with the same effort. Where each party plans for itself, none knows what the
others do: what two of them serve counts once, and both have driven there.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from patrol.layers.schema import PARTIES
from patrol.planning.effort import Effort
from patrol.planning.hours import offered_s
from patrol.planning.urgent import emergencies_first
from patrol.project import Project
from patrol.routing.model import Problem, Solution, misses, total_weight

Progress = Callable[[str, int, int], None]
TOGETHER, SEPARATE = "together", "separate"


@dataclass(frozen=True, slots=True)
class Pooled:
    """What one way of planning comes to.

    Attributes
    ----------
    name : str
        ``together``, ``separate`` or a party that is alone.
    hours : float
        Hours that its crews offer.
    weight, weight_due : int
        Mandatory weight served, and all there is.
    cycles_kept, cycles_due : int
        Dates within the plan on which a cycle ends, and those of them that are kept.
    joint, joint_due : int
        Joint tasks.
    risk_ecm : float
        Prizes of what is served, each task once: what the looks are expected to save, and what is added for due work.
    net_ecm : float
        The same less what hours and ways cost.
    twice : int
        Tasks that more than one party serves.
    """

    name: str
    hours: float
    tasks: int
    weight: int
    weight_due: int
    cycles_kept: int
    cycles_due: int
    joint: int
    joint_due: int
    risk_ecm: float
    net_ecm: float
    twice: int


def only_party(problem: Problem, party: str) -> Problem:
    """Return a problem with the shifts of one party; a joint task with others cannot be served then."""
    kept = [k for k, shift in enumerate(problem.shifts) if shift.party == party]
    number = {old: new for new, old in enumerate(kept)}
    tasks = tuple(
        dataclasses.replace(
            task,
            shifts=None if task.shifts is None else tuple(number[k] for k in task.shifts if k in number),
            kept=number.get(task.kept, -1),
            preferred=tuple(number[k] for k in task.preferred if k in number),
        )
        for task in problem.tasks
    )
    balances = tuple(
        dataclasses.replace(one, shifts=tuple(number[k] for k in one.shifts))
        for one in problem.balances
        if all(k in number for k in one.shifts)
    )
    return dataclasses.replace(problem, tasks=tasks, shifts=tuple(problem.shifts[k] for k in kept), balances=balances)


def pooling(problem: Problem, project: Project, effort: Effort, progress: Progress | None = None) -> tuple[Pooled, ...]:
    """Return what the parties reach together, separately, and each alone.

    Parameters
    ----------
    problem : Problem
        As built for a horizon; emergencies are put first in each plan by the crews that it has.
    """
    tell = progress or (lambda *_: None)
    parties = [party for party in PARTIES if any(shift.party == party for shift in problem.shifts)]
    rows, alone = [], []
    for number, name in enumerate((TOGETHER, *parties)):
        tell(f"plan {name}", number, len(parties) + 1)
        mine = emergencies_first(problem if name == TOGETHER else only_party(problem, name))
        solution = effort.search(mine, project.settings.solver, lambda *_: None)
        rows.append(_row(name, problem, [(mine, solution)]))
        alone += [(mine, solution)] if name != TOGETHER else []
    rows.insert(1, _row(SEPARATE, problem, alone))
    return tuple(rows)


def _row(name: str, whole: Problem, plans: Iterable[tuple[Problem, Solution]]) -> Pooled:
    on_day: dict[int, int] = {}
    prize: dict[int, int] = {}
    gross = net = seconds = stops = 0
    for problem, solution in plans:
        seconds += sum(offered_s(problem))
        net += solution.value
        for route in solution.routes:
            day = problem.shifts[route.shift].day
            for stop in route.stops:
                if stop.kind == "task":
                    stops += 1
                    worth = problem.tasks[stop.task].options[stop.option].prizes[day]
                    gross += worth
                    prize[stop.task] = max(worth, prize.get(stop.task, 0))
                    on_day[stop.task] = min(day, on_day.get(stop.task, day))
    kept = due = spared = 0
    for series in whole.series:
        days = tuple(sorted(on_day[task] for task in series.tasks if task in on_day))
        ends = misses(series, whole.days, ())
        due += ends
        kept += ends - misses(series, whole.days, days)
        spared += series.weight * (ends - misses(series, whole.days, days))
    joints = {tie.first for tie in whole.ties} - {tie.second for tie in whole.ties}
    once = sum(prize.values())
    return Pooled(
        name, round(seconds / 3600, 1), len(on_day), spared + sum(whole.tasks[task].mandatory for task in on_day),
        total_weight(whole), kept, due, sum(task in on_day for task in joints), len(joints),
        round(once / 1000, 1), round((net - gross + once) / 1000, 1), stops - len(on_day),
    )  # fmt: skip

"""The same hours by the calendar: a plan that goes where nobody has been for longest, weighed by the risk model.

Both plans are solutions of the plan's own problem, found by the same search with the same number of steps, and that
for several seeds: luck moves either by more than one would like. Mandatory work comes first in both, and visits and
hazards are worth the same; only what a patrol of a section is worth differs. For the calendar it is the days since its
last patrol times its length (the rule ``days`` of :mod:`patrol.studies.policies`), scaled so that all sections
together are worth what they are to the risk model.
"""

from __future__ import annotations

import dataclasses

import pandas as pd

from patrol.config.settings import SolverSettings
from patrol.plan import Plan
from patrol.planning.effort import Effort
from patrol.planning.hours import offered_s
from patrol.planning.made import AGAIN
from patrol.reports.brief_facts import Calendar, Weighed
from patrol.routing.model import Problem, Solution, Task

STEPS = 10_000
SEEDS = 4  # as many pairs of plans, from the seed of the plan on
ENGINE = "ruin"  # the same for both, and quick


def against_calendar(
    plan: Plan,
    problem: Problem,
    sections: pd.DataFrame,
    settings: SolverSettings,
    *,
    steps: int = STEPS,
    seeds: int = SEEDS,
) -> Calendar:
    """Return what the risk model's plan and the calendar's come to at the same hours.

    Parameters
    ----------
    sections : DataFrame
        ``section_id, tau_days, length_m, cycle_days`` on the plan's first day.
    """
    days = since_last_patrol(plan, sections)
    other, first = by_calendar(plan, problem, days), int(plan.document["seed"])

    def found(one: Problem, seed: int) -> Weighed:
        solution = Effort(engine=ENGINE, iterations=steps, seed=seed).search(one, settings, lambda *_: None)
        return weigh(plan, problem, solution, days)

    pairs = tuple((found(problem, seed), found(other, seed)) for seed in range(first, first + seeds))
    return Calendar(pairs, steps)


def since_last_patrol(plan: Plan, sections: pd.DataFrame) -> dict[str, float]:
    """Return by section task the days since the last patrol; of a later pass the cycle, since one comes before it."""
    frame = sections.set_index("section_id")
    known = {name: frame[name].astype(float).to_dict() for name in ("tau_days", "cycle_days")}
    return {
        task_id: known["cycle_days" if AGAIN in task_id else "tau_days"][task["section_id"]]
        for task_id, task in plan.tasks.items()
        if task["kind"] == "section"
    }


def by_calendar(plan: Plan, problem: Problem, days: dict[str, float]) -> Problem:
    """Return the problem with sections worth the days since their last patrol times their length."""
    worth = {name: days[name] * float(plan.tasks[name]["length_m"]) for name in days}
    total = sum(worth.values())
    scale = sum(_best(task) for task in problem.tasks if task.task_id in days) / total if total else 0.0

    def of(task: Task) -> Task:
        if task.task_id not in days:
            return task
        prize = round(scale * worth[task.task_id])
        options = tuple(dataclasses.replace(one, prizes=(prize,) * problem.days) for one in task.options)
        return dataclasses.replace(task, options=options)

    return dataclasses.replace(problem, tasks=tuple(of(task) for task in problem.tasks))


def _best(task: Task) -> int:
    return max((prize for option in task.options for prize in option.prizes), default=0)


def weigh(plan: Plan, problem: Problem, solution: Solution, days: dict[str, float]) -> Weighed:
    """Return what a solution comes to by the prizes of ``problem``, whatever it was searched for."""
    served, total, along = set(), 0, 0
    for route in solution.routes:
        day = problem.shifts[route.shift].day
        for stop in route.stops:
            if stop.kind == "task":
                task = problem.tasks[stop.task]
                worth = task.options[stop.option].prizes[day]
                served.add(task.task_id)
                total += worth
                along += worth if task.task_id in days else 0
    walked = sorted(served & days.keys())
    repeated = {problem.tasks[task].task_id for series in problem.series for task in series.tasks}
    must = repeated | {task.task_id for task in problem.tasks if task.mandatory}
    return Weighed(
        total_ecm=total / 1000,
        sections_ecm=along / 1000,
        hours=round(sum(offered_s(problem)) / 3600, 2),
        tasks=len(served),
        sections=len(walked),
        km=sum(float(plan.tasks[name]["length_m"]) for name in walked) / 1000,
        km_days=sum(days[name] * float(plan.tasks[name]["length_m"]) for name in walked) / 1000,
        kept=len(must & served),
        due=len(must),
    )

"""A week's plan for given prizes: the greedy engine's insertion over the one problem of the county, and its check."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from patrol.routing.checks import check_problem
from patrol.routing.model import Dropped, Problem, Route, Solution
from patrol.routing.rules import Draft, goal
from patrol.routing.schedule import schedule
from patrol.routing.verify import violations
from patrol.studies.county import County
from patrol.studies.fate import Visits
from patrol.studies.filling import Filling, filled, make_filling

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

GOLDEN = (5.0**0.5 - 1.0) / 2.0
MOST_MILLI = 1e12  # prizes are brought down to this: sums of a thousand stay far from the end of int64


@dataclass(frozen=True, slots=True, eq=False)
class Planner:
    """The problem of the county, made ready to be solved again and again.

    Attributes
    ----------
    method : ndarray of int, shape (rows,)
        Method of looking of each row of ``filling.rows``; -1 for a look at a report.
    sections : int
        Tasks below this number patrol a section.
    """

    problem: Problem
    filling: Filling
    method: Ints
    sections: int


@dataclass(frozen=True, slots=True, eq=False)
class Wanted:
    """What a policy wants of a week.

    Attributes
    ----------
    prize : ndarray, shape (n, methods)
        Worth of patrolling each section by each method; any unit, the same for all.
    weight : ndarray of int, shape (n,)
        Weight of sections that must be patrolled, 0 for others.
    look : ndarray, shape (n,)
        Worth of a look at the reports of each section, 0 without any.
    off : ndarray of bool, shape (shifts,)
        Shifts that have other work.
    """

    prize: Floats
    weight: Ints
    look: Floats
    off: NDArray[np.bool_]


def shifts_off(shifts: int, share: float, week: int) -> NDArray[np.bool_]:
    """Return which shifts have other work in a week, so that patrols have a share of the hours.

    Every shift has its turn: turns are spread evenly over shifts and weeks by the golden ratio.
    """
    turn = np.mod((np.arange(shifts) + 1) * GOLDEN + week * GOLDEN**2 * 3.0, 1.0)
    return np.asarray(turn >= share)


def make_planner(county: County) -> Planner:
    """Return a planner of the county's weeks."""
    filling = make_filling(county.problem)
    rows, sections = filling.rows, len(county.length_m)
    pairs = zip(rows.task.tolist(), rows.option.tolist(), strict=True)
    by_option = [county.problem.tasks[task].options[option].prizes[0] for task, option in pairs]
    method = np.where(rows.task < sections, np.array(by_option, dtype=np.int64).reshape(len(rows.task)), -1)
    return Planner(county.problem, filling, method, sections)


def plan_week(planner: Planner, wanted: Wanted) -> Draft:
    """Return the routes of a week: all hours are filled while anything is worth something."""
    rows = planner.filling.rows
    prize = milli_prizes(wanted)
    weight = np.concatenate([wanted.weight, np.zeros_like(wanted.weight)])
    return filled(planner.filling, prize[rows.task, planner.method], weight, wanted.off)


def milli_prizes(wanted: Wanted) -> Ints:
    """Return whole prizes by task and method, shape (2n, methods + 1); the last column is the look at a report."""
    count, methods = wanted.prize.shape
    table = np.zeros((2 * count, methods + 1))
    table[:count, :methods], table[count:, methods] = wanted.prize, wanted.look
    most = float(table.max(initial=0.0))
    return np.asarray(np.rint(table * min(1000.0, MOST_MILLI / most) if most > 0 else table), dtype=np.int64)


def visits_of(planner: Planner, draft: Draft, monday: int) -> Visits:
    """Return the visits of a week's routes by day, then section."""
    stops = np.array([
        (planner.filling.crews.day[shift], task, planner.problem.tasks[task].options[option].prizes[0])
        for shift, sequence in draft for task, option in sequence
    ], dtype=np.int64).reshape(-1, 3)  # fmt: skip
    section = stops[:, 1] % planner.sections
    method = np.where(stops[:, 1] < planner.sections, stops[:, 2], -1)
    order = np.lexsort((section, stops[:, 0]))
    return Visits(section[order], monday + stops[order, 0], method[order])


def checked_week(planner: Planner, wanted: Wanted, draft: Draft) -> tuple[Route, ...]:
    """Return the timed routes of a week that the independent verifier has looked at.

    Raises
    ------
    AssertionError
        If a plan breaks a rule of the problem: a bug.
    """
    problem = week_problem(planner, wanted)
    check_problem(problem)
    routes = [schedule(problem, shift, sequence) for shift, sequence in draft]
    timed = tuple(route for route in routes if route is not None)
    served = {task for _, sequence in draft for task, _ in sequence}
    solution = Solution(
        engine="greedy", seed=0, iterations=0, stopped_by="exhausted", routes=timed,
        dropped=tuple(Dropped(k, "not_placed") for k in range(len(problem.tasks)) if k not in served),
        mandatory_served=sum(problem.tasks[k].mandatory for k in sorted(served)), value=goal(problem, draft)[2],
    )  # fmt: skip
    if broken := violations(problem, solution):
        raise AssertionError(f"the plan of a simulated week breaks rules: {broken[:5]}")
    return timed


def week_problem(planner: Planner, wanted: Wanted) -> Problem:
    """Return the county's problem with the prizes and weights of a week."""
    prize, count, days = milli_prizes(wanted), planner.sections, planner.problem.days
    tasks = [
        dataclasses.replace(
            task,
            mandatory=int(wanted.weight[number]) if number < count else 0,
            options=tuple(
                dataclasses.replace(
                    option, prizes=(int(prize[number, option.prizes[0] if number < count else -1]),) * days
                )
                for option in task.options
            ),
        )
        for number, task in enumerate(planner.problem.tasks)
    ]
    shifts = [
        dataclasses.replace(shift, max_work_s=0) if off else shift
        for shift, off in zip(planner.problem.shifts, wanted.off.tolist(), strict=True)
    ]
    return dataclasses.replace(planner.problem, tasks=tuple(tasks), shifts=tuple(shifts))

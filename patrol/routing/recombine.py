"""The last word: OR-Tools CP-SAT chooses the best compatible set of all routes met on the way.

Every route is a column. A shift drives one, a task is served by one; hours that shifts share, hours out of balance,
series and ties are constraints between columns. The routes of the plan so far are among them and hinted whole, and an
answer that is not better gives that plan back. What the columns cannot say exactly (a tie that puts off all that comes
after it, rests, whether a crew at home has room) is reckoned on the answer before it is believed.
"""

from __future__ import annotations

import itertools
import math
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

from ortools.sat.python import cp_model

from patrol.routing.columns import Column, make_columns
from patrol.routing.model import Problem, Series, goal_weights, misses, total_weight
from patrol.routing.reckoning import Plan
from patrol.routing.rules import Draft, Sequence, may_serve
from patrol.units import DAY_S

MOST_COLUMNS = 2_000  # more are worked in blocks of days round the plan
WORK = 10.0  # deterministic time of CP-SAT for one choice and what follows from it: seconds, about
REFUSED = 4  # answers that could not be kept and are ruled out, one after the other

Reckon = Callable[[Draft], Plan | None]


@dataclass(slots=True)
class Limits:
    """What CP-SAT may still spend on one choice: ``work``, its deterministic time, grows less with each answer."""

    seed: int
    seconds: float
    work: float


@dataclass(frozen=True, slots=True)
class Recombined:
    """The best plan, and what the pool could have given.

    Attributes
    ----------
    pool_bound : int or None
        No set of the pool's routes that serves as much weight is worth more (milli-ECM); None where the pool was
        worked in blocks. It says nothing about routes that were not met.
    """

    plan: Plan
    pool_bound: int | None
    columns: int


def recombine(
    problem: Problem, plan: Plan, pool: Iterable[tuple[int, Sequence]], reckon: Reckon, *,
    seed: int = 1, seconds: float = 3600.0, work: float = WORK, loose: frozenset[int] = frozenset(),
) -> Recombined:  # fmt: skip
    """Return the best plan that the routes of a pool and of a plan make, never a worse one than that plan.

    Parameters
    ----------
    pool : iterable of (shift, sequence)
        In the order in which they were met.
    reckon : callable
        Returns a draft as it may be kept under every rule, with its goals; None if it may not.
    loose : frozenset of int
        Series of which a route holds visits, whichever occurrences they are: these are told apart by the days that are
        chosen. Then the value of a choice is known once it is reckoned only, and there is no bound.
    seconds : float
        Outer bound a choice; the deterministic time ``work`` comes first on any usual machine.
    """
    own = set(plan.draft)
    columns = make_columns(problem, [*plan.draft, *(route for route in dict.fromkeys(pool) if route not in own)])
    if len(columns) <= MOST_COLUMNS:
        best, bound = _choose(
            _Choice(problem, columns, plan.draft, None, loose), plan, reckon, Limits(seed, seconds, work)
        )
        return Recombined(best, None if loose else bound, len(columns))
    best = plan
    for block in _blocks(problem, columns):
        within = _within(problem, columns, block, best.draft)
        choice = _Choice(problem, within, best.draft, block, loose)
        best, _ = _choose(choice, best, reckon, Limits(seed, seconds, work))
    return Recombined(best, None, len(columns))


def _blocks(problem: Problem, columns: list[Column]) -> list[frozenset[int]]:
    """Return runs of days that have few enough columns, each day in two of them where there is room for that."""
    count = [0] * problem.days
    for column in columns:
        count[problem.shifts[column.shift].day] += 1
    blocks: list[frozenset[int]] = []
    for first in range(problem.days):
        last, held = first, count[first]
        while last + 1 < problem.days and held + count[last + 1] <= MOST_COLUMNS:
            last += 1
            held += count[last]
        block = frozenset(range(first, last + 1))
        if not blocks or not block <= blocks[-1]:
            blocks.append(block)
    return blocks


def _within(problem: Problem, columns: list[Column], block: frozenset[int], draft: Draft) -> list[Column]:
    """Return the columns of a block's days, the latest met if there are too many, and the plan's others."""
    own = set(draft)
    held: dict[int, list[Column]] = defaultdict(list)
    for column in columns:
        if problem.shifts[column.shift].day in block and (column.shift, column.sequence) not in own:
            held[column.shift].append(column)
    most = max(10, MOST_COLUMNS // max(1, len(held)))
    return [
        *(column for column in columns if (column.shift, column.sequence) in own),
        *(column for shift in sorted(held) for column in held[shift][-most:]),
    ]


def _choose(choice: _Choice, plan: Plan, reckon: Reckon, limits: Limits) -> tuple[Plan, int | None]:
    """Return the best choice found and a bound; the plan so far if there is no better one."""
    weight = plan.goal[0] * (choice.total + 1) + plan.goal[1]
    if weight < choice.most_weight:
        heavier = choice.solve(choice.weight, limits)
        if heavier is not None and heavier.total > weight:
            better, _ = _most_value(choice, plan, heavier.total, reckon, limits)
            if better.goal[:2] > plan.goal[:2]:
                return better, None
            choice = choice.afresh()
    return _most_value(choice, plan, weight, reckon, limits)


def _most_value(choice: _Choice, plan: Plan, weight: int, reckon: Reckon, limits: Limits) -> tuple[Plan, int | None]:
    """Return the choice of most value that serves a weight; answers that cannot be kept are ruled out."""
    bound: int | None = None
    choice.keep_weight(weight)
    for _ in range(REFUSED):
        answer = choice.solve(choice.value, limits)
        if answer is None:
            break
        bound = answer.bound if bound is None else bound
        found = choice.draft(answer)
        if found == plan.draft:
            break
        reckoned = reckon(found)
        if reckoned is not None and reckoned.goal > plan.goal:
            return reckoned, bound
        choice.rule_out(answer.chosen)
    return plan, bound


class _Choice:
    """The CP-SAT model of a choice among columns."""

    def __init__(
        self, problem: Problem, columns: list[Column], draft: Draft, block: frozenset[int] | None, loose: frozenset[int]
    ) -> None:
        self.problem, self.columns = problem, columns
        self._made_of = (problem, columns, draft, block, loose)
        self.loose = {task: number for number in loose for task in problem.series[number].tasks}
        self.model = cp_model.CpModel()
        self.use = [self.model.new_bool_var(f"c{k}") for k in range(len(columns))]
        self.own = frozenset(draft)
        self.of_task: dict[int, list[int]] = defaultdict(list)
        self.visits: dict[tuple[int, int], list[int]] = defaultdict(list)  # of loose series, by day
        self.on: dict[tuple[int, int], list[tuple[int, Any]]] = defaultdict(list)  # which occurrence these may be
        of_shift: dict[int, list[int]] = defaultdict(list)
        for k, column in enumerate(columns):
            of_shift[column.shift].append(k)
            for task, _ in column.sequence:
                if task in self.loose:
                    self.visits[self.loose[task], problem.shifts[column.shift].day].append(k)
                else:
                    self.of_task[task].append(k)
        for members in (*of_shift.values(), *self.of_task.values()):
            self.model.add_at_most_one(self.use[k] for k in members)
        if block is not None:
            for k, column in enumerate(columns):
                if problem.shifts[column.shift].day not in block:
                    self.model.add(self.use[k] == 1)
        self.total = total_weight(problem)
        weights = goal_weights(problem)
        self.weight = [(sum(weights[task] for task, _ in c.sequence), self.use[k]) for k, c in enumerate(columns)]
        self.most_weight = sum(weights) + self.total - sum(task.mandatory for task in problem.tasks)
        self.value = [(column.value, self.use[k]) for k, column in enumerate(columns)]
        self._add_hours()
        self._add_worst()
        self._add_series()
        self._add_ties()
        for key, members in self.visits.items():
            there = [var for _, var in self.on[key]]
            self.model.add_at_most_one(there)
            self.model.add(sum(there) <= sum(self.use[k] for k in members))  # a route may pass by

    def afresh(self) -> _Choice:
        """Return the choice without what was added to it since."""
        return _Choice(*self._made_of)

    def _add_hours(self) -> None:
        """Add hours that shifts share, and what those out of balance cost."""
        shared: dict[str, list[int]] = defaultdict(list)
        for k, column in enumerate(self.columns):
            if group := self.problem.shifts[column.shift].group:
                shared[group].append(k)
        for members in shared.values():
            limit = self.problem.shifts[self.columns[members[0]].shift].group_max_s
            self.model.add(self._worked(members) <= limit)
        for balance in self.problem.balances:
            members = [k for k, column in enumerate(self.columns) if column.shift in balance.shifts]
            most = sum(self.columns[k].work_s for k in members)
            over = self.model.new_int_var(0, most, "over")
            self.model.add(over >= self._worked(members) - balance.free_s)
            self.value.append((-balance.price_s, over))

    def _worked(self, members: list[int]) -> Any:
        return sum(self.columns[k].work_s * self.use[k] for k in members)

    def _add_worst(self) -> None:
        """Add the largest lateness of the plan, at its price."""
        if not self.problem.max_late_price:
            return
        worst = self.model.new_int_var(0, max((c.worst_late_s for c in self.columns), default=0), "worst")
        for k, column in enumerate(self.columns):
            if column.worst_late_s:
                self.model.add(worst >= column.worst_late_s * self.use[k])
        self.value.append((-self.problem.max_late_price, worst))

    def _served(self, task: int) -> Any:
        return sum(self.use[k] for k in self.of_task[task])

    def _add_series(self) -> None:
        """Keep occurrences in order with their gaps; misses are counted as :func:`patrol.routing.model.misses` does."""
        for series in self.problem.series:
            before = ServedOn(self.model.new_constant(1), self.model.new_constant(series.last_day))
            due: Any = series.first_due
            missed: list[Any] = []
            for task in series.tasks:
                one = self._occurrence(task)
                self.model.add_implication(one.served, before.served)
                self.model.add(one.day >= before.day + series.min_gap).only_enforce_if(one.served)
                late = self.model.new_bool_var("late")
                self.model.add(one.day <= due).only_enforce_if(one.served, ~late)
                missed += [late, self._after(series, before.served, one.served, due)]
                before, due = one, self._later(series, due, one.day + series.max_gap)
            missed.append(self._after(series, before.served, None, due))
            most = misses(series, self.problem.days, ())
            self.weight += [(-series.weight, var) for var in missed]
            self.weight.append((series.weight * most, self.model.new_constant(1)))

    def _later(self, series: Series, due: Any, other: Any) -> Any:
        """Return the later of two days."""
        later = self.model.new_int_var(0, max(series.first_due, self.problem.days + series.max_gap), "due")
        self.model.add_max_equality(later, [due, other])
        return later

    def _occurrence(self, task: int) -> ServedOn:
        """Return whether a task is served, and the day."""
        served = self.model.new_bool_var("served")
        day = self.model.new_int_var(0, self.problem.days, "day")
        if task in self.loose:
            days, there = self._any_day(task)
        else:
            days = [self.problem.shifts[self.columns[k].shift].day for k in self.of_task[task]]
            there = [self.use[k] for k in self.of_task[task]]
        self.model.add(sum(there) == served)
        self.model.add(day == _sum(list(zip(days, there, strict=True))))
        return ServedOn(served, day)

    def _any_day(self, task: int) -> tuple[list[int], list[Any]]:
        """Return the days on which an occurrence of a loose series may be, and literals that say whether it is."""
        days, there = [], []
        for (number, day), members in self.visits.items():
            shifts = {self.columns[k].shift for k in members}
            if number == self.loose[task] and all(may_serve(self.problem, task, shift) for shift in shifts):
                days.append(day)
                there.append(self.model.new_bool_var(f"{task} on {day}"))
                self.on[number, day].append((task, there[-1]))
        return days, there

    def _after(self, series: Series, last: Any, following: Any | None, due: Any) -> Any:
        """Return how often a series falls overdue after an occurrence, 0 if there is another one."""
        days = self.problem.days
        count = self.model.new_int_var(0, days + 1, "missed")
        only = [last] if following is None else [last, ~following]
        self.model.add(count * series.max_gap >= days - due).only_enforce_if(*only)
        return count

    def _add_ties(self) -> None:
        """Keep tied tasks all or none, their starts within what their columns and ties allow."""
        start: dict[int, Any] = {}
        for task in sorted({task for tie in self.problem.ties for task in (tie.first, tie.second)}):
            start[task] = self.model.new_int_var(0, (self.problem.days + 2) * DAY_S, f"s{task}")
        for k, column in enumerate(self.columns):
            for task, earliest, latest in column.spans:
                if latest < earliest:
                    self.model.add(self.use[k] == 0)
                else:
                    self.model.add_linear_constraint(start[task], earliest, latest).only_enforce_if(self.use[k])
            pairs = itertools.pairwise(task for task, _, _ in column.spans)
            for (one, other), gap in zip(pairs, column.gaps, strict=True):
                self.model.add(start[other] - start[one] >= gap).only_enforce_if(self.use[k])
        for tie in self.problem.ties:
            served = self.model.new_bool_var("tied")
            self.model.add(self._served(tie.first) == served)
            self.model.add(self._served(tie.second) == served)
            apart = start[tie.second] - start[tie.first]
            self.model.add_linear_constraint(apart, tie.lo, tie.hi).only_enforce_if(served)

    def keep_weight(self, least: int) -> None:
        """Allow only choices that serve so much weight."""
        self.model.add(_sum(self.weight) >= least)

    def solve(self, terms: list[tuple[int, Any]], limits: Limits) -> Answer | None:
        """Return the chosen columns, the sum of the terms and its bound."""
        if limits.work <= 0:
            return None
        self.model.maximize(_sum(terms))
        self.model.clear_hints()  # type: ignore[no-untyped-call]
        for k, column in enumerate(self.columns):
            self.model.add_hint(self.use[k], (column.shift, column.sequence) in self.own)
        solver = cp_model.CpSolver()
        solver.parameters.num_workers = 1
        solver.parameters.random_seed = limits.seed
        solver.parameters.max_deterministic_time = limits.work
        solver.parameters.max_time_in_seconds = max(0.01, limits.seconds)
        status = solver.solve(self.model)
        limits.work -= solver.response_proto.deterministic_time
        if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            return None
        chosen = [k for k, var in enumerate(self.use) if solver.boolean_value(var)]
        made = {key: task for key, there in self.on.items() for task, var in there if solver.boolean_value(var)}
        bound = math.floor(solver.best_objective_bound + 1e-6)
        return Answer(chosen, made, round(solver.objective_value), bound)

    def draft(self, answer: Answer) -> Draft:
        """Return chosen columns as a draft; visits of loose series are those occurrences that they were chosen for."""
        made, out = dict(answer.made), []
        for k in answer.chosen:
            column, day = self.columns[k], self.problem.shifts[self.columns[k].shift].day
            sequence = tuple(
                (made.pop((self.loose[task], day)) if task in self.loose else task, option)
                for task, option in column.sequence if task not in self.loose or (self.loose[task], day) in made
            )  # fmt: skip
            if sequence:
                out.append((column.shift, sequence))
        return tuple(sorted(out))

    def rule_out(self, chosen: list[int]) -> None:
        """Forbid a choice: not all of its columns together again."""
        self.model.add_bool_or(~self.use[k] for k in chosen)


class Answer(NamedTuple):
    """Chosen columns, the occurrences that visits of loose series are (by series and day), the sum and its bound."""

    chosen: list[int]
    made: dict[tuple[int, int], int]
    total: int
    bound: int


class ServedOn(NamedTuple):
    """Whether an occurrence is served, and on which day."""

    served: Any
    day: Any


def _sum(terms: list[tuple[int, Any]]) -> Any:
    return cp_model.LinearExpr.weighted_sum([var for _, var in terms], [factor for factor, _ in terms])

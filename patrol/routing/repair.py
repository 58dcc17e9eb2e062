"""Mandatory tasks that a plan leaves out, put into it at the cost of lighter tasks, or by moving others along.

A full route has room for no task, though it may hold tasks that need not be done: insertion alone and the search of
small pieces can both stop there. Here a task left out takes the place of the cheapest tasks of a route that weigh less
together than it does; where that is not enough, a task that weighs too much to be given up makes way and finds a place
elsewhere in the same manner, a few tasks deep (ejection chains, Glover 1996). What was put out comes back wherever it
still fits. The weight served rises with every change, and the work is bounded by a count, not by the clock.
"""

from __future__ import annotations

from itertools import accumulate, combinations

import numpy as np

from patrol.routing.greedy import all_candidates, greedy
from patrol.routing.insertion import Candidates, RouteState
from patrol.routing.model import Problem, goal_weights
from patrol.routing.rules import Draft, Sequence, gain, goal, route_value, route_work
from patrol.routing.schedule import schedule

DEPTH = 3  # tasks in a row that may make way for one another before the last one finds a place
AT_ONCE = 2  # tasks of one route that may make way together
LOOKS = 5_000  # routes looked at for one task and depth
ALL_LOOKS = 20_000  # routes looked at in all: about three seconds

Plan = dict[int, Sequence]
Away = tuple[int, ...]
Place = tuple[int, int, Away, int, Sequence]  # weight lost, value lost, tasks that made way, shift, its sequence


def repaired(problem: Problem, draft: Draft, candidates: list[Candidates] | None = None) -> Draft:
    """Return the draft with more weight of mandatory tasks served, or the draft itself if no way is found.

    Parameters
    ----------
    draft : Draft
        Feasible sequences.
    candidates : list of Candidates, optional
        :func:`patrol.routing.greedy.all_candidates` of this problem, if it is at hand.
    """
    weights = goal_weights(problem)
    plan = dict(draft)
    if not _left_out(weights, plan):
        return draft
    candidates = all_candidates(problem) if candidates is None else candidates
    chains = _Chains(problem, weights, candidates)
    for depth in range(DEPTH + 1):
        tried: set[int] = set()
        while waiting := [task for task in _left_out(weights, plan) if task not in tried]:
            tried.add(waiting[0])
            chains.allow(LOOKS)
            plan = chains.place(plan, waiting[0], depth, (), weights[waiting[0]] - 1) or plan
    better = greedy(
        problem, tuple(sorted((shift, sequence) for shift, sequence in plan.items() if sequence)), candidates
    )
    return better if goal(problem, better)[:2] > goal(problem, draft)[:2] else draft


def _left_out(weights: tuple[int, ...], plan: Plan) -> list[int]:
    """Return the tasks with a weight that no route serves, heaviest first."""
    served = {task for sequence in plan.values() for task, _ in sequence}
    waiting = [task for task, weight in enumerate(weights) if weight and task not in served]
    return sorted(waiting, key=lambda task: (-weights[task], task))


class _Chains:
    """The search for a place, with the count of routes that it may still look at."""

    def __init__(self, problem: Problem, weights: tuple[int, ...], candidates: list[Candidates]) -> None:
        self.problem = problem
        self.weights = weights
        self.left_in_all = ALL_LOOKS
        self.left = 0
        self.ways: dict[int, list[tuple[int, Candidates]]] = {task: [] for task, weight in enumerate(weights) if weight}
        for shift, rows in enumerate(candidates):
            for task in np.unique(rows.task).tolist():
                if weights[task]:
                    self.ways[task].append((shift, rows.take(rows.task == task)))
        self.groups: dict[str, list[int]] = {}
        for number, crew in enumerate(problem.shifts):
            self.groups.setdefault(crew.group, []).append(number)

    def allow(self, looks: int) -> None:
        """Set how many routes may be looked at for the next task."""
        self.left = min(looks, self.left_in_all)

    def place(self, plan: Plan, task: int, depth: int, locked: tuple[int, ...], spare: int) -> Plan | None:
        """Return the plan with a task in it that loses no more than ``spare`` of weight, or None.

        Tasks ``locked`` keep their places; up to ``depth`` others make way one for the other.
        """
        ways = self.ways[task]
        direct = [self._into(plan, shift, rows, (), locked, spare) for shift, rows in ways]
        if found := [place for place in direct if place]:
            _, _, _, shift, sequence = min(found)
            return {**plan, shift: sequence}
        if depth == 0:
            return None
        for size in range(1, 1 + AT_ONCE):
            moves = [
                self._into(plan, shift, rows, away, locked, spare)
                for shift, rows in ways
                for away in combinations(self._held(plan, shift, locked), size)
            ]
            for lost, _, away, shift, sequence in sorted(move for move in moves if move):
                there = self._place_all({**plan, shift: sequence}, away, depth - 1, (*locked, task), spare - lost)
                if there:
                    return there
        return None

    def _held(self, plan: Plan, shift: int, locked: tuple[int, ...]) -> list[int]:
        """Return the tasks of a route that weigh something and may make way."""
        return [task for task, _ in plan.get(shift, ()) if self.weights[task] and task not in locked]

    def _place_all(self, plan: Plan, tasks: Away, depth: int, locked: tuple[int, ...], spare: int) -> Plan | None:
        """Return the plan with all of some tasks in it, see :meth:`place`."""
        now: Plan | None = plan
        for task in tasks:
            before = self._served(now) + self.weights[task] if now else 0
            now = self.place(now, task, depth, locked, spare) if now else None
            spare -= before - self._served(now) if now else 0
            locked = (*locked, task)
        return now

    def _served(self, plan: Plan) -> int:
        return sum(self.weights[task] for sequence in plan.values() for task, _ in sequence)

    def _into(
        self, plan: Plan, shift: int, rows: Candidates, without: Away, locked: tuple[int, ...], spare: int
    ) -> Place | None:
        """Return how a shift takes a task in, putting out as few of its cheapest tasks as it must."""
        crew, old = self.problem.shifts[shift], plan.get(shift, ())
        base = tuple(pair for pair in old if pair[0] not in without)
        order = sorted(
            (self.weights[task], gain(crew, self.problem.tasks[task].options[way]), task)
            for task, way in base
            if task not in locked
        )
        lost = accumulate(weight for weight, _, _ in order)
        out = [task for (_, _, task), weight in zip(order, lost, strict=True) if weight <= spare]
        kept = [tuple(pair for pair in base if pair[0] not in out[:count]) for count in range(len(out) + 1)]
        emptied = self._inserted(plan, shift, kept.pop(), rows)
        if emptied is None:
            return None
        tries = (self._inserted(plan, shift, sequence, rows) for sequence in kept)
        new = next((sequence for sequence in tries if sequence), emptied)
        stay = {task for task, _ in new}
        weight = sum(self.weights[task] for task in out if task not in stay)
        value = (route_value(self.problem, shift, old) if old else 0) - route_value(self.problem, shift, new)
        return weight, value, without, shift, new

    def _inserted(self, plan: Plan, shift: int, kept: Sequence, rows: Candidates) -> Sequence | None:
        """Return the sequence with the task in its shortest place, or None if it fits in none."""
        if self.left <= 0:
            return None
        self.left -= 1
        self.left_in_all -= 1
        route = RouteState(self.problem, shift, kept)
        scores, places = route.best_insertions(rows, self._hours_left(plan, route), pays=False)
        row = int(scores.argmax())
        if not np.isfinite(scores[row]):
            return None
        at, stop = int(places[row]), (int(rows.task[row]), int(rows.option[row]))
        new = (*kept[:at], stop, *kept[at:])
        return new if schedule(self.problem, shift, new) is not None else None

    def _hours_left(self, plan: Plan, route: RouteState) -> int:
        crew = route.crew
        if not crew.group:
            return 2**62
        others = (shift for shift in self.groups[crew.group] if shift != route.shift and plan.get(shift))
        return crew.group_max_s - route.work_s - sum(route_work(self.problem, shift, plan[shift]) for shift in others)

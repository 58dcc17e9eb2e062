"""The greatest weight of cycles that any plan can keep, proved by CP-SAT.

It chooses among every set of tasks that fits into a shift and every sequence of days that a series allows. For problems
without other mandatory work, in which no shift has a rest. What a set of tasks takes is found by dynamic programming
over all orders and ways with their windows; limits of metres, and that a zone has room at home, are left out. So the
weight proved is never below what a plan can keep.
"""

import itertools
from collections import defaultdict

from ortools.sat.python import cp_model

from patrol.routing.model import misses
from patrol.routing.rules import may_serve, options_of, windows_on
from patrol.units import UNREACHABLE


def most_kept(problem):
    """Return the greatest weight of series that a plan can keep."""
    assert not any(task.mandatory or task.pinned for task in problem.tasks), "cycles are all that counts"
    assert not problem.ties
    model = cp_model.CpModel()
    visits = {}  # (series, shift): literal
    for k in range(len(problem.shifts)):
        able = {n: _task_on(problem, n, k) for n in range(len(problem.series))}
        able = {n: task for n, task in able.items() if task is not None}
        for n in able:
            visits[n, k] = model.new_bool_var(f"{n} by {k}")
        for crowd in _too_many(_fitting(problem, k, able), sorted(able)):
            model.add(sum(visits[n, k] for n in crowd) <= len(crowd) - 1)
    gained = []
    for n, series in enumerate(problem.series):
        none = misses(series, problem.days, ())
        by_day = defaultdict(list)
        chosen = []
        for days in _sequences(problem, n, series, visits):
            pick = model.new_bool_var(f"{n} on {days}")
            chosen.append(pick)
            gained.append(series.weight * (none - misses(series, problem.days, days)) * pick)
            for day in days:
                by_day[day].append(pick)
        model.add_at_most_one(chosen)
        for day, picks in by_day.items():
            there = [visits[n, k] for k, shift in enumerate(problem.shifts) if shift.day == day and (n, k) in visits]
            model.add(sum(picks) <= sum(there))
    model.maximize(sum(gained))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.max_deterministic_time = 20
    assert solver.solve(model) == cp_model.OPTIMAL, "the case is too large to be proved"
    return round(solver.objective_value)


def _task_on(problem, number, shift):
    """Return a task of a series that a shift may serve: all of them are alike but for the days on which they may be."""
    found = [task for task in problem.series[number].tasks if may_serve(problem, task, shift)]
    return found[0] if found else None


def _fitting(problem, k, able):
    """Return every set of series whose tasks a shift can serve, by the earliest end of each order."""
    shift = problem.shifts[k]
    assert shift.pause is None
    travel = problem.profiles[shift.profile].travel_s
    reached = {(frozenset(), None): (shift.opens, shift.start)}
    fitting = {frozenset()}
    for _ in range(len(able)):
        longer = {}
        for (done, _), (now, place) in reached.items():
            for n, task in able.items():
                if n in done:
                    continue
                for number in options_of(problem.tasks[task], shift.profile):
                    way = problem.tasks[task].options[number]
                    arrive = now + int(travel[place, way.entry])
                    begins = min((max(arrive, a) for a, b in windows_on(problem.tasks[task], shift) if arrive <= b),
                                 default=UNREACHABLE)  # fmt: skip
                    leave = begins + way.service_s
                    if leave + int(travel[way.exit, shift.end]) > shift.closes:
                        continue
                    key = done | {n}, (n, number)
                    longer[key] = min(longer.get(key, (UNREACHABLE, 0)), (leave, way.exit))
        fitting |= {done for done, _ in longer}
        reached = longer
    return fitting


def _too_many(fitting, names):
    """Yield the least sets that no fitting set contains."""
    whole = {frozenset(part) for one in fitting for size in range(len(one) + 1)
             for part in itertools.combinations(sorted(one), size)}  # fmt: skip
    found = []
    for size in range(1, len(names) + 1):
        for crowd in map(frozenset, itertools.combinations(names, size)):
            if crowd not in whole and not any(less <= crowd for less in found):
                found.append(crowd)
    return found


def _sequences(problem, number, series, visits):
    """Yield every sequence of days on which the tasks of a series may be served, one after another."""
    days = sorted({problem.shifts[k].day for n, k in visits if n == number})

    def grow(sequence, last):
        if sequence:
            yield sequence
        if len(sequence) == len(series.tasks):
            return
        task = problem.tasks[series.tasks[len(sequence)]]
        for day in days:
            if day - last >= series.min_gap and (not task.windows or any(one.day == day for one in task.windows)):
                yield from grow((*sequence, day), day)

    yield from grow((), series.last_day)

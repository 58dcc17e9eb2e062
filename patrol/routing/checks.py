"""Is a problem well-formed: every fault of its indexes, times, labels and magnitudes, all at once."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field

from patrol.errors import Finding, ProblemError
from patrol.routing.model import AIDS, Problem, Profile, Series, Shift, Task, big_weight, goal_weights, total_weight
from patrol.routing.rules import tied_groups
from patrol.units import DAY_S, UNREACHABLE

INT64_ROOM = 2**62
MOST_TIED = 8  # tasks of one tied group


@dataclass(slots=True)
class _Faults:
    """Collects the faults of a problem."""

    found: list[Finding] = field(default_factory=list)

    def add(self, label: str, what: str) -> None:
        self.found.append(Finding("error", "problem.invalid", label, what))


def check_problem(problem: Problem) -> None:
    """Check a problem against the contract of :mod:`patrol.routing.model`.

    Raises
    ------
    ProblemError
        Every fault at once: indexes out of range, matrices of the wrong shape, negative times,
        repeated labels, breaks outside their shift, and goals too large for 64-bit sums.
    """
    faults = _Faults()
    for profile in problem.profiles:
        _check_profile(profile, faults)
    _check_labels([task.task_id for task in problem.tasks], "task", faults)
    _check_labels([shift.shift_id for shift in problem.shifts], "shift", faults)
    for shift in problem.shifts:
        _check_shift(shift, problem, faults)
    _check_groups(problem, faults)
    for task in problem.tasks:
        _check_task(task, problem, faults)
    if not faults.found:
        _check_series(problem, faults)
        _check_ties(problem, faults)
        _check_prices(problem, faults)
    _check_magnitude(problem, faults)
    if faults.found:
        raise ProblemError(faults.found)


def _check_profile(profile: Profile, faults: _Faults) -> None:
    n = len(profile.travel_s)
    if profile.travel_s.shape != (n, n) or profile.distance_m.shape != (n, n):
        faults.add(profile.name, "matrices are not square and alike")
        return
    if profile.lonlat.shape != (n, 2):
        faults.add(profile.name, "lonlat has another number of locations than the matrices")
    if n and (profile.travel_s.min() < 0 or profile.distance_m.min() < 0):
        faults.add(profile.name, "a matrix has negative entries")
    if n and (profile.travel_s.max() > UNREACHABLE or profile.distance_m.max() > UNREACHABLE):
        faults.add(profile.name, "a matrix has entries beyond the mark for unreachable")


def _check_labels(labels: list[str], what: str, faults: _Faults) -> None:
    if len(set(labels)) < len(labels):
        repeated = sorted({label for label in labels if labels.count(label) > 1})
        faults.add(what, f"labels repeat: {repeated[:5]}")


def _check_shift(shift: Shift, problem: Problem, faults: _Faults) -> None:
    if not 0 <= shift.profile < len(problem.profiles):
        faults.add(shift.shift_id, f"profile {shift.profile} does not exist")
        return
    n = len(problem.profiles[shift.profile].travel_s)
    if not (0 <= shift.start < n and 0 <= shift.end < n):
        faults.add(shift.shift_id, "start or end is no location of its profile")
    if not 0 <= shift.day < problem.days:
        faults.add(shift.shift_id, f"day {shift.day} is outside the horizon")
    if not 0 <= shift.opens <= shift.closes:
        faults.add(shift.shift_id, "opens after it closes")
    limits = (shift.max_work_s, shift.max_distance_m, shift.max_walk_m, shift.group_max_s)
    if min(*limits, shift.price_s, shift.price_m, shift.price_open, shift.max_load) < 0:
        faults.add(shift.shift_id, "a limit or price is negative")
    pause = shift.pause
    if pause and not (
        shift.opens <= pause.earliest <= pause.latest
        and pause.duration_s >= 0
        and pause.latest + pause.duration_s <= shift.closes
    ):
        faults.add(shift.shift_id, "the break does not fit into the shift")


def _check_groups(problem: Problem, faults: _Faults) -> None:
    limits: dict[str, int] = {}
    for shift in problem.shifts:
        if shift.group and limits.setdefault(shift.group, shift.group_max_s) != shift.group_max_s:
            faults.add(shift.shift_id, f"group {shift.group!r} has two different limits")


def _check_task(task: Task, problem: Problem, faults: _Faults) -> None:
    for option in task.options:
        if not 0 <= option.profile < len(problem.profiles):
            faults.add(task.task_id, f"profile {option.profile} does not exist")
            continue
        n = len(problem.profiles[option.profile].travel_s)
        if not (0 <= option.entry < n and 0 <= option.exit < n):
            faults.add(task.task_id, "entry or exit is no location of its profile")
        if min(option.service_s, option.walk_m, option.distance_m) < 0:
            faults.add(task.task_id, "a service figure is negative")
        if len(option.prizes) != problem.days or min(option.prizes, default=0) < 0:
            faults.add(task.task_id, "prizes must be one non-negative number a day")
    for window in task.windows:
        if not 0 <= window.day < problem.days or not 0 <= window.opens <= window.closes:
            faults.add(task.task_id, f"window {window} is not in the horizon, or closes before it opens")
        if window.late_price < 0 or (window.due is not None and window.due < window.opens):
            faults.add(task.task_id, f"window {window} is due before it opens, or being late earns")
    if _overlap(task):
        faults.add(task.task_id, "windows of one day overlap")
    if task.aid not in AIDS or (task.aid and not task.zone):
        faults.add(task.task_id, f"aid {task.aid!r} is not one of {AIDS}, or there is no zone to aid")
    if task.aid_from is not None and (task.aid != "room" or task.aid_from < 0):
        faults.add(task.task_id, "aid is open from a day on, but does not hang on whether there is room before it")
    if min(task.load, task.change_price) < 0 or not -1 <= task.kept < len(problem.shifts):
        faults.add(task.task_id, "its load or price of change is negative, or it was kept for no shift")
    if task.other_price < 0 or any(not 0 <= index < len(problem.shifts) for index in task.preferred):
        faults.add(task.task_id, "the price of others is negative, or a preferred shift does not exist")
    if task.mandatory < 0:
        faults.add(task.task_id, "the mandatory weight is negative")
    if task.shifts is not None and any(not 0 <= index < len(problem.shifts) for index in task.shifts):
        faults.add(task.task_id, "an allowed shift does not exist")


def _overlap(task: Task) -> bool:
    ordered = sorted((window.day, window.opens, window.closes) for window in task.windows)
    return any(a[0] == b[0] and b[1] <= a[2] for a, b in itertools.pairwise(ordered))


def _check_series(problem: Problem, faults: _Faults) -> None:
    seen: set[int] = set()
    for number, series in enumerate(problem.series):
        where = f"series {number}"
        if not series.tasks or any(not 0 <= task < len(problem.tasks) for task in series.tasks):
            faults.add(where, "has no tasks, or one that does not exist")
            continue
        if len(seen | set(series.tasks)) < len(seen) + len(series.tasks):
            faults.add(where, "has a task twice, or one of another series")
        seen |= set(series.tasks)
        if any(problem.tasks[task].mandatory for task in series.tasks):
            faults.add(where, "has a task with a mandatory weight of its own")
        _check_gaps(series, where, faults)


def _check_gaps(series: Series, where: str, faults: _Faults) -> None:
    if not 1 <= series.min_gap <= series.max_gap:
        faults.add(where, "gaps must be at least a day, the least no more than the most")
    if series.last_day >= 0 or series.first_due < max(0, series.last_day + series.max_gap):
        faults.add(
            where, "the last patrol must be before the horizon, and the first due date in it, not before its gap"
        )
    if series.weight < 0:
        faults.add(where, "the weight is negative")


def _check_ties(problem: Problem, faults: _Faults) -> None:
    repeated = {task for series in problem.series for task in series.tasks}
    for number, tie in enumerate(problem.ties):
        if (
            not (0 <= tie.first < len(problem.tasks) and 0 <= tie.second < len(problem.tasks))
            or tie.first == tie.second
        ):
            faults.add(f"tie {number}", "does not tie two different tasks")
        elif {tie.first, tie.second} & repeated:
            faults.add(f"tie {number}", "ties a task of a series")
        if not -DAY_S < tie.lo <= tie.hi < DAY_S:
            faults.add(f"tie {number}", "lags must be in order and less than a day")
    if faults.found:
        return
    for group in tied_groups(problem):
        if len(group) > MOST_TIED:
            faults.add("ties", f"{len(group)} tasks are tied together, more than {MOST_TIED}")
        for task in group:
            if problem.tasks[task].aid == "room":
                faults.add(problem.tasks[task].task_id, "is tied, so its aid cannot hang on whether there is room")


def _check_prices(problem: Problem, faults: _Faults) -> None:
    if min(problem.max_late_price, problem.aid_permille) < 0:
        faults.add("problem", "a price of lateness or aid is negative")
    seen: set[int] = set()
    for number, balance in enumerate(problem.balances):
        if any(not 0 <= shift < len(problem.shifts) for shift in balance.shifts):
            faults.add(f"balance {number}", "a shift does not exist")
        if seen & set(balance.shifts) or len(set(balance.shifts)) < len(balance.shifts):
            faults.add(f"balance {number}", "has a shift twice, or one of another balance")
        seen |= set(balance.shifts)
        if min(balance.free_s, balance.price_s) < 0:
            faults.add(f"balance {number}", "hours or price are negative")


def _check_magnitude(problem: Problem, faults: _Faults) -> None:
    if faults.found:
        return  # broken indexes cannot be summed over
    if big_weight(problem) * (sum(goal_weights(problem)) + total_weight(problem) + 1) > INT64_ROOM:
        faults.add("problem", "prizes times mandatory weights do not fit 64-bit integers: scale the prizes down")

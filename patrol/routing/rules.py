"""Which shift may serve which task, what a route costs, and how good a set of routes is.

Used by every engine and by ``explain``; ``verify`` has its own words for all of this.
"""

from __future__ import annotations

from collections.abc import Iterable

from patrol.routing.model import Option, Problem, Route, Shift, Task, misses

Sequence = tuple[tuple[int, int], ...]  # (task, option) in the order served
Draft = tuple[tuple[int, Sequence], ...]  # (shift, sequence), sorted by shift, no empty sequences
Goal = tuple[int, int, int]  # pinned tasks served, mandatory weight served, value: compared in this order


def party_fits(task: Task, shift: Shift) -> bool:
    """Return whether the task is open to the shift's party."""
    return not task.parties or shift.party in task.parties


def skills_fit(task: Task, shift: Shift) -> bool:
    """Return whether the shift has every skill the task needs."""
    return set(task.skills) <= set(shift.skills)


def at_home(task: Task, shift: Shift) -> bool:
    """Return whether the task lies in a home zone of the shift, or either side has none."""
    return not task.zone or not shift.zones or task.zone in shift.zones


def zone_fits(task: Task, shift: Shift) -> bool:
    """Return whether the shift is at home in the task's zone, or may come to its aid."""
    return bool(task.aid) or at_home(task, shift)


def aid_price(problem: Problem, task: Task, shift: int, option: Option) -> int:
    """Return the milli-ECM that a shift pays for a task of another zone than its own, 0 at home.

    A way longer than the shift, or that nobody can go, counts as long as the shift: others may lead there.
    """
    crew = problem.shifts[shift]
    if at_home(task, crew):
        return 0
    travel, hours = problem.profiles[crew.profile].travel_s, crew.closes - crew.opens
    ways = int(travel[crew.start, option.entry]), int(travel[option.exit, crew.end])
    seconds = option.service_s + sum(min(way, hours) for way in ways)
    return problem.aid_permille * crew.price_s * seconds // 1000


def other_price(task: Task, index: int) -> int:
    """Return the milli-ECM that a shift with this index pays for a task that others had better serve."""
    return task.other_price if task.preferred and index not in task.preferred else 0


def shift_listed(task: Task, index: int) -> bool:
    """Return whether the shift with this index is among those the task is bound to."""
    return task.shifts is None or index in task.shifts


def may_serve(problem: Problem, task: int, shift: int) -> bool:
    """Return whether party, skills, zone and the task's list of shifts allow it; nothing about time."""
    wanted, crew = problem.tasks[task], problem.shifts[shift]
    return (
        shift_listed(wanted, shift)
        and party_fits(wanted, crew)
        and skills_fit(wanted, crew)
        and zone_fits(wanted, crew)
        and (not wanted.windows or any(window.day == crew.day for window in wanted.windows))
    )


def options_of(task: Task, profile: int) -> tuple[int, ...]:
    """Return the indexes of the task's options for a profile."""
    return tuple(index for index, option in enumerate(task.options) if option.profile == profile)


def windows_on(task: Task, shift: Shift) -> tuple[tuple[int, int], ...]:
    """Return when service may start on the shift's day, as sorted (opens, closes)."""
    if not task.windows:
        return ((0, shift.closes),)
    return tuple(sorted((window.opens, window.closes) for window in task.windows if window.day == shift.day))


def leg_price(shift: Shift, travel_s: int, distance_m: int) -> int:
    """Return the milli-ECM one whole leg costs."""
    return shift.price_s * travel_s + shift.price_m * distance_m // 1000


def gain(shift: Shift, option: Option) -> int:
    """Return the prize of an option on the shift's day, less the price of its service."""
    return option.prizes[shift.day] - shift.price_s * option.service_s


def worth(problem: Problem, shift: int, task: int, option: int) -> int:
    """Return what serving a task in a shift adds to the value, legs and lateness apart."""
    item = problem.tasks[task]
    way = item.options[option]
    kept = item.change_price if item.kept == shift else 0
    return gain(problem.shifts[shift], way) + kept - aid_price(problem, item, shift, way) - other_price(item, shift)


def served(route: Route) -> Sequence:
    """Return the tasks of a route with their options, in order."""
    return tuple((stop.task, stop.option) for stop in route.stops if stop.kind == "task")


def route_value(problem: Problem, shift: int, sequence: Iterable[tuple[int, int]]) -> int:
    """Return prizes less prices of one shift's sequence, milli-ECM, with what tasks earn where they were kept."""
    crew = problem.shifts[shift]
    profile = problem.profiles[crew.profile]
    place, value = crew.start, -crew.price_open
    for task, number in sequence:
        option = problem.tasks[task].options[number]
        leg = (place, option.entry)
        value -= leg_price(crew, int(profile.travel_s[leg]), int(profile.distance_m[leg]))
        value += worth(problem, shift, task, number)
        place = option.exit
    leg = (place, crew.end)
    return value - leg_price(crew, int(profile.travel_s[leg]), int(profile.distance_m[leg]))


def route_work(problem: Problem, shift: int, sequence: Iterable[tuple[int, int]]) -> int:
    """Return travel and service seconds of one shift's sequence."""
    crew = problem.shifts[shift]
    travel = problem.profiles[crew.profile].travel_s
    place, work = crew.start, 0
    for task, number in sequence:
        option = problem.tasks[task].options[number]
        work += int(travel[place, option.entry]) + option.service_s
        place = option.exit
    return work + int(travel[place, crew.end])


def goal(problem: Problem, plan: Draft, late: int = 0) -> Goal:
    """Return the goals of (shift, sequence) pairs, most important first; ``late`` is what lateness costs."""
    pinned = weight = 0
    value = -late - sum(task.change_price for task in problem.tasks if task.kept >= 0) - balance_price(problem, plan)
    day_of: dict[int, int] = {}
    for shift, sequence in plan:
        if not sequence:
            continue
        value += route_value(problem, shift, sequence)
        for task, _ in sequence:
            pinned += problem.tasks[task].pinned
            weight += problem.tasks[task].mandatory
            day_of[task] = problem.shifts[shift].day
    return pinned, weight + _spared(problem, day_of), value


def _spared(problem: Problem, day_of: dict[int, int]) -> int:
    """Return the weight of the misses that series are spared."""
    total = 0
    for series in problem.series:
        days = tuple(day_of[task] for task in series.tasks if task in day_of)
        total += series.weight * (misses(series, problem.days, ()) - misses(series, problem.days, days))
    return total


def balance_price(problem: Problem, plan: Draft) -> int:
    """Return what hours out of balance cost."""
    if not problem.balances:
        return 0
    work = {shift: route_work(problem, shift, sequence) for shift, sequence in plan if sequence}
    spent = [(b, sum(work.get(k, 0) for k in b.shifts)) for b in problem.balances]
    return sum(b.price_s * max(0, seconds - b.free_s) for b, seconds in spent)


def late_price(problem: Problem, routes: Iterable[Route]) -> int:
    """Return what lateness costs: of every service, and the largest of all."""
    total = worst = 0
    for route in routes:
        day = problem.shifts[route.shift].day
        for stop in route.stops:
            for window in problem.tasks[stop.task].windows if stop.kind == "task" else ():
                if window.day == day and window.opens <= stop.start <= window.closes and window.due is not None:
                    late = max(0, stop.start - window.due)
                    total += late * window.late_price
                    worst = max(worst, late)
                    break
    return total + worst * problem.max_late_price


def series_fit(problem: Problem, plan: Draft) -> bool:
    """Return whether every series is served in order, with its gaps."""
    day_of = {task: problem.shifts[shift].day for shift, sequence in plan for task, _ in sequence}
    for series in problem.series:
        last, over = series.last_day, False
        for task in series.tasks:
            if task not in day_of:
                over = True
            elif over or day_of[task] < last + series.min_gap:
                return False
            else:
                last = day_of[task]
    return True


def tied_groups(problem: Problem) -> tuple[tuple[int, ...], ...]:
    """Return the tasks that ties connect, group by group."""
    root = list(range(len(problem.tasks)))

    def find(task: int) -> int:
        while root[task] != task:
            task = root[task]
        return task

    for tie in problem.ties:
        root[find(tie.first)] = find(tie.second)
    groups: dict[int, list[int]] = {}
    for task in sorted({task for tie in problem.ties for task in (tie.first, tie.second)}):
        groups.setdefault(find(task), []).append(task)
    return tuple(tuple(members) for members in groups.values())


def ties_whole(problem: Problem, plan: Draft) -> bool:
    """Return whether every tied group is served whole, in different shifts, or not at all."""
    shift_of = {task: shift for shift, sequence in plan for task, _ in sequence}
    for group in tied_groups(problem):
        shifts = [shift_of[task] for task in group if task in shift_of]
        if shifts and (len(shifts) < len(group) or len(set(shifts)) < len(shifts)):
            return False
    return True


def is_plain(problem: Problem) -> bool:
    """Return whether a problem has no rule that binds tasks or routes to one another but shared hours.

    So no series, ties, balances, priced lateness, loads, opening prices, mutual aid, price of change or of others.
    """
    return not (problem.series or problem.ties or problem.balances) and not (
        any(task.load or task.aid or task.change_price or task.other_price for task in problem.tasks)
        or any(window.due is not None for task in problem.tasks for window in task.windows)
        or any(shift.price_open for shift in problem.shifts)
    )


def groups_fit(problem: Problem, plan: Draft) -> bool:
    """Return whether every group of shifts keeps to the hours it shares."""
    left = {shift.group: shift.group_max_s for shift in problem.shifts if shift.group}
    for index, sequence in plan:
        group = problem.shifts[index].group
        if group and sequence:
            left[group] -= route_work(problem, index, sequence)
    return all(seconds >= 0 for seconds in left.values())

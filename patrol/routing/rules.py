"""Which shift may serve which task, what a route costs, and how good a set of routes is.

Used by every engine and by ``explain``; ``verify`` has its own words for all of this.
"""

from __future__ import annotations

from collections.abc import Iterable

from patrol.routing.model import Option, Problem, Route, Shift, Task

Sequence = tuple[tuple[int, int], ...]  # (task, option) in the order served
Draft = tuple[tuple[int, Sequence], ...]  # (shift, sequence), sorted by shift, no empty sequences
Goal = tuple[int, int, int]  # pinned tasks served, mandatory weight served, value: compared in this order


def party_fits(task: Task, shift: Shift) -> bool:
    """Return whether the task is open to the shift's party."""
    return not task.parties or shift.party in task.parties


def skills_fit(task: Task, shift: Shift) -> bool:
    """Return whether the shift has every skill the task needs."""
    return set(task.skills) <= set(shift.skills)


def zone_fits(task: Task, shift: Shift) -> bool:
    """Return whether the task lies in a home zone of the shift, or either side is open."""
    return not task.zone or not shift.zones or task.zone in shift.zones


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


def served(route: Route) -> Sequence:
    """Return the tasks of a route with their options, in order."""
    return tuple((stop.task, stop.option) for stop in route.stops if stop.kind == "task")


def route_value(problem: Problem, shift: int, sequence: Iterable[tuple[int, int]]) -> int:
    """Return prizes less prices of one shift's sequence, milli-ECM."""
    crew = problem.shifts[shift]
    profile = problem.profiles[crew.profile]
    place, value = crew.start, 0
    for task, number in sequence:
        option = problem.tasks[task].options[number]
        leg = (place, option.entry)
        value += gain(crew, option) - leg_price(crew, int(profile.travel_s[leg]), int(profile.distance_m[leg]))
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


def goal(problem: Problem, plan: Draft) -> Goal:
    """Return the goals of (shift, sequence) pairs, most important first."""
    pinned = weight = value = 0
    for shift, sequence in plan:
        if not sequence:
            continue
        value += route_value(problem, shift, sequence)
        for task, _ in sequence:
            pinned += problem.tasks[task].pinned
            weight += problem.tasks[task].mandatory
    return pinned, weight, value


def groups_fit(problem: Problem, plan: Draft) -> bool:
    """Return whether every group of shifts keeps to the hours it shares."""
    left = {shift.group: shift.group_max_s for shift in problem.shifts if shift.group}
    for index, sequence in plan:
        group = problem.shifts[index].group
        if group and sequence:
            left[group] -= route_work(problem, index, sequence)
    return all(seconds >= 0 for seconds in left.values())

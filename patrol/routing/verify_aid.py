"""Part of :mod:`patrol.routing.verify`: whether a zone has aid though its own crews have room.

No code in common with any engine: a route with one stop more is driven stop by stop, once for every leg that could
have the rest.
"""

from __future__ import annotations

from collections.abc import Iterator

from patrol.routing.model import Option, Problem, Route, Shift, Solution, Task
from patrol.units import DAY_S, UNREACHABLE

Visit = tuple[int, Option, int | None]  # task, the way it is served, its fixed start or None


def room_at_home(problem: Problem, solution: Solution) -> Iterator[tuple[str, str]]:
    """Yield each task that is aided though a shift at home in its zone admits it that day, and that shift."""
    for task, shift, home in needless_aid(problem, solution):
        where = f"{problem.tasks[task].task_id} in {problem.shifts[shift].shift_id}"
        yield where, f"{problem.shifts[home].shift_id} at home there had room"


def needless_aid(problem: Problem, solution: Solution) -> Iterator[tuple[int, int, int]]:
    """Yield the indexes of each task aided though there was room, of the shift that aids, and of one with room."""
    trusted = [route for route in solution.routes if 0 <= route.shift < len(problem.shifts)]
    plans = {route.shift: _visits(problem, route) for route in trusted}
    if any(visits is None for visits in plans.values()):
        return  # stops that cannot be read are named by other rules
    routes = {shift: visits for shift, visits in plans.items() if visits is not None}
    work = {shift: _work(problem, shift, [option for _, option, _ in visits]) for shift, visits in routes.items()}
    for shift, visits in sorted(routes.items()):
        for number, _, _ in visits:
            task, crew = problem.tasks[number], problem.shifts[shift]
            if not task.asks_home(crew.day) or not task.zone or not crew.zones or task.zone in crew.zones:
                continue
            for home, other in enumerate(problem.shifts):
                if other.day != crew.day or home == shift or not _at_home(task, other, home):
                    continue
                if _admits(problem, home, routes.get(home, []), number, work):
                    yield number, shift, home
                    break


def _visits(problem: Problem, route: Route) -> list[Visit] | None:
    tied = {task for tie in problem.ties for task in (tie.first, tie.second)}
    visits: list[Visit] = []
    for stop in route.stops:
        if stop.kind != "task":
            continue
        if not 0 <= stop.task < len(problem.tasks) or not 0 <= stop.option < len(problem.tasks[stop.task].options):
            return None
        option = problem.tasks[stop.task].options[stop.option]
        if option.profile != problem.shifts[route.shift].profile:
            return None
        visits.append((stop.task, option, stop.start if stop.task in tied else None))
    return visits


def _at_home(task: Task, shift: Shift, number: int) -> bool:
    """Return whether a shift may serve a task as one at home."""
    return (
        (not shift.zones or task.zone in shift.zones)
        and (not task.parties or shift.party in task.parties)
        and set(task.skills) <= set(shift.skills)
        and (task.shifts is None or number in task.shifts)
        and (not task.windows or any(window.day == shift.day for window in task.windows))
    )


def _work(problem: Problem, shift: int, options: list[Option]) -> int:
    crew = problem.shifts[shift]
    travel = problem.profiles[crew.profile].travel_s
    places = [crew.start]
    for option in options:
        places += [option.entry, option.exit]
    places.append(crew.end)
    legs = sum(int(travel[a, b]) for a, b in zip(places[::2], places[1::2], strict=True))
    return legs + sum(option.service_s for option in options)


def _admits(problem: Problem, shift: int, visits: list[Visit], task: int, work: dict[int, int]) -> bool:
    """Return whether a shift takes a task in at some place of its route, whatever that costs."""
    crew = problem.shifts[shift]
    others = sum(
        seconds for k, seconds in work.items() if k != shift and crew.group and problem.shifts[k].group == crew.group
    )
    least = least_work(problem, shift, visits, task)
    return least is not None and (not crew.group or others + least <= crew.group_max_s)


def least_work(problem: Problem, shift: int, visits: list[Visit], task: int) -> int | None:
    """Return the seconds of work of a route with one task more, None if the shift cannot take it in anywhere."""
    crew = problem.shifts[shift]
    if sum(problem.tasks[number].load for number, _, _ in visits) + problem.tasks[task].load > crew.max_load:
        return None
    longer: list[list[Visit]] = [
        [*visits[:place], (task, option, None), *visits[place:]]
        for option in problem.tasks[task].options
        if option.profile == crew.profile
        for place in range(len(visits) + 1)
    ]
    works = [_work(problem, shift, [way for _, way, _ in route]) for route in longer]
    kept = [
        seconds
        for seconds, route in zip(works, longer, strict=True)
        if seconds <= crew.max_work_s and _drivable(problem, shift, route)
    ]
    return min(kept, default=None)


def _drivable(problem: Problem, shift: int, visits: list[Visit]) -> bool:
    crew, profile = problem.shifts[shift], problem.profiles[problem.shifts[shift].profile]
    places = [crew.start]
    for _, option, _ in visits:
        places += [option.entry, option.exit]
    places.append(crew.end)
    legs = [(int(profile.travel_s[pair]), int(profile.distance_m[pair]))
            for pair in zip(places[::2], places[1::2], strict=True)]  # fmt: skip
    metres = sum(length for _, length in legs)
    driven = sum(option.distance_m for _, option, _ in visits) + (0 if profile.on_foot else metres)
    walked = sum(option.walk_m for _, option, _ in visits) + (metres if profile.on_foot else 0)
    if any(max(leg) >= UNREACHABLE for leg in legs) or driven > crew.max_distance_m or walked > crew.max_walk_m:
        return False
    seconds = [travel for travel, _ in legs]
    if crew.pause is None:
        return _home_by(problem, crew, visits, seconds, None) <= crew.closes
    before = crew.pause.earliest + crew.pause.duration_s
    if _home_by(problem, crew, visits, seconds, None) <= crew.pause.latest:
        return True
    if _home_by(problem, crew, visits, seconds, None, leaves=before) <= crew.closes:
        return True
    return any(_home_by(problem, crew, visits, seconds, leg) <= crew.closes for leg in range(len(legs)))


def _home_by(
    problem: Problem,
    crew: Shift,
    visits: list[Visit],
    seconds: list[int],
    rest_on: int | None,
    leaves: int | None = None,
) -> int:
    """Return when a shift is home at the earliest, more than two days after midnight if it cannot be."""
    never = 10 * DAY_S
    clock = crew.opens if leaves is None else leaves
    for number, travel in enumerate(seconds):
        if rest_on == number and crew.pause is not None:
            if clock > crew.pause.latest:
                return never
            clock = max(clock + travel, crew.pause.earliest) + crew.pause.duration_s
        else:
            clock += travel
        if number == len(visits):
            break
        task, option, fixed = visits[number]
        windows = sorted((w.opens, w.closes) for w in problem.tasks[task].windows if w.day == crew.day)
        if fixed is not None:
            if clock > fixed:
                return never
            clock = fixed
        elif problem.tasks[task].windows:
            starts = [max(clock, opens) for opens, closes in windows if clock <= closes]
            if not starts:
                return never
            clock = starts[0]
        elif clock > crew.closes:
            return never
        clock += option.service_s
    return clock

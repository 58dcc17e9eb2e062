"""Checks a solution against its problem, rule by rule, with no code in common with any engine.

What each rule means
--------------------
Structure
    ``route.unknown_shift``, ``route.repeated_shift``, ``route.order`` (not sorted by shift), ``route.empty`` (serves
    no task), ``stop.kind`` (neither task nor break), ``stop.unknown_task``, ``stop.unknown_option``,
    ``stop.wrong_profile`` (an option of another profile than the shift's).
Each task once
    ``task.served_twice``, ``task.served_and_dropped``, ``task.missing`` (neither), ``dropped.unknown``,
    ``dropped.repeated``, ``dropped.order`` (not sorted by task), ``dropped.no_reason`` (empty code).
Clock
    ``time.depart_before_open``; ``time.arrive``: a stop is reached at the leave of the one before (or the departure)
    plus its leg; ``time.start_before_arrive``; ``time.leave``: start plus service; ``time.finish``: last leave plus
    the leg home; ``shift.closes``: home after the shift closes; ``window.missed``: service starts outside every
    window of that day.
Legs
    ``leg.unreachable``; ``leg.travel`` and ``leg.distance``: the parts of a leg (a break on the way splits it) do not
    sum to the matrix entry; ``leg.negative``.
Break
    ``break.unexpected`` (the shift has none), ``break.repeated``, ``break.window`` (rest starts outside it),
    ``break.length``, ``break.during_service`` (rest overlaps a service), ``break.missing``: no rest although the crew
    left before ``earliest + duration_s`` and is home after ``latest``.
Repeats and ties
    ``series.order`` (an occurrence without the one before it), ``series.gap`` (fewer days than the least gap),
    ``tie.half`` (part of a tied group served), ``tie.shift`` (two of them in one shift), ``tie.lag`` (starts apart
    otherwise than the tie asks).
Limits
    ``limit.load`` (what its tasks take), ``limit.work`` (travel and service seconds), ``limit.distance``
    (metres driven: legs unless on foot, and options),
    ``limit.walk`` (metres walked: options, and legs on foot), ``group.work`` (work of all shifts of a group).
Who may
    ``party.not_allowed``, ``skill.missing``, ``zone.not_allowed``, ``shift.not_allowed``; ``aid.home_had_room``: a
    shift of another zone serves what a shift at home there admits that day by one insertion, with all its other
    stops in their order and tied ones at their times.
Goals
    ``mandatory.sum`` (weights of tasks served, and of misses that series are spared), ``value.sum`` (prizes of the
    day, less seconds of travel and service, whole legs' metres, opening, aid, change, others than who is preferred,
    lateness and hours out of balance at their prices).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from patrol.routing.model import Break, Option, Problem, Route, Shift, Solution, Stop, Task
from patrol.routing.verify_aid import room_at_home
from patrol.units import DAY_S, UNREACHABLE
from patrol.units import exact_clock as at


@dataclass(frozen=True, slots=True)
class Violation:
    """A rule that a solution breaks: its code, the shift, task or figure, and what was found."""

    code: str
    where: str
    what: str


@dataclass(slots=True)
class _Log:
    """Collects violations and the sums that only the whole solution can be held to."""

    found: list[Violation] = field(default_factory=list)
    times_served: Counter[int] = field(default_factory=Counter)
    group_work: Counter[str] = field(default_factory=Counter)
    shift_work: Counter[int] = field(default_factory=Counter)
    served_at: dict[int, tuple[int, int]] = field(default_factory=dict)  # task -> shift, absolute start
    lateness: list[tuple[int, int]] = field(default_factory=list)  # seconds, price of one
    value: int = 0

    def add(self, code: str, where: str, what: str) -> None:
        self.found.append(Violation(code, where, what))


@dataclass(slots=True)
class _Trip:
    """Where a route is while its stops are read; ``place`` is None after a stop that cannot be located."""

    place: int | None
    clock: int
    part_s: int = 0
    part_m: int = 0
    work_s: int = 0
    legs_m: int = 0
    driven_m: int = 0
    walked_m: int = 0
    loaded: int = 0
    served: int = 0


def violations(problem: Problem, solution: Solution) -> tuple[Violation, ...]:
    """Return every rule of this module's list that ``solution`` breaks; empty if it is sound.

    The problem is trusted (see :func:`patrol.routing.checks.check_problem`), the solution is not: it may hold any
    whole numbers, as a file edited by hand does.
    """
    log = _Log()
    numbers = [route.shift for route in solution.routes]
    if numbers != sorted(numbers):
        log.add("route.order", "routes", "routes are not sorted by shift")
    for number, times in sorted(Counter(numbers).items()):
        if times > 1:
            log.add("route.repeated_shift", f"shift {number}", f"has {times} routes")
    for route in solution.routes:
        if 0 <= route.shift < len(problem.shifts):
            _check_route(problem, route, log)
        else:
            log.add("route.unknown_shift", f"shift {route.shift}", "does not exist")
    _check_tasks(problem, solution, log)
    _check_groups(problem, log)
    _check_series(problem, log)
    _check_ties(problem, log)
    _price_whole(problem, log)
    if any(task.aid == "room" for task in problem.tasks):
        for found in room_at_home(problem, solution):
            log.add("aid.home_had_room", *found)
    weight = sum(problem.tasks[task].mandatory for task in log.times_served) + _spared(problem, log)
    if weight != solution.mandatory_served:
        log.add("mandatory.sum", "solution", f"says {solution.mandatory_served}, its routes serve {weight}")
    if log.value != solution.value:
        log.add("value.sum", "solution", f"says {solution.value}, its routes are worth {log.value}")
    return tuple(log.found)


def _check_tasks(problem: Problem, solution: Solution, log: _Log) -> None:
    dropped = [item.task for item in solution.dropped]
    if dropped != sorted(dropped):
        log.add("dropped.order", "dropped", "dropped tasks are not sorted")
    for item in solution.dropped:
        if not item.code:
            log.add("dropped.no_reason", f"task {item.task}", "is dropped without a reason")
    for number, times in sorted(Counter(dropped).items()):
        if not 0 <= number < len(problem.tasks):
            log.add("dropped.unknown", f"task {number}", "does not exist")
        elif times > 1:
            log.add("dropped.repeated", problem.tasks[number].task_id, f"is dropped {times} times")
    left_out = set(dropped)
    for number, task in enumerate(problem.tasks):
        times = log.times_served.get(number, 0)
        if times > 1:
            log.add("task.served_twice", task.task_id, f"is served {times} times")
        if times and number in left_out:
            log.add("task.served_and_dropped", task.task_id, "is served, and dropped too")
        if not times and number not in left_out:
            log.add("task.missing", task.task_id, "is neither served nor dropped")


def _days_of(problem: Problem, log: _Log, tasks: tuple[int, ...]) -> list[int | None]:
    return [problem.shifts[log.served_at[task][0]].day if task in log.served_at else None for task in tasks]


def _check_series(problem: Problem, log: _Log) -> None:
    for series in problem.series:
        before: int | None = series.last_day
        for task, day in zip(series.tasks, _days_of(problem, log, series.tasks), strict=True):
            where = problem.tasks[task].task_id
            if day is not None and before is None:
                log.add("series.order", where, "is served, the occurrence before it is not")
            elif day is not None and before is not None and day - before < series.min_gap:
                log.add("series.gap", where, f"{day - before} days after the one before, at least {series.min_gap}")
            before = day


def _spared(problem: Problem, log: _Log) -> int:
    """Return the weight of dates that series would have missed and do not."""
    total = 0
    for series in problem.series:
        missed = {True: 0, False: 0}
        for nothing in (True, False):
            due = series.first_due
            for day in [] if nothing else [d for d in _days_of(problem, log, series.tasks) if d is not None]:
                missed[nothing] += day > due
                due = max(due, day + series.max_gap)
            while due < problem.days:
                missed[nothing] += 1
                due += series.max_gap
        total += series.weight * (missed[True] - missed[False])
    return total


def _tied_groups(problem: Problem) -> list[set[int]]:
    """Return the sets of tasks that ties connect, directly or through others."""
    groups: list[set[int]] = []
    for tie in problem.ties:
        ends = {tie.first, tie.second}
        groups = [
            *(group for group in groups if not group & ends),
            ends.union(*(group for group in groups if group & ends)),
        ]
    return groups


def _check_ties(problem: Problem, log: _Log) -> None:
    for group in _tied_groups(problem):
        shifts = Counter(log.served_at[task][0] for task in sorted(group) if task in log.served_at)
        for shift, times in shifts.items():
            if times > 1:
                log.add("tie.shift", problem.shifts[shift].shift_id, f"serves {times} tasks of one tied group")
    for tie in problem.ties:
        names = f"{problem.tasks[tie.first].task_id} and {problem.tasks[tie.second].task_id}"
        first, second = log.served_at.get(tie.first), log.served_at.get(tie.second)
        if (first is None) != (second is None):
            log.add("tie.half", names, "one is served without the other")
        if first is None or second is None:
            continue
        if not tie.lo <= second[1] - first[1] <= tie.hi:
            log.add("tie.lag", names, f"start {second[1] - first[1]} s apart, not {tie.lo} to {tie.hi}")


def _price_whole(problem: Problem, log: _Log) -> None:
    """Take off the prices of lateness, of hours out of balance, of change and of others than who is preferred."""
    log.value -= sum(seconds * price for seconds, price in log.lateness)
    log.value -= problem.max_late_price * max((seconds for seconds, _ in log.lateness), default=0)
    for balance in problem.balances:
        over = sum(log.shift_work[shift] for shift in balance.shifts) - balance.free_s
        log.value -= balance.price_s * max(0, over)
    for number, task in enumerate(problem.tasks):
        if task.kept >= 0 and log.served_at.get(number, (-1, 0))[0] != task.kept:
            log.value -= task.change_price
        if task.preferred and number in log.served_at and log.served_at[number][0] not in task.preferred:
            log.value -= task.other_price


def _check_groups(problem: Problem, log: _Log) -> None:
    limits = {shift.group: shift.group_max_s for shift in problem.shifts if shift.group}
    for group, limit in sorted(limits.items()):
        if log.group_work[group] > limit:
            log.add("group.work", group, f"works {log.group_work[group]} s of {limit} s")


def _check_route(problem: Problem, route: Route, log: _Log) -> None:
    shift = problem.shifts[route.shift]
    where = shift.shift_id
    if route.depart < shift.opens:
        log.add("time.depart_before_open", where, f"departs at {at(route.depart)}, opens at {at(shift.opens)}")
    if not any(stop.kind == "task" for stop in route.stops):
        log.add("route.empty", where, "serves no task")
    trip = _Trip(shift.start, route.depart)
    for stop in route.stops:
        _check_clock(stop, trip, where, log)
        if stop.kind == "task":
            _check_task_stop(problem, route, stop, trip, log)
        elif stop.kind != "break":
            log.add("stop.kind", where, f"{stop.kind!r} is neither task nor break")
    _end_leg(problem, shift, shift.end, (route.home_travel_s, route.home_distance_m), trip, log)
    if route.finish != trip.clock + route.home_travel_s:
        log.add("time.finish", where, f"is home at {at(route.finish)}, not {at(trip.clock + route.home_travel_s)}")
    if route.finish > shift.closes:
        log.add("shift.closes", where, f"is home at {at(route.finish)}, closes at {at(shift.closes)}")
    _check_break(shift, route, log)
    _check_limits(problem, shift, trip, log)
    log.value -= shift.price_s * trip.work_s + (shift.price_open if trip.served else 0)
    log.shift_work[route.shift] += trip.work_s
    if shift.group:
        log.group_work[shift.group] += trip.work_s


def _check_clock(stop: Stop, trip: _Trip, where: str, log: _Log) -> None:
    if stop.arrive != trip.clock + stop.travel_s:
        log.add("time.arrive", where, f"arrives at {at(stop.arrive)}, not {at(trip.clock + stop.travel_s)}")
    if stop.start < stop.arrive:
        log.add("time.start_before_arrive", where, f"starts at {at(stop.start)}, arrives at {at(stop.arrive)}")
    if stop.kind != "task":
        if min(stop.travel_s, stop.distance_m) < 0:
            log.add("leg.negative", where, "a part of a leg is negative")
        trip.part_s += stop.travel_s
        trip.part_m += stop.distance_m
    trip.clock = stop.leave


def _end_leg(problem: Problem, shift: Shift, place: int | None, rest: tuple[int, int], trip: _Trip, log: _Log) -> None:
    """Close a leg: hold its parts against the matrices of the shift's profile, and add up work and metres."""
    if min(rest) < 0:
        log.add("leg.negative", shift.shift_id, "a leg is negative")
    travel, metres = trip.part_s + rest[0], trip.part_m + rest[1]
    trip.part_s = trip.part_m = 0
    if trip.place is not None and place is not None:
        profile = problem.profiles[shift.profile]
        true_s, true_m = int(profile.travel_s[trip.place, place]), int(profile.distance_m[trip.place, place])
        leg = f"from location {trip.place} to {place}"
        if max(true_s, true_m) >= UNREACHABLE:
            log.add("leg.unreachable", shift.shift_id, f"there is no way {leg}")
        if travel != true_s:
            log.add("leg.travel", shift.shift_id, f"{leg}: {travel} s, the matrix has {true_s} s")
        if metres != true_m:
            log.add("leg.distance", shift.shift_id, f"{leg}: {metres} m, the matrix has {true_m} m")
    trip.work_s += travel
    trip.legs_m += metres
    log.value -= shift.price_m * metres // 1000


def _check_task_stop(problem: Problem, route: Route, stop: Stop, trip: _Trip, log: _Log) -> None:
    shift = problem.shifts[route.shift]
    part = (stop.travel_s, stop.distance_m)
    task = problem.tasks[stop.task] if 0 <= stop.task < len(problem.tasks) else None
    option = task.options[stop.option] if task and 0 <= stop.option < len(task.options) else None
    if task is None:
        log.add("stop.unknown_task", shift.shift_id, f"task {stop.task} does not exist")
    elif option is None:
        log.add("stop.unknown_option", task.task_id, f"option {stop.option} does not exist")
    if task is not None:
        log.times_served[stop.task] += 1
        log.served_at[stop.task] = (route.shift, shift.day * DAY_S + stop.start)
        trip.loaded += task.load
        trip.served += 1
        _check_allowed(task, stop, route.shift, shift, log)
    if option is None or option.profile != shift.profile:
        if option is not None and task is not None:
            log.add("stop.wrong_profile", task.task_id, f"is served by a way of another profile in {shift.shift_id}")
        _end_leg(problem, shift, None, part, trip, log)
        trip.place = None
        return
    _end_leg(problem, shift, option.entry, part, trip, log)
    _serve(stop, option, shift, trip, log)
    if task is not None and _is_aid(task, shift):
        ways = problem.profiles[shift.profile].travel_s
        whole = shift.closes - shift.opens
        seconds = option.service_s + min(whole, int(ways[shift.start, option.entry]))
        seconds += min(whole, int(ways[option.exit, shift.end]))
        log.value -= problem.aid_permille * shift.price_s * seconds // 1000


def _serve(stop: Stop, option: Option, shift: Shift, trip: _Trip, log: _Log) -> None:
    if stop.leave != stop.start + option.service_s:
        what = f"leaves at {at(stop.leave)}, not {at(stop.start + option.service_s)}"
        log.add("time.leave", shift.shift_id, what)
    trip.place = option.exit
    trip.work_s += option.service_s
    trip.driven_m += option.distance_m
    trip.walked_m += option.walk_m
    log.value += option.prizes[shift.day]


def _is_aid(task: Task, shift: Shift) -> bool:
    return bool(task.zone and shift.zones and task.zone not in shift.zones)


def _check_allowed(task: Task, stop: Stop, number: int, shift: Shift, log: _Log) -> None:
    where = f"{task.task_id} in {shift.shift_id}"
    if task.parties and shift.party not in task.parties:
        log.add("party.not_allowed", where, f"party {shift.party}")
    if missing := sorted(set(task.skills).difference(shift.skills)):
        log.add("skill.missing", where, ", ".join(missing))
    if _is_aid(task, shift) and not task.aid:
        log.add("zone.not_allowed", where, f"zone {task.zone}")
    if task.shifts is not None and number not in task.shifts:
        log.add("shift.not_allowed", where, "the task is bound to other shifts")
    open_now = [w for w in task.windows if w.day == shift.day and w.opens <= stop.start <= w.closes]
    log.lateness += [(max(0, stop.start - w.due), w.late_price) for w in open_now[:1] if w.due is not None]
    if task.windows and not open_now:
        log.add("window.missed", where, f"service starts at {at(stop.start)} on day {shift.day + 1} of the plan")


def _check_break(shift: Shift, route: Route, log: _Log) -> None:
    rests = [stop for stop in route.stops if stop.kind == "break"]
    if shift.pause is None:
        if rests:
            log.add("break.unexpected", shift.shift_id, "the shift has no break")
        return
    if len(rests) > 1:
        log.add("break.repeated", shift.shift_id, f"has {len(rests)} breaks")
    for rest in rests:
        _check_rest(rest, shift.pause, shift.shift_id, log)
        for stop in route.stops:
            if stop.kind == "task" and rest.start < stop.leave and stop.start < rest.leave:
                log.add("break.during_service", shift.shift_id, f"rests from {at(rest.start)} while it serves")
    before = route.depart >= shift.pause.earliest + shift.pause.duration_s
    if not rests and not before and route.finish > shift.pause.latest:
        log.add("break.missing", shift.shift_id, "is under way all through the time of its break, without one")


def _check_rest(rest: Stop, pause: Break, where: str, log: _Log) -> None:
    if not pause.earliest <= rest.start <= pause.latest:
        log.add(
            "break.window", where, f"rests at {at(rest.start)}, not between {at(pause.earliest)} and {at(pause.latest)}"
        )
    if rest.leave - rest.start != pause.duration_s:
        log.add("break.length", where, f"rests {rest.leave - rest.start} s, not {pause.duration_s} s")


def _check_limits(problem: Problem, shift: Shift, trip: _Trip, log: _Log) -> None:
    on_foot = problem.profiles[shift.profile].on_foot
    driven = trip.driven_m + (0 if on_foot else trip.legs_m)
    walked = trip.walked_m + (trip.legs_m if on_foot else 0)
    for code, used, limit, what in (
        ("limit.load", trip.loaded, shift.max_load, "{} loaded, allowed are {}"),
        ("limit.work", trip.work_s, shift.max_work_s, "{} s of travel and service, allowed are {}"),
        ("limit.distance", driven, shift.max_distance_m, "{} m driven, allowed are {}"),
        ("limit.walk", walked, shift.max_walk_m, "{} m walked, allowed are {}"),
    ):
        if used > limit:
            log.add(code, shift.shift_id, what.format(used, limit))

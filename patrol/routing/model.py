"""The routing problem and its solution, in whole numbers.

Time is seconds after local midnight of the shift's day, distance is metres, value is milli-ECM.
Labels (``task_id``, ``shift_id`` ...) are carried for messages and never interpreted. Design: one
``Problem`` holds all days; each task offers *options* (one per profile and way to serve it), the
solver chooses among them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from patrol.units import DAY_S

IntMatrix = NDArray[np.int64]
NO_LIMIT = 2**40
AIDS = ("", "room", "open")


@dataclass(frozen=True, slots=True)
class Option:
    """One way to serve a task.

    Attributes
    ----------
    profile : int
        Index into ``Problem.profiles``.
    entry, exit : int
        Locations in that profile's matrices where service begins and ends.
    service_s : int
        Seconds of service, the walk from the car and back included.
    walk_m, distance_m : int
        Metres on foot, and metres driven or flown along the line, during service.
    direction : int
        1 forward (away from the source), -1 backward, 0 there and back, or a point.
    prizes : tuple of int
        Milli-ECM earned by day index.
    """

    profile: int
    entry: int
    exit: int
    service_s: int
    walk_m: int
    distance_m: int
    direction: int
    prizes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Window:
    """Service may start on ``day`` between ``opens`` and ``closes`` (both included).

    A start after ``due`` is late: each second costs ``late_price`` milli-ECM. None is never late.
    """

    day: int
    opens: int
    closes: int
    due: int | None = None
    late_price: int = 0


@dataclass(frozen=True, slots=True)
class Task:
    """One thing to serve at most once.

    Attributes
    ----------
    windows : tuple of Window
        Empty means any time of any day. Several windows on one day are allowed if they do not overlap.
    mandatory : int
        Weight; 0 is optional. The first goal is the sum of the weights served. A task of a series has none of
        its own: the series has.
    parties : tuple of str
        Parties that may serve it; empty means all.
    skills : tuple of str
        Skills the shift must have, all of them.
    zone : str
        Owner zone; a shift with home zones may serve only those (empty on either side: anywhere), but for ``aid``.
    aid : str
        Whether shifts of other zones may serve it: ``""`` never, ``room`` if no shift at home there that day has
        room for it (none of those that may serve it admits it by one insertion), ``open`` always. They pay for it,
        see ``Problem.aid_permille``.
    aid_from : int, optional
        Day of the horizon from which ``room`` is ``open``: what is urgent by then no zone keeps to itself.
    shifts : tuple of int, optional
        Only these shift indexes may serve it (pins and forbids made by hand, and safety rules); None means all.
    pinned : bool
        Set by hand: counts before every other goal.
    load : int
        What it takes of the ``max_load`` of its shift.
    kept, change_price : int
        The shift that an earlier plan gave it to, -1 for none; not to be served by that one costs the price.
    preferred, other_price : tuple of int, int
        The shifts that had better serve it, if any; to be served by another one costs the price, not at all nothing.
    """

    task_id: str
    options: tuple[Option, ...]
    windows: tuple[Window, ...] = ()
    mandatory: int = 0
    parties: tuple[str, ...] = ()
    skills: tuple[str, ...] = ()
    zone: str = ""
    shifts: tuple[int, ...] | None = None
    pinned: bool = False
    load: int = 0
    aid: str = ""
    aid_from: int | None = None
    kept: int = -1
    change_price: int = 0
    preferred: tuple[int, ...] = ()
    other_price: int = 0

    def asks_home(self, day: int) -> bool:
        """Return whether shifts of other zones may serve it on a day only if none at home has room."""
        return self.aid == "room" and (self.aid_from is None or day < self.aid_from)


@dataclass(frozen=True, slots=True)
class Break:
    """One uninterrupted rest that starts between ``earliest`` and ``latest``, never during service.

    Only a route that is under way then needs a stop for it: who is home by ``latest`` rests there afterwards,
    and who leaves at ``earliest + duration_s`` or later has rested before.
    """

    earliest: int
    latest: int
    duration_s: int


@dataclass(frozen=True, slots=True)
class Shift:
    """One crew on one day with one profile.

    Attributes
    ----------
    opens, closes : int
        The shift leaves ``start`` no earlier and is at ``end`` no later.
    max_work_s : int
        Limit on travel + service seconds (breaks and waiting not counted).
    max_distance_m, max_walk_m : int
        Limits on metres driven (legs and ``distance_m`` of options) and walked (``walk_m`` of options). The legs
        of a profile on foot are walked, not driven.
    max_load : int
        Limit on the sum of its tasks' ``load``.
    group : str
        Shifts of one group share ``group_max_s`` of work (a volunteer's hours a week); empty for none.
    price_s, price_m : int
        Milli-ECM a second of travel and service, and milli-ECM per 1,000 metres of leg distance, rounded down
        for each whole leg (a break on the way does not split the price).
    price_open : int
        Milli-ECM for serving anything at all.
    """

    shift_id: str
    crew_id: str
    party: str
    day: int
    profile: int
    start: int
    end: int
    opens: int
    closes: int
    max_work_s: int
    max_distance_m: int
    max_walk_m: int
    pause: Break | None = None
    skills: tuple[str, ...] = ()
    zones: tuple[str, ...] = ()
    group: str = ""
    group_max_s: int = 0
    price_s: int = 0
    price_m: int = 0
    price_open: int = 0
    max_load: int = NO_LIMIT


@dataclass(frozen=True, slots=True)
class Profile:
    """How some shifts move: name, whether legs are walked, and its two square matrices.

    Attributes
    ----------
    travel_s, distance_m : ndarray of int64, shape (n, n)
        Seconds and metres between the profile's locations; ``units.UNREACHABLE`` where there is no way.
    lonlat : ndarray of int64, shape (n, 2)
        Locations in 1e-7 degrees WGS84, carried for the plan file.
    """

    name: str
    on_foot: bool
    travel_s: IntMatrix
    distance_m: IntMatrix
    lonlat: IntMatrix


@dataclass(frozen=True, slots=True)
class Series:
    """Ordered occurrences of one repeated task, each served at most once, the k-th only if the one before is.

    An occurrence is due ``max_gap`` days after the one before it; what is served later, or not at all though due
    within the horizon, is missed. Without any patrol the misses are all dates on which one would have been due;
    no patrol adds to them (see :func:`misses`).

    Attributes
    ----------
    tasks : tuple of int
        Task indexes, in order.
    last_day : int
        Day index of the last patrol before the horizon, so negative.
    first_due : int
        Last day on which the first occurrence is in time; not before ``last_day + max_gap``.
    min_gap, max_gap : int
        Days between two occurrences: never fewer, and more is a miss. ``min_gap`` is at least 1.
    weight : int
        Mandatory weight of every occurrence that is not missed.
    """

    tasks: tuple[int, ...]
    last_day: int
    first_due: int
    min_gap: int
    max_gap: int
    weight: int = 1


@dataclass(frozen=True, slots=True)
class Tie:
    """Two tasks bound in time: ``lo <= start of second - start of first <= hi``, on different shifts.

    Tasks that ties connect are served all or none. Times are seconds from midnight of day 0.
    """

    first: int
    second: int
    lo: int
    hi: int


@dataclass(frozen=True, slots=True)
class Balance:
    """Work of some shifts (travel and service) beyond ``free_s`` seconds costs ``price_s`` milli-ECM a second."""

    shifts: tuple[int, ...]
    free_s: int
    price_s: int


@dataclass(frozen=True, slots=True)
class Problem:
    """Everything a solver may know.

    Attributes
    ----------
    days : int
        Number of days; day indexes start at 0.
    max_late_price : int
        Milli-ECM a second of the largest lateness of the plan.
    aid_permille : int
        What a shift pays for a task of another zone than its own, in thousandths of the price of its service and of
        the way from the shift's start to it and from it to the shift's end, neither counted longer than the shift.
    """

    days: int
    profiles: tuple[Profile, ...]
    tasks: tuple[Task, ...]
    shifts: tuple[Shift, ...]
    series: tuple[Series, ...] = ()
    ties: tuple[Tie, ...] = ()
    balances: tuple[Balance, ...] = ()
    max_late_price: int = 0
    aid_permille: int = 0


@dataclass(frozen=True, slots=True)
class Stop:
    """A served task or a break on a route.

    Attributes
    ----------
    kind : str
        ``task`` or ``break``.
    task, option : int
        Indexes, -1 for a break.
    arrive, start, leave : int
        Seconds after midnight: reached, service (or rest) begins, service ends. ``start - arrive`` is waiting.
    travel_s, distance_m : int
        The leg from the previous stop. A break taken on the way splits its leg: its own part here, the
        rest at the next stop; the parts sum to the matrix entry.
    """

    kind: str
    task: int
    option: int
    arrive: int
    start: int
    leave: int
    travel_s: int
    distance_m: int


@dataclass(frozen=True, slots=True)
class Route:
    """One shift's ordered stops, its departure, the last leg home, and when it is there."""

    shift: int
    depart: int
    stops: tuple[Stop, ...]
    home_travel_s: int
    home_distance_m: int
    finish: int


@dataclass(frozen=True, slots=True)
class Dropped:
    """A task left out, and a code of :mod:`patrol.routing.explain`."""

    task: int
    code: str


@dataclass(frozen=True, slots=True)
class Solution:
    """Routes of the shifts that do something, ordered by shift, and every task left out.

    Attributes
    ----------
    mandatory_served, value : int
        The two goals: weights of mandatory tasks served, and of the misses that series are spared; prizes less
        prices, milli-ECM.
    stopped_by : str
        ``iterations``, ``exhausted`` (nothing left to try), ``seconds`` (the outer bound bit) or ``stopped`` (by hand);
        after the last two it cannot be repeated.
    """

    engine: str
    seed: int
    iterations: int
    stopped_by: str
    routes: tuple[Route, ...]
    dropped: tuple[Dropped, ...]
    mandatory_served: int
    value: int


def misses(series: Series, days: int, served: tuple[int, ...]) -> int:
    """Return how often a series falls overdue within the horizon if it is served on some days, in order."""
    due, count = series.first_due, 0
    for day in served:
        count += day > due
        due = max(due, day + series.max_gap)
    return count + (max(0, days - 1 - due) // series.max_gap + 1 if due < days else 0)


def goal_weights(problem: Problem) -> tuple[int, ...]:
    """Return a weight a task for the first goals: mandatory weights, a pinned task above all of them together."""
    total = total_weight(problem)
    return tuple(task.mandatory + (total + 1 if task.pinned else 0) for task in problem.tasks)


def total_weight(problem: Problem) -> int:
    """Return the mandatory weight there is to serve: of tasks, and of all misses of series."""
    repeated = sum(series.weight * misses(series, problem.days, ()) for series in problem.series)
    return sum(task.mandatory for task in problem.tasks) + repeated


def big_weight(problem: Problem) -> int:
    """Return a number larger than any sum of prizes and prices: one mandatory unit outweighs all of them."""
    total = 1 + _late_bound(problem)
    dearest = max((shift.price_s * (shift.closes - shift.opens) for shift in problem.shifts), default=0)
    aid = problem.aid_permille * 3 * dearest // 1000  # there, service and back: each a whole shift at most
    for task in problem.tasks:
        total += max((max(o.prizes, default=0) for o in task.options), default=0) + task.change_price + task.other_price
        total += aid if task.aid else 0
    for shift in problem.shifts:
        metres = shift.max_walk_m if problem.profiles[shift.profile].on_foot else shift.max_distance_m
        seconds = min(shift.max_work_s, shift.closes - shift.opens)
        total += shift.price_open + shift.price_s * seconds + shift.price_m * metres // 1000
    return total + sum(
        balance.price_s * sum(min(problem.shifts[k].max_work_s, DAY_S * 2) for k in balance.shifts)
        for balance in problem.balances
    )


def _late_bound(problem: Problem) -> int:
    """Return more than all lateness can cost."""
    latest = max((shift.closes for shift in problem.shifts), default=0)
    total = worst = 0
    for task in problem.tasks:
        late = [(max(0, min(w.closes, latest) - w.due), w.late_price) for w in task.windows if w.due is not None]
        total += max((seconds * price for seconds, price in late), default=0)
        worst = max(worst, max((seconds for seconds, _ in late), default=0))
    return total + worst * problem.max_late_price

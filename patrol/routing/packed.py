"""A problem as flat arrays, for the compiled search: a row a task, option, shift; matrices one after the other.

Times are absolute here: seconds from midnight of day 0, so that shifts of different days never mix. What a task earns
in a shift (its prize that day, its weight times :func:`patrol.routing.model.big_weight`, less the price of service,
aid and change) is one number a pair of option and shift, so that the loops add and compare and know no prices.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from patrol.routing.model import NO_LIMIT, Option, Problem, Shift, big_weight, goal_weights
from patrol.routing.rules import aid_price, at_home, other_price, party_fits, skills_fit, zone_fits
from patrol.units import DAY_S, UNREACHABLE

Ints = NDArray[np.int64]
Small = NDArray[np.int32]
Tiny = NDArray[np.int8]
Flags = NDArray[np.bool_]

CLOSED = 2**50  # cost of a leg that there is not; a sum of a thousand stays far from the end of int64
NEVER = 2**40  # later than any time
TOO_EARLY = -1
ALWAYS = -1  # in ``window_at``: any time of the day

# Columns of ``Tables.option``.
TASK, ENTRY, EXIT, SERVICE, WALK, DRIVE, OPTION_COLUMNS = range(7)
# Columns of ``Tables.task``.
LOAD, SERIES, RANK, GROUP, HEAVY, WORTH, TRACKED, TASK_COLUMNS = range(8)
# Columns of ``Tables.shift``.
(DAY, PROFILE, START, END, OPENS, CLOSES, MAX_WORK, MAX_DRIVE, MAX_WALK, MAX_LOAD, EARLIEST, LATEST, REST, PRICE_S,
 PRICE_OPEN, COSTS, WAYS, PLACES, ON_FOOT, SHARED, BALANCE, TIMED, BOUND, ALIKE, SHIFT_COLUMNS) = range(25)  # fmt: skip
# Columns of ``Tables.window``.
W_OPENS, W_CLOSES, W_DUE, W_PRICE = range(4)
# Columns of ``Tables.series``.
LAST_DAY, FIRST_DUE, MIN_GAP, MAX_GAP, MISS = range(5)
# Columns of ``Tables.tie``: start of the partner is at least the own start plus ``AFTER``.
PARTNER, AFTER = range(2)
# Entries of ``Tables.numbers``.
DAYS, LATE_PRICE, SHUT, TRACKS, REPEATS, BALANCED, ROOMS, BIG = range(8)
# Values of ``Tables.able``: where at home, and in aid of another zone, always or if nobody at home has room.
NO, HOME, AID, AID_ROOM = range(4)


class Tables(NamedTuple):
    """A problem for the loops.

    Attributes
    ----------
    option, task, shift, window, series, tie : ndarray of int64
        A row each, columns as named in this module.
    way_at : ndarray of int32, shape (tasks, profiles, 2)
        First row of ``option`` of a task for a profile, and one past the last.
    number : ndarray of int64, shape (options,)
        Index of the option in its task.
    gain : ndarray of int64, shape (options, shifts)
        What an option earns in a shift.
    able : ndarray of int8, shape (tasks, shifts)
        ``NO``, ``HOME``, ``AID`` or ``AID_ROOM``.
    cost, cost_to : ndarray of int64
    time, time_to, metres, metres_to : ndarray of int32
        Square matrices of all fares and profiles, row by row; ``_to`` are transposed, so that all legs that end at a
        place lie side by side.
    window_at, tie_at : ndarray of int32
        First row and one past the last: by task and day, by task. ``ALWAYS`` instead of a first row: no window.
    series_of : ndarray of int32, shape (series, most occurrences)
        Tasks of a series in order, -1 behind.
    member_at, member : ndarray of int32
        Tasks of each group of tied tasks, see ``way_at``.
    shared_s : ndarray of int64
        Seconds that each group of shifts shares.
    balance : ndarray of int64, shape (balances, 2)
        Seconds that are free, and the price of one beyond them.
    """

    option: Ints
    number: Ints
    task: Ints
    shift: Ints
    way_at: Small
    gain: Ints
    able: Tiny
    cost: Ints
    cost_to: Ints
    time: Small
    time_to: Small
    metres: Small
    metres_to: Small
    window_at: Small
    window: Ints
    series: Ints
    series_of: Small
    tie_at: Small
    tie: Ints
    member_at: Small
    member: Small
    shared_s: Ints
    balance: Ints
    numbers: Ints


@dataclass(frozen=True, slots=True)
class Packed:
    """A problem and its tables; ``big`` is what one mandatory unit counts in ``Tables.gain``."""

    problem: Problem
    tables: Tables
    big: int


def pack(problem: Problem) -> Packed:
    """Return a checked problem as tables."""
    big = big_weight(problem)
    options, number, way_at = _options(problem)
    able = able_matrix(problem)
    gain = _gains(problem, options, number, big)
    costs, fares = _costs(problem)
    times = [np.asarray(profile.travel_s, dtype=np.int32) for profile in problem.profiles]
    metres = [np.asarray(profile.distance_m, dtype=np.int32) for profile in problem.profiles]
    cost, cost_to = _both(costs, np.int64)
    time, time_to = _both(times, np.int32)
    length, length_to = _both(metres, np.int32)
    window_at, window = _windows(problem)
    series, series_of = _series(problem, big)
    tie_at, tie, group, member_at, member = _ties(problem)
    shared = sorted({shift.group for shift in problem.shifts if shift.group})
    hours = {shift.group: shift.group_max_s for shift in problem.shifts}
    shifts = _shifts(problem, fares, shared, able, gain, window_at[:, :, 1] > window_at[:, :, 0])
    tasks = _tasks(problem, group, options, gain, big)
    tables = Tables(
        option=options, number=number, task=tasks, shift=shifts, way_at=way_at, gain=gain, able=able,
        cost=cost, cost_to=cost_to, time=time, time_to=time_to, metres=length, metres_to=length_to,
        window_at=window_at, window=window, series=series, series_of=series_of, tie_at=tie_at, tie=tie,
        member_at=member_at, member=member,
        shared_s=np.array([hours[name] for name in shared], dtype=np.int64),
        balance=np.array([(b.free_s, b.price_s) for b in problem.balances], dtype=np.int64).reshape(-1, 2),
        numbers=np.array([
            problem.days, problem.max_late_price, CLOSED, tasks[:, TRACKED].any(), len(problem.series),
            len(problem.balances), (able == AID_ROOM).any(), big,
        ], dtype=np.int64),
    )  # fmt: skip
    return Packed(problem, tables, big)


def able_matrix(problem: Problem) -> Tiny:
    """Return which shift may serve which task, as in ``Tables.able``; nothing about time."""
    days = max(1, problem.days)
    able = np.full((len(problem.tasks), len(problem.shifts)), NO, dtype=np.int8)
    kinds: dict[tuple[object, ...], list[int]] = {}
    for k, shift in enumerate(problem.shifts):
        kinds.setdefault((shift.party, shift.skills, shift.zones, shift.profile), []).append(k)
    day = np.array([shift.day for shift in problem.shifts], dtype=np.int64)
    for number, task in enumerate(problem.tasks):
        row = able[number]
        away = np.where(np.array([task.asks_home(d) for d in range(days)])[day], AID_ROOM, AID)
        profiles = {option.profile for option in task.options}
        for (*_, profile), members in kinds.items():
            crew = problem.shifts[members[0]]
            if profile in profiles and party_fits(task, crew) and skills_fit(task, crew) and zone_fits(task, crew):
                row[members] = HOME if at_home(task, crew) else away[members]
        if task.shifts is not None:
            listed = np.zeros(len(row), dtype=bool)
            listed[list(task.shifts)] = True
            row[~listed] = NO
        if task.windows:
            open_on = np.zeros(days, dtype=bool)
            open_on[[window.day for window in task.windows]] = True
            row[~open_on[day]] = NO
    return able


def _options(problem: Problem) -> tuple[Ints, Ints, Small]:
    """Return the options by task and profile, their numbers in their tasks, and where each task's begin."""
    rows: list[tuple[int, ...]] = []
    number: list[int] = []
    at = np.zeros((len(problem.tasks), len(problem.profiles), 2), dtype=np.int32)
    for k, task in enumerate(problem.tasks):
        for profile in range(len(problem.profiles)):
            at[k, profile] = len(rows)
            for index, option in enumerate(task.options):
                if option.profile == profile:
                    rows.append(_option(k, option))
                    number.append(index)
            at[k, profile, 1] = len(rows)
    table = np.array(rows, dtype=np.int64).reshape(len(rows), OPTION_COLUMNS)
    return table, np.array(number, dtype=np.int64), at


def _option(task: int, option: Option) -> tuple[int, ...]:
    return task, option.entry, option.exit, option.service_s, option.walk_m, option.distance_m


def _gains(problem: Problem, options: Ints, number: Ints, big: int) -> Ints:
    """Return what each option earns in each shift of its profile."""
    shifts = problem.shifts
    gain = np.zeros((len(options), len(shifts)), dtype=np.int64)
    weights = goal_weights(problem)
    price = np.array([shift.price_s for shift in shifts], dtype=np.int64)
    day = np.array([shift.day for shift in shifts], dtype=np.int64)
    for row, (task, *_) in enumerate(options.tolist()):
        item, option = problem.tasks[task], problem.tasks[task].options[number[row]]
        prizes = np.array(option.prizes, dtype=np.int64)
        gain[row] = weights[task] * big + prizes[day] - price * option.service_s
        if 0 <= item.kept < len(shifts):
            gain[row, item.kept] += item.change_price
        if item.preferred and item.other_price:
            gain[row] -= np.array([other_price(item, k) for k in range(len(shifts))], dtype=np.int64)
        if item.aid and problem.aid_permille:
            mine = [k for k, shift in enumerate(shifts) if shift.profile == option.profile]
            gain[row, mine] -= np.array([aid_price(problem, item, k, option) for k in mine], dtype=np.int64)
    return gain


def _costs(problem: Problem) -> tuple[list[Ints], list[int]]:
    """Return the matrix of each fare, ``CLOSED`` where there is no way, and the fare of each shift."""
    known: dict[tuple[int, int, int], int] = {}
    fares = [known.setdefault((s.profile, s.price_s, s.price_m), len(known)) for s in problem.shifts]
    whole = []
    for profile, price_s, price_m in known:
        ways = problem.profiles[profile]
        travel, metres = ways.travel_s.astype(np.int64), ways.distance_m.astype(np.int64)
        cost = price_s * travel + price_m * metres // 1000
        shut = np.maximum(travel, metres) >= UNREACHABLE
        cost[shut] = CLOSED
        whole.append(cost)
    return whole, fares


def _both(matrices: Sequence[NDArray[Any]], dtype: type[np.integer[Any]]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return matrices one after the other, and their transposes: the same array where they are symmetric.

    Without any matrix the array is of the same type: loops would be compiled anew for another.
    """
    empty = [np.zeros(0, dtype=dtype)]
    flat = np.concatenate([*empty, *(matrix.ravel() for matrix in matrices)])
    if all(np.array_equal(matrix, matrix.T) for matrix in matrices):
        return flat, flat
    return flat, np.concatenate([*empty, *(matrix.T.ravel() for matrix in matrices)])


def _begins(sizes: list[int]) -> list[int]:
    return [0, *accumulate(size * size for size in sizes)]


def _windows(problem: Problem) -> tuple[Small, Ints]:
    """Return the windows of each task and day, in absolute time and in order."""
    at = np.zeros((len(problem.tasks), max(1, problem.days), 2), dtype=np.int32)
    rows: list[tuple[int, int, int, int]] = []
    for number, task in enumerate(problem.tasks):
        if not task.windows:
            at[number, :, 0] = ALWAYS
            continue
        for day in range(problem.days):
            midnight = day * DAY_S
            at[number, day, 0] = len(rows)
            rows += sorted(
                (
                    midnight + window.opens,
                    midnight + window.closes,
                    NEVER if window.due is None else midnight + window.due,
                    0 if window.due is None else window.late_price,
                )
                for window in task.windows
                if window.day == day
            )
            at[number, day, 1] = len(rows)
    return at, np.array(rows, dtype=np.int64).reshape(len(rows), 4)


def _tasks(problem: Problem, group: list[int], options: Ints, gain: Ints, big: int) -> Ints:
    table = np.zeros((len(problem.tasks), TASK_COLUMNS), dtype=np.int64)
    table[:, SERIES] = table[:, RANK] = -1
    weights = goal_weights(problem)
    order = sorted(set(weights))  # small numbers in the same order: weights may be too large for a float
    for number, task in enumerate(problem.tasks):
        table[number, LOAD] = task.load
        table[number, GROUP] = group[number]
        late = any(w.due is not None and (w.late_price or problem.max_late_price) for w in task.windows)
        table[number, TRACKED] = late or group[number] >= 0
        table[number, HEAVY] = order.index(weights[number]) if weights[number] else 0
    if gain.size:
        np.maximum.at(table[:, WORTH], options[:, TASK], np.maximum(0, gain.max(axis=1)))
        table[:, WORTH] -= np.array(weights, dtype=np.int64) * big
    for row, series in enumerate(problem.series):
        for rank, member in enumerate(series.tasks):
            table[member, SERIES], table[member, RANK] = row, rank
            lighter = [place for place, weight in enumerate(order) if weight <= series.weight]
            table[member, HEAVY] = max([1, *lighter]) if series.weight else 0
    return table


def _series(problem: Problem, big: int) -> tuple[Ints, Small]:
    rows = [(s.last_day, s.first_due, s.min_gap, s.max_gap, s.weight * big) for s in problem.series]
    width = max((len(s.tasks) for s in problem.series), default=1)
    of = np.full((len(rows), width), -1, dtype=np.int32)
    for row, series in enumerate(problem.series):
        of[row, : len(series.tasks)] = series.tasks
    return np.array(rows, dtype=np.int64).reshape(len(rows), 5), of


def _ties(problem: Problem) -> tuple[Small, Ints, list[int], Small, Small]:
    """Return the ties of each task from its own side, the group of each task (-1: none), and the groups' tasks."""
    own: list[list[tuple[int, int]]] = [[] for _ in problem.tasks]
    parent = list(range(len(problem.tasks)))

    def root(task: int) -> int:
        while parent[task] != task:
            task = parent[task]
        return task

    for tie in problem.ties:
        own[tie.first].append((tie.second, tie.lo))
        own[tie.second].append((tie.first, -tie.hi))
        parent[root(tie.first)] = root(tie.second)
    ends = np.cumsum([0, *(len(item) for item in own)])
    at = np.column_stack([ends[:-1], ends[1:]]).astype(np.int32).reshape(-1, 2)
    tie_rows = np.array([pair for item in own for pair in item], dtype=np.int64).reshape(-1, 2)
    number: dict[int, int] = {}
    group = [number.setdefault(root(k), len(number)) if item else -1 for k, item in enumerate(own)]
    members: list[list[int]] = [[] for _ in number]
    for task, own_group in enumerate(group):
        if own_group >= 0:
            members[own_group].append(task)
    ends = np.cumsum([0, *(len(item) for item in members)])
    member_at = np.column_stack([ends[:-1], ends[1:]]).astype(np.int32).reshape(-1, 2)
    return at, tie_rows, group, member_at, np.array([k for item in members for k in item], dtype=np.int32)


def _shifts(problem: Problem, fares: list[int], shared: list[str], able: Tiny, gain: Ints, dated: Flags) -> Ints:
    sizes = [len(profile.travel_s) for profile in problem.profiles]
    ways = _begins(sizes)
    by_fare = dict(zip(fares, (shift.profile for shift in problem.shifts), strict=True))
    costs = _begins([sizes[by_fare[fare]] for fare in range(len(by_fare))])
    balance = {shift: row for row, item in enumerate(problem.balances) for shift in item.shifts}
    table = np.zeros((len(problem.shifts), SHIFT_COLUMNS), dtype=np.int64)
    known: dict[tuple[bytes, bytes, bytes], int] = {}
    for k, shift in enumerate(problem.shifts):
        group = shared.index(shift.group) if shift.group else -1
        row = _shift(shift)
        table[k, : len(row)] = row
        table[k, COSTS], table[k, WAYS] = costs[fares[k]], ways[shift.profile]
        table[k, PLACES], table[k, ON_FOOT] = sizes[shift.profile], problem.profiles[shift.profile].on_foot
        table[k, SHARED], table[k, BALANCE] = group, balance.get(k, -1)
        table[k, TIMED] = shift.pause is not None or bool(((able[:, k] != NO) & dated[:, shift.day]).any())
        limits = shift.max_distance_m, shift.max_walk_m, table[k, MAX_WORK]
        table[k, BOUND] = table[k, TIMED] or shift.group != "" or table[k, BALANCE] >= 0 or min(limits) < NO_LIMIT
        key = (table[k].tobytes(), able[:, k].tobytes(), gain[:, k].tobytes())
        table[k, ALIKE] = known.setdefault(key, len(known))
    return table


def _shift(shift: Shift) -> tuple[int, ...]:
    """Return the first columns of a shift. Where nobody waits and nobody rests, hours are a limit on work."""
    midnight = shift.day * DAY_S
    pause = shift.pause
    return (
        shift.day, shift.profile, shift.start, shift.end, midnight + shift.opens, midnight + shift.closes,
        min(shift.max_work_s, shift.closes - shift.opens), shift.max_distance_m, shift.max_walk_m, shift.max_load,
        midnight + pause.earliest if pause else 0, midnight + pause.latest if pause else 0,
        pause.duration_s if pause else 0, shift.price_s, shift.price_open,
    )  # fmt: skip

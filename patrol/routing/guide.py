"""What is near what, and by what tasks may be put in order: worked out once before a search."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from patrol.routing.packed import (
    ALWAYS,
    COSTS,
    ENTRY,
    EXIT,
    LOAD,
    NEVER,
    PLACES,
    PROFILE,
    SERVICE,
    SHUT,
    START,
    TASK,
    W_CLOSES,
    W_OPENS,
    WAYS,
    WORTH,
    Packed,
    Tables,
)  # fmt: skip
from patrol.routing.recreating import Guide

Floats = NDArray[np.float64]
MOST_NEAR = 300
WAIT = 0.2  # a second of waiting between two tasks, in seconds of travel
RANDOM_ORDERS, ORDERS_A_TRAIT = 3, 3


def make_guide(packed: Packed) -> Guide:
    """Return the guide of a problem: nearness by cost of the way (and by time where tasks have windows), and traits."""
    tables = packed.tables
    away = _far(tables)
    traits: list[tuple[Floats, int]] = [
        (tables.task[:, LOAD].astype(float), 1),
        (tables.task[:, WORTH].astype(float), 1),
        (tables.task[:, WORTH] / (1.0 + _service(tables)), 1),
        (away, 1),
        (away, -1),
        (_service(tables), 1),
    ]
    if len(tables.window):
        opens, closes = _hours(packed)
        traits += [(closes - opens, -1), (opens, -1)]
    useful = [(values, sign) for values, sign in traits if len(values) and np.ptp(values) > 0]
    order = [0] * RANDOM_ORDERS + [sign * (k + 1) for k, (_, sign) in enumerate(useful) for _ in range(ORDERS_A_TRAIT)]
    table = np.array([values for values, _ in useful] or [np.zeros(len(tables.task))], dtype=np.float64)
    return Guide(_near(packed), table, np.array(order, dtype=np.int8))


def _near(packed: Packed) -> NDArray[np.int32]:
    """Return the nearest other tasks of each; in blocks, so that the square of many tasks is never held at once."""
    tables = packed.tables
    count = len(tables.task)
    most = min(MOST_NEAR, max(0, count - 1))
    near = np.full((count, max(1, most)), -1, dtype=np.int32)
    if not most:
        return near
    jitter = np.random.default_rng(0)
    hours = _hours(packed) if len(tables.window) else None
    for first in range(0, count, 512):
        rows = np.arange(first, min(first + 512, count))
        apart = np.full((len(rows), count), np.inf)
        for profile in range(tables.way_at.shape[1]):
            apart = np.minimum(apart, _apart(tables, profile, rows, hours))
        apart += jitter.random(apart.shape) * 0.01
        apart[np.arange(len(rows)), rows] = np.inf
        best = np.argpartition(apart, most - 1, axis=1)[:, :most]
        order = np.argsort(np.take_along_axis(apart, best, axis=1), axis=1)
        near[rows] = np.take_along_axis(best, order, axis=1)
    return near


def _apart(tables: Tables, profile: int, rows: NDArray[np.intp], hours: tuple[Floats, Floats] | None) -> Floats:
    """Return how far apart tasks are for a profile, the mean over their ways: cost, or seconds where hours matter."""
    fares = np.flatnonzero(tables.shift[:, PROFILE] == profile)
    count = len(tables.task)
    if not len(fares):
        return np.full((len(rows), count), np.inf)
    shift = tables.shift[fares[0]]
    places = int(shift[PLACES])
    begin = int(shift[WAYS] if hours is not None else shift[COSTS])
    source = tables.time if hours is not None else tables.cost
    matrix = source[begin : begin + places * places].reshape(places, places)
    entry, leave, has = _ends(tables, profile)
    total = np.zeros((len(rows), count))
    for i in range(entry.shape[1]):
        for j in range(entry.shape[1]):
            one = matrix[np.ix_(leave[rows, i], entry[:, j])]
            other = matrix[np.ix_(leave[:, j], entry[rows, i])].T
            total += np.minimum(one, other)
    total = np.where(total >= tables.numbers[SHUT], np.inf, total)
    if hours is not None:
        total = _with_hours(total / entry.shape[1] ** 2, _service(tables), rows, hours)
    total[~has[rows]] = np.inf
    total[:, ~has] = np.inf
    return total


def _with_hours(travel: Floats, service: Floats, rows: NDArray[np.intp], hours: tuple[Floats, Floats]) -> Floats:
    """Return travel with the waiting and the lateness that windows bring, in the better of the two orders."""
    opens, closes = hours

    def after(first: Floats, last: Floats, begin: Floats, end: Floats) -> Floats:
        wait = np.maximum(0.0, begin - last - travel)
        late = np.maximum(0.0, first + travel - end)
        return WAIT * wait + late

    here, there = rows[:, None], np.arange(len(opens))[None, :]
    forth = after((opens + service)[here], (closes + service)[here], opens[there], closes[there])
    back = after((opens + service)[there], (closes + service)[there], opens[here], closes[here])
    return travel + np.minimum(forth, back)


def _ends(tables: Tables, profile: int) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
    """Return entries and exits of the ways of each task for a profile (the last repeated), and which have any.

    What has none is given place 0, which every profile has.
    """
    first, last = tables.way_at[:, profile, 0], tables.way_at[:, profile, 1]
    has = last > first
    width = max(1, int((last - first).max(initial=1)))
    pick = np.minimum(first[:, None] + np.arange(width)[None, :], np.maximum(first, last - 1)[:, None])
    pick = np.minimum(pick, max(0, len(tables.option) - 1))
    entry, leave = (np.where(has[:, None], tables.option[pick, column], 0) for column in (ENTRY, EXIT))
    return entry, leave, has


def _far(tables: Tables) -> Floats:
    """Return the least cost of the way from any shift's start to each task."""
    far = np.full(len(tables.task), np.inf)
    for profile in range(tables.way_at.shape[1]):
        entry, _, has = _ends(tables, profile)
        known = set()
        for shift in tables.shift[tables.shift[:, PROFILE] == profile]:
            key = (int(shift[COSTS]), int(shift[START]))
            if key in known:
                continue
            known.add(key)
            begin = key[0] + key[1] * int(shift[PLACES])
            cost = tables.cost[begin : begin + int(shift[PLACES])][entry].min(axis=1).astype(float)
            far[has] = np.minimum(far[has], cost[has])
    return np.where(np.isfinite(far), np.minimum(far, float(tables.numbers[SHUT])), float(tables.numbers[SHUT]))


def _service(tables: Tables) -> Floats:
    """Return the mean seconds of service of each task."""
    total = np.zeros(len(tables.task))
    count = np.zeros(len(tables.task))
    np.add.at(total, tables.option[:, TASK], tables.option[:, SERVICE])
    np.add.at(count, tables.option[:, TASK], 1)
    return total / np.maximum(1, count)


def _hours(packed: Packed) -> tuple[Floats, Floats]:
    """Return when each task opens first and closes last on a day, the hours of day 0 standing for all."""
    tables = packed.tables
    count, days = tables.window_at.shape[:2]
    opens, closes = np.zeros(count), np.full(count, 86_400.0)
    for task in range(count):
        for day in range(days):
            first, last = tables.window_at[task, day]
            if first != ALWAYS and last > first:
                midnight = day * 86_400
                opens[task] = tables.window[first, W_OPENS] - midnight
                closes[task] = min(tables.window[last - 1, W_CLOSES], NEVER) - midnight
                break
    return opens, closes

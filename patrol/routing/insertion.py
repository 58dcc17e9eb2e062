"""Where tasks fit into a shift's sequence: all tasks and places at once, exact in time, rest and limits.

For every place of a route two earliest departures (rest still to come, rest had) and two latest arrivals (same) are
kept; an insertion fits exactly if it leads from the first to the second. See :mod:`patrol.routing.schedule` for why
two numbers are enough.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from patrol.routing.model import Problem
from patrol.routing.rules import Sequence, may_serve, options_of, windows_on
from patrol.units import UNREACHABLE

Ints = NDArray[np.int64]
Scores = NDArray[np.float64]
NEVER = 2**40  # later than any clock time
TOO_EARLY = -1


@dataclass(frozen=True, slots=True)
class Candidates:
    """Options that one shift may use, one row each; ``opens`` and ``closes`` have a column a window."""

    task: Ints
    option: Ints
    entry: Ints
    exit: Ints
    service_s: Ints
    walk_m: Ints
    distance_m: Ints
    gain: Ints
    opens: Ints
    closes: Ints

    def take(self, rows: NDArray[np.bool_]) -> Candidates:
        """Return the rows marked."""
        return Candidates(*(getattr(self, field.name)[rows] for field in fields(self)))


def candidates_of(problem: Problem, shift: int) -> Candidates:
    """Return every option that the shift may use, by task and option."""
    crew = problem.shifts[shift]
    rows, windows = [], []
    for number, task in enumerate(problem.tasks):
        if not may_serve(problem, number, shift):
            continue
        for index in options_of(task, crew.profile):
            o = task.options[index]
            gain = o.prizes[crew.day] - crew.price_s * o.service_s
            rows.append((number, index, o.entry, o.exit, o.service_s, o.walk_m, o.distance_m, gain))
            windows.append(windows_on(task, crew))
    width = max((len(item) for item in windows), default=1)
    opens = np.full((len(rows), width), NEVER, dtype=np.int64)
    closes = np.full((len(rows), width), TOO_EARLY, dtype=np.int64)
    for row, item in enumerate(windows):
        opens[row, : len(item)] = [window[0] for window in item]
        closes[row, : len(item)] = [window[1] for window in item]
    names = [field.name for field in fields(Candidates)][:8]
    table = np.array(rows, dtype=np.int64).reshape(len(rows), len(names))
    columns = {name: np.ascontiguousarray(table[:, number]) for number, name in enumerate(names)}
    return Candidates(**columns, opens=opens, closes=closes)


class RouteState:
    """One shift's sequence with what is needed to insert into it in constant time a place."""

    def __init__(self, problem: Problem, shift: int, sequence: Sequence = ()) -> None:
        self.problem = problem
        self.shift = shift
        self.crew = problem.shifts[shift]
        self.profile = problem.profiles[self.crew.profile]
        self.sequence: list[tuple[int, int]] = list(sequence)
        self._refresh()

    def insert(self, position: int, stop: tuple[int, int]) -> None:
        """Put a (task, option) before the stop at ``position``."""
        self.sequence.insert(position, stop)
        self._refresh()

    def _refresh(self) -> None:
        options = [self.problem.tasks[task].options[number] for task, number in self.sequence]
        self.leaving = np.array([self.crew.start, *(option.exit for option in options)])
        self.reaching = np.array([*(option.entry for option in options), self.crew.end])
        empty = not options  # the way from start to end costs nothing while nothing is served
        self.travel = np.zeros(1, np.int64) if empty else self.profile.travel_s[self.leaving, self.reaching]
        self.metres = np.zeros(1, np.int64) if empty else self.profile.distance_m[self.leaving, self.reaching]
        self.price = self.crew.price_s * self.travel + self.crew.price_m * self.metres // 1000
        self.work_s = int(self.travel.sum()) + sum(option.service_s for option in options)
        on_foot = self.profile.on_foot
        self.driven_m = sum(option.distance_m for option in options) + (0 if on_foot else int(self.metres.sum()))
        self.walked_m = sum(option.walk_m for option in options) + (int(self.metres.sum()) if on_foot else 0)
        services = [option.service_s for option in options]
        windows = [windows_on(self.problem.tasks[task], self.crew) for task, _ in self.sequence]
        self._forward(services, windows)
        self._backward(services, windows)

    def _forward(self, services: list[int], windows: list[tuple[tuple[int, int], ...]]) -> None:
        """Earliest departures after each stop (0: from the start), without and with the rest had."""
        pause = self.crew.pause
        fresh = self.crew.opens if pause else NEVER
        rested = pause.earliest + pause.duration_s if pause else self.crew.opens
        self.fresh, self.rested = [fresh], [rested]
        for leg, service, opened in zip(self.travel.tolist(), services, windows, strict=False):
            late = NEVER
            if pause and fresh <= pause.latest:
                late = max(fresh + leg, pause.earliest) + pause.duration_s
            rested = _start(opened, min(rested + leg, late)) + service
            fresh = _start(opened, fresh + leg) + service
            self.fresh.append(fresh)
            self.rested.append(rested)

    def _backward(self, services: list[int], windows: list[tuple[tuple[int, int], ...]]) -> None:
        """Latest arrivals at the next stop of each leg, with the rest still to come and had."""
        pause = self.crew.pause
        by_fresh = pause.latest if pause else TOO_EARLY
        by_rested = self.crew.closes
        self.by_fresh, self.by_rested = [by_fresh], [by_rested]
        legs = self.travel.tolist()[1:]
        for leg, service, opened in zip(legs[::-1], services[::-1], windows[::-1], strict=True):
            leave_fresh, leave_rested = by_fresh - leg, by_rested - leg
            if pause and pause.earliest + pause.duration_s <= by_rested:
                leave_fresh = max(leave_fresh, min(pause.latest, by_rested - pause.duration_s - leg))
            by_fresh = _latest(opened, leave_fresh - service)
            by_rested = _latest(opened, leave_rested - service)
            self.by_fresh.insert(0, by_fresh)
            self.by_rested.insert(0, by_rested)

    def best_insertions(self, rows: Candidates, group_left: int, *, pays: bool) -> tuple[Scores, Ints]:
        """Return the score and the leg to split of the best place of every candidate, -inf where none fits.

        Parameters
        ----------
        rows : Candidates
            Options to place, of tasks that are not in the route.
        group_left : int
            Seconds of work that the shift's group has left.
        pays : bool
            Score by net value a second (0 or less does not pay), else by few seconds alone.
        """
        travel, metres = self.profile.travel_s, self.profile.distance_m
        first = np.ix_(self.leaving, rows.entry)
        second = (rows.exit[None, :], self.reaching[:, None])
        to, on = travel[first], travel[second]
        to_m, on_m = metres[first], metres[second]
        seconds = to + on - self.travel[:, None] + rows.service_s
        value = rows.gain + self.price[:, None] - self._leg_price(to, to_m) - self._leg_price(on, on_m)
        fits = np.maximum(np.maximum(to, on), np.maximum(to_m, on_m)) < UNREACHABLE
        fits &= seconds <= min(self.crew.max_work_s - self.work_s, group_left)
        fits &= self._metres_fit(rows, to_m + on_m - self.metres[:, None])
        legs, columns = np.nonzero(fits)
        in_time = self._in_time(rows, legs, columns, to[legs, columns], on[legs, columns])
        fits[legs, columns] = in_time
        score = np.where(fits, (value if pays else 1.0) / np.maximum(seconds, 1), -np.inf)
        position = score.argmax(axis=0)
        return score[position, np.arange(len(rows.task))], position

    def _leg_price(self, travel_s: Ints, metres: Ints) -> Ints:
        return self.crew.price_s * travel_s + self.crew.price_m * metres // 1000

    def _metres_fit(self, rows: Candidates, legs_m: Ints) -> NDArray[np.bool_]:
        on_foot = self.profile.on_foot
        driven = rows.distance_m + (0 if on_foot else legs_m)
        walked = rows.walk_m + (legs_m if on_foot else 0)
        fits: NDArray[np.bool_] = (driven <= self.crew.max_distance_m - self.driven_m) & (
            walked <= self.crew.max_walk_m - self.walked_m
        )
        return fits

    def _in_time(self, rows: Candidates, legs: Ints, columns: Ints, to: Ints, on: Ints) -> NDArray[np.bool_]:
        fresh, rested = np.array(self.fresh)[legs], np.array(self.rested)[legs]
        by_fresh, by_rested = np.array(self.by_fresh)[legs], np.array(self.by_rested)[legs]
        opens, closes = rows.opens[columns], rows.closes[columns]
        service = rows.service_s[columns]
        leave_rested = _starts(opens, closes, np.minimum(rested + to, self._after_rest(fresh, to))) + service
        leave_fresh = _starts(opens, closes, fresh + to) + service
        fits: NDArray[np.bool_] = (leave_rested + on <= by_rested) | (leave_fresh + on <= by_fresh)
        return fits | (self._after_rest(leave_fresh, on) <= by_rested)

    def _after_rest(self, leave: Ints, travel_s: Ints) -> Ints:
        pause = self.crew.pause
        if pause is None:
            return np.full(len(leave), NEVER)
        after: Ints = np.where(
            leave <= pause.latest, np.maximum(leave + travel_s, pause.earliest) + pause.duration_s, NEVER
        )
        return after


def _start(windows: tuple[tuple[int, int], ...], arrive: int) -> int:
    return min((max(arrive, opens) for opens, closes in windows if arrive <= closes), default=NEVER)


def _latest(windows: tuple[tuple[int, int], ...], by: int) -> int:
    """Return the latest start not after ``by``, which is the latest arrival too."""
    return max((min(by, closes) for opens, closes in windows if opens <= by), default=TOO_EARLY)


def _starts(opens: Ints, closes: Ints, arrive: Ints) -> Ints:
    starts = np.full(len(arrive), NEVER, dtype=np.int64)
    for column in range(opens.shape[1]):
        inside = arrive <= closes[:, column]
        starts = np.where(inside, np.minimum(starts, np.maximum(arrive, opens[:, column])), starts)
    return starts

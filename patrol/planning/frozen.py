"""What the crews of a plan have done by a moment, what they are doing, and where they are: no replan changes it.

What should be done by then counts as done unless the field says otherwise. Who is at work finishes it; who is on the
way can go on or turn round from where they are; who rests rests to the end. Only before hours in which work stands
still (lightning, gale, flood, heat) is that otherwise: work that would keep a crew from being at its base when they
begin is broken off, and comes back as a task.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from patrol.plan import TASK_STOPS, Plan, decode_line, encode_line
from patrol.planning.asked import Ask, Said
from patrol.routing.model import Option, Problem, Shift, Task
from patrol.units import local_iso, seconds_since_midnight

Stop = dict[str, Any]
HOME = "home"


@dataclass(frozen=True, slots=True, eq=False)
class Frozen:
    """What one shift has done, and where it is.

    Attributes
    ----------
    stops : tuple of dict
        The start and all stops that are done or under way, as in the plan before, with their ``state``.
    legs : tuple of dict
        The legs that lead to these.
    clock : int
        Second of its day from which it is free.
    lon, lat : float
        Where it is then.
    gone_s, gone_m : int
        What it has travelled since the last of the stops; ``gone_line`` is drawn (``encode_line``), empty for nothing.
    heading : str
        The task it travels to, ``home``, or "" for none: it would be there, at ``to``, after ``left_s, left_m`` more.
    work_s, walk_m, drive_m : int
        Travel and service so far, and metres on foot and on wheels.
    rested : bool
        Whether its break is taken.
    home : bool
        Whether its tour is over: it is at its base, ``since`` the second in which it came there.
    """

    stops: tuple[Stop, ...]
    legs: tuple[dict[str, Any], ...]
    clock: int
    lon: float
    lat: float
    gone_s: int = 0
    gone_m: int = 0
    gone_line: tuple[int, ...] = ()
    heading: str = ""
    to: tuple[float, float] = (0.0, 0.0)
    left_s: int = 0
    left_m: int = 0
    work_s: int = 0
    walk_m: int = 0
    drive_m: int = 0
    rested: bool = False
    home: bool = False
    since: int = 0

    @property
    def done(self) -> frozenset[str]:
        """Tasks that are done or under way."""
        return frozenset(stop["task_id"] for stop in self.stops if stop["kind"] in TASK_STOPS)


def freeze(before: Plan, problem: Problem, ask: Ask) -> dict[str, Frozen]:
    """Return what each shift has done up to the moment of a replan, by shift id; of later days nothing.

    Parameters
    ----------
    before : Plan
        The plan that is replanned.
    problem : Problem
        Its problem.
    """
    book = _Book(problem)
    out: dict[str, Frozen] = {}
    for entry in before.shifts:
        day = date.fromisoformat(entry["date"])
        if day < ask.day:
            out[entry["shift_id"]] = _of_shift(_Trip(before, entry, book), ask.said(entry["shift_id"]), None, ask)
        elif day == ask.day:
            trip = _Trip(before, entry, book)
            if entry["crew_id"] in ask.absent:
                frozen = _of_absent(trip, ask)
            elif ask.at < trip.leave[0] and not any(one.done for one in ask.said(entry["shift_id"]).values()):
                continue  # still at its base
            else:
                frozen = _of_shift(trip, ask.said(entry["shift_id"]), ask.at, ask)
            if frozen is not None:
                out[entry["shift_id"]] = frozen
    return out


class _Book:
    """Tasks and shifts of a problem by their names."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.tasks = {task.task_id: task for task in problem.tasks}
        self.shifts = {shift.shift_id: shift for shift in problem.shifts}

    def option(self, stop: Stop) -> Option | None:
        """Return the option of a stop, None where the plan before had it from a plan before itself."""
        task: Task | None = self.tasks.get(stop["task_id"])
        known = task is not None and 0 <= stop["option"] < len(task.options)
        return task.options[stop["option"]] if known and task else None

    def lonlat(self, shift: Shift, place: int) -> tuple[float, float]:
        lon, lat = self.problem.profiles[shift.profile].lonlat[place] / 1e7
        return float(lon), float(lat)


class _Trip:
    """A shift's route with its times as seconds of its day."""

    def __init__(self, before: Plan, entry: dict[str, Any], book: _Book) -> None:
        self.entry, self.book = entry, book
        self.zone = before.document["project"]["timezone"]
        self.day = date.fromisoformat(entry["date"])
        self.stops: list[Stop] = entry["route"]
        self.arrive, self.start, self.leave = (
            [seconds_since_midnight(stop[key], self.day) for stop in self.stops]
            for key in ("arrive", "start_service", "leave")
        )
        self.last = len(self.stops) - 1  # the end
        self.shift = book.shifts.get(entry["shift_id"])
        profile = book.problem.profiles[self.shift.profile] if self.shift else None
        self.on_foot = profile.on_foot if profile else entry["mode"] == "foot"

    def iso(self, seconds: int) -> str:
        return local_iso(self.day, seconds, self.zone)

    def place_after(self, at: int) -> tuple[float, float]:
        """Return where the crew is when it leaves a stop."""
        stop = self.stops[at]
        option = self.book.option(stop)
        if option is not None and self.shift is not None:
            return self.book.lonlat(self.shift, option.exit)
        if stop["kind"] in TASK_STOPS and self.shift is not None:  # done before the last replan: it went on from there
            return self.book.lonlat(self.shift, self.shift.start)
        return stop["lon"], stop["lat"]

    def way_home(self, at: int) -> int:
        """Return the seconds from a stop to the shift's base, 0 where they are not known."""
        if self.shift is None:
            return 0
        option = self.book.option(self.stops[at])
        place = option.exit if option else self.shift.start
        return int(self.book.problem.profiles[self.shift.profile].travel_s[place, self.shift.end])


def is_place(stop: Stop) -> bool:
    """Return whether a stop is somewhere of its own; a mere rest is on the way between two others."""
    return bool(stop["kind"] != "break" or stop.get("reason"))


def _of_absent(trip: _Trip, ask: Ask) -> Frozen | None:
    """Return what an absent crew has done all the same: what an earlier replan or a report says it has."""
    said = ask.said(trip.entry["shift_id"])
    known = [k for k, stop in enumerate(trip.stops) if stop.get("state") or _done(said, stop)]
    if not known:
        return None
    unsaid = {
        stop["task_id"]: Said("", stop["task_id"], False, 0)
        for stop in trip.stops
        if stop["kind"] in TASK_STOPS and not stop.get("state")
    }
    return _frozen(trip, {**unsaid, **said}, max(known), False, ask.at)


def _done(said: Mapping[str, Said], stop: Stop) -> bool:
    return stop["task_id"] in said and said[stop["task_id"]].done


def _of_shift(trip: _Trip, said: Mapping[str, Said], at: int | None, ask: Ask) -> Frozen:
    """Return what a shift has done; ``at`` is None for a day that is over."""
    if at is None:
        return _frozen(trip, said, trip.last, False, trip.leave[trip.last])
    reached = max(
        (k for k in range(trip.last + 1) if trip.leave[k] <= at or _done(said, trip.stops[k])), default=0
    )  # fmt: skip
    here = reached + 1
    if here >= trip.last or not trip.start[here] <= at < trip.leave[here]:
        return _frozen(trip, said, reached, False, at)
    if trip.stops[here]["task_id"] in said:
        return _frozen(trip, said, here, False, at)
    home = trip.leave[here] + trip.way_home(here)
    kept_out = any(begins < home and trip.leave[here] < ends for begins, ends in ask.stand_down)
    if kept_out and trip.stops[here]["kind"] not in TASK_STOPS:
        return _frozen(trip, said, here, False, at)  # it rests at its base
    if kept_out:
        frozen = _frozen(trip, {**said, trip.stops[here]["task_id"]: Said("", "", False, at)}, here, False, at)
        stopped = {**frozen.stops[-1], "reason": "broken_off"}
        return replace(frozen, stops=(*frozen.stops[:-1], stopped))
    return _frozen(trip, said, here, True, at)


def _frozen(trip: _Trip, said: Mapping[str, Said], reached: int, under_way: bool, at: int) -> Frozen:
    """Return a shift that is as far as a stop; ``under_way``: it is still at it."""
    stops = [_as_done(trip, k, said, under_way and k == reached, at) for k in range(reached + 1)]
    clock = trip.leave[reached] if under_way else max(at, trip.leave[0] if reached == 0 else 0)
    home = reached == trip.last
    if home:
        stops[-1] = _at_base(stops[-1])
    leg = _Leg(trip, reached, under_way, at)
    served = [stop for stop in stops if stop["kind"] in TASK_STOPS]
    walk_m, drive_m = _metres(trip, stops, reached, leg.gone_m)
    return Frozen(
        tuple(stops), tuple(one for one in trip.entry["legs"] if one["to"] <= reached), clock, *leg.place,
        leg.gone_s, leg.gone_m, leg.line, leg.heading, leg.to, leg.left_s, leg.left_m,
        work_s=sum(stop["travel_s"] for stop in stops) + leg.gone_s + sum(_spent(trip, stop) for stop in served),
        walk_m=walk_m,
        drive_m=drive_m,
        rested=any(not is_place(stop) for stop in stops),
        home=home,
        since=trip.arrive[reached],
    )  # fmt: skip


def _at_base(end: Stop) -> Stop:
    return {**end, "kind": "break", "reason": "at_base"}


def _spent(trip: _Trip, stop: Stop) -> int:
    return seconds_since_midnight(stop["leave"], trip.day) - seconds_since_midnight(stop["start_service"], trip.day)


def _as_done(trip: _Trip, number: int, said: Mapping[str, Said], under_way: bool, at: int) -> Stop:
    """Return a stop as it stands in the part of the plan that is done."""
    stop = trip.stops[number]
    times = {}
    if not under_way and trip.leave[number] > at:  # ahead of the plan, or broken off: not after the moment known of
        own = (trip.arrive[number], trip.start[number], trip.leave[number])
        times = {key: trip.iso(min(own[k], at)) for k, key in enumerate(("arrive", "start_service", "leave"))}
    if stop["kind"] not in TASK_STOPS:
        return {**stop, **times}
    if stop["task_id"] in said:
        done = said[stop["task_id"]].done
    else:
        done = bool(stop.get("state")) or under_way or trip.leave[number] <= at
    if done:
        return {**stop, **times, "state": "under_way" if under_way else "done"}
    undone = {key: value for key, value in stop.items() if key not in {"state", "aid", "joint"}}
    return {**undone, **times, "kind": "break", "task_id": "", "direction": 0, "option": -1, "reason": "not_done"}


def _metres(trip: _Trip, stops: list[Stop], reached: int, gone_m: int) -> tuple[int, int]:
    """Return metres walked and driven so far: those of the whole route less those of what was not done of it."""
    walk, drive = trip.entry["walk_m"], trip.entry["distance_m"]
    undone = [stop for k, stop in enumerate(trip.stops) if k > reached or stops[k]["kind"] != stop["kind"]]
    for option in [trip.book.option(stop) for stop in undone]:
        walk -= option.walk_m if option else 0
        drive -= option.distance_m if option else 0
    ahead = sum(stop["distance_m"] for stop in trip.stops[reached + 1 :]) - gone_m
    return (walk - ahead, drive) if trip.on_foot else (walk, drive - ahead)


class _Leg:
    """How far a crew is on the leg that follows a stop."""

    def __init__(self, trip: _Trip, reached: int, under_way: bool, at: int) -> None:
        places = [k for k, stop in enumerate(trip.stops) if is_place(stop)]
        left = max(k for k in places if k <= reached)
        self.place = trip.place_after(left)
        self.gone_s = self.gone_m = self.left_s = self.left_m = 0
        self.line: tuple[int, ...] = ()
        self.heading = ""
        self.to = 0.0, 0.0
        if reached == trip.last:
            return
        to = min(k for k in places if k > reached)
        parts = trip.stops[left + 1 : to + 1]
        whole_s, whole_m = (sum(stop[key] for stop in parts) for key in ("travel_s", "distance_m"))
        before_s, before_m = (
            sum(s[key] for s in trip.stops[left + 1 : reached + 1]) for key in ("travel_s", "distance_m")
        )
        following = trip.stops[reached + 1]
        set_out = trip.arrive[reached + 1] - following["travel_s"]
        since = 0 if under_way or trip.leave[reached] > at else at - set_out
        gone_s = before_s + min(max(0, since), following["travel_s"])
        share = gone_s / whole_s if whole_s else 0.0
        gone_m = max(before_m, int(whole_m * share)) if gone_s < whole_s else whole_m
        self.gone_s, self.gone_m = gone_s - before_s, gone_m - before_m
        self.left_s, self.left_m = whole_s - gone_s, whole_m - gone_m
        self.heading = HOME if to == trip.last else trip.stops[to]["task_id"]
        self.to = trip.stops[to]["lon"], trip.stops[to]["lat"]
        if whole_s and gone_s == whole_s:
            self.place = self.to
        drawn = next((leg["line"] for leg in trip.entry["legs"] if leg["to"] == to), None)
        if drawn is None or not gone_s:
            return
        first = _first_part(decode_line(drawn), share)
        self.line = tuple(encode_line(first))
        if gone_s < whole_s:
            self.place = round(float(first[-1, 0]), 7), round(float(first[-1, 1]), 7)


def _first_part(lonlat: NDArray[np.float64], share: float) -> NDArray[np.float64]:
    """Return the first part of a line by its length, at least its first point twice."""
    flat = lonlat * [np.cos(np.radians(lonlat[0, 1])), 1.0]
    along = np.r_[0.0, np.cumsum(np.hypot(*np.diff(flat, axis=0).T))]
    at = along[-1] * min(share, 1.0)
    end = [np.interp(at, along, lonlat[:, axis]) for axis in (0, 1)]
    return np.vstack([lonlat[along < at] if at > 0 else lonlat[:1], end])

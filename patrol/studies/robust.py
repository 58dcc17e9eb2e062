"""What becomes of a plan when travel and service take longer or shorter than planned: the day is lived many times."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from patrol.errors import Finding, PlanError
from patrol.plan import TASK_STOPS
from patrol.planning.horizon import Planned
from patrol.planning.slack import before_meeting_s
from patrol.units import seconds_since_midnight

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Robust:
    """What came of a plan lived many times.

    Attributes
    ----------
    shifts_on_time, appointments_met : float
        Shares over all runs; 1 where there are none.
    latest_min : float
        The worst end of a shift, in minutes after its end; 0 if none was late.
    slack_h : float
        Hours that the plan had kept free.
    """

    runs: int
    spread: float
    shifts: int
    shifts_on_time: float
    appointments: int
    appointments_met: float
    latest_min: float
    slack_h: float


def relive(planned: Planned, *, runs: int = 200, spread: float = 0.3, seed: int = 1) -> Robust:
    """Live a plan many times, each leg and each service longer or shorter by up to ``spread``, evenly, on its own.

    A crew leaves as planned, begins each stop when it comes, but never sooner than a time that the plan waits for
    (opening hours). Work at an appointment begins when all parties are there, no more than the tolerance before it, and
    at its latest time without those who are not. A shift is on time if the crew is home by its end of the roster; an
    appointment is met if no party comes later than its tolerance allows.

    Raises
    ------
    PlanError
        If the numbers make no sense.
    """
    found = []
    if runs < 1:
        found.append(Finding("error", "robust.runs", "runs", f"{runs} is too few", "give 1 or more"))
    if not 0 <= spread <= 1:
        found.append(Finding("error", "robust.spread", "spread", f"{spread:g} is no share", "give 0 to 1"))
    if found:
        raise PlanError(found)
    rng = np.random.default_rng(seed)
    rows = planned.built.shifts
    ends = {
        shift: int(closes) + int(slack)
        for shift, closes, slack in zip(rows["shift_id"], rows["closes"], rows["slack_s"], strict=True)
    }
    settings = planned.layers.project.settings.defence
    trips = [
        _Trip(shift, np.random.default_rng(rng.integers(2**63)), spread, runs, before_meeting_s(settings))
        for shift in planned.plan.shifts
    ]
    met = _live(trips, settings.joint_tolerance_min * 60.0)
    late = [trip.now - ends[trip.shift["shift_id"]] for trip in trips]
    minutes = np.concatenate(late) / 60.0 if late else np.zeros(0)
    return Robust(
        runs, spread, len(late), float((minutes <= 0).mean()) if len(minutes) else 1.0, len(met),
        float(np.mean(met)) if met else 1.0, float(max(0.0, minutes.max(initial=0.0))),
        round(float(rows["slack_s"].sum()) / 3600, 2),
    )  # fmt: skip


def _live(trips: list[_Trip], tolerance: float) -> list[NDArray[np.bool_]]:
    """Live all shifts side by side, and return of each appointment in which runs it was met."""
    parties = Counter(stop["joint"]["id"] for trip in trips for stop in trip.stops if "joint" in stop)
    waiting: dict[str, list[_Trip]] = {}
    met = []
    moving = list(trips)
    while moving:
        trip = moving.pop()
        joint = trip.go_on()
        if joint is None:
            continue
        there = waiting.setdefault(joint["id"], [])
        there.append(trip)
        if len(there) == parties[joint["id"]]:  # parts of one appointment wait for each other, of two never both ways
            at = [one.second(one.stops[one.at]["joint"]["at"]) for one in there]
            comes = [one.now for one in there]
            met.append(np.all([now <= when + tolerance for now, when in zip(comes, at, strict=True)], axis=0))
            for one, when in zip(there, at, strict=True):
                one.meet(np.maximum.reduce(comes), when - tolerance, when + tolerance)
            moving += there
    return met


class _Trip:
    """One shift as it is lived: how far it has come, and when it is there in each run."""

    def __init__(
        self, shift: dict[str, Any], rng: np.random.Generator, spread: float, runs: int, before: int
    ) -> None:  # fmt: skip
        self.shift, self.stops, self.at = shift, shift["route"], 0
        self.day = date.fromisoformat(shift["date"])
        self.rng, self.spread, self.before = rng, spread, before
        self.now: Floats = np.full(runs, float(self.second(shift["start"])))

    def second(self, moment: str) -> int:
        return seconds_since_midnight(moment, self.day)

    def go_on(self) -> dict[str, Any] | None:
        """Travel and serve up to the next appointment and return it, None if the crew is home."""
        while True:
            self.at += 1
            stop = self.stops[self.at]
            self.now = self.now + stop["travel_s"] * self._off()
            if stop["kind"] == "end":
                return None
            if "joint" in stop:
                return dict(stop["joint"])
            arrive, start, leave = (self.second(stop[name]) for name in ("arrive", "start_service", "leave"))
            if start > arrive:
                self.now = np.maximum(self.now, start)
            self.now = self.now + (leave - start) * (self._off() if stop["kind"] in TASK_STOPS else 1.0)

    def meet(self, all_there: Floats, earliest: float, latest: float) -> None:
        """Begin the work of an appointment when all are there, but not before and not long after its time; do it."""
        stop = self.stops[self.at]
        work = self.second(stop["leave"]) - self.second(stop["start_service"]) - self.before
        self.now = np.maximum(self.now, np.clip(all_there, earliest, latest)) + max(0, work) * self._off()

    def _off(self) -> Floats:
        """Return by what factor each run differs from the plan."""
        return self.rng.uniform(1 - self.spread, 1 + self.spread, len(self.now))

"""What becomes of a plan when travel and service take longer or shorter than planned: the day is lived many times."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from patrol.errors import Finding, PlanError
from patrol.plan import TASK_STOPS
from patrol.planning.horizon import Planned
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
    (opening hours), and no more than the tolerance before an appointment. A shift is on time if the crew is home by its
    end of the roster; an appointment is met if no party begins later than its tolerance allows.

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
    tolerance = planned.layers.project.settings.defence.joint_tolerance_min * 60.0
    late: list[Floats] = []
    met: dict[str, list[NDArray[np.bool_]]] = {}
    for shift in planned.plan.shifts:
        ended, starts = _live(shift, runs, spread, tolerance, rng)
        late.append(ended - ends[shift["shift_id"]])
        for joint, on_time in starts:
            met.setdefault(joint, []).append(on_time)
    good = [np.all(found_, axis=0) for found_ in met.values()]
    minutes = np.concatenate(late) / 60.0 if late else np.zeros(0)
    return Robust(
        runs, spread, len(late), float((minutes <= 0).mean()) if len(minutes) else 1.0, len(good),
        float(np.mean(good)) if good else 1.0, float(max(0.0, minutes.max(initial=0.0))),
        round(float(rows["slack_s"].sum()) / 3600, 2),
    )  # fmt: skip


def _live(
    shift: dict[str, Any], runs: int, spread: float, tolerance: float, rng: np.random.Generator
) -> tuple[Floats, list[tuple[str, NDArray[np.bool_]]]]:
    """Return when a crew is home in each run, and of each appointment whether it was met by this crew."""
    day = date.fromisoformat(shift["date"])

    def second(text: str) -> int:
        return seconds_since_midnight(text, day)

    now = np.full(runs, float(second(shift["start"])))
    met = []
    for stop in shift["route"][1:]:
        now = now + stop["travel_s"] * rng.uniform(1 - spread, 1 + spread, runs)
        if stop["kind"] == "end":
            break
        arrive, start, leave = (second(stop[name]) for name in ("arrive", "start_service", "leave"))
        if "joint" in stop:
            at = second(stop["joint"]["at"])
            now = np.maximum(now, at - tolerance)
            met.append((stop["joint"]["id"], now <= at + tolerance))
        elif start > arrive:
            now = np.maximum(now, start)
        varies = stop["kind"] in TASK_STOPS
        now = now + (leave - start) * (rng.uniform(1 - spread, 1 + spread, runs) if varies else 1.0)
    return now, met

"""What zones did for one another: hours lent and borrowed, and which tasks were helped, by whom and why."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from patrol.plan import spent_s
from patrol.planning.build import Built
from patrol.planning.tasks import HALF_DEADLINE, NO_ROOM
from patrol.routing.model import Shift, Task

BY_HAND = "by_hand"


def aided(task: Task, shift: Shift) -> bool:
    """Return whether a shift serves a task of a zone that is not its own."""
    return bool(task.zone and shift.zones and task.zone not in shift.zones)


def lending(shifts: Sequence[Mapping[str, Any]], tasks: Mapping[str, Any]) -> dict[str, dict[str, float]]:
    """Return what zones lent and borrowed, from the shifts and tasks of a plan document.

    Returns
    -------
    dict
        By zone id: ``helped`` (tasks served there by crews of other zones), ``borrowed_h`` (service and the way to
        it, of these) and ``lent_h`` (by its own crews elsewhere; a crew with several home zones lends from each the
        same). Lent less borrowed sums to zero over all zones.
    """
    rows: dict[str, dict[str, float]] = defaultdict(lambda: {"helped": 0, "borrowed_h": 0.0, "lent_h": 0.0})
    for shift in shifts:
        for stop in shift["route"]:
            if "aid" not in stop:
                continue
            hours = spent_s(stop) / 3600
            here = rows[tasks[stop["task_id"]]["zone_id"]]
            here["helped"] += 1
            here["borrowed_h"] += hours
            for zone in stop["aid"]["zones"]:
                rows[zone]["lent_h"] += hours / len(stop["aid"]["zones"])
    return dict(sorted(rows.items()))


def aid_of(built: Built, task: int, shift: int, by_hand: Collection[str] = ()) -> dict[str, Any]:
    """Return the entry of a stop that says whose crew came and why, nothing if it is of the zone's own.

    ``by_hand`` are ids of tasks that a mark made by hand gave to their crew: whether there was room at home, nobody
    asked. What is open to all crews is so with a mark or without.
    """
    crew, item = built.problem.shifts[shift], built.problem.tasks[task]
    if not aided(item, crew):
        return {}
    why = str(built.tasks.loc[task, "aid_why"])
    if item.aid == "room" and not item.asks_home(crew.day):
        why = HALF_DEADLINE  # it was not when the plan begins, and is by then
    return {"aid": {"zones": list(crew.zones), "why": BY_HAND if why == NO_ROOM and item.task_id in by_hand else why}}

"""What has been done of a plan so far: what a replan in the day begins with."""

from __future__ import annotations

from typing import Any

import pandas as pd

from patrol.layers.results import read_field
from patrol.plan import TASK_STOPS, Plan, plan_sha256, stop_codes
from patrol.project import Project

Stops = dict[str, list[tuple[str, int, dict[str, Any]]]]

COLUMNS = ("shift_id", "code", "task_id", "outcome", "at", "crew_id", "date", "reason")


def done_so_far(project: Project, plan: Plan) -> pd.DataFrame:
    """Return what crews have said of the stops of a plan.

    Parameters
    ----------
    project : Project
        Its file of what came back is read; without one nothing has come back.
    plan : Plan

    Returns
    -------
    DataFrame
        One row a stop of which something is known, in the order of codes: ``shift_id``, ``code`` (as of
        :func:`patrol.plan.stop_codes`), ``task_id``, ``outcome`` (done, partly, not_done), ``at`` (stamp in UTC,
        "" where nobody said the time), ``crew_id`` (who says so), ``date`` (day) and ``reason``. A stop that somebody
        else did than was planned bears the shift it was planned for.

    Raises
    ------
    LayerError
        If the file cannot be read.
    """
    seen = read_field(project.file("field")).outcomes
    seen = seen[seen["plan_sha256"] == plan_sha256(plan)]
    stops = stops_of(plan)
    rows = []
    for row in seen.to_dict("records"):
        stop = stop_of(stops, str(row["task_id"]), row["crew_id"], row["date"].date().isoformat(), row["shift_id"])
        if stop is not None:
            rows.append({**row, "shift_id": stop[0], "code": stop[1]})
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    # Two crews may have said something of one stop: its own crew's word first.
    own = frame["crew_id"].map(str) == frame["shift_id"].map({s["shift_id"]: s["crew_id"] for s in plan.shifts})
    frame = frame.assign(own=~own).sort_values(["code", "own", "at"], kind="stable")
    return frame.drop_duplicates("code").drop(columns="own").reset_index(drop=True)


def not_done_of(project: Project, plan: Plan) -> frozenset[tuple[str, str]]:
    """Return the (shift, task) of a plan of which the field says that they were not done."""
    seen = done_so_far(project, plan)
    rows = seen[seen["outcome"] == "not_done"]
    return frozenset(zip(rows["shift_id"].astype(str), rows["task_id"].astype(str), strict=True))


def stops_of(plan: Plan) -> Stops:
    """Return the stops of each task: shift, code and the shift itself."""
    codes = stop_codes(plan)
    stops: Stops = {}
    for shift in plan.shifts:
        for position, stop in enumerate(shift["route"]):
            if stop["kind"] in TASK_STOPS:
                code = codes[shift["shift_id"], position]
                stops.setdefault(stop["task_id"], []).append((shift["shift_id"], code, shift))
    return stops


def stop_of(stops: Stops, task_id: str, crew: str, on: str, shift_id: str = "") -> tuple[str, int] | None:
    """Return shift and code of the stop that a crew means by a task on a day, None if the plan has none.

    The shift that is named; else that crew's on that day, else that crew's, else whose the task is.
    """
    found = stops.get(task_id, [])
    ranked = sorted(
        (name != shift_id, shift["crew_id"] != crew, shift["date"] != on, code, name) for name, code, shift in found
    )
    return (ranked[0][4], ranked[0][3]) if ranked else None

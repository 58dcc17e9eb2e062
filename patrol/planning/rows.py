"""Rows of tasks and shifts become the tasks and shifts of the routing problem."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from patrol.config import PlanningSettings
from patrol.layers.schema import PARTIES
from patrol.planning.crews import Profile
from patrol.planning.danger import allowed_shifts, task_shapes
from patrol.planning.frames import records
from patrol.routing import model
from patrol.units import DAY_S

METHOD_OF = {"roadside": "vehicle", "drone": "drone"}  # every other way of looking is on foot


def profile_of(shift: dict[str, Any]) -> Profile:
    """Return the profile of a shift row; being alone makes a difference with a car only."""
    return Profile(str(shift["mode"]), bool(shift["mode"] == "vehicle" and shift["alone"]))


def task_rows(
    tasks: gpd.GeoDataFrame,
    options: list[pd.DataFrame],
    shifts: pd.DataFrame,
    sections: gpd.GeoDataFrame,
    days: int,
    planning: PlanningSettings,
) -> tuple[model.Task, ...]:
    """Return the tasks of the problem; ``options`` holds a frame a profile, in the order of the profiles."""
    by_task: dict[int, list[model.Option]] = {}
    prizes = {method: tasks[f"prize_{method}"].to_list() for method in ("foot", "vehicle", "drone")}
    for profile, table in enumerate(options):
        for row in records(table):
            method = METHOD_OF.get(row["method"], "foot")
            by_task.setdefault(row["task"], []).append(
                model.Option(
                    profile=profile,
                    entry=int(row["entry"]),
                    exit=int(row["exit"]),
                    service_s=int(row["service_s"]),
                    walk_m=int(row["walk_m"]),
                    distance_m=int(row["distance_m"]),
                    direction=int(row["direction"]),
                    prizes=prizes[method][row["task"]],
                )
            )
    shapes = task_shapes(tasks, tasks.geometry.to_list(), sections)
    allowed = allowed_shifts(tasks, shapes, sections, shifts, planning)
    return tuple(
        model.Task(
            task_id=row["task_id"],
            options=tuple(by_task.get(number, ())),
            windows=_windows(row, shifts, days),
            mandatory=0 if row["occurrence"] is not None else int(row["mandatory"]),  # its series has the weight
            parties=() if set(row["parties"]) == set(PARTIES) else tuple(row["parties"]),
            skills=tuple(row["skills"]),
            zone=row["zone_id"],
            aid=row["aid"] if row["zone_id"] else "",
            aid_from=row["aid_from"] if row["zone_id"] and row["aid"] == "room" and row["aid_from"] >= 0 else None,
            shifts=allowed[number] if row["parties"] else (),  # nobody may go: no parties would mean all
        )
        for number, row in enumerate(records(tasks))
    )


def _windows(row: dict[str, Any], shifts: pd.DataFrame, days: int) -> tuple[model.Window, ...]:
    """Return when a task may be served; none means any time of any day.

    What must be done by a day is open until then, or (late is better than never) until the first day on
    which somebody works who may do it.
    """
    opens, closes, first_day, last_day = row["opens"], row["closes"], int(row["first_day"]), int(row["last_day"])
    if last_day < days - 1 and len(shifts):
        able = shifts.loc[shifts["party"].isin(row["parties"]), "day"]
        last_day = max(last_day, int(able.min()) if len(able) else last_day)
    if np.isnan(opens) and np.isnan(closes) and first_day <= 0 and last_day >= days - 1:
        return ()
    first = 0 if np.isnan(opens) else int(opens)
    last = DAY_S if np.isnan(closes) else int(closes)
    return tuple(model.Window(day, first, last) for day in range(first_day, last_day + 1))


def shift_rows(
    shifts: pd.DataFrame, profiles: list[Profile], ends: list[pd.DataFrame], price_m: int
) -> tuple[model.Shift, ...]:
    """Return the shifts of the problem; ``ends`` holds start and end of each profile's shifts, by row."""
    number_of = {profile.name: number for number, profile in enumerate(profiles)}
    out = []
    for number, row in enumerate(records(shifts)):
        profile = number_of[profile_of(row).name]
        start, end = (int(place) for place in ends[profile].loc[number, ["start", "end"]].to_numpy())
        on_foot = profiles[profile].mode == "foot"
        out.append(
            model.Shift(
                shift_id=row["shift_id"],
                crew_id=row["crew_id"],
                party=row["party"],
                day=int(row["day"]),
                profile=profile,
                start=start,
                end=end,
                opens=int(row["opens"]),
                closes=int(row["closes"]),
                max_work_s=int(row["closes"] - row["opens"]),
                max_distance_m=int(row["max_distance_m"]),
                max_walk_m=int(row["max_walk_m"]),
                pause=None if row["pause"] is None else model.Break(*row["pause"]),
                skills=row["skills"],
                zones=row["zones"],
                group=row["group"],
                group_max_s=int(row["group_max_s"]),
                price_s=int(row["price_s"]),
                price_m=0 if on_foot else price_m,
                price_open=int(row["price_open"]),
            )
        )
    return tuple(out)

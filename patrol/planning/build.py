"""Frames become a routing problem: the one crossing from geometry and calendar into whole numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
from numpy.typing import NDArray

from patrol.layers.files import Layers
from patrol.layers.schema import PARTIES
from patrol.network.options import point_options, section_options
from patrol.network.roads import RoadGraph
from patrol.network.travel import Access, road_access, travel_matrix
from patrol.planning.crews import Profile
from patrol.planning.danger import allowed_shifts, task_shapes
from patrol.planning.frames import records
from patrol.project import Project
from patrol.routing import model
from patrol.units import DAY_S

METHOD_OF = {"roadside": "vehicle", "drone": "drone"}  # every other way of looking is on foot
LONLAT_SCALE = 1e7

Progress = Callable[[str, int, int], None]
Why = tuple[str, float]  # code and metres, see ``network.option_rows.Refusal``


@dataclass(frozen=True, slots=True)
class ProfileWays:
    """Where a profile can go: its locations, their access to the roads, and the matrices.

    Attributes
    ----------
    xy : ndarray (n, 2)
        Locations in the project's metric CRS.
    lonlat : ndarray (n, 2) of int64
        The same in 1e-7 degrees WGS84.
    """

    profile: Profile
    xy: NDArray[np.float64]
    lonlat: NDArray[np.int64]
    access: Access

    @property
    def on_foot(self) -> bool:
        """Whether legs are walked."""
        return self.profile.mode == "foot"


@dataclass(frozen=True, slots=True)
class Built:
    """A problem together with the frames it was made from.

    Attributes
    ----------
    tasks, shifts : DataFrame
        Row k belongs to ``problem.tasks[k]`` and ``problem.shifts[k]``.
    ways : tuple of ProfileWays
        Entry p belongs to ``problem.profiles[p]``.
    unreachable : dict
        Why a task has no option at all, by task id: codes of :mod:`patrol.network.option_rows` with metres.
    """

    project: Project
    crs: pyproj.CRS
    first: date
    problem: model.Problem
    tasks: gpd.GeoDataFrame
    shifts: pd.DataFrame
    ways: tuple[ProfileWays, ...]
    roads: RoadGraph | None
    hashes: MappingProxyType[str, str]
    lengths: MappingProxyType[str, float]
    unreachable: MappingProxyType[str, tuple[Why, ...]]
    placeholders: int

    def tasks_wgs84(self) -> gpd.GeoDataFrame:
        """Return the tasks with WGS84 points."""
        return self.tasks.to_crs("EPSG:4326") if len(self.tasks) else self.tasks

    def length_of(self, task_id: str) -> float:
        """Return the metres of line of a section task, 0 for visits."""
        return self.lengths.get(task_id, 0.0)


def build_problem(
    layers: Layers,
    sections: gpd.GeoDataFrame,
    tasks: gpd.GeoDataFrame,
    shifts: pd.DataFrame,
    roads: RoadGraph | None,
    *,
    first: date,
    days: int,
    progress: Progress | None = None,
) -> Built:
    """Build the routing problem of a horizon.

    Parameters
    ----------
    sections, tasks, shifts : frames
        From :mod:`patrol.planning.tasks` and :mod:`patrol.planning.crews`, in the metric CRS.
    roads : RoadGraph or None
        None plans on straight lines with the detour factor.
    """
    settings = layers.project.settings
    profiles = sorted({profile_of(row) for row in records(shifts)},
                      key=lambda profile: profile.name)  # fmt: skip
    made, table, reasons = [], [], []
    for number, profile in enumerate(profiles):
        if progress:
            progress(profile.name, number, len(profiles))
        options, why = _options(profile, layers, sections, tasks, roads)
        ways, matrix, options, ends = _locate(profile, layers, shifts, options, roads)
        made.append((ways, matrix))
        reasons.append(why)
        table.append((options, ends))
    problem = model.Problem(
        days=days,
        profiles=tuple(
            model.Profile(ways.profile.name, ways.on_foot, matrix.travel_s, matrix.distance_m, ways.lonlat)
            for ways, matrix in made
        ),
        tasks=_tasks(tasks, [options for options, _ in table], shifts, sections, days, layers),
        shifts=_shifts(shifts, profiles, [ends for _, ends in table], round(settings.planning.km_ecm * 1000)),
    )
    model.check_problem(problem)
    own = tasks["kind"] == "section"
    lengths = dict(zip(tasks.loc[own, "task_id"], sections["length_m"].loc[tasks.loc[own, "ref"]], strict=True))
    return Built(
        project=layers.project,
        crs=layers.crs,
        first=first,
        problem=problem,
        tasks=tasks,
        shifts=shifts,
        ways=tuple(ways for ways, _ in made),
        roads=roads,
        hashes=MappingProxyType(dict(layers.hashes)),
        lengths=MappingProxyType({key: float(value) for key, value in lengths.items()}),
        unreachable=MappingProxyType(_unreachable(problem, reasons)),
        placeholders=int(layers.crews["placeholder"].sum()),
    )


def _options(
    profile: Profile, layers: Layers, sections: gpd.GeoDataFrame, tasks: gpd.GeoDataFrame, roads: RoadGraph | None
) -> tuple[pd.DataFrame, dict[int, Why]]:
    """Return the options of every task for one profile, and why tasks have none.

    Columns: ``task`` (row), ``direction, entry_x, entry_y, exit_x, exit_y, service_s, walk_m, distance_m, method``.
    """
    settings = layers.project.settings
    lines = np.flatnonzero((tasks["kind"] == "section").to_numpy())
    points = np.flatnonzero((tasks["kind"] != "section").to_numpy())
    todo = sections.loc[tasks["ref"].iloc[lines]].reset_index(drop=True)
    along = section_options(
        todo, roads, mode=profile.mode, alone=profile.alone, patrol=settings.patrol, travel=settings.travel
    )
    rows = tasks.iloc[points].reset_index(drop=True)
    seconds = (rows["minutes"].astype(float) * 60).round().astype(int)
    at = point_options(rows, seconds, roads, mode=profile.mode, travel=settings.travel)
    along = along.assign(task=lines[along["section"].to_numpy(int)] if len(along) else np.zeros(0, int))
    at = at.assign(task=points[at["point"].to_numpy(int)] if len(at) else np.zeros(0, int))
    both = pd.concat([frame for frame in (along, at) if len(frame)] or [along], ignore_index=True)
    none = both["reason"] != ""
    refused = zip(both.loc[none, "why"], both.loc[none, "why_m"].astype(float), strict=True)
    why = dict(zip(both.loc[none, "task"].astype(int), refused, strict=True))
    usable = both[~none].sort_values(["task", "direction"], ascending=[True, False], kind="stable")
    return usable.reset_index(drop=True), why


def _locate(
    profile: Profile, layers: Layers, shifts: pd.DataFrame, options: pd.DataFrame, roads: RoadGraph | None
) -> tuple[ProfileWays, Any, pd.DataFrame, pd.DataFrame]:
    """Give the places of a profile numbers, and work out the way between them.

    Returns the ways, the matrix, the options with ``entry`` and ``exit`` indexes, and the start and end
    index of each of the profile's shifts.
    """
    travel = layers.project.settings.travel
    mine = shifts[_profile_names(shifts) == profile.name]
    columns = [("start_x", "start_y"), ("end_x", "end_y")]
    blocks = [mine[list(pair)].to_numpy(float) for pair in columns]
    blocks += [options[list(pair)].to_numpy(float) for pair in (("entry_x", "entry_y"), ("exit_x", "exit_y"))]
    stacked = np.round(np.vstack(blocks), 2)  # a centimetre: the same place reached two ways is one place
    xy, index = np.unique(stacked, axis=0, return_inverse=True)
    index = index.reshape(-1)
    cuts = np.cumsum([len(block) for block in blocks])[:-1]
    start, end, entry, exit_ = np.split(index, cuts)
    access = road_access(roads, xy, mode=profile.mode, settings=travel)
    matrix = travel_matrix(roads, access, mode=profile.mode, settings=travel)
    lon, lat = pyproj.Transformer.from_crs(layers.crs, "EPSG:4326", always_xy=True).transform(xy[:, 0], xy[:, 1])
    lonlat = np.round(np.column_stack([lon, lat]) * LONLAT_SCALE).astype(np.int64).reshape(-1, 2)
    ends = pd.DataFrame({"start": start, "end": end}, index=mine.index)
    return ProfileWays(profile, xy, lonlat, access), matrix, options.assign(entry=entry, exit=exit_), ends


def _profile_names(shifts: pd.DataFrame) -> pd.Series[Any]:
    return pd.Series([profile_of(row).name for row in records(shifts)], index=shifts.index, dtype=object)


def profile_of(shift: dict[str, Any]) -> Profile:
    """Return the profile of a shift row; being alone makes a difference with a car only."""
    return Profile(str(shift["mode"]), bool(shift["mode"] == "vehicle" and shift["alone"]))


def _tasks(
    tasks: gpd.GeoDataFrame,
    options: list[pd.DataFrame],
    shifts: pd.DataFrame,
    sections: gpd.GeoDataFrame,
    days: int,
    layers: Layers,
) -> tuple[model.Task, ...]:
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
    allowed = allowed_shifts(tasks, shapes, sections, shifts, layers.project.settings.planning)
    return tuple(
        model.Task(
            task_id=row["task_id"],
            options=tuple(by_task.get(number, ())),
            windows=_windows(row, shifts, days),
            mandatory=int(row["mandatory"]),
            parties=() if set(row["parties"]) == set(PARTIES) else tuple(row["parties"]),
            skills=tuple(row["skills"]),
            zone=row["zone_id"],
            shifts=allowed[number],
        )
        for number, row in enumerate(records(tasks))
    )


def _windows(row: dict[str, Any], shifts: pd.DataFrame, days: int) -> tuple[model.Window, ...]:
    """Return when a task may be served; none means any time of any day.

    What must be done by a day is open until then, or (late is better than never) until the first day on
    which somebody works who may do it.
    """
    opens, closes, last_day = row["opens"], row["closes"], int(row["last_day"])
    if last_day < days - 1 and len(shifts):
        able = shifts.loc[shifts["party"].isin(row["parties"]), "day"]
        last_day = max(last_day, int(able.min()) if len(able) else last_day)
    if np.isnan(opens) and np.isnan(closes) and last_day >= days - 1:
        return ()
    first = 0 if np.isnan(opens) else int(opens)
    last = DAY_S if np.isnan(closes) else int(closes)
    return tuple(model.Window(day, first, last) for day in range(last_day + 1))


def _shifts(
    shifts: pd.DataFrame, profiles: list[Profile], ends: list[pd.DataFrame], price_m: int
) -> tuple[model.Shift, ...]:
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
            )
        )
    return tuple(out)


def _unreachable(problem: model.Problem, reasons: list[dict[int, Why]]) -> dict[str, tuple[Why, ...]]:
    out: dict[str, tuple[Why, ...]] = {}
    for number, task in enumerate(problem.tasks):
        if not task.options:
            found = {
                (code, -1.0 if np.isnan(m) else m) for why in reasons if number in why for code, m in (why[number],)
            }
            out[task.task_id] = tuple(sorted(found)) or (("no_crew", -1.0),)
    return out

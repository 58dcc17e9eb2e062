"""Frames become a routing problem: the one crossing from geometry and calendar into whole numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from types import MappingProxyType
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
from numpy.typing import NDArray

from patrol.config import Settings
from patrol.layers.crs import WGS84, way_between
from patrol.layers.files import Layers
from patrol.network.options import point_options, section_options
from patrol.network.roads import RoadGraph
from patrol.network.travel import Access, TravelMatrix, road_access, travel_matrix
from patrol.planning.crews import Profile
from patrol.planning.cycles import series_of
from patrol.planning.fairness import NOTHING, balances
from patrol.planning.frames import records
from patrol.planning.joint import Appointment, tie_together
from patrol.planning.persons import preferring
from patrol.planning.reach import Why, unreachable, walk_in_m, within_own_walk
from patrol.planning.recent import Recent
from patrol.planning.rows import profile_of, shift_rows, task_rows
from patrol.project import Project
from patrol.routing import model
from patrol.routing.checks import check_problem

LONLAT_SCALE = 1e7

Progress = Callable[[str, int, int], None]


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
    held : dict
        Confirmed appointments by joint id, see :mod:`patrol.planning.held`.
    recent : Recent
        What crews worked in the weeks before.
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
    held: MappingProxyType[str, Appointment] = field(default_factory=lambda: MappingProxyType({}))
    recent: Recent = NOTHING

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
    tell = progress or (lambda *_: None)
    reasons, made = [], []
    for number, profile in enumerate(profiles):
        tell(profile.name, number, len(profiles))
        options, why = _options(profile, layers, sections, tasks, shifts, roads)
        reasons.append(why)
        made.append(_locate(profile, layers, shifts, options, roads))
    all_ways, matrices, tables, ends = zip(*made, strict=True) if made else ((), (), (), ())
    crews = shift_rows(shifts, profiles, list(ends), round(settings.planning.km_ecm * 1000))
    rows = task_rows(tasks, list(tables), shifts, sections, days, settings.planning)
    joints = tasks["joint"].to_list()
    tied, ties = tie_together(within_own_walk(rows, list(tables), crews), joints, settings.defence, days)
    problem = model.Problem(
        days=days,
        profiles=tuple(map(_profile, all_ways, matrices)),
        tasks=tied,
        shifts=crews,
        ties=ties,
        series=series_of(
            tasks["occurrence"].to_list(),
            list(zip(tasks["kind"], tasks["ref"], strict=True)),
            tasks["mandatory"].astype(int).to_list(),
        ),
        aid_permille=round((settings.defence.aid_factor - 1.0) * 1000),
    )
    problem = preferring(problem, tasks, settings.defence)
    problem = replace(problem, balances=balances(problem, settings.defence))
    check_problem(problem)
    return Built(
        project=layers.project,
        crs=layers.crs,
        first=first,
        problem=problem,
        tasks=tasks,
        shifts=shifts,
        ways=tuple(all_ways),
        roads=roads,
        hashes=MappingProxyType(dict(layers.hashes)),
        lengths=_lengths(tasks, sections),
        unreachable=MappingProxyType(unreachable(problem, rows, reasons)),
        placeholders=int(layers.crews["placeholder"].sum()),
    )


def with_recent(built: Built, recent: Recent) -> Built:
    """Return what was built with what crews worked in the weeks before, and their free hours reckoned from it."""
    if not recent.days:
        return built
    own = balances(built.problem, built.project.settings.defence, recent)
    return replace(built, recent=recent, problem=replace(built.problem, balances=own))


def _profile(ways: ProfileWays, matrix: TravelMatrix) -> model.Profile:
    return model.Profile(ways.profile.name, ways.on_foot, matrix.travel_s, matrix.distance_m, ways.lonlat)


def _lengths(tasks: pd.DataFrame, sections: gpd.GeoDataFrame) -> MappingProxyType[str, float]:
    own = tasks["kind"] == "section"
    metres = sections["length_m"].loc[tasks.loc[own, "ref"]].astype(float)
    return MappingProxyType(dict(zip(tasks.loc[own, "task_id"], metres.tolist(), strict=True)))


def _options(
    profile: Profile,
    layers: Layers,
    sections: gpd.GeoDataFrame,
    tasks: gpd.GeoDataFrame,
    shifts: pd.DataFrame,
    roads: RoadGraph | None,
) -> tuple[pd.DataFrame, dict[int, Why]]:
    """Return the options of every task for one profile, and why tasks have none.

    What lies too far from the roads for crews without a limit of their own may still be in reach of those who have
    one: such options are marked ``far``.

    Columns: ``task`` (row), ``direction, entry_x, entry_y, exit_x, exit_y, service_s, walk_m, distance_m, method,
    far``.
    """
    settings = layers.project.settings
    usable, why = _ways(profile, settings, sections, tasks, roads)
    usable = usable.assign(far=False)
    reach = walk_in_m(shifts[_profile_names(shifts) == profile.name], settings.travel)
    left = np.array([task for task, (code, _) in why.items() if code == "far_road"], dtype=int)
    if reach > settings.travel.max_walk_in_m and len(left):
        farther = replace(settings, travel=replace(settings.travel, max_walk_in_m=reach))
        more, rest = _ways(profile, farther, sections, tasks.iloc[left].reset_index(drop=True), roads)
        more = more.assign(task=left[more["task"].to_numpy(int)], far=True)
        still = {int(left[task]): own for task, own in rest.items()}
        why = {task: own for task, own in why.items() if task not in set(left.tolist())} | still
        usable = pd.concat([frame for frame in (usable, more) if len(frame)] or [usable], ignore_index=True)
    return usable.sort_values(["task", "direction"], ascending=[True, False], kind="stable", ignore_index=True), why


def _ways(
    profile: Profile, settings: Settings, sections: gpd.GeoDataFrame, tasks: gpd.GeoDataFrame, roads: RoadGraph | None
) -> tuple[pd.DataFrame, dict[int, Why]]:
    """Return the options of tasks by settings as they are, and why tasks have none."""
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
    return both[~none].reset_index(drop=True), why


def _locate(
    profile: Profile, layers: Layers, shifts: pd.DataFrame, options: pd.DataFrame, roads: RoadGraph | None
) -> tuple[ProfileWays, TravelMatrix, pd.DataFrame, pd.DataFrame]:
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
    lon, lat = way_between(layers.crs, WGS84).transform(xy[:, 0], xy[:, 1])
    lonlat = np.round(np.column_stack([lon, lat]) * LONLAT_SCALE).astype(np.int64).reshape(-1, 2)
    ends = pd.DataFrame({"start": start, "end": end}, index=mine.index)
    return ProfileWays(profile, xy, lonlat, access), matrix, options.assign(entry=entry, exit=exit_), ends


def _profile_names(shifts: pd.DataFrame) -> pd.Series[Any]:
    return pd.Series([profile_of(row).name for row in records(shifts)], index=shifts.index, dtype=object)

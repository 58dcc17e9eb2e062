"""How a section can be inspected, or a point visited, by one profile: where it starts, ends, and what it takes.

What makes a method lawful is safety, not speed. A lone driver never inspects while driving, and walks back to
the car. Two people leapfrog (one walks the line while the other takes the car round) only where the car
reaches both ends. A line is inspected from the road only where the road runs beside all of it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields, replace

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import ArrayLike, NDArray

from patrol.config import PatrolSettings, TravelSettings
from patrol.network.access import Access, road_access
from patrol.network.mode_roads import prepare_mode
from patrol.network.nearby import any_within
from patrol.network.option_rows import NO_ROAD, Refusal, in_order, option_rows, refused_rows, too_far
from patrol.network.roads import RoadGraph
from patrol.network.travel import MAX_LEG_S, pair_travel

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

_FIELDS = tuple(field.name for field in fields(Access))
BESIDE_STEP_M = 10.0  # a line is tested for a road beside it at points this far apart
BESIDE_DETOUR = 2.0  # a drive longer than this many times the section is not along it, but round


@dataclass(frozen=True, slots=True, eq=False)
class _Job:
    """Sections to be inspected by one profile, and the access of both their ends; arrays of shape (n,)."""

    graph: RoadGraph | None
    mode: str
    patrol: PatrolSettings
    travel: TravelSettings
    lines: NDArray[np.object_]
    length_m: Floats
    stops_s: Floats
    a: Access
    b: Access


def section_options(
    sections: gpd.GeoDataFrame,
    graph: RoadGraph | None,
    *,
    mode: str,
    alone: bool,
    patrol: PatrolSettings,
    travel: TravelSettings,
) -> pd.DataFrame:
    """Return every way in which a profile can inspect each section.

    Parameters
    ----------
    sections : GeoDataFrame
        Columns ``length_m, equipment_count, placement`` and LineStrings (forward) in the metric CRS.
    graph : RoadGraph or None
        Without roads every place counts as reached, and nothing as beside a road.
    mode : str
        One of ``layers.schema.MODES``.
    alone : bool
        A single person with a vehicle: no inspecting while driving, no leapfrogging.

    Returns
    -------
    DataFrame
        Sorted by ``section`` (row number), forward first. Columns: ``section``; ``direction`` (1 forward, -1
        backward, 0 there and back); ``entry_x, entry_y, exit_x, exit_y`` (road points; line ends on foot),
        metric; ``service_s``; ``walk_m`` and ``distance_m`` (walked, and driven or flown, during service);
        ``method`` (``through, out_and_back, roadside, leapfrog, drone``); ``reason, why, why_m`` (text, code
        and metres). A section with no option has one row with a reason, an empty method and no coordinates.
    """
    lines = sections.geometry.to_numpy()
    ends = shapely.get_coordinates([shapely.get_point(lines, 0), shapely.get_point(lines, -1)]).reshape(2, -1, 2)
    a, b = (road_access(graph, xy, mode=mode, settings=travel) for xy in ends)
    stops = sections["equipment_count"].to_numpy(dtype=np.float64) * patrol.equipment_stop_s
    length = sections["length_m"].to_numpy(dtype=np.float64)
    job = _Job(graph, mode, patrol, travel, lines, length, stops, a, b)
    if mode == "foot":
        parts = _through(job)
    elif mode == "drone":
        parts = _by_drone(job, (sections["placement"] == "overhead").to_numpy(dtype=bool))
    elif mode == "vehicle" and not alone:
        parts = _by_two(job)
    elif mode == "vehicle":
        parts = [_there_and_back(job, a), _there_and_back(job, b), _unreached(job)]
    else:
        parts = _by_ebike(job)
    return in_order(parts, "section")


def point_options(
    points: gpd.GeoDataFrame, seconds: ArrayLike, graph: RoadGraph | None, *, mode: str, travel: TravelSettings
) -> pd.DataFrame:
    """Return the way in which a mode can visit each point.

    Parameters
    ----------
    points : GeoDataFrame
        Points in the metric CRS.
    seconds : array of int, shape (n,)
        What the visit itself takes.

    Returns
    -------
    DataFrame
        As of :func:`section_options`, with ``point`` for ``section``, direction 0 and method ``visit``.
        The walk from the road and back is part of the service; on foot it is part of the legs instead.
    """
    xy = shapely.get_coordinates(points.geometry.to_numpy()).reshape(-1, 2)
    access = road_access(graph, xy, mode=mode, settings=travel)
    walk = np.zeros(len(xy)) if mode == "foot" else access.walk_m
    ok = np.ones(len(xy), dtype=bool) if mode == "foot" else access.reached
    service = np.asarray(seconds, dtype=np.float64) + 2 * _walking(walk, travel)
    some = np.flatnonzero(ok)
    visits = option_rows(some, 0, (access, access), (service, 2 * walk, np.zeros(len(xy))), "visit")
    return in_order([visits, refused_rows(np.flatnonzero(~ok), too_far(access.gap_m, travel))], "point")


def _through(job: _Job) -> list[pd.DataFrame]:
    """Return the options of walking a section from one end to the other."""
    every = np.arange(len(job.lines))
    figures = (_inspecting(job), job.length_m, np.zeros(len(every)))
    return [
        option_rows(every, 1, (job.a, job.b), figures, "through"),
        option_rows(every, -1, (job.b, job.a), figures, "through"),
    ]


def _there_and_back(job: _Job, near: Access, only: Bools | None = None) -> pd.DataFrame:
    """Return the options of leaving the car at ``near``, inspecting to the far end and walking back."""
    some = np.flatnonzero(near.reached if only is None else near.reached & only)
    return option_rows(some, 0, (near, near), _there_and_back_figures(job, near), "out_and_back")


def _there_and_back_figures(job: _Job, near: Access) -> tuple[Floats, Floats, Floats]:
    walk = 2 * near.walk_m + job.length_m
    service = _inspecting(job) + _walking(walk, job.travel)
    return service, walk + job.length_m, np.zeros(len(walk))


def _by_ebike(job: _Job) -> list[pd.DataFrame]:
    """Return the options of a rider, who may look at the line from the saddle and stops where there is more to see."""
    rides = _along_the_road(job, job.patrol.ebike_kmh)
    rest = ~_served(job, rides)
    return [*rides, _there_and_back(job, job.a, rest), _there_and_back(job, job.b, rest), _unreached(job)]


def _by_two(job: _Job) -> list[pd.DataFrame]:
    """Return the options of two or more people with a car: from the road, by leapfrog, or there and back.

    Leapfrog gives way to walking back where taking the car round takes longer than that.
    """
    rides = _along_the_road(job, job.patrol.vehicle_kmh)
    rest = ~_served(job, rides)
    nearer = _nearer(job)
    back_s = _there_and_back_figures(job, nearer)[0]
    leaps = _leapfrog(job, rest, back_s)
    rest &= ~_served(job, leaps)
    return [*rides, *leaps, _there_and_back(job, nearer, rest), _unreached(job)]


def _leapfrog(job: _Job, only: Bools, faster_than_s: Floats) -> list[pd.DataFrame]:
    """Return the options of walking through while the car is driven to the other end."""
    both = np.flatnonzero(only & job.a.reached & job.b.reached)
    walk = job.a.walk_m + job.length_m + job.b.walk_m
    walkers = _inspecting(job) + _walking(job.a.walk_m + job.b.walk_m, job.travel)
    longest = int(np.ceil(faster_than_s[both].max(initial=0.0)))
    out = []
    ways = ((1, job.a, job.b), (-1, job.b, job.a))
    for (direction, first, last), (drive_s, drive_m) in zip(ways, _drives(job, both, longest), strict=True):
        service = np.maximum(walkers, drive_s)
        some = both[service[both] <= faster_than_s[both]]
        out.append(option_rows(some, direction, (first, last), (service, walk, drive_m), "leapfrog"))
    return out


def _along_the_road(job: _Job, kmh: float) -> list[pd.DataFrame]:
    """Return the options of inspecting from the road, where it runs beside the whole section."""
    beside = np.flatnonzero(_beside_road(job) & job.a.reached & job.b.reached)
    own_s = job.length_m * 3.6 / kmh
    longest = int(np.ceil(own_s[beside].max(initial=0.0))) * 4
    out = []
    ways = ((1, job.a, job.b), (-1, job.b, job.a))
    for (direction, first, last), (drive_s, drive_m) in zip(ways, _drives(job, beside, longest), strict=True):
        along = drive_m <= BESIDE_DETOUR * job.length_m + 2 * job.patrol.roadside_m
        some = beside[along[beside]]
        service = np.maximum(own_s, drive_s) + job.stops_s
        out.append(option_rows(some, direction, (first, last), (service, np.zeros(len(own_s)), drive_m), "roadside"))
    return out


def _by_drone(job: _Job, overhead: Bools) -> list[pd.DataFrame]:
    """Return the options of flying from the road point nearest to the middle of the section.

    Flying needs an overhead line, and all of it within the drone's reach of the pilot.
    """
    patrol = job.patrol
    middle = shapely.get_coordinates(shapely.line_interpolate_point(job.lines, 0.5, normalized=True)).reshape(-1, 2)
    pilot = road_access(job.graph, middle, mode="drone", settings=job.travel)
    vertices, section = shapely.get_coordinates(job.lines, return_index=True)
    farthest = np.zeros(len(job.lines))
    np.maximum.at(farthest, section, np.hypot(*(vertices - np.column_stack([pilot.x, pilot.y])[section]).T))
    near = np.isfinite(pilot.gap_m) & (farthest <= patrol.drone_reach_m)
    flying = job.length_m * 3.6 / patrol.drone_kmh + job.stops_s
    swaps = np.maximum(np.ceil(flying / patrol.drone_swap_s) - 1, 0)
    service = patrol.drone_setup_s + flying + swaps * patrol.drone_swap_takes_s
    ok = near & overhead
    figures = (service, np.zeros(len(flying)), job.length_m)
    limit = f"a drone reaches {patrol.drone_reach_m:,.0f} m"
    why = [
        Refusal("far_drone", float(metres), f"unreachable: farthest point {metres:,.0f} m from the road ({limit})")
        if known
        else NO_ROAD
        for metres, known in zip(farthest, np.isfinite(pilot.gap_m), strict=True)
    ]
    cable = Refusal("cable", math.nan, "underground: nothing to see from the air")
    why = [item if up else cable for item, up in zip(why, overhead, strict=True)]
    refused = refused_rows(np.flatnonzero(~ok), why)
    return [option_rows(np.flatnonzero(ok), 0, (pilot, pilot), figures, "drone"), refused]


def _beside_road(job: _Job) -> Bools:
    """Return which sections lie within ``roadside_m`` of a usable road all along."""
    beside = np.zeros(len(job.lines), dtype=bool)
    if job.graph is None:
        return beside
    roads = prepare_mode(job.graph, mode=job.mode, settings=job.travel)
    # Most sections are no candidates: their ends say so, and are known already.
    limit = job.patrol.roadside_m
    some = np.flatnonzero((job.a.gap_m <= limit) & (job.b.gap_m <= limit))
    if not len(roads.stops) or not len(some):
        return beside
    xy, section = shapely.get_coordinates(shapely.segmentize(job.lines[some], BESIDE_STEP_M), return_index=True)
    near = any_within(roads.near, xy, max(limit, 1e-9), job.graph.lines)
    beside[some] = np.bincount(section[~near], minlength=len(some)) == 0
    return beside


def _drives(job: _Job, some: Ints, limit_s: int) -> list[tuple[Floats, Floats]]:
    """Return seconds and metres of the drives from end to end of some sections, forward and backward.

    They are infinite for the other sections, where there is no way, and beyond the limit.
    """
    n = len(some)
    both = replace(job.a, **{f: np.r_[getattr(job.a, f)[some], getattr(job.b, f)[some]] for f in _FIELDS})
    there = np.column_stack([np.arange(n), n + np.arange(n)])
    limit_s = min(max(limit_s, 1), MAX_LEG_S)
    seconds, metres = pair_travel(
        job.graph, both, np.vstack([there, there[:, ::-1]]), mode=job.mode, settings=job.travel, limit_s=limit_s
    )
    out = []
    for part in (slice(0, n), slice(n, 2 * n)):
        known = seconds[part] <= limit_s
        drive = np.full((2, len(job.lines)), np.inf)
        drive[0, some[known]], drive[1, some[known]] = seconds[part][known], metres[part][known]
        out.append((drive[0], drive[1]))
    return out


def _nearer(job: _Job) -> Access:
    """Return, section by section, the access of the end with the shorter walk (the first end of equal ones)."""
    first = job.a.walk_m <= job.b.walk_m
    return replace(job.a, **{f: np.where(first, getattr(job.a, f), getattr(job.b, f)) for f in _FIELDS})


def _inspecting(job: _Job) -> Floats:
    """Return the seconds of inspecting on foot, stops at equipment included."""
    return job.length_m * 3.6 / job.patrol.foot_kmh + job.stops_s


def _walking(metres: Floats, travel: TravelSettings) -> Floats:
    return metres * 3.6 / travel.foot_kmh


def _served(job: _Job, parts: list[pd.DataFrame]) -> Bools:
    served = np.zeros(len(job.lines), dtype=bool)
    for part in parts:
        served[part["row"].to_numpy()] = True
    return served


def _unreached(job: _Job) -> pd.DataFrame:
    """Return the rows of sections whose both ends are too far from the roads."""
    some = np.flatnonzero(~(job.a.reached | job.b.reached))
    return refused_rows(some, too_far(np.minimum(job.a.gap_m, job.b.gap_m), job.travel))

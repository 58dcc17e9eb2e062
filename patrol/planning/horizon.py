"""From a project folder to a verified plan of several days: the whole main job in one function."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import geopandas as gpd
import pandas as pd
import pyproj

from patrol.errors import Finding, PlanError
from patrol.hazards.taxonomy import project_types
from patrol.layers.appointments import read_appointments
from patrol.layers.files import Layers
from patrol.layers.keep import Keep, spelt
from patrol.network.roads import RoadGraph, build_roads, drawn_roads, without_shapes
from patrol.network.water import make_water
from patrol.plan import Plan, sha256
from patrol.planning.build import Built, build_problem, with_recent
from patrol.planning.crews import make_shifts
from patrol.planning.effort import Effort
from patrol.planning.fairness import NOTHING, given_up
from patrol.planning.held import hold
from patrol.planning.joint import Appointment, appointments_of, is_of, split_joint
from patrol.planning.keep import CROWDED, Mark, apply_keeps, conflicts, in_order, lost
from patrol.planning.known import load_all
from patrol.planning.made import Made
from patrol.planning.persons import with_persons
from patrol.planning.picture import Picture, picture
from patrol.planning.publish import publish
from patrol.planning.published import published_pins
from patrol.planning.recent import Recent
from patrol.planning.returned import with_visits
from patrol.planning.rolling import Published, still_to_keep
from patrol.planning.tasks import make_tasks
from patrol.planning.under_warning import under_warnings
from patrol.planning.urgent import emergencies_first
from patrol.planning.warned import spells_of, weather_unknown
from patrol.project import Project
from patrol.routing.codec import to_bytes
from patrol.routing.model import Problem, Solution
from patrol.routing.rules import Draft
from patrol.units import YEARS, sensible

MAX_DAYS = 31
UNREAD_ROADS = {"roads.unknown_class", "roads.odd_oneway"}  # what of the roads was not taken as it is written
Progress = Callable[[str, int, int], None]
Left = Callable[[pd.DataFrame, gpd.GeoDataFrame, pyproj.CRS], tuple[pd.DataFrame, gpd.GeoDataFrame]]


@dataclass(frozen=True, slots=True)
class Begun:
    """A plan that is under way.

    Attributes
    ----------
    left : callable
        Given the frames of shifts and of tasks and their CRS, returns what is left of them.
    told : mapping of str to Appointment
        Appointments that it proposes: of these the parties have had their notice.
    made : mapping of str to Made
        What it has done of what comes round again.
    """

    left: Left
    told: Mapping[str, Appointment]
    made: Mapping[str, Made]


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan with everything that its outputs are drawn from.

    Attributes
    ----------
    problem_bytes : bytes
        Canonical bytes of the routing problem; their SHA-256 stands in the plan.
    keep_conflicts : tuple of Finding
        Hand-made pins and moves that were refused, each with its reason; the plan holds without them.
    beside : mapping of str to bytes
        Further files without which the plan cannot be checked, by name: what a replan was made from.
    """

    plan: Plan
    layers: Layers
    picture: Picture
    built: Built
    problem_bytes: bytes
    keep_conflicts: tuple[Finding, ...]
    beside: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A problem ready to solve, and what was noted while making it; the roads of ``layers`` have no shapes."""

    layers: Layers
    picture: Picture
    built: Built
    notes: tuple[Finding, ...]


def prepare(
    project: Project, *, first: date, days: int, moved: tuple[str, ...] = (), recent: Recent = NOTHING,
    progress: Progress | None = None, begun: Begun | None = None,
) -> Prepared:  # fmt: skip
    """Load, trace, value and build, without solving.

    Parameters
    ----------
    moved : tuple of str
        Joint tasks whose confirmed appointments are given up (``R:R-004``, or ``R-004``).
    recent : Recent
        What crews worked in the weeks before.
    begun : Begun, optional
        A plan that is under way: only what is left of it is prepared.

    Raises
    ------
    PatrolError
        Every fault of the inputs; or a horizon that is no 1 to 31 days.
    """
    if found := _check_days(days, first):
        raise PlanError(found)
    tell = progress or _silent
    tell("load", 0, 1)
    types = project_types(project)
    layers, testimony = load_all(project)
    layers = with_visits(layers, on=first)
    tell("roads", 0, 1)
    roads = _roads(layers)
    # the graph has the shapes now; a large district's would stand beside it all the way
    layers = dataclasses.replace(layers, roads=without_shapes(layers.roads))
    tell("network", 0, 1)
    seen = picture(layers, types, project.settings, on=first, days=days, testimony=testimony)
    zone = project.timezone
    spells = spells_of(
        layers.weather, testimony.alerts, first=first, days=days, settings=project.settings, crs=layers.crs,
        timezone=zone,
    )  # fmt: skip
    shifts, notes = make_shifts(
        layers.crews, layers.roster, spells, first=first, days=days, settings=project.settings.planning,
        defence=project.settings.defence, timezone=zone,
    )  # fmt: skip
    made, told = (begun.made, begun.told) if begun else ({}, {})
    tasks = make_tasks(layers, seen, project.settings, first=first, days=days, made=made)
    layers, held = _appointments(layers, first, moved)
    tasks, short = split_joint(tasks, project.settings.defence, first=first, days=days, held=held, told=told)
    tasks, unknown = with_persons(tasks, layers)

    if begun is not None:
        shifts, tasks = begun.left(shifts, tasks, layers.crs)

    def travel(name: str, done: int, total: int) -> None:
        tell(f"travel {name}", done, total)

    built = build_problem(layers, seen.sections, tasks, shifts, roads, first=first, days=days, progress=travel)
    built = with_recent(built, recent)
    built, broken = hold(built, held)
    notes += [*short, *unknown, *broken]
    built, warned = under_warnings(built, seen.sections, spells)
    notes += [*warned, *weather_unknown(layers.weather, first, days)]
    if roads is None:
        notes.append(
            Finding("note", "travel.no_roads", "roads", "no roads layer: travel is straight line times a detour factor")
        )
    else:
        notes += [item for item in roads.findings if item.code in UNREAD_ROADS]
    notes += [item for item in (*layers.findings, *seen.findings) if item.level in {"suspicion", "note"}]
    return Prepared(layers, seen, built, tuple(notes))


def _appointments(layers: Layers, first: date, moved: tuple[str, ...]) -> tuple[Layers, dict[str, Appointment]]:
    """Return what is confirmed of joint tasks, and the layers with the hash of the file that says so."""
    path = layers.project.file("appointments")
    there = path is not None and path.exists()
    found = read_appointments(path, layers.project.files["appointments"].label if there else "")
    known = sorted({str(joint) for joint in found["joint_id"]})
    if wrong := [
        Finding("error", "joint.unknown", "--move", f"{name!r} is no confirmed joint task",
                f"confirmed: {', '.join(known)}" if known else "nothing is confirmed: plan without it")
        for name in moved if not any(is_of(joint, name) for joint in known)
    ]:  # fmt: skip
        raise PlanError(wrong)
    if path is None or not there:
        return layers, {}
    hashes = {**layers.hashes, "appointments": sha256(path.read_bytes())}
    ahead = found[found["date"] >= pd.Timestamp(first)]
    return dataclasses.replace(layers, hashes=hashes), appointments_of(ahead, moved=moved)


def _check_days(days: int, first: date | None) -> list[Finding]:
    found = []
    if first is not None and not sensible(first):
        what = f"{first} is not of the years {YEARS[0]} to {YEARS[1]}"
        found.append(Finding("error", "plan.date", "--from", what, "write it as 2024-08-16"))
    if not 1 <= days <= MAX_DAYS:
        found.append(Finding("error", "plan.days", "--days", f"{days} days cannot be planned", f"give 1 to {MAX_DAYS}"))
    return found


def check_options(days: int, effort: Effort, *, first: date | None = None) -> None:
    """Refuse a horizon and search options that make no sense, before anything is read.

    Raises
    ------
    PlanError
        Names every fault at once.
    """
    if found := [*_check_days(days, first), *effort.faults()]:
        raise PlanError(found)


def _due_days(built: Built) -> dict[str, str]:
    tasks = built.tasks
    return dict(zip(tasks["task_id"], tasks["due"].dt.strftime("%Y-%m-%d"), strict=True)) if len(tasks) else {}


def _silent(*_: Any) -> None:
    """Tell nobody."""


def _roads(layers: Layers) -> RoadGraph | None:
    if layers.roads.empty:
        return None
    graph = build_roads(layers.roads, layers.project.settings.travel)
    return dataclasses.replace(graph, water=make_water(layers.water, layers.roads))


def plan_patrols(
    project: Project,
    *,
    first: date,
    days: int,
    keeps: tuple[Keep, ...] = (),
    published: tuple[Published, ...] = (),
    moved: tuple[str, ...] = (),
    recent: Recent = NOTHING,
    progress: Progress | None = None,
    **search: Any,
) -> Planned:
    """Plan patrols of a project from a day on.

    Parameters
    ----------
    project : Project
        From :func:`patrol.project.read_project`.
    first, days
        First day and length of the horizon, 1 to 31 days.
    keeps : tuple of Keep
        Pins, forbids and moves made by hand in ``schedule.xlsx``.
    published : tuple of Published
        Stops of an earlier plan whose days stay as they are; see :mod:`patrol.planning.rolling`. Those of tasks that
        are no more to be done fall away, and marks made by hand outrank them.
    moved : tuple of str
        Joint tasks whose confirmed appointments are given up and made anew.
    recent : Recent
        What crews worked in the weeks before, from :func:`patrol.planning.recent.recent_hours`; nothing by default.
    progress : callable, optional
        Told ``(step, done, total)``.
    **search
        Arguments of :class:`patrol.planning.effort.Effort`; they override the project's solver settings.

    Returns
    -------
    Planned
        The plan has passed the independent verifier.

    Raises
    ------
    PatrolError
        Names every fault of the inputs at once.
    """
    effort = Effort(**search)
    check_options(days, effort, first=first)
    tell = progress or _silent
    ready = prepare(project, first=first, days=days, moved=moved, recent=recent, progress=progress)
    settings = project.settings.solver
    crews = set(ready.layers.crews["crew_id"])
    keeps = tuple(dataclasses.replace(one, crew_id=spelt(one.crew_id, crews)) for one in keeps)
    stay = still_to_keep(published, keeps, _due_days(ready.built))

    def told(done: int, total: int, value: int) -> None:
        tell(f"solve, best {value / 1000:,.0f} ECM", done, total)

    def search_on(bound: Problem, start: Draft) -> Solution:
        return effort.search(bound, settings, told, start=start)

    problem, solution, marks = honour(ready.built.problem, keeps, first, search_on, published=stay)
    gave = given_up(problem, solution, search_on)
    built = dataclasses.replace(ready.built, problem=problem)
    tell("publish", 0, 1)
    data = to_bytes(problem)
    plan = publish(built, solution, problem_sha256=sha256(data), notes=ready.notes, marks=marks, moved=moved, gave=gave)
    tell("done", 1, 1)
    refused = conflicts(plan.document, (*keeps, *(one.keep for one in stay)))
    return Planned(plan, to_draw(ready.layers, built), ready.picture, built, data, refused)


def to_draw(layers: Layers, built: Built) -> Layers:
    """Return the layers with the shapes of the roads, which the graph has had in the meantime."""
    if built.roads is None:
        return layers
    return dataclasses.replace(layers, roads=drawn_roads(built.roads, layers.roads))


def honour(
    problem: Problem,
    keeps: tuple[Keep, ...],
    first: date,
    search: Callable[[Problem, Draft], Solution],
    *,
    published: tuple[Published, ...] = (),
) -> tuple[Problem, Solution, tuple[Mark, ...]]:
    """Solve with the marks; those that the others leave no room for are refused, and the rest solved again.

    Published stops come after marks made by hand, see :mod:`patrol.planning.published`: ``search`` is given the
    routes to begin with, none where nothing is published.
    """
    crowded: list[Keep] = []
    while True:
        hand = [keep for keep in keeps if keep not in crowded]
        own, marks = apply_keeps(problem, hand, first)
        stay = [one for one in published if one.keep not in crowded]
        start, pins, gone = published_pins(own, marks, stay, first)
        bound, marks = apply_keeps(problem, [*hand, *pins], first)
        bound = emergencies_first(bound)
        solution = search(bound, start)
        out = lost(bound, solution, marks, first)
        if not out:
            return bound, solution, in_order([*marks, *gone, *(Mark(keep, CROWDED) for keep in crowded)])
        crowded += out

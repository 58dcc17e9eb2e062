"""A plan that meets reality: what is done stays, and the rest of the day and the days after it are planned again."""

from __future__ import annotations

import dataclasses
import gzip
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyproj

from patrol.errors import Finding, PlanError
from patrol.layers.appointments import read_appointments
from patrol.layers.keep import PUBLISHED, Keep
from patrol.plan import Plan, plan_sha256, sha256, to_bytes
from patrol.planning.asked import Ask
from patrol.planning.beside import before_file, problem_file, read_problem, rest_file
from patrol.planning.effort import Effort
from patrol.planning.frozen import Frozen, freeze
from patrol.planning.held import keep_told
from patrol.planning.horizon import Begun, Planned, Prepared, Progress, honour, prepare, to_draw
from patrol.planning.joined import join
from patrol.planning.joint import Appointment, appointments_of, is_of
from patrol.planning.keep import HONOURED, conflicts, read_kept
from patrol.planning.made import made_of
from patrol.planning.publish import publish
from patrol.planning.recent import read_recent, with_past
from patrol.planning.remaining import left_shifts, left_tasks
from patrol.planning.restart import Wanted, begun, going_on, homeward, kept_to, wanted_of
from patrol.planning.urgent import with_routes
from patrol.project import Project
from patrol.routing.codec import to_bytes as problem_to_bytes
from patrol.routing.model import Problem, Solution
from patrol.routing.rules import Draft
from patrol.text import clean
from patrol.units import local_iso, seconds_since_midnight

STEPS = 8_000  # of each search


@dataclass(frozen=True, slots=True)
class Rest:
    """What is left to plan.

    Attributes
    ----------
    ready : Prepared
        The problem of the rest, from the day of the replan on.
    frozen : dict
        What each shift has done.
    wanted : tuple of Wanted
        What the plan before still has to do.
    late : tuple of str
        Shifts that are home too late.
    keeps : tuple of Keep
        Marks made by hand that the plan before honours, of tasks that are left.
    moved : tuple of str
        Joint tasks whose confirmed appointments stay given up.
    """

    ready: Prepared
    frozen: dict[str, Frozen]
    wanted: tuple[Wanted, ...]
    late: tuple[str, ...]
    keeps: tuple[Keep, ...]
    moved: tuple[str, ...]


def rest_of(project: Project, before: Plan, problem: Problem, ask: Ask, *, progress: Progress | None = None) -> Rest:
    """Build the problem of what is left of a plan at a moment.

    Raises
    ------
    PatrolError
        Every fault of the inputs; or an urgent hazard that is not open in them.
    """
    if before.document["project"]["name"] != project.name:
        theirs, ours = (clean(name) for name in (before.document["project"]["name"], project.name))
        mend = "name the project that the plan was made of"
        what = f"the plan is one of {theirs!r}, the project is {ours!r}"
        raise PlanError(Finding("error", "replan.project", "--project", what, mend))
    frozen = freeze(before, problem, ask)
    done = {
        task_id: (date.fromisoformat(name[:10]) - ask.day).days
        for name, one in sorted(frozen.items())
        for task_id in sorted(one.done)
    }

    def cut(shifts: pd.DataFrame, tasks: gpd.GeoDataFrame, crs: pyproj.CRS) -> tuple[pd.DataFrame, gpd.GeoDataFrame]:
        crews = {*shifts.loc[shifts["day"] == 0, "crew_id"]} | _crews(before, ask.day)
        if found := [*_unknown(ask, {*tasks["task_id"], *done}), *_no_crew(ask, crews)]:
            raise PlanError(found)
        return left_shifts(shifts, frozen, ask, crs), left_tasks(tasks, done, ask.urgent)

    first = date.fromisoformat(before.document["from"])
    last = first + timedelta(days=before.document["days"] - 1)
    days = (last - ask.day).days + 1
    moved = still_moved(project, before)
    recent = with_past(read_recent(before.document["settings"].get("recent")), before, frozen, ask.day)
    told = proposed_of(before, ask.day)
    under_way = Begun(cut, told, made_of(done))
    ready = prepare(project, first=ask.day, days=days, moved=moved, recent=recent, progress=progress, begun=under_way)
    begun_at = {before.tasks[task].get("joint", "") for task in done if task in before.tasks}
    ready = dataclasses.replace(ready, built=keep_told(ready.built, told, begun_at))
    wanted = wanted_of(before, frozen, ask)
    tied, late = going_on(ready.built.problem, frozen)
    tied = kept_to(tied, wanted, round(project.settings.planning.change_ecm * 1000))
    left = {task.task_id for task in tied.tasks}
    marks = read_kept(before.document["settings"].get("kept", []))
    by_hand = (mark.keep for mark in marks if mark.result == HONOURED and mark.keep.sheet != PUBLISHED)
    keeps = tuple(keep for keep in by_hand if keep.task_id in left)
    ready = dataclasses.replace(ready, built=dataclasses.replace(ready.built, problem=tied))
    return Rest(ready, frozen, wanted, late, keeps, moved)


def proposed_of(before: Plan, day: date) -> dict[str, Appointment]:
    """Return the appointments that a plan has from a day on, by joint id: its parties have been told of them."""
    out = {}
    for entry in before.shifts:
        when = date.fromisoformat(entry["date"])
        for stop in entry["route"] if when >= day else ():
            if "joint" in stop:
                at = seconds_since_midnight(stop["joint"]["at"], when)
                out[stop["joint"]["id"]] = Appointment(stop["joint"]["id"], when, at, {}, {})
    return out


def still_moved(project: Project, before: Plan) -> tuple[str, ...]:
    """Return the joint tasks whose confirmed appointments a plan gave up, less those confirmed as it has them.

    Parameters
    ----------
    project : Project
        With the appointments as they are now: who has confirmed the plan's own time is held to it.

    Raises
    ------
    LayerError
        Every fault of the file of appointments.
    """
    names = [str(one) for one in before.document["settings"].get("moved", [])]
    path = project.file("appointments")
    if not names or path is None or not path.exists():
        return ()
    agreed = appointments_of(read_appointments(path, project.files["appointments"].label))
    own = {
        stop["joint"]["id"]: stop["joint"]["at"]
        for entry in before.shifts
        for stop in entry["route"]
        if "joint" in stop
    }
    old = [
        joint for joint, one in agreed.items() if local_iso(one.date, one.at, project.timezone) != own.get(joint, "")
    ]
    return tuple(name for name in names if any(is_of(joint, name) for joint in old))


def _unknown(ask: Ask, known: set[str]) -> list[Finding]:
    """Name each urgent hazard that is no task."""
    return [
        Finding(
            "error", "replan.urgent", "--urgent", f"no hazard {clean(name)!r} is open on {ask.day}",
            "take it in first (patrol hazards add); patrol hazards list shows the ids",
        )
        for name in ask.urgent
        if f"H:{name}" not in known
    ]  # fmt: skip


def _crews(plan: Plan, day: date) -> set[str]:
    return {shift["crew_id"] for shift in plan.shifts if shift["date"] == day.isoformat()}


def _no_crew(ask: Ask, crews: set[str]) -> list[Finding]:
    """Name each absent crew that is none, or has no shift that day."""
    mend = f"crews of {ask.day}: {', '.join(sorted(crews)) or 'none'}"
    return [
        Finding("error", "replan.absent", "--absent", f"{clean(name)!r} is no crew that works that day", mend)
        for name in ask.absent
        if name not in crews
    ]


def replan(
    project: Project, before: Plan, folder: Path, ask: Ask, *, progress: Progress | None = None, **search: Any
) -> Planned:
    """Plan again from a moment on what is left of a plan.

    What is done or under way stays as it is. Crews go on from where they are. A task that another crew or day gets
    than the plan had costs ``planning.change_ecm``; crews whose tasks stay keep their order; emergencies and urgent
    hazards go before everything. Marks made by hand hold on.

    Parameters
    ----------
    project : Project
        The project as it is now, with what was reported since.
    before : Plan
        The plan to replan; may be a replan itself.
    folder : Path
        Where the problem of that plan lies.
    ask : Ask
        From :func:`patrol.planning.asked.ask_of`.
    progress : callable, optional
        Told ``(step, done, total)``.
    **search
        Arguments of :class:`patrol.planning.effort.Effort`; ``STEPS`` where neither they nor the project's settings say
        how long to search.

    Returns
    -------
    Planned
        The plan of the whole, past and rest; its ``problem_bytes`` are those of the rest. What it was made from lies
        ``beside`` it.

    Raises
    ------
    PatrolError
        Every fault of the inputs at once.
    """
    effort = _effort(project, search)
    if found := effort.faults():
        raise PlanError(found)
    tell = progress or (lambda *_: None)
    problem, problem_bytes = read_problem(before, folder)
    rest = rest_of(project, before, problem, ask, progress=progress)
    settings = project.settings.solver

    def told(done: int, total: int, value: int) -> None:
        tell(f"solve, best {value / 1000:,.0f} ECM", done, total)

    def search_on(bound: Problem, _: Draft) -> Solution:
        first = with_routes(bound)[1]
        return effort.search(bound, settings, told, start=begun(bound, rest.wanted, first))

    bound, solution, marks = honour(rest.ready.built.problem, rest.keeps, ask.day, search_on)
    built = dataclasses.replace(rest.ready.built, problem=bound)
    tell("publish", 0, 1)
    data = problem_to_bytes(bound)
    later = publish(
        built, homeward(bound, solution, rest.frozen), problem_sha256=sha256(data), notes=rest.ready.notes, marks=marks,
        moved=rest.moved,
    )  # fmt: skip
    plan = join(before, later, rest.frozen, ask, rest.late)
    beside = {
        before_file(plan_sha256(before)): gzip.compress(to_bytes(before.document), mtime=0),
        problem_file(before.document["problem_sha256"]): gzip.compress(problem_bytes, mtime=0),
        rest_file(plan_sha256(later)): gzip.compress(to_bytes(later.document), mtime=0),
    }
    tell("done", 1, 1)
    layers = to_draw(rest.ready.layers, built)
    return Planned(plan, layers, rest.ready.picture, built, data, conflicts(plan.document, rest.keeps), beside)


def _effort(project: Project, search: dict[str, Any]) -> Effort:
    """Return what is asked for; a replan is wanted at once, and begins with a plan that is good already."""
    effort = Effort(**search)
    if effort.budget is None and effort.iterations is None and not project.settings.solver.iterations:
        return dataclasses.replace(effort, iterations=STEPS)
    return effort

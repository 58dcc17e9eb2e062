"""What the one-page brief of a plan tells, worked out anew from the plan and its project; nothing is written there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path

from patrol.hazards.taxonomy import project_types
from patrol.layers.files import Layers
from patrol.plan import Plan
from patrol.planning.asked import ask_of
from patrol.planning.beside import read_problem
from patrol.planning.known import load_all
from patrol.planning.picture import picture
from patrol.planning.replan import replan
from patrol.planning.zones import zone_of_points
from patrol.project import Project
from patrol.reports.brief_facts import MOMENT, Again, Facts
from patrol.reports.changed import changed
from patrol.routing.model import Problem
from patrol.routing.rules import may_serve, options_of
from patrol.studies.brief_calendar import against_calendar
from patrol.studies.brief_reports import four_reports
from patrol.units import seconds_of_day
from patrol.words import LANGUAGES

REPLAN_STEPS = 2_000
JOINT = "/"  # parts a joint task from the party whose share it is
PUMP = "pump"  # grade of a transformer that drives a pump station
Progress = Callable[[str, int, int], None]


def brief_facts(project: Project, plan: Plan, folder: Path, *, progress: Progress | None = None) -> Facts:
    """Return what the brief of a plan tells.

    Parameters
    ----------
    project : Project
        The plan's, as it was when the plan was made.
    plan : Plan
    folder : Path
        Where the problem of the plan lies.
    progress : callable, optional
        Told ``(step, done, total)``.

    Raises
    ------
    PatrolError
        Every fault of the inputs at once; or the plan's problem does not lie there.
    """
    tell = progress or (lambda *_: None)
    problem, _ = read_problem(plan, folder)
    tell("load", 0, 5)
    layers, testimony = load_all(project)
    first, days = date.fromisoformat(plan.document["from"]), int(plan.document["days"])
    seen = picture(layers, project_types(project), project.settings, on=first, days=days, testimony=testimony)
    tell("reports", 1, 5)
    taken = {lang: four_reports(project, seen.sections, first, lang) for lang in LANGUAGES}
    tell("calendar", 2, 5)
    calendar = against_calendar(plan, problem, seen.sections, project.settings.solver)
    tell("replan", 3, 5)
    again = replanned(project, plan, problem, folder)
    tell("done", 5, 5)
    return Facts(plan, seen.sections, _pumps(layers), layers.zones, taken, calendar, again)


def _pumps(layers: Layers) -> Counter[str]:
    """Return the transformers of pump stations by zone: how many, never which."""
    pumps = layers.equipment[layers.equipment["important"].astype(str) == PUMP]
    return Counter(str(zone) for zone in zone_of_points(pumps.geometry.to_numpy(), layers.zones))


def replanned(project: Project, plan: Plan, problem: Problem, folder: Path) -> Again | None:
    """Return what becomes of a plan's first day if at 10:30 a crew is missing and a hazard turns urgent.

    Urgent is the hazard of most value that is not done that day and that a crew has the time for after the moment;
    missing is the crew with most tasks that day, if another one is left for the hazard. Where neither is to be had
    there is nothing to replan.
    """
    day = plan.document["from"]
    urgent, able = _urgent(plan, problem, day)
    absent = _busiest(plan, day, able)
    if not absent and not urgent:
        return None
    ask = ask_of(plan, at=f"{day}T{MOMENT}", urgent=[urgent] if urgent else [], absent=[absent] if absent else [])
    after = replan(project, plan, folder, ask, iterations=REPLAN_STEPS).plan
    return Again(after, changed(after, plan), urgent, absent)


def _busiest(plan: Plan, day: str, able: set[str]) -> str:
    """Return the crew with most tasks on a day that is not the only one ``able``; "" if there is none."""
    tasks = Counter(
        shift["crew_id"]
        for shift in plan.shifts
        for stop in shift["route"]
        if shift["date"] == day and stop["task_id"] and able != {shift["crew_id"]}
    )
    return min(tasks, key=lambda crew: (-tasks[crew], crew), default="")


def _urgent(plan: Plan, problem: Problem, day: str) -> tuple[str, set[str]]:
    """Return the most valuable hazard that there is still time for that day, and the crews that have it; "" if none."""
    done = {stop["task_id"] for shift in plan.shifts if shift["date"] == day for stop in shift["route"]}
    found = []
    for number, task in enumerate(problem.tasks):
        entry = plan.tasks[task.task_id]
        if entry["kind"] != "hazard" or task.task_id in done or JOINT in task.task_id:
            continue
        crews = {shift.crew_id for k, shift in enumerate(problem.shifts) if _has_time(problem, number, k)}
        if crews:
            found.append((-entry.get("prize_milli_ecm", 0), task.task_id, crews))
    _, name, able = min(found, default=(0, "", set()))
    return name, able


def _has_time(problem: Problem, task: int, number: int) -> bool:
    """Return whether a shift of the first day, with nothing else to do after the moment, could see to a task."""
    shift = problem.shifts[number]
    if shift.day != 0 or not may_serve(problem, task, number):
        return False
    travel = problem.profiles[shift.profile].travel_s
    begins = max(shift.opens, seconds_of_day(MOMENT))
    ways = [problem.tasks[task].options[k] for k in options_of(problem.tasks[task], shift.profile)]
    return any(
        begins + int(travel[shift.start, way.entry]) + way.service_s + int(travel[way.exit, shift.end]) <= shift.closes
        for way in ways
    )

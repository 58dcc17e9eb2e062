"""The check behind ``patrol verify``: a plan file against its problem, and against the project.

The routing rules are checked by :mod:`patrol.routing.verify`, which shares no code with the engines.
This module reads the file back into that form, checks what only the file holds (positions, totals,
labels, texts), and rebuilds the problem from the project as of the plan. Of a replan that is done with the
plan of what was left, and the whole must be that and what was done before, see :mod:`patrol.planning.audit_replan`.
"""

from __future__ import annotations

import dataclasses
from datetime import date
from pathlib import Path
from typing import Any

from patrol.errors import Finding, PatrolError, PlanError
from patrol.layers.scenario import with_scenario
from patrol.plan import Plan
from patrol.planning.audit_parts import check_head, check_legs
from patrol.planning.audit_replan import Made, check_homeward, check_whole, differences, read_made, without_homeward
from patrol.planning.beside import read_problem, read_rest
from patrol.planning.fairness import read_given_up
from patrol.planning.horizon import prepare
from patrol.planning.keep import HONOURED, apply_keeps, lost, read_kept
from patrol.planning.publish import publish
from patrol.planning.readback import Reader
from patrol.planning.recent import read_recent
from patrol.planning.replan import rest_of
from patrol.planning.urgent import emergencies_first
from patrol.project import Project
from patrol.routing.codec import to_bytes
from patrol.routing.explain import reasons
from patrol.routing.model import Problem, Solution
from patrol.routing.rules import served
from patrol.routing.verify import violations
from patrol.units import seconds_since_midnight

MAX_NAMED = 40
FIELD_TOLERANCE = 1e-9
UNDO = "plan again, or undo the edit"


def audit(plan: Plan, folder: Path, project: Project | None = None) -> tuple[Finding, ...]:
    """Return every rule that a plan file breaks, empty if none.

    Parameters
    ----------
    plan : Plan
        Read by :func:`patrol.plan.read_plan`, so its form is right.
    folder : Path
        Where ``problem-*.json.gz`` lies, and of a replan what it was made from.
    project : Project, optional
        The project it was made from; then the problem is built again and compared, and so are all
        labels, positions, totals and figures.
    """
    try:
        rest = read_rest(plan, folder)
        problem, data = read_problem(rest, folder)
        made = read_made(plan, folder)
    except PlanError as error:
        return error.findings
    head = rest.document
    if made is not None and head["problem_sha256"] != plan.document["problem_sha256"]:
        return (Finding("error", "rest.problem", "problem_sha256", "is another than that of the rest", UNDO),)
    if bad_dates := [*_bad_dates(plan.document), *_bad_dates(head)]:
        return tuple(bad_dates)
    reader = Reader(head, problem)
    solution = reader.solution()
    if reader.found:  # what cannot be read cannot be checked any further
        return tuple(reader.found)
    busy, homeward = without_homeward(solution) if made is not None else (solution, ())
    broken = [Finding("error", item.code, item.where, item.what, UNDO) for item in violations(problem, busy)]
    found = [
        *broken,
        *check_head(head, problem),
        *_check_shifts(head, problem),
        *check_legs(head, problem),
        *_check_marks(head, problem, busy),
    ]
    if made is not None:
        found += [*check_homeward(problem, homeward, made), *check_whole(plan, rest, made)]
    if project is not None:
        found += _against_project(rest, solution, data, project, made, can_publish=not found)
    return tuple(found)


def _bad_dates(document: dict[str, Any]) -> list[Finding]:
    found = []
    for where, text in [("from", document["from"]), *((s["shift_id"], s["date"]) for s in document["shifts"])]:
        try:
            date.fromisoformat(text)
        except ValueError:
            found.append(Finding("error", "date.malformed", where, f"{text} is no date", UNDO))
    return found


def _check_shifts(document: dict[str, Any], problem: Problem) -> list[Finding]:
    """Check what a shift's entry says beside its times: labels, positions, directions and totals."""
    found: list[Finding] = []
    shifts = {shift.shift_id: shift for shift in problem.shifts}
    tasks = {task.task_id: task for task in problem.tasks}
    first = date.fromisoformat(document["from"])

    def add(code: str, where: str, what: str) -> None:
        found.append(Finding("error", code, where, what, UNDO))

    for entry in document["shifts"]:
        shift = shifts.get(entry["shift_id"])
        if shift is None:
            continue
        where, profile = entry["shift_id"], problem.profiles[shift.profile]
        said = (entry["crew_id"], entry["party"], entry["profile"], (date.fromisoformat(entry["date"]) - first).days)
        if said != (shift.crew_id, shift.party, profile.name, shift.day):
            add("shift.label", where, "crew, party, profile or date is not the shift's")
        totals = _totals(entry, tasks, on_foot=profile.on_foot)
        for key, value in totals.items():
            if entry[key] != value:
                add(f"total.{key}", where, f"{entry[key]} is said, the route sums to {value}")
        place = shift.start
        for stop in entry["route"]:
            task = tasks.get(stop["task_id"])
            option = task.options[stop["option"]] if task and 0 <= stop["option"] < len(task.options) else None
            at = option.entry if option else (shift.end if stop["kind"] == "end" else place)
            lon, lat = profile.lonlat[at] / 1e7
            if abs(stop["lon"] - lon) > FIELD_TOLERANCE or abs(stop["lat"] - lat) > FIELD_TOLERANCE:
                add("stop.position", where, f"{stop['kind']} {stop['task_id']} is not where its task is")
            if option and stop["direction"] != option.direction:
                add("stop.direction", where, f"{stop['task_id']} is walked the other way than its option says")
            place = option.exit if option else place
    return found


def _check_marks(document: dict[str, Any], problem: Problem, solution: Solution) -> list[Finding]:
    """Check that the marks that are said to be honoured are."""
    try:
        marks = read_kept(document["settings"].get("kept", []))
    except PlanError as error:
        return list(error.findings)
    return [
        Finding("error", "keep.broken", keep.task_id, f"the {keep.action} is said to be honoured, and is not")
        for keep in lost(problem, solution, marks, date.fromisoformat(document["from"]))
    ]


def _totals(entry: dict[str, Any], tasks: dict[str, Any], *, on_foot: bool) -> dict[str, int]:
    options = [
        tasks[stop["task_id"]].options[stop["option"]]
        for stop in entry["route"]
        if stop["task_id"] in tasks and 0 <= stop["option"] < len(tasks[stop["task_id"]].options)
    ]
    legs = sum(stop["distance_m"] for stop in entry["route"])
    day = date.fromisoformat(entry["date"])

    def spent(stop: dict[str, Any], first: str, last: str) -> int:
        return seconds_since_midnight(stop[last], day) - seconds_since_midnight(stop[first], day)

    rests = [stop for stop in entry["route"] if stop["kind"] == "break"]
    return {
        "travel_s": sum(stop["travel_s"] for stop in entry["route"]),
        "service_s": sum(option.service_s for option in options),
        "wait_s": sum(spent(stop, "arrive", "start_service") for stop in entry["route"]),
        "break_s": sum(spent(stop, "start_service", "leave") for stop in rests),
        "distance_m": sum(option.distance_m for option in options) + (0 if on_foot else legs),
        "walk_m": sum(option.walk_m for option in options) + (legs if on_foot else 0),
    }


def _reasoned(problem: Problem, solution: Solution) -> Solution:
    """Return a solution with the reasons that its routes give for what it leaves out, in place of those it says."""
    draft = tuple((route.shift, stops) for route in solution.routes if (stops := served(route)))
    why = reasons(problem, draft, [item.task for item in solution.dropped])
    dropped = tuple(dataclasses.replace(item, code=why[item.task]) for item in solution.dropped)
    return dataclasses.replace(solution, dropped=dropped)


def _against_project(
    plan: Plan, solution: Solution, data: bytes, project: Project, made: Made | None, *, can_publish: bool
) -> list[Finding]:
    """Build the problem again from the project, and the plan document from that; of a replan those of the rest."""
    head = plan.document
    first = date.fromisoformat(head["from"])
    try:
        marks = read_kept(head["settings"].get("kept", []))
        if "scenario" in head and project.scenario is None:
            project = with_scenario(project, head["scenario"]["text"], head["scenario"]["file"])
        moved = tuple(str(one) for one in head["settings"].get("moved", []))
        if made is None:
            recent = read_recent(head["settings"].get("recent"))
            ready = prepare(project, first=first, days=head["days"], moved=moved, recent=recent)
        else:
            ready = rest_of(project, made.before, made.problem, made.ask).ready
    except PatrolError as error:
        return list(error.findings)
    mend = "plan again: the project is not what it was when this plan was made"
    changed = [
        Finding("error", "project.changed", kind, "this input is not the one the plan was made from", mend)
        for kind in sorted({*head["inputs"]} | {*ready.layers.hashes})
        if head["inputs"].get(kind, {}).get("sha256") != ready.layers.hashes.get(kind)
    ]
    if changed:
        return changed
    keeps = [mark.keep for mark in marks if mark.result == HONOURED]
    problem = emergencies_first(apply_keeps(ready.built.problem, keeps, first)[0])
    built = dataclasses.replace(ready.built, problem=problem)
    if to_bytes(built.problem) != data:
        return [Finding("error", "project.differs", "problem", "built again, the problem is another one", mend)]
    if not can_publish:
        return []
    digest, solution = head["problem_sha256"], _reasoned(problem, solution)
    gave = read_given_up(head["figures"].get("load", {}).get("given_up"))
    again = publish(
        built, solution, problem_sha256=digest, notes=ready.notes, marks=marks, moved=moved, gave=gave
    ).document
    return [
        Finding("error", "plan.differs", path, "is not what the project and the routes give", UNDO)
        for path in list(differences(head, again))[:MAX_NAMED]
    ]

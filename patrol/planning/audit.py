"""The check behind ``patrol verify``: a plan file against its problem, and against the project.

The routing rules are checked by :mod:`patrol.routing.verify`, which shares no code with the engines.
This module reads the file back into that form, checks what only the file holds (positions, totals,
labels, texts), and rebuilds the problem from the project as of the plan.
"""

from __future__ import annotations

import dataclasses
import gzip
from datetime import date
from pathlib import Path
from typing import Any

from patrol.errors import Finding, PatrolError, PlanError
from patrol.plan import Plan, sha256
from patrol.planning.audit_parts import check_head, check_legs
from patrol.planning.horizon import prepare
from patrol.planning.keep import HONOURED, apply_keeps, lost, read_kept
from patrol.planning.publish import publish
from patrol.planning.readback import Reader
from patrol.planning.urgent import emergencies_first
from patrol.project import Project
from patrol.routing.codec import from_bytes, to_bytes
from patrol.routing.model import Problem, Solution
from patrol.routing.verify import violations
from patrol.units import seconds_since_midnight

PROBLEM_FILE = "problem-{}.json.gz"
MAX_NAMED = 40
FIELD_TOLERANCE = 1e-9


def problem_file(digest: str) -> str:
    """Return the name of the problem file beside a plan."""
    return PROBLEM_FILE.format(digest[:12])


def read_problem(plan: Plan, folder: Path) -> tuple[Problem, bytes]:
    """Read the problem that a plan names, from beside it.

    Raises
    ------
    PlanError
        If it is missing or is not the one the plan was solved for.
    """
    name = problem_file(plan.document["problem_sha256"])
    try:
        data = gzip.decompress((folder / name).read_bytes())
    except (OSError, EOFError, gzip.BadGzipFile) as error:
        gone = isinstance(error, FileNotFoundError)
        what = f"{name} is not beside plan.json" if gone else f"{name} cannot be read: it is damaged, or no gzip file"
        raise PlanError(
            Finding("error", "problem.missing", name, what, "keep it beside plan.json, or plan again")
        ) from error
    if sha256(data) != plan.document["problem_sha256"]:
        raise PlanError(
            Finding("error", "problem.hash", name, "is not the problem this plan was solved for", "plan again")
        )
    return from_bytes(data), data


def audit(plan: Plan, folder: Path, project: Project | None = None) -> tuple[Finding, ...]:
    """Return every rule that a plan file breaks, empty if none.

    Parameters
    ----------
    plan : Plan
        Read by :func:`patrol.plan.read_plan`, so its form is right.
    folder : Path
        Where ``problem-*.json.gz`` lies.
    project : Project, optional
        The project it was made from; then the problem is built again and compared, and so are all
        labels, positions, totals and figures.
    """
    try:
        problem, data = read_problem(plan, folder)
    except PlanError as error:
        return error.findings
    bad_dates = _bad_dates(plan.document)
    if bad_dates:
        return tuple(bad_dates)
    reader = Reader(plan.document, problem)
    solution = reader.solution()
    if reader.found:  # what cannot be read cannot be checked any further
        return tuple(reader.found)
    broken = [
        Finding("error", item.code, item.where, item.what, "plan again, or undo the edit")
        for item in violations(problem, solution)
    ]
    found = [
        *broken,
        *check_head(plan.document, problem),
        *_check_shifts(plan.document, problem),
        *check_legs(plan.document, problem),
        *_check_marks(plan.document, problem, solution),
    ]
    if project is not None:
        found += _against_project(plan, solution, data, project, can_publish=not found)
    return tuple(found)


def _bad_dates(document: dict[str, Any]) -> list[Finding]:
    found = []
    for where, text in [("from", document["from"]), *((s["shift_id"], s["date"]) for s in document["shifts"])]:
        try:
            date.fromisoformat(text)
        except ValueError:
            found.append(
                Finding("error", "date.malformed", where, f"{text} is no date", "plan again, or undo the edit")
            )
    return found


def _check_shifts(document: dict[str, Any], problem: Problem) -> list[Finding]:
    """Check what a shift's entry says beside its times: labels, positions, directions and totals."""
    found: list[Finding] = []
    shifts = {shift.shift_id: shift for shift in problem.shifts}
    tasks = {task.task_id: task for task in problem.tasks}
    first = date.fromisoformat(document["from"])

    def add(code: str, where: str, what: str) -> None:
        found.append(Finding("error", code, where, what, "plan again, or undo the edit"))

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


def _against_project(
    plan: Plan, solution: Solution, data: bytes, project: Project, *, can_publish: bool
) -> list[Finding]:
    """Build the problem again from the project, and the plan document from that."""
    head = plan.document
    first = date.fromisoformat(head["from"])
    try:
        marks = read_kept(head["settings"].get("kept", []))
        moved = tuple(str(one) for one in head["settings"].get("moved", []))
        ready = prepare(project, first=first, days=head["days"], moved=moved)
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
    digest = head["problem_sha256"]
    again = publish(built, solution, problem_sha256=digest, notes=ready.notes, marks=marks, moved=moved).document
    return [
        Finding(
            "error", "plan.differs", path, "is not what the project and the routes give", "plan again, or undo the edit"
        )
        for path in list(_differences(head, again, ""))[:MAX_NAMED]
    ]


def _differences(a: Any, b: Any, path: str) -> Any:
    """Yield the paths at which two JSON values differ."""
    if isinstance(a, dict) and isinstance(b, dict):
        for key in sorted({*a} | {*b}):
            if key not in a or key not in b:
                yield f"{path}/{key}"
            else:
                yield from _differences(a[key], b[key], f"{path}/{key}")
    elif isinstance(a, list) and isinstance(b, list) and len(a) == len(b):
        for number, (x, y) in enumerate(zip(a, b, strict=True)):
            yield from _differences(x, y, f"{path}/{number}")
    elif a != b:
        yield path

"""Parts of the audit of a replan: nothing that was done is changed, and the whole is the past and the rest."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from patrol.errors import Finding, PlanError
from patrol.plan import Plan
from patrol.planning.asked import Ask, read_ask
from patrol.planning.beside import read_before, read_problem_of
from patrol.planning.frozen import Frozen, freeze
from patrol.planning.joined import join
from patrol.routing.model import Problem, Route, Solution

MAX_NAMED = 40
UNDO = "replan again, or undo the edit"


@dataclass(frozen=True, slots=True)
class Made:
    """What a replan was made from: the plan before with its problem, what was asked, and what was done by then."""

    before: Plan
    problem: Problem
    ask: Ask
    frozen: dict[str, Frozen]


def read_made(plan: Plan, folder: Path) -> Made | None:
    """Read what a replan was made from, None of another plan.

    Raises
    ------
    PlanError
        If the plan before or its problem is missing or another one, or the moment cannot be read.
    """
    replanned = plan.document.get("replanned")
    if replanned is None:
        return None
    before = read_before(plan, folder)
    problem, _ = read_problem_of(replanned["from_problem_sha256"], folder)
    if before.document["problem_sha256"] != replanned["from_problem_sha256"]:
        what = "is not the problem of the plan before"
        raise PlanError(Finding("error", "before.problem", "replanned", what, UNDO))
    try:
        ask = read_ask(replanned)
    except ValueError as error:
        raise PlanError(Finding("error", "replan.malformed", "replanned", str(error), UNDO)) from error
    return Made(before, problem, ask, freeze(before, problem, ask))


def without_homeward(solution: Solution) -> tuple[Solution, tuple[Route, ...]]:
    """Return a solution without the routes that serve nothing, and those: ways home, which no other plan has."""
    home = tuple(route for route in solution.routes if not any(stop.kind == "task" for stop in route.stops))
    busy = tuple(route for route in solution.routes if route not in home)
    return dataclasses.replace(solution, routes=busy), home


def check_homeward(problem: Problem, routes: tuple[Route, ...], made: Made) -> list[Finding]:
    """Check that who does nothing more goes to its base at once, by the way that the problem has, and only such do."""
    found = []
    for route in routes:
        shift = problem.shifts[route.shift]
        profile = problem.profiles[shift.profile]
        way = int(profile.travel_s[shift.start, shift.end]), int(profile.distance_m[shift.start, shift.end])
        one = made.frozen.get(shift.shift_id)
        if one is None or one.home:
            found.append(Finding("error", "home.idle", shift.shift_id, "has a route without a task at its base", UNDO))
        said = (route.home_travel_s, route.home_distance_m)
        if said != way or route.depart != shift.opens or route.finish != shift.opens + way[0] or route.stops:
            what = f"goes home from {route.depart} to {route.finish} s, not at once from {shift.opens} s by {way}"
            found.append(Finding("error", "home.way", shift.shift_id, what, UNDO))
    return found


def check_whole(plan: Plan, rest: Plan, made: Made) -> list[Finding]:
    """Check that the plan is what was done, as the plan before has it, and the rest; each difference is named.

    ``past.changed`` is one in what was done, ``plan.differs`` any other.
    """
    late = tuple(plan.document["replanned"]["late"])
    whole = join(made.before, rest, made.frozen, made.ask, late).document
    past = {
        f"/shifts/{number}/route/{position}"
        for number, entry in enumerate(whole["shifts"])
        if entry["shift_id"] in made.frozen
        for position in range(len(made.frozen[entry["shift_id"]].stops))
    }
    found = []
    for path in list(differences(plan.document, whole))[:MAX_NAMED]:
        if "/".join(path.split("/")[:5]) in past:
            what = "is done, and not what the plan before says of it"
            found.append(Finding("error", "past.changed", path, what, UNDO))
        else:
            what = "is not what the plan before and the plan of the rest give"
            found.append(Finding("error", "plan.differs", path, what, UNDO))
    return found


def differences(a: Any, b: Any, path: str = "") -> Iterator[str]:
    """Yield the paths at which two JSON values differ."""
    if isinstance(a, dict) and isinstance(b, dict):
        for key in sorted({*a} | {*b}):
            if key not in a or key not in b:
                yield f"{path}/{key}"
            else:
                yield from differences(a[key], b[key], f"{path}/{key}")
    elif isinstance(a, list) and isinstance(b, list) and len(a) == len(b):
        for number, (x, y) in enumerate(zip(a, b, strict=True)):
            yield from differences(x, y, f"{path}/{number}")
    elif a != b:
        yield path

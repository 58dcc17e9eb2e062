"""Why a plan file leaves tasks out: the routing core's answers with the plan's own names, dates and units.

Rows are plain data, the same that ``patrol explain --json`` prints; :mod:`patrol.reports.why_not` makes sentences.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from patrol import text
from patrol.errors import Finding, PlanError
from patrol.plan import Plan
from patrol.planning.audit import audit
from patrol.planning.audit_replan import without_homeward
from patrol.planning.beside import read_problem, read_rest
from patrol.planning.joint import PUT_OFF
from patrol.planning.keep import FAR_HOME
from patrol.planning.left_out import HELD_ABSENT, LEFT_OUT
from patrol.planning.made import AGAIN
from patrol.planning.readback import Reader
from patrol.routing.displace import Figure
from patrol.routing.model import Problem
from patrol.routing.relax import Relaxation
from patrol.routing.schedule import timed
from patrol.routing.standing import Standing, standing_of
from patrol.routing.why import Why, why_not
from patrol.units import clock

MAX_NAMED = 8
Tell = Callable[[int, int], None]


def explain_plan(plan: Plan, folder: Path, names: Iterable[str] = (), tell: Tell | None = None) -> list[dict[str, Any]]:
    """Return one row a task: who serves it and when, or why nobody does.

    Parameters
    ----------
    plan : Plan
        Read by :func:`patrol.plan.read_plan`.
    folder : Path
        Where ``problem-*.json.gz`` lies.
    names : iterable of str
        Task ids, or ids or labels of sections and hazards; without any, every task left out.
    tell : callable, optional
        Told (done, total).

    Returns
    -------
    list of dict
        ``task_id, served`` and either ``by`` or ``code, label, relaxations, blame, own, displaced, gain_ecm,
        gain_weight, needs, by``: there ``by`` is who would serve it with the relaxations.

    Raises
    ------
    PlanError
        If the plan breaks rules, its problem is not beside it, or a name means no task of it.
    """
    broken = audit(plan, folder)
    if broken:
        what, mend = "breaks rules, so its reasons cannot be shown", "mend what follows; patrol verify names it too"
        raise PlanError([Finding("error", "explain.broken", "plan.json", what, mend), *broken])
    plan = read_rest(plan, folder)  # of a replan what was done by then is not asked about
    problem, _ = read_problem(plan, folder)
    solution, _ = without_homeward(Reader(plan.document, problem).solution())
    standing = standing_of(problem, solution)
    if standing is None:
        raise AssertionError("a plan without faults cannot be stood up")
    book = Book(plan, problem)
    wanted = book.find(names) or [k for k in range(len(problem.tasks)) if not standing.serves(k)]
    rows = []
    for done, task in enumerate(wanted):
        if tell is not None:
            tell(done, len(wanted))
        head = {"task_id": problem.tasks[task].task_id}
        if standing.serves(task):
            rows.append({**head, "served": True, "by": book.by(standing, task)})
        else:
            said = book.put_off(task) or book.row(why_not(standing, task))
            rows.append({**head, "served": False, **said})
    return rows


class Book:
    """The names behind the numbers of a plan's problem."""

    def __init__(self, plan: Plan, problem: Problem) -> None:
        self.plan, self.problem = plan, problem
        self.first = date.fromisoformat(plan.document["from"])
        self.reasons = {item["task_id"]: item["reason"] for item in plan.dropped}

    def find(self, names: Iterable[str]) -> list[int]:
        """Return the numbers of tasks that names mean.

        Raises
        ------
        PlanError
            Every name that means none, with those most like it.
        """
        known: dict[str, list[int]] = {}
        for number, task in enumerate(self.problem.tasks):
            row = self.plan.tasks.get(task.task_id, {})
            bare = task.task_id.partition(":")[2]
            called = {task.task_id, bare, bare.partition(AGAIN)[0], row.get("label", ""), row.get("label_zh", "")}
            for name in {str(one).casefold() for one in called if one}:
                known.setdefault(name, []).append(number)
        found: list[int] = []
        lost = []
        for name in names:
            wanted = text.clean(name).casefold()
            found += known.get(wanted, [])
            if wanted not in known:
                near = difflib.get_close_matches(wanted, known, n=MAX_NAMED, cutoff=0.6)
                ids = dict.fromkeys(self.problem.tasks[known[one][0]].task_id for one in near)
                mend = f"near it: {text.clean(', '.join(ids))}" if ids else "patrol explain without a task lists them"
                what = f"{text.clean(name, limit=60)!r} is no task of this plan"
                lost.append(Finding("error", "explain.task", "TASK", what, mend))
        if lost:
            raise PlanError(lost)
        return list(dict.fromkeys(found))

    def row(self, why: Why) -> dict[str, Any]:
        """Return an answer with names, dates and units."""
        return {
            "code": why.code,
            "label": why.label,
            "relaxations": [self.relaxation(one) for one in why.relaxations],
            "blame": [self._id(task) for task in why.blame],
            "own": self._figure(why.own) if why.own else None,
            "displaced": [self._figure(one) for one in why.displaced],
            "gain_ecm": why.gain / 1000,
            "gain_weight": why.weight,
            "needs": self._needs(why.task),
            "by": self.by(why.plan, why.task) if why.plan.serves(why.task) else None,
        }

    def put_off(self, task: int) -> dict[str, Any] | None:
        """Return the answer for a task left out for a reason that its problem does not know, None for others."""
        code, joint = self.reasons.get(self._id(task), ""), self.plan.tasks[self._id(task)]
        if code not in (*PUT_OFF, *LEFT_OUT):
            return None
        return {
            "code": code, "label": "proved", "relaxations": [self._otherwise(code, joint)], "blame": [], "own": None,
            "displaced": [], "gain_ecm": 0.0, "gain_weight": 0, "needs": self._needs(task), "by": None,
        }  # fmt: skip

    def _otherwise(self, code: str, task: dict[str, Any]) -> dict[str, Any]:
        """Return what would have to be otherwise with a task that is left out for such a reason."""
        if code == PUT_OFF[0]:
            return {"kind": code, **self._day(int(task["notice_days"]))}
        if code == HELD_ABSENT:
            return {"kind": code, "joint": task["joint"]}
        if code == FAR_HOME:
            return {
                "kind": code,
                "metres": round(self.plan.document["settings"]["values"]["planning"]["volunteer_walk_m"]),
            }
        return {"kind": code, "date": task["due"]}

    def by(self, plan: Standing, task: int) -> dict[str, Any]:
        """Return who serves a task and when."""
        routes = timed(plan.problem, plan.draft, plan.rests) or ()
        for route in routes:
            for stop in route.stops:
                if stop.kind == "task" and stop.task == task:
                    return {**self._crew(plan.problem, route.shift), "start": clock(stop.start)}
        raise AssertionError(f"task {task} is not served")

    def relaxation(self, one: Relaxation) -> dict[str, Any]:
        """Return a relaxation with the plan's names; what its kind does not use is left out."""
        said: dict[str, Any] = {"kind": one.kind}
        if one.task >= 0:
            said["task_id"] = self._id(one.task)
        if one.tasks:
            said["tasks"] = [self._id(task) for task in one.tasks]
        if one.names:
            said["skills"] = list(one.names)
        if one.kind == "crew":
            profile = self.problem.profiles[one.profile].name
            said |= {"party": one.party, "profile": profile, **self._day(one.day)}
        elif one.shift >= 0:
            said |= self._crew(self.problem, one.shift)
        if one.kind == "window":
            said |= self._day(one.day)
        if one.kind in {"crew", "window"}:
            said |= {"opens": clock(one.opens), "closes": clock(-(-one.closes // 60) * 60)}
        if one.kind in {"limits", "way"}:
            said |= {"minutes": -(-one.seconds // 60)}
        if one.kind == "limits":
            said |= {"metres": one.metres, "walk_m": one.walk_m, "load": one.load}
        if one.kind == "gap":
            said["days"] = one.days
        if one.kind == "prize":
            said["ecm"] = one.amount / 1000
        return said

    def _id(self, task: int) -> str:
        return self.problem.tasks[task].task_id

    def _day(self, day: int) -> dict[str, str]:
        return {"date": (self.first + timedelta(days=day)).isoformat()}

    def _crew(self, problem: Problem, shift: int) -> dict[str, Any]:
        crew = problem.shifts[shift]
        extra = {"extra": True} if shift >= len(self.problem.shifts) else {"crew_id": crew.crew_id}
        return {**extra, "party": crew.party, **self._day(crew.day)}

    def _figure(self, one: Figure) -> dict[str, Any]:
        per_hour = one.value_per_hour / 1000
        return {
            "task_id": self._id(one.task), "mandatory": self.problem.tasks[one.task].mandatory,
            "pinned": self.problem.tasks[one.task].pinned, "ecm": one.value / 1000,
            "minutes": round(one.seconds / 60, 1), "ecm_per_hour": round(per_hour, 3),
        }  # fmt: skip

    def _needs(self, task: int) -> dict[str, Any]:
        """Return what a task asks of who serves it."""
        item = self.problem.tasks[task]
        closes = sorted({(self.first + timedelta(days=w.day)).isoformat() for w in item.windows})
        return {"parties": list(item.parties), "skills": list(item.skills), "zone": item.zone, "open_on": closes}

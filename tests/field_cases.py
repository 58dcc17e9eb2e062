"""Report-backs of crews for tests, against a plan."""

import uuid

from patrol.plan import plan_sha256
from tiny import write_tiny

INPUTS = 'register = "register.gpkg"\nfield = "field.db"\n'


def write_returning(folder):
    """Write the tiny project with a register and a place for what comes back; return its folder."""
    toml = write_tiny(folder) / "project.toml"
    text = toml.read_text("utf-8").replace("[inputs]\n", f"[inputs]\n{INPUTS}")
    toml.write_text(text + "\n[settings.planning]\nshift_ecm = 0\n", "utf-8")  # else one crew would do it all
    return folder


def ident(number):
    return str(uuid.UUID(int=number))


def tasks_of(plan, crew, kind="section"):
    """Return the ids of the tasks of a crew's stops, in order, over all its shifts."""
    return [
        stop["task_id"] for shift in plan.shifts if shift["crew_id"] == crew
        for stop in shift["route"] if stop["kind"] == kind
    ]  # fmt: skip


def report(plan, crew="E1", revision=1, results=(), **more):
    """Return a report-back document."""
    party = next(shift["party"] for shift in plan.shifts if shift["crew_id"] == crew)
    head = {"schema": "patrol-report/1", "plan_sha256": plan_sha256(plan), "crew_id": crew, "party": party}
    return {**head, "revision": revision, "results": list(results), **more}


def result(number, task, outcome="done", at="2024-08-16T09:30:00+08:00", **more):
    return {"id": ident(number), "task_id": task, "outcome": outcome, "captured_at": at, **more}

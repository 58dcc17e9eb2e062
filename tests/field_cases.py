"""Report-backs of crews for tests, against a plan."""

import uuid

from patrol.plan import plan_sha256


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

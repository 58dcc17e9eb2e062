"""The measures of the scheme: problems of the kind they say they are."""

import dataclasses
import importlib.util
import sys

import pytest

from patrol.planning.hours import needed_s, offered_s
from patrol.routing.checks import check_problem
from patrol.routing.solve import solve
from patrol.routing.verify import violations
from routing_cases import make_problem


@pytest.fixture(scope="module")
def scheme(root):
    found = importlib.util.spec_from_file_location("bench_scheme", root / "scripts" / "bench" / "scheme.py")
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


def test_joint_tasks_are_many_and_hours_are_short(scheme, monkeypatch):
    """Made of any problem as of the county's: every tenth free task doubled, and shifts taken away."""
    whole = make_problem(3, tasks=150, crews=10, days=3, hours=4.0, side_m=6_000.0)
    whole = dataclasses.replace(whole, tasks=tuple(dataclasses.replace(task, windows=()) for task in whole.tasks))
    monkeypatch.setattr(scheme, "county", lambda days: whole)
    problem = scheme.joint_problem()
    check_problem(problem)
    free = [task for task in whole.tasks[:: scheme.JOINT_EVERY] if not task.mandatory and task.options]
    assert len(problem.ties) == len(free) >= 5
    assert len(problem.tasks) == len(whole.tasks) + len(free)
    assert len(problem.shifts) < len(whole.shifts)
    assert sum(offered_s(problem)) <= scheme.SHARE * sum(needed_s(problem))
    for tie in problem.ties:
        assert problem.tasks[tie.second].task_id.startswith(problem.tasks[tie.first].task_id)
        assert problem.tasks[tie.second].options == problem.tasks[tie.first].options
    found = solve(problem, engine="ruin", iterations=2_000)
    assert violations(problem, found) == ()


def test_tied_tasks_that_are_worth_most_are_served(scheme, monkeypatch):
    """Hours are short, but not for what is worth more than anything else."""
    whole = make_problem(3, tasks=150, crews=10, days=3, hours=4.0, side_m=6_000.0)
    free = tuple(
        dataclasses.replace(task, windows=(), mandatory=0, pinned=False, parties=(), skills=(), shifts=None, zone="")
        for task in whole.tasks
    )
    monkeypatch.setattr(scheme, "county", lambda days: dataclasses.replace(whole, tasks=free))
    problem = scheme.joint_problem()
    tied = {task for tie in problem.ties for task in (tie.first, tie.second)}
    dear = tuple(
        dataclasses.replace(task, options=tuple(dataclasses.replace(o, prizes=(10**7,) * 3) for o in task.options))
        if number in tied else task
        for number, task in enumerate(problem.tasks)
    )  # fmt: skip
    found = solve(dataclasses.replace(problem, tasks=dear), engine="ruin", iterations=2_000)
    served = {stop.task for route in found.routes for stop in route.stops}
    whole = sum(tie.first in served for tie in problem.ties)
    assert whole >= 0.6 * len(problem.ties)  # eleven of fifteen with ten times the steps


def test_the_large_problem_is_sound_and_of_its_size(scheme):
    problem = scheme.large_problem(tasks=60, shifts=5)
    check_problem(problem)
    assert (len(problem.tasks), len(problem.shifts)) == (60, 5)
    told = scheme.run(problem, "default", 0.5, 1)
    assert told["tasks"] > 0
    assert told["value"] > 0


def test_it_prints_json(scheme, monkeypatch, capsys):
    import json

    large = scheme.large_problem(tasks=40, shifts=4)
    monkeypatch.setattr(scheme, "large_problem", lambda: large)
    monkeypatch.setattr(sys, "argv", ["scheme.py", "--set", "large", "--seconds", "0.3"])
    assert scheme.main() == 0
    assert json.loads(capsys.readouterr().out)["tasks"] == 40

"""The bound on what a plan is worth: never below a proved optimum, equal to it where the relaxation is none."""

import dataclasses
import importlib.util

import pytest

from patrol.routing.exact import proved
from patrol.routing.model import Problem, Series, Tie
from routing_cases import LINE_SHIFT, line_profile, line_task, make_mixed


@pytest.fixture(scope="module")
def bound(root):
    found = importlib.util.spec_from_file_location("bench_bound", root / "scripts" / "bench" / "bound.py")
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    module.LABELS = 20_000
    return module


def on_a_line(**rules):
    """Return six tasks on a line for one shift of about four hours."""
    shift = dataclasses.replace(
        LINE_SHIFT, pause=None, group="", group_max_s=0, max_work_s=14_400, closes=43_200, zones=(),
        max_distance_m=10**6, max_walk_m=10**6,
    )  # fmt: skip
    prizes = (90_000, 20_000, 70_000, 50_000, 65_000, 30_000)
    tasks = tuple(
        line_task(f"t{k}", k + 1, k + 2, prize=prize, mandatory=int(k == 5)) for k, prize in enumerate(prizes)
    )
    return Problem(2, (line_profile("car", seconds=600),), tasks, (shift,), **rules)


@pytest.mark.parametrize("weight", [0, 1])
def test_with_one_shift_and_nothing_left_out_it_is_the_optimum(bound, weight):
    problem = on_a_line()
    tasks = tuple(dataclasses.replace(task, mandatory=task.mandatory * weight) for task in problem.tasks)
    problem = dataclasses.replace(problem, tasks=tasks)
    best = proved(problem)
    assert best.status == "optimal"
    assert bound.bound(problem, best.goal[1]) == pytest.approx(best.goal[2], abs=bound.CLOSE)


def test_tied_tasks_count_all_or_none(bound):
    """One shift cannot serve both, so a bound that let it serve either would be that of the problem without the tie."""
    problem = on_a_line()
    tied = dataclasses.replace(problem, ties=(Tie(0, 2, 0, 900),))
    barred = tuple(dataclasses.replace(task, shifts=() if k == 2 else None) for k, task in enumerate(tied.tasks))
    assert bound.bound(dataclasses.replace(tied, tasks=barred), 0) < bound.bound(problem, 0) - 20_000


@pytest.mark.parametrize("seed", range(8))
def test_no_proved_plan_exceeds_it(bound, seed):
    problem = dataclasses.replace(make_mixed(seed), series=())
    best = proved(problem, deterministic_time=5.0)
    assert bound.bound(problem, best.goal[1]) >= best.goal[2]


def test_what_it_cannot_bound_is_refused(bound):
    with pytest.raises(SystemExit, match="series"):
        bound.bound(dataclasses.replace(on_a_line(), series=(Series((0, 1), -1, 1, 1, 1),)), 0)

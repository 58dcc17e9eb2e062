"""The compiled insertion gives what the greedy engine gives."""

import dataclasses

import numpy as np
import pytest

from patrol.errors import ProblemError
from patrol.routing.greedy import greedy
from patrol.routing.model import Break
from patrol.studies.filling import filled, make_filling
from routing_cases import make_problem


def plain(problem):
    """The same without windows and pins, and with a rest in every second shift."""
    tasks = tuple(dataclasses.replace(task, windows=(), pinned=False) for task in problem.tasks)
    rest = Break(11 * 3600, 12 * 3600, 1800)
    shifts = tuple(
        dataclasses.replace(shift, pause=rest if k % 2 else shift.pause) for k, shift in enumerate(problem.shifts)
    )
    return dataclasses.replace(problem, tasks=tasks, shifts=shifts)


def answer(problem, off=None):
    filling = make_filling(problem)
    rows, crews = filling.rows, filling.crews
    day = np.repeat(crews.day, np.diff(rows.begin))
    stops = zip(rows.task.tolist(), rows.option.tolist(), day.tolist(), strict=True)
    prize = np.array([problem.tasks[t].options[o].prizes[d] for t, o, d in stops], dtype=np.int64)
    weight = np.array([task.mandatory for task in problem.tasks], dtype=np.int64)
    return filled(filling, prize, weight, off)


@pytest.mark.parametrize("seed", range(40))
def test_stop_by_stop_as_the_engine(seed):
    problem = plain(make_problem(seed, tasks=10 + seed, crews=2 + seed % 4, hours=2.0 + seed % 3))
    ours = answer(problem)
    assert ours == greedy(problem)
    assert ours


@pytest.mark.parametrize("seed", range(5))
def test_a_shift_with_other_work_stays_empty_and_the_others_fill_as_without_it(seed):
    problem = plain(make_problem(seed, tasks=25))
    off = np.arange(len(problem.shifts)) % 3 == 0
    idle = [dataclasses.replace(s, max_work_s=0) if o else s for s, o in zip(problem.shifts, off, strict=True)]
    ours = answer(problem, off)
    assert ours == greedy(dataclasses.replace(problem, shifts=tuple(idle)))
    assert not {shift for shift, _ in ours} & set(np.flatnonzero(off).tolist())


def test_what_it_does_not_know_is_refused():
    problem = make_problem(3, tasks=20)
    assert any(task.windows for task in problem.tasks)
    with pytest.raises(ProblemError, match="windows"):
        make_filling(problem)


def test_nothing_to_do_and_nobody_to_do_it():
    problem = plain(make_problem(1))
    assert answer(dataclasses.replace(problem, tasks=())) == ()
    alone = tuple(dataclasses.replace(task, shifts=None) for task in problem.tasks)
    assert answer(dataclasses.replace(problem, shifts=(), tasks=alone)) == ()

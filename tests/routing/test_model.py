"""The problem's own contract, and its file form."""

import dataclasses
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from patrol.errors import ProblemError
from patrol.routing.checks import check_problem
from patrol.routing.codec import from_bytes, from_json, to_bytes, to_json
from patrol.routing.model import Break, Option, Tie, Window, big_weight, goal_weights
from patrol.routing.solve import solve
from routing_cases import line_case, make_problem

replace = dataclasses.replace


def with_task(problem, **values):
    return replace(problem, tasks=(replace(problem.tasks[0], **values), *problem.tasks[1:]))


def with_option(problem, **values):
    option = replace(problem.tasks[0].options[0], **values)
    return with_task(problem, options=(option,))


def with_shift(problem, **values):
    return replace(problem, shifts=(replace(problem.shifts[0], **values), *problem.shifts[1:]))


def with_profile(problem, **values):
    return replace(problem, profiles=(replace(problem.profiles[0], **values), *problem.profiles[1:]))


WRONG = {
    "matrices are not square": lambda p: with_profile(p, travel_s=p.profiles[0].travel_s[:, :-1]),
    "lonlat has another number": lambda p: with_profile(p, lonlat=p.profiles[0].lonlat[:-1]),
    "negative entries": lambda p: with_profile(p, travel_s=p.profiles[0].travel_s - 1),
    "beyond the mark": lambda p: with_profile(p, distance_m=p.profiles[0].distance_m + 10**8),
    "labels repeat": lambda p: replace(p, tasks=(p.tasks[0], *p.tasks)),
    "profile 7 does not exist": lambda p: with_shift(p, profile=7),
    "start or end is no location": lambda p: with_shift(p, end=10),
    "outside the horizon": lambda p: with_shift(p, day=2),
    "opens after it closes": lambda p: with_shift(p, opens=50_000),
    "limit or price is negative": lambda p: with_shift(p, max_walk_m=-1),
    "break does not fit": lambda p: with_shift(p, pause=Break(43_000, 43_000, 900)),
    "two different limits": lambda p: with_shift(p, group_max_s=1),
    "profile 2 does not exist": lambda p: with_option(p, profile=2),
    "entry or exit is no location": lambda p: with_option(p, entry=-1),
    "service figure is negative": lambda p: with_option(p, service_s=-1),
    "prizes must be": lambda p: with_option(p, prizes=(1,)),
    "not in the horizon": lambda p: with_task(p, windows=(Window(2, 0, 1),)),
    "mandatory weight is negative": lambda p: with_task(p, mandatory=-1),
    "price of others is negative": lambda p: with_task(p, preferred=(0,), other_price=-1),
    "a preferred shift does not exist": lambda p: with_task(p, preferred=(0, len(p.shifts)), other_price=1),
    "tied, so its aid cannot": lambda p: replace(with_task(p, zone="north", aid="room"), ties=(Tie(1, 0, 0, 0),)),
    "open from a day on": lambda p: with_task(p, zone="north", aid="open", aid_from=1),
    "aid is open from a day": lambda p: with_task(p, zone="north", aid="room", aid_from=-1),
    "allowed shift does not exist": lambda p: with_task(p, shifts=(3,)),
    "do not fit 64-bit": lambda p: with_option(p, prizes=(2**61, 0)),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_broken_problem_is_refused_with_its_fault(what):
    problem, _ = line_case()
    check_problem(problem)
    with pytest.raises(ProblemError, match=what):
        check_problem(WRONG[what](problem))


def test_all_faults_come_at_once():
    problem, _ = line_case()
    with pytest.raises(ProblemError) as caught:
        check_problem(with_shift(with_task(problem, mandatory=-1), opens=50_000, max_walk_m=-1))
    assert len(caught.value.findings) >= 3


@pytest.mark.parametrize("seed", range(20))
def test_one_weight_outweighs_all_prizes_and_prices(seed):
    problem = make_problem(seed)
    solution = solve(problem, engine="greedy")
    assert abs(solution.value) < big_weight(problem)
    weights = goal_weights(problem)
    total = sum(task.mandatory for task in problem.tasks)
    assert all((weight > total) == task.pinned for weight, task in zip(weights, problem.tasks, strict=True))


def same(one, other):
    assert dataclasses.replace(one, profiles=()) == dataclasses.replace(other, profiles=())
    for a, b in zip(one.profiles, other.profiles, strict=True):
        assert (a.name, a.on_foot) == (b.name, b.on_foot)
        for field in ("travel_s", "distance_m", "lonlat"):
            np.testing.assert_array_equal(getattr(a, field), getattr(b, field))
            assert getattr(b, field).dtype == np.int64


@given(st.integers(0, 10**6))
def test_a_problem_comes_back_from_its_file_as_it_was(seed):
    problem = make_problem(seed, tasks=5, crews=2)
    data = to_bytes(problem)
    again = from_bytes(data)
    same(problem, again)
    assert to_bytes(again) == data
    same(problem, from_json(json.loads(json.dumps(to_json(problem)))))


def test_wide_numbers_chinese_labels_and_empty_problems_survive():
    problem, _ = line_case()
    lonlat = problem.profiles[0].lonlat + 2**33
    problem = with_task(with_profile(problem, lonlat=lonlat), task_id="兴隆3线 01-05号杆", parties=("供电所",))
    same(problem, from_bytes(to_bytes(problem)))
    empty = replace(problem, tasks=(), shifts=())
    same(empty, from_bytes(to_bytes(empty)))


def test_the_same_plan_comes_from_the_problem_and_from_its_file():
    problem = make_problem(4)
    assert repr(solve(from_bytes(to_bytes(problem)), iterations=3)) == repr(solve(problem, iterations=3))


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"\x1f\x8b broken", "problem"),
        (b"[]", "no JSON object"),
        (b"{}", "schema is not"),
        (b'{"schema":"patrol-problem/1"}', "malformed"),
        (b'{"schema":"patrol-problem/1","days":1,"profiles":[{}],"tasks":[],"shifts":[]}', "malformed"),
    ],
)
def test_other_files_are_refused(data, what):
    with pytest.raises(ProblemError, match=what):
        from_bytes(data)


def test_a_matrix_cut_short_is_refused():
    problem, _ = line_case()
    document = to_json(problem)
    document["profiles"][0]["travel_s"]["shape"] = [9, 10]
    with pytest.raises(ProblemError, match="malformed"):
        from_json(document)
    document["profiles"][0]["travel_s"]["type"] = "<f8"
    with pytest.raises(ProblemError, match="malformed"):
        from_json(document)


def test_an_option_is_checked_on_its_own_profile():
    problem, _ = line_case()
    narrow = replace(
        problem.profiles[1], **{f: getattr(problem.profiles[1], f)[:1, :1] for f in ("travel_s", "distance_m")},
        lonlat=problem.profiles[1].lonlat[:1],
    )  # fmt: skip
    with pytest.raises(ProblemError, match="no location"):
        check_problem(replace(problem, profiles=(problem.profiles[0], narrow)))
    assert isinstance(problem.tasks[0].options[0], Option)

"""Pooling: a party alone has its own shifts only, and what two serve counts once."""

import dataclasses

import pytest

from patrol.api import open_project
from patrol.planning.effort import Effort
from patrol.routing.checks import check_problem
from patrol.routing.model import Balance, misses, total_weight
from patrol.routing.solve import solve
from patrol.studies.pooling import SEPARATE, TOGETHER, _row, only_party, pooling
from routing_cases import make_problem
from tiny import write_tiny

PARTIES = ("enterprise", "government", "villager")


@pytest.fixture(scope="module")
def problem():
    made = make_problem(5, tasks=12, crews=3, days=2)
    crews = sorted({shift.crew_id for shift in made.shifts})
    shifts = tuple(
        dataclasses.replace(shift, party=PARTIES[crews.index(shift.crew_id) % len(PARTIES)]) for shift in made.shifts
    )
    wanted = tuple(range(0, len(shifts), 2))
    tasks = tuple(dataclasses.replace(task, parties=(), preferred=wanted, other_price=9_000) for task in made.tasks)
    return dataclasses.replace(made, shifts=shifts, tasks=tasks, balances=(Balance(tuple(range(len(shifts))), 0, 1),))


def test_a_party_alone_keeps_its_shifts_and_their_rules(problem):
    for party in {shift.party for shift in problem.shifts}:
        alone = only_party(problem, party)
        check_problem(alone)
        assert [shift.shift_id for shift in alone.shifts] == [s.shift_id for s in problem.shifts if s.party == party]
        for task, before in zip(alone.tasks, problem.tasks, strict=True):
            wanted = {problem.shifts[k].shift_id for k in before.preferred if problem.shifts[k].party == party}
            assert {alone.shifts[k].shift_id for k in task.preferred} == wanted
            if before.shifts is not None:
                names = {problem.shifts[k].shift_id for k in before.shifts if problem.shifts[k].party == party}
                assert {alone.shifts[k].shift_id for k in task.shifts} == names


def test_together_is_no_worse_than_any_alone_and_twice_counts_once(problem, tmp_path):
    project = open_project(write_tiny(tmp_path / "tiny"))
    rows = {row.name: row for row in pooling(problem, project, Effort(iterations=2_000))}
    alone = [row for name, row in rows.items() if name not in {TOGETHER, SEPARATE}]
    assert rows[TOGETHER].weight >= max(row.weight for row in alone)
    assert rows[TOGETHER].weight_due == total_weight(problem)
    assert rows[SEPARATE].tasks == sum(row.tasks for row in alone) - rows[SEPARATE].twice
    assert max(row.tasks for row in alone) <= rows[SEPARATE].tasks <= len(problem.tasks)
    assert rows[SEPARATE].risk_ecm <= sum(row.risk_ecm for row in alone) + 0.2
    assert rows[SEPARATE].hours == pytest.approx(sum(row.hours for row in alone), abs=0.2)
    assert rows[TOGETHER].cycles_due == sum(misses(series, problem.days, ()) for series in problem.series)


def test_what_two_serve_is_worth_what_it_is_worth_to_one(problem):
    solution = solve(problem, engine="greedy")
    one, both = (_row("x", problem, [(problem, solution)] * times) for times in (1, 2))
    assert one.tasks > 0
    assert (one.twice, both.twice) == (0, one.tasks)
    assert (both.tasks, both.weight, both.risk_ecm) == (one.tasks, one.weight, one.risk_ecm)
    assert both.hours == pytest.approx(2 * one.hours, abs=0.2)
    spent = one.risk_ecm - one.net_ecm
    assert both.risk_ecm - both.net_ecm == pytest.approx(2 * spent, abs=0.3), "both have driven there"

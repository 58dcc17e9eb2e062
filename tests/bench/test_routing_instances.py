"""Public instances on the project's model: what a file says, what routes cost there, and the same counted anew."""

import json
import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from patrol.errors import PatrolError
from patrol.routing.checks import check_problem
from patrol.routing.rules import goal
from patrol.units import DAY_S
from tiny_instances import both_ways, filled, write

KINDS = ("carp", "mcgrp", "pcvrptw", "hhcrsp", "prizes")


@pytest.fixture
def tiny_of(bench, tmp_path):
    """Return a function that writes the smallest file of a set and reads it."""
    return lambda kind: bench.routing.READERS[kind](write(tmp_path, kind))


@pytest.mark.parametrize("kind", KINDS)
def test_the_smallest_file_of_each_set_is_a_sound_problem(tiny_of, kind):
    instance = tiny_of(kind)
    check_problem(instance.problem)
    assert instance.set == kind


def test_carp_counts_service_and_deadheading(tiny_of):
    instance = tiny_of("carp")
    draft = ((0, ((0, 0),)), (1, ((2, 0), (1, 1))))
    assert both_ways(instance, draft) == (45, 45, [[["e", 1, 2]], [["e", 4, 3], ["e", 3, 2]]])
    # the unserved edge beside 2-3 is shorter and is taken where 2-3 is not served
    assert both_ways(instance, ((0, ((0, 0), (2, 1))), (1, ((1, 0),))))[:2] == (24 + 25, 24 + 25)


def test_a_fleet_is_large_enough_and_no_larger(tiny_of):
    assert len(tiny_of("carp").problem.shifts) == 3  # demand 6, capacity 5: fewer than 12 / 5 routes are ever needed
    assert len(tiny_of("mcgrp").problem.shifts) == 2


def test_mcgrp_leaves_service_out_and_arcs_have_one_direction(tiny_of):
    instance = tiny_of("mcgrp")
    assert [len(task.options) for task in instance.problem.tasks] == [1, 2, 1]
    whole = ((0, ((1, 0), (2, 0), (0, 0))),)
    assert both_ways(instance, whole) == (14, 14, [[["e", 1, 2], ["a", 2, 3], ["n", 3]]])
    assert both_ways(instance, ((0, ((0, 0), (1, 1), (2, 0))),))[0] == 12 + 2 + 7 + 7 + 7 + 5 + 2


def test_prizes_follow_their_rule(tiny_of):
    instance = tiny_of("prizes")
    assert (instance.name, instance.all_prizes, len(instance.problem.shifts)) == ("square-prizes", 43 + 80 + 17, 2)
    assert {shift.max_work_s for shift in instance.problem.shifts} == {25}  # 1-2, 2-3 served, 3-4-1
    assert both_ways(instance, ((0, ((2, 0), (1, 1), (0, 1))),))[:2] == (140, 140)
    assert both_ways(instance, ((1, ((2, 0),)),))[:2] == (17, 17)
    assert both_ways(instance, ((0, ((0, 0), (2, 1), (1, 0))),)) is None  # too long
    quick, slow = ((0, ((2, 0), (1, 1))),), ((0, ((2, 0),)), (1, ((1, 0),)))
    assert goal(instance.problem, quick) > goal(instance.problem, slow)  # the same prizes in less time
    assert goal(instance.problem, slow) > goal(instance.problem, ((0, ((1, 0),)),))  # no time is worth a prize


def test_prizes_with_windows_count_ten_times(tiny_of):
    instance = tiny_of("pcvrptw")
    assert [task.mandatory for task in instance.problem.tasks] == [0, 0, 1, 0]
    assert both_ways(instance, ((0, ((2, 0), (0, 0))),)) == (288, 288, [[["n", 4], ["n", 2]]])
    assert both_ways(instance, ((0, ((2, 0), (1, 0))), (1, ((0, 0),))))[:2] == (314, 314)
    assert both_ways(instance, ((0, ((3, 0), (2, 0))),)) is None  # back too late


def test_home_care_counts_distance_and_lateness(tiny_of):
    instance = tiny_of("hhcrsp")
    good = ((0, ((1, 0), (0, 0), (4, 0))), (1, ((2, 0), (3, 0))), (2, ((5, 0),)))
    objective, again, told = both_ways(instance, good)
    assert objective == again == pytest.approx(32.501 / 3, abs=1e-6)
    assert told[0][2] == {"caregiver": "c1", "patient": "p3", "service": "s1", "start": 66.0}
    late = ((0, ((0, 0), (1, 0), (4, 0))), (1, ((2, 0), (3, 0))), (2, ((5, 0),)))
    assert both_ways(instance, late)[:2] == (20.875, 20.875)


def test_ties_longer_than_a_day_go_by_marks(bench):
    tie = bench.hhcrsp.Tie(0, 1, -3, 2 * DAY_S + 7)
    tasks, shifts = [None, None], [None]
    parts = bench.hhcrsp.shortened(tie, tasks, shifts, 10)
    assert [(part.first, part.second) for part in parts] == [(0, 2), (2, 3), (3, 1)]
    assert (sum(part.lo for part in parts), sum(part.hi for part in parts)) == (-3, 2 * DAY_S + 7)
    assert all(-DAY_S < part.lo <= part.hi < DAY_S for part in parts)
    assert bench.hhcrsp.shortened(bench.hhcrsp.Tie(0, 1, 5, 9), tasks, shifts, 10) == [bench.hhcrsp.Tie(0, 1, 5, 9)]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
@pytest.mark.parametrize("kind", ["carp", "mcgrp", "prizes", "pcvrptw"])
def test_both_ways_agree_on_any_routes(tiny_of, kind, data):
    instance = tiny_of(kind)
    tasks = list(enumerate(instance.problem.tasks))
    order = data.draw(st.permutations(tasks))
    if instance.more_is_better:
        order = order[: data.draw(st.integers(0, len(order)))]
    routes, load = {}, {}
    for number, task in order:
        room = [
            k
            for k, shift in enumerate(instance.problem.shifts)
            if load.get(k, 0) + task.load <= shift.max_load  # all that is mandatory must find one
        ]
        if not room or (kind == "pcvrptw" and number == 3):  # nobody is back in time from there
            continue
        shift = data.draw(st.sampled_from(room))
        load[shift] = load.get(shift, 0) + task.load
        routes.setdefault(shift, []).append((number, data.draw(st.integers(0, len(task.options) - 1))))
    served = {number for stops in routes.values() for number, _ in stops}
    if any(task.mandatory and number not in served for number, task in tasks):
        return
    counted = both_ways(instance, tuple((k, tuple(stops)) for k, stops in sorted(routes.items())))
    if counted is not None:
        assert counted[0] == counted[1]


@pytest.mark.parametrize(
    ("kind", "told", "what"),
    [
        ("carp", [[["e", 2, 1]], [["e", 2, 3]]], "not everything"),
        ("carp", [[["e", 2, 1]], [["e", 1, 2]], [["e", 2, 3], ["e", 3, 4]]], "served twice"),
        ("carp", [[["e", 1, 2], ["e", 2, 3], ["e", 3, 4]]], "takes 6"),
        ("carp", [[["e", 1, 4]]], "not to be served"),
        ("mcgrp", [[["n", 3], ["a", 3, 2]]], "not to be served"),
        ("prizes", [[["e", 1, 2], ["e", 4, 3], ["e", 2, 3]]], "takes"),
        ("prizes", [[], [], []], "3 vehicles"),
        ("pcvrptw", [[["n", 2]]], "required"),
        ("pcvrptw", [[["n", 4], ["n", 4]]], "twice"),
        ("pcvrptw", [[["n", 4]], [["n", 2], ["n", 3]]], "capacity"),
        ("pcvrptw", [[["n", 4]], [["n", 3], ["n", 5]]], "too late"),
        ("pcvrptw", [[["n", 4]], [], []], "3 vehicles"),
    ],
)
def test_recounting_refuses_what_breaks_a_rule(tiny_of, kind, told, what):
    with pytest.raises(AssertionError, match=what):
        tiny_of(kind).recount(told)


@pytest.mark.parametrize(
    ("route", "stop", "change", "what"),
    [
        (0, 0, {"start": 2.9}, "too early"),
        (0, 1, {"start": 9.0}, "too early"),
        (0, 1, {"service": "s2"}, "needed"),
        (1, 0, {"caregiver": "c1"}, "not able"),
        (0, 2, {"start": 65.999}, "apart"),
        (0, 2, {"start": 117.001}, "apart"),
        (0, 2, {"caregiver": "c2"}, "do not agree"),
    ],
)
def test_recounting_home_care_refuses_what_breaks_a_rule(tiny_of, route, stop, change, what):
    instance = tiny_of("hhcrsp")
    draft = ((0, ((1, 0), (0, 0), (4, 0))), (1, ((2, 0), (3, 0))), (2, ((5, 0),)))
    _, _, told = both_ways(instance, draft)
    told[route][stop] |= change
    with pytest.raises(AssertionError, match=what):
        instance.recount(told)


def test_simultaneous_visits_must_start_together(tiny_of):
    instance = tiny_of("hhcrsp")
    _, _, told = both_ways(instance, ((0, ((1, 0), (0, 0), (4, 0))), (1, ((2, 0), (3, 0))), (2, ((5, 0),))))
    for visit in told[1]:
        visit["start"] += 0.5
    with pytest.raises(AssertionError, match=r"p2 are 0\.5 apart"):
        instance.recount(told)


@pytest.mark.parametrize(
    ("kind", "old", "new", "what"),
    [
        ("carp", "ARISTAS_REQ : 3", "ARISTAS_REQ : 4", "3 required"),
        ("carp", "CAPACIDAD : 5", "", "CAPACIDAD"),
        ("carp", "demanda 3", "demanda 9", "fit"),
        ("carp", "( 1, 4)", "( 1, 7)", "1 to 7"),
        ("carp", "( 2, 3)  coste 4 demanda 2", "( 1, 2)  coste 4 demanda 2", "different demands"),
        ("carp", "DEPOSITO :   1", "DEPOSITO :   5", "1 to 5"),
        ("mcgrp", "NrA1\t3\t1\t2\n", "", "#Arcs says 2, 1"),
        ("mcgrp", "#Required N", "#Needed N", "#Required N"),
        ("mcgrp", "A1\t2\t3\t5\t1\t6", "A1\t2\t3\t5\t1", "#Required A says 1, 0"),
        ("pcvrptw", "EUC_2D", "EXPLICIT", "EUC_2D"),
        ("pcvrptw", "3 9\n", "", "PRIZE_SECTION"),
        ("pcvrptw", "DEPOT_SECTION\n1\n", "DEPOT_SECTION\n8\n", "depot"),
        ("hhcrsp", '"abilities"', '"skills"', "skills"),
        ("hhcrsp", "simultaneous", "same day", "unknown way"),
        ("hhcrsp", "7.001", "7.0012", "thousandth"),
        ("hhcrsp", "{", "", "not a file"),
    ],
)
def test_a_malformed_file_is_named_with_what_is_wrong(bench, tmp_path, kind, old, new, what):
    path = write(tmp_path, kind)
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1) if kind != "hhcrsp" else text.replace(old, new), "utf-8")
    with pytest.raises(PatrolError, match=re.escape(what)) as caught:
        bench.routing.READERS[kind](path)
    assert path.name in str(caught.value)


def test_a_place_out_of_reach_is_named(bench, tmp_path):
    path = write(tmp_path, "mcgrp")
    text = path.read_text("utf-8").replace("NrA1\t3\t1\t2", "NrA1\t1\t2\t2").replace("NrE1\t1\t3", "NrE1\t1\t2")
    path.write_text(text, "utf-8")
    with pytest.raises(PatrolError, match="comes home"):
        bench.mcgrp.read(path)


def test_a_file_that_is_not_there_is_named(bench, tmp_path):
    with pytest.raises(PatrolError, match=r"none\.dat"):
        bench.carp.read(tmp_path / "none.dat")


@pytest.mark.parametrize(
    ("kind", "folder", "pattern", "count"),
    [("carp", "carp", "*.dat", 38), ("mcgrp", "mcgrp", "*.dat", 20), ("prizes", "carp", "egl-*.dat", 9),
     ("pcvrptw", "pcvrptw", "R*.vrp", 2)],
)  # fmt: skip
def test_files_of_others_are_read_and_cost_the_same_both_ways(bench, benchmarks, kind, folder, pattern, count):
    paths = sorted((benchmarks / folder).glob(pattern))
    assert len(paths) >= count
    for path in paths:
        instance = bench.routing.READERS[kind](path)
        check_problem(instance.problem)
        draft = filled(instance)
        if instance.all_prizes:  # first in a route, each is in time
            draft = tuple((shift, stops[:1]) for shift, stops in draft[:3])
        objective, again, _ = both_ways(instance, draft)
        assert objective == again > 0, path


def test_home_care_of_others_costs_the_same_both_ways(bench, benchmarks):
    paths = sorted((benchmarks / "hhcrsp").glob("*.json"))
    assert len(paths) >= 8
    for path in paths:
        instance = bench.hhcrsp.read(path)
        check_problem(instance.problem)
        objective, again, told = both_ways(instance, _one_after_another(instance, json.loads(path.read_text("utf-8"))))
        assert objective == again > 100, path
        assert sum(map(len, told)) == sum(not task.skills[0].startswith("mark") for task in instance.problem.tasks)


def _one_after_another(instance, care):
    """Return a draft in the order of the windows, pairs by two crews of which the second may do less."""
    routes = {}
    tasks, shifts = instance.problem.tasks, instance.problem.shifts
    partner = {tie.second: tie.first for tie in instance.problem.ties if tie.second < tie.first + 2}
    pairs = {}
    number = 0
    for patient in care["patients"]:
        needs = patient["required_caregivers"]
        pairs[number] = list(range(number, number + len(needs)))
        number += len(needs)
    assert partner.keys() <= set(range(number))
    for group in sorted(pairs.values(), key=lambda some: tasks[some[0]].windows[0].due):
        able = [[k for k, shift in enumerate(shifts) if set(tasks[task].skills) <= set(shift.skills)] for task in group]
        chosen = min(
            (pick for pick in _picks(able) if len(set(pick)) == len(pick)),
            key=lambda pick: sum(len(routes.get(k, [])) for k in pick),
        )
        for task, shift in zip(group, chosen, strict=True):
            routes.setdefault(shift, []).append((task, 0))
    for task in range(number, len(tasks)):
        shift = next(k for k, shift in enumerate(shifts) if shift.skills == tasks[task].skills)
        routes[shift] = [(task, 0)]
    return tuple((shift, tuple(stops)) for shift, stops in sorted(routes.items()))


def _picks(able):
    return [[k] for k in able[0]] if len(able) == 1 else [[k, m] for k in able[0] for m in able[1]]

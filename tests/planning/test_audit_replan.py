"""Parts of the audit of a replan: who does nothing more goes straight home, and what differs is named by its path."""

import dataclasses
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patrol.planning.audit_replan import check_homeward, differences, without_homeward
from patrol.planning.frozen import Frozen
from patrol.routing.model import Route, Stop
from routing_cases import line_case

AWAY = Frozen((), (), 28_800, 0.0, 0.0)


def homeward():
    """Return the problem of a car two places from its base and its way home at once."""
    problem, _ = line_case()
    shift = dataclasses.replace(problem.shifts[0], start=2)
    problem = dataclasses.replace(problem, shifts=(shift, *problem.shifts[1:]))
    profile = problem.profiles[shift.profile]
    way, metres = (int(matrix[2, shift.end]) for matrix in (profile.travel_s, profile.distance_m))
    assert way > 0
    return problem, Route(0, shift.opens, (), way, metres, shift.opens + way)


def codes(problem, route, frozen):
    made = SimpleNamespace(frozen=frozen)
    return [one.code for one in check_homeward(problem, (route,), made)]


def test_a_way_home_at_once_is_good_and_only_of_who_is_away():
    problem, route = homeward()
    name = problem.shifts[0].shift_id
    assert codes(problem, route, {name: AWAY}) == []
    assert codes(problem, route, {name: dataclasses.replace(AWAY, home=True)}) == ["home.idle"]
    assert codes(problem, route, {}) == ["home.idle"]


@pytest.mark.parametrize("key", ["depart", "finish", "home_travel_s", "home_distance_m", "stops"])
def test_any_other_way_home_is_found(key):
    problem, route = homeward()
    wrong = (Stop("break", -1, -1, 0, 0, 0, 0, 0),) if key == "stops" else getattr(route, key) + 1
    found = codes(problem, dataclasses.replace(route, **{key: wrong}), {problem.shifts[0].shift_id: AWAY})
    assert found == ["home.way"]


def test_ways_home_are_parted_from_routes_that_serve():
    _, solution = line_case()
    idle = Route(9, 0, (Stop("break", -1, -1, 0, 0, 0, 0, 0),), 1, 1, 1)
    busy, home = without_homeward(dataclasses.replace(solution, routes=(*solution.routes, idle)))
    assert (busy.routes, home) == (solution.routes, (idle,))


values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(0, 3), st.text(max_size=2)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.sampled_from("ab"), inner, max_size=2)),
    max_leaves=8,
)


@given(values, values)
def test_values_differ_where_a_path_is_named_and_only_there(a, b):
    assert list(differences(a, a)) == []
    assert bool(list(differences(a, b))) == (a != b)
    assert list(differences(a, b)) == list(differences(b, a))


def test_each_difference_has_its_path():
    a = {"x": [1, {"y": 2}], "gone": 1, "list": [1]}
    b = {"x": [1, {"y": 3}], "more": 1, "list": [1, 2]}
    assert list(differences(a, b)) == ["/gone", "/list", "/more", "/x/1/y"]

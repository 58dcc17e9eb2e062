"""Canals are barriers to those who leave the roads, bridges are not."""

import dataclasses

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from patrol.config import TravelSettings
from patrol.network.roads import build_roads
from patrol.network.travel import leg_lines, road_access, travel_matrix
from patrol.network.water import BRIDGE_M, crosses, make_water, nearest_dry

CANAL = [(0, 0), (0, 2000)]
BRIDGE = [(-300, 1500), (300, 1500)]
WEST = [(-300, -500), (-300, 1500)]
EAST = [(300, -500), (300, 1500)]
TRAVEL = TravelSettings()


def layer(*lines, **columns):
    frame = {"kind": ["canal"] * len(lines), **columns}
    return gpd.GeoDataFrame(frame, geometry=[shapely.LineString(line) for line in lines], crs="EPSG:4545")


def roads(*lines):
    n = len(lines)
    more = {"road_class": ["tertiary"] * n, "speed_kmh": [np.nan] * n, "oneway": ["no"] * n, "surface": [""] * n}
    return layer(*lines, **more)


@pytest.fixture
def graph():
    ways = roads(BRIDGE, WEST, EAST)
    return dataclasses.replace(build_roads(ways, TRAVEL), water=make_water(layer(CANAL), ways))


def test_no_water_is_no_barrier():
    assert make_water(layer(), roads(BRIDGE)) is None


def test_a_leg_across_the_canal_is_barred_and_one_by_the_bridge_is_not():
    water = make_water(layer(CANAL), roads(BRIDGE))
    a = np.array([[-50.0, 100], [-50, 1500], [-50, 100], [-50, 2100], [0, 500]])
    b = np.array([[50.0, 100], [50, 1500 + BRIDGE_M / 2], [-50, 900], [50, 2100], [40, 500]])
    assert crosses(water, a, b).tolist() == [True, False, False, False, False]


@given(st.lists(st.tuples(*[st.integers(-400, 400)] * 4), max_size=20))
def test_crossing_is_the_same_both_ways_and_only_from_side_to_side(rows):
    water = make_water(layer([(0, -1000), (0, 1000)]), roads())
    ends = np.array(rows, dtype=float).reshape(-1, 4)
    there, back = crosses(water, ends[:, :2], ends[:, 2:]), crosses(water, ends[:, 2:], ends[:, :2])
    assert (there == back).all()
    west, east = np.minimum(ends[:, 0], ends[:, 2]), np.maximum(ends[:, 0], ends[:, 2])
    assert not there[(west > 0) | (east < 0)].any()
    assert there[(west < -3) & (east > 3) & (abs(ends[:, 1] - ends[:, 3]) < 1)].all()


def test_walkers_go_round_by_the_bridge(graph):
    places = np.array([[-100.0, 300], [100, 300], [-100, 900]])
    access = road_access(graph, places, mode="foot", settings=TRAVEL)
    matrix = travel_matrix(graph, access, mode="foot", settings=TRAVEL)
    dry = travel_matrix(dataclasses.replace(graph, water=None), access, mode="foot", settings=TRAVEL)
    assert dry.distance_m[0, 1] == 260
    assert matrix.distance_m[0, 1] > 2 * 1200 + 600
    assert matrix.distance_m[0, 1] == matrix.distance_m[1, 0]
    assert matrix.distance_m[0, 2] == dry.distance_m[0, 2], "on one bank nothing changes"
    (line,) = leg_lines(graph, access, [(0, 1)], mode="foot", settings=TRAVEL)
    assert line[:, 1].max() == pytest.approx(1500)


@pytest.mark.parametrize("mode", ["vehicle", "foot"])
def test_a_place_gets_onto_the_road_of_its_own_bank(graph, mode):
    place = np.array([[-20.0, 300]])
    ways = roads(BRIDGE, WEST, [(30, -500), (30, 1500), (300, 1500)])
    near = dataclasses.replace(build_roads(ways, TRAVEL), water=make_water(layer(CANAL), ways))
    access = road_access(near, place, mode=mode, settings=TRAVEL)
    assert access.gap_m[0] == pytest.approx(280), "the road across the canal is nearer, 50 m"
    assert access.reached.all()


def test_a_bank_without_a_road_is_not_reached_by_car():
    ways = roads(EAST)
    graph = dataclasses.replace(build_roads(ways, TRAVEL), water=make_water(layer([(0, -9000), (0, 9000)]), ways))
    access = road_access(graph, np.array([[-20.0, 300], [20, 300]]), mode="vehicle", settings=TRAVEL)
    assert access.reached.tolist() == [False, True]


def test_the_nearest_dry_road_is_the_nearest_of_those_on_this_side():
    water = make_water(layer(CANAL), roads())
    lines = np.array([shapely.LineString([(x, 0), (x, 2000)]) for x in (5, -80, -60, -400)], dtype=object)
    line, along, at, there = nearest_dry(water, lines, np.array([[-20.0, 700], [900, 700]]), 100.0)
    assert (line[0], along[0], at[0].tolist(), there.tolist()) == (2, 700.0, [-60.0, 700.0], [True, False])

"""Access, matrices and leg geometry against networkx, by hand, and on real roads."""

from itertools import pairwise

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from patrol.config import TravelSettings
from patrol.network import crop, ways
from patrol.network.mode_roads import prepare_mode
from patrol.network.pathnet import build_net
from patrol.network.roads import build_roads, edge_seconds
from patrol.network.travel import leg_lines, pair_travel, road_access, travel_matrix
from patrol.network.ways import all_weights, pair_weights
from patrol.network.weights import LIMIT, heaviest
from patrol.units import UNREACHABLE

TRAVEL = TravelSettings()
SQUARE = [(0, 0), (1000, 0), (1000, 1000), (0, 1000), (0, 0)]


def roads(*lines, road_class="unclassified", oneway=""):
    frame = gpd.GeoDataFrame(geometry=[shapely.LineString(line) for line in lines], crs=32648)
    return frame.assign(road_class=road_class, speed_kmh=np.nan, oneway=oneway)


def travel(graph, xy, mode="vehicle", own=TRAVEL):
    access = road_access(graph, np.array(xy, dtype=float), mode=mode, settings=own)
    return access, travel_matrix(graph, access, mode=mode, settings=own)


def length(line):
    return float(np.hypot(*np.diff(line, axis=0).T).sum())


def slow_but_sure(graph, access, mode):
    """Return seconds between places by networkx on the same edges, the places put in one by one."""
    forward, backward = edge_seconds(graph, mode=mode, settings=TRAVEL)
    net = nx.MultiDiGraph()
    for e in range(len(graph.u)):
        on = [k for k in range(len(access.x)) if access.edge[k] == e]
        stops = [(0.0, ("n", graph.u[e])), *((min(access.offset[k], graph.length_m[e]), ("p", k)) for k in on)]
        stops = [*sorted(stops, key=lambda s: s[0]), (graph.length_m[e], ("n", graph.v[e]))]
        for (m0, a), (m1, b) in pairwise(stops):
            share = (m1 - m0) / graph.length_m[e]
            if m1 - m0 < 0.005:  # the same place; at a junction, every road of it is open
                net.add_edge(a, b, weight=0)
                net.add_edge(b, a, weight=0)
            if np.isfinite(forward[e]):
                net.add_edge(a, b, weight=share * forward[e])
            if np.isfinite(backward[e]):
                net.add_edge(b, a, weight=share * backward[e])
    answer = np.full((len(access.x),) * 2, np.inf)
    for k in range(len(access.x)):
        if ("p", k) in net:
            for node, seconds in nx.single_source_dijkstra_path_length(net, ("p", k)).items():
                if node[0] == "p":
                    answer[k, node[1]] = seconds
    return answer


def assert_agrees(matrix, seconds):
    reachable = np.isfinite(seconds)
    assert ((matrix.travel_s < UNREACHABLE) == reachable).all()
    late = matrix.travel_s[reachable] - seconds[reachable]
    assert late.min() > -0.01
    assert late.max() < 2.0  # a second of rounding up, and up to a tick an edge


def test_times_and_metres_of_a_square_by_hand():
    graph = build_roads(roads(SQUARE), TRAVEL)  # 40 km/h: 90 s a side
    access, matrix = travel(graph, [(500, -30), (1030, 500), (500, 1000), (0, 0)])
    assert matrix.travel_s.tolist() == [[0, 90, 180, 45], [90, 0, 90, 135], [180, 90, 0, 135], [45, 135, 135, 0]]
    assert matrix.distance_m[0].tolist() == [0, 1000, 2000, 500]
    assert access.gap_m.tolist() == pytest.approx([30, 30, 0, 0])
    assert access.walk_m.tolist() == pytest.approx([39, 39, 0, 0])
    assert (access.x[1], access.y[1]) == (1000, 500)


def test_oneway_goes_round():
    graph = build_roads(roads(SQUARE, oneway="yes"), TRAVEL)
    access, matrix = travel(graph, [(200, 0), (600, 0)])
    assert matrix.travel_s.tolist() == [[0, 36], [324, 0]]
    there, back = leg_lines(graph, access, [(0, 1), (1, 0)], mode="vehicle", settings=TRAVEL)
    assert there.tolist() == [[200, 0], [600, 0]]
    assert back.tolist() == [[600, 0], [1000, 0], [1000, 1000], [0, 1000], [0, 0], [200, 0]]
    against = build_roads(roads(SQUARE, oneway="-1"), TRAVEL)
    assert travel(against, [(200, 0), (600, 0)])[1].travel_s.tolist() == [[0, 324], [36, 0]]


def test_two_places_on_one_winding_edge():
    graph = build_roads(roads([(0, 0), (100, 0), (100, 100), (200, 100)]), TRAVEL)
    access, matrix = travel(graph, [(50, 0), (150, 100), (50, 0.001)])
    assert matrix.distance_m[0, 1] == 200
    assert matrix.travel_s[0, 2] == 0
    lines = leg_lines(graph, access, [(1, 0), (0, 2), (1, 1)], mode="vehicle", settings=TRAVEL)
    assert lines[0].tolist() == [[150, 100], [100, 100], [100, 0], [50, 0]]
    assert lines[1].shape == lines[2].shape == (2, 2)


def test_faster_of_two_roads_and_the_metres_of_that_one():
    short = [(0, 0), (500, 100), (1000, 0)]
    long = [(0, 0), (0, -500), (1000, -500), (1000, 0)]
    frame = roads(short, long).assign(road_class=["track", "trunk"])
    graph = build_roads(frame, TRAVEL)
    _, matrix = travel(graph, [(0, 0), (1000, 0)])
    assert matrix.distance_m[0, 1] == 2000
    assert matrix.travel_s[0, 1] == 103
    assert travel(graph, [(0, 0), (1000, 0)], "ebike")[1].distance_m[0, 1] == 1020


def test_places_beyond_the_walk_or_on_another_main_road_are_unreachable():
    graph = build_roads(roads([(0, 0), (5000, 0)], [(0, 9000), (5000, 9000)]), TRAVEL)
    access, matrix = travel(graph, [(0, 0), (5000, 0), (2000, 2000), (0, 9000)])
    assert access.reached.tolist() == [True, True, False, True]
    assert access.gap_m[2] == 2000
    assert matrix.travel_s[0].tolist() == [0, 450, UNREACHABLE, UNREACHABLE]
    assert matrix.distance_m[2].tolist() == [UNREACHABLE, UNREACHABLE, 0, UNREACHABLE]
    lines = leg_lines(graph, access, [(0, 3), (0, 2), (2, 2)], mode="vehicle", settings=TRAVEL)
    assert [len(line) for line in lines] == [0, 0, 2]


def test_a_scrap_of_road_and_a_oneway_dead_end_take_nobody():
    """The nearest road is worthless where no car gets to it, or none gets away."""
    main, scrap, trap = [(0, 0), (9000, 0)], [(100, 200), (300, 200)], [(4000, 0), (4000, 400)]
    graph = build_roads(roads(main, scrap, trap).assign(oneway=["", "", "yes"]), TRAVEL)
    access, matrix = travel(graph, [(200, 190), (4010, 390), (0, 0)])
    assert access.y.tolist() == [0, 0, 0]
    assert access.gap_m.tolist() == [190, 390, 0]
    assert (matrix.travel_s < UNREACHABLE).all()
    foot = road_access(graph, np.array([[4010.0, 390.0]]), mode="foot", settings=TRAVEL)
    assert foot.gap_m.tolist() == [10]


def test_nobody_stops_on_a_motorway_but_cars_drive_on_it():
    frame = roads([(0, 0), (4000, 0)], [(0, 0), (0, 100)], [(4000, 0), (4000, 100)])
    graph = build_roads(frame.assign(road_class=["motorway", "tertiary", "tertiary"]), TRAVEL)
    access, matrix = travel(graph, [(100, 10), (4000, 100)])
    assert (access.x[0], access.y[0]) == (0, 10)
    assert matrix.travel_s[0, 1] == 169  # 4,000 m at 90 km/h, 110 m at 45
    stops = prepare_mode(graph, mode="vehicle", settings=TRAVEL).stops
    assert not graph.is_class(("motorway",))[stops].any()


def test_equally_near_roads_are_chosen_by_their_order():
    graph = build_roads(roads([(0, 0), (100, 0)], [(100, 0), (100, 100)], [(100, 0), (200, 0)]), TRAVEL)
    access = road_access(graph, np.array([[100.0, 0.0], [50.0, 50.0]]), mode="vehicle", settings=TRAVEL)
    assert access.edge.tolist() == [0, 0]


def test_without_usable_roads_nothing_is_reached():
    graph = build_roads(roads(SQUARE, road_class="steps"), TRAVEL)
    access, matrix = travel(graph, [(0, 0), (5, 5)])
    assert not access.reached.any()
    assert np.isinf(access.gap_m).all()
    assert matrix.travel_s.tolist() == [[0, UNREACHABLE], [UNREACHABLE, 0]]
    assert leg_lines(graph, access, [(0, 1)], mode="vehicle", settings=TRAVEL)[0].shape == (0, 2)


def test_an_empty_roads_layer_reaches_nothing():
    access, matrix = travel(build_roads(roads(), TRAVEL), [(0, 0), (1, 1)], "foot")
    assert not access.reached.any()
    assert matrix.travel_s.tolist() == [[0, 2], [2, 0]]  # across country all the same


def test_no_places_at_all():
    graph = build_roads(roads(SQUARE), TRAVEL)
    for given_graph in (graph, None):
        access, matrix = travel(given_graph, np.empty((0, 2)))
        assert matrix.travel_s.shape == (0, 0)
        assert leg_lines(given_graph, access, [], mode="vehicle", settings=TRAVEL) == []


def test_without_roads_everybody_goes_straight():
    access, matrix = travel(None, [(0, 0), (3000, 4000)])
    assert matrix.distance_m[0, 1] == 6500
    assert matrix.travel_s[0, 1] == 936
    assert travel(None, [(0, 0), (3000, 4000)], "foot")[1].travel_s[0, 1] == 5850
    assert travel(None, [(0, 0), (3000, 4000)], "ebike")[1].travel_s[0, 1] == 1300
    line = leg_lines(None, access, [(1, 0)], mode="vehicle", settings=TRAVEL)[0]
    assert line.tolist() == [[3000, 4000], [0, 0]]
    assert pair_travel(None, access, [(0, 1)], mode="vehicle", settings=TRAVEL)[0].tolist() == [936]
    assert pair_travel(None, access, [(0, 1)], mode="vehicle", settings=TRAVEL, limit_s=935)[0].tolist() == [10**8]


def test_walkers_take_the_shorter_of_road_and_country():
    """Across a bend the field is shorter; along the road the road is; beyond the limit only the road is left."""
    graph = build_roads(roads([(0, 0), (2000, 0), (2000, 2000)]), TRAVEL)
    places = [(0, 100), (2000, 100), (1500, 1000), (0, 200)]
    access, matrix = travel(graph, places, "foot")
    assert matrix.distance_m[0, 1] == 130 + 2000 + 100
    assert matrix.distance_m[0, 3] == 130
    assert matrix.distance_m[1, 2] == int(np.ceil(1.3 * np.hypot(500, 900)))
    assert matrix.travel_s[0, 3] == 117
    lines = leg_lines(graph, access, [(0, 1), (0, 3)], mode="foot", settings=TRAVEL)
    assert lines[0].tolist() == [[0, 100], [0, 0], [2000, 0], [2000, 100]]
    assert lines[1].tolist() == [[0, 100], [0, 200]]
    short = TravelSettings(foot_direct_m=99.0)
    access, matrix = travel(graph, places, "foot", short)
    assert access.reached.tolist() == [False, True, False, False]
    assert matrix.travel_s[0].tolist() == [0, UNREACHABLE, UNREACHABLE, UNREACHABLE]


def test_legs_longer_than_a_shift_are_unreachable():
    graph = build_roads(roads([(0, 0), (60_000, 0)], road_class="track"), TRAVEL)
    assert travel(graph, [(0, 0), (47_000, 0)], "foot")[1].travel_s[0, 1] == 42_300
    assert travel(graph, [(0, 0), (49_000, 0)], "foot")[1].travel_s[0, 1] == UNREACHABLE


def test_a_way_far_outside_the_first_crop_is_found():
    """Two dead ends 10 m apart are joined only by a loop through a town 30 km away."""
    loop = [(0, 0), (30_000, 0), (30_000, 30_000), (-100, 30_000), (-100, 10), (0, 10)]
    graph = build_roads(roads(loop), TRAVEL)
    _, matrix = travel(graph, [(0, 0), (0, 10)])
    assert matrix.distance_m[0, 1] == 30_000 + 30_000 + 30_100 + 29_990 + 100


def test_a_faster_way_outside_the_crop_beats_a_slower_one_inside():
    slow = [(0, 0), (4000, 0)]
    fast = [(0, 0), (0, 1700), (4000, 1700), (4000, 0)]
    frame = roads(slow, fast).assign(road_class=["track", "motorway"])
    frame = gpd.GeoDataFrame(frame, crs=frame.crs)
    graph = build_roads(frame, TRAVEL)
    net = build_net(graph, road_access(graph, np.array([[0.0, 0], [4000, 0]]), mode="vehicle", settings=TRAVEL),
                    mode="vehicle", settings=TRAVEL)  # fmt: skip
    first = crop.crop_net(net, np.array([-500.0, -500]), np.array([4500.0, 500]))
    assert len(first.nodes) == 2
    _, matrix = travel(graph, [(0, 0), (4000, 0)])
    assert matrix.distance_m[0, 1] == 7400
    assert matrix.travel_s[0, 1] == 296


@st.composite
def towns(draw):
    """Streets of a jittered lattice with random gaps, classes, and oneways, and places near them."""
    side = draw(st.integers(2, 6))
    seed = draw(st.integers(0, 2**32 - 1))
    rng = np.random.default_rng(seed)
    step = float(draw(st.sampled_from([80, 700, 3000])))
    xy = np.stack(np.meshgrid(np.arange(side), np.arange(side), indexing="ij"), axis=-1) * step
    xy = xy + rng.uniform(-0.3, 0.3, xy.shape) * step
    lines = [(xy[i, j], xy[i + 1, j]) for i in range(side - 1) for j in range(side)]
    lines += [(xy[i, j], xy[i, j + 1]) for i in range(side) for j in range(side - 1)]
    lines = [line for line in lines if rng.random() < draw(st.sampled_from([0.6, 0.8, 1.0]))] or lines[:1]
    classes = rng.choice(["tertiary", "track", "path", "motorway", "primary"], len(lines), p=[0.4, 0.3, 0.1, 0.1, 0.1])
    oneway = rng.choice(["", "yes", "-1"], len(lines), p=[0.6, 0.2, 0.2])
    places = rng.uniform(-0.2, side - 0.8, (draw(st.integers(1, 7)), 2)) * step
    return roads(*lines).assign(road_class=classes, oneway=oneway), places


@settings(max_examples=60, deadline=None)
@given(town=towns(), mode=st.sampled_from(["vehicle", "ebike"]))
def test_matrix_is_that_of_networkx(town, mode):
    frame, places = town
    graph = build_roads(frame, TRAVEL)
    access = road_access(graph, places, mode=mode, settings=TravelSettings(max_walk_in_m=1e5))
    matrix = travel_matrix(graph, access, mode=mode, settings=TRAVEL)
    seconds = slow_but_sure(graph, access, mode)
    np.fill_diagonal(seconds, 0)
    assert_agrees(matrix, seconds)


@settings(max_examples=60, deadline=None)
@given(town=towns(), pad=st.sampled_from([0.0, 50.0, 500.0]))
def test_a_crop_changes_nothing(town, pad):
    """From however small a first crop, the proved weights are bit for bit those of the whole net."""
    frame, places = town
    graph = build_roads(frame, TRAVEL)
    access = road_access(graph, places, mode="vehicle", settings=TravelSettings(max_walk_in_m=1e5))
    net = build_net(graph, access, mode="vehicle", settings=TRAVEL)
    nodes = np.unique(net.at[net.at >= 0])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(crop, "FIRST_PAD_M", pad)
        patch.setattr(crop, "FIRST_PAD_SHARE", 0.01)
        patch.setattr(crop, "CHUNK_BYTES", 1)
        cropped = np.full((len(nodes),) * 2, -1.0)
        for found in crop.sweep(net, nodes, nodes, np.ones((len(nodes),) * 2, dtype=bool)):
            proved = np.where(found.wanted & np.isfinite(found.weight), found.weight, cropped[found.rows])
            cropped[found.rows] = proved
    n = len(net.xy)
    whole = dijkstra(csr_array((net.weight, (net.tail, net.head)), shape=(n, n)), indices=nodes)[:, nodes]
    assert (cropped == np.where(np.isfinite(whole), whole, -1)).all()


@settings(max_examples=60, deadline=None)
@given(town=towns(), mode=st.sampled_from(["vehicle", "ebike", "foot"]), doubled=st.booleans())
def test_the_hierarchy_changes_nothing(town, mode, doubled):
    """Its weights are bit for bit those of a search in the whole net with the places split into it."""
    frame, places = town
    if doubled:  # parallel roads of other speeds, and a ring at one joint
        ring = roads([(0, 0), (30, 0), (30, 30), (0, 0)], road_class="residential")
        frame = pd.concat([frame, frame.iloc[::2].assign(road_class="residential", oneway=""), ring], ignore_index=True)
        places = np.vstack([places, [[15, 1], [25, 15], [0, 0]], places[:1]])
    graph = build_roads(frame, TRAVEL)
    own = TravelSettings(max_walk_in_m=1e5)
    access = road_access(graph, places, mode=mode, settings=own)
    net = build_net(graph, access, mode=mode, settings=own)
    n = len(net.xy)
    whole = dijkstra(csr_array((net.weight, (net.tail, net.head)), shape=(n, n)), indices=net.at)[:, net.at]
    whole[:, net.at < 0] = whole[net.at < 0] = np.inf
    expected = np.where(whole <= LIMIT, whole, -1)
    prepared = prepare_mode(graph, mode=mode, settings=own)
    assert (all_weights(prepared, access) == expected).all()
    pairs = np.argwhere(np.ones_like(expected, dtype=bool))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ways, "CHUNK_BYTES", 1000)
        assert (pair_weights(prepared, access, pairs, LIMIT) == expected.ravel()).all()
        near = heaviest(90)
        assert (pair_weights(prepared, access, pairs, near) == np.where(expected <= near, expected, -1).ravel()).all()


def test_modes_that_drive_alike_share_what_is_prepared():
    graph = build_roads(roads(SQUARE), TRAVEL)
    vehicle, drone, foot = (prepare_mode(graph, mode=mode, settings=TRAVEL) for mode in ("vehicle", "drone", "foot"))
    assert vehicle is drone
    assert vehicle is prepare_mode(graph, mode="vehicle", settings=TRAVEL)
    assert foot is not vehicle
    assert foot is not prepare_mode(graph, mode="foot", settings=TravelSettings(foot_kmh=3.0))
    with pytest.raises(ValueError, match="balloon"):
        prepare_mode(graph, mode="balloon", settings=TRAVEL)


@settings(max_examples=50, deadline=None)
@given(town=towns(), mode=st.sampled_from(["vehicle", "ebike", "foot"]))
def test_legs_have_the_length_the_matrix_says(town, mode):
    frame, places = town
    graph = build_roads(frame, TRAVEL)
    access, matrix = travel(graph, places, mode)
    pairs = [(i, j) for i in range(len(places)) for j in range(len(places))]
    for (i, j), line in zip(pairs, leg_lines(graph, access, pairs, mode=mode, settings=TRAVEL), strict=True):
        if matrix.travel_s[i, j] == UNREACHABLE:
            assert line.shape == (0, 2)
            continue
        ends = np.array([[access.x[i], access.y[i]], [access.x[j], access.y[j]]])
        assert line[[0, -1]] == pytest.approx(ends, abs=0.02)
        stubs = 0.0
        if mode == "foot":  # what is walked off the road is drawn straight and counted with the detour factor
            direct = len(line) == 2
            stubs = 0.3 * length(line) if direct else (access.walk_m - access.gap_m)[[i, j]].sum()
        assert -1.2 < length(line) + stubs - matrix.distance_m[i, j] < 0.2


@settings(max_examples=40, deadline=None)
@given(town=towns(), seed=st.integers(0, 99))
def test_order_of_places_and_single_pairs_give_the_same_numbers(town, seed):
    frame, places = town
    graph = build_roads(frame, TRAVEL)
    access, matrix = travel(graph, places)
    shuffled = np.random.default_rng(seed).permutation(len(places))
    again = travel(graph, places[shuffled])[1]
    assert (again.travel_s == matrix.travel_s[np.ix_(shuffled, shuffled)]).all()
    assert (again.distance_m == matrix.distance_m[np.ix_(shuffled, shuffled)]).all()
    pairs = np.argwhere(np.ones_like(matrix.travel_s, dtype=bool))
    off = pairs[:, 0] != pairs[:, 1]
    seconds, metres = pair_travel(graph, access, pairs[off], mode="vehicle", settings=TRAVEL)
    assert (seconds == matrix.travel_s[tuple(pairs[off].T)]).all()
    assert (metres == matrix.distance_m[tuple(pairs[off].T)]).all()
    limited, _ = pair_travel(graph, access, pairs[off], mode="vehicle", settings=TRAVEL, limit_s=120)
    assert (limited == np.where(seconds <= 120, seconds, UNREACHABLE)).all()


@settings(max_examples=25, deadline=None)
@given(town=towns())
def test_whole_seconds_keep_the_triangle_inequality(town):
    frame, places = town
    seconds = travel(build_roads(frame, TRAVEL), places)[1].travel_s
    assert (seconds[:, None, :] <= seconds[:, :, None] + seconds[None, :, :]).all()


def test_north_bayreuth_against_networkx(bayreuth_roads):
    graph = build_roads(bayreuth_roads, TRAVEL)
    rng = np.random.default_rng(3)
    places = rng.uniform(graph.node_xy.min(axis=0), graph.node_xy.max(axis=0), (400, 2))
    for mode in ("vehicle", "ebike"):
        access, matrix = travel(graph, places, mode)
        sample = rng.choice(400, 25, replace=False)
        some = road_access(graph, places[sample], mode=mode, settings=TRAVEL)
        seconds = slow_but_sure(graph, some, mode)
        seconds[~some.reached], seconds[:, ~some.reached] = np.inf, np.inf
        np.fill_diagonal(seconds, 0)
        part = type(matrix)(matrix.travel_s[np.ix_(sample, sample)], matrix.distance_m[np.ix_(sample, sample)])
        assert_agrees(part, seconds)
        pairs = [(int(a), int(b)) for a, b in rng.integers(0, 400, (60, 2))]
        for (i, j), line in zip(pairs, leg_lines(graph, access, pairs, mode=mode, settings=TRAVEL), strict=True):
            if matrix.travel_s[i, j] < UNREACHABLE and i != j:
                assert abs(length(line) - matrix.distance_m[i, j]) < 2
    assert (matrix.travel_s < UNREACHABLE).mean() > 0.95

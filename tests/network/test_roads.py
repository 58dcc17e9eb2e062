"""The road graph: what joins, what does not, speeds and directions."""

import geopandas as gpd
import networkx as nx
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial import cKDTree

from patrol.config import TravelSettings
from patrol.network.road_joints import _near_pairs, _places
from patrol.network.roads import build_roads, drawn_roads, edge_seconds, without_shapes

TRAVEL = TravelSettings()


def roads(*lines, road_class="unclassified", speed_kmh=np.nan, oneway=""):
    frame = gpd.GeoDataFrame(geometry=[shapely.LineString(line) for line in lines], crs=32648)
    return frame.assign(road_class=road_class, speed_kmh=speed_kmh, oneway=oneway)


def codes(graph):
    return [finding.code for finding in graph.findings]


def test_ways_that_share_an_interior_vertex_join_there():
    graph = build_roads(roads([(0, 0), (100, 0), (200, 0)], [(100, -50), (100, 0), (100, 50)]), TRAVEL)
    assert len(graph.u) == 4
    assert sorted(np.bincount(np.r_[graph.u, graph.v])) == [1, 1, 1, 1, 4]


def test_a_bridge_without_a_shared_vertex_does_not_join():
    graph = build_roads(roads([(0, 0), (200, 0)], [(100, -50), (100, 50)]), TRAVEL)
    assert len(graph.u) == 2
    assert graph.component.max() == 1
    assert "roads.pieces" in codes(graph)


def test_interior_vertices_within_the_tolerance_do_not_join():
    graph = build_roads(roads([(0, 0), (100, 0), (200, 0)], [(100.3, -50), (100.3, 0.3), (100.3, 50)]), TRAVEL)
    assert graph.component.max() == 1


@pytest.mark.parametrize(("gap", "joined"), [(0.0, True), (0.9, True), (1.1, False)])
@pytest.mark.parametrize("through", [[(0, 0), (200, 0)], [(0, 0), (100, 0), (200, 0)], [(100, 0), (200, 0)]])
def test_an_end_joins_the_road_it_touches_within_the_tolerance(through, gap, joined):
    graph = build_roads(roads(through, [(100, gap), (100, 60)]), TRAVEL)
    assert (graph.component.max() == 0) == joined
    if joined:
        assert [100.0, 0.0] in graph.node_xy.tolist()  # the end moves to the road, not the road to the end
        assert graph.length_m.sum() == pytest.approx(shapely.LineString(through).length + 60)


def test_tolerance_is_no_grid_of_rounded_coordinates():
    graph = build_roads(roads([(0, 0), (99.4999, 0)], [(99.5001, 0), (200, 0)]), TRAVEL)
    assert graph.component.max() == 0
    assert "roads.ends_joined" in codes(graph)


def test_two_ends_meeting_beside_a_through_road_make_one_joint():
    graph = build_roads(roads([(0, 0), (200, 0)], [(100, 0.4), (100, 60)], [(100.5, -0.4), (100, -60)]), TRAVEL)
    assert graph.component.max() == 0
    assert len(graph.node_xy) == 5


def test_geometry_of_every_edge_runs_from_joint_to_joint():
    graph = build_roads(roads([(0, 0), (50, 80), (100, 0)], [(100.6, 0.2), (200, 9)], [(50, 80), (50, 200)]), TRAVEL)
    for edge, line in enumerate(graph.lines(np.arange(len(graph.u)))):
        assert line.coords[0] == tuple(graph.node_xy[graph.u[edge]])
        assert line.coords[-1] == tuple(graph.node_xy[graph.v[edge]])
        assert line.length == pytest.approx(graph.length_m[edge])


def test_rings_and_roads_that_touch_themselves_are_cut_where_they_meet():
    ring = [(0, 0), (100, 0), (100, 100), (0, 100), (0, 0)]
    eight = [(300, 0), (400, 0), (400, 50), (350, 0), (350, -50)]
    graph = build_roads(roads(ring, [*eight[:1], (350, 0), *eight[1:]]), TRAVEL)
    assert graph.length_m[graph.row == 0].sum() == pytest.approx(400)
    assert (graph.row == 1).sum() == 3


def test_a_ring_drawn_with_a_gap_within_the_tolerance_is_closed():
    graph = build_roads(roads([(0, 0), (100, 0), (100, 100), (0, 100), (0, 0.7)]), TRAVEL)
    assert len(graph.node_xy) == 1
    assert graph.u.tolist() == graph.v.tolist() == [0]


def test_roads_without_length_are_left_out_and_said():
    graph = build_roads(roads([(0, 0), (0, 0)], [(5, 5), (5, 5), (90, 5)]), TRAVEL)
    assert graph.row.tolist() == [1]
    assert "roads.no_length" in codes(graph)


def test_no_roads_give_an_empty_graph():
    graph = build_roads(roads(), TRAVEL)
    assert len(graph.u) == len(graph.node_xy) == len(graph.findings) == 0


def test_speed_of_class_unless_the_road_has_its_own():
    lines = [[(0, 10 * k), (100, 10 * k)] for k in range(6)]
    frame = roads(*lines).assign(
        road_class=["tertiary", "Primary_Link", "path", "lane of gold", "tertiary", "motorway"],
        speed_kmh=[np.nan, 0, 30, np.nan, 36, 500],
    )
    graph = build_roads(frame, TRAVEL)
    assert graph.kmh.tolist() == [45, 60, 0, 25, 36, 200]
    unknown = [finding for finding in graph.findings if finding.code == "roads.unknown_class"]
    assert "'lane of gold' (1)" in unknown[0].what


def test_a_class_added_in_the_settings_is_known():
    own = TravelSettings(road_kmh={**TRAVEL.road_kmh, "Farm": 12})
    graph = build_roads(roads([(0, 0), (9, 0)], road_class="farm"), own)
    assert graph.kmh.tolist() == [12]
    assert "roads.unknown_class" not in codes(graph)


@pytest.mark.parametrize(
    ("text", "direction"),
    [("", 0), ("no", 0), ("0", 0), ("yes", 1), ("YES", 1), ("1", 1), ("true", 1), ("-1", -1), ("reverse", -1),
     ("是", 1), (None, 0)],
)  # fmt: skip
def test_oneway_words(text, direction):
    graph = build_roads(roads([(0, 0), (90, 0)], oneway=text), TRAVEL)
    assert graph.oneway.tolist() == [direction]
    assert "roads.odd_oneway" not in codes(graph)


def test_odd_oneway_words_are_said_and_open_both_ways():
    graph = build_roads(roads([(0, 0), (90, 0)], oneway="alternating"), TRAVEL)
    assert graph.oneway.tolist() == [0]
    assert "'alternating' (1)" in next(f.what for f in graph.findings if f.code == "roads.odd_oneway")


def test_field_text_in_findings_is_clean():
    graph = build_roads(roads([(0, 0), (90, 0)], road_class="x\u202e\n" + "y" * 500), TRAVEL)
    what = graph.findings[0].what
    assert "\u202e" not in what
    assert len(what) < 120


def test_modes_go_where_they_may():
    classes = ["primary", "motorway", "trunk", "steps", "footway", "track"]
    lines = [[(0, 10 * k), (1000, 10 * k)] for k in range(6)]
    graph = build_roads(roads(*lines, oneway="yes").assign(road_class=classes), TRAVEL)
    car, back = edge_seconds(graph, mode="vehicle", settings=TRAVEL)
    assert car.tolist() == pytest.approx([60, 40, 3600 / 70, np.inf, np.inf, 240])
    assert np.isinf(back).all()
    assert edge_seconds(graph, mode="drone", settings=TRAVEL)[0].tolist() == car.tolist()
    bike, back = edge_seconds(graph, mode="ebike", settings=TRAVEL)
    assert bike.tolist() == pytest.approx([200, np.inf, np.inf, np.inf, 200, 240])
    assert np.isinf(back).all()
    foot, back = edge_seconds(graph, mode="foot", settings=TRAVEL)
    assert foot.tolist() == back.tolist() == pytest.approx([900, np.inf, 900, 900, 900, 900])
    with pytest.raises(ValueError, match="'horse' is none of"):
        edge_seconds(graph, mode="horse", settings=TRAVEL)


lattice = st.tuples(st.integers(0, 5), st.integers(0, 5))
ways = st.lists(st.lists(lattice, min_size=2, max_size=6, unique=True), min_size=1, max_size=8)


@settings(max_examples=80, deadline=None)
@given(ways=ways, tolerance=st.sampled_from([0.0, 1.0]))
def test_graph_is_that_of_shared_vertices(ways, tolerance):
    """On a coarse lattice the tolerance joins nothing but ends lying on an edge; pieces and lengths must agree."""
    lines = [[(100.0 * x, 100.0 * y) for x, y in way] for way in ways]
    graph = build_roads(roads(*lines), TravelSettings(road_snap_tolerance_m=tolerance))
    plain = nx.Graph()
    for way in lines:
        nx.add_path(plain, [("v", p) for p in way])
    shapes = [shapely.LineString(way) for way in lines]
    for number, way in enumerate(lines):
        for end in (way[0], way[-1]):
            for other, shape in enumerate(shapes):
                if other != number and shape.distance(shapely.Point(end)) <= 1e-9:
                    plain.add_edge(("v", end), ("v", lines[other][0]))
    assert graph.component.max() + 1 == nx.number_connected_components(plain)
    assert graph.length_m.sum() == pytest.approx(sum(shape.length for shape in shapes))


def test_order_of_the_roads_does_not_matter():
    lines = [[(0, 0), (200, 0)], [(100, 0.5), (100, 60)], [(100, 60), (0, 0)], [(100, 60.4), (300, 60)]]
    one, two = build_roads(roads(*lines), TRAVEL), build_roads(roads(*lines[::-1]), TRAVEL)
    assert one.length_m.sum() == pytest.approx(two.length_m.sum(), abs=1e-9)
    assert sorted(map(tuple, one.node_xy)) == sorted(map(tuple, two.node_xy))


def test_north_bayreuth(bayreuth_roads):
    graph = build_roads(bayreuth_roads, TRAVEL)
    assert len(bayreuth_roads) == 2056
    assert graph.component.max() + 1 == 8
    assert graph.length_m.sum() == pytest.approx(bayreuth_roads.length.sum(), abs=5)
    assert (graph.oneway == 1).sum() > 109
    assert "'road' (2)" in graph.findings[0].what


def test_roads_drawn_from_the_graph_are_the_roads(shared):
    from patrol.layers.osm_places import roads as osm_roads
    from patrol.layers.osm_read import read_osm

    frame = osm_roads(read_osm(shared / "data" / "osm_north_bayreuth" / "north-bayreuth.osm.gz").lines).to_crs(32632)
    graph = build_roads(frame, TRAVEL)
    bare = without_shapes(frame)
    assert bare.geometry.isna().all()
    drawn = drawn_roads(graph, bare)
    assert drawn.crs == frame.crs
    assert list(drawn.columns) == list(frame.columns)
    assert drawn.length.sum() == pytest.approx(graph.length_m.sum())
    apart = shapely.hausdorff_distance(drawn.geometry.to_numpy(), frame.geometry.to_numpy()[drawn_rows(drawn, frame)])
    assert apart.max() <= 2 * TRAVEL.road_snap_tolerance_m
    assert len(frame) - 4 <= len(drawn) <= len(frame)  # four are without length, or within the tolerance


def drawn_rows(drawn, frame):
    tree = shapely.STRtree(shapely.line_interpolate_point(frame.geometry.to_numpy(), 0.5, normalized=True))
    middle = shapely.line_interpolate_point(drawn.geometry.to_numpy(), 0.5, normalized=True)
    return tree.nearest(middle)


def test_a_road_that_is_cut_is_drawn_whole():
    frame = roads([(0, 0), (100, 0), (200, 0)], [(100, -50), (100, 0), (100, 50)]).assign(name=["a", "b"])
    drawn = drawn_roads(build_roads(frame, TRAVEL), without_shapes(frame))
    assert drawn["name"].tolist() == ["a", "b"]
    assert drawn.geometry.tolist() == frame.geometry.tolist()


def test_a_ring_and_a_road_of_no_length_are_drawn_as_they_are():
    frame = roads([(0, 0), (100, 0), (100, 100), (0, 0)], [(5, 5), (5, 5)], [(0, 0), (-50, 0)])
    drawn = drawn_roads(build_roads(frame, TRAVEL), without_shapes(frame))
    assert drawn.geometry.tolist() == frame.geometry.iloc[[0, 2]].tolist()


@settings(max_examples=60)
@given(seed=st.integers(0, 10**6), reach=st.sampled_from([0.0, 0.5, 3.0, 40.0]), step=st.sampled_from([0.5, 1.0, 7.0]))
def test_near_ends_are_those_of_a_tree(seed, reach, step):
    xy = np.unique(np.random.default_rng(seed).integers(0, 40, (60, 2)) * step, axis=0)  # many beside each other
    want = {tuple(sorted(pair)) for pair in cKDTree(xy).query_pairs(reach)}
    assert {tuple(pair) for pair in _near_pairs(xy, reach).tolist()} == want


@settings(max_examples=60)
@given(seed=st.integers(0, 10**6), wide=st.sampled_from([1, 3, 50]))
def test_places_are_numbered_by_x_and_then_y(seed, wide):
    xy = np.random.default_rng(seed).integers(0, wide, (80, 2)).astype(float)
    assert _places(xy).tolist() == np.unique(xy, axis=0, return_inverse=True)[1].reshape(-1).tolist()

"""Snapping beside the plain way: every span, every pole, measured one by one."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from drawn import equipment, every, lines, moved, network, poles, random_trees, row_of_poles
from patrol.config import HazardSettings
from patrol.hazards.match import confidence, snap, zone_of

SETTINGS = HazardSettings()


def put(net, *places, radius=15.0, **more):
    return snap(moved(places), np.full(len(places), float(radius)), net, SETTINGS, **more)


def two_lines(gap=20.0):
    return network(
        lines([(0, 0), (400, 0)], ([(0, gap), (400, gap)], {"feeder_id": "F2"})),
        poles(
            *row_of_poles(every((0, 0), (400, 0))),
            *row_of_poles(every((0, gap), (400, gap)), feeder="F2", first=101),
        ),
    )


@pytest.fixture(scope="module")
def pair():
    return two_lines()


@settings(max_examples=25)
@given(random_trees(), st.lists(st.tuples(st.integers(-300, 1500), st.integers(-600, 600)), min_size=1, max_size=12))
def test_nearest_span_and_pole_are_those_of_measuring_all(tree, places):
    runs, _, _ = tree
    net = network(lines(*runs), poles(*{(*p, f"{p}") for run in runs for p in run}))
    found = put(net, *places)
    points = shapely.points(moved(places))
    far = np.array([shapely.distance(net.spans.geometry.to_numpy(), point) for point in points])
    near = far.min(axis=1)
    reached = near <= SETTINGS.reach_m + 15
    assert (found["snap_state"] == np.where(reached, "snapped", "off_network")).all()
    assert found["snap_m"][reached].to_numpy() == pytest.approx(near[reached], abs=1e-6)
    assert found["snap_m"][~reached].isna().all()
    assert (found["span"][~reached] == -1).all()
    span = found["span"].to_numpy()[reached]
    foot = shapely.line_interpolate_point(net.spans.geometry.to_numpy()[span], found["along"].to_numpy()[reached])
    assert shapely.distance(foot, points[reached]) == pytest.approx(near[reached], abs=1e-6)
    stood = np.array([shapely.distance(net.nodes.geometry.to_numpy(), point).min() for point in points])
    assert found["pole_m"].to_numpy()[reached] == pytest.approx(stood[reached], abs=1e-6)


def test_lines_in_wide_reach_and_a_place_far_outside_the_grid(pair):
    near, far = moved([(200, -900)]), moved([(90_000, -90_000)])
    found = snap(np.vstack([near, far]), np.array([1000.0, 1000.0]), pair, SETTINGS)
    assert found["snap_m"].iloc[0] == pytest.approx(900)
    assert found["snap_state"].tolist() == ["ambiguous", "off_network"]
    assert found["confidence"].iloc[1] == 0


def test_parallel_lines_within_the_uncertainty_are_both_named(pair):
    found = put(pair, (190, 5)).iloc[0]
    assert (found["feeder_id"], found["pole_no"], found["snap_m"]) == ("F1", "005", 5)
    assert (found["other_feeder_id"], found["other_pole_no"], found["other_m"]) == ("F2", "105", 15)
    assert found["snap_state"] == "ambiguous"
    assert found["confidence"] == pytest.approx(1 / (1 + np.exp((5**2 - 15**2) / (2 * 7.5**2))))
    assert put(pair, (190, 10)).iloc[0]["confidence"] == pytest.approx(0.5)


def test_a_small_uncertainty_settles_it(pair):
    found = put(pair, (190, 5), radius=5).iloc[0]
    assert (found["snap_state"], found["other_feeder_id"]) == ("snapped", "")
    assert 0.999 < found["confidence"] < 1


def test_the_rival_of_a_far_place_must_be_in_reach_too():
    net = two_lines(gap=12.0)
    states = put(net, (200, -155), (200, -152))["snap_state"].tolist()
    assert states == ["snapped", "ambiguous"]  # 155 + 12 and 152 + 12, reach 150 + 15


def test_a_named_feeder_settles_it_unless_it_is_too_far(pair):
    names = np.array(["F2", "F2", "nobody's"], dtype=object)
    found = put(pair, (190, 5), (190, -5), (190, 5), named_feeder=names)
    assert found["feeder_id"].tolist() == ["F2", "F1", "F1"]
    assert found["snap_state"].tolist() == ["snapped", "snapped", "ambiguous"]
    assert found["confidence"].iloc[0] == 1


def test_a_place_found_by_its_pole_is_sure(pair):
    by = np.array(["pole", "lonlat"], dtype=object)
    found = put(pair, (200, 0), (200, 0), radius=25, located_by=by, named_feeder=np.array(["F1", ""], dtype=object))
    assert found["confidence"].iloc[0] == 1
    assert found["confidence"].iloc[1] < 1
    assert found["snap_state"].tolist() == ["snapped", "ambiguous"]


def test_the_pole_that_was_read_is_kept_though_another_is_nearer(pair):
    by_place = put(pair, (20, 3))
    stand = pair.nodes[pair.nodes["label"] == "002"].geometry.iloc[0]
    read = np.array([[stand.x, stand.y]])
    named = np.array(["F1"], dtype=object)
    kept = put(pair, (20, 3), named_feeder=named, pole_at=read)
    assert (by_place["pole_no"].iloc[0], kept["pole_no"].iloc[0]) == ("001", "002")
    here = shapely.Point(moved([(20, 3)])[0])
    assert kept["pole_m"].iloc[0] == pytest.approx(here.distance(stand), abs=1e-6)
    assert kept["along"].iloc[0] == by_place["along"].iloc[0], "the place stays"
    for more in ({}, {"named_feeder": np.array(["F2"], dtype=object)}):  # a pole of no line, or of another
        other = put(pair, (20, 3), pole_at=read, **more)
        assert other["pole_no"].iloc[0] != "002"


def test_a_report_without_a_place_stays_blank(pair):
    found = snap(np.array([[np.nan, np.nan], moved([(100, 0)])[0]]), np.array([np.nan, 5]), pair, SETTINGS)
    assert found["snap_state"].tolist() == ["", "snapped"]
    assert found.loc[0, ["feeder_id", "pole_no", "span"]].tolist() == ["", "", -1]
    assert np.isnan(found.loc[0, "confidence"])
    assert len(snap(np.empty((0, 2)), np.empty(0), pair, SETTINGS)) == 0


def test_numbered_poles_are_named_before_assumed_ones():
    net = network(lines([(0, 0), (100, 0), (200, 0), (300, 0)]), poles((0, 0, "1"), (300, 0, "2")), equipment())
    assert put(net, (120, 3)).iloc[0]["pole_no"] == "1"
    bare = network(lines([(0, 0), (100, 0), (200, 0), (300, 0)]))
    assert put(bare, (120, 3)).iloc[0]["pole_no"] == bare.nodes["label"].iloc[net_node(bare, 100)]


def net_node(net, x):
    return int(np.argmin(np.abs(net.nodes.geometry.x - moved([(x, 0)])[0, 0])))


def test_confidence_is_a_chance_and_needs_no_second_line():
    first, other = np.array([0.0, 5, 5, 1, np.inf]), np.array([np.inf, 5, 6, 500, np.inf])
    sure = confidence(first, other, np.array([15.0, 0, 0, 1, 15]))
    assert sure.tolist() == [1, 0.5, 1, 1, 1]


@settings(max_examples=20)
@given(st.lists(st.tuples(st.integers(-5, 45), st.integers(-5, 45)), min_size=1, max_size=30), st.randoms())
def test_zones_answer_as_a_loop_over_all(places, random):
    boxes = [shapely.box(10 * i, 10 * k, 10 * i + 10, 10 * k + 10) for i in range(4) for k in range(4)]
    boxes[5] = shapely.Polygon([(10, 10), (25, 10), (10, 25)])  # overlaps others
    names = [f"Z{i:02d}" for i in range(16)]
    both = list(zip(names, boxes, strict=True))
    random.shuffle(both)
    zones = gpd.GeoDataFrame({"zone_id": [n for n, _ in both]}, geometry=[b for _, b in both])
    xy = np.vstack([np.array(places, dtype=float), [[np.nan, np.nan]]])
    points = list(map(shapely.Point, places))  # outside all, the nearest: at no distance lies what is inside
    want = [min(both, key=lambda zone: (zone[1].distance(p), zone[0]))[0] for p in points]
    assert zone_of(xy, zones).tolist() == [*want, ""]

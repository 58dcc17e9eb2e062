"""Joints, taps, crossings, switches, sources, loops and islands."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings

from drawn import equipment, every, lines, network, poles, random_trees, row_of_poles
from patrol.errors import NetworkError
from patrol.network.topology import poles_per_feeder


def codes(net):
    return [finding.code for finding in net.findings]


def what(net, code):
    return next(finding.what for finding in net.findings if finding.code == code)


def feeder_at(net, x, y):
    """Feeder of the span nearest to a place in metres of the drawing."""
    place = shapely.Point(500_000 + x, 4_300_000 + y)
    return net.spans["feeder_id"].iloc[int(net.spans.distance(place).argmin())]


def reached(net):
    return float(net.spans.loc[net.spans["closed"], "length_m"].sum())


SOURCE = (0, 0, "substation", {"feeder_id": ""})


def test_lines_that_are_all_shorter_than_the_tolerance_are_refused_in_words():
    with pytest.raises(NetworkError, match="no line is longer than the tolerance"):
        network(lines([(0, 0), (0.8, 0)], [(50, 0), (50.5, 0.5)]), None, equipment(SOURCE))


def test_lines_that_cross_without_a_joint_stay_apart():
    net = network(lines([(0, 0), (400, 0)], [(200, -100), (200, 100)]), None, equipment(SOURCE))
    assert net.feeders.loc[0, "islands"] == 1
    assert reached(net) == pytest.approx(400)
    assert len(net.spans) == 2, "a crossing cuts nothing"


def test_ends_join_across_a_rounding_seam():
    """0.9 m apart on either side of any grid line is one joint; 1.1 m is not."""
    for gap, islands in ((0.9, 0), (1.1, 1)):
        net = network(lines([(0, 0), (99.55, 0)], [(99.55 + gap, 0), (200, 0)]), None, equipment(SOURCE))
        assert net.feeders.loc[0, "islands"] == islands


def test_a_tap_cuts_the_line_it_ends_on_but_not_another_feeder():
    same = network(lines([(0, 0), (400, 0)], [(200, 0.5), (200, 100)]), None, equipment(SOURCE))
    assert len(same.spans) == 3
    assert reached(same) == pytest.approx(499.5)
    other = network(lines([(0, 0), (400, 0)], ([(200, 0.5), (200, 100)], {"feeder_id": "F2"})), None, equipment(SOURCE))
    assert len(other.spans) == 2
    unknown = network(lines([(0, 0), (400, 0)], ([(200, 0), (200, 100)], {"feeder_id": ""})), None, equipment(SOURCE))
    assert set(unknown.spans["feeder_id"]) == {"F1"}
    assert reached(unknown) == pytest.approx(500)


def test_ways_that_share_a_vertex_in_passing_are_joined():
    net = network(lines([(0, 0), (200, 0), (400, 0)], [(200, -100), (200, 0), (200, 100)]), None, equipment(SOURCE))
    assert len(net.spans) == 4
    assert net.feeders.loc[0, "islands"] == 0


def test_lines_passing_each_other_near_their_vertices_stay_apart():
    """Half a metre would do for an end, but two lines that go on must share the drawn vertex itself."""
    net = network(lines([(0, 0), (200, 0), (400, 0)], [(200, -100), (200, 0.5), (200, 100)]), None, equipment(SOURCE))
    assert net.feeders.loc[0, "islands"] == 1


def test_one_polyline_a_feeder_is_split_and_the_report_says_so():
    trunk = every((0, 0), (1000, 0))
    gear = equipment(SOURCE, (2, 3, "breaker"), (503, 6, "switch"), (700, 4, "transformer", {"customers": 5}))
    net = network(lines([(0, 0), (1000, 0)], every((600, 0), (600, 300))), poles(*row_of_poles(trunk)), gear)
    assert len(net.spans.loc[net.spans["line_id"] == "L1"]) == 20
    switch = net.nodes.loc[net.equipment.loc[2, "node"]]
    assert switch["label"] == "011", "a switch drawn beside its pole stands on it"
    assert "2 lines drawn in one piece were split into 26 spans: at 21 poles, 1 tap or shared vertex" in what(
        net, "network.split"
    )
    assert net.spans["length_m"].sum() == pytest.approx(1300)
    assert net.feeders.loc[0, ["source_equipment", "source_how"]].tolist() == ["breaker2", "breaker"]


def test_an_open_switch_opens_and_a_closed_one_does_not():
    for normally_open, metres in ((True, 500), (False, 1000)):
        switch = (500, 0, "switch", {"normally_open": normally_open})
        net = network(lines(every((0, 0), (1000, 0))), None, equipment(SOURCE, switch))
        assert reached(net) == pytest.approx(metres)
    assert network(lines(every((0, 0), (1000, 0))), None, equipment(SOURCE, switch)).feeders.loc[0, "loops"] == 0


def test_an_open_switch_at_a_branch_parts_only_the_line_it_is_said_to_stand_on():
    drawing = lines([(0, 0), (200, 0)], [(200, 0), (400, 0)], [(200, 0), (200, 300)])
    for line, left in (("L2", 500), ("L3", 400)):
        gear = equipment(SOURCE, (200, 0, "switch", {"normally_open": True, "line_id": line}))
        assert reached(network(drawing, None, gear)) == pytest.approx(left)
    unclear = network(drawing, None, equipment(SOURCE, (200, 0, "switch", {"normally_open": True})))
    assert "network.unclear_switch" in codes(unclear)
    beside = network(drawing, None, equipment(SOURCE, (200, 6, "switch", {"normally_open": True})))
    assert reached(beside) == pytest.approx(406), "six metres up a branch it belongs to the branch"


def test_a_tie_joins_the_feeders_whose_ends_it_stands_between():
    drawing = lines([(0, 0), (500, 0)], ([(504, 0), (1000, 0)], {"feeder_id": "F2"}))
    sources = (SOURCE, (1000, 0, "substation", {"feeder_id": ""}))
    for normally_open in (True, False):
        net = network(drawing, None, equipment(*sources, (502, 1, "tie", {"normally_open": normally_open})))
        tie = net.equipment.iloc[2]
        assert set(net.nodes.loc[[tie["node"], tie["node_other"]], "feeder_id"]) == {"F1", "F2"}
        assert ("network.closed_tie" in codes(net)) is not normally_open
    alone = network(lines([(0, 0), (500, 0)]), None, equipment(SOURCE, (500, 0, "tie", {"normally_open": True})))
    assert "network.open_at_end" in codes(alone)


def test_a_tie_may_face_another_feeder_in_passing():
    drawing = lines(every((0, 0), (500, 0)), (every((506, -200), (506, 200)), {"feeder_id": "F2"}))
    net = network(drawing, None, equipment(SOURCE, (500, 0, "tie", {"normally_open": True})))
    tie = net.equipment.iloc[1]
    assert net.nodes.loc[[tie["node"], tie["node_other"]], "feeder_id"].tolist() == ["F1", "F2"]
    assert len(net.spans.loc[net.spans["feeder_id"] == "F2"]) == 8, "the other feeder is not parted"


def test_two_substations_and_open_ties_make_two_feeders_of_unnamed_lines():
    trunk = [(every((0, 0), (1000, 0)), {"feeder_id": ""})]
    sources = [(0, 0, "substation", {"feeder_id": ""}), (1000, 0, "substation", {"feeder_id": ""})]
    tie = (600, 0, "tie", {"feeder_id": "", "normally_open": True})
    net = network(lines(*trunk), None, equipment(*sources, tie))
    assert net.feeders["feeder_id"].tolist() == ["F1", "F2"]
    assert net.feeders["length_m"].tolist() == pytest.approx([600, 400]), "named by falling length"
    assert net.feeders["source_equipment"].tolist() == ["substation1", "substation2"]
    assert "network.new_feeders" in codes(net)
    assert net.feeders["loops"].sum() == 0


def test_unnamed_lines_take_the_feeder_of_their_poles():
    drawing = lines((every((0, 0), (300, 0)), {"feeder_id": ""}), (every((0, 50), (300, 50)), {"feeder_id": ""}))
    ledger = row_of_poles(every((0, 0), (300, 0)), feeder="城关线") + row_of_poles(
        every((0, 50), (300, 50)), feeder="B"
    )
    net = network(drawing, poles(*ledger))
    assert net.feeders["feeder_id"].tolist() == ["B", "城关线"]
    assert "network.feeder_from_poles" in codes(net)


def test_poles_and_equipment_may_name_a_feeder_by_its_name():
    drawing = lines(
        (every((0, 0), (300, 0)), {"feeder_id": "101", "name_zh": "城关线"}),
        (every((0, 8), (300, 8)), {"feeder_id": "102", "name_zh": "新建线"}),
    )
    ledger = row_of_poles(every((0, 5), (300, 5)), feeder="城关线")
    net = network(drawing, poles(*ledger), equipment((150, 6, "transformer", {"feeder_id": "城关线"})))
    assert set(net.nodes.loc[net.nodes["pole_no"] != "", "feeder_id"]) == {"101"}, "own feeder before the nearest line"
    assert net.nodes.loc[net.equipment.loc[0, "node"], "feeder_id"] == "101"


def test_things_off_the_network_are_named():
    gear = equipment(SOURCE, (200, 200, "transformer", {"equipment_id": "T-far"}))
    net = network(lines(every((0, 0), (300, 0))), poles((100, 40, "007")), gear)
    assert net.equipment.loc[1, ["node", "span"]].tolist() == [-1, -1]
    assert "T-far" in what(net, "network.off_equipment")
    assert "F1 007" in what(net, "network.off_poles")


def test_high_voltage_is_kept_apart_and_told():
    net = network(lines(every((0, 0), (300, 0)), ([(0, 5), (3000, 5)], {"voltage_kv": 110.0})))
    assert net.spans["length_m"].sum() == pytest.approx(300)
    assert "3.0 km of 110 kV" in what(net, "network.high_voltage")
    high = ([(0, 90), (3000, 90)], {"voltage_kv": 110.0, "feeder_id": "HV1"})
    net = network(lines(every((0, 0), (300, 0)), high), poles((0, 90, "1", "HV1"), (50, 0, "1")))
    assert "with 1 pole(s) of theirs" in what(net, "network.high_voltage")
    assert "network.off_poles" not in codes(net), "poles of lines kept apart are not lost"
    with pytest.raises(NetworkError, match="no line at or below 35 kV"):
        network(lines(([(0, 5), (3000, 5)], {"voltage_kv": 110.0})))


def test_no_source_is_assumed_at_the_loose_end_nearest_to_supply_and_told():
    t_shape = lines(every((0, 0), (1000, 0)), every((500, 0), (500, 400)))
    by_length = network(t_shape)
    assert by_length.nodes.geometry.x[by_length.feeders.loc[0, "source_node"]] == pytest.approx(500_000)
    assert by_length.feeders.loc[0, "source_how"] == "assumed"
    assert "network.assumed_source" in codes(by_length)
    high = pd.concat([t_shape, lines(([(900, 700), (1900, 700)], {"voltage_kv": 110.0}))], ignore_index=True)
    by_supply = network(high)
    assert by_supply.nodes.geometry.y[by_supply.feeders.loc[0, "source_node"]] == pytest.approx(4_300_400)


def test_a_breaker_in_the_line_is_not_the_source_where_a_substation_is():
    gear = equipment(SOURCE, (600, 0, "breaker"))
    net = network(lines(every((0, 0), (1000, 0))), None, gear)
    assert net.feeders.loc[0, "source_equipment"] == "substation1"
    assert net.nodes.geometry.x[net.feeders.loc[0, "source_node"]] == pytest.approx(500_000)


def test_loops_are_told_and_every_span_is_traced():
    square = lines([(0, 0), (100, 0), (100, 100), (0, 100), (0, 0)], [(0, 0), (-200, 0)])
    net = network(square, None, equipment((-200, 0, "substation", {"feeder_id": ""})))
    assert net.feeders.loc[0, "loops"] == 1
    assert (net.spans["depth"] >= 0).all()
    assert "network.loops" in codes(net)


def test_spans_run_away_from_the_source_and_know_their_parent():
    net = network(lines(every((0, 0), (500, 0)), every((300, 0), (300, 200))), None, equipment((500, 0, "breaker")))
    spans = net.spans
    first = spans.loc[spans["parent"] < 0]
    assert first["depth"].tolist() == [0]
    rest = spans.loc[spans["parent"] >= 0]
    assert (spans.loc[rest["parent"], "v"].to_numpy() == rest["u"].to_numpy()).all()
    assert (spans.loc[rest["parent"], "depth"].to_numpy() + 1 == rest["depth"].to_numpy()).all()
    start = shapely.get_point(spans.geometry.array, 0)
    assert shapely.distance(start, net.nodes.geometry.array[spans["u"]]).max() < 1e-6


def test_unnumbered_poles_are_named_after_those_before_them():
    drawing = lines(every((0, 0), (300, 0)), every((100, 0), (100, 150)))
    numbered = network(drawing, poles((50, 0, "001"), (100, 0, "002"), (150, 0, "003")), equipment(SOURCE))
    labels = dict(zip(numbered.nodes.geometry.x - 500_000, numbered.nodes["label"], strict=True))
    assert labels[0] == "0"
    assert labels[300] == "003+1", "lines with poles are cut at poles only"
    bare = network(drawing, None, equipment(SOURCE)).nodes
    trunk = bare.loc[bare.geometry.y < 4_300_001]
    assert trunk["label"].iloc[np.argsort(trunk.geometry.x)].tolist()[:3] == ["001", "002", "003"]
    assert sorted(bare["label"]) == [f"{i:03d}" for i in range(1, len(bare) + 1)]
    assert bare["assumed"].all()


def test_the_nearest_pole_names_a_joint_and_the_next_keeps_its_own_place():
    ledger = poles((97, 2, "003"), (110, 0, "004"), (50, 0, "002"))
    net = network(lines([(0, 0), (300, 0)], [(100, 0), (100, 90)]), ledger, equipment(SOURCE))
    joint = net.nodes.loc[net.nodes["pole_no"] == "003"]
    assert len(net.spans.loc[net.spans["u"].isin(joint.index)]) == 2
    assert sorted(net.nodes.loc[net.nodes["pole"] >= 0, "pole_no"]) == ["002", "003", "004"]


@settings(max_examples=20)
@given(random_trees())
def test_opening_a_switch_never_connects_and_lengths_are_kept(tree):
    runs, _, switches = tree
    ledger = poles(*(pole for r, run in enumerate(runs) for pole in row_of_poles(run[r > 0 :], branch=f"B{r}")))
    drawing = lines(*runs)
    total = drawing.geometry.length.sum()
    before = None
    for opened in range(len(switches) + 1):
        gear = [(*runs[r][p], "switch", {"normally_open": i < opened}) for i, (r, p) in enumerate(switches)]
        net = network(drawing, ledger, equipment(SOURCE, *gear))
        assert net.spans["length_m"].sum() == pytest.approx(total, rel=1e-9)
        assert net.spans.geometry.length.to_numpy() == pytest.approx(net.spans["length_m"].to_numpy())
        metres = reached(net)
        assert before is None or metres <= before + 1e-6
        before = metres
    assert sum(poles_per_feeder(net)) <= len(ledger)


def test_the_result_does_not_depend_on_rows_or_drawing_direction():
    drawing = lines(every((0, 0), (900, 0)), every((300, 0), (300, 400)), every((600, 0), (650, -400), 60))
    gear = equipment(SOURCE, (450, 2, "switch"))
    one = network(drawing, None, gear)
    flipped = drawing.assign(geometry=shapely.reverse(drawing.geometry.array)).iloc[::-1].reset_index(drop=True)
    two = network(gpd.GeoDataFrame(flipped, crs=drawing.crs), None, gear.iloc[::-1].reset_index(drop=True))
    same = [column for column in one.spans.columns if column != "span_id"]
    pd.testing.assert_frame_equal(one.spans[same], two.spans[same])
    assert one.nodes["label"].tolist() == two.nodes["label"].tolist()


def test_the_callers_frames_stay_as_they_were():
    drawing, gear = lines(every((0, 0), (300, 0))), equipment(SOURCE)
    before = drawing.copy(), gear.copy()
    network(drawing, None, gear)
    pd.testing.assert_frame_equal(drawing, before[0])
    pd.testing.assert_frame_equal(gear, before[1])


def test_dense_and_duplicate_drawing_does_not_collapse():
    """Two identical lines with a vertex every 0.3 m: a data fault, but no reason to lose the line."""
    dense = [(x, 0.0) for x in np.arange(0, 60, 0.3)]
    net = network(lines(dense, dense), None, equipment(SOURCE))
    assert net.spans["length_m"].sum() == pytest.approx(2 * 59.7)
    short = network(lines([(0, 0), (100, 0)], [(100, 0), (100.4, 0)]), None, equipment(SOURCE))
    assert "network.short_lines" in codes(short)

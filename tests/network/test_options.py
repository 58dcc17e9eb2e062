"""Ways to inspect a section, by hand: who may do what, where it starts and ends, and what it takes."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from patrol.config import PatrolSettings, TravelSettings
from patrol.network.option_rows import COLUMNS
from patrol.network.options import point_options, section_options
from patrol.network.roads import build_roads
from patrol.network.travel import pair_travel, road_access

PATROL, TRAVEL = PatrolSettings(), TravelSettings()
MODES = [("foot", False), ("vehicle", False), ("vehicle", True), ("ebike", False), ("drone", False)]


def roads(*lines, road_class="unclassified", oneway=""):
    frame = gpd.GeoDataFrame(geometry=[shapely.LineString(line) for line in lines], crs=32648)
    return build_roads(frame.assign(road_class=road_class, speed_kmh=np.nan, oneway=oneway), TRAVEL)


def sections(*lines, equipment=0, placement="overhead"):
    frame = gpd.GeoDataFrame(geometry=[shapely.LineString(line) for line in lines], crs=32648)
    return frame.assign(length_m=frame.length, equipment_count=equipment, placement=placement)


def options(frame, graph, mode, alone=False):
    return section_options(frame, graph, mode=mode, alone=alone, patrol=PATROL, travel=TRAVEL)


STREET = roads([(-2000, 0), (3000, 0)])  # 40 km/h
BESIDE = sections([(0, 30), (400, 30)], equipment=2)
ACROSS = sections([(0, 100), (0, 500)])  # walks away from the road: in 100 m off it, the far end 500 m
ALONG = sections([(0, 200), (400, 200)])  # too far to be seen from the road, both ends reached


def one(frame):
    assert len(frame) == 1
    return frame.iloc[0]


def test_on_foot_a_section_is_walked_through_either_way():
    table = options(BESIDE, STREET, "foot")
    assert table["direction"].tolist() == [1, -1]
    assert table["method"].tolist() == ["through", "through"]
    assert table[["entry_x", "entry_y", "exit_x", "exit_y"]].to_numpy().tolist() == [[0, 30, 400, 30], [400, 30, 0, 30]]
    assert table["service_s"].tolist() == [720 + 360] * 2
    assert table["walk_m"].tolist() == [400, 400]


def test_two_in_a_car_inspect_from_a_road_beside_the_line():
    table = options(BESIDE, STREET, "vehicle")
    assert table["method"].tolist() == ["roadside", "roadside"]
    assert table[["entry_x", "entry_y", "exit_x", "exit_y"]].to_numpy().tolist() == [[0, 0, 400, 0], [400, 0, 0, 0]]
    assert table["service_s"].tolist() == [96 + 360] * 2
    assert table["walk_m"].tolist() == [0, 0]
    assert table["distance_m"].tolist() == [400, 400]


def test_a_lone_driver_does_not_inspect_while_driving_and_walks_back():
    table = options(BESIDE, STREET, "vehicle", alone=True)
    assert table["method"].tolist() == ["out_and_back"] * 2
    assert table["direction"].tolist() == [0, 0]
    assert table["entry_x"].tolist() == table["exit_x"].tolist() == [0, 400]
    assert table["walk_m"].tolist() == [800 + 78] * 2  # 30 m x 1.3 in and out
    assert table["service_s"].tolist() == [int(np.ceil(720 + 360 + (400 + 78) * 0.9))] * 2
    assert table["distance_m"].tolist() == [0, 0]


def test_two_leapfrog_where_the_car_reaches_both_ends():
    table = options(ALONG, STREET, "vehicle")
    assert table["method"].tolist() == ["leapfrog"] * 2
    assert table["direction"].tolist() == [1, -1]
    assert table["entry_x"].tolist() == [0, 400]
    assert table["exit_x"].tolist() == [400, 0]
    assert table["service_s"].tolist() == [720 + 468] * 2  # 260 m in and 260 m out at 4 km/h; the car needs 36 s
    assert table["walk_m"].tolist() == [920, 920]
    assert table["distance_m"].tolist() == [400, 400]


def test_the_driver_may_be_the_slower_of_the_two():
    """A ford closes the direct way: the walkers wait for the car."""
    graph = roads([(0, 0), (-3000, 0), (-3000, -3000), (3400, -3000), (3400, 0), (400, 0)])
    busy, idle = [(0, 60), (400, 60)], [(0, 60), (400, 60)]
    table = options(sections(busy, idle, equipment=[9, 0]), graph, "vehicle")
    assert table["section"].tolist() == [0, 0, 1]
    # The car needs 1,656 s for 18,400 m. With nine stops the walkers need longer; without, walking back is quicker.
    assert table["method"].tolist() == ["leapfrog", "leapfrog", "out_and_back"]
    assert table["service_s"].tolist() == [2481, 2481, 1221]
    fast = roads([(0, 0), (-300, 0), (-300, -500), (700, -500), (700, 0), (400, 0)])
    quick = section_options(sections([(0, 60), (400, 60)]), fast, mode="vehicle", alone=False,
                            patrol=PatrolSettings(foot_kmh=20.0), travel=TRAVEL)  # fmt: skip
    assert quick["method"].tolist() == ["leapfrog"] * 2
    assert quick["service_s"].tolist() == [234, 234]  # 2,600 m at 40 km/h; the walkers need 72 + 141
    assert quick["distance_m"].tolist() == [2600, 2600]


def test_a_section_with_one_end_reached_is_walked_there_and_back():
    graph = roads([(0, 0), (0, -2000)])
    table = options(sections([(0, 1100), (0, 1500)]), graph, "vehicle")
    row = one(table)
    assert row["method"] == "out_and_back"
    assert (row["entry_x"], row["entry_y"]) == (0, 0)
    assert row["walk_m"] == 2 * 1430 + 800
    assert one(options(sections([(0, 1100), (0, 1500)]), graph, "vehicle", alone=True))["walk_m"] == 3660
    reverse = one(options(sections([(0, 1500), (0, 1100)]), graph, "vehicle"))
    assert reverse["walk_m"] == 3660


def test_walking_back_along_the_line_beats_leapfrog_to_the_same_road_point():
    row = one(options(ACROSS, STREET, "vehicle"))
    assert row["method"] == "out_and_back"
    assert row["walk_m"] == 130 + 400 + 400 + 130


def test_oneways_bind_the_leapfrogging_car_and_the_slow_drive():
    ring = [(0, 0), (400, 0), (400, -400), (0, -400), (0, 0)]
    beside = options(sections([(0, 30), (400, 30)]), roads(ring, oneway="yes"), "vehicle")
    assert beside["direction"].tolist() == [1]  # the other way round is no drive along the line
    assert beside["method"].tolist() == ["roadside"]
    off = options(sections([(0, 200), (400, 200)]), roads(ring, oneway="yes"), "vehicle")
    assert off["distance_m"].tolist() == [400, 1200]
    assert off["method"].tolist() == ["leapfrog", "leapfrog"]


def test_a_line_is_not_beside_a_road_for_its_ends_alone():
    bent = sections([(0, 30), (200, 90), (400, 30)])
    assert options(bent, STREET, "vehicle")["method"].tolist() == ["leapfrog"] * 2
    motorway = roads([(0, 0), (400, 0)], [(0, 0), (0, -5000)], [(400, 0), (400, -5000)],
                     road_class=["motorway", "tertiary", "tertiary"])  # fmt: skip
    assert options(BESIDE, motorway, "vehicle")["method"].tolist() == ["leapfrog"] * 2


def test_a_rider_looks_from_the_saddle_or_walks_there_and_back():
    table = options(BESIDE, STREET, "ebike")
    assert table["method"].tolist() == ["roadside", "roadside"]
    assert table["service_s"].tolist() == [180 + 360] * 2
    table = options(ALONG, STREET, "ebike")
    assert table["method"].tolist() == ["out_and_back"] * 2
    assert table["entry_x"].tolist() == [0, 400]
    path = roads([(-2000, 0), (3000, 0)], road_class="path")
    assert options(BESIDE, path, "ebike")["method"].tolist() == ["roadside", "roadside"]
    assert one(options(BESIDE, path, "vehicle"))["reason"] == "unreachable: no usable road"


def test_a_drone_flies_from_the_road_nearest_to_the_middle():
    row = one(options(sections([(0, 200), (400, 200)], equipment=1), STREET, "drone"))
    assert row["method"] == "drone"
    assert (row["entry_x"], row["entry_y"], row["exit_x"]) == (200, 0, 200)
    assert row["service_s"] == 600 + 144 + 180
    assert row["distance_m"] == 400
    assert row["walk_m"] == 0
    long = one(section_options(sections([(0, 0), (900, 0)]), STREET, mode="drone", alone=False,
                               patrol=PatrolSettings(drone_swap_s=120), travel=TRAVEL))  # fmt: skip
    assert long["service_s"] == 600 + 324 + 2 * 180


def test_a_drone_needs_an_overhead_line_within_reach():
    table = options(sections([(0, 900), (0, 1001)], [(0, 99), (0, 500)], placement=["overhead", "underground"]),
                    STREET, "drone")  # fmt: skip
    assert table["method"].tolist() == ["", ""]
    assert table["reason"].tolist() == [
        "unreachable: farthest point 1,001 m from the road (a drone reaches 1,000 m)",
        "underground: nothing to see from the air",
    ]


@pytest.mark.parametrize(("mode", "alone"), [("vehicle", False), ("vehicle", True), ("ebike", False)])
def test_what_no_road_reaches_is_named_with_its_distance_and_left_to_walkers(mode, alone):
    far = sections([(0, 2310), (0, 2700)])
    row = one(options(far, STREET, mode, alone))
    assert row["reason"] == "unreachable: nearest road 2,310 m (walked x 1.3, limit 1,500 m)"
    assert row["method"] == ""
    assert np.isnan(row["entry_x"])
    assert options(far, STREET, "foot")["reason"].tolist() == ["", ""]


def test_without_roads_places_count_as_reached_and_nothing_as_beside_a_road():
    assert options(BESIDE, None, "vehicle")["method"].tolist() == ["leapfrog"] * 2
    assert options(BESIDE, None, "vehicle")["distance_m"].tolist() == [520, 520]
    assert options(BESIDE, None, "ebike")["method"].tolist() == ["out_and_back"] * 2
    assert one(options(BESIDE, None, "drone"))["entry_x"] == 200


def test_points_are_visited_from_the_road_and_back():
    points = gpd.GeoDataFrame(geometry=shapely.points([[100, 50], [100, 1400]]), crs=32648)
    table = point_options(points, pd.Series([900, 600]), STREET, mode="vehicle", travel=TRAVEL)
    assert table["point"].tolist() == [0, 1]
    assert table["method"].tolist() == ["visit", ""]
    assert table["service_s"].tolist() == [900 + 117, 0]
    assert table["walk_m"].tolist() == [130, 0]
    assert (table["entry_x"][0], table["entry_y"][0]) == (100, 0)
    assert table["reason"].tolist() == ["", "unreachable: nearest road 1,400 m (walked x 1.3, limit 1,500 m)"]
    foot = point_options(points, [900, 600], STREET, mode="foot", travel=TRAVEL)
    assert foot["service_s"].tolist() == [900, 600]
    assert foot["entry_y"].tolist() == [50, 1400]
    assert foot["walk_m"].tolist() == [0, 0]


@pytest.mark.parametrize(("mode", "alone"), MODES)
def test_no_sections_give_an_empty_table_with_all_columns(mode, alone):
    empty = options(sections([(0, 0), (1, 1)]).iloc[:0], STREET, mode, alone)
    assert empty.columns.tolist() == ["section", *COLUMNS]
    assert empty.empty
    none = gpd.GeoDataFrame(geometry=[], crs=32648)
    assert point_options(none, [], STREET, mode=mode, travel=TRAVEL).columns.tolist() == ["point", *COLUMNS]


coordinate = st.tuples(st.integers(-20, 60), st.integers(-40, 60))
lines = st.lists(coordinate, min_size=2, max_size=4, unique=True)


@settings(max_examples=60, deadline=None)
@given(
    drawn=st.lists(lines, min_size=1, max_size=5), profile=st.sampled_from(MODES), oneway=st.sampled_from(["", "yes"])
)
def test_every_section_has_options_or_one_reason(drawn, profile, oneway):
    mode, alone = profile
    graph = roads([(0, 0), (2000, 0), (2000, 1000), (0, 1000), (0, 0)], oneway=oneway)
    frame = sections(*([(50 * x, 50 * y) for x, y in line] for line in drawn))
    before = frame.copy()
    table = options(frame, graph, mode, alone)
    assert frame.equals(before)
    assert sorted(set(table["section"])) == list(range(len(frame)))
    for number, rows in table.groupby("section"):
        refused = rows["reason"] != ""
        assert (len(rows) == 1) if refused.any() else (len(rows) <= 2)
        assert (rows["method"] == "").equals(refused)
        if refused.any():
            continue
        assert rows[["entry_x", "entry_y", "exit_x", "exit_y"]].notna().to_numpy().all()
        assert (rows["service_s"] > 0).all()
        apart = rows["method"].isin(["through", "leapfrog", "roadside"])
        assert (rows["direction"] != 0).equals(apart)
        # Walking the line is never less than its length, and there and back never less than twice.
        length = frame["length_m"][number]
        walked = rows["method"].map({"through": 1, "leapfrog": 1, "out_and_back": 2, "roadside": 0, "drone": 0})
        assert (rows["walk_m"] >= np.floor(walked * length)).all()


@settings(max_examples=30, deadline=None)
@given(drawn=st.lists(lines, min_size=1, max_size=4))
def test_the_car_is_never_later_than_service_says(drawn):
    graph = roads([(0, 0), (2000, 0), (2000, 1000), (0, 1000), (0, 0)], oneway="yes")
    frame = sections(*([(50 * x, 50 * y) for x, y in line] for line in drawn))
    table = options(frame, graph, "vehicle")
    table = table[table["reason"] == ""]
    entry, exit_ = table[["entry_x", "entry_y"]].to_numpy(), table[["exit_x", "exit_y"]].to_numpy()
    access = road_access(graph, np.vstack([entry, exit_]), mode="vehicle", settings=TRAVEL)
    pairs = np.column_stack([np.arange(len(table)), len(table) + np.arange(len(table))])
    seconds, metres = pair_travel(graph, access, pairs, mode="vehicle", settings=TRAVEL)
    moved = (table["method"] != "out_and_back").to_numpy()
    assert (seconds[moved] <= table["service_s"].to_numpy()[moved]).all()
    assert (np.abs(metres - table["distance_m"].to_numpy())[moved] <= 1).all()

"""Levels of detail: nothing that matters is hidden, nothing moves by more than a few pixels."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from patrol.maps.levels import CELL_PX, FEW, ZOOMS, coarse, level, levels, mercator
from patrol.maps.packing import STEP


def away_px(zoom):
    """Return a cell's diagonal, straightening, and the coarse coordinates."""
    return 1.5 * CELL_PX[zoom] + 1.0


def pixels(shapes, zoom):
    return shapely.transform(shapes, lambda xy: mercator(xy) * 256 * 2.0**zoom / 360)


def county(rng, feeders, each, spread):
    """Return feeders of short spans that wander, cross and overlap, drawn round one place."""
    turn = rng.normal(0, 0.3, (feeders, each)).cumsum(axis=1) + rng.uniform(0, 6.28, (feeders, 1))
    steps = np.stack([np.cos(turn), np.sin(turn)], -1) * rng.uniform(1e-5, 2e-3, (feeders, each, 1))
    start = np.array([106.3, 38.6]) + rng.uniform(-spread, spread, (feeders, 1, 2))
    path = np.concatenate([start, start + steps.cumsum(axis=1)], axis=1)
    lines = shapely.linestrings(np.stack([path[:, :-1], path[:, 1:]], 2).reshape(-1, 2, 2))
    n = len(lines)
    return gpd.GeoDataFrame(
        {
            "style": rng.integers(0, 6, n), "cover": rng.integers(0, 6, n),
            "zone_id": np.repeat(np.arange(feeders), each) % 3,
        },
        geometry=lines, crs=4326,
    )  # fmt: skip


@settings(max_examples=25)
@given(st.integers(0, 10_000), st.sampled_from(ZOOMS), st.sampled_from([0.0, 0.01, 0.3]))
def test_what_matters_is_drawn_where_it_is(seed, zoom, spread):
    """Beside every point of a section lies a stroke of its zone that is at least as urgent, in each rank."""
    rng = np.random.default_rng(seed)
    frame = county(rng, rng.integers(1, 6), rng.integers(1, 40), spread)
    found = level(frame, ["style", "cover"], "zone_id", zoom=zoom)
    assert len(found) <= len(frame)
    drawn = pixels(found.geometry.to_numpy(), zoom)
    for rank in ("style", "cover"):
        for zone, least in {(z, r) for z, r in zip(frame["zone_id"], frame[rank], strict=True)}:
            mine = frame[(frame["zone_id"] == zone) & (frame[rank] == least)]
            chosen = drawn[((found["zone_id"] == zone) & (found[rank] >= least)).to_numpy()]
            points = shapely.points(shapely.get_coordinates(pixels(mine.geometry.to_numpy(), zoom)))
            distance = shapely.distance(points[:, None], chosen[None, :]).min(axis=1)
            assert distance.max() <= away_px(zoom)


@settings(max_examples=25)
@given(st.integers(0, 10_000), st.sampled_from(ZOOMS))
def test_nothing_is_drawn_that_is_not_there(seed, zoom):
    rng = np.random.default_rng(seed)
    frame = county(rng, 3, 30, 0.05)
    found = level(frame, ["style", "cover"], "zone_id", zoom=zoom)
    for zone, rows in found.groupby("zone_id"):
        mine = frame[frame["zone_id"] == zone]
        there = shapely.union_all(pixels(mine.geometry.to_numpy(), zoom))
        points = shapely.points(shapely.get_coordinates(pixels(rows.geometry.to_numpy(), zoom)))
        assert shapely.distance(points, there).max() <= away_px(zoom)
        assert set(rows["style"]) <= set(mine["style"])


def test_spans_smaller_than_a_pixel_become_one_stroke_and_keep_the_worst():
    x = 106.3 + np.arange(41) * 1e-6
    lines = shapely.linestrings(
        np.stack([np.column_stack([x[:-1], x[:-1] * 0 + 38.6]), np.column_stack([x[1:], x[1:] * 0 + 38.6])], 1)
    )
    frame = gpd.GeoDataFrame({"cover": [0] * 39 + [5]}, geometry=lines, crs=4326)
    found = level(frame, ["cover"], None, zoom=8)
    assert found["cover"].tolist() == [5]


def test_a_lonely_section_far_away_stays_as_a_dot():
    far = gpd.GeoDataFrame({"cover": [5]}, geometry=[shapely.LineString([(100.0, 30.0), (100.000001, 30.0)])], crs=4326)
    found = level(far, ["cover"], None, zoom=8)
    assert (len(found), found["cover"].tolist()) == (1, [5])
    assert shapely.get_num_coordinates(found.geometry.iloc[0]) == 2


def test_small_networks_have_no_levels_and_large_ones_have_all():
    rng = np.random.default_rng(1)
    assert levels(county(rng, 2, 20, 0.1), ["style"]) == {}
    large = county(rng, 60, FEW // 50, 0.5)
    made = levels(large, ["style", "cover"], "zone_id")
    assert sorted(made) == sorted(ZOOMS)
    assert len(made[8]) < len(large) / 5
    assert all(list(frame.columns) == ["style", "cover", "geometry", "zone_id"] for frame in made.values())


@pytest.mark.parametrize("zoom", ZOOMS)
def test_coarse_coordinates_are_within_half_a_pixel(zoom):
    assert coarse(zoom) * STEP <= 0.5 * 360 / (256 * 2.0**zoom)


def test_multi_part_lines_and_an_empty_frame():
    parts = shapely.MultiLineString([[(106, 38), (106.1, 38)], [(106.2, 38), (106.3, 38.1)]])
    frame = gpd.GeoDataFrame({"style": [3]}, geometry=[parts], crs=4326)
    assert len(level(frame, ["style"], None, zoom=8)) == 2
    assert len(level(frame.iloc[:0], ["style"], None, zoom=8)) == 0

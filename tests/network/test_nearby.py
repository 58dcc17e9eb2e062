"""Lines near a place, found in the grid, are those that a tree over all lines finds."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from patrol.network.nearby import any_within, lines_within, nearest_line, nearest_within, put_in_grid


def lines_of(seed, count, spread, longest):
    """Random lines of one to five segments; a few begin where others do, run along an axis or go far away."""
    rng = np.random.default_rng(seed)
    lines = []
    for k in range(count):
        start = rng.uniform(0, spread, 2) if k % 3 or not lines else np.array(lines[-1].coords[0])
        steps = rng.normal(0, longest / 4, (rng.integers(1, 6), 2))
        steps[:, k % 2] *= k % 4 != 0
        if k % 17 == 5:
            steps *= 60
        lines.append(shapely.LineString(np.vstack([start, start + np.cumsum(steps, axis=0)]) + 4e6))
    return np.array([line for line in lines if line.length > 0], dtype=object), rng


def grid_of(lines):
    xy, owner = shapely.get_coordinates(lines, return_index=True)
    begin = np.flatnonzero(owner[1:] == owner[:-1])
    return put_in_grid(xy, begin, owner[begin])


CASES = {
    "seed": st.integers(0, 10_000),
    "count": st.integers(1, 60),
    "spread": st.sampled_from([30.0, 1000.0, 50_000.0]),
    "longest": st.sampled_from([0.5, 40.0, 900.0]),
}


@settings(max_examples=60)
@given(**CASES)
def test_nearest_is_that_of_a_tree(seed, count, spread, longest):
    lines, rng = lines_of(seed, count, spread, longest)
    points = rng.uniform(-spread, 2 * spread, (30, 2)) + 4e6
    points[:5] = [line.coords[0] for line in lines[rng.integers(0, len(lines), 5)]]  # several are equally near
    points[5] += 1e6
    got, geometry = nearest_line(grid_of(lines), points, lambda some: lines[some])
    place, line = shapely.STRtree(lines).query_nearest(shapely.points(points))
    want = [int(line[place == k].min()) for k in range(len(points))]
    assert got.tolist() == want
    assert all(a is b for a, b in zip(geometry, lines[want], strict=True))


@settings(max_examples=60)
@given(**CASES, limit=st.sampled_from([0.0, 20.0, 300.0, 1e5]))
def test_nearest_within_a_limit_is_that_of_a_tree(seed, count, spread, longest, limit):
    lines, rng = lines_of(seed, count, spread, longest)
    points = rng.uniform(-spread, 2 * spread, (30, 2)) + 4e6
    points[:5] = [line.coords[-1] for line in lines[rng.integers(0, len(lines), 5)]]
    points[5] += 1e6
    place, line = shapely.STRtree(lines).query_nearest(shapely.points(points), max_distance=max(limit, 1e-12))
    want = [int(line[place == k].min(initial=len(lines))) for k in range(len(points))]
    assert nearest_within(lines, shapely.points(points), limit).tolist() == [-1 if k == len(lines) else k for k in want]


def test_no_points_have_nothing_near():
    lines = shapely.linestrings([[(0, 0), (100, 0)]])
    assert nearest_within(lines, np.empty(0, dtype=object), 10.0).tolist() == []


@settings(max_examples=60)
@given(**CASES, radius=st.sampled_from([0.0, 1.0, 60.0, 5000.0]))
def test_what_lies_within_a_radius_is_what_a_tree_finds(seed, count, spread, longest, radius):
    lines, rng = lines_of(seed, count, spread, longest)
    points = np.vstack([rng.uniform(0, spread, (30, 2)) + 4e6, shapely.get_coordinates(lines)[::3]])
    point, line = shapely.STRtree(lines).query(shapely.points(points), predicate="dwithin", distance=radius)
    found = set(
        zip(
            *(side.tolist() for side in lines_within(grid_of(lines), points, np.full(len(points), radius))), strict=True
        )
    )
    assert set(zip(point.tolist(), line.tolist(), strict=True)) <= found
    for k, one in found:
        assert shapely.distance(shapely.Point(points[k]), lines[one]) <= radius + 2e-6
    near = any_within(grid_of(lines), points, radius, lambda some: lines[some])
    assert near.tolist() == np.isin(np.arange(len(points)), point).tolist()


def test_without_touching_only_lines_that_pass_by_count():
    lines = shapely.linestrings([[(0, 0), (100, 0)], [(0, 0), (0, 100)], [(-50, 1), (50, 1)], [(500, 0), (600, 0)]])
    point, line = lines_within(grid_of(lines), np.array([[0.0, 0.0]]), np.array([2.0]), touching=False)
    assert (point.tolist(), line.tolist()) == ([0], [2])


@pytest.mark.parametrize("radius", [1.0, 1e9])
def test_an_empty_grid_has_nothing_near(radius):
    none = np.empty(0, dtype=np.int64)
    found = lines_within(put_in_grid(np.empty((0, 2)), none, none), np.zeros((3, 2)), np.full(3, radius))
    assert [len(side) for side in found] == [0, 0]

"""Which of many lines lie near a place: their straight segments in a hashed grid of flat arrays.

The grid only finds candidates, a hair more than asked for; what decides is the distance that GEOS measures,
so that the answer is the same as from a tree over all lines, of which only the candidates are ever made.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from patrol.compiled import compiled

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Small = NDArray[np.int32]
Lines = Callable[[Ints], NDArray[Any]]

HAIR_M = 1e-6  # more than two ways of computing a distance can disagree by, in coordinates below 1e8
RINGS = 32  # of cells looked through round a place before all segments are
LEAST_CELL_M = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Segments:
    """Segments of lines, by the cells of a grid that they pass through.

    Attributes
    ----------
    xy : ndarray, shape (k, 2)
        Coordinates of all lines, one line after another.
    owner : ndarray of int, shape (s,)
        Line that each segment belongs to.
    begin : ndarray of int, shape (s,)
        Each segment runs from ``xy[begin]`` to ``xy[begin + 1]``.
    cell_m : float
        Side of a cell.
    bucket, held : ndarray of int
        Bucket ``i`` holds the segments ``held[bucket[i]:bucket[i + 1]]``; cells share buckets by chance.
    """

    xy: Floats
    owner: Small
    begin: Small
    cell_m: float
    bucket: Small
    held: Small


def put_in_grid(xy: Floats, begin: Ints, owner: Ints) -> Segments:
    """Return segments in a grid; the cells are about as long as a segment, so that few lie in each."""
    step = xy[begin + 1] - xy[begin]
    cell = max(float(np.hypot(step[:, 0], step[:, 1]).mean()) if len(begin) else 0.0, LEAST_CELL_M)
    xy, short = np.ascontiguousarray(xy), begin.astype(np.int32)
    bucket, held = _put(xy, short, cell)
    return Segments(xy, owner.astype(np.int32), short, cell, bucket, held)


def lines_within(segments: Segments, points: Floats, radius: Floats, *, touching: bool = True) -> tuple[Ints, Ints]:
    """Return pairs (point, line), sorted, with every line that comes within a radius (n,) of its point, and a hair.

    Without ``touching``, segments that begin or end at the very point do not count.
    """
    point, segment = _within(_plain(segments), points, radius + HAIR_M, touching)
    many = np.int64(segments.owner.max(initial=0)) + 1
    pairs = np.unique(point * many + segments.owner[segment])
    return pairs // many, pairs % many


def nearest_line(segments: Segments, points: Floats, lines: Lines) -> tuple[Ints, NDArray[Any]]:
    """Return the line nearest to each point (n, 2), of equally near ones the lowest, and its geometry.

    Parameters
    ----------
    lines : callable
        Gives the shapely geometry of some lines.
    """
    point, line = lines_within(segments, points, _nearest(_plain(segments), points, np.inf))
    made, which = np.unique(line, return_inverse=True)
    geometry = lines(made)
    gap = shapely.distance(shapely.points(points)[point], geometry[which])
    order = np.lexsort((line, gap, point))
    chosen = order[np.unique(point[order], return_index=True)[1]]
    return line[chosen], geometry[which[chosen]]


def nearest_within(lines: NDArray[Any], places: NDArray[Any], limit: float) -> Ints:
    """Return the line nearest to each place, of equally near ones the lowest, -1 where none is within a limit.

    Parameters
    ----------
    lines, places : ndarray of LineString, ndarray of Point
    """
    points = shapely.get_coordinates(places)
    xy, owner = shapely.get_coordinates(lines, return_index=True)
    begin = np.flatnonzero(owner[1:] == owner[:-1])
    segments = put_in_grid(xy, begin, owner[begin])
    gap = _nearest(_plain(segments), points, limit + HAIR_M)
    near = np.flatnonzero(gap <= limit + HAIR_M)
    answer = np.full(len(points), -1, dtype=np.int64)
    point, line = lines_within(segments, points[near], gap[near])
    exact = shapely.distance(places[near][point], lines[line])
    order = np.lexsort((line, exact, point))
    order = order[np.unique(point[order], return_index=True)[1]]
    chosen = order[exact[order] <= limit]
    answer[near[point[chosen]]] = line[chosen]
    return answer


def any_within(segments: Segments, points: Floats, radius: float, lines: Lines) -> Bools:
    """Return which points (n, 2) have a line within a radius."""
    point, line = lines_within(segments, points, np.full(len(points), radius))
    near = np.zeros(len(points), dtype=bool)
    made, which = np.unique(line, return_inverse=True)
    near[point[shapely.distance(shapely.points(points)[point], lines(made)[which]) <= radius]] = True
    return near


def _plain(segments: Segments) -> tuple[Floats, Small, float, Small, Small]:
    return segments.xy, segments.begin, segments.cell_m, segments.bucket, segments.held


@compiled
def _bucket_of(column: int, row: int, mask: int) -> int:
    return ((column * 73856093) ^ (row * 19349663)) & mask


@compiled
def _put(xy: Floats, begin: Small, cell: float) -> tuple[Small, Small]:
    """Return where each bucket begins and the segments in all buckets; a segment is in every cell it passes."""
    size = 1
    while size < len(begin):
        size *= 2
    at = np.zeros(size + 2, np.int64)
    held = np.empty(0, np.int32)
    for filling in range(2):  # first they are counted
        for s in range(len(begin)):
            ax, ay = xy[begin[s], 0] / cell, xy[begin[s], 1] / cell
            bx, by = xy[begin[s] + 1, 0] / cell, xy[begin[s] + 1, 1] / cell
            for row in range(int(np.floor(min(ay, by) - 1e-3)), int(np.floor(max(ay, by) + 1e-3)) + 1):
                low, high = 0.0, 1.0
                if abs(by - ay) > 1e-3:
                    one, two = (row - 1e-3 - ay) / (by - ay), (row + 1 + 1e-3 - ay) / (by - ay)
                    low, high = max(0.0, min(one, two)), min(1.0, max(one, two))
                left, right = ax + (bx - ax) * low, ax + (bx - ax) * high
                first, last = int(np.floor(min(left, right) - 1e-3)), int(np.floor(max(left, right) + 1e-3))
                for column in range(first, last + 1):
                    b = _bucket_of(column, row, size - 1)
                    if filling:
                        held[at[b + 1]] = s
                        at[b + 1] += 1
                    else:
                        at[b + 2] += 1
        if not filling:
            at = np.cumsum(at)
            held = np.empty(at[size + 1], np.int32)
    return at[: size + 1].astype(np.int32), held


@compiled
def _gap(xy: Floats, a: int, x: float, y: float) -> float:
    """Return the distance from a point to the segment that begins at ``a``."""
    ax, ay = xy[a, 0], xy[a, 1]
    dx, dy = xy[a + 1, 0] - ax, xy[a + 1, 1] - ay
    px, py = x - ax, y - ay
    square = dx * dx + dy * dy
    t = min(max((px * dx + py * dy) / square, 0.0), 1.0) if square > 0 else 0.0
    return float(np.hypot(px - t * dx, py - t * dy))


@compiled
def _joins(xy: Floats, a: int, x: float, y: float) -> bool:
    """Return whether the segment that begins at ``a`` has an end at the very point."""
    return bool((xy[a, 0] == x and xy[a, 1] == y) or (xy[a + 1, 0] == x and xy[a + 1, 1] == y))


@compiled
def _within(
    grid: tuple[Floats, Small, float, Small, Small], points: Floats, radius: Floats, touching: bool
) -> tuple[Ints, Ints]:
    """Return pairs of points and segments within the radius of the point; some come several times."""
    xy, begin, cell, bucket, held = grid
    point, segment, m = np.empty(64, np.int64), np.empty(64, np.int64), 0
    for p in range(len(points)):
        x, y, far = points[p, 0], points[p, 1], radius[p]
        south, north = np.floor((y - far) / cell), np.floor((y + far) / cell)
        west, east = np.floor((x - far) / cell), np.floor((x + far) / cell)
        every = (north - south + 1) * (east - west + 1) > len(begin)  # fewer segments than cells: look at them all
        rows = range(0, 1) if every else range(int(south), int(north) + 1)
        columns = range(0, 1) if every else range(int(west), int(east) + 1)
        for row in rows:
            for column in columns:
                b = _bucket_of(column, row, len(bucket) - 2)
                first, last = (0, len(begin)) if every else (bucket[b], bucket[b + 1])
                for k in range(first, last):
                    s = k if every else held[k]
                    if (touching or not _joins(xy, begin[s], x, y)) and _gap(xy, begin[s], x, y) <= far:
                        if m == len(point):
                            point, segment = np.append(point, point), np.append(segment, segment)
                        point[m], segment[m] = p, s
                        m += 1
    return point[:m].copy(), segment[:m].copy()


@compiled
def _nearest(grid: tuple[Floats, Small, float, Small, Small], points: Floats, limit: float) -> Floats:
    """Return the distance of each point to its nearest segment, anything more than a limit where that is farther."""
    xy, begin, cell, bucket, held = grid
    answer = np.full(len(points), np.inf)
    for p in range(len(points)):
        x, y, best, ring = points[p, 0], points[p, 1], np.inf, 0
        middle, centre = int(np.floor(x / cell)), int(np.floor(y / cell))
        while (
            ring < RINGS and best > (ring - 1) * cell and (ring - 1) * cell <= limit
        ):  # what is not seen yet is at least so far
            for row in range(centre - ring, centre + ring + 1):
                side = 1 if abs(row - centre) == ring else max(2 * ring, 1)
                for column in range(middle - ring, middle + ring + 1, side):
                    b = _bucket_of(column, row, len(bucket) - 2)
                    for k in range(bucket[b], bucket[b + 1]):
                        best = min(best, _gap(xy, begin[held[k]], x, y))
            ring += 1
        if (ring - 1) * cell < best and (ring - 1) * cell <= limit:
            for s in range(len(begin)):
                best = min(best, _gap(xy, begin[s], x, y))
        answer[p] = best
    return answer

"""Where roads join: shared vertices, ends within tolerance, and ends that touch another road.

Roads that only cross (a bridge over a lane) share no vertex and have no end there, so they stay apart.
Rounding coordinates is not a tolerance (two points 1 mm apart can round apart) and uniting the lines
invents joints where they cross, hence distances between ends, and connected components.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from patrol.compiled import compiled
from patrol.layers.memory import give_back
from patrol.network.nearby import lines_within, put_in_grid

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Pieces:
    """Ways cut at every joint.

    Attributes
    ----------
    node_xy : ndarray, shape (n, 2)
        Place of each joint.
    u, v, way : ndarray of int, shape (m,)
        Joints at both ends of each piece, in the way's own direction, and the way it came from.
    coords, offsets : ndarray, shapes (k, 2) and (m + 1,)
        Piece ``i`` is ``coords[offsets[i]:offsets[i + 1]]``; its ends lie exactly on its joints.
    length_m : ndarray, shape (m,)
    closed : int
        Ends that were joined to something only by the tolerance.
    dropped : int
        Ways without length, and pieces that the tolerance shrank to a point, left out.
    """

    node_xy: Floats
    u: Ints
    v: Ints
    way: Ints
    coords: Floats
    offsets: Ints
    length_m: Floats
    closed: int
    dropped: int


@dataclass(frozen=True, slots=True, eq=False)
class _Vertices:
    """Vertices of all ways in order: place, way, metres along the way, id of the place, and whether an end."""

    xy: Floats
    way: Ints
    along: Floats
    place: Ints
    is_end: Bools


def cut_at_joints(lines: NDArray[np.object_], tolerance_m: float) -> Pieces:
    """Cut lines wherever they join, and number the joints.

    Two lines join at a vertex both have exactly, where ends lie within ``tolerance_m`` of each other,
    and where an end lies within it of another line (at that line's nearest vertex if one is within the
    tolerance too, else at a new vertex).

    Parameters
    ----------
    lines : ndarray of shapely LineString
        Metric CRS.
    tolerance_m : float
        Metres.

    Returns
    -------
    Pieces
        Sorted by way, then along it.
    """
    vertices, dropped = _vertices(lines)
    n_places = int(vertices.place.max()) + 1 if len(vertices.place) else 0
    counts = np.bincount(vertices.place, minlength=n_places)
    end_place = np.zeros(n_places, dtype=bool)
    end_place[vertices.place[vertices.is_end]] = True
    ends = np.flatnonzero(end_place)
    place_xy = np.empty((n_places, 2))
    place_xy[vertices.place] = vertices.xy
    links, added = _touching(vertices, place_xy, ends, tolerance_m)
    links = np.vstack([links, ends[_near_pairs(place_xy[ends], tolerance_m)]])
    vertices = _insert(vertices, added)
    give_back()  # what the search took: the pieces need as much again
    n_places += len(added.place)
    joint = np.zeros(n_places, dtype=bool)
    joint[: len(counts)] = counts > 1
    joint[ends] = True
    joint[links.ravel()] = True
    through = np.ones(n_places, dtype=bool)
    through[ends] = False
    node_of, node_xy = _nodes(np.vstack([place_xy, added.xy]), links, joint, through)
    closed = int((~through[np.unique(links)]).sum())
    return _pieces(vertices, joint, node_of, node_xy, (closed, dropped))


def _vertices(lines: NDArray[np.object_]) -> tuple[_Vertices, int]:
    """Return the vertices of all lines without repeats in a row, and how many lines had no length."""
    xy, way = shapely.get_coordinates(lines, return_index=True)
    way = way.astype(np.int64)
    again = np.zeros(len(xy), dtype=bool)
    again[1:] = (way[1:] == way[:-1]) & (xy[1:] == xy[:-1]).all(axis=1)
    xy, way = xy[~again], way[~again]
    long_enough = np.bincount(way, minlength=len(lines)) > 1
    keep = long_enough[way]
    xy, way = xy[keep] + 0.0, way[keep]  # + 0.0 makes -0.0 the same place as 0.0
    first = np.ones(len(way), dtype=bool)
    first[1:] = way[1:] != way[:-1]
    is_end = first.copy()
    is_end[:-1] |= first[1:]
    is_end[-1:] = True
    step = np.zeros(len(xy))
    step[1:] = np.hypot(*(xy[1:] - xy[:-1]).T)
    step[first] = 0.0
    total = np.cumsum(step)
    along = total - np.repeat(total[first], np.diff(np.append(np.flatnonzero(first), len(way))))
    return _Vertices(xy, way, along, _places(xy), is_end), int((~long_enough).sum())


def _places(xy: Floats) -> Ints:
    """Return the number of the place of each vertex, equal for equal coordinates, in the order of x and then y."""
    order = np.argsort(xy[:, 0])
    sorted_xy = xy[order]
    same = sorted_xy[1:] == sorted_xy[:-1]
    if (same[:, 0] & ~same[:, 1]).any():  # places north of each other
        order = np.lexsort((xy[:, 1], xy[:, 0]))
        sorted_xy = xy[order]
        same = sorted_xy[1:] == sorted_xy[:-1]
    place = np.empty(len(xy), dtype=np.int64)
    place[order[:1]] = 0
    place[order[1:]] = np.cumsum(~same.all(axis=1))
    return place


@compiled
def _near_pairs(xy: Floats, reach: float) -> Ints:
    """Return pairs (k, 2) of points, sorted by x, that lie within reach of each other."""
    pairs, m = np.empty((16, 2), np.int64), 0
    for i in range(len(xy)):
        j = i + 1
        while j < len(xy) and xy[j, 0] - xy[i, 0] <= reach:
            if (xy[j, 0] - xy[i, 0]) ** 2 + (xy[j, 1] - xy[i, 1]) ** 2 <= reach * reach:
                if m == len(pairs):
                    pairs = np.concatenate((pairs, pairs))
                pairs[m, 0], pairs[m, 1] = i, j
                m += 1
            j += 1
    return pairs[:m].copy()


def _touching(vertices: _Vertices, place_xy: Floats, ends: Ints, tolerance_m: float) -> tuple[Ints, _Vertices]:
    """Return links from ends to places of other ways, and the vertices to be added to those ways for it."""
    empty = np.empty(0, dtype=np.int64)
    nothing = _Vertices(np.empty((0, 2)), empty, np.empty(0), empty, np.empty(0, dtype=bool))
    if not len(ends):
        return np.empty((0, 2), dtype=np.int64), nothing
    starts = np.flatnonzero(np.r_[True, vertices.way[1:] != vertices.way[:-1]])
    stops = np.append(starts[1:], len(vertices.way))
    n_places = len(place_xy)
    end, line = _near_ends(vertices, starts, place_xy, ends, tolerance_m)
    made, which = np.unique(line, return_inverse=True)
    lines, points = _lines(vertices, starts[made], stops[made])[which], shapely.points(place_xy[ends[end]])
    shapely.prepare(points)
    near = shapely.dwithin(points, lines, tolerance_m)
    end, line, lines, points = end[near], line[near], lines[near], points[near]
    foot_m = shapely.line_locate_point(lines, points)
    links: list[tuple[int, int]] = []
    new: list[int] = []
    for k in range(len(end)):  # few: only the ends that share no vertex with what they touch
        run = slice(starts[line[k]], stops[line[k]])
        gap = np.hypot(*(vertices.xy[run] - place_xy[ends[end[k]]]).T)
        nearest = int(gap.argmin())
        if gap[nearest] <= tolerance_m:
            links.append((ends[end[k]], vertices.place[run][nearest]))
        else:
            links.append((ends[end[k]], n_places + len(new)))
            new.append(k)
    xy = shapely.get_coordinates(shapely.line_interpolate_point(lines[new], foot_m[new])).reshape(-1, 2)
    place = n_places + np.arange(len(new))
    added = _Vertices(xy, vertices.way[starts[line[new]]], foot_m[new], place, np.zeros(len(new), dtype=bool))
    return np.array(links, dtype=np.int64).reshape(-1, 2), added


def _near_ends(
    vertices: _Vertices, starts: Ints, place_xy: Floats, ends: Ints, tolerance_m: float
) -> tuple[Ints, Ints]:
    """Return pairs (end, line), sorted, that come near each other but for lines that have that very vertex."""
    inner = np.ones(len(vertices.way), dtype=bool)
    inner[starts - 1] = False  # from the end of one line to the beginning of the next
    begin = np.flatnonzero(inner)
    number = np.repeat(np.arange(len(starts)), np.diff(np.append(starts, len(vertices.way))))
    segments = put_in_grid(vertices.xy, begin, number[begin])
    end, line = lines_within(segments, place_xy[ends], np.full(len(ends), tolerance_m), touching=False)
    if not len(end):
        return end, line
    n_places = len(place_xy)
    has = np.sort(number * n_places + vertices.place)
    asked = line * n_places + ends[end]
    other = has[np.minimum(np.searchsorted(has, asked), len(has) - 1)] != asked
    return end[other], line[other]


def _lines(vertices: _Vertices, starts: Ints, stops: Ints) -> NDArray[np.object_]:
    """Return the geometry of some ways."""
    size = stops - starts
    before = np.r_[0, np.cumsum(size)]
    take = np.arange(before[-1]) - np.repeat(before[:-1] - starts, size)
    return np.asarray(
        shapely.linestrings(vertices.xy[take], indices=np.repeat(np.arange(len(starts)), size)), dtype=object
    )


def _insert(vertices: _Vertices, added: _Vertices) -> _Vertices:
    """Return the vertices with the added ones in their place along their ways."""
    if not len(added.place):
        return vertices
    way = np.r_[vertices.way, added.way]
    along = np.r_[vertices.along, added.along]
    order = np.lexsort((along, way))  # stable: equal places keep their order
    return _Vertices(
        np.vstack([vertices.xy, added.xy])[order],
        way[order],
        along[order],
        np.r_[vertices.place, added.place][order],
        np.r_[vertices.is_end, added.is_end][order],
    )


def _nodes(xy: Floats, links: Ints, joint: Bools, through: Bools) -> tuple[Ints, Floats]:
    """Return the node of each place (-1 if no joint) and the nodes' coordinates.

    A node lies on a place that a way passes through, if it has one: then the end is moved to the road
    and not the road to the end.
    """
    n = len(xy)
    if not n:
        return np.empty(0, dtype=np.int64), xy
    graph = coo_array((np.ones(len(links)), (links[:, 0], links[:, 1])), shape=(n, n))
    label = connected_components(graph, directed=False)[1]
    places = np.flatnonzero(joint)
    chosen = places[np.lexsort((places, ~through[places], label[places]))]
    first = np.ones(len(chosen), dtype=bool)
    first[1:] = label[chosen[1:]] != label[chosen[:-1]]
    node_of = np.full(n, -1, dtype=np.int64)
    node_of[chosen] = np.cumsum(first) - 1
    return node_of, xy[chosen[first]]


def _pieces(vertices: _Vertices, joint: Bools, node_of: Ints, node_xy: Floats, counts: tuple[int, int]) -> Pieces:
    """Cut the ways at the joints; ``counts`` are the closed ends and the ways dropped so far."""
    at = np.flatnonzero(joint[vertices.place])
    same = vertices.way[at[1:]] == vertices.way[at[:-1]]
    first, last = at[:-1][same], at[1:][same]
    u, v = node_of[vertices.place[first]], node_of[vertices.place[last]]
    size = last - first + 1
    offsets = np.r_[0, np.cumsum(size)]
    take = np.arange(offsets[-1]) - np.repeat(offsets[:-1], size) + np.repeat(first, size)
    coords = vertices.xy[take]
    coords[offsets[:-1]] = node_xy[u]
    coords[offsets[1:] - 1] = node_xy[v]
    step = np.hypot(*(coords[1:] - coords[:-1]).T)
    step[offsets[1:-1] - 1] = 0.0
    length = np.add.reduceat(np.r_[step, 0.0], offsets[:-1]) if len(u) else np.empty(0)
    keep = length > 0
    closed, dropped = counts
    return Pieces(
        node_xy=node_xy,
        u=u[keep],
        v=v[keep],
        way=vertices.way[first][keep],
        coords=coords[np.repeat(keep, size)],
        offsets=np.r_[0, np.cumsum(size[keep])],
        length_m=length[keep],
        closed=closed,
        dropped=dropped + int((~keep).sum()),
    )

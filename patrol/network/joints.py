"""Where lines are joined: by ends, by taps and by shared vertices within a tolerance, never by crossing."""

from __future__ import annotations

import numpy as np
import shapely
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from patrol.network.axis import END, SHARED, Axis, Cuts, first_of, project
from patrol.network.nearby import lines_within, put_in_grid
from patrol.network.trees import BoolArray, FloatArray, IntArray

SHARED_VERTEX_M = 0.01  # two lines passing through share a vertex only if it was drawn as the same one


def alike(one: IntArray, other: IntArray) -> BoolArray:
    """Return whether two feeder codes may be joined: the same, or one of them unknown (-1)."""
    same: BoolArray = (one == other) | (one < 0) | (other < 0)
    return same


def groups_of(pairs: IntArray, count: int) -> IntArray:
    """Return the connected group of each of ``count`` members, given linked pairs of shape (k, 2)."""
    graph = coo_matrix((np.ones(len(pairs), dtype=np.int8), (pairs[:, 0], pairs[:, 1])), shape=(count, count))
    group: IntArray = connected_components(graph, directed=False)[1].astype(np.int64)
    return group


def find_joints(axis: Axis, feeder: IntArray, tolerance: float) -> Cuts:
    """Find every place where lines end or are joined.

    Parameters
    ----------
    axis : Axis
        The lines, metric CRS.
    feeder : ndarray of int, shape (m,)
        Feeder code of each line, -1 where unknown; lines of two known feeders are never joined.
    tolerance : float
        Metres. Distances are measured, not rounded: a rounded grid leaves joints open at its seams.

    Returns
    -------
    Cuts
        Both ends of each line, taps (an end of another line on its interior) and vertices drawn as shared.
    """
    tolerance = max(tolerance, SHARED_VERTEX_M)
    pairs = _shared_vertices(axis, feeder, tolerance)
    hard = np.zeros(len(axis.xy), dtype=bool)
    hard[axis.first] = hard[axis.last] = hard[pairs] = True
    vertices = np.flatnonzero(hard)
    tap_end, tap_at, tap_line = _taps(axis, feeder, pairs, tolerance)
    at = np.r_[axis.at[vertices], tap_at]
    line = np.r_[axis.line[vertices], tap_line]
    is_end = np.zeros(len(axis.xy), dtype=bool)
    is_end[axis.first] = is_end[axis.last] = True
    kind = np.where(np.r_[is_end[vertices], np.zeros(len(tap_at), dtype=bool)], END, SHARED)
    links = np.vstack(
        [
            np.searchsorted(vertices, pairs),
            np.column_stack([np.searchsorted(vertices, tap_end), len(vertices) + np.arange(len(tap_at))]),
        ]
    )
    return _merged(at, line, kind, links, tolerance)


def _shared_vertices(axis: Axis, feeder: IntArray, tolerance: float) -> IntArray:
    """Return pairs of vertices that are one joint, shape (k, 2)."""
    pairs: IntArray = (
        cKDTree(axis.xy, compact_nodes=False, balanced_tree=False)
        .query_pairs(tolerance, output_type="ndarray")
        .astype(np.int64)
    )
    one, other = pairs.T
    is_end = np.zeros(len(axis.xy), dtype=bool)
    is_end[axis.first] = is_end[axis.last] = True
    far = np.hypot(*(axis.xy[one] - axis.xy[other]).T)
    joined = is_end[one] | is_end[other] | (far <= SHARED_VERTEX_M)
    same = axis.line[one] == axis.line[other]
    # on one line, neighbours within the tolerance are only dense drawing
    joined &= np.where(
        same,
        np.abs(axis.at[one] - axis.at[other]) > 4 * tolerance,
        alike(feeder[axis.line[one]], feeder[axis.line[other]]),
    )
    kept: IntArray = pairs[joined]
    return kept


def _taps(axis: Axis, feeder: IntArray, pairs: IntArray, tolerance: float) -> tuple[IntArray, FloatArray, IntArray]:
    """Return line ends that lie on another line: vertex, place on that line, that line."""
    ends = np.r_[axis.first, axis.last]
    group = groups_of(pairs, len(axis.xy))
    # one question a joint and feeder is enough: ends already joined would all find the same line
    code = feeder[axis.line[ends]]
    pick = first_of(group[ends] * (feeder.max(initial=0) + 2) + code + 1, axis.at[ends])
    ends, code = ends[pick], code[pick]
    xy = axis.xy[ends]
    begin = np.flatnonzero(axis.line[1:] == axis.line[:-1])
    segments = put_in_grid(axis.xy, begin, axis.line[begin])
    # a line with a vertex at the very place is joined already, or may not be
    which, line = lines_within(segments, xy, np.full(len(xy), tolerance), touching=False)
    near = shapely.dwithin(shapely.points(xy[which]), axis.geometry[line], tolerance)
    which, line = which[near], line[near]
    here = group[ends[which]] * np.int64(len(axis.geometry)) + line
    known = np.sort(group * np.int64(len(axis.geometry)) + axis.line)
    met = known[np.minimum(np.searchsorted(known, here), len(known) - 1)] == here
    new = alike(code[which], feeder[line]) & ~met
    which, line = which[new], line[new].astype(np.int64)
    return ends[which], project(axis, line, xy[which]), line


def _merged(at: FloatArray, line: IntArray, kind: IntArray, links: IntArray, tolerance: float) -> Cuts:
    """Merge places of a line that lie within the tolerance, an end before anything else, and number the joints."""
    order = np.argsort(at, kind="stable")
    at, line, kind = at[order], line[order], kind[order]
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    chain = np.cumsum(np.r_[0, np.diff(at) > tolerance])
    # a long chain of near places is dense drawing on both lines: keep one every two tolerances, not one in all
    start = at[np.r_[0, np.flatnonzero(np.diff(chain)) + 1]][chain]
    bins = np.floor((at - start) / (2 * tolerance)).astype(np.int64)
    cut_of = np.cumsum(np.r_[0, (np.diff(chain) != 0) | (np.diff(bins) != 0)])
    keep = first_of(cut_of, kind, at)
    joint = groups_of(cut_of[place[links]], len(keep))
    return Cuts(at[keep], line[keep], joint, kind[keep], np.full(len(keep), -1))

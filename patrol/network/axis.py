"""All lines laid end to end on one number line, and the places where they are cut.

A place on any line is then a single number, so that "the nearest cut on the same line", "the vertices
between two cuts" and "the span a switch stands in" are searches in a sorted array. Lines lie ``PAD_M``
apart on the axis: farther than any snapping distance, so a search never ends on the neighbour.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from patrol.network.trees import FloatArray, IntArray

PAD_M = 2000.0
Geometries = NDArray[np.object_]

END, SHARED, POLE, VERTEX, DEVICE, EVEN = range(6)  # why a line is cut, the weightiest reason first


@dataclass(frozen=True, slots=True)
class Axis:
    """Vertices of m lines on one axis.

    Attributes
    ----------
    xy, line, at : ndarray, shape (n, 2), (n,), (n,)
        Coordinates of each vertex (metric CRS), its line, and its place on the axis in metres.
    first, last : ndarray, shape (m,)
        Vertex index of the two ends of each line.
    """

    geometry: Geometries
    xy: FloatArray
    line: IntArray
    at: FloatArray
    first: IntArray
    last: IntArray

    @property
    def start(self) -> FloatArray:
        """Place of the first vertex of each line, shape (m,)."""
        start: FloatArray = self.at[self.first]
        return start

    @property
    def length(self) -> FloatArray:
        """Length of each line in metres, shape (m,)."""
        length: FloatArray = self.at[self.last] - self.at[self.first]
        return length


def lay_out(lines: Any) -> Axis:
    """Lay LineStrings (metric CRS, shape (m,)) on one axis."""
    geometry = np.asarray(lines, dtype=object)
    xy, line = shapely.get_coordinates(geometry, return_index=True)
    step = np.hypot(*np.diff(xy, axis=0).T) if len(xy) else np.empty(0)
    turn = np.flatnonzero(np.diff(line))
    step[turn] = PAD_M
    at = np.r_[0.0, np.cumsum(step)][: len(xy)]
    first = np.r_[0, turn + 1][: len(geometry)].astype(np.int64)
    last = np.r_[turn, len(xy) - 1][: len(geometry)].astype(np.int64)
    return Axis(geometry, xy, line.astype(np.int64), at, first, last)


def points_at(axis: Axis, at: FloatArray) -> FloatArray:
    """Return the coordinates of places on the axis, shape (k, 2)."""
    return np.column_stack([np.interp(at, axis.at, axis.xy[:, 0]), np.interp(at, axis.at, axis.xy[:, 1])])


def project(axis: Axis, line: IntArray, xy: FloatArray) -> FloatArray:
    """Return the place on ``line[i]`` that is nearest to point ``xy[i]``, shape (k,)."""
    along = shapely.line_locate_point(axis.geometry[line], shapely.points(xy))
    place: FloatArray = axis.start[line] + np.clip(along, 0.0, axis.length[line])
    return place


@dataclass(frozen=True, slots=True)
class Cuts:
    """Places where lines are cut, sorted along the axis.

    Attributes
    ----------
    at, line : ndarray, shape (k,)
        Place on the axis, and the line.
    joint : ndarray, shape (k,)
        Cuts of several lines with the same number are one place on the ground.
    kind : ndarray, shape (k,)
        One of ``END, SHARED, POLE, VERTEX, DEVICE, EVEN``.
    pole : ndarray, shape (k,)
        Row of the pole that stands there, -1 for none.
    """

    at: FloatArray
    line: IntArray
    joint: IntArray
    kind: IntArray
    pole: IntArray

    def nearest(self, at: FloatArray) -> tuple[IntArray, FloatArray]:
        """Return the cut nearest to each place along its line, and how far it is, shape (j,) each."""
        right = np.clip(np.searchsorted(self.at, at), 1, max(len(self.at) - 1, 1))
        left = right - 1
        right = np.minimum(right, len(self.at) - 1)
        pick = np.where(at - self.at[left] <= self.at[right] - at, left, right)
        return pick.astype(np.int64), np.abs(self.at[pick] - at)

    def ends_at_joint(self) -> IntArray:
        """Return how many pieces of line meet at the joint of each cut, shape (k,)."""
        left = np.r_[False, self.line[1:] == self.line[:-1]]
        right = np.r_[self.line[1:] == self.line[:-1], False]
        pieces = left.astype(np.int64) + right
        total = np.bincount(self.joint, weights=pieces)
        return np.rint(total[self.joint]).astype(np.int64)


def with_cuts(cuts: Cuts, at: FloatArray, line: IntArray, kind: int, pole: IntArray | None = None) -> Cuts:
    """Return ``cuts`` with further places, each a joint of its own."""
    fresh = cuts.joint.max(initial=-1) + 1 + np.arange(len(at))
    none = np.full(len(at), -1)
    every = np.r_[cuts.at, at]
    order = np.argsort(every, kind="stable")
    return Cuts(
        every[order],
        np.r_[cuts.line, line][order],
        np.r_[cuts.joint, fresh][order],
        np.r_[cuts.kind, np.full(len(at), kind)][order],
        np.r_[cuts.pole, none if pole is None else pole][order],
    )


def first_of(group: IntArray, *rank: Any) -> IntArray:
    """Return, for each distinct group in order, the index of its member that sorts first by ``rank``.

    Ranks are given weightiest first; remaining ties go to the lower index.
    """
    order = np.lexsort((*reversed(rank), group))
    sorted_group = group[order]
    return order[np.r_[True, sorted_group[1:] != sorted_group[:-1]]] if len(order) else order


def pieces(axis: Axis, cuts: Cuts) -> tuple[Geometries, IntArray]:
    """Cut every line at its cuts.

    Returns
    -------
    tuple of (LineStrings, indexes)
        Shape (s,) each: the pieces in order along the axis, and the cut each starts at; it ends at the
        next. Lines whose two ends are one cut leave no piece.
    """
    start = np.flatnonzero(cuts.line[1:] == cuts.line[:-1])
    piece_of = np.full(len(cuts.at), -1)
    piece_of[start] = np.arange(len(start))
    left = np.searchsorted(cuts.at, axis.at, side="right") - 1
    right = np.minimum(left + 1, len(cuts.at) - 1)
    inside = (left >= 0) & (axis.at - cuts.at[left] > 1e-6) & (cuts.at[right] - axis.at > 1e-6)
    inside &= piece_of[left] >= 0
    owner = np.r_[np.arange(len(start)), piece_of[left[inside]], np.arange(len(start))]
    at = np.r_[cuts.at[start], axis.at[inside], cuts.at[start + 1]]
    xy = np.vstack([points_at(axis, cuts.at[start]), axis.xy[inside], points_at(axis, cuts.at[start + 1])])
    order = np.lexsort((at, owner))
    return shapely.linestrings(xy[order], indices=owner[order]), start

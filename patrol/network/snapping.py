"""Poles and equipment are put on the line they belong to: own feeder first, then the nearest."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from scipy.spatial import cKDTree

from patrol.network.axis import EVEN, POLE, VERTEX, Axis, Cuts, first_of, points_at, project, with_cuts
from patrol.network.joints import alike
from patrol.network.trees import BoolArray, FloatArray, IntArray


@dataclass(frozen=True, slots=True)
class Snap:
    """Where points stand: line (-1 for none), place on the axis, metres to the line; shape (k,) each.

    ``doubtful`` marks points with a second line, of another joint, just as near.
    """

    line: IntArray
    at: FloatArray
    far: FloatArray
    doubtful: BoolArray


def snap_points(
    axis: Axis,
    xy: FloatArray,
    *,
    radius: float,
    own: tuple[IntArray, IntArray],
    only: IntArray | None = None,
    prefer: tuple[BoolArray, BoolArray, float] | None = None,
    tolerance: float = 1.0,
) -> Snap:
    """Put each point on a line within ``radius`` metres.

    Parameters
    ----------
    xy : ndarray, shape (k, 2)
        Points in the metric CRS of the axis.
    own : tuple of (ndarray (k,), ndarray (m,))
        Feeder codes of points and of lines, -1 unknown. A line of another known feeder is never taken.
    only : ndarray, shape (k,), optional
        The one line a point may stand on, -1 for any.
    prefer : tuple of (loose (2m,), open (k,), slack), optional
        For points marked open, a line end that hangs loose (flags of first, then last ends) is taken
        before a line passing through, if it is at most ``slack`` metres farther from the point.
    tolerance : float
        Of lines equally near within this, one that ends here is taken before one that passes.
    """
    count = len(axis.geometry)
    point, line = shapely.STRtree(axis.geometry).query(shapely.points(xy), predicate="dwithin", distance=radius)
    allowed = alike(own[0][point], own[1][line])
    if only is not None:
        allowed &= (only[point] < 0) | (only[point] == line)
    point, line = point[allowed].astype(np.int64), line[allowed].astype(np.int64)
    far = shapely.distance(shapely.points(xy[point]), axis.geometry[line])
    at = project(axis, line, xy[point])
    stranger = ((own[0][point] >= 0) & (own[0][point] != own[1][line])).astype(np.int64)
    ranked = far + 1e9 * stranger
    beyond = ranked - _least(point, ranked, len(xy))[point] > tolerance
    to_first, to_last = at - axis.start[line], axis.start[line] + axis.length[line] - at
    passing = np.minimum(to_first, to_last) > tolerance
    if prefer is not None:
        loose, opened, slack = prefer
        near = np.where(to_first <= to_last, loose[line], loose[count + line])
        near &= (
            opened[point]
            & (np.minimum(to_first, to_last) <= slack)
            & (far <= _least(point, far, len(xy))[point] + slack)
        )
        passing, beyond = passing & ~near, beyond & ~near
    pick = first_of(point, stranger, beyond, passing, far, line)
    taken = np.full(len(xy), -1)
    taken[point[pick]] = pick
    return _snap(taken, line, at, far, _rivals(point, taken, stranger, beyond, passing, far))


def _least(point: IntArray, value: FloatArray, count: int) -> FloatArray:
    least = np.full(count, np.inf)
    np.minimum.at(least, point, value)
    return least


def _rivals(point: IntArray, taken: IntArray, *rank: FloatArray | IntArray | BoolArray) -> BoolArray:
    """Return, for each point, whether a second line came out even with the chosen one."""
    even = np.ones(len(point), dtype=bool)
    for values in rank:
        even &= np.abs(values.astype(np.float64) - values[taken[point]]) < 1e-6
    return np.bincount(point[even], minlength=len(taken)) > 1


def _snap(taken: IntArray, line: IntArray, at: FloatArray, far: FloatArray, doubtful: BoolArray) -> Snap:
    on = taken >= 0
    result = Snap(np.full(len(taken), -1), np.full(len(taken), np.nan), np.full(len(taken), np.nan), doubtful)
    result.line[on], result.at[on], result.far[on] = line[taken[on]], at[taken[on]], far[taken[on]]
    return result


def snap_poles(axis: Axis, xy: FloatArray, own: tuple[IntArray, IntArray], *, radius: float, tolerance: float) -> Snap:
    """Put poles on lines as :func:`snap_points` does, the many that stand on a vertex by a quicker way."""
    line = np.full(len(xy), -1)
    at, far = np.full(len(xy), np.nan), np.full(len(xy), np.nan)
    doubtful = np.zeros(len(xy), dtype=bool)
    tree = cKDTree(axis.xy, compact_nodes=False, balanced_tree=False)
    gap, vertex = tree.query(xy, distance_upper_bound=max(min(tolerance, radius), 1e-9))
    hit = np.flatnonzero(np.isfinite(gap))
    hit = hit[own[0][hit] == own[1][axis.line[vertex[hit]]]]
    line[hit], at[hit], far[hit] = axis.line[vertex[hit]], axis.at[vertex[hit]], gap[hit]
    rest = np.flatnonzero(line < 0)
    if len(rest):
        slow = snap_points(axis, xy[rest], radius=radius, own=(own[0][rest], own[1]), tolerance=tolerance)
        line[rest], at[rest], far[rest] = slow.line, slow.at, slow.far
    return Snap(line, at, far, doubtful)


def place_poles(
    axis: Axis, cuts: Cuts, snap: Snap, xy: FloatArray, *, radius: float, tolerance: float
) -> tuple[Cuts, int]:
    """Name each joint by its nearest pole and cut the lines at all others.

    Poles must come in order of preference, as of two on one place the first gives the name.

    Returns
    -------
    tuple of (Cuts, int)
        The cuts, and the number of poles that share a place with another.
    """
    on = np.flatnonzero(snap.line >= 0)
    if not len(on):
        return cuts, 0
    hard, gap = cuts.nearest(snap.at[on])
    far = np.hypot(*(points_at(axis, cuts.at[hard]) - xy[on]).T)
    close = (gap <= radius) & (far <= radius)
    winner = first_of(cuts.joint[hard[close]], far[close].round(3), on[close])
    pole = cuts.pole.copy()
    pole[hard[close][winner]] = on[close][winner]
    named = Cuts(cuts.at, cuts.line, cuts.joint, cuts.kind, pole)
    free = gap > tolerance
    free[np.flatnonzero(close)[winner]] = False
    rest = np.flatnonzero(free)
    order = rest[np.argsort(snap.at[on][rest], kind="stable")]
    run = np.cumsum(np.r_[0, np.diff(snap.at[on][order]) > tolerance])[: len(order)]
    single = order[first_of(run, on[order])]
    result = with_cuts(named, snap.at[on][single], snap.line[on][single], POLE, on[single])
    return result, len(on) - len(winner) - len(single)


def assume_poles(axis: Axis, cuts: Cuts, *, longest: float, tolerance: float) -> Cuts:
    """Cut lines without poles at their vertices, and lines with poles only in gaps longer than ``longest`` metres."""
    named = np.zeros(int(cuts.joint.max(initial=-1)) + 1, dtype=bool)
    named[cuts.joint[cuts.pole >= 0]] = True
    # a branch whose only pole is the one it leaves the trunk at has none of its own
    has_pole = np.bincount(cuts.line[named[cuts.joint]], minlength=len(axis.geometry)) > 1
    left = np.searchsorted(cuts.at, axis.at, side="right") - 1
    right = np.minimum(left + 1, len(cuts.at) - 1)
    gap = cuts.at[right] - cuts.at[left]
    free = (axis.at - cuts.at[left] > tolerance) & (cuts.at[right] - axis.at > tolerance)
    wanted = np.flatnonzero(free & (~has_pole[axis.line] | (gap > longest)))
    # of densely drawn vertices one every tolerance is enough
    bins = np.floor(axis.at[wanted] / max(tolerance, 1e-6))
    wanted = wanted[np.r_[True, np.diff(bins) > 0][: len(wanted)]]
    return with_cuts(cuts, axis.at[wanted], axis.line[wanted], VERTEX)


def cut_evenly(cuts: Cuts, real: BoolArray, *, longest: float) -> Cuts:
    """Cut what is left longer than ``longest`` metres into equal parts, but for spans between two poles.

    Parameters
    ----------
    real : ndarray, shape (k,)
        Which poles are poles: a station stands at the end of a cable, and says nothing of what lies between.
    """
    stands = np.zeros(int(cuts.joint.max(initial=-1)) + 1, dtype=bool)
    there = cuts.pole >= 0
    stands[cuts.joint[there][real[cuts.pole[there]]]] = True
    ends = stands[cuts.joint]
    gap = np.diff(cuts.at)
    wanted = np.flatnonzero((np.diff(cuts.line) == 0) & (gap > longest) & ~(ends[1:] & ends[:-1]))
    parts = np.ceil(gap[wanted] / longest).astype(np.int64)
    owner = np.repeat(wanted, parts - 1)
    number = np.arange(len(owner)) - np.repeat(np.cumsum(parts - 1) - (parts - 1), parts - 1) + 1
    at = cuts.at[owner] + gap[owner] * number / np.repeat(parts, parts - 1)
    return with_cuts(cuts, at, cuts.line[owner], EVEN)

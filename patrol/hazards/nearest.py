"""The nearest span, the nearest of another feeder and the nearest pole of many places, by a grid of square cells.

Each straight piece of line is entered in every cell it touches. A place looks at its own cell, then at the
rings of cells round it, until no piece that it has not seen can be near enough to matter: exact, as a tree of
boxes is, and without a Python object for each place.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import shapely

from patrol.compiled import compiled
from patrol.network.topology import Network
from patrol.network.trees import BoolArray, FloatArray, IntArray

CELLS_A_PIECE = 8.0  # at most, or an empty country would cost more than the lines in it
LEAST_CELL_M = 50.0


class Pieces(NamedTuple):
    """Straight pieces of line, m of them, and the cells of a grid in which they lie.

    Attributes
    ----------
    ends : ndarray, shape (m, 4)
        x, y of both ends in metres, counted from the grid's corner.
    owner, code : ndarray of int, shape (m,)
        What a piece is part of (span or node), and its feeder's code.
    before : ndarray, shape (m,)
        Metres of its span before it.
    corner : ndarray, shape (2,)
        Lowest x and y of the grid, metric CRS.
    shape : ndarray of int, shape (2,)
        Columns and rows of cells.
    start, item : ndarray of int
        Pieces in cell c (row by row) are ``item[start[c]:start[c + 1]]``.
    """

    ends: FloatArray
    owner: IntArray
    code: IntArray
    before: FloatArray
    corner: FloatArray
    cell: float
    shape: IntArray
    start: IntArray
    item: IntArray


class Asked(NamedTuple):
    """What is asked of n places; see :func:`look_up`. ``place`` counts from the corner of the grid."""

    place: FloatArray
    limit: FloatArray
    spread: FloatArray
    named: IntArray
    only: bool


class Hits(NamedTuple):
    """What is near each of n places, shape (n,) each; piece -1 and an infinite distance where nothing is.

    ``first`` is the nearest piece, ``other`` the nearest of a feeder other than that one's, ``own`` the
    nearest of the feeder that the place names. Of equally near pieces the first counts.
    """

    first: IntArray
    first_m: FloatArray
    other: IntArray
    other_m: FloatArray
    own: IntArray
    own_m: FloatArray


def span_pieces(network: Network, code: IntArray) -> Pieces:
    """Return the straight pieces of all spans (metric CRS), ``code`` being the feeder code of each span, shape (s,)."""
    xy, span = shapely.get_coordinates(network.spans.geometry.to_numpy(), return_index=True)
    head = np.flatnonzero(span[:-1] == span[1:]) if len(span) else np.empty(0, dtype=np.int64)
    owner = span[head].astype(np.int64)
    length = np.hypot(*(xy[head + 1] - xy[head]).T)
    run = np.cumsum(length) - length
    begins = np.searchsorted(owner, owner)
    return gridded(np.hstack([xy[head], xy[head + 1]]), owner, code[owner], run - run[begins])


def pole_pieces(network: Network, code: IntArray) -> Pieces:
    """Return the ends of spans as pieces without length, each under the code of every feeder that ends there.

    Where a feeder has numbered poles, places that only carry an assumed number are left out.
    """
    spans, nodes = network.spans, network.nodes
    joined = np.concatenate([code * len(nodes) + spans[end].to_numpy(dtype=np.int64) for end in ("u", "v")])
    joined = np.sort(joined)  # sorted whole numbers are told apart faster than by a hash
    once = joined[np.diff(joined, prepend=-1) > 0]
    pairs = np.column_stack(np.divmod(once, max(len(nodes), 1)))
    real = ~nodes["assumed"].to_numpy(dtype=bool)[pairs[:, 1]]
    numbered = np.bincount(pairs[real, 0], minlength=int(code.max(initial=-1)) + 1) > 0
    pairs = pairs[real | ~numbered[pairs[:, 0]]]
    xy = shapely.get_coordinates(nodes.geometry.to_numpy())[pairs[:, 1]]
    return gridded(np.hstack([xy, xy]), pairs[:, 1], pairs[:, 0], np.zeros(len(pairs)))


def gridded(ends: FloatArray, owner: IntArray, code: IntArray, before: FloatArray) -> Pieces:
    """Enter pieces (m, 4) in a grid whose cells are about twice as wide as a piece is long."""
    if not len(ends):
        nothing = np.empty(0, dtype=np.int64)
        one = np.ones(2, dtype=np.int64)
        return Pieces(ends, owner, code, before, np.zeros(2), 1.0, one, np.zeros(2, dtype=np.int64), nothing)
    low = np.minimum(ends[:, :2], ends[:, 2:]).min(axis=0) - 1.0
    size = np.maximum(ends[:, :2], ends[:, 2:]).max(axis=0) + 1.0 - low
    typical = float(np.median(np.hypot(ends[:, 2] - ends[:, 0], ends[:, 3] - ends[:, 1])))
    most = CELLS_A_PIECE * len(ends)
    cell = max(LEAST_CELL_M, 1.5 * typical, math.sqrt(size[0] * size[1] / most), *(size / most))
    shape = np.floor(size / cell).astype(np.int64) + 1
    local = np.ascontiguousarray(ends - np.tile(low, 2))
    start = np.zeros(int(shape[0] * shape[1]) + 1, dtype=np.int64)
    _enter(local, cell, shape, start, np.empty(0, dtype=np.int64))
    start = np.r_[0, np.cumsum(start[:-1])]
    item = np.empty(start[-1], dtype=np.int64)
    _enter(local, cell, shape, start.copy(), item)
    return Pieces(local, owner, code.astype(np.int64), before, low, cell, shape, start, item)


def look_up(
    pieces: Pieces, xy: FloatArray, limit: FloatArray, spread: FloatArray, named: IntArray, *, only: bool = False
) -> Hits:
    """Return what is near each place.

    Parameters
    ----------
    xy : ndarray, shape (n, 2)
        Metric CRS, finite.
    limit : ndarray, shape (n,)
        Nothing farther than this counts; may be infinite.
    spread : ndarray, shape (n,)
        Nor does a second candidate that is farther than the first by more than this.
    named : ndarray of int, shape (n,)
        Feeder code that the place names, -1 for none.
    only : bool
        Pieces of other feeders than the one named do not count at all.
    """
    place = np.ascontiguousarray(xy - pieces.corner)
    cells = np.clip(np.floor(place / pieces.cell), 0, pieces.shape - 1).astype(np.int64)
    order = np.argsort(cells[:, 1] * pieces.shape[0] + cells[:, 0], kind="stable")  # near places share cells
    found = np.full((len(xy), 3), -1)
    far = np.full((len(xy), 3), np.inf)
    if len(pieces.ends):
        _look(pieces, Asked(place, limit, spread, named, only), order, found, far)
    far = np.sqrt(far)
    return Hits(found[:, 0], far[:, 0], found[:, 1], far[:, 1], found[:, 2], far[:, 2])


def place_on(pieces: Pieces, piece: IntArray, xy: FloatArray) -> FloatArray:
    """Return the metres along its span of the point of ``piece[i]`` nearest to ``xy[i]``, shape (n,)."""
    ax, ay, bx, by = pieces.ends[piece].T
    (px, py), dx, dy = (xy - pieces.corner).T, bx - ax, by - ay
    square = dx * dx + dy * dy
    share = ((px - ax) * dx + (py - ay) * dy) / np.where(square > 0, square, 1.0)
    along: FloatArray = pieces.before[piece] + np.clip(share, 0.0, 1.0) * np.sqrt(square)
    return along


@compiled
def _enter(ends: FloatArray, cell: float, shape: IntArray, at: IntArray, item: IntArray) -> None:
    """Count the pieces of each cell in ``at``, or where ``item`` has room write them there, advancing ``at``."""
    slack = 1e-6
    for piece in range(len(ends)):
        ax, ay, bx, by = ends[piece, 0] / cell, ends[piece, 1] / cell, ends[piece, 2] / cell, ends[piece, 3] / cell
        if ax > bx:
            ax, ay, bx, by = bx, by, ax, ay
        first = max(math.floor(ax - slack), 0)
        last = min(math.floor(bx + slack), shape[0] - 1)
        for column in range(first, last + 1):
            # the part of the piece between the sides of this column
            left, right = max(ax, column - slack), min(bx, column + 1 + slack)
            y0, y1 = ay, by
            if bx - ax > slack:
                y0 = ay + (by - ay) * (left - ax) / (bx - ax)
                y1 = ay + (by - ay) * (right - ax) / (bx - ax)
            if y0 > y1:
                y0, y1 = y1, y0
            for row in range(max(math.floor(y0 - slack), 0), min(math.floor(y1 + slack), shape[1] - 1) + 1):
                number = row * shape[0] + column
                if len(item):
                    item[at[number]] = piece
                at[number] += 1


@compiled
def _look(pieces: Pieces, asked: Asked, order: IntArray, found: IntArray, far: FloatArray) -> None:
    """Fill ``found`` and ``far`` (squared metres), shape (n, 3): nearest, nearest of another feeder, of the named."""
    columns, rows = pieces.shape[0], pieces.shape[1]
    for i in order:
        x, y = asked.place[i, 0] / pieces.cell, asked.place[i, 1] / pieces.cell
        cx, cy = math.floor(x), math.floor(y)
        edge = min(x - cx, cx + 1 - x, y - cy, cy + 1 - y)
        ring = max(-cx, cx - columns + 1, -cy, cy - rows + 1, 0)
        last = max(cx, columns - 1 - cx, cy, rows - 1 - cy)
        while ring <= last:
            seen = (ring - 1 + edge) * pieces.cell  # all pieces nearer than this have been seen
            nearest = far[i, 2] if asked.only else far[i, 0]
            if ring > 0 and seen >= min(asked.limit[i], math.sqrt(nearest) + asked.spread[i]):
                break
            for row in range(max(cy - ring, 0), min(cy + ring, rows - 1) + 1):
                # the first and last row of a ring are whole, of the others only both ends are new
                step = 1 if ring == 0 or row == cy - ring or row == cy + ring else 2 * ring
                for column in range(cx - ring, cx + ring + 1, step):
                    if 0 <= column < columns:
                        _compare(pieces, row * columns + column, i, asked, found, far)
            ring += 1


@compiled
def _compare(pieces: Pieces, number: int, i: int, asked: Asked, found: IntArray, far: FloatArray) -> None:
    """Compare place ``i`` with the pieces of one cell."""
    named, limit = asked.named[i], asked.limit[i]
    for k in range(pieces.start[number], pieces.start[number + 1]):
        piece = pieces.item[k]
        code = pieces.code[piece]
        if asked.only and code != named:
            continue
        ax, ay = pieces.ends[piece, 0], pieces.ends[piece, 1]
        dx, dy = pieces.ends[piece, 2] - ax, pieces.ends[piece, 3] - ay
        px, py = asked.place[i, 0] - ax, asked.place[i, 1] - ay
        square = dx * dx + dy * dy
        share = min(max((px * dx + py * dy) / square, 0.0), 1.0) if square > 0 else 0.0
        gap = (px - share * dx) ** 2 + (py - share * dy) ** 2
        if gap > limit * limit:
            continue
        if code == named and (gap < far[i, 2] or (gap == far[i, 2] and piece < found[i, 2])):
            found[i, 2], far[i, 2] = piece, gap
        first = found[i, 0]
        if gap < far[i, 0] or (gap == far[i, 0] and piece < first):
            if first >= 0 and pieces.code[first] != code:
                found[i, 1], far[i, 1] = first, far[i, 0]
            found[i, 0], far[i, 0] = piece, gap
        elif code != pieces.code[first] and (gap < far[i, 1] or (gap == far[i, 1] and piece < found[i, 1])):
            found[i, 1], far[i, 1] = piece, gap


def feeder_codes(network: Network) -> tuple[IntArray, list[str]]:
    """Return the code of each span's feeder, shape (s,), and the feeder ids that the codes count into."""
    ids = network.feeders["feeder_id"].tolist()
    number = {name: code for code, name in enumerate(ids)}
    code = network.spans["feeder_id"].map(number).to_numpy(dtype=np.int64)
    return code, ids


def finite(xy: FloatArray) -> BoolArray:
    """Return which places (n, 2) have both coordinates."""
    good: BoolArray = np.isfinite(xy[:, 0]) & np.isfinite(xy[:, 1])
    return good

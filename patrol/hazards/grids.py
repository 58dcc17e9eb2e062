"""Reports laid out for the search of :mod:`patrol.hazards.neighbours`: arrays, grids, rules, room to work in."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from patrol.hazards.along import Ways
from patrol.network.trees import BoolArray, FloatArray, IntArray

ON_FOOT, OFF, ON_RAW = range(3)  # layers: reports on the line at their foot; off the line; on the line as reported
SMALLEST_M = 8.0  # uncertainties up to this are one class; each further class holds twice as much
NO_TIME = np.iinfo(np.int64).min


class Rows(NamedTuple):
    """Reports, shape (n,) each but for the places.

    Attributes
    ----------
    raw, foot : ndarray, shape (n, 2)
        Where the report says it is, and the point of the line it stands on (metric CRS).
    radius : ndarray
        Uncertainty in metres.
    span, along : ndarray
        Span (-1 off the network) and metres from its ``u``.
    type : ndarray of int
    size : ndarray of int
        Class of the uncertainty.
    time, closed : ndarray of int
        Microseconds: when captured, when closed; ``NO_TIME`` if not.
    known : ndarray of bool
        Belongs to a hazard of the register that stays as it is: never linked to another such report directly.
    grade : ndarray of int
        How grave what is reported is, the gravest 0.
    """

    raw: FloatArray
    foot: FloatArray
    radius: FloatArray
    span: IntArray
    along: FloatArray
    type: IntArray
    size: IntArray
    time: IntArray
    closed: IntArray
    known: BoolArray
    grade: IntArray


class Index(NamedTuple):
    """Reports sorted by (layer, type, size), then by cell of that block's grid, row by row.

    Attributes
    ----------
    start : ndarray of int, shape (layers * types * sizes + 1,)
    widest, cell : ndarray, shape (layers * types * sizes,)
        Largest uncertainty and width of a cell of each block.
    key, row : ndarray of int
        Cell number and report of each entry.
    low : ndarray, shape (2,)
    columns : ndarray of int, shape (layers * types * sizes,)
        Cells in a row of the block's grid.
    """

    start: IntArray
    widest: FloatArray
    cell: FloatArray
    columns: IntArray
    key: IntArray
    row: IntArray
    low: FloatArray
    sizes: int


class Rules(NamedTuple):
    """What may be one hazard.

    Attributes
    ----------
    base : float
        Metres to which both uncertainties are added.
    ally_start, ally : ndarray of int
        Types confusable with type t (itself included) are ``ally[ally_start[t]:ally_start[t + 1]]``.
    window : ndarray of int, shape (types,)
        Microseconds within which things of a type are one; the largest integer if they last.
    """

    base: float
    ally_start: IntArray
    ally: IntArray
    window: IntArray


class Scratch(NamedTuple):
    """Room for the search along the line: distances by node, valid where ``stamp`` is the current mark."""

    far: FloatArray
    stamp: IntArray
    queue: IntArray
    queued: BoolArray
    found: IntArray
    mark: IntArray


class Search(NamedTuple):
    """All of it; ``root`` joins reports, ``free`` marks those that may still be found (shape (n,) each)."""

    rows: Rows
    grid: Index
    rules: Rules
    ways: Ways
    room: Scratch
    root: IntArray
    free: BoolArray


def index_rows(rows: Rows, types: int, base: float) -> Index:
    """Enter reports in the grids; those on the line twice where there are reports off it to compare them with."""
    on, there = rows.span >= 0, np.isfinite(rows.raw).all(axis=1)
    sizes = int(rows.size.max(initial=0)) + 1
    parts = [(ON_FOOT, np.flatnonzero(on), rows.foot), (OFF, np.flatnonzero(~on & there), rows.raw)]
    if (~on & there).any():
        parts.append((ON_RAW, np.flatnonzero(on), rows.raw))
    row = np.concatenate([some for _, some, _ in parts])
    xy = np.vstack([places[some] for _, some, places in parts])
    block = np.concatenate([(layer * types + rows.type[some]) * sizes + rows.size[some] for layer, some, _ in parts])
    blocks = 3 * types * sizes
    widest = np.zeros(blocks)
    np.maximum.at(widest, block, rows.radius[row])
    cell = np.maximum(base + 2 * widest, 1.0)
    low = xy.min(axis=0) if len(xy) else np.zeros(2)
    size = (xy.max(axis=0) - low).max() if len(xy) else 0.0
    columns = np.floor(size / cell).astype(np.int64) + 2
    at = np.floor((xy - low) / cell[block][:, None]).astype(np.int64)
    key = at[:, 1] * columns[block] + at[:, 0]
    order = np.lexsort((row, key, block))
    start = np.searchsorted(block[order], np.arange(blocks + 1)).astype(np.int64)
    return Index(start, widest, cell, columns, key[order], row[order], low, sizes)


def scratch(nodes: int, rows: int) -> Scratch:
    """Return room for a network of so many nodes and so many reports."""
    whole = np.int64
    return Scratch(
        np.full(nodes, np.inf), np.zeros(nodes, dtype=whole), np.zeros(nodes + 1, dtype=whole),
        np.zeros(nodes, dtype=bool), np.zeros(rows, dtype=whole), np.zeros(1, dtype=whole),
    )  # fmt: skip

"""Spans are gathered in runs without switch or branch, and runs are cut into sections of even length."""

from __future__ import annotations

import numpy as np
import pandas as pd

from patrol.network.drawing import DEVICES
from patrol.network.topology import Network
from patrol.network.trees import BoolArray, FloatArray, IntArray

ALIKE = ("feeder_id", "placement", "region_class", "owner")
EVEN = 1e-6  # two poles are equally near to a target within this share of the run: then the one toward the source
TRIES = 6


def find_runs(network: Network, longest: float) -> tuple[IntArray, IntArray]:
    """Gather spans in runs: no branch, no switching device, one placement, region class and owner.

    Returns
    -------
    tuple of (order, run)
        Span indexes in the order of the walk from the source, and the run of each, shape (m,) both. A
        span longer than ``longest`` is a run of its own.
    """
    spans = network.spans
    order = np.argsort(spans["rank"].to_numpy(), kind="stable")
    u, v = spans["u"].to_numpy()[order], spans["v"].to_numpy()[order]
    count = len(network.nodes)
    passes = (np.bincount(u, minlength=count) == 1) & (np.bincount(v, minlength=count) == 1)
    devices = network.equipment.loc[network.equipment["kind"].isin(DEVICES)]
    for column in ("node", "node_other"):
        nodes = devices[column].to_numpy(dtype=np.int64)
        passes[nodes[nodes >= 0]] = False
    begins = np.ones(len(order), dtype=bool)
    begins[1:] = ~(passes[u[1:]] & (v[:-1] == u[1:]))
    for column in ALIKE:
        codes = pd.factorize(spans[column])[0][order]
        begins[1:] |= codes[1:] != codes[:-1]
    long = spans["length_m"].to_numpy()[order] > longest
    begins |= long
    begins[1:] |= long[:-1]
    return order, np.cumsum(begins) - 1


def cut_runs(length: FloatArray, run: IntArray, longest: float) -> IntArray:
    """Cut each run into as few pieces of even length as stay within ``longest``, at ends of spans.

    A run of 1,100 m becomes three pieces of about 367 m, not 500 + 500 + 100. Cuts are chosen by shares
    of the run, which a change of projection leaves alone.

    Parameters
    ----------
    length, run : ndarray, shape (m,)
        Metres of spans in order, and their runs 0, 1, 2 ... in order.

    Returns
    -------
    ndarray of int, shape (m,)
        Piece of each span, numbered in order.
    """
    if not len(run):
        return run
    limit = longest * (1 + 1e-9) + 1e-6
    first = np.flatnonzero(np.r_[True, np.diff(run) > 0])
    last = np.r_[first[1:], len(run)] - 1
    done = np.cumsum(length)
    total = done[last] - done[first] + length[first]
    share = (done - (done[first] - length[first])[run]) / np.maximum(total, 1e-12)[run]
    pieces = np.maximum(np.ceil(total / limit), 1).astype(np.int64)
    ends = np.zeros(len(run), dtype=bool)
    ends[last] = True
    todo = np.flatnonzero(pieces > 1)
    for _ in range(TRIES):
        ends[_members(first, last, todo)] = False
        ends[last] = True
        ends[_nearest_ends(share, run, first, todo, pieces[todo])] = True
        todo = _too_long(length, run, ends, limit)
        if not len(todo):
            break
        pieces[todo] += 1
    for one in todo.tolist():
        ends[first[one] : last[one] + 1] = _greedy(length[first[one] : last[one] + 1], limit)
    return np.cumsum(np.r_[0, ends[:-1]])


def _members(first: IntArray, last: IntArray, runs: IntArray) -> IntArray:
    size = last[runs] - first[runs] + 1
    offset = np.repeat(np.cumsum(size) - size, size)
    members: IntArray = np.repeat(first[runs], size) + np.arange(len(offset)) - offset
    return members


def _nearest_ends(share: FloatArray, run: IntArray, first: IntArray, runs: IntArray, pieces: IntArray) -> IntArray:
    """Return the spans whose far ends are nearest to even cuts of the given runs."""
    cuts = pieces - 1
    which = np.repeat(runs, cuts)
    serial = np.arange(len(which)) - np.repeat(np.cumsum(cuts) - cuts, cuts) + 1
    target = serial / np.repeat(pieces, cuts)
    right = np.searchsorted(2.0 * run + share, 2.0 * which + target)
    has_left = right > first[which]
    left = np.where(has_left, right - 1, right)
    use_left = has_left & (target - share[left] <= share[right] - target + EVEN)
    return np.where(use_left, left, right)


def _too_long(length: FloatArray, run: IntArray, ends: BoolArray, limit: float) -> IntArray:
    """Return runs with a piece of two or more spans longer than the limit."""
    piece = np.cumsum(np.r_[0, ends[:-1]])
    bad = (np.bincount(piece, weights=length) > limit) & (np.bincount(piece) > 1)
    runs: IntArray = np.unique(run[ends][bad])
    return runs


def _greedy(length: FloatArray, limit: float) -> BoolArray:
    """Return piece ends of one run whose poles are too uneven for even cuts: each piece as long as may be."""
    ends = np.zeros(len(length), dtype=bool)
    ends[-1] = True
    sofar = 0.0
    for place, metres in enumerate(length.tolist()):
        if place and sofar + metres > limit:
            ends[place - 1] = True
            sofar = 0.0
        sofar += metres
    return ends

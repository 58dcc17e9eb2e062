"""Feeders are walked from their sources: order, direction and parent of every span, loops and islands."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import breadth_first_order

from patrol.network.axis import first_of
from patrol.network.joints import groups_of
from patrol.network.trees import BoolArray, FloatArray, IntArray, depth_of, preorder, root_of


def spread_feeders(joints: IntArray, code: IntArray) -> tuple[IntArray, IntArray]:
    """Give pieces of unknown feeder the feeder that they are joined to.

    Parameters
    ----------
    joints : ndarray, shape (s, 2)
        Joint at the two ends of each piece, open switches already parted.
    code : ndarray, shape (s,)
        Feeder code, -1 unknown.

    Returns
    -------
    tuple of (code, doubtful)
        New codes; pieces joined to no known feeder stay -1. ``doubtful`` are pieces that join several
        feeders and were given to the first of them.
    """
    unknown = np.flatnonzero(code < 0)
    if not len(unknown):
        return code, unknown
    group = groups_of(joints[unknown], int(joints.max()) + 1)
    low = np.full(group.max() + 1, np.iinfo(np.int64).max)
    high = np.full(group.max() + 1, -1)
    known = np.flatnonzero(code >= 0)
    for end in (0, 1):
        np.minimum.at(low, group[joints[known, end]], code[known])
        np.maximum.at(high, group[joints[known, end]], code[known])
    mine = group[joints[unknown, 0]]
    result = code.copy()
    result[unknown] = np.where(high[mine] >= 0, low[mine], -1)
    return result, unknown[(high[mine] >= 0) & (low[mine] != high[mine])]


@dataclass(frozen=True, slots=True)
class Trace:
    """What a walk from the roots found.

    Attributes
    ----------
    flip : ndarray of bool, shape (s,)
        Spans to be turned so that they run away from their root.
    parent, depth, rank, root : ndarray of int, shape (s,)
        Span toward the root (-1 at it), spans between it and the root, order of a walk with the longest
        branch first, and the root node.
    tree : ndarray of bool, shape (s,)
        False for the spans that close loops.
    entering : ndarray of int, shape (n,)
        The span that supplies each node, -1 at roots.
    node_root, node_depth : ndarray of int, shape (n,)
    """

    flip: BoolArray
    parent: IntArray
    depth: IntArray
    rank: IntArray
    root: IntArray
    tree: BoolArray
    entering: IntArray
    node_root: IntArray
    node_depth: IntArray


def trace(ends: IntArray, length: FloatArray, count: int, roots: IntArray) -> Trace:
    """Walk the network breadth first from all roots at once.

    Parameters
    ----------
    ends : ndarray, shape (s, 2)
        Nodes of each span.
    length : ndarray, shape (s,)
        Metres, for the order of branches.
    count : int
        Number of nodes; each must be connected to a root.
    roots : ndarray, shape (r,)
        Nodes where supply comes from.
    """
    one = np.r_[ends[:, 0], np.full(len(roots), count)]
    other = np.r_[ends[:, 1], roots]
    graph = coo_matrix((np.ones(len(one), dtype=np.int32), (one, other)), shape=(count + 1, count + 1)).tocsr()
    _, before = breadth_first_order(graph, count, directed=False)
    before = np.where(before[:count] == count, -1, before[:count]).astype(np.int64)
    u, v = ends[:, 0], ends[:, 1]
    forth, back = before[v] == u, before[u] == v
    down = np.flatnonzero((forth | back) & (u != v))
    child = np.where(forth, v, u)[down]
    chosen = down[first_of(child, down)]
    entering = np.full(count, -1)
    entering[np.where(forth, v, u)[chosen]] = chosen
    tree = np.zeros(len(ends), dtype=bool)
    tree[chosen] = True
    node_depth = depth_of(before)
    flip = np.where(tree, ~forth, (node_depth[u] > node_depth[v]) | ((node_depth[u] == node_depth[v]) & (u > v)))
    head = np.where(flip, v, u)
    parent = entering[head]
    node_root = root_of(before)
    return Trace(
        flip, parent, node_depth[head], preorder(parent, length), node_root[head], tree, entering, node_root, node_depth
    )

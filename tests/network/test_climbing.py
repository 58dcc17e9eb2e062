"""Weights by the hierarchy are those of a search through the whole net, to the last digit."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra

from patrol.network.climbing import between, climb, pairwise
from patrol.network.hierarchy import build_hierarchy

FAR = 2.0**50


def net_of(seed, nodes, edges, closed):
    """A random net, mostly of neighbours in the plane; some edges twice, some from a joint to itself, some oneway."""
    rng = np.random.default_rng(seed)
    xy = rng.uniform(0, 1000, (nodes, 2))
    u = rng.integers(0, nodes, edges)
    near = np.argsort(np.hypot(*(xy[:, None] - xy).transpose(2, 0, 1)), axis=1)
    v = near[u, rng.integers(0, min(6, nodes), edges)]
    weight = rng.integers(1, 2**40, (2, edges)).astype(float)
    weight[rng.random((2, edges)) < closed] = np.inf
    return xy, u, v, *weight, rng


def searched(xy, u, v, forward, backward):
    tail, head, weight = np.r_[u, v], np.r_[v, u], np.r_[forward, backward]
    order = np.lexsort((weight, head, tail))
    keep = order[np.isfinite(weight[order]) & np.r_[True, np.diff(tail[order] * len(xy) + head[order]) != 0]]
    return dijkstra(coo_array((weight[keep], (tail[keep], head[keep])), shape=(len(xy), len(xy))).tocsr())


CASES = {
    "seed": st.integers(0, 100_000),
    "nodes": st.integers(1, 90),
    "edges": st.integers(0, 220),
    "closed": st.sampled_from([0.0, 0.3]),
}


@settings(max_examples=40)
@given(**CASES)
def test_every_way_between_joints_is_that_of_a_search(seed, nodes, edges, closed):
    *net, rng = net_of(seed, nodes, edges, closed)
    want = searched(*net)
    hierarchy = build_hierarchy(*net)
    places = rng.integers(0, nodes, 70 + nodes)  # several at one joint, and more than are climbed for at a time
    low, high = hierarchy.rank[places], np.full(len(places), -1)
    here = np.tile([0.0, np.inf], (len(places), 1))
    found = climb(hierarchy, low, high, here, here, limit=np.inf)
    assert np.array_equal(between(found), want[np.ix_(places, places)])
    start, stop = rng.integers(0, len(places), (2, 100))
    assert np.array_equal(pairwise(found, start, stop), want[places[start], places[stop]])


@settings(max_examples=40)
@given(**CASES, share=st.floats(0.01, 1.0))
def test_a_limit_loses_nothing_within_it(seed, nodes, edges, closed, share):
    *net, rng = net_of(seed, nodes, edges, closed)
    want = searched(*net)
    hierarchy = build_hierarchy(*net)
    limit = share * float(want[np.isfinite(want)].max())
    places = rng.permutation(nodes)
    here = np.tile([0.0, np.inf], (nodes, 1))
    found = climb(hierarchy, hierarchy.rank[places], np.full(nodes, -1), here, here, limit=limit)
    got, true = between(found), want[np.ix_(places, places)]
    assert np.array_equal(got[true <= limit], true[true <= limit])
    assert (got >= true).all()


@settings(max_examples=30)
@given(**CASES)
def test_a_place_inside_an_edge_climbs_from_both_ends(seed, nodes, edges, closed):
    *net, rng = net_of(seed, nodes, edges + 1, closed)
    _, u, v, _, _ = net
    want = searched(*net)
    hierarchy = build_hierarchy(*net)
    some = np.flatnonzero(u != v)
    ends = np.sort(np.column_stack([hierarchy.rank[u[some]], hierarchy.rank[v[some]]]), axis=1)
    out, into = rng.integers(1, 2**30, (2, len(some), 2)).astype(float)
    found = between(climb(hierarchy, ends[:, 0], ends[:, 1], out, into, limit=np.inf))
    joint = np.argsort(hierarchy.rank)[ends]
    for i in range(min(len(some), 12)):
        for j in range(min(len(some), 12)):
            ways = [out[i, a] + want[joint[i, a], joint[j, b]] + into[j, b] for a in (0, 1) for b in (0, 1)]
            assert found[i, j] == min(ways)

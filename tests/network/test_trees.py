"""Sums and walks on forests, against networkx and against a plain walk."""

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from patrol.network.trees import depth_of, nearest_marked, path_sums, preorder, root_of, subtree_min, subtree_sums


@st.composite
def forests(draw):
    """Parents of a forest in shuffled order, so that a parent may come after its child."""
    n = draw(st.integers(1, 40))
    parent = np.array([draw(st.integers(-1, i - 1)) for i in range(n)])
    shuffle = np.array(draw(st.permutations(range(n))))
    mixed = np.empty(n, dtype=np.int64)
    mixed[shuffle] = np.where(parent >= 0, shuffle[parent], -1)
    return mixed


def graph_of(parent):
    graph = nx.DiGraph()
    graph.add_nodes_from(range(len(parent)))
    graph.add_edges_from((p, c) for c, p in enumerate(parent) if p >= 0)
    return graph


@given(forests())
def test_sums_and_minima_equal_networkx_descendants(parent):
    graph = graph_of(parent)
    weight = np.arange(len(parent)) * 1.5 + 1
    below = [nx.descendants(graph, i) | {i} for i in range(len(parent))]
    assert subtree_sums(parent, weight) == pytest.approx([sum(weight[list(b)]) for b in below])
    value = (np.arange(len(parent)) * 7 + 3) % 11
    assert subtree_min(parent, value).tolist() == [min(value[list(b)]) for b in below]


@given(forests(), st.integers(1, 5))
def test_ancestors_equal_a_walk(parent, every):
    marked = np.arange(len(parent)) % every == 0
    for i in range(len(parent)):
        path = [i]
        while parent[path[-1]] >= 0:
            path.append(int(parent[path[-1]]))
        assert root_of(parent)[i] == path[-1]
        assert depth_of(parent)[i] == len(path) - 1
        assert nearest_marked(parent, marked)[i] == next((p for p in path if marked[p]), -1)
        assert path_sums(parent, np.arange(len(parent)))[i] == sum(path)


@given(forests())
def test_preorder_is_a_walk_that_keeps_subtrees_together(parent):
    rank = preorder(parent, np.ones(len(parent)))
    assert sorted(rank) == list(range(len(parent)))
    for i in range(len(parent)):
        below = sorted(rank[list(nx.descendants(graph_of(parent), i))])
        assert below == list(range(rank[i] + 1, rank[i] + 1 + len(below)))


def test_preorder_follows_the_longest_branch_first():
    parent = np.array([-1, 0, 0, 2, 2])
    assert preorder(parent, np.array([1.0, 5.0, 1.0, 9.0, 1.0])).tolist() == [0, 4, 1, 2, 3]


def test_a_long_chain_needs_no_recursion():
    n = 200_000
    parent = np.arange(n) - 1
    assert subtree_sums(parent, np.ones(n))[0] == n
    assert preorder(parent, np.ones(n))[-1] == n - 1

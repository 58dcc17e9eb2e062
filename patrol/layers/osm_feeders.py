"""Separate networks among mapped power lines, and running numbers for poles that have none."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from pyproj import Geod
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components, dijkstra

from patrol.layers.osm_read import STEPS

Ints = NDArray[np.int64]
WGS84 = Geod(ellps="WGS84")


@dataclass(frozen=True, slots=True)
class Vertices:
    """Vertices of some lines, one id a place: lines that share a node share an id, lines that cross do not.

    Attributes
    ----------
    vertex, line : ndarray of int, shape (k,)
        Of each coordinate in turn: its vertex id, and the position of its line.
    lonlat : ndarray, shape (n, 2)
        Place of each vertex in degrees.
    keys : ndarray of int, shape (n, 2)
        The same in steps of 1e-7 degrees, sorted, to look places up.
    """

    vertex: Ints
    line: Ints
    lonlat: NDArray[np.float64]
    keys: Ints

    def find(self, lonlat: NDArray[np.float64]) -> Ints:
        """Return the vertex id at each place of shape (m, 2), -1 where there is none."""
        if len(self.keys) == 0:
            return np.full(len(lonlat), -1, np.int64)
        mine, wanted = _scalar_keys(self.keys), _scalar_keys(_keys(lonlat))
        at = np.minimum(np.searchsorted(mine, wanted), len(mine) - 1)
        found: Ints = np.where(mine[at] == wanted, at, -1)
        return found


def vertices_of(geometry: NDArray[np.object_]) -> Vertices:
    """Return the vertices of LineStrings in degrees."""
    xy, line = shapely.get_coordinates(geometry, return_index=True)
    keys, vertex = np.unique(_keys(xy), axis=0, return_inverse=True)
    lonlat = np.empty((len(keys), 2))
    lonlat[vertex.ravel()] = xy
    return Vertices(vertex.ravel().astype(np.int64), line.astype(np.int64), lonlat, keys)


def _keys(lonlat: NDArray[np.float64]) -> Ints:
    return np.rint(np.asarray(lonlat, float).reshape(-1, 2) * STEPS).astype(np.int64)


def _scalar_keys(keys: Ints) -> Ints:
    # A latitude has fewer than 2^31 steps either way, so one number holds both and keeps their order.
    scalar: Ints = keys[:, 0] * np.int64(2**31) + keys[:, 1]
    return scalar


def networks(vertices: Vertices, voltage_kv: NDArray[np.float64]) -> Ints:
    """Return a network number a line: lines of one voltage that share a node, directly or through others."""
    n = len(voltage_kv)
    if n == 0:
        return np.empty(0, np.int64)
    _, level = np.unique(voltage_kv, return_inverse=True)
    place = vertices.vertex * (level.max() + 1) + level[vertices.line]
    _, place = np.unique(place, return_inverse=True)
    size = n + int(place.max()) + 1
    links = coo_array((np.ones(len(place)), (vertices.line, n + place)), shape=(size, size))
    _, label = connected_components(links, directed=False)
    return np.asarray(label[:n], np.int64)


def by_length(label: Ints, length_m: NDArray[np.float64], ids: list[str]) -> list[Ints]:
    """Return the positions of the lines of each network, the longest network first, ties by smallest id."""
    groups = [np.flatnonzero(label == one) for one in np.unique(label)]
    return sorted(groups, key=lambda rows: (-round(float(length_m[rows].sum()), 1), min(ids[row] for row in rows)))


def walk_order(vertices: Vertices, rows: Ints, roots: NDArray[np.float64]) -> Ints:
    """Return the vertex ids of one network in the order a walker along the line would meet them.

    The walk starts at the end nearest to one of ``roots`` (substations), or at an end of the longest
    way through the network where there are none; at each fork it follows the branch that reaches
    farthest first, as trunks do, and takes the others when it comes back.

    Parameters
    ----------
    rows : ndarray of int
        Positions of the network's lines.
    roots : ndarray, shape (r, 2)
        Longitude and latitude of possible sources; may be empty.
    """
    own = np.isin(vertices.line, rows)
    ids, local = np.unique(vertices.vertex[own], return_inverse=True)
    same = vertices.line[own][1:] == vertices.line[own][:-1]
    a, b = local[:-1][same], local[1:][same]
    n = len(ids)
    lonlat = vertices.lonlat[ids]
    length = _distance(lonlat[a], lonlat[b]) + 1e-3  # a zero would read as "no edge"
    pairs = pd.DataFrame({"a": np.minimum(a, b), "b": np.maximum(a, b), "m": length}).groupby(["a", "b"])["m"].min()
    low, high = (pairs.index.get_level_values(name).to_numpy() for name in ("a", "b"))
    graph = coo_array((pairs.to_numpy(), (low, high)), shape=(n, n)).tocsr()
    start = _start(graph, lonlat, np.bincount(np.r_[low, high], minlength=n), roots)
    away, parent = dijkstra(graph, directed=False, indices=start, return_predecessors=True)
    return ids[_preorder(away, parent, start)]


def _start(graph: object, lonlat: NDArray[np.float64], degree: Ints, roots: NDArray[np.float64]) -> int:
    ends = np.flatnonzero(degree == 1) if (degree == 1).any() else np.arange(len(lonlat))
    if len(roots):
        near = np.array([_distance(lonlat[ends], np.broadcast_to(root, lonlat[ends].shape)).min() for root in roots])
        root = roots[int(near.argmin())]
        return int(ends[_distance(lonlat[ends], np.broadcast_to(root, lonlat[ends].shape)).argmin()])
    first = int(ends[0])
    far = [int(ends[dijkstra(graph, directed=False, indices=first)[ends].argmax()])]
    far.append(int(ends[dijkstra(graph, directed=False, indices=far[0])[ends].argmax()]))
    return min(far)


def _preorder(away: NDArray[np.float64], parent: Ints, start: int) -> Ints:
    reach = away.copy()  # distance of the farthest vertex beyond each vertex
    children: list[list[int]] = [[] for _ in away]
    for v in np.argsort(-away, kind="stable"):
        if v != start:
            children[parent[v]].append(int(v))
            reach[parent[v]] = max(reach[parent[v]], reach[v])
    order, stack = [], [start]
    while stack:
        v = stack.pop()
        order.append(v)
        stack += sorted(children[v], key=lambda child: (reach[child], child))  # the farthest is popped first
    return np.array(order, np.int64)


def _distance(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(WGS84.inv(a[:, 0], a[:, 1], b[:, 0], b[:, 1])[2], float)

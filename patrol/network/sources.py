"""Where each feeder is supplied from: its breaker, else a substation, else an end that is assumed and said so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import shapely
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import cKDTree

from patrol.network.axis import first_of
from patrol.network.trees import FloatArray, IntArray


@dataclass(frozen=True, slots=True)
class Grid:
    """Nodes and spans before they are traced.

    Attributes
    ----------
    xy, code, part : ndarray, shape (n, 2), (n,), (n,)
        Node coordinates, feeder code (-1 unknown) and connected part.
    ends, length : ndarray, shape (s, 2), (s,)
        Nodes and metres of each span.
    """

    xy: FloatArray
    code: IntArray
    part: IntArray
    ends: IntArray
    length: FloatArray

    def degree(self) -> IntArray:
        """Return the number of span ends at each node."""
        return np.bincount(self.ends.ravel(), minlength=len(self.xy)).astype(np.int64)

    def part_length(self) -> FloatArray:
        """Return metres of line in each connected part."""
        size = int(self.part.max()) + 1
        return np.bincount(self.part[self.ends[:, 0]], weights=self.length, minlength=size).astype(np.float64)


def find_roots(grid: Grid, equipment: pd.DataFrame, supply: Any, *, radius: float) -> pd.DataFrame:
    """Choose where every connected part is supplied from.

    Parameters
    ----------
    equipment : DataFrame
        Columns ``kind, node, normally_open, x, y``; ``node`` is -1 off the network.
    supply : sequence of geometries
        Substations and lines of higher voltage: an assumed source is the loose end nearest to one.
    radius : float
        Metres within which a line belongs to a substation.

    Returns
    -------
    DataFrame
        One row a root: ``node``, ``equipment`` (row, -1), ``how`` (``breaker``, ``substation``,
        ``assumed``, or ``island`` for a part of a feeder that its source does not reach).
    """
    stations = _stations(grid, equipment, radius)
    breakers = equipment.index[
        (equipment["kind"] == "breaker") & (equipment["node"] >= 0) & ~equipment["normally_open"]
    ]
    breaker_node = equipment.loc[breakers, "node"].to_numpy(dtype=np.int64)
    rows: list[tuple[int, int, str]] = []
    reach = _reach(grid, equipment, breaker_node)
    guards = pd.DataFrame({"equipment": breakers, "node": breaker_node, "far": reach.round(3)})
    guards["passing"] = grid.degree()[breaker_node] > 1
    # best first: nearest to a substation, at a line end
    guards = guards.sort_values(["far", "passing", "node"], kind="stable")
    stations_of, guards_of = _by_code(grid, stations), _by_code(grid, guards)
    none = np.empty((0, 3))
    for code in np.unique(grid.code[grid.code >= 0]).tolist():
        row = _head(grid, stations_of.get(code, none), guards_of.get(code, none), radius)
        if row:
            rows.append(row)
    rows += _unnamed_roots(grid, stations_of.get(-1, none), guards_of.get(-1, none))
    found = np.array([row[0] for row in rows], dtype=np.int64)
    rows += _assumed(grid, found, supply)
    return pd.DataFrame(rows, columns=["node", "equipment", "how"]).sort_values(
        "node", kind="stable", ignore_index=True
    )


def _stations(grid: Grid, equipment: pd.DataFrame, radius: float) -> pd.DataFrame:
    """Return the best node of each connected part near each substation: ``equipment, node, far``."""
    rows = equipment.index[equipment["kind"] == "substation"].to_numpy()
    xy = equipment.loc[rows, ["x", "y"]].to_numpy(dtype=np.float64)
    near = cKDTree(grid.xy).query_ball_point(xy, radius, return_sorted=True) if len(rows) else []
    which = np.repeat(np.arange(len(rows)), [len(nodes) for nodes in near])
    node = np.concatenate([np.asarray(n, dtype=np.int64) for n in near]) if len(near) else np.empty(0, dtype=np.int64)
    far = np.hypot(*(grid.xy[node] - xy[which]).T)
    passing = grid.degree()[node] > 1
    pick = first_of(which * (int(grid.part.max()) + 1) + grid.part[node], passing, far.round(3), node)
    return pd.DataFrame({"equipment": rows[which[pick]], "node": node[pick], "far": far[pick]})


def _reach(grid: Grid, equipment: pd.DataFrame, node: IntArray) -> FloatArray:
    """Return metres from each node to the nearest substation, infinite if there is none."""
    xy = equipment.loc[equipment["kind"] == "substation", ["x", "y"]].to_numpy(dtype=np.float64)
    if not len(xy) or not len(node):
        return np.full(len(node), np.inf)
    return np.asarray(cKDTree(xy).query(grid.xy[node])[0], dtype=np.float64)


def _by_code(grid: Grid, found: pd.DataFrame) -> dict[int, FloatArray]:
    """Return ``equipment, node, far`` of each feeder code, in their order."""
    values = found[["equipment", "node", "far"]].to_numpy(dtype=np.float64)
    code = grid.code[found["node"].to_numpy(dtype=np.int64)]
    order = np.argsort(code, kind="stable")
    codes, starts = np.unique(code[order], return_index=True)
    return dict(zip(codes.tolist(), np.split(values[order], starts[1:]), strict=True)) if len(codes) else {}


def _head(grid: Grid, stations: FloatArray, breakers: FloatArray, radius: float) -> tuple[int, int, str] | None:
    """Return the root of one known feeder, None if nothing supplies it."""
    if len(stations) and len(breakers):
        one, other = grid.xy[stations[:, 1].astype(np.int64)], grid.xy[breakers[:, 1].astype(np.int64)]
        gap = np.hypot(*(one[:, None] - other[None]).transpose(2, 0, 1)).round(3)
        station, breaker = divmod(int(gap.argmin()), len(breakers))
        if gap[station, breaker] <= 2 * radius:
            return int(stations[station, 1]), int(breakers[breaker, 0]), "breaker"
        return int(stations[station, 1]), int(stations[station, 0]), "substation"
    if len(breakers):
        return int(breakers[0, 1]), int(breakers[0, 0]), "breaker"
    if len(stations):
        best = np.lexsort((stations[:, 1], stations[:, 2].round(3)))[0]
        return int(stations[best, 1]), int(stations[best, 0]), "substation"
    return None


def _unnamed_roots(grid: Grid, stations: FloatArray, breakers: FloatArray) -> list[tuple[int, int, str]]:
    """Return roots of parts without a feeder id: all their substations, else one breaker."""
    rows: list[tuple[int, int, str]] = []
    taken: set[int] = set()
    for row, node, _ in stations[np.lexsort((stations[:, 2], stations[:, 1]))].tolist():
        if not rows or rows[-1][0] != node:
            rows.append((int(node), int(row), "substation"))
            taken.add(int(grid.part[int(node)]))
    for row, node, _ in breakers.tolist():
        if int(grid.part[int(node)]) not in taken:
            rows.append((int(node), int(row), "breaker"))
            taken.add(int(grid.part[int(node)]))
    return rows


def _assumed(grid: Grid, found: IntArray, supply: Any) -> list[tuple[int, int, str]]:
    """Return a root for each part that has none yet."""
    has = np.zeros(int(grid.part.max()) + 1, dtype=bool)
    has[grid.part[found]] = True
    bare = np.flatnonzero(~has)
    if not len(bare):
        return []
    node = _near_supply(grid, bare, supply) if len(supply) else _longest_path_end(grid, bare)
    code = grid.code[node]
    supplied = np.isin(code, grid.code[found]) & (code >= 0)
    # of a feeder without any source the longest part is the feeder, and the others are its islands
    main = first_of(np.where(code >= 0, code, -2 - np.arange(len(code))), supplied, -grid.part_length()[bare])
    how = np.full(len(node), "island", dtype=object)
    how[main] = "assumed"
    how[supplied] = "island"
    return [(int(n), -1, str(h)) for n, h in zip(node, how, strict=True)]


def _near_supply(grid: Grid, bare: IntArray, supply: Any) -> IntArray:
    nodes = np.flatnonzero(np.isin(grid.part, bare))
    points = shapely.points(grid.xy[nodes])
    (_, _), far = shapely.STRtree(supply).query_nearest(points, return_distance=True, all_matches=False)
    return nodes[first_of(grid.part[nodes], grid.degree()[nodes] > 1, far.round(2), nodes)]


def _longest_path_end(grid: Grid, bare: IntArray) -> IntArray:
    """Return one end of the longest path of each part (of a tree: farthest from the farthest)."""
    count = len(grid.xy)
    weight = np.maximum(grid.length, 1e-9)
    graph = coo_matrix((weight, (grid.ends[:, 0], grid.ends[:, 1])), shape=(count, count)).tocsr()
    nodes = np.flatnonzero(np.isin(grid.part, bare))
    far_node = nodes[first_of(grid.part[nodes], nodes)]
    tips = []
    for _ in range(2):
        far = dijkstra(graph, directed=False, indices=far_node, min_only=True)
        far_node = nodes[first_of(grid.part[nodes], -far[nodes].round(2), nodes)]
        tips.append(far_node)
    west = np.lexsort((grid.xy[np.array(tips), 1], grid.xy[np.array(tips), 0]), axis=0)[0]
    return np.where(west == 0, tips[0], tips[1])

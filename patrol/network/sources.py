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
    known = np.unique(grid.code[grid.code >= 0])
    station_of = dict(list(stations.groupby(grid.code[stations["node"].to_numpy()]))) if len(stations) else {}
    breaker_of = pd.Series(breakers).groupby(grid.code[breaker_node]).groups if len(breakers) else {}
    reach = _reach(grid, equipment, breaker_node)
    for code in known.tolist():
        mine = np.asarray(breaker_of.get(code, []), dtype=np.int64)
        row = _head(grid, station_of.get(code), breakers[mine].to_numpy(), breaker_node[mine], reach[mine], radius)
        if row:
            rows.append(row)
    rows += _unnamed_roots(grid, station_of.get(-1), breakers, breaker_node, reach)
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


def _head(
    grid: Grid, stations: pd.DataFrame | None, breakers: IntArray, nodes: IntArray, reach: FloatArray, radius: float
) -> tuple[int, int, str] | None:
    """Return the root of one known feeder, None if nothing supplies it."""
    if stations is not None and len(breakers):
        gap = np.hypot(*(grid.xy[stations["node"].to_numpy()][:, None] - grid.xy[nodes][None]).transpose(2, 0, 1))
        station, breaker = divmod(int(gap.round(3).argmin()), len(nodes))
        node = int(stations["node"].iloc[station])
        if gap[station, breaker] <= 2 * radius:
            return node, int(breakers[breaker]), "breaker"
        return node, int(stations["equipment"].iloc[station]), "substation"
    if len(breakers):
        best = np.lexsort((nodes, grid.degree()[nodes] > 1, reach.round(3)))[0]
        return int(nodes[best]), int(breakers[best]), "breaker"
    if stations is not None:
        best = np.lexsort((stations["node"], stations["far"].round(3)))[0]
        return int(stations["node"].iloc[best]), int(stations["equipment"].iloc[best]), "substation"
    return None


def _unnamed_roots(
    grid: Grid, stations: pd.DataFrame | None, breakers: pd.Index, nodes: IntArray, reach: FloatArray
) -> list[tuple[int, int, str]]:
    """Return roots of parts without a feeder id: all their substations, else one breaker."""
    rows: list[tuple[int, int, str]] = []
    done: set[int] = set()
    if stations is not None:
        for node, row in (
            stations.sort_values(["node", "far"], kind="stable")
            .drop_duplicates("node")[["node", "equipment"]]
            .itertuples(index=False)
        ):
            rows.append((int(node), int(row), "substation"))
            done.add(int(grid.part[node]))
    unnamed = np.flatnonzero(grid.code[nodes] < 0)
    pick = unnamed[
        first_of(grid.part[nodes[unnamed]], reach[unnamed], grid.degree()[nodes[unnamed]] > 1, nodes[unnamed])
    ]
    rows += [(int(nodes[i]), int(breakers[i]), "breaker") for i in pick if int(grid.part[nodes[i]]) not in done]
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

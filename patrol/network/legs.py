"""The real road geometry of chosen legs, and straight ways where there are no roads."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from patrol.config import TravelSettings
from patrol.layers.schema import MODES
from patrol.network.access import Access
from patrol.network.crop import Found, sweep
from patrol.network.pathnet import PathNet, build_net, metres_along, points_along
from patrol.network.roads import RoadGraph
from patrol.network.water import Water, crosses
from patrol.network.weights import LIMIT, encode

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

CELL_M = 4000.0  # legs are searched for in groups that start together and are about as long


def leg_lines(
    graph: RoadGraph | None,
    access: Access,
    pairs: Sequence[tuple[int, int]],
    *,
    mode: str,
    settings: TravelSettings,
) -> list[Floats]:
    """Return the way of each leg, from access point to access point.

    Parameters
    ----------
    pairs : sequence of (int, int)
        Positions in ``access``: from, to.

    Returns
    -------
    list of ndarray, shape (k, 2)
        Metric coordinates along the fastest way, the parts of the first and the last edge included. On foot
        the walks to and from the road are included too, and a cross-country leg is a straight line. A leg
        between equal places is that place twice; a leg without a way is empty, shape (0, 2).
    """
    ends = np.column_stack([access.x, access.y])
    wanted = np.asarray(list(pairs), dtype=np.int64).reshape(-1, 2)
    if graph is None:
        return [ends[ij] for ij in wanted]
    net = build_net(graph, access, mode=mode, settings=settings)
    nodes = net.at[wanted]
    ways = _ways(graph, net, nodes)
    out = []
    for ij, (start, stop) in zip(wanted, nodes.tolist(), strict=True):
        weight, line = ways.get((start, stop), (-1, np.empty((0, 2))))
        if mode == "foot":
            line = _on_foot(access, ij, weight, line, settings, graph.water)
        out.append(ends[ij] if ij[0] == ij[1] else line)
    return out


def _ways(graph: RoadGraph, net: PathNet, nodes: Ints) -> dict[tuple[int, int], tuple[int, Floats]]:
    """Return the weight and the coordinates of the fastest way between each pair of nodes (k, 2) that has one."""
    arc_key = net.tail * len(net.xy) + net.head
    along = metres_along(graph)
    ways: dict[tuple[int, int], tuple[int, Floats]] = {}
    for group in group_pairs(net.xy, nodes):
        sources, row = np.unique(nodes[group, 0], return_inverse=True)
        targets, column = np.unique(nodes[group, 1], return_inverse=True)
        need = np.zeros((len(sources), len(targets)), dtype=bool)
        need[row.reshape(-1), column.reshape(-1)] = True
        for found in sweep(net, sources, targets, need, previous=True):
            for k, j in np.argwhere(found.wanted & np.isfinite(found.weight)):
                pair = (int(sources[found.rows[k]]), int(targets[j]))
                chain = _chain(found, int(k), pair)
                arcs = np.searchsorted(arc_key, chain[:-1] * len(net.xy) + chain[1:])
                line = _geometry(graph, net, along, arcs) if len(arcs) else net.xy[[pair[0], pair[0]]]
                ways[pair] = (int(found.weight[k, j]), line)
    return ways


def straight(metres: Floats, *, mode: str, settings: TravelSettings) -> tuple[Ints, Ints]:
    """Return whole seconds and metres of straight ways without roads, the detour factor included."""
    if mode not in MODES:
        raise ValueError(f"mode {mode!r} is none of {', '.join(MODES)}")
    kmh = {"foot": settings.foot_kmh, "ebike": settings.ebike_kmh}.get(mode, settings.no_road_kmh)
    path = metres * settings.detour_factor
    # What is left of a whole second or metre below a millionth is the arithmetic's, not the road's.
    return np.ceil(path * 3.6 / kmh - 1e-6).astype(np.int64), np.ceil(path - 1e-6).astype(np.int64)


def group_pairs(xy: Floats, nodes: Ints) -> list[Ints]:
    """Return positions of pairs (k, 2) in groups that start in one cell and are about as long.

    The cell grows with the length, so that one crop serves a group without being much larger than its legs.
    Pairs with an end off the net (-1) are in no group.
    """
    known = np.flatnonzero((nodes >= 0).all(axis=1))
    if not len(known):
        return []
    start, stop = xy[nodes[known, 0]], xy[nodes[known, 1]]
    size = np.maximum(np.hypot(*(stop - start).T) / CELL_M, 1.0)
    level = np.ceil(np.log2(size)).astype(np.int64)
    cell = np.floor(start / (CELL_M * 2.0**level)[:, None]).astype(np.int64)
    keys = np.column_stack([level, cell])
    order = np.lexsort(keys.T[::-1])
    cuts = np.flatnonzero((keys[order][1:] != keys[order][:-1]).any(axis=1)) + 1
    return [known[part] for part in np.split(order, cuts)]


def _chain(found: Found, row: int, pair: tuple[int, int]) -> Ints:
    """Return the nodes of a way, from its source to its target."""
    assert found.previous is not None
    first, node = (int(k) for k in np.searchsorted(found.crop.nodes, pair))
    before = found.previous[row]
    chain = [node]
    while node != first:
        node = int(before[node])
        chain.append(node)
    return found.crop.nodes[np.array(chain[::-1], dtype=np.int64)]


def _geometry(graph: RoadGraph, net: PathNet, along: Floats, arcs: Ints) -> Floats:
    """Return the coordinates along consecutive arcs."""
    parts = []
    edge, share = net.edge[arcs], graph.length_m[net.edge[arcs]] / net.edge_cm[net.edge[arcs]]
    start, stop = net.from_cm[arcs] * share, net.to_cm[arcs] * share
    ends = (points_along(graph, along, edge, start), points_along(graph, along, edge, stop))
    for k, e in enumerate(edge):
        low, high = graph.offsets[e], graph.offsets[e + 1]
        a, b = sorted((start[k], stop[k]))
        inner = slice(*(low + np.searchsorted(along[low:high] - along[low], (a, b), side="right")))
        between = graph.coords[inner] if start[k] <= stop[k] else graph.coords[inner][::-1]
        parts += [ends[0][k : k + 1], between, ends[1][k : k + 1]]
    return _without_repeats(np.vstack(parts))


def _without_repeats(line: Floats) -> Floats:
    """Return the line without points that repeat the one before, but never with less than two points."""
    moved = np.r_[True, (line[1:] != line[:-1]).any(axis=1)]
    return line[moved] if moved.sum() > 1 else line[[0, -1]]


def _on_foot(
    access: Access, ij: Ints, weight: int, line: Floats, settings: TravelSettings, water: Water | None
) -> Floats:
    """Return the walked way: straight where that is no slower and dry, else by road with the walks to it."""
    ends = np.column_stack([access.x[ij], access.y[ij]])
    gap = float(np.hypot(*(ends[1] - ends[0])))
    pace = 3.6 / settings.foot_kmh
    walk = access.walk_m[ij]
    by_road = weight + int(encode(walk * pace, walk).sum()) if weight >= 0 else LIMIT + 1
    path = gap * settings.detour_factor
    direct = int(encode(path * pace, path)) if gap <= settings.foot_direct_m else LIMIT + 1
    if water is not None and direct <= by_road and crosses(water, ends[:1], ends[1:])[0]:
        direct = LIMIT + 1
    if min(direct, by_road) > LIMIT:
        return np.empty((0, 2))
    return ends if direct <= by_road else _without_repeats(np.vstack([ends[:1], line, ends[1:]]))

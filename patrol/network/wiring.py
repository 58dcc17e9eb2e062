"""Pieces of line become nodes and spans: switches are opened, feeders told apart, far sides of ties found."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from patrol.network.axis import EVEN, first_of, points_at
from patrol.network.drawing import Drawing
from patrol.network.intake import Intake
from patrol.network.joints import alike, groups_of
from patrol.network.sources import Grid
from patrol.network.switching import open_switches
from patrol.network.tracing import spread_feeders
from patrol.network.trees import BoolArray, IntArray


@dataclass(frozen=True, slots=True)
class Wiring:
    """Nodes and spans before they are traced.

    Attributes
    ----------
    grid : Grid
    code : ndarray, shape (s,)
        Feeder code of each span, -1 where no line says and nothing named is joined.
    node_pole : ndarray, shape (n,)
        Pole that gives the node its number, -1 for none. ``copy`` marks nodes where the same pole is
        counted at another node already (the far side of an open switch).
    even : ndarray, shape (n,)
        Nodes where a long line without poles is cut in equal parts, and nothing stands.
    equipment_node, far_node : ndarray, shape (k,)
        Node of each item of equipment, and the node at the far side of an open device; -1 for none.
    doubtful : ndarray
        Spans without a feeder that join several feeders. ``unclear`` are open devices at a joint of three
        or more pieces where the data do not say which piece they part.
    """

    grid: Grid
    code: IntArray
    node_pole: IntArray
    copy: BoolArray
    even: BoolArray
    equipment_node: IntArray
    far_node: IntArray
    doubtful: IntArray
    unclear: IntArray


def wire(intake: Intake, drawing: Drawing) -> Wiring:
    """Join the pieces to a graph; see :class:`Wiring`."""
    cuts, standing = drawing.cuts, drawing.standing
    end_cut = np.column_stack([drawing.start, drawing.start + 1])
    opened = np.flatnonzero(drawing.opened & (standing.piece >= 0))
    joints, other, width = open_switches(cuts.joint[end_cut], standing, opened)
    code, doubtful = spread_feeders(joints, intake.line_code[cuts.line[drawing.start]])
    # lines of two known feeders are two nodes even where a line of none lay between them
    codes = len(intake.feeder_ids) + 1
    keys, ends = np.unique(joints * codes + code[:, None] + 1, return_inverse=True)
    ends = ends.reshape(-1, 2)
    node, cut = ends.ravel(), end_cut.ravel()
    has_pole = cuts.pole[cut] >= 0
    x, y = points_at(drawing.axis, cuts.at[cut]).T
    best = first_of(node, ~has_pole, cuts.kind[cut], x.round(3), y.round(3), cut)
    xy = np.column_stack([x, y])[best]
    node_code = keys % codes - 1
    pole_of_joint = np.full(int(cuts.joint.max()) + 1, -1)
    pole_of_joint[cuts.joint[cuts.pole >= 0]] = cuts.pole[cuts.pole >= 0]
    node_pole = pole_of_joint[cuts.joint[cut[best]]]
    stands = node_pole >= 0
    stands[stands] = alike(intake.pole_code[node_pole[stands]], node_code[stands])
    node_pole = np.where(stands, node_pole, -1)
    xy[stands] = intake.pole_xy[node_pole[stands]]
    copy = stands.copy()
    copy[first_of(np.where(stands, node_pole, -1 - np.arange(len(keys))), keys)] = False
    on = standing.piece >= 0
    equipment_node = np.where(on, ends[standing.piece, standing.end], -1)
    far_node = np.full(len(equipment_node), -1)
    for row, joint in zip(opened[other >= 0].tolist(), other[other >= 0].tolist(), strict=True):
        far_node[row] = _node_at(keys, codes, joint, int(node_code[equipment_node[row]]))
    grid = Grid(xy, node_code, groups_of(ends, len(keys)), ends, cuts.at[drawing.start + 1] - cuts.at[drawing.start])
    unclear = opened[(width >= 3) & (drawing.snap.doubtful[opened] | _passes(drawing, opened))]
    even = cuts.kind[cut[best]] == EVEN
    return Wiring(grid, code, node_pole, copy, even, equipment_node, far_node, doubtful, unclear)


def _node_at(keys: IntArray, codes: int, joint: int, code: int) -> int:
    """Return the node of a joint, the one of this feeder if there are several."""
    low, high = np.searchsorted(keys, [joint * codes, (joint + 1) * codes])
    same = np.searchsorted(keys, joint * codes + code + 1)
    if same < high and keys[same] == joint * codes + code + 1:
        return int(same)
    return int(low) if low < high else -1


def _passes(drawing: Drawing, rows: IntArray) -> BoolArray:
    """Return whether the line of each device goes on at both sides of the cut the device stands on."""
    piece, end = drawing.standing.piece[rows], drawing.standing.end[rows]
    cut = drawing.start[piece] + end
    line = np.r_[-1, drawing.cuts.line, -1]
    passing: BoolArray = (line[cut] == line[cut + 1]) & (line[cut + 2] == line[cut + 1])
    return passing


def far_sides(
    grid: Grid, geometry: shapely.Geometry, feeder: IntArray, xy: IntArray, node: IntArray, radius: float
) -> IntArray:
    """Find what a device at the end of a line faces: another feeder within ``radius`` metres, else a loose end.

    Parameters
    ----------
    feeder : ndarray, shape (s,)
        Final feeder code of every span.
    xy, node : ndarray, shape (j, 2), (j,)
        Devices and their nodes.

    Returns
    -------
    ndarray, shape (j,)
        The facing node, -1 where there is nothing.
    """
    result = np.full(len(node), -1)
    if not len(node):
        return result
    device, span = shapely.STRtree(geometry).query(shapely.points(xy), predicate="dwithin", distance=radius)
    feeder_of = np.full(len(grid.xy), -1)
    feeder_of[grid.ends] = feeder[:, None]
    degree = grid.degree()
    ends = grid.ends[span]
    far_end = np.hypot(*(grid.xy[ends] - xy[device][:, None]).transpose(2, 0, 1))
    near = ends[np.arange(len(span)), far_end.argmin(axis=1)]
    same = feeder_of[near] == feeder_of[node[device]]
    fits = ~same | ((degree[near] == 1) & (near != node[device]) & (far_end.min(axis=1) <= radius))
    fits &= ~(grid.ends[span] == node[device][:, None]).any(axis=1)
    device, span, near, same = device[fits], span[fits], near[fits], same[fits]
    far = shapely.distance(shapely.points(xy[device]), geometry[span])
    pick = first_of(device, same, far.round(3), near)
    result[device[pick]] = near[pick]
    return result

"""Lines are cut into pieces at joints, poles and devices, and equipment is put on its piece."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from patrol.config import NetworkSettings
from patrol.network.axis import END, Axis, Cuts, Geometries, lay_out, pieces
from patrol.network.intake import Intake
from patrol.network.joints import find_joints
from patrol.network.snapping import Snap, assume_poles, cut_evenly, place_poles, snap_points, snap_poles
from patrol.network.switching import Standing, place_devices, stand
from patrol.network.trees import BoolArray, IntArray

NOT_A_POLE = "station"  # what importers call a bus whose lines are drawn, but not their poles
DEVICES = ("breaker", "recloser", "switch", "tie")


@dataclass(frozen=True, slots=True)
class Drawing:
    """Pieces of line before anything is traced.

    Attributes
    ----------
    start : ndarray, shape (s,)
        Cut at which each piece starts; it ends at the next cut.
    geometry : ndarray of LineString, shape (s,)
    snap, standing : Snap, Standing
        Where each item of equipment stands.
    device, opened : ndarray of bool
        Switching devices, and those normally open, on the network or not.
    lost_poles, shared_poles : ndarray of int, int
        Rows of poles that stand on no line of theirs; number of poles that share a place with another.
    """

    axis: Axis
    cuts: Cuts
    start: IntArray
    geometry: Geometries
    snap: Snap
    standing: Standing
    device: BoolArray
    opened: BoolArray
    lost_poles: IntArray
    shared_poles: int


def draw(intake: Intake, settings: NetworkSettings) -> Drawing:
    """Cut all lines; see :class:`Drawing`."""
    tolerance = settings.snap_tolerance_m
    axis = lay_out(intake.lines.geometry.array)
    cuts = find_joints(axis, intake.line_code, tolerance)
    device = intake.equipment["kind"].isin(DEVICES).to_numpy(dtype=bool)
    opened = device & intake.equipment["normally_open"].to_numpy(dtype=bool)
    snap = snap_points(
        axis,
        intake.equipment_xy,
        radius=settings.equipment_snap_m,
        own=(intake.equipment_code, intake.line_code),
        only=intake.only,
        prefer=(_loose_ends(cuts, len(axis.geometry)), opened, settings.pole_snap_m),
        tolerance=tolerance,
    )
    own = (intake.pole_code, intake.line_code)
    poles = snap_poles(axis, intake.pole_xy, own, radius=settings.pole_snap_m, tolerance=tolerance)
    cuts, shared = place_poles(axis, cuts, poles, intake.pole_xy, radius=settings.pole_snap_m, tolerance=tolerance)
    cuts = assume_poles(axis, cuts, longest=settings.section_max_m, tolerance=tolerance)
    cuts = place_devices(cuts, snap, device, radius=settings.pole_snap_m, tolerance=tolerance)
    real = (intake.poles["type"] != NOT_A_POLE).to_numpy(dtype=bool)
    cuts = cut_evenly(cuts, real, longest=settings.section_max_m)
    geometry, start = pieces(axis, cuts)
    standing = stand(cuts, start, snap, device)
    return Drawing(axis, cuts, start, geometry, snap, standing, device, opened, np.flatnonzero(poles.line < 0), shared)


def _loose_ends(cuts: Cuts, count: int) -> BoolArray:
    """Return which line ends meet nothing: flags of all first ends, then of all last ends, shape (2 * count,)."""
    alone = cuts.ends_at_joint() == 1
    first = np.r_[True, cuts.line[1:] != cuts.line[:-1]]
    loose = np.zeros(2 * count, dtype=bool)
    ends = np.flatnonzero((cuts.kind == END) & alone)
    loose[np.where(first[ends], cuts.line[ends], count + cuts.line[ends])] = True
    return loose

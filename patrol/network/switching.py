"""Equipment gets its cut, its span and its node; open switches part the network where they stand."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from patrol.network.axis import DEVICE, Cuts, with_cuts
from patrol.network.snapping import Snap
from patrol.network.trees import BoolArray, IntArray


def place_devices(cuts: Cuts, snap: Snap, device: BoolArray, *, radius: float, tolerance: float) -> Cuts:
    """Cut lines at switching devices, or leave them on a pole or line end at most ``radius`` metres along the line.

    A joint of three or more pieces takes a device only within the tolerance: a few metres down one of
    its branches a switch belongs to that branch.
    """
    rows = np.flatnonzero(device & (snap.line >= 0))
    at = snap.at[rows]
    near, gap = cuts.nearest(at)
    stays = (gap <= tolerance) | ((gap <= radius) & (cuts.ends_at_joint()[near] <= 2))
    order = rows[~stays][np.argsort(at[~stays], kind="stable")]
    apart = np.r_[True, np.diff(snap.at[order]) > tolerance][: len(order)]
    return with_cuts(cuts, snap.at[order][apart], snap.line[order][apart], DEVICE)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where equipment stands: its piece of line and which end of it (0 or 1), -1 off the network; shape (k,)."""

    piece: IntArray
    end: IntArray


def stand(cuts: Cuts, start: IntArray, snap: Snap, device: BoolArray) -> Standing:
    """Return the piece that each item of equipment stands on, at the end nearest to it.

    On the cut itself a device stands at the beginning of the piece after it, all else at the end of the
    piece before it.
    """
    rows = np.flatnonzero(snap.line >= 0)
    result = Standing(np.full(len(snap.line), -1), np.zeros(len(snap.line), dtype=np.int64))
    piece_after = np.full(len(cuts.at) + 1, -1)
    piece_after[start] = np.arange(len(start))
    near, _ = cuts.nearest(snap.at[rows])
    side = snap.at[rows] - cuts.at[near]
    after, before = piece_after[near], piece_after[near - 1]
    wants_after = np.where(np.abs(side) < 1e-6, device[rows], side > 0)
    use_after = (wants_after & (after >= 0)) | (before < 0)
    result.piece[rows] = np.where(use_after, after, before)
    result.end[rows] = np.where(use_after, 0, 1)
    return result


def open_switches(joints: IntArray, standing: Standing, opened: IntArray) -> tuple[IntArray, IntArray, IntArray]:
    """Part the network at open devices.

    Parameters
    ----------
    joints : ndarray, shape (s, 2)
        Joint at the two ends of each piece.
    opened : ndarray, shape (j,)
        Rows of the open devices.

    Returns
    -------
    tuple of (joints, other, width)
        New joints: the end an open device stands on is taken off its joint and gets one of its own.
        ``other`` is the joint it was taken from, shape (j,), -1 where nothing else met there, and
        ``width`` how many pieces met there before.
    """
    joints = joints.copy()
    meeting = np.bincount(joints.ravel(), minlength=1)
    fresh = len(meeting)
    width = np.array([meeting[joints[standing.piece[row], standing.end[row]]] for row in opened], dtype=np.int64)
    other = np.full(len(opened), -1)
    parted: dict[tuple[int, int], int] = {}
    for place, row in enumerate(opened):
        piece, end = int(standing.piece[row]), int(standing.end[row])
        joint = int(joints[piece, end])
        if (piece, end) in parted:
            other[place] = parted[piece, end]
        elif meeting[joint] >= 2:
            meeting[joint] -= 1
            joints[piece, end] = fresh
            other[place] = parted[piece, end] = joint
            meeting = np.append(meeting, 1)
            fresh += 1
    return joints, other, width

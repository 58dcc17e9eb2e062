"""Spans no line has: a misplaced pole is set aside, and a line is broken rather than drawn across the county."""

from __future__ import annotations

import numpy as np
import pandas as pd

from patrol.errors import Finding
from patrol.layers.raw import BoolArray, IntArray

BROKEN_M = 2_000.0  # (m) no span of a distribution line is as long as this


def without_gaps(ledger: pd.DataFrame, label: str, *, broken_m: float = BROKEN_M) -> tuple[pd.DataFrame, list[Finding]]:
    """Take out poles that only spans longer than ``broken_m`` reach, and break the line at the other long spans.

    What followed a pole that is set aside follows the pole before it, if that is near enough.

    Parameters
    ----------
    ledger : DataFrame
        As :func:`patrol.layers.pole_order.join_poles` returns it: ``feeder_id, branch, pole_no, source_row, x, y``
        (metres) and ``parent`` (row, -1 for first poles).
    label : str
        File name, for the findings.
    broken_m : float
        Metres; an expert's guess.

    Returns
    -------
    tuple of (DataFrame, findings)
        The ledger without the rows set aside. ``head`` marks the one pole of each feeder that its source is
        taken to stand at; parts beyond a break have a first pole, too, but no source.
    """
    parent = ledger["parent"].to_numpy().copy()
    head = parent < 0
    xy = ledger[["x", "y"]].to_numpy(float)
    long = ~head & (np.hypot(*(xy - xy[parent]).T) > broken_m)
    if not long.any():
        return ledger.assign(head=head), []
    feeder = pd.factorize(ledger["feeder_id"])[0]
    lone = _lone(parent, long, feeder)
    names, rows = _names(ledger), ledger["source_row"].to_numpy()
    found = []
    for pole in np.flatnonzero(lone):
        far = _nearest_neighbour_m(xy, parent, int(pole))
        what = f"{names[pole]} lies {far / 1000:,.1f} km from its neighbours on the line; it is left out"
        mend = "mend its coordinates; if the span is real, raise --broken-span-m"
        found.append(Finding("rejected", "poles.misplaced", label, what, mend, row=int(rows[pole]), field="lon"))
    before = np.array([_kept_before(parent, lone, pole) for pole in range(len(parent))])
    head = _heads(feeder, before, head & ~lone, lone)
    head_of = dict(zip(feeder[head].tolist(), np.flatnonzero(head).tolist(), strict=True))
    for pole in np.flatnonzero(~lone & ~head):
        near = int(before[pole]) if before[pole] >= 0 else head_of[int(feeder[pole])]
        gap = float(np.hypot(*(xy[pole] - xy[near])))
        parent[pole] = near if gap <= broken_m else -1
        if gap > broken_m:
            what = f"the line is broken before {names[pole]}: {names[near]} is {gap / 1000:,.1f} km away"
            mend = "mend parent_pole or coordinates, or add the poles between; raise --broken-span-m if it is real"
            found.append(Finding("suspicion", "poles.broken", label, what, mend, row=int(rows[pole])))
    parent[head] = -1
    number = np.append(np.cumsum(~lone) - 1, -1)  # the last place is read by -1
    result = ledger.assign(parent=number[parent], head=head)[~lone].reset_index(drop=True)
    return result, found


def _names(ledger: pd.DataFrame) -> list[str]:
    parts = zip(ledger["feeder_id"], ledger["branch"], ledger["pole_no"], strict=True)
    return [" ".join(part for part in one if part) for one in parts]


def _lone(parent: IntArray, long: BoolArray, feeder: IntArray) -> BoolArray:
    """Return which poles have neighbours beyond long spans only; of a feeder of such poles alone the first stays."""
    short = (parent >= 0) & ~long
    near, any_long = np.zeros(len(parent), dtype=bool), long.copy()
    near[short] = near[parent[short]] = True
    any_long[parent[long]] = True
    lone: BoolArray = any_long & ~near
    kept = np.bincount(feeder, weights=~lone) > 0
    lone[(parent < 0) & ~kept[feeder]] = False
    return lone


def _nearest_neighbour_m(xy: np.ndarray, parent: IntArray, pole: int) -> float:
    others = np.flatnonzero(parent == pole).tolist() + ([int(parent[pole])] if parent[pole] >= 0 else [])
    return float(np.hypot(*(xy[others] - xy[pole]).T).min())


def _kept_before(parent: IntArray, lone: np.ndarray, pole: int) -> int:
    """Return the nearest pole toward the source that is not set aside, -1 if there is none."""
    before = int(parent[pole])
    while before >= 0 and lone[before]:
        before = int(parent[before])
    return before


def _heads(feeder: IntArray, before: IntArray, head: BoolArray, lone: BoolArray) -> BoolArray:
    """Return one head a feeder: its own, or where that is set aside the first of those that followed it."""
    served = set(feeder[head].tolist())
    for pole in np.flatnonzero((before < 0) & ~lone & ~head):
        if feeder[pole] not in served:
            served.add(int(feeder[pole]))
            head[pole] = True
    return head

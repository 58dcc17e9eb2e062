"""The reports of the register that may belong with others: all that can be reached from them, from report to report."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from itertools import product
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.spatial import cKDTree

from patrol.config import HazardSettings
from patrol.hazards.actions import UNCLASSIFIED
from patrol.hazards.views import frame_of

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
Allies = frozenset[frozenset[str]]  # types that may be taken for each other
BoolArray = npt.NDArray[np.bool_]

# What is known of each report that is looked at in full; `root` is the hazard it is shown in.
AROUND: dict[str, str] = {
    "report_id": "str",
    "root": "str",
    "order": "str",  # tells reports of one time apart, whichever came in first
    "type": "str",
    "hazard_type": "str",
    "hazard_class": "str",  # of the report
    "captured_at": "time",  # or else when it was taken in
    "lon": "float64",
    "lat": "float64",
    "uncertainty_m": "float64",
    "located_by": "str",
    "feeder_id": "str",
    "given_state": "str",
    "given_at": "time",  # since when it holds: as given, else since it was taken in
    "follows": "str",
    "previous_id": "str",
    "state": "str",  # of the hazard, by actions and lists
    "shut": "time",  # when it was closed
    "gone": "time",  # when it was rectified
    "row": "int64",
}
_FULL = """
    SELECT r.report_id, c.case_id, coalesce(r.rank, r.key), r.type, h.type, r.hazard_class, r.seen, r.lon, r.lat,
        r.uncertainty_m, r.located_by, r.feeder_id, r.given_state,
        coalesce(r.given_closed, (SELECT max(n.recorded_at) FROM events n WHERE n.subject = r.report_id
            AND n.action = 'correct' AND instr(n.body, '"given_state"')), e.recorded_at),
        r.follows, r.previous_id, c.state, c.closed, c.rectified_at, r."row"
    FROM json_each(?) a CROSS JOIN reports r ON r.fid = a.value CROSS JOIN events e ON e.seq = r.fid
    CROSS JOIN cases m ON m.case_id = r.hazard_id CROSS JOIN cases c ON c.case_id = m.root
    CROSS JOIN hazards h ON h.hazard_id = c.case_id ORDER BY r.fid
"""


class Slim(NamedTuple):
    """All reports that count, as arrays: number, place in degrees, radius, type, hazard as it is shown, thread.

    ``radius`` is in metres, from the place to its foot on the line and its uncertainty beyond: feet may be nearer to
    each other than the places are.
    """

    fid: IntArray
    lon: FloatArray
    lat: FloatArray
    radius: FloatArray
    type: npt.NDArray[np.object_]
    root: npt.NDArray[np.object_]
    thread: npt.NDArray[np.object_]


def slim(connection: sqlite3.Connection) -> Slim:
    """Read all reports that were not withdrawn; the type of what nobody could name is that of its hazard."""
    rows = connection.execute(
        "SELECT r.fid, r.lon, r.lat, coalesce(r.uncertainty_m, 0.0) + coalesce(r.snap_m, 0.0), "
        f"CASE WHEN r.type = '{UNCLASSIFIED}' THEN h.type ELSE r.type END, h.hazard_id, "
        "CASE WHEN r.follows = '' THEN r.report_id ELSE r.follows END "
        "FROM hazards h CROSS JOIN cases c ON c.root = h.hazard_id CROSS JOIN reports r ON r.hazard_id = c.case_id "
        "WHERE r.withdrawn IS NULL"
    ).fetchall()
    fid, lon, lat, radius, kind, root, thread = zip(*rows, strict=True) if rows else [()] * 7
    x, y, metres = (np.array(column, dtype=np.float64) for column in (lon, lat, radius))
    code, hazard, said = (np.array(column, dtype=object) for column in (kind, root, thread))
    return Slim(np.array(fid, dtype=np.int64), x, y, metres, code, hazard, said)


def full(connection: sqlite3.Connection, fids: Sequence[int]) -> pd.DataFrame:
    """Return what is known of these reports, :data:`AROUND`."""
    asked = json.dumps([int(one) for one in fids])
    return frame_of(connection.execute(_FULL, (asked,)).fetchall(), AROUND)


def fids_of(connection: sqlite3.Connection, reports: Iterable[str]) -> list[int]:
    """Return the numbers of reports."""
    asked = json.dumps(list(reports))
    sql = "SELECT r.fid FROM json_each(?) a CROSS JOIN reports r ON r.report_id = a.value"
    return [fid for (fid,) in connection.execute(sql, (asked,))]


class Frontier(NamedTuple):
    """Places from which others are reached: metric CRS, shape (n, 2), radii, types."""

    xy: FloatArray
    radius: FloatArray
    type: npt.NDArray[np.object_]


def reached(
    known: Slim, xy: FloatArray, start: Frontier, seeds: BoolArray, touched: Callable[[list[str]], set[str]],
    allies: Allies, settings: HazardSettings,
) -> tuple[BoolArray, frozenset[str]]:  # fmt: skip
    """Return which known reports can be reached from places, and from seeds, over any number of reports.

    A step leads to a report of the same or a confusable type within ``duplicate_m`` and both radii as the crow flies
    (between the feet of both it is no farther along the line), to all reports of its hazard, and to what was said
    under its id. No step leads on from a hazard upon which a person has acted: that stays as it is.

    Parameters
    ----------
    known : Slim
    xy : ndarray, shape (n, 2)
        Places of the known reports in the metric CRS, NaN for none.
    start : Frontier
    seeds : ndarray of bool, shape (n,)
    touched : function
        Returns those of some hazards that stay as they are.

    Returns
    -------
    found : ndarray of bool, shape (n,)
    fixed : frozenset of str
        The hazards among them that stay.
    """
    found, placed = np.zeros(len(known.fid), dtype=bool), np.isfinite(xy).all(axis=1)
    judged, fixed = set[str](), set[str]()
    fresh, front = seeds.copy(), start
    while True:
        moves = np.zeros_like(fresh)  # those of the fresh ones whose hazards do not stay
        while True:
            new = sorted(set(known.root[fresh].tolist()) - judged)
            judged.update(new)
            fixed |= touched(new) if new else set()
            moves = fresh & ~pd.Index(known.root).isin(fixed)
            mates = _mates(known, moves) & ~fresh & ~found
            if not mates.any():
                break
            fresh |= mates
        found |= fresh
        step = moves & placed
        xy_, radius, kind = front
        front = Frontier(np.vstack([xy_, xy[step]]), np.r_[radius, known.radius[step]], np.r_[kind, known.type[step]])
        fresh = _near(known, xy, placed & ~found, front, allies, settings.duplicate_m)
        front = Frontier(np.empty((0, 2)), np.empty(0), np.empty(0, dtype=object))
        if not fresh.any():
            return found, frozenset(fixed)


def _mates(known: Slim, some: BoolArray) -> BoolArray:
    """Return the reports of the same hazards and threads as some."""
    if not some.any():
        return np.zeros(len(some), dtype=bool)
    roots, threads = set(known.root[some].tolist()), set(known.thread[some].tolist())
    there: BoolArray = pd.Index(known.root).isin(roots) | pd.Index(known.thread).isin(threads)
    return there


def _near(known: Slim, xy: FloatArray, rest: BoolArray, front: Frontier, allies: Allies, base: float) -> BoolArray:
    """Return which of the ``rest`` lie near a place of an allied type; by classes of radius, each twice the last."""
    near = np.zeros(len(rest), dtype=bool)
    size, other = _size(front.radius), _size(known.radius)
    for kind in pd.unique(front.type):
        alike = {kind} if kind != UNCLASSIFIED or frozenset({kind}) in allies else set()
        alike |= {code for pair in allies if kind in pair for code in pair}
        of_type = rest & ~near & pd.Index(known.type).isin(alike)
        if not of_type.any():
            continue
        for mine, yours in product(np.unique(size[front.type == kind]), np.unique(other[of_type])):
            a = np.flatnonzero((front.type == kind) & (size == mine))
            b = np.flatnonzero(of_type & ~near & (other == yours))
            if not len(b):
                continue
            reach = base + front.radius[a].max() + known.radius[b].max() + 1.0
            gap, _ = cKDTree(front.xy[a]).query(xy[b], distance_upper_bound=reach)
            near[b[np.isfinite(gap)]] = True
    return near


def _size(radius: FloatArray) -> IntArray:
    whole: IntArray = np.ceil(np.log2(np.maximum(radius, 8.0))).astype(np.int64)
    return whole

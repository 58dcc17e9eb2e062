"""Several reports of one thing become one hazard: same or confusable type, near along the line, still open."""

from __future__ import annotations

from itertools import product

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from patrol import text
from patrol.config import HazardSettings
from patrol.errors import Finding
from patrol.hazards.along import feet, line_ways
from patrol.hazards.frames import put
from patrol.hazards.grids import NO_TIME, SMALLEST_M, Rows, Rules, Search, index_rows, scratch
from patrol.hazards.neighbours import claim, join, last_closed
from patrol.hazards.taxonomy import UNCLASSIFIED
from patrol.network.topology import Network
from patrol.network.trees import IntArray

DAY_US = 86_400_000_000
LASTING = np.iinfo(np.int64).max
CHAIN = 10  # a hazard longer than this many times ``duplicate_m`` may be several in a row
WIDEST_M = 1e7  # the Earth is no larger
TOLD = 20  # chains named one by one

Confusable = frozenset[frozenset[str]]


def link(
    reports: pd.DataFrame, network: Network, types: pd.DataFrame, confusable: Confusable, settings: HazardSettings
) -> tuple[IntArray, tuple[Finding, ...]]:
    """Say which reports are of one hazard.

    Two reports are linked if all of this holds, and reports linked through others are one hazard:

    - their types are the same or confusable. ``unclassified`` is no type: it says that nobody knows, so it is
      linked to nothing unless ``confusable`` says so (``frozenset({"unclassified"})`` for its own kind);
    - the distance along the line between the points where they stand is at most ``duplicate_m`` plus both
      uncertainties; if either is off the network, the straight distance between the places reported. Open
      switches part the current, not the line;
    - where either type passes by itself (``persist_days``), they were captured within
      ``duplicate_persist * persist_days`` of each other, at least a day, the shorter of the two counting; a report
      without a time is then linked to none;
    - not both belong to hazards of the register that stay as they are (``group``): those are merged by hand only.

    Rows of one ``thread`` are what a list said under one id at different times: of one hazard, wherever they lie.

    **Closed hazards** (``closed_at``, of a row of an office's list, where each row is a hazard of its own, or of a
    ``group``) come first. Each takes the reports linked to it that were captured before its closing and are no graver
    than what was closed, then those linked to these; where several could, the one closed first. Nothing else is ever
    joined to it, so a later report is a new occurrence, see :func:`earlier`. Closings of one thread are one hazard's,
    up to what was seen after it was closed.

    All this is said of the reports, not of when they came in: the same reports give the same hazards.

    Parameters
    ----------
    reports : DataFrame
        ``x, y`` (metric CRS, NaN without a place: linked to nothing), ``uncertainty_m, span, along`` (of
        :func:`patrol.hazards.match.snap`), ``type, captured_at``; may have ``closed_at``; ``group``, the hazard that
        a row belongs to for good ("" if it does not); ``thread`` ("" for none); ``grade`` (0 the gravest; all alike
        without it); ``order``, texts that tell rows apart where nothing else does.
    network : Network
    types : DataFrame
        By code, with ``persist_days``; a type not in it lasts.
    confusable : frozenset of frozenset of str
        Codes of each set may be taken for each other.
    settings : HazardSettings

    Returns
    -------
    labels : ndarray of int, shape (n,)
        Hazard of each row, numbered in order of first appearance. The partition does not depend on the
        order of rows. Open groups that share a label have a report between them.
    findings : tuple of Finding
        Suspicions: hazards so long that they may be a chain of several.
    """
    thread = _threads(reports)
    reports = put(reports, group=_shut_together(reports, thread))
    all_, hazard, until = _prepare(reports, network, types, confusable, settings)
    closed = hazard >= 0
    grade = np.full(len(until), LASTING)
    np.minimum.at(grade, hazard[closed], all_.rows.grade[closed])
    owner, fresh = hazard.copy(), np.flatnonzero(closed)
    all_.free[:] = ~closed & ~all_.rows.known
    while len(fresh):
        best = np.full(len(reports), LASTING)
        claim(all_, fresh, owner, until, grade, best)
        _claim_mates(all_, thread, fresh, owner, until, best)
        fresh = np.flatnonzero(best < LASTING)
        owner[fresh] = best[fresh]
        all_.free[fresh] = False
    all_.free[:] = owner < 0
    _join_threads(all_.root, thread, owner < 0)
    join(all_)
    root = _roots(all_.root)
    # hazards that are closed stand apart from all others
    whole = np.where(owner >= 0, len(reports) + owner, root)
    labels = pd.factorize(whole)[0].astype(np.int64)
    return labels, tuple(_chains(reports, all_.rows, labels, settings))


def earlier(
    reports: pd.DataFrame, network: Network, types: pd.DataFrame, confusable: Confusable, settings: HazardSettings
) -> IntArray:
    """Return for each new report a row of the hazard that stood there before and was closed before it, -1 if none.

    Takes what :func:`link` takes. Type and distance count as there, the time between does not; of several the one
    closed last is returned, by its first row. Rows with a ``group`` or ``closed_at`` get -1.
    """
    last = np.full(len(reports), -1)
    if "closed_at" not in reports or reports["closed_at"].isna().all():
        return last
    reports = put(reports, group=_shut_together(reports, _threads(reports)))
    all_, hazard, until = _prepare(reports, network, types, confusable, settings)
    all_.free[:] = hazard >= 0
    last_closed(all_, np.flatnonzero((hazard < 0) & ~all_.rows.known), hazard, until, last)
    row = np.full(len(until) + 1, -1)
    rows = np.flatnonzero(hazard >= 0)[::-1]
    row[hazard[rows]] = rows
    before: IntArray = row[last]
    return before


def _prepare(
    reports: pd.DataFrame, network: Network, types: pd.DataFrame, confusable: Confusable, settings: HazardSettings
) -> tuple[Search, IntArray, IntArray]:
    """Return what the search needs, the closed hazard of each row (-1 none) in order of closing, and their closings."""
    codes = pd.Index(sorted({*types.index, *reports["type"].unique()}))
    rules = _rules(codes, types, confusable, settings)
    group = _group(reports)
    rows = _rows(reports, network, codes, group)
    order = reports["order"].to_numpy(object) if "order" in reports else np.full(len(reports), "", dtype=object)
    hazard, until = _closed(rows, group, order)
    rows = rows._replace(closed=np.r_[until, NO_TIME][hazard])
    first = pd.Series(np.arange(len(reports))).groupby(group).transform("min").to_numpy(dtype=np.int64)
    index = index_rows(rows, len(codes), rules.base)
    room = scratch(len(network.nodes), len(reports))
    free = np.ones(len(reports), dtype=bool)
    return Search(rows, index, rules, line_ways(network), room, first, free), hazard, until


def _rules(codes: pd.Index[str], types: pd.DataFrame, confusable: Confusable, settings: HazardSettings) -> Rules:
    pairs = {(code, code) for code in codes if code != UNCLASSIFIED}
    known = set(codes)
    for alike in confusable:
        some = alike & known
        pairs |= {(a, b) for a, b in product(some, some) if a != b or len(alike) == 1}
    table = np.array(sorted((codes.get_loc(a), codes.get_loc(b)) for a, b in pairs), dtype=np.int64).reshape(-1, 2)
    start = np.searchsorted(table[:, 0], np.arange(len(codes) + 1)).astype(np.int64)
    days = types["persist_days"].astype(float).reindex(codes).to_numpy() * settings.duplicate_persist
    window = np.where(np.isnan(days), 0, np.maximum(np.nan_to_num(days), 1.0) * DAY_US).astype(np.int64)
    window[np.isnan(days)] = LASTING
    return Rules(settings.duplicate_m, start, np.ascontiguousarray(table[:, 1]), window)


def _group(reports: pd.DataFrame) -> NDArray[np.object_]:
    """Return the hazard of the register that a row belongs to; a new report is a group of its own."""
    own = np.arange(len(reports)).astype(object)
    if "group" not in reports:
        return own
    given = reports["group"].fillna("").astype(str).to_numpy(dtype=object)
    return np.where(given == "", own, given)


def _rows(reports: pd.DataFrame, network: Network, codes: pd.Index[str], group: NDArray[np.object_]) -> Rows:
    raw = reports[["x", "y"]].to_numpy(dtype=np.float64)
    radius = np.clip(np.nan_to_num(reports["uncertainty_m"].to_numpy(dtype=np.float64)), 0.0, WIDEST_M)
    span = np.where(np.isfinite(raw).all(axis=1), reports["span"].to_numpy(dtype=np.int64), -1)
    along = np.nan_to_num(reports["along"].to_numpy(dtype=np.float64))
    on = span >= 0
    foot = raw.copy()
    foot[on] = feet(network.spans, span[on], along[on])
    blank = pd.Series(pd.NaT, index=reports.index)
    return Rows(
        raw=raw,
        foot=foot,
        radius=radius,
        span=span,
        along=along,
        type=codes.get_indexer(pd.Index(reports["type"])).astype(np.int64),
        size=np.ceil(np.log2(np.maximum(radius, SMALLEST_M) / SMALLEST_M)).astype(np.int64),
        time=_microseconds(reports["captured_at"]),
        closed=_microseconds(reports.get("closed_at", blank)),
        known=np.array([isinstance(one, str) for one in group], dtype=bool),
        grade=reports["grade"].to_numpy(np.int64) if "grade" in reports else np.zeros(len(reports), dtype=np.int64),
    )


def _microseconds(times: pd.Series) -> IntArray:
    utc = pd.to_datetime(times, utc=True).dt.tz_localize(None)
    whole: IntArray = utc.to_numpy(dtype="datetime64[us]").astype(np.int64)
    return whole


def _closed(rows: Rows, group: NDArray[np.object_], order: NDArray[np.object_]) -> tuple[IntArray, IntArray]:
    """Return the number of each row's closed hazard, -1 if open, and when each was closed, in ascending order."""
    until = pd.Series(rows.closed).groupby(group).transform("max").to_numpy(dtype=np.int64)
    shut = np.flatnonzero(until != NO_TIME)
    # what is closed at one time is told apart by its place, then by name, so that the order of rows does not matter
    told = order[shut].astype(str)
    ranked = shut[np.lexsort((told, rows.radius[shut], rows.raw[shut, 1], rows.raw[shut, 0], until[shut]))]
    serial, groups = pd.factorize(group[ranked])
    hazard = np.full(len(group), -1)
    hazard[ranked] = serial
    closing = np.zeros(len(groups), dtype=np.int64)
    closing[serial] = until[ranked]
    return hazard, closing


def _threads(reports: pd.DataFrame) -> IntArray:
    """Return the number of each row's thread, -1 for none and for those of one row."""
    if "thread" not in reports or not (reports["thread"] != "").any():
        return np.full(len(reports), -1)
    number, names = pd.factorize(reports["thread"].to_numpy(object))
    alone = np.bincount(number, minlength=len(names)) < 2
    return np.where(alone[number] | (reports["thread"] == "").to_numpy(), -1, number).astype(np.int64)


def _shut_together(reports: pd.DataFrame, thread: IntArray) -> NDArray[np.object_]:
    """Return ``group`` with a name for the closings of each thread that are of one hazard."""
    group: NDArray[np.object_] = (
        reports["group"].fillna("").astype(str).to_numpy(object, copy=True)
        if "group" in reports
        else np.full(len(reports), "", dtype=object)
    )
    if "closed_at" not in reports or not (thread >= 0).any():
        return group
    rows = pd.DataFrame({"thread": thread, "until": reports["closed_at"], "seen": reports["captured_at"]})
    rows = rows.reset_index(drop=True)[(thread >= 0) & (group == "") & reports["closed_at"].notna().to_numpy()]
    for name, own in rows.sort_values(["until", "seen"], kind="stable").groupby("thread"):
        part, last = 0, own["until"].iloc[0]
        for at, until, seen in own[["until", "seen"]].itertuples():
            part, last = (part + 1, until) if seen > last else (part, max(last, until))
            group[at] = f"\0{name}/{part}"  # no hazard is called so
    return group


def _claim_mates(
    all_: Search, thread: IntArray, fresh: IntArray, owner: IntArray, until: IntArray, best: IntArray
) -> None:
    """Let closed hazards claim what was said before under the ids of their reports."""
    for i in fresh[thread[fresh] >= 0].tolist():
        mates = np.flatnonzero((thread == thread[i]) & all_.free)
        seen = all_.rows.time[mates]
        mates = mates[(seen != NO_TIME) & (seen <= until[owner[i]])]
        best[mates] = np.minimum(best[mates], owner[i])


def _join_threads(root: IntArray, thread: IntArray, free: NDArray[np.bool_]) -> None:
    """Join the free rows of each thread in ``root``, whatever they say and wherever they lie."""

    def top(row: int) -> int:
        while root[row] != row:
            row = int(root[row])
        return row

    first: dict[int, int] = {}
    for row in np.flatnonzero((thread >= 0) & free).tolist():
        one, other = top(first.setdefault(int(thread[row]), row)), top(row)
        root[max(one, other)] = min(one, other)


def _roots(root: IntArray) -> IntArray:
    while not np.array_equal(root, root[root]):
        root = root[root]
    return root


def _chains(reports: pd.DataFrame, rows: Rows, labels: IntArray, settings: HazardSettings) -> list[Finding]:
    """Return a suspicion for each hazard longer than ``CHAIN * duplicate_m`` and twice its largest uncertainty."""
    place = pd.DataFrame({"x": rows.foot[:, 0], "y": rows.foot[:, 1], "radius": rows.radius, "label": labels})
    seen = place.groupby("label")
    low, high = seen.min().to_numpy(), seen.max().to_numpy()
    extent = np.hypot(high[:, 0] - low[:, 0], high[:, 1] - low[:, 1])
    long = np.flatnonzero(extent > CHAIN * settings.duplicate_m + 2 * high[:, 2])  # labels count from 0 without gaps
    found = []
    for label in long[:TOLD]:
        mine = np.flatnonzero(labels == label)
        kinds = ", ".join(sorted({text.clean(kind, limit=20) for kind in reports["type"].iloc[mine]}))
        what = (
            f"{len(mine)} reports of {kinds} over {extent[label]:.0f} m were taken for one hazard, each within "
            f"reach of the next"
        )
        row = int(reports["row"].iloc[mine[0]]) if "row" in reports else None
        found.append(
            Finding("suspicion", "hazards.chain", "reports", what, "look at them on the map; part them by hand", row)
        )
    if len(long) > TOLD:
        what = f"{len(long) - TOLD} more hazards may be chains of several"
        found.append(Finding("suspicion", "hazards.chain", "reports", what, "part them by hand"))
    return found

"""From joined poles to lines, and the spans among them that somebody should look at."""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely

from patrol.errors import Finding
from patrol.layers.pole_names import natural_key

SAME_PLACE_M = 0.5  # two poles closer than this are one place
MAX_TOLD = 40  # of one kind of doubt; all of them are in the table
DOUBT_COLUMNS = ("reason", "feeder_id", "branch", "from_pole", "to_pole", "length_m", "other", "row", "lon", "lat")


def draw_lines(ledger: pd.DataFrame) -> pd.DataFrame:
    """Return one line for each trunk and branch, from the source outward.

    Parameters
    ----------
    ledger : DataFrame
        ``feeder_id, branch, pole_no, parent`` (row, -1 for first poles), ``x, y, lon, lat``.

    Returns
    -------
    DataFrame
        ``line_id, feeder_id, branch, poles`` (rows in order). At a fork the line goes on along its own
        branch, and the others begin there.
    """
    parent = ledger["parent"].to_numpy()
    branch, feeder = ledger["branch"].tolist(), ledger["feeder_id"].tolist()
    keys = [natural_key(name) for name in ledger["pole_no"]]
    children: list[list[int]] = [[] for _ in parent]
    for pole, before in enumerate(parent):
        if before >= 0:
            children[before].append(pole)
    rows, serial = [], dict.fromkeys(feeder, 0)
    for root in np.flatnonzero(parent < 0):
        starts = [[int(root)]]
        while starts:
            line = starts.pop()
            while here := children[line[-1]]:
                after = sorted(here, key=lambda p: (branch[p] != branch[line[-1]], keys[p], p))
                starts += [[line[-1], other] for other in reversed(after[1:])]
                line.append(after[0])
            if len(line) > 1:
                name = feeder[line[-1]]
                serial[name] += 1
                rows.append((f"{name}-{serial[name]}", name, branch[line[1]], line))
    return pd.DataFrame(rows, columns=["line_id", "feeder_id", "branch", "poles"])


def line_shape(lonlat: np.ndarray, xy: np.ndarray, poles: list[int]) -> shapely.LineString | None:
    """Return a line through poles, places that repeat left out; None if only one place remains."""
    kept = [poles[0]]
    for pole in poles[1:]:
        if np.hypot(*(xy[pole] - xy[kept[-1]])) >= SAME_PLACE_M:
            kept.append(pole)
    return shapely.LineString(lonlat[kept]) if len(kept) > 1 else None


def doubtful_spans(ledger: pd.DataFrame, *, longest_m: float) -> pd.DataFrame:
    """Return the spans that are too long, of length zero, or cross a span of another feeder.

    Returns
    -------
    DataFrame
        :data:`DOUBT_COLUMNS`; ``reason`` is ``long``, ``zero`` or ``crosses``, ``other`` the feeder and poles of
        the span that is crossed, ``row`` the file's row of the far pole, ``lon, lat`` its middle.
    """
    after = np.flatnonzero(ledger["parent"].to_numpy() >= 0)
    before = ledger["parent"].to_numpy()[after]
    xy = ledger[["x", "y"]].to_numpy(float)
    length = np.hypot(*(xy[after] - xy[before]).T)
    names = [f"{b} {n}".strip() for b, n in zip(ledger["branch"], ledger["pole_no"], strict=True)]
    feeder = ledger["feeder_id"].tolist()
    doubts = [("long", int(i), "") for i in np.flatnonzero(length > longest_m)]
    doubts += [("zero", int(i), "") for i in np.flatnonzero(length < SAME_PLACE_M)]
    spans = shapely.linestrings(np.stack([xy[before], xy[after]], axis=1)) if len(after) else np.empty(0, object)
    one, other = shapely.STRtree(spans).query(spans, predicate="crosses")
    for a, b in zip(one.tolist(), other.tolist(), strict=True):
        if feeder[after[a]] < feeder[after[b]]:
            doubts.append(("crosses", a, f"{feeder[after[b]]} {names[before[b]]}-{names[after[b]]}"))
    rows = []
    for reason, span, crossed in doubts:
        u, v = int(before[span]), int(after[span])
        middle = ledger[["lon", "lat"]].to_numpy(float)[[u, v]].mean(axis=0).round(7)
        row = int(ledger["source_row"].to_numpy()[v])
        place = (feeder[v], ledger["branch"].tolist()[v], names[u], names[v], round(float(length[span]), 1))
        rows.append((reason, *place, crossed, row, *middle.tolist()))
    return pd.DataFrame(rows, columns=list(DOUBT_COLUMNS))


def doubt_findings(doubts: pd.DataFrame, label: str, *, table: str = "") -> list[Finding]:
    """Return a suspicion for each doubtful span; of very many of one kind the rest are only counted.

    ``table`` names the file that holds all of them, if there is one.
    """
    words = {
        "long": ("{length_m:.0f} m between neighbours", "check coordinates, numbers and missing poles"),
        "zero": ("no distance between neighbours", "check the coordinates of both"),
        "crosses": ("crosses {other}", "check which feeder the poles belong to; a true crossing needs nothing"),
    }
    found = []
    for reason, (what, mend) in words.items():
        mine = doubts[doubts["reason"] == reason]
        for span in mine.head(MAX_TOLD).to_dict("records"):
            place = f"span {span['feeder_id']} {span['from_pole']}-{span['to_pole']}: "
            text = place + what.format(length_m=span["length_m"], other=span["other"])
            found.append(Finding("suspicion", f"poles.span_{reason}", label, text, mend, row=span["row"]))
        if len(mine) > MAX_TOLD:
            text = f"and {len(mine) - MAX_TOLD} more spans like these" + (f"; all are in {table}" if table else "")
            found.append(Finding("suspicion", f"poles.span_{reason}", label, text, mend))
    return found

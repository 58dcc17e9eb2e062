"""Reports are put on the line: nearest span and pole, how sure that is, and which other line it could be."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from patrol.config import HazardSettings
from patrol.hazards.nearest import Hits, feeder_codes, finite, look_up, place_on, pole_pieces, span_pieces
from patrol.layers.owners import nearest_zone
from patrol.network.topology import Network
from patrol.network.trees import BoolArray, FloatArray, IntArray

SURE = ("pole", "equipment", "along")  # ways of locating that name the line itself
SECOND = 2.0  # a second line farther than the first by more uncertainties than this changes nothing


def snap(
    xy: FloatArray,
    uncertainty_m: FloatArray,
    network: Network,
    settings: HazardSettings,
    *,
    located_by: NDArray[np.object_] | None = None,
    named_feeder: NDArray[np.object_] | None = None,
    pole_at: FloatArray | None = None,
) -> pd.DataFrame:
    """Put places on the network, whole frames at a time.

    A place is ``snapped`` to the nearest span within ``reach_m`` plus its uncertainty, else it is
    ``off_network``. It is ``ambiguous`` if a span of another feeder lies in reach and is farther than the
    nearest by no more than the uncertainty. A feeder that the report names settles it, where that feeder
    is no farther than the nearest line plus the uncertainty.

    **Confidence** that feeder 1 is the right one, and not feeder 2 beside it: GPS errors are taken as a
    two-dimensional Gaussian whose standard deviation ``s`` is half the stated uncertainty in each direction, the
    true place as equally likely anywhere along either line, both straight hereabouts. Integrated along a
    line at distance d the Gaussian leaves ``exp(-d**2 / (2 s**2))``, so that

        ``confidence = 1 / (1 + exp((d1**2 - d2**2) / (2 s**2)))``,

    which is 1/2 between two lines equally near, and 1 where no second line is near, where the line was
    named, and for places located by pole, equipment or distance along the line.

    Parameters
    ----------
    xy : ndarray, shape (n, 2)
        Metric CRS of the network; NaN where a report has no place.
    uncertainty_m : ndarray, shape (n,)
        Radius that holds the true place, not negative.
    located_by : ndarray of str, shape (n,), optional
        How each place was found, see :data:`patrol.hazards.model.LOCATED_BY`.
    named_feeder : ndarray of str, shape (n,), optional
        Feeder id that the report names, "" for none.
    pole_at : ndarray, shape (n, 2), optional
        Where the pole stands that the report names on that feeder, NaN for none: who stood there read its plate, so
        it is the pole, not the nearest.

    Returns
    -------
    DataFrame
        RangeIndex. ``feeder_id, pole_no`` (as shown to people, assumed numbers where no pole stands),
        ``pole_m, snap_m, snap_state, confidence, other_feeder_id, other_pole_no, other_m``, ``span`` (row of
        ``network.spans``, -1 off the network) and ``along`` (metres from the span's ``u``). Without a place
        all are blank; off the network the confidence is 0.
    """
    code, ids = feeder_codes(network)
    count, there = len(xy), np.flatnonzero(finite(xy))
    place, radius = xy[there], np.nan_to_num(uncertainty_m[there])
    known = {name: number for number, name in enumerate(ids)}
    named = pd.Series("", index=range(count)) if named_feeder is None else pd.Series(named_feeder)
    asked = named.iloc[there].map(known).fillna(-1).to_numpy(dtype=np.float64).astype(np.int64)
    pieces = span_pieces(network, code)
    hits = look_up(pieces, place, settings.reach_m + radius, SECOND * radius, asked)
    chosen, rival, settled = _choose(hits, radius)
    if located_by is not None:
        settled |= np.isin(located_by[there].astype(str), SURE)
    reached = chosen[0] >= 0
    doubtful = (rival[0] >= 0) & (rival[1] <= chosen[1] + radius) & ~settled
    sure = np.where(settled, 1.0, confidence(chosen[1], rival[1], radius))
    poles, labels = pole_pieces(network, code), network.nodes["label"].to_numpy(dtype=object)
    read = np.full((len(there), 2), np.nan) if pole_at is None else pole_at[there]
    read = np.where((reached & (asked >= 0) & (asked == pieces.code[chosen[0]]))[:, None], read, np.nan)
    spot = np.where(np.isfinite(read), read, place)
    stand = shapely.get_coordinates(network.nodes.geometry.to_numpy())

    def poles_of(rows: BoolArray, piece: IntArray) -> tuple[NDArray[np.object_], FloatArray]:
        """Return the name of the nearest pole of the feeder of a piece, and the metres to it."""
        some, free = np.flatnonzero(rows), np.full(int(rows.sum()), np.inf)
        near = look_up(poles, spot[some], free, np.zeros(len(some)), pieces.code[piece[some]], only=True)
        owner = poles.owner[near.own]
        return labels[owner], np.hypot(*(stand[owner] - place[some]).T)

    text, number = np.full(count, "", dtype=object), np.full(count, np.nan)
    columns = {name: text.copy() for name in ("feeder_id", "pole_no", "snap_state", "other_feeder_id", "other_pole_no")}
    columns |= {name: number.copy() for name in ("pole_m", "snap_m", "confidence", "other_m", "along")}
    columns["span"] = np.full(count, -1)
    state = np.where(doubtful, "ambiguous", np.where(reached, "snapped", "off_network")).astype(object)
    columns["snap_state"][there], columns["confidence"][there] = state, np.where(reached, sure, 0.0)
    names = np.array(ids, dtype=object)
    on, piece = there[reached], chosen[0][reached]
    columns["feeder_id"][on], columns["snap_m"][on] = names[pieces.code[piece]], chosen[1][reached]
    columns["span"][on], columns["along"][on] = pieces.owner[piece], place_on(pieces, piece, xy[on])
    columns["pole_no"][on], columns["pole_m"][on] = poles_of(reached, chosen[0])
    two = there[doubtful]
    columns["other_feeder_id"][two] = names[pieces.code[rival[0][doubtful]]]
    columns["other_m"][two] = rival[1][doubtful]
    columns["other_pole_no"][two], _ = poles_of(doubtful, rival[0])
    return pd.DataFrame(columns)


def _choose(
    hits: Hits, radius: FloatArray
) -> tuple[tuple[IntArray, FloatArray], tuple[IntArray, FloatArray], BoolArray]:
    """Return (piece, metres) of the line chosen and of the second line, and whether the report named the chosen one."""
    settled = (hits.own >= 0) & (hits.own_m <= hits.first_m + radius)
    piece, far = np.where(settled, hits.own, hits.first), np.where(settled, hits.own_m, hits.first_m)
    return (piece, far), (hits.other, hits.other_m), settled


def confidence(first_m: FloatArray, other_m: FloatArray, uncertainty_m: FloatArray) -> FloatArray:
    """Return the chance that the nearer of two lines is the right one; see :func:`snap` for the formula."""
    double = uncertainty_m**2 / 2  # 2 s**2 with s half the uncertainty
    gap = np.where(np.isfinite(other_m), other_m, 0.0) ** 2 - np.where(np.isfinite(first_m), first_m, 0.0) ** 2
    alone = ~np.isfinite(other_m)
    exact = np.where(gap > 0, 1.0, 0.5)
    ratio = np.clip(gap / np.where(double > 0, double, 1.0), -700.0, 700.0)
    return np.where(alone, 1.0, np.where(double > 0, 1 / (1 + np.exp(-ratio)), exact))


def zone_of(xy: FloatArray, zones: gpd.GeoDataFrame) -> NDArray[np.object_]:
    """Return the zone id of each place (n, 2), outside every zone the nearest; on a border the first id by name.

    Empty for what has no place, and where there are no zones.

    Places are sorted by x once, so that each zone looks only at those between its sides; the zone itself
    is prepared (``scale.md``: 2.8 times as fast as a spatial join).
    """
    result = np.full(len(xy), "", dtype=object)
    order = np.argsort(xy[:, 0], kind="stable")
    order = order[finite(xy[order])]
    x, y = xy[order].T
    for name, zone in zones.sort_values("zone_id", kind="stable").set_index("zone_id").geometry.items():
        if zone is None or zone.is_empty:
            continue
        left, low, right, high = zone.bounds
        first, last = np.searchsorted(x, left, side="left"), np.searchsorted(x, right, side="right")
        rows = first + np.flatnonzero((y[first:last] >= low) & (y[first:last] <= high))
        rows = rows[result[order[rows]] == ""]
        shapely.prepare(zone)
        inside = shapely.intersects_xy(zone, x[rows], y[rows])
        result[order[rows[inside]]] = name
    outside = order[result[order] == ""]
    result[outside] = nearest_zone(shapely.points(xy[outside]), zones)
    return result

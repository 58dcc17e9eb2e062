"""Which of a satellite's hot spots concern the lines: only these are called in, or nobody would listen any more."""

from __future__ import annotations

import numpy as np
import pandas as pd

from patrol.hazards.ground import Ground
from patrol.hazards.nearest import feeder_codes, finite, look_up, span_pieces
from patrol.layers.crs import WGS84, Declared, transformed

FIRE_M = 500.0  # type F03: active wildfire within 500 m of a line


def concerning(reports: pd.DataFrame, ground: Ground) -> pd.DataFrame:
    """Return reports without the detections of satellites whose pixel does not reach within 500 m of a line.

    What people say is never left out, nor is a detection whose place is not known.

    Parameters
    ----------
    reports : DataFrame
        ``party, lon, lat, uncertainty_m`` (WGS84; the radius of a pixel in metres).
    ground : Ground
    """
    seen = (reports["party"] == "sensor").to_numpy()
    if not seen.any():
        return reports
    lonlat = reports[["lon", "lat"]].to_numpy(float)
    at = np.flatnonzero(seen & np.isfinite(lonlat).all(axis=1))
    xy = transformed(lonlat[at], Declared("crs", WGS84, "WGS84"), ground.layers.crs)
    beyond = ~finite(xy)
    keep = np.ones(len(reports), dtype=bool)
    keep[at[beyond]] = False  # where the project's map does not reach there is no line
    at, xy = at[~beyond], xy[~beyond]
    code, _ = feeder_codes(ground.network)
    radius = FIRE_M + reports["uncertainty_m"].fillna(0.0).to_numpy(float)[at]
    none = np.full(len(at), -1)
    hits = look_up(span_pieces(ground.network, code), xy, radius, np.zeros(len(at)), none)
    keep[at] = hits.first >= 0
    return reports[keep].reset_index(drop=True)

"""Places that a satellite sees hot again and again: kilns, flares and steel works, not fires."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.spatial import cKDTree

BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]

EARTH_M = 6_371_008.8  # mean radius, IUGG
WITHIN_DAYS = 365
_FIRST = 16  # neighbours asked for first, doubled while a place is still undecided
_BATCH = 50_000  # bounds the memory of one question to rows x neighbours


def static_sources(detections: pd.DataFrame, *, days: int, history: pd.DataFrame | None = None) -> BoolArray:
    """Return which detections lie where it was hot on many different days.

    Parameters
    ----------
    detections : DataFrame
        ``lon, lat`` (WGS84 degrees, pixel centres), ``captured_at`` (datetime64, UTC), ``uncertainty_m``
        (radius of the pixel). Other columns are ignored.
    days : int
        So many different days (UTC), the detection's own included, make a place static.
    history : DataFrame, optional
        Earlier and later detections of the same columns; they count as days but are not judged.

    Returns
    -------
    BoolArray, shape (len(detections),)
        False too where a place, time or radius is missing.

    Notes
    -----
    Two detections are of one place if each centre lies within the other's radius: the smaller of both
    radii counts, so a coarse pixel at the edge of a swath cannot swallow fires round it. Only what was seen within
    ``WITHIN_DAYS`` before or after counts: a field is burnt once a year, a kiln is hot all year.
    """
    return hot_days(detections, at_most=days, history=history) >= days


def hot_days(detections: pd.DataFrame, *, at_most: int, history: pd.DataFrame | None = None) -> IntArray:
    """Return on how many different days each place was hot, counted no further than ``at_most``.

    Parameters
    ----------
    detections, history
        As for :func:`static_sources`.
    at_most : int
        Counting stops here: dense places would cost much and change nothing.

    Returns
    -------
    IntArray, shape (len(detections),)
        1 where it was seen once, 0 where a place, time or radius is missing.
    """
    both = _bare(detections) if history is None else pd.concat([_bare(detections), _bare(history)], ignore_index=True)
    xyz, day, radius = _arrays(both)
    good = np.isfinite(xyz).all(axis=1) & (radius > 0) & np.isfinite(radius) & (day != _NO_DAY)
    found = np.zeros(len(both), dtype=np.int64)
    found[good] = 1
    if good.any() and at_most > 1:
        # What repeats exactly says nothing new: a fixed grid seen every ten minutes would be all neighbours.
        keys = pd.DataFrame({"x": xyz[:, 0], "y": xyz[:, 1], "z": xyz[:, 2], "day": day, "radius": radius})[good]
        once = np.flatnonzero(good)[~keys.duplicated().to_numpy()]
        same = keys.groupby(list(keys), sort=False).ngroup().to_numpy()  # numbers groups as they first appear
        judged = np.unique(same[: int(good[: len(detections)].sum())])
        answer = np.zeros(once.size, dtype=np.int64)
        answer[judged] = _count(cKDTree(xyz[once]), judged, (xyz[once], day[once], radius[once]), at_most)
        found[good] = answer[same]
    return np.asarray(np.minimum(found[: len(detections)], at_most), dtype=np.int64)


_COLUMNS = ["lon", "lat", "captured_at", "uncertainty_m"]
_NO_DAY = np.iinfo(np.int64).min


def _bare(frame: pd.DataFrame) -> pd.DataFrame:
    when = pd.to_datetime(frame["captured_at"], utc=True).astype("datetime64[us, UTC]")
    return frame[_COLUMNS].assign(captured_at=when).reset_index(drop=True)


def _arrays(frame: pd.DataFrame) -> tuple[FloatArray, IntArray, FloatArray]:
    """Return places in metres on a sphere, shape (n, 3), days since 1970 and radii."""
    lon, lat = (frame[name].to_numpy(np.float64) for name in ("lon", "lat"))
    on_earth = (np.abs(lon) <= 360) & (np.abs(lat) <= 90)
    lam, phi = np.radians(np.where(on_earth, lon, np.nan)), np.radians(np.where(on_earth, lat, np.nan))
    xyz = EARTH_M * np.column_stack([np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)])
    day = (
        frame["captured_at"].dt.tz_localize(None).to_numpy("datetime64[D]").astype(np.int64)
    )  # NaT is the least integer
    return xyz, day, frame["uncertainty_m"].to_numpy(np.float64)


def _count(tree: Any, rows: IntArray, arrays: tuple[Any, Any, Any], at_most: int) -> IntArray:
    """Return the different days about each row: nearest neighbours first, more only while undecided."""
    xyz, day, radius = arrays
    found = np.ones(rows.size, dtype=np.int64)
    open_ = np.arange(rows.size)
    asked = _FIRST
    while open_.size:
        asked = min(asked, day.size)
        size = max(1, _BATCH * _FIRST // asked)
        still = []
        for start in range(0, open_.size, size):
            part = open_[start : start + size]
            at = rows[part]
            # A neighbour farther than its own radius is never of one place, so the own radius bounds the search.
            reach = float(radius[at].max())
            away, which = tree.query(xyz[at], k=range(1, asked + 1), distance_upper_bound=reach * (1 + 1e-12))
            there = np.isfinite(away)
            other = np.where(there, which, 0)
            there &= away <= np.minimum(radius[at][:, None], radius[other])
            there &= np.abs(day[other] - day[at][:, None]) <= WITHIN_DAYS
            found[part] = _different(np.where(there, day[other], _NO_DAY))
            short = (found[part] < at_most) & (asked < day.size) & (away[:, -1] <= radius[at])
            still.append(part[short])
        open_ = np.concatenate(still)
        asked *= 2
    return found


def _different(days: IntArray) -> IntArray:
    """Return how many different days stand in each row; the least integer is no day."""
    ordered = np.sort(days, axis=1)
    new = ordered[:, 1:] != ordered[:, :-1]
    first = ordered[:, :1] != _NO_DAY
    return np.asarray((new & (ordered[:, 1:] != _NO_DAY)).sum(axis=1) + first[:, 0], dtype=np.int64)

"""Some of the hazards: open, overdue, of a zone, of a party, near a place."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
from pyproj import Geod

from patrol.hazards.actions import UNCLASSIFIED
from patrol.hazards.lifecycle import LEVELS
from patrol.hazards.taxonomy import CLASSES

SURE = 0.7  # a place less likely than this to be on the line it was put to is doubtful


def choose(
    hazards: gpd.GeoDataFrame,
    *,
    still_open: bool = False,
    overdue: bool = False,
    zone: str = "",
    party: str = "",
    near: tuple[float, float] | None = None,
    within_m: float = 500.0,
    doubtful: bool = False,
) -> gpd.GeoDataFrame:
    """Return the hazards that fit every wish, the most urgent first; the nearest first if a place is given.

    Parameters
    ----------
    hazards : GeoDataFrame
        As ``Register.hazards(on=...)`` gives them.
    still_open, overdue : bool
    doubtful : bool
        Those with ``doubts``, see :func:`doubtful_of`.
    zone, party : str
        "" for any; a party that reported it or looks after it.
    near : (lon, lat), optional
        WGS84 degrees; adds ``distance_m`` (on the ellipsoid) and leaves out what is farther than ``within_m``.
    """
    keep = np.ones(len(hazards), dtype=bool)
    if still_open:
        keep &= hazards["open"].to_numpy(bool)
    if overdue:
        keep &= hazards["overdue"].to_numpy(bool)
    if doubtful:
        keep &= (hazards["doubts"] != "").to_numpy()
    if zone:
        keep &= (hazards["zone_id"] == zone).to_numpy()
    if party:
        reported = hazards["parties"].str.split("|").map(lambda names: party in names).to_numpy(bool)
        keep &= reported | (hazards["owner_party"] == party).to_numpy()
    chosen = hazards[keep]
    if near is not None:
        lon, lat = chosen["lon"].to_numpy(float), chosen["lat"].to_numpy(float)
        there = np.isfinite(lon) & np.isfinite(lat)
        far = np.full(len(chosen), np.inf)
        x, y = np.full(there.sum(), near[0]), np.full(there.sum(), near[1])
        far[there] = Geod(ellps="WGS84").inv(x, y, lon[there], lat[there])[2]
        chosen = chosen.assign(distance_m=np.round(far, 1))[far <= within_m]
        return chosen.sort_values(["distance_m", "hazard_id"], kind="stable").reset_index(drop=True)
    rank = pd.DataFrame(
        {
            "shut": ~chosen["open"].to_numpy(bool),
            "level": -chosen["due_level"].map({name: k for k, name in enumerate(LEVELS)}).fillna(0).to_numpy(float)
            if "due_level" in chosen
            else 0.0,
            "class": chosen["hazard_class"].map({name: k for k, name in enumerate(CLASSES)}).to_numpy(float),
            "deadline": chosen["deadline"].to_numpy(),
            "id": chosen["hazard_id"].to_numpy(),
        }
    )
    order = rank.sort_values(["shut", "class", "level", "deadline", "id"], kind="stable").index
    return chosen.iloc[order].reset_index(drop=True)


def doubtful_of(hazards: pd.DataFrame, reports: pd.DataFrame) -> pd.DataFrame:
    """Return ``doubts`` and ``candidates`` of each hazard, both joined by "|": what a person has still to settle.

    ``unclassified``, ``placeless``, ``off_network``, ``ambiguous`` and ``low_confidence`` are of the hazard as it is
    shown, so that setting type or place settles them. Doubts of its reports about the type (``doubts.CODES``) and
    the types their words may mean count until somebody has acted upon the hazard.
    """
    state = hazards["snap_state"]
    sure = hazards["confidence"].fillna(1.0) >= SURE
    rows = {
        "unclassified": hazards["type"] == UNCLASSIFIED,
        "placeless": hazards["lon"].isna() | (state == ""),
        "off_network": state == "off_network",
        "ambiguous": state == "ambiguous",
        "low_confidence": (state == "snapped") & ~sure,
    }
    told = pd.Series("", index=hazards.index, dtype=object)
    for name, those in rows.items():
        told = told.where(~those, told + "|" + name)
    live = reports[reports["withdrawn"].isna()]
    said = live.groupby("hazard_id")[["doubts", "candidates"]].agg(_all)
    said = said.reindex(hazards["hazard_id"]).fillna("")
    asked = (hazards["state"] == "reported").to_numpy() | (hazards["type"] == UNCLASSIFIED).to_numpy()
    of_reports = np.where(asked & (said["doubts"] != "").to_numpy(), "|" + said["doubts"].to_numpy(object), "")
    doubts = (told + pd.Series(of_reports, index=hazards.index, dtype=object)).str.removeprefix("|")
    candidates = np.where(asked, said["candidates"].to_numpy(object), "")
    return pd.DataFrame({"doubts": doubts, "candidates": pd.Series(candidates, index=hazards.index, dtype=object)})


def _all(values: pd.Series[str]) -> str:
    return "|".join(sorted({one for value in values for one in value.split("|") if one}))

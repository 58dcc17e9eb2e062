"""What is overdue on a given day, and how far up it belongs (domain brief, section 6)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from patrol.config import HazardSettings
from patrol.hazards.lifecycle import LEVELS, Kind
from patrol.hazards.model import OPEN_STATES, Event, canonical

_PROMISED = ("assigned", "ready", "in_rectification")  # from here on, somebody has said who comes


def due(
    hazards: pd.DataFrame, extra: pd.DataFrame, kinds: dict[str, Kind], settings: HazardSettings, on: pd.Timestamp
) -> pd.DataFrame:
    """Return ``overdue`` (bool) and ``due_level`` (zone, station, county) of each hazard.

    A hazard that stands (open, not yet rectified) belongs to its zone; to the station if it is an
    emergency, a party without which it cannot be rectified is missing, or ``escalate_station`` of its
    deadline is gone; to the county once ``escalate_county`` is. It never sinks below the level it has
    been raised to. What no longer stands keeps that level and is not overdue.

    Parameters
    ----------
    hazards : DataFrame
        HAZARD_COLUMNS.
    extra : DataFrame
        Same rows: ``joined`` (parties named to rectify it), ``clock`` (when its deadline began to run).
    kinds : dict of Kind by type
    settings : HazardSettings
    on : Timestamp
        With a time zone.
    """
    stands = (hazards["state"].isin(OPEN_STATES) & (hazards["state"] != "rectified")).to_numpy()
    allowed_s = (hazards["deadline"] - extra["clock"]).dt.total_seconds().to_numpy(float)
    gone_s = (on - extra["clock"]).dt.total_seconds().to_numpy(float)
    rank = hazards["level"].map({name: number for number, name in enumerate(LEVELS)}).fillna(0).to_numpy(int).copy()
    up = (hazards["hazard_class"] == "emergency").to_numpy() | missing_party(hazards, extra, kinds)
    up |= gone_s >= settings.escalate_station * allowed_s
    rank[stands & up] = np.maximum(rank[stands & up], 1)
    rank[stands & (gone_s >= settings.escalate_county * allowed_s)] = 2
    late = stands & (gone_s > allowed_s)
    level = np.array(LEVELS, dtype=object)[rank]
    return pd.DataFrame({"overdue": late, "due_level": pd.Series(level, index=hazards.index, dtype=object)})


def missing_party(hazards: pd.DataFrame, extra: pd.DataFrame, kinds: dict[str, Kind]) -> np.ndarray:
    """Return where work was promised, but not by every party that must rectify this type together."""
    told = zip(hazards["type"], hazards["state"], hazards["owner_party"], extra["joined"], strict=True)
    missing = []
    for code, state, owner, joined in told:
        groups = kinds.get(code, Kind()).rectify
        there = {owner, *joined.split("|")}
        missing.append(state in _PROMISED and not any(there.issuperset(group) for group in groups))
    return np.array(missing, dtype=bool)


def risen(hazards: pd.DataFrame, level: pd.DataFrame, at: str) -> list[Event]:
    """Return an event ``escalate`` for each open hazard that :func:`due` puts higher than it was raised to."""
    up = (hazards["open"] & (level["due_level"] != hazards["level"])).to_numpy()
    rows = zip(hazards["hazard_id"][up], level["due_level"][up], level["overdue"][up], strict=True)
    return [
        Event("escalate", name, at, "patrol", "enterprise", canonical({"level": to, "overdue": bool(late)}))
        for name, to, late in rows
    ]

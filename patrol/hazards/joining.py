"""New reports joined to the hazards they are of: those of the register, or new ones; and what is left to a person."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

from patrol.config import HazardSettings
from patrol.errors import Finding
from patrol.hazards.actions import UNCLASSIFIED
from patrol.hazards.duplicates import TOLD, earlier, link
from patrol.hazards.frames import put
from patrol.hazards.ground import Ground
from patrol.hazards.ids import ids
from patrol.hazards.lookup import MACHINE
from patrol.hazards.match import snap
from patrol.hazards.register import Register

LONG_AGO = datetime(1990, 1, 1, tzinfo=UTC)  # hazards closed since then may come again


def join_hazards(
    register: Register, new: pd.DataFrame, ground: Ground, *, without: frozenset[str] = frozenset()
) -> tuple[pd.DataFrame, list[tuple[str, str]], tuple[Finding, ...]]:
    """Return new reports with ``hazard_id`` and ``previous_id``, and the pairs of known hazards they bridge.

    ``without`` names reports of the register that are left out: those that are joined anew.
    """
    settings = ground.settings.hazards
    known = register.open_cases(closed_after=LONG_AGO)
    cases = _near(known[~known["report_id"].isin(without)] if without else known, new, ground)
    mine = put(new, group="", closed_at=new["given_closed"])
    columns = [
        "key",
        "x",
        "y",
        "uncertainty_m",
        "span",
        "along",
        "feeder_id",
        "type",
        "captured_at",
        "closed_at",
        "group",
    ]
    both = pd.concat([mine[columns], cases[columns]], ignore_index=True) if len(cases) else mine[columns]
    types = (ground.network, ground.types, ground.confusable, settings)
    labels, told = link(both, *types)
    hazard, bridged = _hazards(both, labels, _parted(register))
    before = earlier(both, *types)
    previous = np.where(before >= 0, hazard[before], "")
    ours = np.arange(len(new))
    again = (previous[ours] != "") & (previous[ours] != hazard[ours])
    matched = put(new, hazard_id=hazard[ours], previous_id=np.where(again, previous[ours], ""))
    return matched, bridged, (*told, *_perhaps_same(matched, put(both, hazard_id=hazard), settings))


def _perhaps_same(new: pd.DataFrame, all_: pd.DataFrame, settings: HazardSettings) -> list[Finding]:
    """Return a suspicion for each new report without a type that stands where a hazard with one does.

    They are not joined unseen; the straight distance decides which hazard is named.
    """
    asking = new[(new["type"] == UNCLASSIFIED) & np.isfinite(new["x"]) & np.isfinite(new["y"])]
    typed = all_[(all_["type"] != UNCLASSIFIED) & all_["closed_at"].isna() & np.isfinite(all_["x"])]
    if asking.empty or typed.empty:
        return []
    typed = typed.sort_values(["captured_at", "key"], kind="stable")
    gap, nearest = cKDTree(typed[["x", "y"]].to_numpy(float)).query(asking[["x", "y"]].to_numpy(float))
    there = typed.iloc[nearest]
    radii = asking["uncertainty_m"].fillna(0.0).to_numpy() + there["uncertainty_m"].fillna(0.0).to_numpy()
    near = gap <= settings.duplicate_m + radii
    mend = "if it is the same: patrol hazards merge PROJECT {} {}"
    told = [
        Finding("suspicion", "hazards.perhaps_same", "reports", f"nobody knows what it is; {gap_m:.0f} m away is "
                f"{other} ({code})", mend.format(other, mine), row=int(row))
        for row, mine, other, code, gap_m in zip(
            asking["row"][near], asking["hazard_id"][near], there["hazard_id"][near], there["type"][near], gap[near],
            strict=True)
    ]  # fmt: skip
    if len(told) > TOLD:
        what = f"{len(told) - TOLD} more reports without a type stand near hazards that have one"
        told = [*told[:TOLD], Finding("suspicion", "hazards.perhaps_same", "reports", what, "look at them on the map")]
    return told


def _near(cases: pd.DataFrame, new: pd.DataFrame, ground: Ground) -> pd.DataFrame:
    """Return the known reports that could be linked to a new one, put on the network of today."""
    settings = ground.settings.hazards
    cases = cases.rename(columns={"report_id": "key", "hazard_id": "group"})
    # What nobody could name when it came in has been given a type by hand since, or been merged with what has one.
    cases["type"] = cases["type"].where(cases["type"] != UNCLASSIFIED, cases["hazard_type"])
    there = np.isfinite(new[["x", "y"]].to_numpy(float)).all(axis=1)
    known = np.isfinite(cases[["lon", "lat"]].to_numpy(float)).all(axis=1)
    if not there.any() or not known.any():
        return cases.iloc[:0].assign(x=0.0, y=0.0, span=-1, along=0.0)
    cases = cases[known].reset_index(drop=True)
    xy = _metres(cases, ground)
    reach = settings.duplicate_m + cases["uncertainty_m"].to_numpy(float) + new.loc[there, "uncertainty_m"].max()
    gap, _ = cKDTree(new.loc[there, ["x", "y"]].to_numpy(float)).query(xy)
    near = gap <= reach
    return placed_again(cases[near].reset_index(drop=True), ground)


def _metres(cases: pd.DataFrame, ground: Ground) -> np.ndarray:
    points = gpd.points_from_xy(cases["lon"], cases["lat"], crs="EPSG:4326").to_crs(ground.layers.crs)
    return np.column_stack([points.x, points.y])


def placed_again(cases: pd.DataFrame, ground: Ground) -> pd.DataFrame:
    """Return known reports (RangeIndex, all with ``lon`` and ``lat``) on the network of today."""
    xy = _metres(cases, ground)
    on = snap(
        xy, cases["uncertainty_m"].to_numpy(float), ground.network, ground.settings.hazards,
        located_by=cases["located_by"].to_numpy(object), named_feeder=cases["feeder_id"].to_numpy(object),
    )  # fmt: skip
    return cases.assign(x=xy[:, 0], y=xy[:, 1], span=on["span"], along=on["along"], feeder_id=on["feeder_id"])


def _hazards(
    both: pd.DataFrame, labels: np.ndarray, parted: set[frozenset[str]]
) -> tuple[np.ndarray, list[tuple[str, str]]]:
    """Return the hazard id of each row, and the pairs (kept, absorbed) of known hazards that share a label.

    A hazard known before keeps its id, the one reported first before all; else the first report gives it.
    What was parted by hand is not joined again.
    """
    order = both.assign(label=labels, row=np.arange(len(both))).sort_values(
        ["label", "captured_at", "key"], kind="stable"
    )
    known = order[order["group"] != ""].drop_duplicates(["label", "group"])
    kept = known.drop_duplicates("label").set_index("label")["group"]
    founding = order.drop_duplicates("label").set_index("label")["key"]
    names = pd.Series(ids("H", founding), index=founding.index, dtype=object)
    names.update(kept)
    hazard = names.loc[labels].to_numpy(dtype=object)
    bridged = [
        (str(kept[label]), str(group))
        for label, group in zip(known["label"], known["group"], strict=True)
        if group != kept[label] and frozenset((str(kept[label]), str(group))) not in parted
    ]
    own = (both["group"] != "").to_numpy()
    hazard[own] = both.loc[own, "group"]
    return hazard, bridged


def _parted(register: Register) -> set[frozenset[str]]:
    """Return the pairs of hazards that somebody parted by hand."""
    events = register.events("unmerge", "split")
    events = events[events["actor"] != MACHINE]
    pairs = set()
    for action, subject, body in zip(events["action"], events["subject"], events["body"], strict=True):
        told: dict[str, Any] = json.loads(body)
        pairs.add(frozenset((subject, str(told["from" if action == "unmerge" else "into"]))))
    return pairs

"""Which reports are one hazard: those that come in, and all of the register that may belong with them.

The rule, which makes hazards independent of the order in which lists are read: what belongs together is decided for
all reports that can be reached from a new one (:mod:`patrol.hazards.around`) as if they had come in at once
(:func:`patrol.hazards.duplicates.link`), closings first. Hazards upon which a person has acted are not touched: they
keep their reports, and what is new may join one of them. All others are put together anew, by events that the rules
record (:mod:`patrol.hazards.rearrange`): a list that closes in August what another reported in July takes the report of
July with it, whichever list was read first.
"""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.spatial import cKDTree

from patrol.config import HazardSettings
from patrol.errors import Finding
from patrol.hazards.actions import UNCLASSIFIED
from patrol.hazards.around import Frontier, reached
from patrol.hazards.arrangement import Arrangement, arranged, found, nearest_fixed, say_previous
from patrol.hazards.duplicates import TOLD, earlier, link
from patrol.hazards.frames import put
from patrol.hazards.ground import Ground
from patrol.hazards.ids import ids
from patrol.hazards.match import snap
from patrol.hazards.picks import rank
from patrol.hazards.register import Register
from patrol.hazards.states import SHUT

IntArray = npt.NDArray[np.int64]
_COLUMNS = (
    "report_id", "root", "order", "x", "y", "uncertainty_m", "span", "along", "type", "captured_at", "closed_at",
    "group", "thread", "grade", "given_state", "given_at", "state", "shut", "gone", "previous_id", "row", "new",
)  # fmt: skip


def join_hazards(
    register: Register, new: pd.DataFrame, ground: Ground, *, seeds: frozenset[str] = frozenset()
) -> tuple[pd.DataFrame, Arrangement, tuple[Finding, ...]]:
    """Return new reports with ``hazard_id`` and ``previous_id``, what of the register has to change, and what to tell.

    Parameters
    ----------
    new : DataFrame
        Placed reports of hazards with ``key``, ``seen`` (when captured, else when taken in) and ``given_at`` (since
        when ``given_state`` holds); may have ``follows``.
    seeds : frozenset of str
        Reports of the register whose hazards are put together anew, for they have changed.
    """
    settings = ground.settings.hazards
    cases = _cases(register, new, ground, seeds)
    mine = _mine(new, cases, ground)
    rows = pd.concat([mine, cases], ignore_index=True) if len(cases) else mine
    if not len(rows):
        return new, Arrangement(), ()
    types = (ground.network, ground.types, ground.confusable, settings)
    labels, told = link(rows, *types)
    labels, between = nearest_fixed(rows, labels)
    before = earlier(rows, *types)
    place = arranged(rows, labels)
    found(rows, labels, place)
    names = place.keeper
    hazard = np.array([names.get(label, "") for label in labels.tolist()], dtype=object)
    previous = np.where((before >= 0) & (labels[before] != labels), labels[before], -1)
    say_previous(rows, previous, place)
    ours = slice(0, len(new))
    again = [names.get(one, "") for one in previous[ours].tolist()]
    matched = put(new, hazard_id=hazard[ours], previous_id=np.array(again, dtype=object))
    shown = put(rows, hazard_id=hazard)
    said = (*told, *_between(rows, labels, between), *_again_there(rows, labels, names))
    return matched, place, (*said, *_perhaps_same(shown.iloc[ours], shown, settings))


def _mine(new: pd.DataFrame, cases: pd.DataFrame, ground: Ground) -> pd.DataFrame:
    """Return new reports as they are compared; places that words led to as the register will give them back."""
    shut = new["given_at"].where(new["given_state"].isin(SHUT)).dt.floor("ms")
    thread = new["follows"].fillna("") if "follows" in new else pd.Series("", index=new.index)
    seen = new["seen"].dt.floor("ms")
    group = _staying(seen, thread, shut, cases)
    never = pd.Series(pd.NaT, index=new.index, dtype="datetime64[us, UTC]")
    rows = put(
        new, report_id=ids("R", new["key"]), root="", order=new["key"], group=group, closed_at=shut.where(group == ""),
        thread=thread, grade=grades(new["type"], new["hazard_class"], ground), state="", shut=never, gone=never,
        captured_at=seen, previous_id="", new=True,
    )  # fmt: skip
    led = ((rows["located_by"] != "lonlat") & np.isfinite(rows["lon"].to_numpy(float))).to_numpy()
    if led.any():
        there = placed_again(rows[led].reset_index(drop=True), ground)
        for name in ("x", "y", "span", "along"):
            column = rows[name].to_numpy(copy=True)
            column[led] = there[name].to_numpy()
            rows = put(rows, **{name: column})
    return rows[list(_COLUMNS)]


def _staying(seen: pd.Series[Any], thread: pd.Series[Any], shut: pd.Series[Any], cases: pd.DataFrame) -> pd.Series[Any]:
    """Return for what is said under a known id the hazard that stays as it is and holds that id, "" if none does.

    Not where it was seen after that was closed, nor where it closes what was over before the other was seen.
    """
    held = cases[(cases["group"] != "").to_numpy(bool)].drop_duplicates("thread").set_index("thread")
    if not thread.isin(held.index).any():
        return pd.Series("", index=seen.index, dtype=object)
    of = held.reindex(thread)
    apart = (seen.to_numpy() > of["closed_at"].to_numpy()) | (shut.to_numpy() < of["captured_at"].to_numpy())
    return of["group"].fillna("").where(~apart, "").set_axis(seen.index)


def grades(kind: pd.Series[Any], grade: pd.Series[Any], ground: Ground) -> list[int]:
    """Return how grave reports are by their class, or else by their type, the gravest 0."""
    usual = kind.map(ground.types["default_class"]).fillna("serious")
    return [rank(one) for one in grade.where(grade != "", usual)]


def _cases(register: Register, new: pd.DataFrame, ground: Ground, seeds: frozenset[str]) -> pd.DataFrame:
    """Return the reports of the register that may belong with the new ones or with seeds, on the network of today."""
    known, memory = register.memory.slim(), register.memory
    nothing = pd.DataFrame({name: pd.Series([], dtype=object) for name in _COLUMNS})
    if not len(known.fid):
        return nothing
    there = np.isfinite(new[["x", "y"]].to_numpy(float)).all(axis=1)
    radius = (new["uncertainty_m"].fillna(0.0) + new["snap_m"].fillna(0.0)).to_numpy(float)[there]
    start = Frontier(new.loc[there, ["x", "y"]].to_numpy(float), radius, new.loc[there, "type"].to_numpy(object))
    follows = set(new["follows"]) - {""} if "follows" in new else set()
    asked = np.isin(known.fid, memory.fids(seeds)) | pd.Index(known.thread).isin(follows)
    near, fixed = reached(
        known, _metres(known.lon, known.lat, ground), start, asked, lambda some: set(some) - memory.untouched(some),
        ground.confusable, ground.settings.hazards,
    )  # fmt: skip
    if not near.any():
        return nothing
    cases = memory.around(known.fid[near].tolist())
    # What nobody could name when it came in has been given a type by hand since, or been merged with what has one.
    kinds = cases["type"].where(cases["type"] != UNCLASSIFIED, cases["hazard_type"])
    stays, given = cases["root"].isin(fixed), cases[["given_at", "captured_at"]].max(axis=1)
    shut = cases["shut"].where(stays, given.where(cases["given_state"].isin(SHUT)))
    cases = put(
        cases, type=kinds, grade=grades(cases["type"], cases["hazard_class"], ground), given_at=given,
        group=cases["root"].where(stays, ""), closed_at=shut, new=False,
        thread=cases["follows"].where(cases["follows"] != "", cases["report_id"]),
    )  # fmt: skip
    return placed_again(cases, ground)[list(_COLUMNS)]


def _metres(lon: npt.NDArray[np.float64], lat: npt.NDArray[np.float64], ground: Ground) -> npt.NDArray[np.float64]:
    points = gpd.points_from_xy(lon, lat, crs="EPSG:4326").to_crs(ground.layers.crs)
    return np.column_stack([points.x, points.y])


def placed_again(cases: pd.DataFrame, ground: Ground) -> pd.DataFrame:
    """Return reports (RangeIndex) with ``x, y, span, along, feeder_id`` on the network of today."""
    lon, lat = (cases[name].to_numpy(float) for name in ("lon", "lat"))
    there = np.isfinite(lon) & np.isfinite(lat)
    xy = np.full((len(cases), 2), np.nan)
    xy[there] = _metres(lon[there], lat[there], ground)
    on = snap(
        xy, cases["uncertainty_m"].to_numpy(float), ground.network, ground.settings.hazards,
        located_by=cases["located_by"].to_numpy(object), named_feeder=cases["feeder_id"].to_numpy(object),
    )  # fmt: skip
    return put(cases, x=xy[:, 0], y=xy[:, 1], span=on["span"], along=on["along"], feeder_id=on["feeder_id"])


def _between(rows: pd.DataFrame, labels: IntArray, shared: dict[int, list[str]]) -> list[Finding]:
    """Return a suspicion for hazards that stay as they are though a new report stands between them."""
    told: dict[tuple[str, ...], int] = {}
    for label, row in zip(labels[rows["new"]].tolist(), rows.loc[rows["new"], "row"].tolist(), strict=True):
        if label in shared:
            told.setdefault(tuple(shared[label]), int(row))
    mend = "if they are one: patrol hazards merge PROJECT ID ID"
    return [
        Finding("suspicion", "hazards.perhaps_one", "reports",
                f"{' and '.join(names)} may be one, and somebody has acted upon each: they stay apart", mend, row=row)
        for names, row in list(told.items())[:TOLD]
    ]  # fmt: skip


def _again_there(rows: pd.DataFrame, labels: IntArray, names: dict[int, str]) -> list[Finding]:
    """Return a suspicion for hazards that were rectified and are reported again."""
    cases = put(rows, label=labels)[(rows["state"] == "rectified").to_numpy(bool)].drop_duplicates("label")
    gone = dict(zip(cases["label"], cases["gone"], strict=True))
    new = put(rows, label=labels)[rows["new"].to_numpy(bool)]
    since = new["label"].map(gone)
    back = new[(new["captured_at"] > pd.to_datetime(since, utc=True)).to_numpy(bool)].drop_duplicates("label")
    return [
        Finding("suspicion", "hazards.again", "reports",
                f"{names[label]} was rectified, and is reported again: it counts as reported until somebody looks",
                "look, then verify or rectify it", row=int(row))
        for label, row in zip(back["label"].head(TOLD).tolist(), back["row"].head(TOLD).tolist(), strict=True)
    ]  # fmt: skip


def _perhaps_same(new: pd.DataFrame, all_: pd.DataFrame, settings: HazardSettings) -> list[Finding]:
    """Return a suspicion for each new report without a type that stands where a hazard with one does.

    They are not joined unseen; the straight distance decides which hazard is named.
    """
    asking = new[(new["type"] == UNCLASSIFIED) & np.isfinite(new["x"]) & np.isfinite(new["y"])]
    typed = all_[(all_["type"] != UNCLASSIFIED) & all_["closed_at"].isna() & np.isfinite(all_["x"])]
    if asking.empty or typed.empty:
        return []
    typed = typed.sort_values(["captured_at", "order"], kind="stable")
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

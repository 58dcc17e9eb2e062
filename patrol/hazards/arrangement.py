"""What of the register has to change so that its hazards are those that the rules give: no more than that.

Rows are reports, new ones and those of the register, as :mod:`patrol.hazards.joining` lays them out; their labels say
which of them are one hazard.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.spatial import cKDTree

from patrol.hazards.frames import put
from patrol.hazards.ids import ids
from patrol.hazards.stamps import stamps
from patrol.hazards.states import SHUT, Stated, stated

IntArray = npt.NDArray[np.int64]
_NEW = Stated("reported", "")


@dataclass(frozen=True, slots=True)
class Arrangement:
    """What of the register has to change: hazards by the number of their place, parted, merged, told otherwise.

    Attributes
    ----------
    parts : list of (hazard, place, reports)
        Reports to be taken out of a hazard, and the place (a number) they belong to.
    keeper : dict
        Hazard that stays at a place, or that new reports found there; absent where one of the parts will be it.
    joins : list of (place, hazard)
        Hazards to be merged into the one that stays at a place.
    states : dict
        What lists say of a place's hazard, if it is not what the register says.
    previous : list of (report, place)
        Reports that are a new occurrence of the closed hazard at a place; -1 of none.
    """

    parts: list[tuple[str, int, list[str]]] = field(default_factory=list)
    keeper: dict[int, str] = field(default_factory=dict)
    joins: list[tuple[int, str]] = field(default_factory=list)
    states: dict[int, Stated] = field(default_factory=dict)
    previous: list[tuple[str, int]] = field(default_factory=list)

    def __bool__(self) -> bool:
        """Return whether anything has to change."""
        return bool(self.parts or self.joins or self.states or self.previous)


def nearest_fixed(rows: pd.DataFrame, labels: IntArray) -> tuple[IntArray, dict[int, list[str]]]:
    """Return labels in which no two hazards that stay share one, and those that share it otherwise.

    Every other report between them goes to the one that it is nearest to, as the crow flies; of equally near ones to
    the one reported first.
    """
    fixed = rows[rows["group"] != ""].assign(label=labels[rows["group"].to_numpy() != ""])
    pairs = fixed[["label", "group"]].drop_duplicates()
    several = pairs[pairs["label"].duplicated(keep=False)]
    shared: dict[int, list[str]] = {}
    if several.empty:
        return labels, shared
    labels, last = labels.copy(), int(labels.max())
    for label in several["label"].drop_duplicates().tolist():
        own = fixed[fixed["label"] == label].sort_values(["captured_at", "order"], kind="stable")
        names = own["group"].drop_duplicates().tolist()
        shared[label] = sorted(names)
        free = np.flatnonzero((labels == label) & (rows["group"] == "").to_numpy())
        gaps = np.array([_gap(rows, free, np.flatnonzero(rows["group"] == name)) for name in names])
        for number, name in enumerate(names):
            last += 1
            labels[rows["group"].to_numpy() == name] = last
            labels[free[gaps.argmin(axis=0) == number]] = last
            shared[last] = shared[label]
    return labels, shared


def _gap(rows: pd.DataFrame, some: IntArray, group: IntArray) -> npt.NDArray[np.float64]:
    xy = rows[["x", "y"]].to_numpy(float)
    good = np.isfinite(xy[group]).all(axis=1)
    gap = np.full(len(some), np.inf)
    there = np.isfinite(xy[some]).all(axis=1)
    if good.any() and there.any():
        gap[there] = cKDTree(xy[group][good]).query(xy[some][there])[0]
    return gap


def arranged(rows: pd.DataFrame, labels: IntArray) -> Arrangement:
    """Return what of the register has to change so that its hazards are those of the labels."""
    place = Arrangement()
    cases = put(rows, label=labels)[~rows["new"].to_numpy(bool)]
    stay = cases[cases["group"] != ""].drop_duplicates("label")
    place.keeper.update(zip(stay["label"].tolist(), stay["group"].tolist(), strict=True))
    free = cases[cases["group"] == ""].sort_values(["captured_at", "order"], kind="stable")
    if free.empty:
        return place
    # A hazard stays where its closing is, else where most of its reports are, else where its first one is.
    many = free.groupby(["root", "label"])["label"].transform("size")
    head = free.assign(open=free["closed_at"].isna(), few=-many).sort_values(["open", "few"], kind="stable")
    head = head.drop_duplicates("root")
    home = dict(zip(head["root"], head["label"], strict=True))
    reports: dict[tuple[str, int], list[str]] = {}
    for root, label, report in zip(free["root"], free["label"].tolist(), free["report_id"], strict=True):
        reports.setdefault((root, label), []).append(report)
    place.parts.extend((root, label, own) for (root, label), own in reports.items() if home[root] != label)
    for root, label in reports:
        if home[root] == label and place.keeper.setdefault(label, root) != root:
            place.joins.append((label, root))  # the one reported first, or upon which somebody has acted, stays
    _states(rows, labels, free, place)
    return place


def _states(rows: pd.DataFrame, labels: IntArray, free: pd.DataFrame, place: Arrangement) -> None:
    """Note what lists say of the hazards that nobody has acted upon, where the register says otherwise."""
    fixed = set(labels[(rows["group"] != "").to_numpy()].tolist())
    first = free.drop_duplicates("root")
    since = first["shut"].where(first["state"].isin(SHUT), first["gone"].where(first["state"] == "rectified"))
    have = dict(zip(first["root"], map(Stated, first["state"], stamps(since)), strict=True))
    told = put(rows, label=labels, given=stamps(rows["given_at"]))
    told = told[told["label"].isin(set(free["label"]) - fixed)]
    said: dict[int, list[tuple[str, str]]] = {}
    for label, state, at in zip(told["label"].tolist(), told["given_state"], told["given"], strict=True):
        said.setdefault(label, []).append((state, at))
    for label, given in said.items():
        want, now = stated(given), have.get(place.keeper.get(label, ""), _NEW)
        if (want.state, want.at[:23]) != (now.state, now.at[:23]):
            place.states[label] = want


def found(rows: pd.DataFrame, labels: IntArray, place: Arrangement) -> None:
    """Give the places where only new reports stand the ids of the hazards that they found: of the first of them."""
    new = put(rows, label=labels)[rows["new"].to_numpy(bool)]
    new = new[~new["label"].isin(place.keeper)].sort_values(["label", "captured_at", "order"], kind="stable")
    first = new.drop_duplicates("label")
    place.keeper.update(zip(first["label"].tolist(), ids("H", first["order"]), strict=True))


def say_previous(rows: pd.DataFrame, previous: IntArray, place: Arrangement) -> None:
    """Note which reports are a new occurrence of another hazard than they say, or of none, or of one without a name."""
    free = (rows["group"] == "").to_numpy()
    new = rows["new"].to_numpy(bool)
    for at in np.flatnonzero(free & (~new | (previous >= 0))).tolist():
        label, said = int(previous[at]), str(rows["previous_id"].iat[at])
        if (label >= 0 and label not in place.keeper) if new[at] else said != place.keeper.get(label, ""):
            place.previous.append((str(rows["report_id"].iat[at]), label))

"""Which pole follows which: by parent poles where the ledger gives them, else by numbers, branches at their pole."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

from patrol.errors import Finding, Level
from patrol.layers.pole_names import Key, canonical, is_trunk, leaves_from, natural_key, pole_in_branch

SAME_POLE_M = 50.0  # (m) a pole written twice stands this close to itself; the same number on another branch does not
ANCHOR_M = 300.0  # a branch named after a pole farther away than this is not taken to leave from it


@dataclass(slots=True)
class _Feeder:
    """One feeder's poles while they are being joined; positions are rows of the ledger."""

    label: str
    rows: list[int]
    ledger: pd.DataFrame
    xy: np.ndarray
    branch: dict[int, str]
    names: dict[int, str]
    restarts: set[str] = field(default_factory=set)
    parent: dict[int, int] = field(default_factory=dict)
    by_name: dict[str, list[int]] = field(default_factory=dict)
    dropped: set[int] = field(default_factory=set)
    found: list[Finding] = field(default_factory=list)

    def tell(self, level: Level, code: str, pole: int, what: str, mend: str = "") -> None:
        self.found.append(Finding(level, f"poles.{code}", self.label, what, mend, row=self.row(pole)))

    def row(self, pole: int) -> int:
        """Return the row of the file, for messages."""
        return int(self.ledger["source_row"].to_numpy()[pole])

    def called(self, pole: int) -> str:
        """Return feeder, branch and number of a pole, for messages."""
        parts = (str(self.ledger["feeder_id"].iat[pole]), self.branch[pole], str(self.ledger["pole_no"].iat[pole]))
        return " ".join(part for part in parts if part)

    def metres(self, a: int, b: int) -> float:
        return float(np.hypot(*(self.xy[a] - self.xy[b])))


def join_poles(ledger: pd.DataFrame, label: str) -> tuple[pd.DataFrame, list[Finding]]:
    """Find for each pole the one before it, seen from the source.

    Parameters
    ----------
    ledger : DataFrame
        ``feeder_id, branch, pole_no, parent_pole, source_row, x, y`` (metres), ``RangeIndex``.
    label : str
        File name, for the findings.

    Returns
    -------
    tuple of (DataFrame, findings)
        The ledger without the rows set aside, with ``branch`` completed and ``parent`` (row of the
        result, -1 for the first pole of a feeder). There are no cycles. A parent pole of the ledger
        goes before the order of numbers; a branch begins at its parent pole, at the pole it is named after
        (within 300 m), else at the nearest pole, which is told.
    """
    found: list[Finding] = []
    parent = np.full(len(ledger), -1)
    branch = ledger["branch"].astype(object).copy()
    dropped: set[int] = set()
    xy = ledger[["x", "y"]].to_numpy(float)
    names = {pole: canonical(name) for pole, name in enumerate(ledger["pole_no"])}
    for rows in ledger.groupby("feeder_id", sort=True).indices.values():
        feeder = _Feeder(label, [int(row) for row in rows], ledger, xy, {}, names)
        _join(feeder)
        found += feeder.found
        dropped |= feeder.dropped
        for pole, before in feeder.parent.items():
            parent[pole] = before
        for pole, name in feeder.branch.items():
            branch.iat[pole] = name
    kept = np.array([pole not in dropped for pole in range(len(ledger))], dtype=bool)
    number = np.append(np.cumsum(kept) - 1, -1)  # the last place is read by -1
    result = ledger.assign(branch=branch, parent=number[parent])[kept].reset_index(drop=True)
    return result, found


def _join(feeder: _Feeder) -> None:
    _name_branches(feeder)
    heads = [_chain(feeder, poles) for poles in _runs(feeder)]
    _use_parents(feeder, set(heads))
    if not heads:
        return
    _break_cycles(feeder, heads[0])
    _anchor(feeder, heads)


def _name_branches(feeder: _Feeder) -> None:
    """Fill the branch of poles whose name tells it; the trunk's is empty."""
    known = {feeder.names[pole] for pole in feeder.rows}
    for pole in feeder.rows:
        branch = str(feeder.ledger["branch"].iat[pole])
        if is_trunk(branch):
            split = leaves_from(feeder.names[pole])
            branch = split[1] if split and split[0] in known else ""
        feeder.branch[pole] = branch


def _runs(feeder: _Feeder) -> list[list[int]]:
    """Return the poles of the trunk and of each branch in order, the trunk (else the largest branch) first.

    Numbers that repeat in one branch are either a second branch without a name, which shows by several
    numbers starting again further down the ledger and elsewhere, or a mistake: then the first row stays.
    """
    groups: dict[str, list[int]] = {}
    for pole in feeder.rows:
        groups.setdefault(feeder.branch[pole], []).append(pole)
    trunk = "" if "" in groups else min(groups, key=lambda name: (-len(groups[name]), name))
    runs = []
    for name in sorted(groups, key=lambda name: (name != trunk, natural_key(name), name)):
        keys = {pole: natural_key(feeder.names[pole]) for pole in groups[name]}
        again = len(keys) - len(set(keys.values()))
        parts = _ascending(groups[name], keys)
        in_order = again and len(parts) <= again + 1
        parts = _restarts(feeder, parts, keys, name) if in_order else [groups[name]]
        runs += [_without_repeats(feeder, part, keys) for part in parts]
    return runs


def _ascending(poles: list[int], keys: dict[int, Key]) -> list[list[int]]:
    parts: list[list[int]] = []
    for pole in poles:
        if not parts or keys[pole] <= keys[parts[-1][-1]]:
            parts.append([])
        parts[-1].append(pole)
    return parts


def _restarts(feeder: _Feeder, parts: list[list[int]], keys: dict[int, Key], name: str) -> list[list[int]]:
    """Join rising parts to runs: one that begins anew with several numbers elsewhere is a branch without a name.

    One that repeats a single number, or repeats poles where they stand, is not: its repeats are mistakes.
    """
    first: dict[Key, int] = {}
    low = sorted(set(keys.values()))[:2]
    runs: list[list[int]] = []
    for part in parts:
        again = [feeder.metres(pole, first[keys[pole]]) for pole in part if keys[pole] in first]
        if not runs:
            runs.append(part)
        elif len(again) > 1 and keys[part[0]] in low and float(np.median(again)) > SAME_POLE_M:
            runs.append(part)
            _tell_restart(feeder, part, f"{name}({len(runs)})")
        else:
            runs[-1] = runs[-1] + part
        first = {keys[pole]: pole for pole in part} | first
    return runs


def _tell_restart(feeder: _Feeder, part: list[int], name: str) -> None:
    what = (
        f"numbers start again at {feeder.called(part[0])}; these {len(part)} poles are taken for a branch of their own"
    )
    feeder.tell("suspicion", "restart", part[0], what, "give them a branch name, or mend the numbers")
    feeder.restarts.add(name)
    for pole in part:
        feeder.branch[pole] = name


def _without_repeats(feeder: _Feeder, poles: list[int], keys: dict[int, Key]) -> list[int]:
    first: dict[Key, int] = {}
    for pole in poles:
        if keys[pole] in first:
            what = f"{feeder.called(pole)} is in row {feeder.row(first[keys[pole]])} already; the first is kept"
            feeder.tell("rejected", "duplicate", pole, what, "give it its own number, or its branch")
            feeder.dropped.add(pole)
            feeder.branch.pop(pole)
        else:
            first[keys[pole]] = pole
    feeder.rows = [pole for pole in feeder.rows if pole not in feeder.dropped]
    return sorted(first.values(), key=lambda pole: keys[pole])


def _chain(feeder: _Feeder, poles: list[int]) -> int:
    """Let each pole follow the one before it in number; return the first."""
    feeder.parent.update((after, before) for before, after in pairwise(poles))
    return poles[0]


def _use_parents(feeder: _Feeder, heads: set[int]) -> None:
    """Let each pole follow its parent pole, where the ledger names one that exists."""
    by_name = feeder.by_name
    for pole in feeder.rows:
        for name in {feeder.names[pole], canonical(feeder.branch[pole] + feeder.names[pole])}:
            by_name.setdefault(name, []).append(pole)
    for pole in feeder.rows:
        words = str(feeder.ledger["parent_pole"].iat[pole])
        if not words:
            continue
        others = [other for other in by_name.get(canonical(words), []) if other != pole]
        if others:
            feeder.parent[pole] = min(others, key=lambda one: _strangeness(feeder, one, pole))
        elif canonical(words) in by_name:
            feeder.tell(
                "suspicion", "parent_self", pole, f"{feeder.called(pole)} is its own parent pole", "mend parent_pole"
            )
        elif pole not in heads or feeder.branch[pole]:  # before the first pole of the trunk there is the substation
            what = f"parent pole {words!r} of {feeder.called(pole)} is not in the ledger; placed by its number"
            feeder.tell("suspicion", "parent_missing", pole, what, "mend parent_pole, or add the pole")


def _strangeness(feeder: _Feeder, other: int, pole: int) -> tuple[int, float, int]:
    """Rank poles of one number as the parent of another: its own branch, the trunk, another branch, then the nearest.

    A pole of its own branch that comes after it by all the ledger says is the last choice.
    """
    if feeder.branch[other] == feeder.branch[pole]:
        comes_before = natural_key(feeder.names[other]) < natural_key(feeder.names[pole])
        rank = 0 if comes_before or not _leads_back(feeder, other, pole) else 3
    else:
        rank = 1 if feeder.branch[other] == "" else 2
    return rank, feeder.metres(other, pole), other


def _leads_back(feeder: _Feeder, other: int, pole: int) -> bool:
    """Return whether the parent poles of one pole lead to another within their branch; without one, numbers do."""
    branch, seen = feeder.branch[pole], {other}
    while True:
        words = canonical(str(feeder.ledger["parent_pole"].iat[other]))
        if not words:
            return True
        mine = [one for one in feeder.by_name.get(words, []) if feeder.branch[one] == branch]
        if not mine or pole in mine:
            return bool(mine)
        other = mine[0]
        if other in seen:
            return False
        seen.add(other)


def _break_cycles(feeder: _Feeder, head: int) -> None:
    """Cut each ring of parent poles: before the feeder's first pole, else at its longest span."""
    done: set[int] = set()
    for start in feeder.rows:
        path: list[int] = []
        pole: int | None = start
        while pole is not None and pole not in done:
            done.add(pole)
            path.append(pole)
            pole = feeder.parent.get(pole)
        if pole is None or pole not in path:
            continue
        ring = path[path.index(pole) :]
        parent = feeder.parent
        cut = head if head in ring else max(ring, key=lambda one: (feeder.metres(one, parent[one]), -one))
        what = f"parent poles run in a ring of {len(ring)}; cut before {feeder.called(cut)}"
        feeder.tell("suspicion", "cycle", cut, what, "mend parent_pole")
        del feeder.parent[cut]


def _anchor(feeder: _Feeder, heads: list[int]) -> None:
    """Join every loose branch: to the pole it is named after, else to the nearest of those already joined."""
    root = _root(feeder, heads[0])
    loose = [pole for pole in feeder.rows if pole not in feeder.parent and pole != root]
    for head in list(loose):
        anchor = _named_anchor(feeder, head)
        if anchor is not None and _root(feeder, anchor) != head:
            feeder.parent[head] = anchor
            loose.remove(head)
    top = {pole: _root(feeder, pole) for pole in feeder.rows}
    while loose:
        joined = [pole for pole in feeder.rows if top[pole] == root]
        far, at = cKDTree(feeder.xy[joined]).query(feeder.xy[loose])
        best = int(np.argmin(far))
        head = loose.pop(best)
        feeder.parent[head] = joined[int(at[best])]
        top |= {pole: root for pole in feeder.rows if top[pole] == head}
        what = (
            f"nothing says where the branch of {feeder.called(head)} leaves; "
            f"joined to the nearest pole, {feeder.called(feeder.parent[head])}, {far[best]:.0f} m away"
        )
        feeder.tell("suspicion", "branch_nearest", head, what, "fill parent_pole of the branch's first pole")


def _root(feeder: _Feeder, pole: int) -> int:
    while pole in feeder.parent:
        pole = feeder.parent[pole]
    return pole


def _named_anchor(feeder: _Feeder, head: int) -> int | None:
    split = leaves_from(feeder.names[head])
    wanted = [split[0]] if split else []
    if feeder.branch[head] not in feeder.restarts:
        wanted.append(pole_in_branch(feeder.branch[head]))
    for name in wanted:
        others = [
            pole for pole in feeder.rows if feeder.names[pole] == name and feeder.branch[pole] != feeder.branch[head]
        ]
        near = [pole for pole in others if feeder.metres(pole, head) <= ANCHOR_M]
        if name and near:
            return min(near, key=lambda pole: (feeder.branch[pole] != "", feeder.metres(pole, head), pole))
    return None

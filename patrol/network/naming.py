"""Names people use: feeders that have none get one, and every node gets a pole number to be found by."""

from __future__ import annotations

import numpy as np
import pandas as pd

from patrol.network.trees import BoolArray, FloatArray, IntArray, nearest_marked


def feeder_codes(lines: pd.DataFrame, *others: pd.DataFrame) -> tuple[list[str], list[IntArray]]:
    """Give the feeders that lines name numbers, and translate other frames to the same numbers.

    A ledger often names a feeder by its name where the lines carry an id; either is understood.

    Returns
    -------
    tuple of (ids, codes)
        Sorted feeder ids, and for the lines and each further frame the code of each row, -1 where the
        row names none of these feeders.
    """
    ids = sorted({text for text in lines["feeder_id"].tolist() if text})
    code_of = {text: code for code, text in enumerate(ids)}
    named = lines.loc[lines["feeder_id"] != ""]
    for column in ("name", "name_zh"):
        pairs = named.loc[named[column] != "", [column, "feeder_id"]].drop_duplicates()
        single = pairs.loc[~pairs[column].duplicated(keep=False)]
        for text, feeder in single.itertuples(index=False):
            code_of.setdefault(text, code_of[feeder])
    lookup = [frame["feeder_id"].map(code_of).fillna(-1).to_numpy(dtype=np.int64) for frame in (lines, *others)]
    return ids, lookup


def feeder_names(spans: pd.DataFrame, ids: list[str]) -> pd.DataFrame:
    """Return ``name`` and ``name_zh`` of each feeder: the line name that covers most metres, else the id."""
    names = pd.DataFrame({"name": "", "name_zh": ""}, index=pd.Index(ids, name="feeder_id"))
    for column in ("name", "name_zh"):
        named = spans.loc[spans[column] != "", ["feeder_id", column, "length_m"]]
        total = named.groupby(["feeder_id", column], sort=True)["length_m"].sum().round(2).reset_index()
        best = total.sort_values("length_m", ascending=False, kind="stable").drop_duplicates("feeder_id")
        names.loc[best["feeder_id"], column] = best[column].to_numpy()
    either = names["name"].where(names["name"] != "", names["name_zh"])
    names["name_zh"] = names["name_zh"].where(names["name_zh"] != "", either)
    names["name"] = either
    for column in ("name", "name_zh"):
        names[column] = names[column].where(names[column] != "", names.index.to_series())
    return names


def new_feeder_ids(
    roots: pd.DataFrame, equipment: pd.DataFrame, metres: FloatArray, xy: FloatArray, taken: list[str]
) -> list[str]:
    """Return ids for feeders that no line names, one a root.

    The source's own ``feeder_id`` if it has one, else ``F1``, ``F2`` ... by falling length.

    Parameters
    ----------
    roots : DataFrame
        ``equipment``: row of the source, -1 for none.
    metres, xy : ndarray, shape (r,), (r, 2)
        Length of line behind each root, and where it is.
    taken : list of str
        Ids in use already.
    """
    used = set(taken)
    result = [""] * len(roots)
    for place, row in enumerate(roots["equipment"].tolist()):
        own = str(equipment.at[row, "feeder_id"]) if row >= 0 else ""
        if own and own not in used:
            used.add(own)
            result[place] = own
    number = 0
    for place in np.lexsort((xy[:, 1], xy[:, 0], -metres.round(1))).tolist():
        while not result[place]:
            number += 1
            if f"F{number}" not in used:
                result[place] = f"F{number}"
    return result


def label_nodes(
    pole_no: pd.Series,
    branch: pd.Series,
    feeder: IntArray,
    order: FloatArray,
    parent: IntArray,
    even: tuple[BoolArray, FloatArray],
) -> tuple[list[str], BoolArray]:
    """Return a label for every node, and whether it was assumed.

    A pole has its branch and number, or the number alone where that begins with the branch already. On a
    feeder without any poles the nodes are numbered 001, 002 ... along the walk from the source. On a feeder
    with poles an unnumbered node is called after the last pole before it: ``012+1`` is the first node
    beyond 012 (``0`` stands for the source). A place where a long line without poles is cut in equal parts is
    called after the last other node and the metres from it: ``012+480m``.

    Parameters
    ----------
    feeder, order, parent : ndarray, shape (n,)
        Feeder code, place in the walk, and the node before each node (-1 at a root).
    even : tuple of ndarray, shape (n,)
        Which nodes are such places, and the metres from the node before each node.
    """
    text, names = pole_no.to_numpy(dtype=object).copy(), branch.to_numpy(dtype=object)
    for node in np.flatnonzero((branch != "").to_numpy()).tolist():
        name, number = names[node], text[node]
        if not number.startswith(name):
            text[node] = f"{name}{number}" if "\u3400" <= name[-1] <= "\u9fff" else f"{name} {number}"
    named = (pole_no != "").to_numpy(dtype=bool)
    with_poles = np.zeros(int(feeder.max(initial=-1)) + 1, dtype=bool)
    with_poles[feeder[named]] = True
    anchor = np.where(with_poles[feeder], nearest_marked(parent, named), -1)
    measured = even[0] & ~named & (parent >= 0)
    bare = np.flatnonzero(~named & ~measured)
    bare = bare[np.lexsort((bare, order[bare], anchor[bare], feeder[bare]))]
    family = np.column_stack([feeder[bare], anchor[bare]])
    starts = np.r_[True, (np.diff(family, axis=0) != 0).any(axis=1)][: len(bare)]
    position = np.flatnonzero(starts)
    serial = np.arange(len(bare)) - np.repeat(position, np.diff(np.r_[position, len(bare)]))
    labels: list[str] = text.tolist()
    for node, before, number, real in zip(
        bare.tolist(), anchor[bare].tolist(), serial.tolist(), with_poles[feeder[bare]].tolist(), strict=True
    ):
        if not real:
            labels[node] = f"{number + 1:03d}"
        elif before >= 0:
            labels[node] = f"{text[before]}+{number + 1}"
        else:
            labels[node] = f"0+{number}" if number else "0"
    for node in np.flatnonzero(measured).tolist():
        before, metres = int(parent[node]), float(even[1][node])
        while measured[before]:
            before, metres = int(parent[before]), metres + float(even[1][before])
        labels[node] = f"{labels[before]}+{metres:.0f}m"
    return labels, ~named

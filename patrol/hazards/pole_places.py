"""Where the pole stands that a report names: ``37``, ``037#``, ``37-38``, ``北支3``, ``012B03``."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import shapely

from patrol.layers.pole_names import canonical, is_trunk
from patrol.network.topology import Network

_WORDS = re.compile(
    r"之间|中间|附近|旁边|左右|(?<=[杆号#\d])[处间旁]|\b(?:between|near|poles?|towers?)\b", re.IGNORECASE
)
_SPLIT = re.compile(r"[-~—–至到与和、,/&]|\band\b|\bto\b", re.IGNORECASE)

NONE, SEVERAL = -1, -2


def pole_table(poles: pd.DataFrame, network: Network) -> pd.DataFrame:
    """Return one row for each way to name a pole.

    Returns
    -------
    DataFrame
        ``feeder_id, key`` (canonical), ``branch, pole_no, trunk, x, y`` (metric CRS) and ``pole``, the number
        of the pole. A pole of a branch answers to its number with the branch before it, too. Places on a line that
        only have an assumed number answer to that.
    """
    assumed = network.nodes.loc[network.nodes["assumed"]]
    geometry = np.r_[np.asarray(poles.geometry, dtype=object), np.asarray(assumed.geometry, dtype=object)]
    xy = shapely.get_coordinates(geometry)
    branch = pd.Series([*poles["branch"], *[""] * len(assumed)], dtype=object)
    number = pd.Series([*poles["pole_no"], *assumed["label"]], dtype=object)
    table = pd.DataFrame(
        {
            "feeder_id": [*poles["feeder_id"], *assumed["feeder_id"]],
            "key": each(number, canonical),
            "branch": branch,
            "pole_no": number,
            "trunk": each(branch, is_trunk).astype(bool),
            "x": xy[:, 0],
            "y": xy[:, 1],
            "pole": np.arange(len(number)),
        }
    )
    side = table.loc[~table["trunk"]]
    longer = side.assign(key=each(side["branch"] + side["pole_no"], canonical))
    return pd.concat([table, longer], ignore_index=True).drop_duplicates(["feeder_id", "key", "pole"])


def find_poles(table: pd.DataFrame, asked: pd.DataFrame) -> pd.DataFrame:
    """Return where the poles asked for stand.

    Parameters
    ----------
    table : DataFrame
        Of :func:`pole_table`.
    asked : DataFrame
        ``feeder_id`` ("" for any line), ``branch`` ("" for any, the trunk first) and ``pole_ref``.

    Returns
    -------
    DataFrame
        On the index of ``asked``: ``x, y``, ``spread_m`` (half the distance of two poles that enclose the place, 0
        for one), ``feeder_id, pole`` (row of the table's first naming; ``NONE``, or ``SEVERAL`` where the name
        is not clear) and ``candidates`` (text).
    """
    word = each(asked["pole_ref"], _plain)
    result = _single(table, asked["feeder_id"], asked["branch"], each(word, canonical)).assign(spread_m=0.0)
    rows = [
        (label, text[: cut.start()], text[cut.end() :])
        for label, text in word[result["pole"] == NONE].items()
        for cut in _SPLIT.finditer(text)
    ]
    if not rows:
        return result
    ends = pd.DataFrame(rows, columns=["label", "one", "other"])
    where = asked.loc[ends["label"]].reset_index(drop=True)
    one = _single(table, where["feeder_id"], where["branch"], each(ends["one"], canonical))
    other = _single(table, where["feeder_id"], where["branch"], each(ends["other"], canonical))
    good = (one["pole"] >= 0) & (other["pole"] >= 0) & (one["feeder_id"] == other["feeder_id"])
    between = one.assign(
        x=(one["x"] + other["x"]) / 2,
        y=(one["y"] + other["y"]) / 2,
        spread_m=np.hypot(one["x"] - other["x"], one["y"] - other["y"]) / 2,
    )
    between = between.loc[good].set_axis(ends.loc[good, "label"].to_numpy())
    between = between.loc[~between.index.duplicated()]
    return pd.concat([result.drop(index=between.index), between]).loc[asked.index]


def _plain(ref: str) -> str:
    return _WORDS.sub("", unicodedata.normalize("NFKC", ref)).strip()


def _single(table: pd.DataFrame, feeder: pd.Series, branch: pd.Series, key: pd.Series) -> pd.DataFrame:
    """Return the one pole that answers to each key on a feeder (any if ""), of the branch if one is named."""
    asked = pd.DataFrame({"ask": np.arange(len(key)), "on": feeder.to_numpy(), "of": branch.to_numpy()})
    asked["key"] = key.to_numpy(dtype=object)
    asked = asked.loc[asked["key"] != ""]
    line = asked.loc[asked["on"] != ""].merge(table, left_on=["on", "key"], right_on=["feeder_id", "key"])
    free = asked.loc[asked["on"] == ""].merge(table, on="key")
    found = pd.concat([line, free], ignore_index=True)
    found = found.loc[(found["of"] == "") | (found["of"] == found["branch"])]
    # a number without a branch is the trunk's, where the trunk has it
    found = found.loc[found["trunk"] | ~found.groupby("ask")["trunk"].transform("any").astype(bool)]
    found = found.drop_duplicates(["ask", "feeder_id", "x", "y"]).sort_values(["ask", "feeder_id", "pole"])
    size = found.groupby("ask").size().reindex(range(len(key)), fill_value=0).to_numpy()
    first = found.drop_duplicates("ask").set_index("ask").reindex(range(len(key)))
    names = found.loc[size[found["ask"]] > 1].groupby("ask").head(4)
    shown = (names["feeder_id"] + " " + names["branch"] + " " + names["pole_no"]).groupby(names["ask"]).agg(", ".join)
    clear = size == 1
    return pd.DataFrame(
        {
            "x": np.where(clear, first["x"], np.nan),
            "y": np.where(clear, first["y"], np.nan),
            "feeder_id": np.where(clear, first["feeder_id"], ""),
            "pole": np.where(clear, first["pole"].fillna(NONE), np.where(size > 1, SEVERAL, NONE)).astype(np.int64),
            "candidates": shown.reindex(range(len(key)), fill_value="").to_numpy(dtype=object),
        },
        index=key.index,
    )


def each(values: pd.Series, function: Callable[[str], Any]) -> pd.Series:
    """Return ``function`` of each value, asked once for each different value."""
    codes, unique = pd.factorize(values.to_numpy(dtype=object))
    answers = np.empty(len(unique), dtype=object)
    answers[:] = [function(value) for value in unique]
    return pd.Series(answers[codes], index=values.index, dtype=object)

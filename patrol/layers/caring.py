"""Who cares for a service point: the people named there, and the crews that they belong to.

A person is a crew's if the crew's ``members`` name it, or if what is written is the crew's own id or name. Several
people of one point, or members of one crew, are separated by ``|`` (or ``;`` ``、``); spaces are part of a name.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping

import pandas as pd

from patrol.layers.values import TOGETHER, words_of

_BETWEEN = re.compile(r"[|;；、]")
CrewsOf = Mapping[str, tuple[str, ...]]


def names_of(cell: object) -> tuple[str, ...]:
    """Return the names in a cell, each once, as they are written."""
    parts = (" ".join(part.split()) for part in _BETWEEN.split(str(cell or "")))
    return tuple(dict.fromkeys(part for part in parts if part))


def crews_by_name(crews: pd.DataFrame) -> CrewsOf:
    """Return the ids of the crews that each name means: of a member, of the crew itself, or the crew's id.

    Parameters
    ----------
    crews : DataFrame
        Checked: ``crew_id, name, name_zh, members``.

    Returns
    -------
    dict
        By the name in small letters; ids in the order of the crews.
    """
    found: dict[str, dict[str, None]] = defaultdict(dict)
    for row in crews[["crew_id", "name", "name_zh", "members"]].to_dict("records"):
        own = (" ".join(str(row[key] or "").split()) for key in ("crew_id", "name", "name_zh"))
        for name in (*own, *names_of(row["members"])):
            if name:
                found[name.casefold()][str(row["crew_id"])] = None
    return {name: tuple(ids) for name, ids in found.items()}


def caring(cell: object, crews: CrewsOf) -> tuple[str, ...]:
    """Return the sorted ids of the crews that a cell of people names; those of nobody are none."""
    return tuple(sorted({crew for name in names_of(cell) for crew in crews.get(name.casefold(), ())}))


def strangers(points: pd.DataFrame, crews: pd.DataFrame) -> pd.Series:
    """Mark the service points at which somebody is named whom no crew has."""
    known = crews_by_name(crews)
    return points["person"].map(lambda cell: any(name.casefold() not in known for name in names_of(cell))).astype(bool)


def kept_out(points: pd.DataFrame, crews: pd.DataFrame) -> pd.Series:
    """Mark the service points that people care for of whom no crew may come, for want of the party or the skills."""
    known, row_of = crews_by_name(crews), {str(row["crew_id"]): row for row in crews.to_dict("records")}

    def barred(row: pd.Series) -> bool:
        own = [row_of[crew] for crew in caring(row["person"], known)]
        parties, skills = words_of(row["parties"], TOGETHER), set(words_of(row["skills"]))
        fits = (
            (not parties or str(crew["party"]) in parties) and skills <= {*words_of(crew["skills"])} for crew in own
        )
        return bool(own) and not any(fits)

    return pd.Series([barred(row) for _, row in points.iterrows()], index=points.index, dtype=bool)

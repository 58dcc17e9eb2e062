"""Recurring rounds of the parties (the "three diagnoses", 三诊): one row a round becomes a visit at each of its places.

Village officials hold consultations, grid staff go round, village enterprises are consulted regularly: each round has
its own cadence, party and places, and every place is a service point from then on.
"""

from __future__ import annotations

import difflib
import re
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from patrol.errors import Finding
from patrol.layers.geometry import IntArray
from patrol.layers.raw import Raw

SPLIT = re.compile(r"[;；|、,，]+")


def with_rounds(
    points: gpd.GeoDataFrame, rounds: pd.DataFrame, places: gpd.GeoDataFrame, raw: Raw
) -> tuple[gpd.GeoDataFrame, list[Finding]]:
    """Return the service points with those of the rounds, and the rows that name a place nobody knows.

    Parameters
    ----------
    points : GeoDataFrame
        The input ``service_points``.
    rounds : DataFrame
        The input ``rounds``: ``places`` holds names of the layer ``places`` in either language, separated by ``;``;
        a place named twice is one visit.
    places : GeoDataFrame
        Points in the CRS of ``points``, with ``name, name_zh``; of two of one name the first counts.
    raw : Raw
        The file of the rounds as it was read.

    Returns
    -------
    tuple of (GeoDataFrame, list of Finding)
        ``point_id`` of a round's place is ``round_id/place``; a row with an unknown place is set aside whole.
    """
    known: dict[str, int] = {}
    for column in ("name_zh", "name"):
        for at, name in enumerate(places[column]):
            if name:
                known.setdefault(str(name), at)
    rows, shapes, found = [], [], []
    for number, row in enumerate(rounds.to_dict("records")):
        names = [part.strip() for part in SPLIT.split(str(row["places"])) if part.strip()]
        unknown = [name for name in names if name not in known]
        if unknown or not names:
            found += _unknown(raw, np.array([number]), unknown, list(known))
            continue
        once: dict[int, str] = {}  # by its first name here, in whichever language
        for name in names:
            once.setdefault(known[name], name)
        for at, name in once.items():
            place = places.iloc[at]
            rows.append(_point(row, place, name))
            shapes.append(place.geometry)
    if not rows:
        return points, found
    more = gpd.GeoDataFrame(pd.DataFrame(rows)[list(points.columns.drop(points.geometry.name))], geometry=shapes,
                            crs=points.crs)  # fmt: skip
    types = {name: kind for name, kind in points.dtypes.items() if name != points.geometry.name}
    more = more.astype(types) if len(points) else more
    joined = pd.concat([points, more], ignore_index=True) if len(points) else more
    return gpd.GeoDataFrame(joined, geometry="geometry", crs=points.crs), found


def _point(row: dict[Any, Any], place: Any, name: str) -> dict[str, Any]:
    spot, spot_zh = place["name"] or place["name_zh"], place["name_zh"] or place["name"]
    own, own_zh = row["name"] or row["name_zh"] or row["round_id"], row["name_zh"] or row["name"] or row["round_id"]
    return {
        **{key: row[key] for key in ("kind", "interval_days", "minutes", "parties", "skills", "source_row")},
        **{key: row[key] for key in ("opens", "closes")},
        "last_visit": row["last_done"], "person": "", "point_id": f"{row['round_id']}/{name}",
        "name": f"{own}: {spot}", "name_zh": f"{own_zh}：{spot_zh}",
    }  # fmt: skip


def _unknown(raw: Raw, at: IntArray, unknown: list[str], known: list[str]) -> list[Finding]:
    near = [match for name in unknown for match in difflib.get_close_matches(name, known, n=1)]
    hint = f"; did you mean {', '.join(near)}?" if near else ""
    what = f"no place is called {', '.join(unknown)}{hint}" if unknown else "names no place"
    mend = "name places of the layer places, separated by ;"
    return raw.set_aside(at, "place_unknown", what, mend, name="places")

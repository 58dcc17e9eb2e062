"""Levels of detail: what 200,000 spans look like from far away, as a few thousand strokes for each range of zooms.

Points that fall into one cell of a grid of :data:`CELL_PX` screen pixels become one point, strokes between the same
two cells become one stroke, and strokes that go on from each other become one line, straightened to within half a
pixel. A stroke that stands for many sections carries the worst of each of their ``ranks`` (the highest number), so
a section that matters is never outvoted by its neighbours; one that is smaller than a cell gives its ranks to the
stroke beside it, or stays as a dot. Nothing vanishes: ``tests/maps/test_levels.py`` holds it.
"""

from __future__ import annotations

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from patrol.maps.packing import STEP, WGS84

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

# The largest zoom each level is drawn at, and how wide its cells are: wider where a whole district is in view, all of
# which a phone draws at once. Beyond the last one the sections themselves are drawn.
CELL_PX = {8: 2.5, 9: 4.0, 10: 4.0, 12: 3.0}
ZOOMS = tuple(CELL_PX)
BEND_PX = 0.5
FEW = 4_000  # sections that a phone draws at once, without any levels
MAX_LAT = 85.05  # Web Mercator ends here


def levels(frame: gpd.GeoDataFrame, ranks: Sequence[str], group: str | None = None) -> dict[int, gpd.GeoDataFrame]:
    """Return the levels of a frame of lines by the largest zoom each is drawn at; none where the frame is small.

    Parameters
    ----------
    frame : GeoDataFrame
        WGS84 lines.
    ranks : sequence of str
        Columns of whole numbers, the more urgent the higher; a stroke carries the highest of each.
    group : str, optional
        Column by which strokes are kept apart (a zone), so that the page can show one of them alone.

    Returns
    -------
    dict of int to GeoDataFrame
        WGS84 lines with the columns of ``ranks`` and ``group``.
    """
    if len(frame) <= FEW:
        return {}
    return {zoom: level(frame, ranks, group, zoom=zoom) for zoom in ZOOMS}


def level(frame: gpd.GeoDataFrame, ranks: Sequence[str], group: str | None, *, zoom: int) -> gpd.GeoDataFrame:
    """Return the strokes that lines make at a zoom; parameters as for :func:`levels`."""
    parts, row = shapely.get_parts(frame.geometry.to_numpy(), return_index=True)
    lonlat, part = shapely.get_coordinates(parts, return_index=True)
    worst = {name: frame[name].to_numpy(dtype=np.int64)[row][part] for name in ranks}
    of = pd.factorize(frame[group])[0][row][part] if group else np.zeros(len(part), np.int64)
    cell, place = _cells(lonlat, zoom)
    strokes = _strokes(part, cell, np.asarray(of, np.int64), worst)
    shapes, table = _joined(strokes, place, list(ranks))
    straight = shapely.simplify(shapes, BEND_PX * _pixel(zoom), preserve_topology=False)
    kept = np.where(shapely.is_empty(straight), shapes, straight)  # a dot is no line to GEOS
    out = gpd.GeoDataFrame(table[list(ranks)], geometry=_to_lonlat(kept), crs=WGS84)
    if group:
        out[group] = pd.unique(frame[group])[table["group"].to_numpy()] if len(table) else ""
    return out


def coarse(zoom: int) -> int:
    """Return in how many steps of the packed format the coordinates of a level may be counted: half a pixel."""
    return max(1, int(_pixel(zoom) / 2 / STEP))


def _pixel(zoom: int) -> float:
    return 360 / (256 * 2.0**zoom)


def mercator(lonlat: Floats) -> Floats:
    """Return degrees (n, 2) as Web Mercator with degrees of longitude as unit."""
    lat = np.clip(lonlat[:, 1], -MAX_LAT, MAX_LAT)
    return np.column_stack([lonlat[:, 0], np.degrees(np.log(np.tan(np.pi / 4 + np.radians(lat) / 2)))])


def _to_lonlat(shapes: NDArray[np.object_]) -> NDArray[np.object_]:
    def back(xy: Floats) -> Floats:
        return np.column_stack([xy[:, 0], np.degrees(2 * np.arctan(np.exp(np.radians(xy[:, 1]))) - np.pi / 2)])

    moved: NDArray[np.object_] = shapely.transform(shapes, back)
    return moved


def _cells(lonlat: Floats, zoom: int) -> tuple[Ints, Floats]:
    """Return the cell of each point, and for each cell the place of the first point in it."""
    xy = mercator(lonlat)
    grid = np.floor(xy / (CELL_PX[zoom] * _pixel(zoom))).astype(np.int64)
    key = (grid[:, 0] - grid[:, 0].min(initial=0)) * (np.ptp(grid[:, 1]) + 1 if len(grid) else 1)
    key += grid[:, 1] - grid[:, 1].min(initial=0)
    _, first, cell = np.unique(key, return_index=True, return_inverse=True)
    return cell.astype(np.int64), xy[first]


def _strokes(part: Ints, cell: Ints, group: Ints, worst: dict[str, Ints]) -> pd.DataFrame:
    """Return one row a stroke between two cells (``a < b``) and group; a dot (``a == b``) only where no stroke is."""
    goes_on = part[1:] == part[:-1]
    a, b = cell[:-1][goes_on], cell[1:][goes_on]
    table = pd.DataFrame({"a": np.minimum(a, b), "b": np.maximum(a, b), "group": group[1:][goes_on]})
    for name, values in worst.items():
        table[name] = values[1:][goes_on]
    table = table.groupby(["a", "b", "group"], sort=True, as_index=False).max()
    dots, strokes = table[table["a"] == table["b"]], table[table["a"] != table["b"]].reset_index(drop=True)
    ends = pd.concat([strokes.assign(at=strokes[end], stroke=strokes.index) for end in ("a", "b")])
    beside = dots.merge(ends[["at", "group", "stroke"]], left_on=["a", "group"], right_on=["at", "group"], how="left")
    alone = beside["stroke"].isna()
    given = beside[~alone].drop_duplicates(["a", "group"])  # one stroke beside it is enough
    for name in worst:
        values = strokes[name].to_numpy().copy()
        np.maximum.at(values, given["stroke"].to_numpy(dtype=np.int64), given[name].to_numpy())
        strokes[name] = values
    return pd.concat([strokes, beside.loc[alone, strokes.columns]], ignore_index=True)


def _joined(strokes: pd.DataFrame, place: Floats, ranks: list[str]) -> tuple[NDArray[np.object_], pd.DataFrame]:
    """Return lines made of strokes that touch and are alike, then the dots, and a table with a row for each."""
    keys = ["group", *ranks]
    dot = (strokes["a"] == strokes["b"]).to_numpy()
    ends = shapely.linestrings(place[strokes[["a", "b"]].to_numpy()])
    number = strokes.groupby(keys, sort=True).ngroup().to_numpy()
    order = np.flatnonzero(~dot)[np.argsort(number[~dot], kind="stable")]
    first, bundle = np.unique(number[order], return_index=True, return_inverse=True)[1:]
    bundles = shapely.multilinestrings(ends[order], indices=bundle)
    lines, of = shapely.get_parts(shapely.line_merge(bundles), return_index=True)
    rows = np.concatenate([order[first][of], np.flatnonzero(dot)]).astype(np.int64)
    return np.concatenate([lines, ends[dot]]), strokes[keys].iloc[rows].reset_index(drop=True)

"""Doubtful spans of a project: what an importer of a ledger once told is told again whenever the project is checked."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from patrol.errors import Finding
from patrol.layers.pole_lines import doubt_findings, doubtful_spans

LONGEST_SPAN_M = 300.0  # (m) longer spans of a distribution line are rare: a pole is missing, or misplaced
ON_POLE_M = 0.5  # a vertex this near to a pole of its feeder stands for it


def doubts_of(lines: gpd.GeoDataFrame, poles: gpd.GeoDataFrame, label: str) -> list[Finding]:
    """Return a suspicion for each span from pole to pole that is too long, or crosses one of another feeder.

    Parameters
    ----------
    lines, poles : GeoDataFrame
        Checked layers in the project's metric CRS. Lines that are not drawn from pole to pole have no such spans.
    label : str
        The file of the poles, whose rows the suspicions name.
    """
    spans = _spans(lines, poles)
    # a ledger of two rows a span: its far pole follows its near one
    both = poles.iloc[spans.ravel()]
    ends = shapely.get_coordinates(np.asarray(both.geometry.array, dtype=object))
    parent = np.arange(len(both)) - 1
    parent[::2] = -1
    frame = pd.DataFrame(both[["feeder_id", "branch", "pole_no", "source_row"]]).reset_index(drop=True)
    ledger = frame.assign(parent=parent, x=ends[:, 0], y=ends[:, 1], lon=ends[:, 0], lat=ends[:, 1])
    doubts = doubtful_spans(ledger, longest_m=LONGEST_SPAN_M)
    return doubt_findings(doubts[doubts["reason"] != "zero"], label)


def _spans(lines: gpd.GeoDataFrame, poles: gpd.GeoDataFrame) -> np.ndarray:
    """Return the rows of poles at both ends of each piece of line between two neighbouring vertices, shape (n, 2)."""
    shapes = np.asarray(lines.geometry.array, dtype=object)
    places = np.asarray(poles.geometry.array, dtype=object)
    if not len(shapes) or not len(places):
        return np.zeros((0, 2), dtype=np.int64)
    xy, line = shapely.get_coordinates(shapes, return_index=True)
    vertex, pole = shapely.STRtree(places).query(shapely.points(xy), predicate="dwithin", distance=ON_POLE_M)
    same = lines["feeder_id"].to_numpy()[line[vertex]] == poles["feeder_id"].to_numpy()[pole]
    at = np.full(len(xy), -1, dtype=np.int64)
    at[vertex[same][::-1]] = pole[same][::-1]  # of several the first
    pairs = np.column_stack([at[:-1], at[1:]])
    good = (pairs >= 0).all(axis=1) & (line[:-1] == line[1:]) & (pairs[:, 0] != pairs[:, 1])
    return np.unique(pairs[good], axis=0)

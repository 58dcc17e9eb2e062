"""Distance along the network: its spans as a graph of nodes, and the points on them where places stand."""

from __future__ import annotations

from typing import NamedTuple

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from patrol.network.topology import Network
from patrol.network.trees import FloatArray, IntArray


class Ways(NamedTuple):
    """The line network as arrays.

    Attributes
    ----------
    u, v, length : ndarray, shape (s,)
        Nodes and metres of each span.
    start, to, metres : ndarray
        From node n it is ``metres[k]`` to ``to[k]``, for k in ``start[n]:start[n + 1]``.
    """

    u: IntArray
    v: IntArray
    length: FloatArray
    start: IntArray
    to: IntArray
    metres: FloatArray


def line_ways(network: Network) -> Ways:
    """Return the ways along all spans.

    An open switch parts the current, not the line: its two sides are joined by their straight distance.
    """
    spans, equipment = network.spans, network.equipment
    u, v = spans["u"].to_numpy(dtype=np.int64), spans["v"].to_numpy(dtype=np.int64)
    length = spans["length_m"].to_numpy(dtype=np.float64)
    both = equipment.loc[(equipment["node"] >= 0) & (equipment["node_other"] >= 0)]
    near, far = both["node"].to_numpy(dtype=np.int64), both["node_other"].to_numpy(dtype=np.int64)
    xy = shapely.get_coordinates(network.nodes.geometry.to_numpy())
    across = np.hypot(*(xy[near] - xy[far]).T)
    one, other = np.r_[u, near, v, far], np.r_[v, far, u, near]
    order = np.argsort(one, kind="stable")
    start = np.searchsorted(one[order], np.arange(len(network.nodes) + 1))
    metres = np.r_[length, across, length, across][order]
    return Ways(u, v, length, start.astype(np.int64), other[order], metres)


def feet(spans: gpd.GeoDataFrame, span: IntArray, along: FloatArray) -> FloatArray:
    """Return the points ``along`` metres from ``u`` on spans (rows of the frame), shape (n, 2), metric CRS."""
    lines: NDArray[np.object_] = spans.geometry.to_numpy()
    xy, owner = shapely.get_coordinates(lines, return_index=True)
    step = np.hypot(*np.diff(xy, axis=0).T) if len(xy) > 1 else np.empty(0)
    step[np.flatnonzero(np.diff(owner))] = 0.0
    at = np.r_[0.0, np.cumsum(step)][: len(xy)]
    first = np.searchsorted(owner, span)
    last = np.searchsorted(owner, span, side="right") - 1
    place = np.clip(at[first] + along, at[first], at[last])
    # of vertices at one place on the axis (end of a span, start of the next) the search stays inside the span
    left = np.clip(np.searchsorted(at, place, side="right") - 1, first, np.maximum(last - 1, first))
    right = np.minimum(left + 1, last)
    share = (place - at[left]) / np.where(at[right] > at[left], at[right] - at[left], 1.0)
    points: FloatArray = xy[left] + np.clip(share, 0.0, 1.0)[:, None] * (xy[right] - xy[left])
    return points


def trunk_places(network: Network, feeder_id: str, along: FloatArray) -> tuple[FloatArray, float]:
    """Return the points (n, 2) at distances along the trunk of a feeder, NaN where there is none, and its length.

    The trunk runs from the feeder's source into the branch with the most line behind it, at every joint.
    """
    spans = network.spans
    source = network.feeders.set_index("feeder_id").loc[feeder_id, "source_node"]
    heads = spans.index[(spans["u"] == source) & (spans["feeder_id"] == feeder_id) & spans["tree"]]
    points = np.full((len(along), 2), np.nan)
    if not len(heads):
        return points, 0.0
    # a walk by rank takes the longest branch first: the trunk is a run of ranks, each span the next one's parent
    order = np.argsort(spans["rank"].to_numpy(), kind="stable")
    first = int(spans.loc[heads, "rank"].min())
    first = int(np.searchsorted(spans["rank"].to_numpy()[order], first))
    follows = spans["parent"].to_numpy()[order[first + 1 :]] == order[first:-1]
    count = 1 + int(np.argmin(np.r_[follows, False]))
    trunk = order[first : first + count]
    ends = np.cumsum(spans["length_m"].to_numpy()[trunk])
    inside = np.flatnonzero((along >= 0) & (along <= ends[-1]))
    at = np.minimum(np.searchsorted(ends, along[inside]), count - 1)
    points[inside] = feet(spans, trunk[at], along[inside] - np.r_[0.0, ends][at])
    return points, float(ends[-1])

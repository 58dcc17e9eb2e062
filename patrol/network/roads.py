"""Roads become a graph: joints, pieces between them with their geometry, speeds and directions."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from patrol.config import TravelSettings
from patrol.errors import Finding
from patrol.layers.memory import give_back
from patrol.layers.schema import MODES
from patrol.network.road_joints import cut_at_joints
from patrol.network.water import Water
from patrol.text import clean

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

TOP_KMH = 200.0  # the schema's limit for roads; settings are held to it too, so that sums of ticks stay exact
NOT_BY_EBIKE = ("motorway", "trunk", "steps")
NOT_ON_FOOT = ("motorway",)
NO_STOPPING = ("motorway",)

_ONEWAY = {
    **dict.fromkeys(("", "no", "0", "false", "否", "双向"), 0),
    **dict.fromkeys(("yes", "1", "true", "是", "正向"), 1),
    **dict.fromkeys(("-1", "reverse", "逆向", "反向"), -1),
}


@dataclass(frozen=True, slots=True, eq=False)
class RoadGraph:
    """Roads cut at their joints (metric CRS of the project).

    Attributes
    ----------
    node_xy : ndarray of float, shape (n, 2)
        Joints.
    u, v : ndarray of int, shape (m,)
        Joints at the ends of each edge, in the direction it was drawn.
    length_m, kmh : ndarray of float, shape (m,)
        Length along the geometry, and driving speed; 0 km/h is not drivable.
    oneway : ndarray of int8, shape (m,)
        0 both directions, 1 only ``u`` to ``v``, -1 only ``v`` to ``u``.
    road_class : ndarray of int, shape (m,)
        Index into ``class_names``; a slip road has the class of its road, an unknown class is ``other``.
    row : ndarray of int, shape (m,)
        Row of the roads frame the edge was cut from.
    coords, offsets : ndarray, shapes (k, 2) and (m + 1,)
        Geometry of edge ``i`` is ``coords[offsets[i]:offsets[i + 1]]``, from ``u`` to ``v``.
    component : ndarray of int, shape (n,)
        Which connected piece of the road net a joint belongs to, directions disregarded; 0 is the longest.
    findings : tuple of Finding
        What was done to the roads, and what is odd about them.
    water : Water, optional
        What walkers off the roads cannot cross.
    prepared : dict
        What :mod:`patrol.network.mode_roads` has worked out already, by mode and its speed.
    """

    node_xy: Floats
    u: Ints
    v: Ints
    length_m: Floats
    kmh: Floats
    oneway: NDArray[np.int8]
    road_class: Ints
    class_names: tuple[str, ...]
    row: Ints
    coords: Floats
    offsets: Ints
    component: Ints
    findings: tuple[Finding, ...]
    water: Water | None = None
    prepared: dict[tuple[str, float], Any] = field(init=False, repr=False, default_factory=dict)

    def is_class(self, names: tuple[str, ...]) -> Bools:
        """Return which edges are of one of the classes ``names``."""
        return np.array([name in names for name in self.class_names], dtype=bool)[self.road_class]

    def lines(self, edges: Ints) -> NDArray[np.object_]:
        """Return the geometry of some edges as shapely LineStrings."""
        size = self.offsets[edges + 1] - self.offsets[edges]
        before = np.r_[0, np.cumsum(size)]
        take = np.arange(before[-1]) - np.repeat(before[:-1] - self.offsets[edges], size)
        return np.asarray(
            shapely.linestrings(self.coords[take], indices=np.repeat(np.arange(len(edges)), size)), dtype=object
        )


def build_roads(roads: gpd.GeoDataFrame, settings: TravelSettings) -> RoadGraph:
    """Build the road graph.

    Roads join where they share a vertex exactly, and where the end of one lies within
    ``road_snap_tolerance_m`` of another; never where they only cross.

    Parameters
    ----------
    roads : GeoDataFrame
        LineStrings in a metric CRS with the columns of ``layers.schema.ROADS``. Where no roads layer
        was given, do not build a graph: ``travel`` takes ``None`` and goes straight.
    settings : TravelSettings

    Returns
    -------
    RoadGraph
    """
    give_back()  # joining takes room for a while: what earlier steps held is not to stand beside it
    pieces = cut_at_joints(roads.geometry.to_numpy(), settings.road_snap_tolerance_m)
    names, class_of_row, unknown = _classes(roads["road_class"], settings)
    oneway_of_row, odd = _oneways(roads["oneway"])
    kmh_of_row = _speeds(roads["speed_kmh"].to_numpy(dtype=np.float64, na_value=np.nan), names, class_of_row, settings)
    component, lengths = _components(len(pieces.node_xy), pieces.u, pieces.v, pieces.length_m)
    findings: list[Finding] = []
    if unknown:
        findings.append(
            _note("unknown_class", f"{_tally(unknown)}: taken as 'other'", "add the class to [travel.road_kmh]")
        )
    if odd:
        findings.append(_note("odd_oneway", f"{_tally(odd)}: taken as open both ways", "write yes, no or -1"))
    if pieces.dropped:
        findings.append(
            _note("no_length", f"{pieces.dropped} roads or parts without length, or within the tolerance, left out")
        )
    if pieces.closed:
        snap = settings.road_snap_tolerance_m
        findings.append(_note("ends_joined", f"{pieces.closed} road ends joined to a road within {snap:g} m"))
    if len(lengths) > 1:
        rest = f"the longest has {lengths[0] / 1000:.1f} km, the others {lengths[1:].sum() / 1000:.1f} km"
        findings.append(_note("pieces", f"the roads form {len(lengths)} separate pieces; {rest}"))
    way = pieces.way
    give_back()  # what joining them took
    return RoadGraph(
        pieces.node_xy, pieces.u, pieces.v, pieces.length_m, kmh_of_row[way], oneway_of_row[way], class_of_row[way],
        names, way, pieces.coords, pieces.offsets, component, tuple(findings),
    )  # fmt: skip


def drawn_roads(graph: RoadGraph, roads: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the roads of a graph to be drawn: the lines it was cut from, whole again, with the columns of their layer.

    Ends lie on the joints they were moved to; what has no length is left out.

    Parameters
    ----------
    roads : GeoDataFrame
        The layer the graph was built from; its geometry is not looked at, see :func:`without_shapes`.
    """
    goes_on = np.zeros(len(graph.u), dtype=bool)
    goes_on[1:] = (graph.row[1:] == graph.row[:-1]) & (graph.u[1:] == graph.v[:-1])
    keep = np.ones(len(graph.coords), dtype=bool)
    keep[graph.offsets[:-1][goes_on]] = False  # where it goes on, the last point of the piece before
    line = np.repeat(np.cumsum(~goes_on) - 1, np.diff(graph.offsets))
    shapes = shapely.linestrings(graph.coords[keep], indices=line[keep])
    own = pd.DataFrame(roads.drop(columns="geometry")).take(graph.row[~goes_on].tolist()).reset_index(drop=True)
    return gpd.GeoDataFrame(own, geometry=gpd.array.from_shapely(shapes, crs=roads.crs))


def without_shapes(roads: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the rows of a roads layer without their geometry, which a graph holds in a third of the room."""
    none = np.full(len(roads), None, dtype=object)
    return roads.set_geometry(gpd.array.from_shapely(none, crs=roads.crs))


def edge_seconds(graph: RoadGraph, *, mode: str, settings: TravelSettings) -> tuple[Floats, Floats]:
    """Return seconds along and against each edge; infinite where the mode may not go.

    Vehicles and drone crews drive at the road's speed. E-bikes keep to ``ebike_kmh`` and the road's
    speed, off motorways, trunk roads and steps. Both respect oneways; walkers do not, and keep off motorways.

    Raises
    ------
    ValueError
        If the mode is none of ``layers.schema.MODES``.
    """
    if mode in ("vehicle", "drone"):
        kmh = graph.kmh
    elif mode == "ebike":
        own = np.where(graph.kmh > 0, graph.kmh, settings.ebike_kmh)
        kmh = np.where(graph.is_class(NOT_BY_EBIKE), 0.0, np.minimum(own, settings.ebike_kmh))
    elif mode == "foot":
        kmh = np.where(graph.is_class(NOT_ON_FOOT), 0.0, settings.foot_kmh)
    else:
        raise ValueError(f"mode {mode!r} is none of {', '.join(MODES)}")
    seconds = np.full(len(kmh), np.inf)
    np.divide(graph.length_m * 3.6, kmh, out=seconds, where=kmh > 0)
    if mode == "foot":
        return seconds, seconds
    return np.where(graph.oneway >= 0, seconds, np.inf), np.where(graph.oneway <= 0, seconds, np.inf)


def _classes(values: pd.Series[Any], settings: TravelSettings) -> tuple[tuple[str, ...], Ints, Counter[str]]:
    """Return the class names, the class index of each row, and the unknown classes with their counts."""
    names = tuple(dict.fromkeys([*(name.casefold() for name in settings.road_kmh), "other"]))
    index = {name: k for k, name in enumerate(names)}
    codes, texts = _texts(values)
    known = [text if text in index else text.removesuffix("_link") for text in texts]
    unknown = _counts([text if name not in index else None for text, name in zip(texts, known, strict=True)], codes)
    found = np.array([index.get(name, index["other"]) for name in known], dtype=np.int64)[codes]
    return names, found, unknown


def _oneways(values: pd.Series[Any]) -> tuple[NDArray[np.int8], Counter[str]]:
    """Return 0, 1 or -1 a row, and the values that say neither, with their counts."""
    codes, texts = _texts(values)
    odd = _counts([None if text in _ONEWAY else text for text in texts], codes)
    return np.array([_ONEWAY.get(text, 0) for text in texts], dtype=np.int8)[codes], odd


def _texts(values: pd.Series[Any]) -> tuple[Ints, list[str]]:
    """Return the number of each row's value among the distinct ones, and those as clean lower-case text."""
    codes, distinct = pd.factorize(values, use_na_sentinel=False)
    return codes.astype(np.int64), [clean(value).casefold() for value in distinct.tolist()]


def _counts(texts: list[str | None], codes: Ints) -> Counter[str]:
    """Return how many rows have each of the texts, ``None`` left out."""
    counts: Counter[str] = Counter()
    for text, rows in zip(texts, np.bincount(codes, minlength=len(texts)).tolist(), strict=True):
        if text is not None:
            counts[text] += rows
    return counts


def _speeds(own_kmh: Floats, names: tuple[str, ...], classes: Ints, settings: TravelSettings) -> Floats:
    """Return km/h a row: its own if positive, else its class's; a class at 0 stays closed to cars."""
    table = {name.casefold(): float(kmh) for name, kmh in settings.road_kmh.items()}
    by_class = np.array([table.get(name, settings.no_road_kmh) for name in names])[classes]
    return np.minimum(np.where((own_kmh > 0) & (by_class > 0), own_kmh, by_class), TOP_KMH)


def _components(n: int, u: Ints, v: Ints, length_m: Floats) -> tuple[Ints, Floats]:
    """Return the connected piece of each joint, longest first, and the pieces' lengths."""
    if not n:
        return np.empty(0, dtype=np.int64), np.empty(0)
    count, label = connected_components(coo_array((np.ones(len(u)), (u, v)), shape=(n, n)), directed=False)
    lengths = np.bincount(label[u], weights=length_m, minlength=count)
    order = np.argsort(-lengths, kind="stable")
    rank = np.empty(count, dtype=np.int64)
    rank[order] = np.arange(count)
    of_node: Ints = rank[label]
    return of_node, np.asarray(lengths[order], dtype=np.float64)


def _tally(counts: Counter[str]) -> str:
    """Return the commonest values with their counts as text."""
    shown = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    more = f" and {len(shown) - 5} more values" if len(shown) > 5 else ""
    return ", ".join(f"{clean(name, limit=40) or 'empty'!r} ({count})" for name, count in shown[:5]) + more


def _note(code: str, what: str, mend: str = "") -> Finding:
    return Finding("note", f"roads.{code}", "roads", what, mend)

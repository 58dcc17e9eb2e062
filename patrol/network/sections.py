"""Sections: runs of a feeder that are patrolled in one go, named by line and pole numbers."""

from __future__ import annotations

from itertools import pairwise

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from patrol.config import ConsequenceSettings, NetworkSettings
from patrol.network.customers import entering_spans, span_customers
from patrol.network.drawing import DEVICES
from patrol.network.runs import cut_runs, find_runs
from patrol.network.section_ids import cells_of, section_ids
from patrol.network.topology import Network
from patrol.network.trees import IntArray


def cut_sections(
    network: Network, settings: NetworkSettings, consequence: ConsequenceSettings | None = None
) -> gpd.GeoDataFrame:
    """Cut the network into sections.

    Parameters
    ----------
    consequence : ConsequenceSettings, optional
        For the column ``customers``; the defaults if not given.

    Returns
    -------
    GeoDataFrame
        Sorted by feeder, then depth (islands last), in the metric CRS. ``section_id`` (see
        :func:`patrol.network.section_ids.section_ids`), ``feeder_id, first_pole, last_pole, label,
        label_zh, length_m, from_node, to_node, placement, condition`` (the worst of its spans),
        ``region_class, owner, equipment_count`` (switching devices and transformers on it),
        ``customers, span_ids`` (in order) and a LineString that runs away from the source. No section is
        longer than ``section_max_m`` but a single span between two poles; none has a switch or branch inside; each
        span lies in exactly one.
    """
    spans = network.spans
    order, run = find_runs(network, settings.section_max_m)
    piece = cut_runs(spans["length_m"].to_numpy()[order], run, settings.section_max_m)
    sizes = np.bincount(piece)
    starts = np.r_[0, np.cumsum(sizes)]
    head, tail = order[starts[:-1]], order[starts[1:] - 1]
    section_of = np.empty(len(spans), dtype=np.int64)
    section_of[order] = piece
    labels = network.nodes["label"].to_numpy(dtype=object)
    from_node, to_node = spans["u"].to_numpy()[head], spans["v"].to_numpy()[tail]
    carried = {name: spans[name].to_numpy()[head] for name in ("feeder_id", "placement", "region_class", "owner")}
    first_pole, last_pole = labels[from_node], labels[to_node]
    length = np.bincount(piece, weights=spans["length_m"].to_numpy()[order])
    figures = span_customers(network, consequence or ConsequenceSettings())
    columns = {
        "section_id": _ids(network, carried["feeder_id"], order, starts, length),
        "feeder_id": carried["feeder_id"],
        "first_pole": first_pole,
        "last_pole": last_pole,
        **_labels(network, carried["feeder_id"], from_node, to_node),
        "length_m": length,
        "from_node": from_node,
        "to_node": to_node,
        "placement": carried["placement"],
        "condition": spans["condition"].astype(float).groupby(section_of).max().to_numpy(),
        "region_class": carried["region_class"],
        "owner": carried["owner"],
        "equipment_count": _equipment_count(network, section_of, len(sizes)),
        "customers": np.bincount(section_of, weights=figures["customers"]),
        "span_ids": [tuple(part) for part in _parts(order, starts)],
    }
    frame = gpd.GeoDataFrame(columns, geometry=_geometry(network, order, piece), crs=spans.crs)
    depth = spans["depth"].to_numpy()[head]
    rows = np.lexsort(
        (spans["rank"].to_numpy()[head], depth, depth < 0, pd.factorize(carried["feeder_id"], sort=True)[0])
    )
    return frame.iloc[rows].reset_index(drop=True)


def _parts(order: IntArray, starts: IntArray) -> list[list[int]]:
    spans, bounds = order.tolist(), starts.tolist()
    return [spans[one:two] for one, two in pairwise(bounds)]


def _ids(network: Network, feeder: object, order: IntArray, starts: IntArray, length: object) -> list[str]:
    """Return section ids from the nodes along each section."""
    u, v = network.spans["u"].to_numpy()[order], network.spans["v"].to_numpy()[order]
    extra = np.arange(len(starts) - 1)
    nodes = np.empty(len(order) + len(extra), dtype=np.int64)
    begin = starts[:-1] + extra
    nodes[begin] = u[starts[:-1]]
    inner = np.ones(len(nodes), dtype=bool)
    inner[begin] = False
    nodes[inner] = v
    cells = cells_of(shapely.get_coordinates(network.nodes.geometry.array), network.nodes.crs)
    return section_ids(list(feeder), cells[nodes], np.r_[begin, len(nodes)], np.asarray(length))  # type: ignore[call-overload]


def _labels(network: Network, feeder: object, first: IntArray, last: IntArray) -> dict[str, list[str]]:
    names, nodes = network.feeders.set_index("feeder_id"), network.nodes
    one, two = names["name"].to_dict(), names["name_zh"].to_dict()
    label, even = nodes["label"].to_numpy(dtype=object), nodes["even"].to_numpy(dtype=bool)
    trio = list(zip(feeder, label[first], label[last], strict=True))  # type: ignore[call-overload]
    ends = ["" if no_pole else "号杆" for no_pole in even[last]]
    return {
        "label": [f"{one[name]} {a}–{b}" for name, a, b in trio],
        "label_zh": [f"{two[name]} {a}—{b}{end}" for (name, a, b), end in zip(trio, ends, strict=True)],
    }


def _equipment_count(network: Network, section_of: IntArray, count: int) -> IntArray:
    kinds = network.equipment["kind"].isin((*DEVICES, "transformer"))
    nodes = network.equipment.loc[kinds & (network.equipment["node"] >= 0), "node"].to_numpy(dtype=np.int64)
    return np.bincount(section_of[entering_spans(network)[nodes]], minlength=count).astype(np.int64)


def _geometry(network: Network, order: IntArray, piece: IntArray) -> object:
    """Return one LineString a section, its spans joined without repeating the vertex they share."""
    xy, span = shapely.get_coordinates(network.spans.geometry.array[order], return_index=True)
    begins = np.r_[True, np.diff(span) > 0]
    again = np.r_[False, (np.abs(np.diff(xy, axis=0)) < 1e-6).all(axis=1)]
    again &= begins & np.r_[False, np.diff(piece[span]) == 0]
    return shapely.linestrings(xy[~again], indices=piece[span][~again])

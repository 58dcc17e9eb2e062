"""What one fault on a section costs: domain.md 3(c), customers interrupted, switched back and repaired."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd

from patrol.config import ConsequenceSettings
from patrol.network.customers import entering_spans, span_customers
from patrol.network.drawing import DEVICES
from patrol.network.topology import Network
from patrol.network.trees import (
    BoolArray,
    FloatArray,
    IntArray,
    depth_of,
    nearest_marked,
    root_of,
    subtree_min,
    subtree_sums,
)

NEVER = np.iinfo(np.int64).max
PROTECTIVE = ("breaker", "recloser")


@dataclass(frozen=True, slots=True)
class Heads:
    """Closed devices by what they switch.

    ``any`` and ``auto``, shape (m,): whether a device, an automated one, stands at the head of a span;
    ``guard``, shape (m,): row of the breaker or recloser there, -1 for none; ``source``, shape (n,): row of
    the breaker in which a root node is, -1 for none.
    """

    any: BoolArray
    auto: BoolArray
    guard: IntArray
    source: IntArray


def device_heads(network: Network) -> Heads:
    """Return which closed devices stand at the head of each span.

    A device on the span that enters its node switches all that leave it, one on a leaving span switches
    only that. A breaker at the source switches all that the source feeds, unless several breakers stand
    there on lines of their own.
    """
    spans, count = network.spans, len(network.nodes)
    none = np.zeros(len(spans), dtype=bool)
    heads = Heads(none, none.copy(), np.full(len(spans), -1), np.full(count, -1))
    equipment = network.equipment
    on = equipment["kind"].isin(DEVICES) & (equipment["node"] >= 0) & (equipment["node_other"] < 0)
    rows = equipment.loc[on & ~equipment["normally_open"]]
    u, v, tree = spans["u"].to_numpy(), spans["v"].to_numpy(), spans["tree"].to_numpy()
    entering = np.full(count, -1)
    entering[v[tree]] = np.flatnonzero(tree)
    order = np.argsort(u, kind="stable")
    begin = np.searchsorted(u[order], np.arange(count + 1))
    ordered = rows.sort_values("equipment_id", ascending=False, kind="stable")
    breakers = ordered.loc[ordered["kind"] == "breaker"].groupby("node")["span"].nunique()
    alone = set(breakers.index[breakers == 1])
    for row, kind, node, span, auto in ordered[["kind", "node", "span", "automated"]].itertuples():
        if entering[node] < 0 and kind == "breaker" and node in alone:
            heads.source[node] = row
            continue
        leaving = order[begin[node] : begin[node + 1]]
        if u[span] == node:
            leaving = np.array([span])
        heads.any[leaving] = True
        heads.auto[leaving] |= bool(auto)
        if kind in PROTECTIVE:
            heads.guard[leaving] = row
    return heads


@dataclass(frozen=True, slots=True)
class Zones:
    """Sections between two devices, as a forest from the sources.

    Attributes
    ----------
    of_section : ndarray, shape (k,)
        Zone of each section. Each source has a zone, empty if devices stand at all that leaves it.
    parent, auto, guard : ndarray, shape (z,)
        Zone toward the source, whether its head is automated, row of the protective device at its head.
    section_parent : ndarray, shape (k,)
        Section toward the source, -1 at it.
    """

    of_section: IntArray
    parent: IntArray
    auto: BoolArray
    guard: IntArray
    section_parent: IntArray


def find_zones(network: Network, sections: pd.DataFrame, section_of: IntArray) -> Zones:
    """Join sections that no device parts."""
    head_span = np.array([spans[0] for spans in sections["span_ids"]], dtype=np.int64)
    above = network.spans["parent"].to_numpy()[head_span]
    parent = np.where(above >= 0, section_of[above], -1)
    heads = device_heads(network)
    headed = heads.any[head_span]
    tops = np.flatnonzero(headed)
    sources, source = np.unique(sections["from_node"].to_numpy()[root_of(parent)], return_inverse=True)
    number = np.full(len(parent) + 1, -1)
    number[tops] = len(sources) + np.arange(len(tops))
    top = number[nearest_marked(parent, headed)]
    zone = np.where(top >= 0, top, source)
    above_top = np.where(parent[tops] >= 0, zone[parent[tops]], source[tops])
    return Zones(
        zone,
        np.r_[np.full(len(sources), -1), above_top],
        np.r_[np.zeros(len(sources), dtype=bool), heads.auto[head_span[tops]]],
        np.r_[heads.source[sources], heads.guard[head_span[tops]]],
        parent,
    )


def consequence(network: Network, sections: gpd.GeoDataFrame, settings: ConsequenceSettings) -> pd.DataFrame:
    """Return what one fault on each section costs (domain.md 3(c)).

    The first protective device toward the source trips and interrupts all behind it (N_int). The devices
    round the fault's zone are opened. What lies behind the protective device but not behind the zone is
    back after the switching time of the device at the zone's head (the protective device recloses
    itself). What lies behind the zone is back through a tie if a closed path leads to one whose other
    side keeps supply, after the switching time of the slower of the tie and the device at the far side
    of the zone. The zone itself waits for repair, and so does what no tie reaches. Every tie is taken to
    have capacity to spare.

    Returns
    -------
    DataFrame
        On the index of ``sections``: ``customers_interrupted`` (N_int), ``customer_minutes`` (weighted:
        a household counts 1, an important user by its grade), ``important_weight`` (of graded users on or
        behind the section), ``pump_stations`` (transformers of the grade ``pump`` there), ``ecm_per_fault``
        (ECM: ``ecm_per_interruption`` x N_int + ``customer_minutes``), ``has_tie`` (a tie takes over something
        behind the zone),
        ``protective_device`` (id, the source's if no other is nearer), ``source_of_customers`` and
        ``critical_trunk`` (at least half the feeder's customers are on or behind it and no tie takes over).
    """
    section_of = np.full(len(network.spans), -1)
    sizes = [len(spans) for spans in sections["span_ids"]]
    section_of[np.concatenate([np.asarray(s) for s in sections["span_ids"]])] = np.repeat(np.arange(len(sizes)), sizes)
    zones = find_zones(network, sections, section_of)
    figures = span_customers(network, settings)
    own = {name: _sum(section_of, figures[name].to_numpy()) for name in ("customers", "weight", "important", "pumps")}
    below = {name: subtree_sums(zones.section_parent, values) for name, values in own.items()}
    restored = _restored_by(network, zones, section_of)
    minutes = _minutes(zones, own["weight"], restored, settings)
    count = subtree_sums(zones.parent, _sum(zones.of_section, own["customers"], len(zones.parent)))
    trips = _trips(zones)
    interrupted = count[trips][zones.of_section]
    has_tie = _any_child(zones.parent, restored < 2)[zones.of_section]
    feeder = sections["feeder_id"]
    total = pd.Series(own["customers"], index=sections.index).groupby(feeder).transform("sum").to_numpy()
    customer_minutes = minutes[zones.of_section]
    first_span = [spans[0] for spans in sections["span_ids"]]
    columns = {
        "customers_interrupted": interrupted,
        "customer_minutes": customer_minutes,
        "important_weight": below["important"],
        "pump_stations": np.rint(below["pumps"]).astype(int),
        "ecm_per_fault": settings.ecm_per_interruption * interrupted + customer_minutes,
        "has_tie": has_tie,
        "protective_device": _device_names(network, zones, trips, feeder),
        "source_of_customers": figures["source"].to_numpy()[first_span],
        "critical_trunk": (below["customers"] >= total / 2) & (total > 0) & ~has_tie,
    }
    return pd.DataFrame(columns, index=sections.index)


def _minutes(zones: Zones, weight: FloatArray, restored: IntArray, settings: ConsequenceSettings) -> FloatArray:
    """Return weighted customer-minutes of one fault in each zone, shape (z,)."""
    count = len(zones.parent)
    own = _sum(zones.of_section, weight, count)
    behind = subtree_sums(zones.parent, own)
    trips = _trips(zones)
    upstream = np.where(zones.auto, settings.switching_auto_min, settings.switching_manual_min)
    taken_over = np.array([settings.switching_auto_min, settings.switching_manual_min, settings.repair_min])[restored]
    child = np.flatnonzero(zones.parent >= 0)
    far_side = np.bincount(zones.parent[child], weights=(behind * taken_over)[child], minlength=count)
    minutes: FloatArray = (behind[trips] - behind) * upstream + own * settings.repair_min + far_side
    return minutes


def _trips(zones: Zones) -> IntArray:
    """Return the zone at whose head protection trips for a fault in each zone: the source's if no other is nearer."""
    guarded = nearest_marked(zones.parent, zones.guard >= 0)
    return np.where(guarded >= 0, guarded, root_of(zones.parent))


def _sum(group: IntArray, values: FloatArray, count: int = 0) -> FloatArray:
    return np.bincount(group, weights=values, minlength=count).astype(np.float64)


def _any_child(parent: IntArray, flag: BoolArray) -> BoolArray:
    result = np.zeros(len(parent), dtype=bool)
    result[parent[(parent >= 0) & flag]] = True
    return result


def _restored_by(network: Network, zones: Zones, section_of: IntArray) -> IntArray:
    """Return how each zone is restored while its parent is faulted: 0 automated, 1 by hand, 2 not before repair.

    A tie helps zone c if one of its ends is in or behind c and the other keeps supply: on another feeder,
    or on this one but neither in nor behind the faulted parent of c. With L the last zone common to both
    ends that holds for every c at least two zones below L.
    """
    depth = depth_of(zones.parent)
    root = root_of(zones.parent)
    least = {auto: np.full(len(zones.parent), NEVER) for auto in (False, True)}
    ties = network.equipment.loc[(network.equipment["node_other"] >= 0) & (network.equipment["node"] >= 0)]
    supply, closed = entering_spans(network), network.spans["closed"].to_numpy()
    for node, other, auto in ties[["node", "node_other", "automated"]].itertuples(index=False):
        ends = supply[[node, other]]
        if not closed[ends].all():
            continue
        one, two = (int(zone) for zone in zones.of_section[section_of[ends]])
        limit = 1 if root[one] != root[two] else int(depth[_last_common(zones.parent, depth, one, two)]) + 2
        for end in (one, two):
            least[False][end] = min(least[False][end], limit)
            if auto:
                least[True][end] = min(least[True][end], limit)
    by_tie = subtree_min(zones.parent, least[False]) <= depth
    by_auto = zones.auto & (subtree_min(zones.parent, least[True]) <= depth)
    return np.where(by_auto, 0, np.where(by_tie, 1, 2))


def _last_common(parent: IntArray, depth: IntArray, one: int, two: int) -> int:
    while one != two:
        if depth[one] >= depth[two]:
            one = int(parent[one])
        else:
            two = int(parent[two])
    return one


def _device_names(network: Network, zones: Zones, trips: IntArray, feeder: pd.Series[str]) -> list[str]:
    ids = network.equipment["equipment_id"].to_numpy(dtype=object)
    source = network.feeders.set_index("feeder_id")["source_equipment"].to_dict()
    guard = zones.guard[trips][zones.of_section]
    return [str(ids[row]) if row >= 0 else source[name] for row, name in zip(guard.tolist(), feeder, strict=True)]

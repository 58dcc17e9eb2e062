"""From lines, poles and equipment to a traced network of spans, nodes and feeders."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from patrol.config import NetworkSettings
from patrol.errors import Finding, NetworkError
from patrol.layers.memory import give_back
from patrol.network import notes
from patrol.network.axis import Geometries
from patrol.network.drawing import Drawing, draw
from patrol.network.intake import Intake, take_in
from patrol.network.naming import feeder_names, label_nodes, new_feeder_ids
from patrol.network.sources import find_roots
from patrol.network.tracing import Trace, trace
from patrol.network.trees import BoolArray, IntArray
from patrol.network.wiring import Wiring, far_sides, wire

CARRIED = ("line_id", "placement", "condition", "region_class", "owner", "voltage_kv", "name", "name_zh")


@dataclass(frozen=True, slots=True)
class Network:
    """Traced distribution network; all frames in the metric CRS of the project.

    Attributes
    ----------
    nodes : GeoDataFrame
        Index 0..n-1. ``geometry`` (the pole where one stands, else the place on the line), ``pole_no,
        branch`` (of the data, may be empty), ``label`` (pole number shown to people, assumed where
        ``assumed``, metres beyond the last where ``even``: nothing stands there), ``pole`` (row of the sorted
        poles, -1; counted once even where a switch parts the pole in two nodes), ``feeder_id, equipment_id``
        (devices, sources and transformers there).
    spans : GeoDataFrame
        Index 0..m-1. ``span_id, line_id, feeder_id, u, v`` (nodes, u nearer the source), ``length_m,
        closed`` (its source reaches it with all switches in their normal state), ``placement, condition,
        region_class, owner, voltage_kv, depth`` (spans between it and the source, -1 on an island),
        ``parent`` (span toward the source, or toward the assumed root of an island; -1 there), ``tree``
        (False where it closes a loop), ``rank`` (order of a walk with the longest branch first) and
        LineStrings from u to v.
    equipment : GeoDataFrame
        The input with ``node, node_other`` (far side of an open device, else -1), ``span`` (the one it
        stands on), all -1 off the network, and ``snap_m``.
    feeders : DataFrame
        ``feeder_id, name, name_zh, source_node, source_equipment`` (id, may be empty), ``source_how``
        (``breaker, substation, assumed``), ``length_m, loops, n_spans, islands``.
    findings : tuple of Finding
    """

    nodes: gpd.GeoDataFrame
    spans: gpd.GeoDataFrame
    equipment: gpd.GeoDataFrame
    feeders: pd.DataFrame
    findings: tuple[Finding, ...]


def build_network(
    lines: gpd.GeoDataFrame, poles: gpd.GeoDataFrame, equipment: gpd.GeoDataFrame, *, settings: NetworkSettings
) -> Network:
    """Build the network from checked frames in one metric CRS.

    Lines are joined where ends, taps or drawn vertices come within ``snap_tolerance_m``, never where they
    only cross; cut at joints, poles and switching devices; parted at open devices; and traced from their
    sources. The result does not depend on the order of rows or on the direction of drawing.

    Raises
    ------
    NetworkError
        If no line is left at or below ``distribution_max_kv``, or none is longer than the tolerance.
    """
    network = _built(take_in(lines, poles, equipment, settings), settings)
    give_back()  # what it was made from
    return network


def poles_per_feeder(network: Network) -> pd.Series[int]:
    """Count the numbered poles (for a bus-and-branch model: buses) that each feeder's source reaches.

    Returns
    -------
    Series of int
        Index ``feeder_id``. Poles at which the network is open count once, on one side.
    """
    spans = network.spans.loc[network.spans["closed"]]
    reached = np.unique(np.r_[spans["u"].to_numpy(), spans["v"].to_numpy()])
    nodes = network.nodes.loc[reached]
    count = nodes.loc[nodes["pole"] >= 0].groupby("feeder_id").size()
    result: pd.Series[int] = count.reindex(network.feeders["feeder_id"], fill_value=0).astype(int)
    return result


def _built(intake: Intake, settings: NetworkSettings) -> Network:
    """Draw, wire and trace the network."""
    drawing = draw(intake, settings)
    if not len(drawing.start):
        what = f"no line is longer than the tolerance within which ends are one joint, {settings.snap_tolerance_m:g} m"
        mend = "check the coordinates of the lines, or lower settings.network.snap_tolerance_m"
        raise NetworkError(Finding("error", "network.too_short", "lines", what, mend))
    wiring = wire(intake, drawing)
    grid = wiring.grid
    placed = intake.equipment.assign(
        node=wiring.equipment_node,
        node_other=wiring.far_node,
        span=drawing.standing.piece,
        snap_m=drawing.snap.far,
        x=intake.equipment_xy[:, 0],
        y=intake.equipment_xy[:, 1],
    )
    stations = intake.equipment.geometry.array[(intake.equipment["kind"] == "substation").to_numpy(dtype=bool)]
    supply = np.r_[np.asarray(stations, dtype=object), np.asarray(intake.high, dtype=object)]
    roots = find_roots(grid, placed, supply, radius=settings.equipment_snap_m)
    walk = trace(grid.ends, grid.length, len(grid.xy), roots["node"].to_numpy(dtype=np.int64))
    feeder, ids = _feeders_of_spans(intake, wiring, walk, roots, placed)
    island = np.zeros(len(grid.xy), dtype=bool)
    island[roots.loc[roots["how"] == "island", "node"]] = True
    spans = _spans(intake, drawing, wiring, walk, np.array(ids, dtype=object)[feeder], island[walk.root])
    placed, closed_ties = _face(placed, drawing, wiring, feeder, settings)
    nodes = _nodes(intake, wiring, walk, spans, feeder, ids, island, placed)
    feeders = _feeders(spans, roots, placed, ids, feeder, walk)
    findings = notes.about_drawing(intake, drawing, settings)
    findings += notes.about_switches(intake, wiring, placed, np.flatnonzero(drawing.opened), closed_ties)
    findings += notes.about_feeders(spans, feeders, intake.feeder_ids, wiring.doubtful)
    findings += notes.about_poles(nodes, spans, settings)
    return Network(
        nodes=nodes,
        spans=spans.drop(columns=["name", "name_zh"]),
        equipment=placed.drop(columns=["x", "y"]),
        feeders=feeders,
        findings=(*intake.findings, *findings),
    )


def _feeders_of_spans(
    intake: Intake, wiring: Wiring, walk: Trace, roots: pd.DataFrame, placed: pd.DataFrame
) -> tuple[IntArray, list[str]]:
    """Return the final feeder code of each span, and the ids that the codes count into."""
    length, code = wiring.grid.length, wiring.code
    unnamed = roots.loc[wiring.grid.code[roots["node"]] < 0].reset_index(drop=True)
    node = unnamed["node"].to_numpy(dtype=np.int64)
    metres = np.bincount(walk.root, weights=length, minlength=len(wiring.grid.xy))[node]
    fresh = new_feeder_ids(unnamed, placed, metres, wiring.grid.xy[node], intake.feeder_ids)
    code_of_root = np.full(len(wiring.grid.xy), -1)
    code_of_root[node] = len(intake.feeder_ids) + np.arange(len(node))
    return np.where(code >= 0, code, code_of_root[walk.root]), intake.feeder_ids + fresh


def _spans(
    intake: Intake, drawing: Drawing, wiring: Wiring, walk: Trace, feeder_id: object, island: BoolArray
) -> gpd.GeoDataFrame:
    line = drawing.cuts.line[drawing.start]
    serial = np.arange(len(line)) - np.searchsorted(line, line)
    single = np.bincount(line, minlength=len(intake.lines))[line] == 1
    carried = {column: intake.lines[column].to_numpy()[line] for column in CARRIED}
    ids = pd.Series(carried["line_id"], dtype=object)
    ends = wiring.grid.ends
    geometry = drawing.geometry.copy()
    geometry[walk.flip] = shapely.reverse(geometry[walk.flip])
    drawn = intake.drawn[line]
    whole = single & shapely.equals_exact(geometry, drawn)
    geometry[whole] = drawn[whole]  # a line that is one span is not held twice
    columns = {
        "span_id": ids.where(single, ids + ":" + pd.Series(serial + 1).astype(str)).to_numpy(),
        "feeder_id": feeder_id,
        "u": np.where(walk.flip, ends[:, 1], ends[:, 0]),
        "v": np.where(walk.flip, ends[:, 0], ends[:, 1]),
        "length_m": wiring.grid.length,
        "closed": ~island,
        "depth": np.where(island, -1, walk.depth),
        "parent": walk.parent,
        "tree": walk.tree,
        "rank": walk.rank,
    }
    return gpd.GeoDataFrame(columns | carried, geometry=geometry, crs=intake.lines.crs)


def _face(
    placed: gpd.GeoDataFrame, drawing: Drawing, wiring: Wiring, feeder: IntArray, settings: NetworkSettings
) -> tuple[gpd.GeoDataFrame, IntArray]:
    """Find the far sides of open devices and ties at line ends; return also the rows of ties said to be closed."""
    node = placed["node"].to_numpy(dtype=np.int64)
    other = placed["node_other"].to_numpy(dtype=np.int64).copy()
    tie = (placed["kind"] == "tie").to_numpy(dtype=bool)
    dead_end = wiring.grid.degree()[node] == 1
    rows = np.flatnonzero((node >= 0) & (other < 0) & (drawing.opened | (tie & dead_end)))
    xy = placed.loc[rows, ["x", "y"]].to_numpy(dtype=np.float64)
    other[rows] = far_sides(wiring.grid, drawing.geometry, feeder, xy, node[rows], settings.equipment_snap_m)
    return placed.assign(node_other=other), rows[(other[rows] >= 0) & ~drawing.opened[rows]]


def _nodes(
    intake: Intake, wiring: Wiring, walk: Trace, spans: pd.DataFrame, feeder: IntArray, ids: list[str],
    island: BoolArray, placed: pd.DataFrame,
) -> gpd.GeoDataFrame:  # fmt: skip
    count = len(wiring.grid.xy)
    entering = walk.entering
    before = np.where(entering >= 0, spans["u"].to_numpy()[entering], -1)
    first_out = np.full(count, np.inf)
    np.minimum.at(first_out, spans["u"].to_numpy(), walk.rank)
    order = np.where(entering >= 0, walk.rank[entering], first_out - 0.5)
    order = order + np.where(island[walk.node_root], len(spans), 0)
    code = np.full(count, -1)
    code[wiring.grid.ends[::-1]] = feeder[::-1, None]
    code = np.where(entering >= 0, feeder[entering], code)
    stands = wiring.node_pole >= 0
    text = {name: np.full(count, "", dtype=object) for name in ("pole_no", "branch")}
    for name, values in text.items():
        values[stands] = intake.poles[name].to_numpy(dtype=object)[wiring.node_pole[stands]]
    pole_no, branch = pd.Series(text["pole_no"]), pd.Series(text["branch"])
    span = np.where(entering >= 0, wiring.grid.length[entering], 0.0)
    label, assumed = label_nodes(pole_no, branch, code, order, before, (wiring.even, span))
    there: dict[int, str] = {}
    standing = placed.loc[placed["node"] >= 0].sort_values(["node", "equipment_id"], kind="stable")
    for node, label_ in zip(standing["node"].tolist(), standing["equipment_id"].tolist(), strict=True):
        there[node] = f"{there[node]};{label_}" if node in there else label_
    equipment_id = np.full(count, "", dtype=object)
    equipment_id[list(there)] = list(there.values())
    columns = {
        "pole_no": pole_no,
        "branch": branch,
        "label": label,
        "assumed": assumed,
        "even": wiring.even & assumed,
        "pole": np.where(wiring.copy, -1, wiring.node_pole),
        "feeder_id": np.array(ids, dtype=object)[code],
        "equipment_id": equipment_id,
    }
    return gpd.GeoDataFrame(columns, geometry=_places(intake, wiring), crs=intake.lines.crs)


def _places(intake: Intake, wiring: Wiring) -> Geometries:
    """Return the point of each node: the pole's own where one stands, which is not held twice."""
    stands = wiring.node_pole >= 0
    places = np.empty(len(stands), dtype=object)
    places[stands] = np.asarray(intake.poles.geometry.array, dtype=object)[wiring.node_pole[stands]]
    places[~stands] = shapely.points(wiring.grid.xy[~stands])
    return places


def _feeders(
    spans: pd.DataFrame, roots: pd.DataFrame, placed: pd.DataFrame, ids: list[str], feeder: IntArray, walk: Trace
) -> pd.DataFrame:
    node = roots["node"].to_numpy(dtype=np.int64)
    code_of_node = np.full(len(walk.node_root), -1)
    code_of_node[walk.root] = feeder
    roots = roots.assign(code=code_of_node[node])
    main = roots.loc[roots["how"] != "island"].drop_duplicates("code").set_index("code")
    islands = roots.loc[roots["how"] == "island"].groupby("code").size()
    codes = np.unique(feeder)
    main = main.reindex(codes)
    names = feeder_names(spans, [ids[code] for code in codes])
    row = main["equipment"].to_numpy(dtype=np.int64)
    equipment_id = np.r_[placed["equipment_id"].to_numpy(dtype=object), [""]]
    count = len(ids)
    table = pd.DataFrame(
        {
            "feeder_id": names.index.to_numpy(dtype=object),
            "name": names["name"].to_numpy(),
            "name_zh": names["name_zh"].to_numpy(),
            "source_node": main["node"].to_numpy(dtype=np.int64),
            "source_equipment": equipment_id[row],
            "source_how": main["how"].to_numpy(),
            "length_m": np.bincount(feeder, weights=spans["length_m"], minlength=count)[codes],
            "loops": np.bincount(feeder[~walk.tree], minlength=count)[codes],
            "n_spans": np.bincount(feeder, minlength=count)[codes],
            "islands": islands.reindex(codes, fill_value=0).to_numpy(dtype=np.int64),
        }
    )
    return table.sort_values("feeder_id", kind="stable", ignore_index=True)

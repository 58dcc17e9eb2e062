"""From a placed power-flow model to the frames of a project: feeders by substation, stations, equipment."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import shapely

from patrol.layers.power_net import PowerNet
from patrol.layers.power_places import GEOD, Branch, Floats

INSIDE_M = 0.5  # an open switch stands this far inside its end of the line, so that it is plain which line it opens
LOW_KV = 1.0  # buses below are low voltage: their loads are customers


def sources(net: PowerNet, bus: pd.DataFrame, limit: float) -> pd.DataFrame:
    """Return where supply comes from: ``bus, hv_bus, name, capacity_kva``, one row a bus.

    Low sides of transformers from above ``limit`` kV, and external grids within it. Transformers out
    of service or behind an open switch supply nothing.
    """
    off = net.switch[net.switch["et"].isin(["t", "t3"]) & ~net.switch["closed"].astype(bool)]
    rows: list[tuple[int, int, str, float]] = []
    for kind, table, sides in (("t", net.trafo, ("lv",)), ("t3", net.trafo3w, ("mv", "lv"))):
        alive = table[~table.index.isin(off.loc[off["et"] == kind, "element"]) & (table["vn_hv_kv"] > limit)]
        for number, row in zip(alive.index, alive.to_dict("records"), strict=True):
            name = str(row.get("name") or f"Transformer {number}")
            power = row.get("sn_mva", row.get("sn_hv_mva", np.nan)) * 1000
            rows += [
                (row[f"{side}_bus"], row["hv_bus"], name, power) for side in sides if row[f"vn_{side}_kv"] <= limit
            ]
    for number, row in zip(net.ext_grid.index, net.ext_grid.to_dict("records"), strict=True):
        rows.append((row["bus"], row["bus"], str(row.get("name") or f"External grid {number}"), np.nan))
    table = pd.DataFrame(rows, columns=["bus", "hv_bus", "name", "capacity_kva"])
    own = bus.index[bus["vn_kv"] <= limit]
    return table[table["bus"].isin(own)].drop_duplicates("bus").reset_index(drop=True)


def feeder_of_buses(net: PowerNet, branches: list[Branch], supply: pd.DataFrame, limit: float) -> dict[int, str]:
    """Return the feeder of each bus: what a substation reaches over closed switches.

    Numbered ``F1``, ``F2`` ... by their number of buses; parts that nothing supplies are ``U1`` ...
    Busbars that one substation feeds apart are feeders of their own.
    """
    graph = nx.Graph()
    graph.add_nodes_from(bus for branch in branches for bus in (branch.a, branch.b))
    graph.add_edges_from((b.a, b.b) for b in branches if not (b.open_a or b.open_b))
    closed = net.switch[(net.switch["et"] == "b") & net.switch["closed"].astype(bool)]
    down = net.trafo[net.trafo["vn_hv_kv"] <= limit]
    pairs = [*closed[["bus", "element"]].itertuples(index=False), *down[["hv_bus", "lv_bus"]].itertuples(index=False)]
    graph.add_edges_from((a, b) for a, b in pairs if a in graph and b in graph)
    fed = set(supply["bus"])
    parts = sorted(nx.connected_components(graph), key=lambda part: (not part & fed, -len(part), min(part)))
    supplied = sum(bool(part & fed) for part in parts)
    names = [f"F{i + 1}" if i < supplied else f"U{i - supplied + 1}" for i in range(len(parts))]
    return {bus: name for name, part in zip(names, parts, strict=True) for bus in part}


def feeder_names(feeder: dict[int, str], supply: pd.DataFrame) -> dict[str, str]:
    """Return a name for each feeder: its number and the transformer that supplies it."""
    at = {
        feeder[bus]: name for bus, name in zip(supply["bus"][::-1], supply["name"][::-1], strict=True) if bus in feeder
    }
    return {
        one: f"Feeder {one[1:]} ({at[one]})" if one in at else f"Unsupplied part {one[1:]}"
        for one in sorted(set(feeder.values()))
    }


def line_frame(branches: list[Branch], feeder: dict[int, str], names: dict[str, str]) -> gpd.GeoDataFrame:
    """Return the lines. One that an open switch parts from another feeder names none: topology says whose it is."""
    rows = []
    for branch in branches:
        one, other = feeder[branch.a], feeder[branch.b]
        rows.append(
            {
                "line_id": branch.key,
                "feeder_id": one if one == other else "",
                "name": names[one] if one == other else "",
                "voltage_kv": branch.voltage_kv,
                "placement": branch.placement,
            }
        )
    return gpd.GeoDataFrame(rows, geometry=[shapely.LineString(b.lonlat) for b in branches], crs="EPSG:4326")


def station_frame(bus: pd.DataFrame, feeder: dict[int, str]) -> gpd.GeoDataFrame:
    """Return buses as numbered poles of type ``station``: sections begin and end there. Numbers are pandapower's."""
    own = bus[bus.index.isin(feeder)]
    rows = [
        {"feeder_id": feeder[i], "pole_no": f"B{i}", "branch": "", "parent_pole": "", "type": "station"}
        for i in own.index
    ]
    return gpd.GeoDataFrame(rows, geometry=shapely.points(own[["lon", "lat"]].to_numpy(float)), crs="EPSG:4326")


def equipment_frame(
    net: PowerNet, bus: pd.DataFrame, branches: list[Branch], feeder: dict[int, str], supply: pd.DataFrame, limit: float
) -> gpd.GeoDataFrame:
    """Return substations, switches in their state, and loads as transformers.

    Every switch names its line (``line_id``). A closed one stands at its bus, an open one ``INSIDE_M``
    inside its line, so that the bus stays joined to its other lines. An open switch between two
    feeders is a ``tie``.
    """
    rows: list[dict[str, Any]] = []
    for row in supply.to_dict("records"):
        if (number := row["bus"]) in feeder:
            own = {"kind": "substation", "feeder_id": feeder[number], "capacity_kva": row["capacity_kva"]}
            rows.append({"equipment_id": f"B{number}", **own, "name": row["name"], "at": _at(bus, number)})
    rows += _switches(net, branches, feeder)
    rows += _loads(net, bus, feeder, limit)
    columns = ("equipment_id", "kind", "feeder_id", "line_id", "normally_open", "customers", "capacity_kva", "name")
    frame = pd.DataFrame(rows, columns=[*columns, "at"])
    frame["normally_open"] = frame["normally_open"].eq(True)
    frame[["feeder_id", "line_id", "name"]] = frame[["feeder_id", "line_id", "name"]].fillna("")
    frame[["customers", "capacity_kva"]] = frame[["customers", "capacity_kva"]].astype(float)
    return gpd.GeoDataFrame(
        frame.drop(columns="at"), geometry=[shapely.Point(at) for at in frame["at"]], crs="EPSG:4326"
    )


def _at(bus: pd.DataFrame, number: int) -> Floats:
    return bus.loc[number, ["lon", "lat"]].to_numpy(float)


def _switches(net: PowerNet, branches: list[Branch], feeder: dict[int, str]) -> list[dict[str, Any]]:
    by_key = {branch.key: branch for branch in branches}
    rows = []
    for number, row in zip(net.switch.index, net.switch.to_dict("records"), strict=True):
        key = {"l": f"L{row['element']}", "b": f"S{number}"}.get(row["et"], "")
        if key not in by_key:
            continue
        branch, is_open = by_key[key], not row["closed"]
        between = feeder[branch.a] != feeder[branch.b]
        kind = "tie" if is_open and between else "breaker" if row.get("type") == "CB" else "switch"
        course = branch.lonlat if row["bus"] == branch.a else branch.lonlat[::-1]
        rows.append(
            {
                "equipment_id": f"S{number}",
                "kind": kind,
                "feeder_id": "" if between else feeder[branch.a],
                "line_id": branch.key,
                "normally_open": is_open,
                "name": str(row.get("name") or ""),
                "at": _along(course, half=row["et"] == "b") if is_open or row["et"] == "b" else course[0],
            }
        )
    return rows


def _along(lonlat: Floats, *, half: bool) -> Floats:
    """Return the middle of a course's first leg, or the place ``INSIDE_M`` into it (at most a quarter of it)."""
    (lon, lat), (to_lon, to_lat) = lonlat[:2]
    azimuth, _, length = GEOD.inv(lon, lat, to_lon, to_lat)
    lon, lat, _ = GEOD.fwd(lon, lat, azimuth, length / 2 if half else min(INSIDE_M, length / 4))
    return np.array([lon, lat])


def _loads(net: PowerNet, bus: pd.DataFrame, feeder: dict[int, str], limit: float) -> list[dict[str, Any]]:
    """Return one transformer a station: its rating, or the power of its loads; low-voltage loads count as customers."""
    behind = _low_voltage(net, bus)
    rows: dict[int, dict[str, Any]] = {}
    taken: set[int] = set()
    for row in net.trafo[net.trafo["vn_hv_kv"] <= limit].to_dict("records"):
        part = behind.get(row["lv_bus"], {row["lv_bus"]}) - taken
        taken |= part
        one = rows.setdefault(
            row["hv_bus"], {"capacity_kva": 0.0, "customers": 0.0, "name": str(row.get("name") or "")}
        )
        one["capacity_kva"] += row["sn_mva"] * 1000 * row.get("parallel", 1)
        one["customers"] += float(net.load["bus"].isin(part).sum())
    low = set(bus.index[bus["vn_kv"] < LOW_KV])
    for row in net.load[~net.load["bus"].isin(taken)].to_dict("records"):
        number = row["bus"]
        one = rows.setdefault(number, {"capacity_kva": 0.0, "customers": np.nan, "name": str(row.get("name") or "")})
        one["capacity_kva"] += _load_kva(row)
        if number in low:
            one["customers"] = float(np.nan_to_num(one["customers"])) + 1
    return [
        {
            "equipment_id": f"T{number}",
            "kind": "transformer",
            "feeder_id": feeder[number],
            **row,
            "at": _at(bus, number),
        }
        for number, row in sorted(rows.items())
        if number in feeder
    ]


def _load_kva(row: dict[Any, Any]) -> float:
    stated = row.get("sn_mva")
    if stated is not None and np.isfinite(stated) and stated > 0:
        return float(stated) * 1000
    return float(np.hypot(row["p_mw"], row["q_mvar"])) * 1000


def _low_voltage(net: PowerNet, bus: pd.DataFrame) -> dict[int, set[int]]:
    """Return the low-voltage buses joined to each of them."""
    low = set(bus.index[bus["vn_kv"] < LOW_KV])
    graph = nx.Graph()
    graph.add_nodes_from(low)
    closed = net.switch[(net.switch["et"] == "b") & net.switch["closed"].astype(bool)]
    pairs = [
        *closed[["bus", "element"]].itertuples(index=False),
        *net.line[["from_bus", "to_bus"]].itertuples(index=False),
    ]
    graph.add_edges_from((a, b) for a, b in pairs if a in low and b in low)
    return {node: set(part) for part in nx.connected_components(graph) for node in part}

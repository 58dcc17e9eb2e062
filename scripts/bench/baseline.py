"""The same chain as a competent analyst writes it in an afternoon: geopandas, networkx, plain loops.

Run as ``python baseline.py FOLDER SIZE``; prints one JSON object. It does less than the project does: no checks
of the inputs, one place a section instead of both its ends, roads joined only at equal coordinates.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
from ortools.constraint_solver import pywrapcp, routing_enums_pb2
from shapely.geometry import LineString, Point

from generator import ON, SIZES, area_of
from measure import Steps
from patrol.config import Settings
from patrol.hazards.taxonomy import load_types

LAYERS = ("lines", "poles", "equipment", "roads", "zones", "hazards")
OPEN = ("reported", "verified")
MATRIX_BUDGET_S = 600.0  # CPU seconds
SHIFT_S = 8 * 3600
FAR = 10**7
settings = Settings()


def load(folder: Path) -> dict[str, pd.DataFrame]:
    """Read every layer."""
    data = {name: gpd.read_file(folder / f"{name}.gpkg") for name in LAYERS}
    data["crews"] = pd.read_csv(folder / "crews.csv")
    data["patrols"] = pd.read_csv(folder / "patrols.csv", parse_dates=["date"])
    return data


def key(point: tuple[float, ...]) -> tuple[float, float]:
    """Return a joint's name: its coordinates, rounded."""
    return round(point[0], 1), round(point[1], 1)


def topology(data: dict[str, pd.DataFrame]) -> tuple[pd.DataFrame, int]:
    """Return sections with customers, and the customers behind all feeder heads."""
    graph = nx.Graph()
    for _, row in data["lines"].iterrows():
        coords = list(row.geometry.coords)
        graph.add_edge(key(coords[0]), key(coords[-1]), length=row.geometry.length, condition=row.condition)
    joints = gpd.GeoDataFrame(
        {"joint": list(graph.nodes)}, geometry=[Point(n) for n in graph.nodes], crs=data["lines"].crs
    )
    equipment = gpd.sjoin_nearest(data["equipment"], joints, max_distance=30)
    own, switches = dict.fromkeys(graph.nodes, 0.0), set()
    for _, row in equipment.iterrows():
        if row.kind == "transformer":
            own[row.joint] += row.customers
        elif row.kind == "switch":
            switches.add(row.joint)
    sections, total = [], 0
    for _, head in equipment[equipment["kind"] == "breaker"].iterrows():
        tree = nx.bfs_tree(graph, head.joint)
        behind = {node: own[node] + sum(own[d] for d in nx.descendants(tree, node)) for node in tree}
        total += behind[head.joint]
        sections += cut(graph, tree, head, behind, switches)
    return gpd.GeoDataFrame(sections, crs=data["lines"].crs), int(total)


def cut(graph: nx.Graph, tree: nx.DiGraph, head: pd.Series, behind: dict, switches: set) -> list[dict]:
    """Cut one feeder into sections: no branch or switch inside, at most 500 m."""
    rows = []
    stack = [(head.joint, child) for child in tree.successors(head.joint)]
    while stack:
        start, node = stack.pop()
        path, length = [start, node], graph.edges[start, node]["length"]
        condition = [graph.edges[start, node]["condition"]]
        while True:
            after = list(tree.successors(node))
            if len(after) != 1 or node in switches or length + graph.edges[node, after[0]]["length"] > 500:
                break
            length += graph.edges[node, after[0]]["length"]
            condition.append(graph.edges[node, after[0]]["condition"])
            node = after[0]
            path.append(node)
        stack += [(node, child) for child in after]
        rows.append(
            {"feeder_id": head.feeder_id, "length_m": length, "condition": np.mean(condition),
             "customers": behind[path[1]], "all_customers": behind[head.joint], "geometry": LineString(path)}
        )  # fmt: skip
    return rows


def score(data: dict[str, pd.DataFrame], sections: pd.DataFrame, size: str) -> tuple[pd.DataFrame, int]:
    """Return the most valuable tasks of each area, and how many open hazards lie in a zone."""
    types = load_types()
    cost = settings.consequence
    sections["ecm"] = sections.apply(
        lambda row: 41 * row.all_customers + 45 * (row.all_customers - row.customers) + 180 * row.customers, axis=1
    )
    last = data["patrols"].groupby("feeder_id")["date"].max()
    sections["tau"] = (pd.Timestamp(ON) - sections["feeder_id"].map(last)).dt.days
    phi = types["phi_per_day"].to_numpy()
    kappa = phi + np.nan_to_num(1 / types["persist_days"].to_numpy())
    rate = types["base_rate_per_100km_yr"].to_numpy() / 36_500 / 1000
    danger = types["p_ignition_given_fault"].to_numpy() * cost.fire_ecm
    danger = danger + types["p_injury_given_fault"].to_numpy() * cost.injury_ecm
    see = types["d_foot"].to_numpy() * phi * np.exp(-kappa * 7)
    values = []
    for _, row in sections.iterrows():
        grown = ((1 - np.exp(-kappa * row.tau)) / kappa - row.tau * np.exp(-kappa * row.tau)) / kappa
        values.append((see * rate * row.length_m * (row.ecm + danger) * grown).sum())
    sections["value"] = values
    hazards = data["hazards"][data["hazards"]["state"].isin(OPEN)]
    near = gpd.sjoin_nearest(hazards, sections[["ecm", "geometry"]], max_distance=300)
    near = near[~near.index.duplicated()].drop(columns="index_right")
    zoned = gpd.sjoin(near, data["zones"][["zone_id", "geometry"]], predicate="within")
    risk = dict(zip(types.index, zip(phi, danger, strict=True), strict=True))
    zoned["value"] = zoned.apply(lambda row: risk[row.type][0] * (row.ecm + risk[row.type][1]) * 5, axis=1)
    middle = sections.assign(geometry=sections.geometry.interpolate(0.5, normalized=True))
    middle = gpd.sjoin(middle, data["zones"][["zone_id", "geometry"]], predicate="within", how="left")
    middle["service_s"] = middle["length_m"] / 2000 * 3600
    zoned["service_s"] = 900
    columns = ["kind", "value", "service_s", "geometry"]
    middle["kind"], zoned["kind"] = "section", "hazard"
    tasks = pd.concat([middle[columns], zoned[columns]], ignore_index=True)
    tasks["area"] = area_of(tasks.geometry.x.to_numpy(), tasks.geometry.y.to_numpy(), size)
    tasks = tasks.sort_values("value", ascending=False).groupby(["area", "kind"]).head(SIZES[size].tasks // 2)
    return tasks, len(zoned)


def road_graph(roads: pd.DataFrame) -> nx.DiGraph:
    """Return the roads as a graph with seconds."""
    graph = nx.DiGraph()
    for _, row in roads.iterrows():
        coords = list(row.geometry.coords)
        kmh = settings.travel.road_kmh.get(row.highway, 25)
        if kmh == 0:
            continue
        seconds = row.geometry.length * 3.6 / kmh
        graph.add_edge(key(coords[0]), key(coords[-1]), seconds=seconds)
        if row.oneway != "yes":
            graph.add_edge(key(coords[-1]), key(coords[0]), seconds=seconds)
    return graph


def matrices(data: dict[str, pd.DataFrame], tasks: pd.DataFrame, size: str, steps: Steps) -> dict[int, tuple]:
    """Return by area its tasks, depots and seconds between all of them."""
    named = road_graph(data["roads"])
    joints = gpd.GeoDataFrame({"joint": range(len(named))}, geometry=[Point(n) for n in named.nodes], crs=tasks.crs)
    graph = nx.convert_node_labels_to_integers(named)
    crews = data["crews"]
    homes = gpd.GeoSeries.from_xy(crews["start_lon"], crews["start_lat"], crs="EPSG:4326").to_crs(tasks.crs)
    home_area = area_of(homes.x.to_numpy(), homes.y.to_numpy(), size)
    groups = {}
    for area, rows in tasks.groupby("area"):
        places = pd.concat([homes[home_area == area], rows.geometry], ignore_index=True)
        frame = gpd.GeoDataFrame(geometry=gpd.GeoSeries(places, crs=tasks.crs))
        near = gpd.sjoin_nearest(frame, joints)
        groups[area] = (rows, int((home_area == area).sum()), near[~near.index.duplicated()]["joint"].tolist(), frame)
    total = sum(len(joints_) for _, _, joints_, _ in groups.values())
    done, spent, limit = 0, np.zeros(2), total  # wall and CPU seconds
    result = {}
    for area, (rows, depots, at, frame) in groups.items():
        x, y = frame.geometry.x.to_numpy(), frame.geometry.y.to_numpy()
        matrix = np.hypot(x[:, None] - x, y[:, None] - y) / 10
        for i, source in enumerate(at):
            if done >= limit:
                break  # the straight line stays: only the time of the next step matters then
            began = np.array(steps.clocks())
            reach = nx.single_source_dijkstra_path_length(graph, source, weight="seconds")
            matrix[i] = [reach.get(target, FAR) for target in at]
            spent += np.array(steps.clocks()) - began
            done += 1
            if done == 10 and spent[1] / done * total > MATRIX_BUDGET_S:
                limit = max(10, int(MATRIX_BUDGET_S / 6 / (spent[1] / done)))
        result[area] = (rows, depots, matrix)
    if done < total:
        steps.extrapolate(
            *(spent * (total / done - 1)).tolist(), f"{done} of {total} sources were run, the rest in proportion"
        )
    return result


def first_plan(rows: pd.DataFrame, depots: int, matrix: np.ndarray) -> int:
    """Return how many tasks a first solution of OR-Tools with a Python callback serves."""
    manager = pywrapcp.RoutingIndexManager(len(matrix), depots, list(range(depots)), list(range(depots)))
    routing = pywrapcp.RoutingModel(manager)
    service = [0] * depots + [int(s) for s in rows["service_s"]]

    def seconds(a: int, b: int) -> int:
        i, j = manager.IndexToNode(a), manager.IndexToNode(b)
        return int(min(matrix[i, j], FAR)) + service[i]

    transit = routing.RegisterTransitCallback(seconds)
    routing.SetArcCostEvaluatorOfAllVehicles(transit)
    routing.AddDimension(transit, 0, SHIFT_S, True, "time")
    for number, value in enumerate(rows["value"], start=depots):
        routing.AddDisjunction([manager.NodeToIndex(number)], FAR + int(value))
    search = pywrapcp.DefaultRoutingSearchParameters()
    search.first_solution_strategy = routing_enums_pb2.FirstSolutionStrategy.PATH_CHEAPEST_ARC
    search.solution_limit = 1
    answer = routing.SolveWithParameters(search)
    if answer is None:
        return 0
    return sum(answer.Value(routing.NextVar(k)) != k for k in range(routing.Size())) - depots


def main() -> None:
    """Run the chain and print its figures."""
    folder, size = Path(sys.argv[1]), sys.argv[2]
    steps = Steps()
    with steps.time("load"):
        data = load(folder)
    with steps.time("topology"):
        sections, customers = topology(data)
    with steps.time("score"):
        tasks, zoned = score(data, sections, size)
    with steps.time("matrix"):
        groups = matrices(data, tasks, size, steps)
    with steps.time("plan"):
        planned = sum(first_plan(*group) for group in groups.values())
    facts = {"customers": customers, "sections": len(sections), "open_hazards_in_zones": zoned, "tasks": len(tasks),
             "planned": planned}  # fmt: skip
    print(json.dumps(steps.report() | {"facts": facts}))


if __name__ == "__main__":
    main()

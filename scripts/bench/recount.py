"""The objective of routes once more, from the routes and the file alone, by other means than the problem was made with.

Nothing of a problem or a solution is used: shortest ways are Dijkstra's, distances are exact roots, times are exact
decimals. A broken rule of the file raises AssertionError: it would be a bug of a mapping or of a solver.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import networkx as nx

if TYPE_CHECKING:
    from instances.graph import Graph
    from instances.pcvrptw import Client, Round

Routes = Sequence[Sequence[Any]]


@dataclass(frozen=True, slots=True)
class Limits:
    """How many vehicles set out, and how long each may be under way."""

    vehicles: int
    time: int


def hold(ok: bool, what: str) -> None:
    """Raise AssertionError, also where assertions are switched off, if a rule is broken."""
    if not ok:
        raise AssertionError(what)


def _known(graph: Graph) -> dict[tuple[Any, ...], list[int]]:
    """Return the places of items in the file by their names in results; an edge has two names."""
    known: dict[tuple[Any, ...], list[int]] = defaultdict(list)
    for place, item in enumerate(graph.items):
        ends = {(item.u,)} if item.kind == "n" else {(item.u, item.v)}
        for end in ends | ({(item.v, item.u)} if item.kind == "e" else set()):
            known[item.kind, *end].append(place)
    return known


def _identified(graph: Graph, routes: Routes) -> list[list[tuple[int, int, int]]]:
    """Return the routes as (place of the item in the file, from node, to node); none served twice."""
    known = _known(graph)
    taken: set[int] = set()
    found = []
    for route in routes:
        stops = []
        for kind, *ends in route:
            free = [place for place in known.get((kind, *ends), []) if place not in taken]
            hold(bool(free), f"{kind} {ends} is not to be served, or is served twice")
            taken.add(free[0])
            stops.append((free[0], ends[0], ends[-1]))
        found.append(stops)
    return found


def _driven(graph: Graph) -> Callable[[list[tuple[int, int, int]]], int]:
    """Return a function that counts what a route drives: the ways between its items, and along these."""
    roads = nx.DiGraph()
    roads.add_weighted_edges_from((u, v, cost) for (u, v), cost in graph.links.items())
    ways: dict[int, dict[int, int]] = {}

    def length(stops: list[tuple[int, int, int]]) -> int:
        here, total = graph.depot, 0
        for place, u, v in [*stops, (-1, graph.depot, graph.depot)]:
            if here not in ways:
                ways[here] = nx.single_source_dijkstra_path_length(roads, here)
            total += ways[here][u] if here != u else 0
            total += graph.items[place].cost if place >= 0 else 0
            here = v
        return total

    return length


def cover_cost(graph: Graph, routes: Routes) -> int:
    """Return the cost of serving everything: all that is driven, along served edges and arcs too."""
    found, length = _identified(graph, routes), _driven(graph)
    hold(sum(map(len, found)) == len(graph.items), "not everything is served")
    loads = [sum(graph.items[place].demand for place, _, _ in stops) for stops in found]
    hold(max(loads) <= graph.capacity, f"a vehicle takes {max(loads)}, more than {graph.capacity}")
    return sum(map(length, found))


def prizes_won(graph: Graph, prizes: Sequence[int], limits: Limits, routes: Routes) -> int:
    """Return the sum of the prizes of what is served."""
    found, length = _identified(graph, routes), _driven(graph)
    hold(len(found) <= limits.vehicles, f"{len(found)} vehicles set out, more than {limits.vehicles}")
    spent = [length(stops) for stops in found]
    hold(max(spent, default=0) <= limits.time, f"a vehicle takes {max(spent, default=0)}, more than {limits.time}")
    return sum(prizes[place] for stops in found for place, _, _ in stops)


def _ten_times(one: Client, other: Client) -> int:
    """Return ``floor(10 * d)``, exactly."""
    square = (one.x - other.x) ** 2 + (one.y - other.y) ** 2
    whole, parts = (100 * square).as_integer_ratio()
    return math.isqrt(whole // parts)  # floor of a root is the root of the floor


def prize_cost(field: Round, routes: Routes) -> int:
    """Return the distance and the prizes left behind."""
    by_number = {client.number: client for client in field.clients}
    counted = Counter(number for route in routes for _, number in route)
    hold(set(counted) <= set(by_number) and max(counted.values(), default=0) <= 1, "a node is unknown, or served twice")
    hold(len(routes) <= field.vehicles, f"{len(routes)} vehicles set out, more than {field.vehicles}")
    hold(all(client.number in counted for client in field.clients if not client.prize), "a required client is left")
    left = sum(int(10 * client.prize) for client in field.clients if client.number not in counted)
    return left + sum(_round_length(field, [by_number[number] for _, number in route]) for route in routes)


def _round_length(field: Round, clients: list[Client]) -> int:
    hold(sum(client.demand for client in clients) <= field.capacity, "a vehicle takes more than its capacity")
    here, clock, total = field.depot, int(10 * field.depot.opens), 0
    for there in [*clients, field.depot]:
        leg = _ten_times(here, there)
        clock, total = max(clock + leg, int(10 * there.opens)), total + leg
        hold(clock <= int(10 * there.closes), f"node {there.number} is reached at {clock}, too late")
        clock, here = clock + int(10 * field.service), there
    return total


def care_cost(care: dict[str, Any], routes: Routes) -> float:
    """Return a third of the sum of distance, total tardiness and largest tardiness, at the starts that are given."""
    patients = {patient["id"]: (place, patient) for place, patient in enumerate(care["patients"], start=1)}
    abilities = {crew["id"]: set(crew["abilities"]) for crew in care["caregivers"]}
    visits = [visit for route in routes for visit in route]
    given = Counter((visit["patient"], visit["service"]) for visit in visits)
    needed = Counter(
        (patient["id"], need["service"]) for patient in care["patients"] for need in patient["required_caregivers"]
    )
    hold(given == needed, "services given are not those that are needed")
    hold(all(visit["service"] in abilities[visit["caregiver"]] for visit in visits), "a caregiver is not able to")
    crews = [{visit["caregiver"] for visit in route} for route in routes]
    hold(sum(map(len, crews)) == len(routes) == len(set().union(*crews)), "routes and caregivers do not agree")
    distance = sum((_walked(care, patients, route) for route in routes), Decimal(0))
    late = [
        max(Decimal(0), Decimal(str(visit["start"])) - patients[visit["patient"]][1]["time_window"][1])
        for visit in visits
    ]
    for patient in care["patients"]:
        _hold_together(patient, visits)
    return round(float((distance + sum(late) + max(late)) / 3), 6)


def _walked(care: dict[str, Any], patients: dict[str, Any], route: Sequence[Any]) -> Decimal:
    """Return the distance of one caregiver; starts leave time for services and ways."""
    here, clock, total = 0, Decimal(0), Decimal(0)
    for visit in route:
        there, patient = patients[visit["patient"]]
        start, leg = Decimal(str(visit["start"])), care["distances"][here][there]
        hold(start >= max(clock + leg, Decimal(patient["time_window"][0])), f"{visit} starts too early")
        lasts = {need["service"]: need["duration"] for need in patient["required_caregivers"]}
        here, clock, total = there, start + lasts[visit["service"]], total + leg
    return total + care["distances"][here][0]


def _hold_together(patient: dict[str, Any], visits: list[Any]) -> None:
    """Check that a double visit is by two caregivers, and in time."""
    needs = patient["required_caregivers"]
    if len(needs) < 2:
        return
    mine = [visit for visit in visits if visit["patient"] == patient["id"]]
    hold(len({visit["caregiver"] for visit in mine}) == len(mine), f"{patient['id']} is visited twice by one caregiver")
    lo, hi = patient["synchronization"].get("distance", (0, 0))
    mine.sort(key=lambda visit: [need["service"] for need in needs].index(visit["service"]))
    first, second = (Decimal(str(visit["start"])) for visit in mine)
    alike = needs[0]["service"] == needs[1]["service"]  # then either may be the first
    lags = (second - first, first - second) if alike else (second - first,)
    hold(any(lo <= lag <= hi for lag in lags), f"visits to {patient['id']} are {second - first} apart")

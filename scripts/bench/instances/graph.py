"""Instances on a graph: edges, arcs and nodes that are served, and deadheading by shortest ways between them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import networkx as nx
import numpy as np

from instances.model import WHOLE_METRE, Instance, Ints, Ridden, Rival, Told, Visit, fault, profile_of, shift_of
from patrol.routing.model import Option, Problem, Task
from patrol.units import UNREACHABLE
from recount import cover_cost


@dataclass(frozen=True, slots=True)
class Item:
    """Something to serve.

    Attributes
    ----------
    kind : {'e', 'a', 'n'}
        An edge (in either direction), an arc, or a node (then ``u == v``).
    cost : int
        Of going along it once, which is part of serving it; 0 for a node.
    """

    kind: str
    u: int
    v: int
    cost: int
    demand: int


@dataclass(frozen=True, slots=True)
class Graph:
    """What a file says.

    Attributes
    ----------
    links : dict
        Least cost of an edge or arc from one node to another, served or not; edges in both directions.
    vehicles : int
        As the file says; -1 for none said.
    """

    name: str
    nodes: int
    depot: int
    capacity: int
    vehicles: int
    items: tuple[Item, ...]
    links: dict[tuple[int, int], int]


def check_graph(path: Path, graph: Graph) -> None:
    """Check what no parser sees: nodes that do not exist, items out of reach or that results could not tell apart.

    Raises
    ------
    PatrolError
        At the first fault.
    """
    used = {graph.depot, *(node for pair in graph.links for node in pair), *(item.u for item in graph.items)}
    if min(used) < 1 or max(used) > graph.nodes:
        raise fault(path, f"nodes are numbered 1 to {graph.nodes}, but {min(used)} to {max(used)} appear")
    if not graph.items or max(item.demand for item in graph.items) > graph.capacity:
        raise fault(path, "nothing is to be served, or something does not fit into a vehicle")
    roads = nx.DiGraph(graph.links.keys())
    roads.add_node(graph.depot)
    there, back = nx.descendants(roads, graph.depot), nx.ancestors(roads, graph.depot)
    if any({item.u, item.v} - (there & back) - {graph.depot} for item in graph.items):
        raise fault(path, "something is to be served that no vehicle reaches, or from which none comes home")
    demand: dict[tuple[str, int, int], int] = {}
    for item in graph.items:
        if demand.setdefault(named(item.kind, item.u, item.v), item.demand) != item.demand:
            raise fault(path, f"two required items {item.kind} {item.u} {item.v} have different demands")


def named(kind: str, u: int, v: int) -> tuple[str, int, int]:
    """Return one name for both directions of an edge."""
    return (kind, min(u, v), max(u, v)) if kind == "e" else (kind, u, v)


def ways(item: Item) -> tuple[tuple[int, int], ...]:
    """Return from where to where an item may be served, as nodes: one pair an option."""
    return ((item.u, item.v), (item.v, item.u)) if item.kind == "e" else ((item.u, item.v),)


def shortest(graph: Graph) -> Ints:
    """Return lengths of shortest ways between all nodes, counted from 0 (Floyd and Warshall, exact integers)."""
    far = np.full((graph.nodes, graph.nodes), UNREACHABLE, np.int64)
    for (u, v), cost in graph.links.items():
        far[u - 1, v - 1] = cost
    np.fill_diagonal(far, 0)
    for k in range(graph.nodes):
        np.minimum(far, far[:, k, None] + far[k], out=far)
    return far


def enough(graph: Graph) -> int:
    """Return a number of vehicles that a free fleet never needs more of.

    Two routes that fit into one vehicle can be driven as one and cost no more, for shortest ways obey the triangle
    inequality. So some best solution has no such two, its routes are fuller than half on average, and there are
    fewer of them than twice the demand over the capacity, or one.
    """
    whole = sum(item.demand for item in graph.items)
    return max(1, min(len(graph.items), -(-2 * whole // graph.capacity)))


def cover(graph: Graph, kind: str) -> Instance:
    """Return the instance in which everything is served, at the least deadheading plus service."""
    far = shortest(graph)
    tasks = tuple(
        Task(
            f"t{number}",
            tuple(Option(0, u - 1, v - 1, 0, 0, item.cost, turn, (0,)) for turn, (u, v) in _turned(item)),
            mandatory=1,
            load=item.demand,
        )
        for number, item in enumerate(graph.items)
    )
    shifts = tuple(
        shift_of(number, graph.depot - 1, price_m=WHOLE_METRE, max_load=graph.capacity)
        for number in range(enough(graph))
    )
    visits, fares = visits_of(graph, far, [0] * len(graph.items), required=True)
    return Instance(
        name=graph.name,
        set=kind,
        problem=Problem(1, (profile_of(far),), tasks, shifts),
        offset=sum(item.cost for item in graph.items),
        objective=int,
        tell=lambda routes: tell(graph, routes),
        recount=lambda told: cover_cost(graph, told),
        rival=Rival(visits, fares, fares, len(shifts), graph.capacity),
    )


def _turned(item: Item) -> list[tuple[int, tuple[int, int]]]:
    """Return the ways of an item with the direction of its option: 1 forward, -1 backward, 0 for a node."""
    return list(zip((1, -1) if item.kind != "n" else (0,), ways(item), strict=False))


def tell(graph: Graph, routes: Iterable[Ridden]) -> Told:
    """Return routes in the file's own node numbers: ``["e", u, v]``, ``["a", u, v]``, ``["n", i]``."""
    told = []
    for _, served in routes:
        stops = [(graph.items[task], option) for task, option, _ in served]
        told.append([[item.kind, item.u] if item.kind == "n" else [item.kind, *ways(item)[k]] for item, k in stops])
    return told


def visits_of(graph: Graph, far: Ints, prizes: Sequence[int], *, required: bool) -> tuple[tuple[Visit, ...], Ints]:
    """Return a visit a way of each item, and lengths between them: the item one leaves, then the way to the next."""
    depot = graph.depot - 1
    leave, reach, own, visits = [depot], [depot], [0], []
    for number, item in enumerate(graph.items):
        for option, (u, v) in enumerate(ways(item)):
            reach.append(u - 1)
            leave.append(v - 1)
            own.append(item.cost)
            visits.append(Visit(number, option, item.demand, prizes[number], required))
    fares = far[np.ix_(leave, reach)] + np.array(own)[:, None]
    np.fill_diagonal(fares, 0)
    return tuple(visits), fares

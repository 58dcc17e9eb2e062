"""Prizes with a time limit, made from any CARP file.

The rule, so that anyone can make them again:

- Every required edge may be served or left. Its prize is ``1 + (37 * k + Q) mod 100``, where ``k`` is its place in the
  file, from 1, and ``Q`` the capacity, so that files of one graph differ.
- Serving it and going along any edge take as long as the edge costs. Demand and capacity play no other part.
- A fifth of the file's vehicles set out, rounded up. Each is back at the depot in the time of the longest of the
  shortest rounds that serve a single edge: no edge is out of reach.
- The objective is the sum of the prizes, the more the better. Time decides between equal sums: a unit of prize counts
  for more than all the time that the vehicles have.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path

from instances.carp import read_graph
from instances.graph import Graph, shortest, tell, visits_of, ways
from instances.model import Instance, Ints, Rival, profile_of, shift_of
from patrol.routing.model import Option, Problem, Task
from recount import Limits, prizes_won


def prizes_of(graph: Graph) -> list[int]:
    """Return the prizes of the required edges, in the order of the file."""
    return [1 + (37 * place + graph.capacity) % 100 for place in range(1, len(graph.items) + 1)]


def limits_of(graph: Graph, far: Ints) -> Limits:
    """Return how many vehicles there are and how long each may be under way."""
    depot = graph.depot - 1
    rounds = [
        min(far[depot, u - 1] + item.cost + far[v - 1, depot] for u, v in ways(item)) for item in graph.items
    ]  # fmt: skip
    return Limits(vehicles=-(-graph.vehicles // 5), time=int(max(rounds)))


def read(path: Path) -> Instance:
    """Return the instance of a file, named after it with ``-prizes``."""
    graph = read_graph(path)
    graph = dataclasses.replace(graph, name=f"{graph.name}-prizes")
    far = shortest(graph)
    limits = limits_of(graph, far)
    prizes = prizes_of(graph)
    scale = 1 + limits.vehicles * limits.time
    tasks = tuple(
        Task(
            f"t{number}",
            tuple(
                Option(0, u - 1, v - 1, item.cost, 0, 0, turn, (prizes[number] * scale,))
                for turn, (u, v) in zip((1, -1), ways(item), strict=True)
            ),
        )
        for number, item in enumerate(graph.items)
    )
    shifts = tuple(
        shift_of(number, graph.depot - 1, max_work_s=limits.time, price_s=1) for number in range(limits.vehicles)
    )
    visits, fares = visits_of(graph, far, [prize * scale for prize in prizes], required=False)
    visits = tuple(dataclasses.replace(visit, demand=0) for visit in visits)
    return Instance(
        name=graph.name,
        set="prizes",
        problem=Problem(1, (profile_of(far, far),), tasks, shifts),
        offset=sum(prizes) * scale,
        objective=lambda cost: sum(prizes) - cost // scale,
        tell=lambda routes: tell(graph, routes),
        recount=lambda told: prizes_won(graph, prizes, limits, told),
        rival=Rival(visits, fares, fares, limits.vehicles, max_distance=limits.time),
        all_prizes=sum(prizes),
        more_is_better=True,
    )

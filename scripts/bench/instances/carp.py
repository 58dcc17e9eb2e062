"""Capacitated arc routing: the ``.dat`` files of CARPLIB (gdb, val, egl), whose keywords are Spanish.

Every edge of ``LISTA_ARISTAS_REQ`` is served once, in either direction; the cost is all that is driven, service
included; a route takes no more demand than ``CAPACIDAD``. The number of vehicles is free.
"""

from __future__ import annotations

import re
from pathlib import Path

from instances.graph import Graph, Item, check_graph, cover
from instances.model import Instance, fault, read_text

EDGE = re.compile(r"\(\s*(\d+)\s*,\s*(\d+)\s*\)\s*coste\s+(\d+)(?:\s+demanda\s+(\d+))?")
NUMBERS = ("VERTICES", "ARISTAS_REQ", "ARISTAS_NOREQ", "VEHICULOS", "CAPACIDAD", "DEPOSITO")


def read_graph(path: Path) -> Graph:
    """Return what a file says.

    Raises
    ------
    PatrolError
        If a keyword is missing, or edges are not as many as the file says.
    """
    text = read_text(path)
    found = {name: re.search(rf"^\s*{name}\s*:\s*(\d+)", text, re.MULTILINE) for name in NUMBERS}
    missing = [name for name, match in found.items() if match is None]
    if missing:
        raise fault(path, f"no line {', '.join(missing)}: is it a .dat file of CARPLIB?")
    number = {name: int(match[1]) for name, match in found.items() if match}
    served, _, other = text.partition("LISTA_ARISTAS_NOREQ")
    needed, spare = EDGE.findall(served), EDGE.findall(other)
    if (len(needed), len(spare)) != (number["ARISTAS_REQ"], number["ARISTAS_NOREQ"]):
        raise fault(path, f"{len(needed)} required and {len(spare)} other edges are not as many as it says")
    links: dict[tuple[int, int], int] = {}
    for edge in (*needed, *spare):
        u, v, cost = (int(word) for word in edge[:3])
        for pair in ((u, v), (v, u)):
            links[pair] = min(cost, links.get(pair, cost))
    items = tuple(Item("e", int(u), int(v), int(cost), int(demand or 0)) for u, v, cost, demand in needed)
    graph = Graph(
        path.stem, number["VERTICES"], number["DEPOSITO"], number["CAPACIDAD"], number["VEHICULOS"], items, links
    )
    check_graph(path, graph)
    return graph


def read(path: Path) -> Instance:
    """Return the instance of a file."""
    return cover(read_graph(path), "carp")

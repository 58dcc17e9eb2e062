"""Mixed capacitated general routing: nodes, edges and arcs to serve (CBMix, BHW, and others of that format).

By the convention of the format the cost leaves service out: what counts is going along edges and arcs, served or not.
The number of vehicles is free. Lines that are no rows, such as a closing remark, are passed over; the numbers of rows
are held against the head of the file.
"""

from __future__ import annotations

import re
from pathlib import Path

from instances.graph import Graph, Item, check_graph, cover
from instances.model import Instance, fault, read_text

ROW = re.compile(r"^(N|E|A|NrE|NrA)(\d+)((?:\s+\d+)+)\s*$")
LENGTH = {"N": 2, "E": 5, "A": 5, "NrE": 3, "NrA": 3}  # numbers of a row after its name
NUMBERS = ("Capacity", "Depot", "#Vehicles", "#Nodes", "#Edges", "#Arcs", "#Required N", "#Required E", "#Required A")


def read_graph(path: Path) -> Graph:
    """Return what a file says.

    Raises
    ------
    PatrolError
        If a line of the head is missing, or rows are not as many as it says.
    """
    text = read_text(path)
    found = {name: re.search(rf"^{name}[^:\n]*:\s*(-?\d+)", text, re.MULTILINE) for name in NUMBERS}
    missing = [name for name, match in found.items() if match is None]
    if missing:
        raise fault(path, f"no line {', '.join(missing)}: is it a .dat file of the MCGRP format?")
    number = {name: int(match[1]) for name, match in found.items() if match}
    rows: dict[str, list[tuple[int, ...]]] = {kind: [] for kind in LENGTH}
    for match in map(ROW.match, text.splitlines()):
        if match and len(match[3].split()) == LENGTH[match[1]]:
            rows[match[1]].append((int(match[2]), *(int(word) for word in match[3].split())))
    _count(path, rows, number)
    items = [Item("n", node, node, 0, demand) for node, demand, _ in rows["N"]]
    items += [Item(kind.lower(), u, v, cost, q) for kind in "EA" for _, u, v, cost, q, _ in rows[kind]]
    graph = Graph(
        path.stem,
        number["#Nodes"],
        number["Depot"],
        number["Capacity"],
        number["#Vehicles"],
        tuple(items),
        _links(rows),
    )
    check_graph(path, graph)
    return graph


def _count(path: Path, rows: dict[str, list[tuple[int, ...]]], number: dict[str, int]) -> None:
    have = {kind: len(found) for kind, found in rows.items()}
    said = {"#Required N": have["N"], "#Required E": have["E"], "#Required A": have["A"]}
    said |= {"#Edges": have["E"] + have["NrE"], "#Arcs": have["A"] + have["NrA"]}
    wrong = [f"{name} says {number[name]}, {count} rows" for name, count in said.items() if count != number[name]]
    if wrong:
        raise fault(path, "; ".join(wrong))


def _links(rows: dict[str, list[tuple[int, ...]]]) -> dict[tuple[int, int], int]:
    links: dict[tuple[int, int], int] = {}
    for kind in ("E", "NrE", "A", "NrA"):
        for _, u, v, cost, *_ in rows[kind]:
            for pair in ((u, v), (v, u)) if kind.endswith("E") else ((u, v),):
                links[pair] = min(cost, links.get(pair, cost))
    return links


def read(path: Path) -> Instance:
    """Return the instance of a file."""
    return cover(read_graph(path), "mcgrp")

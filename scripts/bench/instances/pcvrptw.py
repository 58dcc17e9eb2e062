"""Prize collecting with time windows: VRPLIB files with ``PRIZE_SECTION``.

By the convention of the set distance is ``floor(10 * d)`` and is the time it takes too; times and prizes count ten
times. A client without a prize is required. The cost is the distance plus the prizes left behind; there are no
more vehicles than ``VEHICLES``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path

import numpy as np

from instances.model import (
    WHOLE_METRE,
    Instance,
    Ints,
    Ridden,
    Rival,
    Told,
    Visit,
    fault,
    profile_of,
    read_text,
    shift_of,
)
from patrol.routing.model import Option, Problem, Task, Window
from recount import prize_cost

HEAD = ("DIMENSION", "VEHICLES", "CAPACITY", "SERVICE_TIME")
SECTIONS = {"NODE_COORD": 3, "DEMAND": 2, "TIME_WINDOW": 3, "PRIZE": 2}  # numbers a row
SCALE = 10


@dataclass(frozen=True, slots=True)
class Client:
    """A row of each section, in the file's units; the depot is one too."""

    number: int
    x: Decimal
    y: Decimal
    demand: int
    opens: Decimal
    closes: Decimal
    prize: Decimal


@dataclass(frozen=True, slots=True)
class Round:
    """What a file says; the depot apart from the clients."""

    name: str
    depot: Client
    clients: tuple[Client, ...]
    vehicles: int
    capacity: int
    service: Decimal


def read_round(path: Path) -> Round:
    """Return what a file says.

    Raises
    ------
    PatrolError
        If something is missing, or is not of the form that this set has.
    """
    text = read_text(path)
    head = {m[1]: m[2] for m in re.finditer(r"^([A-Z_]+)\s*:\s*(\S+)\s*$", text, re.MULTILINE)}
    missing = [name for name in HEAD if not head.get(name, "").isdigit()]
    if head.get("EDGE_WEIGHT_TYPE") != "EUC_2D":
        missing.append("EDGE_WEIGHT_TYPE : EUC_2D")
    sections = {name: _section(text, name, columns) for name, columns in SECTIONS.items()}
    missing += [f"{name}_SECTION" for name, rows in sections.items() if str(len(rows)) != head.get("DIMENSION")]
    if missing:
        raise fault(path, f"missing, or not of the length that is said: {', '.join(missing)}")
    depots = re.search(r"^DEPOT_SECTION\s+(\d+)\s+-1\b", text, re.MULTILINE)
    numbers = list(sections["NODE_COORD"])
    if depots is None or int(depots[1]) not in numbers or any(set(rows) != set(numbers) for rows in sections.values()):
        raise fault(path, "there is not one depot, or sections are about different nodes")
    clients = {n: Client(n, *_row(sections, n)) for n in numbers}
    depot = clients.pop(int(depots[1]))
    return Round(
        path.stem, depot, tuple(clients.values()), int(head["VEHICLES"]), int(head["CAPACITY"]),
        Decimal(head["SERVICE_TIME"]),
    )  # fmt: skip


def _section(text: str, name: str, columns: int) -> dict[int, tuple[Decimal, ...]]:
    """Return the rows of a section by node; a row of another length ends it."""
    rows: dict[int, tuple[Decimal, ...]] = {}
    for line in text.partition(f"{name}_SECTION")[2].splitlines()[1:]:
        words = line.split()
        if len(words) != columns:
            break
        try:
            rows[int(words[0])] = tuple(Decimal(word) for word in words[1:])
        except (ValueError, InvalidOperation):
            break
    return rows


def _row(sections: dict[str, dict[int, tuple[Decimal, ...]]], n: int) -> tuple[Decimal, ...]:
    (x, y), (demand,) = sections["NODE_COORD"][n], sections["DEMAND"][n]
    return x, y, int(demand), *sections["TIME_WINDOW"][n], *sections["PRIZE"][n]


def scaled(number: Decimal) -> int:
    """Return a time or prize of the file as the set counts it."""
    return int(SCALE * number)


def lengths(nodes: tuple[Client, ...]) -> Ints:
    """Return ``floor(10 * d)`` between all nodes."""
    xy = np.array([(float(node.x), float(node.y)) for node in nodes])
    square = ((xy[:, None] - xy[None]) ** 2).sum(axis=2)
    return np.floor(SCALE * np.sqrt(square)).astype(np.int64)


def read(path: Path) -> Instance:
    """Return the instance of a file."""
    field = read_round(path)
    far = lengths((field.depot, *field.clients))
    service = scaled(field.service)
    visits = tuple(
        Visit(
            place, 0, client.demand, scaled(client.prize), client.prize == 0, service,
            scaled(client.opens), scaled(client.closes),
        )
        for place, client in enumerate(field.clients)
    )  # fmt: skip
    tasks = tuple(
        Task(
            f"n{client.number}",
            (Option(0, place, place, service, 0, 0, 0, (visit.prize,)),),
            windows=(Window(0, visit.opens, visit.closes),),
            mandatory=int(visit.required),
            load=visit.demand,
        )
        for place, (client, visit) in enumerate(zip(field.clients, visits, strict=True), start=1)
    )
    opens, closes = scaled(field.depot.opens), scaled(field.depot.closes)
    shifts = tuple(
        shift_of(number, 0, opens=opens, closes=closes, price_m=WHOLE_METRE, max_load=field.capacity)
        for number in range(field.vehicles)
    )
    whole = sum(visit.prize for visit in visits)
    return Instance(
        name=field.name,
        set="pcvrptw",
        problem=Problem(1, (profile_of(far, far),), tasks, shifts),
        offset=whole,
        objective=int,
        tell=lambda routes: tell(field, routes),
        recount=lambda told: prize_cost(field, told),
        rival=Rival(
            visits, far, far, field.vehicles, field.capacity, opens=opens, closes=closes,
            places=tuple((float(node.x), float(node.y)) for node in (field.depot, *field.clients)),
        ),
        all_prizes=whole,
    )  # fmt: skip


def tell(field: Round, routes: Iterable[Ridden]) -> Told:
    """Return routes as ``["n", i]`` in the file's own node numbers."""
    return [[["n", field.clients[task].number] for task, _, _ in served] for _, served in routes]

"""Home care with double visits (Mankowska, Meisel and Bierwirth, 2014): the JSON files of iolab-uniud/hhcrsp.

A patient needs one or two services, each by a caregiver who is able to give it. Two are given by different caregivers,
at the same time or one within some minutes of the other, between starts. Service does not start before the patient's
time window; starting after it is late. The objective is a third of the sum of the distance, the total tardiness and
the largest tardiness. Distances are times too. Caregivers begin at time 0.

A thousandth of the file's unit is a second here, and a metre: distances are given so exactly.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np

from instances.model import WHOLE_METRE, Instance, Ints, Ridden, Told, fault, profile_of, read_text, shift_of
from patrol.routing.model import Option, Problem, Shift, Task, Tie, Window
from patrol.units import DAY_S
from recount import care_cost

SCALE = 1000
KEYS = {
    "patients": {"id", "location", "time_window", "required_caregivers", "synchronization"},
    "caregivers": {"id", "abilities"},
    "central_offices": {"id", "location"},
}


@dataclass(frozen=True, slots=True)
class Service:
    """One service for one patient; ``place`` is the patient's row of the matrix."""

    patient: str
    service: str
    place: int
    seconds: int
    opens: int
    due: int


def read_care(path: Path) -> dict[str, Any]:
    """Return the document of a file, its decimals exact.

    Raises
    ------
    PatrolError
        If it has another form than this set's, rules that this set does not have among them.
    """
    try:
        care: dict[str, Any] = json.loads(read_text(path), parse_float=Decimal)
        unknown = [f"{name}: {key}" for name, known in KEYS.items() for row in care[name] for key in set(row) - known]
        size = len(care["patients"]) + 1
        shape = [len(row) for row in care["distances"]]
        double = [row for row in care["patients"] if len(row["required_caregivers"]) != 1]
        kinds = {row["synchronization"]["type"] for row in double}
    except (ValueError, KeyError, TypeError) as error:
        raise fault(path, f"is not a file of this set: {error}") from error
    if unknown or len(care["central_offices"]) != 1 or shape != [size] * size:
        raise fault(path, f"has rules that this set does not have: {unknown[:3] or 'offices or distances'}")
    if kinds - {"simultaneous", "sequential"} or any(len(row["required_caregivers"]) != 2 for row in double):
        raise fault(path, "a patient needs neither one caregiver nor two, or they are tied in an unknown way")
    return care


def read(path: Path) -> Instance:
    """Return the instance of a file."""
    care = read_care(path)
    far = np.array([[_scaled(path, length) for length in row] for row in care["distances"]], dtype=np.int64)
    services, ties = _services(path, care)
    closes = _latest(services, ties, far)
    tasks = [
        Task(
            f"{number}",
            (Option(0, item.place, item.place, item.seconds, 0, 0, 0, (0,)),),
            windows=(Window(0, item.opens, closes, item.due, late_price=1),),
            mandatory=1,
            skills=(item.service,),
        )
        for number, item in enumerate(services)
    ]
    shifts = [
        shift_of(number, 0, closes=closes, skills=tuple(crew["abilities"]), price_m=WHOLE_METRE)
        for number, crew in enumerate(care["caregivers"])
    ]
    bound = [short for tie in ties for short in shortened(tie, tasks, shifts, closes)]
    problem = Problem(
        1, (profile_of(far, far),), tuple(tasks), tuple(shifts), ties=tuple(bound), max_late_price=1
    )  # fmt: skip
    return Instance(
        name=path.stem,
        set="hhcrsp",
        problem=problem,
        offset=0,
        objective=lambda cost: round(cost / (3 * SCALE), 6),
        tell=lambda routes: tell(care, services, routes),
        recount=lambda told: care_cost(care, told),
    )


def _scaled(path: Path, number: Decimal | int) -> int:
    if number * SCALE != int(number * SCALE):
        raise fault(path, f"{number} is given more exactly than to a thousandth")
    return int(number * SCALE)


def _services(path: Path, care: dict[str, Any]) -> tuple[list[Service], list[Tie]]:
    services: list[Service] = []
    ties = []
    for place, patient in enumerate(care["patients"], start=1):
        opens, due = (_scaled(path, moment) for moment in patient["time_window"])
        first = len(services)
        for need in patient["required_caregivers"]:
            seconds = _scaled(path, need["duration"])
            services.append(Service(patient["id"], need["service"], place, seconds, opens, due))
        if len(services) > first + 1:
            lags = patient["synchronization"].get("distance", (0, 0))
            ties.append(Tie(first, first + 1, *(_scaled(path, lag) for lag in lags)))
    return services, ties


def _latest(services: list[Service], ties: list[Tie], far: Ints) -> int:
    """Return a time by which everything can be done, one service after the other."""
    each = sum(item.seconds + 2 * int(far.max()) for item in services)
    return max(item.due for item in services) + each + sum(tie.hi for tie in ties) + int(far.max())


def shortened(tie: Tie, tasks: list[Task], shifts: list[Shift], closes: int) -> list[Tie]:
    """Return ties that ask the same, none of which is a day long: the model has none so long.

    A day is 86 of the file's minutes here. A longer tie goes by marks between its two services: tasks at the depot that
    take no time, each with a shift of its own; they are added to ``tasks`` and ``shifts``.
    """
    parts = max(abs(tie.lo), abs(tie.hi)) // (DAY_S - 2) + 1  # parts are rounded up by 2 at the most
    chain = [tie.first]
    for _ in range(parts - 1):
        number = len(tasks)
        tasks.append(Task(f"{number}", (Option(0, 0, 0, 0, 0, 0, 0, (0,)),), mandatory=1, skills=(f"mark {number}",)))
        shifts.append(shift_of(len(shifts), 0, closes=closes, skills=(f"mark {number}",)))
        chain.append(number)
    chain.append(tie.second)
    spans = zip(_parted(tie.lo, parts), _parted(tie.hi - tie.lo, parts), strict=True)
    return [Tie(*pair, lo, lo + more) for pair, (lo, more) in zip(itertools.pairwise(chain), spans, strict=True)]


def _parted(number: int, parts: int) -> list[int]:
    return [number * (part + 1) // parts - number * part // parts for part in range(parts)]


def tell(care: dict[str, Any], services: list[Service], routes: Iterable[Ridden]) -> Told:
    """Return visits with their caregiver and start, in the file's units; marks are left out."""
    crews = care["caregivers"]
    return [
        [
            {
                "caregiver": crews[shift]["id"],
                "patient": services[task].patient,
                "service": services[task].service,
                "start": start / SCALE,
            }
            for task, _, start in served
        ]
        for shift, served in routes
        if shift < len(crews)
    ]

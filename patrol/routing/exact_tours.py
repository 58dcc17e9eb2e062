"""What a small problem's CP-SAT model is made of: a circuit a shift over the ways to serve its tasks."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from patrol.routing.model import Problem, Shift
from patrol.routing.rules import may_serve, options_of, windows_on
from patrol.units import UNREACHABLE

HOME = 0  # node of a circuit: where the shift starts and ends; others are 1 + index into ``Tour.visits``

Visits = tuple[tuple[int, int], ...]  # task and option of each node but home


@dataclass(slots=True)
class Tour:
    """The circuit of one shift.

    Attributes
    ----------
    visits : tuple of (int, int)
        See ``Visits``.
    arcs : dict
        Literal of each leg that can be driven, by its two nodes.
    stays : list
        Literal of each node that is not visited; of home, that the shift serves nothing.
    rests : list
        Literal of each node that the rest is on the leg that leaves it. Empty without a break.
    rested, home_first : literal or None
        The rest is had before departure; home again in time to rest afterwards.
    work_s : linear expression
        Seconds of travel and service.
    """

    visits: Visits
    arcs: dict[tuple[int, int], Any]
    stays: list[Any]
    rests: list[Any] = field(default_factory=list)
    rested: Any = None
    home_first: Any = None
    work_s: Any = 0


@dataclass(slots=True)
class Built:
    """The model while it is made, and what its solutions are read with.

    Attributes
    ----------
    start : list
        Start of service of each task, seconds after midnight of the day on which it is served.
    on_day : dict
        Literal that a task is served on a day, for days on which it can be.
    pinned, weight, value : list
        Terms of the three goals.
    """

    problem: Problem
    model: Any
    tours: list[Tour]
    start: list[Any]
    on_day: dict[tuple[int, int], Any]
    served: list[Any]
    pinned: list[Any] = field(default_factory=list)
    weight: list[Any] = field(default_factory=list)
    value: list[Any] = field(default_factory=list)


def find_tour(problem: Problem, number: int, model: Any) -> Tour:
    """Return the circuit of a shift, with legs that exist and can be driven in time."""
    shift = problem.shifts[number]
    visits = tuple(
        (task, option)
        for task in range(len(problem.tasks))
        if may_serve(problem, task, number)
        for option in options_of(problem.tasks[task], shift.profile)
    )
    tour = Tour(visits, {}, [model.new_bool_var(f"stays {number} {node}") for node in range(len(visits) + 1)])
    for a in range(len(visits) + 1):
        for b in range(len(visits) + 1):
            if a != b and _drivable(problem, shift, visits, a, b):
                tour.arcs[a, b] = model.new_bool_var(f"leg {number} {a} {b}")
    loops = [(node, node, literal) for node, literal in enumerate(tour.stays)]
    model.add_circuit([*loops, *((a, b, literal) for (a, b), literal in tour.arcs.items())])
    for literal in tour.stays[1:]:  # the circuit alone would let stops go round without home
        model.add_implication(tour.stays[HOME], literal)
    return tour


def leg_between(problem: Problem, shift: Shift, visits: Visits, a: int, b: int) -> tuple[int, int]:
    """Return seconds and metres of a leg between two nodes."""
    profile = problem.profiles[shift.profile]
    leaves, reaches = shift.start, shift.end
    if a != HOME:
        leaves = problem.tasks[visits[a - 1][0]].options[visits[a - 1][1]].exit
    if b != HOME:
        reaches = problem.tasks[visits[b - 1][0]].options[visits[b - 1][1]].entry
    return int(profile.travel_s[leaves, reaches]), int(profile.distance_m[leaves, reaches])


def _drivable(problem: Problem, shift: Shift, visits: Visits, a: int, b: int) -> bool:
    if HOME not in (a, b) and visits[a - 1][0] == visits[b - 1][0]:
        return False
    leg = leg_between(problem, shift, visits, a, b)
    if max(leg) >= UNREACHABLE:
        return False
    leaves, closes = shift.opens, shift.closes
    if a != HOME:
        task, option = visits[a - 1]
        leaves = (
            max(leaves, windows_on(problem.tasks[task], shift)[0][0]) + problem.tasks[task].options[option].service_s
        )
    if b != HOME:
        closes = min(closes, windows_on(problem.tasks[visits[b - 1][0]], shift)[-1][1])
    return leaves + leg[0] <= closes

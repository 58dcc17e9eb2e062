"""The problem as an OR-Tools routing model: a node per task, way and window; every rule a dimension or a domain.

Shifts are vehicles. A node stands for the k-th option of a task in whatever profile its vehicle has, so
the two directions of a section are two nodes in one disjunction, whatever the number of profiles.
Everything is registered as a matrix or vector: Python callbacks cost five times as much.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from ortools.constraint_solver import pywrapcp, routing_enums_pb2
from ortools.util import optional_boolean_pb2

from patrol.routing.model import Problem, big_weight, goal_weights
from patrol.routing.ortools_rules import MOST, add_rules, count_figures
from patrol.routing.rules import Draft, may_serve, options_of, worth
from patrol.routing.schedule import Rests, timed
from patrol.units import DAY_S, UNREACHABLE

Ints = NDArray[np.int64]
LONGEST_S = 1e7  # beyond this OR-Tools counts no milliseconds


@dataclass(frozen=True, slots=True)
class Node:
    """One way to serve a task: its k-th option a profile, the vehicles that may, and the window if it has one.

    A window is (opens, closes, due, price of a second after that); the due time is None where nothing is late.
    """

    task: int
    way: int
    vehicles: tuple[int, ...]
    window: tuple[int, int, int | None, int] | None


@dataclass(frozen=True, slots=True)
class Figures:
    """What a profile needs from node to node (travel, metres) and at each node (service, walked, driven)."""

    travel_s: Ints
    metres: Ints
    service_s: Ints
    walk_m: Ints
    drive_m: Ints


@dataclass(frozen=True, slots=True)
class Built:
    """An OR-Tools model with the nodes it was made of, and how many it has for figures of the whole plan."""

    problem: Problem
    routing: Any
    manager: Any
    nodes: tuple[Node, ...]
    spare: int


def find_nodes(problem: Problem) -> tuple[Node, ...]:
    """Return the nodes that some vehicle may visit, ordered by task."""
    nodes = []
    for number, task in enumerate(problem.tasks):
        able = [k for k in range(len(problem.shifts)) if may_serve(problem, number, k)]
        ways = {k: len(options_of(task, problem.shifts[k].profile)) for k in able}
        for way in range(max(ways.values(), default=0)):
            vehicles = [k for k in able if ways[k] > way]
            if not task.windows:
                nodes.append(Node(number, way, tuple(vehicles), None))
                continue
            open_on: dict[tuple[int, int, int | None, int], set[int]] = {}
            for w in task.windows:
                open_on.setdefault((w.opens, w.closes, w.due, w.late_price), set()).add(w.day)
            for window in sorted(open_on, key=lambda row: (row[0], row[1], row[2] is None, row[2] or 0, row[3])):
                open_to = tuple(k for k in vehicles if problem.shifts[k].day in open_on[window])
                if open_to:
                    nodes.append(Node(number, way, open_to, window))
    return tuple(nodes)


def build_model(problem: Problem) -> Built:
    """Build the model; its objective is the price of all that is done and of all that is left undone."""
    nodes = find_nodes(problem)
    depots: dict[tuple[int, int], int] = {}
    for shift in problem.shifts:
        for place in (shift.start, shift.end):
            depots.setdefault((shift.profile, place), len(nodes) + len(depots))
    starts = [depots[shift.profile, shift.start] for shift in problem.shifts]
    ends = [depots[shift.profile, shift.end] for shift in problem.shifts]
    spare = count_figures(problem)
    size = len(nodes) + len(depots) + (spare + 1 if spare else 0)
    if spare:  # a vehicle that stands still, for what is a matter of the whole plan
        starts, ends = [*starts, size - 1], [*ends, size - 1]
    manager = pywrapcp.RoutingIndexManager(size, len(starts), starts, ends)
    built = Built(problem, pywrapcp.RoutingModel(manager), manager, nodes, spare)
    figures = [_figures(problem, nodes, depots, profile, size) for profile in range(len(problem.profiles))]
    register = _Register(built.routing)
    still = [register(np.zeros((size, size), dtype=np.int64))] if spare else []
    _add_prices(built, figures, register)
    _add_clock(built, figures, register, still)
    _add_limits(built, figures, register, still)
    _add_whole(built, register, size)
    return built


def _add_whole(built: Built, register: _Register, size: int) -> None:
    """Add the rules that bind tasks and routes to one another, and the vehicle that stands still."""
    routing, manager, problem = built.routing, built.manager, built.problem
    own = [manager.NodeToIndex(size - 1 - built.spare + k) for k in range(built.spare)]
    if own:
        back = register(np.full((size, size), -MOST, dtype=np.int64))
        level = register(np.zeros((size, size), dtype=np.int64))
        transits = [level] * len(problem.shifts) + [back]
        routing.AddDimensionWithVehicleTransits(transits, 2 * MOST, MOST, False, "plan")
        still = len(problem.shifts)
        chain = [routing.Start(still), *own, routing.End(still)]
        for here, there in pairwise(chain):
            routing.solver().Add(routing.NextVar(here) == there)
        for index in own:
            routing.VehicleVar(index).SetValues([still])
    places: dict[int, list[tuple[int, int | None]]] = {}
    for number, node in enumerate(built.nodes):
        due = node.window[2] if node.window else None
        places.setdefault(node.task, []).append((manager.NodeToIndex(number), due))
    add_rules(problem, routing, places, own)


class _Register:
    """Registers each distinct matrix once."""

    def __init__(self, routing: Any) -> None:
        self.routing = routing
        self.known: dict[bytes, int] = {}

    def __call__(self, matrix: Ints) -> int:
        key = matrix.tobytes()
        if key not in self.known:
            self.known[key] = self.routing.RegisterTransitMatrix(matrix.tolist())
        return self.known[key]


def _figures(
    problem: Problem, nodes: tuple[Node, ...], depots: dict[tuple[int, int], int], profile: int, size: int
) -> Figures:
    entry, leave = np.full(size, -1), np.full(size, -1)
    service, walk, drive = (np.zeros(size, dtype=np.int64) for _ in range(3))
    for index, node in enumerate(nodes):
        numbers = options_of(problem.tasks[node.task], profile)
        if len(numbers) > node.way:
            option = problem.tasks[node.task].options[numbers[node.way]]
            entry[index], leave[index] = option.entry, option.exit
            service[index], walk[index], drive[index] = option.service_s, option.walk_m, option.distance_m
    for (owner, place), index in depots.items():
        if owner == profile:
            entry[index] = leave[index] = place
    known = (leave >= 0)[:, None] & (entry >= 0)[None, :]
    pairs = np.ix_(leave, entry)
    source = problem.profiles[profile]
    travel = np.where(known, source.travel_s[pairs], UNREACHABLE)
    metres = np.where(known, source.distance_m[pairs], UNREACHABLE)
    closed = np.maximum(travel, metres) >= UNREACHABLE
    travel[closed] = metres[closed] = UNREACHABLE
    travel[len(nodes) :, len(nodes) :] = metres[len(nodes) :, len(nodes) :] = 0  # a shift that stays at home
    return Figures(travel, metres, service, walk, drive)


def _add_prices(built: Built, figures: list[Figures], register: _Register) -> None:
    """Price legs, service and prizes not earned (a better day or way existed), and tasks left out."""
    problem, routing, nodes = built.problem, built.routing, built.nodes
    size = len(figures[0].service_s) if figures else 0
    earned = np.zeros((len(problem.shifts), size), dtype=np.int64)
    best = np.zeros(len(problem.tasks), dtype=np.int64)
    for index, node in enumerate(nodes):
        for vehicle in node.vehicles:
            shift = problem.shifts[vehicle]
            number = options_of(problem.tasks[node.task], shift.profile)[node.way]
            service = problem.tasks[node.task].options[number].service_s
            earned[vehicle, index] = worth(problem, vehicle, node.task, number) + shift.price_s * service
            best[node.task] = max(best[node.task], earned[vehicle, index])
    task_of = np.array([node.task for node in nodes], dtype=np.int64)
    for vehicle, shift in enumerate(problem.shifts):
        table = figures[shift.profile]
        lost = np.zeros(size, dtype=np.int64)
        mine = np.array([vehicle in node.vehicles for node in nodes], dtype=bool)
        lost[: len(nodes)][mine] = best[task_of[mine]] - earned[vehicle, : len(nodes)][mine]
        cost = shift.price_s * (table.travel_s + table.service_s[None, :]) + shift.price_m * table.metres // 1000
        cost = cost + lost[None, :]
        cost[len(nodes) :, len(nodes) :] = 0
        routing.SetArcCostEvaluatorOfVehicle(register(cost), vehicle)
        routing.SetFixedCostOfVehicle(shift.price_open, vehicle)
    big, weights = big_weight(problem), goal_weights(problem)
    by_task: dict[int, list[int]] = {}
    for index, node in enumerate(nodes):
        by_task.setdefault(node.task, []).append(built.manager.NodeToIndex(index))
    for task, indices in by_task.items():
        routing.AddDisjunction(indices, int(weights[task] * big + best[task]))
    if built.spare:
        routing.SetArcCostEvaluatorOfVehicle(register(np.zeros((size, size), dtype=np.int64)), len(problem.shifts))


def _add_clock(built: Built, figures: list[Figures], register: _Register, still: list[int]) -> None:
    """Add the clock of the day, with windows, hours of shifts, and rests that never interrupt service."""
    problem, routing = built.problem, built.routing
    shifts = problem.shifts
    horizon = max([DAY_S, *(shift.closes + 1 for shift in shifts)])
    clocks = [register(table.travel_s + table.service_s[:, None]) for table in figures]
    routing.AddDimensionWithVehicleTransits(
        [*(clocks[s.profile] for s in shifts), *still], horizon, horizon, False, "time"
    )
    clock = routing.GetDimensionOrDie("time")
    for index, node in enumerate(built.nodes):
        where = built.manager.NodeToIndex(index)
        routing.VehicleVar(where).SetValues([-1, *node.vehicles])
        if node.window is not None:
            clock.CumulVar(where).SetRange(node.window[0], min(node.window[1], horizon))
            if node.window[2] is not None and node.window[3]:
                clock.SetCumulVarSoftUpperBound(where, node.window[2], node.window[3])
    for vehicle, shift in enumerate(shifts):
        clock.CumulVar(routing.Start(vehicle)).SetRange(shift.opens, shift.closes)
        clock.CumulVar(routing.End(vehicle)).SetRange(shift.opens, shift.closes)
        if shift.pause is not None:
            pause = shift.pause
            rest = routing.solver().FixedDurationIntervalVar(
                pause.earliest, pause.latest, pause.duration_s, False, f"rest {vehicle}"
            )
            service = figures[shift.profile].service_s
            visits = [int(service[built.manager.IndexToNode(k)]) for k in range(routing.Size())]
            clock.SetBreakIntervalsOfVehicle([rest], vehicle, visits)


def _add_limits(built: Built, figures: list[Figures], register: _Register, still: list[int]) -> None:
    """Add the limits on work, metres driven and walked, and the hours that shifts of a group share."""
    problem, routing = built.problem, built.routing
    shifts = problem.shifts
    work = [register(table.travel_s + table.service_s[:, None]) for table in figures]
    drive, walk, load = [], [], []
    taken = np.array([problem.tasks[node.task].load for node in built.nodes], dtype=np.int64)
    for table, profile in zip(figures, problem.profiles, strict=True):
        legs = table.metres
        drive.append(register(table.drive_m[:, None] + (0 * legs if profile.on_foot else legs)))
        walk.append(register(table.walk_m[:, None] + (legs if profile.on_foot else 0 * legs)))
        loads = np.zeros(len(legs), dtype=np.int64)
        loads[: len(taken)] = taken
        load.append(register(loads[:, None] + 0 * legs))
    limits = {
        "work": (work, [min(s.max_work_s, s.group_max_s if s.group else s.max_work_s) for s in shifts]),
        "drive": (drive, [s.max_distance_m for s in shifts]),
        "walk": (walk, [s.max_walk_m for s in shifts]),
        "load": (load, [s.max_load for s in shifts]),
    }
    for name, (transits, capacity) in limits.items():
        of_vehicle = [*(transits[shift.profile] for shift in shifts), *still]
        routing.AddDimensionWithVehicleTransitAndCapacity(of_vehicle, 0, [*capacity, *(0 for _ in still)], True, name)
    worked = routing.GetDimensionOrDie("work")
    groups: dict[str, list[int]] = {}
    for vehicle, shift in enumerate(shifts):
        if shift.group:
            groups.setdefault(shift.group, []).append(vehicle)
    solver = routing.solver()
    for members in groups.values():
        if len(members) > 1:
            total = solver.Sum([worked.CumulVar(routing.End(vehicle)) for vehicle in members])
            solver.Add(total <= shifts[members[0]].group_max_s)


def as_routes(built: Built, draft: Draft, rests: Rests | None = None) -> list[list[int]] | None:
    """Return a draft as OR-Tools routes of indices, or None if it does not fit the model's nodes."""
    timed_routes = timed(built.problem, draft, rests)
    if timed_routes is None:
        return None
    of_shift = {route.shift: route for route in timed_routes}
    places: dict[tuple[int, int], list[int]] = {}
    for index, node in enumerate(built.nodes):
        places.setdefault((node.task, node.way), []).append(index)
    routes = []
    for vehicle, shift in enumerate(built.problem.shifts):
        row: list[int] = []
        route = of_shift.get(vehicle)
        for stop in route.stops if route else ():
            if stop.kind != "task":
                continue
            way = options_of(built.problem.tasks[stop.task], shift.profile).index(stop.option)
            fitting = [k for k in places[stop.task, way] if _fits(built.nodes[k], vehicle, stop.start)]
            row.append(built.manager.NodeToIndex(fitting[0]))
        routes.append(row)
    if built.spare:
        first = built.manager.GetNumberOfNodes() - 1 - built.spare
        routes.append([built.manager.NodeToIndex(first + k) for k in range(built.spare)])
    return routes


def _fits(node: Node, vehicle: int, start: int) -> bool:
    return vehicle in node.vehicles and (node.window is None or node.window[0] <= start <= node.window[1])


def as_draft(built: Built, assignment: Any) -> Draft:
    """Return the sequences of an OR-Tools assignment."""
    routing, problem = built.routing, built.problem
    draft = []
    for vehicle, shift in enumerate(problem.shifts):
        sequence = []
        index = assignment.Value(routing.NextVar(routing.Start(vehicle)))
        while not routing.IsEnd(index):
            node = built.nodes[built.manager.IndexToNode(index)]
            sequence.append((node.task, options_of(problem.tasks[node.task], shift.profile)[node.way]))
            index = assignment.Value(routing.NextVar(index))
        if sequence:
            draft.append((vehicle, tuple(sequence)))
    return tuple(draft)


def descent(seconds: float) -> Any:
    """Return a descent to a local optimum, without the operator that tries every idle slot in every place."""
    parameters = pywrapcp.DefaultRoutingSearchParameters()
    parameters.local_search_metaheuristic = routing_enums_pb2.LocalSearchMetaheuristic.GREEDY_DESCENT
    parameters.local_search_operators.use_swap_active = optional_boolean_pb2.BOOL_FALSE
    parameters.time_limit.FromMilliseconds(max(1, math.ceil(min(seconds, LONGEST_S) * 1000)))
    return parameters

"""The smallest files of each set, small enough to count by hand, and what a draft of any set costs, both ways."""

import json

from patrol.routing.model import Dropped, Solution
from patrol.routing.rules import goal, late_price
from patrol.routing.schedule import timed
from patrol.routing.verify import violations

CARP = """\
 NOMBRE : square
 VERTICES : 4
 ARISTAS_REQ : 3
 ARISTAS_NOREQ : 2
 VEHICULOS : 6
 CAPACIDAD : 5
 LISTA_ARISTAS_REQ :
 ( 1, 2)  coste 10 demanda 3
 ( 2, 3)  coste 4 demanda 2
 ( 4, 3)  coste 6 demanda 1
 LISTA_ARISTAS_NOREQ :
 ( 1, 4)  coste 5
 ( 2, 3)  coste 3
 DEPOSITO :   1
"""

MCGRP = """\
Name:\t\tmixed
Optimal value:\t-1
#Vehicles:\t-1
Capacity:\t4
Depot Node:\t1
#Nodes:\t\t3
#Edges:\t\t2
#Arcs:\t\t2
#Required N:\t1
#Required E:\t1
#Required A:\t1

ReN.\tDEMAND\tS. COST
N3\t2\t9

ReE.\tFrom N.\tTo N.\tT. COST\tDEMAND\tS. COST
E1\t1\t2\t7\t1\t8

EDGE\tFROM N.\tTO N.\tT. COST
NrE1\t1\t3\t20

ReA.\tFROM N.\tTO N.\tT. COST\tDEMAND\tS. COST
A1\t2\t3\t5\t1\t6

ARC\tFROM N.\tTO N.\tT. COST
NrA1\t3\t1\t2
based on nothing but 3 nodes
"""

PRIZES = """\
NAME : five
TYPE : PCVRPTW
DIMENSION : 5
VEHICLES : 2
CAPACITY : 10
SERVICE_TIME : 2
EDGE_WEIGHT_TYPE : EUC_2D
NODE_COORD_SECTION
1 0 0
2 3 4
3 3 5
4 -1 -1
5 40 0
DEMAND_SECTION
1 0
2 6
3 5
4 1
5 1
TIME_WINDOW_SECTION
1 0 60
2 10 20
3 0 30
4 0 50
5 0 60
PRIZE_SECTION
1 0
2 30
3 9
4 0
5 7
DEPOT_SECTION
1
-1
EOF
"""

CARE = json.dumps(
    {
        "patients": [
            {
                "id": "p1",
                "location": [0, 0],
                "time_window": [10.0, 20.0],
                "required_caregivers": [{"service": "s1", "duration": 5.0}],
            },
            {
                "id": "p2",
                "location": [0, 0],
                "time_window": [0.0, 12.5],
                "required_caregivers": [{"service": "s1", "duration": 5.0}, {"service": "s2", "duration": 7.0}],
                "synchronization": {"type": "simultaneous"},
            },
            {
                "id": "p3",
                "location": [0, 0],
                "time_window": [0.0, 100.0],
                "required_caregivers": [{"service": "s2", "duration": 1.0}, {"service": "s1", "duration": 1.0}],
                "synchronization": {"type": "sequential", "distance": [51, 102]},
            },
        ],
        "services": [{"id": "s1", "default_duration": 5.0}, {"id": "s2", "default_duration": 7.0}],
        "caregivers": [{"id": "c1", "abilities": ["s1"]}, {"id": "c2", "abilities": ["s1", "s2"]}],
        "central_offices": [{"id": "d", "location": [0, 0]}],
        "distances": [
            [0.0, 8.125, 3.0, 4.0],
            [8.125, 0.0, 6.5, 7.001],
            [3.0, 6.5, 0.0, 5.0],
            [4.0, 7.001, 5.0, 0.0],
        ],
    }
)

FILES = {
    "carp": "square.dat",
    "mcgrp": "mixed.dat",
    "pcvrptw": "five.vrp",
    "hhcrsp": "care.json",
    "prizes": "square.dat",
}
TEXTS = {"carp": CARP, "mcgrp": MCGRP, "pcvrptw": PRIZES, "hhcrsp": CARE, "prizes": CARP}


def write(folder, kind):
    """Write the file of a set and return its path."""
    path = folder / FILES[kind]
    path.write_text(TEXTS[kind], "utf-8")
    return path


def solution_of(instance, draft):
    """Return a solution with these sequences, of weight and value by the goal; None if they cannot be timed."""
    problem = instance.problem
    routes = timed(problem, draft)
    if routes is None:
        return None
    _, weight, value = goal(problem, draft, late_price(problem, routes))
    served = {task for _, stops in draft for task, _ in stops}
    dropped = tuple(Dropped(number, "displaced") for number in range(len(problem.tasks)) if number not in served)
    return Solution("hand", 1, 0, "exhausted", routes, dropped, weight, value)


def both_ways(instance, draft):
    """Return the objective by the goal of a draft, the one recounted, and the routes as told; None if it cannot be."""
    solution = solution_of(instance, draft)
    if solution is None:
        return None
    broken = violations(instance.problem, solution)
    assert not broken, broken[:3]
    ridden = [
        (route.shift, tuple((stop.task, stop.option, stop.start) for stop in route.stops if stop.kind == "task"))
        for route in solution.routes
    ]
    told = instance.tell(ridden)
    return instance.objective(instance.offset - solution.value), instance.recount(told), told


def filled(instance):
    """Return a draft that puts each task into the first shift with room, in the order of the file."""
    problem, routes = instance.problem, {}
    load = [0] * len(problem.shifts)
    for number, task in enumerate(problem.tasks):
        shift = next(k for k, crew in enumerate(problem.shifts) if load[k] + task.load <= crew.max_load)
        load[shift] += task.load
        routes.setdefault(shift, []).append((number, len(task.options) - 1))
    return tuple((shift, tuple(stops)) for shift, stops in sorted(routes.items()))

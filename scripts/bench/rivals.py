"""PyVRP on the same instances: needs the extra ``bench``."""

from __future__ import annotations

import time

import numpy as np

from instances.model import Instance, Ridden, Rival
from patrol.errors import Finding, PatrolError
from patrol.routing.model import NO_LIMIT

FREE = np.iinfo(np.int64).max  # no limit, in PyVRP


class Spent:
    """Stops a search when the process has spent its seconds, those since this was made counted."""

    def __init__(self, cpu_seconds: float) -> None:
        self.until = time.process_time() + cpu_seconds

    def __call__(self, _: int) -> bool:
        """Return whether the time is over."""
        return time.process_time() > self.until


def run_pyvrp(instance: Instance, *, seed: int, cpu_seconds: float) -> tuple[list[Ridden], int | None]:
    """Return the routes that PyVRP found and their cost, None if it found none that keep all rules.

    Making its data counts as part of the time. The ways of one task are clients of a group that exclude each other.

    Raises
    ------
    PatrolError
        If PyVRP is not installed, or has no words for the rules of the instance.
    """
    stop = Spent(cpu_seconds)
    try:
        import pyvrp
    except ImportError as error:
        mend = 'pip install -c constraints.txt -e ".[bench]"'
        raise PatrolError(Finding("error", "bench.pyvrp", "pyvrp", "is not installed", mend)) from error
    if instance.rival is None:
        what = "PyVRP has no words for double visits and lateness"
        raise PatrolError(Finding("error", "bench.pyvrp", instance.set, what, "take another engine"))
    result = pyvrp.solve(data_of(instance.rival), stop=stop, seed=seed, collect_stats=False, display=False)
    routes = []
    for number, route in enumerate(result.best.routes()):
        places = [step.idx for step in route if step.is_client()]
        visits = [instance.rival.visits[place] for place in places]
        routes.append((number, tuple((visit.task, visit.option, 0) for visit in visits)))
    # PyVRP counts as left the prizes of all clients that are not visited, those of a group that is served too.
    prizes = {visit.task: visit.prize for visit in instance.rival.visits}
    twice = sum(visit.prize for visit in instance.rival.visits) - sum(prizes.values())
    return routes, int(result.cost()) - twice if result.is_feasible() else None


def data_of(rival: Rival):  # its type is of a package that may be missing
    """Return the instance as PyVRP's data."""
    from pyvrp import Client, ClientGroup, Depot, Location, ProblemData, VehicleType

    tasks = [visit.task for visit in rival.visits]
    members = {task: [place for place, other in enumerate(tasks) if other == task] for task in dict.fromkeys(tasks)}
    groups = [some for some in members.values() if len(some) > 1]
    group_of = {place: number for number, some in enumerate(groups) for place in some}
    clients = [
        Client(
            location=place + 1,
            delivery=[visit.demand],
            service_duration=visit.service,
            tw_early=visit.opens,
            tw_late=_free(visit.closes),
            prize=visit.prize,
            required=visit.required and place not in group_of,
            group=group_of.get(place),
        )
        for place, visit in enumerate(rival.visits)
    ]
    vehicle = VehicleType(
        rival.vehicles,
        [_free(rival.capacity)],
        tw_early=rival.opens,
        tw_late=_free(rival.closes),
        max_distance=_free(rival.max_distance),
    )
    return ProblemData(
        locations=[Location(x, y) for x, y in rival.places or [(0.0, 0.0)] * (len(clients) + 1)],
        clients=clients,
        depots=[Depot(location=0)],
        vehicle_types=[vehicle],
        distance_matrices=[rival.distance],
        duration_matrices=[rival.duration],
        groups=[ClientGroup(some, required=rival.visits[some[0]].required) for some in groups],
    )


def _free(limit: int) -> int:
    return FREE if limit >= NO_LIMIT else limit

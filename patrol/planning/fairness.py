"""Load by crew: hours beyond an even share cost something, if the settings say so, and the plan shows how much."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from patrol.config.defence import DefenceSettings
from patrol.planning.hours import needed_s, offered_s
from patrol.routing.model import Balance, Problem, Solution


def balances(problem: Problem, settings: DefenceSettings) -> tuple[Balance, ...]:
    """Return a balance a crew: what it works beyond its even share costs ``fair_ecm_hour`` an hour.

    The even share of a crew is the same part of the hours that it offers as that of any other crew: the hours needed
    over the hours offered. Where more is needed than there is, every crew may work all its hours, and nothing is paid.
    """
    price = round(settings.fair_ecm_hour * 1000 / 3600)
    if price <= 0:
        return ()
    offered = offered_s(problem)
    share = min(1.0, sum(needed_s(problem)) / max(1, sum(offered)))
    crews: dict[str, list[int]] = defaultdict(list)
    for number, shift in enumerate(problem.shifts):
        crews[shift.crew_id].append(number)
    return tuple(
        Balance(tuple(members), round(share * sum(offered[k] for k in members)), price)
        for _, members in sorted(crews.items())
    )


def load_of(problem: Problem, solution: Solution) -> dict[str, Any]:
    """Return hours offered and worked by crew, those beyond the even share, and what these cost the plan (ECM)."""
    work: dict[str, float] = defaultdict(float)
    offered: dict[str, float] = defaultdict(float)
    for shift, seconds in zip(problem.shifts, offered_s(problem), strict=True):
        offered[shift.crew_id] += seconds
    for route in solution.routes:
        travel = route.home_travel_s + sum(stop.travel_s for stop in route.stops)
        service = sum(stop.leave - stop.start for stop in route.stops if stop.kind == "task")
        work[problem.shifts[route.shift].crew_id] += travel + service
    free = {problem.shifts[one.shifts[0]].crew_id: one for one in problem.balances}
    beyond = {crew: max(0.0, work[crew] - one.free_s) for crew, one in free.items()}
    cost = sum(free[crew].price_s * seconds for crew, seconds in beyond.items())
    return {
        "crews": {
            crew: {"offered_h": _hours(offered[crew]), "worked_h": _hours(work[crew])}
            | ({"beyond_h": _hours(beyond[crew])} if crew in beyond else {})
            for crew in sorted(offered)
        },
        "fairness_cost_ecm": round(cost / 1000, 3),
    }


def _hours(seconds: float) -> float:
    return round(seconds / 3600, 2)

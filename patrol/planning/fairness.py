"""Load by crew: hours beyond an even share cost something, if the settings say so, and the plan shows how much."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from patrol.config.defence import DefenceSettings
from patrol.planning.hours import needed_s, offered_s
from patrol.routing.model import Balance, Problem


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


def worked_s(shifts: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """Return the seconds that each crew travels and serves, from the shifts of a plan document."""
    work: dict[str, int] = defaultdict(int)
    for shift in shifts:
        work[shift["crew_id"]] += int(shift["travel_s"]) + int(shift["service_s"])
    return dict(work)


def load_of(problem: Problem, worked: Mapping[str, int]) -> dict[str, Any]:
    """Return hours offered and worked by crew, those beyond the even share, and what these cost the plan (ECM).

    ``worked`` are seconds by crew, see :func:`worked_s`.
    """
    offered: dict[str, float] = defaultdict(float)
    for shift, seconds in zip(problem.shifts, offered_s(problem), strict=True):
        offered[shift.crew_id] += seconds
    free = {problem.shifts[one.shifts[0]].crew_id: one for one in problem.balances}
    beyond = {crew: max(0, worked.get(crew, 0) - one.free_s) for crew, one in free.items()}
    cost = sum(free[crew].price_s * seconds for crew, seconds in beyond.items())
    return {
        "crews": {
            crew: {"offered_h": _hours(offered[crew]), "worked_h": _hours(worked.get(crew, 0))}
            | ({"beyond_h": _hours(beyond[crew])} if crew in beyond else {})
            for crew in sorted(offered)
        },
        "fairness_cost_ecm": round(cost / 1000, 3),
    }


def _hours(seconds: float) -> float:
    return round(seconds / 3600, 2)

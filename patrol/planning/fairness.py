"""Load by crew: hours beyond an even share cost something, if the settings say so, and the plan shows how much.

The even share of a crew is the same part of the hours that it offers as that of any other crew. Who worked beyond its
even share in the weeks before has fewer hours free now, who worked less has more (:mod:`patrol.planning.recent`), never
below zero or above what it offers. Free hours are handed on, not taken away: where all hours are needed, or nobody is
behind who has hours left, nothing moves, for to price what no other crew may do would only leave work undone.
"""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from patrol.config.defence import DefenceSettings
from patrol.planning.hours import needed_s, offered_s
from patrol.planning.recent import Recent
from patrol.routing.model import Balance, Problem, Solution
from patrol.routing.rules import Draft, balance_price, served

NOTHING = Recent()


@dataclass(frozen=True, slots=True)
class GivenUp:
    """What a plan gives up for an even load: what the same search reaches, from this plan on, without its price.

    Attributes
    ----------
    weight : int
        Of what must be done; below zero if the search without the price ends in less.
    ecm : float
        Of value, the price itself apart; it says something of its own only where ``weight`` is 0.
    """

    weight: int
    ecm: float


def given_up(problem: Problem, solution: Solution, search: Callable[[Problem, Draft], Solution]) -> GivenUp | None:
    """Return what a plan gives up for an even load, None where none is asked for.

    Parameters
    ----------
    search : callable
        Solves a problem, beginning with routes.
    """
    if not problem.balances:
        return None
    own = tuple((route.shift, served(route)) for route in solution.routes)
    free = search(dataclasses.replace(problem, balances=()), own)
    value = free.value - solution.value - balance_price(problem, own)
    return GivenUp(free.mandatory_served - solution.mandatory_served, value / 1000)


def read_given_up(row: object) -> GivenUp | None:
    """Return what the figures of a plan say that it gave up, None if they do not."""
    match row:
        case {"weight": int(weight), "ecm": float(ecm) | int(ecm)}:
            return GivenUp(weight, float(ecm))
    return None


def even_part(needed: Sequence[int], offered: Sequence[int]) -> float:
    """Return the part of its hours that each crew works if all share evenly what is needed, at most all of them."""
    return min(1.0, sum(needed) / max(1, sum(offered)))


def balances(problem: Problem, settings: DefenceSettings, recent: Recent = NOTHING) -> tuple[Balance, ...]:
    """Return a balance a crew: what it works beyond its free hours costs ``fair_ecm_hour`` an hour.

    Free are the hours of its even share, and of those that crews hand on to one another that were ahead or behind in
    the weeks before (:func:`free_s`). Where more is needed than there is every crew may work all its hours, and nothing
    is paid.
    """
    price = round(settings.fair_ecm_hour * 1000 / 3600)
    if price <= 0:
        return ()
    offered = offered_s(problem)
    part = even_part(needed_s(problem), offered)
    crews: dict[str, list[int]] = defaultdict(list)
    for number, shift in enumerate(problem.shifts):
        crews[shift.crew_id].append(number)
    own = {crew: sum(offered[k] for k in members) for crew, members in crews.items()}
    free = free_s(own, part, recent.ahead_s(own))
    return tuple(Balance(tuple(members), round(free[crew]), price) for crew, members in sorted(crews.items()))


def free_s(offered: Mapping[str, int], part: float, ahead: Mapping[str, float]) -> dict[str, float]:
    """Return the seconds that each crew works at no price.

    That is its even share; of which those ahead hand on up to what they are ahead, as far as those behind have hours
    left, and all of either in proportion. The sum is that of the even shares.

    Parameters
    ----------
    offered : mapping of str to int
        Seconds by crew.
    part : float
        Of :func:`even_part`.
    ahead : mapping of str to float
        Seconds worked beyond the even share in the weeks before, negative for less; see :meth:`Recent.ahead_s`.
    """
    even = {crew: part * seconds for crew, seconds in offered.items()}
    less = {crew: min(even[crew], max(0.0, ahead.get(crew, 0.0))) for crew in offered}
    more = {crew: min(offered[crew] - even[crew], max(0.0, -ahead.get(crew, 0.0))) for crew in offered}
    given, taken = sum(less.values()), sum(more.values())
    if min(given, taken) <= 0:
        return even
    down, up = min(1.0, taken / given), min(1.0, given / taken)
    return {crew: even[crew] - down * less[crew] + up * more[crew] for crew in offered}


def worked_s(shifts: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """Return the seconds that each crew travels and serves, from the shifts of a plan document."""
    work: dict[str, int] = defaultdict(int)
    for shift in shifts:
        work[shift["crew_id"]] += int(shift["travel_s"]) + int(shift["service_s"])
    return dict(work)


def load_of(
    problem: Problem, worked: Mapping[str, int], part: float, recent: Recent = NOTHING, gave: GivenUp | None = None
) -> dict[str, Any]:
    """Return the load of crews: hours now and in the weeks before against an even share, and what fairness cost.

    Parameters
    ----------
    worked : mapping of str to int
        Seconds by crew, see :func:`worked_s`.
    part : float
        Of :func:`even_part`.
    gave : GivenUp, optional
        Of :func:`given_up`.

    Returns
    -------
    dict
        ``crews`` by id: ``offered_h, worked_h, even_h`` (its even share); where earlier plans know it ``recent_h`` and
        ``recent_even_h``; where hours are priced ``free_h`` and ``beyond_h``. ``offered_s``: seconds offered by crew
        and day, which later plans read. ``recent``: of which days, if of any. ``fairness_cost_ecm``: price of all hours
        beyond the free ones. ``given_up``: weight and ECM that the plan gave up for an even load, if known.
    """
    by_day: dict[str, list[int]] = defaultdict(lambda: [0] * problem.days)
    for shift, seconds in zip(problem.shifts, offered_s(problem), strict=True):
        by_day[shift.crew_id][shift.day] += seconds
    free = {problem.shifts[one.shifts[0]].crew_id: one for one in problem.balances}
    beyond = {crew: max(0, worked.get(crew, 0) - one.free_s) for crew, one in free.items()}
    cost = sum(free[crew].price_s * seconds for crew, seconds in beyond.items())
    even = recent.even_s(by_day)
    return {
        "crews": {
            crew: {
                "offered_h": _hours(sum(by_day[crew])),
                "worked_h": _hours(worked.get(crew, 0)),
                "even_h": _hours(part * sum(by_day[crew])),
                **({"recent_h": _hours(recent.worked.get(crew, 0)), "recent_even_h": _hours(even[crew])}
                   if crew in even else {}),
                **({"free_h": _hours(free[crew].free_s), "beyond_h": _hours(beyond[crew])} if crew in free else {}),
            }
            for crew in sorted(by_day)
        },
        "offered_s": dict(sorted(by_day.items())),
        **({"recent": {key: recent.row()[key] for key in ("from", "to", "days")}} if recent.days else {}),
        "fairness_cost_ecm": round(cost / 1000, 3),
        **({"given_up": {"weight": gave.weight, "ecm": round(gave.ecm, 3)}} if gave else {}),
    }  # fmt: skip


def _hours(seconds: float) -> float:
    return round(seconds / 3600, 2)

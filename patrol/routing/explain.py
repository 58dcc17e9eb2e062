"""Why a task was left out, as a code; :mod:`patrol.words` makes the sentences.

Codes, in the order in which they are tried: ``no_option`` (no way to serve it), ``no_party``, ``no_skill``,
``no_zone``, ``not_allowed`` (hand-made marks and safety leave no shift), ``no_window`` (closed on every
working day), ``unreachable`` (no way there and back for any shift that may), ``too_long`` (does not fit into
any of these shifts even alone), ``costs_more`` (worth less than its cheapest trip alone), ``outranked``
(other tasks took the hours). All but the last are proved by trying.
"""

from __future__ import annotations

from patrol.routing.model import Problem
from patrol.routing.rules import options_of, party_fits, route_value, shift_listed, skills_fit, windows_on, zone_fits
from patrol.routing.schedule import schedule
from patrol.units import UNREACHABLE

CODES = (
    "no_option", "no_party", "no_skill", "no_zone", "not_allowed", "no_window", "unreachable", "too_long",
    "costs_more", "outranked",
)  # fmt: skip


def reason(problem: Problem, number: int) -> str:
    """Return why a task that no route serves was left out."""
    task = problem.tasks[number]
    able = [k for k, shift in enumerate(problem.shifts) if options_of(task, shift.profile)]
    if not able:
        return "no_option"
    for code, fits in (("no_party", party_fits), ("no_skill", skills_fit), ("no_zone", zone_fits)):
        able = [k for k in able if fits(task, problem.shifts[k])]
        if not able:
            return code
    able = [k for k in able if shift_listed(task, k)]
    if not able:
        return "not_allowed"
    able = [k for k in able if windows_on(task, problem.shifts[k])]
    if not able:
        return "no_window"
    return _by_trip(problem, number, able)


def _by_trip(problem: Problem, number: int, able: list[int]) -> str:
    """Return the reason from trying the task alone in every shift that may serve it."""
    reached = fitted = paid = False
    task = problem.tasks[number]
    for index in able:
        shift = problem.shifts[index]
        profile = problem.profiles[shift.profile]
        for way in options_of(task, shift.profile):
            option = task.options[way]
            legs = ((shift.start, option.entry), (option.exit, shift.end))
            if any(max(profile.travel_s[leg], profile.distance_m[leg]) >= UNREACHABLE for leg in legs):
                continue
            reached = True
            alone = ((number, way),)
            if schedule(problem, index, alone) is None:
                continue
            fitted = True
            paid = paid or task.mandatory > 0 or task.pinned or route_value(problem, index, alone) > 0
    if not reached:
        return "unreachable"
    return "too_long" if not fitted else "outranked" if paid else "costs_more"

"""Visits by the person who cares for a service point: the crews that had better come, and when others do.

A price, not a rule: a visit by another crew costs ``settings.defence.other_person_ecm``, so that who knows a shop or a
household goes there unless the way, the hours or other work are worth more. Zones, parties and skills bind as ever.
The plan names crews, never people: those stay in the project's files.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import geopandas as gpd
import pandas as pd

from patrol.config.defence import DefenceSettings
from patrol.errors import Finding
from patrol.layers.caring import caring, crews_by_name, strangers
from patrol.layers.files import Layers
from patrol.routing.model import Problem, Task
from patrol.routing.rules import may_serve, options_of


def with_persons(tasks: gpd.GeoDataFrame, layers: Layers) -> tuple[gpd.GeoDataFrame, list[Finding]]:
    """Return the tasks with ``preferred``: sorted ids of the crews whose people care for what is visited.

    Of a visit by several parties each asks for crews of its own party alone.

    Returns
    -------
    GeoDataFrame
    list of Finding
        How many visits of the plan name a person whom no crew has.
    """
    points, crews = layers.service_points, layers.crews
    known, party = crews_by_name(crews), dict(zip(crews["crew_id"], crews["party"], strict=True))
    out: list[tuple[str, ...]] = []
    unknown = strangers(points, crews)
    lost = 0
    for kind, ref, parties in zip(tasks["kind"], tasks["ref"], tasks["parties"], strict=True):
        mine = caring(points.loc[ref, "person"], known) if kind == "service" else ()
        out.append(tuple(crew for crew in mine if party[crew] in parties))
        lost += bool(kind == "service" and unknown.loc[ref])
    named = tasks.assign(preferred=pd.Series(out, index=tasks.index, dtype=object))
    if not lost:
        return named, []
    what = f"{lost} visits name a person whom no crew has: whoever is nearest comes"
    mend = "write the name under members of a crew; patrol check names the rows"
    return named, [Finding("note", "visits.person_unknown", "service_points", what, mend, count=lost)]


def preferring(problem: Problem, tasks: pd.DataFrame, settings: DefenceSettings) -> Problem:
    """Return a problem in which visits by others than the preferred crews cost their price.

    Where no shift of these crews may serve a task in the whole plan nothing is paid: there is nobody to wait for.
    """
    if "preferred" not in tasks:
        return problem
    price = round(settings.other_person_ecm * 1000)
    priced = tuple(
        _priced(problem, number, set(crews), price) if crews else problem.tasks[number]
        for number, crews in enumerate(tasks["preferred"])
    )
    return replace(problem, tasks=priced)


def _priced(problem: Problem, task: int, crews: set[str], price: int) -> Task:
    one = problem.tasks[task]
    own = tuple(
        number
        for number, shift in enumerate(problem.shifts)
        if shift.crew_id in crews and may_serve(problem, task, number) and options_of(one, shift.profile)
    )
    return replace(one, preferred=own, other_price=price) if own else one


def instead_of(task: Task, crews: tuple[str, ...], crew_id: str) -> dict[str, Any]:
    """Return the entry of a stop at which another crew comes than the preferred ones, nothing where one of them does.

    ``why`` is ``price`` if one of theirs might have come, at a price; ``cannot`` if none of their shifts may.
    """
    if not crews or crew_id in crews:
        return {}
    return {"instead_of": {"crews": list(crews), "why": "price" if task.preferred else "cannot"}}

"""A project's own ground for simulations: sections, what faults cost, and one week of its crews as a routing problem.

Every section, and the middle of every section (where somebody may report something), is a task of one problem. It is
built once; from week to week only what the tasks are worth changes.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from patrol.config import Settings
from patrol.errors import Finding, PlanError
from patrol.hazards.taxonomy import project_types
from patrol.layers.files import Layers
from patrol.layers.schema import PARTIES
from patrol.network.roads import build_roads
from patrol.network.water import make_water
from patrol.planning.build import build_problem
from patrol.planning.crews import make_shifts
from patrol.planning.known import load_known
from patrol.planning.picture import picture
from patrol.project import Project
from patrol.risk.latent import arrival_rates, loss_rates
from patrol.risk.past import fix_days
from patrol.risk.value import METHODS, fault_cost
from patrol.routing.model import Problem

WEEK = 7
NO_RECORDS = date(2024, 1, 1)  # a Monday: the week of a project without records of patrols

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True, eq=False)
class County:
    """What every simulated world has in common.

    Attributes
    ----------
    settings : Settings
        Of the project.
    types : DataFrame
        Hazard types by code.
    problem : Problem
        One week without prizes of time and distance: the hours are there to be used. Task k < n patrols section k,
        task n + k looks at a report in the middle of section k. Prizes are the number of the method of looking.
    length_m, cycle_days, tau_days : ndarray, shape (n,)
        Length, legal cycle, days since the last patrol at the beginning.
    rate, cost : ndarray, shape (n, types)
        New hazards a day, and ECM of one fault, by the model.
    phi, kappa : ndarray, shape (types,)
        Fault rate of an open hazard a day, and that plus the rate at which it goes by itself.
    fix_days : ndarray, shape (types,)
        From a find to its repair.
    seen : ndarray, shape (methods, types)
        Share of what is there that one look finds.
    beside : ndarray of int, shape (pairs, 2)
        Sections that share a pole, both ways, sorted.
    """

    settings: Settings
    types: pd.DataFrame
    problem: Problem
    length_m: Floats
    cycle_days: Floats
    tau_days: Floats
    rate: Floats
    cost: Floats
    phi: Floats
    kappa: Floats
    fix_days: Floats
    seen: Floats
    beside: Ints
    synthetic: bool


def normal_week(patrols: pd.DataFrame) -> date:
    """Return the Monday after the last patrol that is on record."""
    last = patrols["date"].max() if len(patrols) else pd.NaT
    if pd.isna(last):
        return NO_RECORDS
    day: date = last.date()
    return day + timedelta(days=WEEK - day.weekday())


def county_of(project: Project, *, progress: Progress | None = None) -> County:
    """Trace the network of a project, and build the problem of one of its normal weeks.

    A normal week has the crews' usual days and hours, without roster and without weather.

    Raises
    ------
    PatrolError
        Every fault of the inputs; or nobody works in a normal week.
    """
    tell = progress or (lambda *_: None)
    tell("network", 0, 1)
    types, layers = project_types(project), load_known(project)
    first = normal_week(layers.patrols)
    sections = picture(layers, types, project.settings, on=first).sections
    tell("travel", 0, 1)
    problem = _one_week(layers, sections, first)
    phi, kappa = loss_rates(types)
    return County(
        settings=project.settings,
        types=types,
        problem=problem,
        length_m=sections["length_m"].to_numpy(float),
        cycle_days=sections["cycle_days"].to_numpy(float),
        tau_days=_since_patrol(sections, first),
        rate=arrival_rates(sections, types),
        cost=fault_cost(sections["ecm_per_fault"].to_numpy(float), types, project.settings.consequence),
        phi=phi,
        kappa=kappa,
        fix_days=fix_days(types, project.settings.planning.fix_lead_days),
        seen=np.ascontiguousarray(types[[f"d_{method}" for method in METHODS]].to_numpy(float).T),
        beside=_beside(sections),
        synthetic=project.synthetic,
    )


def _since_patrol(sections: pd.DataFrame, on: date) -> Floats:
    """Return days since the last patrol; of sections without records so many that they fall due as the plan has it."""
    left = (sections["due"] - pd.Timestamp(on)).dt.days.to_numpy(float)
    assumed = np.maximum(sections["cycle_days"].to_numpy(float) - left, 0.0)
    return np.where(sections["assumed"].to_numpy(bool), assumed, sections["tau_days"].to_numpy(float))


def _one_week(layers: Layers, sections: gpd.GeoDataFrame, first: date) -> Problem:
    settings = layers.project.settings
    shifts, _ = make_shifts(
        layers.crews, layers.roster.iloc[:0], (), first=first, days=WEEK, settings=settings.planning,
        timezone=layers.project.timezone,
    )  # fmt: skip
    if shifts.empty:
        what = f"no crew works in the week from {first}"
        raise PlanError(Finding("error", "simulate.crews", "crews", what, "give the crews days and hours"))
    roads = None
    if not layers.roads.empty:
        roads = build_roads(layers.roads, settings.travel)
        roads = dataclasses.replace(roads, water=make_water(layers.water, layers.roads))
    tasks = _week_tasks(sections, settings)
    problem = build_problem(layers, sections, tasks, shifts, roads, first=first, days=WEEK).problem
    free = tuple(dataclasses.replace(shift, price_s=0, price_m=0, price_open=0) for shift in problem.shifts)
    return dataclasses.replace(problem, shifts=free)


def _week_tasks(sections: gpd.GeoDataFrame, settings: Settings) -> gpd.GeoDataFrame:
    """Return a task a section, then a task a section's middle; a prize says by which method one looks."""
    count = len(sections)
    middle = shapely.line_interpolate_point(sections.geometry.to_numpy(), 0.5, normalized=True)
    one: dict[str, Any] = {
        "ref": sections.index.to_numpy(), "zone_id": sections["zone_id"].to_numpy(object), "mandatory": 0,
        "parties": [PARTIES] * count, "skills": [()] * count, "opens": np.nan, "closes": np.nan,
        "first_day": 0, "last_day": WEEK - 1, "aid": "open", "aid_from": -1, "occurrence": None, "joint": "",
        **{f"prize_{method}": [(number,) * WEEK] * count for number, method in enumerate(METHODS)},
    }  # fmt: skip
    ids = sections["section_id"].astype(str).to_numpy(object)
    patrol = pd.DataFrame({"task_id": "S:" + ids, "kind": "section", "minutes": 0.0, **one})
    look = pd.DataFrame({"task_id": "L:" + ids, "kind": "hazard", "minutes": settings.patrol.visit_s / 60, **one})
    both = pd.concat([patrol, look], ignore_index=True)
    both["occurrence"] = pd.Series([None] * len(both), dtype=object)  # pandas has NaN for None
    return gpd.GeoDataFrame(both, geometry=np.concatenate([middle, middle]), crs=sections.crs)


def _beside(sections: pd.DataFrame) -> Ints:
    ends = pd.DataFrame({
        "section": np.tile(np.arange(len(sections)), 2),
        "node": np.concatenate([sections["from_node"].to_numpy(), sections["to_node"].to_numpy()]),
    })  # fmt: skip
    pairs = ends.merge(ends, on="node")[["section_x", "section_y"]].to_numpy(np.int64)
    return np.unique(pairs[pairs[:, 0] != pairs[:, 1]], axis=0)

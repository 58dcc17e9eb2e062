"""The project's own chain from files to a first plan, step by step, with the functions that ``patrol plan`` calls.

Run as ``python chain.py FOLDER SIZE``; prints one JSON object. Tasks are the most valuable sections and hazards
of each working area, taken as due; one area after another is planned by the greedy engine.
"""

from __future__ import annotations

import dataclasses
import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd

from generator import ON, SIZES, area_of
from measure import Steps, peak_rss_mb
from patrol.hazards.taxonomy import load_types
from patrol.layers.files import Layers, load_layers
from patrol.network.consequence import consequence
from patrol.network.roads import build_roads
from patrol.network.sections import cut_sections
from patrol.network.topology import Network, build_network
from patrol.planning.build import build_problem
from patrol.planning.crews import make_shifts
from patrol.planning.due import cycle_days, due_dates, last_patrols
from patrol.planning.picture import Picture, asset_owners, critical_why, open_hazards
from patrol.planning.tasks import make_tasks
from patrol.planning.zones import zone_of_sections
from patrol.project import read_project
from patrol.risk.value import patrol_value, visit_value
from patrol.routing.solve import solve


def score(layers: Layers, network: Network, sections: pd.DataFrame, types: pd.DataFrame) -> Picture:
    """Return what :func:`patrol.planning.picture.picture` returns, from a network that is there already."""
    settings = layers.project.settings
    last, _ = last_patrols(network, sections, layers.patrols, on=ON)
    why = critical_why(sections, settings)
    cycle = cycle_days(sections, why != "", settings.cycles)
    zones = zone_of_sections(sections, layers.zones)
    sections = sections.assign(zone_id=zones, critical=why != "", critical_why=why, cycle_days=cycle)
    sections = sections.join(due_dates(last, cycle, sections["ecm_per_fault"], on=ON))
    value = patrol_value(
        sections, sections["ecm_per_fault"], sections["tau_days"], types,
        consequence=settings.consequence, planning=settings.planning,
    )  # fmt: skip
    sections = sections.join(value.add_prefix("value_"))
    hazards = open_hazards(layers, sections, types, on=ON)
    value = visit_value(
        hazards, hazards["ecm_per_fault"], 5, types, consequence=settings.consequence, planning=settings.planning
    )
    owners = asset_owners(hazards, sections, layers.equipment, settings)
    return Picture(network, sections, hazards.assign(value=value, asset_owner=owners), ())


def best_tasks(layers: Layers, seen: Picture, types: pd.DataFrame, size: str) -> tuple[pd.DataFrame, np.ndarray]:
    """Return the tasks of all areas, and the area of each."""
    half = SIZES[size].tasks // 2
    middle = seen.sections.geometry.centroid
    area = area_of(middle.x.to_numpy(), middle.y.to_numpy(), size)
    best = seen.sections.assign(area=area).sort_values("value_foot", ascending=False, kind="stable")
    chosen = seen.sections.index.isin(best.groupby("area").head(half).index)
    due = np.where(chosen, np.datetime64(ON, "ns"), np.datetime64("2200-01-01", "ns"))
    sections = seen.sections.assign(due=due, assumed=False)
    points = seen.hazards.geometry
    hazards = seen.hazards.assign(area=area_of(points.x.to_numpy(), points.y.to_numpy(), size))
    hazards = hazards.sort_values("value", ascending=False, kind="stable").groupby("area").head(half)
    some = dataclasses.replace(seen, sections=sections, hazards=hazards)
    tasks = make_tasks(layers, some, types, layers.project.settings, first=ON, days=1)
    return tasks, area_of(tasks.geometry.x.to_numpy(), tasks.geometry.y.to_numpy(), size)


def run(folder: Path, size: str) -> dict[str, object]:
    """Run the chain once and return its figures."""
    steps, peaks = Steps(), {}
    with steps.time("load"):
        layers = load_layers(read_project(folder))
    settings = layers.project.settings
    peaks["load"] = peak_rss_mb()
    with steps.time("topology"):
        network = build_network(layers.lines, layers.poles, layers.equipment, settings=settings.network)
        sections = cut_sections(network, settings.network)
        sections = sections.join(consequence(network, sections, settings.consequence), rsuffix="_effect")
    peaks["topology"] = peak_rss_mb()
    with steps.time("score"):
        types = load_types()
        seen = score(layers, network, sections, types)
        tasks, area = best_tasks(layers, seen, types, size)
    peaks["score"] = peak_rss_mb()
    with steps.time("matrix"):
        roads = build_roads(layers.roads, settings.travel)
        shifts, _ = make_shifts(
            layers.crews, layers.roster, layers.weather, first=ON, days=1, settings=settings.planning
        )
    home = area_of(shifts["start_x"].to_numpy(float), shifts["start_y"].to_numpy(float), size)
    planned = places = 0
    for number in np.unique(area):
        with steps.time("matrix"):
            mine = tasks[area == number].reset_index(drop=True)
            crews = shifts[home == number].reset_index(drop=True)
            problem = build_problem(layers, seen.sections, mine, crews, roads, first=ON, days=1).problem
        places += sum(len(profile.travel_s) for profile in problem.profiles)
        with steps.time("plan"):
            answer = solve(problem, engine="greedy", seed=1, iterations=1, seconds=600.0)
        planned += sum(stop.task >= 0 for route in answer.routes for stop in route.stops)
    peaks["plan"] = peak_rss_mb()
    facts = {
        "customers": int(network_customers(network)),
        "sections": len(sections),
        "open_hazards_in_zones": int((seen.hazards["zone_id"] != "").sum()),
        "tasks": len(tasks),
        "planned": planned,
        "matrix_places": places,
    }
    return steps.report() | {"facts": facts, "peak_rss_mb_after": peaks}


def network_customers(network: Network) -> float:
    """Return the customers of all transformers that a source reaches."""
    equipment = network.equipment
    reached = set(network.spans.loc[network.spans["closed"], ["u", "v"]].to_numpy().ravel().tolist())
    here = equipment["node"].isin(reached) & (equipment["kind"] == "transformer")
    return float(equipment.loc[here, "customers"].sum())


def main() -> None:
    """Run a tiny district first, so that imports and compilation stand apart; then the real one."""
    folder, size = Path(sys.argv[1]), sys.argv[2]
    began = Steps.now()
    run(folder.parent / "XS", "XS")
    warm = round(Steps.now() - began, 3)
    print(json.dumps({"warm_up_seconds": warm} | run(folder, size)))


if __name__ == "__main__":
    main()

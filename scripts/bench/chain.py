"""The project's own chain from files to a first plan, step by step, with the functions that ``patrol plan`` calls.

Run as ``python chain.py FOLDER SIZE``; prints one JSON object. Tasks are the most valuable sections and hazards
of each working area, taken as due; one area after another is planned by the greedy engine.
"""

from __future__ import annotations

import dataclasses
import json
import sys
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from generator import ON, SIZES, area_of
from measure import Steps, peak_rss_mb
from patrol.cli.calm import calm
from patrol.hazards.taxonomy import load_types
from patrol.layers.files import Layers, load_layers
from patrol.network.roads import build_roads, without_shapes
from patrol.network.topology import Network
from patrol.planning.build import build_problem
from patrol.planning.crews import make_shifts
from patrol.planning.joint import split_joint
from patrol.planning.picture import Picture, picture_of, traced
from patrol.planning.tasks import make_tasks
from patrol.project import read_project
from patrol.risk.score import visit_values
from patrol.routing.solve import solve


def best_tasks(layers: Layers, seen: Picture, size: str) -> tuple[pd.DataFrame, np.ndarray]:
    """Return the tasks of all areas, and the area of each."""
    half = SIZES[size].tasks // 2
    left, low, right, high = shapely.bounds(seen.sections.geometry.to_numpy()).T
    area = area_of((left + right) / 2, (low + high) / 2, size)
    best = seen.sections.assign(area=area).sort_values("value_foot", ascending=False, kind="stable")
    chosen = seen.sections.index.isin(best.groupby("area").head(half).index)
    due = np.where(chosen, np.datetime64(ON, "ns"), np.datetime64("2200-01-01", "ns"))
    sections = seen.sections.assign(due=due, assumed=False)
    points = seen.hazards.geometry
    worth = visit_values(seen.setting.scene, seen.hazards, 1)[:, 0]
    hazards = seen.hazards.assign(area=area_of(points.x.to_numpy(), points.y.to_numpy(), size), value=worth)
    hazards = hazards.sort_values("value", ascending=False, kind="stable").groupby("area").head(half)
    some = dataclasses.replace(seen, sections=sections, hazards=hazards)
    tasks = make_tasks(layers, some, layers.project.settings, first=ON, days=1)
    tasks, _ = split_joint(tasks, layers.project.settings.defence, first=ON, days=1)
    return tasks, area_of(tasks.geometry.x.to_numpy(), tasks.geometry.y.to_numpy(), size)


def run(folder: Path, size: str) -> dict[str, object]:
    """Run the chain once and return its figures."""
    steps, peaks = Steps(), {}
    with steps.time("load"):
        layers = load_layers(read_project(folder))
    settings = layers.project.settings
    peaks["load"] = peak_rss_mb()
    with steps.time("matrix"):
        roads = build_roads(layers.roads, settings.travel)
        layers = dataclasses.replace(layers, roads=without_shapes(layers.roads))
    peaks["roads"] = peak_rss_mb()
    with steps.time("topology"):
        network, sections = traced(layers, settings)
    peaks["topology"] = peak_rss_mb()
    with steps.time("score"):
        types = load_types()
        seen = picture_of(network, sections, layers, types, settings, on=ON, days=1)
        tasks, area = best_tasks(layers, seen, size)
    peaks["score"] = peak_rss_mb()
    with steps.time("matrix"):
        shifts, _ = make_shifts(
            layers.crews, layers.roster, (), first=ON, days=1, settings=settings.planning,
            timezone=layers.project.timezone,
        )  # fmt: skip
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
        "open_hazards_in_zones": in_zones(seen.hazards, layers.zones),
        "tasks": len(tasks),
        "planned": planned,
        "matrix_places": places,
    }
    return steps.report() | {"facts": facts, "peak_rss_mb_after": peaks}


def in_zones(hazards: gpd.GeoDataFrame, zones: gpd.GeoDataFrame) -> int:
    """Return how many hazards lie in a zone; what lies in none belongs to the nearest."""
    inside, _ = shapely.STRtree(zones.geometry.to_numpy()).query(hazards.geometry.to_numpy(), predicate="within")
    return len(np.unique(inside))


def network_customers(network: Network) -> float:
    """Return the customers of all transformers that a source reaches."""
    equipment = network.equipment
    reached = set(network.spans.loc[network.spans["closed"], ["u", "v"]].to_numpy().ravel().tolist())
    here = equipment["node"].isin(reached) & (equipment["kind"] == "transformer")
    return float(equipment.loc[here, "customers"].sum())


def main() -> None:
    """Run a tiny district first, so that imports and compilation stand apart; then the real one."""
    folder, size = Path(sys.argv[1]), sys.argv[2]
    with calm():  # as every command does
        began = Steps.now()
        run(folder.parent / "XS", "XS")
        warm = round(Steps.now() - began, 3)
        print(json.dumps({"warm_up_seconds": warm} | run(folder, size)))


if __name__ == "__main__":
    main()

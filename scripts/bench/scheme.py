"""The search on the project's own problems, as JSON: joint tasks with too few hours, recombination, a large problem.

``joint``: the sample county's five days with less than 60 % of the hours that its tasks need, every tenth section made
a joint task of two crews (starts at most a quarter of an hour apart); the whole scheme beside the OR-Tools engine alone
in the same seconds. ``recombine``: the sample county's 28 days; what CP-SAT makes of the routes that the searches met.
``large``: made-up places, 2,000 sections and 50 shifts; one minute beside a longer run of the scheme and of OR-Tools.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
import time
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from patrol.meter import peak_mb
from patrol.planning.horizon import prepare
from patrol.planning.hours import needed_s, offered_s
from patrol.project import read_project
from patrol.routing.model import Option, Problem, Profile, Shift, Task, Tie
from patrol.routing.packed import pack
from patrol.routing.reckoning import reckon
from patrol.routing.recombine import recombine
from patrol.routing.ruin_recreate import COOLED, Budget, anneal_all, first_heat, start_streams
from patrol.routing.solve import solve
from patrol.routing.streams import route_of
from patrol.routing.warm import warm

SHARE = 0.6  # hours there are, of the hours that are needed
JOINT_EVERY = 10
APART_S = 900
ROOT = Path(__file__).resolve().parents[2]


def county(days: int) -> Problem:
    """Return the sample county's problem."""
    return prepare(read_project(ROOT / "sample_data"), first=date(2024, 8, 16), days=days).built.problem


def joint_problem() -> Problem:
    """Return the sample county with joint tasks, and with shifts taken away until hours are short enough."""
    problem = county(5)
    tasks, ties = list(problem.tasks), []
    for number, task in enumerate(problem.tasks[::JOINT_EVERY]):
        if task.mandatory or task.windows or not task.options:
            continue
        partner = dataclasses.replace(task, task_id=f"{task.task_id}+{number}", pinned=False)
        ties.append(Tie(number * JOINT_EVERY, len(tasks), -APART_S, APART_S))
        tasks.append(partner)
    joint = dataclasses.replace(problem, tasks=tuple(tasks), ties=tuple(ties))
    for keep in range(len(problem.shifts), 0, -1):
        fewer = _with_shifts(joint, keep)
        if sum(offered_s(fewer)) <= SHARE * sum(needed_s(fewer)):
            return fewer
    raise SystemExit("no number of shifts is short of hours")


def _with_shifts(problem: Problem, keep: int) -> Problem:
    """Return a problem with its first shifts only, day by day in turn."""
    order = np.random.default_rng(1).permutation(len(problem.shifts))[:keep]
    chosen = sorted(order.tolist())
    number = {old: new for new, old in enumerate(chosen)}
    tasks = tuple(
        task if task.shifts is None
        else dataclasses.replace(task, shifts=tuple(number[k] for k in task.shifts if k in number))
        for task in problem.tasks
    )  # fmt: skip
    return dataclasses.replace(problem, tasks=tasks, shifts=tuple(problem.shifts[k] for k in chosen))


def large_problem(tasks: int = 2_000, shifts: int = 50, seed: int = 1) -> Problem:
    """Return sections at random places of 60 by 60 km, with prizes of heavy tail, for shifts of seven hours."""
    rng = np.random.default_rng(seed)
    middle = rng.uniform(0, 60_000, (tasks, 1, 2))
    ends = (middle + rng.uniform(-400, 400, (tasks, 2, 2))).reshape(-1, 2)
    depots = rng.uniform(5_000, 55_000, (12, 2))
    places = np.concatenate([ends, depots])
    metres = np.ceil(1.3 * np.hypot(*(places[:, None, :] - places[None, :, :]).transpose(2, 0, 1))).astype(np.int64)
    profile = Profile("car", False, metres * 36 // 300, metres, np.zeros((len(places), 2), np.int64))
    rows = []
    for k in range(tasks):
        service, prize = int(rng.integers(300, 2_400)), int(rng.lognormal(12, 1.2))
        ways = tuple(Option(0, 2 * k + i, 2 * k + 1 - i, service, 500, 800, 1 - 2 * i, (prize,)) for i in (0, 1))
        rows.append(Task(f"t{k}", ways, mandatory=int(rng.random() < 0.1)))
    crews = tuple(
        Shift(f"s{k}", f"c{k}", "enterprise", 0, 0, 2 * tasks + k % 12, 2 * tasks + k % 12, 8 * 3600, 15 * 3600, 25_200,
              2**40, 2**40, price_s=20, price_m=300)
        for k in range(shifts)
    )  # fmt: skip
    return Problem(1, (profile,), tuple(rows), crews)


def run(problem: Problem, engine: str, seconds: float, seed: int) -> dict[str, Any]:
    """Return what an engine finds in so many seconds of the wall clock."""
    begun, cpu = time.monotonic(), time.process_time()
    found = solve(problem, engine=engine, seed=seed, iterations=0, seconds=seconds)
    return {
        "engine": engine, "seed": seed, "mandatory": found.mandatory_served, "value": found.value,
        "wall_s": round(time.monotonic() - begun, 1), "cpu_s": round(time.process_time() - cpu, 1),
        "tasks": sum(stop.kind == "task" for route in found.routes for stop in route.stops),
    }  # fmt: skip


def recombined(seed: int, steps: int) -> dict[str, Any]:
    """Return what routes of several searches are worth alone and put together, 28 days of the sample county."""
    packed = pack(county(28))
    streams = start_streams(packed, seed=seed, count=2)
    heat, must = first_heat(packed, streams)
    found = anneal_all(streams, Budget(steps, float("inf")), heat=heat, cooled=heat * COOLED, must=must)
    plan = reckon(packed, found.best.draft, found.best.rests, more=True)
    if plan is None:
        raise AssertionError("the best plan cannot be kept")
    begun = time.monotonic()
    routes = [route_of(packed, key) for key in found.pool]
    better = recombine(packed.problem, plan, routes, lambda draft: reckon(packed, draft, more=True), seed=seed)
    return {
        "seed": seed, "steps": found.steps, "columns": better.columns,
        "incumbent": plan.goal, "together": better.plan.goal,
        "gain": better.plan.goal[2] - plan.goal[2], "wall_s": round(time.monotonic() - begun, 1),
        "pool_bound": better.pool_bound,
    }  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--set", dest="which", required=True, choices=["joint", "recombine", "large"])
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--long", type=float, default=0.0, help="seconds of the longer runs of large; 0: none")
    parser.add_argument("--steps", type=int, default=200_000)
    parser.add_argument("--seed", type=int, nargs="+", default=[1])
    args = parser.parse_args()
    told: dict[str, Any] = {"set": args.which, "compile_s": round(warm(), 1)}
    if args.which == "recombine":
        told["runs"] = [recombined(seed, args.steps) for seed in args.seed]
    else:
        problem = joint_problem() if args.which == "joint" else large_problem()
        told |= {"tasks": len(problem.tasks), "shifts": len(problem.shifts), "ties": len(problem.ties)}
        told["hours"] = round(sum(offered_s(problem)) / max(1, sum(needed_s(problem))), 3)
        engines = ("default", "ortools") if args.which == "joint" else ("default",)
        told["runs"] = [run(problem, engine, args.seconds, seed) for seed in args.seed for engine in engines]
        if args.which == "large" and args.long:
            told["long"] = [run(problem, engine, args.long, args.seed[0]) for engine in ("default", "ortools")]
    told["peak_mb"] = peak_mb()
    print(json.dumps(told, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())

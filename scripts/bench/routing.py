"""How near the engines come to the best known solutions of public routing instances, and to PyVRP.

``python scripts/bench/routing.py --set carp FILES... --engine default --cpu-seconds 10 --seed 1 2 3 --out DIR``

Each file is mapped onto the project's own problem (``instances/``) and solved like any other, in one search, one
process, one thread. Files and seeds run one after the other. Kernels are compiled once, before the first, on a tiny
problem; the seconds are stated and count to none.

For each run ``DIR/<engine>/<instance>.json`` holds ``instance, set, engine, seed, objective, cpu_s, wall_s, compile_s,
routes``; with several seeds, ``DIR/seed-<seed>/<engine>/<instance>.json``. Routes are lists of ``["e", u, v]``, ``["a",
u, v]`` and ``["n", i]`` in the order and direction served, in the file's own node numbers; of hhcrsp, of visits with
caregiver and start. The objective is null where not all that must be served is.

The objective is counted twice, from the solver's value and from the routes and the file alone (``recount.py``); both
must agree. A table of all that is found in DIR for these files ends the run.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from instances import carp, hhcrsp, mcgrp, pcvrptw, prizes
from instances.model import Instance, Ridden
from patrol.errors import PatrolError
from patrol.routing.model import total_weight
from rivals import run_pyvrp
from standings import table

READERS: dict[str, Callable[[Path], Instance]] = {
    "carp": carp.read, "mcgrp": mcgrp.read, "pcvrptw": pcvrptw.read, "hhcrsp": hhcrsp.read, "prizes": prizes.read,
}  # fmt: skip
ENGINES = ("default", "ruin", "ortools", "pyvrp")


def run_own(instance: Instance, engine: str, *, seed: int, cpu_seconds: float) -> tuple[list[Ridden], int | None]:
    """Return the routes of an engine of the project and their cost, None if not all is served that must be."""
    from patrol.routing.solve import solve

    problem = instance.problem
    found = solve(  # no number of steps: the time is the budget
        problem, engine=engine, seed=seed, iterations=0, seconds=cpu_seconds, streams=1, clock=time.process_time
    )
    routes = [
        (route.shift, tuple((stop.task, stop.option, stop.start) for stop in route.stops if stop.kind == "task"))
        for route in found.routes
    ]
    whole = found.mandatory_served == total_weight(problem)
    return routes, instance.offset - found.value if whole else None


def checked(instance: Instance, routes: list[Ridden], cost: int | None) -> tuple[list[Any], float | None]:
    """Return routes in the file's words, and their objective, counted twice; None if the cost is.

    Raises
    ------
    AssertionError
        If routes break a rule of the file, or have another objective than the solver says.
    """
    told = instance.tell(routes)
    if cost is None:
        return told, None
    objective, again = instance.objective(cost), instance.recount(told)
    if objective != again:
        raise AssertionError(f"{instance.name}: the solver says {objective}, the routes and the file {again}")
    return told, objective


def run(instance: Instance, engine: str, *, seed: int, cpu_seconds: float, compile_s: float) -> dict[str, Any]:
    """Run an engine once on an instance and return what the results say of it."""
    wall, cpu = time.perf_counter(), time.process_time()
    if engine == "pyvrp":
        routes, cost = run_pyvrp(instance, seed=seed, cpu_seconds=cpu_seconds)
    else:
        routes, cost = run_own(instance, engine, seed=seed, cpu_seconds=cpu_seconds)
    spent = {"cpu_s": round(time.process_time() - cpu, 3), "wall_s": round(time.perf_counter() - wall, 3)}
    told, objective = checked(instance, routes, cost)
    about = {"instance": instance.name, "set": instance.set, "engine": engine, "seed": seed, "objective": objective}
    return about | spent | {"compile_s": round(compile_s, 3), "routes": told}


def write(result: dict[str, Any], out: Path) -> None:
    """Write a result into the folder of its engine: beside, then in place."""
    path = out / result["engine"] / f"{result['instance']}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(".part")
    beside.write_text(json.dumps(result) + "\n", "utf-8")
    beside.replace(path)


def warmed(engine: str) -> float:
    """Compile what the engine needs and return the seconds that took."""
    if engine == "pyvrp":
        return 0.0
    from patrol.routing.warm import warm

    seconds = warm()
    print(f"kernels compiled in {seconds:.1f} s", flush=True)
    return seconds


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", type=Path, metavar="FILES", help="instance files of the set")
    parser.add_argument("--set", required=True, choices=READERS, help="prizes: made from files of carp")
    parser.add_argument("--engine", default="default", choices=ENGINES)
    parser.add_argument("--cpu-seconds", type=float, default=10.0, help="of the process, for each file and seed")
    parser.add_argument("--seed", type=int, nargs="+", default=[1])
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="results are written here")
    parser.add_argument("--best-known", type=Path, help="CSV; by default best_known.csv beside the folder of the files")
    return parser.parse_args()


def main() -> int:
    """Run, write, print the table."""
    args = arguments()
    try:
        instances = [READERS[args.set](path) for path in args.files]
        compile_s = warmed(args.engine)
        for instance in instances:
            for seed in args.seed:
                result = run(instance, args.engine, seed=seed, cpu_seconds=args.cpu_seconds, compile_s=compile_s)
                write(result, args.out / f"seed-{seed}" if len(args.seed) > 1 else args.out)
                print(instance.name, f"seed {seed}", result["objective"], f"{result['cpu_s']} s CPU", flush=True)
        best_known = args.best_known or args.files[0].resolve().parent.parent / "best_known.csv"
        print(table(args.out, instances, best_known))
    except PatrolError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())

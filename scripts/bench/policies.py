"""How policies stand against the calendar on a project's own network: ``python scripts/bench/policies.py PROJECT``.

Prints JSON: per kind of world and policy the mean change of expected loss in paired worlds with its standard error, of
all loss and of the avoidable part, with hours, kilometres and the longest wait. The worlds are invented, whatever the
project. ``--setting HOURS,CYCLES`` may be repeated: the share of all shifts that patrols get, and 1 or 0 for whether
legal cycles come first. Policies that see nothing of a world cost the same for any number of worlds; the one that
learns takes some three CPU seconds a world and kind on the sample county, and so does every policy among liars.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
import time
from pathlib import Path
from typing import Any

from patrol.api import open_project
from patrol.errors import PatrolError
from patrol.studies.county import County, county_of
from patrol.studies.playing import Setup
from patrol.studies.simulate import simulate
from patrol.studies.standing import summary
from patrol.studies.worlds import KINDS

FIGURES = (
    "loss", "change", "change_se", "change_avoidable", "change_avoidable_se", "least_share", "finds", "finds_per_km",
    "km", "hours", "oldest_days", "late",
)  # fmt: skip


def stand(county: County, setup: Setup, jobs: int) -> dict[str, Any]:
    """Return what a simulation gave, and how long it took."""
    begun = time.perf_counter()
    table = summary(simulate(county, setup, jobs=jobs, progress=told))
    rows = {
        kind: {
            row["policy"]: {name: float(f"{row[name]:.4g}") for name in FIGURES}
            for _, row in table[table["kind"] == kind].iterrows()
        }
        for kind in setup.kinds
    }
    return {
        "hours": setup.hours, "cycles": setup.cycles, "worlds": setup.worlds, "years": setup.years, "seed": setup.seed,
        "seconds": round(time.perf_counter() - begun, 1), "kinds": rows,
    }  # fmt: skip


def told(step: str, done: int, total: int) -> None:
    """Say on the error stream how far it is."""
    if done == total or done % 20 == 0:
        print(f"{step} {done}/{total}", file=sys.stderr)


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("project", type=Path)
    parser.add_argument("--worlds", type=int, default=30)
    parser.add_argument("--years", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--policies", default="calendar,backlog,W,W+learning")
    parser.add_argument("--kinds", default=",".join(KINDS))
    parser.add_argument("--setting", action="append", help="HOURS,CYCLES; 1,1 if none is given")
    parser.add_argument("--jobs", type=int, default=2)
    args = parser.parse_args()
    names = tuple(args.policies.split(",")), tuple(args.kinds.split(","))
    settings = [text.split(",") for text in args.setting or ["1,1"]]
    try:
        county = county_of(open_project(args.project), progress=told)
        results = [
            stand(county, Setup(*names, args.years, args.worlds, args.seed, float(hours), cycles == "1"), args.jobs)
            for hours, cycles in settings
        ]
    except PatrolError as error:
        print(error, file=sys.stderr)
        return 2
    head = {"sections": len(county.length_m), "shifts_a_week": len(county.problem.shifts)}
    print(json.dumps({"python": platform.python_version(), **head, "results": results}, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""The sample week with slack and without, lived 200 times with travel and service up to 30 % off, as JSON.

What the slack costs is the difference in value and in weight between the two plans, made with the same effort.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
from datetime import date
from pathlib import Path

from patrol.planning.horizon import plan_patrols
from patrol.project import Project, read_project
from patrol.studies.robust import relive

ROOT = Path(__file__).resolve().parents[2]


def with_spread(project: Project, spread: float) -> Project:
    """Return the project with another spread of times to keep slack for."""
    defence = dataclasses.replace(project.settings.defence, spread=spread)
    return dataclasses.replace(project, settings=dataclasses.replace(project.settings, defence=defence))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--days", type=int, default=7)
    parser.add_argument("--start", type=date.fromisoformat, default=date(2024, 8, 19))
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--spread", type=float, default=0.3)
    parser.add_argument("--budget", default="normal")
    args = parser.parse_args()
    told = []
    for kept in (args.spread, 0.0):
        project = with_spread(read_project(ROOT / "sample_data"), kept)
        planned = plan_patrols(project, first=args.start, days=args.days, budget=args.budget)
        found = relive(planned, runs=args.runs, spread=args.spread)
        figures = planned.plan.figures
        told.append({
            "slack_for": kept, "weight": figures["mandatory_weight_planned"], "value_ecm": figures["value_ecm"],
            **dataclasses.asdict(found),
        })  # fmt: skip
    print(json.dumps({"plans": told}, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())

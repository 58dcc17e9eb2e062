"""Four parties in one plan, against each alone and a plan of its own for each, on the sample county, as JSON."""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
from datetime import date
from pathlib import Path

from patrol.planning.effort import Effort
from patrol.planning.horizon import prepare
from patrol.project import read_project
from patrol.studies.pooling import pooling

ROOT = Path(__file__).resolve().parents[2]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=7)
    parser.add_argument("--start", type=date.fromisoformat, default=date(2024, 8, 19))
    parser.add_argument("--budget", default="normal")
    args = parser.parse_args()
    project = read_project(ROOT / "sample_data")
    ready = prepare(project, first=args.start, days=args.days)
    rows = pooling(ready.built.problem, project, Effort(budget=args.budget))
    print(json.dumps({"from": args.start.isoformat(), "days": args.days, "budget": args.budget,
                      "plans": [dataclasses.asdict(row) for row in rows]}, indent=1))  # fmt: skip
    return 0


if __name__ == "__main__":
    sys.exit(main())

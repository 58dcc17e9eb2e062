"""The sample from a day on with slack and without, lived 200 times with travel and service up to 30 % off, as JSON.

What the slack costs is the difference in value and in weight between the two plans, made with the same effort. With
``--agreed`` two appointments are confirmed by both parties before the plan is made, in a copy of the project: R-004 on
2024-08-20 and the consultation D-03 on 2024-08-23, an hour and a quarter after the line crew has set out. (Unconfirmed
they are left out: for the heat shifts are two hours long in those weeks, and cycles outweigh two parties' hours.)
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import shutil
import sys
import tempfile
from datetime import date
from pathlib import Path
from typing import Any

from patrol.planning.horizon import plan_patrols
from patrol.project import Project, read_project
from patrol.studies.robust import relive

ROOT = Path(__file__).resolve().parents[2]
AGREED = """joint_id,date,time,party,crew_id,confirmed
R:R-004,2024-08-20,09:45,enterprise,ENT-2,2024-08-15
R:R-004,2024-08-20,09:45,government,GOV-1,2024-08-15
V:D-03/姚伏,2024-08-23,09:45,enterprise,ENT-2,2024-08-15
V:D-03/姚伏,2024-08-23,09:45,government,GOV-2,2024-08-15
"""


def with_spread(project: Project, spread: float) -> Project:
    """Return the project with another spread of times to keep slack for."""
    defence = dataclasses.replace(project.settings.defence, spread=spread)
    return dataclasses.replace(project, settings=dataclasses.replace(project.settings, defence=defence))


def sample(folder: Path, *, agreed: bool) -> Project:
    """Return the sample, or a copy of it with confirmed appointments."""
    if not agreed:
        return read_project(ROOT / "sample_data")
    copy = Path(shutil.copytree(ROOT / "sample_data", folder / "sample"))
    toml = (copy / "project.toml").read_text("utf-8")
    named = toml.replace("[inputs]\n", '[inputs]\nappointments = "appointments.csv"\n', 1)
    (copy / "project.toml").write_text(named, "utf-8")
    (copy / "appointments.csv").write_text(AGREED, "utf-8")
    return read_project(copy)


def lived(project: Project, kept: float, args: argparse.Namespace) -> dict[str, Any]:
    """Return what a plan with slack for a spread is worth, and what becomes of it."""
    search = {"budget": args.budget} if args.iterations is None else {"iterations": args.iterations}
    planned = plan_patrols(with_spread(project, kept), first=args.start, days=args.days, **search)
    figures = planned.plan.figures
    return {
        "slack_for": kept, "weight": figures["mandatory_weight_planned"], "value_ecm": figures["value_ecm"],
        "tasks": figures["planned"], "slack": figures["slack"],
        **dataclasses.asdict(relive(planned, runs=args.runs, spread=args.spread)),
    }  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--days", type=int, default=7)
    parser.add_argument("--start", type=date.fromisoformat, default=date(2024, 8, 19))
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--spread", type=float, default=0.3)
    parser.add_argument("--budget", default="normal")
    parser.add_argument("--iterations", type=int)
    parser.add_argument("--agreed", action="store_true", help="with confirmed appointments")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        project = sample(Path(folder), agreed=args.agreed)
        told = [lived(project, kept, args) for kept in (args.spread, 0.0)]
    print(json.dumps({"plans": told}, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())

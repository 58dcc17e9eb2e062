"""Plan patrol routes: the same function as ``patrol plan``.

python scripts/plan_routes.py sample_data --from 2024-08-16 --days 5 --out out/demo
"""

import argparse
import sys
from pathlib import Path

from patrol.cli.main import guarded
from patrol.cli.plan import make_plan
from patrol.planning.effort import Effort


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("project", type=Path, help="project folder")
    parser.add_argument("--from", dest="start", required=True, help="first day, such as 2024-08-16")
    parser.add_argument("--days", type=int, default=5)
    parser.add_argument("--out", type=Path, required=True, help="folder for the plan")
    parser.add_argument("--lang", default="", choices=["", "zh", "en"])
    parser.add_argument("--keep", type=Path, help="hand-edited schedule.xlsx")
    parser.add_argument("--engine", default="")
    parser.add_argument("--seed", type=int)
    parser.add_argument("--budget", default="")
    parser.add_argument("--iterations", type=int)
    parser.add_argument("--seconds", type=float)
    args = parser.parse_args()
    return guarded(lambda: sys.exit(make_plan(
        args.project, start=args.start, days=args.days, folder=args.out, lang=args.lang, keep=args.keep,
        effort=Effort(args.engine or None, args.seed, args.budget or None, args.iterations, args.seconds),
    )))  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())

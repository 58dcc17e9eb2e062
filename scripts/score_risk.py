"""Score sections and hazards for a day: the same function as ``patrol score``.

python scripts/score_risk.py sample_data --on 2024-08-16 --out out/scores.gpkg
"""

import argparse
import sys
from pathlib import Path

from patrol.cli.main import guarded
from patrol.cli.score import make_scores


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("project", type=Path, help="project folder")
    parser.add_argument("--on", required=True, help="day, such as 2024-08-16")
    parser.add_argument("--out", type=Path, help="GeoPackage for the scores")
    parser.add_argument("--why", metavar="SECTION|HAZARD", help="print the sum of one")
    parser.add_argument("--sensitivity", action="store_true", help="halve and double each guessed default")
    parser.add_argument("--top", type=int, default=20, help="how many to print")
    parser.add_argument("--lang", default="", choices=["", "zh", "en"])
    args = parser.parse_args()
    return guarded(lambda: sys.exit(make_scores(
        args.project, on=args.on, out_file=args.out, lang=args.lang, top=args.top, reason=args.why,
        sensitivity=args.sensitivity,
    )))  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())

"""Draw the pages of a plan: the same function as ``patrol map``.

python scripts/build_maps.py out/demo --project sample_data --out out/maps
"""

import argparse
import sys
from pathlib import Path

from patrol.cli.main import guarded
from patrol.cli.map import make_maps


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("plan", type=Path, help="plan.json, or the folder it lies in")
    parser.add_argument("--project", type=Path, required=True, help="project folder")
    parser.add_argument("--out", type=Path, required=True, help="folder for index.html and crews/")
    parser.add_argument("--lang", default="", choices=["", "zh", "en"])
    args = parser.parse_args()
    return guarded(lambda: sys.exit(make_maps(args.plan, project=args.project, folder=args.out, lang=args.lang)))


if __name__ == "__main__":
    sys.exit(main())

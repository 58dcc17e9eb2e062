"""Write brief.html, one page on a plan for whoever answers for a county.

python scripts/make_brief.py out/demo --project sample_data
"""

import argparse
import sys
from pathlib import Path

from patrol.cli.brief import make_brief
from patrol.cli.main import guarded


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("plan", type=Path, help="plan.json, or the folder it lies in")
    parser.add_argument("--project", type=Path, required=True, help="project folder that the plan was made from")
    parser.add_argument("--out", type=Path, help="folder for brief.html; that of the plan if left out")
    parser.add_argument("--lang", default="", choices=["", "zh", "en"], help="the language shown first")
    args = parser.parse_args()
    return guarded(lambda: sys.exit(make_brief(args.plan, project=args.project, folder=args.out, lang=args.lang)))


if __name__ == "__main__":
    sys.exit(main())

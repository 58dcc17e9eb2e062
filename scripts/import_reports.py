"""Take files of reports into a project's hazard register: the same function as ``patrol hazards import``.

python scripts/import_reports.py PROJECT FILES...
"""

import argparse
import sys
from pathlib import Path

from patrol.cli.hazards import import_reports
from patrol.cli.main import guarded


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("project", type=Path, help="project folder")
    parser.add_argument("files", type=Path, nargs="+", help="files of reports, of any known form")
    parser.add_argument("--format", dest="form", default="auto")
    parser.add_argument("--party", default="", help="party of all reports that do not say theirs")
    parser.add_argument("--source", default="", help="name of whoever keeps the ids in a table")
    parser.add_argument("--quarantine", type=Path, help="where rows set aside go")
    parser.add_argument("--by", default="", help="who takes them in")
    parser.add_argument("--lang", default="", choices=["", "zh", "en"])
    args = parser.parse_args()
    return guarded(lambda: sys.exit(import_reports(
        args.project, args.files, form=args.form, party=args.party, source=args.source, quarantine=args.quarantine,
        by=args.by, lang=args.lang,
    )))  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())

"""Write docs/bad_input.md: what each malformed input of the tests gets, in the very words a user sees.

python scripts/tabulate_bad_input.py
"""

import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
HEAD = """# Bad input, and what it gets

Made by `python scripts/tabulate_bad_input.py` from the cases of `tests/layers/test_bad_input.py`, which hold each line.
**error** stops the run, with every fault of every file named at once; **rejected** sets the row aside in `rejected.csv`
and loads the rest.

| input | what happens | code | in words |
|---|---|---|---|
"""


class Rows:
    """Collects what the cases record."""

    def __init__(self) -> None:
        self.rows: list[list[str]] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep what a finished case recorded, without the path of its folder."""
        if report.when == "call":
            recorded = [value for name, value in report.user_properties if name == "row"]
            self.rows += [[re.sub(r"[^\s']*/平罗县 巡线/", "", cell) for cell in row] for row in recorded]


def main() -> int:
    rows = Rows()
    test = ROOT / "tests" / "layers" / "test_bad_input.py"
    code = pytest.main(["-q", "-p", "no:cacheprovider", "-k", "is_named", str(test)], plugins=[rows])
    if code:
        return int(code)
    lines = ["| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in row) + " |" for row in rows.rows]
    (ROOT / "docs" / "bad_input.md").write_text(HEAD + "\n".join(lines) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())

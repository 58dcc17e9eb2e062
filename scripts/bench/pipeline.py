"""How long load → topology → score → matrix → first plan takes, beside a straightforward baseline.

``python scripts/bench/pipeline.py --size S M L --baseline S M --out FILE``. Each chain runs in a process of its
own, on the same generated files, so that its peak memory is its own.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
SIZES = ("XS", "S", "M", "L")
SAME = ("customers", "open_hazards_in_zones")  # what both chains must count alike


def child(*words: str) -> dict[str, Any]:
    """Run one of the scripts beside this one and return the JSON of its last line."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(HERE), str(HERE.parents[1])])}
    done = subprocess.run([sys.executable, *words], env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(words)} failed:\n{done.stderr[-4000:]}")
    result: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return result


def ratios(slow: dict[str, Any], fast: dict[str, Any]) -> dict[str, float]:
    """Return baseline over project by step and in all, in CPU seconds: wall time depends on who shares the cores."""
    pairs = {name: (row["cpu_seconds"], fast["steps"][name]["cpu_seconds"]) for name, row in slow["steps"].items()}
    pairs["total"] = (slow["total"]["cpu_seconds"], fast["total"]["cpu_seconds"])
    return {name: round(a / b, 1) if b else float("inf") for name, (a, b) in pairs.items()}


def measure(size: str, folder: Path, *, with_baseline: bool) -> dict[str, Any]:
    """Run the chains on one size."""
    row: dict[str, Any] = {"counts": json.loads((folder / size / "counts.json").read_text("utf-8"))}
    row["patrol"] = child(str(HERE / "chain.py"), str(folder / size), size)
    if with_baseline:
        row["baseline"] = child(str(HERE / "baseline.py"), str(folder / size), size)
        row["ratio_cpu"] = ratios(row["baseline"], row["patrol"])
        row["same"] = {key: row["baseline"]["facts"][key] == row["patrol"]["facts"][key] for key in SAME}
    return row


def main() -> None:
    """Measure and print, and write where told."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", nargs="+", choices=SIZES, default=["S"], help="sizes to run")
    parser.add_argument("--baseline", nargs="*", choices=SIZES, default=[], help="sizes to run the baseline on too")
    parser.add_argument("--out", type=Path, help="write the JSON here too")
    parser.add_argument("--folder", type=Path, help="keep the generated files here")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="patrol-bench-") as made:
        folder = args.folder or Path(made)
        for size in dict.fromkeys(["XS", *args.size]):  # every chain warms up on the smallest
            child(str(HERE / "generator.py"), str(folder / size), size)
        sizes = {size: measure(size, folder, with_baseline=size in args.baseline) for size in args.size}
    result = {
        "machine": {"python": platform.python_version(), "cores": os.cpu_count(), "system": platform.system()}
        | {name: version(name) for name in ("numpy", "pandas", "geopandas", "scipy", "networkx", "ortools")},
        "sizes": sizes,
    }
    text = json.dumps(result, indent=1)
    print(text)
    if args.out:
        args.out.write_text(text + "\n", "utf-8")


if __name__ == "__main__":
    main()

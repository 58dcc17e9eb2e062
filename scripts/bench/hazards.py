"""How long intake, snapping, merging and writing of reports take, beside the plain geopandas way.

``python scripts/bench/hazards.py --size S M L --baseline S M L --out FILE``. Each chain runs in a process of its
own on the same generated files, so that its peak memory is its own. The network is read by both before; that
step stands apart and is not in the totals. Ratios are of CPU seconds: wall time depends on who shares the cores. The
plain way's second spatial join, for the nearest pole, counts as snapping: the project's snapping finds it too.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from pipeline import HERE, SIZES, child

STEPS = ("intake", "snap", "poles", "merge", "write")


def agree(ours: Path, plain: Path) -> dict[str, Any]:
    """Compare what both define alike: distance to the nearest span, and components by straight distance."""
    one, other = np.load(ours), np.load(plain)
    place = np.searchsorted(other["row"], one["row"])
    gap = one["snap_m"] - other["snap_m"][place]
    reach = np.isnan(one["snap_m"]) == np.isnan(other["snap_m"][place])
    pairs = np.unique(np.column_stack([one["label"], other["label"][place]]), axis=0)
    alike = len(pairs) == len(np.unique(one["label"])) == len(np.unique(other["label"][place]))
    worst = float(np.nanmax(np.abs(gap), initial=0.0))
    return {"snapped": bool(reach.all()) and worst < 1e-3, "worst_gap_m": worst, "components": bool(alike)}


def totals(figures: dict[str, Any]) -> dict[str, float]:
    """Return seconds and CPU seconds of the steps that count."""
    return {key: round(sum(_spent(figures, name, key) for name in STEPS), 3) for key in ("seconds", "cpu_seconds")}


def _spent(figures: dict[str, Any], step: str, key: str) -> float:
    return float(figures["steps"].get(step, {key: 0.0})[key])


def ratios(slow: dict[str, Any], fast: dict[str, Any], key: str) -> dict[str, float]:
    """Return plain over project, step by step, for snapping and merging together, and in all."""
    names = {"intake": ("intake",), "nearest_line_only": ("snap",), "snap": ("snap", "poles"), "merge": ("merge",)}
    names |= {"write": ("write",), "snap_and_merge": ("snap", "poles", "merge"), "total": STEPS}
    spent = {
        name: [sum(_spent(figures, step, key) for step in some) for figures in (slow, fast)]
        for name, some in names.items()
    }
    return {name: round(a / b, 2) if b else float("inf") for name, (a, b) in spent.items()}


def measure(size: str, folder: Path, *, with_baseline: bool) -> dict[str, Any]:
    """Run the chains on one size."""
    words = [str(folder / size), size]
    row: dict[str, Any] = {"counts": child(str(HERE / "hazard_reports.py"), *words)}
    ours, plain = folder / f"{size}-ours.npz", folder / f"{size}-plain.npz"
    row["patrol"] = child(str(HERE / "hazard_chain.py"), *words, str(ours))
    row["patrol"]["total"] = totals(row["patrol"])
    if with_baseline:
        row["baseline"] = child(str(HERE / "hazard_baseline.py"), *words, str(plain))
        row["baseline"]["total"] = totals(row["baseline"])
        row["ratio_cpu"] = ratios(row["baseline"], row["patrol"], "cpu_seconds")
        row["ratio_wall"] = ratios(row["baseline"], row["patrol"], "seconds")
        row["same"] = agree(ours, plain)
    return row


def main() -> None:
    """Measure and print, and write where told."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", nargs="+", choices=SIZES, default=["S"], help="sizes to run")
    parser.add_argument("--baseline", nargs="*", choices=SIZES, default=[], help="sizes to run the plain way on too")
    parser.add_argument("--out", type=Path, help="write the JSON here too")
    parser.add_argument("--folder", type=Path, help="keep the generated files here")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="patrol-bench-") as made:
        folder = args.folder or Path(made)
        child(str(HERE / "hazard_reports.py"), str(folder / "XS"), "XS")  # every chain warms up on the smallest
        sizes = {size: measure(size, folder, with_baseline=size in args.baseline) for size in args.size}
    result = {
        "machine": {"python": platform.python_version(), "cores": os.cpu_count(), "system": platform.system()}
        | {name: version(name) for name in ("numpy", "pandas", "geopandas", "shapely", "scipy", "numba")},
        "sizes": sizes,
    }
    text = json.dumps(result, indent=1)
    print(text)
    if args.out:
        args.out.write_text(text + "\n", "utf-8")


if __name__ == "__main__":
    main()

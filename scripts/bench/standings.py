"""The table at the end of a run: medians over seeds, gaps to the best known values and to PyVRP.

A gap is in percent of the reference and positive where a result is worse. Of prizes with time windows it is the net
gap, ``1 - (prize of all - cost) / (prize of all - reference)``, and the gap to PyVRP is the difference of both net
gaps, in points.
"""

from __future__ import annotations

import csv
import json
import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, median
from typing import Any

from instances.model import Instance

Result = dict[str, Any]
RIVAL = "pyvrp"
ROUNDED = 0.0005  # best known values are given to three decimals at the most
HEAD = ("instance", "engine", "runs", "objective", "best known", "gap %", "pyvrp", "to pyvrp", "CPU s", "")


@dataclass(frozen=True, slots=True)
class Row:
    """An engine on an instance; numbers are None where there is nothing to say."""

    instance: str
    engine: str
    runs: int
    objective: float | None
    best: float | None
    gap: float | None
    rival: float | None
    to_rival: float | None
    cpu_s: float

    def cells(self) -> tuple[str, ...]:
        """Return the row as texts."""
        numbers = (
            _short(self.objective), _short(self.best), _gap(self.gap), _short(self.rival), _gap(self.to_rival)
        )  # fmt: skip
        remark = "not all served" if self.objective is None else "beats the best known: check" if self.beats() else ""
        return self.instance, self.engine, str(self.runs), *numbers, f"{self.cpu_s:.1f}", remark

    def beats(self) -> bool:
        """Return whether the result is better than the best known, which first of all is a reason to check both."""
        return self.gap is not None and self.gap < 0 and abs((self.objective or 0) - (self.best or 0)) > ROUNDED


def _short(number: float | None) -> str:
    return "-" if number is None else f"{number:.3f}".rstrip("0").rstrip(".")


def _gap(number: float | None) -> str:
    return "-" if number is None else f"{number:.3f}"


def read_best_known(path: Path, kind: str) -> dict[str, float]:
    """Return the best known values of a set by instance; nothing if there is no such file."""
    if not path.is_file():
        return {}
    with path.open(encoding="utf-8", newline="") as lines:
        return {row["instance"]: float(row["best_known"]) for row in csv.DictReader(lines) if row["set"] == kind}


def read_results(out: Path, kind: str) -> dict[str, dict[str, list[Result]]]:
    """Return all results of a set found in a folder and below, by instance and engine, one a seed."""
    found: dict[str, dict[str, dict[int, Result]]] = defaultdict(lambda: defaultdict(dict))
    for path in sorted(out.rglob("*.json")):
        result = json.loads(path.read_text("utf-8"))
        if isinstance(result, dict) and result.get("set") == kind and result.get("engine") == path.parent.name:
            found[result["instance"]][result["engine"]][result["seed"]] = result
    return {name: {engine: list(runs.values()) for engine, runs in row.items()} for name, row in found.items()}


def gap(instance: Instance, objective: float, reference: float) -> float:
    """Return by how many percent an objective is worse than a reference."""
    if instance.more_is_better:
        return 100 * (1 - objective / reference)
    if instance.all_prizes:
        return 100 * (1 - (instance.all_prizes - objective) / (instance.all_prizes - reference))
    return 100 * (objective / reference - 1)


def middle(instance: Instance, runs: list[Result]) -> float | None:
    """Return the median of the objectives; None if the median run does not serve all."""
    worst = -math.inf if instance.more_is_better else math.inf
    value = median([worst if run["objective"] is None else run["objective"] for run in runs])
    return value if math.isfinite(value) else None


def row_of(instance: Instance, engine: str, found: dict[str, list[Result]], best: float | None) -> Row:
    """Return how an engine stands on an instance."""
    objective = middle(instance, found[engine])
    rival = middle(instance, found[RIVAL]) if engine != RIVAL and RIVAL in found else None
    to_best = None if objective is None or not best else gap(instance, objective, best)
    to_rival = None if objective is None or not rival else gap(instance, objective, rival)
    if to_best is not None and to_rival is not None and rival and best and instance.all_prizes:
        to_rival = to_best - gap(instance, rival, best)
    spent = mean(run["cpu_s"] for run in found[engine])
    return Row(instance.name, engine, len(found[engine]), objective, best, to_best, rival, to_rival, spent)


def table(out: Path, instances: Iterable[Instance], best_known: Path) -> str:
    """Return the table of some instances of one set, with what results are found in ``out``."""
    listed = list(instances)
    results = read_results(out, listed[0].set)
    best = read_best_known(best_known, listed[0].set)
    rows = [
        row_of(instance, engine, results[instance.name], best.get(instance.name))
        for instance in listed
        for engine in sorted(results.get(instance.name, {}))
    ]
    lines = [HEAD, *(row.cells() for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEAD))]
    text = [_aligned(line, widths) for line in lines]
    text += [
        _summary(engine, [row for row in rows if row.engine == engine]) for engine in sorted({r.engine for r in rows})
    ]
    return "\n".join(text)


def _aligned(cells: tuple[str, ...], widths: list[int]) -> str:
    left = [cell.ljust(width) for cell, width in zip(cells[:2], widths, strict=False)]
    right = [cell.rjust(width) for cell, width in zip(cells[2:-1], widths[2:], strict=False)]
    return "  ".join([*left, *right, cells[-1]]).rstrip()


def _summary(engine: str, rows: list[Row]) -> str:
    parts = [f"{engine}: {len(rows)} instances"]
    for words, gaps in (
        ("to the best known", [row.gap for row in rows if row.gap is not None]),
        ("to PyVRP", [row.to_rival for row in rows if row.to_rival is not None]),
    ):
        if gaps:
            parts.append(f"{words} mean {mean(gaps):.3f} worst {max(gaps):.3f} ({len(gaps)} instances)")
    return "; ".join(parts)

"""Seconds by step, and the most memory a process held."""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


class Steps:
    """Collects wall and CPU seconds by step; a step's unmeasured rest may be added in proportion."""

    def __init__(self) -> None:
        self.steps: dict[str, dict[str, Any]] = {}
        self.extra: tuple[dict[str, float], str] | None = None

    @staticmethod
    def now() -> float:
        """Return wall-clock seconds."""
        return time.perf_counter()

    @staticmethod
    def clocks() -> tuple[float, float]:
        """Return wall-clock and CPU seconds."""
        return time.perf_counter(), time.process_time()

    @contextmanager
    def time(self, name: str) -> Iterator[None]:
        """Measure a step; a name that comes again adds up."""
        wall, cpu = time.perf_counter(), time.process_time()
        yield
        spent = {"seconds": time.perf_counter() - wall, "cpu_seconds": time.process_time() - cpu}
        entry = self.steps.setdefault(name, {"seconds": 0.0, "cpu_seconds": 0.0})
        for key, value in spent.items():
            entry[key] += value
        if self.extra:
            for key in spent:
                entry[key] += self.extra[0][key]
            entry |= {"extrapolated": True, "how": self.extra[1]}
            self.extra = None

    def extrapolate(self, seconds: float, cpu_seconds: float, how: str) -> None:
        """Add seconds that were not run to the step that is being measured, and say so."""
        self.extra = ({"seconds": seconds, "cpu_seconds": cpu_seconds}, how)

    def report(self) -> dict[str, Any]:
        """Return the figures, rounded, with the sum and the peak memory."""
        steps = {name: {k: round(v, 3) if isinstance(v, float) else v for k, v in row.items()}
                 for name, row in self.steps.items()}  # fmt: skip
        total = {key: round(sum(row[key] for row in self.steps.values()), 3) for key in ("seconds", "cpu_seconds")}
        return {"steps": steps, "total": total, "peak_rss_mb": peak_rss_mb()}


def peak_rss_mb() -> float:
    """Return the most resident memory of this process in MB (10⁶ bytes)."""
    status = Path("/proc/self/status")
    if status.exists():  # ru_maxrss of a child may still hold its parent's peak
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return round(int(line.split()[1]) * 1024 / 1e6, 1)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak * (1 if sys.platform == "darwin" else 1024) / 1e6, 1)

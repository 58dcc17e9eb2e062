"""What a run cost: seconds, memory, and the part that compiling loops took, which later runs are spared."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from numba.core.event import TimingListener, install_listener


class Meter:
    """The clock of one run; read it at any time."""

    def __init__(self) -> None:
        self._began, self._cpu = time.perf_counter(), time.process_time()
        self._compiling = TimingListener()  # type: ignore[no-untyped-call]

    @contextmanager
    def running(self) -> Iterator[Meter]:
        """Notice what is compiled inside this block; machine code that is read from disk does not count."""
        with install_listener("numba:compile", self._compiling):
            yield self

    def read(self) -> dict[str, float | None]:
        """Return ``seconds, cpu_seconds, compile_seconds`` (0 if all loops were compiled before) and ``peak_mb``.

        ``peak_mb`` is of the process, in MiB; None where the system does not tell (Windows).
        """
        peak = peak_mb()
        return {
            "seconds": round(time.perf_counter() - self._began, 1),
            "cpu_seconds": round(time.process_time() - self._cpu, 1),
            "compile_seconds": round(self._compiling.duration, 1) if self._compiling.done else 0.0,
            "peak_mb": None if peak is None else round(peak),
        }


def peak_mb() -> float | None:
    """Return the most memory that this process has held, in MiB, or None where the system does not tell."""
    try:
        import resource
    except ImportError:  # Windows
        return None
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / (1024**2 if sys.platform == "darwin" else 1024)

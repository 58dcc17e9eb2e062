"""How hard to search for a plan: what is asked for, and the project's settings for what is not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from patrol.config import BUDGETS, ENGINES
from patrol.config.settings import SolverSettings
from patrol.errors import Finding
from patrol.routing.model import Problem, Solution
from patrol.routing.reckoning import Progress
from patrol.routing.rules import Draft
from patrol.routing.solve import solve


def _never() -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Effort:
    """What is asked for; None leaves it to the project's settings.

    Attributes
    ----------
    engine, seed, budget, iterations, seconds
        See :func:`patrol.routing.solve.solve`. Asking for a budget overrides the iterations of the settings.
    stop : callable
        Asked now and then; once it is true the best plan so far is taken.
    """

    engine: str | None = None
    seed: int | None = None
    budget: str | None = None
    iterations: int | None = None
    seconds: float | None = None
    stop: Callable[[], bool] = _never

    def faults(self) -> list[Finding]:
        """Return every option that makes no sense."""
        found = []
        for option, value, known in (("engine", self.engine, ENGINES), ("budget", self.budget, BUDGETS)):
            if value is not None and value not in known:
                what = f"{value!r} is not known"
                found.append(Finding("error", f"solver.{option}", f"--{option}", what, f"known: {', '.join(known)}"))
        if self.seed is not None and self.seed < 0:
            found.append(Finding("error", "solver.seed", "--seed", f"{self.seed} is negative", "give 0 or more"))
        if self.iterations is not None and self.iterations < 1:
            what = f"{self.iterations} is too few"
            found.append(Finding("error", "solver.iterations", "--iterations", what, "give 1 or more"))
        if self.seconds is not None and not self.seconds > 0:
            what = f"{self.seconds:g} is no time"
            found.append(Finding("error", "solver.seconds", "--seconds", what, "give more than 0"))
        return found

    def search(self, problem: Problem, settings: SolverSettings, progress: Progress, *, start: Draft = ()) -> Solution:
        """Solve a problem by what is asked for, and by the settings where nothing is; ``start`` as of ``solve``."""
        iterations = self.iterations
        if iterations is None and self.budget is None:
            iterations = settings.iterations or None
        return solve(
            problem,
            engine=self.engine or settings.engine,
            seed=settings.seed if self.seed is None else self.seed,
            budget=self.budget or settings.budget,
            iterations=iterations,
            seconds=settings.seconds if self.seconds is None else self.seconds,
            streams=settings.streams,
            progress=progress,
            stop=self.stop,
            start=start,
        )

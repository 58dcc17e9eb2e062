"""One door to the engines: check, search, time the routes, say why tasks were left out, verify."""

from __future__ import annotations

from patrol.errors import Finding, ProblemError
from patrol.routing.checks import check_problem
from patrol.routing.explain import reasons
from patrol.routing.greedy import all_candidates, greedy
from patrol.routing.insertion import Candidates
from patrol.routing.model import Dropped, Problem, Route, Solution
from patrol.routing.ortools_engine import Progress, Searched, search
from patrol.routing.repair import repaired
from patrol.routing.rules import Draft, goal
from patrol.routing.schedule import schedule
from patrol.routing.verify import violations

ENGINES = ("ortools", "greedy")


def solve(
    problem: Problem,
    *,
    engine: str = "ortools",
    seed: int = 1,
    iterations: int = 400,
    seconds: float = 300.0,
    progress: Progress | None = None,
) -> Solution:
    """Solve a problem.

    Parameters
    ----------
    engine : {'ortools', 'greedy'}
    seed, iterations : int
        The same seed and iterations give the same solution; greedy needs neither.
    seconds : float
        Outer bound; a solution that it cut short says so in ``stopped_by``.
    progress : callable, optional
        Told (done, total, value so far in milli-ECM).

    Returns
    -------
    Solution
        It has passed :func:`patrol.routing.verify.violations`.

    Raises
    ------
    ProblemError
        If the problem breaks its contract, or the engine is not known.
    """
    if engine not in ENGINES:
        mend = f"known: {', '.join(ENGINES)}"
        raise ProblemError(Finding("error", "solver.engine", "solver", f"engine {engine!r} is not known", mend))
    check_problem(problem)
    candidates: list[Candidates] | None = None
    if engine == "greedy" or not problem.tasks or not problem.shifts:
        candidates = all_candidates(problem)
        found = Searched(repaired(problem, greedy(problem, (), candidates), candidates), 0, "exhausted")
    else:
        found = search(problem, seed=seed, iterations=iterations, seconds=seconds, progress=progress)
    solution = _finished(problem, found, engine, seed, candidates)
    if broken := violations(problem, solution):
        raise AssertionError(f"{engine} returned a plan that breaks rules: {broken[:5]}")
    return solution


def _finished(
    problem: Problem, found: Searched, engine: str, seed: int, candidates: list[Candidates] | None
) -> Solution:
    routes = _timed(problem, found.draft)
    served = {stop.task for route in routes for stop in route.stops if stop.kind == "task"}
    left = [number for number in range(len(problem.tasks)) if number not in served]
    why = reasons(problem, found.draft, left, candidates)
    _, _, value = goal(problem, found.draft)
    return Solution(
        engine=engine,
        seed=seed,
        iterations=found.iterations,
        stopped_by=found.stopped_by,
        routes=routes,
        dropped=tuple(Dropped(number, why[number]) for number in left),
        mandatory_served=sum(problem.tasks[number].mandatory for number in sorted(served)),
        value=value,
    )


def _timed(problem: Problem, draft: Draft) -> tuple[Route, ...]:
    routes = []
    for shift, sequence in draft:
        route = schedule(problem, shift, sequence)
        if route is None:
            raise AssertionError(f"the sequence of {problem.shifts[shift].shift_id} cannot be timed")
        routes.append(route)
    return tuple(routes)

"""One door to the engines: check, search, put the best routes together, time them, say why not, verify."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from patrol.errors import Finding, ProblemError
from patrol.routing.checks import check_problem
from patrol.routing.explain import reasons
from patrol.routing.greedy import all_candidates, greedy
from patrol.routing.insertion import Candidates
from patrol.routing.model import Dropped, Problem, Solution
from patrol.routing.ortools_engine import search as search_pieces
from patrol.routing.packed import Packed, pack
from patrol.routing.reckoning import Plan, Progress, Searched, first_plan, reckon
from patrol.routing.recombine import recombine
from patrol.routing.repair import repaired
from patrol.routing.rhythm import alike, comes_round, other_days
from patrol.routing.ruin_recreate import COOLED, Annealed, Budget, anneal_all, first_heat, start_streams
from patrol.routing.rules import Draft, Sequence, goal, is_plain
from patrol.routing.schedule import timed
from patrol.routing.steady import steady
from patrol.routing.streams import Found, Stream, route_of
from patrol.routing.verify import violations

ENGINES = ("default", "ruin", "ortools", "greedy")
BUDGETS = {"fast": 20_000, "normal": 200_000, "thorough": 2_000_000}  # steps of each stream
PIECES = {"fast": 60, "normal": 400, "thorough": 4_000}  # of the ortools engine
FIRST_SHARE = 0.7  # of the steps before routes are put together for the first time
STEPS_A_SECOND = 40_000  # steps of a stream for which CP-SAT gets a second of its deterministic time
RHYTHM_WORK = 4.0  # deterministic seconds of CP-SAT at least to choose the days of what comes round
TOGETHER_SHARE = 0.3  # of the time that is left, where the time is the budget
AGAIN_HEAT = 0.2  # heat after that, as a share of the first


@dataclass(frozen=True, slots=True)
class _Effort:
    """How hard to search: see the arguments of :func:`solve` of the same names."""

    seed: int
    iterations: int | None
    until: float
    streams: int
    clock: Callable[[], float]
    stop: Callable[[], bool]
    progress: Progress | None


def solve(  # noqa: PLR0913 - all but the problem have defaults and names
    problem: Problem, *, engine: str = "default", seed: int = 1, budget: str = "normal", iterations: int | None = None,
    seconds: float = math.inf, streams: int = 2, clock: Callable[[], float] = time.monotonic,
    progress: Progress | None = None, stop: Callable[[], bool] = lambda: False, start: Draft = (),
) -> Solution:  # fmt: skip
    """Solve a problem.

    Parameters
    ----------
    engine : {'default', 'ruin', 'ortools', 'greedy'}
        The whole scheme; ruin and recreate alone; the routing model of OR-Tools; insertion alone.
    seed, iterations : int
        The same seed, iterations and streams give the same solution. By default as many as the budget says; 0 with
        ``seconds``: the time is the budget, and the solution cannot be repeated.
    budget : {'fast', 'normal', 'thorough'}
    seconds : float
        Outer bound; a solution that it cut short says so in ``stopped_by``.
    streams : int
        Searches side by side, each a thread. Part of what makes a solution repeatable, so never the core count.
    clock : callable
        What seconds are read from.
    progress : callable, optional
        Told (done, total, value so far in milli-ECM).
    stop : callable
        Asked now and then; once it is true the best plan so far is returned.
    start : Draft
        Routes to begin with, by default none; what is left out is put in where it pays before anything is searched, and
        the solution serves no less than that. Where tasks stay in their shift they keep their order if it fits. Routes
        that break a rule are not begun with, and the routing model of OR-Tools begins with none.

    Returns
    -------
    Solution
        It has passed :func:`patrol.routing.verify.violations`.

    Raises
    ------
    ProblemError
        If the problem breaks its contract, the engine or budget is not known, or nothing would end the search.
    """
    _check_search(engine, budget, iterations, seconds, streams)
    check_problem(problem)
    steps = (PIECES if engine == "ortools" else BUDGETS)[budget] if iterations is None else (iterations or None)
    effort = _Effort(seed, steps, clock() + seconds, streams, clock, stop, progress)
    candidates: list[Candidates] | None = None
    begun = reckon(pack(problem), start, more=True) if start else None
    if engine == "greedy" or not problem.tasks or not problem.shifts:
        candidates = all_candidates(problem)
        done = Searched(begun or _inserted(problem, candidates), 0, "exhausted")
    elif engine == "ortools":
        done = _by_pieces(problem, effort)
    else:
        done = _by_streams(pack(problem), effort, together=engine == "default", begun=begun)
    if start:
        done = replace(done, plan=_steadied(problem, done.plan, start))
    solution = _finished(problem, done, engine, seed, candidates)
    if broken := violations(problem, solution):
        raise AssertionError(f"{engine} returned a plan that breaks rules: {broken[:5]}")
    return solution


def _steadied(problem: Problem, plan: Plan, start: Draft) -> Plan:
    """Return a plan in the order that its routes had at the start, see :mod:`patrol.routing.steady`."""
    draft = steady(problem, plan.draft, start)
    if draft == plan.draft:
        return plan
    return reckon(pack(problem), draft) or plan


def _check_search(engine: str, budget: str, iterations: int | None, seconds: float, streams: int) -> None:
    """Refuse a search that makes no sense, with every fault."""
    found = [
        Finding("error", code, "solver", f"{what} {value!r} is not known", f"known: {', '.join(known)}")
        for code, what, value, known in (
            ("solver.engine", "engine", engine, ENGINES), ("solver.budget", "budget", budget, tuple(BUDGETS)),
        )
        if value not in known
    ]  # fmt: skip
    if iterations is not None and (iterations < 0 or (iterations == 0 and not math.isfinite(seconds))):
        what = f"{iterations} iterations in {seconds:g} s would never end, or are none"
        found.append(Finding("error", "solver.iterations", "solver", what, "give 1 or more, or 0 with seconds"))
    if streams < 1:
        found.append(Finding("error", "solver.streams", "solver", f"{streams} searches are none", "give 1 or more"))
    if found:
        raise ProblemError(found)


def _inserted(problem: Problem, candidates: list[Candidates]) -> Plan:
    """Return a plan made by insertion alone."""
    if not is_plain(problem):
        return first_plan(pack(problem))
    draft = repaired(problem, greedy(problem, (), candidates), candidates)
    return Plan(draft, {}, goal(problem, draft))


def _by_pieces(problem: Problem, effort: _Effort) -> Searched:
    return search_pieces(
        problem, seed=effort.seed, iterations=effort.iterations or 2**40, seconds=effort.until - effort.clock(),
        progress=effort.progress, stop=effort.stop,
    )  # fmt: skip


def _by_streams(packed: Packed, effort: _Effort, *, together: bool, begun: Plan | None = None) -> Searched:
    """Return the plan of ruin and recreate; with ``together`` the best set of all routes met, and again from that."""
    streams = start_streams(packed, seed=effort.seed, count=effort.streams, start=begun.draft if begun else None)
    heat, must = first_heat(packed, streams)
    share = FIRST_SHARE if together else 1.0
    first = anneal_all(streams, _budget(effort, 0.0, share), heat=heat, cooled=heat * COOLED,
                       must=must, tell=_tell(packed, effort, 0.0, share))  # fmt: skip
    plan = _kept(packed, first.best)
    if not together:
        return Searched(plan, first.steps, first.stopped_by)
    plan = _together(packed, plan, first, effort)
    if first.stopped_by == "stopped" or effort.clock() >= effort.until:
        return Searched(plan, first.steps, first.stopped_by)
    _go_on_from(streams, plan)
    again = anneal_all(streams, _budget(effort, share, 1.0), heat=heat * AGAIN_HEAT, cooled=heat * COOLED,
                       tell=_tell(packed, effort, share, 1.0))  # fmt: skip
    better = _kept(packed, again.best)
    plan = _together(packed, max(plan, better, key=lambda one: one.goal), again, effort)
    return Searched(plan, first.steps + again.steps, again.stopped_by)


def _budget(effort: _Effort, first: float, last: float) -> Budget:
    """Return what is between two shares of the effort."""
    if effort.iterations is not None:
        steps = round(effort.iterations * last) - round(effort.iterations * first)
        return Budget(steps, effort.until, effort.clock, effort.stop)
    now = effort.clock()
    return Budget(None, now + (effort.until - now) * (last - first) / (1.0 - first), effort.clock, effort.stop)


def _tell(packed: Packed, effort: _Effort, first: float, last: float) -> Callable[[float, Found], None] | None:
    if effort.progress is None:
        return None
    progress, total = effort.progress, effort.iterations or 1000

    def tell(share: float, found: Found) -> None:
        value = goal(packed.problem, found.draft)[2]
        progress(round(total * (first + share * (last - first))), total, value)

    return tell


def _kept(packed: Packed, found: Found) -> Plan:
    plan = reckon(packed, found.draft, found.rests, more=True)
    if plan is None:
        raise AssertionError("the starts of the best plan do not agree")
    return plan


def _together(packed: Packed, plan: Plan, found: Annealed, effort: _Effort) -> Plan:
    routes = [route_of(packed, key) for key in found.pool]
    left = max(0.1, effort.until - effort.clock())
    if effort.iterations is None:  # the time is the budget: a share of it
        work = seconds = left * TOGETHER_SHARE
    else:
        work, seconds = max(1.0, effort.iterations / STEPS_A_SECOND), min(3600.0, left)

    def choose(
        before: Plan, pool: list[tuple[int, Sequence]], work: float, loose: frozenset[int] = frozenset()
    ) -> Plan:
        return recombine(
            packed.problem, before, pool, lambda draft: reckon(packed, draft, more=True), seed=effort.seed,
            seconds=seconds, work=work, loose=loose,
        ).plan  # fmt: skip

    plan = choose(plan, routes, work)
    if not comes_round(packed.problem) or effort.clock() >= effort.until:
        return plan
    rounds = other_days(packed.problem, [*routes, *plan.draft])
    return choose(plan, rounds, max(work, RHYTHM_WORK), alike(packed.problem))


def _go_on_from(streams: list[Stream], plan: Plan) -> None:
    for stream in streams:
        stream.take_over(Found(plan.draft, plan.rests, 0))


def _finished(
    problem: Problem, done: Searched, engine: str, seed: int, candidates: list[Candidates] | None
) -> Solution:
    plan = done.plan
    routes = timed(problem, plan.draft, plan.rests)
    if routes is None:
        raise AssertionError("the routes of the plan cannot be timed")
    served = {stop.task for route in routes for stop in route.stops if stop.kind == "task"}
    left = [number for number in range(len(problem.tasks)) if number not in served]
    why = reasons(problem, plan.draft, left, candidates)
    return Solution(
        engine=engine,
        seed=seed,
        iterations=done.iterations,
        stopped_by=done.stopped_by,
        routes=routes,
        dropped=tuple(Dropped(number, why[number]) for number in left),
        mandatory_served=plan.goal[1],
        value=plan.goal[2],
    )

"""The workhorse: slack induction by string removals, several searches side by side over tables of the whole problem.

Christiaens and Vanden Berghe (2020), Slack induction by string removals for vehicle routing problems, Transportation
Science 54(2). A step takes strings of stops out of routes that lie near each other and puts them, and some of what is
left out, back where the total rises least; a result that is a little worse is gone on from, less and less so.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace

from patrol.routing.guide import make_guide
from patrol.routing.packed import HEAVY, Packed
from patrol.routing.rules import Draft
from patrol.routing.streams import NEVER_LESS, Found, RouteKey, Stream

# Heat at the beginning, in units of what a step that makes the plan worse changes: where all tasks must be done, and
# where all may be left out. Prizes ask for more: another choice of routes is reached through much worse plans.
HOT_MUST, HOT_MAY = 0.2, 3.0
MUST = 3.0  # what a mandatory unit counts on the way, in units of what a step changes times ``HOT_MAY``
COOLED = 0.01  # heat at the end, as a share of that at the beginning
BARRIERS = 10  # times that the searches look at each other's best
CHUNKS = 10  # parts of the way between two barriers, after which routes are noted
LOOK = 2_000  # steps after which the clock is looked at
BEHIND = 5.0  # how much worse than the best a search may be, in units of the heat, before it goes on from that

Tell = Callable[[float, Found], None]


@dataclass(frozen=True, slots=True)
class Budget:
    """How long to search: steps of each stream, or else seconds of a clock; ``stop`` is asked now and then.

    Attributes
    ----------
    steps : int or None
        The same number gives the same result. None: the seconds are the budget, and the heat follows the clock.
    until : float
        Reading of the clock at which the search ends whatever is left of the steps.
    """

    steps: int | None
    until: float
    clock: Callable[[], float] = time.monotonic
    stop: Callable[[], bool] = lambda: False

    def over(self) -> str:
        """Return why the search has to end now, '' if it has not."""
        if self.stop():
            return "stopped"
        return "seconds" if self.clock() >= self.until else ""


@dataclass(frozen=True, slots=True)
class Annealed:
    """The best plan of all streams, every route they met, steps taken in all, and why they ended."""

    best: Found
    pool: dict[RouteKey, None]
    steps: int
    stopped_by: str


def start_streams(packed: Packed, *, seed: int, count: int, start: Draft | None = None) -> list[Stream]:
    """Return searches that begin with a plan, or with one of their own making."""
    guide = make_guide(packed)
    return [Stream(packed, guide, seed, number, start) for number in range(count)]


def first_heat(packed: Packed, streams: list[Stream]) -> tuple[float, float]:
    """Return the heat to begin with and what a mandatory unit counts on the way.

    Steps are tried to see what they change, mean over the streams.
    """
    tables = packed.tables
    free = float((tables.task[:, HEAVY] == 0).mean()) if len(tables.task) else 0.0
    rise = sum(stream.usual_rise() for stream in streams) / len(streams)
    must = rise * HOT_MAY * MUST if free else NEVER_LESS  # where all must be done, hours are seldom what is short
    return rise * (HOT_MUST + (HOT_MAY - HOT_MUST) * free), must


def anneal_all(
    streams: list[Stream], budget: Budget, *, heat: float, cooled: float, must: float = NEVER_LESS,
    tell: Tell | None = None,
) -> Annealed:  # fmt: skip
    """Let the searches run, each in a thread of its own, while the heat falls from ``heat`` to ``cooled``.

    At barriers a search that has fallen behind goes on from the best plan of all.

    Parameters
    ----------
    must : float
        What a mandatory unit counts when a step is judged: by default more than all else.
    tell : callable, optional
        Told the share of the budget that is done, and the best plan so far.
    """
    done, reason = 0, ""
    begun = budget.clock()
    budget, leave = _interruptible(budget)
    with ThreadPoolExecutor(len(streams)) as threads, leave:
        for barrier in range(BARRIERS):
            share = barrier / BARRIERS, (barrier + 1) / BARRIERS
            runs = [threads.submit(_leg, one, budget, begun, (heat, cooled, must), share) for one in streams]
            ends = [run.result() for run in runs]
            done += sum(steps for steps, _ in ends)
            reason = next((why for _, why in ends if why), "")
            best = min((stream.best() for stream in streams), key=lambda found: found.total)
            now = heat * (cooled / heat) ** share[1]
            for stream in streams:
                if stream.bests.total[0] > best.total + BEHIND * now and barrier + 1 < BARRIERS:
                    stream.take_over(best)
            if tell is not None:
                tell(share[1], best)
            if reason:
                break
    pool: dict[RouteKey, None] = {}
    for stream in streams:
        pool.update(stream.pool)
    return Annealed(best, pool, done, reason or ("iterations" if budget.steps is not None else "seconds"))


def _interruptible(budget: Budget) -> tuple[Budget, ExitStack]:
    """Return a budget that is over once the block fails, so that an interrupt does not wait for the threads' legs."""
    failed = threading.Event()
    leave = ExitStack()

    def note(kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None:
            failed.set()

    leave.push(note)
    return replace(budget, stop=lambda: failed.is_set() or budget.stop()), leave


def _leg(
    stream: Stream, budget: Budget, begun: float, heats: tuple[float, float, float], share: tuple[float, float]
) -> tuple[int, str]:
    """Run one search from barrier to barrier; return the steps it took and why it must end, '' if it need not."""
    if budget.steps is None:
        return _by_clock(stream, budget, begun, heats, share)
    heat, cooled, must = heats
    first, last = (round(budget.steps * part) for part in share)
    done = first
    for chunk in range(CHUNKS):
        end = first + (last - first) * (chunk + 1) // CHUNKS
        while done < end:
            steps = min(LOOK, end - done)
            hot, cold = (heat * (cooled / heat) ** (step / budget.steps) for step in (done, done + steps))
            stream.run(hot, cold, steps, must)
            done += steps
            if why := budget.over():
                return done - first, why
        stream.note()
    return done - first, ""


def _by_clock(
    stream: Stream, budget: Budget, begun: float, heats: tuple[float, float, float], share: tuple[float, float]
) -> tuple[int, str]:
    """Run one search from barrier to barrier by the clock, in chunks of the length that it allows."""
    heat, cooled, must = heats
    length = budget.until - begun
    chunk = length * (share[1] - share[0]) / CHUNKS
    done, steps = 0, 50
    while True:
        now = budget.clock()
        first = (now - begun) / length if length > 0 else 1.0
        if first >= share[1] or budget.stop():
            return done, "stopped" if budget.stop() else ""
        last = min(1.0, first + chunk / length)
        stream.run(heat * (cooled / heat) ** first, heat * (cooled / heat) ** last, steps, must)
        stream.note()
        done += steps
        took = max(1e-6, budget.clock() - now)
        steps = max(10, min(4 * steps, round(steps * chunk / took)))

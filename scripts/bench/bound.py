"""What a plan with so much mandatory weight is worth at most, as JSON: a linear bound by column generation.

Columns are routes of a shift within its hours of work; the most valuable at the prices of the moment are found by
labels (time, value, tasks near by that were served: Baldacci, Mingozzi and Roberti, 2011, New route relaxation and
pricing strategies for the vehicle routing problem, Operations Research 59(5)). Windows, rests, limits of metres and
load, shared hours and lags of ties are left out, lateness and imbalance cost nothing, and tied tasks only have to be
served all or none: nothing that a real plan may do is forbidden, so no plan is worth more. Problems with series are
refused, for the weight of a series is no sum over routes.
"""

from __future__ import annotations

import argparse
import itertools
import json
import sys
from typing import Any, NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog
from scipy.sparse import csc_array

from patrol.routing.model import Problem
from patrol.routing.packed import (
    CLOSED,
    COSTS,
    END,
    ENTRY,
    EXIT,
    MAX_WORK,
    PLACES,
    PRICE_OPEN,
    PROFILE,
    SERVICE,
    START,
    TASK,
    WAYS,
    Packed,
    pack,
)  # fmt: skip
from patrol.routing.rules import worth

NEAR = 6  # tasks that a label remembers; more make the bound lower and dearer
KEPT = 30  # routes of a shift added a round
LABELS = 3_000_000
MISSING = 1e9  # milli-ECM a unit of weight that the columns so far cannot serve; the bound holds whatever it is
CLOSE = 1_000.0  # milli-ECM between what the columns give and the bound, at which the rounds end


class Legs(NamedTuple):
    """A shift's ways to serve tasks: their tasks (numbered among themselves), gains, seconds and legs."""

    rows: NDArray[np.int64]
    tasks: NDArray[np.int64]
    task: NDArray[np.int64]
    gain: NDArray[np.float64]
    service: NDArray[np.int64]
    out_s: NDArray[np.int64]
    out: NDArray[np.float64]
    leg_s: NDArray[np.int64]
    leg: NDArray[np.float64]
    home_s: NDArray[np.int64]
    home: NDArray[np.float64]
    limit: int
    near: NDArray[np.int64]


def legs_of(packed: Packed, k: int) -> Legs:
    """Return what a shift can do within its hours."""
    problem, tables = packed.problem, packed.tables
    shift = tables.shift[k]
    places, limit = int(shift[PLACES]), int(shift[MAX_WORK])
    cost = tables.cost[shift[COSTS] : shift[COSTS] + places**2].reshape(places, places).astype(float)
    time = tables.time[shift[WAYS] : shift[WAYS] + places**2].reshape(places, places).astype(np.int64)
    time[cost >= CLOSED] = 10 * limit + 1
    able = [row for task in np.flatnonzero(tables.able[:, k])
            for row in range(*tables.way_at[task, shift[PROFILE]].tolist())]  # fmt: skip
    rows = np.array(able, dtype=np.int64)
    way = tables.option[rows]
    fits = time[shift[START], way[:, ENTRY]] + way[:, SERVICE] + time[way[:, EXIT], shift[END]] <= limit
    rows, way = rows[fits], way[fits]
    tasks, task = np.unique(way[:, TASK], return_inverse=True)
    gain = [worth(problem, k, int(tables.option[row, TASK]), int(tables.number[row])) for row in rows]
    pairs = np.ix_(way[:, EXIT], way[:, ENTRY])
    return Legs(
        rows, tasks, task.astype(np.int64), np.array(gain, dtype=float), way[:, SERVICE],
        time[shift[START], way[:, ENTRY]], cost[shift[START], way[:, ENTRY]] + shift[PRICE_OPEN], time[pairs],
        cost[pairs], time[way[:, EXIT], shift[END]], cost[way[:, EXIT], shift[END]], limit,
        _near(task, len(tasks), time[pairs]),
    )  # fmt: skip


def _near(task: NDArray[np.int64], tasks: int, leg_s: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the bit by which each way remembers each task, -1 for none."""
    bit = np.full((len(task), tasks), -1, dtype=np.int64)
    for way in range(len(task)):
        away = np.full(tasks, np.iinfo(np.int64).max)
        np.minimum.at(away, task, leg_s[way] + leg_s[:, way])
        away[task[way]] = np.iinfo(np.int64).max
        bit[way, np.argsort(away, kind="stable")[: min(NEAR, tasks - 1)]] = np.arange(min(NEAR, tasks - 1))
    return bit


@numba.njit  # type: ignore[untyped-decorator]
def routes_of_most(  # noqa: PLR0913, PLR0915, PLR0917 - one loop, compiled
    task: Any, gain: Any, service: Any, out_s: Any, out: Any, leg_s: Any, leg: Any, home_s: Any, home: Any, limit: int,
    near: Any,
) -> Any:  # fmt: skip
    """Return the values of the best ends, the way of each label and the label before it; whether labels ran out.

    Labels are worked in order of time, by buckets no longer than the shortest service.
    """
    ways, width = len(task), max(1, service.min())
    remembered = np.full((ways, 64), -1, np.int64)
    for way in range(ways):
        for one in range(near.shape[1]):
            if near[way, one] >= 0:
                remembered[way, near[way, one]] = one
    at, clock, worth_of = np.empty(LABELS, np.int32), np.empty(LABELS, np.int64), np.empty(LABELS)
    seen, before = np.empty(LABELS, np.int64), np.empty(LABELS, np.int32)
    later, beside, dead = np.empty(LABELS, np.int32), np.empty(LABELS, np.int32), np.zeros(LABELS, np.bool_)
    bucket, of_way = np.full(limit // width + 2, -1, np.int32), np.full(ways, -1, np.int32)
    best, ends, count = np.full(KEPT, -np.inf), np.full(KEPT, -1, np.int32), 0
    for step in range(-1, len(bucket)):
        now = -2 if step < 0 else bucket[step]
        while now != -1:
            if now >= 0 and dead[now]:
                now = later[now]
                continue
            if now >= 0:
                total, worst = worth_of[now] - home[at[now]], np.argmin(best)
                if total > best[worst]:
                    best[worst], ends[worst] = total, now
            for way in range(ways):
                if now >= 0:
                    here = at[now]
                    bit = near[here, task[way]]
                    if task[way] == task[here] or (bit >= 0 and (seen[now] >> bit) & 1):
                        continue
                    time = clock[now] + leg_s[here, way] + service[way]
                    value = worth_of[now] - leg[here, way] + gain[way]
                else:
                    time, value = out_s[way] + service[way], gain[way] - out[way]
                if time + home_s[way] > limit:
                    continue
                mask = 0
                if now >= 0:
                    for bit in range(NEAR):
                        if (seen[now] >> bit) & 1 and near[way, remembered[at[now], bit]] >= 0:
                            mask |= 1 << near[way, remembered[at[now], bit]]
                    if near[way, task[at[now]]] >= 0:
                        mask |= 1 << near[way, task[at[now]]]
                other, last, beaten = of_way[way], -1, False
                while other != -1:
                    if clock[other] <= time and worth_of[other] >= value and seen[other] & ~mask == 0:
                        beaten = True
                        break
                    if clock[other] >= time and worth_of[other] <= value and mask & ~seen[other] == 0:
                        dead[other] = True
                        if last < 0:
                            of_way[way] = beside[other]
                        else:
                            beside[last] = beside[other]
                    else:
                        last = other
                    other = beside[other]
                if beaten:
                    continue
                if count == LABELS:
                    return best, ends, at, before, True
                at[count], clock[count], worth_of[count], seen[count] = way, time, value, mask
                before[count] = max(now, -1)
                beside[count], later[count] = of_way[way], bucket[time // width]
                of_way[way] = bucket[time // width] = count
                count += 1
            now = -1 if now < 0 else later[now]
    return best, ends, at, before, False


def bound(problem: Problem, weight: int, rounds: int = 500, tell: bool = False) -> float:
    """Return a value (milli-ECM) that no plan with this mandatory weight exceeds.

    Whatever the prices, the value of the columns so far plus what a better route of each shift would add is one.
    """
    if problem.series:
        raise SystemExit("problems with series have no bound of this kind")
    packed = pack(problem)
    legs = [legs_of(packed, k) for k in range(len(problem.shifts))]
    if any(len(one.rows) and one.service.min() < 1 for one in legs):
        raise SystemExit("services that take no time have no bound of this kind")
    mandatory = np.array([task.mandatory for task in problem.tasks], dtype=float)
    ties, tasks = len(problem.ties), len(problem.tasks)
    rows = tasks + len(legs) + 1  # each task once, each shift once, the weight
    side = np.zeros((tasks, ties))
    for number, tie in enumerate(problem.ties):
        side[tie.first, number], side[tie.second, number] = 1.0, -1.0
    columns: dict[tuple[int, tuple[int, ...]], tuple[float, NDArray[np.float64]]] = {}
    least = float("inf")
    for number in range(rounds):
        value, dual, tied = _master(columns, rows, weight, tasks, side)
        price = dual[:tasks] - dual[-1] * mandatory + side @ tied
        more, added = 0.0, 0
        for k, one in enumerate(legs):
            if not len(one.rows):
                continue
            reduced = one.gain - price[one.tasks[one.task]]
            best, ends, at, before, short = routes_of_most(
                one.task, reduced, one.service, one.out_s, one.out, one.leg_s, one.leg, one.home_s, one.home, one.limit,
                one.near,
            )  # fmt: skip
            if short:
                raise SystemExit("too many labels")
            more += max(0.0, float(best.max()) - dual[tasks + k])
            for end in ends[best > dual[tasks + k] + 1e-3].tolist():
                added += _add(columns, k, one, _traced(at, before, end), mandatory, rows)
        least = min(least, value + more)
        if tell:
            print(f"{number}: {len(columns)} routes, at most {least / 1e6:.3f}", file=sys.stderr, flush=True)
        if more < CLOSE or not added:
            break
    return least - sum(task.change_price for task in problem.tasks if task.kept >= 0)


def _traced(at: NDArray[np.int32], before: NDArray[np.int32], end: int) -> list[int]:
    """Return the ways of the route that ends with a label."""
    way: list[int] = []
    label = end
    while label >= 0:
        way.append(int(at[label]))
        label = int(before[label])
    return way[::-1]


def _add(columns: Any, k: int, one: Legs, way: list[int], mandatory: NDArray[np.float64], rows: int) -> bool:
    """Add a route to the columns if it is new."""
    key = (k, tuple(one.rows[way].tolist()))
    if key in columns:
        return False
    value = one.gain[way].sum() - one.out[way[0]] - one.home[way[-1]]
    value -= sum(one.leg[a, b] for a, b in itertools.pairwise(way))
    column = np.zeros(rows)
    np.add.at(column, one.tasks[one.task[way]], 1.0)
    column[len(mandatory) + k] = 1.0
    column[-1] = -mandatory[one.tasks[one.task[way]]].sum()
    columns[key] = (float(value), column)
    return True


def _master(
    columns: Any, rows: int, weight: int, tasks: int, side: NDArray[np.float64]
) -> tuple[float, NDArray[np.float64], NDArray[np.float64]]:
    """Return the value of the best mixture of columns, the prices of the rows, and those of the ties."""
    missing = np.zeros(rows)
    missing[-1] = -1.0
    held = [(-MISSING, missing), *columns.values()]
    matrix = csc_array(np.array([column for _, column in held]).T)
    limits = np.ones(rows)
    limits[-1] = -weight
    ties = side.T @ matrix[:tasks].toarray() if side.shape[1] else None
    found = linprog(
        [-value for value, _ in held], A_ub=matrix, b_ub=limits, A_eq=ties,
        b_eq=np.zeros(side.shape[1]) if side.shape[1] else None, method="highs",
    )  # fmt: skip
    if found.status:
        raise SystemExit(found.message)
    return -float(found.fun), -found.ineqlin.marginals, -found.eqlin.marginals


def main() -> int:
    from scheme import joint_problem  # beside this file

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weight", type=int, nargs="+", required=True, help="mandatory weight that a plan serves")
    args = parser.parse_args()
    problem = joint_problem()
    most = {weight: round(bound(problem, weight, tell=True)) for weight in args.weight}
    print(json.dumps({"set": "joint", "mandatory": sum(t.mandatory for t in problem.tasks), "value_at_most": most}))
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""The compiled loop of the search: take out, put back, and go on from the result if it is not much worse."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from patrol.compiled import inlined, inner, lean
from patrol.routing.board import (
    COUNT,
    FOLLOWED,
    LATE,
    MISSED,
    OVER,
    REST_AT,
    SUMS,
    TOTAL,
    Board,
    copy_route,
    keeps_limits,
)  # fmt: skip
from patrol.routing.chance import State, below, draw
from patrol.routing.packed import (
    BALANCED,
    BIG,
    TASK,
    Ints,
    Small,
    Tables,
)  # fmt: skip
from patrol.routing.placing import NOWHERE, count_misses  # fmt: skip
from patrol.routing.recreating import Guide, Room, recreate
from patrol.routing.ruining import OUT, Touched, ruin
from patrol.routing.turning import turn
from patrol.routing.tying import settle

CROWD = 350  # stops from which on a plan is crowded; below, looking at all legs takes less time than near ones alone
TIED = 0.1  # share of steps that begin with a task of a tied group, if there are any


class Bests(NamedTuple):
    """The best routes met: their rows, stops, legs with the rest; their total; which have changed since."""

    way: Small
    counts: Ints
    rest_at: Ints
    total: Ints
    stale: Small


@lean
def anneal(
    tables: Tables, board: Board, held: Board, bests: Bests, guide: Guide, room: Room, heat: float, cooled: float,
    must: float, steps: int, state: State,
) -> int:  # fmt: skip
    """Take so many steps while the heat falls from ``heat`` to ``cooled``; return the total that the last one left.

    Whether to go on from a step, a mandatory unit counts ``must``, not more than everything else: where mandatory tasks
    fill the hours, the way to a better plan leads through plans that miss one. The best plan is kept by the total.

    ``board`` and ``held`` are the same routes before and after; ``held`` is what a step that is refused goes back to.
    """
    total = plan_total(tables, board)
    touched = room.touched
    crowded = False
    for step in range(steps):
        now = heat * (cooled / heat) ** (step / steps)
        if step % 100 == 0:
            crowded = stops_of(board) > CROWD
        touched.counts[0] = touched.counts[1] = 0
        for i in range(SUMS):
            room.saved[i] = board.sums[i]
        seed = below(state, len(tables.task))
        if len(tables.member_at) and draw(state) < TIED:
            seed = int(tables.member[below(state, len(tables.member))])
        ruin(tables, board, room.trial, guide.near, touched, seed, state)
        holds = not any_followed(board, held, touched) or settle(tables, board, room.trial)
        for i in range(touched.counts[0]):
            turn(tables, board, touched.route[i], room.old, room.sums, room.back)
        if holds:
            holds = recreate(tables, board, guide, room, seed, now, crowded, state)
        change = finish(tables, board, held, room) if holds else NOWHERE
        if 0 < change < tables.numbers[BIG]:
            room.rises[0] += 1.0
            room.rises[1] += np.log(float(change))
        if worsening(tables, change, must) < -now * np.log(1.0 - draw(state)):
            total += change
            accept(tables, board, held, bests, touched)
            if total < bests.total[0]:
                keep_best(board, bests, total)
        else:
            refuse(tables, board, held, room)
    return total


@inlined
def worsening(tables: Tables, change: int, must: float) -> float:
    """Return a change of the total with so much for each mandatory unit."""
    big = tables.numbers[BIG]
    if change >= NOWHERE:
        return np.inf
    units = (change + big // 2) // big
    return float(units) * must + float(change - units * big)


@inlined
def any_followed(board: Board, held: Board, touched: Touched) -> bool:
    """Return whether a route that a step has changed is followed, or was."""
    for i in range(touched.counts[0]):
        if board.route[touched.route[i], FOLLOWED] or held.route[touched.route[i], FOLLOWED]:
            return True
    return False


@inlined
def stops_of(board: Board) -> int:
    """Return how many stops all routes have."""
    stops = 0
    for k in range(len(board.route)):
        stops += board.route[k, COUNT]
    return stops


@lean
def plan_total(tables: Tables, board: Board) -> int:
    """Return the total of all routes and of what is a matter of the whole plan."""
    total = over_cost(tables, board) + board.sums[LATE] + board.sums[MISSED]
    for k in range(len(board.route)):
        total += board.route[k, TOTAL]
    return int(total)


@inlined
def over_cost(tables: Tables, board: Board) -> int:
    """Return what hours out of balance cost, and write it."""
    cost = 0
    for b in range(len(board.spent)):
        cost += max(0, board.spent[b] - tables.balance[b, 0]) * tables.balance[b, 1]
    board.sums[OVER] = cost
    return cost


@inner
def finish(tables: Tables, board: Board, held: Board, room: Room) -> int:
    """Turn what changed, and return what the step adds to the total, ``NOWHERE`` if a rule is broken."""
    touched, change = room.touched, 0
    for i in range(touched.counts[0]):
        k = touched.route[i]
        turn(tables, board, k, room.old, room.sums, room.back)
        if not keeps_limits(tables, board, k):
            return NOWHERE
        change += board.route[k, TOTAL] - held.route[k, TOTAL]
    for group in range(len(board.used)):
        if board.used[group] > tables.shared_s[group]:
            return NOWHERE
    if tables.numbers[BALANCED]:
        over_cost(tables, board)
    return int(
        change
        + (board.sums[LATE] - room.saved[LATE])
        + (board.sums[MISSED] - room.saved[MISSED])
        + (board.sums[OVER] - room.saved[OVER])
    )


@inner
def accept(tables: Tables, board: Board, held: Board, bests: Bests, touched: Touched) -> None:
    """Go on from the result of a step."""
    for i in range(touched.counts[1]):
        if board.where[touched.task[i], 0] < 0:
            board.where[touched.task[i], 0] = OUT
    for i in range(touched.counts[0]):
        k = touched.route[i]
        copy_route(tables, board, held, k)
        touched.is_route[k] = 0
        bests.stale[k] = 1


@inner
def refuse(tables: Tables, board: Board, held: Board, room: Room) -> None:
    """Go back to the routes before a step."""
    touched = room.touched
    for i in range(touched.counts[1]):
        board.where[touched.task[i], 0] = OUT
    for i in range(touched.counts[0]):
        k = touched.route[i]
        for j in range(board.route[k, COUNT]):
            board.where[tables.option[board.way[k, j], TASK], 0] = OUT
    followed = False
    for i in range(touched.counts[0]):
        k = touched.route[i]
        followed |= board.route[k, FOLLOWED] != 0
        copy_route(tables, held, board, k)
        followed |= board.route[k, FOLLOWED] != 0
        touched.is_route[k] = 0
        for j in range(board.route[k, COUNT]):
            task = tables.option[board.way[k, j], TASK]
            board.where[task, 0], board.where[task, 1] = k, j
    for i in range(touched.counts[1]):
        count_misses(tables, board, touched.task[i])
    for i in range(SUMS):
        board.sums[i] = room.saved[i]
    if followed:
        settle(tables, board, room.trial)


@inlined
def keep_best(board: Board, bests: Bests, total: int) -> None:
    """Copy the routes that changed since the last best."""
    bests.total[0] = total
    for k in range(len(board.route)):
        if bests.stale[k]:
            bests.stale[k] = 0
            count = board.route[k, COUNT]
            bests.counts[k], bests.rest_at[k] = count, board.route[k, REST_AT]
            for i in range(count):
                bests.way[k, i] = board.way[k, i]

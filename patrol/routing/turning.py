"""The best way to serve each task of a route in its order: a small dynamic programme over the options of each stop.

Local search turns one task at a time; a route driven the other way round needs all of them turned at once.
"""

from __future__ import annotations

import numpy as np

from patrol.compiled import inlined
from patrol.routing.board import COUNT, FOLLOWED, TOTAL, Board, keeps_limits, refresh
from patrol.routing.packed import COSTS, END, ENTRY, EXIT, PLACES, PROFILE, START, TASK, Ints, Small, Tables


@inlined
def turn(tables: Tables, board: Board, shift: int, old: Small, sums: Ints, back: Small) -> bool:
    """Serve the stops of a route in the ways of least cost if it keeps its limits then; return whether any changed.

    ``old``, ``sums`` and ``back`` are room for a row, two rows and a table of the ways of every stop.
    """
    count = board.route[shift, COUNT]
    profile, costs, places = tables.shift[shift, PROFILE], tables.shift[shift, COSTS], tables.shift[shift, PLACES]
    if count == 0 or sums.shape[1] == 1 or board.route[shift, FOLLOWED]:
        return False  # nothing to choose, or starts that others rely on
    before, widest = 1, 1
    sums[0, 0] = 0
    first_before = -1
    for i in range(count):
        row = board.way[shift, i]
        task = tables.option[row, TASK]
        first, last = tables.way_at[task, profile, 0], tables.way_at[task, profile, 1]
        widest = max(widest, last - first)
        now, then = i % 2, 1 - i % 2
        for one in range(last - first):
            entry = tables.option[first + one, ENTRY]
            least, found = 2**62, 0
            for other in range(before):
                place = tables.shift[shift, START] if i == 0 else tables.option[first_before + other, EXIT]
                cost = sums[now, other] + tables.cost[costs + place * places + entry]
                if cost < least:
                    least, found = cost, other
            sums[then, one] = least - tables.gain[first + one, shift]
            back[i, one] = found
        before, first_before = last - first, first
    if widest == 1:
        return False
    least, found = 2**62, 0
    end = tables.shift[shift, END]
    for other in range(before):
        place = tables.option[first_before + other, EXIT]
        cost = sums[count % 2, other] + tables.cost[costs + place * places + end]
        if cost < least:
            least, found = cost, other
    changed = False
    for i in range(count - 1, -1, -1):
        row = board.way[shift, i]
        old[i] = row
        best = tables.way_at[tables.option[row, TASK], profile, 0] + found
        if best != row:
            board.way[shift, i] = best
            changed = True
        found = back[i, found]
    if not changed:
        return False
    total = board.route[shift, TOTAL]
    refresh(tables, board, shift)
    if board.route[shift, TOTAL] < total and keeps_limits(tables, board, shift):
        return True
    for i in range(count):
        board.way[shift, i] = old[i]
    refresh(tables, board, shift)
    return False


def room_to_turn(tables: Tables, stops: int) -> tuple[Small, Ints, Small]:
    """Return the room that :func:`turn` needs for routes of so many stops."""
    ways = (tables.way_at[:, :, 1] - tables.way_at[:, :, 0]).max(initial=1)
    return np.zeros(stops, np.int32), np.zeros((2, int(ways)), np.int64), np.zeros((stops, int(ways)), np.int32)

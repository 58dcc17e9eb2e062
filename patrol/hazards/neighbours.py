"""Which reports may tell of the same thing: a compiled search that never holds more than one report's pairs.

Reports are entered in grids by type and by size of their uncertainty, each grid with cells as wide as its own
largest reach: a satellite's pixel of half a kilometre does not make every other report look half a kilometre
far. A report looks in the grids of its own size and of smaller ones; whatever it finds there is a pair, and
pairs are joined at once (union-find), never kept.
"""

from __future__ import annotations

import math

import numpy as np

from patrol.compiled import compiled
from patrol.hazards.along import Ways
from patrol.hazards.grids import NO_TIME, OFF, ON_FOOT, Rows, Scratch, Search
from patrol.network.trees import IntArray

ROUNDING_M = 1e-6  # the same way measured from its other end
LASTING = np.iinfo(np.int64).max


@compiled
def _spread(ways: Ways, room: Scratch, span: int, along: float, limit: float) -> None:
    """Write the distance to every node within ``limit`` metres of a place on a span: label correcting, a queue."""
    room.mark[0] += 1
    mark, head, tail, places = room.mark[0], 0, 0, len(room.queue)
    for end in range(2):
        node = ways.u[span] if end == 0 else ways.v[span]
        metres = along if end == 0 else ways.length[span] - along
        if metres <= limit and (room.stamp[node] != mark or metres < room.far[node]):
            if room.stamp[node] != mark:
                room.queue[tail] = node
                tail = (tail + 1) % places
                room.queued[node] = True
            room.stamp[node], room.far[node] = mark, metres
    while head != tail:
        node = room.queue[head]
        head = (head + 1) % places
        room.queued[node] = False
        for k in range(ways.start[node], ways.start[node + 1]):
            after, metres = ways.to[k], room.far[node] + ways.metres[k]
            if metres <= limit and (room.stamp[after] != mark or metres < room.far[after]):
                room.stamp[after], room.far[after] = mark, metres
                if not room.queued[after]:
                    room.queue[tail] = after
                    tail = (tail + 1) % places
                    room.queued[after] = True


@compiled
def _metres(ways: Ways, room: Scratch, rows: Rows, i: int, j: int) -> float:
    """Return the distance along the line from ``i``, whose surroundings were just spread, to ``j``."""
    span = rows.span[j]
    best = abs(rows.along[i] - rows.along[j]) if span == rows.span[i] else np.inf
    mark, u, v = room.mark[0], ways.u[span], ways.v[span]
    if room.stamp[u] == mark:
        best = min(best, room.far[u] + rows.along[j])
    if room.stamp[v] == mark:
        best = min(best, room.far[v] + ways.length[span] - rows.along[j])
    return best


@compiled
def _root(root: IntArray, i: int) -> int:
    while root[i] != i:
        root[i] = root[root[i]]
        i = root[i]
    return i


@compiled
def _near(i: int, largest: int, timed: bool, all_: Search) -> int:
    """Write into ``found`` the free reports of size up to ``largest`` that may be one thing with ``i``; count them."""
    index, rules = all_.grid, all_.rules
    on, count, kind = all_.rows.span[i] >= 0, 0, all_.rows.type[i]
    reached = -1.0
    for layer in range(3):
        if (layer == ON_FOOT) != on and layer != OFF:
            continue
        for a in range(rules.ally_start[kind], rules.ally_start[kind + 1]):
            for size in range(largest + 1):
                block = (layer * len(rules.window) + rules.ally[a]) * index.sizes + size
                if index.start[block] < index.start[block + 1]:
                    count, reached = _scan(i, block, layer == ON_FOOT, timed, all_, count, reached)
    return count


@compiled
def _from(key: IntArray, first: int, last: int, least: int) -> int:
    """Return the first of the sorted entries that is not below ``least``."""
    while first < last:
        middle = (first + last) // 2
        if key[middle] < least:
            first = middle + 1
        else:
            last = middle
    return first


@compiled
def _scan(i: int, block: int, along: bool, timed: bool, all_: Search, count: int, reached: float) -> tuple[int, float]:
    """Add what one block holds; ``reached`` is how far the line round ``i`` has been searched, negative if not yet."""
    index, rows = all_.grid, all_.rows
    first, last = index.start[block], index.start[block + 1]
    half, cell = all_.rules.base + rows.radius[i] + index.widest[block], index.cell[block]
    places = rows.foot if along else rows.raw
    px, py, columns, known, mine = places[i, 0], places[i, 1], index.columns[block], rows.known[i], _root(all_.root, i)
    x, y, reach = px - index.low[0], py - index.low[1], all_.rules.base + rows.radius[i] + ROUNDING_M
    window = LASTING
    if timed:
        window = min(all_.rules.window[rows.type[i]], all_.rules.window[rows.type[index.row[first]]])
        if window < LASTING and rows.time[i] == NO_TIME:
            return count, reached
    left, right = max(math.floor((x - half) / cell), 0), min(math.floor((x + half) / cell), columns - 1)
    low, high = max(math.floor((y - half) / cell), 0), math.floor((y + half) / cell)
    if right < left or high < low:
        return count, reached
    whole = high - low >= last - first  # more rows of cells than reports: look at all of these
    for line in range(low, (low if whole else high) + 1):
        k = first
        if not whole:
            k = first = _from(index.key, first, last, line * columns + left)
        while k < last and (whole or index.key[k] <= line * columns + right):
            j = index.row[k]
            k += 1
            # tested here and not in a function of its own: passing all the arrays on costs more than the test
            if i == j or not all_.free[j] or (known and rows.known[j]):
                continue
            limit = reach + rows.radius[j]
            if (places[j, 0] - px) ** 2 + (places[j, 1] - py) ** 2 > limit * limit:
                continue
            if window < LASTING and (rows.time[j] == NO_TIME or abs(rows.time[j] - rows.time[i]) > window):
                continue
            if _root(all_.root, j) == mine:
                continue
            if along:
                if reached < half:
                    _spread(all_.ways, all_.room, rows.span[i], rows.along[i], half + ROUNDING_M)
                    reached = half
                if _metres(all_.ways, all_.room, rows, i, j) > limit:
                    continue
            all_.room.found[count] = j
            count += 1
    return count, reached


@compiled
def join(all_: Search) -> None:
    """Join every free report with every free one that may be the same thing, in ``root``."""
    index = all_.grid
    for k in range(index.start[len(index.start) // 3 * 2]):  # every report once: on the line, then off it
        i = index.row[k]
        if not all_.free[i]:
            continue
        for n in range(_near(i, all_.rows.size[i], True, all_)):
            one, other = _root(all_.root, i), _root(all_.root, all_.room.found[n])
            all_.root[max(one, other)] = min(one, other)


@compiled
def claim(all_: Search, claimants: IntArray, owner: IntArray, until: IntArray, grade: IntArray, best: IntArray) -> None:
    """Let reports of closed hazards claim free ones captured before the closing; the first closed has the say.

    ``owner`` is the number of each report's closed hazard, in order of closing, ``until`` when each was closed,
    ``grade`` how grave it was, and ``best`` the least number that claims each report. What is graver than
    what was closed is not claimed: nobody has closed that.
    """
    for i in claimants:
        for n in range(_near(i, all_.grid.sizes - 1, True, all_)):
            j = all_.room.found[n]
            if all_.rows.grade[j] < grade[owner[i]]:
                continue
            if all_.rows.time[j] != NO_TIME and all_.rows.time[j] <= until[owner[i]]:
                best[j] = min(best[j], owner[i])


@compiled
def last_closed(all_: Search, asking: IntArray, owner: IntArray, until: IntArray, last: IntArray) -> None:
    """Write for each asking report the hazard there that was closed last before it, however long ago."""
    for i in asking:
        for n in range(_near(i, all_.grid.sizes - 1, False, all_)):
            j = all_.room.found[n]
            if all_.rows.time[i] == NO_TIME or until[owner[j]] < all_.rows.time[i]:
                last[i] = max(last[i], owner[j])

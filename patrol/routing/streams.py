"""One search of several that run side by side: its routes, its random numbers, and the routes it has met."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from patrol.routing.annealing import Bests, anneal, plan_total
from patrol.routing.board import COUNT, REST_AT, SUMS, Board, get_draft, new_board, put_draft
from patrol.routing.chance import State, new_state
from patrol.routing.grouping import new_choices
from patrol.routing.guide import MOST_NEAR
from patrol.routing.offering import new_spots
from patrol.routing.packed import HEAVY, SERVICE, TASK, TRACKED, WORTH, Ints, Packed, Small
from patrol.routing.recreating import Guide, Room, fill
from patrol.routing.ruining import new_touched
from patrol.routing.rules import Draft
from patrol.routing.schedule import Rests
from patrol.routing.turning import room_to_turn
from patrol.routing.tying import new_trial, settle

TRY_OUT = 1000  # steps that only measure what a step of this problem changes
ANY_PRICE = 2**60
NEVER_LESS = 1e18  # what a mandatory unit counts where none may be missed on the way
RouteKey = tuple[int, bytes]  # shift, rows of ``Tables.option``


@dataclass(frozen=True, slots=True)
class Found:
    """Sequences, the legs that have the rest of routes with tied or late stops, and what the whole costs."""

    draft: Draft
    rests: Rests
    total: int


class Stream:
    """A search with its own routes and random numbers. Its ``pool`` holds every route met at the end of a chunk."""

    def __init__(self, packed: Packed, guide: Guide, seed: int, number: int, start: Draft | None) -> None:
        tables = packed.tables
        self.packed, self.guide = packed, guide
        self.state: State = new_state(seed, number)
        self.board, self.held = new_board(packed), new_board(packed)
        self.room = make_room(packed, self.board)
        self.pool: dict[RouteKey, None] = {}
        if start is not None:
            put_draft(packed, self.board, start)
            if not settle(tables, self.board, self.room.trial):
                raise ValueError("the starts of the plan to begin with do not agree")
        elif not fill(tables, self.board, self.room, first_order(packed), ANY_PRICE, self.state):
            _copy(new_board(packed), self.board)  # starts that go on and on: begin with nothing
        self.bests = Bests(
            self.board.way.copy(),
            self.board.route[:, COUNT].copy(),
            self.board.route[:, REST_AT].copy(),
            np.array([plan_total(tables, self.board)]),
            np.zeros(len(self.board.route), np.int32),
        )
        _copy(self.board, self.held)
        self._record(self.board.way, self.board.route[:, COUNT])

    def best(self) -> Found:
        """Return the best plan met."""
        rests = {k: int(rest) for k, rest in enumerate(self.bests.rest_at) if self.bests.counts[k]}
        followed = {k: rest for k, rest in rests.items() if rest >= -1 and self._follows(k)}
        draft = get_draft(self.packed, self.bests.way, self.bests.counts)
        return Found(draft, followed, int(self.bests.total[0]))

    def _follows(self, shift: int) -> bool:
        rows = self.bests.way[shift, : self.bests.counts[shift]]
        tables = self.packed.tables
        return bool(tables.task[tables.option[rows, TASK], TRACKED].any())

    def usual_rise(self) -> float:
        """Return by how much a step that makes the plan worse does so, its geometric mean; steps are tried for it."""
        self.room.rises[:] = 0.0
        self.run(1e-3, 1e-3, TRY_OUT, NEVER_LESS)
        count, logs = self.room.rises.tolist()
        return math.exp(logs / count) if count else 1.0

    def run(self, heat: float, cooled: float, steps: int, must: float) -> None:
        """Take steps while the heat falls; ``must`` is what a mandatory unit counts on the way."""
        anneal(
            self.packed.tables, self.board, self.held, self.bests, self.guide, self.room, heat, cooled, must,
            steps, self.state,
        )  # fmt: skip

    def note(self) -> None:
        """Note the routes of now and of the best plan."""
        self._record(self.board.way, self.board.route[:, COUNT])
        self._record(self.bests.way, self.bests.counts)

    def take_over(self, found: Found) -> None:
        """Go on from a plan that another search has met, or that was put together from routes of several."""
        empty = new_board(self.packed)
        put_draft(self.packed, empty, found.draft)
        for shift, rest in found.rests.items():
            empty.route[shift, REST_AT] = rest
        if not settle(self.packed.tables, empty, self.room.trial):
            return
        _copy(empty, self.board)
        _copy(empty, self.held)
        total = plan_total(self.packed.tables, self.board)
        if total < self.bests.total[0]:
            self.bests.way[:] = self.board.way
            self.bests.counts[:] = self.board.route[:, COUNT]
            self.bests.rest_at[:] = self.board.route[:, REST_AT]
            self.bests.total[0] = total
            self.bests.stale[:] = 0
        else:
            self.bests.stale[:] = 1

    def _record(self, way: Small, count: Ints) -> None:
        for shift in np.flatnonzero(count).tolist():
            self.pool.setdefault((shift, way[shift, : count[shift]].tobytes()))


def make_room(packed: Packed, board: Board) -> Room:
    """Return the room that the loops need for a problem."""
    tables, stops = packed.tables, board.way.shape[1]
    return Room(
        new_spots(tables, MOST_NEAR),
        new_touched(tables),
        new_trial(tables, stops),
        new_choices(tables),
        *room_to_turn(tables, stops),
        np.zeros(len(tables.task) + 1),
        np.zeros(SUMS, np.int64),
        np.zeros(2),
    )


def first_order(packed: Packed) -> Small:
    """Return all tasks in the order in which a first plan takes them: heavy ones, then by worth a second of service."""
    tables = packed.tables
    seconds = np.ones(len(tables.task))
    np.maximum.at(seconds, tables.option[:, TASK], tables.option[:, SERVICE].astype(float))
    return np.lexsort((-tables.task[:, WORTH] / seconds, -tables.task[:, HEAVY])).astype(np.int32)


def route_of(packed: Packed, key: RouteKey) -> tuple[int, tuple[tuple[int, int], ...]]:
    """Return a route of a pool as shift and sequence."""
    shift, rows = key
    tables = packed.tables
    return shift, tuple((int(tables.option[k, TASK]), int(tables.number[k])) for k in np.frombuffer(rows, np.int32))


def _copy(source: Board, target: Board) -> None:
    for name in Board._fields:
        getattr(target, name)[:] = getattr(source, name)

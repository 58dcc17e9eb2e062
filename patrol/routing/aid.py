"""The rule of mutual aid, kept by the finished plan: no other zone's crew where one at home has room.

While the search goes on, the rule is asked whenever a task is put in. Later steps may make room at home, so at the end
every task that another zone's crew does though it need not goes to the crew at home that takes it at the least cost.
"""

from __future__ import annotations

from patrol.compiled import inner, lean
from patrol.routing.board import Board
from patrol.routing.chance import State
from patrol.routing.offering import home_legs
from patrol.routing.packed import AID_ROOM, DAY, Tables
from patrol.routing.placing import NOWHERE, insert, place_apart
from patrol.routing.recreating import Room
from patrol.routing.ruining import take_one, touch
from patrol.routing.tying import CHOSEN, settle


@lean
def bring_home(tables: Tables, board: Board, room: Room, state: State) -> int:
    """Give tasks to crews at home that have room for them; return how many went, -1 if starts do not agree then.

    The number of tasks in which other zones help falls with each, so this ends.
    """
    moved = 0
    again = True
    while again:
        again = False
        for task in range(len(board.where)):
            shift = board.where[task, 0]
            if shift < 0 or tables.able[task, shift] != AID_ROOM:
                continue
            if at_home(tables, board, room, task, state):
                moved += 1
                again = True
                if not settle(tables, board, room.trial):
                    return -1
    return moved


@inner
def at_home(tables: Tables, board: Board, room: Room, task: int, state: State) -> bool:
    """Move a task to a shift at home on the same day if one admits it; return whether one did."""
    touched, trial = room.touched, room.trial
    shift = board.where[task, 0]
    runs = home_legs(tables, board, room.spots, task, tables.shift[shift, DAY])
    if place_apart(tables, board, room.spots, trial, runs, task, NOWHERE, 0.0, True, state)[1] < 0:
        return False
    touched.counts[0] = touched.counts[1] = 0
    take_one(tables, board, trial, touched, task)
    runs = home_legs(tables, board, room.spots, task, tables.shift[shift, DAY])
    _, home, leg, row = place_apart(tables, board, room.spots, trial, runs, task, NOWHERE, 0.0, True, state)
    touch(touched, home)
    insert(tables, board, home, leg, row, trial.late[CHOSEN])
    for i in range(touched.counts[0]):
        touched.is_route[touched.route[i]] = 0
    return True

"""A draft made a plan: its starts agreed, mutual aid kept to its rule, its goals reckoned."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from patrol.routing.aid import bring_home
from patrol.routing.board import COUNT, FOLLOWED, LATE, REST_AT, get_draft, keeps_all, new_board, put_draft
from patrol.routing.chance import new_state
from patrol.routing.packed import ROOMS, Packed, Small
from patrol.routing.recreating import fill
from patrol.routing.rules import Draft, Goal, goal, series_fit, ties_whole
from patrol.routing.schedule import Rests
from patrol.routing.streams import first_order, make_room
from patrol.routing.tying import settle

Progress = Callable[[int, int, int], None]  # told (done, total, value so far in milli-ECM)


@dataclass(frozen=True, slots=True)
class Plan:
    """Sequences, the legs that have the rest of routes with tied or late stops, and their goals."""

    draft: Draft
    rests: Rests
    goal: Goal


@dataclass(frozen=True, slots=True)
class Searched:
    """What a search found: the plan, how many iterations it took, and why it ended (``Solution.stopped_by``)."""

    plan: Plan
    iterations: int
    stopped_by: str


def reckon(
    packed: Packed, draft: Draft, rests: Rests | None = None, *, more: bool = False, order: Small | None = None
) -> Plan | None:
    """Return a draft as a plan that keeps every rule, or None if it breaks one.

    Parameters
    ----------
    more : bool
        Put in whatever is left out and pays.
    order : ndarray of int32, optional
        Tasks in the order in which that is tried; by default heavy ones first, then by worth a second.
    """
    tables, problem = packed.tables, packed.problem
    if not (series_fit(problem, draft) and ties_whole(problem, draft)):
        return None
    board = new_board(packed)
    put_draft(packed, board, draft)
    for shift, rest in (rests or {}).items():
        board.route[shift, REST_AT] = rest
    room, state = make_room(packed, board), new_state(0)
    if not settle(tables, board, room.trial) or not keeps_all(tables, board):
        return None
    if tables.numbers[ROOMS] and bring_home(tables, board, room, state) < 0:
        return None
    if more and not fill(tables, board, room, first_order(packed) if order is None else order, 0, state):
        return reckon(packed, draft, rests)  # what was put in last does not agree with the rest: the plan without it
    found = get_draft(packed, board.way, board.route[:, COUNT])
    followed = {shift: int(board.route[shift, REST_AT]) for shift, _ in found if board.route[shift, FOLLOWED]}
    return Plan(found, followed, goal(problem, found, int(board.sums[LATE])))


def first_plan(packed: Packed) -> Plan:
    """Return a plan made by insertion alone: heavy tasks first, then by worth a second, wherever they pay."""
    plan = reckon(packed, (), more=True)
    if plan is None:
        raise AssertionError("the starts of a plan made by insertion do not agree")
    return plan

"""Hazards put together anew by the rules: what is parted, merged, and said of them, each an event of its own.

The actor of these events is ``patrol``: nobody has acted upon a hazard that only they are about.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from patrol.errors import Finding
from patrol.hazards.arrangement import Arrangement
from patrol.hazards.ground import Ground
from patrol.hazards.joining import join_hazards
from patrol.hazards.lookup import MACHINE
from patrol.hazards.model import Event, canonical
from patrol.hazards.register import Register
from patrol.hazards.states import DATED, SHUT, Stated


def realize(register: Register, place: Arrangement, *, now: str, actor: str, party: str) -> tuple[tuple[str, str], ...]:
    """Bring the register to an arrangement; return the hazards that were merged, (kept, absorbed).

    Parameters
    ----------
    now : str
        Stamp.
    actor, party : str
        Who handed in the lists whose states are taken over.
    """
    if not place:
        return ()
    keeper, joins, pieces = dict(place.keeper), list(place.joins), set[str]()
    for root, label, reports in place.parts:
        piece = register.part(root, reports, at=now)
        pieces.add(piece)
        if label in keeper:
            joins.append((label, piece))
        else:
            keeper[label] = piece
    merged = [(keeper[label], absorbed) for label, absorbed in joins if keeper[label] != absorbed]
    register.note(
        [Event("merge", into, now, MACHINE, "enterprise", canonical({"into": into, "from": absorbed}))
         for into, absorbed in merged],
        recorded_at=now,
    )  # fmt: skip
    _state(register, {keeper[label]: state for label, state in place.states.items()}, now, actor, party)
    body = [(report, canonical({"previous_id": keeper.get(label, "")})) for report, label in place.previous]
    register.note(
        [Event("correct", report, now, MACHINE, "enterprise", said) for report, said in body], recorded_at=now
    )
    return tuple(pair for pair in merged if pair[1] not in pieces)


def _state(register: Register, states: dict[str, Stated], now: str, actor: str, party: str) -> None:
    """Take over what lists say of hazards, unless the register says so already."""
    events = []
    for hazard, want in states.items():
        have = register.memory.state(hazard)
        since = want.at[:23] if want.state in DATED else ""
        if (have.state, have.at[:23] if since else "") != (want.state, since):
            body = canonical({"state": want.state})
            events.append(Event("adopt", hazard, want.at if want.state in DATED else now, actor, party, body))
    register.note(events, recorded_at=now)


def arrange(register: Register, ground: Ground, reports: frozenset[str], *, now: str) -> tuple[tuple[str, str], ...]:
    """Put together anew the hazards of some reports, which have changed, and all that may belong with them."""
    if not reports:
        return ()
    none = register.memory.around([])
    _, place, _ = join_hazards(register, none.assign(**_NEW, seen=none["captured_at"]), ground, seeds=reports)
    return realize(register, place, now=now, actor=MACHINE, party="enterprise")


_NEW = {name: np.empty(0) for name in ("x", "y", "span", "along", "snap_m")} | {"key": np.empty(0, dtype=object)}


def tell_states(register: Register, rows: pd.DataFrame, label: str) -> list[Finding]:
    """Return a suspicion for each hazard that somebody has acted upon, where a file gives it another end than that.

    Parameters
    ----------
    rows : DataFrame
        Reports under known ids that say something else than before: ``report_id, given_state, row``.
    """
    told = []
    if rows.empty:
        return []
    stated = rows[rows["given_state"] != ""]
    for name, given, row in zip(stated["report_id"], stated["given_state"], stated["row"], strict=True):
        hazard = register.find(name)
        state = register.memory.state(hazard).state
        if hazard in register.memory.untouched([hazard]) or given == state or not {given, state} & set(SHUT):
            continue
        what, mend = f"{hazard} is {state} here and {given} in this file", "reopen or confirm it by hand"
        told.append(Finding("suspicion", "hazards.other_state", label, what, mend, row=int(row)))
    return told

"""Looks at hazards and visits about requests, brought to the register by its own actions: found, found nothing, done.

A hazard that was found is verified, one that nobody found any more is refuted, a request that was dealt with is done.
Each event bears the item that it follows from, so that the same word is brought once; where a crew takes its word back
the event is taken back too, as far as the register can: what was refuted is reopened, what was verified is told. What a
party may not do, or what somebody has decided since, stays as it is and is told.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from patrol.errors import Finding, PatrolError
from patrol.field.model import DONE, Item
from patrol.hazards.lifecycle import BEFORE
from patrol.hazards.model import Event, canonical
from patrol.hazards.register import Register
from patrol.hazards.stamps import stamp

_VERDICT = {"there": "verify", "nothing": "refute"}
_OURS = "field_item"  # in the body of an event: the item it follows from
_LABEL = "register"


def bring_looks(register: Register, held: Iterable[Item], about: Collection[str], *, now: str) -> list[Finding]:
    """Bring what holds of hazards and requests to the register; doing it again changes nothing.

    Parameters
    ----------
    register : Register
    held : iterable of Item
        All items that hold, those of earlier imports too: what is missing among them was taken back.
    about : collection of str
        Hazards and requests that this import speaks of, or of which something else holds since.
    now : str
        Stamp.

    Returns
    -------
    list of Finding
        What was not done, and why.
    """
    latest: dict[tuple[str, str], Item] = {}
    for item in sorted(held, key=lambda one: (one.at, one.item)):
        if item.kind in ("hazard", "request"):
            latest[item.kind, item.ref] = item
    looks, visits = (
        {ref: one for (kind, ref), one in latest.items() if kind == wanted and one.outcome == DONE}
        for wanted in ("hazard", "request")
    )
    return _hazards(register, looks, about, now) + _requests(register, visits, about, now)


def _own_events(register: Register, *actions: str) -> dict[str, tuple[str, str]]:
    """Return (action, item) of the last event upon each thing, item "" where it was somebody else's."""
    last: dict[str, tuple[str, str]] = {}
    events = register.events(*actions)
    for subject, action, body in zip(events["subject"], events["action"], events["body"], strict=True):
        said: dict[str, Any] = json.loads(body)
        last[subject] = (action, str(said.get(_OURS, "")))
    return last


def _hazards(register: Register, looks: dict[str, Item], about: Collection[str], now: str) -> list[Finding]:
    known = set(register.hazards()["hazard_id"])
    last = _own_events(register, *BEFORE)
    told: list[Finding] = []
    brought = {item: subject for subject, (_, item) in last.items() if item}
    for item, subject in sorted(brought.items()):
        current = looks.get(subject)
        if current is None or (current.item != item and not current.found):
            told += _take_back(register, subject, last[subject], about, now)
    for ref, one in sorted(looks.items()):
        if not one.found or ref not in about:
            continue
        action = _VERDICT[one.found]
        if ref not in known and not _finds(register, ref):
            what = f"{ref} was looked at, and the register does not have it: nothing is recorded of it"
            told.append(Finding("note", "field.not_in_register", _LABEL, what, "take its file in: hazards import"))
            continue
        if last.get(ref) == (action, one.item):
            continue
        again = last.get(ref, ("", ""))[0] == "refute" and last[ref][1] != ""
        if again:
            told += _take_back(register, ref, last[ref], about, now)
        if action == "verify" and register.state(ref) != "reported":
            continue  # more than that is known of it already
        told += _do(register, action, ref, one, now, after=now if again else "")
    return told


def _finds(register: Register, ref: str) -> bool:
    try:
        register.find(ref)
    except PatrolError:
        return False
    return True


def _take_back(register: Register, ref: str, event: tuple[str, str], about: Collection[str], now: str) -> list[Finding]:
    """Take back what was recorded by a word that holds no more."""
    action, item = event
    if action == "refute" and register.state(ref) == "refuted":
        body = canonical({_OURS: f"{item}:back", "note": "the crew took back that it found nothing"})
        return _asked(register, Event("reopen", ref, now, "field", "enterprise", body), now)
    if action == "verify" and ref in about:
        what = f"{ref} was verified by a look that its crew has taken back since: it stays as it is"
        return [Finding("suspicion", "field.taken_back", _LABEL, what, "look again; refute it if it is not there")]
    return []


def _requests(register: Register, visits: dict[str, Item], about: Collection[str], now: str) -> list[Finding]:
    requests = register.requests()
    state = dict(zip(requests["request_id"], requests["state"], strict=True))
    last = _own_events(register, "request_done", "request_cancelled", "request_reopened")
    told: list[Finding] = []
    done = {ref: one for ref, one in visits.items() if ref in state}
    for ref, (action, item) in sorted(last.items()):
        if action == "request_done" and item and ref not in done and state.get(ref) == "done":
            body = canonical({_OURS: f"{item}:back", "note": "the crew took its visit back"})
            told += _asked(register, Event("request_reopened", ref, now, "field", "enterprise", body), now)
    for ref, one in sorted(done.items()):
        if state[ref] == "open" and ref in about:
            told += _do(register, "request_done", ref, one, now)
    return told


def _do(register: Register, action: str, ref: str, one: Item, now: str, *, after: str = "") -> list[Finding]:
    """Do it as of the moment it was captured, or as of now where something has just been taken back before it."""
    noon = datetime.combine(date.fromisoformat(one.on), time(12), tzinfo=ZoneInfo(register.timezone))
    at = after or min(one.at or stamp(noon), now)
    body = canonical({_OURS: one.item, **({"note": one.note or one.reason} if one.note or one.reason else {})})
    return _asked(register, Event(action, ref, at, one.crew, one.party, body), now)


def _asked(register: Register, event: Event, now: str) -> list[Finding]:
    """Do it if the register allows it; else tell why not."""
    try:
        register.act([event], recorded_at=now)
    except PatrolError as error:
        mend = "decide it by hand: patrol hazards verify, refute or request"
        return [Finding("suspicion", "field.not_recorded", _LABEL, one.what, mend) for one in error.findings]
    return []

"""The life of a hazard: which action leads from which state to which, and which party may do it.

Pure rules, no file and no clock: :func:`after` says what an action does, :func:`refusals` whether it may be
done, :func:`allowed` what may be done now. Design section 7 binds: villagers and officials look, warn and
phone; work begins with permit, outage and materials; a customer's asset gets a notice and is not repaired.
Where parties must rectify together, any of them that may put hands on it may begin before the others are named, and
it belongs to the station until they are (:func:`patrol.hazards.due.missing_party`); it is rectified only by all.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from patrol.hazards.actions import PARTY_CODES, Groups, action_groups, look_bound, look_parties
from patrol.hazards.model import OPEN_STATES, REPORTERS, STATES, canonical
from patrol.hazards.stamps import is_stamp, short
from patrol.layers.schema import PARTIES

OFFICES = ("enterprise", "government")  # who keeps the register
WORKERS = ("enterprise", "fire")  # who may put hands on anything
LEVELS = ("zone", "station", "county")
READY_NEEDS = ("permit", "outage", "materials")
NOT_NEEDED = "not needed"
HAND_WORK = ("ready", "start", "rectify")
BEFORE: dict[str, tuple[str, ...]] = {
    "verify": ("reported",),
    "refute": ("reported", "verified", "assigned", "ready"),
    "assign": ("reported", "verified", "assigned", "ready", "in_rectification"),
    "ready": ("assigned",),
    "start": ("ready",),
    "rectify": ("ready", "in_rectification"),
    "confirm": ("rectified",),
    "reopen": ("rectified", "closed", "refuted"),
    "notice": OPEN_STATES,
    "set": STATES,
    "escalate": OPEN_STATES,
    "adopt": ("reported",),
}
_EARLY = ("reported", "verified", "assigned")  # from here an emergency is worked on without waiting for `ready`
_AFTER = {
    "verify": "verified",
    "refute": "refuted",
    "assign": "assigned",
    "ready": "ready",
    "start": "in_rectification",
    "rectify": "rectified",
    "confirm": "closed",
}
_JUDGED = frozenset(("type", "hazard_class", "deadline_h"))  # set only by whoever may look
# What `set` may correct, and the kind of value; null takes the correction back.
SETTABLE: dict[str, type[str] | type[float]] = {
    "type": str, "hazard_class": str, "deadline": str, "deadline_h": float, "asset_owner": str, "lon": float,
    "lat": float, "uncertainty_m": float, "feeder_id": str, "pole_no": str, "zone_id": str, "snap_state": str,
    "snap_m": float, "confidence": float, "other_feeder_id": str, "other_pole_no": str, "other_m": float,
    "description": str,
}  # fmt: skip


CLASS_SET = "deadline_h_at"  # among what was set by hand: when the class was


@dataclass(frozen=True, slots=True)
class Case:
    """What actions have made of one hazard; the columns of the derived table ``cases``."""

    case_id: str
    root: str
    merged_into: str = ""
    state: str = "reported"
    owner: str = ""
    owner_party: str = ""
    level: str = "zone"
    notice_served: bool = False
    closed: str | None = None
    last_at: str = ""
    rectified_by: str = ""
    joined: str = ""
    restarted: str | None = None
    rectified_at: str | None = None
    fixed: str | None = None


@dataclass(frozen=True, slots=True)
class Kind:
    """What the rules need to know of a hazard beside its case.

    Attributes
    ----------
    hazard_class, asset_owner : str
        As in the table of hazards.
    fire : bool
        A fire: the fire service may look and work.
    look : tuple of str
        Parties that may look.
    rectify : tuple of tuples of str
        Groups of parties that may rectify together.
    """

    hazard_class: str = "serious"
    asset_owner: str = ""
    fire: bool = False
    look: tuple[str, ...] = ("enterprise",)
    rectify: Groups = (("enterprise",),)


def kinds_of(types: pd.DataFrame) -> dict[str, Kind]:
    """Return the rules of each hazard type (class and owner of the asset blank), by code."""
    look, rectify = look_parties(types), action_groups(types, "rectify")
    columns = (types.index, types["category"], look, rectify)
    return {
        str(code): Kind("", "", category == "fire", tuple(parties), groups)
        for code, category, parties, groups in zip(*columns, strict=True)
    }


def look_at(code: str, may_be: str, hazard_class: str, kinds: dict[str, Kind]) -> tuple[str, ...]:
    """Return the parties that may look at a hazard, in the order of PARTIES.

    Those who may look at its type, at every other type that its reports name, and at a thing of its class: what was
    a dead tree and is reported to lie on the line is looked at by nobody who may not look at a line that is down.

    Parameters
    ----------
    code, may_be, hazard_class : str
        ``type``, ``may_be`` and ``hazard_class`` of the hazard.
    kinds : dict
        Of :func:`kinds_of`; a type that is not in it is looked at by the enterprise only.
    """
    kind = kinds.get(code, Kind())
    bound = look_bound(code, "fire" if kind.fire else "", hazard_class)
    may = {PARTY_CODES[one] for one in bound}.intersection(kind.look)
    for other in filter(None, may_be.split("|")):
        may &= set(kinds.get(other, Kind()).look)
    return tuple(party for party in PARTIES if party in may)


def parties_for(action: str, kind: Kind) -> tuple[str, ...]:
    """Return the parties that may do an action about a hazard of this kind, () if nobody may."""
    if action in HAND_WORK and kind.asset_owner:
        return ()
    if action in {"verify", "refute", "confirm", "reopen"}:
        may = (*OFFICES, "fire") if kind.fire else OFFICES
        return tuple(party for party in may if party in kind.look)
    if action == "ready":
        return ("enterprise",)
    if action in {"start", "rectify"}:
        named = {party for group in kind.rectify for party in group}
        return tuple(party for party in WORKERS if party in named)
    if action == "notice":
        return OFFICES if kind.asset_owner else ()
    if action == "adopt":
        return REPORTERS  # an office's own list, whoever hands it in
    return OFFICES


def states_for(action: str, case: Case, kind: Kind) -> tuple[str, ...]:
    """Return the states from which an action may be done."""
    states = BEFORE[action]
    if action in {"start", "rectify"} and kind.hazard_class == "emergency":
        return (*_EARLY, *states)
    if action == "confirm" and kind.asset_owner and case.notice_served:
        return OPEN_STATES
    return states


def allowed(case: Case, kind: Kind) -> dict[str, tuple[str, ...]]:
    """Return what may be done about a hazard now, and by which parties."""
    return {
        action: parties
        for action in BEFORE
        if action not in {"adopt", "escalate"}
        and case.state in states_for(action, case, kind)
        and (parties := parties_for(action, kind))
    }


def refusals(case: Case, kind: Kind, action: str, actor: str, party: str, body: dict[str, Any]) -> list[str]:
    """Return every reason why an action may not be done, [] if it may."""
    if action not in BEFORE:
        return [f"{action!r} is no action upon a hazard"]
    faults = []
    parties = parties_for(action, kind)
    if action in HAND_WORK and kind.asset_owner:
        faults.append(f"the asset belongs to {kind.asset_owner}: serve a notice, it is not ours to repair")
    elif action == "notice" and not kind.asset_owner:
        faults.append("a notice is for a customer's asset, and this is the utility's (set asset_owner first)")
    elif party not in parties:
        faults.append(f"{party} may not {action} this, only {' or '.join(parties) or 'nobody'}")
    if case.state not in states_for(action, case, kind):
        faults.append(f"it is {case.state}, and {action} needs {' or '.join(states_for(action, case, kind))}")
    check = {
        "assign": _assign_faults,
        "ready": _ready_faults,
        "set": _set_faults,
        "adopt": _adopt_faults,
    }.get(action)
    faults += check(body) if check else []
    if action == "set" and party in parties and _JUDGED & body.keys() and party not in kind.look:
        faults.append(f"{party} may not look at this, so may not say what it is: only {' or '.join(kind.look)}")
    if action == "rectify" and party in parties:
        faults += _joint_faults(kind, party, body)
    if action == "adopt" and case.last_at:
        faults.append("something was done about it already")
    if action == "escalate":
        level = body.get("level")
        if level not in LEVELS or LEVELS.index(level) <= LEVELS.index(case.level):
            faults.append(f"it is at level {case.level}; escalate goes up to one of {', '.join(LEVELS)}")
    if action == "confirm" and case.state == "rectified" and _same(actor, case.rectified_by):
        faults.append(f"{actor} rectified it: the second look is somebody else's")
    return faults


def _same(one: str, other: str) -> bool:
    return " ".join(one.casefold().split()) == " ".join(other.casefold().split())


def named_parties(body: dict[str, Any]) -> list[str]:
    """Return the parties an action's body names, [] if it names none or nonsense."""
    parties = body.get("parties", [])
    return [party for party in parties if party in PARTIES] if isinstance(parties, list) else []


def _joint_faults(kind: Kind, party: str, body: dict[str, Any]) -> list[str]:
    there = {party, *named_parties(body)}
    groups = [group for group in kind.rectify if party in group]
    if any(there.issuperset(group) for group in groups):
        return []
    needs = " or ".join("+".join(group) for group in groups)
    return [f"this is rectified by {needs} together: name all of them in 'parties'"]


def _assign_faults(body: dict[str, Any]) -> list[str]:
    faults = []
    if not (isinstance(body.get("owner"), str) and body["owner"].strip()):
        faults.append("assign names the 'owner': a crew, station or office")
    if body.get("owner_party") not in PARTIES:
        faults.append(f"assign names the 'owner_party', one of {', '.join(PARTIES)}")
    return faults


def _ready_faults(body: dict[str, Any]) -> list[str]:
    missing = [need for need in READY_NEEDS if body.get(need) is not True and body.get(need) != NOT_NEEDED]
    return [f"ready needs {', '.join(missing)}: true, or {NOT_NEEDED!r}"] if missing else []


def _adopt_faults(body: dict[str, Any]) -> list[str]:
    return [] if body.get("state") in STATES else [f"adopt names the 'state', one of {', '.join(STATES)}"]


def _set_faults(body: dict[str, Any]) -> list[str]:
    given = {name: value for name, value in body.items() if name != "note"}
    faults = [] if given else [f"set changes at least one of {', '.join(SETTABLE)}"]
    for name, value in given.items():
        if name not in SETTABLE:
            faults.append(f"{name!r} cannot be set; these can: {', '.join(SETTABLE)}")
        elif value is not None and not fits(value, SETTABLE[name]):
            faults.append(f"{name} = {value!r} is not {'a text' if SETTABLE[name] is str else 'a number'}")
    if isinstance(given.get("deadline"), str) and not is_stamp(given["deadline"]):
        faults.append(f"deadline = {given['deadline']!r} is no time like 2024-08-16T01:02:03.000000Z")
    if isinstance(given.get("hazard_class"), str) and given["hazard_class"] not in {"emergency", "serious", "general"}:
        faults.append("hazard_class is one of emergency, serious, general")
    bounds = {"lon": 180.0, "lat": 90.0}
    faults += [
        f"{name} is outside -{top:g} .. {top:g}"
        for name, top in bounds.items()
        if fits(given.get(name), float) and abs(given[name]) > top
    ]
    if (given.get("lon") is None) != (given.get("lat") is None):
        faults.append("lon and lat are set together")
    return faults


def fits(value: object, kind: type[str] | type[float]) -> bool:
    """Return whether a value of an event's body is of a kind."""
    if kind is str:
        return isinstance(value, str)
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def after(case: Case, action: str, at: str, actor: str, body: dict[str, Any]) -> Case:
    """Return the case after an action that was allowed.

    Parameters
    ----------
    case : Case
    action, at, actor : str
        As in the event.
    body : dict
        The event's body.
    """
    case = replace(case, last_at=at, state=_AFTER.get(action, case.state))
    if action == "assign":
        joined = "|".join(sorted({str(body["owner_party"]), *named_parties(body)}))
        return replace(case, owner=body["owner"], owner_party=body["owner_party"], joined=joined)
    if action in HAND_WORK:
        joined = "|".join(sorted({*filter(None, case.joined.split("|")), *named_parties(body)}))
        case = replace(case, joined=joined)
        return replace(case, rectified_by=actor, rectified_at=short(at)) if action == "rectify" else case
    if action in {"confirm", "refute"}:
        return replace(case, closed=short(at))
    if action == "reopen":
        return _reopened(case, at)
    if action == "notice":
        return replace(case, notice_served=True)
    if action == "escalate":
        return replace(case, level=body["level"])
    if action == "adopt":
        shut, gone = body["state"] not in OPEN_STATES, body["state"] == "rectified"
        return replace(
            case, state=body["state"], closed=short(at) if shut else None, rectified_at=short(at) if gone else None
        )
    if action == "set":
        fixed = {**json.loads(case.fixed or "{}"), **{name: value for name, value in body.items() if name in SETTABLE}}
        if "deadline_h" in body:
            fixed[CLASS_SET] = short(at) if body["deadline_h"] is not None else None
        kept = {name: value for name, value in fixed.items() if value is not None}
        return replace(case, fixed=canonical(kept) if kept else None)
    return case


def _reopened(case: Case, at: str) -> Case:
    """Return a case that a second look found still there; one that was shut gets a new deadline and level."""
    case = replace(case, rectified_by="", rectified_at=None)
    if case.state == "rectified":
        return replace(case, state="verified")
    state = "reported" if case.state == "refuted" else "verified"
    return replace(case, state=state, closed=None, restarted=short(at), level="zone")

"""What a person may correct of a request: no file and no clock, like the rules of hazards in ``lifecycle``."""

from __future__ import annotations

from datetime import date
from typing import Any

from patrol.hazards.lifecycle import OFFICES, fits
from patrol.hazards.model import REQUEST_KINDS

# What may be corrected, and the kind of value; a place is set whole, and may have no pole.
SETTABLE: dict[str, type[str] | type[float]] = {
    "due": str, "minutes": float, "liaison": str, "request_kind": str, "description": str, "lon": float, "lat": float,
    "uncertainty_m": float, "feeder_id": str, "pole_no": str, "zone_id": str,
}  # fmt: skip
MAX_MINUTES = 480  # a visit of a whole shift


def request_faults(party: str, state: str, body: dict[str, Any]) -> list[str]:
    """Return every reason why a request may not be corrected so, [] if it may.

    Parameters
    ----------
    party : str
        Of who corrects it.
    state : str
        Of the request: what has been dealt with is history.
    body : dict
        Columns of :data:`SETTABLE` with what they are to say; and a ``note``.
    """
    given = {name: value for name, value in body.items() if name != "note"}
    faults = [] if party in OFFICES else [f"{party} may not set this, only {' or '.join(OFFICES)}"]
    faults += [] if state == "open" else [f"it is {state} already"]
    faults += [] if given else [f"set changes at least one of {', '.join(SETTABLE)}"]
    for name, value in given.items():
        if name not in SETTABLE:
            faults.append(f"{name!r} cannot be set of a request; these can: {', '.join(SETTABLE)}")
        elif not fits(value, SETTABLE[name]):
            faults.append(f"{name} = {value!r} is not {'a text' if SETTABLE[name] is str else 'a number'}")
    due, kind, minutes = given.get("due"), given.get("request_kind"), given.get("minutes")
    if isinstance(due, str) and not _is_day(due):
        faults.append(f"due = {due!r} is no day like 2024-08-16")
    if isinstance(kind, str) and kind not in REQUEST_KINDS:
        faults.append(f"request_kind is one of {', '.join(REQUEST_KINDS)}")
    if isinstance(minutes, (int, float)) and not 0 < minutes <= MAX_MINUTES:
        faults.append(f"minutes is above 0 and at most {MAX_MINUTES}")
    return faults


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False

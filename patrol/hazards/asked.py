"""Requests and warned areas that come in again: dealt with by now, or saying something else under an id that is known.

A visit is made once, so a request that says something else is set aside and told with the command that takes it over
(``patrol hazards set``); what it says is told once, however often the file comes. A warned area that says something
else is kept beside the one before: nobody is warned less for an id that was used twice.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from patrol.errors import Finding
from patrol.hazards.frames import put
from patrol.hazards.ids import ids
from patrol.hazards.lifecycle import OFFICES
from patrol.hazards.model import Event, canonical
from patrol.hazards.register import Register
from patrol.plan import sha256

SETTLED = {"rectified": "request_done", "closed": "request_done", "refuted": "request_cancelled"}
KNOWN_ID = "another request has this id and says something else"
TOLD = "otherwise"  # what the event of an import keeps: what was told of requests, as hashes
_OPTIONS = {"due": "--due", "minutes": "--minutes", "liaison": "--liaison", "request_kind": "--kind"}
_ASKED = {"due": "due", "minutes": "minutes", "liaison": "liaison", "request_kind": "kind", "description": "words"}
_WARNED = {"area_wkt": "area", "given_closed": "end", "captured_at": "time", "type_ref": "type", "description": "words"}
_NEAR = 1e-6  # degrees, a decimetre
_LISTED = 20


def settle(register: Register, rest: pd.DataFrame, *, now: str, actor: str, party: str) -> None:
    """Take over of requests in an office's list that they were dealt with; others are not asked."""
    asked = rest[(rest["record"] == "request") & rest["given_state"].isin(SETTLED)]
    asked = asked.sort_values(["key", "given_state"], kind="stable").drop_duplicates("key")
    if party in OFFICES and len(asked):
        names = zip(ids("Q", asked["key"]), asked["given_state"], strict=True)
        events = [Event(SETTLED[state], name, now, actor, party, canonical({"state": state})) for name, state in names]
        register.act(events, recorded_at=now)


def asked_otherwise(
    register: Register, known: pd.DataFrame, label: str, *, now: str, actor: str, party: str
) -> tuple[pd.DataFrame, list[Finding], list[str]]:
    """Take over that known requests are dealt with; return those that say something else than they ever did.

    Returns
    -------
    aside : DataFrame
        Rows of ``known`` for the quarantine, with their ``reason``.
    findings : list of Finding
        One for each that has not been told before.
    told : list of str
        What the event of the import is to keep of them, under :data:`TOLD`.
    """
    rows = known[known["record"] == "request"]
    held = register.memory.held(rows["key"].drop_duplicates().tolist(), "request")
    if held.empty:
        return rows.iloc[:0], [], []
    before = held.loc[rows["key"]]
    settle(register, rows[(before["state"] == "open").to_numpy(bool)], now=now, actor=actor, party=party)
    once = register.memory.once_said(held["request_id"].tolist())
    told_before = {one for body in register.memory.imports(TOLD)["body"] for one in body[TOLD]}
    aside, found, told = [], [], []
    for at, (row, now_said) in enumerate(zip(rows.to_dict("records"), before.to_dict("records"), strict=True)):
        name = str(now_said["request_id"])
        states: list[Mapping[Any, Any]] = [now_said, *once[name]]
        if not all(differing(row, said) for said in states):
            continue
        aside.append(at)
        mark = sha256("\x1f".join([name, *(_word(row[one]) for one in (*_ASKED, "lon", "lat"))]).encode())[:16]
        if mark not in told_before and mark not in told:
            found.append(_told(row, now_said, label))
            told.append(mark)
    if len(found) > _LISTED:
        what = f"{len(found) - _LISTED} more requests say something else than before"
        found = [
            *found[:_LISTED],
            Finding("suspicion", "hazards.other_content", label, what, "see the quarantine file"),
        ]
    return rows.iloc[aside].assign(reason=KNOWN_ID), found, told


def differing(row: Mapping[Any, Any], said: Mapping[Any, Any]) -> list[str]:
    """Return the columns in which a request differs from what it said; "place" if it lies elsewhere.

    Only coordinates of its own count: where the words lead may change with the map.
    """
    found = [name for name in _ASKED if _word(row[name]) != _word(said.get(name))]
    own = row["located_by"] == "lonlat"
    there = [float("nan") if said.get(name) is None else float(said[name]) for name in ("lon", "lat")]
    if own and not (abs(row["lon"] - there[0]) <= _NEAR and abs(row["lat"] - there[1]) <= _NEAR):
        found.append("place")
    return found


def _word(value: Any) -> str:
    if isinstance(value, (int, float)):
        return "" if np.isnan(value) else f"{value:g}"
    return str(value or "")


def _told(row: Mapping[Any, Any], said: Mapping[Any, Any], label: str) -> Finding:
    """Return what a request says otherwise now, and the command that takes it over."""
    names = differing(row, said)
    changes = [
        f"{word} {_word(row[name])!r} here and {_word(said[name])!r} there" if name in _OPTIONS else word
        for name, word in _ASKED.items()
        if name in names
    ] + [name for name in names if name not in _ASKED]
    request = str(said["request_id"])
    what = f"id {row['external_id']!r} is {request}, which says something else ({', '.join(changes)}): set aside"
    take = [f"{_OPTIONS[name]} {shlex.quote(_word(row[name]))}" for name in _OPTIONS if name in names]
    take = [f"patrol hazards set PROJECT {request} {' '.join(take)}"] if take else []
    other = "if it is another request: give it another id and import the quarantine file"
    mend = "; ".join([*(f"to take it over: {one}" for one in take), other])
    return Finding("suspicion", "hazards.other_content", label, what, mend, row=int(row["row"]))


def warned_otherwise(register: Register, known: pd.DataFrame, label: str) -> tuple[pd.DataFrame, list[Finding]]:
    """Return the warned areas among known rows that say something else than the one of their id, and what to tell."""
    rows = known[known["record"] == "alert"]
    held = register.memory.held(rows["key"].drop_duplicates().tolist(), "alert")
    if held.empty:
        return rows.iloc[:0], []
    before = held.loc[rows["key"]]
    changes = [
        [word for name, word in _WARNED.items() if _same(row[name]) != _same(said[name])]
        for row, said in zip(rows.to_dict("records"), before.to_dict("records"), strict=True)
    ]
    other = np.array([bool(one) for one in changes], dtype=bool)
    rows = put(rows, changed=[", ".join(one) for one in changes])[other]
    marks = [
        f"{key}#{sha256(chr(31).join(cells).encode())[:16]}"
        for key, *cells in ([one["key"], *(_same(one[name]) for name in _WARNED)] for one in rows.to_dict("records"))
    ]
    rows = put(rows, key=marks)
    rows = rows[~rows["key"].duplicated() & ~rows["key"].isin(register.known_keys(marks))]
    mend = "ask its issuer which holds; an update has an id of its own"
    told = []
    for name, changed, row in zip(rows["external_id"], rows["changed"], rows["row"], strict=True):
        what = f"warning {name!r} is known and says something else ({changed}): both are kept"
        told.append(Finding("suspicion", "hazards.other_content", label, what, mend, row=int(row)))
    return rows.drop(columns="changed"), told


def _same(value: Any) -> str:
    """Return a cell as the register gives it back: times to the millisecond."""
    if isinstance(value, pd.Timestamp):
        return value.floor("ms").isoformat()
    return "" if value is None or pd.isna(value) else str(value)

"""A problem as JSON, whole: what ``problem.json.gz`` holds, compressed, beside a plan, so that it can be checked again.

Matrices are zlib-compressed little-endian 32-bit integers in base64 (64-bit where a number needs it).
"""

from __future__ import annotations

import base64
import dataclasses
import json
import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np

from patrol.errors import Finding, ProblemError
from patrol.routing.checks import check_problem
from patrol.routing.model import (
    Balance,
    Break,
    IntMatrix,
    Option,
    Problem,
    Profile,
    Series,
    Shift,
    Task,
    Tie,
    Window,
)

SCHEMA = "patrol-problem/1"
_LEVEL = 6


def to_json(problem: Problem) -> dict[str, Any]:
    """Return the problem as JSON-ready data; exact, and the same for equal problems."""
    return {
        "schema": SCHEMA,
        "days": problem.days,
        "profiles": [
            {
                "name": profile.name,
                "on_foot": profile.on_foot,
                "travel_s": _pack(profile.travel_s),
                "distance_m": _pack(profile.distance_m),
                "lonlat": _pack(profile.lonlat),
            }
            for profile in problem.profiles
        ],
        "tasks": [_plain(task) for task in problem.tasks],
        "shifts": [_plain(shift) for shift in problem.shifts],
        "series": [_plain(series) for series in problem.series],
        "ties": [_plain(tie) for tie in problem.ties],
        "balances": [_plain(balance) for balance in problem.balances],
        "max_late_price": problem.max_late_price,
        "aid_permille": problem.aid_permille,
    }


def from_json(document: Mapping[str, Any]) -> Problem:
    """Return the problem of :func:`to_json`, checked.

    Raises
    ------
    ProblemError
        If the document has another schema or shape, or the problem breaks its contract.
    """
    if document.get("schema") != SCHEMA:
        raise ProblemError(Finding("error", "problem.schema", "problem", f"schema is not {SCHEMA}", "plan again"))
    try:
        problem = Problem(
            days=document["days"],
            profiles=tuple(_profile(item) for item in document["profiles"]),
            tasks=tuple(_task(item) for item in document["tasks"]),
            shifts=tuple(_shift(item) for item in document["shifts"]),
            series=tuple(Series(**{**item, "tasks": tuple(item["tasks"])}) for item in document["series"]),
            ties=tuple(Tie(**item) for item in document["ties"]),
            balances=tuple(Balance(**{**item, "shifts": tuple(item["shifts"])}) for item in document["balances"]),
            max_late_price=document["max_late_price"],
            aid_permille=document["aid_permille"],
        )
    except (KeyError, TypeError, ValueError, zlib.error) as error:
        what = f"is malformed: {type(error).__name__}: {error}"
        raise ProblemError(Finding("error", "problem.malformed", "problem", what, "plan again")) from error
    check_problem(problem)
    return problem


def to_bytes(problem: Problem) -> bytes:
    """Return :func:`to_json` as UTF-8 text with sorted keys: equal problems are equal bytes. Not compressed."""
    text = json.dumps(to_json(problem), ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return text.encode()


def from_bytes(data: bytes) -> Problem:
    """Return the problem of :func:`to_bytes`.

    Raises
    ------
    ProblemError
        If the bytes are no such text, or the problem breaks its contract.
    """
    try:
        document = json.loads(data)
    except ValueError as error:
        raise ProblemError(Finding("error", "problem.unreadable", "problem", str(error), "plan again")) from error
    if not isinstance(document, dict):
        raise ProblemError(Finding("error", "problem.malformed", "problem", "is no JSON object", "plan again"))
    return from_json(document)


def _plain(item: Task | Shift | Series | Tie | Balance) -> dict[str, Any]:
    plain: dict[str, Any] = json.loads(json.dumps(dataclasses.asdict(item), ensure_ascii=False))
    return plain


def _pack(matrix: IntMatrix) -> dict[str, Any]:
    wide = matrix.size > 0 and int(np.abs(matrix).max()) >= 2**31
    kind = "<i8" if wide else "<i4"
    raw = np.ascontiguousarray(matrix, dtype=kind).tobytes()
    return {"shape": list(matrix.shape), "type": kind, "zlib": base64.b64encode(zlib.compress(raw, _LEVEL)).decode()}


def _unpack(packed: Mapping[str, Any]) -> IntMatrix:
    if packed["type"] not in ("<i4", "<i8"):
        raise ValueError(f"unknown number type {packed['type']!r}")
    rows, columns = packed["shape"]
    raw = zlib.decompress(base64.b64decode(packed["zlib"], validate=True))
    return np.frombuffer(raw, dtype=packed["type"]).reshape(rows, columns).astype(np.int64)


def _profile(item: Mapping[str, Any]) -> Profile:
    matrices = {name: _unpack(item[name]) for name in ("travel_s", "distance_m", "lonlat")}
    return Profile(name=item["name"], on_foot=item["on_foot"], **matrices)


def _task(item: Mapping[str, Any]) -> Task:
    return Task(
        **{
            **item,
            "options": tuple(Option(**{**option, "prizes": tuple(option["prizes"])}) for option in item["options"]),
            "windows": tuple(Window(**window) for window in item["windows"]),
            "parties": tuple(item["parties"]),
            "skills": tuple(item["skills"]),
            "shifts": None if item["shifts"] is None else tuple(item["shifts"]),
            "preferred": tuple(item["preferred"]),
        }
    )


def _shift(item: Mapping[str, Any]) -> Shift:
    return Shift(
        **{
            **item,
            "pause": None if item["pause"] is None else Break(**item["pause"]),
            "skills": tuple(item["skills"]),
            "zones": tuple(item["zones"]),
        }
    )

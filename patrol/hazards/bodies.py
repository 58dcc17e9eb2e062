"""Reports of a frame as events: half a million at a time, so columns first and rows last."""

from __future__ import annotations

import re
from collections.abc import Iterator
from json.encoder import encode_basestring
from typing import Any

import numpy as np
import pandas as pd

from patrol import text as safe
from patrol.hazards.model import Event, empty_frame
from patrol.hazards.stamps import stamps
from patrol.hazards.tables import ALERT_BODY, BODY_COLUMNS, IDENTITY, REQUEST_BODY

CHUNK = 20_000
COLUMNS: dict[str, str] = {**BODY_COLUMNS, **dict.fromkeys(IDENTITY, "str")}
_BODIES = {"report": BODY_COLUMNS, "request": REQUEST_BODY, "alert": ALERT_BODY}
# Control characters, direction overrides, halves of characters: text that nobody cleaned.
UNCLEAN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\u009f\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c\ud800-\udfff]")


def complete(reports: pd.DataFrame) -> pd.DataFrame:
    """Return a frame with every column of :data:`COLUMNS` and a RangeIndex; columns that are absent are blank."""
    blank = empty_frame({name: kind for name, kind in COLUMNS.items() if name not in reports}, len(reports))
    frame = {name: reports[name].reset_index(drop=True) if name in reports else blank[name] for name in COLUMNS}
    return pd.DataFrame(frame)


def events_of(
    action: str, frame: pd.DataFrame, subjects: list[str], at: list[str], actor: str, sha256: str
) -> Iterator[Event]:
    """Yield an event ``report``, ``request`` or ``alert`` for each row, without identity, blanks left out.

    Parameters
    ----------
    action : {'report', 'request', 'alert'}
    frame : DataFrame
        As :func:`complete` returns it.
    subjects, at : list of str
        Id and time of each row.
    actor, sha256 : str
        Who takes them in, and from which file.
    """
    columns = _BODIES[action]
    parties = frame["party"].tolist()
    for first in range(0, len(frame), CHUNK):
        part = frame.iloc[first : first + CHUNK]
        for offset, body in enumerate(_texts(part, columns), first):
            yield Event(action, subjects[offset], at[offset], actor, parties[offset], body, sha256)


def _texts(part: pd.DataFrame, columns: dict[str, str]) -> list[str]:
    """Return the body of each row: the same text as :func:`patrol.hazards.model.canonical` makes of a row.

    Column by column, in the order of their names. A column that says the same in every row, or nothing,
    becomes part of the pattern that the others are filled into.
    """
    pattern, filled = "", []
    for name in sorted(columns):
        pieces = _pieces(name, part[name], columns[name])
        if isinstance(pieces, str):
            pattern += pieces.replace("%", "%%")
        else:
            pattern += "%s"
            filled.append(pieces)
    rows = zip(*filled, strict=True) if filled else [()] * len(part)
    return ["{" + (pattern % row)[1:] + "}" for row in rows]  # without the comma before the first


def _pieces(name: str, column: pd.Series[Any], kind: str) -> list[str] | str:
    """Return ``,"name":value`` for each cell, "" for a blank one; one text for all if they are the same."""
    head = f",{encode_basestring(name)}:"
    if kind in {"str", "time"}:
        return _text_pieces(head, stamps(column) if kind == "time" else column.tolist())
    numbers = pd.to_numeric(column, errors="coerce").to_numpy(float)
    known = np.isfinite(numbers)
    if not known.any():
        return ""
    values = numbers.tolist() if kind == "float64" else np.where(known, numbers, 0).astype(np.int64).tolist()
    if known.all():
        return [f"{head}{value!r}" for value in values]
    return [f"{head}{value!r}" if good else "" for value, good in zip(values, known.tolist(), strict=True)]


def _text_pieces(head: str, texts: list[Any]) -> list[str] | str:
    different = set(texts)
    if not all(isinstance(text, str) for text in different):
        texts = [text if isinstance(text, str) else "" for text in texts]
        different = set(texts)
    if UNCLEAN.search("".join(different)):
        texts = [safe.clean(text, multiline=True) if UNCLEAN.search(text) else text for text in texts]
        different = set(texts)
    if len(different) > len(texts) // 2 and "" not in different:
        return [head + encode_basestring(text) for text in texts]
    made = {text: head + encode_basestring(text) if text else "" for text in different}
    return next(iter(made.values())) if len(made) == 1 else [made[text] for text in texts]

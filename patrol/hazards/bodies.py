"""Reports of a frame as events: half a million at a time, so columns first and rows last."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from json.encoder import encode_basestring
from typing import Any

import numpy as np
import pandas as pd

from patrol import text as safe
from patrol.hazards.model import Event, empty_frame
from patrol.hazards.stamps import short, stamps
from patrol.hazards.tables import ALERT_BODY, BODY_COLUMNS, IDENTITY, REQUEST_BODY

CHUNK = 20_000
Values = list[Any] | str | None
COLUMNS: dict[str, str] = {**BODY_COLUMNS, **dict.fromkeys(IDENTITY, "str")}
_BODIES = {"report": BODY_COLUMNS, "request": REQUEST_BODY, "alert": ALERT_BODY}
# Control characters, direction overrides, halves of characters: text that nobody cleaned.
UNCLEAN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\u009f\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c\ud800-\udfff]")
_ESCAPED = re.compile('["\\\\\x00-\x1f]')  # what JSON cannot hold as it stands


def complete(reports: pd.DataFrame) -> pd.DataFrame:
    """Return a frame with every column of :data:`COLUMNS` and a RangeIndex; columns that are absent are blank."""
    blank = empty_frame({name: kind for name, kind in COLUMNS.items() if name not in reports}, len(reports))
    columns = {name: (reports if name in reports else blank)[name].array for name in COLUMNS}
    return pd.DataFrame(columns, copy=False)  # the cells are the caller's: columns are replaced, never written into


@dataclass(frozen=True, slots=True)
class Batch:
    """Events of one kind, column by column.

    Attributes
    ----------
    action, actor, source_sha256 : str
        The same for all.
    subjects, at, parties, bodies : list of str
    values : dict
        What the bodies hold, as the derived tables keep it: a list, or one value for all rows. Reading the
        bodies gives the same (see ``apply``), but takes longer than all the rest.
    """

    action: str
    actor: str
    source_sha256: str
    subjects: list[str]
    at: list[str]
    parties: list[str]
    bodies: list[str]
    values: dict[str, Values]

    def events(self) -> Iterator[Event]:
        """Yield them one by one."""
        for subject, at, party, body in zip(self.subjects, self.at, self.parties, self.bodies, strict=True):
            yield Event(self.action, subject, at, self.actor, party, body, self.source_sha256)


def batches_of(
    action: str, frame: pd.DataFrame, subjects: list[str], at: list[str], actor: str, sha256: str
) -> Iterator[Batch]:
    """Yield events ``report``, ``request`` or ``alert``, one a row, without identity, blanks left out.

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
    for first in range(0, len(frame), CHUNK):
        rows = slice(first, first + CHUNK)
        bodies, values = _texts(frame.iloc[rows], columns)
        parties = frame["party"].iloc[rows].tolist()
        yield Batch(action, actor, sha256, subjects[rows], at[rows], parties, bodies, values)


def _texts(part: pd.DataFrame, columns: dict[str, str]) -> tuple[list[str], dict[str, Values]]:
    """Return the body of each row, the same text as :func:`patrol.hazards.model.canonical` makes, and its values.

    Column by column, in the order of their names. A column that says the same in every row, or nothing,
    becomes part of the pattern that the others are filled into.
    """
    pattern, filled, values = "", [], {}
    for name in sorted(columns):
        say = _numbers if columns[name] in {"int64", "float64"} else _words
        said, pieces, values[name] = say(f",{encode_basestring(name)}:", part[name], columns[name])
        pattern += said
        if pieces is not None:
            filled.append(pieces)
    rows = zip(*filled, strict=True) if filled else [()] * len(part)
    return ["{" + (pattern % row)[1:] + "}" for row in rows], values  # without the comma before the first


# What the pattern says, what is filled into it, and the values for the table.
Said = tuple[str, list[Any] | None, Values]


def _numbers(head: str, column: pd.Series[Any], kind: str) -> Said:
    numbers = pd.to_numeric(column, errors="coerce").to_numpy(float)
    known = np.isfinite(numbers)
    if not known.any():
        return "", None, None
    values = numbers.tolist() if kind == "float64" else np.where(known, numbers, 0).astype(np.int64).tolist()
    if known.all():
        return f"{head}%r", values, values
    there = list(zip(values, known.tolist(), strict=True))
    pieces = [f"{head}{value!r}" if good else "" for value, good in there]
    return "%s", pieces, [value if good else None for value, good in there]


def _words(head: str, column: pd.Series[Any], kind: str) -> Said:
    texts = stamps(column) if kind == "time" else column.tolist()
    different = set(texts)
    if not all(isinstance(text, str) for text in different):
        texts = [text if isinstance(text, str) else "" for text in texts]
        different = set(texts)
    if UNCLEAN.search("".join(different)):
        texts = [safe.clean(text, multiline=True) if UNCLEAN.search(text) else text for text in texts]
        different = set(texts)
    values: Values = texts
    if kind == "time":
        values = [short(text) if text else None for text in texts]
    if len(different) == 1:
        (text,) = different
        said = head.replace("%", "%%") + encode_basestring(text).replace("%", "%%") if text else ""
        return said, None, values[0] if values else None
    if "" not in different and not _ESCAPED.search("".join(different)):
        return f'{head}"%s"', texts, values
    made = {text: head + encode_basestring(text) if text else "" for text in different}
    return "%s", [made[text] for text in texts], values

"""What parsers of foreign formats share: opening a file as text, JSON or a table, and gathering what is in it.

A :class:`Tray` takes one record after the other, as the texts of the file; numbers, times, cleaning
and the masking of identities happen once, when the frame is made.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import pandas as pd

from patrol import text
from patrol.errors import Finding, IntakeError
from patrol.hazards.formats.cells import Cells, csv_cells, xlsx_cells
from patrol.hazards.model import REPORT_COLUMNS, REPORTERS, Intake, IntakeContext, empty_frame
from patrol.hazards.times import parse_times
from patrol.hazards.unread import UNREAD, cells_of, parted
from patrol.layers.encoding import decode
from patrol.plan import sha256

NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?", re.ASCII)
_LONGEST = 4 * text.MAX_CHARS  # masked before it is cut, but nobody needs the whole megabyte masked
_LONGEST_NAME = 300  # of a field; patterns look at names
_MULTILINE = "description"
_TIMES = ("captured_at", "given_closed")
_NUMBERS = tuple(name for name, kind in REPORT_COLUMNS.items() if kind == "float64")
_TEXTS = tuple(name for name, kind in REPORT_COLUMNS.items() if kind == "str")
_WHOLE = ("area_wkt", "photos")  # cut, they would be broken
_MASKED = ("description", "type_ref", "liaison")  # what people write freely


def refuse(form: str, code: str, label: str, what: str, mend: str) -> IntakeError:
    """Return the error for a file that cannot be read at all."""
    return IntakeError(Finding("error", f"{form}.{code}", label, what, mend))


def read_text(raw: bytes, label: str, form: str, declared: str = "") -> str:
    """Return a file as text: as it declares, else UTF-8, UTF-16 by its mark, else GB18030.

    Raises
    ------
    IntakeError
        If nothing fits, or the file is empty.
    """
    try:
        content, _ = decode(raw, declared)
    except (UnicodeError, LookupError) as error:
        what = f"is not {declared or 'UTF-8 or GB18030'}: {text.clean(error, limit=200)}"
        raise refuse(form, "encoding", label, what, "save it as UTF-8") from error
    content = content.removeprefix("\ufeff")
    if not content.strip():
        raise refuse(form, "empty", label, "the file is empty", "export it again")
    return content


def is_json(raw: bytes) -> bool:
    """Return whether a file begins as JSON does, in UTF-8 or UTF-16."""
    start = raw[:400].lstrip(b"\xef\xbb\xbf\xff\xfe\0 \t\r\n")
    return start[:1] in {b"{", b"["}


def read_json(raw: bytes, label: str, form: str) -> Any:
    """Return what a JSON file holds.

    Raises
    ------
    IntakeError
        If it is no JSON, or nested deeper than any export is.
    """
    content = read_text(raw, label, form)
    try:
        return json.loads(content)
    except (ValueError, RecursionError) as error:
        what = f"is no JSON: {text.clean(error, limit=200) or 'nested too deep'}"
        raise refuse(form, "json", label, what, "export it again; a file cut short cannot be read") from error


def read_table(raw: bytes, label: str, known: frozenset[str]) -> Cells:
    """Return the cells of a CSV or XLSX; ``known`` are the heading keys that tell the heading from a title.

    Raises
    ------
    IntakeError
        If it is no table.
    """
    return xlsx_cells(raw, label, known) if raw.startswith(b"PK\x03\x04") else csv_cells(raw, label, known)


def as_text(value: object) -> str:
    """Return a value of a file as text that can be written again: no lone surrogates, lists as JSON."""
    if value is None:
        return ""
    if isinstance(value, (dict, list)):
        try:
            value = json.dumps(value, ensure_ascii=False)
        except RecursionError:
            return "(nested too deep)"
    elif isinstance(value, bool):
        value = str(value).lower()
    return str(value).encode("utf-8", "replace").decode("utf-8")


def flat(value: Mapping[str, Any], mark: str = "/", before: str = "") -> dict[str, str]:
    """Return a nested record as one level of texts, keys joined by ``mark``; lists stay JSON."""
    out: dict[str, str] = {}
    todo: list[tuple[str, Any]] = [(before, value)]
    while todo:
        name, inner = todo.pop()
        if isinstance(inner, Mapping) and (inner or not name):
            todo += [(f"{name}{mark}{key}" if name else str(key), part) for key, part in reversed(list(inner.items()))]
        else:
            out[as_text(name)[:_LONGEST_NAME]] = as_text(inner)
    return out


def number(cell: str) -> float | None:
    """Return a finite number, NaN for an empty cell, or None for what is no number."""
    cell = cell.strip()
    if not cell:
        return float("nan")
    value = float(cell) if NUMBER.fullmatch(cell) else float("inf")
    return value if np.isfinite(value) else None


@dataclass
class Tray:
    """Reports, rows set aside and findings of one file, in the order they were met."""

    form: str
    raw: bytes
    label: str
    context: IntakeContext
    rows: list[dict[str, Any]] = field(default_factory=list)
    originals: list[Mapping[str, str]] = field(default_factory=list)
    set_aside: list[dict[str, Any]] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    elsewhere: pd.DataFrame | None = None  # lines of sheets that are not read

    def tell(
        self, level: Literal["suspicion", "note"], code: str, what: str, mend: str = "", row: int | None = None
    ) -> None:
        """Add a note or a suspicion."""
        self.findings.append(Finding(level, f"{self.form}.{code}", self.label, what, mend, row=row))

    def reject(self, row: int, original: Mapping[str, str], code: str, reason: str, mend: str = "") -> None:
        """Set one record aside, with all it said."""
        kept = {f"{name}_" if name in {"row", "reason"} else name: as_text(cell) for name, cell in original.items()}
        self.set_aside.append({"row": row, "reason": reason, **kept})
        self.findings.append(Finding("rejected", f"{self.form}.{code}", self.label, reason, mend, row=row))

    def keep(
        self,
        row: int,
        original: Mapping[str, str],
        values: Mapping[str, Any],
        identities: Sequence[str] = (),
        unread: Sequence[str] = (),
    ) -> None:
        """Take one record.

        Parameters
        ----------
        row : int
            As a person counts it.
        original : mapping
            The record as the file has it, in case a value turns out to be unusable.
        values : mapping
            Texts (or numbers) by :data:`REPORT_COLUMNS`; what is missing is blank.
        identities : sequence of str
            Names and accounts that must not stay in the description.
        unread : sequence of str
            Fields of the record whose names mean nothing here.
        """
        self.rows.append({**values, "row": row, "identities": tuple(identities), UNREAD: tuple(unread)})
        self.originals.append(original)

    def intake(self) -> Intake:
        """Return what was gathered: values checked, texts cleaned, identities masked."""
        frame = empty_frame(REPORT_COLUMNS, len(self.rows))
        frame["row"] = np.array([row["row"] for row in self.rows], dtype=np.int64)
        faults: dict[int, list[str]] = {}
        for name in _NUMBERS:
            frame[name] = self._numbers(name, faults)
        for name in _TIMES:
            self._times(frame, name, faults)
        for name in _TEXTS:
            if name not in {"precision", "due"}:
                frame[name] = self._texts(name)
        frame["due"] = self._days("due", faults)
        frame.loc[~(frame["uncertainty_m"] > 0), "uncertainty_m"] = np.nan  # a radius of nothing is none
        self._parties(frame)
        self._unread(frame)
        for at in sorted(faults):
            self.reject(self.rows[at]["row"], self.originals[at], "value", "; ".join(faults[at]), "mend the value")
        good = np.ones(len(frame), dtype=bool)
        good[list(faults)] = False
        return self.finish(frame[good].reset_index(drop=True))

    def finish(self, reports: pd.DataFrame) -> Intake:
        """Return finished reports together with what was set aside and told."""
        self.set_aside.sort(key=lambda one: int(one["row"]))
        rejected = pd.DataFrame(self.set_aside, columns=None if self.set_aside else ["row", "reason"])
        rejected = rejected.fillna("") if len(rejected) else rejected.astype({"row": "int64", "reason": object})
        findings = tuple(self.findings)
        reports, unread = parted(reports)
        return Intake(
            reports, rejected, findings, self.form, sha256(self.raw), self.label, unread=unread,
            elsewhere=self.elsewhere,
        )  # fmt: skip

    def _unread(self, frame: pd.DataFrame) -> None:
        """Keep beside the reports what they say in fields that mean nothing here."""
        if not any(row[UNREAD] for row in self.rows):
            return
        said = [
            cells_of(
                [(name, row_original.get(name, "")) for name in row[UNREAD]],
                lambda cell, who=row["identities"]: _masked(cell, who, _MULTILINE),
            )
            for row, row_original in zip(self.rows, self.originals, strict=True)
        ]
        frame[UNREAD] = pd.Series(said, dtype=object)

    def _numbers(self, name: str, faults: dict[int, list[str]]) -> Any:
        out = np.full(len(self.rows), np.nan)
        for at, row in enumerate(self.rows):
            cell = row.get(name, "")
            value = number(as_text(cell))
            if value is None:
                faults.setdefault(at, []).append(f"{name} {text.clean(cell, limit=40)!r} is no number")
            else:
                out[at] = value
        return out

    def _times(self, frame: pd.DataFrame, name: str, faults: dict[int, list[str]]) -> None:
        cells = pd.Series([as_text(row.get(name, "")) for row in self.rows], dtype=object)
        times = parse_times(cells, self.context.timezone)
        frame[name] = times.at
        for at in np.flatnonzero((times.fault != "").to_numpy(bool)):
            said = text.clean(cells[at], limit=40)
            faults.setdefault(int(at), []).append(f"{name} {said!r} {times.fault[at]}")
        if name == _TIMES[0]:
            frame["precision"] = times.precision
            if times.naive.any():
                what = f"{int(times.naive.sum())} times state no offset; read as {self.context.timezone}"
                self.tell("note", "naive_time", what, "set timezone in project.toml if that is wrong")
        if times.unclear.any():
            what = f"{int(times.unclear.sum())} times fall into the hour when clocks were changed"
            self.tell("suspicion", "unclear_time", what, "export times with their offset")

    def _days(self, name: str, faults: dict[int, list[str]]) -> pd.Series[Any]:
        """Return days of the project's time zone as ISO text."""
        cells = pd.Series([as_text(row.get(name, "")) for row in self.rows], dtype=object)
        times = parse_times(cells, self.context.timezone)
        for at in np.flatnonzero((times.fault != "").to_numpy(bool)):
            faults.setdefault(int(at), []).append(f"{name} {text.clean(cells[at], limit=40)!r} {times.fault[at]}")
        days = times.at.dt.tz_convert(self.context.timezone).dt.strftime("%Y-%m-%d").fillna("")
        return pd.Series(days, dtype=object)

    def _texts(self, name: str) -> pd.Series[Any]:
        cells = [as_text(row.get(name, "")) for row in self.rows]
        if name in _MASKED:
            cells = [
                _masked(cell, row["identities"], name) if cell else ""
                for cell, row in zip(cells, self.rows, strict=True)
            ]
        codes, distinct = pd.factorize(pd.Series(cells, dtype=object), use_na_sentinel=False)
        words = np.empty(len(distinct), dtype=object)
        limit = 10**9 if name in _WHOLE else text.MAX_CHARS
        words[:] = [_clean(str(word), limit, name == _MULTILINE) for word in distinct]
        return pd.Series(words[codes], dtype=object)

    def _parties(self, frame: pd.DataFrame) -> None:
        """Fill in who reports where the record does not say: the user's word for the file, else a villager."""
        silent = frame["party"] == ""
        if not silent.any():
            return
        default = self.context.party if self.context.party in REPORTERS else "villager"
        frame.loc[silent, "party"] = default
        if default != self.context.party:
            what = f"{int(silent.sum())} reports do not say who reports; taken as villagers, whose word counts least"
            self.tell("note", "party", what, "state the party of the file")


def _masked(cell: str, identities: Sequence[str], name: str) -> str:
    """Return what somebody wrote without who it was; masked before it is cut."""
    cell = _clean(cell[:_LONGEST], _LONGEST, name == _MULTILINE)
    for who in ("", *(one for one in identities if _tells(one))):
        cell = text.mask_identity(cell, who)
    return cell


def _clean(cell: str, limit: int, multiline: bool) -> str:
    if cell.isprintable() and len(cell) <= limit and "  " not in cell:
        return cell.strip()  # nothing in it for text.clean to change
    return text.clean(cell, limit=limit, multiline=multiline)


def _tells(identity: str) -> bool:
    """Return whether a text tells who it was: a short number in the field for the phone may be a pole's."""
    return not identity.isdecimal() or len(identity) > 5

"""Files that come back, told apart and read: report-backs, replies, tracks; nothing is written here."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pandas as pd

from patrol import text
from patrol.config import FieldSettings
from patrol.errors import Finding, IntakeError, PatrolError
from patrol.field.gpx import is_gpx, read_gpx
from patrol.field.ground import FieldGround
from patrol.field.replies import Replies, read_replies
from patrol.field.reportback import Back, read_report_back
from patrol.hazards.formats.patrol_report import SCHEMA
from patrol.hazards.formats.records import is_json, read_json, read_text
from patrol.plan import sha256

MAX_BYTES = 200_000_000
TRACKS_OFF = (
    "tracks are not taken in: settings.field.tracks is false",
    "when those who walk have agreed, write under [settings.field]: tracks = true",
)


@dataclass(frozen=True, slots=True)
class Track:
    """A file of one crew's fixes; ``sha256`` names it."""

    label: str
    crew: str
    fixes: pd.DataFrame
    sha256: str


@dataclass(slots=True)
class Incoming:
    """What was read of the files of one import.

    Attributes
    ----------
    backs : list of (Path, Back)
    replies : list of Replies
    tracks : list of Track
    unread : list of Path
        Files that could not be read as a whole.
    faults : list of Finding
        What is wrong with those, and messages of other plans.
    labels : list of str
        Names of all files.
    """

    backs: list[tuple[Path, Back]] = field(default_factory=list)
    replies: list[Replies] = field(default_factory=list)
    tracks: list[Track] = field(default_factory=list)
    unread: list[Path] = field(default_factory=list)
    faults: list[Finding] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)


def read_incoming(
    paths: Sequence[Path], ground: FieldGround, settings: FieldSettings, *, crew: str, now: datetime, timezone: str
) -> Incoming:
    """Read files one by one; what is wrong with one does not stop the others.

    Parameters
    ----------
    crew : str
        Whose the tracks are; "" if their names say it.
    now : datetime
        With an offset.
    """
    seen = Incoming()
    for path in paths:
        label = text.clean(path.name, limit=200)
        seen.labels.append(label)
        try:
            _read(path, label, ground, settings, seen, crew=crew, now=now, timezone=timezone)
        except PatrolError as error:
            seen.faults += error.findings
            seen.unread.append(path)
    return seen


def _read(
    path: Path, label: str, ground: FieldGround, settings: FieldSettings, seen: Incoming, *, crew: str, now: datetime,
    timezone: str,
) -> None:  # fmt: skip
    raw = _bytes(path, label)
    if is_gpx(raw):
        if not settings.tracks:
            raise IntakeError(Finding("error", "field.tracks_off", label, *TRACKS_OFF))
        seen.tracks.append(Track(label, _crew(crew, path.stem, label, ground), read_gpx(raw, label), sha256(raw)))
    elif is_json(raw) and _says(raw, label):
        back = read_report_back(raw, label, ground, now=now, timezone=timezone)
        seen.backs.append((path, back))
    elif is_json(raw) or raw.lstrip()[:1] == b"<" or b"\0\0" in raw[:4000]:
        what = f"is neither a report-back ({SCHEMA}), nor a GPX track, nor replies as text"
        raise IntakeError(Finding("error", "field.form", label, what, "reports of others: patrol hazards import"))
    else:
        replies = read_replies(read_text(raw, label, "field"), label, ground, now=now, timezone=timezone)
        seen.replies.append(replies)
        seen.faults += replies.faults
        if not replies.sheets and not replies.aside:
            what = "holds no reply: no code with what became of it"
            seen.faults.append(
                Finding("error", "field.no_reply", label, what, "write 12 完成, or 12 done, under the tag of the plan")
            )


def _bytes(path: Path, label: str) -> bytes:
    try:
        size = path.stat().st_size
        raw = path.read_bytes() if size <= MAX_BYTES and not path.is_dir() else b""
    except OSError as error:
        what = f"cannot be read ({error.strerror})"
        raise IntakeError(Finding("error", "field.missing", label, what, "check its name and place")) from error
    if not raw:
        what = "is empty, a folder, or over 200 MB"
        raise IntakeError(Finding("error", "field.empty", label, what, "send it again"))
    return raw


def _says(raw: bytes, label: str) -> bool:
    document = read_json(raw, label, "patrol")
    return isinstance(document, dict) and "plan_sha256" in document


def _crew(given: str, stem: str, label: str, ground: FieldGround) -> str:
    """Return whose track a file is: as given, else the one crew that its name names.

    Raises
    ------
    IntakeError
        If nobody says it.
    """
    known = {*ground.modes} | {shift["crew_id"] for one in ground.plans.values() for shift in one.shifts.values()}
    if given:
        if given not in known:
            what = f"there is no crew {given!r}"
            raise IntakeError(Finding("error", "field.crew", label, what, f"one of {', '.join(sorted(known)[:20])}"))
        return given
    named = [one for one in sorted(known) if re.search(rf"(?<![0-9A-Za-z]){re.escape(one)}(?![0-9A-Za-z])", stem)]
    if len(named) != 1:
        what = "nobody says whose track it is" if not named else f"its name names {', '.join(named)}"
        raise IntakeError(Finding("error", "field.whose", label, what, "say it: --crew CREW"))
    return named[0]

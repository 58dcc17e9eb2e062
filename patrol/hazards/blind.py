"""Reports as far as they can be read where something is wrong: only so that emergencies in them are called in.

Rows set aside, files of no form that is known, files for a folder that holds no project: none of these is taken in,
and what they say counts as it stands. A false alarm costs a telephone call.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from patrol import text
from patrol.errors import PatrolError
from patrol.hazards.formats.cap import FORM as WARNINGS
from patrol.hazards.formats.firms_values import FORM as SATELLITES
from patrol.hazards.frames import put
from patrol.hazards.headings import STATE_WORDS, exact, match_headings, plain
from patrol.hazards.intake import read_reports
from patrol.hazards.model import Intake, IntakeContext
from patrol.layers.encoding import decode

MAX_BYTES = 50 * 1024**2  # of a file that cannot be read as reports
_LONG = 200  # letters in a line that is still one message
_ENDS = re.compile(r'["<>{}\[\],;|\t。；]+')
_SHOWN = ("type_ref", "feeder_ref", "pole_ref", "equipment_ref", "given_state")
# Neither what it is nor where: names and numbers stay off the screen, the rest is noise there.
_HIDDEN = (
    "person_name", "person_contact", "captured_at", "captured_on", "lon", "lat", "lonlat", "crs", "area_wkt",
    "external_id", "source", "photos", "party", "uncertainty_m", "along_m", "given_closed",
)  # fmt: skip
_STATES = exact(STATE_WORDS)
_NOT_CALLED = (WARNINGS, SATELLITES)


def read_blind(paths: Sequence[Path], context: IntakeContext) -> list[pd.DataFrame]:
    """Return what files say, for :func:`patrol.hazards.emergency.call_now`; what cannot be read says nothing."""
    found = []
    for path in paths:
        try:
            intake = read_reports(path, context)
        except PatrolError:
            found.append(lines_of(path))
            continue
        found += [said_in(intake), *unreported(intake, context)]
    return found


def said_in(intake: Intake) -> pd.DataFrame:
    """Return the reports with all that they say, under headings that mean nothing here too."""
    if intake.unread is None or not len(intake.reports):
        return intake.reports
    more = ["; ".join(cells) for cells in intake.unread]
    return put(intake.reports, description=(intake.reports["description"] + "\n" + more).str.strip())


def unreported(intake: Intake, context: IntakeContext) -> list[pd.DataFrame]:
    """Return what a file says that becomes no report: rows set aside, and lines of sheets that are not read."""
    rows = [set_aside_rows(intake, context)]
    return rows if intake.elsewhere is None else [*rows, intake.elsewhere]


def set_aside_rows(intake: Intake, context: IntakeContext) -> pd.DataFrame:
    """Return the rows that a parser set aside as reports: what is known by its heading, else all that they say.

    Warned areas are nothing on a line, and those set aside are mostly exercises; hot spots of satellites are set aside
    where they lie outside or are industry, and the satellite comes again: none of them is returned.
    """
    rejected = intake.rejected
    if intake.form in _NOT_CALLED or rejected.empty:
        return pd.DataFrame({"description": []}, dtype=object)
    if "format" in rejected:
        rejected = rejected[~rejected["format"].isin(_NOT_CALLED)]
    cells = rejected.drop(columns=["row", "reason", "format"], errors="ignore").fillna("").astype(str)
    chosen, _ = match_headings([str(name) for name in cells.columns], context.columns)
    known = {name: cells[chosen[name]] for name in _SHOWN if name in chosen}
    apart = {chosen[name] for name in (*_HIDDEN, *known) if name in chosen}
    rest = [name for name in cells.columns if name not in apart]
    said = [" ".join(filter(None, row)) for row in cells[rest].to_numpy().tolist()]
    names = cells[chosen["person_name"]].tolist() if "person_name" in chosen else [""] * len(cells)
    frame = pd.DataFrame(known, index=cells.index)
    frame["description"] = [text.mask_identity(one, name) for one, name in zip(said, names, strict=True)]
    if "given_state" in frame:
        frame["given_state"] = [_STATES.get(plain(word), "") for word in frame["given_state"]]
    return frame.reset_index(drop=True)


def lines_of(path: Path) -> pd.DataFrame:
    """Return the lines of a file as ``description``, none if it is no text."""
    try:
        raw = path.read_bytes() if path.stat().st_size <= MAX_BYTES else b""
        content, _ = decode(raw)
    except (OSError, UnicodeError, ValueError):
        content = ""
    lines = [] if "\0" in content else content.splitlines()
    pieces = [piece for line in lines for piece in ([line] if len(line) <= _LONG else _ENDS.split(line))]
    said = list(dict.fromkeys(piece.strip() for piece in pieces if piece.strip()))
    return pd.DataFrame({"description": [text.mask_identity(one[:_LONG]) for one in said]}, dtype=object)

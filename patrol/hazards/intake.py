"""The door for reports: one file in, whatever its format, good reports and rows set aside out.

The same file always gives the same reports and the same :func:`content_key`, so taking it in twice
changes nothing the second time.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from patrol import text
from patrol.config import HazardSettings
from patrol.errors import Finding, IntakeError
from patrol.hazards.detect import FORMS, QUARANTINE, detect, first_lines
from patrol.hazards.formats.cap import read_cap
from patrol.hazards.formats.cells import csv_cells, xlsx_cells
from patrol.hazards.formats.firms import read_firms
from patrol.hazards.formats.geojson import geojson_and_originals
from patrol.hazards.formats.kobo import read_kobo
from patrol.hazards.formats.messages import read_messages
from patrol.hazards.formats.odk import read_odk
from patrol.hazards.formats.open311 import read_open311
from patrol.hazards.formats.patrol_report import patrol_report_and_originals
from patrol.hazards.formats.prose import refuse_prose
from patrol.hazards.formats.records import read_text
from patrol.hazards.formats.sheet import masked
from patrol.hazards.formats.table import table_and_originals
from patrol.hazards.frames import put
from patrol.hazards.headings import known_headings
from patrol.hazards.keys import all_said, content_key
from patrol.hazards.model import Intake, IntakeContext
from patrol.hazards.plausible import Area, check_reports
from patrol.hazards.quarantine import Part, as_table, marked, parts_of, refused
from patrol.hazards.unread import UNREAD, parted
from patrol.layers.raw import some_rows
from patrol.layers.tables import heading_key

MAX_BYTES = 500 * 1024**2
_WITH_ORIGINALS = {
    "csv": table_and_originals,
    "xlsx": table_and_originals,
    "geojson": geojson_and_originals,
    "patrol": patrol_report_and_originals,
}
_PLAIN = {"open311": read_open311, "kobo": read_kobo, "odk": read_odk, "cap": read_cap}


def read_reports(
    path: Path,
    context: IntakeContext,
    *,
    form: str = "auto",
    area: Area | None = None,
    settings: HazardSettings | None = None,
) -> Intake:
    """Read a file of reports.

    Parameters
    ----------
    path : Path
        Any of the formats of :data:`patrol.hazards.detect.FORMS`, or a mended quarantine file.
    context : IntakeContext
        What the project declares: time zone, system of coordinates, headings, party, source, and now.
    form : str
        The format, or ``auto`` to tell it from the content.
    area : Area, optional
        Where the project's lines are; without it no report is outside.
    settings : HazardSettings, optional
        The project's settings, else the defaults.

    Returns
    -------
    Intake
        Reports that can be taken in, each different one once; those of one id that say something else are all
        there. ``rejected`` has a further column ``format``, in which its rows can be read again.

    Raises
    ------
    IntakeError
        If the file as a whole cannot be read: it is missing, empty, too large, or of no known format.
    """
    settings = settings or HazardSettings()
    raw = _bytes_of(path)
    label = text.clean(path.name, limit=200)
    if form not in ("auto", *FORMS):
        mend = f"one of: auto, {', '.join(FORMS)}"
        raise IntakeError(Finding("error", "intake.format", label, f"{form!r} is no format that is known", mend))
    notes: tuple[Finding, ...] = ()
    found, why = detect(raw, path.name, context.columns) if form == "auto" else (form, "")
    if form == "auto":
        if found == "messages":
            refuse_prose(read_text(raw, label, found), label, context)
        notes = (Finding("note", "intake.format", label, f"taken for {found}: {why}", "--format says otherwise"),)
    if found in ("csv", "xlsx", "quarantine"):
        intake, originals = _table_or_quarantine(raw, label, context, settings, found)
    else:
        intake, originals = _parsed(found, raw, label, context, settings)
    intake = replace(intake, label=label, sha256=hashlib.sha256(raw).hexdigest())
    return _checked(replace(intake, findings=(*notes, *intake.findings)), originals, area, context, settings)


def _bytes_of(path: Path) -> bytes:
    def fault(short: str, what: str, mend: str) -> IntakeError:
        return IntakeError(Finding("error", f"intake.{short}", text.clean(path.name, limit=200), what, mend))

    try:
        if path.is_dir():
            raise fault("folder", "is a folder", "name the files in it")
        size = path.stat().st_size
        if size > MAX_BYTES:
            what = f"has {size / 1024**2:.0f} MB; reports of a county are a few MB"
            raise fault("size", what, f"split it into files below {MAX_BYTES // 1024**2} MB")
        raw = path.read_bytes()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise fault(
            "missing", f"cannot be read: {text.clean(reason, limit=200)}", "check its name and place"
        ) from error
    if not raw:
        raise fault("empty", "the file is empty", "export it again")
    return raw


def _parsed(
    form: str, raw: bytes, label: str, context: IntakeContext, settings: HazardSettings
) -> tuple[Intake, pd.DataFrame | None]:
    """Return what the parser of a format makes of a file, and the good rows as they were if it keeps them."""
    intake, originals = _read(form, raw, label, context, settings)
    intake = replace(intake, rejected=marked(intake.rejected, intake.form))
    return intake, None if originals is None else marked(originals, intake.form)


def _read(
    form: str, raw: bytes, label: str, context: IntakeContext, settings: HazardSettings
) -> tuple[Intake, pd.DataFrame | None]:
    if form in _WITH_ORIGINALS:
        return _WITH_ORIGINALS[form](raw, label, context)
    if form == "firms":
        return read_firms(raw, label, context, static_days=settings.static_days), None
    if form == "messages":
        return read_messages(read_text(raw, label, form), label, context, file=True), None
    return _PLAIN[form](raw, label, context), None


def _table_or_quarantine(
    raw: bytes, label: str, context: IntakeContext, settings: HazardSettings, form: str
) -> tuple[Intake, pd.DataFrame | None]:
    if form != "quarantine" and not _is_quarantine(raw):
        return _parsed(form, raw, label, context, settings)
    known = known_headings(context.columns) | {heading_key(name) for name in QUARANTINE}
    cells = (xlsx_cells if raw.startswith(b"PK") else csv_cells)(raw, label, known)
    return _quarantine(parts_of(cells), label, context, settings)


def _is_quarantine(raw: bytes) -> bool:
    if raw.startswith(b"PK"):
        return any(set(QUARANTINE) <= set(line) for line in first_lines(raw))
    return raw[:200].decode("utf-8", "replace").removeprefix("\ufeff").startswith(",".join(QUARANTINE))


def _quarantine(
    parts: list[Part], label: str, context: IntakeContext, settings: HazardSettings
) -> tuple[Intake, pd.DataFrame | None]:
    """Return what a mended quarantine file holds: each part read by its own parser, rows as in the file."""
    reports, rejected, originals, findings = [], [], [], []
    for part in parts:
        try:
            intake, cells = _parsed(part.form, part.raw, label, context, settings)
        except IntakeError as error:
            intake, cells = refused(part, error, label), None
        originals.append(marked(as_table(intake.reports, context.timezone), "csv") if cells is None else cells)
        own = intake.reports.assign(row=_rows(part, intake.reports["row"]))
        reports.append(own if intake.unread is None else own.assign(**{UNREAD: intake.unread}))
        rejected.append(intake.rejected.assign(row=_rows(part, intake.rejected["row"])))
        findings += [
            one if one.row is None else replace(one, row=int(_rows(part, [one.row])[0])) for one in intake.findings
        ]
    if not parts:
        raise IntakeError(Finding("error", "intake.empty", label, "holds no rows", "nothing is left to import"))
    every, unread = parted(pd.concat(reports, ignore_index=True))
    whole = Intake(
        every,
        pd.concat(rejected, ignore_index=True).fillna(""),
        tuple(findings),
        "quarantine",
        unread=unread,
        origin={row: came for part in parts for row, came in part.origin.items()},
    )
    return whole, pd.concat(originals, ignore_index=True).fillna("")


def _rows(part: Part, rows: Any) -> npt.NDArray[np.int64]:
    """Return rows of a part as rows of the quarantine file; a mended cell may have become several messages."""
    at = np.clip(np.asarray(rows, dtype=np.int64) - 1, 0, len(part.rows) - 1)
    found: npt.NDArray[np.int64] = part.rows[at]
    return found


def _checked(
    intake: Intake, originals: pd.DataFrame | None, area: Area | None, context: IntakeContext, settings: HazardSettings
) -> Intake:
    """Return an intake without what cannot be right, and without what is said twice."""
    reports = intake.reports
    if not all(reports["record"].tolist()):
        reports = put(reports, record=reports["record"].replace("", "hazard"))
    if originals is None:  # tables, and what is read like one, were masked when they were understood
        reports = put(reports, description=masked(reports["description"], reports["person_name"]))
    if intake.unread is not None:
        reports = put(reports, **{UNREAD: intake.unread})
    kept, wrong, found = check_reports(reports, area, context, settings, label=intake.label)
    before = len(kept)
    kept, again = _once(kept, intake.label)
    at = wrong.index.to_numpy(dtype=np.int64)
    aside = [intake.rejected]
    if len(at):
        own = marked(as_table(reports.iloc[at], context.timezone), "csv") if originals is None else originals.iloc[at]
        own = own.reset_index(drop=True).rename(columns={"row": "row_", "reason": "reason_"})
        head = wrong[["row", "reason"]].reset_index(drop=True)
        aside.append(pd.concat([head, own], axis=1))
    rejected = pd.concat(aside, ignore_index=True).fillna("")
    rejected = rejected.sort_values("row", kind="stable", ignore_index=True)
    rejected = rejected[["row", "reason", "format", *(c for c in rejected if c not in ("row", "reason", "format"))]]
    kept, unread = parted(kept)
    findings = (*intake.findings, *found, *again)
    return replace(
        intake, reports=kept, rejected=rejected, findings=findings, unread=unread, repeated=before - len(kept)
    )  # fmt: skip


def _once(kept: pd.DataFrame, label: str) -> tuple[pd.DataFrame, list[Finding]]:
    """Return reports that say the same once; what shares an id with another and says something else stays."""
    keys = content_key(kept)
    among = keys.duplicated(keep=False).to_numpy(bool)
    if not among.any():
        return kept, []
    again = np.zeros(len(kept), dtype=bool)
    again[among] = pd.DataFrame({"key": keys[among], "said": all_said(kept[among])}).duplicated()
    if not again.any():
        return kept, []
    what = f"{some_rows(kept['row'].to_numpy(np.int64)[again])}: the same is said in another row; counted once"
    return kept[~again].reset_index(drop=True), [Finding("note", "intake.twice", label, what)]

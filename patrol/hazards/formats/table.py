"""Reports in a table, CSV or XLSX, under Chinese or English headings.

A cell that cannot be understood sets its row aside with the reason; the other rows load. Coordinates
need a declared system (``[intake] crs``, or a column of the table): none is ever guessed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from patrol import text
from patrol.errors import Finding
from patrol.hazards.formats.cells import Cells, csv_cells, xlsx_cells
from patrol.hazards.formats.places import areas, lengths, put_places
from patrol.hazards.formats.sheet import BEFORE_MASK, BoolArray, Sheet, cleaned, each, masked, trimmed
from patrol.hazards.headings import (
    HAZARD_WORDS,
    REQUEST_WORDS,
    STATE_WORDS,
    exact,
    known_headings,
    match_headings,
    party_of,
    plain,
)
from patrol.hazards.model import RECORDS, REPORT_COLUMNS, REPORTERS, Intake, IntakeContext, empty_frame
from patrol.hazards.times import Times, is_clock, parse_times
from patrol.hazards.unread import UNREAD, cells_of, parted
from patrol.layers.raw import shown
from patrol.plan import sha256

TEXTS = ("source", "external_id", "feeder_ref", "pole_ref", "equipment_ref", "type_ref", "photos", "liaison",
         "person_name", "person_contact")  # fmt: skip
FREE = ("type_ref", "liaison")  # what people write freely: numbers to call are masked
_TOTAL = frozenset(map(plain, ("合计", "总计", "小计", "共计", "total", "subtotal", "grand total", "sum")))
_LETTER = re.compile(r"[^\W\d_]")
_NEEDED = ("captured_at", "captured_on", "lon", "lonlat", "feeder_ref", "pole_ref", "equipment_ref", "type_ref",
           "description", "request_kind", "area_wkt")  # fmt: skip


def read_table(raw: bytes, label: str, context: IntakeContext) -> Intake:
    """Read a CSV or XLSX of reports, see :func:`table_and_originals`."""
    return table_and_originals(raw, label, context)[0]


def table_and_originals(raw: bytes, label: str, context: IntakeContext) -> tuple[Intake, pd.DataFrame]:
    """Read a CSV or XLSX of reports.

    Returns
    -------
    tuple of (Intake, DataFrame)
        What was made of the file, and for each good report the cells of the file as they were.

    Raises
    ------
    IntakeError
        If it is no table, or none of its headings is known.
    """
    workbook = raw.startswith(b"PK")
    known = known_headings(context.columns)
    cells = (xlsx_cells if workbook else csv_cells)(raw, label, known)
    chosen, wrong = match_headings(list(cells.table.columns), context.columns)
    notes = [
        *cells.findings,
        *(Finding("suspicion", "intake.columns", label, one, "mend project.toml") for one in wrong),
    ]
    unread = [name for name in cells.table.columns if name not in chosen.values()]
    if unread:
        said = ", ".join(text.clean(name, limit=60) for name in unread[:30])
        mend = "map a column under [intake.columns] if it should be read"
        notes.append(Finding("note", "intake.unread", label, f"columns not read: {said}", mend))
    return understood(cells, chosen, label, context, form="xlsx" if workbook else "csv", notes=notes, sha=sha256(raw))


def understood(
    cells: Cells, chosen: Mapping[str, str], label: str, context: IntakeContext, *, form: str, notes: list[Finding],
    sha: str,
) -> tuple[Intake, pd.DataFrame]:  # fmt: skip
    """Return the reports of a table of texts, and the cells of the good ones.

    Parameters
    ----------
    cells : Cells
        Rows with a fault already are set aside with it.
    chosen : mapping
        Column of :data:`patrol.hazards.headings.HEADINGS` -> heading.
    """
    columns = {name: trimmed(cells.table[heading]) for name, heading in chosen.items()}
    sheet = Sheet(label, columns, cells.rows, cells.faults.copy(), chosen, notes)
    readable = cells.faults == ""
    reports = empty_frame(REPORT_COLUMNS, len(cells.rows))
    reports["row"] = cells.rows
    for name in TEXTS:
        if sheet.is_empty(name):
            continue
        reports[name] = each(sheet.column(name), _free) if name in FREE else cleaned(sheet.column(name))
    if context.source:
        own = text.clean(context.source)
        reports["source"] = own if sheet.is_empty("source") else reports["source"].replace("", own)
    _records(sheet, reports)
    _parties(sheet, reports, context)
    _times(sheet, reports, context)
    _states(sheet, reports)
    _numbers(sheet, reports)
    _descriptions(sheet, reports)
    put_places(sheet, reports, context)
    reports["area_wkt"] = areas(sheet)
    _unread(cells, chosen, reports)
    blank = readable & (sheet.reasons == "") & _says_nothing(sheet)
    sheet.reject(blank, "it says neither what, nor where, nor when")
    sheet.reject(readable & (sheet.reasons == "") & _totals(cells), "it is a line of totals, no report")
    return _parted(sheet, reports, cells, form, sha)


def _parted(sheet: Sheet, reports: pd.DataFrame, cells: Cells, form: str, sha: str) -> tuple[Intake, pd.DataFrame]:
    good = sheet.reasons == ""
    aside = cells.table[~good].reset_index(drop=True)
    rejected = pd.concat(
        [pd.DataFrame({"row": cells.rows[~good], "reason": pd.Series(sheet.reasons[~good], dtype=object)}),
         aside.rename(columns={"row": "row_", "reason": "reason_"})], axis=1,
    )  # fmt: skip
    mend = "mend it in the quarantine file and import that"
    found = [
        Finding("rejected", "intake.row", sheet.label, str(why), mend, row=int(row))
        for row, why in zip(rejected["row"], rejected["reason"], strict=True)
    ]
    kept, originals = reports, cells.table
    if not good.all():
        kept, originals = (frame[good].reset_index(drop=True) for frame in (reports, cells.table))
    kept, unread = parted(kept)
    findings = (*sheet.findings, *found)
    intake = Intake(kept, rejected, findings, form, sha, sheet.label, unread=unread, elsewhere=cells.elsewhere)
    return intake, originals


def _unread(cells: Cells, chosen: Mapping[str, str], reports: pd.DataFrame) -> None:
    """Keep beside the reports what they say under headings that mean nothing here."""
    names = [name for name in cells.table.columns if name not in chosen.values()]
    names = [name for name in names if any(map(str.strip, cells.table[name].unique().tolist()))]
    if not names:
        return
    people = reports["person_name"].tolist()
    rows = zip(people, *(cells.table[name].tolist() for name in names), strict=True)
    found = np.empty(len(reports), dtype=object)
    found[:] = [
        cells_of(zip(names, said, strict=True), lambda cell, who=who: text.mask_identity(cell, who))
        for who, *said in rows
    ]
    reports[UNREAD] = found


def _free(cell: str) -> str:
    return text.clean(text.mask_identity(cell[:BEFORE_MASK]))


def _totals(cells: Cells) -> BoolArray:
    """Return which rows say "total" first, and nothing but numbers after it."""
    table = cells.table.to_numpy(object)
    maybe = np.zeros(len(table), dtype=bool)
    for column in table.T[:3]:  # it stands in front
        maybe |= np.array([plain(cell) in _TOTAL for cell in column], dtype=bool)
    for at in np.flatnonzero(maybe).tolist():
        said = [cell.strip() for cell in table[at] if cell.strip()]
        maybe[at] = plain(said[0]) in _TOTAL and not any(_LETTER.search(cell) for cell in said[1:])
    return maybe


def _says_nothing(sheet: Sheet) -> BoolArray:
    nothing = np.ones(len(sheet.rows), dtype=bool)
    for name in _NEEDED:
        if not sheet.is_empty(name):
            nothing[nothing] = sheet.column(name).to_numpy(object)[nothing] == ""  # few are left after the first
    return nothing


def _records(sheet: Sheet, reports: pd.DataFrame) -> None:
    """Tell requests from hazards, by the column that says so, else by a type that is the word for a request."""
    kinds = exact(REQUEST_WORDS)
    hazards = {plain(word) for word in HAZARD_WORDS}
    said, asked = sheet.column("record"), sheet.column("request_kind")
    by_type = each(sheet.column("type_ref"), lambda cell: kinds.get(plain(cell), ""))
    if sheet.is_empty("record") and sheet.is_empty("request_kind") and not any(by_type.to_numpy(object)):
        reports["record"] = "hazard"
        return
    kind = each(asked, lambda cell: kinds.get(plain(cell), ""))
    by_record = each(said, lambda cell: kinds.get(plain(cell), ""))
    kind = kind.where(kind != "", by_record)
    names_hazard = each(said, lambda cell: plain(cell) in hazards).astype(bool)
    kind = kind.where((kind != "") | names_hazard, by_type)
    is_request = (kind != "").to_numpy(bool)
    mend = f"write 隐患, or one of {', '.join(REQUEST_WORDS)}"
    unknown = (said != "") & (by_record == "") & ~names_hazard & ~said.isin([*RECORDS])
    sheet.reject(unknown.to_numpy(bool), lambda i: f"{shown(said.iloc[i])} is neither hazard nor request: {mend}")
    odd = (asked != "") & (each(asked, lambda cell: kinds.get(plain(cell), "")) == "")
    sheet.reject(odd.to_numpy(bool), lambda i: f"{shown(asked.iloc[i])} is no known kind of request: {mend}")
    no_kind = (said == "request") & ~is_request & ~odd
    sheet.reject(no_kind.to_numpy(bool), f"the request does not say what kind: {mend}")
    reports["record"] = np.where(is_request, "request", "hazard").astype(object)
    reports["request_kind"] = kind
    reports.loc[by_type.to_numpy(object) != "", "type_ref"] = ""
    alert = (said == "alert").to_numpy(bool)
    reports.loc[alert, "record"] = "alert"


def _parties(sheet: Sheet, reports: pd.DataFrame, context: IntakeContext) -> None:
    """Fill in who reports; whoever is not known counts as a villager, whose word weighs least, and that is said."""
    default = context.party if context.party in REPORTERS else "villager"
    said = sheet.column("party")
    count = each(said, lambda cell: len(party_of(cell)) if cell else -1).to_numpy(np.int64)  # -1: not said
    several, unknown, silent = count > 1, count == 0, count == -1
    reports["party"] = each(said, lambda cell: found[0] if len(found := party_of(cell)) == 1 else default)
    mend = f"write one of {', '.join(REPORTERS)}"
    for rows, what in ((several, "name several parties"), (unknown, "name no known party")):
        if rows.any():
            words = ", ".join(shown(word) for word in said[rows].unique()[:5])
            sheet.tell("suspicion", "party", f"{sheet.which(rows)} {what} ({words}); taken as {default}", mend)
    if silent.any() and not context.party:
        what = f"who reports is not said in {int(silent.sum())} of {len(said)} rows; taken as villagers,"
        what += " whose word counts least"
        sheet.tell("note", "party", what, "state the party of the file")


def _times(sheet: Sheet, reports: pd.DataFrame, context: IntakeContext) -> None:
    at, on = sheet.column("captured_at"), sheet.column("captured_on")
    joined = at
    if not sheet.is_empty("captured_on"):
        clock = each(at, is_clock).astype(bool)
        joined = at.where(~(clock & (on != "")), on + " " + at)
        joined = joined.where(joined != "", on)
    captured = parse_times(joined, context.timezone)
    _tell_times(sheet, captured, joined, "captured_at", context)
    reports["captured_at"], reports["precision"] = captured.at, captured.precision
    if not sheet.is_empty("given_closed"):
        closed = parse_times(sheet.column("given_closed"), context.timezone)
        _tell_times(sheet, closed, sheet.column("given_closed"), "given_closed", context)
        reports["given_closed"] = closed.at
    if sheet.is_empty("due"):
        return
    due = parse_times(sheet.column("due"), context.timezone)
    _tell_times(sheet, due, sheet.column("due"), "due", context)
    local = due.at.dt.tz_convert(context.timezone)
    reports["due"] = local.dt.strftime("%Y-%m-%d").where(local.notna(), "").astype(object)


def _tell_times(sheet: Sheet, times: Times, cells: pd.Series[Any], name: str, context: IntakeContext) -> None:
    faulty = (times.fault != "").to_numpy(bool)
    heading = text.clean(sheet.headings.get(name, name), limit=60)
    sheet.reject(faulty, lambda i: f"{heading}: {shown(cells.iloc[i])} {times.fault.iloc[i]}")
    if name == "captured_at" and times.naive.any():
        what = f"times state no offset ({int(times.naive.sum())}); read as {context.timezone}"
        sheet.tell("note", "naive_time", what, "set timezone in project.toml if that is wrong")
    blank = (cells == "").to_numpy(bool)
    if name == "captured_at" and blank.any() and not blank.all():
        what = f"{heading}: {sheet.which(blank)}: no time is given; they count from when they are taken in"
        sheet.tell("suspicion", "no_time", what, "write when it was seen, so that its deadline is right")
    if times.serial.any():
        what = f"{heading}: {int(times.serial.sum())} numbers are read as days of a spreadsheet, counted from 1900"
        sheet.tell("note", "serial_time", what)
    if times.unclear.any():
        what = f"{heading}: {sheet.which(times.unclear)}: the clocks were changed at that time; read as summer time"
        sheet.tell("suspicion", "unclear_time", what, "write the time with its offset, such as 02:30+02:00")


def _states(sheet: Sheet, reports: pd.DataFrame) -> None:
    known = exact(STATE_WORDS)
    if sheet.is_empty("given_state"):
        return
    said = sheet.column("given_state")
    reports["given_state"] = each(said, lambda cell: known.get(plain(cell), ""))
    unknown = ((said != "") & (reports["given_state"] == "")).to_numpy(bool)
    if unknown.any():
        words = ", ".join(shown(word) for word in said[unknown].unique()[:5])
        what = f"{sheet.which(unknown)}: states nobody knows ({words}); taken as newly reported"
        sheet.tell("suspicion", "state", what, f"write one of {', '.join(STATE_WORDS)}")


def _numbers(sheet: Sheet, reports: pd.DataFrame) -> None:
    for name in ("along_m", "uncertainty_m"):
        if not sheet.is_empty(name):
            reports[name] = lengths(sheet, name)
    if sheet.is_empty("minutes"):
        return
    said = sheet.column("minutes")
    minutes = pd.to_numeric(
        each(said, lambda cell: cell.removesuffix("分钟").removesuffix("min").strip()), errors="coerce"
    )
    bad = (said != "") & ~((minutes > 0) & (minutes <= 24 * 60))
    sheet.reject(bad.to_numpy(bool), lambda i: f"minutes: {shown(said.iloc[i])} is no length of a visit")
    reports["minutes"] = minutes.where(~bad).astype(float)


def _descriptions(sheet: Sheet, reports: pd.DataFrame) -> None:
    """Clean what was written and mask who wrote it."""
    said = sheet.column("description")
    reports["description"] = masked(said, reports["person_name"])
    cut = np.fromiter(map(len, said), np.int64, len(said)) > text.MAX_CHARS
    if cut.any():
        sheet.tell("note", "cut", f"{sheet.which(cut)}: descriptions cut to {text.MAX_CHARS} characters")

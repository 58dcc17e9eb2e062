"""From what a parser read to hazards in the register: classified, placed, matched, taken in, in one step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from patrol.errors import Finding, PatrolError
from patrol.hazards.asked import TOLD, asked_otherwise, settle, warned_otherwise
from patrol.hazards.classify import classify, urgent_words
from patrol.hazards.doubts import doubt_codes, doubts, graded
from patrol.hazards.entitled import entitled
from patrol.hazards.formats.firms_values import FORM as FIRMS
from patrol.hazards.frames import put, renumbered
from patrol.hazards.ground import Ground, called
from patrol.hazards.ids import ids
from patrol.hazards.intake import read_reports
from patrol.hazards.joining import join_hazards
from patrol.hazards.keys import content_key, told_apart
from patrol.hazards.lifecycle import kinds_of
from patrol.hazards.locate import locate
from patrol.hazards.match import snap, zone_of
from patrol.hazards.model import Intake, IntakeContext
from patrol.hazards.plausible import Area
from patrol.hazards.rearrange import arrange, realize, tell_states
from patrol.hazards.received import Received, both, keep_photos, neutral_photos
from patrol.hazards.register import Register
from patrol.hazards.revise import of_revision, revise, superseded
from patrol.hazards.setting_aside import set_aside, to_remember
from patrol.hazards.take import Taking
from patrol.hazards.threads import follow, in_turn, said
from patrol.hazards.unread import with_unread

__all__ = ["Received", "degrees", "keep_photos", "place", "read_files", "receive"]

ROUNDED = {"pole_m": 1, "snap_m": 1, "other_m": 1, "confidence": 3, "along": 2}  # what is kept of places


def read_files(
    paths: Sequence[Path], context: IntakeContext, ground: Ground, *, form: str = "auto"
) -> tuple[list[tuple[Path, Intake]], list[Finding]]:
    """Read files one by one; what is wrong with one as a whole is returned and does not stop the others."""
    area, settings = Area.of(ground.layers.lines), ground.settings.hazards
    context = replace(context, lines=called(ground))
    declared = {spec.path: spec.crs for spec in ground.layers.project.inputs.values()}

    def one(path: Path, context: IntakeContext) -> Intake:
        # A file that the project names as an input has said there what its coordinates are.
        said = replace(context, crs=declared.get(path.resolve()) or context.crs)
        return with_unread(
            read_reports(path, said, form=form, area=area, settings=settings), ground.types, ground.keywords
        )

    read: list[tuple[Path, Intake]] = []
    faults: list[Finding] = []
    for path in paths:
        try:
            read.append((path, one(path, context)))
        except PatrolError as error:
            faults += error.findings
    seen = [intake.reports for _, intake in read if intake.form == FIRMS]
    if len(seen) > 1:  # days of a satellite in files of their own: each is judged beside all of them, in any order
        known = [context.history()] if context.history else []
        both = replace(context, history=partial(pd.concat, [*known, *seen]))
        read = [(path, one(path, both) if intake.form == FIRMS else intake) for path, intake in read]
    return read, faults


def receive(register: Register, intake: Intake, ground: Ground, *, now: str, actor: str, party: str) -> Received:
    """Take a parser's reports into the register; the same ones again change nothing.

    Parameters
    ----------
    register : Register
    intake : Intake
    ground : Ground
    now : str
        Stamp, see :mod:`patrol.hazards.stamps`.
    actor, party : str
        Who takes them in.

    Raises
    ------
    RegisterError
        If the register does not allow it; then nothing is taken in.
    """
    reports, told = place(intake.reports, ground)
    reports, left = entitled(reports, intake, ground.types, kinds_of(ground.types), party=party)
    reports = _dated(reports, now)
    intake = replace(intake, findings=(*intake.findings, *told, *left))
    with register.writing():  # matching reads what it adds to: nobody else may write between
        reports = put(reports, key=apart(register, reports))
        first, further = in_turn(reports) if intake.back is None else (reports, reports.iloc[:0])
        got = _receive(register, Taking(now, actor, party, intake), first, ground)
        if len(further):  # what shares an id with another row is taken in as if it came in a further file
            rest = replace(intake, rejected=intake.rejected.iloc[:0], findings=(), static=None)
            got = both(got, _receive(register, Taking(now, actor, party, rest), further, ground))
    # Rows that were there before count as known too, not only those that were handed on.
    got = replace(got, taken=replace(got.taken, known=len(intake.reports) - len(got.reports)))
    return replace(got, pictured=_pictured(register, reports))


def _pictured(register: Register, reports: pd.DataFrame) -> pd.DataFrame:
    """Return ``report_id, row, photos`` of the reports of hazards that name photographs, under what each was taken in.

    What was erased is left out: a photograph may show who reported it.
    """
    rows = renumbered(reports[(reports["photos"] != "") & (reports["record"] == "hazard")])
    if rows.empty:
        return rows.assign(report_id="")[["report_id", "row", "photos"]]
    other = rows["key"] + "#" + said(rows).str[2:18]
    known = register.known_keys([*rows["key"], *other])
    key = other.where(other.isin(known), rows["key"])
    rows = put(rows, report_id=ids("R", key))
    there = key.isin(known) & ~rows["report_id"].isin(set(register.events("erase")["subject"]))
    return renumbered(rows[there])[["report_id", "row", "photos"]]


def apart(register: Register, reports: pd.DataFrame) -> list[str]:
    """Return the keys of placed reports, numbered where somebody else said the same before."""
    keys = reports["key"]
    said = (reports[["external_id", "person_name", "person_contact"]] != "").any(axis=1) & keys.str.startswith("c:")
    bases = {key.split("~", maxsplit=1)[0] for key in keys[said]}
    return told_apart(keys, reports, register.memory.makers(bases)) if bases else keys.tolist()


def _dated(reports: pd.DataFrame, now: str) -> pd.DataFrame:
    """Return reports with ``seen``, when captured or else now, and ``given_at``, since when their state holds."""
    moment = pd.Timestamp(now)
    seen = reports["captured_at"].fillna(moment)
    given = reports["given_closed"].fillna(moment)
    return put(reports, seen=seen, given_at=given.where(given > seen, seen))


def _receive(register: Register, taking: Taking, reports: pd.DataFrame, ground: Ground) -> Received:
    """Take in placed reports: of each id one, and any number of those whose ids are known."""
    intake = taking.intake
    assert intake is not None
    old, told = superseded(register, intake)
    reports = reports.iloc[:0] if old else reports
    fresh, before = _parted(register, reports)
    found = _again(register, taking, before, ground, revised=intake.back is not None and not old)
    more = dict(found.more)
    if unseen := to_remember(register, intake):
        more["static"] = unseen
    hazards = [_of(fresh, fresh["record"] == "hazard").assign(follows=""), found.otherwise]
    hazards = [part for part in hazards if len(part)] or hazards[:1]
    lines, changes, doubts = join_hazards(register, pd.concat(hazards, ignore_index=True), ground, seeds=found.moved)
    told = [*told, *found.told, *doubts]
    rest = fresh[fresh["record"] != "hazard"]
    parts = [part for part in (lines, rest, found.warned) if len(part)]
    frame = pd.concat(parts, ignore_index=True) if len(parts) > 1 else (parts[0] if parts else rest)
    kept = put(frame.drop(columns=["x", "y"]), photos=neutral_photos(frame["photos"]))
    taken = register.take(kept, at_now=taking.now, actor=taking.actor, party=taking.party, intake=intake, more=more)
    settle(register, rest, now=taking.now, actor=taking.actor, party=taking.party)
    merged = realize(register, changes, now=taking.now, actor=taking.actor, party=taking.party)
    named = found.otherwise.assign(report_id=ids("R", found.otherwise["key"]) if len(found.otherwise) else [])
    for rows in (named, found.corrected):
        told += tell_states(register, rows, intake.label)
    if intake.form == FIRMS:
        left, notes = set_aside(register, ground.settings.hazards, intake.label, now=taking.now)
        merged += arrange(register, ground, left, now=taking.now)
        told += notes
    shown = frame.assign(report_id=ids("R", frame["key"]) if len(frame) else [])
    points = gpd.GeoDataFrame(shown, geometry=gpd.points_from_xy(shown["x"], shown["y"]), crs=ground.layers.crs)
    findings = (*intake.findings, *told)
    return Received(
        intake, points.reset_index(drop=True), taken, merged, findings, found.corrected, found.aside, frame.iloc[:0]
    )


def _parted(register: Register, reports: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the reports that are new, and those whose keys the register knows."""
    new = ~reports["key"].duplicated()
    if known := register.known_keys(reports["key"].tolist()):
        new &= ~reports["key"].isin(known)
    before = reports[reports["key"].isin(known)] if known else reports.iloc[:0]
    return renumbered(reports if new.all() else reports[new]), before


@dataclass(frozen=True, slots=True)
class _Again:
    """What came of rows whose ids are known; the frames are as ``before`` has them."""

    corrected: pd.DataFrame
    otherwise: pd.DataFrame
    warned: pd.DataFrame
    aside: pd.DataFrame
    moved: frozenset[str]  # reports whose hazards are put together anew
    told: list[Finding]
    more: dict[str, Any]


def _again(register: Register, taking: Taking, before: pd.DataFrame, ground: Ground, *, revised: bool) -> _Again:
    """Bring what is known to what a revision says; or tell what is said otherwise, which is to be taken in."""
    none, intake = before.iloc[:0], taking.intake
    assert intake is not None
    if revised and intake.back is not None:
        corrected, moved, told = revise(register, before, intake, ground, now=taking.now)
        return _Again(corrected, none, none, none, moved, told, of_revision(intake.back))
    if before.empty:
        return _Again(none, none, none, none, frozenset(), [], {})
    otherwise, told = follow(register, before, intake.label, now=taking.now)
    warned, warnings = warned_otherwise(register, before, intake.label)
    aside, others, marks = asked_otherwise(
        register, before, intake.label, now=taking.now, actor=taking.actor, party=taking.party
    )
    more = {TOLD: marks} if marks else {}
    return _Again(none, otherwise, warned, aside, frozenset(), [*told, *warnings, *others], more)


def _of(frame: pd.DataFrame, rows: pd.Series[bool]) -> pd.DataFrame:
    return frame if rows.all() else renumbered(frame[rows])


def place(reports: pd.DataFrame, ground: Ground) -> tuple[pd.DataFrame, tuple[Finding, ...]]:
    """Return reports with ``key, type, matched_by, candidates``, ``x, y`` and PLACE_COLUMNS, and what was doubtful.

    ``hazard_class`` is ``emergency`` where a report without a type says a word of one, else "".
    """
    settings = ground.settings.hazards
    reports = put(reports, record=reports["record"].where(reports["record"] != "", "hazard"))
    over = (reports["given_state"] == "") & reports["given_closed"].notna() & (reports["record"] == "hazard")
    if over.any():  # a list that says when it was closed says that it was
        reports = put(reports, given_state=reports["given_state"].mask(over, "closed"))
    kind = classify(reports["description"], reports["type_ref"], ground.types, ground.keywords)
    urgent = urgent_words(reports["description"], ground.types, ground.keywords)
    unsure = doubts(reports, kind, urgent, ground.types, ground.keywords)
    placed, told = locate(reports, ground.network, ground.layers, settings)
    xy = placed[["x", "y"]].to_numpy(float)
    on = snap(
        xy, placed["uncertainty_m"].to_numpy(float), ground.network, settings,
        located_by=placed["located_by"].to_numpy(object), named_feeder=placed["feeder_id"].to_numpy(object),
        pole_at=placed[["pole_x", "pole_y"]].to_numpy(float),
    )  # fmt: skip
    lon, lat = degrees(xy, placed, ground)
    on = on.round(ROUNDED)
    words = ("type", "matched_by", "candidates")
    columns = {name: kind[name].array for name in words} | {str(name): on[name].array for name in on}
    columns |= {"key": content_key(reports).array, "hazard_class": graded(reports, kind, urgent).array}
    columns |= {"zone_id": zone_of(xy, ground.layers.zones)}
    columns |= {"doubts": doubt_codes(reports, kind, urgent, ground.types).array}
    whole = put(renumbered(placed.drop(columns=["pole_x", "pole_y"])), lon=lon, lat=lat, **columns)
    return whole, (*unsure, *told)


def degrees(xy: np.ndarray, placed: pd.DataFrame, ground: Ground) -> tuple[np.ndarray, np.ndarray]:
    """Return where each report is kept, WGS84: as it said itself, else the place that its words led to."""
    lon, lat = placed["lon"].to_numpy(float, copy=True), placed["lat"].to_numpy(float, copy=True)
    led = np.isfinite(xy).all(axis=1) & (placed["located_by"] != "lonlat").to_numpy()
    points = gpd.points_from_xy(*xy[led].T, crs=ground.layers.crs).to_crs("EPSG:4326")
    lon[led], lat[led] = np.round(points.x, 7), np.round(points.y, 7)
    return lon, lat

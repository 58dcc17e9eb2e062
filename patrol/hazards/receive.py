"""From what a parser read to hazards in the register: classified, placed, matched, taken in, in one step."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from patrol.errors import Finding, PatrolError
from patrol.hazards.classify import classify, urgent_words
from patrol.hazards.doubts import doubts, graded
from patrol.hazards.formats.firms_values import FORM as FIRMS
from patrol.hazards.frames import put, renumbered
from patrol.hazards.ground import Ground, called
from patrol.hazards.ids import ids
from patrol.hazards.intake import content_key, read_reports
from patrol.hazards.joining import join_hazards
from patrol.hazards.lifecycle import OFFICES
from patrol.hazards.locate import locate
from patrol.hazards.match import snap, zone_of
from patrol.hazards.model import Event, Intake, IntakeContext, canonical
from patrol.hazards.photos import take_photo
from patrol.hazards.plausible import Area
from patrol.hazards.register import Register
from patrol.hazards.take import Taken
from patrol.text import clean

SETTLED = {"rectified": "request_done", "closed": "request_done", "refuted": "request_cancelled"}
ROUNDED = {"pole_m": 1, "snap_m": 1, "other_m": 1, "confidence": 3, "along": 2}  # what is kept of places
MACHINE = "patrol"  # who merges two hazards that a new report bridges


@dataclass(frozen=True, slots=True)
class Received:
    """What became of one file, or of one message.

    Attributes
    ----------
    intake : Intake
    reports : GeoDataFrame
        The reports that were new, placed, each with ``report_id`` and ``hazard_id``; metric CRS.
    taken : Taken
    merged : tuple of (str, str)
        Hazards that a new report showed to be one: (kept, absorbed).
    findings : tuple of Finding
        Those of the parser first, then of placing and matching.
    """

    intake: Intake
    reports: gpd.GeoDataFrame
    taken: Taken
    merged: tuple[tuple[str, str], ...]
    findings: tuple[Finding, ...]


def read_files(
    paths: Sequence[Path], context: IntakeContext, ground: Ground, *, form: str = "auto"
) -> tuple[list[tuple[Path, Intake]], list[Finding]]:
    """Read files one by one; what is wrong with one as a whole is returned and does not stop the others."""
    area, settings = Area.of(ground.layers.lines), ground.settings.hazards
    context = dataclasses.replace(context, lines=called(ground))
    declared = {spec.path: spec.crs for spec in ground.layers.project.inputs.values()}

    def one(path: Path, context: IntakeContext) -> Intake:
        # A file that the project names as an input has said there what its coordinates are.
        said = dataclasses.replace(context, crs=declared.get(path.resolve()) or context.crs)
        return read_reports(path, said, form=form, area=area, settings=settings)

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
        both = dataclasses.replace(context, history=partial(pd.concat, [*known, *seen]))
        read = [(path, one(path, both) if intake.form == FIRMS else intake) for path, intake in read]
    return read, faults


def keep_photos(
    register: Register, received: Received, beside: Path, root: Path, *, now: str, actor: str
) -> list[Finding]:
    """Copy the photographs that new reports name into the project folder; return what could not be kept.

    Parameters
    ----------
    beside : Path
        Folder of the file of reports: names of photographs are relative to it and may not leave it.
    root : Path
        Project folder.
    """
    told, events = [], []
    rows = received.reports[received.reports["photos"] != ""] if len(received.reports) else received.reports
    for report, row, names in zip(rows["report_id"], rows["row"], rows["photos"], strict=True):
        for name in str(names).split("|"):
            path = beside / name
            if "://" in name or not path.resolve().is_relative_to(beside.resolve()):
                what, mend = (
                    f"the photograph {clean(name, limit=120)} is not beside the file",
                    "fetch it and put it there",
                )
                told.append(Finding("note", "photo.elsewhere", received.intake.label, what, mend, row=int(row)))
                continue
            try:
                photo = take_photo(path, root)
            except PatrolError as error:
                told += [dataclasses.replace(item, level="suspicion", row=int(row)) for item in error.findings]
                continue
            body = {
                "sha256": photo.sha256,
                "name": photo.name,
                "lon": photo.lon,
                "lat": photo.lat,
                "taken": photo.taken,
            }
            events.append(Event("photo", str(report), now, actor, "enterprise", canonical(body)))
    if events:
        register.act(events, recorded_at=now)
    return told


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
    with register.writing():  # matching reads what it adds to: nobody else may write between
        new = ~reports["key"].duplicated()
        if known := register.known_keys(reports["key"].tolist()):
            new &= ~reports["key"].isin(known)
        fresh = renumbered(reports if new.all() else reports[new])
        hazards = _of(fresh, fresh["record"] == "hazard")
        bridged: list[tuple[str, str]] = []
        if len(hazards):
            hazards, bridged, chains = join_hazards(register, hazards, ground)
            told = (*told, *chains)
        rest = fresh[fresh["record"] != "hazard"]
        frame = pd.concat([hazards, rest]) if len(rest) and len(hazards) else (hazards if len(hazards) else rest)
        taken = register.take(frame.drop(columns=["x", "y"]), at_now=now, actor=actor, party=party, intake=intake)
        _settled(register, rest, now=now, actor=actor, party=party)
        for into, absorbed in bridged:
            register.merge(into, absorbed, at=now, actor=MACHINE, party="enterprise")
    # Rows that were there before count as known too, not only those that were handed on.
    taken = dataclasses.replace(taken, known=len(intake.reports) - len(fresh))
    shown = frame.assign(report_id=ids("R", frame["key"]) if len(frame) else [])
    points = gpd.GeoDataFrame(shown, geometry=gpd.points_from_xy(shown["x"], shown["y"]), crs=ground.layers.crs)
    return Received(intake, points.reset_index(drop=True), taken, tuple(bridged), (*intake.findings, *told))


def _of(frame: pd.DataFrame, rows: pd.Series[bool]) -> pd.DataFrame:
    return frame if rows.all() else renumbered(frame[rows])


def _settled(register: Register, rest: pd.DataFrame, *, now: str, actor: str, party: str) -> None:
    """Take over of requests in an office's list that they were dealt with; others are not asked."""
    asked = rest[(rest["record"] == "request") & rest["given_state"].isin(SETTLED)]
    if party in OFFICES and len(asked):
        names = zip(ids("Q", asked["key"]), asked["given_state"], strict=True)
        events = [Event(SETTLED[state], name, now, actor, party, canonical({"state": state})) for name, state in names]
        register.act(events, recorded_at=now)


def place(reports: pd.DataFrame, ground: Ground) -> tuple[pd.DataFrame, tuple[Finding, ...]]:
    """Return reports with ``key, type, matched_by, candidates``, ``x, y`` and PLACE_COLUMNS, and what was doubtful.

    ``hazard_class`` is ``emergency`` where a report without a type says a word of one, else "".
    """
    settings = ground.settings.hazards
    reports = put(reports, record=reports["record"].where(reports["record"] != "", "hazard"))
    kind = classify(reports["description"], reports["type_ref"], ground.types, ground.keywords)
    urgent = urgent_words(reports["description"], ground.types, ground.keywords)
    unsure = doubts(reports, kind, urgent, ground.types, ground.keywords)
    placed, told = locate(reports, ground.network, ground.layers, settings)
    xy = placed[["x", "y"]].to_numpy(float)
    on = snap(
        xy, placed["uncertainty_m"].to_numpy(float), ground.network, settings,
        located_by=placed["located_by"].to_numpy(object), named_feeder=placed["feeder_id"].to_numpy(object),
    )  # fmt: skip
    lon, lat = _degrees(xy, placed, ground)
    on = on.round(ROUNDED)
    words = ("type", "matched_by", "candidates")
    columns = {name: kind[name].array for name in words} | {str(name): on[name].array for name in on}
    columns |= {"key": content_key(reports).array, "hazard_class": graded(reports, kind, urgent).array}
    columns |= {"zone_id": zone_of(xy, ground.layers.zones)}
    whole = put(renumbered(placed), lon=lon, lat=lat, **columns)
    return whole, (*unsure, *told)


def _degrees(xy: np.ndarray, placed: pd.DataFrame, ground: Ground) -> tuple[np.ndarray, np.ndarray]:
    """Return where each report is kept, WGS84: as it said itself, else the place that its words led to."""
    lon, lat = placed["lon"].to_numpy(float, copy=True), placed["lat"].to_numpy(float, copy=True)
    led = np.isfinite(xy).all(axis=1) & (placed["located_by"] != "lonlat").to_numpy()
    points = gpd.points_from_xy(*xy[led].T, crs=ground.layers.crs).to_crs("EPSG:4326")
    lon[led], lat[led] = np.round(points.x, 7), np.round(points.y, 7)
    return lon, lat

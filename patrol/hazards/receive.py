"""From what a parser read to hazards in the register: classified, placed, matched, taken in, in one step."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from patrol.errors import Finding, PatrolError
from patrol.hazards.classify import classify, urgent_words
from patrol.hazards.doubts import doubt_codes, doubts, graded
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
from patrol.hazards.revise import join_again, merge_all, of_revision, part_again, revise, superseded
from patrol.hazards.setting_aside import set_aside, to_remember
from patrol.hazards.take import Taken
from patrol.hazards.threads import adopt_states, follow
from patrol.text import clean

SETTLED = {"rectified": "request_done", "closed": "request_done", "refuted": "request_cancelled"}
ROUNDED = {"pole_m": 1, "snap_m": 1, "other_m": 1, "confidence": 3, "along": 2}  # what is kept of places
KNOWN_ID = "a request of this id is known and says something else"
_PICTURES = (".jpg", ".jpeg", ".png", ".webp", ".gif")


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
        Hazards that a new or corrected report showed to be one: (kept, absorbed).
    corrected : DataFrame
        The reports taken in before that a higher revision of a report-back corrects.
    aside : DataFrame
        Rows for the quarantine: requests whose ids are known and that say something else than they did.
    findings : tuple of Finding
        Those of the parser first, then of placing and matching.
    """

    intake: Intake
    reports: gpd.GeoDataFrame
    taken: Taken
    merged: tuple[tuple[str, str], ...]
    findings: tuple[Finding, ...]
    corrected: pd.DataFrame
    aside: pd.DataFrame


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
    names_of = ["report_id", "row", "photos"]
    rows = pd.concat([pd.DataFrame(frame)[names_of] for frame in (received.reports, received.corrected) if len(frame)]
                     or [pd.DataFrame(columns=names_of)])  # fmt: skip
    rows = rows[rows["photos"] != ""]
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
        old, notes = superseded(register, intake)
        told = (*told, *notes)
        if old:
            reports = reports.iloc[:0]
        new = ~reports["key"].duplicated()
        if known := register.known_keys(reports["key"].tolist()):
            new &= ~reports["key"].isin(known)
        fresh = renumbered(reports if new.all() else reports[new])
        before = reports[reports["key"].isin(known)] if known else reports.iloc[:0]
        back = intake.back if not old else None
        more: dict[str, Any] = {}
        corrected, otherwise, aside = before.iloc[:0], before.iloc[:0], before.iloc[:0]
        bridged: tuple[tuple[str, str], ...] = ()
        if back is not None:
            corrected, bridged, notes = revise(register, before, intake, ground, now=now)
            more, told = of_revision(back), (*told, *notes)
        elif len(before):
            otherwise, notes = follow(register, before, intake.label, now=now)
            aside, others = _otherwise(register, before, intake.label, now=now, actor=actor, party=party)
            told = (*told, *notes, *others)
        if unseen := to_remember(register, intake):
            more["static"] = unseen
        hazards = _of(fresh, fresh["record"] == "hazard")
        if len(hazards):
            hazards, bridges, chains = join_hazards(register, hazards, ground)
            bridged, told = (*bridged, *bridges), (*told, *chains)
        rest = fresh[fresh["record"] != "hazard"]
        parts = [part for part in (hazards, rest, otherwise) if len(part)]
        frame = pd.concat(parts, ignore_index=True) if len(parts) > 1 else (parts[0] if parts else rest)
        kept = put(frame.drop(columns=["x", "y"]), photos=neutral_photos(frame["photos"]))
        taken = register.take(kept, at_now=now, actor=actor, party=party, intake=intake, more=more)
        _settled(register, rest, now=now, actor=actor, party=party)
        bridged = merge_all(register, bridged, now=now)
        named = otherwise.assign(report_id=ids("R", otherwise["key"]) if len(otherwise) else [])
        bridged = (*bridged, *join_again(register, named[named["given_closed"].isna()], ground, now=now))
        told = (*told, *adopt_states(register, named, intake.label, now=now, actor=actor, party=party))
        states = adopt_states(register, corrected, intake.label, now=now, actor=actor, party=party, exact=True)
        told = (*told, *states)
        if intake.form == FIRMS:
            left, notes = set_aside(register, ground.settings.hazards, intake.label, now=now)
            part_again(register, left, ground, now=now)
            told = (*told, *notes)
    # Rows that were there before count as known too, not only those that were handed on.
    taken = dataclasses.replace(taken, known=len(intake.reports) - len(fresh) - len(otherwise))
    shown = frame.assign(report_id=ids("R", frame["key"]) if len(frame) else [])
    points = gpd.GeoDataFrame(shown, geometry=gpd.points_from_xy(shown["x"], shown["y"]), crs=ground.layers.crs)
    findings = (*intake.findings, *told)
    return Received(intake, points.reset_index(drop=True), taken, tuple(bridged), findings, corrected, aside)


def neutral_photos(photos: pd.Series[str]) -> list[str]:
    """Return names of photographs as the register keeps them: numbered, for people put names into file names."""
    return [
        "|".join(f"{number}{_ending(name)}" for number, name in enumerate(names.split("|"), 1)) if names else ""
        for names in photos.tolist()
    ]


def _ending(name: str) -> str:
    ending = Path(name).suffix.lower()
    return ending if ending in _PICTURES else ""


_ASKED = ("request_kind", "due", "liaison", "description")


def _otherwise(
    register: Register, known: pd.DataFrame, label: str, *, now: str, actor: str, party: str
) -> tuple[pd.DataFrame, list[Finding]]:
    """Take over that known requests are dealt with; return those that say something else, and what to tell."""
    rows = known[known["record"] == "request"].drop_duplicates("key")
    held = register.held(rows["key"].tolist(), "request")
    if held.empty:
        return rows.iloc[:0], []
    before = held.loc[rows["key"]]
    _settled(register, rows[(before["state"] == "open").to_numpy(bool)], now=now, actor=actor, party=party)
    other = (rows[list(_ASKED)].to_numpy(object) != before[list(_ASKED)].to_numpy(object)).any(axis=1)
    aside = rows[other].assign(reason=KNOWN_ID)
    mend = "if it is another request, give it another id and import the quarantine file"
    return aside, [
        Finding("suspicion", "hazards.other_content", label, f"{KNOWN_ID}: set aside", mend, row=int(row))
        for row in aside["row"]
    ]


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
    lon, lat = degrees(xy, placed, ground)
    on = on.round(ROUNDED)
    words = ("type", "matched_by", "candidates")
    columns = {name: kind[name].array for name in words} | {str(name): on[name].array for name in on}
    columns |= {"key": content_key(reports).array, "hazard_class": graded(reports, kind, urgent).array}
    columns |= {"zone_id": zone_of(xy, ground.layers.zones)}
    columns |= {"doubts": doubt_codes(reports, kind, urgent, ground.types).array}
    whole = put(renumbered(placed), lon=lon, lat=lat, **columns)
    return whole, (*unsure, *told)


def degrees(xy: np.ndarray, placed: pd.DataFrame, ground: Ground) -> tuple[np.ndarray, np.ndarray]:
    """Return where each report is kept, WGS84: as it said itself, else the place that its words led to."""
    lon, lat = placed["lon"].to_numpy(float, copy=True), placed["lat"].to_numpy(float, copy=True)
    led = np.isfinite(xy).all(axis=1) & (placed["located_by"] != "lonlat").to_numpy()
    points = gpd.points_from_xy(*xy[led].T, crs=ground.layers.crs).to_crs("EPSG:4326")
    lon[led], lat[led] = np.round(points.x, 7), np.round(points.y, 7)
    return lon, lat

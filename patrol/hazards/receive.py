"""From what a parser read to hazards in the register: classified, placed, matched, taken in, in one step."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

from patrol.config import Settings
from patrol.errors import Finding, PatrolError
from patrol.hazards.classify import classify
from patrol.hazards.duplicates import earlier, link
from patrol.hazards.ids import ids
from patrol.hazards.intake import content_key, read_reports
from patrol.hazards.keywords import Keywords, confusable, load_keywords
from patrol.hazards.locate import locate
from patrol.hazards.match import snap, zone_of
from patrol.hazards.model import Event, Intake, IntakeContext, canonical
from patrol.hazards.photos import take_photo
from patrol.hazards.plausible import Area
from patrol.hazards.register import Register
from patrol.hazards.take import Taken
from patrol.hazards.taxonomy import project_types
from patrol.layers.files import Layers, load_layers
from patrol.network.topology import Network, build_network
from patrol.project import Project
from patrol.text import clean

LONG_AGO = datetime(1990, 1, 1, tzinfo=UTC)  # hazards closed since then may come again
MACHINE = "patrol"  # who merges two hazards that a new report bridges


@dataclass(frozen=True, slots=True)
class Ground:
    """What reports are put on: the network with its layers, the types and the words for them."""

    layers: Layers
    network: Network
    types: pd.DataFrame
    keywords: Keywords
    confusable: frozenset[frozenset[str]]
    settings: Settings


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


def ground_of(project: Project) -> Ground:
    """Load what reports of a project are put on.

    Raises
    ------
    PatrolError
        Every fault of the layers, the project's own types and keywords.
    """
    layers = load_layers(project)
    settings = project.settings
    network = build_network(layers.lines, layers.poles, layers.equipment, settings=settings.network)
    words, types = project.file("keywords"), project_types(project)
    keywords = load_keywords(words, types.index)
    return Ground(layers, network, types, keywords, confusable(types, words), settings)


def context_of(project: Project, *, now: str, party: str = "", source: str = "") -> IntakeContext:
    """Return what parsers need to know of a project; what the user states goes before the project file."""
    said = project.intake
    return IntakeContext(
        timezone=project.timezone, now=now, crs=said.crs, columns=dict(said.columns), party=party or said.party,
        source=source or said.source,
    )  # fmt: skip


def read_files(
    paths: Sequence[Path], context: IntakeContext, ground: Ground, *, form: str = "auto"
) -> tuple[list[tuple[Path, Intake]], list[Finding]]:
    """Read files one by one; what is wrong with one as a whole is returned and does not stop the others."""
    area, settings = Area.of(ground.layers.lines), ground.settings.hazards
    declared = {spec.path: spec.crs for spec in ground.layers.project.inputs.values()}
    read: list[tuple[Path, Intake]] = []
    faults: list[Finding] = []
    for path in paths:
        try:
            # A file that the project names as an input has said there what its coordinates are.
            said = dataclasses.replace(context, crs=declared.get(path.resolve()) or context.crs)
            read.append((path, read_reports(path, said, form=form, area=area, settings=settings)))
        except PatrolError as error:
            faults += error.findings
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
        known = register.known_keys(reports["key"].tolist())
        fresh = reports[~reports["key"].isin(known)].drop_duplicates("key").reset_index(drop=True)
        hazards = fresh[fresh["record"] == "hazard"].reset_index(drop=True)
        bridged: list[tuple[str, str]] = []
        if len(hazards):
            hazards, bridged, chains = _match(register, hazards, ground)
            told = (*told, *chains)
        rest = fresh[fresh["record"] != "hazard"]
        frame = pd.concat([hazards, rest]) if len(rest) and len(hazards) else (hazards if len(hazards) else rest)
        taken = register.take(frame.drop(columns=["x", "y"]), at_now=now, actor=actor, party=party, intake=intake)
        for into, absorbed in bridged:
            register.merge(into, absorbed, at=now, actor=MACHINE, party="enterprise")
    # Rows that were there before count as known too, not only those that were handed on.
    taken = dataclasses.replace(taken, known=len(intake.reports) - len(fresh))
    shown = frame.assign(report_id=ids("R", frame["key"]) if len(frame) else [])
    points = gpd.GeoDataFrame(shown, geometry=gpd.points_from_xy(shown["x"], shown["y"]), crs=ground.layers.crs)
    return Received(intake, points.reset_index(drop=True), taken, tuple(bridged), (*intake.findings, *told))


def place(reports: pd.DataFrame, ground: Ground) -> tuple[pd.DataFrame, tuple[Finding, ...]]:
    """Return reports with ``key, type, matched_by, candidates``, ``x, y`` and PLACE_COLUMNS, and what was doubtful."""
    settings = ground.settings.hazards
    reports = reports.assign(record=reports["record"].where(reports["record"] != "", "hazard"))
    kind = classify(reports["description"], reports["type_ref"], ground.types, ground.keywords)
    placed, told = locate(reports, ground.network, ground.layers, settings)
    xy = placed[["x", "y"]].to_numpy(float)
    on = snap(
        xy, placed["uncertainty_m"].to_numpy(float), ground.network, settings,
        located_by=placed["located_by"].to_numpy(object), named_feeder=placed["feeder_id"].to_numpy(object),
    )  # fmt: skip
    placed = placed.drop(columns=[name for name in on.columns if name in placed]).reset_index(drop=True)
    parts = [placed, kind[["type", "matched_by", "candidates"]].reset_index(drop=True), on.reset_index(drop=True)]
    lon, lat = _degrees(xy, placed, ground)
    parts[0] = placed.assign(lon=lon, lat=lat)
    parts[2] = parts[2].round({"pole_m": 1, "snap_m": 1, "other_m": 1, "confidence": 3, "along": 2})
    whole = pd.concat(parts, axis=1).assign(
        key=content_key(reports).to_numpy(), zone_id=zone_of(xy, ground.layers.zones)
    )
    return whole, told


def _degrees(xy: np.ndarray, placed: pd.DataFrame, ground: Ground) -> tuple[np.ndarray, np.ndarray]:
    """Return where each report is kept, WGS84: as it said itself, else the place that its words led to."""
    lon, lat = placed["lon"].to_numpy(float, copy=True), placed["lat"].to_numpy(float, copy=True)
    led = np.isfinite(xy).all(axis=1) & (placed["located_by"] != "lonlat").to_numpy()
    points = gpd.points_from_xy(*xy[led].T, crs=ground.layers.crs).to_crs("EPSG:4326")
    lon[led], lat[led] = np.round(points.x, 7), np.round(points.y, 7)
    return lon, lat


def _match(
    register: Register, new: pd.DataFrame, ground: Ground
) -> tuple[pd.DataFrame, list[tuple[str, str]], tuple[Finding, ...]]:
    """Return new reports with ``hazard_id`` and ``previous_id``, and the pairs of known hazards they bridge."""
    settings = ground.settings.hazards
    cases = _near(register.open_cases(closed_after=LONG_AGO), new, ground)
    mine = new.assign(group="", closed_at=new["given_closed"])
    columns = [
        "key",
        "x",
        "y",
        "uncertainty_m",
        "span",
        "along",
        "feeder_id",
        "type",
        "captured_at",
        "closed_at",
        "group",
    ]
    both = pd.concat([mine[columns], cases[columns]], ignore_index=True) if len(cases) else mine[columns]
    types = (ground.network, ground.types, ground.confusable, settings)
    labels, told = link(both, *types)
    hazard, bridged = _hazards(both, labels, _parted(register))
    before = earlier(both, *types)
    previous = np.where(before >= 0, hazard[before], "")
    ours = np.arange(len(new))
    again = (previous[ours] != "") & (previous[ours] != hazard[ours])
    return new.assign(hazard_id=hazard[ours], previous_id=np.where(again, previous[ours], "")), bridged, told


def _near(cases: pd.DataFrame, new: pd.DataFrame, ground: Ground) -> pd.DataFrame:
    """Return the known reports that could be linked to a new one, put on the network of today."""
    settings = ground.settings.hazards
    cases = cases.rename(columns={"report_id": "key", "hazard_id": "group"})
    there = np.isfinite(new[["x", "y"]].to_numpy(float)).all(axis=1)
    known = np.isfinite(cases[["lon", "lat"]].to_numpy(float)).all(axis=1)
    if not there.any() or not known.any():
        return cases.iloc[:0].assign(x=0.0, y=0.0, span=-1, along=0.0)
    cases = cases[known].reset_index(drop=True)
    points = gpd.points_from_xy(cases["lon"], cases["lat"], crs="EPSG:4326").to_crs(ground.layers.crs)
    xy = np.column_stack([points.x, points.y])
    reach = settings.duplicate_m + cases["uncertainty_m"].to_numpy(float) + new.loc[there, "uncertainty_m"].max()
    gap, _ = cKDTree(new.loc[there, ["x", "y"]].to_numpy(float)).query(xy)
    near = gap <= reach
    cases, xy = cases[near].reset_index(drop=True), xy[near]
    on = snap(
        xy, cases["uncertainty_m"].to_numpy(float), ground.network, settings,
        located_by=cases["located_by"].to_numpy(object), named_feeder=cases["feeder_id"].to_numpy(object),
    )  # fmt: skip
    return cases.assign(x=xy[:, 0], y=xy[:, 1], span=on["span"], along=on["along"], feeder_id=on["feeder_id"])


def _hazards(
    both: pd.DataFrame, labels: np.ndarray, parted: set[frozenset[str]]
) -> tuple[np.ndarray, list[tuple[str, str]]]:
    """Return the hazard id of each row, and the pairs (kept, absorbed) of known hazards that share a label.

    A hazard known before keeps its id, the one reported first before all; else the first report gives it.
    What was parted by hand is not joined again.
    """
    order = both.assign(label=labels, row=np.arange(len(both))).sort_values(
        ["label", "captured_at", "key"], kind="stable"
    )
    known = order[order["group"] != ""].drop_duplicates(["label", "group"])
    kept = known.drop_duplicates("label").set_index("label")["group"]
    founding = order.drop_duplicates("label").set_index("label")["key"]
    names = pd.Series(ids("H", founding), index=founding.index, dtype=object)
    names.update(kept)
    hazard = names.loc[labels].to_numpy(dtype=object)
    bridged = [
        (str(kept[label]), str(group))
        for label, group in zip(known["label"], known["group"], strict=True)
        if group != kept[label] and frozenset((str(kept[label]), str(group))) not in parted
    ]
    own = (both["group"] != "").to_numpy()
    hazard[own] = both.loc[own, "group"]
    return hazard, bridged


def _parted(register: Register) -> set[frozenset[str]]:
    """Return the pairs of hazards that somebody parted by hand."""
    events = register.events("unmerge", "split")
    pairs = set()
    for action, subject, body in zip(events["action"], events["subject"], events["body"], strict=True):
        told: dict[str, Any] = json.loads(body)
        pairs.add(frozenset((subject, str(told["from" if action == "unmerge" else "into"]))))
    return pairs

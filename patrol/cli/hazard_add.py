"""``patrol hazards add``: one report in plain words, kept whatever is wrong with what was stated beside them."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import typer
from rich.text import Text

from patrol.cli.calls import print_calls
from patrol.cli.hazard_list import where
from patrol.cli.register import login, lonlat, now, print_findings, when, word_of
from patrol.cli.show import out, progress_bar
from patrol.errors import Finding, IntakeError, PatrolError
from patrol.hazards.actions import UNCLASSIFIED
from patrol.hazards.classify import classify
from patrol.hazards.doubts import UNKNOWN, near_names
from patrol.hazards.formats.messages import read_messages
from patrol.hazards.ground import Ground, called, context_of, ground_of
from patrol.hazards.ids import ids
from patrol.hazards.model import REPORTERS, REQUEST_KINDS, Event, Intake, IntakeContext, canonical
from patrol.hazards.office import open_project_register
from patrol.hazards.photos import take_photo
from patrol.hazards.plausible import Area, check_reports
from patrol.hazards.receive import Received, receive
from patrol.hazards.register import Register
from patrol.hazards.request_rules import request_faults
from patrol.project import Project, read_project
from patrol.text import clean, mask_identity
from patrol.words import name_of, say

_TIMES = {"reports.future", "reports.ancient"}
_TIME_DOUBTS = {"messages.no_time", "messages.part_time", "messages.time"}


def add_command(
    project: Path = typer.Argument(..., help="Project folder, or its project.toml."),
    message: str = typer.Argument(..., help='What was said, such as "城关线37-38号杆有鸟窝".'),
    party: str = typer.Option("villager", help="Who said it: enterprise, government, fire, villager or sensor."),
    type_: str = typer.Option("", "--type", help="Hazard type, code or name, where the words do not say it."),
    at: str = typer.Option("", help="When it was seen, such as 2024-08-16T09:30; now by default."),
    near: str = typer.Option("", help="Where, as longitude,latitude (WGS84)."),
    photo: list[Path] = typer.Option([], help="A photograph; may be given several times."),
    name: str = typer.Option("", help="Name of who reported it: kept apart, and erasable."),
    contact: str = typer.Option("", help="Telephone number, kept like the name."),
    kind: str = typer.Option("", help=f"It is no hazard but a request: {', '.join(REQUEST_KINDS)}."),
    due: str = typer.Option("", help="Of a request: the day until which it waits, such as 2024-08-16."),
    minutes: float | None = typer.Option(None, help="Of a request: how long the visit takes."),
    liaison: str = typer.Option("", help="Of a request: party or crew that looks after it."),
    by: str = typer.Option("", "--by", help="Who takes it in: office or crew; your login name by default."),
    lang: str = typer.Option("", help="zh or en; the project's language by default."),
) -> None:
    """Take in one report in plain words. Emergencies: CALL, do not wait for a plan."""
    said = {"request_kind": kind, "due": due, "minutes": minutes, "liaison": liaison}
    code = add_report(
        project, message, party=party, type_=type_, at=at, near=near, photos=photo, person=(name, contact), by=by,
        lang=lang, request={key: value for key, value in said.items() if value not in ("", None)},
    )  # fmt: skip
    raise typer.Exit(code)


def add_report(
    folder: Path, message: str, *, party: str, type_: str, at: str, near: str, photos: Sequence[Path],
    person: tuple[str, str], by: str, lang: str, request: dict[str, Any],
) -> int:  # fmt: skip
    """Take in one message, print what became of it and whom to call; return the exit code."""
    stamp, actor, masked = now(), by or login(), mask_identity(message, person[0])
    project, context = _called(folder, masked, stamp, party, type_, lang)
    word_of(party, REPORTERS, "--party")
    _check_request(request, type_)
    language = lang or project.language
    with progress_bar() as tell:
        tell("network", 0, 1)
        ground = ground_of(project)
        _check_type(type_, ground)
        intake = read_messages(masked, "message", dataclasses.replace(context, lines=called(ground)))
        intake = _asked(_told(intake, type_, at, near, person, project), request)
        intake = _without_nonsense(intake, ground, context)
        with open_project_register(project, create=True) as register:
            got = receive(register, intake, ground, now=stamp, actor=actor, party="enterprise")
            unkept = _keep_pictures(register, got, photos, project, stamp, actor)
    _print_reports(got, ground, language)
    print_findings([*got.findings, *unkept])
    return 0


def _called(folder: Path, masked: str, stamp: str, party: str, type_: str, lang: str) -> tuple[Project, IntakeContext]:
    """Return the project and what reading needs of it, after printing whom to call: even where there is no project."""
    project: Project | None = None
    try:
        project = read_project(folder)
        context = dataclasses.replace(context_of(project, now=stamp, party=party), party=party)
        intake = read_messages(masked, "message", context)
    except PatrolError:
        blind = pd.DataFrame({"description": [masked], "type_ref": [clean(type_, limit=80)]})
        print_calls(blind, project, lang)
        raise
    print_calls(intake.reports.assign(type_ref=clean(type_, limit=80)), project, lang)
    return project, context


def _told(intake: Intake, type_: str, at: str, near: str, person: tuple[str, str], project: Project) -> Intake:
    """Return the message's reports with what was stated beside the words."""
    if not len(intake.reports):
        raise IntakeError(intake.findings or "the message says nothing that could be taken in")
    reports, findings = intake.reports.copy(), list(intake.findings)
    if type_:
        reports["type_ref"] = clean(type_, limit=80)
    if at:
        seen = datetime.fromisoformat(when(at, project)).astimezone(UTC)
        reports["captured_at"] = pd.Series(seen, index=reports.index).astype("datetime64[us, UTC]")
        reports["precision"] = "s"
        findings = [one for one in findings if one.code not in _TIME_DOUBTS]
    if near:
        try:
            reports["lon"], reports["lat"] = lonlat(near, "--near")
        except PatrolError as error:
            findings += [_doubt(one, "left out") for one in error.findings]
    for column, value in zip(("person_name", "person_contact"), person, strict=True):
        if value:
            reports[column] = clean(value, limit=200)
    return dataclasses.replace(intake, reports=reports, findings=tuple(findings))


def _check_request(request: dict[str, Any], type_: str) -> None:
    """Refuse what is no request; whom to call has been printed."""
    faults = request_faults("enterprise", "open", request) if request else []
    if request and "request_kind" not in request:
        faults.append(
            f"--due, --minutes and --liaison are of a request: give --kind, one of {', '.join(REQUEST_KINDS)}"
        )
    if request and type_:
        faults.append("--type is of a hazard, and --kind of a request")
    if faults:
        raise IntakeError([Finding("error", "intake.word", "add", one) for one in faults])


def _asked(intake: Intake, request: dict[str, Any]) -> Intake:
    """Return the message's reports as requests, if it is said to be one."""
    if not request:
        return intake
    said = {name: clean(value, limit=80) if isinstance(value, str) else value for name, value in request.items()}
    return dataclasses.replace(intake, reports=intake.reports.assign(record="request", **said))


def _check_type(type_: str, ground: Ground) -> None:
    """Refuse a type that nobody knows, with those like it; whom to call has been printed."""
    how = classify(pd.Series([""]), pd.Series([type_]), ground.types, ground.keywords)["matched_by"].iloc[0]
    if how.startswith(UNKNOWN):
        mend = near_names(type_, ground.types, ground.keywords) or "write a code or a name of hazard_types.csv"
        raise IntakeError(Finding("error", "intake.word", "--type", f"{clean(type_, limit=80)!r} is not known", mend))


def _without_nonsense(intake: Intake, ground: Ground, context: IntakeContext) -> Intake:
    """Return a message's reports without the times and coordinates that cannot be right: a report is never refused."""
    area, settings = Area.of(ground.layers.lines), ground.settings.hazards
    reports, told = intake.reports, list(intake.findings)
    for _ in range(2):  # a time can be wrong, and a place
        kept, wrong, found = check_reports(reports, area, context, settings, label="message")
        if not len(wrong):
            break
        refused = [one for one in found if one.level == "rejected"]
        told += [_doubt(one, "left out; the report is kept") for one in refused]
        reports = reports.copy()
        for at, one in zip(wrong.index, refused, strict=True):
            if one.code in _TIMES:
                reports.loc[at, "captured_at"] = pd.NaT
            else:
                reports.loc[at, ["lon", "lat", "uncertainty_m"]] = np.nan
    kept, wrong, found = check_reports(reports, area, context, settings, label="message")
    if len(wrong) or not len(kept):
        raise IntakeError([*told, *found] or "there is nothing to take in")
    return dataclasses.replace(intake, reports=kept, findings=(*told, *found))


def _doubt(one: Finding, what: str) -> Finding:
    return dataclasses.replace(one, level="suspicion", what=f"{one.what}: {what}", mend="ask, and set it by hand")


def _keep_pictures(
    register: Register, got: Received, photos: Sequence[Path], project: Project, stamp: str, actor: str
) -> list[Finding]:
    """Copy photographs once the report is safe; return what is wrong with those that could not be kept."""
    told: list[Finding] = []
    events = []
    for path in photos if len(got.reports) else ():
        try:
            body = canonical(dataclasses.asdict(take_photo(path, project.root)))
        except (PatrolError, OSError) as error:
            one = Finding("error", "photo", path.name, clean(error, limit=200), "add it with: patrol hazards photo")
            told += [_doubt(item, "the report is kept") for item in getattr(error, "findings", [one])]
            continue
        events.append(Event("photo", str(got.reports["report_id"].iloc[0]), stamp, actor, "enterprise", body))
    if events:
        register.act(events, recorded_at=stamp)
    return told


def _print_reports(got: Received, ground: Ground, lang: str) -> None:
    """Print what became of each report of a message."""
    if not len(got.reports):
        out().print(Text(say("hazards.add.known", lang)))
    asked = got.reports[got.reports["record"] == "request"]
    for name, row in zip(ids("Q", asked["key"]), asked.to_dict("records"), strict=True):
        kind = say(f"hazards.requests.{row['request_kind']}", lang)
        out().print(Text(f"{name}  {kind}  {row['due']}  {where(row, lang)}".rstrip()))
    for row in got.reports[got.reports["record"] == "hazard"].to_dict("records"):
        kind = ground.types.loc[row["type"]]
        what = name_of({"name": kind["name_en"], "name_zh": kind["name_zh"]}, lang)
        known = "" if row["hazard_id"] in got.taken.hazards_new else say("hazards.add.joined", lang)
        out().print(Text(f"{row['hazard_id']}  {what}  {where(row, lang)}  {known}".rstrip()))
        if row["type"] == UNCLASSIFIED:
            out().print(Text(say("hazards.add.untyped", lang, hazard=row["hazard_id"])))

"""``patrol hazards set, assign, verify, ... merge, unmerge``: what is done about a hazard, and to the register."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import typer
from rich.text import Text

from patrol.cli.calls import print_calls
from patrol.cli.hazard_list import check_zone
from patrol.cli.hazard_request import is_request, place_of, set_request
from patrol.cli.options import spare_own
from patrol.cli.register import login, now, when
from patrol.cli.show import errors, findings_table, out
from patrol.errors import Finding, RegisterError
from patrol.hazards.lifecycle import NOT_NEEDED, SETTABLE
from patrol.hazards.model import REQUEST_KINDS, Event, canonical
from patrol.hazards.office import open_project_register
from patrol.hazards.photos import take_photo
from patrol.hazards.putting import PLACE
from patrol.hazards.request_rules import SETTABLE as REQUEST_SETTABLE
from patrol.layers.schema import PARTIES
from patrol.project import read_project
from patrol.words import say

_PROJECT = typer.Argument(..., help="Project folder, or its project.toml.")
_ID = typer.Argument(..., metavar="ID", help="Hazard, or the start of its id.")
_EITHER = typer.Argument(..., metavar="ID", help="Hazard or request, or the start of its id.")
_BY = typer.Option("", "--by", help="Who does it: office or crew; your login name by default.")
_AS = typer.Option("enterprise", "--as", help=f"Party of who does it: {', '.join(PARTIES)}.")
_AT = typer.Option("", "--at", help="When it was done, such as 2024-08-16T09:30; now by default.")
_NOTE = typer.Option("", help="A remark for the history.")
_WITH = typer.Option([], "--with", help="Another party that takes part; may be given several times.")


def _act(project: Path, name: str, action: str, body: dict[str, Any], *, by: str, party: str, at: str) -> None:
    read = read_project(project)
    stamp = now()
    put = PLACE if "snap_state" in body else ()
    filled = {key: value for key, value in body.items() if key in put or value not in ("", None, [], ())}
    event = Event(action, name, when(at, read), by or login(), party, canonical(filled))
    # A time of now must not lie after the moment of recording.
    event = event if at else dataclasses.replace(event, at=stamp)
    with open_project_register(read) as register:
        register.act([event], recorded_at=stamp)
        key = register.find(name)
        frame = register.hazards()
        row = frame[frame["hazard_id"] == key].iloc[0]
    if {"type", "hazard_class"} & filled.keys():
        print_calls(frame[frame["hazard_id"] == key], read, "")  # now it is known for an emergency
    out().print(Text(f"{key}: {say(f'hazards.state.{row.state}', read.language)}"))


def _plain(action: str, words: str) -> Callable[..., None]:
    """Return the command of an action that needs nothing but who, when and a remark."""

    def command(
        project: Path = _PROJECT, name: str = _ID, by: str = _BY, party: str = _AS, at: str = _AT, note: str = _NOTE
    ) -> None:
        _act(project, name, action, {"note": note}, by=by, party=party, at=at)

    command.__doc__ = words
    return command


def _work(action: str, words: str) -> Callable[..., None]:
    """Return the command of an action in which several parties may take part."""

    def command(
        project: Path = _PROJECT, name: str = _ID, together: list[str] = _WITH, by: str = _BY, party: str = _AS,
        at: str = _AT, note: str = _NOTE,
    ) -> None:  # fmt: skip
        _act(project, name, action, {"parties": together, "note": note}, by=by, party=party, at=at)

    command.__doc__ = words
    return command


verify_command = _plain("verify", "Record that a look shows it is there.")
refute_command = _plain("refute", "Record that a look shows there is nothing.")
start_command = _work("start", "Begin to rectify it.")
rectify_command = _work("rectify", "Record that it is rectified; somebody else confirms it by a second look.")
confirm_command = _plain("confirm", "Close it: a second look shows that it is gone.")
reopen_command = _plain("reopen", "Open it again: it is still there, or there again.")
notice_command = _plain("notice", "Record that the customer whose asset it is has been served a notice.")


def assign_command(
    project: Path = _PROJECT,
    name: str = _ID,
    owner: str = typer.Option(..., "--to", help="Crew, station or office that looks after it."),
    owner_party: str = typer.Option("enterprise", "--party", help="Party of the owner."),
    together: list[str] = _WITH,
    by: str = _BY,
    party: str = _AS,
    at: str = _AT,
    note: str = _NOTE,
) -> None:
    """Say who looks after it."""
    body = {"owner": owner, "owner_party": owner_party, "parties": together, "note": note}
    _act(project, name, "assign", body, by=by, party=party, at=at)


def _need(word: str) -> bool | str:
    if word not in {"yes", "no", NOT_NEEDED}:
        what, mend = f"{word!r} is not known", f"write yes, no or '{NOT_NEEDED}'"
        raise RegisterError(Finding("error", "register.word", "ready", what, mend))
    return NOT_NEEDED if word == NOT_NEEDED else word == "yes"


def ready_command(
    project: Path = _PROJECT,
    name: str = _ID,
    permit: str = typer.Option("no", help=f"Work permit: yes, no or '{NOT_NEEDED}'."),
    outage: str = typer.Option("no", help=f"Outage arranged: yes, no or '{NOT_NEEDED}'."),
    materials: str = typer.Option("no", help=f"Materials there: yes, no or '{NOT_NEEDED}'."),
    by: str = _BY,
    party: str = _AS,
    at: str = _AT,
    note: str = _NOTE,
) -> None:
    """Declare it ready: permit, outage and materials are there, so that it may be planned."""
    body = {"permit": _need(permit), "outage": _need(outage), "materials": _need(materials), "note": note}
    _act(project, name, "ready", body, by=by, party=party, at=at)


def set_command(
    project: Path = _PROJECT,
    name: str = _EITHER,
    type_: str | None = typer.Option(None, "--type", help="Code of the hazard type."),
    hazard_class: str | None = typer.Option(None, "--class", help="emergency, serious or general."),
    deadline: str | None = typer.Option(None, help="Until when it must be rectified, such as 2024-08-16T18:00."),
    near: str | None = typer.Option(None, help="Where it is, as longitude,latitude (WGS84)."),
    feeder: str | None = typer.Option(None, help="Line it stands on."),
    pole: str | None = typer.Option(None, help="Pole it stands at."),
    zone: str | None = typer.Option(None, help="Zone that answers for it."),
    asset_owner: str | None = typer.Option(None, help="Customer whose asset it is."),
    description: str | None = typer.Option(None, help="What it is, in words."),
    due: str | None = typer.Option(None, help="Of a request: the day until which it waits, such as 2024-08-16."),
    minutes: float | None = typer.Option(None, help="Of a request: how long the visit takes."),
    liaison: str | None = typer.Option(None, help="Of a request: party or crew that looks after it."),
    kind: str | None = typer.Option(None, help=f"Of a request: {', '.join(REQUEST_KINDS)}."),
    by: str = _BY,
    party: str = _AS,
    at: str = _AT,
    note: str = _NOTE,
) -> None:
    """Correct what the reports say of a hazard, or what a request (Q-...) says; the reports stay as they are."""
    read = read_project(project)
    given = {
        "type": type_, "hazard_class": hazard_class, "deadline": when(deadline, read) if deadline else None,
        "asset_owner": asset_owner, "description": description, "due": due, "minutes": minutes, "liaison": liaison,
        "request_kind": kind,
    }  # fmt: skip
    body: dict[str, Any] = {key: value for key, value in given.items() if value is not None}
    if near or feeder is not None or pole is not None:
        body |= place_of(read, name, near, feeder, pole)
    if zone is not None:
        with open_project_register(read) as register:
            check_zone(zone, register.hazards(), read)
        body["zone_id"] = zone
    settable = REQUEST_SETTABLE if is_request(name) else SETTABLE
    if not body:
        what, mend = "nothing is to be set", f"give at least one option; {', '.join(sorted(settable))} can be set"
        raise RegisterError(Finding("error", "register.word", "set", what, mend))
    if is_request(name):
        set_request(read, name, {**body, **({"note": note} if note else {})}, by=by, party=party, at=at)
    else:
        _act(project, name, "set", {**body, "note": note}, by=by, party=party, at=at)


def photo_command(
    project: Path = _PROJECT,
    name: str = _ID,
    picture: Path = typer.Argument(..., help="Photograph; it is copied into the project folder."),
    by: str = _BY,
    party: str = _AS,
) -> None:
    """Add a photograph to a hazard."""
    read = read_project(project)
    stamp = now()
    with open_project_register(read) as register:
        key = register.find(name)
        photo = take_photo(picture, read.root)
        body = canonical(dataclasses.asdict(photo))
        register.act([Event("photo", key, stamp, by or login(), party, body)], recorded_at=stamp)
    out().print(Text(f"{key}: {photo.name}"))


def merge_command(
    project: Path = _PROJECT,
    into: str = typer.Argument(..., help="Hazard that stays."),
    absorbed: str = typer.Argument(..., help="Hazard that is the same thing."),
    by: str = _BY,
    party: str = _AS,
) -> None:
    """Make one hazard of two that are the same thing."""
    with open_project_register(read_project(project)) as register:
        register.merge(into, absorbed, at=now(), actor=by or login(), party=party)
        out().print(Text(f"{absorbed} -> {register.find(into)}"))


def unmerge_command(
    project: Path = _PROJECT,
    name: str = typer.Argument(..., metavar="ID", help="Hazard that was merged away, or one that holds too much."),
    report: list[str] = typer.Option([], help="Report to take out of it into a hazard of its own."),
    by: str = _BY,
    party: str = _AS,
) -> None:
    """Take a merge back exactly, or take wrongly joined reports out."""
    with open_project_register(read_project(project)) as register:
        stamp, actor = now(), by or login()
        if report:
            new = register.split(name, report, at=stamp, actor=actor, party=party)
            out().print(Text(f"{', '.join(report)} -> {new}"))
        else:
            register.unmerge(name, at=stamp, actor=actor, party=party)
            out().print(Text(f"{name} stands by itself again"))


def escalate_command(project: Path = _PROJECT) -> None:
    """Raise what its zone could not settle in time to the station or the county, and log it."""
    with open_project_register(read_project(project)) as register:
        raised = register.escalate(datetime.now(UTC))
        frame = register.hazards()
        for row in frame[frame["hazard_id"].isin(raised)].to_dict("records"):
            out().print(Text(f"{row['hazard_id']} -> {row['level']}"))
    out().print(f"{len(raised)} raised")


def erase_command(
    project: Path = _PROJECT,
    report: str = typer.Argument(..., help="Report whose maker's name and number are to be forgotten."),
    by: str = _BY,
    party: str = _AS,
) -> None:
    """Forget who made a report; what was reported stays. Earlier backups are yours to delete."""
    with open_project_register(read_project(project)) as register:
        register.erase_person(report, at=now(), actor=by or login(), party=party)
    out().print(Text(f"{report}: nobody knows any more who reported it; earlier backups still do"))


def rebuild_command(
    project: Path = _PROJECT,
    check: bool = typer.Option(False, "--check", help="Only compare; change nothing."),
) -> None:
    """Make everything anew from the events and compare; exit code 2 if something differs."""
    with open_project_register(read_project(project)) as register:
        found = register.rebuild(check=check)
        seq, digest = register.head()
    if found:
        out().print(findings_table(found))
        errors().print(f"{len(found)} difference(s)" + ("" if check else ", mended from the events"))
        raise typer.Exit(2 if check else 0)
    out().print(f"good: {seq} events, the chain is whole, everything follows from them; last hash {digest[:16]}")


def backup_command(
    project: Path = _PROJECT, target: Path = typer.Argument(..., metavar="OUT", help="File for the copy.")
) -> None:
    """Copy the register while others go on working; the copy holds names and numbers too."""
    read = read_project(project)
    spare_own(read, target, "OUT")
    with open_project_register(read) as register:
        register.backup(target)
    out().print(Text(f"-> {target}"))

"""``patrol hazards request``, and ``set`` and ``show`` upon requests: what became of them, and what they say now."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import typer
from rich.table import Table
from rich.text import Text

from patrol.cli.register import day_or_moment, login, lonlat, now, when
from patrol.cli.show import out
from patrol.errors import Finding, RegisterError
from patrol.hazards.ground import ground_of
from patrol.hazards.model import Event, canonical
from patrol.hazards.office import open_project_register
from patrol.hazards.putting import put_anew
from patrol.hazards.tables import REQUEST_BODY
from patrol.project import Project, read_project
from patrol.reports.hazard_files import plain_table
from patrol.text import clean
from patrol.words import say


def is_request(name: str) -> bool:
    """Return whether an id as typed is that of a request."""
    return clean(name, limit=40).upper().startswith("Q-")


def request_command(
    project: Path = typer.Argument(..., help="Project folder, or its project.toml."),
    name: str = typer.Argument(..., metavar="ID", help="Request, or the start of its id."),
    state: str = typer.Argument(..., help="done or cancelled."),
    by: str = typer.Option("", "--by", help="Who does it: office or crew; your login name by default."),
    party: str = typer.Option("enterprise", "--as", help="Party of who does it."),
    note: str = typer.Option("", help="A remark for the history."),
) -> None:
    """Say what became of a request."""
    if state not in {"done", "cancelled"}:
        what = f"{state!r} is not known"
        raise RegisterError(Finding("error", "register.word", "request", what, "write done or cancelled"))
    stamp = now()
    body = canonical({"note": note} if note else {})
    with open_project_register(read_project(project)) as register:
        register.act([Event(f"request_{state}", name, stamp, by or login(), party, body)], recorded_at=stamp)
    out().print(Text(f"{name}: {state}"))


def set_request(project: Project, name: str, body: dict[str, Any], *, by: str, party: str, at: str) -> None:
    """Correct what a request says; its history keeps what it said before."""
    stamp = now()
    event = Event("correct", name, when(at, project) if at else stamp, by or login(), party, canonical(body))
    with open_project_register(project) as register:
        register.act([event], recorded_at=stamp)
        key = register.find_request(name)
        row = register.requests().set_index("request_id").loc[key]
    kind = say(f"hazards.requests.{row['request_kind']}", project.language) if row["request_kind"] else ""
    minutes = "" if pd.isna(row["minutes"]) else f"{row['minutes']:g} min"
    said = [kind, row["due"], minutes, row["liaison"], f"{row['feeder_id']} {row['pole_no']}".strip()]
    out().print(Text(f"{key}: {', '.join(clean(one) for one in said if one)}"))


def place_of(project: Project, name: str, near: str | None, feeder: str | None, pole: str | None) -> dict[str, Any]:
    """Return everything that is to be set where a hazard or request is put somewhere else: place, line, pole, zone."""
    with open_project_register(project) as register:
        if is_request(name):
            row = register.requests().set_index("request_id").loc[register.find_request(name)]
        else:
            row = register.hazards().set_index("hazard_id").loc[register.find(name)]
    if row["state"] != "open" if is_request(name) else not row["open"]:
        what, mend = f"it is {row['state']}: its place is history", "reopen it first, or report what is there now"
        raise RegisterError(Finding("error", "register.refused", "set", what, mend))
    line = feeder if feeder is not None or near else str(row["feeder_id"])
    place = lonlat(near, "--near") if near else None
    body = put_anew(ground_of(project), place, line or "", pole or "")
    return {key: value for key, value in body.items() if key in REQUEST_BODY} if is_request(name) else body


def show_request(project: Project, name: str, as_of: str, lang: str) -> None:
    """Show one request: what it says, and what may be done."""
    with open_project_register(project) as register:
        key = register.find_request(name)
        rows = register.requests(on=day_or_moment(as_of, project))
    row = rows[rows["request_id"] == key]
    if not len(row):
        out().print(Text(say("hazards.list.not_yet", lang, id=key)))
        raise typer.Exit(2)
    table = Table(show_header=False, expand=True)
    for column, value in plain_table(row).iloc[0].items():
        if value not in (None, ""):
            table.add_row(Text(str(column)), Text(clean(value)))
    out().print(table)
    if row["state"].iloc[0] == "open" and not as_of:
        for action in ("set", "request done", "request cancelled"):
            out().print(Text(f"-> {action}: enterprise, government"))

"""``patrol plan confirm``: a party says that it will come to a joint task; kept in the project's appointments."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import typer

from patrol.api import open_project
from patrol.cli.show import out
from patrol.errors import Finding, PlanError
from patrol.layers.appointments import COLUMNS, read_appointments, write_appointments
from patrol.layers.schema import PARTIES
from patrol.plan import Plan, read_plan, write_bytes
from patrol.planning.joint import is_of
from patrol.project import Project
from patrol.units import clock, seconds_since_midnight
from patrol.words import say

FILE = "appointments.csv"


def confirm_command(
    plan: Path = typer.Argument(..., help="plan.json, or the folder it lies in."),
    joint: str = typer.Argument(..., help="The joint task, such as R-004 or H:H-0568."),
    party: list[str] = typer.Option(..., "--party", help="Who confirms: enterprise, government, fire, villager."),
    project: Path = typer.Option(..., "--project", help="Project folder, or its project.toml."),
    on: str = typer.Option("", "--on", help="Day of the confirmation; today by default."),
) -> None:
    """Note that a party has confirmed a joint task: from now on no plan moves it, unless asked to by --move."""
    read, opened = read_plan(plan), open_project(project)
    stops = _stops_of(read, joint)
    said = _day(on)
    _check(stops, joint, party)
    rows = [_row(shift, stop, said.isoformat()) for shift, stop in stops if shift["party"] in party]
    path = _file_of(opened)
    known = read_appointments(path)
    mine = {(row["joint_id"], row["party"]) for row in rows}
    kept = known[[pair not in mine for pair in zip(known["joint_id"], known["party"], strict=True)]]
    new = pd.DataFrame(rows, columns=list(COLUMNS), dtype=object)
    write_appointments(pd.concat([kept, new.assign(date=pd.to_datetime(new["date"]))], ignore_index=True), path)
    _tell(opened, stops, {*party, *_before(kept, rows[0])})


def _stops_of(plan: Plan, joint: str) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    found = [
        (shift, stop)
        for shift in plan.shifts
        for stop in shift["route"]
        if "joint" in stop and is_of(stop["joint"]["id"], joint)
    ]
    if not found:
        known = sorted({stop["joint"]["id"] for shift in plan.shifts for stop in shift["route"] if "joint" in stop})
        mend = f"joint tasks of this plan: {', '.join(known)}" if known else "this plan has no joint tasks"
        raise PlanError(Finding("error", "joint.unknown", "JOINT", f"{joint!r} is no joint task of the plan", mend))
    return found


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text) if text else date.today()
    except ValueError as error:
        raise PlanError(Finding("error", "plan.date", "--on", f"{text!r} is no date", "write 2024-08-16")) from error


def _check(stops: list[tuple[dict[str, Any], dict[str, Any]]], joint: str, party: list[str]) -> None:
    there = {shift["party"] for shift, _ in stops}
    found = [
        Finding("error", "joint.party", "--party", f"{one!r} has no part in {joint}",
                f"its parties: {', '.join(name for name in PARTIES if name in there)}")
        for one in party if one not in there
    ]  # fmt: skip
    if found:
        raise PlanError(found)


def _row(shift: dict[str, Any], stop: dict[str, Any], said: str) -> dict[str, Any]:
    day = date.fromisoformat(shift["date"])
    return {
        "joint_id": stop["joint"]["id"], "date": shift["date"], "confirmed": said, "party": shift["party"],
        "crew_id": shift["crew_id"], "time": seconds_since_midnight(stop["joint"]["at"], day),
    }  # fmt: skip


def _before(kept: pd.DataFrame, row: dict[str, Any]) -> set[str]:
    """Return the parties that had confirmed this very time."""
    same = (
        (kept["joint_id"] == row["joint_id"])
        & (kept["date"] == pd.Timestamp(row["date"]))
        & (kept["time"] == row["time"])
    )
    return set(kept.loc[same, "party"])


def _file_of(project: Project) -> Path:
    """Return the project's file of appointments; where it names none, a line that does is added to its file."""
    path = project.file("appointments")
    if path is not None:
        return path
    toml = project.root / "project.toml"
    lines = toml.read_bytes().decode("utf-8-sig").splitlines(keepends=True)
    head = next((k for k, line in enumerate(lines) if line.strip().startswith("[inputs]")), -1)
    entry = f'appointments = "{FILE}"  # confirmed joint tasks\n'
    changed = "".join([*lines[: head + 1], entry, *lines[head + 1 :]])
    if head < 0 or tomllib.loads(changed)["inputs"].get("appointments") != FILE:
        what, mend = "names no file of appointments", f'write appointments = "{FILE}" under [inputs]'
        raise PlanError(Finding("error", "joint.file", "project.toml", what, mend))
    write_bytes(toml, changed.encode())
    return project.root / FILE


def _tell(project: Project, stops: list[tuple[dict[str, Any], dict[str, Any]]], confirmed: set[str]) -> None:
    shift, stop = stops[0]
    day = date.fromisoformat(shift["date"])
    parties = [name for name in PARTIES if name in {each["party"] for each, _ in stops}]
    waiting = [name for name in parties if name not in confirmed]

    def names(some: list[str]) -> str:
        return ", ".join(say(f"parties.{name}", project.language) for name in some)

    out().print(
        say("joint.told", project.language, joint=stop["joint"]["id"], date=shift["date"],
            time=clock(seconds_since_midnight(stop["joint"]["at"], day)),
            confirmed=names([name for name in parties if name in confirmed])),
        markup=False,
    )  # fmt: skip
    out().print(
        say("joint.waiting", project.language, parties=names(waiting)) if waiting
        else say("joint.complete", project.language), markup=False,
    )  # fmt: skip

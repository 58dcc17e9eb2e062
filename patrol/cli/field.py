"""``patrol field``: what comes back from the field is taken in."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import typer
from rich.text import Text

from patrol import text
from patrol.cli.calls import print_blind_calls, print_calls
from patrol.cli.register import login, now, print_findings
from patrol.cli.show import errors, fail, out, progress_bar
from patrol.errors import Finding, PatrolError
from patrol.field.aside import NAME, write_aside
from patrol.field.carried import unpack
from patrol.field.ground import FieldGround, field_ground
from patrol.field.incoming import Incoming, read_incoming
from patrol.field.looks import bring_looks
from patrol.field.reportback import Aside, Back
from patrol.field.store import field_store
from patrol.field.summary import crew_rows, difference_rows
from patrol.field.taking import Settled, settle_incoming
from patrol.hazards.blind import unreported
from patrol.hazards.ground import context_of
from patrol.hazards.keys import content_key
from patrol.hazards.model import Intake
from patrol.hazards.office import open_project_register
from patrol.hazards.quarantine import with_aside, write_quarantine
from patrol.hazards.receive import Received, keep_photos, read_files, receive
from patrol.hazards.register import Register
from patrol.hazards.revise import superseded
from patrol.hazards.threads import unheard
from patrol.hazards.unread import lines_of
from patrol.plan import read_plan
from patrol.project import Project, read_project
from patrol.reports.field_summary import crew_table, field_lines
from patrol.reports.intake_summary import intake_summary
from patrol.words import say

app = typer.Typer(help="What comes back from the field.", no_args_is_help=True)
_PROJECT = typer.Argument(..., help="Project folder, or its project.toml.")
_LANG = typer.Option("", help="zh or en; the project's language by default.")
_HERE = ("intake.patrol_aside", "intake.patrol_entries", "intake.format", "hazards.superseded")  # said here


@app.command("import")
def import_command(
    project: Path = _PROJECT,
    files: list[Path] = typer.Argument(..., help="Report-backs (.json), replies as text, tracks (.gpx)."),
    plan: list[Path] = typer.Option([], "--plan", help="Plan they are about; may be given several times."),
    crew: str = typer.Option("", help="Whose the tracks are, if their names do not say it."),
    by: str = typer.Option("", "--by", help="Who takes it in: office or crew; your login name by default."),
    lang: str = _LANG,
    as_json: bool = typer.Option(False, "--json", help="Print the result as JSON."),
) -> None:
    """Take in what crews bring back; the same file again changes nothing."""
    raise typer.Exit(import_field(project, files, plans=plan, crew=crew, by=by, lang=lang, as_json=as_json))


@app.command("forget")
def forget_command(
    project: Path = _PROJECT,
    every: bool = typer.Option(False, "--all", help="Every track, whatever its age."),
    lang: str = _LANG,
) -> None:
    """Delete tracks whose time is over; what was patrolled stays."""
    read = read_project(project)
    with field_store(read) as store:
        count = store.forget(_today(read), every=every)
    language = lang or read.language
    out().print(Text(say("field.forgotten", language, n=count) if count else say("field.nothing", language)))


def _today(project: Project) -> Any:
    return datetime.now(ZoneInfo(project.timezone)).date()


def import_field(
    folder: Path, files: Sequence[Path], *, plans: Sequence[Path] = (), crew: str = "", by: str = "", lang: str = "",
    as_json: bool = False,
) -> int:  # fmt: skip
    """Take in files, print the result; return the exit code."""
    stamp, actor = now(), by or login()
    calls = errors() if as_json else out()
    project: Project | None = None
    with progress_bar() as tell:
        tell("network", 0, 1)
        try:
            project = read_project(folder)
            ground = field_ground(project, [read_plan(path) for path in plans])
        except PatrolError:
            print_blind_calls(files, project, lang, stamp=stamp, to=calls)
            raise
        language = lang or project.language
        settings, zone = project.settings.field, project.timezone
        tell("read", 0, 1)
        seen = read_incoming(files, ground, settings, crew=crew, now=datetime.now(UTC), timezone=zone)
        context = context_of(project, now=stamp)
        intakes, faults = read_files([path for path, _ in seen.backs], context, ground.ground, form="patrol")
        # Danger first, whatever becomes of the rest.
        print_blind_calls(seen.unread, project, lang, stamp=stamp, to=calls)
        texts = [lines_of([[line] for line in one.said]) for one in seen.replies]
        rows = [one for _, intake in intakes for one in unreported(intake, context)]
        for said in filter(len, [*texts, *rows]):
            print_calls(said, project, language, stamp=stamp, to=calls)
        try:
            register = open_project_register(project, create=True)
        except PatrolError:
            for _, intake in intakes:
                print_calls(intake.reports, project, language, stamp=stamp, to=calls)
            raise
        with register, tempfile.TemporaryDirectory() as carried:
            for said in filter(len, [_unheard(intake, register) for _, intake in intakes]):
                print_calls(said, project, language, stamp=stamp, to=calls)
            tell("take in", 0, 1)
            done = _take(register, project, ground, seen, intakes, stamp, actor, Path(carried))
    return _print(ground, seen, [*faults, *seen.faults], done, language, as_json=as_json)


def _unheard(intake: Intake, register: Register) -> pd.DataFrame:
    """Return the reports that the register does not hold yet, or that say something else now."""
    if superseded(register, intake, higher=True)[0]:
        return intake.reports.iloc[:0]  # its own crew has taken it back
    return unheard(register, intake.reports, content_key(intake.reports).tolist())


@dataclass(frozen=True, slots=True)
class _Done:
    """What came of one import."""

    received: list[Received]
    register: pd.DataFrame  # its hazards afterwards
    hazards: dict[tuple[str, str], int]
    settled: Settled
    told: list[Finding]
    aside: list[Aside]
    quarantine: list[Path]


def _take(
    register: Register, project: Project, ground: FieldGround, seen: Incoming, intakes: list[tuple[Path, Intake]],
    stamp: str, actor: str, carried: Path,
) -> _Done:  # fmt: skip
    """Take everything in: register and file of what came back in one step each, one inside the other."""
    zone = project.timezone
    received: list[Received] = []
    hazards: dict[tuple[str, str], int] = {}
    told: list[Finding] = []
    aside = [
        *(one for _, back in seen.backs for one in back.aside),
        *(one for two in seen.replies for one in two.aside),
    ]
    backs = dict(seen.backs)
    with register.writing(), field_store(project) as store:
        for number, (path, intake) in enumerate(intakes):
            back, folder = backs[path], carried / str(number)
            folder.mkdir()
            wrong = unpack(back.photos, folder)
            aside += [
                Aside(intake.label, f"photos {k + 1}", why, text.clean(back.photos[k]["file"]))
                for k, why in wrong.items()
            ]
            got = receive(register, intake, ground.ground, now=stamp, actor=actor, party="enterprise")
            told += keep_photos(register, got, path.parent, project.root, now=stamp, actor=actor, carried=folder)
            received.append(got)
            if got.taken.hazards_new:
                day = (back.crew, _day(back, got, zone))
                hazards[day] = hazards.get(day, 0) + len(got.taken.hazards_new)
        settled = settle_incoming(store, seen, ground, project.settings.field, on=_today(project), timezone=zone)
        told += bring_looks(register, settled.held, settled.about, now=stamp)
    rows = [with_aside(got.intake, got.aside, zone) for got in received]
    files = [
        write_quarantine(rows, project.root / "quarantine.csv") if rows else None,
        write_aside(aside, seen.labels, project.root / NAME),
    ]
    after = register.hazards(on=datetime.now(UTC))
    return _Done(received, after, hazards, settled, told, aside, [one for one in files if one])


def _day(back: Back, got: Received, zone: str) -> str:
    """Return the day of a report-back: of its shift, else the first on which something of it was captured."""
    captured = got.reports["captured_at"].dropna()
    local = captured.dt.tz_convert(zone).dt.strftime("%Y-%m-%d").tolist()
    return back.day or min([item.on for item in back.sheet.items] + local, default="")


def _print(
    ground: FieldGround, seen: Incoming, faults: list[Finding], done: _Done, lang: str, *, as_json: bool
) -> int:  # fmt: skip
    rows, differ = crew_rows(done.settled, ground, done.hazards), difference_rows(done.settled, ground)
    found = [
        *(item for _, back in seen.backs for item in back.findings),
        *(item for replies in seen.replies for item in replies.findings),
        *(item for got in done.received for item in got.findings if item.code not in _HERE),
        *done.settled.findings,
        *done.told,
    ]
    rejected = len(done.aside) + sum(len(got.intake.rejected) for got in done.received)
    counts = {"fresh": done.settled.fresh, "known": done.settled.known, "forgotten": done.settled.forgotten}
    files = ", ".join(one.name for one in done.quarantine)
    if as_json:
        said = {
            "crews": rows, "differences": differ, **counts, "aside": [asdict(one) for one in done.aside],
            "rejected": rejected, "findings": [asdict(one) for one in [*faults, *found]],
        }  # fmt: skip
        typer.echo(json.dumps(said, ensure_ascii=False, indent=1, default=str))
    else:
        out().print(crew_table(rows, lang))
        for line in field_lines(rows, differ, lang, **counts, aside=rejected, quarantine=files):
            out().print(Text(line))
        if any(len(got.intake.reports) + len(got.intake.rejected) for got in done.received):
            out().print(Text(intake_summary(done.received, done.register, ground.ground.types, lang)))
        print_findings(found)
    if faults:
        fail(PatrolError(faults))
        return 2
    return 0

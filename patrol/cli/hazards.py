"""``patrol hazards import``: files of reports in, whoever brings them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import typer
from rich.text import Text

from patrol.cli.calls import print_blind_calls, print_calls
from patrol.cli.register import login, now, print_findings, word_of
from patrol.cli.show import fail, out, progress_bar
from patrol.errors import Finding, PatrolError
from patrol.hazards.blind import unreported
from patrol.hazards.concerning import concerning
from patrol.hazards.detect import FORMS
from patrol.hazards.ground import Ground, context_of, ground_of
from patrol.hazards.keys import content_key
from patrol.hazards.model import REPORTERS, Intake
from patrol.hazards.office import open_project_register
from patrol.hazards.quarantine import with_aside, write_quarantine
from patrol.hazards.receive import Received, keep_photos, read_files, receive
from patrol.hazards.register import Register
from patrol.hazards.revise import superseded
from patrol.hazards.threads import unheard
from patrol.project import Project, read_project
from patrol.reports.intake_summary import intake_summary

_PROJECT = typer.Argument(..., help="Project folder, or its project.toml.")
_LANG = typer.Option("", help="zh or en; the project's language by default.")
_BY = typer.Option("", "--by", help="Who takes it in: office or crew; your login name by default.")


def import_command(
    project: Path = _PROJECT,
    files: list[Path] = typer.Argument(..., help="Files of reports, of any known form."),
    form: str = typer.Option("auto", "--format", help=f"auto, or one of {', '.join(FORMS)}."),
    party: str = typer.Option("", help="Party of all reports that do not say theirs."),
    source: str = typer.Option(
        "", help="Name of whoever keeps the ids in a table: the same id again is the same report."
    ),
    quarantine: Path | None = typer.Option(None, help="Where rows set aside go; PROJECT/quarantine.csv by default."),
    by: str = _BY,
    lang: str = _LANG,
) -> None:
    """Take in files of reports; the same file again changes nothing."""
    raise typer.Exit(
        import_reports(project, files, form=form, party=party, source=source, quarantine=quarantine, by=by, lang=lang)
    )


def import_reports(
    folder: Path, files: Sequence[Path], *, form: str = "auto", party: str = "", source: str = "",
    quarantine: Path | None = None, by: str = "", lang: str = "",
) -> int:  # fmt: skip
    """Take in files, print the summary; return the exit code. ``scripts/import_reports.py`` does the same."""
    stamp, actor = now(), by or login()
    received: list[Received] = []
    told: list[Finding] = []
    with progress_bar() as tell:
        tell("network", 0, 1)
        project, ground = _ground(folder, files, form, party, lang, stamp)
        language = lang or project.language
        tell("read", 0, 1)
        context = context_of(project, now=stamp, party=party, source=source)
        read, faults = read_files(files, context, ground, form=form)
        unread = set(files) - {path for path, _ in read}
        print_blind_calls([path for path in files if path in unread], project, lang, stamp=stamp)
        aside_rows = [rows for _, intake in read for rows in unreported(intake, context)]
        try:
            register = open_project_register(project, create=True)
        except PatrolError:
            # Danger is no less for a register that cannot be opened.
            said = [concerning(intake.reports, ground) for _, intake in read]
            _print_all_calls([*said, *aside_rows], project, language, stamp)
            raise
        with register:
            said = [concerning(_unheard(intake, register), ground) for _, intake in read]
            _print_all_calls([*said, *aside_rows], project, language, stamp)
            for number, (path, intake) in enumerate(read):
                tell(path.name, number, len(read))
                got = receive(register, intake, ground, now=stamp, actor=actor, party="enterprise")
                told += keep_photos(register, got, path.parent, project.root, now=stamp, actor=actor)
                received.append(got)
            rows = [with_aside(got.intake, got.aside, project.timezone) for got in received]
            aside = write_quarantine(rows, quarantine or project.root / "quarantine.csv")
            hazards = register.hazards(on=datetime.now(UTC))
    out().print(Text(intake_summary(received, hazards, ground.types, language, quarantine=str(aside or ""))))
    print_findings([*(item for got in received for item in got.findings), *told])
    if faults:
        fail(PatrolError(faults))
        return 2
    return 0


def _ground(
    folder: Path, files: Sequence[Path], form: str, party: str, lang: str, stamp: str
) -> tuple[Project, Ground]:
    """Return the project and what reports are put on; if something is wrong there, whom to call is printed first."""
    project: Project | None = None
    try:
        project = read_project(folder)
        word_of(form, ("auto", *FORMS), "--format")
        if party:
            word_of(party, REPORTERS, "--party")
        return project, ground_of(project)
    except PatrolError:
        print_blind_calls(files, project, lang, stamp=stamp)
        raise


def _unheard(intake: Intake, register: Register) -> pd.DataFrame:
    """Return the reports that the register does not hold yet, or that say something else now."""
    if intake.back is not None and superseded(register, intake, higher=True)[0]:
        return intake.reports.iloc[:0]  # its own crew has taken it back
    return unheard(register, intake.reports, content_key(intake.reports).tolist())


def _print_all_calls(frames: Sequence[pd.DataFrame], project: Project, lang: str, stamp: str) -> None:
    for reports in frames:
        print_calls(reports, project, lang, stamp=stamp)

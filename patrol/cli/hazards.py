"""``patrol hazards import``: files of reports in, whoever brings them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import typer
from rich.text import Text

from patrol.cli.calls import print_blind_calls, print_calls
from patrol.cli.register import login, now, print_findings, word_of
from patrol.cli.show import Tell, fail, out, progress_bar
from patrol.errors import Finding, PatrolError
from patrol.hazards.blind import unreported
from patrol.hazards.concerning import concerning
from patrol.hazards.detect import FORMS
from patrol.hazards.ground import Ground, context_of, ground_of
from patrol.hazards.keys import content_key
from patrol.hazards.model import REPORTERS, Intake, IntakeContext
from patrol.hazards.office import open_project_register
from patrol.hazards.quarantine import with_aside, write_quarantine
from patrol.hazards.receive import Received, keep_photos, read_files, receive
from patrol.hazards.register import Register
from patrol.hazards.revise import superseded
from patrol.hazards.stamps import moment
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
    with progress_bar() as tell:
        tell("network", 0, 1)
        project, ground = ground_or_calls(folder, files, form, party, lang, stamp)
        context = context_of(project, now=stamp, party=party, source=source)
        got = take_files(
            project, ground, files, context=context, form=form, quarantine=quarantine, actor=actor, lang=lang, tell=tell
        )
    out().print(Text(words_of(got, ground, lang or project.language)))
    print_findings(got.told)
    if got.faults:
        fail(PatrolError([item for found in got.faults.values() for item in found]))
        return 2
    return 0


@dataclass(frozen=True, slots=True)
class Imported:
    """What came of taking files in.

    Attributes
    ----------
    received : dict
        By the file, in the order of the files.
    faults : dict
        Why the others were not taken in.
    told : list of Finding
        What is doubtful about what was taken in.
    hazards : DataFrame
        The register's afterwards, with ``overdue``.
    aside : str
        Name of the file with the rows set aside, "" if there are none.
    """

    received: dict[Path, Received]
    faults: dict[Path, list[Finding]]
    told: list[Finding]
    hazards: pd.DataFrame
    aside: str


def take_files(
    project: Project, ground: Ground, files: Sequence[Path], *, context: IntakeContext, form: str = "auto",
    quarantine: Path | None = None, actor: str, lang: str, tell: Tell,
) -> Imported:  # fmt: skip
    """Take files into the register of a project, one by one: what is wrong with one does not stop the others.

    Emergencies are printed before anything else is done.

    Raises
    ------
    PatrolError
        If the register cannot be opened, or the rows set aside cannot be written.
    """
    stamp, language = context.now, lang or project.language
    tell("read", 0, 1)
    read, faults = _read(files, context, ground, form)
    print_blind_calls(list(faults), project, lang, stamp=stamp)
    aside_rows = [rows for _, intake in read for rows in unreported(intake, context)]
    try:
        register = open_project_register(project, create=True)
    except PatrolError:
        # Danger is no less for a register that cannot be opened.
        said = [concerning(intake.reports, ground) for _, intake in read]
        _print_all_calls([*said, *aside_rows], project, language, stamp)
        raise
    received: dict[Path, Received] = {}
    told: list[Finding] = []
    with register:
        said = [concerning(_unheard(intake, register), ground) for _, intake in read]
        _print_all_calls([*said, *aside_rows], project, language, stamp)
        for number, (path, intake) in enumerate(read):
            tell(path.name, number, len(read))
            try:
                got = receive(register, intake, ground, now=stamp, actor=actor, party="enterprise")
            except PatrolError as error:
                faults[path] = list(error.findings)
                continue
            received[path] = got
            told += [*got.findings, *keep_photos(register, got, path.parent, project.root, now=stamp, actor=actor)]
        rows = [with_aside(got.intake, got.aside, project.timezone) for got in received.values()]
        aside = write_quarantine(rows, quarantine or project.root / "quarantine.csv")
        hazards = register.hazards(on=moment(stamp))
    return Imported(received, faults, told, hazards, str(aside or ""))


def words_of(got: Imported, ground: Ground, lang: str) -> str:
    """Return the summary of an import."""
    return intake_summary(list(got.received.values()), got.hazards, ground.types, lang, quarantine=got.aside)


def _read(
    files: Sequence[Path], context: IntakeContext, ground: Ground, form: str
) -> tuple[list[tuple[Path, Intake]], dict[Path, list[Finding]]]:
    """Return what was read, and by file why the others were not."""
    read, found = read_files(files, context, ground, form=form)
    known = {path for path, _ in read}
    left = [path for path in dict.fromkeys(files) if path not in known]
    if len(left) == 1:
        return read, {left[0]: found}
    return read, {path: read_files([path], context, ground, form=form)[1] for path in left}


def ground_or_calls(
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

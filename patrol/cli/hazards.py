"""``patrol hazards add`` and ``patrol hazards import``: reports in, whoever brings them."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import typer
from rich.text import Text

from patrol.cli.hazard_list import where
from patrol.cli.register import login, lonlat, now, when
from patrol.cli.show import errors, fail, out, progress_bar
from patrol.errors import Finding, IntakeError, PatrolError
from patrol.hazards.detect import FORMS
from patrol.hazards.emergency import call_now
from patrol.hazards.formats.messages import read_messages
from patrol.hazards.ground import Ground, context_of, ground_of
from patrol.hazards.intake import content_key
from patrol.hazards.keywords import load_keywords
from patrol.hazards.model import REPORTERS, Event, Intake, canonical
from patrol.hazards.office import open_project_register
from patrol.hazards.photos import take_photo
from patrol.hazards.plausible import Area, check_reports
from patrol.hazards.quarantine import write_quarantine
from patrol.hazards.receive import Received, keep_photos, read_files, receive
from patrol.hazards.register import Register
from patrol.hazards.taxonomy import project_types
from patrol.project import Project, read_project
from patrol.reports.intake_summary import intake_summary
from patrol.text import clean, mask_identity
from patrol.words import name_of, say

SHOWN = 12
_PROJECT = typer.Argument(..., help="Project folder, or its project.toml.")
_LANG = typer.Option("", help="zh or en; the project's language by default.")
_BY = typer.Option("", "--by", help="Who takes it in: office or crew; your login name by default.")


def add_command(
    project: Path = _PROJECT,
    message: str = typer.Argument(..., help='What was said, such as "城关线37-38号杆有鸟窝".'),
    party: str = typer.Option("villager", help="Who said it: enterprise, government, fire, villager or sensor."),
    type_: str = typer.Option("", "--type", help="Hazard type, code or name, where the words do not say it."),
    at: str = typer.Option("", help="When it was seen, such as 2024-08-16T09:30; now by default."),
    near: str = typer.Option("", help="Where, as longitude,latitude (WGS84)."),
    photo: list[Path] = typer.Option([], help="A photograph; may be given several times."),
    name: str = typer.Option("", help="Name of who reported it: kept apart, and erasable."),
    contact: str = typer.Option("", help="Telephone number, kept like the name."),
    by: str = _BY,
    lang: str = _LANG,
) -> None:
    """Take in one report in plain words. Emergencies: CALL, do not wait for a plan."""
    code = add_report(
        project, message, party=party, type_=type_, at=at, near=near, photos=photo, person=(name, contact), by=by,
        lang=lang,
    )  # fmt: skip
    raise typer.Exit(code)


def add_report(
    folder: Path, message: str, *, party: str, type_: str, at: str, near: str, photos: Sequence[Path],
    person: tuple[str, str], by: str, lang: str,
) -> int:  # fmt: skip
    """Take in one message, print what became of it and whom to call; return the exit code."""
    project = read_project(folder)
    _check_word(party, REPORTERS, "--party")
    stamp, actor = now(), by or login()
    context = dataclasses.replace(context_of(project, now=stamp, party=party), party=party)
    # Whom to call comes before anything that takes time or can go wrong.
    masked = mask_identity(message, person[0])
    intake = _told(read_messages(masked, "message", context), type_, at, near, person, project)
    language = lang or project.language
    print_calls(intake.reports, project, project_types(project), language)
    with progress_bar() as tell:
        tell("network", 0, 1)
        ground = ground_of(project)
        kept, wrong, found = check_reports(
            intake.reports, Area.of(ground.layers.lines), context, project.settings.hazards, label="message"
        )
        if len(wrong) or not len(kept):
            raise IntakeError([*intake.findings, *found] or "there is nothing to take in")
        intake = dataclasses.replace(intake, reports=kept, findings=(*intake.findings, *found))
        pictures = [take_photo(path, project.root) for path in photos]
        with open_project_register(project, create=True) as register:
            got = receive(register, intake, ground, now=stamp, actor=actor, party="enterprise")
            if pictures and len(got.reports):
                subject = str(got.reports["report_id"].iloc[0])
                events = [
                    Event("photo", subject, stamp, actor, "enterprise", canonical(dataclasses.asdict(one)))
                    for one in pictures
                ]
                register.act(events, recorded_at=stamp)
    _print_reports(got, ground, language)
    return 0


def _told(intake: Intake, type_: str, at: str, near: str, person: tuple[str, str], project: Project) -> Intake:
    """Return the message's reports with what was stated beside the words."""
    if not len(intake.reports):
        raise IntakeError(intake.findings or "the message says nothing that could be taken in")
    reports = intake.reports.copy()
    if type_:
        reports["type_ref"] = clean(type_, limit=80)
    if at:
        seen = datetime.fromisoformat(when(at, project)).astimezone(UTC)
        reports["captured_at"] = pd.Series(seen, index=reports.index).astype("datetime64[us, UTC]")
        reports["precision"] = "s"
    if near:
        reports["lon"], reports["lat"] = lonlat(near, "--near")
    for column, value in zip(("person_name", "person_contact"), person, strict=True):
        if value:
            reports[column] = clean(value, limit=200)
    return dataclasses.replace(intake, reports=reports)


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
    project = read_project(folder)
    _check_word(form, ("auto", *FORMS), "--format")
    if party:
        _check_word(party, REPORTERS, "--party")
    stamp, actor, language = now(), by or login(), lang or project.language
    received: list[Received] = []
    told: list[Finding] = []
    with progress_bar() as tell:
        tell("network", 0, 1)
        ground = ground_of(project)
        tell("read", 0, 1)
        read, faults = read_files(files, context_of(project, now=stamp, party=party, source=source), ground, form=form)
        calls = [intake.reports for _, intake in read]
        try:
            register = open_project_register(project, create=True)
        except PatrolError:
            _print_all_calls(calls, project, ground, language)  # danger is no less for a register that cannot be opened
            raise
        with register:
            _print_all_calls([_unknown(reports, register) for reports in calls], project, ground, language)
            for number, (path, intake) in enumerate(read):
                tell(path.name, number, len(read))
                got = receive(register, intake, ground, now=stamp, actor=actor, party="enterprise")
                told += keep_photos(register, got, path.parent, project.root, now=stamp, actor=actor)
                received.append(got)
            aside = write_quarantine([intake for _, intake in read], quarantine or project.root / "quarantine.csv")
            hazards = register.hazards(on=datetime.now(UTC))
    out().print(Text(intake_summary(received, hazards, ground.types, language, quarantine=str(aside or ""))))
    _print_findings([*(item for got in received for item in got.findings), *told])
    if faults:
        fail(PatrolError(faults))
        return 2
    return 0


def _check_word(word: str, known: Sequence[str], option: str) -> None:
    if word not in known:
        what, mend = f"{word!r} is not known", f"one of {', '.join(known)}"
        raise IntakeError(Finding("error", "intake.word", option, what, mend))


def _unknown(reports: pd.DataFrame, register: Register) -> pd.DataFrame:
    """Return the reports that the register does not hold yet."""
    keys = content_key(reports)
    return reports[~keys.isin(register.known_keys(keys.tolist())).to_numpy(bool)]


def _print_all_calls(frames: Sequence[pd.DataFrame], project: Project, ground: Ground, lang: str) -> None:
    for reports in frames:
        print_calls(reports, project, ground.types, lang)


def print_calls(reports: pd.DataFrame, project: Project, types: pd.DataFrame, lang: str) -> None:
    """Print whom to call for the emergencies among reports, if there are any."""
    numbers = project.settings.planning.emergency_numbers
    words = load_keywords(project.file("keywords"))
    lines = call_now(reports, types, numbers, lang, timezone=project.timezone, keywords=words)
    for number, line in enumerate(lines):
        out().print(Text(line, style="bold red" if number == 0 else "red"))


def _print_reports(got: Received, ground: Ground, lang: str) -> None:
    """Print what became of each report of a message."""
    if not len(got.reports):
        out().print(Text(say("hazards.add.known", lang)))
    for row in got.reports.to_dict("records"):
        if row["record"] != "hazard":
            out().print(Text(f"{row['report_id'].replace('R-', 'Q-')}: {clean(row['description'], limit=120)}"))
            continue
        kind = ground.types.loc[row["type"]]
        what = name_of({"name": kind["name_en"], "name_zh": kind["name_zh"]}, lang)
        known = "" if row["hazard_id"] in got.taken.hazards_new else say("hazards.add.joined", lang)
        out().print(Text(f"{row['hazard_id']}  {what}  {where(row, lang)}  {known}".rstrip()))
    _print_findings(got.findings)


def _print_findings(found: Sequence[Finding]) -> None:
    """Print what a person should look at; notes of rows set aside stand in the quarantine file."""
    told = [item for item in found if item.level != "rejected"]
    for item in told[:SHOWN]:
        errors().print(Text(f"{item.level}: {clean(str(item), limit=400)}"))
    if len(told) > SHOWN:
        errors().print(f"... and {len(told) - SHOWN} more")

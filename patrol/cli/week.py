"""``patrol week``: what came in is taken in, the week is planned and published, and one summary is told."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pandas as pd
import typer
from rich.text import Text

from patrol import text
from patrol.api import kpis, open_project, plan_all, write_outputs, write_report
from patrol.api.planning import recent_of
from patrol.cli.field import import_field
from patrol.cli.hazards import ground_or_calls, take_files, words_of
from patrol.cli.kpi import write_kpis
from patrol.cli.options import folder_faults, language_faults
from patrol.cli.plan import parse_day, read_marks
from patrol.cli.register import login, print_findings
from patrol.cli.show import errors, fail, out, progress_bar
from patrol.cli.stopping import stoppable
from patrol.errors import Finding, PatrolError, PlanError
from patrol.hazards.ground import context_of
from patrol.hazards.inbox import DONE, is_picture, put_away, say_why, waiting
from patrol.hazards.office import open_project_register
from patrol.hazards.received import Received
from patrol.hazards.stamps import stamp
from patrol.layers.keep import Keep
from patrol.meter import Meter
from patrol.plan import write_bytes
from patrol.planning.effort import Effort
from patrol.planning.horizon import Planned, check_options
from patrol.planning.rolling import PLANS, Earlier, Since, kept_count, published_in, published_stops, since
from patrol.project import Project, read_project
from patrol.reports.kpi import Kpis
from patrol.reports.week import CameIn, Week, week_summary
from patrol.words import LANGUAGES

HEAD_BYTES = 4_000  # of a file, in which it says what it is
REPORT_BACK = re.compile(r'"schema"\s*:\s*"patrol-report/')
TAG = re.compile(r"\s*#[0-9a-fA-F]{4}\b")
WEEK, MONTH = 7, 28  # days that figures are reckoned for


@dataclass(frozen=True, slots=True)
class Choices:
    """What the caller of the command chose."""

    start: str = ""
    days: int = WEEK
    lang: str = ""
    folder: Path | None = None
    keep: Path | None = None
    replan_published: bool = False
    by: str = ""
    pdf: bool = False
    effort: Effort = field(default_factory=Effort)


def coming_monday(today: date) -> date:
    """Return today if it is a Monday, else the next one."""
    return today + timedelta(days=-today.weekday() % 7)


def make_week(folder: Path, choices: Choices, *, moment: datetime) -> int:
    """Take the inbox in, plan, publish, tell; return the exit code: 2 if something was refused.

    Doing it again changes nothing: files that were taken in are known, and the same inputs give the same plan.

    Parameters
    ----------
    folder : Path
        Project folder, or its ``project.toml``.
    moment : datetime
        Now, with a time zone.
    """
    project, plans = _checked(folder, choices)
    language = choices.lang or project.language
    today = moment.astimezone(ZoneInfo(project.timezone)).date()
    first = parse_day(choices.start, "--from") if choices.start else coming_monday(today)
    target = plans / first.isoformat()
    if found := folder_faults(target, "week"):
        raise PlanError(found)
    keeps = read_marks(choices.keep, open_project(folder), first, choices.days) if choices.keep else ()
    earlier, told = published_in(plans, project=project.name)
    known = [one.path for one in earlier]
    came = take_inbox(project, folder, language, moment=moment, actor=choices.by or login(), plans=known)
    came = replace(came, raised=_escalate(project, moment))
    planned = _plan_and_publish(folder, choices, first, target, keeps, earlier)
    before = [one for one in earlier if one.first < first]
    on = min(today, first - timedelta(days=1))
    figures, wrong = _figures(project, on, before)
    week = _week(planned, came, before, on, figures, tuple(told), target, tuple(wrong))
    _tell(week, project, target, language)
    refused = [item for found in (came.refused or {}).values() for item in found]
    faults = [*refused, *(one for one in planned.keep_conflicts if one.level == "error"), *wrong]
    if faults:
        fail(PatrolError(faults))
    return 2 if faults else 0


def _checked(folder: Path, choices: Choices) -> tuple[Project, Path]:
    """Return the project and its folder of plans; refuse options that make no sense, before anything is read."""
    found: list[Finding] = []
    try:
        if choices.start:
            parse_day(choices.start, "--from")
    except PatrolError as error:
        found += error.findings
    try:
        check_options(choices.days, choices.effort)
    except PatrolError as error:
        found += error.findings
    found += language_faults(choices.lang, "week")
    if choices.folder is not None:
        found += folder_faults(choices.folder, "week")
    if found:
        raise PlanError(found)
    project = read_project(folder)
    return project, choices.folder or project.root / PLANS


# What came in


@dataclass(slots=True)
class _Taking:
    """What became of the files of the inbox so far."""

    received: dict[Path, Received] = field(default_factory=dict)
    refused: dict[Path, Sequence[Finding]] = field(default_factory=dict)
    words: dict[str, str] = field(default_factory=dict)
    quarantine: str = ""
    back: list[Path] = field(default_factory=list)


def comes_back(path: Path) -> bool:
    """Return whether a file is what crews send back of a plan: a track, a report-back, a message with a plan's tag."""
    if path.suffix.lower() == ".gpx":
        return True
    try:
        head = path.read_bytes()[:HEAD_BYTES].decode("utf-8-sig", errors="replace")
    except OSError:
        return False
    return bool(REPORT_BACK.search(head) or TAG.match(head))


def _take_back(got: _Taking, files: Sequence[Path], folder: Path, lang: str, plans: Sequence[Path], actor: str) -> None:
    """Take in what crews sent back, file by file; what is refused stays, with its reason."""
    for path in files:
        try:
            code = import_field(folder, [path], plans=plans, by=actor, lang=lang)
        except PatrolError as error:
            got.refused[path] = error.findings
            continue
        if code == 0:
            got.back.append(path)
        else:
            what = "was not taken in whole; the reasons stand above"
            got.refused[path] = [Finding("error", "inbox.back", path.name, what, "mend it, or take it away")]


def take_inbox(
    project: Project, folder: Path, lang: str, *, moment: datetime, actor: str, plans: Sequence[Path] = ()
) -> CameIn:
    """Take the files of the inbox in and put them away; a fault in one stops neither the others nor the plan.

    What crews send back of one of ``plans`` (report-backs, replies by text message, tracks) goes the way of
    ``patrol field import``, if the project has a file for it; everything else is reports.
    """
    files = waiting(project.inbox)
    pictures = {path for path in files if is_picture(path)}
    got = _Taking()
    back = {path for path in files if project.file("field") is not None and comes_back(path)}
    _take_back(got, sorted(back), folder, lang, plans, actor)
    rest = [path for path in files if path not in pictures and path not in back]
    _take_reports(got, rest, project, folder, lang, stamp(moment), actor)
    named = _named(got.received) & pictures
    day = moment.astimezone(ZoneInfo(project.timezone)).date()
    for path in [*got.received, *got.back, *sorted(named)]:
        put_away(path, project.inbox, day)
    got.refused |= {path: [_lonely(path)] for path in sorted(pictures - named)}
    for path, found in got.refused.items():
        say_why(path, found)
    place = project.inbox / DONE / day.isoformat()
    refused = {path.name: found for path, found in got.refused.items()}
    return CameIn(got.words, len(got.received) + len(got.back), str(place), refused, got.quarantine)


def _escalate(project: Project, moment: datetime) -> int:
    """Log in the register what its zone could not settle in time; return how many hazards were raised."""
    path = project.file("register")
    if path is None or not path.exists():
        return 0
    with open_project_register(project) as register:
        return len(register.escalate(moment))


def _take_reports(
    got: _Taking, files: Sequence[Path], project: Project, folder: Path, lang: str, now: str, actor: str
) -> None:
    """Take files of reports into the register; without one, or if something is wrong with the network, they stay."""
    if not files:
        return
    try:
        with progress_bar() as tell:
            tell("inbox", 0, 1)
            opened, ground = ground_or_calls(folder, files, "auto", "", lang, now)
            context = context_of(opened, now=now)
            done = take_files(project, ground, files, context=context, actor=actor, lang=lang, tell=tell)
    except PatrolError as error:
        got.refused |= dict.fromkeys(files, error.findings)
        return
    got.received |= done.received
    got.refused |= done.faults
    got.words |= {code: words_of(done, ground, code) for code in LANGUAGES}
    got.quarantine = Path(done.aside).name
    print_findings(done.told)


def _named(received: dict[Path, Received]) -> set[Path]:
    """Return the pictures that files which were taken in name."""
    return {
        path.parent / name
        for path, got in received.items()
        for names in got.intake.reports["photos"]
        for name in str(names).split("|")
        if name
    }


def _lonely(path: Path) -> Finding:
    what = "is a picture that no file taken in with it names"
    return Finding("error", "inbox.picture", path.name, what, "put it beside the table that names it, or describe it")


# Planning and publishing


def _plan_and_publish(
    folder: Path, choices: Choices, first: date, target: Path, keeps: tuple[Keep, ...], earlier: Sequence[Earlier]
) -> Planned:
    """Plan the days and write everything that is drawn from the plan: pages, and sheets to print."""
    meter, project = Meter(), open_project(folder)
    published = () if choices.replan_published else published_stops(earlier, first=first, days=choices.days)
    with meter.running(), progress_bar() as tell, stoppable() as stop:
        search = {**asdict(choices.effort), "stop": stop}
        planned = plan_all(
            project, start=first, days=choices.days, keeps=keeps, published=published, progress=tell,
            recent=recent_of(project, first, earlier), **search,
        )  # fmt: skip
        tell("write", 0, 1)
        write_outputs(planned, target, lang=choices.lang or None, meter=meter)
        write_report(
            planned.plan, project, target, lang=choices.lang or None, pdf=choices.pdf, drawn=planned, progress=tell
        )  # fmt: skip
    return planned


def _figures(project: Project, on: date, plans: Sequence[Earlier]) -> tuple[tuple[Kpis, ...], list[Finding]]:
    """Return the figures of the last week and of the last four; or why they could not be reckoned."""
    paths = [one.path for one in plans]
    try:
        spans = (WEEK, MONTH)
        return tuple(kpis(project, first=on - timedelta(days=n - 1), last=on, plans=paths) for n in spans), []
    except PatrolError as error:
        return (), list(error.findings)


# Telling


def _week(
    planned: Planned, came: CameIn, before: Sequence[Earlier], on: date, figures: tuple[Kpis, ...],
    told: tuple[Finding, ...], target: Path, wrong: tuple[Finding, ...],
) -> Week:  # fmt: skip
    last = before[-1].plan if before else None
    differs = since(last, planned.plan) if last else Since((), (), (), ())
    day = before[-1].first if before else on - timedelta(days=WEEK - 1)
    came, overdue = _known(planned.layers.project, came, day, on)
    sections = planned.picture.sections.sort_values(["value_foot", "section_id"], ascending=[False, True])
    return Week(
        came, planned.plan, last, differs.new, differs.again, differs.waiting, differs.gone,
        kept_count(planned.plan.document), on, overdue, pd.DataFrame(sections), figures, told, wrong,
        str(target),
    )  # fmt: skip


def _known(project: Project, came: CameIn, day: date, on: date) -> tuple[CameIn, pd.DataFrame]:
    """Return what came in with what the register took in since a day, and its overdue hazards at the end of another."""
    path = project.file("register")
    if path is None or not path.exists():
        return came, pd.DataFrame(columns=["due_level"])
    begins = stamp(datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(project.timezone)))
    with open_project_register(project) as register:
        hazards = register.hazards(on=on)
        taken = register.events("report")
        fresh = taken[taken["recorded_at"] >= begins]
        reports = register.reports()
    first_of = reports.groupby("hazard_id")["report_id"].agg(set)
    new = set(fresh["subject"])
    count = sum(own <= new for own in first_of)
    whole = replace(came, since=day, reports=len(fresh), hazards=count)
    return whole, pd.DataFrame(hazards[hazards["overdue"]])


def _tell(week: Week, project: Project, target: Path, lang: str) -> None:
    """Write the summaries and the page of figures beside the plan, and print the summary."""
    if week.kpis:
        write_kpis(week.kpis[-1], project, target / "kpi.html", lang)
    for code in LANGUAGES:
        write_bytes(target / f"week.{code}.txt", (week_summary(week, code) + "\n").encode())
    out().print(Text(week_summary(week, lang)))
    errors().print(Text(f"\n{text.clean(target / 'index.html')}"))


def week_command(
    project: Path = typer.Argument(..., help="Project folder, or its project.toml."),
    start: str = typer.Option("", "--from", help="First day; this Monday if it is one, else the next, by default."),
    days: int = typer.Option(WEEK, help="Number of days, 1 to 31."),
    lang: str = typer.Option("", help="zh or en; the project's language by default."),
    folder: Path | None = typer.Option(None, "--out", help="Folder of plans; PROJECT/plans by default."),
    keep: Path | None = typer.Option(None, help="A hand-edited schedule.xlsx whose marks must hold."),
    replan_published: bool = typer.Option(
        False, "--replan-published", help="Plan days of earlier plans in that folder anew; else crew and day stay."
    ),
    pdf: bool = typer.Option(False, "--pdf", help="Print the sheets as PDF too, with the browser that is found."),
    by: str = typer.Option("", "--by", help="Who takes files in: office or crew; your login name by default."),
    engine: str = typer.Option("", help="default, ruin, ortools or greedy; the project's setting if left out."),
    budget: str = typer.Option("", help="fast, normal or thorough; the project's setting if left out."),
    iterations: int | None = typer.Option(None, min=1, help="Steps of the search in place of a budget."),
) -> None:
    """Take in what lies in the inbox, plan the week, publish maps and sheets, and tell it all in one summary."""
    effort = Effort(engine or None, None, budget or None, iterations, None)
    choices = Choices(start, days, lang, folder, keep, replan_published, by, pdf, effort)
    raise typer.Exit(make_week(project, choices, moment=datetime.now(UTC)))

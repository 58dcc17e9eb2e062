"""``patrol plan`` and ``patrol verify``."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, timedelta
from pathlib import Path

import typer
from rich.text import Text

from patrol.api import in_scenario, open_project, plan_all, write_outputs
from patrol.cli.options import folder_faults, language_faults
from patrol.cli.show import errors, fail, findings_table, out, progress_bar, run_words, tell_doubts
from patrol.cli.stopping import stoppable
from patrol.errors import Finding, PatrolError, PlanError
from patrol.layers.keep import Keep, examine_keep
from patrol.meter import Meter
from patrol.plan import read_plan
from patrol.planning.audit import audit
from patrol.planning.effort import Effort
from patrol.planning.horizon import Planned, check_options, prepare
from patrol.planning.keep import BY_HAND, apply_keeps, refusals, rules_named
from patrol.planning.rolling import Published, published_in, published_stops
from patrol.project import Project
from patrol.reports.summary import summary
from patrol.text import clean
from patrol.units import YEARS, sensible
from patrol.words import say


def parse_day(text: str, option: str) -> date:
    """Return a day, or refuse with the option's name."""
    mend = "write it as 2024-08-16"
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise PlanError(Finding("error", "plan.date", option, f"{text!r} is no date", mend)) from error
    if not sensible(day):
        what = f"{day} is not of the years {YEARS[0]} to {YEARS[1]}"
        raise PlanError(Finding("error", "plan.date", option, what, mend))
    return day


def _checked_options(start: str, days: int, folder: Path, lang: str, effort: Effort) -> date:
    """Return the first day; refuse options that make no sense, all at once, before anything is read."""
    found: list[Finding] = []
    first = date.min
    try:
        first = parse_day(start, "--from")
    except PlanError as error:
        found += error.findings
    found += language_faults(lang, "plan")
    try:
        check_options(days, effort)
    except PlanError as error:
        found += error.findings
    found += folder_faults(folder, "plan")
    if found:
        raise PlanError(found)
    return first


def read_marks(keep: Path, project: Project, first: date, days: int) -> tuple[Keep, ...]:
    """Return the marks of a workbook; where it has faults, name with them the marks that no plan can follow.

    Those show only against the project, which is loaded for it: a workbook is mended once, not once a fault.
    """
    dates = {first + timedelta(days=k) for k in range(days)}
    keeps, found = examine_keep(keep, dates=dates)
    if not found:
        return keeps
    try:
        with progress_bar() as tell:
            ready = prepare(project, first=first, days=days, progress=tell)
    except PatrolError as error:
        raise PlanError([*found, *error.findings]) from error
    keeps, found = examine_keep(keep, dates=dates, crews=set(ready.layers.crews["crew_id"]))
    tasks = ready.built.tasks
    name = "label_zh" if project.language == "zh" else "label"
    labels = dict(zip(tasks["task_id"], tasks[name].where(tasks[name] != "", tasks["label"]), strict=True))
    _, marks = apply_keeps(ready.built.problem, keeps, first)
    marks = tuple(mark for mark in marks if mark.result != BY_HAND)  # contradictions between marks are named already
    refused = refusals(rules_named(marks, ready.built), labels)
    raise PlanError(sorted([*found, *refused], key=lambda one: (one.source, one.row or 0)))


def make_plan(
    project: Path,
    *,
    start: str,
    days: int,
    folder: Path,
    lang: str = "",
    keep: Path | None = None,
    published: Path | None = None,
    move: tuple[str, ...] = (),
    effort: Effort = Effort(),
    scenario: Path | None = None,
) -> int:
    """Plan a project folder, write every output, print the summary; return the exit code.

    This is what ``patrol plan`` and ``scripts/plan_routes.py`` both do.
    """
    meter = Meter()
    first = _checked_options(start, days, folder, lang, effort)
    opened: Project = open_project(project)
    if scenario is not None:
        opened = in_scenario(opened, scenario)
    keeps = read_marks(keep, opened, first, days) if keep else ()
    stay = _published(published, opened, first, days) if published else ()
    with meter.running(), progress_bar() as tell, stoppable() as stop:
        search = {**asdict(effort), "stop": stop}
        planned = plan_all(
            opened, start=first, days=days, keeps=keeps, published=stay, moved=move, progress=tell, **search
        )
        tell("write", 0, 1)
        write_outputs(planned, folder, lang=lang or None, meter=meter)
    language = lang or opened.language
    _tell_aside(planned, folder, language)
    tell_doubts((*planned.layers.findings, *planned.picture.findings), project, language)
    out().print(Text(summary(planned.plan, language, opened.settings)))
    out().print(Text("\n" + run_words(meter.read(), folder / "index.html", language)))
    for item in planned.keep_conflicts:
        if item.level != "error":  # what was published and could not stay is nobody's fault
            errors().print(Text(f"{item.level}: {clean(str(item))}"))
    refused = [item for item in planned.keep_conflicts if item.level == "error"]
    if refused:
        fail(PatrolError(refused))
    return 2 if refused else 0


def _published(folder: Path, project: Project, first: date, days: int) -> tuple[Published, ...]:
    """Return the stops that plans in a folder have published for these days.

    Raises
    ------
    PlanError
        If no plan there could be read.
    """
    earlier, told = published_in(folder, project=project.name)
    if not earlier:
        what = f"holds no plans of {project.name} in folders named by their first day"
        mend = "name the folder that patrol week publishes in, such as PROJECT/plans"
        raise PlanError([Finding("error", "plan.published", f"--published {folder}", clean(what), mend), *told])
    for item in told:
        errors().print(Text(f"{item.level}: {clean(str(item))}"))
    return published_stops(earlier, first=first, days=days)


def _tell_aside(planned: Planned, folder: Path, lang: str) -> None:
    """Say on the error stream what was set aside."""
    rejected = planned.layers.rejected
    if len(rejected):
        rows = len(rejected.drop_duplicates(["kind", "row"]))  # a row may have several faults
        errors().print(Text(say("run.set_aside", lang, count=rows, path=folder / "rejected.csv")))


def plan_command(
    project: Path = typer.Argument(..., help="Project folder, or its project.toml."),
    start: str = typer.Option(..., "--from", help="First day, such as 2024-08-16."),
    days: int = typer.Option(5, help="Number of days, 1 to 31."),
    folder: Path = typer.Option(..., "--out", help="Folder for the plan and everything drawn from it."),
    lang: str = typer.Option("", help="zh or en; the project's language by default."),
    keep: Path | None = typer.Option(None, help="A hand-edited schedule.xlsx whose marks must hold."),
    published: Path | None = typer.Option(None, help="A folder of plans, such as PROJECT/plans: their days stay."),
    move: list[str] = typer.Option([], help="A joint task whose confirmed appointment may be moved; may be repeated."),
    scenario: Path | None = typer.Option(None, help="A TOML file of a what-if: the plan says that it is one."),
    engine: str = typer.Option("", help="default, ruin, ortools or greedy; the project's setting if left out."),
    budget: str = typer.Option("", help="fast, normal or thorough; the project's setting if left out."),
    seed: int | None = typer.Option(None, min=0, help="Seed of the search."),
    iterations: int | None = typer.Option(None, min=1, help="Steps of the search in place of a budget."),
    seconds: float | None = typer.Option(None, help="The search ends after so long whatever the budget; Ctrl-C, too."),
) -> None:
    """Plan who patrols which sections on which day, and draw it (patrol plan confirm: note who has confirmed)."""
    effort = Effort(engine or None, seed, budget or None, iterations, seconds)
    code = make_plan(
        project,
        start=start,
        days=days,
        folder=folder,
        lang=lang,
        keep=keep,
        published=published,
        move=tuple(move),
        effort=effort,
        scenario=scenario,
    )
    raise typer.Exit(code)


def verify_command(
    plan: Path = typer.Argument(..., help="plan.json, or the folder it lies in."),
    project: Path | None = typer.Option(None, help="Project it was made from: built again and compared."),
    lang: str = typer.Option("", help="zh or en; the plan's language by default."),
) -> None:
    """Check a plan against every rule; exit code 2 if one is broken."""
    if found := language_faults(lang, "verify"):
        raise PlanError(found)
    folder = plan if plan.is_dir() else plan.parent
    read = read_plan(plan)
    opened = open_project(project) if project else None
    language = lang or read.document["settings"]["language"]
    with progress_bar() as tell:
        tell("verify", 0, 1)
        broken = audit(read, folder, opened)
    if broken:
        out().print(findings_table(broken))
        errors().print(say("verify.broken", language, count=len(broken)))
        raise typer.Exit(2)
    stops = sum(stop["kind"] in {"section", "visit"} for shift in read.shifts for stop in shift["route"])
    against = "project" if project else "problem"
    counts = {"shifts": len(read.shifts), "stops": stops, "dropped": len(read.dropped)}
    out().print(say("verify.good", language, **counts, held=say(f"verify.held_{against}", language)))
    out().print(say("verify.taken" if project else "verify.taken_problem", language))

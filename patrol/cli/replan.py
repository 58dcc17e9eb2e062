"""``patrol replan``: a plan that meets reality in the middle of a day."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import typer
from rich.text import Text

from patrol.api import open_project, replan_all, write_replan
from patrol.cli.options import folder_faults, language_faults
from patrol.cli.show import errors, fail, out, progress_bar, run_words
from patrol.cli.stopping import stoppable
from patrol.errors import PatrolError, PlanError
from patrol.meter import Meter
from patrol.planning.effort import Effort
from patrol.reports.changed import changed, changed_text


def replan_command(
    plan: Path = typer.Argument(..., help="plan.json, or the folder it lies in."),
    project: Path = typer.Option(..., help="Project folder as it is now, with what was reported since."),
    at: str = typer.Option(..., help="The moment, local time, such as 2024-08-16T10:30."),
    urgent: list[str] = typer.Option([], help="Id of a hazard that goes before everything; may be repeated."),
    absent: list[str] = typer.Option([], help="Crew that did not come today; may be repeated."),
    stand_down: list[str] = typer.Option(
        [], help="Hours of today in which nobody works or travels, such as 14:00-16:00; may be repeated."
    ),
    results: bool = typer.Option(True, help="Go by what the field has reported; else by the times of the plan alone."),
    folder: Path = typer.Option(..., "--out", help="Folder for the new plan and everything drawn from it."),
    lang: str = typer.Option("", help="zh or en; the project's language by default."),
    as_json: bool = typer.Option(False, "--json", help="Print the changes as JSON."),
    engine: str = typer.Option("", help="default, ruin, ortools or greedy; the project's setting if left out."),
    budget: str = typer.Option("", help="fast, normal or thorough; a quick search if left out."),
    seed: int | None = typer.Option(None, min=0, help="Seed of the search."),
    iterations: int | None = typer.Option(None, min=1, help="Steps of the search in place of a budget."),
    seconds: float | None = typer.Option(None, help="The search ends after so long whatever the budget; Ctrl-C, too."),
) -> None:
    """Plan again what is left of a plan: what is done stays, crews go on from where they are."""
    effort = Effort(engine or None, seed, budget or None, iterations, seconds)
    if found := [*language_faults(lang, "replan"), *folder_faults(folder, "replan"), *effort.faults()]:
        raise PlanError(found)
    meter = Meter()
    opened = open_project(project)
    with meter.running(), progress_bar() as tell, stoppable() as stop:
        planned, before = replan_all(
            opened, plan, at=at, urgent=urgent, absent=absent, stand_down=stand_down, results=results, progress=tell,
            **{**asdict(effort), "stop": stop},
        )  # fmt: skip
        tell("write", 0, 1)
        write_replan(planned, before, folder, lang=lang or None, meter=meter)
    rows = changed(planned.plan, before)
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=1))
    else:
        out().print(Text(changed_text(rows, planned.plan, before, lang or opened.language)))
    for note in planned.plan.document["notes"]:
        if note["code"].startswith("replan."):
            errors().print(Text(note["text"]))
    errors().print(Text(run_words(meter.read(), folder / "index.html", lang or opened.language)))
    if planned.keep_conflicts:
        fail(PatrolError(planned.keep_conflicts))
        raise typer.Exit(2)

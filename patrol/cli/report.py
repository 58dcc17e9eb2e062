"""``patrol report``: the papers of a plan."""

from __future__ import annotations

from pathlib import Path

import typer
from rich.text import Text

from patrol.api import open_project, write_report
from patrol.cli.options import folder_faults, language_faults
from patrol.cli.show import errors, out, progress_bar
from patrol.errors import PlanError
from patrol.plan import read_plan
from patrol.words import say


def report_command(
    plan: Path = typer.Argument(..., help="plan.json, or the folder it lies in."),
    project: Path = typer.Option(..., "--project", help="Project that the plan was made from."),
    folder: Path = typer.Option(..., "--out", help="Folder for the papers."),
    lang: str = typer.Option("", help="zh or en, of workbook and KML; the project's by default. Sheets are in both."),
    pdf: bool = typer.Option(True, "--pdf/--no-pdf", help="Print the sheets with the browser that is found."),
) -> None:
    """Write sheets to print, GPX, KML, GeoJSON and a workbook from a plan."""
    if faults := [*language_faults(lang, "report"), *folder_faults(folder, "report")]:
        raise PlanError(faults)
    read = read_plan(plan)
    opened = open_project(project)
    language = lang or opened.language
    with progress_bar() as tell:
        papers = write_report(read, opened, folder, lang=language, pdf=pdf, progress=tell)
    for item in papers.findings:
        errors().print(Text(f"{item.level}: {item}"))
    gpx = sum(path.suffix == ".gpx" and path.parent != folder for path in papers.files)
    out().print(Text(say("papers.written", language, sheets=len(read.shifts), gpx=gpx, folder=folder)))

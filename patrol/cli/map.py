"""``patrol map``: draw a plan again, for planners and for the field."""

from __future__ import annotations

from pathlib import Path

import typer
from rich.text import Text

from patrol.api import changed_inputs, draw, open_project, write_maps
from patrol.cli.options import folder_faults, language_faults
from patrol.cli.show import errors, out, progress_bar
from patrol.errors import PlanError
from patrol.plan import read_plan
from patrol.words import counted


def make_maps(plan: Path, *, project: Path, folder: Path, lang: str = "", against: Path | None = None) -> int:
    """Write the planner's page and the crews' pages of a plan; return the exit code.

    This is what ``patrol map`` and ``scripts/build_maps.py`` both do.

    Raises
    ------
    PatrolError
        Every fault of the options, the plan or the project.
    """
    if found := [*language_faults(lang, "map"), *folder_faults(folder, "map")]:
        raise PlanError(found)
    read, opened = read_plan(plan), open_project(project)
    other = read_plan(against) if against else None
    with progress_bar() as tell:
        tell("load", 0, 1)
        drawn = draw(read, opened)
        tell("write", 0, 1)
        written = write_maps(drawn, folder, lang=lang or None, against=other)
    if changed := changed_inputs(drawn):
        told = f"changed since the plan was made: {', '.join(changed)}; the pages show these as they are now"
        errors().print(Text(told))
    pages = counted(len(written) - 1, "page")
    out().print(Text(f"{written[0]} for planners; {pages} for the crews in {folder / 'crews'}"))
    return 0


def map_command(
    plan: Path = typer.Argument(..., help="plan.json, or the folder it lies in."),
    project: Path = typer.Option(..., help="Project it was made from."),
    folder: Path = typer.Option(..., "--out", help="Folder for index.html and crews/."),
    lang: str = typer.Option("", help="zh or en; the project's language by default."),
    against: Path | None = typer.Option(None, help="Another plan: the planners' page shows what is otherwise in it."),
) -> None:
    """Draw a plan: a page for planners, and one for each crew and day that works without a signal."""
    raise typer.Exit(make_maps(plan, project=project, folder=folder, lang=lang, against=against))

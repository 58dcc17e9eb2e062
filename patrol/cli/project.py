"""``patrol init`` and ``patrol check``."""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path

import pandas as pd
import typer

from patrol.cli.imports import COLD_START, OVERWRITE, first_day
from patrol.cli.options import spare_own
from patrol.cli.show import command, errors, findings_table, out, progress_bar, quoted
from patrol.errors import ConfigError, Finding, LayerError, PatrolError
from patrol.hazards.taxonomy import load_types, project_types
from patrol.layers.check import check_project
from patrol.layers.files import gather, load_layers, rejected_rows, write_rejected
from patrol.layers.starter import init_project
from patrol.network.roads import build_roads
from patrol.planning.guarantees import event_sections, guaranteed_sections
from patrol.planning.picture import picture
from patrol.project import Project, examine_project
from patrol.risk.season import factor_faults, idle_seasons


def _about_the_network(project: Project, types: pd.DataFrame) -> list[Finding]:
    """Return what tracing the network and matching the records found, which no single input can show."""
    layers = load_layers(project)
    days = [frame[column].max() for frame, column in ((layers.patrols, "date"), (layers.hazards, "reported"))]
    last = max((day for day in days if pd.notna(day)), default=pd.Timestamp(2000, 1, 1))
    day = (last + pd.Timedelta(days=1)).date()  # every record counts: nothing is checked against today
    try:
        seen = picture(layers, types, project.settings, on=day)
    except PatrolError as error:
        return list(error.findings)
    roads = build_roads(layers.roads, project.settings.travel).findings if len(layers.roads) else ()
    # events of every day, not only of that one
    events = layers.calendar.guarantees(date.min, date.max)
    _, told = guaranteed_sections(seen.network, seen.sections, events)
    others = (one for one in layers.calendar.events if one.factors and one.kind != "supply_guarantee")
    told += event_sections(seen.network, seen.sections, others)[1]
    told += [*factor_faults(types, layers.calendar), *idle_seasons(types, layers.calendar), *roads]
    return [*(one for one in seen.findings if not one.code.startswith(("calendar.", "cycles."))), *told]


def _types(project: Project) -> tuple[pd.DataFrame, tuple[Finding, ...]]:
    """Return the project's hazard types, or the package's and what is wrong with the project's."""
    try:
        return project_types(project), ()
    except LayerError as error:
        return load_types(), error.findings


def init_command(
    folder: Path = typer.Argument(..., help="Folder to make."),
    cold_start: str = COLD_START,
    overwrite: bool = OVERWRITE,
) -> None:
    """Make a project folder: a commented project.toml and a template of every input."""
    init_project(folder, on=first_day(cold_start), overwrite=overwrite)
    name = quoted(folder)
    then = f"{command()} check {name}"
    out().print(f"made {name}: read HOWTO.txt there, replace the examples, then: {then}", markup=False)


def check_command(
    project: Path = typer.Argument(..., help="Project folder, or its project.toml."),
    all_notes: bool = typer.Option(False, "--all", help="Show every row of every finding."),
    rejected: Path | None = typer.Option(None, help="CSV file for the rows set aside, with reasons."),
) -> None:
    """Name every fault of every input, as a table; exit code 2 if something must be mended."""
    opened, faults = examine_project(project)
    if opened is None:
        raise ConfigError(faults)
    if rejected is not None:
        spare_own(opened, rejected, f"--rejected {rejected}")
    with progress_bar() as tell:
        tell("check", 0, 1)
        types, wrong = _types(opened)
        seen = gather(opened)
        found = [*faults, *wrong, *check_project(opened, hazard_types=frozenset(types.index), seen=seen)]
        if rejected is not None:
            write_rejected(rejected_rows(seen), rejected)
        if not any(item.level == "error" for item in found):
            tell("network", 0, 1)
            found += _about_the_network(opened, types)
    out().print(findings_table(found, limit=100_000 if all_notes else 200))
    counts = Counter(item.level for item in found)
    words = ", ".join(f"{counts[level]} {level}" for level in ("error", "rejected", "suspicion", "note"))
    errors().print(words)
    raise typer.Exit(2 if counts["error"] else 0)

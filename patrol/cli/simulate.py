"""``patrol simulate``: policies against the calendar over simulated years on the project's own network."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pandas as pd
import typer
from rich.table import Table
from rich.text import Text

from patrol import text
from patrol.api import open_project
from patrol.cli.options import folder_faults, language_faults
from patrol.cli.show import errors, out, progress_bar
from patrol.errors import Finding, PlanError
from patrol.plan import write_bytes
from patrol.reports.files import named_if_open
from patrol.studies.chart import chart
from patrol.studies.deciding import POLICIES
from patrol.studies.playing import Setup
from patrol.studies.simulate import Simulation, simulate_project
from patrol.studies.standing import against, pairs, summary
from patrol.words import say

WORLDS = 30
KINDS_SHOWN = "own,strong,stronger,mild,error_one,stronger_error,bursts,liars"  # the halved errors are left out
BASELINE = "calendar"
_WHERE = "studies.simulate"
_COLUMNS = ("loss", "change", "change_avoidable", "finds", "km", "hours", "oldest_days", "late")


def simulate_command(
    project: Path = typer.Argument(..., help="Project folder, or its project.toml."),
    years: int = typer.Option(3, help="Years that count; half a year before them does not."),
    policies: str = typer.Option(",".join(POLICIES), help="Policies, with commas; calendar must be among them."),
    kinds: str = typer.Option(KINDS_SHOWN, help="Kinds of worlds, with commas."),
    worlds: int = typer.Option(WORLDS, help="Worlds of each kind."),
    seed: int = typer.Option(1, help="Seed of all draws."),
    hours: float = typer.Option(1.0, help="Share of the crews' shifts that patrols get."),
    cycles: bool = typer.Option(True, "--cycles/--no-cycles", help="Whether legal cycles come first, for all."),
    floor: float = typer.Option(1.0, help="Cycles after which a section comes first (1: the legal one)."),
    jobs: int = typer.Option(1, min=1, max=64, help="Processes; the result does not depend on it."),
    folder: Path | None = typer.Option(None, "--out", help="Folder for the tables as CSV and the drawing."),
    lang: str = typer.Option("", help="zh or en; the project's language by default."),
) -> None:
    """Simulate patrol policies at equal crew-hours in worlds right and wrong; shows loss against the calendar."""
    setup = Setup(_names(policies), _names(kinds), years, worlds, seed, hours, cycles, floor)
    _check_options(setup, folder, lang)
    opened = open_project(project)
    language = lang or opened.language
    with progress_bar() as tell:

        def told(step: str, done: int, total: int) -> None:
            tell(say(f"{_WHERE}.step.{step}", language), done, total)

        result = simulate_project(opened, setup, jobs=jobs, progress=told)
    title, table = title_of(result, language), summary(result)
    out().print(Text(title))
    for kind, rows in pairs(table):
        out().print(kind_table(kind, rows, language))
    out().print(Text(legend_of(result, language)))
    if folder is not None:
        write_results(result, table, folder, language)
        errors().print(Text(say(f"{_WHERE}.written", language, folder=text.clean(folder))))


def _names(words: str) -> tuple[str, ...]:
    return tuple(word for part in words.split(",") if (word := part.strip()))


def _check_options(setup: Setup, folder: Path | None, lang: str) -> None:
    """Refuse what makes no sense, all at once."""
    found = setup.findings()
    if BASELINE not in setup.policies:
        found.append(Finding("error", "simulate.baseline", "--policies", f"lacks {BASELINE}", "add it: it is compared"))
    found += [*language_faults(lang, "simulate"), *folder_faults(folder, "simulate")]
    if found:
        raise PlanError(found)


def title_of(result: Simulation, lang: str) -> str:
    """Return the title of everything that is shown: the worlds are always invented, the project's data may be too."""
    setup = result.setup
    title = say(f"{_WHERE}.title", lang, years=setup.years, worlds=setup.worlds)
    return f"{say('reports.sheet.synthetic', lang)} {title}" if result.synthetic else title


def legend_of(result: Simulation, lang: str) -> str:
    """Return what the columns mean and what was held equal."""
    setup = result.setup
    which = "no_cycles" if not setup.cycles else "cycles" if setup.floor == 1.0 else "floor"
    cycles = say(f"{_WHERE}.{which}", lang, floor=f"{setup.floor:g}")
    return say(f"{_WHERE}.legend", lang, cycles=cycles, hours=f"{setup.hours:.0%}")


def kind_table(kind: str, rows: pd.DataFrame, lang: str) -> Table:
    """Return the policies in one kind of world."""
    least = float(rows.loc[rows["policy"] == BASELINE, "least_share"].iloc[0])
    caption = say(f"{_WHERE}.kind.{kind}", lang)
    caption = f"{caption} · {say(f'{_WHERE}.least', lang, share=f'{least:.0%}')} · {say(f'{_WHERE}.invented', lang)}"
    table = Table(title=Text(caption), title_justify="left")
    table.add_column(say(f"{_WHERE}.policy_heading", lang))
    for name in _COLUMNS:
        table.add_column(say(f"{_WHERE}.column.{name}", lang), justify="right")
    for _, row in rows.iterrows():
        table.add_row(say(f"{_WHERE}.policy.{row['policy']}", lang), *(_cell(row, name) for name in _COLUMNS))
    return table


def _cell(row: pd.Series[Any], name: str) -> str:
    value = float(row[name])
    if name.startswith("change"):
        if row["policy"] == BASELINE:
            return "–"
        error = float(row[f"{name}_se"])
        return f"{value:+.1%}" if math.isnan(error) else f"{value:+.1%} ± {100 * error:.1f}"
    return f"{value:,.1f}" if name in {"late", "hours"} else f"{value:,.0f}"


def write_results(result: Simulation, table: pd.DataFrame, folder: Path, lang: str) -> None:
    """Write ``runs.csv``, ``summary.csv`` and ``simulation.svg``, each with the title of the study."""
    title = title_of(result, lang)
    for name, frame in {"runs": against(result), "summary": table}.items():
        rows = frame.assign(study=title)
        for column in ("kind", "policy", "study"):
            rows[column] = rows[column].map(text.cell)
        path = folder / f"{name}.csv"
        with named_if_open(path):
            write_bytes(path, rows.to_csv(index=False, lineterminator="\r\n").encode("utf-8-sig"))
    names = {name: say(f"{_WHERE}.kind_short.{name}", lang) for name in result.setup.kinds}
    names |= {name: say(f"{_WHERE}.policy.{name}", lang) for name in result.setup.policies}
    drawing = chart(table, names, title=title, axis=say(f"{_WHERE}.axis", lang))
    with named_if_open(folder / "simulation.svg"):
        write_bytes(folder / "simulation.svg", drawing.encode("utf-8"))

"""``patrol backtest``: whether the model says better than simple rules where to look."""

from __future__ import annotations

import math
import re
from datetime import date
from pathlib import Path

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
from patrol.studies.backtest import DRAWS, BackTest, back_test_project, summary, summary_errors
from patrol.studies.measures import OUTCOMES
from patrol.studies.policies import BASELINES, MODELS
from patrol.words import keys, say

MOST_MONTHS = 120
_MONTH = re.compile(r"(19|20|21)\d\d-(0[1-9]|1[0-2])", re.ASCII)
_MAIN = ("pai_10", "auc")  # what is compared in words
_WHERE = "studies.backtest"


def parse_month(words: str, option: str) -> date:
    """Return the first day of a month, or refuse with the option's name."""
    if _MONTH.fullmatch(words):
        return date(int(words[:4]), int(words[5:]), 1)
    what = f"{text.clean(words)!r} is no month"
    raise PlanError(Finding("error", "backtest.month", option, what, "write it as 2023-09"))


def _checked_options(start: str, end: str, folder: Path | None, lang: str) -> tuple[date, date]:
    """Return the first and the last month; refuse options that make no sense, all at once."""
    found: list[Finding] = []
    months = []
    for words, option in ((start, "--from"), (end, "--to")):
        try:
            months.append(parse_month(words, option))
        except PlanError as error:
            found += error.findings
    if len(months) == 2:
        count = (months[1].year - months[0].year) * 12 + months[1].month - months[0].month + 1
        if not 1 <= count <= MOST_MONTHS:
            what = "is before --from" if count < 1 else f"makes {count} months"
            found.append(Finding("error", "backtest.months", "--to", what, f"1 to {MOST_MONTHS} months, --from first"))
    found += [*language_faults(lang, "backtest"), *folder_faults(folder, "backtest")]
    if found:
        raise PlanError(found)
    return months[0], months[1]


def backtest_command(
    project: Path = typer.Argument(..., help="Project folder, or its project.toml."),
    start: str = typer.Option(..., "--from", help="First month, such as 2023-09."),
    end: str = typer.Option(..., "--to", help="Last month, such as 2024-08."),
    folder: Path | None = typer.Option(None, "--out", help="Folder for the tables as CSV."),
    lang: str = typer.Option("", help="zh or en; the project's language by default."),
    seed: int = typer.Option(1, min=0, help="Seed of the standard errors."),
    draws: int = typer.Option(DRAWS, min=10, max=10_000, help="Draws for the standard errors."),
) -> None:
    """Test the model month by month against four simple rules, with nothing of the future."""
    first, last = _checked_options(start, end, folder, lang)
    opened = open_project(project)
    language = lang or opened.language
    with progress_bar() as tell:

        def told(step: str, done: int, total: int) -> None:
            tell(say(f"{_WHERE}.step.{step}", language), done, total)

        result = back_test_project(opened, first=first, last=last, seed=seed, draws=draws, progress=told)
    title = title_of(result, language)
    out().print(Text(title))
    for outcome in OUTCOMES:
        out().print(outcome_table(result, outcome, language))
    for line in lead_lines(result, language):
        out().print(Text(line))
    out().print(Text(say(f"{_WHERE}.legend", language, draws=draws)))
    for note in result.notes:
        out().print(Text(say(f"{_WHERE}.note.{note.code.rpartition('.')[2]}", language, count=note.count)))
    if folder is not None:
        write_tables(result, folder, title)
        errors().print(Text(say(f"{_WHERE}.written", language, folder=text.clean(folder))))


def title_of(result: BackTest, lang: str) -> str:
    """Return the title of every table: synthetic data say so first."""
    months = {"first": f"{result.months[0]:%Y-%m}", "last": f"{result.months[-1]:%Y-%m}"}
    title = say(f"{_WHERE}.title", lang, **months)
    return f"{say('reports.sheet.synthetic', lang)} {title}" if result.synthetic else title


def outcome_table(result: BackTest, outcome: str, lang: str) -> Table:
    """Return the pooled measures of an outcome with their standard errors, a row a policy."""
    values, spreads = summary(result, outcome), summary_errors(result, outcome)
    caption = say(f"{_WHERE}.outcome.{outcome}", lang)
    if result.synthetic:
        caption = f"{caption} · {say('maps.synthetic', lang)}"
    table = Table(title=Text(caption), title_justify="left")
    table.add_column(say(f"{_WHERE}.policy_heading", lang))
    for name in values.columns:
        table.add_column(say(f"{_WHERE}.measure.{name}", lang), justify="right")
    for policy in values.index:
        row = zip(values.columns, values.loc[policy].tolist(), spreads.loc[policy].tolist(), strict=True)
        table.add_row(_policy(policy, lang), *(_with_error(*cell) for cell in row))
    return table


def _with_error(measure: str, value: float, error: float) -> str:
    if math.isnan(value):
        return "–"
    digits = 4 if measure == "brier" else 2  # hazards are rare: all Brier scores are small
    return f"{value:.{digits}f}" if math.isnan(error) else f"{value:.{digits}f} ± {error:.{digits}f}"


def _policy(name: str, lang: str) -> str:
    key = f"{_WHERE}.policy.{name}"
    return say(key, lang) if key in keys(lang) else text.clean(name)


def lead_lines(result: BackTest, lang: str) -> list[str]:
    """Return in words how far each model is ahead of each baseline, or behind, on finds."""
    rows = result.leads[(result.leads["outcome"] == "finds") & result.leads["measure"].isin(_MAIN)]
    lines = []
    for model in MODELS:
        for baseline in BASELINES:
            here = rows[(rows["policy"] == model.name) & (rows["against"] == baseline.name)]
            parts = [
                say(
                    f"{_WHERE}.lead_part", lang, measure=say(f"{_WHERE}.measure.{row.measure}", lang),
                    lead=f"{row.lead:+.2f}", se=f"{row.se:.2f}", ahead=f"{row.ahead:.0%}",
                )
                for row in here.itertuples()
            ]  # fmt: skip
            if parts:
                words = {"model": _policy(model.name, lang), "baseline": _policy(baseline.name, lang)}
                lines.append(say(f"{_WHERE}.lead", lang, parts="; ".join(parts), **words))
    return lines


def write_tables(result: BackTest, folder: Path, title: str) -> None:
    """Write ``measures.csv``, ``leads.csv`` and ``reliability.csv``, each row with the title of the study."""
    for name, frame in {
        "measures": result.table, "leads": result.leads, "reliability": result.reliability,
    }.items():  # fmt: skip
        table = frame.assign(study=title)
        for column in table.columns:
            if not pd.api.types.is_numeric_dtype(table[column]):
                table[column] = table[column].map(text.cell)
        path = folder / f"{name}.csv"
        with named_if_open(path):
            write_bytes(path, table.to_csv(index=False, lineterminator="\r\n").encode("utf-8-sig"))

"""``patrol explain``: why a plan leaves a task out, and what would have to be otherwise."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import typer
from rich.table import Table
from rich.text import Text

from patrol import text
from patrol.cli.options import language_faults
from patrol.cli.show import out, progress_bar
from patrol.errors import PlanError
from patrol.plan import Plan, read_plan
from patrol.planning.why_not import explain_plan
from patrol.reports.tables import task_label
from patrol.reports.why_not import answer, conditions, reason
from patrol.words import say


def explain_command(
    plan: Path = typer.Argument(..., help="plan.json, or the folder it lies in."),
    tasks: list[str] = typer.Argument(
        None, metavar="[TASK]...", help="Ids of tasks, sections or hazards, or labels; every task left out if none."
    ),
    lang: str = typer.Option("", help="zh or en; the plan's language by default."),
    as_json: bool = typer.Option(False, "--json", help="Print the answers as JSON."),
) -> None:
    """Say why a plan leaves a task out, and with what single change it would be planned."""
    if faults := language_faults(lang, "explain"):
        raise PlanError(faults)
    read = read_plan(plan)
    language = lang or str(read.document["settings"].get("language") or "zh")
    with progress_bar() as bar:
        step = say("explain.step", language)
        folder = plan if plan.is_dir() else plan.parent
        rows = explain_plan(read, folder, tasks or (), lambda done, total: bar(step, done, total))
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=1))
    elif tasks:
        for row in rows:
            out().print(Text("\n".join(answer(row, read.tasks, language))))
    elif rows:
        out().print(_table(read, rows, language))
    else:
        out().print(Text(say("explain.none", language)))


def _table(plan: Plan, rows: list[dict[str, Any]], lang: str) -> Table:
    """Return every task left out, one line each."""
    head = plan.document
    first = date.fromisoformat(head["from"])
    project = head["project"]
    name = text.clean(project["name_zh"] if lang == "zh" and project.get("name_zh") else project["name"])
    last = first + timedelta(days=head["days"] - 1)
    title = say("explain.title", lang, name=name, first=first, last=last, count=len(rows))
    table = Table(title=Text(title), title_justify="left", show_lines=False)
    for key in ("id", "task", "why", "label", "if"):
        table.add_column(Text(say(f"explain.column.{key}", lang)), overflow="fold")
    for row in rows:
        label = text.clean(task_label(plan.tasks[row["task_id"]], lang))
        sure = say(f"explain.short.{row['label']}", lang)
        cells = (
            text.clean(row["task_id"]),
            label,
            reason(row, plan.tasks, lang),
            sure,
            conditions(row, plan.tasks, lang),
        )
        table.add_row(*map(Text, cells))
    return table

"""``patrol compare``: two plans side by side, in figures, in tasks and drawn."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import typer
from rich.table import Table
from rich.text import Text

from patrol.cli.options import folder_faults, language_faults
from patrol.cli.show import out
from patrol.errors import PlanError
from patrol.plan import read_plan, to_bytes, write_bytes
from patrol.studies.compare import FIGURES, GROUPS, alike, compare
from patrol.studies.compare_page import compare_page, name, number, plan_words, task_counts, warnings
from patrol.words import say


def compare_command(
    first: Path = typer.Argument(..., help="plan.json, or the folder it lies in."),
    second: Path = typer.Argument(..., help="The plan to compare with it."),
    lang: str = typer.Option("", help="zh or en; the first plan's language by default."),
    as_json: bool = typer.Option(False, "--json", help="Print the comparison as JSON."),
    folder: Path | None = typer.Option(None, "--out", help="Folder for compare.html and compare.json."),
) -> None:
    """Say how two plans differ: figures, tasks by zone, party and day, and every task treated differently."""
    if found := [*language_faults(lang, "compare"), *folder_faults(folder, "compare")]:
        raise PlanError(found)
    plans = read_plan(first), read_plan(second)
    language = lang or str(plans[0].document["settings"].get("language") or "zh")
    rows = compare(*plans)
    if folder is not None:
        write_bytes(folder / "compare.json", to_bytes(rows))
        write_bytes(folder / "compare.html", compare_page(rows, language).encode())
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    for line in warnings(rows, language):
        out().print(Text(line))
    for key, head in zip(("first", "second"), rows["plans"], strict=True):
        out().print(Text(f"{say(f'compare.{key}', language)}: {plan_words(head, language)}"))
    if alike(rows):
        out().print(Text(say("compare.same", language)))
        return
    for group in ("figures", *GROUPS):
        out().print(_table(group, rows[group], language))
    out().print(Text(task_counts(rows, language)))
    if folder is not None:
        out().print(Text(f"Open: {folder / 'compare.html'}"))


def _table(group: str, pairs: dict[str, Any], lang: str) -> Table:
    table = Table(title=Text(say(f"compare.{group}", lang)), title_justify="left")
    table.add_column("")
    for key in ("first", "second", "difference"):
        table.add_column(Text(say(f"compare.{key}", lang)), justify="right")
    order = [*FIGURES[:7], "hours_used", *FIGURES[7:]] if group == "figures" else list(pairs)
    for key in order:
        pair = pairs[key]
        cells = (number(pair["first"]), number(pair["second"]), number(pair["difference"], sign=True))
        table.add_row(Text(name(group, key, lang)), *map(Text, cells))
    return table

"""How the command line speaks: findings as tables, progress bars, plain words."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from patrol.errors import MAX_SHOWN, Finding, PatrolError
from patrol.text import clean
from patrol.words import say

PIPE_WIDTH = 200
MAX_DOUBTS = 10
COLOURS = {"error": "red", "rejected": "yellow", "suspicion": "magenta", "note": "cyan"}


class Tell(Protocol):
    """Told which step is under way, and how far."""

    def __call__(self, step: str, done: int, total: int) -> None:
        """Take one report."""


def out() -> Console:
    """Return the console for results; into a file or pipe, lines are long enough for a table."""
    return Console(soft_wrap=True, width=None if sys.stdout.isatty() else PIPE_WIDTH)


def errors() -> Console:
    """Return the console for errors and progress."""
    return Console(stderr=True, soft_wrap=True)


def command() -> str:
    """Return how this command can be typed again: by its name if that is found, else by where it lies."""
    own = Path(sys.argv[0])
    if shutil.which("patrol") or own.stem != "patrol" or not own.exists():
        return "patrol"
    own = own.resolve()
    here = Path.cwd()
    return quoted(own.relative_to(here) if own.is_relative_to(here) else own)


def quoted(path: Path) -> str:
    """Return a path as it can be typed after a command, in quotes where it needs them."""
    text = clean(path)
    return f'"{text}"' if " " in text else text


def run_words(cost: Mapping[str, float | None], opened: Path, lang: str) -> str:
    """Return what a run cost (a reading of :meth:`patrol.meter.Meter.read`) and what to open now."""
    peak = "" if cost["peak_mb"] is None else say("run.peak", lang, mb=cost["peak_mb"])
    words = {"seconds": cost["seconds"], "cpu": cost["cpu_seconds"], "compiling": cost["compile_seconds"], "peak": peak}
    spent = say("run.cost_compiled" if cost["compile_seconds"] else "run.cost", lang, **words)
    return f"{spent} {say('run.open', lang, path=opened)}"


def findings_table(found: Iterable[Finding], *, limit: int = 200) -> Table:
    """Return findings as a table: level, place, what is wrong, how to mend it.

    Its caption says how rows are counted, as people look for them in a spreadsheet.
    """
    caption = "rows: of a table as the spreadsheet counts them, heading included; of a layer the feature, from 1"
    table = Table(show_lines=False, expand=True, caption=caption, caption_justify="left")
    for heading in ("level", "code", "where", "what", "how to mend"):
        table.add_column(heading, overflow="fold")
    rows = list(found)
    for item in rows[:limit]:
        where = (
            item.source
            + (f", row {item.row}" if item.row is not None else "")
            + (f", {item.field}" if item.field else "")
        )
        cells = [Text(clean(text)) for text in (item.code, where, item.what, item.mend)]
        table.add_row(Text(item.level, style=COLOURS[item.level]), *cells)
    if len(rows) > limit:
        table.add_row("", "", "", f"and {len(rows) - limit} more", "")
    return table


def fail(error: PatrolError) -> None:
    """Print every fault of an error to the error stream."""
    console = errors()
    for item in error.findings[:MAX_SHOWN]:
        console.print(Text.assemble((f"{item.level}: ", COLOURS[item.level]), clean(str(item), limit=2000)))
    if len(error.findings) > MAX_SHOWN:
        console.print(f"... and {len(error.findings) - MAX_SHOWN} more")


def tell_doubts(found: Iterable[Finding], project: Path, lang: str) -> None:
    """Say on the error stream what only the owner of the data can judge; the first few, and how to see the rest."""
    doubts = [item for item in found if item.level == "suspicion"]
    for item in doubts[:MAX_DOUBTS]:
        errors().print(Text(f"suspicion: {clean(str(item))}"))
    if len(doubts) > MAX_DOUBTS:
        more = f"{command()} check {quoted(project)}"
        errors().print(Text(say("run.more", lang, count=len(doubts) - MAX_DOUBTS, command=more)))


@contextmanager
def progress_bar() -> Iterator[Tell]:
    """Show a progress bar on the error stream while the block runs; give the function that moves it."""
    columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=errors(), transient=True) as bar:
        task = bar.add_task("start", total=None)

        def tell(step: str, done: int, total: int) -> None:
            bar.update(task, description=step, completed=done, total=total if total > 1 else None)

        yield tell

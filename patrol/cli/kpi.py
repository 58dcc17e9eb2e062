"""``patrol kpi``: the key figures of a period, as the register stood at the end of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import typer
from rich.table import Table
from rich.text import Text

from patrol import text
from patrol.api import kpis
from patrol.cli.options import language_faults, spare_own
from patrol.cli.plan import parse_day
from patrol.cli.show import errors, out, progress_bar
from patrol.errors import Finding, PatrolError
from patrol.layers.files import load_layers
from patrol.plan import write_bytes
from patrol.project import Project, read_project
from patrol.reports.files import named_if_open
from patrol.reports.kpi import SMALL, Kpis
from patrol.reports.kpi_files import kpi_json, kpi_xlsx
from patrol.reports.kpi_page import kpi_page
from patrol.reports.kpi_words import (
    group_words,
    kpi_lines,
    kpi_say,
    kpi_title,
    notes_of,
    remark_words,
    share_words,
    value_words,
    without_rows,
)
from patrol.words import LANGUAGES, name_of

_COLUMNS = ("measure", "by", "value", "numerator", "remark")


def _checked(start: str, end: str, out_file: Path | None, lang: str) -> tuple[date, date]:
    """Return the period; refuse options that make no sense, all at once, before anything is read."""
    found: list[Finding] = []
    days = {"--from": date.min, "--to": date.max}
    for option, said in (("--from", start), ("--to", end)):
        try:
            days[option] = parse_day(text.clean(said), option)
        except PatrolError as error:
            found += error.findings
    first, last = days["--from"], days["--to"]
    if not found and first > last:
        what = f"{last} is before --from {first}"
        found.append(Finding("error", "kpi.period", "--to", what, "both days belong to the period"))
    found += language_faults(lang, "kpi")
    if out_file is not None and out_file.suffix.lower() not in {".html", ".xlsx"}:
        what = f"{text.clean(out_file.name)!r} ends neither in .html nor in .xlsx"
        found.append(Finding("error", "kpi.out", "--out", what, "say kpi.html or kpi.xlsx"))
    if found:
        raise PatrolError(found)
    return first, last


def make_kpis(
    folder: Path,
    *,
    start: str,
    end: str,
    plans: Sequence[Path] = (),
    as_json: bool = False,
    out_file: Path | None = None,
    lang: str = "",
    small: int = SMALL,
) -> int:
    """Reckon the key figures of a project, print and write what was asked; return the exit code."""
    first, last = _checked(start, end, out_file, lang)
    project = read_project(folder)
    language = lang or project.language
    if out_file is not None:
        spare_own(project, out_file, "--out")
    with progress_bar() as tell:
        tell("kpi", 0, 1)
        found = kpis(project, first=first, last=last, plans=plans, small=small)
    if as_json:
        out().print(kpi_json(found), markup=False, highlight=False)
    else:
        print_kpis(found, language)
    if out_file is not None:
        write_kpis(found, project, out_file, language)
        errors().print(Text(kpi_say("to_written", language, path=text.clean(out_file))))
    return 0


def print_kpis(found: Kpis, lang: str) -> None:
    """Print the figures as a table, each with its numerator and denominator."""
    out().print(Text(kpi_title(found, lang)))
    table = Table()
    for name in _COLUMNS:
        title = kpi_say(f"column.{name}", lang)
        title += f" / {kpi_say('column.denominator', lang)}" if name == "numerator" else ""
        table.add_column(Text(title), justify="right" if name in {"value", "numerator"} else "left", overflow="fold")
    before = ""
    for row in found.rows():
        measure = kpi_say(f"measure.{row['measure']}", lang) if row["measure"] != before else ""
        if before and measure:
            table.add_section()
        before = row["measure"]
        cells = (measure, group_words(row, lang), value_words(row, lang), share_words(row),
                 remark_words(row, found, lang))  # fmt: skip
        table.add_row(*(Text(cell) for cell in cells))
    for measure in without_rows(found):
        told = Text(" ".join(notes_of(found, measure, lang)))
        table.add_row(Text(kpi_say(f"measure.{measure}", lang)), "", Text("—"), Text("—"), told)
    out().print(table)
    for line in kpi_lines(found, lang):
        out().print(Text(line))


def write_kpis(found: Kpis, project: Project, path: Path, lang: str) -> None:
    """Write the figures as a page or a workbook, as the ending of the file says."""
    if path.suffix.lower() == ".xlsx":
        data = kpi_xlsx(found, lang)
    else:
        zones = load_layers(project, kinds=("lines", "zones")).zones.to_dict("records")
        names = {code: {str(row["zone_id"]): name_of(row, code) for row in zones} for code in LANGUAGES}
        data = kpi_page(found, lang, names).encode()
    with named_if_open(path):
        write_bytes(path, data)


def kpi_command(
    project: Path = typer.Argument(..., help="Project folder, or its project.toml."),
    start: str = typer.Option(..., "--from", help="First day, such as 2024-08-01."),
    end: str = typer.Option(..., "--to", help="Last day; the register is read as it stood at its end."),
    plans: list[Path] = typer.Option([], "--plan", help="A plan of those days, for hours; may be given several times."),
    as_json: bool = typer.Option(False, "--json", help="Print JSON."),
    out_file: Path | None = typer.Option(None, "--out", help="Write a page (.html) or a workbook (.xlsx), too."),
    small: int = typer.Option(SMALL, min=1, help="Figures of fewer things than this are marked as too few."),
    lang: str = typer.Option("", help="zh or en; the project's language by default."),
) -> None:
    """Closure, coverage, arrival, precision, aid and the other key figures, by zone, party and month."""
    raise typer.Exit(
        make_kpis(
            project, start=start, end=end, plans=plans, as_json=as_json, out_file=out_file, lang=lang, small=small
        )
    )

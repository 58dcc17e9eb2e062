"""``patrol score``: what a patrol of each section and a look at each open hazard is worth on a day, and why."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import typer
from rich.table import Table
from rich.text import Text

from patrol import text
from patrol.api import open_project
from patrol.cli.options import language_faults
from patrol.cli.plan import parse_day
from patrol.cli.sensitivity import print_sensitivity
from patrol.cli.show import errors, out, progress_bar, tell_doubts
from patrol.errors import Finding, PlanError
from patrol.layers.folder import PROJECT_FILE
from patrol.planning.reasons import own_types, why
from patrol.planning.scored import Scored, score_day
from patrol.project import Project
from patrol.reports.figures import figure
from patrol.reports.guesses import default_line, values_of_scores
from patrol.reports.scores import EVERY_FACTOR, TOP_FACTORS, write_scores_gpkg
from patrol.reports.why import Sheet, WhyWords, hazard_words, section_words, titled
from patrol.risk.factors import factor_table
from patrol.risk.reasons import HazardWhy, SectionWhy
from patrol.words import say

MAX_TOP = 100_000
NOTES_OF_SCORES = ("fireweather.", "weather.", "hazards.earlier")
NOT_OF = {SectionWhy: {"hazards", "rectified"}, HazardWhy: {"finds"}}  # what does not, of what scores rest on
_LEFT = 1  # columns of a printed table that are text, unless said otherwise


def _say(key: str, lang: str, **values: object) -> str:
    return say(f"score.{key}", lang, **values)


def _checked_options(on: str, out_file: Path | None, lang: str) -> date:
    """Return the day; refuse options that make no sense, all at once, before anything is read."""
    found: list[Finding] = []
    day = date.min
    try:
        day = parse_day(text.clean(on), "--on")
    except PlanError as error:
        found += error.findings
    found += language_faults(lang, "score")
    if out_file is not None and out_file.suffix.lower() != ".gpkg":
        what = f"{text.clean(out_file.name)!r} does not end in .gpkg"
        found.append(Finding("error", "score.out", "--out", what, "scores are written as a GeoPackage: scores.gpkg"))
    elif out_file is not None and out_file.is_dir():
        found.append(Finding("error", "score.out", "--out", "is a folder", "name a file in it: scores.gpkg"))
    if found:
        raise PlanError(found)
    return day


def _spare_inputs(project: Project, out_file: Path) -> None:
    """Refuse to write over, or among, the inputs of a project: the register is a GeoPackage too."""
    if project.own(out_file):
        what = "is an input of this project"
        raise PlanError(Finding("error", "score.out", f"--out {out_file}", what, "name another file"))
    if (out_file.resolve().parent / PROJECT_FILE).exists():
        what = f"the folder holds {PROJECT_FILE}: nothing is written among the inputs"
        mend = f"say --out {out_file.parent / 'scores' / out_file.name}"
        raise PlanError(Finding("error", "score.out", f"--out {out_file}", what, mend))


def make_scores(
    project: Path,
    *,
    on: str,
    out_file: Path | None = None,
    lang: str = "",
    top: int = 20,
    reason: str | None = None,
    sensitivity: bool = False,
) -> int:
    """Score a project folder for a day and print what was asked; return the exit code.

    This is what ``patrol score`` and ``scripts/score_risk.py`` both do.
    """
    day = _checked_options(on, out_file, lang)
    opened = open_project(project)
    language = lang or opened.language
    if out_file is not None:
        _spare_inputs(opened, out_file)
    with progress_bar() as tell:

        def told(step: str, done: int, total: int) -> None:
            tell(_say(f"step.{step}", language), done, total)

        scored = score_day(opened, on=day, progress=told)
    tell_doubts((*scored.layers.findings, *scored.picture.findings), project, language)
    found = None if reason is None else why(scored, reason)
    if found is None:
        _tell_weather(scored, language)
        _print_ranking(scored, language, top)
    elif isinstance(found, SectionWhy):
        _print_why(section_words(found, language, synthetic=opened.synthetic), language)
    else:
        _print_why(hazard_words(found, language, synthetic=opened.synthetic), language)
    if sensitivity:
        print_sensitivity(scored, language, top=top)
    _print_defaults(scored, language, set() if found is None else NOT_OF[type(found)])
    if out_file is not None:
        _write(scored, out_file, language)
    return 0


def title_of(scored: Scored, lang: str) -> str:
    """Return the title of every table and layer: invented data say so first."""
    project = scored.project
    name = project.name_zh if lang == "zh" and project.name_zh else project.name
    return titled(_say("title", lang, name=text.clean(name), on=scored.on), lang, synthetic=project.synthetic)


def _print_ranking(scored: Scored, lang: str, top: int) -> None:
    out().print(Text(title_of(scored, lang)))
    _print_sheet(_section_sheet(scored, lang, top), text_columns=4)
    if scored.hazards.empty:
        out().print(Text(_say("no_hazards", lang)))
    else:
        _print_sheet(_hazard_sheet(scored, lang, top), text_columns=5)
    out().print(Text(_say("legend", lang)))


def _section_sheet(scored: Scored, lang: str, top: int) -> Sheet:
    label = "label_zh" if lang == "zh" else "label"
    types = scored.types["name_zh" if lang == "zh" else "name_en"]
    rows = [
        (
            str(row["rank"]), row[label] or row["label"], row["section_id"],
            f"{row['top_type']} {types[row['top_type']]}", figure(row["value_per_hour"]), figure(row["value_foot"]),
            figure(row["risk_ecm_day"]), figure(row["hazards_expected"]),
            f"{row['tau_days']}{say('reports.guess', lang) if row['assumed'] else ''}",
        )
        for row in scored.sections.head(top).to_dict("records")
    ]  # fmt: skip
    columns = (
        "rank", "label", "section", "top_type", "value_per_hour", "value_foot", "risk_ecm_day", "hazards_expected",
        "tau_days",
    )  # fmt: skip
    shown = {"shown": len(rows), "all": len(scored.sections)}
    return _sheet(_say("sections_title", lang, **shown), columns, rows, lang, scored)


def _hazard_sheet(scored: Scored, lang: str, top: int) -> Sheet:
    rows = [
        (
            str(row["rank"]), row["label_zh" if lang == "zh" else "label"], row["hazard_id"],
            say(f"hazards.class.{row['hazard_class']}", lang), _say(f"basis.{row['basis']}", lang), f"{row['p']:.0%}",
            figure(row["worth_ecm_day"]),
        )
        for row in scored.hazards.head(top).to_dict("records")
    ]  # fmt: skip
    columns = ("rank", "label", "hazard", "hazard_class", "basis", "p", "worth_ecm_day")
    shown = {"shown": len(rows), "all": len(scored.hazards)}
    return _sheet(_say("hazards_title", lang, **shown), columns, rows, lang, scored)


def _sheet(title: str, columns: tuple[str, ...], rows: Sequence[tuple[str, ...]], lang: str, scored: Scored) -> Sheet:
    headings = tuple(_say(f"column.{name}", lang) for name in columns)
    return Sheet(titled(title, lang, synthetic=scored.project.synthetic), headings, tuple(rows))


def _print_sheet(sheet: Sheet, *, text_columns: int = _LEFT) -> None:
    """Print a table whose first columns are text; every cell is cleaned and holds no markup."""
    table = Table(title=Text(sheet.title), title_justify="left")
    for number, heading in enumerate(sheet.headings):
        if number < text_columns:
            table.add_column(Text(heading), overflow="fold")
        else:
            table.add_column(Text(heading), justify="right")
    for row in sheet.rows:
        table.add_row(*(Text(text.clean(cell)) for cell in row))
    out().print(table)


def _print_why(words: WhyWords, lang: str) -> None:
    for line in (words.title, *words.facts):
        out().print(Text(line))
    for sheet in words.sheets:
        _print_sheet(sheet)
    out().print(Text(_say("sources_head", lang)))
    for line in words.sources:
        out().print(Text(f"  {line}"))
    out().print(Text(_say("what_if_head", lang)))
    for line in words.what_if:
        out().print(Text(f"  {line}"))


def _print_defaults(scored: Scored, lang: str, without: set[str]) -> None:
    """Say which defaults shaped the scores; what a fire and an injury cost always."""
    out().print(Text(_say("defaults_head", lang)))
    for key, value, guess in values_of_scores(bearing(scored) - without, scored.project.settings, lang):
        out().print(Text(default_line(key, value, guess, lang)))
    own = own_types(scored.types)
    more = _say("types_some", lang, codes=say("reports.comma", lang).join(map(text.clean, own))) if own else ""
    out().print(Text(f"  {_say('types_default', lang)}{say('reports.guess', lang)}{more}"))


def bearing(scored: Scored) -> set[str]:
    """Return which kinds of data the scores rest on: those of ``reports.guesses.OF_SCORES_WITH`` that apply."""
    layers, setting = scored.layers, scored.picture.setting
    known = set(scored.sections["source_of_customers"])
    has = {
        "fire_zone": bool((setting.scene.fire_ecm > scored.project.settings.consequence.fire_ecm).any()),
        "kva": "kva" in known,
        "length": "length" in known,
        "finds": bool(setting.hot.finds.any()),
        "weather": len(layers.weather) > 0,
        "warnings": len(scored.testimony.alerts) > 0,
        "hazards": len(scored.hazards) > 0,
        "rectified": bool((scored.hazards["state"] == "rectified").any()),
    }
    return {name for name, here in has.items() if here}


def _write(scored: Scored, path: Path, lang: str) -> None:
    many = len(scored.sections) > EVERY_FACTOR
    scene, sections = scored.picture.setting.scene, scored.picture.sections
    factors = factor_table(scene, sections, scored.learned, top=TOP_FACTORS if many else None)
    write_scores_gpkg(
        scored.sections, scored.hazards, factors, path, day=scored.on.isoformat(), title=title_of(scored, lang)
    )
    key = "written_top" if many else "written"
    errors().print(Text(_say(key, lang, path=text.clean(path), limit=f"{EVERY_FACTOR:,}", top=TOP_FACTORS)))


def _tell_weather(scored: Scored, lang: str) -> None:
    """Say on the error stream what was done about weather and days; ``--why`` says it among its sources."""
    for item in (*scored.layers.findings, *scored.picture.findings):
        if item.level == "note" and item.code.startswith(NOTES_OF_SCORES):
            errors().print(Text(f"note: {text.clean(str(item))}"))
    if scored.picture.setting.sky.table.empty:
        errors().print(Text(f"note: {_say('source.no_weather', lang)}"))


def score_command(
    project: Path = typer.Argument(..., help="Project folder, or its project.toml."),
    on: str = typer.Option(..., "--on", help="Day, such as 2024-08-16."),
    out_file: Path | None = typer.Option(None, "--out", help="GeoPackage for sections, hazards and every factor."),
    reason: str | None = typer.Option(
        None, "--why", metavar="SECTION|HAZARD", help="Print the sum of one: an id, a section's label, or their start."
    ),
    sensitivity: bool = typer.Option(
        False, "--sensitivity", help="Halve and double each guessed default: which of the first stay?"
    ),
    top: int = typer.Option(20, min=1, max=MAX_TOP, help="How many sections and hazards to print."),
    lang: str = typer.Option("", help="zh or en; the project's language by default."),
) -> None:
    """Say what a patrol of each section and a look at each open hazard is worth on a day, and why."""
    code = make_scores(
        project, on=on, out_file=out_file, lang=lang, top=top, reason=reason, sensitivity=sensitivity
    )  # fmt: skip
    raise typer.Exit(code)

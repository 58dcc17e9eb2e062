"""All papers of a plan in a folder: sheets and GPX a crew and day, and the whole plan for planners, named so."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from patrol import text
from patrol.errors import Finding
from patrol.plan import Plan, plan_tag, write_bytes
from patrol.reports.files import named_if_open
from patrol.reports.geojson import geojson_bytes
from patrol.reports.gpx import CREATOR, gpx_bytes
from patrol.reports.kml import kml_bytes
from patrol.reports.known import Known
from patrol.reports.pdf import find_browser, print_pdf
from patrol.reports.sheets import GENERATOR, Drawn, sheet_page
from patrol.reports.spreadsheet import notice
from patrol.reports.stops import leg_frame, line_frame, stop_frame
from patrol.reports.workbook import workbook_bytes
from patrol.words import name_of, say

SHEETS, GPX = "sheets", "gpx"
PLANNER = "planner-all"
MAX_ID = 40  # letters of a crew's id in a file name

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Papers:
    """What was written, and what a person should know of it."""

    files: tuple[Path, ...]
    findings: tuple[Finding, ...]


def write_papers(
    plan: Plan, known: Known, out: Path, *, lang: str, pdf: bool = True, progress: Progress | None = None
) -> Papers:
    """Write every paper of a plan.

    ``sheets/<date>-<crew>.html`` and ``.pdf`` and ``gpx/<date>-<crew>.gpx`` hold one crew's day and nothing of others;
    ``planner-all.gpx, .kml, .geojson, .xlsx`` and ``planner-all-sheets.html, .pdf`` hold the whole plan. Papers of an
    earlier plan in the same folder go, so that nobody takes them for these.

    Parameters
    ----------
    lang : {'zh', 'en'}
        Of the workbook and of folders in the KML; sheets are in both.
    pdf : bool
        Print the sheets too, if there is a browser for it; if not, a finding says so.

    Raises
    ------
    PatrolError
        If a file cannot be written, mostly because it is open, or the browser fails to print.
    """
    tell = progress or _silent
    tell(say("papers.step_write", lang), 0, 1)
    stops = stop_frame(plan, known.hazards)
    drawn = Drawn(stops, leg_frame(plan, stops), line_frame(stops, known.sections))
    pages: list[Path] = []
    written: list[Path] = []

    def write(path: Path, data: bytes) -> None:
        with named_if_open(path):
            write_bytes(path, data)
        written.append(path)
        if path.suffix == ".html":
            pages.append(path)

    for name, data in _files(plan, drawn, known, lang):
        write(out / name, data)
    _clear(out, {path.relative_to(out).with_suffix("").as_posix() for path in written})
    findings: list[Finding] = []
    browser = find_browser() if pdf and pages else None
    if browser is None:
        for page in pages:
            page.with_suffix(".pdf").unlink(missing_ok=True)  # one of an earlier run shows an earlier plan
        if pdf and pages:
            findings.append(Finding("note", "report.no_browser", "PDF", say("papers.browser", lang)))
        return Papers(tuple(written), tuple(findings))
    for number, page in enumerate(pages):
        tell(say("papers.step_print", lang), number, len(pages))
        with named_if_open(page.with_suffix(".pdf")):
            print_pdf(browser, page, page.with_suffix(".pdf"))
        written.append(page.with_suffix(".pdf"))
    return Papers(tuple(written), tuple(findings))


def _silent(*_: object) -> None:
    """Tell nobody."""


def _files(plan: Plan, drawn: Drawn, known: Known, lang: str) -> Iterator[tuple[str, bytes]]:
    """Return every file but the PDFs, by its name in the folder."""
    names = file_names(plan)
    warning = notice(plan, lang)
    for number, name in enumerate(names):
        own, title = drawn.of(number), f"{_crew_title(plan, number)} {plan_tag(plan)}"
        yield f"{SHEETS}/{name}.html", sheet_page(plan, [number], drawn, known, title=title).encode()
        yield f"{GPX}/{name}.gpx", gpx_bytes(own.stops, own.legs, own.lines, title=title, notice=warning)
    whole = f"{_project(plan, lang)} {plan.document['from']} {plan_tag(plan)}: {say('papers.file_plan', lang)}"
    frames = (drawn.stops, drawn.legs, drawn.lines)
    yield f"{PLANNER}.gpx", gpx_bytes(*frames, title=whole, notice=warning)
    yield f"{PLANNER}.kml", kml_bytes(*frames, title=whole, notice=warning, lang=lang)
    yield f"{PLANNER}.geojson", geojson_bytes(*frames, title=whole, notice=warning)
    yield f"{PLANNER}.xlsx", workbook_bytes(plan, drawn.legs, known.zones, lang)
    if names:
        everyone = range(len(names))
        page = sheet_page(plan, everyone, drawn, known, title=say("papers.all_title", lang))
        yield f"{PLANNER}-sheets.html", page.encode()


def file_names(plan: Plan) -> list[str]:
    """Return the name of each shift's files, ``<date>-<crew id>``; ids that differ only in signs get a number."""
    names: list[str] = []
    for shift in plan.shifts:
        name = base = f"{shift['date']}-{text.file_name(shift['crew_id'], fallback='crew')[:MAX_ID]}"
        again = 1
        while name.casefold() in {known.casefold() for known in names}:
            again += 1
            name = f"{base}-{again}"
        names.append(name)
    return names


def _crew_title(plan: Plan, number: int) -> str:
    shift = plan.shifts[number]
    return text.clean(f"{shift['date']} {name_of(shift, 'zh') or shift['crew_id']}")


def _project(plan: Plan, lang: str) -> str:
    return text.clean(name_of(plan.document["project"], lang))


def _clear(out: Path, kept: set[str]) -> None:
    """Remove the crews' papers of an earlier plan; only files that say themselves that they are such."""
    marks = {".html": f'content="{GENERATOR}"', ".gpx": f'creator="{CREATOR}"'}
    for folder in (SHEETS, GPX):
        for old in sorted((out / folder).glob("*")):
            mark = marks.get(old.suffix)
            if mark is None or old.relative_to(out).with_suffix("").as_posix() in kept:
                continue
            if mark in old.read_bytes()[:4000].decode("utf-8", "replace"):
                old.unlink()
                old.with_suffix(".pdf").unlink(missing_ok=True)

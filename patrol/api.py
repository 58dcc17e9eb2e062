"""What notebooks and scripts use: open a project, plan, score, ask why, test the model, show."""

from __future__ import annotations

import gzip
import json
import platform
import re
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from datetime import time as time_of_day
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import geopandas as gpd
import pandas as pd

from patrol import __version__, text
from patrol.errors import ConfigError, Finding, PlanError
from patrol.field.done import done_so_far
from patrol.hazards.actions import look_parties
from patrol.hazards.office import open_project_register
from patrol.hazards.register import Register
from patrol.hazards.taxonomy import project_types
from patrol.layers.check import open_project as open_whole
from patrol.layers.files import Layers, write_rejected
from patrol.layers.keep import Keep
from patrol.layers.scenario import with_scenario
from patrol.maps.field_facts import type_rates
from patrol.maps.field_page import field_pages
from patrol.maps.overview import overview_map
from patrol.maps.risk_map import risk_map
from patrol.meter import Meter
from patrol.plan import Plan, read_plan, to_bytes, write_bytes, write_plan
from patrol.planning.asked import Ask, Said, ask_of
from patrol.planning.beside import problem_file
from patrol.planning.earlier import as_of
from patrol.planning.horizon import Planned
from patrol.planning.horizon import plan_patrols as _plan
from patrol.planning.known import load_all
from patrol.planning.picture import Picture, picture
from patrol.planning.reasons import why as _why
from patrol.planning.replan import replan as _replan
from patrol.planning.rolling import Published
from patrol.planning.scored import Scored, score_day
from patrol.project import Project
from patrol.reports.changed import changed, changed_text
from patrol.reports.geopackage import write_plan_gpkg
from patrol.reports.known import Known
from patrol.reports.kpi import SMALL, Kpis
from patrol.reports.papers import Papers, write_papers
from patrol.reports.sheet_map import Ground
from patrol.reports.spreadsheet import write_schedule_xlsx
from patrol.reports.summary import summary
from patrol.reports.tables import write_schedule_csv
from patrol.risk.lookout import likely_types
from patrol.risk.reasons import HazardWhy, SectionWhy
from patrol.risk.season import season_factors
from patrol.studies.backtest import BackTest, back_test_project
from patrol.studies.kpis import project_kpis
from patrol.studies.playing import Setup
from patrol.studies.simulate import Simulation, simulate_project
from patrol.units import YEARS, sensible
from patrol.words import LANGUAGES, say

LIKELY_SHOWN = 3  # hazard types named at a stop

Progress = Callable[[str, int, int], None]
CREWS = "crews"  # folder of the field pages
_CREW_PAGE = re.compile(r"\d{4}-\d\d-\d\d-.+\.html$")
_NAMES = ("name", "name_zh")
BESIDE = ("problem-*.json.gz", "before-*.json.gz", "rest-*.json.gz")  # what a plan is checked against


@dataclass(frozen=True, slots=True)
class OpenProject(Project):
    """A project with the questions that notebooks ask of its register."""

    def register(self) -> Register:
        """Open the hazard register; close it, or use it in a ``with`` block.

        Raises
        ------
        RegisterError
            If the project names none, it is not there yet, or it cannot be opened.
        """
        return open_project_register(self)

    def hazards(self, *, on: date | str | None = None) -> gpd.GeoDataFrame:
        """Return the hazards, as they are or as they were at the end of a day.

        Returns
        -------
        GeoDataFrame
            Columns of :data:`patrol.hazards.model.HAZARD_COLUMNS`, points in EPSG:4326, with ``overdue`` and
            ``due_level`` if a day is given.
        """
        with self.register() as register:
            return register.hazards(on=_day(on) if on is not None else None)

    def reports(self, *, on: date | str | None = None) -> gpd.GeoDataFrame:
        """Return the reports without who made them, in the order they were taken in, EPSG:4326."""
        with self.register() as register:
            return register.reports(on=_day(on) if on is not None else None)

    def alerts(self, *, on: date | str | None = None) -> gpd.GeoDataFrame:
        """Return the weather warnings that the register knew of, with areas and when they run out, EPSG:4326."""
        with self.register() as register:
            return register.alerts(on=_day(on) if on is not None else None)

    def events(self) -> pd.DataFrame:
        """Return everything that happened, in order: who, when, what, from which file."""
        with self.register() as register:
            return register.events()


def _day(on: date | str) -> date:
    """Return a day.

    Raises
    ------
    PlanError
        If it is none, or of no year that is worked with.
    """
    try:
        day = date.fromisoformat(on) if isinstance(on, str) else on
    except ValueError as error:
        raise PlanError(Finding("error", "plan.date", "day", f"{on!r} is no date", "write it as 2024-08-16")) from error
    if not sensible(day):
        what = f"{day} is not of the years {YEARS[0]} to {YEARS[1]}"
        raise PlanError(Finding("error", "plan.date", "day", what, "write it as 2024-08-16"))
    return day


def open_project(path: Path | str) -> OpenProject:
    """Open a project folder; see :func:`patrol.layers.check.open_project`."""
    project = open_whole(path)
    return OpenProject(**{field.name: getattr(project, field.name) for field in fields(project)})


def _opened(project: Project | Path | str) -> Project:
    return project if isinstance(project, Project) else open_project(project)


def plan_patrols(
    project: Project | Path | str,
    *,
    start: date | str,
    days: int,
    out: Path | str | None = None,
    lang: str | None = None,
    keeps: tuple[Keep, ...] = (),
    progress: Progress | None = None,
    **solver: Any,
) -> Plan:
    """Plan patrols, and write every output if ``out`` is given.

    Parameters
    ----------
    project : Project or path
    start : date or ISO text
    days : int
        1 to 31.
    out : path, optional
        Folder for ``plan.json``, ``index.html``, ``crews/*.html``, ``schedule.xlsx``, ``schedule.csv``, ``plan.gpkg``,
        ``summary.zh.txt``, ``summary.en.txt`` and the rest.
    lang : str, optional
        ``zh`` or ``en``; the project's language by default.
    keeps : tuple of Keep
        Hand-made pins, forbids and moves, from :func:`patrol.layers.keep.read_keep`.
    progress : callable, optional
        Told ``(step, done, total)``.
    **solver
        ``engine, seed, budget, iterations, seconds, stop``: see :class:`patrol.planning.effort.Effort`; and
        ``scenario``, the file of a what-if: the plan says that it is one.

    Raises
    ------
    PatrolError
        Every fault of the inputs at once.
    """
    meter = Meter()
    with meter.running():
        planned = plan_all(project, start=start, days=days, keeps=keeps, progress=progress, **solver)
    if out is not None:
        write_outputs(planned, Path(out), lang=lang, meter=meter)
    return planned.plan


def plan_all(
    project: Project | Path | str,
    *,
    start: date | str,
    days: int,
    keeps: tuple[Keep, ...] = (),
    published: tuple[Published, ...] = (),
    moved: tuple[str, ...] = (),
    progress: Progress | None = None,
    scenario: Path | str | None = None,
    **solver: Any,
) -> Planned:
    """Plan like :func:`plan_patrols` and return the frames behind the plan too.

    ``published`` are stops of an earlier plan whose days stay as they are, see :mod:`patrol.planning.rolling`.
    """
    opened = project if isinstance(project, Project) else open_project(project)
    if scenario is not None:
        opened = in_scenario(opened, scenario)
    first = _day(start)
    return _plan(
        opened, first=first, days=days, keeps=keeps, published=published, moved=moved, progress=progress, **solver
    )  # fmt: skip


def in_scenario(project: Project, scenario: Path | str) -> Project:
    """Return a project as the file of a scenario has it, see :func:`patrol.layers.scenario.with_scenario`.

    Raises
    ------
    PatrolError
        If the file cannot be read, and every fault of it at once.
    """
    file = Path(scenario)
    try:
        words = file.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        what = "cannot be read" if file.exists() else "there is no such file"
        raise ConfigError(Finding("error", "scenario.missing", file.name, what, "text files are UTF-8")) from error
    return with_scenario(project, words, file.name)


def replan_all(
    project: Project | Path | str,
    plan: Path | str,
    *,
    at: str,
    urgent: Iterable[str] = (),
    absent: Iterable[str] = (),
    stand_down: Iterable[str] = (),
    results: bool = True,
    progress: Progress | None = None,
    **solver: Any,
) -> tuple[Planned, Plan]:
    """Plan again from a moment on what is left of a plan; see :func:`patrol.planning.replan.replan`.

    Parameters
    ----------
    project : Project or path
        As it is now.
    plan : path
        ``plan.json`` or its folder, with what lies beside it.
    at : str
        The moment, local time, such as ``2024-08-16T10:30``.
    urgent, absent, stand_down : iterable of str
        Hazards that go before everything, crews that did not come, hours such as ``14:00-16:00`` in which nobody works.
    results : bool
        Whether what the field has said of the plan by then goes before the plan's times.
    **solver
        See :class:`patrol.planning.effort.Effort`.

    Returns
    -------
    tuple of (Planned, Plan)
        The new plan with all behind it, and the plan before.

    Raises
    ------
    PatrolError
        Every fault at once.
    """
    opened = project if isinstance(project, Project) else open_project(project)
    before, file = read_plan(plan), Path(plan)
    if scenario := before.document.get("scenario"):  # what follows from a what-if plan is one, too
        opened = with_scenario(opened, scenario["text"], scenario["file"])
    asked: dict[str, Any] = {"at": at, "urgent": urgent, "absent": absent, "stand_down": stand_down}
    ask = ask_of(before, **asked)
    if results:
        ask = ask_of(before, **asked, reported=_said(opened, before, ask))
    return _replan(opened, before, file if file.is_dir() else file.parent, ask, progress=progress, **solver), before


def _said(project: Project, plan: Plan, ask: Ask) -> list[Said]:
    """Return what the field has said of a plan's shifts up to the moment of a replan; partly done is not done."""
    moment = datetime.combine(ask.day, time_of_day()) + timedelta(seconds=ask.at)
    said = []
    for row in done_so_far(project, plan).to_dict("records"):
        stamp = str(row["at"])
        then = moment
        if stamp:
            then = datetime.fromisoformat(stamp).astimezone(ZoneInfo(project.timezone)).replace(tzinfo=None)
        day = date.fromisoformat(str(row["shift_id"])[:10])
        if then <= moment and day <= ask.day:
            second = int((then - datetime.combine(day, time_of_day())).total_seconds())
            said.append(Said(str(row["shift_id"]), str(row["task_id"]), row["outcome"] == "done", second))
    return said


def write_replan(
    planned: Planned, before: Plan, out: Path, *, lang: str | None = None, meter: Meter | None = None
) -> list[Path]:
    """Write the files of a replan: those of a plan, and what it changes.

    That stands in ``changes.json`` and ``changes.<lang>.txt``, and on the planners' page.
    """
    rows = changed(planned.plan, before)
    out.mkdir(parents=True, exist_ok=True)
    write_bytes(out / "changes.json", to_bytes(rows))
    for code in LANGUAGES:
        write_bytes(out / f"changes.{code}.txt", (changed_text(rows, planned.plan, before, code) + "\n").encode())
    return write_outputs(planned, out, lang=lang, meter=meter, against=before)


def score(project: Project | Path | str, *, on: date | str) -> gpd.GeoDataFrame:
    """Return the sections of a project with consequence, due dates and the value of a patrol on a day.

    Returns
    -------
    GeoDataFrame
        See :class:`patrol.planning.picture.Picture`; the project's metric CRS. Its ``attrs`` name project and day.
    """
    opened = _opened(project)
    layers, testimony = load_all(opened)
    known, types = as_of(layers, _day(on)), project_types(opened)
    sections = picture(known, types, opened.settings, on=_day(on), testimony=testimony).sections
    sections.attrs = {"on": _day(on).isoformat(), "project": _head(opened)}  # so that a map of it has a title
    return sections


def score_all(project: Project | Path | str, *, on: date | str, progress: Progress | None = None) -> Scored:
    """Score like :func:`score` and return the ranked sections and hazards, and all that the scores came from.

    Raises
    ------
    PatrolError
        Every fault of the inputs at once.
    """
    opened = project if isinstance(project, Project) else open_project(project)
    return score_day(opened, on=_day(on), progress=progress)


def why(project: Scored | Project | Path | str, name: str, *, on: date | str | None = None) -> SectionWhy | HazardWhy:
    """Return why a section or an open hazard has its score on a day.

    Parameters
    ----------
    project : Scored, Project or path
        What :func:`score_all` returned is not scored again.
    name : str
        Id of a section or hazard, the label of a section, or the start of one of them.
    on : date or ISO text
        Needed unless the project is scored already; then it must be that day, if given.

    Returns
    -------
    SectionWhy or HazardWhy
        Numbers, each with where it comes from; :mod:`patrol.reports.why` puts them in words.

    Raises
    ------
    ValueError
        If there is no day, or another than that of the scores.
    PatrolError
        Every fault of the inputs at once; or the name means nothing, or several.
    """
    if isinstance(project, Scored):
        if on is not None and _day(on) != project.on:
            raise ValueError(f"scored for {project.on}, not {on}: score that day")
        return _why(project, name)
    if on is None:
        raise ValueError("say on which day: on='2024-08-16'")
    return _why(score_all(project, on=on), name)


def backtest(project: Project | Path | str, *, first: date | str, last: date | str, **options: Any) -> BackTest:
    """Test the risk model month by month against four simple rules, with nothing of the future.

    Parameters
    ----------
    project : Project or path
    first, last : date or ISO text
        Any day of the first and of the last month.
    **options
        ``seed, draws, policies, progress`` of :func:`patrol.studies.backtest.back_test`.

    Raises
    ------
    PatrolError
        Every fault of the inputs; or nothing happened in those months.
    """
    opened = project if isinstance(project, Project) else open_project(project)
    return back_test_project(opened, first=_day(first), last=_day(last), **options)


def simulate(
    project: Project | Path | str, *, jobs: int = 1, progress: Progress | None = None, **setup: Any
) -> Simulation:
    """Simulate patrol policies at equal crew-hours on the project's network; every world is invented.

    Parameters
    ----------
    project : Project or path
    jobs : int
        Processes to share the work among; the result does not depend on it.
    progress : callable, optional
        Told ``(step, done, total)``.
    **setup
        ``policies, kinds, years, worlds, seed, hours, cycles, floor`` of :class:`patrol.studies.playing.Setup`.

    Raises
    ------
    PatrolError
        Every fault of the inputs or of the setup at once.
    """
    opened = project if isinstance(project, Project) else open_project(project)
    return simulate_project(opened, Setup(**setup), jobs=jobs, progress=progress)


def kpis(
    project: Project | Path | str,
    *,
    first: date | str,
    last: date | str,
    plans: Sequence[Path | str] = (),
    small: int = SMALL,
) -> Kpis:
    """Return the key figures of a period, as the register stood at the end of its last day.

    Parameters
    ----------
    project : Project or path
    first, last : date or ISO text
        Both days belong to the period.
    plans : sequence of path
        Plans of those days, for the hours and what they are worth.
    small : int
        Figures of fewer things than this are marked as too few to judge by.

    Raises
    ------
    PatrolError
        Every fault of the inputs; or a plan is another project's.
    """
    opened = project if isinstance(project, Project) else open_project(project)
    return project_kpis(opened, first=_day(first), last=_day(last), plans=[Path(one) for one in plans], small=small)


@dataclass(frozen=True, slots=True)
class Drawn:
    """A plan with the frames that its pages are drawn from, as its project has them now."""

    plan: Plan
    layers: Layers
    picture: Picture


def draw(plan: Plan, project: Project | Path | str) -> Drawn:
    """Load again what the pages of a plan are drawn from; nothing is planned.

    Raises
    ------
    PatrolError
        Every fault of the inputs at once.
    """
    opened = project if isinstance(project, Project) else open_project(project)
    layers, testimony = load_all(opened)
    first, days = date.fromisoformat(plan.document["from"]), int(plan.document["days"])
    types = project_types(opened)
    return Drawn(plan, layers, picture(layers, types, opened.settings, on=first, days=days, testimony=testimony))


def changed_inputs(drawn: Drawn) -> list[str]:
    """Return the inputs that are no longer what the plan was made from, by kind."""
    then = {kind: entry["sha256"] for kind, entry in drawn.plan.document["inputs"].items()}
    now = dict(drawn.layers.hashes)
    return sorted(kind for kind in then.keys() & now.keys() if then[kind] != now[kind])


def map_of(planned: Planned | Drawn, *, lang: str, against: Plan | None = None) -> str:
    """Return the plan's offline map as one HTML text; ``against`` another plan it tells what has changed."""
    layers, seen = planned.layers, planned.picture
    return overview_map(
        planned.plan,
        sections=seen.sections,
        roads=layers.roads,
        zones=layers.zones,
        places=layers.places,
        water=layers.water,
        hazards=seen.hazards,
        equipment=layers.equipment,
        poles=layers.poles,
        against=against,
        lang=lang,
    )


def field_pages_of(planned: Planned | Drawn, *, lang: str) -> Iterator[tuple[str, str]]:
    """Yield the name and the HTML of the field page of every crew and day, see :mod:`patrol.maps.field_page`."""
    layers, seen = planned.layers, planned.picture
    project = layers.project
    types = project_types(project)
    days = pd.DatetimeIndex(sorted({shift["date"] for shift in planned.plan.shifts}))
    season = season_factors(types, layers.calendar, days)
    likely = {day.date(): type_rates(types, season.loc[[day]].iloc[0]) for day in days}
    open_ids = set(seen.hazards["hazard_id"])
    closed = layers.hazards[~layers.hazards["hazard_id"].isin(open_ids)]
    known = [frame for frame in (seen.hazards, closed) if len(frame)]
    return field_pages(
        planned.plan,
        sections=seen.sections,
        roads=layers.roads,
        zones=layers.zones,
        places=layers.places,
        water=layers.water,
        poles=layers.poles,
        hazards=pd.concat(known, ignore_index=True) if known else seen.hazards,
        equipment=layers.equipment,
        types=types,
        likely=likely,
        numbers=project.settings.planning.emergency_numbers,
        people=_people(layers),
        lang=lang,
    )


def write_crew_pages(planned: Planned | Drawn, folder: Path, *, lang: str) -> list[Path]:
    """Write the field pages into a folder, and remove those of an earlier plan that lie there."""
    written = []
    for name, page in field_pages_of(planned, lang=lang):
        write_bytes(folder / name, page.encode())
        written.append(folder / name)
    for old in folder.glob("*.html") if folder.is_dir() else ():
        if old not in written and _CREW_PAGE.match(old.name):
            old.unlink()
    return written


def write_maps(
    planned: Planned | Drawn, out: Path, *, lang: str | None = None, against: Plan | None = None
) -> list[Path]:
    """Write ``index.html`` for planners and ``crews/<date>-<crew>.html`` for the field; return their paths.

    ``against`` another plan the planners' page tells what has changed.
    """
    language = lang or planned.layers.project.language
    write_bytes(out / "index.html", map_of(planned, lang=language, against=against).encode())
    return [out / "index.html", *write_crew_pages(planned, out / CREWS, lang=language)]


def show(
    what: Planned | Plan | Scored | gpd.GeoDataFrame,
    *,
    project: Project | Path | str | None = None,
    on: date | str | None = None,
    lang: str = "zh",
    height: int = 600,
) -> Any:
    """Return a map for a notebook cell: of a plan the planner's page, of scores the sections by their value.

    Parameters
    ----------
    what : Planned, Plan, Scored or GeoDataFrame
        What :func:`plan_all`, :func:`plan_patrols`, :func:`score_all` or :func:`score` returned, or a plan from a file.
    project : Project or path, optional
        Needed for a ``Plan``, whose lines and roads it has. With it, roads and names lie under a frame of scores.
    on : date or ISO text, optional
        Day of a frame of scores, for its title; by default what :func:`score` noted in it.
    lang : {'zh', 'en'}
        The page follows the reader's browser where that speaks one of both.
    height : int
        Of the cell, in pixels.

    Raises
    ------
    TypeError
        If it is none of these.
    PatrolError
        Every fault of the project at once; or a plan comes without its project.
    """
    from IPython.display import HTML

    page = html_attribute(_page_of(what, project=project, on=on, lang=lang))
    style = f"width:100%;height:{int(height)}px;border:0"
    # in a box of its own, or IPython advises an IFrame, which needs an address that this page does not have
    return HTML(f'<div><iframe srcdoc="{page}" style="{style}" title="patrol"></iframe></div>')  # type: ignore[no-untyped-call]


def _page_of(what: Any, *, project: Project | Path | str | None, on: date | str | None, lang: str) -> str:
    """Return the page of a plan or of scores."""
    if isinstance(what, Planned):
        return map_of(what, lang=lang)
    if isinstance(what, Plan):
        if project is None:
            mend = "show(plan, project='folder')"
            raise PlanError(Finding("error", "show.project", "project", "a plan alone has no lines and roads", mend))
        scored = score_all(project, on=what.document["from"])
        layers = {**_base_layers(scored.layers), "hazards": scored.picture.hazards}
        return overview_map(what, sections=scored.picture.sections, lang=lang, **layers)
    if isinstance(what, Scored):
        layers = {**_base_layers(what.layers), "hazards": what.picture.hazards}
        return risk_map(what.sections, on=what.on, project=_head(what.layers.project), lang=lang, **layers)
    if isinstance(what, gpd.GeoDataFrame) and "risk_class" in what:
        known = load_all(_opened(project))[0] if project is not None else None
        head = _head(known.project) if known else what.attrs.get("project", _NAMELESS)
        layers = _base_layers(known) if known else {}
        day = _day(on or what.attrs.get("on") or _day_of(what))
        return risk_map(what, on=day, project=head, lang=lang, **layers)
    raise TypeError(f"a plan or scores can be shown, not {type(what).__name__}")


_NAMELESS = {"name": "", "name_zh": "", "timezone": "", "synthetic": False, "attribution": ""}


def _base_layers(layers: Layers) -> dict[str, gpd.GeoDataFrame]:
    names = ("roads", "zones", "places", "water", "equipment", "poles")
    return {name: getattr(layers, name) for name in names}


def _head(project: Project) -> dict[str, Any]:
    keys = ("name", "name_zh", "timezone", "synthetic", "attribution")
    return {key: getattr(project, key) for key in keys}


def _day_of(sections: gpd.GeoDataFrame) -> date:
    """Return the day that sections were scored on: their last patrol, and the days since."""
    last = (sections["last_patrol"] + pd.to_timedelta(sections["tau_days"], unit="D")).dropna()
    return (last.max() if len(last) else sections["due"].max()).date()  # type: ignore[no-any-return]


def html_attribute(page: str) -> str:
    """Return a whole page quoted for an attribute (it is our own page, so nothing in it is cut)."""
    return page.replace("&", "&amp;").replace('"', "&quot;")


def write_report(
    plan: Plan,
    project: Project | Path | str,
    out: Path | str,
    *,
    lang: str | None = None,
    pdf: bool = True,
    progress: Progress | None = None,
) -> Papers:
    """Write the papers of a plan: sheets, GPX, KML, GeoJSON, a workbook; see :mod:`patrol.reports.papers`.

    Maps and hazards are the project's as they were known on the plan's first day. Inputs that have changed since the
    plan was made are told in ``findings``.

    Raises
    ------
    PatrolError
        Every fault of the inputs at once; or a file cannot be written.
    """
    opened = _opened(project)
    language = lang or opened.language
    if progress is not None:
        progress(say("papers.step_score", language), 0, 1)
    scored = score_day(opened, on=_day(plan.document["from"]))
    papers = write_papers(plan, known_of(scored, plan), Path(out), lang=language, pdf=pdf, progress=progress)
    return Papers(papers.files, (*_changed(plan, scored, language), *papers.findings))


def known_of(scored: Scored, plan: Plan) -> Known:
    """Return what papers are drawn from beside a plan, from a project scored on its first day."""
    layers, scene = scored.layers, scored.picture.setting.scene
    sections = scored.picture.sections
    may = look_parties(scored.types)
    likely = {
        party: likely_types(scene, {code for code in may.index if party in may[code]}, most=LIKELY_SHOWN).to_numpy()
        for party in sorted({shift["party"] for shift in plan.shifts})
    }
    return Known(
        sections=sections[["section_id", "geometry"]],
        hazards=scored.hazards,
        zones=layers.zones,
        types=scored.types,
        likely=pd.DataFrame(likely, index=sections["section_id"].to_numpy(object)),
        ground=Ground(lines=sections, roads=layers.roads, water=layers.water, places=layers.places),
        numbers=layers.project.settings.planning.emergency_numbers,
        people=_people(layers),
    )


def _people(layers: Layers) -> frozenset[str]:
    """Return the people and households in care whom the project's files name: no paper for crews repeats them."""
    points = layers.service_points
    care = points[points["kind"] == "care"]
    columns = (points["person"], layers.zones["leader"], care["name"], care["name_zh"])
    return frozenset(str(name) for column in columns for name in column.dropna() if str(name))


def _changed(plan: Plan, scored: Scored, lang: str) -> list[Finding]:
    """Return a note of the inputs that are not those of the plan any more."""
    inputs, hashes = plan.document["inputs"], scored.layers.hashes
    names = [text.clean(one["file"]) for kind, one in inputs.items() if hashes.get(kind) != one["sha256"]]
    if not names:
        return []
    return [Finding("note", "report.changed", "project", say("papers.changed", lang, files=", ".join(names)))]


def write_outputs(
    planned: Planned, out: Path, *, lang: str | None = None, meter: Meter | None = None, against: Plan | None = None
) -> list[Path]:
    """Write every file of a plan into a folder and return their paths.

    ``run.json`` holds what depends on the clock and the machine; nothing else does. With a ``meter`` it tells
    what the run has cost.
    """
    plan, language = planned.plan, lang or planned.layers.project.language
    out.mkdir(parents=True, exist_ok=True)
    digest = plan.document["problem_sha256"]
    write_bytes(out / problem_file(digest), gzip.compress(planned.problem_bytes, mtime=0))
    write_schedule_csv(plan, out / "schedule.csv", lang=language)
    write_schedule_xlsx(plan, out / "schedule.xlsx", lang=language)
    write_plan_gpkg(plan, out / "plan.gpkg", sections=planned.picture.sections)
    write_maps(planned, out, lang=language, against=against)
    for code in LANGUAGES:
        write_bytes(out / f"summary.{code}.txt", (summary(plan, code, planned.layers.project.settings) + "\n").encode())
    rejected = out / "rejected.csv"
    if len(planned.layers.rejected):
        write_rejected(planned.layers, rejected)
    else:
        rejected.unlink(missing_ok=True)
    run = {
        "patrol": __version__,
        "python": platform.python_version(),
        "finished": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
        **(meter.read() if meter else {}),
    }
    write_bytes(out / "run.json", (json.dumps(run, indent=1) + "\n").encode())
    for name, data in planned.beside.items():
        write_bytes(out / name, data)
    write_plan(plan, out / "plan.json")
    mine = {problem_file(digest), *planned.beside}
    for pattern in BESIDE:  # last: a stop before this leaves the old plan with its problem
        for old in out.glob(pattern):
            if old.name not in mine:
                old.unlink()
    return sorted(path for path in (*out.iterdir(), *(out / CREWS).glob("*.html")) if path.is_file())


__all__ = [
    "Drawn", "OpenProject", "Plan", "backtest", "draw", "field_pages_of", "kpis", "map_of", "open_project", "plan_all",
    "plan_patrols", "replan_all", "score", "score_all", "show", "simulate", "to_bytes", "why", "write_maps",
    "write_outputs", "write_replan", "write_report",
]  # fmt: skip

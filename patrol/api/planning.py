"""Planning a project, again within the day too, and writing every file of a plan."""

from __future__ import annotations

import gzip
import json
import platform
import time
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from datetime import time as time_of_day
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from patrol import __version__
from patrol.api.drawing import CREWS, write_maps
from patrol.api.opening import Progress, day_of, opened_of
from patrol.errors import ConfigError, Finding
from patrol.field.done import done_so_far, not_done_of
from patrol.layers.files import write_rejected
from patrol.layers.keep import Keep
from patrol.layers.scenario import with_scenario
from patrol.meter import Meter
from patrol.plan import Plan, read_plan, to_bytes, write_bytes, write_plan
from patrol.planning.asked import Ask, Said, ask_of
from patrol.planning.beside import problem_file
from patrol.planning.horizon import MAX_DAYS, Planned
from patrol.planning.horizon import plan_patrols as _plan
from patrol.planning.recent import Recent, recent_hours
from patrol.planning.replan import replan as _replan
from patrol.planning.rolling import PLANS, Earlier, Published, published_in
from patrol.project import Project
from patrol.reports.changed import changed, changed_text
from patrol.reports.geopackage import write_plan_gpkg
from patrol.reports.spreadsheet import write_schedule_xlsx
from patrol.reports.summary import summary
from patrol.reports.tables import write_schedule_csv
from patrol.units import sensible
from patrol.words import LANGUAGES

BESIDE = ("problem-*.json.gz", "before-*.json.gz", "rest-*.json.gz")  # what a plan is checked against


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
    ``recent`` among the others is what crews worked in the weeks before; that of the plans in the folder ``plans`` of
    the project by default (:func:`recent_of`).
    """
    opened = opened_of(project)
    if scenario is not None:
        opened = in_scenario(opened, scenario)
    first = day_of(start)
    if "recent" not in solver and sensible(first):
        solver["recent"] = recent_of(opened, first)
    return _plan(
        opened, first=first, days=days, keeps=keeps, published=published, moved=moved, progress=progress, **solver
    )  # fmt: skip


def recent_of(project: Project, first: date, earlier: Sequence[Earlier] | None = None) -> Recent:
    """Return what crews worked in the weeks before a day, from published plans and what the field says of them.

    Raises
    ------
    PatrolError
        If the file of what came back from the field cannot be read.
    """
    weeks = project.settings.defence.fair_weeks
    since = first - timedelta(days=7 * weeks + MAX_DAYS)
    if earlier is None:  # one that cannot be read tells no hours; patrol week names it
        earlier, _ = published_in(project.root / PLANS, project=project.name, since=since, until=first)
    known = [one for one in earlier if since <= one.first < first] if weeks else []
    missed = {one.first: not_done_of(project, one.plan) for one in known}
    return recent_hours(known, first=first, weeks=weeks, missed=missed)


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
    opened = opened_of(project)
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
        write_rejected(planned.layers.rejected, rejected)
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

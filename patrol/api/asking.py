"""Questions of a project: scores and why, is the model any good, what would come of it, key figures."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import geopandas as gpd

from patrol.api.opening import Progress, day_of, head_of, opened_of
from patrol.hazards.taxonomy import project_types
from patrol.planning.earlier import as_of
from patrol.planning.known import load_all
from patrol.planning.picture import picture
from patrol.planning.reasons import why as _why
from patrol.planning.scored import Scored, score_day
from patrol.project import Project
from patrol.reports.kpi import SMALL, Kpis
from patrol.risk.reasons import HazardWhy, SectionWhy
from patrol.studies.backtest import BackTest, back_test_project
from patrol.studies.kpis import project_kpis
from patrol.studies.playing import Setup
from patrol.studies.simulate import Simulation, simulate_project


def score(project: Project | Path | str, *, on: date | str) -> gpd.GeoDataFrame:
    """Return the sections of a project with consequence, due dates and the value of a patrol on a day.

    Returns
    -------
    GeoDataFrame
        See :class:`patrol.planning.picture.Picture`; the project's metric CRS. Its ``attrs`` name project and day.
    """
    opened = opened_of(project)
    layers, testimony = load_all(opened)
    known, types = as_of(layers, day_of(on)), project_types(opened)
    sections = picture(known, types, opened.settings, on=day_of(on), testimony=testimony).sections
    sections.attrs = {"on": day_of(on).isoformat(), "project": head_of(opened)}  # so that a map of it has a title
    return sections


def score_all(project: Project | Path | str, *, on: date | str, progress: Progress | None = None) -> Scored:
    """Score like :func:`score` and return the ranked sections and hazards, and all that the scores came from.

    Raises
    ------
    PatrolError
        Every fault of the inputs at once.
    """
    opened = opened_of(project)
    return score_day(opened, on=day_of(on), progress=progress)


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
        if on is not None and day_of(on) != project.on:
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
    opened = opened_of(project)
    return back_test_project(opened, first=day_of(first), last=day_of(last), **options)


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
    opened = opened_of(project)
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
    opened = opened_of(project)
    return project_kpis(opened, first=day_of(first), last=day_of(last), plans=[Path(one) for one in plans], small=small)

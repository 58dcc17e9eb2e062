"""A project opened for questions, and the days that questions name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import date
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from patrol.errors import Finding, PlanError
from patrol.hazards.office import open_project_register
from patrol.hazards.register import Register
from patrol.layers.check import open_project as open_whole
from patrol.project import Project
from patrol.units import YEARS, sensible

Progress = Callable[[str, int, int], None]


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
            return register.hazards(on=day_of(on) if on is not None else None)

    def reports(self, *, on: date | str | None = None) -> gpd.GeoDataFrame:
        """Return the reports without who made them, in the order they were taken in, EPSG:4326."""
        with self.register() as register:
            return register.reports(on=day_of(on) if on is not None else None)

    def alerts(self, *, on: date | str | None = None) -> gpd.GeoDataFrame:
        """Return the weather warnings that the register knew of, with areas and when they run out, EPSG:4326."""
        with self.register() as register:
            return register.alerts(on=day_of(on) if on is not None else None)

    def events(self) -> pd.DataFrame:
        """Return everything that happened, in order: who, when, what, from which file."""
        with self.register() as register:
            return register.events()


def day_of(on: date | str) -> date:
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


def opened_of(project: Project | Path | str) -> Project:
    """Return a project, opened if it is not yet."""
    return project if isinstance(project, Project) else open_project(project)


def head_of(project: Project) -> dict[str, Any]:
    """Return what a plan says of its project."""
    keys = ("name", "name_zh", "timezone", "synthetic", "attribution")
    return {key: getattr(project, key) for key in keys}

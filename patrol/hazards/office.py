"""The register of a project: where it lies, and what it is opened with."""

from __future__ import annotations

import pandas as pd

from patrol.errors import Finding, PatrolError, RegisterError
from patrol.hazards.register import Register, open_register
from patrol.hazards.setting_aside import known_detections, no_detections
from patrol.hazards.taxonomy import project_types
from patrol.project import Project


def open_project_register(project: Project, *, create: bool = False) -> Register:
    """Open a project's register.

    Raises
    ------
    RegisterError
        If the project names none, with the line to write; or whatever is wrong with the file.
    """
    path = project.file("register")
    if path is None:
        what, mend = "the project names no register", 'write under [inputs]: register = "register.gpkg"'
        raise RegisterError(Finding("error", "register.unnamed", "project.toml", what, mend, field="inputs.register"))
    if not create and not path.exists():
        what, mend = "there is no register yet", "the first report makes it: patrol hazards add or import"
        raise RegisterError(Finding("error", "register.missing", path.name, what, mend))
    types = project_types(project)
    return open_register(path, create=create, timezone=project.timezone, settings=project.settings.hazards, types=types)


def detections(project: Project) -> pd.DataFrame:
    """Return the satellite detections that a project's register has ever seen, those set aside too.

    Columns ``lon, lat, captured_at, uncertainty_m``. A register that is not there or cannot be opened holds
    none: whoever writes to it is told why.
    """
    try:
        with open_project_register(project) as register:
            return known_detections(register)
    except PatrolError:
        return no_detections()

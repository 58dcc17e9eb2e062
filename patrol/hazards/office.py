"""The register of a project: where it lies, and what it is opened with."""

from __future__ import annotations

from patrol.errors import Finding, RegisterError
from patrol.hazards.register import Register, open_register
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

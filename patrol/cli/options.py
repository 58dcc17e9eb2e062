"""Options that several commands take, refused in the same words."""

from __future__ import annotations

from pathlib import Path

from patrol import text
from patrol.errors import Finding, PatrolError
from patrol.layers.folder import PROJECT_FILE
from patrol.project import Project
from patrol.words import LANGUAGES


def language_faults(lang: str, command: str) -> list[Finding]:
    """Refuse a language that is none; empty is the project's own."""
    if lang in {"", *LANGUAGES}:
        return []
    return [Finding("error", f"{command}.lang", "--lang", f"{text.clean(lang)!r} is not known", "write zh or en")]


def folder_faults(folder: Path | None, command: str) -> list[Finding]:
    """Refuse to write among the inputs of a project, which nobody could tell from the outputs afterwards."""
    if folder is None:
        return []
    if (folder / PROJECT_FILE).exists():
        what, mend = f"holds {PROJECT_FILE}: nothing is written among the inputs", f"say --out {folder / command}"
        return [Finding("error", f"{command}.folder", f"--out {folder}", what, mend)]
    if folder.exists() and not folder.is_dir():
        what = "is a file, not a folder"
        return [Finding("error", f"{command}.folder", f"--out {folder}", what, "name another folder")]
    return []


def spare_own(project: Project, target: Path, option: str) -> None:
    """Refuse to write over what belongs to the project.

    Raises
    ------
    PatrolError
        Says what of the project it is.
    """
    if kind := project.own(target):
        what, mend = (
            f"{text.clean(target.name)} is the project's own ({kind}): nothing is written over it",
            "name another file",
        )
        raise PatrolError(Finding("error", "output.own", option, what, mend))

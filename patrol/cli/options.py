"""Options that several commands take, refused in the same words."""

from __future__ import annotations

from pathlib import Path

from patrol import text
from patrol.errors import Finding
from patrol.layers.folder import PROJECT_FILE
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

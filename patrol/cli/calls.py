"""Whom to call for emergencies: printed before anything that takes time or can go wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd
from rich.console import Console
from rich.text import Text

from patrol.cli.show import out
from patrol.config import PlanningSettings
from patrol.errors import PatrolError
from patrol.hazards.blind import read_blind
from patrol.hazards.emergency import call_now
from patrol.hazards.ground import context_of
from patrol.hazards.keywords import Keywords, load_keywords
from patrol.hazards.model import IntakeContext
from patrol.hazards.taxonomy import load_types, project_types
from patrol.project import Project
from patrol.words import LANGUAGES, say


def print_calls(
    reports: pd.DataFrame, project: Project | None, lang: str, *, stamp: str = "", to: Console | None = None
) -> None:
    """Print whom to call for the emergencies among reports or hazards, if there are any.

    Parameters
    ----------
    reports : DataFrame
        As ``emergency.call_now`` takes them.
    project : Project, optional
        Its types, words and numbers count; the package's own where there is no project, or its files are faulty:
        danger is no less for a file that cannot be read.
    lang : str
        "" is the project's language. Without a project nobody knows whose language and whose numbers are right:
        both languages are printed, and that the numbers are China's.
    stamp : str
        Of this moment: what has long passed is not called in. "" calls in all.
    to : Console, optional
        Where the result itself is for a program to read, this is the error stream.
    """
    now = pd.Timestamp(stamp) if stamp else None
    types, words = _knowledge(project)
    numbers = project.settings.planning.emergency_numbers if project else PlanningSettings().emergency_numbers
    zone = project.timezone if project else ""
    for language in [lang] if lang else [project.language] if project else LANGUAGES:
        lines = call_now(reports, types, numbers, language, timezone=zone, keywords=words, now=now)
        if lines and project is None:
            lines.append(say("hazards.emergency.no_project", language))
        for number, line in enumerate(lines):
            (to or out()).print(Text(line, style="bold red" if number == 0 else "red"))


def print_blind_calls(
    paths: Sequence[Path], project: Project | None, lang: str, *, stamp: str, to: Console | None = None
) -> None:
    """Print whom to call for the emergencies in files that are not taken in, as far as they can be read."""
    context = IntakeContext(timezone="UTC", now=stamp, crs="EPSG:4326")
    if project is not None:
        context = replace(context_of(project, now=stamp), history=None)
    for reports in read_blind(paths, context):
        print_calls(reports, project, lang if lang in LANGUAGES else "", stamp=stamp, to=to)


def _knowledge(project: Project | None) -> tuple[pd.DataFrame, Keywords]:
    if project is not None:
        try:
            return project_types(project), load_keywords(project.file("keywords"))
        except PatrolError:
            pass  # the command itself tells what is wrong with them
    return load_types(), load_keywords()

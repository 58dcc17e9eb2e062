"""What the commands upon the hazard register share: who acts, when, and where."""

from __future__ import annotations

import getpass
from collections.abc import Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from rich.text import Text

from patrol.cli.show import errors
from patrol.errors import Finding, IntakeError, RegisterError
from patrol.hazards.stamps import stamp
from patrol.project import Project
from patrol.text import clean

SHOWN = 12  # findings printed one by one


def now() -> str:
    """Return the stamp of this moment."""
    return stamp(datetime.now(UTC))


def when(text: str, project: Project) -> str:
    """Return the stamp of a time as typed; without an offset it is the project's; "" is now.

    Raises
    ------
    RegisterError
        If it is no time.
    """
    return stamp(_typed(text, project, "--at", "2024-08-16T09:30")) if text else now()


def day_or_moment(text: str, project: Project) -> datetime:
    """Return the moment that ``--as-of`` means: the end of a day, a given time, or now for "".

    Raises
    ------
    RegisterError
        If it is no date.
    """
    if not text:
        return datetime.now(UTC)
    moment = _typed(text, project, "--as-of", "2024-08-16")
    bare = len(text) == len("2024-08-16")
    return moment.replace(hour=23, minute=59, second=59, microsecond=999_999) if bare else moment


def _typed(text: str, project: Project, option: str, example: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        what, mend = f"{text!r} is no time", f"write it as {example}"
        raise RegisterError(Finding("error", "register.time", option, what, mend)) from error
    return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(project.timezone))


def login() -> str:
    """Return the name of who is logged in, for the history; ``office`` where the system knows none."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return "office"


def lonlat(text: str, option: str) -> tuple[float, float]:
    """Return longitude and latitude of ``106.54,38.91``.

    Raises
    ------
    RegisterError
        If it is not that, or no place on earth.
    """
    parts = text.replace("，", ",").split(",")
    try:
        lon, lat = (float(part) for part in parts)
        good = abs(lon) <= 180 and abs(lat) <= 90
    except ValueError:
        good = False
    if not good:
        what, mend = f"{text!r} is no place", "write longitude,latitude in WGS84: 106.54,38.91"
        raise RegisterError(Finding("error", "register.place", option, what, mend))
    return lon, lat


def word_of(word: str, known: Sequence[str], option: str) -> None:
    """Refuse a word that means nothing here, with those that do.

    Raises
    ------
    IntakeError
        If it is none of them.
    """
    if word not in known:
        what, mend = f"{clean(word, limit=80)!r} is not known", f"one of {', '.join(known)}"
        raise IntakeError(Finding("error", "intake.word", option, what, mend))


def print_findings(found: Sequence[Finding]) -> None:
    """Print what a person should look at; notes of rows set aside stand in the quarantine file."""
    told = [item for item in found if item.level != "rejected"]
    for item in told[:SHOWN]:
        errors().print(Text(f"{item.level}: {clean(str(item), limit=400)}"))
    if len(told) > SHOWN:
        errors().print(f"... and {len(told) - SHOWN} more")

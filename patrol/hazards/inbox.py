"""The inbox of a project: files wait in it, are taken in, and are put away; what cannot be read stays with the reason.

Nothing is ever deleted but our own notes of reasons, once what they were about has been taken in.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path

from patrol import text
from patrol.errors import Finding
from patrol.layers.templates import INBOX_NOTE
from patrol.plan import write_bytes

DONE = "done"
REASON = ".reason.txt"
PICTURES = (".jpg", ".jpeg", ".png", ".webp", ".gif", ".heic")
_UNFINISHED = (".part", ".partial", ".tmp", ".crdownload", ".download")  # still being copied or fetched
_LOCKS = (".", "~$", ".~")  # hidden files, and those by which spreadsheets mark what they have open
_HEAD = "This file was not taken in. Mend it, or take it away. / 此文件未能导入，请修正后重试，或移走。"


def waiting(inbox: Path) -> list[Path]:
    """Return the files that wait in an inbox, in the order of their names; folders in it are left alone."""
    if not inbox.is_dir():
        return []
    return sorted(path for path in inbox.iterdir() if path.is_file() and not _passed_over(path.name))


def _passed_over(name: str) -> bool:
    low = name.casefold()
    own = name == INBOX_NOTE or low.endswith(REASON)
    return own or low.startswith(_LOCKS) or low.endswith(_UNFINISHED)


def is_picture(path: Path) -> bool:
    """Return whether a file is a photograph by its name: it comes with the file that names it, not by itself."""
    return path.suffix.lower() in PICTURES


def put_away(path: Path, inbox: Path, day: date) -> Path:
    """Move a file that was taken in to ``done/<day>/`` and return where it is now; never over another file.

    A note of why it could not be taken in before goes.
    """
    place = inbox / DONE / day.isoformat() / path.relative_to(inbox)
    place.parent.mkdir(parents=True, exist_ok=True)
    free = place
    number = 2
    while free.exists():
        free = place.with_name(f"{place.stem}-{number}{place.suffix}")
        number += 1
    path.rename(free)
    _note(path).unlink(missing_ok=True)
    return free


def say_why(path: Path, found: Iterable[Finding]) -> Path:
    """Write beside a file why it was not taken in, for nobody but its owner; return where."""
    lines = [_HEAD, *(text.clean(str(item), limit=2000) for item in found)]
    write_bytes(_note(path), ("\n".join(lines) + "\n").encode("utf-8-sig"), private=True)
    return _note(path)


def _note(path: Path) -> Path:
    return path.with_name(path.name + REASON)

"""What was set aside at an import: one file beside the project, with the reason of each entry.

The files of crews stay as they are; what is wrong is mended there, or asked of the crew, and imported again. What was
set aside of a file goes from here when the same file is imported again and is right.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Sequence
from pathlib import Path

from patrol import text
from patrol.field.reportback import Aside
from patrol.plan import write_bytes

NAME = "field_quarantine.csv"
_HEAD = ("file", "entry", "reason", "content")


def write_aside(aside: Sequence[Aside], labels: Collection[str], path: Path) -> Path | None:
    """Write what was set aside of some files, beside what stands there of others.

    Parameters
    ----------
    labels : collection of str
        Names of all files of this import: what stood there of them is replaced.
    path : Path
        Private to its owner: it holds what the files held.

    Returns
    -------
    Path or None
        None where nothing is set aside any more; then there is no such file.
    """
    named = {text.cell(label) for label in labels}
    rows = [row for row in _earlier(path) if row[0] not in named]
    rows += [[text.cell(cell) for cell in (one.label, one.where, one.reason, one.content)] for one in aside]
    if not rows:
        path.unlink(missing_ok=True)
        return None
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\r\n").writerows([_HEAD, *rows])
    write_bytes(path, b"\xef\xbb\xbf" + out.getvalue().encode(), private=True)
    return path


def _earlier(path: Path) -> list[list[str]]:
    if not path.exists():
        return []
    with path.open(encoding="utf-8-sig", newline="", errors="replace") as file:
        rows = [row for row in csv.reader(file) if len(row) == len(_HEAD)]
    return [row for row in rows if tuple(row) != _HEAD]

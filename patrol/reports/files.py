"""Putting a finished file in its place, where a spreadsheet or QGIS may hold the old one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from patrol.errors import Finding, PatrolError


@contextmanager
def named_if_open(path: Path | str) -> Iterator[None]:
    """Turn a refused write into an error that says what a person can do.

    Raises
    ------
    PatrolError
        If the file or its folder cannot be written: on Windows mostly because Excel or QGIS has it open.
    """
    try:
        yield
    except OSError as error:
        what = f"cannot be written ({error.__class__.__name__})"
        mend = "close it in Excel, WPS or QGIS, check that the folder may be written to, and try again"
        raise PatrolError(Finding("error", "report.write", str(path), what, mend)) from error

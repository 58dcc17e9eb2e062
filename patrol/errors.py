"""Errors that a user can act on: every fault at once, where it is, and how to mend it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Level = Literal["error", "rejected", "suspicion", "note"]

MEND_TOML = (
    "mend the TOML at that place: texts stand in quotes, paths with / and not \\, and the file is saved as UTF-8"
)
MAX_SHOWN = 50  # more lines than this hide the message they were meant to give


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found in an input.

    Attributes
    ----------
    level : {'error', 'rejected', 'suspicion', 'note'}
        ``error`` stops the run, ``rejected`` sets one row aside, ``suspicion`` may be a fault that
        only the owner of the data can judge, ``note`` says what was done to the data.
    code : str
        Stable short name such as ``lines.no_crs``, for tests and for tables.
    source : str
        File (and layer) as the user named it.
    what, mend : str
        What is wrong, and what to do about it.
    row : int, optional
        Row as a person finds it: of a table the row of the spreadsheet, its heading counted; of a layer
        the feature, counted from 1.
    field : str
        Column or key, empty if none.
    count : int
        How many things it is about, where one finding sums up several.
    values : tuple of (str, int)
        Further numbers by name, for sentences in another language than ``what``.
    """

    level: Level
    code: str
    source: str
    what: str
    mend: str = ""
    row: int | None = None
    field: str = ""
    count: int = 1
    values: tuple[tuple[str, int], ...] = ()

    def __str__(self) -> str:
        """Return the finding as one line of text."""
        where = self.source
        if self.row is not None:
            where += f", row {self.row}"
        if self.field:
            where += f", {self.field}"
        return f"{where}: {self.what}" + (f" -> {self.mend}" if self.mend else "")


def toml_words(error: Exception) -> str:
    """Return what is wrong with a TOML file that cannot be read: where, in words."""
    if isinstance(error, UnicodeDecodeError):
        line = error.object.count(b"\n", 0, error.start) + 1
        return f"is not UTF-8 (line {line})"
    return str(error)


class PatrolError(Exception):
    """Something the user gave is wrong; carries every fault found, not only the first.

    Parameters
    ----------
    findings : iterable of Finding, or str
        The faults. A plain text becomes a single finding without a place.
    """

    def __init__(self, findings: Iterable[Finding] | Finding | str) -> None:
        if isinstance(findings, str):
            findings = (Finding("error", "error", "patrol", findings),)
        elif isinstance(findings, Finding):
            findings = (findings,)
        self.findings = tuple(findings)
        super().__init__(self._text())

    def _text(self) -> str:
        lines = [f"  - {finding}" for finding in self.findings[:MAX_SHOWN]]
        if len(self.findings) > MAX_SHOWN:
            lines.append(f"  ... and {len(self.findings) - MAX_SHOWN} more")
        return f"{len(self.findings)} problem(s)\n" + "\n".join(lines)


class ConfigError(PatrolError, ValueError):
    """The project file or a setting is wrong."""


class LayerError(PatrolError, ValueError):
    """An input layer cannot be used as it is."""


class NetworkError(PatrolError, ValueError):
    """The lines, roads or equipment do not make a network that can be planned on."""


class IntakeError(PatrolError, ValueError):
    """A file of reports cannot be read, or a report cannot be taken in."""


class RegisterError(PatrolError, ValueError):
    """The hazard register cannot be opened, or does not allow what was asked."""


class ProblemError(PatrolError, ValueError):
    """A routing problem breaks its own contract."""


class PlanError(PatrolError, ValueError):
    """A plan file is malformed, or breaks a rule."""

"""A table while it is being understood: cells by column, reasons to set rows aside, what is told of the file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from patrol import text
from patrol.errors import Finding
from patrol.layers.raw import some_rows
from patrol.layers.values import EMPTY_TEXT

BEFORE_MASK = 4 * text.MAX_CHARS  # masked before it is cut, but what is cut anyway need not be masked
BoolArray = npt.NDArray[np.bool_]


@dataclass
class Sheet:
    """A table while it is being understood: its cells by column, reasons to set rows aside, findings."""

    label: str
    cells: dict[str, pd.Series[Any]]
    rows: npt.NDArray[np.int64]
    reasons: npt.NDArray[Any]
    headings: Mapping[str, str] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._nothing = pd.Series(np.full(len(self.rows), "", dtype=object))

    def column(self, name: str) -> pd.Series[Any]:
        """Return the cells of a column, empty texts where the file has none; to be read only."""
        return self.cells.get(name, self._nothing)

    def is_empty(self, name: str) -> bool:
        """Return whether no row says anything under a heading."""
        return name not in self.cells or not any(self.cells[name].to_numpy(object))

    def reject(self, bad: BoolArray, why: str | Callable[[int], str]) -> None:
        """Give rows a reason to be set aside; every reason of a row is told."""
        for i in np.flatnonzero(bad):
            reason = why if isinstance(why, str) else why(int(i))
            self.reasons[i] = f"{self.reasons[i]}; {reason}" if self.reasons[i] else reason

    def tell(self, level: Literal["suspicion", "note"], short: str, what: str, mend: str = "") -> None:
        """Add a note or a suspicion about the whole file."""
        self.findings.append(Finding(level, f"intake.{short}", self.label, what, mend))

    def which(self, rows: BoolArray) -> str:
        """Return the numbers of rows for a message."""
        return some_rows(self.rows[rows])


_LONGEST = max(map(len, EMPTY_TEXT))


def trimmed(cells: pd.Series[Any]) -> pd.Series[Any]:
    """Return cells without white space round them; what programs write for nothing is empty."""
    words = cells.tolist()
    bare = list(map(str.strip, words))
    nothing = {word for word in set(bare) if len(word) <= _LONGEST and word.casefold() in EMPTY_TEXT} - {""}
    if nothing:
        bare = ["" if word in nothing else word for word in bare]
    return _series(bare, cells) if bare != words else cells


def each(cells: pd.Series[Any], change: Callable[[str], Any]) -> pd.Series[Any]:
    """Return ``change`` of each cell, looking at each different text once."""
    words = cells.tolist()
    made = {word: change(str(word)) for word in set(words)}
    return _series(list(map(made.__getitem__, words)), cells)


def cleaned(cells: pd.Series[Any]) -> pd.Series[Any]:
    """Return cells as ``text.clean`` gives them."""
    return cells if is_clean(cells.tolist()) else each(cells, text.clean)


def is_clean(words: list[Any], limit: int = text.MAX_CHARS) -> bool:
    """Return whether all are texts that ``text.clean`` would not change; one look at all instead of one at each."""
    if set(map(type, words)) != {str}:
        return False
    whole = "".join(words)
    return not whole or (
        whole.isprintable()
        and "  " not in whole
        and list(map(str.strip, words)) == words
        and (len(whole) <= limit or max(map(len, words)) <= limit)
    )


def _series(values: list[Any], like: pd.Series[Any]) -> pd.Series[Any]:
    cells = np.empty(len(values), dtype=object)
    cells[:] = values
    return pd.Series(cells, index=like.index, dtype=object)


def masked(descriptions: pd.Series[Any], names: pd.Series[Any]) -> pd.Series[Any]:
    """Return texts cleaned, cut, and without numbers to call or the name beside each; each different pair once."""
    pairs = pd.DataFrame({"said": descriptions.to_numpy(object), "name": names.to_numpy(object)})
    group = pairs.groupby(["said", "name"], sort=False).ngroup().to_numpy()
    first = pairs.drop_duplicates()
    words = np.empty(len(first), dtype=object)
    words[:] = [_masked(said, name) for said, name in zip(first["said"], first["name"], strict=True)]
    return pd.Series(words[group], index=descriptions.index, dtype=object)


def _masked(said: str, name: str) -> str:
    whole = text.clean(said, limit=BEFORE_MASK, multiline=True)
    return text.clean(text.mask_identity(whole, name), multiline=True)

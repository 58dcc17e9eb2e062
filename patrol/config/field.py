"""One field of the settings: its default, meaning and bounds."""

from __future__ import annotations

from dataclasses import field
from typing import Any


def setting(
    default: Any,
    doc: str,
    *,
    guess: bool = False,
    low: float | None = None,
    high: float | None = None,
    filled: bool = False,
) -> Any:
    """Return a dataclass field with its meaning, its bounds, and whether the default is an expert's guess.

    Bounds hold for a number, and for each number of a table. The upper ones of prices and times are far beyond
    what anybody means, and low enough that the sums of a whole plan fit the solver's 64-bit integers.
    ``filled`` refuses an empty table and empty texts in a table or list.
    """
    meta = {"doc": doc, "guess": guess, "low": low, "high": high, "filled": filled}
    if isinstance(default, (dict, list)):
        return field(default_factory=lambda: type(default)(default), metadata=meta)
    return field(default=default, metadata=meta)

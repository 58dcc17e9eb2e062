"""What the rules of intake ask the register about what came in before; people ask :class:`Register` itself."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from patrol.hazards import lookup, store


class Memory:
    """What an open register remembers, in the words of the rules: keys, files, who has acted."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self.path = path
        self._connection = connection

    def held(self, keys: Sequence[str], record: str = "hazard") -> pd.DataFrame:
        """Return the reports, requests or alerts with these keys as the register has them now, by ``key``."""
        with store.told(self.path):
            return lookup.held(self._connection, keys, record)

    def once_said(self, requests: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
        """Return for each of these requests what it said when it was taken in and after every correction."""
        with store.told(self.path):
            return lookup.once_said(self._connection, requests)

    def set_by_hand(self, requests: Sequence[str]) -> dict[str, set[str]]:
        """Return which columns of these requests a person has corrected."""
        with store.told(self.path):
            return lookup.set_by_hand(self._connection, requests)

    def followers(self, reports: Sequence[str]) -> pd.DataFrame:
        """Return the reports that said something else under the ids of these."""
        with store.told(self.path):
            return lookup.followers(self._connection, reports)

    def imports(self, what: str) -> pd.DataFrame:
        """Return ``body`` (a dictionary) and ``source_sha256`` of the files taken in whose event keeps ``what``."""
        with store.told(self.path):
            return lookup.imports(self._connection, what)

    def members(self, hazards: Sequence[str]) -> pd.DataFrame:
        """Return the reports of hazards as they are shown, ``root``, those withdrawn too, in order of time."""
        with store.told(self.path):
            return lookup.members(self._connection, hazards)

    def untouched(self, hazards: Sequence[str]) -> set[str]:
        """Return those of these hazards upon which no person has acted, nor merged or parted them."""
        with store.told(self.path):
            return lookup.untouched(self._connection, hazards)

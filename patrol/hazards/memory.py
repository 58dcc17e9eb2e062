"""What the rules of intake ask the register about what came in before; people ask :class:`Register` itself."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from patrol.hazards import around, lookup, store
from patrol.hazards.around import Slim
from patrol.hazards.keys import Maker
from patrol.hazards.states import Stated


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

    def slim(self) -> Slim:
        """Return all reports that were not withdrawn, as arrays."""
        with store.told(self.path):
            return around.slim(self._connection)

    def around(self, fids: Sequence[int]) -> pd.DataFrame:
        """Return what is known of reports by their numbers, see :data:`patrol.hazards.around.AROUND`."""
        with store.told(self.path):
            return around.full(self._connection, fids)

    def fids(self, reports: Iterable[str]) -> list[int]:
        """Return the numbers of reports."""
        with store.told(self.path):
            return around.fids_of(self._connection, reports)

    def makers(self, keys: Iterable[str]) -> dict[str, Maker]:
        """Return who made the reports and requests of these keys and of those numbered after them, as far as known."""
        with store.told(self.path):
            return lookup.makers(self._connection, keys)

    def state(self, hazard: str) -> Stated:
        """Return the state that actions and lists have brought a hazard to, and since when where that matters."""
        with store.told(self.path):
            return lookup.state(self._connection, hazard)

    def untouched(self, hazards: Sequence[str]) -> set[str]:
        """Return those of these hazards upon which no person has acted, nor merged or parted them."""
        with store.told(self.path):
            return lookup.untouched(self._connection, hazards)

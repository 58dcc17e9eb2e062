"""Reports whose place is asked for, and what is doubtful about them, each cause told once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from patrol import text
from patrol.errors import Finding
from patrol.network.trees import BoolArray

TOLD = 200  # doubts of one kind told one by one


@dataclass(frozen=True, slots=True)
class Asking:
    """The reports (RangeIndex), and the findings about them so far."""

    frame: pd.DataFrame
    told: list[Finding]

    def doubt(self, rows: BoolArray, code: str, column: str, what: NDArray[np.object_], mend: str) -> None:
        """Tell each different ``what`` of some rows once, with the first row and how many."""
        if not rows.any():
            return
        table = pd.DataFrame({"what": what[rows], "row": self.frame["row"].to_numpy()[rows]})
        counts = table.groupby("what", sort=False)["row"].agg(["first", "size"])
        for words, first, size in counts.head(TOLD).itertuples():
            shown = f"{words} ({size} reports)" if size > 1 else str(words)
            self.told.append(
                Finding("suspicion", f"hazards.{code}", "reports", shown, mend, int(first), column, int(size))
            )
        if len(counts) > TOLD:
            size = int(counts["size"].iloc[TOLD:].sum())
            shown = f"{size} more reports have a doubt of this kind"
            self.told.append(Finding("suspicion", f"hazards.{code}", "reports", shown, mend, None, column, size))

    def without_coordinates(self) -> BoolArray:
        """Return which reports need their words to be found."""
        lonlat = np.isfinite(self.frame["lon"]) & np.isfinite(self.frame["lat"])
        need: BoolArray = ~lonlat.to_numpy(dtype=bool) & (self.frame["area_wkt"] == "").to_numpy(dtype=bool)
        return need

    def nowhere(self, by: str) -> pd.DataFrame:
        """Return a frame of places to be filled in by one way of finding them."""
        columns = {name: np.full(len(self.frame), np.nan) for name in ("x", "y")}
        columns |= {"spread_m": np.zeros(len(self.frame))}
        columns |= {
            name: np.full(len(self.frame), word, dtype=object) for name, word in (("feeder_id", ""), ("by", by))
        }
        return pd.DataFrame(columns, index=self.frame.index, copy=False)


def quoted(ref: str) -> str:
    """Return a reference of a report as messages show it: clean, short, in quotes."""
    return repr(text.clean(ref, limit=40))

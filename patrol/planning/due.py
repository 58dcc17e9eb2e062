"""When each section was last patrolled, and when it is due again.

Patrols are stored against feeder and pole numbers; ``last_patrol`` of a section is derived, so
re-cutting sections loses nothing.
"""

from __future__ import annotations

from datetime import date
from functools import cached_property
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from patrol.config import CycleSettings
from patrol.errors import Finding
from patrol.network.topology import Network
from patrol.planning.frames import records


def last_patrols(
    network: Network, sections: gpd.GeoDataFrame, patrols: pd.DataFrame, *, on: date
) -> tuple[pd.Series[Any], list[Finding]]:
    """Return the last patrol date of each section (NaT if unknown) and the rows that match no pole.

    A row without poles counts for the whole feeder; with poles, for the path between them. A section
    counts as patrolled on the day when its oldest part was: half a section walked is not a patrol.
    Patrols after ``on`` are not looked at.
    """
    found: list[Finding] = []
    done = patrols[patrols["date"] < pd.Timestamp(on)].sort_values("date", kind="stable")
    stamp = np.full(len(network.spans), np.iinfo(np.int64).min, dtype=np.int64)
    by_feeder = {key: rows.to_numpy() for key, rows in network.spans.groupby("feeder_id").groups.items()}
    finder = PoleFinder(network)
    for row in records(done):
        spans = by_feeder.get(row["feeder_id"])
        if spans is None:
            found.append(_unknown(row, f"no feeder {row['feeder_id']!r}"))
            continue
        if row["first_pole"] or row["last_pole"]:
            spans = finder.path(row["feeder_id"], row["first_pole"], row["last_pole"])
            if spans is None:
                found.append(_unknown(row, f"no pole {row['first_pole']!r} or {row['last_pole']!r}"))
                continue
        day = row["date"].value
        stamp[spans] = np.maximum(stamp[spans], day)
    oldest = [stamp[list(ids)].min() if len(ids) else np.iinfo(np.int64).min for ids in sections["span_ids"]]
    values = np.array(oldest, dtype=np.int64).view("datetime64[ns]")  # the least int64 is NaT
    return pd.Series(values, index=sections.index, name="last_patrol"), found


def _unknown(row: dict[str, Any], what: str) -> Finding:
    mend = "mend the feeder or pole number; the row is not counted"
    return Finding("suspicion", "patrols.unmatched", "patrols", what, mend, row=int(row["source_row"]))


class PoleFinder:
    """Finds the spans between two poles of a feeder along the tree."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.at: dict[str, dict[str, set[int]]] = {}  # nodes by feeder and name, of the feeders asked for so far

    @cached_property
    def parent(self) -> NDArray[np.int64]:
        """The span toward the source of each span."""
        parent: NDArray[np.int64] = self.network.spans["parent"].to_numpy()
        return parent

    @cached_property
    def feeding(self) -> NDArray[np.int64]:
        """The span that supplies each node, -1 where none does."""
        spans = self.network.spans
        traced = np.flatnonzero(spans["tree"].to_numpy(bool))
        feeding = np.full(len(self.network.nodes), -1, dtype=np.int64)
        feeding[spans["v"].to_numpy()[traced]] = traced
        return feeding

    @cached_property
    def spans_of(self) -> dict[str, NDArray[np.int64]]:
        """The spans of each feeder."""
        return {str(key): rows for key, rows in self.network.spans.groupby("feeder_id").indices.items()}

    def nodes_of(self, feeder: str) -> dict[str, set[int]]:
        """Return the nodes of a feeder by the number of the data, and by the label that our own papers show."""
        if feeder not in self.at:
            spans, nodes = self.network.spans, self.network.nodes
            rows = self.spans_of.get(feeder, np.empty(0, dtype=np.int64))
            there = np.unique(np.r_[spans["u"].to_numpy()[rows], spans["v"].to_numpy()[rows]])
            called: dict[str, set[int]] = {}
            for column in ("pole_no", "label"):
                for node, name in zip(there.tolist(), nodes[column].to_numpy()[there], strict=True):
                    if name:
                        called.setdefault(name, set()).add(node)
            self.at[feeder] = called
        return self.at[feeder]

    def path(self, feeder: str, first: str, last: str) -> list[int] | None:
        """Return span indexes between two poles, or None if a pole is unknown; one pole alone is its own feeding span.

        A number that several poles bear stands for the pair that lies closest together.
        """
        called = self.nodes_of(feeder)
        starts, stops = called.get(first or last), called.get(last or first)
        if starts is None or stops is None:
            return None
        if starts == stops:
            return sorted({int(self.feeding[node]) for node in starts} - {-1})
        paths = (self._between(a, b) for a in sorted(starts) for b in sorted(stops))
        return min(paths, key=len)

    def _between(self, a: int, b: int) -> list[int]:
        return sorted(set(self._climb(a)) ^ set(self._climb(b)))

    def _climb(self, node: int) -> list[int]:
        out = []
        span = int(self.feeding[node])
        while span >= 0:
            out.append(span)
            span = int(self.parent[span])
        return out


def cycle_days(sections: pd.DataFrame, critical: pd.Series[Any], settings: CycleSettings) -> pd.Series[Any]:
    """Return the longest interval between patrols by section: the table's, halved (by default) if critical."""
    region = np.where(sections["placement"] == "underground", "cable", sections["region_class"])
    days = pd.Series(region, index=sections.index).map(settings.days).fillna(settings.default_days)
    shortened = np.where(critical, days * settings.critical_factor, days)
    return pd.Series(np.maximum(1, np.floor(shortened)).astype(int), index=sections.index, name="cycle_days")


def cold_start_of(settings: CycleSettings) -> date | None:
    """Return the day on which unknown sections begin to fall due, None if the project names none."""
    return date.fromisoformat(settings.cold_start) if settings.cold_start else None


def anchor_of(cold_start: date | None, on: date) -> date:
    """Return the day from which unknown sections are spread in a plan from ``on``: never a later one than ``on``."""
    return on if cold_start is None or cold_start > on else cold_start


def cold_start_findings(settings: CycleSettings, *, on: date) -> list[Finding]:
    """Doubt a cold start that lies after the plan's first day: importers write the week they ran in."""
    cold = cold_start_of(settings)
    if cold is None or cold <= on:
        return []
    what = f"cold_start {cold} is after the plan's first day {on}, which is used instead"
    mend = "write the first day that was ever planned, so that the next plan goes on from there"
    return [
        Finding("suspicion", "cycles.cold_start_late", "project.toml", what, mend, field="settings.cycles.cold_start")
    ]


def due_dates(
    last: pd.Series[Any],
    cycle: pd.Series[Any],
    ecm_per_fault: pd.Series[Any],
    *,
    on: date,
    cold_start: date | None = None,
) -> pd.DataFrame:
    """Return ``due`` (date), ``assumed`` (bool) and ``tau_days`` by section.

    Cold start: a section whose last patrol is unknown is not overdue. First due dates of such
    sections are spread day by day over one cycle from an anchor on, highest consequence first, and marked
    assumed. The anchor is ``cold_start``: dates stay the same from plan to plan. Without one (or with one that
    lies after ``on``, which is not waited for) it is ``on`` itself, so that another plan without records of
    patrols begins with the same sections again: whoever plans is told (:func:`cold_start_findings`, notes).
    The date follows the rank among all sections, so that patrolling some does not move the dates of the others.
    """
    start = pd.Timestamp(on)
    assumed = last.isna()
    due = last + pd.to_timedelta(cycle, unit="D")
    order = ecm_per_fault.sort_values(ascending=False, kind="stable").index
    rank = pd.Series(np.arange(len(order)), index=order).reindex(last.index)
    offset = (rank * cycle // max(1, len(order))).astype(int)
    begin = pd.Timestamp(anchor_of(cold_start, on))
    due = due.mask(assumed, begin + pd.to_timedelta(offset, unit="D"))
    since = due - pd.to_timedelta(cycle, unit="D")
    tau = (start - since).dt.days.clip(lower=0)
    return pd.DataFrame({"due": due, "assumed": assumed, "tau_days": tau.astype(int)}, index=last.index)

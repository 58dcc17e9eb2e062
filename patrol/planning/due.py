"""When each section was last patrolled, and when it is due again.

Patrols are stored against feeder and pole numbers; ``last_patrol`` of a section is derived, so
re-cutting sections loses nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import chain
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from patrol.config import CycleSettings
from patrol.errors import Finding
from patrol.layers.schema import REGIONS
from patrol.layers.values import spellings
from patrol.network.topology import Network


@dataclass(frozen=True, slots=True, eq=False)
class Patrolled:
    """Which spans were patrolled when: the records of patrols, put on the network.

    Attributes
    ----------
    rows : DataFrame
        The patrols before the day that match the network, in order of date: ``date, mode, party, finds, row``
        (position in the frame of patrols) and ``stretch`` (what was patrolled, counted from 0).
    span, stretch : ndarray of int
        The spans of each stretch, in pairs.
    findings : tuple of Finding
        The rows that match no feeder or pole.
    """

    rows: pd.DataFrame
    span: NDArray[np.int64]
    stretch: NDArray[np.int64]
    findings: tuple[Finding, ...]


def patrolled(network: Network, patrols: pd.DataFrame, *, on: date) -> Patrolled:
    """Put the patrols before a day on the network; each different stretch is looked up once.

    A row without poles counts for the whole feeder; with poles, for the path between them. Patrols on the day
    itself and after it are not looked at.
    """
    before = np.flatnonzero((patrols["date"] < pd.Timestamp(on)).to_numpy(bool))
    done = patrols.iloc[before].assign(row=before).sort_values("date", kind="stable")
    named = [done[name].to_numpy(object) for name in ("feeder_id", "first_pole", "last_pole")]
    stretch = np.empty(len(done), dtype=np.int64)
    finder = PoleFinder(network)
    number: dict[tuple[str, str, str], int] = {}
    spans: list[NDArray[np.int64]] = []
    wrong: list[str] = []
    for i, key in enumerate(zip(*named, strict=True)):
        if key not in number:
            number[key] = len(spans)
            got, what = finder.stretch(*key)
            spans.append(got)
            wrong.append(what)
        stretch[i] = number[key]
    lost = np.array([wrong[k] != "" for k in stretch], dtype=bool)
    source = done["source_row"].to_numpy()
    found = tuple(_unknown(int(source[i]), wrong[stretch[i]]) for i in np.flatnonzero(lost))
    rows = done[["date", "mode", "party", "finds", "row"]].assign(stretch=stretch)[~lost].reset_index(drop=True)
    pairs = np.repeat(np.arange(len(spans)), [len(one) for one in spans])
    return Patrolled(rows, np.concatenate([np.empty(0, dtype=np.int64), *spans]), pairs, found)


def section_of_spans(network: Network, sections: pd.DataFrame) -> NDArray[np.int64]:
    """Return the section (row number) in which each span lies, -1 where in none."""
    ids = sections["span_ids"].to_list()
    section = np.full(len(network.spans), -1, dtype=np.int64)
    every = np.fromiter(chain.from_iterable(ids), dtype=np.int64)
    section[every] = np.repeat(np.arange(len(ids)), [len(one) for one in ids])
    return section


def last_patrols(
    network: Network,
    sections: gpd.GeoDataFrame,
    patrols: pd.DataFrame,
    *,
    on: date,
    walked: Patrolled | None = None,
) -> tuple[pd.Series[Any], list[Finding]]:
    """Return the last patrol date of each section (NaT if unknown) and the rows that match no pole.

    A section counts as patrolled on the day when its oldest part was: half a section walked is not a patrol.
    ``walked`` is what :func:`patrolled` made of the patrols before ``on``, if it is at hand already.
    """
    walked = patrolled(network, patrols, on=on) if walked is None else walked
    never = np.iinfo(np.int64).min  # the least int64 is NaT
    newest = np.full(walked.stretch.max(initial=-1) + 1, never, dtype=np.int64)
    days = walked.rows["date"].to_numpy("datetime64[ns]").view(np.int64)
    np.maximum.at(newest, walked.rows["stretch"].to_numpy(), days)
    stamp = np.full(len(network.spans), never, dtype=np.int64)
    np.maximum.at(stamp, walked.span, newest[walked.stretch])
    section = section_of_spans(network, sections)
    held = section >= 0
    oldest = np.full(len(sections), np.iinfo(np.int64).max, dtype=np.int64)
    np.minimum.at(oldest, section[held], stamp[held])
    oldest[oldest == np.iinfo(np.int64).max] = never  # a section without spans
    return pd.Series(oldest.view("datetime64[ns]"), index=sections.index, name="last_patrol"), list(walked.findings)


def _unknown(row: int, what: str) -> Finding:
    mend = "mend the feeder or pole number; the row is not counted"
    return Finding("suspicion", "patrols.unmatched", "patrols", what, mend, row=row)


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

    def stretch(self, feeder: str, first: str, last: str) -> tuple[NDArray[np.int64], str]:
        """Return the spans between two poles, or of the whole feeder if none is named; or none, and what is unknown."""
        none = np.empty(0, dtype=np.int64)
        whole = self.spans_of.get(feeder)
        if whole is None:
            return none, f"no feeder {feeder!r}"
        if not (first or last):
            return whole.astype(np.int64), ""
        found = self.path(feeder, first, last)
        if found is None:
            return none, f"no pole {first!r} or {last!r}"
        return np.array(found, dtype=np.int64), ""

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


def usual_cycle_days(sections: pd.DataFrame, settings: CycleSettings) -> pd.Series[Any]:
    """Return the longest interval between patrols by section were none critical: the table's, by region and asset."""
    region = np.where(sections["placement"] == "underground", "cable", sections["region_class"])
    spelling = spellings(REGIONS)  # as the layer of lines is read
    table = {spelling.get(name.casefold(), name): days for name, days in settings.days.items()}
    days = pd.Series(region, index=sections.index).map(table).fillna(settings.default_days)
    return pd.Series(np.maximum(1.0, days.to_numpy(float)), index=sections.index, name="usual_cycle_days")


def cycle_days(usual: pd.Series[Any], critical: pd.Series[Any], settings: CycleSettings) -> pd.Series[Any]:
    """Return the longest interval between patrols by section: the usual one, halved (by default) if critical."""
    shortened = np.where(critical, usual * settings.critical_factor, usual)
    return pd.Series(np.maximum(1, np.floor(shortened)).astype(int), index=usual.index, name="cycle_days")


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
    usual: pd.Series[Any],
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

    ``tau_days`` of such a section is half a usual cycle (``usual``, :func:`usual_cycle_days`) at the anchor and grows
    from there: what is assumed of the past rests on the region alone, so that a section of more consequence is never
    taken to have been patrolled later than it would be with less.
    """
    start = pd.Timestamp(on)
    assumed = last.isna()
    due = last + pd.to_timedelta(cycle, unit="D")
    order = ecm_per_fault.sort_values(ascending=False, kind="stable").index
    rank = pd.Series(np.arange(len(order)), index=order).reindex(last.index)
    offset = (rank * cycle // max(1, len(order))).astype(int)
    begin = pd.Timestamp(anchor_of(cold_start, on))
    due = due.mask(assumed, begin + pd.to_timedelta(offset, unit="D"))
    tau = (start - last).dt.days.clip(lower=0).mask(assumed, (start - begin).days + usual // 2)
    return pd.DataFrame({"due": due, "assumed": assumed, "tau_days": tau.astype(int)}, index=last.index)

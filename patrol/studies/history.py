"""What could be known on a day, and what happened after it: the two halves of a back-test."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from patrol.config import Settings
from patrol.layers.files import Layers
from patrol.network.consequence import consequence
from patrol.network.nearby import nearest_within
from patrol.network.sections import cut_sections
from patrol.network.topology import Network, build_network
from patrol.planning.due import PoleFinder, patrolled
from patrol.planning.frames import records
from patrol.planning.picture import FAR_FROM_LINE_M, dated
from patrol.planning.zones import zone_of_sections

IntArray = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
NOWHERE = -1
_UNSURE = "reported"  # the only state of a hazard that the day of its report proves


@dataclass(frozen=True, slots=True)
class Ground:
    """What does not change from month to month, traced once.

    Attributes
    ----------
    network : Network
    sections : GeoDataFrame
        RangeIndex; as in :class:`patrol.planning.picture.Picture`, but only what no day changes: the network's own
        columns, consequence, line names and ``zone_id``.
    section_of : ndarray of int, shape (n_spans,)
        Row of ``sections`` each span lies in.
    types : DataFrame
        Hazard types by code.
    """

    network: Network
    sections: gpd.GeoDataFrame
    section_of: IntArray
    types: pd.DataFrame
    settings: Settings
    finder: PoleFinder


@dataclass(frozen=True, slots=True)
class History:
    """Everything a scorer may see on a day.

    Attributes
    ----------
    layers : Layers
        As :func:`truncate` leaves them.
    sections : GeoDataFrame
        Those of ``ground`` with ``last_patrol, cycle_days, usual_cycle_days, critical, critical_why, due, assumed,
        tau_days`` of the day.
    """

    ground: Ground
    layers: Layers
    sections: gpd.GeoDataFrame


def truncate(layers: Layers, on: date) -> Layers:
    """Return the layers as they could be known before the first minute of a day.

    Patrols, faults, hazards and weather of that day and later are left out, and so is every trace that later
    days left on what stays: a hazard not yet closed is ``reported`` and open again (when it was verified is
    in no file), its class and deadline are its type's, a service point's visit that was still to come is
    blank; the roster, requests (no file says when they were made), findings and hashes go whole. What the
    calendar announces stays. Lines, poles, equipment and hazard types have no date: they are as they are
    today, the type and place of a hazard too.
    """
    day = pd.Timestamp(on)
    hazards = layers.hazards[layers.hazards["reported"] < day].reset_index(drop=True)
    done = hazards["closed"] < day
    hazards = hazards.assign(
        closed=hazards["closed"].where(done), state=hazards["state"].where(done, _UNSURE)
    ).drop(columns=["deadline", "hazard_class"], errors="ignore")  # fmt: skip
    points = layers.service_points
    return dataclasses.replace(
        layers,
        patrols=_before(layers.patrols, day),
        faults=_before(layers.faults, day),
        weather=_before(layers.weather, day),
        hazards=hazards,
        roster=layers.roster.iloc[:0],
        requests=layers.requests.iloc[:0],
        service_points=points.assign(last_visit=points["last_visit"].where(points["last_visit"] < day)),
        findings=(),
        rejected=layers.rejected.iloc[:0],
        hashes=MappingProxyType({}),
    )


def _before(rows: pd.DataFrame, day: pd.Timestamp) -> pd.DataFrame:
    return rows[rows["date"] < day].reset_index(drop=True)


def lay_ground(layers: Layers, types: pd.DataFrame) -> Ground:
    """Trace the network and cut its sections, from layers that have no date.

    Raises
    ------
    NetworkError
        If no line can be planned on.
    """
    settings = layers.project.settings
    network = build_network(layers.lines, layers.poles, layers.equipment, settings=settings.network)
    sections = cut_sections(network, settings.network, settings.consequence)
    effects = consequence(network, sections, settings.consequence)
    names = network.feeders.set_index("feeder_id")[["name", "name_zh"]].add_prefix("line_")
    sections = sections.join(effects, rsuffix="_effect").join(names, on="feeder_id")
    sections["zone_id"] = zone_of_sections(sections, layers.zones)
    section_of = np.full(len(network.spans), NOWHERE, dtype=np.int64)
    for row, spans in enumerate(sections["span_ids"]):
        section_of[list(spans)] = row
    return Ground(network, sections, section_of, types, settings, PoleFinder(network))


def history_at(ground: Ground, layers: Layers, on: date) -> History:
    """Return what a scorer may see on a day; the network is not traced again."""
    known = truncate(layers, on)
    walked = patrolled(ground.network, known.patrols, on=on)
    sections, _ = dated(ground.network, ground.sections, known, ground.settings, walked, on=on, days=1)
    return History(ground, known, sections)


def sections_of_rows(ground: Ground, rows: pd.DataFrame) -> IntArray:
    """Return the section of each hazard or fault, :data:`NOWHERE` where it lies on none or nobody wrote where.

    The pole that the row names counts, by the span that feeds it; a row without one, or whose number several
    sections bear, goes by its point to the nearest section within ``FAR_FROM_LINE_M``.

    Parameters
    ----------
    rows : DataFrame
        ``feeder_id, pole_no`` and perhaps points in ``geometry``, in the metric CRS.
    """
    at = np.full(len(rows), NOWHERE, dtype=np.int64)
    for number, row in enumerate(zip(rows["feeder_id"], rows["pole_no"], strict=True)):
        spans = ground.finder.path(row[0], row[1], "") if all(row) else None
        here = {int(ground.section_of[span]) for span in spans or ()}
        if len(here) == 1:
            at[number] = here.pop()
    if "geometry" not in rows or not len(ground.sections):
        return at
    points = rows["geometry"].to_numpy()
    lost = np.flatnonzero((at == NOWHERE) & ~shapely.is_missing(points))
    near = nearest_within(ground.sections.geometry.to_numpy(), points[lost], FAR_FROM_LINE_M)
    at[lost] = np.where(near >= 0, near, NOWHERE)
    return at


def counts(ground: Ground, rows: pd.DataFrame) -> Floats:
    """Return how many rows of hazards or faults lie on each section."""
    at = sections_of_rows(ground, rows)
    return np.bincount(at[at != NOWHERE], minlength=len(ground.sections)).astype(np.float64)


def between(rows: pd.DataFrame, column: str, start: date, end: date) -> pd.DataFrame:
    """Return the rows from a day up to but not including another."""
    when = rows[column]
    return rows[(when >= pd.Timestamp(start)) & (when < pd.Timestamp(end))].reset_index(drop=True)


def true_hazards(hazards: pd.DataFrame) -> pd.DataFrame:
    """Return the hazards that nobody refuted."""
    return hazards[hazards["state"] != "refuted"].reset_index(drop=True)


def effort(ground: Ground, patrols: pd.DataFrame) -> pd.DataFrame:
    """Return how much each section was looked at by some patrols.

    Returns
    -------
    DataFrame
        On the index of the sections: ``looks`` (times its whole length) and ``hours`` of a crew at it, by the
        settings' inspection speed of the mode (``patrol.foot_kmh`` ...); without travel, set-up and stops.
    """
    spans, still = ground.network.spans, ground.sections
    metres, of_feeder = spans["length_m"].to_numpy(float), ground.finder.spans_of
    looked = {mode: np.zeros(len(spans)) for mode in ("foot", "vehicle", "ebike", "drone")}
    for row in records(patrols):
        path: Any = of_feeder.get(row["feeder_id"])
        if path is not None and (row["first_pole"] or row["last_pole"]):
            path = ground.finder.path(row["feeder_id"], row["first_pole"], row["last_pole"])
        if path is not None:
            looked[row["mode"]][path] += 1.0
    there = ground.section_of != NOWHERE
    walked = np.zeros(len(still))
    hours = np.zeros(len(still))
    for mode, times in looked.items():
        done = np.bincount(ground.section_of[there], weights=(times * metres)[there], minlength=len(still))
        walked += done
        hours += done / 1000.0 / float(getattr(ground.settings.patrol, f"{mode}_kmh"))
    return pd.DataFrame({"looks": walked / still["length_m"].to_numpy(float), "hours": hours}, index=still.index)

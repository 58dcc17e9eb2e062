"""What the network builder did to the data, and what it doubts, as findings for the owner of the data."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from patrol.config import NetworkSettings
from patrol.errors import Finding
from patrol.network.axis import DEVICE, POLE, SHARED, VERTEX
from patrol.network.drawing import Drawing
from patrol.network.intake import Intake
from patrol.network.trees import IntArray
from patrol.network.wiring import Wiring
from patrol.words import counted

MAX_EACH = 20  # of one kind of doubt, more than this are summed up in one line


def about_drawing(intake: Intake, drawing: Drawing, settings: NetworkSettings) -> list[Finding]:
    """Say where lines were cut, and what stands on no line."""
    found: list[Finding] = []
    cuts = drawing.cuts
    pieces = np.bincount(cuts.line[drawing.start], minlength=len(intake.lines))
    if (pieces > 1).any():
        split = pieces[cuts.line] > 1
        kinds = [int((split & (cuts.kind == kind)).sum()) for kind in (POLE, SHARED, DEVICE, VERTEX)]
        named = int((split & (cuts.kind != POLE) & (cuts.pole >= 0)).sum())
        places = (
            counted(kinds[0] + named, "pole"),
            counted(kinds[1], "tap or shared vertex", "taps or shared vertices"),
            counted(kinds[2], "switch between poles", "switches between poles"),
            counted(kinds[3], "vertex", "vertices"),
        )
        split_up = counted(int((pieces > 1).sum()), "line drawn in one piece was", "lines drawn in one piece were")
        what = f"{split_up} split into {int(pieces[pieces > 1].sum())} spans: at {', '.join(places)}"
        found.append(Finding("note", "network.split", "lines", what, count=int((pieces > 1).sum())))
    if (pieces == 0).any():
        ids = intake.lines["line_id"].to_numpy()[pieces == 0]
        what = f"{len(ids)} line(s) shorter than the tolerance are one joint: {_some(ids)}"
        found.append(
            Finding(
                "note", "network.short_lines", "lines", what, "lower settings.network.snap_tolerance_m", count=len(ids)
            )
        )
    found += _off_network(intake, drawing, settings)
    if drawing.shared_poles:
        what = f"{drawing.shared_poles} pole(s) share their place with another, whose number is shown"
        found.append(Finding("note", "network.shared_poles", "poles", what, count=drawing.shared_poles))
    return found


def _off_network(intake: Intake, drawing: Drawing, settings: NetworkSettings) -> list[Finding]:
    found: list[Finding] = []
    off = intake.equipment.loc[drawing.snap.line < 0]
    stations = off.loc[off["kind"] == "substation", "equipment_id"]
    if len(stations):
        # not a fault: stations of customers and of higher voltage stand off the patrolled lines
        what = f"{len(stations)} substation(s) stand on none of these lines: {_some(stations)}"
        found.append(Finding("note", "network.off_substations", "equipment", what, count=len(stations)))
    off = off.loc[off["kind"] != "substation"]
    beyond = f"farther than {settings.equipment_snap_m:g} m from any line of its feeder"
    mend = "check its place and feeder_id, or raise settings.network.equipment_snap_m"
    rows = off["source_row"].tolist() if "source_row" in off.columns else [None] * len(off)
    if len(off) > MAX_EACH:
        what = f"{len(off)} of {len(intake.equipment)}, each {beyond}: {_some(off['equipment_id'])}"
        found.append(Finding("suspicion", "network.off_equipment", "equipment", what, mend, count=len(off)))
    else:
        for kind, label, row in zip(off["kind"], off["equipment_id"], rows, strict=True):
            what = f"{kind} {label!r} is {beyond}"
            found.append(Finding("suspicion", "network.off_equipment", "equipment", what, mend, row=row))
    lost = intake.poles.iloc[drawing.lost_poles]
    if len(lost):
        beyond = f"farther than {settings.pole_snap_m:g} m from any line of their feeder"
        names = _some(lost["feeder_id"] + " " + lost["pole_no"])
        what = f"{len(lost)} of {len(intake.poles)} poles are {beyond}: {names}"
        mend = "check coordinates, CRS and feeder_id, or raise settings.network.pole_snap_m"
        found.append(Finding("suspicion", "network.off_poles", "poles", what, mend, count=len(lost)))
    return found


def about_switches(
    intake: Intake, wiring: Wiring, placed: pd.DataFrame, opened: IntArray, closed_ties: IntArray
) -> list[Finding]:
    """Say which open devices part nothing, which joint is unclear, and which ties are said to be closed."""
    ids = intake.equipment["equipment_id"].to_numpy(dtype=object)
    idle = opened[(placed["node"].to_numpy()[opened] >= 0) & (placed["node_other"].to_numpy()[opened] < 0)]
    found = [
        ("network.open_at_end", idle, "normally open at a line end that faces nothing", "draw the line beyond it"),
        (
            "network.unclear_switch",
            wiring.unclear,
            "normally open at a joint of three or more lines, taken to part one of them",
            "move it a few metres onto its own line, or give its line_id",
        ),
        (
            "network.closed_tie",
            closed_ties,
            "a tie between two feeders that is not marked normally open, taken as open",
            "set normally_open",
        ),
    ]
    return [
        Finding(
            "suspicion", code, "equipment", f"{len(rows)} device(s) {what}: {_some(ids[rows])}", mend, count=len(rows)
        )
        for code, rows, what, mend in found
        if len(rows)
    ]


def about_feeders(
    spans: pd.DataFrame, feeders: pd.DataFrame, known: Iterable[str], doubtful: IntArray
) -> list[Finding]:
    """Say which feeders were named here, whose source was assumed, and where there are loops and islands."""
    found: list[Finding] = []
    known = set(known)
    fresh = feeders.loc[~feeders["feeder_id"].isin(known)]
    if len(fresh):
        pairs = zip(fresh["feeder_id"].tolist(), fresh["length_m"].tolist(), strict=True)
        parts = [f"{feeder} ({metres / 1000:.1f} km)" for feeder, metres in pairs]
        what = f"lines without a feeder_id make {len(fresh)} feeder(s), one a source: {_some(parts)}"
        found.append(
            Finding(
                "note", "network.new_feeders", "lines", what, "give feeder_id to choose the names", count=len(fresh)
            )
        )
    if len(doubtful):
        what = f"{len(doubtful)} span(s) without a feeder_id join several feeders and were given to the first"
        found.append(
            Finding("suspicion", "network.between_feeders", "lines", what, "give their feeder_id", count=len(doubtful))
        )
    assumed = feeders.loc[feeders["source_how"] == "assumed", "feeder_id"]
    if len(assumed):
        what = f"{len(assumed)} feeder(s) have no breaker or substation, the source is assumed: {_some(assumed)}"
        found.append(
            Finding(
                "suspicion",
                "network.assumed_source",
                "equipment",
                what,
                "add the substation or breaker",
                count=len(assumed),
            )
        )
    looped = feeders.loc[feeders["loops"] > 0]
    if len(looped):
        pairs = zip(looped["feeder_id"].tolist(), looped["loops"].tolist(), strict=True)
        parts = [f"{feeder} ({loops})" for feeder, loops in pairs]
        what = (
            f"closed loops in {len(looped)} feeder(s): {_some(parts)}; each is traced as if one span of it led nowhere"
        )
        found.append(
            Finding(
                "suspicion",
                "network.loops",
                "lines",
                what,
                "mark the open switch, or part the lines",
                count=len(looped),
            )
        )
    apart = feeders.loc[feeders["islands"] > 0]
    if len(apart):
        km = (spans.loc[spans["depth"] < 0].groupby("feeder_id")["length_m"].sum() / 1000).round(2).to_dict()
        pairs = zip(apart["feeder_id"].tolist(), apart["islands"].tolist(), strict=True)
        parts = [f"{feeder} ({islands}, {km[feeder]} km)" for feeder, islands in pairs]
        what = f"parts that their source does not reach: {_some(parts)}"
        mend = "close the gap in the drawing, or raise settings.network.snap_tolerance_m"
        found.append(Finding("suspicion", "network.islands", "lines", what, mend, count=int(apart["islands"].sum())))
    return found


def about_poles(nodes: pd.DataFrame, spans: pd.DataFrame, settings: NetworkSettings) -> list[Finding]:
    """Say where pole numbers are assumed, and how many spans are longer than a section may be."""
    found: list[Finding] = []
    even, assumed = nodes["even"].to_numpy(dtype=bool), nodes["assumed"] & ~nodes["even"]
    if even.any():
        limit = f"{settings.section_max_m:g} m"
        what = (
            f"{int(even.sum())} places cut lines that are drawn without poles over more than {limit} into equal parts, "
            f"called by the metres from the last numbered place: {_some(nodes.loc[even, 'label'])}"
        )
        mend = "give their poles, so that sections end at them"
        found.append(Finding("note", "network.even_cuts", "lines", what, mend, count=int(even.sum())))
    if assumed.any():
        bare = sorted(set(nodes["feeder_id"]) - set(nodes.loc[~nodes["assumed"], "feeder_id"]))
        what = f"{int(assumed.sum())} of {len(nodes)} places have no pole number in the data; numbers are assumed"
        if bare:
            what += f"; without any pole: {_some(bare)}"
        found.append(
            Finding(
                "note",
                "network.assumed_poles",
                "poles",
                what,
                "give a poles layer, or import the ledger",
                count=int(assumed.sum()),
            )
        )
    long = spans.loc[spans["length_m"] > settings.section_max_m]
    if len(long):
        limit = f"{settings.section_max_m:g} m"
        names = _some(long["span_id"])
        what = f"{len(long)} span(s) between poles are longer than {limit} and become sections of their own: {names}"
        found.append(Finding("note", "network.long_spans", "lines", what, count=len(long)))
    return found


def _some(names: Iterable[object], shown: int = 10) -> str:
    texts = [str(name) for name in names]
    return ", ".join(texts[:shown]) + (f" and {len(texts) - shown} more" if len(texts) > shown else "")

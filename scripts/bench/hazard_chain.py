"""From a CSV of reports to hazards in the register, step by step, with the functions that ``patrol hazards`` calls.

Run as ``python hazard_chain.py FOLDER SIZE OUT``; prints one JSON object, and leaves in ``OUT.npz`` what the plain
way must have found too.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely

from hazard_reports import NOW
from measure import Steps, peak_rss_mb
from patrol.hazards.classify import classify
from patrol.hazards.duplicates import earlier, link
from patrol.hazards.frames import put
from patrol.hazards.ground import GROUND
from patrol.hazards.ids import ids
from patrol.hazards.intake import read_reports
from patrol.hazards.keys import content_key
from patrol.hazards.keywords import confusable, load_keywords
from patrol.hazards.locate import locate
from patrol.hazards.match import snap, zone_of
from patrol.hazards.model import IntakeContext
from patrol.hazards.plausible import Area
from patrol.hazards.receive import ROUNDED
from patrol.hazards.register import open_register
from patrol.hazards.taxonomy import load_types
from patrol.layers.files import load_layers
from patrol.network.topology import build_network
from patrol.project import read_project

CONTEXT = IntakeContext(timezone="Asia/Shanghai", now=NOW, crs="EPSG:4326", source="bench")


def run(folder: Path) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Run the chain once; return its figures, and what it found for each report in the order of the file."""
    steps, peaks = Steps(), {}
    with steps.time("network"):
        layers = load_layers(read_project(folder), kinds=GROUND)
        network = build_network(layers.lines, layers.poles, layers.equipment, settings=layers.project.settings.network)
    settings, types, words = layers.project.settings.hazards, load_types(), load_keywords()
    alike = confusable(types)
    peaks["network"] = peak_rss_mb()
    with steps.time("intake"):
        intake = read_reports(
            folder / "reports.csv", CONTEXT, form="csv", area=Area.of(layers.lines), settings=settings
        )
        kind = classify(intake.reports["description"], intake.reports["type_ref"], types, words)
        reports = put(intake.reports, type=kind["type"].array, key=content_key(intake.reports).array)
    peaks["intake"] = peak_rss_mb()
    with steps.time("snap"):
        placed, _ = locate(reports, network, layers, settings)
        xy, radius = placed[["x", "y"]].to_numpy(), placed["uncertainty_m"].to_numpy()
        on = snap(
            xy, radius, network, settings,
            located_by=placed["located_by"].to_numpy(), named_feeder=placed["feeder_id"].to_numpy(),
            pole_at=placed[["pole_x", "pole_y"]].to_numpy(float),
        )  # fmt: skip
        placed = put(placed, **{name: on[name].array for name in on}, zone_id=zone_of(xy, layers.zones))
    peaks["snap"] = peak_rss_mb()
    with steps.time("merge"):
        labels, _ = link(placed, network, types, alike, settings)
        earlier(put(placed, closed_at=placed["given_closed"]), network, types, alike, settings)
        founder = pd.Series(placed["key"].to_numpy()).groupby(labels).first()
        placed = put(placed, hazard_id=np.asarray(ids("H", founder), dtype=object)[labels], previous_id="")
    peaks["merge"] = peak_rss_mb()
    with tempfile.TemporaryDirectory() as made, steps.time("write"):  # noqa: SIM117 - the register is closed first
        with open_register(
            Path(made) / "register.gpkg", create=True, timezone=CONTEXT.timezone, settings=settings, types=types
        ) as register:
            taken = register.take(
                placed.drop(columns=["x", "y", "span", "along", "pole_x", "pole_y"]).round(ROUNDED), at_now=NOW,
                actor="bench", party="enterprise", intake=intake,
            )  # fmt: skip
    peaks["write"] = peak_rss_mb()
    plain = placed.assign(uncertainty_m=0.0, span=-1, type="V01", captured_at=pd.Timestamp(NOW))
    same, _ = link(plain, network, types.assign(persist_days=np.nan), frozenset(), settings)
    facts = {"reports": len(placed), "hazards": int(labels.max() + 1), "rejected": len(intake.rejected)}
    places = shapely.points(placed[["x", "y"]].to_numpy())  # what lies in no zone belongs to the nearest
    inside, _ = shapely.STRtree(layers.zones.geometry.to_numpy()).query(places, predicate="within")
    facts |= {"in_zones": len(np.unique(inside)), "taken": len(taken.reports)}
    found = {"row": placed["row"].to_numpy(), "snap_m": placed["snap_m"].to_numpy(), "label": same}
    return steps.report() | {"facts": facts, "peak_rss_mb_after": peaks}, found


def main() -> None:
    """Run a tiny district first, so that imports and compilation stand apart; then the real one."""
    folder, out = Path(sys.argv[1]), Path(sys.argv[3])
    began = Steps.now()
    run(folder.parent / "XS")
    warm = round(Steps.now() - began, 3)
    figures, found = run(folder)
    np.savez(out, **found)
    print(json.dumps({"warm_up_seconds": warm} | figures))


if __name__ == "__main__":
    main()

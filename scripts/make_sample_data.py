"""Make sample_data/: an invented irrigated county, the same bytes every time.

Usage: ``python scripts/make_sample_data.py [--out FOLDER]``. Prints what it made, and hours needed
against hours on offer; the knobs are ``SHARES`` in sample/patrols.py and the hours in sample/crews.py.

The lines are made first; patrol then says of every section how often it has to be seen, and the year of
patrols is made from that. So the sample shows the backlog it means to show, whatever a cycle depends on.
"""

from __future__ import annotations

import argparse
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from patrol.hazards.taxonomy import UNCLASSIFIED, load_types
from patrol.layers.files import load_layers
from patrol.planning.picture import picture
from patrol.project import read_project
from sample.budget import needed_hours
from sample.crews import crew_rows, request_rows, roster_rows, service_rows, shift_hours
from sample.equipment import equipment_rows
from sample.feeders import grow
from sample.frame import Dice, Writer
from sample.hazards import hazard_rows
from sample.history import TODAY, fault_rows
from sample.lines import line_rows, pole_rows
from sample.patrols import Stretch, make_stretches, patrol_rows
from sample.places import make_villages, place_rows, zone_rows
from sample.roads import make_ways, road_rows, water_rows
from sample.texts import CALENDAR, PROJECT, README
from sample.weather import weather_rows

SEED = 7


def make(folder: Path) -> str:
    """Write all files and return what a person wants to know about them."""
    folder.mkdir(parents=True, exist_ok=True)
    write = Writer(folder)
    villages, stubs = make_villages(_dice("villages"))
    county = grow(_dice("lines"), villages)
    equipment = equipment_rows(county, villages, _dice("equipment"))  # marks the poles that bear devices
    lines = line_rows(county, _dice("state"))
    write.layer("lines", lines, "LineString")
    write.layer("poles", pole_rows(county), "Point")
    write.layer("equipment", equipment, "Point")
    write.layer("roads", road_rows(make_ways(_dice("roads"), stubs)), "LineString")
    write.layer("water", water_rows(_dice("water")), "LineString")
    write.layer("zones", zone_rows(), "Polygon")
    write.layer("places", place_rows(villages), "Point")

    crews = crew_rows(county, villages, write.lonlat)
    service = service_rows(villages, _dice("service"), TODAY)
    requests = request_rows(villages, _dice("requests"))
    faults = fault_rows(county, _dice("faults"))
    hazards = hazard_rows(county, load_types().drop(index=UNCLASSIFIED), _dice("hazards"))
    write.layer("service_points", service, "Point")
    for name, rows in {
        "crews": crews, "roster": roster_rows(), "requests": requests, "faults": faults, "hazards": hazards,
        "weather": weather_rows(_dice("weather")),
    }.items():  # fmt: skip
        write.table(name, rows)
    write.text("calendar.toml", CALENDAR)
    write.text("project.toml", "".join(line for line in PROJECT.splitlines(True) if not line.startswith("patrols")))
    patrols, last = patrol_rows(_stretches(folder), SEED)
    write.table("patrols", patrols)
    write.text("project.toml", PROJECT)
    write.text("README.txt", README)
    made = f"{len(lines)} spans, {len(patrols)} patrols, {len(faults)} faults, {len(hazards)} hazards"
    return "\n".join([made, *_budget(crews, last, hazards, _visits(service, requests))])


def _dice(what: str) -> Dice:
    return Dice(f"{what}-{SEED}")


def _stretches(folder: Path) -> list[Stretch]:
    """Ask patrol for the sections of the county made so far, and for their cycles."""
    project = read_project(folder)
    seen = picture(load_layers(project), load_types(), project.settings, on=TODAY)
    return make_stretches(seen.sections, seen.network.nodes)


def _visits(service: list[dict[str, Any]], requests: list[dict[str, Any]]) -> list[tuple[date, int]]:
    regular = [
        (date.fromisoformat(row["last_visit"]) + timedelta(days=row["interval_days"]), row["minutes"])
        for row in service
    ]
    return regular + [(date.fromisoformat(row["due"]), row["minutes"]) for row in requests if row["state"] == "open"]


def _budget(
    crews: list[Any], last: dict[Stretch, date], hazards: list[Any], visits: list[tuple[date, int]]
) -> list[str]:
    still_open = sum(not row["closed"] for row in hazards)
    said = []
    for first, days in ((TODAY, 5), (date(2024, 8, 19), 7)):
        need = needed_hours(last, still_open, visits, first, days)
        hours = need["patrols_h"] + need["hazards_h"] + need["visits_h"]
        offered = shift_hours(crews, first, days)
        parts = ", ".join(f"{key} {value:.1f}" for key, value in need.items())
        said.append(
            f"{days} days from {first}: needs {hours:.0f} h of {offered:.1f} h = {hours / offered:.0%} ({parts})"
        )
    return said


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path(__file__).resolve().parents[1] / "sample_data")
    print(make(parser.parse_args().out))

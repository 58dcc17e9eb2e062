"""Make sample_data/: an invented irrigated county, the same bytes every time.

Usage: ``python scripts/make_sample_data.py [--out FOLDER]``. Prints what it made, and hours needed
against hours on offer; the knobs are the cycles in sample/texts.py, ``PACE`` in sample/patrols.py and the hours in
sample/crews.py.

The lines are made first; patrol then says what its sections are and how often each has to be seen. Then the county
lives for two years: crews walk, hazards come, are found or reported, are seen to, or trip the line.
"""

from __future__ import annotations

import argparse
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pandas as pd

from patrol.hazards.taxonomy import load_types
from patrol.layers.files import load_layers
from patrol.planning.due import cycle_days, usual_cycle_days
from patrol.planning.picture import critical_why
from patrol.project import read_project
from patrol.studies.history import Ground, lay_ground
from sample.budget import needed_hours
from sample.crews import crew_rows, request_rows, roster_rows, round_rows, service_rows, shift_hours
from sample.equipment import equipment_rows
from sample.feeders import County, grow
from sample.frame import Dice, Writer
from sample.hazards import Eyes, fault_rows, hazard_rows, live
from sample.history import TODAY, weather_words
from sample.lines import line_rows, pole_rows
from sample.patrols import Stretch, make_stretches, patrol_rows, walk
from sample.places import TOWNS, make_villages, place_rows, zone_rows
from sample.roads import make_ways, road_rows, water_rows
from sample.texts import CALENDAR, PROJECT, README
from sample.weather import weather_rows
from sample.world import Span, make_spans, make_world

SEED = 7
_RECORDS = ("patrols", "faults", "hazards")


def make(folder: Path) -> str:
    """Write all files and return what a person wants to know about them."""
    folder.mkdir(parents=True, exist_ok=True)
    write = Writer(folder)
    villages, stubs = make_villages(_dice("villages"))
    county = grow(_dice("lines"), villages)
    equipment = equipment_rows(county, villages, _dice("equipment"))  # marks the poles that bear devices
    lines, water = line_rows(county, _dice("state")), water_rows(_dice("water"))
    write.layer("lines", lines, "LineString")
    write.layer("poles", pole_rows(county), "Point")
    write.layer("equipment", equipment, "Point")
    write.layer("roads", road_rows(make_ways(_dice("roads"), stubs)), "LineString")
    write.layer("water", water, "LineString")
    write.layer("zones", zone_rows(), "Polygon")
    write.layer("places", place_rows(villages), "Point")

    crews = crew_rows(county, villages, write.lonlat)
    service = service_rows(villages, _dice("service"), TODAY)
    requests = request_rows(villages, _dice("requests"))
    weather = weather_rows(_dice("weather"))
    write.layer("service_points", service, "Point")
    for name, rows in {
        "crews": crews,
        "roster": roster_rows(),
        "requests": requests,
        "weather": weather,
        "rounds": round_rows(),
    }.items():
        write.table(name, rows)
    write.text("calendar.toml", CALENDAR)
    write.text("README.txt", README)
    spans = make_spans(county, lines, water, [place.at for place in [*TOWNS, *villages]])
    patrols, faults, hazards, last = _records(folder, write, crews, spans, _parents(county), weather)
    for name, rows in {"patrols": patrols, "faults": faults, "hazards": hazards}.items():
        write.table(name, rows)
    write.text("project.toml", PROJECT)
    made = f"{len(lines)} spans, {len(patrols)} patrols, {len(faults)} faults, {len(hazards)} hazards"
    return "\n".join([made, *_budget(crews, last, hazards, _visits(service, requests))])


def _dice(what: str) -> Dice:
    return Dice(f"{what}-{SEED}")


def _parents(county: County) -> dict[tuple[str, str], str]:
    return {(pole.feeder, pole.no): pole.parent for run in county.runs for pole in run.poles}


def _records(
    folder: Path,
    write: Writer,
    crews: list[Any],
    spans: list[Span],
    parents: dict[tuple[str, str], str],
    weather: list[Any],
) -> tuple[list[Any], list[Any], list[Any], dict[Stretch, date]]:
    """Let the county live until the demo; patrol itself says what its sections are, and how often they are due."""
    write.text("project.toml", "".join(line for line in PROJECT.splitlines(True) if not line.startswith(_RECORDS)))
    layers, types = load_layers(read_project(folder)), load_types()
    ground = lay_ground(layers, types)
    sections = ground.sections.assign(cycle_days=_cycles(ground))
    stretches = make_stretches(sections, ground.network.nodes, layers.roads)
    homes = {row.crew_id: (float(row.start_x), float(row.start_y)) for row in layers.crews.itertuples()}
    words = weather_words(weather, _dice("skies"))
    passes, last = walk(stretches, crews, homes, words, _dice("patrols"))
    world = make_world(spans, types, _dice("world"))
    past = live(world, Eyes(spans, parents, passes), words, _dice("lives"))
    dice = _dice("records")
    return patrol_rows(passes, past.finds), fault_rows(past, dice), hazard_rows(past, dice), last


def _cycles(ground: Ground) -> pd.Series[Any]:
    critical = critical_why(ground.sections, ground.settings) != ""  # no zone is marked for fires
    cycles = ground.settings.cycles
    return cycle_days(usual_cycle_days(ground.sections, cycles), critical, cycles)


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

"""The layers of a project as a scenario has them: crews fewer or more, zones put together, other weather."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from patrol.config.scenario import Scenario, read_scenario
from patrol.errors import ConfigError, Finding
from patrol.layers.crs import WGS84, way_between
from patrol.layers.files import Layers, load_layers
from patrol.layers.schema import SCHEMAS, Column
from patrol.layers.values import SEVERAL
from patrol.project import Project
from patrol.text import clean
from patrol.units import seconds_of_day

PLACES = {"start_lon", "start_lat", "end_lon", "end_lat"}
_DAYS = {"from", "to"}


def with_scenario(project: Project, text: str, file: str) -> Project:
    """Return a project as a scenario has it; its names say so, and what it is otherwise shows once its layers load.

    Parameters
    ----------
    text, file : str
        What stands in the file of the scenario, and its name.

    Raises
    ------
    ConfigError
        Every fault of the file at once.
    LayerError
        Of the layers that it is about.
    """
    scenario, settings, found = read_scenario(text, file, project.settings)
    if not any(one.code == "scenario.syntax" for one in found):
        layers = load_layers(project, kinds=("lines", "crews", "roster", "zones", "weather"))
        found += faults(layers, scenario)
    if found:
        raise ConfigError(found)
    return dataclasses.replace(
        project,
        name=f"{project.name} [what-if: {scenario.name}]",
        name_zh=f"{project.name_zh or project.name}【推演：{scenario.name_zh}】",
        settings=settings,
        scenario=scenario,
    )


def overlaid(layers: Layers) -> Layers:
    """Return the layers as the project's scenario has them, as they are if it has none.

    Raises
    ------
    ConfigError
        If the scenario does not fit these layers.
    """
    scenario = layers.project.scenario
    if scenario is None:
        return layers
    if found := faults(layers, scenario):
        raise ConfigError(found)
    crews = layers.crews[~layers.crews["crew_id"].isin(scenario.without_crews)]
    more = [_crew(layers, one) for one in scenario.crews]
    crews = pd.concat([crews, *more], ignore_index=True) if more else crews.reset_index(drop=True)
    zones = layers.zones
    for zone, into in scenario.merge:
        zones = _merged(zones, zone, into)
        crews = crews.assign(zones=[_renamed(str(value), zone, into) for value in crews["zones"]])
    weather = layers.weather
    for spell in scenario.weather:
        weather = _with_weather(weather, spell)
    roster = layers.roster[~layers.roster["crew_id"].isin(scenario.without_crews)].reset_index(drop=True)
    return dataclasses.replace(layers, crews=crews, zones=zones, weather=weather, roster=roster)


def faults(layers: Layers, scenario: Scenario) -> list[Finding]:
    """Return everything in a scenario that does not fit the layers of its project."""
    found: list[Finding] = []

    def fault(field: str, what: str, mend: str) -> None:
        found.append(Finding("error", "scenario.fit", scenario.file, what, mend, field=field))

    crews = list(layers.crews["crew_id"])
    for number, name in enumerate(scenario.without_crews):
        if name not in crews:
            fault(f"without_crews[{number}]", f"no crew {clean(name)!r}", f"crews: {', '.join(crews[:30])}")
    taken = {*crews}
    for number, one in enumerate(scenario.crews):
        where = f"crews[{number}]"
        if one["like"] not in crews:
            fault(f"{where}.like", f"no crew {clean(one['like'])!r}", f"crews: {', '.join(crews[:30])}")
        if one["crew_id"] in taken:
            fault(f"{where}.crew_id", f"{clean(one['crew_id'])!r} is there already", "give it an id of its own")
        taken.add(one["crew_id"])
        for key, (what, mend) in _odd(one, SCHEMAS["crews"].columns, {"like", "crew_id"}).items():
            fault(f"{where}.{key}", what, mend)
        for pair in (("start_lon", "start_lat"), ("end_lon", "end_lat")):
            if len({*pair} & one.keys()) == 1:
                fault(where, f"{' or '.join(pair)} is missing", "give both or neither")
    if {*crews} <= {*scenario.without_crews} and not scenario.crews:
        fault("without_crews", "no crew is left", "leave one")
    zones = {*layers.zones["zone_id"]}
    for number, (zone, into) in enumerate(scenario.merge):
        for name in (zone, into):
            if name not in zones:
                fault(f"merge[{number}]", f"no zone {clean(name)!r} (any more)", f"zones: {', '.join(sorted(zones))}")
        if zone == into:
            fault(f"merge[{number}]", "merges a zone into itself", "name two zones")
        elif into in zones:
            zones.discard(zone)
    known = {*layers.weather["date"]}
    for number, spell in enumerate(scenario.weather):
        where, columns = f"weather[{number}]", SCHEMAS["weather"].columns
        for key, (what, mend) in _odd(spell, columns, _DAYS).items():
            fault(f"{where}.{key}", what, mend)
        needed = [name for name, column in columns.items() if column.required and name not in {"date", *spell}]
        days = pd.date_range(spell["from"], spell["to"])
        unknown = days[~days.isin(list(known))]
        known |= {*days}
        if needed and len(unknown):
            fault(where, f"no weather is known of {unknown[0].date()}", f"give {', '.join(needed)} too")
    return found


def _odd(row: Mapping[str, Any], columns: Mapping[str, Column], own: set[str]) -> dict[str, tuple[str, str]]:
    """Return what is wrong with values of a row: unknown columns, other kinds, out of range."""
    out = {}
    for key, value in row.items():
        if key in own:
            continue
        if key not in columns or key in {"date", "crew_id"}:
            out[key] = "is no column of it", f"known: {', '.join(columns)}"
        elif (wrong := _wrong(columns[key], value)) is not None:
            out[key] = f"{clean(value)!r} {wrong[0]}", wrong[1]
    return out


def _wrong(column: Column, value: Any) -> tuple[str, str] | None:
    """Return what is wrong with a value of a column, and how to mend it."""
    if column.kind in {"int", "float"}:
        if isinstance(value, bool) or not isinstance(value, int if column.kind == "int" else (int, float)):
            return "is no number", "write it without quotes"
        low, high = column.low, column.high
        if not (low is None or value >= low) or not (high is None or value <= high):
            return "is out of range", f"allowed: {low} .. {high}"
        return None
    if column.kind == "bool":
        return None if isinstance(value, bool) else ("is neither true nor false", "write true or false")
    if not isinstance(value, str):
        return "is no text", "put it in quotes"
    if column.choices and value not in column.choices:
        return "is not known", f"known: {', '.join(filter(None, column.choices))}"
    if column.kind == "time":
        try:
            seconds_of_day(value)
        except ValueError:
            return "is no time of day", 'write it as "08:30"'
    return None


def _crew(layers: Layers, one: Mapping[str, Any]) -> pd.DataFrame:
    """Return a crew like one that there is, with values of its own."""
    columns = SCHEMAS["crews"].columns
    row = layers.crews[layers.crews["crew_id"] == one["like"]].head(1).copy()
    for key, value in one.items():
        if key != "like":
            row[key] = seconds_of_day(value) if columns[key].kind == "time" else value
    to_metric = way_between(WGS84, layers.crs)
    for end in ("start", "end"):
        if f"{end}_lon" in one:
            x, y = to_metric.transform(one[f"{end}_lon"], one[f"{end}_lat"])
            row[f"{end}_x"], row[f"{end}_y"] = float(x), float(y)
    if "start_lon" in one and "end_lon" not in one:
        for axis in ("x", "y"):
            row[f"end_{axis}"] = row[f"start_{axis}"]
    typed: pd.DataFrame = row.astype(layers.crews.dtypes.to_dict())
    return typed


def _merged(zones: gpd.GeoDataFrame, zone: str, into: str) -> gpd.GeoDataFrame:
    shapes = zones.geometry.to_numpy().copy()
    at = (zones["zone_id"] == into).to_numpy().nonzero()[0][0]
    shapes[at] = shapely.union_all([shapes[at], *shapes[(zones["zone_id"] == zone).to_numpy()]])
    whole = zones.set_geometry(gpd.GeoSeries(shapes, index=zones.index, crs=zones.crs))
    return whole[whole["zone_id"] != zone].reset_index(drop=True)


def _renamed(cell: str, zone: str, into: str) -> str:
    """Return a crew's cell of zones in which one has become part of another."""
    names = [into if name == zone else name for name in re.split(SEVERAL, cell) if name]
    return ";".join(dict.fromkeys(names))


def _with_weather(weather: pd.DataFrame, spell: Mapping[str, Any]) -> pd.DataFrame:
    """Return the weather with what a scenario says of some days: over what is known of them, or besides."""
    said = {key: value for key, value in spell.items() if key not in _DAYS}
    days = pd.DatetimeIndex([pd.Timestamp(spell["from"]) + timedelta(days=k) for k in range(_length(spell))])
    known = weather["date"].isin(days)
    changed = weather.copy()
    for key, value in said.items():
        changed.loc[known, key] = value
    new = days[~days.isin(weather["date"])]
    if not len(new):
        return changed
    columns = SCHEMAS["weather"].columns
    blank = {name: "" if column.kind == "text" else float("nan") for name, column in columns.items()}
    rows = pd.DataFrame({**blank, **said, "source_row": 0}, index=range(len(new))).assign(date=new)
    rows = rows[weather.columns].astype(weather.dtypes.to_dict())
    both = pd.concat([changed, rows], ignore_index=True) if len(changed) else rows
    return both.sort_values("date", kind="stable", ignore_index=True)


def _length(spell: Mapping[str, Any]) -> int:
    return int((spell["to"] - spell["from"]).days) + 1

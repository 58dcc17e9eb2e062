"""A solution becomes a plan document: labels, local times, real leg geometry, totals."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pyproj
import shapely

from patrol.errors import Finding
from patrol.hazards.taxonomy import types_sha256
from patrol.network.travel import leg_lines
from patrol.plan import SCHEMA, Plan, encode_line
from patrol.planning.build import Built, ProfileWays
from patrol.planning.fairness import GivenUp
from patrol.planning.figures import figures_of
from patrol.planning.frames import records
from patrol.planning.keep import Mark, by_hand, kept_rows, rules_named
from patrol.planning.left_out import dropped_entry, missing_of
from patrol.planning.lending import aid_of
from patrol.planning.meeting import with_appointments
from patrol.planning.notes import plan_notes
from patrol.planning.persons import instead_of
from patrol.routing.model import Option, Route, Solution, Stop
from patrol.units import local_iso

SIMPLIFY_M = 2.0  # leg geometry is drawn, not measured: lengths come from the matrix


def publish(
    built: Built,
    solution: Solution,
    *,
    problem_sha256: str,
    notes: tuple[Finding, ...] = (),
    marks: tuple[Mark, ...] = (),
    moved: tuple[str, ...] = (),
    gave: GivenUp | None = None,
) -> Plan:
    """Return the plan of a solution.

    Parameters
    ----------
    built : Built
        The problem with the frames it was made from.
    problem_sha256 : str
        Hash of ``problem.json.gz``'s content, so that ``verify`` can find what the plan was solved for.
    notes : tuple of Finding
        What the plan's readers must know: stand-downs, assumptions.
    marks : tuple of Mark
        Decisions made by hand; they stand in the plan, so that it can be checked without the spreadsheet.
    moved : tuple of str
        Joint tasks whose confirmed appointments were given up.
    gave : GivenUp, optional
        What the plan gives up for an even load.
    """
    moves, dropped = by_hand(marks), [dropped_entry(built, item) for item in solution.dropped]
    more = missing_of(built, dropped)
    document = {
        "schema": SCHEMA,
        **_head(built, problem_sha256),
        "settings": _settings(built, marks, moved),
        "engine": solution.engine,
        "seed": solution.seed,
        "iterations": solution.iterations,
        "stopped_by": solution.stopped_by,
        "shifts": with_appointments(built, solution, [_shift(built, route, moves) for route in solution.routes]),
        "tasks": {row["task_id"]: _task(row) | more.get(row["task_id"], {}) for row in records(built.tasks_wgs84())},
        "dropped": dropped,
        "notes": plan_notes(built, solution, notes),
    }
    return Plan({**document, "figures": figures_of(built, solution, document, gave)})


def _head(built: Built, problem_sha256: str) -> dict[str, Any]:
    """Return whose plan it is, of which days, and made from which files."""
    project = built.project
    return {
        "project": {
            "name": project.name,
            "name_zh": project.name_zh,
            "timezone": project.timezone,
            "synthetic": project.synthetic,
            "attribution": project.attribution,
        },
        **({"scenario": project.scenario.row()} if project.scenario else {}),
        "from": built.first.isoformat(),
        "days": built.problem.days,
        "problem_sha256": problem_sha256,
        "inputs": {
            kind: {"file": (project.inputs.get(kind) or project.files[kind]).label, "sha256": digest}
            for kind, digest in sorted(built.hashes.items())
        },
    }


def _settings(built: Built, marks: tuple[Mark, ...], moved: tuple[str, ...]) -> dict[str, Any]:
    project = built.project
    return {
        "profiles": [ways.profile.name for ways in built.ways],
        "language": project.language,
        "kept": kept_rows(rules_named(marks, built)),
        "moved": sorted(moved),
        **({"recent": built.recent.row()} if built.recent.days else {}),
        "values": dataclasses.asdict(project.settings),
        "hazard_types_sha256": types_sha256(project),
    }


def _task(row: dict[str, Any]) -> dict[str, Any]:
    point = row["geometry"]
    return {
        "kind": row["kind"],
        "label": row["label"],
        "label_zh": row["label_zh"],
        "zone_id": row["zone_id"],
        "mandatory": int(row["mandatory"]),
        "lon": round(point.x, 7),
        "lat": round(point.y, 7),
        "due": row["due"].date().isoformat(),
        "overdue_days": int(row["overdue_days"]),
        "assumed": bool(row["assumed"]),
        "prize_milli_ecm": max(max(row[key]) for key in ("prize_foot", "prize_vehicle", "prize_drone")),
        **({"joint": row["joint"]} if row["joint"] else {}),
        **({"preferred": list(row["preferred"])} if row["preferred"] else {}),
        **{key: _plain(value) for key, value in row["extras"].items()},
    }


def _plain(value: Any) -> Any:
    """Return a JSON value: numpy scalars become Python's, metres keep a decimal."""
    if isinstance(value, (np.bool_, bool)):
        return bool(value)
    if isinstance(value, (float, np.floating)):
        return round(float(value), 1)
    return int(value) if isinstance(value, np.integer) else value


def _shift(built: Built, route: Route, moves: frozenset[str]) -> dict[str, Any]:
    shift = built.problem.shifts[route.shift]
    row = records(built.shifts.iloc[[route.shift]])[0]
    ways = built.ways[shift.profile]
    zone = built.project.timezone

    def iso(seconds: int) -> str:
        return local_iso(row["date"], seconds, zone)

    stops, place = [_end_stop("start", ways, shift.start, iso(route.depart), 0, 0)], shift.start
    for stop, option in _with_options(built, route):
        entry = _task_stop(built, ways, stop, option, place, iso)
        stops.append(entry | (_who_comes(built, stop.task, route.shift, moves) if option else {}))
        place = option.exit if option else place
    stops.append(_end_stop("end", ways, shift.end, iso(route.finish), route.home_travel_s, route.home_distance_m))
    return {
        **{key: row[key] for key in ("shift_id", "crew_id", "name", "name_zh", "party", "mode")},
        "people": int(row["people"]),
        "profile": ways.profile.name,
        "date": row["date"].isoformat(),
        "start": iso(route.depart),
        "end": iso(route.finish),
        "route": stops,
        "legs": _legs(built, route, ways),
        **_totals(built, route, on_foot=ways.on_foot),
    }


def _who_comes(built: Built, task: int, shift: int, moves: frozenset[str]) -> dict[str, Any]:
    """Return what a stop says of its crew: from which zones it helps, and in whose place it comes."""
    crew = built.problem.shifts[shift].crew_id
    return {
        **aid_of(built, task, shift, moves),
        **instead_of(built.problem.tasks[task], built.tasks.loc[task, "preferred"], crew),
    }


def _with_options(built: Built, route: Route) -> list[tuple[Stop, Option | None]]:
    """Return the stops of a route, each with the option it serves its task by; a break has none."""
    tasks = built.problem.tasks
    return [(stop, tasks[stop.task].options[stop.option] if stop.kind == "task" else None) for stop in route.stops]


def _totals(built: Built, route: Route, *, on_foot: bool) -> dict[str, int]:
    """Return seconds and metres of a route; the legs of a profile on foot are walked, not driven."""
    pairs = _with_options(built, route)
    served = [(stop, option) for stop, option in pairs if option is not None]
    legs_m = route.home_distance_m + sum(stop.distance_m for stop, _ in pairs)
    return {
        "travel_s": route.home_travel_s + sum(stop.travel_s for stop, _ in pairs),
        "distance_m": sum(option.distance_m for _, option in served) + (0 if on_foot else legs_m),
        "service_s": sum(stop.leave - stop.start for stop, _ in served),
        "wait_s": sum(stop.start - stop.arrive for stop, _ in pairs),
        "break_s": sum(stop.leave - stop.start for stop, option in pairs if option is None),
        "walk_m": sum(option.walk_m for _, option in served) + (legs_m if on_foot else 0),
    }


def _lonlat(ways: ProfileWays, place: int) -> dict[str, float]:
    lon, lat = ways.lonlat[place] / 1e7
    return {"lon": float(lon), "lat": float(lat)}


def _end_stop(kind: str, ways: ProfileWays, place: int, time: str, travel_s: int, distance_m: int) -> dict[str, Any]:
    return {
        "kind": kind, "task_id": "", "direction": 0, "option": -1, "arrive": time, "start_service": time,
        "leave": time, **_lonlat(ways, place), "travel_s": travel_s, "distance_m": distance_m,
    }  # fmt: skip


def _task_stop(
    built: Built, ways: ProfileWays, stop: Stop, option: Option | None, place: int, iso: Any
) -> dict[str, Any]:
    times = {"arrive": iso(stop.arrive), "start_service": iso(stop.start), "leave": iso(stop.leave)}
    leg = {"travel_s": stop.travel_s, "distance_m": stop.distance_m}
    if option is None:
        return {"kind": "break", "task_id": "", "direction": 0, "option": -1, **times, **_lonlat(ways, place), **leg}
    task = built.problem.tasks[stop.task]
    kind = "section" if built.tasks.loc[stop.task, "kind"] == "section" else "visit"
    head = {"kind": kind, "task_id": task.task_id, "direction": option.direction, "option": stop.option}
    return {**head, **times, **_lonlat(ways, option.entry), **leg}


def _legs(built: Built, route: Route, ways: ProfileWays) -> list[dict[str, Any]]:
    """Return the geometry of each leg that leads somewhere else; ``to`` is the stop it ends at."""
    shift = built.problem.shifts[route.shift]
    pairs, targets = [], []
    place = shift.start
    for number, stop in enumerate(route.stops, start=1):
        if stop.kind != "task":
            continue
        option = built.problem.tasks[stop.task].options[stop.option]
        pairs.append((place, option.entry))
        targets.append(number)
        place = option.exit
    pairs.append((place, shift.end))
    targets.append(len(route.stops) + 1)
    lines = leg_lines(built.roads, ways.access, pairs, mode=ways.profile.mode, settings=built.project.settings.travel)
    to_wgs84 = pyproj.Transformer.from_crs(built.crs, "EPSG:4326", always_xy=True)
    legs = []
    for (a, b), target, line in zip(pairs, targets, lines, strict=True):
        if a == b or len(line) < 2:
            continue
        drawn = shapely.get_coordinates(shapely.simplify(shapely.linestrings(line), SIMPLIFY_M))
        lon, lat = to_wgs84.transform(drawn[:, 0], drawn[:, 1])
        kind = "walk" if ways.on_foot else "drive"
        legs.append({"to": target, "kind": kind, "line": encode_line(np.column_stack([lon, lat]))})
    return legs

"""What the key figures of a period are summed over: the register as of its last day, patrols, plans, tracks, faults."""

from __future__ import annotations

import calendar
import json
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.spatial import cKDTree

from patrol.errors import Finding, PlanError
from patrol.field.done import not_done_of
from patrol.hazards.office import open_project_register
from patrol.hazards.register import Register
from patrol.hazards.stamps import last_moment
from patrol.layers.files import Layers, load_layers
from patrol.layers.results import read_fixes
from patrol.network.customers import transformer_customers
from patrol.network.topology import Network
from patrol.plan import TASK_STOPS, Plan, read_plan
from patrol.planning.beside import read_problem
from patrol.planning.due import PoleFinder, patrolled, section_of_spans
from patrol.planning.picture import dated, traced
from patrol.project import Project
from patrol.reports.kpi import (
    SMALL,
    Items,
    Kpis,
    arrival_items,
    coverage_items,
    fault_items,
    hazard_items,
    kpi_table,
    report_items,
    shut_and_reopened,
    stop_items,
)
from patrol.risk.verdicts import OUTCOME_ACTIONS, outcomes_of, verdicts
from patrol.routing.model import Problem

ARRIVED_M = 30.0  # a fix this near a pole has been there (domain brief, section 6)
FIX_COLUMNS = ("crew_id", "date", "x", "y")
STOP_COLUMNS = (
    "date", "crew_id", "party", "zone_id", "task_id", "kind", "hours", "ecm", "aid", "feeder_id", "first_pole",
    "last_pole",
)  # fmt: skip
_SHUTTING = ("rectify", "confirm", "adopt", "refute", "reopen")
Notes = dict[str, tuple[tuple[str, dict[str, Any]], ...]]


def project_kpis(
    project: Project,
    *,
    first: date,
    last: date,
    plans: Sequence[Path] = (),
    small: int = SMALL,
) -> Kpis:
    """Return the key figures of a project from ``first`` through ``last``, as of the end of ``last``.

    Parameters
    ----------
    project : Project
    first, last : date
        Both days belong to the period.
    plans : sequence of path
        Plans with their problem files beside them; a day that several plan counts as the latest of them has it.
    small : int
        Fewer things than this are too few to judge by.

    Raises
    ------
    PatrolError
        Every fault of the inputs; a plan that cannot be read or is another project's.
    """
    layers = load_layers(project)
    network, cut = traced(layers, project.settings)
    items: dict[str, Items] = {"coverage": coverage_items(_spans(layers, network, cut, first, last))}
    notes: Notes = {}
    items |= _of_register(project, first, last, notes)
    stops = plan_stops(project, plans, first=first, last=last)
    items |= _of_plans(stops, network, _fixes(project, network), notes)
    items |= _of_faults(layers, network, first, last, notes)
    about = {"name": project.name, "name_zh": project.name_zh, "synthetic": project.synthetic}
    return Kpis(about, first, last, kpi_table(items, small=small), notes, small)


def month_ends(first: date, last: date) -> list[date]:
    """Return the last day of each month that a period touches; of the last month that of the period."""
    ends, day = [], first
    while day <= last:
        end = day.replace(day=calendar.monthrange(day.year, day.month)[1])
        ends.append(min(end, last))
        day = end + timedelta(days=1)
    return ends


def _spans(layers: Layers, network: Network, cut: gpd.GeoDataFrame, first: date, last: date) -> pd.DataFrame:
    """Return every span with its cycle and last patrol at each month's end, see ``coverage_items``."""
    section = section_of_spans(network, cut)
    held = np.flatnonzero(section >= 0)
    parts = []
    for day in month_ends(first, last):
        walked = patrolled(network, layers.patrols, on=day + timedelta(days=1))
        sections, _ = dated(network, cut, layers, layers.project.settings, walked, on=day, days=1)
        newest = np.full(len(network.spans), -1, dtype=np.int64)  # row of the latest patrol: rows are in date order
        latest = walked.rows.assign(at=np.arange(len(walked.rows))).groupby("stretch")["at"].max()
        of_stretch = latest.reindex(range(int(walked.stretch.max(initial=-1)) + 1), fill_value=-1).to_numpy(np.int64)
        np.maximum.at(newest, walked.span, of_stretch[walked.stretch])
        at, known = newest[held], newest[held] >= 0
        when = np.full(len(held), np.datetime64("NaT"), dtype="datetime64[ns]")
        party = np.full(len(held), "", dtype=object)
        when[known] = walked.rows["date"].to_numpy("datetime64[ns]")[at[known]]
        party[known] = walked.rows["party"].to_numpy(object)[at[known]]
        own = sections.iloc[section[held]]
        parts.append(
            pd.DataFrame(
                {
                    "day": pd.Timestamp(day), "zone_id": own["zone_id"].to_numpy(object), "party": party,
                    "km": network.spans["length_m"].to_numpy(float)[held] / 1000,
                    "cycle_days": own["cycle_days"].to_numpy(float), "last_patrol": when,
                }
            )
        )  # fmt: skip
    return pd.concat(parts, ignore_index=True)


def _of_register(project: Project, first: date, last: date, notes: Notes) -> dict[str, Items]:
    path = project.file("register")
    if path is None or not path.exists():
        missing = ("closure", "reopened", "on_time", "rectified_on_time", "repeat", "precision")
        notes |= dict.fromkeys(missing, (("no_register", {}),))
        return {}
    with open_project_register(project) as register:
        hazards, reports = register_frames(register, last)
    zone = project.timezone
    found = hazard_items(hazards, first=first, last=last, timezone=zone)
    return {**found, "precision": report_items(reports, first=first, last=last, timezone=zone)}


def register_frames(register: Register, on: date) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return hazards and reports as the register had them at the end of a day, for ``reports.kpi``."""
    until = last_moment(on, register.timezone)
    hazards, reports = pd.DataFrame(register.hazards(on=on)), pd.DataFrame(register.reports(on=on))
    events = register.events(*dict.fromkeys((*_SHUTTING, *OUTCOME_ACTIONS)))
    events = events[events["at"] <= until]
    own = events[events["action"].isin(_SHUTTING)]
    states = [json.loads(body).get("state", "") for body in own["body"]]
    times = pd.to_datetime(own["at"], utc=True, format="ISO8601")
    done = shut_and_reopened(own.rename(columns={"subject": "hazard_id"}).assign(at=times, state=states))
    done = done.reindex(hazards["hazard_id"])
    hazards = hazards.assign(
        shut=(done["shut"] == True).to_numpy(bool),  # noqa: E712 - NaN of those upon which nobody acted
        rectified=done["rectified"].array,
        reopened=done["reopened"].fillna(0).to_numpy(np.int64),
    )
    heard = reports[reports["withdrawn"].isna()]
    root = dict(zip(reports["case_id"], reports["hazard_id"], strict=True))
    outcomes = outcomes_of(events[events["action"].isin(OUTCOME_ACTIONS)])
    outcomes = outcomes.assign(hazard_id=outcomes["hazard_id"].map(lambda name: root.get(name, name)))
    known = hazards.set_index("hazard_id").assign(shut=hazards["closed"].array)[["state", "reported", "shut"]]
    said = verdicts(outcomes, known)["true"].to_dict()
    verdict = pd.Series([said.get(name) for name in heard["hazard_id"]], index=heard.index, dtype=object)
    return hazards, heard.assign(verdict=verdict)


def plan_stops(project: Project, plans: Sequence[Path], *, first: date, last: date) -> pd.DataFrame:
    """Return the stops with tasks of plans in a period, :data:`STOP_COLUMNS`.

    ``hours`` is travel to the stop and service; the way home is the last stop's, so that the hours of a shift add up
    to its travel and service. ``ecm`` is the prize for which the search served the task: the ECM that a patrol on
    that day and by that method is expected to save, with what the settings add for work that is due. Of a day that
    several plans have, the one that begins latest counts. What the field says was not done is no stop, nor is the way
    to it; what nobody has spoken of counts as planned.

    Raises
    ------
    PlanError
        If a plan or its problem cannot be read, or is another project's: all of them at once.
    """
    found: list[Finding] = []
    read: list[tuple[str, Plan, Problem]] = []
    for path in plans:
        try:
            plan = read_plan(path)
            if plan.document["project"]["name"] != project.name:
                what = f"is a plan of {plan.document['project']['name']!r}, not of {project.name!r}"
                found.append(Finding("error", "kpi.plan", str(path), what, "name plans of this project"))
                continue
            folder = path if path.is_dir() else path.parent
            read.append((plan.document["from"], plan, read_problem(plan, folder)[0]))
        except PlanError as error:
            found += error.findings
    if found:
        raise PlanError(found)
    days: dict[str, list[dict[str, Any]]] = {}
    for begins, plan, problem in sorted(read, key=lambda one: one[0]):
        start = date.fromisoformat(begins)
        for k in range(int(plan.document["days"])):
            days[(start + timedelta(days=k)).isoformat()] = []
        prizes, missed = _prizes(problem), not_done_of(project, plan)
        for shift in plan.shifts:
            days[shift["date"]] += _stops_of(shift, plan.tasks, prizes, start, missed)
    rows = [row for day, own in sorted(days.items()) if first.isoformat() <= day <= last.isoformat() for row in own]
    return pd.DataFrame(rows, columns=list(STOP_COLUMNS))


def _prizes(problem: Problem) -> dict[str, list[tuple[int, ...]]]:
    return {task.task_id: [option.prizes for option in task.options] for task in problem.tasks}


def _stops_of(
    shift: dict[str, Any],
    tasks: dict[str, Any],
    prizes: dict[str, list[tuple[int, ...]]],
    start: date,
    missed: frozenset[tuple[str, str]],
) -> list[dict[str, Any]]:
    day = (date.fromisoformat(shift["date"]) - start).days
    rows, before_s = [], 0
    for stop in shift["route"]:
        before_s += int(stop["travel_s"])
        if stop["kind"] not in TASK_STOPS:
            continue
        if (shift["shift_id"], stop["task_id"]) in missed:
            before_s = 0
            continue
        task = tasks[stop["task_id"]]
        service_s = (pd.Timestamp(stop["leave"]) - pd.Timestamp(stop["start_service"])).total_seconds()
        rows.append(
            {
                "date": shift["date"], "crew_id": shift["crew_id"], "party": shift["party"],
                "zone_id": task["zone_id"], "task_id": stop["task_id"], "kind": stop["kind"],
                "hours": (before_s + service_s) / 3600, "aid": "aid" in stop,
                "ecm": prizes[stop["task_id"]][stop["option"]][day] / 1000,
                **{key: str(task.get(key, "")) for key in ("feeder_id", "first_pole", "last_pole")},
            }
        )  # fmt: skip
        before_s = 0
    if rows:
        rows[-1]["hours"] += before_s / 3600
    return rows


def _of_plans(stops: pd.DataFrame, network: Network, fixes: pd.DataFrame, notes: Notes) -> dict[str, Items]:
    if stops.empty:
        notes |= dict.fromkeys(("aid", "risk", "arrival"), (("no_plans", {}),))
        return {}
    items = stop_items(stops)
    planned = _planned_poles(stops, network)
    if fixes.empty:
        notes["arrival"] = (("no_tracks", {}),)
        return items
    seen = reached(planned, fixes)
    shifts, tracked = (len(frame.drop_duplicates(["crew_id", "date"])) for frame in (planned, seen))
    notes["arrival"] = (("some_tracks", {"tracked": tracked, "shifts": shifts}),)
    return {**items, "arrival": arrival_items(seen)} if len(seen) else items


def _fixes(project: Project, network: Network) -> pd.DataFrame:
    """Return the fixes of tracks that came back and are still kept: :data:`FIX_COLUMNS`, in the network's metres."""
    kept = read_fixes(project.file("field"))
    points = gpd.GeoSeries.from_xy(kept["lon"], kept["lat"], crs=4326).to_crs(network.nodes.crs)
    return kept[["crew_id", "date"]].assign(x=points.x, y=points.y)


def _planned_poles(stops: pd.DataFrame, network: Network) -> pd.DataFrame:
    """Return the poles of planned sections: ``date, crew_id, party, zone_id, node, x, y``."""
    finder, rows = PoleFinder(network), []
    ends = network.spans[["u", "v"]].to_numpy(np.int64)
    stands = network.nodes["pole"].to_numpy(np.int64) >= 0  # the source is no pole
    xy = shapely.get_coordinates(network.nodes.geometry.to_numpy())
    for row in stops[stops["kind"] == "section"].to_dict("records"):
        spans, _ = finder.stretch(row["feeder_id"], row["first_pole"], row["last_pole"])
        head = {key: row[key] for key in ("date", "crew_id", "party", "zone_id")}
        rows += [{**head, "node": int(n), "x": xy[n, 0], "y": xy[n, 1]} for n in np.unique(ends[spans]) if stands[n]]
    columns = ["date", "crew_id", "party", "zone_id", "node", "x", "y"]
    return pd.DataFrame(rows, columns=columns).drop_duplicates(["date", "crew_id", "node"])


def reached(planned: pd.DataFrame, fixes: pd.DataFrame, *, within_m: float = ARRIVED_M) -> pd.DataFrame:
    """Return the planned poles of those crews and days that have a track, with ``reached``: a fix came that near.

    Parameters
    ----------
    planned : DataFrame
        ``crew_id, date`` (ISO text), ``x, y`` (metres) and whatever else.
    fixes : DataFrame
        :data:`FIX_COLUMNS`, in the same metres.
    """
    parts = []
    tracks = {key: part[["x", "y"]].to_numpy(float) for key, part in fixes.groupby(["crew_id", "date"])}
    for key, part in planned.groupby(["crew_id", "date"], sort=True):
        if key in tracks:
            away, _ = cKDTree(tracks[key]).query(part[["x", "y"]].to_numpy(float))
            parts.append(part.assign(reached=away <= within_m))
    return pd.concat(parts, ignore_index=True) if parts else planned.iloc[:0].assign(reached=False)


def _of_faults(layers: Layers, network: Network, first: date, last: date, notes: Notes) -> dict[str, Items]:
    faults = layers.faults
    served = transformer_customers(network, layers.project.settings.consequence)
    total = float(served["customers"].sum())
    if faults.empty or faults["customers"].isna().all() or total <= 0:
        notes |= dict.fromkeys(("saifi", "saidi"), (("no_customers", {}),))
        return {}
    items = fault_items(faults, total, first=first, last=last)
    here = faults[(faults["date"].dt.date >= first) & (faults["date"].dt.date <= last)]
    for name, known in (("saifi", here["customers"]), ("saidi", here["customers"] * here["minutes"])):
        told = [("some_faults", {"known": int(known.notna().sum()), "all": len(here)})] if known.isna().any() else []
        told += [("guessed_customers", {})] if (served["source"] != "data").any() else []
        notes[name] = tuple(told)
    return items

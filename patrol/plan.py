"""The plan file: ``plan.json``, schema ``patrol-plan/1``; reading, writing, and frames drawn from it.

The file holds no clock, path or host name, so the same plan is the same bytes. Everything else that
people see (maps, sheets, tables) is drawn from it.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from patrol.errors import Finding, PlanError
from patrol.words import counted

SCHEMA = "patrol-plan/1"
TASK_STOPS = ("section", "visit")  # kinds of stops that serve a task


@dataclass(frozen=True, slots=True, repr=False)
class Plan:
    """A plan as it stands in its file; ``document`` is the parsed JSON and must not be changed."""

    document: dict[str, Any]

    def __repr__(self) -> str:
        """Return what a person wants to know of a plan at a glance, not its whole document."""
        first, days = self.document.get("from"), self.document.get("days", 0)
        shifts, left = (len(self.document.get(key, ())) for key in ("shifts", "dropped"))
        return (
            f"<Plan from {first}, {counted(days, 'day')}: {counted(shifts, 'shift')}, {counted(left, 'task')} left out>"
        )

    @property
    def shifts(self) -> list[dict[str, Any]]:
        """Shifts with their routes."""
        return list(self.document["shifts"])

    @property
    def dropped(self) -> list[dict[str, Any]]:
        """Tasks left out, with reason codes."""
        return list(self.document["dropped"])

    @property
    def tasks(self) -> dict[str, dict[str, Any]]:
        """Every task by id: kind, label, zone, hazard type and so on."""
        return dict(self.document["tasks"])

    @property
    def figures(self) -> dict[str, Any]:
        """Totals of the plan."""
        return dict(self.document["figures"])

    @property
    def due_left_out(self) -> int:
        """How many tasks are left out that are due by the last day (those without a date are due)."""
        last = date.fromisoformat(self.document["from"]) + timedelta(days=max(0, int(self.document["days"]) - 1))
        tasks = self.tasks
        return sum(tasks.get(item["task_id"], {}).get("due", "") <= last.isoformat() for item in self.dropped)

    @property
    def hours_suffice(self) -> str:
        """Whether the hours are enough: ``too_few``, ``on_paper`` (due tasks are left out all the same), ``enough``."""
        if float(self.figures.get("hours_needed", 0.0)) > float(self.figures.get("hours_available", 0.0)):
            return "too_few"
        return "on_paper" if self.due_left_out else "enough"

    def stops(self) -> gpd.GeoDataFrame:
        """Return one row a stop, WGS84 points, in the order of shifts and routes."""
        rows = []
        for shift in self.shifts:
            head = {key: shift[key] for key in ("shift_id", "crew_id", "party", "mode", "date")}
            for number, stop in enumerate(shift["route"]):
                task = self.tasks.get(stop["task_id"], {})
                rows.append(
                    {
                        **head,
                        "order": number,
                        **stop,
                        "label": task.get("label", ""),
                        "zone_id": task.get("zone_id", ""),
                    }
                )
        frame = pd.DataFrame(rows)
        if frame.empty:
            return gpd.GeoDataFrame({"shift_id": []}, geometry=[], crs="EPSG:4326")
        return gpd.GeoDataFrame(frame, geometry=gpd.points_from_xy(frame["lon"], frame["lat"]), crs="EPSG:4326")

    def legs(self) -> gpd.GeoDataFrame:
        """Return one row a leg with its real geometry (WGS84 lines); empty where the plan carries none."""
        rows, shapes = [], []
        for shift in self.shifts:
            for number, leg in enumerate(shift.get("legs", [])):
                head = {key: shift[key] for key in ("shift_id", "crew_id", "party", "mode", "date")}
                rows.append({**head, "order": number, "to_order": leg["to"], "kind": leg["kind"]})
                shapes.append(shapely.linestrings(decode_line(leg["line"])))
        return gpd.GeoDataFrame(rows, geometry=shapes, crs="EPSG:4326")


def plan_sha256(plan: Plan) -> str:
    """Return the hash that pages, papers and report-backs name a plan by: that of the bytes of its file."""
    return sha256(to_bytes(plan.document))


def plan_tag(plan: Plan, digest: str = "") -> str:
    """Return the short name of a plan that a reply by text message begins with, such as ``#3fa9``.

    ``digest`` is its hash where that is known already.
    """
    return "#" + (digest or plan_sha256(plan))[:4]


def stop_codes(plan: Plan) -> dict[tuple[str, int], int]:
    """Return the short code of every stop with a task: 1, 2, 3 ... over all shifts, so that a code names its crew too.

    Returns
    -------
    dict
        Code by ``(shift_id, position on the route)``; position 0 is the start, as in :meth:`Plan.stops`.
    """
    served = [
        (shift["shift_id"], position)
        for shift in plan.shifts
        for position, stop in enumerate(shift["route"])
        if stop["kind"] in TASK_STOPS
    ]
    return {place: code for code, place in enumerate(served, start=1)}


def spent_s(stop: Mapping[str, Any]) -> int:
    """Return the seconds that a stop of a plan document takes: service and the way to it."""
    begins, ends = (datetime.fromisoformat(stop[key]) for key in ("start_service", "leave"))
    return int((ends - begins).total_seconds()) + int(stop["travel_s"])


def encode_line(lonlat: Any) -> list[int]:
    """Return a line as integers: first point in 1e-6 degrees, then differences, ``lon, lat`` alternating."""
    points = np.round(np.asarray(lonlat, dtype=float)[:, :2] * 1e6).astype(np.int64)
    if len(points) == 1:
        points = np.repeat(points, 2, axis=0)
    steps = np.diff(points, axis=0, prepend=np.zeros((1, 2), np.int64))
    return [int(v) for v in steps.ravel()]


def decode_line(steps: list[int]) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return the points (n, 2) of :func:`encode_line` in degrees."""
    result: np.ndarray[Any, np.dtype[np.float64]] = (
        np.cumsum(np.asarray(steps, dtype=np.int64).reshape(-1, 2), axis=0) / 1e6
    )
    return result


def plan_schema() -> dict[str, Any]:
    """Return the JSON Schema of the plan file."""
    loaded: dict[str, Any] = json.loads((files("patrol") / "data" / "patrol-plan-1.schema.json").read_text("utf-8"))
    return loaded


def to_bytes(document: dict[str, Any]) -> bytes:
    """Return the canonical bytes of a JSON document: sorted keys, UTF-8, one line a shift stays readable by diff."""
    text = json.dumps(document, ensure_ascii=False, sort_keys=True, indent=1, allow_nan=False) + "\n"
    return text.encode("utf-8", "backslashreplace")  # a lone surrogate, which no UTF-8 holds, as JSON escapes it


def sha256(data: bytes) -> str:
    """Return the hex SHA-256 of bytes."""
    return hashlib.sha256(data).hexdigest()


def write_bytes(path: Path, data: bytes, *, private: bool = False) -> None:
    """Write a file beside its place and move it there, so that no reader ever sees half of it.

    ``private``: nobody but its owner may read it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        mask = os.umask(0)
        os.umask(mask)
        Path(name).chmod(0o600 if private else 0o666 & ~mask)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def write_plan(plan: Plan, path: Path | str) -> None:
    """Write ``plan.json``."""
    write_bytes(Path(path), to_bytes(plan.document))


def read_plan(path: Path | str) -> Plan:
    """Read ``plan.json`` and check its form (not its rules: that is ``patrol verify``).

    Raises
    ------
    PlanError
        If the file is missing, no JSON, or not of schema ``patrol-plan/1``; every missing part is named.
    """
    file = Path(path)
    label = file.name
    if file.is_dir():
        file = file / "plan.json"
    try:
        document = json.loads(file.read_text("utf-8"))
    except FileNotFoundError as error:
        raise PlanError(
            Finding(
                "error", "plan.missing", str(path),
                "holds no plan.json" if Path(path).is_dir() else "the file does not exist",
                "name a plan.json, or the folder that patrol plan --out has written",
            )
        ) from error  # fmt: skip
    except (ValueError, RecursionError) as error:  # no JSON, no UTF-8, numbers without end, or lists in lists in lists
        raise PlanError(Finding("error", "plan.json", label, f"no valid JSON: {error}", "plan again")) from error
    found = check_form(document, label)
    if found:
        raise PlanError(found)
    return Plan(document)


def check_form(document: Any, label: str) -> list[Finding]:
    """Return every way in which a document is not of schema ``patrol-plan/1``."""
    import jsonschema

    validator = jsonschema.Draft202012Validator(plan_schema())
    faults = sorted(validator.iter_errors(document), key=lambda fault: [str(part) for part in fault.absolute_path])
    return [
        Finding("error", "plan.schema", label, fault.message[:300], "plan again, or undo the edit",
                field="/".join(str(part) for part in fault.absolute_path))
        for fault in faults
    ]  # fmt: skip

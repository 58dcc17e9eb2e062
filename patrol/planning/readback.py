"""A plan file read back into a routing solution, so that the checker of solutions can judge the file."""

from __future__ import annotations

from datetime import date
from typing import Any
from zoneinfo import ZoneInfoNotFoundError

from patrol.errors import Finding
from patrol.routing.model import Dropped, Problem, Route, Solution, Stop
from patrol.units import local_iso, seconds_since_midnight


class Reader:
    """Reads a plan document back into a routing solution; what cannot be read is a finding."""

    def __init__(self, document: dict[str, Any], problem: Problem) -> None:
        self.document, self.problem = document, problem
        self.found: list[Finding] = []

    def add(self, code: str, where: str, what: str) -> None:
        """Note a fault."""
        self.found.append(Finding("error", code, where, what, "plan again, or undo the edit"))

    def time(self, text: str, day: date, where: str) -> int:
        """Return seconds after midnight; a time that is none, or has another zone's offset, is a finding."""
        try:
            seconds = seconds_since_midnight(text, day)
            good = local_iso(day, seconds, self.document["project"]["timezone"]) == text
        except (ValueError, OverflowError, ZoneInfoNotFoundError):
            seconds, good = -1, False
        if not good:
            self.add("time.malformed", where, f"{text} is no time of the project's time zone")
        return seconds

    def solution(self) -> Solution:
        """Return the solution; unknown shifts and tasks are left out after being named."""
        tasks = {task.task_id: k for k, task in enumerate(self.problem.tasks)}
        shifts = {shift.shift_id: k for k, shift in enumerate(self.problem.shifts)}
        routes = []
        for entry in self.document["shifts"]:
            if entry["shift_id"] not in shifts:
                self.add("shift.unknown", entry["shift_id"], "no such shift in the problem")
                continue
            routes.append(self._route(entry, shifts[entry["shift_id"]], tasks))
        dropped = []
        for entry in self.document["dropped"]:
            if entry["task_id"] in tasks:
                dropped.append(Dropped(tasks[entry["task_id"]], entry["reason"]))
            else:
                self.add("dropped.unknown", entry["task_id"], "no such task in the problem")
        if {*self.document["tasks"]} != {*tasks}:
            odd = sorted({*self.document["tasks"]} ^ {*tasks})
            self.add("tasks.differ", "tasks", f"not the problem's tasks: {odd[:5]}")
        head = self.document
        figures = head["figures"]
        served, value = figures.get("mandatory_weight_planned"), figures.get("value_ecm")
        if not isinstance(served, int) or not isinstance(value, (int, float)):
            self.add("figures.missing", "figures", "mandatory_weight_planned and value_ecm must be numbers")
            served, value = 0, 0.0
        return Solution(
            head["engine"], head["seed"], head["iterations"], head["stopped_by"], tuple(routes), tuple(dropped),
            served, round(value * 1000),
        )  # fmt: skip

    def _route(self, entry: dict[str, Any], shift: int, tasks: dict[str, int]) -> Route:
        day = date.fromisoformat(entry["date"])
        where = entry["shift_id"]
        seconds = {key: self.time(entry[key], day, where) for key in ("start", "end")}
        first, *middle, last = entry["route"]
        if first["kind"] != "start" or last["kind"] != "end" or any(s["kind"] in {"start", "end"} for s in middle):
            self.add("route.ends", where, "a route is start, stops, end")
        stops = [stop for raw in middle if (stop := self._stop(raw, day, where, tasks))]
        for key, raw in (("start", first), ("end", last)):
            times = {self.time(raw[name], day, where) for name in ("arrive", "start_service", "leave")}
            if times != {seconds[key]}:
                self.add("route.ends", where, f"the {key} stop has other times than the shift's {key}")
        return Route(shift, seconds["start"], tuple(stops), last["travel_s"], last["distance_m"], seconds["end"])

    def _stop(self, raw: dict[str, Any], day: date, where: str, tasks: dict[str, int]) -> Stop | None:
        times = [self.time(raw[key], day, where) for key in ("arrive", "start_service", "leave")]
        if raw["kind"] == "break":
            return Stop("break", -1, -1, times[0], times[1], times[2], raw["travel_s"], raw["distance_m"])
        if raw["task_id"] not in tasks:
            self.add("stop.unknown_task", where, f"no task {raw['task_id']!r} in the problem")
            return None
        task = tasks[raw["task_id"]]
        return Stop("task", task, raw["option"], times[0], times[1], times[2], raw["travel_s"], raw["distance_m"])

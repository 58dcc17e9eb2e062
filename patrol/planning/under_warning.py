"""Tasks inside a warned area are closed while the warning holds, to everybody or to those who would be too few."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from datetime import datetime, time, timedelta

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from patrol.errors import Finding
from patrol.planning.build import Built
from patrol.planning.danger import task_shapes
from patrol.planning.warned import Spell
from patrol.routing.model import Task, Window
from patrol.units import DAY_S
from patrol.words import counted


def under_warnings(
    built: Built, sections: gpd.GeoDataFrame, spells: tuple[Spell, ...]
) -> tuple[Built, tuple[Finding, ...]]:
    """Return a problem in which nobody is sent into a warned area while the warning holds, and notes of it.

    Weather that holds everywhere keeps shifts at home (:func:`patrol.planning.crews.make_shifts`); here it is only
    warnings with an area. A task must be over before the warning begins, or begin when it is over. What must be
    done by a day that the warning takes away may be done on the first day after it: late is better than never.
    """
    placed = [spell for spell in spells if spell.area is not None]
    if not placed or not built.problem.tasks:
        return built, ()
    shapes = task_shapes(built.tasks, built.tasks.geometry.to_list(), sections)
    inside = np.array([shapely.intersects(spell.area, shapes) for spell in placed])
    tasks = list(built.problem.tasks)
    for number in np.flatnonzero(inside.any(axis=0)).tolist():
        mine = [spell for spell, here in zip(placed, inside[:, number], strict=True) if here]
        shut = [spell for spell in mine if not spell.alone]
        tasks[number] = _without(_closed(tasks[number], shut, built.problem.days), _too_few(built, mine))
    notes = [_note(built, spell, int(here.sum())) for spell, here in zip(placed, inside, strict=True) if here.any()]
    return dataclasses.replace(built, problem=dataclasses.replace(built.problem, tasks=tuple(tasks))), tuple(notes)


def _closed(task: Task, shut: list[Spell], days: int) -> Task:
    """Return a task with what is left of its windows; with none left, no shift may serve it."""
    if not shut:
        return task
    longest = max((option.service_s for option in task.options), default=0)
    every_day = tuple(Window(day, 0, DAY_S) for day in range(days))
    left = _open(task.windows or every_day, shut, longest)
    if not left and task.windows:
        last = max(window.day for window in task.windows)
        hours = {(window.opens, window.closes) for window in task.windows}
        after = [Window(day, *pair) for day in range(last + 1, days) for pair in sorted(hours)]
        later = _open(after, shut, longest)
        left = tuple(window for window in later if window.day == later[0].day)
    return dataclasses.replace(task, windows=left) if left else dataclasses.replace(task, shifts=())


def _open(windows: Iterable[Window], shut: list[Spell], longest_s: int) -> tuple[Window, ...]:
    """Return when a service of at most so many seconds may start if it must not touch the times that are shut."""
    found = []
    for window in windows:
        opens = window.opens
        for begins, ends in sorted(spell.on(window.day) for spell in shut):
            if begins == ends:
                continue
            if opens <= begins - longest_s:
                found.append(Window(window.day, opens, min(begins - longest_s, window.closes)))
            opens = max(opens, ends)
        if opens <= window.closes and opens < DAY_S:
            found.append(Window(window.day, opens, window.closes))
    return tuple(one for one in found if one.opens <= one.closes)


def _too_few(built: Built, spells: list[Spell]) -> NDArray[np.bool_]:
    """Return which shifts are too few for a storm that holds while they are out."""
    shifts = built.shifts
    few = (shifts["people"] < built.project.settings.planning.night_people).to_numpy(bool)
    out = np.zeros(len(shifts), dtype=bool)
    for spell in spells:
        if spell.alone:
            hours = np.array([spell.on(day) for day in shifts["day"]]).reshape(-1, 2)
            out |= (hours[:, 0] < shifts["closes"].to_numpy()) & (shifts["opens"].to_numpy() < hours[:, 1])
    return few & out


def _without(task: Task, barred: NDArray[np.bool_]) -> Task:
    if not barred.any():
        return task
    allowed = range(len(barred)) if task.shifts is None else task.shifts
    return dataclasses.replace(task, shifts=tuple(k for k in allowed if not barred[k]))


def _note(built: Built, spell: Spell, count: int) -> Finding:
    midnight = datetime.combine(built.first, time())
    begins, ends = (f"{midnight + timedelta(seconds=value):%Y-%m-%d %H:%M}" for value in (spell.begins, spell.ends))
    who = "nobody alone goes" if spell.alone else "nobody goes"
    what = f"warning {spell.words!r}, {begins} to {ends}: {who} to {counted(count, 'task')} in its area"
    return Finding("note", "weather.warned_alone" if spell.alone else "weather.warned", spell.source, what, count=count)

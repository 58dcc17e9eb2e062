"""Joint tasks: what several parties do together, at one time, all of them or none.

A hazard that is ready for a rectification which the taxonomy gives to several parties, and a request whose parties are
joined by ``+``, become a task for each party. Ties hold their starts so close that one quarter of an hour lies within
the tolerance of all: that is the appointment. It is proposed until every party has confirmed it (``appointments`` of
the project), and what one party has confirmed stays where it is.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date
from types import MappingProxyType
from typing import Any

import geopandas as gpd
import pandas as pd

from patrol.config.defence import DefenceSettings
from patrol.errors import Finding
from patrol.layers.schema import PARTIES
from patrol.planning.frames import records
from patrol.planning.slack import before_meeting_s, spare_s
from patrol.routing.model import Task, Tie, Window
from patrol.units import DAY_S

QUARTER_S = 900
TOGETHER = "+"
PUT_OFF = ("notice", "agreed_later")
"""Why a joint task is left out before anything is searched: a party must be told more days before than the plan is
long; or it comes round again, and the time before it is not done yet."""


@dataclass(frozen=True, slots=True)
class Appointment:
    """When several parties meet, as far as any of them has confirmed it.

    Attributes
    ----------
    joint : str
        What it is about: the task's id without its party.
    at : int
        Second after midnight of ``date``.
    crews, confirmed : dict
        By party that has confirmed: its crew, and the day on which it did.
    """

    joint: str
    date: date
    at: int
    crews: dict[str, str]
    confirmed: dict[str, str]


def is_of(joint: str, name: str) -> bool:
    """Return whether a name means a joint task: its id such as ``R:R-004``, or what it is about, ``R-004``."""
    return name in {joint, joint.partition(":")[2]}


def together_of(cell: object) -> tuple[str, ...]:
    """Return the parties that a cell joins by ``+``, in the order of PARTIES; none if it joins nobody."""
    names = {part.strip() for part in str(cell or "").split(TOGETHER)}
    return tuple(party for party in PARTIES if party in names) if len(names) > 1 else ()


def split_joint(
    tasks: gpd.GeoDataFrame,
    settings: DefenceSettings,
    *,
    first: date,
    days: int,
    held: Mapping[str, Appointment] = MappingProxyType({}),
    told: Mapping[str, Appointment] = MappingProxyType({}),
) -> tuple[gpd.GeoDataFrame, list[Finding]]:
    """Return tasks with a row a party for each that is done together, and what comes late because of its notice.

    Parameters
    ----------
    tasks : GeoDataFrame
        With ``together`` (parties, empty for most); see :func:`patrol.planning.tasks.make_tasks`.
    held : dict
        Confirmed appointments by joint id: the parties of these have had their notice.
    told : dict
        Those that the plan before proposes: of its day the parties have had their notice, of no other, see
        :func:`patrol.planning.held.keep_told`.

    Returns
    -------
    GeoDataFrame
        ``joint`` is the id that the tasks of one appointment share, empty for others. Only the first party's task
        carries the mandatory weight, as often as there are parties: they are served all or none, and each gives hours
        that as much else could be done in. The task of a party that must keep away
        has no parties at all, so nobody may serve it; so have those that are put off, and ``extras`` says why
        (``put_off``, one of PUT_OFF, and ``notice_days``). What is only agreed upon later has no mandatory weight.
    list of Finding
        Joint tasks that are due before all parties can have been told.
    """
    rows, points, notes = [], [], []
    for row, point in zip(records(tasks.drop(columns=tasks.geometry.name)), tasks.geometry, strict=True):
        parties = row["together"]
        if not parties:
            rows.append(row | {"joint": ""})
            points.append(point)
            continue
        proposed = told.get(row["task_id"])
        notice = 0 if row["task_id"] in held else notice_of(parties, settings)
        if proposed is not None:
            notice = min(notice, (proposed.date - first).days)
        last_day = int(row["last_day"])
        if notice > min(last_day, days - 1):
            what = (
                f"{row['label']}: {', '.join(parties)} together need {notice} days' notice, and it is due before that"
            )
            notes.append(Finding("note", "joint.notice", row["task_id"], what, f"plan from {first} for more days"))
            last_day = days - 1  # late is better than never
        whole = row | {"last_day": last_day} | _put_off(row, notice, days)
        for number, party in enumerate(parties):
            rows.append(_of_party(whole, party, notice, settings, lead=number == 0))
            points.append(point)
    table = pd.DataFrame(rows, columns=[*tasks.columns.drop(tasks.geometry.name), "joint"])
    for name in ("occurrence", "together"):
        table[name] = pd.Series([row[name] for row in rows], dtype=object)
    split = gpd.GeoDataFrame(table, geometry=points, crs=tasks.crs)
    return split.sort_values("task_id", kind="stable").reset_index(drop=True), notes


def notice_of(parties: Collection[str], settings: DefenceSettings) -> int:
    """Return how many days before all of some parties can have been told."""
    return max(settings.notice_days.get(party, 0) for party in parties)


def _put_off(row: dict[str, Any], notice: int, days: int) -> dict[str, Any]:
    """Return the cells by which a joint task that cannot be agreed upon within the plan is nobody's, and says why."""
    again = row["occurrence"]
    if again is not None and again.number > 1:  # what comes round again is agreed upon once it comes
        return {"parties": (), "mandatory": 0, "extras": {**row["extras"], "put_off": PUT_OFF[1]}}
    if notice > days - 1:
        return {"parties": (), "extras": {**row["extras"], "put_off": PUT_OFF[0], "notice_days": notice}}
    return {}


def _of_party(row: dict[str, Any], party: str, notice: int, settings: DefenceSettings, *, lead: bool) -> dict[str, Any]:
    extra = round(settings.joint_ecm * 1000)
    prizes = {
        name: tuple((value if lead else 0) + extra for value in row[name]) for name in row if name.startswith("prize_")
    }
    minutes = max(float(row["minutes"]), settings.joint_minutes) if row["kind"] == "hazard" else row["minutes"]
    before = before_meeting_s(settings)
    weight = int(row["mandatory"]) * len(row["together"]) if lead else 0
    closes = row["closes"] if pd.isna(row["closes"]) else max(row["closes"] - before, row["opens"])
    return row | prizes | {
        "task_id": f"{row['task_id']}/{party}", "joint": row["task_id"], "minutes": minutes + before / 60,
        "closes": closes,
        "parties": (party,) if party in row["parties"] else (), "mandatory": weight,
        "first_day": max(int(row["first_day"]), notice), "aid": "open", "aid_why": "joint", "aid_from": -1,
        "occurrence": None,
    }  # fmt: skip


def closeness(tolerance_min: float, *, spare_s: int | None = None) -> tuple[int, bool]:
    """Return how far apart starts may be so that one quarter of an hour lies within the tolerance of all.

    Parameters
    ----------
    spare_s : int, optional
        No farther than this: then it is the quarter nearest to the last of them, and that one has so much to spare.

    Returns
    -------
    tuple of (int, bool)
        Seconds, and whether starts must also lie within the tolerance of some quarter of an hour each.
    """
    tolerance = round(tolerance_min * 60)
    if 2 * tolerance >= QUARTER_S:
        apart = 2 * tolerance - QUARTER_S
        return apart if spare_s is None else min(apart, spare_s), False
    return max(0, min(2 * tolerance, QUARTER_S - 2 * tolerance - 1)), True


def tie_together(
    tasks: tuple[Task, ...], joints: list[str], settings: DefenceSettings, days: int
) -> tuple[tuple[Task, ...], tuple[Tie, ...]]:
    """Return the tasks of a problem with the windows of appointments, and the ties between those of one.

    Each party's task begins ``before_meeting_s`` before the work that is done together.
    """
    members: dict[str, list[int]] = defaultdict(list)
    for number, joint in enumerate(joints):
        if joint:
            members[joint].append(number)
    apart, quarters = closeness(
        settings.joint_tolerance_min, spare_s=spare_s(settings) if settings.spread > 0 else None
    )
    out, ties = list(tasks), []
    for found in members.values():
        ties += [Tie(a, b, -apart, apart) for k, a in enumerate(found) for b in found[k + 1 :]]
        if quarters:
            for number in found:
                windows = _on_the_quarter(out[number], settings, days)
                out[number] = replace(out[number], windows=windows, shifts=out[number].shifts if windows else ())
    return tuple(out), tuple(ties)


def _on_the_quarter(task: Task, settings: DefenceSettings, days: int) -> tuple[Window, ...]:
    tolerance, before = round(settings.joint_tolerance_min * 60), before_meeting_s(settings)
    own = task.windows or tuple(Window(day, 0, DAY_S) for day in range(days))
    cut = [
        Window(window.day, max(window.opens, at - tolerance - before), min(window.closes, at + tolerance - before))
        for window in own
        for at in range(0, DAY_S + 1, QUARTER_S)
    ]
    return tuple(window for window in cut if window.opens <= window.closes)


def quarter_for(starts: list[int], tolerance_min: float) -> int:
    """Return the quarter of an hour of an appointment: within the tolerance of all starts, nearest to the last.

    Raises
    ------
    ValueError
        If there is none: the starts lie too far apart.
    """
    tolerance = round(tolerance_min * 60)
    first = -(-max(0, max(starts) - tolerance) // QUARTER_S) * QUARTER_S
    fitting = range(first, min(starts) + tolerance + 1, QUARTER_S)
    if not fitting:
        raise ValueError(f"no quarter of an hour lies within {tolerance} s of all of {sorted(starts)}")
    return min(fitting, key=lambda at: (abs(at - max(starts)), at))


def appointments_of(rows: pd.DataFrame, *, moved: tuple[str, ...] = ()) -> dict[str, Appointment]:
    """Return what is confirmed, by joint id; the last day and time confirmed is the one that holds.

    Parameters
    ----------
    rows : DataFrame
        The input ``appointments``: ``joint_id, date, time, party, crew_id, confirmed``, in the order of the file.
    moved : tuple of str
        Joint ids, or the hazards or requests in them, whose appointments are given up, to be made anew.
    """
    out: dict[str, Appointment] = {}
    for row in records(rows):
        joint, day, at = str(row["joint_id"]), row["date"].date(), int(row["time"])
        if any(is_of(joint, name) for name in moved):
            continue
        known = out.get(joint)
        if known is None or (known.date, known.at) != (day, at):
            known = Appointment(joint, day, at, {}, {})
        crews, said = {**known.crews, row["party"]: row["crew_id"]}, {**known.confirmed, row["party"]: row["confirmed"]}
        out[joint] = replace(known, crews=crews, confirmed={key: str(value)[:10] for key, value in said.items()})
    return out


def joint_entry(
    joint: str,
    starts: list[int],
    crews: list[str],
    held: Mapping[str, Appointment],
    parties: Collection[str],
    tolerance_min: float,
) -> dict[str, Any]:
    """Return what a stop says of its appointment: id, second ``at``, state, with whom, and who confirmed when.

    ``starts`` are when the parties are to begin together; ``crews`` are those of the other parties; a party that has no
    part in it (any more) confirms nothing.
    """
    found = held.get(joint)
    confirmed = {party: day for party, day in found.confirmed.items() if party in parties} if found else {}
    return {
        "id": joint,
        "at": found.at if found else quarter_for(starts, tolerance_min),
        "state": "confirmed" if found and len(confirmed) == len(parties) else "proposed",
        "with": crews,
        "confirmed": confirmed,
    }

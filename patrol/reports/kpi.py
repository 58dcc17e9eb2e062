"""Key figures of the joint defence (domain brief, section 6): sums over frames, each with what it is a share of.

Every figure is a numerator over a denominator and carries both, and how many things stand behind it. Only zones,
parties and months are told apart: never a crew, and never who reported.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

BY = ("zone", "party", "month")
TABLE_COLUMNS = ("measure", "by", "group", "numerator", "denominator", "value", "count", "small")
MEASURES = (
    "closure", "reopened", "on_time", "rectified_on_time", "repeat", "precision", "coverage", "arrival", "aid", "risk",
    "saifi", "saidi",
)  # fmt: skip
SHARES = frozenset(MEASURES) - {"risk", "saifi", "saidi"}  # what is shown in per cent
SMALL = 10  # fewer things than this are too few to judge by (m)
NOBODY = ""  # group of what belongs to no zone or party


@dataclass(frozen=True, slots=True, eq=False)
class Items:
    """The things that one figure is a sum over.

    Attributes
    ----------
    rows : DataFrame
        ``zone, party, month, numerator, denominator``, a row a thing.
    by : tuple of str
        By which of :data:`BY` the figure means something.
    total : float, optional
        The denominator, where it is no sum over the things but the same for every group (customers served).
    whole : tuple of str
        By which of :data:`BY` each group is held against the denominator of all (kilometres due, by who patrolled).
    months : DataFrame, optional
        Rows for the figures by month, where those are not parts of the same sum (what holds at each month's end).
    """

    rows: pd.DataFrame
    by: tuple[str, ...] = BY
    total: float | None = None
    whole: tuple[str, ...] = ()
    months: pd.DataFrame | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Kpis:
    """The figures of a period, as the register stood at the end of its last day.

    Attributes
    ----------
    table : DataFrame
        :data:`TABLE_COLUMNS`; ``by`` is ``all`` or one of :data:`BY`, ``value`` NaN where there is nothing to divide
        by, ``small`` where fewer than ``small`` things stand behind it.
    notes : dict
        Code of what must be known of a measure, with the values of its words.
    """

    project: dict[str, Any]
    first: date
    last: date
    table: pd.DataFrame
    notes: dict[str, tuple[tuple[str, dict[str, Any]], ...]] = field(default_factory=dict)
    small: int = SMALL

    def rows(self, by: str = "") -> list[dict[str, Any]]:
        """Return the rows of the table as dictionaries, those of one of ``all`` and :data:`BY` if it is named."""
        part = self.table[self.table["by"] == by] if by else self.table
        return [{str(key): value for key, value in row.items()} for row in part.astype(object).to_dict("records")]


def kpi_table(items: Mapping[str, Items], *, small: int = SMALL) -> pd.DataFrame:
    """Return the figures of each measure, over all and by zone, party and month; :data:`TABLE_COLUMNS`."""
    rows: list[dict[str, Any]] = []
    for measure in MEASURES:
        if measure in items:
            rows += _measure(measure, items[measure], small)
    return pd.DataFrame(rows, columns=list(TABLE_COLUMNS))


def _measure(measure: str, items: Items, small: int) -> list[dict[str, Any]]:
    out = [_row(measure, "all", "", items.rows, items, small)]
    for by in items.by:
        frame = items.months if by == "month" and items.months is not None else items.rows
        frame = frame[frame[by] != NOBODY] if by in items.whole else frame
        out += [_row(measure, by, str(group), part, items, small) for group, part in frame.groupby(by, sort=True)]
    return out


def _row(measure: str, by: str, group: str, part: pd.DataFrame, items: Items, small: int) -> dict[str, Any]:
    above = float(part["numerator"].sum())
    below = float(items.rows["denominator"].sum() if by in items.whole else part["denominator"].sum())
    below = below if items.total is None else items.total
    count = len(items.rows) if by in items.whole else len(part)
    return {
        "measure": measure, "by": by, "group": group, "numerator": above, "denominator": below,
        "value": above / below if below > 0 else np.nan, "count": count,
        "small": items.total is None and count < small,
    }  # fmt: skip


def hazard_items(hazards: pd.DataFrame, *, first: date, last: date, timezone: str) -> dict[str, Items]:
    """Return what was opened, closed, reopened, repeated, and due.

    Parameters
    ----------
    hazards : DataFrame
        As the register had them at the end of ``last``: ``state, zone_id, owner_party, previous_id``, the times
        ``reported, deadline, closed, rectified`` (UTC, NaT), ``shut`` (it was once rectified or closed) and
        ``reopened`` (how often it was opened again after that); see :func:`shut_and_reopened`.
    first, last : date
        Days of the project's time zone.

    Returns
    -------
    dict of Items
        ``closure``: of the hazards first reported in the period, those closed by its end. ``reopened``: of those
        once rectified or closed, those opened again since. ``repeat``: those that are a closed one come back.
        ``on_time`` and ``rectified_on_time``: of those whose deadline fell into the period, those closed by it, and
        those rectified by it. What was refuted was no hazard and counts nowhere here. The party is the one that
        answers for rectifying.
    """
    real = hazards[hazards["state"] != "refuted"]
    opened = real[_within(real["reported"], first, last, timezone)]
    due = real[_within(real["deadline"], first, last, timezone)]
    shut = opened[opened["shut"].to_numpy(bool)]

    def count(rows: pd.DataFrame, good: Any, when: str = "reported") -> Items:
        return Items(_counted(rows["zone_id"], rows["owner_party"], _months(rows[when], timezone), good))

    return {
        "closure": count(opened, opened["state"] == "closed"),
        "reopened": count(shut, shut["reopened"] > 0),
        "repeat": count(opened, opened["previous_id"] != ""),
        "on_time": count(due, (due["state"] == "closed") & (due["closed"] <= due["deadline"]), "deadline"),
        "rectified_on_time": count(due, due["rectified"] <= due["deadline"], "deadline"),
    }


def shut_and_reopened(events: pd.DataFrame) -> pd.DataFrame:
    """Return which hazards were once rectified or closed, since when they are, and how often they were reopened.

    Parameters
    ----------
    events : DataFrame
        ``hazard_id, action, at`` (UTC) and ``state`` (of an ``adopt``, else ""), in the order of the register.

    Returns
    -------
    DataFrame
        By ``hazard_id``: ``shut, rectified`` (NaT where it stands) and ``reopened``. Opening again what was refuted is
        no reopening: nothing had been rectified.
    """
    found: dict[str, tuple[bool, Any, int]] = {}
    last: dict[str, str] = {}
    for name, action, at, state in events[["hazard_id", "action", "at", "state"]].itertuples(index=False):
        shut, since, again = found.get(name, (False, pd.NaT, 0))
        done = action in {"rectify", "confirm"} or (action == "adopt" and state in {"rectified", "closed"})
        if done:
            since = at if action == "rectify" or pd.isna(since) else since
            found[name], last[name] = (True, since, again), "done"
        elif action == "refute":
            last[name] = "refuted"
        elif action == "reopen":
            found[name] = (shut, pd.NaT, again + (last.get(name) == "done"))
            last[name] = ""
    frame = pd.DataFrame.from_dict(found, orient="index", columns=["shut", "rectified", "reopened"])
    frame["rectified"] = pd.to_datetime(frame["rectified"], utc=True).astype("datetime64[us, UTC]")
    return frame.astype({"shut": bool, "reopened": "int64"}).rename_axis("hazard_id")


def report_items(reports: pd.DataFrame, *, first: date, last: date, timezone: str) -> Items:
    """Return the reports of the period whose hazards were decided by its end, and how many of those were true.

    Parameters
    ----------
    reports : DataFrame
        ``party, zone_id, seen`` (UTC) and ``verdict``: True, False, or None where nobody has decided.
    """
    here = reports[_within(reports["seen"], first, last, timezone) & reports["verdict"].notna()]
    return Items(_counted(here["zone_id"], here["party"], _months(here["seen"], timezone), here["verdict"]))


def coverage_items(spans: pd.DataFrame) -> Items:
    """Return the kilometres of line, and those that were patrolled within their cycle.

    Parameters
    ----------
    spans : DataFrame
        A row a span and month, as things stood on ``day``, the last day of the month or of the period: ``day,
        zone_id, party`` (who patrolled it last, "" nobody), ``km, cycle_days, last_patrol`` (NaT never).
    """
    age = (spans["day"] - spans["last_patrol"]).dt.days
    good = (age <= spans["cycle_days"]).to_numpy(bool)
    rows = pd.DataFrame(
        {
            "zone": spans["zone_id"], "party": spans["party"], "month": spans["day"].dt.strftime("%Y-%m"),
            "numerator": np.where(good, spans["km"], 0.0), "denominator": spans["km"],
        }
    )  # fmt: skip
    return Items(rows[(spans["day"] == spans["day"].max()).to_numpy(bool)], whole=("party",), months=rows)


def arrival_items(poles: pd.DataFrame) -> Items:
    """Return the planned poles of crews with a track, and those that a fix came near.

    Parameters
    ----------
    poles : DataFrame
        ``date, zone_id, party`` and ``reached``, a row a pole of a planned section.
    """
    months = pd.to_datetime(poles["date"]).dt.strftime("%Y-%m")
    return Items(_counted(poles["zone_id"], poles["party"], months, poles["reached"]))


def stop_items(stops: pd.DataFrame) -> dict[str, Items]:
    """Return the crew-hours of planned stops, those spent aiding other zones, and the risk that the stops remove.

    Parameters
    ----------
    stops : DataFrame
        ``date, zone_id`` (of the task), ``party, hours`` (travel and service), ``aid`` and ``ecm``.
    """
    head = pd.DataFrame(
        {"zone": stops["zone_id"], "party": stops["party"], "month": pd.to_datetime(stops["date"]).dt.strftime("%Y-%m")}
    )
    hours = stops["hours"].astype(float)
    return {
        "aid": Items(head.assign(numerator=hours.where(stops["aid"].astype(bool), 0.0), denominator=hours)),
        "risk": Items(head.assign(numerator=stops["ecm"].astype(float), denominator=hours)),
    }


def fault_items(faults: pd.DataFrame, customers: float, *, first: date, last: date) -> dict[str, Items]:
    """Return SAIFI = ΣN/N_T and SAIDI = ΣN·T/N_T of the faults of a period, by month.

    Parameters
    ----------
    faults : DataFrame
        ``date, customers`` (interrupted) and ``minutes``; rows that lack one do not count in what needs it.
    customers : float
        N_T: all that are served.
    """
    days = faults["date"].dt.date
    here = faults[(days >= first) & (days <= last)]
    out = {}
    for name, values in (("saifi", here["customers"]), ("saidi", here["customers"] * here["minutes"])):
        known = here[values.notna()]
        months = known["date"].dt.strftime("%Y-%m")
        rows = _counted(pd.Series("", index=known.index), pd.Series("", index=known.index), months, True)
        out[name] = Items(rows.assign(numerator=values[values.notna()].to_numpy(float)), ("month",), customers)
    return out


def _counted(zone: pd.Series[Any], party: pd.Series[Any], months: pd.Series[Any], good: Any) -> pd.DataFrame:
    frame = pd.DataFrame({"zone": zone, "party": party, "month": months})
    return frame.assign(numerator=good).astype({"numerator": float}).assign(denominator=1.0)


def _within(times: pd.Series[Any], first: date, last: date, timezone: str) -> pd.Series[bool]:
    zone = ZoneInfo(timezone)
    begins, ends = (pd.Timestamp(day, tz=zone) for day in (first, last + timedelta(days=1)))
    within: pd.Series[bool] = (times >= begins) & (times < ends)
    return within


def _months(times: pd.Series[Any], timezone: str) -> pd.Series[Any]:
    months: pd.Series[Any] = times.dt.tz_convert(timezone).dt.strftime("%Y-%m")
    return months

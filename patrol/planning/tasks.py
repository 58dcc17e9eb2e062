"""What there is to do: due sections, open hazards, service points and requests, as one frame of tasks."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from types import MappingProxyType
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from patrol.config import Settings
from patrol.layers.files import Layers
from patrol.layers.schema import PARTIES
from patrol.layers.values import words_of
from patrol.planning.cycles import Occurrence, occurrences, repeated
from patrol.planning.danger import keep_away, task_shapes
from patrol.planning.frames import records
from patrol.planning.joint import together_of
from patrol.planning.made import Made, named, numbered, points_since, sections_since
from patrol.planning.picture import Picture
from patrol.planning.zones import zone_of_points
from patrol.risk.score import METHODS, patrol_values, patrol_values_again, visit_values
from patrol.risk.value import milli

MANDATORY_OVERDUE = 1
MANDATORY_PROMISE = 2  # a date that somebody was told, after which the visit is void
MANDATORY_EMERGENCY = 100
EMERGENCY, HALF_DEADLINE, NO_ROOM = "emergency", "half_deadline", "no_room"  # why another zone's crew may come
WAITING_FOR_REPAIR = ("verified", "assigned", "in_rectification")  # another look moves nothing forward


def make_tasks(
    layers: Layers, seen: Picture, settings: Settings, *, first: date, days: int,
    made: Mapping[str, Made] = MappingProxyType({}),
) -> gpd.GeoDataFrame:  # fmt: skip
    """Return every task of the horizon, one row each, ordered by ``task_id``.

    ``made`` is what a plan has done by then, see :mod:`patrol.planning.made`.

    Columns: ``task_id, kind (section, hazard, service, request), ref`` (row in its own frame), ``label,
    label_zh, zone_id, mandatory, due, overdue_days, assumed, parties, skills, minutes, opens, closes``
    (seconds, NaN for any), ``first_day, last_day`` (of the horizon), ``aid``, ``aid_why`` and ``aid_from`` (whether
    and why another zone's crew may serve it, and the day from which all may, -1 for none), ``occurrence`` (of a cycle,
    else None), ``together`` (parties that must come at one time, see :mod:`patrol.planning.joint`), and
    ``prize_<method>`` in milli-ECM a day as tuples; geometry a point.
    """
    parts = [
        _section_tasks(seen, settings, first, days, made),
        _hazard_tasks(seen, settings, first, days),
        _service_tasks(layers, settings, first, days, made),
        _request_tasks(layers, settings, first, days),
    ]
    parts = [part for part in parts if len(part)]
    if not parts:
        return gpd.GeoDataFrame(pd.DataFrame(columns=_COLUMNS), geometry=[], crs=layers.crs)
    # Column by column: concat guesses types from columns without values, differently by version of pandas.
    columns = {name: [value for part in parts for value in part[name]] for name in parts[0].columns}
    table = pd.DataFrame(columns).sort_values("task_id", kind="stable").reset_index(drop=True)
    points = table.pop("point").to_list()
    shapes = task_shapes(table, points, seen.sections)
    repeats = [one if isinstance(one, Occurrence) else None for one in table["occurrence"]]  # pandas has NaN for None
    table["occurrence"] = pd.Series(repeats, dtype=object)
    table["parties"] = keep_away(shapes, table["parties"], seen.hazards, settings)
    table["together"] = _who_may_come(table, seen.hazards)
    missing = table["zone_id"] == ""
    table.loc[missing, "zone_id"] = zone_of_points(np.array(points, dtype=object)[missing.to_numpy()], layers.zones)
    return gpd.GeoDataFrame(table, geometry=points, crs=layers.crs)


def _who_may_come(table: pd.DataFrame, hazards: gpd.GeoDataFrame) -> pd.Series[Any]:
    """Return the parties that do a task together, nobody where the rectification of a hazard cannot be planned.

    A customer's asset is only looked at, and a party that must keep away from the danger is not sent to its repair:
    both leave the look that the hazard is due.
    """
    customers = "H:" + hazards.loc[hazards["asset_owner"] != "", "hazard_id"].astype(str)
    only_look = set(customers)
    out = [
        () if kind == "hazard" and (task in only_look or not set(names) <= set(may)) else names
        for task, kind, names, may in zip(
            table["task_id"], table["kind"], table["together"], table["parties"], strict=True
        )
    ]
    return pd.Series(out, index=table.index, dtype=object)


_COLUMNS = [
    "task_id", "kind", "ref", "label", "label_zh", "zone_id", "mandatory", "due", "overdue_days", "assumed",
    "parties", "skills", "minutes", "opens", "closes", "first_day", "last_day", "aid", "aid_why", "aid_from",
    "occurrence",
    "together", "extras", *(f"prize_{method}" for method in METHODS),
]  # fmt: skip


_SECTION_EXTRAS = ["section_id", "feeder_id", "first_pole", "last_pole", "length_m", "critical", "critical_why"]


def _section_tasks(seen: Picture, settings: Settings, first: date, days: int, made: Mapping[str, Made]) -> pd.DataFrame:
    sections = sections_since(seen.sections, made, first)
    last_day = pd.Timestamp(first + timedelta(days=days - 1 + settings.planning.lookahead_days))
    again = occurrences(sections, settings.cycles, first=first, days=days)
    known = ("S:" + sections["section_id"]).isin(made)  # what is not due again within the plan has been done in it
    once = sections.index[(sections["due"] <= last_day) & ~known].difference(pd.Index(again["label"]))
    one: list[Occurrence | None] = [*[None] * len(once), *again["occurrence"]]
    rows = sections.loc[[*once, *again["label"]]]
    ids = "S:" + rows["section_id"]
    number = numbered(ids, [1 if each is None else each.number for each in one], made)
    due = _due_again(rows["due"], one, first)
    late = (pd.Timestamp(first) - due).dt.days.clip(lower=0)
    overdue = late.mask(rows["assumed"].to_numpy(bool), 0)  # what nobody knows to be late is not late
    prizes = _patrol_prizes(seen, rows, number, due, settings, first, days)
    return pd.DataFrame({
        "task_id": named(ids, number),
        "kind": "section",
        "ref": rows.index,
        "label": rows["label"].to_numpy(object),
        "label_zh": rows["label_zh"].to_numpy(object),
        "zone_id": rows["zone_id"].to_numpy(object),
        "mandatory": np.where([each is not None for each in one], MANDATORY_OVERDUE, 0),
        "due": due.to_numpy(),
        "overdue_days": overdue.to_numpy(),
        "assumed": rows["assumed"].to_numpy(),
        "parties": [PARTIES] * len(rows),
        "skills": [()] * len(rows),
        "minutes": 0,
        "opens": np.nan,
        "closes": np.nan,
        "first_day": [0 if each is None else each.first_day for each in one],
        "last_day": days - 1,
        **_aid(False, (due - pd.Timestamp(first)).dt.days.mask(rows["assumed"].to_numpy(bool)) + 1),
        "occurrence": one,
        "together": [()] * len(rows),
        "point": shapely.line_interpolate_point(rows.geometry.to_numpy(), 0.5, normalized=True),
        "extras": [
            row | ({"occurrence": int(k)} if each is not None else {})
            for row, k, each in zip(records(rows[_SECTION_EXTRAS]), number, one, strict=True)
        ],
        **{f"prize_{method}": prizes[method] for method in METHODS},
    }, columns=[*_COLUMNS, "point"])  # fmt: skip


def _due_again(due: pd.Series[Any], one: list[Occurrence | None], first: date) -> pd.Series[Any]:
    """Return when each occurrence falls due if those before it are kept to the day; the first where it always was."""
    dates = [
        day if each is None or each.number == 1
        else pd.Timestamp(first) + timedelta(days=each.first_due + (each.number - 1) * each.max_gap)
        for day, each in zip(due, one, strict=True)
    ]  # fmt: skip
    return pd.Series(dates, dtype=due.dtype)


def _patrol_prizes(
    seen: Picture, rows: gpd.GeoDataFrame, number: Any, due: pd.Series[Any], settings: Settings, first: date, days: int
) -> dict[str, list[tuple[int, ...]]]:
    """Return milli-ECM a day for each patrol, by method of looking; the days differ by their weather.

    What falls due within the horizon is worth ``due_ecm`` more, and ``late_ecm_day`` less for each day after it.
    Later occurrences are worth what will have grown since the one before.
    """
    place = seen.sections.index.get_indexer(rows.index)
    scene, gap = seen.setting.scene, rows["season_cycle_days"].to_numpy(float)
    again = patrol_values_again(scene, place, gap)
    due_on = (due - pd.Timestamp(first)).dt.days.to_numpy()
    prizes: dict[str, list[list[int]]] = {method: [] for method in METHODS}
    for day in range(days):
        late = settings.cycles.late_ecm_day * np.maximum(0, day - np.maximum(0, due_on))
        keeping = np.where(due_on < days, np.maximum(0.0, settings.planning.due_ecm - late), 0.0)
        now = patrol_values(scene, day).iloc[place]
        for method in METHODS:
            worth = np.where(number > 1, again[method].to_numpy(), now[method].to_numpy())
            prizes[method].append(milli(pd.Series(worth + keeping)).tolist())
    return {method: [tuple(map(int, row)) for row in zip(*by_day, strict=True)] for method, by_day in prizes.items()}


def _hazard_tasks(seen: Picture, settings: Settings, first: date, days: int) -> pd.DataFrame:
    rows = seen.hazards
    due_here = rows["deadline"] < pd.Timestamp(first + timedelta(days=days))
    keeping = np.where(due_here, settings.planning.due_ecm, 0.0)
    prizes = _look_prizes(seen, keeping, days)
    emergency = rows["hazard_class"] == "emergency"
    overdue = (pd.Timestamp(first) - rows["deadline"].dt.normalize()).dt.days.clip(lower=0)
    labels = hazard_labels(rows, seen.sections)
    return pd.DataFrame({
        "task_id": "H:" + rows["hazard_id"].astype(str),
        "kind": "hazard",
        "ref": rows.index,
        "label": [en for en, _ in labels],
        "label_zh": [zh for _, zh in labels],
        "zone_id": rows["zone_id"],
        "mandatory": np.where(emergency, MANDATORY_EMERGENCY, np.where(overdue > 0, MANDATORY_OVERDUE, 0)),
        "due": rows["deadline"].dt.normalize(),
        "overdue_days": overdue,
        "assumed": False,
        "parties": rows["parties"],
        "skills": [()] * len(rows),
        "minutes": settings.patrol.visit_s / 60,
        "opens": np.nan,
        "closes": np.nan,
        # An emergency is never put off: at its deadline at the latest, and at once if that is past.
        "first_day": 0,
        "last_day": np.where(emergency, _day_of(rows["deadline"], first, days), days - 1),
        **_aid(emergency, _half_gone(rows, first, settings)),
        "occurrence": None,
        "together": [() if danger else names for danger, names in zip(emergency, rows["together"], strict=True)],
        "point": rows.geometry.to_numpy(),
        "extras": [
            {"hazard_type": row["type"], "hazard_class": row["hazard_class"], "hazard_state": row["state"]}
            | ({"asset_owner": row["asset_owner"]} if row["asset_owner"] else {})
            for row in records(rows[["type", "hazard_class", "state", "asset_owner"]])
        ],
        **{f"prize_{method}": prizes for method in METHODS},
    }, columns=[*_COLUMNS, "point"])  # fmt: skip


def _half_gone(rows: gpd.GeoDataFrame, first: date, settings: Settings) -> pd.Series[float]:
    """Return the day on which so much of a hazard's deadline is gone that it is no longer the zone's affair alone."""
    half = rows["reported"] + settings.hazards.escalate_station * (rows["deadline"] - rows["reported"])
    days: pd.Series[float] = np.ceil((half - pd.Timestamp(first)) / pd.Timedelta(days=1)) - 1
    return days


def _aid(emergency: Any, late: pd.Series[Any]) -> dict[str, Any]:
    """Return whether another zone's crew may serve tasks at once, or only if nobody at home has room; and why.

    ``late`` is the day of the horizon from which a task is open to all, NaN for none.
    """
    gone = (late <= 0).to_numpy(bool)
    why = np.where(emergency, EMERGENCY, np.where(gone, HALF_DEADLINE, NO_ROOM))
    open_ = np.asarray(emergency, bool) | gone
    return {
        "aid": np.where(open_, "open", "room"),
        "aid_why": why,
        "aid_from": late.mask(open_).fillna(-1).astype(int).to_numpy(),
    }


def _look_prizes(seen: Picture, keeping: Any, days: int) -> list[tuple[int, ...]]:
    """Return milli-ECM a day for each hazard.

    A look on day k rather than after the horizon moves the repair forward by what is left of it, and so does the
    repair of what is ready for it; one at what is known and waits for its repair moves nothing. ``keeping`` is what
    is added for work that is due.
    """
    moves = ~seen.hazards["state"].isin(WAITING_FOR_REPAIR).to_numpy(bool)
    worth = visit_values(seen.setting.scene, seen.hazards, days) * moves[:, None]
    worth = worth + np.asarray(keeping, float)[:, None]
    return [tuple(map(int, row)) for row in milli(pd.DataFrame(worth)).to_numpy().tolist()]


def _day_of(due: pd.Series[Any], first: date, days: int) -> Any:
    """Return the day of the horizon on which something falls due: the first if it is past."""
    return (due.dt.normalize() - pd.Timestamp(first)).dt.days.clip(0, days - 1)


def hazard_labels(hazards: gpd.GeoDataFrame, sections: gpd.GeoDataFrame) -> list[tuple[str, str]]:
    """Return the names of rows of ``Picture.hazards``: type and the pole it was reported at, else its section."""
    lines = sections[["feeder_id", "line_name", "line_name_zh", "label", "label_zh"]]
    at = hazards["section"].to_numpy(int)
    theirs = lines.reindex(at).itertuples(index=False, name=None)
    own = zip(*(hazards[name] for name in ("type_name", "type_name_zh", "pole_no", "feeder_id")), strict=True)
    names = []
    for row, (kind, kind_zh, pole, of_pole), (feeder, line, line_zh, label, label_zh) in zip(
        at, own, theirs, strict=True
    ):
        if row < 0:
            name = f"{kind} (off the network)", f"{kind_zh}（不在线路旁）"
        elif pole and of_pole == feeder:
            name = f"{kind}, {line or feeder} {pole}", f"{kind_zh}，{line_zh or feeder}{pole}号杆"
        else:
            name = f"{kind}, {label}", f"{kind_zh}，{label_zh}"
        names.append(name)
    return names


def _service_tasks(
    layers: Layers, settings: Settings, first: date, days: int, made: Mapping[str, Made]
) -> pd.DataFrame:
    """Visits to stations, shops, households, liaisons and the places of rounds that fall due.

    A visit every so many days is a promise: once its interval runs out it is due work like a dated request, of
    ``planning.visit_weight``, and in a long plan it falls due again. Where the last visit is unknown the first is
    assumed due at once, and like any cold start it is not overdue.
    """
    rows = points_since(layers.service_points, made, first)
    rows = rows[rows["interval_days"].notna()]
    due = rows["last_visit"] + pd.to_timedelta(rows["interval_days"].astype(float), unit="D")
    due = due.fillna(pd.Timestamp(first))
    inside = due <= pd.Timestamp(first + timedelta(days=days - 1))
    rows, due = rows[inside], due[inside]
    known = rows["last_visit"].notna()
    again = repeated(
        rows.index[known], (due[known] - pd.Timestamp(first)).dt.days, rows.loc[known, "interval_days"].astype(int),
        settings.cycles.least_gap, days,
    )  # fmt: skip
    once = rows.index[~known]
    one: list[Occurrence | None] = [*[None] * len(once), *again["occurrence"]]
    labels = pd.Index([*once, *again["label"]])
    table = _visit_rows(
        rows.loc[labels], _due_again(due.loc[labels], one, first).set_axis(labels), "service", settings, first, days
    )
    number = numbered(table["task_id"], [1 if each is None else each.number for each in one], made)
    return table.assign(
        task_id=named(table["task_id"], number),
        occurrence=pd.Series(one, dtype=object, index=table.index),
        first_day=[0 if each is None else each.first_day for each in one],
    )


def _request_tasks(layers: Layers, settings: Settings, first: date, days: int) -> pd.DataFrame:
    rows = layers.requests
    inside = (rows["state"] == "open") & (rows["due"] <= pd.Timestamp(first + timedelta(days=days - 1)))
    rows = rows[inside]
    rows = rows.assign(opens=np.nan, closes=np.nan)
    return _visit_rows(rows, rows["due"], "request", settings, first, days)


def _visit_rows(
    rows: gpd.GeoDataFrame, due: pd.Series[Any], kind: str, settings: Settings, first: date, days: int
) -> pd.DataFrame:
    ids = rows["point_id" if kind == "service" else "request_id"]
    private = rows["kind"] == "care"  # a household in care is a code on every paper, never a name
    overdue = (pd.Timestamp(first) - due).dt.days.clip(lower=0)
    prize = (round((settings.planning.due_ecm + settings.planning.visit_ecm) * 1000),) * days
    parties = [together_of(value) or words_of(value) or PARTIES for value in rows["parties"]]
    assumed = rows["last_visit"].isna() if kind == "service" else pd.Series(False, index=rows.index)
    return pd.DataFrame({
        "task_id": ("V:" if kind == "service" else "R:") + ids.astype(str),
        "kind": kind,
        "ref": rows.index,
        "label": rows["name"].where(rows["name"] != "", rows["name_zh"]).mask(private, "Care visit " + ids),
        "label_zh": rows["name_zh"].where(rows["name_zh"] != "", rows["name"]).mask(private, "关爱走访 " + ids),
        "zone_id": "",
        "mandatory": np.where(assumed, 0, settings.planning.visit_weight if kind == "service" else MANDATORY_PROMISE),
        "due": due,
        "overdue_days": overdue,
        "assumed": assumed,
        "parties": parties,
        "skills": [words_of(value) for value in rows["skills"]],
        "minutes": rows["minutes"].astype(float),
        "opens": rows["opens"],
        "closes": rows["closes"],
        "first_day": 0,
        "last_day": np.where((kind == "request") & (overdue == 0), _day_of(due, first, days), days - 1),
        **_aid(False, (due - pd.Timestamp(first)).dt.days.mask(assumed) + 1),
        "occurrence": None,
        "together": [together_of(value) for value in rows["parties"]],
        "point": rows.geometry.to_numpy(),
        "extras": [{"visit_kind": value} for value in rows["kind"]],
        **{f"prize_{method}": [prize] * len(rows) for method in METHODS},
    }, columns=[*_COLUMNS, "point"])  # fmt: skip

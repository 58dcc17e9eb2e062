"""What is done of a plan and the plan of the rest become one plan again: the day as it was and as it goes on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from patrol.plan import TASK_STOPS, Plan, plan_sha256
from patrol.planning.asked import Ask
from patrol.planning.frozen import Frozen, is_place
from patrol.planning.remaining import shift_of
from patrol.planning.zone_figures import zone_figures, zone_work
from patrol.units import local_iso, seconds_since_midnight

Entry = dict[str, Any]


def join(before: Plan, rest: Plan, frozen: Mapping[str, Frozen], ask: Ask, late: tuple[str, ...]) -> Plan:
    """Return the plan of the whole: everything done as it stood, everything else as the plan of the rest has it.

    Parameters
    ----------
    before : Plan
        The plan that was replanned.
    rest : Plan
        Of what was left, with a way home for every crew that is away from its base.
    frozen : mapping of str to Frozen
        Of :func:`patrol.planning.frozen.freeze`.
    late : tuple of str
        Shifts that are home too late.
    """
    old, new = before.document, rest.document
    zone = old["project"]["timezone"]
    parts: dict[str, list[Entry]] = {}
    for entry in new["shifts"]:
        parts.setdefault(shift_of(entry["shift_id"]), []).append(entry)
    entries = {entry["shift_id"]: entry for entry in old["shifts"]}
    whole = [
        _shift(entries.get(name), parts.get(name, []), frozen.get(name), zone) for name in {*parts, *frozen}
    ]  # fmt: skip
    whole.sort(key=lambda entry: (entry["date"], entry["crew_id"]))
    done = {task_id for one in frozen.values() for task_id in one.done}
    tasks = {**{key: old["tasks"][key] for key in old["tasks"] if key in done}, **new["tasks"]}
    gone = sorted(set(old["tasks"]) - set(tasks))
    document = {
        **new,
        "from": old["from"],
        "days": old["days"],
        "settings": _settings(old["settings"], new["settings"]),
        "shifts": whole,
        "tasks": tasks,
        "figures": _figures(old, new, whole, tasks, frozen) | _by_crew_and_zone(old, new, whole, tasks, frozen),
        "replanned": {
            "from_sha256": plan_sha256(before),
            "from_problem_sha256": old["problem_sha256"],
            "rest_sha256": plan_sha256(rest),
            **ask.rows(zone),
            "gone": gone,
            "late": list(late),
        },
    }
    document["notes"] = [*_notes(document, ask, frozen), *new["notes"]]
    return Plan(document)


def _settings(old: Entry, new: Entry) -> Entry:
    """Return the settings of the rest, with the weeks before the whole: those of the rest reach into the plan."""
    kept = {key: value for key, value in new.items() if key != "recent"}
    return kept | ({"recent": old["recent"]} if "recent" in old else {})


def _shift(old: Entry | None, parts: list[Entry], one: Frozen | None, zone: str) -> Entry:
    """Return a shift: what is done of it, then its parts, between them at its base."""
    head = old if one is not None and old is not None else parts[0]
    day = date.fromisoformat(head["date"])
    stops, legs = (list(one.stops), list(one.legs)) if one is not None else ([parts[0]["route"][0]], [])
    end: Entry = {}
    for number, part in enumerate(parts):
        if number:
            stops.append({**end, "kind": "break", "reason": "stand_down", "leave": part["start"]})
        elif one is not None and one.home:
            stops[-1] = {**stops[-1], "leave": part["start"]}
        away = number == 0 and one is not None and not one.home
        route, drawn = _going_on(part, one, day, zone) if away and one is not None else (part["route"], part["legs"])
        legs += [{**leg, "to": leg["to"] + len(stops) - 1} for leg in drawn]
        stops += route[1:-1]
        end = route[-1]
    if not parts:
        end = _end_of(stops, one, day, zone)
        if one is not None and one.home:
            stops.pop()
    stops.append(end)
    return {
        **{key: value for key, value in head.items() if key not in {"route", "legs"}},
        "shift_id": shift_of(head["shift_id"]),
        "start": stops[0]["leave"],
        "end": end["arrive"],
        "route": stops,
        "legs": legs,
        **_totals(stops, parts, one, day),
    }


def _end_of(stops: list[Entry], one: Frozen | None, day: date, zone: str) -> Entry:
    """Return the end of a shift that goes on no more: at its base, or where its crew was last known to be."""
    last = stops[-1]
    if one is not None and one.home:
        return {**{key: value for key, value in last.items() if key != "reason"}, "kind": "end"}
    where = {"lon": one.lon, "lat": one.lat} if one is not None else {}
    time = local_iso(day, one.clock if one is not None else 0, zone)
    return {
        **last, **where, "kind": "end", "task_id": "", "direction": 0, "option": -1, "arrive": time,
        "start_service": time, "leave": time, "travel_s": 0, "distance_m": 0,
    }  # fmt: skip


def _going_on(part: Entry, one: Frozen, day: date, zone: str) -> tuple[list[Entry], list[Entry]]:
    """Return route and legs of a part whose crew is away: it leaves at once, and its leg began before."""
    route = list(part["route"])
    first = route[1]
    arrive = local_iso(day, one.clock + first["travel_s"], zone)
    route[1] = {
        **first,
        "arrive": arrive,
        "travel_s": first["travel_s"] + one.gone_s,
        "distance_m": first["distance_m"] + one.gone_m,
    }
    if not one.gone_line:
        return route, part["legs"]
    to = next(k for k, stop in enumerate(route) if k and is_place(stop))
    drawn = {leg["to"]: leg for leg in part["legs"]}
    kind = "walk" if part["mode"] == "foot" else "drive"
    on = drawn.pop(to, None)
    line = [*one.gone_line, *(_from_end(one.gone_line, on["line"]) if on else [])]
    return route, [{"to": to, "kind": kind, "line": line}, *drawn.values()]


def _from_end(line: tuple[int, ...], further: list[int]) -> list[int]:
    """Return a line's steps as they follow another line, see :func:`patrol.plan.encode_line`."""
    ends = [sum(line[axis::2]) for axis in (0, 1)]
    return [further[0] - ends[0], further[1] - ends[1], *further[2:]]


def _totals(stops: list[Entry], parts: list[Entry], one: Frozen | None, day: date) -> dict[str, int]:
    def seconds(stop: Entry, first: str, last: str) -> int:
        return seconds_since_midnight(stop[last], day) - seconds_since_midnight(stop[first], day)

    served = [stop for stop in stops if stop["kind"] in TASK_STOPS]
    rests = [stop for stop in stops if stop["kind"] == "break"]
    return {
        "travel_s": sum(stop["travel_s"] for stop in stops),
        "service_s": sum(seconds(stop, "start_service", "leave") for stop in served),
        "wait_s": sum(seconds(stop, "arrive", "start_service") for stop in stops),
        "break_s": sum(seconds(stop, "start_service", "leave") for stop in rests),
        "distance_m": (one.drive_m if one else 0) + sum(part["distance_m"] for part in parts),
        "walk_m": (one.walk_m if one else 0) + sum(part["walk_m"] for part in parts),
    }


def _figures(
    old: Entry, new: Entry, shifts: list[Entry], tasks: dict[str, Any], frozen: Mapping[str, Frozen]
) -> dict[str, Any]:
    """Return the figures of the whole; ``value_ecm`` is that of what was left to plan, the price of changes paid.

    Hours available are those worked so far and what the crews had left at the moment of the replan.
    """
    figures = new["figures"]
    left = {item["task_id"] for item in new["dropped"]}
    must = {key: task["mandatory"] for key, task in tasks.items() if task["mandatory"]}
    party_of = {entry["shift_id"]: entry["party"] for entry in old["shifts"]}
    worked: Counter[str] = Counter()
    for shift_id, one in frozen.items():
        worked[party_of[shift_id]] += one.work_s
    by_kind: dict[str, dict[str, int]] = {}
    for key, task in tasks.items():
        row = by_kind.setdefault(task["kind"], {"due": 0, "planned": 0, "dropped": 0})
        row["due"] += 1
        row["dropped" if key in left else "planned"] += 1
    first = date.fromisoformat(old["from"])
    by_day = [{"tasks": 0, "shifts": 0, "work_s": 0} for _ in range(old["days"])]
    used: Counter[str] = Counter()
    for entry in shifts:
        row = by_day[(date.fromisoformat(entry["date"]) - first).days]
        row["tasks"] += sum(stop["kind"] in TASK_STOPS for stop in entry["route"])
        row["shifts"] += 1
        row["work_s"] += entry["travel_s"] + entry["service_s"]
        used[entry["party"]] += entry["travel_s"] + entry["service_s"]
    was = old["figures"].get("hours_by_party", {})
    parties = {
        name: {
            "available": round(row["available"] + worked[name] / 3600, 2),
            "used": round(used[name] / 3600, 2),
            "shifts": int(was.get(name, row)["shifts"]),
        }
        for name, row in figures["hours_by_party"].items()
    }
    done_s = sum(one.work_s for one in frozen.values())
    lengths = [
        float(tasks[stop["task_id"]].get("length_m", 0.0))
        for entry in shifts
        for stop in entry["route"]
        if stop["kind"] in TASK_STOPS
    ]
    walked, driven = (sum(entry[key] for entry in shifts) for key in ("walk_m", "distance_m"))
    return {
        **figures,
        "due": len(tasks),
        "planned": len(tasks) - len(left),
        "dropped": len(left),
        "hours_needed": round(figures["hours_needed"] + done_s / 3600, 2),
        "hours_available": round(figures["hours_available"] + done_s / 3600, 2),
        "hours_by_party": parties,
        "by_kind": dict(sorted(by_kind.items())),
        "by_day": by_day,
        "mandatory_due": len(must),
        "mandatory_planned": sum(key not in left for key in must),
        "mandatory_weight": sum(must.values()),
        "mandatory_weight_planned": sum(weight for key, weight in must.items() if key not in left),
        "patrol_km": round(sum(lengths) / 1000, 3),
        "drive_km": round(driven / 1000, 3),
        "walk_km": round(walked / 1000, 3),
    }


def _by_crew_and_zone(
    old: Entry, new: Entry, shifts: list[Entry], tasks: dict[str, Any], frozen: Mapping[str, Frozen]
) -> dict[str, Any]:
    """Return what crews and zones do in the whole; hours needed and there are those worked so far and those left."""
    figures = new["figures"]
    last = date.fromisoformat(old["from"]) + timedelta(days=old["days"] - 1)
    work = zone_work(shifts, tasks, new["dropped"], last)
    rest = zone_work(new["shifts"], new["tasks"], new["dropped"], last)
    hours = {}
    for zone, row in work.items():
        done = max(0.0, row["hours_planned"] - rest.get(zone, {}).get("hours_planned", 0.0))
        left = figures["by_zone"].get(zone, {})
        hours[zone] = {key: left.get(key, 0.0) + done for key in ("hours_needed", "hours_available")}
    return {"by_zone": zone_figures(work, hours), "load": _load(old, new, frozen)}


_BEFORE = ("recent_h", "recent_even_h")


def _load(old: Entry, new: Entry, frozen: Mapping[str, Frozen]) -> Entry:
    """Return the load of crews in the whole: the rest's and what is worked so far; the weeks before as they were."""
    was, now = old["figures"].get("load", {}), new["figures"]["load"]
    gone = (date.fromisoformat(new["from"]) - date.fromisoformat(old["from"])).days
    crews = {
        crew: {key: value for key, value in row.items() if key not in _BEFORE}
        | {key: value for key, value in was.get("crews", {}).get(crew, {}).items() if key in _BEFORE}
        for crew, row in now["crews"].items()
    }
    by_day: dict[str, list[int]] = {
        crew: [*was.get("offered_s", {}).get(crew, [0] * gone)[:gone], *now["offered_s"].get(crew, [0] * new["days"])]
        for crew in sorted({*was.get("offered_s", {})} | {*now["offered_s"]})
    }
    entries = {entry["shift_id"]: entry for entry in old["shifts"]}
    for shift_id, one in sorted(frozen.items()):
        crew = entries[shift_id]["crew_id"]
        row = crews.setdefault(crew, {"offered_h": 0.0, "worked_h": 0.0, "even_h": 0.0})
        for key in ("offered_h", "worked_h", "even_h", *(["free_h"] if "free_h" in row else [])):
            row[key] = round(row[key] + one.work_s / 3600, 2)
        if entries[shift_id]["date"] == new["from"]:
            by_day.setdefault(crew, [0] * old["days"])[gone] += one.work_s
    before = {"recent": was["recent"]} if "recent" in was else {}
    kept = {key: value for key, value in now.items() if key != "recent"}
    return {**kept, **before, "crews": dict(sorted(crews.items())), "offered_s": dict(sorted(by_day.items()))}


def _notes(document: dict[str, Any], ask: Ask, frozen: Mapping[str, Frozen]) -> list[dict[str, Any]]:
    """Return what readers of a replan must know: what was taken as done, who is late, what urgent is not reached."""
    said = {(one.shift_id, one.task_id) for one in ask.reported}
    believed = sum((name, task) not in said for name, one in frozen.items() for task in sorted(one.done))
    out: list[dict[str, Any]] = []
    reasons = {item["task_id"]: item["reason"] for item in document["dropped"]}
    for name in ask.urgent:
        if f"H:{name}" in reasons:
            task = document["tasks"][f"H:{name}"]
            text = f"{task['label']} is urgent and no crew can be there: {reasons[f'H:{name}']}"
            out.append(_note("replan.urgent_left", "replan", text, task_id=f"H:{name}"))
    if believed:
        text = f"{believed} stops count as done, or as being done, by the times of the plan: nobody reported them"
        out.append(_note("replan.believed", "replan", text, count=believed))
    if late := document["replanned"]["late"]:
        text = f"cannot be back in time and go to their base at once: {', '.join(late)}"
        out.append(_note("replan.late", "replan", text, count=len(late)))
    if gone := document["replanned"]["gone"]:
        text = f"{len(gone)} tasks of the plan before are no tasks any more: {', '.join(gone[:10])}"
        out.append(_note("replan.gone", "replan", text, count=len(gone)))
    return out


def _note(code: str, source: str, text: str, *, count: int = 1, **more: str) -> dict[str, Any]:
    return {"code": code, "source": source, "count": count, "text": text, **more}
